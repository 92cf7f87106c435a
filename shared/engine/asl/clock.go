package asl

import (
	"container/heap"
	"sync"
	"time"
)

// Clock is the time of the world under test. The runner moves it from one timer
// to the next, so a test that has a clock of its own gives it to the runner.
type Clock interface {
	Now() time.Time
	Advance(d time.Duration) // d is never negative
}

// ManualClock is a Clock that stands still until it is moved. Its Now can be the
// Now of every part of the world under test.
type ManualClock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a ManualClock that stands at now.
func NewClock(now time.Time) *ManualClock { return &ManualClock{now: now} }

// Now returns the instant at which the clock stands.
func (c *ManualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock forward.
func (c *ManualClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// timer wakes something at an instant.
type timer struct {
	at      time.Time
	seq     int  // order of timers of one instant
	brief   bool // a Retry or a Wait; the others are timeouts, which only matter when nobody acts
	stopped bool
	fire    func()
}

func (t *timer) stop() {
	if t != nil {
		t.stopped = true
	}
}

// timers is a heap by instant, then by order of setting.
type timers []*timer

func (t timers) Len() int { return len(t) }
func (t timers) Less(i, j int) bool {
	if t[i].at.Equal(t[j].at) {
		return t[i].seq < t[j].seq
	}
	return t[i].at.Before(t[j].at)
}
func (t timers) Swap(i, j int) { t[i], t[j] = t[j], t[i] }
func (t *timers) Push(x any)   { *t = append(*t, x.(*timer)) }
func (t *timers) Pop() any {
	last := (*t)[len(*t)-1]
	*t = (*t)[:len(*t)-1]
	return last
}

// earliest returns the first timer that still runs, or nil.
func (t *timers) earliest() *timer {
	for len(*t) > 0 && (*t)[0].stopped {
		heap.Pop(t)
	}
	if len(*t) == 0 {
		return nil
	}
	return (*t)[0]
}
