package database

import (
	"context"
	"fmt"
	"slices"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// Walk implements systems.Walker: the table in the order of its primary key,
// each page in a transaction of its own, so that no snapshot stands for as long
// as a whole table takes.
func (s *System) Walk(ctx context.Context, h inventory.Holding, from string, page func([]systems.Row, string) error) error {
	for {
		var rows []systems.Row
		next := ""
		err := s.snapshot(ctx, func(c *call) error {
			whole, err := c.table(ctx, h)
			if err != nil {
				return err
			}
			t := keysOf(whole)
			after, err := readPlace(from, len(t.primary))
			if err != nil {
				return err
			}
			q := c.statement()
			cond := all(append(q.narrow(whole, ""), q.after(t, after))...)
			if cond == "" {
				cond = everybody
			}
			r := newReader(t)
			n, err := c.read(ctx, r, c.engine.page(t, cond, s.page(), false), q.args, func(r *reader) error {
				rows = append(rows, r.take())
				return nil
			})
			if err == nil && n == s.page() {
				next = r.place()
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("walk holding %s/%s: %w", s.Declared.ID, h.ID, err)
		}
		if err := page(rows, next); err != nil || next == "" {
			return err
		}
		from = next
	}
}

// everybody is a condition that every row meets.
const everybody = "1 = 1"

// keysOf is t with the columns alone that tell whose a row is, and which.
func keysOf(t *table) *table {
	keys := *t
	keys.columns = slices.DeleteFunc(slices.Clone(t.columns), func(c column) bool {
		return c.kind == empties || !slices.Contains(t.h.Primary, c.name) && t.h.KeyKind(c.name) == "" && t.h.Where[c.name] == ""
	})
	return &keys
}
