package casework

import (
	"context"
	"strings"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Weigh records the balance of an objection: ours, theirs, and why the
// one outweighs the other. No decision is taken without it: the burden of
// proof is on us (21(1)).
func (c *Cases) Weigh(ctx context.Context, a Actor, ref request.Reference, leg string, b request.Balance) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	b.Ours, b.Theirs, b.Result = strings.TrimSpace(b.Ours), strings.TrimSpace(b.Theirs), strings.TrimSpace(b.Result)
	if !weighed(b) {
		return request.Fault(request.InputRefused, "balance", "weigh one side only")
	}
	if len(b.Ours)+len(b.Theirs)+len(b.Result) > maxWords {
		return request.Fault(request.TooMany, "balance", "weigh with so many words")
	}
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.undecided(leg, request.Objection)
		if err != nil {
			return err
		}
		l.Balance = b
		ch.line(a.ID, "weighed", leg, "", nil)
		return nil
	})
}

func weighed(b request.Balance) bool { return b.Ours != "" && b.Theirs != "" && b.Result != "" }

// Review records what a person found who looked again at an automated decision
// (R-10, 22(3)): whether there was one, what it rested on, the subject's view
// as heard, and whether it stays. Result is upheld or changed, "" where no
// computer decided alone.
func (c *Cases) Review(ctx context.Context, a Actor, ref request.Reference, leg string, h request.HumanReview) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	h.Logic, h.View, h.Words = strings.TrimSpace(h.Logic), strings.TrimSpace(h.View), strings.TrimSpace(h.Words)
	switch {
	case h.Logic == "":
		return request.Fault(request.InputRefused, "logic", "review without saying what it rests on")
	case h.Existed && h.Result != ReviewUpheld && h.Result != ReviewChanged:
		return request.Fault(request.InputRefused, "result", "review without a result")
	case h.Existed && h.Words == "":
		return request.Fault(request.InputRefused, "words", "review without saying what holds now")
	case !h.Existed && h.Result != "":
		return request.Fault(request.InputRefused, "result", "review a decision that is not there")
	case len(h.Logic)+len(h.View)+len(h.Words) > maxWords:
		return request.Fault(request.TooMany, "words", "review with so many words")
	}
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.undecided(leg, request.AutomatedDecision)
		if err != nil {
			return err
		}
		h.By, h.At = a.ID, ch.now
		l.Human = h
		ch.line(a.ID, "reviewed", leg, h.Result, nil)
		return nil
	})
}

// The results of a human review.
const (
	ReviewUpheld  = "upheld"
	ReviewChanged = "changed"
)

// undecided finds a leg of ours of that right that an officer decides now.
func (ch *change) undecided(leg string, right request.Right) (*request.Leg, error) {
	l, err := ch.leg(leg)
	if err != nil {
		return nil, err
	}
	if l.Role != request.Controller || l.Right != right || l.Phase != request.Deciding {
		return nil, request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+leg, "record this for %s that is %s", l.Right, l.Phase)
	}
	return l, nil
}

// onRecord refuses a decision before what it must rest on was recorded: the
// fields of a rectification, the balance of an objection, the human review of
// an automated decision. Nor is anything denied that a plan has found.
func onRecord(l *request.Leg, o request.Outcome) error {
	yes := o == request.Granted || o == request.Partial
	switch {
	case l.Right == request.Rectification && yes && len(l.Corrections) == 0 && l.Statement == "":
		return request.Fault(request.InputRefused, "corrections", "correct without saying what into what")
	case l.Right == request.Rectification && o == request.Refused && l.Statement != "":
		// Art. 16: the person's own text goes with the data, which is a yes in part.
		return request.Fault(request.InputRefused, "statement", "refuse what has a statement to put with the data")
	case l.Right == request.Erasure && o == request.NothingHeld && len(l.Plan) > 0:
		return request.Fault(request.InputRefused, "plan", "say that nothing is held of what is planned")
	case l.Right == request.Objection && (yes || o == request.Refused) && !weighed(l.Balance):
		return request.Fault(request.InputRefused, "balance", "decide an objection that was not weighed")
	case l.Right == request.AutomatedDecision && (yes || o == request.Refused || o == request.NothingHeld) && l.Human.At.IsZero():
		return request.Fault(request.InputRefused, "review", "decide what no person looked at")
	case l.Right == request.AutomatedDecision && l.Human.Existed == (o == request.NothingHeld) && !l.Human.At.IsZero():
		return request.Fault(request.InputRefused, "outcome", "decide otherwise than the review found")
	}
	return nil
}
