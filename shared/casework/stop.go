package casework

import (
	"context"
	"fmt"
	"strings"

	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// Stop carries out a marketing objection, a withdrawn consent or a withdrawn
// e-mail permission, the same day and without proof (R-7 … R-9, invariant 4).
// It marks and suppresses; it never deletes (I-3).
func (c *Cases) Stop(ctx context.Context, in Input) (Output, error) {
	out := Output{RequestID: in.RequestID, LegID: in.LegID, Next: "answer"}
	r, err := c.Store.Load(ctx, in.RequestID)
	if err != nil {
		return Output{}, fmt.Errorf("stop: load request %s: %w", in.RequestID, err)
	}
	l := r.Leg(in.LegID)
	if l == nil {
		return Output{}, request.Fault(request.NotFound, string(in.RequestID)+"/"+in.LegID, "stop")
	}
	if l.Past(request.Acted) {
		return out, nil
	}
	email := strings.ToLower(strings.TrimSpace(r.Sender.Email))
	var receipts []request.Receipt
	if email != "" {
		if receipts, err = c.mark(ctx, r, l, email); err != nil {
			return Output{}, c.failing(ctx, in, err)
		}
	}
	var key string
	if email != "" {
		if key, err = c.Keys.Key(ctx, "email", email); err != nil {
			return Output{}, fmt.Errorf("stop: key the address of request %s: %w", r.ID, err)
		}
	}
	return c.step(ctx, in, "stop", request.Acted, "answer", func(ch *change, l *request.Leg) error {
		l.Receipts = receipts
		l.Outcome = request.Granted
		l.Decision = request.Decision{Outcome: request.Granted, At: ch.now, Automatic: true, By: system("stop")}
		if key != "" {
			ch.writes.Suppress = append(ch.writes.Suppress, register.Suppression{Key: key, Scope: scopeOf(l.Right), At: ch.now, Request: ch.ID})
		}
		return ch.advance(l, request.WasActed, system("stop"), "", counts(receipts))
	})
}

// mark sets the stop in every holding that can carry it out.
func (c *Cases) mark(ctx context.Context, r *request.Request, l *request.Leg, email string) ([]request.Receipt, error) {
	var receipts []request.Receipt
	for _, p := range c.Systems.Inventory().Stopping(l.Right) {
		sys, err := c.reached().System(p.System.ID)
		if err != nil {
			return nil, fmt.Errorf("stop: reach system %s: %w", p.System.ID, err)
		}
		n, err := sys.Apply(ctx, *p.Holding, systems.Of(systems.Keys{"email": {email}}, ""), systems.Act{Action: systems.Stop, On: day(c.Now()), Request: r.ID, Leg: l.ID})
		if err != nil {
			return nil, fmt.Errorf("stop: mark in %s for request %s: %w", p.ID(), r.ID, err)
		}
		receipts = append(receipts, request.Receipt{System: p.System.ID, Holding: p.Holding.ID, Action: "suppressed", Count: n, At: c.Now().UTC()})
	}
	return receipts, nil
}

func scopeOf(r request.Right) string {
	switch r {
	case request.ConsentWithdrawal:
		return "consent"
	case request.EmailWithdrawal:
		return "email"
	}
	return "marketing"
}

// counts turns receipts into ledger references: system/holding → action:count.
func counts(receipts []request.Receipt) map[string]string {
	refs := map[string]string{}
	for _, rec := range request.Totals(receipts) {
		place := rec.System + "/" + rec.Holding
		refs[place] = strings.TrimSpace(fmt.Sprintf("%s %s:%d", refs[place], rec.Action, rec.Count))
	}
	return refs
}
