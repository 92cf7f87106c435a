package casework

import (
	"context"
	"testing"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// refers is a system that knows which rows an erasure cannot take.
type refers struct{ systems.System }

func (refers) References(context.Context, inventory.Holding, systems.Selection, []systems.Planned) (*systems.References, error) {
	return &systems.References{Held: 2}, nil
}

// What a system knows of its rows reaches the plan through what watches it.
func TestReachedRefers(t *testing.T) {
	inv := &inventory.Inventory{Systems: []inventory.System{{ID: "shop"}, {ID: "shelf"}}}
	c := &Cases{Systems: systems.Set{Declared: inv, ByID: map[string]systems.System{"shop": refers{}, "shelf": struct{ systems.System }{}}}}
	for id, want := range map[string]int{"shop": 2, "shelf": -1} {
		sys, err := c.reached().System(id)
		if err != nil {
			t.Fatal(err)
		}
		got := -1
		if refs, err := systems.Refer(t.Context(), sys, inventory.Holding{}, systems.Selection{}, nil); err != nil {
			t.Error(err)
		} else if refs != nil {
			got = refs.Held
		}
		if got != want {
			t.Errorf("%s: %d held, want %d", id, got, want)
		}
	}
}
