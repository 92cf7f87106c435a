package https

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/https/reference"
	"github.com/allclaims/rightsdesk/shared/systems/https/wire"
	"github.com/allclaims/rightsdesk/shared/systems/systemstest"
	"github.com/google/go-cmp/cmp"
)

var key = bytes.Repeat([]byte("k"), wire.MinKey)

// owner is the owner's side of a test: the reference server over a store in
// memory, behind TLS, with a hand on everything that passes.
type owner struct {
	memory *reference.Memory
	server *reference.Server
	// before, when not nil, may answer in the server's place (true).
	before func(w http.ResponseWriter, r *http.Request, body []byte) bool
	// after, when not nil, changes an answer on its way.
	after func(w http.ResponseWriter, r *http.Request, a *httptest.ResponseRecorder)
	calls map[string]int
	now   func() time.Time
	url   string
	ca    string
}

// serve makes the owner of s, with these rows in the one table that all its
// holdings share.
func serve(t testing.TB, s *inventory.System, rows []systems.Row) *owner {
	t.Helper()
	table := &reference.MemoryTable{Files: map[string][]byte{}}
	rules := map[string]reference.Rule{}
	for i, h := range s.Holdings {
		if table.As = append(table.As, h.In()); i == 0 {
			table.Name, table.As, table.Primary = h.In(), nil, h.Primary
		}
		r := reference.Rule{Read: columns(h), Acts: []string{"erase", "anonymise", "keep", "restrict", "unrestrict", "correct", "stop", "expire"}}
		for _, name := range columns(h) {
			if !slices.ContainsFunc(table.Columns, func(c wire.Column) bool { return c.Name == name }) {
				table.Columns = append(table.Columns, wire.Column{Name: name, Type: "text", Nullable: true})
			}
			if !slices.Contains(h.Primary, name) {
				r.Write = append(r.Write, name)
			}
		}
		rules[h.In()] = r
	}
	for _, row := range rows {
		table.Rows = append(table.Rows, maps.Clone(row))
	}
	o := &owner{now: time.Now, calls: map[string]int{}}
	o.memory = reference.NewMemory(func() time.Time { return o.now() }, table)
	o.server = &reference.Server{Store: o.memory, Keys: [][]byte{key}, Rules: rules, Now: func() time.Time { return o.now() }}
	var mu sync.Mutex
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		mu.Lock()
		o.calls[strings.TrimPrefix(r.URL.Path, "/privacy")]++
		mu.Unlock()
		if o.before != nil && o.before(w, r, body) {
			return
		}
		rec := httptest.NewRecorder()
		o.server.ServeHTTP(rec, r)
		sofar.see(t, r, body, rec)
		if o.after != nil {
			o.after(w, r, rec)
			return
		}
		pass(w, rec, rec.Body.Bytes())
	}))
	t.Cleanup(srv.Close)
	o.url = srv.URL + "/privacy"
	o.ca = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}))
	return o
}

func pass(w http.ResponseWriter, rec *httptest.ResponseRecorder, body []byte) {
	maps.Copy(w.Header(), rec.Header())
	w.WriteHeader(rec.Code)
	_, _ = w.Write(body)
}

