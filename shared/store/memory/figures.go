package memory

import (
	"context"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/figures"
	"github.com/allclaims/rightsdesk/shared/store"
)

// FiguresOf is casework.Months's.
func (s *Store) FiguresOf(ctx context.Context, month string, page store.Page) (out []figures.Record, next string, err error) {
	err = s.do(ctx, "FiguresOf", month, func() error {
		for _, f := range s.figures {
			if f.Month == month && string(f.Request) > page.After {
				f.Legs = slices.Clone(f.Legs)
				out = append(out, f)
			}
		}
		slices.SortFunc(out, func(a, b figures.Record) int { return strings.Compare(string(a.Request), string(b.Request)) })
		if n := limit(page); len(out) > n {
			out = out[:n]
			next = string(out[n-1].Request)
		}
		return nil
	})
	return out, next, err
}
