// Package reference is the owner's side of the contract in package wire: an
// http.Handler that an owner copies (both packages need the standard library
// alone), puts before a system of his own by the five methods of Store, and
// serves over TLS. It hands out and changes only what the owner lists.
package reference

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/systems/https/wire"
)

// Store is the owner's system.
type Store interface {
	// Tables tells the make-up of the tables, as it is now.
	Tables(ctx context.Context) ([]wire.Table, error)
	// Rows lists at most limit rows that fit q, in the order of the primary key,
	// from the first whose key comes after that one; nil = from the start. Values
	// are nil, bool, string, json.Number, or lists and maps of these.
	Rows(ctx context.Context, q wire.Query, after []any, limit int) ([]map[string]any, error)
	// Change carries out a batch in one transaction, and remembers the key and
	// the outcome in the same, for a day at the least: a key that it knows has
	// the remembered outcome, or ErrKeyUsed when the batch is another. What erases
	// a row that stands for a file erases the file.
	Change(ctx context.Context, b wire.Batch) (wire.Outcome, error)
	// File opens a file of a table; ErrNotFound when there is none.
	File(ctx context.Context, table, name string) (File, error)
	// Once remembers a nonce until then and reports whether it is new. All
	// instances of a server share what they remember.
	Once(ctx context.Context, nonce string, until time.Time) (bool, error)
}

// File is one file.
type File struct {
	Content interface {
		io.ReaderAt
		io.Closer
	}
	Size int64
	// Version tells two contents of the same name apart: a digest, or the time
	// of the last change.
	Version string
}

// The faults that a Store answers with; any other is an answer 500.
var (
	ErrNotFound   = errors.New("there is no such file")
	ErrKeyUsed    = errors.New("another batch had this key")
	ErrReferenced = errors.New("other rows refer to a row")
	ErrBusy       = errors.New("too much at once")
)

// Rule says what the desk may do with one table.
type Rule struct {
	// Read are the columns whose content is handed out. Of any other column the
	// desk learns whether it is empty.
	Read []string
	// Write are the columns that may be changed; all of them may be in an erased row.
	Write []string
	// Acts are the acts that may be carried out.
	Acts []string
}

// Server answers the desk.
type Server struct {
	Store Store
	// Keys are the keys that are good now: the new one first and, while it is
	// being replaced, the old one.
	Keys [][]byte
	// Rules says what may be done with which table; what it does not name, is not.
	Rules map[string]Rule
	Now   func() time.Time
	// Log gets what went wrong by code, never by content; nil = nothing.
	Log *slog.Logger
}

// fault is an answer that is not 200.
type fault struct {
	status int
	wire.Fault
}

func (f *fault) Error() string { return f.Code }

func refuse(status int, code string) *fault {
	return &fault{status: status, Fault: wire.Fault{Code: code}}
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, wire.MaxBody))
	if err != nil {
		s.answer(w, nil, "", nil, refuse(http.StatusRequestEntityTooLarge, wire.TooLarge))
		return
	}
	key, nonce, err := wire.CheckRequest(r.Header, s.Keys, r.Method, r.URL.EscapedPath(), body, s.Now())
	if key == nil {
		// Nothing is signed for somebody who has no key.
		s.answer(w, nil, "", nil, refuse(http.StatusUnauthorized, wire.Signature))
		return
	}
	if err != nil {
		s.answer(w, key, nonce, nil, refuse(http.StatusUnauthorized, wire.Stale))
		return
	}
	fresh, err := s.Store.Once(r.Context(), nonce, s.Now().Add(2*wire.Window))
	if err == nil && !fresh {
		err = refuse(http.StatusUnauthorized, wire.Replayed)
	}
	var answer any
	if err == nil {
		answer, err = s.route(r.Context(), r.URL.Path, body)
	}
	s.answer(w, key, nonce, answer, err)
}

// route finds the operation by the end of the path: before it stands whatever
// the owner serves it under.
func (s *Server) route(ctx context.Context, path string, body []byte) (any, error) {
	i := slices.IndexFunc(wire.Operations, func(op string) bool { return strings.HasSuffix(path, op) })
	if i < 0 {
		return nil, refuse(http.StatusNotFound, wire.NotFound)
	}
	switch wire.Operations[i] {
	case wire.Capabilities:
		return s.capabilities(), decode(body, &struct{}{})
	case wire.Describe:
		if err := decode(body, &struct{}{}); err != nil {
			return nil, err
		}
		return s.describe(ctx)
	case wire.Apply:
		var b wire.Batch
		if err := decode(body, &b); err != nil {
			return nil, err
		}
		return s.apply(ctx, b)
	case wire.Open:
		var p wire.Part
		if err := decode(body, &p); err != nil {
			return nil, err
		}
		return s.open(ctx, p)
	}
	var q wire.Query
	if err := decode(body, &q); err != nil {
		return nil, err
	}
	page, err := s.rows(ctx, q)
	if err == nil && wire.Operations[i] == wire.Find {
		page.Cursor, page.Last = "", true // candidates are a list with a limit
	}
	return page, err
}

