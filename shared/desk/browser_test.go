package desk_test

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/desk"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/pages/pagestest"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// shipped gives a visitor the inventory that is shipped, with the sample's data
// in places that stand in it: pages are looked at as they are in life.
func shipped(v *visitor) *visitor {
	v.Site.(*desk.Handler).Inventory = inventory.Default()
	places := map[string]string{"relations/contacts": "relations/clients", "newsletter/readers": "newsletter/subscribers", "recordings/calls/2": "recordings/calls/object", "relations/notes/1": "relations/clients/remarks"}
	move := func(system, holding *string) {
		if to, ok := places[*system+"/"+*holding]; ok {
			*system, *holding, _ = strings.Cut(to, "/")
		}
	}
	legs := v.w.view.Request.Legs
	for i := range legs {
		for j := range legs[i].Plan {
			move(&legs[i].Plan[j].System, &legs[i].Plan[j].Holding)
		}
		for j := range legs[i].Receipts {
			move(&legs[i].Receipts[j].System, &legs[i].Receipts[j].Holding)
		}
		for j, place := range legs[i].Review {
			if to, ok := places[place]; ok {
				legs[i].Review[j] = to
			}
		}
		for j := range legs[i].Corrections {
			move(&legs[i].Corrections[j].System, &legs[i].Corrections[j].Holding)
		}
	}
	return v
}

// weight is the most that a page of the desk may weigh: it is read on a desk's
// line, and holds a whole case.
const weight = 60 << 10

// U-01, U-03, U-11, U-22: the pages in a real browser, in both schemes and widths.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	b := pagestest.Start(t)
	look := func(name string, v *visitor, path string) {
		t.Helper()
		shipped(v).Look(b, pagestest.Page{Name: "desk-" + name, Dense: true, Weight: weight}, path)
	}
	look("01-door", newVisitor(t), "/inloggen")
	v := signedIn(t, "o-1", "officer", "approver")
	v.w.queues["free"] = rows(9)
	look("02-queue", v, "/?rij=vrij")
	look("03-queue-empty", v, "/?rij=goedkeuren")
	late := signedIn(t, "o-1", "officer")
	late.w.queues["mine:o-1"] = rows(2)
	look("04-queue-late", late, "/")
	short := signedIn(t, "o-2", "officer", "approver")
	short.w.view.Request.Tasks = short.w.view.Request.Tasks[:2]
	look("05-case", short, at)
	look("06-case-all", v, at)
	look("07-read", v, at+"/lezen")
	look("08-match", v, at+"/1/wie")
	look("09-decide", v, at+"/1/besluit")
	look("09-screen", v, at+"/1/nakijken")
	look("10-approve-erasure", short, at+"/2/goedkeuren")
	look("11-approve-same", v, at+"/2/goedkeuren")
	look("12-release", v, at+"/1/vrijgeven")
	look("13-carry-out", v, at+"/5/uitgevoerd")
	look("14-stop", v, at+"/4/tegenhouden")
	look("15-new", v, "/nieuw")
	look("16-missing", v, "/nothing")
	look("17-auditor", signedIn(t, "a-1", "auditor"), at)
	english := signedIn(t, "o-1", "officer")
	h := handler(english.w, english.i)
	h.Lang = request.English
	english.Site = h
	look("18-case-en", english, at)
	idle := signedIn(t, "o-1", "officer")
	idle.w.view.Request.Tasks = nil
	look("19-case-nothing", idle, at)
}

