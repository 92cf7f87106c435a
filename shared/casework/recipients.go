package casework

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
)

// What recipients are asked to do (T-24).
const (
	tellErase      = "erase"
	tellCorrect    = "correct"
	tellRestrict   = "restrict"
	tellUnrestrict = "unrestrict"
)

// confirmDays are the working days in which a recipient confirms [P].
const confirmDays = 10

// tell tells the recipients of what a leg changed. A right that changes
// nothing tells nobody.
func (c *Cases) tell(ch *change, l *request.Leg) {
	inv := c.Systems.Inventory()
	right := l.Right
	if l.Instruction.Kind == request.RestrictInstead {
		right = request.Restriction // what was done, not what was asked
	}
	switch right {
	case request.Erasure:
		gone, aside := erasure.Changed(inv, l.Carried())
		c.tellEach(ch, l, tellErase, erasure.Recipients(inv, gone))
		c.tellEach(ch, l, tellRestrict, erasure.Recipients(inv, aside))
	case request.Rectification:
		c.tellEach(ch, l, tellCorrect, inv.RecipientsOf(c.touched(l)))
	case request.Restriction:
		c.tellEach(ch, l, tellRestrict, inv.RecipientsOf(c.touched(l)))
	}
}

// touched are the holdings in which a leg changed something; the whole scope
// where an officer did it by hand, or put a statement with the data, and
// nothing says in which.
func (c *Cases) touched(l *request.Leg) []inventory.Place {
	names := map[string]bool{}
	for _, x := range l.Corrections {
		names[x.System+"/"+x.Holding] = true
	}
	for _, m := range l.Restriction.Marked {
		if m.Count > 0 {
			names[m.System+"/"+m.Holding] = true
		}
	}
	all := c.scope(l)
	if len(names) == 0 {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(p inventory.Place) bool { return !names[p.ID()] })
}

// tellEach puts a T-24 in the outbox for each recipient, with the least that
// lets them find the person: our reference and the key they know the person
// by. Whom no letter can reach becomes an officer's task.
func (c *Cases) tellEach(ch *change, l *request.Leg, action string, recipients []string) {
	inv := c.Systems.Inventory()
	for _, id := range recipients {
		rec, ok := inv.Recipients[id]
		if !ok || rec.Kind == "authority" {
			continue
		}
		if rec.Email == "" {
			l.Told = append(l.Told, request.Told{Recipient: id, Action: action, Status: request.ToldOpen, At: ch.now})
			ch.task("recipient", l.ID, "officer", "", id)
			continue
		}
		l.Told = append(l.Told, request.Told{Recipient: id, Action: action, Status: request.ToldNotified, At: ch.now})
		event := "recipient-" + id
		if action == tellUnrestrict || action == tellRestrict && l.Right == request.Erasure {
			event += "-" + action
		}
		ch.notice(l, event, l.Told[len(l.Told)-1])
		ch.line(system("notify"), "told", l.ID, action, map[string]string{"recipient": id})
	}
}

// notice is one T-24.
func (ch *change) notice(l *request.Leg, event string, t request.Told) {
	rec := ch.cases.Systems.Inventory().Recipients[t.Recipient]
	o := ch.order(letters.RecipientNotice, l, facts{
		"subject_key": subjectKey(ch.Request, l), "action": t.Action, "contact_name": rec.Name,
		"confirm_by": string(day(ch.cases.workdays(ch.now, confirmDays))),
	})
	o.Language = cmp.Or(rec.Language, request.Dutch)
	o.Flags = map[string]bool{"processor": rec.Kind == "processor", letters.ForClient: l.Role == request.Processor}
	if labels := ch.toldOf(l, t, o.Language); len(labels) > 0 {
		o.Lists = map[string][]string{"data_list": labels}
	}
	ch.letter(l.ID, event, post.Address{Kind: "recipient", Email: rec.Email}, o)
}

// toldOf names which data a recipient is told of; none where it is all that it got.
func (ch *change) toldOf(l *request.Leg, t request.Told, lang request.Language) []string {
	inv := ch.cases.Systems.Inventory()
	gone, aside := erasure.Changed(inv, l.Carried())
	switch {
	case t.Action == tellErase:
		return erasure.WhatIsGone(inv, t.Recipient, gone, lang)
	case t.Action == tellRestrict && l.Right == request.Erasure:
		return erasure.WhatIsAside(inv, t.Recipient, aside, lang)
	case t.Action == tellCorrect:
		return correctedFields(inv, l, lang)
	}
	return nil
}

