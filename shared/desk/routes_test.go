package desk_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/desk"
	"github.com/allclaims/rightsdesk/shared/door/doortest"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// may is the matrix of routes and roles, written a second time on purpose: a
// route that is not here, or that another role gets into, fails the test (A29).
var may = map[string]string{
	"GET /static/{file}": "open", "GET /inloggen": "open", "GET /inloggen/start": "open", "GET /callback": "open",
	"POST /uitloggen": "open", "GET /uitgelogd": "open",
	"GET /{$}": "officer approver auditor administrator", "GET /zoek-adres": "officer", "POST /zoek-adres": "officer", "POST /verdeel": "officer approver",
	"GET /cijfers": "officer approver auditor", "GET /cijfers.csv": "officer approver auditor",
	"GET /opdrachtgevers": "administrator", "GET /opdrachtgevers/nieuw": "administrator", "POST /opdrachtgevers/nieuw": "administrator",
	"GET /opdrachtgevers/{client}/verzoeken": "officer approver auditor",
	"GET /opdrachtgevers/{client}":           "administrator", "POST /opdrachtgevers/{client}": "administrator",
	"GET /opdrachtgevers/{client}/maand": "auditor administrator", "GET /opdrachtgevers/{client}/maand/bewijs.zip": "auditor administrator",
	"GET /opdrachtgevers/{client}/maand/verslag.pdf": "auditor administrator", "GET /opdrachtgevers/{client}/maand/verslag.csv": "auditor administrator",
	"GET /verzoek/{ref}/bewijs.zip": "officer auditor",
	"GET /register":                 "officer approver auditor administrator", "GET /register/{record}": "officer approver auditor administrator", "GET /instellingen": "administrator",
	"GET /opdrachtgevers/{client}/koppeling": "administrator", "POST /opdrachtgevers/{client}/koppeling": "administrator",
	"GET /verzoek/{ref}/scans": "officer", "POST /verzoek/{ref}/scans": "officer", "GET /scan/{ref}/{scan}": "officer",
	"GET /zoek": "officer approver auditor", "POST /volgende": "officer approver",
	"GET /nieuw": "officer", "POST /nieuw": "officer",
	"GET /gewone-mail": "officer", "GET /gewone-mail/{day}/{mail}": "officer", "POST /gewone-mail/{day}/{mail}": "officer",
	"GET /verzoek/{ref}": "officer approver auditor", "POST /verzoek/{ref}/neem": "officer approver", "POST /verzoek/{ref}/terug": "officer approver",
	"POST /verzoek/{ref}/taak": "officer approver",
	"GET /verzoek/{ref}/lezen": "officer", "POST /verzoek/{ref}/lezen": "officer",
	"GET /verzoek/{ref}/{leg}/wie": "officer", "POST /verzoek/{ref}/{leg}/wie": "officer",
	"GET /verzoek/{ref}/{leg}/besluit": "officer", "POST /verzoek/{ref}/{leg}/besluit": "officer",
	"GET /verzoek/{ref}/{leg}/nakijken": "officer", "POST /verzoek/{ref}/{leg}/nakijken": "officer", "GET /verzoek/{ref}/{leg}/nakijken/{item}": "officer approver",
	"GET /verzoek/{ref}/{leg}/nagekeken": "officer approver", "GET /verzoek/{ref}/{leg}/pakket": "officer approver", "GET /verzoek/{ref}/{leg}/pakket/{file...}": "officer approver",
	"GET /verzoek/{ref}/{leg}/goedkeuren": "approver", "POST /verzoek/{ref}/{leg}/goedkeuren": "approver",
	"GET /verzoek/{ref}/{leg}/vrijgeven": "officer", "POST /verzoek/{ref}/{leg}/vrijgeven": "officer",
	"GET /verzoek/{ref}/{leg}/uitgevoerd": "officer", "POST /verzoek/{ref}/{leg}/uitgevoerd": "officer",
	"GET /verzoek/{ref}/{leg}/tegenhouden": "officer approver", "POST /verzoek/{ref}/{leg}/tegenhouden": "officer approver",
}

func pathOf(route desk.Route, ref request.Reference, leg string) string {
	return strings.NewReplacer("{record}", "deel-1.html", "{client}", "c1", "{scan}", knownScan, "{letter}", "request.T-01.ack", "{n}", "1", "{day}", "2026-11-19", "{mail}", ordinaryID, "{ref}", string(ref), "{leg}", leg, "{item}", callItem, "{$}", "", "{file...}", "index.html", "{file}", strings.TrimPrefix(pages.StylePath, "/static/")).Replace(route.Path)
}

