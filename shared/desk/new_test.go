package desk_test

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// What is seldom needed is folded away, and stands open once something is in it
// or wrong with it; what was typed stays.
func TestNewFolds(t *testing.T) {
	open := func(v *visitor) map[string]bool {
		found := map[string]bool{}
		walk(v.Doc, func(n *html.Node) {
			if n.Data == "summary" {
				is := false
				for _, a := range n.Parent.Attr {
					is = is || a.Key == "open"
				}
				found[text(n)] = is
			}
		})
		return found
	}
	v := signedIn(t, "o-1", "officer")
	v.Get("/nieuw").Answers(http.StatusOK)
	for summary, is := range open(v) {
		if is {
			t.Errorf("%s stands open", summary)
		}
	}
	if n := len(open(v)); n != 5 {
		t.Errorf("%d folds, want 5", n)
	}
	v.Post("/nieuw", one("token", strings.Repeat("a", 22), "datum", "19 november 2026", "recht", "portability", "geboren", "31 2 1980", "namens", "Piet Jansen")).Answers(http.StatusUnprocessableEntity).
		Sees("Kies hoe het binnenkwam.", "Kijk de geboortedatum na.").SeesNot("Vul de dag in waarop het binnenkwam.")
	for _, typed := range []string{"19 november 2026", "31 2 1980", "Piet Jansen"} {
		if !strings.Contains(v.Body, typed) {
			t.Errorf("%s is lost", typed)
		}
	}
	for summary, want := range map[string]bool{"Minder vaak gevraagd": true, "Adres en geboortedatum": true, "Dit is voor iemand anders": true, "Nummers uit een brief of contract": false, "Voeg een scan toe": false} {
		if got, ok := open(v)[summary]; !ok || got != want {
			t.Errorf("%s stands open: %v, want %v", summary, got, want)
		}
	}
}
