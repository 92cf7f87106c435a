// Package post is the outbox: every letter is a row that is committed with the
// act it tells of, and one sender claims, renders, sends and marks it (I8).
package post

import (
	"time"

	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Letter is one logical letter. Its ID is made from what it tells of (leg,
// kind, event), so the same event can never make two.
type Letter struct {
	// Owner is the request's id, or client:<id> for sign-in codes, or house for digests.
	Owner string `json:"owner"`
	ID    string `json:"id"`
	Leg   string `json:"leg,omitempty"`
	// Reference is the request's, for headers and lists.
	Reference request.Reference `json:"reference,omitempty"`
	Order     letters.Order     `json:"order"`
	To        Address           `json:"to"`
	State     State             `json:"state"`
	Created   time.Time         `json:"created"`
	// LeaseUntil is the end of a sender's claim; after it another may try.
	LeaseUntil time.Time `json:"leaseUntil"`
	Attempts   int       `json:"attempts,omitempty"`
	SentAt     time.Time `json:"sentAt"`
	// MessageID is SES's id of the physical mail.
	MessageID string `json:"messageId,omitempty"`
	// Delivery is what the mail service told of it since.
	Delivery Delivery `json:"delivery,omitzero"`
	// Posted is the day on which a member of staff put it in the post, PostedBy who did.
	Posted   request.Day `json:"posted,omitempty"`
	PostedBy string      `json:"postedBy,omitempty"`
	// Duplicates counts sends that may have gone out twice (F11).
	Duplicates int `json:"duplicates,omitempty"`
	// Copy is the key of the letter exactly as sent, in the dossier bucket.
	Copy string `json:"copy,omitempty"`
	// Code asks the sender to draw a code at the moment of sending (N-01, N-04).
	// The outbox never holds the code itself.
	Code *Code `json:"code,omitempty"`
	// Kept is why it is kept back, in the outbox, until it may go: see Leave.
	Kept string `json:"kept,omitempty"`
	Rev  int64  `json:"rev"`
}

// Address is where a letter goes.
type Address struct {
	// Kind is sender (the address in the request), file (a channel on file),
	// client, recipient, house (info@), or Machine.
	Kind  string `json:"kind"`
	Email string `json:"email,omitempty"`
	// Channel is the id of the channel on file, for proofs and the ledger.
	Channel string `json:"channel,omitempty"`
	// URL is where a client's machine is.
	URL string `json:"url,omitempty"`
}

// Machine is the kind of an address that is no mailbox: a client's machine,
// which gets a message of OpenDSR.
const Machine = "machine"

// Code names the proof session that a drawn code belongs to.
type Code struct {
	Session string `json:"session"`
	Channel string `json:"channel"`
}

// State is how far a letter has come.
type State string

// The states of a letter. Bounced wins over delivered (F14).
const (
	Unsent    State = "unsent"
	Sending   State = "sending"
	Sent      State = "sent"
	Delivered State = "delivered"
	Bounced   State = "bounced"
	// Print: no e-mail address; a member of staff posts it.
	Print State = "print"
	// Posted: it went by post, on paper.
	Posted State = "posted"
	// Failed: gave up after the last attempt; a task stands in the queue.
	Failed State = "failed"
	// Recalled: an officer took it back before it was claimed; a task stands in the queue.
	Recalled State = "recalled"
	// Withdrawn: when it was to go, it was for nobody any more; see Leave.
	Withdrawn State = "withdrawn"
)
