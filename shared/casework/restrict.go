package casework

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/grounds"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// noticeDays are the working days between T-16 and the end of a restriction
// (18(3), invariant 9).
const noticeDays = 5

// ProposeLift announces the end of a restriction: T-16 goes to the outbox in
// the same transaction, at least five working days before the day (18(3),
// invariant 9); a day too soon is Date.Refused. On that day wake lifts it in
// the systems and tells the recipients. reason is a code of grounds.Lifts. Where
// the client that had it set decides no more, it is LiftInstructed, on the word of
// who does, which tells the person: no letter of ours does.
func (c *Cases) ProposeLift(ctx context.Context, a Actor, ref request.Reference, leg, reason string, on request.Day) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	client, err := c.clientOfLeg(ctx, ref, leg)
	if err != nil {
		return fmt.Errorf("propose the end of a restriction: %w", err)
	}
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.mayLift(leg, client, reason, on)
		if err != nil {
			return err
		}
		said := "lift-instructed" // of which the person hears from who said so
		if l.Restriction.Lifts++; l.Role == request.Controller {
			said = "lift-proposed"
			ch.letter(l.ID, liftEvent(on, l.Restriction.Lifts), ch.answerTo(l), ch.liftLetter(l, reason, on))
		}
		l.Restriction.LiftOn, l.Restriction.LiftReason = on, reason
		l.Restriction.LiftTold, l.Restriction.LiftBy = ch.now, a.ID
		ch.done("lift", l.ID, a.ID)
		ch.line(a.ID, said, leg, reason, map[string]string{"on": string(on)})
		if l.Phase == request.Closed {
			l.WakeAt = c.restTimer(l)
		}
		return nil
	})
}

// InstructLift records the client's instruction to end the restriction of its
// own file on a day to come; the client tells the person before that day
// (18(3)). It answers the number that the client keeps.
func (c *Cases) InstructLift(ctx context.Context, client, by string, ref request.Reference, leg string, on request.Day) (string, error) {
	reg, err := c.Registers.Client(ctx, client)
	if err != nil {
		return "", fmt.Errorf("take an instruction: client %s: %w", client, err)
	}
	receipt := ""
	err = c.update(ctx, ref, func(ch *change) error {
		l := ch.Leg(leg)
		if l == nil || !ownedBy(l, client) {
			return request.Fault(request.NotFound, string(ref)+"/"+leg, "find a leg of client %s", client)
		}
		if err := decides(reg); err != nil {
			return err
		}
		if _, err := deadline.ParseDate(string(on)); err != nil {
			return request.Fault(request.InputRefused, "on", "read the day")
		}
		m := &l.Restriction
		who := "client:" + client + "/" + by
		if m.LiftOn == on && m.LiftBy == who {
			receipt = m.LiftReceipt
			return errNothing // the same click twice
		}
		if !mayInstructLift(l) {
			return request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+leg, "end what is not restricted, or ends already")
		}
		if on <= day(ch.now) {
			return request.Fault(request.DateRefused, string(ch.ID)+"/"+leg, "end a restriction before the person can be told")
		}
		m.LiftOn, m.LiftReason, m.LiftTold, m.LiftBy = on, LiftInstructed, ch.now, who
		m.Lifts++
		receipt = liftReceipt(ref, l)
		m.LiftReceipt = receipt
		ch.line("client:"+client, "lift-instructed", leg, "", map[string]string{"on": string(on), "receipt": receipt, "channel": "signed-in", "session": "contact"})
		l.WakeAt = c.restTimer(l)
		return nil
	})
	if err != nil {
		return "", err
	}
	return receipt, nil
}

// LiftInstructed is the reason of an end that the client set.
const LiftInstructed = "instructed"

// liftReceipt is the number of the last instruction to end a leg's restriction.
func liftReceipt(ref request.Reference, l *request.Leg) string {
	number := receiptOf(ref, l) + "-L"
	if l.Restriction.Lifts > 1 {
		number += "-" + strconv.Itoa(l.Restriction.Lifts)
	}
	return number
}

