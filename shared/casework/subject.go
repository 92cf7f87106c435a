package casework

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// find loads the request of a reference.
func (c *Cases) find(ctx context.Context, ref request.Reference) (*request.Request, error) {
	id, err := c.Finder.ByReference(ctx, ref)
	if err != nil {
		return nil, err
	}
	return c.Store.Load(ctx, id)
}

// update changes the request of a reference.
func (c *Cases) update(ctx context.Context, ref request.Reference, fn func(*change) error) error {
	id, err := c.Finder.ByReference(ctx, ref)
	if err != nil {
		return err
	}
	_, err = c.change(ctx, id, fn)
	return err
}

// SendCodes puts the code mails of a proof session in the outbox: for a proof
// or a package to every mailbox on file of the chosen people that is old
// enough (A01, A11), for the status to the address that asked, for a client to
// its contact. An unknown subject gets nothing, and nobody can tell (A16).
func (c *Cases) SendCodes(ctx context.Context, session string) error {
	s, err := c.Prover.SessionOf(ctx, session)
	if err != nil {
		return fmt.Errorf("send codes: find the session: %w", err)
	}
	if s.Purpose == identity.ForClient {
		return c.sendClientCode(ctx, s)
	}
	ref, ok := request.ParseReference(s.Subject)
	if !ok {
		return nil
	}
	r, err := c.find(ctx, ref)
	if request.NotFound.Is(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("send codes: %w", err)
	}
	if r.Delegated != nil {
		return nil // the person asked the client, and hears from the client alone
	}
	if s.Purpose == identity.ForLetter {
		return c.letterAsked(ctx, r)
	}
	type target struct{ email, channel, key string }
	var to []target
	if s.Purpose == identity.ForStatus {
		if r.Sender.Email != "" && r.Sender.Answerable {
			to = append(to, target{email: r.Sender.Email, channel: "sender"})
		}
	} else {
		seen := map[string]bool{}
		for _, cand := range r.Candidates {
			for i, chn := range cand.Channels {
				if !cand.Chosen || chn.Kind != "email" || seen[fold(chn.Value)] || !c.oldEnough(r, chn) {
					continue
				}
				seen[fold(chn.Value)] = true
				to = append(to, target{email: chn.Value, channel: channelID(cand.ID, i)})
			}
		}
		// Who may have what the person gets, by an accepted mandate, fetches it
		// with a code to the address that the person was told of (I-6, I-7).
		if s.Purpose == identity.ForPackage && r.Sender.Answerable && r.Sender.Email != "" && !seen[fold(r.Sender.Email)] &&
			identity.Represented(r.Sender) && identity.Receives(r.Mandate, day(c.Now())) {
			to = append(to, target{email: r.Sender.Email, channel: "sender"})
		}
	}
	for i := range to {
		if to[i].key, err = c.Keys.Key(ctx, "email", systems.Normal("email", to[i].email)); err != nil {
			return fmt.Errorf("send codes: key a channel of request %s: %w", r.ID, err)
		}
	}
	_, err = c.change(ctx, r.ID, func(ch *change) error {
		for _, t := range to {
			o := ch.order(letters.CodeNotice, nil, facts{"code_until": ch.now.Add(identity.CodeLife).Format(time.RFC3339)})
			o.Flags = map[string]bool{string(s.Purpose): true}
			id := "code-" + t.channel + "-" + asked(s)
			ch.letter("", id, post.Address{Kind: "file", Email: t.email, Channel: t.channel}, o)
			ch.writes.Letters[len(ch.writes.Letters)-1].Code = &post.Code{Session: session, Channel: t.key}
		}
		ch.line(system("post"), "code-asked", "", string(s.Purpose), map[string]string{"codes": fmt.Sprint(len(to))})
		return nil
	})
	if err != nil {
		return fmt.Errorf("send codes: %w", err)
	}
	return nil
}

// asked tells two questions for a code apart: two browsers may ask at one moment.
func asked(s identity.Session) string {
	return s.ID[:min(8, len(s.ID))] + "-" + s.Asked.UTC().Format("20060102T150405.000")
}

