package post

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"
)

// Machines hands a row that is no mail to a client's machine. Doing it again
// must be safe: the machine sees the same message twice.
type Machines interface {
	// Call answers what the ledger keeps of it. ErrRefused: it may not be called,
	// and would not be tomorrow.
	Call(ctx context.Context, l Letter) (refs map[string]string, err error)
}

const (
	// machineTime is how long one machine may take.
	machineTime = 10 * time.Second
	// machineBatch is how many machines one run calls, and after all mail: one
	// that does not answer must not keep a letter waiting.
	machineBatch = 5
)

// order puts mail before machines.
func order(l Letter) int {
	if l.To.Kind == Machine {
		return 1
	}
	return 0
}

// call brings one row to its machine: claim, call, mark. A machine that does not
// answer is no fault of ours, so it is noted and tried again, later each time.
func (s *Sender) call(ctx context.Context, l Letter) (sent bool, err error) {
	if s.Machines == nil {
		return false, s.giveUp(ctx, l, "no-machines", true)
	}
	within, cancel := context.WithTimeout(ctx, machineTime)
	refs, err := s.Machines.Call(within, l)
	cancel()
	switch {
	case errors.Is(err, ErrRefused):
		return false, s.giveUp(ctx, l, "refused", true)
	case err != nil && l.Attempts >= MaxAttempts:
		return false, s.giveUp(ctx, l, "attempts", true)
	case err != nil:
		s.Log.WarnContext(ctx, "a client's machine does not answer", "owner", l.Owner, "letter", l.ID, "attempts", l.Attempts, "error", err)
		l.State, l.LeaseUntil = Unsent, s.Now().UTC().Add(later(l.Attempts))
		if err := s.mark(ctx, l, nil); err != nil {
			return false, fmt.Errorf("put it back: %w", err)
		}
		return false, nil
	}
	// The machine has it: whatever happens to the caller, this must be written.
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), spare/2)
	defer cancel()
	now := s.Now().UTC()
	l.State, l.SentAt, l.LeaseUntil = Sent, now, time.Time{}
	l.Delivery.ArrivedAt = now
	all := map[string]string{"letter": l.ID, "kind": string(l.Order.Kind)}
	maps.Copy(all, refs)
	if err := s.mark(ctx, l, lines(l, now, "machine-told", "", all)); err != nil {
		return true, fmt.Errorf("mark it as sent: %w", err)
	}
	return true, nil
}
