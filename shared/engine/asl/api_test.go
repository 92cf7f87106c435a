package asl_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/engine/asl"
)

var bg = context.Background()

const parked = `{"StartAt":"Park","States":{"Park":` + park + `,"Late":{"Type":"Fail","Error":"Late"}}}`

func TestToken(t *testing.T) {
	var payload struct{ Token string }
	w := newWorld(t, parked, map[string]asl.Function{"ask": func(_ context.Context, in json.RawMessage) (json.RawMessage, error) {
		return nil, json.Unmarshal(in, &payload)
	}})
	id := w.start("x", `{}`)
	if token := w.token(); token != payload.Token || len(token) != 640 {
		t.Fatalf("the function got %q, parked is %q", payload.Token, token)
	}
	if err := w.SendTaskSuccess(bg, payload.Token, json.RawMessage(`{"answer":"yes"}`)); err != nil {
		t.Fatal(err)
	}
	w.path(id, "Park")
	w.Drain(bg)
	w.succeeded(id, `{"answer":"yes"}`) // not wrapped, unlike lambda:invoke
}

func TestTokenErrors(t *testing.T) {
	ask := map[string]asl.Function{"ask": gives(`{}`)}
	answer := func(w *world, token string) error { return w.SendTaskSuccess(bg, token, json.RawMessage(`1`)) }
	tests := []struct {
		name string
		do   func(w *world, id, token string) error
		want error
	}{
		{"answered twice (F21)", func(w *world, _, token string) error {
			if err := answer(w, token); err != nil {
				return err
			}
			return answer(w, token)
		}, asl.ErrTaskTimedOut},
		{"after the timeout (F21)", func(w *world, _, token string) error {
			w.Advance(bg, 10*day)
			return answer(w, token)
		}, asl.ErrTaskTimedOut},
		{"at the timeout, before anyone looked", func(w *world, _, token string) error {
			w.clock.Advance(10 * day)
			return answer(w, token)
		}, asl.ErrTaskTimedOut},
		{"a second before the timeout", func(w *world, _, token string) error {
			w.Advance(bg, 10*day-time.Second)
			return answer(w, token)
		}, nil},
		{"after Kill", func(w *world, id, token string) error { w.Kill(id); return answer(w, token) }, asl.ErrTaskDoesNotExist},
		{"after Abort", func(w *world, id, token string) error {
			if err := w.Abort(bg, id); err != nil {
				return err
			}
			return answer(w, token)
		}, asl.ErrTaskTimedOut},
		{"a token of nobody", func(w *world, _, token string) error { return answer(w, token[:600]+strings.Repeat("f", 40)) }, asl.ErrTaskDoesNotExist},
		{"no token", func(w *world, _, _ string) error { return answer(w, "R-7Q2M-K9TD") }, asl.ErrInvalidToken},
		{"empty", func(w *world, _, _ string) error { return answer(w, "") }, asl.ErrInvalidToken},
		{"longer than 2,048", func(w *world, _, token string) error { return answer(w, token+strings.Repeat("0", 2049-640)) }, asl.ErrInvalidToken},
		{"no JSON", func(w *world, _, token string) error { return w.SendTaskSuccess(bg, token, nil) }, asl.ErrInvalidOutput},
		{"output of 262,144", func(w *world, _, token string) error {
			return w.SendTaskSuccess(bg, token, json.RawMessage(`"`+strings.Repeat("x", 262_142)+`"`))
		}, nil},
		{"output of 262,145", func(w *world, _, token string) error {
			return w.SendTaskSuccess(bg, token, json.RawMessage(`"`+strings.Repeat("x", 262_143)+`"`))
		}, asl.ErrInvalidOutput},
		{"failure after an answer", func(w *world, _, token string) error {
			if err := answer(w, token); err != nil {
				return err
			}
			return w.SendTaskFailure(bg, token, "No", "")
		}, asl.ErrTaskTimedOut},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, parked, ask)
			id := w.start("x", `{}`)
			if err := test.do(w, id, w.token()); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestTokenTimeout(t *testing.T) {
	w := newWorld(t, parked, map[string]asl.Function{"ask": gives(`{}`)})
	id := w.start("x", `{}`)
	w.Settle(bg) // jumps no timeout
	w.path(id, "Park")
	w.Advance(bg, 365*day)
	w.path(id, "Park", "Late")
	w.ended(id, asl.Failed, "Late")
	if got := w.get(id).Ended.Sub(noon); got != 10*day {
		t.Errorf("timed out after %v, want 10 days", got)
	}
}

func TestSendTaskFailure(t *testing.T) {
	definition := strings.Replace(parked, `"States.Timeout"`, `"Refused"],"Next":"Late"},{"ErrorEquals":["States.ALL"`, 1)
	w := newWorld(t, definition, map[string]asl.Function{"ask": gives(`{}`)})
	id := w.start("x", `{}`)
	if err := w.SendTaskFailure(bg, w.token(), "Refused", "R-7Q2M-K9TD"); err != nil {
		t.Fatal(err)
	}
	w.Drain(bg)
	w.path(id, "Park", "Late")
}

// A step that has nothing to wait for answers its own token.
func TestFunctionAnswersItsOwnToken(t *testing.T) {
	for _, test := range []struct {
		name string
		err  error // what the function returns after it has answered
	}{{"and returns", nil}, {"and fails, too late to count", errPlain}} {
		t.Run(test.name, func(t *testing.T) {
			var w *world
			w = newWorld(t, parked, map[string]asl.Function{"ask": func(ctx context.Context, in json.RawMessage) (json.RawMessage, error) {
				if n := len(w.Parked()); n != 0 {
					t.Errorf("%d tasks are parked while the function still runs", n)
				}
				var p struct{ Token string }
				if err := json.Unmarshal(in, &p); err != nil {
					return nil, err
				}
				if err := w.SendTaskSuccess(ctx, p.Token, json.RawMessage(`"at once"`)); err != nil {
					return nil, err
				}
				w.Drain(ctx) // leaves the work to the Drain around it
				if err := w.SendTaskSuccess(ctx, p.Token, json.RawMessage(`"twice"`)); !errors.Is(err, asl.ErrTaskTimedOut) {
					t.Errorf("second answer: %v", err)
				}
				return nil, test.err
			}})
			w.succeeded(w.start("x", `{}`), `"at once"`)
		})
	}
}

func TestFailingFunctionOfAWait(t *testing.T) {
	w := newWorld(t, parked, map[string]asl.Function{"ask": fails(codedError("Broken"))})
	id := w.start("x", `{}`)
	w.ended(id, asl.Failed, "Broken")
	if n := len(w.Parked()); n != 0 {
		t.Errorf("%d tasks are parked", n)
	}
}

func TestTokenLength(t *testing.T) {
	for _, test := range []struct{ set, want int }{{0, 640}, {2048, 2048}, {5000, 2048}, {1, 64}} {
		w := newWorld(t, parked, map[string]asl.Function{"ask": gives(`{}`)})
		w.TokenLength = test.set
		id := w.start("x", `{}`)
		token := w.token()
		if len(token) != test.want {
			t.Errorf("TokenLength %d gives %d characters, want %d", test.set, len(token), test.want)
		}
		if err := w.SendTaskSuccess(bg, token, json.RawMessage(`1`)); err != nil {
			t.Error(err)
		}
		w.Drain(bg)
		w.succeeded(id, `1`)
	}
}

func TestStartNames(t *testing.T) {
	const wait = `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":1,"End":true}}}`
	type call struct {
		after time.Duration // before this call
		name  string
		input string
		want  error
	}
	tests := []struct {
		name  string
		calls []call
		runs  int
	}{
		{"same name and input while it runs", []call{{0, "a", `{"b":1,"c":2}`, nil}, {0, "a", ` {"c":2, "b":1}`, nil}}, 1},
		{"same name, other input", []call{{0, "a", `{"b":1}`, nil}, {0, "a", `{"b":2}`, asl.ErrExecutionAlreadyExists}}, 1},
		{"same name after the end", []call{{0, "a", `{}`, nil}, {hour, "a", `{}`, asl.ErrExecutionAlreadyExists}}, 1},
		{"just before 90 days", []call{{0, "a", `{}`, nil}, {90 * day, "a", `{}`, asl.ErrExecutionAlreadyExists}}, 1},
		{"the history is gone after 90 days (F04)", []call{{0, "a", `{}`, nil}, {90*day + time.Second, "a", `{}`, nil}}, 2},
		{"drawn names differ", []call{{0, "", `{}`, nil}, {0, "", `{}`, nil}}, 2},
		{"80 characters", []call{{0, strings.Repeat("a", 80), `{}`, nil}, {0, strings.Repeat("a", 81), `{}`, asl.ErrInvalidName}}, 1},
		{"characters", []call{{0, "aZ09-_", `{}`, nil}, {0, "a b", `{}`, asl.ErrInvalidName}, {0, "a.b", `{}`, asl.ErrInvalidName}, {0, "é", `{}`, asl.ErrInvalidName}}, 1},
		{"inputs", []call{
			{0, "a", `"` + strings.Repeat("x", 262_142) + `"`, nil},
			{0, "b", `"` + strings.Repeat("x", 262_143) + `"`, asl.ErrInvalidExecutionInput},
			{0, "c", `{`, asl.ErrInvalidExecutionInput}, {0, "d", ``, nil},
		}, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, wait, nil)
			for i, c := range test.calls {
				w.Advance(bg, c.after)
				if _, err := w.Start(bg, "m", c.name, json.RawMessage(c.input)); !errors.Is(err, c.want) {
					t.Errorf("call %d: %v, want %v", i, err, c.want)
				}
			}
			if got := len(w.Executions()); got != test.runs {
				t.Errorf("%d executions, want %d", got, test.runs)
			}
		})
	}
	w := newWorld(t, wait, nil)
	if _, err := w.Start(bg, "nobody", "a", nil); !errors.Is(err, asl.ErrStateMachineDoesNotExist) {
		t.Errorf("unknown machine: %v", err)
	}
}

