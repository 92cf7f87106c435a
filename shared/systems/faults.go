package systems

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Temporary reports whether an error of a system may be over by itself: it is
// down, slow or overloaded, or the line was cut. What a person must mend is not:
// a system that is not as the inventory says, that holds something unreadable,
// that the desk may not reach. Nor is a Cut or a Later, nor a fault of the request's own.
func Temporary(err error) bool {
	if err == nil || errors.As(err, new(*Cut)) || errors.As(err, new(*Later)) || errors.As(err, new(*request.Error)) {
		return false
	}
	for _, lasting := range []error{ErrSchema, ErrUnreadable, ErrNotDeclared, ErrReferenced, ErrRefused, ErrElsewhere, ErrUnplanned} {
		if errors.Is(err, lasting) {
			return false
		}
	}
	return true
}

// ErrUnplanned: after an erasure the system holds something of the person in a
// place that the plan does not name; it came since, and nobody approved what
// becomes of it.
var ErrUnplanned = errors.New("the system holds what came after the plan")

// ErrRefused: the system is there and does not let the desk in, or not that far.
var ErrRefused = errors.New("the system refuses")

// tries is how often Again does something that does not get on.
const tries = 5

// Again does something again while its fault is temporary, after a pause that
// grows from first and is never the same for two. got is whether it got on
// before it failed: then the count begins anew. It ends with ctx.
func Again(ctx context.Context, first time.Duration, do func() (got bool, err error)) error {
	wait := first
	for try := 1; ; try++ {
		got, err := do()
		if got {
			try, wait = 1, first
		}
		if !Temporary(err) || try == tries || ctx.Err() != nil {
			return err
		}
		t := time.NewTimer(wait/2 + rand.N(wait))
		select {
		case <-ctx.Done():
			t.Stop()
			return err
		case <-t.C:
		}
		wait *= 3
	}
}
