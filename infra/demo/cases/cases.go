package cases

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/allclaims/rightsdesk/infra/ctl/clock"
	"github.com/allclaims/rightsdesk/infra/demo"
	"github.com/allclaims/rightsdesk/shared/evidence"
	"github.com/allclaims/rightsdesk/shared/figures"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// The people outside the systems.
const (
	stranger = "j.vandervliet@onbekend.example" // asks as the impostor does, for nobody we know
	riddler  = "wim@raadsel.example"
	unlucky  = "gemist@voorbeeld.example" // whose notification is lost
)

// Run plays everything and answers what was not as it must be, a line each.
func (p *Play) Run(ctx context.Context) error {
	p.act(ctx, map[string]func(*scene){"i": machineHandsOver})
	p.act(ctx, map[string]func(*scene){
		"a": newsletter, "b": clientContact, "c": debtorOfTwo, "d": formerClient,
		"e": impostor, "f": debtorAndReader, "g": riddle, "h": lostNotification,
	})
	p.act(ctx, map[string]func(*scene){"clock": func(s *scene) { s.advance(clock.Step{Hours: time.Hour}) }})
	p.act(ctx, map[string]func(*scene){"h": lostIsFound, "i": machineIsTold})
	p.act(ctx, map[string]func(*scene){"clock": func(s *scene) { s.advance(clock.Step{Working: 5}) }})
	p.act(ctx, map[string]func(*scene){"c": clientIsReminded})
	p.act(ctx, map[string]func(*scene){"clock": func(s *scene) { s.advance(clock.Step{Days: 9}) }})
	p.act(ctx, map[string]func(*scene){"d": formerClientIsErased})
	p.act(ctx, map[string]func(*scene){"all": nothingElse})
	return p.verdict()
}

func (s *scene) advance(step clock.Step) {
	n, err := s.clock.Advance(s.ctx, step)
	s.must(err)
	shown, err := s.clock.Show(s.ctx)
	s.must(err)
	s.step("the clock is moved to %s; woken: %d", shown.Now.Format("2 January 2006 15:04"), n)
}

// newsletter is case (a): a reader mails two words; stopped and suppressed at
// once, without proof. Then a consent for cookies is taken back, as easily.
func newsletter(s *scene) {
	p := demo.NewsletterReader
	s.step("%s mails: stop hiermee", p.Email)
	s.send(mail{from: p.Email, name: p.Name, subject: "Re: Nieuwsbrief oktober", text: "stop hiermee"})
	m := s.expect(want{to: p.Email, letter: "T-14"})
	s.refer(s.name, s.referenceOf(m.Subject))
	s.check(m.Language == "nl", "T-14 is in %q", m.Language)
	s.check(s.came(p.Email) == "[T-14]", "the reader got %s", s.came(p.Email))
	row := s.row("SystemNewsletterTable", "email", p.Email)
	s.check(row != nil, "the reader's row is gone: a stop suppresses, it never deletes")
	s.check(row["noMailSince"] != "" || row["stoppedOn"] != "" || row["noMarketingSince"] != "", "the reader's row has no mark of the stop: %v", sortedKeys(row))
	key, err := s.keys.Key(s.ctx, "email", p.Email)
	s.must(err)
	ok, err := s.store.Suppressed(s.ctx, key, "marketing")
	s.must(err)
	s.check(ok, "the reader does not stand on the suppression list")
	cookies(s, p)
}

func cookies(s *scene, p demo.Person) {
	v := NewVisitor(s.Stack.BaseURL)
	s.step("%s takes the consent for cookies back with the form, without signing in", p.Email)
	s.must(v.Get(s.ctx, "/nl/verzoek/wensen"))
	for _, f := range []Form{{Values: one("wens", "consent")}, {Values: one("email", p.Email)}, {}} {
		s.must(v.Fill(s.ctx, f))
	}
	s.check(strings.HasSuffix(v.Path(), "/ontvangen"), "the form ends at %s (%s)", v.Path(), v.Heading())
	ref := s.referenceOf(v.Text())
	s.refer("cookies", ref)
	m := s.expect(want{to: p.Email, letter: "T-19", ref: ref})
	s.check(strings.Contains(squeeze(m.Text), "uw keuze voor cookies"), "T-19 does not speak of the choice about cookies")
	log, err := read(s.ctx, s.Stack.S3(), s.Stack.Outputs["SystemWeblogBucket"], demo.Consents)
	s.must(err)
	for line := range strings.Lines(log) {
		s.check(strings.Contains(line, `"withdrawn"`) == strings.Contains(line, p.Email), "the log of consents marks the wrong line: %s", line)
	}
	s.check(strings.Contains(log, p.Email), "the proof of the consent is gone: a stop marks, it never deletes")
}

