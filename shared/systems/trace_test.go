package systems_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/memory"
	"github.com/google/go-cmp/cmp"
)

// office is an inventory of five systems that lead to each other: accounts of a
// web shop by e-mail address, people and invoices by customer number, payments
// by invoice number, bank statements by batch.
func office() *inventory.Inventory {
	column := func(names ...string) map[string]inventory.Key {
		keys := map[string]inventory.Key{}
		for _, n := range names {
			keys[n] = inventory.Key{Column: n}
		}
		return keys
	}
	yields := func(names ...string) map[string]inventory.Yield {
		all := map[string]inventory.Yield{}
		for _, n := range names {
			all[n] = inventory.Yield{Column: n}
		}
		return all
	}
	one := func(id string, h inventory.Holding) inventory.System {
		h.ID, h.Relation, h.Role = "all", request.Client, request.Controller
		return inventory.System{ID: id, Kind: "dynamodb", Holdings: []inventory.Holding{h}}
	}
	return &inventory.Inventory{Systems: []inventory.System{
		one("shop", inventory.Holding{Keys: column("email"), Person: "email", Yields: yields("customer")}),
		one("people", inventory.Holding{Keys: column("customer", "email"), Person: "customer", Identifies: true}),
		one("invoices", inventory.Holding{Keys: column("customer", "invoice"), Person: "customer", Yields: yields("invoice")}),
		one("payments", inventory.Holding{Keys: column("invoice"), Yields: yields("batch", "customer", "invoice")}),
		one("bank", inventory.Holding{Keys: column("batch"), Yields: yields("invoice")}),
	}}
}

func trace(t *testing.T, w *memory.World, keys systems.Keys) (systems.Keys, []string) {
	t.Helper()
	got, hops, err := systems.Trace(t.Context(), w, w.Inventory().HoldingsFor(request.Client, request.Controller), keys, "")
	if err != nil {
		t.Fatal(err)
	}
	return got, said(hops)
}

// said writes hops on a line each: invoices -invoice-> payments 2.
func said(hops []request.Hop) []string {
	name := func(place string) string { return strings.TrimSuffix(place, "/all") }
	var all []string
	for _, h := range hops {
		var to []string
		for _, p := range h.To {
			to = append(to, name(p))
		}
		s := fmt.Sprintf("%s -%s-> %s %d", name(h.From), h.Kind, strings.Join(to, ","), h.Count)
		if h.Left > 0 {
			s += fmt.Sprintf(" left %d", h.Left)
		}
		if h.Over > 0 {
			s += fmt.Sprintf(" over %d", h.Over)
		}
		all = append(all, s)
	}
	return all
}

