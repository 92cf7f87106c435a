package database_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/allclaims/rightsdesk/shared/casework/restoretest"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/database"
	"github.com/allclaims/rightsdesk/shared/systems/database/databasetest"
	"github.com/allclaims/rightsdesk/shared/systems/systemstest"
)

// servers are started when a test first asks for one, once for all.
var (
	postgres = sync.OnceValues(func() (*databasetest.Server, error) { return databasetest.Postgres(context.Background()) })
	mariadb  = sync.OnceValues(func() (*databasetest.Server, error) { return databasetest.MariaDB(context.Background()) })
	running  []*databasetest.Server
	number   atomic.Int32
)

func TestMain(m *testing.M) {
	code := m.Run()
	for _, s := range running {
		if err := s.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

var mu sync.Mutex

// server gives a server that runs; a machine without one fails the test.
func server(t *testing.T, start func() (*databasetest.Server, error)) *databasetest.Server {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	s, err := start()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(running, s) {
		running = append(running, s)
	}
	return s
}

// kinds are the databases that run here.
var kinds = []string{"postgres", "mysql", "sqlite"}

// fresh opens an empty database of that kind for one test.
func fresh(t *testing.T, kind string, declared *inventory.System) *database.System {
	t.Helper()
	declared.Kind = kind
	var secret string
	name := fmt.Sprintf("t%d", number.Add(1))
	switch kind {
	case "postgres":
		s := server(t, postgres)
		admin := open(t, &inventory.System{ID: "admin", Kind: kind}, s.Secret("postgres"))
		do(t, admin, "CREATE DATABASE "+name)
		secret = s.Secret(name)
	case "mysql":
		s := server(t, mariadb)
		admin := open(t, &inventory.System{ID: "admin", Kind: kind}, s.Secret("mysql"))
		do(t, admin, "CREATE DATABASE "+name)
		secret = s.Secret(name)
	case "sqlite":
		file := filepath.Join(t.TempDir(), "Database met een blank.db")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(map[string]string{"database": file})
		if err != nil {
			t.Fatal(err)
		}
		secret = string(b)
	}
	return open(t, declared, secret)
}

func open(t *testing.T, declared *inventory.System, secret string) *database.System {
	t.Helper()
	s := database.Open(declared, func(context.Context) (string, error) { return secret, nil })
	t.Cleanup(func() { s.DB.Close() })
	return s
}

// do runs statements that a test needs.
func do(t testing.TB, s *database.System, statements ...string) {
	t.Helper()
	for _, st := range statements {
		if _, err := s.DB.Exec(st); err != nil {
			t.Fatalf("%.200s: %v", st, err)
		}
	}
}

// types are the words of each database for what the suite puts in a column.
var types = map[string]map[string]string{
	"postgres": {"text": "text", "number": "numeric", "truth": "boolean", "json": "jsonb", "key": "text"},
	"mysql":    {"text": "longtext", "truth": "bit(1)", "json": "longtext", "key": "varchar(60)"},
	"sqlite":   {"text": "TEXT", "number": "NUMERIC", "truth": "BOOLEAN", "json": "JSON", "key": "TEXT"},
}

// cannot are the columns of the suite's Exact row whose values that kind of
// database has no type for: a list in MariaDB is text,
// and SQLite keeps 15 digits.
var cannot = map[string][]string{"mysql": {"remarks"}, "sqlite": {"since"}}

// one is a database whose holdings all stand in one table, as the suite's do.
type one struct{ *database.System }

func in(h inventory.Holding) inventory.Holding { h.Table = "everything"; return h }

func (o one) Find(ctx context.Context, h inventory.Holding, kind, value string) ([]systems.Row, error) {
	return o.System.Find(ctx, in(h), kind, value)
}

func (o one) Collect(ctx context.Context, h inventory.Holding, of systems.Selection, emit func(systems.Row) error) error {
	return o.System.Collect(ctx, in(h), of, emit)
}

func (o one) Copy(ctx context.Context, h inventory.Holding, of systems.Selection, emit func(systems.Record) error) error {
	return o.System.Copy(ctx, in(h), of, emit)
}

func (o one) Apply(ctx context.Context, h inventory.Holding, of systems.Selection, act systems.Act) (int, error) {
	return o.System.Apply(ctx, in(h), of, act)
}

func (o one) References(ctx context.Context, h inventory.Holding, of systems.Selection, _ []systems.Planned) (*systems.References, error) {
	return o.System.References(ctx, in(h), of, nil)
}

func (o one) Walk(ctx context.Context, h inventory.Holding, from string, page func([]systems.Row, string) error) error {
	return o.System.Walk(ctx, in(h), from, page)
}

// TestRestoreDrill puts back a copy that the database itself made.
func TestRestoreDrill(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			restoretest.Run(t, func(t *testing.T, declared *inventory.System, rows []systems.Row) restoretest.Site {
				copied := *declared
				s := fresh(t, kind, &copied)
				s.Page = 7
				fill(t, s, &copied, rows)
				return restoretest.Site{
					System: one{s},
					Rows:   func(t *testing.T) []systems.Row { return everything(t, s, &copied) },
					Copy: func(t *testing.T) func(*testing.T) {
						do(t, s, "CREATE TABLE kept AS SELECT * FROM everything")
						return func(t *testing.T) { do(t, s, "DELETE FROM everything", "INSERT INTO everything SELECT * FROM kept") }
					},
				}
			})
		})
	}
}

