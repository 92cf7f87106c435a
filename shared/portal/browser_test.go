package portal_test

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/pages/pagestest"
)

// U-01, U-03, U-11, U-14, U-22: the pages in a real browser, empty, filled and
// with faults, in both schemes and widths.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	b := pagestest.Start(t)
	look := func(name string, v *visitor, path string) { t.Helper(); v.Look(b, pagestest.Page{Name: name}, path) }
	for _, lang := range []string{"nl", "en"} {
		at := "/" + lang
		step := at + "/verzoek/"
		name := func(s string) string { return "portal-" + s + "-" + lang }

		v := newVisitor(t)
		look(name("01-start"), v, at+"/")
		look(name("02-wishes"), v, step+"wensen")
		v.Get(step + "wensen").Fill(nil)
		look(name("03-wishes-fault"), v, step+"wensen")
		v.Get(step + "wensen").Fill(one("wens", "access", "wens", "rectification", "wens", "marketing"))
		look(name("04-relation"), v, step+"contact")
		v.Fill(one("contact", "debtor", "contact", "client"))
		look(name("05-access"), v, step+"inzage")
		v.Fill(nil)
		look(name("06-correct"), v, step+"verbeteren")
		v.Fill(one("fout", "Ik ben verhuisd."))
		look(name("07-who"), v, step+"wie")
		v.Fill(one("naam", "", "email", "anna@", "postcode", "12", "geboren-day", "31", "geboren-month", "feb", "geboren-year", "1980"))
		look(name("08-who-fault"), v, step+"wie")
		v.Fill(who("email", "anna@gmial.com", "geboren-day", "27", "geboren-month", "3")).Sees("anna@gmail.com?")
		look(name("09-who-typo"), v, step+"wie")
		v.Fill(who("actie", "dit-klopt", "email", "anna@gmial.com", "zelf", "nee")).Path(step + "namens")
		look(name("10-for"), v, step+"namens")
		v.Fill(one("rol", "family", "voor-naam", "Piet Jansen")).Path(step + "controle")
		look(name("11-check"), v, step+"controle")
		v.Fill(nil)
		look(name("12-sent"), v, step+"ontvangen")
		look(name("13-already"), v, step+"wie")

		own := newVisitor(t)
		look(name("14-own"), own, step+"eigen-woorden")
		own.Get(step + "eigen-woorden").Fill(one("woorden", "mijn nummer is 111222333", "email", "a@b.nl"))
		look(name("15-bsn"), own, step+"bsn")

		proof := newVisitor(t)
		views(proof.desk)
		look(name("20-proof"), proof, at+"/bewijs?k="+string(known))
		look(name("21-status-door"), proof, at+"/stand")
		proof.Get(at + "/bewijs?k=" + string(known)).Fill(nil)
		look(name("22-code"), proof, at+"/bewijs/code")
		proof.Fill(one("code", "99999999"))
		look(name("23-code-fault"), proof, at+"/bewijs/code")
		proof.Fill(one("code", code))
		look(name("24-fact"), proof, at+"/bewijs/nummer")
		proof.Fill(one("nummer", "D-4711"))
		look(name("25-status"), proof, at+"/stand/overzicht")
		look(name("26-download"), proof, at+"/download")
		look(name("27-withdraw"), proof, at+"/stand/intrekken")
		finish(proof.desk)
		look(name("28-withdraw-over"), proof, at+"/stand/intrekken")
		proof.Post(at+"/stand/intrekken", nil)
		look(name("29-status-over"), proof, at+"/stand/overzicht")
		gone := newVisitor(t)
		look(name("30-missing"), gone, at+"/nothing")
		look(name("31-gone"), gone, step+"wie")
	}
}

// U-02: the keyboard walks the page in the order in which it is read.
func TestKeyboard(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	b := pagestest.Start(t)
	v := newVisitor(t)
	v.Get("/nl/verzoek/wensen").Fill(url.Values{"wens": {"complaint"}}).Fill(one("contact", "unknown")).Fill(nil).Path("/nl/verzoek/wie")
	got := b.Walk(t, pagestest.Page{Name: "who", URL: v.Serve(t) + "/nl/verzoek/wie", Cookies: v.Cookies()})
	want := []string{
		"Naar de inhoud", "All Claims Uw gegevens, uw rechten", "taal=en", "Terug",
		"zelf-1", "naam", "antwoord-1", "email", "telefoon", "Doorgaan",
		"info@allclaims.nl", "085 123 45 67", "Privacyverklaring (opent in een nieuw ta", "Autoriteit Persoonsgegevens (opent in ee", "Toegankelijkheid",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stops (-want +got):\n%s", diff)
	}
}

// U-16: the confirmation fits one sheet.
func TestPrint(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	b := pagestest.Start(t)
	v := newVisitor(t)
	walkTo(v, "nl", "wie", []string{"access", "marketing"})
	v.Fill(who()).Fill(nil).Path("/nl/verzoek/ontvangen")
	if n := b.Print(t, pagestest.Page{Name: "portal-12-sent-nl", URL: v.Serve(t) + v.At, Cookies: v.Cookies()}); n != 1 {
		t.Errorf("the confirmation takes %d sheets", n)
	}
}

// U-05: after faults the focus is on the box that lists them, without a script.
// Enter in a box goes on; it does not switch the language.
func TestFocus(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	b := pagestest.Start(t)
	v := newVisitor(t)
	v.Get("/nl/verzoek/wensen").Fill(one("wens", "marketing")).Path("/nl/verzoek/e-mailadres")
	p := pagestest.Page{Name: "address", URL: v.Serve(t) + v.At, Cookies: v.Cookies()}
	if path, focused := b.Submit(t, p, "", ""); path != "/nl/verzoek/e-mailadres" || focused != "fouten" {
		t.Errorf("after faults: at %s with the focus on %q", path, focused)
	}
	if path, _ := b.Submit(t, p, "email", "anna@voorbeeld.nl\r"); path != "/nl/verzoek/controle" {
		t.Errorf("Enter leads to %s", path)
	}
}
