package request

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Check refuses a request that breaks a rule which no step may break, whoever
// wrote the step. The stores call it before every write.
//
//   - law.md invariant 12: who approves is not who decided, in whatever role
//     (SamePerson), and a refusal, an erasure or a fee of ours goes nowhere
//     before somebody approved it (Forbidden). Nor does a copy in which a person
//     screened what may be of others (15(4)): it takes two, whoever decided.
//   - a ground of 12(5) or UAVG 41 is a person's decision, and the
//     latter holds necessity, proportionality and an end (Forbidden).
//   - law.md invariant 1: a processor leg goes nowhere past forwarded without
//     the client's recorded instruction (NoInstruction).
//   - 28(3): an instruction that we flagged is in force only once the client said
//     so again (NoInstruction).
//   - what one client handed over is about that client's files alone
//     (Forbidden).
//   - invariant 12 again: an extension takes two people, and no letter of it is
//     out before the second (SamePerson, Forbidden).
func (r *Request) Check() error {
	if !r.ID.Valid() {
		return Fault(InputRefused, "", "write a request without a well-formed id")
	}
	if r.Reference == "" || r.SourceKey == "" || r.Received.IsZero() {
		return Fault(InputRefused, string(r.ID), "write a request without reference, source or receipt instant")
	}
	if err := r.Clock.check(r.ID); err != nil {
		return err
	}
	if err := fourEyes(string(r.ID), "extension", r.Clock.Extension.By, r.Clock.Extension.ApprovedBy); err != nil {
		return err
	}
	if err := r.checkDelegated(); err != nil {
		return err
	}
	seen := make(map[string]bool, len(r.Legs)+len(r.Tasks))
	for i := range r.Legs {
		l := &r.Legs[i]
		if l.ID == "" || seen["leg "+l.ID] {
			return Fault(InputRefused, string(r.ID), "write two legs with one id, or one without")
		}
		seen["leg "+l.ID] = true
		if err := l.check(); err != nil {
			return err
		}
	}
	for _, t := range r.Tasks {
		if t.ID == "" || seen["task "+t.ID] {
			return Fault(InputRefused, string(r.ID), "write two tasks with one id, or one without")
		}
		seen["task "+t.ID] = true
	}
	return nil
}

// checkDelegated refuses anything of anybody else in what a client handed over.
func (r *Request) checkDelegated() error {
	d := r.Delegated
	if (d != nil) != (r.Channel == API) {
		return Fault(InputRefused, string(r.ID), "write a request of a client's machine without the client")
	}
	if d == nil {
		return nil
	}
	if d.Client == "" || d.ID == "" || d.Digest == "" || d.Asked.IsZero() {
		return Fault(InputRefused, string(r.ID), "write half of what a client handed over")
	}
	for _, c := range r.Candidates {
		if c.Relation != Debtor || c.Client != d.Client {
			return Fault(Forbidden, string(r.ID), "look at another's debtor for a client")
		}
	}
	for _, l := range r.Legs {
		if l.Role != Processor || l.Relation != Debtor || l.Client != d.Client {
			return Fault(Forbidden, l.ID, "do for a client what is another's")
		}
	}
	return nil
}

func (l *Leg) check() error {
	d := l.Decision
	if err := fourEyes(l.ID, "decision", d.By, d.ApprovedBy); err != nil {
		return err
	}
	if err := l.checkScreening(); err != nil {
		return err
	}
	if err := l.checkGround(); err != nil {
		return err
	}
	if err := fourEyes(l.ID, "fee", l.Fee.By, l.Fee.ApprovedBy); err != nil {
		return err
	}
	if !l.Fee.Accepted.IsZero() && l.Fee.ApprovedBy == "" {
		return Fault(Forbidden, l.ID, "agree on a fee that nobody approved")
	}
	if n := len(l.Flags); n > 0 && l.Flags[n-1].Word == "" && l.Past(Instructed) && l.Phase != Closed {
		return Fault(NoInstruction, l.ID, "be %s before the client's second word", l.Phase)
	}
	switch l.Role {
	case Controller:
		if l.NeedsApproval() && l.Past(Decided) && d.ApprovedBy == "" {
			return Fault(Forbidden, l.ID, "go on with %s of %s that nobody approved", d.Outcome, l.Right)
		}
	case Processor:
		if l.Instruction.By != "" {
			return nil
		}
		// Nobody may wait for a client to withdraw what the client was never told of.
		if l.Outcome == Withdrawn && l.ForwardedAt.IsZero() {
			return nil
		}
		// Nor for one that no longer decides.
		if l.Outcome == Moved && l.MovedTo.Leg != "" {
			return nil
		}
		switch l.Phase {
		case Opened, Proving, Proven, Forwarded:
		default:
			return Fault(NoInstruction, l.ID, "be %s", l.Phase)
		}
		if l.Package.Key != "" {
			return Fault(NoInstruction, l.ID, "seal a package")
		}
	}
	return nil
}

