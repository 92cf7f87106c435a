package intake

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"sort"
	"strings"

	"github.com/jhillyerd/enmime/v2/mediatype"
)

// Codes of what can be wrong with a mail.
const (
	faultOversize   = "oversize"
	faultParts      = "parts"
	faultDepth      = "depth"
	faultHeaderSize = "header-too-large"
	faultHeader     = "header-broken"
	faultLine       = "line-too-long"
	faultBoundary   = "boundary"
	faultCharset    = "charset"
	faultEncoding   = "encoding"
	faultTextSize   = "text-too-long"
	faultHidden     = "hidden-text"
	faultFrom       = "from"
	faultFromName   = "from-name"
	faultSpam       = "spam"
	faultVirus      = "virus"
	faultLanguage   = "language"
)

// maxLeafText bounds what is decoded of one text part, and maxTotalText of all
// of them: the rest is style sheets, pictures in HTML, or an attack.
const (
	maxLeafText  = 1 << 20
	maxTotalText = 4 << 20
)

// field is one header field, folded lines joined, value undecoded.
type field struct{ name, value string }

// header is a header block in its order; names are in lower case.
type header []field

// get returns the first value of the field name, or "".
func (h header) get(name string) string {
	for _, f := range h {
		if f.name == name {
			return f.value
		}
	}
	return ""
}

// has reports whether the field is there at all.
func (h header) has(name string) bool {
	for _, f := range h {
		if f.name == name {
			return true
		}
	}
	return false
}

// all returns every value of the field name.
func (h header) all(name string) []string {
	var values []string
	for _, f := range h {
		if f.name == name {
			values = append(values, f.value)
		}
	}
	return values
}

// mail is a mail taken apart: the header, the texts in their order, what was
// not read, and what was wrong.
type mail struct {
	header      header
	plain, html []string
	// attached are texts that came as files: read when the mail itself is silent.
	attached []string
	// within are mails attached to this one (message/rfc822).
	within      []*mail
	attachments []Attachment
	mimeType    string
	report      bool // a delivery or disposition report is among the parts
	calendar    bool // an invitation is among the parts
	oversize    bool
	faults      faults
}

// faults is a set of codes.
type faults map[string]bool

func (f faults) sorted() []string {
	codes := make([]string, 0, len(f))
	for code := range f {
		codes = append(codes, code)
	}
	sort.Strings(codes)
	return codes
}

// walker carries the limits over all parts of one mail.
type walker struct {
	parts   int // seen so far
	decoded int // bytes of text so far
	faults  faults
}

// readMail takes raw apart in one pass per level of nesting, so that time and
// memory follow the size of the mail and the depth limit, whatever it claims.
func readMail(raw []byte, oversize bool) *mail {
	w := &walker{faults: faults{}}
	m := &mail{oversize: oversize, faults: w.faults}
	if oversize {
		w.faults[faultOversize] = true
	}
	if longestLine(raw) > MaxLineBytes {
		w.faults[faultLine] = true
	}
	w.message(m, raw, 0)
	return m
}

// longestLine returns the length of the longest line, its end not counted.
func longestLine(raw []byte) int {
	longest := 0
	for len(raw) > 0 {
		line, rest := cutLine(raw)
		longest = max(longest, len(line))
		raw = rest
	}
	return longest
}

// cutLine splits off the first line, without its CR LF or LF.
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return b, nil
	}
	line, rest = b[:i], b[i+1:]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line, rest
}

// message reads one mail, the outer one or one within.
func (w *walker) message(m *mail, raw []byte, depth int) {
	h, body := w.header(raw)
	m.header = h
	m.mimeType, _ = contentType(h)
	w.part(m, h, body, depth)
}

