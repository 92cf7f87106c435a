package disclosure_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/disclosure"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/memory"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

// vault keeps parts in memory.
type vault struct {
	mu   sync.Mutex
	objs map[string][]byte
	fail string // Put of a key that ends so fails
}

func (v *vault) Put(_ context.Context, key string, body io.Reader) error {
	if v.fail != "" && strings.HasSuffix(key, v.fail) {
		return errors.New("the vault is full")
	}
	b, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.objs[key] = b
	return nil
}

func (v *vault) Open(_ context.Context, key string) (io.ReadCloser, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	b, ok := v.objs[key]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

const hostile = `<script>alert(1)</script><img src=x onerror=alert(2)>"'&` + "\u202e\x01"

func world() *memory.World {
	w := memory.New(inventory.Default())
	w.Memory("relations").Put(
		systems.Row{"customer": "K-1", "record": "client", "name": hostile, "company": "=HYPERLINK(\"http://x\")", "email": "anna@test.example",
			"emailSince": "2020-02-03", "phone": "+31600000001", "birthDate": "1980-03-01", "marketing": true, "since": json.Number("12345678901234567890.10"),
			"remarks": "buurman Kees GEHEIM-NOTITIE", "shadowScore": "GEHEIM-SCORE", inventory.Bookkeeping: map[string]any{"action": "keep"}},
		systems.Row{"customer": "K-2", "record": "client", "name": "IEMAND-ANDERS", "email": "bram@test.example"})
	w.Memory("invoices").Put(
		systems.Row{"customer": "K-1", "invoice": "F-1", "date": "2024-03-01", "amount": json.Number("-12.50"), "description": "＝1+1", "name": "  @SUM(A1)"},
		systems.Row{"customer": "K-1", "invoice": "F-2", "date": "2025-03-01", "amount": json.Number("100"), "description": "regel een\r\n\"regel\", twee", "name": "\tx"})
	w.Memory("newsletter").Put(systems.Row{"email": "anna@test.example", "name": "Anna", "subscribedOn": "2023-07-01T10:00:00Z", "unsubscribeKey": "GEHEIM-SLEUTEL"})
	w.Memory("recordings").PutObject("recordings/K-1/2026-10-01.wav", []byte("RIFFgesprek"))
	w.Memory("recordings").PutObject("recordings/K-1/2026-10-02.wav", []byte("RIFFander"))
	w.Memory("weblog").PutObject("weblog/2026-10-01.jsonl", []byte(`{"time":"2026-10-01T08:00:00Z","email":"anna@test.example","path":"/x"}`+"\n"))
	w.Memory("weblog").PutObject("consents/2026.jsonl", []byte(`{"given":"2026-05-04T08:00:00Z","email":"anna@test.example","statistics":true,"advertising":false,"banner":"2026-01",`+
		`"withdrawn":"2026-09-01","rightsdesk":{"action":"keep"}}`+"\n"))
	return w
}

var keys = systems.Keys{"customer": {"K-1"}, "email": {"anna@test.example"}}

var received = time.Date(2026, 11, 20, 9, 30, 1, 0, time.UTC)

// collect collects a leg whole, for a package in which cleared are the places an officer cleared.
func collect(t testing.TB, w systems.Registry, v disclosure.Sink, right request.Right, cleared ...string) (spec disclosure.Spec, review []string) {
	t.Helper()
	c := disclosure.Collector{Systems: w, Sink: v, Now: func() time.Time { return received }}
	spec = disclosure.Spec{
		Inventory: w.Inventory(), Request: "0123", Reference: "R-7Q2M-K9TD", Leg: "l1", Language: request.Dutch, Right: right,
		Relation: request.Client, Role: request.Controller, Received: received, Name: "Anna Bos", Contact: "info@allclaims.nl", Cleared: cleared,
	}
	for _, id := range w.Inventory().SystemsFor(request.Client, request.Controller) {
		res, err := c.Collect(context.Background(), disclosure.Job{Request: "0123", Leg: "l1", System: id, Relation: request.Client,
			Role: request.Controller, Right: right, Keys: keys})
		if err != nil {
			t.Fatal(err)
		}
		spec.Receipts = append(spec.Receipts, res.Receipts...)
		review = append(review, res.Review...)
	}
	return spec, review
}

func seal(t testing.TB, spec disclosure.Spec, v *vault) (disclosure.Summary, map[string][]byte, []byte) {
	t.Helper()
	var out bytes.Buffer
	sum, err := disclosure.Seal(context.Background(), spec, v, &out)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return sum, files, out.Bytes()
}

func TestCollectWithholdsWhatIsNotCleared(t *testing.T) {
	v := &vault{objs: map[string][]byte{}}
	spec, review := collect(t, world(), v, request.Access)
	want := []string{"relations/clients/remarks", "relations/clients/shadowScore", "recordings/calls/object"}
	if d := cmp.Diff(want, review); d != "" {
		t.Errorf("to review (-want +got):\n%s", d)
	}
	// A42: nothing that is refused or unknown reached the vault; nor another person.
	for key, b := range v.objs {
		for _, secret := range []string{"GEHEIM-SCORE", "GEHEIM-SLEUTEL", "IEMAND-ANDERS", "rightsdesk"} {
			if bytes.Contains(b, []byte(secret)) {
				t.Errorf("%s holds %s", key, secret)
			}
		}
		if strings.Contains(key, "K-1") || strings.Contains(key, "anna") {
			t.Errorf("a key holds personal data: %s", key)
		}
	}
	sum, files, _ := seal(t, spec, v)
	for name, b := range files {
		if bytes.Contains(b, []byte("GEHEIM")) || bytes.Contains(b, []byte("RIFF")) {
			t.Errorf("%s of the package holds what nobody looked at", name)
		}
	}
	wantLeft := []disclosure.Omission{
		{System: "relations", Holding: "clients", Reason: "not-declared", Count: 1},
		{System: "relations", Holding: "clients", Column: "record", Reason: "internal", Count: 1},
		{System: "relations", Holding: "clients", Column: "remarks", Reason: "third-party", Count: 1},
		{System: "newsletter", Holding: "subscribers", Column: "unsubscribeKey", Reason: "security", Count: 1},
		{System: "recordings", Holding: "calls", Column: "object", Reason: "third-voice", Count: 2},
	}
	if d := cmp.Diff(wantLeft, sum.Omissions); d != "" {
		t.Errorf("left out (-want +got):\n%s", d)
	}

	// What an officer cleared goes along; what nobody declared never does.
	v = &vault{objs: map[string][]byte{}}
	spec, _ = collect(t, world(), v, request.Access, "relations/clients/remarks", "recordings/calls/object", "relations/clients/shadowScore")
	_, files, _ = seal(t, spec, v)
	if string(files["bijlagen/001.wav"]) != "RIFFgesprek" || string(files["bijlagen/002.wav"]) != "RIFFander" {
		t.Errorf("attachments: %q", files["bijlagen/001.wav"])
	}
	if !bytes.Contains(files["index.html"], []byte("GEHEIM-NOTITIE")) || bytes.Contains(files["index.html"], []byte("GEHEIM-SCORE")) {
		t.Error("index.html: want the cleared note and not the unknown column")
	}
}

// a person looks at each value and gives it, gives it without some words,
// or leaves it out; what nobody looked at, or changed since, stays behind.
func TestScreening(t *testing.T) {
	v := &vault{objs: map[string][]byte{}}
	spec, _ := collect(t, world(), v, request.Access)
	var held []disclosure.Held
	err := disclosure.ShowHeld(t.Context(), spec.Inventory, v, spec.Receipts, spec.Right, func(h disclosure.Held) error {
		held = append(held, h)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(held) != 3 || held[0].Place != "relations/clients/remarks" || held[0].Value != "buurman Kees GEHEIM-NOTITIE" || held[0].Reason != "third-party" ||
		held[0].File != "" || held[0].Row["email"] == nil || held[1].File == "" || held[1].Item == held[2].Item {
		t.Fatalf("ShowHeld: %+v", held)
	}
	note, first, second := held[0], held[1], held[2]
	tests := []struct {
		name     string
		screened []request.Screened
		cleared  []string
		in, out  []string
		left     int // omissions
	}{
		{"nothing", nil, nil, nil, []string{"buurman", "RIFF"}, 5},
		{"all given", []request.Screened{{Item: note.Item, Finding: "give"}, {Item: first.Item, Finding: "give"}, {Item: second.Item, Finding: "give"}}, nil,
			[]string{"buurman Kees", "RIFFgesprek", "RIFFander"}, nil, 3},
		{"words left out", []request.Screened{{Item: note.Item, Finding: "redact", Reason: "third-party", Marks: []string{"kees", "buurman Kees"}}}, nil,
			[]string{"[weggelaten] GEHEIM-NOTITIE"}, []string{"Kees", "buurman", "RIFF"}, 5},
		{"a mark that stands nowhere", []request.Screened{{Item: note.Item, Finding: "redact", Reason: "third-party", Marks: []string{"Piet"}}}, nil, nil, []string{"NOTITIE"}, 5},
		{"no marks that say anything", []request.Screened{{Item: note.Item, Finding: "redact", Reason: "third-party", Marks: []string{" "}}}, nil, nil, []string{"NOTITIE"}, 5},
		{"a file cannot be given in part", []request.Screened{{Item: first.Item, Finding: "redact", Reason: "third-voice", Marks: []string{"wav"}}}, nil, nil, []string{"RIFF"}, 5},
		{"one file", []request.Screened{{Item: second.Item, Finding: "give"}}, nil, []string{"RIFFander"}, []string{"RIFFgesprek"}, 5},
		{"a finding on what it was before", []request.Screened{{Item: "0000000000000000", Place: note.Place, Finding: "give"}}, nil, nil, []string{"buurman"}, 5},
		{"a place given whole, but for one value", []request.Screened{{Item: first.Item, Finding: "withhold", Reason: "third-voice"}}, []string{first.Place},
			[]string{"RIFFander"}, []string{"RIFFgesprek"}, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			spec := spec
			spec.Screened, spec.Cleared = tt.screened, tt.cleared
			sum, files, _ := seal(t, spec, v)
			var all bytes.Buffer
			for _, name := range slices.Sorted(maps.Keys(files)) {
				all.Write(files[name])
			}
			for _, want := range tt.in {
				if !bytes.Contains(all.Bytes(), []byte(want)) {
					t.Errorf("the package lacks %q", want)
				}
			}
			for _, not := range tt.out {
				if bytes.Contains(all.Bytes(), []byte(not)) {
					t.Errorf("the package holds %q", not)
				}
			}
			if len(sum.Omissions) != tt.left {
				t.Errorf("%d omissions, want %d: %+v", len(sum.Omissions), tt.left, sum.Omissions)
			}
		})
	}
}

// A41, U-17: the page needs no network, runs nothing, and links only to what is in the package.
func TestPackageIsSafeAndWhole(t *testing.T) {
	for _, lang := range inventory.Languages {
		v := &vault{objs: map[string][]byte{}}
		spec, _ := collect(t, world(), v, request.Access, "recordings/calls/object")
		spec.Language = lang
		sum, files, raw := seal(t, spec, v)
		for name := range files {
			if !regexp.MustCompile(`^[a-z0-9._/-]+$`).MatchString(name) || strings.Contains(name, "..") || path.IsAbs(name) {
				t.Errorf("name %q", name)
			}
		}
		for _, name := range []string{"index.html", "readme.txt", "manifest.json", "controle.txt", "data/relations/clients.json", "data/relations/clients.csv", "data/weblog/visits.json"} {
			if files[name] == nil {
				t.Errorf("%s is missing", name)
			}
		}
		checkPage(t, files, "index.html", lang)
		// S-16: what somebody chose, in words.
		for _, want := range map[request.Language][]string{request.Dutch: {"Cookies om bezoek te tellen", "Toestemming gestopt op", "1 september 2026"},
			request.English: {"Cookies to count visits", "Consent withdrawn on", "1 September 2026"}}[lang] {
			if !bytes.Contains(files["index.html"], []byte(want)) {
				t.Errorf("%s: the choice about cookies does not say %q", lang, want)
			}
		}
		if sum.Files != len(files) || sum.Bytes != int64(len(raw)) || sum.Rows != 8 || sum.Places != 6 {
			t.Errorf("summary %+v", sum)
		}
		if h := sha256.Sum256(raw); hex.EncodeToString(h[:]) != sum.SHA256 {
			t.Error("the package's checksum is wrong")
		}
		text := textOf(t, files["index.html"])
		for _, want := range []string{"<script>alert(1)</script>", "R-7Q2M-K9TD", "Anna Bos", "/x", "autoriteitpersoonsgegevens.nl", "Nieuwsbrievenhuis B.V."} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not in the page", lang, want)
			}
		}
		if strings.ContainsAny(text, "\u202e\x01") {
			t.Error("a control character is in the page")
		}
		// statement first, then the data.
		order := []string{"short", "art-purposes", "art-transfers", "contents", "d-relations-clients", "d-weblog-visits", "left", "automated", "rights", "files", "searched"}
		at := -1
		for _, id := range order {
			i := bytes.Index(files["index.html"], []byte(`id="`+id+`"`))
			if i <= at {
				t.Errorf("%s: section %s is missing or out of order", lang, id)
			}
			at = i
		}
	}
}

