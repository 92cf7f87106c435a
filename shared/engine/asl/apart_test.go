package asl_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/engine/asl"
)

// apart runs each system of its input in an execution of its own, two at a
// moment; each parks there.
const apart = `{"TimeoutSeconds":100,"StartAt":"Each","States":{
  "Each":{"Type":"Map","Label":"Each","ItemsPath":"$.systems","MaxConcurrency":2,"ItemSelector":{"leg.$":"$.leg","system.$":"$$.Map.Item.Value"},
    "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"Ask","States":{
      "Ask":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","TimeoutSeconds":1000,
        "Parameters":{"FunctionName":"ask","Payload":{"token.$":"$$.Task.Token","in.$":"$","execution.$":"$$.Execution.Id","of.$":"$$.Execution.Input.system"}},
        "Catch":[{"ErrorEquals":["States.Timeout"],"Next":"Late"}],"End":true},
      "Late":{"Type":"Pass","End":true}}},
    "Catch":[{"ErrorEquals":["States.ExceedToleratedFailureThreshold"],"ResultPath":"$.fault","Next":"Lost"}],"End":true},
  "Lost":{"Type":"Pass","OutputPath":"$.fault.Error","End":true}}}`

const asked = `{"leg":"L1","systems":["crm","files","mail"]}`

// An item of a distributed Map is an execution of its own; no more run than the
// Map allows, and the results keep the order of the items.
func TestApart(t *testing.T) {
	got := map[string]string{} // what each item was given, by system
	w := newWorld(t, apart, map[string]asl.Function{"ask": func(_ context.Context, raw json.RawMessage) (json.RawMessage, error) {
		var in struct {
			Execution, Of string
			In            json.RawMessage
		}
		if err := json.Unmarshal(raw, &in); err != nil {
			return nil, err
		}
		got[in.Of] = fmt.Sprintf("%s %s", in.Execution, in.In)
		return nil, nil
	}})
	id := w.start("x", asked)
	for _, want := range []struct{ answer, parked string }{{"files", "crm mail"}, {"mail", "crm"}, {"crm", ""}} {
		parked := w.Parked()
		if len(parked) > 2 {
			t.Fatalf("%d items run at one moment", len(parked))
		}
		for _, p := range parked {
			if e := w.get(p.ExecutionID); strings.Contains(string(e.Input), want.answer) {
				if err := w.SendTaskSuccess(bg, p.Token, json.RawMessage(`"`+want.answer+`"`)); err != nil {
					t.Fatal(err)
				}
			}
		}
		w.Drain(bg)
		var now []string
		for _, p := range w.Parked() {
			var in struct{ System string }
			if err := json.Unmarshal(w.get(p.ExecutionID).Input, &in); err != nil {
				t.Fatal(err)
			}
			now = append(now, in.System)
		}
		if strings.Join(now, " ") != want.parked {
			t.Fatalf("after the answer of %s these are parked: %v, want %s", want.answer, now, want.parked)
		}
	}
	w.succeeded(id, `["crm","files","mail"]`)
	w.path(id, "Each")
	var events []string
	for _, e := range w.History(id) {
		events = append(events, e.Type)
	}
	want := []string{"ExecutionStarted", "MapStateEntered", "MapStateStarted", "MapRunStarted", "MapRunSucceeded", "MapStateSucceeded", "MapStateExited", "ExecutionSucceeded"}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Errorf("history of the parent (-want +got):\n%s", diff)
	}

	all := w.Executions()
	if len(all) != 4 {
		t.Fatalf("%d executions, want the parent and three items", len(all))
	}
	for i, system := range []string{"crm", "files", "mail"} {
		e := all[i+1]
		if e.Machine != "m" || !strings.HasSuffix(e.ID, ":execution:m/Each:"+e.Name) || e.Status != asl.Succeeded || string(e.Output) != `"`+system+`"` {
			t.Errorf("item %d: %s of %s is %s with %s", i, e.ID, e.Machine, e.Status, e.Output)
		}
		w.path(e.ID, "Ask")
		if want := fmt.Sprintf(`%s {"leg":"L1","system":%q}`, e.ID, system); got[system] != want {
			t.Errorf("item %d was given %s, want %s", i, got[system], want)
		}
	}
}

