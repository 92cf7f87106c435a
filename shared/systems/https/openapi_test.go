package https

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/systems/https/reference"
	"github.com/allclaims/rightsdesk/shared/systems/https/wire"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// description is openapi.yaml as far as the tests read it.
type description struct {
	Paths map[string]struct {
		Post struct {
			RequestBody body `yaml:"requestBody"`
			Responses   map[string]body
		}
	}
	Components struct {
		RequestBodies map[string]body `yaml:"requestBodies"`
		Responses     map[string]body
		Schemas       map[string]any
	}
}

type body struct {
	Ref     string `yaml:"$ref"`
	Headers map[string]any
	Content map[string]struct {
		Schema struct {
			Ref string `yaml:"$ref"`
		}
	}
}

// witness holds every message of the tests against the description.
type witness struct {
	mu       sync.Mutex
	doc      description
	schemas  map[string]*jsonschema.Schema
	answered map[string]bool // operation and status
	codes    map[string]bool
}

var sofar = read()

func read() *witness {
	w := &witness{schemas: map[string]*jsonschema.Schema{}, answered: map[string]bool{}, codes: map[string]bool{}}
	if err := yaml.Unmarshal(Description, &w.doc); err != nil {
		panic(err)
	}
	// As JSON, with the references where a JSON Schema has them.
	b, err := json.Marshal(map[string]any{"$defs": w.doc.Components.Schemas})
	if err != nil {
		panic(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(bytes.ReplaceAll(b, []byte("#/components/schemas/"), []byte("#/$defs/"))))
	if err != nil {
		panic(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("openapi.json", doc); err != nil {
		panic(err)
	}
	for name := range w.doc.Components.Schemas {
		w.schemas[name] = c.MustCompile("openapi.json#/$defs/" + name)
	}
	return w
}

// schema gives the schema of a body, followed through the components.
func (w *witness) schema(b body) *jsonschema.Schema {
	name := b.Ref[strings.LastIndexByte(b.Ref, '/')+1:]
	switch {
	case strings.HasPrefix(b.Ref, "#/components/responses/"):
		b = w.doc.Components.Responses[name]
	case b.Ref != "":
		b = w.doc.Components.RequestBodies[name]
	}
	ref := b.Content["application/json"].Schema.Ref
	return w.schemas[ref[strings.LastIndexByte(ref, '/')+1:]]
}

// see checks one call: the desk's own requests are as described, and what the
// reference server answers is too.
func (w *witness) see(t testing.TB, r *http.Request, sent []byte, rec *httptest.ResponseRecorder) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	op := strings.TrimPrefix(r.URL.Path, "/privacy")
	post := w.doc.Paths[op].Post
	if rec.Code != http.StatusBadRequest && rec.Code != http.StatusRequestEntityTooLarge {
		w.valid(t, op+" request", w.schema(post.RequestBody), sent)
	}
	answer, ok := post.Responses[fmt.Sprint(rec.Code)]
	if !ok {
		t.Errorf("%s answers %d, which is not described", op, rec.Code)
		return
	}
	w.valid(t, fmt.Sprint(op, " ", rec.Code), w.schema(answer), rec.Body.Bytes())
	w.answered[fmt.Sprint(op, " ", rec.Code)] = true
	var f wire.Fault
	if rec.Code != http.StatusOK && json.Unmarshal(rec.Body.Bytes(), &f) == nil {
		w.codes[f.Code] = true
	}
}

func (w *witness) valid(t testing.TB, what string, s *jsonschema.Schema, body []byte) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err == nil {
		err = s.Validate(doc)
	}
	if err != nil {
		t.Errorf("%s is not as described: %v", what, err)
	}
}

// The description, the operations of the desk and the routes of the reference
// server are the same, and every fault that is described is answered.
func TestDescription(t *testing.T) {
	if d := cmp.Diff(slices.Sorted(slices.Values(wire.Operations)), slices.Sorted(maps.Keys(sofar.doc.Paths))); d != "" {
		t.Errorf("paths (-wire +description):\n%s", d)
	}
	sys, _, rows := invoices(t, 3)
	o := serve(t, sys, rows)
	o.memory = reference.NewMemory(time.Now, &reference.MemoryTable{
		Table: wire.Table{Name: "invoices", Columns: []wire.Column{{Name: "customer", Type: "text"}, {Name: "invoice", Type: "text"}, {Name: "new", Type: "text"}}, Primary: []string{"invoice"}},
		Rows:  []map[string]any{{"customer": "K-1", "invoice": "F-1"}, {"customer": "K-9", "invoice": "F-9", "new": strings.Repeat("x", wire.MaxBody)}},
		Files: map[string][]byte{"a": []byte("x")},
	})
	o.server.Rules = map[string]reference.Rule{
		"invoices": {Read: []string{"customer", "invoice", "lost", "new"}, Write: []string{"customer"}, Acts: []string{"erase", "correct"}},
		"gone":     {Read: []string{"customer"}, Acts: []string{"erase"}},
	}
	var store failing
	store.Store = o.memory
	o.server.Store = &store
	c := o.client(t, sys)
	nonce := 0
	ask := func(op, body string, change func(http.Header)) int {
		t.Helper()
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, o.url+op, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		nonce++
		wire.SignRequest(req.Header, key, req.URL.EscapedPath(), []byte(body), time.Now(), fmt.Sprintf("%032d", nonce))
		if change != nil {
			change(req.Header)
		}
		resp, err := c.HTTP.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode
	}
	query := func(table, column, value string) string {
		return fmt.Sprintf(`{"table":%q,"any":[{"column":"customer","values":[%q]}],"columns":[%q],"limit":10}`, table, value, column)
	}
	batch := func(table, act, column, key string) string {
		return fmt.Sprintf(`{"key":%q,"table":%q,"act":%q,"request":"r","leg":"l","changes":[{"primary":{"invoice":"F-7"},"was":{%q:null},"erase":true}]}`, key, table, act, column)
	}
	good := map[string]string{
		wire.Capabilities: `{}`, wire.Describe: `{}`, wire.Find: query("invoices", "customer", "K-1"), wire.Collect: query("invoices", "customer", "K-1"),
		wire.Apply: batch("invoices", "erase", "customer", "k"), wire.Open: `{"table":"invoices","name":"a","offset":0}`,
	}
	for op, text := range good {
		for want, got := range map[int]int{
			200: ask(op, text, nil),
			400: ask(op, `{"x":1}`, nil),
			413: ask(op, strings.Repeat(" ", wire.MaxBody)+text, nil),
		} {
			if got != want {
				t.Errorf("%s answers %d, want %d", op, got, want)
			}
		}
		wrong := map[string]func(http.Header){
			"no signature":  func(h http.Header) { h.Del(wire.HeaderSignature) },
			"another nonce": func(h http.Header) { h.Set(wire.HeaderNonce, "abcdefghijklmnopqrst") },
			"a nonce again": func(h http.Header) {
				wire.SignRequest(h, key, "/privacy"+op, []byte(text), time.Now(), fmt.Sprintf("%032d", 1))
			},
			"an old time": func(h http.Header) {
				wire.SignRequest(h, key, "/privacy"+op, []byte(text), time.Now().Add(-wire.Window-time.Minute), fmt.Sprintf("%032dx", nonce))
			},
			"a line in the nonce": func(h http.Header) {
				wire.SignRequest(h, key, "/privacy"+op, []byte(text), time.Now(), "0123456789abcdef 1")
			},
		}
		for name, change := range wrong {
			if got := ask(op, text, change); got != 401 {
				t.Errorf("%s with %s answers %d", op, name, got)
			}
		}
		store.err = reference.ErrBusy
		if got := ask(op, text, nil); got != 503 {
			t.Errorf("%s of a busy owner answers %d", op, got)
		}
		store.err = fmt.Errorf("GEHEIM")
		if got := ask(op, text, nil); got != 500 {
			t.Errorf("%s of a broken owner answers %d", op, got)
		}
		store.err = nil
	}
	for _, tc := range []struct {
		op, body string
		want     int
	}{
		{wire.Find, query("secrets", "customer", "K-1"), 403}, {wire.Collect, query("secrets", "customer", "K-1"), 403},
		{wire.Find, query("gone", "customer", "K-1"), 409}, {wire.Collect, query("invoices", "lost", "K-1"), 409},
		{wire.Find, query("invoices", "new", "K-9"), 422}, {wire.Collect, query("invoices", "new", "K-9"), 422},
		{wire.Apply, batch("invoices", "restrict", "customer", "k2"), 403}, {wire.Apply, batch("invoices", "erase", "lost", "k3"), 409},
		{wire.Apply, batch("invoices", "correct", "customer", "k"), 409},
		{wire.Open, `{"table":"secrets","name":"a","offset":0}`, 403}, {wire.Open, `{"table":"gone","name":"a","offset":0}`, 409},
		{wire.Open, `{"table":"invoices","name":"b","offset":0}`, 404},
	} {
		if got := ask(tc.op, tc.body, nil); got != tc.want {
			t.Errorf("%s %s answers %d, want %d", tc.op, tc.body, got, tc.want)
		}
	}
	store.err = reference.ErrReferenced
	if got := ask(wire.Apply, batch("invoices", "erase", "customer", "k4"), nil); got != 409 {
		t.Errorf("rows that others refer to: %d", got)
	}
	for op, p := range sofar.doc.Paths {
		for status := range p.Post.Responses {
			// An owner may count calls (TestAway); the reference server does not.
			if status != "429" && !sofar.answered[op+" "+status] {
				t.Errorf("%s never answered %s", op, status)
			}
		}
	}
	for _, code := range sofar.doc.Components.Schemas["Fault"].(map[string]any)["properties"].(map[string]any)["code"].(map[string]any)["enum"].([]any) {
		if !sofar.codes[code.(string)] {
			t.Errorf("nobody answered the fault %s", code)
		}
	}
}

// failing is a store that fails when told to.
type failing struct {
	reference.Store
	err error
}

func (f *failing) Once(ctx context.Context, nonce string, until time.Time) (bool, error) {
	if f.err != nil && !errors.Is(f.err, reference.ErrReferenced) {
		return false, f.err
	}
	return f.Store.Once(ctx, nonce, until)
}

func (f *failing) Change(ctx context.Context, b wire.Batch) (wire.Outcome, error) {
	if f.err != nil {
		return wire.Outcome{}, f.err
	}
	return f.Store.Change(ctx, b)
}
