package asl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"
)

// thread is one lane of an execution: its top, an item of a Map, or a branch of
// a Parallel. It is always in exactly one state.
type thread struct {
	exec  *execution
	block *block
	lane  string
	item  map[string]any // $$.Map.Item, in a Map
	fork  *fork          // where it came from; nil at the top
	slot  int            // its place among the results of fork

	name     string // of the state
	input    any    // of the state, before InputPath
	entered  time.Time
	attempts []int // used, by place in Retry
	retries  int   // attempts after the first one of this state, of all Retry
	deadline time.Time
	chosen   string // the state after this one

	came   *outcome // what the state waited for
	busy   bool     // a Function or a hook of it is running
	closed bool     // it ended, or others ended it

	forked *fork      // its Map or Parallel
	awaits *execution // its .sync child
	ticket *ticket
	timer  *timer
}

// outcome is how a state's work ended.
type outcome struct {
	value any
	fail  *failure
}

// fork is a running Map or Parallel.
type fork struct {
	parent  *thread
	raw     []any // Map: the items, for $$.Map.Item.Value
	items   []any // Map: what the lanes get
	shared  any   // Parallel: what every branch gets
	lanes   []*thread
	apart   []*execution // distributed Map: what its items run in, instead of lanes
	over    bool         // distributed Map: its outcome is known
	results []any
	width   int // lanes at one moment
	next    int // first place without a lane
	done    int
}

func (t *thread) state() *state { return t.block.states[t.name] }

func (t *thread) env(input any) env {
	e := t.exec
	context := map[string]any{
		"Execution":    map[string]any{"Id": e.ID, "Name": e.Name, "Input": e.input, "StartTime": stamp(e.Started)},
		"State":        map[string]any{"Name": t.name, "EnteredTime": stamp(t.entered), "RetryCount": json.Number(fmt.Sprint(t.retries))},
		"StateMachine": map[string]any{"Id": e.Machine, "Name": e.machine.Name},
	}
	if t.item != nil {
		context["Map"] = map[string]any{"Item": t.item}
	}
	if t.ticket != nil {
		context["Task"] = map[string]any{"Token": t.ticket.token}
	}
	return env{input: input, context: context}
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// step runs one state of t, or what is left of it after a wait. It reports
// whether t can go on at once.
func (r *Runner) step(ctx context.Context, t *thread) bool {
	s := t.state()
	switch {
	case t.came != nil && s.kind == kindTask:
		t.came = r.taskEnded(t, t.came)
	case t.came == nil:
		if t.entered.IsZero() {
			t.entered = r.Clock.Now()
			t.attempts = make([]int, len(s.retry))
			t.exec.note(t, Event{Type: s.kind.entered(), Input: encodeJSON(t.input)})
		}
		fault := r.fault(t, Before)
		if t.closed {
			return false
		}
		if fault != nil {
			t.came = &outcome{fail: fault}
		} else if t.came = r.work(ctx, t, s); t.closed || t.came == nil {
			return false
		}
	}
	came := *t.came
	r.settle(t)
	if came.fail == nil {
		output, fail := r.leave(t, s, came.value)
		if t.closed {
			return false
		}
		if fail == nil {
			r.follow(t, output, t.chosen, s.end)
			return !t.closed
		}
		came.fail = fail
	}
	r.failed(t, s, came.fail)
	return !t.closed && t.timer == nil
}

// settle clears what the state waited for, before the next attempt or state.
func (r *Runner) settle(t *thread) {
	t.came, t.awaits, t.forked = nil, nil, nil
	t.timer.stop()
	t.timer = nil
	if t.ticket != nil {
		t.ticket.open = false
		t.ticket = nil
	}
}

// unlocked runs f without the lock: f is not ours and may call the runner.
func (r *Runner) unlocked(t *thread, f func()) {
	t.busy = true
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		t.busy = false
	}()
	f()
}

