package desk_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/desk"
	"github.com/allclaims/rightsdesk/shared/door/doortest"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

const (
	at    = "/verzoek/" + string(known)
	brief = "/brief/" + string(known)
)

// The queue shows things to do by safe date, in words.
func TestQueue(t *testing.T) {
	v := signedIn(t, "o-1", "officer")
	v.Get("/").Sees("Niets voor u")
	v.w.queues["free"], v.w.queues["all"] = rows(12), rows(60)
	v.Get("/?rij=vrij").Sees("Vrij 12", "2 werkdagen te laat", "vandaag", "nog 1 werkdag", "Bakker BV", "Lees wat er wordt gevraagd", "niet door u: u bereidde het voor", "De termijn van R-7Q2M-K9TA vraagt aandacht")
	v.Get("/?rij=vrij&recht=erasure").Sees("gegevens wissen", "Wis filters").SeesNot(">Bakker BV<")
	v.Get("/?rij=vrij&recht=erasure&stap=print").Sees("Geen taken op deze pagina met deze filters")
	v.Get("/?rij=alles").Sees("Verder in de lijst")
	v.Get("/?rij=goedkeuren").Sees("Er wacht niets op goedkeuring")
	v.Get("/?rij=<script>&na=x").Answers(http.StatusOK).Sees("Voor mij 0")
	// However many are open, one look costs the same number of lists.
	v.w.calls = nil
	v.w.queues["mine:o-1"] = rows(5000)
	v.Get("/").Sees("Voor mij 50+")
	if n := len(v.w.calls); n != 4 {
		t.Errorf("one look took %d lists", n)
	}
	signedIn(t, "a-1", "auditor").SeesNot("Pak de volgende taak", "Nieuw verzoek").Sees("Er staat geen taak open.")
}

// A list of tasks that is empty says where requests wait for somebody else.
func TestQueueSaysWhatWaits(t *testing.T) {
	v := signedIn(t, "o-1", "officer")
	v.Get("/?rij=alles").Sees("Er staat geen taak open.").SeesNot("Er wachten wel")
	v.w.queues["waits:subject"] = []store.TaskRow{{Reference: known, Kind: store.Waits, SafeDue: "2026-12-30"}}
	v.w.queues["waits:system"] = []store.TaskRow{{Reference: known, Kind: store.Waits, SafeDue: "2026-11-24"}}
	v.Get("/?rij=alles").Sees("Er staat geen taak open. Er wachten wel verzoeken. Kijk bij: Wacht op persoon, Wacht op systeem.")
	v.Get("/?rij=dichtbij").Sees("Er is geen taak met een termijn binnen vijf werkdagen. Er wachten wel verzoeken. Kijk bij: Wacht op systeem.")
	v.Get("/?rij=alles&recht=access").Sees("Geen taken op deze pagina met deze filters").SeesNot("Er wachten wel")
	v.Get("/?rij=vrij").Sees("Er zijn geen vrije taken.").SeesNot("Er wachten wel")
}

// A46, U-19: no name, address or other word of a person in lists, titles and addresses.
func TestNoPersonInLists(t *testing.T) {
	v := signedIn(t, "o-9", "officer", "approver")
	v.w.queues["free"] = rows(12)
	personal := []string{"Anna", "Vries", "anna@", "D-4711", "0612345678", "0698765432", "Dorpsstraat", "1980"}
	v.Get("/?rij=vrij").SeesNot(personal...)
	for _, route := range desk.Routes() {
		if route.Method != http.MethodGet || !strings.Contains(route.Path, "{ref}") {
			continue
		}
		arrange(v.w, route.Path, nil)
		v.Get(pathOf(route, known, legOf(route.Path))).Answers(http.StatusOK)
		walk(v.Doc, func(n *html.Node) {
			s := attr(n, "href") + attr(n, "action")
			if n.Data == "title" {
				s = text(n)
			}
			for _, p := range personal {
				if strings.Contains(s, p) {
					t.Errorf("%s: %q names a person", v.At, s)
				}
			}
		})
	}
}

