package casework

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// MoveReasons are why another client decides: it bought the claim, it is
// the liquidator's, or it goes on with the business.
var MoveReasons = []string{"sold", "curator", "successor"}

// proofMax is how many characters the name of the paper that shows it may have.
const proofMax = 120

// MoveTo is an officer's word that another client decides about a hand-over.
type MoveTo struct {
	// Client is the id of the one that decides now.
	Client string
	Reason string
	// Proof names the paper that shows it.
	Proof string
	// Stays keeps the old client's part open beside the new one: it sold one claim
	// and kept another.
	Stays bool
}

// Movable reports whether a hand-over can go to another client: a client decides
// about it, and it was not carried out.
func Movable(r *request.Request, l *request.Leg) bool {
	return r.Delegated == nil && l.Role == request.Processor && l.Client != "" && l.Candidate != "" &&
		slices.Contains([]request.Phase{request.Opened, request.Forwarded, request.Instructed}, l.Phase)
}

// MoveLeg ends a client's part, because another client decides about it now, and
// opens one for that client, which is handed over as any: within two
// working days of this act, with the request's own receipt (C-16). A part that the
// other client has of its own stays beside it; only one about the very same file
// goes on instead, while nothing was instructed on it. What the old
// client instructed is not carried out any more; what was done of it stays on
// record. The same act once more changes nothing. InputRefused names what is
// wrong: client (itself, unknown or gone), reason, proof or stays. PhaseIllegal:
// it is not movable, or went elsewhere before. Exists: that client has, or
// answered on, this very file already, in a part that must be opened again instead.
func (c *Cases) MoveLeg(ctx context.Context, a Actor, ref request.Reference, leg string, to MoveTo) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	to.Proof = strings.TrimSpace(to.Proof)
	switch {
	case !slices.Contains(MoveReasons, to.Reason):
		return request.Fault(request.InputRefused, "reason", "move a hand-over for that reason")
	case to.Proof == "" || len([]rune(to.Proof)) > proofMax:
		return request.Fault(request.InputRefused, "proof", "move a hand-over without the name of its paper")
	}
	r, err := c.find(ctx, ref)
	if err != nil {
		return err
	}
	l := r.Leg(leg)
	if l == nil {
		return request.Fault(request.NotFound, string(ref)+"/"+leg, "move a hand-over")
	}
	next, err := c.Registers.Client(ctx, to.Client)
	switch {
	case request.NotFound.Is(err), err == nil && (next.State != "" || next.ID == l.Client):
		return request.Fault(request.InputRefused, "client", "move a hand-over to that client")
	case err != nil:
		return fmt.Errorf("move a hand-over: client %s: %w", to.Client, err)
	}
	old, err := c.Registers.Client(ctx, l.Client)
	if err != nil && l.Client != "" {
		return fmt.Errorf("move a hand-over: client %s: %w", l.Client, err)
	}
	if to.Stays && old.State != "" {
		return request.Fault(request.InputRefused, "stays", "leave a hand-over with a client that is %s", old.State)
	}
	endpoint, err := c.endpointOf(ctx, next)
	if err != nil {
		return fmt.Errorf("move a hand-over: %w", err)
	}
	cand, files := c.personAt(ctx, r, l, next)
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.leg(leg)
		if err != nil {
			return err
		}
		if err := ch.moved(l, next, endpoint, cand, files, to, a.ID); err != nil {
			return err
		}
		ch.writes.Subjects, err = c.subjects(ctx, ch.Request)
		return err
	})
}

