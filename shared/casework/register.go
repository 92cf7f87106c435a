package casework

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// Register makes a request of a submission, once per source (I6), and starts
// its machine. A crash between the two is mended by wake.
func (c *Cases) Register(ctx context.Context, s Submission) (Receipt, error) {
	now := c.Now().UTC()
	if s.Received.After(now) {
		return Receipt{}, request.Fault(request.InputRefused, "received", "register a message from the future")
	}
	r := &request.Request{
		SourceKey: s.SourceKey, Channel: s.Channel, Language: s.Language,
		Received: s.Received.UTC(), Registered: now, Stage: request.Registered, Kind: s.Kind,
		Sender: s.Sender, Subject: s.Subject, Text: s.Text, Raw: s.Raw, Delegated: s.Delegated,
		Understood: request.Understood{Rights: s.Rights, Relations: s.Relations, Sure: s.Sure, Rule: s.Rule, Evidence: s.Evidence, By: s.By},
		WakeAt:     now.Add(c.Waits.Step), StatementVersion: c.Statement,
	}
	if r.Language == "" {
		r.Language = request.Dutch
	}
	res, err := c.clock(r)
	if err != nil {
		return Receipt{}, err
	}
	r.SafeDue, r.Due = request.Day(res.SafeDue.String()), request.Day(res.Due.String())
	r.Clock.Holidays = c.Calendar.Name()

	var w store.Writes
	if w.Subjects, err = c.subjects(ctx, r); err != nil {
		return Receipt{}, err
	}
	actor := "subject"
	if s.By != "" {
		actor = s.By
	}
	for try := 0; ; try++ {
		if r.ID, err = request.NewID(c.Random); err != nil {
			return Receipt{}, err
		}
		if r.Reference, err = request.NewReference(c.Random); err != nil {
			return Receipt{}, err
		}
		w.Lines = []ledger.Line{{
			Request: r.ID, At: now, Actor: actor, Action: "received", After: string(r.Stage), Reason: s.Rule,
			Refs: map[string]string{
				"channel": string(r.Channel), "receivedAt": r.Received.Format(time.RFC3339),
				"safeDue": string(r.SafeDue), "due": string(r.Due), "statement": r.StatementVersion,
			},
		}}
		id, made, err := c.Store.Create(ctx, r, w)
		switch {
		case request.Exists.Is(err) && try < 3: // the reference was taken: draw another
			continue
		case err != nil:
			return Receipt{}, fmt.Errorf("register %s: %w", s.Channel, err)
		case !made:
			have, err := c.Store.Load(ctx, id)
			if err != nil {
				return Receipt{}, fmt.Errorf("load request %s: %w", id, err)
			}
			return Receipt{ID: have.ID, Reference: have.Reference, Received: have.Received, SafeDue: have.SafeDue}, nil
		}
		break
	}
	// The request is safe now. That its machine could not be started is no
	// reason to tell the sender that it failed: wake starts it.
	if r.Delegated == nil { // else wake starts it, when its client had the time to take it back
		_ = c.Engine.Start(ctx, "request", string(r.ID), Input{RequestID: r.ID})
	}
	return Receipt{ID: r.ID, Reference: r.Reference, Received: r.Received, SafeDue: r.SafeDue, New: true}, nil
}

// subjectKinds are the kinds of key by which a request is found.
var subjectKinds = []string{"email", "customer", "file"}

// subjects are the keyed names by which other requests of the same person are found.
func (c *Cases) subjects(ctx context.Context, r *request.Request) ([]string, error) {
	seen := map[string]bool{}
	var keys []string
	add := func(kind, value string) error {
		if value == "" || seen[kind+value] {
			return nil
		}
		seen[kind+value] = true
		k, err := c.Keys.Key(ctx, kind, value)
		if err != nil {
			return fmt.Errorf("key a subject of request %s: %w", r.ID, err)
		}
		keys = append(keys, k)
		return nil
	}
	if r.Delegated == nil { // else the sender is a client's machine, which names no mailbox of its own
		if err := add("email", strings.ToLower(r.Sender.Email)); err != nil {
			return nil, err
		}
	}
	for _, cand := range r.Candidates {
		if !cand.Chosen {
			continue
		}
		for _, kind := range subjectKinds {
			for _, v := range cand.Keys[kind] {
				if err := add(kind, v); err != nil {
					return nil, err
				}
			}
		}
	}
	return keys, nil
}

// Join adds a later message to the request it belongs to and gives it to an
// officer; it decides nothing by itself, because a reference is no proof. It
// reports false when there is no such request.
func (c *Cases) Join(ctx context.Context, ref request.Reference, m request.Message) (bool, error) {
	id, err := c.Finder.ByReference(ctx, ref)
	if request.NotFound.Is(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("find the request of a reply: %w", err)
	}
	return true, c.join(ctx, id, m)
}

// JoinOpen adds a reminder without a reference to the newest open request of
// the same sender, and reports false when there is none.
func (c *Cases) JoinOpen(ctx context.Context, email string, m request.Message) (bool, error) {
	key, err := c.Keys.Key(ctx, "email", strings.ToLower(email))
	if err != nil {
		return false, fmt.Errorf("key the sender of a reminder: %w", err)
	}
	ids, err := c.Finder.BySubject(ctx, key)
	if err != nil {
		return false, fmt.Errorf("find the request of a reminder: %w", err)
	}
	var newest *request.Request
	for _, id := range ids {
		r, err := c.Store.Load(ctx, id)
		if err != nil {
			return false, fmt.Errorf("load request %s: %w", id, err)
		}
		if r.Stage != request.Done && r.Delegated == nil && strings.EqualFold(r.Sender.Email, email) && (newest == nil || r.Received.After(newest.Received)) {
			newest = r
		}
	}
	if newest == nil {
		return false, nil
	}
	return true, c.join(ctx, newest.ID, m)
}

func (c *Cases) join(ctx context.Context, id request.ID, m request.Message) error {
	_, err := c.change(ctx, id, func(ch *change) error {
		for _, have := range ch.Messages {
			if have.SourceKey == m.SourceKey {
				return errNothing
			}
		}
		ch.Messages = append(ch.Messages, m)
		ch.line("subject", "message-joined", "", m.Kind, nil)
		ch.task("reply", "", "officer", "", messageTask+fmt.Sprint(len(ch.Messages)))
		return nil
	})
	return err
}
