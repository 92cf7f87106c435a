package database

import (
	"bytes"
	"database/sql/driver"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"strconv"
	"strings"
	"time"

	mssql "github.com/microsoft/go-mssqldb"

	"github.com/allclaims/rightsdesk/shared/systems"
)

// localTime is how a day and time without a place are written: RFC 3339 with
// no offset, because the system has none.
const localTime = "2006-01-02T15:04:05.999999999"

// reader turns the rows of a table into systems.Rows, one map for all of them,
// or into systems.Records.
type reader struct {
	row    systems.Row    // nil for Records
	record systems.Record // its values stand in json
	json   []byte
	cells  []cell
	into   []any // the cells, as Scan takes them
	key    []*cell
}

// newReader reads Rows.
func newReader(t *table) *reader {
	r := &reader{row: make(systems.Row, len(t.columns)), cells: make([]cell, len(t.columns))}
	for i, c := range t.columns {
		r.cells[i] = cell{reader: r, at: i, column: c}
		r.into = append(r.into, &r.cells[i])
	}
	for _, p := range t.primary {
		for i := range r.cells {
			if r.cells[i].column.name == p.name && r.cells[i].column.kind != empties {
				r.cells[i].keep = true
				r.key = append(r.key, &r.cells[i])
			}
		}
	}
	return r
}

// newCopier reads Records.
func newCopier(t *table) *reader {
	r := newReader(t)
	r.row, r.record.Values = nil, make([][]byte, len(t.h.Columns))
	return r
}

// begin forgets the row before.
func (r *reader) begin() {
	clear(r.row)
	clear(r.record.Values)
	r.record.Unnamed, r.json = r.record.Unnamed[:0], r.json[:0]
}

// take is the row, the caller's to keep.
func (r *reader) take() systems.Row { return maps.Clone(r.row) }

// told takes a mark from the row and tells whether it was there.
func (r *reader) told(mark string) bool {
	is, _ := r.row[mark].(bool)
	delete(r.row, mark)
	return is
}

// keys are the values of the primary key, as the database takes them back.
func (r *reader) keys() []any {
	all := make([]any, len(r.key))
	for i, c := range r.key {
		all[i] = c.key()
	}
	return all
}

// place is keys as a Cut carries them.
func (r *reader) place() string { return writePlace(r.keys()) }

// cell puts one column's value in the row or record. A column that is empty is
// not in it.
type cell struct {
	reader *reader
	at     int // of the table's columns; those of the holding are the first
	column column
	keep   bool
	last   any
	bytes  []byte
	// said, when not nil, makes the value of bytes, which are as the wire had
	// them: of a million rows the key of the last is asked for.
	said func(raw []byte) (driver.Value, error)
}

var errValue = errors.New("a value of a type that no connector knows")

// Scan implements sql.Scanner.
func (c *cell) Scan(src any) error {
	if c.keep {
		c.said = nil
		if b, ok := src.([]byte); ok {
			c.bytes, c.last = append(c.bytes[:0], b...), nil
		} else {
			c.last = src
		}
	}
	if src == nil {
		return nil
	}
	if c.reader.row == nil {
		return c.record(src)
	}
	v, err := c.value(src)
	if err == nil && v != nil {
		c.reader.row[c.column.name] = v
	}
	return err
}

// record puts the value in the reader's record.
func (c *cell) record(src any) error {
	r := c.reader
	switch {
	case c.column.kind == empties:
		v, err := c.value(src)
		if err == nil && v != nil {
			r.record.Unnamed = append(r.record.Unnamed, c.column.name)
		}
		return err
	case c.at >= len(r.record.Values): // the desk's own
		return nil
	}
	from := len(r.json)
	var err error
	if r.json, err = c.append(r.json, src); err != nil {
		return err
	}
	if v := r.json[from:len(r.json):len(r.json)]; string(v) != "null" && string(v) != `""` {
		r.record.Values[c.at] = v
	}
	return nil
}

// append appends the JSON of what value gives: of the values that are most of a
// large table without making it.
func (c *cell) append(b []byte, src any) ([]byte, error) {
	switch v := src.(type) {
	case int64:
		if c.column.kind == number {
			return strconv.AppendInt(b, v, 10), nil
		}
	case string:
		switch {
		case c.column.kind == text:
			return systems.AppendJSON(b, src)
		case c.column.kind == number && systems.IsNumber(v):
			return append(b, v...), nil
		}
	case time.Time:
		return append(appendTime(append(b, '"'), v, c.column.kind), '"'), nil
	}
	v, err := c.value(src)
	if err != nil {
		return b, err
	}
	if b, err = systems.AppendJSON(b, v); err != nil {
		return b, systems.ErrUnreadable
	}
	return b, nil
}

// key is the last value that was kept.
func (c *cell) key() any {
	if c.last != nil {
		return c.last
	}
	if c.said != nil {
		if v, err := c.said(c.bytes); err == nil {
			return v
		}
	}
	switch c.column.kind {
	case binary:
		return bytes.Clone(c.bytes)
	case guid:
		var id mssql.UniqueIdentifier
		if id.Scan(c.bytes) == nil {
			return id.String()
		}
	}
	return string(c.bytes)
}