// personAt looks a leg's person up in another client's files, by the numbers of
// the files that the claim has here: they are ours, and stay when a claim is
// sold. The person's mailbox or the old client's own numbers would find others
// (A15). Where nobody is found, or no page can look (decision 19), they go by
// those numbers alone: what is read later is the new client's files.
func (c *Cases) personAt(ctx context.Context, r *request.Request, l *request.Leg, client register.Client) (request.Candidate, string) {
	was := r.Candidate(l.Candidate)
	if was == nil {
		return request.Candidate{}, request.MissingFiles
	}
	now, files := *was, request.MissingFiles
	now.Keys = map[string][]string{"file": filesOf(was)}
	found, err := systems.DebtorsOf(ctx, c.reached(), client.ID, request.Sender{FileNumbers: now.Keys["file"]})
	if err != nil {
		files = request.UnlookedFiles // an officer looks, and nobody waits for a system
	}
	if i := slices.IndexFunc(found, func(x request.Candidate) bool { return x.Chosen }); i >= 0 && err == nil {
		now, files = found[i], ""
	}
	// What the message itself told does not grow by what we know (I-3).
	now.Client, now.MatchedOn, now.Chosen = client.ID, was.MatchedOn, true
	return now, files
}

// filesOf are the numbers of a person's files.
func filesOf(cand *request.Candidate) []string {
	files := slices.Clone(cand.Keys["file"])
	if cand.File != "" && !slices.Contains(files, cand.File) {
		files = append(files, cand.File)
	}
	return files
}

// moved ends the leg and opens the other client's.
func (ch *change) moved(l *request.Leg, client register.Client, endpoint string, cand request.Candidate, files string, to MoveTo, actor string) error {
	on := string(ch.ID) + "/" + l.ID
	has := ch.partOf(l, client, cand)
	switch {
	case l.Outcome == request.Moved && ch.Leg(l.MovedTo.Leg).Client == client.ID,
		to.Stays && has >= 0 && ch.Legs[has].MovedFrom.Leg == l.ID:
		return errNothing // the same act twice
	case !Movable(ch.Request, l):
		return request.Fault(request.PhaseIllegal, on, "move a hand-over that is %s", l.Phase)
	case has >= 0 && (to.Stays || ch.Legs[has].Phase == request.Closed):
		return request.Fault(request.Exists, on, "open a second part for client %s", client.ID)
	case has >= 0 && !slices.Contains([]request.Phase{request.Opened, request.Proving, request.Forwarded}, ch.Legs[has].Phase):
		has = -1 // what was decided there was before this claim came: it is asked anew
	}
	move := request.Move{Leg: l.ID, Reason: to.Reason, Proof: to.Proof, By: actor, At: ch.now, Files: files}
	id := l.ID
	if has < 0 {
		has = len(ch.Legs)
		if err := ch.takenOver(l, client, endpoint, cand, move); err != nil {
			return err
		}
		l, _ = ch.leg(id) // opening may have moved the slice
	}
	next := &ch.Legs[has]
	if next.Role == request.Processor && takenBack(ch.Request, l) && !takenBack(ch.Request, next) {
		// The person took it back. Who decides now must hear that too, also where the old one did.
		ch.task("tell-client", next.ID, "officer", "", "withdrawn")
		ch.line(actor, "withdrawal-noted", next.ID, "", nil)
	}
	if to.Stays {
		return nil
	}
	move.Leg, move.Files = next.ID, ""
	l.MovedTo, l.Outcome, l.Halted = move, request.Moved, false
	for _, kind := range []string{"client-gone", "chase-client", "match", "tell-client"} {
		ch.done(kind, id, actor)
	}
	ch.leaveStopped(l, actor)
	if err := ch.advance(l, request.WasMoved, actor, to.Reason, nil); err != nil {
		return err
	}
	// Whatever execution is parked on it ends; nobody is reminded any more.
	if l.WakeAt = ch.cases.restTimer(l); l.Wait.Token != "" {
		ch.signal(l)
	}
	return nil
}

// leaveStopped ends what officers had to do by hand for a leg of which another
// decides now, save what a restriction asks: that stands, and dunning must really
// stop. It ends by that client's word, which an officer carries out.
func (ch *change) leaveStopped(l *request.Leg, actor string) {
	stands := l.Restriction.Stands()
	if t := ch.Task("carry-out", l.ID); t != nil && !(stands && t.Code == "restrict") {
		ch.done("carry-out", l.ID, actor)
	}
	l.ByHand = slices.DeleteFunc(l.ByHand, func(b request.ByHand) bool {
		if !b.Open() || stands && freezing(b.Action) {
			return false
		}
		ch.handDone(l, &b, actor)
		return true
	})
	if stands && l.Restriction.LiftTold.IsZero() {
		ch.task("lift", l.ID, "officer", "", string(request.Moved))
	}
}

