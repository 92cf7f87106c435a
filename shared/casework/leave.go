package casework

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Why a mail to a client does not go out.
const (
	clientMoved = "client-moved" // another client decides about that part now
	clientLeft  = "client-left"  // the client no longer decides
	partOver    = "part-over"    // nothing is asked of it any more
)

// The codes of the tasks about what a client that no longer decides should have read.
const (
	reportGone = "report-gone"
	breachGone = "breach-gone"
)

// Leave says whether a mail to a client may still go. Its part may have
// moved to another client since it was written, or the client may be gone: then
// nothing that asks for a word on a person leaves the house any more. What was
// asked before, and what we hold back of an instruction, is kept until the client
// decides again; a reminder is not, for the reminders go on from its return. What
// was done on its instruction goes to the contact of who is bankrupt or sold its
// claims, who reads that on the client's page too; of who is gone it is kept, and
// an officer sees to it that who decides now hears it.
func (c *Cases) Leave(ctx context.Context, l post.Letter) (post.Leave, error) {
	goes := post.Leave{To: l.To}
	if l.To.Kind != "client" {
		return goes, nil
	}
	if id, ok := strings.CutPrefix(l.Owner, "client:"); ok {
		return c.codeLeaves(ctx, id, l)
	}
	r, err := c.Store.Load(ctx, request.ID(l.Owner))
	if request.NotFound.Is(err) {
		return post.Leave{Why: partOver}, nil // forgotten
	}
	if err != nil {
		return post.Leave{}, fmt.Errorf("load request %s: %w", l.Owner, err)
	}
	leg := r.Leg(l.Leg)
	if leg == nil || leg.Client == "" {
		return goes, nil
	}
	client, err := c.Registers.Client(ctx, leg.Client)
	if err != nil {
		return post.Leave{}, fmt.Errorf("client %s of request %s: %w", leg.Client, r.ID, err)
	}
	asks := l.Order.Kind == letters.ClientNotice || l.Order.Kind == letters.ClientReminder
	held := l.Order.Flags[letters.HeldInstruction]
	switch {
	case asks && leg.Outcome == request.Moved:
		return c.neverLeaves(ctx, l, clientMoved)
	case client.Decides() && l.Kept == "":
		return goes, nil
	case asks && (leg.Phase != request.Forwarded || held && leg.Flagged() == nil):
		return c.neverLeaves(ctx, l, partOver)
	case client.Decides():
		return c.leavesAfterAll(ctx, l, r, leg, client)
	case reminds(l):
		return c.neverLeaves(ctx, l, clientLeft)
	case asks:
		return post.Leave{Why: clientLeft, Later: true}, nil
	case register.Contact{Client: client}.Reads():
		return goes, nil
	}
	if l.Kept == "" {
		code := reportGone
		if l.Order.Kind == letters.BreachNotice {
			code = breachGone
		}
		if err := c.seesTo(ctx, r.ID, func(ch *change) { ch.task("reply", leg.ID, "officer", "", code) }); err != nil {
			return post.Leave{}, err
		}
	}
	return post.Leave{Why: clientLeft, Later: true}, nil
}

// reminds reports whether a letter is a rung of the ladder: T-06 is also our word
// that an instruction is held.
func reminds(l post.Letter) bool {
	return l.Order.Kind == letters.ClientReminder && l.Order.Values["waited_days"] != ""
}