// header reads a header block as leniently as it can be done safely: no field
// is lost over a broken neighbour, and a body without an empty line before it
// is still a body.
func (w *walker) header(raw []byte) (header, []byte) {
	var h header
	size := 0
	rest := raw
	for first := true; len(rest) > 0; first = false {
		line, after := cutLine(rest)
		size += len(rest) - len(after)
		if size > MaxHeaderBytes {
			w.faults[faultHeaderSize] = true
			return h, afterEmptyLine(rest)
		}
		switch {
		case len(bytes.TrimRight(line, " \t\r")) == 0:
			if first {
				break // leading empty lines: some relays leave one
			}
			return h, after
		case line[0] == ' ' || line[0] == '\t':
			if len(h) > 0 {
				h[len(h)-1].value += " " + string(bytes.TrimSpace(line))
			}
		case first && bytes.HasPrefix(line, []byte("From ")), bytes.HasPrefix(line, []byte(">From ")):
			// An mbox separator.
		default:
			name, value, ok := fieldOf(line)
			if ok {
				h = append(h, field{name, value})
				break
			}
			w.faults[faultHeader] = true
			next, _ := cutLine(after)
			if _, _, ok := fieldOf(next); !ok && len(next) > 0 && next[0] != ' ' && next[0] != '\t' {
				return h, rest // no field, nor the next: the body began unannounced
			}
			if len(next) == 0 && len(h) == 0 {
				return h, rest
			}
		}
		rest = after
	}
	return h, nil
}

// afterEmptyLine returns what follows the first empty line.
func afterEmptyLine(b []byte) []byte {
	for len(b) > 0 {
		line, rest := cutLine(b)
		if len(line) == 0 {
			return rest
		}
		b = rest
	}
	return nil
}

// fieldOf splits "Name: value".
func fieldOf(line []byte) (name, value string, ok bool) {
	i := bytes.IndexByte(line, ':')
	if i <= 0 || i > 100 {
		return "", "", false
	}
	n := bytes.TrimRight(line[:i], " \t")
	for _, c := range n {
		if c <= ' ' || c >= 0x7f {
			return "", "", false
		}
	}
	return strings.ToLower(string(n)), string(bytes.TrimSpace(line[i+1:])), true
}

// contentType reads the Content-Type; what cannot be read is text/plain.
func contentType(h header) (string, map[string]string) {
	value := h.get("content-type")
	if value == "" {
		return "text/plain", nil
	}
	if len(value) > 4096 {
		value = value[:4096]
	}
	typ, params, _, err := mediatype.Parse(value)
	if err != nil || typ == "" {
		typ, _, _ = strings.Cut(strings.ToLower(value), ";")
		typ = strings.TrimSpace(typ)
		if !strings.Contains(typ, "/") {
			typ = "text/plain"
		}
	}
	return strings.ToLower(typ), params
}

// part reads one part and, if it is a container, what it holds.
func (w *walker) part(m *mail, h header, body []byte, depth int) {
	w.parts++
	if w.parts > MaxParts {
		w.faults[faultParts] = true
		return
	}
	typ, params := contentType(h)
	switch {
	case strings.HasPrefix(typ, "multipart/"):
		if depth >= MaxDepth {
			w.faults[faultDepth] = true
			return
		}
		if typ == "multipart/report" {
			m.report = true
		}
		w.container(m, params["boundary"], body, depth+1)
	case typ == "message/rfc822" || typ == "message/global":
		if depth >= MaxDepth {
			w.faults[faultDepth] = true
			return
		}
		if transferEncoding(h) == "base64" || transferEncoding(h) == "quoted-printable" {
			body = w.decode(h, body, maxLeafText)
		}
		inner := &mail{faults: w.faults}
		w.message(inner, body, depth+1)
		m.within = append(m.within, inner)
	default:
		w.leaf(m, h, typ, params, body)
	}
}

// container splits a multipart body at its boundary.
func (w *walker) container(m *mail, boundary string, body []byte, depth int) {
	if boundary == "" {
		boundary = guessBoundary(body)
		w.faults[faultBoundary] = true
	}
	if boundary == "" {
		w.leaf(m, nil, "text/plain", nil, body)
		return
	}
	delimiter := []byte("--" + boundary)
	start, found := -1, false
	for at := 0; at <= len(body); {
		line, rest := cutLine(body[at:])
		next := len(body) - len(rest)
		if bytes.HasPrefix(line, delimiter) {
			tail := bytes.TrimRight(line[len(delimiter):], " \t\r")
			if last := bytes.Equal(tail, []byte("--")); last || len(tail) == 0 {
				if start >= 0 {
					w.partOf(m, body[start:at], depth)
				}
				found = true
				start = next
				if last {
					return
				}
				if w.parts > MaxParts {
					return
				}
			}
		}
		if next >= len(body) || rest == nil {
			break
		}
		at = next
	}
	if !found {
		// The boundary never comes: what is there is still somebody's words.
		w.faults[faultBoundary] = true
		w.leaf(m, nil, "text/plain", nil, body)
		return
	}
	w.faults[faultBoundary] = true // never closed: cut off under way
	if start >= 0 && start < len(body) {
		w.partOf(m, body[start:], depth)
	}
}

