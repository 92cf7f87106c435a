package desk_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/pages/pagestest"
	"github.com/allclaims/rightsdesk/shared/request"
)

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
		v.Look(b, pagestest.Page{Name: "desk-" + name, Dense: true, Weight: weight}, path)
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
		v.Post(post.path, post.form).LookHere(b, pagestest.Page{Name: "desk-" + name, Dense: true, Weight: weight})
	}
}
