package portal_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/door/doortest"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// views fills the desk with one request as each sight may see it.
func views(d *desk) {
	base := casework.StatusView{Reference: known, Language: "nl", Received: d.now, SafeDue: "2026-12-21"}
	sender, file, full := base, base, base
	sender.Sight, file.Sight, full.Sight = casework.SightSender, casework.SightFile, casework.SightFull
	sender.Legs = []casework.LegStatus{{Leg: "leg1", Right: request.Access, State: "your-turn", Date: "2026-12-07", MayStop: true}}
	file.Legs = []casework.LegStatus{
		{Leg: "leg1", Right: request.Access, State: "your-turn", Date: "2026-12-07", NeedsFact: true, MayStop: true},
		{Leg: "leg3", Right: request.Rectification, State: "with-client", Date: "2026-11-23", Company: "Bakker BV", MayStop: true,
			Told: []casework.Told{{What: "handed-over", On: "2026-11-23"}, {What: "reminded", On: "2026-11-30"}}},
	}
	full.Legs = []casework.LegStatus{
		{Leg: "leg1", Right: request.Access, State: "ready", Package: &casework.PackageStatus{
			Name: "R-7Q2M-K9TD.zip", Bytes: 2_412_345, SHA256: strings.Repeat("ab", 32), Until: "2026-12-04", Left: 5}},
		{Leg: "leg2", Right: request.Erasure, State: "cooling", Date: "2026-12-07", CanCancel: true, MayStop: true},
		{Leg: "leg3", Right: request.Rectification, State: "with-client", Date: "2026-11-23", Company: "Bakker BV", MayStop: true,
			Told: []casework.Told{{What: "handed-over", On: "2026-11-23"}, {What: "reminded", On: "2026-11-30"}}},
	}
	d.views = map[casework.Sight]casework.StatusView{casework.SightSender: sender, casework.SightFile: file, casework.SightFull: full}
}

// finish lets every part of the request be answered.
func finish(d *desk) {
	view := d.views[casework.SightFull]
	view.Legs = []casework.LegStatus{
		{Leg: "leg1", Right: request.Access, State: "answered", Date: "2026-12-04"},
		{Leg: "leg3", Right: request.Rectification, State: "client-done", Date: "2026-11-23", Company: "Bakker BV",
			Told: []casework.Told{{What: "handed-over", On: "2026-11-23"}, {What: "instructed", On: "2026-11-23"}, {What: "reported", On: "2026-11-23"}}},
	}
	d.views[casework.SightFull] = view
}

func provenVisitor(t *testing.T) *visitor {
	t.Helper()
	v := newVisitor(t)
	views(v.desk)
	v.Get("/nl/bewijs?k=" + string(known)).Fill(nil).Path("/nl/bewijs/code").Fill(one("code", code)).Path("/nl/bewijs/nummer")
	v.Fill(one("nummer", "D-4711")).Path("/nl/stand/overzicht")
	return v
}

// The proof road from the letter to the file, in both languages.
func TestProofRoad(t *testing.T) {
	for _, lang := range []string{"nl", "en"} {
		v := newVisitor(t)
		views(v.desk)
		v.Get("/" + lang + "/bewijs?k=r-7q2m-k9td").Path("/" + lang + "/bewijs")
		if got := doortest.Values(find(v.Doc, func(n *htmlNode) bool { return n.Data == "form" })).Get("k"); got != string(known) {
			t.Errorf("the reference is not filled in: %q", got)
		}
		v.Fill(nil).Path("/" + lang + "/bewijs/code")
		v.Sees(map[string]string{"nl": "22.24 uur", "en": "22:24"}[lang])
		v.Fill(one("code", code)).Path("/" + lang + "/bewijs/nummer")
		v.Fill(one("nummer", "wrong")).Path("/" + lang + "/bewijs/nummer")
		if len(v.Faults()) != 1 {
			t.Errorf("faults %v", v.Faults())
		}
		v.Fill(one("nummer", "D-4711")).Path("/" + lang + "/stand/overzicht")
		v.Sees("Bakker BV", map[string]string{"nl": "Dank u.", "en": "Thank you."}[lang])
		v.Get("/"+lang+"/download").Sees("R-7Q2M-K9TD.zip", map[string]string{"nl": "2,4 MB", "en": "2.4 MB"}[lang])
		v.Post("/"+lang+"/download", one("deel", "leg1"))
		if v.Status != http.StatusOK || !strings.Contains(v.Body, `href="https://vault.example/p.zip?X-Amz-Signature=1&amp;X-Amz-Expires=120"`) {
			t.Errorf("status %d: no link on the page", v.Status)
		}
		if v.desk.count("Accepted") != 1 || v.desk.released != 1 {
			t.Errorf("accepted %d, released %d", v.desk.count("Accepted"), v.desk.released)
		}
		// The address of the file is kept nowhere.
		for _, b := range v.desk.Kept() {
			if strings.Contains(string(b), "vault.example") {
				t.Error("the address of the file is kept")
			}
		}
	}
}

