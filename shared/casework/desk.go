package casework

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/disclosure"
	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// may refuses an actor without the role.
func may(a Actor, role, on string) error {
	if a.ID == "" || !a.Has(role) {
		return request.Fault(request.Forbidden, on, "act as %s", role)
	}
	return nil
}

// Tasks lists a queue.
func (c *Cases) Tasks(ctx context.Context, queue string, page store.Page) ([]store.TaskRow, string, error) {
	return c.Lists.Tasks(ctx, queue, page)
}

// View shows a request to a member of staff; opening it stands in the ledger
// (A46). An auditor sees no person.
func (c *Cases) View(ctx context.Context, a Actor, ref request.Reference) (CaseView, error) {
	if a.ID == "" || !a.Has("officer") && !a.Has("approver") && !a.Has("auditor") {
		return CaseView{}, request.Fault(request.Forbidden, string(ref), "open a request")
	}
	id, err := c.Finder.ByReference(ctx, ref)
	if err != nil {
		return CaseView{}, err
	}
	r, err := c.change(ctx, id, func(ch *change) error {
		ch.line(a.ID, "opened", "", "", nil)
		return nil
	})
	if err != nil {
		return CaseView{}, err
	}
	v := CaseView{Request: r}
	if v.Letters, err = c.Letters.LettersOf(ctx, string(id)); err != nil {
		return CaseView{}, fmt.Errorf("open %s: its letters: %w", ref, err)
	}
	v.Deliveries = map[string]DeliveryView{}
	for _, l := range v.Letters {
		v.Deliveries[l.ID] = Delivery(l)
	}
	if v.Lines, err = c.Ledger.Lines(ctx, id); err != nil {
		return CaseView{}, fmt.Errorf("open %s: its ledger: %w", ref, err)
	}
	res, err := c.clock(r)
	if err != nil {
		return CaseView{}, err
	}
	v.Steps, v.Plan, v.WorkTo = res.Explain, res.Plan, request.Day(res.WorkTo.String())
	v.Explain = v.ExplainIn(request.Dutch)
	if v.Unposted, err = (&change{Request: r, now: c.Now().UTC(), cases: c}).unposted(); err != nil {
		return CaseView{}, fmt.Errorf("open %s: its letters to post: %w", ref, err)
	}
	today := deadline.LocalDate(c.Now())
	if v.WorkingDaysLeft = c.Calendar.WorkingDaysBetween(today, res.WorkTo); res.WorkTo.Before(today) && v.WorkingDaysLeft > 0 {
		v.WorkingDaysLeft = -v.WorkingDaysLeft
	}
	if !a.Has("officer") && !a.Has("approver") {
		r.Sender, r.Subject, r.Text, r.Candidates, r.Messages, v.Letters = request.Sender{}, "", "", nil, nil, nil
	}
	return v, nil
}

// Assign gives an open task to a member of staff.
func (c *Cases) Assign(ctx context.Context, a Actor, ref request.Reference, task, to string) error {
	return c.update(ctx, ref, func(ch *change) error {
		t := ch.openTask(task)
		if t == nil {
			return request.Fault(request.NotFound, string(ch.ID), "find open task %s", task)
		}
		if err := may(a, t.Role, string(ch.ID)); err != nil {
			return err
		}
		if t.Not != "" && t.Not == to {
			return request.Fault(request.SamePerson, string(ch.ID), "assign task %s", task)
		}
		t.Assignee = to
		ch.line(a.ID, "assigned", t.Leg, t.Kind, nil)
		return nil
	})
}

func (ch *change) openTask(id string) *request.Task {
	for i := range ch.Request.Tasks {
		if t := &ch.Request.Tasks[i]; t.ID == id && t.Open() {
			return t
		}
	}
	return nil
}