// clientContact is case (b): access in English by form, code, fact, officer,
// package.
func clientContact(s *scene) {
	p, v := demo.ClientContact, NewVisitor(s.Stack.BaseURL)
	s.step("%s fills in the English form", p.Email)
	s.must(v.Get(s.ctx, "/en/verzoek/wensen"))
	for _, f := range []Form{
		{Values: one("wens", "access")},
		{Values: one("contact", "client")},
		{Values: one("inzage", "alles")},
		{Values: one("zelf", "ja", "naam", p.Name, "email", p.Email, "antwoord", "email", "postcode", p.Postcode, "huisnummer", "41", "nummer", p.Customer)},
		{},
	} {
		at := v.Path()
		s.must(v.Fill(s.ctx, f))
		s.check(v.Path() != at, "the step %s leads nowhere: %s", at, v.Heading())
	}
	s.check(strings.HasSuffix(v.Path(), "/ontvangen"), "the form ends at %s (%s)", v.Path(), v.Heading())
	ref := s.referenceOf(v.Text())
	s.refer(s.name, ref)
	s.step("the form confirms with %s", ref)
	ack := s.expect(want{to: p.Email, letter: "T-01", ref: ref})
	s.check(ack.Language == "en", "T-01 is in %q", ack.Language)
	s.expect(want{to: p.Email, letter: "T-02", ref: ref})
	s.prove(v, "en", ref, p.Email, p.Invoices[1])
	s.decideAndRelease(ref)
	s.expect(want{to: p.Email, letter: "T-09", ref: ref})
	z := s.download(v, "en", ref, p.Email)
	s.wholePackage(z, p)
	s.check(strings.Contains(z.all(), "[left out]") && !strings.Contains(z.all(), colleague), "the package does not leave the colleague's name out")
	s.check(z.files["bijlagen/001.wav"] != "", "the package lacks the recording: %v", sortedKeys(z.files))
}

// decideAndRelease is what an officer does for an access request: decide what
// notes of others may hold, and release, since no other mailbox could be warned.
func (s *scene) decideAndRelease(ref request.Reference) {
	officer := s.staff("officer")
	link := s.open(officer, ref, "/besluit", "/vrijgeven")
	if strings.HasSuffix(link, "/besluit") {
		s.screen(officer, ref)
		s.decide(officer, link, one("besluit", "granted"))
		s.approveScreened(ref)
		link = s.open(officer, ref, "/vrijgeven")
	}
	s.must(officer.Get(s.ctx, link))
	s.must(officer.Fill(s.ctx, Form{Action: "/vrijgeven"}))
	s.step("the officer releases the package: one mailbox was proven and no other could be warned")
}

// colleague is who stands in the note about the client's contact of case (b).
const colleague = "Ruben Oosterling"

// screen is what an officer does with what may hold other people's data: a
// recording goes along, a note without the colleague's name.
func (s *scene) screen(officer *Visitor, ref request.Reference) {
	s.must(officer.Get(s.ctx, s.open(officer, ref, "/nakijken")))
	values := map[string][]string{}
	given, redacted := 0, 0
	for _, name := range officer.Names("w-") {
		box := "m-" + strings.TrimPrefix(name, "w-")
		if len(officer.Names(box)) == 0 {
			values[name] = []string{request.GiveFinding}
			given++
			continue
		}
		values[name], values[box] = []string{request.RedactFinding}, []string{colleague}
		redacted++
	}
	s.check(given > 0 && redacted > 0, "nothing waits for a person's look: %s", clip(officer.Text(), 300))
	s.must(officer.Fill(s.ctx, Form{Action: "/nakijken", Values: values}))
	s.check(!strings.HasSuffix(officer.Path(), "/nakijken"), "the findings end at %s: %s", officer.Path(), clip(officer.Text(), 300))
	s.step("the officer gives %d recordings, leaves a name out of %d notes, and decides", given, redacted)
}

