package evidence

import (
	"archive/zip"
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/letters/plain"
	"github.com/allclaims/rightsdesk/shared/pages/pagestest"
	"github.com/allclaims/rightsdesk/shared/request"
)

func TestWordsArePlain(t *testing.T) {
	pagestest.Plain(t, files, plain.Business, "ctl", "evidence", "verify")
}

var newKey = func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

var ours, forgers = sync.OnceValue(newKey), sync.OnceValue(newKey)

var start = time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)

const (
	requestOne request.ID = "0123456789abcdef0123456789abcdef"
	requestTwo request.ID = "1123456789abcdef0123456789abcdef"
)

// linesOf is what the ledger holds of a debtor's request to two clients, c1
// (leg 1) and c2 (leg 2), and an own leg of ours (leg 3).
func linesOf(id request.ID) []ledger.Line {
	var out []ledger.Line
	add := func(actor, action, leg, reason string, refs ...string) {
		l := ledger.Line{Request: id, At: start.Add(time.Duration(len(out)) * time.Hour), Actor: actor, Action: action, Leg: leg, Reason: reason, Refs: map[string]string{}}
		for i := 0; i < len(refs); i += 2 {
			l.Refs[refs[i]] = refs[i+1]
		}
		out = append(out, l)
	}
	add("subject", "received", "", "form", "channel", "web", "receivedAt", start.Format(time.RFC3339), "safeDue", "2026-12-16", "due", "2026-12-16")
	add("system:identify", "leg-opened", "1", "access", "role", "processor", "relation", "debtor", "client", "c1")
	add("system:identify", "leg-opened", "2", "access", "role", "processor", "relation", "debtor", "client", "c2")
	add("system:identify", "leg-opened", "3", "access", "role", "controller", "relation", "debtor", "client", "")
	add("system:identify", "split", "", "", "legs", "3")
	add("system:forward", "forwarded", "1", "", "client", "c1", "safeDue", "2026-12-16")
	add("system:forward", "client-notified", "1", "", "client", "c1")
	add("system:forward", "forwarded", "2", "", "client", "c2", "safeDue", "2026-12-16")
	add("o-1", "matched", "1", "", "candidates", "p1,p2")
	add("system:post", "sent", "1", "", "letter", "1.T-05.notice", "kind", "T-05", "sha256", "ab")
	add("system:wake", "client-reminded", "1", "")
	add("client:c1", "instruction-given", "1", "carry-out-to-us", "receipt", "I-7Q2M-K9TD-1", "channel", "signed-in")
	add("client:c2", "instruction-given", "2", "refuse", "receipt", "I-7Q2M-K9TD-2", "channel", "signed-in")
	add("system:report", "executed", "1", "", "collection/files", "collected:4")
	add("system:report", "reported", "1", "granted")
	add("o-1", "opened", "", "")
	return out
}

// book is a ledger with two requests and a root of the evening before the last line.
func book(t testing.TB) ([]Chain, ledger.Sealed) {
	t.Helper()
	var chains []Chain
	var heads []ledger.Head
	for _, x := range []struct {
		id  request.ID
		ref request.Reference
	}{{requestOne, "R-7Q2M-K9TD"}, {requestTwo, "R-7Q2M-K9TF"}} {
		raw := linesOf(x.id)
		first, middle := ledger.Append(request.Chain{}, raw[:len(raw)-1])
		last, _ := ledger.Append(middle, raw[len(raw)-1:])
		chains = append(chains, Chain{Request: x.id, Reference: x.ref, Lines: append(first, last...)})
		heads = append(heads, ledger.Head{Request: x.id, Chain: middle})
	}
	heads = append(heads, ledger.Head{Request: "register", Chain: request.Chain{Seq: 1, Hash: "v2:00"}})
	return chains, ledger.Seal("2026-11-17", heads)
}

func order(t testing.TB) Order {
	chains, sealed := book(t)
	return Order{
		Made: start.AddDate(0, 0, 2), By: "All Claims B.V.", Language: request.Dutch, Client: &Client{ID: "c1", Name: "Bakker BV"}, Month: "2026-11",
		Chains: chains, Sealed: &sealed, Key: ours(),
	}
}

