package manual_test

import (
	"context"
	"errors"
	"testing"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/manual"
)

// F18: what nobody looked into is never said to be empty, or done.
func TestNothingIsSaidOfWhatOnlyPeopleCanOpen(t *testing.T) {
	h := inventory.Holding{ID: "letters", Format: inventory.Objects}
	var sys systems.System = manual.System{Declared: &inventory.System{ID: "archive", Kind: "manual"}}
	ctx, of := context.Background(), systems.Of(systems.Keys{"email": {"a@test.example"}}, "")
	_, find := sys.Find(ctx, h, "email", "a@test.example")
	collect := sys.Collect(ctx, h, of, func(systems.Row) error { return nil })
	_, apply := sys.Apply(ctx, h, of, systems.Act{Action: systems.Erase})
	for name, err := range map[string]error{"find": find, "collect": collect, "apply": apply} {
		if !errors.Is(err, systems.ErrByHand) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if sys.Can(h, systems.Erase) {
		t.Error("it can erase")
	}
}
