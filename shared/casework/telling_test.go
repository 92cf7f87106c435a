package casework_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	memory "github.com/allclaims/rightsdesk/shared/store/memory"
	tables "github.com/allclaims/rightsdesk/shared/systems/memory"
)

// manyLegs is how many debtors of the client wait in TestManyLegs: nobody waits
// for a page that goes by them all.
const manyLegs = 3000

// the page on which an administrator writes that a client went, or is back,
// does a bounded number of store calls however many legs are open. Wake does the
// rest, in as many turns as it needs and over a crash: each leg once.
func TestManyLegs(t *testing.T) {
	now := monday
	calls, dies := 0, 0
	st := &memory.Store{Now: func() time.Time { return now }}
	st.Fault = func(op, _ string, when memory.When) error {
		if when != memory.Before {
			return nil
		}
		if calls++; calls == dies {
			return fmt.Errorf("%s: the store is away", op)
		}
		return nil
	}
	turns := 0
	c := &casework.Cases{
		Store: st, Finder: st, Lists: st, Registers: st, Systems: tables.New(inventory.Default()), Keys: keys{}, Nudge: quiet{}, Engine: quiet{}, House: house(),
		Waits: casework.DefaultWaits, Now: st.Now, Enough: func() bool { turns++; return turns%10 == 0 },
	}
	client := register.Client{ID: "veel", Name: "Veel BV", Email: "privacy@veel.example", Language: request.Dutch, DebtorRole: "processor"}
	key, err := register.KeysOf(t.Context(), client, keys{}.Key)
	if err == nil {
		err = st.PutClient(t.Context(), client, key)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range manyLegs {
		l := request.Leg{ID: "1", Right: request.Access, Relation: request.Debtor, Role: request.Processor, Client: "veel", Phase: request.Forwarded, ForwardedAt: now, WakeAt: now.AddDate(0, 1, 0)}
		l.Wait.State = "Instruct"
		if i%3 == 0 {
			l.Phase, l.Instruction = request.Instructed, request.Instruction{Kind: request.CarryOutToUs, By: "client:veel/x", At: now, Receipt: "I-1"}
		}
		if _, _, err := st.Create(t.Context(), &request.Request{
			ID: request.ID(fmt.Sprintf("%032x", i+1)), Reference: request.Reference(fmt.Sprintf("R-%04d-2345", 2000+i)), SourceKey: fmt.Sprint("desk/", i), Channel: request.Counter,
			Language: request.Dutch, Received: now, Registered: now, SafeDue: "2026-12-18", Due: "2026-12-21", Stage: request.Identified, Kind: "request", Legs: []request.Leg{l},
		}, store.Writes{}); err != nil {
			t.Fatal(err)
		}
	}
	admin := casework.Actor{ID: "staff-adm", Roles: []string{"administrator"}}
	for _, state := range []string{"bankrupt", ""} {
		before, err := st.Client(t.Context(), "veel")
		if err != nil {
			t.Fatal(err)
		}
		after := before
		after.State = state
		calls = 0
		if err := c.SaveClient(t.Context(), admin, &before, after); err != nil {
			t.Fatal(err)
		}
		if calls > 120 {
			t.Errorf("the page on which it is %q does %d store calls", state, calls)
		}
		told := 0
		for i := range manyLegs {
			if settled(t, st, i, state) {
				told++
			}
		}
		if told == 0 || told == manyLegs {
			t.Errorf("the page itself told %d legs that it is %q", told, state)
		}
		runs := 0
		for ; runs < 50; runs++ {
			now = now.Add(5 * time.Minute)
			calls, dies = 0, 0
			if runs == 1 {
				dies = 700 // in the midst of it
			}
			_, err := c.Wake(t.Context())
			if (err != nil) != (runs == 1) {
				t.Fatalf("wake: %v", err)
			}
			left, err := st.Tellings(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(left) == 0 {
				break
			}
		}
		if runs < 2 || runs == 50 {
			t.Errorf("wake was done after %d turns", runs)
		}
		for i := range manyLegs {
			if !settled(t, st, i, state) {
				t.Fatalf("leg %d was not told that its client is %q", i, state)
			}
		}
	}
	for i := range manyLegs {
		id := request.ID(fmt.Sprintf("%032x", i+1))
		r, err := st.Load(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := st.Lines(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		opened, back := 0, 0
		for _, l := range lines {
			if l.Action == "task-opened" {
				opened++
			}
			if l.Action == "client-back" && l.Actor == admin.ID {
				back++
			}
		}
		if len(r.Tasks) != 1 || opened != 1 || back != 1 {
			t.Fatalf("request %d has %d tasks, %d lines of them and %d of the return", i, len(r.Tasks), opened, back)
		}
	}
	// What was begun anew meanwhile is nobody's to end.
	first := register.Telling{Client: "veel", By: admin.ID, At: now}
	if err := st.PutTelling(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	second := first
	second.At = now.Add(time.Second)
	if err := st.PutTelling(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	if err := st.Told(t.Context(), first, true); !request.Conflict.Is(err) {
		t.Errorf("the end of a telling that was begun anew: %v", err)
	}
}

// settled reports whether a leg is as its client's state wants it.
func settled(t *testing.T, st *memory.Store, i int, state string) bool {
	t.Helper()
	r, err := st.Load(t.Context(), request.ID(fmt.Sprintf("%032x", i+1)))
	if err != nil {
		t.Fatal(err)
	}
	l := r.Leg("1")
	if state == "" {
		return r.Task("client-gone", "1") == nil && !l.Halted
	}
	return r.Task("client-gone", "1") != nil && l.Halted == (l.Phase == request.Instructed)
}

// quiet is an engine and a nudge that do nothing.
type quiet struct{}

func (quiet) Nudge(context.Context, string) error                         { return nil }
func (quiet) Start(context.Context, string, string, casework.Input) error { return nil }
func (quiet) Resume(context.Context, string, casework.Output) (gone bool, err error) {
	return false, nil
}
