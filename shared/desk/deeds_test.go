package desk_test

import (
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/desk"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
)

// deedCase is one act: a request on which it can be done, what is typed, and
// what casework is told.
type deedCase struct {
	leg     string
	roles   string
	arrange func(*request.Request)
	form    url.Values
	call    string
	got     any
	// quick acts are done from the first page; bare ones ask nothing.
	quick, bare bool
	// bar is what is said where it cannot be done.
	bar string
}

// leg changes one leg of the sample.
func leg(id string, change func(*request.Leg)) func(*request.Request) {
	return func(r *request.Request) { change(r.Leg(id)) }
}

func deciding(right request.Right) func(*request.Request) {
	return leg("1", func(l *request.Leg) { l.Right = right })
}

func fee(approved bool) func(*request.Request) {
	return leg("1", func(l *request.Leg) {
		l.Fee = request.Fee{Cents: 750, Reason: "excessive", By: "o-1"}
		if approved {
			l.Fee.ApprovedBy = "o-2"
		}
	})
}

func held(told bool) func(*request.Request) {
	return leg("1", func(l *request.Leg) {
		l.Right, l.Phase, l.Outcome = request.Restriction, request.Closed, request.Granted
		l.Restriction = request.Marking{Ground: "a", SetAt: now.Add(-99 * time.Hour)}
		if told {
			l.Restriction.LiftOn, l.Restriction.LiftTold = "2026-12-10", now
		}
	})
}

// instructed makes leg 1 a client's that gave its instruction.
func instructed(r *request.Request) {
	l := r.Leg("1")
	l.Role, l.Relation, l.Client, l.Phase = request.Processor, request.Debtor, "c1", request.Instructed
	l.Outcome, l.Decision, l.Receipts, l.Package = "", request.Decision{}, nil, request.Package{}
	l.Instruction = request.Instruction{Kind: request.CarryOutToUs, By: "client:c1/J. Bakker", At: now, Receipt: "I-7Q2M-K9TD-1"}
}

func told(r *request.Request) {
	l := r.Leg("1")
	l.Told = []request.Told{{Recipient: "printer", Action: "erase", Status: request.ToldOpen, At: now}, {Recipient: "bank", Action: "erase", Status: request.ToldNotified, At: now, Confirmed: now}}
}

func byHand(r *request.Request) {
	r.Scans = []request.Scan{{ID: "0a1b", Type: "pdf", Bytes: 2048, By: "o-1", At: now}}
	r.Leg("1").ByHand = []request.ByHand{{System: "archive", Holding: "letters", Action: "collect", By: "2026-12-10"}}
}

func leak(risk string) func(*request.Request) {
	return func(r *request.Request) {
		r.Breaches = []request.Breach{{ID: "1", Kind: "wrong-recipient", Found: now.Add(-time.Hour), Facts: "Verkeerd adres.", Effects: "Iemand leest mee.", Measures: "Gewist.", Data: []string{"adres"}, Affected: 1, Risk: risk, Advice: "Let op post.", By: "o-1"}}
	}
}

