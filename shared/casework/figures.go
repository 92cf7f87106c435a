package casework

import (
	"context"
	"fmt"

	"github.com/allclaims/rightsdesk/shared/figures"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// Figures adds up a month of receipt, YYYY-MM: counts, days and ids of
// clients, nothing of a person (D-6). Everybody who works at the desk may read
// them. InputRefused: it is no month.
func (c *Cases) Figures(ctx context.Context, a Actor, month string) (figures.Month, error) {
	if a.ID == "" || len(a.Roles) == 0 {
		return figures.Month{}, request.Fault(request.Forbidden, month, "read the figures")
	}
	if !figures.Valid(month) {
		return figures.Month{}, request.Fault(request.InputRefused, "month", "read the figures of a month")
	}
	var all []figures.Record
	for page := (store.Page{Limit: store.MaxPage}); ; {
		some, next, err := c.Months.FiguresOf(ctx, month, page)
		if err != nil {
			return figures.Month{}, fmt.Errorf("figures of %s: %w", month, err)
		}
		all = append(all, some...)
		if page.After = next; next == "" {
			return figures.Sum(month, all), nil
		}
	}
}