// ReadAs is an officer's reading of a message that intake was not sure of.
// "noise" closes it, with a reason, for good.
func (c *Cases) ReadAs(ctx context.Context, a Actor, ref request.Reference, choice TriageChoice) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	if choice.Kind == "request" && len(choice.Rights) == 0 {
		return request.Fault(request.InputRefused, "rights", "read a request that asks nothing")
	}
	for _, r := range choice.Rights {
		if !r.Valid() {
			return request.Fault(request.InputRefused, "rights", "read a right that does not exist")
		}
	}
	return c.update(ctx, ref, func(ch *change) error {
		if ch.Stage != request.Registered && ch.Stage != request.Acknowledged {
			return request.Fault(request.PhaseIllegal, string(ch.ID), "read a request that is %s", ch.Stage)
		}
		ch.done("triage", "", a.ID)
		ch.Understood.By = a.ID
		ch.WakeAt = ch.now
		ch.resume = append(ch.resume, resumption{})
		if choice.Kind == "noise" {
			if choice.Reason == "" {
				return request.Fault(request.InputRefused, "reason", "set a message aside without a reason")
			}
			ch.Stage, ch.ClosedAt, ch.WakeAt = request.Done, ch.now, noTimer
			ch.line(a.ID, "set-aside", "", choice.Reason, nil)
			return nil
		}
		if err := ch.readBehalf(choice); err != nil {
			return err
		}
		ch.Kind = choice.Kind
		ch.Understood.Rights, ch.Understood.Relations, ch.Understood.Sure = choice.Rights, choice.Relations, true
		ch.Stage = request.Triaged
		var rights []string
		for _, r := range choice.Rights {
			rights = append(rights, string(r))
		}
		ch.line(a.ID, "triaged", "", choice.Kind, map[string]string{"rights": strings.Join(rights, ",")})
		return nil
	})
}

// Choose settles who the subject is: one candidate, or several where a
// debtor's request goes to several clients; none means that nobody fits.
func (c *Cases) Choose(ctx context.Context, a Actor, ref request.Reference, leg string, candidates []string) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.leg(leg)
		if err != nil {
			return err
		}
		if l.Candidate != "" || l.Phase != request.Opened && l.Phase != request.Proving {
			return request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+leg, "choose for a leg that is %s", l.Phase)
		}
		var chosen []*request.Candidate
		for _, id := range candidates {
			cand := ch.Candidate(id)
			if cand == nil || (cand.Relation == request.Debtor) != (l.Relation == request.Debtor) {
				return request.Fault(request.InputRefused, "candidate", "choose a candidate that does not fit the leg")
			}
			chosen = append(chosen, cand)
		}
		ch.done("match", leg, a.ID)
		ch.line(a.ID, "matched", leg, "", map[string]string{"candidates": strings.Join(candidates, ",")})
		if len(chosen) == 0 && ch.Delegated != nil {
			return ch.nobodyHere(l)
		}
		if len(chosen) == 0 {
			// Nobody fits: the leg becomes ours to answer, as any that finds nothing.
			l.Role, l.Client = request.Controller, ""
			l.Outcome = request.Unverified
			if l.Phase == request.Opened {
				if err := ch.advance(l, request.ProofAsked, a.ID, "no-match", nil); err != nil {
					return err
				}
			}
			if err := ch.advance(l, request.ProofMissing, a.ID, "no-match", nil); err != nil {
				return err
			}
			ch.signal(l)
			return nil
		}
		if len(chosen) > 1 && l.Relation != request.Debtor {
			return request.Fault(request.InputRefused, "candidate", "choose two people for one leg")
		}
		for i, cand := range chosen {
			cand.Chosen = true
			if i == 0 {
				l.Candidate, l.Client = cand.ID, cand.Client
				ch.signal(l)
				continue
			}
			ch.open(request.Leg{Right: l.Right, Relation: l.Relation, Client: cand.Client, Role: l.Role, Candidate: cand.ID})
			ch.signal(&ch.Legs[len(ch.Legs)-1])
			l, _ = ch.leg(leg) // opening may have moved the slice
		}
		if l.Role == request.Controller {
			ch.warn(l.ID)
		}
		ch.writes.Subjects, err = c.subjects(ctx, ch.Request)
		return err
	})
}

// DecideLeg records an officer's decision. A refusal, whole or in part, and an
// erasure wait for a second person (invariant 12).
func (c *Cases) DecideLeg(ctx context.Context, a Actor, ref request.Reference, leg string, d request.Decision) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.leg(leg)
		if err != nil {
			return err
		}
		if l.Role != request.Controller || l.Phase != request.Deciding {
			return request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+leg, "decide a leg that is %s", l.Phase)
		}
		d, err := lawful(l, d, day(ch.now))
		if err != nil {
			return err
		}
		if err := ch.mayDecide(l, d.Outcome); err != nil {
			return err
		}
		if err := onRecord(l, d.Outcome); err != nil {
			return err
		}
		l.Outcome = d.Outcome
		d.By, d.At, d.ApprovedBy, d.ApprovedAt, d.Automatic = a.ID, ch.now, "", time.Time{}, false
		l.Decision = d
		ch.done("decide", leg, a.ID)
		if l.NeedsApproval() {
			ch.task("approve", leg, "approver", a.ID, "")
			return ch.advance(l, request.ApprovalNeeded, a.ID, string(d.Outcome), map[string]string{"ground": d.Ground})
		}
		ch.signal(l)
		return ch.advance(l, request.DecisionMade, a.ID, string(d.Outcome), map[string]string{"ground": d.Ground})
	})
}

