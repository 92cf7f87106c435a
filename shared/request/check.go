package request

import (
	"encoding/json"
	"fmt"
)

// Check refuses a request that breaks a rule which no step may break, whoever
// wrote the step. The stores call it before every write.
//
//   - law.md invariant 12: who approves is not who decided (SamePerson), and a
//     refusal or an erasure of ours is not decided before somebody approved it
//     (Forbidden).
//   - law.md invariant 1: a processor leg goes nowhere past forwarded without
//     the client's recorded instruction (NoInstruction).
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

func (l *Leg) check() error {
	d := l.Decision
	if d.ApprovedBy != "" && d.ApprovedBy == d.By {
		return Fault(SamePerson, l.ID, "approve one's own decision")
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

// NeedsApproval reports whether the leg's decision takes a second person
// (law.md invariant 12): every refusal, whole or in part, and every erasure
// that erases. A complaint or a question is answered, not refused; a leg that
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
		return l.Right == Erasure
	}
	return false
}

// CheckChange refuses a write that rewrites what is settled: what was received
// and when (I7: the receipt instant never moves), and what was decided,
// instructed and reached on a leg that stays closed (I9).
func (r *Request) CheckChange(was *Request) error {
	if r.ID != was.ID || r.Reference != was.Reference || r.SourceKey != was.SourceKey ||
		r.Channel != was.Channel || !r.Received.Equal(was.Received) || !r.Registered.Equal(was.Registered) {
		return Fault(InputRefused, string(was.ID), "rewrite what was received")
	}
	if r.Chain != was.Chain {
		return Fault(InputRefused, string(was.ID), "move the ledger's head by hand")
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
