package client_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/pages/pagestest"
	"github.com/allclaims/rightsdesk/shared/request"
)

// U-01, U-03, U-11, U-14, U-22: the pages in a real browser, in both schemes and widths.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	b := pagestest.Start(t)
	look := func(name string, v *visitor, path string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(v.h)
			defer server.Close()
			b.Look(t, pagestest.Page{Name: "client-" + name, URL: server.URL + path, Cookies: v.jar.Cookies(origin), Dense: true})
		})
	}
	shown := func(name string, v *visitor) {
		t.Helper()
		body := v.body
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/" {
					v.h.ServeHTTP(w, r)
					return
				}
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				if _, err := w.Write([]byte(body)); err != nil {
					return
				}
			}))
			defer server.Close()
			b.Look(t, pagestest.Page{Name: "client-" + name, URL: server.URL + "/", Dense: true})
		})
	}
	v := newVisitor(t)
	look("01-door", v, "/inloggen")
	shown("02-door-fault", v.post("/inloggen", one("email", "privacy@")))
	v.post("/inloggen", one("email", email))
	look("03-code", v, "/code")
	v.post("/code", one("code", "99999999"))
	look("04-code-fault", v, "/code")
	v.post("/code", one("code", code))
	look("05-list", v, "/")
	look("06-list-empty", v, "/?lijst=done")
	look("07-case", v, at)
	look("08-instruct", v, at+"/opdracht")
	shown("09-instruct-fault", v.post(at+"/opdracht", url.Values{}))
	v.post(at+"/opdracht", one("opdracht", request.CarryOutToUs, "naam", "J. Bakker"))
	look("10-check", v, at+"/controle")
	v.post(at+"/controle", nil)
	look("11-receipt", v, at+"/ontvangen")
	c := v.w.legs["c1/R-7Q2M-K9TD/1"]
	c.Phase, c.Package = request.Reported, &casework.PackageStatus{Name: "R-7Q2M-K9TD-1.zip", Bytes: 2_400_000, SHA256: "ab12", Until: "2026-12-04", Left: 3}
	v.w.legs["c1/R-7Q2M-K9TD/1"] = c
	look("12-case-done", v, at)
	look("13-package", v, at+"/pakket")
	shown("14-package-link", v.post(at+"/pakket", nil))
	look("15-missing", v, "/verzoek/"+string(foreign)+"/1")
	v.w.client.Language = request.English
	look("16-case-en", v, "/verzoek/"+string(own)+"/2")
}

// U-16: the receipt fits one sheet.
func TestPrint(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	b := pagestest.Start(t)
	v := signedIn(t)
	v.post(at+"/opdracht", one("opdracht", request.CarryOutToUs, "naam", "J. Bakker"))
	v.post(at+"/controle", nil)
	server := httptest.NewServer(v.h)
	defer server.Close()
	if n := b.Print(t, pagestest.Page{Name: "client-11-receipt", URL: server.URL + at + "/ontvangen", Cookies: v.jar.Cookies(origin)}); n != 1 {
		t.Errorf("the receipt takes %d sheets", n)
	}
}