// checkScreening refuses an approval of one's own findings: who looked through
// a copy is not the second who lets it go, also where a third decided (15(4)).
func (l *Leg) checkScreening() error {
	d := l.Decision
	if d.ApprovedBy == "" || d.Outcome == Refused || !l.screens() || l.Phase == Closed {
		return nil
	}
	for _, f := range l.Screened {
		if err := fourEyes(l.ID, "finding", f.By, d.ApprovedBy); err != nil {
			return err
		}
	}
	if len(l.Cleared) == 0 {
		return nil
	}
	return fourEyes(l.ID, "screening", l.ClearedBy, d.ApprovedBy)
}

// screens reports whether the leg's copy holds, or held before somebody took it
// out, what may be of others.
func (l *Leg) screens() bool { return l.Right.Discloses() && len(l.Review) > 0 }

// fourEyes refuses an approval by the one who proposed, whichever role each
// acted in, and one by or of a machine (law.md invariant 12).
func fourEyes(on, what, by, approvedBy string) error {
	switch {
	case approvedBy == "":
		return nil
	case samePerson(by, approvedBy):
		return Fault(SamePerson, on, "approve one's own %s", what)
	case by == "" || machine(by) || machine(approvedBy):
		return Fault(Forbidden, on, "approve a %s without two people", what)
	}
	return nil
}

