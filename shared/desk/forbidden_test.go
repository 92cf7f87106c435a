package desk_test

import (
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/desk"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// no is one way in which an act is forbidden: on what request, what is sent to
// its address, and the sentence in which the answer says why.
type no struct {
	why     string
	arrange func(*request.Request)
	form    url.Values // beside what is usual
	says    string
}

// ways writes several changes as one.
func ways(changes ...func(*request.Request)) func(*request.Request) {
	return func(r *request.Request) {
		for _, change := range changes {
			change(r)
		}
	}
}

func phase(p request.Phase) func(*request.Request) {
	return leg("1", func(l *request.Leg) {
		if l.Phase = p; p == request.Closed {
			l.Outcome = request.Granted
		}
	})
}

// decides where a client does: the part waits for their instruction.
func clients(r *request.Request) {
	l := r.Leg("1")
	l.Role, l.Relation, l.Client, l.Phase, l.Needs, l.Has, l.ProvenBy, l.ForwardedAt = request.Processor, request.Debtor, "c1", request.Forwarded, request.L0, request.L0, nil, now.Add(-time.Hour)
}

func right(right request.Right) func(*request.Request) {
	return leg("1", func(l *request.Leg) { l.Right = right })
}

func done(r *request.Request) {
	phase(request.Closed)(r)
	r.Stage, r.ClosedAt = request.Done, now
}

func approving(outcome request.Outcome, ground string) func(*request.Request) {
	return leg("1", func(l *request.Leg) {
		l.Phase, l.Outcome = request.Approving, outcome
		l.Decision = request.Decision{Outcome: outcome, Ground: ground, Note: "Wij legden dit al uit.", By: "o-1", At: now}
	})
}

// own makes the colleague who acts the one who proposed it.
func own(r *request.Request) {
	for i := range r.Legs {
		if r.Legs[i].Decision.By != "" {
			r.Legs[i].Decision.By = "o-9"
		}
		if r.Legs[i].Fee.By != "" {
			r.Legs[i].Fee.By = "o-9"
		}
	}
	if r.Clock.Extension.By != "" {
		r.Clock.Extension.By = "o-9"
	}
	for i := range r.Breaches {
		r.Breaches[i].By = "o-9"
	}
}

const (
	theirs     = "Bij dit deel beslist de opdrachtgever"
	yourself   = "Een collega moet het goedkeuren"
	notNow     = "Dit kan alleen als het deel op een besluit wacht"
	otherRight = "hoort bij een ander recht"
)

// forbidden is by the last part of the address every way in which an act must
// be refused on the real casework: by phase, by law, and by who did the other
// half. By role all of them are refused to everybody whom the routes do not name.
var forbidden = map[string][]no{
	"lezen": {{why: "read already", says: "U kunt nu niet meer kiezen wat er wordt gevraagd"}},
	"wie":   {{why: "chosen already", says: "U kunt nu niet meer kiezen om wie het gaat"}},
	"besluit": {
		{why: "phase", arrange: phase(request.Proving), says: "wacht nu niet op een besluit"}, {why: "closed", arrange: done, says: "wacht nu niet op een besluit"},
		{why: "the client decides", arrange: clients, says: "wacht nu niet op een besluit"}, {why: "a fee waits", arrange: fee(false), says: "kiezen over de kosten"},
		{why: "no ground", form: one("besluit", "refused", "toelichting", "Nee."), says: "grond"}, {why: "a ground of another right", form: one("besluit", "refused", "grond", "duty", "toelichting", "Nee."), says: "grond"},
		{why: "no words", form: one("besluit", "refused", "grond", "unfounded", "toelichting", ""), says: "toelichting"},
		{why: "an exception without an end", form: one("besluit", "refused", "grond", "uavg41", "toelichting", "Nee.", "noodzaak", "a", "evenredig", "b", "belang", "d"), says: "dag"},
		{why: "an objection that nobody weighed", arrange: deciding(request.Objection), form: one("besluit", "granted", "toelichting", "Wij stoppen."), says: "Weeg eerst het bezwaar af"},
		{why: "a computer's decision that nobody looked at", arrange: deciding(request.AutomatedDecision), form: one("besluit", "granted", "toelichting", "Ja."), says: "Kijk eerst zelf naar het besluit van de computer"},
		{why: "nothing to correct", arrange: deciding(request.Rectification), form: one("besluit", "granted", "toelichting", "Ja."), says: "Leg eerst vast wat er moet worden verbeterd"},
	},
	"nakijken":    {{why: "decided", arrange: ways(approving(request.Refused, "unfounded"), leg("1", func(l *request.Leg) { l.Review = []string{"recordings/calls/2"} })), says: "niets na te kijken"}},
	"goedkeuren":  {{why: "phase", form: one("actie", "goed"), says: "geen besluit dat op goedkeuring wacht"}, {why: "own decision", arrange: ways(approving(request.Refused, "unfounded"), own), form: one("actie", "goed"), says: "Een ander moet het goedkeuren"}},
	"vrijgeven":   {{why: "phase", says: "geen pakket klaar"}, {why: "closed", arrange: done, says: "geen pakket klaar"}, {why: "the client decides", arrange: clients, says: "geen pakket klaar"}},
	"uitgevoerd":  {{why: "phase", form: one("toelichting", "Gedaan."), says: "geen werk open"}, {why: "no instruction", arrange: clients, form: one("toelichting", "Gedaan."), says: "geen werk open"}},
	"tegenhouden": {{why: "phase", form: one("reden", "claim"), says: "niets tegen te houden"}, {why: "carried out", arrange: ways(right(request.Erasure), phase(request.Acted)), form: one("reden", "claim"), says: "niets tegen te houden"}},

	"vraag": {{why: "the client decides", arrange: clients, says: theirs}, {why: "a stop", arrange: right(request.MarketingObjection), says: "bar.stops"}, {why: "decided", arrange: phase(request.Decided), says: "bar.decided"},
		{why: "no reason", form: one("soort", "clarification", "vraag", "", "keuzes", ""), says: "vraag"}},
	"antwoord":       {{why: "nothing asked", says: "Er staat geen vraag open"}},
	"beantwoorden":   {{why: "no message", says: "bericht"}},
	"afweging":       {{why: "right", arrange: deciding(request.Access), says: otherRight}, {why: "phase", arrange: ways(right(request.Objection), phase(request.Held)), says: notNow}, {why: "the client decides", arrange: ways(right(request.Objection), clients), says: theirs}},
	"herbeoordeling": {{why: "right", arrange: deciding(request.Access), says: otherRight}, {why: "phase", arrange: ways(right(request.AutomatedDecision), phase(request.Held)), says: notNow}},
	"verbeteringen":  {{why: "right", arrange: deciding(request.Access), says: otherRight}, {why: "phase", arrange: ways(right(request.Rectification), phase(request.Acted)), says: notNow}, {why: "no instruction", arrange: ways(right(request.Rectification), clients), says: "Zonder opdracht mogen wij hier niets doen"}},
	"hervatten":      {{why: "nothing stands still", says: "Er is niets te hervatten"}, {why: "told already", arrange: held(true), says: "bar.lift-told"}, {why: "too soon", arrange: held(false), form: one("dag", "23-11-2026"), says: "vijf werkdagen"}},
	"opdracht-aanhouden": {{why: "we decide", says: "Bij dit deel beslissen wij zelf"}, {why: "no instruction", arrange: clients, says: "Er is nog geen opdracht"},
		{why: "no reason", arrange: instructed, form: one("opdracht", "I-7Q2M-K9TD-1", "reden", ""), says: "Kies een reden"}},
	"hervatten-intrekken":  {{why: "nothing told", arrange: held(false), says: "Er is nog niet gezegd"}},
	"met-de-hand":          {{why: "nothing by hand", says: "niets wat u met de hand"}, {why: "a file without a choice", arrange: byHand, form: one("wat", "found", "stukken", ""), says: "Kies waar dat was"}},
	"ontvanger":            {{why: "nobody to tell", says: "geen ontvangers"}},
	"ontvangers":           {{why: "nobody was told", says: "geen ontvangers"}, {why: "the client's part", arrange: ways(told, clients), says: "geen ontvangers"}},
	"codebrief":            {{why: "proven", says: "heeft al laten zien"}, {why: "nothing to prove", arrange: leg("1", func(l *request.Leg) { l.Needs, l.Has = request.L0, request.L0 }), says: "bar.no-proof-needed"}},
	"kosten":               {{why: "the client decides", arrange: clients, says: theirs}, {why: "phase", arrange: phase(request.Held), says: notNow}, {why: "too high", form: one("bedrag", "80"), says: "tussen 0,01 en 50,00"}},
	"kosten-goedkeuren":    {{why: "no fee", says: "Er is geen voorstel voor kosten"}, {why: "own proposal", arrange: ways(fee(false), own), says: yourself}},
	"kosten-intrekken":     {{why: "no fee", says: "Er is geen voorstel voor kosten"}},
	"kosten-antwoord":      {{why: "no fee", says: "Er wacht geen antwoord over kosten"}, {why: "not approved", arrange: fee(false), says: "Er wacht geen antwoord over kosten"}},
	"machtiging":           {{why: "asks for themselves", arrange: func(r *request.Request) { r.Mandate = request.Mandate{} }, says: "geen machtiging te bekijken"}},
	"verlengen":            {{why: "the first month is over", arrange: func(r *request.Request) { r.Received = now.AddDate(0, -2, 0); r.Registered = r.Received }, says: "De eerste maand is voorbij"}, {why: "not proven", arrange: phase(request.Proving), says: "bar.nothing-to-extend"}},
	"verlenging":           {{why: "no proposal", says: "geen voorstel om te verlengen"}, {why: "own proposal", arrange: ways(proposed, own), says: yourself}},
	"verlenging-intrekken": {{why: "no proposal", says: "geen voorstel om te verlengen"}},
	"excuses":              {{why: "not late", arrange: func(r *request.Request) { r.SafeDue, r.Due = "2026-12-02", "2026-12-02" }, says: "is nog niet voorbij"}, {why: "promises too much", form: one("dag", "1-3-2027"), says: "hooguit 31 dagen"}},
	"intrekken":            {{why: "closed", arrange: done, says: "bar.closed"}},
	"overdragen":           {{why: "ours", arrange: phase(request.Deciding), says: "niet over te dragen"}, {why: "closed", arrange: phase(request.Closed), says: "niet over te dragen"}, {why: "to itself", arrange: atClient(false), form: one("opdrachtgever", "Bakker BV"), says: "die niet de oude is"}, {why: "to nobody", arrange: atClient(false), form: one("opdrachtgever", "x-9"), says: "die niet de oude is"}, {why: "no paper", arrange: atClient(false), form: one("bewijs", ""), says: "Noem het stuk"}},
	"laten-vervallen":      {{why: "nothing halted", arrange: atClient(false), says: "eigen systeem van een opdrachtgever"}},
	"toch-uitvoeren":       {{why: "nothing halted", arrange: atClient(false), says: "geen opdracht tegengehouden"}},
	"heropenen":            {{why: "not closed", arrange: phase(request.Deciding), says: "Alleen wat klaar is"}, {why: "before receipt", form: one("dag", "1-10-2026"), says: "Kies een dag na de ontvangst"}},
	"datalek":              {{why: "found in the future", form: one("dag", "1-1-2027"), says: "Kies de dag waarop wij het merkten"}, {why: "no advice with a high risk", form: one("risico", "high"), says: "Schrijf op wat de persoon zelf kan doen"}},
	"datalek-gemeld":       {{why: "no breach", arrange: func(r *request.Request) { r.Breaches = nil }, says: "geen datalek dat u nog moet melden"}},
	"datalek-brief":        {{why: "no breach", arrange: func(r *request.Request) { r.Breaches = nil }, says: "de persoon nog moet schrijven"}},
	"datalek-sluiten":      {{why: "no breach", arrange: func(r *request.Request) { r.Breaches = nil }, says: "Er is geen open datalek"}, {why: "own breach", arrange: ways(leak("none"), own), says: yourself}, {why: "not reported", arrange: leak("high"), says: "Meld het datalek eerst"}},
	"bewaren":              {{why: "too long", form: one("tot", "1-1-2040"), says: "tot vijf jaar vanaf nu"}, {why: "over", form: one("tot", "1-1-2020"), says: "tot vijf jaar vanaf nu"}},
	"niet-meer-bewaren":    {{why: "not held", arrange: func(r *request.Request) { r.LegalHolds = nil }, says: "niet langer bewaard"}},
	"notitie":              {{why: "redacted", arrange: func(r *request.Request) { r.Redacted = "2026-11-01" }, says: "bar.redacted"}, {why: "too long", form: one("notitie", strings.Repeat("x", 2001)), says: "1 tot 2.000 tekens"}},
}

// Issue 4: what is forbidden by phase or law is refused at its address, to a
// colleague who is signed in and has every role, with a sentence that says why;
// and the record is as it was, but that it was opened.
func TestForbidden(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(forbidden)) {
		for _, n := range forbidden[name] {
			t.Run(name+"/"+n.why, func(t *testing.T) {
				usual := deedCases[name]
				arrange := n.arrange
				if arrange == nil && n.form != nil {
					arrange = usual.arrange
				}
				v, load := onCasework(t, arrange, "o-9", "officer", "approver")
				form := fullForm()
				for _, more := range []url.Values{usual.form, n.form} {
					for k, x := range more {
						form[k] = x
					}
				}
				if _, ok := n.form["actie"]; !ok {
					form.Set("actie", "leg-vast")
				}
				before := content(load())
				v.Post(pathFor(name), form)
				if v.Status < 400 {
					t.Fatalf("it answers %d: %s", v.Status, text(v.Doc))
				}
				v.Sees(spoken(t, n.says)).SeesNot("Er ging bij ons iets mis", "Iemand was u voor", "Dit kan zo niet")
				if diff := cmp.Diff(before, content(load())); diff != "" {
					t.Errorf("something changed (-was +is):\n%s", diff)
				}
			})
		}
	}
}

