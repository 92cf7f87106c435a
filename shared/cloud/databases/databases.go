// Package databases gives a function the SQL databases among the systems. It
// stands apart from cloud because who imports it carries every driver, sits in
// the network of the databases and may read their secrets (decision 19): a test
// holds template and imports together.
package databases

import (
	"context"
	"slices"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/database"
)

// Open is a cloud.Opener.
func Open(declared *inventory.System, secret func(ctx context.Context) (string, error)) systems.System {
	if !slices.Contains(inventory.Databases, declared.Kind) {
		return nil
	}
	return database.Open(declared, secret)
}
