package casework

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// Scope lists the systems that a leg is about, for the Map that follows, once
// the person's keys have been followed from system to system.
func (c *Cases) Scope(ctx context.Context, in Input) (Output, error) {
	r, l, err := c.load(ctx, in, "scope")
	if err != nil {
		return Output{}, err
	}
	out := Output{RequestID: r.ID, LegID: l.ID, Next: "systems", Systems: []SystemInput{}}
	if l.Outcome == request.Moved {
		return out, nil // its client decides no more
	}
	if r, l, err = c.trace(ctx, r, l, "scope"); err != nil {
		return Output{}, fmt.Errorf("scope: %w", c.failing(ctx, in, err))
	}
	for _, id := range c.Systems.Inventory().SystemsFor(l.Relation, l.DataRole()) {
		out.Systems = append(out.Systems, SystemInput{RequestID: r.ID, LegID: l.ID, System: id})
	}
	return out, nil
}

// trace follows the keys of the leg's person from system to system and keeps
// what it finds on the leg. That is done once, before anything of the leg
// is read, changed or erased: what is erased in one system must not cut the way
// to another, today, after a crash, or years later when a ground to keep has
// ended (E-3). An erasure is traced again at its own start, for what came in
// since its plan; what was known stays known. The ledger gets counts alone (I13).
//
// request.TooWide: the keys lead to more than the inventory allows. The hops say
// where, an officer gets a task, and once the inventory allows it the next try
// goes on.
func (c *Cases) trace(ctx context.Context, r *request.Request, l *request.Leg, step string) (*request.Request, *request.Leg, error) {
	places := c.scope(l)
	again := l.Right == request.Erasure && len(l.Receipts) == 0
	if l.Candidate == "" || !l.Traced.IsZero() && !again || !systems.Leads(places) {
		return r, l, nil
	}
	on := string(r.ID) + "/" + l.ID
	if l.Role == request.Processor && l.Instruction.By == "" && !l.Restriction.Lifting {
		return nil, nil, request.Fault(request.NoInstruction, on, "follow a debtor's keys")
	}
	before := keysOf(r, l)
	known, hops, fault := systems.Trace(ctx, c.reached(), places, before, l.Client)
	if fault != nil && !request.TooWide.Is(fault) {
		return nil, nil, fmt.Errorf("leg %s: %w", on, fault)
	}
	id, found := l.ID, known.Without(before)
	r, err := c.change(ctx, r.ID, func(ch *change) error {
		l, err := ch.leg(id)
		if err != nil {
			return err
		}
		same := slices.EqualFunc(l.Hops, hops, request.Hop.Equal)
		reason := ""
		if fault != nil {
			if reason = "too-wide"; same {
				return errNothing
			}
		} else {
			all := systems.Keys(l.Keys).And(found)
			if same && !l.Traced.IsZero() && maps.EqualFunc(l.Keys, all, slices.Equal) {
				return errNothing
			}
			l.Keys, l.Traced = all, ch.now
		}
		l.Hops = hops
		ch.line(system(step), "traced", l.ID, reason, hopCounts(hops))
		return nil
	})
	if err == nil {
		err = fault
	}
	if err != nil {
		return nil, nil, fmt.Errorf("leg %s: %w", on, err)
	}
	return r, r.Leg(id), nil
}

// hopCounts are hops for the ledger: how many keys of which kind, from where.
func hopCounts(hops []request.Hop) map[string]string {
	refs := map[string]string{}
	for _, h := range hops {
		for _, n := range []struct {
			what  string
			count int
		}{{"", h.Count}, {"/left", h.Left}, {"/over", h.Over}} {
			if n.count > 0 {
				refs[h.From+"/"+h.Kind+n.what] = strconv.Itoa(n.count)
			}
		}
	}
	return refs
}
