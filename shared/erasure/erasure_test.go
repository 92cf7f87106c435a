package erasure_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/memory"
	"github.com/google/go-cmp/cmp"
)

const today = request.Day("2026-11-20")

var now = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

func former() erasure.Subject {
	return erasure.Subject{Request: "0123", Leg: "l1", Relation: request.Client, Role: request.Controller, Today: today,
		Keys: systems.Keys{"customer": {"K-1"}, "email": {"anna@test.example"}}}
}

func debtor(client string) erasure.Subject {
	return erasure.Subject{Request: "0123", Leg: "l2", Relation: request.Debtor, Role: request.Processor, Client: client, Today: today,
		Keys: systems.Keys{"debtor": {"B-1"}, "file": {"D-1", "D-2", "D-3"}, "email": {"eva@test.example"}}}
}

func world() *memory.World {
	w := memory.New(inventory.Default())
	for _, k := range []string{"K-1", "K-2"} {
		mail := map[string]string{"K-1": "anna@test.example", "K-2": "bram@test.example"}[k]
		w.Memory("relations").Put(systems.Row{"customer": k, "record": "client", "name": "N " + k, "email": mail})
		w.Memory("invoices").Put(
			systems.Row{"customer": k, "invoice": "F-1" + k, "date": "2015-02-01", "name": "N", "email": mail, "iban": "NL00TEST1"},
			systems.Row{"customer": k, "invoice": "F-2" + k, "date": "2018-12-31", "name": "N", "email": mail, "iban": "NL00TEST1"},
			systems.Row{"customer": k, "invoice": "F-3" + k, "date": "2019-01-01", "name": "N", "email": mail, "iban": "NL00TEST1"},
			systems.Row{"customer": k, "invoice": "F-4" + k, "date": "2024-06-01", "name": "N", "email": mail, "iban": "NL00TEST1"})
		w.Memory("newsletter").Put(systems.Row{"email": mail})
		w.Memory("recordings").PutObject("recordings/"+k+"/2026-10-01.wav", []byte("RIFF"))
		w.Memory("weblog").PutObject("weblog/2026-10-0"+k[2:]+".jsonl", []byte(`{"email":"`+mail+`","path":"/"}`+"\n"))
	}
	w.Memory("collection").Put(
		systems.Row{"file": "D-1", "record": "file", "type": "file", "client": "bakker", "debtor": "B-1", "name": "Eva", "email": "eva@test.example", "closed": "2025-06-30"},
		systems.Row{"file": "D-1", "record": "note-1", "type": "note", "client": "bakker", "text": "t", "closed": "2025-06-30"},
		systems.Row{"file": "D-2", "record": "file", "type": "file", "client": "bakker", "debtor": "B-1", "name": "Eva", "email": "eva@test.example", "closed": "2020-06-30"},
		systems.Row{"file": "D-3", "record": "file", "type": "file", "client": "telstar", "debtor": "B-1", "name": "Eva", "email": "eva@test.example"})
	return w
}

