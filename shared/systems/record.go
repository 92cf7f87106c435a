package systems

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/allclaims/rightsdesk/shared/inventory"
)

// Record is one row on its way into a copy. It lasts until emit returns.
type Record struct {
	// Values has a value for each of the holding's columns, in its order: JSON,
	// as it will stand in the package, nil where the row holds nothing or an empty text.
	Values [][]byte
	// Unnamed are the columns in which the row holds something and which the
	// inventory does not name.
	Unnamed []string
}

// Copier is a System that writes its values as JSON by itself: what holds
// millions of rows saves a Row and a Go value for each.
type Copier interface {
	// Copy is Collect, with Records in place of Rows.
	Copy(ctx context.Context, h inventory.Holding, of Selection, emit func(Record) error) error
}

// Copy streams what Collect does, as Records.
func Copy(ctx context.Context, s System, h inventory.Holding, of Selection, emit func(Record) error) error {
	if c, ok := s.(Copier); ok {
		return c.Copy(ctx, h, of, emit)
	}
	rec := Record{Values: make([][]byte, len(h.Columns))}
	var buf []byte
	return s.Collect(ctx, h, of, func(row Row) error {
		buf, rec.Unnamed = buf[:0], rec.Unnamed[:0]
		met := 0
		for i := range h.Columns {
			name := h.Columns[i].Name
			v, ok := row[name]
			if ok {
				met++
			}
			if rec.Values[i] = nil; empty(v) {
				continue
			}
			from := len(buf)
			var err error
			if buf, err = AppendJSON(buf, v); err != nil {
				return fmt.Errorf("column %s: %w", name, ErrUnreadable)
			}
			rec.Values[i] = buf[from:len(buf):len(buf)]
		}
		if met < len(row) {
			for name, v := range row {
				if name != inventory.Bookkeeping && !empty(v) && h.Column(name) == nil {
					rec.Unnamed = append(rec.Unnamed, name)
				}
			}
		}
		return emit(rec)
	})
}

func empty(v any) bool { return v == nil || v == "" }

// AppendJSON appends v as JSON without any change: numbers keep their digits
// and no character is escaped that need not be. Most values are text that needs
// no escape: those are written without asking the encoder.
func AppendJSON(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case string:
		return AppendText(b, v), nil
	case json.Number:
		if IsNumber(string(v)) {
			return append(b, v...), nil
		}
	case bool:
		return strconv.AppendBool(b, v), nil
	}
	return encode(b, v)
}

// AppendText appends v as a JSON string, as AppendJSON does.
func AppendText[T string | []byte](b []byte, v T) []byte {
	if unescaped(v) {
		b = append(b, '"')
		b = append(b, v...)
		return append(b, '"')
	}
	b, _ = encode(b, string(v)) // text has always a form in JSON
	return b
}

func encode(b []byte, v any) ([]byte, error) {
	w := bytes.NewBuffer(b)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return b, err
	}
	return bytes.TrimSuffix(w.Bytes(), []byte("\n")), nil
}

// unescaped reports whether s stands in JSON as it is: ASCII but for what must
// be escaped, and what follows it in UTF-8 but for the two separators that the
// encoder escapes.
func unescaped[T string | []byte](s T) bool {
	ascii := true
	for i := range len(s) {
		c := s[i]
		if c < 0x20 || c == '"' || c == '\\' {
			return false
		}
		ascii = ascii && c < 0x80
	}
	if ascii {
		return true
	}
	text := string(s)
	return utf8.ValidString(text) && !strings.Contains(text, "\u2028") && !strings.Contains(text, "\u2029")
}

// IsNumber reports whether s is a number as JSON writes it.
func IsNumber(s string) bool {
	if s == "" || s[0] != '-' && !figures(s[:1]) || !figures(s[len(s)-1:]) {
		return false
	}
	// Most are figures with at most a point between; any other goes to the parser.
	if s[0] > '0' {
		whole, part, point := strings.Cut(s, ".")
		if figures(whole) && (!point || figures(part)) {
			return true
		}
	}
	return json.Valid([]byte(s))
}

func figures(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