// What each proof shows, and what it does not.
func TestSights(t *testing.T) {
	v := newVisitor(t)
	views(v.desk)
	v.Get("/nl/stand").Fill(one("k", string(known))).Path("/nl/bewijs/code").Fill(one("code", code)).Path("/nl/stand/overzicht")
	v.Sees("U bent aan zet", "uiterlijk op maandag 7 december 2026", "Laat zien dat u het bent").SeesNot("Bakker", "zip")
	// Nothing tells whether there is a file: the door of the letter asks for the mailbox on file.
	v.Get("/nl/download").Sees("Wij sturen eerst een code").SeesNot("Bakker", "zip")
	v.Post("/nl/download", one("deel", "leg1"))
	if v.Status != http.StatusNotFound || v.desk.released != 0 {
		t.Errorf("a sender's code released a file: %d", v.Status)
	}
	v.Post("/nl/stand/stop", one("deel", "leg2"))
	if v.Status != http.StatusNotFound {
		t.Errorf("a sender's code stopped an erasing: %d", v.Status)
	}
	v.Get("/nl/bewijs/nummer").Sees("Kijk hoe het met uw verzoek staat")
	if v.desk.count("Fact") != 0 || v.desk.count("Accepted") != 0 {
		t.Error("a sender's code raised a level (A01)")
	}

	v = newVisitor(t)
	views(v.desk)
	v.Get("/nl/bewijs?k=" + string(known)).Fill(nil).Fill(one("code", code)).Path("/nl/bewijs/nummer")
	v.Get("/nl/stand/overzicht").Sees("Bakker BV", "Vul een nummer in").SeesNot("zip")
	v.Post("/nl/download", one("deel", "leg1"))
	if v.Status != http.StatusNotFound || v.desk.released != 0 {
		t.Errorf("L1 released a file: %d", v.Status)
	}

	v = newVisitor(t)
	views(v.desk)
	v.Get("/nl/download?k=" + string(known)).Sees("Haal uw gegevens op").Fill(nil).Path("/nl/bewijs/code").Fill(one("code", code)).Path("/nl/download")
	v.Sees("Uw gegevens staan klaar")
}

// The acts of a proven person.
func TestActs(t *testing.T) {
	v := provenVisitor(t)
	v.Post("/nl/stand/stop", one("deel", "leg2")).Path("/nl/stand/overzicht").Sees("Wij wissen deze gegevens niet")
	if v.desk.count("CancelErasure R-7Q2M-K9TD leg2") != 1 {
		t.Errorf("calls %v", v.desk.calls)
	}
	v.Post("/nl/stand/stop", one("deel", "leg9"))
	if v.Status != http.StatusNotFound {
		t.Errorf("a foreign leg: %d, want 404 (A26)", v.Status)
	}
	v.Post("/nl/stand/stop", one("deel", "leg1")).Path("/nl/stand/overzicht").Sees("Stoppen kan niet meer.")
	if v.desk.count("CancelErasure R-7Q2M-K9TD leg1") != 0 {
		t.Error("stopped what cannot be stopped")
	}
	v.Get("/nl/stand/intrekken").Sees("Wilt u stoppen met uw verzoek?")
	if v.desk.count("Withdraw R-7Q2M-K9TD") != 0 {
		t.Error("looking withdraws")
	}
	v.Post("/nl/stand/intrekken", nil).Path("/nl/stand/overzicht").Sees("Wij doen niets meer met uw verzoek.")
	if v.desk.count("Withdraw R-7Q2M-K9TD") != 1 {
		t.Errorf("calls %v", v.desk.calls)
	}
	v.desk.now = v.desk.now.Add(20 * time.Minute)
	v.Post("/nl/stand/langer", nil).Path("/nl/stand/overzicht").Sees("U blijft ingelogd tot 23.04 uur")
	v.Post("/nl/stand/uitloggen", nil).Path("/nl/stand/uitgelogd")
	v.Get("/nl/stand/overzicht").Sees("Kijk hoe het met uw verzoek staat").SeesNot("Bakker")
	v = provenVisitor(t)
	v.desk.now = v.desk.now.Add(31 * time.Minute)
	v.Get("/nl/stand/overzicht").Sees("Kijk hoe het met uw verzoek staat").SeesNot("Bakker")
	for _, path := range []string{"/nl/stand/langer", "/nl/stand/intrekken", "/nl/stand/stop", "/nl/download"} {
		before := len(v.desk.calls)
		v.Post(path, one("deel", "leg1")).SeesNot("Bakker")
		if slices.ContainsFunc(v.desk.calls[before:], func(c string) bool { return c != "PutDraft" }) {
			t.Errorf("%s acts after the session: %v", path, v.desk.calls[before:])
		}
	}
}

