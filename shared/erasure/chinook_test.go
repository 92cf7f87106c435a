package erasure_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/disclosure"
	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/inventory/survey"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/database"
)

// chinookTables are those of the public sample database that hold personal
// data, as they are published, and what docs/INVENTORY.md adds to them.
var chinookTables = []string{
	`CREATE TABLE Employee (EmployeeId INTEGER NOT NULL PRIMARY KEY, LastName NVARCHAR(20) NOT NULL, FirstName NVARCHAR(20) NOT NULL, Title NVARCHAR(30), ReportsTo INTEGER REFERENCES Employee (EmployeeId), BirthDate DATETIME, HireDate DATETIME, Address NVARCHAR(70), City NVARCHAR(40), State NVARCHAR(40), Country NVARCHAR(40), PostalCode NVARCHAR(10), Phone NVARCHAR(24), Fax NVARCHAR(24), Email NVARCHAR(60))`,
	`CREATE TABLE Customer (CustomerId INTEGER NOT NULL PRIMARY KEY, FirstName NVARCHAR(40) NOT NULL, LastName NVARCHAR(20) NOT NULL, Company NVARCHAR(80), Address NVARCHAR(70), City NVARCHAR(40), State NVARCHAR(40), Country NVARCHAR(40), PostalCode NVARCHAR(10), Phone NVARCHAR(24), Fax NVARCHAR(24), Email NVARCHAR(60) NOT NULL, SupportRepId INTEGER REFERENCES Employee (EmployeeId))`,
	`CREATE TABLE Invoice (InvoiceId INTEGER NOT NULL PRIMARY KEY, CustomerId INTEGER NOT NULL REFERENCES Customer (CustomerId), InvoiceDate DATETIME NOT NULL, BillingAddress NVARCHAR(70), BillingCity NVARCHAR(40), BillingState NVARCHAR(40), BillingCountry NVARCHAR(40), BillingPostalCode NVARCHAR(10), Total NUMERIC(10,2) NOT NULL)`,
	`CREATE TABLE InvoiceLine (InvoiceLineId INTEGER NOT NULL PRIMARY KEY, InvoiceId INTEGER NOT NULL REFERENCES Invoice (InvoiceId), TrackId INTEGER NOT NULL, UnitPrice NUMERIC(10,2) NOT NULL, Quantity INTEGER NOT NULL)`,

	`ALTER TABLE Customer ADD COLUMN rightsdesk TEXT`,
	`ALTER TABLE Invoice ADD COLUMN rightsdesk TEXT`,
	`ALTER TABLE InvoiceLine ADD COLUMN rightsdesk TEXT`,
	`ALTER TABLE InvoiceLine ADD COLUMN InvoiceDate DATETIME`,
	`CREATE TRIGGER InvoiceLineDate AFTER INSERT ON InvoiceLine BEGIN
		UPDATE InvoiceLine SET InvoiceDate = (SELECT InvoiceDate FROM Invoice WHERE InvoiceId = NEW.InvoiceId) WHERE InvoiceLineId = NEW.InvoiceLineId; END`,
	`CREATE INDEX CustomerEmail ON Customer (lower(Email))`,
	`CREATE INDEX EmployeeEmail ON Employee (lower(Email))`,
	`CREATE INDEX InvoiceCustomer ON Invoice (CustomerId)`,
	`CREATE INDEX InvoiceLineInvoice ON InvoiceLine (InvoiceId)`,

	`INSERT INTO Employee (EmployeeId, LastName, FirstName, Title, Email) VALUES (3, 'Peacock', 'Jane', 'Sales Support Agent', 'jane@chinook.example')`,
	`INSERT INTO Customer (CustomerId, FirstName, LastName, Address, City, Country, PostalCode, Phone, Email, SupportRepId) VALUES
		(1, 'Luís', 'Gonçalves', 'Av. Faria Lima 2170', 'São José', 'Brazil', '12227-000', '+55 (12) 3923-5555', 'Luisg@Embraer.example', 3),
		(2, 'Leonie', 'Köhler', 'Theodor-Heuss-Straße 34', 'Stuttgart', 'Germany', '70174', '+49 0711 2842222', 'leonekohler@surfeu.example', 3)`,
	// One invoice of the first is older than the tax office asks.
	`INSERT INTO Invoice (InvoiceId, CustomerId, InvoiceDate, BillingAddress, BillingCity, BillingCountry, BillingPostalCode, Total) VALUES
		(98, 1, '2012-03-11 00:00:00', 'Av. Faria Lima 2170', 'São José', 'Brazil', '12227-000', 3.98),
		(121, 1, '2025-06-13 00:00:00', 'Av. Faria Lima 2170', 'São José', 'Brazil', '12227-000', 3.96),
		(12, 2, '2025-02-11 00:00:00', 'Theodor-Heuss-Straße 34', 'Stuttgart', 'Germany', '70174', 13.86)`,
	`INSERT INTO InvoiceLine (InvoiceLineId, InvoiceId, TrackId, UnitPrice, Quantity) VALUES (531, 98, 3247, 1.99, 2), (649, 121, 447, 0.99, 2), (650, 121, 449, 0.99, 2), (66, 12, 388, 0.99, 14)`,
}

// sealed keeps parts in memory.
type sealed map[string]string

func (s sealed) Put(_ context.Context, key string, body io.Reader) error {
	b, err := io.ReadAll(body)
	s[key] = string(b)
	return err
}

