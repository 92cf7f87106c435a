package database

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// fromTheStart is where an erasure goes on: what it erased is not there to be passed over.
const fromTheStart = "[]"

// erase deletes a person's rows, a batch a transaction, and makes anonymous
// those to which rows refer that stay. stopped is the end that somebody asked
// for, err a fault of the database.
func (s *System) erase(ctx context.Context, h inventory.Holding, of systems.Selection, act systems.Act) (n int, stopped, err error) {
	known := map[string]*table{}
	refs, err := s.refs(ctx, h, known)
	if err != nil {
		return 0, nil, err
	}
	if slices.ContainsFunc(refs, func(r referrer) bool { return r.self }) {
		// From the last of a chain to the first, pass by pass.
		for again := true; again && err == nil && stopped == nil; {
			var freed int
			start := of
			start.From = ""
			freed, stopped, err = s.pass(ctx, h, start, act, true, known)
			n, again = n+freed, freed > 0
			if stopped != nil && errors.As(stopped, new(*systems.Cut)) {
				stopped = &systems.Cut{Next: fromTheStart}
			}
		}
		if err == nil && stopped == nil {
			var circles int
			circles, err = s.eraseCircles(ctx, h, of, act, known)
			if n += circles; err == nil {
				stopped = of.Done(circles)
			}
		}
	} else {
		n, stopped, err = s.eraseFree(ctx, h, of, known)
	}
	if len(refs) == 0 || err != nil || stopped != nil {
		return n, stopped, err
	}
	if of.From == fromTheStart {
		of.From = ""
	}
	spared, stopped, err := s.pass(ctx, h, of, act, false, known)
	return n + spared, stopped, err
}

// eraseCircles deletes in one statement what refers to itself in a circle and
// is held by nothing else. Where the database looks at every row by itself, as
// MySQL does, these stay, to be made anonymous.
func (s *System) eraseCircles(ctx context.Context, h inventory.Holding, of systems.Selection, act systems.Act, known map[string]*table) (n int, err error) {
	err = again(ctx, func() error {
		return s.transaction(ctx, false, func(c *call) error {
			c.known = known
			t := known[h.ID]
			if _, ok := c.engine.(deferred); !ok {
				return nil
			}
			q := c.statement()
			mine, err := c.mine(ctx, q, t, of)
			if err != nil || mine == "" {
				return err
			}
			stays, err := c.stays(ctx, q, t, t.name, act, fate{of: of})
			if err != nil {
				return err
			}
			n, err = c.affect(ctx, "DELETE FROM "+t.name+" WHERE "+all(mine, unless(stays)), q.args)
			return err
		})
	})
	if errors.Is(err, systems.ErrReferenced) {
		return 0, nil // a key that is looked at at once (RESTRICT)
	}
	return n, err
}

// refs are the foreign keys that lead to the rows of h.
func (s *System) refs(ctx context.Context, h inventory.Holding, known map[string]*table) (refs []referrer, err error) {
	err = s.snapshot(ctx, func(c *call) error {
		c.known = known
		t, err := c.table(ctx, h)
		if err != nil {
			return err
		}
		refs, err = c.referrers(ctx, t)
		return err
	})
	return refs, err
}

// eraseFree deletes the rows to which no others refer.
func (s *System) eraseFree(ctx context.Context, h inventory.Holding, of systems.Selection, known map[string]*table) (n int, stopped, err error) {
	for range conflictTries {
		met, batch, stopped, err := s.erasePass(ctx, h, of, known)
		n += batch
		if err != nil || stopped != nil || batch >= met {
			return n, stopped, err
		}
		// Somebody wrote some of the rows meanwhile: they lie elsewhere now.
	}
	return n, nil, systems.ErrChanged
}