// mayInstructLift reports whether a client can let the restriction of a leg end:
// it was carried out, stands, and has no end yet. What went to another client is
// no longer this one's.
func mayInstructLift(l *request.Leg) bool {
	m := l.Restriction
	return l.Phase == request.Closed && l.Outcome != request.Moved && m.Stands() && m.LiftTold.IsZero()
}

// clientOfLeg finds the client of a leg of that request.
func (c *Cases) clientOfLeg(ctx context.Context, ref request.Reference, leg string) (register.Client, error) {
	r, err := c.find(ctx, ref)
	if err != nil {
		return register.Client{}, err
	}
	return c.clientOf(ctx, Input{RequestID: r.ID, LegID: leg})
}

// leftBehind reports whether who had a leg's restriction set decides about it no
// more.
func leftBehind(l *request.Leg, client register.Client) bool {
	return l.Role == request.Processor && (l.Outcome == request.Moved || !client.Decides())
}

// CancelLift takes back an announced end before its day: the restriction
// stays. The subject was told otherwise, so an officer writes, or hears who
// decides now.
func (c *Cases) CancelLift(ctx context.Context, a Actor, ref request.Reference, leg string) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	client, err := c.clientOfLeg(ctx, ref, leg)
	if err != nil {
		return fmt.Errorf("cancel the end of a restriction: %w", err)
	}
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.leg(leg)
		if err != nil {
			return err
		}
		m := &l.Restriction
		if !m.Stands() || m.LiftTold.IsZero() || m.Lifting || l.Role == request.Processor && !leftBehind(l, client) {
			return request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+leg, "cancel an end that was not announced")
		}
		ch.liftCancelled(l, a.ID)
		return nil
	})
}

// liftCancelled takes the end of a restriction back.
func (ch *change) liftCancelled(l *request.Leg, actor string) {
	m := &l.Restriction
	m.LiftOn, m.LiftReason, m.LiftTold, m.LiftBy, m.LiftReceipt = "", "", time.Time{}, "", ""
	ch.line(actor, "lift-cancelled", l.ID, "", nil)
	if l.Role == request.Controller {
		ch.task("reply", l.ID, "officer", "", "lift-cancelled")
	} else {
		ch.task("lift", l.ID, "officer", "", string(request.Moved)) // it stands until who decides now says so
	}
	if l.Phase == request.Closed {
		l.WakeAt = ch.cases.restTimer(l)
	}
}

// mayLift refuses an end without a reason, too soon, or of nothing. A client's
// restriction is the client's to end; that of one that decides no more ends
// on the word of who does, which an officer passes on.
func (ch *change) mayLift(leg string, client register.Client, reason string, on request.Day) (*request.Leg, error) {
	l, err := ch.leg(leg)
	if err != nil {
		return nil, err
	}
	at := string(ch.ID) + "/" + leg
	left := leftBehind(l, client)
	if l.Role == request.Processor && !left {
		return nil, request.Fault(request.NoInstruction, at, "end a client's restriction") // InstructLift does
	}
	if !l.Restriction.Stands() || !l.Past(request.Answered) || !l.Restriction.LiftTold.IsZero() {
		return nil, request.Fault(request.PhaseIllegal, at, "end what is not restricted, or announced already")
	}
	if _, ok := grounds.Lift(reason); left && reason != LiftInstructed || !left && !ok {
		return nil, request.Fault(request.InputRefused, "reason", "end a restriction without a reason of the list")
	}
	if _, err := deadline.ParseDate(string(on)); err != nil {
		return nil, request.Fault(request.InputRefused, "on", "read the day")
	}
	if on < ch.soonestLift() {
		return nil, request.Fault(request.DateRefused, at, "end a restriction sooner than %d working days after telling", noticeDays)
	}
	return l, nil
}

// soonestLift is the first day on which a restriction may end that is
// announced now.
func (ch *change) soonestLift() request.Day {
	return day(ch.cases.workdays(ch.now, noticeDays))
}

// liftEvent tells two announcements apart: one that was cancelled, and the
// next, also of the same day.
func liftEvent(on request.Day, nth int) string { return "lift-" + string(on) + "-" + strconv.Itoa(nth) }

