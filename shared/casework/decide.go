package casework

import (
	"context"
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Decide takes the decision itself where the law leaves nothing to weigh and
// waits for an officer, and for a second one, everywhere else (D-4).
func (c *Cases) Decide(ctx context.Context, in Input) (Output, error) {
	return c.waits(ctx, in, "Decide", func(ch *change, l *request.Leg) error {
		switch l.Phase {
		case request.Proven, request.Prepared:
		case request.Deciding:
			ch.task("decide", l.ID, "officer", "", "")
			return nil
		default:
			return nil
		}
		if l.Right.Discloses() && l.Role == request.Controller {
			if err := c.complete(l); err != nil {
				return err
			}
		}
		if outcome, ok := c.nothingToWeigh(ch.Request, l); ok {
			l.Outcome = outcome
			l.Decision = request.Decision{Outcome: outcome, At: ch.now, Automatic: true, By: system("decide")}
			return ch.advance(l, request.DecisionMade, system("decide"), string(outcome), nil)
		}
		ch.task("decide", l.ID, "officer", "", "")
		return ch.advance(l, request.DecisionNeeded, system("decide"), "", nil)
	}, func(*change, *request.Leg) time.Time { return noTimer })
}

// nothingToWeigh reports the outcome that the law leaves no choice about:
// nothing is held, or access of a proven person to data with nothing of others
// in it, unless policy has a person look at every package first. A missing system is a fault, never a no (F18).
func (c *Cases) nothingToWeigh(r *request.Request, l *request.Leg) (request.Outcome, bool) {
	if !l.Right.Discloses() || l.Role != request.Controller {
		return "", false
	}
	rows := 0
	for _, rec := range l.Receipts {
		rows += rec.Count
	}
	switch {
	case len(l.Review) > 0:
		return "", false
	case l.Candidate == "" || rows == 0:
		return request.NothingHeld, true
	case l.Has >= l.Needs && !c.LookAlways:
		return request.Granted, true
	}
	return "", false
}
