// Package systemstest is the contract of every connector, as a test suite: a
// connector that passes it finds only the right person, streams all of it in a
// fixed order, and can repeat every change without harm.
package systemstest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/google/go-cmp/cmp"
)

// Fixture is one fresh system of a test, filled with what the suite asks.
type Fixture struct {
	System systems.System
	// Without are columns that the system has no type for, where a test asks for
	// every kind of value.
	Without []string
	// Rows lists everything in a table; Objects everything in a bucket.
	Rows    func(t *testing.T) []systems.Row
	Objects func(t *testing.T) map[string][]byte
}

// Maker makes the system that stands in the default inventory under id, with
// these rows or objects in it and nothing else.
type Maker func(t *testing.T, s *inventory.System, rows []systems.Row, objects map[string][]byte) Fixture

// RunTables checks a connector of tables.
func RunTables(t *testing.T, make Maker) {
	t.Run("Find", func(t *testing.T) { testFind(t, make) })
	t.Run("FindNeverGuesses", func(t *testing.T) { testFindNeverGuesses(t, make) })
	t.Run("FindLimit", func(t *testing.T) { testFindLimit(t, make) })
	t.Run("CollectOnePersonOnly", func(t *testing.T) { testCollectOnePerson(t, make) })
	t.Run("CollectOneClientOnly", func(t *testing.T) { testCollectOneClient(t, make) })
	t.Run("CollectManyPages", func(t *testing.T) { testCollectPages(t, make) })
	t.Run("CollectStopsWhenTold", func(t *testing.T) { testCollectStops(t, make) })
	t.Run("Cut", func(t *testing.T) { testCut(t, make) })
	t.Run("CutKeep", func(t *testing.T) { testCutKeep(t, make) })
	t.Run("Exact", func(t *testing.T) { testExact(t, make) })
	t.Run("Erase", func(t *testing.T) { testErase(t, make) })
	t.Run("Keep", func(t *testing.T) { testKeep(t, make) })
	t.Run("Restrict", func(t *testing.T) { testRestrict(t, make) })
	t.Run("Unrestrict", func(t *testing.T) { testUnrestrict(t, make) })
	t.Run("Correct", func(t *testing.T) { testCorrect(t, make) })
	t.Run("Expire", func(t *testing.T) { testExpire(t, make) })
	t.Run("Stop", func(t *testing.T) { testStop(t, make) })
	t.Run("NothingToDo", func(t *testing.T) { testNothing(t, make) })
	t.Run("Refuses", func(t *testing.T) { testRefuses(t, make) })
}

// RunBuckets checks a connector of buckets.
func RunBuckets(t *testing.T, make Maker) {
	t.Run("Objects", func(t *testing.T) { testObjects(t, make) })
	t.Run("ObjectsCut", func(t *testing.T) { testObjectsCut(t, make) })
	t.Run("FindObjectsLimit", func(t *testing.T) { testFindObjectsLimit(t, make) })
	t.Run("Lines", func(t *testing.T) { testLines(t, make) })
	t.Run("LinesEraseKeepsOthersExactly", func(t *testing.T) { testLinesErase(t, make) })
	t.Run("LinesUnreadable", func(t *testing.T) { testUnreadable(t, make) })
	t.Run("LinesStop", func(t *testing.T) { testLinesStop(t, make) })
	t.Run("LinesKeepUntilExpire", func(t *testing.T) { testLinesKeep(t, make) })
	t.Run("BucketRefuses", func(t *testing.T) { testBucketRefuses(t, make) })
}

func place(t *testing.T, system, holding string) inventory.Place {
	t.Helper()
	p, ok := inventory.Default().Holding(system, holding)
	if !ok {
		t.Fatalf("%s/%s is not in the inventory", system, holding)
	}
	return p
}

func clients() []systems.Row {
	return []systems.Row{
		{"customer": "K-1", "record": "client", "name": "Anna Bos", "email": "samen@test.example", "phone": "+31600000001", "marketing": true},
		{"customer": "K-2", "record": "client", "name": "Bram Bos", "email": "samen@test.example", "phone": "+31600000002"},
		{"customer": "K-3", "record": "prospect", "name": "Cas Dijk", "email": "samen@test.example"},
		{"customer": "K-4", "record": "client", "name": "Dirk Eik", "email": "dirk@test.example"},
	}
}

func files() []systems.Row {
	var rows []systems.Row
	for i, c := range []string{"bakker", "telstar", "bakker"} {
		f := fmt.Sprintf("D-%d", i+1)
		rows = append(rows,
			systems.Row{"file": f, "record": "file", "type": "file", "client": c, "debtor": strings.ToUpper(c) + "-1", "name": "Eva Fok", "email": "eva@test.example", "closed": fmt.Sprintf("20%d-05-01", 20+i)},
			systems.Row{"file": f, "record": "note-0002", "type": "note", "client": c, "text": "tweede"},
			systems.Row{"file": f, "record": "note-0001", "type": "note", "client": c, "text": "eerste"})
	}
	return append(rows, systems.Row{"file": "D-9", "record": "file", "type": "file", "client": "bakker", "debtor": "BAKKER-9", "name": "Eva Fok", "email": "eva.fok@test.example"})
}

func invoices(n int) []systems.Row {
	rows := make([]systems.Row, n)
	for i := range rows {
		rows[i] = systems.Row{"customer": "K-1", "invoice": fmt.Sprintf("F-%05d", i), "date": fmt.Sprintf("20%02d-03-01", 10+i%15), "name": "Anna Bos",
			"email": "anna@test.example", "iban": "NL00TEST0000000001", "note": strings.Repeat("x", 300), "amount": json.Number("12.5")}
	}
	return rows
}