// checkPage fails for anything that runs, loads or leads outside the package.
func checkPage(t *testing.T, files map[string][]byte, name string, lang request.Language) {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(files[name]))
	if err != nil {
		t.Fatal(err)
	}
	ids, csp, htmlLang := map[string]bool{}, "", ""
	var links []string
	allowed := strings.Fields("html head meta title style body main h1 h2 h3 p strong span dl dt dd ul li a table caption thead tbody tr th td div")
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode {
			if !slices.Contains(allowed, n.Data) {
				t.Errorf("%s: element %s", name, n.Data)
			}
			for _, a := range n.Attr {
				switch {
				case strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "style":
					t.Errorf("%s: attribute %s", name, a.Key)
				case a.Key == "href":
					links = append(links, a.Val)
				case a.Key == "id":
					ids[a.Val] = true
				case a.Key == "lang":
					htmlLang = a.Val
				case a.Key == "content" && strings.HasPrefix(a.Val, "default-src"):
					csp = a.Val
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(doc)
	if csp != "default-src 'none'; style-src 'unsafe-inline'" || htmlLang != string(lang) {
		t.Errorf("%s: csp %q, lang %q", name, csp, htmlLang)
	}
	for _, l := range links {
		target, frag, _ := strings.Cut(l, "#")
		if target == "" {
			if !ids[frag] {
				t.Errorf("%s: link to #%s leads nowhere", name, frag)
			}
		} else if files[path.Join(path.Dir(name), target)] == nil {
			t.Errorf("%s: link to %s leads out of the package", name, l)
		}
	}
	if bytes.Contains(files[name], []byte("url(")) || bytes.Contains(files[name], []byte("@import")) {
		t.Errorf("%s: the style loads something", name)
	}
}

func textOf(t *testing.T, page []byte) string {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range doc.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
	}
	return b.String()
}

// A40: no cell can run; RFC 4180; the JSON is exact.
func TestMachineReadable(t *testing.T) {
	number := regexp.MustCompile(`^-[0-9]+(,[0-9]+)?$`) // below nought, it is still no formula
	v := &vault{objs: map[string][]byte{}}
	spec, _ := collect(t, world(), v, request.Access)
	_, files, _ := seal(t, spec, v)
	for name, body := range files {
		if !strings.HasSuffix(name, ".csv") {
			continue
		}
		// The spreadsheet of a Dutch reader: a byte order mark, semicolons, and
		// the comma for the decimals.
		bare, ok := bytes.CutPrefix(body, []byte("\xef\xbb\xbf"))
		if !ok {
			t.Errorf("%s has no byte order mark", name)
		}
		r := csv.NewReader(bytes.NewReader(bare))
		r.Comma = ';'
		rows, err := r.ReadAll()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if name == "data/relations/clients.csv" {
			if i := slices.Index(rows[0], "since"); i < 0 || rows[1][i] != "12345678901234567890,10" {
				t.Errorf("%s: %v of %v, want the number with a comma", name, rows[1], rows[0])
			}
		}
		for _, row := range rows {
			for _, cell := range row {
				if c := strings.TrimLeft(cell, " \u00a0"); c != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(c)[0]) && !number.MatchString(cell) {
					t.Errorf("%s: cell %q could run", name, cell)
				}
			}
		}
		if !bytes.HasSuffix(body, []byte("\r\n")) {
			t.Errorf("%s: lines do not end in CRLF", name)
		}
	}
	var rows []map[string]any
	dec := json.NewDecoder(bytes.NewReader(files["data/relations/clients.json"]))
	dec.UseNumber()
	if err := dec.Decode(&rows); err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{{"customer": "K-1", "name": hostile, "company": "=HYPERLINK(\"http://x\")", "email": "anna@test.example", "emailSince": "2020-02-03",
		"phone": "+31600000001", "birthDate": "1980-03-01", "marketing": true, "since": json.Number("12345678901234567890.10")}}
	if d := cmp.Diff(want, rows); d != "" {
		t.Errorf("clients.json (-want +got):\n%s", d)
	}
}

