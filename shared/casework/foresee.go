package casework

import (
	"fmt"

	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Fate is what an erasure does to what a holding has of the subject, so that a
// client knows before it instructs which part must stay, why and until when.
type Fate struct {
	// Action is erase, anonymise, restrict or keep; "" when no erasure was
	// asked, or when nothing is held.
	Action string
	// Until is the last day of what stays. AtLeast is true where the file is
	// open: its period has not begun.
	Until   request.Day
	AtLeast bool
	// Over counts the rows that go all the same, because their own period is over.
	Over int
	// Law is the ground of what stays. Period spells its period out where nobody
	// could count, so that no day is known; "" = it may go.
	Law, Period string
}

// foresee says what an erasure would do to each holding of held, or, once it is
// planned, what the plan does. stocks are what could be counted, nil where it
// could not.
func (c *Cases) foresee(r *request.Request, l *request.Leg, held []Held, stocks []*erasure.Stock, lang request.Language) error {
	inv, places := c.Systems.Inventory(), c.scope(l)
	var known []erasure.Stock
	for i, p := range places {
		st := erasure.Stock{System: p.System.ID, Holding: p.Holding.ID}
		if stocks[i] != nil {
			st = *stocks[i]
		}
		known = append(known, st)
	}
	plan := l.Carried()
	if len(plan) == 0 {
		var err error
		if plan, err = erasure.Plan(inv, c.subject(r, l), known, nil); err != nil {
			return fmt.Errorf("foresee the erasure of request %s leg %s: %w", r.ID, l.ID, err)
		}
	}
	for i, p := range places {
		keeps := inv.Retention[p.Holding.Retention]
		if stocks[i] == nil && len(l.Plan) == 0 {
			held[i].Fate.Action = request.EraseAction
			if keeps.OnErasure != inventory.OnErasureErase {
				held[i].Fate = Fate{Action: request.KeepAction, Law: keeps.Source.In(lang), Period: keeps.Text.In(lang)}
			}
		}
		for _, line := range plan {
			if line.System != p.System.ID || line.Holding != p.Holding.ID {
				continue
			}
			f := Fate{Action: line.Action, Until: line.Until, Over: line.Over}
			if f.Until != "" {
				f.Law, f.AtLeast = keeps.Source.In(lang), known[i].Open > 0
			}
			held[i].Fate = f
		}
	}
	return nil
}
