package asl

import (
	"encoding/json"
	"slices"
	"time"
)

// Status is the state of an execution, in AWS's words.
type Status string

// The statuses of an execution.
const (
	Running   Status = "RUNNING"
	Succeeded Status = "SUCCEEDED"
	Failed    Status = "FAILED"
	TimedOut  Status = "TIMED_OUT"
	Aborted   Status = "ABORTED" // stopped by Abort, or gone after Kill
)

// Execution is one run of a machine, as it stands now.
type Execution struct {
	ID      string // also what $$.Execution.Id is; equal for two runs of one name
	Machine string // key of Runner.Machines; of an item of a distributed Map, that of its parent
	Name    string
	Status  Status
	Started time.Time
	Ended   time.Time // zero while it runs

	Input  json.RawMessage
	Output json.RawMessage // of a success
	Error  string          // of any other end: the name that ASL knows
	Cause  string

	Gone    bool // Kill took it
	History []Event
}

// Event is one line of an execution's history, of the types that AWS writes
// (a Task is TaskStateEntered, TaskScheduled, TaskStarted, TaskSucceeded,
// TaskStateExited), so that they count against the same limit of 25,000.
type Event struct {
	ID    int // from 1
	At    time.Time
	Type  string
	Lane  string // "" or where in Maps and Parallels, such as EachLeg[2]
	State string

	Input  json.RawMessage // what the state was given, or what its task was
	Output json.RawMessage // what the task or the state gave
	Error  string
	Cause  string
}

const (
	maxEvents  = 25_000  // quota: events of one history
	maxPayload = 262_144 // quota: one input or output; counted in bytes, which are never fewer than characters
	maxToken   = 2048    // quota: characters of a task token
	retention  = 90 * 24 * time.Hour
)

// entered maps a kind to the type of event that AWS writes on entry and exit.
func (k kind) entered() string { return string(k) + "StateEntered" }
func (k kind) exited() string  { return string(k) + "StateExited" }

// note adds an event. The last place is kept for the end of the execution.
func (e *execution) note(t *thread, event Event) {
	if e.Status != Running || e.full {
		return
	}
	if len(e.History) == maxEvents-1 {
		e.full = true
		return
	}
	if t != nil {
		event.Lane = t.lane
		if event.State == "" {
			event.State = t.name
		}
	}
	e.append(event)
}

func (e *execution) append(event Event) {
	event.ID = len(e.History) + 1
	event.At = e.runner.Clock.Now()
	e.History = append(e.History, event)
}

// History returns what has happened in the newest execution with this ID.
func (r *Runner) History(executionID string) []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.byID[executionID]; e != nil {
		return slices.Clone(e.History)
	}
	return nil
}

// Path returns the states that the newest execution with this ID has entered, in
// order, those in Maps and Parallels too.
func (r *Runner) Path(executionID string) []string {
	var names []string
	for _, event := range r.History(executionID) {
		switch event.Type {
		case kindTask.entered(), kindPass.entered(), kindChoice.entered(), kindWait.entered(),
			kindSucceed.entered(), kindFail.entered(), kindMap.entered(), kindParallel.entered():
			names = append(names, event.State)
		}
	}
	return names
}

// Executions returns every execution that was ever started, in that order; the
// items of distributed Maps are among them.
func (r *Runner) Executions() []Execution {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]Execution, len(r.executions))
	for i, e := range r.executions {
		all[i] = e.Execution
		all[i].History = slices.Clone(e.History)
	}
	return all
}

// Execution returns the newest execution with this ID; false if there is none.
func (r *Runner) Execution(executionID string) (Execution, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.byID[executionID]
	if e == nil {
		return Execution{}, false
	}
	out := e.Execution
	out.History = slices.Clone(e.History)
	return out, true
}

// Parking is one task that waits for its token.
type Parking struct {
	ExecutionID string
	Lane, State string
	Token       string
	Until       time.Time // TimeoutSeconds end here
}

// Parked returns the tasks that wait for a token, in the order in which they
// began to wait.
func (r *Runner) Parked() []Parking {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []Parking
	for _, k := range r.issued {
		if k.open && !k.thread.busy {
			t := k.thread
			all = append(all, Parking{ExecutionID: t.exec.ID, Lane: t.lane, State: t.name, Token: k.token, Until: k.until})
		}
	}
	return all
}
