package dynamodb_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/casework/restoretest"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/store/storetest/emulator"
	"github.com/allclaims/rightsdesk/shared/systems"
	connector "github.com/allclaims/rightsdesk/shared/systems/dynamodb"
	"github.com/allclaims/rightsdesk/shared/systems/systemstest"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestMain(m *testing.M) { os.Exit(emulator.Run(m)) }

var tables atomic.Int64

func connect(t testing.TB) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: "eu-central-1", BaseEndpoint: aws.String(emulator.Endpoint(t)),
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
}

// schema makes a table with the keys and indexes that the inventory names.
func schema(s *inventory.System, name string) *dynamodb.CreateTableInput {
	in := &dynamodb.CreateTableInput{TableName: &name, BillingMode: types.BillingModePayPerRequest}
	define := func(column string) {
		if !slices.ContainsFunc(in.AttributeDefinitions, func(d types.AttributeDefinition) bool { return *d.AttributeName == column }) {
			in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: &column, AttributeType: types.ScalarAttributeTypeS})
		}
	}
	for i, column := range s.Holdings[0].Primary {
		define(column)
		in.KeySchema = append(in.KeySchema, types.KeySchemaElement{AttributeName: aws.String(column), KeyType: []types.KeyType{types.KeyTypeHash, types.KeyTypeRange}[i]})
	}
	for _, h := range s.Holdings {
		for _, k := range h.Keys {
			if k.Index == "" || slices.ContainsFunc(in.GlobalSecondaryIndexes, func(g types.GlobalSecondaryIndex) bool { return *g.IndexName == k.Index }) {
				continue
			}
			define(k.Column)
			in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
				IndexName: aws.String(k.Index), KeySchema: []types.KeySchemaElement{{AttributeName: aws.String(k.Column), KeyType: types.KeyTypeHash}},
				Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
			})
		}
	}
	return in
}

func fill(t testing.TB, db *dynamodb.Client, s *inventory.System, rows []systems.Row) *connector.System {
	t.Helper()
	ctx := context.Background()
	name := fmt.Sprintf("system-%d-%d", os.Getpid(), tables.Add(1))
	// Where the answer to a first try came late, the second finds its table.
	if _, err := db.CreateTable(ctx, schema(s, name)); err != nil && !errors.As(err, new(*types.ResourceInUseException)) {
		t.Fatal(err)
	}
	if err := dynamodb.NewTableExistsWaiter(db).Wait(ctx, &dynamodb.DescribeTableInput{TableName: &name}, time.Minute); err != nil {
		t.Fatal(err)
	}
	for batch := range slices.Chunk(rows, 25) {
		var puts []types.WriteRequest
		for _, row := range batch {
			it, err := connector.Item(row)
			if err != nil {
				t.Fatal(err)
			}
			puts = append(puts, types.WriteRequest{PutRequest: &types.PutRequest{Item: it}})
		}
		if _, err := db.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{name: puts}}); err != nil {
			t.Fatal(err)
		}
	}
	return &connector.System{DB: db, Table: name, Declared: s, PageSize: 7}
}

func TestContract(t *testing.T) {
	db := connect(t)
	systemstest.RunTables(t, func(t *testing.T, s *inventory.System, rows []systems.Row, _ map[string][]byte) systemstest.Fixture {
		sys := fill(t, db, s, rows)
		return systemstest.Fixture{System: sys, Rows: func(t *testing.T) []systems.Row { return everything(t, db, sys) }}
	})
}

// scanning is a table without the indexes that the inventory names.
type scanning struct {
	*connector.System
	asked *atomic.Int64
}

func (s scanning) without(h inventory.Holding) inventory.Holding {
	h.Keys = maps.Clone(h.Keys)
	for kind, k := range h.Keys {
		if k.Index != "" {
			h.Keys[kind] = inventory.Key{Column: k.Column, Scan: true}
			s.asked.Add(1)
		}
	}
	return h
}

func (s scanning) Find(ctx context.Context, h inventory.Holding, kind, value string) ([]systems.Row, error) {
	return s.System.Find(ctx, s.without(h), kind, value)
}

func (s scanning) Collect(ctx context.Context, h inventory.Holding, of systems.Selection, emit func(systems.Row) error) error {
	return s.System.Collect(ctx, s.without(h), of, emit)
}

func (s scanning) Apply(ctx context.Context, h inventory.Holding, of systems.Selection, act systems.Act) (int, error) {
	return s.System.Apply(ctx, s.without(h), of, act)
}

