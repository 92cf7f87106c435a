package systems_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

func TestTemporary(t *testing.T) {
	for _, err := range []error{
		nil, systems.ErrSchema, systems.ErrUnreadable, systems.ErrNotDeclared, systems.ErrReferenced, systems.ErrRefused,
		&systems.Cut{Next: "x"}, request.Fault(request.NoInstruction, "1", "erase"), fmt.Errorf("read: %w", systems.ErrSchema),
	} {
		if systems.Temporary(err) {
			t.Errorf("%v is no fault that ends by itself", err)
		}
	}
	for _, err := range []error{errors.New("connection refused"), context.DeadlineExceeded, systems.ErrChanged} {
		if !systems.Temporary(err) {
			t.Errorf("%v may be over soon", err)
		}
	}
}

func TestAgain(t *testing.T) {
	down := errors.New("down")
	for _, c := range []struct {
		name  string
		fault error
		good  int // from which try it works, 0 = never
		want  int
	}{
		{"works at once", down, 1, 1}, {"works the third time", down, 3, 3}, {"never works", down, 0, 5}, {"is not worth it", systems.ErrSchema, 0, 1},
	} {
		n := 0
		err := systems.Again(t.Context(), time.Microsecond, func() (bool, error) {
			if n++; n == c.good {
				return false, nil
			}
			return false, c.fault
		})
		if n != c.want || (c.good > 0) != (err == nil) {
			t.Errorf("%s: %d tries, %v; want %d", c.name, n, err, c.want)
		}
	}
}