// What is finished is not offered to be stopped, and an old tab is told so.
func TestNothingToStop(t *testing.T) {
	for _, lang := range []string{"nl", "en"} {
		v := provenVisitor(t)
		offer, over := map[string]string{"nl": "Stop dit verzoek", "en": "Stop this request"}[lang], map[string]string{"nl": "Er is niets meer om te stoppen", "en": "There is nothing left to stop"}[lang]
		v.Get("/" + lang + "/stand/overzicht").Sees(offer)
		v.Get("/" + lang + "/stand/intrekken").SeesNot(over)
		finish(v.desk)
		v.Post("/"+lang+"/stand/intrekken", nil).Path("/" + lang + "/stand/overzicht").Sees(over).SeesNot(offer)
		v.Post("/"+lang+"/stand/stop", one("deel", "leg1")).Path("/" + lang + "/stand/overzicht")
		v.Get("/" + lang + "/stand/intrekken").Sees(over).SeesNot(map[string]string{"nl": "Ja, stop ermee", "en": "Yes, stop it"}[lang])
		if v.desk.count("Withdraw R-7Q2M-K9TD") != 0 || v.desk.count("CancelErasure R-7Q2M-K9TD leg1") != 0 {
			t.Errorf("calls %v", v.desk.calls)
		}
	}
}

// A25: after the last release there is no link any more, and no fault either.
func TestReleasesUsedUp(t *testing.T) {
	v := provenVisitor(t)
	v.desk.fail["Release"] = request.Fault(request.TooMany, string(known), "release a package")
	v.Post("/nl/download", one("deel", "leg1")).Path("/nl/download").Sees("Uw gegevens staan klaar").SeesNot("vault.example")
	full := v.desk.views[casework.SightFull]
	full.Legs[0].Package.Left = 0
	v.Get("/nl/download").Sees("U hebt dit bestand zo vaak opgehaald als kan").SeesNot("Haal het bestand op")
	full.Legs[0].Package = nil
	v.Get("/nl/download").Sees("Dit bestand staat niet meer klaar", "Vraag opnieuw")
}

// U-09: one box takes a code however it was copied; what is no code costs no try.
func TestCodeForms(t *testing.T) {
	for _, typed := range []string{code, "0482 1736", "0482-1736", "  04821736 ", "0482.1736", "048\u00a0217 36", "0 4 8 2 1 7 3 6", "0482–1736", "０４８２１７３６"} {
		v := newVisitor(t)
		views(v.desk)
		v.Get("/nl/bewijs?k=" + string(known)).Fill(nil).Fill(one("code", typed)).Path("/nl/bewijs/nummer")
	}
	for typed, says := range map[string]string{
		"": "U vulde er 0 in.", "4821736": "U vulde er 7 in.", "048217361": "U vulde er 9 in.", "abc": "U vulde er 0 in.", "0482l736": "U vulde er 7 in.",
	} {
		v := newVisitor(t)
		v.Get("/nl/bewijs?k=" + string(known)).Fill(nil).Fill(one("code", typed)).Path("/nl/bewijs/code").Sees("De code heeft 8 cijfers. " + says)
		if v.desk.count("Try") != 0 {
			t.Errorf("%q cost a try", typed)
		}
	}
	v := newVisitor(t)
	v.Get("/nl/bewijs?k=" + string(known)).Fill(nil)
	box := find(v.Doc, func(n *htmlNode) bool { return attr(n, "id") == "code" })
	for name, want := range map[string]string{"type": "text", "inputmode": "numeric", "autocomplete": "one-time-code", "spellcheck": "false", "maxlength": "", "value": ""} {
		if got := attr(box, name); got != want {
			t.Errorf("the box has %s=%q, want %q", name, got, want)
		}
	}
}

