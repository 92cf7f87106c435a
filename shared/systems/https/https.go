// Package https reaches a system that its owner puts behind one address: it
// speaks the signed JSON contract of package wire, described in openapi.yaml.
// The desk works out what each row becomes; the owner's side finds rows and
// writes changes, and needs no word of the law.
package https

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/https/wire"

	_ "embed"
)

// Description is the contract as OpenAPI 3.1.
//
//go:embed openapi.yaml
var Description []byte

// System is one such system.
type System struct {
	Declared *inventory.System
	// Secret says where it is and how to sign.
	Secret Secret
	// HTTP makes the calls: Secret.Client.
	HTTP *http.Client
	Now  func() time.Time
	// Wait passes the time between two attempts; nil = a timer.
	Wait func(ctx context.Context, d time.Duration) error
	// Rows bounds a page; 0 = wire.MaxRows.
	Rows int

	mu   sync.Mutex
	acts map[string][]string // what it said that it can
	said time.Time
}

// tries is how often a holding is gone through when somebody else writes it too.
const tries = 5

// Find implements systems.System.
func (s *System) Find(ctx context.Context, h inventory.Holding, kind, value string) ([]systems.Row, error) {
	if _, ok := h.Keys[kind]; !ok {
		return nil, fmt.Errorf("key %q of holding %s/%s: %w", kind, s.Declared.ID, h.ID, systems.ErrNotDeclared)
	}
	v := systems.Normal(kind, value)
	if v == "" {
		return nil, nil
	}
	sel := systems.Keys{kind: {v}}
	q := query(h, sel, "")
	q.Limit = systems.FindLimit
	page, err := s.page(ctx, wire.Find, h, q, sel, "")
	if err == nil && !page.last {
		err = fmt.Errorf("candidates that go on: %w", systems.ErrUnreadable)
	}
	if err != nil {
		return nil, fmt.Errorf("find in holding %s/%s by %s: %w", s.Declared.ID, h.ID, kind, err)
	}
	return page.rows, nil
}

// Collect implements systems.System.
func (s *System) Collect(ctx context.Context, h inventory.Holding, of systems.Selection, emit func(systems.Row) error) error {
	return s.each(ctx, h, of, func(rows []systems.Row) (again bool, err error) {
		for _, row := range rows {
			if err := emit(row); err != nil {
				return false, err
			}
		}
		return false, nil
	})
}

// Apply implements systems.System.
func (s *System) Apply(ctx context.Context, h inventory.Holding, of systems.Selection, act systems.Act) (int, error) {
	if err := act.Check(h); err != nil {
		return 0, fmt.Errorf("system %s: %w", s.Declared.ID, err)
	}
	sel := systems.Select(h, of.Keys)
	n, turn := 0, 0
	settled := map[string]bool{} // rows of the page at hand that are as they must be
	err := s.each(ctx, h, of, func(rows []systems.Row) (again bool, err error) {
		rows = slices.DeleteFunc(rows, func(row systems.Row) bool { return settled[name(h, row)] })
		done, missed, err := s.change(ctx, h, sel, act, rows)
		n += done
		if told := of.Done(done); err == nil {
			err = told
		}
		if err != nil || len(missed) == 0 {
			clear(settled)
			turn = 0
			return false, err
		}
		if turn++; turn == tries {
			return false, fmt.Errorf("change: %w", systems.ErrChanged)
		}
		for _, row := range rows {
			settled[name(h, row)] = !missed[name(h, row)]
		}
		return true, nil
	})
	return n, err
}

// name tells a row of h from all others.
func name(h inventory.Holding, row systems.Row) string {
	var b strings.Builder
	for _, p := range h.Primary {
		fmt.Fprintf(&b, "%q ", row.Text(p))
	}
	return b.String()
}

// Can implements systems.System. A system that does not answer is taken to be
// able: the act itself then finds it down and is tried again later, instead of
// being left to an officer for good.
func (s *System) Can(h inventory.Holding, action string) bool {
	if !systems.Able(h, action) {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), canTimeout)
	defer cancel()
	acts, err := s.abilities(ctx)
	return err != nil || slices.Contains(acts[h.In()], action)
}

