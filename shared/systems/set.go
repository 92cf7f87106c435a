package systems

import (
	"fmt"

	"github.com/allclaims/rightsdesk/shared/inventory"
)

// Set is a registry of connectors by the id of their system.
type Set struct {
	Declared *inventory.Inventory
	ByID     map[string]System
}

// Inventory implements Registry.
func (s Set) Inventory() *inventory.Inventory { return s.Declared }

// System implements Registry; a system that is not declared or has no
// connector is an error.
func (s Set) System(id string) (System, error) {
	sys, ok := s.ByID[id]
	if !ok || s.Declared.System(id) == nil {
		return nil, fmt.Errorf("system %q: %w", id, ErrNotDeclared)
	}
	return sys, nil
}