// noteNeeded reports whether the subject's letter needs words of the officer.
func noteNeeded(right request.Right, o request.Outcome) bool {
	switch right {
	case request.Question, request.Objection, request.AutomatedDecision:
		return true
	}
	return o == request.Refused || o == request.Partial && right != request.Erasure
}

// Approve is the second pair of eyes: another person than the one who decided.
func (c *Cases) Approve(ctx context.Context, a Actor, ref request.Reference, leg string) error {
	return c.review(ctx, a, ref, leg, func(ch *change, l *request.Leg) error {
		l.Decision.ApprovedBy, l.Decision.ApprovedAt = a.ID, ch.now
		ch.signal(l)
		return ch.advance(l, request.ApprovalGiven, a.ID, "", nil)
	})
}

// SendBack returns a decision to the one who took it.
func (c *Cases) SendBack(ctx context.Context, a Actor, ref request.Reference, leg, reason string) error {
	return c.review(ctx, a, ref, leg, func(ch *change, l *request.Leg) error {
		l.Outcome, l.Decision = "", request.Decision{Note: reason}
		ch.task("decide", leg, "officer", "", "")
		return ch.advance(l, request.SentBack, a.ID, "", nil)
	})
}

func (c *Cases) review(ctx context.Context, a Actor, ref request.Reference, leg string, fn func(*change, *request.Leg) error) error {
	if err := may(a, "approver", string(ref)); err != nil {
		return err
	}
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.leg(leg)
		if err != nil {
			return err
		}
		if l.Phase != request.Approving {
			return request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+leg, "approve a leg that is %s", l.Phase)
		}
		if l.Decision.By == a.ID {
			return request.Fault(request.SamePerson, string(ch.ID)+"/"+leg, "approve")
		}
		ch.done("approve", leg, a.ID)
		return fn(ch, l)
	})
}

// ReleaseNow lets a package go without the disclosure wait; the level of proof
// is not the officer's to change (A12).
func (c *Cases) ReleaseNow(ctx context.Context, a Actor, ref request.Reference, leg string) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.leg(leg)
		if err != nil {
			return err
		}
		if !l.Right.Discloses() || l.Role != request.Controller || l.Phase != request.Decided {
			return request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+leg, "release a leg that is %s", l.Phase)
		}
		if l.Has < l.Needs {
			return request.Fault(request.ProofTooLow, string(ch.ID)+"/"+leg, "release")
		}
		l.Released = true
		ch.done("release", leg, a.ID)
		ch.line(a.ID, "released", leg, "", nil)
		if err := c.tryRelease(ch, l, false); err != nil {
			return err
		}
		ch.signal(l)
		return nil
	})
}

// CarriedOut records that an officer did by hand what the client instructed,
// or what was decided and no system can do.
func (c *Cases) CarriedOut(ctx context.Context, a Actor, ref request.Reference, leg, note string) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.leg(leg)
		if err != nil {
			return err
		}
		return ch.carriedByHand(l, a, note)
	})
}

// StopErasure stops an approved erasure during its cool-off; it is decided again.
func (c *Cases) StopErasure(ctx context.Context, a Actor, ref request.Reference, leg, reason string) error {
	if !a.Has("officer") && !a.Has("approver") {
		return request.Fault(request.Forbidden, string(ref), "stop an erasure")
	}
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.leg(leg)
		if err != nil {
			return err
		}
		if l.Right != request.Erasure || l.Phase != request.Decided {
			return request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+leg, "stop a leg that is %s", l.Phase)
		}
		l.Outcome, l.Decision, l.HoldUntil = "", request.Decision{Note: reason}, noTimer
		ch.task("decide", leg, "officer", "", "")
		ch.signal(l)
		return ch.advance(l, request.SentBack, a.ID, "", nil)
	})
}