// liftLetter is T-16.
func (ch *change) liftLetter(l *request.Leg, reason string, on request.Day) letters.Order {
	words, _ := grounds.Lift(reason)
	o := ch.order(letters.RestrictionLifted, l, facts{
		"lift_on": string(on), "reason": words.In(ch.Language),
		"answer_by": string(day(ch.cases.workdays(startOf(on), -1))),
	})
	info, _ := letters.Find(letters.RestrictionLifted)
	o.Lists = ch.cases.lists(ch, l, o.Language, info)
	return o
}

// announceEnd lets the letter that refuses an objection announce the end of the
// restriction that stood while it was weighed: T-18 names the day (18(3)).
func (ch *change) announceEnd(l *request.Leg) {
	m := &l.Restriction
	if l.Right != request.Objection || !m.Stands() || !m.LiftTold.IsZero() {
		return
	}
	if l.Outcome == request.Withdrawn {
		ch.task("lift", l.ID, "officer", "", "withdrawn") // an officer says when (18(3))
		return
	}
	if l.Outcome != request.Refused {
		return
	}
	m.LiftOn, m.LiftReason, m.LiftTold, m.LiftBy = ch.soonestLift(), "objection-decided", ch.now, l.Decision.By
	ch.line(l.Decision.By, "lift-proposed", l.ID, m.LiftReason, map[string]string{"on": string(m.LiftOn)})
}

// restTimer is when a closed leg asks for something again: the day on which a
// restriction ends, or a recipient that did not confirm. Zero: never.
func (c *Cases) restTimer(l *request.Leg) time.Time {
	at := noTimer
	sooner := func(t time.Time) {
		if at.IsZero() || t.Before(at) {
			at = t
		}
	}
	if m := l.Restriction; m.Stands() && m.LiftOn != "" {
		sooner(startOf(m.LiftOn))
	}
	for _, t := range l.Told {
		if next := c.chaseRecipient(t); !next.IsZero() {
			sooner(next)
		}
	}
	return at
}

// afterwards does on a closed leg what its time asks for.
func (c *Cases) afterwards(ch *change, l *request.Leg, client register.Client) error {
	ch.chaseRecipients(l)
	m := &l.Restriction
	if !m.Stands() || m.LiftOn == "" {
		l.WakeAt = c.restTimer(l)
		return nil
	}
	if soonest := ch.soonestLift(); m.LiftOn < soonest && ch.undelivered(l) {
		// 18(3): who was not told keeps the restriction, and five working days
		// from when they are.
		m.LiftOn = soonest
		ch.line(system("wake"), "lift-postponed", l.ID, "undelivered", map[string]string{"on": string(m.LiftOn)})
		l.WakeAt = c.workdays(ch.now, 1)
		return nil
	}
	if ch.now.Before(startOf(m.LiftOn)) {
		l.WakeAt = c.restTimer(l)
		return nil
	}
	if leftBehind(l, client) && !m.Lifting && strings.HasPrefix(m.LiftBy, "client:") {
		ch.liftCancelled(l, system("wake")) // nobody carried out yet what it instructed before it went
		return nil
	}
	if l.Outcome == request.Moved && !m.Lifting {
		l.Wait = request.Wait{} // what was parked on it ended when it moved: this is a walk of its own
	}
	m.Lifting = true
	l.Attempts++
	l.WakeAt = ch.now.Add(c.Waits.Step)
	ch.resume = append(ch.resume, resumption{leg: l.ID})
	return nil
}

// endsNow reports whether the day has come on which a restriction ends.
func (ch *change) endsNow(l *request.Leg) bool {
	m := l.Restriction
	return m.Stands() && m.LiftOn != "" && !ch.now.Before(startOf(m.LiftOn))
}

// undelivered reports whether the letter that announced the end waits to be
// printed or did not arrive.
func (ch *change) undelivered(l *request.Leg) bool {
	for _, t := range ch.Tasks {
		if t.Open() && (t.Kind == "undelivered" || t.Kind == "print") && strings.HasPrefix(t.Code, l.ID+".") &&
			(strings.Contains(t.Code, ".lift-") || l.Right == request.Objection && strings.Contains(t.Code, ".answer")) {
			return true
		}
	}
	return false
}