func (c *cell) value(src any) (any, error) {
	switch v := src.(type) {
	case string:
		return c.words(v)
	case []byte:
		switch c.column.kind {
		case binary:
			return base64.StdEncoding.EncodeToString(v), nil
		case guid:
			var id mssql.UniqueIdentifier
			if err := id.Scan(v); err != nil {
				return nil, errValue
			}
			return id.String(), nil
		case document:
			return decode(v)
		case truth: // the bits of MySQL
			if len(v) == 1 && v[0] < 2 {
				return v[0] == 1, nil
			}
			return base64.StdEncoding.EncodeToString(v), nil
		case other:
			// A type of which the driver knows no text: not to be shown as if it were.
			if !printable(v) {
				return base64.StdEncoding.EncodeToString(v), nil
			}
		}
		return c.words(string(v))
	case int64:
		switch c.column.kind {
		case empties:
			if v == 0 {
				return nil, nil
			}
			return true, nil
		case truth:
			if v == 0 || v == 1 {
				return v == 1, nil
			}
		}
		return json.Number(strconv.FormatInt(v, 10)), nil
	case uint64:
		return json.Number(strconv.FormatUint(v, 10)), nil
	case float64:
		if c.column.single {
			return float(v, 32), nil
		}
		return float(v, 64), nil
	case float32:
		return float(float64(v), 32), nil
	case bool:
		return v, nil
	case time.Time:
		return string(appendTime(nil, v, c.column.kind)), nil
	}
	return nil, errValue
}

func appendTime(b []byte, t time.Time, k kind) []byte {
	switch k {
	case date:
		return t.AppendFormat(b, time.DateOnly)
	case local:
		return t.AppendFormat(b, localTime)
	}
	return t.AppendFormat(b, time.RFC3339Nano)
}

// words reads what came as text.
func (c *cell) words(v string) (any, error) {
	switch c.column.kind {
	case number:
		if systems.IsNumber(v) {
			return json.Number(v), nil
		}
	case document:
		return decode([]byte(v))
	case empties:
		if v == "0" {
			return nil, nil
		}
		return true, nil
	case local, instant:
		return stamp(v, c.column.kind == instant), nil
	case list:
		if all, err := readList(v, column{typ: strings.TrimPrefix(c.column.typ, "_"), kind: c.column.of}); err == nil {
			return all, nil
		}
	}
	return v, nil
}

// stamp writes 2026-01-02 03:04:05 as RFC 3339 does; a moment is in UTC, as
// the connection asked for. What has another form stays as it is.
func stamp(v string, utc bool) string {
	if len(v) < len(time.DateTime) || v[10] != ' ' {
		return v
	}
	b := []byte(v)
	b[10] = 'T'
	if utc {
		b = append(b, 'Z')
	}
	return string(b)
}

// float keeps every digit that tells this number from its neighbours; what is
// no number (NaN) is text.
func float(v float64, bits int) any {
	text := strconv.FormatFloat(v, 'g', -1, bits)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return text
	}
	return json.Number(text)
}

func printable(v []byte) bool {
	return bytes.IndexFunc(v, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == '\uFFFD' }) < 0
}

// decode reads a JSON value; numbers keep every digit. An error never repeats it.
func decode(v []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(v))
	dec.UseNumber()
	var out any
	if err := dec.Decode(&out); err != nil {
		return nil, systems.ErrUnreadable
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, systems.ErrUnreadable
	}
	return out, nil
}

// spot is a value of a primary key that JSON has no word for.
type spot struct {
	Bytes []byte     `json:"bytes,omitempty"`
	Time  *time.Time `json:"time,omitempty"` // nil: it is Bytes, though there be none
}

// writePlace is the JSON of the values of a primary key.
func writePlace(keys []any) string {
	list := make([]any, len(keys))
	for i, k := range keys {
		switch k := k.(type) {
		case []byte:
			list[i] = spot{Bytes: k}
		case time.Time:
			list[i] = spot{Time: &k}
		default:
			list[i] = k
		}
	}
	b, err := json.Marshal(list)
	if err != nil {
		return "" // cannot be: what a driver gives
	}
	return string(b)
}

// readPlace reads what writePlace wrote; nil for the start.
func readPlace(from string, columns int) ([]any, error) {
	if from == "" {
		return nil, nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal([]byte(from), &list); err != nil || len(list) != columns {
		return nil, errPlace
	}
	keys := make([]any, len(list))
	for i, raw := range list {
		if raw[0] == '{' {
			var s spot
			if err := json.Unmarshal(raw, &s); err != nil {
				return nil, errPlace
			}
			if s.Time != nil {
				keys[i] = *s.Time
			} else {
				keys[i] = append([]byte{}, s.Bytes...) // nil would be NULL
			}
			continue
		}
		v, err := decode(raw)
		if err != nil {
			return nil, errPlace
		}
		if n, ok := v.(json.Number); ok {
			if keys[i] = n.String(); isInt(n) {
				keys[i], _ = n.Int64()
			}
			continue
		}
		keys[i] = v
	}
	return keys, nil
}

func isInt(n json.Number) bool { _, err := n.Int64(); return err == nil }

var errPlace = fmt.Errorf("the place to go on is not of this connector: %w", systems.ErrUnreadable)
