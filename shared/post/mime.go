package post

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
)

// MaxMail bounds a mail as it is sent, in bytes (SES: 10 MB in base 64).
const MaxMail = 9 << 20

// ErrNotMail is wrapped by every refusal of Encode: sending the same again
// would be refused again.
var ErrNotMail = errors.New("this cannot be a mail")

// Message is one mail, all of it: nothing else gets into the header.
type Message struct {
	// From is our address, To the one recipient's, both bare.
	From, To            string
	Subject, Text, HTML string
	Language            request.Language
	Date                time.Time
	// ID makes the Message-ID: the same letter sent twice has the same one, so
	// that mailboxes can tell. It says nothing to a reader.
	ID string
	// Answers is true for what goes out because a mail came in (RFC 3834).
	Answers   bool
	Reference request.Reference
	Kind      letters.Kind
}

// Encode writes the mail: plain text first, then HTML, in 7-bit characters.
// Whatever stands in the fields, the header has exactly our lines and one
// recipient (A34); what cannot be so is ErrNotMail, without the value.
func (m Message) Encode() ([]byte, error) {
	from, err := address(m.From)
	if err != nil {
		return nil, fmt.Errorf("the sender's address: %w", err)
	}
	to, err := address(m.To)
	if err != nil {
		return nil, fmt.Errorf("the recipient's address: %w", err)
	}
	subject, err := words(m.Subject)
	if err != nil {
		return nil, fmt.Errorf("the subject: %w", err)
	}
	for name, v := range map[string]string{"kind": string(m.Kind), "language": string(m.Language), "reference": string(m.Reference)} {
		if !token(v) && (v != "" || name != "reference") {
			return nil, fmt.Errorf("the %s: %w", name, ErrNotMail)
		}
	}
	if m.Date.IsZero() || m.ID == "" || m.Text == "" || m.HTML == "" {
		return nil, fmt.Errorf("without date, id or words: %w", ErrNotMail)
	}
	sum := sha256.Sum256([]byte(m.ID))
	id := hex.EncodeToString(sum[:16])
	boundary := "=_" + id // never a line of quoted-printable

	var b bytes.Buffer
	line := func(name, value string) { b.WriteString(name + ": " + value + "\r\n") }
	line("From", `"All Claims" <`+from+`>`)
	line("To", to)
	line("Subject", subject)
	line("Date", m.Date.UTC().Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	line("Message-ID", "<"+id+from[strings.LastIndexByte(from, '@'):]+">")
	line("MIME-Version", "1.0")
	line("Content-Type", `multipart/alternative; boundary="`+boundary+`"`)
	line("Content-Language", string(m.Language))
	// A32, I18: robots do not answer this, and we know it when it comes back.
	if m.Answers {
		line("Auto-Submitted", "auto-replied")
	} else {
		line("Auto-Submitted", "auto-generated")
	}
	line("X-Auto-Response-Suppress", "All")
	if m.Reference != "" {
		line("X-AllClaims-Reference", string(m.Reference))
	}
	line("X-Letter", string(m.Kind))
	b.WriteString("\r\n")
	for _, part := range []struct{ kind, body string }{{"plain", m.Text}, {"html", m.HTML}} {
		b.WriteString("--" + boundary + "\r\n")
		line("Content-Type", "text/"+part.kind+"; charset=utf-8")
		line("Content-Transfer-Encoding", "quoted-printable")
		b.WriteString("\r\n")
		w := quotedprintable.NewWriter(&b)
		if _, err := w.Write([]byte(strings.ToValidUTF8(part.body, "\uFFFD"))); err != nil {
			return nil, fmt.Errorf("write the words: %w", err)
		}
		if err := w.Close(); err != nil {
			return nil, fmt.Errorf("write the words: %w", err)
		}
		b.WriteString("\r\n")
	}
	b.WriteString("--" + boundary + "--\r\n")
	if b.Len() > MaxMail {
		return nil, fmt.Errorf("%d bytes, of %d: %w", b.Len(), MaxMail, ErrNotMail)
	}
	return b.Bytes(), nil
}

// address accepts one bare address that every mail server takes: ASCII, its
// domain in the form of the wire. Nothing of it is repeated in an error.
func address(s string) (string, error) {
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || len(s) > 254 {
		return "", ErrNotMail
	}
	domain, err := idna.Lookup.ToASCII(s[at+1:])
	if err != nil || domain == "" {
		return "", ErrNotMail
	}
	local := s[:at]
	// Dot-atoms only: a quoted local part is legal, unused, and how headers are smuggled.
	for _, atom := range strings.Split(local, ".") {
		if atom == "" || strings.Trim(atom, atext) != "" {
			return "", ErrNotMail
		}
	}
	s = local + "@" + domain
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s || a.Name != "" {
		return "", ErrNotMail
	}
	return s, nil
}

const atext = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~"

// token reports whether s can stand in a header as it is.
func token(s string) bool {
	return s != "" && len(s) <= 64 &&
		strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == ""
}

const (
	maxSubject = 400 // bytes
	// maxPlain is the longest subject that needs no folding.
	maxPlain = 68
	// maxWord is how many bytes of text fit in one encoded word of 75 characters.
	maxWord = 45
)

// words makes a header's text: as it is when it is short and plain, else in
// encoded words, folded. What looks like an encoded word is encoded itself.
func words(s string) (string, error) {
	if s == "" || len(s) > maxSubject || !utf8.ValidString(s) {
		return "", ErrNotMail
	}
	plain := len(s) <= maxPlain && !strings.Contains(s, "=?") && strings.TrimSpace(s) == s
	for _, r := range s {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' {
			return "", ErrNotMail
		}
		if r > '~' {
			plain = false
		}
	}
	if plain {
		return s, nil
	}
	var out []string
	for len(s) > 0 {
		n := min(len(s), maxWord)
		for n < len(s) && !utf8.RuneStart(s[n]) {
			n--
		}
		out = append(out, "=?utf-8?B?"+base64.StdEncoding.EncodeToString([]byte(s[:n]))+"?=")
		s = s[n:]
	}
	return strings.Join(out, "\r\n "), nil
}
