package erasure

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// Remembered is what the registers know of earlier erasures and stops.
type Remembered interface {
	Erasures(ctx context.Context, page store.Page) ([]register.Erased, string, error)
	Suppressions(ctx context.Context, scope string, page store.Page) ([]register.Suppression, string, error)
}

// Replay does again, in a system that was restored from a copy, what the
// registers remember: whoever was erased does not come back, what was kept is
// kept as then and no longer, and who objected gets no advertising (E-6, F17).
// It is to run before the system is used again.
//
// The registers hold keyed HMACs, so every row of the system is walked and its
// keys are hashed. To run it again is harmless: what is done already costs a read.
type Replay struct {
	Remembered Remembered
	Keys       Hasher
	Systems    systems.Registry
	Now        func() time.Time
	// Since leaves out what was done before this day: the copy has it. "" = all,
	// which takes those who came back of their own accord as well.
	Since request.Day
	// Dry changes nothing and counts the rows that would change.
	Dry bool
	// Parallel is how many keys are hashed at once; 0 = DefaultParallel.
	Parallel int
	// Pause is the first one after a temporary fault; 0 = a second, and longer
	// with every try.
	Pause time.Duration
	// Secret keys what the strategies keyed and random leave (E-2).
	Secret []byte
}

// DefaultParallel keeps a key that never leaves KMS at some thousands of keys a
// second: a million rows are minutes.
const DefaultParallel = 128

// Replayed is what a replay did in one holding for one leg; Request and Leg are
// "" for a suppression, which is nobody's leg.
type Replayed struct {
	Request request.ID
	Leg     string
	Holding string
	// Action is a receipt's: erased, kept, restricted, anonymised, expired or
	// suppressed.
	Action string
	// Count is how many rows are as they must be; in a dry run, how many are not.
	Count int
}

// Walked is how much of one holding was looked at.
type Walked struct {
	Holding string `json:"holding"`
	Rows    int    `json:"rows"`
	Keys    int    `json:"keys"`
}

// ReplayReport tells what a replay met and did. It names nobody.
type ReplayReport struct {
	// Entries are those of the registers that were asked for, and Oldest the day
	// of the first of them.
	Entries int
	Oldest  request.Day
	Walked  []Walked
	Done    []Replayed
}

// wanted is one act that some keys ask for.
type wanted struct {
	holding string
	line    request.PlanLine
	s       Subject
	stop    bool
	at      time.Time
	found   systems.Keys
}

// Run replays one system. A system that cannot be walked is systems.ErrNotDeclared.
func (p Replay) Run(ctx context.Context, system string) (ReplayReport, error) {
	var report ReplayReport
	declared := p.Systems.Inventory().System(system)
	if declared == nil {
		return report, fmt.Errorf("replay in system %q: %w", system, systems.ErrNotDeclared)
	}
	sys, err := p.Systems.System(system)
	if err != nil {
		return report, fmt.Errorf("reach system %s: %w", system, err)
	}
	acts, sought, err := p.remember(ctx, declared, &report)
	if err != nil || len(acts) == 0 {
		return report, err
	}
	walker, ok := sys.(systems.Walker)
	if !ok {
		return report, fmt.Errorf("walk system %s: its owner must erase by hand: %w", system, systems.ErrNotDeclared)
	}
	for i := range declared.Holdings {
		w, err := p.walk(ctx, walker, declared.Holdings[i], sought)
		if err != nil {
			return report, fmt.Errorf("walk %s/%s: %w", system, declared.Holdings[i].ID, err)
		}
		if w.Rows > 0 {
			report.Walked = append(report.Walked, w)
		}
	}
	rank := map[string]int{}
	for i, place := range p.Systems.Inventory().Places() {
		if place.System.ID == system {
			rank[place.Holding.ID] = -i // what refers to others before those
		}
	}
	slices.SortStableFunc(acts, func(a, b *wanted) int {
		return cmp.Or(cmp.Compare(rank[a.holding], rank[b.holding]), a.at.Compare(b.at))
	})
	// All keys of a leg together tell what else is the same person's.
	known := map[string]systems.Keys{}
	leg := func(w *wanted) string { return fmt.Sprint(w.stop, "/", w.s.Request, "/", w.s.Leg) }
	for _, w := range acts {
		known[leg(w)] = known[leg(w)].And(w.found)
	}
	for _, w := range acts {
		if len(w.found) == 0 {
			continue
		}
		w.s.Keys = w.found
		if !w.stop {
			w.s.Keys = known[leg(w)]
		}
		done, err := p.apply(ctx, sys, declared, w)
		if err != nil {
			return report, err
		}
		report.Done = append(report.Done, done...)
	}
	return report, nil
}

