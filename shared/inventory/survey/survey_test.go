package survey_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/inventory/survey"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// fields reads "Name type" with a ! behind what is never null.
func fields(list ...string) []systems.Field {
	var all []systems.Field
	for _, f := range list {
		name, typ, _ := strings.Cut(f, " ")
		all = append(all, systems.Field{Name: name, Type: strings.TrimSuffix(typ, "!"), Nullable: !strings.HasSuffix(typ, "!")})
	}
	return all
}

// chinook is the public sample database as its owner has it, with what
// docs/INVENTORY.md adds to it.
func chinook() systems.Schema {
	key := func(column, to, toColumn string) []systems.ForeignKey {
		return []systems.ForeignKey{{Columns: []string{column}, Table: to, To: []string{toColumn}}}
	}
	on := func(columns ...string) systems.Index {
		return systems.Index{Name: "ix_" + columns[0], Columns: columns}
	}
	lookup := func(name string) systems.Table {
		return systems.Table{Name: name, Columns: fields(name+"Id integer!", "Name nvarchar(120)"), Primary: []string{name + "Id"}}
	}
	return systems.Schema{Tables: []systems.Table{
		lookup("Artist"), lookup("Genre"), lookup("MediaType"), lookup("Playlist"),
		{Name: "Album", Columns: fields("AlbumId integer!", "Title nvarchar(160)!", "ArtistId integer!"), Primary: []string{"AlbumId"}, ForeignKeys: key("ArtistId", "Artist", "ArtistId")},
		{Name: "Track", Columns: fields("TrackId integer!", "Name nvarchar(200)!", "AlbumId integer", "Composer nvarchar(220)", "Milliseconds integer!", "Bytes integer", "UnitPrice numeric(10,2)!"), Primary: []string{"TrackId"}, ForeignKeys: key("AlbumId", "Album", "AlbumId")},
		{Name: "PlaylistTrack", Columns: fields("PlaylistId integer!", "TrackId integer!"), Primary: []string{"PlaylistId", "TrackId"}, ForeignKeys: append(key("PlaylistId", "Playlist", "PlaylistId"), key("TrackId", "Track", "TrackId")...)},
		{Name: "Customer", Columns: fields("CustomerId integer!", "FirstName nvarchar(40)!", "LastName nvarchar(20)!", "Company nvarchar(80)", "Address nvarchar(70)", "City nvarchar(40)", "State nvarchar(40)", "Country nvarchar(40)", "PostalCode nvarchar(10)", "Phone nvarchar(24)", "Fax nvarchar(24)", "Email nvarchar(60)!", "SupportRepId integer", "rightsdesk text"),
			Primary: []string{"CustomerId"}, Indexes: []systems.Index{on("SupportRepId"), on("lower(Email)")}, ForeignKeys: key("SupportRepId", "Employee", "EmployeeId")},
		{Name: "Employee", Columns: fields("EmployeeId integer!", "LastName nvarchar(20)!", "FirstName nvarchar(20)!", "Title nvarchar(30)", "ReportsTo integer", "BirthDate datetime", "HireDate datetime", "Address nvarchar(70)", "City nvarchar(40)", "State nvarchar(40)", "Country nvarchar(40)", "PostalCode nvarchar(10)", "Phone nvarchar(24)", "Fax nvarchar(24)", "Email nvarchar(60)"),
			Primary: []string{"EmployeeId"}, Indexes: []systems.Index{on("lower(Email)")}, ForeignKeys: key("ReportsTo", "Employee", "EmployeeId")},
		{Name: "Invoice", Columns: fields("InvoiceId integer!", "CustomerId integer!", "InvoiceDate datetime!", "BillingAddress nvarchar(70)", "BillingCity nvarchar(40)", "BillingState nvarchar(40)", "BillingCountry nvarchar(40)", "BillingPostalCode nvarchar(10)", "Total numeric(10,2)!", "rightsdesk text"),
			Primary: []string{"InvoiceId"}, Indexes: []systems.Index{on("CustomerId")}, ForeignKeys: key("CustomerId", "Customer", "CustomerId")},
		{Name: "InvoiceLine", Columns: fields("InvoiceLineId integer!", "InvoiceId integer!", "TrackId integer!", "UnitPrice numeric(10,2)!", "Quantity integer!", "InvoiceDate datetime", "rightsdesk text"),
			Primary: []string{"InvoiceLineId"}, Indexes: []systems.Index{on("InvoiceId"), on("TrackId")}, ForeignKeys: append(key("InvoiceId", "Invoice", "InvoiceId"), key("TrackId", "Track", "TrackId")...)},
	}}
}