// fault asks the hook. ErrVanish is carried out here; look at t.closed.
func (r *Runner) fault(t *thread, when When) *failure {
	if r.Fault == nil {
		return nil
	}
	var err error
	r.unlocked(t, func() { err = r.Fault(t.exec.ID, t.name, when) })
	switch {
	case err == nil || t.closed:
		return nil
	case errors.Is(err, ErrVanish):
		r.vanish(t.exec)
		return nil
	}
	name, message := errorOf(err)
	return &failure{name: name, cause: message}
}

func fails(f *failure) *outcome { return &outcome{fail: f} }

// work begins a state. It returns nil when the state waits.
func (r *Runner) work(ctx context.Context, t *thread, s *state) *outcome {
	t.chosen = s.next
	if s.kind == kindFail {
		return fails(&failure{name: s.err, cause: s.cause})
	}
	input, fail := s.input.eval(t.env(t.input))
	if fail != nil {
		return fails(fail)
	}
	switch s.kind {
	case kindTask:
		return r.task(ctx, t, s, input)
	case kindMap:
		return r.mapItems(t, s, input)
	}
	if s.parameters != nil {
		if input, fail = s.parameters.eval(t.env(input)); fail != nil {
			return fails(fail)
		}
	}
	switch s.kind {
	case kindPass:
		if s.fixed {
			input = s.constant
		}
	case kindChoice:
		if t.chosen, fail = s.choose(t.env(input)); fail != nil {
			return fails(fail)
		}
	case kindWait:
		t.timer = r.after(s.wait, true, func() {
			t.came = &outcome{value: input}
			r.ready(t)
		})
		return nil
	case kindParallel:
		f := &fork{parent: t, shared: input, results: make([]any, len(s.branches)), width: len(s.branches)}
		t.exec.note(t, Event{Type: "ParallelStateStarted"})
		r.open(f)
		return nil
	}
	return &outcome{value: input}
}

// leave turns the result of the state's work into the state's output and asks
// the hook.
func (r *Runner) leave(t *thread, s *state, result any) (any, *failure) {
	var fail *failure
	if s.selects != nil {
		if result, fail = s.selects.eval(t.env(result)); fail != nil {
			return nil, fail
		}
	}
	output := result
	switch s.kind {
	case kindTask, kindPass, kindMap, kindParallel:
		if output, fail = s.place.apply(t.input, result); fail != nil {
			return nil, fail
		}
	}
	if output, fail = s.output.eval(t.env(output)); fail != nil {
		return nil, fail
	}
	if fail := oversize(output, "the state's output"); fail != nil {
		return nil, fail
	}
	return output, r.fault(t, After)
}

// choose returns the name of the state that the rules of a Choice lead to.
func (s *state) choose(e env) (string, *failure) {
	for _, rule := range s.choices {
		holds, fail := rule.holds(e)
		if fail != nil {
			return "", fail
		}
		if holds {
			return rule.next, nil
		}
	}
	if s.deflt == "" {
		return "", &failure{name: errNoChoice, cause: "no rule of the Choice matches and it has no Default"}
	}
	return s.deflt, nil
}

// follow ends the state and goes to the next one.
func (r *Runner) follow(t *thread, output any, next string, end bool) {
	t.exec.note(t, Event{Type: t.state().kind.exited(), Output: encodeJSON(output)})
	if end {
		r.done(t, output)
		return
	}
	t.name, t.input, t.entered, t.retries = next, output, time.Time{}, 0
}

// done ends a lane that has reached its end.
func (r *Runner) done(t *thread, output any) {
	t.closed = true
	f := t.fork
	if f == nil {
		r.end(t.exec, Succeeded, output, nil)
		return
	}
	p := f.parent
	if f.items != nil {
		t.exec.note(p, Event{Type: "MapIterationSucceeded"})
	}
	f.results[t.slot] = output
	f.done++
	if f.done < len(f.results) {
		r.open(f)
		return
	}
	p.exec.note(p, Event{Type: string(p.state().kind) + "StateSucceeded"})
	r.joined(f, outcome{value: f.results})
}

// joined gives the outcome of a Map or Parallel to the lane that opened it.
func (r *Runner) joined(f *fork, with outcome) {
	if with.fail == nil {
		with.fail = oversize(with.value, "the result")
	}
	f.parent.came = &with
	r.ready(f.parent)
}