// An auditor sees what was done, not about whom.
func TestAuditorSeesNoPerson(t *testing.T) {
	v := signedIn(t, "a-1", "auditor")
	v.Get(at).Answers(http.StatusOK).Sees("Tijdlijn", "Deel begonnen", "Een controleur ziet wat er is gedaan").
		SeesNot("Anna", "Vries", "anna@", "D-4711", "0612345678", "Dorpsstraat", "Verwijder alles", "Wij bewaren uw facturen", "<button name", "privacy@bakker")
	walk(v.Doc, func(n *html.Node) {
		if a := attr(n, "action"); n.Data == "form" && a != "/uitloggen" {
			t.Errorf("an auditor can post to %s", a)
		}
	})
}

// The page of a request: one primary button, who must act, what was found and
// what stays, the clock explained.
func TestCase(t *testing.T) {
	v := signedIn(t, "o-1", "officer", "approver")
	v.Get(at).Answers(http.StatusOK).Sees(
		"R-7Q2M-K9TD", "Werk toe naar: wo 2 dec 2026", "Wettelijke laatste dag", "nog 8 werkdagen", "Op 2 plekken kunnen gegevens van anderen staan",
		"U bereidde dit besluit voor. Een collega moet het goedkeuren.", "Bakker BV beslist", "wacht op een opdracht", "genoeg bewijs (L2)",
		"blijft tot en met zo 1 jan 2034", "artikel 52 AWR", "Wij kregen het verzoek op maandag 2 november 2026", "T-05 melding aan de opdrachtgever", "niet aangekomen",
		"En stuur mij eerst een kopie.", "Wanneer krijg ik antwoord?", "Anna de Vries", "sinds do 1 feb 2024", "onbekend sinds wanneer", "opdrachtgever Bakker BV", "Houd tegen", "Het gaat om: ontvangst")
	primary := 0
	walk(v.Doc, func(n *html.Node) {
		class := attr(n, "class")
		if (n.Data == "button" && class == "" || n.Data == "a" && class == "button") && !strings.Contains(text(n), "Uitloggen") {
			primary++
		}
	})
	if primary != 1 {
		t.Errorf("%d primary buttons, want 1", primary)
	}
	if links := hrefs(v); slices.Contains(links, at+"/2/goedkeuren") {
		t.Error("who prepared it gets a way to approve it")
	}
	signedIn(t, "o-5", "approver").Get(at).Sees("Beoordeel", "Een behandelaar doet dit.")

	done := signedIn(t, "o-1", "officer")
	done.w.view.Request.Tasks = nil
	for phase, want := range map[request.Phase]string{
		request.Proving: "Wij wachten tot de persoon laat zien wie zij is, uiterlijk woensdag 2 december 2026", request.Forwarded: "Wij wachten op Bakker BV",
		request.Acted: "Het systeem is bezig", request.Decided: "Wij wachten tot maandag 23 november 2026",
	} {
		l := sample().Request.Legs[3]
		l.Phase, l.Client, l.ForwardedAt = phase, "c1", now
		done.w.view.Request.Legs = []request.Leg{l}
		done.Get(at).Sees("U hoeft niets te doen", want)
	}
	done.w.view.Request.Stage = request.Done
	done.Get(at).Sees("Dit verzoek is klaar")
}

// How a person was found from system to system stands with the part, and an
// officer reads what to do when that leads too far.
func TestHops(t *testing.T) {
	v := signedIn(t, "o-1", "officer")
	l := &v.w.view.Request.Legs[0]
	l.Hops = []request.Hop{{From: "invoices/invoices", Kind: "invoice", To: []string{"bank/payments"}, Count: 3, Left: 2}}
	v.Get(at).Sees("Hoe wij deze persoon vonden", "invoice (3). Daarmee is gezocht bij bank, payments.", "invoice (2). Dat kan van iemand anders zijn. Daarmee is niet gezocht.")
	l.Hops = append(l.Hops, request.Hop{From: "bank/payments", Kind: "batch", To: []string{"bank/statements"}, Over: 1001})
	v.w.view.Request.Tasks = []request.Task{{ID: "t1", Leg: "1", Kind: "stuck", Role: "officer", Code: string(request.TooWide), Opened: now}}
	v.Get(at).Sees("De nummers van deze persoon leiden naar te veel plekken", "Bij bank, payments staat 1001 keer of vaker: batch.", "atMost te verhogen", "gaat dit verzoek vanzelf verder")
}

