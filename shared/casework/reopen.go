package casework

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
)

// How a person took a request back: the channel, for the ledger.
var withdrawnBy = []string{"email", "phone", "letter", "counter", "web"}

// Why a leg is opened again.
const (
	// BecauseEvidence: proof came after it was closed without (C-12).
	BecauseEvidence = "evidence"
	// BecauseMistake: we decided or did something wrong; the clock is the old one.
	BecauseMistake = "mistake"
	// BecauseFacts: the person told something new about the answer.
	BecauseFacts = "new-facts"
)

// WithdrawLegs ends what the person took back, and confirms it (T-29). legs
// are ids; none means the whole request. how is the channel: email, phone,
// letter, counter or web. What was carried out stays carried out and what the
// client was asked stays the client's to decide: it gets an officer's word,
// for which a task is opened. PhaseIllegal: nothing of it runs any more.
func (c *Cases) WithdrawLegs(ctx context.Context, a Actor, ref request.Reference, legs []string, how string) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	if !slices.Contains(withdrawnBy, how) {
		return request.Fault(request.InputRefused, "how", "withdraw by that channel")
	}
	return c.update(ctx, ref, func(ch *change) error {
		for _, id := range legs {
			if ch.Leg(id) == nil {
				return request.Fault(request.NotFound, string(ch.ID)+"/"+id, "withdraw a leg")
			}
		}
		if !ch.withdrawn(legs, a.ID, how) {
			return request.Fault(request.PhaseIllegal, string(ch.ID), "withdraw what does not run")
		}
		return nil
	})
}

// withdrawn ends the legs, or all, as far as the phases allow; it reports
// whether that was anything.
func (ch *change) withdrawn(legs []string, actor, how string) bool {
	var ended, heard []*request.Leg
	told := false
	for i := range ch.Legs {
		l := &ch.Legs[i]
		if len(legs) > 0 && !slices.Contains(legs, l.ID) {
			continue
		}
		if !MayTakeBack(ch.Request, l) {
			continue
		}
		if unheard(ch.Request, l) {
			// To the person it stands as one that was handed over, so it ends the same way.
			ch.Heard = append(ch.Heard, l.ID)
			ch.line(actor, "withdrawal-noted", l.ID, how, nil)
			heard = append(heard, l)
			continue
		}
		if l.Role == request.Processor && l.Past(request.Forwarded) {
			ch.task("tell-client", l.ID, "officer", "", "withdrawn")
			ch.line(actor, "withdrawal-noted", l.ID, how, nil)
			told = true
			if cand := ch.Candidate(l.Candidate); len(l.ProvenBy) == 0 && (cand == nil || !reachedAt(cand, ch.Sender.Email)) {
				heard = append(heard, l) // T-29 goes where no file matched: a strange address has it here too (A16)
			}
			continue
		}
		if ch.withdraw(l, actor) != nil {
			continue
		}
		if l.Role == request.Processor {
			// No client was told: nobody is waited for, and it ends here.
			if err := ch.advance(l, request.WasClosed, actor, string(l.Outcome), nil); err != nil {
				continue
			}
			l.Wait, l.WakeAt = request.Wait{}, noTimer
			ch.finishRequest()
		}
		ended, heard = append(ended, l), append(heard, l)
	}
	if len(heard) == 0 {
		return told
	}
	f := facts{"withdrawn_on": string(day(ch.now))}
	if ch.allTakenBack(legs) {
		years := yearsKept(ch.Request)
		if !slices.ContainsFunc(ch.Legs, func(l request.Leg) bool { return len(l.ProvenBy) > 0 }) {
			years = max(years, processorYears) // that it is shorter where no client was told would tell that none was (A16)
		}
		// What is told is kept: until that day, and no longer (D-2).
		until := request.Day(deadline.LocalDate(ch.now).AddMonths(12 * years).String())
		ch.KeptUntil = max(until, ch.KeptUntil, ch.KeptAtLeast)
		f["dossier_until"] = string(ch.KeptUntil)
	}
	o := ch.order(letters.WithdrawalConfirmed, nil, f)
	o.Rights = nil
	if ch.goesOn(legs) {
		o.Flags = map[string]bool{letters.PartWithdrawn: true}
	}
	ids := []string{}
	for _, l := range ended {
		ids = append(ids, l.ID)
	}
	for _, l := range heard {
		if !slices.Contains(o.Rights, l.Right) {
			o.Rights = append(o.Rights, l.Right)
		}
	}
	ch.letter("", "withdrawn-"+heard[0].ID, ch.answerTo(heard[0]), o)
	ch.line(actor, "withdrawal-confirmed", "", how, map[string]string{"legs": strings.Join(ids, ",")})
	if ch.Closed() {
		ch.ForgetAt = nextForget(ch.Request, ch.now)
	}
	return true
}

