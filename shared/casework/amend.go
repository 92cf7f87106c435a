package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/grounds"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// Amend carries out in the systems what a rectification or a restriction
// decided, or a client instructed; it sets the restriction
// under which an objection is weighed (18(1)(d)), and ends one on its day
// (18(3)). What no system can do, or what holds another value by now, waits for
// an officer. Running it again changes nothing: a field is compared with its
// old value, a mark with its leg.
func (c *Cases) Amend(ctx context.Context, in Input) (Output, error) {
	r, l, err := c.load(ctx, in, "amend")
	if err != nil {
		return Output{}, err
	}
	var did amendment
	if after(l, "Amend") == "" {
		if did, err = c.carryInto(ctx, r, l); err != nil {
			return Output{}, c.failing(ctx, in, err)
		}
	}
	if did.marked != nil || did.corrected != nil {
		// Whatever became of the leg meanwhile: what was corrected is on record, and
		// what is marked, so that it can be lifted.
		_, err := c.change(ctx, in.RequestID, func(ch *change) error {
			l, err := ch.leg(in.LegID)
			if err != nil {
				return err
			}
			if did.marked == nil && l.Outcome == request.Moved {
				ch.corrected(l, did)
				return nil
			}
			if did.marked == nil || !l.Restriction.SetAt.IsZero() {
				return errNothing
			}
			ch.restricted(l, did.marked)
			if l.Outcome == request.Withdrawn || l.Outcome == request.Moved {
				ch.task("lift", l.ID, "officer", "", string(l.Outcome))
			}
			return nil
		})
		if err != nil {
			return Output{}, fmt.Errorf("amend: %w", err)
		}
	}
	return c.waits(ctx, in, "Amend", func(ch *change, l *request.Leg) error {
		return ch.amended(l, did)
	}, func(ch *change, l *request.Leg) time.Time {
		if !l.Halted && (toAmend(l) || l.Role == request.Processor && marks(l)) {
			return ch.now // proposed, or let go on, while we were at work
		}
		return noTimer
	})
}

// amendment is what was done in the systems.
type amendment struct {
	// corrected are the corrections as they stand now, as they were before.
	before, corrected []request.Correction
	marked            []request.Receipt
	// lifted are the receipts of a restriction's end; client is whose file it was.
	lifted []request.Receipt
	client register.Client
}

// marks reports whether the leg is at the point where its restriction is set.
func marks(l *request.Leg) bool {
	if !l.Restriction.SetAt.IsZero() {
		return false
	}
	switch {
	case l.Role == request.Processor:
		return (l.Right == request.Restriction || l.Right == request.Objection || l.Instruction.Kind == request.RestrictInstead) && l.Phase == request.Instructed
	case l.Right == request.Restriction:
		return l.Phase == request.Held
	}
	return l.Right == request.Objection && l.Phase == request.Proven
}

// corrects reports whether the leg is at the point where fields are changed.
func corrects(l *request.Leg) bool {
	return l.Right == request.Rectification &&
		(l.Role == request.Processor && l.Phase == request.Instructed || l.Role == request.Controller && l.Phase == request.Held)
}

// toAmend reports whether something decided was not tried yet.
func toAmend(l *request.Leg) bool {
	if !corrects(l) {
		return false
	}
	for _, x := range l.Corrections {
		if x.Status == request.CorrectionProposed {
			return true
		}
	}
	return false
}

// mayAmend holds the last door before a change in the systems: decided and
// held, or instructed by the client (invariant 1).
func mayAmend(r *request.Request, l *request.Leg) error {
	on := string(r.ID) + "/" + l.ID
	switch {
	case l.Role == request.Processor && l.Instruction.By == "" && !l.Restriction.Lifting:
		return request.Fault(request.NoInstruction, on, "amend")
	case l.Role == request.Controller && l.Has < l.Needs:
		return request.Fault(request.ProofTooLow, on, "amend")
	}
	return nil
}

