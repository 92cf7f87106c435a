// Package restoretest is the restore drill of E-6 as a test, for every kind of
// system that can be walked: a copy is made, people are erased, restricted and
// corrected, the copy is put back, and after the replay the system is, row for
// row, as it was before it was restored: nobody came back, and nobody else changed.
package restoretest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/casework/caseworktest"
	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	memory "github.com/allclaims/rightsdesk/shared/store/memory"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// Site is one real system with rows in it.
type Site struct {
	System systems.System
	// Rows lists everything in it.
	Rows func(t *testing.T) []systems.Row
	// Copy keeps what is in it now, as its own tools do, and gives what puts
	// that back in the place of all that is in it by then.
	Copy func(t *testing.T) (restore func(t *testing.T))
}

// drilled are the systems that take part, of the inventory that ships.
var drilled = []string{"relations", "invoices", "newsletter", "collection"}

// people are so many that they take several pages.
const people = 20

var start = time.Date(2026, time.November, 20, 10, 0, 0, 0, time.UTC)

func rows() map[string][]systems.Row {
	all := map[string][]systems.Row{}
	put := func(system string, row systems.Row) { all[system] = append(all[system], row) }
	for i := range people {
		k, mail := fmt.Sprintf("K-%02d", i), fmt.Sprintf("persoon%02d@drill.example", i)
		put("relations", systems.Row{"customer": k, "record": "client", "name": "Naam Drill " + k, "email": mail, "emailSince": "2020-01-01", "phone": fmt.Sprintf("+316000000%02d", i)})
		for year := 2015; year < 2026; year += 3 {
			put("invoices", systems.Row{
				"customer": k, "invoice": fmt.Sprintf("F-%d-%02d", year, i), "date": fmt.Sprintf("%d-03-01", year), "name": "Naam Drill " + k,
				"email": mail, "address": "Drillstraat 1", "iban": "NL00TEST0000000001", "amount": json.Number("12.5"),
			})
		}
		put("newsletter", systems.Row{"email": mail, "name": "Naam Drill " + k, "subscribedOn": "2024-01-01"})
		client := []string{"bakker", "telstar"}[i%2]
		put("collection", systems.Row{
			"file": fmt.Sprintf("D-%02d", i), "record": "file", "type": "file", "client": client, "debtor": fmt.Sprintf("%s-%02d", strings.ToUpper(client), i),
			"name": "Naam Drill " + k, "email": mail, "opened": "2019-01-01", "closed": []string{"2020-06-30", "2025-06-30"}[i%4/2],
		})
	}
	return all
}

