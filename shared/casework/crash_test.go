package casework_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"sort"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/store"
)

// end is what a scenario came to, without what may differ from one run to the
// next: ids that are drawn, and the hour.
type end struct {
	Letters  []string
	Requests []string
	Tasks    []string
	Systems  map[string][]string
	Register []string
	Packages []string
}

// came gives the end of a world. Notices to staff about what got stuck and
// codes that were asked again are what a fault may cost.
func (w *world) came() end {
	w.counting = false
	e := end{Systems: map[string][]string{}}
	var pairs []string
	for i, id := range w.kept() {
		r := w.load(id)
		pairs = append(pairs, string(id), fmt.Sprintf("request%d", i), string(r.Reference), fmt.Sprintf("reference%d", i),
			strings.TrimPrefix(string(r.Reference), "R-"), fmt.Sprintf("number%d", i))
	}
	neutral := strings.NewReplacer(pairs...)
	sent := map[string]bool{}
	for _, m := range w.mailbox {
		kind := m.letter.Order.Kind
		if kind == "N-01" || kind == "N-03" {
			continue
		}
		// What was stopped is told by a letter of its own or with another (W-9).
		for _, o := range m.letter.Order.Also {
			sent[neutral.Replace(fmt.Sprintf("%s tells %s to %s", m.letter.Owner, o.Kind, m.letter.To.Email))] = true
		}
		if kind == "T-14" || kind == "T-19" {
			told := neutral.Replace(fmt.Sprintf("%s tells %s to %s", m.letter.Owner, kind, m.letter.To.Email))
			if sent[told] && w.plan == nil {
				w.t.Errorf("%s twice", told)
			}
			sent[told] = true
			continue
		}
		sent[neutral.Replace(fmt.Sprintf("%s %s %s %s", m.letter.Owner, m.letter.ID, kind, m.letter.To.Email))] = true
	}
	e.Letters = slices.Sorted(maps.Keys(sent))
	for i, id := range w.kept() {
		r := w.load(id)
		e.Requests = append(e.Requests, fmt.Sprintf("request%d %s", i, r.Stage))
		for _, l := range r.Legs {
			e.Requests = append(e.Requests, fmt.Sprintf("request%d leg %s %s %s %s %s %s L%d told %d reminded %d forgot %v",
				i, l.ID, l.Right, l.Role, l.Client, l.Phase, l.Outcome, l.Has, len(l.Told), l.Reminded, l.Suppressed))
		}
		for _, t := range r.Tasks {
			if t.Open() && t.Kind != "stuck" {
				e.Tasks = append(e.Tasks, fmt.Sprintf("request%d %s %s", i, t.Kind, t.Leg))
			}
		}
		of, err := w.store.LettersOf(w.ctx, string(id))
		if err != nil {
			w.t.Fatal(err)
		}
		for _, l := range of {
			if l.State == post.Unsent || l.State == post.Sending {
				e.Tasks = append(e.Tasks, fmt.Sprintf("request%d letter %s is %s", i, l.ID, l.State))
			}
		}
	}
	sort.Strings(e.Tasks)
	for _, s := range w.systems.Inventory().Systems {
		for _, row := range w.systems.Memory(s.ID).Rows() {
			b, err := json.Marshal(row)
			if err != nil {
				w.t.Fatal(err)
			}
			e.Systems[s.ID] = append(e.Systems[s.ID], neutral.Replace(string(b)))
		}
		for name, body := range w.systems.Memory(s.ID).Objects() {
			e.Systems[s.ID] = append(e.Systems[s.ID], fmt.Sprintf("%s %d", name, len(body)))
		}
		sort.Strings(e.Systems[s.ID])
	}
	erased, _, err := w.store.Erasures(w.ctx, store.Page{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, x := range erased {
		e.Register = append(e.Register, neutral.Replace(fmt.Sprintf("erased %s %s %s %s", x.System, x.Holding, x.Request, x.Key)))
	}
	for _, scope := range []string{"marketing", "consent", "email"} {
		list, _, err := w.store.Suppressions(w.ctx, scope, store.Page{})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, x := range list {
			e.Register = append(e.Register, neutral.Replace(fmt.Sprintf("suppressed %s %s %s", scope, x.Request, x.Key)))
		}
	}
	sort.Strings(e.Register)
	for i, id := range w.kept() {
		for _, l := range w.load(id).Legs {
			if l.Package.Key == "" {
				continue
			}
			_, err := w.package_.Stat(w.ctx, l.Package.Key)
			e.Packages = append(e.Packages, fmt.Sprintf("request%d leg %s for %s there %v rows %d", i, l.ID, l.Package.For, err == nil, l.Package.Rows))
		}
	}
	return e
}

// playOut plays a scenario and lets two more days pass, in which all comes home.
func playOut(t testing.TB, name string, plan *fault, redeployed bool) (*world, end) {
	name, turns := strings.CutSuffix(name, inTurns)
	w := newWorld(t, setting{plan: plan, turns: turns})
	p := play(w, name, redeployed)
	if !t.Failed() {
		p.pass(48 * time.Hour)
	}
	return w, w.came()
}

// inTurns after the name of a scenario plays it in turns of one row.
const inTurns = " in turns"

// matrix are the scenarios that are crashed everywhere: each road once, and
// one that erases in turns too.
var matrix = []string{
	"a-newsletter-stop", "b-second-channel", "c-debtor-of-two", "d-former-erasure", "d-cancelled", "e-impostor",
	"f-debtor-and-reader", "g-unreadable", "refusal", "restriction", "rectification-changed-meanwhile", "objection-refused", "c-debtor-restriction", "not-proven", "debtor-unmatched-and-stop", "namesakes",
	"lost-notification", "c-debtor-rectification", "c-client-refuses", "c-debtor-erasure", "portability", "bounce", "bounce-transient", "reminder-joins", "access-then-erasure", "ordinary-mail", "ordinary-taken-up",
	"representative-lawyer", "code-by-letter",
	"extension", "question-identity", "late", "holidays-unproven", "reopened-at-client", "reopened-by-proof", "withdrawal-at-client",
	"d-former-erasure" + inTurns,
	"graph-access", "graph-erasure", "delegated-access", "machine-takes", "machine-refused", "machine-both", "claim-sold", "claim-sold-mail-waits", "client-gone-instructed", "client-gone-reported",
}

// vanishings is at how many passages of one state an execution vanishes.
const vanishings = 12

var tally struct{ points, states, runs, vanished, twice atomic.Int64 }

// Every outside act of every road fails once in every way, and every execution
// vanishes once at every state: the scenario comes to the same end.
func TestCrashes(t *testing.T) {
	names := matrix
	if only := os.Getenv("CRASH"); only != "" {
		names = []string{only}
	}
	// A point is the act, in what, on a leg of which right, role and phase. Where
	// two roads share one, the first that comes crashes it: CRASH=NAME crashes a
	// road whole.
	seen := map[string]bool{}
	// A state that every road passes, executions leave on the first few of them.
	left := map[string]int{}
	for _, name := range names {
		clean, want := playOut(t, name, nil, false)
		if t.Failed() {
			return
		}
		var states []int
		for at, state := range clean.states {
			if left[state]++; left[state] <= vanishings {
				states = append(states, at)
			}
		}
		var points []int
		for at, site := range clean.sites {
			if !seen[site] || strings.HasSuffix(name, inTurns) {
				points = append(points, at)
			}
			seen[site] = true
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tally.points.Add(int64(len(points)))
			tally.states.Add(int64(len(states)))
			for _, at := range points {
				effect := clean.effects[at]
				for _, m := range effectModes {
					compare(t, name, fault{at, m}, effect, want)
					tally.runs.Add(1)
				}
			}
			for _, at := range states {
				for _, m := range []mode{vanishIn, vanishAfter} {
					compare(t, name, fault{at, m}, clean.states[at], want)
					tally.vanished.Add(1)
				}
			}
		})
	}
	t.Cleanup(func() {
		t.Logf("%d effect points, %d crashes; %d states, %d vanished executions; %d physical duplicates",
			tally.points.Load(), tally.runs.Load(), tally.states.Load(), tally.vanished.Load(), tally.twice.Load())
	})
}

func compare(t *testing.T, name string, f fault, what string, want end) {
	t.Run(fmt.Sprintf("%s %s", f, what), func(t *testing.T) {
		w, got := playOut(t, name, &f, false)
		if !w.fired {
			if f.mode == vanishAfter {
				t.Skip("the state waits to the end of the scenario")
			}
			t.Fatalf("the fault did not happen")
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("another end (-want +got):\n%s\n%s", d, strings.Join(w.log, "\n"))
		}
		physical := map[string]int{}
		for _, m := range w.mailbox {
			physical[m.letter.Owner+"/"+m.letter.ID]++
		}
		for id, n := range physical {
			if n > 1 {
				tally.twice.Add(1)
				if what != "send" && what != "store Mark" || n > 2 {
					t.Errorf("letter %s went out %d times", id, n)
				}
			}
		}
	})
}
