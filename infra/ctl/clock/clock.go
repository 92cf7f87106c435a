// Package clock moves the clock of a local stage, so that an officer or a
// demonstration sees in a second what the desk does after days: reminders,
// chases, ends of waits, missed dates. It works on the stage local alone.
package clock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/allclaims/rightsdesk/shared/deadline"
)

// read is a little longer than the second for which a function trusts the
// offset that it read last (settings.Clock).
const read = 1100 * time.Millisecond

// rounds bounds how often wake is called after a step: each call brings on all
// that is due, and what it brings on can make more due.
const rounds = 25

// Store keeps the offset that the functions add to the time.
type Store interface {
	Offset(ctx context.Context) (time.Duration, error)
	SetOffset(ctx context.Context, d time.Duration) error
}

// Invoker calls functions; *lambda.Client is one.
type Invoker interface {
	Invoke(ctx context.Context, in *lambda.InvokeInput, opts ...func(*lambda.Options)) (*lambda.InvokeOutput, error)
}

// Clock is the clock of one local stage.
type Clock struct {
	Store  Store
	Lambda Invoker
	// Wake, Post and Sweep are the names of the functions that schedules call.
	Wake, Post, Sweep string
	Calendar          deadline.Calendar
	Now               func() time.Time
}

// Step is how far to move: a number of working days, days or hours.
type Step struct {
	Working, Days int
	Hours         time.Duration
}

var stepForm = regexp.MustCompile(`^([1-9]\d{0,3})(wd|d|h)$`)

// ParseStep reads "5wd" (working days), "3d" (days) or "72h".
func ParseStep(s string) (Step, error) {
	m := stepForm.FindStringSubmatch(s)
	if m == nil {
		return Step{}, fmt.Errorf("cannot read %q: a step is a number with wd (working days), d (days) or h (hours), as 5wd", s)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return Step{}, fmt.Errorf("read the step: %w", err)
	}
	switch m[2] {
	case "wd":
		return Step{Working: n}, nil
	case "d":
		return Step{Days: n}, nil
	}
	return Step{Hours: time.Duration(n) * time.Hour}, nil
}

// From is the instant a step after t. Days keep the local time of the day, so
// that a day is a day when the clocks change.
func (s Step) From(t time.Time, c deadline.Calendar) time.Time {
	local := t.In(deadline.Amsterdam())
	date := deadline.LocalDate(t)
	switch {
	case s.Working > 0:
		date = c.AddWorkingDays(date, s.Working)
	case s.Days > 0:
		date = date.AddDays(s.Days)
	}
	y, m, d := date.Year, date.Month, date.Day
	return time.Date(y, m, d, local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), local.Location()).Add(s.Hours)
}

// Shown is what the clock shows.
type Shown struct {
	Now    time.Time
	Offset time.Duration
}

// Show tells the moved time.
func (c *Clock) Show(ctx context.Context) (Shown, error) {
	by, err := c.Store.Offset(ctx)
	if err != nil {
		return Shown{}, fmt.Errorf("read the clock: %w", err)
	}
	return Shown{Now: c.Now().Add(by), Offset: by}, nil
}

// Advance moves the clock and then does at once what schedules would do in the
// time between: wake until nothing more is due, send the mail, sweep. It
// answers how many waits were woken.
func (c *Clock) Advance(ctx context.Context, s Step) (woken int, err error) {
	shown, err := c.Show(ctx)
	if err != nil {
		return 0, err
	}
	to := s.From(shown.Now, c.Calendar)
	if err := c.set(ctx, shown.Offset+to.Sub(shown.Now)); err != nil {
		return 0, err
	}
	return c.Run(ctx)
}

// Reset puts the clock back to the time of the machine.
func (c *Clock) Reset(ctx context.Context) error { return c.set(ctx, 0) }

func (c *Clock) set(ctx context.Context, by time.Duration) error {
	if err := c.Store.SetOffset(ctx, by); err != nil {
		return fmt.Errorf("move the clock: %w", err)
	}
	// Functions that are warm see it a second later.
	t := time.NewTimer(read)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Run calls wake until it wakes nothing, then post and sweep.
func (c *Clock) Run(ctx context.Context) (woken int, err error) {
	for range rounds {
		var n count
		if err := c.call(ctx, c.Wake, &n); err != nil {
			return woken, err
		}
		woken += int(n)
		if n == 0 {
			break
		}
	}
	var ignored count
	for _, name := range []string{c.Post, c.Sweep} {
		if err := c.call(ctx, name, &ignored); err != nil {
			return woken, err
		}
	}
	return woken, nil
}

// count reads how many a scheduled function dealt with: a number, or the first
// number of an object.
type count int

// UnmarshalJSON reads 3, {"woken":3} and null alike.
func (c *count) UnmarshalJSON(text []byte) error {
	var n int
	if err := json.Unmarshal(text, &n); err == nil {
		*c = count(n)
		return nil
	}
	var fields map[string]int
	if err := json.Unmarshal(text, &fields); err != nil {
		return errors.New("the function's answer has no number")
	}
	for _, n := range fields {
		*c += count(n)
	}
	return nil
}

// event is what a schedule sends.
const event = `{"version":"0","detail-type":"Scheduled Event","source":"aws.events","detail":{}}`

func (c *Clock) call(ctx context.Context, function string, answer *count) error {
	out, err := c.Lambda.Invoke(ctx, &lambda.InvokeInput{
		FunctionName: &function, InvocationType: types.InvocationTypeRequestResponse, Payload: []byte(event),
	})
	if err != nil {
		return fmt.Errorf("call %s: %w", function, err)
	}
	if out.FunctionError != nil {
		return fmt.Errorf("call %s: it failed: %s", function, fault(out.Payload, aws.ToString(out.FunctionError)))
	}
	if len(out.Payload) > 0 {
		if err := json.Unmarshal(out.Payload, answer); err != nil {
			return fmt.Errorf("read the answer of %s: %w", function, err)
		}
	}
	return nil
}

func fault(payload []byte, otherwise string) string {
	var f struct{ ErrorType, ErrorMessage string }
	if json.Unmarshal(payload, &f) != nil || f.ErrorMessage == "" {
		return otherwise
	}
	return f.ErrorType + ": " + f.ErrorMessage
}
