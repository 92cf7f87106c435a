package disclosure

import (
	"bytes"
	"encoding/json"
	"html"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
)

// table writes rows of one holding for people: each a table of two columns,
// what and its value, because a phone has no room for more. Tags and attributes
// that HTML lets out are let out: of a large package they would be a third. A
// heading with a value beside it is the heading of its row by itself.
type table struct {
	caption, of, close []byte
	total              int
	columns            []tableColumn
	empty              []byte
	attachment         []byte
	buf                []byte // for who measures
}

type tableColumn struct {
	*inventory.Column
	open   []byte // all that stands before a value
	values *values
}

func (s *sealer) table(h *held) *table {
	t := &table{
		caption: []byte(`<table><caption>` + s.say("record") + " "), of: []byte(" " + s.say("of") + " " + strconv.Itoa(h.count) + "</caption>\n"),
		close: []byte("\n"), total: h.count, empty: []byte(s.say("empty")),
		attachment: []byte("<tr><th>" + s.say("attachment") + "<td><a href=\""),
	}
	for i := range h.columns {
		c := &h.columns[i]
		open := "<tr><th>" + html.EscapeString(c.Label.In(s.spec.Language)) + "<td>"
		t.columns = append(t.columns, tableColumn{c, []byte(open), newValues(c, s.spec.Language)})
	}
	return t
}

// row appends one row; link leads to its attachment, "" without one.
func (t *table) row(b []byte, it *item, link string, n int) []byte {
	b = append(b, t.caption...)
	b = strconv.AppendInt(b, int64(n), 10)
	b = append(b, t.of...)
	for i := range t.columns {
		c, raw := &t.columns[i], it.values[i]
		// A column that waits for an officer is told as left out, not as empty.
		if raw == nil && c.Disclose == inventory.DiscloseReview {
			continue
		}
		b = append(b, c.open...)
		if raw == nil {
			b = append(b, t.empty...)
		} else {
			b = c.values.append(b, raw)
		}
		b = append(b, t.close...)
	}
	if link != "" {
		b = append(append(append(b, t.attachment...), link...), '"', '>')
		b = append(append(append(b, link...), "</a>"...), t.close...)
	}
	return append(b, "</table>\n"...)
}

// values writes the values of one column as a person of that language reads
// them: codes spelled out, dates and times in words, times in Amsterdam's.
type values struct {
	column *inventory.Column
	lang   request.Language

	empty, yes, no []byte
	time           string
	// texts remembers how dates and codes are written, hours how the hours of
	// instants are: a column has few.
	texts, hours said
}

// said is what was written for a text, escaped for a page.
type said map[string][]byte

// saidLimit bounds that memory: beyond it everything is forgotten, for rows in
// the order of time do not come back to an old day.
const saidLimit = 4096

func newValues(c *inventory.Column, l request.Language) *values {
	in := text.in(l)
	return &values{column: c, lang: l, empty: []byte(in("empty")), yes: []byte(in("yes")), no: []byte(in("no")), time: in("time"), texts: said{}, hours: said{}}
}

// append writes a value, escaped for a page.
func (v *values) append(b []byte, raw []byte) []byte {
	if len(raw) < 2 || raw[0] != '"' {
		return appendText(b, v.bare(raw))
	}
	text := plainText(raw)
	if len(text) > 0 && len(v.column.Values) == 0 {
		switch {
		case !dated(text):
			return appendText(b, text)
		case inUTC(text):
			// Instants are nearly all different and their hours are not: what
			// is remembered is the hour.
			if hour := v.hours.of(text[:len(hourForm)], v.hour); hour != nil {
				return v.minute(b, hour, text[len(hourForm)+1:])
			}
		}
	}
	if said := v.texts.of(text, v.spelled); said != nil {
		return append(b, said...)
	}
	return appendText(b, text)
}

// of is what say makes of text, nil for nothing.
func (s said) of(text []byte, say func(string) (string, bool)) []byte {
	if words, ok := s[string(text)]; ok {
		return words
	}
	words, ok := say(string(text))
	if !ok {
		return nil
	}
	if len(s) == saidLimit {
		clear(s)
	}
	s[string(text)] = appendText(nil, []byte(words))
	return s[string(text)]
}

// bare is a value that is no text: yes, no, empty, a number or a structure.
func (v *values) bare(raw []byte) []byte {
	switch string(raw) {
	case "", "null":
		return v.empty
	case "true":
		return v.yes
	case "false":
		return v.no
	}
	return listed(raw)
}

// listed is a list of plain values as people write it; anything else is as it is.
func listed(raw []byte) []byte {
	if len(raw) == 0 || raw[0] != '[' {
		return raw
	}
	var members []json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return raw
	}
	var b []byte
	for i, m := range members {
		if m[0] == '[' || m[0] == '{' {
			return raw
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, plainText(m)...)
	}
	return b
}

// spelled gives a code or a date in words; ok is false for other text.
func (v *values) spelled(s string) (string, bool) {
	if s == "" {
		return string(v.empty), true
	}
	if w, ok := v.column.Values[s]; ok {
		return w.In(v.lang), true
	}
	if !dated(s) {
		return "", false
	}
	if d, err := time.Parse(time.DateOnly, s); err == nil {
		return longDate(d, v.lang), true
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return "", false
	}
	t = t.In(amsterdam)
	return string(v.minute(nil, v.toHour(t), t.AppendFormat(nil, "04"))), true
}

