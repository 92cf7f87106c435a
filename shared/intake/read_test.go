package intake

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"mime/quotedprintable"
	"os"
	"os/exec"
	"reflect"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/allclaims/rightsdesk/shared/request"
)

// mailOf joins header lines and a body with CR LF, as SMTP has them.
func mailOf(body string, headers ...string) string {
	return strings.Join(headers, "\r\n") + "\r\n\r\n" + strings.ReplaceAll(body, "\n", "\r\n")
}

const (
	fromJan   = "From: Jan Jansen <jan@example.org>"
	wantsData = "Ik wil graag inzage in mijn persoonsgegevens."
	plainText = "Content-Type: text/plain; charset=utf-8"
)

// wellFormed holds for every Message whatever went in.
func wellFormed(tb testing.TB, m Message) {
	tb.Helper()
	var texts []string
	texts = append(texts, m.From, m.FromName, m.Subject, m.Text, m.Whole, m.Reference, m.Rule, m.NoAnswer, m.Clues.Name, m.Clues.HouseNumber, m.Clues.BirthDate)
	for _, list := range [][]string{m.Faults, m.Evidence, m.Clues.Emails, m.Clues.Phones, m.Clues.FileNumbers, m.Clues.ClientNumbers, m.Clues.InvoiceNumbers, m.Clues.Postcodes} {
		if len(list) > 20 {
			tb.Errorf("a list of %d: lists are bounded", len(list))
		}
		texts = append(texts, list...)
	}
	for _, a := range m.Attachments {
		texts = append(texts, a.Name, a.Type, a.SHA256)
	}
	for _, s := range texts {
		if !utf8.ValidString(s) {
			tb.Errorf("not valid UTF-8: %q", s)
		}
		if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f || bidi(r) }) {
			tb.Errorf("a control character in %q", s)
		}
	}
	for _, s := range []string{m.From, m.FromName, m.Subject, m.Reference} {
		if strings.ContainsAny(s, "\r\n") {
			tb.Errorf("a line break in the header value %q", s)
		}
	}
	if len(m.Text) > MaxTextBytes || len(m.Whole) > MaxTextBytes {
		tb.Errorf("Text has %d bytes and Whole %d, want at most %d", len(m.Text), len(m.Whole), MaxTextBytes)
	}
	for _, r := range m.Rights {
		if !r.Valid() || r == request.Complaint || r == request.Question {
			tb.Errorf("%q is not one of the ten rights", r)
		}
	}
	if len(m.Relations) == 0 {
		tb.Error("no relation, not even unknown")
	}
	if m.Kind == "" || m.Rule == "" {
		tb.Errorf("kind %q by rule %q: both must be there", m.Kind, m.Rule)
	}
	if m.Language != request.Dutch && m.Language != request.English {
		tb.Errorf("language %q", m.Language)
	}
}

// TestLimits checks each limit of A36 at n and at n+1: at n nothing is wrong,
// above it the mail is still registered as the request it is, but not sure.
func TestLimits(t *testing.T) {
	nested := func(depth int) string {
		var b strings.Builder
		b.WriteString(fromJan + "\r\nSubject: inzage\r\n")
		for i := range depth {
			fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
			fmt.Fprintf(&b, "Content-Type: text/plain\r\n\r\n%s\r\n--b%d\r\n", map[bool]string{true: wantsData, false: "."}[i == 0], i)
		}
		b.WriteString("Content-Type: text/plain\r\n\r\nx\r\n")
		for i := depth - 1; i >= 0; i-- {
			fmt.Fprintf(&b, "--b%d--\r\n", i)
		}
		return b.String()
	}
	parts := func(n int) string {
		var b strings.Builder
		b.WriteString(fromJan + "\r\nSubject: inzage\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n" + wantsData + "\r\n")
		for range n - 2 { // the container and the text count too
			b.WriteString("--b\r\nContent-Type: application/pdf\r\n\r\nx\r\n")
		}
		b.WriteString("--b--\r\n")
		return b.String()
	}
	headerOf := func(n int) string {
		h := fromJan + "\r\nSubject: inzage\r\n" + plainText + "\r\n"
		for len(h)+2 < n {
			k := min(n-len(h)-2, 60000)
			if k < 10 {
				// Too short for a field of its own: lengthen the subject instead.
				h = strings.Replace(h, "Subject: inzage", "Subject: inzage"+strings.Repeat(" ", k), 1)
				continue
			}
			h += "X-Pad: " + strings.Repeat("p", k-9) + "\r\n"
		}
		return h + "\r\n" + wantsData + "\r\n"
	}
	line := func(n int) string {
		return mailOf(wantsData+"\n\n"+strings.Repeat("x", n)+"\n", fromJan, "Subject: inzage", plainText)
	}
	size := func(n int) string {
		m := mailOf(wantsData+"\n", fromJan, "Subject: inzage", "Content-Type: multipart/mixed; boundary=b")
		m = strings.Replace(m, wantsData, "--b\r\nContent-Type: text/plain\r\n\r\n"+wantsData+"\r\n--b\r\nContent-Type: application/zip\r\n", 1)
		pad := strings.Repeat(strings.Repeat("A", 998)+"\r\n", (n-len(m))/1000+1)
		return m + pad[:n-len(m)-7] + "\r\n--b--"
	}
	for _, tt := range []struct {
		name  string
		mail  func(int) string
		limit int
		fault string
	}{
		{"depth", nested, MaxDepth, faultDepth},
		{"parts", parts, MaxParts, faultParts},
		{"header", headerOf, MaxHeaderBytes, faultHeaderSize},
		{"line", line, MaxLineBytes, faultLine},
		{"bytes", size, MaxBytes, faultOversize},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := readString(t, tt.mail(tt.limit), testOptions)
			wellFormed(t, m)
			if has(m.Faults, tt.fault) {
				t.Errorf("at the limit: faults %v", m.Faults)
			}
			if m.Kind != KindRequest || !m.Sure {
				t.Errorf("at the limit: kind %s, sure %v, faults %v", m.Kind, m.Sure, m.Faults)
			}
			m = readString(t, tt.mail(tt.limit+1), testOptions)
			wellFormed(t, m)
			if !has(m.Faults, tt.fault) {
				t.Errorf("over the limit: faults %v, want %s", m.Faults, tt.fault)
			}
			if m.Kind != KindRequest || m.Sure {
				t.Errorf("over the limit: kind %s, sure %v; want a request that is not sure", m.Kind, m.Sure)
			}
			if m.Oversize != (tt.fault == faultOversize) {
				t.Errorf("oversize is %v", m.Oversize)
			}
		})
	}
}

