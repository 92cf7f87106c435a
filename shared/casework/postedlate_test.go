package casework

import (
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
)

// C-7: an extension whose letter was posted after the first month has no
// effect: the term is what it was, an incident stands in the ledger, and an
// officer has a task. Posted on the last day, it counts.
func TestExtensionPostedLate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		letter string
		on     request.Day
		sent   request.Day
		late   bool
	}{
		{"request.T-08.extended", "2026-12-16", "2026-12-16", false},
		{"request.T-08.extended", "2026-12-17", "", true},
		{"1.T-09.answer", "2026-12-17", "2026-12-15", false},
	} {
		ch := &change{
			Request: &request.Request{
				ID: "r", Reference: "R-7Q2M-K9TD", Language: request.Dutch, Received: time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC),
				Clock: request.Clock{ExtensionSent: "2026-12-15", Extension: request.Extension{Reason: "complexity", By: "jan", ApprovedBy: "piet"}},
			},
			now: time.Date(2026, 12, 18, 9, 0, 0, 0, time.UTC), cases: &Cases{House: letters.House{Email: "info@allclaims.example"}},
		}
		if err := ch.redate(); err != nil || ch.Due != "2027-02-16" {
			t.Fatalf("extended to %s: %v", ch.Due, err)
		}
		if err := ch.posted(tt.letter, tt.on, "jan"); err != nil {
			t.Fatalf("%s on %s: %v", tt.letter, tt.on, err)
		}
		if !tt.late {
			if ch.Due != "2027-02-16" || ch.Clock.ExtensionSent != tt.sent || len(ch.Tasks) != 0 {
				t.Errorf("%s on %s: due %s, %+v, tasks %v", tt.letter, tt.on, ch.Due, ch.Clock, ch.Tasks)
			}
			continue
		}
		incident := false
		for _, l := range ch.writes.Lines {
			incident = incident || l.Action == "incident" && l.Reason == "extension-posted-late"
		}
		if ch.Due != "2026-12-16" || ch.Clock.ExtensionSent != "" || ch.Clock.Extension.By != "" || !incident || ch.Task("deadline", "") == nil {
			t.Errorf("late: due %s, %+v, tasks %v, lines %v", ch.Due, ch.Clock, ch.Tasks, ch.writes.Lines)
		}
	}
}
