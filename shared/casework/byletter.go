package casework

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// LetterCodes draws the code of a letter and tells whether one still works.
type LetterCodes interface {
	DrawLetter(ctx context.Context, subject, channel string) (code string, until time.Time, err error)
	LetterOpen(ctx context.Context, subject string) (bool, error)
}

// maskedLetter stands in the kept copy where the code stood on paper.
var maskedLetter = strings.Repeat("•", identity.LetterLength)

// SendCodeByLetter has a code sent by post to the address on file of a leg's
// person, for somebody who cannot reach the mailbox on file. An officer gets
// the task to print it (PrintCode); the code is drawn then, and stands nowhere
// but on the paper. NotFound: no address was on file long enough before receipt
// (A11). TooMany: a letter is on its way, or the address had its letters.
func (c *Cases) SendCodeByLetter(ctx context.Context, a Actor, ref request.Reference, leg string) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	r, err := c.find(ctx, ref)
	if err != nil {
		return err
	}
	l := r.Leg(leg)
	if l == nil {
		return request.Fault(request.NotFound, string(ref)+"/"+leg, "send a code for a leg")
	}
	channel := c.house(r, l.Candidate)
	if channel == "" {
		return request.Fault(request.NotFound, string(r.ID)+"/"+leg, "find an address that was on file before the request")
	}
	return c.codeLetter(ctx, r, channel, a.ID)
}

// letterAsked is what somebody asked at the proof page who cannot reach their
// mailbox. Whether there is an address, and whether it may be written to, they
// do not learn (A16): whatever is not possible is nothing.
func (c *Cases) letterAsked(ctx context.Context, r *request.Request) error {
	channel := ""
	for i := range r.Legs {
		if l := &r.Legs[i]; channel == "" && l.Needs > request.L0 {
			channel = c.house(r, l.Candidate)
		}
	}
	if channel == "" {
		return nil
	}
	err := c.codeLetter(ctx, r, channel, "subject")
	if request.TooMany.Is(err) {
		return nil
	}
	return err
}

// house is the postal address of a chosen person that was on file long enough
// before receipt (A11), "" when there is none.
func (c *Cases) house(r *request.Request, candidate string) string {
	cand := r.Candidate(candidate)
	if cand == nil || !cand.Chosen {
		return ""
	}
	for i, chn := range cand.Channels {
		if chn.Kind == "post" && chn.Value != "" && c.oldEnough(r, chn) {
			return channelID(cand.ID, i)
		}
	}
	return ""
}

// channelKey is the keyed name of a channel, the same in every request.
func (c *Cases) channelKey(ctx context.Context, chn request.FileChannel) (string, error) {
	value := systems.Normal(chn.Kind, chn.Value)
	if chn.Kind == "post" {
		value = strings.ToLower(strings.Join(strings.Fields(chn.Value), " "))
	}
	k, err := c.Keys.Key(ctx, chn.Kind, value)
	if err != nil {
		return "", fmt.Errorf("key a channel: %w", err)
	}
	return k, nil
}

// codeLetter puts the letter in the outbox, as one to print.
func (c *Cases) codeLetter(ctx context.Context, r *request.Request, channel, by string) error {
	open, err := c.letterOpen(ctx, r)
	if err != nil {
		return err
	}
	if open {
		if last := r.CodeLetters[len(r.CodeLetters)-1]; last.Printed.IsZero() && last.By == by {
			return nil // a second click, or an answer that was lost
		}
		return request.Fault(request.TooMany, string(r.ID), "send a code by letter while one is on its way")
	}
	chn, _ := channelOf(r, channel)
	key, err := c.channelKey(ctx, chn)
	if err != nil {
		return fmt.Errorf("send a code by letter: request %s: %w", r.ID, err)
	}
	ok, err := c.Registers.Take(ctx, "letter/"+key, identity.LettersPerAddress, c.Now().UTC().Add(identity.LetterWindow))
	if err != nil {
		return fmt.Errorf("send a code by letter: count for request %s: %w", r.ID, err)
	}
	if !ok {
		return request.Fault(request.TooMany, string(r.ID), "send this address another code by letter")
	}
	before := len(r.CodeLetters)
	_, err = c.change(ctx, r.ID, func(ch *change) error {
		if len(ch.CodeLetters) > before {
			return errNothing // somebody asked at the same moment: one letter goes
		}
		event := "post-" + strconv.Itoa(before+1)
		o := ch.order(letters.CodeNotice, nil, facts{"code_until_day": string(day(ch.now.Add(identity.LetterLife)))})
		o.Flags = map[string]bool{"post": true}
		n := len(ch.writes.Letters)
		ch.letter("", event, post.Address{Kind: "file", Channel: channel}, o)
		for i := n; i < len(ch.writes.Letters); i++ {
			if w := &ch.writes.Letters[i]; w.State == post.Print {
				w.Code = &post.Code{Session: identity.LetterID(string(ch.Reference)), Channel: key}
				ch.CodeLetters = append(ch.CodeLetters, request.CodeLetter{ID: w.ID, Channel: channel, Asked: ch.now, By: by})
			}
		}
		ch.line(by, "code-letter-asked", "", "", map[string]string{"channel": channel})
		return nil
	})
	return err
}

