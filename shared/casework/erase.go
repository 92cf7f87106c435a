package casework

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// Erase carries out the approved plan in one system and records a receipt per
// line. It is safe to repeat at any crash: the systems count what is already
// gone as done (F15).
func (c *Cases) Erase(ctx context.Context, in Input) (Output, error) {
	out := Output{RequestID: in.RequestID, LegID: in.LegID, Next: "erased"}
	r, l, err := c.load(ctx, in, "erase")
	if err != nil {
		return Output{}, err
	}
	if request.Finished(l.Receipts, in.System) || l.Outcome == request.Moved {
		return out, nil
	}
	if err := mayErase(r, l); err != nil {
		return Output{}, err
	}
	if !c.manual(in.System) {
		if err := c.begin(ctx, in, l.Instruction); err != nil {
			return Output{}, fmt.Errorf("erase: %w", err)
		}
	}
	asking, cancel := patience(ctx)
	defer cancel()
	s := c.subject(r, l)
	read := l.Instruction
	var receipts []request.Receipt
	var mine []request.PlanLine
	var todo []request.ByHand
	if c.manual(in.System) {
		for _, p := range c.places(l, in.System) {
			todo = append(todo, request.ByHand{System: in.System, Holding: p.Holding.ID, Action: request.EraseAction})
		}
	}
	for _, line := range c.inOrder(l.Plan) {
		if line.System != in.System || c.manual(in.System) {
			continue
		}
		mine = append(mine, line)
		if s.Secret, err = c.secret(ctx, line); err != nil {
			return Output{}, fmt.Errorf("erase: request %s leg %s: %w", r.ID, l.ID, err)
		}
		rec, more, err := erasure.Carry(asking, c.reached(), s, line, c.Now(), erasure.Turn{
			Done: l.Receipts, Enough: func() bool { return c.enough(ctx) },
			Batch: func(rec request.Receipt) error { return c.keepBatch(ctx, in, rec) },
		})
		if errors.Is(err, systems.ErrByHand) {
			todo = append(todo, request.ByHand{System: in.System, Holding: line.Holding, Action: line.Action})
			continue
		}
		if err != nil {
			return Output{}, fmt.Errorf("erase: request %s leg %s: %w", r.ID, l.ID, c.failing(ctx, in, err))
		}
		if more {
			out.Next = "more"
			return out, nil
		}
		receipts = append(receipts, rec)
		mine[len(mine)-1].Until = cmp.Or(rec.Until, line.Until)
	}
	waits, err := c.waitsByHand(ctx, in, read, todo)
	if err != nil {
		return Output{}, fmt.Errorf("erase: %w", err)
	}
	if waits {
		return out, nil // what a connector did is done again, harmlessly, with the officer's word
	}
	for _, b := range todo {
		if done := byHandItem(l, b.System, b.Holding, b.Action); done != nil {
			receipts = append(receipts, erasedByHand(*done)...)
		}
	}
	if len(receipts) == 0 {
		// Nothing of this person is here: that is a receipt too.
		receipts = []request.Receipt{{System: in.System, Action: erasure.ReceiptErased, At: c.Now().UTC()}}
	}
	if err := c.asPlanned(asking, s, l, in.System, todo); err != nil {
		return Output{}, fmt.Errorf("erase: request %s leg %s: %w", r.ID, l.ID, c.failing(ctx, in, err))
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
		if request.Finished(l.Receipts, in.System) {
			return errNothing
		}
		if c.manual(in.System) { // nothing was begun, so that it may have been held
			if err := inForce(ch.Request, l, read); err != nil {
				return err
			}
		}
		l.Receipts = append(l.Receipts, receipts...)
		ch.answers(l, in.System)
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

// asPlanned searches a system again once the plan is carried out there: nothing
// is found but what is kept (invariant 8). What came meanwhile where the plan
// erases, goes with the next try; where the plan names nothing, a person looks.
// For what officers did by hand, they answer.
func (c *Cases) asPlanned(ctx context.Context, s erasure.Subject, l *request.Leg, system string, byHand []request.ByHand) error {
	if c.manual(system) {
		return nil
	}
	for _, p := range c.places(l, system) {
		if slices.ContainsFunc(byHand, func(b request.ByHand) bool { return b.Holding == p.Holding.ID }) {
			continue
		}
		ok, err := erasure.AsPlanned(ctx, c.reached(), s, p, l.Plan)
		if err != nil {
			return err
		}
		if ok {
			continue
		}
		why := systems.ErrUnplanned
		if slices.ContainsFunc(l.Plan, func(x request.PlanLine) bool { return x.System == system && x.Holding == p.Holding.ID }) {
			why = systems.ErrChanged
		}
		return failed(system, p.Holding.ID, fmt.Errorf("search %s again after the erasure: %w", p.ID(), why))
	}
	return nil
}

// inOrder puts the lines of a plan in the order in which they are carried out:
// what refers to other rows before those (Holding.References), which is the
// reverse of the inventory's.
func (c *Cases) inOrder(plan []request.PlanLine) []request.PlanLine {
	rank := map[string]int{}
	for i, p := range c.Systems.Inventory().Places() {
		rank[p.ID()] = -i
	}
	plan = slices.Clone(plan)
	slices.SortStableFunc(plan, func(a, b request.PlanLine) int {
		return cmp.Compare(rank[a.System+"/"+a.Holding], rank[b.System+"/"+b.Holding])
	})
	return plan
}

// secret is the key of what keyed and random columns of a line's holding
// become, nil where it has none.
func (c *Cases) secret(ctx context.Context, line request.PlanLine) ([]byte, error) {
	p, ok := c.Systems.Inventory().Holding(line.System, line.Holding)
	if !ok || !slices.ContainsFunc(p.Holding.Columns, func(col inventory.Column) bool {
		return col.As == inventory.Keyed || col.As == inventory.Random
	}) {
		return nil, nil
	}
	return c.columnSecret(ctx)
}

// columnSecret is the key of what the strategies keyed and random leave.
func (c *Cases) columnSecret(ctx context.Context) ([]byte, error) {
	key, err := c.Keys.Key(ctx, "anonymise", "columns")
	return []byte(key), err
}

// keepBatch records a batch that stands, so that what was done is known even
// if this run ends here. A batch that is recorded already is another run's, and
// so is a system that is done.
func (c *Cases) keepBatch(ctx context.Context, in Input, rec request.Receipt) error {
	_, err := c.change(ctx, in.RequestID, func(ch *change) error {
		l, err := ch.leg(in.LegID)
		if err != nil {
			return err
		}
		if request.Finished(l.Receipts, rec.System) || slices.ContainsFunc(l.Receipts, func(x request.Receipt) bool {
			return x.System == rec.System && x.Holding == rec.Holding && x.Batch >= rec.Batch
		}) {
			return errNothing
		}
		l.Receipts = append(l.Receipts, rec)
		ch.running(l)
		return nil
	})
	return err
}

// mayErase holds the last door before an erasure (I4): approved by a second
// person and held, or instructed by the client.
func mayErase(r *request.Request, l *request.Leg) error {
	on := string(r.ID) + "/" + l.ID
	switch {
	case l.Right != request.Erasure:
		return request.Fault(request.PhaseIllegal, on, "erase for %s", l.Right)
	case l.Role == request.Processor && l.Instruction.By == "", l.Instruction.Kind == request.RestrictInstead, l.Instruction.Kind == request.RefuseInstruction:
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
	for _, id := range c.Systems.Inventory().SystemsFor(l.Relation, l.DataRole()) {
		if !request.Finished(l.Receipts, id) {
			return request.Fault(request.SystemsMissing, l.ID, "miss the receipt of %s", id)
		}
	}
	return nil
}
