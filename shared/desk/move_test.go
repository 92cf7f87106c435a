package desk_test

import (
	"context"
	"testing"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/desk"
	"github.com/allclaims/rightsdesk/shared/pages/pagestest"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// sellers are the clients of these tests: one that sold its claims, two of whom
// the names are much alike, and one that is gone too.
func sellers(t *testing.T, h *desk.Handler) {
	t.Helper()
	cases := h.Cases.(*casework.Cases)
	h.Clients = cases.Registers
	admin := casework.Actor{ID: "a-1", Roles: []string{"administrator"}}
	for _, c := range []register.Client{
		{ID: "c1", Name: "Bakker BV", State: "sold"}, {ID: "groot", Name: "De Groot Incasso B.V."}, {ID: "grootzoon", Name: "De Groot & Zoon B.V."}, {ID: "weg", Name: "Weg B.V.", State: "gone"},
	} {
		c.ContactName, c.Email, c.Language, c.SubjectContact, c.DebtorRole = "K. de Boer", "privacy@"+c.ID+".example", request.Dutch, "privacy@"+c.ID+".example", "processor"
		if err := cases.SaveClient(context.Background(), admin, nil, c); err != nil {
			t.Fatal(err)
		}
	}
}

// atBakker is a part that a client was handed and that sold its claim since.
func atBakker(r *request.Request) {
	atClient(false)(r)
	l := r.Leg("1")
	l.ForwardedAt, l.Wait = r.Received, request.Wait{State: "Instruct"}
	p := r.Candidate("p2")
	p.Chosen, p.Channels = true, []request.FileChannel{{Kind: "email", Value: "anna@voorbeeld.nl", Since: "2024-02-01", System: "collection"}}
	r.Tasks = []request.Task{{ID: "1", Leg: "1", Kind: "client-gone", Role: "officer", Code: "sold", Opened: r.Received}}
}

// R-29 on the real casework: the task leads to the page, which finds the client by
// a part of its name, shows both letters before it acts, and says what an officer
// must know of the other side.
func TestRealMove(t *testing.T) {
	v, load := onCasework(t, atBakker, "o-9", "officer")
	sellers(t, v.Site.(*desk.Handler))
	v.Get(at).Answers(200).Sees("Zoek uit wie nu over de gegevens beslist", "Draag over aan wie nu beslist", "De nieuwe gegevens staan in de lijst")
	form := one("opdrachtgever", "groot inc", "reden", "sold", "bewijs", "Akte van cessie, 3 maart 2026")
	for typed, says := range map[string]string{"de groot": "De Groot & Zoon B.V., De Groot Incasso B.V.", "weg": "die nu zelf beslist", "bakker": "die niet de oude is", "x": "die nu zelf beslist"} {
		bad := one("opdrachtgever", typed, "reden", "sold", "bewijs", "Akte")
		v.Post(at+"/1/overdragen", bad).Answers(422).Sees(says)
	}
	stays := one("opdrachtgever", "groot", "reden", "sold", "bewijs", "Akte", "blijft", "ja")
	v.Post(at+"/1/overdragen", stays).Answers(422).Sees("De oude opdrachtgever is er niet meer")
	v.Post(at+"/1/overdragen", form).Answers(200).Sees("De Groot Incasso B.V. (groot)", "T-05", "privacy@groot.example", "T-04a", "anna@voorbeeld.nl",
		"Deel 2 begint: De Groot Incasso B.V. beslist", "Hier kunnen wij niet zien of deze persoon in de dossiers van De Groot Incasso B.V. staat")
	if r := load(); len(r.Legs) != 1 || r.Leg("1").Phase != request.Forwarded {
		t.Fatal("to look at it did it")
	}
	form.Set("opdrachtgever", "De Groot Incasso B.V. (groot)")
	form.Set("actie", "leg-vast")
	for range 2 { // the button twice, and the page of a colleague
		v.Post(at+"/1/overdragen", form)
	}
	r := load()
	if l := r.Leg("2"); len(r.Legs) != 2 || l.Client != "groot" || l.Phase != request.Forwarded || r.Leg("1").Outcome != request.Moved || r.Task("client-gone", "1") != nil {
		t.Errorf("%d legs, the last %+v", len(r.Legs), l)
	}
	v.Get(at).Sees("overgedragen aan een andere opdrachtgever", "naar deel 2, door", "Akte van cessie, 3 maart 2026", "van deel 1")
	v.Get(at + "/1/overdragen").Sees("Over dit deel beslist nu een andere opdrachtgever")
	v.Get(at + "/1/heropenen").Answers(409).Sees("Over dit deel beslist nu een andere opdrachtgever")
}

// The page says of a buyer that has a part already whether this one comes beside it
// or goes on in it.
func TestRealMoveBeside(t *testing.T) {
	for file, says := range map[string]string{"D-9": "Deel 3 begint", "D-2": "Er komt geen tweede deel"} {
		v, load := onCasework(t, func(r *request.Request) {
			atBakker(r)
			r.Candidate("p2").File = "D-2"
			own, theirs := *r.Leg("1"), *r.Candidate("p2")
			own.ID, own.Client, own.Candidate = "2", "groot", "p9"
			theirs.ID, theirs.Client, theirs.File, theirs.Keys = "p9", "groot", file, nil
			r.Legs, r.Candidates = append(r.Legs, own), append(r.Candidates, theirs)
		}, "o-9", "officer")
		sellers(t, v.Site.(*desk.Handler))
		form := one("opdrachtgever", "groot inc", "reden", "sold", "bewijs", "Akte")
		page := v.Post(at+"/1/overdragen", form).Answers(200).Sees(says)
		if file == "D-9" {
			page.Sees("heeft ook al deel 2 van dit verzoek")
		}
		form.Set("opdrachtgever", "De Groot Incasso B.V. (groot)")
		form.Set("actie", "leg-vast")
		v.Post(at+"/1/overdragen", form)
		if r := load(); r.Leg("1").Outcome != request.Moved || len(r.Legs) != map[string]int{"D-9": 3, "D-2": 2}[file] {
			t.Errorf("the buyer's part on %s: %d parts, the old one %s", file, len(r.Legs), r.Leg("1").Phase)
		}
	}
}

// a restriction that the old client had us set ends on the word of who decides
// now: the task leads to the page, which asks for nothing of ours and writes to nobody.
func TestRealMovedLift(t *testing.T) {
	v, load := onCasework(t, func(r *request.Request) {
		atBakker(r)
		l := r.Leg("1")
		next := *l
		next.ID, next.Client = "2", "groot"
		l.Phase, l.Outcome, l.MovedTo = request.Closed, request.Moved, request.Move{Leg: "2", Reason: "sold", Proof: "Akte", By: "o-1", At: r.Received}
		l.Restriction = request.Marking{SetAt: r.Received, Ground: "instructed"}
		r.Tasks = []request.Task{{ID: "1", Leg: "1", Kind: "lift", Role: "officer", Code: "moved", Opened: r.Received}}
		r.Legs = append(r.Legs, next)
	}, "o-9", "officer")
	sellers(t, v.Site.(*desk.Handler))
	v.Get(at).Answers(200).Sees("Vraag aan wie nu beslist of de gegevens nog stil moeten staan", "Kies een dag", "Hervat het gebruik van de gegevens")
	v.Get(at+"/1/hervatten").Answers(200).Sees("Wie nu beslist, zei dit", "Wij schrijven niets").SeesNot("Wij hebben uitgezocht")
	form := one("reden", "instructed", "dag", "10-12-2026")
	v.Post(at+"/1/hervatten", form).Answers(200).Sees("Hervat op die dag").SeesNot("T-16", "Verstuur de brief")
	form.Set("actie", "leg-vast")
	v.Post(at+"/1/hervatten", form).Sees("Op de gekozen dag gaat het gebruik weer verder").SeesNot("De brief is onderweg")
	if r := load(); r.Leg("1").Restriction.LiftOn != "2026-12-10" || r.Task("lift", "1") != nil {
		t.Errorf("the restriction is %+v", r.Leg("1").Restriction)
	}
	// That day can be taken back, and nobody is told that the person heard of it from us.
	v.Get(at + "/1/hervatten").Answers(409).Sees("De dag staat al vast").SeesNot("De persoon weet al")
	v.Get(at + "/1/hervatten-intrekken").Answers(200).Sees("Wie nu beslist, laat dit aan de persoon weten").SeesNot("schrijf zelf")
	v.Post(at+"/1/hervatten-intrekken", one("actie", "leg-vast")).Sees("Het gebruik blijft stilstaan").SeesNot("Schrijf dit aan de persoon")
	// Who decides now may also say that it stays so.
	task := load().Task("lift", "1")
	if task == nil {
		t.Fatal("nobody is asked any more")
	}
	v.Get(at).Sees("Kies een dag", "Het blijft stilstaan")
	v.Post(at+"/taak", one("taak", task.ID))
	r := load()
	if m := r.Leg("1").Restriction; r.Task("lift", "1") != nil || !m.Stands() || m.LiftOn != "" {
		t.Errorf("the restriction that stays is %+v", m)
	}
	v.Get(at).SeesNot("Kies een dag").Sees("Hervat het gebruik van de gegevens", "Gegevens blijven stilstaan, op het woord van wie nu beslist")
}

// so does that of a client that decides no more, whose part is closed; and its
// end is taken back without a letter that nobody wrote.
func TestRealGoneLift(t *testing.T) {
	v, load := onCasework(t, func(r *request.Request) {
		atBakker(r)
		l := r.Leg("1")
		l.Phase, l.Outcome, l.Instruction = request.Closed, request.Granted, request.Instruction{Kind: request.CarryOutToUs, By: "client:c1/x", At: r.Received, Receipt: "I-1"}
		l.Restriction, r.Tasks = request.Marking{SetAt: r.Received, Ground: "a"}, nil
	}, "o-9", "officer")
	sellers(t, v.Site.(*desk.Handler))
	v.Get(at+"/1/hervatten").Answers(200).Sees("Wie nu beslist, zei dit", "Wij schrijven niets")
	form := one("reden", "instructed", "dag", "10-12-2026", "actie", "leg-vast")
	v.Post(at+"/1/hervatten", form).Sees("Op de gekozen dag gaat het gebruik weer verder")
	v.Get(at + "/1/hervatten-intrekken").Answers(200).Sees("Wie nu beslist, laat dit aan de persoon weten").SeesNot("kreeg al een brief")
	v.Post(at+"/1/hervatten-intrekken", one("actie", "leg-vast")).Sees("Wie nu beslist, laat dit aan de persoon weten").SeesNot("Schrijf dit aan de persoon")
	if r := load(); r.Leg("1").Restriction.LiftOn != "" || r.Task("lift", "1") == nil {
		t.Errorf("the restriction is %+v", r.Leg("1").Restriction)
	}
}

// The page says that something of the instruction is done as soon as a system is at
// it, before there is a receipt.
func TestRealMoveOfBegun(t *testing.T) {
	v, _ := onCasework(t, func(r *request.Request) {
		atBakker(r)
		l := r.Leg("1")
		l.Phase, l.Begun, l.Instruction = request.Instructed, r.Received, request.Instruction{Kind: request.CarryOutToUs, By: "client:c1/x", At: r.Received, Receipt: "I-1"}
	}, "o-9", "officer")
	sellers(t, v.Site.(*desk.Handler))
	v.Post(at+"/1/overdragen", one("opdrachtgever", "grootzoon", "reden", "sold", "bewijs", "Akte")).Answers(200).Sees("is al iets uitgevoerd")
}

// What a client instructed before it went: the task leads on, and nothing ends by
// having seen it.
func TestRealHalted(t *testing.T) {
	v, load := onCasework(t, func(r *request.Request) {
		atBakker(r)
		l := r.Leg("1")
		l.Phase, l.Halted, l.Instruction = request.Instructed, true, request.Instruction{Kind: request.CarryOutToUs, By: "client:c1/x", At: r.Received, Receipt: "I-1"}
		l.Receipts = []request.Receipt{{System: "collection", Holding: "files", Action: "collected", Count: 2, At: r.Received}}
		r.Tasks[0].Code = "instructed"
	}, "o-9", "officer")
	sellers(t, v.Site.(*desk.Handler))
	v.Get(at).Answers(200).Sees("Zeg of de opdracht nog geldt", "Voer de opdracht toch uit", "Bakker BV beslist niet meer", "opdracht gekregen, tegengehouden").
		SeesNot("De nieuwe gegevens staan in de lijst", "wordt uitgevoerd")
	v.Post(at+"/1/overdragen", one("opdrachtgever", "grootzoon", "reden", "sold", "bewijs", "Akte")).Answers(200).Sees("is al iets uitgevoerd")
	v.Post(at+"/1/toch-uitvoeren", one("reden", "confirmed"))
	if l := load().Leg("1"); l.Halted || l.CarryOn.Reason != "confirmed" {
		t.Errorf("the part is %+v", l)
	}
}

// The pages of a hand-over that moves, in a browser.
func TestBrowserMove(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	b := pagestest.Start(t)
	v, _ := onCasework(t, atBakker, "o-9", "officer")
	sellers(t, v.Site.(*desk.Handler))
	form := one("opdrachtgever", "groot inc", "reden", "sold", "bewijs", "Akte van cessie, 3 maart 2026")
	v.Look(b, pagestest.Page{Name: "desk-move-1-task", Dense: true, Weight: weight}, at)
	v.Look(b, pagestest.Page{Name: "desk-move-2-ask", Dense: true, Weight: weight}, at+"/1/overdragen")
	v.Post(at+"/1/overdragen", one("opdrachtgever", "groot", "reden", "sold")).LookHere(b, pagestest.Page{Name: "desk-move-3-fault", Dense: true, Weight: weight})
	v.Post(at+"/1/overdragen", form).LookHere(b, pagestest.Page{Name: "desk-move-4-confirm", Dense: true, Weight: weight})
	form.Set("opdrachtgever", "De Groot Incasso B.V. (groot)")
	form.Set("actie", "leg-vast")
	v.Post(at+"/1/overdragen", form)
	v.Look(b, pagestest.Page{Name: "desk-move-5-moved", Dense: true, Weight: weight}, at)
}