// letterOpen reports whether a letter of the request can still bring a proof.
func (c *Cases) letterOpen(ctx context.Context, r *request.Request) (bool, error) {
	n := len(r.CodeLetters)
	if n == 0 {
		return false, nil
	}
	if r.CodeLetters[n-1].Printed.IsZero() {
		return true, nil
	}
	open, err := c.Prover.LetterOpen(ctx, string(r.Reference))
	if err != nil {
		return false, fmt.Errorf("look at the letter of request %s: %w", r.ID, err)
	}
	return open, nil
}

// PrintCode draws the code of a letter and gives the letter to print, once: the
// code is in the answer and on the paper, and its hash is all that is kept.
// Printing again draws a new code, and the paper of before is void. letter is
// the id in the outbox, which the print task names. PhaseIllegal: it was posted,
// or it is no letter with a code.
func (c *Cases) PrintCode(ctx context.Context, a Actor, ref request.Reference, letter string) (letters.Paper, error) {
	if err := may(a, "officer", string(ref)); err != nil {
		return letters.Paper{}, err
	}
	r, err := c.find(ctx, ref)
	if err != nil {
		return letters.Paper{}, err
	}
	l, ok, err := c.letterOf(ctx, string(r.ID), letter)
	if err != nil {
		return letters.Paper{}, err
	}
	chn, known := channelOf(r, l.To.Channel)
	if !ok || !known {
		return letters.Paper{}, request.Fault(request.NotFound, string(r.ID)+"/"+letter, "find a letter to print")
	}
	if l.State != post.Print || l.Code == nil {
		return letters.Paper{}, request.Fault(request.PhaseIllegal, string(r.ID)+"/"+letter, "print a code in a letter that is %s", l.State)
	}
	code, until, err := c.Prover.DrawLetter(ctx, string(ref), l.Code.Channel)
	if err != nil {
		return letters.Paper{}, fmt.Errorf("print letter %s of request %s: %w", letter, r.ID, err)
	}
	// The last whole day on which it works: the code ends at some hour of the next.
	last := string(day(until.Add(-24 * time.Hour)))
	o := l.Order
	o.Values = map[string]string{}
	for k, v := range l.Order.Values {
		o.Values[k] = v
	}
	o.Values["code_until_day"] = last
	to := letters.Envelope{Lines: envelope(r, l.To.Channel, chn), Date: string(day(c.Now()))}
	paper, err := letters.Print(o, c.House, code, to)
	if err != nil {
		return letters.Paper{}, fmt.Errorf("print letter %s of request %s: %w", letter, r.ID, err)
	}
	kept, err := letters.Print(o, c.House, maskedLetter, to)
	if err != nil {
		return letters.Paper{}, fmt.Errorf("print the copy of letter %s of request %s: %w", letter, r.ID, err)
	}
	if err := c.Dossier.Put(ctx, "dossier/"+string(r.ID)+"/letters/"+letter+".pdf", bytes.NewReader(kept.PDF)); err != nil {
		return letters.Paper{}, fmt.Errorf("keep the copy of letter %s of request %s: %w", letter, r.ID, err)
	}
	_, err = c.change(ctx, r.ID, func(ch *change) error {
		for i := range ch.CodeLetters {
			if x := &ch.CodeLetters[i]; x.ID == letter {
				x.Printed, x.Until = ch.now, until
			}
		}
		ch.line(a.ID, "code-printed", "", "", map[string]string{"letter": letter, "until": last, "template": paper.Template})
		return nil
	})
	if err != nil {
		return letters.Paper{}, err // nothing was handed out: print again
	}
	return paper, nil
}

// envelope are the lines of the window: the name on file and the address.
func envelope(r *request.Request, channel string, chn request.FileChannel) []string {
	id, _, _ := strings.Cut(channel, ".")
	var lines []string
	if cand := r.Candidate(id); cand != nil && cand.Name != "" {
		lines = append(lines, cand.Name)
	}
	for part := range strings.SplitSeq(chn.Value, ",") {
		if part = strings.TrimSpace(part); part != "" {
			lines = append(lines, part)
		}
	}
	return lines
}