const (
	canTimeout = 10 * time.Second
	// canFor is how long an answer of what a system can is good.
	canFor = 10 * time.Minute
)

func (s *System) abilities(ctx context.Context) (map[string][]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.acts != nil && s.Now().Sub(s.said) < canFor {
		return s.acts, nil
	}
	var a wire.Abilities
	if err := s.call(ctx, wire.Capabilities, inventory.Holding{}, struct{}{}, &a); err != nil {
		return nil, fmt.Errorf("ask what system %s can: %w", s.Declared.ID, err)
	}
	if a.Acts == nil {
		return nil, fmt.Errorf("ask what system %s can: %w", s.Declared.ID, systems.ErrUnreadable)
	}
	s.acts, s.said = a.Acts, s.Now()
	return s.acts, nil
}

// Describe implements systems.Describer.
func (s *System) Describe(ctx context.Context, _ []inventory.Holding) (systems.Schema, error) {
	var told wire.Schema
	if err := s.call(ctx, wire.Describe, inventory.Holding{}, struct{}{}, &told); err != nil {
		return systems.Schema{}, fmt.Errorf("describe system %s: %w", s.Declared.ID, err)
	}
	var schema systems.Schema
	for _, t := range told.Tables {
		table := systems.Table{Name: t.Name, Primary: t.Primary}
		for _, c := range t.Columns {
			table.Columns = append(table.Columns, systems.Field{Name: c.Name, Type: strings.ToLower(c.Type), Nullable: c.Nullable})
		}
		schema.Tables = append(schema.Tables, table)
	}
	return schema, nil
}

// Open implements systems.Opener. The content comes in parts, each of them
// signed, so the reader never holds more than one.
func (s *System) Open(ctx context.Context, h inventory.Holding, object string) (io.ReadCloser, error) {
	f := &file{ctx: ctx, system: s, holding: h, name: object}
	if err := f.next(); err != nil {
		return nil, err
	}
	return f, nil
}

// each walks the pages of a person's rows. A page that visit wants again is
// asked for once more as it is by then.
func (s *System) each(ctx context.Context, h inventory.Holding, of systems.Selection, visit func([]systems.Row) (again bool, err error)) error {
	sel := systems.Select(h, of.Keys)
	if sel == nil || of.Client != "" && h.Client == "" {
		return nil
	}
	q := query(h, sel, of.Client)
	q.Cursor, q.Limit = of.From, wire.MaxRows
	if s.Rows > 0 {
		q.Limit = s.Rows
	}
	for {
		page, err := s.page(ctx, wire.Collect, h, q, sel, of.Client)
		if err != nil {
			return fmt.Errorf("read holding %s/%s: %w", s.Declared.ID, h.ID, err)
		}
		again, err := visit(page.rows)
		if err != nil {
			return err
		}
		if again {
			continue
		}
		if page.last {
			return nil
		}
		if err := of.Stop(page.cursor); err != nil {
			return err
		}
		q.Cursor = page.cursor
	}
}

// query asks for the rows of h under sel, and for its columns by name.
func query(h inventory.Holding, sel systems.Keys, client string) wire.Query {
	q := wire.Query{Table: h.In(), Where: maps.Clone(h.Where), Columns: columns(h)}
	if client != "" {
		if q.Where == nil {
			q.Where = map[string]string{}
		}
		q.Where[h.Client] = client
	}
	for _, kind := range sel.Kinds() {
		q.Any = append(q.Any, wire.Match{Column: h.Keys[kind].Column, Values: sel[kind], Fold: h.Keys[kind].Fold})
	}
	return q
}