func plan(t *testing.T, w *memory.World, s erasure.Subject, claims ...erasure.Claim) []request.PlanLine {
	t.Helper()
	stocks, err := erasure.Survey(context.Background(), w, s)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := erasure.Plan(w.Inventory(), s, stocks, claims)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// E-1, E-2, E-4: per holding, with ground and end.
func TestPlan(t *testing.T) {
	want := []request.PlanLine{
		{System: "relations", Holding: "clients", Action: "erase", Count: 1},
		{System: "invoices", Holding: "invoices", Action: "keep", Count: 4, Over: 2, Ground: "tax", Until: "2031-12-31", Why: "artikel 52 AWR"},
		{System: "newsletter", Holding: "subscribers", Action: "erase", Count: 1},
		{System: "recordings", Holding: "calls", Action: "erase", Count: 1},
		{System: "weblog", Holding: "visits", Action: "erase", Count: 1},
	}
	if d := cmp.Diff(want, plan(t, world(), former())); d != "" {
		t.Errorf("former client (-want +got):\n%s", d)
	}
	// two years after closing; an open file has not even begun.
	want = []request.PlanLine{
		{System: "collection", Holding: "files", Action: "restrict", Count: 2, Over: 1, Ground: "file", Until: "2027-06-30", Why: "artikel 5.1 lid 4 Bki"},
		{System: "collection", Holding: "notes", Action: "restrict", Count: 1, Ground: "file", Until: "2027-06-30", Why: "artikel 5.1 lid 4 Bki"},
	}
	if d := cmp.Diff(want, plan(t, world(), debtor("bakker"))); d != "" {
		t.Errorf("debtor of bakker (-want +got):\n%s", d)
	}
	want = []request.PlanLine{{System: "collection", Holding: "files", Action: "restrict", Count: 1, Ground: "file", Until: "2028-11-20", Why: "artikel 5.1 lid 4 Bki"}}
	if d := cmp.Diff(want, plan(t, world(), debtor("telstar"))); d != "" {
		t.Errorf("debtor of telstar (-want +got):\n%s", d)
	}
	// 7(1): a consent that stands is ended by the erasure itself; its proof is
	// kept for no day less than five years after that.
	inv := inventory.Default()
	var stocks []erasure.Stock
	for _, p := range inv.HoldingsFor(request.WebsiteVisitor, request.Controller) {
		stocks = append(stocks, erasure.Stock{System: p.System.ID, Holding: p.Holding.ID, Count: 1, Open: 1})
	}
	visitor := erasure.Subject{Leg: "1", Relation: request.WebsiteVisitor, Role: request.Controller, Today: today, Carried: "2027-01-15"}
	lines, err := erasure.Plan(inv, visitor, stocks, nil)
	i := slices.IndexFunc(lines, func(l request.PlanLine) bool { return l.Ground == "consent" })
	if err != nil || i < 0 || lines[i].Until < "2032-01-15" {
		t.Errorf("the proof of a consent: %+v, %v, want it kept until 15 January 2032 at least", lines, err)
	}
	// After its end nothing is kept any more.
	s := former()
	s.Today = "2032-01-01"
	for _, l := range plan(t, world(), s) {
		if l.Action != request.EraseAction {
			t.Errorf("in 2032: %+v", l)
		}
	}
}

// What is kept keeps what it refers to, however far that goes: lines that the
// tax office asks for keep an invoice that nobody asks for, and that its customer.
func TestPlanKeepsTheWayUp(t *testing.T) {
	text, err := os.ReadFile("../inventory/testdata/chinook.yaml")
	if err != nil {
		t.Fatal(err)
	}
	inv, err := inventory.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	p, ok := inv.Holding("shop", "invoices")
	if !ok {
		t.Fatal("no invoices")
	}
	p.Holding.Retention = "customers"
	s := erasure.Subject{Leg: "1", Relation: request.Client, Role: request.Controller, Today: today}
	var stocks []erasure.Stock
	for _, id := range []string{"customers", "invoices", "invoice-lines"} {
		stocks = append(stocks, erasure.Stock{System: "shop", Holding: id, Count: 1, Latest: "2025-06-13"})
	}
	plan, err := erasure.Plan(inv, s, stocks, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range plan {
		got = append(got, l.Holding+" "+l.Action)
	}
	if d := cmp.Diff([]string{"customers anonymise", "invoices anonymise", "invoice-lines keep"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	// Lines to which an invoice leads are that person's own: where there are none,
	// nothing keeps it.
	delete(p.Holding.Keys, "invoice")
	stocks[2].Count = 0
	if plan, err = erasure.Plan(inv, s, stocks, nil); err != nil {
		t.Fatal(err)
	}
	for _, l := range plan {
		if l.Action != request.EraseAction {
			t.Errorf("without lines: %+v", l)
		}
	}
	// Customers have an address as their colleague has, and are not that colleague.
	s.Relation = request.OtherContact
	plan, err = erasure.Plan(inv, s, []erasure.Stock{{System: "shop", Holding: "employees", Count: 1}}, nil)
	if err != nil || len(plan) != 1 || plan[0].Action != request.AnonymiseAction {
		t.Errorf("the employee to whom customers refer: %+v, %v", plan, err)
	}
}

// E-11: a claim keeps one holding, with a reason and an end; never a blanket.
func TestPlanClaims(t *testing.T) {
	c := erasure.Claim{System: "relations", Holding: "clients", Until: "2028-01-01", Why: "er loopt een geschil over opdracht 12"}
	got := plan(t, world(), former(), c)[0]
	want := request.PlanLine{System: "relations", Holding: "clients", Action: "restrict", Count: 1, Ground: "claims", Until: "2028-01-01", Why: c.Why}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	stocks, err := erasure.Survey(context.Background(), world(), former())
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]erasure.Claim{
		"without a reason":   {System: "relations", Holding: "clients", Until: "2028-01-01"},
		"without an end":     {System: "relations", Holding: "clients", Why: "x"},
		"in the past":        {System: "relations", Holding: "clients", Until: today, Why: "x"},
		"on nothing we hold": {System: "relations", Holding: "prospects", Until: "2028-01-01", Why: "x"},
	} {
		if _, err := erasure.Plan(inventory.Default(), former(), stocks, []erasure.Claim{bad}); !request.InputRefused.Is(err) {
			t.Errorf("a claim %s: %v", name, err)
		}
	}
	if _, err := erasure.Plan(inventory.Default(), former(), stocks[1:], nil); !request.SystemsMissing.Is(err) {
		t.Errorf("half an answer: %v", err)
	}
}

func carry(ctx context.Context, w *memory.World, s erasure.Subject, lines []request.PlanLine) ([]request.Receipt, error) {
	var out []request.Receipt
	for _, l := range lines {
		r, _, err := erasure.Carry(ctx, w, s, l, now, erasure.Turn{})
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// Invariant 8, E-9: nothing is left outside the kept lines, nobody else is
// touched, and a crash anywhere changes neither the outcome nor the receipts.
func TestCarryAtEveryCrash(t *testing.T) {
	ctx := context.Background()
	clean := world()
	lines := plan(t, clean, former())
	want, err := carry(ctx, clean, former(), lines)
	if err != nil {
		t.Fatal(err)
	}
	systemIDs := []string{"relations", "invoices", "newsletter", "recordings", "weblog"}
	for _, at := range systemIDs {
		for _, after := range []bool{false, true} {
			w := world()
			boom := errors.New("boom")
			n := 0
			fail := func(op memory.Op) error {
				if op.Name != "apply" {
					return nil
				}
				if n++; n == 1 {
					return boom
				}
				return nil
			}
			if after {
				w.Memory(at).After = fail
			} else {
				w.Memory(at).Before = fail
			}
			if _, err := carry(ctx, w, former(), lines); !errors.Is(err, boom) {
				t.Fatalf("%s: %v", at, err)
			}
			left, err := erasure.Verify(ctx, w, former(), lines)
			if last := after && at == "weblog"; err != nil || (len(left) == 0) != last {
				t.Errorf("%s: half an erasure verifies as whole: %v, %v", at, left, err)
			}
			got, err := carry(ctx, w, former(), lines)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("crash in %s, after=%v: receipts (-want +got):\n%s", at, after, d)
			}
			if left, err := erasure.Verify(ctx, w, former(), lines); err != nil || len(left) > 0 {
				t.Errorf("crash in %s: left %v, %v", at, left, err)
			}
			for _, id := range systemIDs {
				if d := cmp.Diff(clean.Memory(id).Rows(), w.Memory(id).Rows()); d != "" {
					t.Errorf("crash in %s: rows of %s (-clean +got):\n%s", at, id, d)
				}
				if d := cmp.Diff(clean.Memory(id).Objects(), w.Memory(id).Objects()); d != "" {
					t.Errorf("crash in %s: objects of %s (-clean +got):\n%s", at, id, d)
				}
			}
		}
	}
	// Invoices of 2019 and later stay (E-2), stripped; those whose seven years are over go.
	var kept []string
	for _, r := range clean.Memory("invoices").Rows() {
		if r.Text("customer") == "K-1" {
			kept = append(kept, r.Text("invoice")+r.Text("email")+r.Text("iban"))
		} else if r.Text("email") == "" {
			t.Error("another client's invoice was stripped")
		}
	}
	slices.Sort(kept)
	if d := cmp.Diff([]string{"F-3K-1", "F-4K-1"}, kept); d != "" {
		t.Errorf("invoices kept (-want +got):\n%s", d)
	}
	others := 0
	for _, id := range systemIDs {
		for _, r := range clean.Memory(id).Rows() {
			if r.Text("customer") == "K-2" || r.Text("email") == "bram@test.example" {
				others++
			}
		}
	}
	if others != 6 {
		t.Errorf("%d rows of another person left, want 6", others)
	}
}

// E-9: a receipt tells apart what was kept and what was erased because its own
// period was over on the day of the act, also where that came after the plan.
func TestReceiptTellsWhatWasOver(t *testing.T) {
	ctx := context.Background()
	w := world()
	lines := plan(t, w, former())
	w.Memory("invoices").Put(systems.Row{"customer": "K-1", "invoice": "F-9", "date": "2018-06-01", "email": "anna@test.example"})
	later := former()
	later.Today = "2027-01-01" // the seven years of 2019 are over since the plan
	for _, c := range []struct {
		s           erasure.Subject
		count, over int
	}{{former(), 5, 3}, {later, 4, 3}, {later, 4, 3}} { // the last is the second again
		rec, _, err := erasure.Carry(ctx, w, c.s, lines[1], now, erasure.Turn{})
		if err != nil {
			t.Fatal(err)
		}
		stays := 0
		for _, r := range w.Memory("invoices").Rows() {
			if r.Text("customer") == "K-1" {
				stays++
			}
		}
		if rec.Count != c.count || rec.Over != c.over || rec.Count-rec.Over != stays {
			t.Errorf("on %s: %d of %d were erased, and %d stay", c.s.Today, rec.Over, rec.Count, stays)
		}
	}
}

// Verify sees a row that the plan does not know and a kept row that was not stripped.
func TestVerifySeesWhatIsLeft(t *testing.T) {
	ctx := context.Background()
	w := world()
	lines := plan(t, w, former())
	if _, err := carry(ctx, w, former(), lines); err != nil {
		t.Fatal(err)
	}
	w.Memory("newsletter").Put(systems.Row{"email": "anna@test.example"}) // imported again (F16)
	w.Memory("invoices").Put(systems.Row{"customer": "K-1", "invoice": "F-9", "date": "2025-01-01", "email": "anna@test.example"})
	left, err := erasure.Verify(ctx, w, former(), lines)
	if d := cmp.Diff([]string{"invoices/invoices", "newsletter/subscribers"}, left); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	left, err = erasure.Verify(ctx, w, former(), lines[:1])
	if d := cmp.Diff([]string{"invoices/invoices", "newsletter/subscribers"}, left); err != nil || d != "" {
		t.Errorf("a plan without lines: %v (-want +got):\n%s", err, d)
	}
}

// Invariant 1, R-26: one client's instruction never touches another client's file.
func TestCarryForOneClient(t *testing.T) {
	ctx := context.Background()
	w := world()
	s := debtor("bakker")
	lines := plan(t, w, s)
	if _, err := carry(ctx, w, s, lines); err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, r := range w.Memory("collection").Rows() {
		_, marked := r[inventory.Bookkeeping]
		got[r.Text("file")+"/"+r.Text("record")] = marked
	}
	want := map[string]bool{"D-1/file": true, "D-1/note-1": true, "D-3/file": false} // D-2 was over
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	s.Client = ""
	if _, _, err := erasure.Carry(ctx, w, s, lines[0], now, erasure.Turn{}); !request.NoInstruction.Is(err) {
		t.Errorf("without a client: %v", err)
	}
	if _, _, err := erasure.Carry(ctx, w, former(), lines[0], now, erasure.Turn{}); !errors.Is(err, systems.ErrNotDeclared) {
		t.Errorf("a controller's leg in a client's files: %v", err)
	}
}

// E-3: what was kept goes without a new request, on the day after, and an
// invoice of later dealings stays.
func TestExpire(t *testing.T) {
	w, s := world(), former()
	lines := plan(t, w, s)
	for _, l := range lines {
		if _, _, err := erasure.Carry(t.Context(), w, s, l, now, erasure.Turn{}); err != nil {
			t.Fatal(err)
		}
	}
	invoices := w.Memory("invoices")
	fresh := systems.Row{"customer": "K-1", "invoice": "F-NEW", "date": "2031-06-01", "name": "Anna Bos"}
	invoices.Put(fresh)
	count := func() (n int) {
		for _, r := range invoices.Rows() {
			if r.Text("customer") == "K-1" {
				n++
			}
		}
		return n
	}
	kept := count()
	for _, tt := range []struct {
		today request.Day
		want  int
	}{{"2031-12-31", kept}, {"2032-01-01", 1}, {"2032-01-01", 1}} {
		s.Today = tt.today
		for _, l := range lines {
			if l.System != "invoices" {
				continue
			}
			_, whole, err := erasure.Expire(t.Context(), w, s, l, now)
			if err != nil || whole != (tt.want == 1) {
				t.Fatalf("on %s: whole %v, %v", tt.today, whole, err)
			}
		}
		if got := count(); got != tt.want {
			t.Errorf("on %s %d invoices are left, want %d", tt.today, got, tt.want)
		}
	}
}

type hasher struct{}

func (hasher) Key(_ context.Context, kind, value string) (string, error) {
	return kind + "#" + strings.ToUpper(value), nil
}

// E-6, E-8: the ledger of what must stay erased, and the suppression.
func TestMarks(t *testing.T) {
	erased, suppress, err := erasure.Marks(context.Background(), hasher{}, inventory.Default(), former(), plan(t, world(), former()), now)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range erased {
		got = append(got, strings.TrimSpace(fmt.Sprint(e.System, "/", e.Holding, " ", e.Key, " ", e.Action, " ", e.Until)))
	}
	want := []string{
		"invoices/invoices customer#K-1 keep 2031-12-31", "newsletter/subscribers email#ANNA@TEST.EXAMPLE erase", "recordings/calls customer#K-1 erase",
		"relations/clients customer#K-1 erase", "weblog/visits email#ANNA@TEST.EXAMPLE erase",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("erased (-want +got):\n%s", d)
	}
	if len(suppress) != 1 || suppress[0].Key != "email#ANNA@TEST.EXAMPLE" || suppress[0].Scope != "marketing" {
		t.Errorf("suppressed %+v", suppress)
	}
}

// TestMarksOfWhatIsReached: rows that a database reaches by way of another
// holding are remembered by the key that leads there.
func TestMarksOfWhatIsReached(t *testing.T) {
	sys := inventory.System{ID: "shop", Kind: "postgres", Holdings: []inventory.Holding{
		{ID: "customers", Person: "id", Primary: []string{"id"}, Keys: map[string]inventory.Key{"customer": {Column: "id"}}},
		{ID: "orders", Primary: []string{"order"}, Keys: map[string]inventory.Key{"customer": {Column: "buyer"}, "invoice": {Column: "order"}}, Yields: map[string]inventory.Yield{"order": {Column: "order", Within: true}}},
		{ID: "lines", Primary: []string{"line"}, Keys: map[string]inventory.Key{"order": {Column: "order"}}},
	}}
	inv := &inventory.Inventory{Systems: []inventory.System{sys}}
	s := erasure.Subject{Request: "0123", Leg: "l1", Keys: systems.Keys{"customer": {"K-1"}}}
	erased, _, err := erasure.Marks(context.Background(), hasher{}, inv, s, []request.PlanLine{{System: "shop", Holding: "lines", Action: "erase"}}, now)
	if err != nil {
		t.Fatal(err)
	}
	if len(erased) != 1 || erased[0].Kind != "customer" || erased[0].Holding != "lines" {
		t.Errorf("erased %+v", erased)
	}
}

// E-5: what the letter says of what stays.
func TestKept(t *testing.T) {
	want := []letters.Kept{{What: "Uw facturen", Until: "2031-12-31", Ground: "tax"}}
	if d := cmp.Diff(want, erasure.Kept(inventory.Default(), plan(t, world(), former()), request.Dutch)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// processors are told what was done with what they had, and no more; the
// tax office is not asked to erase.
func TestRecipients(t *testing.T) {
	inv := inventory.Default()
	gone, aside := erasure.Changed(inv, plan(t, world(), former()))
	if len(aside) != 0 {
		t.Errorf("aside: %v", aside)
	}
	want := []string{"aws", "printer", "accountant", "mailing", "telephony"}
	if d := cmp.Diff(want, erasure.Recipients(inv, gone)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"Nieuwsbrief"}, erasure.WhatIsGone(inv, "mailing", gone, request.Dutch)); d != "" {
		t.Errorf("to who sends the newsletter (-want +got):\n%s", d)
	}
	// The law keeps the invoices: an accountant erases no more of them than we did.
	if got := erasure.WhatIsGone(inv, "accountant", gone, request.English); len(got) != 2 || got[0] != "Invoices: of which the retention period is over" {
		t.Errorf("to the accountant: %q", got)
	}
	kept := []request.PlanLine{{System: "invoices", Holding: "invoices", Action: request.KeepAction, Count: 3}}
	gone, _ = erasure.Changed(inv, kept)
	if d := cmp.Diff([]string{"Invoices: Paid from account, Sent to e-mail address, Telephone number for questions, Note of the accounts department"}, erasure.WhatIsGone(inv, "accountant", gone, request.English)); d != "" {
		t.Errorf("of what is kept without some columns, these are erased (-want +got):\n%s", d)
	}
	file := []request.PlanLine{{System: "collection", Holding: "files", Action: request.RestrictAction, Count: 2, Over: 1}}
	gone, aside = erasure.Changed(inv, file)
	if len(gone) != 1 || len(aside) != 1 {
		t.Errorf("of two files one is erased and one restricted: %v, %v", gone, aside)
	}
	file[0].Over = 0
	if gone, aside = erasure.Changed(inv, file); len(gone) != 0 || len(aside) != 1 {
		t.Errorf("a restricted file is not erased: %v, %v", gone, aside)
	}
	if got := erasure.WhatIsAside(inv, "printer", aside, request.Dutch); len(got) != 1 {
		t.Errorf("to the printer: %q", got)
	}
}

// RET-09, 7(1): a consent that counts is kept as proof from the erasure on; what
// has had its five years goes, and a choice about cookies is no reason to put
// an address on the list of no advertising.
func TestProofOfConsent(t *testing.T) {
	visitor := erasure.Subject{Request: "0123", Leg: "l1", Relation: request.WebsiteVisitor, Role: request.Controller, Today: today,
		Keys: systems.Keys{"email": {"anna@test.example"}}}
	for withdrawn, want := range map[string]request.PlanLine{
		"":           {Action: request.KeepAction, Ground: "consent", Until: "2031-11-20", Why: "artikel 7 lid 1 AVG"},
		"2024-02-29": {Action: request.KeepAction, Ground: "consent", Until: "2029-02-28", Why: "artikel 7 lid 1 AVG"},
		"2021-11-19": {Action: request.EraseAction},
	} {
		w := memory.New(inventory.Default())
		w.Memory("weblog").PutObject("consents/2020.jsonl", []byte(`{"given":"2020-01-01T08:00:00Z","email":"anna@test.example","withdrawn":"`+withdrawn+`"}`+"\n"))
		lines := plan(t, w, visitor)
		want.System, want.Holding, want.Count = "weblog", "consents", 1
		if d := cmp.Diff([]request.PlanLine{want}, lines); d != "" {
			t.Errorf("withdrawn %q (-want +got):\n%s", withdrawn, d)
		}
		if _, err := carry(t.Context(), w, visitor, lines); err != nil {
			t.Fatal(err)
		}
		if left, err := erasure.Verify(t.Context(), w, visitor, lines); err != nil || len(left) > 0 {
			t.Errorf("withdrawn %q: left %v, %v", withdrawn, left, err)
		}
		_, suppress, err := erasure.Marks(t.Context(), hasher{}, inventory.Default(), visitor, lines, now)
		if err != nil || len(suppress) > 0 {
			t.Errorf("withdrawn %q: suppressed %v, %v", withdrawn, suppress, err)
		}
	}

	// Planned for the last day on which it can be carried out, kept five years
	// from the day on which it was, and not a day longer.
	w := memory.New(inventory.Default())
	w.Memory("weblog").PutObject("consents/2020.jsonl", []byte(`{"given":"2020-01-01T08:00:00Z","email":"anna@test.example"}`+"\n"))
	visitor.Carried = "2027-01-15"
	leg := request.Leg{Plan: plan(t, w, visitor)}
	visitor.Today = "2026-11-25"
	var err error
	if leg.Receipts, err = carry(t.Context(), w, visitor, leg.Plan); err != nil {
		t.Fatal(err)
	}
	line := leg.Carried()[0]
	if leg.Plan[0].Until != "2032-01-15" || line.Until != "2031-11-25" {
		t.Errorf("planned until %s, kept until %s", leg.Plan[0].Until, line.Until)
	}
	for i, day := range []request.Day{"2031-11-25", "2031-11-26"} {
		visitor.Today = day
		if _, whole, err := erasure.Expire(t.Context(), w, visitor, line, now); err != nil || whole != (i == 1) {
			t.Errorf("on %s gone %v, %v", day, whole, err)
		}
	}
}

// What a database says of the rows to which others refer goes before what the
// inventory would make of them, row by row; where nothing of such a row would be
// anonymous, nothing is planned.
func TestPlanByReferences(t *testing.T) {
	stripped := []inventory.Column{{Name: "name", Anonymise: true}}
	inv := &inventory.Inventory{
		Retention: map[string]inventory.Retention{"R": {OnErasure: inventory.OnErasureErase}},
		Systems: []inventory.System{{ID: "shop", Kind: "postgres", Holdings: []inventory.Holding{
			{ID: "employees", Relation: request.Client, Role: request.Controller, Retention: "R", Columns: stripped},
			{ID: "customers", Relation: request.Debtor, Role: request.Controller, Retention: "R", References: []string{"employees"}},
		}}},
	}
	s := erasure.Subject{Leg: "1", Relation: request.Client, Role: request.Controller, Today: "2026-11-21"}
	line := request.PlanLine{System: "shop", Holding: "employees"}
	for _, tc := range []struct {
		refs                systems.References
		action              string
		count, held, shared int
	}{
		{systems.References{}, request.EraseAction, 3, 0, 0}, // though customers could refer to them
		{systems.References{Held: 1}, request.EraseAction, 3, 1, 0},
		{systems.References{Held: 3}, request.AnonymiseAction, 3, 0, 0},
		{systems.References{Held: 1, Shared: 2}, request.AnonymiseAction, 1, 0, 2},
		{systems.References{Shared: 3}, request.EraseAction, 0, 0, 3},
	} {
		plan, err := erasure.Plan(inv, s, []erasure.Stock{{System: "shop", Holding: "employees", Count: 3, References: &tc.refs}}, nil)
		line.Action, line.Count, line.Held, line.Shared = tc.action, tc.count, tc.held, tc.shared
		if d := cmp.Diff([]request.PlanLine{line}, plan); d != "" || err != nil {
			t.Errorf("%+v: %v (-want +got):\n%s", tc.refs, err, d)
		}
	}
	inv.Systems[0].Holdings[0].Columns = nil
	if plan, err := erasure.Plan(inv, s, []erasure.Stock{{System: "shop", Holding: "employees", Count: 3, References: &systems.References{Held: 1}}}, nil); !errors.Is(err, systems.ErrReferenced) {
		t.Errorf("nothing to make anonymous: %+v, %v", plan, err)
	}
}
