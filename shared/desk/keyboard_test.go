package desk_test

import (
	"slices"
	"testing"

	"github.com/allclaims/rightsdesk/shared/pages/pagestest"
	"github.com/allclaims/rightsdesk/shared/request"
)

// U-02: a whole act with the keyboard alone, from the list or the request to
// what casework is told. That every page can be walked is held by Look.
func TestKeyboard(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	b := pagestest.Start(t)
	start := func(t *testing.T, v *visitor, path string) *pagestest.Tab {
		return b.Keys(t, pagestest.Page{Name: t.Name(), URL: shipped(v).Serve(t) + path, Cookies: v.Cookies()})
	}
	did := func(t *testing.T, v *visitor, call string, got any) {
		t.Helper()
		if acts := v.w.acts(); !slices.Equal(acts, []string{call}) {
			t.Fatalf("did %v, want %s", acts, call)
		}
		if got != nil && v.w.got[call] != got {
			t.Errorf("%s got %v, want %v", call, v.w.got[call], got)
		}
	}
	t.Run("approve", func(t *testing.T) {
		v := signedIn(t, "o-2", "approver")
		tab := start(t, v, at)
		tab.Reach("Beoordeel").Enter().Sees("Keurt u dit wissen goed?")
		tab.Reach("Keur goed: wis 13 regels in 2 systemen").Enter().Sees("Goedgekeurd.")
		did(t, v, "Approve", "2")
	})
	t.Run("decide", func(t *testing.T) {
		v := signedIn(t, "o-9", "officer")
		tab := start(t, v, at+"/1/besluit")
		// The third answer, refused, with the arrows; its grounds come with it.
		tab.Reach("besluit-1").Type(" ").Type(pagestest.Down).Type(pagestest.Down)
		tab.Reach("grond-refused-1").Type(" ")
		for range 20 {
			if tab.Script(`document.querySelector('[name=grond]:checked').value`) == "unfounded" {
				break
			}
			tab.Type(pagestest.Down)
		}
		tab.Reach("toelichting").Type("Wij legden dit al uit.")
		tab.Reach("Bekijk de brief").Enter().Sees("Klopt dit besluit?", "Wij legden dit al uit.")
		tab.Reach("Leg voor aan een collega").Enter().Sees("Voorgelegd aan een collega.")
		did(t, v, "DecideLeg", nil)
		if d := v.w.got["DecideLeg"].(request.Decision); d.Outcome != request.Refused || d.Ground == "" || d.Note != "Wij legden dit al uit." {
			t.Errorf("decided %+v", d)
		}
	})
	t.Run("assign", func(t *testing.T) {
		v := signedIn(t, "o-1", "officer")
		v.w.queues["free"] = rows(2)
		tab := start(t, v, "/?rij=vrij")
		tab.Reach("taak=R-7Q2M-K9TA/t0").Type(" ").Reach("wie").Type("P")
		tab.Reach("Geef").Enter().Sees("Taken verdeeld")
		did(t, v, "Assign", nil)
	})
	t.Run("read", func(t *testing.T) {
		v := signedIn(t, "o-1", "officer")
		tab := start(t, v, at+"/lezen")
		tab.Reach("soort-1").Type(" ").Reach("recht-1").Type(" ").Reach("kent-1").Type(" ")
		tab.Reach("Bevestig keuze").Enter().Sees("wat er wordt gevraagd")
		did(t, v, "ReadAs", nil)
	})
	t.Run("answer a message", func(t *testing.T) {
		v := signedIn(t, "o-1", "officer")
		written(v.w.view.Request)
		tab := start(t, v, at+"/beantwoorden")
		tab.Reach("antwoord").Type("U krijgt vandaag antwoord.")
		tab.Reach("Bekijk wat er gebeurt").Enter().Reach("Verstuur het antwoord").Enter().Sees("Het antwoord is onderweg.")
		did(t, v, "Reply", nil)
	})
}

// What hangs on another answer is hidden until that is given, without a script,
// and read only with it.
func TestQuestionsThatHang(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	b := pagestest.Start(t)
	v := signedIn(t, "o-1", "officer")
	tab := b.Keys(t, pagestest.Page{Name: "hang", URL: v.Serve(t) + at + "/lezen", Cookies: v.Cookies()})
	shown := func() string {
		return tab.Script(`[...document.querySelectorAll('main fieldset')].filter(e => e.checkVisibility()).map(e => e.id).join(' ')`)
	}
	for i, want := range []string{"soort", "soort recht kent", "soort kent", "soort kent", "soort reden"} {
		if i == 1 {
			tab.Reach("soort-1").Type(" ")
		} else if i > 1 {
			tab.Type(pagestest.Down)
		}
		if got := shown(); got != want {
			t.Errorf("after %d answers %q is shown, want %q", i, got, want)
		}
	}
}
