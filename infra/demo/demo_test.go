package demo

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/inventory/survey"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store/storetest/emulator"
	"github.com/allclaims/rightsdesk/shared/systems"
	connector "github.com/allclaims/rightsdesk/shared/systems/dynamodb"
	buckets "github.com/allclaims/rightsdesk/shared/systems/s3"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

func TestMain(m *testing.M) { os.Exit(emulator.Run(m)) }

// The content is the same every time, unique by key, in normal form, and holds
// nothing that the inventory does not declare.
func TestEverythingIsDeclared(t *testing.T) {
	c := Everything()
	if d := cmp.Diff(c, Everything()); d != "" {
		t.Fatal("the second time is another world")
	}
	inv := inventory.Default()
	people := 0
	for id, rows := range c.Rows {
		seen := map[string]bool{}
		for _, row := range rows {
			var h *inventory.Holding
			for i := range inv.System(id).Holdings {
				if k := &inv.System(id).Holdings[i]; matches(k, row) {
					h = k
				}
			}
			if h == nil {
				t.Fatalf("a row of %s belongs to no holding", id)
			}
			for column := range row {
				if h.Column(column) == nil {
					t.Errorf("%s/%s: column %s is not declared", id, h.ID, column)
				}
			}
			for kind, k := range h.Keys {
				if v := row.Text(k.Column); v != systems.Normal(kind, v) {
					t.Errorf("%s/%s: %s is not in normal form: %q", id, h.ID, kind, v)
				}
			}
			key := ""
			for _, p := range h.Primary {
				key += row.Text(p) + "|"
			}
			if seen[key] {
				t.Errorf("%s/%s: two rows with key %s", id, h.ID, key)
			}
			seen[key] = true
			if h.Identifies {
				people++
			}
		}
	}
	if people < 300 {
		t.Errorf("%d people, want a few hundred", people)
	}
}

func matches(h *inventory.Holding, row systems.Row) bool {
	for column, v := range h.Where {
		if row.Text(column) != v {
			return false
		}
	}
	return true
}

// A15: the crowd holds namesakes, shared mailboxes and shared addresses.
func TestCrowdCollides(t *testing.T) {
	for _, column := range []string{"name", "email", "address"} {
		count := map[string]int{}
		for _, row := range Everything().Rows["relations"] {
			count[row.Text(column)]++
		}
		shared := 0
		for v, n := range count {
			if v != "" && n > 1 {
				shared++
			}
		}
		if shared < 3 {
			t.Errorf("%d values of %s are shared", shared, column)
		}
	}
}

// Each case finds whom it must find.
func TestCases(t *testing.T) {
	for _, tc := range []struct {
		name string
		s    request.Sender
		rel  []request.Relation
		want []string
	}{
		{"a", request.Sender{Email: NewsletterReader.Email}, []request.Relation{request.Newsletter}, []string{"newsletter/"}},
		{"b", request.Sender{Email: ClientContact.Email, ClientNumbers: []string{ClientContact.Customer}}, []request.Relation{request.Client}, []string{"client/"}},
		{"c", request.Sender{Email: DebtorOfTwo.Email}, []request.Relation{request.Debtor}, []string{"debtor/bakker", "debtor/telstar"}},
		{"d", request.Sender{Email: FormerClient.Email}, []request.Relation{request.Client}, []string{"client/"}},
		{"e", request.Sender{Name: Victim.Name, Email: Victim.Lookalike, ClientNumbers: []string{Victim.Customer}, BirthDate: Victim.Birth, Postcode: Victim.Postcode},
			[]request.Relation{request.Client}, []string{"client/"}},
		{"f", request.Sender{Email: DebtorAndReader.Email}, []request.Relation{request.Debtor, request.Newsletter}, []string{"debtor/zorgnet", "newsletter/"}},
		{"g", request.Sender{Email: "wie@nergens.example"}, nil, nil},
	} {
		cs, err := systems.Candidates(context.Background(), World(), tc.s, tc.rel)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range cs {
			if c.Chosen {
				got = append(got, string(c.Relation)+"/"+c.Client)
			}
		}
		if d := cmp.Diff(tc.want, got); d != "" {
			t.Errorf("case %s (-want +got):\n%s", tc.name, d)
		}
		for _, c := range cs {
			for _, ch := range c.Channels {
				if ch.Value == Victim.Lookalike {
					t.Error("the impostor's address is on file")
				}
			}
		}
	}
}

