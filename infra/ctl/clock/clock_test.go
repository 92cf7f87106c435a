package clock

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/deadline"
)

type offset time.Duration

func (o *offset) Offset(context.Context) (time.Duration, error) { return time.Duration(*o), nil }

func (o *offset) SetOffset(_ context.Context, d time.Duration) error { *o = offset(d); return nil }

// script answers calls in turn, and writes down who was called.
type script struct {
	answers map[string][]string
	fails   string
	called  []string
}

func (s *script) Invoke(_ context.Context, in *lambda.InvokeInput, _ ...func(*lambda.Options)) (*lambda.InvokeOutput, error) {
	name := aws.ToString(in.FunctionName)
	s.called = append(s.called, name)
	if name == s.fails {
		return &lambda.InvokeOutput{FunctionError: aws.String("Unhandled"), Payload: []byte(`{"errorType":"Conflict","errorMessage":"load request 1"}`)}, nil
	}
	answer := "null"
	if a := s.answers[name]; len(a) > 0 {
		answer, s.answers[name] = a[0], a[1:]
	}
	return &lambda.InvokeOutput{Payload: []byte(answer)}, nil
}

func TestStep(t *testing.T) {
	// A Friday before Christmas, and the night in which the clocks go back.
	friday := time.Date(2026, 12, 18, 16, 30, 0, 0, deadline.Amsterdam())
	night := time.Date(2026, 10, 24, 12, 0, 0, 0, deadline.Amsterdam())
	for _, c := range []struct {
		from time.Time
		step string
		want string
	}{
		{friday, "1wd", "2026-12-21T16:30:00+01:00"},
		{friday, "5wd", "2026-12-28T16:30:00+01:00"},
		{friday, "3d", "2026-12-21T16:30:00+01:00"},
		{friday, "72h", "2026-12-21T16:30:00+01:00"},
		{night, "1d", "2026-10-25T12:00:00+01:00"},
		{night, "24h", "2026-10-25T11:00:00+01:00"},
	} {
		s, err := ParseStep(c.step)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.From(c.from.UTC(), deadline.Calendar{}).Format(time.RFC3339); got != c.want {
			t.Errorf("%s after %s is %s, want %s", c.step, c.from, got, c.want)
		}
	}
	for _, bad := range []string{"", "5", "0d", "-1d", "5w", "1.5h", "5 wd", "99999d"} {
		if _, err := ParseStep(bad); err == nil {
			t.Errorf("%q was read as a step", bad)
		}
	}
}

// Advance sets the offset from the moved time, wakes until nothing is due, and
// then sends and sweeps, once each.
func TestAdvance(t *testing.T) {
	moved := offset(48 * time.Hour)
	s := &script{answers: map[string][]string{"wake": {`3`, `{"woken":2}`, `0`}}}
	c := &Clock{Store: &moved, Lambda: s, Wake: "wake", Post: "post", Sweep: "sweep",
		Now: func() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }}
	n, err := c.Advance(t.Context(), Step{Hours: 72 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if n != 5 || time.Duration(moved) != 120*time.Hour {
		t.Errorf("woke %d, moved by %s", n, time.Duration(moved))
	}
	if diff := cmp.Diff([]string{"wake", "wake", "wake", "post", "sweep"}, s.called); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if err := c.Reset(t.Context()); err != nil || moved != 0 {
		t.Errorf("after reset it is moved by %s, %v", time.Duration(moved), err)
	}
}

func TestAdvanceSaysWhichFunctionFailed(t *testing.T) {
	s := &script{fails: "post"}
	c := &Clock{Store: new(offset), Lambda: s, Wake: "wake", Post: "post", Sweep: "sweep", Now: time.Now}
	if _, err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "call post: it failed: Conflict: load request 1") {
		t.Errorf("the error is %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Reset(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
