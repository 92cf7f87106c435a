package casework

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// Identify asks the systems who this may be and splits the request into legs
// one processor leg per right and client whose file matches, one
// controller leg per right for everything that All Claims decides itself. It
// never guesses (A15) and says the same to known and unknown senders (A16).
func (c *Cases) Identify(ctx context.Context, in Input) (Output, error) {
	r, err := c.Store.Load(ctx, in.RequestID)
	if err != nil {
		return Output{}, fmt.Errorf("identify: load request %s: %w", in.RequestID, err)
	}
	var (
		found   []request.Candidate
		clients = map[string]register.Client{}
		own     = map[string]bool{}
	)
	if d := r.Delegated; d != nil && r.Stage == request.Triaged {
		if found, err = systems.DebtorsOf(ctx, c.reached(), d.Client, r.Sender); err != nil {
			return Output{}, fmt.Errorf("identify: search for request %s: %w", r.ID, c.failing(ctx, in, err))
		}
	} else if r.Stage == request.Triaged {
		if found, err = systems.Candidates(ctx, c.reached(), r.Sender, r.Understood.Relations); err != nil {
			return c.stopsFirst(ctx, in, fmt.Errorf("identify: search for request %s: %w", r.ID, c.failing(ctx, in, err)))
		}
		for _, cand := range found {
			if cand.Relation != request.Debtor || !cand.Chosen {
				continue
			}
			if clients[cand.Client], err = c.Registers.Client(ctx, cand.Client); err != nil {
				return Output{}, fmt.Errorf("identify: client %s of request %s: %w", cand.Client, r.ID, err)
			}
			if own[cand.ID], err = c.holdsForItself(ctx, cand); err != nil {
				return Output{}, fmt.Errorf("identify: own data for request %s: %w", r.ID, err)
			}
		}
	}
	r, err = c.change(ctx, in.RequestID, func(ch *change) error {
		if ch.Stage != request.Triaged {
			return errNothing
		}
		ch.Candidates = found
		c.split(ch, clients, own)
		ch.invite()
		ch.Stage = request.Identified
		ch.answers(nil, "")
		ch.Wait = request.Wait{}
		ch.WakeAt = noTimer
		ch.line(system("identify"), "split", "", "", map[string]string{"legs": strconv.Itoa(len(ch.Legs))})
		if ch.writes.Subjects, err = c.subjects(ctx, ch.Request); err != nil {
			return err
		}
		return nil
	})
	if err != nil {
		return Output{}, fmt.Errorf("identify: %w", err)
	}
	return walks(r), nil
}

// stopsFirst opens what needs no look-up when a system is out of reach: a stop
// of marketing is done the same day whatever else waits (invariant 4). Once
// those are open the fault is answered as it is, for an officer and for wake.
func (c *Cases) stopsFirst(ctx context.Context, in Input, fault error) (Output, error) {
	r, err := c.change(ctx, in.RequestID, func(ch *change) error {
		if ch.Stage != request.Triaged {
			return errNothing
		}
		opened := false
		for _, right := range rightsOf(ch.Request) {
			opened = right.Stops() && ch.openStop(right) || opened
		}
		if !opened {
			if slices.ContainsFunc(ch.Legs, func(l request.Leg) bool { return l.Right.Stops() && !l.Past(request.Acted) }) {
				return errNothing // opened a moment ago, and still to be walked
			}
			return fault
		}
		ch.Wait = request.Wait{}
		ch.WakeAt = ch.now.Add(sweepAfter) // the look-up is tried again soon, and then hourly
		ch.line(system("identify"), "stops-first", "", "system-down", nil)
		return nil
	})
	if err != nil {
		return Output{}, err
	}
	return walks(r), nil
}

// walks are the legs that nothing walks yet, stops apart.
func walks(r *request.Request) Output {
	out := Output{RequestID: r.ID, Next: "legs", Stops: []LegInput{}, Legs: []LegInput{}}
	for i := range r.Legs {
		l := &r.Legs[i]
		if l.Phase == request.Closed || l.Wait.Token != "" {
			continue
		}
		walk := LegInput{RequestID: r.ID, LegID: l.ID, Road: road(l)}
		if l.Right.Stops() {
			out.Stops = append(out.Stops, walk)
		} else {
			out.Legs = append(out.Legs, walk)
		}
	}
	return out
}

// openStop opens the leg of a right that only makes us stop something, once,
// and reports whether it did.
func (ch *change) openStop(right request.Right) bool {
	if slices.ContainsFunc(ch.Legs, func(l request.Leg) bool { return l.Right == right }) {
		return false
	}
	ch.open(request.Leg{Right: right, Relation: relationOf(ch.Request, request.Newsletter), Role: request.Controller})
	return true
}

