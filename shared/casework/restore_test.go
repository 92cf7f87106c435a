package casework_test

import (
	"strings"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/casework/restoretest"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	tables "github.com/allclaims/rightsdesk/shared/systems/memory"
)

func TestRestoreDrill(t *testing.T) {
	restoretest.Run(t, func(t *testing.T, s *inventory.System, rows []systems.Row) restoretest.Site {
		m := tables.New(inventory.Default()).Memory(s.ID)
		m.Page = 7
		m.Put(rows...)
		return restoretest.Site{
			System: m,
			Rows:   func(*testing.T) []systems.Row { return m.Rows() },
			Copy: func(*testing.T) func(*testing.T) {
				kept := m.Rows()
				return func(*testing.T) { m.Replace(kept...) }
			},
		}
	})
}

// while a copy or an erasure is asked for, what it is about stays.
func TestFrozen(t *testing.T) {
	p := newPlayer(t)
	kind := func(system, kind, value string) bool {
		t.Helper()
		frozen, err := p.cases.Frozen(t.Context(), system, kind, value)
		if err != nil {
			t.Fatal(err)
		}
		return frozen
	}
	who := people["contact"]
	if kind("", "customer", who.Customer) {
		t.Error("frozen before anybody asked")
	}
	p.do("form contact lang=en rights=access relations=client customer=yes", "")
	for _, c := range []struct {
		system, kind, value string
		want                bool
	}{
		{"relations", "customer", who.Customer, true}, {"relations", "email", strings.ToUpper(who.Email), true}, {"", "customer", who.Customer, true},
		{"collection", "customer", who.Customer, false}, // this leg is not about it
		{"relations", "customer", "K-999999", false}, {"relations", "email", "", false},
	} {
		if got := kind(c.system, c.kind, c.value); got != c.want {
			t.Errorf("%s, %s: frozen %v, want %v", c.system, c.kind, got, c.want)
		}
	}
	if _, err := p.cases.Frozen(t.Context(), "", "phone", "0612345678"); !request.InputRefused.Is(err) {
		t.Errorf("a kind that nobody looks up: %v", err)
	}
	p.do("withdraw", "")
	p.pass(2 * time.Hour)
	if !p.now().Closed() || kind("relations", "customer", who.Customer) {
		t.Error("frozen when the request is closed")
	}
}
