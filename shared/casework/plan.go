package casework

import (
	"context"
	"fmt"
	"strconv"

	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Plan says what an erasure does to every holding, with ground and end for
// each part that stays (E-1, E-2). An officer sees it before deciding.
func (c *Cases) Plan(ctx context.Context, in Input) (Output, error) {
	r, l, err := c.load(ctx, in, "plan")
	if err != nil {
		return Output{}, err
	}
	out := Output{RequestID: r.ID, LegID: l.ID, Next: "planned"}
	if len(l.Plan) > 0 || l.Role == request.Controller && l.Past(request.Prepared) || l.Past(request.Executed) {
		return out, nil
	}
	plan, err := c.plan(ctx, r, l)
	if err != nil {
		return Output{}, err
	}
	_, err = c.change(ctx, in.RequestID, func(ch *change) error {
		l, err := ch.leg(in.LegID)
		if err != nil {
			return err
		}
		if len(l.Plan) > 0 || l.Role == request.Controller && l.Past(request.Prepared) || l.Past(request.Executed) {
			return errNothing
		}
		l.Plan = plan
		refs := map[string]string{}
		for _, p := range plan {
			refs[p.System+"/"+p.Holding] = p.Action + ":" + strconv.Itoa(p.Count)
		}
		ch.running(l)
		if l.Role == request.Processor {
			ch.line(system("plan"), "planned", l.ID, "", refs)
			return nil
		}
		return ch.advance(l, request.WasPrepared, system("plan"), "", refs)
	})
	if err != nil {
		return Output{}, fmt.Errorf("plan: %w", err)
	}
	return out, nil
}

func (c *Cases) plan(ctx context.Context, r *request.Request, l *request.Leg) ([]request.PlanLine, error) {
	s := c.subject(r, l)
	stocks, err := erasure.Survey(ctx, c.Systems, s)
	if err != nil {
		return nil, fmt.Errorf("plan: survey for request %s leg %s: %w", r.ID, l.ID, err)
	}
	plan, err := erasure.Plan(c.Systems.Inventory(), s, stocks, nil)
	if err != nil {
		return nil, fmt.Errorf("plan: request %s leg %s: %w", r.ID, l.ID, err)
	}
	return plan, nil
}

// Erase carries out the approved plan in one system and records a receipt per
// line. It is safe to repeat at any crash: the systems count what is already
// gone as done (F15).
func (c *Cases) Erase(ctx context.Context, in Input) (Output, error) {
	out := Output{RequestID: in.RequestID, LegID: in.LegID, Next: "erased"}
	r, l, err := c.load(ctx, in, "erase")
	if err != nil {
		return Output{}, err
	}
	if has(l.Receipts, in.System) {
		return out, nil
	}
	if err := mayErase(r, l); err != nil {
		return Output{}, err
	}
	s := c.subject(r, l)
	var receipts []request.Receipt
	var mine []request.PlanLine
	for _, line := range l.Plan {
		if line.System != in.System {
			continue
		}
		mine = append(mine, line)
		rec, err := erasure.Carry(ctx, c.Systems, s, line, c.Now())
		if err != nil {
			return Output{}, fmt.Errorf("erase: request %s leg %s: %w", r.ID, l.ID, err)
		}
		receipts = append(receipts, rec)
	}
	if len(receipts) == 0 {
		// Nothing of this person is here: that is a receipt too.
		receipts = []request.Receipt{{System: in.System, Action: erasure.ReceiptErased, At: c.Now().UTC()}}
	}
	erased, suppress, err := erasure.Marks(ctx, c.Keys, c.Systems.Inventory(), s, mine, c.Now())
	if err != nil {
		return Output{}, fmt.Errorf("erase: request %s leg %s: %w", r.ID, l.ID, err)
	}
	_, err = c.change(ctx, in.RequestID, func(ch *change) error {
		l, err := ch.leg(in.LegID)
		if err != nil {
			return err
		}
		if has(l.Receipts, in.System) {
			return errNothing
		}
		l.Receipts = append(l.Receipts, receipts...)
		ch.writes.Erased, ch.writes.Suppress = erased, suppress
		l.Suppressed = l.Suppressed || len(suppress) > 0
		ch.line(system("erase"), "executed", l.ID, in.System, counts(receipts))
		ch.running(l)
		return nil
	})
	if err != nil {
		return Output{}, fmt.Errorf("erase: %w", err)
	}
	return out, nil
}

// mayErase holds the last door before an erasure (I4): approved by a second
// person and held, or instructed by the client.
func mayErase(r *request.Request, l *request.Leg) error {
	on := string(r.ID) + "/" + l.ID
	switch {
	case l.Right != request.Erasure:
		return request.Fault(request.PhaseIllegal, on, "erase for %s", l.Right)
	case l.Role == request.Processor && l.Instruction.By == "":
		return request.Fault(request.NoInstruction, on, "erase")
	case l.Role == request.Controller && (l.Phase != request.Held || l.Decision.ApprovedBy == ""):
		return request.Fault(request.PhaseIllegal, on, "erase a leg that is %s", l.Phase)
	case l.Role == request.Controller && l.Has < l.Needs:
		return request.Fault(request.ProofTooLow, on, "erase")
	}
	return nil
}

// erasedAll checks that every system of the scope has its receipt (F15).
func (c *Cases) erasedAll(l *request.Leg) error {
	for _, id := range c.Systems.Inventory().SystemsFor(l.Relation, dataRole(l)) {
		if !has(l.Receipts, id) {
			return request.Fault(request.SystemsMissing, l.ID, "miss the receipt of %s", id)
		}
	}
	return nil
}