func hrefs(v *visitor) []string {
	var all []string
	walkLinks(v, func(s string) { all = append(all, s) })
	return all
}

// Every act: what it needs, what it says when that is lacking, what it does.
func TestActs(t *testing.T) {
	long := strings.Repeat("x", 4001)
	for _, tt := range []struct {
		name, path string
		form       url.Values
		sees       []string
		call       string // "" = nothing is done
		got        any
	}{
		{"read", "/lezen", one("soort", "request", "recht", "access", "recht", "erasure", "recht", "nonsense", "kent", "client"), []string{"Vastgelegd: wat er wordt gevraagd"}, "ReadAs",
			casework.TriageChoice{Kind: "request", Rights: []request.Right{request.Access, request.Erasure}, Relations: []request.Relation{request.Client}}},
		{"read a complaint", "/lezen", one("soort", "complaint"), nil, "ReadAs", casework.TriageChoice{Kind: "complaint", Rights: []request.Right{request.Complaint}}},
		{"read noise", "/lezen", one("soort", "noise", "reden", "advertising", "recht", "access"), nil, "ReadAs", casework.TriageChoice{Kind: "noise", Reason: "advertising"}},
		{"read nothing", "/lezen", one(), []string{"Kijk dit nog even na", "Kies wat voor bericht het is."}, "", nil},
		{"read without rights", "/lezen", one("soort", "request"), []string{"Kies wat deze persoon wil.", "Kies hoe deze persoon All Claims kent."}, "", nil},
		{"noise without a reason", "/lezen", one("soort", "noise"), []string{"Kies wat voor bericht het dan is."}, "", nil},

		{"match", "/1/wie", one("persoon", "p1"), []string{"Vastgelegd: om wie het gaat"}, "Choose", []string{"p1"}},
		{"match several files of a debtor", "/3/wie", one("persoon", "p1", "persoon", "p2"), nil, "Choose", []string{"p1", "p2"}},
		{"match two people", "/1/wie", one("persoon", "p1", "persoon", "p2"), []string{"Kies één persoon"}, "", nil},
		{"nobody fits", "/1/wie", one("persoon", "niemand"), nil, "Choose", []string(nil)},
		{"match nothing", "/1/wie", one(), []string{"Kies om wie het gaat, of kies niemand."}, "", nil},
		{"match both", "/1/wie", one("persoon", "p1", "persoon", "niemand"), []string{"Beide kan niet."}, "", nil},
		{"match a stranger", "/1/wie", one("persoon", "p9"), []string{"Kies om wie het gaat"}, "", nil},

		{"decide shows the letter", "/1/besluit", one("besluit", "granted"), []string{"Klopt dit besluit?", "Ons antwoord (R-7Q2M-K9TD)", "Leg voor aan een collega"}, "", nil},
		{"decide", "/1/besluit", one("besluit", "granted", "actie", "leg-vast"), []string{"Voorgelegd aan een collega"}, "DecideLeg", request.Decision{Outcome: request.Granted}},
		{"refuse shows that a colleague looks", "/1/besluit", one("besluit", "refused", "grond", "unfounded", "toelichting", "Daarom"), []string{"Leg voor aan een collega", "Tot die tijd gebeurt er niets"}, "", nil},
		{"refuse", "/1/besluit", one("besluit", "refused", "grond", "unfounded", "toelichting", " Daarom ", "actie", "leg-vast"), []string{"Voorgelegd aan een collega"}, "DecideLeg", request.Decision{Outcome: request.Refused, Ground: "unfounded", Note: "Daarom"}},
		{"granting needs no ground and keeps none", "/1/besluit", one("besluit", "granted", "grond", "unfounded", "actie", "leg-vast"), nil, "DecideLeg", request.Decision{Outcome: request.Granted}},
		{"refuse without a ground", "/1/besluit", one("besluit", "refused", "toelichting", "Daarom", "actie", "leg-vast"), []string{"Kies een grond die past bij: afgewezen."}, "", nil},
		{"refuse on a ground of another right", "/1/besluit", one("besluit", "refused", "grond", "duty", "toelichting", "Daarom", "actie", "leg-vast"), []string{"Kies een grond"}, "", nil},
		// others' data are never a reason to refuse the whole.
		{"refuse all for others' data", "/1/besluit", one("besluit", "refused", "grond", "others", "toelichting", "Daarom", "actie", "leg-vast"), []string{"Kies een grond"}, "", nil},
		{"refuse without words", "/1/besluit", one("besluit", "refused", "grond", "unfounded", "actie", "leg-vast"), []string{"Schrijf een toelichting."}, "", nil},
		{"decide nothing", "/1/besluit", one("actie", "leg-vast"), []string{"Kies wat u besluit."}, "", nil},
		{"decide an outcome that is not there", "/1/besluit", one("besluit", "withdrawn", "actie", "leg-vast"), []string{"Kies wat u besluit."}, "", nil},
		{"decide too long", "/1/besluit", one("besluit", "refused", "grond", "unfounded", "toelichting", long, "actie", "leg-vast"), []string{"hooguit 4000 tekens"}, "", nil},
		{"change", "/1/besluit", one("besluit", "granted", "toelichting", "Bewaard", "actie", "wijzig"), []string{"Neem een besluit", "Bewaard"}, "", nil},

		{"approve", "/2/goedkeuren", one("actie", "goed"), []string{"Goedgekeurd.", "nog tegen te houden"}, "Approve", "2"},
		{"approve without a button", "/2/goedkeuren", one(), []string{"Dit kan zo niet"}, "", nil},
		{"send back", "/2/goedkeuren", one("actie", "terug", "reden", "plan"), []string{"Teruggestuurd"}, "SendBack", "plan"},
		{"send back without a reason", "/2/goedkeuren", one("actie", "terug"), []string{"Kies waarom u het terugstuurt."}, "", nil},
		{"send back with words", "/2/goedkeuren", one("actie", "terug", "reden", "Anna is fout"), []string{"Kies waarom u het terugstuurt."}, "", nil},
		{"approve what waits for no approval", "/1/goedkeuren", one("actie", "terug"), []string{"geen besluit dat op goedkeuring wacht"}, "", nil},

		{"release", "/1/vrijgeven", one(), []string{"Vrijgegeven."}, "ReleaseNow", "1"},
		{"carry out", "/5/uitgevoerd", one("toelichting", "Naam verbeterd"), []string{"Vastgelegd: wat er is uitgevoerd"}, "CarriedOut", "Naam verbeterd"},
		{"carry out without words", "/5/uitgevoerd", one("toelichting", " "), []string{"Schrijf op wat u deed."}, "", nil},
		{"stop", "/4/tegenhouden", one("reden", "new-fact"), []string{"Wissen is tegengehouden"}, "StopErasure", "new-fact"},
		{"stop without a reason", "/4/tegenhouden", one(), []string{"Kies waarom u het tegenhoudt."}, "", nil},
		{"task done", "/taak", one("taak", "t4"), []string{"deze taak is gedaan"}, "TaskDone", "t4"},
		{"take", "/neem", one("taak", "t1"), []string{"U hebt deze taak."}, "Assign", "t1>o-9"},
		{"lay back", "/terug", one("taak", "t1"), []string{"De taak is weer vrij."}, "Assign", "t1>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := signedIn(t, "o-9", "officer", "approver")
			v.Post(at+tt.path, tt.form).Sees(tt.sees...)
			acts := v.w.acts()
			if tt.call == "" {
				if len(acts) > 0 {
					t.Fatalf("did %v", acts)
				}
				return
			}
			if !slices.Equal(acts, []string{tt.call}) {
				t.Fatalf("did %v, want %s", acts, tt.call)
			}
			if diff := cmp.Diff(tt.got, v.w.got[tt.call]); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.call, diff)
			}
			// The notice is gone on the next look.
			if v.Get(v.At); len(tt.sees) > 0 && strings.Contains(text(v.Doc), tt.sees[0]) && tt.call != "Assign" {
				t.Error("the notice stays")
			}
		})
	}
}