func TestCheckNamesWhatIsMissing(t *testing.T) {
	w := newWorld(t, invoke("nobody", ""), nil)
	_, err := w.Start(bg, "m", "x", nil)
	if err == nil || !strings.Contains(err.Error(), `m.T calls "nobody"`) {
		t.Errorf("got %v", err)
	}
}

func TestKillFreesTheName(t *testing.T) {
	w := newWorld(t, parked, map[string]asl.Function{"ask": gives(`{}`)})
	id := w.start("x", `{}`)
	w.Kill(id)
	w.Kill("nobody")
	w.Advance(bg, 20*day)
	if e := w.get(id); e.Status != asl.Aborted || !e.Gone {
		t.Errorf("killed execution is %s, gone %v", e.Status, e.Gone)
	}
	again := w.start("x", `{"other":"input"}`)
	if again != id {
		t.Errorf("ID %s, want the same as before, %s", again, id)
	}
	w.path(again, "Park")
	all := w.Executions()
	if len(all) != 2 || !all[0].Gone || all[1].Gone {
		t.Errorf("executions: %+v", all)
	}
}

func parent(resource, fields string) string {
	return `{"StartAt":"Child","States":{"Child":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution` + resource + `","TimeoutSeconds":86400,
	  "Parameters":{"StateMachineArn":"child","Input":{"legId.$":"$.legId"}` + fields + `},
	  "Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":"$.error","Next":"Caught"}],"End":true},
	  "Caught":{"Type":"Pass","OutputPath":"$.error.Error","End":true}}}`
}