// The same, where no index helps: every search reads the table in segments.
func TestContractByScan(t *testing.T) {
	db := connect(t)
	var asked atomic.Int64
	systemstest.RunTables(t, func(t *testing.T, s *inventory.System, rows []systems.Row, _ map[string][]byte) systemstest.Fixture {
		sys := fill(t, db, s, rows)
		return systemstest.Fixture{System: scanning{sys, &asked}, Rows: func(t *testing.T) []systems.Row { return everything(t, db, sys) }}
	})
	if asked.Load() == 0 {
		t.Error("nothing was scanned")
	}
}

func everything(t *testing.T, db *dynamodb.Client, sys *connector.System) []systems.Row {
	t.Helper()
	var all []systems.Row
	pages := dynamodb.NewScanPaginator(db, &dynamodb.ScanInput{TableName: &sys.Table})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range page.Items {
			row, err := connector.Row(it)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, row)
		}
	}
	return all
}

// TestRestoreDrill restores a table as DynamoDB does: what was in it then
// stands in another one.
func TestRestoreDrill(t *testing.T) {
	db := connect(t)
	restoretest.Run(t, func(t *testing.T, s *inventory.System, rows []systems.Row) restoretest.Site {
		sys := fill(t, db, s, rows)
		return restoretest.Site{
			System: sys,
			Rows:   func(t *testing.T) []systems.Row { return everything(t, db, sys) },
			Copy: func(t *testing.T) func(*testing.T) {
				kept := everything(t, db, sys)
				return func(t *testing.T) { sys.Table = fill(t, db, s, kept).Table }
			},
		}
	})
}

// spy changes what the connector's calls see.
type spy struct {
	connector.API
	update func(*dynamodb.UpdateItemInput)
	del    func(*dynamodb.DeleteItemInput)
	query  error
}

func (s spy) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	if s.query != nil {
		return nil, s.query
	}
	return s.API.Query(ctx, in, o...)
}

func (s spy) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	s.update(in)
	return s.API.UpdateItem(ctx, in, o...)
}

func (s spy) DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, o ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	s.del(in)
	return s.API.DeleteItem(ctx, in, o...)
}

// An item that went to another person, or away, between our read and our
// write is left alone: the index may lag behind the table.
func TestConditions(t *testing.T) {
	db := connect(t)
	ctx := context.Background()
	p, _ := inventory.Default().Holding("collection", "files")
	sys := fill(t, db, p.System, []systems.Row{{"file": "D-1", "record": "file", "type": "file", "client": "bakker", "debtor": "B-1", "name": "Eva"}})
	hijack := func(set systems.Row) {
		it, err := connector.Item(set)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &sys.Table, Item: it}); err != nil {
			t.Fatal(err)
		}
	}
	other := systems.Row{"file": "D-1", "record": "file", "type": "file", "client": "bakker", "debtor": "B-2", "name": "Ander"}
	sys.DB = spy{API: db, update: func(*dynamodb.UpdateItemInput) { hijack(other) }, del: func(*dynamodb.DeleteItemInput) { hijack(other) }}
	for _, action := range []string{systems.Erase, systems.Restrict, systems.Anonymise} {
		hijack(systems.Row{"file": "D-1", "record": "file", "type": "file", "client": "bakker", "debtor": "B-1", "name": "Eva"})
		n, err := sys.Apply(ctx, *p.Holding, systems.Of(systems.Keys{"debtor": {"B-1"}}, "bakker"), systems.Act{Action: action, Leg: "l"})
		if n != 0 || err != nil {
			t.Errorf("%s: %d, %v", action, n, err)
		}
		rows, err := sys.Find(ctx, *p.Holding, "debtor", "B-2")
		if err != nil || len(rows) != 1 || rows[0].Text("name") != "Ander" || rows[0][inventory.Bookkeeping] != nil {
			t.Errorf("%s touched another person's item: %v, %v", action, rows, err)
		}
	}
	// An update never brings an item back that was deleted meanwhile.
	hijack(systems.Row{"file": "D-1", "record": "file", "type": "file", "client": "bakker", "debtor": "B-1", "name": "Eva"})
	sys.DB = spy{API: db, update: func(in *dynamodb.UpdateItemInput) {
		if _, err := db.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: in.TableName, Key: in.Key}); err != nil {
			t.Fatal(err)
		}
	}}
	if n, err := sys.Apply(ctx, *p.Holding, systems.Of(systems.Keys{"debtor": {"B-1"}}, "bakker"), systems.Act{Action: systems.Restrict}); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if rows, err := sys.Find(ctx, *p.Holding, "file", "D-1"); err != nil || len(rows) != 0 {
		t.Errorf("the item is back: %v, %v", rows, err)
	}
}