// A12: who prepared a decision sees a sentence, gets no button, and a POST is refused.
func TestFourEyes(t *testing.T) {
	v := signedIn(t, "o-1", "approver")
	v.Get(at+"/2/goedkeuren").Answers(http.StatusOK).Sees("U bereidde dit besluit voor. Een collega moet het goedkeuren.").SeesNot(`value="goed"`, `value="terug"`)
	for _, act := range []string{"goed", "terug"} {
		v.Post(at+"/2/goedkeuren", one("actie", act, "reden", "plan")).Answers(http.StatusForbidden).Sees("Hier is een collega voor nodig")
	}
	if acts := v.w.acts(); len(acts) > 0 {
		t.Errorf("did %v", acts)
	}
}

// U-20: the act that cannot be undone has its own page, with the count on a red button.
func TestErasurePage(t *testing.T) {
	v := signedIn(t, "o-2", "approver")
	v.Get(at+"/2/goedkeuren").Sees("Keurt u dit wissen goed?", "Keur goed: wis 13 regels in 2 systemen", "Regels die blijven: 3", "blijft tot en met", "Na goedkeuren begint de bedenktijd", "Annuleren", "Stuur terug")
	if !strings.Contains(v.Body, `class="danger"`) {
		t.Error("the button is not red")
	}
}

