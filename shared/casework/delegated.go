package casework

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Delegated is a request of one of a client's own debtors that the client hands
// us by machine: the client is the controller, so handing it over is its
// instruction. Nobody proves anything to us and nobody but the client is
// told anything (decision 21).
type Delegated struct {
	request.Delegation
	// Right is access, portability or erasure.
	Right request.Right
	// Given are the numbers, the address and the facts by which the client names
	// the person. Nobody writes to that address.
	Given request.Sender
}

// The states of a delegated request, by the names of OpenDSR.
const (
	DelegatedPending    = "pending"     // not begun: the client can take it back
	DelegatedInProgress = "in_progress" // being carried out
	DelegatedCompleted  = "completed"   // carried out and reported
	DelegatedCancelled  = "cancelled"   // taken back
)

// delegatedDays is within how many working days we mean to be done [P].
const delegatedDays = 10

// DelegatedStatus is how far a delegated request is.
type DelegatedStatus struct {
	Reference request.Reference
	// Received is when the message reached us, UTC.
	Received time.Time
	// Expected is when we mean to be done, UTC: within the client's own month,
	// and within ten working days.
	Expected time.Time
	State    string
	// Outcome is that of the part, once it is completed.
	Outcome request.Outcome
	// Held is our word that the instruction breaks the law in our opinion, while the
	// client's second one is waited for (28(3)).
	Held *request.Flag
	// Ended is when it was taken back.
	Ended time.Time
	// Leg is the part that was carried out; Rows counts the records of a copy,
	// or those that were erased. Package is the copy while it can be fetched.
	Leg     string
	Rows    int
	Package *PackageStatus
}

// delegatedKey is the source of a delegated request: an id is its client's own,
// and two clients may use the same.
func delegatedKey(client, id string) string { return "api/" + client + "/" + id }

// TakeIn registers a delegated request, once for each client and id. It begins
// after Waits.Step, when wake finds it: until then it is pending, and the client
// can take it back. Exists: another message came under that id. Forbidden: we
// are no processor for that client, or it no longer decides.
func (c *Cases) TakeIn(ctx context.Context, d Delegated) (DelegatedStatus, error) {
	client, err := c.Registers.Client(ctx, d.Client)
	if err != nil {
		return DelegatedStatus{}, fmt.Errorf("take in a request: client %s: %w", d.Client, err)
	}
	if err := decides(client); err != nil {
		return DelegatedStatus{}, err
	}
	if client.DebtorRole == "controller" {
		return DelegatedStatus{}, request.Fault(request.Forbidden, d.Client, "take an instruction where we are the controller")
	}
	if d.Right != request.Erasure && !d.Right.Discloses() {
		return DelegatedStatus{}, request.Fault(request.InputRefused, "right", "take in %s", d.Right)
	}
	d.Told = DelegatedPending
	d.Given.Answerable = false
	rec, err := c.Register(ctx, Submission{
		SourceKey: delegatedKey(d.Client, d.ID), Channel: request.API, Language: client.Language, Received: c.Now().UTC(),
		Kind: "request", Rights: []request.Right{d.Right}, Relations: []request.Relation{request.Debtor}, Sure: true, Rule: "delegated",
		Sender: d.Given, By: "client:" + d.Client, Delegated: &d.Delegation,
	})
	if err != nil {
		return DelegatedStatus{}, fmt.Errorf("take in a request of client %s: %w", d.Client, err)
	}
	r, err := c.Store.Load(ctx, rec.ID)
	if err != nil {
		return DelegatedStatus{}, fmt.Errorf("take in request %s: %w", rec.ID, err)
	}
	if r.Delegated == nil || r.Delegated.Digest != d.Digest {
		return DelegatedStatus{}, request.Fault(request.Exists, string(r.ID), "take in another message under one id")
	}
	return c.delegatedStatus(r)
}

// delegated loads the request of that client with that id. One that is not the
// client's is NotFound, as one that does not exist (A26).
func (c *Cases) delegated(ctx context.Context, client, id string) (*request.Request, error) {
	found, err := c.Finder.BySource(ctx, delegatedKey(client, id))
	if err != nil {
		return nil, err
	}
	r, err := c.Store.Load(ctx, found)
	if err != nil {
		return nil, fmt.Errorf("load request %s: %w", found, err)
	}
	if r.Delegated == nil || r.Delegated.Client != client || r.Delegated.ID != id {
		return nil, request.Fault(request.NotFound, string(found), "find a request of client %s", client)
	}
	return r, nil
}

