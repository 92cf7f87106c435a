// Package store says what is written together. The two stores, dynamo and
// memory, hold to one contract, which storetest checks.
//
// The contract: a request is created if absent and written by compare-and-swap
// on Rev; everything in Writes is committed with it or not at all; the caller
// that meets Conflict loads again and retries. Lists come from sparse indexes
// and may lag: decide only on what Load returns.
package store

import (
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Writes is what is committed together with a request.
type Writes struct {
	// Letters are new outbox rows, create-if-absent by owner and id; one that
	// is already there stays as it is.
	Letters []post.Letter
	// Lines are appended to the request's chain; the store numbers and chains
	// them from Request.Chain and moves that head.
	Lines []ledger.Line
	// Suppress and Erased go to the registers.
	Suppress []register.Suppression
	Erased   []register.Erased
	// Subjects are the keyed HMACs of the request's subjects and sender, by
	// which other requests of the same person are found. They replace those stored.
	Subjects []string
}

// Waking is a request or leg whose time has come.
type Waking struct {
	Request request.ID
	Leg     string // "" = the request's own machine
	At      time.Time
}

// TaskRow is one open task in an officer's queue; it holds no personal data (A46).
type TaskRow struct {
	Request   request.ID
	Reference request.Reference
	Leg       string
	Task      string // task id
	Kind      string
	Role      string
	Assignee  string
	Not       string
	Right     request.Right
	Relation  request.Relation
	Client    string
	// SafeDue is the day to work to, as in OpenRow.
	SafeDue request.Day
	Channel request.Channel
	// Answered is true when nothing else of the request is open: no day of the
	// law runs on for what is still to be done.
	Answered bool
	// Phase and Handed stand with a leg that waits for somebody else (Kind Waits).
	Phase request.Phase
	Handed
}

// ClientRow is one processor leg in a client's list.
type ClientRow struct {
	Request   request.ID
	Reference request.Reference
	Leg       string
	Right     request.Right
	Phase     request.Phase
	SafeDue   request.Day
	// Moved is set where another client decides now.
	Moved bool
	Handed
}

// Handed is how far a leg has come that is the client's to decide.
type Handed struct {
	// Forwarded is the day on which the client was told, "" before;
	// Reminded counts the reminders since.
	Forwarded request.Day `json:",omitempty"`
	Reminded  int         `json:",omitempty"`
	// Instruction is the kind that was given, "" before.
	Instruction string `json:",omitempty"`
	// Held is true while we hold one and wait for the client's second word (28(3)).
	Held bool `json:",omitempty"`
}

// OpenRow is one open request in due-date order, for the daily watch.
type OpenRow struct {
	Request   request.ID
	Reference request.Reference
	// SafeDue is the day to work to: later than the safe date once an extension is out.
	SafeDue request.Day
	WakeAt  time.Time
	// Holidays names the list of holidays that gave the dates.
	Holidays string
}

// Noted is one message that became no request: a robot's, a bounce, ordinary
// business mail, a reply that joined a request. Ids and codes only.
type Noted struct {
	// Source is the source key, as Request.SourceKey.
	Source string    `json:"source"`
	Kind   string    `json:"kind"`
	Rule   string    `json:"rule"`
	At     time.Time `json:"at"`
}

// Day is the Amsterdam day under which it is listed.
func (n Noted) Day() request.Day { return request.Day(deadline.LocalDate(n.At).String()) }

// Page bounds a list: Limit rows from After, an opaque cursor ("" = the start).
type Page struct {
	Limit int
	After string
}
