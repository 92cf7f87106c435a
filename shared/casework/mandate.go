package casework

import (
	"context"
	"time"

	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
)

// askMandate asks who writes for somebody else to show that they may (T-28),
// gives an officer the task to look at it, and reports whether the request
// comes from such a person. The letter is the same whoever we know (A16); the
// person is told at every channel on file (N-02), which also says how to prove
// that it was their wish.
func (ch *change) askMandate() bool {
	if !identity.Represented(ch.Sender) || !ch.needsMandate() {
		return false
	}
	if ch.Mandate.Status != "" {
		return true
	}
	capacity, _ := identity.CapacityOf(ch.Sender.Capacity)
	ch.Mandate = request.Mandate{Status: identity.MandateAsked, Asked: ch.now}
	ch.line(system("identify"), "mandate-asked", "", capacity.Code, nil)
	ch.letter("", "mandate", ch.sender(), ch.order(letters.MandateNeeded, nil, facts{
		"mandate": capacity.Letter, "reply_by": string(ch.SafeDue),
	}))
	ch.task("mandate", "", "officer", "", capacity.Code)
	return true
}

// needsMandate reports whether anything of the request waits for an authority:
// a stop, a complaint or a question of one's own does not.
func (ch *change) needsMandate() bool {
	for i := range ch.Legs {
		if l := &ch.Legs[i]; l.Needs > request.L0 || l.Role == request.Processor || ch.asksForEstate(l) {
			return true
		}
	}
	return false
}

// asksForEstate reports whether a leg is the question that a request for a dead
// person or an estate is read as (I-6, R-12).
func (ch *change) asksForEstate(l *request.Leg) bool {
	if !identity.Represented(ch.Sender) || l.Right != request.Question {
		return false
	}
	capacity, _ := identity.CapacityOf(ch.Sender.Capacity)
	return capacity.Question
}

// readAsQuestion gives the rights to open legs for: all that were asked, but
// for the dead and for an estate, who exercise no right of the GDPR (recital
// 27), one question to a person, and what only stops something.
func (ch *change) readAsQuestion(rights []request.Right) []request.Right {
	capacity, _ := identity.CapacityOf(ch.Sender.Capacity)
	if !identity.Represented(ch.Sender) || !capacity.Question {
		return rights
	}
	read, asked := []request.Right{}, false
	for _, r := range rights {
		if r.Stops() || r == request.Complaint {
			read = append(read, r)
		} else {
			asked = true
		}
	}
	if asked {
		read = append(read, request.Question)
		ch.line(system("identify"), "read-as-question", "", capacity.Code, nil)
	}
	return read
}

// mandateWaits reports whether nobody has judged the authority yet.
func mandateWaits(r *request.Request) bool { return r.Mandate.Status == identity.MandateAsked }

// mandateHolds keeps what was decided until the authority was judged (I-6). On
// the day on which the answer is due it lapses: who proved to be the person
// then gets the answer alone.
func (ch *change) mandateHolds() bool {
	if !mandateWaits(ch.Request) {
		return false
	}
	if ch.now.Before(startOf(ch.SafeDue)) {
		return true
	}
	ch.Mandate.Status, ch.Mandate.By, ch.Mandate.At = identity.MandateLapsed, system("hold"), ch.now
	ch.done("mandate", "", system("hold"))
	ch.line(system("hold"), "mandate-lapsed", "", "", nil)
	return false
}

// readers says who reads the answer to a leg: the person, who asked for them,
// or both. Nobody but the person does before an officer accepted a mandate that
// says so, and none of what is the person's own goes to somebody whose
// authority is of money alone. What proves nothing and says nothing of anybody
// goes to who asked.
func (ch *change) readers(l *request.Leg) (person, representative bool) {
	if !identity.Represented(ch.Sender) || l.Needs == request.L0 || l.Has < l.Needs || !identity.Receives(ch.Mandate, day(ch.now)) {
		return true, false
	}
	return ch.Mandate.Reply == identity.ReplyBoth, true
}