// erasePass goes through the rows once: it met so many, and erased so many of them.
func (s *System) erasePass(ctx context.Context, h inventory.Holding, of systems.Selection, known map[string]*table) (met, n int, stopped, err error) {
	s.two.Lock()
	defer s.two.Unlock()
	var t *table
	byKey := false
	err = s.snapshot(ctx, func(c *call) error {
		c.known = known
		if t, err = c.table(ctx, h); err != nil {
			return err
		}
		if l, ok := c.engine.(layer); ok {
			lies, err := l.lies(ctx, c, t)
			if err != nil {
				return err
			}
			if lies {
				met, n, stopped, err = c.eraseLying(ctx, l, t, of)
				return err
			}
		}
		byKey = true
		return nil
	})
	if err != nil || !byKey {
		return met, n, stopped, err
	}
	var from []any
	for {
		batch, next := 0, []any(nil)
		err = again(ctx, func() error {
			return s.transaction(ctx, false, func(c *call) error {
				c.known = known
				batch, next, err = c.eraseBatch(ctx, t, of, from)
				return err
			})
		})
		if err != nil {
			return n, n, nil, err
		}
		n, from = n+batch, next
		if stopped = of.Done(batch); stopped != nil || next == nil {
			return n, n, stopped, nil
		}
		if stopped = of.Stop(fromTheStart); stopped != nil {
			return n, n, stopped, nil
		}
	}
}

// dense is how many rows of a person a block must hold on average for the
// blocks to be gone through one after the other.
const dense = 4

// free is the condition that a row is the person's and no other refers to it.
func (c *call) free(ctx context.Context, q *statement, t *table, of systems.Selection) (string, error) {
	mine, err := c.mine(ctx, q, t, of)
	if err != nil || mine == "" {
		return "", err
	}
	shared, err := c.shared(ctx, q, t, t.name, fate{of: of})
	if err != nil {
		return "", err
	}
	holds, err := c.holds(ctx, q, t, t.name, true, fate{of: of})
	for _, bound := range append([]string{shared}, holds...) { // one by one, which a database plans best
		if bound != "" {
			mine += " AND NOT (" + bound + ")"
		}
	}
	return mine, err
}

// eraseLying deletes a person's rows where they lie: block after block where
// they lie close together, else one by one as they are met. A second connection
// deletes; as long as this one reads, no other row can come to lie where one of
// them lay.
func (c *call) eraseLying(ctx context.Context, l layer, t *table, of systems.Selection) (met, n int, stopped, err error) {
	q := c.statement()
	cond, err := c.free(ctx, q, t, of)
	if err != nil || cond == "" {
		return 0, 0, nil, err
	}
	// batch deletes what the statement of l says; last is true at the end.
	batch := func(last bool, text func(q *statement, cond string) string) error {
		erased := 0
		err := again(ctx, func() error {
			// One statement, and so a transaction by itself.
			other := &call{system: c.system, engine: c.engine, db: c.system.DB, known: c.known}
			q := other.statement()
			cond, err := other.free(ctx, q, t, of)
			if err != nil {
				return err
			}
			erased, err = other.affect(ctx, text(q, cond), q.args)
			return err
		})
		n += erased
		if err != nil {
			return err
		}
		if stopped = of.Done(erased); stopped == nil && !last {
			stopped = of.Stop(fromTheStart)
		}
		return stopped
	}
	first, end := 0, 0
	err = c.list(ctx, l.extent(t, cond), q.args, 3, func(v []string) error {
		var errs [3]error
		met, errs[0] = strconv.Atoi(v[0])
		first, errs[1] = strconv.Atoi(v[1])
		end, errs[2] = strconv.Atoi(v[2])
		return errors.Join(errs[:]...)
	})
	if err != nil || met == 0 {
		return met, 0, nil, err
	}
	if blocks := end - first + 1; met >= dense*blocks {
		step := max(1, blocks*c.system.page()/met)
		for at := first; at <= end && err == nil; at += step {
			err = batch(at+step > end, func(q *statement, cond string) string { return l.stretch(t, cond, at, at+step) })
		}
	} else {
		var spots []string
		erase := func(q *statement, cond string) string { return l.erase(q, t, cond, spots) }
		err = c.list(ctx, l.spots(t, cond), q.args, 1, func(v []string) error {
			if len(spots) == c.system.page() {
				if err := batch(false, erase); err != nil {
					return err
				}
				spots = spots[:0]
			}
			spots = append(spots, v[0])
			return nil
		})
		if err == nil && len(spots) > 0 {
			err = batch(true, erase)
		}
	}
	if stopped != nil {
		err = nil
	}
	return met, n, stopped, err
}

