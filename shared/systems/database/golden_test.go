package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
)

var update = flag.Bool("update", false, "write the golden files")

// scribe is a driver that writes down what it is asked. It knows the columns
// of two tables, and one row of each that is looked for.
type scribe struct{ said strings.Builder }

func (s *scribe) Connect(context.Context) (driver.Conn, error) { return s, nil }
func (s *scribe) Driver() driver.Driver                        { return nil }
func (s *scribe) Prepare(string) (driver.Stmt, error)          { return nil, driver.ErrSkip }
func (s *scribe) Close() error                                 { return nil }
func (s *scribe) Begin() (driver.Tx, error)                    { return nil, driver.ErrSkip }
func (s *scribe) Commit() error                                { s.said.WriteString("COMMIT\n\n"); return nil }
func (s *scribe) Rollback() error                              { s.said.WriteString("ROLLBACK\n\n"); return nil }

func (s *scribe) BeginTx(_ context.Context, opts driver.TxOptions) (driver.Tx, error) {
	fmt.Fprintf(&s.said, "BEGIN %v\n", sql.IsolationLevel(opts.Isolation))
	return s, nil
}

func (s *scribe) say(query string, args []driver.NamedValue) {
	s.said.WriteString(query + "\n")
	for _, a := range args {
		fmt.Fprintf(&s.said, "  @p%d = %v (%T)\n", a.Ordinal, a.Value, a.Value)
	}
}

func (s *scribe) ExecContext(_ context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s.say(query, args)
	return driver.RowsAffected(1), nil
}

func (s *scribe) QueryContext(_ context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s.say(query, args)
	customers := &answer{names: []string{"id", "email", "name", "rightsdesk", "secret"}, types: []string{"INT", "NVARCHAR", "VARCHAR", "NVARCHAR", "VARBINARY"}}
	lines := &answer{names: []string{"order no", "line", "what"}, types: []string{"INT", "SMALLINT", "NVARCHAR"}}
	switch {
	case strings.Contains(query, "sys.foreign_keys"):
		return &answer{names: strings.Split("schema table visible key column toSchema toTable toVisible to rule", " "), types: slices.Repeat([]string{"NVARCHAR"}, 10),
			row: []driver.Value{"dbo", "Payments", "1", "paid", "customer", "dbo", "Customers", "1", "id", "NO_ACTION"}}, nil
	case strings.Contains(query, "sys.columns"):
		return &answer{names: []string{"name"}, types: []string{"NVARCHAR"}, row: []driver.Value{"email"}}, nil
	case strings.HasPrefix(query, "SELECT * FROM [dbo].[Customers]"):
		return customers, nil
	case strings.HasPrefix(query, "SELECT * FROM"):
		return lines, nil
	case strings.HasPrefix(query, "SELECT TOP") && strings.Contains(query, "FROM [dbo].[Customers]"):
		customers.row = []driver.Value{int64(7), "anna@test.example", "Anna", nil, int64(1)}
		if strings.Contains(query, "EXISTS") {
			customers.names, customers.types, customers.row = append(customers.names, ""), append(customers.types, "INT"), append(customers.row, int64(1))
		}
		return customers, nil
	case strings.HasPrefix(query, "SELECT COUNT"):
		return &answer{names: []string{"n"}, types: []string{"INT"}, row: []driver.Value{int64(1)}}, nil
	case strings.Contains(query, "OFFSET"):
		return &answer{names: []string{"order no", "line"}, types: []string{"INT", "SMALLINT"}}, nil
	}
	return lines, nil
}

type answer struct {
	names, types []string
	row          []driver.Value
}

func (a *answer) Columns() []string                           { return a.names }
func (a *answer) Close() error                                { return nil }
func (a *answer) ColumnTypeDatabaseTypeName(index int) string { return a.types[index] }
func (a *answer) Next(dest []driver.Value) error {
	if a.row == nil {
		return io.EOF
	}
	copy(dest, a.row)
	a.row = nil
	return nil
}

// No SQL Server stands in the tests: what it would be sent is read by people.
func TestSQLServerStatements(t *testing.T) {
	customers := inventory.Holding{ID: "customers", Table: "dbo.Customers", Primary: []string{"id"}, Person: "id",
		Keys:    map[string]inventory.Key{"customer": {Column: "id"}, "email": {Column: "email", Fold: true}},
		Yields:  map[string]inventory.Yield{"order": {Column: "id", Within: true}},
		Columns: []inventory.Column{{Name: "id"}, {Name: "email", Anonymise: true}, {Name: "name", Anonymise: true}}}
	lines := inventory.Holding{ID: "lines", Table: "Order Details", Primary: []string{"order no", "line"}, Unmarked: true,
		Keys:    map[string]inventory.Key{"order": {Column: "order no"}},
		Columns: []inventory.Column{{Name: "order no"}, {Name: "line"}, {Name: "what"}}}
	sc := &scribe{}
	db := sql.OpenDB(sc)
	defer db.Close()
	s := &System{DB: db, Declared: &inventory.System{ID: "shop", Kind: "sqlserver", Holdings: []inventory.Holding{customers, lines}}}
	ctx, mail := context.Background(), systems.Of(systems.Keys{"email": {"Anna@Test.example"}}, "")
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"find", func() error { _, err := s.Find(ctx, customers, "email", "Anna@Test.example"); return err }},
		{"find by what is no number", func() error { _, err := s.Find(ctx, customers, "customer", "K-1"); return err }},
		{"collect from a place, by way of another table", func() error {
			of := mail
			of.From = `[12,3]`
			return s.Collect(ctx, lines, of, func(systems.Row) error { return nil })
		}},
		{"erase", func() error { _, err := s.Apply(ctx, lines, mail, systems.Act{Action: systems.Erase}); return err }},
		{"erase what another table refers to", func() error {
			_, err := s.Apply(ctx, customers, mail, systems.Act{Action: systems.Erase})
			return err
		}},
		{"see what refers", func() error { _, err := s.References(ctx, customers, mail, nil); return err }},
		{"keep", func() error {
			_, err := s.Apply(ctx, customers, mail, systems.Act{Action: systems.Keep, Until: "2031-12-31", Request: "r", Leg: "l"})
			return err
		}},
	} {
		sc.said.WriteString("-- " + step.name + "\n")
		if err := step.do(); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
	}
	file, got := filepath.Join("testdata", "sqlserver.txt"), strings.TrimSpace(sc.said.String())+"\n"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