// neverLeaves withdraws a letter. A reminder of which no mail left counts no more:
// the ladder goes on without it, and nobody is told of it.
func (c *Cases) neverLeaves(ctx context.Context, l post.Letter, why string) (post.Leave, error) {
	leave := post.Leave{Why: why}
	if !reminds(l) {
		return leave, nil
	}
	of, err := c.Letters.LettersOf(ctx, l.Owner)
	if err != nil {
		return leave, fmt.Errorf("letters of request %s: %w", l.Owner, err)
	}
	var left []time.Time // one reminder to two people is two mails of one instant
	for _, m := range of {
		if m.Leg == l.Leg && reminds(m) && m.ID != l.ID && m.State != post.Withdrawn && !slices.ContainsFunc(left, m.Created.Equal) {
			left = append(left, m.Created)
		}
	}
	if slices.ContainsFunc(left, l.Created.Equal) {
		return leave, nil // the other went, or may
	}
	return leave, c.seesTo(ctx, request.ID(l.Owner), func(ch *change) {
		leg, n := ch.Leg(l.Leg), 0
		for _, at := range left {
			if !at.Before(chasedFrom(leg)) {
				n++
			}
		}
		if n >= leg.Reminded || l.Created.Before(chasedFrom(leg)) {
			return // written down before, or of a wait that is over
		}
		leg.Reminded, leg.Back.Reminded = n, min(leg.Back.Reminded, n)
		if leg.Wait.State == "Instruct" {
			leg.WakeAt = ch.now // its next rung is another day
		}
		ch.line(system("post"), "client-not-reminded", leg.ID, why, map[string]string{"letter": l.ID, "reminded": l.Created.Format(time.RFC3339)})
	})
}

// leavesAfterAll lets a mail go that was kept, to the contact of today and with the
// days that hold today, and ends the task about it.
func (c *Cases) leavesAfterAll(ctx context.Context, l post.Letter, r *request.Request, leg *request.Leg, client register.Client) (post.Leave, error) {
	leave := post.Leave{To: post.Address{Kind: "client", Email: client.Email}, Values: maps.Clone(l.Order.Values)}
	now := c.Now().UTC()
	from := now
	if !leg.Back.At.IsZero() {
		from = leg.Back.At // its reminders count from there
	}
	first, second := client.RemindAfter()
	today := facts{
		"contact_name": client.ContactName, "instruct_by": string(c.instructAfter(r, now)),
		"remind_1": string(day(c.workdays(from, first))), "remind_2": string(day(c.workdays(from, second))),
	}
	for name, value := range today {
		if leave.Values[name] != "" {
			leave.Values[name] = value
		}
	}
	if l.Order.Kind == letters.ClientReport && (leg.Package.For != "client" || leg.Package.Until < day(now)) {
		delete(leave.Values, "link_until") // T-07 then says how to get it anew
	}
	code := map[letters.Kind]string{letters.ClientReport: reportGone, letters.BreachNotice: breachGone}[l.Order.Kind]
	return leave, c.seesTo(ctx, request.ID(l.Owner), func(ch *change) {
		for i := range ch.Tasks {
			if t := &ch.Tasks[i]; t.Open() && t.Kind == "reply" && t.Leg == leg.ID && t.Code == code {
				t.Done, t.DoneBy = ch.now, system("post")
				ch.line(system("post"), "task-done", leg.ID, "reply", map[string]string{"letter": l.ID})
			}
		}
	})
}

// seesTo opens or ends a task about a letter, once.
func (c *Cases) seesTo(ctx context.Context, id request.ID, task func(*change)) error {
	_, err := c.change(ctx, id, func(ch *change) error {
		if task(ch); len(ch.writes.Lines) == 0 {
			return errNothing
		}
		return nil
	})
	return err
}

// codeLeaves lets a code for the sign-in go to who may still sign in.
func (c *Cases) codeLeaves(ctx context.Context, id string, l post.Letter) (post.Leave, error) {
	client, err := c.Registers.Client(ctx, id)
	if err != nil {
		return post.Leave{}, fmt.Errorf("client %s: %w", id, err)
	}
	for _, who := range []register.Contact{{Client: client}, {Client: client, Deputy: true}} {
		if strings.EqualFold(who.Email(), l.To.Email) && who.Reads() {
			return post.Leave{To: l.To}, nil
		}
	}
	return post.Leave{Why: clientLeft}, nil
}

// reports writes a client what was done on its instruction. Of one that no longer
// decides an officer sees to it that who does hears it too.
func (ch *change) reports(l *request.Leg, client register.Client, event string, o letters.Order) {
	ch.letter(l.ID, event, ch.clientAddress(client), o)
	if !client.Decides() {
		ch.task("reply", l.ID, "officer", "", reportGone)
	}
}
