package asl_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/engine/asl"
)

// walk goes through every kind of state once.
const walk = `{"StartAt":"Pass","States":{
  "Pass":{"Type":"Pass","Next":"Choice"},
  "Choice":{"Type":"Choice","Choices":[{"Variable":"$.a","IsPresent":true,"Next":"Call"}],"Default":"Broken"},
  "Call":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","TimeoutSeconds":9,"Parameters":{"FunctionName":"call","Payload":{}},"ResultPath":null,
    "Retry":[{"ErrorEquals":["Lost"],"MaxAttempts":1}],"Next":"Wait"},
  "Wait":{"Type":"Wait","Seconds":60,"Next":"Both"},
  "Both":{"Type":"Parallel","ResultPath":null,"Next":"Each","Branches":[{"StartAt":"Left","States":{"Left":{"Type":"Pass","End":true}}},{"StartAt":"Right","States":{"Right":{"Type":"Pass","End":true}}}]},
  "Each":{"Type":"Map","ItemsPath":"$.a","ResultPath":null,"Next":"Done","ItemProcessor":{"StartAt":"Item","States":{"Item":{"Type":"Pass","End":true}}}},
  "Done":{"Type":"Succeed"},
  "Broken":{"Type":"Fail","Error":"Broken"}}}`

var walked = []string{"Pass", "Choice", "Call", "Wait", "Both", "Left", "Right", "Each", "Item", "Done"}

// An execution that vanishes on either side of any state leaves nothing behind
// that runs.
func TestVanishAtEveryState(t *testing.T) {
	for _, at := range walked {
		for _, when := range []asl.When{asl.Before, asl.After} {
			t.Run(string(when)+" "+at, func(t *testing.T) {
				calls := 0
				w := newWorld(t, walk, map[string]asl.Function{"call": func(context.Context, json.RawMessage) (json.RawMessage, error) { calls++; return nil, nil }})
				w.Fault = func(_, state string, side asl.When) error {
					if state == at && side == when {
						return asl.ErrVanish
					}
					return nil
				}
				id := w.start("x", `{"a":[1]}`)
				w.Settle(context.Background())
				if e := w.get(id); !e.Gone || e.Status != asl.Aborted {
					t.Errorf("%s, gone %v", e.Status, e.Gone)
				}
				last := at
				if inner := map[string]string{"Both": "Right", "Each": "Item"}[at]; when == asl.After && inner != "" {
					last = inner // a Map or Parallel is left after its lanes
				}
				want := walked[:slices.Index(walked, last)+1]
				if diff := cmp.Diff(want, w.Path(id)); diff != "" {
					t.Errorf("path (-want +got):\n%s", diff)
				}
				wantCalls := 0
				if i := slices.Index(walked, at); i > 2 || i == 2 && when == asl.After {
					wantCalls = 1
				}
				if calls != wantCalls {
					t.Errorf("%d calls, want %d", calls, wantCalls)
				}
			})
		}
	}
}

// An error of the hook fails the state: Before, the call was never made; After,
// it was, and is made again.
func TestFaultFailsTheState(t *testing.T) {
	for when, want := range map[asl.When]int{asl.Before: 1, asl.After: 2} {
		t.Run(string(when), func(t *testing.T) {
			calls, faults := 0, 0
			w := newWorld(t, walk, map[string]asl.Function{"call": func(context.Context, json.RawMessage) (json.RawMessage, error) { calls++; return nil, nil }})
			w.Fault = func(_, state string, side asl.When) error {
				if state == "Call" && side == when && faults == 0 {
					faults++
					return codedError("Lost")
				}
				return nil
			}
			id := w.start("x", `{"a":[1]}`)
			w.Settle(context.Background())
			w.succeeded(id, `{"a":[1]}`)
			w.path(id, walked...)
			if calls != want {
				t.Errorf("%d calls, want %d", calls, want)
			}
		})
	}
}

func TestFaultOnTheWayOutOfACatch(t *testing.T) {
	for _, test := range []struct {
		fault  error
		status asl.Status
		err    string
	}{{asl.ErrVanish, asl.Aborted, "Gone"}, {codedError("Lost"), asl.Failed, "Lost"}, {nil, asl.Succeeded, ""}} {
		w := newWorld(t, invoke("x", `"Catch":[{"ErrorEquals":["States.ALL"],"Next":"Z"}],`), map[string]asl.Function{"x": fails(errPlain)})
		w.Fault = func(_, state string, when asl.When) error {
			if state == "T" && when == asl.After {
				return test.fault
			}
			return nil
		}
		w.ended(w.start("x", `{}`), test.status, test.err)
	}
}

// A function may kill its own execution: nothing of it goes on.
func TestKillFromWithin(t *testing.T) {
	for _, definition := range []string{invoke("ask", ""), parked} {
		var w *world
		w = newWorld(t, definition, map[string]asl.Function{"ask": func(context.Context, json.RawMessage) (json.RawMessage, error) {
			w.Kill(w.Executions()[0].ID)
			return nil, nil
		}})
		id := w.start("x", `{}`)
		w.ended(id, asl.Aborted, "Gone")
		if n := len(w.Parked()); n != 0 {
			t.Errorf("%d tasks are parked", n)
		}
	}
}

// A lane that is parked when its execution vanishes never wakes.
func TestKillWithParkedLanes(t *testing.T) {
	w := newWorld(t, `{"StartAt":"Each","States":{"Each":{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"Park","States":{"Park":`+park+`,"Late":{"Type":"Succeed"}}}}}}`,
		map[string]asl.Function{"ask": gives(`{}`)})
	id := w.start("x", `[1,2]`)
	tokens := w.Parked()
	w.Kill(id)
	for _, p := range tokens {
		if err := w.SendTaskSuccess(bg, p.Token, json.RawMessage(`1`)); !errors.Is(err, asl.ErrTaskDoesNotExist) {
			t.Errorf("answer: %v", err)
		}
	}
	w.Advance(bg, 30*day)
	w.path(id, "Each", "Park", "Park")
}
