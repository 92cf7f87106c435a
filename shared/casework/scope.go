package casework

import (
	"context"
)

// Scope lists the systems that a leg is about, for the Map that follows.
func (c *Cases) Scope(ctx context.Context, in Input) (Output, error) {
	r, l, err := c.load(ctx, in, "scope")
	if err != nil {
		return Output{}, err
	}
	out := Output{RequestID: r.ID, LegID: l.ID, Next: "systems", Systems: []SystemInput{}}
	for _, id := range c.Systems.Inventory().SystemsFor(l.Relation, dataRole(l)) {
		out.Systems = append(out.Systems, SystemInput{RequestID: r.ID, LegID: l.ID, System: id})
	}
	return out, nil
}
