package casework

import (
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/request"
)

// The freeze of dunning: a mark stops the letters, calls and bailiff orders of a
// system that reads it. Where the inventory says task, an officer stops them at
// once and says so before anybody is told that they stopped, and
// starts them again when the restriction ended.
const (
	stopByHand   = "stop-"
	resumeByHand = "resume-"
)

// freezing reports whether something by hand is about dunning.
func freezing(action string) bool {
	return strings.HasPrefix(action, stopByHand) || strings.HasPrefix(action, resumeByHand)
}

// freeze asks officers to stop what the marks of a restriction do not.
func (ch *change) freeze(l *request.Leg, marked []request.Receipt) {
	asked := map[string]bool{}
	for _, m := range marked {
		s := ch.cases.Systems.Inventory().System(m.System)
		if s == nil || asked[m.System] {
			continue
		}
		asked[m.System] = true
		for _, kind := range s.Freeze.ByHand() {
			ch.askByHandBy(l, m.System, m.Holding, stopByHand+kind, ch.atOnce())
		}
	}
}

// frozen reports whether officers stopped all that they were asked to.
func frozen(l *request.Leg) bool {
	return !slices.ContainsFunc(l.ByHand, func(b request.ByHand) bool { return b.Open() && strings.HasPrefix(b.Action, stopByHand) })
}

// thaw asks officers to start again what they stopped; what nobody stopped yet,
// need not be stopped any more.
func (ch *change) thaw(l *request.Leg) {
	for _, b := range slices.Clone(l.ByHand) {
		kind, ok := strings.CutPrefix(b.Action, stopByHand)
		switch {
		case !ok:
		case b.Open():
			ch.handDone(l, byHandItem(l, b.System, b.Holding, b.Action), system("amend"))
		default:
			ch.askByHandBy(l, b.System, b.Holding, resumeByHand+kind, ch.atOnce())
		}
	}
}

// thenOn brings a restricted leg on when nothing is left to do by hand.
func (ch *change) thenOn(l *request.Leg, a Actor) error {
	event := map[request.Phase]request.Event{request.Instructed: request.WasExecuted, request.Held: request.WasActed}[l.Phase]
	if event == "" || ch.byHandLeft(l) {
		return nil
	}
	ch.signal(l)
	return ch.advance(l, event, a.ID, "by-hand", counts(l.Receipts))
}

// atOnce is today, or the next working day.
func (ch *change) atOnce() request.Day {
	today := deadline.LocalDate(ch.now)
	return request.Day(ch.cases.Calendar.AddWorkingDays(today.AddDays(-1), 1).String())
}

// stopped are the receipts of what officers stopped or started again by hand.
func stopped(b request.ByHand) request.Receipt {
	return request.Receipt{System: b.System, Holding: b.Holding, Action: b.Action, Count: b.Count, At: b.Done, By: b.DoneBy}
}
