package deadline

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Policy of C-8 and C-12, in working and in calendar days.
const (
	askWithin      = 3  // working days after receipt, or after an insufficient answer
	firstReminder  = 7  // calendar days after an unanswered question
	secondReminder = 14 // calendar days after an unanswered question
)

// ErrEvents is wrapped by every error of Compute: what is said to have
// happened cannot have happened, so no date can be given.
var ErrEvents = errors.New("these events cannot have happened")

// Pause is one round of asking the requester for what is needed to know who
// they are (C-8) or, for access to a large quantity of data, what they want
// (C-10). The caller gives only questions that were justified: a documented
// reasonable doubt and a proportionate question. Whether a question was asked
// in time is judged here.
type Pause struct {
	Asked    Date // the day the question was sent
	Answered Date // the day the answer arrived, good or insufficient; zero: not yet
}

// Events are the facts that the clock depends on.
type Events struct {
	// Received is the instant at which the request reached us through any
	// official channel, read or unread (C-6).
	Received time.Time
	// Paused are the rounds of questions, in any order.
	Paused []Pause
	// ExtensionSent is the day the notice of extension with its reasons was
	// sent (C-7); zero: none.
	ExtensionSent Date
}

// Result holds the dates of one request, each with its reason.
type Result struct {
	Received Date // the local day of receipt
	Nominal  Date // one month after Received, working day or not
	SafeDue  Date // Nominal rolled: the day to work to; no pause and no extension moves it
	// WorkTo is the day to work to: SafeDue, or with a notice of extension in
	// time the end of three months, rolled; no pause moves it.
	WorkTo     Date
	Due1       Date      // the last day without extension, pauses counted
	Due        Date      // the last day the law allows
	DueInstant time.Time // UTC; the first instant that is too late: the end of Due in Amsterdam
	PausedDays int       // full days of waiting that count (C-9)
	Extended   bool      // the notice of extension was in time (C-7)

	// Explain are the steps from Received to Due, in order.
	Explain []Step
	// Milestones are the internal dates of C-13 under the keys acknowledge,
	// triage, clientNotice, identityQuestion (last days, in working days after
	// receipt), legalReview (seven calendar days before Nominal) and warn10,
	// warn5, warn2, warn0 (working days before SafeDue).
	Milestones map[string]Date
	// Plan explains Milestones, in order of date.
	Plan []Step
}

// Step is one step of an explanation.
type Step struct {
	Date Date              // the day the step is about
	Text map[string]string // "nl" and "en": one to four short sentences at B1 level
	Rule string            // the rule of docs/law.md that it applies, such as "C-2"
}

// Compute gives the dates of a request (docs/law.md, The computation). Events that cannot have
// happened are an error that wraps ErrEvents: no receipt, a question before
// receipt, an answer before its question, an extension before receipt, a day
// that does not exist, a result outside the years 1 to 9999.
func (c Calendar) Compute(e Events) (Result, error) {
	rounds, err := check(e)
	if err != nil {
		return Result{}, err
	}
	received := LocalDate(e.Received)
	r := Result{
		Received: received,
		Nominal:  received.AddMonths(1),
	}
	r.SafeDue = c.Roll(r.Nominal)
	r.WorkTo = r.SafeDue

	x := explainer{calendar: c, safeDue: r.SafeDue}
	x.received(received)
	x.months(received, 1)
	x.rolled(r.Nominal)
	x.safe()

	r.PausedDays = c.pausedDays(received, rounds, &x)
	nominal1 := r.Nominal.AddDays(r.PausedDays)
	r.Due1 = c.Roll(nominal1)
	if r.PausedDays > 0 {
		x.later(r.Nominal, nominal1, r.PausedDays)
		x.rolled(nominal1)
	}

	r.Due = r.Due1
	if sent := e.ExtensionSent; !sent.IsZero() {
		// C-7: two months further is three months from receipt, and only a
		// notice sent in the first period has any effect.
		r.Extended = !sent.After(r.Due1)
		x.extension(sent, r.Due1, r.Extended)
		if r.Extended {
			nominal3 := received.AddMonths(3)
			last := nominal3.AddDays(r.PausedDays)
			r.Due = c.Roll(last)
			r.WorkTo = c.Roll(nominal3)
			x.months(received, 3)
			if r.PausedDays > 0 {
				x.later(nominal3, last, r.PausedDays)
			}
			x.rolled(last)
		}
	}
	// "The last hour of the last day" (C-2): everything before this is in time.
	end := r.Due.AddDays(1)
	if !end.writable() {
		return Result{}, fmt.Errorf("deadline: %w: the last day is after the year 9999", ErrEvents)
	}
	r.DueInstant = end.Start().UTC()
	x.due(r.Due)
	r.Explain = x.steps
	r.Milestones = c.milestones(r)
	r.Plan = plan(r.Milestones)
	return r, nil
}

