package portal_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/door/doortest"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Who cannot reach the mailbox asks a letter, and days later types its code in
// another browser.
func TestLetter(t *testing.T) {
	v := newVisitor(t)
	views(v.desk)
	v.Get("/nl/bewijs?k=" + string(known)).Fill(nil).Path("/nl/bewijs/code").Sees("Ik kan niet bij die e-mail")
	v.Get("/nl/bewijs/brief/vragen?k="+string(known)).Sees("Kunt u niet bij uw e-mail?", string(known))
	v.Fill(nil).Path("/nl/bewijs/brief/gevraagd").Sees("Kennen wij een adres van u van vóór uw verzoek?")

	later := visitorOf(t, v.desk, v.Site)
	later.Get("/nl/bewijs").Sees("Ik heb een brief met een code")
	later.Get("/nl/bewijs/brief").Fill(one("k", "R-7Q2")).Path("/nl/bewijs/brief").Sees("Vul uw kenmerk in, zoals R-7Q2M-K9TD.")
	later.Fill(one("k", string(known))).Path("/nl/bewijs/brief/code")
	later.Fill(one("code", "1234")).Path("/nl/bewijs/brief/code").Sees("heeft 13 letters en cijfers")
	if v.desk.count("TryLetter") != 0 {
		t.Error("what cannot be a code cost a try")
	}
	later.Fill(one("code", "7q2m-k9td 4xw1c")).Path("/nl/bewijs/brief/code").Sees("Deze code werkt niet.")
	later.Post("/nl/bewijs/brief/code", one("code", "7q2m-k9td 4xw1b")).Path("/nl/bewijs/nummer")
	// A double click, and a fact besides, lead on as after a code by mail.
	later.Post("/nl/bewijs/brief/code", one("code", doortest.LetterCode)).Path("/nl/bewijs/nummer")
	later.Fill(one("nummer", "D-4711")).Path("/nl/stand/overzicht")
	if n := v.desk.count("Accepted"); n != 2 {
		t.Errorf("the proof was told %d times", n)
	}
}

// With nothing more to prove, the person who reads the letters sees what is
// ready: a link by letter, opened with a code by letter.
func TestLetterOpensWhatIsReady(t *testing.T) {
	v := newVisitor(t)
	views(v.desk)
	ready := v.desk.views[casework.SightFull]
	v.desk.views[casework.SightFile] = ready
	v.Get("/nl/bewijs/brief?k=" + string(known)).Fill(nil).Path("/nl/bewijs/brief/code")
	v.Fill(one("code", doortest.LetterCode)).Path("/nl/stand/overzicht")
	if v.desk.count("Release") != 0 {
		t.Error("something was released without a click")
	}
}

// A16: request and person known or not, letter or none, asked once or ten
// times: the same pages.
func TestLetterTellsNobody(t *testing.T) {
	road := func(ref request.Reference) []string {
		v := newVisitor(t)
		views(v.desk)
		var seen []string
		see := func() {
			seen = append(seen, strings.ReplaceAll(v.At, string(ref), "")+"\n"+strings.ReplaceAll(blank(v.Body), string(ref), ""))
		}
		v.Get("/nl/bewijs/brief/vragen").Fill(one("k", string(ref)))
		see()
		for range 9 { // past every limit of codes
			v.Get("/nl/bewijs/brief/vragen").Fill(one("k", string(ref)))
		}
		see()
		v.Get("/nl/bewijs/brief").Fill(one("k", string(ref)))
		see()
		for range 7 { // past every limit of tries
			v.Fill(one("code", "7Q2MK9TD4XW1C"))
		}
		see()
		return seen
	}
	if a, b := road(known), road(unknown); !slices.Equal(a, b) {
		t.Errorf("the pages differ:\n%s\n---\n%s", a, b)
	}
}

// A20: a link opens nothing, and the code is only taken where a reference was
// typed first.
func TestLetterNeedsItsVisit(t *testing.T) {
	v := newVisitor(t)
	views(v.desk)
	for _, path := range []string{"/nl/bewijs/brief", "/nl/bewijs/brief/code", "/nl/bewijs/brief/vragen", "/nl/bewijs/brief/gevraagd"} {
		v.Get(path + "?k=" + string(known) + "&code=" + doortest.LetterCode)
	}
	v.Post("/nl/bewijs/brief/code", one("code", doortest.LetterCode))
	if v.Status != http.StatusGone || len(v.desk.calls) != 0 {
		t.Errorf("status %d, %v", v.Status, v.desk.calls)
	}
	// A visit for a code by mail is none for a letter.
	v.Get("/nl/bewijs?k=" + string(known)).Fill(nil)
	v.Post("/nl/bewijs/brief/code", one("code", doortest.LetterCode))
	if v.Status != http.StatusGone || v.desk.count("TryLetter") != 0 {
		t.Errorf("status %d", v.Status)
	}
}