// The worked example of docs/INVENTORY.md, in a real database: a copy of all of
// a customer's rows and of no other's; an erasure that keeps the invoices which
// the tax office asks for, stripped, and the customer without a name because
// these refer to it.
func TestChinook(t *testing.T) {
	ctx := context.Background()
	text, err := os.ReadFile("../inventory/testdata/chinook.yaml")
	if err != nil {
		t.Fatal(err)
	}
	inv, err := inventory.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "chinook.db")
	secret, err := json.Marshal(map[string]string{"database": file})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	db := database.Open(inv.System("shop"), func(context.Context) (string, error) { return string(secret), nil })
	t.Cleanup(func() { db.DB.Close() })
	for _, s := range chinookTables {
		if _, err := db.DB.ExecContext(ctx, s); err != nil {
			t.Fatalf("%.60s: %v", s, err)
		}
	}
	reg := systems.Set{Declared: inv, ByID: map[string]systems.System{"shop": db}}

	// The inventory and the tables agree, as CI would ask (ctl inventory compare).
	live, err := db.Describe(ctx, inv.System("shop").Holdings)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range survey.Compare(inv.System("shop"), live) {
		if !f.Warning {
			t.Errorf("compare: %+v", f)
		}
	}

	// The customer writes from an address that the shop has with capitals.
	people, err := systems.Candidates(ctx, reg, request.Sender{Email: "luisg@embraer.example"}, nil)
	if err != nil || len(people) != 1 {
		t.Fatalf("%d people, %v", len(people), err)
	}
	keys := systems.Keys{}
	for kind, v := range people[0].Keys {
		keys[kind] = append(keys[kind], v...)
	}
	if d := cmp.Diff([]string{"1"}, keys["customer"]); d != "" {
		t.Fatalf("customer (-want +got):\n%s", d)
	}

	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	parts := sealed{}
	res, err := disclosure.Collector{Systems: reg, Sink: parts, Now: func() time.Time { return now }}.Collect(ctx, disclosure.Job{
		Request: "r", Leg: "1", System: "shop", Relation: request.Client, Role: request.Controller, Right: request.Access, Keys: keys,
	})
	if err != nil {
		t.Fatal(err)
	}
	var counts []string
	for _, r := range res.Receipts {
		counts = append(counts, fmt.Sprintf("%s %d", r.Holding, r.Count))
	}
	if d := cmp.Diff([]string{"customers 1", "invoices 2", "invoice-lines 3"}, counts); d != "" {
		t.Errorf("a copy (-want +got):\n%s", d)
	}
	for key, part := range parts {
		for _, other := range []string{"Köhler", "Stuttgart", "13.86", "388", "Peacock"} {
			if strings.Contains(part, other) {
				t.Errorf("%s has %s of somebody else", key, other)
			}
		}
	}

	s := erasure.Subject{Request: "r", Leg: "1", Relation: request.Client, Role: request.Controller, Keys: keys, Today: "2026-11-21"}
	stocks, err := erasure.Survey(ctx, reg, s)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := erasure.Plan(inv, s, stocks, nil)
	if err != nil {
		t.Fatal(err)
	}
	var planned []string
	for _, l := range plan {
		planned = append(planned, strings.TrimSpace(fmt.Sprintf("%s %s %s", l.Holding, l.Action, l.Until)))
	}
	if d := cmp.Diff([]string{"customers anonymise", "invoices keep 2032-12-31", "invoice-lines keep 2032-12-31"}, planned); d != "" {
		t.Errorf("the plan (-want +got):\n%s", d)
	}
	for range 2 { // a repeat after a crash does no more
		for _, l := range slices.Backward(plan) {
			if _, more, err := erasure.Carry(ctx, reg, s, l, now, erasure.Turn{}); err != nil || more {
				t.Fatalf("%s: %v, more %v", l.Holding, err, more)
			}
		}
	}
	if left, err := erasure.Verify(ctx, reg, s, plan); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}

	var dump bytes.Buffer
	for _, q := range []string{
		`SELECT 'customer', CustomerId, FirstName, LastName, Address, City, Country, PostalCode, Phone, Email FROM Customer ORDER BY CustomerId`,
		`SELECT 'invoice', InvoiceId, CustomerId, date(InvoiceDate), BillingAddress, BillingCity, BillingCountry, BillingPostalCode, Total, '' FROM Invoice ORDER BY InvoiceId`,
		`SELECT 'line', InvoiceLineId, InvoiceId, TrackId, UnitPrice, Quantity, '', '', '', '' FROM InvoiceLine ORDER BY InvoiceLineId`,
	} {
		rows, err := db.DB.QueryContext(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			cells := make([]any, 10)
			for i := range cells {
				cells[i] = new(any)
			}
			if err := rows.Scan(cells...); err != nil {
				t.Fatal(err)
			}
			for _, c := range cells {
				v := *c.(*any)
				if b, ok := v.([]byte); ok {
					v = string(b)
				}
				if v == nil {
					v = "-null-"
				}
				fmt.Fprint(&dump, v, "|")
			}
			fmt.Fprintln(&dump)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Close()
	}
	want := `customer|1|-|-|-null-|-null-|Brazil|-null-|-null-|erased@customer.invalid|
customer|2|Leonie|Köhler|Theodor-Heuss-Straße 34|Stuttgart|Germany|70174|+49 0711 2842222|leonekohler@surfeu.example|
invoice|12|2|2025-02-11|Theodor-Heuss-Straße 34|Stuttgart|Germany|70174|13.86||
invoice|121|1|2025-06-13|-null-|-null-|Brazil|-null-|3.96||
line|66|12|388|0.99|14|||||
line|649|121|447|0.99|2|||||
line|650|121|449|0.99|2|||||
`
	if d := cmp.Diff(want, dump.String()); d != "" {
		t.Errorf("what is left (-want +got):\n%s", d)
	}
}
