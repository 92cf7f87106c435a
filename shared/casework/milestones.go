package casework

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// The milestones of C-13 of which staff are warned, each once for a day to
// work to. They stand in the ledger.
const (
	missedAcknowledge  = "acknowledge-missed"
	missedTriage       = "triage-missed"
	missedClientNotice = "client-notice-missed"
	identityQuestion   = "identity-question" // the last day on which a question gives time
	legalReview        = "legal-review"
	missedSafe         = "safe-missed"
	missedDue          = "due-missed"
	missedPromise      = "promise-missed"
	byHandDue          = "by-hand-due"  // the last day of work that officers do by hand
	byHandLate         = "by-hand-late" // it is over
)

// warnings are the working days before the day to work to at which staff are
// warned, the nearest first.
var warnings = []int{0, 2, 5, 10}

// watchOne looks at one open request: are its dates those of today's list of
// holidays, and is a milestone due or missed. Most requests have nothing to
// look at on most days; their row says so and they are not loaded.
func (c *Cases) watchOne(ctx context.Context, row store.OpenRow, today deadline.Date, now time.Time, w *WatchReport) error {
	w.Open++
	work, err := deadline.ParseDate(string(row.SafeDue))
	if err != nil {
		return err
	}
	if !row.WakeAt.IsZero() && now.Sub(row.WakeAt) > 2*time.Hour {
		w.Stuck++
	}
	left := c.Calendar.WorkingDaysBetween(today, work)
	switch {
	case work.Before(today):
		w.Overdue++
	case slices.Contains(warnings, left):
		w.Due[left]++
	}
	if row.Holidays == c.Calendar.Name() && left > warnings[len(warnings)-1] && !early(work, today) {
		return nil
	}
	var warned, escalated, incidents, moved int
	_, err = c.change(ctx, row.Request, func(ch *change) error {
		warned, escalated, incidents, moved = 0, 0, 0, 0
		if ch.Stage == request.Done {
			return errNothing
		}
		changed := false
		if ch.Clock.Holidays != c.Calendar.Name() {
			did, err := ch.recompute()
			if err != nil {
				return err
			}
			changed = true
			if did {
				moved++
			}
		}
		codes, err := ch.milestones(today)
		if err != nil {
			return err
		}
		for _, code := range codes {
			if slices.Contains(ch.Clock.Warned, code) {
				continue
			}
			changed = true
			ch.Clock.Warned = append(ch.Clock.Warned, code)
			if passed(code, codes) {
				continue // a nearer one is told today
			}
			warned++
			if ch.warnStaff(code) {
				escalated++
			}
			if code == missedDue || code == missedPromise+"-"+string(ch.Clock.PromisedDay) {
				incidents++
			}
		}
		if !changed {
			return errNothing
		}
		return nil
	})
	if err != nil {
		return err
	}
	w.Warned, w.Escalated, w.Incidents, w.Moved = w.Warned+warned, w.Escalated+escalated, w.Incidents+incidents, w.Moved+moved
	return nil
}

// early reports whether a request may still be in its first working days, in
// which C-13 has its first milestones: the day to work to is a month away, or,
// with an extension out, these days are long over.
func early(work, today deadline.Date) bool { return today.DaysUntil(work) >= 18 }

// recompute gives a request the dates of today's list of holidays, and says in
// the ledger what moved; it reports whether anything did.
func (ch *change) recompute() (bool, error) {
	list, safe, due, work := ch.Clock.Holidays, ch.SafeDue, ch.Due, ch.WorkTo()
	if err := ch.redate(); err != nil {
		return false, err
	}
	if ch.SafeDue == safe && ch.Due == due && ch.WorkTo() == work {
		return false, nil
	}
	ch.line(system("watch"), "dates-moved", "", "holidays", map[string]string{
		"listBefore": list, "list": ch.Clock.Holidays, "safeDueBefore": string(safe), "safeDue": string(ch.SafeDue),
		"dueBefore": string(due), "due": string(ch.Due), "workToBefore": string(work), "workTo": string(ch.WorkTo()),
	})
	return true, nil
}

