package database

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// fromTheStart is where an erasure goes on: what it erased is not there to be passed over.
const fromTheStart = "[]"

// erase deletes a person's rows, a batch a transaction. stopped is the end that
// somebody asked for, err a fault of the database.
func (s *System) erase(ctx context.Context, h inventory.Holding, of systems.Selection, _ systems.Act) (n int, stopped, err error) {
	for {
		batch := 0
		err = again(ctx, func() error {
			return s.transaction(ctx, false, func(c *call) error {
				t, err := c.table(ctx, h)
				if err != nil {
					return err
				}
				if batch, err = c.eraseBatch(ctx, t, of); err != nil {
					return err
				}
				return nil
			})
		})
		if err != nil {
			return n, nil, err
		}
		n += batch
		if stopped = of.Done(batch); stopped != nil || batch < s.batch() {
			return n, stopped, nil
		}
		if stopped = of.Stop(fromTheStart); stopped != nil {
			return n, stopped, nil
		}
	}
}

func (c *call) eraseBatch(ctx context.Context, t *table, of systems.Selection) (int, error) {
	if l, ok := c.engine.(looker); ok {
		var err error
		if t.view, err = l.view(ctx, c, t); err != nil {
			return 0, err
		}
	}
	q := c.statement()
	nothing := false
	text, err := c.engine.erase(t, c.system.batch(), func() (string, error) {
		cond, err := c.mine(ctx, q, t, of)
		nothing = cond == ""
		return cond, err
	})
	if err != nil || nothing {
		return 0, err
	}
	return c.affect(ctx, text, q.args)
}

// change carries out every other act: it reads a page of rows and locks them,
// asks the act about each, and writes what came out, all in one transaction. A
// change rests on what was read (Change.Was), which the locks keep as it was.
func (s *System) change(ctx context.Context, h inventory.Holding, of systems.Selection, act systems.Act) (n int, stopped, err error) {
	from := of.From
	for {
		rows, meant, next := 0, 0, ""
		err = again(ctx, func() error {
			return s.transaction(ctx, false, func(c *call) error {
				rows, meant, next, err = c.changePage(ctx, h, of, act, from)
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
func (c *call) changePage(ctx context.Context, h inventory.Holding, of systems.Selection, act systems.Act, from string) (rows, meant int, next string, err error) {
	t, err := c.table(ctx, h)
	if err != nil {
		return 0, 0, "", err
	}
	after, err := readPlace(from, len(t.primary))
	if err != nil {
		return 0, 0, "", err
	}
	q := c.statement()
	cond, err := c.mine(ctx, q, t, of)
	if err != nil || cond == "" {
		return 0, 0, "", err
	}
	writings := map[string]*writing{}
	var order []*writing
	r := newReader(t)
	rows, err = c.read(ctx, r, c.engine.page(t, all(cond, q.after(t, after)), c.system.page(), true), q.args, func(r *reader) error {
		change := act.Of(h, r.row)
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
