package casework

import (
	"cmp"
	"context"
	"slices"

	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Notify tells every recipient that the inventory names for the touched
// holdings (Art. 19, R-14). A right that changes nothing tells nobody.
func (c *Cases) Notify(ctx context.Context, in Input) (Output, error) {
	return c.step(ctx, in, "notify", request.RecipientsTold, "answer", func(ch *change, l *request.Leg) error {
		if l.Right == request.Erasure {
			if err := c.erasedAll(l); err != nil {
				return err
			}
			if keeps(l.Plan) {
				l.Outcome = request.Partial
			}
		}
		if l.Phase == request.Held {
			// Every system has its receipt, or an officer did it by hand.
			if err := ch.advance(l, request.WasActed, l.Decision.By, "", nil); err != nil {
				return err
			}
		}
		c.tell(ch, l)
		return ch.advance(l, request.ToldRecipients, system("notify"), "", nil)
	})
}

// keeps reports whether a plan leaves anything: then the answer is a yes in part (E-5).
func keeps(plan []request.PlanLine) bool {
	return slices.ContainsFunc(plan, func(p request.PlanLine) bool {
		return p.Action == request.RestrictAction || p.Action == request.KeepAction
	})
}

// tell puts a T-24 in the outbox for each recipient of the holdings in which
// something changed (by no other right than these three does anything), with the least that lets them find the person: our
// reference and the key they know the person by.
func (c *Cases) tell(ch *change, l *request.Leg) {
	if actionOf[l.Right] == "" {
		return
	}
	inv := c.Systems.Inventory()
	recipients := inv.RecipientsOf(c.scope(l))
	if l.Right == request.Erasure {
		recipients = erasure.Recipients(inv, l.Plan)
	}
	for _, id := range recipients {
		rec, ok := inv.Recipients[id]
		if !ok || rec.Kind == "authority" {
			continue
		}
		if rec.Email == "" {
			l.Told = append(l.Told, request.Told{Recipient: id, Status: "impossible", Reason: "no-address", At: ch.now})
			continue
		}
		l.Told = append(l.Told, request.Told{Recipient: id, Status: "notified", At: ch.now})
		o := ch.order(letters.RecipientNotice, l, facts{
			"subject_key": subjectKey(ch.Request, l), "action": actionOf[l.Right], "contact_name": rec.Name, "confirm_by": string(day(c.workdays(ch.now, 10))),
		})
		o.Language = cmp.Or(rec.Language, request.Dutch)
		o.Flags = map[string]bool{"processor": rec.Kind == "processor"}
		ch.letter(l.ID, "recipient-"+id, post.Address{Kind: "recipient", Email: rec.Email}, o)
		ch.line(system("notify"), "told", l.ID, string(l.Right), map[string]string{"recipient": id})
	}
}

// actionOf are the acts that T-24 asks for.
var actionOf = map[request.Right]string{
	request.Erasure: "erase", request.Rectification: "correct", request.Restriction: "restrict",
}

// subjectKey is the number by which a recipient can find the person.
func subjectKey(r *request.Request, l *request.Leg) string {
	if cand := r.Candidate(l.Candidate); cand != nil {
		for _, kind := range []string{"customer", "file", "email"} {
			if v := cand.Keys[kind]; len(v) > 0 {
				return v[0]
			}
		}
	}
	return string(r.Reference)
}
