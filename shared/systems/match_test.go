package systems_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"testing"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/memory"
	"github.com/google/go-cmp/cmp"
)

func client(customer, name, email, birth string) systems.Row {
	return systems.Row{"customer": customer, "record": "client", "name": name, "email": email, "emailSince": "2020-01-02",
		"phone": "+3161111" + customer[2:], "phoneSince": "2021-03-04", "birthDate": birth, "postcode": "3511 AB", "city": "Utrecht", "address": "Oudegracht 1", "addressSince": "2020-01-02"}
}

func file(number, clientID, debtor, name, email, birth string) systems.Row {
	return systems.Row{"file": number, "record": "file", "type": "file", "client": clientID, "debtor": debtor, "name": name, "email": email,
		"emailSince": "2025-01-02", "birthDate": birth, "postcode": "1011AB", "claim": json.Number("120.50")}
}

func world() *memory.World {
	w := memory.New(inventory.Default())
	w.Memory("relations").Put(
		client("K-1001", "Jan de Vries", "jan@voorbeeld.example", "1970-01-02"),
		client("K-1002", "Fatima Öz", "samen@voorbeeld.example", "1980-05-06"),
		client("K-1003", "Piet Öz", "samen@voorbeeld.example", "1979-05-06"),
		client("K-1004", "Jan de Vries", "ander@voorbeeld.example", "1990-01-02"),
	)
	w.Memory("invoices").Put(systems.Row{"customer": "K-1001", "invoice": "F-2024-0001", "date": "2024-03-01", "name": "Jan de Vries"})
	w.Memory("newsletter").Put(systems.Row{"email": "jan@voorbeeld.example", "name": "Jan", "subscribedOn": "2023-01-01T10:00:00Z"})
	w.Memory("collection").Put(
		file("D-2026-00001", "bakker", "B-1", "Sanne Bos", "sanne@voorbeeld.example", "1985-07-08"),
		file("D-2026-00002", "telstar", "T-9", "Sanne Bos", "sanne@voorbeeld.example", "1985-07-08"),
		file("D-2026-00003", "bakker", "B-1", "Sanne Bos", "sanne.oud@voorbeeld.example", "1985-07-08"),
		file("D-2026-00004", "bakker", "B-2", "Henk Smit", "gezin@voorbeeld.example", "1960-01-01"), // father and son,
		file("D-2026-00005", "telstar", "T-8", "Henk Smit", "gezin@voorbeeld.example", "1990-01-01"),
		file("D-2026-00006", "bakker", "B-3", "Ans Kok", "paar@voorbeeld.example", ""), // a couple
		file("D-2026-00007", "telstar", "T-7", "Wim Kok", "paar@voorbeeld.example", ""),
	)
	return w
}

func find(t *testing.T, w *memory.World, s request.Sender, rel ...request.Relation) []request.Candidate {
	t.Helper()
	cs, err := systems.Candidates(context.Background(), w, s, rel)
	if err != nil {
		t.Fatal(err)
	}
	return cs
}

// chosen lists relation, client and the telling key of what was chosen.
func chosen(cs []request.Candidate) []string {
	out := []string{}
	for _, c := range cs {
		if c.Chosen {
			id := string(c.Relation) + "/" + c.Client
			for _, k := range []string{"customer", "debtor", "email"} {
				if len(c.Keys[k]) > 0 {
					id += "/" + c.Keys[k][0]
					break
				}
			}
			out = append(out, id)
		}
	}
	return out
}