// content is a record without what a look at it leaves: its chain and its number.
func content(r *request.Request) request.Request {
	c := *r
	c.Rev, c.Chain = 0, request.Chain{}
	return c
}

// pathFor is the address of an act on the request of the tests.
func pathFor(name string) string {
	for _, route := range desk.Routes() {
		if strings.HasSuffix(route.Path, "/"+name) && strings.HasPrefix(route.Path, "/verzoek/") {
			return pathOf(route, known, "1")
		}
	}
	return ""
}

// Every act on a request has its rows: a new one without any fails here.
func TestForbiddenIsWhole(t *testing.T) {
	// Who takes a task, gives one back or adds a scan to any request is refused by role only.
	by := []string{"neem", "terug", "taak", "scans"}
	for _, route := range desk.Routes() {
		parts := strings.Split(route.Path, "/")
		name := parts[len(parts)-1]
		if route.Method != http.MethodPost || !strings.HasPrefix(route.Path, "/verzoek/") || slices.Contains(by, name) {
			continue
		}
		if len(forbidden[name]) == 0 {
			t.Errorf("no row says when %s is forbidden", route.Path)
		}
	}
}

// By role: whoever the routes do not name is refused at the address of every
// act, told whose step it is, and nothing changes.
func TestForbiddenByRole(t *testing.T) {
	for _, role := range []string{"officer", "approver", "auditor", "administrator"} {
		v, load := onCasework(t, nil, "o-9", role)
		before := content(load())
		for _, route := range desk.Routes() {
			if route.Method != http.MethodPost || !strings.HasPrefix(route.Path, "/verzoek/") || slices.Contains(route.Roles, role) {
				continue
			}
			form := fullForm()
			for k, x := range deedCases[route.Path[strings.LastIndex(route.Path, "/")+1:]].form {
				form[k] = x
			}
			v.Post(pathOf(route, known, "1"), form).Answers(http.StatusForbidden).Sees("Deze stap is voor:", "Vraag een collega met die rol")
			for _, named := range route.Roles {
				v.Sees(spoken(t, "role."+named))
			}
		}
		if diff := cmp.Diff(before, content(load())); diff != "" {
			t.Errorf("%s changed something (-was +is):\n%s", role, diff)
		}
	}
}

// spoken gives the Dutch words of a key, or the words themselves.
func spoken(t *testing.T, s string) string {
	t.Helper()
	words, err := pages.LoadWords(os.DirFS("."), "words")
	if err != nil {
		t.Fatal(err)
	}
	if !words.Has(s) {
		return s
	}
	said, err := words.Say(request.Dutch, s)
	if err != nil {
		t.Fatal(err)
	}
	return said
}