func (c *Cases) sendClientCode(ctx context.Context, s identity.Session) error {
	who, err := c.Registers.ClientByEmail(ctx, s.Subject)
	if request.NotFound.Is(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("send a client's code: %w", err)
	}
	if !who.Reads() {
		return nil // R-29, A16: as an address that is nobody's
	}
	now, client := c.Now().UTC(), who.Client
	l := post.Letter{
		Owner: "client:" + client.ID, ID: "N-04." + asked(s),
		To: post.Address{Kind: "client", Email: who.Email()}, State: post.Unsent, Created: now,
		Order: letters.Order{Kind: letters.ClientSignIn, Language: client.Language, Values: only(letters.ClientSignIn, facts{
			"contact_name": who.Name(), "code_until": now.Add(identity.CodeLife).Format(time.RFC3339),
		})},
		Code: &post.Code{Session: s.ID, Channel: s.Subject},
	}
	if err := c.Outbox.PutLetter(ctx, l); err != nil && !request.Exists.Is(err) {
		return fmt.Errorf("send a client's code: client %s: %w", client.ID, err)
	}
	return c.Nudge.Nudge(ctx, l.Owner)
}

// Accepted raises the level of the legs whose candidate has a channel that was
// proven, and wakes those that waited for it (I-3, I14).
func (c *Cases) Accepted(ctx context.Context, ref request.Reference, p identity.Proof) error {
	r, err := c.find(ctx, ref)
	if err != nil {
		return fmt.Errorf("accept a proof: %w", err)
	}
	keys, err := c.channelKeys(ctx, r)
	if err != nil {
		return err
	}
	_, err = c.change(ctx, r.ID, func(ch *change) error {
		moved := false
		for i := range ch.Legs {
			l := &ch.Legs[i]
			cand := ch.Candidate(l.Candidate)
			if cand == nil || l.Phase == request.Closed && l.Package.Key == "" && l.Outcome != request.Unverified {
				continue
			}
			if l.Phase == request.Closed && l.Outcome == request.Unverified && proves(p, cand, keys) {
				// C-12: the proof that T-17 asked for opens it again, with a month of its own.
				if err := ch.reopen(l, ch.now, BecauseEvidence, "subject"); err != nil {
					return err
				}
				moved = true
			}
			for n := range cand.Channels {
				id := channelID(cand.ID, n)
				if slices.Contains(p.Channels, keys[id]) && !slices.Contains(l.ProvenBy, id) {
					l.ProvenBy = append(l.ProvenBy, id)
					moved = true
				}
			}
			moved = c.raise(ch, l, cand, hasFact(cand)) || moved
		}
		if !moved {
			return errNothing
		}
		return nil
	})
	return err
}

// proves reports whether a proof reaches a channel of that person.
func proves(p identity.Proof, cand *request.Candidate, keys map[string]string) bool {
	for n := range cand.Channels {
		if slices.Contains(p.Channels, keys[channelID(cand.ID, n)]) {
			return true
		}
	}
	return false
}

// channelKeys are the keyed names of the channels on file, by their ids.
func (c *Cases) channelKeys(ctx context.Context, r *request.Request) (map[string]string, error) {
	keys := map[string]string{}
	for _, cand := range r.Candidates {
		for i, chn := range cand.Channels {
			if chn.Kind != "email" && chn.Kind != "post" {
				continue
			}
			k, err := c.channelKey(ctx, chn)
			if err != nil {
				return nil, fmt.Errorf("key a channel of request %s: %w", r.ID, err)
			}
			keys[channelID(cand.ID, i)] = k
		}
	}
	return keys, nil
}

// hasFact reports whether the request itself named a number that matched (L2).
func hasFact(cand *request.Candidate) bool {
	for _, on := range cand.MatchedOn {
		if on == "customer" || on == "file" || on == "invoice" {
			return true
		}
	}
	return false
}

// raise computes a leg's level anew from what was proven, never lowers it, and
// wakes the leg when that is enough. It reports whether anything changed.
func (c *Cases) raise(ch *change, l *request.Leg, cand *request.Candidate, fact bool) bool {
	var proven []request.FileChannel
	for _, id := range l.ProvenBy {
		if chn, ok := ch.channel(id); ok {
			proven = append(proven, chn)
		}
	}
	level := identity.Raise(*l, *cand, proven, fact, ch.Received, c.Waits.ChannelAge)
	if level <= l.Has {
		return false
	}
	l.Has, l.ProvenAt = level, ch.now
	ch.line("subject", "proven", l.ID, fmt.Sprintf("L%d", level), map[string]string{"channels": strings.Join(l.ProvenBy, ",")})
	if l.Phase == request.Proving && l.Has >= l.Needs {
		// The move is in the table of Proving: it cannot fail here.
		if err := ch.advance(l, request.ProofAccepted, "subject", "", nil); err == nil {
			ch.signal(l)
		}
	} else if l.Phase == request.Decided && l.Wait.State == "Hold" {
		ch.signal(l)
	}
	return true
}