// The lists, the search, the figures, the scans and the administrator's pages.
func TestBrowserWork(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	b := pagestest.Start(t)
	look := func(name string, v *visitor, path string) {
		t.Helper()
		shipped(v).Look(b, pagestest.Page{Name: "desk-work-" + name, Dense: true, Weight: weight}, path)
	}
	post := func(name string, v *visitor, path string, form url.Values) {
		t.Helper()
		shipped(v).Post(path, form).LookHere(b, pagestest.Page{Name: "desk-work-" + name, Dense: true, Weight: weight})
	}
	v := signedIn(t, "o-1", "officer", "approver")
	v.w.queues["waits:client"] = []store.TaskRow{{Reference: known, Leg: "3", Kind: store.Waits, Right: request.Access, Relation: request.Debtor, Client: "c1", SafeDue: "2026-12-02", Phase: request.Forwarded}}
	v.w.tasks = (&lists{total: 1000, fits: 9}).page
	look("01-filter", v, "/?rij=alles&kanaal=counter")
	v.w.tasks = nil
	look("02-waits", v, "/?rij=wacht-opdrachtgever")
	post("03-given", v, "/verdeel", url.Values{"taak": {string(known) + "/t1", string(unknown) + "/t9"}, "wie": {"o-2"}})
	look("04-find", v, "/zoek-adres")
	post("05-found", v, "/zoek-adres", one("adres", "anna@voorbeeld.nl"))
	post("06-find-fault", v, "/zoek-adres", one("adres", "anna"))
	look("07-figures", v, "/cijfers")
	look("08-scans", v, at+"/scans")
	post("09-scan-fault", v, at+"/scans", one("eigen-scan", "ja"))
	a := signedIn(t, "b-1", "administrator")
	h := handler(a.w, a.i)
	h.Inventory, h.House = inventory.Default(), letters.House{LegalName: "All Claims B.V.", Address: "Postbus 1, 1000 AA Amsterdam", Email: "info@allclaims.nl", Phone: "+31 20 000 0000"}
	a.Site = h
	look("10-clients", a, "/opdrachtgevers")
	look("11-client", a, "/opdrachtgevers/c1")
	look("11-client-month", a, "/opdrachtgevers/c1/maand")
	look("11-client-machine", a, "/opdrachtgevers/c1/koppeling")
	post("12-client-fault", a, "/opdrachtgevers/nieuw", one("id", "x"))
	look("13-inventory", a, "/register")
	look("14-house", a, "/instellingen")
	english := signedIn(t, "b-1", "officer", "administrator")
	e := handler(english.w, english.i)
	e.Lang, e.Inventory = request.English, inventory.Default()
	english.Site = e
	for i, path := range []string{"/", "/zoek-adres", "/cijfers", at + "/scans", "/nieuw", "/opdrachtgevers", "/opdrachtgevers/nieuw", "/register", "/instellingen"} {
		look(fmt.Sprintf("en-%02d", i), english, path)
	}
}

// The pages that only a POST shows are looked at through a browser that posts.
func TestBrowserPosts(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	b := pagestest.Start(t)
	for name, post := range map[string]struct {
		path string
		form url.Values
	}{
		"20-confirm":      {at + "/1/besluit", one("besluit", "refused", "grond", "unfounded", "toelichting", "Wij legden dit al uit.")},
		"21-decide-fault": {at + "/1/besluit", one("besluit", "refused")},
		"22-new-fault":    {"/nieuw", one("token", strings.Repeat("a", 22), "datum", "2026-12-01", "email", "anna@")},
	} {
		v := signedIn(t, "o-1", "officer")
		shipped(v).Post(post.path, post.form).LookHere(b, pagestest.Page{Name: "desk-" + name, Dense: true, Weight: weight})
	}
}