// remember lists what is to be done in a system, and by which keys it is found:
// kind → HMAC → acts.
func (p Replay) remember(ctx context.Context, sys *inventory.System, report *ReplayReport) ([]*wanted, map[string]map[string][]*wanted, error) {
	var acts []*wanted
	sought := map[string]map[string][]*wanted{}
	seek := func(kind, key string, w *wanted) {
		if sought[kind] == nil {
			sought[kind] = map[string][]*wanted{}
		}
		sought[kind][key] = append(sought[kind][key], w)
	}
	meant := func(at time.Time) bool {
		on := dayOf(at)
		if on < p.Since {
			return false
		}
		report.Entries++
		if report.Oldest == "" || on < report.Oldest {
			report.Oldest = on
		}
		return true
	}
	byLine := map[string]*wanted{}
	for page := (store.Page{Limit: store.MaxPage}); ; {
		some, next, err := p.Remembered.Erasures(ctx, page)
		if err != nil {
			return nil, nil, fmt.Errorf("read the register of erasures: %w", err)
		}
		for _, e := range some {
			place, ok := p.Systems.Inventory().Holding(e.System, e.Holding)
			if e.System != sys.ID || !ok || !meant(e.At) {
				continue
			}
			action := cmp.Or(e.Action, request.EraseAction)
			id := fmt.Sprint(e.Holding, "/", e.Request, "/", e.Leg, "/", action)
			w := byLine[id]
			if w == nil {
				w = &wanted{
					holding: e.Holding, at: e.At, found: systems.Keys{},
					line: request.PlanLine{System: e.System, Holding: e.Holding, Action: action, Until: e.Until, Ground: e.Ground},
					s:    Subject{Request: e.Request, Leg: e.Leg, Role: place.Holding.Role, Client: e.Client, Today: dayOf(e.At), Secret: p.Secret},
				}
				byLine[id] = w
				acts = append(acts, w)
			}
			if e.Kind != "" {
				seek(e.Kind, e.Key, w)
				continue
			}
			for kind := range place.Holding.Keys {
				seek(kind, e.Key, w)
			}
		}
		if page.After = next; next == "" {
			break
		}
	}
	for scope, right := range scopes {
		for page := (store.Page{Limit: store.MaxPage}); ; {
			some, next, err := p.Remembered.Suppressions(ctx, scope, page)
			if err != nil {
				return nil, nil, fmt.Errorf("read the suppressions: %w", err)
			}
			for _, m := range some {
				if !meant(m.At) {
					continue
				}
				for i := range sys.Holdings {
					if h := &sys.Holdings[i]; slices.Contains(h.Stops, right) {
						w := &wanted{holding: h.ID, stop: true, at: m.At, s: Subject{Request: m.Request, Today: dayOf(m.At)}, found: systems.Keys{}}
						acts = append(acts, w)
						seek("email", m.Key, w)
					}
				}
			}
			if page.After = next; next == "" {
				break
			}
		}
	}
	return acts, sought, nil
}

// scopes are the rights that the scopes of the suppression list stand for.
var scopes = map[string]request.Right{
	"marketing": request.MarketingObjection, "email": request.EmailWithdrawal, "consent": request.ConsentWithdrawal,
}

// walk looks at every row of h and notes the keys that somebody seeks. Where
// the line is cut it goes on from the last page.
func (p Replay) walk(ctx context.Context, sys systems.Walker, h inventory.Holding, sought map[string]map[string][]*wanted) (Walked, error) {
	w := Walked{Holding: h.ID}
	var kinds []string
	for _, kind := range slices.Sorted(maps.Keys(h.Keys)) {
		if len(sought[kind]) > 0 {
			kinds = append(kinds, kind)
		}
	}
	if len(kinds) == 0 {
		return w, nil
	}
	seen := map[string]bool{}
	from := ""
	err := systems.Again(ctx, cmp.Or(p.Pause, time.Second), func() (bool, error) {
		before := from
		err := sys.Walk(ctx, h, from, func(rows []systems.Row, next string) error {
			if err := p.match(ctx, h, kinds, rows, sought, seen, &w); err != nil {
				return err
			}
			w.Rows += len(rows)
			from = next
			return nil
		})
		return from != before, err
	})
	return w, err
}

