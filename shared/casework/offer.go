package casework

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strconv"
	"time"

	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// HandOver is the kind of an outbox row that hands a debtor's request to its
// client's machine. It is no letter: it has no words.
const HandOver letters.Kind = "hand-over"

const (
	// handOverDays is within how many working days of receipt a client is told.
	handOverDays = 2
	// offerTime is how long a machine may take before its client is told by mail,
	// and offerLeast what must be left of R-22 for a machine to be waited for.
	offerTime, offerLeast = 24 * time.Hour, time.Hour
)

// The ways by which a client was told, as the ledger has them.
const (
	byMail        = "mail"
	byMachine     = "machine"
	byMailInstead = "mail-instead" // its machine did not take it in time
)

// endpointOf is where the client's machine takes requests; "" when it gets them
// by mail alone.
func (c *Cases) endpointOf(ctx context.Context, client register.Client) (string, error) {
	if client.Delivery != "api" && client.Delivery != "both" {
		return "", nil
	}
	conn, err := c.connection(ctx, client.ID)
	return conn.Endpoint, err
}

// offer puts the hand-over in the outbox for the client's machine. It tells what
// T-05 tells, and names the debtor by the client's own number and our
// file's, no more: what the person wrote stays behind the sign-in.
func (ch *change) offer(l *request.Leg, client register.Client, endpoint string) {
	l.Offer = request.Offer{ID: offerID(ch.ID, l)}
	if client.Delivery == "api" {
		l.Offer.Until = ch.offerUntil(l)
	}
	f := ch.clientFacts(l, client)
	values := map[string]string{
		"client": client.ID, "id": l.Offer.ID, "reference": string(ch.Reference), "received": ch.Started().UTC().Format(time.RFC3339),
		"safe_due": string(ch.SafeDue), "instruct_by": string(ch.cases.instructAfter(ch.Request, ch.toldFrom(l))),
		"id_evidence": f["id_evidence"], "asked_by": f["asked_by"], "authority": f["authority"],
	}
	lists := map[string][]string{}
	if cand := ch.Candidate(l.Candidate); cand != nil {
		values["file"] = cand.File
		lists["customer_numbers"] = cand.Keys["debtor"]
	}
	ch.writes.Letters = append(ch.writes.Letters, post.Letter{
		Owner: string(ch.ID), ID: l.ID + "." + string(HandOver) + ".machine" + ch.round(l.ID), Leg: l.ID, Reference: ch.Reference,
		Order: letters.Order{Kind: HandOver, Language: client.Language, Rights: []request.Right{l.Right}, Values: values, Lists: lists},
		To:    post.Address{Kind: post.Machine, URL: endpoint}, State: post.Unsent, Created: ch.now,
	})
	ch.line(system("forward"), "offered", l.ID, "", map[string]string{"client": l.Client, "offer": l.Offer.ID})
}

// toldFrom is when R-22 begins to count for a leg that is offered now.
func (ch *change) toldFrom(l *request.Leg) time.Time {
	switch {
	case l.Reopened > 0:
		return ch.now
	case l.MovedFrom.Leg != "":
		return l.MovedFrom.At
	}
	return ch.Started()
}

// offerUntil is until when the client's machine is waited for: a day, and never
// past the morning of the last day of R-22. Zero when that is too soon.
func (ch *change) offerUntil(l *request.Leg) time.Time {
	until := ch.now.Add(offerTime)
	if last := ch.cases.workdays(ch.toldFrom(l), handOverDays); last.Before(until) {
		until = last
	}
	if until.Before(ch.now.Add(offerLeast)) {
		return noTimer
	}
	return until
}

// awaits reports whether the client's machine may still take a leg, so that
// nobody is told by mail yet.
func (ch *change) awaits(l *request.Leg) bool {
	return l.Offer.Failed.IsZero() && ch.now.Before(l.Offer.Until)
}

// offerID is the subject_request_id of a hand-over: a UUID that is the same
// however often it is sent, and another when the leg was opened again.
func offerID(id request.ID, l *request.Leg) string {
	h := sha256.Sum256([]byte("hand-over/" + string(id) + "/" + l.ID + "/" + strconv.Itoa(l.Reopened)))
	h[6], h[8] = h[6]&0x0f|0x40, h[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// Offered reports whether a client's machine must still be sent that hand-over:
// not when the leg was taken back, or opened again, since, nor to a client that
// is gone.
func (c *Cases) Offered(ctx context.Context, id request.ID, leg, offer string) (bool, error) {
	r, err := c.Store.Load(ctx, id)
	if request.NotFound.Is(err) {
		return false, nil // forgotten
	}
	if err != nil {
		return false, fmt.Errorf("load request %s: %w", id, err)
	}
	l := r.Leg(leg)
	if l == nil || l.Offer.ID != offer || !l.Offer.Acknowledged.IsZero() || l.Phase == request.Closed {
		return false, nil
	}
	client, err := c.Registers.Client(ctx, l.Client)
	if err != nil {
		return false, fmt.Errorf("client %s of request %s: %w", l.Client, id, err)
	}
	return client.State == "", nil
}

// HandedOver records that the client's machine took a leg: whose client was not
// told by mail is told now, and its debtor too. receipt is the SHA-256 of
// what the machine answered, signed whether the client's key signed that.
func (c *Cases) HandedOver(ctx context.Context, id request.ID, leg, offer, receipt string, signed bool) error {
	client, err := c.clientOf(ctx, Input{RequestID: id, LegID: leg})
	if err != nil {
		return fmt.Errorf("record a hand-over: %w", err)
	}
	_, err = c.change(ctx, id, func(ch *change) error {
		l, err := ch.leg(leg)
		if err != nil {
			return err
		}
		if l.Offer.ID != offer || !l.Offer.Acknowledged.IsZero() {
			return errNothing
		}
		l.Offer.Acknowledged, l.Offer.Receipt, l.Offer.Signed = ch.now, receipt, signed
		ch.line("client:"+l.Client, "machine-acknowledged", l.ID, "", map[string]string{
			"client": l.Client, "offer": offer, "receipt": receipt, "signed": strconv.FormatBool(signed),
		})
		switch {
		case l.Outcome == request.Withdrawn:
			ch.task("tell-client", l.ID, "officer", "", "withdrawn") // taken back while it was on its way
		case l.Past(request.Forwarded):
		case client.State != "":
			l.WakeAt = ch.now // R-29 is for Forward
		default:
			if err := ch.handOver(l, client, byMachine); err != nil {
				return err
			}
			l.Wait, l.WakeAt = request.Wait{}, ch.now
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("record the hand-over of request %s leg %s: %w", id, leg, err)
	}
	return nil
}

// offerFailed gives the client's machine up: the client is told by mail, and an
// officer tells it of its machine.
func (ch *change) offerFailed(row post.Letter) error {
	l := ch.Leg(row.Leg)
	if l == nil || l.Offer.ID != row.Order.Values["id"] || !l.Offer.Failed.IsZero() || !l.Offer.Acknowledged.IsZero() {
		return errNothing
	}
	l.Offer.Failed = ch.now
	if l.Outcome == request.Withdrawn && row.Attempts > 1 {
		ch.task("tell-client", l.ID, "officer", "", "withdrawn") // the machine may have it all the same
	}
	if l.Phase == request.Closed {
		return nil
	}
	ch.task("reply", l.ID, "officer", "", "machine-hand-over")
	if !l.Past(request.Forwarded) {
		l.WakeAt = ch.now // Forward tells the client by mail
	}
	return nil
}