// How a distributed Map and its items end when something stops one of them.
func TestApartStops(t *testing.T) {
	type ends struct {
		Parent asl.Status
		Output string
		Items  []asl.Status // those that began
		Tokens error        // what the tokens of the items answer then
	}
	stopped := []asl.Status{asl.Aborted, asl.Aborted}
	tests := []struct {
		name string
		do   func(t *testing.T, w *world, parent, item string)
		want ends
	}{
		{"an item fails", func(t *testing.T, w *world, _, item string) {
			for _, p := range w.Parked() {
				if p.ExecutionID == item {
					if err := w.SendTaskFailure(bg, p.Token, "Refused", ""); err != nil {
						t.Error(err)
					}
				}
			}
			w.Drain(bg)
		}, ends{asl.Succeeded, `"States.ExceedToleratedFailureThreshold"`, []asl.Status{asl.Failed, asl.Aborted}, asl.ErrTaskTimedOut}},
		{"an item is stopped", func(t *testing.T, w *world, _, item string) {
			if err := w.Abort(bg, item); err != nil {
				t.Error(err)
			}
			w.Drain(bg)
		}, ends{asl.Succeeded, `"States.ExceedToleratedFailureThreshold"`, stopped, asl.ErrTaskTimedOut}},
		{"an item is lost", func(_ *testing.T, w *world, _, item string) {
			w.Kill(item)
			w.Drain(bg)
		}, ends{asl.Succeeded, `"States.ExceedToleratedFailureThreshold"`, stopped, asl.ErrTaskTimedOut}},
		{"the parent is stopped", func(t *testing.T, w *world, parent, _ string) {
			if err := w.Abort(bg, parent); err != nil {
				t.Error(err)
			}
			w.Drain(bg)
		}, ends{asl.Aborted, "", stopped, asl.ErrTaskTimedOut}},
		{"the parent is lost", func(_ *testing.T, w *world, parent, _ string) {
			w.Kill(parent)
			w.Drain(bg)
		}, ends{asl.Aborted, "", stopped, asl.ErrTaskDoesNotExist}},
		{"the parent's time is over", func(_ *testing.T, w *world, _, _ string) { w.Advance(bg, hour) },
			ends{asl.TimedOut, "", stopped, asl.ErrTaskTimedOut}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, apart, map[string]asl.Function{"ask": gives(`null`)})
			parent := w.start("x", asked)
			parked := w.Parked()
			if len(parked) != 2 {
				t.Fatalf("%d items wait, want 2", len(parked))
			}
			test.do(t, w, parent, parked[0].ExecutionID)
			got := ends{Parent: w.get(parent).Status, Output: string(w.get(parent).Output), Tokens: test.want.Tokens}
			for _, e := range w.Executions()[1:] {
				got.Items = append(got.Items, e.Status)
			}
			if diff := cmp.Diff(test.want, got, cmp.Comparer(func(a, b error) bool { return errors.Is(a, b) })); diff != "" {
				t.Errorf("the end (-want +got):\n%s", diff)
			}
			if err := w.SendTaskSuccess(bg, parked[1].Token, json.RawMessage(`1`)); !errors.Is(err, test.want.Tokens) {
				t.Errorf("the token of the other item answers %v, want %v", err, test.want.Tokens)
			}
		})
	}
}

// A distributed Map of nothing ends at once; one whose results are together too
// large ends its execution; one that stands in an inline Map runs there.
func TestApartResults(t *testing.T) {
	const each = `{"Type":"Map","Label":"Each","ItemsPath":"$.all","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
	  "StartAt":"One","States":{"One":{"Type":"Pass","End":true}}},"End":true}`
	alone := `{"StartAt":"Each","States":{"Each":` + each + `}}`
	w := newWorld(t, alone, nil)
	w.succeeded(w.start("none", `{"all":[]}`), `[]`)
	w.succeeded(w.start("some", `{"all":[1,"b",null]}`), `[1,"b",null]`)
	big := `"` + strings.Repeat("x", 90_000) + `"`
	w = newWorld(t, strings.Replace(alone, `"ItemsPath":"$.all"`, `"ItemsPath":"$.all","ItemSelector":{"a.$":"$.big"}`, 1), nil)
	w.ended(w.start("big", `{"big":`+big+`,"all":[1,2,3]}`), asl.Failed, "States.DataLimitExceeded")

	w = newWorld(t, `{"StartAt":"Legs","States":{"Legs":{"Type":"Map","ItemProcessor":{"StartAt":"Each","States":{"Each":`+each+`}},"End":true}}}`, nil)
	w.succeeded(w.start("in", `[{"all":[1,2]},{"all":[3]}]`), `[[1,2],[3]]`)
	if n := len(w.Executions()); n != 4 {
		t.Errorf("%d executions, want 4", n)
	}
}

// An execution that vanishes at a state of an item takes that item alone: its
// Map hears of it.
func TestApartVanishes(t *testing.T) {
	w := newWorld(t, apart, map[string]asl.Function{"ask": gives(`null`)})
	once := true
	w.Fault = func(_, state string, when asl.When) error {
		if once && state == "Ask" && when == asl.Before {
			once = false
			return asl.ErrVanish
		}
		return nil
	}
	id := w.start("x", asked)
	w.succeeded(id, `"States.ExceedToleratedFailureThreshold"`)
	if e := w.Executions()[1]; !e.Gone || e.Status != asl.Aborted {
		t.Errorf("the item is %s, gone %v", e.Status, e.Gone)
	}
}