// DelegatedStatus tells how far the client's request is.
func (c *Cases) DelegatedStatus(ctx context.Context, client, id string) (DelegatedStatus, error) {
	r, err := c.delegated(ctx, client, id)
	if err != nil {
		return DelegatedStatus{}, err
	}
	return c.delegatedStatus(r)
}

func (c *Cases) delegatedStatus(r *request.Request) (DelegatedStatus, error) {
	s := DelegatedStatus{Reference: r.Reference, Received: r.Received, State: stateOf(r), Ended: r.ClosedAt}
	safe, err := deadline.ParseDate(string(r.SafeDue))
	if err != nil {
		return DelegatedStatus{}, fmt.Errorf("request %s: read its safe date: %w", r.ID, err)
	}
	received := deadline.LocalDate(r.Received)
	by := c.Calendar.AddWorkingDays(received, delegatedDays)
	if safe.Before(by) {
		by = safe
	}
	if soonest := c.Calendar.AddWorkingDays(received, 1); by.Before(soonest) {
		by = soonest // its month was nearly over when it came: without delay
	}
	s.Expected = by.AddDays(1).Start().UTC() // by is a day, and this is its end
	if len(r.Legs) == 0 {
		return s, nil
	}
	l := &r.Legs[0]
	s.Leg, s.Held = l.ID, l.Flagged()
	if s.State == DelegatedCompleted {
		s.Outcome, s.Rows = l.Outcome, l.Package.Rows
		for _, rec := range request.Totals(l.Receipts) {
			if l.Right == request.Erasure && rec.Action != "kept" && rec.Action != "restricted" {
				s.Rows += rec.Count
			}
		}
		s.Package = c.clientPackage(r, l)
	}
	return s, nil
}

// clientPackage is the package that a client had delivered to itself, while it
// can be fetched.
func (c *Cases) clientPackage(r *request.Request, l *request.Leg) *PackageStatus {
	if l.Package.Key == "" || l.Package.For != "client" || !l.Past(request.Reported) || l.Package.Until < day(c.Now()) {
		return nil
	}
	return &PackageStatus{
		Name: string(r.Reference) + "-" + l.ID + ".zip", Bytes: l.Package.Bytes, SHA256: l.Package.SHA256,
		Until: l.Package.Until, Left: max(0, c.Waits.Releases-l.Package.Releases),
	}
}

// stateOf reads the state from the legs alone.
func stateOf(r *request.Request) string {
	begun, reported, withdrawn := false, len(r.Legs) > 0, r.Stage == request.Done && len(r.Legs) == 0
	for i := range r.Legs {
		l := &r.Legs[i]
		withdrawn = withdrawn || l.Outcome == request.Withdrawn
		begun = begun || !l.ForwardedAt.IsZero()
		reported = reported && l.Past(request.Reported)
	}
	switch {
	case withdrawn:
		return DelegatedCancelled
	case reported:
		return DelegatedCompleted
	case begun:
		return DelegatedInProgress
	}
	return DelegatedPending
}

// TakeBack ends a delegated request that is not begun, at its client's wish;
// once more is the same answer. PhaseIllegal: it is begun, or done.
func (c *Cases) TakeBack(ctx context.Context, client, id string) (DelegatedStatus, error) {
	r, err := c.delegated(ctx, client, id)
	if err != nil {
		return DelegatedStatus{}, err
	}
	reg, err := c.Registers.Client(ctx, client)
	if err != nil {
		return DelegatedStatus{}, fmt.Errorf("take back a request: client %s: %w", client, err)
	}
	if err := decides(reg); err != nil {
		return DelegatedStatus{}, err
	}
	actor := "client:" + client
	r, err = c.change(ctx, r.ID, func(ch *change) error {
		switch stateOf(ch.Request) {
		case DelegatedCancelled:
			return errNothing
		case DelegatedPending:
		default:
			return request.Fault(request.PhaseIllegal, string(ch.ID), "take back what is %s", stateOf(ch.Request))
		}
		for i := range ch.Legs {
			l := &ch.Legs[i]
			if err := ch.advance(l, request.WasWithdrawn, actor, "", nil); err != nil {
				return err
			}
			l.Outcome = request.Withdrawn
			ch.done("match", l.ID, actor)
			if err := ch.advance(l, request.WasClosed, actor, string(l.Outcome), nil); err != nil {
				return err
			}
			l.Wait, l.WakeAt = request.Wait{}, noTimer
		}
		ch.Stage, ch.ClosedAt, ch.WakeAt = request.Done, ch.now, noTimer
		ch.line(actor, "taken-back", "", "", nil)
		return nil
	})
	if err != nil {
		return DelegatedStatus{}, err
	}
	return c.delegatedStatus(r)
}