// the manifest names every file with its checksum and every place
// that was searched; controle.txt agrees.
func TestManifest(t *testing.T) {
	v := &vault{objs: map[string][]byte{}}
	spec, _ := collect(t, world(), v, request.Access)
	_, files, _ := seal(t, spec, v)
	var m struct {
		Confirmation map[string]bool   `json:"confirmation"`
		Copy         []disclosure.File `json:"copy"`
		Meta         struct {
			Snapshot string
			Searched []struct {
				System, Holding, Result, Reason string
				Count                           int
			}
		} `json:"meta"`
	}
	if err := json.Unmarshal(files["manifest.json"], &m); err != nil {
		t.Fatal(err)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(files["manifest.json"], &keys); err != nil {
		t.Fatal(err)
	}
	for _, k := range strings.Fields("confirmation purposes categories recipients retention rights complaint source automated transfers copy omissions meta") {
		if len(keys[k]) == 0 || string(keys[k]) == "null" {
			t.Errorf("manifest has no %s", k)
		}
	}
	if len(m.Copy) != len(files)-1 {
		t.Errorf("the manifest names %d of %d files", len(m.Copy), len(files))
	}
	for _, f := range m.Copy {
		h := sha256.Sum256(files[f.Name])
		if f.SHA256 != hex.EncodeToString(h[:]) || f.Bytes != int64(len(files[f.Name])) {
			t.Errorf("%s: wrong checksum or size", f.Name)
		}
		if f.Name != "controle.txt" && !bytes.Contains(files["controle.txt"], []byte(f.SHA256+"  "+f.Name+"\n")) {
			t.Errorf("controle.txt does not agree on %s", f.Name)
		}
	}
	got := map[string]string{}
	for _, s := range m.Meta.Searched {
		got[path.Join(s.System, s.Holding)] = fmt.Sprint(s.Result, s.Count, s.Reason)
	}
	want := map[string]string{"relations/clients": "found1", "invoices/invoices": "found2", "newsletter/subscribers": "found1", "recordings/calls": "found2",
		"weblog/visits": "found1", "weblog/consents": "found1", "collection": "left-out0other-part"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("searched (-want +got):\n%s", d)
	}
	if m.Meta.Snapshot != "2026-11-20" || !m.Confirmation["client"] {
		t.Errorf("snapshot %s, confirmation %v", m.Meta.Snapshot, m.Confirmation)
	}
}

// only what the person provided, under consent or contract.
func TestPortability(t *testing.T) {
	v := &vault{objs: map[string][]byte{}}
	spec, _ := collect(t, world(), v, request.Portability)
	sum, files, _ := seal(t, spec, v)
	var doc struct {
		Version string
		Data    map[string]map[string][]map[string]any
	}
	if err := json.Unmarshal(files["data.json"], &doc); err != nil {
		t.Fatalf("%v\n%s", err, files["data.json"])
	}
	want := map[string]map[string][]map[string]any{
		"relations": {"clients": {{"name": hostile, "company": "=HYPERLINK(\"http://x\")", "email": "anna@test.example", "phone": "+31600000001",
			"birthDate": "1980-03-01", "marketing": true}}},
		"newsletter": {"subscribers": {{"email": "anna@test.example", "name": "Anna", "subscribedOn": "2023-07-01T10:00:00Z"}}},
	}
	if d := cmp.Diff(want, doc.Data); d != "" {
		t.Errorf("data.json (-want +got):\n%s", d)
	}
	var schema map[string]any
	if err := json.Unmarshal(files["schema.json"], &schema); err != nil || schema["$schema"] == nil {
		t.Errorf("schema.json: %v", err)
	}
	checkPage(t, files, "index.html", request.Dutch)
	var whole []string
	for _, o := range sum.Omissions {
		if o.Column == "" && o.Reason == "not-portable" {
			whole = append(whole, o.System)
		}
	}
	if d := cmp.Diff([]string{"invoices", "recordings", "weblog", "weblog"}, whole); d != "" {
		t.Errorf("left out whole (-want +got):\n%s", d)
	}
}

func TestSealIsDeterministic(t *testing.T) {
	v := &vault{objs: map[string][]byte{}}
	spec, _ := collect(t, world(), v, request.Access, "recordings/calls/object")
	_, _, a := seal(t, spec, v)
	slices.Reverse(spec.Receipts) // systems answer in any order
	_, _, b := seal(t, spec, v)
	if !bytes.Equal(a, b) {
		t.Error("the same input gave another package")
	}
}

// Long categories go to files of their own, each with the way back.
func TestSealSplits(t *testing.T) {
	w := world()
	for i := range 300 {
		w.Memory("invoices").Put(systems.Row{"customer": "K-1", "invoice": fmt.Sprintf("F-9%04d", i), "date": "2025-01-01", "description": fmt.Sprintf("marker-%d-", i)})
	}
	v := &vault{objs: map[string][]byte{}}
	spec, _ := collect(t, w, v, request.Access, "recordings/calls/object")
	spec.SplitAt = 20 << 10
	_, files, _ := seal(t, spec, v)
	all := ""
	n := 0
	for name, body := range files {
		if strings.HasSuffix(name, ".html") {
			checkPage(t, files, name, request.Dutch)
			if name != "index.html" {
				n++
				if len(body) > 30<<10 {
					t.Errorf("%s has %d bytes", name, len(body))
				}
				all += string(body)
			}
		}
	}
	if n < 3 {
		t.Errorf("%d files of their own", n)
	}
	for i := range 300 {
		if strings.Count(all, fmt.Sprintf("marker-%d-", i)) != 1 {
			t.Fatalf("invoice %d does not stand there once", i)
		}
	}
}

// F18: never silently less than all.
func TestSealRefusesWhatIsNotWhole(t *testing.T) {
	v := &vault{objs: map[string][]byte{}}
	spec, _ := collect(t, world(), v, request.Access)
	missing := spec
	missing.Receipts = missing.Receipts[1:]
	if _, err := disclosure.Seal(context.Background(), missing, v, io.Discard); !request.SystemsMissing.Is(err) {
		t.Errorf("without a receipt: %v", err)
	}
	key := spec.Receipts[1].Part
	whole := v.objs[key]
	for _, cut := range []int{0, 10, len(whole) / 2, len(whole) - 3} {
		v.objs[key] = whole[:cut]
		if _, err := disclosure.Seal(context.Background(), spec, v, io.Discard); err == nil {
			t.Errorf("sealed a part cut at %d of %d", cut, len(whole))
		}
	}
	v.objs[key] = v.objs[spec.Receipts[0].Part]
	if _, err := disclosure.Seal(context.Background(), spec, v, io.Discard); err == nil {
		t.Error("sealed the part of another holding")
	}
	delete(v.objs, key)
	if _, err := disclosure.Seal(context.Background(), spec, v, io.Discard); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a part: %v", err)
	}
}

