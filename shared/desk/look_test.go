package desk_test

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/desk"
	"github.com/allclaims/rightsdesk/shared/disclosure"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
)

// hostilePage is a package's page in which somebody got a script.
const hostilePage = `<!doctype html><title>x</title><script>document.title='ran'</script><a href="data/relations/clients-001.html">verder</a>`

func (w *world) LookInto(_ context.Context, _ casework.Actor, ref request.Reference, leg string) (casework.Contents, error) {
	if err := w.call("LookInto"); err != nil {
		return casework.Contents{}, err
	}
	if err := w.own(ref); err != nil {
		return casework.Contents{}, err
	}
	l := w.view.Request.Leg(leg)
	if l == nil {
		return casework.Contents{}, request.Fault(request.NotFound, leg, "find a leg")
	}
	return casework.Contents{Leg: *l, Contents: disclosure.Contents{
		Holdings: []disclosure.Holding{
			{System: "relations", Holding: "clients", Rows: 12, Left: []disclosure.Omission{
				{System: "relations", Holding: "clients", Column: "remarks", Reason: "third-party", Count: 2},
				{System: "relations", Holding: "clients", Reason: "not-declared", Count: 1},
			}},
			{System: "recordings", Holding: "calls", Rows: 1, Attached: 1},
		},
		Files:   []string{"index.html", "data/relations/clients.json", "bijlagen/001.wav"},
		Summary: disclosure.Summary{Rows: 13, Files: 3},
	}}, nil
}

func (w *world) LookAt(_ context.Context, _ casework.Actor, ref request.Reference, leg, name string) ([]byte, error) {
	if err := w.call("LookAt"); err != nil {
		return nil, err
	}
	if err := w.own(ref); err != nil {
		return nil, err
	}
	if w.view.Request.Leg(leg) == nil {
		return nil, request.Fault(request.NotFound, leg, "find a leg")
	}
	switch name {
	case "index.html":
		return []byte(hostilePage), nil
	case "bijlagen/001.wav":
		return []byte("RIFF"), nil
	}
	return nil, request.Fault(request.NotFound, name, "find that file of the package")
}

// What is in the package, what stays out and why, and the way to its own pages.
func TestContents(t *testing.T) {
	for _, role := range []string{"officer", "approver"} {
		v := signedIn(t, "o-1", role)
		v.Site.(*desk.Handler).Inventory = inventory.Default()
		v.Get(at+"/1/pakket").Answers(http.StatusOK).Sees("Bekijk het pakket", "13 regels", "3 bestanden", "12 regels",
			"(2 keer): Hierin kunnen gegevens van andere mensen staan", "een veld dat wij niet kennen", "bijlagen/001.wav", "wordt vastgelegd")
	}
	signedIn(t, "o-1", "auditor").Get(at + "/1/pakket/index.html").Answers(http.StatusForbidden).SeesNot("verder")
}

// A28, A43: a package's page is shown as it is and can do nothing; what is no
// page is saved and not shown; nothing of it stays in the browser.
func TestContentIsInert(t *testing.T) {
	v := signedIn(t, "o-1", "approver")
	for file, want := range map[string]map[string]string{
		"index.html": {"Content-Type": "text/html; charset=utf-8", "Content-Disposition": ""},
		"bijlagen/001.wav": {"Content-Type": "application/octet-stream",
			"Content-Disposition": `attachment; filename="` + string(known) + `-001.wav"`},
	} {
		resp := v.RoundTrip(http.MethodGet, at+"/1/pakket/"+file, nil)
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || len(b) == 0 {
			t.Fatalf("%s: status %d, %d bytes, %v", file, resp.StatusCode, len(b), err)
		}
		want["Cache-Control"], want["X-Content-Type-Options"], want["Cross-Origin-Opener-Policy"] = "no-store", "nosniff", "unsafe-none"
		want["Content-Security-Policy"] = "sandbox allow-downloads; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
		for name, value := range want {
			if got := resp.Header.Get(name); got != value {
				t.Errorf("%s, %s: %q, want %q", file, name, got, value)
			}
		}
	}
	v.Get(at + "/1/pakket/anders.html").Answers(http.StatusNotFound)
	v.w.fail["LookAt"] = request.Fault(request.TooMany, "", "show a file of that size")
	v.Get(at + "/1/pakket/index.html").Answers(http.StatusRequestEntityTooLarge)
	v.w.fail["LookAt"] = request.Fault(request.PhaseIllegal, "", "look into a package of a leg that is closed")
	v.Get(at + "/1/pakket/index.html").Answers(http.StatusConflict)
}

// 15(4): who approves a screened copy reads each value that is given, each word
// that is left out, and why.
func TestApproverReadsTheFindings(t *testing.T) {
	v := signedIn(t, "o-2", "approver")
	l := v.w.view.Request.Leg("1")
	l.Phase, l.Outcome, l.Decision = request.Approving, request.Granted, request.Decision{Outcome: request.Granted, By: "o-1"}
	v.Get(at+"/1/goedkeuren").Answers(http.StatusOK).
		Sees("Nagekeken op gegevens van anderen", "Buurman Kees <b>belde</b>", "Niemand keek dit na", "Hierin kunnen gegevens van andere mensen staan", "Bekijk de rest", "Bekijk het pakket").
		SeesNot("x.wav")
	v.Get(at+"/1/nagekeken").Answers(http.StatusOK).Sees("Buurman Kees <b>belde</b>", "Download dit bestand")
}