// failed retries, catches, or fails the lane.
func (r *Runner) failed(t *thread, s *state, fail *failure) {
	for i, try := range s.retry {
		if !matchesError(try.errors, fail) {
			continue
		}
		if t.attempts[i] == try.attempts {
			break // AWS looks at no later Retry either
		}
		// The longest delay that JitterStrategy FULL can draw.
		seconds := try.interval.Seconds() * math.Pow(try.backoff, float64(t.attempts[i]))
		delay := time.Duration(min(seconds, year.Seconds()) * float64(time.Second))
		if try.longest > 0 {
			delay = min(delay, try.longest)
		}
		t.attempts[i]++
		t.retries++
		t.timer = r.after(delay, true, func() {
			t.timer = nil
			r.ready(t)
		})
		return
	}
	for _, c := range s.catch {
		if !matchesError(c.errors, fail) {
			continue
		}
		output, unplaced := c.place.apply(t.input, map[string]any{"Error": fail.name, "Cause": fail.cause})
		if unplaced == nil {
			unplaced = oversize(output, "the state's output")
		}
		if unplaced != nil {
			fail = unplaced
			break
		}
		if again := r.fault(t, After); t.closed {
			return
		} else if again != nil {
			fail = again // a Catch is not caught again
			break
		}
		r.follow(t, output, c.next, false)
		return
	}
	t.closed = true
	f := t.fork
	if f == nil {
		r.end(t.exec, Failed, nil, fail)
		return
	}
	// The first lane that fails ends its siblings.
	kind := f.parent.state().kind
	if kind == kindMap {
		t.exec.note(f.parent, Event{Type: "MapIterationFailed"})
	}
	t.exec.note(f.parent, Event{Type: string(kind) + "StateFailed", Error: fail.name, Cause: fail.cause})
	for _, lane := range f.lanes {
		r.close(lane, true)
	}
	r.joined(f, outcome{fail: fail})
}

// matchesError reports whether a Retry or Catch with these names takes fail.
func matchesError(names []string, fail *failure) bool {
	if fail.name == errRuntime || fail.name == errDataLimit {
		return false
	}
	for _, name := range names {
		if name == errAll || name == fail.name || name == errTaskFailed && fail.name != errTimeout {
			return true
		}
	}
	return false
}

// close ends a lane and all that it opened: nothing of it runs, its tokens
// answer ErrTaskTimedOut. With stop, the executions it waits for stop too, as
// AWS does when a sibling fails or the execution is stopped, but not when a task
// or execution times out.
func (r *Runner) close(t *thread, stop bool) {
	if t == nil {
		return
	}
	t.closed = true
	child := t.awaits
	forked := t.forked
	r.settle(t)
	if forked != nil {
		for _, lane := range forked.lanes {
			r.close(lane, stop)
		}
		r.stopItems(forked)
	}
	if stop && child != nil {
		r.abort(child)
	}
}

func oversize(v any, what string) *failure {
	if n := len(encodeJSON(v)); n > maxPayload {
		return &failure{name: errDataLimit, cause: fmt.Sprintf("%s has %d bytes, the limit is %d", what, n, maxPayload)}
	}
	return nil
}

// task makes one attempt of a Task.
func (r *Runner) task(ctx context.Context, t *thread, s *state, input any) *outcome {
	t.deadline = r.Clock.Now().Add(s.timeout)
	if s.resource == invokeWait {
		t.ticket = r.issue(t, t.deadline)
	}
	request, fail := s.parameters.eval(t.env(input))
	if fail == nil {
		fail = oversize(request, "the task's input")
	}
	if fail != nil {
		return fails(fail)
	}
	fields := request.(map[string]any) // taskParameters made sure
	t.exec.note(t, Event{Type: "TaskScheduled", Input: encodeJSON(request)})
	t.exec.note(t, Event{Type: "TaskStarted"})

	var came *outcome
	if s.resource == invoke || s.resource == invokeWait {
		came = r.invoke(ctx, t, s, fields["Payload"])
	} else {
		came = r.startChild(t, s, fields)
	}
	if t.closed || came != nil {
		return r.taskEnded(t, came)
	}
	t.exec.note(t, Event{Type: "TaskSubmitted"})
	t.timer = r.after(t.deadline.Sub(r.Clock.Now()), false, func() {
		t.came = timedOut(s)
		r.ready(t)
	})
	return nil
}