// columns are those that the inventory names in any part of h, and the desk's own.
func columns(h inventory.Holding) []string {
	names := slices.Concat([]string{h.Client, h.Person, h.End, h.Mark}, h.Primary, slices.Collect(maps.Keys(h.Where)))
	for _, c := range h.Columns {
		names = append(names, c.Name, c.Since)
	}
	for _, k := range h.Keys {
		names = append(names, k.Column)
	}
	for _, y := range h.Yields {
		names = append(names, y.Column)
	}
	if h.Marks() {
		names = append(names, inventory.Bookkeeping)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return slices.DeleteFunc(names, func(n string) bool { return n == "" })
}

type page struct {
	rows   []systems.Row
	cursor string
	last   bool
}

// page asks for one page and holds it against what was asked: a page that is
// less, more or other than it says is an error and none of it is used (F18).
func (s *System) page(ctx context.Context, op string, h inventory.Holding, q wire.Query, sel systems.Keys, client string) (page, error) {
	var told wire.Page
	if err := s.call(ctx, op, h, q, &told); err != nil {
		return page{}, err
	}
	p := page{rows: make([]systems.Row, 0, len(told.Rows)), cursor: told.Cursor, last: told.Last}
	switch {
	case told.Count != len(told.Rows), len(told.Rows) > q.Limit:
		return page{}, fmt.Errorf("a page of %d rows that tells of %d: %w", len(told.Rows), told.Count, systems.ErrUnreadable)
	case !told.Last && (told.Cursor == "" || told.Cursor == q.Cursor || len(told.Cursor) > wire.MaxCursor):
		return page{}, fmt.Errorf("a page that goes on nowhere: %w", systems.ErrUnreadable)
	}
	for _, raw := range told.Rows {
		row, err := systems.ParseLine(raw)
		if err != nil {
			return page{}, err
		}
		for name, v := range row {
			if !slices.Contains(q.Columns, name) { // default deny (A42), whatever the owner sends
				if row[name] = true; v == nil || v == "" {
					delete(row, name)
				}
			}
		}
		if !belongs(h, row, sel, client) {
			return page{}, fmt.Errorf("a row that was not asked for: %w", systems.ErrUnreadable)
		}
		// A mark that cannot be read would be taken for none, and written over.
		if _, ok := row[inventory.Bookkeeping].(map[string]any); !ok && row[inventory.Bookkeeping] != nil && h.Marks() {
			return page{}, fmt.Errorf("a mark of ours that is no object: %w", systems.ErrUnreadable)
		}
		p.rows = append(p.rows, row)
	}
	return p, nil
}

// belongs is systems.Belongs, with capitals left aside where the key says so.
func belongs(h inventory.Holding, row systems.Row, sel systems.Keys, client string) bool {
	if systems.Belongs(h, row, sel, client) {
		return true
	}
	folded := systems.Row{}
	maps.Copy(folded, row)
	for kind, values := range sel {
		k := h.Keys[kind]
		for _, v := range values {
			if k.Fold && strings.EqualFold(row.Text(k.Column), v) {
				folded[k.Column] = v
			}
		}
	}
	return systems.Belongs(h, folded, sel, client)
}

// change carries out an act on the rows of one page. missed are those of which
// somebody wrote meanwhile what their change rests on.
func (s *System) change(ctx context.Context, h inventory.Holding, sel systems.Keys, act systems.Act, rows []systems.Row) (n int, missed map[string]bool, err error) {
	var changes []wire.Change
	var rests []string // the name of a row whose change rests on something, or ""
	for _, row := range rows {
		c := act.Of(h, row)
		switch {
		case c.Other:
		case c.None():
			n++
		default:
			changes = append(changes, changeOf(h, sel, row, c))
			rest := ""
			if len(c.Was) > 0 {
				rest = name(h, row)
			}
			rests = append(rests, rest)
		}
	}
	missed = map[string]bool{}
	results, err := s.batches(ctx, h, act, changes)
	for i, result := range results {
		switch {
		case result == wire.Done:
			n++
		case rests[i] != "":
			missed[rests[i]] = true
		}
	}
	return n, missed, err
}

// changeOf writes a change on condition that the row is still of the holding,
// this person's and this client's.
func changeOf(h inventory.Holding, sel systems.Keys, row systems.Row, c systems.Change) wire.Change {
	w := wire.Change{Primary: map[string]any{}, Was: map[string]any{}, Erase: c.Erase, Clear: c.Clear, Set: c.Set}
	for _, p := range h.Primary {
		w.Primary[p] = row[p]
	}
	for _, kind := range sel.Kinds() {
		w.Was[h.Keys[kind].Column] = row[h.Keys[kind].Column]
	}
	for name := range h.Where {
		w.Was[name] = row[name]
	}
	if h.Client != "" {
		w.Was[h.Client] = row[h.Client]
	}
	for name := range c.Was {
		w.Was[name] = row[name]
	}
	return w
}

// batches sends changes in batches that keep the limits, and gives the results
// of those that stand.
func (s *System) batches(ctx context.Context, h inventory.Holding, act systems.Act, changes []wire.Change) ([]string, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	b := wire.Batch{Table: h.In(), Act: act.Action, Request: string(act.Request), Leg: act.Leg, Changes: changes}
	// A page of its own: the same act of the same leg may be done, undone and
	// done again, and then a remembered outcome would be a lie.
	b.Key = fmt.Sprintf("%s/%s/%s/%s", act.Request, act.Leg, act.Action, once())
	size, err := json.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("write a batch for holding %s/%s: %w", s.Declared.ID, h.ID, systems.ErrUnreadable)
	}
	if len(changes) > wire.MaxRows || len(size) > wire.MaxBody && len(changes) > 1 {
		first, err := s.batches(ctx, h, act, changes[:len(changes)/2])
		if err != nil {
			return first, err
		}
		second, err := s.batches(ctx, h, act, changes[len(changes)/2:])
		return append(first, second...), err
	}
	var out wire.Outcome
	if err := s.call(ctx, wire.Apply, h, b, &out); err != nil {
		return nil, fmt.Errorf("%s in holding %s/%s: %w", act.Action, s.Declared.ID, h.ID, err)
	}
	strange := func(r string) bool { return r != wire.Done && r != wire.Changed }
	if out.Count != len(changes) || len(out.Results) != len(changes) || slices.ContainsFunc(out.Results, strange) {
		return nil, fmt.Errorf("%s in holding %s/%s: an outcome of %d of %d changes: %w", act.Action, s.Declared.ID, h.ID, len(out.Results), len(changes), systems.ErrUnreadable)
	}
	return out.Results, nil
}