func written(t testing.TB, o Order) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func verified(t testing.TB, pack []byte, trust Trust) []Check {
	t.Helper()
	checks, err := Verify(bytes.NewReader(pack), int64(len(pack)), trust)
	if err != nil {
		return []Check{{Name: "open", Result: Fails, Says: err.Error()}}
	}
	return checks
}

func failing(checks []Check) string {
	for _, c := range checks {
		if c.Result == Fails {
			return c.Name + ": " + c.Says
		}
	}
	return ""
}

// trusted is what a client has from elsewhere.
func trusted(t testing.TB, o Order) Trust {
	t.Helper()
	for _, c := range verified(t, written(t, o), Trust{}) {
		if c.Name == "key" {
			print, _, _ := strings.Cut(strings.TrimPrefix(c.Says, "The key is "), ": compare")
			return Trust{Key: print, Root: o.Sealed.Root}
		}
	}
	t.Fatal("no key is told")
	return Trust{}
}

func filesOf(t testing.TB, pack []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(pack), int64(len(pack)))
	if err != nil {
		return nil
	}
	out := map[string][]byte{}
	for i, f := range z.File {
		r, err := f.Open()
		if err != nil {
			return nil
		}
		body, err := io.ReadAll(r)
		if err != nil {
			return nil
		}
		if _, twice := out[f.Name]; twice {
			return nil
		}
		out[f.Name] = body
		_ = i
	}
	return out
}

// Both kinds of pack hold, every check says so in a sentence, and without
// trust it says what to compare.
func TestPackHolds(t *testing.T) {
	client := order(t)
	whole := client
	whole.Client, whole.Month, whole.Chains = nil, "", client.Chains[:1]
	part := client
	part.Part, part.Parts = 2, 3
	for name, o := range map[string]Order{"client": client, "part of a month": part, "request": whole} {
		pack := written(t, o)
		if page := filesOf(t, pack)["index.html"]; bytes.Contains(page, []byte("deel 2 van 3")) != (o.Parts > 1) {
			t.Errorf("%s: its page says which part it is: %v", name, o.Parts < 2)
		}
		checks := verified(t, pack, trusted(t, o))
		for _, c := range checks {
			t.Logf("%s: %s %s: %s", name, c.Result, c.Name, c.Says)
			if c.Result != Holds || c.Says == "" || strings.Count(c.Says, "\n") > 0 {
				t.Errorf("%s: %s %s: %s", name, c.Result, c.Name, c.Says)
			}
		}
		if len(checks) != 9 {
			t.Errorf("%s: %d checks", name, len(checks))
		}
		open := 0
		for _, c := range verified(t, pack, Trust{}) {
			if c.Result == Open {
				open++
			}
		}
		if open != 2 {
			t.Errorf("%s: %d checks are open without trust, want key and root", name, open)
		}
		if f := filesOf(t, pack); f["index.html"] == nil || f["index.en.html"] == nil || bytes.Contains(f["index.html"], []byte("<script")) {
			t.Errorf("%s: its pages are %v", name, slices.Sorted(maps.Keys(f)))
		}
	}
	wrong := trusted(t, client)
	wrong.Key = "SHA256:00"
	if got := failing(verified(t, written(t, client), wrong)); !strings.HasPrefix(got, "key: ") {
		t.Errorf("another key: %q", got)
	}
}

// What a client's pack tells: its own leg, and nothing of the others.
func TestClientPackHasNothingOfAnother(t *testing.T) {
	files := filesOf(t, written(t, order(t)))
	for name, body := range files {
		for _, others := range []string{`"c2"`, "client:c2", "K9TD-2", "p1,p2", "refuse", `"leg": "3"`, ">c2<"} {
			if bytes.Contains(body, []byte(others)) {
				t.Errorf("%s tells %s", name, others)
			}
		}
	}
	for _, want := range []string{"I-7Q2M-K9TD-1", "carry-out-to-us", "collected:4", `"granted"`} {
		if !bytes.Contains(files[packFile], []byte(want)) {
			t.Errorf("the pack does not tell %s", want)
		}
	}
	if files["receipts/H-7Q2M-K9TD-1.json"] == nil || files["receipts/H-7Q2M-K9TD-2.json"] != nil {
		t.Errorf("receipts: %v", slices.Sorted(maps.Keys(files)))
	}
	o := order(t)
	o.Client = &Client{ID: "c3", Name: "Cohen BV"}
	if got := filesOf(t, written(t, o))[packFile]; !bytes.Contains(got, []byte(`"cases": []`)) {
		t.Errorf("a client that was told of nothing gets %s", got)
	}
}

