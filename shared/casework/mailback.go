package casework

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
)

// LateMail is how long the mail service may try a letter before an officer
// sees it. SES itself stops after 14 hours and tells of a transient bounce; a
// letter whose safe date is a day away is seen at once.
const LateMail = 24 * time.Hour

// Mailback takes note of what became of one mail of ours (F11 to F14). A
// letter that did not arrive is not delivered, so an officer chooses another
// channel, paper where we know the house, and the clock goes on. Events come
// late, twice and in any order; each is taken once.
func (c *Cases) Mailback(ctx context.Context, e post.Event) error {
	if e.Owner == "" {
		var err error
		e.Owner, e.Letter, err = c.Outbox.ByMessageID(ctx, e.MessageID)
		if request.NotFound.Is(err) {
			return nil // no mail of ours, or one of before a restore: nothing to re-channel
		}
		if err != nil {
			return fmt.Errorf("find the letter of mail %s: %w", e.MessageID, err)
		}
	}
	if e.What == post.Accepted {
		if err := c.Breaker.Count(ctx, e); err != nil {
			return fmt.Errorf("letter %s of %s: %w", e.Letter, e.Owner, err)
		}
	}
	counted := e.What == post.Accepted
	for try := 0; ; try++ {
		was, ok, err := c.letterOf(ctx, e.Owner, e.Letter)
		if err != nil || !ok {
			return err // forgotten meanwhile: nobody waits for it
		}
		l := was
		if !l.Record(e) {
			return nil
		}
		// Counted before it is written, and by the first failure alone: a crash
		// between counts twice, which opens the breaker early rather than late.
		if !counted && was.Delivery.Class == "" {
			if err := c.Breaker.Count(ctx, e); err != nil {
				return fmt.Errorf("letter %s of %s: %w", e.Letter, e.Owner, err)
			}
		}
		counted = true
		if err := c.redirect(ctx, was, l, e); err != nil {
			return err
		}
		err = c.Outbox.Mark(ctx, l, c.delivered(was, l, e))
		if err == nil {
			return nil
		}
		if !request.Conflict.Is(err) || try == conflicts {
			return fmt.Errorf("record what became of letter %s of %s: %w", l.ID, l.Owner, err)
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
}

func (c *Cases) letterOf(ctx context.Context, owner, id string) (post.Letter, bool, error) {
	of, err := c.Letters.LettersOf(ctx, owner)
	if err != nil {
		return post.Letter{}, false, fmt.Errorf("read the letters of %s: %w", owner, err)
	}
	i := slices.IndexFunc(of, func(l post.Letter) bool { return l.ID == id })
	if i < 0 {
		return post.Letter{}, false, nil
	}
	return of[i], true, nil
}

// delivered is the ledger line of an event that is worth one (D-4). A letter of
// no request has no chain.
func (c *Cases) delivered(was, l post.Letter, e post.Event) []ledger.Line {
	if !request.ID(l.Owner).Valid() {
		return nil
	}
	line := ledger.Line{Request: request.ID(l.Owner), At: c.Now().UTC(), Actor: system("mailback"), Leg: l.Leg,
		Refs: map[string]string{"letter": l.ID}}
	switch {
	case l.Delivery.Class != was.Delivery.Class:
		line.Action, line.Reason, line.Refs["code"] = "undelivered", string(l.Delivery.Class), l.Delivery.Code
	case !l.Delivery.ArrivedAt.IsZero() && was.Delivery.ArrivedAt.IsZero():
		line.Action, line.Refs["at"] = "delivered", e.At.UTC().Format(time.RFC3339)
	default:
		return nil
	}
	return []ledger.Line{line}
}

// redirect opens the tasks that an event asks for, and closes those that it
// answers, before the event is written down: told twice is better than never.
func (c *Cases) redirect(ctx context.Context, was, l post.Letter, e post.Event) error {
	id := request.ID(l.Owner)
	failed := l.Delivery.Class != was.Delivery.Class
	late := e.What == post.Delayed && was.Delivery.Class == "" && was.Delivery.ArrivedAt.IsZero()
	found := e.What == post.Arrived && l.Delivery.Class == "" && (was.State == post.Failed || !was.Delivery.DelayedAt.IsZero())
	switch {
	case !id.Valid(), !failed && !late && !found:
		return nil
	case l.To.Kind == "house", was.State == post.Posted:
		// A notice to ourselves only points at a task that stands in the queue, and
		// a task about it would send the next notice. What went by post is done.
		return nil
	}
	_, err := c.change(ctx, id, func(ch *change) error {
		switch {
		case found:
			sought, printed := ch.answered("undelivered", l.ID, system("mailback")), ch.answered("print", l.ID, system("mailback"))
			if !sought && !printed {
				return errNothing
			}
			return nil
		case late && !ch.tooLate(l, e.At):
			return errNothing
		}
		if failed && l.Delivery.Class != post.Transient && ch.canPost(l) {
			ch.task("print", l.Leg, "officer", "", l.ID)
		}
		ch.task("undelivered", l.Leg, "officer", "", l.ID)
		if len(ch.writes.Letters) == 0 {
			return errNothing // both stood open already
		}
		return nil
	})
	if request.NotFound.Is(err) {
		return nil // the request was forgotten
	}
	return err
}

// tooLate reports whether a person must see a letter that is still tried.
func (ch *change) tooLate(l post.Letter, at time.Time) bool {
	since := l.SentAt
	if since.IsZero() {
		since = l.Created
	}
	return at.Sub(since) >= LateMail || !ch.Closed() && day(at.Add(LateMail)) >= ch.SafeDue
}

// canPost reports whether a letter that did not arrive can go by post: it is
// the person's own statutory letter, the mail went to that very person, and we
// know the house. What a stranger was written is never posted to somebody
// whose name the stranger gave (A01).
func (ch *change) canPost(l post.Letter) bool {
	if !post.Statutory(l.Order.Kind) || l.To.Kind != "file" && (l.To.Kind != "sender" || !ch.onFile(l.To.Email)) {
		return false
	}
	_, _, known := houseOf(ch.Request, l, ch.cases.Waits.ChannelAge)
	return known
}

// houseOf finds the postal address on file, older than the channel-age rule,
// of the person to whom a letter was written (I-7, A11), and its channel id.
func houseOf(r *request.Request, l post.Letter, age int) (id string, chn request.FileChannel, known bool) {
	leg := r.Leg(l.Leg)
	for _, cand := range r.Candidates {
		if !cand.Chosen || leg != nil && cand.ID != leg.Candidate {
			continue
		}
		theirs := l.To.Email == ""
		for _, c := range cand.Channels {
			theirs = theirs || c.Kind == "email" && strings.EqualFold(c.Value, l.To.Email)
		}
		for n, c := range cand.Channels {
			if theirs && c.Kind == "post" && identity.OldEnough(c, r.Received, age) {
				return cand.ID + "." + strconv.Itoa(n), c, true
			}
		}
	}
	return "", request.FileChannel{}, false
}

// PrintLetter gives a letter on paper, to the house that we knew before the
// request, and keeps the copy. It is for letters that wait for the post, came
// back or were given up; one with a code has PrintCode. NotFound: no such
// letter. ProofTooLow: no house on file is old enough, so a person must find
// another way (I-7).
func (c *Cases) PrintLetter(ctx context.Context, a Actor, ref request.Reference, letter string) (letters.Paper, error) {
	if err := may(a, "officer", string(ref)); err != nil {
		return letters.Paper{}, err
	}
	r, err := c.find(ctx, ref)
	if err != nil {
		return letters.Paper{}, err
	}
	on := string(r.ID) + "/" + letter
	l, ok, err := c.letterOf(ctx, string(r.ID), letter)
	switch {
	case err != nil:
		return letters.Paper{}, err
	case !ok:
		return letters.Paper{}, request.Fault(request.NotFound, on, "find a letter to print")
	case l.Code != nil, l.State != post.Print && l.State != post.Bounced && l.State != post.Failed:
		return letters.Paper{}, request.Fault(request.PhaseIllegal, on, "print a letter that is %s", l.State)
	case l.To.Kind != "sender" && l.To.Kind != "file":
		return letters.Paper{}, request.Fault(request.ProofTooLow, on, "print a letter to a %s, of whom no house is on file", l.To.Kind)
	}
	id, chn, known := houseOf(r, l, c.Waits.ChannelAge)
	if !known {
		return letters.Paper{}, request.Fault(request.ProofTooLow, on, "print a letter to a house that is not on file, or came on it too late")
	}
	paper, err := letters.Print(l.Order, c.House, "", letters.Envelope{Lines: envelope(r, id, chn), Date: string(day(c.Now()))})
	if err != nil {
		return letters.Paper{}, fmt.Errorf("print letter %s of request %s: %w", letter, r.ID, err)
	}
	if err := c.Dossier.Put(ctx, "dossier/"+string(r.ID)+"/letters/"+letter+".pdf", bytes.NewReader(paper.PDF)); err != nil {
		return letters.Paper{}, fmt.Errorf("keep the paper of letter %s of request %s: %w", letter, r.ID, err)
	}
	_, err = c.change(ctx, r.ID, func(ch *change) error {
		h := sha256.Sum256(paper.PDF)
		ch.line(a.ID, "printed", l.Leg, "", map[string]string{"letter": l.ID, "channel": id, "template": paper.Template, "sha256": hex.EncodeToString(h[:])})
		return nil
	})
	if err != nil {
		return letters.Paper{}, err
	}
	return paper, nil
}

// answered closes the open tasks of a kind about one letter, and reports
// whether there were any.
func (ch *change) answered(kind, letter, by string) bool {
	any := false
	for i := range ch.Tasks {
		if t := &ch.Tasks[i]; t.Open() && t.Kind == kind && t.Code == letter {
			t.Done, t.DoneBy, any = ch.now, by, true
			ch.line(by, "task-done", t.Leg, kind, map[string]string{"letter": letter})
		}
	}
	return any
}

// Posted records that a letter went by post on that day, and ends the tasks
// about it. It is for letters that have no mail address, that came back, or
// that were given up; InputRefused for a day that cannot be.
func (c *Cases) Posted(ctx context.Context, a Actor, ref request.Reference, letter string, on request.Day) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	r, err := c.find(ctx, ref)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(r.CodeLetters, func(x request.CodeLetter) bool { return x.ID == letter && x.Printed.IsZero() }) {
		return request.Fault(request.PhaseIllegal, string(r.ID)+"/"+letter, "post a letter whose code was never printed")
	}
	for try := 0; ; try++ {
		l, ok, err := c.letterOf(ctx, string(r.ID), letter)
		if err != nil {
			return err
		}
		if !ok {
			return request.Fault(request.NotFound, string(r.ID)+"/"+letter, "find the letter that was posted")
		}
		if l.State == post.Posted {
			on = l.Posted
			break // a second click, or the first one died before the tasks
		}
		now := c.Now().UTC()
		if d, err := deadline.ParseDate(string(on)); err != nil || d.String() != string(on) || on > day(now) || on < day(l.Created) {
			return request.Fault(request.InputRefused, string(r.ID)+"/"+letter, "post a letter on a day before it was written or after today")
		}
		switch l.State {
		case post.Print, post.Bounced, post.Failed:
		default:
			return request.Fault(request.PhaseIllegal, string(r.ID)+"/"+letter, "post a letter that is %s", l.State)
		}
		l.State, l.Posted, l.PostedBy = post.Posted, on, a.ID
		err = c.Outbox.Mark(ctx, l, []ledger.Line{{Request: r.ID, At: now, Actor: a.ID, Action: "posted", Leg: l.Leg, Refs: map[string]string{
			"letter": l.ID, "kind": string(l.Order.Kind), "language": string(l.Order.Language), "on": string(on),
		}}})
		if err == nil {
			break
		}
		if !request.Conflict.Is(err) || try == conflicts {
			return fmt.Errorf("record that letter %s of request %s was posted: %w", letter, r.ID, err)
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
	_, err = c.change(ctx, r.ID, func(ch *change) error {
		printed, sought := ch.answered("print", letter, a.ID), ch.answered("undelivered", letter, a.ID)
		if !printed && !sought {
			return errNothing
		}
		ch.postedAll(a.ID)
		return ch.posted(letter, on, a.ID)
	})
	return err
}

// Failed records that the sender of mail gave up on a letter.
func (c *Cases) Failed(ctx context.Context, owner, letter string) error {
	id := request.ID(owner)
	if !id.Valid() {
		return nil
	}
	l, ok, err := c.letterOf(ctx, owner, letter)
	if err != nil || !ok || l.To.Kind == "house" {
		return err // a notice to ourselves only points at a task; a task about it would send the next
	}
	_, err = c.change(ctx, id, func(ch *change) error {
		if l.Order.Kind == HandOver {
			return ch.offerFailed(l)
		}
		if l.To.Kind == post.Machine {
			ch.task("reply", l.Leg, "officer", "", "machine-silent")
			if len(ch.writes.Letters) == 0 {
				return errNothing
			}
			return nil
		}
		if ch.canPost(l) {
			ch.task("print", l.Leg, "officer", "", letter)
		}
		ch.task("undelivered", l.Leg, "officer", "", letter)
		if len(ch.writes.Letters) == 0 {
			return errNothing
		}
		return nil
	})
	return err
}

// DeliveryView is what the desk shows of a letter's way.
type DeliveryView struct {
	// State is queued, kept, sent, delayed, delivered, bounced, to-post, posted, given-up, recalled or withdrawn.
	State string
	// At is the instant of that state; zero for one that has none.
	At time.Time
	// Class and Code say why a letter bounced: a post.Class, and the service's
	// word with the other server's status.
	Class post.Class
	Code  string
	// PostedOn and PostedBy stand with a letter that went by post, whatever became of the mail.
	PostedOn request.Day
	PostedBy string
	// Possible is how often the mail may have gone out twice (F11).
	Possible int
}

// Delivery says how far a letter has come.
func Delivery(l post.Letter) DeliveryView {
	v := DeliveryView{Class: l.Delivery.Class, Code: l.Delivery.Code, PostedOn: l.Posted, PostedBy: l.PostedBy, Possible: l.Duplicates}
	switch l.State {
	case post.Unsent, post.Sending:
		v.State, v.At = "queued", l.Created
		if l.Kept != "" {
			v.State = "kept"
		}
	case post.Sent:
		v.State, v.At = "sent", l.SentAt
		if !l.Delivery.DelayedAt.IsZero() {
			v.State, v.At = "delayed", l.Delivery.DelayedAt
		}
	case post.Delivered:
		v.State, v.At = "delivered", l.Delivery.ArrivedAt
	case post.Bounced:
		v.State, v.At = "bounced", l.Delivery.FailedAt
	case post.Print:
		v.State, v.At = "to-post", l.Created
	case post.Posted:
		v.State = "posted"
	case post.Failed:
		v.State = "given-up"
	case post.Recalled:
		v.State = "recalled"
	case post.Withdrawn:
		v.State = "withdrawn"
	}
	return v
}
