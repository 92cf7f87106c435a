package casework

import (
	"context"
	"fmt"
	"slices"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/disclosure"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// Seal makes one package of the collected parts. The key is made of ids,
// so sealing again replaces the same object with the same bytes.
func (c *Cases) Seal(ctx context.Context, in Input) (Output, error) {
	r, l, err := c.load(ctx, in, "seal")
	if err != nil {
		return Output{}, err
	}
	out := Output{RequestID: r.ID, LegID: l.ID, Next: "answer"}
	done := request.Acted
	if l.Role == request.Processor {
		done, out.Next = request.Executed, "report"
	}
	if l.Past(done) {
		return out, nil
	}
	read := l.Instruction
	if err := inForce(r, l, read); err != nil {
		return Output{}, fmt.Errorf("seal: %w", err)
	}
	if err := c.complete(l); err != nil {
		return Output{}, fmt.Errorf("seal: request %s: %w", r.ID, err)
	}
	if l.Role == request.Controller && l.Phase != request.Held {
		return Output{}, request.Fault(request.PhaseIllegal, string(r.ID)+"/"+l.ID, "seal a leg that is %s", l.Phase)
	}
	spec, err := c.packageSpec(ctx, r, l)
	if err != nil {
		return Output{}, fmt.Errorf("seal: %w", err)
	}
	if err := c.begin(ctx, in, read); err != nil {
		return Output{}, fmt.Errorf("seal: %w", err)
	}
	key := "packages/" + string(r.ID) + "/" + l.ID + ".zip"
	w, err := c.Packages.Create(ctx, key)
	if err != nil {
		return Output{}, fmt.Errorf("seal: open the package of request %s leg %s: %w", r.ID, l.ID, err)
	}
	sum, err := disclosure.Seal(ctx, spec, c.Work, w)
	if err != nil {
		_ = w.Abort() // what was written is no object before Close
		return Output{}, fmt.Errorf("seal: request %s leg %s: %w", r.ID, l.ID, err)
	}
	if err := w.Close(); err != nil {
		return Output{}, fmt.Errorf("seal: finish the package of request %s leg %s: %w", r.ID, l.ID, err)
	}
	return c.step(ctx, in, "seal", done, out.Next, func(ch *change, l *request.Leg) error {
		if err := inForce(ch.Request, l, read); err != nil {
			return err
		}
		l.Package = request.Package{
			Key: key, SHA256: sum.SHA256, Bytes: sum.Bytes, Rows: sum.Rows, For: "subject", Left: leftOut(l.Review, sum.Omissions),
			Until: request.Day(deadline.LocalDate(ch.now).AddDays(c.Waits.LinkDays).String()),
		}
		refs := map[string]string{"sha256": sum.SHA256, "rows": fmt.Sprint(sum.Rows), "bytes": fmt.Sprint(sum.Bytes)}
		if l.Role == request.Processor {
			if l.Instruction.Kind == request.CarryOutToUs {
				l.Package.For = "client"
			}
			return ch.advance(l, request.WasExecuted, system("seal"), "", refs)
		}
		return ch.advance(l, request.WasActed, system("seal"), "", refs)
	})
}

// packageSpec is what the package of a leg is made from: what seal seals is what
// the desk shows beforehand.
func (c *Cases) packageSpec(ctx context.Context, r *request.Request, l *request.Leg) (disclosure.Spec, error) {
	spec := disclosure.Spec{
		Inventory: c.Systems.Inventory(), Request: r.ID, Reference: r.Reference, Leg: l.ID, Language: r.Language,
		Right: l.Right, Relation: l.Relation, Role: l.DataRole(), Received: r.Received,
		Contact: c.House.Email, Receipts: l.Receipts, Screened: l.Screened, Cleared: l.Cleared,
	}
	if cand := r.Candidate(l.Candidate); cand != nil {
		spec.Name = cand.Name
	}
	keys := keysOf(r, l)
	spec.By, spec.Hops = map[string]int{}, l.Hops
	for _, p := range c.scope(l) {
		for kind, values := range systems.Select(*p.Holding, keys) {
			spec.By[kind] = len(values)
		}
	}
	if l.Role == request.Processor {
		client, err := c.Registers.Client(ctx, l.Client)
		if err != nil {
			return disclosure.Spec{}, fmt.Errorf("client %s of request %s: %w", l.Client, r.ID, err)
		}
		spec.Client = client.Name
	}
	return spec, nil
}

// leftOut is what stays behind of the places that had to be looked at: the
// letter names it, with its reason (12(4), X-5). What the inventory never gives
// stands in the package itself.
func leftOut(review []string, omitted []disclosure.Omission) []request.LeftOut {
	var out []request.LeftOut
	for _, o := range omitted {
		place := o.System + "/" + o.Holding
		if o.Column != "" {
			place += "/" + o.Column
		}
		if slices.Contains(review, place) || o.Reason == inventory.NotDeclared {
			out = append(out, request.LeftOut{Place: place, Reason: o.Reason, Count: o.Count})
		}
	}
	return out
}