// What a colleague writes between our read and our write is never overwritten:
// a corrected field is compared where it stands, and of two marks that
// are set at once both stay (18(1)).
func TestComparesWhereItStands(t *testing.T) {
	db := connect(t)
	ctx := context.Background()
	p, _ := inventory.Default().Holding("collection", "files")
	row := systems.Row{"file": "D-1", "record": "file", "type": "file", "client": "bakker", "debtor": "B-1", "name": "Eva"}
	sys := fill(t, db, p.System, []systems.Row{row})
	keys := systems.Keys{"debtor": {"B-1"}}
	colleague := &connector.System{DB: db, Table: sys.Table, Declared: p.System}
	for _, tc := range []struct {
		name      string
		ours      systems.Act
		theirs    systems.Act
		want      int
		wantName  string
		wantMarks int
	}{
		{"a field that was changed", systems.Act{Action: systems.Correct, Column: "name", Old: "Eva", New: "Eve"},
			systems.Act{Action: systems.Correct, Column: "name", Old: "Eva", New: "Ewa"}, 0, "Ewa", 0},
		{"a field that was empty", systems.Act{Action: systems.Correct, Column: "city", New: "Delft"},
			systems.Act{Action: systems.Correct, Column: "city", New: "Zwolle"}, 0, "Ewa", 0},
		{"two marks at once", systems.Act{Action: systems.Restrict, Ground: "a", Request: "r", Leg: "1"},
			systems.Act{Action: systems.Restrict, Ground: "d", Request: "r", Leg: "2"}, 1, "Ewa", 2},
	} {
		first := true
		sys.DB = spy{API: db, update: func(*dynamodb.UpdateItemInput) {
			if first {
				first = false
				if _, err := colleague.Apply(ctx, *p.Holding, systems.Of(keys, "bakker"), tc.theirs); err != nil {
					t.Fatal(err)
				}
			}
		}}
		n, err := sys.Apply(ctx, *p.Holding, systems.Of(keys, "bakker"), tc.ours)
		if n != tc.want || err != nil {
			t.Errorf("%s: %d, %v", tc.name, n, err)
		}
		rows, err := colleague.Find(ctx, *p.Holding, "file", "D-1")
		if err != nil || len(rows) != 1 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		mark, _ := rows[0][inventory.Bookkeeping].(map[string]any)
		marks, _ := mark["restrictions"].(map[string]any)
		if rows[0].Text("name") != tc.wantName || len(marks) != tc.wantMarks {
			t.Errorf("%s: name %q, %d marks", tc.name, rows[0].Text("name"), len(marks))
		}
	}
	// Who is overtaken every time gives up, with an error that is tried again later.
	turn := 0
	sys.DB = spy{API: db, update: func(*dynamodb.UpdateItemInput) {
		turn++
		if _, err := colleague.Apply(ctx, *p.Holding, systems.Of(keys, "bakker"), systems.Act{Action: systems.Restrict, Ground: "a", Request: "r", Leg: fmt.Sprint(turn, "x")}); err != nil {
			t.Fatal(err)
		}
	}}
	if _, err := sys.Apply(ctx, *p.Holding, systems.Of(keys, "bakker"), systems.Act{Action: systems.Restrict, Ground: "a", Request: "r", Leg: "9"}); !errors.Is(err, systems.ErrChanged) {
		t.Errorf("overtaken every time: %v", err)
	}
}

