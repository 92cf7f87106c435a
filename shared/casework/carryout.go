package casework

import (
	"context"
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
)

// CarryOut waits until an officer has carried out by hand what the client
// instructed, for the rights that no connector can do.
func (c *Cases) CarryOut(ctx context.Context, in Input) (Output, error) {
	return c.waits(ctx, in, "CarryOut", func(ch *change, l *request.Leg) error {
		if l.Phase == request.Instructed {
			ch.task("carry-out", l.ID, "officer", "", "")
		}
		return nil
	}, func(*change, *request.Leg) time.Time { return noTimer })
}