// samePerson compares what the sign-in calls two people: some directories hand
// out one account in other capitals.
func samePerson(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// machine reports whether an actor of the ledger is no person.
func machine(actor string) bool { return strings.HasPrefix(actor, "system:") }

// byHand are the grounds that only a person may choose.
var byHand = []string{"unfounded", "excessive", "uavg41"}

func (l *Leg) checkGround() error {
	d := l.Decision
	grounds := []string{d.Ground}
	for _, p := range d.Parts {
		grounds = append(grounds, p.Ground)
	}
	for _, g := range grounds {
		if !slices.Contains(byHand, g) {
			continue
		}
		// 12(5): the burden of proof is ours; no rule ever finds somebody excessive.
		if d.Automatic || machine(d.By) || d.By == "" {
			return Fault(Forbidden, l.ID, "decide %s without a person", g)
		}
		if g == "uavg41" && (d.Interest == "" || d.Necessity == "" || d.Proportionality == "" || d.Until == "") {
			return Fault(Forbidden, l.ID, "use UAVG 41 without interest, necessity, proportionality or end")
		}
	}
	if d.Automatic && (d.Outcome == Refused || d.Outcome == Partial) {
		return Fault(Forbidden, l.ID, "refuse without a person")
	}
	return nil
}

// CheckNew refuses a request that comes into being with something approved in
// it: nobody can have read what was not yet written.
func (r *Request) CheckNew() error { return r.checkApprovals(&Request{}) }

// checkApprovals holds an approval to what its approver read: what is stored.
// A decision, a plan, an extension or a fee that changes with or after its
// approval voids it, and so do findings on a copy that has not gone (invariant 12).
func (r *Request) checkApprovals(was *Request) error {
	before, after := was.Clock.Extension, r.Clock.Extension
	if err := approved(string(r.ID), "extension", after.ApprovedBy, bare(&before), bare(&after)); err != nil {
		return err
	}
	for i := range r.Legs {
		l, old := r.Legs[i], Leg{}
		if b := was.Leg(l.ID); b != nil {
			old = *b
		}
		d, dOld := l.Decision, old.Decision
		d.ApprovedBy, d.ApprovedAt, dOld.ApprovedBy, dOld.ApprovedAt = "", time.Time{}, "", time.Time{}
		if err := approved(l.ID, "decision", l.Decision.ApprovedBy, []any{dOld, old.Plan}, []any{d, l.Plan}); err != nil {
			return err
		}
		if l.screens() && l.Phase != Closed {
			if err := approved(l.ID, "screening", l.Decision.ApprovedBy,
				[]any{old.Review, old.Screened, old.Cleared}, []any{l.Review, l.Screened, l.Cleared}); err != nil {
				return err
			}
		}
		f, fOld := l.Fee, old.Fee
		if err := approved(l.ID, "fee", l.Fee.ApprovedBy,
			[]any{fOld.Cents, fOld.Reason, fOld.By}, []any{f.Cents, f.Reason, f.By}); err != nil {
			return err
		}
	}
	return nil
}

// bare is an extension without its approval.
func bare(e *Extension) Extension {
	b := *e
	b.ApprovedBy, b.ApprovedAt = "", time.Time{}
	return b
}

func approved(on, what, by string, before, after any) error {
	if by == "" {
		return nil
	}
	same, err := equal(before, after)
	if err != nil {
		return err
	}
	if !same {
		return Fault(Forbidden, on, "approve a %s that is not the one that was read", what)
	}
	return nil
}

// NeedsApproval reports whether the leg's decision takes a second person
// (law.md invariant 12): every refusal, whole or in part, every erasure that
// erases, and every copy with places that had to be looked at: what is left out
// there is refused in part (15(4)), what is given may be of others. A complaint or a question is answered, not refused; a leg that
// was withdrawn or that nobody proved decides nothing.
func (l *Leg) NeedsApproval() bool {
	if l.Role != Controller || l.Right == Complaint || l.Right == Question ||
		l.Outcome == Withdrawn || l.Outcome == Unverified {
		return false
	}
	switch l.Decision.Outcome {
	case Refused, Partial:
		return true
	case Granted:
		return l.Right == Erasure || l.screens()
	case NothingHeld:
		return l.screens()
	}
	return false
}

// CheckChange refuses a write that rewrites what is settled: what was received
// and when (I7: the receipt instant never moves), what was decided,
// instructed and reached on a leg that stays closed (I9), and what a second
// person approved (invariant 12).
func (r *Request) CheckChange(was *Request) error {
	if r.ID != was.ID || r.Reference != was.Reference || r.SourceKey != was.SourceKey ||
		r.Channel != was.Channel || !r.Received.Equal(was.Received) || !r.Registered.Equal(was.Registered) {
		return Fault(InputRefused, string(was.ID), "rewrite what was received")
	}
	if d, old := r.Delegated, was.Delegated; (d == nil) != (old == nil) ||
		d != nil && (d.Client != old.Client || d.ID != old.ID || d.Digest != old.Digest || !d.Asked.Equal(old.Asked)) {
		return Fault(InputRefused, string(was.ID), "rewrite what a client handed over")
	}
	if r.Chain != was.Chain {
		return Fault(InputRefused, string(was.ID), "move the ledger's head by hand")
	}
	if err := r.checkApprovals(was); err != nil {
		return err
	}
	for i := range was.Legs {
		before := &was.Legs[i]
		if before.Phase != Closed {
			continue
		}
		after := r.Leg(before.ID)
		if after == nil {
			return Fault(PhaseIllegal, before.ID, "drop a closed leg")
		}
		if after.Phase != Closed { // reopened
			continue
		}
		same, err := equal(
			[]any{before.Outcome, before.Decision, before.Instruction},
			[]any{after.Outcome, after.Decision, after.Instruction})
		if err != nil {
			return err
		}
		if !same {
			return Fault(PhaseIllegal, before.ID, "rewrite a closed leg")
		}
	}
	return nil
}

// equal compares as the stores keep things: two instants that are written
// alike are alike.
func equal(a, b any) (bool, error) {
	x, err := json.Marshal(a)
	if err != nil {
		return false, fmt.Errorf("compare with what is stored: %w", err)
	}
	y, err := json.Marshal(b)
	if err != nil {
		return false, fmt.Errorf("compare with what is stored: %w", err)
	}
	return string(x) == string(y), nil
}
