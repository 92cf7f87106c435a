package portal_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/door/doortest"
	"github.com/allclaims/rightsdesk/shared/request"
)

// one makes the values of one box or several.
// who are good answers to "who are you" on the long road.
func who(more ...string) url.Values {
	v := one("zelf", "ja", "naam", "Anna de Vries", "email", "anna@voorbeeld.nl", "antwoord", "email",
		"postcode", "1234ab", "huisnummer", "12a")
	for i := 0; i+1 < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return v
}

// upToCheck walks the road of an access request to the check page.
func upToCheck(v *visitor, lang string) *visitor {
	v.T.Helper()
	v.Get("/" + lang + "/verzoek/wensen").Fill(one("wens", "access"))
	v.Path("/" + lang + "/verzoek/contact").Fill(one("contact", "client"))
	v.Path("/" + lang + "/verzoek/inzage").Fill(one("inzage", "alles"))
	v.Path("/" + lang + "/verzoek/wie").Fill(who())
	v.Path("/" + lang + "/verzoek/controle")
	return v
}

// Every road from the first page to the confirmation, in both languages, and
// what is registered at its end.
func TestRoads(t *testing.T) {
	type leg struct {
		path string
		fill url.Values
	}
	roads := map[string]struct {
		legs  []leg
		kind  string
		right []request.Right
		rel   []request.Relation
		sure  bool
		from  request.Sender
		text  map[string]string
	}{
		"marketing stop: one field": {
			legs:  []leg{{"wensen", one("wens", "marketing")}, {"e-mailadres", one("email", " anna@voorbeeld.nl ")}},
			kind:  "request",
			right: []request.Right{request.MarketingObjection},
			rel:   []request.Relation{request.Newsletter}, sure: true,
			from: request.Sender{Email: "anna@voorbeeld.nl", Answerable: true},
		},
		"marketing and consent": {
			legs:  []leg{{"wensen", one("wens", "marketing", "wens", "consent")}, {"e-mailadres", one("email", "anna@voorbeeld.nl")}},
			kind:  "request",
			right: []request.Right{request.MarketingObjection, request.ConsentWithdrawal},
			rel:   []request.Relation{request.Newsletter, request.WebsiteVisitor}, sure: true,
			from: request.Sender{Email: "anna@voorbeeld.nl", Answerable: true},
		},
		"access": {
			legs: []leg{
				{"wensen", one("wens", "access")}, {"contact", one("contact", "client")}, {"inzage", nil},
				{"wie", who("geboren-day", "27", "geboren-month", "maart", "geboren-year", "1980", "nummer", " D-4711 ", "telefoon", "06 - 12345678")},
			},
			kind: "request", right: []request.Right{request.Access}, rel: []request.Relation{request.Client}, sure: true,
			from: request.Sender{
				Name: "Anna de Vries", Email: "anna@voorbeeld.nl", Phone: "0612345678", Postcode: "1234 AB", HouseNumber: "12a",
				Address: "1234 AB, 12a", BirthDate: "1980-03-27", FileNumbers: []string{"D-4711"}, Answerable: true,
			},
		},
		"all boxes": {
			legs: []leg{
				{"wensen", one("wens", "access", "wens", "rectification", "wens", "erasure", "wens", "marketing", "wens", "consent",
					"wens", "objection", "wens", "restriction", "wens", "portability", "wens", "automated", "wens", "complaint")},
				{"contact", one("contact", "debtor", "contact", "other_contact", "contact", "unknown", "contact-anders", "Van de beurs")},
				{"inzage", one("inzage", "bepaald", "inzage-wat", "brieven uit 2025")},
				{"verbeteren", one("fout", "mijn straat", "goed", "Kerkstraat 1")},
				{"bezwaar", one("stoppen", "bellen", "situatie", "ik werk 's nachts")},
				{"besluit", nil}, {"klacht", one("klacht", "u luistert niet")}, {"wie", who("antwoord", "brief", "email", "")},
			},
			kind: "request",
			right: []request.Right{
				request.Access, request.Rectification, request.Erasure, request.MarketingObjection, request.ConsentWithdrawal,
				request.Objection, request.Restriction, request.Portability, request.AutomatedDecision, request.Complaint,
			},
			rel: []request.Relation{request.Debtor, request.OtherContact, request.Unknown}, sure: true,
			from: request.Sender{Name: "Anna de Vries", Postcode: "1234 AB", HouseNumber: "12a", Address: "1234 AB, 12a", ByLetter: true, Answerable: true},
			text: map[string]string{
				"nl": "Hoe u ons kent\nVan de beurs\n\nAlleen iets bepaalds\nbrieven uit 2025\n\nWat klopt er niet?\nmijn straat\n\nWat moet het zijn?\nKerkstraat 1\n\n" +
					"Waarmee wij moeten stoppen\nbellen\n\nUw situatie\nik werk 's nachts\n\nUw klacht\nu luistert niet",
				"en": "How you know us\nVan de beurs\n\nOnly something specific\nbrieven uit 2025\n\nWhat is wrong?\nmijn straat\n\nWhat should it be?\nKerkstraat 1\n\n" +
					"What we should stop\nbellen\n\nYour situation\nik werk 's nachts\n\nYour complaint\nu luistert niet",
			},
		},
		"complaint: no address asked": {
			legs: []leg{
				{"wensen", one("wens", "complaint")}, {"contact", one("contact", "unknown")}, {"klacht", nil},
				{"wie", one("zelf", "ja", "naam", "Ж", "email", "a@b.nl", "antwoord", "email")},
			},
			kind: "complaint", right: []request.Right{request.Complaint}, rel: []request.Relation{request.Unknown}, sure: true,
			from: request.Sender{Name: "Ж", Email: "a@b.nl", Answerable: true},
		},
		"own words as a box": {
			legs: []leg{
				{"wensen", one("wens", "own_words", "wens", "erasure")}, {"contact", one("contact", "unknown")},
				{"woorden", one("woorden", "ik wil ook inzage")}, {"wie", who()},
			},
			kind: "request", right: []request.Right{request.Erasure, request.Access}, rel: []request.Relation{request.Unknown}, sure: true,
			from: request.Sender{Name: "Anna de Vries", Email: "anna@voorbeeld.nl", Postcode: "1234 AB", HouseNumber: "12a", Address: "1234 AB, 12a", Answerable: true},
			text: map[string]string{"nl": "Wat u schreef\nik wil ook inzage", "en": "What you wrote\nik wil ook inzage"},
		},
		"own words as a road": {
			legs: []leg{{"eigen-woorden", one("woorden", "graag inzage", "email", "a@b.nl")}},
			kind: "request", right: []request.Right{request.Access}, rel: []request.Relation{request.Unknown}, sure: true,
			from: request.Sender{Email: "a@b.nl", Answerable: true},
			text: map[string]string{"nl": "graag inzage", "en": "graag inzage"},
		},
		"own words by letter, not understood": {
			legs: []leg{{"eigen-woorden", one("woorden", "help", "naam", "Jan", "postadres", "Kerkstraat 1\n1234 AB Ede")}},
			kind: "question", rel: []request.Relation{request.Unknown}, sure: false,
			from: request.Sender{Name: "Jan", Address: "Kerkstraat 1\n1234 AB Ede", ByLetter: true, Answerable: true},
			text: map[string]string{"nl": "help", "en": "help"},
		},
		"own words that look like a robot's go to a person": {
			legs: []leg{{"eigen-woorden", one("woorden", "ik ben afwezig", "email", "a@b.nl")}},
			kind: "question", rel: []request.Relation{request.Unknown}, sure: false,
			from: request.Sender{Email: "a@b.nl", Answerable: true},
			text: map[string]string{"nl": "ik ben afwezig", "en": "ik ben afwezig"},
		},
		"for someone else": {
			legs: []leg{
				{"wensen", one("wens", "erasure")}, {"contact", one("contact", "debtor")},
				{"wie", who("zelf", "nee", "nummer", "k-1001")},
				{"namens", one("rol", "administrator", "voor-naam", "Piet Jansen", "voor-postcode", "2345.bc", "voor-huisnummer", "7",
					"voor-geboren-day", "1", "voor-geboren-month", "2", "voor-geboren-year", "1950")},
			},
			kind: "request", right: []request.Right{request.Erasure}, rel: []request.Relation{request.Debtor}, sure: true,
			from: request.Sender{
				Name: "Anna de Vries", Email: "anna@voorbeeld.nl", Address: "1234 AB, 12a", Postcode: "2345 BC", HouseNumber: "7",
				BirthDate: "1950-02-01", ClientNumbers: []string{"k-1001"}, For: "Piet Jansen", Capacity: "administrator", Answerable: true,
			},
		},
	}
	for name, road := range roads {
		for _, lang := range []string{"nl", "en"} {
			t.Run(lang+" "+name, func(t *testing.T) {
				v := newVisitor(t)
				v.Get("/" + lang + "/verzoek/" + road.legs[0].path)
				for _, leg := range road.legs {
					v.Path("/" + lang + "/verzoek/" + leg.path).Fill(leg.fill)
				}
				v.Path("/" + lang + "/verzoek/controle").Fill(nil)
				v.Path("/" + lang + "/verzoek/ontvangen")
				if len(v.desk.sent) != 1 {
					t.Fatalf("%d requests were registered, want 1", len(v.desk.sent))
				}
				for key, got := range v.desk.sent {
					if !strings.HasPrefix(key, "form/") || len(key) < 30 {
						t.Errorf("source key %q", key)
					}
					if got.Kind != road.kind || got.Sure != road.sure || string(got.Language) != lang || got.Channel != request.Web || !got.Received.Equal(v.desk.now) {
						t.Errorf("kind %s, sure %v, language %s, channel %s, received %s", got.Kind, got.Sure, got.Language, got.Channel, got.Received)
					}
					if diff := cmp.Diff(road.right, got.Rights); diff != "" {
						t.Errorf("rights (-want +got):\n%s", diff)
					}
					if diff := cmp.Diff(road.rel, got.Relations); diff != "" {
						t.Errorf("relations (-want +got):\n%s", diff)
					}
					if diff := cmp.Diff(road.from, got.Sender); diff != "" {
						t.Errorf("sender (-want +got):\n%s", diff)
					}
					if got.Text != road.text[lang] {
						t.Errorf("text %q, want %q", got.Text, road.text[lang])
					}
					v.Sees(string(v.desk.receipts[key].Reference))
				}
				// A16: nobody is looked up before the answer; only keeping and registering happens.
				for _, call := range v.desk.calls {
					if call != "PutDraft" && call != "Register" {
						t.Errorf("the form did %s", call)
					}
				}
				// No personal data is left after sending.
				for _, b := range v.desk.Kept() {
					for _, word := range []string{"Anna", "anna@", "1234", "Kerkstraat", "D-4711"} {
						if strings.Contains(string(b), word) {
							t.Errorf("the draft still holds %q", word)
						}
					}
				}
			})
		}
	}
}