// TestContract runs the suite of every connector against real servers.
func TestContract(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			systemstest.RunTables(t, func(t *testing.T, declared *inventory.System, rows []systems.Row, _ map[string][]byte) systemstest.Fixture {
				copied := *declared
				s := fresh(t, kind, &copied)
				s.Page = 7
				fill(t, s, &copied, rows)
				return systemstest.Fixture{System: one{s}, Without: cannot[kind], Rows: func(t *testing.T) []systems.Row { return everything(t, s, &copied) }}
			})
		})
	}
}

// fill makes one table with every column of the system and puts rows in it.
func fill(t *testing.T, s *database.System, declared *inventory.System, rows []systems.Row) {
	t.Helper()
	words := types[declared.Kind]
	columns := map[string]string{inventory.Bookkeeping: words["json"]}
	for _, h := range declared.Holdings {
		for _, c := range h.Columns {
			columns[c.Name] = cmp.Or(columns[c.Name], words["text"])
		}
		for _, k := range h.Keys {
			columns[k.Column] = words["key"]
		}
		for _, name := range h.Primary {
			columns[name] = words["key"]
		}
	}
	for _, row := range rows {
		for name, v := range row {
			switch v := v.(type) {
			case bool:
				columns[name] = words["truth"]
			case json.Number:
				columns[name] = words["number"]
				if declared.Kind == "mysql" { // which prints as many decimals as the type has
					_, decimals, _ := strings.Cut(v.String(), ".")
					columns[name] = fmt.Sprintf("decimal(65,%d)", len(decimals))
				}
			case []any, map[string]any:
				columns[name] = words["json"]
			}
		}
	}
	q := func(name string) string {
		if declared.Kind == "mysql" {
			return "`" + name + "`"
		}
		return `"` + name + `"`
	}
	var defs []string
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		defs = append(defs, q(name)+" "+columns[name])
	}
	var key []string
	for _, name := range declared.Holdings[0].Primary {
		key = append(key, q(name))
	}
	do(t, s, fmt.Sprintf("CREATE TABLE everything (%s, PRIMARY KEY (%s))", strings.Join(defs, ", "), strings.Join(key, ", ")))
	for _, row := range rows {
		var names, marks []string
		var args []any
		for _, name := range slices.Sorted(maps.Keys(row)) {
			v := row[name]
			switch x := v.(type) {
			case json.Number:
				v = x.String()
			case []any, map[string]any:
				b, err := json.Marshal(x)
				if err != nil {
					t.Fatal(err)
				}
				v = string(b)
			}
			names, args = append(names, q(name)), append(args, v)
			mark := "?"
			if declared.Kind == "postgres" {
				mark = fmt.Sprintf("$%d", len(args))
			}
			marks = append(marks, mark)
		}
		if _, err := s.DB.Exec(fmt.Sprintf("INSERT INTO everything (%s) VALUES (%s)", strings.Join(names, ", "), strings.Join(marks, ", ")), args...); err != nil {
			t.Fatal(err)
		}
	}
}

// everything reads the whole table, each column as the connector reads it,
// empty ones left out.
func everything(t *testing.T, s *database.System, declared *inventory.System) []systems.Row {
	t.Helper()
	h := in(declared.Holdings[0])
	h.Columns = slices.Clone(h.Columns)
	for _, other := range declared.Holdings[1:] {
		for _, c := range other.Columns {
			if h.Column(c.Name) == nil {
				h.Columns = append(h.Columns, c)
			}
		}
	}
	all, err := s.All(context.Background(), h)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
