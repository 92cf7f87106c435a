package systems

import (
	"context"

	"github.com/allclaims/rightsdesk/shared/inventory"
)

// Refers is a System whose rows refer to each other by keys that it enforces: a
// database. It tells before an erasure what that will come upon.
type Refers interface {
	// References tells which rows of h that are meant an erasure cannot take.
	// Earlier are the acts of the same plan that come first, in their order; what
	// they erase refers to nothing any more. Nothing is changed. nil = it does not
	// know after all.
	References(ctx context.Context, h inventory.Holding, of Selection, earlier []Planned) (*References, error)
}

// Refer asks s which rows an erasure cannot take; nil where it does not know.
func Refer(ctx context.Context, s System, h inventory.Holding, of Selection, earlier []Planned) (*References, error) {
	if knows, ok := s.(Refers); ok {
		return knows.References(ctx, h, of, earlier)
	}
	return nil, nil
}

// Planned is what a plan does to another holding of the same system.
type Planned struct {
	Holding inventory.Holding
	Act     Act
}

// References are the rows that an erasure leaves, though nothing says to keep
// them.
type References struct {
	// Held are those to which rows refer that stay. An erasure takes from them
	// what says whose they were (Change of Spared).
	Held int
	// Shared are those to which somebody else's rows lead as to their own, as to
	// the address of a household: no act of one person's erasure changes them.
	Shared int
}

// Spared says what a does to a row that it would erase and to which rows refer
// that stay.
func (a Act) Spared(h inventory.Holding, row Row) Change {
	switch a.Action {
	case Erase:
		a.Action = Anonymise
	case Keep, Restrict:
		a.Before = ""
	default:
		return Change{Other: true} // an expiry comes again
	}
	return a.Of(h, row)
}
