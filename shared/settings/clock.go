package settings

import (
	"context"
	"sync"
	"time"
)

// fresh is how long a clock offset that was read is used.
const fresh = time.Second

// Clock is the desk's clock. On the local stage, and there alone, it adds the
// offset that the operator set, so that a month passes in a second; a read
// that fails keeps the offset read last. Elsewhere offset is never called.
func (s Settings) Clock(offset func(context.Context) (time.Duration, error)) func() time.Time {
	if s.Stage != Local {
		return time.Now
	}
	c := &movedClock{offset: offset, real: time.Now}
	return c.now
}

type movedClock struct {
	offset func(context.Context) (time.Duration, error)
	real   func() time.Time

	mu   sync.Mutex
	by   time.Duration
	read time.Time
}

func (c *movedClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.real()
	if c.read.IsZero() || now.Sub(c.read) >= fresh {
		// The callers of a clock have no context; a second bounds the read.
		ctx, cancel := context.WithTimeout(context.Background(), fresh)
		defer cancel()
		if by, err := c.offset(ctx); err == nil {
			c.by, c.read = by, now
		}
	}
	return now.Add(c.by)
}
