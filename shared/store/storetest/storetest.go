// Package storetest is the contract of every store, as tests. What an officer
// relies on, whichever store is below: nothing is written twice or half, two
// people never overwrite each other, lists show exactly the work that waits.
package storetest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/figures"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// Store is everything that both stores offer. Its parts are the ports of
// casework, post, identity and the pages; the methods' comments stand there
// and at the memory store.
type Store interface {
	Create(ctx context.Context, r *request.Request, w store.Writes) (request.ID, bool, error)
	Load(ctx context.Context, id request.ID) (*request.Request, error)
	Save(ctx context.Context, r *request.Request, w store.Writes) error

	ByReference(ctx context.Context, ref request.Reference) (request.ID, error)
	BySource(ctx context.Context, key string) (request.ID, error)
	BySubject(ctx context.Context, subject string) ([]request.ID, error)
	ClosedBySubject(ctx context.Context, subject string) ([]request.ID, error)

	Waking(ctx context.Context, now time.Time, limit int) ([]store.Waking, error)
	Tasks(ctx context.Context, queue string, page store.Page) ([]store.TaskRow, string, error)
	OfClient(ctx context.Context, client, state string, page store.Page) ([]store.ClientRow, string, error)
	Open(ctx context.Context, page store.Page) ([]store.OpenRow, string, error)
	FiguresOf(ctx context.Context, month string, page store.Page) ([]figures.Record, string, error)
	Closed(ctx context.Context, before time.Time, page store.Page) ([]store.ClosedRow, string, error)
	Forget(ctx context.Context, id request.ID, lines []ledger.Line) error
	Lines(ctx context.Context, id request.ID) ([]ledger.Line, error)
	Heads(ctx context.Context, page store.Page) ([]ledger.Head, string, error)

	LettersOf(ctx context.Context, owner string) ([]post.Letter, error)
	Unsent(ctx context.Context, now time.Time, limit int) ([]post.Letter, error)
	Claim(ctx context.Context, owner, id string, rev int64, leaseUntil time.Time) (post.Letter, error)
	Mark(ctx context.Context, l post.Letter, lines []ledger.Line) error
	PutLetter(ctx context.Context, l post.Letter) error
	ByMessageID(ctx context.Context, sesMessageID string) (owner, id string, err error)

	Client(ctx context.Context, id string) (register.Client, error)
	PutClient(ctx context.Context, c register.Client, keys register.ContactKeys) error
	Clients(ctx context.Context) ([]register.Client, error)
	ClientByEmail(ctx context.Context, hmacKey string) (register.Contact, error)
	ReviseClient(ctx context.Context, before *register.Client, after register.Client, keys register.ContactKeys, line ledger.Line) error
	Connection(ctx context.Context, client string) (register.Connection, error)
	PutConnection(ctx context.Context, c register.Connection, line ledger.Line) error
	Tellings(ctx context.Context) ([]register.Telling, error)
	PutTelling(ctx context.Context, t register.Telling) error
	Told(ctx context.Context, t register.Telling, done bool) error
	PutColleague(ctx context.Context, c register.Colleague) error
	Colleagues(ctx context.Context) ([]register.Colleague, error)
	Suppressed(ctx context.Context, key, scope string) (bool, error)
	Suppressions(ctx context.Context, scope string, page store.Page) ([]register.Suppression, string, error)
	Erasures(ctx context.Context, page store.Page) ([]register.Erased, string, error)
	ErasedOf(ctx context.Context, key string) ([]register.Erased, error)
	Take(ctx context.Context, key string, max int, until time.Time) (bool, error)
	TakeOnce(ctx context.Context, key, who string, max int, until time.Time) (bool, error)
	Tally(ctx context.Context, name string, add post.Tally, until time.Time) (post.Tally, error)
	Fuse(ctx context.Context) (post.Fuse, error)
	PutFuse(ctx context.Context, f post.Fuse) error
	Note(ctx context.Context, n store.Noted) error
	Noted(ctx context.Context, source string) (bool, error)
	NotedOn(ctx context.Context, day request.Day, page store.Page) ([]store.Noted, string, error)
	Offset(ctx context.Context) (time.Duration, error)
	SetOffset(ctx context.Context, d time.Duration) error

	Draft(ctx context.Context, key string) ([]byte, error)
	PutDraft(ctx context.Context, key string, body []byte, expires time.Time) error
	DeleteDraft(ctx context.Context, key string) error

	Session(ctx context.Context, id string) (identity.Session, error)
	PutSession(ctx context.Context, s identity.Session) error
}

