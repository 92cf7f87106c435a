package systemstest

import (
	"fmt"
	"testing"

	"github.com/allclaims/rightsdesk/shared/systems"
)

// One clue brings at most FindLimit rows, whatever the system holds.

func testFindLimit(t *testing.T, make Maker) {
	p := place(t, "invoices", "invoices")
	for n, want := range findLimits {
		s := make(t, p.System, invoices(n), nil).System
		if got := len(find(t, s, p, "customer", "K-1", "invoice")); got != want {
			t.Errorf("Find among %d rows of one customer gave %d, want %d", n, got, want)
		}
	}
}

func testFindObjectsLimit(t *testing.T, make Maker) {
	p := place(t, "recordings", "calls")
	for n, want := range findLimits {
		objects := map[string][]byte{}
		for i := range n {
			objects[fmt.Sprintf("recordings/K-1/2026-10-01-%03d.wav", i)] = []byte("x")
		}
		s := make(t, p.System, nil, objects).System
		if got := len(find(t, s, p, "customer", "K-1", "object")); got != want {
			t.Errorf("Find among %d recordings of one customer gave %d, want %d", n, got, want)
		}
	}
}

// findLimits are numbers of rows and how many of them are found.
var findLimits = map[int]int{
	systems.FindLimit:     systems.FindLimit,
	systems.FindLimit + 1: systems.FindLimit,
}