// eraseBatch gives where the next batch begins, nil after the last.
func (c *call) eraseBatch(ctx context.Context, t *table, of systems.Selection, from []any) (n int, next []any, err error) {
	// The key of the last row of this batch: what comes after it is not read,
	// and what lies before is not gone through again.
	q := c.statement()
	cond, err := c.free(ctx, q, t, of)
	if err != nil || cond == "" {
		return 0, nil, err
	}
	key := &table{h: t.h, name: t.name, columns: t.primary, primary: t.primary}
	_, err = c.read(ctx, newReader(key), c.engine.nth(key, all(cond, q.after(t, from)), c.system.page()), q.args, func(r *reader) error {
		next = r.keys()
		return nil
	})
	if err != nil {
		return 0, nil, err
	}
	q = c.statement()
	if cond, err = c.free(ctx, q, t, of); err != nil {
		return 0, nil, err
	}
	n, err = c.affect(ctx, "DELETE FROM "+t.name+" WHERE "+all(cond, q.after(t, from), q.upTo(t, next)), q.args)
	return n, next, err
}

// change carries out every other act.
func (s *System) change(ctx context.Context, h inventory.Holding, of systems.Selection, act systems.Act) (n int, stopped, err error) {
	return s.pass(ctx, h, of, act, false, map[string]*table{})
}

// pass goes through the rows once: it reads a page of rows and locks them,
// asks the act about each, and writes what came out, all in one transaction. A
// change rests on what was read (Change.Was), which the locks keep as it was.
// With free it erases the rows to which no others refer, and leaves all others.
func (s *System) pass(ctx context.Context, h inventory.Holding, of systems.Selection, act systems.Act, free bool, known map[string]*table) (n int, stopped, err error) {
	from := of.From
	for {
		rows, meant, next := 0, 0, ""
		err = again(ctx, func() error {
			return s.transaction(ctx, false, func(c *call) error {
				c.known = known
				rows, meant, next, err = c.changePage(ctx, h, of, act, free, from)
				return err
			})
		})
		if err != nil {
			return n, nil, err
		}
		n += meant
		if stopped = of.Done(meant); stopped != nil || rows < s.page() {
			return n, stopped, nil
		}
		from = next
		if stopped = of.Stop(from); stopped != nil {
			return n, stopped, nil
		}
	}
}

// writing is one change and the rows that it is made to.
type writing struct {
	change systems.Change
	rows   [][]any
}

// changePage gives how many rows it read, how many of them the act means, and
// the place of the last.
func (c *call) changePage(ctx context.Context, h inventory.Holding, of systems.Selection, act systems.Act, free bool, from string) (rows, meant int, next string, err error) {
	t, err := c.table(ctx, h)
	if err != nil {
		return 0, 0, "", err
	}
	after, err := readPlace(from, len(t.primary))
	if err != nil {
		return 0, 0, "", err
	}
	q := c.statement()
	read, err := c.told(ctx, q, t, of, act) // its arguments come first
	if err != nil {
		return 0, 0, "", err
	}
	cond, err := c.mine(ctx, q, t, of)
	if err != nil || cond == "" {
		return 0, 0, "", err
	}
	writings := map[string]*writing{}
	var order []*writing
	r := newReader(read)
	rows, err = c.read(ctx, r, c.engine.page(read, all(cond, q.after(t, after)), c.system.page(), true), q.args, func(r *reader) error {
		shared, held := r.told(sharedMark), r.told(heldMark)
		change := act.Of(h, r.row)
		switch {
		case shared && (act.Action != systems.Restrict || change.Erase), free && held:
			change = systems.Change{Other: true}
		case change.Erase && held:
			if act.Action == systems.Erase && !strips(h) {
				return systems.ErrReferenced
			}
			change = act.Spared(h, r.row)
		}
		if change.Other {
			return nil
		}
		meant++
		if change.None() {
			return nil
		}
		slices.Sort(change.Clear)
		same, err := json.Marshal([]any{change.Erase, change.Clear, change.Set})
		if err != nil {
			return systems.ErrUnreadable
		}
		w := writings[string(same)]
		if w == nil {
			w = &writing{change: change}
			writings[string(same)] = w
			order = append(order, w)
		}
		w.rows = append(w.rows, r.keys())
		return nil
	})
	if err != nil || rows == 0 {
		return 0, 0, "", err
	}
	for _, w := range order {
		for part := range slices.Chunk(w.rows, c.engine.together(t)) {
			if err := c.write(ctx, t, w.change, part); err != nil {
				return 0, 0, "", err
			}
		}
	}
	return rows, meant, r.place(), nil
}