// partOf finds the part that a client has of this request already and that is
// about the very files of the leg's claim: those of them that are found there, or
// all where none are. Any other part of that client is about another claim. Of
// several, the one that runs. -1: none.
func (ch *change) partOf(l *request.Leg, client register.Client, cand request.Candidate) int {
	found := -1
	was := ch.Candidate(l.Candidate)
	if was == nil {
		return found
	}
	here := filesOf(was)
	claim := slices.DeleteFunc(filesOf(&cand), func(file string) bool { return !slices.Contains(here, file) })
	for i := range ch.Legs {
		o := &ch.Legs[i]
		of := ch.Candidate(o.Candidate)
		if o.Client != client.ID || o.Right != l.Right || o.Relation != request.Debtor || o.Outcome == request.Moved || of == nil || len(claim) == 0 {
			continue
		}
		files := filesOf(of)
		if slices.ContainsFunc(claim, func(file string) bool { return !slices.Contains(files, file) }) {
			continue
		}
		if found < 0 || o.Phase != request.Closed {
			found = i
		}
	}
	return found
}

// takenOver opens the leg of the client that decides now, and hands it over. A
// channel that the person proved is proven in that client's file too.
func (ch *change) takenOver(l *request.Leg, client register.Client, endpoint string, cand request.Candidate, move request.Move) error {
	cand.ID = ""
	for n := len(ch.Candidates) + 1; cand.ID == ""; n++ {
		if id := "c" + strconv.Itoa(n); ch.Candidate(id) == nil {
			cand.ID = id
		}
	}
	ch.Candidates = append(ch.Candidates, cand)
	role := request.Processor
	if client.DebtorRole == "controller" {
		role = request.Controller // joint: the client decides, as everywhere
	}
	var proven []request.FileChannel
	for _, id := range l.ProvenBy {
		if chn, ok := ch.channel(id); ok {
			proven = append(proven, chn)
		}
	}
	ch.open(request.Leg{Right: l.Right, Relation: request.Debtor, Client: client.ID, Role: role, Candidate: cand.ID})
	next := &ch.Legs[len(ch.Legs)-1]
	next.MovedFrom = move
	for i, chn := range cand.Channels {
		if slices.ContainsFunc(proven, func(p request.FileChannel) bool {
			return p.Kind == chn.Kind && systems.Normal(p.Kind, p.Value) == systems.Normal(chn.Kind, chn.Value)
		}) {
			next.ProvenBy = append(next.ProvenBy, channelID(cand.ID, i))
		}
	}
	ch.cases.raise(ch, next, &cand, hasFact(&cand))
	ch.line(move.By, "taken-over", next.ID, move.Reason, nil)
	if next.Role == request.Controller {
		if takenBack(ch.Request, l) { // the person took it back, and we decide now: it ends here
			ch.withdrawn([]string{next.ID}, move.By, "")
			return nil
		}
		ch.tellOurs(next)
		ch.signal(next)
		return nil
	}
	road, err := ch.toClient(next, client, endpoint)
	if err == nil && road == "instruct" {
		ch.signal(next)
	}
	return err
}

// tellOurs tells a person that we decide now: the receipt again with its date,
// and where it is needed the question for proof.
func (ch *change) tellOurs(l *request.Leg) {
	if !ch.onFileOf(l, ch.Sender.Email) {
		ch.tellNeutral()
		return
	}
	ch.tellReopened(l, false, true)
	if l.Has < l.Needs {
		ch.letter("", "prove-"+l.ID, ch.sender(), ch.order(letters.IdentityCheck, nil, facts{"reply_by": string(ch.proofBy())}))
	}
}
