package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/allclaims/rightsdesk/shared/disclosure"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// Collect copies what one system holds of the subject into the work vault, by
// the column rules, and records a receipt per holding. Once its receipts
// stand it does nothing. When its time runs out before the system
// does, it records what it has and says "more": the next turn goes on there.
func (c *Cases) Collect(ctx context.Context, in Input) (Output, error) {
	out := Output{RequestID: in.RequestID, LegID: in.LegID, Next: "collected"}
	r, l, err := c.load(ctx, in, "collect")
	if err != nil {
		return Output{}, err
	}
	read := l.Instruction
	if err := inForce(r, l, read); err != nil {
		return Output{}, fmt.Errorf("collect: %w", err)
	}
	if request.Finished(l.Receipts, in.System) || collectedAndPast(l) {
		return out, nil
	}
	job := disclosure.Job{
		Request: r.ID, Leg: l.ID, Received: r.Received, System: in.System, Relation: l.Relation, Role: l.DataRole(), Right: l.Right,
		Client: l.Client, Keys: keysOf(r, l), Done: l.Receipts, Enough: func() bool { return c.enough(ctx) },
	}
	var from systems.Registry = c.reached()
	if c.manual(in.System) {
		var todo []request.ByHand
		for _, p := range c.places(l, in.System) {
			todo = append(todo, request.ByHand{System: in.System, Holding: p.Holding.ID, Action: collectByHand})
		}
		waits, err := c.waitsByHand(ctx, in, read, todo)
		if err != nil {
			return Output{}, fmt.Errorf("collect: %w", err)
		}
		if waits {
			return out, nil // its receipts stay missing until the officer answered
		}
		from = papers{c.Systems, c, r, l, in.System}
	}
	asking, cancel := patience(ctx)
	defer cancel()
	res, err := disclosure.Collector{Systems: from, Sink: c.Work, Now: c.Now}.Collect(asking, job)
	if err != nil && errors.Is(err, systems.ErrChanged) {
		err = errors.Join(err, c.beginAgain(ctx, in, l))
	}
	if err != nil {
		return Output{}, fmt.Errorf("collect: request %s leg %s: %w", r.ID, l.ID, c.failing(ctx, in, err))
	}
	for i := range res.Receipts {
		if b := byHandItem(l, in.System, res.Receipts[i].Holding, collectByHand); b != nil {
			res.Receipts[i].By, res.Receipts[i].At = b.DoneBy, b.Done
		}
	}
	if res.More {
		out.Next = "more"
	}
	before := len(of(l.Receipts, in.System))
	_, err = c.change(ctx, in.RequestID, func(ch *change) error {
		l, err := ch.leg(in.LegID)
		if err != nil {
			return err
		}
		if len(of(l.Receipts, in.System)) != before || collectedAndPast(l) {
			return errNothing // another run of this turn was first: its parts are the same
		}
		if err := inForce(ch.Request, l, read); err != nil {
			return err
		}
		l.Receipts = append(l.Receipts, res.Receipts...)
		ch.answers(l, in.System)
		for _, place := range res.Review {
			if !slices.Contains(l.Review, place) {
				l.Review = append(l.Review, place)
			}
		}
		ch.line(system("collect"), "executed", l.ID, in.System, counts(res.Receipts))
		ch.running(l)
		return nil
	})
	if err != nil {
		return Output{}, fmt.Errorf("collect: %w", err)
	}
	return out, nil
}

// collectedAndPast reports whether the leg has gone on since it was collected.
func collectedAndPast(l *request.Leg) bool {
	if l.Role == request.Processor {
		return l.Past(request.Executed)
	}
	return l.Past(request.Prepared)
}

// beginAgain drops what earlier turns took from a system whose places to go on
// hold no more, as when a mailbox got new numbers: the next try reads it whole.
func (c *Cases) beginAgain(ctx context.Context, in Input, was *request.Leg) error {
	_, err := c.change(ctx, in.RequestID, func(ch *change) error {
		l, err := ch.leg(in.LegID)
		if err != nil {
			return err
		}
		n := len(of(l.Receipts, in.System))
		if n == 0 || n != len(of(was.Receipts, in.System)) || request.Finished(l.Receipts, in.System) || collectedAndPast(l) {
			return errNothing
		}
		l.Receipts = slices.DeleteFunc(l.Receipts, func(r request.Receipt) bool { return r.System == in.System })
		ch.line(system("collect"), "begun-again", l.ID, in.System, nil)
		return nil
	})
	return err
}

// of are the receipts of one system.
func of(receipts []request.Receipt, system string) []request.Receipt {
	return slices.DeleteFunc(slices.Clone(receipts), func(r request.Receipt) bool { return r.System != system })
}

// handOver is what is left of a step's time when it stops and lets the next
// turn go on: enough to close a part and to save where it stopped.
const handOver = time.Minute

// patience is how long a step waits for a system: it keeps what it takes to
// write down that the system was too slow.
func patience(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, end.Add(-handOver/2))
}

// enough reports whether a step that works in turns must end this one.
func (c *Cases) enough(ctx context.Context) bool {
	if c.Enough != nil {
		return c.Enough()
	}
	end, ok := ctx.Deadline()
	return ok && time.Until(end) < handOver
}

// load reads a request and one of its legs for a step.
func (c *Cases) load(ctx context.Context, in Input, step string) (*request.Request, *request.Leg, error) {
	r, err := c.Store.Load(ctx, in.RequestID)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: load request %s: %w", step, in.RequestID, err)
	}
	l := r.Leg(in.LegID)
	if l == nil {
		return nil, nil, request.Fault(request.NotFound, string(in.RequestID)+"/"+in.LegID, "%s", step)
	}
	return r, l, nil
}