// A47: whichever byte is flipped, either the pack does not hold, or every file
// in it is as it was.
func TestEveryByteThatMatters(t *testing.T) {
	o := order(t)
	pack, trust := written(t, o), trusted(t, o)
	files := filesOf(t, pack)
	idle := 0
	for i := range pack {
		if testing.Short() && i%7 > 0 {
			continue
		}
		bad := bytes.Clone(pack)
		bad[i] ^= 1 << (i % 8)
		if failing(verified(t, bad, trust)) != "" {
			continue
		}
		if got := filesOf(t, bad); !maps.EqualFunc(files, got, bytes.Equal) {
			t.Fatalf("byte %d of %d is flipped and nothing is found", i, len(pack))
		}
		idle++
	}
	if idle > len(pack)/10 {
		t.Errorf("%d of %d bytes are nothing to anybody", idle, len(pack))
	}
}

// Whoever may write the files, but has not our key, is found by the list.
func TestForgedWithoutTheKey(t *testing.T) {
	o := order(t)
	trust := trusted(t, o)
	files := filesOf(t, written(t, o))
	for name, forge := range map[string]func(map[string][]byte){
		"changed": func(f map[string][]byte) {
			f[packFile] = bytes.Replace(f[packFile], []byte("granted"), []byte("partial"), 1)
		},
		"page":          func(f map[string][]byte) { f["index.html"] = append(f["index.html"], ' ') },
		"dropped":       func(f map[string][]byte) { delete(f, "receipts/H-7Q2M-K9TD-1.json") },
		"added":         func(f map[string][]byte) { f["receipts/H-9.json"] = []byte("{}") },
		"no signature":  func(f map[string][]byte) { f[signatureFile] = nil },
		"another's key": func(f map[string][]byte) { f[keyFile] = filesOf(t, written(t, forged(o)))[keyFile] },
		"another's all": func(f map[string][]byte) { maps.Copy(f, filesOf(t, written(t, forged(o)))) },
	} {
		bad := maps.Clone(files)
		forge(bad)
		var b bytes.Buffer
		var list []file
		for _, n := range slices.Sorted(maps.Keys(bad)) {
			list = append(list, file{n, bad[n]})
		}
		if err := pack(&b, o.Made, list); err != nil {
			t.Fatal(err)
		}
		if failing(verified(t, b.Bytes(), trust)) == "" {
			t.Errorf("%s: not found", name)
		}
	}
	var twice bytes.Buffer
	var list []file
	for _, n := range slices.Sorted(maps.Keys(files)) {
		list = append(list, file{n, files[n]})
	}
	if err := pack(&twice, o.Made, append(list, list[0])); err != nil {
		t.Fatal(err)
	}
	if failing(verified(t, twice.Bytes(), trust)) == "" {
		t.Error("a file that is there twice: not found")
	}
}

// forged is an order that somebody signs with a key of their own.
func forged(o Order) Order {
	o.Key = crypto.Signer(forgers())
	return o
}

