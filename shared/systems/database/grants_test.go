package database_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// The rights of docs/SYSTEMS.md are enough for each act, and none is idle.
func TestGrants(t *testing.T) {
	s := fresh(t, "postgres", shopping("postgres"))
	stocked(t, s, "postgres", 3)
	role := fmt.Sprintf("desk%d", number.Add(1))
	do(t, s, "CREATE ROLE "+role+" LOGIN")
	var name string
	if err := s.DB.QueryRow("SELECT current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	server := server(t, postgres)
	as := *server
	as.User = role
	desk := open(t, s.Declared, as.Secret(name))
	ctx, h, of := context.Background(), holding(s.Declared, "customers"), systems.Of(systems.Keys{"customer": {"2"}}, "")
	act := func(a systems.Act) func() error {
		return func() error {
			a.Request, a.Leg, a.On = "r", "l", "2026-11-21"
			_, err := desk.Apply(ctx, h, of, a)
			return err
		}
	}
	for _, tc := range []struct {
		name, grant string
		do          func() error
	}{
		{"copy", `SELECT ON "Customers"`, func() error { return desk.Collect(ctx, h, of, func(systems.Row) error { return nil }) }},
		{"restrict", `UPDATE (rightsdesk) ON "Customers"`, act(systems.Act{Action: systems.Restrict, Ground: "a"})},
		{"anonymise", `UPDATE ("Name", "Email") ON "Customers"`, act(systems.Act{Action: systems.Anonymise})},
		{"see what refers", `SELECT ("CustomerID") ON invoices`, func() error { _, err := desk.References(ctx, h, of, nil); return err }},
		{"erase", `DELETE ON "Customers"`, act(systems.Act{Action: systems.Erase})},
	} {
		if err := tc.do(); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("%s without its right: %v", tc.name, err)
		}
		do(t, s, "GRANT "+tc.grant+" TO "+role)
		if err := tc.do(); err != nil {
			t.Errorf("%s with its right: %v", tc.name, err)
		}
	}
	if _, err := desk.Describe(ctx, []inventory.Holding{h}); err != nil {
		t.Errorf("describe: %v", err)
	}
}
