package grounds

import (
	"slices"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Code is one entry of a closed list that is no ground for a no: a reason for
// an extension, an end of a restriction, an interest of UAVG 41.
type Code struct {
	// Code stands in the record and the ledger.
	Code string
	// Law names the article.
	Law string

	words Words
}

// In is what the subject reads.
func (c Code) In(lang request.Language) string { return c.words.In(lang) }

// find finds an entry of a list.
func find(list []Code, code string) (Code, bool) {
	i := slices.IndexFunc(list, func(c Code) bool { return c.Code == code })
	if i < 0 {
		return Code{}, false
	}
	return list[i], true
}

// Extensions are the two reasons for which an answer may take three months
// (C-7). Being busy, size alone and many requests by others are none.
var Extensions = []Code{
	{Code: "complexity", Law: "12(3) AVG", words: Words{"Uw verzoek is ingewikkeld.", "Your request is complex."}},
	{Code: "number", Law: "12(3) AVG", words: Words{"U deed meer dan één verzoek.", "You made more than one request."}},
}

// Extension finds a reason for an extension.
func Extension(code string) (Code, bool) { return find(Extensions, code) }

// Lifts are the reasons for which a restriction ends (Art. 18(3)).
var Lifts = []Code{
	{Code: "checked", Law: "18(1)(a) AVG", words: Words{"Wij hebben uitgezocht of de gegevens kloppen. Dat is nu klaar.", "We found out whether the data are right. That is now done."}},
	{Code: "corrected", Law: "18(1)(a) AVG", words: Words{"Wij hebben de gegevens verbeterd.", "We corrected the data."}},
	{Code: "lawful", Law: "18(1)(b) AVG", words: Words{"Er is nu wel een reden waarom wij deze gegevens mogen gebruiken.", "There is now a reason why we may use these data."}},
	{Code: "claims-over", Law: "18(1)(c) AVG", words: Words{"U hebt de gegevens niet meer nodig bij de rechter.", "You no longer need the data in court."}},
	{Code: "objection-decided", Law: "18(1)(d) AVG", words: Words{"Wij hebben besloten over uw bezwaar tegen het gebruik van uw gegevens.", "We decided about the use that you did not want."}},
	{Code: "asked", Law: "18(2) AVG", words: Words{"U vroeg ons om de gegevens weer te gebruiken.", "You asked us to use the data again."}},
}

// Lift finds a reason for which a restriction ends.
func Lift(code string) (Code, bool) { return find(Lifts, code) }

// Flags are why an officer may hold what a client instructed: it breaks the law
// in our opinion (28(3), last sentence). The client reads it.
var Flags = []Code{
	{Code: "unproven", Law: "5(1)(f), 32 AVG", words: Words{"De persoon heeft nog niet laten zien wie hij is.", "The person has not yet shown who they are."}},
	{Code: "others", Law: "15(4), 5(1)(f) AVG", words: Words{"Het gaat ook om gegevens van iemand anders.", "It is also about data of somebody else."}},
	{Code: "not-asked", Law: "5(1)(a), 6 AVG", words: Words{"Dit gaat verder dan de persoon vroeg. Wij zien daarvoor geen reden die de wet noemt.", "This goes further than the person asked. We see no reason for that in the law."}},
	{Code: "duty", Law: "17(3)(b) AVG", words: Words{"De wet verplicht tot het bewaren van deze gegevens.", "The law obliges to keep these data."}},
	{Code: "needed", Law: "17(3)(e), 18(1)(c) AVG", words: Words{"De persoon heeft deze gegevens nodig voor een rechtsvordering, of er loopt nog een ander verzoek over.", "The person needs these data for a legal claim, or another request about them is still open."}},
	{Code: "other", Law: "28(3) AVG", words: Words{"Er is een andere reden. Die staat in onze uitleg op de pagina van het verzoek.", "There is another reason. It stands in what we wrote on the page of the request."}},
}

// Flag finds a reason to hold an instruction.
func Flag(code string) (Code, bool) { return find(Flags, code) }

// Interests are those of UAVG 41(1): a restriction of a right must serve one of
// them. The letters a–e were seen, f–j are from memory: counsel checks
// them before they are used. Item j is tempting for a collector, and is a
// person's decision like the others.
var Interests = []Code{
	{Code: "a", Law: "41(1)(a) UAVG", words: Words{"de veiligheid van Nederland", "the security of the Netherlands"}},
	{Code: "b", Law: "41(1)(b) UAVG", words: Words{"de verdediging van Nederland", "the defence of the Netherlands"}},
	{Code: "c", Law: "41(1)(c) UAVG", words: Words{"de veiligheid van iedereen", "public safety"}},
	{Code: "d", Law: "41(1)(d) UAVG", words: Words{"misdrijven voorkomen en opsporen", "preventing and finding crimes"}},
	{Code: "e", Law: "41(1)(e) UAVG", words: Words{"een ander groot belang van Nederland of de EU", "another important interest of the Netherlands or the EU"}},
	{Code: "f", Law: "41(1)(f) UAVG", words: Words{"het vrije werk van rechters", "the free work of judges"}},
	{Code: "g", Law: "41(1)(g) UAVG", words: Words{"de regels van een beroep bewaken", "guarding the rules of a profession"}},
	{Code: "h", Law: "41(1)(h) UAVG", words: Words{"het werk van een organisatie die controleert", "the work of an organisation that checks"}},
	{Code: "i", Law: "41(1)(i) UAVG", words: Words{"u of andere mensen beschermen", "protecting you or other people"}},
	{Code: "j", Law: "41(1)(j) UAVG", words: Words{"geld krijgen waar iemand recht op heeft", "getting money to which somebody is entitled"}},
}

// Interest finds an interest of UAVG 41(1) by its letter.
func Interest(letter string) (Code, bool) { return find(Interests, letter) }

// Restriction gives the letter of Art. 18(1), a to d, for the code of a ground
// on which a restriction is set, and back; "" for anything else.
func Restriction(codeOrLetter string) string {
	pairs := [][2]string{{"a", "accuracy"}, {"b", "unlawful"}, {"c", "claims"}, {"d", "objection"}}
	for _, p := range pairs {
		switch codeOrLetter {
		case p[0]:
			return p[1]
		case p[1]:
			return p[0]
		}
	}
	return ""
}

// Result is how a right that a person weighs can end, and how its letter says so.
type Result struct {
	Right request.Right
	// Code is what the officer chose: corrected, statement, accurate …
	Code string
	// Outcome is the leg's, Ground the code that goes with it; "" for none.
	Outcome request.Outcome
	Ground  string
	// Case is the form of the letter (letters.Info.Cases).
	Case string
}

// Results are the ends of rectification, objection and automated
// decision, in the order in which an officer should think of them.
var Results = []Result{
	{request.Rectification, "corrected", request.Granted, "", "granted"},
	{request.Rectification, "corrected-in-part", request.Partial, "correct", "partial"},
	{request.Rectification, "statement", request.Granted, "", "statement"},
	{request.Rectification, "accurate", request.Refused, "correct", "refused"},
	{request.Objection, "stopped", request.Granted, "", "granted"},
	{request.Objection, "stopped-in-part", request.Partial, "compelling", "partial"},
	{request.Objection, "overruled", request.Refused, "compelling", "refused"},
	{request.AutomatedDecision, "changed", request.Granted, "", "granted"},
	{request.AutomatedDecision, "upheld", request.Refused, "upheld", "refused"},
	{request.AutomatedDecision, "none", request.NothingHeld, "", "no_decision"},
}