var deedCases = map[string]deedCase{
	"vraag": {leg: "1", roles: "officer", form: one("soort", "identity", "twijfel", "Twee mensen.", "keuzes", "a\n\nb"), call: "Ask", bar: "Bij dit deel beslist de opdrachtgever",
		got: casework.Question{Kind: "identity", Leg: "1", Doubt: "Twee mensen.", Options: []string{"a", "b"}}},
	"antwoord": {roles: "officer", form: one("dag", "19-11-2026", "genoeg", "nee"), call: "Answered", got: []any{request.Day("2026-11-19"), false}, bar: "Er staat geen vraag open",
		arrange: func(r *request.Request) {
			r.Clock.Paused = []request.Pause{{Asked: "2026-11-10", Kind: "identity", Doubt: "x"}}
		}},
	"afweging": {leg: "1", roles: "officer", arrange: deciding(request.Objection), quick: true, form: one("onze", "a", "hun", "b", "waarom", "c"), call: "Weigh", got: []any{"1", request.Balance{Ours: "a", Theirs: "b", Result: "c"}}, bar: "hoort bij een ander recht"},
	"herbeoordeling": {leg: "1", roles: "officer", arrange: deciding(request.AutomatedDecision), quick: true, form: one("uitkomst", "geen", "waarop", "a"), call: "Review", bar: "hoort bij een ander recht",
		got: []any{"1", request.HumanReview{Logic: "a"}}},
	"verbeteringen": {leg: "1", roles: "officer", arrange: deciding(request.Rectification), quick: true, call: "ProposeCorrections", bar: "hoort bij een ander recht",
		form: one("veld", "5df6b3b37bee2acf", "waarde", "A. de Vries", "bewijs", "Brief gezien"),
		got:  []any{"1", []request.Correction{{System: "relations", Holding: "contacts", Column: "name", Old: "A. de Vrie", New: "A. de Vries", Evidence: "Brief gezien"}}, ""}},
	"hervatten":           {leg: "1", roles: "officer", arrange: held(false), form: one("reden", "checked", "dag", "2026-12-10"), call: "ProposeLift", got: []any{"1", "checked", request.Day("2026-12-10")}, bar: "Er is niets te hervatten"},
	"hervatten-intrekken": {leg: "1", roles: "officer", arrange: held(true), bare: true, call: "CancelLift", got: "1", bar: "Er is nog niet gezegd"},
	"opdracht-aanhouden": {leg: "1", roles: "officer", arrange: instructed, call: "FlagInstruction", bar: "Bij dit deel beslissen wij zelf",
		form: one("opdracht", "I-7Q2M-K9TD-1", "reden", "others", "uitleg", "Van een buurman."),
		got:  []any{"1", casework.Flagging{Receipt: "I-7Q2M-K9TD-1", Reason: "others", Words: "Van een buurman."}}},
	"ontvanger": {leg: "1", roles: "officer", arrange: told, quick: true, form: one("wie", "printer", "hoe", "impossible", "reden", "Failliet"), call: "RecordRecipient", got: []any{"1", "printer", "impossible", "Failliet"}, bar: "geen ontvangers"},
	"met-de-hand": {leg: "1", roles: "officer", arrange: byHand, form: one("wat", "found", "waar", "archive/letters/collect", "stukken", "0a1b"), call: "DoneByHand", bar: "niets wat u met de hand",
		got: []any{"1", casework.HandDone{System: "archive", Holding: "letters", Action: "collect", Found: []string{"0a1b"}}}},
	"ontvangers":        {leg: "1", roles: "officer", arrange: told, bare: true, call: "SendRecipients", got: "1", bar: "geen ontvangers"},
	"codebrief":         {leg: "1", roles: "officer", arrange: leg("1", func(l *request.Leg) { l.Has, l.Phase = request.L0, request.Proving }), bare: true, call: "SendCodeByLetter", got: "1", bar: "heeft al laten zien"},
	"kosten":            {leg: "1", roles: "officer", form: one("reden", "copies", "bedrag", "7,50"), call: "AnnounceFee", got: []any{"1", 750, "copies"}, bar: "Bij dit deel beslist de opdrachtgever"},
	"kosten-goedkeuren": {leg: "1", roles: "approver", arrange: fee(false), bare: true, call: "ApproveFee", got: "1", bar: "Er is geen voorstel voor kosten"},
	"kosten-intrekken":  {leg: "1", roles: "officer approver", arrange: fee(false), bare: true, call: "DropFee", got: "1", bar: "Er is geen voorstel voor kosten"},
	"kosten-antwoord":   {leg: "1", roles: "officer", arrange: fee(true), form: one("antwoord", "ja"), call: "FeeAccepted", got: []any{"1", true}, bar: "Er wacht geen antwoord over kosten"},
	"machtiging": {roles: "officer", form: one("oordeel", "accepted", "bewijs", "written-mandate", "wat", "all", "wie", "both", "tot", "2027-01-01"), call: "CheckMandate", bar: "geen machtiging te bekijken",
		arrange: func(r *request.Request) { r.Mandate.Status, r.Sender.Capacity = "asked", "family" },
		got:     request.Mandate{Status: "accepted", Evidence: "written-mandate", Scope: "all", Reply: "both", Until: "2027-01-01"}},
	"verlengen":            {roles: "officer", form: one("reden", "complexity", "uitleg", "Veel opnamen.", "achterhouden", "ja"), call: "ProposeExtension", got: []any{"complexity", "Veel opnamen.", true}},
	"verlenging":           {roles: "approver", arrange: proposed, bare: true, call: "ApproveExtension", bar: "geen voorstel om te verlengen"},
	"verlenging-intrekken": {roles: "officer approver", arrange: proposed, bare: true, call: "DropExtension", bar: "geen voorstel om te verlengen"},
	"excuses": {roles: "officer", arrange: func(r *request.Request) { r.SafeDue, r.Due = "2026-11-18", "2026-11-18" }, form: one("reden", "overlooked", "dag", "2026-11-27"), call: "Apologise",
		got: []any{request.Day("2026-11-27"), "overlooked"}, bar: "is nog niet voorbij"},
	"intrekken": {roles: "officer", form: one("delen", "1", "delen", "4", "hoe", "phone"), call: "WithdrawLegs", got: []any{[]string{"1", "4"}, "phone"}},
	"heropenen": {leg: "1", roles: "officer", arrange: leg("1", func(l *request.Leg) { l.Phase, l.Outcome = request.Closed, request.Granted }), form: one("reden", "mistake", "dag", "2026-11-20"), call: "Reopen", got: []any{"1", now, "mistake"}, bar: "Alleen wat klaar is"},
	"overdragen": {leg: "1", roles: "officer", arrange: atClient(false), form: one("opdrachtgever", "groot", "reden", "sold", "bewijs", "Akte 7"), call: "MoveLeg", bar: "niet over te dragen",
		got: []any{"1", casework.MoveTo{Client: "groot", Reason: "sold", Proof: "Akte 7"}}},
	"toch-uitvoeren": {leg: "1", roles: "officer", quick: true, arrange: atClient(true), form: one("reden", "confirmed"), call: "CarryOn", got: []any{"1", "confirmed"}, bar: "geen opdracht tegengehouden"},
	"laten-vervallen": {leg: "1", roles: "officer", bare: true, call: "Lapse", got: "1", bar: "eigen systeem van een opdrachtgever",
		arrange: func(r *request.Request) { atClient(true)(r); r.Delegated = &request.Delegation{Client: "c1", ID: "9"} }},
	"datalek":           {roles: "officer", form: one("soort", "lost-letter", "deel", "1", "dag", "2026-11-20", "tijd", "14:30", "feiten", "Weg.", "gegevens", "adres\nnaam", "aantal", "2", "gevolgen", "g", "maatregelen", "m", "risico", "none"), call: "ReportBreach", got: request.Breach{Kind: "lost-letter", Leg: "1", Found: time.Date(2026, 11, 20, 13, 30, 0, 0, time.UTC), Facts: "Weg.", Data: []string{"adres", "naam"}, Affected: 2, Effects: "g", Measures: "m", Risk: "none"}},
	"datalek-gemeld":    {roles: "officer approver", arrange: leak("high"), form: one("lek", "1", "nummer", "AP-7", "dag", "2026-11-20", "tijd", "21:50"), call: "AuthorityTold", got: []any{"1", "AP-7", time.Date(2026, 11, 20, 20, 50, 0, 0, time.UTC)}, bar: "geen datalek dat u nog moet melden"},
	"datalek-brief":     {roles: "officer approver", arrange: leak("high"), form: one("lek", "1"), call: "TellSubject", got: "1", bar: "de persoon nog moet schrijven"},
	"datalek-sluiten":   {roles: "approver", arrange: leak("none"), form: one("lek", "1"), call: "CloseBreach", got: "1", bar: "Er is geen open datalek"},
	"bewaren":           {roles: "approver", quick: true, form: one("reden", "litigation", "tot", "2027-06-30"), call: "HoldRecord", got: []any{"litigation", request.Day("2027-06-30")}},
	"niet-meer-bewaren": {roles: "approver", quick: true, arrange: keptLonger, form: one("welke", "1"), call: "LiftHold", got: "1", bar: "Dit dossier wordt niet langer bewaard"},
	"beantwoorden":      {roles: "officer", arrange: written, form: one("welk", "t4", "antwoord", "Vandaag."), call: "Reply", got: []any{"t4", "Vandaag."}, bar: "geen bericht dat op antwoord wacht"},
	"notitie":           {roles: "officer approver", quick: true, form: one("notitie", "Belde vandaag."), call: "AddNote", got: "Belde vandaag."},
}