// U-01, U-22: the page of every act, and what it shows before it is done.
func TestBrowserDeeds(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	b := pagestest.Start(t)
	for i, name := range slices.Sorted(maps.Keys(deedCases)) {
		c := deedCases[name]
		v := signedIn(t, "o-9", "officer", "approver")
		arrange(v.w, name, nil)
		will := v.w.view.Request
		will.Due = "2027-02-02"
		v.w.rehearsal = casework.Rehearsal{Before: sample().Request, After: will, Letters: []casework.Announced{{
			Letter: post.Letter{Order: letters.Order{Kind: "T-02", Language: request.Dutch}, To: post.Address{Kind: "file", Email: "anna@voorbeeld.nl"}},
			Mail:   letters.Mail{Subject: "Uw verzoek R-7Q2M-K9TD: wij hebben een vraag", Text: "Geachte heer, mevrouw,\n\nLaat zien wie u bent voor of op maandag 30 november 2026.\n\nAll Claims"},
		}}}
		shipped(v).Look(b, pagestest.Page{Name: fmt.Sprintf("desk-deed-%02d-%s", i, name), Dense: true, Weight: weight}, c.path(name))
	}
	look := func(name, path string, form url.Values, set func(*visitor)) {
		v := signedIn(t, "o-9", "officer", "approver")
		set(v)
		if form != nil {
			shipped(v).Post(path, form).LookHere(b, pagestest.Page{Name: "desk-deed-" + name, Dense: true, Weight: weight})
			return
		}
		shipped(v).Look(b, pagestest.Page{Name: "desk-deed-" + name, Dense: true, Weight: weight}, path)
	}
	none := func(*visitor) {}
	look("40-ask-confirm", at+"/1/vraag", deedCases["vraag"].form, func(v *visitor) {
		v.w.rehearsal = casework.Rehearsal{Before: sample().Request, After: sample().Request, Letters: []casework.Announced{{
			Letter: post.Letter{Order: letters.Order{Kind: "T-02", Language: request.English}, To: post.Address{Kind: "file", Email: "anna@voorbeeld.nl"}},
			Mail:   letters.Mail{Subject: "Your request R-7Q2M-K9TD: we have a question", Text: "Dear Sir or Madam,\n\nPlease show who you are."},
		}}}
	})
	look("41-breach-fault", at+"/datalek", one("soort", "x"), none)
	look("42-barred", at+"/3/vraag", nil, none)
	look("43-demands", at+"/1/besluit", one("besluit", "refused", "grond", "uavg41", "toelichting", "Daarom."), none)
	look("44-parts", at+"/1/besluit", one("besluit", "partial", "toelichting", "Een deel."), none)
	look("45-letter", brief+"/3.T-05.notice", nil, none)
	look("46-refused", at+"/verlengen", deedCases["verlengen"].form, func(v *visitor) {
		v.w.fail["ProposeExtension"] = request.Fault(request.DateRefused, "", "extend")
	})
	look("47-case-full", at, nil, full)
}

// full is a request with all that can be recorded around one.
func full(v *visitor) {
	r := v.w.view.Request
	r.Raw, r.Tasks = "raw/1", r.Tasks[:3]
	r.Sender.Capacity, r.Mandate = "family", request.Mandate{Status: "accepted", Evidence: "written-mandate", Scope: "all", Reply: "both"}
	r.Notes = []request.Note{{ID: "1", At: now, By: "o-1", Text: "Belde: wil de brief liever per post."}}
	r.LegalHolds = []request.LegalHold{{ID: "1", Reason: "litigation", Until: "2027-06-01"}}
	leak("high")(r)
	told(r)
	l := r.Leg("1")
	l.Fee = request.Fee{Cents: 750, Reason: "copies", By: "o-1"}
	l.Corrections = []request.Correction{{System: "relations", Holding: "contacts", Column: "name", Old: "A. de Vrie", New: "A. de Vries", Status: "proposed"}}
	l.Restriction = request.Marking{Ground: "a", SetAt: now}
	for i := range 20 {
		v.w.view.Lines = append(v.w.view.Lines, ledger.Line{Seq: int64(5 + i), At: now, Actor: "o-1", Action: "opened"})
	}
}

// A28, A43: a script that came into a package runs nowhere: not when an officer
// looks into the page, and with the session's cookies out of its reach.
func TestContentRunsNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	b := pagestest.Start(t)
	v := signedIn(t, "o-1", "approver")
	tab := b.Keys(t, pagestest.Page{Name: "inert", URL: shipped(v).Serve(t) + at + "/1/pakket/index.html", Cookies: v.Cookies()})
	if title := tab.Script("document.title"); title != "x" {
		t.Errorf("the page's script ran: the title is %q", title)
	}
	if origin := tab.Script("self.origin"); origin != "null" {
		t.Errorf("the page has the desk's origin: %s", origin)
	}
	tab.Reach("verder")
}
