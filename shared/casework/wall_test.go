package casework_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// The wall between the desk and collection: what a person gives to be found and
// answered is looked up with, and never written into a system. The form says
// so (who.why); docs/SECURITY.md names this test beside that sentence.
//
// Of every scenario each act on a system is read, and afterwards every row and
// object: no contact of a sender stands where it did not stand before. Alone
// what a person asked to correct may, once decided or instructed.
func TestContactStaysAtTheDesk(t *testing.T) {
	for _, name := range scenarioNames(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, setting{})
			wall := &wall{world: w, before: w.stock()}
			w.applies = wall.watch
			w.types = wall.type_
			play(w, name, false)
			for _, fault := range wall.breaches() {
				t.Error(fault)
			}
		})
	}
}

// The test sees a breach: one act and one row that carry a sender's contact.
func TestWallIsSeen(t *testing.T) {
	w := newWorld(t, setting{})
	wall := &wall{world: w, before: w.stock()}
	w.types = wall.type_
	play(w, "c-debtor-restriction", false)
	if got := wall.breaches(); len(got) != 0 {
		t.Fatalf("a breach before there is one: %v", got)
	}
	wall.watch(inventory.Holding{ID: "files"}, systems.Selection{}, systems.Act{Action: systems.Correct, Column: "phone", New: typedPhone})
	w.systems.Memory("collection").Put(systems.Row{"file": "D-1", "record": "file", "type": "file", "address": typedAddress})
	if got := wall.breaches(); len(got) != 2 {
		t.Errorf("%d breaches, want the act and the row: %v", len(got), got)
	}
}

// What every form of these tests gives beside the sender's mailbox; no system
// knows it.
const (
	typedPhone   = "+31 6 98 76 54 32"
	typedAddress = "Nieuwe Gracht 99, 9999 ZZ Elders"
)

type wall struct {
	*world
	before map[string]string // system → all that it held
	mu     sync.Mutex
	acts   []string
}

func (*wall) type_(s *request.Sender) { s.Phone, s.Address = typedPhone, typedAddress }

// watch keeps what an act says, but for what somebody decided to correct.
func (w *wall) watch(h inventory.Holding, _ systems.Selection, act systems.Act) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if act.Action == systems.Correct && w.corrects(act) {
		act.New = ""
	}
	act.Old = "" // it stands there already
	act.Secret = nil
	w.acts = append(w.acts, fmt.Sprintf("%s %s %+v", act.Action, h.ID, act))
}

// corrects reports whether a correction is one that the leg has on record,
// decided by us or instructed by its client.
func (w *wall) corrects(act systems.Act) bool {
	for _, r := range w.onRecord() {
		l := r.Leg(act.Leg)
		if r.ID != act.Request || l == nil {
			continue
		}
		return l.Right == request.Rectification && (l.Decision.By != "" || l.Instruction.By != "") &&
			slices.ContainsFunc(l.Corrections, func(x request.Correction) bool { return x.Column == act.Column && x.New == act.New })
	}
	return false
}

// onRecord are the requests that the world has seen and still has.
func (w *world) onRecord() []*request.Request {
	var all []*request.Request
	for _, id := range w.seen {
		if r, err := w.store.Load(w.ctx, id); err == nil {
			all = append(all, r)
		}
	}
	return all
}

// stock is all that the systems hold, as text.
func (w *world) stock() map[string]string {
	all := map[string]string{}
	for _, s := range declared().Systems {
		var b strings.Builder
		m := w.systems.Memory(s.ID)
		for _, row := range m.Rows() {
			fmt.Fprintln(&b, row)
		}
		for name, body := range m.Objects() {
			fmt.Fprintln(&b, name, string(body))
		}
		all[s.ID] = b.String()
	}
	return all
}

// breaches are the contacts of senders in acts, and in systems that did not
// hold them before.
func (w *wall) breaches() []string {
	values := map[string]bool{typedPhone: true, typedAddress: true}
	corrected := map[string]bool{}
	for _, r := range w.onRecord() {
		s := r.Sender
		for _, v := range []string{s.Email, s.Phone, s.Address, s.Postcode, string(s.BirthDate)} {
			values[v] = values[v] || v != ""
		}
		for _, l := range r.Legs {
			for _, x := range l.Corrections {
				corrected[x.New] = true
			}
		}
	}
	delete(values, "")
	after := w.stock()
	var faults []string
	for v := range values {
		for _, act := range w.acts {
			if strings.Contains(act, v) {
				faults = append(faults, fmt.Sprintf("an act carries %q: %s", v, act))
			}
		}
		for id, text := range after {
			if strings.Contains(text, v) && !strings.Contains(w.before[id], v) && !corrected[v] {
				faults = append(faults, fmt.Sprintf("%s holds %q since a request", id, v))
			}
		}
	}
	return faults
}