// goesOn reports whether a part of the request runs on beside what is taken back
// now, legs or all of it. Like allTakenBack it asks of a client's leg what the
// person knows.
func (ch *change) goesOn(legs []string) bool {
	return slices.ContainsFunc(ch.Legs, func(l request.Leg) bool {
		switch {
		case l.Outcome == request.Withdrawn || l.Outcome == request.Moved:
			return false
		case l.Role == request.Processor || unheard(ch.Request, &l):
			return ch.leftWith(&l, legs)
		}
		return l.Phase != request.Closed
	})
}

// leftWith reports whether a client's leg, or what stands as one to the person,
// was not taken back, now or before.
func (ch *change) leftWith(l *request.Leg, legs []string) bool {
	return len(legs) > 0 && !slices.Contains(legs, l.ID) && !slices.Contains(ch.Heard, l.ID) && !takenBack(ch.Request, l)
}

// allTakenBack reports whether nothing of the request keeps the record longer than
// the part that is taken back now, legs or all of it: only then can a day be named.
// It asks of a client's leg what the person knows, never whether a client has it.
func (ch *change) allTakenBack(legs []string) bool {
	return len(ch.Breaches) == 0 && !slices.ContainsFunc(ch.Legs, func(l request.Leg) bool {
		if l.Role == request.Processor && l.Outcome != request.Withdrawn && l.Outcome != request.Moved || unheard(ch.Request, &l) {
			return ch.leftWith(&l, legs)
		}
		return ours(l)
	})
}

// MayTakeBack reports whether a person can take a leg back: it runs, nothing of it
// is carried out, and they did not before; or it ended and they were told nothing
// of that.
func MayTakeBack(r *request.Request, l *request.Leg) bool {
	if l.Role == request.Processor && l.Past(request.Forwarded) && !l.Past(request.Reported) {
		return !takenBack(r, l) // the client's to end: it is told
	}
	return unheard(r, l) || l.Outcome != request.Withdrawn && !l.Past(request.Held)
}

// unheard reports whether a debtor's part ended in a way of which who asked hears
// no more than of a hand-over: an officer found nobody in any client's files,
// or a client answered, in whose file they proved nothing and do not stand.
func unheard(r *request.Request, l *request.Leg) bool {
	if r.Delegated != nil || l.Relation != request.Debtor || len(l.ProvenBy) > 0 || slices.Contains(r.Heard, l.ID) {
		return false
	}
	if l.Role == request.Processor {
		cand := r.Candidate(l.Candidate)
		return l.Past(request.Reported) && !over(l) && (cand == nil || !reachedAt(cand, r.Sender.Email))
	}
	return l.Phase == request.Closed && l.Outcome == request.Unverified && l.Candidate == ""
}

// takenBack reports whether a client was to be told already that a leg was taken back.
func takenBack(r *request.Request, l *request.Leg) bool {
	return slices.ContainsFunc(r.Tasks, func(t request.Task) bool {
		return t.Kind == "tell-client" && t.Leg == l.ID && t.Code == "withdrawn" && !t.Opened.Before(l.ForwardedAt)
	})
}

// Reopen opens a closed leg and its walk again. A leg that was closed without
// proof gets a new month from received, the instant of the evidence, unless
// another part of the request still runs on the old one (C-12); every other
// one keeps its clock. why is a Because code. The person reads T-01 as long as
// its date can be kept; else T-30 is due first. PhaseIllegal: the leg is not
// closed. InputRefused: received lies before receipt or in the future, or why
// is no such code.
func (c *Cases) Reopen(ctx context.Context, a Actor, ref request.Reference, leg string, received time.Time, why string) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	if !slices.Contains([]string{BecauseEvidence, BecauseMistake, BecauseFacts}, why) {
		return request.Fault(request.InputRefused, "why", "open again for that reason")
	}
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.leg(leg)
		if err != nil {
			return err
		}
		if received.IsZero() {
			received = ch.now
		}
		if received.Before(ch.Received) || received.After(ch.now) {
			return request.Fault(request.InputRefused, "received", "open again by what came at that time")
		}
		if (why == BecauseEvidence) != (l.Outcome == request.Unverified) {
			return request.Fault(request.InputRefused, "why", "open %s again because of %s", l.Outcome, why)
		}
		return ch.reopen(l, received.UTC(), why, a.ID)
	})
}