var times = regexp.MustCompile(`[0-9]{2}\.[0-9]{2} uur`)

// blank makes the bytes of two pages comparable: reference and times go.
func blank(body string) string {
	for _, ref := range []request.Reference{known, unknown} {
		body = strings.ReplaceAll(body, string(ref), "R-XXXX-XXXX")
	}
	return times.ReplaceAllString(body, "00.00 uur")
}

// U-08, A16, A23: every page and answer is the same, byte for byte, whether or
// not there is such a request, and why ever a code does not work.
func TestKnownAndUnknownAreEqual(t *testing.T) {
	walk := func(ref request.Reference, road string) []string {
		v := newVisitor(t)
		views(v.desk)
		var seen []string
		see := func() { seen = append(seen, http.StatusText(v.Status)+" "+v.At+"\n"+blank(v.Body)) }
		v.Get("/nl/" + road + "?k=" + string(ref))
		see()
		v.Fill(nil)
		see()
		for range 6 {
			form := doortest.Values(find(v.Doc, func(n *htmlNode) bool { return n.Data == "form" }))
			form.Set("code", "99999999")
			v.Post("/nl/bewijs/code", form)
			see()
		}
		for range 3 {
			v.Post("/nl/bewijs/code", one("actie", "nieuw"))
			see()
		}
		v.Get("/nl/stand/overzicht")
		see()
		v.Get("/nl/download")
		see()
		v.Get("/nl/bewijs/niet-ik?k=" + string(ref)).Fill(nil)
		see()
		return seen
	}
	for _, road := range []string{"bewijs", "stand", "download"} {
		a, b := walk(known, road), walk(unknown, road)
		if len(a) != len(b) {
			t.Fatalf("%s: %d pages and %d", road, len(a), len(b))
		}
		for i := range a {
			if a[i] = strings.ReplaceAll(a[i], string(known), string(unknown)); blank(a[i]) != blank(b[i]) {
				t.Errorf("%s: page %d differs:\n%s\n---\n%s", road, i, a[i], b[i])
			}
		}
	}
	// Wrong, expired and used codes, one of another browser, one of another purpose: one page.
	faulty := map[string]func(v *visitor){
		"wrong":   func(v *visitor) { v.Fill(one("code", "99999999")) },
		"no code": func(v *visitor) { v.desk.Forget(); v.Fill(one("code", code)) },
	}
	var first string
	for name, act := range faulty {
		v := newVisitor(t)
		views(v.desk)
		v.Get("/nl/bewijs?k=" + string(known)).Fill(nil)
		act(v)
		v.Path("/nl/bewijs/code").Sees("Deze code werkt niet. Een code werkt 10 minuten en één keer.")
		if first == "" {
			first = v.Body
		}
		if v.Body != first {
			t.Errorf("%s has a page of its own", name)
		}
	}
}

// A21: after five tries only a new code helps, and after three codes none.
func TestTriesAndCodes(t *testing.T) {
	v := newVisitor(t)
	views(v.desk)
	v.Get("/nl/bewijs?k=" + string(known)).Fill(nil)
	for range 5 {
		v.Fill(one("code", "99999999"))
	}
	v.Fill(one("code", code)).Path("/nl/bewijs/code").Sees("Deze code werkt niet")
	if box := find(v.Doc, func(n *htmlNode) bool { return attr(n, "id") == "code" }); box != nil {
		t.Error("there is still a box for a code")
	}
	v.Post("/nl/bewijs/code", one("actie", "nieuw")).Path("/nl/bewijs/code")
	v.Fill(one("code", code)).Path("/nl/bewijs/nummer")
	v.Post("/nl/bewijs", one("k", string(known))).Path("/nl/bewijs/code")
	v.Post("/nl/bewijs/code", one("actie", "nieuw")).Path("/nl/bewijs/code").Sees("U hebt vaak een code gevraagd", "info@allclaims.nl")
	v.desk.Forget() // a day later
	v.Post("/nl/bewijs/code", one("actie", "nieuw")).Path("/nl/bewijs/code").SeesNot("U hebt vaak een code gevraagd")
}

