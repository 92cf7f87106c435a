package casework

import "testing"

// TestOtherClientsStayHidden: a debtor of two clients names both in one letter;
// neither client reads of the other.
func TestOtherClientsStayHidden(t *testing.T) {
	const wrote = "Dossiers D-2026-1 van Bakker en d-2026-2 van ZORGNET B.V."
	if got, want := without(wrote, []string{"Zorgnet B.V.", "D-2026-2", ""}), "Dossiers D-2026-1 van Bakker en […] van […]"; got != want {
		t.Errorf("without() = %q, want %q", got, want)
	}
	for text, want := range map[string]string{
		"De mister van Ster, en STER'S brief": "De mister van […], en […]'S brief",
		"bosbessen van Bos":                   "bosbessen van […]",
		"Telstars rekening, TelstarBV":        "[…]s rekening, […]BV",
		"D-2026-1 en D-2026-12":               "[…] en D-2026-12", // the second is this client's own
		"(Ster)Bos":                           "([…])[…]",
		"Zorgnet B.V. en zorgnet":             "[…] en […]",
		"café Énergie en énergie":             "café […] en […]",
	} {
		if got := without(text, []string{"Bos", "Ster", "Telstar", "Zorgnet", "Zorgnet B.V.", "D-2026-1", "Énergie"}); got != want {
			t.Errorf("without(%q) = %q, want %q", text, got, want)
		}
	}
	if got := without(wrote, nil); got != wrote {
		t.Errorf("without() of nobody = %q", got)
	}
}
