package processor_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/opendsr"
	"github.com/allclaims/rightsdesk/shared/opendsr/opendsrtest"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/processor"
	"github.com/google/go-cmp/cmp"
)

// holding is what a processor holds for us: the answers to a survey.
var holding = inventory.Holding{
	ID: "answers", Retention: "RET-10",
	Keys:    map[string]inventory.Key{"email": {Column: "email"}, "debtor": {Column: "debtor"}, "phone": {Column: "phone"}},
	Columns: []inventory.Column{{Name: "email"}, {Name: "answer"}},
}

var declared = &inventory.System{ID: "survey", Kind: "opendsr", Holdings: []inventory.Holding{holding}}

var received = time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)

func of(right request.Right) systems.Selection {
	s := systems.Of(systems.Keys{"email": {"Geheim@test.example"}, "phone": {"+31600000001"}}, "")
	s.Case = systems.Case{Request: "0123", Leg: "l1", Right: right, Received: received}
	return s
}

func reach(t *testing.T) (*opendsrtest.Processor, *processor.System) {
	t.Helper()
	p := opendsrtest.New(t)
	return p, &processor.System{Declared: declared, Client: p.Client(t)}
}

func gather(ctx context.Context, s *processor.System, h inventory.Holding, of systems.Selection) (rows []systems.Row, err error) {
	err = s.Collect(ctx, h, of, func(r systems.Row) error { rows = append(rows, r); return nil })
	return rows, err
}

func waits(t *testing.T, err error, until time.Time) {
	t.Helper()
	later := (*systems.Later)(nil)
	if !errors.As(err, &later) || !later.Until.Equal(until) {
		t.Fatalf("got %v, want to wait until %v", err, until)
	}
	if d := time.Until(later.Again); d > 24*time.Hour || d < 50*time.Minute {
		t.Errorf("to be asked again in %v", d)
	}
}

const files = "https://" + opendsrtest.Files + "/secure/geheim"

func count(n int) *int { return &n }

// X-3, 28(3)(e): a copy is asked for once, followed, and read when it is there.
func TestCopy(t *testing.T) {
	p, s := reach(t)
	for range 3 { // the step runs again: after a crash, the next day
		_, err := gather(t.Context(), s, holding, of(request.Access))
		waits(t, err, p.Expected)
	}
	got := p.Got()
	if len(got) != 1 {
		t.Fatalf("asked %d times", len(got))
	}
	want := opendsr.Request{
		Regulation: "gdpr", ID: got[0].ID, Type: "access", Submitted: received, Version: "2.0",
		Identities: []opendsr.Identity{{Type: "email", Value: "geheim@test.example", Format: "raw"}},
	}
	if d := cmp.Diff(want, got[0]); d != "" {
		t.Errorf("asked (-want +got):\n%s", d)
	}
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(got[0].ID) {
		t.Errorf("%s is no UUID of version 4", got[0].ID)
	}
	p.Set(opendsr.Completed, files, count(2))
	for kind, body := range map[string]string{
		"application/json; charset=utf-8": `[{"email":"geheim@test.example","answer":12.50,"mystery":"x","none":null}, {"answer":"b"}]`,
		"application/x-ndjson":            "{\"email\":\"geheim@test.example\",\"answer\":12.50,\"mystery\":\"x\"}\n\n{\"answer\":\"b\"}\n",
	} {
		p.Results = serve(kind, body)
		rows, err := gather(t.Context(), s, holding, of(request.Access))
		if err != nil {
			t.Fatal(err)
		}
		if rows[0].Text("answer") != "12.50" || rows[0]["mystery"] != true || len(rows[0]) != 3 || rows[1].Text("answer") != "b" {
			t.Errorf("%s: %v", kind, rows)
		}
	}
	// Another leg, another right, another system: another request.
	for _, change := range []func(*systems.Selection){
		func(s *systems.Selection) { s.Case.Leg = "l2" },
		func(s *systems.Selection) { s.Case.Request = "0124" },
		func(s *systems.Selection) { s.Case.Right = request.Portability },
	} {
		other := of(request.Access)
		change(&other)
		_, err := gather(t.Context(), s, holding, other)
		waits(t, err, p.Expected)
	}
	if got := p.Got(); len(got) != 4 || got[3].Type != "portability" {
		t.Errorf("asked %d times", len(got))
	}
}

func serve(kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = io.WriteString(w, body)
	}
}