// U-05: each rule gives the summary, the same sentence at the place, a title
// that says so, and keeps what was typed.
func TestFaults(t *testing.T) {
	long := strings.Repeat("é", 2003)
	cases := []struct {
		before []string // wishes that lead there
		step   string
		fill   url.Values
		nl, en string
		place  string
	}{
		{nil, "wensen", nil, "Kies wat u wilt. Weet u het niet? Kies dan de laatste mogelijkheid.", "Choose what you would like. Not sure? Choose the last option.", "wens-1"},
		{nil, "wensen", one("wens", "nonsense"), "Kies wat u wilt. Weet u het niet? Kies dan de laatste mogelijkheid.", "Choose what you would like. Not sure? Choose the last option.", "wens-1"},
		{[]string{"access"}, "contact", nil, "Kies hoe u ons kent. Weet u het niet? Kies 'Dat weet ik niet'.", "Choose how you know us. Not sure? Choose 'I do not know'.", "contact-1"},
		{[]string{"access"}, "inzage", one("inzage-wat", long), "Uw tekst is 3 tekens te lang. Maak hem korter of mail ons.", "Your text is 3 characters too long. Shorten it or e-mail us.", "inzage-wat"},
		{[]string{"rectification"}, "verbeteren", one("goed", "x"), "Schrijf op wat er niet klopt, dan kunnen wij het verbeteren.", "Tell us what is wrong, so that we can correct it.", "fout"},
		{[]string{"rectification"}, "verbeteren", one("fout", long), "Uw tekst is 3 tekens te lang. Maak hem korter of mail ons.", "Your text is 3 characters too long. Shorten it or e-mail us.", "fout"},
		{[]string{"own_words"}, "woorden", one("woorden", "  "), "Schrijf op wat u wilt. Eén zin is genoeg.", "Tell us what you would like. One sentence is enough.", "woorden"},
		{nil, "eigen-woorden", one("woorden", "x"), "Vul hier in hoe wij u kunnen bereiken. Anders kunnen wij u niet antwoorden.", "Fill in how we can reach you. Otherwise we cannot answer you.", "email"},
		{nil, "eigen-woorden", one("email", "a@b.nl"), "Schrijf op wat u wilt. Eén zin is genoeg.", "Tell us what you would like. One sentence is enough.", "woorden"},
		{[]string{"marketing"}, "e-mailadres", one("email", "anna"), "Dit e-mailadres klopt niet. Gebruik de vorm naam@voorbeeld.nl.", "This e-mail address is not right. Use the form name@example.com.", "email"},
		{[]string{"marketing"}, "e-mailadres", nil, "Dit e-mailadres klopt niet. Gebruik de vorm naam@voorbeeld.nl.", "This e-mail address is not right. Use the form name@example.com.", "email"},
		{[]string{"access"}, "wie", who("zelf", ""), "Kies ja of nee.", "Choose yes or no.", "zelf-1"},
		{[]string{"access"}, "wie", who("naam", " "), "Vul uw naam in.", "Enter your name.", "naam"},
		{[]string{"access"}, "wie", who("naam", strings.Repeat("n", 201)), "Uw tekst is 1 tekens te lang. Maak hem korter of mail ons.", "Your text is 1 characters too long. Shorten it or e-mail us.", "naam"},
		{[]string{"access"}, "wie", who("email", "a b@c.nl"), "Dit e-mailadres klopt niet. Gebruik de vorm naam@voorbeeld.nl.", "This e-mail address is not right. Use the form name@example.com.", "email"},
		{[]string{"access"}, "wie", who("email", "a@b"), "Dit e-mailadres klopt niet. Gebruik de vorm naam@voorbeeld.nl.", "This e-mail address is not right. Use the form name@example.com.", "email"},
		{[]string{"access"}, "wie", who("email", strings.Repeat("a", 244)+"@voorbeeld.nl"), "Dit e-mailadres klopt niet. Gebruik de vorm naam@voorbeeld.nl.", "This e-mail address is not right. Use the form name@example.com.", "email"},
		{[]string{"access"}, "wie", who("email", ""), "Vul uw e-mailadres in, of kies 'Brief'.", "Enter your e-mail address, or choose 'Letter'.", "email"},
		{[]string{"access"}, "wie", who("antwoord", ""), "Kies e-mail of brief.", "Choose e-mail or letter.", "antwoord-1"},
		{[]string{"access"}, "wie", who("postcode", "123 AB"), "Vul een postcode in, zoals 1234 AB.", "Enter a postcode, such as 1234 AB.", "postcode"},
		{[]string{"access"}, "wie", who("huisnummer", "a"), "Vul uw huisnummer in.", "Enter your house number.", "huisnummer"},
		{[]string{"access"}, "wie", who("geboren-day", "31", "geboren-month", "feb", "geboren-year", "1980"), "Vul een dag, maand en jaar in, zoals 27 3 1980.", "Enter a day, month and year, such as 27 3 1980.", "geboren-day"},
		{[]string{"access"}, "wie", who("geboren-day", "3", "geboren-year", "1980"), "Vul een dag, maand en jaar in, zoals 27 3 1980.", "Enter a day, month and year, such as 27 3 1980.", "geboren-month"},
		{[]string{"access"}, "wie", who("geboren-day", "3", "geboren-month", "3", "geboren-year", "80"), "Vul een dag, maand en jaar in, zoals 27 3 1980.", "Enter a day, month and year, such as 27 3 1980.", "geboren-year"},
		{[]string{"access"}, "wie", who("geboren-day", "21", "geboren-month", "11", "geboren-year", "2026"), "Vul een dag, maand en jaar in, zoals 27 3 1980.", "Enter a day, month and year, such as 27 3 1980.", "geboren-year"},
		{[]string{"access"}, "wie", who("geboren-day", "19", "geboren-month", "11", "geboren-year", "1906"), "Vul een dag, maand en jaar in, zoals 27 3 1980.", "Enter a day, month and year, such as 27 3 1980.", "geboren-year"},
		{[]string{"access"}, "wie", who("telefoon", "06-1234"), "Dit telefoonnummer is te kort.", "This phone number is too short.", "telefoon"},
	}
	for _, c := range cases {
		for lang, want := range map[string]string{"nl": c.nl, "en": c.en} {
			t.Run(lang+" "+c.step+" "+c.place, func(t *testing.T) {
				v := newVisitor(t)
				walkTo(v, lang, c.step, c.before)
				v.Fill(c.fill).Path("/" + lang + "/verzoek/" + c.step)
				if !strings.HasSuffix(v.Hops[0], "#fouten") {
					t.Errorf("redirected to %s, want the box of faults", v.Hops[0])
				}
				if got := v.Faults(); !slices.Contains(got, want) {
					t.Fatalf("the summary says %q, want %q", got, want)
				}
				prefix := map[string]string{"nl": "Kijk dit na: ", "en": "Please check: "}[lang]
				if !strings.HasPrefix(v.Title(), prefix) {
					t.Errorf("title %q", v.Title())
				}
				if !strings.Contains(v.Body, `<a href="#`+c.place+`">`) || !strings.Contains(v.Body, `id="`+c.place+`"`) {
					t.Errorf("the summary does not lead to %s", c.place)
				}
				if strings.Count(text(v.Doc), want) != 2 {
					t.Errorf("%q stands %d times on the page, want in the summary and at the place", want, strings.Count(text(v.Doc), want))
				}
				// Nothing typed is lost: the form holds what was sent.
				for name, values := range c.fill {
					if values[0] != "" && name != "wens" {
						if form := formOf(v); form.Get(name) != values[0] {
							t.Errorf("%s holds %q, was typed %q", name, form.Get(name), values[0])
						}
					}
				}
				// Reload shows the same page, and sends nothing again.
				before := v.Body
				if v.Get(v.At); v.Body != before {
					t.Error("reload shows another page")
				}
			})
		}
	}
}

