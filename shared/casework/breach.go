package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// breachHours is how long after its discovery the AP must have heard of a
// breach: straight hours, weekends and holidays included (33(1), R-31).
const breachHours = 72

// breachKinds are the kinds of breach, breachRisks the answers to 33(1) and 34(1).
var (
	breachKinds = map[string]bool{"wrong-recipient": true, "package-released": true, "lost-letter": true, "other": true}
	breachRisks = map[string]bool{"none": true, "risk": true, "high": true}
)

// BreachDue is the last instant (UTC) to tell the AP of a breach.
func BreachDue(b request.Breach) time.Time { return b.Found.Add(breachHours * time.Hour).UTC() }

// ReportBreach records a breach that was found while handling a request, and
// tells the client at once where its data are concerned (33(2)). The same
// breach entered twice is one: kind, leg and instant of discovery tell.
func (c *Cases) ReportBreach(ctx context.Context, a Actor, ref request.Reference, b request.Breach) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	if field := c.breachFault(b); field != "" {
		return request.Fault(request.InputRefused, field, "report a breach")
	}
	client, err := c.breachClient(ctx, ref, b.Leg)
	if err != nil {
		return err
	}
	return c.update(ctx, ref, func(ch *change) error {
		for _, have := range ch.Breaches {
			if have.Kind == b.Kind && have.Leg == b.Leg && have.Found.Equal(b.Found) {
				return errNothing
			}
		}
		b.ID, b.By, b.Found = strconv.Itoa(len(ch.Breaches)+1), a.ID, b.Found.UTC()
		b.AuthorityTold, b.SubjectTold, b.ClientTold, b.ClosedAt, b.ClosedBy = noTimer, noTimer, noTimer, noTimer, ""
		b.Warned = ""
		ch.line(a.ID, "breach-found", b.Leg, b.Kind, map[string]string{
			"breach": b.ID, "risk": b.Risk, "found": b.Found.Format(time.RFC3339), "authorityBy": BreachDue(b).Format(time.RFC3339),
		})
		ch.task("breach", b.Leg, "approver", "", b.ID)
		if client.ID != "" {
			b.ClientTold = ch.now
			o := ch.order(letters.BreachNotice, ch.Leg(b.Leg), ch.breachFacts(b, client))
			o.Language, o.Outcome, o.Lists = client.Language, letters.ClientBreach, map[string][]string{"data_list": b.Data}
			ch.letter(b.Leg, "breach-"+b.ID+"-client", ch.clientAddress(client), o)
			ch.line(a.ID, "breach-client-told", b.Leg, b.Kind, map[string]string{"breach": b.ID, "client": client.ID})
		}
		ch.Breaches = append(ch.Breaches, b)
		return nil
	})
}

// watchBreaches warns every day of breaches that the AP has not heard of: the
// 72 hours run through weekends, and on closed requests too (33(1)).
func (c *Cases) watchBreaches(ctx context.Context, now time.Time) error {
	var faults []error
	for page := (store.Page{Limit: 500}); ; {
		rows, next, err := c.Lists.Tasks(ctx, store.QueueBreaches, page)
		if err != nil {
			return fmt.Errorf("watch: list the breaches: %w", err)
		}
		for _, row := range rows {
			if err := c.warnOfBreaches(ctx, row.Request, now); err != nil {
				faults = append(faults, fmt.Errorf("watch request %s: %w", row.Request, err))
			}
		}
		if page.After = next; next == "" {
			return errors.Join(faults...)
		}
	}
}

func (c *Cases) warnOfBreaches(ctx context.Context, id request.ID, now time.Time) error {
	_, err := c.change(ctx, id, func(ch *change) error {
		for i := range ch.Breaches {
			b := &ch.Breaches[i]
			on := string(day(now))
			if !b.Untold() || string(b.Warned) == on {
				continue
			}
			b.Warned = request.Day(on)
			reason := "breach"
			if now.After(BreachDue(*b)) {
				reason = "breach-late"
			}
			o := ch.order(letters.StaffNotice, ch.Leg(b.Leg), nil)
			o.Language = request.Dutch
			ch.letter("", "breach-"+b.ID+"-"+on, post.Address{Kind: "house", Email: c.House.Email}, o)
			if c.Privacy != "" {
				ch.letter("", "breach-"+b.ID+"-"+on+"-privacy", post.Address{Kind: "house", Email: c.Privacy}, o)
			}
			ch.line(system("watch"), "warned-staff", b.Leg, reason, map[string]string{"breach": b.ID, "authorityBy": BreachDue(*b).Format(time.RFC3339)})
		}
		if len(ch.writes.Lines) == 0 {
			return errNothing
		}
		return nil
	})
	return err
}