// disownMost is how often people may say of one request that it is not theirs.
const disownMost = 3

// factTries is how many numbers a person may try a day.
const factTries = 5

// Fact adds a file, client or invoice number to the channel that p proved (L2);
// what another proved gains nothing. The answer is the same for a number of
// nobody and of somebody else.
func (c *Cases) Fact(ctx context.Context, ref request.Reference, p identity.Proof, fact string) (bool, error) {
	r, err := c.find(ctx, ref)
	if err != nil {
		return false, fmt.Errorf("try a fact: %w", err)
	}
	ok, err := c.Registers.Take(ctx, "fact/"+string(r.ID), factTries, c.Now().UTC().Add(24*time.Hour))
	if err != nil {
		return false, fmt.Errorf("try a fact: request %s: %w", r.ID, err)
	}
	if !ok {
		return false, request.Fault(request.TooMany, string(r.ID), "try another fact")
	}
	keys, err := c.channelKeys(ctx, r)
	if err != nil {
		return false, fmt.Errorf("try a fact: %w", err)
	}
	matched := false
	_, err = c.change(ctx, r.ID, func(ch *change) error {
		matched = false
		for i := range ch.Legs {
			l := &ch.Legs[i]
			cand := ch.Candidate(l.Candidate)
			if cand == nil || len(l.ProvenBy) == 0 || l.Outcome == request.Moved || !proves(p, cand, keys) {
				continue // of what moved its client reads no more than there was
			}
			for _, kind := range []string{"customer", "file", "invoice"} {
				for _, v := range cand.Keys[kind] {
					if systems.Normal(kind, v) == systems.Normal(kind, fact) {
						matched = true
						if !slices.Contains(cand.MatchedOn, kind) {
							cand.MatchedOn = append(cand.MatchedOn, kind)
						}
					}
				}
			}
			if matched {
				c.raise(ch, l, cand, hasFact(cand))
			}
		}
		if !matched {
			return errNothing
		}
		return nil
	})
	return matched, err
}

// Status shows a request as far as the viewer may see it: what tells whether
// somebody is known, or which client, stays hidden below the file's own channel.
func (c *Cases) Status(ctx context.Context, ref request.Reference, who Viewer) (StatusView, error) {
	r, err := c.find(ctx, ref)
	if err != nil {
		return StatusView{}, err
	}
	v := StatusView{Reference: r.Reference, Language: r.Language, Received: r.Received, SafeDue: answerBy(r), Sight: who.Sight}
	var keys map[string]string
	if len(who.Channels) > 0 {
		if keys, err = c.channelKeys(ctx, r); err != nil {
			return StatusView{}, err
		}
	}
	mails := sync.OnceValues(func() ([]post.Letter, error) { return c.Letters.LettersOf(ctx, string(r.ID)) })
	inFile := func(l *request.Leg) bool {
		cand := r.Candidate(l.Candidate)
		return cand != nil && (proves(identity.Proof{Channels: who.Channels}, cand, keys) ||
			who.Sight == SightFull && identity.Represented(r.Sender) && identity.Receives(r.Mandate, day(c.Now())))
	}
	unnamed := map[request.Right]bool{}
	for i := range r.Legs {
		l := &r.Legs[i]
		s := LegStatus{Leg: l.ID, Right: l.Right, State: "reading", Date: answerBy(r), MayStop: MayTakeBack(r, l)}
		switch {
		case l.Relation == request.Debtor && !(who.Sight >= SightFile && inFile(l)):
			// Whether there is a file, with whom, and with how many looks as it does for nobody (A16).
			if unnamed[l.Right] || !asDebtor(r) || slices.ContainsFunc(r.Legs, func(o request.Leg) bool {
				return o.Right == l.Right && o.Relation == request.Debtor && who.Sight >= SightFile && inFile(&o)
			}) {
				continue
			}
			unnamed[l.Right] = true
			s.State, s.MayStop = "some-client", r.KeptUntil == "" // T-29 named a day: all of it was taken back
		case who.Sight >= SightFile:
			if s, err = c.legStatus(ctx, r, l, mails); err != nil {
				return StatusView{}, err
			}
		case l.Right.Stops() && l.Past(request.Answered):
			s.State = "answered"
		case l.Role == request.Controller && l.Needs > request.L0 && !l.Past(request.Answered):
			s.State, s.MayStop = "your-turn", l.Outcome != request.Withdrawn // the same for known and unknown (A16)
		case l.Phase == request.Closed && l.Outcome == request.Unverified:
			s.State = "closed-unverified"
		}
		if s.Package != nil && (who.Sight < SightFull || l.Has < l.Needs) {
			s.Package = nil
		}
		if who.Sight < SightFull {
			s.CanCancel = false
		}
		v.Legs = append(v.Legs, s)
	}
	return v, nil
}