// split makes the legs.
func (c *Cases) split(ch *change, clients map[string]register.Client, own map[string]bool) {
	if ch.Delegated != nil {
		ch.openDelegated()
		return
	}
	debtors, others := ch.people()
	asksDebtor := slices.Contains(ch.Understood.Relations, request.Debtor)
	strange := !ch.onFile(ch.Sender.Email)
	asksOther := len(ch.Understood.Relations) == 0
	for _, rel := range ch.Understood.Relations {
		asksOther = asksOther || rel != request.Debtor
	}
	for _, right := range ch.readAsQuestion(rightsOf(ch.Request)) {
		switch {
		case right.Stops():
			ch.openStop(right)
			continue
		case right == request.Complaint || right == request.Question:
			ch.open(request.Leg{Right: right, Relation: relationOf(ch.Request, request.Unknown), Role: request.Controller})
			continue
		}
		ownLeg := ""
		for _, d := range debtors {
			role := request.Processor
			if clients[d.Client].DebtorRole == "controller" {
				role = request.Controller
			}
			ch.open(request.Leg{Right: right, Relation: request.Debtor, Client: d.Client, Role: role, Candidate: d.ID})
			if own[d.ID] && ownLeg == "" {
				ownLeg = d.ID
			}
		}
		if len(debtors) == 0 && asksDebtor || ch.unsettled() {
			// No file matches, or more than one person does: a person looks; the clock runs.
			ch.open(request.Leg{Right: right, Relation: request.Debtor, Role: request.Processor})
		}
		switch {
		case len(others) > 0:
			ch.open(request.Leg{Right: right, Relation: others[0].Relation, Role: request.Controller, Candidate: others[0].ID})
		case ownLeg != "":
			ch.open(request.Leg{Right: right, Relation: request.Debtor, Role: request.Controller, Candidate: ownLeg})
		}
		if asksOther && len(others) == 0 && (len(debtors) == 0 || strange) {
			// That a debtor was found may not keep a strange address from hearing what it
			// hears when nobody was (A16).
			ch.open(request.Leg{Right: right, Relation: relationOf(ch.Request, request.Unknown), Role: request.Controller})
		}
	}
}

// people are the chosen candidates: debtors per client, and the others with
// the one who can be reached best first.
func (ch *change) people() (debtors, others []request.Candidate) {
	for _, cand := range ch.Candidates {
		switch {
		case !cand.Chosen:
		case cand.Relation == request.Debtor:
			debtors = append(debtors, cand)
		default:
			others = append(others, cand)
		}
	}
	// A relation with a number of its own tells more than a mere mailbox.
	slices.SortStableFunc(others, func(a, b request.Candidate) int {
		return boolOrder(len(b.Keys["customer"]) > 0) - boolOrder(len(a.Keys["customer"]) > 0)
	})
	return debtors, others
}

// unsettled reports whether a client has files that may be the sender's while
// nobody of them was chosen, and somebody else's files were: that client may not
// be forgotten for it (R-21, A15).
func (ch *change) unsettled() bool {
	settled, open := map[string]bool{}, map[string]bool{}
	for _, cand := range ch.Candidates {
		switch {
		case cand.Relation != request.Debtor:
		case cand.Chosen:
			settled[cand.Client] = true
		case slices.ContainsFunc(cand.MatchedOn, func(on string) bool { return on == "email" || on == "file" || on == "customer" }):
			open[cand.Client] = true
		}
	}
	for client := range open {
		if !settled[client] && len(settled) > 0 {
			return true
		}
	}
	return false
}

func boolOrder(b bool) int {
	if b {
		return 1
	}
	return 0
}

func relationOf(r *request.Request, otherwise request.Relation) request.Relation {
	for _, rel := range r.Understood.Relations {
		if rel != request.Debtor && rel != request.Unknown {
			return rel
		}
	}
	return otherwise
}

// open adds a leg.
func (ch *change) open(l request.Leg) {
	l.ID = strconv.Itoa(len(ch.Legs) + 1)
	l.Phase = request.Opened
	l.Needs = ch.cases.needs(&l)
	l.WakeAt = ch.now.Add(ch.cases.Waits.Step)
	ch.Legs = append(ch.Legs, l)
	ch.line(system("identify"), "leg-opened", l.ID, string(l.Right), map[string]string{
		"role": string(l.Role), "relation": string(l.Relation), "client": l.Client,
	})
}

