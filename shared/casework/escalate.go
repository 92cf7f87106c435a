package casework

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Escalate records that a leg (or the request) is stuck with an error code: a
// task for an officer, and another try by wake in an hour. Where a system does
// not answer, wake tries again soon and then ever less often, and all that wait
// for that system make one task. A processor that has the request and answers
// in days is looked at again on its day; only when it is late is there a task.
func (c *Cases) Escalate(ctx context.Context, in Input) (Output, error) {
	news, err := c.unheard(ctx, in)
	if err != nil {
		return Output{}, fmt.Errorf("escalate: %w", err)
	}
	next := "stuck"
	_, err = c.change(ctx, in.RequestID, func(ch *change) error {
		next = "stuck"
		outages := ch.Outages
		l := ch.Leg(in.LegID)
		if l != nil && in.System == string(request.SystemsMissing) && c.onlyByHand(l) {
			// Nothing failed: the officers' answer starts the leg again.
			next = "waits"
			l.Wait, l.WakeAt = request.Wait{}, noTimer
			ch.done("stuck", l.ID, system("escalate"))
			return nil
		}
		if l != nil && in.System == string(request.NoInstruction) && (l.Halted || over(l) ||
			len(l.Flags) > 0 && (l.Phase == request.Forwarded || l.Phase == request.Instructed)) {
			next = "waits"
			return errNothing // it stands no more under the step's hands: an officer or another execution goes on
		}
		if l != nil {
			if l.Phase == request.Closed && !l.Restriction.Lifting {
				return errNothing
			}
			outages = l.Outages
			l.Wait, l.WakeAt = request.Wait{}, ch.now.Add(retry)
			l.Attempts++
			if len(outages) > 0 {
				l.WakeAt = nextTry(ch.Request, l.ID, outages, ch.now)
			}
		} else {
			ch.Wait, ch.WakeAt = request.Wait{}, ch.now.Add(retry)
			ch.Attempts++
			if len(outages) > 0 {
				ch.WakeAt = nextTry(ch.Request, "", outages, ch.now)
			}
		}
		if len(outages) == 0 {
			ch.task("stuck", in.LegID, "officer", "", in.System)
		}
		for _, o := range news {
			switch {
			case !slices.ContainsFunc(outages, func(x request.Outage) bool { return x.System == o.System && x.Code == o.Code }):
			case o.Code != request.SystemChanged:
				ch.task("system", in.LegID, "officer", "", o.System)
			default:
				ch.task("schema", in.LegID, "administrator", "", strings.TrimSuffix(o.System+"/"+o.Holding, "/"))
			}
		}
		action := "stuck"
		if allAsked(outages, ch.now) {
			action = "awaited"
		}
		ch.line(system("escalate"), action, in.LegID, in.System, nil)
		return nil
	})
	if err != nil {
		return Output{}, fmt.Errorf("escalate: %w", err)
	}
	return Output{RequestID: in.RequestID, LegID: in.LegID, Next: next}, nil
}
