package database_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/database"
	"github.com/allclaims/rightsdesk/shared/systems/systemstest"
)

// shop is a database as a stranger has it: keys that are numbers, names with
// capitals and blanks, types of every kind, and rows that refer to each other.
var shop = map[string][]string{
	"postgres": {
		`CREATE TYPE mood AS ENUM ('good', 'bad')`,
		`CREATE TABLE "Customers" ("CustomerID" integer PRIMARY KEY, "Name" varchar(40) NOT NULL, "Email" text, "Born" date, "Since" timestamptz, "Seen" timestamp,
			"Balance" numeric(30,10), "Score" double precision, "Active" boolean, "Mood" mood, "Photo" bytea, "Extra" jsonb, "Token" uuid, "Secret" text, rightsdesk jsonb)`,
		`CREATE INDEX by_mail ON "Customers" (lower("Email"))`,
		`CREATE TABLE invoices (number bigint PRIMARY KEY, "CustomerID" integer NOT NULL REFERENCES "Customers", total numeric(12,2))`,
		`CREATE INDEX by_customer ON invoices ("CustomerID", number)`,
		`CREATE TABLE "Order Details" ("OrderID" bigint NOT NULL REFERENCES invoices, "Line" smallint NOT NULL, "What" text, PRIMARY KEY ("OrderID", "Line"))`,
		`CREATE SCHEMA pay`,
		`CREATE TABLE pay.payments (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, invoice bigint REFERENCES invoices, amount numeric(12,2), rightsdesk text)`,
		`INSERT INTO "Customers" VALUES
			(1, 'Anna', 'Anna@Test.example', '1984-05-17', '2026-01-02 03:04:05.25+02', '2026-01-02 03:04:05', 12345678901234567890.0123456789, 0.1, true, 'good', '\x00ff', '{"a": [1.50, null]}', '0b0e6a5e-1f0c-4c2e-9c55-0a6f1d2e3f40', 'x'),
			(2, 'Bram', 'bram@test.example', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
			(12, 'Cas', 'cas@test.example', 'infinity', 'infinity', NULL, 'NaN', 'NaN', false, 'bad', '', 'null', NULL, '')`,
	},
	"mysql": {
		"CREATE TABLE `Customers` (`CustomerID` int PRIMARY KEY, `Name` varchar(40) NOT NULL, `Email` varchar(80), `Born` date, `Since` timestamp(2) NULL, `Seen` datetime," +
			"`Balance` decimal(30,10), `Score` double, `Active` bit(1), `Mood` enum('good', 'bad'), `Photo` blob, `Extra` longtext, `Token` varchar(36), `Secret` text, rightsdesk longtext, KEY by_mail (`Email`))",
		"CREATE TABLE invoices (number bigint PRIMARY KEY, `CustomerID` int NOT NULL, total decimal(12,2), CONSTRAINT of FOREIGN KEY (`CustomerID`) REFERENCES `Customers` (`CustomerID`))",
		"CREATE TABLE `Order Details` (`OrderID` bigint NOT NULL, `Line` smallint NOT NULL, `What` text, PRIMARY KEY (`OrderID`, `Line`), CONSTRAINT line FOREIGN KEY (`OrderID`) REFERENCES invoices (number))",
		"CREATE TABLE payments (id bigint AUTO_INCREMENT PRIMARY KEY, invoice bigint, amount decimal(12,2), rightsdesk longtext, CONSTRAINT pays FOREIGN KEY (invoice) REFERENCES invoices (number))",
		"INSERT INTO `Customers` VALUES" +
			"(1, 'Anna', 'Anna@Test.example', '1984-05-17', '2026-01-02 01:04:05.25', '2026-01-02 03:04:05', 12345678901234567890.0123456789, 0.1, 1, 'good', x'00ff', '{\"a\": [1.50, null]}', '0b0e6a5e-1f0c-4c2e-9c55-0a6f1d2e3f40', 'x', NULL)," +
			"(2, 'Bram', 'bram@test.example', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)," +
			"(12, 'Cas', 'cas@test.example', NULL, NULL, NULL, NULL, NULL, 0, 'bad', '', NULL, NULL, '', NULL)",
	},
	"sqlite": {
		`CREATE TABLE "Customers" ("CustomerID" integer PRIMARY KEY, "Name" varchar(40) NOT NULL, "Email" text, "Born" date, "Since" datetime, "Seen" timestamp,
			"Balance" text, "Score" double, "Active" boolean, "Mood" text, "Photo" blob, "Extra" json, "Token" text, "Secret" text, rightsdesk text)`,
		`CREATE INDEX by_mail ON "Customers" (lower("Email"))`,
		`CREATE TABLE invoices (number integer PRIMARY KEY, "CustomerID" integer NOT NULL REFERENCES "Customers", total numeric)`,
		`CREATE INDEX by_customer ON invoices ("CustomerID")`,
		`CREATE TABLE "Order Details" ("OrderID" integer NOT NULL REFERENCES invoices, "Line" integer NOT NULL, "What" text, PRIMARY KEY ("OrderID", "Line"))`,
		`CREATE TABLE payments (id integer PRIMARY KEY, invoice integer REFERENCES invoices, amount numeric, rightsdesk text)`,
		`INSERT INTO "Customers" VALUES
			(1, 'Anna', 'Anna@Test.example', '1984-05-17', '2026-01-02 01:04:05.25', '2026-01-02 03:04:05', '12345678901234567890.0123456789', 0.1, 1, 'good', x'00ff', '{"a": [1.50, null]}', '0b0e6a5e-1f0c-4c2e-9c55-0a6f1d2e3f40', 'x', NULL),
			(2, 'Bram', 'bram@test.example', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
			(12, 'Cas', 'cas@test.example', NULL, NULL, NULL, NULL, NULL, 0, 'bad', '', NULL, NULL, '', NULL)`,
	},
}