func formOf(v *visitor) url.Values {
	return doortest.Values(find(v.Doc, isForm))
}

// walkTo leads to a step with good answers on the way.
func walkTo(v *visitor, lang, step string, wishes []string) {
	v.T.Helper()
	if step == "wensen" || step == "eigen-woorden" {
		v.Get("/" + lang + "/verzoek/" + step)
		return
	}
	v.Get("/" + lang + "/verzoek/wensen").Fill(url.Values{"wens": wishes})
	good := map[string]url.Values{
		"contact": one("contact", "client"), "inzage": nil, "verbeteren": one("fout", "x"), "wie": who(), "woorden": one("woorden", "x"),
	}
	for range 8 {
		at := v.At[strings.LastIndexByte(v.At, '/')+1:]
		if at == step {
			return
		}
		v.Fill(good[at])
	}
	v.T.Fatalf("no way to %s", step)
}

// What people type is read as they mean it.
func TestKindReading(t *testing.T) {
	for typed, want := range map[string]string{
		"1234ab": "1234 AB, 12a", " 1234 ab ": "1234 AB, 12a", "1234.AB": "1234 AB, 12a",
	} {
		v := newVisitor(t)
		walkTo(v, "nl", "wie", []string{"erasure"})
		v.Fill(who("postcode", typed)).Path("/nl/verzoek/controle").Sees(want)
	}
	for typed, want := range map[string]string{"12": "12", "12a": "12a", "12 A": "12A", "12-2": "12 2", "12 bis": "12 bis", "7/III": "7 III"} {
		v := newVisitor(t)
		walkTo(v, "nl", "wie", []string{"erasure"})
		v.Fill(who("huisnummer", typed)).Path("/nl/verzoek/controle").Sees("1234 AB, " + want)
	}
	for _, date := range [][3]string{{"27", "3", "1980"}, {"27", "mrt", "1980"}, {"27", "March", "1980"}, {"27", "03", " 1980 "}} {
		v := newVisitor(t)
		walkTo(v, "nl", "wie", []string{"erasure"})
		v.Fill(who("geboren-day", date[0], "geboren-month", date[1], "geboren-year", date[2])).Path("/nl/verzoek/controle").Sees("27 maart 1980")
	}
	v := newVisitor(t)
	walkTo(v, "nl", "wie", []string{"erasure"})
	v.Fill(who("geboren-day", "29", "geboren-month", "2", "geboren-year", "1981")).Path("/nl/verzoek/wie")
}