func timedOut(s *state) *outcome {
	return fails(&failure{name: errTimeout, cause: fmt.Sprintf("%s: TimeoutSeconds have passed", s.name)})
}

// taskEnded writes how a task ended into the history.
func (r *Runner) taskEnded(t *thread, came *outcome) *outcome {
	switch {
	case t.closed:
	case came.fail == nil:
		if came.fail = oversize(came.value, "the task's result"); came.fail != nil {
			came.value = nil
			return r.taskEnded(t, came)
		}
		t.exec.note(t, Event{Type: "TaskSucceeded", Output: encodeJSON(came.value)})
	case came.fail.name == errTimeout:
		t.exec.note(t, Event{Type: "TaskTimedOut", Error: came.fail.name, Cause: came.fail.cause})
	default:
		t.exec.note(t, Event{Type: "TaskFailed", Error: came.fail.name, Cause: came.fail.cause})
	}
	return came
}

// invoke calls a Function. It returns nil when the task parks on its token.
func (r *Runner) invoke(ctx context.Context, t *thread, s *state, payload any) *outcome {
	var (
		raw json.RawMessage
		err error
	)
	function := r.Functions[s.target]
	r.unlocked(t, func() { raw, err = function(ctx, encodeJSON(payload)) })
	if t.closed {
		return nil
	}
	if came := t.came; came != nil {
		// It answered its own token; what it returned does not count any more.
		return came
	}
	if !r.Clock.Now().Before(t.deadline) {
		return timedOut(s) // F05: it did its work, and nobody heard
	}
	if err != nil {
		name, message := errorOf(err)
		return fails(&failure{name: name, cause: string(encodeJSON(map[string]any{"errorType": name, "errorMessage": message}))})
	}
	if s.resource == invokeWait {
		return nil
	}
	if len(raw) == 0 {
		raw = json.RawMessage("null")
	}
	result, err := decodeJSON(raw)
	if err != nil {
		return fails(&failure{name: "Runtime.MarshalError", cause: s.target + " returned no JSON"})
	}
	return &outcome{value: map[string]any{
		"ExecutedVersion": "$LATEST", "StatusCode": json.Number("200"), "Payload": result,
	}}
}

// startChild starts an execution. It returns nil when the task waits for it.
func (r *Runner) startChild(t *thread, s *state, fields map[string]any) *outcome {
	name, named := fields["Name"]
	text, isText := name.(string)
	if named && (!isText || text == "") {
		return fails(&failure{name: "StepFunctions.InvalidNameException", cause: "Name is no text"})
	}
	input := encodeJSON(fields["Input"])
	if text, ok := fields["Input"].(string); ok {
		input = json.RawMessage(text) // AWS takes an Input that is text as the JSON itself
	}
	child, err := r.start(s.target, text, input)
	if err != nil {
		return fails(&failure{name: childErrors[err], cause: fmt.Sprintf("start %s: %v", s.target, err)})
	}
	if s.resource == start {
		return &outcome{value: map[string]any{"ExecutionArn": child.ID, "StartDate": stamp(child.Started)}}
	}
	t.awaits = child
	child.waiters = append(child.waiters, t)
	return nil
}

// childErrors maps what start returns to the name that a Task's Catch sees.
var childErrors = map[error]string{
	ErrExecutionAlreadyExists:   "StepFunctions.ExecutionAlreadyExistsException",
	ErrInvalidName:              "StepFunctions.InvalidNameException",
	ErrInvalidExecutionInput:    "StepFunctions.InvalidExecutionInputException",
	ErrStateMachineDoesNotExist: "StepFunctions.StateMachineDoesNotExistException",
}