// CheckMandate records an officer's judgement of a representative's authority:
// m.Status accepted or refused, what was shown (a code; no document is kept,
// I-9), how much they may receive, who is answered and until when. The table of
// I-6 says what fits the capacity; InputRefused names the field that does not.
// A refused mandate closes what nobody proved (T-17), and leaves the rest to
// the person's own channel.
func (c *Cases) CheckMandate(ctx context.Context, a Actor, ref request.Reference, m request.Mandate) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	return c.update(ctx, ref, func(ch *change) error {
		if !identity.Represented(ch.Sender) || ch.Mandate.Status == "" || ch.Stage == request.Done {
			return request.Fault(request.PhaseIllegal, string(ch.ID), "judge a mandate that nobody was asked for")
		}
		capacity, _ := identity.CapacityOf(ch.Sender.Capacity)
		switch m.Status {
		case identity.MandateAccepted:
			if field := capacity.Fault(m, ch.Sender.BirthDate, day(ch.now)); field != "" {
				return request.Fault(request.InputRefused, field, "accept a mandate of a %s with this", capacity.Code)
			}
		case identity.MandateRefused:
			m.Evidence, m.Scope, m.Reply, m.Until = "", string(identity.NoData), identity.ReplySubject, ""
		default:
			return request.Fault(request.InputRefused, "status", "judge a mandate neither way")
		}
		m.By, m.At, m.Asked = a.ID, ch.now, ch.Mandate.Asked
		ch.Mandate = m
		ch.done("mandate", "", a.ID)
		ch.line(a.ID, "mandate-"+m.Status, "", capacity.Code, map[string]string{
			"evidence": m.Evidence, "scope": m.Scope, "reply": m.Reply, "until": string(m.Until),
		})
		for i := range ch.Legs {
			l := &ch.Legs[i]
			if m.Status == identity.MandateRefused && l.Role == request.Controller && l.Needs > request.L0 && l.Has < l.Needs {
				if err := ch.closeUnproven(l, a.ID, "mandate-refused"); err != nil {
					return err
				}
			}
			if l.Wait.State != "Hold" {
				continue
			}
			l.WakeAt = ch.now // what waits for this is looked at again
			if l.Right.Discloses() {
				if err := c.tryRelease(ch, l, false); err != nil {
					return err
				}
				if l.Phase != request.Decided {
					ch.signal(l)
				}
			}
		}
		return nil
	})
}

// closeUnproven ends a leg that still asks who wants it.
func (ch *change) closeUnproven(l *request.Leg, actor, reason string) error {
	switch l.Phase {
	case request.Opened:
		if err := ch.advance(l, request.ProofAsked, actor, reason, nil); err != nil {
			return err
		}
	case request.Proving:
	default:
		return nil
	}
	l.Outcome = request.Unverified
	ch.done("match", l.ID, actor)
	if err := ch.advance(l, request.ProofMissing, actor, reason, nil); err != nil {
		return err
	}
	ch.signal(l)
	return nil
}

// mayDecide refuses a decision before its time: a fee that the person has not
// agreed to (12(5)(a)), and an answer to somebody who has not shown that they
// may have it (I-6).
func (ch *change) mayDecide(l *request.Leg, o request.Outcome) error {
	on := string(ch.ID) + "/" + l.ID
	switch {
	case l.Fee.Waits() && o != request.Refused:
		return request.Fault(request.PhaseIllegal, on, "decide before the person agreed to the fee")
	case ch.asksForEstate(l) && mandateWaits(ch.Request):
		return request.Fault(request.ProofTooLow, on, "answer before the authority was judged")
	}
	return nil
}

// readBehalf takes an officer's reading of who asks for whom.
func (ch *change) readBehalf(choice TriageChoice) error {
	if choice.Capacity != "" {
		if _, ok := identity.CapacityOf(choice.Capacity); !ok {
			return request.Fault(request.InputRefused, "capacity", "read a capacity that is not in the table")
		}
		ch.Sender.Capacity = choice.Capacity
	}
	if choice.For != "" {
		ch.Sender.For = choice.For
	}
	if choice.Myself {
		ch.Sender.For, ch.Sender.Capacity = "", ""
	}
	return nil
}

// mandateTimer looks again when the answer is due.
func mandateTimer(r *request.Request) time.Time { return startOf(r.SafeDue) }

// Capacity is the row of I-6 for a request, for the desk; ok is false when it
// does not come from a representative.
func Capacity(r *request.Request) (c identity.Capacity, ok bool) {
	if !identity.Represented(r.Sender) {
		return identity.Capacity{}, false
	}
	c, _ = identity.CapacityOf(r.Sender.Capacity)
	return c, true
}
