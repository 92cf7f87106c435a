package erasure_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/memory"
)

// batched is a system that makes its changes row by row, each a batch that it
// tells of, and asks after each whether it is enough.
type batched struct{ *memory.World }

func (b batched) System(id string) (systems.System, error) {
	b.Memory(id).Page = 1
	s, err := b.World.System(id)
	return rowByRow{s}, err
}

type rowByRow struct{ systems.System }

func (s rowByRow) Apply(ctx context.Context, h inventory.Holding, of systems.Selection, act systems.Act) (n int, err error) {
	one := of
	one.Enough, one.Batch = func() bool { return true }, nil
	for {
		m, err := s.System.Apply(ctx, h, one, act)
		n += m
		cut := (*systems.Cut)(nil)
		if err != nil && !errors.As(err, &cut) {
			return n, err
		}
		if err := of.Done(m); err != nil || cut == nil {
			return n, err
		}
		if one.From = cut.Next; of.Stop(one.From) != nil {
			return n, cut
		}
	}
}

// E-9, F15: wherever a turn ends or breaks off, and whatever the act, the
// receipt of the whole tells each row once.
func TestReceiptOfManyTurns(t *testing.T) {
	ctx := context.Background()
	for _, action := range []string{request.EraseAction, request.AnonymiseAction, request.KeepAction, request.RestrictAction} {
		line := request.PlanLine{System: "invoices", Holding: "invoices", Action: action, Count: 4}
		if action == request.KeepAction || action == request.RestrictAction {
			line.Ground, line.Until = "tax", "2031-12-31"
		}
		want, _, err := erasure.Carry(ctx, world(), former(), line, now, erasure.Turn{})
		if err != nil {
			t.Fatal(err)
		}
		for stop := range 5 { // the first turn ends after so many batches; 0 = it does not
			for broken := range 4 { // keeping this batch fails, with it kept or not
				for _, kept := range []bool{false, true} {
					t.Run(fmt.Sprint(action, " stop ", stop, " broken ", broken, kept), func(t *testing.T) {
						w := batched{world()}
						var done []request.Receipt
						asked, told := 0, 0
						turn := erasure.Turn{
							Enough: func() bool { asked++; return stop > 0 && asked%stop == 0 },
							Batch: func(r request.Receipt) error {
								told++
								if told != broken+1 || kept {
									done = append(done, r)
								}
								if told == broken+1 {
									return errors.New("broken off")
								}
								return nil
							},
						}
						var got request.Receipt
						for more, n := true, 0; more; n++ {
							if n > 20 {
								t.Fatal("no end")
							}
							turn.Done = slices.Clone(done)
							rec, again, err := erasure.Carry(ctx, w, former(), line, now.Add(time.Duration(n)*time.Minute), turn)
							got, more = rec, again || err != nil
							got.At = want.At
						}
						if d := cmp.Diff(want, got); d != "" {
							t.Errorf("receipt (-want +got):\n%s", d)
						}
						if d := cmp.Diff(2, len(left(w))); action != request.EraseAction && action != request.AnonymiseAction && d != "" {
							t.Error(d)
						}
					})
				}
			}
		}
	}
}

// E-9: a line that was whole in a turn that ended in the next line of its
// system is carried out again, and tells the same, also of rows that came after
// the plan.
func TestReceiptOfLineCarriedOutTwice(t *testing.T) {
	ctx := context.Background()
	for _, action := range []string{request.EraseAction, request.AnonymiseAction} {
		w := batched{world()}
		line := request.PlanLine{System: "invoices", Holding: "invoices", Action: action, Count: 2}
		var done []request.Receipt
		for i := range 3 {
			rec, more, err := erasure.Carry(ctx, w, former(), line, now.Add(time.Duration(i)*time.Minute), erasure.Turn{
				Done: slices.Clone(done), Batch: func(r request.Receipt) error { done = append(done, r); return nil },
			})
			if err != nil || more || rec.Count != 4 {
				t.Errorf("%s, time %d: a receipt of %d rows, more %v, %v; want 4", action, i+1, rec.Count, more, err)
			}
		}
	}
}

// Nor is what was erased lost from the count when the system fails in the middle.
func TestReceiptOfSystemThatFails(t *testing.T) {
	ctx := context.Background()
	w := batched{world()}
	applied := 0
	w.Memory("invoices").Before = func(op memory.Op) error {
		if op.Name == "apply" {
			if applied++; applied == 3 {
				return errors.New("connection reset")
			}
		}
		return nil
	}
	line := request.PlanLine{System: "invoices", Holding: "invoices", Action: request.EraseAction, Count: 1}
	var done []request.Receipt
	for i := range 3 {
		rec, _, err := erasure.Carry(ctx, w, former(), line, now.Add(time.Duration(i)*time.Minute), erasure.Turn{
			Done: slices.Clone(done), Batch: func(r request.Receipt) error { done = append(done, r); return nil },
		})
		if err == nil && rec.Count != 4 {
			t.Errorf("time %d: a receipt of %d rows, want 4", i+1, rec.Count)
		}
		if (err == nil) != (i > 0) {
			t.Errorf("time %d: %v", i+1, err)
		}
	}
}

func left(w batched) (mine []string) {
	for _, r := range w.Memory("invoices").Rows() {
		if r.Text("customer") == "K-1" {
			mine = append(mine, r.Text("invoice"))
		}
	}
	return mine
}