// correctedFields names the fields of a rectification; the values are not for
// every recipient to read.
func correctedFields(inv *inventory.Inventory, l *request.Leg, lang request.Language) []string {
	var names []string
	for _, x := range l.Corrections {
		if name := fieldName(inv, x, lang); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// fieldName is what a corrected field is called.
func fieldName(inv *inventory.Inventory, x request.Correction, lang request.Language) string {
	if p, ok := inv.Holding(x.System, x.Holding); ok {
		if col := p.Holding.Column(x.Column); col != nil {
			return col.Label.In(lang)
		}
	}
	return x.Column
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

// toldAs is how a letter names a recipient among those who were told; whom no
// letter could reach is named as such, never as told. "" for who is no
// recipient of the inventory any more.
func toldAs(inv *inventory.Inventory, t request.Told, lang request.Language) string {
	name := inv.Recipients[t.Recipient].Name
	words := map[string][2]string{
		request.ToldOpen:             {"moeten wij nog bereiken", "we still have to reach them"},
		request.ToldImpossible:       {"konden wij niet bereiken", "we could not reach them"},
		request.ToldDisproportionate: {"hebben wij dit niet verteld", "we did not tell them"},
	}[t.Status]
	switch {
	case name == "" || words[0] == "":
		return name
	case lang == request.English:
		return name + " (" + words[1] + ")"
	}
	return name + " (" + words[0] + ")"
}

// RecordRecipient records how a recipient was told by an officer, or why not:
// notified, or impossible or disproportionate with a reason (Art. 19, R-14).
// It ends the task about that recipient.
func (c *Cases) RecordRecipient(ctx context.Context, a Actor, ref request.Reference, leg, recipient, status, reason string) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	reason = strings.TrimSpace(reason)
	switch status {
	case request.ToldNotified:
	case request.ToldImpossible, request.ToldDisproportionate:
		if reason == "" {
			return request.Fault(request.InputRefused, "reason", "tell a recipient nothing without a reason")
		}
	default:
		return request.Fault(request.InputRefused, "status", "record a recipient as %q", status)
	}
	if len(reason) > maxWords {
		return request.Fault(request.TooMany, "reason", "record so many words")
	}
	return c.recipient(ctx, ref, leg, recipient, func(ch *change, l *request.Leg, t *request.Told) {
		t.Status, t.Reason, t.By, t.At = status, reason, a.ID, ch.now
		t.Chased = 0
		ch.line(a.ID, "recipient-"+status, leg, t.Action, map[string]string{"recipient": recipient})
	}, a)
}

// RecipientConfirmed records that a recipient answered that it was done.
func (c *Cases) RecipientConfirmed(ctx context.Context, a Actor, ref request.Reference, leg, recipient string) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	return c.recipient(ctx, ref, leg, recipient, func(ch *change, l *request.Leg, t *request.Told) {
		t.Status, t.Confirmed = request.ToldNotified, ch.now
		ch.line(a.ID, "recipient-confirmed", leg, t.Action, map[string]string{"recipient": recipient})
	}, a)
}

// recipient changes the newest entry of a recipient that it did not confirm, and
// ends its task.
func (c *Cases) recipient(ctx context.Context, ref request.Reference, leg, recipient string, fn func(*change, *request.Leg, *request.Told), a Actor) error {
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.leg(leg)
		if err != nil {
			return err
		}
		confirmed := false
		for i := len(l.Told) - 1; i >= 0; i-- {
			t := &l.Told[i]
			if t.Recipient != recipient {
				continue
			}
			if !t.Confirmed.IsZero() {
				confirmed = true // an older notice of another action may still wait
				continue
			}
			fn(ch, l, t)
			for i := range ch.Tasks {
				if task := &ch.Tasks[i]; task.Open() && task.Kind == "recipient" && task.Leg == leg && task.Code == recipient {
					task.Done, task.DoneBy = ch.now, a.ID
				}
			}
			if l.Phase == request.Closed && !l.Restriction.Lifting {
				l.WakeAt = c.restTimer(l)
			}
			return nil
		}
		if confirmed {
			return request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+leg, "record a recipient that confirmed")
		}
		return request.Fault(request.NotFound, string(ch.ID)+"/"+leg, "find recipient %s", recipient)
	})
}