// Whoever has the key (we ourselves) is found by the chain and the root: a
// line that is changed, left out, moved or added, with every hash as it was or
// made anew.
func TestForgedWithTheKey(t *testing.T) {
	trust := trusted(t, order(t))
	for name, forge := range map[string]func([]ledger.Line) []ledger.Line{
		"changed":    func(l []ledger.Line) []ledger.Line { l[5].At = l[5].At.Add(-time.Hour); return l },
		"salt":       func(l []ledger.Line) []ledger.Line { l[5].Salt = "other"; return l },
		"dropped":    func(l []ledger.Line) []ledger.Line { return slices.Delete(l, 10, 11) },
		"reordered":  func(l []ledger.Line) []ledger.Line { l[5], l[6] = l[6], l[5]; return l },
		"inserted":   func(l []ledger.Line) []ledger.Line { return slices.Insert(l, 6, l[6]) },
		"cut":        func(l []ledger.Line) []ledger.Line { return l[:9] },
		"from start": func(l []ledger.Line) []ledger.Line { return l[1:] },
		"hidden":     func(l []ledger.Line) []ledger.Line { l[7].Reason = "x"; return l },
	} {
		for _, anew := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%v", name, anew), func(t *testing.T) {
				o := order(t)
				sealed := o.Sealed
				lines := forge(slices.Clone(o.Chains[0].Lines))
				if anew {
					for i := range lines {
						lines[i].Hash = ""
					}
					lines, _ = ledger.Append(request.Chain{}, lines)
				}
				o.Chains[0].Lines = lines
				o.Sealed = sealed
				if got := failing(verified(t, written(t, o), trust)); got == "" {
					t.Errorf("not found")
				} else if !strings.HasPrefix(got, "chain: ") && !strings.HasPrefix(got, "root: ") {
					t.Errorf("found by %s", got)
				}
				if !anew {
					return
				}
				// Even with a root made anew: it is not the one that was published.
				head := ledger.Head{Request: requestOne, Chain: request.Chain{Seq: lines[len(lines)-1].Seq, Hash: lines[len(lines)-1].Hash}}
				again := ledger.Seal(sealed.Day, append(slices.Clone(sealed.Heads[1:]), head))
				o.Sealed = &again
				if got := failing(verified(t, written(t, o), trust)); !strings.HasPrefix(got, "root known: ") {
					t.Errorf("with a new root: found by %q", got)
				}
			})
		}
	}
}

// A pack whose files are signed, but whose words are not those of its lines.
func TestFactsAreThoseOfTheLines(t *testing.T) {
	o := order(t)
	for name, change := range map[string]func(*Pack){
		"events":  func(p *Pack) { p.Cases[0].Events[1].At = start },
		"legs":    func(p *Pack) { p.Cases[0].Legs[0].Right = "erasure" },
		"twice":   func(p *Pack) { p.Cases = append(p.Cases, p.Cases[0]) },
		"receipt": func(p *Pack) { p.By = "Somebody else" },
		"client":  func(p *Pack) { p.Client.ID = "c2" },
		"both":    func(p *Pack) { p.Cases[0].Chain[0].Hidden = &ledger.Link{Seq: 1, Digest: "00"} },
		"proof":   func(p *Pack) { p.Cases[0].Proof.Index = 1 },
		"head":    func(p *Pack) { p.Cases[0].Head.Chain.Seq = 99 },
		"form":    func(p *Pack) { p.Format = "x" },
		"first form": func(p *Pack) {
			i := slices.IndexFunc(p.Cases[0].Chain, func(s Step) bool { return s.Hidden != nil })
			p.Cases[0].Chain[i].Hidden.Digest = ""
		},
		"no client": func(p *Pack) { p.Client = nil },
	} {
		p := packOf(o)
		c := *p.Client
		p.Client = &c
		change(&p)
		body, err := encode(p)
		if err != nil {
			t.Fatal(err)
		}
		if got := failing(verified(t, resigned(t, o, map[string][]byte{packFile: body}), Trust{})); got == "" {
			t.Errorf("%s: not found", name)
		}
	}
}

// resigned is the pack with other files, under a list that fits.
func resigned(t *testing.T, o Order, other map[string][]byte) []byte {
	t.Helper()
	have := filesOf(t, written(t, o))
	maps.Copy(have, other)
	delete(have, manifestFile)
	delete(have, signatureFile)
	m := manifest{Format: manifestFormat, Made: o.Made}
	var list []file
	for _, n := range slices.Sorted(maps.Keys(have)) {
		m.Files = append(m.Files, fileEntry{n, len(have[n]), digest(have[n])})
		list = append(list, file{n, have[n]})
	}
	body, err := encode(m)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := sign(o.Key, body)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := pack(&b, o.Made, append(list, file{manifestFile, body}, file{signatureFile, signature})); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Before the first night there is no root; the pack says so and holds.
func TestBeforeTheFirstRoot(t *testing.T) {
	o := order(t)
	o.Sealed = nil
	if got := failing(verified(t, written(t, o), Trust{})); got != "" {
		t.Error(got)
	}
}