func (w *walker) partOf(m *mail, raw []byte, depth int) {
	if bytes.HasPrefix(raw, []byte("\r\n")) || bytes.HasPrefix(raw, []byte("\n")) {
		_, body := cutLine(raw)
		w.part(m, nil, body, depth) // a part may have no header at all
		return
	}
	h, body := w.header(raw)
	w.part(m, h, body, depth)
}

// guessBoundary finds the boundary of a container that forgot to name it.
func guessBoundary(body []byte) string {
	for i := 0; i < 50 && len(body) > 0; i++ {
		line, rest := cutLine(body)
		next, _ := cutLine(rest)
		if len(line) > 2 && len(line) < 80 && bytes.HasPrefix(line, []byte("--")) &&
			bytes.HasPrefix(bytes.ToLower(next), []byte("content-")) {
			return string(bytes.TrimRight(line[2:], " \t"))
		}
		body = rest
	}
	return ""
}

func transferEncoding(h header) string {
	value, _, _ := strings.Cut(h.get("content-transfer-encoding"), ";")
	return strings.ToLower(strings.Trim(strings.TrimSpace(value), `"`))
}

// leaf keeps a text and lists everything else.
func (w *walker) leaf(m *mail, h header, typ string, params map[string]string, body []byte) {
	disposition, dispositionParams := "", map[string]string(nil)
	if value := h.get("content-disposition"); value != "" && len(value) <= 4096 {
		if typ, params, _, err := mediatype.Parse(value); err == nil {
			disposition, dispositionParams = strings.ToLower(typ), params
		} else {
			disposition, _, _ = strings.Cut(strings.ToLower(value), ";")
		}
	}
	name := decodeWords(dispositionParams["filename"])
	if name == "" {
		name = decodeWords(params["name"])
	}
	switch typ {
	case "message/delivery-status", "message/global-delivery-status", "message/disposition-notification":
		m.report = true
	case "text/calendar":
		m.calendar = true
	}
	readable := typ == "text/plain" || typ == "text/html" || typ == "text/enriched" || typ == "text" || typ == "text/x-plain"
	file := strings.HasPrefix(disposition, "attachment") || name != ""
	if readable && !file {
		text := w.text(h, params["charset"], body)
		if typ == "text/html" {
			m.html = append(m.html, text)
		} else {
			m.plain = append(m.plain, text)
		}
		return
	}
	if readable && file && len(body) <= maxLeafText {
		text := w.text(h, params["charset"], body)
		if typ == "text/html" {
			var hidden bool
			text, hidden = htmlText(text)
			if hidden {
				w.faults[faultHidden] = true
			}
		}
		m.attached = append(m.attached, text)
	}
	sum := &summer{hash: sha256.New()}
	decodeTransfer(transferEncoding(h), body, sum.write)
	m.attachments = append(m.attachments, Attachment{
		Name:   bounded(cleanLine(maskBSN(name)), 200),
		Type:   bounded(cleanLine(typ), 100),
		Bytes:  sum.n,
		SHA256: hex.EncodeToString(sum.hash.Sum(nil)),
	})
}

type summer struct {
	hash hash.Hash
	n    int64
}

func (s *summer) write(b []byte) bool {
	s.hash.Write(b)
	s.n += int64(len(b))
	return true
}

// text decodes a text part: transfer encoding, then character set.
func (w *walker) text(h header, charset string, body []byte) string {
	raw := w.decode(h, body, min(maxLeafText, maxTotalText-w.decoded))
	w.decoded += len(raw)
	text, ok := decodeCharset(charset, raw)
	if !ok {
		w.faults[faultCharset] = true
	}
	return text
}

// decode undoes the transfer encoding, up to limit bytes.
func (w *walker) decode(h header, body []byte, limit int) []byte {
	var out []byte
	known := decodeTransfer(transferEncoding(h), body, func(b []byte) bool {
		if len(out)+len(b) > limit {
			w.faults[faultTextSize] = true
			out = append(out, b[:max(0, limit-len(out))]...)
			return false
		}
		out = append(out, b...)
		return true
	})
	if !known {
		w.faults[faultEncoding] = true
	}
	return out
}
