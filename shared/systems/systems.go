// Package systems reaches the systems that hold personal data: to find a
// person, to hand out a copy, to stop, erase or restrict. Every connector keeps
// the one contract that systemstest checks.
package systems

import (
	"context"

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
	// Collect streams every row of h that belongs to keys, in a fixed order,
	// to emit, never holding more than one page. client narrows to one
	// client's data when it is not "".
	Collect(ctx context.Context, h inventory.Holding, keys Keys, client string, emit func(Row) error) error
	// Apply carries out one act on every row of h that belongs to keys. Doing
	// it again is harmless; the count tells the rows that are now as they must be.
	Apply(ctx context.Context, h inventory.Holding, keys Keys, client string, act Act) (int, error)
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
}