// decide fills in a decision, looks at the letter, and records it.
func (s *scene) decide(officer *Visitor, link string, values map[string][]string) {
	s.must(officer.Get(s.ctx, link))
	s.must(officer.Fill(s.ctx, Form{Action: "/besluit", Values: values}))
	s.must(officer.Fill(s.ctx, Form{Action: "/besluit", Button: "leg-vast"}))
	s.check(strings.HasPrefix(officer.Path(), "/desk/verzoek/") && !strings.HasSuffix(officer.Path(), "/besluit"), "the decision ends at %s: %s", officer.Path(), clip(officer.Text(), 300))
}

// wholePackage checks that a package holds all of one person and nothing of
// another.
func (s *scene) wholePackage(z pack, p demo.Person) {
	text := z.all()
	for _, name := range []string{"index.html", "manifest.json"} {
		s.check(z.files[name] != "", "the package has no %s: %v", name, sortedKeys(z.files))
	}
	for _, system := range []string{"relations", "invoices", "newsletter", "collection", "recordings", "weblog"} {
		s.check(strings.Contains(z.files["manifest.json"], `"`+system+`"`), "the manifest does not name the system %s", system)
	}
	index := z.files["index.html"]
	statement, copied := strings.Index(index, `id="statement"`), strings.Index(index, p.Invoices[0])
	s.check(statement >= 0 && copied > statement, "index.html does not begin with the statement of Art. 15(1): it stands at %d, the copy at %d", statement, copied)
	for _, value := range append([]string{p.Name, p.Email, p.Phone, p.IBAN, p.Address}, p.Invoices...) {
		s.check(strings.Contains(text, value), "the package lacks %q", value)
	}
	s.strangers(text, p)
}

// strangers checks that a text holds nothing of other people.
func (s *scene) strangers(text string, own ...demo.Person) {
	for _, other := range demo.People() {
		mine := false
		for _, p := range own {
			mine = mine || p.Email == other.Email
		}
		if mine {
			continue
		}
		for _, value := range []string{other.Name, other.Email, other.Phone, other.IBAN, other.Address} {
			s.check(value == "" || !strings.Contains(text, value), "it holds a value of %s", other.Email)
		}
	}
}

// debtorOfTwo is case (c) up to the instruction of the first client.
func debtorOfTwo(s *scene) {
	p, clients := demo.DebtorOfTwo, demo.Clients()
	bakker, telstar := clients[0], clients[1]
	s.step("%s mails a Dutch access letter", p.Email)
	s.send(mail{from: p.Email, name: p.Name, subject: "Verzoek om inzage", text: "Geachte heer, mevrouw,\n\nU schrijft mij aan over openstaande rekeningen. " +
		"Op grond van artikel 15 AVG vraag ik u om inzage in alle persoonsgegevens die u over mij hebt, en een kopie daarvan.\n\nMet vriendelijke groet,\n" + p.Name})
	ack := s.expect(want{to: p.Email, letter: "T-01"})
	ref := s.referenceOf(ack.Subject)
	s.refer(s.name, ref)
	for _, c := range clients {
		s.check(!strings.Contains(ack.Text, c.Name), "T-01 names the client %s: it must say the same to everybody", c.ID)
	}
	for i, c := range []register.Client{bakker, telstar} {
		told := s.expect(want{to: c.Email, letter: "T-05", ref: ref})
		s.check(told.Language == string(c.Language), "T-05 to %s is in %q", c.ID, told.Language)
		other := clients[1-i]
		s.check(!strings.Contains(told.Text, other.Name), "T-05 to %s names %s", c.ID, other.ID)
		to := s.expect(want{to: p.Email, letter: "T-04a", ref: ref, holds: squeeze(c.Name)})
		s.check(!strings.Contains(squeeze(to.Text), squeeze(other.Name)), "T-04a about %s names %s too", c.ID, other.ID)
	}
	v := s.client(bakker)
	s.instruct(v, ref, request.CarryOutToUs, bakker.ContactName)
	report := s.expect(want{to: bakker.Email, letter: "T-07", ref: ref})
	s.check(strings.Contains(report.Text, "SHA-256"), "T-07 has no SHA-256 of the package")
	s.must(v.Get(s.ctx, s.clientCase(v, ref)+"/pakket"))
	s.must(v.Fill(s.ctx, Form{Action: "/pakket"}))
	z := s.fetch(v)
	text := z.all()
	s.check(strings.Contains(text, p.Files[0].Number), "the client's package lacks its own file")
	s.check(!strings.Contains(text, p.Files[1].Number), "the client's package holds the file of another client")
	s.strangers(text, p)
	s.check(len(s.mails(want{to: p.Email, letter: "T-09"})) == 0, "the debtor was told of a package that goes to the client")
}