// TaskDone ends a task that asks for nothing else of the desk: a reply read, a
// letter printed, a stuck case looked at.
func (c *Cases) TaskDone(ctx context.Context, a Actor, ref request.Reference, task string) error {
	if !a.Has("approver") {
		if err := may(a, "officer", string(ref)); err != nil {
			return err
		}
	}
	r, err := c.find(ctx, ref)
	if err != nil {
		return err
	}
	for _, t := range r.Tasks {
		if t.ID == task && t.Open() && t.Kind == "print" {
			// A letter on paper is followed until it is posted: its task ends by that alone.
			return c.Posted(ctx, a, ref, t.Code, day(c.Now()))
		}
	}
	return c.update(ctx, ref, func(ch *change) error {
		t := ch.openTask(task)
		if t == nil {
			return errNothing
		}
		if err := may(a, t.Role, string(ch.ID)); err != nil {
			return err
		}
		if !slices.Contains([]string{"reply", "stuck", "system", "schema", "undelivered", "chase-client", "client-gone", "not-me", "tell-client", "ask-again", "deadline", "recalled"}, t.Kind) && !(t.Kind == "lift" && t.Code == string(request.Moved)) {
			return request.Fault(request.PhaseIllegal, string(ch.ID), "end task %s without its act", t.Kind)
		}
		t.Done, t.DoneBy = ch.now, a.ID
		ch.line(a.ID, "task-done", t.Leg, t.Kind, nil)
		l := ch.Leg(t.Leg)
		switch {
		case t.Kind == "chase-client":
			ch.line(a.ID, "client-called", t.Leg, "", nil)
			if l != nil && l.Phase == request.Forwarded {
				l.WakeAt = ch.cases.workdays(ch.now, recall) // and again, should it stay silent
			}
		case t.Kind == "lift":
			ch.line(a.ID, "restriction-stays", t.Leg, "", nil) // who decides now said so
		case t.Kind == "client-gone" && l != nil && l.Halted:
			return request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+l.ID, "end a halt without saying what becomes of the instruction")
		case t.Kind == "client-gone" && l != nil && l.Phase == request.Opened:
			ch.signal(l) // who decides now stands in the register: it is handed over to them
		case t.Kind == "client-gone" && l != nil && l.Phase == request.Forwarded:
			l.Back = request.Back{At: ch.now, Reminded: l.Reminded}
			l.WakeAt = ch.now // its reminders go on, or the task comes back
		}
		if t.Kind == "not-me" {
			for i := range ch.Legs {
				if l := &ch.Legs[i]; l.Wait.State == "Hold" {
					l.WakeAt = ch.now // it was held for this
				}
			}
		}
		return nil
	})
}

// Preview renders the letter that a decision would send, exactly: for who
// decides, and for who approves.
func (c *Cases) Preview(ctx context.Context, a Actor, ref request.Reference, leg string, d request.Decision) (letters.Mail, error) {
	if a.ID == "" || !a.Has("officer") && !a.Has("approver") {
		return letters.Mail{}, request.Fault(request.Forbidden, string(ref), "preview a letter")
	}
	r, err := c.find(ctx, ref)
	if err != nil {
		return letters.Mail{}, err
	}
	l := r.Leg(leg)
	if l == nil {
		return letters.Mail{}, request.Fault(request.NotFound, string(ref)+"/"+leg, "preview")
	}
	if d, err = lawful(l, d, day(c.Now())); err != nil {
		return letters.Mail{}, err
	}
	l.Outcome, l.Decision = d.Outcome, d
	l.Decision.By = a.ID
	ch := &change{Request: r, now: c.Now().UTC(), cases: c}
	if l.Package.Until == "" {
		l.Package.Until = request.Day(deadline.LocalDate(ch.now).AddDays(c.Waits.LinkDays).String())
	}
	if len(l.Review) > 0 && MayLook(l) {
		// The letter names what stays behind: as seal will count it.
		spec, err := c.packageSpec(ctx, r, l)
		if err != nil {
			return letters.Mail{}, fmt.Errorf("preview %s leg %s: %w", ref, strconv.Quote(leg), err)
		}
		contents, err := disclosure.Look(ctx, spec, c.Work)
		if err != nil {
			return letters.Mail{}, fmt.Errorf("preview %s leg %s: %w", ref, strconv.Quote(leg), err)
		}
		l.Package.Left = leftOut(l.Review, contents.Omissions)
	}
	if l.Right == request.Erasure {
		for _, p := range l.Plan { // as if it had been carried out
			if p.Action == request.EraseAction || p.Action == request.AnonymiseAction {
				l.Receipts = append(l.Receipts, request.Receipt{System: p.System, Holding: p.Holding, Action: erasure.ReceiptErased, Count: p.Count})
			}
			if at, ok := c.Systems.Inventory().Holding(p.System, p.Holding); ok && p.Action == request.EraseAction && slices.Contains(at.Holding.Stops, request.MarketingObjection) {
				l.Suppressed = l.Suppressed || len(c.subject(r, l).Keys["email"]) > 0
			}
		}
		if d.Outcome != request.Refused {
			c.tell(ch, l)
		}
	}
	o, _ := c.answer(ch, l)
	m, err := letters.Render(o, c.House, "")
	if err != nil {
		return letters.Mail{}, fmt.Errorf("preview %s leg %s: %w", ref, strconv.Quote(leg), err)
	}
	return m, nil
}
