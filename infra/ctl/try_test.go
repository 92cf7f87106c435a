package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems/database"
)

const chinookYAML = "../../shared/inventory/testdata/chinook.yaml"

// tried makes the tables that chinook.yaml tells of, with two customers who
// share a mailbox, and gives the file.
func tried(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "chinook.db")
	secret, err := json.Marshal(map[string]string{"database": file})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := database.Open(&inventory.System{ID: "shop", Kind: "sqlite"}, func(context.Context) (string, error) { return string(secret), nil })
	defer s.DB.Close()
	for _, q := range []string{
		`CREATE TABLE Employee (EmployeeId INTEGER NOT NULL PRIMARY KEY, LastName TEXT, FirstName TEXT, Title TEXT, ReportsTo INTEGER, BirthDate DATETIME, HireDate DATETIME, Address TEXT, City TEXT, State TEXT, Country TEXT, PostalCode TEXT, Phone TEXT, Fax TEXT, Email TEXT)`,
		`CREATE TABLE Customer (CustomerId INTEGER NOT NULL PRIMARY KEY, FirstName TEXT, LastName TEXT, Company TEXT, Address TEXT, City TEXT, State TEXT, Country TEXT, PostalCode TEXT, Phone TEXT, Fax TEXT, Email TEXT, SupportRepId INTEGER, rightsdesk TEXT)`,
		`CREATE TABLE Invoice (InvoiceId INTEGER NOT NULL PRIMARY KEY, CustomerId INTEGER, InvoiceDate DATETIME, BillingAddress TEXT, BillingCity TEXT, BillingState TEXT, BillingCountry TEXT, BillingPostalCode TEXT, Total NUMERIC, rightsdesk TEXT)`,
		`CREATE TABLE InvoiceLine (InvoiceLineId INTEGER NOT NULL PRIMARY KEY, InvoiceId INTEGER, TrackId INTEGER, UnitPrice NUMERIC, Quantity INTEGER, InvoiceDate DATETIME, rightsdesk TEXT)`,
		`INSERT INTO Customer (CustomerId, LastName, Email) VALUES (1, 'Gonçalves', 'Home@Shop.example'), (2, 'Köhler', 'home@shop.example'), (3, 'Tremblay', 'ftremblay@gmail.example')`,
		`INSERT INTO Invoice (InvoiceId, CustomerId, InvoiceDate, Total) VALUES (98, 1, '2001-03-11', 3.98), (121, 1, '2999-06-13', 3.96), (12, 2, '2999-02-11', 13.86)`,
		`INSERT INTO InvoiceLine (InvoiceLineId, InvoiceId, InvoiceDate) VALUES (531, 98, '2001-03-11'), (649, 121, '2999-06-13'), (66, 12, '2999-02-11')`,
	} {
		if _, err := s.DB.Exec(q); err != nil {
			t.Fatalf("%.40s: %v", q, err)
		}
	}
	return file
}

