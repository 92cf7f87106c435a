package casework

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/allclaims/rightsdesk/shared/intake"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// OrdinaryRow is one mail that intake took for ordinary business; it holds no
// personal data (A46).
type OrdinaryRow struct {
	// ID is the name of the mail's object in the mail bucket, At its receipt
	// instant (UTC), Rule the rule that decided.
	ID   string
	At   time.Time
	Rule string
	// Reference is that of the request that was made of it; "" = none.
	Reference request.Reference
}

// OrdinaryMail is one such mail, read again for the officer who judges it.
type OrdinaryMail struct {
	OrdinaryRow
	From, Name, Subject, Text string
	Attachments               []string
}

// Ordinary lists the ordinary mail of an Amsterdam day for an officer, by
// receipt within a page. A page may hold fewer rows than asked while more follow.
func (c *Cases) Ordinary(ctx context.Context, a Actor, day request.Day, page store.Page) ([]OrdinaryRow, string, error) {
	if err := may(a, "officer", string(day)); err != nil {
		return nil, "", err
	}
	noted, next, err := c.Registers.NotedOn(ctx, day, page)
	if err != nil {
		return nil, "", fmt.Errorf("list the ordinary mail of %s: %w", day, err)
	}
	var rows []OrdinaryRow
	for _, n := range noted {
		if n.Kind != string(intake.KindOther) {
			continue
		}
		row, err := c.ordinaryRow(ctx, n)
		if err != nil {
			return nil, "", err
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b OrdinaryRow) int { return a.At.Compare(b.At) })
	return rows, next, nil
}

func (c *Cases) ordinaryRow(ctx context.Context, n store.Noted) (OrdinaryRow, error) {
	row := OrdinaryRow{ID: mailID(n.Source), At: n.At, Rule: n.Rule}
	id, err := c.Finder.BySource(ctx, n.Source)
	if request.NotFound.Is(err) {
		return row, nil
	}
	if err != nil {
		return row, fmt.Errorf("look for the request of mail %s: %w", row.ID, err)
	}
	r, err := c.Store.Load(ctx, id)
	if err != nil && !request.NotFound.Is(err) {
		return row, fmt.Errorf("load the request of mail %s: %w", row.ID, err)
	}
	if err == nil {
		row.Reference = r.Reference
	}
	return row, nil
}

// ordinary finds the note of one ordinary mail; NotFound when that day has none such.
func (c *Cases) ordinary(ctx context.Context, day request.Day, id string) (store.Noted, error) {
	source := mailSource + id
	for page := (store.Page{Limit: 500}); ; {
		noted, next, err := c.Registers.NotedOn(ctx, day, page)
		if err != nil {
			return store.Noted{}, fmt.Errorf("find ordinary mail %s of %s: %w", id, day, err)
		}
		for _, n := range noted {
			if n.Source == source && n.Kind == string(intake.KindOther) {
				return n, nil
			}
		}
		if page.After = next; next == "" {
			return store.Noted{}, request.Fault(request.NotFound, id, "find ordinary mail")
		}
	}
}

// again reads an ordinary mail a second time, as one that a person doubts.
// NotFound: the raw mail is gone (it is kept for 30 days).
func (c *Cases) again(ctx context.Context, n store.Noted) (RawMail, intake.Message, error) {
	id := mailID(n.Source)
	m := RawMail{Key: rawPrefix + id, MessageID: id, Received: n.At.UTC()}
	body, err := c.Raw.Open(ctx, m.Key)
	if err != nil {
		return m, intake.Message{}, fmt.Errorf("open ordinary mail %s: %w", id, err)
	}
	defer body.Close()
	opts := c.Reader
	opts.MessageID, opts.Received, opts.Doubted = id, m.Received, true
	msg, err := intake.Read(body, opts)
	if err != nil {
		return m, intake.Message{}, fmt.Errorf("read ordinary mail %s: %w", id, err)
	}
	return m, msg, nil
}

// OrdinaryMail shows one ordinary mail to an officer, who judges whether it
// asks something after all.
func (c *Cases) OrdinaryMail(ctx context.Context, a Actor, day request.Day, id string) (OrdinaryMail, error) {
	if err := may(a, "officer", id); err != nil {
		return OrdinaryMail{}, err
	}
	n, err := c.ordinary(ctx, day, id)
	if err != nil {
		return OrdinaryMail{}, err
	}
	row, err := c.ordinaryRow(ctx, n)
	if err != nil {
		return OrdinaryMail{}, err
	}
	_, msg, err := c.again(ctx, n)
	if err != nil {
		return OrdinaryMail{}, err
	}
	v := OrdinaryMail{OrdinaryRow: row, From: msg.From, Name: msg.FromName, Subject: msg.Subject, Text: msg.Text}
	for _, at := range msg.Attachments {
		v.Attachments = append(v.Attachments, at.Name)
	}
	return v, nil
}

// TakeUp makes a request of a mail that intake took for ordinary business, by
// an officer's word. The clock runs from the day on which it came in (C-6), and
// an officer reads what it asks. Doing it again answers the same request: the
// source is the mail's own.
func (c *Cases) TakeUp(ctx context.Context, a Actor, day request.Day, id string) (request.Reference, error) {
	if err := may(a, "officer", id); err != nil {
		return "", err
	}
	n, err := c.ordinary(ctx, day, id)
	if err != nil {
		return "", err
	}
	if row, err := c.ordinaryRow(ctx, n); err != nil || row.Reference != "" {
		return row.Reference, err
	}
	m, msg, err := c.again(ctx, n)
	if err != nil {
		return "", err
	}
	s := submission(n.Source, m, msg)
	s.Kind, s.Rights, s.Sure, s.Rule, s.By = string(intake.KindRequest), nil, false, "taken-up-"+n.Rule, a.ID
	receipt, err := c.Register(ctx, s)
	if err != nil {
		return "", fmt.Errorf("take up ordinary mail %s: %w", id, err)
	}
	return receipt.Reference, nil
}