// Run does the drill: site makes a system that stands in the default inventory
// under the id of s, with these rows in it.
func Run(t *testing.T, site func(t *testing.T, s *inventory.System, rows []systems.Row) Site) {
	inv := inventory.Default()
	sites := map[string]Site{}
	reached := systems.Set{Declared: inv, ByID: map[string]systems.System{}}
	restore := map[string]func(*testing.T){}
	before := map[string][]string{}
	for _, id := range drilled {
		sites[id] = site(t, inv.System(id), rows()[id])
		reached.ByID[id] = sites[id].System
		restore[id] = sites[id].Copy(t)
		before[id] = sorted(t, sites[id])
	}
	now := start
	st := &memory.Store{Now: func() time.Time { return now }}
	d := &drill{T: t, store: st, cases: &casework.Cases{
		Store: st, Finder: st, Lists: st, Closed: st, Registers: st, Ledger: st, Systems: reached, Keys: caseworktest.Keys{},
		Waits: casework.DefaultWaits, Now: st.Now, House: caseworktest.House(), Nudge: silent{}, Engine: silent{},
	}}

	d.erase("K-03", "persoon03@drill.example")
	d.erase("K-07", "persoon07@drill.example")
	d.eraseDebtor("bakker", "BAKKER-04", "D-04")   // its period is over: gone
	d.eraseDebtor("telstar", "TELSTAR-07", "D-07") // its period is not: restricted
	d.restrict("K-11", "persoon11@drill.example")
	d.correct("K-12", "persoon12@drill.example", "Naam Drill K-12", "Naam Drill Beter")
	d.stop("persoon13@drill.example")
	now = now.Add(24 * time.Hour)

	after := map[string][]string{}
	for _, id := range drilled {
		after[id] = sorted(t, sites[id])
		if slices.Equal(before[id], after[id]) {
			t.Fatalf("nothing happened in %s: the drill proves nothing", id)
		}
		restore[id](t)
		if diff := cmp.Diff(before[id], sorted(t, sites[id])); diff != "" {
			t.Fatalf("%s was not restored (-before +restored):\n%s", id, diff)
		}
	}

	replay := erasure.Replay{Remembered: st}
	for _, id := range drilled {
		replay.Dry = true
		would, err := d.cases.Restore(t.Context(), replay, id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before[id], sorted(t, sites[id])); diff != "" {
			t.Errorf("a dry run changed %s (-before +after):\n%s", id, diff)
		}
		replay.Dry = false
		did, err := d.cases.Restore(t.Context(), replay, id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(after[id], sorted(t, sites[id])); diff != "" {
			t.Errorf("%s after the replay (-as it was +as it is):\n%s", id, diff)
		}
		if len(would.Done) == 0 || len(did.Done) == 0 {
			t.Errorf("%s: the dry run would do %v, the replay did %v", id, would.Done, did.Done)
		}
		if _, err := d.cases.Restore(t.Context(), replay, id); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(after[id], sorted(t, sites[id])); diff != "" {
			t.Errorf("%s after a second replay (-as it was +as it is):\n%s", id, diff)
		}
		for _, r := range []erasure.ReplayReport{would, did} {
			b, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			for _, word := range []string{"drill", "Drill", "K-0", "D-0"} {
				if strings.Contains(string(b), word) {
					t.Errorf("the report of %s names somebody: %s", id, b)
				}
			}
		}
		// The copy was made after all that was done: nothing is to be done again.
		replay.Since = "2026-11-21"
		none, err := d.cases.Restore(t.Context(), replay, id)
		replay.Since = ""
		if err != nil || none.Entries != 0 {
			t.Errorf("%s, a copy of today: %d entries, %v", id, none.Entries, err)
		}
	}
	d.logged()

	// E-3: by now what was kept for the tax is over. An old copy keeps it no longer.
	now = time.Date(2033, time.January, 2, 10, 0, 0, 0, time.UTC)
	restore["invoices"](t)
	if _, err := d.cases.Restore(t.Context(), replay, "invoices"); err != nil {
		t.Fatal(err)
	}
	for _, row := range sites["invoices"].Rows(t) {
		if k := row.Text("customer"); k == "K-03" || k == "K-07" {
			t.Error("an invoice whose ground has ended came back and stayed")
		}
	}
	if n, want := len(sites["invoices"].Rows(t)), 4*(people-2); n != want {
		t.Errorf("%d invoices are left, want %d", n, want)
	}
}

// sorted writes every row as JSON, in order.
func sorted(t *testing.T, s Site) []string {
	t.Helper()
	var all []string
	for _, row := range s.Rows(t) {
		b, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(b))
	}
	slices.Sort(all)
	return all
}

// drill does what casework does to the systems, on requests that are as far.
type drill struct {
	*testing.T
	store *memory.Store
	cases *casework.Cases
	n     int
}

// request puts a request with one leg on record.
func (d *drill) request(mail string, keys systems.Keys, l request.Leg) casework.Input {
	d.Helper()
	d.n++
	id := request.ID(fmt.Sprintf("%032x", d.n))
	approves, phase := l.Role == request.Controller && l.Right != request.MarketingObjection, l.Phase
	if approves {
		l.Phase = request.Approving
	}
	l.ID, l.Candidate, l.Has, l.Needs = "1", "1", request.L2, request.L1
	r := &request.Request{
		ID: id, Reference: request.Reference(fmt.Sprintf("R-%04d-2345", 2000+d.n)), SourceKey: fmt.Sprint("desk/", d.n), Channel: request.Counter, Language: request.Dutch,
		Received: start, Registered: start, SafeDue: "2026-12-18", Due: "2026-12-21", Stage: request.Identified, Kind: "request",
		Sender:     request.Sender{Email: mail, Answerable: true},
		Candidates: []request.Candidate{{ID: "1", Keys: keys, Relation: l.Relation, Client: l.Client, Chosen: true}}, Legs: []request.Leg{l},
	}
	if _, _, err := d.store.Create(d.Context(), r, store.Writes{}); err != nil {
		d.Fatal(err)
	}
	if approves {
		r, err := d.store.Load(d.Context(), id)
		if err != nil {
			d.Fatal(err)
		}
		r.Legs[0].Decision.ApprovedBy, r.Legs[0].Decision.ApprovedAt = "piet", start // who read what stood there
		r.Legs[0].Phase = phase
		if err := d.store.Save(d.Context(), r, store.Writes{}); err != nil {
			d.Fatal(err)
		}
	}
	return casework.Input{RequestID: id, LegID: "1"}
}

func decided() request.Decision {
	return request.Decision{Outcome: request.Granted, By: "jan", At: start}
}