// invite writes to who must prove something. A sender whose address stands on
// file is asked for a code; a sender whose address is on no file gets one
// fixed text, whether or not a name or number matched, and whoever is on file
// is warned there (A01, A16).
func (ch *change) invite() {
	needed, asks := false, false
	for i := range ch.Legs {
		l := &ch.Legs[i]
		if l.Role == request.Controller && l.Needs > request.L0 {
			needed = true
			// Where only a debtor's file led us to data of our own, T-04b says to a strange
			// address all that it says to nobody, and how to prove more (R-24, A16).
			asks = asks || l.Relation != request.Debtor || ch.onFileOf(l, ch.Sender.Email)
			if l.Candidate == "" && ch.ambiguous() {
				ch.task("match", l.ID, "officer", "", "")
			}
		}
	}
	represented := ch.askMandate()
	if !needed {
		return
	}
	if !asks && !slices.ContainsFunc(ch.Legs, func(l request.Leg) bool { return l.Role == request.Processor }) {
		ch.tellNeutral() // of a debtor's file that is ours to decide on: Forward does not come by
	}
	if asks && ch.onFile(ch.Sender.Email) {
		ch.letter("", "prove", ch.sender(), ch.order(letters.IdentityCheck, nil, facts{"reply_by": string(ch.SafeDue)}))
		return
	}
	if asks && !represented { // else they have T-28, the same for everybody
		o := ch.order(letters.NothingHeld, nil, nil)
		o.Flags = map[string]bool{"unknown_address": true}
		ch.letter("", "not-here", ch.sender(), o)
	}
	ch.warn("")
}

// ambiguous reports whether the systems know several people it may be.
func (ch *change) ambiguous() bool {
	for _, cand := range ch.Candidates {
		if !cand.Chosen {
			return true
		}
	}
	return false
}

// onFile reports whether a chosen candidate has that e-mail address on file.
func (ch *change) onFile(email string) bool {
	return slices.ContainsFunc(ch.Candidates, func(cand request.Candidate) bool { return cand.Chosen && reachedAt(&cand, email) })
}

// onFileOf is onFile for one leg: of a debtor's, only the file that it is about
// counts; that the sender stands in another client's tells nothing.
func (ch *change) onFileOf(l *request.Leg, email string) bool {
	cand := ch.Candidate(l.Candidate)
	if l.Relation != request.Debtor || cand == nil {
		return ch.onFile(email)
	}
	return reachedAt(cand, email)
}

// reachedAt reports whether a person has that e-mail address on file.
func reachedAt(cand *request.Candidate, email string) bool {
	return email != "" && slices.ContainsFunc(cand.Channels, func(chn request.FileChannel) bool {
		return chn.Kind == "email" && strings.EqualFold(chn.Value, email)
	})
}

// warn sends N-02 to every mailbox on file of the chosen candidates (of the
// leg's, when leg is given) that is not the sender's and was not proven (I-10, A10).
// It reports how many it warned.
func (ch *change) warn(leg string) int {
	var proven []string
	only := ""
	if l := ch.Leg(leg); l != nil {
		proven, only = l.ProvenBy, l.Candidate
	}
	seen := map[string]bool{strings.ToLower(ch.Sender.Email): true}
	for _, id := range proven {
		if chn, ok := ch.channel(id); ok {
			if chn.Kind == "post" {
				// Who reads the letters of a house need not be who has the mailbox that
				// the message named: that one is warned too.
				delete(seen, strings.ToLower(ch.Sender.Email))
			}
			seen[strings.ToLower(chn.Value)] = true
		}
	}
	n := 0
	for _, cand := range ch.Candidates {
		if !cand.Chosen || cand.Relation == request.Debtor || only != "" && cand.ID != only {
			continue
		}
		for i, chn := range cand.Channels {
			if chn.Kind != "email" || seen[strings.ToLower(chn.Value)] {
				continue
			}
			seen[strings.ToLower(chn.Value)] = true
			n++
			id := channelID(cand.ID, i)
			ch.letter(leg, "warn-"+id, post.Address{Kind: "file", Email: chn.Value, Channel: id}, ch.order(letters.ImpersonationWarning, nil, nil))
			ch.line(system("identify"), "warned", leg, "", map[string]string{"channel": id})
		}
	}
	return n
}

// channelID names a channel on file within a request.
func channelID(candidate string, i int) string { return candidate + "." + strconv.Itoa(i) }

// channel finds a channel on file by its id.
func (ch *change) channel(id string) (request.FileChannel, bool) { return channelOf(ch.Request, id) }

func channelOf(r *request.Request, id string) (request.FileChannel, bool) {
	cand, n, ok := strings.Cut(id, ".")
	if !ok {
		return request.FileChannel{}, false
	}
	i, err := strconv.Atoi(n)
	p := r.Candidate(cand)
	if err != nil || p == nil || i < 0 || i >= len(p.Channels) {
		return request.FileChannel{}, false
	}
	return p.Channels[i], true
}

// oldEnough applies the channel-age rule (A11): a channel that came on file
// shortly before the request proves nothing.
func (c *Cases) oldEnough(r *request.Request, chn request.FileChannel) bool {
	return identity.OldEnough(chn, r.Received, c.Waits.ChannelAge)
}
