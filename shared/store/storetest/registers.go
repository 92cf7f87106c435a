package storetest

import (
	"bytes"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

func clients(t *testing.T, s Store, _ *Clock) {
	c := register.Client{ID: unique(t, "c"), Name: "Voorbeeld B.V.", Email: "avg@example.org", Language: request.Dutch, DebtorRole: "processor"}
	key, moved := unique(t, "k"), unique(t, "k")
	_, err := s.Client(t.Context(), c.ID)
	wantCode(t, "Client before it is written", err, request.NotFound)
	check(t, s.PutClient(t.Context(), c, only(key)))
	c.Name = "Voorbeeld N.V."
	check(t, s.PutClient(t.Context(), c, only(key)))
	if diff := cmp.Diff(c, must[register.Client](t)(s.Client(t.Context(), c.ID))); diff != "" {
		t.Errorf("Client() (-want +got):\n%s", diff)
	}
	if got := must[register.Contact](t)(s.ClientByEmail(t.Context(), key)); got != (register.Contact{Client: c}) {
		t.Errorf("ClientByEmail() = %+v", got)
	}
	// A new address opens the door, the old one no longer does.
	check(t, s.PutClient(t.Context(), c, only(moved)))
	if got := must[register.Contact](t)(s.ClientByEmail(t.Context(), moved)); got != (register.Contact{Client: c}) {
		t.Errorf("ClientByEmail() of the new address = %+v", got)
	}
	_, err = s.ClientByEmail(t.Context(), key)
	wantCode(t, "ClientByEmail of the old address", err, request.NotFound)
	other := register.Client{ID: unique(t, "c")}
	wantCode(t, "two clients with one address", s.PutClient(t.Context(), other, only(moved)), request.Exists)
	check(t, s.PutClient(t.Context(), other, only(key)))
	all := must[[]register.Client](t)(s.Clients(t.Context()))
	if !slices.Contains(all, c) || !slices.Contains(all, other) {
		t.Error("Clients() misses one")
	}
	if !slices.IsSortedFunc(all, func(a, b register.Client) int { return bytes.Compare([]byte(a.ID), []byte(b.ID)) }) {
		t.Error("Clients() is not in order")
	}
}

func registers(t *testing.T, s Store, _ *Clock) {
	r := Request(t)
	key, scope := unique(t, "k"), unique(t, "scope")
	first := register.Suppression{Key: key, Scope: scope, At: Start, Request: r.ID}
	erased := []register.Erased{
		{Key: key, System: "invoices", Holding: "a", At: Start, Request: r.ID, Leg: "l1"},
		{Key: key, System: "newsletter", Holding: "b", At: Start, Request: r.ID, Leg: "l1"},
	}
	mustCreate(t, s, r, store.Writes{Suppress: []register.Suppression{first, first}, Erased: append(erased, erased[0])})
	// A second objection does not move the date of the first.
	later := first
	later.At = Start.Add(time.Hour)
	second := register.Suppression{Key: key + "2", Scope: scope, At: Start, Request: r.ID}
	check(t, s.Save(t.Context(), r, store.Writes{Suppress: []register.Suppression{later, second}, Erased: erased}))
	var got []register.Suppression
	for page := (store.Page{Limit: 1}); ; {
		rows, next, err := s.Suppressions(t.Context(), scope, page)
		check(t, err)
		got = append(got, rows...)
		if next == "" {
			break
		}
		page.After = next
	}
	if diff := cmp.Diff([]register.Suppression{first, second}, got); diff != "" {
		t.Errorf("Suppressions() (-want +got):\n%s", diff)
	}
	if !must[bool](t)(s.Suppressed(t.Context(), key, scope)) || must[bool](t)(s.Suppressed(t.Context(), key, "other")) {
		t.Error("Suppressed() does not keep scopes apart")
	}
	if diff := cmp.Diff(erased, must[[]register.Erased](t)(s.ErasedOf(t.Context(), key))); diff != "" {
		t.Errorf("ErasedOf() (-want +got):\n%s", diff)
	}
	n := 0
	for page := (store.Page{Limit: 1}); ; {
		rows, next, err := s.Erasures(t.Context(), page)
		check(t, err)
		for _, e := range rows {
			if e.Key == key {
				n++
			}
		}
		if next == "" {
			break
		}
		page.After = next
	}
	if n != 2 {
		t.Errorf("Erasures() has %d of 2", n)
	}
}

func take(t *testing.T, s Store, clock *Clock) {
	key := unique(t, "k")
	until := Start.Add(24 * time.Hour)
	for i := range 5 {
		if ok, want := must[bool](t)(s.Take(t.Context(), key, 3, until)), i < 3; ok != want {
			t.Errorf("use %d: %v, want %v", i+1, ok, want)
		}
	}
	if !must[bool](t)(s.Take(t.Context(), key+"x", 1, until)) {
		t.Error("one key counts for another")
	}
	// F09: no cleaner comes by; the window's end alone decides.
	clock.Add(24*time.Hour - time.Second)
	if must[bool](t)(s.Take(t.Context(), key, 3, until.Add(24*time.Hour))) {
		t.Error("a use was granted in the last second of the window")
	}
	clock.Add(time.Second)
	for i := range 4 {
		if ok, want := must[bool](t)(s.Take(t.Context(), key, 3, until.Add(24*time.Hour))), i < 3; ok != want {
			t.Errorf("use %d of the next window: %v, want %v", i+1, ok, want)
		}
	}
}

// Who asks again within the window counts once and hears the same; others are
// counted beside, and the next window begins with nobody.
func takeOnce(t *testing.T, s Store, clock *Clock) {
	key := unique(t, "k")
	until := Start.Add(24 * time.Hour)
	uses := func(when, who string, until time.Time, want bool) {
		t.Helper()
		for range 3 {
			if ok := must[bool](t)(s.TakeOnce(t.Context(), key, who, 2, until)); ok != want {
				t.Errorf("%s: %s gets %v, want %v", when, who, ok, want)
			}
		}
	}
	uses("the first", "a", until, true)
	uses("the second", "b", until, true)
	uses("the third", "c", until, false)
	uses("the first, asking again", "a", until, true)
	clock.Add(24 * time.Hour)
	uses("the next window", "c", until.Add(24*time.Hour), true)
	uses("the next window", "a", until.Add(24*time.Hour), true)
	uses("the next window", "b", until.Add(24*time.Hour), false)
}

func takeAtOnce(t *testing.T, s Store, _ *Clock) {
	key := unique(t, "k")
	var granted atomic.Int64
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			ok, err := s.Take(t.Context(), key, 5, Start.Add(time.Hour))
			if err != nil {
				t.Errorf("Take(): %v", err)
			}
			if ok {
				granted.Add(1)
			}
		})
	}
	wg.Wait()
	if granted.Load() != 5 {
		t.Errorf("%d of 5 uses were granted", granted.Load())
	}
}