// Who does not live in the Netherlands gets other boxes; nothing is lost.
func TestAbroad(t *testing.T) {
	v := newVisitor(t)
	walkTo(v, "nl", "wie", []string{"erasure"})
	v.Fill(who("actie", "buitenland", "naam", "Åsa Öberg", "email", "half")).Path("/nl/verzoek/wie")
	if len(v.Faults()) > 0 {
		t.Errorf("the button for another country checks: %v", v.Faults())
	}
	if got := formOf(v); got.Get("naam") != "Åsa Öberg" || got.Get("email") != "half" {
		t.Errorf("lost what was typed: %v", got)
	}
	v.Fill(one("email", "asa@example.se", "postadres", "Storgatan 1\nMalmö")).Path("/nl/verzoek/wie")
	if got := v.Faults(); !slices.Equal(got, []string{"Vul uw land in."}) {
		t.Fatalf("faults %v", got)
	}
	v.Fill(one("land", "Zweden")).Path("/nl/verzoek/controle").Sees("Storgatan 1 Malmö Zweden")
	v.Fill(nil)
	for _, s := range v.desk.sent {
		if s.Sender.Address != "Storgatan 1\nMalmö\nZweden" || s.Sender.Postcode != "" {
			t.Errorf("sender %+v", s.Sender)
		}
	}
}

