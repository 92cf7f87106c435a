// Package manual stands for a system without a door: a paper archive, a
// program that only people can open. It does nothing by itself and never says
// that nothing is there; casework gives the work to an officer.
package manual

import (
	"context"
	"fmt"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// System is one system that only people can open.
type System struct{ Declared *inventory.System }

// Find implements systems.System: nobody is recognised by what only people can open.
func (s System) Find(_ context.Context, h inventory.Holding, _, _ string) ([]systems.Row, error) {
	return nil, s.byHand("find", h)
}

// Collect implements systems.System.
func (s System) Collect(_ context.Context, h inventory.Holding, _ systems.Selection, _ func(systems.Row) error) error {
	return s.byHand("collect", h)
}

// Apply implements systems.System.
func (s System) Apply(_ context.Context, h inventory.Holding, _ systems.Selection, act systems.Act) (int, error) {
	return 0, s.byHand(act.Action, h)
}

// Can implements systems.System.
func (s System) Can(inventory.Holding, string) bool { return false }

func (s System) byHand(what string, h inventory.Holding) error {
	return fmt.Errorf("%s in holding %s/%s: %w", what, s.Declared.ID, h.ID, systems.ErrByHand)
}
