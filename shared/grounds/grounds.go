// Package grounds is the closed list of reasons that the law allows for an
// answer: why a request is refused in whole or in part, why the use of data is
// put on hold and goes on again, why an answer takes longer. An officer chooses
// from it, the letter says its sentence, and the ledger keeps its code. Nothing
// else can be chosen: the burden of proof of a refusal is ours (Art. 12(2),
// 12(5), 21(1)).
//
// A code is never reused for something else and never removed: old decisions
// carry it.
package grounds

import (
	"slices"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Need is what a ground demands of the officer beside its code.
type Need string

// The demands of a ground; each names the field of the decision that holds it.
const (
	// Reason is the concrete reason in words of the officer, which the subject
	// reads: a no never goes out with a bare code (Art. 12(4)).
	Reason Need = "reason"
	// Necessity and Proportionality are written down for UAVG 41.
	Necessity       Need = "necessity"
	Proportionality Need = "proportionality"
	// Until is the last day on which the ground holds (R-16, E-2).
	Until Need = "until"
	// Weighing is our side, the person's side and why the one outweighs the other (Art. 21(1)).
	Weighing Need = "weighing"
	// Statement is the offer to add the person's own words to the data.
	Statement Need = "statement"
	// SecondPerson: the desk's four-eyes rule holds whatever the outcome (invariant 12).
	SecondPerson Need = "second-person"
	// ByHand: a person decides, never a rule.
	ByHand Need = "by-hand"
)

// Ground is one reason that the law allows for an outcome of a right.
type Ground struct {
	// Code stands in the decision and the ledger. Two grounds of different
	// rights may share one: Find wants the right too.
	Code string
	// Law names the article, as 17(3)(b) AVG.
	Law string
	// Rights and Outcomes say where it may be chosen.
	Rights   []request.Right
	Outcomes []request.Outcome
	// Needs are what the decision must hold besides.
	Needs []Need

	words Words
}

// In is the sentence that the subject reads: whole for a refusal, the words
// after "the reason is" for a restriction.
func (g Ground) In(lang request.Language) string { return g.words.In(lang) }

// Demands reports whether the ground wants that of the decision.
func (g Ground) Demands(n Need) bool { return slices.Contains(g.Needs, n) }

// Fits reports whether it may be chosen for that outcome of that right.
func (g Ground) Fits(right request.Right, outcome request.Outcome) bool {
	return slices.Contains(g.Rights, right) && slices.Contains(g.Outcomes, outcome)
}

// Refuses reports whether it is a reason for a no, in whole or in part.
func (g Ground) Refuses() bool { return slices.Contains(g.Outcomes, request.Refused) || !g.Grants() }

// Grants reports whether it is a reason to do what was asked, as those of
// Art. 18(1)(a)–(d) are.
func (g Ground) Grants() bool { return slices.Contains(g.Outcomes, request.Granted) }

// Words are one text in both languages.
type Words struct{ nl, en string }

// In is the text in that language; Dutch for a language that is not known.
func (w Words) In(lang request.Language) string {
	if lang == request.English {
		return w.en
	}
	return w.nl
}

var (
	no       = []request.Outcome{request.Refused, request.Partial}
	partly   = []request.Outcome{request.Partial}
	wholly   = []request.Outcome{request.Refused}
	granting = []request.Outcome{request.Granted, request.Partial}

	copies  = []request.Right{request.Access, request.Portability}
	weighed = []request.Right{
		request.Access, request.Portability, request.Rectification, request.Erasure, request.Restriction,
		request.Objection, request.AutomatedDecision,
	}
)

func only(r request.Right) []request.Right { return []request.Right{r} }

// table holds the grounds in the order in which an officer should think of
// them: what belongs to the right first, what holds for every right last.
//
// Left out on purpose: UAVG 44 and 47 (research institutions and public
// registers, neither of which All Claims is), and Art. 14(5), which excuses no
// answer to a request.
var table = []Ground{
	// X-5, recital 63: never a reason to refuse the whole.
	{Code: "others", Law: "15(4), 20(4) AVG", Rights: copies, Outcomes: partly, Needs: []Need{Reason}, words: Words{
		"Wij mogen geen gegevens van andere mensen aan u geven (artikel 15 AVG).",
		"We may not give you data about other people (Art. 15 GDPR)."}},
	{Code: "portability", Law: "20(1) AVG", Rights: only(request.Portability), Outcomes: no, Needs: []Need{Reason}, words: Words{
		"U kunt alleen gegevens meenemen die u zelf gaf, met uw toestemming of voor een overeenkomst (artikel 20 AVG).",
		"You can only take data with you that you gave yourself, with your consent or for a contract (Art. 20 GDPR)."}},
	{Code: "public-task", Law: "20(3) AVG", Rights: only(request.Portability), Outcomes: no, Needs: []Need{Reason}, words: Words{
		"Deze gegevens zijn nodig voor een taak van algemeen belang (artikel 20 AVG).",
		"These data are needed for a task in the public interest (Art. 20 GDPR)."}},

	// Art. 16 has no exception; a no means that the data were shown to be right.
	{Code: "correct", Law: "16 AVG", Rights: only(request.Rectification), Outcomes: no, Needs: []Need{Reason, Statement}, words: Words{
		"De gegevens kloppen volgens ons (artikel 16 AVG).",
		"The data are right, as far as we know (Art. 16 GDPR)."}},
	{Code: "opinion", Law: "16 AVG", Rights: only(request.Rectification), Outcomes: no, Needs: []Need{Reason, Statement}, words: Words{
		"Dit is een mening en geen feit. Een mening kunnen wij niet verbeteren, maar uw eigen tekst kan erbij (artikel 16 AVG).",
		"This is an opinion and not a fact. We cannot correct an opinion, but we can add your own text (Art. 16 GDPR)."}},

	// E-1: Art. 17(3)(a)–(e).
	{Code: "duty", Law: "17(3)(b) AVG", Rights: only(request.Erasure), Outcomes: no, Needs: []Need{Reason, Until, SecondPerson}, words: Words{
		"De wet zegt dat wij deze gegevens moeten bewaren (artikel 17 AVG).",
		"The law says that we must keep these data (Art. 17 GDPR)."}},
	{Code: "claims", Law: "17(3)(e) AVG", Rights: only(request.Erasure), Outcomes: no, Needs: []Need{Reason, Until, SecondPerson}, words: Words{
		"Wij hebben deze gegevens nodig bij de rechter (artikel 17 AVG).",
		"We need these data in court (Art. 17 GDPR)."}},
	{Code: "expression", Law: "17(3)(a) AVG", Rights: only(request.Erasure), Outcomes: no, Needs: []Need{Reason, Until, SecondPerson}, words: Words{
		"Mensen mogen hun mening geven en nieuws maken. Daar zijn deze gegevens voor nodig (artikel 17 AVG).",
		"People may give their opinion and make news. These data are needed for that (Art. 17 GDPR)."}},
	{Code: "health", Law: "17(3)(c) AVG", Rights: only(request.Erasure), Outcomes: no, Needs: []Need{Reason, Until, SecondPerson}, words: Words{
		"Deze gegevens zijn nodig voor de gezondheid van iedereen (artikel 17 AVG).",
		"These data are needed for the health of everyone (Art. 17 GDPR)."}},
	{Code: "archive", Law: "17(3)(d) AVG", Rights: only(request.Erasure), Outcomes: no, Needs: []Need{Reason, Until, SecondPerson}, words: Words{
		"Deze gegevens zijn nodig voor een archief of voor onderzoek (artikel 17 AVG).",
		"These data are needed for an archive or for research (Art. 17 GDPR)."}},

	// the burden of proof is ours.
	{Code: "compelling", Law: "21(1) AVG", Rights: only(request.Objection), Outcomes: no, Needs: []Need{Reason, Weighing}, words: Words{
		"Onze reden telt zwaarder dan uw bezwaar (artikel 21 AVG).",
		"Our reason weighs more than yours (Art. 21 GDPR)."}},
	{Code: "claims-objection", Law: "21(1) AVG", Rights: only(request.Objection), Outcomes: no, Needs: []Need{Reason, Weighing}, words: Words{
		"Wij hebben deze gegevens nodig bij de rechter (artikel 21 AVG).",
		"We need these data in court (Art. 21 GDPR)."}},
	{Code: "other-basis", Law: "21(1) AVG", Rights: only(request.Objection), Outcomes: no, Needs: []Need{Reason}, words: Words{
		"Wij gebruiken deze gegevens door een wet of voor een overeenkomst. Dan kunt u niet zeggen dat wij moeten stoppen (artikel 21 AVG).",
		"You cannot object here. We use these data because of a law or for a contract (Art. 21 GDPR)."}},
	{Code: "research", Law: "21(6) AVG", Rights: only(request.Objection), Outcomes: no, Needs: []Need{Reason, Weighing}, words: Words{
		"Deze gegevens zijn nodig voor onderzoek in het algemeen belang (artikel 21 AVG).",
		"These data are needed for research in the public interest (Art. 21 GDPR)."}},

	// Art. 18(1)(a)–(d): a restriction is set on one of these.
	{Code: "accuracy", Law: "18(1)(a) AVG", Rights: only(request.Restriction), Outcomes: granting, words: Words{
		"u zegt dat de gegevens niet kloppen, en wij zoeken dat uit",
		"you say that the data are wrong, and we are checking that"}},
	{Code: "unlawful", Law: "18(1)(b) AVG", Rights: only(request.Restriction), Outcomes: granting, words: Words{
		"wij mochten deze gegevens niet gebruiken, maar u wilt ze laten staan",
		"we were not allowed to use these data, but you do not want them erased"}},
	{Code: "claims", Law: "18(1)(c) AVG", Rights: only(request.Restriction), Outcomes: granting, words: Words{
		"u hebt deze gegevens nodig bij de rechter",
		"you need these data in court"}},
	{Code: "objection", Law: "18(1)(d) AVG", Rights: only(request.Restriction), Outcomes: granting, words: Words{
		"wij kijken nog naar uw bezwaar tegen het gebruik van uw gegevens",
		"we are still looking at why you do not want this use"}},
	{Code: "no-ground", Law: "18(1) AVG", Rights: only(request.Restriction), Outcomes: wholly, Needs: []Need{Reason}, words: Words{
		"Geen van de vier redenen uit de wet is er (artikel 18 AVG).",
		"None of the four reasons in the law is there (Art. 18 GDPR)."}},

	// a person looked (22(3)); 22(2) says when a computer may decide.
	{Code: "upheld", Law: "22(3) AVG", Rights: only(request.AutomatedDecision), Outcomes: wholly, Needs: []Need{Reason, ByHand}, words: Words{
		"Een mens heeft alles opnieuw bekeken, en komt tot hetzelfde besluit (artikel 22 AVG).",
		"A person looked at everything again, and comes to the same decision (Art. 22 GDPR)."}},
	{Code: "contract", Law: "22(2)(a) AVG", Rights: only(request.AutomatedDecision), Outcomes: wholly, Needs: []Need{Reason, ByHand}, words: Words{
		"Dit besluit is nodig voor de overeenkomst met u (artikel 22 AVG).",
		"This decision is needed for the contract with you (Art. 22 GDPR)."}},
	{Code: "allowed-by-law", Law: "22(2)(b) AVG, 40 UAVG", Rights: only(request.AutomatedDecision), Outcomes: wholly, Needs: []Need{Reason, ByHand}, words: Words{
		"Een wet zegt dat een computer dit mag beslissen (artikel 40 UAVG).",
		"A law says that a computer may decide this (Art. 40 UAVG)."}},
	{Code: "consent", Law: "22(2)(c) AVG", Rights: only(request.AutomatedDecision), Outcomes: wholly, Needs: []Need{Reason, ByHand}, words: Words{
		"U hebt gezegd dat een computer dit mag beslissen (artikel 22 AVG).",
		"You said that a computer may decide this (Art. 22 GDPR)."}},

	// What holds for every right that is weighed.
	{Code: "unidentified", Law: "11(2), 12(2) AVG", Rights: weighed, Outcomes: wholly, Needs: []Need{Reason, SecondPerson}, words: Words{
		"Wij kunnen niet vaststellen om wie het gaat (artikel 11 AVG).",
		"We cannot find out who this is about (Art. 11 GDPR)."}},
	// decided by a person, reasons recorded; trouble for us is no reason.
	{Code: "unfounded", Law: "12(5) AVG", Rights: weighed, Outcomes: wholly, Needs: []Need{Reason, SecondPerson, ByHand}, words: Words{
		"Dit verzoek is duidelijk zonder reden gedaan (artikel 12 AVG).",
		"This request was clearly made without reason (Art. 12 GDPR)."}},
	{Code: "excessive", Law: "12(5) AVG", Rights: weighed, Outcomes: wholly, Needs: []Need{Reason, SecondPerson, ByHand}, words: Words{
		"Dit verzoek is veel te veel, want wij gaven u dit al (artikel 12 AVG).",
		"This request is far too much, because we already gave you this (Art. 12 GDPR)."}},
	// only as far and as long as it must.
	{Code: "uavg41", Law: "41 UAVG", Rights: weighed, Outcomes: no, Needs: []Need{Reason, Necessity, Proportionality, Until, SecondPerson, ByHand}, words: Words{
		"De wet maakt hier een uitzondering (artikel 41 UAVG).",
		"The law makes an exception here (Art. 41 UAVG)."}},
}

// All lists every ground, in the order in which an officer should think of them.
func All() []Ground { return slices.Clone(table) }

// For lists the grounds for that outcome of that right; none means that the
// outcome needs no ground.
func For(right request.Right, outcome request.Outcome) []Ground {
	var fit []Ground
	for _, g := range table {
		if g.Fits(right, outcome) {
			fit = append(fit, g)
		}
	}
	return fit
}

// Find finds the ground of that code among those that fit.
func Find(right request.Right, outcome request.Outcome, code string) (Ground, bool) {
	for _, g := range table {
		if g.Code == code && g.Fits(right, outcome) {
			return g, true
		}
	}
	return Ground{}, false
}

// Missing lists what the decision lacks that its ground demands; nothing when
// the ground does not fit, which is a fault of its own. Weighing is the leg's
// balance, Statement what the letter offers by itself.
func Missing(right request.Right, d request.Decision, weighed request.Balance) []Need {
	g, _ := Find(right, d.Outcome, d.Ground)
	have := map[Need]bool{
		Reason: d.Note != "", Necessity: d.Necessity != "", Proportionality: d.Proportionality != "", Until: d.Until != "",
		Weighing: weighed.Ours != "" && weighed.Theirs != "" && weighed.Result != "",
		// Asked of the desk and the letter, not of the record.
		Statement: true, SecondPerson: true, ByHand: !d.Automatic,
	}
	var lacking []Need
	for _, n := range g.Needs {
		if !have[n] {
			lacking = append(lacking, n)
		}
	}
	return lacking
}
