package casework_test

import "testing"

// Rows that are somebody else's too stay as they are, and whoever asked to erase
// them reads so.
func TestShared(t *testing.T) {
	playFolder(t, "shared", setting{}, func(_ string, w *world) {
		w.shared = map[string]bool{"relations/clients": true, "collection/notes": true}
	})
}
