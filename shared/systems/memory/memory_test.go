package memory_test

import (
	"context"
	"errors"
	"testing"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/memory"
	"github.com/allclaims/rightsdesk/shared/systems/systemstest"
)

func maker(t *testing.T, s *inventory.System, rows []systems.Row, objects map[string][]byte) systemstest.Fixture {
	m := memory.New(inventory.Default()).Memory(s.ID)
	m.Page = 7
	m.Put(rows...)
	for name, body := range objects {
		m.PutObject(name, body)
	}
	f := systemstest.Fixture{System: m, Rows: func(*testing.T) []systems.Row { return m.Rows() }}
	if s.Kind == "s3" {
		f.Objects = func(*testing.T) map[string][]byte { return m.Objects() }
	}
	return f
}

func TestContract(t *testing.T) {
	systemstest.RunTables(t, maker)
	systemstest.RunBuckets(t, maker)
}

// The hooks stop a call before anything is done, or after all of it is.
func TestHooks(t *testing.T) {
	boom := errors.New("boom")
	h := inventory.Default().System("newsletter").Holdings[0]
	keys := systems.Keys{"email": {"a@test.example"}}
	for _, tc := range []struct {
		name string
		set  func(*memory.System, func(memory.Op) error)
		left int
	}{
		{"before", func(s *memory.System, f func(memory.Op) error) { s.Before = f }, 1},
		{"after", func(s *memory.System, f func(memory.Op) error) { s.After = f }, 0},
	} {
		s := memory.New(inventory.Default()).Memory("newsletter")
		s.Put(systems.Row{"email": "a@test.example"})
		tc.set(s, func(op memory.Op) error {
			if op.Name == "apply" && op.Act.Action == systems.Erase {
				return boom
			}
			return nil
		})
		if _, err := s.Apply(context.Background(), h, systems.Of(keys, ""), systems.Act{Action: systems.Erase}); !errors.Is(err, boom) {
			t.Errorf("%s: %v", tc.name, err)
		}
		if n := len(s.Rows()); n != tc.left {
			t.Errorf("%s: %d rows left, want %d", tc.name, n, tc.left)
		}
		if s.Calls("apply") != 1 {
			t.Errorf("%s: %d calls counted", tc.name, s.Calls("apply"))
		}
	}
}

func TestUndeclared(t *testing.T) {
	w := memory.New(inventory.Default())
	if _, err := w.System("payroll"); !errors.Is(err, systems.ErrNotDeclared) {
		t.Errorf("System: %v", err)
	}
	if _, err := w.Memory("newsletter").Find(context.Background(), inventory.Holding{ID: "bounces"}, "email", "x"); !errors.Is(err, systems.ErrNotDeclared) {
		t.Errorf("Find: %v", err)
	}
}
