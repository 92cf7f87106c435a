package desk_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/desk"
	"github.com/allclaims/rightsdesk/shared/request"
)

// a ground asks exactly what it demands, once it is chosen, and nothing
// of it is lost on the way.
func TestDecideDemands(t *testing.T) {
	v := signedIn(t, "o-9", "officer")
	first := one("besluit", "refused", "grond", "uavg41", "toelichting", "Daarom.")
	v.Get(at+"/1/besluit").SeesNot("Waarom is dit nodig?", "Welk belang beschermt u?")
	v.Post(at+"/1/besluit", first).Answers(http.StatusOK).Sees("Deze grond vraagt meer", "Tot en met welke dag geldt dit?", "Waarom is dit nodig?", "Waarom gaat dit niet verder dan nodig?", "Welk belang beschermt u?", "Daarom.").SeesNot("Kijk dit nog even na")
	asked := maps.Clone(first)
	asked.Set("gevraagd", "refused/uavg41")
	v.Post(at+"/1/besluit", asked).Answers(422).Sees("Kies een dag die nog moet komen.", "Schrijf op waarom dit nodig is.", "Kies welk belang u beschermt.")
	for name, value := range map[string]string{"tot": "2027-01-01", "noodzaak": "n", "evenredig": "p", "belang": "d"} {
		asked.Set(name, value)
	}
	v.Post(at+"/1/besluit", asked).Answers(200).Sees("Klopt dit besluit?", "vrijdag 1 januari 2027", "Ons antwoord (R-7Q2M-K9TD)")
	asked.Set("actie", "leg-vast")
	v.Post(at+"/1/besluit", asked).Answers(200)
	want := request.Decision{Outcome: request.Refused, Ground: "uavg41", Note: "Daarom.", Until: "2027-01-01", Necessity: "n", Proportionality: "p", Interest: "d"}
	if diff := cmp.Diff(want, v.w.got["DecideLeg"]); diff != "" {
		t.Errorf("decided (-want +got):\n%s", diff)
	}
	// A POST to the address alone gets no further without them.
	v = signedIn(t, "o-9", "officer")
	first.Set("actie", "leg-vast")
	v.Post(at+"/1/besluit", first).Answers(422)
	past := maps.Clone(asked)
	past.Set("tot", "2026-11-20")
	v.Post(at+"/1/besluit", past).Answers(422).Sees("Kies een dag die nog moet komen.")
	if acts := v.w.acts(); len(acts) > 0 {
		t.Errorf("did %v", acts)
	}
}

// T-20: a yes in part says which part, each no with its own ground.
func TestDecideParts(t *testing.T) {
	v := signedIn(t, "o-9", "officer")
	form := one("besluit", "partial", "toelichting", "Een deel.")
	v.Post(at+"/1/besluit", form).Answers(200).Sees("Wat krijgt de persoon wel?", "Wat niet, omdat: Er staan gegevens van anderen in.")
	form.Set("gevraagd", "partial/")
	v.Post(at+"/1/besluit", form).Answers(422).Sees("Schrijf op wat de persoon wel krijgt")
	form.Set("wel", "uw naam\nuw adres")
	form.Set("niet-others", "twee opnamen")
	v.Post(at+"/1/besluit", form).Answers(200).Sees("Klopt dit besluit?", "twee opnamen (Er staan gegevens van anderen in.")
	form.Set("actie", "leg-vast")
	v.Post(at+"/1/besluit", form).Answers(200)
	want := request.Decision{Outcome: request.Partial, Ground: "others", Note: "Een deel.", Parts: []request.Part{{What: "uw naam", Granted: true}, {What: "uw adres", Granted: true}, {What: "twee opnamen", Ground: "others"}}}
	if diff := cmp.Diff(want, v.w.got["DecideLeg"]); diff != "" {
		t.Errorf("decided (-want +got):\n%s", diff)
	}
	// A ground that does not fit is no ground, whatever the form says.
	form.Set("niet-duty", "de rest")
	v = signedIn(t, "o-9", "officer")
	v.Post(at+"/1/besluit", form).Answers(422)
}

