package casework

import (
	"context"
	"errors"
	"fmt"

	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// scope lists the holdings that a leg is about: a processor leg its client's
// files, a controller leg everything All Claims holds for that relation.
func (c *Cases) scope(l *request.Leg) []inventory.Place {
	return c.Systems.Inventory().HoldingsFor(l.Relation, l.DataRole())
}

// holdsForItself reports whether All Claims holds data of this debtor for its
// own purposes: only then the own-controller leg is opened.
func (c *Cases) holdsForItself(ctx context.Context, cand request.Candidate) (bool, error) {
	held := false
	for _, p := range c.Systems.Inventory().HoldingsFor(request.Debtor, request.Controller) {
		sys, err := c.reached().System(p.System.ID)
		if err != nil {
			return false, fmt.Errorf("reach system %s: %w", p.System.ID, err)
		}
		err = sys.Collect(ctx, *p.Holding, systems.Of(cand.Keys, ""), func(systems.Row) error { held = true; return nil })
		if errors.Is(err, systems.ErrByHand) {
			held, err = true, nil // an officer looks there before anybody says that nothing is held
		}
		if err != nil {
			return false, fmt.Errorf("look in %s: %w", p.ID(), err)
		}
	}
	return held, nil
}

// subject is who an erasure is about.
func (c *Cases) subject(r *request.Request, l *request.Leg) erasure.Subject {
	return erasure.Subject{
		Request: r.ID, Leg: l.ID, Right: l.Right, Received: r.Received, Relation: l.Relation, Role: l.DataRole(), Client: l.Client, Today: day(c.Now()), Keys: keysOf(r, l),
	}
}

// keysOf are the keys by which the leg's person is searched: those of the
// candidate, and those to which they led.
func keysOf(r *request.Request, l *request.Leg) systems.Keys {
	cand := r.Candidate(l.Candidate)
	if cand == nil {
		return nil
	}
	return systems.Keys(cand.Keys).And(l.Keys)
}

// needs is the level of proof that a leg needs: right × data (I-3). It is
// computed and cannot be edited (A12).
func (c *Cases) needs(l *request.Leg) request.Level {
	low := true
	for _, h := range c.scope(l) {
		low = low && h.Holding.LowRisk
	}
	return identity.Needed(l.Right, low)
}