// Clock is the stores' Now, moved by the tests.
type Clock struct{ offset atomic.Int64 }

// Start is the instant at which every test begins.
var Start = time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)

// Now is Start and what was added.
func (c *Clock) Now() time.Time { return Start.Add(time.Duration(c.offset.Load())) }

// Add moves the clock.
func (c *Clock) Add(d time.Duration) { c.offset.Add(int64(d)) }

// Request makes a valid new request with its own id, reference and source.
func Request(t testing.TB, legs ...request.Leg) *request.Request {
	t.Helper()
	id, err := request.NewID(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := request.NewReference(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &request.Request{
		ID: id, Reference: ref, SourceKey: "form/" + string(id), Channel: request.Web, Language: request.Dutch,
		Received: Start, Registered: Start.Add(time.Second), SafeDue: "2026-04-03", Due: "2026-04-07",
		Stage: request.Registered, Kind: "request", Text: "één verzoek", Legs: legs,
	}
}

func unique(t testing.TB, prefix string) string {
	t.Helper()
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		t.Fatal(err)
	}
	return prefix + hex.EncodeToString(b[:])
}

// Run holds a store to the contract. open gives a store, empty or shared, that
// tells time by the clock.
func Run(t *testing.T, open func(t *testing.T, clock *Clock) Store) {
	for name, f := range map[string]func(*testing.T, Store, *Clock){
		"Create": create, "CreateTwiceAtOnce": createTwice, "CreateRefused": createRefused,
		"Save": save, "SaveConflict": saveConflict, "SaveRefused": saveRefused, "SaveApproval": saveApproval, "SaveScreening": saveScreening, "SaveWritesAllOrNothing": saveAtomic,
		"Limits": limits, "Copies": copies,
		"Waking": waking, "Tasks": tasks, "OfClient": ofClient, "Open": openList, "OpenExtended": openExtended, "Figures": figuresOf, "BySubject": bySubject, "Breaches": breaches, "Unposted": unposted, "Leftover": leftover,
		"Closed": closedLeaves, "Waits": waits, "Forget": forget, "Pages": pages, "FullPage": fullPage,
		"Ledger": ledgerLines, "Letters": lettersCommit, "Claim": claim, "ClaimAtOnce": claimAtOnce, "Mark": mark,
		"MarkBesideSave": markBesideSave, "PutLetter": putLetter, "Events": events,
		"Clients": clients, "ReviseClient": reviseClient, "Deputies": deputies, "Connection": connection, "Tellings": tellings, "Colleagues": colleagues, "Registers": registers, "Noted": noted, "Take": take, "TakeOnce": takeOnce, "TakeAtOnce": takeAtOnce, "Tally": tally, "Fuse": fuse,
		"Offset": offset, "Drafts": drafts, "Sessions": sessions,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := &Clock{}
			f(t, open(t, clock), clock)
		})
	}
}