// counter is how each database counts from 1 to its argument.
var counter = map[string]string{
	"postgres": "SELECT n FROM generate_series(1, %d) AS s(n)",
	"mysql":    "SELECT seq AS n FROM seq_1_to_%d",
	"sqlite":   "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < %d) SELECT n FROM s",
}

func columns(names ...string) (all []inventory.Column) {
	for _, n := range names {
		all = append(all, inventory.Column{Name: n, Disclose: inventory.DiscloseYes})
	}
	return all
}

// shopping is the inventory of the shop: e-mail leads to customer, customer to
// invoice, invoice to its lines and payments, all inside the database.
func shopping(kind string) *inventory.System {
	payments := "payments"
	if kind == "postgres" {
		payments = "pay.payments"
	}
	return &inventory.System{ID: "shop", Kind: kind, Holdings: []inventory.Holding{
		{ID: "customers", Table: "Customers", Primary: []string{"CustomerID"}, Person: "CustomerID",
			Keys:   map[string]inventory.Key{"customer": {Column: "CustomerID"}, "email": {Column: "Email", Fold: true}, "token": {Column: "Token"}, "mood": {Column: "Mood"}, "born": {Column: "Born"}},
			Yields: map[string]inventory.Yield{"customer": {Column: "CustomerID", Within: true}},
			Columns: slices.Concat(columns("CustomerID", "Born", "Since", "Seen", "Balance", "Score", "Active", "Mood", "Photo", "Extra", "Token"),
				[]inventory.Column{{Name: "Name", Anonymise: true, As: inventory.Constant, Constant: "weg"}, {Name: "Email", Anonymise: true}})},
		{ID: "invoices", Table: "invoices", Primary: []string{"number"}, Unmarked: true, References: []string{"customers"},
			Keys:    map[string]inventory.Key{"customer": {Column: "CustomerID"}},
			Yields:  map[string]inventory.Yield{"invoice": {Column: "number", Within: true}},
			Columns: columns("number", "CustomerID", "total")},
		{ID: "lines", Table: "Order Details", Primary: []string{"OrderID", "Line"}, Unmarked: true, References: []string{"invoices"},
			Keys: map[string]inventory.Key{"invoice": {Column: "OrderID"}}, Columns: columns("OrderID", "Line", "What")},
		{ID: "payments", Table: payments, Primary: []string{"id"}, References: []string{"invoices"},
			Keys: map[string]inventory.Key{"invoice": {Column: "invoice"}}, Columns: columns("id", "invoice", "amount")},
	}}
}

// stocked is a shop with n invoices of customer 1, each with two lines and a
// payment, and one of customer 12.
func stocked(t testing.TB, s *database.System, kind string, n int) {
	t.Helper()
	do(t, s, shop[kind]...)
	q := func(text string) string {
		if kind == "mysql" {
			return strings.ReplaceAll(text, `"`, "`")
		}
		if kind == "sqlite" {
			return text
		}
		return strings.ReplaceAll(text, " payments", " pay.payments")
	}
	count := fmt.Sprintf(counter[kind], n)
	do(t, s,
		q(`INSERT INTO invoices (number, "CustomerID", total) SELECT n, 1, 10.50 FROM (`+count+`) AS c`),
		q(`INSERT INTO "Order Details" ("OrderID", "Line", "What") SELECT n, 1, 'one' FROM (`+count+`) AS c`),
		q(`INSERT INTO "Order Details" ("OrderID", "Line", "What") SELECT n, 2, 'two' FROM (`+count+`) AS c`),
		q(`INSERT INTO payments (invoice, amount) SELECT n, 10.50 FROM (`+count+`) AS c`),
		q(fmt.Sprintf(`INSERT INTO invoices (number, "CustomerID", total) VALUES (%d, 12, 1)`, n+1)),
		q(fmt.Sprintf(`INSERT INTO "Order Details" ("OrderID", "Line", "What") VALUES (%d, 1, 'other')`, n+1)),
		q(fmt.Sprintf(`INSERT INTO payments (invoice, amount) VALUES (%d, 1)`, n+1)))
}