// client signs in with a code that comes by mail.
func (s *scene) client(c register.Client) *Visitor {
	v, before := NewVisitor(s.Stack.BaseURL), s.seen()
	s.must(v.Get(s.ctx, "/client/"))
	s.must(v.Fill(s.ctx, Form{Values: one("email", c.Email)}))
	code := s.expect(want{to: c.Email, letter: "N-04", without: before}).Code()
	s.must(v.Fill(s.ctx, Form{Values: one("code", code)}))
	s.step("%s signed in with a mailed code: %s", c.Name, v.Heading())
	return v
}

// clientCase is the address of a request's leg in a client's lists.
func (s *scene) clientCase(v *Visitor, ref request.Reference) string {
	var link string
	s.until("the client sees "+string(ref), func() bool {
		for _, list := range []string{"todo", "instructed", "done"} {
			s.must(v.Get(s.ctx, "/client/?lijst="+list))
			for _, link = range v.Links(string(ref)) {
				if !strings.HasSuffix(link, "/opdracht") {
					return true
				}
			}
		}
		return false
	})
	return link
}

// instruct gives a client's instruction, and once more on the page that asks.
func (s *scene) instruct(v *Visitor, ref request.Reference, kind, by string) {
	link := s.clientCase(v, ref)
	s.must(v.Get(s.ctx, link))
	s.check(strings.Contains(v.Heading(), string(ref)), "the hand-over %s is at a page named %q", ref, v.Heading())
	s.must(v.Get(s.ctx, link+"/opdracht"))
	s.must(v.Fill(s.ctx, Form{Action: "/opdracht", Values: one("opdracht", kind, "naam", by)}))
	s.must(v.Fill(s.ctx, Form{Action: "/controle"}))
	s.check(strings.HasSuffix(v.Path(), "/ontvangen"), "the instruction ends at %s (%s)", v.Path(), v.Heading())
	s.step("the client instructs: %s", kind)
}

func clientIsReminded(s *scene) {
	s.name = "c"
	ref, telstar := s.Reference("c"), demo.Clients()[1]
	m := s.expect(want{to: telstar.Email, letter: "T-06", ref: ref})
	s.check(m.Language == "en", "T-06 is in %q", m.Language)
	bakker := demo.Clients()[0]
	s.check(len(s.mails(want{to: bakker.Email, letter: "T-06"})) == 0, "a client that gave its instruction is reminded")
	s.evidence(bakker, ref)
}

// evidence is what a client takes from its page to show what was handed over,
// instructed and done; it is checked as anybody can check it, without us.
func (s *scene) evidence(c register.Client, ref request.Reference) {
	id, err := s.store.ByReference(s.ctx, ref)
	s.must(err)
	r, err := s.store.Load(s.ctx, id)
	s.must(err)
	v := s.client(c)
	s.must(v.Get(s.ctx, "/client/maand?maand="+figures.MonthOf(r.Received)))
	link, ok := v.Link("bewijs.zip")
	if !ok {
		s.fail("the month of %s has no evidence", c.ID)
	}
	body := s.file(v.client, link)
	checks, err := evidence.Verify(bytes.NewReader(body), int64(len(body)), evidence.Trust{})
	s.must(err)
	signed := false
	for _, check := range checks {
		s.check(check.Result != evidence.Fails, "the evidence pack: %s %s", check.Name, check.Says)
		signed = signed || check.Name == "signature" && check.Result == evidence.Holds
	}
	s.check(signed, "the evidence pack is not signed")
	all := s.unzip(body).all()
	s.check(strings.Contains(all, string(ref)) && strings.Contains(all, "instructed"), "the evidence pack does not tell of %s", ref)
	for _, other := range demo.Clients() {
		s.check(other.ID == c.ID || !strings.Contains(all, other.Name), "the evidence of %s names %s", c.ID, other.ID)
	}
	s.step("%s took its evidence, %d checks hold", c.Name, len(checks))
}