// upTo takes so many bytes and no more.
type upTo struct {
	left int
	full error
}

func (u *upTo) Write(b []byte) (int, error) {
	n := min(u.left, len(b))
	if u.left -= n; n < len(b) {
		return n, u.full
	}
	return n, nil
}

// A package that cannot be written whole is an error, at its last byte too, and
// leaves nothing running.
func TestSealCannotBeWritten(t *testing.T) {
	v := &vault{objs: map[string][]byte{}}
	spec, _ := collect(t, world(), v, request.Access)
	_, _, whole := seal(t, spec, v)
	full := errors.New("full")
	before := runtime.NumGoroutine()
	for range 20 {
		for _, n := range []int{0, 1, len(whole) / 2, len(whole) - 1} {
			if _, err := disclosure.Seal(t.Context(), spec, v, &upTo{n, full}); !errors.Is(err, full) {
				t.Fatalf("after %d of %d bytes: %v", n, len(whole), err)
			}
		}
	}
	if after := runtime.NumGoroutine(); after > before+20 {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
	if _, err := disclosure.Seal(t.Context(), spec, v, &upTo{len(whole), full}); err != nil {
		t.Errorf("with room for all: %v", err)
	}
}

func TestCollectFailures(t *testing.T) {
	job := disclosure.Job{Request: "0123", Leg: "l1", System: "recordings", Relation: request.Client, Role: request.Controller, Right: request.Access, Keys: keys}
	for _, fail := range []string{".part", ".wav"} {
		c := disclosure.Collector{Systems: world(), Sink: &vault{objs: map[string][]byte{}, fail: fail}, Now: time.Now}
		if _, err := c.Collect(context.Background(), job); err == nil {
			t.Errorf("a vault that refuses %s: no error", fail)
		}
	}
	for _, op := range []string{"collect", "open"} {
		w := world()
		boom := errors.New("down")
		w.Memory("recordings").After = func(o memory.Op) error {
			if o.Name == op {
				return boom
			}
			return nil
		}
		v := &vault{objs: map[string][]byte{}}
		c := disclosure.Collector{Systems: w, Sink: v, Now: time.Now}
		if _, err := c.Collect(context.Background(), job); !errors.Is(err, boom) {
			t.Errorf("a system that fails at %s: %v", op, err)
		}
		for key := range v.objs {
			if strings.HasSuffix(key, ".part") {
				t.Errorf("a system that fails at %s left a part", op)
			}
		}
	}
}

// A function lives on after a copy that failed, and is tried again for a day: what
// packed the part, and what took it, must not stay behind.
func TestFailureLeavesNothingRunning(t *testing.T) {
	job := disclosure.Job{Request: "0123", Leg: "l1", System: "recordings", Relation: request.Client, Role: request.Controller, Right: request.Access, Keys: keys}
	for how, end := range map[string]func() error{"an error": func() error { return errors.New("down") }, "a panic": func() error { panic("down") }} {
		w := world()
		w.Memory("recordings").After = func(memory.Op) error { return end() }
		c := disclosure.Collector{Systems: w, Sink: &vault{objs: map[string][]byte{}}, Now: time.Now}
		before := runtime.NumGoroutine()
		for range 100 {
			func() {
				defer func() { _ = recover() }()
				if _, err := c.Collect(t.Context(), job); err == nil {
					t.Fatal("a system that is down: no error")
				}
			}()
		}
		if after := runtime.NumGoroutine(); after > before+20 {
			t.Errorf("%d goroutines before a hundred failures by %s, %d after", before, how, after)
		}
	}
}

// long is a system that holds n invoices without keeping them in memory.
type long struct{ n int }

func (l long) Inventory() *inventory.Inventory       { return inventory.Default() }
func (l long) System(string) (systems.System, error) { return l, nil }
func (l long) Find(context.Context, inventory.Holding, string, string) ([]systems.Row, error) {
	return nil, nil
}
func (l long) Can(inventory.Holding, string) bool { return false }

func (l long) Apply(context.Context, inventory.Holding, systems.Selection, systems.Act) (int, error) {
	return 0, nil
}
func (l long) Collect(_ context.Context, h inventory.Holding, _ systems.Selection, emit func(systems.Row) error) error {
	if h.ID != "invoices" {
		return nil
	}
	for i := range l.n {
		if err := emit(systems.Row{"customer": "K-1", "invoice": fmt.Sprintf("F-%08d", i), "date": "2025-03-01", "amount": json.Number("12.50"),
			"name": "Anna Bos", "address": fmt.Sprintf("Oudegracht %d, Utrecht", i%977), "description": fmt.Sprintf("Behandeling van dossier %d in maart", i*7919%100_003)}); err != nil {
			return err
		}
	}
	return nil
}

// disk keeps parts in files, so that the measured heap is the sealer's own.
type disk string

func (d disk) Put(_ context.Context, key string, body io.Reader) error {
	f, err := os.Create(filepath.Join(string(d), strings.ReplaceAll(key, "/", "_")))
	if err != nil {
		return err
	}
	_, err = io.Copy(f, body)
	return errors.Join(err, f.Close())
}

func (d disk) Open(_ context.Context, key string) (io.ReadCloser, error) {
	return os.Open(filepath.Join(string(d), strings.ReplaceAll(key, "/", "_")))
}

// BenchmarkSeal seals 1×, 10× and 100× the rows and reports the highest heap,
// which must not grow with them, and the time against the bare ZIP writer on
// the same bytes.
func BenchmarkSeal(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("rows=%d", n), func(b *testing.B) {
			v := disk(b.TempDir())
			spec, _ := collect(b, long{n}, v, request.Access)
			var sum disclosure.Summary
			var peak atomic.Uint64
			var base runtime.MemStats
			for b.Loop() {
				runtime.GC()
				runtime.ReadMemStats(&base)
				done := make(chan struct{})
				go func() {
					var m runtime.MemStats
					for {
						select {
						case <-done:
							return
						case <-time.After(5 * time.Millisecond):
							runtime.ReadMemStats(&m)
							if m.HeapAlloc > base.HeapAlloc {
								peak.Store(max(peak.Load(), m.HeapAlloc-base.HeapAlloc))
							}
						}
					}
				}()
				var err error
				if sum, err = disclosure.Seal(context.Background(), spec, v, io.Discard); err != nil {
					b.Fatal(err)
				}
				close(done)
			}
			b.ReportMetric(float64(peak.Load())/(1<<20), "peak-MiB")
			b.ReportMetric(float64(sum.Bytes)/(1<<20), "zip-MiB")
		})
	}
}

