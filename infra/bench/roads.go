package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/allclaims/rightsdesk/infra/demo"
	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/request"
)

// secret is that of the browser of whoever asks.
const secret = "a-secret-of-this-benchmark-alone"

var (
	officer  = casework.Actor{ID: "officer-1", Name: "O", Roles: []string{"officer"}}
	approver = casework.Actor{ID: "approver-1", Name: "A", Roles: []string{"approver"}}
)

// road is one way a request can take, from the form to the closed leg.
type road struct {
	name string
	// visits are the times that somebody opens the pages after the form.
	visits int
	walk   func(ctx context.Context, w *world) error
}

var roads = []road{
	{"marketing stop, no proof", 0, walkStop},
	{"access, officer and approver look", 3, walkAccess},
	{"erasure, officer and approver", 4, walkErasure},
	{"debtor's access, client instructs", 2, walkDebtor},
}

// benchRoads walks each road once on a new emulator and counts what it asked
// of AWS. Then it counts what the schedules ask while nothing happens.
func benchRoads(ctx context.Context, r *reporter) error {
	p, err := readPrices()
	if err != nil {
		return err
	}
	var first float64
	for _, road := range roads {
		u, err := countRoad(ctx, road, p)
		if err != nil {
			return fmt.Errorf("%s: %w", road.name, err)
		}
		cost, err := p.cost(u)
		if err != nil {
			return err
		}
		if first == 0 {
			first = cost
		}
		total := 0
		for _, n := range u.Calls {
			total += n
		}
		err = r.line("road", result{
			"road": road.name, "calls": u.byService(), "operations": u.Calls, "readUnits": u.ReadUnits, "writeUnits": u.WriteUnits,
			"total": total, "costOfThousand": round(1000 * cost), "currency": p.Currency, "pricesOf": p.Date, "ratioToFirst": round(cost / first),
		})
		if err != nil {
			return err
		}
	}
	return benchIdle(ctx, r, p)
}

func countRoad(ctx context.Context, road road, p prices) (usage, error) {
	cfg, stop, err := startEmulator(ctx)
	if err != nil {
		return usage{}, err
	}
	defer stop()
	w, err := newWorld(ctx, cfg)
	if err != nil {
		return usage{}, err
	}
	if err := road.walk(ctx, w); err != nil {
		return usage{}, err
	}
	u := w.count.take()
	pages := p.Assumed.PagesPerForm + road.visits*p.Assumed.PagesPerVisit
	return u.plus(usage{Calls: map[string]int{"APIGateway.Page": pages, "Lambda.Page": pages, "States.Transition": w.transitions()}}), nil
}

// register sends a form.
func (w *world) register(ctx context.Context, p demo.Person, right request.Right, relation request.Relation) (request.Reference, error) {
	receipt, err := w.cases.Register(ctx, casework.Submission{
		SourceKey: "form/bench", Channel: request.Web, Language: p.Language, Received: w.clock.Now(), Kind: "request",
		Rights: []request.Right{right}, Relations: []request.Relation{relation}, Sure: true, Rule: "form",
		Sender: request.Sender{Name: p.Name, Email: p.Email, Postcode: p.Postcode, BirthDate: p.Birth, ClientNumbers: numbers(p.Customer), Answerable: true},
	})
	if err != nil {
		return "", err
	}
	return receipt.Reference, w.settle(ctx)
}

func numbers(n string) []string {
	if n == "" {
		return nil
	}
	return []string{n}
}

// prove asks for a code, reads it from the mail and types it.
func (w *world) prove(ctx context.Context, ref request.Reference) error {
	if _, err := w.prover.Ask(ctx, secret, identity.ForProof, string(ref)); err != nil {
		return err
	}
	if err := w.settle(ctx); err != nil {
		return err
	}
	proof, err := w.prover.Try(ctx, secret, identity.ForProof, string(ref), w.drawn)
	if err != nil {
		return err
	}
	if err := w.cases.Accepted(ctx, ref, proof); err != nil {
		return err
	}
	return w.settle(ctx)
}

// closed checks that every leg has come to its end.
func (w *world) closed(ctx context.Context, ref request.Reference) error {
	r, err := w.load(ctx, ref)
	if err != nil {
		return err
	}
	for _, l := range r.Legs {
		if l.Phase != request.Closed {
			return fmt.Errorf("leg %s (%s) is %s and waits at %q", l.ID, l.Right, l.Phase, l.Wait.State)
		}
	}
	if len(r.Legs) == 0 {
		return errors.New("no leg was opened")
	}
	return nil
}

// load reads a request without being counted.
func (w *world) load(ctx context.Context, ref request.Reference) (*request.Request, error) {
	u := w.count.take()
	defer func() { w.count.take(); w.count.add(u) }()
	id, err := w.cases.Finder.ByReference(ctx, ref)
	if err != nil {
		return nil, err
	}
	return w.cases.Store.Load(ctx, id)
}

func walkStop(ctx context.Context, w *world) error {
	ref, err := w.register(ctx, demo.NewsletterReader, request.MarketingObjection, request.Newsletter)
	if err != nil {
		return err
	}
	return w.closed(ctx, ref)
}