// approveScreened is the second person's part of a copy that was screened: to
// read what was found, to see the package as it will go, and to let it go.
func (s *scene) approveScreened(ref request.Reference) {
	approver := s.staff("approver")
	link := s.open(approver, ref, "/goedkeuren")
	s.must(approver.Get(s.ctx, link))
	s.check(approver.Says("Nagekeken op gegevens van anderen"), "the approver does not see what was found")
	look := strings.TrimSuffix(link, "goedkeuren") + "pakket"
	s.must(approver.Get(s.ctx, look))
	s.must(approver.Get(s.ctx, look+"/index.html"))
	s.check(approver.Says(string(ref)), "the package's own page is not to be seen before it goes")
	s.must(approver.Get(s.ctx, link))
	s.must(approver.Fill(s.ctx, Form{Action: "/goedkeuren", Button: "goed"}))
	s.step("an approver reads what was left out and given, looks into the package, and lets it go")
}

// formerClient is case (d) up to the approval.
func formerClient(s *scene) {
	p, v := demo.FormerClient, NewVisitor(s.Stack.BaseURL)
	s.step("%s asks by mail to be erased", p.Email)
	s.send(mail{from: p.Email, name: p.Name, subject: "Verwijderen", text: "Beste mensen,\n\nWij werken sinds vorig jaar niet meer samen. Mijn klantnummer is " + p.Customer +
		". Wilt u al mijn gegevens wissen? Mijn opzegging stuur ik mee.\n\n" + p.Name, file: cancellation})
	ref := s.referenceOf(s.expect(want{to: p.Email, letter: "T-01"}).Subject)
	s.refer(s.name, ref)
	s.expect(want{to: p.Email, letter: "T-02", ref: ref})
	s.prove(v, "nl", ref, p.Email, p.Invoices[3])
	officer := s.staff("officer")
	s.readFile(officer, ref, cancellation)
	link := s.open(officer, ref, "/besluit")
	s.check(officer.Says("artikel 52 AWR") || officer.Says("2032"), "the plan on the request page does not say why and until when invoices stay")
	s.decide(officer, link, one("besluit", "granted"))
	s.must(officer.Get(s.ctx, "/desk/verzoek/"+string(ref)))
	_, alone := officer.Link("/goedkeuren")
	s.check(!alone, "the officer can approve the own decision")
	s.approvePlan(ref)
	s.check(s.row("SystemRelationsTable", "customer", p.Customer, "record", "client") != nil, "the data were erased before the cool-off was over")
}

// approvePlan is the second person's part of an erasure.
func (s *scene) approvePlan(ref request.Reference) {
	approver := s.staff("approver")
	s.must(approver.Get(s.ctx, s.open(approver, ref, "/goedkeuren")))
	s.must(approver.Fill(s.ctx, Form{Action: "/goedkeuren", Button: "goed"}))
	s.step("an approver confirms; the cool-off begins")
}

// cancellation is the file that the former client of case (d) sends along.
const cancellation = "Hierbij zeg ik mijn opdracht aan All Claims op."

// readFile is an officer who opens the file that came with a mail, once the
// scanner has found nothing in it.
func (s *scene) readFile(officer *Visitor, ref request.Reference, want string) {
	s.until("the file of "+string(ref)+" may be opened", func() bool {
		s.must(officer.Get(s.ctx, "/desk/verzoek/"+string(ref)))
		_, ok := officer.Link("/bijlage/")
		return ok
	})
	link, _ := officer.Link("/bijlage/")
	s.must(officer.Get(s.ctx, link))
	s.check(officer.Says(want), "the file of %s says %s", ref, clip(officer.Text(), 200))
	s.step("the officer opens the file that came with the mail, after the scan")
}