func offset(t *testing.T, s Store, _ *Clock) {
	check(t, s.SetOffset(t.Context(), 36*time.Hour))
	if d := must[time.Duration](t)(s.Offset(t.Context())); d != 36*time.Hour {
		t.Errorf("Offset() = %v", d)
	}
	check(t, s.SetOffset(t.Context(), 0))
	if d := must[time.Duration](t)(s.Offset(t.Context())); d != 0 {
		t.Errorf("Offset() = %v, want 0", d)
	}
}

func drafts(t *testing.T, s Store, clock *Clock) {
	key := unique(t, "k")
	_, err := s.Draft(t.Context(), key)
	wantCode(t, "Draft of none", err, request.NotFound)
	body := bytes.Repeat([]byte{0xff, 0x00, 'x', '"'}, store.MaxDraft/4)
	check(t, s.PutDraft(t.Context(), key, body, Start.Add(time.Hour)))
	if got := must[[]byte](t)(s.Draft(t.Context(), key)); !bytes.Equal(got, body) {
		t.Error("Draft() differs from what was put")
	}
	wantCode(t, "a draft too large", s.PutDraft(t.Context(), key, append(body, 'x'), Start.Add(time.Hour)), request.TooMany)
	check(t, s.PutDraft(t.Context(), key, []byte("new"), Start.Add(time.Hour)))
	if got := must[[]byte](t)(s.Draft(t.Context(), key)); string(got) != "new" {
		t.Errorf("Draft() = %q", got)
	}
	// F09: expired is gone, whether or not it was cleaned up.
	clock.Add(time.Hour)
	_, err = s.Draft(t.Context(), key)
	wantCode(t, "Draft that expired", err, request.NotFound)
	check(t, s.PutDraft(t.Context(), key, []byte("x"), Start.Add(2*time.Hour)))
	check(t, s.DeleteDraft(t.Context(), key))
	check(t, s.DeleteDraft(t.Context(), key))
	_, err = s.Draft(t.Context(), key)
	wantCode(t, "Draft that was deleted", err, request.NotFound)
}

