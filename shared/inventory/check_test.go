package inventory

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/google/go-cmp/cmp"
)

// An owner mends a file by what this says: the line, what is wrong, what to do.
func TestCheckSaysWhereWhatAndWhatToDo(t *testing.T) {
	lines := strings.Split(string(systemsYAML), "\n")
	find := func(part string) int {
		for i, l := range lines {
			if strings.Contains(l, part) {
				return i
			}
		}
		t.Fatalf("no line with %q", part)
		return 0
	}
	basis := find("basis: contract")
	lines[basis] = strings.Replace(lines[basis], "contract", "hunch", 1)
	country := find("country: LU")
	lines[country] = strings.Replace(lines[country], "country: LU", "country: US", 1)
	column := find("name: birthDate")
	lines[column] = strings.Replace(lines[column], `disclose: "yes"`, `disclose: maybe, colour: red`, 1)
	lowRisk := find("lowRisk: true")
	lines[lowRisk] = "        lowRisk: perhaps"

	_, found := Check([]byte(strings.Join(lines, "\n")))
	type short struct {
		Line     int
		At, What string
	}
	var got []short
	for _, f := range Faults(found) {
		if f.Do == "" {
			t.Errorf("%v does not say what to do", f)
		}
		got = append(got, short{f.Line, f.At, f.What})
	}
	want := []short{
		{country, "recipients aws", "US is outside the European Economic Area and there is no safeguard"},
		{basis + 1, "relations/clients", `unknown basis "hunch"`},
		{column + 1, "", `a column has no field "colour"`},
		{column + 1, "relations/clients/birthDate", "disclose must be yes, review or no (A42)"},
		{lowRisk + 1, "", "this is a text where true or false must stand"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestCheckOfWhatIsNoYAML(t *testing.T) {
	for _, tc := range []struct {
		name, data string
		line       int
		what       string
	}{
		{"a tab", "version: x\n\tsystems: []\n", 2, "found a tab character"},
		{"a field twice", "version: a\nversion: b\n", 2, `"version" stands here for the second time; the first is on line 1`},
		{"two documents", string(systemsYAML) + "\n---\nversion: x\n", 0, "the file holds more than one document"},
	} {
		_, found := Check([]byte(tc.data))
		faults := Faults(found)
		hit := false
		for _, f := range faults {
			hit = hit || f.Line == tc.line && strings.Contains(f.What, tc.what)
		}
		if !hit {
			t.Errorf("%s: %v, want line %d with %q", tc.name, faults, tc.line, tc.what)
		}
	}
}

// What ships says all that the record of processing asks for. Two addresses on
// an invoice are no keys: the customer's number leads to it.
func TestWarningsOfWhatShips(t *testing.T) {
	inv, found := Check(systemsYAML)
	var got []string
	for _, f := range found {
		got = append(got, f.At+": "+f.What)
	}
	want := []string{
		"invoices/invoices/email: a column of category contact that is no key",
		"invoices/invoices/phone: a column of category contact that is no key",
		"weblog/visits: nothing yields or identifies by the key ip, so no row is ever asked for by it",
	}
	if d := cmp.Diff(want, got); d != "" || inv == nil {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestWarnings(t *testing.T) {
	good := string(systemsYAML)
	for _, tc := range []struct{ name, old, new, want string }{
		{"a key that is scanned", "email: {column: email, index: email}", "email: {column: email, scan: true}", "key email: every search reads the whole table"},
		{"a holding nobody can be found in", "keys: {file: {column: file}}\n        end: date", "keys: {recording: {column: file}}\n        end: date", "recordings/debtor-calls: nobody can be found in this holding"},
		{"a yield nobody follows", "        retention: RET-04\n", "        retention: RET-04\n        yields: {payment: {column: invoice}}\n", "no other holding that is asked for the same person has the key payment"},
		{"a yield that leads to debtors", "        retention: RET-04\n", "        retention: RET-04\n        yields: {file: {column: invoice}}\n", "no other holding that is asked for the same person has the key file"},
		{"a yield that leads home", "        retention: RET-04\n", "        retention: RET-04\n        yields: {invoice: {column: invoice}}\n", "no other holding that is asked for the same person has the key invoice"},
		{"a yield that somebody follows", "        retention: RET-04\n", "        retention: RET-04\n        yields: {customer: {column: customer}}\n", ""},
		{"a period from nowhere", `, source: {nl: "artikel 5.1 lid 4 Bki", en: "Art. 5.1(4) Bki"}`, "", "retention RET-06: nothing says where this period comes from"},
		{"notes that nobody looks at", "category: correspondence, disclose: review, reason: third-party", `category: correspondence, disclose: "yes"`, "relations/clients/remarks: correspondence that nobody looks at"},
		{"no controller", "  name: All Claims B.V.\n", "", "the controller has no name"},
		{"a recipient that gets nothing", "recipients: [aws, accountant, tax-office]", "recipients: [aws, accountant]", "recipients tax-office: no holding names this recipient"},
		{"identifies by what nobody can name", "keys: {email: {column: email}}\n        identifies: true", "keys: {subscriber: {column: email}}\n        identifies: true", "newsletter/subscribers: it identifies, but by no key that a person could name"},
	} {
		changed := strings.Replace(good, tc.old, tc.new, 1)
		if changed == good {
			t.Fatalf("%s: the change did not take", tc.name)
		}
		_, found := Check([]byte(changed))
		said := ""
		for _, f := range found {
			said += f.String() + "\n"
		}
		_, before := Check(systemsYAML)
		if tc.want != "" && !strings.Contains(said, tc.want) || tc.want == "" && len(found) != len(before) {
			t.Errorf("%s: %q is not in\n%s", tc.name, tc.want, said)
		}
	}
}

// A table that refers to what it would find by a join: the two cannot change
// places, so the remedy is another. And a name in a table of its own can be found.
func TestRemedies(t *testing.T) {
	shop := string(read1(t, "testdata/chinook.yaml"))
	joined := strings.Replace(shop, "        references: [employees]\n", "        references: [employees]\n        yields: {employee: {column: SupportRepId, within: true}}\n", 1)
	joined = strings.Replace(joined, "relation: other_contact", "relation: client", 1)
	_, found := Check([]byte(joined))
	if i := slices.IndexFunc(found, func(f Finding) bool { return strings.Contains(f.What, "would be erased after it") }); i < 0 || !strings.HasPrefix(found[i].Do, "Say atMost") {
		t.Errorf("customers lead by a join to the employees to whom they refer: %v", found)
	}
	split := strings.Replace(shop, "          customer: {column: CustomerId}\n          invoice: {column: InvoiceId}\n", "          member: {column: CustomerId}\n", 1)
	split = strings.Replace(split, "          customer: {column: CustomerId}\n", "          member: {column: CustomerId}\n", 1)
	_, found = Check([]byte(split))
	for _, f := range found {
		if strings.Contains(f.What, "no key that a person could name") {
			t.Errorf("invoices, which the address of the customer leads to: %s", f)
		}
	}
}

// The worked example of docs/INVENTORY.md.
func TestChinook(t *testing.T) {
	_, found := Check(read1(t, "testdata/chinook.yaml"))
	for _, f := range Faults(found) {
		t.Error(f)
	}
	for _, f := range found {
		t.Log(f)
	}
	// One table for two relations: what refers to it is one relation's alone.
	shop := strings.Replace(string(read1(t, "testdata/chinook.yaml")), "        relation: client\n", "        relation: client\n        also: [prospect]\n", 1)
	_, found = Check([]byte(shop))
	if !slices.ContainsFunc(found, func(f Finding) bool {
		return f.Warning && f.At == "shop/customers" && f.What == "rows of invoices refer to these, and a request as prospect does not reach them"
	}) {
		t.Errorf("customers who are prospects: %v", found)
	}
}

// A holding at six steps from the person would never be reached.
func TestFar(t *testing.T) {
	chain := func(n int) *Inventory {
		s := System{ID: "s", Kind: "dynamodb"}
		for i := range n + 1 {
			s.Holdings = append(s.Holdings, Holding{
				ID: fmt.Sprintf("h%d", i), Relation: request.Client, Role: request.Controller, Identifies: i == 0,
				Keys:   map[string]Key{fmt.Sprintf("k%d", i): {Column: "own"}},
				Yields: map[string]Yield{fmt.Sprintf("k%d", i+1): {Column: "next"}, "k1": {Column: "first"}}, // and back again
			})
		}
		return &Inventory{Systems: []System{s}}
	}
	for n, want := range map[int]int{MaxHops: 0, MaxHops + 1: 1, MaxHops + 2: 2} {
		c := checker{inv: chain(n)}
		c.far()
		if len(c.found) != want {
			t.Errorf("%d steps: %v, want %d faults", n, c.found, want)
		}
	}
	c := checker{inv: chain(MaxHops + 1)}
	if c.far(); c.found[0].At != "s/h6" || !strings.Contains(c.found[0].What, "only after 6 steps") {
		t.Errorf("%v", c.found)
	}
}

// What only a join finds is erased before the rows it is found through: it
// stands below them, unless each is found through the other.
func TestFoundThrough(t *testing.T) {
	head := Holding{ID: "invoices", Relation: request.Client, Role: request.Controller, Keys: map[string]Key{"customer": {Column: "c"}}, Yields: map[string]Yield{"invoice": {Column: "i", Within: true}}}
	lines := Holding{ID: "lines", Relation: request.Client, Role: request.Controller, Keys: map[string]Key{"invoice": {Column: "i"}}}
	both := lines
	both.Yields = map[string]Yield{"customer": {Column: "c", Within: true}}
	debtors := lines
	debtors.Relation, debtors.Role = request.Debtor, request.Processor
	for name, tc := range map[string]struct {
		holdings []Holding
		want     int
	}{
		"below": {[]Holding{head, lines}, 0}, "above": {[]Holding{lines, head}, 1},
		"each through the other": {[]Holding{both, head}, 0}, "another person's": {[]Holding{debtors, head}, 0},
	} {
		s := &System{ID: "s", Kind: "postgres", Holdings: tc.holdings}
		c := checker{inv: &Inventory{Systems: []System{*s}}}
		for i := range s.Holdings {
			if s.Holdings[i].ID == "invoices" {
				c.foundThrough(spot{}, s, &s.Holdings[i], "invoice")
			}
		}
		if len(c.found) != tc.want {
			t.Errorf("%s: %v, want %d", name, c.found, tc.want)
		}
	}
}
