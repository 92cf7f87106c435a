package storetest

import (
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// Who is being told of a client's state is one row a client, and who began it
// before another did goes on no more.
func tellings(t *testing.T, s Store, _ *Clock) {
	ctx := t.Context()
	first := register.Telling{Client: unique(t, "c"), By: "a", At: Start}
	of := func() (out []register.Telling) {
		for _, x := range must[[]register.Telling](t)(s.Tellings(ctx)) {
			if x.Client == first.Client {
				out = append(out, x)
			}
		}
		return out
	}
	wantCode(t, "how far one came that nobody began", s.Told(ctx, first, false), request.Conflict)
	check(t, s.PutTelling(ctx, first))
	first.List, first.After = 1, "r-7"
	check(t, s.Told(ctx, first, false))
	if d := cmp.Diff([]register.Telling{first}, of()); d != "" {
		t.Errorf("Tellings() (-want +got):\n%s", d)
	}
	second := register.Telling{Client: first.Client, By: "b", At: Start.Add(time.Nanosecond)}
	check(t, s.PutTelling(ctx, second))
	wantCode(t, "the end of one that was begun anew", s.Told(ctx, first, true), request.Conflict)
	wantCode(t, "how far one came that was begun anew", s.Told(ctx, first, false), request.Conflict)
	if d := cmp.Diff([]register.Telling{second}, of()); d != "" {
		t.Errorf("Tellings() begun anew (-want +got):\n%s", d)
	}
	check(t, s.Told(ctx, second, true))
	wantCode(t, "the end of one that has ended", s.Told(ctx, second, true), request.Conflict)
	if left := of(); len(left) > 0 {
		t.Errorf("Tellings() at the end: %v", left)
	}
}

// How a client's machine speaks with ours is written over what was seen.
func connection(t *testing.T, s Store, _ *Clock) {
	ctx := t.Context()
	c := register.Connection{Client: unique(t, "c"), Keys: []string{"a1"}, Domains: []string{"client.example"}}
	line := ledger.Line{At: Start, Actor: "a", Action: "connection-changed", Refs: map[string]string{"client": c.Client}}
	_, err := s.Connection(ctx, c.Client)
	wantCode(t, "the connection of a client that has none", err, request.NotFound)
	check(t, s.PutConnection(ctx, c, line))
	wantCode(t, "a second first one", s.PutConnection(ctx, c, line), request.Conflict)
	got := must[register.Connection](t)(s.Connection(ctx, c.Client))
	c.Rev = 1
	if d := cmp.Diff(c, got); d != "" {
		t.Errorf("Connection() (-want +got):\n%s", d)
	}
	got.Keys = append(got.Keys, "b2")
	check(t, s.PutConnection(ctx, got, line))
	wantCode(t, "over another's write", s.PutConnection(ctx, c, line), request.Conflict)
	if got = must[register.Connection](t)(s.Connection(ctx, c.Client)); got.Rev != 2 || len(got.Keys) != 2 {
		t.Errorf("Connection() after a change = %+v", got)
	}
	wantCode(t, "of no client", s.PutConnection(ctx, register.Connection{}, line), request.InputRefused)
	lines := must[[]ledger.Line](t)(s.Lines(ctx, register.RegisterChain))
	check(t, ledger.Verify(lines))
	n := 0
	for _, l := range lines {
		if l.Refs["client"] == c.Client {
			n++
		}
	}
	if n != 2 {
		t.Errorf("the register's chain holds %d lines of it, want 2", n)
	}
}

// only are the keys of a client without a deputy.
func only(contact string) register.ContactKeys { return register.ContactKeys{Contact: contact} }

// A deputy's address opens the door while it stands there, as a deputy's.
func deputies(t *testing.T, s Store, _ *Clock) {
	ctx := t.Context()
	c := register.Client{ID: unique(t, "c"), Name: "Voorbeeld B.V.", Language: request.Dutch}
	contact, first, second := unique(t, "k"), unique(t, "k"), unique(t, "k")
	opens := func(doing, key string, deputy bool) {
		t.Helper()
		if got := must[register.Contact](t)(s.ClientByEmail(ctx, key)); got != (register.Contact{Client: c, Deputy: deputy}) {
			t.Errorf("%s: ClientByEmail() = %+v", doing, got)
		}
	}
	closed := func(doing, key string) {
		t.Helper()
		_, err := s.ClientByEmail(ctx, key)
		wantCode(t, doing, err, request.NotFound)
	}
	write := map[string]func(register.ContactKeys) error{
		"PutClient": func(k register.ContactKeys) error { return s.PutClient(ctx, c, k) },
		"ReviseClient": func(k register.ContactKeys) error {
			before := c
			c.Name += "x"
			return s.ReviseClient(ctx, &before, c, k, ledger.Line{At: Start, Actor: "a", Action: "client-changed"})
		},
	}
	check(t, s.PutClient(ctx, c, only(contact)))
	for name, put := range write {
		check(t, put(register.ContactKeys{Contact: contact, Deputy: first}))
		opens(name+": the contact", contact, false)
		opens(name+": the deputy", first, true)
		check(t, put(register.ContactKeys{Contact: contact, Deputy: second}))
		opens(name+": the next deputy", second, true)
		closed(name+": the deputy before", first)
		// They change places.
		check(t, put(register.ContactKeys{Contact: second, Deputy: contact}))
		opens(name+": the deputy who became contact", second, false)
		opens(name+": the contact who became deputy", contact, true)
		wantCode(t, name+": a contact as its own deputy", s.PutClient(ctx, c, register.ContactKeys{Contact: contact, Deputy: contact}), request.InputRefused)
		other := register.Client{ID: unique(t, "c")}
		wantCode(t, name+": another's deputy as contact", s.PutClient(ctx, other, only(contact)), request.Exists)
		wantCode(t, name+": another's contact as deputy", s.PutClient(ctx, other, register.ContactKeys{Contact: unique(t, "k"), Deputy: second}), request.Exists)
		check(t, put(only(contact)))
		opens(name+": the contact alone", contact, false)
		closed(name+": the deputy who was taken out", second)
		check(t, s.PutClient(ctx, other, only(second))) // it is free again
		check(t, s.PutClient(ctx, other, only(unique(t, "k"))))
	}
}

// A client is written over what was seen, with a line on the register's chain.
func reviseClient(t *testing.T, s Store, _ *Clock) {
	ctx := t.Context()
	line := func(by string) ledger.Line {
		return ledger.Line{At: Start, Actor: by, Action: "client-changed"}
	}
	of := func(client string) (out []ledger.Line) {
		lines := must[[]ledger.Line](t)(s.Lines(ctx, register.RegisterChain))
		if err := ledger.Verify(lines); err != nil {
			t.Error(err)
		}
		for _, l := range lines {
			if l.Refs["client"] == client {
				out = append(out, l)
			}
		}
		return out
	}
	c := register.Client{ID: unique(t, "c"), Name: "Voorbeeld B.V.", Email: "avg@example.org", Language: request.Dutch}
	about := func(by string) ledger.Line {
		l := line(by)
		l.Refs = map[string]string{"client": c.ID}
		return l
	}
	key, moved := unique(t, "k"), unique(t, "k")
	wantCode(t, "a client that is not there", s.ReviseClient(ctx, &c, c, only(key), about("a")), request.NotFound)
	check(t, s.ReviseClient(ctx, nil, c, only(key), about("a")))
	wantCode(t, "a client that is there already", s.ReviseClient(ctx, nil, c, only(key), about("a")), request.Exists)
	next := c
	next.Name = "Voorbeeld N.V."
	check(t, s.ReviseClient(ctx, &c, next, only(moved), about("b")))
	wantCode(t, "over another's write", s.ReviseClient(ctx, &c, c, only(key), about("c")), request.Conflict)
	if got := must[register.Contact](t)(s.ClientByEmail(ctx, moved)); got != (register.Contact{Client: next}) {
		t.Errorf("ClientByEmail() of the new address = %+v", got)
	}
	_, err := s.ClientByEmail(ctx, key)
	wantCode(t, "ClientByEmail of the old address", err, request.NotFound)
	other := register.Client{ID: unique(t, "c"), Name: "Ander"}
	wantCode(t, "two clients with one address", s.ReviseClient(ctx, nil, other, only(moved), about("d")), request.Exists)
	wantCode(t, "a client without an id", s.ReviseClient(ctx, nil, register.Client{}, only(moved), about("d")), request.InputRefused)
	// A refused write leaves neither a line nor an address behind.
	both := register.ContactKeys{Contact: unique(t, "k"), Deputy: moved}
	wantCode(t, "another's contact as deputy", s.ReviseClient(ctx, nil, other, both, about("d")), request.Exists)
	_, err = s.ClientByEmail(ctx, both.Contact)
	wantCode(t, "ClientByEmail of a client that was refused", err, request.NotFound)
	wantCode(t, "a contact as its own deputy", s.ReviseClient(ctx, &next, next, register.ContactKeys{Contact: moved, Deputy: moved}, about("d")), request.InputRefused)
	if got := of(c.ID); len(got) != 2 || got[0].Actor != "a" || got[1].Actor != "b" {
		t.Errorf("the register's chain holds %+v", got)
	}
	var wg sync.WaitGroup
	for n := range 4 {
		wg.Go(func() {
			c := register.Client{ID: unique(t, "c"), Name: strconv.Itoa(n)}
			if err := s.ReviseClient(ctx, nil, c, only(unique(t, "k")), about("e")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := of(c.ID); len(got) != 6 {
		t.Errorf("after four writes at once %d lines, want 6", len(got))
	}
	lines := must[[]ledger.Line](t)(s.Lines(ctx, register.RegisterChain))
	var head *ledger.Head
	for page := (store.Page{Limit: 100}); head == nil; {
		heads, more, err := s.Heads(ctx, page)
		check(t, err)
		for i := range heads {
			if heads[i].Request == register.RegisterChain {
				head = &heads[i]
			}
		}
		if page.After = more; more == "" {
			break
		}
	}
	if head == nil || ledger.VerifyHead(lines, head.Chain) != nil && !slices.ContainsFunc(lines, func(l ledger.Line) bool { return l.Seq == head.Chain.Seq && l.Hash == head.Chain.Hash }) {
		t.Errorf("the heads hold %v for the register's chain of %d lines", head, len(lines))
	}
}

func colleagues(t *testing.T, s Store, _ *Clock) {
	c := register.Colleague{ID: unique(t, "o"), Name: "Noor", Roles: []string{"officer"}, Seen: Start}
	check(t, s.PutColleague(t.Context(), c))
	c.Roles = []string{"officer", "approver"}
	check(t, s.PutColleague(t.Context(), c))
	all := must[[]register.Colleague](t)(s.Colleagues(t.Context()))
	i := slices.IndexFunc(all, func(x register.Colleague) bool { return x.ID == c.ID })
	if i < 0 || !cmp.Equal(all[i], c) {
		t.Errorf("Colleagues() = %+v", all)
	}
}
