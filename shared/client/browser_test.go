package client_test

import (
	"net/url"
	"testing"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/door/doortest"
	"github.com/allclaims/rightsdesk/shared/pages/pagestest"
	"github.com/allclaims/rightsdesk/shared/request"
)

// U-01, U-03, U-11, U-14, U-22: the pages in a real browser, in both schemes and widths.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	b := pagestest.Start(t)
	dense := func(name string) pagestest.Page { return pagestest.Page{Name: "client-" + name, Dense: true} }
	look := func(name string, v *visitor, path string) { t.Helper(); v.Look(b, dense(name), path) }
	shown := func(name string, v *doortest.Visitor) { t.Helper(); v.LookHere(b, dense(name)) }
	v := newVisitor(t)
	look("01-door", v, "/inloggen")
	shown("02-door-fault", v.Post("/inloggen", one("email", "privacy@")))
	v.Post("/inloggen", one("email", email))
	look("03-code", v, "/code")
	v.Post("/code", one("code", "99999999"))
	look("04-code-fault", v, "/code")
	v.Post("/code", one("code", code))
	look("05-list", v, "/")
	look("06-list-empty", v, "/?lijst=instructed")
	look("07-case", v, at)
	look("08-instruct", v, at+"/opdracht")
	shown("09-instruct-fault", v.Post(at+"/opdracht", url.Values{}))
	v.Post(at+"/opdracht", one("opdracht", request.CarryOutToUs, "naam", "J. Bakker"))
	look("10-check", v, at+"/controle")
	v.Post(at+"/controle", nil)
	look("11-receipt", v, at+"/ontvangen")
	c := v.w.legs["c1/R-7Q2M-K9TD/1"]
	c.Phase, c.Package = request.Reported, &casework.PackageStatus{Name: "R-7Q2M-K9TD-1.zip", Bytes: 2_400_000, SHA256: "ab12", Until: "2026-12-04", Left: 3}
	v.w.legs["c1/R-7Q2M-K9TD/1"] = c
	look("12-case-done", v, at)
	look("13-package", v, at+"/pakket")
	shown("14-package-link", v.Post(at+"/pakket", nil))
	look("15-missing", v, "/verzoek/"+string(foreign)+"/1")
	v.w.client.Language = request.English
	look("16-case-en", v, "/verzoek/"+string(own)+"/2")
	v.w.client.Language = request.Dutch
	held := "/verzoek/" + string(own) + "/4"
	look("17-case-on-hold", v, held)
	look("18-lift", v, held+"/einde")
	shown("19-lift-fault", v.Post(held+"/einde", url.Values{}))
	v.Post(held+"/einde", one("dag", "30 11 2026", "naam", "J. Bakker"))
	look("20-lift-check", v, held+"/einde/controle")
	v.Post(held+"/einde/controle", nil)
	look("21-lift-receipt", v, held+"/einde/ontvangen")
	look("22-month", v, "/maand")
	f := signedIn(t)
	f.w.client.State = "sold"
	c = f.w.legs["c1/R-7Q2M-K9TD/1"]
	c.Former, c.Moved, c.Phase, c.Holdings = true, true, request.Closed, nil
	f.w.legs["c1/R-7Q2M-K9TD/1"] = c
	look("26-moved", f, at)
	f.Take(f.RoundTrip("GET", at+"/opdracht", nil), at+"/opdracht")
	shown("27-former-refused", f.Visitor)
	d := asDeputy(t)
	look("23-deputy-case", d, at)
	d.Take(d.RoundTrip("GET", at+"/opdracht", nil), at+"/opdracht")
	shown("24-deputy-refused", d.Visitor)
	h := signedIn(t)
	word := flagged(h.w)
	look("25-case-held", h, word)
	look("26-second-word", h, word+"/tweede-woord")
	shown("27-second-word-fault", h.Post(word+"/tweede-woord", one("woord", "2", "antwoord", "upheld")))
	h.Post(word+"/opdracht", one("opdracht", "refuse", "grond", "not-ours", "naam", "J. Bakker"))
	look("28-check-doubt", h, word+"/controle")
}

// U-16: the receipt fits one sheet.
func TestPrint(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	b := pagestest.Start(t)
	v := signedIn(t)
	v.Post(at+"/opdracht", one("opdracht", request.CarryOutToUs, "naam", "J. Bakker"))
	v.Post(at+"/controle", nil)
	if n := b.Print(t, pagestest.Page{Name: "client-11-receipt", URL: v.Serve(t) + at + "/ontvangen", Cookies: v.Cookies()}); n != 1 {
		t.Errorf("the receipt takes %d sheets", n)
	}
}