// A15: only what leaves nothing to guess is chosen.
func TestChosen(t *testing.T) {
	for _, tc := range []struct {
		name string
		s    request.Sender
		rel  []request.Relation
		want []string
	}{
		{"nobody", request.Sender{Email: "wie@voorbeeld.example", Name: "Jan de Vries"}, nil, []string{}},
		{"address on file, two relations", request.Sender{Email: " Jan@Voorbeeld.example "}, nil, []string{"client//K-1001", "newsletter//jan@voorbeeld.example"}},
		{"only the relation that was asked for", request.Sender{Email: "jan@voorbeeld.example"}, []request.Relation{request.Newsletter}, []string{"newsletter//jan@voorbeeld.example"}},
		{"a debtor of two clients", request.Sender{Email: "sanne@voorbeeld.example"}, []request.Relation{request.Debtor}, []string{"debtor/bakker/B-1", "debtor/telstar/T-9"}},
		{"mailbox of father and son, with two clients", request.Sender{Email: "gezin@voorbeeld.example", Name: "Henk Smit"}, []request.Relation{request.Debtor}, []string{}},
		{"that mailbox and a birth date", request.Sender{Email: "gezin@voorbeeld.example", BirthDate: "1990-01-01"}, []request.Relation{request.Debtor}, []string{"debtor/telstar/T-8"}},
		{"that mailbox and a number", request.Sender{Email: "gezin@voorbeeld.example", FileNumbers: []string{"D-2026-00004"}}, []request.Relation{request.Debtor}, []string{"debtor/bakker/B-2"}},
		{"mailbox of a couple, with two clients", request.Sender{Email: "paar@voorbeeld.example", Name: "Ans Kok"}, []request.Relation{request.Debtor}, []string{}},
		{"number and birth date", request.Sender{Email: "wie@voorbeeld.example", ClientNumbers: []string{"k-1001"}, BirthDate: "1970-01-02"}, nil, []string{"client//K-1001", "newsletter//jan@voorbeeld.example"}[:1]},
		{"number, name and post code", request.Sender{ClientNumbers: []string{"K-1001"}, Name: "J. de Vries", Postcode: "3511ab"}, nil, []string{"client//K-1001"}},
		{"number alone", request.Sender{ClientNumbers: []string{"K-1001"}}, nil, []string{}},
		{"number and name", request.Sender{ClientNumbers: []string{"K-1001"}, Name: "Jan de Vries"}, nil, []string{}},
		{"invoice number and birth date", request.Sender{InvoiceNumbers: []string{"F-2024-0001"}, BirthDate: "1970-01-02"}, nil, []string{}},
		{"phone, name, post code and birth date", request.Sender{Phone: "06 11111001", Name: "Jan de Vries", Postcode: "3511AB", BirthDate: "1970-01-02"}, nil, []string{}},
		{"shared mailbox", request.Sender{Email: "samen@voorbeeld.example"}, nil, []string{}},
		{"shared mailbox and a name", request.Sender{Email: "samen@voorbeeld.example", Name: "Piet Öz"}, nil, []string{}},
		{"shared mailbox and a birth date", request.Sender{Email: "samen@voorbeeld.example", BirthDate: "1979-05-06"}, nil, []string{"client//K-1003"}},
		{"shared mailbox and a number", request.Sender{Email: "samen@voorbeeld.example", ClientNumbers: []string{"K-1002"}}, nil, []string{"client//K-1002"}},
		{"shared mailbox, number of one, birth date of the other", request.Sender{Email: "samen@voorbeeld.example", ClientNumbers: []string{"K-1002"}, BirthDate: "1979-05-06"}, nil, []string{}},
		{"address of one, number of another", request.Sender{Email: "jan@voorbeeld.example", ClientNumbers: []string{"K-1004"}}, []request.Relation{request.Client}, []string{}},
		{"numbers of two people", request.Sender{Email: "jan@voorbeeld.example", ClientNumbers: []string{"K-1001", "K-1004"}}, []request.Relation{request.Client}, []string{}},
		{"address on file, birth date denied by the file", request.Sender{Email: "jan@voorbeeld.example", BirthDate: "1999-09-09"}, []request.Relation{request.Client}, []string{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if d := cmp.Diff(tc.want, chosen(find(t, world(), tc.s, tc.rel...))); d != "" {
				t.Errorf("chosen (-want +got):\n%s", d)
			}
		})
	}
}

