package casework_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/engine/asl"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// branches: "branches 60": besides the systems that ship, the house has so many
// branches, each with a system of its own for its invoices: of every invoice of
// the head office one, with the branch before its number.
func (p *player) branches(a args, _ string) error {
	n, err := strconv.Atoi(a.at(0))
	if err != nil {
		return err
	}
	inv := *declared()
	inv.Systems = slices.Clone(inv.Systems)
	head := *inv.System("invoices")
	for i := range n {
		s, id := head, fmt.Sprintf("branch-%02d", i+1)
		s.ID, s.Address = id, "SYSTEM_"+strings.ToUpper(strings.ReplaceAll(id, "-", "_"))
		s.Name = inventory.Words{request.Dutch: "Filiaal " + id, request.English: "Branch " + id}
		s.Holdings = slices.Clone(head.Holdings)
		s.Holdings[0].Identifies = false
		inv.Systems = append(inv.Systems, s)
	}
	p.grown(&inv, func(id string, invoice systems.Row) []systems.Row {
		row := maps.Clone(invoice)
		row["invoice"] = strings.TrimPrefix(id, "branch-") + "-" + invoice.Text("invoice")
		return []systems.Row{row}
	})
	return nil
}

// apart: "apart leg 1 without=branch-07": every system of the part was asked in
// an execution of its own, which got and gave ids alone, and every one but these
// has given its part and its receipt.
func (p *player) apart(a args, _ string) error {
	r := p.now()
	l := r.Leg(a.after("leg"))
	scope := p.systems.Inventory().SystemsFor(l.Relation, l.DataRole())
	asked := map[string]bool{}
	for _, e := range p.runner.Executions() {
		if !strings.Contains(e.ID, ":execution:collect/Apart:") {
			continue
		}
		var in casework.SystemInput
		if err := json.Unmarshal(e.Input, &in); err != nil {
			return err
		}
		if in.RequestID != r.ID || in.LegID != l.ID {
			continue
		}
		asked[in.System] = true
		if e.Status == asl.Succeeded && string(e.Output) != "{}" {
			p.errorf("the execution of %s gave %s", in.System, e.Output)
		}
	}
	if d := cmp.Diff(slices.Sorted(slices.Values(scope)), slices.Sorted(maps.Keys(asked))); d != "" {
		p.errorf("executions of part %s (-in its scope +asked):\n%s", l.ID, d)
	}
	var without []string
	parts := map[string]bool{}
	for _, id := range scope {
		if !request.Finished(l.Receipts, id) {
			without = append(without, id)
			continue
		}
		for _, receipt := range l.Receipts {
			if receipt.System != id || receipt.Part == "" {
				continue
			}
			parts[id] = true
			if _, err := p.work.Stat(p.ctx, receipt.Part); err != nil {
				p.errorf("the part of %s is not there: %v", id, err)
			}
		}
		if strings.HasPrefix(id, "branch-") && !parts[id] {
			p.errorf("%s has invoices and no part", id)
		}
	}
	if want := a.named["without"]; strings.Join(without, ",") != want {
		p.errorf("part %s waits for %v, want %s", l.ID, without, want)
	}
	return nil
}

// What goes wrong while many systems are collected comes to the same end: an
// execution, of the house or of one system, that vanishes at a state of that
// road, and each act of collecting that fails.
func TestManySystemsCrash(t *testing.T) {
	t.Parallel()
	clean, want := playOut(t, "many-systems", nil, false)
	if t.Failed() {
		return
	}
	for _, state := range []string{"Many", "Apart", "CollectApart", "MoreApart", "DoneApart", "LaterApart"} {
		at := slices.Index(clean.states, state)
		if at < 0 {
			t.Fatalf("nothing passed %s", state)
		}
		for _, m := range []mode{vanishIn, vanishAfter} {
			compare(t, "many-systems", fault{at, m}, state, want)
		}
	}
	done := map[string]bool{}
	for at, site := range clean.sites {
		effect := strings.TrimRight(clean.effects[at], "0123456789") // one branch is as good as another
		if !strings.HasPrefix(site, "step collect ") || !strings.Contains(site, "branch-") || done[effect] {
			continue
		}
		done[effect] = true
		for _, m := range effectModes {
			compare(t, "many-systems", fault{at, m}, effect, want)
		}
	}
	if len(done) < 2 {
		t.Errorf("collecting does no more than %v", done)
	}
}