func sessions(t *testing.T, s Store, clock *Clock) {
	id := unique(t, "s")
	_, err := s.Session(t.Context(), id)
	wantCode(t, "Session of none", err, request.NotFound)
	in := identity.Session{ID: id, Purpose: identity.ForProof, Subject: "R-0", Asked: Start, Expires: Start.Add(time.Hour),
		Codes: map[string]identity.Code{"c": {Salt: []byte{0xff, 0}, Hash: []byte{1}, Until: Start}}}
	check(t, s.PutSession(t.Context(), in))
	wantCode(t, "creating it again", s.PutSession(t.Context(), in), request.Conflict)
	in.Rev = 1
	if diff := cmp.Diff(in, must[identity.Session](t)(s.Session(t.Context(), id))); diff != "" {
		t.Errorf("Session() (-want +got):\n%s", diff)
	}
	// Many writers: every revision is written once.
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				got, err := s.Session(t.Context(), id)
				if err != nil {
					t.Errorf("Session(): %v", err)
					return
				}
				got.Tries++
				if err = s.PutSession(t.Context(), got); err == nil {
					return
				}
				if !request.Conflict.Is(err) {
					t.Errorf("PutSession(): %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
	if got := must[identity.Session](t)(s.Session(t.Context(), id)); got.Tries != 8 || got.Rev != 9 {
		t.Errorf("after 8 writers: %d tries, revision %d", got.Tries, got.Rev)
	}
	// F09: whoever reads looks at Expires; the store does not hide what it still has.
	clock.Add(2 * time.Hour)
	if _, err := s.Session(t.Context(), id); err != nil {
		t.Errorf("Session() after its end: %v", err)
	}
}

func noted(t *testing.T, s Store, _ *Clock) {
	n := store.Noted{Source: "mail/" + unique(t, "n"), Kind: "other", Rule: "business-invoice", At: Start}
	if must[bool](t)(s.Noted(t.Context(), n.Source)) {
		t.Error("Noted() before it was")
	}
	check(t, s.Note(t.Context(), n))
	again := n
	again.Kind = "bounce"
	check(t, s.Note(t.Context(), again)) // the first word stands
	if !must[bool](t)(s.Noted(t.Context(), n.Source)) {
		t.Error("Noted() after it was")
	}
	found := 0
	for page := (store.Page{Limit: 1}); ; {
		some, next, err := s.NotedOn(t.Context(), n.Day(), page)
		check(t, err)
		for _, x := range some {
			if x.Source == n.Source {
				found++
				if diff := cmp.Diff(n, x); diff != "" {
					t.Errorf("NotedOn() (-want +got):\n%s", diff)
				}
			}
		}
		if page.After = next; next == "" {
			break
		}
	}
	if found != 1 {
		t.Errorf("NotedOn() lists it %d times", found)
	}
}

// A31: all senders count together, and no addition is lost.
func tally(t *testing.T, s Store, _ *Clock) {
	name := unique(t, "mail/0/")
	until := Start.Add(72 * time.Hour)
	if got := must[post.Tally](t)(s.Tally(t.Context(), name, post.Tally{}, until)); got != (post.Tally{}) {
		t.Errorf("before anything: %+v", got)
	}
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if _, err := s.Tally(t.Context(), name, post.Tally{Accepted: 3, Bounced: 2, Complained: 1}, until); err != nil {
				t.Errorf("Tally(): %v", err)
			}
		})
	}
	wg.Wait()
	want := post.Tally{Accepted: 31, Bounced: 20, Complained: 10}
	if got := must[post.Tally](t)(s.Tally(t.Context(), name, post.Tally{Accepted: 1}, until)); got != want {
		t.Errorf("sum %+v, want %+v", got, want)
	}
	if got := must[post.Tally](t)(s.Tally(t.Context(), name+"x", post.Tally{}, until)); got != (post.Tally{}) {
		t.Errorf("one day counts for another: %+v", got)
	}
}

// The breaker is one for all: who read an older state does not write over a newer.
func fuse(t *testing.T, s Store, _ *Clock) {
	f := must[post.Fuse](t)(s.Fuse(t.Context()))
	f.OpenedAt, f.Until, f.Why, f.Round = Start, Start.Add(time.Hour), "bounces", f.Round+1
	check(t, s.PutFuse(t.Context(), f))
	wantCode(t, "PutFuse over a newer state", s.PutFuse(t.Context(), f), request.Conflict)
	got := must[post.Fuse](t)(s.Fuse(t.Context()))
	f.Rev++
	if diff := cmp.Diff(f, got); diff != "" {
		t.Errorf("Fuse() (-want +got):\n%s", diff)
	}
}
