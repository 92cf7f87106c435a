package casework

import (
	"context"
	"fmt"
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Hold keeps an act that cannot be undone: an erasure until its cool-off is
// over and every access of the same person is answered, a package until
// the warned person had time to object (A10).
func (c *Cases) Hold(ctx context.Context, in Input) (Output, error) {
	r, err := c.Store.Load(ctx, in.RequestID)
	if err != nil {
		return Output{}, fmt.Errorf("hold: load request %s: %w", in.RequestID, err)
	}
	first, err := c.mustWaitFor(ctx, r, in.LegID)
	if err != nil {
		return Output{}, err
	}
	return c.waits(ctx, in, "Hold", func(ch *change, l *request.Leg) error {
		if l.Phase != request.Decided {
			return nil
		}
		return c.tryRelease(ch, l, first)
	}, func(ch *change, l *request.Leg) time.Time { return holdTimer(ch, l) })
}

// holdTimer looks again at the end of the hold, and at least every hour while
// another leg must be answered first.
func holdTimer(ch *change, l *request.Leg) time.Time {
	if mandateWaits(ch.Request) {
		return mandateTimer(ch.Request)
	}
	if l.HoldUntil.After(ch.now) {
		return l.HoldUntil
	}
	if l.Right.Discloses() {
		return noTimer // an officer releases it
	}
	return ch.now.Add(time.Hour)
}

// tryRelease lets a decided leg act if nothing holds it any more.
func (c *Cases) tryRelease(ch *change, l *request.Leg, first bool) error {
	switch {
	case ch.Task("not-me", "") != nil:
		// Somebody says that they did not ask: nothing goes until a person has looked (I-10).
		return nil
	case ch.mandateHolds():
		// Nobody judged yet whether who asks may ask (I-6).
		return nil
	case l.Right == request.Erasure:
		if l.HoldUntil.IsZero() {
			l.HoldUntil = ch.now.Add(c.Waits.CoolOff)
			ch.line(system("hold"), "cool-off", l.ID, "", map[string]string{"until": l.HoldUntil.Format(time.RFC3339)})
		}
		if first || ch.now.Before(l.HoldUntil) {
			return nil
		}
	case l.Right.Discloses():
		// The level is read again here: nothing may have released it but a proof (I1, I14).
		if l.Has < l.Needs {
			return request.Fault(request.ProofTooLow, string(ch.ID)+"/"+l.ID, "release a package")
		}
		if !l.Released && c.distinct(ch.Request, l.ProvenBy) < 2 {
			if l.HoldUntil.IsZero() {
				if ch.warn(l.ID) == 0 {
					ch.task("release", l.ID, "officer", "", "")
					return nil
				}
				l.HoldUntil = ch.now.Add(c.Waits.Disclosure)
				ch.line(system("hold"), "disclosure-wait", l.ID, "", map[string]string{"until": l.HoldUntil.Format(time.RFC3339)})
			}
			if ch.now.Before(l.HoldUntil) {
				return nil
			}
		}
		ch.done("release", l.ID, system("hold"))
	}
	return ch.advance(l, request.HoldOver, system("hold"), "", nil)
}

// distinct counts the different mailboxes or numbers behind proven channels.
func (c *Cases) distinct(r *request.Request, ids []string) int {
	seen := map[string]bool{}
	for _, id := range ids {
		if chn, ok := channelOf(r, id); ok {
			seen[chn.Kind+fold(chn.Value)] = true
		}
	}
	return len(seen)
}

// mustWaitFor reports whether an erasure leg must wait: access and portability
// come first, in this request and in every other open one of the same
// person (F30).
func (c *Cases) mustWaitFor(ctx context.Context, r *request.Request, leg string) (bool, error) {
	l := r.Leg(leg)
	if l == nil || l.Right != request.Erasure {
		return false, nil
	}
	if disclosing(r) {
		return true, nil
	}
	keys, err := c.subjects(ctx, r)
	if err != nil {
		return false, err
	}
	for _, key := range keys {
		ids, err := c.Finder.BySubject(ctx, key)
		if err != nil {
			return false, fmt.Errorf("hold: other requests of the subject of %s: %w", r.ID, err)
		}
		for _, id := range ids {
			if id == r.ID {
				continue
			}
			other, err := c.Store.Load(ctx, id)
			if err != nil {
				return false, fmt.Errorf("hold: load request %s: %w", id, err)
			}
			if disclosing(other) {
				return true, nil
			}
		}
	}
	return false, nil
}

// disclosing reports whether a request still owes somebody a copy: a leg of
// access or portability of ours that is not answered.
func disclosing(r *request.Request) bool {
	for i := range r.Legs {
		l := &r.Legs[i]
		if l.Right.Discloses() && l.Role == request.Controller && !l.Past(request.Answered) {
			return true
		}
	}
	return false
}