func wantCode(t testing.TB, what string, err error, code request.Code) {
	t.Helper()
	if !code.Is(err) {
		t.Errorf("%s: error %v, want code %s", what, err, code)
	}
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustCreate(t testing.TB, s Store, r *request.Request, w store.Writes) {
	t.Helper()
	id, isNew, err := s.Create(t.Context(), r, w)
	if err != nil || !isNew || id != r.ID {
		t.Fatalf("Create() = %s, %v, %v; want %s, true", id, isNew, err, r.ID)
	}
}

func line(action string) ledger.Line {
	return ledger.Line{At: Start, Actor: "system:test", Action: action}
}

func letter(owner, id string) post.Letter {
	return post.Letter{Owner: owner, ID: id, Order: letters.Order{Kind: "T-01", Language: request.Dutch},
		To: post.Address{Kind: "sender", Email: "a@example.org"}, Created: Start}
}

func create(t *testing.T, s Store, _ *Clock) {
	r := Request(t, request.Leg{ID: "l1", Right: request.Access, Phase: request.Opened, WakeAt: Start.Add(time.Hour)})
	subject := unique(t, "s")
	mustCreate(t, s, r, store.Writes{
		Letters: []post.Letter{letter("", "T-01")}, Lines: []ledger.Line{line("received"), line("split")},
		Subjects: []string{subject, subject}, Suppress: []register.Suppression{{Key: subject, Scope: "marketing", At: Start, Request: r.ID}},
	})
	if r.Rev != 1 || r.Chain.Seq != 2 {
		t.Errorf("after Create: rev %d, chain %d; want 1, 2", r.Rev, r.Chain.Seq)
	}
	got := must[*request.Request](t)(s.Load(t.Context(), r.ID))
	if diff := cmp.Diff(r, got); diff != "" {
		t.Errorf("Load() differs (-created +loaded):\n%s", diff)
	}
	if id := must[request.ID](t)(s.ByReference(t.Context(), r.Reference)); id != r.ID {
		t.Errorf("ByReference() = %s, want %s", id, r.ID)
	}
	if id := must[request.ID](t)(s.BySource(t.Context(), r.SourceKey)); id != r.ID {
		t.Errorf("BySource() = %s, want %s", id, r.ID)
	}
	if !must[bool](t)(s.Suppressed(t.Context(), subject, "marketing")) {
		t.Error("the suppression was not written with the request")
	}
	// The same message again (I6): the known id, and nothing is done twice.
	again := Request(t)
	again.SourceKey = r.SourceKey
	id, isNew, err := s.Create(t.Context(), again, store.Writes{Lines: []ledger.Line{line("received")}})
	if err != nil || isNew || id != r.ID {
		t.Errorf("Create() of a known source = %s, %v, %v; want %s, false", id, isNew, err, r.ID)
	}
	if again.Rev != 0 || again.Chain.Seq != 0 {
		t.Error("Create() of a known source changed the request it was given")
	}
	_, err = s.Load(t.Context(), again.ID)
	wantCode(t, "Load of what was not created", err, request.NotFound)
	// A reference collision: the caller draws another.
	other := Request(t)
	other.Reference = r.Reference
	_, _, err = s.Create(t.Context(), other, store.Writes{})
	wantCode(t, "Create with a taken reference", err, request.Exists)
	_, err = s.BySource(t.Context(), other.SourceKey)
	wantCode(t, "BySource after the collision", err, request.NotFound)
	_, err = s.ByReference(t.Context(), Request(t).Reference)
	wantCode(t, "ByReference", err, request.NotFound)
}

func createTwice(t *testing.T, s Store, _ *Clock) {
	const n = 8
	source := unique(t, "mail/")
	ids, news := make([]request.ID, n), make([]bool, n)
	var wg sync.WaitGroup
	for i := range n {
		r := Request(t)
		r.SourceKey = source
		wg.Go(func() {
			id, isNew, err := s.Create(t.Context(), r, store.Writes{Lines: []ledger.Line{line("received")}})
			if err != nil {
				t.Errorf("Create(): %v", err)
			}
			ids[i], news[i] = id, isNew
		})
	}
	wg.Wait()
	created := 0
	for i := range n {
		if ids[i] != ids[0] {
			t.Errorf("one message became requests %s and %s", ids[0], ids[i])
		}
		if news[i] {
			created++
		}
	}
	if created != 1 {
		t.Errorf("%d calls created the request, want 1", created)
	}
}

func createRefused(t *testing.T, s Store, _ *Clock) {
	for name, spoil := range map[string]func(*request.Request){
		"id":        func(r *request.Request) { r.ID = "x" },
		"reference": func(r *request.Request) { r.Reference = "" },
		"source":    func(r *request.Request) { r.SourceKey = "" },
		"receipt":   func(r *request.Request) { r.Received = time.Time{} },
	} {
		r := Request(t)
		spoil(r)
		_, _, err := s.Create(t.Context(), r, store.Writes{})
		wantCode(t, "Create without "+name, err, request.InputRefused)
	}
	r := Request(t)
	r.Rev = 3
	_, _, err := s.Create(t.Context(), r, store.Writes{})
	wantCode(t, "Create of a written request", err, request.Conflict)
}

func save(t *testing.T, s Store, _ *Clock) {
	r := Request(t)
	mustCreate(t, s, r, store.Writes{Lines: []ledger.Line{line("received")}})
	r = must[*request.Request](t)(s.Load(t.Context(), r.ID))
	r.Stage = request.Triaged
	r.Legs = append(r.Legs, request.Leg{ID: "l1", Right: request.Erasure, Role: request.Controller, Phase: request.Opened})
	check(t, s.Save(t.Context(), r, store.Writes{Lines: []ledger.Line{line("split")}}))
	if r.Rev != 2 || r.Chain.Seq != 2 {
		t.Errorf("after Save: rev %d, chain %d; want 2, 2", r.Rev, r.Chain.Seq)
	}
	if diff := cmp.Diff(r, must[*request.Request](t)(s.Load(t.Context(), r.ID))); diff != "" {
		t.Errorf("Load() differs (-saved +loaded):\n%s", diff)
	}
	// The same variable may be saved again.
	r.Stage = request.Identified
	check(t, s.Save(t.Context(), r, store.Writes{}))
	wantCode(t, "Save of an unknown request", s.Save(t.Context(), Request(t), store.Writes{}), request.NotFound)
}

func saveConflict(t *testing.T, s Store, _ *Clock) {
	r := Request(t)
	mustCreate(t, s, r, store.Writes{})
	a := must[*request.Request](t)(s.Load(t.Context(), r.ID))
	b := must[*request.Request](t)(s.Load(t.Context(), r.ID))
	a.Kind = "complaint"
	check(t, s.Save(t.Context(), a, store.Writes{Lines: []ledger.Line{line("a")}}))
	b.Kind = "question"
	wantCode(t, "Save over another's", s.Save(t.Context(), b, store.Writes{Lines: []ledger.Line{line("b")}}), request.Conflict)
	if b.Rev != 1 || b.Chain.Seq != 0 {
		t.Error("a refused Save changed the request it was given")
	}
	// F29: of many at once exactly one wins a revision; everybody who loads again gets through.
	const n = 6
	var wg sync.WaitGroup
	var conflicts atomic.Int64
	for i := range n {
		wg.Go(func() {
			for {
				r, err := s.Load(t.Context(), r.ID)
				if err != nil {
					t.Errorf("Load(): %v", err)
					return
				}
				r.Messages = append(r.Messages, request.Message{SourceKey: fmt.Sprint(i)})
				err = s.Save(t.Context(), r, store.Writes{Lines: []ledger.Line{line(fmt.Sprint(i))}})
				if err == nil {
					return
				}
				if !request.Conflict.Is(err) {
					t.Errorf("Save(): %v", err)
					return
				}
				conflicts.Add(1)
			}
		})
	}
	wg.Wait()
	got := must[*request.Request](t)(s.Load(t.Context(), r.ID))
	if len(got.Messages) != n || got.Rev != 2+n {
		t.Errorf("%d messages at revision %d, want %d at %d (%d conflicts)", len(got.Messages), got.Rev, n, 2+n, conflicts.Load())
	}
	if err := ledger.VerifyHead(must[[]ledger.Line](t)(s.Lines(t.Context(), r.ID)), got.Chain); err != nil {
		t.Error(err)
	}
}

func saveRefused(t *testing.T, s Store, _ *Clock) {
	for _, tt := range []struct {
		name   string
		change func(*request.Request)
		want   request.Code
	}{
		{"one pair of eyes", func(r *request.Request) {
			r.Legs[0].Decision = request.Decision{Outcome: request.Refused, By: "o1", ApprovedBy: "o1"}
		}, request.SamePerson},
		{"one pair of eyes in capitals", func(r *request.Request) {
			r.Legs[0].Decision = request.Decision{Outcome: request.Refused, By: "o1", ApprovedBy: "O1"}
		}, request.SamePerson},
		{"approved as it is written", func(r *request.Request) {
			r.Legs[0].Decision = request.Decision{Outcome: request.Refused, By: "o1", ApprovedBy: "o2"}
		}, request.Forbidden},
		{"12(5) by a rule", func(r *request.Request) {
			r.Legs[0].Decision = request.Decision{Outcome: request.Refused, Ground: "excessive", By: "system:decide", Automatic: true}
		}, request.Forbidden},
		{"refusal without approval", func(r *request.Request) {
			r.Legs[0].Phase, r.Legs[0].Decision = request.Decided, request.Decision{Outcome: request.Refused, By: "o1"}
		}, request.Forbidden},
		{"erasure without approval", func(r *request.Request) {
			r.Legs[0].Phase, r.Legs[0].Decision = request.Held, request.Decision{Outcome: request.Granted, By: "o1"}
		}, request.Forbidden},
		{"client never instructed", func(r *request.Request) { r.Legs[1].Phase = request.Executed }, request.NoInstruction},
		{"receipt moved (I7)", func(r *request.Request) { r.Received = r.Received.Add(time.Hour) }, request.InputRefused},
		{"head moved", func(r *request.Request) { r.Chain.Seq = 9 }, request.InputRefused},
	} {
		r := Request(t,
			request.Leg{ID: "l1", Right: request.Erasure, Role: request.Controller, Phase: request.Deciding},
			request.Leg{ID: "l2", Right: request.Access, Role: request.Processor, Client: "c1", Phase: request.Forwarded, ForwardedAt: Start})
		mustCreate(t, s, r, store.Writes{})
		tt.change(r)
		wantCode(t, tt.name, s.Save(t.Context(), r, store.Writes{Lines: []ledger.Line{line("x")}}), tt.want)
		if got := must[*request.Request](t)(s.Load(t.Context(), r.ID)); got.Rev != 1 || got.Chain.Seq != 0 {
			t.Errorf("%s: something was written", tt.name)
		}
	}
}

// law.md invariant 12: an approval holds for the decision that its approver
// read. One that changed meanwhile is not approved, however the two are written.
func saveApproval(t *testing.T, s Store, _ *Clock) {
	r := Request(t, request.Leg{ID: "l1", Right: request.Access, Role: request.Controller, Phase: request.Approving,
		Decision: request.Decision{Outcome: request.Refused, Ground: "excessive", Note: "why", By: "o1"}})
	mustCreate(t, s, r, store.Writes{})
	approve := func(r *request.Request) {
		r.Legs[0].Phase, r.Legs[0].Decision.ApprovedBy, r.Legs[0].Decision.ApprovedAt = request.Decided, "o2", Start
	}
	read := must[*request.Request](t)(s.Load(t.Context(), r.ID))
	changed := must[*request.Request](t)(s.Load(t.Context(), r.ID))
	changed.Legs[0].Decision.Note = "another reason"
	check(t, s.Save(t.Context(), changed, store.Writes{}))
	approve(read)
	wantCode(t, "approve what somebody changed meanwhile", s.Save(t.Context(), read, store.Writes{}), request.Conflict)

	read = must[*request.Request](t)(s.Load(t.Context(), r.ID))
	approve(read)
	read.Legs[0].Decision.Note = "a third reason"
	wantCode(t, "approve and change at once", s.Save(t.Context(), read, store.Writes{}), request.Forbidden)

	read = must[*request.Request](t)(s.Load(t.Context(), r.ID))
	approve(read)
	check(t, s.Save(t.Context(), read, store.Writes{}))
	read = must[*request.Request](t)(s.Load(t.Context(), r.ID))
	read.Legs[0].Decision.Note = "a reason after the fact"
	wantCode(t, "change what was approved", s.Save(t.Context(), read, store.Writes{}), request.Forbidden)
	if got := must[*request.Request](t)(s.Load(t.Context(), r.ID)).Legs[0].Decision; got.Note != "another reason" || got.ApprovedBy != "o2" {
		t.Errorf("the store holds %+v", got)
	}
}

// A copy in which something may be of others takes two people, neither of whom
// is alone in having looked; what the second saw is what goes (15(4), invariant 12).
func saveScreening(t *testing.T, s Store, _ *Clock) {
	r := Request(t, request.Leg{ID: "l1", Right: request.Access, Role: request.Controller, Phase: request.Approving,
		Decision: request.Decision{Outcome: request.Granted, By: "o1"}, Review: []string{"a/b/c", "a/b/d"},
		Screened: []request.Screened{{Item: "1", Place: "a/b/c", Finding: request.GiveFinding, By: "o3"}}, Cleared: []string{"a/b/d"}, ClearedBy: "o4"})
	mustCreate(t, s, r, store.Writes{})
	for _, tt := range []struct {
		name   string
		change func(*request.Leg)
		want   request.Code
	}{
		{"nobody", func(*request.Leg) {}, request.Forbidden},
		{"who decided", func(l *request.Leg) { l.Decision.ApprovedBy = "o1" }, request.SamePerson},
		{"who screened a value", func(l *request.Leg) { l.Decision.ApprovedBy = "o3" }, request.SamePerson},
		{"who cleared a place", func(l *request.Leg) { l.Decision.ApprovedBy = "o4" }, request.SamePerson},
		{"another, of other findings", func(l *request.Leg) { l.Decision.ApprovedBy, l.Screened[0].Finding = "o2", request.WithholdFinding }, request.Forbidden},
		{"another, of other places", func(l *request.Leg) { l.Decision.ApprovedBy, l.Cleared = "o2", nil }, request.Forbidden},
		{"another, of places that need no look any more", func(l *request.Leg) { l.Decision.ApprovedBy, l.Review = "o2", []string{"a/b/c"} }, request.Forbidden},
	} {
		read := must[*request.Request](t)(s.Load(t.Context(), r.ID))
		read.Legs[0].Phase = request.Decided
		tt.change(&read.Legs[0])
		wantCode(t, "approved by "+tt.name, s.Save(t.Context(), read, store.Writes{}), tt.want)
	}
	read := must[*request.Request](t)(s.Load(t.Context(), r.ID))
	read.Legs[0].Phase, read.Legs[0].Decision.ApprovedBy = request.Decided, "o2"
	check(t, s.Save(t.Context(), read, store.Writes{}))
	read = must[*request.Request](t)(s.Load(t.Context(), r.ID))
	read.Legs[0].Screened = append(read.Legs[0].Screened, request.Screened{Item: "2", Place: "a/b/c", Finding: request.GiveFinding, By: "o5"})
	wantCode(t, "a finding after the approval", s.Save(t.Context(), read, store.Writes{}), request.Forbidden)
	read = must[*request.Request](t)(s.Load(t.Context(), r.ID))
	read.Legs[0].Phase, read.Legs[0].Screened = request.Closed, nil // what was written may go, once it is over (D-2)
	check(t, s.Save(t.Context(), read, store.Writes{}))
}

// A write that is refused leaves no letter, line, suppression or index row behind.
func saveAtomic(t *testing.T, s Store, _ *Clock) {
	r := Request(t)
	mustCreate(t, s, r, store.Writes{})
	stale := must[*request.Request](t)(s.Load(t.Context(), r.ID))
	check(t, s.Save(t.Context(), r, store.Writes{}))
	key := unique(t, "k")
	stale.Legs = []request.Leg{{ID: "l1", WakeAt: Start}}
	wantCode(t, "stale Save", s.Save(t.Context(), stale, store.Writes{
		Letters: []post.Letter{letter("", "T-09")}, Lines: []ledger.Line{line("decided")}, Subjects: []string{key},
		Suppress: []register.Suppression{{Key: key, Scope: "email"}}, Erased: []register.Erased{{Key: key, System: "s"}},
	}), request.Conflict)
	if n := len(must[[]post.Letter](t)(s.LettersOf(t.Context(), string(r.ID)))); n != 0 {
		t.Errorf("%d letters of a refused write", n)
	}
	if n := len(must[[]ledger.Line](t)(s.Lines(t.Context(), r.ID))); n != 0 {
		t.Errorf("%d lines of a refused write", n)
	}
	if must[bool](t)(s.Suppressed(t.Context(), key, "email")) {
		t.Error("a suppression of a refused write")
	}
	if n := len(must[[]register.Erased](t)(s.ErasedOf(t.Context(), key))); n != 0 {
		t.Error("an erasure entry of a refused write")
	}
	if n := len(must[[]request.ID](t)(s.BySubject(t.Context(), key))); n != 0 {
		t.Error("a subject of a refused write")
	}
	for _, w := range wakingOf(t, s, r.ID, Start.Add(time.Hour)) {
		t.Errorf("a wake-up of a refused write: %v", w)
	}
}

func limits(t *testing.T, s Store, _ *Clock) {
	r := Request(t)
	mustCreate(t, s, r, store.Writes{})
	// 350 KB: the request and its revision stand in one item.
	r.Text = strings.Repeat("x", store.MaxRecord)
	wantCode(t, "a request that is too large", s.Save(t.Context(), r, store.Writes{}), request.TooMany)
	r.Text = strings.Repeat("x", store.MaxRecord-2000)
	check(t, s.Save(t.Context(), r, store.Writes{}))
	// 100 items: the request and 99 lines.
	lines := slices.Repeat([]ledger.Line{line("x")}, store.MaxItems)
	wantCode(t, "101 items", s.Save(t.Context(), r, store.Writes{Lines: lines}), request.TooMany)
	check(t, s.Save(t.Context(), r, store.Writes{Lines: lines[:store.MaxItems-1]}))
	big := letter("", "big")
	big.Order.Values = map[string]string{"x": strings.Repeat("x", store.MaxRecord)}
	wantCode(t, "a letter that is too large", s.Save(t.Context(), r, store.Writes{Letters: []post.Letter{big}}), request.TooMany)
}

// Nothing that goes in or comes out is shared with what is stored.
func copies(t *testing.T, s Store, _ *Clock) {
	r := Request(t)
	r.Sender.FileNumbers = []string{"1"}
	l := letter("", "T-01")
	l.Order.Values = map[string]string{"a": "1"}
	refs := map[string]string{"a": "1"}
	mustCreate(t, s, r, store.Writes{Letters: []post.Letter{l}, Lines: []ledger.Line{{At: Start, Refs: refs}}})
	r.Sender.FileNumbers[0], l.Order.Values["a"], refs["a"] = "2", "2", "2"
	got := must[*request.Request](t)(s.Load(t.Context(), r.ID))
	if got.Sender.FileNumbers[0] != "1" {
		t.Error("the stored request changed with the caller's")
	}
	got.Sender.FileNumbers[0] = "3"
	if again := must[*request.Request](t)(s.Load(t.Context(), r.ID)); again.Sender.FileNumbers[0] != "1" {
		t.Error("the stored request changed with a loaded one")
	}
	if got := must[[]post.Letter](t)(s.LettersOf(t.Context(), string(r.ID))); got[0].Order.Values["a"] != "1" {
		t.Error("the stored letter changed with the caller's")
	}
	if err := ledger.Verify(must[[]ledger.Line](t)(s.Lines(t.Context(), r.ID))); err != nil {
		t.Error(err)
	}
}