// legOf is the leg of the sample on which a route has something to do.
func legOf(path string) string {
	for part, leg := range map[string]string{"goedkeuren": "2", "uitgevoerd": "5", "tegenhouden": "4"} {
		if filepath.Base(path) == part {
			return leg
		}
	}
	return "1"
}

// fullForm holds a right answer for every form of the desk.
func fullForm() url.Values {
	return one("taak", "t1", "soort", "request", "recht", "access", "kent", "client", "persoon", "p1", "besluit", "granted", "actie", "leg-vast",
		"reden", "other", "toelichting", "Gedaan.", "token", strings.Repeat("a", 22), "datum", "2026-11-19", "dag", "2026-11-20", "kanaal", "phone", "woorden", "Ik wil inzage",
		"adres", "anna@voorbeeld.nl", "id", "nieuw", "naam", "Nieuw BV", "email", "avg@nieuw.example", "taal", "nl", "rol", "processor")
}

// A29: every route × every role, by the routes' own table. Nobody gets in who
// is not named, and who is not let in does nothing.
func TestRouteMatrix(t *testing.T) {
	for _, roles := range [][]string{nil, {}, {"officer"}, {"approver"}, {"auditor"}, {"administrator"}, {"admin"}} {
		var v *visitor
		if roles == nil {
			v = newVisitor(t)
		} else {
			v = signedIn(t, "o-9", roles...)
		}
		for _, route := range desk.Routes() {
			who, ok := may[route.Method+" "+route.Path]
			if !ok {
				t.Errorf("%s %s is not in the matrix", route.Method, route.Path)
				continue
			}
			if route.Open != (who == "open") || who == "open" && len(route.Roles) > 0 {
				t.Errorf("%s %s is open: %v", route.Method, route.Path, route.Open)
			}
			if who == "open" {
				continue
			}
			in := slices.ContainsFunc(roles, func(r string) bool { return slices.Contains(strings.Fields(who), r) })
			v.w.calls = nil
			v.w.queues["free"], v.w.queues["approve"] = rows(1), rows(2)[1:]
			path := pathOf(route, known, legOf(route.Path))
			var form url.Values
			if route.Method == http.MethodPost {
				form = fullForm()
				if strings.HasSuffix(path, "/goedkeuren") {
					form.Set("actie", "goed")
				}
			}
			arrange(v.w, route.Path, form)
			switch route.Method + " " + route.Path {
			case "GET /register/{record}":
				v.Site.(*desk.Handler).Inventory = inventory.Default()
			case "POST /verdeel":
				form.Set("taak", string(known)+"/t1")
				if slices.Contains(roles, "approver") {
					form.Set("taak", string(known)+"/approver.t2")
				}
			case "POST /opdrachtgevers/{client}/koppeling":
				form.Set("gezien", "3")
			case "POST /opdrachtgevers/{client}":
				form.Set("gezien", seenNow(v))
				v.w.calls = nil
			}
			resp := v.RoundTrip(route.Method, path, form)
			if route.Method == http.MethodPost && strings.HasSuffix(path, "/scans") {
				resp = postScan(v, path, pdf, one("eigen-scan", "ja"))
			}
			switch {
			case in && resp.StatusCode >= 400:
				t.Errorf("%v: %s %s answers %d", roles, route.Method, path, resp.StatusCode)
			case in && route.Method == http.MethodPost && len(v.w.acts()) != 1:
				t.Errorf("%v: %s %s did %v", roles, route.Method, path, v.w.calls)
			case !in && len(v.w.calls) > 0:
				t.Errorf("%v: %s %s did %v", roles, route.Method, path, v.w.calls)
			case roles == nil && route.Method == http.MethodGet && (resp.StatusCode != http.StatusSeeOther || !strings.HasPrefix(resp.Header.Get("Location"), "/inloggen")):
				t.Errorf("nobody: GET %s answers %d", path, resp.StatusCode)
			case roles == nil && route.Method == http.MethodPost && resp.StatusCode != http.StatusUnauthorized:
				t.Errorf("nobody: POST %s answers %d", path, resp.StatusCode)
			case roles != nil && !in && resp.StatusCode != http.StatusForbidden:
				t.Errorf("%v: %s %s answers %d, want 403", roles, route.Method, path, resp.StatusCode)
			}
			if in && route.Method == http.MethodGet && len(v.w.acts()) > 0 {
				t.Errorf("GET %s did %v: it may only show", path, v.w.calls)
			}
		}
	}
	if len(may) != len(desk.Routes()) {
		t.Errorf("the matrix has %d rows for %d routes", len(may), len(desk.Routes()))
	}
}

