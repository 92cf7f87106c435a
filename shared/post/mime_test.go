package post

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/intake"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
)

var sample = Message{
	From: "info@allclaims.nl", To: "jan@example.nl", Subject: "Uw verzoek: wij hebben het ontvangen", Text: "Goedemorgen,\n\nUw verzoek is er. € 10\n",
	HTML: "<p>Goedemorgen</p>\n", Language: request.Dutch, Date: time.Date(2026, 3, 5, 9, 30, 0, 0, time.UTC), ID: "owner/letter",
	Answers: true, Reference: "R-7Q2M-K9TD", Kind: letters.Acknowledgement,
}

// ours is the whole header of every mail.
var ours = []string{
	"Auto-Submitted", "Content-Language", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To",
	"X-Allclaims-Reference", "X-Auto-Response-Suppress", "X-Letter",
}

func names(h mail.Header) []string {
	var out []string
	for k := range h {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func parse(t *testing.T, raw []byte) (mail.Header, []string) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type %q, %v", kind, err)
	}
	var parts []string
	r := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return m.Header, parts
		}
		if err != nil {
			t.Fatal(err)
		}
		if p.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
			t.Errorf("part in %q", p.Header.Get("Content-Transfer-Encoding"))
		}
		b, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, p.Header.Get("Content-Type")+"|"+string(b))
	}
}

func TestEncode(t *testing.T) {
	raw, err := sample.Encode()
	if err != nil {
		t.Fatal(err)
	}
	h, parts := parse(t, raw)
	if diff := cmp.Diff(ours, names(h)); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]string{
		"From": `"All Claims" <info@allclaims.nl>`, "To": "jan@example.nl", "Subject": sample.Subject,
		"Date": "Thu, 05 Mar 2026 09:30:00 +0000", "Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All",
		"X-AllClaims-Reference": "R-7Q2M-K9TD", "X-Letter": "T-01", "Content-Language": "nl", "Mime-Version": "1.0",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if id := h.Get("Message-ID"); !strings.HasSuffix(id, "@allclaims.nl>") || len(id) < 40 {
		t.Errorf("Message-ID %q", id)
	}
	want := []string{
		"text/plain; charset=utf-8|" + strings.ReplaceAll(sample.Text, "\n", "\r\n"),
		"text/html; charset=utf-8|" + strings.ReplaceAll(sample.HTML, "\n", "\r\n"),
	}
	if diff := cmp.Diff(want, parts); diff != "" {
		t.Error(diff)
	}
	wellFormed(t, raw)
	again, err := sample.Encode()
	if err != nil || !bytes.Equal(raw, again) {
		t.Error("the same letter is not the same mail")
	}
	later := sample
	later.Answers = false
	if raw, err = later.Encode(); err != nil || !strings.Contains(string(raw), "Auto-Submitted: auto-generated\r\n") {
		t.Errorf("not generated: %v", err)
	}
}

// wellFormed holds every mail to 7 bits, CRLF and short lines.
func wellFormed(t *testing.T, raw []byte) {
	t.Helper()
	for i, line := range strings.Split(string(raw), "\r\n") {
		if len(line) > 256 || strings.ContainsAny(line, "\r\n") {
			t.Errorf("line %d has %d bytes, or a bare line break", i+1, len(line))
		}
		for _, c := range []byte(line) {
			if c > '~' || c < ' ' && c != '\t' {
				t.Errorf("line %d holds byte %#x", i+1, c)
				break
			}
		}
	}
}