// milestones are the codes of what is due or missed on a day (C-13).
func (ch *change) milestones(today deadline.Date) ([]string, error) {
	res, err := ch.cases.clock(ch.Request)
	if err != nil {
		return nil, err
	}
	var codes []string
	add := func(code string, is bool) {
		if is {
			codes = append(codes, code)
		}
	}
	after := func(name string) bool { return today.After(res.Milestones[name]) }
	weighing, unsent, untold, owed := false, ch.Clock.Extension.By != "" && ch.Clock.ExtensionSent == "", false, len(ch.Legs) == 0
	targets := map[int]bool{}
	for i := range ch.Legs {
		l := &ch.Legs[i]
		weighing = weighing || l.Role == request.Controller && (l.Phase == request.Deciding || l.Phase == request.Approving)
		untold = untold || l.Role == request.Processor && l.Client != "" && l.Phase == request.Opened &&
			(l.MovedFrom.Leg == "" || !ch.now.Before(ch.cases.workdays(l.MovedFrom.At, handOverDays+1))) // from the act
		owed = owed || l.Role == request.Controller && !l.Past(request.Answered)
		if ch.ours(l) {
			targets[l.Right.Target()] = true
		}
	}
	matching := slices.ContainsFunc(ch.Tasks, func(t request.Task) bool { return t.Open() && t.Kind == "match" })
	add(missedAcknowledge, after("acknowledge") && ch.Stage == request.Registered)
	add(missedTriage, after("triage") && (ch.Stage == request.Registered || ch.Stage == request.Acknowledged))
	add(missedClientNotice, after("clientNotice") && untold)
	for _, n := range slices.Sorted(maps.Keys(targets)) {
		// An extension says that there is no answer soon.
		on := ch.cases.Calendar.AddWorkingDays(res.Received, n)
		add(target(n), n > 0 && !today.Before(on) && ch.Clock.ExtensionSent == "")
	}
	add(identityQuestion, today == res.Milestones["identityQuestion"] && matching)
	add(legalReview, !today.Before(res.Milestones["legalReview"]) && !today.After(res.SafeDue) && (weighing || unsent))
	handDue, handLate := ch.byHandMilestones(today)
	add(byHandDue, handDue && !handLate)
	add(byHandLate, handLate)
	late := today.After(res.WorkTo)
	left := ch.cases.Calendar.WorkingDaysBetween(today, res.WorkTo)
	for _, n := range slices.Backward(warnings) {
		add(warning(n), !late && left <= n)
	}
	add(missedSafe, late)
	// C-16: the client answers for its own legs; a day of ours is missed only where we owe an answer.
	add(missedDue, owed && today.After(res.Due))
	if p := ch.Clock.PromisedDay; p != "" {
		add(missedPromise+"-"+string(p), owed && today.String() > string(p))
	}
	return codes, nil
}

func warning(n int) string { return "warn" + strconv.Itoa(n) }

// target is the day within which we mean to answer: it is told on that day,
// while the answer can still go out.
func target(n int) string { return "target" + strconv.Itoa(n) }

// ours reports whether it is our staff's turn to do something for an answer
// that we owe: what waits for a person, a cool-off or a system is nobody's to hurry.
func (ch *change) ours(l *request.Leg) bool {
	return l.Role == request.Controller && !l.Past(request.Answered) && store.WaitsFor(ch.Request, l) == ""
}

// passed reports whether a nearer warning, or the day itself missed, is due
// too: after days without a watch only that one is told.
func passed(code string, codes []string) bool {
	order := []string{
		target(1), target(5), warning(10), target(15), warning(5), warning(2), warning(0), missedSafe, missedDue,
	}
	i := slices.Index(order, code)
	return i >= 0 && slices.ContainsFunc(order[i+1:], func(nearer string) bool { return slices.Contains(codes, nearer) })
}

// warnStaff tells of a milestone, once: the office by mail, and who has the
// request in hand by a task; from two working days on the privacy officer too,
// by mail or else in the approvers' queue. A missed legal day is an incident,
// and the person is owed an apology. It reports whether it was escalated.
func (ch *change) warnStaff(code string) bool {
	ch.tellStaff(code, "", map[string]string{"workTo": string(ch.WorkTo()), "due": string(ch.Due)})
	switch code {
	case warning(10), warning(5), identityQuestion, legalReview, byHandDue, target(1), target(5), target(15):
		return false
	case missedDue:
		ch.line(system("watch"), "incident", "", missedDue, map[string]string{"due": string(ch.Due)})
		ch.task("apologise", "", "officer", "", missedDue)
	case missedPromise + "-" + string(ch.Clock.PromisedDay):
		ch.line(system("watch"), "incident", "", missedPromise, map[string]string{"promised": string(ch.Clock.PromisedDay)})
		ch.task("apologise", "", "officer", "", missedPromise)
	}
	ch.escalate(code, "")
	return true
}

// tellStaff writes that staff were warned, mails the office, and gives a task
// to who has the request in hand; about is the letter that it is about, if any.
func (ch *change) tellStaff(code, about string, refs map[string]string) {
	ch.line(system("watch"), "warned-staff", "", code, refs)
	ch.mailStaff("milestone", code+about, ch.cases.House.Email)
	if assignee := ch.assignee(); assignee != "" {
		ch.task("deadline", "", "officer", "", code)
		for i := range ch.Tasks {
			if t := &ch.Tasks[i]; t.Open() && t.Kind == "deadline" && t.Code == code && t.Assignee == "" {
				t.Assignee = assignee
			}
		}
	}
}

// escalate tells the privacy officer: by mail, or else in the approvers' queue.
func (ch *change) escalate(code, about string) {
	ch.line(system("watch"), "escalated", "", code, nil)
	if ch.cases.Privacy != "" {
		ch.mailStaff("escalated", code+about, ch.cases.Privacy)
	} else {
		ch.task("deadline", "", "approver", "", "escalated-"+code)
	}
}

// mailStaff sends N-03, once for what it is about and a day to work to.
func (ch *change) mailStaff(event, about, to string) {
	o := ch.order(letters.StaffNotice, nil, nil)
	o.Language = request.Dutch
	ch.letter("", event+"-"+about+"-"+string(ch.WorkTo()), post.Address{Kind: "house", Email: to}, o)
}

// assignee is who has the request in hand: the one with its oldest open task.
func (ch *change) assignee() string {
	for _, t := range ch.Tasks {
		if t.Open() && t.Assignee != "" && t.Kind != "deadline" {
			return t.Assignee
		}
	}
	return ""
}