// strips reports whether anonymising leaves anything out of a row of h.
func strips(h inventory.Holding) bool {
	return slices.ContainsFunc(h.Columns, func(c inventory.Column) bool { return c.Anonymise })
}

// The names under which a row tells whether it is somebody else's too, and
// whether rows refer to it; no column is called so.
const (
	sharedMark = "\x00shared"
	heldMark   = "\x00held"
)

// told is t with what an act that may erase must know of each row besides.
func (c *call) told(ctx context.Context, q *statement, t *table, of systems.Selection, act systems.Act) (*table, error) {
	erases, strips := false, false
	switch act.Action {
	case systems.Erase, systems.Expire:
		erases = true
	case systems.Anonymise:
		strips = true
	case systems.Keep, systems.Restrict:
		erases, strips = act.Before != "" && t.h.End != "", act.Action == systems.Keep
	}
	more := *t
	more.columns = slices.Clone(t.columns)
	tell := func(mark, cond string, err error) error {
		if err == nil && cond != "" {
			more.columns = append(more.columns, column{name: mark, quoted: "(CASE WHEN " + cond + " THEN 1 ELSE 0 END)", kind: truth})
		}
		return err
	}
	if erases || strips {
		cond, err := c.shared(ctx, q, t, t.name, fate{of: of})
		if err := tell(sharedMark, cond, err); err != nil {
			return nil, err
		}
	}
	if erases {
		cond, err := c.held(ctx, q, t, t.name, true, fate{of: of})
		if err := tell(heldMark, cond, err); err != nil {
			return nil, err
		}
	}
	return &more, nil
}

// write makes one change to rows of t.
func (c *call) write(ctx context.Context, t *table, change systems.Change, rows [][]any) error {
	q := c.statement()
	text := "DELETE FROM " + t.name
	if !change.Erase {
		sets := make([]string, 0, len(change.Clear)+len(change.Set))
		for _, name := range change.Clear {
			if col := t.col(name); col.quoted != "" {
				sets = append(sets, col.quoted+" = NULL")
			}
		}
		for _, name := range slices.Sorted(maps.Keys(change.Set)) {
			col := t.col(name)
			if col.quoted == "" {
				return fmt.Errorf("column %s of %s is not there: %w", name, t.h.In(), systems.ErrSchema)
			}
			v, err := writable(change.Set[name])
			if all, ok := change.Set[name].([]any); ok && col.kind == list {
				v, err = writeList(all)
			}
			if err != nil {
				return err
			}
			sets = append(sets, col.quoted+" = "+q.arg(v))
		}
		text = "UPDATE " + t.name + " SET " + strings.Join(sets, ", ")
	}
	n, err := c.affect(ctx, text+" WHERE "+q.among(t, rows), q.args)
	if err == nil && n != len(rows) {
		// They are locked: only a rule of the database itself can hold them back.
		err = fmt.Errorf("%d of %d rows took the change: %w", n, len(rows), systems.ErrChanged)
	}
	return err
}

// writable is a value as a driver takes it: a database reads numbers and dates
// from text.
func writable(v any) (any, error) {
	switch v := v.(type) {
	case nil, string, bool:
		return v, nil
	case json.Number:
		return v.String(), nil
	case map[string]any, []any:
		b, err := json.Marshal(v)
		if err != nil {
			return nil, systems.ErrUnreadable
		}
		return string(b), nil
	}
	return nil, errors.New("a change to a value that no database holds")
}
