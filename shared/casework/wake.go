package casework

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// wakeBatch is how many requests one run looks at; what is left is due again
// five minutes later.
const wakeBatch = 200

// Wake brings on what is due: reminders, ends of waits, and executions that
// vanished (a redeploy, a restart, a year). One case that fails never stops
// the others. It answers how many it woke.
func (c *Cases) Wake(ctx context.Context) (int, error) {
	due, err := c.Lists.Waking(ctx, c.Now().UTC(), wakeBatch)
	if err != nil {
		return 0, fmt.Errorf("wake: list what is due: %w", err)
	}
	var faults []error
	for _, w := range due {
		if err := c.wake(ctx, w); err != nil {
			faults = append(faults, fmt.Errorf("wake request %s leg %s: %w", w.Request, w.Leg, err))
		}
	}
	if err := c.tellStates(ctx); err != nil {
		faults = append(faults, fmt.Errorf("wake: %w", err))
	}
	return len(due), errors.Join(faults...)
}

func (c *Cases) wake(ctx context.Context, w store.Waking) error {
	r, err := c.Store.Load(ctx, w.Request)
	if err != nil {
		return err
	}
	var client register.Client
	first := false
	if l := r.Leg(w.Leg); l != nil {
		if l.Client != "" {
			if client, err = c.Registers.Client(ctx, l.Client); err != nil {
				return err
			}
		}
		if first, err = c.mustWaitFor(ctx, r, l.ID); err != nil {
			return err
		}
	}
	_, err = c.change(ctx, w.Request, func(ch *change) error {
		if w.Leg == "" {
			if ch.WakeAt.IsZero() || ch.WakeAt.After(ch.now) {
				return errNothing
			}
			ch.Attempts++
			ch.WakeAt = ch.now.Add(c.Waits.Step)
			ch.resume = append(ch.resume, resumption{})
			return nil
		}
		l, err := ch.leg(w.Leg)
		if err != nil {
			return err
		}
		if l.WakeAt.IsZero() || l.WakeAt.After(ch.now) {
			return errNothing
		}
		switch {
		case l.Outcome == request.Moved && l.Wait.Token != "" && !ch.endsNow(l):
			ch.resume = append(ch.resume, resumption{leg: l.ID}) // an execution was parked on it, and was perhaps not told
			return c.afterwards(ch, l, client)
		case l.Phase == request.Closed:
			return c.afterwards(ch, l, client)
		}
		ch.haltInstruction(l, client)
		if l.Halted && client.Decides() {
			ch.clientBack(l, client, system("wake"))
			return nil
		}
		if l.Halted {
			l.WakeAt = noTimer
			return nil
		}
		if onward(l) == "" && l.Wait.State != "" {
			if err := c.tick(ch, l, client, first); err != nil {
				return err
			}
			if onward(l) == "" {
				return nil // it goes on waiting, with a new time
			}
		}
		// A step that vanished, or a signal whose token was not answered.
		l.Attempts++
		l.WakeAt = ch.now.Add(c.Waits.Step)
		ch.resume = append(ch.resume, resumption{leg: l.ID})
		return nil
	})
	return err
}

// tick does what a wait asks for when its time comes.
func (c *Cases) tick(ch *change, l *request.Leg, client register.Client, first bool) error {
	switch l.Wait.State {
	case "Prove":
		_, end := proofTime(ch.Request, l)
		if !ch.now.Before(end) {
			l.Outcome = request.Unverified
			return ch.advance(l, request.ProofMissing, system("wake"), "", nil)
		}
		if next := c.proofTimer(ch.Request, l); ch.now.Before(next) {
			l.WakeAt = next // something else woke it: a person was chosen
			return nil
		}
		l.Reminded++
		if ch.onFileOf(l, ch.Sender.Email) {
			ch.letter("", fmt.Sprintf("remind-%d", l.Reminded), ch.sender(),
				ch.order(letters.IdentityCheck, nil, facts{"reply_by": string(day(end))}))
		}
		ch.line(system("wake"), "reminded", l.ID, "", nil)
		l.WakeAt = c.proofTimer(ch.Request, l)
	case "Hold":
		if err := c.tryRelease(ch, l, first); err != nil {
			return err
		}
		if l.Phase == request.Decided {
			l.WakeAt = holdTimer(ch, l)
		}
	case "Instruct":
		if client.State != "" {
			ch.clientGone(l, client) // nobody is there to be reminded
			return nil
		}
		if ch.Task("client-gone", l.ID) != nil {
			ch.clientBack(l, client, system("wake"))
			return nil
		}
		if next := ch.chaseTimer(l, client); ch.now.Before(next) {
			l.WakeAt = next
			return nil
		}
		l.Reminded++
		if l.Reminded <= 2 {
			f := ch.clientFacts(l, client)
			first, second := client.RemindAfter()
			f["waited_days"] = strconv.Itoa(map[int]int{1: first, 2: second}[l.Reminded])
			if !l.Back.At.IsZero() {
				f["waited_days"] = strconv.Itoa(c.Calendar.WorkingDaysBetween(deadline.LocalDate(chasedFrom(l)), deadline.LocalDate(ch.now)))
			}
			o := ch.reminder(l, client, f)
			on := flagRound(l) + "-" + string(day(ch.now)) // the one before may have been withdrawn
			ch.letter(l.ID, fmt.Sprintf("remind-%d%s", l.Reminded, on), ch.clientAddress(client), o)
			if l.Reminded == 2 && client.EscalationEmail != "" && !strings.EqualFold(client.EscalationEmail, client.Email) {
				f["contact_name"] = client.EscalationName
				ch.letter(l.ID, "remind-escalated"+on, post.Address{Kind: "client", Email: client.EscalationEmail}, o)
			}
			ch.line(system("wake"), "client-reminded", l.ID, "", nil)
		} else {
			ch.task("chase-client", l.ID, "officer", "", "") // a person now
		}
		l.WakeAt = ch.chaseTimer(l, client)
	default:
		l.WakeAt = noTimer
	}
	return nil
}