func TestTrace(t *testing.T) {
	type rows map[string][]systems.Row
	row := func(kv ...string) systems.Row {
		r := systems.Row{}
		for i := 0; i < len(kv); i += 2 {
			r[kv[i]] = kv[i+1]
		}
		return r
	}
	for _, tc := range []struct {
		name string
		rows rows
		keys systems.Keys
		want systems.Keys
		hops []string
	}{
		{
			"from address to bank statement, and no neighbour",
			rows{
				"shop":     {row("email", "a@x.example", "customer", "K-1"), row("email", "b@x.example", "customer", "K-2")},
				"invoices": {row("customer", "K-1", "invoice", "F-1"), row("customer", "k-1", "invoice", " f-2"), row("customer", "K-2", "invoice", "F-3")},
				"payments": {row("invoice", "F-1", "batch", "7"), row("invoice", "F-2", "batch", "8"), row("invoice", "F-3", "batch", "9")},
				"bank":     {row("batch", "7", "invoice", "F-1"), row("batch", "8"), row("batch", "9")},
			},
			systems.Keys{"email": {"A@x.example"}},
			systems.Keys{"email": {"a@x.example"}, "customer": {"K-1"}, "invoice": {"F-1", "F-2"}, "batch": {"7", "8"}},
			[]string{"shop -customer-> people,invoices 1", "invoices -invoice-> payments 2", "payments -batch-> bank 2", "bank -invoice-> payments 1"},
		},
		{
			"two addresses of one person lead to one number",
			rows{"shop": {row("email", "a@x.example", "customer", "K-1"), row("email", "b@x.example", "customer", "K-1")}},
			systems.Keys{"email": {"a@x.example", "b@x.example"}},
			systems.Keys{"email": {"a@x.example", "b@x.example"}, "customer": {"K-1"}},
			[]string{"shop -customer-> people,invoices 1"},
		},
		{
			"a shared mailbox: father and son have a number each, and neither is picked",
			rows{
				"shop":     {row("email", "thuis@x.example", "customer", "K-1"), row("email", "thuis@x.example", "customer", "K-2")},
				"invoices": {row("customer", "K-1", "invoice", "F-1"), row("customer", "K-2", "invoice", "F-2")},
			},
			systems.Keys{"email": {"thuis@x.example"}},
			systems.Keys{"email": {"thuis@x.example"}},
			[]string{"shop -customer-> people,invoices 0 left 2"},
		},
		{
			"the son's account with the father's address: the father has his number already",
			rows{
				"shop":     {row("email", "thuis@x.example", "customer", "K-2")},
				"invoices": {row("customer", "K-1", "invoice", "F-1"), row("customer", "K-2", "invoice", "F-2")},
			},
			systems.Keys{"customer": {"K-1"}, "email": {"thuis@x.example"}},
			systems.Keys{"customer": {"K-1"}, "email": {"thuis@x.example"}, "invoice": {"F-1"}},
			[]string{"shop -customer-> people,invoices 0 left 1", "invoices -invoice-> payments 1"},
		},
		{
			"an invoice that two customers share: its payments name the other, who is not followed",
			rows{
				"invoices": {row("customer", "K-1", "invoice", "F-9"), row("customer", "K-2", "invoice", "F-9"), row("customer", "K-2", "invoice", "F-8")},
				"payments": {row("invoice", "F-9", "customer", "K-2"), row("invoice", "F-9", "customer", "K-1"), row("invoice", "F-8", "customer", "K-2")},
			},
			systems.Keys{"customer": {"K-1"}},
			systems.Keys{"customer": {"K-1"}, "invoice": {"F-9"}},
			[]string{"invoices -invoice-> payments 1", "payments -customer-> people,invoices 1 left 1"},
		},
		{
			"an invoice that two share leads nowhere while nobody knows which of them it is",
			rows{
				"invoices": {row("customer", "K-1", "invoice", "F-9"), row("customer", "K-2", "invoice", "F-9"), row("customer", "K-1", "invoice", "F-1")},
				"bank":     {row("batch", "7", "invoice", "F-9"), row("batch", "7", "invoice", "F-1")},
			},
			systems.Keys{"batch": {"7"}},
			systems.Keys{"batch": {"7"}, "invoice": {"F-1"}},
			[]string{"invoices -invoice-> payments 1", "bank -invoice-> invoices,payments 1 left 1"},
		},
		{
			"and goes on where it came to be known",
			rows{
				"invoices": {row("customer", "K-1", "invoice", "F-9"), row("customer", "K-2", "invoice", "F-9"), row("customer", "K-1", "invoice", "F-1")},
				"bank":     {row("batch", "7", "invoice", "F-9"), row("batch", "7", "invoice", "F-1")},
				"payments": {row("invoice", "F-1", "customer", "K-1")},
			},
			systems.Keys{"batch": {"7"}},
			systems.Keys{"batch": {"7"}, "invoice": {"F-1", "F-9"}, "customer": {"K-1"}},
			[]string{"invoices -invoice-> payments 2", "payments -customer-> people,invoices 1", "bank -invoice-> payments 2"},
		},
		{
			"what the person's own rows only repeat is no hop",
			rows{"payments": {row("invoice", "F-1", "customer", "K-1")}, "shop": {row("email", "a@x.example", "customer", "K-1")}},
			systems.Keys{"customer": {"K-1"}, "email": {"a@x.example"}, "invoice": {"F-1"}},
			systems.Keys{"customer": {"K-1"}, "email": {"a@x.example"}, "invoice": {"F-1"}},
			nil,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := memory.New(office())
			for id, rs := range tc.rows {
				w.Memory(id).Put(rs...)
			}
			got, hops := trace(t, w, tc.keys)
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Errorf("keys (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tc.hops, hops); d != "" {
				t.Errorf("hops (-want +got):\n%s", d)
			}
			// What was found leads nowhere else: to trace it again changes nothing.
			again, _ := trace(t, w, got)
			if d := cmp.Diff(got, again); d != "" {
				t.Errorf("traced again (-first +second):\n%s", d)
			}
		})
	}
}

// A person is never cut short: what is more than the inventory allows is a
// fault that says where and how many.
func TestTraceTooWide(t *testing.T) {
	inv := office()
	inv.Systems[2].Holdings[0].Yields["invoice"] = inventory.Yield{Column: "invoice", AtMost: 3}
	w := memory.New(inv)
	places := inv.HoldingsFor(request.Client, request.Controller)
	for i := range 4 {
		if keys, hops, err := systems.Trace(t.Context(), w, places, systems.Keys{"customer": {"K-1"}}, ""); err != nil || i > 0 && len(keys["invoice"]) != i {
			t.Fatalf("%d invoices: %v, %v, %v", i, keys, said(hops), err)
		}
		w.Memory("invoices").Put(systems.Row{"customer": "K-1", "invoice": fmt.Sprint("F-", i)})
	}
	keys, hops, err := systems.Trace(t.Context(), w, places, systems.Keys{"customer": {"K-1"}}, "")
	if keys != nil || !request.TooWide.Is(err) || strings.Contains(err.Error(), "F-") || strings.Contains(err.Error(), "K-1") {
		t.Errorf("%v, %v", keys, err)
	}
	if d := cmp.Diff([]string{"invoices -invoice-> payments 0 over 4"}, said(hops)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}

	w.Memory("invoices").Put(systems.Row{"customer": "K-2", "invoice": strings.Repeat("9", systems.MaxFound)})
	if _, _, err := systems.Trace(t.Context(), w, places, systems.Keys{"customer": {"K-2"}}, ""); err != nil {
		t.Errorf("at the bound: %v", err)
	}
	w.Memory("invoices").Put(systems.Row{"customer": "K-2", "invoice": "1"})
	if _, _, err := systems.Trace(t.Context(), w, places, systems.Keys{"customer": {"K-2"}}, ""); !request.TooWide.Is(err) {
		t.Errorf("beyond the bound: %v", err)
	}
}