// client is our side, which waits for nothing.
func (o *owner) client(t testing.TB, s *inventory.System) *System {
	t.Helper()
	secret, err := ParseSecret(fmt.Appendf(nil, `{"url":%q,"key":%q,"ca":%q}`, o.url+"/", base64.StdEncoding.EncodeToString(key), o.ca))
	if err != nil {
		t.Fatal(err)
	}
	c, err := secret.Client()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return &System{Declared: s, Secret: secret, HTTP: c, Now: time.Now, Rows: 7, Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
}

func TestContract(t *testing.T) {
	systemstest.RunTables(t, func(t *testing.T, s *inventory.System, rows []systems.Row, _ map[string][]byte) systemstest.Fixture {
		o := serve(t, s, rows)
		return systemstest.Fixture{System: o.client(t, s), Rows: func(*testing.T) []systems.Row {
			all := []systems.Row{}
			for _, r := range o.memory.All(s.Holdings[0].In()) {
				all = append(all, r)
			}
			return all
		}}
	})
}

// invoices is the holding of most tests, and one customer's rows of it.
func invoices(t testing.TB, n int) (*inventory.System, inventory.Holding, []systems.Row) {
	t.Helper()
	p, ok := inventory.Default().Holding("invoices", "invoices")
	if !ok {
		t.Fatal("no invoices")
	}
	rows := make([]systems.Row, n)
	for i := range rows {
		rows[i] = systems.Row{"customer": "K-1", "invoice": fmt.Sprintf("F-%05d", i), "date": "2024-03-01", "name": "GEHEIM"}
	}
	return p.System, *p.Holding, rows
}

var anna = systems.Of(systems.Keys{"customer": {"K-1"}}, "")

func gather(s *System, h inventory.Holding) (rows []systems.Row, err error) {
	err = s.Collect(context.Background(), h, anna, func(r systems.Row) error { rows = append(rows, r); return nil })
	return rows, err
}

// What an owner's side does wrong is an error, and never a whole answer.
func TestNeverHalf(t *testing.T) {
	page := func(change func(*wire.Page)) func(http.ResponseWriter, *http.Request, *httptest.ResponseRecorder) {
		return func(w http.ResponseWriter, r *http.Request, rec *httptest.ResponseRecorder) {
			var p wire.Page
			if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil {
				t.Error(err)
			}
			change(&p)
			body, err := json.Marshal(p)
			if err != nil {
				t.Error(err)
			}
			wire.SignAnswer(rec.Header(), key, r.Header.Get(wire.HeaderNonce), rec.Code, body)
			rec.Header().Del("Content-Length")
			pass(w, rec, body)
		}
	}
	for name, tc := range map[string]struct {
		after func(http.ResponseWriter, *http.Request, *httptest.ResponseRecorder)
		want  error
	}{
		"cut in the middle": {func(w http.ResponseWriter, _ *http.Request, rec *httptest.ResponseRecorder) {
			w.Header().Set("Content-Length", fmt.Sprint(rec.Body.Len()))
			pass(w, rec, rec.Body.Bytes()[:rec.Body.Len()/2])
		}, errAway},
		"cut and mended by a proxy": {func(w http.ResponseWriter, _ *http.Request, rec *httptest.ResponseRecorder) {
			pass(w, rec, []byte(`{"count":0,"rows":[],"cursor":"","last":true}`))
		}, ErrUnsigned},
		"another answer of the owner": {func(w http.ResponseWriter, _ *http.Request, rec *httptest.ResponseRecorder) {
			wire.SignAnswer(rec.Header(), key, "0123456789abcdef", rec.Code, rec.Body.Bytes())
			pass(w, rec, rec.Body.Bytes())
		}, ErrUnsigned},
		"a status that was 200": {func(w http.ResponseWriter, _ *http.Request, rec *httptest.ResponseRecorder) {
			rec.Code = http.StatusNotFound
			pass(w, rec, rec.Body.Bytes())
		}, ErrUnsigned},
		"a redirect": {func(w http.ResponseWriter, r *http.Request, _ *httptest.ResponseRecorder) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, ErrUnsigned},
		"too large": {func(w http.ResponseWriter, _ *http.Request, rec *httptest.ResponseRecorder) {
			pass(w, rec, bytes.Repeat([]byte(" "), wire.MaxBody+1))
		}, systems.ErrUnreadable},
		"a count of more":      {page(func(p *wire.Page) { p.Count++ }), systems.ErrUnreadable},
		"a row less":           {page(func(p *wire.Page) { p.Rows = p.Rows[1:] }), systems.ErrUnreadable},
		"goes on nowhere":      {page(func(p *wire.Page) { p.Cursor = "" }), systems.ErrUnreadable},
		"more than was asked":  {page(func(p *wire.Page) { p.Rows = append(p.Rows, p.Rows[0]); p.Count++ }), systems.ErrUnreadable},
		"not a row":            {page(func(p *wire.Page) { p.Rows[1] = json.RawMessage(`"GEHEIM"`) }), systems.ErrUnreadable},
		"somebody else's row":  {page(func(p *wire.Page) { p.Rows[1] = json.RawMessage(`{"customer":"K-2","name":"GEHEIM"}`) }), systems.ErrUnreadable},
		"a mark as text":       {page(func(p *wire.Page) { p.Rows[1] = json.RawMessage(`{"customer":"K-1","rightsdesk":"{}"}`) }), systems.ErrUnreadable},
		"another holding's":    {page(func(p *wire.Page) { p.Rows[1] = json.RawMessage(`{"name":"GEHEIM"}`) }), systems.ErrUnreadable},
		"an answer in a queue": {page(func(p *wire.Page) { p.Cursor, p.Last = strings.Repeat("x", wire.MaxCursor+1), false }), systems.ErrUnreadable},
	} {
		t.Run(name, func(t *testing.T) {
			sys, h, rows := invoices(t, 20)
			o := serve(t, sys, rows)
			first := true
			o.after = func(w http.ResponseWriter, r *http.Request, rec *httptest.ResponseRecorder) {
				if first { // the first page is as it must be
					first = false
					pass(w, rec, rec.Body.Bytes())
					return
				}
				tc.after(w, r, rec)
			}
			got, err := gather(o.client(t, sys), h)
			if !errors.Is(err, tc.want) || len(got) != 7 {
				t.Errorf("%d rows, %v; want the first page and %v", len(got), err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), "GEHEIM") {
				t.Errorf("I13: %v", err)
			}
			_, err = o.client(t, sys).Apply(context.Background(), h, anna, systems.Act{Action: systems.Erase})
			if err == nil {
				t.Error("an act over half an answer told that it was done")
			}
		})
	}
}

// A system that is down, slow or busy is asked again, a bounded number of times.
func TestAway(t *testing.T) {
	sys, h, rows := invoices(t, 3)
	o := serve(t, sys, rows)
	s := o.client(t, sys)
	var waited []time.Duration
	s.Wait = func(_ context.Context, d time.Duration) error { waited = append(waited, d); return nil }

	n := 0
	busy := func(status int, signed bool) func(http.ResponseWriter, *http.Request, []byte) bool {
		return func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
			if n++; n > 2 {
				return false
			}
			body := []byte(`{"code":"busy"}`)
			if w.Header().Set("Retry-After", "3"); signed {
				wire.SignAnswer(w.Header(), key, r.Header.Get(wire.HeaderNonce), status, body)
			}
			w.WriteHeader(status)
			_, _ = w.Write(body)
			return true
		}
	}
	for _, status := range []int{429, 503} {
		for _, signed := range []bool{true, false} {
			n, waited = 0, nil
			o.before = busy(status, signed)
			if got, err := gather(s, h); err != nil || len(got) != 3 {
				t.Errorf("status %d twice: %d rows, %v", status, len(got), err)
			}
			if d := cmp.Diff([]time.Duration{3 * time.Second, 3 * time.Second}, waited); d != "" {
				t.Errorf("status %d: waited (-want +got):\n%s", status, d)
			}
		}
	}
	// Longer than a call may take: the step comes back by its own rules.
	o.before = func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	if waited = nil; true {
		if _, err := gather(s, h); !errors.Is(err, errAway) || len(waited) > 0 {
			t.Errorf("away for an hour: %v after %v", err, waited)
		}
	}
	// Slow.
	release := make(chan struct{})
	o.before = func(_ http.ResponseWriter, r *http.Request, _ []byte) bool {
		select {
		case <-release:
		case <-r.Context().Done():
		}
		return true
	}
	s.HTTP.Timeout = 50 * time.Millisecond
	waited = nil
	if _, err := gather(s, h); !errors.Is(err, errAway) || len(waited) != attempts-1 {
		t.Errorf("slow: %v after %d waits", err, len(waited))
	}
	for i, d := range waited {
		if full := 250 * time.Millisecond << i; d < full/2 || d > full {
			t.Errorf("wait %d is %v", i, d)
		}
	}
	close(release)
	// Down.
	s.Secret.URL = "https://127.0.0.1:1/privacy"
	if _, err := gather(s, h); !errors.Is(err, errAway) {
		t.Errorf("down: %v", err)
	}
	if !s.Can(h, systems.Erase) || s.Can(h, systems.Stop) {
		t.Error("a system that is down is taken to be able to do what its holding can")
	}
}