// F18: what is not whole is not an answer.
func TestNeverHalf(t *testing.T) {
	for name, tc := range map[string]struct {
		state, url string
		count      *int
		results    http.HandlerFunc
		want       error
	}{
		"nothing held":             {opendsr.Completed, "", count(0), nil, nil},
		"nothing said":             {opendsr.Completed, "", nil, nil, systems.ErrUnreadable},
		"held, but nothing given":  {opendsr.Completed, "", count(3), nil, systems.ErrUnreadable},
		"cancelled":                {opendsr.Cancelled, "", nil, nil, systems.ErrUnreadable},
		"one less than counted":    {opendsr.Completed, files, count(2), serve("application/json", `[{"answer":"geheim"}]`), systems.ErrUnreadable},
		"cut":                      {opendsr.Completed, files, nil, serve("application/json", `[{"answer":"geheim"}`), systems.ErrUnreadable},
		"two answers":              {opendsr.Completed, files, nil, serve("application/json", `[{"answer":"geheim"}] []`), systems.ErrUnreadable},
		"no list":                  {opendsr.Completed, files, nil, serve("application/json", `{"answer":"geheim"}`), systems.ErrUnreadable},
		"no record":                {opendsr.Completed, files, nil, serve("application/json", `["geheim"]`), systems.ErrUnreadable},
		"a line too long":          {opendsr.Completed, files, nil, serve("application/x-ndjson", `{"a":"`+strings.Repeat("x", 5<<20)+`"}`), systems.ErrUnreadable},
		"a record too long":        {opendsr.Completed, files, nil, serve("application/json", `[{"a":"`+strings.Repeat("x", 12<<20)+`"}]`), systems.ErrUnreadable},
		"another kind":             {opendsr.Completed, files, nil, serve("text/html", `geheim`), systems.ErrUnreadable},
		"gone":                     {opendsr.Completed, files, nil, http.NotFound, opendsr.ErrUnknown},
		"an address of ours":       {opendsr.Completed, "https://169.254.169.254/geheim", nil, nil, systems.ErrUnreadable},
		"an address without https": {opendsr.Completed, "http://files.example/geheim", nil, nil, opendsr.ErrAddress},
		"half": {opendsr.Completed, files, nil, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `[{"answer":"geheim"},`)
		}, opendsr.ErrAway},
	} {
		t.Run(name, func(t *testing.T) {
			p, s := reach(t)
			_, err := gather(t.Context(), s, holding, of(request.Access))
			waits(t, err, p.Expected)
			p.Set(tc.state, tc.url, tc.count)
			p.Results = tc.results
			_, err = gather(t.Context(), s, holding, of(request.Access))
			if !errors.Is(err, tc.want) || err != nil && strings.Contains(err.Error(), "geheim") {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

// An erasure is asked for once; what stands for the processor's copy is there
// until the processor has signed that it is gone.
func TestErasure(t *testing.T) {
	p, s := reach(t)
	ctx := t.Context()
	rows := func() int {
		t.Helper()
		got, err := gather(ctx, s, holding, of(request.Erasure))
		if err != nil {
			t.Fatal(err)
		}
		return len(got)
	}
	if rows() != 1 || len(p.Got()) != 0 {
		t.Error("a survey asks for nothing and finds one row")
	}
	act := systems.Act{Action: systems.Erase, Request: "0123", Leg: "l1"}
	for range 2 {
		n, err := s.Apply(ctx, holding, of(request.Erasure), act)
		if n != 0 {
			t.Errorf("told %d rows", n)
		}
		waits(t, err, p.Expected)
	}
	if rows() != 1 || len(p.Got()) != 1 || p.Got()[0].Type != "erasure" {
		t.Errorf("asked %+v", p.Got())
	}
	p.Set(opendsr.Completed, "", nil)
	for want, c := range map[int]*int{1: nil, 7: count(7)} {
		p.Set(opendsr.Completed, "", c)
		told, sel := 0, of(request.Erasure)
		sel.Batch = func(n int) error { told += n; return nil }
		if n, err := s.Apply(ctx, holding, sel, act); err != nil || n != want || told != want {
			t.Errorf("told %d and %d rows, %v", n, told, err)
		}
	}
	if rows() != 0 {
		t.Error("still there after it was erased")
	}
	if len(p.Got()) != 1 || p.Fetched() != 0 {
		t.Errorf("asked %d times", len(p.Got()))
	}
}

func TestFile(t *testing.T) {
	p, s := reach(t)
	h := holding
	h.Format = inventory.Objects
	_, err := gather(t.Context(), s, h, of(request.Access))
	waits(t, err, p.Expected)
	p.Set(opendsr.Completed, files+".PDF?signature=geheim", nil)
	p.Results = serve("application/pdf", "%PDF")
	rows, err := gather(t.Context(), s, h, of(request.Access))
	if err != nil || len(rows) != 1 || rows[0].Text("object") != p.Got()[0].ID+"/results.pdf" {
		t.Fatalf("%v, %v", rows, err)
	}
	body, err := s.Open(t.Context(), h, rows[0].Text("object"))
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if b, err := io.ReadAll(body); err != nil || string(b) != "%PDF" {
		t.Errorf("%q, %v", b, err)
	}
	for _, name := range []string{"", "x/results.pdf", p.Got()[0].ID + "/other"} {
		if _, err := s.Open(t.Context(), h, name); !request.NotFound.Is(err) {
			t.Errorf("open %q: %v", name, err)
		}
	}
}

func TestRefuses(t *testing.T) {
	p, s := reach(t)
	ctx := t.Context()
	for name, change := range map[string]func(*systems.Selection){
		"no request":                    func(s *systems.Selection) { s.Case.Request = "" },
		"no instant":                    func(s *systems.Selection) { s.Case.Received = time.Time{} },
		"a key that nobody there knows": func(s *systems.Selection) { s.Keys = systems.Keys{"debtor": {"B-1"}} },
	} {
		sel := of(request.Access)
		change(&sel)
		if _, err := gather(ctx, s, holding, sel); !errors.Is(err, systems.ErrNotDeclared) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, action := range []string{systems.Keep, systems.Restrict, systems.Anonymise, systems.Expire, "drop"} {
		if s.Can(holding, action) {
			t.Errorf("can %s", action)
		}
		act := systems.Act{Action: action, On: "2026-11-20"}
		if _, err := s.Apply(ctx, holding, of(request.Erasure), act); !errors.Is(err, systems.ErrNotDeclared) {
			t.Errorf("%s: %v", action, err)
		}
	}
	if rows, err := s.Find(ctx, holding, "email", "x@test.example"); len(rows) > 0 || err != nil {
		t.Errorf("Find: %v, %v", rows, err)
	}
	if _, err := s.Find(ctx, holding, "file", "1"); !errors.Is(err, systems.ErrNotDeclared) {
		t.Errorf("Find by what is not declared: %v", err)
	}
	for _, keys := range []systems.Keys{nil, {"customer": {"K-1"}}} {
		sel := of(request.Access)
		sel.Keys = keys
		if rows, err := gather(ctx, s, holding, sel); len(rows) > 0 || err != nil {
			t.Errorf("a copy of nobody: %v, %v", rows, err)
		}
	}
	open := of(request.Access)
	open.Case = systems.Case{} // before there is a leg: it may hold this person, and is not asked
	if rows, err := gather(ctx, s, holding, open); len(rows) != 1 || err != nil {
		t.Errorf("before there is a leg: %v, %v", rows, err)
	}
	one := of(request.Access)
	one.Client = "bakker"
	if rows, err := gather(ctx, s, holding, one); len(rows) > 0 || err != nil {
		t.Errorf("of one client: %v, %v", rows, err)
	}
	if len(p.Got()) > 0 {
		t.Errorf("asked %+v", p.Got())
	}
	p.Refuse = http.StatusServiceUnavailable
	if _, err := gather(ctx, s, holding, of(request.Access)); !errors.Is(err, opendsr.ErrAway) {
		t.Errorf("down: %v", err)
	}
}

// The kinds and formats that the processor knows, and what the secret adds.
func TestIdentities(t *testing.T) {
	p, s := reach(t)
	p.Discovery.Identities = []opendsr.Identity{{Type: opendsr.Email, Format: opendsr.SHA256}, {Type: opendsr.CustomerID, Format: opendsr.Raw}}
	s.Identities = map[string]string{"debtor": opendsr.CustomerID}
	sel := of(request.Access)
	sel.Keys["debtor"] = []string{"b-1"}
	_, err := gather(t.Context(), s, holding, sel)
	waits(t, err, p.Expected)
	want := []opendsr.Identity{
		{Type: opendsr.CustomerID, Value: "B-1", Format: opendsr.Raw},
		{Type: opendsr.Email, Value: fmt.Sprintf("%x", sha256.Sum256([]byte("geheim@test.example"))), Format: opendsr.SHA256},
	}
	if d := cmp.Diff(want, p.Got()[0].Identities); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestParseSecret(t *testing.T) {
	for text, good := range map[string]bool{
		`{"url":"https://opendsr.a.example/v2/","authorization":"Bearer geheim"}`: true,
		`{"url":"http://opendsr.a.example/v2"}`:                                   false,
		`{"url":"https://u:geheim@a.example/v2"}`:                                 false,
		`geheim`: false,
	} {
		s, err := processor.ParseSecret([]byte(text))
		if (err == nil) != good || err != nil && strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v", text, err)
		}
		if !good {
			continue
		}
		c, err := s.Client(time.Now)
		if err != nil || c.Base != "https://opendsr.a.example/v2" || c.Authorization != "Bearer geheim" {
			t.Errorf("%+v, %v", c, err)
		}
		s.CA = "geheim"
		if _, err := s.Client(time.Now); err == nil || strings.Contains(fmt.Sprint(err), "geheim") {
			t.Errorf("a ca that is none: %v", err)
		}
	}
}
