package post

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
)

const (
	// Lease is how long a letter belongs to the sender that claimed it. After
	// it the sender is taken for dead. It is far longer than a sender lives,
	// because it is also the time that the mail service has to tell, by an event
	// with the letter's tag, that it took the mail: then the letter is marked as
	// sent and not sent again (F11). An event later than this finds the mail
	// sent twice; that remains, and Duplicates counts it.
	Lease = 15 * time.Minute
	// MaxAttempts is a day of tries, one an hour at the end (F10).
	MaxAttempts = 30
	// maxRefusals is how often the mail service may say no to one letter.
	maxRefusals = 3
	// spare is the time that one letter needs: no letter is begun with less left.
	spare = 20 * time.Second
	// Masked stands in the kept copy where the code stood.
	Masked = "••••••••"
)

// What a Transport says of a mail that surely did not go out. After any other
// error it may have.
var (
	// ErrRefused: this mail is not accepted; the same again would not be either.
	ErrRefused = errors.New("mail refused")
	// ErrNotNow: no mail is accepted at the moment (throttled, quota, paused).
	ErrNotNow = errors.New("no mail accepted now")
)

// Outgoing is one mail ready to go.
type Outgoing struct {
	From, To string
	Raw      []byte
	// Owner and Letter name the letter, for the service's events about it.
	Owner, Letter string
}

// Transport hands a mail to the service that delivers it and answers the
// service's id of it.
type Transport interface {
	Send(ctx context.Context, m Outgoing) (messageID string, err error)
}

// Outbox is where letters stand; store says what each does.
type Outbox interface {
	Unsent(ctx context.Context, now time.Time, limit int) ([]Letter, error)
	LettersOf(ctx context.Context, owner string) ([]Letter, error)
	Claim(ctx context.Context, owner, id string, rev int64, leaseUntil time.Time) (Letter, error)
	Mark(ctx context.Context, l Letter, lines []ledger.Line) error
}

// Codes draws the code of a session at the moment of sending. request.NotFound
// and request.TooMany: there is none to send any more.
type Codes interface {
	Draw(ctx context.Context, session, channel string) (string, error)
}

// Dossier keeps every letter exactly as it was sent.
type Dossier interface {
	Put(ctx context.Context, key string, body io.Reader) error
}

// Sender is the only sender of mail. It may run many times at once: a letter
// belongs to who claimed it.
type Sender struct {
	Outbox    Outbox
	Codes     Codes
	Dossier   Dossier
	Transport Transport
	// Machines reaches clients' machines; nil where no row is for one.
	Machines Machines
	Render   func(o letters.Order, h letters.House, secret string) (letters.Mail, error)
	House    letters.House
	// From is our address.
	From string
	// Breaker says what must wait (A31).
	Breaker *Breaker
	// Leave says of a letter, before every try, whether it may still go; nil where
	// each may.
	Leave func(ctx context.Context, l Letter) (Leave, error)
	// Undelivered is told of a letter that was given up: a person must choose
	// another way, for the clock goes on (F12).
	Undelivered func(ctx context.Context, owner, letter string) error
	Now         func() time.Time
	Log         *slog.Logger
}

// Run sends what waits, the longest waiting first, at most limit letters. One
// letter that fails never stops the others (F25); the error joins all faults.
func (s *Sender) Run(ctx context.Context, limit int) (sent int, err error) {
	waiting, err := s.Outbox.Unsent(ctx, s.Now().UTC(), limit)
	if err != nil {
		return 0, fmt.Errorf("list the letters that wait: %w", err)
	}
	return s.all(ctx, waiting)
}

// RunFor sends what waits of one owner. It reads the outbox itself, not the
// list, which may lag behind the commit that called it.
func (s *Sender) RunFor(ctx context.Context, owner string) (sent int, err error) {
	of, err := s.Outbox.LettersOf(ctx, owner)
	if err != nil {
		return 0, fmt.Errorf("list the letters of %s: %w", owner, err)
	}
	now := s.Now()
	var waiting []Letter
	for _, l := range of {
		if (l.State == Unsent || l.State == Sending) && !l.LeaseUntil.After(now) {
			waiting = append(waiting, l)
		}
	}
	return s.all(ctx, waiting)
}

