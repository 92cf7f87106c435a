package casework

import (
	"context"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
)

// maxNotes bounds the notes of one request, maxNoteWords one of them in characters.
const (
	maxNotes     = 200
	maxNoteWords = 2000
)

// AddNote adds a remark of staff to a request. It is written to be disclosed:
// the subject may read it one day (D-7), so it goes with the person's words
// when those go (D-2). The same words of the same person twice in a row are one.
func (c *Cases) AddNote(ctx context.Context, a Actor, ref request.Reference, text string) error {
	if !a.Has("officer") && !a.Has("approver") || a.ID == "" {
		return request.Fault(request.Forbidden, string(ref), "write a note")
	}
	text = strings.TrimSpace(text)
	if text == "" || len([]rune(text)) > maxNoteWords {
		return request.Fault(request.InputRefused, "text", "write a note of no words or too many")
	}
	return c.update(ctx, ref, func(ch *change) error {
		n := len(ch.Notes)
		switch {
		case n > 0 && ch.Notes[n-1].By == a.ID && ch.Notes[n-1].Text == text:
			return errNothing // the same click twice
		case n >= maxNotes:
			return request.Fault(request.TooMany, string(ch.ID), "write another note")
		case ch.Redacted != "":
			return request.Fault(request.PhaseIllegal, string(ch.ID), "write a note on a record whose words are gone")
		}
		id := strconv.Itoa(n + 1)
		ch.Notes = append(ch.Notes, request.Note{ID: id, At: ch.now, By: a.ID, Text: text})
		ch.line(a.ID, "note-added", "", "", map[string]string{"note": id})
		return nil
	})
}

// RecallLetter takes a letter back before the sender of mail has claimed it. An
// officer gets the task to write otherwise or to send it after all: what the
// law wants told is never lost. PhaseIllegal: it is on its way, or is no letter
// that can be taken back (a code, a notice to ourselves).
func (c *Cases) RecallLetter(ctx context.Context, a Actor, ref request.Reference, letter string) error {
	return c.outboxLetter(ctx, a, ref, letter, "recalled", post.Unsent, post.Recalled)
}

// SendAfterAll puts a letter that was taken back in the outbox again.
func (c *Cases) SendAfterAll(ctx context.Context, a Actor, ref request.Reference, letter string) error {
	return c.outboxLetter(ctx, a, ref, letter, "sent-after-all", post.Recalled, post.Unsent)
}

// outboxLetter moves a letter from one state to another, by compare-and-swap
// with its sender.
func (c *Cases) outboxLetter(ctx context.Context, a Actor, ref request.Reference, letter, did string, from, to post.State) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	r, err := c.find(ctx, ref)
	if err != nil {
		return err
	}
	on := string(r.ID) + "/" + letter
	l, ok, err := c.letterOf(ctx, string(r.ID), letter)
	switch {
	case err != nil:
		return err
	case !ok:
		return request.Fault(request.NotFound, on, "find a letter")
	case l.Order.Kind == letters.Extension || l.Order.Kind == letters.RestrictionLifted:
		// Dates hang on these letters: what they announce is taken back, not the letter (C-7, 18(3)).
		return request.Fault(request.Forbidden, on, "have a letter %s on which dates hang", did)
	case l.Code != nil || l.To.Kind == "house" || l.State != from && l.State != to:
		return request.Fault(request.PhaseIllegal, on, "have a letter %s that is %s", did, l.State)
	}
	if l.State == from {
		l.State = to
		// Conflict: the sender was first, and the letter is out.
		if err := c.Outbox.Mark(ctx, l, []ledger.Line{{
			Request: r.ID, At: c.Now().UTC(), Actor: a.ID, Action: did, Leg: l.Leg, Refs: map[string]string{"letter": l.ID, "kind": string(l.Order.Kind)},
		}}); err != nil {
			if request.Conflict.Is(err) {
				return request.Fault(request.PhaseIllegal, on, "have a letter %s that its sender has", did)
			}
			return err
		}
	}
	_, err = c.change(ctx, r.ID, func(ch *change) error {
		if to == post.Recalled {
			ch.task("recalled", l.Leg, "officer", "", l.ID)
			return nil
		}
		if !ch.answered("recalled", l.ID, a.ID) {
			return errNothing
		}
		return nil
	})
	if err != nil {
		return err
	}
	if to == post.Unsent {
		return c.Nudge.Nudge(ctx, string(r.ID))
	}
	return nil
}
