package erasure_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/memory"
	"github.com/google/go-cmp/cmp"
)

// slow is a hasher that answers like KMS: far away, and many at once.
type slow struct {
	mu    sync.Mutex
	asked map[string]int
	at    atomic.Int32
	most  atomic.Int32
	hold  func()
}

func (s *slow) Key(_ context.Context, kind, value string) (string, error) {
	n := s.at.Add(1)
	defer s.at.Add(-1)
	for old := s.most.Load(); n > old && !s.most.CompareAndSwap(old, n); old = s.most.Load() {
	}
	s.mu.Lock()
	s.asked[kind+" "+value]++
	s.mu.Unlock()
	if s.hold != nil {
		s.hold()
	}
	return "h:" + kind + ":" + value, nil
}

// remembered are entries of the registers.
type remembered []register.Erased

func (r remembered) Erasures(context.Context, store.Page) ([]register.Erased, string, error) {
	return r, "", nil
}

func (remembered) Suppressions(context.Context, string, store.Page) ([]register.Suppression, string, error) {
	return nil, "", nil
}

// cut is a table whose line is cut after every page but the last.
type cut struct {
	*memory.System
	walks int
}

func (c *cut) Walk(ctx context.Context, h inventory.Holding, from string, page func([]systems.Row, string) error) error {
	c.walks++
	n := 0
	return c.System.Walk(ctx, h, from, func(rows []systems.Row, next string) error {
		if n++; n > 1 {
			return errors.New("connection reset")
		}
		return page(rows, next)
	})
}

func replayed(t *testing.T, sys systems.System, keys erasure.Hasher, entries ...register.Erased) (erasure.ReplayReport, error) {
	t.Helper()
	return erasure.Replay{
		Remembered: remembered(entries), Keys: keys, Now: func() time.Time { return now }, Pause: time.Microsecond,
		Systems: systems.Set{Declared: inventory.Default(), ByID: map[string]systems.System{"invoices": sys}},
	}.Run(t.Context(), "invoices")
}

func invoiced(customers int) *memory.System {
	m := memory.New(inventory.Default()).Memory("invoices")
	for i := range customers * 2 {
		m.Put(systems.Row{"customer": fmt.Sprintf("K-%d", i/2), "invoice": fmt.Sprintf("F-%05d", i), "date": "2010-01-01", "name": "Anna"})
	}
	return m
}

var gone = register.Erased{Key: "h:customer:K-3", Kind: "customer", System: "invoices", Holding: "invoices", At: now, Request: "0123", Leg: "l1"}

func TestReplayGoesOnWhereTheLineWasCut(t *testing.T) {
	m := invoiced(10)
	m.Page = 4
	c := &cut{System: m}
	keys := &slow{asked: map[string]int{}}
	report, err := replayed(t, c, keys, gone)
	if err != nil {
		t.Fatal(err)
	}
	if want := []erasure.Replayed{{Request: "0123", Leg: "l1", Holding: "invoices", Action: "erased", Count: 2}}; !cmp.Equal(want, report.Done) {
		t.Errorf("done %v, want %v", report.Done, want)
	}
	if want := []erasure.Walked{{Holding: "invoices", Rows: 20, Keys: 10}}; !cmp.Equal(want, report.Walked) {
		t.Errorf("walked %v, want %v: no row twice, none left out", report.Walked, want)
	}
	if c.walks != 5 || len(m.Rows()) != 18 {
		t.Errorf("%d walks, %d rows are left", c.walks, len(m.Rows()))
	}
	for key, n := range keys.asked {
		if n != 1 {
			t.Errorf("%s was hashed %d times", key, n)
		}
	}
}

// TestReplayHashesManyAtOnce: a key that takes milliseconds must not make a
// million of them take hours.
func TestReplayHashesManyAtOnce(t *testing.T) {
	var once sync.Once
	all := make(chan struct{})
	keys := &slow{asked: map[string]int{}}
	keys.hold = func() {
		if keys.at.Load() == erasure.DefaultParallel {
			once.Do(func() { close(all) })
		}
		<-all // nobody goes on before so many ask at once
	}
	if _, err := replayed(t, invoiced(erasure.DefaultParallel), keys, gone); err != nil {
		t.Fatal(err)
	}
	if got := keys.most.Load(); got != erasure.DefaultParallel {
		t.Errorf("%d at once, want %d", got, erasure.DefaultParallel)
	}
}

func TestReplayHashesNothingForNobody(t *testing.T) {
	keys := &slow{asked: map[string]int{}}
	other := gone
	other.System, other.Holding = "relations", "clients"
	if report, err := replayed(t, invoiced(3), keys, other); err != nil || len(keys.asked) > 0 || report.Entries > 0 {
		t.Errorf("%d keys, %d entries, %v", len(keys.asked), report.Entries, err)
	}
}

func TestReplayNeverReachesPastAClient(t *testing.T) {
	w := world()
	before := w.Memory("collection").Rows()
	_, err := erasure.Replay{
		Remembered: remembered{{Key: "h:file:D-1", Kind: "file", System: "collection", Holding: "files", At: now, Request: "0123", Leg: "l1"}},
		Keys:       &slow{asked: map[string]int{}}, Systems: w, Now: func() time.Time { return now },
	}.Run(t.Context(), "collection")
	if !request.NoInstruction.Is(err) {
		t.Errorf("an entry that does not say whose data it was: %v", err)
	}
	if d := cmp.Diff(before, w.Memory("collection").Rows()); d != "" {
		t.Errorf("it changed something (-before +after):\n%s", d)
	}
}

func TestReplaySaysWhatItCannotWalk(t *testing.T) {
	type still struct{ systems.System }
	if _, err := replayed(t, still{invoiced(1)}, &slow{asked: map[string]int{}}, gone); !errors.Is(err, systems.ErrNotDeclared) {
		t.Errorf("got %v", err)
	}
}

// What a try erased before the line was cut is told with what the next one did.
func TestReplayCountsWhatACutTryDid(t *testing.T) {
	tries := 0
	cutTwice := func(op memory.Op) error {
		if op.Name != "apply" {
			return nil
		}
		if tries++; tries < 3 {
			return errors.New("connection reset")
		}
		return nil
	}
	m := invoiced(5)
	m.After = cutTwice
	report, err := replayed(t, m, &slow{asked: map[string]int{}}, gone)
	if err != nil {
		t.Fatal(err)
	}
	if want := []erasure.Replayed{{Request: "0123", Leg: "l1", Holding: "invoices", Action: "erased", Count: 2}}; !cmp.Equal(want, report.Done) || tries != 3 {
		t.Errorf("after %d tries done %v, want %v", tries, report.Done, want)
	}
	// What is kept is there for every try, and counts once.
	m, tries = invoiced(5), 0
	m.After = cutTwice
	kept := gone
	kept.Action, kept.Ground, kept.Until = request.AnonymiseAction, "tax", "2031-12-31"
	if report, err = replayed(t, m, &slow{asked: map[string]int{}}, kept); err != nil || len(report.Done) != 1 || report.Done[0].Count != 2 {
		t.Errorf("done %v, %v; want 2 rows", report.Done, err)
	}
}