func walkAccess(ctx context.Context, w *world) error {
	ref, err := w.register(ctx, demo.ClientContact, request.Access, request.Client)
	if err != nil {
		return err
	}
	if err := w.prove(ctx, ref); err != nil {
		return err
	}
	if err := w.decide(ctx, ref); err != nil {
		return err
	}
	r, err := w.load(ctx, ref)
	if err != nil {
		return err
	}
	if r.Legs[0].Phase != request.Closed {
		if r.Legs[0].WakeAt.IsZero() { // nobody else to warn: an officer releases
			err = w.cases.ReleaseNow(ctx, officer, ref, "1")
		} else {
			err = w.pass(ctx, w.cases.Waits.Disclosure+time.Minute)
		}
		if err := errors.Join(err, w.settle(ctx)); err != nil {
			return err
		}
	}
	if _, err := w.cases.Release(ctx, ref, "1"); err != nil {
		return err
	}
	return w.closed(ctx, ref)
}

// decide takes an officer's decision, and the second one, where they are asked.
func (w *world) decide(ctx context.Context, ref request.Reference) error {
	r, err := w.load(ctx, ref)
	if err != nil {
		return err
	}
	for _, l := range r.Legs {
		if l.Phase != request.Deciding {
			continue
		}
		outcome, ground := request.Granted, ""
		if err := w.cases.DecideLeg(ctx, officer, ref, l.ID, request.Decision{Outcome: outcome, Ground: ground}); err != nil {
			return err
		}
		if err := w.settle(ctx); err != nil {
			return err
		}
		if r, err = w.load(ctx, ref); err != nil {
			return err
		}
		if r.Leg(l.ID).Phase != request.Approving {
			continue
		}
		if err := w.cases.Approve(ctx, approver, ref, l.ID); err != nil {
			return err
		}
	}
	return w.settle(ctx)
}

func walkErasure(ctx context.Context, w *world) error {
	ref, err := w.register(ctx, demo.FormerClient, request.Erasure, request.Client)
	if err != nil {
		return err
	}
	if err := w.prove(ctx, ref); err != nil {
		return err
	}
	if err := w.decide(ctx, ref); err != nil {
		return err
	}
	if err := w.pass(ctx, w.cases.Waits.CoolOff+time.Minute); err != nil {
		return err
	}
	return w.closed(ctx, ref)
}

func walkDebtor(ctx context.Context, w *world) error {
	p := demo.DebtorAndReader
	ref, err := w.register(ctx, p, request.Access, request.Debtor)
	if err != nil {
		return err
	}
	r, err := w.load(ctx, ref)
	if err != nil {
		return err
	}
	for _, l := range r.Legs {
		if l.Role != request.Processor {
			continue
		}
		_, err := w.cases.GiveInstruction(ctx, l.Client, "privacy", ref, l.ID, request.Instruction{Kind: request.CarryOutToUs})
		if err := errors.Join(err, w.settle(ctx)); err != nil {
			return err
		}
		if _, err := w.cases.ClientRelease(ctx, l.Client, ref, l.ID); err != nil {
			return err
		}
		if r, err := w.load(ctx, ref); err != nil || r.Leg(l.ID).Phase != request.Closed {
			return fmt.Errorf("leg %s is not closed: %w", l.ID, err)
		}
		return nil
	}
	return errors.New("no leg is the client's")
}

// benchIdle counts one run of each schedule with nothing to do, and a month of
// them: 30 days of post every minute, wake every five, sweep every fifteen.
func benchIdle(ctx context.Context, r *reporter, p prices) error {
	cfg, stop, err := startEmulator(ctx)
	if err != nil {
		return err
	}
	defer stop()
	w, err := newWorld(ctx, cfg)
	if err != nil {
		return err
	}
	var month usage
	for _, s := range []struct {
		name   string
		aMonth int
		run    func() error
	}{
		{"post", 30 * 24 * 60, func() error { _, err := w.sender.Run(ctx, 200); return err }},
		{"wake", 30 * 24 * 12, func() error { _, err := w.cases.Wake(ctx); return err }},
		{"sweep", 30 * 24 * 4, func() error { _, err := w.cases.Sweep(ctx); return err }},
		{"watch", 30, func() error { _, err := w.cases.Watch(ctx); return err }},
		{"forget", 30, func() error { _, err := w.cases.Forget(ctx); return err }},
	} {
		if err := s.run(); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		u := w.count.take()
		u = u.plus(usage{Calls: map[string]int{"Lambda.Schedule": 1}})
		month = month.plus(u.times(s.aMonth))
		if err := r.line("idle", result{"schedule": s.name, "calls": u.Calls, "runsAMonth": s.aMonth}); err != nil {
			return err
		}
	}
	cost, err := p.cost(month)
	if err != nil {
		return err
	}
	return r.line("idle", result{"schedule": "all", "calls": month.byService(), "costOfMonth": round(cost), "currency": p.Currency, "pricesOf": p.Date})
}