// U-07: the language button keeps what was typed, checks nothing and stays at the step.
func TestLanguageSwitch(t *testing.T) {
	v := newVisitor(t)
	walkTo(v, "nl", "wie", []string{"access"})
	v.Fill(one("taal", "en", "naam", "Anna", "email", "half", "postcode", "1")).Path("/en/verzoek/wie")
	if attr(find(v.Doc, isHTML), "lang") != "en" {
		t.Error("the page is not English")
	}
	if len(v.Faults()) > 0 {
		t.Errorf("faults %v", v.Faults())
	}
	if got := formOf(v); got.Get("naam") != "Anna" || got.Get("email") != "half" || got.Get("postcode") != "1" {
		t.Errorf("lost what was typed: %v", got)
	}
	// On the first page, where nothing is kept yet.
	v = newVisitor(t)
	v.Get("/en/verzoek/wensen").Fill(one("wens", "erasure", "taal", "nl")).Path("/nl/verzoek/wensen")
	if got := formOf(v); got.Get("wens") != "erasure" {
		t.Errorf("lost what was chosen: %v", got)
	}
	// On the check page it changes the language of the answer too.
	v = newVisitor(t)
	upToCheck(v, "nl").Fill(one("taal", "en")).Path("/en/verzoek/controle").Fill(nil).Path("/en/verzoek/ontvangen")
	for _, s := range v.desk.sent {
		if s.Language != request.English {
			t.Errorf("the language is %s", s.Language)
		}
	}
	v = newVisitor(t)
	upToCheck(v, "nl").Fill(one("taal-antwoord", "en")).Path("/nl/verzoek/ontvangen")
	for _, s := range v.desk.sent {
		if s.Language != request.English {
			t.Errorf("the language is %s", s.Language)
		}
	}
}