// Call is what the function post is asked: to send what waits of one owner, or
// the codes that one session asked for. An empty one is for all that waits.
type Call struct {
	Owner   string `json:"owner,omitempty"`
	Session string `json:"session,omitempty"`
}

// batch is how many letters one run takes from the list.
const batch = 200

// Serve answers calls. order writes the letters of a session's codes into the
// outbox, if its subject is somebody we know (A16). Codes do not wait for the
// rest of the mail, nor fail with it: the rest has its own minute.
func (s *Sender) Serve(order func(ctx context.Context, session string) error) func(context.Context, Call) error {
	return func(ctx context.Context, c Call) error {
		if c.Owner != "" {
			_, err := s.RunFor(ctx, c.Owner)
			return err
		}
		if c.Session != "" {
			if err := order(ctx, c.Session); err != nil {
				return fmt.Errorf("order the codes of a session: %w", err)
			}
		}
		n, err := s.Run(ctx, batch)
		if n > 0 {
			s.Log.InfoContext(ctx, "sent", "letters", n)
		}
		return err
	}
}

func (s *Sender) all(ctx context.Context, waiting []Letter) (sent int, err error) {
	var faults []error
	machines := 0
	slices.SortStableFunc(waiting, func(a, b Letter) int { return order(a) - order(b) })
	for _, l := range waiting {
		if l.To.Kind == Machine {
			if machines++; machines > machineBatch {
				break // they are the last; a minute later is their turn
			}
		}
		if end, ok := ctx.Deadline(); ok && time.Until(end) < spare {
			break // a minute later there is time again
		}
		ok, err := s.one(ctx, l)
		if err != nil {
			faults = append(faults, fmt.Errorf("letter %s of %s: %w", l.ID, l.Owner, err))
		}
		if ok {
			sent++
		}
	}
	return sent, errors.Join(faults...)
}