// What is looked at before the release is what leaves: every page, table and
// attachment, byte for byte; but index.html, which is made without reading the
// attachments, and the two files of checksums.
func TestLookIsThePackage(t *testing.T) {
	v := &vault{objs: map[string][]byte{}}
	spec, _ := collect(t, world(), v, request.Access, "recordings/calls/object")
	spec.SplitAt = 200 // pages of their own, too
	sum, files, _ := seal(t, spec, v)
	c, err := disclosure.Look(t.Context(), spec, v)
	if err != nil {
		t.Fatal(err)
	}
	sum.Bytes, sum.SHA256 = 0, ""
	if diff := cmp.Diff(sum, c.Summary); diff != "" {
		t.Errorf("counts (-sealed +looked at):\n%s", diff)
	}
	if got := slices.Sorted(slices.Values(c.Files)); !slices.Equal(got, slices.Sorted(maps.Keys(files))) {
		t.Errorf("files %q, want those of the package", got)
	}
	for name, want := range files {
		var got bytes.Buffer
		if err := disclosure.LookAt(t.Context(), spec, v, name, &got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		switch name {
		case "manifest.json", "controle.txt":
		case "index.html":
			// As it is, but for the sizes and checksums of the attachments.
			bare := regexp.MustCompile(`<tr><td><a href="bijlagen/.*`)
			if !bytes.Equal(bare.ReplaceAll(got.Bytes(), nil), bare.ReplaceAll(want, nil)) {
				t.Error("index.html is another page than the one in the package")
			}
		default:
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("%s is another file than the one in the package", name)
			}
		}
	}
	for _, name := range []string{"", "nothing.html", "bijlagen/", "bijlagen/999.wav", "../index.html"} {
		if err := disclosure.LookAt(t.Context(), spec, v, name, io.Discard); !request.NotFound.Is(err) {
			t.Errorf("%q: %v, want %s", name, err, request.NotFound)
		}
	}
	spec.Receipts = spec.Receipts[1:]
	if _, err := disclosure.Look(t.Context(), spec, v); !request.SystemsMissing.Is(err) {
		t.Errorf("without a receipt: %v, want %s", err, request.SystemsMissing)
	}
}