// atClient is the sample with a part that a client decides, instructed and halted
// or not.
func atClient(halted bool) func(*request.Request) {
	return leg("1", func(l *request.Leg) {
		l.Relation, l.Role, l.Client, l.Candidate, l.Phase, l.Review = request.Debtor, request.Processor, "c1", "p2", request.Forwarded, nil
		if halted {
			l.Phase, l.Halted = request.Instructed, true
		}
	})
}

// written is the sample with a task about the message that it holds.
func written(r *request.Request) {
	r.Tasks[3].Code, r.Sender.Answerable = "message-1", true
}

func keptLonger(r *request.Request) {
	r.LegalHolds = []request.LegalHold{{ID: "1", Reason: "audit", By: "o-1", At: now, Until: "2027-01-31"}}
}

func proposed(r *request.Request) {
	r.Clock.Extension = request.Extension{Reason: "complexity", Words: "Veel opnamen.", By: "o-1", At: now}
}

func init() {
	for name, c := range deedCases {
		at := "/verzoek/{ref}/" + name
		if c.leg != "" {
			at = "/verzoek/{ref}/{leg}/" + name
		}
		may["GET "+at], may["POST "+at] = c.roles, c.roles
	}
	maps.Copy(may, map[string]string{
		"GET /brief/{ref}/{letter}": "officer approver", "POST /brief/{ref}/{letter}/print": "officer", "POST /brief/{ref}/{letter}/gepost": "officer",
		"POST /brief/{ref}/{letter}/terughalen": "officer", "POST /brief/{ref}/{letter}/alsnog": "officer", "GET /bijlage/{ref}/{n}": "officer",
	})
}