func shop(t *testing.T) *inventory.System {
	t.Helper()
	data, err := os.ReadFile("../testdata/chinook.yaml")
	if err != nil {
		t.Fatal(err)
	}
	inv, err := inventory.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return inv.System("shop")
}

func said(found []inventory.Finding) []string {
	var all []string
	for _, f := range found {
		all = append(all, f.String())
	}
	return all
}

// The worked example fits the database that it is about.
func TestChinookFits(t *testing.T) {
	if d := cmp.Diff([]string(nil), said(survey.Compare(shop(t), chinook()))); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestCompare(t *testing.T) {
	unmark := func(s *inventory.System, holding int) {
		for i := range s.Holdings[holding].Columns {
			s.Holdings[holding].Columns[i].Anonymise = false
		}
	}
	table := func(s *systems.Schema, name string) *systems.Table { return s.Table(name) }
	for _, tc := range []struct {
		name   string
		change func(h *inventory.System, live *systems.Schema)
		want   string
	}{
		{"a table nobody named", func(_ *inventory.System, l *systems.Schema) {
			l.Tables = append(l.Tables, systems.Table{Name: "Newsletter"})
		}, `shop: there is a table "Newsletter" that the inventory does not name`},
		{"a column nobody named", func(_ *inventory.System, l *systems.Schema) {
			c := table(l, "Customer")
			c.Columns = append(c.Columns, systems.Field{Name: "Iban", Type: "text", Nullable: true})
		}, "shop/customers/Iban: there is a column that the inventory does not name"},
		{"a table that is gone", func(_ *inventory.System, l *systems.Schema) {
			l.Tables = slices.DeleteFunc(l.Tables, func(x systems.Table) bool { return x.Name == "InvoiceLine" })
		}, `shop/invoice-lines: the table "InvoiceLine" is gone`},
		{"a column that is gone", func(_ *inventory.System, l *systems.Schema) {
			table(l, "Customer").Columns[9].Name = "Mobile"
		}, "shop/customers/Phone: the column is gone"},
		{"a key without an index", func(_ *inventory.System, l *systems.Schema) { table(l, "Invoice").Indexes = nil }, "key customer: no index begins with CustomerId"},
		{"an index that is not folded", func(_ *inventory.System, l *systems.Schema) {
			table(l, "Customer").Indexes[1].Columns = []string{"Email"}
		}, "key email: no index begins with lower(Email)"},
		{"a foreign key that is not said", func(s *inventory.System, _ *systems.Schema) { s.Holdings[2].References = nil }, `shop/invoices: its rows refer to "Customer" by CustomerId, and references does not say so`},
		{"what cannot be emptied", func(s *inventory.System, _ *systems.Schema) {
			c := s.Holdings[1].Column("LastName")
			c.As, c.Constant = "", ""
		}, "shop/customers/LastName: it would be emptied, and the database allows no null there. Give it a strategy: as: constant with constant: ..., keyed or random"},
		{"what the database fills", func(_ *inventory.System, l *systems.Schema) { table(l, "Customer").Column("City").Computed = true },
			"shop/customers/City: it would be emptied, and the database fills it by itself. Take anonymise out"},
		{"a strategy that does not fit", func(s *inventory.System, _ *systems.Schema) {
			c := s.Holdings[1].Column("Phone")
			c.As = inventory.Year
			s.Holdings[1].Columns[6] = inventory.Column{Name: "State", Anonymise: true, As: inventory.Constant, Constant: "x"}
		}, "year of a text that may not be null"},
		{"a date that cannot be random", func(s *inventory.System, _ *systems.Schema) { s.Holdings[0].Column("BirthDate").As = inventory.Random }, "random leaves any digits, and this is datetime"},
		{"a constant that is too long elsewhere", func(s *inventory.System, _ *systems.Schema) {
			s.Kind = "postgres"
			s.Holdings[1].Column("LastName").Constant = strings.Repeat("x", 21)
		}, "does not go into nvarchar(20)"},
		{"keyed in too small a column", func(s *inventory.System, _ *systems.Schema) {
			s.Kind = "mysql"
			s.Holdings[1].Column("PostalCode").As = inventory.Keyed
		}, "keyed leaves 26 signs, and this is nvarchar(10)"},
		{"a constant that is no JSON", func(s *inventory.System, l *systems.Schema) {
			s.Holdings[1].Column("LastName").Constant = "-"
			table(l, "Customer").Column("LastName").Type = "jsonb"
		}, `the constant "-" does not go into jsonb. Write JSON, as {}`},
		{"a sign in a list", func(s *inventory.System, l *systems.Schema) {
			s.Holdings[1].Column("LastName").As = inventory.Keyed
			table(l, "Customer").Column("LastName").Type = "text[]"
		}, "keyed leaves a text, and this is text[]"},
		{"a foreign key without an index", func(_ *inventory.System, l *systems.Schema) {
			c := table(l, "Customer")
			c.Indexes = slices.DeleteFunc(c.Indexes, func(ix systems.Index) bool { return ix.Columns[0] == "SupportRepId" })
		}, `warning: shop/customers: no index begins with SupportRepId, by which rows refer to "Employee"`},
		{"a second way to refer", func(s *inventory.System, l *systems.Schema) {
			x := table(l, "Invoice")
			x.ForeignKeys = append(x.ForeignKeys, systems.ForeignKey{Columns: []string{"PaidBy"}, Table: "Customer", To: []string{"CustomerId"}})
			unmark(s, 1)
		}, "warning: shop/customers: rows of others may refer to a row here by PaidBy of invoices, which is no key: it then stays. Mark with anonymise"},
		{"a row that refers to its own table", func(s *inventory.System, _ *systems.Schema) { unmark(s, 0) },
			"warning: shop/employees: rows refer to rows of the same table by ReportsTo, which may have to stay. Mark with anonymise"},
		{"a table without people that refers", func(s *inventory.System, l *systems.Schema) {
			x := table(l, "Playlist")
			x.ForeignKeys = append(x.ForeignKeys, systems.ForeignKey{Columns: []string{"Owner"}, Table: "Customer", To: []string{"CustomerId"}})
			unmark(s, 1)
		}, `warning: shop/customers: rows of "Playlist", which is without personal data, refer to it: such a row stays. Mark with anonymise`},
		{"no column to mark in", func(_ *inventory.System, l *systems.Schema) {
			c := table(l, "Invoice")
			c.Columns = c.Columns[:len(c.Columns)-1]
		}, "shop/invoices: there is no column rightsdesk to mark rows in"},
		{"a key that is not unique", func(s *inventory.System, _ *systems.Schema) { s.Holdings[3].Primary = []string{"TrackId"} }, "primary: TrackId is not unique in the table"},
		{"an end that is no date", func(s *inventory.System, _ *systems.Schema) { s.Holdings[2].End = "Total" }, "end: Total is numeric(10,2), and a date stands in it"},
	} {
		s, live := shop(t), chinook()
		tc.change(s, &live)
		all := strings.Join(said(survey.Compare(s, live)), "\n")
		if tc.name == "a strategy that does not fit" {
			live.Table("Customer").Columns[9].Nullable = false
			all = strings.Join(said(survey.Compare(s, live)), "\n")
		}
		if !strings.Contains(all, tc.want) {
			t.Errorf("%s: %q is not in\n%s", tc.name, tc.want, all)
		}
	}
}

// What the sample of a table of DynamoDB and the prefixes of a bucket tell.
func TestCompareWithoutASchema(t *testing.T) {
	inv := inventory.Default()
	index := []systems.Index{{Name: "email", Columns: []string{"email"}}, {Name: "phone", Columns: []string{"phone"}}}
	relations := systems.Schema{Sampled: true, Tables: []systems.Table{
		{Name: "clients", Primary: []string{"customer", "record"}, Indexes: index, Columns: fields("customer S", "record S", "shoeSize N")},
		{Name: "prospects", Primary: []string{"customer", "record"}, Indexes: index[:1], Columns: fields("customer S")},
		{Name: "", Columns: fields("customer S", "record S")},
	}}
	bucket := systems.Schema{Sampled: true, Versions: true, Tables: []systems.Table{{Name: "recordings/"}, {Name: "debtors/"}, {Name: "voicemail/"}}}
	want := []string{
		"relations/clients/shoeSize: there is a column that the inventory does not name. Declare it; with disclose: \"no\" where nobody may have it.",
		`relations/prospects: key phone: there is no index "phone" on "phone". Make the index, or name the one that there is.`,
		`warning: relations/intermediaries: nothing of "intermediaries" was met. See whether it is there: the sample met none of it.`,
		`warning: relations/contacts: nothing of "contacts" was met. See whether it is there: the sample met none of it.`,
		"relations: the table has items that are no holding's. Make a holding whose where they fit.",
		`recordings: the bucket has a prefix "voicemail/" that the inventory does not name. Make it a holding, or name it in without when it holds no personal data.`,
		"warning: recordings: the bucket keeps old versions: what is erased stays in them. Have a lifecycle rule delete old versions, in no more days than the letters say of backups.",
	}
	got := append(said(survey.Compare(inv.System("relations"), relations)), said(survey.Compare(inv.System("recordings"), bucket))...)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A key of a table of DynamoDB that is scanned for has no index, and asks for none.
func TestCompareScan(t *testing.T) {
	inv := inventory.Default()
	sys := *inv.System("newsletter")
	sys.Holdings = slices.Clone(sys.Holdings)
	h := &sys.Holdings[0]
	h.Keys = map[string]inventory.Key{"email": {Column: "email", Scan: true}}
	live := systems.Schema{Sampled: true, Tables: []systems.Table{{Name: h.ID, Primary: []string{"id"}, Columns: fields("id S", "email S")}}}
	h.Primary = []string{"id"}
	h.Columns = append(slices.Clone(h.Columns), inventory.Column{Name: "id"})
	if got := said(survey.Compare(&sys, live)); len(got) > 0 {
		t.Errorf("said %q", got)
	}
}

// A draft asks for what only the owner knows, and for nothing else; with that
// filled in it is an inventory that fits the system.
func TestDraft(t *testing.T) {
	live := chinook()
	drafted := string(survey.Draft("shop", "sqlite", "SYSTEM_SHOP", live))
	_, found := inventory.Check([]byte(drafted))
	asked := map[string]bool{}
	for _, f := range inventory.Faults(found) {
		what := f.Blank
		if what == "" {
			what = f.What
		}
		asked[what] = true
	}
	for _, want := range []string{"what", "purposes", "source", "transfers", "automated", "relation", "basis", "retention", "name", "email"} {
		if !asked[want] {
			t.Errorf("the draft does not ask for %s", want)
		}
		delete(asked, want)
	}
	if !regexp.MustCompile(`name: LastName,.*, is: name`).MatchString(drafted) || len(regexp.MustCompile(`name: FirstName,.*, is: name`).FindAllString(drafted, -1)) != 1 {
		t.Error("people are recognised by another name than their last, and the first where that stands before it")
	}
	// One line a holding, and no warning about one that is half empty.
	for _, f := range inventory.Brief(found) {
		if want := "still to fill in: what, purposes, source, transfers, automated, relation, basis, retention"; strings.HasPrefix(f.At, "shop/") && f.What != want {
			t.Errorf("%s; want %s", f, want)
		}
	}
	if brief := inventory.Brief(found); len(brief) != 7 { // two of the controller, the recipient, four holdings
		t.Errorf("a list of %d: %v", len(brief), brief)
	}
	if len(asked) > 0 {
		t.Errorf("the draft is wrong beside what it asks: %v", asked)
	}

	filled := regexp.MustCompile(`(?m)^        # (what|purposes|source|transfers|automated): \{nl: \.\.\., en: \.\.\.\}`).ReplaceAllString(drafted, "        $1: {nl: ja, en: yes}")
	filled = regexp.MustCompile(`(?m)^        # (relation|basis|retention): `).ReplaceAllString(filled, "        $1: ")
	filled = strings.NewReplacer(`{name: "", kind: processor, country: NL, email: ""`, `{name: Host, kind: processor, country: NL, email: host@host.example`).Replace(filled)
	inv, err := inventory.Parse([]byte(filled))
	if err != nil {
		t.Fatalf("%v in\n%s", err, filled)
	}
	var ids []string
	for _, p := range inv.Places() {
		ids = append(ids, p.ID())
		for _, c := range p.Holding.Columns {
			if c.Disclose != inventory.DiscloseNo || c.Reason != inventory.NotDeclared {
				t.Errorf("%s/%s may leave", p.ID(), c.Name)
			}
		}
	}
	if d := cmp.Diff([]string{"shop/employee", "shop/customer", "shop/invoice", "shop/invoiceline"}, slices.Collect(func(yield func(string) bool) {
		for _, id := range ids {
			if !yield(strings.ReplaceAll(id, "-", "")) {
				return
			}
		}
	})); d != "" {
		t.Errorf("holdings (-want +got):\n%s", d)
	}
	s := inv.System("shop")
	if d := cmp.Diff([]string{"Artist", "Genre", "MediaType", "Playlist", "Album", "Track", "PlaylistTrack"}, s.Without); d != "" {
		t.Errorf("without (-want +got):\n%s", d)
	}
	invoice := s.Holdings[2]
	if invoice.Keys["customer"].Column != "CustomerId" || !invoice.Yields["invoice"].Within || !slices.Equal(invoice.References, []string{"customer"}) {
		t.Errorf("the invoice: %+v %+v %v", invoice.Keys, invoice.Yields, invoice.References)
	}
	for _, f := range survey.Compare(s, live) {
		if !f.Warning {
			t.Errorf("the draft does not fit: %v", f)
		}
	}
	// Whose support somebody has, is no row of that colleague.
	if _, ok := s.Holdings[1].Keys["employee"]; ok {
		t.Error("customers are found by the employee who helps them")
	}
}

// What a name alone would hide: a log that bears the number of a customer and
// has no foreign key, the date from which an address is known, a password.
func TestDraftLooksTwice(t *testing.T) {
	live := chinook()
	live.Tables = append(live.Tables,
		systems.Table{Name: "Visit", Columns: fields("CustomerId integer!", "At datetime!"), Primary: []string{"CustomerId", "At"}},
		systems.Table{Name: "Active", View: true, Columns: fields("CustomerId integer", "Email text")})
	c := live.Table("Customer")
	c.Columns = append(c.Columns, fields("EmailSince date", "PasswordHash text!")...)
	drafted := string(survey.Draft("shop", "sqlite", "SYSTEM_SHOP", live))
	visit := drafted[strings.Index(drafted, "- id: visit\n"):]
	for what, ok := range map[string]bool{
		"visits are not a customer's":          strings.Contains(visit, "keys:\n          customer: {column: CustomerId}\n"),
		"nobody says what becomes of the view": strings.Contains(drafted, `- "Active" # a view`) && !strings.Contains(drafted, "- id: active\n"),
		"a date is an address":                 !strings.Contains(drafted, "{column: EmailSince}"),
		"a password waits to be looked at":     regexp.MustCompile(`name: PasswordHash,.* disclose: "no", reason: security}`).MatchString(drafted),
		"whose an invoice is, is doubted":      !strings.Contains(drafted, "leave those whose row it is"),
	} {
		if !ok {
			t.Error(what)
		}
	}
	live.Table("Visit").ForeignKeys = []systems.ForeignKey{{Columns: []string{"CustomerId"}, Table: "Customer"}, {Columns: []string{"Gatekeeper"}, Table: "Employee"}}
	if drafted := string(survey.Draft("shop", "sqlite", "SYSTEM_SHOP", live)); !strings.Contains(drafted, "keys: # a row stands in the copy of everybody") {
		t.Error("nobody is told that a visit would be in the copy of the gatekeeper too")
	}
}
