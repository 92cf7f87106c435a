package post

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
)

// The limits of the sending breaker (A31). SES looks at an account at 5 % of
// bounces or 0.1 % of complaints and stops it at 10 % and 0.5 %: then nobody
// gets a statutory letter any more. Ours are under half of the first.
const (
	// BounceRate and ComplaintRate open the breaker, as parts of 10,000 mails
	// accepted today and yesterday (UTC).
	BounceRate    = 200
	ComplaintRate = 5
	// MinBounces and MinComplaints keep a handful of mails from being a rate.
	MinBounces    = 5
	MinComplaints = 2
	// OpenFor is how long it stays open after the last time that it opened.
	OpenFor = 24 * time.Hour
	// Trials is how many statutory letters an hour go to unverified addresses meanwhile.
	Trials = 10
	// Recheck is when a letter that must wait is looked at again.
	Recheck = 15 * time.Minute
	// MaxHeld is how long a letter waits for the breaker before a person gets it (F10).
	MaxHeld = 24 * time.Hour
	// PerAddress is how many notices a day one mailbox gets; statutory letters are not counted (I17).
	PerAddress = 20
)

// OpenedLine is what the log says when the breaker opens; an alarm counts it
// (infra/watch.yaml).
const OpenedLine = "sending breaker opened"

// Tally counts the mail of one day.
type Tally struct {
	Accepted   int `json:"accepted"`
	Bounced    int `json:"bounced"`
	Complained int `json:"complained"`
}

// Plus is the sum of two tallies.
func (t Tally) Plus(o Tally) Tally {
	return Tally{t.Accepted + o.Accepted, t.Bounced + o.Bounced, t.Complained + o.Complained}
}

// Over says which limit a tally is over: bounces, complaints, or "".
func (t Tally) Over() string {
	of := max(t.Accepted, 1)
	switch {
	case t.Bounced >= MinBounces && t.Bounced*10_000 >= BounceRate*of:
		return "bounces"
	case t.Complained >= MinComplaints && t.Complained*10_000 >= ComplaintRate*of:
		return "complaints"
	}
	return ""
}

// Fuse is the state of the breaker, one for the whole desk. The zero Fuse was never open.
type Fuse struct {
	// OpenedAt is the last opening; it is open until Until.
	OpenedAt time.Time `json:"openedAt,omitzero"`
	Until    time.Time `json:"until,omitzero"`
	// Why is bounces or complaints.
	Why string `json:"why,omitempty"`
	// Round grows with every opening and every closing by hand: each counts from nought.
	Round int `json:"round,omitempty"`
	// ClosedBy is who closed it by hand, "" when time did.
	ClosedBy string `json:"closedBy,omitempty"`
	Rev      int64  `json:"rev"`
}

// Open reports whether the breaker is open at that instant.
func (f Fuse) Open(now time.Time) bool { return now.Before(f.Until) }

// Meter keeps what the breaker knows, for all senders at once.
type Meter interface {
	// Tally adds to the count of that name, atomically, and gives the sum. It is
	// kept until the instant given.
	Tally(ctx context.Context, name string, add Tally, until time.Time) (Tally, error)
	// Fuse gives the state, zero when none was written.
	Fuse(ctx context.Context) (Fuse, error)
	// PutFuse writes over the revision f.Rev; Conflict: somebody else did.
	PutFuse(ctx context.Context, f Fuse) error
	// Take counts one use of key within max until the window ends.
	Take(ctx context.Context, key string, max int, until time.Time) (bool, error)
}

// Breaker stands between the desk and the mail service: who floods the form
// with addresses that do not exist must not stop the letters of everybody else
// (A31). While it is open, notices to an unverified address wait, statutory
// letters to one go at a trickle, and all other mail goes on. What waited for
// a day becomes an officer's task. Nothing is dropped.
type Breaker struct {
	Meter Meter
	// Key makes the keyed HMAC of an address; only the sender of mail needs it.
	Key func(ctx context.Context, kind, value string) (string, error)
	Now func() time.Time
	Log *slog.Logger
}