func find(t *testing.T, s systems.System, p inventory.Place, kind, value, column string) []string {
	t.Helper()
	rows, err := s.Find(context.Background(), *p.Holding, kind, value)
	if err != nil {
		t.Fatalf("Find by %s: %v", kind, err)
	}
	got := []string{}
	for _, r := range rows {
		got = append(got, r.Text(column))
	}
	slices.Sort(got)
	return got
}

func collect(t *testing.T, s systems.System, p inventory.Place, keys systems.Keys, client string) []systems.Row {
	t.Helper()
	rows := []systems.Row{}
	err := s.Collect(context.Background(), *p.Holding, systems.Of(keys, client), func(r systems.Row) error {
		rows = append(rows, maps.Clone(r)) // the row is ours until we return
		return nil
	})
	if err != nil {
		t.Fatalf("Collect: %v", err)
	}
	SameCopy(t, s, *p.Holding, systems.Of(keys, client))
	return rows
}

// SameCopy fails unless s, where it is a Copier, copies what it collects, byte for byte.
func SameCopy(t *testing.T, s systems.System, h inventory.Holding, of systems.Selection) {
	t.Helper()
	if _, ok := s.(systems.Copier); !ok {
		return
	}
	records := func(s systems.System) (all []string) {
		err := systems.Copy(context.Background(), s, h, of, func(rec systems.Record) error {
			all = append(all, fmt.Sprintf("%q %q", rec.Values, slices.Sorted(slices.Values(rec.Unnamed))))
			return nil
		})
		if err != nil {
			t.Fatalf("Copy: %v", err)
		}
		return all
	}
	collected := struct{ systems.System }{s} // no Copier any more
	if d := cmp.Diff(records(collected), records(s)); d != "" {
		t.Errorf("a copy is not what is collected (-collected +copied):\n%s", d)
	}
}

func column(rows []systems.Row, name string) []string {
	got := []string{}
	for _, r := range rows {
		got = append(got, r.Text(name))
	}
	return got
}

// apply carries the act out twice: the second time must change nothing and,
// but for erased rows, tell the same count.
func apply(t *testing.T, f Fixture, p inventory.Place, keys systems.Keys, client string, act systems.Act, want int) {
	t.Helper()
	n, err := f.System.Apply(context.Background(), *p.Holding, systems.Of(keys, client), act)
	if err != nil {
		t.Fatalf("Apply %s: %v", act.Action, err)
	}
	if n != want {
		t.Errorf("Apply %s told %d rows, want %d", act.Action, n, want)
	}
	before := f.state(t)
	again, err := f.System.Apply(context.Background(), *p.Holding, systems.Of(keys, client), act)
	if err != nil {
		t.Fatalf("Apply %s again: %v", act.Action, err)
	}
	if d := cmp.Diff(before, f.state(t)); d != "" {
		t.Errorf("Apply %s again changed something (-first +second):\n%s", act.Action, d)
	}
	if act.Action == systems.Erase && again != 0 {
		t.Errorf("Apply erase again told %d rows, want 0", again)
	}
	if again > n {
		t.Errorf("Apply %s again told %d rows, first %d", act.Action, again, n)
	}
}

func (f Fixture) state(t *testing.T) any {
	if f.Objects != nil {
		return f.Objects(t)
	}
	rows := f.Rows(t)
	slices.SortFunc(rows, func(a, b systems.Row) int {
		return strings.Compare(fmt.Sprint(a["customer"], a["invoice"], a["file"], a["record"], a["email"]), fmt.Sprint(b["customer"], b["invoice"], b["file"], b["record"], b["email"]))
	})
	return rows
}

func testFind(t *testing.T, make Maker) {
	p := place(t, "relations", "clients")
	s := make(t, p.System, clients(), nil).System
	for _, tc := range []struct {
		kind, value string
		want        []string
	}{
		{"email", "samen@test.example", []string{"K-1", "K-2"}}, // K-3 is another holding's
		{"email", " Samen@TEST.example", []string{"K-1", "K-2"}},
		{"customer", "k-4", []string{"K-4"}},
		{"phone", "06 00000002", []string{"K-2"}},
		{"email", "niemand@test.example", []string{}},
		{"customer", "K-3", []string{}},
		{"email", "", []string{}},
	} {
		if d := cmp.Diff(tc.want, find(t, s, p, tc.kind, tc.value, "customer")); d != "" {
			t.Errorf("Find %s (-want +got):\n%s", tc.kind, d)
		}
	}
}

func testFindNeverGuesses(t *testing.T, make Maker) {
	p := place(t, "relations", "clients")
	s := make(t, p.System, clients(), nil).System
	for _, v := range []string{"samen@test", "%", "*", "samen", "K", "K-"} {
		for _, kind := range []string{"email", "customer"} {
			if got := find(t, s, p, kind, v, "customer"); len(got) > 0 {
				t.Errorf("Find by a part of a key found %v", got)
			}
		}
	}
}