// carryInto does the outside acts.
func (c *Cases) carryInto(ctx context.Context, r *request.Request, l *request.Leg) (amendment, error) {
	var did amendment
	if l.Halted || !l.Restriction.Lifting && !marks(l) && !corrects(l) {
		return did, nil
	}
	if err := mayAmend(r, l); err != nil {
		return did, err
	}
	if marks(l) || toAmend(l) {
		if err := c.begin(ctx, Input{RequestID: r.ID, LegID: l.ID}, l.Instruction); err != nil {
			return did, fmt.Errorf("amend: %w", err)
		}
	}
	r, l, err := c.trace(ctx, r, l, "amend")
	if err != nil {
		return did, fmt.Errorf("amend: %w", err)
	}
	switch {
	case l.Restriction.Lifting:
		if did.lifted, err = c.lift(ctx, r, l); err == nil && l.Role == request.Processor {
			did.client, err = c.Registers.Client(ctx, l.Client)
		}
	case marks(l):
		did.marked, err = c.restrict(ctx, r, l)
	default:
		did.before = l.Corrections
		for _, x := range l.Corrections {
			if x.Status == request.CorrectionProposed {
				if x, err = c.correct(ctx, r, l, x); err != nil {
					break
				}
			}
			did.corrected = append(did.corrected, x)
		}
	}
	if err != nil {
		return amendment{}, fmt.Errorf("amend: request %s leg %s: %w", r.ID, l.ID, err)
	}
	return did, nil
}

// correct writes one field, where the old value still stands.
func (c *Cases) correct(ctx context.Context, r *request.Request, l *request.Leg, x request.Correction) (request.Correction, error) {
	p, ok := c.Systems.Inventory().Holding(x.System, x.Holding)
	if !ok {
		return x, fmt.Errorf("correct in %s/%s: %w", x.System, x.Holding, systems.ErrNotDeclared)
	}
	sys, err := c.reached().System(x.System)
	if err != nil {
		return x, fmt.Errorf("reach system %s: %w", x.System, err)
	}
	s := c.subject(r, l)
	x.At = c.Now().UTC()
	n, err := sys.Apply(ctx, *p.Holding, s.Of(), systems.Act{
		Action: systems.Correct, Column: x.Column, Old: x.Old, New: x.New, On: s.Today, Request: r.ID, Leg: l.ID,
	})
	switch {
	case errors.Is(err, systems.ErrNotDeclared), errors.Is(err, systems.ErrByHand):
		x.Status = request.CorrectionToDo
	case err != nil:
		return x, fmt.Errorf("correct in %s: %w", p.ID(), err)
	case n < x.Rows || n == 0:
		x.Status = request.CorrectionChanged
	default:
		x.Status = request.CorrectionDone
	}
	return x, nil
}

// The receipts of a restriction.
const (
	receiptRestricted = "restricted"
	receiptByHand     = "by-hand"
)

// restrict marks what the systems hold of the person, and lists what an
// officer must put aside by hand: a bucket cannot mark.
func (c *Cases) restrict(ctx context.Context, r *request.Request, l *request.Leg) ([]request.Receipt, error) {
	s := c.subject(r, l)
	marked := []request.Receipt{}
	for _, p := range c.scope(l) {
		sys, err := c.reached().System(p.System.ID)
		if err != nil {
			return nil, fmt.Errorf("reach system %s: %w", p.System.ID, err)
		}
		rec := request.Receipt{System: p.System.ID, Holding: p.Holding.ID, Action: receiptRestricted, At: c.Now().UTC()}
		if !sys.Can(*p.Holding, systems.Restrict) {
			rec.Action = receiptByHand
			err = sys.Collect(ctx, *p.Holding, s.Of(), func(systems.Row) error { rec.Count++; return nil })
		} else {
			rec.Count, err = sys.Apply(ctx, *p.Holding, s.Of(), systems.Act{
				Action: systems.Restrict, Ground: groundOf(l), On: s.Today, Request: r.ID, Leg: l.ID,
			})
		}
		if err != nil && !errors.Is(err, systems.ErrByHand) {
			return nil, fmt.Errorf("restrict %s: %w", p.ID(), err)
		}
		if rec.Count > 0 || err != nil { // only people can say how much there is
			marked = append(marked, rec)
		}
	}
	return marked, nil
}

// groundOf is the letter of 18(1) of a leg's restriction. A client that
// instructs one answers for its ground.
func groundOf(l *request.Leg) string {
	if l.Right == request.Objection {
		return "d"
	}
	if g := grounds.Restriction(l.Decision.Ground); len(g) == 1 {
		return g
	}
	if len(l.Decision.Ground) == 1 && grounds.Restriction(l.Decision.Ground) != "" {
		return l.Decision.Ground
	}
	return "a"
}

// named is the person of a leg in the name of its client, and by the numbers of
// our files in that of each client to whom it moved since: the system may have
// the file there by now.
func named(r *request.Request, l *request.Leg, s erasure.Subject) []systems.Selection {
	all := []systems.Selection{s.Of()}
	for next := r.Leg(l.MovedTo.Leg); next != nil; next = r.Leg(next.MovedTo.Leg) {
		all = append(all, systems.Of(systems.Keys{"file": s.Keys["file"]}, next.Client))
	}
	return all
}

