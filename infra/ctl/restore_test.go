package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/casework/caseworktest"
	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	"github.com/allclaims/rightsdesk/shared/store/memory"
	"github.com/allclaims/rightsdesk/shared/systems"
	tables "github.com/allclaims/rightsdesk/shared/systems/memory"
)

// desk is a desk that erased K-1 in relations, and the systems after a restore.
func desk(t *testing.T) (*casework.Cases, *tables.World) {
	t.Helper()
	now := time.Date(2026, time.November, 20, 10, 0, 0, 0, time.UTC)
	st := &memory.Store{Now: func() time.Time { return now }}
	world := tables.New(inventory.Default())
	world.Memory("relations").Put(
		systems.Row{"customer": "K-1", "record": "client", "name": "Anna Bos"}, systems.Row{"customer": "K-2", "record": "client", "name": "Bram Eik"})
	key, err := caseworktest.Keys{}.Key(t.Context(), "customer", "K-1")
	if err != nil {
		t.Fatal(err)
	}
	r := &request.Request{
		ID: "0123456789abcdef0123456789abcdef", Reference: "R-2222-2222", SourceKey: "desk/1", Channel: request.Counter, Language: request.Dutch,
		Received: now, Registered: now, SafeDue: "2026-12-18", Due: "2026-12-21", Stage: request.Registered, Kind: "request",
	}
	_, _, err = st.Create(t.Context(), r, store.Writes{Subjects: []string{key}, Erased: []register.Erased{
		{Key: key, Kind: "customer", System: "relations", Holding: "clients", At: now, Request: r.ID, Leg: "1", Action: "erase"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return &casework.Cases{Store: st, Finder: st, Lists: st, Closed: st, Systems: world, Keys: caseworktest.Keys{}, Now: st.Now}, world
}

func TestReplayReport(t *testing.T) {
	cases, world := desk(t)
	var out bytes.Buffer
	if err := replay(t.Context(), cases, erasure.Replay{Since: "2026-11-01"}, "relations", &out); err != nil {
		t.Fatal(err)
	}
	const want = `{
  "system": "relations",
  "at": "2026-11-20T10:00:00Z",
  "since": "2026-11-01",
  "dryRun": false,
  "remembered": 1,
  "oldest": "2026-11-20",
  "walked": [
    {
      "holding": "clients",
      "rows": 2,
      "keys": 2
    }
  ],
  "done": [
    {
      "holding": "clients",
      "action": "erased",
      "legs": 1,
      "rows": 1
    }
  ]
}
`
	if out.String() != want {
		t.Errorf("got %s", out.String())
	}
	if rows := world.Memory("relations").Rows(); len(rows) != 1 || rows[0].Text("customer") != "K-2" {
		t.Errorf("left %v", rows)
	}
}

func TestFrozenIsAFilter(t *testing.T) {
	cases, _ := desk(t)
	var out bytes.Buffer
	if err := frozen(t.Context(), cases, "relations", strings.NewReader("customer K-2\n\ncustomer K-1\n"), &out); err != nil || out.String() != "customer K-1\n" {
		t.Errorf("got %q, %v", out.String(), err)
	}
	for _, in := range []string{"K-1\n", "shoe 43\n"} {
		if err := frozen(t.Context(), cases, "", strings.NewReader(in), &out); err == nil {
			t.Errorf("%q was read as a key", in)
		}
	}
}

func TestRestoreMisuse(t *testing.T) {
	for _, args := range [][]string{{}, {"reply"}, {"replay"}, {"replay", "-system", "relations", "-since", "gisteren"}, {"replay", "-system", "x", "y"}} {
		var errs bytes.Buffer
		if err := runRestore(t.Context(), args, nil, nil, &errs); !errors.As(err, new(misuse)) {
			t.Errorf("%v: %v", args, err)
		}
	}
}
