package casework

import (
	"context"
	"fmt"
	"strings"

	"github.com/allclaims/rightsdesk/shared/evidence"
	"github.com/allclaims/rightsdesk/shared/figures"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// ReportOf is the report of one client's month, for who keeps the clients and
// who checks the work.
func (c *Cases) ReportOf(ctx context.Context, a Actor, client, month string) (evidence.Report, error) {
	if a.ID == "" || !a.Has("administrator") && !a.Has("auditor") {
		return evidence.Report{}, request.Fault(request.Forbidden, client, "read the report of a client")
	}
	return c.ClientReport(ctx, client, month)
}

// ClientReport is what we owe a client of a month, YYYY-MM (28(3)(h)): what was
// handed over, how fast, with what outcome, what is open and who works for us.
func (c *Cases) ClientReport(ctx context.Context, client, month string) (evidence.Report, error) {
	if !figures.Valid(month) {
		return evidence.Report{}, request.Fault(request.InputRefused, "month", "report on a month")
	}
	reg, err := c.Registers.Client(ctx, client)
	if err != nil {
		return evidence.Report{}, fmt.Errorf("report: client %s: %w", client, err)
	}
	ids, err := c.ofMonth(ctx, client, month)
	if err != nil {
		return evidence.Report{}, err
	}
	chains, err := c.chains(ctx, ids)
	if err != nil {
		return evidence.Report{}, err
	}
	inv := c.Systems.Inventory()
	r := evidence.Report{
		Made: c.Now().UTC(), By: c.House.LegalName, Client: evidence.Client{ID: reg.ID, Name: reg.Name}, Month: month, Language: reg.Language, Packs: packsOf(len(ids)),
		Agreement: evidence.Agreement{On: reg.AgreementOn, InItsName: reg.InItsName, AtEnd: reg.AtEnd},
	}
	for id := range strings.SplitSeq(reg.ClaimSystems, ",") {
		if x := inv.System(id); x != nil {
			r.Agreement.Systems = append(r.Agreement.Systems, x.Name.In(reg.Language))
		}
	}
	if r.Open, err = c.openAt(ctx, reg); err != nil {
		return evidence.Report{}, err
	}
	for _, id := range inv.RecipientsOf(inv.HoldingsFor(request.Debtor, request.Processor)) {
		if x := inv.Recipients[id]; x.Kind == "processor" {
			r.SubProcessors = append(r.SubProcessors, evidence.SubProcessor{Name: x.Name, Country: x.Country, Safeguard: x.Safeguard.In(reg.Language)})
		}
	}
	return evidence.NewReport(r, chains, c.Calendar), nil
}

// nextAct says who does what next with a part that was handed over.
var nextAct = map[request.Phase]string{
	request.Forwarded: "instruct", request.Instructed: "carry-out", request.Executed: "report",
}

// openAt lists what was handed over to a client and is not finished. A part
// that was not handed over yet is nothing to the client. What waits for one
// that decides no more waits until we know who does.
func (c *Cases) openAt(ctx context.Context, client register.Client) ([]evidence.OpenItem, error) {
	var open []evidence.OpenItem
	for _, state := range []string{"todo", "instructed"} {
		for page := (store.Page{Limit: store.MaxPage}); ; {
			rows, next, err := c.Lists.OfClient(ctx, client.ID, state, page)
			if err != nil {
				return nil, fmt.Errorf("report: what is open at client %s: %w", client.ID, err)
			}
			for _, row := range rows {
				act := nextAct[row.Phase]
				if row.Held {
					act = "second-word"
				}
				if !client.Decides() {
					r, err := c.Store.Load(ctx, row.Request)
					if err != nil {
						return nil, fmt.Errorf("report: load request %s: %w", row.Request, err)
					}
					if l := r.Leg(row.Leg); l != nil && (l.Phase == request.Forwarded || l.Halted) {
						act = "who-decides"
					}
				}
				if act != "" {
					open = append(open, evidence.OpenItem{
						Reference: row.Reference, Leg: row.Leg, Right: string(row.Right), Next: act, By: row.SafeDue,
						Reminded: min(row.Reminded, 2), // what follows is a call
					})
				}
			}
			if page.After = next; next == "" {
				break
			}
		}
	}
	return open, nil
}
