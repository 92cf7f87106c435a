package casework

import (
	"context"
	"slices"

	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// clientGone asks an officer who decides now in the place of a leg's client
// once, and looks again when nobody said so.
func (ch *change) clientGone(l *request.Leg, client register.Client) {
	code := client.State
	if l.Halted {
		code = "instructed"
	}
	if ch.Task("client-gone", l.ID) == nil {
		ch.task("client-gone", l.ID, "officer", "", code)
	}
	l.WakeAt = ch.cases.workdays(ch.now, recall)
}

// haltInstruction halts what a client instructed before it went and nobody carried out
// yet: an officer says whether it still is. What was carried out in part
// is halted too; its receipts stay.
func (ch *change) haltInstruction(l *request.Leg, client register.Client) {
	if client.State == "" || l.Role != request.Processor || l.Phase != request.Instructed || l.Halted ||
		l.Instruction.Kind == request.RefuseInstruction || !l.CarryOn.At.IsZero() {
		return
	}
	l.Halted = true
	ch.done("client-gone", l.ID, system("wake")) // that was asked of a leg without an instruction
	ch.clientGone(l, client)
	l.WakeAt = noTimer
}

// mayCarry refuses to carry out what was halted.
func mayCarry(r *request.Request, l *request.Leg) error {
	if l.Halted {
		return request.Fault(request.Forbidden, string(r.ID)+"/"+l.ID, "carry out what a client instructed that is gone")
	}
	return nil
}

// haltBeforeStep does so before a step of that instruction begins.
func (c *Cases) haltBeforeStep(ctx context.Context, in Input, client register.Client) error {
	if client.State == "" {
		return nil
	}
	_, err := c.change(ctx, in.RequestID, func(ch *change) error {
		l, err := ch.leg(in.LegID)
		if err != nil {
			return err
		}
		was := l.Halted
		if ch.haltInstruction(l, client); l.Halted == was {
			return errNothing
		}
		return nil
	})
	return err
}

// clientBack ends the question who decides: the client does again, and its
// reminders go on from there.
func (ch *change) clientBack(l *request.Leg, client register.Client, actor string) {
	if ch.Task("client-gone", l.ID) == nil {
		return
	}
	ch.done("client-gone", l.ID, actor)
	ch.line(actor, "client-back", l.ID, "", nil)
	if l.Halted { // who decides is who instructed
		l.Halted = false
		l.Attempts++
		ch.signal(l)
		return
	}
	switch l.Phase {
	case request.Opened:
		ch.signal(l) // it is handed over
	case request.Forwarded:
		l.Back = request.Back{At: ch.now, Reminded: l.Reminded}
		l.WakeAt = ch.chaseTimer(l, client)
	}
}

// CarryOnReasons are why an instruction is carried out though its client went:
// it was given in time and the law leaves it standing, or who decides now
// confirmed it.
var CarryOnReasons = []string{"in-time", "confirmed"}

// CarryOn lets an instruction be carried out whose client went before it was
// . PhaseIllegal: nothing was halted. InputRefused: why is no such code.
func (c *Cases) CarryOn(ctx context.Context, a Actor, ref request.Reference, leg, why string) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	if !slices.Contains(CarryOnReasons, why) {
		return request.Fault(request.InputRefused, "why", "carry on for that reason")
	}
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.leg(leg)
		if err != nil {
			return err
		}
		if !l.Halted {
			if l.CarryOn.By == a.ID && l.CarryOn.Reason == why {
				return errNothing // the same click twice
			}
			return request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+leg, "carry on with what was not halted")
		}
		l.Halted, l.CarryOn = false, request.CarryOn{By: a.ID, At: ch.now, Reason: why}
		l.Attempts++ // the execution that was halted has ended
		ch.done("client-gone", leg, a.ID)
		ch.line(a.ID, "carry-on", leg, why, nil)
		ch.signal(l)
		return nil
	})
}

// Lapsible reports whether an officer can let a halted instruction lapse: that of a
// client's own machine, of which nothing is done yet. Any other part is moved.
func Lapsible(r *request.Request, l *request.Leg) bool {
	return r.Delegated != nil && l.Halted && !Begun(l)
}

// Lapse ends what a client handed over by machine and nobody carries out any more,
// because it no longer decides. It is that client's own request about its
// own debtor: who decides now answers the person itself, and hands over its own.
// The client's machine hears that it is cancelled. The same act once more changes
// nothing. PhaseIllegal: nothing is halted, or something of it is done.
func (c *Cases) Lapse(ctx context.Context, a Actor, ref request.Reference, leg string) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.leg(leg)
		if err != nil {
			return err
		}
		switch {
		case l.Outcome == request.Withdrawn:
			return errNothing // the same click twice
		case !Lapsible(ch.Request, l):
			return request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+leg, "let lapse what is %s", l.Phase)
		}
		l.Halted, l.Outcome = false, request.Withdrawn
		l.Attempts++ // an execution that was halted in a step has ended
		ch.done("client-gone", leg, a.ID)
		ch.leaveStopped(l, a.ID)
		ch.signal(l)
		return ch.advance(l, request.WasLapsed, a.ID, "", nil)
	})
}

// toldState does for one leg what its client's state asks.
func (ch *change) toldState(leg string, client register.Client, actor string) error {
	l, err := ch.leg(leg)
	if err != nil {
		return err
	}
	open := ch.Task("client-gone", leg) != nil
	switch {
	case client.State == "" && open:
		ch.clientBack(l, client, actor)
	case client.State != "" && l.Phase == request.Instructed && !l.Halted:
		if ch.haltInstruction(l, client); !l.Halted {
			return errNothing
		}
	case client.State != "" && l.Phase == request.Forwarded && !open && l.Wait.State == "Instruct":
		ch.clientGone(l, client)
	default:
		return errNothing
	}
	return nil
}