// eraseAll plans and carries out an erasure.
func (d *drill) eraseAll(mail string, keys systems.Keys, l request.Leg) {
	d.Helper()
	s := erasure.Subject{Request: "0", Leg: "1", Relation: l.Relation, Role: l.Role, Client: l.Client, Keys: keys, Today: "2026-11-20"}
	stocks, err := erasure.Survey(d.Context(), some{d.cases.Systems}, s)
	if err != nil {
		d.Fatal(err)
	}
	if l.Plan, err = erasure.Plan(d.cases.Systems.Inventory(), s, stocks, nil); err != nil {
		d.Fatal(err)
	}
	in := d.request(mail, keys, l)
	for _, id := range drilled {
		in.System = id
		if _, err := d.cases.Erase(d.Context(), in); err != nil {
			d.Fatal(err)
		}
	}
}

func (d *drill) erase(customer, mail string) {
	d.Helper()
	d.eraseAll(mail, systems.Keys{"customer": {customer}, "email": {mail}},
		request.Leg{Right: request.Erasure, Relation: request.Client, Role: request.Controller, Phase: request.Held, Outcome: request.Granted, Decision: decided()})
}

func (d *drill) eraseDebtor(client, debtor, file string) {
	d.Helper()
	d.eraseAll("", systems.Keys{"debtor": {debtor}, "file": {file}}, request.Leg{
		Right: request.Erasure, Relation: request.Debtor, Role: request.Processor, Client: client, Phase: request.Instructed,
		Instruction: request.Instruction{Kind: request.CarryOutToUs, By: "privacy", At: start},
	})
}

func (d *drill) restrict(customer, mail string) {
	d.Helper()
	d.amend(d.request(mail, systems.Keys{"customer": {customer}, "email": {mail}},
		request.Leg{Right: request.Restriction, Relation: request.Client, Role: request.Controller, Phase: request.Held, Outcome: request.Granted, Decision: decided()}))
}

func (d *drill) correct(customer, mail, old, wanted string) {
	d.Helper()
	d.amend(d.request(mail, systems.Keys{"customer": {customer}, "email": {mail}}, request.Leg{
		Right: request.Rectification, Relation: request.Client, Role: request.Controller, Phase: request.Held, Outcome: request.Granted, Decision: decided(),
		Corrections: []request.Correction{{System: "relations", Holding: "clients", Column: "name", Old: old, New: wanted, Rows: 1, Evidence: "paspoort gezien", Status: request.CorrectionProposed}},
	}))
}

func (d *drill) amend(in casework.Input) {
	d.Helper()
	d.cases.Systems = some{d.cases.Systems}
	if _, err := d.cases.Amend(d.Context(), in); err != nil {
		d.Fatal(err)
	}
	d.cases.Systems = d.cases.Systems.(some).Systems
}

func (d *drill) stop(mail string) {
	d.Helper()
	in := d.request(mail, nil, request.Leg{Right: request.MarketingObjection, Relation: request.Newsletter, Role: request.Controller, Phase: request.Proven})
	if _, err := d.cases.Stop(d.Context(), in); err != nil {
		d.Fatal(err)
	}
}

// logged checks that the chains tell of the replay, without a word about anybody.
func (d *drill) logged() {
	d.Helper()
	n := 0
	for i := range d.n {
		lines, err := d.store.Lines(d.Context(), request.ID(fmt.Sprintf("%032x", i+1)))
		if err != nil {
			d.Fatal(err)
		}
		for _, l := range lines {
			if l.Action == "replayed" {
				n++
			}
			if s := fmt.Sprint(l.Reason, slices.Collect(maps.Values(l.Refs))); strings.Contains(s, "@") {
				d.Errorf("a ledger line holds an address: %s", s)
			}
		}
	}
	if n == 0 {
		d.Error("no chain tells of the replay")
	}
}

// some is the registry of the drill, in which the systems that take no part
// hold nothing.
type some struct{ casework.Systems }

func (s some) System(id string) (systems.System, error) {
	if !slices.Contains(drilled, id) {
		return nobody{}, nil
	}
	return s.Systems.System(id)
}

// nobody is a system that holds nothing.
type nobody struct{}

func (nobody) Find(context.Context, inventory.Holding, string, string) ([]systems.Row, error) {
	return nil, nil
}

func (nobody) Collect(context.Context, inventory.Holding, systems.Selection, func(systems.Row) error) error {
	return nil
}

func (nobody) Apply(context.Context, inventory.Holding, systems.Selection, systems.Act) (int, error) {
	return 0, nil
}

func (nobody) Can(inventory.Holding, string) bool { return true }

// silent is an engine and a post office that nobody hears.
type silent struct{}

func (silent) Nudge(context.Context, string) error { return nil }

func (silent) Start(context.Context, string, string, casework.Input) error { return nil }

func (silent) Resume(context.Context, string, casework.Output) (bool, error) { return false, nil }
