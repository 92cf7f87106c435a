package casework

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Forward tells the client (T-05) and the debtor (T-04a or T-04b) in one
// transaction, without waiting for anything. A leg that matches
// no file goes to an officer; the debtor gets the neutral letter all the same,
// so that it tells nothing. A client that wants its requests by machine
// is told when that has taken it, or by mail while R-22 can still be kept.
func (c *Cases) Forward(ctx context.Context, in Input) (Output, error) {
	r, err := c.Store.Load(ctx, in.RequestID)
	if err != nil {
		return Output{}, fmt.Errorf("forward: load request %s: %w", in.RequestID, err)
	}
	l := r.Leg(in.LegID)
	if l == nil {
		return Output{}, request.Fault(request.NotFound, string(in.RequestID)+"/"+in.LegID, "forward")
	}
	out := Output{RequestID: in.RequestID, LegID: in.LegID, Next: "instruct"}
	if r.Delegated != nil && l.Outcome == request.Withdrawn && l.Phase == request.Closed {
		out.Next = "unmatched" // its client took it back a moment ago: there is nothing to do
		return out, nil
	}
	if l.Past(request.Forwarded) {
		return out, nil
	}
	var client register.Client
	endpoint := ""
	if l.Client != "" {
		if client, err = c.Registers.Client(ctx, l.Client); err != nil {
			return Output{}, fmt.Errorf("forward: client %s of request %s: %w", l.Client, r.ID, err)
		}
		if endpoint, err = c.endpointOf(ctx, client); err != nil {
			return Output{}, fmt.Errorf("forward: request %s: %w", r.ID, err)
		}
	}
	_, err = c.change(ctx, in.RequestID, func(ch *change) error {
		l, err := ch.leg(in.LegID)
		if err != nil {
			return err
		}
		if l.Past(request.Forwarded) {
			return errNothing
		}
		if l.Client == "" || ch.Delegated != nil && l.Candidate == "" {
			out.Next = "unmatched"
			if ch.Delegated == nil {
				ch.tellDebtor(l, client)
			}
			ch.task("match", l.ID, "officer", "", "")
			l.Wait, l.WakeAt = request.Wait{}, noTimer
			return nil
		}
		out.Next = "instruct"
		if ch.Delegated != nil { // the client told us, and tells its debtor
			ch.running(l)
			return ch.forwardedByClient(l)
		}
		if client.State != "" {
			// a person finds out who is the controller now; until then nobody is told of the file.
			out.Next = "unmatched"
			ch.tellNeutral()
			ch.clientGone(l, client)
			l.Wait = request.Wait{}
			return nil
		}
		out.Next, err = ch.toClient(l, client, endpoint)
		return err
	})
	if err != nil {
		return Output{}, fmt.Errorf("forward: %w", err)
	}
	return out, nil
}

// toClient hands a leg over to its client by the road that the client has, and
// answers the road to take: instruct, or offered while its machine is waited for.
func (ch *change) toClient(l *request.Leg, client register.Client, endpoint string) (string, error) {
	ch.done("client-gone", l.ID, system("forward")) // who decides is there again
	if endpoint != "" && l.Offer.ID == "" {
		ch.offer(l, client, endpoint)
	}
	if ch.awaits(l) {
		if !ch.hearsByName() {
			ch.tellNeutral() // at once, as where no file matches: how long a machine takes tells nothing (A16)
		}
		l.Wait, l.WakeAt = request.Wait{}, l.Offer.Until
		return "offered", nil
	}
	by := byMail
	if !l.Offer.Until.IsZero() {
		by = byMailInstead
		ch.task("reply", l.ID, "officer", "", "machine-hand-over")
	}
	if err := ch.handOver(l, client, by); err != nil {
		return "", err
	}
	ch.running(l)
	return "instruct", nil
}

// handOver tells the client, unless its machine has the request, and its debtor.
func (ch *change) handOver(l *request.Leg, client register.Client, by string) error {
	l.ForwardedAt = ch.now
	refs := map[string]string{
		"client": l.Client, "receivedAt": ch.Received.UTC().Format(time.RFC3339), "safeDue": string(ch.SafeDue), "by": by,
	}
	if by == byMachine {
		refs["receipt"], refs["signed"] = l.Offer.Receipt, strconv.FormatBool(l.Offer.Signed)
	}
	if err := ch.advance(l, request.WasForwarded, system("forward"), "", refs); err != nil {
		return err
	}
	if by != byMachine {
		ch.tellClient(l, client)
	}
	ch.tellDebtor(l, client)
	return nil
}

// instructBy is the day by which we ask the client's instruction: the nominal
// due date − 10 working days, but never before the day after it was told.
func (c *Cases) instructBy(r *request.Request, l *request.Leg) request.Day {
	told := r.Started()
	if cameLater(l) && !l.ForwardedAt.IsZero() {
		told = l.ForwardedAt
	}
	return c.instructAfter(r, told)
}

// cameLater reports whether a client hears of a leg only after the request's own
// days: it was opened again, or moved from another client.
func cameLater(l *request.Leg) bool { return l.Reopened > 0 || l.MovedFrom.Leg != "" }

// instructAfter is instructBy for a client that is told at that moment.
func (c *Cases) instructAfter(r *request.Request, told time.Time) request.Day {
	nominal := deadline.LocalDate(r.Started()).AddMonths(1)
	by := c.Calendar.AddWorkingDays(nominal, -10)
	if soonest := c.Calendar.AddWorkingDays(deadline.LocalDate(told), 1); by.Before(soonest) {
		by = soonest
	}
	return request.Day(by.String())
}

func (ch *change) clientAddress(client register.Client) post.Address {
	return post.Address{Kind: "client", Email: client.Email}
}

