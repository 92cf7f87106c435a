package casework

import (
	"context"
	"slices"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Notify tells every recipient that the inventory names for the touched
// holdings (Art. 19, R-14). A right that changes nothing tells nobody.
func (c *Cases) Notify(ctx context.Context, in Input) (Output, error) {
	return c.step(ctx, in, "notify", request.RecipientsTold, "answer", func(ch *change, l *request.Leg) error {
		if l.Right == request.Erasure {
			if err := c.erasedAll(l); err != nil {
				return err
			}
			if keeps(l.Carried()) {
				l.Outcome = request.Partial
			}
		}
		if l.Phase == request.Held {
			if amends(l.Right) {
				// A definition of before Amend leads here: nobody is told of what was not done.
				return request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+l.ID, "tell of %s that was not carried out", l.Right)
			}
			// Every system has its receipt.
			if err := ch.advance(l, request.WasActed, l.Decision.By, "", nil); err != nil {
				return err
			}
		}
		c.tell(ch, l)
		return ch.advance(l, request.ToldRecipients, system("notify"), "", nil)
	})
}

// keeps reports whether a plan leaves anything of the person: then the answer is
// a yes in part (E-5).
func keeps(plan []request.PlanLine) bool {
	return onGround(plan) || slices.ContainsFunc(plan, func(p request.PlanLine) bool { return p.Shared > 0 })
}

// onGround reports whether a plan leaves anything because a law or a claim wants it.
func onGround(plan []request.PlanLine) bool {
	return slices.ContainsFunc(plan, func(p request.PlanLine) bool {
		return p.Action == request.RestrictAction || p.Action == request.KeepAction
	})
}