func formerClientIsErased(s *scene) {
	p, ref := demo.FormerClient, s.Reference("d")
	m := s.expect(want{to: p.Email, letter: "T-13", ref: ref})
	s.check(strings.Contains(m.Text, "2032") && strings.Contains(squeeze(m.Text), "artikel 52 AWR"), "T-13 does not say with law and date what was kept")
	s.check(s.row("SystemRelationsTable", "customer", p.Customer, "record", "client") == nil, "the former client still stands in the relations")
	s.check(s.row("SystemNewsletterTable", "email", p.Email) == nil, "the former client still stands in the newsletter")
	for _, number := range p.Invoices {
		kept := number != p.Invoices[0] // 2017: its seven years are over
		s.check((s.row("SystemInvoicesTable", "customer", p.Customer, "invoice", number) != nil) == kept, "invoice %s: kept must be %v", number, kept)
	}
	s.check(!s.holds("SystemRecordingsBucket", p.Customer), "a recording of the former client is still there")
	s.check(!s.holds("SystemWeblogBucket", p.Email), "the web log still names the former client")
	key, err := s.keys.Key(s.ctx, "email", p.Email)
	s.must(err)
	ok, err := s.store.Suppressed(s.ctx, key, "marketing")
	s.must(err)
	s.check(ok, "the former client can be put on the list again by an import")
	erased, err := s.store.ErasedOf(s.ctx, key)
	s.must(err)
	s.check(len(erased) > 0, "the erasure ledger does not hold the address: a restore would bring the data back")
	told := s.mails(want{letter: "T-24", ref: ref})
	s.check(len(told) > 0, "no recipient was told (Art. 19)")
	for _, t := range told {
		s.check(!strings.Contains(t.Text, p.Name) && !strings.Contains(t.Text, p.IBAN), "T-24 to %v holds more than is needed to find the person", t.To)
		s.step("T-24 to %v", t.To)
	}
	other := demo.ClientContact
	s.check(s.row("SystemRelationsTable", "customer", other.Customer, "record", "client") != nil, "the data of another client are gone")
}

// impostor is case (e): every fact right, and no access to the mailbox on file.
func impostor(s *scene) {
	p := demo.Victim
	ask := func(from, name, number, birth, postcode string) {
		s.send(mail{from: from, name: name, subject: "Inzage", headers: []string{"X-Local-Verdicts: dmarc=PASS"}, text: "Goedendag,\n\nMijn klantnummer is " + number +
			". Graag ontvang ik een kopie van al mijn gegevens. Mijn geboortedatum is " + birth + " en mijn postcode is " + postcode + ".\n\n" + name})
	}
	s.step("somebody writes from %s with every fact of %s; somebody unknown writes the same", p.Lookalike, p.Email)
	ask(p.Lookalike, p.Name, p.Customer, "29-01-1978", "3511 HB")
	ask(stranger, "Joost van der Vliet", "K-9999", "30-03-1971", "9999 ZZ")
	warning := s.expect(want{to: p.Email, letter: "N-02"})
	fixed, same := s.expect(want{to: p.Lookalike, letter: "T-10"}), s.expect(want{to: stranger, letter: "T-10"})
	ref, other := s.referenceOf(fixed.Subject), s.referenceOf(same.Subject)
	s.refer(s.name, ref)
	s.refer("stranger", other)
	s.check(s.referenceOf(warning.Subject+warning.Text) == ref, "the warning is about another request")
	// A16: the same bytes for known and unknown, but for the reference.
	for what, pair := range map[string][2]string{
		"subject": {fixed.Subject, same.Subject}, "text": {fixed.Text, same.Text}, "HTML": {fixed.HTML, same.HTML},
	} {
		s.check(strings.ReplaceAll(pair[0], string(ref), string(other)) == pair[1], "the %s of the fixed letter differs between a known and an unknown person", what)
	}
	one, two := s.expect(want{to: p.Lookalike, letter: "T-01"}), s.expect(want{to: stranger, letter: "T-01"})
	s.check(strings.ReplaceAll(one.Text, string(ref), string(other)) == two.Text, "T-01 differs between a known and an unknown person")
	v := NewVisitor(s.Stack.BaseURL)
	before := s.seen()
	s.must(v.Get(s.ctx, "/nl/bewijs?k="+string(ref)))
	s.must(v.Fill(s.ctx, Form{}))
	code := s.expect(want{to: p.Email, letter: "N-01", without: before}).Code()
	s.step("the impostor asks for a code: it goes to the mailbox on file")
	wrong := "00000000"
	if wrong == code {
		wrong = "00000001"
	}
	s.must(v.Fill(s.ctx, Form{Action: "/bewijs/code", Values: map[string][]string{"code": {wrong}}}))
	s.check(strings.HasSuffix(v.Path(), "/bewijs/code"), "a wrong code leads to %s", v.Path())
	thief := NewVisitor(s.Stack.BaseURL)
	s.must(thief.Get(s.ctx, "/nl/bewijs/code"))
	if thief.HasForm("/bewijs/code") {
		s.must(thief.Fill(s.ctx, Form{Action: "/bewijs/code", Values: map[string][]string{"code": {code}}}))
		s.check(!strings.Contains(thief.Path(), "overzicht"), "a code works in another browser")
	}
	s.check(s.came(p.Lookalike) == "[T-01 T-10]" || s.came(p.Lookalike) == "[T-10 T-01]", "the impostor got %s", s.came(p.Lookalike))
	// The real person says that it was not them: the request stands still.
	real := NewVisitor(s.Stack.BaseURL)
	s.must(real.Get(s.ctx, "/nl/bewijs/niet-ik?k="+string(ref)))
	s.must(real.Fill(s.ctx, Form{}))
	s.check(strings.HasSuffix(real.Path(), "/bewijs/gemeld"), "'not me' ends at %s", real.Path())
	s.step("the real person reports: not me")
	s.expect(want{to: office, letter: "N-03", ref: ref})
}

