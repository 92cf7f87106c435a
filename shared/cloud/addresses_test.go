package cloud

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/inventory"
)

// An owner's inventory names settings that ours does not know.
func TestAddresses(t *testing.T) {
	inv := &inventory.Inventory{Systems: []inventory.System{{ID: "relations", Address: "SYSTEM_RELATIONS"}, {ID: "shop", Address: "SYSTEM_SHOP"}, {ID: "paper", Address: "SYSTEM_PAPER"}}}
	env := map[string]string{"SYSTEM_SHOP": " shop-secret ", "SYSTEM_RELATIONS": "other", "HOME": "/"}
	got := addresses(inv, map[string]string{"SYSTEM_RELATIONS": "relations"}, func(name string) string { return env[name] })
	if d := cmp.Diff(map[string]string{"SYSTEM_RELATIONS": "relations", "SYSTEM_SHOP": "shop-secret"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
