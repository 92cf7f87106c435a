//go:build bench

package portal_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/allclaims/rightsdesk/infra/local/edge"
	"github.com/allclaims/rightsdesk/shared/pages/pagestest"
)

// U-15: how long people on a poor line wait. It is measured and published, not
// gating: make bench ONLY=pages prints it as JSON lines, beside the same on the
// machine's own line; docs/accessibility.md has the numbers. The wish is 3 s to
// the first text and 5 s to the answer of a form.
func TestPoorLine(t *testing.T) {
	b := pagestest.Start(t)
	form, sent, proof := newVisitor(t), newVisitor(t), newVisitor(t)
	walkTo(sent, "nl", "wie", []string{"access"})
	sent.Fill(who()).Path("/nl/verzoek/controle")
	views(proof.desk)
	proof.Get("/nl/bewijs?k=" + string(known)).Fill(nil).Path("/nl/bewijs/code")
	status := provenVisitor(t)
	for _, v := range []*visitor{form, sent, proof, status} {
		v.Site = edge.Compress(v.Site) // as API Gateway sends it
	}
	for _, c := range []struct {
		what     string
		v        *visitor
		path     string
		send     bool
		id, keys string
	}{
		{"form: the first step", form, "/nl/verzoek/wensen", false, "", ""},
		{"form: the check page", sent, "/nl/verzoek/controle", false, "", ""},
		{"proof: the door", proof, "/nl/bewijs?k=" + string(known), false, "", ""},
		{"proof: the code", proof, "/nl/bewijs/code", false, "", ""},
		{"request: how it stands", status, "/nl/stand/overzicht", false, "", ""},
		{"form: a step with faults", form, "/nl/verzoek/wensen", true, "", ""},
		{"proof: a wrong code", proof, "/nl/bewijs/code", true, "code", "99999999"},
		{"form: the request is sent", sent, "/nl/verzoek/controle", true, "", ""},
	} {
		p := pagestest.Page{Name: c.what, URL: c.v.Serve(t) + c.path, Cookies: c.v.Cookies()}
		wish, measure := 3.0, func(line *pagestest.Line) pagestest.Paint { return b.Arrive(t, p, line) }
		if c.send {
			wish, measure = 5, func(line *pagestest.Line) pagestest.Paint { return b.Send(t, p, line, c.id, c.keys) }
		}
		slow := measure(&pagestest.Poor)
		result := map[string]any{
			"bench": "pages", "what": c.what, "firstTextSeconds": slow.Seconds(), "wishSeconds": wish, "ratioToWish": math.Round(100*slow.FirstText.Seconds()/wish) / 100,
			"bytes": slow.Bytes, "answers": slow.Answers,
		}
		if c.what != "form: the request is sent" { // a request is sent once
			fast := measure(nil)
			result["ratioToFast"] = math.Round(slow.FirstText.Seconds() / fast.FirstText.Seconds())
		}
		line, err := json.Marshal(result)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s", line)
		if slow.FirstText < pagestest.Poor.Delay {
			t.Errorf("%s: the line was not slow: %v", c.what, slow.FirstText)
		}
	}
}
