package casework

import (
	"context"
	"fmt"
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Prove waits until the subject has shown who they are, as far as right and
// data need it (I-3). What needs no proof passes at once.
func (c *Cases) Prove(ctx context.Context, in Input) (Output, error) {
	return c.waits(ctx, in, "Prove", func(ch *change, l *request.Leg) error {
		switch {
		case l.Phase == request.Proving && l.Has >= l.Needs && l.Needs > request.L0:
			return ch.advance(l, request.ProofAccepted, system("prove"), "", nil)
		case l.Phase == request.Proving:
			return nil
		case l.Phase != request.Opened:
			return nil
		case l.Has >= l.Needs:
			return ch.advance(l, request.ProofNotNeeded, system("prove"), "", nil)
		}
		return ch.advance(l, request.ProofAsked, system("prove"), "", nil)
	}, func(ch *change, l *request.Leg) time.Time { return c.proofTimer(ch.Request, l) })
}

// proofTimer is the next reminder (day 7 and 14) or the day on which the leg
// must be answered without proof (C-12).
func (c *Cases) proofTimer(r *request.Request, l *request.Leg) time.Time {
	from, end := proofTime(r, l)
	if l.Reminded < 2 {
		if next := deadline.LocalDate(from).AddDays(7 * (l.Reminded + 1)).Start().UTC(); next.Before(end) {
			return next
		}
	}
	return end
}

// proofTime is from when and until when a leg waits for proof: until the safe
// date. One that was opened again when that was over, on the clock of another
// part, gets the days of two reminders and one more week.
func proofTime(r *request.Request, l *request.Leg) (from, end time.Time) {
	from, end = r.Started(), startOf(r.SafeDue)
	if since := l.Wait.Since; l.Reopened > 0 && since.After(end) {
		return since, deadline.LocalDate(since).AddDays(21).Start().UTC()
	}
	return from, end
}

// startOf is the first instant of a day in Amsterdam, UTC.
func startOf(d request.Day) time.Time {
	date, err := deadline.ParseDate(string(d))
	if err != nil {
		return time.Time{}
	}
	return date.Start().UTC()
}

// waits is the frame of every state that may wait for somebody. move brings
// the leg as far as it can go now; timer says when to look again if it must
// stay. The token is stored in the same compare-and-swap that saw nothing to
// wake for, so that no signal is lost between two waits.
func (c *Cases) waits(ctx context.Context, in Input, state string, move func(*change, *request.Leg) error, timer func(*change, *request.Leg) time.Time) (Output, error) {
	var next, old string
	_, err := c.change(ctx, in.RequestID, func(ch *change) error {
		next, old = "", ""
		l, err := ch.leg(in.LegID)
		if err != nil {
			return err
		}
		if next = after(l, state); next == "superseded" || next != "" && l.Wait.Token == "" {
			return errNothing
		}
		if next == "" {
			if err := move(ch, l); err != nil {
				return err
			}
			next = after(l, state)
		}
		if l.Wait.Token != in.Token {
			old = l.Wait.Token
		}
		if next != "" {
			ch.running(l)
			return nil
		}
		l.Wait = request.Wait{State: state, Token: in.Token, Since: ch.now}
		l.WakeAt = timer(ch, l)
		return nil
	})
	if err != nil {
		return Output{}, fmt.Errorf("%s: %w", state, err)
	}
	if old != "" {
		// An older execution of this leg is still parked: it may end.
		if _, err := c.Engine.Resume(ctx, old, Output{RequestID: in.RequestID, LegID: in.LegID, Next: "superseded"}); err != nil {
			return Output{}, fmt.Errorf("%s: end the older execution of request %s leg %s: %w", state, in.RequestID, in.LegID, err)
		}
	}
	return c.settle(ctx, in, Output{RequestID: in.RequestID, LegID: in.LegID, Next: next})
}

// step is the frame of every state that does not wait: once the leg is at or
// past done, it does nothing and answers next.
func (c *Cases) step(ctx context.Context, in Input, name string, done request.Phase, next string, do func(*change, *request.Leg) error) (Output, error) {
	_, err := c.change(ctx, in.RequestID, func(ch *change) error {
		l, err := ch.leg(in.LegID)
		if err != nil {
			return err
		}
		if l.Past(done) {
			return errNothing
		}
		if err := do(ch, l); err != nil {
			return err
		}
		ch.running(l)
		return nil
	})
	if err != nil {
		return Output{}, fmt.Errorf("%s: %w", name, err)
	}
	return Output{RequestID: in.RequestID, LegID: in.LegID, Next: next}, nil
}
