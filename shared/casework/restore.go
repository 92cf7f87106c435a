package casework

import (
	"context"
	"fmt"
	"slices"

	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// Restore does again, in a system that was restored from a copy, what the desk
// did to it since: first what the register of erasures remembers (erasure.Replay,
// of which p says how; its ports are this desk's), then, of the requests that
// are still on record, the corrections that were made and the restrictions of
// Art. 18 that stand. Each request gets a ledger line of what was done for it.
// To run it again is harmless.
func (c *Cases) Restore(ctx context.Context, p erasure.Replay, system string) (erasure.ReplayReport, error) {
	var err error
	p.Keys, p.Systems, p.Now = c.Keys, c.Systems, c.Now
	if p.Secret, err = c.columnSecret(ctx); err != nil {
		return erasure.ReplayReport{}, fmt.Errorf("restore: %w", err)
	}
	report, err := p.Run(ctx, system)
	if err != nil {
		return report, fmt.Errorf("restore: %w", err)
	}
	standing, err := c.standing(ctx, p, system)
	if err != nil {
		return report, fmt.Errorf("restore: %w", err)
	}
	report.Done = append(report.Done, standing...)
	if p.Dry {
		return report, nil
	}
	byRequest := map[request.ID][]erasure.Replayed{}
	for _, d := range report.Done {
		if d.Leg != "" {
			byRequest[d.Request] = append(byRequest[d.Request], d)
		}
	}
	for id, done := range byRequest {
		_, err := c.change(ctx, id, func(ch *change) error {
			refs := map[string]map[string]string{}
			for _, d := range done {
				if refs[d.Leg] == nil {
					refs[d.Leg] = map[string]string{}
				}
				refs[d.Leg][system+"/"+d.Holding] = fmt.Sprintf("%s:%d", d.Action, d.Count)
			}
			for leg, r := range refs {
				ch.line(actorRestore, "replayed", leg, system, r)
			}
			return nil
		})
		if err != nil && !request.NotFound.Is(err) { // of a record that is forgotten, the report tells
			return report, fmt.Errorf("restore: %w", err)
		}
	}
	return report, nil
}

var actorRestore = system("restore")

// standing puts back what the requests on record say stands in a system.
func (c *Cases) standing(ctx context.Context, p erasure.Replay, system string) ([]erasure.Replayed, error) {
	var ids []request.ID
	for page := (store.Page{Limit: store.MaxPage}); ; {
		rows, next, err := c.Lists.Open(ctx, page)
		if err != nil {
			return nil, fmt.Errorf("list open requests: %w", err)
		}
		for _, row := range rows {
			ids = append(ids, row.Request)
		}
		if page.After = next; next == "" {
			break
		}
	}
	for page := (store.Page{Limit: store.MaxPage}); ; {
		rows, next, err := c.Closed.Closed(ctx, c.Now().AddDate(farAhead, 0, 0), page)
		if err != nil {
			return nil, fmt.Errorf("list closed requests: %w", err)
		}
		for _, row := range rows {
			ids = append(ids, row.Request)
		}
		if page.After = next; next == "" {
			break
		}
	}
	slices.Sort(ids)
	var done []erasure.Replayed
	for _, id := range slices.Compact(ids) {
		r, err := c.Store.Load(ctx, id)
		if request.NotFound.Is(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("load request %s: %w", id, err)
		}
		for i := range r.Legs {
			some, err := c.putBack(ctx, p, r, &r.Legs[i], system)
			if err != nil {
				return nil, fmt.Errorf("request %s leg %s: %w", id, r.Legs[i].ID, err)
			}
			done = append(done, some...)
		}
	}
	return done, nil
}

// farAhead is beyond the end of every record, in years: forgetAll's hundred and some.
const farAhead = 200

// putBack does the corrections and the standing restriction of one leg again, in
// the name of whom the system has the file now.
func (c *Cases) putBack(ctx context.Context, p erasure.Replay, r *request.Request, l *request.Leg, id string) ([]erasure.Replayed, error) {
	type again struct {
		place inventory.Place
		act   systems.Act
	}
	var acts []again
	s := c.subject(r, l)
	for _, x := range l.Corrections {
		place, ok := c.Systems.Inventory().Holding(x.System, x.Holding)
		if !ok || x.System != id || x.Status != request.CorrectionDone || day(x.At) < p.Since || r.Redacted != "" {
			continue
		}
		acts = append(acts, again{place, systems.Act{Action: systems.Correct, Column: x.Column, Old: x.Old, New: x.New, On: day(x.At)}})
	}
	for _, m := range l.Restriction.Marked {
		place, ok := c.Systems.Inventory().Holding(m.System, m.Holding)
		if ok && m.System == id && m.Action == receiptRestricted && l.Restriction.Stands() {
			acts = append(acts, again{place, systems.Act{Action: systems.Restrict, Ground: groundOf(l), On: day(l.Restriction.SetAt)}})
		}
	}
	if len(acts) == 0 || len(s.Keys) == 0 {
		return nil, nil
	}
	sys, err := c.Systems.System(id)
	if err != nil {
		return nil, fmt.Errorf("reach system %s: %w", id, err)
	}
	var done []erasure.Replayed
	for _, a := range acts {
		a.act.Request, a.act.Leg = r.ID, l.ID
		n := 0
		for _, of := range named(r, l, s) {
			one, err := p.One(ctx, sys, a.place, of, a.act)
			if err != nil {
				return nil, err
			}
			n += one
		}
		if n > 0 {
			done = append(done, erasure.Replayed{Request: r.ID, Leg: l.ID, Holding: a.place.Holding.ID, Action: replayedAs[a.act.Action], Count: n})
		}
	}
	return done, nil
}

var replayedAs = map[string]string{systems.Correct: "corrected", systems.Restrict: receiptRestricted}

// Frozen reports whether what a system holds under an identifier must not be
// deleted by a retention job: a request for inspection, a copy or erasure of
// that person is open. Kinds are email, customer and file. Until somebody
// knows who asks, only the address that the request came from is frozen. system
// "" = any.
func (c *Cases) Frozen(ctx context.Context, system, kind, value string) (bool, error) {
	if !slices.Contains(subjectKinds, kind) {
		return false, request.Fault(request.InputRefused, kind, "look whether a key is frozen")
	}
	value = systems.Normal(kind, value)
	if value == "" {
		return false, nil
	}
	key, err := c.Keys.Key(ctx, kind, value)
	if err != nil {
		return false, fmt.Errorf("frozen: key an identifier: %w", err)
	}
	ids, err := c.Finder.BySubject(ctx, key)
	if err != nil {
		return false, fmt.Errorf("frozen: find the open requests: %w", err)
	}
	for _, id := range ids {
		r, err := c.Store.Load(ctx, id)
		if request.NotFound.Is(err) {
			continue
		}
		if err != nil {
			return false, fmt.Errorf("frozen: load request %s: %w", id, err)
		}
		if c.freezes(r, system) {
			return true, nil
		}
	}
	return false, nil
}

// freezes reports whether an open request needs what a system holds as it is.
func (c *Cases) freezes(r *request.Request, system string) bool {
	if r.Closed() {
		return false
	}
	if len(r.Legs) == 0 {
		return true // nobody knows yet what it asks
	}
	return slices.ContainsFunc(r.Legs, func(l request.Leg) bool {
		switch l.Right {
		case request.Access, request.Portability, request.Erasure:
		default:
			return false
		}
		return l.Phase != request.Closed &&
			(system == "" || slices.Contains(c.Systems.Inventory().SystemsFor(l.Relation, l.DataRole()), system))
	})
}