// debtorAndReader is case (f): two relations in one mail, one answer that explains.
func debtorAndReader(s *scene) {
	p, zorgnet := demo.DebtorAndReader, demo.Clients()[2]
	s.step("%s asks two things in one mail", p.Email)
	s.send(mail{from: p.Email, name: p.Name, subject: "Nieuwsbrief en mijn dossier", text: "Hallo,\n\nIk wil de nieuwsbrief niet meer krijgen. En ik wil inzage in mijn gegevens in dossier " +
		p.Files[0].Number + ".\n\nGroet,\n" + p.Name})
	s.expect(want{to: zorgnet.Email, letter: "T-05"})
	m := s.expect(want{to: p.Email, letter: "T-04a"})
	s.refer(s.name, s.referenceOf(m.Subject))
	s.check(strings.Contains(squeeze(m.Text), squeeze(zorgnet.Name)), "T-04a does not name the client who decides")
	s.check(strings.Contains(strings.ToLower(m.Text), "reclame") || strings.Contains(strings.ToLower(m.Text), "nieuwsbrief"), "the one answer does not tell that the newsletter was stopped")
	s.check(len(s.mails(want{to: p.Email, letter: "T-14"})) == 0, "the stop was told in a letter of its own")
	key, err := s.keys.Key(s.ctx, "email", p.Email)
	s.must(err)
	ok, err := s.store.Suppressed(s.ctx, key, "marketing")
	s.must(err)
	s.check(ok, "the reader does not stand on the suppression list")
	v := NewVisitor(s.Stack.BaseURL)
	s.prove(v, "nl", s.Reference(s.name), p.Email, p.Files[0].Number)
	s.step("the debtor proved who it is and reads: %s", v.Heading())
	s.check(v.Says(zorgnet.Name), "the status page does not name the client who decides to who proved the file's mailbox (R-28)")
}

// riddle is case (g): nobody can understand it, so a person must read it.
func riddle(s *scene) {
	s.step("a mail comes that nobody can understand")
	s.send(mail{from: riddler, name: "W", subject: "dat ene", text: "Zoals vorige keer ook al gezegd, het klopt weer niet met die paarse. Graag even anders, u weet wel. Kan dat voor vrijdag?"})
	ref := s.referenceOf(s.expect(want{to: riddler, letter: "T-01"}).Subject)
	s.refer(s.name, ref)
	notice := s.expect(want{to: office, letter: "N-03", ref: ref})
	s.check(!strings.Contains(notice.Text, riddler) && !strings.Contains(notice.Text, "paarse"), "the notice to the staff says something about the person")
	officer := s.staff("officer")
	s.must(officer.Get(s.ctx, "/desk/?rij=vrij"))
	s.until("the queue shows "+string(ref), func() bool {
		s.must(officer.Get(s.ctx, "/desk/?rij=vrij"))
		return officer.Says(string(ref))
	})
	s.check(officer.Says("werkdag"), "the queue does not say how many working days are left")
	s.must(officer.Get(s.ctx, s.open(officer, ref, "/lezen")))
	s.must(officer.Fill(s.ctx, Form{Action: "/lezen", Values: map[string][]string{"soort": {"question"}}}))
	s.step("the officer reads it as a question; the clock ran from receipt")
	s.decide(officer, s.open(officer, ref, "/besluit"), one("besluit", "granted", "toelichting", "Wij begrijpen niet wat u bedoelt. Wilt u het ons met andere woorden vertellen?"))
	s.expect(want{to: riddler, letter: "T-27", ref: ref})
}

