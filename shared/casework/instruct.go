package casework

import (
	"context"
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Instruct waits for the client's recorded instruction. Nothing of a debtor is
// decided, given, changed or erased without it (R-25, invariant 1).
func (c *Cases) Instruct(ctx context.Context, in Input) (Output, error) {
	return c.waits(ctx, in, "Instruct", func(ch *change, l *request.Leg) error {
		if ch.Delegated != nil && l.Phase == request.Forwarded {
			return ch.instructed(l) // it came with the request (decision 21)
		}
		return nil
	},
		func(_ *change, l *request.Leg) time.Time { return c.chaseTimer(l) })
}

// chaseTimer is the next rung of the chase ladder: reminders at five and ten
// working days, then a person.
func (c *Cases) chaseTimer(l *request.Leg) time.Time {
	switch l.Reminded {
	case 0:
		return c.workdays(l.ForwardedAt, 5)
	case 1:
		return c.workdays(l.ForwardedAt, 10)
	case 2:
		return c.workdays(l.ForwardedAt, 11)
	}
	return noTimer
}
