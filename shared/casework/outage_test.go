package casework_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// A storm of requests that wait for one system is one task, and its list names
// them all by safe date.
func TestOneTaskASystem(t *testing.T) {
	const storm = 8
	p := newPlayer(t)
	for i := range storm {
		p.line = i
		p.out = nil
		p.do("form contact lang=en rights=access relations=client customer=yes", "")
		p.out = map[string]bool{"invoices": true}
		p.do("code contact", "")
	}
	p.pass(6 * time.Hour)
	waiting := func() (tasks, legs int) {
		t.Helper()
		rows, _, err := p.store.Tasks(t.Context(), store.QueueDown+"invoices", store.Page{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		var last request.Day
		for _, row := range rows {
			if row.Task != "" {
				tasks++
				continue
			}
			legs++
			if row.SafeDue < last {
				t.Errorf("%s stands after %s", row.SafeDue, last)
			}
			last = row.SafeDue
		}
		return tasks, legs
	}
	if tasks, legs := waiting(); tasks != 1 || legs != storm {
		t.Errorf("%d tasks name %d requests, want 1 and %d", tasks, legs, storm)
	}
	p.out = nil
	p.pass(90 * time.Minute)
	if tasks, legs := waiting(); tasks != 0 || legs != 0 {
		t.Errorf("when it answers again %d tasks name %d requests", tasks, legs)
	}
}

// tardy is a system that answers half, or not at all.
type tardy struct {
	systems.System
	cut bool
}

func (s tardy) Collect(ctx context.Context, h inventory.Holding, of systems.Selection, emit func(systems.Row) error) error {
	if !s.cut {
		<-ctx.Done()
		return fmt.Errorf("read %s: %w", h.ID, ctx.Err())
	}
	n := 0
	return s.System.Collect(ctx, h, of, func(row systems.Row) error {
		if n++; n > 1 {
			return errors.New("connection reset by peer")
		}
		return emit(row)
	})
}

// one system of a world is replaced by another.
type but struct {
	casework.Systems
	id  string
	sys systems.System
}

func (b but) System(id string) (systems.System, error) {
	if id == b.id {
		return b.sys, nil
	}
	return b.Systems.System(id)
}

// renumbered is a system that knows no place of an earlier turn any more.
type renumbered struct {
	systems.System
	once *sync.Once
}

func (s renumbered) Collect(ctx context.Context, h inventory.Holding, of systems.Selection, emit func(systems.Row) error) error {
	if of.From != "" {
		changed := false
		if s.once.Do(func() { changed = true }); changed {
			return fmt.Errorf("read %s: %w", h.ID, systems.ErrChanged)
		}
	}
	return s.System.Collect(ctx, h, of, emit)
}

// A copy that cannot go on where it stopped begins again by itself, and has
// every row once.
func TestCopyBeginsAgain(t *testing.T) {
	copied := func(in setting, change func(*player, *sync.Once)) (map[string]int, *request.Leg, bool) {
		p, once := newPlayerIn(t, in), new(sync.Once)
		change(p, once)
		p.do("form contact lang=en rights=access relations=client customer=yes", "")
		p.do("code contact", "")
		p.pass(2 * time.Hour)
		rows := map[string]int{}
		l := p.now().Leg("1")
		for _, rec := range l.Receipts {
			rows[rec.System+"/"+rec.Holding] += rec.Count
		}
		unused := false
		once.Do(func() { unused = true })
		return rows, l, !unused
	}
	want, _, _ := copied(setting{}, func(*player, *sync.Once) {})
	got, l, changed := copied(setting{turns: true}, func(p *player, once *sync.Once) {
		whole := p.cases.Systems
		inner, err := whole.System("invoices")
		if err != nil {
			t.Fatal(err)
		}
		p.cases.Systems = but{whole, "invoices", renumbered{inner, once}}
	})
	if !changed {
		t.Fatal("the system never changed")
	}
	if l.Phase != request.Deciding || len(l.Outages) > 0 {
		t.Errorf("the leg is %s, waiting for %v", l.Phase, l.Outages)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("rows copied (-want +got):\n%s", d)
	}
}

// Half an answer is no answer: what a system that fails in mid-page, or that is
// too slow for the step, had told is not on record, and nothing is complete.
func TestHalfAnAnswer(t *testing.T) {
	for name, cut := range map[string]bool{"cut in mid-page": true, "too slow": false} {
		t.Run(name, func(t *testing.T) {
			p := newPlayer(t)
			p.do("form contact lang=en rights=access relations=client customer=yes", "")
			p.out = map[string]bool{"invoices": true}
			p.do("code contact", "")
			p.out = nil
			whole := p.cases.Systems
			inner, err := whole.System("invoices")
			if err != nil {
				t.Fatal(err)
			}
			p.cases.Systems = but{whole, "invoices", tardy{inner, cut}}
			in := casework.Input{RequestID: p.now().ID, LegID: "1", System: "invoices"}
			// A minute is what the desk keeps for itself: half of it is over already.
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second+50*time.Millisecond)
			defer cancel()
			if _, err := p.cases.Collect(ctx, in); !request.SystemDown.Is(err) {
				t.Errorf("collect answers %v, want %s", err, request.SystemDown)
			}
			l := p.now().Leg("1")
			for _, rec := range l.Receipts {
				if rec.System == "invoices" {
					t.Errorf("a receipt for half an answer: %+v", rec)
				}
			}
			if len(l.Outages) != 1 || l.Outages[0].System != "invoices" || l.Outages[0].Code != request.SystemDown {
				t.Errorf("outages %+v", l.Outages)
			}
			p.cases.Systems = whole
			p.pass(2 * time.Hour)
			if l := p.now().Leg("1"); l.Phase != request.Deciding || len(l.Outages) > 0 {
				t.Errorf("when it is whole again the leg is %s, waiting for %v", l.Phase, l.Outages)
			}
		})
	}
}