// reopen makes a closed leg as new, but for what was proven, told and marked:
// its ledger keeps what was.
func (ch *change) reopen(l *request.Leg, received time.Time, why, actor string) error {
	if l.Phase != request.Closed || l.Outcome == request.Moved {
		return request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+l.ID, "open a leg again that is %s", l.Phase)
	}
	runs := false
	for i := range ch.Legs {
		runs = runs || ch.Legs[i].Phase != request.Closed
	}
	event := request.WasReopened
	if l.Role == request.Processor {
		event = request.ReopenedAtClient
	}
	restart := l.Outcome == request.Unverified && !runs
	before := ch.SafeDue
	if restart {
		// The clock of before stands in the ledger; nothing of it counts any more.
		ch.Clock.Restarted = received
		ch.Clock.Extension, ch.Clock.ExtensionSent = request.Extension{}, ""
		ch.Clock.ApologySent, ch.Clock.PromisedDay = "", ""
		if err := ch.redate(); err != nil {
			return err
		}
	}
	if err := ch.advance(l, event, actor, why, map[string]string{
		"receivedAt": received.Format(time.RFC3339), "safeDueBefore": string(before), "safeDue": string(ch.SafeDue),
	}); err != nil {
		return err
	}
	l.Kept = pendingKeeps(l)        // what was kept still ends on its day (E-3)
	l.Hops, l.Traced = nil, noTimer // and is found by what was known
	l.Outcome, l.Decision, l.Instruction = "", request.Decision{}, request.Instruction{}
	l.Plan, l.Receipts, l.ByHand, l.Package, l.Told = nil, nil, nil, request.Package{}, nil
	ch.done("by-hand", l.ID, actor)   // asked anew, where it is needed
	ch.done("recipient", l.ID, actor) // who is told of the new outcome is asked about that
	l.ForwardedAt, l.HoldUntil, l.AnsweredAt, l.Begun, l.Flags = noTimer, noTimer, noTimer, noTimer, nil
	l.Offer = request.Offer{} // the client is told anew
	l.Halted, l.CarryOn, l.Back = false, request.CarryOn{}, request.Back{}
	l.Reminded, l.Released, l.Review, l.Cleared, l.ClearedBy, l.Screened = 0, false, nil, nil, "", nil
	l.Corrections, l.Balance, l.Human = nil, request.Balance{}, request.HumanReview{}
	l.Statement, l.StatementAt, l.Fee = "", noTimer, request.Fee{}
	if !l.Restriction.Stands() {
		l.Restriction = request.Marking{} // it is over: what is granted now is set anew
	}
	ch.KeptAtLeast = max(ch.KeptAtLeast, ch.KeptUntil)
	ch.KeptUntil, ch.Heard = "", nil
	ch.Redacted = "" // what is written from now on has its own two years
	l.Wait = request.Wait{}
	l.Reopened++
	l.Attempts++
	ch.Stage, ch.ClosedAt, ch.ForgetAt = request.Identified, noTimer, noTimer
	if l.Role == request.Controller && l.Has >= l.Needs {
		// Nothing is left to prove: it goes on where an answer begins.
		if err := ch.advance(l, proofEvent(l), actor, why, nil); err != nil {
			return err
		}
	}
	ch.signal(l)
	ch.tellReopened(l, restart, actor != "subject")
	return nil
}

// proofBy is the day that a new question for proof names: the safe date, or
// where that is over the last day of the wait.
func (ch *change) proofBy() request.Day {
	if day(ch.now) < ch.SafeDue {
		return ch.SafeDue
	}
	return request.Day(deadline.LocalDate(ch.now).AddDays(21).String())
}

func proofEvent(l *request.Leg) request.Event {
	if l.Needs == request.L0 {
		return request.ProofNotNeeded
	}
	return request.ProofAccepted
}

// tellReopened writes T-01 with the date that holds now, and asks for proof
// where it is still needed. A date that is past is not told again: the apology
// comes first. Who reopened it by a proof is at the page that asks the rest.
func (ch *change) tellReopened(l *request.Leg, restart, prove bool) {
	switch {
	case day(ch.now) > ch.SafeDue:
		ch.task("apologise", "", "officer", "", "reopened")
	case !prove && !ch.onFileOf(l, ch.Sender.Email): // somebody else proved it than who asked (A16)
	case l.Role == request.Controller && day(ch.now) > day(ch.Registered): // who asked today has T-01 of today (A30)
		f := facts{"ask_by": string(ch.lastDay(day(ch.Started())))}
		o := ch.order(letters.Acknowledgement, nil, f)
		o.Rights = []request.Right{l.Right}
		if restart {
			o.Flags = map[string]bool{letters.Reopened: true}
		}
		ch.letter("", "reopened-"+string(day(ch.now)), ch.sender(), o)
	}
	if prove && l.Phase == request.Proving {
		switch {
		case l.Candidate == "":
			ch.task("match", l.ID, "officer", "", "")
		case ch.onFileOf(l, ch.Sender.Email):
			ch.letter("", "prove-"+l.ID, ch.sender(), ch.order(letters.IdentityCheck, nil, facts{"reply_by": string(ch.proofBy())}))
		}
	}
}
