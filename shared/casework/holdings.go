package casework

import (
	"context"
	"fmt"

	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// holding is one holding with the system it stands in.
type holding struct {
	inventory.Holding
	System string
}

// scope lists the holdings that a leg is about: a processor leg its client's
// files, a controller leg everything All Claims decides about.
func (c *Cases) scope(l *request.Leg) []holding {
	var hs []holding
	for _, s := range c.Systems.Inventory().Systems {
		for _, h := range s.Holdings {
			if h.Role == l.Role || l.Relation == request.Debtor && l.Client != "" && h.Client != "" {
				hs = append(hs, holding{Holding: h, System: s.ID})
			}
		}
	}
	return hs
}

// count tells how many records each holding that passes has of a candidate.
func (c *Cases) count(ctx context.Context, cand request.Candidate, client string, passes func(holding) bool) ([]request.Receipt, error) {
	var out []request.Receipt
	for _, s := range c.Systems.Inventory().Systems {
		for _, h := range s.Holdings {
			if !passes(holding{Holding: h, System: s.ID}) {
				continue
			}
			sys, err := c.Systems.System(s.ID)
			if err != nil {
				return nil, fmt.Errorf("reach system %s: %w", s.ID, err)
			}
			n := 0
			if err := sys.Collect(ctx, h, cand.Keys, client, func(systems.Row) error { n++; return nil }); err != nil {
				return nil, fmt.Errorf("count %s/%s: %w", s.ID, h.ID, err)
			}
			out = append(out, request.Receipt{System: s.ID, Holding: h.ID, Action: "counted", Count: n})
		}
	}
	return out, nil
}

// needs is the level of proof that a leg needs: right × data (I-3). It is
// computed and cannot be edited (A12).
func (c *Cases) needs(l *request.Leg) request.Level {
	low := true
	for _, h := range c.scope(l) {
		low = low && h.LowRisk
	}
	return identity.Needed(l.Right, low)
}