// What was collected in many short turns gives the very package that one turn gives.
func TestCollectInTurns(t *testing.T) {
	whole, parts := &vault{objs: map[string][]byte{}}, &vault{objs: map[string][]byte{}}
	w := world()
	for i := range 200 {
		w.Memory("invoices").Put(systems.Row{"customer": "K-1", "invoice": fmt.Sprintf("G-%04d", i), "date": "2025-03-01", "amount": json.Number("1.5")})
	}
	spec, review := collect(t, w, whole, request.Access)
	_, _, want := seal(t, spec, whole)

	turns, got := 0, spec
	got.Receipts = nil
	var seen []string
	for _, id := range spec.Inventory.SystemsFor(spec.Relation, spec.Role) {
		w.Memory(id).Page = 7
		for more := true; more; turns++ {
			c := disclosure.Collector{Systems: w, Sink: parts, Now: func() time.Time { return received }}
			res, err := c.Collect(t.Context(), disclosure.Job{
				Request: spec.Request, Leg: spec.Leg, System: id, Relation: spec.Relation, Role: spec.Role, Right: spec.Right, Keys: keys,
				Done: got.Receipts, Enough: func() bool { return true },
			})
			if err != nil {
				t.Fatal(err)
			}
			got.Receipts, more = append(got.Receipts, res.Receipts...), res.More
			for _, place := range res.Review {
				if !slices.Contains(seen, place) {
					seen = append(seen, place)
				}
			}
		}
	}
	if turns < 20 {
		t.Fatalf("%d turns: nothing was cut", turns)
	}
	slices.Sort(seen)
	slices.Sort(review)
	if d := cmp.Diff(review, seen); d != "" {
		t.Errorf("to look at (-one turn +many):\n%s", d)
	}
	if _, _, zip := seal(t, got, parts); !bytes.Equal(zip, want) {
		t.Errorf("the package of %d turns is not that of one", turns)
	}
	// The last part missing is not whole, however many there are (F18).
	got.Receipts = slices.DeleteFunc(got.Receipts, func(r request.Receipt) bool {
		return r.System == "invoices" && r.Holding == "invoices" && r.More == ""
	})
	if _, err := disclosure.Seal(t.Context(), got, parts, io.Discard); !request.SystemsMissing.Is(err) {
		t.Errorf("sealed without the last part: %v", err)
	}
}