// answerBy is the day that the person was told: the safe date, the new one of
// an extension, or what we promised after we missed it.
func answerBy(r *request.Request) request.Day {
	if r.Clock.PromisedDay != "" {
		return r.Clock.PromisedDay
	}
	return r.WorkTo()
}

func (c *Cases) legStatus(ctx context.Context, r *request.Request, l *request.Leg, mails func() ([]post.Letter, error)) (LegStatus, error) {
	s := LegStatus{Leg: l.ID, Right: l.Right, State: "searching", Date: answerBy(r), MayStop: MayTakeBack(r, l)}
	s.NeedsFact = len(l.ProvenBy) > 0 && l.Has < l.Needs
	if l.Role == request.Processor && l.Past(request.Forwarded) {
		if err := c.clientStatus(ctx, r, l, mails, &s); err != nil {
			return s, err
		}
	}
	switch {
	case l.Phase == request.Closed && l.Outcome == request.Unverified:
		s.State = "closed-unverified"
	case l.Package.Key != "" && l.Package.For == "subject" && (l.Past(request.Answered) || l.Role == request.Processor && l.Past(request.Reported)) && l.Package.Until >= day(c.Now()):
		s.State, s.Date = "ready", l.Package.Until
		s.Package = &PackageStatus{
			Name: string(r.Reference) + "-" + l.ID + ".zip", Bytes: l.Package.Bytes, SHA256: l.Package.SHA256,
			Until: l.Package.Until, Left: max(0, c.Waits.Releases-l.Package.Releases),
		}
	case s.Company != "":
	case l.Past(request.Answered):
		s.State, s.Date = "answered", day(l.AnsweredAt)
	case l.Phase == request.Proving:
		s.State = "your-turn"
	case l.Right == request.Erasure && l.Phase == request.Decided && l.HoldUntil.After(c.Now()):
		s.State, s.Date, s.CanCancel = "cooling", day(l.HoldUntil), true
	}
	return s, nil
}

// clientStatus says how far a client is with its part, and what went to and fro.
func (c *Cases) clientStatus(ctx context.Context, r *request.Request, l *request.Leg, mails func() ([]post.Letter, error), s *LegStatus) error {
	client, err := c.Registers.Client(ctx, l.Client)
	if err != nil {
		return fmt.Errorf("status of %s: client %s: %w", r.Reference, l.Client, err)
	}
	s.Company = client.Name
	sent, err := mails()
	if err != nil {
		return fmt.Errorf("status of %s: letters: %w", r.Reference, err)
	}
	type message struct {
		what string
		at   time.Time
	}
	var all []message
	told := func(what string, at time.Time) {
		if !at.IsZero() {
			all = append(all, message{what, at})
		}
	}
	told("handed-over", l.Offer.Acknowledged) // by machine
	told("instructed", l.Instruction.At)
	for _, f := range l.Flags {
		told("instructed", f.Instruction.At) // what we said of it is between the client and us
	}
	for _, m := range sent {
		switch {
		case m.Leg != l.ID || m.To.Kind != "client":
		case m.Order.Kind == letters.ClientNotice:
			told("handed-over", m.SentAt)
		case m.Order.Kind == letters.ClientReminder && m.Order.Values["waited_days"] != "":
			told("reminded", m.SentAt)
		case m.Order.Kind == letters.ClientReport:
			told("reported", m.SentAt)
		}
	}
	for _, t := range r.Tasks {
		if t.Kind == "chase-client" && t.Leg == l.ID {
			told("called", t.Done)
		}
	}
	slices.SortStableFunc(all, func(a, b message) int { return a.at.Compare(b.at) })
	for _, m := range all {
		if t := (Told{m.what, day(m.at)}); !slices.Contains(s.Told, t) { // a reminder to two people is one
			s.Told = append(s.Told, t)
		}
	}
	switch {
	case l.Outcome == request.Moved:
		s.State, s.Date = "client-moved", day(l.MovedTo.At)
	case l.Instruction.Kind == request.RefuseInstruction:
		s.State, s.Date = "client-answers", day(l.Instruction.At)
	case l.Phase == request.Closed:
		s.State, s.Date = "client-done", day(l.Instruction.At)
	case l.Past(request.Instructed):
		s.State, s.Date = "client-working", day(l.Instruction.At)
	default:
		s.State, s.Date = "with-client", day(l.ForwardedAt)
	}
	return nil
}

