package casework_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/inventory"
)

// Every road on which dunning is stopped by hand, because the system that sends
// it reads no mark.
func TestFreeze(t *testing.T) {
	files, err := fs.Glob(scripts, "testdata/freeze/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(f, "testdata/"), ".txt")
		for _, how := range []struct {
			name       string
			set        setting
			redeployed bool
		}{{"", setting{}, false}, {"/twice", setting{twice: true}, false}, {"/redeployed", setting{}, true}} {
			t.Run(name+how.name, func(t *testing.T) {
				t.Parallel()
				how.set.deaf = true
				play(newWorld(t, how.set), name, how.redeployed)
			})
		}
	}
}

// deaf is the inventory of the other scripts, where a person stops the calls and
// the orders to the bailiff.
func deaf() *inventory.Inventory {
	inv := *declared()
	inv.Systems = slices.Clone(inv.Systems)
	inv.System("collection").Freeze = inventory.Freeze{Letters: inventory.FreezeMark, Calls: inventory.FreezeTask, Bailiff: inventory.FreezeTask}
	return &inv
}