// clientFacts are the values of R-22.
func (ch *change) clientFacts(l *request.Leg, client register.Client) facts {
	told := ch.now
	if !l.ForwardedAt.IsZero() {
		told = l.ForwardedAt
	}
	first, second := client.RemindAfter()
	f := facts{
		"client": client.Name, "contact_name": client.ContactName, "client_contact": client.SubjectContact,
		"instruct_by": string(ch.cases.instructBy(ch.Request, l)), "id_evidence": "L" + strconv.Itoa(int(l.Has)),
		"sent_to_client": string(day(told)), "told_on": string(day(told)), "notified_on": string(day(told)),
		"remind_1": string(day(ch.cases.workdays(told, first))), "remind_2": string(day(ch.cases.workdays(told, second))),
	}
	if identity.Represented(ch.Sender) {
		// R-22, I-6: the client weighs who asks, and what was seen of the authority.
		capacity, _ := identity.CapacityOf(ch.Sender.Capacity)
		f["asked_by"], f["authority"] = capacity.Code, ch.Mandate.Status
	}
	return f
}

func (ch *change) tellClient(l *request.Leg, client register.Client) {
	o := ch.order(letters.ClientNotice, l, ch.clientFacts(l, client))
	o.Language = client.Language
	o.Lists = map[string][]string{"help_list": helpList(l.Right)}
	o.Flags = ch.handOverFlags(l)
	ch.letter(l.ID, "notice", ch.clientAddress(client), o)
	ch.line(system("forward"), "client-notified", l.ID, "", map[string]string{"client": l.Client})
}

// handOverFlags say in the letters of a hand-over that another decided before, and
// that the day to answer by is over: it was opened again, moved or found late.
func (ch *change) handOverFlags(l *request.Leg) map[string]bool {
	return map[string]bool{letters.ToAnother: l.MovedFrom.Leg != "", "overdue": day(ch.now) > ch.SafeDue}
}

// helpList are the codes of what we can do for the client on its instruction.
func helpList(right request.Right) []string {
	switch right {
	case request.Access, request.Portability:
		return []string{"package", "deliver"}
	case request.Rectification:
		return []string{"correct"}
	case request.Erasure:
		return []string{"erase", "restrict"}
	}
	return []string{"restrict"}
}

// tellDebtor writes T-04a to an address that stands in that client's file and
// is old enough, and T-04b to everyone else. With it goes what was done
// at once for other legs of the same message (W-9).
func (ch *change) tellDebtor(l *request.Leg, client register.Client) {
	cand := ch.Candidate(l.Candidate)
	named := false
	if cand != nil && l.Client != "" {
		for i, chn := range cand.Channels {
			if chn.Kind != "email" || !ch.cases.oldEnough(ch.Request, chn) {
				continue
			}
			id := channelID(cand.ID, i)
			o := ch.order(letters.DebtorForwarded, l, ch.clientFacts(l, client))
			if strings.EqualFold(chn.Value, ch.Sender.Email) {
				o.Also = ch.alsoDone() // what was stopped concerns the address that asked
			}
			o.Flags = ch.handOverFlags(l)
			if own := ch.ownRights(); len(own) > 0 {
				o.Lists = map[string][]string{"own_rights": own}
			}
			ch.letter(l.ID, "forwarded-"+id, post.Address{Kind: "file", Email: chn.Value, Channel: id}, o)
			named = named || strings.EqualFold(chn.Value, ch.Sender.Email)
			break
		}
	}
	if !named && !ch.hearsByName() {
		ch.tellNeutral()
	}
	ch.line(system("forward"), "debtor-told", l.ID, "", nil)
}

// tellNeutral sends T-04b, to who is told of debts at all. One letter a request,
// whatever the number of clients: the id has no leg.
func (ch *change) tellNeutral() {
	if round := neutralRound(ch); asDebtor(ch.Request) && ch.Neutral != round {
		ch.Neutral = round
		ch.letter("", "neutral", ch.sender(), ch.neutral())
	}
}

// neutralRound names the T-04b of this round of a request.
func neutralRound(ch *change) string { return "neutral" + ch.round("") }

// asDebtor reports whether somebody asks as a debtor, by what they say or by an
// address in a debtor's file. Nobody else hears of debts: that a number led us to
// a file would tell that it is a right one (R-24, A16).
func asDebtor(r *request.Request) bool {
	return slices.Contains(r.Understood.Relations, request.Debtor) || slices.ContainsFunc(r.Candidates, func(cand request.Candidate) bool {
		return cand.Chosen && cand.Relation == request.Debtor && reachedAt(&cand, r.Sender.Email)
	})
}

// hearsByName reports whether the sender gets T-04a of some leg: then a letter
// that says less would tell that there is more.
func (ch *change) hearsByName() bool {
	return slices.ContainsFunc(ch.Legs, func(l request.Leg) bool {
		cand := ch.Candidate(l.Candidate)
		return l.Role == request.Processor && l.Client != "" && cand != nil && slices.ContainsFunc(cand.Channels, func(chn request.FileChannel) bool {
			return chn.Kind == "email" && strings.EqualFold(chn.Value, ch.Sender.Email) && ch.cases.oldEnough(ch.Request, chn)
		})
	})
}

// neutral is T-04b, with what was done at once for other legs (W-9).
func (ch *change) neutral() letters.Order {
	o := ch.order(letters.DebtorNeutral, nil, nil)
	o.Also = ch.alsoDone()
	return o
}

// ownRights are the rights of this request that we answer ourselves and have
// not answered yet.
func (ch *change) ownRights() []string {
	var own []string
	for i := range ch.Legs {
		if l := &ch.Legs[i]; l.Role == request.Controller && !l.Right.Stops() && !l.Past(request.Answered) {
			own = append(own, string(l.Right))
		}
	}
	return own
}