func TestStartExecution(t *testing.T) {
	w := newWorld(t, parent("", `,"Name.$":"States.Format('{}-child', $$.Execution.Name)"`), map[string]asl.Function{"ask": gives(`{}`)})
	w.add("child", parked)
	id := w.start("x", `{"legId":"L1"}`)
	w.succeeded(id, `{"ExecutionArn":"arn:aws:states:local:000000000000:execution:child:x-child","StartDate":"2026-03-02T12:00:00.000Z"}`)
	child := w.Executions()[1]
	if child.Status != asl.Running || child.Name != "x-child" || string(child.Input) != `{"legId":"L1"}` {
		t.Errorf("child: %+v", child)
	}
}

func TestStartExecutionSync(t *testing.T) {
	const id = "arn:aws:states:local:000000000000:execution:child:c"
	stamp := fmt.Sprint(noon.UnixMilli())
	for resource, want := range map[string]string{
		".sync":   `{"ExecutionArn":"` + id + `","Name":"c","StateMachineArn":"child","Status":"SUCCEEDED","StartDate":` + stamp + `,"StopDate":` + stamp + `,"Input":"{\"legId\":\"L1\"}","InputDetails":{"Included":true},"Output":"{\"done\":1}","OutputDetails":{"Included":true}}`,
		".sync:2": `{"ExecutionArn":"` + id + `","Name":"c","StateMachineArn":"child","Status":"SUCCEEDED","StartDate":` + stamp + `,"StopDate":` + stamp + `,"Input":{"legId":"L1"},"InputDetails":{"Included":true},"Output":{"done":1},"OutputDetails":{"Included":true}}`,
	} {
		t.Run(resource, func(t *testing.T) {
			w := newWorld(t, parent(resource, `,"Name":"c"`), map[string]asl.Function{"ask": gives(`{}`)})
			w.add("child", parked)
			parentID := w.start("x", `{"legId":"L1"}`)
			w.path(parentID, "Child")
			if err := w.SendTaskSuccess(bg, w.token(), json.RawMessage(`{"done":1}`)); err != nil {
				t.Fatal(err)
			}
			w.Drain(bg)
			w.succeeded(parentID, want)
		})
	}
}