// arrange makes the sample one on which the route has something to do, and adds
// what its form asks for.
func arrange(w *world, pattern string, form url.Values) {
	w.view = sample()
	c, ok := deedCases[path.Base(pattern)]
	if !ok {
		return
	}
	if c.arrange != nil {
		c.arrange(w.view.Request)
	}
	if form != nil {
		for name, values := range c.form {
			form[name] = values
		}
	}
}

func (c deedCase) path(name string) string {
	if c.leg != "" {
		return at + "/" + c.leg + "/" + name
	}
	return at + "/" + name
}

// Every act: its page asks, shows what will happen and the letter, does nothing
// before it is confirmed, and then exactly what was said.
func TestDeeds(t *testing.T) {
	for name, c := range deedCases {
		t.Run(name, func(t *testing.T) {
			v := signedIn(t, "o-9", "officer", "approver")
			arrange(v.w, name, nil)
			v.w.rehearsal = casework.Rehearsal{Letters: []casework.Announced{{
				Letter: post.Letter{Order: letters.Order{Kind: "T-02", Language: request.Dutch}, To: post.Address{Kind: "file", Email: "anna@voorbeeld.nl"}}, Mail: letters.Mail{Subject: "Uw verzoek", Text: "De tekst van de brief."},
			}}}
			v.Get(c.path(name)).Answers(http.StatusOK)
			if c.bare {
				v.Sees("De tekst van de brief.", "anna@voorbeeld.nl")
			}
			if len(c.form) > 0 && !c.bare {
				form := maps.Clone(c.form)
				for k := range form {
					if k != "dag" {
						delete(form, k)
					}
				}
				v.Post(c.path(name), form).Answers(http.StatusUnprocessableEntity).Sees("Kijk dit nog even na")
			}
			if !c.quick {
				v.Post(c.path(name), c.form).Answers(http.StatusOK).Sees("De tekst van de brief.", "Uw verzoek")
			}
			if acts := v.w.acts(); len(acts) > 0 {
				t.Fatalf("looking did %v", acts)
			}
			form := maps.Clone(c.form)
			if form == nil {
				form = url.Values{}
			}
			form.Set("actie", "leg-vast")
			v.Post(c.path(name), form).Answers(http.StatusOK)
			if v.At != at {
				t.Errorf("it ends at %s", v.At)
			}
			if diff := cmp.Diff([]string{c.call}, v.w.acts()); diff != "" {
				t.Fatalf("it did (-want +got):\n%s\n%s", diff, v.Body)
			}
			if diff := cmp.Diff(c.got, v.w.got[c.call]); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.call, diff)
			}
		})
	}
}