// A double click on a code, and a second go after a fault of ours, lead on.
func TestCodeTwice(t *testing.T) {
	v := newVisitor(t)
	views(v.desk)
	v.Get("/nl/bewijs?k=" + string(known)).Fill(nil).Path("/nl/bewijs/code")
	v.desk.fail["Accepted"] = http.ErrHandlerTimeout
	v.Post("/nl/bewijs/code", one("code", code))
	if v.Status != http.StatusServiceUnavailable {
		t.Errorf("status %d", v.Status)
	}
	delete(v.desk.fail, "Accepted")
	v.Post("/nl/bewijs/code", one("code", code)).Path("/nl/bewijs/nummer")
	v.Post("/nl/bewijs/code", one("code", code)).Path("/nl/bewijs/nummer")
	// In another browser the used code is worth nothing.
	other := visitorOf(t, v.desk, v.Site)
	other.Get("/nl/bewijs?k=" + string(known)).Fill(nil).Fill(one("code", "00000000")).Path("/nl/bewijs/code").Sees("Deze code werkt niet")
}

// A20: a scanner that opens the link, follows it and presses the button gets
// nothing and spoils nothing; the person who comes later succeeds.
func TestScanner(t *testing.T) {
	d := newDesk()
	views(d)
	h := handler(d)
	link := "/nl/bewijs?k=" + string(known)
	scanner := visitorOf(t, d, h)
	for range 2 {
		resp := scanner.RoundTrip(http.MethodGet, link, nil)
		if len(resp.Cookies()) != 0 {
			t.Error("looking gives a cookie")
		}
		scanner.RoundTrip(http.MethodHead, link, nil)
	}
	if len(d.calls) != 0 || len(d.Kept()) != 0 {
		t.Fatalf("looking did %v", d.calls)
	}
	scanner.Get(link).Fill(nil).Path("/nl/bewijs/code")
	scanner.Fill(nil).Path("/nl/bewijs/code")
	scanner.Get("/nl/stand/overzicht").SeesNot("Bakker")
	scanner.Get("/nl/download").SeesNot("zip")

	d.now = d.now.Add(4 * time.Minute)
	person := visitorOf(t, d, h)
	person.Get(link).Fill(nil).Fill(one("code", code)).Path("/nl/bewijs/nummer").Fill(one("nummer", "D-4711")).Sees("Bakker BV")
	scanner.Get("/nl/stand/overzicht").SeesNot("Bakker")
}

// A23: a code works in the browser that asked for it, for what it was asked for.
func TestSwaps(t *testing.T) {
	d := newDesk()
	views(d)
	h := handler(d)
	one1, two := visitorOf(t, d, h), visitorOf(t, d, h)
	one1.Get("/nl/bewijs?k=" + string(known)).Fill(nil)
	two.Get("/nl/bewijs?k=" + string(unknown)).Fill(nil).Fill(one("code", code)).Path("/nl/bewijs/code").Sees("Deze code werkt niet")
	bare := visitorOf(t, d, h)
	bare.Post("/nl/bewijs/code", one("code", code))
	if bare.Status != http.StatusGone {
		t.Errorf("a code without asking: %d", bare.Status)
	}
	// Every asking begins a session of its own.
	secret := func(v *visitor) string { return v.Cookies()[0].Value }
	again := visitorOf(t, d, h)
	again.Post("/nl/stand", one("k", string(known)))
	before := secret(again)
	if again.Post("/nl/stand", one("k", string(known))); secret(again) == before {
		t.Error("a new visit goes on in the old session")
	}
	// Proven for one reference is not proven for the next.
	v := provenVisitor(t)
	v.Get("/nl/bewijs?k=" + string(unknown)).Fill(nil)
	v.Get("/nl/stand/overzicht").SeesNot("Bakker")
}

// GET and HEAD keep nothing, ask nothing and set no cookie, on every route and
// in every state of a visitor (A20).
func TestLookingChangesNothing(t *testing.T) {
	draft := newVisitor(t)
	upToCheck(draft, "nl")
	sent := newVisitor(t)
	upToCheck(sent, "nl").Fill(nil)
	for name, v := range map[string]*visitor{"new": newVisitor(t), "draft": draft, "sent": sent, "proven": provenVisitor(t)} {
		for _, path := range allPaths(http.MethodGet) {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				before := len(v.desk.calls)
				resp := v.RoundTrip(method, path, nil)
				for _, call := range v.desk.calls[before:] {
					if call != "Status" {
						t.Errorf("%s: %s %s did %s", name, method, path, call)
					}
				}
				if len(resp.Cookies()) != 0 {
					t.Errorf("%s: %s %s sets a cookie", name, method, path)
				}
				if resp.StatusCode >= 500 {
					t.Errorf("%s: %s %s answers %d", name, method, path, resp.StatusCode)
				}
			}
		}
	}
}