// decode reads a body strictly; numbers keep every digit.
func decode(body []byte, into any) error {
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.UseNumber()
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return refuse(http.StatusBadRequest, wire.Malformed)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return refuse(http.StatusBadRequest, wire.Malformed)
	}
	return nil
}

func (s *Server) capabilities() wire.Abilities {
	a := wire.Abilities{Acts: map[string][]string{}}
	for name, rule := range s.Rules {
		a.Acts[name] = append([]string{}, rule.Acts...)
	}
	return a
}

// describe tells of every column, so that the desk sees one that is new.
func (s *Server) describe(ctx context.Context) (wire.Schema, error) {
	tables, err := s.Store.Tables(ctx)
	schema := wire.Schema{Tables: []wire.Table{}}
	for _, t := range tables {
		if _, ok := s.Rules[t.Name]; ok {
			schema.Tables = append(schema.Tables, t)
		}
	}
	return schema, err
}

// table finds a table that the desk may ask for, with the rule for it.
func (s *Server) table(ctx context.Context, name string) (wire.Table, Rule, error) {
	rule, ok := s.Rules[name]
	if !ok {
		return wire.Table{}, rule, &fault{http.StatusForbidden, wire.Fault{Code: wire.NotDeclared, Table: name}}
	}
	tables, err := s.Store.Tables(ctx)
	if err != nil {
		return wire.Table{}, rule, err
	}
	i := slices.IndexFunc(tables, func(t wire.Table) bool { return t.Name == name })
	if i < 0 {
		return wire.Table{}, rule, &fault{http.StatusConflict, wire.Fault{Code: wire.SchemaChanged, Table: name}}
	}
	return tables[i], rule, nil
}

// allowed refuses a column that is not there, or that the owner keeps back.
func allowed(t wire.Table, name string, listed []string) error {
	if !slices.ContainsFunc(t.Columns, func(c wire.Column) bool { return c.Name == name }) {
		return &fault{http.StatusConflict, wire.Fault{Code: wire.SchemaChanged, Table: t.Name, Column: name}}
	}
	if !slices.Contains(listed, name) {
		return &fault{http.StatusForbidden, wire.Fault{Code: wire.NotDeclared, Table: t.Name, Column: name}}
	}
	return nil
}

func (s *Server) rows(ctx context.Context, q wire.Query) (wire.Page, error) {
	if q.Limit < 1 || q.Limit > wire.MaxRows || len(q.Any) == 0 || len(q.Cursor) > wire.MaxCursor {
		return wire.Page{}, refuse(http.StatusBadRequest, wire.Malformed)
	}
	t, rule, err := s.table(ctx, q.Table)
	if err != nil {
		return wire.Page{}, err
	}
	asked := slices.Clone(q.Columns)
	for name := range q.Where {
		asked = append(asked, name)
	}
	for _, m := range q.Any {
		asked = append(asked, m.Column)
	}
	for _, name := range asked {
		if err := allowed(t, name, rule.Read); err != nil {
			return wire.Page{}, err
		}
	}
	after, err := readCursor(q.Cursor, len(t.Primary))
	if err != nil {
		return wire.Page{}, err
	}
	rows, err := s.Store.Rows(ctx, q, after, q.Limit+1) // one more, to know whether it is the last
	if err != nil {
		return wire.Page{}, err
	}
	page := wire.Page{Rows: []json.RawMessage{}, Last: len(rows) <= q.Limit}
	rows = rows[:min(len(rows), q.Limit)]
	size := 0
	for _, row := range rows {
		b, err := json.Marshal(shown(row, q.Columns))
		if err != nil || len(b) > maxRow {
			return wire.Page{}, refuse(http.StatusUnprocessableEntity, wire.Unreadable)
		}
		if size += len(b) + 1; size > maxRow {
			page.Last = false
			break
		}
		page.Rows = append(page.Rows, b)
	}
	page.Count = len(page.Rows)
	if !page.Last {
		page.Cursor, err = cursor(t, rows[page.Count-1])
	}
	return page, err
}

// maxRow leaves room in a body for what stands around the rows.
const maxRow = wire.MaxBody - wire.MaxCursor - 1024

// shown is a row as the desk may see it: the columns that it named, and of any
// other whether there is something.
func shown(row map[string]any, columns []string) map[string]any {
	out := make(map[string]any, len(row))
	for name, v := range row {
		switch {
		case slices.Contains(columns, name):
			out[name] = v
		case v != nil && v != "":
			out[name] = true
		}
	}
	return out
}

