package desk_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/infra/demo"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// person is somebody of the demonstration, with what the systems hold of them.
type person struct {
	name, email, file, customer, invoice string
	birth, street, house, postcode       string
	// known is the mailbox on file, where it is not the one they write from.
	known string
}

// onFile is the mailbox that stood on file before.
func (p person) onFile() string {
	if p.known != "" {
		return p.known
	}
	return p.email
}

// number is one that only this person has.
func (p person) number() string {
	if p.invoice != "" {
		return p.invoice
	}
	return p.file
}

// form is what a person fills in about themselves at the portal.
func (p person) form() map[string]string {
	of := map[string]string{
		"zelf": "ja", "naam": p.name, "email": p.email, "antwoord": "email", "postcode": p.postcode, "huisnummer": p.house, "nummer": p.customer + p.file,
	}
	if d := strings.Split(p.birth, "-"); len(d) == 3 {
		of["geboren-year"], of["geboren-month"], of["geboren-day"] = d[0], d[1], d[2]
	}
	return of
}

func personOf(row systems.Row) person {
	p := person{name: row.Text("name"), email: row.Text("email"), customer: row.Text("customer"), file: row.Text("file"), birth: row.Text("birthDate"), postcode: row.Text("postcode")}
	if i := strings.LastIndex(row.Text("address"), " "); i > 0 {
		p.street, p.house = row.Text("address")[:i], row.Text("address")[i+1:]
	}
	return p
}

// crowd are the people of a table with a mailbox of their own, in their order.
func (p *play) crowd(system, record string) (out []person) {
	count := map[string]int{}
	for _, s := range []string{"relations", "collection", "newsletter"} {
		for _, row := range p.w.Systems.Memory(s).Rows() {
			if r := row.Text("record"); r == "" || r == "file" || s == "relations" {
				count[row.Text("email")]++
			}
		}
	}
	for _, row := range p.w.Systems.Memory(system).Rows() {
		mine := personOf(row)
		named := slices.ContainsFunc(demo.People(), func(d demo.Person) bool { return d.Email == mine.email })
		if row.Text("record") != record || row.Text("ended")+row.Text("closed") != "" || count[mine.email] > 1 || named {
			continue
		}
		for _, bill := range p.w.Systems.Memory("invoices").Rows() {
			if bill.Text("customer") == mine.customer && mine.customer != "" {
				mine.invoice = bill.Text("invoice")
			}
		}
		out = append(out, mine)
	}
	return out
}

func ofDemo(d demo.Person) person {
	p := person{name: d.Name, email: d.Email, customer: d.Customer, birth: string(d.Birth), postcode: d.Postcode}
	if i := strings.LastIndex(d.Address, " "); i > 0 {
		p.street, p.house = d.Address[:i], d.Address[i+1:]
	}
	if len(d.Invoices) > 0 {
		p.invoice = d.Invoices[len(d.Invoices)-1]
	}
	if len(d.Files) > 0 {
		p.file = d.Files[0].Number
	}
	return p
}

// wish is what the portal's form says beside who it is.
func wish(relation string, rights ...string) url.Values {
	form := url.Values{"wens": rights, "contact": {relation}}
	if slices.Contains(rights, "access") {
		form.Set("inzage", "alles")
	}
	return form
}

