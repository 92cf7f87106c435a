package database

import (
	"context"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// All reads every row of the table that h stands in, whosever it is.
func (s *System) All(ctx context.Context, h inventory.Holding) (all []systems.Row, err error) {
	err = s.snapshot(ctx, func(c *call) error {
		t, err := c.table(ctx, h)
		if err != nil {
			return err
		}
		_, err = c.read(ctx, newReader(t), ordered(c.engine, t, "1 = 1"), nil, func(r *reader) error {
			all = append(all, r.take())
			return nil
		})
		return err
	})
	return all, err
}
