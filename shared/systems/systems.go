// Package systems reaches the systems that hold personal data: to find a
// person, to hand out a copy, to stop, erase or restrict. Every connector keeps
// the one contract that systemstest checks.
package systems

import (
	"context"
	"time"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Keys are the identifiers of one person: kind → values (email, customer, file …).
type Keys map[string][]string

// Row is one record as the system holds it: column → value (string,
// json.Number, bool, nil, or nested; a number keeps every digit). An object of
// a bucket has a column "object" with its name.
type Row map[string]any

// System is one system of the inventory, reached by its connector.
type System interface {
	// Find lists the rows of h whose key of that kind equals value, all of
	// them, at most 50; it never guesses.
	Find(ctx context.Context, h inventory.Holding, kind, value string) ([]Row, error)
	// Collect streams every row of h that is meant, in a fixed order, to emit,
	// never holding more than one page. A row is emit's until it returns. When
	// of.Enough said so before the end, the error is a *Cut.
	Collect(ctx context.Context, h inventory.Holding, of Selection, emit func(Row) error) error
	// Apply carries out one act on every row of h that is meant. Doing it again
	// is harmless; the count tells the rows that are now as they must be. When
	// of.Enough said so before the end, the error is a *Cut and the count is
	// that of the rows so far.
	Apply(ctx context.Context, h inventory.Holding, of Selection, act Act) (int, error)
	// Can reports whether the system is able to carry out that act on h by
	// itself. What it cannot, an officer does by hand.
	Can(h inventory.Holding, action string) bool
}

// Selection says whose rows are meant, and how long to go on.
type Selection struct {
	Keys Keys
	// Client narrows to one client's data when it is not "".
	Client string
	// From is where an earlier call stopped, as its Cut told; "" = the start.
	From string
	// Enough is asked between two pages or batches: true stops there. nil = to
	// the end. A connector that reads a person in one page need not ask.
	Enough func() bool
	// Batch is told the rows of each batch of changes once they stand; its
	// error stops the work. nil = nobody asks.
	Batch func(rows int) error
	// Case says for which request it is asked. Only a system that is itself asked
	// by a request, a processor's, needs it.
	Case Case
}

// Case is the leg of a request for which a system is asked.
type Case struct {
	Request request.ID
	Leg     string
	Right   request.Right
	// Received is when the person's own request reached us.
	Received time.Time
}

// Of is the whole of what is held under keys, of that client when not "".
func Of(keys Keys, client string) Selection { return Selection{Keys: keys, Client: client} }

// Done tells of a batch of changes that stands.
func (s Selection) Done(rows int) error {
	if s.Batch == nil || rows == 0 {
		return nil
	}
	return s.Batch(rows)
}

// Stop is the Cut to answer with when it is time to stop and there is more to
// come after next; nil otherwise.
func (s Selection) Stop(next string) error {
	if next == "" || s.Enough == nil || !s.Enough() {
		return nil
	}
	return &Cut{Next: next}
}

// Cut is the end of a call that stopped where it was told to, with more to come.
type Cut struct { //nolint:errname // no fault: a place to go on from
	// Next is where to go on: the From of the next call. It may hold a key, so
	// it never enters a log or the words of an error.
	Next string
}

func (*Cut) Error() string { return "stopped with more to come" }

// Later is the answer of a system that was asked and answers in days, not in
// this call: a processor's. Nothing failed, and nothing is known yet. The same
// call with the same Case, made again, asks nothing twice.
type Later struct { //nolint:errname // no fault either
	// Until is when the answer is expected, in UTC.
	Until time.Time
	// Again is when to make the call again: Until at the latest, or a day from
	// now, so that what is wrong shows before it is late.
	Again time.Time
}

func (*Later) Error() string { return "asked, and to be answered later" }

// Walker is a System that can go through everything it holds, whoever it is
// about: what a replay of the erasures after a restore asks for, and nothing else.
type Walker interface {
	// Walk gives every row of h, a page at a time, with the place after it: the
	// from of a walk that goes on there, "" after the last. Of a row it tells the
	// keys and what makes it one of h, and may leave out the rest. The rows are
	// page's until it returns.
	Walk(ctx context.Context, h inventory.Holding, from string, page func(rows []Row, next string) error) error
}

// Registry reaches the systems of an inventory.
type Registry interface {
	Inventory() *inventory.Inventory
	System(id string) (System, error)
}

// Act is one change.
type Act struct {
	// Action is erase, anonymise, restrict, keep (strips the columns that the
	// ground does not need), stop, unrestrict,
	// correct, or expire: erase what an earlier keep or
	// restrict of the same leg left and whose last day lies before On (E-3).
	Action string
	// Until is the end of a keep or restrict, YYYY-MM-DD.
	Until request.Day
	// On is the day of the act, YYYY-MM-DD: what a stop writes as its mark.
	On request.Day
	// Before makes keep, restrict and expire erase the rows whose period is over: those
	// whose end date lies before this day. "" = none.
	Before request.Day
	// Ground is the letter of 18(1) on which a restrict stands; with it the mark
	// has no end but an unrestrict of the same leg. "" = a plan's restrict (E-7).
	Ground string
	// Column, Old and New are what a correct changes: only rows whose column
	// still holds Old are touched, "" = the column is empty.
	Column, Old, New string
	// Request and Leg make the act recognisable when it is repeated.
	Request request.ID
	Leg     string
	// Secret keys what the strategies keyed and random leave (Column.As).
	Secret []byte
}