// A copy in which nothing of others can stand is given without a colleague.
func TestDecidedAlone(t *testing.T) {
	v := signedIn(t, "o-9", "officer")
	v.w.view.Request.Leg("1").Review = nil
	v.Post(at+"/1/besluit", one("besluit", "granted")).Sees("Klopt dit besluit?", "Leg dit besluit vast").SeesNot("Leg voor aan een collega")
	v.Post(at+"/1/besluit", one("besluit", "granted", "actie", "leg-vast")).Sees("Besluit vastgelegd").SeesNot("Voorgelegd")
}

// F31 of two people at one case: the second is told, and the text is not lost.
func TestOvertaken(t *testing.T) {
	for code, says := range map[request.Code]string{request.Conflict: "Iemand was u voor", request.PhaseIllegal: "Dit deel wacht nu niet op een besluit van ons."} {
		v := signedIn(t, "o-1", "officer")
		v.w.fail["DecideLeg"] = request.Fault(code, "x", "decide")
		v.Post(at+"/1/besluit", one("besluit", "refused", "grond", "unfounded", "toelichting", "Mijn lange uitleg", "actie", "leg-vast")).
			Answers(http.StatusConflict).Sees(says, "Mijn lange uitleg")
	}
}

// A letter that cannot be shown yet stops no decision; a fault of ours is said
// without a word of it.
func TestFaults(t *testing.T) {
	v := signedIn(t, "o-1", "officer")
	v.w.fail["Preview"] = fmt.Errorf("letters: T-13: something is missing")
	v.Post(at+"/1/besluit", one("besluit", "granted")).Answers(http.StatusOK).Sees("Leg voor aan een collega", "De brief is nu nog niet te tonen")
	v.w.fail["View"] = fmt.Errorf("the table of Anna is away")
	v.Get(at).Answers(http.StatusServiceUnavailable).Sees("Er ging bij ons iets mis").SeesNot("Anna")
	for code, status := range map[request.Code]int{request.Forbidden: 403, request.SamePerson: 403, request.InputRefused: 422, request.ProofTooLow: 422, request.NotFound: 404} {
		v.w.fail["ReleaseNow"] = request.Fault(code, "x", "release")
		v.Post(at+"/1/vrijgeven", nil).Answers(status)
	}
	v.w.fail["ReleaseNow"] = request.Fault(request.ProofTooLow, "x", "release")
	v.Post(at+"/1/vrijgeven", nil).Answers(422).Sees("niet zeker genoeg wie dit vraagt")
	v.Post(at+"/1/uitgevoerd", one("toelichting", strings.Repeat("x", 300<<10))).Answers(http.StatusUnprocessableEntity)
}