// What cannot be done now is refused with a sentence, by page and by address.
func TestDeedsBarred(t *testing.T) {
	for name, c := range deedCases {
		if c.bar == "" {
			continue
		}
		v := signedIn(t, "o-9", "officer", "approver")
		if strings.HasPrefix(c.bar, "Bij dit deel beslist") {
			c.leg = "3"
		}
		form := maps.Clone(c.form)
		if form == nil {
			form = url.Values{}
		}
		form.Set("actie", "leg-vast")
		v.Get(c.path(name)).Answers(http.StatusConflict).Sees(c.bar, "Terug naar het verzoek").SeesNot(`name="actie"`)
		v.Post(c.path(name), form).Answers(http.StatusConflict).Sees(c.bar)
		if acts := v.w.acts(); len(acts) > 0 {
			t.Errorf("%s did %v", name, acts)
		}
	}
}

// Who holds an instruction writes the client, and sees in which language.
func TestFlagNamesTheLanguage(t *testing.T) {
	v := signedIn(t, "o-9", "officer")
	arrange(v.w, "opdracht-aanhouden", nil)
	c := deedCases["opdracht-aanhouden"]
	v.Get(c.path("opdracht-aanhouden")).Answers(http.StatusOK).Sees("Taal van de opdrachtgever Nederlands", "schrijf in de taal van de opdrachtgever")
	v.Post(c.path("opdracht-aanhouden"), c.form).Answers(http.StatusOK).Sees("Taal van de opdrachtgever Nederlands")
}

// What is begun is held no more, and the page says what was done of it.
func TestFlagOfWhatIsBegun(t *testing.T) {
	for bar, change := range map[string]func(*request.Leg){
		"wordt al uitgevoerd": func(l *request.Leg) { l.Begun = now },
		"gewist, 3 regels": func(l *request.Leg) {
			l.Receipts = []request.Receipt{{System: "relations", Holding: "contacts", Action: "erased", Count: 3, At: now}}
		},
		"blijft erbij": func(l *request.Leg) {
			l.Flags = []request.Flag{{Reason: "duty", By: "o-1", At: now, Instruction: l.Instruction, Word: request.Upheld, WordAt: now}}
			l.Instruction.Why = "Omdat."
		},
		"staat al stil": func(l *request.Leg) {
			l.Flags = []request.Flag{{Reason: "duty", By: "o-1", At: now, Instruction: l.Instruction}}
			l.Phase, l.Instruction = request.Forwarded, request.Instruction{}
		},
		"Er is nog geen opdracht": func(l *request.Leg) { l.Phase, l.Instruction = request.Forwarded, request.Instruction{} },
	} {
		v := signedIn(t, "o-9", "officer")
		arrange(v.w, "opdracht-aanhouden", nil)
		change(v.w.view.Request.Leg("1"))
		v.Get(deedCases["opdracht-aanhouden"].path("opdracht-aanhouden")).Answers(http.StatusConflict).Sees(bar)
	}
}

// A held instruction stands on the request's page: what, why, by whom, and the
// client's answer; an auditor reads no own words.
func TestHeldInstructionIsShown(t *testing.T) {
	for role, words := range map[string]bool{"officer": true, "auditor": false} {
		v := signedIn(t, "o-9", role)
		arrange(v.w, "opdracht-aanhouden", nil)
		l := v.w.view.Request.Leg("1")
		l.Flags = []request.Flag{{Reason: "others", Words: "Van een buurman.", By: "o-1", At: now, Instruction: l.Instruction}}
		l.Phase, l.Instruction = request.Forwarded, request.Instruction{}
		v.w.view.Lines = append(v.w.view.Lines, ledger.Line{Seq: 9, At: now, Actor: "o-1", Action: "instruction-held", Leg: "1", Reason: "others"})
		v.Get(at).Answers(http.StatusOK).Sees("Aangehouden opdracht", "I-7Q2M-K9TD-1", "Het gaat ook om gegevens van iemand anders.", "Opdracht aangehouden", "nog niet").SeesNot("Die laten wij weg")
		if strings.Contains(v.Body, "Van een buurman.") != words {
			t.Errorf("%s reads the officer's words: %v", role, !words)
		}
	}
}