// mapItems opens a Map.
func (r *Runner) mapItems(t *thread, s *state, input any) *outcome {
	v, fail := s.items.eval(t.env(input))
	if fail != nil {
		return fails(fail)
	}
	items, ok := v.([]any)
	if !ok {
		return fails(runtimeFailure("ItemsPath of %s selects no list", s.name))
	}
	t.exec.note(t, Event{Type: "MapStateStarted"})
	if s.apart {
		t.exec.note(t, Event{Type: "MapRunStarted"})
	}
	if len(items) == 0 {
		if s.apart {
			t.exec.note(t, Event{Type: "MapRunSucceeded"})
		}
		t.exec.note(t, Event{Type: "MapStateSucceeded"})
		return &outcome{value: []any{}}
	}
	f := &fork{parent: t, raw: items, results: make([]any, len(items)), width: len(items)}
	if s.concurrency > 0 {
		f.width = s.concurrency
	}
	for i, item := range items {
		f.items = append(f.items, item)
		if s.parameters == nil {
			continue
		}
		e := t.env(input)
		e.context["Map"] = map[string]any{"Item": contextItem(i, item)}
		if f.items[i], fail = s.parameters.eval(e); fail != nil {
			return fails(fail)
		}
	}
	r.open(f)
	return nil
}

// open opens as many lanes as the fork may still have at one moment.
func (r *Runner) open(f *fork) {
	p, s := f.parent, f.parent.state()
	p.forked = f
	for f.next < len(f.results) && f.next-f.done < f.width {
		i := f.next
		f.next++
		if s.apart {
			r.openApart(f, i)
			continue
		}
		t := &thread{exec: p.exec, lane: fmt.Sprintf("%s[%d]", s.name, i), fork: f, slot: i}
		if p.lane != "" {
			t.lane = p.lane + "/" + t.lane
		}
		if s.kind == kindMap {
			t.block, t.input, t.item = s.processor, f.items[i], contextItem(i, f.raw[i])
			p.exec.note(p, Event{Type: "MapIterationStarted"})
		} else {
			t.block, t.input, t.item = s.branches[i], f.shared, p.item
		}
		t.name = t.block.startAt
		f.lanes = append(f.lanes, t)
		r.ready(t)
	}
}

// openApart starts the execution of one item of a distributed Map.
func (r *Runner) openApart(f *fork, i int) {
	p, s := f.parent, f.parent.state()
	name := r.draw("item", p.exec.ID, p.lane, s.name)[:32]
	e := &execution{
		Execution: Execution{ID: executionID(p.exec.Machine+"/"+s.label, name), Machine: p.exec.Machine, Name: name, Input: encodeJSON(f.items[i])},
		machine:   p.exec.machine, input: f.items[i], run: f, slot: i,
	}
	f.apart = append(f.apart, e)
	r.begin(e, s.processor)
}

// itemEnded tells a distributed Map how the execution of an item ended. One that
// did not succeed, for whatever reason, ends the Map and its other executions:
// no loss is tolerated.
func (r *Runner) itemEnded(e *execution, output any) {
	f := e.run
	p := f.parent
	if f.over || p.closed || p.exec.Gone {
		return
	}
	if e.Status != Succeeded {
		fail := &failure{name: errTooManyFailed, cause: "an item's execution is " + string(e.Status)}
		p.exec.note(p, Event{Type: "MapRunFailed", Error: fail.name, Cause: fail.cause})
		p.exec.note(p, Event{Type: "MapStateFailed", Error: fail.name, Cause: fail.cause})
		r.stopItems(f)
		r.joined(f, outcome{fail: fail})
		return
	}
	f.results[e.slot] = output
	f.done++
	if f.done < len(f.results) {
		r.open(f)
		return
	}
	f.over = true
	p.exec.note(p, Event{Type: "MapRunSucceeded"})
	p.exec.note(p, Event{Type: "MapStateSucceeded"})
	r.joined(f, outcome{value: f.results})
}

// stopItems stops the executions of a distributed Map that is over.
func (r *Runner) stopItems(f *fork) {
	f.over = true
	for _, e := range f.apart {
		r.abort(e)
	}
}

func contextItem(i int, v any) map[string]any {
	return map[string]any{"Index": json.Number(fmt.Sprint(i)), "Value": v}
}
