package portal

import (
	"slices"

	"github.com/allclaims/rightsdesk/shared/request"
)

// The steps of the form; they are also the last part of the address.
const (
	stepWishes     = "wensen"
	stepRelation   = "contact"
	stepAccess     = "inzage"
	stepCorrect    = "verbeteren"
	stepObject     = "bezwaar"
	stepComputer   = "besluit"
	stepComplaint  = "klacht"
	stepWords      = "woorden"
	stepWho        = "wie"
	stepFor        = "namens"
	stepAddress    = "e-mailadres"
	stepOwn        = "eigen-woorden"
	stepCheck      = "controle"
	ownWords       = "own_words"
	wishMarketing  = "marketing"
	wishConsent    = "consent"
	wishAutomated  = "automated"
	wishComplaint  = "complaint"
	maxText        = 2000
	maxName        = 200
	maxLine        = 200
	maxFileNumber  = 40
	maxEmail       = 254
	relationOther  = string(request.OtherContact)
	answerByEmail  = "email"
	answerByLetter = "brief"
	yes            = "ja"
	no             = "nee"
)

// wishes are the boxes of step 1 in their order; the first usual ones stand
// above the subheading "asked less often".
var wishes = []string{
	"access", "rectification", "erasure", wishMarketing, wishConsent,
	"objection", "restriction", "portability", wishAutomated, wishComplaint, ownWords,
}

const usual = 5

// rightOf gives the right behind a box (W-23).
var rightOf = map[string]request.Right{
	"access": request.Access, "rectification": request.Rectification, "erasure": request.Erasure,
	wishMarketing: request.MarketingObjection, wishConsent: request.ConsentWithdrawal,
	"objection": request.Objection, "restriction": request.Restriction, "portability": request.Portability,
	wishAutomated: request.AutomatedDecision, wishComplaint: request.Complaint,
}

// relations are the boxes of step 2 in their order.
var relations = []request.Relation{
	request.Debtor, request.Client, request.Prospect, request.Newsletter, request.WebsiteVisitor,
	request.Intermediary, request.OtherContact, request.Unknown,
}

// capacities are the roles of who asks for someone else (I-6).
var capacities = []string{"lawyer", "family", "debt-counsellor", "administrator", "curator", "mentor", "insolvency", "parent", "heir", "portal", "other"}

// fields are the boxes that each step owns.
var fields = map[string][]string{
	stepWishes:    {"wens"},
	stepRelation:  {"contact", "contact-anders"},
	stepAccess:    {"inzage", "inzage-wat"},
	stepCorrect:   {"fout", "goed"},
	stepObject:    {"stoppen", "situatie"},
	stepComputer:  {"besluit"},
	stepComplaint: {"klacht"},
	stepWords:     {"woorden"},
	stepWho: {"zelf", "naam", "email", "antwoord", "postcode", "huisnummer", "toevoeging", "postadres", "land",
		"geboren-day", "geboren-month", "geboren-year", "nummer", "telefoon"},
	stepFor:     {"rol", "voor-naam", "voor-postcode", "voor-huisnummer", "voor-geboren-day", "voor-geboren-month", "voor-geboren-year"},
	stepAddress: {"email"},
	stepOwn:     {"woorden", "naam", "email", "postadres"},
	stepCheck:   {"taal-antwoord"},
}

// texts are the boxes in which people write freely; R-17 looks at them all.
var texts = []string{
	"woorden", "contact-anders", "inzage-wat", "fout", "goed", "stoppen", "situatie", "besluit", "klacht", "nummer", "postadres",
}

// wishesOf lists the chosen boxes of step 1 that exist.
func (d *draft) wishesOf() []string {
	var chosen []string
	for _, wish := range wishes {
		if d.has("wens", wish) {
			chosen = append(chosen, wish)
		}
	}
	return chosen
}

// short reports whether only stops are asked: no name, no proof (Art. 7(3), L0).
func (d *draft) short() bool {
	chosen := d.wishesOf()
	return len(chosen) > 0 && !slices.ContainsFunc(chosen, func(wish string) bool {
		return wish != wishMarketing && wish != wishConsent
	})
}

// searches reports whether a chosen right needs more than L0, so that we must
// find the person's data: only then are address, birth date and number asked.
func (d *draft) searches() bool {
	return slices.ContainsFunc(d.wishesOf(), func(wish string) bool {
		right, ok := rightOf[wish]
		return !ok || !right.Stops() && right != request.Complaint
	})
}

func (d *draft) byLetter() bool { return d.get("antwoord") == answerByLetter }

// asksAddress reports whether the step "who" shows an address.
func (d *draft) asksAddress() bool { return d.searches() || d.byLetter() }

// aboutBill reports whether the notice about bills fits.
func (d *draft) aboutBill() bool {
	return d.has("contact", string(request.Debtor)) || d.has("contact", string(request.Unknown)) || d.Own
}

// steps lists the road that the answers so far lead to.
func (d *draft) steps() []string {
	if d.Own {
		return []string{stepOwn, stepCheck}
	}
	if d.short() {
		return []string{stepWishes, stepAddress, stepCheck}
	}
	road := []string{stepWishes, stepRelation}
	for _, more := range []struct{ wish, step string }{
		{"access", stepAccess}, {"rectification", stepCorrect}, {"objection", stepObject},
		{wishAutomated, stepComputer}, {wishComplaint, stepComplaint}, {ownWords, stepWords},
	} {
		if d.has("wens", more.wish) {
			road = append(road, more.step)
		}
	}
	road = append(road, stepWho)
	if d.get("zelf") == no {
		road = append(road, stepFor)
	}
	return append(road, stepCheck)
}

// open finds the first step that is not answered well yet; stepCheck when all are.
func (d *draft) open() string {
	for _, step := range d.steps() {
		if step != stepCheck && len(d.faults(step)) > 0 {
			return step
		}
	}
	return stepCheck
}

// after gives the step that follows.
func (d *draft) after(step string) string {
	road := d.steps()
	if i := slices.Index(road, step); i >= 0 && i+1 < len(road) {
		return road[i+1]
	}
	return d.open()
}

// before gives the previous step, "" for the first.
func (d *draft) before(step string) string {
	road := d.steps()
	if i := slices.Index(road, step); i > 0 {
		return road[i-1]
	}
	return ""
}