// A reference that cannot be one is told so; the same for any.
func TestBadReference(t *testing.T) {
	for _, path := range []string{"/nl/bewijs", "/nl/stand", "/nl/bewijs/niet-ik"} {
		v := newVisitor(t)
		v.Post(path, one("k", "R-7Q2M")).Sees("Vul uw kenmerk in, zoals R-7Q2M-K9TD.")
		if len(v.desk.calls) != 0 {
			t.Errorf("%s did %v", path, v.desk.calls)
		}
	}
}

// The addresses in letters have no language; the browser's decides, and only
// the reference goes along.
func TestChooseLanguage(t *testing.T) {
	for accept, want := range map[string]string{"": "nl", "en-GB,en;q=0.9": "en", "de,en;q=0.5": "en", "nl-NL,en": "nl", "fr": "nl"} {
		r, err := http.NewRequest(http.MethodGet, "/bewijs?k=r7q2mk9td&x=secret", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Language", accept)
		w := serve(handler(newDesk()), r)
		if got := w.Header().Get("Location"); got != "/"+want+"/bewijs?k=R-7Q2M-K9TD" {
			t.Errorf("%q leads to %q", accept, got)
		}
	}
}

// allPaths fills the routes of one method.
func allPaths(method string) []string {
	var paths []string
	for _, route := range portalRoutes() {
		if route.Method != method {
			continue
		}
		path := strings.NewReplacer("{$}", "", "{file}", strings.TrimPrefix(pages.StylePath, "/static/")).Replace(route.Path)
		langs := []string{""}
		if route.Lang {
			langs = []string{"/nl", "/en"}
		}
		for _, lang := range langs {
			if strings.Contains(path, "{step}") {
				for _, step := range []string{"wensen", "contact", "inzage", "verbeteren", "bezwaar", "besluit", "klacht", "woorden", "wie", "namens", "e-mailadres", "eigen-woorden", "controle"} {
					paths = append(paths, lang+strings.Replace(path, "{step}", step, 1))
				}
				continue
			}
			paths = append(paths, lang+path)
		}
	}
	return paths
}

// The pages link to nothing outside the routes.
func TestLinksLead(t *testing.T) {
	help := map[string]string{}
	draft := newVisitor(t)
	upToCheck(draft, "en")
	sent := newVisitor(t)
	upToCheck(sent, "nl").Fill(nil)
	for _, v := range []*visitor{newVisitor(t), draft, sent, provenVisitor(t)} {
		for _, path := range allPaths(http.MethodGet) {
			if strings.HasPrefix(path, "/static/") {
				continue
			}
			v.Get(path)
			var links []string
			walk(v.Doc, func(n *htmlNode) {
				if n.Data == "a" || n.Data == "link" {
					links = append(links, attr(n, "href"))
				}
			})
			doc := v.Doc
			// U-10: help stands on every page, at the end, in the same words.
			lang := attr(find(doc, isHTML), "lang")
			block := text(find(doc, func(n *htmlNode) bool { return n.Data == "footer" }))
			if help[lang] == "" {
				help[lang] = block
			}
			if block == "" || block != help[lang] {
				t.Errorf("%s has another help block: %q", path, block)
			}
			for _, link := range links {
				u, err := url.Parse(link)
				if err != nil {
					t.Fatal(err)
				}
				if u.Scheme != "" || u.Path == "" {
					if u.Scheme == "" && find(doc, func(n *htmlNode) bool { return attr(n, "id") == u.Fragment }) == nil {
						t.Errorf("%s leads to #%s, which is not there", path, u.Fragment)
					}
					continue
				}
				if resp := v.RoundTrip(http.MethodGet, u.RequestURI(), nil); resp.StatusCode >= 400 && resp.StatusCode != http.StatusGone {
					t.Errorf("%s leads to %s, which answers %d", path, link, resp.StatusCode)
				}
			}
		}
	}
}
