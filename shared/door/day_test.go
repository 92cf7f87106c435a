package door_test

import (
	"testing"

	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/request"
)

// A day is read in whatever way people write it, and written in one.
func TestDay(t *testing.T) {
	for typed, want := range map[string]request.Day{
		"20 11 2026": "2026-11-20", " 20-11-2026 ": "2026-11-20", "20/11/2026": "2026-11-20", "20.11.2026": "2026-11-20", "2026-11-20": "2026-11-20",
		"20 november 2026": "2026-11-20", "1 2 2026": "2026-02-01", "30 2 2026": "", "20 11": "", "20 11 26": "", "morgen": "", "": "",
	} {
		got := door.ReadDay(typed)
		if got != want {
			t.Errorf("ReadDay(%q) = %q, want %q", typed, got, want)
		}
		if want != "" && door.ReadDay(door.TypedDay(got)) != want {
			t.Errorf("TypedDay(%q) = %q, which reads otherwise", got, door.TypedDay(got))
		}
	}
	if got := door.TypedDay(""); got != "" {
		t.Errorf("no day is typed as %q", got)
	}
}