// U-06: a double click, Reload and Back after sending are one request.
func TestSendOnce(t *testing.T) {
	v := newVisitor(t)
	upToCheck(v, "nl")
	form := formOf(v)
	v.Post("/nl/verzoek/controle", form).Path("/nl/verzoek/ontvangen")
	confirmation := v.Body
	v.Post("/nl/verzoek/controle", form).Path("/nl/verzoek/ontvangen")
	if v.Body != confirmation {
		t.Error("sending twice gives another confirmation")
	}
	if v.Get("/nl/verzoek/ontvangen"); v.Body != confirmation {
		t.Error("reload gives another confirmation")
	}
	for _, step := range []string{"wensen", "contact", "wie", "controle", "bsn"} {
		v.Get("/nl/verzoek/"+step).Sees("Dit verzoek is al verstuurd", "R-")
	}
	v.Post("/nl/verzoek/contact", one("contact", "debtor")).Sees("Dit verzoek is al verstuurd")
	if n := len(v.desk.sent); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	// A new request starts empty.
	v.Post("/nl/verzoek/nieuw", nil).Path("/nl/verzoek/wensen")
	if got := formOf(v); len(got) != 0 {
		t.Errorf("a new request starts with %v", got)
	}
	upToCheck(v, "nl").Fill(nil).Path("/nl/verzoek/ontvangen")
	if n := len(v.desk.sent); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

// Two posts at the same moment: the store behind Register makes them one.
func TestSendAtOnce(t *testing.T) {
	v := newVisitor(t)
	upToCheck(v, "nl")
	form := formOf(v)
	done := make(chan string)
	for range 8 {
		go func() {
			resp := v.RoundTrip(http.MethodPost, "/nl/verzoek/controle", form)
			done <- resp.Header.Get("Location")
		}()
	}
	for range 8 {
		if to := <-done; to != "/nl/verzoek/ontvangen" {
			t.Errorf("led to %q", to)
		}
	}
	if n := len(v.desk.sent); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

// A form that was not made for this visitor sends nothing.
func TestForeignToken(t *testing.T) {
	v := newVisitor(t)
	upToCheck(v, "nl").Fill(one("token", "guess"))
	if v.Status != http.StatusForbidden || len(v.desk.sent) != 0 {
		t.Errorf("status %d, %d requests", v.Status, len(v.desk.sent))
	}
	v.Sees("Er is niets verstuurd")
}

// Drafts live a day; without a cookie there is none.
func TestDraftGone(t *testing.T) {
	v := newVisitor(t)
	walkTo(v, "nl", "wie", []string{"access"})
	v.desk.now = v.desk.now.Add(24*time.Hour + time.Second)
	v.Get("/nl/verzoek/wie")
	if v.Status != http.StatusGone {
		t.Errorf("status %d, want 410", v.Status)
	}
	v.Sees("Uw antwoorden zijn niet meer bewaard", "Er is niets verstuurd")
	// A browser that refuses cookies.
	v = newVisitor(t)
	resp := v.RoundTrip(http.MethodPost, "/nl/verzoek/contact", one("contact", "debtor"))
	if resp.StatusCode != http.StatusGone {
		t.Errorf("status %d, want 410", resp.StatusCode)
	}
}

// A change on the check page leads back to it, or to the question that it opened.
func TestChange(t *testing.T) {
	v := newVisitor(t)
	upToCheck(v, "nl")
	link := find(v.Doc, func(n *htmlNode) bool { return n.Data == "a" && strings.HasSuffix(attr(n, "href"), "#email") })
	if link == nil {
		t.Fatal("no link to change the e-mail address")
	}
	path, _, _ := strings.Cut(attr(link, "href"), "#")
	v.Get(path).Path("/nl/verzoek/wie").Fill(one("email", "fout")).Path("/nl/verzoek/wie")
	v.Fill(one("email", "ander@voorbeeld.nl")).Path("/nl/verzoek/controle").Sees("ander@voorbeeld.nl")
	v.Get("/nl/verzoek/wensen?terug=controle").Fill(url.Values{"wens": {"access", "rectification"}}).Path("/nl/verzoek/verbeteren")
	v.Fill(one("fout", "mijn naam")).Path("/nl/verzoek/controle").Sees("mijn naam")
	// To the short road: what is not asked there is not sent.
	v.Get("/nl/verzoek/wensen?terug=controle").Fill(url.Values{"wens": {"marketing"}}).Path("/nl/verzoek/controle").SeesNot("Anna", "12a")
	v.Fill(nil).Path("/nl/verzoek/ontvangen")
	for _, s := range v.desk.sent {
		if s.Sender.Name != "" || s.Text != "" || s.Sender.Email != "ander@voorbeeld.nl" {
			t.Errorf("sent %+v %q", s.Sender, s.Text)
		}
	}
}

// a citizen number is asked about, taken out, and never sent unless the
// person says that it is something else.
func TestBSN(t *testing.T) {
	const bsn = "111222333"
	for action, want := range map[string]string{"weg": "mijn [nummer weggehaald] hier", "anders": "mijn 111 222 333 hier"} {
		v := newVisitor(t)
		walkTo(v, "nl", "woorden", []string{"own_words"})
		v.Fill(one("woorden", "mijn 111 222 333 hier")).Path("/nl/verzoek/bsn").Sees("Staat er een BSN in uw tekst?")
		v.SeesNot(bsn, "111 222 333")
		v.Fill(one("actie", action)).Path("/nl/verzoek/wie").Fill(who()).Path("/nl/verzoek/controle").Sees(want)
	}
	for _, fine := range []string{"111222334", "dossier 1112223330", "06 12345678", "000000000"} {
		v := newVisitor(t)
		walkTo(v, "nl", "woorden", []string{"own_words"})
		v.Fill(one("woorden", fine)).Path("/nl/verzoek/wie")
	}
	// Twice the same number, and one in the box for a number.
	v := newVisitor(t)
	v.Get("/nl/verzoek/eigen-woorden").Fill(one("woorden", bsn+" en "+bsn, "email", "a@b.nl")).Path("/nl/verzoek/bsn")
	v.Get("/nl/verzoek/bsn").Fill(one("actie", "weg")).Path("/nl/verzoek/controle").SeesNot(bsn)
}

// A slip in the address is asked about once, and never stops anybody.
func TestTypo(t *testing.T) {
	v := newVisitor(t)
	v.Get("/nl/verzoek/wensen").Fill(one("wens", "marketing")).Fill(one("email", "anna@gmial.com"))
	v.Path("/nl/verzoek/e-mailadres").Sees("Bedoelt u anna@gmail.com?")
	v.Fill(one("actie", "bedoel-ik")).Path("/nl/verzoek/controle").Sees("anna@gmail.com")
	v = newVisitor(t)
	v.Get("/nl/verzoek/wensen").Fill(one("wens", "marketing")).Fill(one("email", "anna@gmial.com")).Path("/nl/verzoek/e-mailadres")
	v.Fill(one("actie", "dit-klopt")).Path("/nl/verzoek/controle").Sees("anna@gmial.com")
	for _, fine := range []string{"a@gmail.com", "a@ymail.com", "a@voorbeeld.nl", "a@hotmail.be"} {
		v := newVisitor(t)
		v.Get("/nl/verzoek/wensen").Fill(one("wens", "marketing")).Fill(one("email", fine)).Path("/nl/verzoek/controle")
	}
}

// 64 KB exactly is taken; one more brings the step back with the text kept up
// to the limit and what is wrong with it.
func TestLimit(t *testing.T) {
	for extra, path := range map[int]string{0: "/nl/verzoek/wie", 1: "/nl/verzoek/woorden"} {
		v := newVisitor(t)
		walkTo(v, "nl", "woorden", []string{"own_words"})
		body := "woorden=kort&vulling="
		body += strings.Repeat("x", 64<<10-len(body)+extra)
		v.PostRaw("/nl/verzoek/woorden", body).Path(path)
		if extra == 1 {
			v.Sees("Wat u stuurde, is te lang")
			if got := formOf(v).Get("woorden"); got != "kort" {
				t.Errorf("kept %q", got)
			}
			v.Fill(nil).Path("/nl/verzoek/wie")
		}
	}
	v := newVisitor(t)
	v.Weight = 0
	walkTo(v, "nl", "woorden", []string{"own_words"})
	v.PostRaw("/nl/verzoek/woorden", "woorden="+strings.Repeat("%E2%82%AC", 10_000)).Path("/nl/verzoek/woorden")
	got := formOf(v).Get("woorden")
	if strings.Trim(got, "€") != "" || len(got) < 20_000 {
		t.Errorf("kept %d bytes, ending in %q", len(got), got[max(0, len(got)-4):])
	}
	v.Sees("tekens te lang")
}

func TestConfirmation(t *testing.T) {
	v := newVisitor(t)
	v.Get("/nl/verzoek/wensen").Fill(url.Values{"wens": {"erasure", "marketing"}}).Fill(one("contact", "debtor")).Fill(who()).Fill(nil).Path("/nl/verzoek/ontvangen")
	v.Sees("Wij hebben uw verzoek", "vrijdag 20 november 2026, 22.14 uur", "uiterlijk maandag 21 december 2026", "Reclame stoppen wij vandaag nog",
		"Gaat het over een rekening?", "geldfit.nl", "per e-mail")
	// Another browser sees the door, the same for every reference.
	other := visitorOf(t, v.desk, v.Site)
	other.Get("/nl/verzoek/ontvangen").Sees("Kijk hoe het met uw verzoek staat")
	for _, r := range v.desk.receipts {
		other.SeesNot(string(r.Reference))
	}
	// Only who asked about a bill, or may have, reads about bills.
	v = newVisitor(t)
	upToCheck(v, "nl").SeesNot("Gaat het over een rekening?").Fill(nil).SeesNot("Gaat het over een rekening?", "geldfit.nl", "Reclame stoppen")
}

// What fails is said as it is: surely not sent, surely in, or not sure.
func TestSendFails(t *testing.T) {
	cases := map[string]struct {
		call   string
		err    error
		status int
		says   string
	}{
		"not sure":   {"Register", http.ErrHandlerTimeout, http.StatusServiceUnavailable, "Wij weten niet zeker of uw verzoek is aangekomen"},
		"not sent":   {"Register", request.Fault(request.InputRefused, "", "register"), http.StatusServiceUnavailable, "Uw verzoek is nog niet verstuurd"},
		"too many":   {"Register", request.Fault(request.TooMany, "", "register"), http.StatusTooManyRequests, "Het is nu even druk"},
		"surely in":  {"PutDraft", http.ErrHandlerTimeout, http.StatusServiceUnavailable, "Uw verzoek is wel binnen"},
		"store down": {"Draft", http.ErrHandlerTimeout, http.StatusServiceUnavailable, "Er ging iets mis bij ons"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			v := newVisitor(t)
			upToCheck(v, "nl")
			form := formOf(v)
			v.desk.fail[c.call] = c.err
			v.Post("/nl/verzoek/controle", form)
			if v.Status != c.status {
				t.Errorf("status %d, want %d", v.Status, c.status)
			}
			v.Sees(c.says, "info@allclaims.nl")
			v.desk.fail = map[string]error{}
			// Answers are kept: sending again works and makes one request.
			v.Post("/nl/verzoek/controle", form).Path("/nl/verzoek/ontvangen")
			if n := len(v.desk.sent); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}

// Every page names its language and its twin in the other.
func TestTwins(t *testing.T) {
	v := newVisitor(t)
	walkTo(v, "nl", "wie", []string{"access"})
	for _, path := range []string{"/nl/", "/en/", "/nl/verzoek/wie", "/nl/stand", "/en/bewijs?k=" + string(known), "/nl"} {
		v.Get(path)
		lang := path[1:3]
		other := map[string]string{"nl": "en", "en": "nl"}[lang]
		twin := find(v.Doc, func(n *htmlNode) bool { return n.Data == "link" && attr(n, "rel") == "alternate" })
		if attr(find(v.Doc, isHTML), "lang") != lang || attr(twin, "hreflang") != other || !strings.HasPrefix(attr(twin, "href"), "/"+other+"/") {
			t.Errorf("%s: language %s, twin %s", path, attr(find(v.Doc, isHTML), "lang"), attr(twin, "href"))
		}
	}
}

// What no keyboard sends is dropped before it is kept (A34).
func TestControlCharacters(t *testing.T) {
	v := newVisitor(t)
	v.Get("/nl/verzoek/eigen-woorden").Fill(one("woorden", "een\x00\u202e twee\r\ndrie\x1b", "naam", "A\r\nBcc: x", "email", "a@b.nl")).Fill(nil).Path("/nl/verzoek/ontvangen")
	for _, s := range v.desk.sent {
		if s.Text != "een twee\ndrie" || s.Sender.Name != "A Bcc: x" {
			t.Errorf("sent %q by %q", s.Text, s.Sender.Name)
		}
	}
}

// A question that a later answer opens is asked, not held against the person.
func TestNoFaultBeforeItIsSent(t *testing.T) {
	v := newVisitor(t)
	v.Get("/nl/verzoek/wensen").Fill(one("wens", "complaint")).Fill(one("contact", "unknown")).Fill(nil)
	v.Path("/nl/verzoek/wie").Fill(one("zelf", "ja", "naam", "Anna", "email", "a@b.nl", "antwoord", "email")).Path("/nl/verzoek/controle")
	v.Get("/nl/verzoek/wensen?terug=controle").Fill(url.Values{"wens": {"complaint", "erasure"}}).Path("/nl/verzoek/wie")
	if len(v.Faults()) > 0 {
		t.Errorf("faults before anything was sent: %v", v.Faults())
	}
}

// Whoever asks for someone else: their own birth date is not used, so it is not shown or sent.
func TestOwnBirthDateOfRepresentative(t *testing.T) {
	v := newVisitor(t)
	walkTo(v, "nl", "wie", []string{"erasure"})
	v.Fill(who("zelf", "nee", "geboren-day", "27", "geboren-month", "3", "geboren-year", "1980")).Path("/nl/verzoek/namens")
	v.Fill(one("rol", "family", "voor-naam", "Piet")).Path("/nl/verzoek/controle").SeesNot("1980").Fill(nil)
	for _, s := range v.desk.sent {
		if s.Sender.BirthDate != "" {
			t.Errorf("sent %s", s.Sender.BirthDate)
		}
	}
}