// once is a name that nothing had before.
func once() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// file reads a file part by part.
type file struct {
	ctx     context.Context // of the call that opened it: Read has none
	system  *System
	holding inventory.Holding
	name    string

	part    []byte
	at      int64
	size    int64
	version string
	last    bool
}

// next asks for the part at f.at.
func (f *file) next() error {
	h := f.holding
	var c wire.Content
	err := f.system.call(f.ctx, wire.Open, h, wire.Part{Table: h.In(), Name: f.name, Offset: f.at}, &c)
	if err == nil {
		err = f.fits(c)
	}
	if err != nil {
		return fmt.Errorf("open a file of holding %s/%s: %w", f.system.Declared.ID, h.ID, err)
	}
	f.part, f.size, f.version, f.last = c.Content, c.Size, c.Version, c.Last
	f.at += int64(len(c.Content))
	return nil
}

// fits refuses a part that leaves a gap, is of another content, or stops short.
func (f *file) fits(c wire.Content) error {
	end := f.at + int64(len(c.Content))
	switch {
	case f.at > 0 && (c.Size != f.size || c.Version != f.version):
		return systems.ErrChanged
	case c.Offset != f.at, c.Last != (end == c.Size), end > c.Size, len(c.Content) == 0 && !c.Last:
		return systems.ErrUnreadable
	}
	return nil
}

func (f *file) Read(p []byte) (int, error) {
	for len(f.part) == 0 {
		if f.last {
			return 0, io.EOF
		}
		if err := f.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, f.part)
	f.part = f.part[n:]
	return n, nil
}

func (f *file) Close() error { return nil }

var (
	_ systems.System    = (*System)(nil)
	_ systems.Opener    = (*System)(nil)
	_ systems.Describer = (*System)(nil)
	_ io.ReadCloser     = (*file)(nil)
)
