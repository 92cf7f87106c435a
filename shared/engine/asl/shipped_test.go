package asl_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/engine/asl"
	"github.com/allclaims/rightsdesk/workflows"
)

// The files that ship keep every rule.
func TestShippedWorkflows(t *testing.T) {
	for _, name := range workflows.Names {
		for _, finding := range asl.Lint(shipped(t, name)) {
			t.Errorf("%s: %v", name, finding)
		}
	}
}

func shipped(t *testing.T, name string) []byte {
	t.Helper()
	definition, err := fs.ReadFile(workflows.Files, name+".asl.json")
	if err != nil {
		t.Fatal(err)
	}
	return definition
}

// Whatever road the steps name, whether they answer, fail or keep silent for a
// year, no execution of the shipped workflows dies of the workflow itself: of a
// path that selects nothing, or a Choice without a match. (The real steps walk
// these machines in casework's own tests.)
func TestShippedWorkflowsBearAnyAnswer(t *testing.T) {
	named := regexp.MustCompile(`\$\{([A-Za-z]+)(Function|Machine)Arn\}`)
	machines := map[string]*asl.Machine{}
	roads := map[string][]string{} // by machine and state: what the Choice behind it knows, and a word that it does not
	home := map[string]string{}    // of a state that parks: its machine
	for _, name := range workflows.Names {
		definition := shipped(t, name)
		fill := map[string]string{"Partition": "aws"}
		for _, m := range named.FindAllStringSubmatch(string(definition), -1) {
			fill[m[1]+m[2]+"Arn"] = strings.ToLower(m[1])
		}
		machine, err := asl.Parse(name, definition, fill)
		if err != nil {
			t.Fatal(err)
		}
		machines[name] = machine
		var text struct {
			States map[string]struct {
				Next    string
				Choices []struct{ StringEquals string }
			}
		}
		if err := json.Unmarshal(definition, &text); err != nil {
			t.Fatal(err)
		}
		for _, task := range machine.Tasks() {
			home[task.State] = name
			known := []string{"on"}
			for _, c := range text.States[text.States[task.State].Next].Choices {
				known = append(known, c.StringEquals)
			}
			roads[name+"."+task.State] = known
		}
	}

	unvisited := map[string]bool{}
	for name, m := range machines {
		for _, state := range m.States() {
			unvisited[name+"."+state] = true
		}
	}
	for seed := uint64(0); seed < 200 || seed < 10_000 && len(unvisited) > 0; seed++ {
		random := rand.New(rand.NewPCG(seed, 0))
		answer := func(state string) json.RawMessage {
			known := roads[state]
			system := `{"requestId":"R-7Q2M-K9TD","legId":"L1","system":"crm"}`
			if random.IntN(4) == 0 {
				system += strings.Repeat(","+system, 40) // more than run inline
			}
			return fmt.Appendf(nil, `{"requestId":"R-7Q2M-K9TD","legId":"L1","next":%q,"systems":[%s],
			  "stops":[{"requestId":"R-7Q2M-K9TD","legId":"L2","road":"controller"}],
			  "legs":[{"requestId":"R-7Q2M-K9TD","legId":"L3","road":"controller"},{"requestId":"R-7Q2M-K9TD","legId":"L4","road":"processor"}]}`,
				known[random.IntN(len(known))], system)
		}
		r := &asl.Runner{Machines: machines, Functions: map[string]asl.Function{}, Clock: asl.NewClock(noon), Pick: random.IntN}
		starts := map[string]bool{} // states that start an execution
		r.Fault = func(_, state string, when asl.When) error {
			if starts[state] && when == asl.Before && random.IntN(6) == 0 {
				return codedError("StepFunctions.ExecutionLimitExceeded")
			}
			return nil
		}
		for _, m := range machines {
			for _, task := range m.Tasks() {
				if task.Starts {
					starts[task.State] = true
					continue
				}
				r.Functions[task.Target] = func(context.Context, json.RawMessage) (json.RawMessage, error) {
					switch random.IntN(12) {
					case 0:
						return nil, codedError("Lambda.ServiceException") // retried
					case 1:
						return nil, codedError("Refused")
					}
					return answer(m.Name + "." + task.State), nil
				}
			}
		}
		if _, err := r.Start(bg, "request", "R-7Q2M-K9TD", json.RawMessage(`{"requestId":"R-7Q2M-K9TD"}`)); err != nil {
			t.Fatal(err)
		}
		for r.Settle(bg); len(r.Parked()) > 0; r.Settle(bg) {
			parked := r.Parked()
			p := parked[random.IntN(len(parked))]
			if random.IntN(6) == 0 {
				r.Advance(bg, p.Until.Sub(r.Clock.Now()))
			} else if err := r.SendTaskSuccess(bg, p.Token, answer(home[p.State]+"."+p.State)); err != nil {
				t.Fatal(err)
			}
		}
		for _, e := range r.Executions() {
			if e.Status == asl.Running || strings.HasPrefix(e.Error, "States.") {
				t.Errorf("seed %d: %s is %s with %s: %s; path %v", seed, e.Machine, e.Status, e.Error, e.Cause, r.Path(e.ID))
			}
			for _, event := range e.History {
				delete(unvisited, e.Machine+"."+event.State)
			}
		}
	}
	if len(unvisited) > 0 {
		t.Errorf("no road leads to %v", slices.Sorted(maps.Keys(unvisited)))
	}
}