// The next task is the most urgent that this person may do; who was a moment
// later gets the one after it.
func TestNext(t *testing.T) {
	v := signedIn(t, "o-1", "officer", "approver")
	free := rows(3)[2:]
	mine := rows(2)[1:] // prepared by o-1: not for o-1
	v.w.queues["free"], v.w.queues["approve"] = free, mine
	v.Post("/volgende", nil)
	if v.w.got["Assign"] != "t2>o-1" {
		t.Errorf("took %v", v.w.got)
	}
	v = signedIn(t, "o-1", "officer")
	v.w.queues["free"] = rows(3)
	v.w.fail["Assign"] = request.Fault(request.Conflict, "x", "assign")
	v.Post("/volgende", nil).Sees("Er is geen vrije taak die u mag doen.")
	if n := len(v.w.acts()); n < 2 {
		t.Errorf("tried %d tasks", n)
	}
}

func TestSearch(t *testing.T) {
	v := signedIn(t, "o-1", "officer")
	v.Get("/zoek?k=" + url.QueryEscape(" r-7q2m k9td "))
	if v.At != at {
		t.Errorf("found %s", v.At)
	}
	v.Get("/zoek?k=" + url.QueryEscape("anna <b>")).Sees("Een kenmerk ziet eruit als R-7Q2M-K9TD.").SeesNot("<b>")
}

// A request by phone, letter, counter or social media (A13: nothing is read back).
func TestNewRequest(t *testing.T) {
	v := signedIn(t, "o-1", "officer")
	v.Get("/nieuw").Sees("Wanneer kwam het binnen?", "Lees niets voor over wat wij hebben")
	form := one("datum", "2026-11-10", "kanaal", "letter", "woorden", "Ik wil alles zien", "recht", "access", "kent", "debtor", "taal", "en",
		"naam", "Anna", "email", "Anna@Voorbeeld.nl", "geboren", "1980-03-27", "dossier", "D-1, D-2 D-1", "brief", "brief")
	form.Set("token", token(v))
	v.Post("/nieuw", form).Sees("Vastgelegd. De termijn loopt.")
	v.Post("/nieuw", form)
	if len(v.w.sent) != 1 {
		t.Fatalf("two clicks made %d requests", len(v.w.sent))
	}
	want := casework.Submission{
		SourceKey: "desk/" + form.Get("token"), Channel: request.Post, Language: request.English, Received: time.Date(2026, 11, 10, 11, 0, 0, 0, time.UTC), Kind: "request",
		Rights: []request.Right{request.Access}, Relations: []request.Relation{request.Debtor}, Sure: true, Rule: "desk", By: "o-1", Text: "Ik wil alles zien",
		Sender: request.Sender{Name: "Anna", Email: "anna@voorbeeld.nl", BirthDate: "1980-03-27", FileNumbers: []string{"D-1", "D-2"}, ByLetter: true, Answerable: true},
	}
	if diff := cmp.Diff(want, v.w.sent[0]); diff != "" {
		t.Errorf("registered (-want +got):\n%s", diff)
	}
	for name, tt := range map[string]struct {
		change url.Values
		sees   string
	}{
		"future":  {one("datum", "2026-11-21"), "Dit is in de toekomst."},
		"tonight": {one("datum", "2026-11-20", "tijd", "23:00"), "Dit is in de toekomst."},
		"old":     {one("datum", "2020-01-01"), "meer dan twee jaar geleden"}, "no date": {one("datum", "x"), "Vul de dag in"}, "time": {one("tijd", "25:00"), "Vul de tijd in"},
		"channel": {one("kanaal", "web"), "Kies hoe het binnenkwam."}, "words": {one("woorden", " "), "Schrijf op wat de persoon zegt"},
		"email": {one("email", "anna@"), "Kijk het e-mailadres na."}, "birth": {one("geboren", "2030-01-01"), "Kijk de geboortedatum na."},
	} {
		t.Run(name, func(t *testing.T) {
			v := signedIn(t, "o-1", "officer")
			bad := url.Values{}
			for k, x := range form {
				bad[k] = x
			}
			for k, x := range tt.change {
				bad[k] = x
			}
			v.Post("/nieuw", bad).Answers(http.StatusUnprocessableEntity).Sees("Kijk dit nog even na", tt.sees)
			if len(v.w.sent) > 0 {
				t.Error("it was registered")
			}
			if tt.change.Get("woorden") == "" && !strings.Contains(v.Body, "Ik wil alles zien") {
				t.Error("what was typed is lost")
			}
		})
	}
	// Today without a time is now; without a right it goes to triage.
	v = signedIn(t, "o-1", "officer")
	v.Post("/nieuw", one("token", strings.Repeat("b", 22), "datum", "2026-11-20", "kanaal", "phone", "woorden", "Hij wil iets"))
	if s := v.w.sent[0]; s.Sure || !s.Received.Equal(now) || s.Sender.Answerable {
		t.Errorf("registered %+v", s)
	}
}

