package casework_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/allclaims/rightsdesk/shared/engine/asl"
	store "github.com/allclaims/rightsdesk/shared/store/memory"
	vault "github.com/allclaims/rightsdesk/shared/vault/memory"
)

// mode is what goes wrong at an outside act.
type mode string

// The ways an outside act goes wrong (docs/THREATS.md): the process dies before
// it or after it, or it answers an error, not applied or applied all the same.
const (
	dieBefore   mode = "die before"
	dieAfter    mode = "die after"
	failBefore  mode = "fail before"
	failAfter   mode = "fail after"
	vanishIn    mode = "vanish before" // an execution, at a state
	vanishAfter mode = "vanish after"
)

var effectModes = []mode{dieBefore, dieAfter, failBefore, failAfter}

// fault is one thing that goes wrong, once.
type fault struct {
	at   int // number of the effect, or of the state
	mode mode
}

func (f fault) String() string { return fmt.Sprintf("%s %d", f.mode, f.at) }

var errOutside = errors.New("the outside world is out of order")

// faults counts the outside acts and spoils the one that the plan names.
type faults struct {
	counting bool
	plan     *fault
	effects  []string
	// doing is what is at work now; sites tells of every effect where it stood:
	// at what, and as the how manieth of its kind there.
	doing  string
	sites  []string
	states []string
	fired  bool
	// target is the execution and state that the plan names.
	target string
	// healed is set when the world had time to come home after the fault.
	healed bool
	// dead are systems that stay out of reach (I20).
	dead map[string]bool
	// dying are those that are out of reach once the request has come.
	dying map[string]bool
	// out are those that a script put out of reach.
	out map[string]bool
	// as is how these fail; nil = they do not answer.
	as func() error
	// luck, when set, spoils any effect it likes, in the way that it answers ("" = not this one).
	luck func(before bool) mode
}

// faulty reports whether anything goes wrong in this world.
func (f *faults) faulty() bool { return f.plan != nil || f.luck != nil }

func (f *faults) down(id string) error {
	if f.dead[id] {
		return errOutside
	}
	if f.out[id] && f.as != nil {
		return f.as()
	}
	if f.out[id] {
		return errOutside
	}
	return nil
}

// hook is asked around an outside act.
func (f *faults) hook(name string, before bool) error {
	if f.luck != nil {
		return f.meet(f.luck(before))
	}
	if !f.counting {
		return nil
	}
	if before {
		f.effects = append(f.effects, name)
		site := f.doing + " " + name
		n := 0
		for i := len(f.sites) - 1; i >= 0 && strings.HasPrefix(f.sites[i], f.doing+" "); i-- {
			if strings.HasPrefix(f.sites[i], site+" ") {
				n++
			}
		}
		f.sites = append(f.sites, fmt.Sprintf("%s %d", site, n))
	}
	return f.spoil(len(f.effects)-1, before)
}

// spoil does to effect n what the plan says.
func (f *faults) spoil(n int, before bool) error {
	if f.plan == nil || f.fired || f.plan.at != n {
		return nil
	}
	switch {
	case before && f.plan.mode == dieBefore, !before && f.plan.mode == dieAfter,
		before && f.plan.mode == failBefore, !before && f.plan.mode == failAfter:
		f.fired = true
		return f.meet(f.plan.mode)
	}
	return nil
}

// meet is what happens to whoever is at work.
func (f *faults) meet(m mode) error {
	switch m {
	case dieBefore, dieAfter:
		panic(crash{})
	case failBefore, failAfter:
		return errOutside
	}
	return nil
}

// effect runs one outside act under the plan.
func (f *faults) effect(name string, do func() error) error {
	if err := f.hook(name, true); err != nil {
		return err
	}
	n := len(f.effects) - 1 // do may hold effects of its own
	if err := do(); err != nil || !f.counting && f.luck == nil {
		return err
	}
	if f.luck != nil {
		return f.meet(f.luck(false))
	}
	return f.spoil(n, false)
}

// writes are the calls of the store that change something.
var writes = map[string]bool{
	"Create": true, "Save": true, "Claim": true, "Mark": true, "Take": true, "TakeOnce": true, "Tally": true, "PutFuse": true, "Note": true, "PutSession": true, "PutLetter": true, "Forget": true,
	"Put": true, "PutIfAbsent": true, "Delete": true,
}

func (w *world) storeFault(op, id string, when store.When) error {
	if when == store.After && (op == "Save" || op == "Create") {
		w.saved(id)
	}
	if !writes[op] {
		return nil
	}
	return w.hook("store "+op, when == store.Before)
}

func (w *world) vaultFault(name, op, key string, when vault.When) error {
	w.key(name, key)
	if !writes[op] {
		return nil
	}
	return w.object(func() error { return w.hook(name+" "+op, when == vault.Before) })
}

// object turns the death of a process into an error: collecting writes its
// objects in a goroutine of its own, where nobody could survive a crash.
func (w *world) object(hook func() error) (err error) {
	defer survive(&err)
	return hook()
}

func (w *world) stateFault(execution, state string, when asl.When) error {
	if !w.counting {
		return nil
	}
	here := execution + "/" + state
	if when == asl.Before {
		w.states = append(w.states, state)
		if w.plan != nil && w.plan.at == len(w.states)-1 {
			w.target = here
		}
	}
	if w.plan == nil || w.fired || w.target != here {
		return nil
	}
	if when == asl.Before && w.plan.mode == vanishIn || when == asl.After && w.plan.mode == vanishAfter {
		w.fired = true
		return asl.ErrVanish
	}
	return nil
}