// Case (d): invoices stay by law, the rest can go.
func TestFormerClientPlan(t *testing.T) {
	s := erasure.Subject{Leg: "l", Relation: request.Client, Role: request.Controller, Today: "2026-11-20",
		Keys: systems.Keys{"customer": {FormerClient.Customer}, "email": {FormerClient.Email}}}
	stocks, err := erasure.Survey(context.Background(), World(), s)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := erasure.Plan(inventory.Default(), s, stocks, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range lines {
		got = append(got, strings.TrimSpace(fmt.Sprint(l.System, " ", l.Action, " ", l.Until)))
	}
	want := []string{"relations erase", "invoices keep 2032-12-31", "newsletter erase", "recordings erase", "weblog erase"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestMarkersAreThere(t *testing.T) {
	var all bytes.Buffer
	c := Everything()
	for _, rows := range c.Rows {
		for _, row := range rows {
			fmt.Fprintln(&all, row)
		}
	}
	markers := Markers()
	if len(markers) < 500 {
		t.Errorf("%d markers", len(markers))
	}
	for _, m := range markers {
		if len(m) < 9 {
			t.Errorf("marker %q is too common to search for", m)
		}
		if !bytes.Contains(all.Bytes(), []byte(m)) && m != Victim.Lookalike {
			t.Errorf("marker %q stands in no system", m)
		}
	}
}

type stackKey struct {
	Column string `yaml:"AttributeName"`
}

type stackTable struct {
	Properties struct {
		Keys    []stackKey `yaml:"KeySchema"`
		Indexes []struct {
			Name string     `yaml:"IndexName"`
			Keys []stackKey `yaml:"KeySchema"`
		} `yaml:"GlobalSecondaryIndexes"`
		Encryption struct {
			Enabled bool `yaml:"SSEEnabled"`
		} `yaml:"SSESpecification"`
	} `yaml:"Properties"`
}

// The stack's tables have the keys and indexes that the inventory asks by.
func TestStackFollowsTheInventory(t *testing.T) {
	raw, err := os.ReadFile("../demo-systems.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var stack struct {
		Resources map[string]yaml.Node `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(raw, &stack); err != nil {
		t.Fatal(err)
	}
	for _, s := range inventory.Default().Systems {
		if s.Kind != "dynamodb" {
			continue
		}
		node, ok := stack.Resources[strings.ToUpper(s.ID[:1])+s.ID[1:]]
		var table stackTable
		if err := node.Decode(&table); !ok || err != nil {
			t.Fatalf("%s: %v", s.ID, err)
		}
		if !table.Properties.Encryption.Enabled {
			t.Errorf("%s is not encrypted", s.ID)
		}
		want := map[string]string{}
		for _, h := range s.Holdings {
			var keys []string
			for _, k := range table.Properties.Keys {
				keys = append(keys, k.Column)
			}
			if d := cmp.Diff(h.Primary, keys); d != "" {
				t.Errorf("%s/%s key (-inventory +stack):\n%s", s.ID, h.ID, d)
			}
			for _, k := range h.Keys {
				if k.Index != "" {
					want[k.Index] = k.Column
				}
			}
		}
		got := map[string]string{}
		for _, g := range table.Properties.Indexes {
			got[g.Name] = g.Keys[0].Column
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s indexes (-inventory +stack):\n%s", s.ID, d)
		}
	}
}

// Seed puts everything in, twice over without harm, and the connectors find it.
func TestSeed(t *testing.T) {
	ctx := context.Background()
	cfg := aws.Config{Region: "eu-central-1", BaseEndpoint: aws.String(emulator.Endpoint(t)),
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""), HTTPClient: &http.Client{Timeout: time.Minute}}
	db := dynamodb.NewFromConfig(cfg)
	store := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	out := map[string]string{}
	set := systems.Set{Declared: inventory.Default(), ByID: map[string]systems.System{}}
	for i := range inventory.Default().Systems {
		s := &inventory.Default().Systems[i]
		name := fmt.Sprintf("demo-%s-%d", s.ID, os.Getpid())
		out[outputs[s.ID]] = name
		if s.Kind == "s3" {
			if _, err := store.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name,
				CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: "eu-central-1"}}); err != nil {
				t.Fatal(err)
			}
			set.ByID[s.ID] = &buckets.System{S3: store, Bucket: name, Declared: s}
			continue
		}
		in := &dynamodb.CreateTableInput{TableName: &name, BillingMode: types.BillingModePayPerRequest}
		define := func(column string) *string {
			if !slices.ContainsFunc(in.AttributeDefinitions, func(d types.AttributeDefinition) bool { return *d.AttributeName == column }) {
				in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: &column, AttributeType: types.ScalarAttributeTypeS})
			}
			return &column
		}
		for j, column := range s.Holdings[0].Primary {
			in.KeySchema = append(in.KeySchema, types.KeySchemaElement{AttributeName: define(column), KeyType: []types.KeyType{types.KeyTypeHash, types.KeyTypeRange}[j]})
		}
		for _, k := range s.Holdings[0].Keys {
			if k.Index != "" {
				in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{IndexName: aws.String(k.Index),
					KeySchema:  []types.KeySchemaElement{{AttributeName: define(k.Column), KeyType: types.KeyTypeHash}},
					Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll}})
			}
		}
		if _, err := db.CreateTable(ctx, in); err != nil {
			t.Fatal(err)
		}
		set.ByID[s.ID] = &connector.System{DB: db, Table: name, Declared: s}
	}
	for range 2 {
		if err := Seed(ctx, cfg, out); err != nil {
			t.Fatal(err)
		}
	}
	// A42: what the systems have, the inventory names, and what it names they have.
	for i := range inventory.Default().Systems {
		s := &inventory.Default().Systems[i]
		var look systems.Describer = &connector.Survey{DB: db, Table: out[outputs[s.ID]]}
		if s.Kind == "s3" {
			look = set.ByID[s.ID].(*buckets.System)
		}
		live, err := look.Describe(ctx, s.Holdings)
		if err != nil {
			t.Fatal(err)
		}
		if len(live.Tables) != len(s.Holdings) {
			t.Errorf("%s: %d holdings were met, want %d", s.ID, len(live.Tables), len(s.Holdings))
		}
		for _, f := range survey.Compare(s, live) {
			t.Error(f)
		}
	}
	for _, p := range People() {
		sender := request.Sender{Email: p.Email}
		want, err := systems.Candidates(ctx, World(), sender, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := systems.Candidates(ctx, set, sender, nil)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" || len(got) == 0 {
			t.Errorf("%d candidates (-memory +emulator):\n%s", len(got), d)
		}
	}
	delete(out, "SystemWeblogBucket")
	if err := Seed(ctx, cfg, out); err == nil || !strings.Contains(err.Error(), "SystemWeblogBucket") {
		t.Errorf("Seed without an output: %v", err)
	}
}