// namedNow is named, and of a client that decides no more the person in the name
// of whoever has the files by now: of a part that is closed nobody says who that is.
func (c *Cases) namedNow(ctx context.Context, r *request.Request, l *request.Leg, s erasure.Subject) ([]systems.Selection, error) {
	all := named(r, l, s)
	if l.Role != request.Processor {
		return all, nil
	}
	client, err := c.Registers.Client(ctx, l.Client)
	if err != nil {
		return nil, fmt.Errorf("client %s of leg %s: %w", l.Client, l.ID, err)
	}
	if client.Decides() {
		return all, nil
	}
	found, err := systems.Candidates(ctx, c.reached(), request.Sender{FileNumbers: s.Keys["file"]}, []request.Relation{request.Debtor})
	if err != nil {
		return nil, fmt.Errorf("find who has the files of leg %s: %w", l.ID, err)
	}
	for _, cand := range found {
		if cand.Relation == request.Debtor && cand.Client != "" && !slices.ContainsFunc(all, func(of systems.Selection) bool { return of.Client == cand.Client }) {
			all = append(all, systems.Of(systems.Keys{"file": s.Keys["file"]}, cand.Client))
		}
	}
	return all, nil
}

// lift takes this leg's marks away, and no other's.
func (c *Cases) lift(ctx context.Context, r *request.Request, l *request.Leg) ([]request.Receipt, error) {
	s := c.subject(r, l)
	in, err := c.namedNow(ctx, r, l, s)
	if err != nil {
		return nil, err
	}
	lifted := []request.Receipt{}
	for _, p := range c.scope(l) {
		sys, err := c.reached().System(p.System.ID)
		if err != nil {
			return nil, fmt.Errorf("reach system %s: %w", p.System.ID, err)
		}
		if !sys.Can(*p.Holding, systems.Unrestrict) {
			continue
		}
		act := systems.Act{Action: systems.Unrestrict, On: s.Today, Request: r.ID, Leg: l.ID}
		n := 0
		for _, of := range in {
			one, err := sys.Apply(ctx, *p.Holding, of, act)
			if err != nil {
				return nil, fmt.Errorf("lift the restriction of %s: %w", p.ID(), err)
			}
			n += one
		}
		if n > 0 {
			lifted = append(lifted, request.Receipt{System: p.System.ID, Holding: p.Holding.ID, Action: "unrestricted", Count: n, At: c.Now().UTC()})
		}
	}
	return lifted, nil
}

// amended records what was done, and brings the leg on when nothing is left.
func (ch *change) amended(l *request.Leg, did amendment) error {
	ch.answers(l, "") // whatever was asked has answered
	switch {
	case did.lifted != nil && l.Restriction.Lifting:
		ch.lifted(l, did)
		return nil
	case did.corrected != nil && corrects(l):
		ch.corrected(l, did)
	}
	switch {
	case l.Right == request.Objection && l.Phase == request.Proven:
		return ch.advance(l, request.WasPrepared, system("amend"), "", nil)
	case l.Role == request.Controller && l.Phase == request.Held && !ch.byHandLeft(l):
		return ch.advance(l, request.WasActed, system("amend"), "", nil)
	case l.Halted, l.Role == request.Processor && (marks(l) || toAmend(l)):
		return nil // it was not carried out
	case l.Role == request.Processor && l.Phase == request.Instructed && !ch.byHandLeft(l):
		return ch.advance(l, request.WasExecuted, system("amend"), "", counts(l.Receipts))
	}
	return nil
}

// restricted records a restriction and tells the recipients of one that has no
// state of its own to do so.
func (ch *change) restricted(l *request.Leg, marked []request.Receipt) {
	l.Restriction.Ground, l.Restriction.SetAt, l.Restriction.Marked = groundOf(l), ch.now, marked
	l.Receipts = append(l.Receipts, marked...)
	ch.line(system("amend"), "restricted", l.ID, l.Restriction.Ground, counts(marked))
	for _, m := range marked {
		if m.Action == receiptByHand {
			ch.task("carry-out", l.ID, "officer", "", "restrict")
		}
	}
	ch.freeze(l, marked)
	if l.Right == request.Objection {
		// Art. 19 holds for this restriction as for any other.
		inv := ch.cases.Systems.Inventory()
		ch.cases.tellEach(ch, l, tellRestrict, inv.RecipientsOf(ch.cases.touched(l)))
	}
}