// DelegatedRelease mints the address of the copy that a delegated request led
// to, good for at most 120 seconds, and counts it (A25).
func (c *Cases) DelegatedRelease(ctx context.Context, client, id string) (string, error) {
	r, err := c.delegated(ctx, client, id)
	if err != nil {
		return "", err
	}
	if len(r.Legs) == 0 {
		return "", request.Fault(request.NotFound, string(r.ID), "find a package")
	}
	return c.ClientRelease(ctx, client, r.Reference, r.Legs[0].ID)
}

// openDelegated opens the one leg of what a client handed over: its own files
// and nobody's else, also none that we keep for ourselves.
func (ch *change) openDelegated() {
	l := request.Leg{Right: ch.Understood.Rights[0], Relation: request.Debtor, Client: ch.Delegated.Client, Role: request.Processor}
	if i := slices.IndexFunc(ch.Candidates, func(c request.Candidate) bool { return c.Chosen }); i >= 0 {
		l.Candidate = ch.Candidates[i].ID
	}
	ch.open(l)
}

// forwardedByClient is the step that others take to the client: here the client
// came to us, and tells its debtor itself.
func (ch *change) forwardedByClient(l *request.Leg) error {
	l.ForwardedAt = ch.now
	return ch.advance(l, request.WasForwarded, system("forward"), "by-client", map[string]string{
		"client": l.Client, "receivedAt": ch.Received.UTC().Format(time.RFC3339), "safeDue": string(ch.SafeDue),
	})
}

// byAPI stands for a name where a client's machine instructed.
const byAPI = "api"

// instructed records what the client handed over as the instruction that it is
// who, when, what, by which channel.
func (ch *change) instructed(l *request.Leg) error {
	actor := "client:" + l.Client
	receipt := receiptOf(ch.Reference, l)
	l.Instruction = request.Instruction{Kind: request.CarryOutToUs, By: actor + "/" + byAPI, At: ch.Received, Receipt: receipt}
	return ch.advance(l, request.InstructionGiven, actor, request.CarryOutToUs, map[string]string{
		"receipt": receipt, "channel": "api", "message": ch.Delegated.Digest,
	})
}

// nobodyHere ends what a client handed over of somebody whom an officer does
// not find in that client's files: nothing is held, nothing is touched.
func (ch *change) nobodyHere(l *request.Leg) error {
	l.Outcome = request.NothingHeld
	ch.signal(l)
	return ch.forwardedByClient(l)
}

// Callback is the kind of an outbox row that tells a client's machine of a new
// status. It is no letter: it has no words.
const Callback letters.Kind = "callback"

// tellStatus puts the news of a status in the outbox, one row an address, in the
// transaction that made it: no change is untold, and none is told twice as news.
func (ch *change) tellStatus() {
	d := ch.Delegated
	if d == nil || d.Told == newsOf(ch.Request) {
		return
	}
	d.Told = newsOf(ch.Request)
	for i, address := range d.Callbacks {
		ch.writes.Letters = append(ch.writes.Letters, post.Letter{
			Owner: string(ch.ID), ID: "request." + string(Callback) + "." + d.Told + "-" + strconv.Itoa(i+1), Reference: ch.Reference,
			Order: letters.Order{Kind: Callback, Language: ch.Language, Values: map[string]string{"client": d.Client, "id": d.ID, "state": stateOf(ch.Request)}},
			To:    post.Address{Kind: post.Machine, URL: address}, State: post.Unsent, Created: ch.now,
		})
	}
	ch.line(system("callback"), "status-changed", "", d.Told, nil)
}

// newsOf names what a client's machine is told: the state, and that an
// instruction is held or no longer is. Each is told once.
func newsOf(r *request.Request) string {
	news := stateOf(r)
	if news != DelegatedInProgress || len(r.Legs) == 0 {
		return news
	}
	switch n := len(r.Legs[0].Flags); {
	case n == 0:
	case r.Legs[0].Flagged() != nil:
		news += "-held-" + strconv.Itoa(n)
	default:
		news += "-answered-" + strconv.Itoa(n)
	}
	return news
}