// one brings one letter out: claim, draw, render, keep, send, mark. The letter
// row exists before the mail does (I8).
func (s *Sender) one(ctx context.Context, was Letter) (sent bool, err error) {
	if s.Leave != nil && was.MessageID == "" && was.To.Kind != Machine { // Machines ask for themselves
		if stays, err := s.stays(ctx, &was); stays || err != nil {
			return false, err
		}
	}
	if was.State == Unsent && was.MessageID == "" {
		if waits, err := s.hold(ctx, was); waits || err != nil {
			return false, err
		}
	}
	l, err := s.Outbox.Claim(ctx, was.Owner, was.ID, was.Rev, s.Now().UTC().Add(Lease))
	if request.Conflict.Is(err) {
		return false, nil // another sender has it
	}
	if err != nil {
		return false, fmt.Errorf("claim it: %w", err)
	}
	if l.MessageID != "" {
		return s.told(ctx, l)
	}
	if l.Attempts > MaxAttempts {
		return false, s.giveUp(ctx, l, "attempts", true)
	}
	if l.To.Kind == Machine {
		return s.call(ctx, l)
	}
	if was.State == Sending {
		// F11: who had it before died between sending and marking, or before, and
		// the service told nothing.
		l.Duplicates++
		s.Log.WarnContext(ctx, "possible duplicate", "owner", l.Owner, "letter", l.ID)
	}
	secret := ""
	if l.Code != nil {
		secret, err = s.Codes.Draw(ctx, l.Code.Session, l.Code.Channel)
		switch {
		case request.NotFound.Is(err), request.TooMany.Is(err):
			// Nobody waits for this code; its letter has no person to trouble.
			return false, s.giveUp(ctx, l, "code-over", false)
		case err != nil:
			return false, s.again(ctx, l, fmt.Errorf("draw its code: %w", err))
		}
	}
	at := s.Now().UTC()
	m, raw, err := s.write(l, secret, at)
	if err != nil {
		return false, errors.Join(s.giveUp(ctx, l, "unwritable", true), err)
	}
	kept := raw
	if secret != "" {
		if _, kept, err = s.write(l, Masked, at); err != nil {
			return false, errors.Join(s.giveUp(ctx, l, "unwritable", true), err)
		}
	}
	l.Copy = "dossier/" + l.Owner + "/letters/" + l.ID + ".eml"
	if err := s.Dossier.Put(ctx, l.Copy, bytes.NewReader(kept)); err != nil {
		return false, s.again(ctx, l, fmt.Errorf("keep its copy: %w", err))
	}
	id, err := s.Transport.Send(ctx, Outgoing{From: s.From, To: l.To.Email, Raw: raw, Owner: l.Owner, Letter: l.ID})
	switch {
	case errors.Is(err, ErrRefused) && l.Attempts >= maxRefusals:
		return false, errors.Join(s.giveUp(ctx, l, "refused", true), err)
	case errors.Is(err, ErrRefused), errors.Is(err, ErrNotNow):
		return false, s.again(ctx, l, err)
	case err != nil && l.Code != nil:
		// It may have gone out, but somebody sits in front of the form, and a new
		// code harms nobody: the one before it is over.
		l.Duplicates++
		return false, s.again(ctx, l, fmt.Errorf("send it: %w", err))
	case err != nil:
		// F11: it may have gone out. The claim stands until the lease is over, and
		// so long the service has to tell.
		return false, fmt.Errorf("send it: %w", err)
	}
	// The mail is out: whatever happens to the caller, this must be written.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), spare/2)
	defer cancel()
	now := s.Now().UTC()
	l.State, l.SentAt, l.MessageID, l.LeaseUntil = Sent, now, id, time.Time{}
	refs := map[string]string{
		"letter": l.ID, "kind": string(l.Order.Kind), "language": string(l.Order.Language), "template": m.Template,
		"blocks": sum([]byte(strings.Join(m.Blocks, "\n"))), "sha256": sum(kept), "message": id,
	}
	if l.Duplicates > 0 {
		refs["duplicates"] = fmt.Sprint(l.Duplicates)
	}
	if err := s.mark(ctx, l, lines(l, now, "sent", "", refs)); err != nil {
		return true, fmt.Errorf("mark it as sent: %w", err)
	}
	return true, nil
}

// hold keeps back a letter that the breaker does not let go, and reports
// whether it did. What waited too long becomes a person's.
func (s *Sender) hold(ctx context.Context, l Letter) (bool, error) {
	until, err := s.Breaker.Let(ctx, l)
	if err != nil || until.IsZero() {
		return false, err
	}
	if now := s.Now().UTC(); now.Sub(l.Created) >= MaxHeld {
		return true, s.giveUp(ctx, l, "held", true)
	}
	l.LeaseUntil = until
	if err := s.mark(ctx, l, nil); err != nil && !request.Conflict.Is(err) {
		return true, fmt.Errorf("hold it: %w", err)
	}
	return true, nil
}

// told marks a letter of which the service told that it has the mail, though
// its sender never came to write that down (F11). The hash of the mail is lost
// with that sender; the copy that it kept stands in the dossier.
func (s *Sender) told(ctx context.Context, l Letter) (sent bool, err error) {
	now := s.Now().UTC()
	l.State, l.SentAt, l.LeaseUntil = Sent, now, time.Time{}
	l.Copy = "dossier/" + l.Owner + "/letters/" + l.ID + ".eml"
	refs := map[string]string{"letter": l.ID, "kind": string(l.Order.Kind), "language": string(l.Order.Language), "message": l.MessageID}
	secret := ""
	if l.Code != nil {
		secret = Masked
	}
	if m, err := s.Render(l.Order, s.House, secret); err == nil {
		refs["template"], refs["blocks"] = m.Template, sum([]byte(strings.Join(m.Blocks, "\n")))
	}
	if err := s.mark(ctx, l, lines(l, now, "sent", "told-by-event", refs)); err != nil {
		return false, fmt.Errorf("mark it as sent: %w", err)
	}
	return true, nil
}

