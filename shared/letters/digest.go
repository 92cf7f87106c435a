package letters

import (
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
)

// MailLine is one line of the digest of ordinary mail (N-05): when the mail
// came in (Amsterdam), the rule that decided, and the id by which the desk
// finds it. None of them tells who wrote, or what.
func MailLine(lang request.Language, at time.Time, rule, id string) string {
	return clock(lang, at) + ", " + RuleName(lang, rule) + ", mail " + id
}

// RuleName says in words what a rule took a mail for; the rule itself where
// there are none.
func RuleName(lang request.Language, rule string) string {
	if name, ok := ruleNames[rule]; ok {
		return name.in(lang)
	}
	return rule
}

var ruleNames = map[string]said{
	"business-invoice":     {"factuur", "invoice"},
	"business-payment":     {"betaling", "payment"},
	"business-offer":       {"aanbieding", "offer"},
	"business-application": {"sollicitatie", "job application"},
	"business-meeting":     {"afspraak", "appointment"},
	"business-newsletter":  {"nieuwsbrief van een ander", "newsletter of somebody else"},
	"business-new-case":    {"nieuwe opdracht", "new case"},
	"business-status":      {"vraag van een opdrachtgever over een dossier", "question of a client about a file"},
	"business-notice":      {"mededeling", "announcement"},
	"claim-dispute":        {"niet eens met de rekening", "disagrees with the bill"},
	"thanks":               {"bedankje", "thank-you note"},
}
