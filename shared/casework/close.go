package casework

import (
	"context"
	"fmt"
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Close ends a leg, and with its last leg the request.
func (c *Cases) Close(ctx context.Context, in Input) (Output, error) {
	_, l, err := c.load(ctx, in, "close")
	if err != nil {
		return Output{}, err
	}
	if l.Right.Discloses() && l.Phase != request.Closed {
		// What was collected has served: the package, if any, is sealed. Also
		// without a receipt: it may have been withdrawn while parts came in.
		if err := c.sweep(ctx, c.Work, string(in.RequestID)+"/"+in.LegID+"/", c.Now().Add(time.Minute)); err != nil {
			return Output{}, fmt.Errorf("close: request %s leg %s: %w", in.RequestID, in.LegID, err)
		}
	}
	_, err = c.change(ctx, in.RequestID, func(ch *change) error {
		l, err := ch.leg(in.LegID)
		if err != nil {
			return err
		}
		if l.Phase == request.Closed {
			if l.Restriction.Lifting || l.WakeAt.Equal(c.restTimer(l)) {
				return errNothing
			}
			l.Wait, l.WakeAt = request.Wait{}, c.restTimer(l) // it walked once more, to end a restriction
			return nil
		}
		if err := ch.advance(l, request.WasClosed, system("close"), string(l.Outcome), nil); err != nil {
			return err
		}
		l.Wait, l.WakeAt = request.Wait{}, c.restTimer(l)
		ch.finishRequest()
		return nil
	})
	if err != nil {
		return Output{}, fmt.Errorf("close: %w", err)
	}
	return Output{RequestID: in.RequestID, LegID: in.LegID, Next: "closed"}, nil
}

// finishRequest closes the request when nothing of it is open.
func (ch *change) finishRequest() {
	if ch.Stage == request.Done || !ch.Closed() {
		return
	}
	ch.Stage = request.Done
	ch.ClosedAt = ch.now
	ch.WakeAt = noTimer
	for _, kind := range []string{"apologise", "ask-again", "deadline", "approve-extension", "mandate"} {
		ch.done(kind, "", system("close")) // what was to be done in time is done, and nobody waits for the authority to be judged
	}
	ch.line(system("close"), "closed", "", "", map[string]string{"safeDue": string(ch.SafeDue)})
}