// A trial says what becomes of one person's rows, and leaves them as they are.
func TestInventoryTry(t *testing.T) {
	file := tried(t)
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	try := func(more ...string) (int, string, string) {
		return ctlRun(t, append([]string{"inventory", "try", "-f", chinookYAML, "-address", file}, more...)...)
	}
	status, out, errs := try("-key", "email=home@shop.example", "-key", "customer=1")
	want := `As client (controller), by customer, email, invoice:
  customers            1 row     anonymised, because rows refer to it that stay
                       left out of a copy: SupportRepId (third-party)
  invoices             2 rows    kept until 3006-12-31 at the latest (tax, artikel 52 AWR); of these 1 erased, whose own period is over
  invoice-lines        2 rows    kept until 3006-12-31 at the latest (tax, artikel 52 AWR); of these 1 erased, whose own period is over
                       left out of a copy: InvoiceLineId (internal)

Nothing was changed.
`
	if d := cmp.Diff(want, out); d != "" || status != 0 {
		t.Errorf("%d %s(-want +got):\n%s", status, errs, d)
	}
	// Father and son with one mailbox: neither is picked (A15).
	if status, out, errs := try("-key", "email=home@shop.example"); status != 1 || !strings.Contains(out, "2 people are found") || !strings.Contains(errs, "Add a -key") {
		t.Errorf("a shared mailbox: %d %s%s", status, out, errs)
	}
	if status, out, errs := try("-key", "customer=9"); status != 1 || out != "" || !strings.Contains(errs, "nothing is found") {
		t.Errorf("nobody: %d %s%s", status, out, errs)
	}
	if status, out, _ := try("-key", "customer=3"); status != 0 || !strings.Contains(out, "customers            1 row     erased\n") || !strings.Contains(out, "invoices             nothing\n") {
		t.Errorf("a customer without invoices: %d %s", status, out)
	}
	after, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("a trial changed the database: %v", err)
	}
	for _, args := range [][]string{{}, {"-key", "customer"}, {"-key", "shoe=43"}, {"-key", "customer=1", "-relation", "friend"}, {"-key", "customer=1", "-system", "payroll"}} {
		if status, _, errs := try(args...); status != 2 || errs == "" {
			t.Errorf("%v: %d %s", args, status, errs)
		}
	}
}

// A trial asks the database what an erasure comes upon, row by row.
func TestInventoryTryRefers(t *testing.T) {
	file := tried(t)
	secret, err := json.Marshal(map[string]string{"database": file})
	if err != nil {
		t.Fatal(err)
	}
	s := database.Open(&inventory.System{ID: "shop", Kind: "sqlite"}, func(context.Context) (string, error) { return string(secret), nil })
	defer s.DB.Close()
	for _, q := range []string{
		`CREATE TABLE Basket (Id INTEGER PRIMARY KEY, Owner INTEGER REFERENCES Customer (CustomerId))`, `INSERT INTO Basket VALUES (1, 3)`,
		`INSERT INTO Customer (CustomerId, LastName, Email) VALUES (4, 'Almeida', 'almeida@shop.example')`,
	} {
		if _, err := s.DB.Exec(q); err != nil {
			t.Fatalf("%.40s: %v", q, err)
		}
	}
	for customer, want := range map[string]string{"3": "1 row     anonymised, because rows refer to it that stay\n", "4": "1 row     erased\n"} {
		status, out, errs := ctlRun(t, "inventory", "try", "-f", chinookYAML, "-address", file, "-key", "customer="+customer)
		if status != 0 || !strings.Contains(out, want) {
			t.Errorf("customer %s: %d %s%s", customer, status, out, errs)
		}
	}
}

// A column that the inventory does not name is told by its name, never by what it holds.
func TestInventoryTryUndeclared(t *testing.T) {
	file := tried(t)
	secret := filepath.Join(t.TempDir(), "shop.json")
	text, err := json.Marshal(map[string]string{"database": file})
	if err != nil {
		t.Fatal(err)
	}
	s := database.Open(&inventory.System{ID: "shop", Kind: "sqlite"}, func(context.Context) (string, error) { return string(text), nil })
	for _, q := range []string{`ALTER TABLE Customer ADD COLUMN Shoe TEXT`, `UPDATE Customer SET Shoe = 'forty-three' WHERE CustomerId = 1`} {
		if _, err := s.DB.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	s.DB.Close()
	if err := os.WriteFile(secret, text, 0o600); err != nil {
		t.Fatal(err)
	}
	status, out, errs := ctlRun(t, "inventory", "try", "-f", chinookYAML, "-address", string(text), "-key", "customer=1")
	if status != 1 || !strings.Contains(out, "NOT DECLARED, left out: Shoe (1 row)\n") || strings.Contains(out+errs, "forty-three") {
		t.Errorf("%d %s%s", status, out, errs)
	}
	// The sign-in of a database may stand in a file.
	if got, err := secretOf(t.Context(), "postgres", secret); err != nil || got != string(text) {
		t.Errorf("a secret in a file: %q, %v", got, err)
	}
}