// A row that is to be erased because its period is over, or because its ground
// has ended, is looked at again where somebody wrote that meanwhile (E-3, 18(2)),
// and one that is no longer of the holding is left alone.
func TestErasureComparesWhatItRestsOn(t *testing.T) {
	db := connect(t)
	p, _ := inventory.Default().Holding("collection", "files")
	row := func(more systems.Row) systems.Row {
		r := systems.Row{"file": "D-1", "record": "file", "type": "file", "client": "bakker", "debtor": "B-1", "closed": "2012-03-01"}
		maps.Copy(r, more)
		return r
	}
	mark := map[string]any{"action": systems.Keep, "until": "2020-12-31", "request": "r", "leg": "l"}
	sys := fill(t, db, p.System, nil)
	put := func(r systems.Row) {
		it, err := connector.Item(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &sys.Table, Item: it}); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		before, meanwhile systems.Row
		act               systems.Act
		want              int
	}{
		"kept, and open again":      {row(nil), row(systems.Row{"closed": "2026-02-01"}), systems.Act{Action: systems.Keep, Before: "2019-01-01", Until: "2031-12-31"}, 1},
		"expired, and open again":   {row(systems.Row{inventory.Bookkeeping: mark}), row(systems.Row{inventory.Bookkeeping: mark, "closed": "2026-02-01"}), systems.Act{Action: systems.Expire, On: "2026-03-01", Before: "2019-01-01"}, 1},
		"expired, and restricted":   {row(systems.Row{inventory.Bookkeeping: mark}), row(systems.Row{inventory.Bookkeeping: map[string]any{"action": systems.Keep, "until": "2020-12-31", "request": "r", "leg": "l", "restricted_until": systems.Endless, "restrictions": map[string]any{"other/1": "b"}}}), systems.Act{Action: systems.Expire, On: "2026-03-01", Before: "2019-01-01"}, 1},
		"erased, and a note by now": {row(nil), row(systems.Row{"type": "note"}), systems.Act{Action: systems.Erase}, 0},
	} {
		put(c.before)
		sys.DB = spy{API: db, del: func(*dynamodb.DeleteItemInput) { put(c.meanwhile) }, update: func(*dynamodb.UpdateItemInput) {}}
		c.act.Request, c.act.Leg = "r", "l"
		n, err := sys.Apply(t.Context(), *p.Holding, systems.Of(systems.Keys{"debtor": {"B-1"}}, "bakker"), c.act)
		if left := everything(t, db, sys); n != c.want || err != nil || len(left) != 1 {
			t.Errorf("%s: %d rows, %v, and %d are left", name, n, err, len(left))
		}
	}
}

// I13: an error of AWS may repeat a key; ours never does.
func TestErrorsHoldNoKeys(t *testing.T) {
	p, _ := inventory.Default().Holding("newsletter", "subscribers")
	sys := &connector.System{DB: spy{query: errors.New("cannot ask for anna@test.example")}, Table: "t", Declared: p.System}
	_, err := sys.Find(context.Background(), *p.Holding, "email", "anna@test.example")
	if err == nil || strings.Contains(err.Error(), "anna") {
		t.Errorf("Find: %v", err)
	}
}

