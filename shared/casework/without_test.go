package casework

import "testing"

// TestOtherClientsStayHidden: a debtor of two clients names both in one letter;
// neither client reads of the other.
func TestOtherClientsStayHidden(t *testing.T) {
	const wrote = "Dossiers D-2026-1 van Bakker en d-2026-2 van ZORGNET B.V."
	if got, want := without(wrote, []string{"Zorgnet B.V.", "D-2026-2", ""}), "Dossiers D-2026-1 van Bakker en […] van […]"; got != want {
		t.Errorf("without() = %q, want %q", got, want)
	}
	if got := without(wrote, nil); got != wrote {
		t.Errorf("without() of nobody = %q", got)
	}
}
