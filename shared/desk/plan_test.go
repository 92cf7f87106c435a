package desk

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Whoever approves an erasure sees where a person will search by hand too, and
// nobody reads that of one that is refused or not planned yet.
func TestPlanNamesWhatIsDoneByHand(t *testing.T) {
	inv := inventory.Inventory{Systems: []inventory.System{
		{ID: "accounts", Kind: "dynamodb", Holdings: []inventory.Holding{{ID: "invoices", Relation: request.Client, Role: request.Controller}}},
		{ID: "archive", Kind: inventory.Manual, Holdings: []inventory.Holding{
			{ID: "letters", Relation: request.Client, Role: request.Controller}, {ID: "files", Relation: request.Debtor, Role: request.Processor},
		}},
	}}
	h := &Handler{Inventory: &inv}
	h.door = &door.Door{Pages: site}
	v := visit{Visit: h.door.Visit(nil, nil, pages.Languages[0])}
	plan := []request.PlanLine{{System: "accounts", Holding: "invoices", Action: request.EraseAction, Count: 2}}
	for name, tc := range map[string]struct {
		leg  request.Leg
		want []string
	}{
		"planned":          {request.Leg{Right: request.Erasure, Relation: request.Client, Role: request.Controller, Phase: request.Prepared, Plan: plan}, []string{"accounts", "archive"}},
		"nothing but hand": {request.Leg{Right: request.Erasure, Relation: request.Client, Role: request.Controller, Phase: request.Prepared}, []string{"archive"}},
		"a client's file":  {request.Leg{Right: request.Erasure, Relation: request.Debtor, Client: "bakker", Role: request.Controller, Phase: request.Prepared}, []string{"archive"}},
		"not yet":          {request.Leg{Right: request.Erasure, Relation: request.Client, Role: request.Controller, Phase: request.Proven}, nil},
		"refused":          {request.Leg{Right: request.Erasure, Relation: request.Client, Role: request.Controller, Phase: request.Closed, Decision: request.Decision{Outcome: request.Refused}}, nil},
		"a copy":           {request.Leg{Right: request.Access, Relation: request.Client, Role: request.Controller, Phase: request.Prepared}, nil},
	} {
		var got []string
		for _, row := range h.planRows(v, &tc.leg) {
			got = append(got, row.System)
			if hand := row.Action == v.Say("action.look"); hand != (row.System == "archive") {
				t.Errorf("%s: in %s %q", name, row.System, row.Action)
			}
		}
		if d := cmp.Diff(tc.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// Of what is kept, rows whose own period is over go all the same: whoever
// approves reads how many.
func TestPlanCountsWhatIsOver(t *testing.T) {
	h := &Handler{}
	h.door = &door.Door{Pages: site}
	v := visit{Visit: h.door.Visit(nil, nil, pages.Languages[0])}
	plan := []request.PlanLine{
		{System: "shop", Holding: "customers", Action: request.AnonymiseAction, Count: 1},
		{System: "accounts", Holding: "invoices", Action: request.KeepAction, Count: 9, Over: 4, Ground: "tax", Until: "2032-12-31"},
	}
	if rows, systems, kept := countPlan(plan); rows != 5 || systems != 2 || kept != 5 {
		t.Errorf("%d rows of %d systems go, %d stay", rows, systems, kept)
	}
	rows := h.planRows(v, &request.Leg{Right: request.Erasure, Plan: plan})
	if want := v.Say("plan.over", "n", 4); len(rows) != 2 || !strings.Contains(rows[1].Why, want) {
		t.Errorf("%+v does not say %q", rows, want)
	}
}