// A deletion whose answer was lost and that is tried again counts once (E-9).
func TestErasureWhoseAnswerWasLost(t *testing.T) {
	db := connect(t)
	p, _ := inventory.Default().Holding("collection", "files")
	row := systems.Row{"file": "D-1", "record": "file", "type": "file", "client": "bakker", "debtor": "B-1", "name": "Eva"}
	sys := fill(t, db, p.System, []systems.Row{row})
	sys.DB = spy{API: db, del: func(in *dynamodb.DeleteItemInput) {
		if _, err := db.DeleteItem(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}}
	n, err := sys.Apply(t.Context(), *p.Holding, systems.Of(systems.Keys{"debtor": {"B-1"}}, "bakker"), systems.Act{Action: systems.Erase})
	if n != 1 || err != nil {
		t.Errorf("erased %d rows, %v; want 1", n, err)
	}
	if left := everything(t, db, sys); len(left) > 0 {
		t.Errorf("%d rows are left", len(left))
	}
}

// The same of a change: a row that is as it must be counts, and those that were
// erased before it do too (E-9).
func TestChangeWhoseAnswerWasLost(t *testing.T) {
	db := connect(t)
	p, _ := inventory.Default().Holding("invoices", "invoices")
	var rows []systems.Row
	for i := range 20 {
		date := "2012-03-01"
		if i >= 8 {
			date = "2024-03-01"
		}
		rows = append(rows, systems.Row{"customer": "K-1", "invoice": fmt.Sprintf("F-%02d", i), "date": date, "email": "anna@test.example"})
	}
	sys := fill(t, db, p.System, rows)
	sys.DB = spy{API: db, del: func(*dynamodb.DeleteItemInput) {}, update: func(in *dynamodb.UpdateItemInput) {
		if _, err := db.UpdateItem(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}}
	told := 0
	of := systems.Of(systems.Keys{"customer": {"K-1"}}, "")
	of.Batch = func(n int) error { told += n; return nil }
	n, err := sys.Apply(t.Context(), *p.Holding, of, systems.Act{Action: systems.Keep, Before: "2019-01-01", Until: "2031-12-31", Request: "r", Leg: "l"})
	if n != 20 || told != 20 || err != nil {
		t.Errorf("kept or erased %d rows, told of %d, %v; want 20", n, told, err)
	}
	if left := everything(t, db, sys); len(left) != 12 {
		t.Errorf("%d rows are left, want 12", len(left))
	}
}

// What stands when the table fails in the middle of a page is told (E-9).
func TestTellsWhatStands(t *testing.T) {
	db := connect(t)
	p, _ := inventory.Default().Holding("collection", "files")
	var rows []systems.Row
	for i := range 5 {
		rows = append(rows, systems.Row{"file": fmt.Sprintf("D-%d", i), "record": "file", "type": "file", "client": "bakker", "debtor": "B-1"})
	}
	sys := fill(t, db, p.System, rows)
	ctx, cancel := context.WithCancel(t.Context())
	deleted, told := 0, 0
	sys.DB = spy{API: db, del: func(*dynamodb.DeleteItemInput) {
		if deleted++; deleted == 4 {
			cancel()
		}
	}}
	of := systems.Of(systems.Keys{"debtor": {"B-1"}}, "bakker")
	of.Batch = func(n int) error { told += n; return nil }
	n, err := sys.Apply(ctx, *p.Holding, of, systems.Act{Action: systems.Erase})
	if left := everything(t, db, sys); err == nil || n != 3 || told != 3 || len(left) != 2 {
		t.Errorf("erased %d rows, told of %d, %v; %d are left of 5", n, told, err, len(left))
	}
}

// Where a table sorts by a number, or knows people or kinds of record by one,
// all of a person is found, and a walk that stops goes on.
func TestNumbers(t *testing.T) {
	db := connect(t)
	ctx := t.Context()
	name := fmt.Sprintf("system-%d-%d", os.Getpid(), tables.Add(1))
	attr := func(n string, typ types.ScalarAttributeType) types.AttributeDefinition {
		return types.AttributeDefinition{AttributeName: &n, AttributeType: typ}
	}
	if _, err := db.CreateTable(ctx, &dynamodb.CreateTableInput{TableName: &name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{attr("customer", "S"), attr("seq", "N")},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("customer"), KeyType: "HASH"}, {AttributeName: aws.String("seq"), KeyType: "RANGE"}},
	}); err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		it, err := connector.Item(systems.Row{"customer": fmt.Sprintf("K-%d", 1+i%2), "seq": json.Number(fmt.Sprint(i)), "kind": json.Number("7"), "person": json.Number(fmt.Sprint(40 + i%2))})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &name, Item: it}); err != nil {
			t.Fatal(err)
		}
	}
	h := inventory.Holding{ID: "calls", Primary: []string{"customer", "seq"}, Where: map[string]string{"kind": "7"},
		Keys: map[string]inventory.Key{"customer": {Column: "customer"}, "person": {Column: "person", Scan: true}}}
	sys := &connector.System{DB: db, Table: name, Declared: &inventory.System{ID: "phone"}, PageSize: 2}
	walked := 0
	for from := "-"; from != ""; {
		if err := sys.Walk(ctx, h, strings.TrimPrefix(from, "-"), func(rows []systems.Row, next string) error {
			walked, from = walked+len(rows), next
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if walked != 12 {
		t.Errorf("walked over %d rows of 12", walked)
	}
	for _, nobody := range []string{strings.Repeat("9", 50), "1E400"} {
		if found, err := sys.Find(ctx, h, "person", nobody); err != nil || len(found) > 0 {
			t.Errorf("a number that no table holds: %d rows, %v", len(found), err)
		}
	}
	for _, keys := range []systems.Keys{{"customer": {"K-1"}}, {"person": {"41"}}} {
		of := systems.Of(keys, "")
		of.Enough = func() bool { return true }
		got, cuts := 0, 0
		for {
			n, err := sys.Apply(ctx, h, of, systems.Act{Action: systems.Erase})
			got += n
			cut := (*systems.Cut)(nil)
			if !errors.As(err, &cut) {
				if err != nil {
					t.Errorf("by %v: %v", keys, err)
				}
				break
			}
			cuts, of.From = cuts+1, cut.Next
		}
		if got != 6 || cuts == 0 {
			t.Errorf("by %v: erased %d rows of 6 in %d turns", keys, got, cuts+1)
		}
	}
}
