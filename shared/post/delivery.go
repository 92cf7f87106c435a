package post

import (
	"encoding/base64"
	"strings"
	"time"
)

// Event is what the mail service tells of one mail of ours. It holds no
// address and no words of another server: those may name the person.
type Event struct {
	// Owner and Letter name the letter, by the tag that went with the mail; both
	// are "" where the service tells its own id alone.
	Owner, Letter string
	// MessageID is the service's id of the mail.
	MessageID string
	What      Happening
	// Class and Code say why, for a mail that failed.
	Class Class
	Code  string
	// At is when it happened, by the service's clock, UTC.
	At time.Time
}

// Happening is what became of a mail.
type Happening string

// What can happen to a mail.
const (
	Accepted Happening = "accepted" // the service has taken it
	Arrived  Happening = "arrived"  // the other server has taken it
	Delayed  Happening = "delayed"  // the service goes on trying
	Undone   Happening = "undone"   // it came back, was never sent, or was called spam: see Class
)

// Class is the kind of a failure.
type Class string

// The classes, the lightest first. A letter keeps the heaviest that was told.
const (
	// Transient: the service tried for hours and gave up: a mailbox that is full, a server that is down.
	Transient Class = "transient"
	// Undetermined: nobody can say why. It counts as permanent.
	Undetermined Class = "undetermined"
	// Permanent: there is no such mailbox, or the service writes to it no more.
	Permanent Class = "permanent"
	// Rejected: the service sent nothing: it saw a virus, or could not make the mail.
	Rejected Class = "rejected"
	// Complaint: it arrived and was called spam. The service writes to that
	// address no more, so the next letter cannot arrive (F12).
	Complaint Class = "complaint"
)

var weight = map[Class]int{Transient: 1, Undetermined: 2, Permanent: 3, Rejected: 4, Complaint: 5}

// Delivery is what is known of a letter after it was handed over. It only
// grows: events come late, twice and in any order, and the same events give
// the same Delivery whatever their order (F14).
type Delivery struct {
	// ArrivedAt is the first arrival, DelayedAt the last delay told.
	ArrivedAt time.Time `json:"arrivedAt,omitzero"`
	DelayedAt time.Time `json:"delayedAt,omitzero"`
	// FailedAt, Class and Code are those of the heaviest failure; the code is the
	// service's own word and the other server's status: MailboxFull 4.2.2.
	FailedAt time.Time `json:"failedAt,omitzero"`
	Class    Class     `json:"class,omitempty"`
	Code     string    `json:"code,omitempty"`
}

// Record adds an event to the letter and reports whether it told something
// new. A failure wins over an arrival, an arrival over a delay.
func (l *Letter) Record(e Event) bool {
	was, wasID, wasState := l.Delivery, l.MessageID, l.State
	at := e.At.UTC()
	d := &l.Delivery
	switch e.What {
	case Accepted:
	case Arrived:
		if d.ArrivedAt.IsZero() || at.Before(d.ArrivedAt) {
			d.ArrivedAt = at
		}
	case Delayed:
		if at.After(d.DelayedAt) {
			d.DelayedAt = at
		}
	case Undone:
		if heavier(e, *d) {
			d.FailedAt, d.Class, d.Code = at, e.Class, e.Code
		}
	default:
		return false
	}
	if l.MessageID == "" {
		l.MessageID = e.MessageID // every event proves that the service has the mail (F11)
	}
	l.settle()
	return l.Delivery != was || l.MessageID != wasID || l.State != wasState
}

// heavier reports whether e is a heavier failure than d knows; of two alike the
// earlier counts, then the smaller code, so that no order of telling matters.
func heavier(e Event, d Delivery) bool {
	if weight[e.Class] != weight[d.Class] {
		return weight[e.Class] > weight[d.Class]
	}
	if at := e.At.UTC(); !at.Equal(d.FailedAt) {
		return at.Before(d.FailedAt)
	}
	return e.Code < d.Code
}

// settle gives a letter that went out the state that its Delivery tells. A
// letter that still waits is the sender's, and one on paper is past mail. One
// that was given up, or withdrawn, and arrived after all has arrived.
func (l *Letter) settle() {
	switch l.State {
	case Sent, Delivered, Bounced, Failed, Withdrawn:
	default:
		return
	}
	switch {
	case l.Delivery.Class != "":
		l.State = Bounced
	case !l.Delivery.ArrivedAt.IsZero():
		l.State = Delivered
	case (l.State == Failed || l.State == Withdrawn) && l.MessageID != "":
		l.State = Sent
	}
}

// Tag is the value of the message tag that names a letter in the service's
// events: owner and letter in the characters that a tag may have.
func Tag(owner, letter string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(owner + "/" + letter))
}

// Untag reads a tag; ok is false for one that is not ours.
func Untag(tag string) (owner, letter string, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(tag)
	if err != nil {
		return "", "", false
	}
	owner, letter, ok = strings.Cut(string(b), "/")
	return owner, letter, ok && owner != "" && letter != ""
}