func cursor(t wire.Table, row map[string]any) (string, error) {
	key := make([]any, len(t.Primary))
	for i, name := range t.Primary {
		key[i] = row[name]
	}
	b, err := json.Marshal(key)
	if err != nil || len(b) > wire.MaxCursor {
		return "", refuse(http.StatusUnprocessableEntity, wire.Unreadable)
	}
	return string(b), nil
}

func readCursor(c string, columns int) ([]any, error) {
	if c == "" {
		return nil, nil
	}
	var key []any
	if err := decode([]byte(c), &key); err != nil {
		return nil, err
	}
	if len(key) != columns {
		return nil, refuse(http.StatusBadRequest, wire.Malformed)
	}
	return key, nil
}

func (s *Server) apply(ctx context.Context, b wire.Batch) (wire.Outcome, error) {
	if b.Key == "" || len(b.Key) > 200 || len(b.Changes) == 0 || len(b.Changes) > wire.MaxRows {
		return wire.Outcome{}, refuse(http.StatusBadRequest, wire.Malformed)
	}
	t, rule, err := s.table(ctx, b.Table)
	if err != nil {
		return wire.Outcome{}, err
	}
	if !slices.Contains(rule.Acts, b.Act) {
		return wire.Outcome{}, &fault{http.StatusForbidden, wire.Fault{Code: wire.NotDeclared, Table: b.Table}}
	}
	for _, c := range b.Changes {
		if err := check(t, rule, c); err != nil {
			return wire.Outcome{}, err
		}
	}
	return s.Store.Change(ctx, b)
}

// check refuses a change that is not whole, or of what may not be changed.
func check(t wire.Table, rule Rule, c wire.Change) error {
	malformed := len(c.Primary) != len(t.Primary) || c.Erase == (len(c.Clear)+len(c.Set) > 0)
	for _, name := range t.Primary {
		malformed = malformed || c.Primary[name] == nil
	}
	if malformed {
		return refuse(http.StatusBadRequest, wire.Malformed)
	}
	for name := range c.Was {
		if err := allowed(t, name, rule.Read); err != nil {
			return err
		}
	}
	written := slices.Clone(c.Clear)
	for name := range c.Set {
		written = append(written, name)
	}
	for _, name := range written {
		if err := allowed(t, name, rule.Write); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) open(ctx context.Context, p wire.Part) (wire.Content, error) {
	if _, _, err := s.table(ctx, p.Table); err != nil {
		return wire.Content{}, err
	}
	f, err := s.Store.File(ctx, p.Table, p.Name)
	if err != nil {
		return wire.Content{}, err
	}
	defer f.Content.Close()
	if p.Offset < 0 || p.Offset > f.Size {
		return wire.Content{}, refuse(http.StatusBadRequest, wire.Malformed)
	}
	part := make([]byte, min(wire.MaxPart, f.Size-p.Offset))
	if n, err := f.Content.ReadAt(part, p.Offset); n < len(part) {
		return wire.Content{}, fmt.Errorf("read a part of a file: %w", err)
	}
	return wire.Content{Size: f.Size, Version: f.Version, Offset: p.Offset, Content: part, Last: p.Offset+int64(len(part)) == f.Size}, nil
}

// answer writes and signs an answer; nothing is signed without a key.
func (s *Server) answer(w http.ResponseWriter, key []byte, nonce string, answer any, err error) {
	status := http.StatusOK
	if err != nil {
		f := faultOf(err)
		status, answer = f.status, f.Fault
		if f.Code == wire.Busy {
			w.Header().Set("Retry-After", strconv.Itoa(int(busyFor/time.Second)))
		}
		if s.Log != nil {
			s.Log.Error("a request of the desk was refused", "code", f.Code, "status", f.status)
		}
	}
	body, err := json.Marshal(answer)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"code":"`+wire.Failed+`"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if key != nil {
		wire.SignAnswer(w.Header(), key, nonce, status, body)
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// busyFor is how long the desk is asked to wait.
const busyFor = 5 * time.Second

func faultOf(err error) *fault {
	f := (*fault)(nil)
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, ErrNotFound):
		return refuse(http.StatusNotFound, wire.NotFound)
	case errors.Is(err, ErrKeyUsed):
		return refuse(http.StatusConflict, wire.KeyUsed)
	case errors.Is(err, ErrReferenced):
		return refuse(http.StatusConflict, wire.Referenced)
	case errors.Is(err, ErrBusy):
		return refuse(http.StatusServiceUnavailable, wire.Busy)
	}
	return refuse(http.StatusInternalServerError, wire.Failed)
}
