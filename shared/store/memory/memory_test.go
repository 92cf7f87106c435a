package memory_test

import (
	"errors"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	"github.com/allclaims/rightsdesk/shared/store/memory"
	"github.com/allclaims/rightsdesk/shared/store/storetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(_ *testing.T, clock *storetest.Clock) storetest.Store {
		return &memory.Store{Now: clock.Now}
	})
}

// F08: an index that lags shows the past; the record itself never does.
func TestLag(t *testing.T) {
	t.Parallel()
	var s memory.Store
	r := storetest.Request(t)
	r.WakeAt = storetest.Start
	if _, _, err := s.Create(t.Context(), r, store.Writes{Subjects: []string{"k"}}); err != nil {
		t.Fatal(err)
	}
	s.Lag(1)
	r.WakeAt = time.Time{}
	if err := s.Save(t.Context(), r, store.Writes{Letters: []post.Letter{{ID: "T-01"}}}); err != nil {
		t.Fatal(err)
	}
	count := func() (waking, unsent int) {
		w, err := s.Waking(t.Context(), storetest.Start, 10)
		if err != nil {
			t.Fatal(err)
		}
		u, err := s.Unsent(t.Context(), storetest.Start, 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(w), len(u)
	}
	if w, u := count(); w != 1 || u != 0 {
		t.Errorf("lagging lists show %d to wake and %d to send, want 1 and 0", w, u)
	}
	if got, err := s.Load(t.Context(), r.ID); err != nil || !got.WakeAt.IsZero() {
		t.Errorf("Load() lags: %v, %v", got, err)
	}
	s.Lag(0)
	if w, u := count(); w != 0 || u != 1 {
		t.Errorf("settled lists show %d to wake and %d to send, want 0 and 1", w, u)
	}
}

// F05, F07: both halves of a fault, and the caller cannot tell them apart.
func TestFault(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for when, wantRev := range map[memory.When]int64{memory.Before: 1, memory.After: 2} {
		var s memory.Store
		r := storetest.Request(t)
		if _, _, err := s.Create(t.Context(), r, store.Writes{}); err != nil {
			t.Fatal(err)
		}
		s.Fault = func(op, id string, w memory.When) error {
			if op == "Save" && id == string(r.ID) && w == when {
				return broken
			}
			return nil
		}
		if err := s.Save(t.Context(), r, store.Writes{Lines: []ledger.Line{{Action: "x"}}}); !errors.Is(err, broken) {
			t.Fatalf("Save() = %v, want the fault", err)
		}
		if r.Rev != 1 || r.Chain.Seq != 0 {
			t.Error("a failed Save changed the request it was given")
		}
		s.Fault = nil
		got, err := s.Load(t.Context(), r.ID)
		if err != nil || got.Rev != wantRev {
			t.Errorf("fault %v: stored revision %d (%v), want %d", when, got.Rev, err, wantRev)
		}
		err = s.Save(t.Context(), r, store.Writes{})
		if (when == memory.After) != request.Conflict.Is(err) {
			t.Errorf("fault %v: saving again = %v", when, err)
		}
	}
}