// seenKeys bounds the keys that are remembered as hashed: of a holding in which
// a person's rows lie far apart, some are hashed twice.
const seenKeys = 1 << 20

// match hashes the keys of a page that were not hashed before.
func (p Replay) match(ctx context.Context, h inventory.Holding, kinds []string, rows []systems.Row, sought map[string]map[string][]*wanted, seen map[string]bool, w *Walked) error {
	type identifier struct{ kind, value, key string }
	var fresh []identifier
	for _, row := range rows {
		for _, kind := range kinds {
			v := systems.Normal(kind, row.Text(h.Keys[kind].Column))
			if v == "" || seen[kind+"\x00"+v] {
				continue
			}
			if len(seen) >= seenKeys {
				clear(seen)
			}
			seen[kind+"\x00"+v] = true
			fresh = append(fresh, identifier{kind: kind, value: v})
		}
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(cmp.Or(p.Parallel, DefaultParallel))
	for i := range fresh {
		g.Go(func() (err error) {
			fresh[i].key, err = p.Keys.Key(gctx, fresh[i].kind, fresh[i].value)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		clear(seen) // what failed was not hashed
		return fmt.Errorf("key the identifiers of a page: %w", err)
	}
	w.Keys += len(fresh)
	for _, id := range fresh {
		for _, act := range sought[id.kind][id.key] {
			if !slices.Contains(act.found[id.kind], id.value) {
				act.found[id.kind] = append(act.found[id.kind], id.value)
			}
		}
	}
	return nil
}

// apply does one line again; what was kept and whose time is over by now goes.
func (p Replay) apply(ctx context.Context, sys systems.System, declared *inventory.System, w *wanted) ([]Replayed, error) {
	place, _ := p.Systems.Inventory().Holding(declared.ID, w.holding)
	of := systems.Of(w.s.Keys, w.s.Client)
	today := dayOf(p.Now())
	if w.stop {
		act := systems.Act{Action: systems.Stop, On: w.s.Today, Request: w.s.Request}
		n, err := p.One(ctx, sys, place, of, act)
		return report(w, "suppressed", n), err
	}
	if place.Holding.Client != "" && w.s.Client == "" {
		// Invariant 1: never past the client whose data it is.
		return nil, request.Fault(request.NoInstruction, w.s.Leg, "replay in %s without knowing whose data it was", place.ID())
	}
	act, ok := actOf(p.Systems.Inventory(), place, w.line, w.s)
	if !ok {
		return report(w, ReceiptKept, 0), nil // as it was then: nothing that this system can do
	}
	period := ""
	if act.Before != "" {
		act.Before = p.Systems.Inventory().Retention[place.Holding.Retention].Over(today)
		period = string(act.Before)
	}
	n, err := p.One(ctx, sys, place, of, act)
	if err != nil {
		return nil, err
	}
	done := report(w, receiptOf[act.Action], n)
	if w.line.Until == "" || w.line.Until >= today || p.Dry {
		return done, nil
	}
	n, err = p.One(ctx, sys, place, of, systems.Act{
		Action: systems.Expire, On: today, Before: request.Day(period), Request: w.s.Request, Leg: w.s.Leg,
	})
	return append(done, report(w, ReceiptExpired, n)...), err
}

func report(w *wanted, action string, n int) []Replayed {
	if n == 0 {
		return nil
	}
	return []Replayed{{Request: w.s.Request, Leg: w.s.Leg, Holding: w.holding, Action: action, Count: n}}
}

// One carries out an act again, or in a dry run counts the rows that it would change.
func (p Replay) One(ctx context.Context, sys systems.System, place inventory.Place, of systems.Selection, act systems.Act) (n int, err error) {
	if p.Dry {
		err = sys.Collect(ctx, *place.Holding, of, func(row systems.Row) error {
			if !act.Of(*place.Holding, row).None() {
				n++
			}
			return nil
		})
	} else {
		gone, told := 0, 0 // rows of tries that failed, which no other comes upon
		of.Batch = func(rows int) error { told += rows; return nil }
		err = systems.Again(ctx, cmp.Or(p.Pause, time.Second), func() (bool, error) {
			var err error
			told = 0
			if n, err = sys.Apply(ctx, *place.Holding, of, act); err != nil && act.Action == systems.Erase {
				gone += told
			}
			return false, err
		})
		n += gone
	}
	if err != nil {
		return 0, fmt.Errorf("%s in %s: %w", act.Action, place.ID(), err)
	}
	return n, nil
}

func dayOf(t time.Time) request.Day { return request.Day(deadline.LocalDate(t).String()) }