// lostNotification stores a mail of which nobody is told.
func lostNotification(s *scene) {
	s.step("the notification of a mail of %s is dropped on purpose", unlucky)
	s.send(mail{from: unlucky, name: "L", subject: "inzage", text: "Ik wil graag inzage in mijn gegevens. Wat hebt u over mij?", headers: []string{"X-Local-Drop: notification"}})
}

func lostIsFound(s *scene) {
	m := s.expect(want{to: unlucky, letter: "T-01"})
	ref := s.referenceOf(m.Subject)
	s.refer(s.name, ref)
	id, err := s.store.ByReference(s.ctx, ref)
	s.must(err)
	r, err := s.store.Load(s.ctx, id)
	s.must(err)
	s.check(r.Registered.Sub(r.Received) > 30*time.Minute, "the request found by sweep has receipt %s, registered %s: it must keep the original instant", r.Received, r.Registered)
	s.step("sweep found it, with the instant of receipt")
}

// nothingElse is what must not have been sent, to anybody.
func nothingElse(s *scene) {
	ours := 0
	for _, m := range s.Stack.Mailbox.All() {
		for _, to := range m.To {
			if strings.HasSuffix(to, "@allclaims.nl") {
				ours++
				s.check(strings.HasPrefix(m.Letter, "N-03") || m.Letter == "N-05", "we wrote %s to ourselves", m.Letter)
			}
		}
		own := []demo.Person{}
		for _, p := range demo.People() {
			for _, to := range m.To {
				if to == p.Email {
					own = append(own, p)
				}
			}
		}
		if strings.HasPrefix(m.Letter, "N-03") || m.Letter == "T-10" || m.Letter == "T-01" || m.Letter == "T-14" {
			s.strangers(m.Text+m.HTML, own...)
		}
		if len(own) > 0 {
			s.strangers(m.Text+m.HTML, own...)
		}
	}
	s.check(ours > 0, "no notice went to the office")
	s.until("each notice to the office comes back as mail", func() bool { return s.count("MailBucket", "raw/") >= s.sent+ours })
	s.step("%d notices to the office came back to us and got no answer", ours)
	heads, _, err := s.store.Heads(s.ctx, everything)
	s.must(err)
	heads = slices.DeleteFunc(heads, func(h ledger.Head) bool { return h.Request == register.RegisterChain })
	s.check(len(heads) == len(s.ReferencesByCase()), "there are %d requests, want %d: one for each message that asks something", len(heads), len(s.ReferencesByCase()))
	s.check(s.came(demo.Victim.Email) == "[N-02 N-01]", "the impersonated person got %s", s.came(demo.Victim.Email))
}

// row reads one row of a demonstration system as texts; nil when there is none.
func (s *scene) row(table string, key ...string) map[string]string {
	k := map[string]types.AttributeValue{}
	for i := 0; i+1 < len(key); i += 2 {
		k[key[i]] = &types.AttributeValueMemberS{Value: key[i+1]}
	}
	name, strong := s.Stack.Outputs[table], true
	out, err := s.db.GetItem(s.ctx, &dynamodb.GetItemInput{TableName: &name, Key: k, ConsistentRead: &strong})
	s.must(err)
	if len(out.Item) == 0 {
		return nil
	}
	row := map[string]string{}
	for name, v := range out.Item {
		row[name] = fmt.Sprint(v)
		if text, ok := v.(*types.AttributeValueMemberS); ok {
			row[name] = text.Value
		}
	}
	return row
}

// count counts the objects of a bucket below a prefix.
func (s *scene) count(bucket, prefix string) int {
	name, n := s.Stack.Outputs[bucket], 0
	pages := s3.NewListObjectsV2Paginator(s.Stack.S3(), &s3.ListObjectsV2Input{Bucket: &name, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(s.ctx)
		s.must(err)
		n += len(page.Contents)
	}
	return n
}

// holds reports whether a key or an object of a bucket holds the words.
func (s *scene) holds(bucket, words string) bool {
	name := s.Stack.Outputs[bucket]
	client := s.Stack.S3()
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(s.ctx)
		s.must(err)
		for _, o := range page.Contents {
			if strings.Contains(*o.Key, words) {
				return true
			}
			if strings.HasSuffix(*o.Key, ".wav") {
				continue
			}
			body, err := read(s.ctx, client, name, *o.Key)
			s.must(err)
			if strings.Contains(body, words) {
				return true
			}
		}
	}
	return false
}
