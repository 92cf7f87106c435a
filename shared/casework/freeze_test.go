package casework_test

import (
	"slices"
	"testing"

	"github.com/allclaims/rightsdesk/shared/inventory"
)

// Every road on which dunning is stopped by hand, because the system that sends
// it reads no mark.
func TestFreeze(t *testing.T) {
	playFolder(t, "freeze", setting{deaf: true}, func(string, *world) {})
}

// deaf is the inventory of the other scripts, where a person stops the calls and
// the orders to the bailiff.
func deaf() *inventory.Inventory {
	inv := *declared()
	inv.Systems = slices.Clone(inv.Systems)
	inv.System("collection").Freeze = inventory.Freeze{Letters: inventory.FreezeMark, Calls: inventory.FreezeTask, Bailiff: inventory.FreezeTask}
	return &inv
}