// marks is how often a mark is tried again when events come at the same moment.
const marks = 8

// mark writes a letter that this sender holds. An event about it may be
// recorded at the same moment; what it told is kept.
func (s *Sender) mark(ctx context.Context, l Letter, lines []ledger.Line) error {
	for try := 1; ; try++ {
		l.settle()
		err := s.Outbox.Mark(ctx, l, lines)
		if !request.Conflict.Is(err) || try == marks {
			return err
		}
		of, readErr := s.Outbox.LettersOf(ctx, l.Owner)
		if readErr != nil {
			return errors.Join(err, readErr)
		}
		i := slices.IndexFunc(of, func(x Letter) bool { return x.ID == l.ID })
		if i < 0 || of[i].Attempts != l.Attempts || of[i].State != Sending && of[i].State != Unsent {
			return err // another has it
		}
		l.Rev, l.Delivery = of[i].Rev, of[i].Delivery
		if l.MessageID == "" {
			l.MessageID = of[i].MessageID
		}
	}
}

// write makes the mail of a letter. The same letter, code and instant give the
// same bytes.
func (s *Sender) write(l Letter, secret string, at time.Time) (letters.Mail, []byte, error) {
	m, err := s.Render(l.Order, s.House, secret)
	if err != nil {
		return letters.Mail{}, nil, fmt.Errorf("render %s: %w", l.Order.Kind, err)
	}
	raw, err := Message{
		From: s.From, To: l.To.Email, Subject: m.Subject, Text: m.Text, HTML: m.HTML, Language: l.Order.Language,
		Date: at, ID: l.Owner + "/" + l.ID, Answers: l.Order.Kind == letters.Acknowledgement,
		Reference: l.Reference, Kind: l.Order.Kind,
	}.Encode()
	if err != nil {
		return letters.Mail{}, nil, fmt.Errorf("write %s: %w", l.Order.Kind, err)
	}
	return m, raw, nil
}

// again puts a letter back for a later try, later with every try, and gives it
// up after the last one.
func (s *Sender) again(ctx context.Context, l Letter, cause error) error {
	if l.Attempts >= MaxAttempts {
		return errors.Join(s.giveUp(ctx, l, "attempts", true), cause)
	}
	l.State = Unsent
	l.LeaseUntil = s.Now().UTC().Add(later(l.Attempts))
	if err := s.mark(ctx, l, nil); err != nil {
		return errors.Join(cause, fmt.Errorf("put it back: %w", err))
	}
	return cause
}

// later is how long after so many attempts the next one is.
func later(attempts int) time.Duration { return min(time.Minute<<min(attempts-1, 6), time.Hour) }

// giveUp ends a letter that will not go out; told says whether a person must
// know. A person is told first: told twice is better than never.
func (s *Sender) giveUp(ctx context.Context, l Letter, reason string, told bool) error {
	if told {
		if err := s.Undelivered(ctx, l.Owner, l.ID); err != nil {
			return fmt.Errorf("open a task: %w", err)
		}
	}
	l.State, l.LeaseUntil = Failed, time.Time{}
	refs := map[string]string{"letter": l.ID, "kind": string(l.Order.Kind)}
	if err := s.mark(ctx, l, lines(l, s.Now().UTC(), "not-sent", reason, refs)); err != nil {
		return fmt.Errorf("mark it as failed: %w", err)
	}
	return nil
}

// lines is the ledger line about a letter; a letter of no request has no chain.
func lines(l Letter, at time.Time, action, reason string, refs map[string]string) []ledger.Line {
	if !request.ID(l.Owner).Valid() {
		return nil
	}
	return []ledger.Line{{At: at, Actor: "system:post", Action: action, Leg: l.Leg, Reason: reason, Refs: refs}}
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}
