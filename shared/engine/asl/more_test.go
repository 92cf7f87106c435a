package asl_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/engine/asl"
)

// What a person would do with the package: a leg that waits for a client's
// instruction, is reminded of nothing, and goes to an officer after the timeout.
func ExampleRunner() {
	machine, err := asl.Parse("processor", []byte(`{
	  "StartAt": "Instruct",
	  "States": {
	    "Instruct": {
	      "Type": "Task",
	      "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
	      "Parameters": {"FunctionName": "${InstructArn}", "Payload": {"legId.$": "$.legId", "token.$": "$$.Task.Token"}},
	      "TimeoutSeconds": 2592000,
	      "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "NeedsOfficer"}],
	      "Next": "Done"
	    },
	    "Done": {"Type": "Succeed"},
	    "NeedsOfficer": {"Type": "Fail", "Error": "NeedsOfficer"}
	  }
	}`), map[string]string{"InstructArn": "instruct"})
	if err != nil {
		fmt.Println(err)
		return
	}
	runner := &asl.Runner{
		Machines: map[string]*asl.Machine{"processor": machine},
		Functions: map[string]asl.Function{
			"instruct": func(context.Context, json.RawMessage) (json.RawMessage, error) { return nil, nil },
		},
		Clock: asl.NewClock(time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)),
	}
	ctx := context.Background()
	id, err := runner.Start(ctx, "processor", "R-7Q2M-K9TD-L1", json.RawMessage(`{"legId":"L1"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	runner.Drain(ctx)
	fmt.Println("waits until", runner.Parked()[0].Until.Format(time.DateOnly))
	runner.Advance(ctx, 30*24*time.Hour)
	e, _ := runner.Execution(id)
	fmt.Println(e.Status, e.Error, runner.Path(id))
	// Output:
	// waits until 2026-04-01
	// FAILED NeedsOfficer [Instruct NeedsOfficer]
}

func TestGone(t *testing.T) {
	for err, want := range map[error]bool{
		asl.ErrTaskDoesNotExist: true, asl.ErrTaskTimedOut: true, asl.ErrInvalidToken: true,
		fmt.Errorf("answer leg L1: %w", asl.ErrTaskTimedOut): true,
		asl.ErrInvalidOutput: false, errPlain: false, nil: false,
	} {
		if got := asl.Gone(err); got != want {
			t.Errorf("Gone(%v) = %v", err, got)
		}
	}
}

func TestMapFailures(t *testing.T) {
	const item = `"ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":null,"Next":"Z"}],"End":true}`
	tests := []struct{ name, each, input, err string }{
		{"items are no list", `{"Type":"Map","ItemsPath":"$.a",` + item, `{"a":{}}`, "States.Runtime"},
		{"items are missing", `{"Type":"Map","ItemsPath":"$.b",` + item, `{"a":{}}`, "States.Runtime"},
		{"selector path is missing", `{"Type":"Map","ItemsPath":"$.a","ItemSelector":{"x.$":"$.b"},` + item, `{"a":[1]}`, "States.Runtime"},
		{"selector function fails, and is caught", `{"Type":"Map","ItemsPath":"$.a","ItemSelector":{"x.$":"States.StringToJson($$.Map.Item.Value)"},` + item, `{"a":["{"]}`, ""},
		{"results together are too long", `{"Type":"Map","ItemsPath":"$.a","ItemSelector":{"x.$":"$.long"},` + item, `{"a":[1,2],"long":"` + strings.Repeat("x", 140_000) + `"}`, "States.DataLimitExceeded"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, `{"StartAt":"Each","States":{"Each":`+test.each+`,"Z":{"Type":"Succeed"}}}`, nil)
			id := w.start("x", test.input)
			if test.err == "" {
				w.path(id, "Each", "Z")
				return
			}
			w.ended(id, asl.Failed, test.err)
		})
	}
}

// A Map as a whole can be retried: all its items run again.
func TestMapIsRetried(t *testing.T) {
	w := newWorld(t, `{"StartAt":"Each","States":{"Each":{"Type":"Map","Retry":[{"ErrorEquals":["A"],"IntervalSeconds":5}],"End":true,
	  "ItemProcessor":{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","TimeoutSeconds":9,"Parameters":{"FunctionName":"x","Payload":{}},"OutputPath":"$.Payload","End":true}}}}}}`,
		map[string]asl.Function{"x": fails(nil, codedError("A"), nil, nil)})
	id := w.start("x", `[1,2]`)
	w.Settle(bg)
	w.succeeded(id, `[null,null]`)
	w.path(id, "Each", "T", "T", "T", "T")
}

// Lanes inside lanes keep their own item, and their history says where.
func TestNestedLanes(t *testing.T) {
	w := newWorld(t, `{"StartAt":"Legs","States":{"Legs":{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"Both","States":{
	  "Both":{"Type":"Parallel","End":true,"Parameters":{"leg.$":"$$.Map.Item.Value.leg","systems.$":"$.systems"},"Branches":[
	    {"StartAt":"Systems","States":{"Systems":{"Type":"Map","ItemsPath":"$.systems","ItemSelector":{"leg.$":"$.leg","system.$":"$$.Map.Item.Value"},"End":true,
	      "ItemProcessor":{"StartAt":"Leaf","States":{"Leaf":{"Type":"Pass","Parameters":{"all.$":"States.Array($.leg, $.system, $$.Map.Item.Index)"},"OutputPath":"$.all","End":true}}}}}},
	    {"StartAt":"Outer","States":{"Outer":{"Type":"Pass","Parameters":{"i.$":"$$.Map.Item.Index"},"OutputPath":"$.i","End":true}}}]}}}}}}`, nil)
	id := w.start("x", `[{"leg":"L1","systems":["crm"]},{"leg":"L2","systems":["crm","log"]}]`)
	w.succeeded(id, `[[[["L1","crm",0]],0],[[["L2","crm",0],["L2","log",1]],1]]`)
	found := false
	for _, e := range w.History(id) {
		found = found || e.Lane == "Legs[1]/Both[0]/Systems[1]" && e.State == "Leaf"
	}
	if !found {
		t.Error("no event names the lane Legs[1]/Both[0]/Systems[1]")
	}
}

// A branch that fails stops the executions for which its siblings wait.
func TestFailingBranchStopsChildren(t *testing.T) {
	w := newWorld(t, `{"StartAt":"Both","States":{"Both":{"Type":"Parallel","End":true,"Branches":[
	  {"StartAt":"Child","States":{"Child":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2","TimeoutSeconds":9,"Parameters":{"StateMachineArn":"child","Input":{}},"End":true}}},
	  {"StartAt":"Pause","States":{"Pause":{"Type":"Wait","Seconds":5,"Next":"Bad"},"Bad":{"Type":"Fail","Error":"Bad"}}}]}}}`,
		map[string]asl.Function{"ask": gives(`{}`)})
	w.add("child", parked)
	id := w.start("x", `{}`)
	w.Advance(bg, 6*time.Second)
	w.ended(id, asl.Failed, "Bad")
	w.ended(w.Executions()[1].ID, asl.Aborted, "")
}

// A request and its child may be given by lists and texts inside Parameters.
func TestTemplatesInLists(t *testing.T) {
	w := newWorld(t, `{"StartAt":"P","States":{"P":{"Type":"Pass","Parameters":{"l":[1,{"x.$":"$.a"},["y"]]},"OutputPath":"$.l","End":true}}}`, nil)
	w.succeeded(w.start("x", `{"a":7}`), `[1,{"x":7},["y"]]`)
	w = newWorld(t, `{"StartAt":"P","States":{"P":{"Type":"Pass","Parameters":{"l":[{"x.$":"$.b"}]},"End":true}}}`, nil)
	w.ended(w.start("x", `{"a":7}`), asl.Failed, "States.Runtime")
}

// An Input that is a text is the child's input itself, as in AWS.
func TestStartExecutionWithTextInput(t *testing.T) {
	const definition = `{"StartAt":"C","States":{"C":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution","TimeoutSeconds":9,
	  "Parameters":{"StateMachineArn":"child","Input.$":"$.text"},"End":true}}}`
	w := newWorld(t, definition, nil)
	w.add("child", `{"StartAt":"S","States":{"S":{"Type":"Succeed"}}}`)
	w.start("x", `{"text":"{\"legId\":\"L1\"}"}`)
	if got := string(w.Executions()[1].Output); got != `{"legId":"L1"}` {
		t.Errorf("child got %s", got)
	}
	w.ended(w.start("y", `{"text":"{"}`), asl.Failed, "StepFunctions.InvalidExecutionInputException")
}

func TestUnknownExecution(t *testing.T) {
	w := newWorld(t, parked, map[string]asl.Function{"ask": gives(`{}`)})
	if _, ok := w.Execution("nobody"); ok || w.History("nobody") != nil || w.Path("nobody") != nil {
		t.Error("an execution that was never started is there")
	}
}

func TestZeroClock(t *testing.T) {
	r := &asl.Runner{}
	r.Advance(bg, day)
	if got := r.Clock.Now(); !got.Equal(time.Date(2026, time.January, 6, 12, 0, 0, 0, time.UTC)) {
		t.Errorf("the clock stands at %v", got)
	}
}

func TestFindingsReadWell(t *testing.T) {
	_, err := asl.Parse("m", []byte(`{"StartAt":"S","States":{"S":{"Type":"Succeed","Nxt":"S"}}}`), nil)
	const want = `asl: definition m: States.S.Nxt: a Succeed state has no such field (unknown-field)`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// Pages answer tokens from goroutines of their own; every answer counts once.
func TestAnswersFromManyGoroutines(t *testing.T) {
	w := newWorld(t, `{"StartAt":"Each","States":{"Each":{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"Park","States":{"Park":`+park+`,"Late":{"Type":"Succeed"}}}}}}`,
		map[string]asl.Function{"ask": gives(`{}`)})
	id := w.start("x", `[1,2,3,4,5,6,7,8]`)
	var (
		wait sync.WaitGroup
		mu   sync.Mutex
		took int
	)
	for _, p := range append(w.Parked(), w.Parked()...) {
		wait.Go(func() {
			err := w.SendTaskSuccess(bg, p.Token, json.RawMessage(`1`))
			w.Drain(bg)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				took++
			} else if !errors.Is(err, asl.ErrTaskTimedOut) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	w.Drain(bg)
	w.succeeded(id, `[1,1,1,1,1,1,1,1]`)
	if took != 8 {
		t.Errorf("%d answers were taken, want 8", took)
	}
}
