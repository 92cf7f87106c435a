package asl_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/engine/asl"
)

var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// world is one runner with one machine, "m", unless a test adds others.
type world struct {
	*asl.Runner
	t     *testing.T
	clock *asl.ManualClock
}

// newWorld parses definition as machine "m". Functions are named by their key.
func newWorld(t *testing.T, definition string, functions map[string]asl.Function) *world {
	t.Helper()
	clock := asl.NewClock(noon)
	w := &world{t: t, clock: clock, Runner: &asl.Runner{
		Machines: map[string]*asl.Machine{}, Functions: functions, Clock: clock,
	}}
	w.add("m", definition)
	return w
}

func (w *world) add(name, definition string) {
	w.t.Helper()
	m, err := asl.Parse(name, []byte(definition), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Machines[name] = m
}

// start starts machine m and drains.
func (w *world) start(name, input string) string {
	w.t.Helper()
	id, err := w.Start(context.Background(), "m", name, json.RawMessage(input))
	if err != nil {
		w.t.Fatal(err)
	}
	w.Drain(context.Background())
	return id
}

func (w *world) get(id string) asl.Execution {
	w.t.Helper()
	e, ok := w.Execution(id)
	if !ok {
		w.t.Fatalf("there is no execution %s", id)
	}
	return e
}

func (w *world) succeeded(id, output string) {
	w.t.Helper()
	e := w.get(id)
	if e.Status != asl.Succeeded {
		w.t.Fatalf("%s is %s: %s %s; path %v", e.Name, e.Status, e.Error, e.Cause, w.Path(id))
	}
	if diff := cmp.Diff(decoded(w.t, output), decoded(w.t, string(e.Output))); diff != "" {
		w.t.Errorf("output of %s (-want +got):\n%s", e.Name, diff)
	}
}

func (w *world) ended(id string, status asl.Status, name string) {
	w.t.Helper()
	if e := w.get(id); e.Status != status || e.Error != name {
		w.t.Errorf("%s is %s with %q (%s), want %s with %q", e.Name, e.Status, e.Error, e.Cause, status, name)
	}
}

func (w *world) path(id string, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.Path(id)); diff != "" {
		w.t.Errorf("path (-want +got):\n%s", diff)
	}
}

func (w *world) token() string {
	w.t.Helper()
	parked := w.Parked()
	if len(parked) != 1 {
		w.t.Fatalf("%d tasks are parked, want 1", len(parked))
	}
	return parked[0].Token
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// gives returns a Function that always returns output.
func gives(output string) asl.Function {
	return func(context.Context, json.RawMessage) (json.RawMessage, error) {
		return json.RawMessage(output), nil
	}
}

// fails returns a Function that returns errs one after the other, and null when
// they are used up or nil.
func fails(errs ...error) asl.Function {
	return func(context.Context, json.RawMessage) (json.RawMessage, error) {
		if len(errs) == 0 {
			return nil, nil
		}
		err := errs[0]
		errs = errs[1:]
		return nil, err
	}
}

func echo(_ context.Context, input json.RawMessage) (json.RawMessage, error) { return input, nil }

// codedError is an error with a code, as the domain has them.
type codedError string

func (c codedError) Error() string     { return "refused" }
func (c codedError) ErrorType() string { return string(c) }

var errPlain = errors.New("plain")

const (
	hour = time.Hour
	day  = 24 * hour
)