// What a run writes that another overtook changes nothing of what is on record:
// neither the rows nor the recordings beside them (F18).
func TestCollectOvertaken(t *testing.T) {
	w, v := world(), &vault{objs: map[string][]byte{}}
	spec, _ := collect(t, w, v, request.Access)
	_, want, _ := seal(t, spec, v)
	w.Memory("invoices").Put(systems.Row{"customer": "K-1", "invoice": "F-0", "date": "2026-03-01"})
	w.Memory("recordings").PutObject("recordings/K-1/2026-09-30.wav", []byte("RIFFeerder"))
	late := disclosure.Collector{Systems: w, Sink: v, Now: func() time.Time { return received.Add(time.Second) }}
	for _, id := range []string{"invoices", "recordings"} {
		if _, err := late.Collect(t.Context(), disclosure.Job{Request: "0123", Leg: "l1", System: id, Relation: request.Client,
			Role: request.Controller, Right: request.Access, Keys: keys}); err != nil {
			t.Fatal(err)
		}
	}
	if _, got, _ := seal(t, spec, v); !maps.EqualFunc(want, got, bytes.Equal) {
		t.Error("the package is another")
	}
}

// Words are left out where they are words: a name does not cut others.
func TestRedactWholeWords(t *testing.T) {
	for _, tc := range []struct {
		text  string
		marks []string
		want  string
	}{
		{"Jan belde in januari over Jans auto, JAN niet.", []string{"jan"}, "[weggelaten] belde in januari over [weggelaten]s auto, [weggelaten] niet."},
		{"jansen_1", []string{"Jansen"}, "[weggelaten]_1"},
		{"Woont bij Piet-Jan (Jan).", []string{"Piet-Jan", "Jan"}, "Woont bij [weggelaten] ([weggelaten])."},
		{"zie vanjan@x.nl", []string{"jan"}, "zie van[weggelaten]@x.nl"},
		{"Şükrü belde ŞÜKRÜ", []string{"şükrü"}, "[weggelaten] belde [weggelaten]"},
	} {
		if got, ok := disclosure.Redact(tc.text, tc.marks, request.Dutch); got != tc.want || !ok {
			t.Errorf("%q without %q: %q, %t; want %q", tc.text, tc.marks, got, ok, tc.want)
		}
	}
	if _, ok := disclosure.Redact("Jan belde", []string{"Jan", "Piet"}, request.Dutch); ok {
		t.Error("left out what does not stand there")
	}
}

