package database_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/database"
)

// Rows that lie together and rows that lie far apart are all erased, those
// too that somebody writes between two batches, and nobody else's.
func TestErase(t *testing.T) {
	for name, every := range map[string]int{"together": 2, "scattered": 100} {
		t.Run(name, func(t *testing.T) {
			each(t, 1, func(t *testing.T, s *database.System) {
				const rows = 3000
				do(t, s, "CREATE TABLE calls (id int PRIMARY KEY, person int NOT NULL, note varchar(400))",
					fmt.Sprintf("INSERT INTO calls (id, person, note) SELECT n, CASE WHEN n %% %d = 0 THEN 1 ELSE 2 END, '%0200d' FROM (", every, 0)+fmt.Sprintf(counter[s.Declared.Kind], rows)+") AS c")
				h := inventory.Holding{ID: "calls", Table: "calls", Primary: []string{"id"}, Unmarked: true,
					Keys: map[string]inventory.Key{"customer": {Column: "person"}}, Columns: columns("id", "person", "note")}
				of := systems.Of(systems.Keys{"customer": {"1"}}, "")
				told, batches := 0, 0
				of.Batch = func(n int) error {
					if told, batches = told+n, batches+1; batches == 1 {
						do(t, s, "UPDATE calls SET note = 'written meanwhile' WHERE person = 1")
					}
					return nil
				}
				n, err := s.Apply(context.Background(), h, of, systems.Act{Action: systems.Erase})
				if err != nil || n != rows/every || told != n || batches < 2 {
					t.Errorf("erased %d and told %d in %d batches, %v; want %d", n, told, batches, err, rows/every)
				}
				var mine, others int
				if err := s.DB.QueryRow("SELECT COUNT(CASE WHEN person = 1 THEN 1 END), COUNT(CASE WHEN person = 2 THEN 1 END) FROM calls").Scan(&mine, &others); err != nil {
					t.Fatal(err)
				}
				if mine != 0 || others != rows-rows/every {
					t.Errorf("left %d of the person and %d of others, want 0 and %d", mine, others, rows-rows/every)
				}
			})
		})
	}
}
