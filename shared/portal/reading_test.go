package portal_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/pages/pagestest"
)

// U-21: what a screen reader is told of a step with faults, field by field, in
// this order: name, what was typed, hint before fault, and that it must be mended.
func TestReading(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	b := pagestest.Start(t)
	v := newVisitor(t)
	walkTo(v, "nl", "wie", []string{"access"})
	v.Fill(one("naam", "", "email", "anna@", "postcode", "12", "geboren-day", "31", "geboren-month", "feb", "geboren-year", "1980"))
	lines := b.Reading(t, pagestest.Page{Name: "who", URL: v.Serve(t) + v.Hops[0], Cookies: v.Cookies()})
	all := strings.Join(lines, "\n")
	var form []string
	for _, line := range lines {
		role, _, _ := strings.Cut(line, " ")
		if slices.Contains([]string{"textbox", "radio", "radiogroup", "group"}, role) {
			form = append(form, line)
		}
	}
	want := []string{
		`group "Kijk dit nog even na" [focused]`,
		`radiogroup "Vraagt u dit voor uzelf?" — Kies ja of nee.`,
		`radio "Ja" — Kies ja of nee.`,
		`radio "Nee, voor iemand anders"`,
		`textbox "Voor- en achternaam" — Vul uw naam in. [invalid] [required]`,
		`radiogroup "Hoe wilt u antwoord?" — Kies e-mail of brief.`,
		`radio "E-mail" — Kies e-mail of brief.`,
		`radio "Brief"`,
		`textbox "E-mailadres (niet verplicht als u een brief wilt)" = anna@ — Alleen voor berichten over dit verzoek Dit e-mailadres klopt niet. Gebruik de vorm naam@voorbeeld.nl. [invalid]`,
		`textbox "Postcode" = 12 — Bijvoorbeeld 1234 AB Vul een postcode in, zoals 1234 AB. [invalid] [required]`,
		`textbox "Huisnummer" — Vul uw huisnummer in. [invalid] [required]`,
		`textbox "Toevoeging (niet verplicht)"`,
	}
	if len(form) < len(want) {
		t.Fatalf("only this is read: %s", all)
	}
	if diff := cmp.Diff(want, form[:len(want)]); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	for _, want := range []string{
		`RootWebArea "Kijk dit na: Stap 4 van 5: Wie bent u? – All Claims"`, `heading "Wie bent u?" [1]`, `link "Vul uw naam in."`,
		`textbox "Dag" = 31 — Vul een dag, maand en jaar in, zoals 27 3 1980. [invalid]`, `button "Doorgaan"`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("nobody reads %s in\n%s", want, all)
		}
	}
	if n := strings.Count(all, " [1]"); n != 1 {
		t.Errorf("the page has %d headings of level 1", n)
	}
	for _, road := range []string{"proof", "status"} {
		v := newVisitor(t)
		views(v.desk)
		v.Get("/nl/bewijs?k=" + string(known)).Fill(nil)
		want := []string{`textbox "Code van 8 cijfers"`, "Deze code werkt niet. Een code werkt 10 minuten en één keer.", "[invalid] [required]"}
		v.Fill(one("code", "99999999"))
		if road == "status" {
			v.Fill(one("code", code)).Fill(one("nummer", "D-4711")).Path("/nl/stand/overzicht")
			want = []string{"status [live]", `heading "Zo staat het met uw verzoek" [1]`, `heading "Wat moet ik doen?" [2]`, `button "Blijf langer"`}
		}
		all := strings.Join(b.Reading(t, pagestest.Page{Name: road, URL: v.Serve(t) + v.At, Cookies: v.Cookies()}), "\n")
		for _, words := range want {
			if !strings.Contains(all, words) {
				t.Errorf("%s: nobody reads %s in\n%s", road, words, all)
			}
		}
	}
}