// What a parent sees of the ends that its child can come to.
func TestStartExecutionSyncEnds(t *testing.T) {
	tests := []struct {
		name  string
		do    func(w *world, child string)
		want  string // the parent's output; "" while it still waits
		child asl.Status
	}{
		{"the parent times out, and its child runs on", func(w *world, _ string) { w.Advance(bg, 2*day) }, `"States.Timeout"`, asl.Running},
		{"the child is aborted", func(w *world, child string) {
			if err := w.Abort(bg, child); err != nil {
				w.t.Error(err)
			}
			w.Drain(bg)
		}, `"States.TaskFailed"`, asl.Aborted},
		{"the child's token fails", func(w *world, _ string) {
			if err := w.SendTaskFailure(bg, w.token(), "Broken", ""); err != nil {
				w.t.Error(err)
			}
			w.Drain(bg)
		}, `"States.TaskFailed"`, asl.Failed},
		{"the child vanishes", func(w *world, child string) { w.Kill(child); w.Advance(bg, hour) }, ``, asl.Aborted},
		{"the child vanishes and the parent times out", func(w *world, child string) { w.Kill(child); w.Advance(bg, day) }, `"States.Timeout"`, asl.Aborted},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, parent(".sync:2", ""), map[string]asl.Function{"ask": gives(`{}`)})
			w.add("child", parked)
			id := w.start("x", `{"legId":"L1"}`)
			child := w.Executions()[1].ID
			test.do(w, child)
			if got := w.get(child).Status; got != test.child {
				t.Errorf("child is %s, want %s", got, test.child)
			}
			if test.want == "" {
				w.ended(id, asl.Running, "")
				return
			}
			w.succeeded(id, test.want)
		})
	}
}

func TestAbortStopsTheChildToo(t *testing.T) {
	w := newWorld(t, parent(".sync:2", ""), map[string]asl.Function{"ask": gives(`{}`)})
	w.add("child", parked)
	id := w.start("x", `{"legId":"L1"}`)
	if err := w.Abort(bg, id); err != nil {
		t.Fatal(err)
	}
	w.Advance(bg, 20*day)
	for _, e := range w.Executions() {
		if e.Status != asl.Aborted || e.Gone || !e.Ended.Equal(noon) {
			t.Errorf("%s is %s, gone %v, ended %v", e.Machine, e.Status, e.Gone, e.Ended)
		}
	}
	if err := w.Abort(bg, "nobody"); !errors.Is(err, asl.ErrExecutionDoesNotExist) {
		t.Errorf("abort of nobody: %v", err)
	}
}