// hourForm is the form of an instant up to its hour.
const hourForm = "2006-01-02T15"

// hour gives an hour of UTC in words, up to where its minutes follow. ok is
// false when that hour begins within one of Amsterdam's, as before 1940.
func (v *values) hour(s string) (string, bool) {
	t, err := time.Parse(hourForm, s)
	if err != nil {
		return "", false
	}
	t = t.In(amsterdam)
	return string(v.toHour(t)), t.Minute() == 0 && t.Second() == 0
}

// toHour writes a local time up to where its minutes follow.
func (v *values) toHour(t time.Time) []byte {
	sep := byte('.')
	if v.lang == request.English {
		sep = ':'
	}
	return append(t.AppendFormat([]byte(longDate(t, v.lang)+", "), "15"), sep)
}

// minute completes it; of minutes the first two bytes count.
func (v *values) minute(b, hour, minutes []byte) []byte {
	b = append(append(b, hour...), minutes[:2]...)
	return append(append(b, ' '), v.time...)
}

// inUTC reports whether text has the form of an instant in UTC, with seconds or
// a part of one, down to where the day and the hour may still be none.
func inUTC(s []byte) bool {
	const form = hourForm + ":04:05"
	if len(s) <= len(form) || s[len(s)-1] != 'Z' || s[10] != 'T' || !below60(s[13:16]) || !below60(s[16:19]) {
		return false
	}
	fraction := s[len(form) : len(s)-1]
	if len(fraction) == 0 {
		return true
	}
	for _, c := range fraction[1:] {
		if c < '0' || c > '9' {
			return false
		}
	}
	return fraction[0] == '.' && len(fraction) > 1
}

// below60 reports whether s is a colon and a number of minutes or seconds.
func below60(s []byte) bool {
	return s[0] == ':' && s[1] >= '0' && s[1] <= '5' && s[2] >= '0' && s[2] <= '9'
}

// dated reports whether text begins as a date does: all that can be one.
func dated[T string | []byte](s T) bool {
	return len(s) >= len(time.DateOnly) && s[4] == '-' && s[7] == '-'
}

// plainText is a JSON value as text: a string as it is, nothing as nothing,
// anything else as JSON.
func plainText(raw []byte) []byte {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	if raw[0] != '"' {
		return listed(raw)
	}
	inner := raw[1 : len(raw)-1]
	for _, c := range inner {
		if c == '\\' {
			var s string
			if json.Unmarshal(raw, &s) != nil {
				return raw
			}
			return []byte(s)
		}
	}
	return inner
}

// special are the bytes that a page writes in another way, or must look at.
var special = func() (t [256]bool) {
	for c := range 256 {
		t[c] = c < 0x20 && c != '\n' && c != '\t' || c == 0x7f || c >= 0x80
	}
	for _, c := range `<>&"'` {
		t[c] = true
	}
	return t
}()

// appendText escapes text for a page and takes out what no page may hold:
// control characters, and signs that turn the direction of the text around them.
func appendText(b, s []byte) []byte {
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if !special[c] {
			i++
			continue
		}
		size, with := 1, ""
		switch {
		case c == '<':
			with = "&lt;"
		case c == '>':
			with = "&gt;"
		case c == '&':
			with = "&amp;"
		case c == '"':
			with = "&#34;"
		case c == '\'':
			with = "&#39;"
		case c >= 0x80:
			var r rune
			if r, size = utf8.DecodeRune(s[i:]); r == utf8.RuneError || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
				with = "\ufffd"
			}
		default:
			with = "\ufffd"
		}
		if with != "" {
			b = append(append(b, s[from:i]...), with...)
			from = i + size
		}
		i += size
	}
	return append(b, s[from:]...)
}

// isNumber reports whether a JSON value is a number.
func isNumber(raw []byte) bool {
	return len(raw) > 0 && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9')
}

// appendNumber writes a number as a spreadsheet of the reader's country reads
// it: where the semicolon parts the cells, the comma parts the decimals.
func appendNumber(b, raw []byte, comma byte) []byte {
	from := len(b)
	b = append(b, raw...)
	if comma == ';' {
		if i := bytes.IndexByte(b[from:], '.'); i >= 0 {
			b[from+i] = ','
		}
	}
	return b
}

// appendCell writes one cell of a CSV. One that a spreadsheet could run gets a
// single quote before it, full-width signs included (A40).
func appendCell(b, cell []byte, comma byte) []byte {
	if runs(cell) {
		cell = append([]byte{'\''}, cell...)
	}
	quote := false
	for _, c := range cell {
		if c == '"' || c == '\r' || c == '\n' || c == comma {
			quote = true
			break
		}
	}
	if !quote {
		return append(b, cell...)
	}
	b = append(b, '"')
	for _, c := range cell {
		if c == '"' {
			b = append(b, '"')
		}
		b = append(b, c)
	}
	return append(b, '"')
}

// runs reports whether a spreadsheet could take a cell for a formula.
func runs(cell []byte) bool {
	if len(cell) == 0 {
		return false
	}
	switch c := cell[0]; {
	case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z':
		return false
	}
	trimmed := strings.TrimLeft(string(cell), " \u00a0\u3000")
	return trimmed != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(trimmed)[0])
}
