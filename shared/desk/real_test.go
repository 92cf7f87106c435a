package desk_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/desk"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	"github.com/allclaims/rightsdesk/shared/store/memory"
	"github.com/allclaims/rightsdesk/shared/systems"
	vault "github.com/allclaims/rightsdesk/shared/vault/memory"
)

// quiet is everything that the casework of these tests has no use for: no
// machine runs, nobody is woken, no system answers.
type quiet struct{}

func (quiet) Start(context.Context, string, string, casework.Input) error { return nil }
func (quiet) Resume(context.Context, string, casework.Output) (bool, error) {
	return false, nil
}
func (quiet) Nudge(context.Context, string) error { return nil }
func (quiet) Key(_ context.Context, kind, value string) (string, error) {
	return kind + "-" + value, nil
}
func (quiet) Inventory() *inventory.Inventory { return inventory.Default() }
func (quiet) System(id string) (systems.System, error) {
	return nil, request.Fault(request.SystemsMissing, id, "reach a system")
}

// onCasework is the desk on the real casework, with one request in it.
func onCasework(t *testing.T, arrange func(*request.Request), id string, roles ...string) (*visitor, func() *request.Request) {
	t.Helper()
	v := signedIn(t, id, roles...)
	s := &memory.Store{Now: v.w.clock}
	prover := &identity.Prover{Store: s, Now: v.w.clock}
	cases := &casework.Cases{
		Store: s, Finder: s, Lists: s, Months: s, Letters: s, Outbox: s, Heads: s, Closed: s, Ledger: s, Registers: s,
		Engine: quiet{}, Systems: quiet{}, Keys: quiet{}, Nudge: quiet{}, Dossier: &vault.Vault{Now: v.w.clock}, Work: &vault.Vault{Now: v.w.clock}, Prover: prover,
		House: letters.SampleHouse(), Waits: casework.DefaultWaits, Now: v.w.clock,
	}
	r := sample().Request
	r.SourceKey, r.Registered, r.Sender.Answerable, r.Sender.For = "form/1", r.Received, true, ""
	r.Tasks = nil
	r.Candidates[0].Channels = append(r.Candidates[0].Channels, request.FileChannel{Kind: "post", Value: "Dorpsstraat 1, 1234 AB Utrecht", Since: "2020-01-01", System: "relations"})
	r.Legs = r.Legs[:1]
	r.Legs[0].ProvenAt, r.Legs[0].Review = r.Received, nil
	r.Clock.Holidays = "x"
	if arrange != nil {
		arrange(r)
	}
	// A record that somebody approved comes into being in two steps, as in life.
	rid, _, err := s.Create(t.Context(), r, store.Writes{})
	if err != nil {
		t.Fatal(err)
	}
	h := v.Site.(*desk.Handler)
	h.Cases, h.Rehearse = cases, desk.RehearseOn(cases)
	return v, func() *request.Request {
		r, err := s.Load(t.Context(), rid)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

// The pages on the real casework: what is shown before is a real letter, and
// what is recorded after is what was said.
func TestRealCasework(t *testing.T) {
	for _, tt := range []struct {
		name, path string
		arrange    func(*request.Request)
		form       url.Values
		sees       []string // before it is confirmed
		done       func(*request.Request) bool
	}{
		{"ask late", "/1/vraag", nil, one("soort", "identity", "twijfel", "Twee mensen."), []string{"T-02", "De wachttijd telt niet", "later dan drie werkdagen"},
			func(r *request.Request) bool {
				return len(r.Clock.Paused) == 1 && r.Clock.Paused[0].Uncredited == "late"
			}},
		{"ask in time", "/1/vraag", func(r *request.Request) { r.Received = now.Add(-24 * time.Hour); r.Registered = r.Received }, one("soort", "identity", "twijfel", "Twee mensen."), []string{"T-02", "De wachttijd telt:", "op tijd (artikel 12 lid 6 AVG)"},
			func(r *request.Request) bool { return len(r.Clock.Paused) == 1 && r.Clock.Paused[0].Uncredited == "" }},
		{"answered", "/antwoord", func(r *request.Request) {
			r.Clock.Paused = []request.Pause{{Asked: "2026-11-10", Kind: "identity", Doubt: "x"}}
		}, one("dag", "19-11-2026", "genoeg", "ja"), []string{"Niemand krijgt hierover"},
			func(r *request.Request) bool {
				return r.Clock.Paused[0].Answered == "2026-11-19" && r.Clock.Paused[0].Enough
			}},
		{"extend", "/verlengen", nil, one("reden", "complexity", "uitleg", "Er zijn 46 opnamen met stemmen van anderen."), []string{"T-08", "46 opnamen", "Dit is een voorstel", "De wettelijke laatste dag wordt"},
			func(r *request.Request) bool {
				return r.Clock.Extension.By == "o-9" && r.Clock.ExtensionSent == "" && r.Task("approve-extension", "") != nil
			}},
		{"fee", "/1/kosten", nil, one("reden", "copies", "bedrag", "7,50"), []string{"T-22", "7,50", "Dit is een voorstel"},
			func(r *request.Request) bool { return r.Legs[0].Fee.Cents == 750 && r.Legs[0].Fee.ApprovedBy == "" }},
		{"withdraw", "/intrekken", nil, one("delen", "1", "hoe", "phone"), []string{"T-29", "Deel 1 gaat van"},
			func(r *request.Request) bool { return r.Legs[0].Outcome == request.Withdrawn }},
		{"apologise", "/excuses", func(r *request.Request) {
			r.Received = now.AddDate(0, -2, 0)
			r.Registered, r.SafeDue, r.Due = r.Received, "2026-10-20", "2026-10-20"
		}, one("reden", "overlooked", "dag", "27-11-2026"), []string{"T-30", "vrijdag 27 november 2026"},
			func(r *request.Request) bool { return r.Clock.PromisedDay == "2026-11-27" }},
		{"code by letter", "/1/codebrief", func(r *request.Request) {
			l := &r.Legs[0]
			l.Has, l.Phase, l.ProvenBy = request.L0, request.Proving, nil
		}, nil, []string{"N-01", "per post", "•••"},
			func(r *request.Request) bool { return len(r.CodeLetters) == 1 && r.CodeLetters[0].By == "o-9" }},
		{"breach", "/datalek", nil, one("soort", "wrong-recipient", "deel", "1", "dag", "20-11-2026", "tijd", "14:30", "feiten", "Een brief ging naar een ander.", "gegevens", "uw adres", "aantal", "1", "gevolgen", "Iemand kent uw adres.", "maatregelen", "De brief is terug.", "risico", "high", "advies", "Let op uw post."), []string{"Er komt een taak voor een goedkeurder", "Niemand krijgt hierover"},
			func(r *request.Request) bool { return len(r.Breaches) == 1 && r.Breaches[0].By == "o-9" }},
		{"tell the subject", "/datalek-brief", leak("high"), one("lek", "1"), []string{"T-31", "Let op post."}, func(r *request.Request) bool { return !r.Breaches[0].SubjectTold.IsZero() }},
		{"report to the authority", "/datalek-gemeld", leak("high"), one("lek", "1", "nummer", "AP-7", "dag", "20-11-2026", "tijd", "22:00"), nil, func(r *request.Request) bool { return r.Breaches[0].AuthorityRef == "AP-7" }},
		{"weigh", "/1/afweging", deciding(request.Objection), one("onze", "a", "hun", "b", "waarom", "c"), nil, func(r *request.Request) bool { return r.Legs[0].Balance.Result == "c" }},
		{"review", "/1/herbeoordeling", deciding(request.AutomatedDecision), one("uitkomst", "upheld", "waarop", "a", "nu", "b"), nil, func(r *request.Request) bool { return r.Legs[0].Human.Result == "upheld" }},
		{"statement", "/1/verbeteringen", deciding(request.Rectification), one("verklaring", "Dit klopt niet."), nil, func(r *request.Request) bool { return r.Legs[0].Statement == "Dit klopt niet." }},
		{"lift", "/1/hervatten", func(r *request.Request) {
			held(false)(r)
			r.Legs[0].Decision = request.Decision{Outcome: request.Granted, Ground: "accuracy", By: "o-1"}
		}, one("reden", "checked", "dag", "10-12-2026"), []string{"T-16", "donderdag 10 december 2026"},
			func(r *request.Request) bool { return r.Legs[0].Restriction.LiftOn == "2026-12-10" }},
		{"note", "/notitie", nil, one("notitie", "Belde."), nil, func(r *request.Request) bool { return len(r.Notes) == 1 }},
		{"reply", "/beantwoorden", func(r *request.Request) {
			r.Tasks = []request.Task{{ID: "1", Kind: "reply", Role: "officer", Code: "message-1", Opened: now}}
		}, one("welk", "1", "antwoord", "U krijgt vandaag antwoord."), []string{"T-27", "U krijgt vandaag antwoord.", "aan de afzender: anna@voorbeeld.nl", "Wanneer krijg ik antwoord?"},
			func(r *request.Request) bool { return r.Task("reply", "") == nil }},
		{"mandate", "/machtiging", func(r *request.Request) {
			r.Sender.For, r.Sender.Capacity, r.Mandate.Status = "Piet", "family", "asked"
		}, one("oordeel", "accepted", "bewijs", "written-mandate", "wat", "all", "wie", "both"), []string{"brief met handtekening"},
			func(r *request.Request) bool { return r.Mandate.Status == "accepted" && r.Mandate.By == "o-9" }},
		{"reopen", "/1/heropenen", func(r *request.Request) { r.Legs[0].Phase, r.Legs[0].Outcome = request.Closed, request.Granted }, one("reden", "mistake", "dag", "20-11-2026"), []string{"Deel 1 gaat van"},
			func(r *request.Request) bool { return r.Legs[0].Reopened == 1 }},
		{"refuse", "/1/besluit", nil, one("besluit", "refused", "grond", "unfounded", "toelichting", "Wij legden dit al uit."), []string{"Leg voor aan een collega", "Wij legden dit al uit.", "Er komt een taak voor een goedkeurder"},
			func(r *request.Request) bool { return r.Legs[0].Phase == request.Approving }},
		{"grant in part", "/1/besluit", nil, one("besluit", "partial", "toelichting", "Een deel.", "wel", "uw naam", "niet-others", "twee opnamen", "gevraagd", "partial/"), []string{"twee opnamen"},
			func(r *request.Request) bool { return len(r.Legs[0].Decision.Parts) == 2 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, load := onCasework(t, tt.arrange, "o-9", "officer", "approver")
			before := load()
			v.Get(at + tt.path).Answers(http.StatusOK)
			if tt.sees != nil {
				v.Post(at+tt.path, tt.form).Answers(http.StatusOK).Sees(tt.sees...)
				if tt.done(load()) || load().Clock.ExtensionSent != "" || len(load().Tasks) != len(before.Tasks) {
					t.Fatal("looking did it")
				}
			}
			form := url.Values{"actie": {"leg-vast"}}
			for k, x := range tt.form {
				form[k] = x
			}
			v.Post(at+tt.path, form).Answers(http.StatusOK)
			if v.At != at || !tt.done(load()) {
				t.Errorf("it is not done, at %s: %s", v.At, text(v.Doc))
			}
		})
	}
}

// The real casework refuses; the page says why in words, at the question or as
// a sentence, and nothing changes.
func TestRealRefusals(t *testing.T) {
	for _, tt := range []struct {
		name, path string
		arrange    func(*request.Request)
		form       url.Values
		status     int
		says       string
	}{
		{"extend too late", "/verlengen", func(r *request.Request) { r.Received = now.AddDate(0, -2, 0); r.Registered = r.Received }, one("reden", "complexity", "uitleg", "Veel opnamen."), 422, "De eerste maand is voorbij"},
		{"lift too soon", "/1/hervatten", held(false), one("reden", "checked", "dag", "23-11-2026"), 422, "vijf werkdagen"},
		{"promise too far", "/excuses", func(r *request.Request) { r.SafeDue, r.Due = "2026-11-01", "2026-11-01" }, one("reden", "other", "dag", "1-3-2027"), 422, "hooguit 31 dagen"},
		{"fee too high", "/1/kosten", nil, one("reden", "copies", "bedrag", "80"), 422, "tussen 0,01 en 50,00"},
		{"answer before the question", "/antwoord", func(r *request.Request) { r.Clock.Paused = []request.Pause{{Asked: "2026-11-18", Doubt: "x"}} }, one("dag", "1-11-2026", "genoeg", "ja"), 422, "Kies een dag na onze vraag"},
		{"no house on file", "/1/codebrief", func(r *request.Request) {
			r.Legs[0].Has, r.Legs[0].Phase = request.L0, request.Proving
			r.Candidates[0].Channels = r.Candidates[0].Channels[:1]
		}, nil, 404, "geen postadres in ons dossier"},
		{"high risk without advice", "/datalek", nil, one("soort", "other", "deel", "1", "dag", "20-11-2026", "tijd", "14:30", "feiten", "a", "gegevens", "b", "aantal", "1", "gevolgen", "c", "maatregelen", "d", "risico", "high"), 422, "Schrijf op wat de persoon zelf kan doen"},
		{"own breach", "/datalek-sluiten", func(r *request.Request) { leak("none")(r); r.Breaches[0].By = "o-9" }, one("lek", "1"), 403, "Een collega moet het goedkeuren"},
		{"breach not reported", "/datalek-sluiten", leak("high"), one("lek", "1"), 409, "Meld het datalek eerst"},
		{"objection not weighed", "/1/besluit", deciding(request.Objection), one("besluit", "granted", "toelichting", "Wij stoppen."), 422, "Weeg eerst het bezwaar af"},
		{"mandate of nothing with an answer", "/machtiging", func(r *request.Request) {
			r.Sender.For, r.Sender.Capacity, r.Mandate.Status = "Piet", "family", "asked"
		}, one("oordeel", "accepted", "bewijs", "written-mandate", "wat", "none", "wie", "representative"), 422, "Wie niets mag hebben"},
		{"reopen before receipt", "/1/heropenen", func(r *request.Request) { r.Legs[0].Phase, r.Legs[0].Outcome = request.Closed, request.Granted }, one("reden", "mistake", "dag", "1-10-2026"), 422, "Kies een dag na de ontvangst"},
		{"review without words", "/1/herbeoordeling", deciding(request.AutomatedDecision), one("uitkomst", "upheld", "waarop", "a"), 422, "Schrijf op wat nu geldt"},
		{"note too long", "/notitie", nil, one("notitie", strings.Repeat("x", 2001)), 422, "1 tot 2.000 tekens"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, load := onCasework(t, tt.arrange, "o-9", "officer", "approver")
			rev := func() int { return len(load().Tasks) + len(load().Notes) + len(load().Clock.Paused) }
			before := rev()
			for _, act := range []string{"", "leg-vast"} { // by page, and by address
				form := url.Values{"actie": {act}}
				for k, x := range tt.form {
					form[k] = x
				}
				v.Post(at+tt.path, form).Answers(tt.status).Sees(tt.says).SeesNot("Er ging bij ons iets mis")
			}
			if rev() != before {
				t.Error("something changed")
			}
		})
	}
}

// The request's page offers what can be done and nothing else.
func TestOffers(t *testing.T) {
	v, _ := onCasework(t, nil, "o-9", "officer")
	v.Get(at).Answers(200).Sees("Stel de persoon een vraag", "Verleng de termijn", "De persoon trekt het verzoek in", "Stel kosten voor", "Schrijf een notitie").
		SeesNot("Weeg het bezwaar af", "Keur de kosten goed", "Sluit het datalek")
	for _, path := range []string{"/excuses", "/1/heropenen", "/1/afweging", "/1/kosten-goedkeuren"} {
		if slices.Contains(hrefs(v), at+path) {
			t.Errorf("%s is offered and cannot be done", path)
		}
	}
	// What only time or another step makes possible is named, with the reason.
	v.Sees("Bied excuses aan De wettelijke laatste dag is nog niet voorbij.", "Heropen dit deel Dit deel is nog niet klaar.")
}

// Who approves reads what will happen and the letter itself.
func TestRealApproval(t *testing.T) {
	refused := func(r *request.Request) {
		l := &r.Legs[0]
		l.Phase, l.Outcome = request.Approving, request.Refused
		l.Decision = request.Decision{Outcome: request.Refused, Ground: "unfounded", Note: "Wij legden dit al uit.", By: "o-1", At: now}
	}
	v, load := onCasework(t, refused, "o-9", "approver")
	v.Get(at+"/1/goedkeuren").Answers(http.StatusOK).Sees("Deel 1 gaat van", "Wij legden dit al uit.", "duidelijk zonder reden")
	if load().Legs[0].Phase != request.Approving {
		t.Fatal("looking approved it")
	}
	v.Post(at+"/1/goedkeuren", one("actie", "goed")).Answers(http.StatusOK)
	if load().Legs[0].Decision.ApprovedBy != "o-9" {
		t.Error("it is not approved")
	}
}