// breachFault names the field that is wrong; "" = none.
func (c *Cases) breachFault(b request.Breach) string {
	switch {
	case !breachKinds[b.Kind]:
		return "kind"
	case b.Found.IsZero() || b.Found.After(c.Now()):
		return "found"
	case strings.TrimSpace(b.Facts) == "":
		return "facts"
	case strings.TrimSpace(b.Effects) == "":
		return "effects"
	case strings.TrimSpace(b.Measures) == "":
		return "measures"
	case len(b.Data) == 0:
		return "data"
	case b.Affected < 1:
		return "affected"
	case !breachRisks[b.Risk]:
		return "risk"
	case b.Risk == "high" && strings.TrimSpace(b.Advice) == "":
		return "advice"
	}
	return ""
}

// breachClient is the controller of the leg's data; none where that is us.
func (c *Cases) breachClient(ctx context.Context, ref request.Reference, leg string) (register.Client, error) {
	r, err := c.find(ctx, ref)
	if err != nil {
		return register.Client{}, err
	}
	l := r.Leg(leg)
	clients := slices.ContainsFunc(r.Legs, func(l request.Leg) bool { return l.Role == request.Processor && l.Client != "" })
	switch {
	case leg == "" && clients:
		// Whose data it is decides who must hear of it (33(2)).
		return register.Client{}, request.Fault(request.InputRefused, "leg", "report a breach of a client's request without its part")
	case leg != "" && l == nil:
		return register.Client{}, request.Fault(request.NotFound, string(ref)+"/"+leg, "report a breach")
	case l == nil || l.Role != request.Processor || l.Client == "":
		return register.Client{}, nil
	}
	client, err := c.Registers.Client(ctx, l.Client)
	if err != nil {
		return register.Client{}, fmt.Errorf("report a breach: client %s: %w", l.Client, err)
	}
	return client, nil
}

func (ch *change) breachFacts(b request.Breach, client register.Client) facts {
	return facts{
		"contact_name": client.ContactName, "breach": b.Kind, "breach_facts": b.Facts, "effects": b.Effects, "measures": b.Measures, "advice": b.Advice,
		"affected": strconv.Itoa(b.Affected), "found_on": string(day(b.Found)), "found_instant": b.Found.UTC().Format(time.RFC3339),
	}
}

// AuthorityTold records that the AP was told, and the number it gave (33(1)).
// Later than 72 hours is recorded all the same, as an incident.
func (c *Cases) AuthorityTold(ctx context.Context, a Actor, ref request.Reference, id, number string, at time.Time) error {
	return c.breach(ctx, a, ref, id, func(ch *change, b *request.Breach) error {
		switch {
		case b.Risk == "none":
			return request.Fault(request.InputRefused, "risk", "tell the authority of a breach without risk")
		case strings.TrimSpace(number) == "":
			return request.Fault(request.InputRefused, "number", "record a report without its number")
		case at.After(ch.now) || at.Before(b.Found):
			return request.Fault(request.InputRefused, "at", "record a report at an impossible time")
		case !b.AuthorityTold.IsZero():
			return errNothing
		}
		b.AuthorityTold, b.AuthorityRef = at.UTC(), number
		reason := "in-time"
		if at.After(BreachDue(*b)) {
			reason = "late"
			ch.line(a.ID, "incident", b.Leg, "breach-reported-late", map[string]string{"breach": b.ID})
		}
		ch.line(a.ID, "breach-authority-told", b.Leg, reason, map[string]string{"breach": b.ID, "at": b.AuthorityTold.Format(time.RFC3339)})
		return nil
	})
}