// corrected records the fields; one that was proposed anew meanwhile stays proposed.
func (ch *change) corrected(l *request.Leg, did amendment) {
	refs := map[string]string{}
	for i := range l.Corrections {
		for j, was := range did.before {
			if l.Corrections[i] == was && was.Status == request.CorrectionProposed {
				l.Corrections[i] = did.corrected[j]
				x := did.corrected[j]
				refs[x.System+"/"+x.Holding+"/"+x.Column] = x.Status
				if x.Status == request.CorrectionDone {
					l.Receipts = append(l.Receipts, request.Receipt{System: x.System, Holding: x.Holding, Action: "corrected", Count: x.Rows, At: x.At})
				}
			}
		}
	}
	if len(refs) > 0 {
		ch.line(system("amend"), "corrected", l.ID, "", refs)
	}
}

// byHandLeft reports whether an officer must still do something, and gives it
// to one: a field that no system corrects or that holds another value by now,
// a statement to put with the data, what a bucket cannot mark, and whatever
// was granted or instructed without naming a field.
func (ch *change) byHandLeft(l *request.Leg) bool {
	if toAmend(l) {
		return true
	}
	left := ch.Task("carry-out", l.ID) != nil
	if l.Right != request.Rectification {
		// An objection of ours is answered all the same: the task stays open. Of no
		// leg it is said that letters stopped before they did.
		return left && (l.Right != request.Objection || l.Role == request.Processor) || !frozen(l)
	}
	code := ""
	for _, x := range l.Corrections {
		switch {
		case x.Status == request.CorrectionChanged:
			code = "changed"
		case x.Status == request.CorrectionToDo && code == "":
			code = "by-hand"
		}
	}
	if code == "" && l.Statement != "" && l.StatementAt.IsZero() {
		code = "statement"
	}
	if len(l.Corrections) == 0 && l.Statement == "" {
		code = "unnamed"
	}
	if code != "" {
		ch.task("carry-out", l.ID, "officer", "", code)
		return true
	}
	ch.done("carry-out", l.ID, system("amend")) // another try did it
	return false
}

// carriedByHand records that an officer did what no system could.
func (ch *change) carriedByHand(l *request.Leg, a Actor, note string) error {
	if err := mayCarry(ch.Request, l); err != nil {
		return err
	}
	on := string(ch.ID) + "/" + l.ID
	open := ch.Task("carry-out", l.ID) != nil
	ch.done("carry-out", l.ID, a.ID)
	for i := range l.Receipts {
		if rec := &l.Receipts[i]; rec.Action == receiptByHand && rec.By == "" {
			rec.By = a.ID
		}
	}
	if l.Phase == request.Instructed || l.Phase == request.Held {
		for i := range l.Corrections {
			if x := &l.Corrections[i]; !carriedOut(*x) {
				x.Status, x.At = request.CorrectionByHand, ch.now
			}
		}
		if l.Statement != "" {
			l.StatementAt = ch.now
		}
	}
	switch {
	case !open:
		return request.Fault(request.PhaseIllegal, on, "carry out what nobody has to")
	case l.Phase == request.Closed:
		// A mark that was set or taken off by hand, of a leg that goes nowhere any more.
	case !frozen(l):
		// What was put aside is; the leg goes on when the dunning stopped too.
	case l.Role == request.Processor:
		if l.Phase == request.Instructed {
			l.Decision = request.Decision{Outcome: request.Granted, Note: note, By: a.ID, At: ch.now}
		}
		ch.signal(l)
		return ch.advance(l, request.WasExecuted, a.ID, "by-hand", nil)
	case l.Phase == request.Held:
		ch.signal(l)
		return ch.advance(l, request.WasActed, a.ID, "by-hand", nil)
	}
	ch.line(a.ID, "carried-out", l.ID, "by-hand", nil)
	return nil
}

// lifted records the end of a restriction and tells the recipients.
func (ch *change) lifted(l *request.Leg, did amendment) {
	m := &l.Restriction
	m.LiftedAt, m.Lifting = ch.now, false
	l.Receipts = append(l.Receipts, did.lifted...)
	ch.line(system("amend"), "restriction-lifted", l.ID, m.LiftReason, map[string]string{"on": string(m.LiftOn)})
	for _, r := range m.Marked {
		if r.Action == receiptByHand {
			ch.task("carry-out", l.ID, "officer", "", "unrestrict")
		}
	}
	ch.thaw(l)
	var told []string
	for _, t := range l.Told {
		if t.Action == tellRestrict && t.Status == request.ToldNotified {
			told = append(told, t.Recipient)
		}
	}
	ch.cases.tellEach(ch, l, tellUnrestrict, told)
	if strings.HasPrefix(m.LiftBy, "client:") {
		// what was instructed is reported when it is done.
		ch.reports(l, did.client, "report-lift", ch.reportLetter(l, did.client, request.Instruction{By: m.LiftBy, At: m.LiftTold, Receipt: m.LiftReceipt}))
	}
}