// A26: a reference, a leg or an address that is not there is one page.
func TestMissingIsOnePage(t *testing.T) {
	v := signedIn(t, "o-9", "officer", "approver", "auditor")
	first := v.Get("/nothing").Answers(http.StatusNotFound).Body
	for _, route := range desk.Routes() {
		if !strings.Contains(route.Path, "{ref}") {
			continue
		}
		paths := []string{pathOf(route, unknown, "1"), pathOf(route, "x'--", "1")}
		if strings.Contains(route.Path, "{leg}") && route.Method == http.MethodGet {
			paths = append(paths, pathOf(route, known, "99"))
		}
		for _, path := range paths {
			form := fullForm()
			if strings.HasSuffix(path, "/goedkeuren") {
				form.Set("actie", "goed")
			}
			if route.Method == http.MethodGet {
				form = nil
			}
			resp := v.RoundTrip(route.Method, strings.ReplaceAll(path, "'", "%27"), form)
			v.Take(resp, path).Answers(http.StatusNotFound)
			if v.Body != first {
				t.Errorf("%s %s has a page of its own", route.Method, path)
			}
		}
	}
}

// A24, A27, A28: the headers stand on every answer of every route.
func TestHeaders(t *testing.T) {
	for _, secure := range []bool{false, true} {
		h := handler(newWorld(), newIssuer(t))
		h.Secure = secure
		paths := []string{"GET /nothing", "POST /nothing", "PUT /nieuw"}
		for _, route := range desk.Routes() {
			paths = append(paths, route.Method+" "+pathOf(route, known, "1"))
		}
		for _, p := range paths {
			method, path, _ := strings.Cut(p, " ")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
			for name, want := range map[string]string{
				"Content-Security-Policy": doortest.Policy(),
				"Referrer-Policy":         "no-referrer", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
			} {
				if path == pages.StylePath && name == "Cache-Control" {
					continue
				}
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s: %s = %q", p, name, got)
				}
			}
			if got := w.Header().Get("Strict-Transport-Security"); (got != "") != secure {
				t.Errorf("%s: HSTS %q", p, got)
			}
		}
	}
}

// A27: no POST from another site is taken, on any route, whoever is signed in.
func TestCrossOrigin(t *testing.T) {
	v := signedIn(t, "o-9", "officer", "approver", "auditor")
	for _, route := range desk.Routes() {
		if route.Method != http.MethodPost {
			continue
		}
		for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
			v.w.calls = nil
			r := httptest.NewRequest(http.MethodPost, pathOf(route, known, "1"), strings.NewReader(fullForm().Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set(name, value)
			for _, c := range v.Cookies() {
				r.AddCookie(c)
			}
			w := httptest.NewRecorder()
			v.Site.ServeHTTP(w, r)
			if w.Code != http.StatusForbidden || len(v.w.calls) != 0 {
				t.Errorf("%s with %s %s: %d, %v", route.Path, name, value, w.Code, v.w.calls)
			}
		}
	}
	v.Get("/").Answers(http.StatusOK).Sees("Werk")
}

// The base path stands before every address of ours.
func TestBase(t *testing.T) {
	w, i := newWorld(), newIssuer(t)
	h := handler(w, i)
	h.Base = "/desk"
	v := visitorOf(t, w, i, h)
	resp := v.RoundTrip(http.MethodGet, "/desk/inloggen/start", nil)
	back := v.i.authorize(t, resp.Header.Get("Location"))
	for _, path := range []string{"/desk" + back, "/desk", "/desk/", "/desk/verzoek/" + string(known), "/verzoek/" + string(known)} {
		v.Get(path).Answers(http.StatusOK)
		walkLinks(v, func(link string) {
			if strings.HasPrefix(link, "/") && !strings.HasPrefix(link, "/desk/") {
				t.Errorf("%s: the address %s lacks the base path", path, link)
			}
		})
	}
}