// Every code with which casework refuses is a sentence that says why and what
// to do; the officer's own words are not lost.
func TestDeedsRefused(t *testing.T) {
	for code, want := range map[request.Code]struct {
		status int
		says   string
	}{
		request.PhaseIllegal: {409, "Het verzoek is al verder"}, request.Conflict: {409, "Een collega was u voor"}, request.Forbidden: {403, "is een andere rol nodig"},
		request.SamePerson: {403, "Een collega moet het goedkeuren"}, request.ProofTooLow: {422, "niet zeker genoeg wie dit vraagt"}, request.DateRefused: {422, "De eerste maand is voorbij"},
		request.NoInstruction: {422, "gaf nog geen opdracht"},
	} {
		v := signedIn(t, "o-9", "officer")
		v.w.fail["ProposeExtension"] = request.Fault(code, "x", "extend")
		v.Post(at+"/verlengen", deedCases["verlengen"].form).Answers(want.status).Sees(want.says, "Veel opnamen.").SeesNot("Er ging bij ons iets mis")
	}
	// A field is said at its question.
	v := signedIn(t, "o-9", "officer")
	v.w.fail["ProposeExtension"] = request.Fault(request.InputRefused, "words", "extend")
	v.Post(at+"/verlengen", deedCases["verlengen"].form).Answers(422).Sees("Leg uit waarom het langer duurt")
	// Four eyes: who proposed it gets the sentence and no button.
	for _, name := range []string{"verlenging", "kosten-goedkeuren"} {
		v := signedIn(t, "o-1", "approver")
		arrange(v.w, name, nil)
		v.Get(deedCases[name].path(name)).Answers(409).Sees("U deed dit voorstel zelf").SeesNot(`value="leg-vast"`)
		v.Post(deedCases[name].path(name), one("actie", "leg-vast")).Answers(409)
		if acts := v.w.acts(); len(acts) > 0 {
			t.Errorf("%s did %v", name, acts)
		}
	}
}

// C-8: whether the waiting counts is said before the question is sent, and why.
func TestQuestionCredit(t *testing.T) {
	v := signedIn(t, "o-9", "officer")
	v.w.credit = casework.QuestionPreview{Credited: true, Why: casework.WhyCredited, ReplyBy: "2026-11-30", SafeDue: "2026-12-02", Due: "2026-12-12"}
	v.Post(at+"/1/vraag", deedCases["vraag"].form).Sees("De wachttijd telt", "zaterdag 12 december 2026", "op tijd (artikel 12 lid 6 AVG)")
	v.w.credit.OnPaper = true
	v.Post(at+"/1/vraag", deedCases["vraag"].form).Sees("De wachttijd telt", "pas vanaf de dag dat u de brief op de post doet")
	v.w.credit = casework.QuestionPreview{Why: casework.WhyLate, SafeDue: "2026-12-02"}
	v.Post(at+"/1/vraag", deedCases["vraag"].form).Sees("De wachttijd telt niet", "later dan drie werkdagen")
}

// What an act changes is said in words: dates, parts, tasks.
func TestEffects(t *testing.T) {
	v := signedIn(t, "o-9", "officer")
	was, will := sample().Request, sample().Request
	will.Due, will.Clock.WorkTo = "2027-02-02", "2027-02-02"
	will.Legs[0].Phase = request.Decided
	will.Tasks = append(will.Tasks, request.Task{ID: "99", Kind: "approve-extension", Role: "approver"})
	v.w.rehearsal = casework.Rehearsal{Before: was, After: will}
	v.Post(at+"/verlengen", deedCases["verlengen"].form).Answers(200).Sees("wordt dinsdag 2 februari 2027", "Deel 1 gaat van", "taak voor een goedkeurder", "Niemand krijgt hierover nu een brief")
}