func holding(s *inventory.System, id string) inventory.Holding {
	i := slices.IndexFunc(s.Holdings, func(h inventory.Holding) bool { return h.ID == id })
	return s.Holdings[i]
}

// each runs a test against every kind of database, with a shop in it.
func each(t *testing.T, invoices int, test func(t *testing.T, s *database.System)) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			s := fresh(t, kind, shopping(kind))
			s.Page = 7
			stocked(t, s, kind, invoices)
			test(t, s)
		})
	}
}

func collect(t *testing.T, s *database.System, id string, keys systems.Keys) (rows []systems.Row) {
	t.Helper()
	err := s.Collect(context.Background(), holding(s.Declared, id), systems.Of(keys, ""), func(r systems.Row) error {
		rows = append(rows, maps.Clone(r))
		return nil
	})
	if err != nil {
		t.Fatalf("collect %s: %v", id, err)
	}
	systemstest.SameCopy(t, s, holding(s.Declared, id), systems.Of(keys, ""))
	return rows
}

// Every value comes as the system holds it, and a column that nobody declared
// says only that it is there (A42).
func TestValues(t *testing.T) {
	each(t, 1, func(t *testing.T, s *database.System) {
		want := systems.Row{
			"CustomerID": json.Number("1"), "Name": "Anna", "Email": "Anna@Test.example", "Born": "1984-05-17",
			"Since": "2026-01-02T01:04:05.25Z", "Seen": "2026-01-02T03:04:05", "Balance": json.Number("12345678901234567890.0123456789"),
			"Score": json.Number("0.1"), "Active": true, "Mood": "good", "Photo": "AP8=",
			"Extra": map[string]any{"a": []any{json.Number("1.50"), nil}}, "Token": "0b0e6a5e-1f0c-4c2e-9c55-0a6f1d2e3f40", "Secret": true,
		}
		none := systems.Row{"CustomerID": json.Number("2"), "Name": "Bram", "Email": "bram@test.example"}
		odd := systems.Row{"CustomerID": json.Number("12"), "Name": "Cas", "Email": "cas@test.example", "Active": false, "Mood": "bad", "Photo": "", "Secret": true}
		switch s.Declared.Kind {
		case "postgres":
			maps.Copy(odd, systems.Row{"Born": "infinity", "Since": "infinity", "Balance": "NaN", "Score": "NaN"})
		case "mysql":
			want["Extra"] = `{"a": [1.50, null]}` // text, in MariaDB
		case "sqlite": // no dates, and no number of thirty digits: text as it stands there
			want["Since"], want["Seen"], want["Balance"] = "2026-01-02 01:04:05.25", "2026-01-02 03:04:05", "12345678901234567890.0123456789"
		}
		got := collect(t, s, "customers", systems.Keys{"customer": {"1", "2", "12"}})
		if d := cmp.Diff([]systems.Row{want, none, odd}, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
}

// A number of 32 bits has the digits that it was written with, in a copy too.
func TestSingle(t *testing.T) {
	h := inventory.Holding{ID: "t", Primary: []string{"id"}, Unmarked: true, Keys: map[string]inventory.Key{"id": {Column: "id"}}, Columns: columns("id", "price")}
	for kind, typ := range map[string]string{"postgres": "real", "mysql": "float", "sqlite": "real"} {
		s := fresh(t, kind, &inventory.System{ID: "s", Holdings: []inventory.Holding{h}})
		do(t, s, "CREATE TABLE t (id integer PRIMARY KEY, price "+typ+")", "INSERT INTO t VALUES (1, 29.46)")
		if got := collect(t, s, "t", systems.Keys{"id": {"1"}})[0]["price"]; got != json.Number("29.46") {
			t.Errorf("%s: %v", kind, got)
		}
		err := s.Copy(context.Background(), h, systems.Of(systems.Keys{"id": {"1"}}, ""), func(r systems.Record) error {
			if string(r.Values[1]) != "29.46" {
				t.Errorf("%s: a copy has %s", kind, r.Values[1])
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// What a copy reads from the wire is what database/sql would give, for every
// type, at its ends and beyond what Go or JSON has.
func TestWire(t *testing.T) {
	types := []struct{ typ, values string }{
		{"boolean", "true, false"}, {"smallint", "-32768, 0, 32767"}, {"integer", "-2147483648, 2147483647"}, {"bigint", "-9223372036854775808, 9223372036854775807"},
		{"numeric", "0, -0.5, 1e-30, 12345678901234567890.0123456789, 'NaN', 'Infinity', '-Infinity'"}, {"numeric(12,2)", "-1, 0.10, 1000000.005"},
		{"real", "0, 29.46, -1e-30, 'NaN', 'Infinity'"}, {"double precision", "0, 0.1, 1e300, '-Infinity'"}, {"money", "'12.50'"}, {"oid", "0, 4294967295"},
		{"text", `'', ' ', 'a"b\c', E'\t\n\x01', '<&>', E'\u2028\u2029', 'é😀', 'null', '""'`}, {"varchar(5)", "'', 'abc'"}, {"char(5)", "'', 'abc'"}, {"name", "'n'"}, {`"char"`, "'c'"},
		{"date", "'4713-01-01 BC', '0001-01-01', '1600-02-29', '1999-12-31', '2000-01-01', '9999-12-31', '20000-01-01', 'infinity', '-infinity'"},
		{"timestamp", "'4713-01-01 BC', '1969-12-31 23:59:59.999999', '1999-12-31 23:59:59.5', '2000-01-01', '2026-10-25 02:30:00.000001', '20000-01-01', 'infinity', '-infinity'"},
		{"timestamptz", "'4713-01-02 BC', '1969-12-31 23:59:59.999999+00', '1999-12-31 23:59:59.5+00', '2026-10-25 02:30:00+02', '20000-01-01', 'infinity', '-infinity'"},
		{"time", "'08:00', '23:59:59.999999'"}, {"timetz", "'08:00+02'"}, {"interval", "'1 year 2 months 3 days 04:05:06.7', '-1 day'"}, {"uuid", "'0b0e6a5e-1f0c-4c2e-9c55-0a6f1d2e3f40'"},
		{"inet", "'10.0.0.1', '10.0.0.0/8'"}, {"cidr", "'10.0.0.0/8'"}, {"macaddr", "'08:00:2b:01:02:03'"}, {"bit(3)", "B'101'"}, {"varbit", "B'1'"}, {"xml", "'<a>é</a>'"},
		{"bytea", `'', '\x00ff'`}, {"json", `'null', '""', '{"a": [1.50, null]}'`}, {"jsonb", `'null', '[1.50]', '"é"'`}, {"point", "'(1,2)'"}, {"int4range", "'[1,5)'"}, {"mood", "'good', 'bad'"},
		{"integer[]", "'{1,NULL}', '{}'"}, {"text[]", `'{"a,b",NULL}'`}, {"timestamptz[]", "'{\"2026-01-02 03:04:05.5+01\"}'"},
	}
	h := inventory.Holding{ID: "t", Primary: []string{"id"}, Unmarked: true, Keys: map[string]inventory.Key{"id": {Column: "who"}}, Columns: columns("id", "who")}
	create := "CREATE TABLE t (id serial PRIMARY KEY, who text, unnamed date"
	var fill []string
	for i, of := range types {
		name := fmt.Sprintf("c%d", i)
		h.Columns = append(h.Columns, columns(name)...)
		create += ", " + name + " " + of.typ
		fill = append(fill, fmt.Sprintf("INSERT INTO t (who, unnamed, %s) SELECT 'a', '2026-01-01', v FROM (SELECT unnest(ARRAY[%s]::%s[]) AS v) AS x", name, of.values, of.typ))
		if strings.HasSuffix(of.typ, "[]") {
			fill[i] = fmt.Sprintf("INSERT INTO t (who, %s) VALUES ('a', %s)", name, strings.ReplaceAll(of.values, "', '", "'), ('a', '"))
		}
	}
	s := fresh(t, "postgres", &inventory.System{ID: "s", Holdings: []inventory.Holding{h}})
	do(t, s, append([]string{`CREATE TYPE mood AS ENUM ('good', 'bad')`, create + ")"}, fill...)...)
	if rows := collect(t, s, "t", systems.Keys{"id": {"a"}}); len(rows) < 2*len(types) {
		t.Errorf("only %d rows", len(rows))
	}
}

// A copy that stops after every row goes on where it stopped, whatever the key
// is made of: none is missed and none comes twice.
func TestWireInTurns(t *testing.T) {
	for typ, keys := range map[string][]string{
		"bigint": {"-9223372036854775808", "0", "9223372036854775807"}, "numeric": {"-0.5", "12345678901234567890.0123456789", "'NaN'"}, "boolean": {"false", "true"},
		"text": {"''", "' '", "'a\"b\\c'", "'é😀'"}, "char(5)": {"'a'", "'abc'"}, "uuid": {"'0b0e6a5e-1f0c-4c2e-9c55-0a6f1d2e3f40'", "'1b0e6a5e-1f0c-4c2e-9c55-0a6f1d2e3f40'"},
		"date": {"'-infinity'", "'0001-01-01'", "'1600-02-29'", "'2026-01-01'", "'infinity'"}, "timestamp": {"'1969-12-31 23:59:59.999999'", "'2026-10-25 02:30:00.000001'"},
		"timestamptz": {"'1969-12-31 23:59:59.999999+00'", "'2026-10-25 02:30:00.000001+02'", "'2026-10-25 02:30:00.000002+02'"}, "bytea": {"'\\x'", "'\\x00ff'"}, "double precision": {"0.1", "1e300"},
	} {
		h := inventory.Holding{ID: "t", Primary: []string{"part", "id"}, Unmarked: true, Keys: map[string]inventory.Key{"id": {Column: "who"}}, Columns: columns("id", "part", "who")}
		s := fresh(t, "postgres", &inventory.System{ID: "s", Holdings: []inventory.Holding{h}})
		s.Page = 1
		do(t, s, "CREATE TABLE t (id "+typ+", part integer, who text, PRIMARY KEY (part, id))")
		for i, k := range keys {
			do(t, s, fmt.Sprintf("INSERT INTO t VALUES (%s, %d, 'a'), (%s, %d, 'a')", k, i, k, i+1))
		}
		of := systems.Of(systems.Keys{"id": {"a"}}, "")
		of.Enough = func() bool { return true }
		rows, turns := 0, 1
		for cut := (*systems.Cut)(nil); ; turns++ {
			err := systems.Copy(t.Context(), s, h, of, func(systems.Record) error { rows++; return nil })
			if !errors.As(err, &cut) {
				if err != nil {
					t.Errorf("%s: %v", typ, err)
				}
				break
			}
			of.From = cut.Next
		}
		if rows != 2*len(keys) || turns != rows {
			t.Errorf("%s: %d rows in %d turns, want %d in as many", typ, rows, turns, 2*len(keys))
		}
	}
}

// A list is a list, whatever it is of, and what stays of it is one again.
func TestLists(t *testing.T) {
	h := inventory.Holding{ID: "t", Primary: []string{"id"}, Unmarked: true, Keys: map[string]inventory.Key{"id": {Column: "id"}}, Columns: columns("id", "grid", "stamps", "moods", "yes", "blobs", "docs", "from0")}
	for _, c := range []inventory.Column{{Name: "tags", As: inventory.Constant, Constant: "{}"}, {Name: "words", As: inventory.Constant, Constant: `["gone", "a \\ \"b\""]`}} {
		c.Anonymise = true
		h.Columns = append(h.Columns, c)
	}
	s := fresh(t, "postgres", &inventory.System{ID: "s", Holdings: []inventory.Holding{h}})
	do(t, s, `CREATE TYPE mood AS ENUM ('good', 'bad')`,
		`CREATE TABLE t (id integer PRIMARY KEY, tags text[] NOT NULL, words text[], grid numeric(6,2)[], stamps timestamptz[], moods mood[], yes boolean[], blobs bytea[], docs jsonb[], from0 date[])`,
		`INSERT INTO t VALUES (1, ARRAY['tennis', 'y, o"ga\ {x}', NULL, 'NULL', '', 'é'], '{a}', '{{1.50,2},{3,NULL}}', '{"2026-01-02 03:04:05.5+01",infinity}', '{good,bad}', '{t,f}', ARRAY['\x00ff'::bytea], ARRAY['{"a": [1.50, "x"]}'::jsonb], '[0:1]={2026-01-02,2026-01-03}')`)
	n := func(v string) json.Number { return json.Number(v) }
	want := systems.Row{"id": n("1"), "words": []any{"a"}, "tags": []any{"tennis", `y, o"ga\ {x}`, nil, "NULL", "", "é"}, "grid": []any{[]any{n("1.50"), n("2.00")}, []any{n("3.00"), nil}},
		"stamps": []any{"2026-01-02T02:04:05.5Z", "infinity"}, "moods": []any{"good", "bad"}, "yes": []any{true, false}, "blobs": []any{"AP8="},
		"docs": []any{map[string]any{"a": []any{n("1.50"), "x"}}}, "from0": []any{"2026-01-02", "2026-01-03"}}
	of := systems.Keys{"id": {"1"}}
	if d := cmp.Diff([]systems.Row{want}, collect(t, s, "t", of)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	act := systems.Act{Action: systems.Anonymise, Request: "r", Leg: "l"}
	if _, err := s.Apply(context.Background(), h, systems.Of(of, ""), act); err != nil {
		t.Fatal(err)
	}
	want["tags"], want["words"] = []any{}, []any{"gone", `a \ "b"`}
	got := collect(t, s, "t", of)
	if d := cmp.Diff([]systems.Row{want}, got); d != "" {
		t.Errorf("what is left (-want +got):\n%s", d)
	}
	if !act.Of(h, got[0]).None() {
		t.Error("a repeat would write again")
	}
}

// A key finds what is written just so, and one that cannot stand in the column
// finds nothing, without an error.
func TestFindNeverGuesses(t *testing.T) {
	each(t, 1, func(t *testing.T, s *database.System) {
		for _, tc := range []struct {
			kind, value string
			want        int
		}{
			{"customer", "1", 1}, {"customer", "01", 0}, {"customer", "1.0", 0}, {"customer", "K-1", 0}, {"customer", "1e0", 0}, {"customer", "0", 0},
			{"customer", "99999999999", 0}, {"customer", "999999999999999999999999", 0}, {"customer", "1 OR 1=1", 0}, {"customer", "'", 0},
			{"email", "ANNA@test.example", 1}, {"email", "ánna@test.example", 0}, {"email", "anna_test.example", 0}, {"email", "%", 0}, {"email", `\`, 0},
			{"token", "0b0e6a5e-1f0c-4c2e-9c55-0a6f1d2e3f40", 1}, {"token", "nonsense", 0},
			{"mood", "good", 1}, {"mood", "GOOD", 0}, {"mood", "nonsense", 0}, {"born", "1984-05-17", 1}, {"born", "17 mei", 0},
		} {
			rows, err := s.Find(context.Background(), holding(s.Declared, "customers"), tc.kind, tc.value)
			if err != nil || len(rows) != tc.want {
				t.Errorf("find by %s %q: %d rows, %v; want %d", tc.kind, tc.value, len(rows), err, tc.want)
			}
		}
		// One that cannot stand there does not spoil the others.
		if got := collect(t, s, "invoices", systems.Keys{"customer": {"K-1", "12"}}); len(got) != 1 {
			t.Errorf("collected %d invoices, want 1", len(got))
		}
	})
}

// A person is followed through the tables of one database, whatever the
// number, and in an erasure the rows that refer to others go first.
func TestWithin(t *testing.T) {
	each(t, 20, func(t *testing.T, s *database.System) {
		mail := systems.Keys{"email": {"anna@test.example"}}
		for id, want := range map[string]int{"customers": 1, "invoices": 20, "lines": 40, "payments": 20} {
			if got := len(collect(t, s, id, mail)); got != want {
				t.Errorf("%s by e-mail: %d rows, want %d", id, got, want)
			}
		}
		// A15: what tells people apart goes first, on the way too.
		if got := len(collect(t, s, "lines", systems.Keys{"email": {"anna@test.example"}, "customer": {"12"}})); got != 1 {
			t.Errorf("lines of customer 12: %d, want 1", got)
		}
		if got := len(collect(t, s, "lines", systems.Keys{"phone": {"+31600000001"}})); got != 0 {
			t.Errorf("lines of nobody: %d", got)
		}
		erase := func(id string) (int, error) {
			return s.Apply(context.Background(), holding(s.Declared, id), systems.Of(mail, ""), systems.Act{Action: systems.Erase})
		}
		bare := holding(s.Declared, "customers") // of which nothing would be made anonymous
		bare.Columns = columns("CustomerID", "Name", "Email")
		n, err := s.Apply(context.Background(), bare, systems.Of(mail, ""), systems.Act{Action: systems.Erase})
		if !errors.Is(err, systems.ErrReferenced) || n != 0 {
			t.Errorf("erase a customer with invoices: %d, %v", n, err)
		}
		if strings.Contains(fmt.Sprint(err), "nna") {
			t.Errorf("the error tells who: %v", err)
		}
		for _, tc := range []struct {
			id   string
			want int
		}{{"payments", 20}, {"lines", 40}, {"invoices", 20}, {"customers", 1}} {
			if n, err := erase(tc.id); err != nil || n != tc.want {
				t.Errorf("erase %s: %d, %v; want %d", tc.id, n, err, tc.want)
			}
		}
		if got := len(collect(t, s, "lines", systems.Keys{"customer": {"12"}})); got != 1 {
			t.Errorf("another's lines left: %d, want 1", got)
		}
	})
}

// Typed columns take what an act writes, and one that cannot be empty is a
// fault of the inventory.
func TestActs(t *testing.T) {
	each(t, 20, func(t *testing.T, s *database.System) {
		ctx, h, of := context.Background(), holding(s.Declared, "customers"), systems.Of(systems.Keys{"customer": {"1"}}, "")
		act := func(a systems.Act) (int, error) {
			a.Request, a.Leg, a.On = "r", "l", "2026-11-21"
			return s.Apply(ctx, h, of, a)
		}
		for i := range h.Columns {
			h.Columns[i].Anonymise = h.Columns[i].Anonymise || slices.Contains([]string{"Born", "Since", "Balance", "Active", "Photo", "Token"}, h.Columns[i].Name)
			if h.Columns[i].Name == "Born" {
				h.Columns[i].As = inventory.Year
			}
		}
		for range 2 { // the same again changes nothing
			if n, err := act(systems.Act{Action: systems.Restrict, Ground: "a"}); n != 1 || err != nil {
				t.Errorf("restrict: %d, %v", n, err)
			}
			if n, err := act(systems.Act{Action: systems.Keep, Until: "2031-12-31"}); n != 1 || err != nil {
				t.Errorf("keep: %d, %v", n, err)
			}
		}
		got := collect(t, s, "customers", of.Keys)[0]
		mark, _ := got[inventory.Bookkeeping].(map[string]any)
		if got.Text("Born") != "1984-01-01" || got.Text("Name") != "weg" || got["Balance"] != nil || got["Active"] != nil || got["Email"] != nil || mark["until"] != "2031-12-31" {
			t.Errorf("kept %v", got)
		}
		if until, ok := systems.Restricted(got); !ok || until != systems.Endless {
			t.Errorf("restricted until %q", until)
		}
		if n, err := act(systems.Act{Action: systems.Correct, Column: "Score", Old: "0.1", New: "0.25"}); n != 1 || err != nil || collect(t, s, "customers", of.Keys)[0]["Score"] != json.Number("0.25") {
			t.Errorf("correct a number: %d, %v", n, err)
		}
		h.Columns[slices.IndexFunc(h.Columns, func(c inventory.Column) bool { return c.Name == "Name" })].As = ""
		if _, err := act(systems.Act{Action: systems.Anonymise}); !errors.Is(err, systems.ErrSchema) || strings.Contains(err.Error(), "weg") {
			t.Errorf("empty a column that cannot be: %v", err)
		}
		// A composite key, in pages.
		l := holding(s.Declared, "lines")
		l.Columns[2].Anonymise, l.Columns[2].As = true, inventory.Keyed
		of.Enough = func() bool { return true }
		n, turns := 0, 0
		for {
			m, err := s.Apply(ctx, l, of, systems.Act{Action: systems.Anonymise, Secret: []byte("s")})
			n += m
			cut := (*systems.Cut)(nil)
			if !errors.As(err, &cut) {
				if err != nil {
					t.Fatal(err)
				}
				break
			}
			of.From = cut.Next
			turns++
		}
		if n != 40 || turns == 0 {
			t.Errorf("%d lines in %d turns", n, turns)
		}
		for _, r := range collect(t, s, "lines", systems.Keys{"customer": {"1"}}) {
			if !strings.HasPrefix(r.Text("What"), "h~") {
				t.Fatalf("left %v", r)
			}
		}
	})
}

// F18: what is declared and gone is never read as if it were empty.
func TestSchemaChanged(t *testing.T) {
	each(t, 1, func(t *testing.T, s *database.System) {
		ctx, of := context.Background(), systems.Of(systems.Keys{"customer": {"1"}}, "")
		gone, table, unmarked := holding(s.Declared, "invoices"), holding(s.Declared, "invoices"), holding(s.Declared, "invoices")
		gone.Columns = append(columns("discount"), gone.Columns...)
		table.Table = "bills"
		unmarked.Unmarked = false
		for _, h := range []inventory.Holding{gone, table} {
			if err := s.Collect(ctx, h, of, func(systems.Row) error { return nil }); !errors.Is(err, systems.ErrSchema) {
				t.Errorf("collect: %v", err)
			}
			if _, err := s.Find(ctx, h, "customer", "1"); !errors.Is(err, systems.ErrSchema) {
				t.Errorf("find: %v", err)
			}
			if _, err := s.Apply(ctx, h, of, systems.Act{Action: systems.Erase}); !errors.Is(err, systems.ErrSchema) {
				t.Errorf("erase: %v", err)
			}
		}
		if _, err := s.Apply(ctx, unmarked, of, systems.Act{Action: systems.Restrict, Ground: "a"}); !errors.Is(err, systems.ErrSchema) {
			t.Errorf("mark where no column of the desk is: %v", err)
		}
		// A column that came meanwhile is told of, on the same connection.
		do(t, s, "ALTER TABLE invoices ADD COLUMN remark varchar(20) DEFAULT 'geheim'")
		if got := collect(t, s, "invoices", of.Keys); len(got) != 1 || got[0]["remark"] != true {
			t.Errorf("a new column: %v", got)
		}
	})
}

// A copy shows one moment: what others write meanwhile is not half in it.
func TestOneSnapshot(t *testing.T) {
	each(t, 20, func(t *testing.T, s *database.System) {
		if s.Declared.Kind == "sqlite" {
			do(t, s, "PRAGMA journal_mode = WAL") // a writer waits for its readers otherwise
		}
		n := 0
		err := s.Collect(context.Background(), holding(s.Declared, "invoices"), systems.Of(systems.Keys{"customer": {"1"}}, ""), func(systems.Row) error {
			if n++; n == 1 {
				set := "UPDATE invoices SET total = 0"
				if s.Declared.Kind != "mysql" {
					do(t, s, "DELETE FROM "+map[string]string{"postgres": "pay.payments", "sqlite": "payments"}[s.Declared.Kind], `DELETE FROM "Order Details"`, "DELETE FROM invoices WHERE number > 3")
				} else {
					do(t, s, "DELETE FROM payments", "DELETE FROM `Order Details`", "DELETE FROM invoices WHERE number > 3")
				}
				do(t, s, set)
			}
			return nil
		})
		if err != nil || n != 20 {
			t.Errorf("%d rows, %v; want the 20 of the beginning", n, err)
		}
	})
}

func TestTimeout(t *testing.T) {
	each(t, 1, func(t *testing.T, s *database.System) {
		ctx, cancel := context.WithCancel(context.Background())
		err := s.Collect(ctx, holding(s.Declared, "invoices"), systems.Of(systems.Keys{"customer": {"1"}}, ""), func(systems.Row) error {
			cancel()
			return ctx.Err()
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		s.Timeout = time.Nanosecond
		err = s.Collect(context.Background(), holding(s.Declared, "invoices"), systems.Of(systems.Keys{"customer": {"1"}}, ""), func(systems.Row) error { return nil })
		if err == nil || errors.Is(err, context.Canceled) {
			t.Errorf("a statement of a nanosecond: %v", err)
		}
	})
}

func TestDescribe(t *testing.T) {
	each(t, 1, func(t *testing.T, s *database.System) {
		do(t, s, "CREATE VIEW open_invoices AS SELECT number FROM invoices")
		got, err := s.Describe(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		payments := holding(s.Declared, "payments").Table
		var names []string
		for _, table := range got.Tables {
			names = append(names, table.Name)
		}
		want := []string{"Customers", "Order Details", "invoices", "open_invoices", payments}
		if d := cmp.Diff(want, names); d != "" {
			t.Fatalf("tables (-want +got):\n%s", d)
		}
		lines := got.Table("Order Details")
		if d := cmp.Diff([]string{"OrderID", "Line"}, lines.Primary); d != "" {
			t.Errorf("primary (-want +got):\n%s", d)
		}
		if d := cmp.Diff([]systems.ForeignKey{{Columns: []string{"OrderID"}, Table: "invoices", To: []string{"number"}}}, lines.ForeignKeys); d != "" {
			t.Errorf("foreign keys (-want +got):\n%s", d)
		}
		if f := got.Table("invoices").Column("CustomerID"); f == nil || f.Nullable || !strings.HasPrefix(f.Type, "int") {
			t.Errorf("column %+v", f)
		}
		if f := got.Table(payments).Column("amount"); f == nil || !f.Nullable {
			t.Errorf("column %+v", f)
		}
		if !got.Table("open_invoices").View || got.Table("invoices").View {
			t.Error("a view is not told from a table")
		}
		if len(got.Table("Customers").Indexes) != 1 {
			t.Errorf("indexes %+v", got.Table("Customers").Indexes)
		}
		if s.Declared.Kind == "postgres" && got.Table("Customers").Indexes[0].Columns[0] != `lower("Email")` {
			t.Errorf("index %+v", got.Table("Customers").Indexes)
		}
	})
}