// Count counts what the mail service told. Mail that the service held back by
// its own list is no bounce: it does not count it either.
func (b *Breaker) Count(ctx context.Context, e Event) error {
	var add Tally
	switch {
	case e.What == Accepted:
		add.Accepted = 1
	case e.What != Undone:
		return nil
	case e.Held():
		return nil
	case e.Class == Complaint:
		add.Complained = 1
	case e.Class == Permanent || e.Class == Undetermined:
		add.Bounced = 1
	default:
		return nil
	}
	f, err := b.Meter.Fuse(ctx)
	if err != nil {
		return fmt.Errorf("read the breaker: %w", err)
	}
	now := b.Now().UTC()
	sum, err := b.Meter.Tally(ctx, tallied(f, now), add, now.Add(72*time.Hour))
	if err != nil {
		return fmt.Errorf("count a mail: %w", err)
	}
	if e.What == Accepted {
		return nil
	}
	before, err := b.Meter.Tally(ctx, tallied(f, now.Add(-24*time.Hour)), Tally{}, now.Add(48*time.Hour))
	if err != nil {
		return fmt.Errorf("read the count of yesterday: %w", err)
	}
	why := sum.Plus(before).Over()
	if why == "" {
		return nil
	}
	f.OpenedAt, f.Until, f.Why, f.ClosedBy = now, now.Add(OpenFor), why, ""
	f.Round++
	err = b.Meter.PutFuse(ctx, f)
	if request.Conflict.Is(err) {
		return nil // another opened it, or closed it by hand: its count is the one that holds
	}
	if err != nil {
		return fmt.Errorf("open the breaker: %w", err)
	}
	b.Log.ErrorContext(ctx, OpenedLine, "why", why, "until", f.Until)
	return nil
}

// Held reports whether the service held the mail back by the account's own list.
func (e Event) Held() bool { return e.Code == "OnAccountSuppressionList" }

func tallied(f Fuse, day time.Time) string {
	return fmt.Sprintf("mail/%d/%s", f.Round, day.UTC().Format(time.DateOnly))
}

// Let says when a letter may go: zero is now. It is asked once before every
// attempt, and counts the attempt.
func (b *Breaker) Let(ctx context.Context, l Letter) (until time.Time, err error) {
	now := b.Now().UTC()
	if l.To.Kind != "sender" && l.To.Kind != "file" {
		return time.Time{}, nil // clients, recipients and ourselves: nobody else can name such an address
	}
	statutory := Statutory(l.Order.Kind)
	if l.To.Kind == "sender" {
		f, err := b.Meter.Fuse(ctx)
		if err != nil {
			return time.Time{}, fmt.Errorf("read the breaker: %w", err)
		}
		if f.Open(now) {
			if !statutory {
				return now.Add(Recheck), nil
			}
			ok, err := b.Meter.Take(ctx, "breaker/trial", Trials, now.Add(time.Hour))
			if err != nil {
				return time.Time{}, fmt.Errorf("count a trial: %w", err)
			}
			if !ok {
				return now.Add(Recheck), nil
			}
		}
	}
	if statutory || l.Attempts > 0 {
		return time.Time{}, nil
	}
	key, err := b.Key(ctx, "email", l.To.Email)
	if err != nil {
		return time.Time{}, fmt.Errorf("key an address: %w", err)
	}
	ok, err := b.Meter.Take(ctx, "mail/"+key, PerAddress, now.Add(24*time.Hour))
	if err != nil {
		return time.Time{}, fmt.Errorf("count the mail to an address: %w", err)
	}
	if !ok {
		return now.Add(Recheck), nil
	}
	return time.Time{}, nil
}

// Resume closes the breaker by hand, and counts from nought.
func (b *Breaker) Resume(ctx context.Context, by string) (was Fuse, err error) {
	if was, err = b.Meter.Fuse(ctx); err != nil {
		return was, fmt.Errorf("read the breaker: %w", err)
	}
	now := b.Now().UTC()
	if !was.Open(now) {
		return was, nil
	}
	f := was
	f.Until, f.ClosedBy = now, by
	f.Round++
	if err := b.Meter.PutFuse(ctx, f); err != nil {
		return was, fmt.Errorf("close the breaker: %w", err)
	}
	return was, nil
}

// Statutory reports whether the law itself asks for that letter. The
// confirmation of receipt and the notices (codes, warnings, word to colleagues)
// can wait, and are worth nothing on paper.
func Statutory(k letters.Kind) bool {
	return k != letters.Acknowledgement && !strings.HasPrefix(string(k), "N-")
}