// linkLife is how long the address of a package works (A25).
const linkLife = 120 * time.Second

// Release mints the address of a package for the subject, counts it and writes
// it in the ledger first: what is not recorded is not handed out (I1, I10).
func (c *Cases) Release(ctx context.Context, ref request.Reference, leg string) (string, error) {
	return c.release(ctx, ref, leg, "subject", "subject", func(ch *change, l *request.Leg) error {
		if mandateWaits(ch.Request) {
			return request.Fault(request.ProofTooLow, string(ch.ID)+"/"+l.ID, "release a package before the authority was judged")
		}
		if l.Has < l.Needs || l.Has < request.L1 {
			return request.Fault(request.ProofTooLow, string(ch.ID)+"/"+l.ID, "release a package")
		}
		return nil
	})
}

func (c *Cases) release(ctx context.Context, ref request.Reference, leg, whom, actor string, may func(*change, *request.Leg) error) (string, error) {
	var pkg request.Package
	err := c.update(ctx, ref, func(ch *change) error {
		l, err := ch.leg(leg)
		if err != nil {
			return err
		}
		if l.Package.Key == "" || l.Package.For != whom || ch.Task("not-me", "") != nil || l.Package.Until < day(ch.now) ||
			l.Role == request.Controller && !l.Past(request.Answered) || l.Role == request.Processor && !l.Past(request.Reported) {
			return request.Fault(request.NotFound, string(ch.ID)+"/"+leg, "find a package that may be fetched")
		}
		if err := may(ch, l); err != nil {
			return err
		}
		if l.Package.Releases >= c.Waits.Releases {
			return request.Fault(request.TooMany, string(ch.ID)+"/"+leg, "fetch the package again")
		}
		l.Package.Releases++
		pkg = l.Package
		ch.line(actor, "downloaded", l.ID, "", map[string]string{
			"n": fmt.Sprint(pkg.Releases), "sha256": pkg.SHA256, "level": fmt.Sprintf("L%d", l.Has), "channels": strings.Join(l.ProvenBy, ","),
		})
		return nil
	})
	if err != nil {
		return "", err
	}
	url, err := c.Packages.Presign(ctx, pkg.Key, linkLife, string(ref)+"-"+leg+".zip")
	if err != nil {
		return "", fmt.Errorf("release the package of %s leg %s: %w", ref, leg, err)
	}
	return url, nil
}

// CancelErasure stops an erasure in its cool-off at the subject's wish.
func (c *Cases) CancelErasure(ctx context.Context, ref request.Reference, leg string) error {
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.leg(leg)
		if err != nil {
			return err
		}
		if l.Outcome == request.Withdrawn {
			return errNothing // the same click twice
		}
		if !ch.withdrawn([]string{leg}, "subject", "web") {
			return request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+leg, "stop an erasure that is %s", l.Phase)
		}
		return nil
	})
}

// Withdraw ends every leg that the subject can still take back (T-29).
func (c *Cases) Withdraw(ctx context.Context, ref request.Reference) error {
	return c.update(ctx, ref, func(ch *change) error {
		if !ch.withdrawn(nil, "subject", "web") {
			return errNothing // it is done, or was taken back before
		}
		return nil
	})
}

// withdraw ends a leg as withdrawn.
func (ch *change) withdraw(l *request.Leg, actor string) error {
	if err := ch.advance(l, request.WasWithdrawn, actor, "", nil); err != nil {
		return err
	}
	l.Outcome, l.Decision = request.Withdrawn, request.Decision{}
	for _, kind := range []string{"decide", "approve", "release", "match", "by-hand", "client-gone"} {
		ch.done(kind, l.ID, actor)
	}
	ch.signal(l)
	return nil
}

// NotMe puts a request on hold for an officer: somebody says they did not ask
// (I-10). It needs no proof, so it only ever stops something, and says the same
// for a reference of nobody.
//
// Another may have pressed it before: once a person has looked, it can be said
// again, a few times.
func (c *Cases) NotMe(ctx context.Context, ref request.Reference) error {
	err := c.update(ctx, ref, func(ch *change) error {
		asked := 0
		for _, t := range ch.Tasks {
			if t.Kind == "not-me" {
				asked++
			}
			if t.Kind == "not-me" && t.Open() || asked == disownMost {
				return errNothing
			}
		}
		ch.task("not-me", "", "officer", "", "")
		ch.line("subject", "disowned", "", "", nil)
		return nil
	})
	if request.NotFound.Is(err) {
		return nil
	}
	return err
}
