package casework

import (
	"context"
	"fmt"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Triage lets a sure reading pass and parks an unsure one until an officer has
// read it; the clock runs on (C-6).
func (c *Cases) Triage(ctx context.Context, in Input) (Output, error) {
	var next string
	_, err := c.change(ctx, in.RequestID, func(ch *change) error {
		next = ""
		switch {
		case ch.Stage == request.Done:
			next = "closed"
			return errNothing
		case ch.Stage == request.Triaged || ch.Stage == request.Identified:
			next = "identify"
			return errNothing
		case ch.Understood.Sure:
			next = "identify"
			ch.Stage = request.Triaged
			ch.Wait = request.Wait{}
			ch.WakeAt = ch.now.Add(c.Waits.Step)
			ch.line(system("triage"), "triaged", "", ch.Understood.Rule, nil)
			return nil
		}
		ch.task("triage", "", "officer", "", "")
		ch.Wait = request.Wait{State: "Triage", Token: in.Token, Since: ch.now}
		ch.WakeAt = noTimer
		return nil
	})
	if err != nil {
		return Output{}, fmt.Errorf("triage: %w", err)
	}
	return c.settle(ctx, in, Output{RequestID: in.RequestID, Next: next})
}
