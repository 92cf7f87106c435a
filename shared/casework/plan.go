package casework

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Plan says what an erasure does to every holding, with ground and end for
// each part that stays (E-1, E-2). An officer sees it before deciding.
func (c *Cases) Plan(ctx context.Context, in Input) (Output, error) {
	r, l, err := c.load(ctx, in, "plan")
	if err != nil {
		return Output{}, err
	}
	out := Output{RequestID: r.ID, LegID: l.ID, Next: "planned"}
	if len(l.Plan) > 0 || l.Role == request.Controller && l.Past(request.Prepared) || l.Past(request.Executed) {
		return out, nil
	}
	read := l.Instruction
	if err := inForce(r, l, read); err != nil {
		return Output{}, fmt.Errorf("plan: %w", err)
	}
	if r, l, err = c.trace(ctx, r, l, "plan"); err != nil {
		return Output{}, fmt.Errorf("plan: %w", c.failing(ctx, in, err))
	}
	plan, err := c.plan(ctx, r, l)
	if err != nil {
		return Output{}, c.failing(ctx, in, err)
	}
	_, err = c.change(ctx, in.RequestID, func(ch *change) error {
		l, err := ch.leg(in.LegID)
		if err != nil {
			return err
		}
		if len(l.Plan) > 0 || l.Role == request.Controller && l.Past(request.Prepared) || l.Past(request.Executed) {
			return errNothing
		}
		if err := inForce(ch.Request, l, read); err != nil {
			return err
		}
		l.Plan = plan
		refs := map[string]string{}
		for _, p := range plan {
			refs[p.System+"/"+p.Holding] = p.Action + ":" + strconv.Itoa(p.Count)
		}
		ch.running(l)
		if l.Role == request.Processor {
			ch.line(system("plan"), "planned", l.ID, "", refs)
			return nil
		}
		return ch.advance(l, request.WasPrepared, system("plan"), "", refs)
	})
	if err != nil {
		return Output{}, fmt.Errorf("plan: %w", err)
	}
	return out, nil
}

func (c *Cases) plan(ctx context.Context, r *request.Request, l *request.Leg) ([]request.PlanLine, error) {
	s := c.subject(r, l)
	// The plan is carried out as it was approved: what counts from the erasure
	// counts from the last day on which that can be, and is never short.
	if last, err := deadline.ParseDate(string(max(s.Today, r.Due))); err == nil {
		s.Carried = request.Day(last.AddDays(int((c.Waits.CoolOff + 24*time.Hour - 1) / (24 * time.Hour))).String())
	}
	stocks, err := erasure.Survey(ctx, c.reached(), s)
	if err != nil {
		return nil, fmt.Errorf("plan: survey for request %s leg %s: %w", r.ID, l.ID, err)
	}
	plan, err := erasure.Plan(c.Systems.Inventory(), s, stocks, nil)
	if err != nil {
		return nil, fmt.Errorf("plan: request %s leg %s: %w", r.ID, l.ID, err)
	}
	return plan, nil
}