func has(list []string, want string) bool {
	for _, s := range list {
		if s == want {
			return true
		}
	}
	return false
}

// hostile are mails that were built to hurt (A36, A37).
func hostile() map[string]func() string {
	big := func(unit string, n int) string { return strings.Repeat(unit, n/len(unit)) }
	deep := func() string {
		deep := "Subject: x\r\n"
		for i := range 2000 {
			deep += fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
		}
		return deep
	}
	mails := map[string]func() string{
		"empty":             func() string { return "" },
		"only line ends":    func() string { return big("\r\n", 1<<20) },
		"NUL":               func() string { return big("\x00", 1<<20) },
		"8-bit noise":       func() string { return big("\xff\xfe\x80\x81", 2<<20) },
		"endless header":    func() string { return "Subject: " + big("a", 24<<20) },
		"many fields":       func() string { return big("X: y\r\n", 20<<20) },
		"endless folding":   func() string { return "Subject: a\r\n" + big(" b\r\n", 10<<20) },
		"endless From":      func() string { return "From: " + big("<a@b.nl>,", 5<<20) + "\r\n\r\nx" },
		"From of comments":  func() string { return "From: " + big("(", 200000) + "\r\n\r\nx" },
		"encoded words":     func() string { return "Subject: " + big("=?utf-8?q?a?= ", 200000) + "\r\n\r\nx" },
		"bad encoded words": func() string { return "Subject: =?utf-7?b?////?= =?x?q?=0D=0ABcc: x@y.nl?=\r\n\r\nx" },
		"deep nesting":      deep,
		"many parts": func() string {
			return "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + big("--b\r\n\r\n\r\n", 5<<20)
		},
		"same boundary nested": func() string {
			return "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n--b--"
		},
		"empty boundary":        func() string { return "Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n----\r\n\r\nx" },
		"boundary of dashes":    func() string { return "Content-Type: multipart/mixed; boundary=--\r\n\r\n" + big("----\r\n", 1<<20) },
		"huge boundary":         func() string { return "Content-Type: multipart/mixed; boundary=" + big("b", 60000) + "\r\n\r\nx" },
		"boundary prefixes":     func() string { return "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + big("--bx\r\n", 10<<20) },
		"parameters":            func() string { return "Content-Type: text/plain; " + big("a=b; ", 60000) + "\r\n\r\nx" },
		"continued parameters":  func() string { return "Content-Type: text/plain; " + big("name*999999999=x; ", 4000) + "\r\n\r\nx" },
		"base64 junk":           func() string { return "Content-Transfer-Encoding: base64\r\n\r\n" + big("=A=B=C=", 10<<20) },
		"quoted-printable junk": func() string { return "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + big("=\r\n", 10<<20) },
		"equals":                func() string { return "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + big("=", 10<<20) },
		"html depth":            func() string { return "Content-Type: text/html\r\n\r\n" + big("<div>", 10<<20) },
		"html attributes":       func() string { return "Content-Type: text/html\r\n\r\n<a " + big("b=c ", 10<<20) + ">" },
		"html unclosed":         func() string { return "Content-Type: text/html\r\n\r\n" + big("<", 10<<20) },
		"html comment":          func() string { return "Content-Type: text/html\r\n\r\n<!--" + big("-", 10<<20) },
		"html quotes":           func() string { return "Content-Type: text/html\r\n\r\n" + big("<blockquote>", 10<<20) + wantsData },
		"html entities":         func() string { return "Content-Type: text/html\r\n\r\n" + big("&#x202e;", 5<<20) },
		"one endless word":      func() string { return "Subject: x\r\n\r\n" + big("a", 20<<20) },
		"one endless sentence":  func() string { return "Subject: x\r\n\r\n" + big("mijn gegevens niet wissen ", 10<<20) },
		"lexicon words": func() string {
			return "Subject: x\r\n\r\n" + big("verwijder mij me u of die alles hebben over mij ", 64<<10)
		},
		"misspelled words": func() string {
			return "Subject: x\r\n\r\n" + big("persoonsgegvenz verwiijdern inzaage restrictoin ", 64<<10)
		},
		"no words":      func() string { return "Subject: x\r\n\r\n" + big(".!?,;:-", 20<<20) },
		"quote marks":   func() string { return "Subject: x\r\n\r\n" + big(">", 10<<20) },
		"quoted lines":  func() string { return "Subject: x\r\n\r\n" + big(">>>> a\r\n", 10<<20) },
		"attributions":  func() string { return "Subject: x\r\n\r\n" + big("Op 1 jan 2026 om 10:00 schreef\r\n", 5<<20) },
		"header blocks": func() string { return "Subject: x\r\n\r\n" + big("Van: a\r\n", 10<<20) },
		"forwards in forwards": func() string {
			return "Subject: x\r\n\r\n" + big("---------- Forwarded message ----------\r\nFrom: a@b.nl\r\nSubject: x\r\n\r\n", 64<<10)
		},
		"numbers":             func() string { return "Subject: x\r\n\r\n" + big("dossier 123456782 ", 10<<20) },
		"digits":              func() string { return "Subject: x\r\n\r\n" + big("1", 10<<20) },
		"digits and dots":     func() string { return "Subject: x\r\n\r\n" + big("1.", 10<<20) },
		"addresses":           func() string { return "Subject: x\r\n\r\n" + big("a@b.nl ", 10<<20) },
		"at signs":            func() string { return "Subject: x\r\n\r\n" + big("@", 10<<20) },
		"utf-7":               func() string { return "Content-Type: text/plain; charset=utf-7\r\n\r\n" + big("+ADw-", 2<<20) },
		"utf-7 broken":        func() string { return "Content-Type: text/plain; charset=utf-7\r\n\r\n" + big("+", 2<<20) },
		"utf-16 odd":          func() string { return "Content-Type: text/plain; charset=utf-16\r\n\r\nabc" },
		"iso-2022 escapes":    func() string { return "Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n" + big("\x1b$B", 2<<20) },
		"replacement charset": func() string { return "Content-Type: text/plain; charset=iso-2022-kr\r\n\r\n\x1b$)C" + wantsData },
		"unknown charset":     func() string { return "Content-Type: text/plain; charset=x-nonsense\r\n\r\n" + wantsData },
		"overrides":           func() string { return "Subject: \u202e\u2066\r\n\r\n" + big("\u202e", 2<<20) },
		"combining":           func() string { return "Subject: x\r\n\r\n" + big("a\u0301\u0301\u0301", 5<<20) },
		"compatibility":       func() string { return "Subject: x\r\n\r\n" + big("\ufdfa", 5<<20) },
		"zero width":          func() string { return "Subject: x\r\n\r\n" + big("\u200b", 5<<20) },
		"rfc822 chain":        func() string { return big("Content-Type: message/rfc822\r\n\r\n", 1<<20) },
		"rfc822 in base64": func() string {
			return "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString([]byte("Subject: x\r\n\r\n"+wantsData))
		},
		"zip bomb": func() string {
			return "Content-Type: application/zip; name=bomb.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n" + big("UEsDBBQAAAAIAA\r\n", 20<<20)
		},
		"unclosed hidden": func() string { return "Content-Type: text/html\r\n\r\n<div style='display:none'>" + wantsData },
		"CR only":         func() string { return strings.ReplaceAll("Subject: x\r\n\r\n"+wantsData, "\r\n", "\r") },
	}
	return mails
}

// TestHostileMail is A36 and A37: every mail is read in under five seconds,
// and gives a Message that is well formed. A request that hides in one is not
// set aside.
func TestHostileMail(t *testing.T) {
	for name, build := range hostile() {
		t.Run(name, func(t *testing.T) {
			raw := build()
			start := time.Now()
			m := readString(t, raw, testOptions)
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			wellFormed(t, m)
			if strings.Contains(raw, wantsData) && m.Kind != KindRequest && m.Kind != KindQuestion {
				t.Errorf("set aside as %s by %s", m.Kind, m.Rule)
			}
			if len(raw) > 1<<20 {
				return
			}
			again := readString(t, raw, testOptions)
			if diff := cmp.Diff(m, again); diff != "" {
				t.Errorf("not the same twice: %s", diff)
			}
		})
	}
}

// TestHostileMemory reads the hostile mails one after another in a process of
// its own and looks at the most memory that it ever held (A36: < 256 MB).
func TestHostileMemory(t *testing.T) {
	if os.Getenv("INTAKE_MEMORY") != "" {
		debug.SetGCPercent(50) // as the function that reads mail runs
		for name, build := range hostile() {
			if only := os.Getenv("INTAKE_MEMORY"); only != "all" && only != name {
				continue
			}
			if _, err := Read(strings.NewReader(build()), testOptions); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			debug.FreeOSMemory() // the mail before is no part of the measure
		}
		return
	}
	if testing.Short() {
		t.Skip("starts a process")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestHostileMemory$")
	cmd.Env = append(os.Environ(), "INTAKE_MEMORY=all")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		t.Skip("this system does not report memory")
	}
	most := usage.Maxrss
	if runtime.GOOS != "darwin" {
		most <<= 10
	}
	t.Logf("at most %d MB", most>>20)
	if most > 256<<20 {
		t.Errorf("held %d MB", most>>20)
	}
}

// TestA06VerdictsNeverRaise runs every combination of the six verdicts with
// every value: what is understood stays the same, and sureness never rises.
func TestA06VerdictsNeverRaise(t *testing.T) {
	raw := mailOf(wantsData, fromJan, "Subject: inzage", plainText)
	base := readString(t, raw, testOptions)
	values := []string{"PASS", "FAIL", "GRAY", "PROCESSING_FAILED", "", "whatever"}
	rows := 0
	for n := range 6 * 6 * 6 * 6 * 6 {
		v := Verdicts{values[n%6], values[n/6%6], values[n/36%6], values[n/216%6], values[n/1296%6], ""}
		if n%2 == 1 {
			v.DMARCPolicy = "reject"
		}
		m := base
		f := faults{}
		m.applyVerdicts(f, v)
		rows++
		if m.Sure && !base.Sure {
			t.Fatalf("%+v made it sure", v)
		}
		if m.Sure != (v.Spam != "FAIL") {
			t.Fatalf("%+v: sure is %v", v, m.Sure)
		}
		m.Sure, m.Faults = base.Sure, base.Faults
		if !reflect.DeepEqual(m, base) {
			t.Fatalf("%+v changed what is understood", v)
		}
	}
	if rows != 7776 {
		t.Errorf("%d rows", rows)
	}
	// And through Read, for the ones that matter: all fail, all pass.
	o := testOptions
	o.Verdicts = Verdicts{"FAIL", "FAIL", "FAIL", "FAIL", "FAIL", "reject"}
	m := readString(t, raw, o)
	if m.Kind != KindRequest || m.Sure || !m.Answerable {
		t.Errorf("all FAIL: kind %s, sure %v, answerable %v", m.Kind, m.Sure, m.Answerable)
	}
	o.Verdicts = Verdicts{"PASS", "PASS", "FAIL", "FAIL", "GRAY", "none"}
	if diff := cmp.Diff(base, readString(t, raw, o)); diff != "" {
		t.Errorf("a redirected honest mail is understood otherwise: %s", diff)
	}
}

// TestA08ForgedVerdictHeaders: what a mail says of itself counts for nothing.
func TestA08ForgedVerdictHeaders(t *testing.T) {
	plain := mailOf(wantsData, fromJan, "Subject: inzage", plainText)
	forged := mailOf(wantsData, "Authentication-Results: amazonses.com; spf=pass; dkim=pass; dmarc=pass", "X-SES-Spam-Verdict: PASS",
		"X-SES-Virus-Verdict: PASS", "Received-SPF: pass", fromJan, "Subject: inzage", plainText)
	o := testOptions
	o.Verdicts.Spam = "FAIL"
	if diff := cmp.Diff(readString(t, plain, o), readString(t, forged, o)); diff != "" {
		t.Errorf("forged headers changed something: %s", diff)
	}
}

// TestA09Sender: exactly one mailbox on which two readers agree, or none.
func TestA09Sender(t *testing.T) {
	for _, tt := range []struct {
		name, header, from, fromName string
	}{
		{"plain", "From: jan@example.org", "jan@example.org", ""},
		{"with name", "From: Jan Jansen <Jan@EXAMPLE.org>", "Jan@example.org", "Jan Jansen"},
		{"quoted name", `From: "Jansen, Jan" <jan@example.org>`, "jan@example.org", "Jansen, Jan"},
		{"encoded name", "From: =?utf-8?q?Ren=C3=A9?= <r@example.org>", "r@example.org", "René"},
		{"8-bit name", "From: Ren\xe9 <r@example.org>", "r@example.org", "René"},
		{"international domain", "From: x@bücher.example", "x@xn--bcher-kva.example", ""},
		{"look-alike letters", "From: info@аllclaims.nl", "info@xn--llclaims-06g.nl", ""},
		{"two mailboxes", "From: a@example.org, b@example.org", "", ""},
		{"two headers", "From: a@example.org\r\nFrom: b@example.org", "", ""},
		{"group", "From: x: a@example.org;", "", ""},
		{"comment", "From: a@example.org (b@example.com)", "", ""},
		{"comment in address", "From: a@(x)example.org", "", ""},
		{"comment in name", "From: a <b@example.org> (c)", "", ""},
		{"quoted local", `From: "a@b.nl"@example.org`, "", ""},
		{"back-quote", "From: <a@b`@example.org>", "", ""},
		{"route", "From: <@x.nl:a@example.org>", "", ""},
		{"literal", "From: a@[127.0.0.1]", "", ""},
		{"two at signs", "From: a@b@example.org", "", ""},
		{"NUL", "From: a\x00@example.org", "", ""},
		{"no domain", "From: a", "", ""},
		{"empty", "From: <>", "", ""},
		{"none", "X: y", "", ""},
		{"two angles", "From: <a@example.org> <b@example.org>", "", ""},
		{"unquoted address as name", "From: victim@example.com <attacker@evil.example>", "", ""},
		{"quoted address as name", `From: "victim@example.com" <attacker@evil.example>`, "attacker@evil.example", ""},
		{"reply-to is never used", "From: a@example.org\r\nReply-To: b@example.org", "a@example.org", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := readString(t, tt.header+"\r\nSubject: inzage\r\n\r\n"+wantsData, testOptions)
			if m.From != tt.from || m.FromName != tt.fromName {
				t.Errorf("from %q named %q, want %q named %q", m.From, m.FromName, tt.from, tt.fromName)
			}
			if m.Kind != KindRequest {
				t.Errorf("kind %s: a broken sender must not lose a request", m.Kind)
			}
			if m.Answerable != (tt.from != "") {
				t.Errorf("answerable %v from %q", m.Answerable, m.From)
			}
			for _, clue := range m.Clues.Emails {
				if clue == "b@example.org" {
					t.Error("Reply-To became a clue")
				}
			}
		})
	}
	if m := readString(t, "From: \"victim@example.com\" <attacker@evil.example>\r\n\r\n"+wantsData, testOptions); m.Sure {
		t.Error("a name that plays an address is sure")
	}
}

// TestA32NoAnswer: what a machine sent gets no answer, and no machine's mark
// makes a request disappear.
func TestA32NoAnswer(t *testing.T) {
	busy := "Ik ben tot maandag niet op kantoor. Uw e-mail wordt niet gelezen."
	for _, tt := range []struct {
		name    string
		headers []string
		body    string
		kind    Kind
		rule    string
		answer  bool
	}{
		{"person", []string{fromJan, "Subject: vraag"}, wantsData, KindRequest, "access-name", true},
		{"auto-submitted no", []string{fromJan, "Auto-Submitted: no"}, wantsData, KindRequest, "access-name", true},
		{"suppression is no mark", []string{fromJan, "X-Auto-Response-Suppress: All"}, wantsData, KindRequest, "access-name", true},
		{"auto-replied", []string{fromJan, "Auto-Submitted: auto-replied", "Subject: Re: Uw verzoek"}, busy, KindAutomatic, "auto-submitted", false},
		{"auto-generated request", []string{fromJan, "Auto-Submitted: auto-generated"}, wantsData, KindRequest, "access-name", false},
		{"null sender", []string{"Return-Path: <>", fromJan, "Subject: bericht"}, "Een melding.", KindAutomatic, "null-sender", false},
		{"null sender request", []string{"Return-Path: <>", fromJan}, wantsData, KindRequest, "access-name", false},
		{"bulk", []string{fromJan, "Precedence: bulk"}, "Nieuws van de week.", KindAutomatic, "precedence", false},
		{"junk", []string{fromJan, "Precedence: junk"}, "Nieuws van de week.", KindAutomatic, "precedence", false},
		{"list", []string{fromJan, "List-Id: <a.example.org>"}, "Nieuws van de week.", KindAutomatic, "list", false},
		{"list request", []string{fromJan, "List-Id: <a.example.org>"}, wantsData, KindRequest, "access-name", false},
		{"autoreply header", []string{fromJan, "X-Autoreply: yes", "Subject: Re: iets"}, "Bedankt.", KindAutomatic, "autoreply-header", false},
		{"autorespond header", []string{fromJan, "X-Autorespond: iets"}, "Bedankt.", KindAutomatic, "autoreply-header", false},
		{"absence by subject", []string{fromJan, "Subject: Automatisch antwoord: Uw verzoek"}, busy, KindAutomatic, "absence", false},
		{"absence in English", []string{fromJan, "Subject: Out of office"}, "I am out of the office until Monday.", KindAutomatic, "absence", false},
		{"mailer-daemon", []string{"From: Mail Delivery Subsystem <mailer-daemon@example.org>", "Subject: Delivery Status Notification (Failure)"}, "Your letter about access to personal data was not delivered.", KindBounce, "mailer-daemon", false},
		{"failed recipients", []string{"From: x@example.org", "X-Failed-Recipients: a@b.nl"}, "Mislukt.", KindBounce, "delivery-report", false},
		{"noreply", []string{"From: noreply@example.org", "Subject: Melding"}, "Er is iets gebeurd.", KindAutomatic, "robot-address", false},
		{"noreply request", []string{"From: no-reply@form.example"}, wantsData, KindRequest, "access-name", false},
		{"own notice", []string{"From: All Claims <privacy@allclaims.nl>", "Auto-Submitted: auto-generated", "Subject: R-7Q2M-K9TD wacht op u"}, "Verzoek R-7Q2M-K9TD (inzage, wissing) wacht op u.", KindAutomatic, "own-mail", false},
		{"own by its header", []string{"From: noreply@mail.allclaims.nl", "X-AllClaims-Letter: T-01"}, "Wij hebben uw verzoek om inzage ontvangen.", KindAutomatic, "own-mail", false},
		{"colleague", []string{"From: Piet <piet@allclaims.nl>", "Subject: FW: inzage"}, wantsData, KindRequest, "access-name", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := readString(t, mailOf(tt.body, append(tt.headers, plainText)...), testOptions)
			if m.Kind != tt.kind || m.Rule != tt.rule || m.Answerable != tt.answer {
				t.Errorf("kind %s by %s, answerable %v (%s); want %s by %s, %v", m.Kind, m.Rule, m.Answerable, m.NoAnswer, tt.kind, tt.rule, tt.answer)
			}
			if m.Answerable == (m.NoAnswer != "") {
				t.Errorf("answerable %v with the reason %q", m.Answerable, m.NoAnswer)
			}
		})
	}
}

// TestBounceReport reads a delivery report with our letter in it: a bounce,
// whatever our letter speaks of.
func TestBounceReport(t *testing.T) {
	m := readString(t, mailOf(`--r
Content-Type: text/plain

Your message could not be delivered.
--r
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; jan@example.org
Action: failed
Status: 5.1.1
--r
Content-Type: message/rfc822

From: privacy@allclaims.nl
Subject: Uw verzoek R-7Q2M-K9TD: ontvangen

U vroeg om inzage in uw gegevens.
--r--
`, "From: MAILER-DAEMON@mx.example.org", "Return-Path: <>", "Subject: Undelivered Mail", "Content-Type: multipart/report; report-type=delivery-status; boundary=r"), testOptions)
	if m.Kind != KindBounce || !m.Sure || len(m.Rights) > 0 || m.Answerable {
		t.Errorf("kind %s, sure %v, rights %v, answerable %v", m.Kind, m.Sure, m.Rights, m.Answerable)
	}
}

// TestA34HeaderInjection: no header value carries a line break on, however it
// was smuggled in.
func TestA34HeaderInjection(t *testing.T) {
	for _, subject := range []string{
		"inzage\r\n Bcc: x@example.org",
		"=?utf-8?q?inzage=0D=0ABcc:_x@example.org?=",
		"=?utf-8?b?" + base64.StdEncoding.EncodeToString([]byte("inzage\r\nBcc: x@example.org\x00")) + "?=",
		"inzage \x0b\x0c\x1b[31m \u2028 Bcc: x",
	} {
		m := readString(t, "From: =?utf-8?q?Jan=0D=0ABcc:_x?= <jan@example.org>\r\nSubject: "+subject+"\r\n\r\n"+wantsData, testOptions)
		wellFormed(t, m)
		if m.Kind != KindRequest {
			t.Errorf("%q: kind %s", subject, m.Kind)
		}
	}
}

// TestA37Charsets: the same words in every set and encoding, declared well,
// badly or not at all.
func TestA37Charsets(t *testing.T) {
	const text = "Geachte heer Müller, ik verzoek u mijn coördinaten én al mijn persoonsgegevens te wissen. Hé, geen smoesjes €."
	latin := func(s string) string {
		out, err := charmap.Windows1252.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	wide := func(order unicode.Endianness, bom unicode.BOMPolicy) string {
		out, err := unicode.UTF16(order, bom).NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	quoted := func(s string) string {
		var b bytes.Buffer
		w := quotedprintable.NewWriter(&b)
		if _, err := io.WriteString(w, s); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for _, tt := range []struct {
		name, charset, encoding, body string
	}{
		{"utf-8", "utf-8", "8bit", text},
		{"utf-8 quoted-printable", "utf-8", "quoted-printable", quoted(text)},
		{"utf-8 base64", "UTF-8", "base64", b64(text)},
		{"windows-1252", "windows-1252", "8bit", latin(text)},
		{"latin-1 that is 1252", "iso-8859-1", "quoted-printable", quoted(latin(text))},
		{"latin-15", "iso-8859-15", "8bit", strings.ReplaceAll(latin(text), "\x80", "\xa4")},
		{"declared utf-8, is 1252", "utf-8", "8bit", latin(text)},
		{"declared latin-1, is utf-8", "iso-8859-1", "8bit", text},
		{"undeclared 1252", "", "8bit", latin(text)},
		{"undeclared utf-8", "", "8bit", text},
		{"unknown set", "x-unknown", "8bit", text},
		{"set in quotes", `"'utf-8'"`, "8bit", text},
		{"utf-8 with mark", "utf-8", "base64", b64("\xef\xbb\xbf" + text)},
		{"utf-16 with mark", "utf-16", "base64", b64(wide(unicode.BigEndian, unicode.UseBOM))},
		{"utf-16le", "utf-16le", "base64", b64(wide(unicode.LittleEndian, unicode.IgnoreBOM))},
		{"wrong encoding name", "utf-8", "x-strange", text},
		{"base64 with noise", "utf-8", "base64", "!!" + b64(text)[:40] + "\r\n ** \r\n" + b64(text)[40:]},
	} {
		t.Run(tt.name, func(t *testing.T) {
			contentType := "Content-Type: text/plain"
			if tt.charset != "" {
				contentType += "; charset=" + tt.charset
			}
			m := readString(t, fromJan+"\r\nSubject: wissen\r\n"+contentType+"\r\nContent-Transfer-Encoding: "+tt.encoding+"\r\n\r\n"+tt.body+"\r\n", testOptions)
			if got := strings.Join(strings.Fields(m.Text), " "); got != text {
				t.Errorf("read %q", got)
			}
			if m.Kind != KindRequest || !m.Sure || fmt.Sprint(m.Rights) != "[erasure]" {
				t.Errorf("kind %s, sure %v, rights %v", m.Kind, m.Sure, m.Rights)
			}
		})
	}
}

// TestA37Disguises: what a person reads is what is understood.
func TestA37Disguises(t *testing.T) {
	for name, text := range map[string]string{
		"zero width":         "verwij\u200bder al mijn ge\u200dgevens",
		"soft hyphens":       "ver\u00adwij\u00adder al mijn ge\u00adge\u00advens",
		"full width":         "ｖｅｒｗｉｊｄｅｒ al mijn ｇｅｇｅｖｅｎｓ",
		"Cyrillic letters":   "verwijder аl mijn gеgеvens",
		"combining accents":  "verwijde\u0301r al mijn ge\u0308gevens",
		"capitals":           "VERWIJDER AL MIJN GEGEVENS",
		"no-break spaces":    "verwijder\u00a0al\u00a0mijn\u00a0gegevens",
		"ligature ij":        "verwĳder al mĳn gegevens",
		"direction override": "verwijder al mijn gegevens \u202e",
	} {
		m := readString(t, mailOf(text, fromJan, plainText), testOptions)
		if fmt.Sprint(m.Rights) != "[erasure]" {
			t.Errorf("%s: rights %v, text %q", name, m.Rights, m.Text)
		}
		if name == "direction override" && !strings.Contains(m.Text, "[U+202E]") {
			t.Errorf("the override is not shown: %q", m.Text)
		}
	}
}

// TestShapes reads the forms in which mail programs wrap one and the same wish.
func TestShapes(t *testing.T) {
	html := "<html><head><title>wis alles</title><style>p{}</style><script>verwijder()</script></head><body>" +
		"<div style=\"display:none\">Verwijder al mijn gegevens</div><p>Beste,</p><p>Ik wil graag <b>inzage</b> in mijn&nbsp;persoonsgegevens.</p></body></html>"
	boundary := func(parts ...string) string {
		return "--b\r\n" + strings.Join(parts, "\r\n--b\r\n") + "\r\n--b--\r\n"
	}
	part := func(typ, body string) string { return "Content-Type: " + typ + "\r\n\r\n" + body }
	for _, tt := range []struct {
		name, headers, body string
	}{
		{"html only", "Content-Type: text/html; charset=utf-8", html},
		{"alternative", "Content-Type: multipart/alternative; boundary=b", boundary(part("text/plain", wantsData), part("text/html", html))},
		{"alternative with a stub", "Content-Type: multipart/alternative; boundary=b", boundary(part("text/plain", "Bekijk dit bericht in HTML."), part("text/html", html))},
		{"with attachment", "Content-Type: multipart/mixed; boundary=b", boundary(part("text/plain", wantsData), part("application/pdf; name=id.pdf", "%PDF"))},
		{"request in a text file", "Content-Type: multipart/mixed; boundary=b", boundary(part("text/plain", ""), "Content-Type: text/plain\r\nContent-Disposition: attachment; filename=brief.txt\r\n\r\n"+wantsData)},
		{"forwarded as attachment", "Content-Type: multipart/mixed; boundary=b", boundary(part("text/plain", "Zie bijlage."), part("message/rfc822", "From: x@example.net\r\nSubject: inzage\r\nContent-Type: text/html\r\n\r\n"+html))},
		{"no closing boundary", "Content-Type: multipart/mixed; boundary=b", "--b\r\n" + part("text/plain", wantsData)},
		{"boundary never comes", "Content-Type: multipart/mixed; boundary=zz", wantsData},
		{"boundary not named", "Content-Type: multipart/mixed", boundary(part("text/plain", wantsData))},
		{"no content type", "X-A: b", wantsData},
		{"broken content type", "Content-Type: text/plain; charset=\"utf-8; x", wantsData},
		{"nonsense content type", "Content-Type: ;;;", wantsData},
		{"broken header line", "this is no field\r\nX-B: c", wantsData},
		{"forwarded inline", "X-A: b", "Ter info.\r\n\r\n-----Oorspronkelijk bericht-----\r\nVan: Kees <kees@example.net>\r\nVerzonden: maandag 2 november 2026 09:00\r\nAan: post@klant.example\r\nOnderwerp: inzage\r\n\r\n" + wantsData},
		{"only a quote", "X-A: b", "Op 2 nov 2026 om 09:00 schreef Kees <kees@example.net>:\r\n> " + wantsData},
		{"answered above", "X-A: b", wantsData + "\r\n\r\nOp 2 nov 2026 om 09:00 schreef All Claims <info@allclaims.nl>:\r\n> Wij wissen niets. Verwijder dit bericht."},
		{"answered below", "X-A: b", "Op 2 nov 2026 om 09:00 schreef All Claims <info@allclaims.nl>:\r\n> Wat wilt u? Wissen?\r\n> Groet\r\n\r\n" + wantsData + "\r\n"},
		{"answered in between", "X-A: b", "> Wilt u uw gegevens wissen?\r\nNee.\r\n> Wat wilt u dan?\r\n" + wantsData},
		{"answered in Outlook", "X-A: b", wantsData + "\r\n\r\n________________________________\r\nVan: info@allclaims.nl <info@allclaims.nl>\r\nVerzonden: maandag 2 november 2026 09:00\r\nAan: Jan\r\nOnderwerp: Uw brief\r\n\r\nU kunt ons vragen uw gegevens te wissen."},
		{"answered in html", "Content-Type: text/html", "<div>" + wantsData + "</div><div class=\"gmail_quote\"><div>On Mon, Nov 2, 2026 at 9:00 AM All Claims &lt;<a href=x>info@allclaims.nl</a>&gt; wrote:<br></div><blockquote>Verwijder al uw gegevens</blockquote></div>"},
		{"with signature", "X-A: b", wantsData + "\r\n\r\nMet vriendelijke groet,\r\nJan\r\n\r\nDit bericht is vertrouwelijk. Bent u niet de geadresseerde, verwijder dan deze e-mail en alle gegevens."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			subject := "vraag"
			if tt.name == "forwarded inline" {
				subject = "FW: vraag"
			}
			m := readString(t, fromJan+"\r\nSubject: "+subject+"\r\n"+tt.headers+"\r\n\r\n"+tt.body, testOptions)
			wellFormed(t, m)
			if m.Kind != KindRequest || fmt.Sprint(m.Rights) != "[access]" {
				t.Errorf("kind %s by %s, rights %v, faults %v, text %q", m.Kind, m.Rule, m.Rights, m.Faults, m.Text)
			}
		})
	}
}

// TestRedirectedCopy: the office mailbox redirects; the sender is the person,
// found in the header where a mailbox wrote its own name over it.
func TestRedirectedCopy(t *testing.T) {
	for name, headers := range map[string][]string{
		"resent":     {"Resent-From: info@allclaims.nl", "Resent-To: in@ses.allclaims.nl", "Delivered-To: info@allclaims.nl", fromJan},
		"rewritten":  {"From: \"Jan Jansen via info\" <info@allclaims.nl>", "X-Original-From: Jan Jansen <jan@example.org>", "Reply-To: evil@example.net"},
		"sender set": {"Sender: info@allclaims.nl", "X-Forwarded-To: in@ses.allclaims.nl", "X-Forwarded-For: info@allclaims.nl in@ses.allclaims.nl", fromJan},
	} {
		o := testOptions
		o.Verdicts = Verdicts{SPF: "FAIL", DKIM: "FAIL", DMARC: "GRAY"}
		m := readString(t, mailOf(wantsData, append(headers, "Subject: inzage", plainText)...), o)
		if m.From != "jan@example.org" || m.Kind != KindRequest || !m.Sure || !m.Answerable {
			t.Errorf("%s: from %q, kind %s, sure %v, answerable %v (%s)", name, m.From, m.Kind, m.Sure, m.Answerable, m.NoAnswer)
		}
	}
}

// TestR17CitizenServiceNumber: no number that passes the eleven-test is kept.
func TestR17CitizenServiceNumber(t *testing.T) {
	m := readString(t, mailOf("Ik wil inzage. Mijn BSN is 111222333, ook wel 111.222.333 of 1112 22 333.\nBurgerservicenummer: 12345672\nDossiernummer 123456782. Telefoon 06-12345678, +31 612345678.\nRekening NL91 ABNA 0417 1643 00.\n",
		"From: \"J 111222333\" <jan@example.org>", "Subject: inzage 111222333", plainText), testOptions)
	for _, s := range append(append([]string{m.Text, m.Whole, m.Subject, m.FromName, m.Clues.Name}, m.Evidence...), m.Clues.FileNumbers...) {
		for _, bsn := range []string{"111222333", "111.222.333", "1112 22 333", "12345672", "123456782"} {
			if strings.Contains(s, bsn) {
				t.Errorf("%s stands in %q", bsn, s)
			}
		}
	}
	if !strings.Contains(m.Text, "0417 1643 00") {
		t.Errorf("the account number is gone: %q", m.Text)
	}
	want := []string{"0612345678", "+31612345678"}
	if diff := cmp.Diff(want, m.Clues.Phones); diff != "" {
		t.Errorf("phones: %s", diff)
	}
}

// TestClues reads a letter with everything in it.
func TestClues(t *testing.T) {
	m := readString(t, mailOf(`Geachte heer, mevrouw,

Mijn naam is Willemijn van den Berg, geboren op 4 mei 1987.
Het gaat om dossier D-2026-00123 en dossiernummer 20261234, klantnummer K-1001,
factuurnummer F-2026-0042. Uw kenmerk R-7Q2M-K9TD.
Ik wil inzage in mijn gegevens.

Met vriendelijke groet,

W. van den Berg
Kerkstraat 14-2
3581 RE Utrecht
Tel: 06 1234 5678
willemijn@elders.example
`, "From: W van den Berg <w@example.org>", "Subject: inzage", plainText), testOptions)
	want := Clues{
		Name: "Willemijn van den Berg", Emails: []string{"w@example.org", "willemijn@elders.example"}, Phones: []string{"0612345678"},
		FileNumbers: []string{"D-2026-00123", "20261234"}, ClientNumbers: []string{"K-1001"}, InvoiceNumbers: []string{"F-2026-0042"},
		Postcodes: []string{"3581 RE"}, HouseNumber: "14-2", BirthDate: "1987-05-04",
	}
	if diff := cmp.Diff(want, m.Clues); diff != "" {
		t.Error(diff)
	}
	if m.Reference != "R-7Q2M-K9TD" {
		t.Errorf("reference %q", m.Reference)
	}
}

// TestA15NoGuess: clues are kept as they are claimed; two numbers stay two.
func TestA15NoGuess(t *testing.T) {
	m := Understand("", "Inzage graag. Dossiernummer 20261234 of misschien dossiernummer 20264321.")
	if diff := cmp.Diff([]string{"20261234", "20264321"}, m.Clues.FileNumbers); diff != "" {
		t.Error(diff)
	}
}

// TestA01LookAlike: facts and a look-alike address change nothing but clues.
func TestA01LookAlike(t *testing.T) {
	text := "I am Maria Silva, born on 1990-09-07, file number D-2026-00412. Please send me a copy of my personal data."
	honest := readString(t, mailOf(text, "From: maria.silva@example.org", plainText), testOptions)
	fake := readString(t, mailOf(text, "From: maria.m.silva@gmail.example", plainText), testOptions)
	honest.From, honest.Clues.Emails = "", nil
	fake.From, fake.Clues.Emails = "", nil
	if diff := cmp.Diff(honest, fake); diff != "" {
		t.Errorf("the sender's address changes what is understood: %s", diff)
	}
}

// TestA30NoEcho: nothing of the mail's words ends up in a field that a letter
// would show: rule and reason are codes.
func TestA30NoEcho(t *testing.T) {
	m := readString(t, mailOf(wantsData, fromJan, "Subject: inzage", plainText), testOptions)
	for _, code := range append([]string{m.Rule, m.NoAnswer}, m.Faults...) {
		if strings.ContainsFunc(code, func(r rune) bool { return r != '-' && (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
			t.Errorf("%q is no code", code)
		}
	}
}

// TestUnderstand reads free text of the form, where the person chose the language.
func TestUnderstand(t *testing.T) {
	m := Understand(request.English, "verwijder al mijn gegevens, mijn BSN is 111222333")
	wellFormed(t, m)
	if m.Language != request.English || m.Kind != KindRequest || fmt.Sprint(m.Rights) != "[erasure]" || !m.Answerable {
		t.Errorf("%+v", m)
	}
	if strings.Contains(m.Text, "111222333") {
		t.Error("the number is kept")
	}
	if m := Understand("", ""); m.Kind != KindQuestion || m.Sure {
		t.Errorf("nothing at all is %s, sure %v", m.Kind, m.Sure)
	}
}

// TestAttachments: listed by name, size and hash; never opened.
func TestAttachments(t *testing.T) {
	m := readString(t, mailOf("--b\nContent-Type: text/plain\n\n"+wantsData+"\n--b\nContent-Type: application/zip; name=\"=?utf-8?q?bijlage_=C3=A9=E2=80=AE.zip?=\"\nContent-Transfer-Encoding: base64\n\nUEsDBAAA\n--b--\n",
		fromJan, "Content-Type: multipart/mixed; boundary=b"), testOptions)
	want := []Attachment{{Name: "bijlage é[U+202E].zip", Type: "application/zip", Bytes: 6, SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte("PK\x03\x04\x00\x00")))}}
	if diff := cmp.Diff(want, m.Attachments); diff != "" {
		t.Error(diff)
	}
}

// failing is a reader that breaks.
type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestReadError: only the reader's own fault is an error.
func TestReadError(t *testing.T) {
	if _, err := Read(failing{}, testOptions); err == nil {
		t.Error("a broken reader gives no error")
	}
}

// TestLexicon: every class that a rule names exists, and every expression is
// in the form that normalise gives.
func TestLexicon(t *testing.T) {
	for _, r := range rules {
		if !r.right.Valid() || r.weight < 1 || r.weight > 3 {
			t.Errorf("%s: right %q, weight %d", r.id, r.right, r.weight)
		}
		for _, class := range append(append(append([]string(nil), r.all...), r.any...), r.none...) {
			if lexicon[class] == "" && class != "question" { // a sign, not a word
				t.Errorf("%s names the class %q, which does not exist", r.id, class)
			}
		}
	}
	for class, expressions := range lexicon {
		if n := normalise(expressions); n != expressions {
			t.Errorf("%s: an expression is not in normal form", class)
		}
	}
}

// FuzzRead: whatever the bytes, a well-formed Message and no panic.
func FuzzRead(f *testing.F) {
	for _, build := range hostile() {
		if raw := build(); len(raw) < 1<<14 {
			f.Add([]byte(raw))
		}
	}
	for _, name := range []string{"tuned.txt", "heldout.txt"} {
		for _, l := range letters(f, name) {
			f.Add([]byte(l.eml))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Read(bytes.NewReader(raw), testOptions)
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, m)
	})
}

// FuzzUnderstand: the same for free text.
func FuzzUnderstand(f *testing.F) {
	f.Add("stop hiermee")
	f.Add("Op grond van art. 15 AVG verzoek ik inzage, dossier 20261234, geb. 1-2-1980, 3581RE 14")
	f.Fuzz(func(t *testing.T, text string) { wellFormed(t, Understand("", text)) })
}

// BenchmarkRead reads an ordinary letter.
func BenchmarkRead(b *testing.B) {
	raw := letters(b, "heldout.txt")[0].eml
	b.ReportAllocs()
	for b.Loop() {
		readString(b, raw, testOptions)
	}
}

// TestNameHasCapitals: "ik ben klant bij u" says what somebody is, not their name.
func TestNameHasCapitals(t *testing.T) {
	for text, want := range map[string]string{
		"Ik ben klant bij u, klantnummer K-1003.\r\nGraag inzage.\r\n\r\nFatima El Amrani": "Fatima El Amrani",
		"Graag inzage.\r\nik ben Sanne de Groot\r\n":                                       "Sanne de Groot",
	} {
		m, err := Read(strings.NewReader("From: f@voorbeeld.example\r\nSubject: inzage\r\n\r\n"+text+"\r\n"), Options{})
		if err != nil || m.Clues.Name != want {
			t.Errorf("%q: name %q, %v; want %q", text, m.Clues.Name, err, want)
		}
	}
}

// TestLexiconIndex: the index is built at the first mail; here all of it is, and
// no expression of any class is lost on the way.
func TestLexiconIndex(t *testing.T) {
	ix, got := buildIndex(lexicon), map[string]int{}
	count := func(entries []entry) {
		for _, e := range entries {
			got[e.class]++
			for _, p := range e.parts {
				if p.word == "" {
					t.Errorf("%s: an expression holds a part without a word", e.class)
				}
			}
		}
	}
	for _, entries := range ix.words {
		count(entries)
	}
	for _, entries := range ix.stems {
		count(entries)
	}
	count(ix.short)
	for class, text := range lexicon {
		want := 0
		for _, expression := range strings.FieldsFunc(text, func(r rune) bool { return r == '|' || r == '\n' }) {
			if strings.TrimSpace(expression) != "" {
				want++
			}
		}
		if got[class] != want || want == 0 {
			t.Errorf("%s: %d expressions in the index, want %d", class, got[class], want)
		}
	}
}

// TestExpressions: they are compiled at the first mail; here every one is, so
// that one that cannot be never leaves the building.
func TestExpressions(t *testing.T) {
	if len(expressions) < 40 {
		t.Errorf("%d expressions are known", len(expressions))
	}
	for _, e := range expressions {
		if _, err := regexp.Compile(e.text); err != nil {
			t.Error(err)
		}
	}
}