// What must be on record first is said, with the way there; casework's own
// refusal stands at the question.
func TestDecideFirst(t *testing.T) {
	for right, want := range map[request.Right][2]string{
		request.Objection: {"Weeg eerst het bezwaar af", at + "/1/afweging"}, request.AutomatedDecision: {"Kijk eerst zelf", at + "/1/herbeoordeling"}, request.Rectification: {"Leg eerst vast wat er moet worden verbeterd", at + "/1/verbeteringen"},
	} {
		v := signedIn(t, "o-9", "officer")
		v.w.view.Request.Leg("1").Right = right
		v.Get(at + "/1/besluit").Sees(want[0])
		if !slices.Contains(hrefs(v), want[1]) {
			t.Errorf("%s: no way to %s", right, want[1])
		}
	}
	v := signedIn(t, "o-9", "officer")
	v.w.view.Request.Leg("1").Right = request.Objection
	v.w.fail["DecideLeg"] = request.Fault(request.InputRefused, "balance", "decide")
	v.Post(at+"/1/besluit", one("besluit", "granted", "toelichting", "Wij stoppen.")).Answers(422).Sees("Weeg eerst het bezwaar af", "Wij stoppen.")
}

// Who may not is told whose step it is, and nothing happens.
func TestWrongRole(t *testing.T) {
	v := signedIn(t, "o-9", "officer")
	v.Get(at+"/2/goedkeuren").Answers(403).Sees("Deze stap is voor: goedkeurder", "Terug naar het verzoek")
	v.Post(at+"/verlenging", one("actie", "leg-vast")).Answers(403).Sees("Deze stap is voor: goedkeurder")
	if len(v.w.acts()) > 0 {
		t.Errorf("did %v", v.w.acts())
	}
}

// Beside an outcome stand the grounds of that outcome and no others, and words
// for the person are asked only where a letter prints them.
func TestAskedWithTheOutcome(t *testing.T) {
	v := signedIn(t, "o-9", "officer")
	l := v.w.view.Request.Leg("1")
	for _, right := range []request.Right{request.Access, request.Erasure, request.Rectification, request.Restriction} {
		l.Right, l.Statement = right, "Ik betwist dit."
		v.Get(at + "/1/besluit").Answers(200)
		for i, o := range casework.Outcomes(right) {
			var want, got []string
			if right == request.Erasure || right == request.Rectification || o != request.Partial { // else each part has its own
				for _, g := range desk.Grounds(right, o) {
					want = append(want, g.Code)
				}
			}
			walk(v.Doc, func(n *html.Node) {
				if n.Data != "fieldset" || attr(n, "id") != "grond-"+string(o) {
					return
				}
				if !strings.Contains(attr(n, "class"), fmt.Sprintf("if-%d", i+1)) {
					t.Errorf("%s %s: the grounds are shown with another answer: %s", right, o, attr(n, "class"))
				}
				walk(n, func(n *html.Node) {
					if n.Data == "input" {
						got = append(got, attr(n, "value"))
					}
				})
			})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s %s: grounds (-want +got):\n%s", right, o, diff)
			}
		}
	}
	l.Right = request.Access
	v.Post(at+"/1/besluit", one("besluit", "granted", "toelichting", "Gaat nergens heen.", "actie", "leg-vast")).Answers(200)
	if d := v.w.got["DecideLeg"].(request.Decision); d.Note != "" {
		t.Errorf("a copy was granted with words that no letter prints: %q", d.Note)
	}
}

// Art. 16: who recorded the person's own text cannot refuse it, and reads why.
func TestStatementIsNotRefused(t *testing.T) {
	v := signedIn(t, "o-9", "officer")
	v.w.view.Request.Leg("1").Right = request.Rectification
	v.w.fail["DecideLeg"] = request.Fault(request.InputRefused, "statement", "decide")
	v.Post(at+"/1/besluit", one("besluit", "refused", "grond", "correct", "toelichting", "Het klopt.")).Answers(422).Sees("eigen tekst van de persoon", "Het klopt.")
}