// A person's rows in several systems and files become one candidate, found by
// any of their keys; channels carry the date since when they stand there (A11).
func TestCandidatesExpandKeys(t *testing.T) {
	cs := find(t, world(), request.Sender{Email: "sanne.oud@voorbeeld.example"}, request.Debtor)
	if len(cs) != 1 {
		t.Fatalf("%d candidates, want one: the old address stands in one client's file only", len(cs))
	}
	want := map[string][]string{"debtor": {"B-1"}, "email": {"sanne.oud@voorbeeld.example", "sanne@voorbeeld.example"}, "file": {"D-2026-00001", "D-2026-00003"}}
	if d := cmp.Diff(want, cs[0].Keys); d != "" {
		t.Errorf("keys (-want +got):\n%s", d)
	}
	if !cs[0].Chosen || cs[0].Client != "bakker" {
		t.Errorf("chosen %v of %s", cs[0].Chosen, cs[0].Client)
	}
	// A number of one client's file leads to the other client's file by the address.
	cs = find(t, world(), request.Sender{FileNumbers: []string{"D-2026-00001"}}, request.Debtor)
	if len(cs) != 2 || cs[1].Client != "telstar" || cs[0].Chosen || cs[1].Chosen {
		t.Errorf("candidates %+v, want both clients and none chosen", cs)
	}

	cs = find(t, world(), request.Sender{Email: "jan@voorbeeld.example"}, request.Client)
	wantChannels := []request.FileChannel{
		{Kind: "email", Value: "jan@voorbeeld.example", Since: "2020-01-02", System: "relations"},
		{Kind: "phone", Value: "+31611111001", Since: "2021-03-04", System: "relations"},
		{Kind: "post", Value: "Oudegracht 1, 3511 AB Utrecht", Since: "2020-01-02", System: "relations"},
	}
	if d := cmp.Diff(wantChannels, cs[0].Channels); d != "" {
		t.Errorf("channels (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"email"}, cs[0].MatchedOn); d != "" {
		t.Errorf("matched on (-want +got):\n%s", d)
	}
}

// A shop whose tables know people by a number of their own: addresses, names and
// customer numbers stand in three of them, and staff in the same as customers.
func TestCandidatesOverTables(t *testing.T) {
	person := inventory.Key{Column: "person"}
	table := func(id string, also []request.Relation, keys map[string]inventory.Key, columns ...inventory.Column) inventory.Holding {
		keys["person"] = person
		return inventory.Holding{ID: id, Relation: request.Client, Also: also, Role: request.Controller, Primary: []string{"person", "record"}, Where: map[string]string{"record": id}, Keys: keys,
			Identifies: true, Person: "person", Columns: append(columns, inventory.Column{Name: "person"}, inventory.Column{Name: "record"})}
	}
	both := []request.Relation{request.OtherContact}
	w := memory.New(&inventory.Inventory{Systems: []inventory.System{{ID: "shop", Holdings: []inventory.Holding{
		table("persons", both, map[string]inventory.Key{}, inventory.Column{Name: "first", Is: "name"}, inventory.Column{Name: "last", Is: "name"}),
		table("mailboxes", both, map[string]inventory.Key{"email": {Column: "email"}}, inventory.Column{Name: "email", Channel: "email", Since: "since"}),
		table("customers", nil, map[string]inventory.Key{"customer": {Column: "customer"}}, inventory.Column{Name: "customer", Is: "customer"}),
	}}}})
	set := func(holding string, rows ...systems.Row) {
		for i, row := range rows {
			row["person"], row["record"] = json.Number(strconv.Itoa(5+i)), holding
			w.Memory("shop").Put(row)
		}
	}
	set("persons", systems.Row{"first": "Jon", "last": "Yang"}, systems.Row{"first": "Terri", "last": "Duffy"})
	set("mailboxes", systems.Row{"email": "jon@shop.example", "since": "2020-01-02"}, systems.Row{"email": "terri@shop.example", "since": "2020-01-02"})
	set("customers", systems.Row{"customer": "11005"})

	for name, s := range map[string]request.Sender{
		"by name":    {Name: "Jon P. Yang", Email: "jon@shop.example"},
		"by address": {Email: "jon@shop.example"},
		"by number":  {ClientNumbers: []string{"11005"}, Email: "jon@shop.example"},
	} {
		cs := find(t, w, s, request.Client)
		i := slices.IndexFunc(cs, func(c request.Candidate) bool { return c.Chosen })
		if i < 0 {
			t.Fatalf("%s: nobody is chosen of %+v", name, cs)
		}
		want := map[string][]string{"customer": {"11005"}, "email": {"jon@shop.example"}, "person": {"5"}}
		if d := cmp.Diff(want, cs[i].Keys); d != "" || cs[i].Name != "Jon Yang" || cs[i].Relation != request.Client || len(cs[i].Channels) != 1 || slices.Contains(cs[i].MatchedOn, "name") != (s.Name != "") {
			t.Errorf("%s: %+v (-want +got):\n%s", name, cs[i], d)
		}
	}
	cs := find(t, w, request.Sender{Email: "terri@shop.example"}, request.OtherContact)
	i := slices.IndexFunc(cs, func(c request.Candidate) bool { return c.Chosen })
	if i < 0 || cs[i].Relation != request.OtherContact || cs[i].Name != "Terri Duffy" || len(cs[i].Channels) != 1 {
		t.Errorf("somebody of the staff, in the table of customers: %+v", cs)
	}
	// Who has a number of another kind elsewhere is not a second person by this one.
	w = world()
	for _, c := range find(t, w, request.Sender{Email: "jan@voorbeeld.example"}) {
		if c.Relation == request.Client && len(c.Keys["customer"]) == 0 {
			t.Errorf("a reader of the newsletter is a client too: %+v", c)
		}
	}
}

// A15: an address that two people share is a channel of both and a key of none.
func TestSharedMailboxIsNoKey(t *testing.T) {
	both := find(t, world(), request.Sender{Email: "samen@voorbeeld.example"})
	if len(both) != 2 {
		t.Fatalf("%d candidates, want 2", len(both))
	}
	// Asked by number, the other of the mailbox is not even shown, and the
	// mailbox is still no key.
	one := find(t, world(), request.Sender{ClientNumbers: []string{"K-1002"}, BirthDate: "1980-05-06"})
	if len(one) != 1 || !one[0].Chosen {
		t.Fatalf("candidates %+v, want one, chosen", one)
	}
	for _, c := range append(both, one...) {
		if len(c.Keys["email"]) > 0 || len(c.Keys["customer"]) != 1 {
			t.Errorf("keys %v", c.Keys)
		}
		if c.Channels[0].Value != "samen@voorbeeld.example" {
			t.Errorf("channels %v", c.Channels)
		}
	}
}

// A15: nor is it a key where two clients keep different people; and who a fact
// tells apart is not even a candidate.
func TestSharedMailboxOfTwoClients(t *testing.T) {
	both := find(t, world(), request.Sender{Email: "gezin@voorbeeld.example"}, request.Debtor)
	if len(both) != 2 || len(both[0].Keys["email"])+len(both[1].Keys["email"]) > 0 {
		t.Fatalf("candidates %+v, want two without an address for a key", both)
	}
	one := find(t, world(), request.Sender{Email: "gezin@voorbeeld.example", BirthDate: "1960-01-01"}, request.Debtor)
	if len(one) != 1 || one[0].Client != "bakker" {
		t.Errorf("candidates %+v, want the father alone", one)
	}
}

// A16: the systems see as many lookups for nobody as for somebody.
func TestSameWorkForKnownAndUnknown(t *testing.T) {
	count := func(s request.Sender) (n int) {
		w := world()
		find(t, w, s)
		for _, sys := range w.Inventory().Systems {
			n += w.Memory(sys.ID).Calls("find")
		}
		return n
	}
	unknown := count(request.Sender{Email: "wie@voorbeeld.example"})
	for _, known := range []string{"jan@voorbeeld.example", "sanne@voorbeeld.example", "samen@voorbeeld.example"} {
		if n := count(request.Sender{Email: known}); n != unknown {
			t.Errorf("%d lookups for a known address, %d for an unknown one", n, unknown)
		}
	}
}

func TestNormal(t *testing.T) {
	for _, tc := range []struct{ kind, in, want string }{
		{"email", " Jan <JAN@Bücher.example> ", "jan@xn--bcher-kva.example"},
		{"email", "  ", ""},
		{"phone", "06-12 34 56 78", "+31612345678"},
		{"phone", "0031 (0)6 12345678", "+31612345678"},
		{"phone", "+31 (0)30 123 45 67", "+31301234567"},
		{"phone", "geen", ""},
		{"file", "d-2026- 00012", "D-2026-00012"},
		{"postcode", "3511 ab", "3511AB"},
	} {
		if got := systems.Normal(tc.kind, tc.in); got != tc.want {
			t.Errorf("Normal(%s, %q) = %q, want %q", tc.kind, tc.in, got, tc.want)
		}
	}
}

func TestSetDeniesByDefault(t *testing.T) {
	w := world()
	set := systems.Set{Declared: inventory.Default(), ByID: map[string]systems.System{"newsletter": w.Memory("newsletter"), "payroll": w.Memory("newsletter")}}
	if _, err := set.System("newsletter"); err != nil {
		t.Error(err)
	}
	for _, id := range []string{"payroll", "relations", ""} {
		if _, err := set.System(id); !errors.Is(err, systems.ErrNotDeclared) {
			t.Errorf("System(%q): %v", id, err)
		}
	}
}