// for one client only that client's files lead on, and what a database
// joins by itself does not.
func TestTraceForOneClient(t *testing.T) {
	h := func(id string, keys []string, yields map[string]inventory.Yield) inventory.Holding {
		h := inventory.Holding{ID: id, Relation: request.Debtor, Role: request.Processor, Client: "client", Keys: map[string]inventory.Key{}, Yields: yields}
		for _, k := range keys {
			h.Keys[k] = inventory.Key{Column: k}
		}
		return h
	}
	files := h("files", []string{"debtor"}, map[string]inventory.Yield{"file": {Column: "file"}, "dispute": {Column: "dispute", Within: true}, "email": {Column: "email"}})
	files.Person = "debtor"
	inv := &inventory.Inventory{Systems: []inventory.System{
		{ID: "collection", Kind: "postgres", Holdings: []inventory.Holding{files, h("disputes", []string{"dispute"}, nil)}},
		{ID: "notes", Kind: "dynamodb", Holdings: []inventory.Holding{h("all", []string{"file", "email"}, nil)}},
	}}
	w := memory.New(inv)
	for client, file := range map[string]string{"bakker": "D-1", "telstar": "D-2"} {
		w.Memory("collection").Put(systems.Row{"client": client, "debtor": "B-1", "file": file, "dispute": "5", "email": "x@x.example"})
	}
	got, hops, err := systems.Trace(t.Context(), w, inv.Places(), systems.Keys{"debtor": {"B-1"}}, "bakker")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(systems.Keys{"debtor": {"B-1"}, "file": {"D-1"}}, got); d != "" {
		t.Errorf("keys (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"collection/files -file-> notes 1"}, said(hops)); d != "" {
		t.Errorf("hops (-want +got):\n%s", d)
	}
}

// A circle ends by itself; one that grows ends after MaxHops with a fault.
func TestTraceCircle(t *testing.T) {
	inv := office()
	inv.Systems[2].Holdings[0].Person = "" // nothing tells whose an invoice is
	places := inv.HoldingsFor(request.Client, request.Controller)
	for batches, far := range map[int]bool{2: false, 9: true} {
		w := memory.New(inv)
		for i := range batches {
			// A payment's batch holds the next invoice too, and its batch the one after.
			w.Memory("payments").Put(systems.Row{"invoice": fmt.Sprint("F-", i), "batch": fmt.Sprint(i)})
			w.Memory("bank").Put(systems.Row{"batch": fmt.Sprint(i), "invoice": fmt.Sprint("F-", i+1)})
		}
		_, hops, err := systems.Trace(t.Context(), w, places, systems.Keys{"invoice": {"F-0"}}, "")
		if request.TooWide.Is(err) != far || !far && err != nil {
			t.Errorf("%d batches: %v, %v", batches, said(hops), err)
		}
		if last := hops[len(hops)-1]; (last.Over > 0) != far {
			t.Errorf("%d batches: the last hop is %v", batches, said(hops))
		}
	}
}

// Nothing is asked twice for nothing, nothing where nothing leads on, and what
// a system cannot answer is the caller's fault to mend.
func TestTraceCalls(t *testing.T) {
	w := memory.New(office())
	w.Memory("invoices").Put(systems.Row{"customer": "K-1", "invoice": "F-1"})
	trace(t, w, systems.Keys{"customer": {"K-1"}})
	if n := w.Memory("invoices").Calls("collect"); n != 1 {
		t.Errorf("the invoices were read %d times", n)
	}
	if n := w.Memory("people").Calls("collect"); n != 0 {
		t.Errorf("people lead nowhere and were read %d times", n)
	}
	down := errors.New("down")
	w.Memory("payments").Before = func(memory.Op) error { return down }
	if _, _, err := systems.Trace(t.Context(), w, w.Inventory().Places(), systems.Keys{"customer": {"K-1"}}, ""); !errors.Is(err, down) {
		t.Errorf("a system that is down: %v", err)
	}
	plain := slices.DeleteFunc(w.Inventory().Places(), func(p inventory.Place) bool {
		return p.System.ID == "payments" || p.System.ID == "bank" || p.System.ID == "shop"
	})
	if systems.Leads(plain) {
		t.Error("people and invoices lead to each other")
	}
}