func testCollectOnePerson(t *testing.T, make Maker) {
	p := place(t, "relations", "clients")
	s := make(t, p.System, clients(), nil).System
	// A15: the number tells; the mailbox that two people share brings in nobody else.
	got := column(collect(t, s, p, systems.Keys{"customer": {"K-1"}, "email": {"samen@test.example"}}, ""), "customer")
	if d := cmp.Diff([]string{"K-1"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := collect(t, s, p, systems.Keys{"file": {"D-1"}}, ""); len(got) > 0 {
		t.Errorf("keys of another kind collected %d rows", len(got))
	}
}

func testCollectOneClient(t *testing.T, make Maker) {
	s := make(t, place(t, "collection", "files").System, files(), nil).System
	keys := systems.Keys{"debtor": {"BAKKER-1", "telstar-1"}, "file": {"D-1", "D-2", "D-3"}, "email": {"eva@test.example"}}
	for _, tc := range []struct {
		client string
		want   []string
	}{{"bakker", []string{"D-1", "D-3"}}, {"telstar", []string{"D-2"}}, {"zorgnet", []string{}}} {
		got := column(collect(t, s, place(t, "collection", "files"), keys, tc.client), "file")
		slices.Sort(got)
		if d := cmp.Diff(tc.want, got); d != "" {
			t.Errorf("files of %s (-want +got):\n%s", tc.client, d)
		}
	}
	notes := collect(t, s, place(t, "collection", "notes"), keys, "telstar")
	if d := cmp.Diff([]string{"eerste", "tweede"}, column(notes, "text")); d != "" {
		t.Errorf("notes in order (-want +got):\n%s", d)
	}
}

func testCollectPages(t *testing.T, make Maker) {
	p := place(t, "invoices", "invoices")
	want := invoices(120)
	s := make(t, p.System, append(invoices(120), systems.Row{"customer": "K-2", "invoice": "F-90000", "date": "2024-01-01"}), nil).System
	got := collect(t, s, p, systems.Keys{"customer": {"K-1"}}, "")
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("all rows, in the order of the key (-want +got):\n%s", d)
	}
}

func testCollectStops(t *testing.T, make Maker) {
	p := place(t, "invoices", "invoices")
	s := make(t, p.System, invoices(10), nil).System
	enough := errors.New("enough")
	n := 0
	err := s.Collect(context.Background(), *p.Holding, systems.Of(systems.Keys{"customer": {"K-1"}}, ""), func(systems.Row) error {
		n++
		if n == 3 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || n != 3 {
		t.Errorf("Collect: %v after %d rows, want the error of emit after 3", err, n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Collect(ctx, *p.Holding, systems.Of(systems.Keys{"customer": {"K-1"}}, ""), func(systems.Row) error { return nil }); err == nil {
		t.Error("Collect with a cancelled context answered")
	}
}

func testExact(t *testing.T, make Maker) {
	p := place(t, "relations", "clients")
	row := systems.Row{"customer": "K-1", "record": "client", "name": "Ænne \"=1+1\" 名\n\t", "remarks": []any{"a", json.Number("1.5"), nil, true, map[string]any{"k": "v"}},
		"marketing": false, "ended": nil, "since": json.Number("12345678901234567890.123")}
	f := make(t, p.System, []systems.Row{row}, nil)
	if len(f.Without) > 0 {
		for _, name := range f.Without {
			delete(row, name)
		}
		f = make(t, p.System, []systems.Row{row}, nil)
	}
	got := collect(t, f.System, p, systems.Keys{"customer": {"K-1"}}, "")
	delete(row, "ended") // nothing is as good as absent
	for _, r := range got {
		if r["ended"] == nil {
			delete(r, "ended")
		}
	}
	if d := cmp.Diff([]systems.Row{row}, got); d != "" {
		t.Errorf("every value as the system holds it (-want +got):\n%s", d)
	}
}

func testErase(t *testing.T, make Maker) {
	p := place(t, "relations", "clients")
	f := make(t, p.System, clients(), nil)
	apply(t, f, p, systems.Keys{"customer": {"K-1"}, "email": {"samen@test.example"}}, "", systems.Act{Action: systems.Erase}, 1)
	got := column(f.Rows(t), "customer")
	slices.Sort(got)
	if d := cmp.Diff([]string{"K-2", "K-3", "K-4"}, got); d != "" {
		t.Errorf("left (-want +got):\n%s", d)
	}
}

func testKeep(t *testing.T, make Maker) {
	p := place(t, "invoices", "invoices")
	f := make(t, p.System, append(invoices(30), systems.Row{"customer": "K-2", "invoice": "F-90000", "date": "2012-01-01", "email": "b@test.example"}), nil)
	// E-2: rows whose period is over go, of the others only what the ground needs stays.
	apply(t, f, p, systems.Keys{"customer": {"K-1"}}, "", systems.Act{Action: systems.Keep, Before: "2019-01-01", Until: "2031-12-31", Request: "r", Leg: "l"}, 30)
	var kept, others int
	for _, r := range f.Rows(t) {
		if r.Text("customer") != "K-1" {
			others++
			if r.Text("email") == "" {
				t.Error("another person's row was stripped")
			}
			continue
		}
		kept++
		for _, c := range p.Holding.Columns {
			if _, ok := r[c.Name]; ok && c.Anonymise {
				t.Errorf("column %s is still there", c.Name)
			}
		}
		if r.Text("date") < "2019-01-01" || r.Text("amount") != "12.5" || r.Text("name") == "" {
			t.Errorf("kept a row of %s with amount %q", r.Text("date"), r.Text("amount"))
		}
		note, ok := r[inventory.Bookkeeping].(map[string]any)
		if !ok || note["until"] != "2031-12-31" || note["action"] != "keep" {
			t.Errorf("note %v", r[inventory.Bookkeeping])
		}
	}
	if kept != 12 || others != 1 {
		t.Errorf("kept %d rows and %d of others, want 12 and 1", kept, others)
	}
}

func testRestrict(t *testing.T, make Maker) {
	p := place(t, "collection", "files")
	f := make(t, p.System, files(), nil)
	keys := systems.Keys{"debtor": {"BAKKER-1", "telstar-1"}}
	apply(t, f, p, keys, "bakker", systems.Act{Action: systems.Restrict, Until: "2028-05-01", Before: "2021-01-01", Request: "r", Leg: "l"}, 2)
	state := map[string]string{}
	for _, r := range f.Rows(t) {
		if r.Text("type") == "file" {
			note, _ := r[inventory.Bookkeeping].(map[string]any)
			state[r.Text("file")] = fmt.Sprint(note["action"], r.Text("name"))
		}
	}
	want := map[string]string{"D-2": "<nil>Eva Fok", "D-3": "restrictEva Fok", "D-9": "<nil>Eva Fok"}
	if d := cmp.Diff(want, state); d != "" {
		t.Errorf("one client's file restricted, its old file gone (-want +got):\n%s", d)
	}
}

// 18(1), 18(3): each leg has a mark of its own, the flag stands while any of
// them does, and what an erasure kept keeps its mark and its end.
func testUnrestrict(t *testing.T, make Maker) {
	p := place(t, "collection", "files")
	f := make(t, p.System, files(), nil)
	keys := systems.Keys{"debtor": {"BAKKER-1"}}
	flags := func() map[string]string {
		t.Helper()
		got := map[string]string{}
		for _, r := range f.Rows(t) {
			if until, ok := systems.Restricted(r); ok {
				got[r.Text("file")+"/"+r.Text("record")] = string(until)
			}
		}
		return got
	}
	is := func(when string, want map[string]string) {
		t.Helper()
		if d := cmp.Diff(want, flags()); d != "" {
			t.Errorf("%s (-want +got):\n%s", when, d)
		}
	}
	endless := map[string]string{"D-1/file": systems.Endless, "D-3/file": systems.Endless}
	plan := map[string]string{"D-1/file": "2028-05-01", "D-3/file": "2028-05-01"}
	apply(t, f, p, keys, "bakker", systems.Act{Action: systems.Restrict, Until: "2028-05-01", Request: "r", Leg: "plan"}, 2)
	is("restricted by a plan (E-7)", plan)
	apply(t, f, p, keys, "bakker", systems.Act{Action: systems.Restrict, Ground: "d", Request: "r", Leg: "1"}, 2)
	apply(t, f, p, keys, "bakker", systems.Act{Action: systems.Restrict, Ground: "a", Request: "r", Leg: "2"}, 2)
	is("restricted for two legs besides", endless)
	apply(t, f, p, keys, "bakker", systems.Act{Action: systems.Unrestrict, Request: "other", Leg: "1"}, 2)
	apply(t, f, p, keys, "bakker", systems.Act{Action: systems.Unrestrict, Request: "r", Leg: "1"}, 2)
	is("one of the two lifted", endless)
	// 18(2): what the ground to keep no longer needs stays while somebody has its use restricted.
	apply(t, f, p, keys, "bakker", systems.Act{Action: systems.Expire, On: "2030-01-01", Request: "r", Leg: "plan"}, 2)
	is("the plan's end came meanwhile", endless)
	apply(t, f, p, keys, "bakker", systems.Act{Action: systems.Unrestrict, Request: "r", Leg: "2"}, 2)
	is("both lifted", plan)
	for _, r := range f.Rows(t) {
		if r.Text("file") == "D-2" && r[inventory.Bookkeeping] != nil {
			t.Error("another client's row was marked")
		}
	}

	// A row that nothing else was done to is as it was before.
	q := place(t, "relations", "clients")
	g := make(t, q.System, clients(), nil)
	before := g.state(t)
	one := systems.Keys{"customer": {"K-1"}}
	apply(t, g, q, one, "", systems.Act{Action: systems.Restrict, Ground: "a", Request: "r", Leg: "1"}, 1)
	apply(t, g, q, one, "", systems.Act{Action: systems.Unrestrict, Request: "r", Leg: "1"}, 1)
	if d := cmp.Diff(before, g.state(t)); d != "" {
		t.Errorf("restricted and lifted (-before +after):\n%s", d)
	}
}

// the old value is compared where it stands; what changed meanwhile is
// not overwritten and not counted, nobody else is touched, and a new address
// is new on file (A11).
func testCorrect(t *testing.T, make Maker) {
	p := place(t, "relations", "clients")
	one := systems.Keys{"customer": {"K-1"}, "email": {"samen@test.example"}}
	act := func(column, old, new string) systems.Act {
		return systems.Act{Action: systems.Correct, Column: column, Old: old, New: new, On: "2026-11-20", Request: "r", Leg: "l"}
	}
	f := make(t, p.System, clients(), nil)
	apply(t, f, p, one, "", act("name", "Anna Bos", "Anne Bosch"), 1)
	apply(t, f, p, one, "", act("name", "Anna Bos", "Iemand Anders"), 0) // changed meanwhile
	apply(t, f, p, one, "", act("city", "", "Delft"), 1)                 // Art. 16: completing
	apply(t, f, p, one, "", act("phone", "+31600000001", ""), 1)
	apply(t, f, p, one, "", act("email", "Samen@test.example", "Anne@Test.example"), 1)
	apply(t, f, p, one, "", act("marketing", "", "x"), 0) // no text: a person looks
	for _, r := range f.Rows(t) {
		want := systems.Row{"customer": "K-1", "record": "client", "name": "Anne Bosch", "city": "Delft", "marketing": true,
			"email": "anne@test.example", "emailSince": "2026-11-20", "phoneSince": "2026-11-20"}
		if r.Text("customer") != "K-1" {
			i := slices.IndexFunc(clients(), func(c systems.Row) bool { return c.Text("customer") == r.Text("customer") })
			want = clients()[i]
		}
		if d := cmp.Diff(want, r); d != "" {
			t.Errorf("row of %s (-want +got):\n%s", r.Text("customer"), d)
		}
	}
	// One client's file, not the other's; and a row may hold another value.
	q := place(t, "collection", "files")
	g := make(t, q.System, files(), nil)
	debtor := systems.Keys{"debtor": {"BAKKER-1", "TELSTAR-1"}}
	apply(t, g, q, debtor, "bakker", act("name", "Eva Fok", "Eva Fokkema"), 2)
	names := map[string]string{}
	for _, r := range g.Rows(t) {
		if r.Text("type") == "file" {
			names[r.Text("file")] = r.Text("name")
		}
	}
	if d := cmp.Diff(map[string]string{"D-1": "Eva Fokkema", "D-2": "Eva Fok", "D-3": "Eva Fokkema", "D-9": "Eva Fok"}, names); d != "" {
		t.Errorf("one client's files (-want +got):\n%s", d)
	}
	// A number stays one.
	n := place(t, "collection", "files")
	h := make(t, n.System, []systems.Row{{"file": "D-1", "record": "file", "type": "file", "client": "bakker", "debtor": "B-1", "postcode": json.Number("1234")}}, nil)
	apply(t, h, n, systems.Keys{"debtor": {"B-1"}}, "bakker", act("postcode", "1234", "4321"), 1)
	if got := h.Rows(t)[0]["postcode"]; got != json.Number("4321") {
		t.Errorf("a number became %#v", got)
	}
	// What the desk may not write is refused before anything is touched.
	for _, column := range []string{"customer", "record", "ended", "emailSince", "noMarketingSince", "nonsense", ""} {
		if _, err := f.System.Apply(context.Background(), *p.Holding, systems.Of(one, ""), act(column, "x", "y")); !errors.Is(err, systems.ErrNotDeclared) {
			t.Errorf("correct column %q: %v", column, err)
		}
	}
}

// E-3: when the ground has ended, what that leg kept goes; what another leg
// kept, and what came later, stays.
func testExpire(t *testing.T, make Maker) {
	p := place(t, "collection", "files")
	f := make(t, p.System, files(), nil)
	keys := systems.Keys{"debtor": {"BAKKER-1"}}
	apply(t, f, p, keys, "bakker", systems.Act{Action: systems.Restrict, Until: "2028-05-01", Request: "r", Leg: "l"}, 2)
	before := len(f.Rows(t))
	for _, act := range []systems.Act{
		{Action: systems.Expire, On: "2028-05-01", Request: "r", Leg: "l"}, // its last day
		{Action: systems.Expire, On: "2028-05-02", Request: "r", Leg: "other"},
		{Action: systems.Expire, On: "2028-05-02", Request: "other", Leg: "l"},
	} {
		apply(t, f, p, keys, "bakker", act, 2)
		if n := len(f.Rows(t)); n != before {
			t.Fatalf("%+v left %d rows of %d", act, n, before)
		}
	}
	apply(t, f, p, keys, "bakker", systems.Act{Action: systems.Expire, On: "2028-05-02", Request: "r", Leg: "l"}, 2)
	for _, r := range f.Rows(t) {
		if note, _ := r[inventory.Bookkeeping].(map[string]any); note != nil {
			t.Errorf("row of %s is still kept: %v", r.Text("file"), note)
		}
	}
	if n := len(f.Rows(t)); n == before || n == 0 {
		t.Errorf("left %d rows of %d", n, before)
	}
}

func testStop(t *testing.T, make Maker) {
	p := place(t, "newsletter", "subscribers")
	f := make(t, p.System, []systems.Row{{"email": "a@test.example", "name": "A"}, {"email": "b@test.example", "stoppedOn": "2020-01-01"}}, nil)
	keys := systems.Keys{"email": {"A@test.example", "b@test.example"}}
	apply(t, f, p, keys, "", systems.Act{Action: systems.Stop, On: "2026-11-20"}, 2)
	// A later stop does not move the day of the first.
	apply(t, f, p, keys, "", systems.Act{Action: systems.Stop, On: "2026-11-25"}, 2)
	got := map[string]string{}
	for _, r := range f.Rows(t) {
		got[r.Text("email")] = r.Text("stoppedOn") + r.Text("name")
	}
	if d := cmp.Diff(map[string]string{"a@test.example": "2026-11-20A", "b@test.example": "2020-01-01"}, got); d != "" {
		t.Errorf("marks (-want +got):\n%s", d)
	}
}

func testNothing(t *testing.T, make Maker) {
	p := place(t, "relations", "clients")
	f := make(t, p.System, clients(), nil)
	for _, action := range []string{systems.Erase, systems.Keep, systems.Restrict, systems.Stop, systems.Anonymise} {
		for _, keys := range []systems.Keys{nil, {}, {"customer": {""}}, {"customer": {"K-77"}}, {"file": {"D-1"}}} {
			n, err := f.System.Apply(context.Background(), *p.Holding, systems.Of(keys, ""), systems.Act{Action: action, On: "2026-11-20"})
			if n != 0 || err != nil {
				t.Errorf("%s of nobody: %d rows, %v", action, n, err)
			}
		}
	}
	if n := len(f.Rows(t)); n != 4 {
		t.Errorf("%d rows left, want 4", n)
	}
}

func testRefuses(t *testing.T, make Maker) {
	p := place(t, "invoices", "invoices")
	f := make(t, p.System, invoices(1), nil)
	ctx := context.Background()
	if _, err := f.System.Find(ctx, *p.Holding, "email", "anna@test.example"); !errors.Is(err, systems.ErrNotDeclared) {
		t.Errorf("Find by a key that is not declared: %v", err)
	}
	for _, action := range []string{"", "drop", systems.Stop} {
		if _, err := f.System.Apply(ctx, *p.Holding, systems.Of(systems.Keys{"customer": {"K-1"}}, ""), systems.Act{Action: action}); !errors.Is(err, systems.ErrNotDeclared) {
			t.Errorf("Apply %q: %v", action, err)
		}
	}
	if n := len(f.Rows(t)); n != 1 {
		t.Errorf("%d rows left, want 1", n)
	}
}

func testObjects(t *testing.T, make Maker) {
	p := place(t, "recordings", "calls")
	objects := map[string][]byte{
		"recordings/K-1/2026-10-02.wav":  []byte("tweede"),
		"recordings/K-1/2026-10-01.wav":  []byte("eerste gesprek"),
		"recordings/K-10/2026-10-01.wav": []byte("van een ander"),
		"debtors/K-1/2026-10-01.wav":     []byte("andere verzameling"),
	}
	f := make(t, p.System, nil, maps.Clone(objects))
	rows := collect(t, f.System, p, systems.Keys{"customer": {"k-1"}, "email": {"a@test.example"}}, "")
	want := []systems.Row{
		{"customer": "K-1", "date": "2026-10-01", "bytes": json.Number("14"), "object": "recordings/K-1/2026-10-01.wav"},
		{"customer": "K-1", "date": "2026-10-02", "bytes": json.Number("6"), "object": "recordings/K-1/2026-10-02.wav"},
	}
	if d := cmp.Diff(want, rows); d != "" {
		t.Errorf("Collect (-want +got):\n%s", d)
	}
	o, ok := f.System.(systems.Opener)
	if !ok {
		t.Fatal("a bucket must open its objects")
	}
	r, err := o.Open(context.Background(), *p.Holding, "recordings/K-1/2026-10-01.wav")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r)
	r.Close()
	if err != nil || string(body) != "eerste gesprek" {
		t.Errorf("Open: %q, %v", body, err)
	}
	for _, name := range []string{"recordings/K-1/1999-01-01.wav", "debtors/K-1/2026-10-01.wav"} {
		if _, err := o.Open(context.Background(), *p.Holding, name); !request.NotFound.Is(err) {
			t.Errorf("Open of what is not there: %v", err)
		}
	}
	apply(t, f, p, systems.Keys{"customer": {"K-1"}}, "", systems.Act{Action: systems.Erase}, 2)
	delete(objects, "recordings/K-1/2026-10-01.wav")
	delete(objects, "recordings/K-1/2026-10-02.wav")
	if d := cmp.Diff(objects, f.Objects(t)); d != "" {
		t.Errorf("left (-want +got):\n%s", d)
	}
	if got := find(t, f.System, p, "customer", "K-10", "date"); !slices.Equal(got, []string{"2026-10-01"}) {
		t.Errorf("Find: %v", got)
	}
}

func weblog() map[string][]byte {
	return map[string][]byte{
		"weblog/2026-10-01.jsonl": []byte(`{"time":"2026-10-01T08:00:00Z","ip":"192.0.2.1","email":"a@test.example","path":"/","status":200}
{"time": "2026-10-01T09:00:00Z", "ip":"192.0.2.2","path":"/b?x=<1>&y=é","status":404.0}

{"time":"2026-10-01T10:00:00Z","ip":"192.0.2.1","email":"A@Test.example","path":"/c","status":200}
`),
		"weblog/2026-10-02.jsonl": []byte(`{"time":"2026-10-02T08:00:00Z","ip":"192.0.2.9","email":"b@test.example","path":"/","status":200}`),
		"weblog/2026-10-03.jsonl": []byte(`{"time":"2026-10-03T08:00:00Z","ip":"192.0.2.1","email":"a@test.example","path":"/d","status":200}`),
	}
}

func testLines(t *testing.T, make Maker) {
	p := place(t, "weblog", "visits")
	s := make(t, p.System, nil, weblog()).System
	rows := collect(t, s, p, systems.Keys{"email": {"a@test.example"}, "customer": {"K-1"}}, "")
	if d := cmp.Diff([]string{"/", "/c", "/d"}, column(rows, "path")); d != "" {
		t.Errorf("lines in the order of time (-want +got):\n%s", d)
	}
	if rows[0]["status"] != json.Number("200") {
		t.Errorf("status %#v", rows[0]["status"])
	}
}

func testLinesErase(t *testing.T, make Maker) {
	p := place(t, "weblog", "visits")
	f := make(t, p.System, nil, weblog())
	apply(t, f, p, systems.Keys{"email": {"a@test.example"}}, "", systems.Act{Action: systems.Erase}, 3)
	got := f.Objects(t)
	// The lines of others stay as they were, byte for byte.
	want := "{\"time\": \"2026-10-01T09:00:00Z\", \"ip\":\"192.0.2.2\",\"path\":\"/b?x=<1>&y=é\",\"status\":404.0}\n"
	if string(got["weblog/2026-10-01.jsonl"]) != want {
		t.Errorf("first day:\n%s", got["weblog/2026-10-01.jsonl"])
	}
	if !bytes.Equal(got["weblog/2026-10-02.jsonl"], weblog()["weblog/2026-10-02.jsonl"]) {
		t.Errorf("an object without the person was rewritten:\n%s", got["weblog/2026-10-02.jsonl"])
	}
	if len(got["weblog/2026-10-03.jsonl"]) != 0 {
		t.Errorf("third day:\n%s", got["weblog/2026-10-03.jsonl"])
	}
}

func testUnreadable(t *testing.T, make Maker) {
	p := place(t, "weblog", "visits")
	const secret = "geheim@test.example"
	objects := weblog()
	objects["weblog/2026-10-02.jsonl"] = []byte("{\"email\": \"" + secret + "\"\n")
	f := make(t, p.System, nil, objects)
	keys := systems.Keys{"email": {"a@test.example"}}
	err := f.System.Collect(context.Background(), *p.Holding, systems.Of(keys, ""), func(systems.Row) error { return nil })
	_, err2 := f.System.Apply(context.Background(), *p.Holding, systems.Of(keys, ""), systems.Act{Action: systems.Erase})
	for _, err := range []error{err, err2} {
		// F18: not silently less than all; I13: nothing of the line in the error.
		if !errors.Is(err, systems.ErrUnreadable) || strings.Contains(err.Error(), secret) {
			t.Errorf("a line that cannot be read: %v", err)
		}
	}
	if !bytes.Equal(f.Objects(t)["weblog/2026-10-02.jsonl"], objects["weblog/2026-10-02.jsonl"]) {
		t.Error("the unreadable object was changed")
	}
}

func testBucketRefuses(t *testing.T, make Maker) {
	p := place(t, "weblog", "visits")
	f := make(t, p.System, nil, weblog())
	for _, action := range []string{"", systems.Restrict, systems.Unrestrict, systems.Correct, systems.Stop} {
		if _, err := f.System.Apply(context.Background(), *p.Holding, systems.Of(systems.Keys{"email": {"a@test.example"}}, ""), systems.Act{Action: action}); !errors.Is(err, systems.ErrNotDeclared) {
			t.Errorf("Apply %q: %v", action, err)
		}
	}
	if _, err := f.System.Find(context.Background(), *p.Holding, "file", "D-1"); !errors.Is(err, systems.ErrNotDeclared) {
		t.Errorf("Find by a key that is not declared: %v", err)
	}
	if d := cmp.Diff(weblog(), f.Objects(t)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	// An object carries no mark: what is kept in it could not be told from the rest.
	p = place(t, "recordings", "calls")
	f = make(t, p.System, nil, map[string][]byte{"recordings/K-1/2026-10-01.wav": []byte("x")})
	for _, action := range []string{systems.Keep, systems.Restrict, systems.Stop} {
		if _, err := f.System.Apply(context.Background(), *p.Holding, systems.Of(systems.Keys{"customer": {"K-1"}}, ""), systems.Act{Action: action}); !errors.Is(err, systems.ErrNotDeclared) {
			t.Errorf("Apply %q to an object: %v", action, err)
		}
	}
}

// consents is a log of choices: of a, one withdrawn long ago and two that
// count; of b, one; and one of nobody known.
func consents() map[string][]byte {
	return map[string][]byte{
		"consents/2019.jsonl": []byte(`{"given":"2019-02-01T08:00:00Z","email":"a@test.example","statistics":true,"withdrawn":"2020-03-01","ip":"192.0.2.1"}
{"given": "2019-02-02T08:00:00Z", "statistics":false,"banner":"<1> & 2"}
`),
		"consents/2025.jsonl": []byte(`{"given":"2025-05-01T08:00:00Z","email":"A@test.example","statistics":true,"banner":"3","ip":"192.0.2.1","agent":"Mozilla/5.0"}
{"given":"2025-06-01T08:00:00Z","email":"b@test.example","statistics":true, "banner":"3"}
`),
		"consents/2026.jsonl": []byte(`{"given":"2026-07-01T08:00:00Z","email":"a@test.example","statistics":false,"banner":"4","ip":"192.0.2.7"}
`),
		// Another holding of the same bucket.
		"weblog/2026-10-01.jsonl": []byte(`{"time":"2026-10-01T08:00:00Z","email":"a@test.example","path":"/"}
`),
	}
}

// a withdrawn consent is marked with its day, once, and nothing else changes.
func testLinesStop(t *testing.T, make Maker) {
	p := place(t, "weblog", "consents")
	f := make(t, p.System, nil, consents())
	keys := systems.Keys{"email": {"a@test.example"}}
	apply(t, f, p, keys, "", systems.Act{Action: systems.Stop, On: "2026-11-20", Request: "r", Leg: "l"}, 3)
	apply(t, f, p, keys, "", systems.Act{Action: systems.Stop, On: "2026-12-01", Request: "s", Leg: "l"}, 3)
	rows := collect(t, f.System, p, keys, "")
	if d := cmp.Diff([]string{"2020-03-01", "2026-11-20", "2026-11-20"}, column(rows, "withdrawn")); d != "" {
		t.Errorf("withdrawn (-want +got):\n%s", d)
	}
	if rows[1]["statistics"] != true || rows[1].Text("banner") != "3" || rows[1].Text("ip") == "" {
		t.Errorf("a mark changed more: %v", rows[1])
	}
	others(t, f.Objects(t))
	if got := f.Objects(t)["consents/2019.jsonl"]; !bytes.Equal(got, consents()["consents/2019.jsonl"]) {
		t.Errorf("an object in which nothing had to change was rewritten:\n%s", got)
	}
}

// others checks that the lines of others stand as they stood, byte for byte.
func others(t *testing.T, got map[string][]byte) {
	t.Helper()
	for name, line := range map[string]string{
		"consents/2019.jsonl":     `{"given": "2019-02-02T08:00:00Z", "statistics":false,"banner":"<1> & 2"}`,
		"consents/2025.jsonl":     `{"given":"2025-06-01T08:00:00Z","email":"b@test.example","statistics":true, "banner":"3"}`,
		"weblog/2026-10-01.jsonl": `{"time":"2026-10-01T08:00:00Z","email":"a@test.example","path":"/"}`,
	} {
		if !strings.Contains(string(got[name]), line+"\n") {
			t.Errorf("%s lost a line of another:\n%s", name, got[name])
		}
	}
}

// RET-09, E-2, E-3: of a consent the least proof is kept, five years from the
// day that it ends, which is the day of the erasure at the latest; then it goes.
func testLinesKeep(t *testing.T, make Maker) {
	p := place(t, "weblog", "consents")
	f := make(t, p.System, nil, consents())
	keys := systems.Keys{"email": {"a@test.example"}}
	keep := systems.Act{Action: systems.Keep, On: "2026-11-20", Before: "2021-11-20", Until: "2031-11-06", Request: "r", Leg: "l"}
	apply(t, f, p, keys, "", keep, 3)
	rows := collect(t, f.System, p, keys, "")
	if d := cmp.Diff([]string{"2026-11-20", "2026-11-20"}, column(rows, "withdrawn")); d != "" {
		t.Errorf("kept, with the day that each ended (-want +got):\n%s", d)
	}
	for _, r := range rows {
		mark, _ := r[inventory.Bookkeeping].(map[string]any)
		if r.Text("ip") != "" || r.Text("agent") != "" || r.Text("given") == "" || mark["until"] != "2031-11-06" {
			t.Errorf("kept %v, want the least proof with its end", r)
		}
	}
	others(t, f.Objects(t))
	for _, act := range []systems.Act{
		{Action: systems.Expire, On: "2031-11-06", Before: "2026-11-06", Request: "r", Leg: "l"}, // its last day
		{Action: systems.Expire, On: "2031-11-07", Before: "2026-11-07", Request: "other", Leg: "l"},
	} {
		apply(t, f, p, keys, "", act, 2)
		if n := len(collect(t, f.System, p, keys, "")); n != 2 {
			t.Fatalf("%+v left %d rows, want 2", act, n)
		}
	}
	apply(t, f, p, keys, "", systems.Act{Action: systems.Expire, On: "2031-11-07", Before: "2026-11-07", Request: "r", Leg: "l"}, 2)
	if rows := collect(t, f.System, p, keys, ""); len(rows) > 0 {
		t.Errorf("left after its end: %v", rows)
	}
	others(t, f.Objects(t))
}

// testCut stops a copy and an act after every page and goes on where each
// stopped: nothing is missed, nothing comes twice, and every batch is told.
func testCut(t *testing.T, make Maker) {
	p := place(t, "invoices", "invoices")
	f := make(t, p.System, append(invoices(120), systems.Row{"customer": "K-2", "invoice": "F-90000", "date": "2024-01-01"}), nil)
	of := systems.Of(systems.Keys{"customer": {"K-1"}}, "")
	of.Enough = func() bool { return true }
	var got []systems.Row
	cuts := inTurns(t, &of, func() error {
		return f.System.Collect(context.Background(), *p.Holding, of, func(r systems.Row) error {
			got = append(got, maps.Clone(r)) // the row is ours until we return
			return nil
		})
	})
	if cuts == 0 {
		t.Fatal("no cut: the fixture's pages are too large for this test")
	}
	if d := cmp.Diff(invoices(120), got); d != "" {
		t.Errorf("collected in %d turns (-want +got):\n%s", cuts+1, d)
	}
	told, counted := 0, 0
	of.Batch = func(rows int) error { told += rows; return nil }
	cuts = inTurns(t, &of, func() error {
		n, err := f.System.Apply(context.Background(), *p.Holding, of, systems.Act{Action: systems.Erase})
		counted += n
		return err
	})
	if cuts == 0 || told != 120 || counted != 120 {
		t.Errorf("erased %d rows, told %d, in %d turns, want 120 and 120 in several", counted, told, cuts+1)
	}
	if left := f.Rows(t); len(left) != 1 || left[0].Text("customer") != "K-2" {
		t.Errorf("left %v, want the other person's row", left)
	}
}

// testCutKeep does the same with acts that leave rows where they are: what an
// act in turns leaves and counts is what it does in one.
func testCutKeep(t *testing.T, make Maker) {
	p := place(t, "invoices", "invoices")
	for _, act := range []systems.Act{
		{Action: systems.Keep, Before: "2019-01-01", Until: "2031-12-31"},
		{Action: systems.Restrict, Before: "2019-01-01", Until: "2031-12-31"},
		{Action: systems.Restrict, Ground: "a"},
		{Action: systems.Anonymise},
		{Action: systems.Correct, Column: "name", Old: "Anna Bos", New: "Anna Vos"},
	} {
		act.Request, act.Leg, act.On = "r", "l", "2026-11-07"
		var left [2][]systems.Row
		for i := range left {
			f := make(t, p.System, invoices(120), nil)
			of := systems.Of(systems.Keys{"customer": {"K-1"}}, "")
			if i == 1 {
				of.Enough = func() bool { return true }
			}
			told, counted := 0, 0
			of.Batch = func(rows int) error { told += rows; return nil }
			cuts := inTurns(t, &of, func() error {
				n, err := f.System.Apply(context.Background(), *p.Holding, of, act)
				counted += n
				return err
			})
			if cuts > 0 != (i == 1) || told != 120 || counted != 120 {
				t.Errorf("%s: %d rows, told of %d, in %d turns, want 120", act.Action, counted, told, cuts+1)
			}
			left[i] = collect(t, f.System, p, systems.Keys{"customer": {"K-1"}}, "")
		}
		if d := cmp.Diff(left[0], left[1]); d != "" {
			t.Errorf("%s leaves other rows in turns (-in one +in turns):\n%s", act.Action, d)
		}
	}
}

// testObjectsCut does the same over objects.
func testObjectsCut(t *testing.T, make Maker) {
	p := place(t, "recordings", "calls")
	objects := map[string][]byte{}
	var want []string
	for i := range 9 {
		name := fmt.Sprintf("recordings/K-%d/2026-10-%02d.wav", 1+i%2, 1+i)
		objects[name] = []byte("x")
		want = append(want, name)
	}
	objects["recordings/K-3/2026-10-01.wav"] = []byte("y")
	slices.Sort(want)
	f := make(t, p.System, nil, objects)
	of := systems.Of(systems.Keys{"customer": {"K-1", "K-2"}}, "")
	of.Enough = func() bool { return true }
	var got []string
	inTurns(t, &of, func() error {
		return f.System.Collect(context.Background(), *p.Holding, of, func(r systems.Row) error {
			got = append(got, r.Text("object"))
			return nil
		})
	})
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("collected (-want +got):\n%s", d)
	}
	inTurns(t, &of, func() error {
		_, err := f.System.Apply(context.Background(), *p.Holding, of, systems.Act{Action: systems.Erase})
		return err
	})
	if left := f.Objects(t); len(left) != 1 {
		t.Errorf("left %d objects, want the other person's", len(left))
	}
}

// inTurns calls until nothing is left to come, and counts the cuts.
func inTurns(t *testing.T, of *systems.Selection, turn func() error) (cuts int) {
	t.Helper()
	of.From = ""
	for {
		err := turn()
		cut := (*systems.Cut)(nil)
		if !errors.As(err, &cut) {
			if err != nil {
				t.Fatalf("turn %d: %v", cuts+1, err)
			}
			return cuts
		}
		if cuts++; cuts > 1000 {
			t.Fatal("a thousand turns and no end")
		}
		of.From = cut.Next
	}
}