// Letters: as sent, why one did not arrive, print, post, take back.
func TestLetters(t *testing.T) {
	v := signedIn(t, "o-9", "officer")
	v.w.view.Letters[1].Delivery = post.Delivery{FailedAt: now, Class: post.Permanent, Code: "General 5.1.1"}
	v.Get(brief+"/3.T-05.notice").Answers(200).Sees("Wij wissen uw gegevens.", "het adres bestaat niet (General 5.1.1)", "Deze brief is op de post").SeesNot("Haal de brief terug")
	v.Post(brief+"/3.T-05.notice/gepost", one("dag", "x")).Answers(422).Sees("Kies de dag waarop")
	v.Post(brief+"/3.T-05.notice/gepost", one("dag", "2026-11-20")).Sees("de brief is op de post")
	v.Get(brief + "/none").Answers(404)
	v.w.view.Letters[0].State = post.Unsent
	v.Get(brief + "/request.T-01.ack").Sees("Haal de brief terug")
	v.Post(brief+"/request.T-01.ack/terughalen", nil).Sees("Teruggehaald.")
	v.w.view.Letters[0].State = post.Recalled
	v.Get(brief + "/request.T-01.ack").Sees("Verstuur de brief alsnog")
	v.w.fail["RecallLetter"] = request.Fault(request.PhaseIllegal, "x", "recall")
	v.Post(brief+"/request.T-01.ack/terughalen", nil).Answers(409).Sees("al onderweg")
	// A26: a file is saved and never shown, whatever it says it is.
	resp := v.RoundTrip(http.MethodGet, "/bijlage/"+string(known)+"/1", nil)
	if resp.Header.Get("Content-Type") != "application/octet-stream" || resp.Header.Get("Content-Disposition") != `attachment; filename="R-7Q2M-K9TD--b-brief--b-.html"` || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("a file goes out as %v", resp.Header)
	}
	resp = v.RoundTrip(http.MethodPost, brief+"/request.T-01.ack/print", url.Values{})
	if resp.Header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("a letter prints as %v", resp.Header)
	}
	v.w.view.Request.CodeLetters = []request.CodeLetter{{ID: "request.T-01.ack"}}
	v.RoundTrip(http.MethodPost, brief+"/request.T-01.ack/print", url.Values{})
	if !slices.Contains(v.w.acts(), "PrintCode") {
		t.Errorf("did %v", v.w.acts())
	}
}

// A task leads to the page on which it is done; what was settled by a call can
// be marked as done beside it.
func TestTasksLeadToTheirPages(t *testing.T) {
	v := signedIn(t, "o-9", "officer", "approver")
	r := v.w.view.Request
	leak("high")(r)
	for kind, want := range map[string][3]string{ // leg, code, page
		"mandate": {"", "", "/machtiging"}, "apologise": {"", "", "/excuses"}, "approve-extension": {"", "", "/verlenging"}, "approve-fee": {"1", "", "/1/kosten-goedkeuren"}, "fee": {"1", "", "/1/kosten-antwoord"},
		"lift": {"1", "", "/1/hervatten"}, "recipient": {"1", "bank", "/1/ontvanger"}, "ask-again": {"", "", "/1/vraag"}, "breach": {"1", "1", "/datalek-gemeld"},
		"print": {"", "request.T-01.ack", ""}, "undelivered": {"", "request.T-01.ack", ""}, "recalled": {"", "request.T-01.ack", ""},
	} {
		role := "officer"
		if strings.HasPrefix(kind, "approve") || kind == "breach" {
			role = "approver"
		}
		r.Tasks = []request.Task{{ID: "1", Leg: want[0], Kind: kind, Role: role, Code: want[1]}}
		v.Get(at).Answers(http.StatusOK)
		page := at + want[2]
		if want[2] == "" {
			page = brief + "/" + want[1]
		}
		if !slices.Contains(hrefs(v), page) {
			t.Errorf("%s does not lead to %s", kind, page)
		}
		if seen := strings.Contains(text(v.Doc), "Dit is gedaan"); seen != slices.Contains([]string{"undelivered", "recalled", "ask-again"}, kind) {
			t.Errorf("%s can be marked as done: %v", kind, seen)
		}
	}
}

// Every deed of the desk is tried above.
func TestDeedsAreAll(t *testing.T) {
	for _, r := range desk.Routes() {
		if _, ok := may[r.Method+" "+r.Path]; !ok {
			t.Errorf("%s %s has no row", r.Method, r.Path)
		}
	}
}

// T-18 prints what was weighed word for word: it speaks to the person.
func TestWeighedIsWrittenToThePerson(t *testing.T) {
	v := signedIn(t, "o-9", "officer", "approver")
	arrange(v.w, "afweging", nil)
	form := one("onze", "Een wettelijke plicht.", "hun", "De persoon werkt 's nachts.", "waarom", "Onze plicht weegt zwaarder.")
	v.Get(at + "/1/afweging").Sees("met u en uw")
	v.Post(at+"/1/afweging", form).Answers(422).Sees("Zet u of uw in plaats van: De persoon", "werkt 's nachts.")
	form.Set("hun", "U werkt 's nachts.")
	v.Post(at+"/1/afweging", form)
	if !slices.Contains(v.w.acts(), "Weigh") {
		t.Errorf("not recorded: %v, %s", v.w.acts(), v.At)
	}
}
