package casework

import (
	"context"
	"fmt"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Escalate records that a leg (or the request) is stuck with an error code: a
// task for an officer, and another try by wake in an hour.
func (c *Cases) Escalate(ctx context.Context, in Input) (Output, error) {
	next := "stuck"
	_, err := c.change(ctx, in.RequestID, func(ch *change) error {
		next = "stuck"
		l := ch.Leg(in.LegID)
		if l != nil && in.System == string(request.SystemsMissing) && c.onlyByHand(l) {
			// Nothing failed: the officers' answer starts the leg again.
			next = "waits"
			l.Wait, l.WakeAt = request.Wait{}, noTimer
			ch.done("stuck", l.ID, system("escalate"))
			return nil
		}
		if l != nil {
			if l.Phase == request.Closed && !l.Restriction.Lifting {
				return errNothing
			}
			l.Wait, l.WakeAt = request.Wait{}, ch.now.Add(retry)
			l.Attempts++
		} else {
			ch.Wait, ch.WakeAt = request.Wait{}, ch.now.Add(retry)
			ch.Attempts++
		}
		ch.task("stuck", in.LegID, "officer", "", in.System)
		ch.line(system("escalate"), "stuck", in.LegID, in.System, nil)
		return nil
	})
	if err != nil {
		return Output{}, fmt.Errorf("escalate: %w", err)
	}
	return Output{RequestID: in.RequestID, LegID: in.LegID, Next: next}, nil
}