// check refuses impossible events and gives the rounds in order of asking.
func check(e Events) ([]Pause, error) {
	fail := func(format string, args ...any) ([]Pause, error) {
		return nil, fmt.Errorf("deadline: %w: %s", ErrEvents, fmt.Sprintf(format, args...))
	}
	if e.Received.IsZero() {
		return fail("there is no instant of receipt")
	}
	received := LocalDate(e.Received)
	if !received.writable() {
		return fail("receipt is outside the years 1 to 9999")
	}
	for i, p := range e.Paused {
		switch {
		case !p.Asked.writable():
			return fail("question %d has no valid date", i+1)
		case p.Asked.Before(received):
			return fail("question %d is before receipt", i+1)
		case p.Answered.IsZero():
		case !p.Answered.writable():
			return fail("the answer to question %d has no valid date", i+1)
		case p.Answered.Before(p.Asked):
			return fail("the answer to question %d is before the question", i+1)
		}
	}
	if sent := e.ExtensionSent; !sent.IsZero() {
		if !sent.writable() {
			return fail("the extension has no valid date")
		}
		if sent.Before(received) {
			return fail("the extension is before receipt")
		}
	}
	// Of two questions of one day the open one comes first: it is answered by
	// the answer to the other, which is the reading with the fewest days.
	rounds := slices.Clone(e.Paused)
	slices.SortFunc(rounds, func(a, b Pause) int {
		return cmp.Or(a.Asked.Compare(b.Asked), a.Answered.Compare(b.Answered))
	})
	return rounds, nil
}

// pausedDays is S of docs/law.md, The computation: the full days of the one pause that the
// rounds make (C-8, C-9; package comment). It explains every round to x.
func (c Calendar) pausedDays(received Date, rounds []Pause, x *explainer) int {
	if len(rounds) == 0 {
		return 0
	}
	var (
		answered Date   // latest answer inside the pause; zero: none yet
		open     *Pause // the first of the questions that wait for an answer now
		lost     bool   // a late question ended the pause: nothing later counts
		latest   = c.AddWorkingDays(received, askWithin)
	)
	for i, p := range rounds {
		if !answered.IsZero() {
			latest = c.AddWorkingDays(answered, askWithin)
		}
		switch {
		case lost:
			x.afterLost(p)
			continue
		case open != nil:
			x.reminded(p) // a reminder, or a second question beside the first
		case p.Asked.After(latest):
			lost = true
			x.askedLate(p, latest)
			continue
		default:
			x.asked(p, latest, i > 0)
		}
		if p.Answered.IsZero() {
			if open == nil {
				open = &rounds[i]
			}
			continue
		}
		open = nil // the answer to a reminder answers the question it repeats
		x.answered(p)
		if p.Answered.After(answered) {
			answered = p.Answered
		}
	}
	n := fullDays(rounds[0].Asked, answered, x)
	if open != nil {
		x.unanswered(*open)
	}
	return n
}

// fullDays counts the days suspended from 0:00 to 24:00: the day of asking and
// the day of answering both run (C-9).
func fullDays(asked, answered Date, x *explainer) int {
	if answered.IsZero() {
		return 0 // too late, or nothing answered yet: the rounds have said so
	}
	n := max(0, asked.DaysUntil(answered)-1)
	x.counted(asked, answered, n)
	return n
}

// milestones are the internal dates of C-13.
func (c Calendar) milestones(r Result) map[string]Date {
	return map[string]Date{
		"acknowledge":      c.AddWorkingDays(r.Received, 1),
		"triage":           c.AddWorkingDays(r.Received, 1),
		"clientNotice":     c.AddWorkingDays(r.Received, 2),
		"identityQuestion": c.AddWorkingDays(r.Received, askWithin),
		"legalReview":      r.Nominal.AddDays(-7),
		"warn10":           c.AddWorkingDays(r.SafeDue, -10),
		"warn5":            c.AddWorkingDays(r.SafeDue, -5),
		"warn2":            c.AddWorkingDays(r.SafeDue, -2),
		"warn0":            r.SafeDue,
	}
}