func TestStartExecutionErrors(t *testing.T) {
	tests := []struct{ name, fields, want string }{
		{"name taken", `,"Name":"taken"`, `"StepFunctions.ExecutionAlreadyExistsException"`},
		{"bad name", `,"Name":"a b"`, `"StepFunctions.InvalidNameException"`},
		{"name is no text", `,"Name.$":"$.n"`, `"StepFunctions.InvalidNameException"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, parent("", test.fields), map[string]asl.Function{"ask": gives(`{}`)})
			w.add("child", parked)
			if _, err := w.Start(bg, "child", "taken", json.RawMessage(`"other"`)); err != nil {
				t.Fatal(err)
			}
			w.succeeded(w.start("x", `{"legId":"L1","n":1}`), test.want)
		})
	}
}

// A function may start executions, as wake does.
func TestFunctionStartsAnExecution(t *testing.T) {
	var w *world
	w = newWorld(t, invoke("wake", ""), map[string]asl.Function{
		"ask": gives(`{}`),
		"wake": func(ctx context.Context, _ json.RawMessage) (json.RawMessage, error) {
			_, err := w.Start(ctx, "child", "woken", nil)
			return nil, err
		},
	})
	w.add("child", parked)
	w.start("x", `{}`)
	if p := w.Parked(); len(p) != 1 || p[0].State != "Park" || !p[0].Until.Equal(noon.Add(10*day)) {
		t.Errorf("parked: %+v", p)
	}
}

func TestPayloadLimit(t *testing.T) {
	long := strings.Repeat("x", 262_140)
	tests := []struct {
		name, fields string
		function     asl.Function
		input, want  string
	}{
		{"a result at the limit", `"ResultSelector":{"p":1},`, gives(`"` + strings.Repeat("x", 262_144-len(`{"ExecutedVersion":"$LATEST","Payload":"","StatusCode":200}`)) + `"`), `{}`, ""},
		{"a result over it", `"ResultSelector":{"p":1},`, gives(`"` + strings.Repeat("x", 262_145-len(`{"ExecutedVersion":"$LATEST","Payload":"","StatusCode":200}`)) + `"`), `{}`, "States.DataLimitExceeded"},
		{"a call over it", ``, gives(`{}`), `"` + long + `"`, "States.DataLimitExceeded"},
		{"output over it", `"ResultPath":"$.r",`, gives(`"` + long[:200] + `"`), `{"a":"` + long[:262_000] + `"}`, "States.DataLimitExceeded"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, invoke("x", test.fields+`"Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":null,"Next":"Z"}],`), map[string]asl.Function{"x": test.function})
			id := w.start("x", test.input)
			if test.want == "" {
				w.ended(id, asl.Succeeded, "")
				return
			}
			w.ended(id, asl.Failed, test.want)
		})
	}
}

// F20's sibling: a round that calls a function for ever ends at the limit of the
// history, with its last place kept for the end.
func TestHistoryLimit(t *testing.T) {
	w := newWorld(t, `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","TimeoutSeconds":9,
	  "Parameters":{"FunctionName":"x","Payload":{}},"ResultPath":null,"Next":"C"},
	  "C":{"Type":"Choice","Choices":[{"Variable":"$.stop","IsPresent":true,"Next":"S"}],"Default":"T"},"S":{"Type":"Succeed"}}}`,
		map[string]asl.Function{"x": gives(`{}`)})
	id := w.start("x", `{}`)
	w.ended(id, asl.Failed, "States.Runtime")
	history := w.History(id)
	if len(history) != 25_000 || history[24_999].Type != "ExecutionFailed" {
		t.Errorf("%d events, the last %s", len(history), history[len(history)-1].Type)
	}
}

func TestFunctionReturnsNoJSON(t *testing.T) {
	w := newWorld(t, invoke("x", ""), map[string]asl.Function{"x": gives(`{`)})
	w.ended(w.start("x", `{}`), asl.Failed, "Runtime.MarshalError")
}

// Two runs of one test give one history: tokens, names and order.
func TestDeterminism(t *testing.T) {
	run := func() []asl.Execution {
		w := newWorld(t, `{"StartAt":"Both","States":{"Both":{"Type":"Parallel","End":true,"Branches":[`+
			strings.Replace(parked, "Late", "LateA", -1)+`,`+strings.NewReplacer("Late", "LateB", `"Park"`, `"ParkB"`).Replace(parked)+`]}}}`,
			map[string]asl.Function{"ask": gives(`{}`)})
		w.start("", `{}`)
		for _, p := range w.Parked() {
			if err := w.SendTaskSuccess(bg, p.Token, json.RawMessage(`{}`)); err != nil {
				t.Fatal(err)
			}
		}
		w.Drain(bg)
		return w.Executions()
	}
	first := run()
	if first[0].Status != asl.Succeeded {
		t.Fatalf("%+v", first[0])
	}
	for range 3 {
		if diff := cmp.Diff(first, run()); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestDrainStopsWithItsContext(t *testing.T) {
	w := newWorld(t, parked, map[string]asl.Function{"ask": gives(`{}`)})
	id, err := w.Start(bg, "m", "x", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(bg)
	cancel()
	w.Drain(ctx)
	w.Advance(ctx, hour)
	w.Settle(ctx)
	if got := w.Path(id); got != nil {
		t.Errorf("ran %v", got)
	}
	w.Drain(bg)
	w.path(id, "Park")
}

// A function that panics takes the test down, not the lock with it.
func TestPanicLeavesTheRunnerUsable(t *testing.T) {
	w := newWorld(t, invoke("x", ""), map[string]asl.Function{"x": func(context.Context, json.RawMessage) (json.RawMessage, error) { panic("boom") }})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		w.start("x", `{}`)
	}()
	if len(w.Executions()) != 1 {
		t.Error("the runner is stuck")
	}
}