func with(form url.Values, pairs ...string) url.Values {
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

// decides is a decision: its ground where the outcome has one, and the note
// where its letter prints one.
func decides(outcome, ground, note string) []answer {
	all := []answer{choose("Wat besluit u?", outcome)}
	if ground != "" {
		all = append(all, choose("Op welke grond?", ground))
	}
	if note != "" {
		all = append(all, fill("Toelichting", note))
	}
	return all
}

// waitsForUs is when a part waits for our decision.
func waitsForUs(r *request.Request) bool {
	return slices.ContainsFunc(r.Legs, func(l request.Leg) bool { return l.Phase == request.Deciding })
}

// firstDone is when the first part is done and its letter went out.
func firstDone(r *request.Request) bool { return r.Legs[0].Phase == request.Closed }

// dayCases are the cases of the day: every right, door and turn that law.md
// knows, with days of receipt from the border of the month to the day itself.
func dayCases(p *play) []*dayCase {
	contacts, debtors, readers := p.crowd("relations", "client"), p.crowd("collection", "file"), p.crowd("newsletter", "")
	next := func(from *[]person) person {
		if len(*from) == 0 {
			p.Fatal("the demonstration has too few people")
		}
		one := (*from)[0]
		*from = (*from)[1:]
		return one
	}
	voices := p.voiced(&contacts)
	contact := func() person { return next(&contacts) }
	// heard is somebody with a recording on file: a person must listen before a copy leaves.
	heard := func() person { return next(&voices) }
	debtor := func() person { return next(&debtors) }
	reader := func() person { return next(&readers) }
	toUs, toSubject := instruction{kind: request.CarryOutToUs}, instruction{kind: request.CarryOutToSubject}
	all := func(i instruction) map[string]instruction {
		return map[string]instruction{"bakker": i, "telstar": i, "zorgnet": i}
	}
	mandate := func(verdict string, more ...answer) map[string][]answer {
		return map[string][]answer{"machtiging": append([]answer{choose("Wat is uw oordeel?", verdict)}, more...)}
	}
	household := p.household()

	return []*dayCase{
		// Due on Wednesday 9 December: the pile's border.
		{name: "access web", arrives: "2026-11-09", who: contact(), form: wish("client", "access"), ends: []string{"access granted"}},
		{name: "access en screened", arrives: "2026-11-10", who: ofDemo(demo.ClientContact), english: true, form: wish("client", "access"), ends: []string{"access granted"}},
		{name: "access mail", arrives: "2026-11-11", who: contact(), mailAs: "Verzoek om inzage",
			mail: "Geachte heer, mevrouw,\n\nOp grond van artikel 15 AVG vraag ik u om inzage in alle persoonsgegevens die u over mij hebt.\nMijn klantnummer is KLANT.\n\nMet vriendelijke groet", ends: []string{"access granted"},
			life: map[string]func(*play, *dayCase){"2026-12-05": func(p *play, c *dayCase) { // a reminder joins
				p.mail(c, "Re: Verzoek om inzage "+string(c.ref), "Ik heb nog niets gehoord op mijn verzoek om inzage "+string(c.ref)+". Wanneer krijg ik antwoord?")
			}}},
		{name: "portability", arrives: "2026-11-12", who: contact(), form: wish("client", "portability"), ends: []string{"portability granted"}},
		{name: "rectification", arrives: "2026-11-12", who: contact(), form: with(wish("client", "rectification"), "fout", "Mijn huisnummer klopt niet.", "goed", "Het is nummer 999."), ends: []string{"rectification granted"},
			on: map[string][]answer{"verbeteringen": {choose("Welk veld klopt niet?", "Relatiebeheer"), fill("Wat moet er staan?", "Dorpsstraat 999"), fill("Waaruit blijkt dat?", "Een rekening van de gemeente.")}}},
		{name: "statement", arrives: "2026-11-13", who: contact(), form: with(wish("client", "rectification"), "fout", "De notitie over mij klopt niet."), ends: []string{"rectification partial"},
			on: map[string][]answer{"verbeteringen": {fill("Eigen tekst van de persoon", "Ik heb altijd op tijd betaald.")}, "besluit": decides("Deels toewijzen", "Dit is een mening", "De notitie is een oordeel van een medewerker. Uw eigen tekst staat er nu bij.")}},
		{name: "restriction lifted", arrives: "2026-11-16", who: contact(), form: wish("client", "restriction"), ends: []string{"restriction granted"},
			on:    map[string][]answer{"besluit": decides("Toewijzen", "De persoon zegt dat de gegevens niet kloppen", "")},
			deeds: []act{{words: "Hervat het gebruik", on: "2026-12-09", ready: firstDone, answers: []answer{choose("Waarom gaat het gebruik weer verder?", "Wij hebben uitgezocht"), fill("Vanaf welke dag?", "18-12-2026")}}}},
		{name: "objection granted", arrives: "2026-11-16", who: contact(), form: with(wish("client", "objection"), "stoppen", "Ik wil niet dat u mij belt.", "situatie", "Ik werk in de nacht."), ends: []string{"objection granted"},
			on: map[string][]answer{"afweging": {fill("Onze reden", "Bellen is de snelste weg."), fill("De situatie van de persoon", "U werkt in de nacht."), fill("Wat weegt zwaarder", "Uw rust weegt zwaarder.")}, "besluit": decides("Toewijzen", "", "Wij bellen u niet meer.")}},
		{name: "objection refused", arrives: "2026-11-17", who: contact(), form: with(wish("client", "objection"), "stoppen", "Ik wil dat u stopt met alles."), back: true, ends: []string{"objection refused"},
			on: map[string][]answer{"afweging": {fill("Onze reden", "Er loopt een zaak bij de rechter."), fill("De situatie van de persoon", "U vindt het vervelend."), fill("Wat weegt zwaarder", "De zaak bij de rechter weegt zwaarder.")},
				"besluit": decides("Afwijzen", "Het gebruik is nodig bij de rechter", "Er loopt een zaak over uw rekening. Daarvoor hebben wij uw gegevens nodig.")}},
		{name: "automated decision", arrives: "2026-11-18", who: contact(), form: with(wish("client", "automated"), "besluit", "U wees mij af voor betalen in delen."), ends: []string{"automated-decision granted"},
			on: map[string][]answer{"herbeoordeling": {choose("Wat vond u?", "Het besluit verandert"), fill("Waarop rustte het besluit?", "Een computer keek hoe oud de rekening is."), fill("Wat vindt de persoon zelf?", "Ik verloor mijn baan."), fill("Wat geldt nu?", "U mag in delen betalen.")},
				"besluit": decides("Toewijzen", "", "Een mens keek opnieuw naar uw zaak.")}},
		{name: "complaint", arrives: "2026-11-18", who: contact(), form: with(wish("client", "complaint"), "klacht", "U luistert niet naar mij."), ends: []string{"complaint granted"},
			on: map[string][]answer{"besluit": decides("Toewijzen", "", "")}},
		{name: "question", arrives: "2026-11-19", who: contact(), mailAs: "Vraag over privacy", mail: "Beste mensen,\n\nIk heb een vraag over privacy: hoe lang bewaren jullie mijn gegevens?\n\nGroet", ends: []string{"question granted"},
			on: map[string][]answer{"lezen": {choose("Wat voor bericht is het?", "vraag"), choose("Hoe kent deze persoon", "klant")}, "besluit": {choose("Wat besluit u?", "Toewijzen"), fill("Toelichting", "Wij bewaren uw facturen zeven jaar. Daarna wissen wij die.")}}},
		{name: "who was told", arrives: "2026-11-19", who: contact(), ends: []string{"rectification granted", "question granted"},
			on:    map[string][]answer{"verbeteringen": {choose("Welk veld klopt niet?", "Relatiebeheer"), fill("Wat moet er staan?", "Schiedam"), fill("Waaruit blijkt dat?", "Een rekening van de gemeente.")}},
			deeds: []act{{words: "Stuur de lijst van ontvangers", on: firstDay, ready: func(r *request.Request) bool { return firstDone(r) }}}},

		// Twenty-eight days before the desk opens its doors to them: erasures have a cool-off of fourteen.
		{name: "erasure former client", arrives: "2026-11-23", who: ofDemo(demo.FormerClient), form: wish("client", "erasure"), ends: []string{"erasure partial"},
			on: map[string][]answer{"besluit": decides("Toewijzen", "", "")}},
		{name: "erasure of a client", arrives: "2026-11-24", who: contact(), mailAs: "Verwijderen", mail: "Wilt u al mijn persoonsgegevens wissen? Mijn klantnummer is KLANT.", ends: []string{"erasure refused"},
			on: map[string][]answer{"besluit": decides("Afwijzen", "De wet zegt dat wij dit moeten bewaren", "U bent nog klant en hebt rekeningen open. Die moeten wij bewaren."), "besluit meer": {fill("Tot en met welke dag geldt dit?", "31-12-2033")}}},
		{name: "copy then erase", arrives: "2026-11-25", who: contact(), form: wish("client", "access", "erasure"), ends: []string{"access granted", "erasure partial"},
			on: map[string][]answer{"besluit": decides("Toewijzen", "", "")}},
		{name: "consent and news", arrives: "2026-11-26", who: reader(), form: url.Values{"wens": {"marketing", "consent"}}, ends: []string{"marketing-objection granted", "consent-withdrawal granted"}},
		{name: "newsletter stop", arrives: "2026-11-26", who: ofDemo(demo.NewsletterReader), mailAs: "Re: Nieuwsbrief oktober", mail: "stop hiermee", ends: []string{"marketing-objection granted"}},
		{name: "never proven", arrives: "2026-11-26", who: contact(), form: wish("client", "access"), silent: true, ends: []string{"access unverified"}},

		// Debtors: the client decides.
		{name: "debtor of two", arrives: "2026-11-27", who: ofDemo(demo.DebtorOfTwo), mailAs: "Verzoek om inzage", mail: "Op grond van artikel 15 AVG vraag ik u om inzage in alle persoonsgegevens die u over mij hebt. U schrijft mij aan over openstaande rekeningen.",
			clients: map[string]instruction{"bakker": toUs, "telstar": toSubject}, ends: []string{"access granted", "access granted", "access granted"}},
		{name: "debtor erasure refused", arrives: "2026-11-27", who: debtor(), form: wish("debtor", "erasure"), clients: all(instruction{kind: request.RefuseInstruction, ground: "exception"}), ends: []string{"erasure by-client", "erasure granted"}},
		{name: "debtor rectification", arrives: "2026-11-30", who: debtor(), form: with(wish("debtor", "rectification"), "fout", "Mijn adres klopt niet.", "goed", "Kerkstraat 1"), clients: all(toUs), ends: []string{"rectification granted"},
			on: map[string][]answer{"uitgevoerd": {fill("Wat deed u, en waar?", "Het adres staat nu goed in het dossier.")}}},
		{name: "debtor restriction", arrives: "2026-11-30", who: debtor(), form: wish("debtor", "restriction"), clients: all(toUs), ends: []string{"restriction granted"}},
		{name: "dispute", arrives: "2026-12-01", who: ofDemo(demo.DebtorAndReader), mailAs: "Rekening", mail: "Deze rekening is niet van mij. Ik ben niet degene die u zoekt.\nDossier D-2026-00217.", clients: all(instruction{kind: request.RefuseInstruction, ground: "other"}), ends: nil},
		{name: "silent client", arrives: "2026-11-20", who: debtor(), form: wish("debtor", "access"), clients: all(instruction{kind: request.CarryOutToUs, on: "2026-12-15"}), ends: []string{"access granted"}},

		// What is not clear.
		{name: "unclear mail", arrives: "2026-12-02", who: contact(), mailAs: "Mijn gegevens", mail: "Hallo, ik wil iets met mijn gegevens bij jullie, kunnen jullie daar naar kijken? Mijn klantnummer is KLANT.", ends: []string{"question granted"},
			on: map[string][]answer{"besluit": {choose("Wat besluit u?", "Toewijzen"), fill("Toelichting", "U kunt alles zien wat wij van u hebben. Vraag dat met het formulier.")}}},
		{name: "namesakes", arrives: "2026-12-02", who: household, mailAs: "Inzage", mail: "Graag inzage in al mijn persoonsgegevens (artikel 15 AVG).", silent: true, ends: []string{"access unverified"},
			on: map[string][]answer{"lezen": {choose("Wat voor bericht is het?", "verzoek"), choose("Bij een verzoek: wat wil deze persoon?", "Gegevens bekijken"), choose("Hoe kent deze persoon", "klant")}, "wie": {choose("Over wie gaat dit verzoek?", "Niemand van deze mensen")}}},
		{name: "stranger", arrives: "2026-12-02", who: person{name: "Otto Onbekend", email: "otto.onbekend@nergens.example", birth: "1980-01-02", postcode: "1234AB", house: "1"}, form: wish("client", "access"), silent: true, ends: nil},

		// Those who ask for somebody else.
		{name: "relative with paper", arrives: "2026-12-03", who: contact(), ends: []string{"access granted"},
			on: mandate("De machtiging is goed", choose("Waaruit blijkt het?", "brief met handtekening"), choose("Wat mag deze persoon hebben?", "alles"), choose("Wie krijgt het antwoord?", "wie het vraagt"))},
		{name: "agent without authority", arrives: "2026-12-03", who: contact(), form: with(wish("client", "access"), "zelf", "nee", "rol", "other"), silent: true, ends: []string{"access unverified"},
			on: mandate("De machtiging is niet goed")},
		{name: "debt counsellor", arrives: "2026-12-03", who: debtor(), form: with(wish("debtor", "access"), "zelf", "nee", "rol", "debt-counsellor"), clients: all(toUs), ends: []string{"access granted"},
			on: mandate("De machtiging is goed", choose("Waaruit blijkt het?", "besluit van de schuldhulp"), choose("Wat mag deze persoon hebben?", "niets"), choose("Wie krijgt het antwoord?", "de persoon zelf"))},

		// Weighed.
		{name: "identity doubted", arrives: "2026-12-04", who: heard(), form: wish("client", "access"), ends: []string{"access granted"},
			deeds: []act{
				{words: "Stel de persoon een vraag", on: firstDay, ready: waitsForUs, answers: []answer{choose("Wat vraagt u?", "Laat zien wie u bent"), fill("Waarom vraagt u dit?", "De naam is anders geschreven dan in het dossier.")}},
				{words: "Leg het antwoord op onze vraag vast", on: "2026-12-10", answers: []answer{choose("Is het antwoord genoeg?", "Ja")}},
			}},
		{name: "in part", arrives: "2026-12-04", who: heard(), form: wish("client", "access"), ends: []string{"access partial"},
			on: map[string][]answer{"besluit": {choose("Wat besluit u?", "Deels toewijzen"), fill("Toelichting", "In twee opnamen is een ander te horen.")}, "besluit meer": {fill("Wat krijgt de persoon wel?", "uw eigen gegevens"), fill("Wat niet, omdat: Er staan gegevens van anderen in", "twee opnamen")}}},
		{name: "excessive", arrives: "2026-12-04", who: heard(), form: wish("client", "access"), ends: []string{"access refused"}, back: true,
			on: map[string][]answer{"besluit": decides("Afwijzen", "Het verzoek is duidelijk te veel", "U vroeg dit in november vijf keer. Het antwoord is steeds hetzelfde.")}},
		{name: "exception uavg 41", arrives: "2026-12-04", who: heard(), form: wish("client", "access"), ends: []string{"access refused"},
			on: map[string][]answer{"besluit": decides("Afwijzen", "Een uitzondering van de Nederlandse wet", "Er loopt een onderzoek."),
				"besluit meer": {fill("Tot en met welke dag geldt dit?", "1-2-2027"), fill("Waarom is dit nodig?", "Het onderzoek zou anders mislukken."), fill("Waarom gaat dit niet verder dan nodig?", "Het gaat alleen om dit ene onderzoek."), choose("Welk belang beschermt u?", "")}}},
		{name: "extended", arrives: "2026-12-03", who: heard(), english: true, form: wish("client", "access"), ends: []string{"access granted"},
			deeds: []act{{words: "Verleng de termijn", on: firstDay, ready: waitsForUs, answers: []answer{choose("Waarom duurt het langer?", "Uw verzoek is ingewikkeld"), fill("Leg het uit aan de persoon", "There are 46 recordings in which other people can be heard.")}}}},
		{name: "fee", arrives: "2026-12-03", who: heard(), form: wish("client", "access"), ends: []string{"access granted"},
			deeds: []act{{words: "Stel kosten voor", on: firstDay, ready: waitsForUs, answers: []answer{choose("Waarom vraagt u geld?", "Een extra kopie"), fill("Hoeveel euro?", "7,50")}}},
			on:    map[string][]answer{"kosten-antwoord": {choose("Het antwoord", "Ja, akkoord")}}},

		// Doors of staff; without e-mail everything goes by post.
		{name: "letter unclear", arrives: "2026-12-07", who: contact(), silent: true, ends: []string{"access unverified"},
			on: map[string][]answer{"lezen": {choose("Wat voor bericht is het?", "verzoek"), choose("Bij een verzoek: wat wil deze persoon?", "Gegevens bekijken"), choose("Hoe kent deze persoon", "klant")}}},
		{name: "counter", arrives: "2026-12-07", who: contact(), ends: []string{"access granted"}},
		{name: "phone stop", arrives: "2026-12-07", who: reader(), ends: []string{"marketing-objection granted"}},

		// What goes wrong on the way.
		{name: "bounce", arrives: "2026-12-07", who: contact(), form: wish("client", "access"), ends: []string{"access granted"},
			life: map[string]func(*play, *dayCase){"2026-12-09": func(p *play, c *dayCase) { p.bounce(c, "T-09") }}},
		{name: "breach", arrives: "2026-12-07", who: contact(), form: wish("client", "access"), ends: []string{"access granted"},
			deeds: []act{{words: "Leg een datalek vast", on: "2026-12-08", ready: firstDone, answers: []answer{
				choose("Wat is er gebeurd?", "Naar de verkeerde persoon gestuurd"), choose("Over welk deel gaat het?", "het hele verzoek"), fill("Wanneer merkten wij het?", "8-12-2026"), fill("Hoe laat?", "8:30"),
				fill("Wat ging er mis?", "Een e-mail met uw gegevens ging naar een verkeerd adres."), fill("Om welke gegevens gaat het?", "uw adres"), fill("Om hoeveel mensen gaat het?", "1"), fill("Wat kan het gevolg zijn?", "Iemand anders kent uw adres."),
				fill("Wat deden wij eraan?", "De ontvanger heeft de e-mail gewist."), choose("Hoe groot is het risico", "hoog risico"), fill("Wat kan de persoon zelf doen?", "Let op post die u niet verwacht.")}}},
			on: map[string][]answer{"datalek-gemeld": {fill("Nummer van de melding", "AP-2026-77"), fill("Wanneer meldde u het?", "8-12-2026"), fill("Hoe laat?", "8:45")}}},
		{name: "withdrawn by phone", arrives: "2026-12-07", who: heard(), form: wish("client", "access"), ends: []string{"access withdrawn"}, silent: true,
			deeds: []act{{words: "De persoon trekt het verzoek in", on: firstDay, answers: []answer{choose("Welke delen?", ""), choose("Hoe liet de persoon dit weten?", "telefoon")}}}},
		{name: "withdrawn at the page", arrives: "2026-12-07", who: contact(), form: wish("client", "erasure"), ends: []string{"erasure withdrawn"},
			on: map[string][]answer{"besluit": decides("Toewijzen", "", "")},
			life: map[string]func(*play, *dayCase){"2026-12-08": func(p *play, c *dayCase) {
				v := p.prove(c)
				v.Get("/nl/stand/intrekken").Fill(nil)
			}}},
		{name: "reopened", arrives: "2026-12-07", who: contact(), form: wish("client", "restriction"), ends: []string{"restriction granted"},
			on:    map[string][]answer{"besluit": decides("Toewijzen", "Dit is nodig bij de rechter", "")},
			deeds: []act{{words: "Heropen dit deel", on: "2026-12-10", ready: firstDone, answers: []answer{choose("Waarom?", "Wij deden iets fout")}}}},
		{name: "with a note", arrives: "2026-12-07", who: heard(), form: wish("client", "access"), ends: []string{"access granted"},
			deeds: []act{{words: "Schrijf een notitie", on: firstDay, ready: waitsForUs, answers: []answer{fill("Notitie", "Belde vandaag: wil graag de opnamen horen.")}}}},
	}
}

// voiced takes those out of the crowd whose voice was recorded.
func (p *play) voiced(from *[]person) (out []person) {
	*from = slices.DeleteFunc(*from, func(one person) bool {
		for name := range p.w.Systems.Memory("recordings").Objects() {
			if one.customer != "" && strings.Contains(name, "/"+one.customer+"/") {
				out = append(out, one)
				return true
			}
		}
		return false
	})
	return out
}

// household is one of two people of one name or mailbox, whom nobody can tell apart.
func (p *play) household() person {
	seen := map[string]person{}
	for _, row := range p.w.Systems.Memory("relations").Rows() {
		mine := personOf(row)
		if _, twice := seen[mine.email]; twice && mine.email != "" {
			return mine
		}
		seen[mine.email] = mine
	}
	p.Fatal("the demonstration has no household")
	return person{}
}

// byHand is what an officer types for the cases that no mail or form brings.
func (p *play) byHand(c *dayCase) map[string]string {
	w := c.who
	switch c.name {
	case "who was told":
		return map[string]string{"Wanneer kwam het binnen?": "19-11-2026", "telefoon": "x", "Wat zegt of schrijft de persoon?": "Mijn woonplaats klopt niet. En aan wie gaf u de oude?", "Gegevens verbeteren": "x", "Vraag": "x", "klant": "x",
			"Naam": w.name, "E-mailadres": w.email, "Klantnummer": w.customer, "Geboortedatum": w.birth}
	case "relative with paper":
		return map[string]string{"Wanneer kwam het binnen?": "3-12-2026", "balie": "x", "Wat zegt of schrijft de persoon?": "Ik vraag dit voor mijn moeder: wat hebt u van haar?", "Gegevens bekijken": "x", "klant": "x",
			"Naam": "Kees Familie", "E-mailadres": "kees.familie@nergens.example", "Klantnummer": w.customer, "Geboortedatum": w.birth, "Postcode": w.postcode, "Huisnummer": w.house, "Vraagt dit voor iemand anders": w.name}
	case "letter unclear":
		return map[string]string{"Wanneer kwam het binnen?": "4-12-2026", "brief": "x", "Wat zegt of schrijft de persoon?": "Ik wil iets weten over mijn gegevens.", "Naam": w.name, "Klantnummer": w.customer, "Geboortedatum": w.birth, "Postcode": w.postcode, "Huisnummer": w.house, "Per brief": "x"}
	case "counter":
		return map[string]string{"Wanneer kwam het binnen?": "7-12-2026", "balie": "x", "Wat zegt of schrijft de persoon?": "Ik wil zien wat u van mij hebt.", "Gegevens bekijken": "x", "klant": "x", "Naam": w.name, "E-mailadres": w.email, "Klantnummer": w.customer, "Geboortedatum": w.birth}
	}
	return map[string]string{"Wanneer kwam het binnen?": "7-12-2026", "telefoon": "x", "Wat zegt of schrijft de persoon?": "Ik wil geen nieuwsbrief meer.", "Geen reclame meer": "x", "lezer van de nieuwsbrief": "x", "Naam": w.name, "E-mailadres": w.email}
}

// bounce lets the last letter of that kind come back, as SES tells it.
func (p *play) bounce(c *dayCase, kind string) {
	p.Helper()
	id := string(p.request(c.ref).ID)
	for i := len(p.w.Mailbox) - 1; i >= 0; i-- {
		if l := p.w.Mailbox[i].Letter; l.Owner == id && string(l.Order.Kind) == kind {
			p.w.Bounce(post.Event{What: post.Undone, Class: post.Permanent, Code: "General", MessageID: fmt.Sprintf("ses-%d", i+1), Owner: l.Owner, Letter: l.ID, At: p.w.Clock.Now()})
			return
		}
	}
	p.Fatalf("%s: no %s was sent", c.name, kind)
}

// relative is who asks at the portal for somebody else, by the case's form.
func relative(w person, form url.Values) url.Values {
	if form.Get("zelf") != "nee" {
		return form
	}
	return with(form, "naam", "Kees Familie", "email", "kees.familie@nergens.example", "postcode", "9712ZZ", "huisnummer", "3", "nummer", w.customer+w.file,
		"voor-naam", w.name, "voor-postcode", w.postcode, "voor-huisnummer", w.house, "voor-geboren-day", day(w.birth, 2), "voor-geboren-month", day(w.birth, 1), "voor-geboren-year", day(w.birth, 0))
}

// day is a part of a date: 0 the year, 1 the month, 2 the day.
func day(date string, part int) string { return strings.Split(date, "-")[part] }
