package casework

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/intake"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	"github.com/allclaims/rightsdesk/shared/vault"
)

// mailSource begins the source key of a mail; its id in the mail bucket follows.
const mailSource = "mail/"

// rawPrefix begins the key of every mail in the mail bucket; its id follows.
const rawPrefix = "raw/"

// RawMail is one mail that stands in the mail bucket.
type RawMail struct {
	Key       string
	MessageID string
	// Received is when it reached the mail server, UTC (C-6).
	Received   time.Time
	Verdicts   intake.Verdicts
	Recipients []string
}

// Receive reads a mail and makes of it what it is: a request, a message that
// joins one, or a note that nothing is asked (I6). Doing it again changes nothing.
func (c *Cases) Receive(ctx context.Context, m RawMail) error {
	source := mailSource + m.MessageID
	if noted, err := c.Registers.Noted(ctx, source); err != nil || noted {
		return err
	}
	body, err := c.Raw.Open(ctx, m.Key)
	if err != nil {
		return fmt.Errorf("receive %s: open the mail: %w", m.MessageID, err)
	}
	defer body.Close()
	opts := c.Reader
	opts.Verdicts, opts.MessageID, opts.Received = m.Verdicts, m.MessageID, m.Received
	msg, err := intake.Read(body, opts)
	if err != nil {
		return fmt.Errorf("receive %s: read the mail: %w", m.MessageID, err)
	}
	joined, err := c.joins(ctx, source, m, msg)
	if err != nil {
		return fmt.Errorf("receive %s: %w", m.MessageID, err)
	}
	note := store.Noted{Source: source, Kind: string(msg.Kind), Rule: msg.Rule, At: m.Received.UTC()}
	switch {
	case joined:
		note.Kind, note.Rule = "joined", string(msg.Kind)
	case msg.Kind == intake.KindAutomatic, msg.Kind == intake.KindBounce, msg.Kind == intake.KindOther:
	default:
		_, err := c.Register(ctx, submission(source, m, msg))
		return err
	}
	if err := c.Registers.Note(ctx, note); err != nil {
		return fmt.Errorf("receive %s: note it: %w", m.MessageID, err)
	}
	return nil
}

// joins adds a reply or reminder to its request. What bears our reference but
// belongs to no request goes on as a message of its own; robots join nothing.
func (c *Cases) joins(ctx context.Context, source string, m RawMail, msg intake.Message) (bool, error) {
	if msg.Kind == intake.KindAutomatic || msg.Kind == intake.KindBounce {
		return false, nil
	}
	message := request.Message{
		SourceKey: source, Received: m.Received.UTC(), Kind: string(msg.Kind), Subject: msg.Subject, Text: msg.Text, From: msg.From,
	}
	if ref, ok := request.ParseReference(msg.Reference); ok {
		joined, err := c.Join(ctx, ref, message)
		if err != nil || joined {
			return joined, err
		}
	}
	if msg.Kind == intake.KindReminder && msg.From != "" {
		return c.JoinOpen(ctx, msg.From, message)
	}
	return false, nil
}

// submission turns an understood mail into what is registered. A reminder of
// nothing we know is a request that an officer must read.
func submission(source string, m RawMail, msg intake.Message) Submission {
	s := Submission{
		SourceKey: source, Channel: request.Email, Language: msg.Language, Received: m.Received.UTC(), Kind: string(msg.Kind),
		Rights: msg.Rights, Relations: msg.Relations, Sure: msg.Sure, Rule: msg.Rule, Evidence: msg.Evidence,
		Subject: msg.Subject, Text: msg.Text, Raw: m.Key,
		Sender: request.Sender{
			Name: cmp.Or(msg.Clues.Name, msg.FromName), Email: msg.From, Phone: firstOf(msg.Clues.Phones),
			Postcode: firstOf(msg.Clues.Postcodes), HouseNumber: msg.Clues.HouseNumber, BirthDate: request.Day(msg.Clues.BirthDate),
			FileNumbers: msg.Clues.FileNumbers, ClientNumbers: msg.Clues.ClientNumbers, InvoiceNumbers: msg.Clues.InvoiceNumbers,
			Answerable: msg.Answerable,
		},
	}
	if msg.Kind == intake.KindReminder {
		s.Kind, s.Sure = string(intake.KindRequest), false
	}
	if msg.Clues.Capacity != "" {
		// Words are no capacity: an officer reads who asks, and for whom (I-6). What
		// only stops something waits for nobody.
		s.Sender.Capacity, s.Sender.For = msg.Clues.Capacity, msg.Clues.For
		s.Sure = s.Sure && onlyStops(s.Rights)
		s.Evidence = append(s.Evidence, "for somebody else: "+msg.Clues.Capacity)
	}
	return s
}

// firstOf is the first of several values a message names, "" when it names none.
func firstOf(values []string) string { return cmp.Or(values...) }

// sweepAfter is how long the ordinary road gets before the sweeper looks.
const sweepAfter = 2 * time.Minute

// Sweep registers raw mail whose notification was lost (F01), with the instant
// at which the mail reached us. One mail that cannot be read never stops the
// others (F25); the first fault is answered after all were tried.
func (c *Cases) Sweep(ctx context.Context) (int, error) {
	now := c.Now().UTC()
	found := 0
	var fault error
	err := c.Raw.List(ctx, rawPrefix, func(o vault.Object) error {
		id := strings.TrimPrefix(o.Key, rawPrefix)
		if id == "" || strings.Contains(id, "/") || id == "AMAZON_SES_SETUP_NOTIFICATION" || now.Sub(o.Modified) < sweepAfter {
			return nil
		}
		known, err := c.knows(ctx, mailSource+id)
		if err == nil && !known {
			found++
			err = c.Receive(ctx, RawMail{Key: o.Key, MessageID: id, Received: o.Modified.UTC()})
		}
		if err != nil && fault == nil {
			fault = err
		}
		return ctx.Err()
	})
	if err != nil {
		return found, fmt.Errorf("sweep: list the mail: %w", err)
	}
	return found, fault
}

func (c *Cases) knows(ctx context.Context, source string) (bool, error) {
	_, err := c.Finder.BySource(ctx, source)
	if err == nil {
		return true, nil
	}
	if !request.NotFound.Is(err) {
		return false, fmt.Errorf("sweep: look up %s: %w", source, err)
	}
	noted, err := c.Registers.Noted(ctx, source)
	if err != nil {
		return false, fmt.Errorf("sweep: look up %s: %w", source, err)
	}
	return noted, nil
}

// write puts a small object.
func write(ctx context.Context, v Vault, key string, body []byte) error {
	return v.Put(ctx, key, io.Reader(bytes.NewReader(body)))
}
