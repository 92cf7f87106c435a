package casework

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Instruct waits for the client's recorded instruction. Nothing of a debtor is
// decided, given, changed or erased without it (R-25, invariant 1).
func (c *Cases) Instruct(ctx context.Context, in Input) (Output, error) {
	client, err := c.clientOf(ctx, in)
	if err != nil {
		return Output{}, fmt.Errorf("instruct: %w", err)
	}
	if err := c.haltBeforeStep(ctx, in, client); err != nil {
		return Output{}, fmt.Errorf("instruct: %w", err)
	}
	return c.waits(ctx, in, "Instruct", func(ch *change, l *request.Leg) error {
		if ch.Delegated != nil && l.Phase == request.Forwarded && len(l.Flags) == 0 {
			if err := ch.instructed(l); err != nil { // it came with the request (decision 21)
				return err
			}
			ch.haltInstruction(l, client)
		}
		return nil
	},
		func(ch *change, l *request.Leg) time.Time { return ch.chaseTimer(l, client) })
}

// clientOf finds the client of a leg; none for a leg that has none.
func (c *Cases) clientOf(ctx context.Context, in Input) (register.Client, error) {
	r, err := c.Store.Load(ctx, in.RequestID)
	if err != nil {
		return register.Client{}, fmt.Errorf("load request %s: %w", in.RequestID, err)
	}
	l := r.Leg(in.LegID)
	if l == nil || l.Client == "" {
		return register.Client{}, nil
	}
	client, err := c.Registers.Client(ctx, l.Client)
	if err != nil {
		return register.Client{}, fmt.Errorf("client %s of request %s: %w", l.Client, r.ID, err)
	}
	return client, nil
}

// recall is how many working days after a call a client that still is silent is
// called again.
const recall = 5

// chaseTimer is the next rung of the chase ladder: two reminders at five and ten
// working days or the client's own, then a person calls, and calls again.
// Of a client that was gone the days before that are over, and those that were
// left count from its return.
func (ch *change) chaseTimer(l *request.Leg, client register.Client) time.Time {
	c, from := ch.cases, chasedFrom(l)
	if client.State != "" {
		return c.workdays(ch.now, recall) // should nobody have said that it is back
	}
	first, second := client.RemindAfter()
	if rungs := []int{0, first, second, second + 1}; l.Reminded < 3 {
		if l.Back.At.Before(from) {
			return c.workdays(from, rungs[l.Reminded+1])
		}
		return c.workdays(l.Back.At, rungs[l.Reminded+1]-rungs[min(l.Back.Reminded, 3)])
	}
	for _, t := range slices.Backward(ch.Tasks) {
		switch {
		case t.Kind != "chase-client" || t.Leg != l.ID:
		case t.Open():
			return noTimer
		default:
			return c.workdays(later(t.Done, l.Back.At), recall)
		}
	}
	return noTimer
}