// What the owner refuses is the fault that a step knows.
func TestFaults(t *testing.T) {
	sys, h, rows := invoices(t, 3)
	ctx := context.Background()
	erase := systems.Act{Action: systems.Erase, Request: "r", Leg: "l"}
	for name, tc := range map[string]struct {
		prepare func(*owner, *System)
		want    error
	}{
		"another key": {func(o *owner, _ *System) { o.server.Keys = [][]byte{bytes.Repeat([]byte("x"), wire.MinKey)} }, ErrUnsigned},
		"a column is gone": {func(o *owner, _ *System) {
			tables := o.server.Store
			o.server.Store = without{tables, "name"}
		}, systems.ErrSchema},
		"the table is gone": {func(o *owner, _ *System) { o.server.Store = without{o.server.Store, ""} }, systems.ErrSchema},
		"a column is kept back": {func(o *owner, _ *System) {
			r := o.server.Rules["invoices"]
			r.Read = slices.DeleteFunc(slices.Clone(r.Read), func(n string) bool { return n == "name" })
			o.server.Rules["invoices"] = r
		}, systems.ErrNotDeclared},
		"the table is kept back": {func(o *owner, _ *System) { delete(o.server.Rules, "invoices") }, systems.ErrNotDeclared},
		"the owner is broken":    {func(o *owner, _ *System) { o.server.Store = &failing{o.server.Store, errors.New("GEHEIM")} }, errAway},
		"our clock is off": {func(_ *owner, s *System) {
			s.Now = func() time.Time { return time.Now().Add(-wire.Window - time.Minute) }
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			o := serve(t, sys, rows)
			s := o.client(t, sys)
			tc.prepare(o, s)
			_, find := s.Find(ctx, h, "customer", "K-1")
			_, collect := gather(s, h)
			_, apply := s.Apply(ctx, h, anna, erase)
			for _, err := range []error{find, collect, apply} {
				if err == nil || tc.want != nil && !errors.Is(err, tc.want) {
					t.Errorf("got %v, want %v", err, tc.want)
				}
			}
			if n := len(o.memory.All("invoices")); n != 3 {
				t.Errorf("%d rows left", n)
			}
		})
	}
	t.Run("other rows refer to it", func(t *testing.T) {
		o := serve(t, sys, rows)
		o.server.Store = &failing{o.server.Store, reference.ErrReferenced}
		if _, err := o.client(t, sys).Apply(ctx, h, anna, erase); !errors.Is(err, systems.ErrReferenced) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("an act is kept back", func(t *testing.T) {
		o := serve(t, sys, rows)
		r := o.server.Rules["invoices"]
		r.Acts = []string{"keep"}
		o.server.Rules["invoices"] = r
		s := o.client(t, sys)
		if s.Can(h, systems.Erase) || !s.Can(h, systems.Keep) {
			t.Error("Can does not tell what the owner lets us")
		}
		if n := o.calls[wire.Capabilities]; n != 1 {
			t.Errorf("asked %d times what it can", n)
		}
		if _, err := s.Apply(ctx, h, anna, erase); !errors.Is(err, systems.ErrNotDeclared) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("another authority", func(t *testing.T) {
		o := serve(t, sys, rows)
		s := o.client(t, sys)
		s.Secret.CA = ""
		c, err := s.Secret.Client()
		if err != nil {
			t.Fatal(err)
		}
		s.HTTP = c
		if _, err := gather(s, h); err == nil || errors.Is(err, errAway) || len(o.calls) > 0 {
			t.Errorf("a certificate that nobody vouches for: %v", err)
		}
	})
	t.Run("a new column", func(t *testing.T) {
		rows := []systems.Row{{"customer": "K-1", "invoice": "F-1", "mystery": "GEHEIM", "empty": ""}}
		got, err := gather(serve(t, sys, rows).client(t, sys), h)
		if err != nil {
			t.Fatal(err)
		}
		// A42: that there is something, not what.
		if d := cmp.Diff([]systems.Row{{"customer": "K-1", "invoice": "F-1", "mystery": true}}, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
}

// without is a store whose table lost a column, or itself.
type without struct {
	reference.Store
	column string
}

func (w without) Tables(ctx context.Context) ([]wire.Table, error) {
	tables, err := w.Store.Tables(ctx)
	if w.column == "" {
		return nil, err
	}
	for i := range tables {
		tables[i].Columns = slices.DeleteFunc(tables[i].Columns, func(c wire.Column) bool { return c.Name == w.column })
	}
	return tables, err
}

// A batch whose answer was lost is not carried out twice, and its rows are told.
func TestLostAnswer(t *testing.T) {
	sys, h, rows := invoices(t, 20)
	o := serve(t, sys, rows)
	lost := 0
	o.after = func(w http.ResponseWriter, r *http.Request, rec *httptest.ResponseRecorder) {
		if strings.HasSuffix(r.URL.Path, wire.Apply) && lost%2 == 0 {
			lost++
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		if strings.HasSuffix(r.URL.Path, wire.Apply) {
			lost++
		}
		pass(w, rec, rec.Body.Bytes())
	}
	n, err := o.client(t, sys).Apply(context.Background(), h, anna, systems.Act{Action: systems.Erase, Request: "r", Leg: "l"})
	if err != nil || n != 20 || len(o.memory.All("invoices")) != 0 {
		t.Errorf("erased %d, %v; %d left", n, err, len(o.memory.All("invoices")))
	}
	if lost != 6 { // three batches, each sent twice
		t.Errorf("%d batches were sent", lost)
	}
}

// A row that somebody writes meanwhile is looked at again, and given up at last.
func TestChangedMeanwhile(t *testing.T) {
	p, _ := inventory.Default().Holding("collection", "files")
	rows := []systems.Row{{"file": "D-1", "record": "file", "type": "file", "client": "bakker", "debtor": "B-1"}}
	of := systems.Of(systems.Keys{"debtor": {"B-1"}}, "bakker")
	act := systems.Act{Action: systems.Restrict, Ground: "a", Request: "r", Leg: "l"}
	for writes, want := range map[int]error{2: nil, 100: systems.ErrChanged} {
		o := serve(t, p.System, rows)
		n := 0
		o.before = func(_ http.ResponseWriter, r *http.Request, _ []byte) bool {
			if strings.HasSuffix(r.URL.Path, wire.Apply) && n < writes {
				n++
				_, err := o.memory.Change(r.Context(), wire.Batch{Key: fmt.Sprint(n), Table: "files", Changes: []wire.Change{{
					Primary: map[string]any{"file": "D-1", "record": "file"},
					Set:     map[string]any{inventory.Bookkeeping: map[string]any{"restricted_until": systems.Endless, "restrictions": map[string]any{fmt.Sprint("other/", n): "b"}}},
				}}})
				if err != nil {
					t.Error(err)
				}
			}
			return false
		}
		got, err := o.client(t, p.System).Apply(context.Background(), *p.Holding, of, act)
		if !errors.Is(err, want) || want == nil && got != 1 {
			t.Errorf("after %d writes of another: %d rows, %v", writes, got, err)
		}
	}
}

// A row that is to be erased because its period is over, is looked at again
// where somebody wrote that meanwhile (E-3), and one that is no longer of the
// holding is left alone.
func TestErasureComparesWhatItRestsOn(t *testing.T) {
	p, _ := inventory.Default().Holding("collection", "files")
	of := systems.Of(systems.Keys{"debtor": {"B-1"}}, "bakker")
	for name, c := range map[string]struct {
		meanwhile map[string]any
		act       systems.Act
		want      int
	}{
		"kept, and open again":      {map[string]any{"closed": "2026-02-01"}, systems.Act{Action: systems.Keep, Before: "2019-01-01", Until: "2031-12-31"}, 1},
		"erased, and a note by now": {map[string]any{"type": "note"}, systems.Act{Action: systems.Erase}, 0},
	} {
		o := serve(t, p.System, []systems.Row{{"file": "D-1", "record": "file", "type": "file", "client": "bakker", "debtor": "B-1", "closed": "2012-03-01"}})
		o.before = func(_ http.ResponseWriter, r *http.Request, _ []byte) bool {
			if strings.HasSuffix(r.URL.Path, wire.Apply) {
				if _, err := o.memory.Change(r.Context(), wire.Batch{Key: "theirs", Table: "files", Changes: []wire.Change{{
					Primary: map[string]any{"file": "D-1", "record": "file"}, Set: c.meanwhile,
				}}}); err != nil {
					t.Error(err)
				}
			}
			return false
		}
		c.act.Request, c.act.Leg = "r", "l"
		n, err := o.client(t, p.System).Apply(t.Context(), *p.Holding, of, c.act)
		if left := o.memory.All("files"); n != c.want || err != nil || len(left) != 1 {
			t.Errorf("%s: %d rows, %v, and %d are left", name, n, err, len(left))
		}
	}
}

// Rows that went in the first round are counted with those of the second, and
// each row once, whoever writes meanwhile (E-9).
func TestCountsOnce(t *testing.T) {
	sys, h, rows := invoices(t, 20)
	for i := range rows[:8] {
		rows[i]["date"] = "2012-03-01"
	}
	o := serve(t, sys, rows)
	written := map[string]bool{}
	o.before = func(_ http.ResponseWriter, r *http.Request, body []byte) bool {
		if !strings.HasSuffix(r.URL.Path, wire.Apply) {
			return false
		}
		for _, invoice := range []string{"F-00002", "F-00009", "F-00019"} {
			if !strings.Contains(string(body), invoice) || written[invoice] {
				continue
			}
			written[invoice] = true
			if _, err := o.memory.Change(r.Context(), wire.Batch{Key: invoice, Table: "invoices", Changes: []wire.Change{{
				Primary: map[string]any{"customer": "K-1", "invoice": invoice},
				Set:     map[string]any{inventory.Bookkeeping: map[string]any{"restricted_until": systems.Endless, "restrictions": map[string]any{"other/1": "b"}}},
			}}}); err != nil {
				t.Error(err)
			}
		}
		return false
	}
	of, told := anna, 0
	of.Batch = func(n int) error { told += n; return nil }
	n, err := o.client(t, sys).Apply(t.Context(), h, of, systems.Act{Action: systems.Keep, Before: "2019-01-01", Until: "2031-12-31", Request: "r", Leg: "l"})
	if err != nil || n != 20 || told != 20 || len(written) != 3 {
		t.Errorf("kept or erased %d rows, told of %d after %d writes of another, %v; want 20", n, told, len(written), err)
	}
	if left := len(o.memory.All("invoices")); left != 12 {
		t.Errorf("%d rows are left, want 12", left)
	}
}

// Capitals do not matter where the key says so, and a page splits by size.
func TestFoldAndSize(t *testing.T) {
	sys, h, _ := invoices(t, 0)
	h.Keys = map[string]inventory.Key{"customer": {Column: "customer", Fold: true}}
	big := strings.Repeat("x", 1<<20)
	var rows []systems.Row
	for i := range 9 {
		rows = append(rows, systems.Row{"customer": "k-1", "invoice": fmt.Sprint("F-", i), "name": big})
	}
	o := serve(t, sys, rows)
	s := o.client(t, sys)
	s.Rows = 0
	got, err := gather(s, h)
	if err != nil || len(got) != 9 || o.calls[wire.Collect] != 3 {
		t.Errorf("%d rows in %d pages, %v", len(got), o.calls[wire.Collect], err)
	}
}

func TestOpen(t *testing.T) {
	p, _ := inventory.Default().Holding("recordings", "calls")
	want := bytes.Repeat([]byte("0123456789abcdef"), (2*wire.MaxPart+500)/16)
	for name, body := range map[string][]byte{"large": want, "empty": {}} {
		o := serveFiles(t, p.System, map[string][]byte{"a.wav": body})
		s := o.client(t, p.System)
		r, err := s.Open(context.Background(), *p.Holding, "a.wav")
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, body) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		if _, err := s.Open(context.Background(), *p.Holding, "b.wav"); !request.NotFound.Is(err) {
			t.Errorf("a file that is not there: %v", err)
		}
	}
	// Another content in between is no mixture of both.
	o := serveFiles(t, p.System, map[string][]byte{"a.wav": want})
	r, err := o.client(t, p.System).Open(context.Background(), *p.Holding, "a.wav")
	if err != nil {
		t.Fatal(err)
	}
	o.server.Store = serveFiles(t, p.System, map[string][]byte{"a.wav": append([]byte("!"), want[1:]...)}).memory
	if got, err := io.ReadAll(r); !errors.Is(err, systems.ErrChanged) {
		t.Errorf("changed meanwhile: %d bytes, %v", len(got), err)
	}
}

// A file is found by its row, and goes with it.
func TestFilesAreErased(t *testing.T) {
	h := inventory.Holding{
		ID: "scans", Format: inventory.Objects, Primary: []string{"object"}, Keys: map[string]inventory.Key{"debtor": {Column: "number"}},
		Columns: []inventory.Column{{Name: "object"}},
	}
	sys := &inventory.System{ID: "legacy", Holdings: []inventory.Holding{h}}
	table := &reference.MemoryTable{
		Table: wire.Table{Name: "scans", Primary: h.Primary, Columns: []wire.Column{{Name: "object"}, {Name: "number"}}},
		Rows:  []map[string]any{{"object": "1.pdf", "number": "B-1"}, {"object": "2.pdf", "number": "B-2"}},
		Files: map[string][]byte{"1.pdf": []byte("one"), "2.pdf": []byte("two")},
	}
	o := serve(t, sys, nil)
	o.memory = reference.NewMemory(time.Now, table)
	o.server.Store = o.memory
	s, ctx := o.client(t, sys), context.Background()
	of := systems.Of(systems.Keys{"debtor": {"B-1"}}, "")
	if n, err := s.Apply(ctx, h, of, systems.Act{Action: systems.Erase, Request: "r", Leg: "l"}); n != 1 || err != nil {
		t.Fatalf("erased %d, %v", n, err)
	}
	if _, err := s.Open(ctx, h, "1.pdf"); !request.NotFound.Is(err) {
		t.Errorf("an erased file: %v", err)
	}
	if _, err := s.Open(ctx, h, "2.pdf"); err != nil {
		t.Errorf("another person's file: %v", err)
	}
}

func serveFiles(t *testing.T, s *inventory.System, files map[string][]byte) *owner {
	o := serve(t, s, nil)
	table := &reference.MemoryTable{Files: files}
	table.Name = s.Holdings[0].In()
	for _, h := range s.Holdings[1:] {
		table.As = append(table.As, h.In())
	}
	o.memory = reference.NewMemory(time.Now, table)
	o.server.Store = o.memory
	return o
}

func TestDescribe(t *testing.T) {
	sys, h, rows := invoices(t, 1)
	schema, err := serve(t, sys, rows).client(t, sys).Describe(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	table := schema.Table("invoices")
	if table == nil || table.Column("iban") == nil || !slices.Equal(table.Primary, h.Primary) {
		t.Errorf("described %+v", schema)
	}
}

func TestParseSecret(t *testing.T) {
	k := base64.StdEncoding.EncodeToString(key)
	for text, good := range map[string]bool{
		`{"url":"https://a.example/p","key":"` + k + `"}`:          true,
		`{"url":"http://a.example/p","key":"` + k + `"}`:           false,
		`{"url":"https://u:geheim@a.example/p","key":"` + k + `"}`: false,
		`{"url":"https://a.example/p?x=geheim","key":"` + k + `"}`: false,
		`{"url":"https://a.example/p","key":"Z2VoZWlt"}`:           false,
		`{"url":"https://a.example/p","key":"geheim"}`:             false,
		`geheim`: false,
	} {
		s, err := ParseSecret([]byte(text))
		if (err == nil) != good || err != nil && strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v", text, err)
		}
		if s.CA = "geheim"; good {
			if _, err := s.Client(); err == nil || strings.Contains(err.Error(), "geheim") {
				t.Errorf("a ca that is none: %v", err)
			}
		}
	}
}

// An owner copies the packages wire and reference: the standard library is all they need.
func TestStandsAlone(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./reference").Output()
	if err != nil {
		t.Fatal(err)
	}
	const here = "github.com/allclaims/rightsdesk/shared/systems/https/"
	if d := cmp.Diff([]string{here + "wire", here + "reference"}, strings.Fields(string(out))); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// The call of docs/SYSTEMS.md, made by tools that are not ours, is answered.
func TestDocumentedCall(t *testing.T) {
	for _, tool := range []string{"sh", "openssl", "curl", "base64", "od"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("no %s here", tool)
		}
	}
	doc, err := os.ReadFile("../../../docs/SYSTEMS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(doc), "## A system behind one address (https)")
	_, after, ok2 := strings.Cut(after, "```sh\n")
	script, _, ok3 := strings.Cut(after, "```")
	if !ok || !ok2 || !ok3 {
		t.Fatal("docs/SYSTEMS.md shows no call")
	}
	sys := &inventory.System{ID: "legacy", Holdings: []inventory.Holding{{ID: "debtors", Primary: []string{"number"}, Columns: []inventory.Column{{Name: "name"}}}}}
	o := serve(t, sys, []systems.Row{{"number": "B-1", "name": "Eva Fok"}, {"number": "B-2", "name": "GEHEIM"}})
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ca.pem"), []byte(o.ca), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-euc", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "RIGHTSDESK_KEY="+base64.StdEncoding.EncodeToString(key), "RIGHTSDESK_HOST="+strings.TrimSuffix(strings.TrimPrefix(o.url, "https://"), "/privacy"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if d := cmp.Diff(`{"count":1,"rows":[{"name":"Eva Fok","number":"B-1"}],"cursor":"","last":true}`, string(out)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