// TellSubject puts T-31 in the outbox: what happened, what it may mean, what
// was done and what the person can do (34(2)).
func (c *Cases) TellSubject(ctx context.Context, a Actor, ref request.Reference, id string) error {
	return c.breach(ctx, a, ref, id, func(ch *change, b *request.Breach) error {
		if !b.SubjectTold.IsZero() {
			return errNothing
		}
		o, err := ch.breachLetter(b)
		if err != nil {
			return err
		}
		b.SubjectTold = ch.now
		ch.letter(b.Leg, "breach-"+b.ID, ch.breachTo(b), o)
		ch.line(a.ID, "breach-subject-told", b.Leg, b.Kind, map[string]string{"breach": b.ID})
		return nil
	})
}

// breachTo is a channel of the person's own: one that was proven, else one that
// stood on file long before. An address that merely asked may be the one that
// got what it should not have; without a channel the letter is printed.
func (ch *change) breachTo(b *request.Breach) post.Address {
	l := ch.Leg(b.Leg)
	if l == nil {
		return post.Address{Kind: "file"}
	}
	if to := ch.answerTo(l); to.Kind == "file" {
		return to
	}
	if cand := ch.Candidate(l.Candidate); cand != nil {
		for i, chn := range cand.Channels {
			if chn.Kind == "email" && ch.cases.oldEnough(ch.Request, chn) {
				return post.Address{Kind: "file", Email: chn.Value, Channel: channelID(cand.ID, i)}
			}
		}
	}
	return post.Address{Kind: "file"}
}

// breachLetter is T-31. Where All Claims is processor the client tells its people.
func (ch *change) breachLetter(b *request.Breach) (letters.Order, error) {
	l := ch.Leg(b.Leg)
	if l != nil && l.Role == request.Processor {
		return letters.Order{}, request.Fault(request.Forbidden, string(ch.ID)+"/"+b.Leg, "tell the subject of a client's breach")
	}
	if strings.TrimSpace(b.Advice) == "" {
		return letters.Order{}, request.Fault(request.InputRefused, "advice", "tell the subject without saying what to do")
	}
	o := ch.order(letters.BreachNotice, l, ch.breachFacts(*b, register.Client{}))
	o.Lists = map[string][]string{"data_list": b.Data}
	o.Flags = map[string]bool{"authority_told": !b.AuthorityTold.IsZero()}
	return o, nil
}

// CloseBreach ends the work on a breach (33(5) keeps the record): the AP heard
// of it where there was a risk, and the subject where it was high, unless the
// client tells its own people. Another person closes than the one who reported.
func (c *Cases) CloseBreach(ctx context.Context, a Actor, ref request.Reference, id string) error {
	if err := may(a, "approver", string(ref)); err != nil {
		return err
	}
	return c.breach(ctx, a, ref, id, func(ch *change, b *request.Breach) error {
		clients := !b.ClientTold.IsZero()
		switch {
		case !b.ClosedAt.IsZero():
			return errNothing
		case b.By == a.ID:
			return request.Fault(request.SamePerson, string(ch.ID), "close breach %s", id)
		case !clients && b.Risk != "none" && b.AuthorityTold.IsZero():
			return request.Fault(request.PhaseIllegal, string(ch.ID), "close breach %s before the authority was told", id)
		case !clients && b.Risk == "high" && b.SubjectTold.IsZero():
			return request.Fault(request.PhaseIllegal, string(ch.ID), "close breach %s before the subject was told", id)
		}
		b.ClosedAt, b.ClosedBy = ch.now, a.ID
		for i := range ch.Tasks {
			if t := &ch.Tasks[i]; t.Open() && t.Kind == "breach" && t.Code == b.ID {
				t.Done, t.DoneBy = ch.now, a.ID
			}
		}
		ch.line(a.ID, "breach-closed", b.Leg, b.Risk, map[string]string{"breach": b.ID})
		return nil
	})
}

func (c *Cases) breach(ctx context.Context, a Actor, ref request.Reference, id string, fn func(*change, *request.Breach) error) error {
	if !a.Has("officer") && !a.Has("approver") {
		return request.Fault(request.Forbidden, string(ref), "work on a breach")
	}
	return c.update(ctx, ref, func(ch *change) error {
		for i := range ch.Breaches {
			if b := &ch.Breaches[i]; b.ID == id {
				return fn(ch, b)
			}
		}
		return request.Fault(request.NotFound, string(ch.ID), "find breach %s", id)
	})
}
