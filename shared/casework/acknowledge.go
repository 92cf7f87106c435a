package casework

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Acknowledge copies the raw message to the dossier and sends T-01: at most
// one per address per day (A30), none to robots (A32), and none where the
// answer itself goes out today.
func (c *Cases) Acknowledge(ctx context.Context, in Input) (Output, error) {
	out := Output{RequestID: in.RequestID, Next: "triage"}
	r, err := c.Store.Load(ctx, in.RequestID)
	if err != nil {
		return Output{}, fmt.Errorf("acknowledge: load request %s: %w", in.RequestID, err)
	}
	if r.Stage != request.Registered {
		return out, nil
	}
	if err := c.keepRaw(ctx, r); err != nil {
		return Output{}, err
	}
	reason, err := c.mayAcknowledge(ctx, r)
	if err != nil {
		return Output{}, err
	}
	_, err = c.change(ctx, in.RequestID, func(ch *change) error {
		if ch.Stage != request.Registered {
			return errNothing
		}
		ch.Stage = request.Acknowledged
		ch.WakeAt = ch.now.Add(c.Waits.Step)
		ch.line(system("acknowledge"), "acknowledged", "", reason, nil)
		if reason != "" {
			return nil
		}
		res, err := c.clock(ch.Request)
		if err != nil {
			return err
		}
		ch.letter("", "received", ch.sender(), ch.order(letters.Acknowledgement, nil, facts{
			"nominal": res.Nominal.String(), "ask_by": res.Milestones["identityQuestion"].String(),
		}))
		return nil
	})
	if err != nil {
		return Output{}, fmt.Errorf("acknowledge: %w", err)
	}
	return out, nil
}

// mayAcknowledge answers "" or the code of why no T-01 goes out. A request
// counts once: doing the step again, after a crash wherever it was, gets the
// answer of the first time and lets no second T-01 out.
func (c *Cases) mayAcknowledge(ctx context.Context, r *request.Request) (string, error) {
	switch {
	case !r.Sender.Answerable:
		return "not-answerable", nil
	case r.Sender.Email == "" || r.Sender.ByLetter:
		return "no-address", nil
	case r.Understood.Sure && onlyStops(r.Understood.Rights):
		return "answered-at-once", nil
	}
	// Folded for counting only: plus-tags and gmail dots are one mailbox (A30).
	key, err := c.Keys.Key(ctx, "ack", fold(r.Sender.Email))
	if err != nil {
		return "", fmt.Errorf("acknowledge: key the address of request %s: %w", r.ID, err)
	}
	now := c.Now().UTC()
	for _, limit := range []struct {
		name   string
		max    int
		window time.Duration
	}{{"day", 1, 24 * time.Hour}, {"week", 3, 7 * 24 * time.Hour}} {
		ok, err := c.Registers.TakeOnce(ctx, "ack/"+limit.name+"/"+key, string(r.ID), limit.max, now.Add(limit.window))
		if err != nil {
			return "", fmt.Errorf("acknowledge: count for request %s: %w", r.ID, err)
		}
		if !ok {
			return "limit-" + limit.name, nil
		}
	}
	return "", nil
}

// keepRaw copies the raw mail to the dossier, where it outlives the mail bucket (D-2).
func (c *Cases) keepRaw(ctx context.Context, r *request.Request) error {
	if r.Raw == "" {
		return nil
	}
	body, err := c.Raw.Open(ctx, r.Raw)
	if request.NotFound.Is(err) {
		return nil // its text stands in the request; the bucket's own alarm tells of the loss
	}
	if err != nil {
		return fmt.Errorf("acknowledge: open the mail of request %s: %w", r.ID, err)
	}
	defer body.Close()
	if err := c.Dossier.Put(ctx, mailKey(r), body); err != nil {
		return fmt.Errorf("acknowledge: keep the mail of request %s: %w", r.ID, err)
	}
	return nil
}

// fold makes one name of the spellings of a mailbox.
func fold(email string) string {
	local, domain, ok := strings.Cut(strings.ToLower(strings.TrimSpace(email)), "@")
	if !ok {
		return local
	}
	local, _, _ = strings.Cut(local, "+")
	if domain == "gmail.com" || domain == "googlemail.com" {
		local, domain = strings.ReplaceAll(local, ".", ""), "gmail.com"
	}
	return local + "@" + domain
}

func onlyStops(rights []request.Right) bool {
	for _, r := range rights {
		if !r.Stops() {
			return false
		}
	}
	return len(rights) > 0
}

// rightsOf are the rights a letter names; a bare complaint or question counts as one.
func rightsOf(r *request.Request) []request.Right {
	if len(r.Understood.Rights) > 0 {
		return r.Understood.Rights
	}
	if r.Kind == "complaint" {
		return []request.Right{request.Complaint}
	}
	return []request.Right{request.Question}
}