// I18: our own mail is known when it comes back, from any letter.
func TestOwnMailIsRecognised(t *testing.T) {
	for _, answers := range []bool{true, false} {
		m := sample
		m.Answers = answers
		raw, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := intake.Read(bytes.NewReader(raw), intake.Options{OwnAddresses: []string{m.From}, OwnDomains: []string{"allclaims.nl"}})
		if err != nil || got.Kind != intake.KindAutomatic || got.Answerable || got.Rule != "own-mail" {
			t.Errorf("read as %s by %s, answerable %v, %v", got.Kind, got.Rule, got.Answerable, err)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	for name, change := range map[string]func(*Message){
		"two recipients":         func(m *Message) { m.To = "a@example.nl, b@example.nl" },
		"line break in address":  func(m *Message) { m.To = "a@example.nl\r\nBcc: b@example.nl" },
		"name in address":        func(m *Message) { m.To = "Jan <a@example.nl>" },
		"quoted local part":      func(m *Message) { m.To = `"a b"@example.nl` },
		"no at":                  func(m *Message) { m.To = "jan" },
		"no address":             func(m *Message) { m.To = "" },
		"eight bits":             func(m *Message) { m.To = "jän@example.nl" },
		"address literal":        func(m *Message) { m.To = "a@[127.0.0.1]" },
		"two ats":                func(m *Message) { m.To = "a@b@example.nl" },
		"line break in subject":  func(m *Message) { m.Subject = "a\nBcc: b@example.nl" },
		"carriage return":        func(m *Message) { m.Subject = "a\rb" },
		"NUL":                    func(m *Message) { m.Subject = "a\x00b" },
		"line separator":         func(m *Message) { m.Subject = "a\u2028b" },
		"next line":              func(m *Message) { m.Subject = "a\u0085b" },
		"broken UTF-8":           func(m *Message) { m.Subject = "a\xffb" },
		"no subject":             func(m *Message) { m.Subject = "" },
		"line break in kind":     func(m *Message) { m.Kind = "T-01\r\nX: y" },
		"line break in ref":      func(m *Message) { m.Reference = "R\n" },
		"line break in language": func(m *Message) { m.Language = "nl\n" },
		"no text":                func(m *Message) { m.Text = "" },
		"no HTML":                func(m *Message) { m.HTML = "" },
		"no date":                func(m *Message) { m.Date = time.Time{} },
		"our address":            func(m *Message) { m.From = "x" },
	} {
		m := sample
		change(&m)
		raw, err := m.Encode()
		if !errors.Is(err, ErrNotMail) {
			t.Errorf("%s: %v\n%s", name, err, raw)
		}
		if err != nil && strings.Contains(err.Error(), "example.nl") {
			t.Errorf("%s: the error holds the address: %v", name, err)
		}
	}
}

func TestSubjects(t *testing.T) {
	decode := new(mime.WordDecoder)
	for _, s := range []string{
		"Kort", strings.Repeat("lang ", 30) + "einde", "Uw verzoek: één vraag over uw gegevens — R-7Q2M-K9TD",
		"=?utf-8?q?Bcc=3A_x?=", " met blanks ", strings.Repeat("é", 200),
	} {
		m := sample
		m.Subject = s
		raw, err := m.Encode()
		if err != nil {
			t.Errorf("%q: %v", s, err)
			continue
		}
		wellFormed(t, raw)
		h, _ := parse(t, raw)
		if got, err := decode.DecodeHeader(h.Get("Subject")); err != nil || got != s {
			t.Errorf("%q came out as %q, %v", s, got, err)
		}
	}
	long := sample
	long.Subject = strings.Repeat("x", maxSubject)
	if _, err := long.Encode(); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	long.Subject += "x"
	if _, err := long.Encode(); !errors.Is(err, ErrNotMail) {
		t.Errorf("over the limit: %v", err)
	}
}

func TestMailLimit(t *testing.T) {
	m := sample
	raw, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	// Whole lines of 76 characters, then a last one to the byte.
	room := MaxMail - len(raw)
	line := strings.Repeat("x", 70) + "\n" // becomes 72 bytes
	m.Text += strings.Repeat(line, room/72) + strings.Repeat("y", room%72)
	if raw, err = m.Encode(); err != nil || len(raw) != MaxMail {
		t.Fatalf("at the limit: %d of %d, %v", len(raw), MaxMail, err)
	}
	m.Text += "y"
	if _, err = m.Encode(); !errors.Is(err, ErrNotMail) {
		t.Errorf("over the limit: %v", err)
	}
}

// A34: whatever a value holds, the mail has our header and one recipient, or is none.
func FuzzEncode(f *testing.F) {
	f.Add("a@example.nl", "Onderwerp", "tekst", "R-7Q2M-K9TD")
	f.Add("a@example.nl\r\nBcc: x@y.nl", "x\r\n\r\nboe", "--=_\r\n", "R\r\n")
	f.Add("a@example.nl,b@example.nl", "=?utf-8?q?=0D=0ABcc:_x?=", "\r\n.\r\n", "")
	f.Add("<a@example.nl>", strings.Repeat("€", 99), "From x", "{{.}}")
	f.Add("a@xn--.nl", "%n%s", "=\n", "")
	f.Fuzz(func(t *testing.T, to, subject, text, ref string) {
		m := sample
		m.To, m.Subject, m.Text, m.HTML, m.Reference = to, subject, text, text, request.Reference(ref)
		raw, err := m.Encode()
		if err != nil {
			if !errors.Is(err, ErrNotMail) {
				t.Fatalf("refused otherwise: %v", err)
			}
			return
		}
		wellFormed(t, raw)
		h, parts := parse(t, raw)
		want := ours
		if ref == "" {
			want = slices.DeleteFunc(slices.Clone(ours), func(s string) bool { return s == "X-Allclaims-Reference" })
		}
		if diff := cmp.Diff(want, names(h)); diff != "" {
			t.Fatal(diff)
		}
		for name, values := range h {
			if len(values) != 1 {
				t.Fatalf("%d lines of %s", len(values), name)
			}
		}
		to1, err := h.AddressList("To")
		if err != nil || len(to1) != 1 {
			t.Fatalf("recipients %v, %v", to1, err)
		}
		if got, err := new(mime.WordDecoder).DecodeHeader(h.Get("Subject")); err != nil || got != subject {
			t.Fatalf("subject %q came out as %q, %v", subject, got, err)
		}
		if len(parts) != 2 {
			t.Fatalf("%d parts", len(parts))
		}
	})
}