// the package says by what was searched and how that was found, in words
// and in codes, and no key of anybody.
func TestHops(t *testing.T) {
	v := &vault{objs: map[string][]byte{}}
	spec, _ := collect(t, world(), v, request.Access)
	spec.By = map[string]int{"customer": 1, "invoice": 2, "batch": 4}
	spec.Hops = []request.Hop{
		{From: "newsletter/subscribers", Kind: "customer", To: []string{"invoices/invoices", "recordings/calls"}, Count: 1},
		{From: "invoices/invoices", Kind: "invoice", To: []string{"recordings/calls"}, Count: 2, Left: 1},
	}
	want := []string{
		"Bij Nieuwsbrief vonden wij: Klantnummer (1). Daarmee zochten wij verder bij: Facturen, Telefoongesprekken.",
		"Bij Facturen vonden wij: Factuurnummer (2). Daarmee zochten wij verder bij: Telefoongesprekken. Bij Facturen stond ook: Factuurnummer (1). Dat kan van iemand anders zijn. Daarmee zochten wij niet verder. Daar staat niet van wie iets is, alleen bij welk nummer het hoort: Telefoongesprekken.",
	}
	_, files, _ := seal(t, spec, v)
	var m struct {
		Meta struct {
			SearchedBy map[string]int
			Hops       []struct {
				From, Kind, Text string
				To, NumberOnly   []string
				Count, Left      int
			}
		}
	}
	if err := json.Unmarshal(files["manifest.json"], &m); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(spec.By, m.Meta.SearchedBy); d != "" || len(m.Meta.Hops) != 2 {
		t.Fatalf("%d hops; searched by (-want +got):\n%s", len(m.Meta.Hops), d)
	}
	index := string(files["index.html"])
	for i, h := range m.Meta.Hops {
		if d := cmp.Diff(want[i], h.Text); d != "" || !strings.Contains(index, "<li>"+want[i]+"</li>") {
			t.Errorf("hop %d is not in index.html so (-want +got):\n%s", i, d)
		}
	}
	if h := m.Meta.Hops[1]; h.From != "invoices/invoices" || h.Kind != "invoice" || h.Count != 2 || h.Left != 1 || !slices.Equal(h.NumberOnly, []string{"recordings/calls"}) || m.Meta.Hops[0].NumberOnly != nil {
		t.Errorf("the hops in codes: %+v", m.Meta.Hops)
	}
	if !strings.Contains(index, "<p>Wij zochten met deze gegevens van u: batch (4), Klantnummer (1), Factuurnummer (2).</p>") {
		t.Error("index.html does not say by what was searched")
	}
}