func token(v *visitor) string {
	found := ""
	walk(v.Doc, func(n *html.Node) {
		if attr(n, "name") == "token" {
			found = attr(n, "value")
		}
	})
	return found
}

// Every outcome of every right has its grounds, and every ground its words and law.
func TestGrounds(t *testing.T) {
	for _, right := range request.Rights {
		for _, o := range casework.Outcomes(right) {
			got := desk.Grounds(right, o)
			refuses := o == request.Refused || o == request.Partial
			if refuses && len(got) == 0 {
				t.Errorf("%s cannot be %s: there is no ground", right, o)
			}
			if right.Stops() && o != request.Granted {
				t.Errorf("%s can be %s (R-7: there is no exception)", right, o)
			}
			for _, g := range got {
				if g.Law == "" {
					t.Errorf("%s has no law", g.Code)
				}
			}
		}
	}
	// law.md: the exceptions that the law gives, and no others.
	for right, want := range map[request.Right][]string{
		request.Access:      {"unidentified", "unfounded", "excessive", "uavg41"},
		request.Erasure:     {"duty", "claims", "expression", "health", "archive", "unidentified", "unfounded", "excessive", "uavg41"},
		request.Restriction: {"no-ground", "unidentified", "unfounded", "excessive", "uavg41"},
	} {
		var codes []string
		for _, g := range desk.Grounds(right, request.Refused) {
			codes = append(codes, g.Code)
		}
		if diff := cmp.Diff(want, codes); diff != "" {
			t.Errorf("grounds to refuse %s (-want +got):\n%s", right, diff)
		}
	}
}

