package asl

import (
	"container/heap"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Function stands in for a Lambda. It may call the runner: Start, and
// SendTaskSuccess even with its own token.
type Function func(ctx context.Context, input json.RawMessage) (json.RawMessage, error)

// When says on which side of a state Runner.Fault is asked.
type When string

// The two sides of a state.
const (
	Before When = "before" // each attempt of the state, before it does anything
	After  When = "after"  // the state has done all it does; its output is not stored yet
)

// Runner is Step Functions for one test. Machines and Functions must be set; the
// zero value of the rest is usable. Its methods may be called from anywhere,
// from a Function too, but states run only inside Drain, Advance and Settle, and
// one at a time.
type Runner struct {
	Machines  map[string]*Machine // by what StateMachineArn and Start name
	Functions map[string]Function // by what FunctionName names

	// Clock is the time of the test; by default it stands at noon UTC on Monday
	// 5 January 2026.
	Clock Clock

	// Fault is asked on both sides of every state. ErrVanish makes the execution
	// disappear there, as Kill does. Any other error fails the state under the
	// error's name: Before, as if its call had never been made; After, as if the
	// call had worked and its answer were lost.
	Fault func(executionID, state string, when When) error

	// Pick draws which of n lanes that can run goes next, as a number below n;
	// nil takes the first until it waits. Given a seeded source it tries other
	// orders, each of them repeatable.
	Pick func(n int) int

	// TokenLength is how many characters a task token has, 64 to 2,048; 0 means
	// 640, about what AWS gives. Tests of storage use 2,048.
	TokenLength int

	mu         sync.Mutex
	draining   bool
	executions []*execution
	byID       map[string]*execution
	runnable   []*thread
	timers     timers
	tokens     map[string]*ticket
	issued     []*ticket
	serial     int // of tokens, timers and names without one: what makes them differ
}

// ErrVanish is what Fault returns to make the execution disappear.
var ErrVanish = errors.New("asl: the execution vanishes")

// What the calls of Step Functions' API that concern us can answer. Compare
// with errors.Is; the text begins with AWS's own name of the error.
var (
	// ErrTaskDoesNotExist: the execution of this token is gone.
	ErrTaskDoesNotExist = errors.New("TaskDoesNotExist: no such task")
	// ErrTaskTimedOut: the token was answered before, or its task or execution has ended.
	ErrTaskTimedOut = errors.New("TaskTimedOut: the task does not wait any more")
	// ErrInvalidToken: no token that this runner can have issued.
	ErrInvalidToken = errors.New("InvalidToken: not a task token")
	// ErrInvalidOutput: an answer that is no JSON, or longer than 262,144.
	ErrInvalidOutput = errors.New("InvalidOutput: the output is no JSON of at most 262,144 bytes")
	// ErrInvalidExecutionInput: an input that is no JSON, or longer than 262,144.
	ErrInvalidExecutionInput = errors.New("InvalidExecutionInput: the input is no JSON of at most 262,144 bytes")
	// ErrInvalidName: not 1 to 80 of A-Z a-z 0-9 - _.
	ErrInvalidName = errors.New("InvalidName: an execution's name is 1 to 80 of A-Z a-z 0-9 - _")
	// ErrExecutionAlreadyExists: the name was used in the last 90 days, and not by
	// an execution that still runs with the same input.
	ErrExecutionAlreadyExists = errors.New("ExecutionAlreadyExists: the name is taken")
	// ErrStateMachineDoesNotExist: not a key of Machines.
	ErrStateMachineDoesNotExist = errors.New("StateMachineDoesNotExist: no such machine")
	// ErrExecutionDoesNotExist: no execution has this ID.
	ErrExecutionDoesNotExist = errors.New("ExecutionDoesNotExist: no such execution")
)

// Gone reports whether an answer failed only because its task does not wait any
// more. That is no fault of the answer: it is stored, and wake acts on it (F21).
func Gone(err error) bool {
	return errors.Is(err, ErrTaskDoesNotExist) || errors.Is(err, ErrTaskTimedOut) || errors.Is(err, ErrInvalidToken)
}

// execution is an Execution with what runs it.
type execution struct {
	Execution
	runner  *Runner
	machine *Machine
	input   any
	root    *thread
	waiters []*thread // .sync tasks of other executions
	run     *fork     // the distributed Map whose item it is
	slot    int       // its place among the results of run
	timer   *timer    // the machine's TimeoutSeconds
	full    bool      // the history has no place left
}

// ticket is one issued token.
type ticket struct {
	token  string
	thread *thread
	until  time.Time
	open   bool // not answered and not ended
	gone   bool // its execution was killed
}

func (r *Runner) init() {
	if r.byID != nil {
		return
	}
	r.byID = map[string]*execution{}
	r.tokens = map[string]*ticket{}
	if r.Clock == nil {
		r.Clock = NewClock(time.Date(2026, time.January, 5, 12, 0, 0, 0, time.UTC))
	}
}

// Check reports what the machines call and the runner does not have.
func (r *Runner) Check() error {
	var missing []string
	for key, m := range r.Machines {
		for _, t := range m.tasks {
			_, isFunction := r.Functions[t.Target]
			_, isMachine := r.Machines[t.Target]
			if t.Starts && !isMachine || !t.Starts && !isFunction {
				missing = append(missing, fmt.Sprintf("%s.%s calls %q", key, t.State, t.Target))
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	return fmt.Errorf("asl: nothing answers to the calls of: %s", strings.Join(missing, "; "))
}

var nameForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// Start starts an execution and returns its ID; nothing runs before Drain. An
// empty name is drawn, as AWS does. The same name with the same input while the
// execution runs returns that execution. Errors: ErrInvalidName,
// ErrInvalidExecutionInput, ErrStateMachineDoesNotExist,
// ErrExecutionAlreadyExists, or what Check says.
func (r *Runner) Start(_ context.Context, machine, name string, input json.RawMessage) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.init()
	if err := r.Check(); err != nil {
		return "", err
	}
	e, err := r.start(machine, name, input)
	if err != nil {
		return "", fmt.Errorf("start %s execution %q: %w", machine, name, err)
	}
	return e.ID, nil
}

func (r *Runner) start(key, name string, raw json.RawMessage) (*execution, error) {
	m := r.Machines[key]
	if m == nil {
		return nil, ErrStateMachineDoesNotExist
	}
	if name == "" {
		name = r.draw("execution", key)[:32]
	}
	if !nameForm.MatchString(name) {
		return nil, ErrInvalidName
	}
	if len(raw) == 0 {
		raw = json.RawMessage("{}")
	}
	input, err := decodeJSON(raw)
	if err != nil || len(raw) > maxPayload {
		return nil, ErrInvalidExecutionInput
	}

	id := executionID(key, name)
	if old := r.byID[id]; old != nil && !old.Gone {
		switch {
		case old.Status == Running && string(encodeJSON(old.input)) == string(encodeJSON(input)):
			return old, nil
		case old.Status == Running || r.Clock.Now().Before(old.Ended.Add(retention)):
			return nil, ErrExecutionAlreadyExists // F04
		}
	}
	e := &execution{
		Execution: Execution{ID: id, Machine: key, Name: name, Input: slices.Clone(raw)},
		machine:   m, input: input,
	}
	r.begin(e, &m.root)
	if m.timeout > 0 {
		e.timer = r.after(m.timeout, false, func() {
			r.end(e, TimedOut, nil, &failure{name: errTimeout, cause: "the execution's TimeoutSeconds have passed"})
		})
	}
	return e, nil
}

func executionID(machine, name string) string {
	return "arn:aws:states:local:000000000000:execution:" + machine + ":" + name
}

// begin enters an execution in the books and makes its first state able to run.
func (r *Runner) begin(e *execution, b *block) {
	e.runner, e.Status, e.Started = r, Running, r.Clock.Now()
	r.executions = append(r.executions, e)
	r.byID[e.ID] = e
	e.note(nil, Event{Type: "ExecutionStarted", Input: e.Input})
	e.root = &thread{exec: e, block: b, name: b.startAt, input: e.input}
	r.ready(e.root)
}

// draw returns 64 hexadecimal digits that no other draw of this runner gives,
// and every run of the same test does.
func (r *Runner) draw(what ...string) string {
	r.serial++
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %q", r.serial, what))
	return hex.EncodeToString(sum[:])
}

// after sets a timer. brief timers are those that Settle waits for.
func (r *Runner) after(d time.Duration, brief bool, fire func()) *timer {
	r.serial++
	t := &timer{at: r.Clock.Now().Add(d), seq: r.serial, brief: brief, fire: fire}
	heap.Push(&r.timers, t)
	return t
}

func (r *Runner) ready(t *thread) {
	if !slices.Contains(r.runnable, t) {
		r.runnable = append(r.runnable, t)
	}
}

// Drain runs every lane that can run until all wait for an answer or for time,
// or have ended, or ctx is done. Called while another Drain is at work, such as
// from a Function, it leaves the work to that one.
func (r *Runner) Drain(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.init()
	r.drain(ctx)
}

func (r *Runner) drain(ctx context.Context) {
	if r.draining {
		return
	}
	r.draining = true
	defer func() { r.draining = false }()
	for ctx.Err() == nil {
		r.fireDue()
		r.runnable = slices.DeleteFunc(r.runnable, func(t *thread) bool { return t.closed })
		if len(r.runnable) == 0 {
			return
		}
		next := 0
		if r.Pick != nil {
			next = r.Pick(len(r.runnable))
		}
		t := r.runnable[next]
		if !r.step(ctx, t) {
			r.runnable = slices.DeleteFunc(r.runnable, func(other *thread) bool { return other == t })
		}
		if t.exec.full {
			r.end(t.exec, Failed, nil, runtimeFailure("the execution reached the maximum number of history events (%d)", maxEvents))
		}
	}
}

// fireDue fires the timers whose instant has come.
func (r *Runner) fireDue() {
	for t := r.timers.earliest(); t != nil && !t.at.After(r.Clock.Now()); t = r.timers.earliest() {
		t.stop()
		t.fire()
	}
}

// Advance lets d pass: the clock stands still at each timer on the way, and what
// that timer wakes runs at its own instant.
func (r *Runner) Advance(ctx context.Context, d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.init()
	r.advanceTo(ctx, r.Clock.Now().Add(d))
}

func (r *Runner) advanceTo(ctx context.Context, target time.Time) {
	r.drain(ctx)
	for t := r.timers.earliest(); t != nil && !t.at.After(target) && ctx.Err() == nil; t = r.timers.earliest() {
		r.move(t.at)
		r.drain(ctx)
	}
	r.move(target)
	r.drain(ctx)
}

// move sets the clock forward to an instant, unless a Function has already moved
// it further.
func (r *Runner) move(to time.Time) {
	if d := to.Sub(r.Clock.Now()); d > 0 {
		r.Clock.Advance(d)
	}
}

// Settle lets pass as much time as the Retry and Wait states on the way need,
// until only answers are waited for, or nothing.
func (r *Runner) Settle(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.init()
	for r.drain(ctx); ctx.Err() == nil; {
		var next *timer
		for _, t := range r.timers {
			if t.brief && !t.stopped && (next == nil || t.at.Before(next.at)) {
				next = t
			}
		}
		if next == nil {
			return
		}
		r.advanceTo(ctx, next.at)
	}
}

// SendTaskSuccess answers the token of a parked task, or of one whose Function
// is running now, with the task's output. Errors: ErrInvalidToken,
// ErrTaskDoesNotExist, ErrTaskTimedOut, ErrInvalidOutput. Nothing runs before
// Drain.
func (r *Runner) SendTaskSuccess(_ context.Context, token string, output json.RawMessage) error {
	v, err := decodeJSON(output)
	if err != nil || len(output) > maxPayload {
		return ErrInvalidOutput
	}
	return r.answer(token, outcome{value: v})
}

// SendTaskFailure answers as SendTaskSuccess does, with an error. The name is
// what ErrorEquals compares; the cause must be free of personal data, for AWS
// keeps it in the history.
func (r *Runner) SendTaskFailure(_ context.Context, token, name, cause string) error {
	return r.answer(token, outcome{fail: &failure{name: name, cause: cause}})
}

func (r *Runner) answer(token string, with outcome) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.init()
	if len(token) > maxToken || !tokenForm.MatchString(token) {
		return ErrInvalidToken
	}
	k := r.tokens[token]
	switch {
	case k == nil || k.gone:
		return ErrTaskDoesNotExist
	case !k.open || !r.Clock.Now().Before(k.until):
		return ErrTaskTimedOut
	}
	k.open = false
	k.thread.came = &with
	if !k.thread.busy {
		r.ready(k.thread)
	}
	return nil
}

const tokenHead = "AQCEAAAAKgAAAAMAAAAAAAAA"

var tokenForm = regexp.MustCompile(`^` + tokenHead + `[0-9a-f]+$`)

// issue makes a token for a task that begins now.
func (r *Runner) issue(t *thread, until time.Time) *ticket {
	length := r.TokenLength
	if length == 0 {
		length = 640
	}
	text := r.draw("token", t.exec.ID, t.lane, t.name)
	text = tokenHead + text + strings.Repeat("0", maxToken)
	k := &ticket{token: text[:min(max(length, 64), maxToken)], thread: t, until: until, open: true}
	r.tokens[k.token] = k
	r.issued = append(r.issued, k)
	return k
}

// Kill makes an execution disappear, as a redeploy that replaces the machine
// does: nothing of it runs, no Catch sees it, a parent waits until its own
// timeout, its name is free, and its tokens answer ErrTaskDoesNotExist. The
// executions of its distributed Maps disappear with it; one of those alone is
// lost to its Map as if it had failed. Its history stays readable here. An ID
// that is unknown or has ended is left as it is.
func (r *Runner) Kill(executionID string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.byID[executionID]; e != nil {
		r.vanish(e)
	}
}

func (r *Runner) vanish(e *execution) {
	if e.Status != Running {
		return
	}
	for _, k := range r.issued {
		if k.thread.exec == e {
			k.gone = true
		}
	}
	e.Gone, e.waiters = true, nil
	for _, child := range r.executions {
		if child.run != nil && child.run.parent.exec == e {
			r.vanish(child)
		}
	}
	r.close(e.root, false)
	r.end(e, Aborted, nil, &failure{name: "Gone", cause: "the execution was killed"})
}

// Abort stops an execution as StopExecution does: its parent's task fails with
// States.TaskFailed, and the executions for which it waits (.sync, a distributed
// Map) stop too. Error: ErrExecutionDoesNotExist.
func (r *Runner) Abort(_ context.Context, executionID string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.byID[executionID]
	if e == nil {
		return fmt.Errorf("abort %s: %w", executionID, ErrExecutionDoesNotExist)
	}
	r.abort(e)
	return nil
}

func (r *Runner) abort(e *execution) {
	if e.Status == Running {
		r.close(e.root, true)
		r.end(e, Aborted, nil, &failure{})
	}
}

// end settles an execution and tells those who wait for it.
func (r *Runner) end(e *execution, status Status, output any, fail *failure) {
	if e.Status != Running {
		return
	}
	e.timer.stop()
	r.close(e.root, false)
	event := Event{Type: map[Status]string{
		Succeeded: "ExecutionSucceeded", Failed: "ExecutionFailed", TimedOut: "ExecutionTimedOut", Aborted: "ExecutionAborted",
	}[status]}
	if fail != nil {
		e.Error, e.Cause = fail.name, fail.cause
		event.Error, event.Cause = fail.name, fail.cause
	} else {
		e.Output = encodeJSON(output)
		event.Output = e.Output
	}
	e.append(event)
	e.Status, e.Ended = status, r.Clock.Now()
	for _, w := range e.waiters {
		if w.closed || w.awaits != e {
			continue
		}
		came := e.asTaskResult(w.state().resource)
		w.awaits, w.came = nil, &came
		r.ready(w)
	}
	e.waiters = nil
	if e.run != nil {
		r.itemEnded(e, output)
	}
}

// asTaskResult is what a .sync task gets when e has ended.
func (e *execution) asTaskResult(how resource) outcome {
	describe := map[string]any{
		"ExecutionArn": e.ID, "Name": e.Name, "StateMachineArn": e.Machine, "Status": string(e.Status),
		"StartDate": json.Number(fmt.Sprint(e.Started.UnixMilli())), "StopDate": json.Number(fmt.Sprint(e.Ended.UnixMilli())),
		"Input": string(e.Input), "InputDetails": map[string]any{"Included": true},
	}
	if e.Status != Succeeded {
		describe["Error"], describe["Cause"] = e.Error, e.Cause
		return outcome{fail: &failure{name: errTaskFailed, cause: string(encodeJSON(describe))}}
	}
	describe["Output"], describe["OutputDetails"] = string(e.Output), map[string]any{"Included": true}
	if how == startSync2 {
		describe["Input"] = e.input
		out, err := decodeJSON(e.Output)
		if err != nil {
			panic(fmt.Sprintf("asl: output of %s: %v", e.ID, err)) // encodeJSON wrote it
		}
		describe["Output"] = out
	}
	return outcome{value: describe}
}

// errorOf gives the name that an error of a Function has for ErrorEquals, and its
// message.
// An error that carries a code, at any depth, gives the code; lambdaio does the
// same at the edge. Otherwise it is what aws-lambda-go sends: the type of the
// outermost error only, so that a test sees the Catch that good
// wrapping breaks.
func errorOf(err error) (string, string) {
	var coded interface{ ErrorType() string }
	if errors.As(err, &coded) {
		return coded.ErrorType(), err.Error()
	}
	v := reflect.ValueOf(err)
	t := v.Type()
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	// What lambdaio returns: aws-lambda-go sends its fields as they are. Read by
	// reflection, because no AWS package may be imported here.
	if v.Kind() == reflect.Struct && t.PkgPath() == "github.com/aws/aws-lambda-go/lambda/messages" && t.Name() == "InvokeResponse_Error" {
		return v.FieldByName("Type").String(), v.FieldByName("Message").String()
	}
	return t.Name(), err.Error()
}