// chaseRecipient is when a recipient that did not confirm is looked at next:
// after its day, once more after as long again, then it is an officer's. Zero:
// no more.
func (c *Cases) chaseRecipient(t request.Told) time.Time {
	if t.Status != request.ToldNotified || !t.Confirmed.IsZero() || t.Chased > 1 {
		return noTimer
	}
	return c.workdays(t.At, confirmDays*(t.Chased+1)+1)
}

// chaseRecipients writes again to who did not confirm, once, and then gives
// them to an officer.
func (ch *change) chaseRecipients(l *request.Leg) {
	for i := range l.Told {
		t := &l.Told[i]
		next := ch.cases.chaseRecipient(*t)
		if next.IsZero() || ch.now.Before(next) {
			continue
		}
		t.Chased++
		if t.Chased > 1 || ch.cases.Systems.Inventory().Recipients[t.Recipient].Email == "" {
			t.Chased = 2
			ch.task("recipient", l.ID, "officer", "", t.Recipient)
			continue
		}
		ch.notice(l, "recipient-"+t.Recipient+"-again-"+strconv.Itoa(i), *t)
		ch.line(system("wake"), "recipient-chased", l.ID, t.Action, map[string]string{"recipient": t.Recipient})
	}
}

// SendRecipients sends the subject the list of those who were told of a change,
// with day and content (Art. 19, T-23), to the channel that was proven. On a
// question the list is that of the other legs of the request, and answers it.
func (c *Cases) SendRecipients(ctx context.Context, a Actor, ref request.Reference, leg string) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.leg(leg)
		if err != nil {
			return err
		}
		from := ch.toldLeg(l)
		if from == nil {
			return request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+leg, "list the recipients of a change that is not there")
		}
		if l.Right == request.Question {
			if l.Phase != request.Deciding {
				return request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+leg, "answer a question that is %s", l.Phase)
			}
			l.Outcome = request.Granted
			l.Decision = request.Decision{Outcome: request.Granted, Ground: recipientsListed, By: a.ID, At: ch.now}
			ch.done("decide", leg, a.ID)
			ch.signal(l)
			if err := ch.advance(l, request.DecisionMade, a.ID, string(request.Granted), map[string]string{"ground": recipientsListed}); err != nil {
				return err
			}
		}
		ch.letter(from.ID, "recipients-"+string(day(ch.now)), ch.answerTo(from), ch.recipientsLetter(from))
		ch.line(a.ID, "recipients-listed", from.ID, "", nil)
		return nil
	})
}

// recipientsListed is the ground of a question that the list of recipients answers.
const recipientsListed = "recipients"

// toldLeg is the leg whose recipients are listed: the leg itself, or for a
// question the newest other one that told somebody and whose subject is proven.
func (ch *change) toldLeg(l *request.Leg) *request.Leg {
	ok := func(l *request.Leg) bool {
		return l.Role == request.Controller && len(l.Told) > 0 && len(l.ProvenBy) > 0
	}
	if l.Right != request.Question {
		if ok(l) {
			return l
		}
		return nil
	}
	for i := len(ch.Legs) - 1; i >= 0; i-- {
		if ok(&ch.Legs[i]) {
			return &ch.Legs[i]
		}
	}
	return nil
}

// recipientsLetter is T-23: names, day, and what the notice asked.
func (ch *change) recipientsLetter(l *request.Leg) letters.Order {
	inv := ch.cases.Systems.Inventory()
	last := l.Told[len(l.Told)-1].Action
	o := ch.order(letters.RecipientsTold, l, facts{"told_what": last})
	for _, t := range l.Told {
		if t.Action != last {
			continue
		}
		rec := letters.Recipient{Name: inv.Recipients[t.Recipient].Name, Status: t.Status, On: string(day(t.At)), Why: t.Reason}
		switch t.Status {
		case request.ToldOpen:
			rec.Status, rec.On = "pending", string(day(ch.cases.workdays(t.At, noticeDays)))
		case request.ToldImpossible, request.ToldDisproportionate:
			rec.On = ""
		}
		o.Recipients = append(o.Recipients, rec)
	}
	return o
}