// A28: whatever stands in any field of a request, every page of it has the
// elements that it has with a plain word, and no other.
func TestHostileText(t *testing.T) {
	fill := func(word string) func(*world) {
		return func(w *world) {
			r := w.view.Request
			r.Subject, r.Text, r.Kind = word, word, word
			r.Sender = request.Sender{Answerable: true, Name: word, Email: word, Phone: word, Address: word, Postcode: word, HouseNumber: word, FileNumbers: []string{word}, ClientNumbers: []string{word}, InvoiceNumbers: []string{word}, For: word}
			r.Understood.Evidence = []string{word, word}
			for i := range r.Messages {
				r.Messages[i].Subject, r.Messages[i].Text, r.Messages[i].Kind = word, word, word
			}
			for i := range r.Candidates {
				c := &r.Candidates[i]
				c.Name, c.File, c.Client, c.MatchedOn = word, word, word, []string{word}
				for j := range c.Channels {
					c.Channels[j].Value, c.Channels[j].Kind = word, word
				}
			}
			for i := range r.Legs {
				l := &r.Legs[i]
				l.Decision.Note, l.Decision.Ground, l.Instruction.Kind, l.Instruction.Receipt = word, word, word, word
				if l.Client != "" {
					l.Client = word
				}
				for j := range l.Plan {
					l.Plan[j].Why, l.Plan[j].System, l.Plan[j].Holding, l.Plan[j].Ground = word, word, word, word
				}
				for j := range l.Receipts {
					l.Receipts[j].System, l.Receipts[j].Holding = word, word
				}
				for j := range l.Review {
					l.Review[j] = word + "/x/y"
				}
			}
			for i := range w.view.Letters {
				w.view.Letters[i].To.Email, w.view.Letters[i].To.Kind = word, word
			}
			for i := range w.view.Lines {
				w.view.Lines[i].Reason, w.view.Lines[i].Actor, w.view.Lines[i].Action = word, word, word
			}
			w.view.Explain = []string{word}
			w.mail.Subject, w.mail.Text = word, word
		}
	}
	for _, route := range desk.Routes() {
		if !strings.Contains(route.Path, "{ref}") || slices.Contains([]string{"neem", "terug", "taak"}, filepath.Base(route.Path)) {
			continue
		}
		show := func(word string) []string {
			v := signedIn(t, "o-9", "officer", "approver")
			arrange(v.w, route.Path, nil)
			fill(word)(v.w)
			path := pathOf(route, known, legOf(route.Path))
			if route.Method == http.MethodGet {
				return doortest.Outline(v.Get(path).Answers(http.StatusOK).Doc)
			}
			form := one("soort", word, "reden", word, "persoon", word, "besluit", "granted", "toelichting", word)
			return doortest.Outline(v.Post(path, form).Doc)
		}
		want := show("woord")
		for _, word := range doortest.Hostile {
			if got := show(word); !slices.Equal(got, want) {
				t.Errorf("%s %s: %q changes the page\n%s", route.Method, route.Path, word, cmp.Diff(want, got))
			}
		}
	}
	show := func(word string) []string {
		v := signedIn(t, "o-9", "officer")
		form := url.Values{"token": {strings.Repeat("a", 22)}}
		for _, box := range []string{"datum", "tijd", "kanaal", "woorden", "naam", "email", "telefoon", "postadres", "postcode", "huisnummer", "geboren", "dossier", "klantnummer", "factuur", "namens", "taal"} {
			form.Set(box, word+"@")
		}
		return doortest.Outline(v.Post("/nieuw", form).Answers(http.StatusUnprocessableEntity).Doc)
	}
	want := show("woord")
	for _, word := range doortest.Hostile {
		if got := show(word); !slices.Equal(got, want) {
			t.Errorf("new: %q changes the page\n%s", word, cmp.Diff(want, got))
		}
	}
}

// Every task, ledger line and reason that casework writes has words here: an
// officer never reads a code.
func TestWordsForCasework(t *testing.T) {
	words, err := pages.LoadWords(os.DirFS("."), "words")
	if err != nil {
		t.Fatal(err)
	}
	sources, err := filepath.Glob("../casework/*.go")
	if err != nil || len(sources) == 0 {
		t.Fatalf("no sources of casework: %v", err)
	}
	// What a ledger action that casework puts together may end in.
	endings := map[string][]string{
		"mandate-":   {identity.MandateAccepted, identity.MandateRefused},
		"recipient-": {request.ToldNotified, request.ToldImpossible, request.ToldDisproportionate},
	}
	for shape, keys := range map[*regexp.Regexp][]string{
		regexp.MustCompile(`\.task\("([a-z-]+)"`):                                              {"kind.", "todo.", "why.", "button."},
		regexp.MustCompile(`\.line\((?:system\("[a-z]+"\)|[a-zA-Z.]+|"[a-z:]+"), "([a-z-]+)"`): {"line."},
	} {
		found := 0
		for _, source := range sources {
			if strings.HasSuffix(source, "_test.go") {
				continue
			}
			b, err := os.ReadFile(source)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range shape.FindAllStringSubmatch(string(b), -1) {
				found++
				ends := endings[m[1]]
				if ends == nil {
					ends = []string{""}
				}
				for _, key := range keys {
					for _, end := range ends {
						if !words.Has(key + m[1] + end) {
							t.Errorf("there are no words for %s%s%s", key, m[1], end)
						}
					}
				}
			}
		}
		if found == 0 {
			t.Errorf("%s finds nothing: it is out of date", shape)
		}
	}
}
