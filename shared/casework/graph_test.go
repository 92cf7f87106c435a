package casework_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	tables "github.com/allclaims/rightsdesk/shared/systems/memory"
	"github.com/google/go-cmp/cmp"
)

// bank: "bank atMost=2": besides the systems that ship there is one with the
// payments of every invoice, and one reminder each, that knows invoice numbers
// alone. The number of an invoice is known from the invoices, where nobody is
// looked up who asks. Said again, it is the same bank under another inventory.
func (p *player) bank(a args, _ string) error {
	most, err := strconv.Atoi("0" + a.named["atMost"])
	if err != nil {
		return err
	}
	p.grown(withBank(most), func(_ string, invoice systems.Row) []systems.Row {
		number := invoice.Text("invoice")
		return []systems.Row{
			{"payment": "P-" + number, "kind": "payment", "invoice": number, "date": invoice.Text("date"), "payer": invoice.Text("email")},
			{"payment": "H-" + number, "kind": "reminder", "invoice": number, "date": invoice.Text("date"), "payer": invoice.Text("email")},
		}
	})
	return nil
}

// grown gives the house another inventory. What its systems hold stays; one that
// is new holds what rows makes of each invoice.
func (p *player) grown(inv *inventory.Inventory, rows func(system string, invoice systems.Row) []systems.Row) {
	w := tables.New(inv)
	for i := range inv.Systems {
		id := inv.Systems[i].ID
		old := p.systems.Memory(id)
		if old == nil {
			for _, invoice := range p.systems.Memory("invoices").Rows() {
				w.Memory(id).Put(rows(id, invoice)...)
			}
			if p.cases.Enough != nil {
				w.Memory(id).Page = 1
			}
			continue
		}
		w.Memory(id).Put(old.Rows()...)
		for name, body := range old.Objects() {
			w.Memory(id).PutObject(name, body)
		}
		w.Memory(id).Page = old.Page
	}
	p.systems = w
}

// withBank is the inventory of the world with the bank in it.
func withBank(most int) *inventory.Inventory {
	inv := *declared()
	inv.Systems = slices.Clone(inv.Systems)
	i := slices.IndexFunc(inv.Systems, func(s inventory.System) bool { return s.ID == "invoices" })
	invoices := inv.Systems[i].Holdings[0]
	invoices.Identifies = false
	invoices.Yields = map[string]inventory.Yield{"invoice": {Column: "invoice", AtMost: most}}
	inv.Systems[i].Holdings = []inventory.Holding{invoices}
	bank := func(id, kind, retention, nl, en string) inventory.Holding {
		h := invoices
		h.ID, h.Retention, h.Where, h.Person, h.Yields = id, retention, map[string]string{"kind": kind}, "", nil
		h.Label, h.KeptAs = inventory.Words{request.Dutch: nl, request.English: en}, nil
		h.Primary, h.Keys = []string{"payment"}, map[string]inventory.Key{"invoice": {Column: "invoice", Index: "invoice"}}
		h.Columns = nil
		for _, name := range []string{"payment", "kind", "invoice", "date", "payer"} {
			h.Columns = append(h.Columns, inventory.Column{
				Name: name, Label: inventory.Words{request.Dutch: name, request.English: name}, Category: "finance", Disclose: inventory.DiscloseYes,
			})
		}
		return h
	}
	inv.Systems = slices.Insert(inv.Systems, i+1, inventory.System{
		ID: "bank", Name: inventory.Words{request.Dutch: "Bank", request.English: "Bank"}, Kind: "dynamodb", Address: "SYSTEM_BANK", Processor: "accountant",
		Holdings: []inventory.Holding{
			bank("payments", "payment", "RET-04", "Betalingen van facturen", "Payments of invoices"),
			bank("reminders", "reminder", "RET-01", "Herinneringen", "Reminders"),
		},
	})
	return &inv
}

// hops: "hops leg 1 invoices/invoices invoice 3 to bank/payments,bank/reminders" or "hops leg 1 none": the steps by which
// the part found its person elsewhere. A number is that of the keys; "1+2" leaves two that may be another's, ">3" is too many.
func (p *player) hops(a args, _ string) error {
	l := p.now().Leg(a.after("leg"))
	var got []string
	for _, h := range l.Hops {
		n := strconv.Itoa(h.Count)
		if h.Left > 0 {
			n += "+" + strconv.Itoa(h.Left)
		}
		if h.Over > 0 {
			n = ">" + strconv.Itoa(h.Over-1)
		}
		got = append(got, fmt.Sprintf("%s %s %s to %s", h.From, h.Kind, n, strings.Join(h.To, ",")))
	}
	if want := strings.Join(a.words[2:], " "); want != "none" && cmp.Diff([]string{want}, got) != "" || want == "none" && got != nil {
		p.errorf("the hops of part %s are %q", l.ID, got)
	}
	return nil
}

// stuck: "stuck Systems.TooWide": an officer has a task about a fault of that code.
func (p *player) stuck(a args, _ string) error {
	var codes []string
	for _, t := range p.now().Tasks {
		if t.Open() && t.Kind == "stuck" {
			codes = append(codes, t.Code)
		}
	}
	if want := a.at(0); want == "none" && codes != nil || want != "none" && !slices.Contains(codes, want) {
		p.errorf("stuck: %v", codes)
	}
	return nil
}

// purge: "purge former from invoices": somebody else takes the person's rows away.
func (p *player) purge(a args, _ string) error {
	sys := p.systems.Memory(a.after("from"))
	for _, place := range p.systems.Inventory().Places() {
		if place.System.ID == a.after("from") {
			of := systems.Of(systems.Keys{"customer": {people[a.at(0)].Customer}}, "")
			if _, err := sys.Apply(p.ctx, *place.Holding, of, systems.Act{Action: systems.Erase}); err != nil {
				return err
			}
		}
	}
	return nil
}

// thereIn: "there P-F-2025-0104 in bank".
func (p *player) thereIn(a args, _ string) error {
	for _, row := range p.systems.Memory(a.after("in")).Rows() {
		if slices.Contains(slices.Collect(maps.Values(row)), any(a.at(0))) {
			return nil
		}
	}
	p.errorf("%s does not stand in %s", a.at(0), a.after("in"))
	return nil
}
