package intake

import (
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/request"
)

// rule makes a right of classes that stand within reach words of each other.
type rule struct {
	id    string
	right request.Right
	// weight: 3 asks clearly, 2 asks, 1 may ask.
	weight int
	reach  int
	all    []string
	any    []string // at least one of these in the clause, if given
	none   []string // none of these in the clause
	// name marks a rule that finds the name of a right rather than somebody
	// doing something: a name is easily mentioned without being asked.
	name bool
	// lead marks a rule whose first class must stand first: "welke gegevens
	// hebt u", not "gegevens, welke u hebt".
	lead bool
	// first marks a rule that holds only where the clause begins with it, as an
	// order does: "deel mijn gegevens niet".
	first bool
}

var rules = []rule{
	//
	{id: "access-name", right: request.Access, weight: 3, all: []string{"access-phrase"}, name: true},
	{id: "access-copy", right: request.Access, weight: 3, reach: 9, all: []string{"copy", "strong-data"}, any: []string{"my", "onme"}, none: []string{"erase", "mine-sent"}},
	{id: "access-copy-file", right: request.Access, weight: 3, reach: 7, all: []string{"copy", "dossier"}},
	{id: "access-copy-all", right: request.Access, weight: 3, reach: 9, all: []string{"copy", "all", "onme"}},
	{id: "access-know", lead: true, right: request.Access, weight: 3, reach: 14, all: []string{"which", "know", "you"}, any: []string{"onme"}, none: []string{"negwant", "nomore", "keep-off"}},
	{id: "access-know-my", lead: true, right: request.Access, weight: 3, reach: 12, all: []string{"which", "know", "my", "strong-data"}, none: []string{"erase", "negwant", "nomore", "keep-off", "object", "restrict"}},
	{id: "access-know-loose", lead: true, right: request.Access, weight: 2, reach: 9, all: []string{"which", "know", "onme"}, any: []string{"ask", "give", "invoke", "question"}, none: []string{"negwant", "nomore", "keep-off", "erase", "amount", "debtor", "you"}},
	{id: "access-hold", right: request.Access, weight: 3, reach: 14, all: []string{"strong-data", "hold", "onme", "you"}, any: []string{"which", "give", "ask", "question"}, none: []string{"erase", "keep-off", "negwant", "nomore", "stop", "restrict", "wrong"}},
	{id: "access-hold-all", lead: true, right: request.Access, weight: 3, reach: 12, all: []string{"which", "hold", "onme", "you"}, none: []string{"erase", "amount", "debtor", "keep-off", "nomore", "negwant"}},
	{id: "access-file-hold", lead: true, right: request.Access, weight: 3, reach: 12, all: []string{"which", "dossier"}, any: []string{"hold", "give"}, none: []string{"erase", "biz-status"}},
	{id: "access-source", right: request.Access, weight: 3, reach: 12, all: []string{"from-where", "my", "strong-data"}},
	{id: "access-source-item", right: request.Access, weight: 3, reach: 12, all: []string{"from-where", "my", "item"}},
	{id: "access-recipients", right: request.Access, weight: 3, reach: 12, all: []string{"who-else", "my", "strong-data"}, none: []string{"negwant", "stop"}},
	{id: "access-recipients-item", right: request.Access, weight: 3, reach: 12, all: []string{"who-else", "my", "item"}, none: []string{"negwant", "stop"}},
	{id: "access-recipients-file", right: request.Access, weight: 3, reach: 9, all: []string{"who-else", "dossier"}, none: []string{"negwant", "stop", "biz-status"}},
	{id: "access-documents", right: request.Access, weight: 3, reach: 14, all: []string{"docs", "about-self"}, any: []string{"ask", "give"}, none: []string{"erase", "mine-sent"}},
	{id: "access-why", right: request.Access, weight: 2, reach: 10, all: []string{"why-have", "my"}, any: []string{"strong-data", "item"}},
	{id: "access-give", right: request.Access, weight: 2, reach: 8, all: []string{"give", "my", "strong-data"}, none: []string{"mine-sent", "erase", "fix", "wrong", "format", "hand-over", "restrict", "negwant", "stop", "who-else", "withdraw", "object", "moved"}},
	{id: "access-give-file", right: request.Access, weight: 2, reach: 6, all: []string{"give", "dossier"}, none: []string{"mine-sent", "erase", "biz-status", "fix", "format", "wrong"}},
	{id: "access-recording", right: request.Access, weight: 2, reach: 10, all: []string{"give", "recording", "my"}, none: []string{"mine-sent", "erase"}},
	{id: "access-recording-ask", right: request.Access, weight: 2, reach: 8, all: []string{"recording", "ask"}, any: []string{"self"}, none: []string{"mine-sent", "erase", "withdraw", "object", "negwant", "stop"}},
	{id: "access-recording-copy", right: request.Access, weight: 2, reach: 8, all: []string{"copy", "recording"}, none: []string{"mine-sent", "erase"}},

	//
	{id: "portability-name", right: request.Portability, weight: 3, all: []string{"port-phrase"}, name: true},
	{id: "portability-format", right: request.Portability, weight: 3, reach: 16, all: []string{"format", "data"}, any: []string{"my", "onme", "provided"}, none: []string{"biz-newcase"}},
	{id: "portability-format-file", right: request.Portability, weight: 3, reach: 12, all: []string{"format", "all"}, any: []string{"my", "onme"}},
	{id: "portability-format-bare", right: request.Portability, weight: 2, reach: 12, all: []string{"format", "give"}, any: []string{"ask"}, none: []string{"biz-newcase", "biz-invoice"}},
	{id: "portability-move", right: request.Portability, weight: 3, reach: 12, all: []string{"hand-over", "strong-data"}, any: []string{"my", "onme", "provided"}, none: []string{"third-country", "who-else", "erase", "biz-newcase"}},
	{id: "portability-move-file", right: request.Portability, weight: 2, reach: 8, all: []string{"hand-over", "dossier", "other-party"}, none: []string{"third-country", "biz-newcase"}},

	//
	{id: "rectification-name", right: request.Rectification, weight: 3, all: []string{"rect-phrase"}, name: true},
	{id: "rectification-wrong-item", right: request.Rectification, weight: 3, reach: 10, all: []string{"wrong", "my", "item"}, none: []string{"sent"}},
	{id: "rectification-wrong", right: request.Rectification, weight: 3, reach: 12, all: []string{"wrong", "strong-data"}, any: []string{"my", "onme"}, none: []string{"sent", "amount"}},
	{id: "rectification-wrong-loose", right: request.Rectification, weight: 2, reach: 6, all: []string{"wrong", "item"}, none: []string{"sent", "not-mine"}},
	{id: "rectification-wrong-data", right: request.Rectification, weight: 2, reach: 8, all: []string{"wrong", "data"}, none: []string{"sent", "amount", "not-mine"}},
	{id: "rectification-fix-item", right: request.Rectification, weight: 3, reach: 10, all: []string{"fix", "item"}, any: []string{"my", "ask"}},
	{id: "rectification-fix", right: request.Rectification, weight: 3, reach: 10, all: []string{"fix", "strong-data"}, any: []string{"my", "onme", "ask", "you"}, none: []string{"biz-status", "biz-notice"}},
	{id: "rectification-fix-file", right: request.Rectification, weight: 2, reach: 7, all: []string{"fix", "place"}, any: []string{"ask"}, none: []string{"biz-status"}},
	{id: "rectification-fix-wrong", right: request.Rectification, weight: 2, reach: 14, all: []string{"fix", "wrong"}, none: []string{"amount"}},
	{id: "rectification-stated", right: request.Rectification, weight: 3, reach: 14, all: []string{"born-name", "as-stated"}},
	{id: "rectification-spelled", right: request.Rectification, weight: 2, reach: 8, all: []string{"spelled-as", "item"}, any: []string{"my"}},
	{id: "rectification-moved", right: request.Rectification, weight: 3, all: []string{"moved"}, none: []string{"not-mine", "biz-due", "biz-invoice"}},

	//
	{id: "erasure-name", right: request.Erasure, weight: 3, all: []string{"erase-phrase"}, name: true},
	{id: "erasure-data", right: request.Erasure, weight: 3, reach: 14, all: []string{"erase", "strong-data"}, any: []string{"my", "onme", "all", "ask"}, none: []string{"message"}},
	{id: "erasure-item", right: request.Erasure, weight: 3, reach: 10, all: []string{"erase", "my", "item"}, none: []string{"message"}},
	{id: "erasure-file", right: request.Erasure, weight: 3, reach: 12, all: []string{"erase", "my", "data"}, none: []string{"message"}},
	{id: "erasure-all", right: request.Erasure, weight: 3, reach: 9, all: []string{"erase", "all"}, none: []string{"message"}},
	{id: "erasure-item-loose", right: request.Erasure, weight: 2, reach: 5, all: []string{"erase", "item"}, none: []string{"message"}},
	{id: "erasure-out", right: request.Erasure, weight: 3, reach: 14, all: []string{"out-of"}, any: []string{"erase", "ask", "negwant", "stop"}, none: []string{"list"}},
	{id: "erasure-keep-off", right: request.Erasure, weight: 3, reach: 14, all: []string{"keep-off", "my"}, any: []string{"strong-data", "item", "dossier"}, none: []string{"marketing"}},
	{id: "erasure-keep-unwanted", right: request.Erasure, weight: 3, reach: 14, all: []string{"negwant", "keep"}, any: []string{"strong-data", "item", "dossier", "onme"}, none: []string{"marketing", "consent"}},
	{id: "erasure-keep-stop", right: request.Erasure, weight: 3, reach: 9, all: []string{"stop", "keep", "strong-data"}, any: []string{"my", "onme"}, none: []string{"marketing", "restrict", "consent", "waiting"}},

	{id: "erasure-keep-needless", right: request.Erasure, weight: 2, reach: 12, all: []string{"no-need-keep", "strong-data"}, any: []string{"my", "onme"}},

	//
	{id: "restriction-name", right: request.Restriction, weight: 3, all: []string{"restrict-phrase"}, name: true},
	{id: "restriction-processing", right: request.Restriction, weight: 3, reach: 8, all: []string{"restrict", "processing"}},
	{id: "restriction-data", right: request.Restriction, weight: 3, reach: 9, all: []string{"restrict", "strong-data"}},
	{id: "restriction-meanwhile", right: request.Restriction, weight: 3, reach: 16, all: []string{"meanwhile", "use", "strong-data"}, any: []string{"neg", "stop", "negwant"}, none: []string{"marketing"}},

	{id: "restriction-do-nothing", right: request.Restriction, weight: 3, reach: 12, all: []string{"meanwhile", "restrict", "strong-data"}},

	//
	{id: "objection-processing", right: request.Objection, weight: 3, reach: 12, all: []string{"object", "processing"}, none: []string{"marketing"}},
	{id: "objection-data", right: request.Objection, weight: 3, reach: 12, all: []string{"object", "strong-data"}, none: []string{"marketing", "not-mine", "amount"}},
	{id: "objection-interest", right: request.Objection, weight: 3, reach: 14, all: []string{"object", "interest"}, none: []string{"marketing"}},
	{id: "objection-stop", right: request.Objection, weight: 3, reach: 12, all: []string{"stop", "use", "strong-data"}, any: []string{"my", "onme", "you"}, none: []string{"marketing", "meanwhile", "emailaddress", "waiting"}},
	{id: "objection-item", right: request.Objection, weight: 3, reach: 12, all: []string{"stop", "use", "my", "item"}, none: []string{"marketing", "meanwhile", "emailaddress", "waiting"}},
	{id: "objection-unwanted", right: request.Objection, weight: 3, reach: 14, all: []string{"negwant", "use", "strong-data"}, any: []string{"my", "onme", "you"}, none: []string{"marketing", "meanwhile", "emailaddress", "consent"}},
	{id: "objection-prohibited", right: request.Objection, weight: 3, reach: 12, all: []string{"prohibit", "my"}, any: []string{"strong-data", "item"}, none: []string{"marketing", "meanwhile", "emailaddress", "consent", "restrict", "restrict-phrase", "question", "keep"}},
	{id: "objection-forbidden", first: true, right: request.Objection, weight: 3, reach: 12, all: []string{"prohibit-first", "my"}, any: []string{"strong-data", "item"}, none: []string{"marketing", "meanwhile", "emailaddress", "consent", "restrict", "restrict-phrase", "question", "keep"}},
	{id: "objection-unwanted-item", right: request.Objection, weight: 3, reach: 14, all: []string{"negwant", "use", "my", "item"}, none: []string{"marketing", "meanwhile", "emailaddress", "consent"}},

	//
	{id: "marketing-object", right: request.MarketingObjection, weight: 3, reach: 14, all: []string{"object", "marketing"}},
	{id: "marketing-stop", right: request.MarketingObjection, weight: 3, reach: 10, all: []string{"stop", "marketing"}},
	{id: "marketing-unwanted", right: request.MarketingObjection, weight: 3, reach: 12, all: []string{"negwant", "marketing"}},
	{id: "marketing-none", right: request.MarketingObjection, weight: 3, all: []string{"no-marketing"}, any: []string{"ask", "nomore", "negwant", "stop", "mailing", "my", "marketing"}},
	{id: "marketing-unsubscribe", right: request.MarketingObjection, weight: 3, reach: 12, all: []string{"unsub", "marketing"}, none: []string{"biz-newsletter"}},
	{id: "marketing-unsubscribe-me", right: request.MarketingObjection, weight: 3, reach: 8, all: []string{"unsub", "my"}, none: []string{"biz-newsletter"}},
	{id: "marketing-list", right: request.MarketingObjection, weight: 3, reach: 10, all: []string{"erase", "list"}},
	{id: "marketing-mail", right: request.MarketingObjection, weight: 2, reach: 6, all: []string{"stop", "mailing"}, none: []string{"by-post", "waiting", "message"}},
	{id: "marketing-mail-unwanted", right: request.MarketingObjection, weight: 2, reach: 8, all: []string{"negwant", "mailing"}, none: []string{"by-post", "waiting", "message"}},
	{id: "marketing-receive", right: request.MarketingObjection, weight: 2, all: []string{"receive-stop"}, none: []string{"by-post", "waiting", "letters"}},
	{id: "marketing-call", right: request.MarketingObjection, weight: 2, reach: 9, all: []string{"stop", "call"}, none: []string{"waiting"}},
	{id: "marketing-contact", right: request.MarketingObjection, weight: 2, reach: 8, all: []string{"contact", "marketing"}, any: []string{"neg", "stop", "negwant"}},
	{id: "marketing-bother", right: request.MarketingObjection, weight: 2, reach: 9, all: []string{"stop", "bother"}, none: []string{"by-email", "by-post", "waiting", "conditional"}},
	{id: "marketing-use", right: request.MarketingObjection, weight: 3, reach: 12, all: []string{"use", "marketing"}, any: []string{"neg", "stop", "negwant", "object"}},

	//
	{id: "consent-withdrawn", right: request.ConsentWithdrawal, weight: 3, reach: 12, all: []string{"withdraw", "consent"}, none: []string{"emailaddress"}},
	{id: "consent-refused", right: request.ConsentWithdrawal, weight: 2, reach: 1, all: []string{"consent-refused"}, none: []string{"emailaddress", "marketing"}},
	{id: "consent-cookies", right: request.ConsentWithdrawal, weight: 3, reach: 9, all: []string{"cookies", "refuse"}},
	{id: "consent-cookies-unwanted", right: request.ConsentWithdrawal, weight: 3, reach: 10, all: []string{"cookies"}, any: []string{"negwant", "nomore", "withdraw"}},

	//
	{id: "email-consent", right: request.EmailWithdrawal, weight: 3, reach: 16, all: []string{"withdraw", "emailaddress"}, any: []string{"consent", "use"}},
	{id: "email-consent-contact", right: request.EmailWithdrawal, weight: 3, reach: 14, all: []string{"withdraw", "consent", "by-email"}, none: []string{"marketing"}},
	{id: "email-use", right: request.EmailWithdrawal, weight: 3, reach: 12, all: []string{"stop", "use", "emailaddress"}, none: []string{"marketing"}},
	{id: "email-use-unwanted", right: request.EmailWithdrawal, weight: 3, reach: 14, all: []string{"negwant", "use", "emailaddress"}, none: []string{"marketing"}},
	{id: "email-post", right: request.EmailWithdrawal, weight: 3, all: []string{"by-post", "by-email"}, any: []string{"neg", "stop", "negwant", "nomore"}},
	{id: "email-contact", right: request.EmailWithdrawal, weight: 3, reach: 9, all: []string{"contact", "by-email"}, any: []string{"stop", "negwant", "nomore", "neg"}, none: []string{"marketing"}},

	//
	{id: "automated-name", right: request.AutomatedDecision, weight: 3, all: []string{"auto-phrase"}, none: []string{"logic"}, name: true},
	{id: "automated-decided", right: request.AutomatedDecision, weight: 3, reach: 10, all: []string{"machine", "decide"}, none: []string{"logic", "erase", "out-of", "auto-phrase"}},
	{id: "automated-human", right: request.AutomatedDecision, weight: 3, reach: 12, all: []string{"human-word", "review", "decide"}, none: []string{"logic"}},
	{id: "automated-review", right: request.AutomatedDecision, weight: 2, reach: 9, all: []string{"human-word", "review"}, none: []string{"logic"}},
}

// articles of the GDPR by the right they give.
var articles = map[string]request.Right{
	"15": request.Access, "16": request.Rectification, "17": request.Erasure, "18": request.Restriction,
	"20": request.Portability, "21": request.Objection, "22": request.AutomatedDecision,
}

// finding is a right that a clause asks for.
type finding struct {
	right    request.Right
	weight   int
	rule     string
	clause   int
	evidence string
	negated  bool
}

// context is what the rest of the text adds to one clause.
type context struct {
	debt   bool // the text speaks of a bill, a debt, a letter about one
	lawful bool // the text names the GDPR or data
}

func (r rule) find(c *clause) (span, bool) {
	if len(r.any) > 0 && !c.has(r.any...) {
		return span{}, false
	}
	if len(r.none) > 0 && c.has(r.none...) {
		return span{}, false
	}
	s, ok := c.near(max(r.reach, 1), r.lead, r.all...)
	return s, ok && (!r.first || s.from <= 1)
}

// findRights weighs every clause against every rule. reader tells that the
// text answers a newsletter.
func findRights(cs []clause, reader bool) []finding {
	var ctx context
	total := 0
	for i := range cs {
		c := &cs[i]
		ctx.debt = ctx.debt || c.has("debtor", "letter-from-us", "letters")
		ctx.lawful = ctx.lawful || c.has("strong-privacy", "strong-data")
		if !c.subject {
			total += len(c.words)
		}
	}
	var found []finding
	listOfRights := -1 // the paragraph whose items only list rights
	for i := range cs {
		c := &cs[i]
		if c.introduces && c.has("mention", "about", "list-broad") && !c.has("invoke") {
			listOfRights = c.paragraph
		}
		for _, r := range rules {
			s, ok := r.find(c)
			if !ok {
				continue
			}
			f := finding{right: r.right, weight: r.weight, rule: r.id, clause: i, evidence: c.quote(s)}
			if c.item && listOfRights >= 0 && c.paragraph-listOfRights <= 1 && r.name {
				f.weight = 1
			}
			weigh(&f, r, c, s)
			found = append(found, f)
		}
		found = append(found, notMine(c, i, ctx)...)
		found = append(found, articleRights(c, i, ctx)...)
	}
	found = append(found, across(cs)...)
	found = settle(found, cs)
	// "Stop hiermee" and nothing else: harmless to obey at once (I-3 level L0),
	// unless a bill is spoken of.
	if len(strongest(found)) == 0 && total > 0 && !ctx.debt && (total <= 9 || reader && total <= 40) {
		for i := range cs {
			if s, ok := cs[i].near(1, false, "stop-bare"); ok && !cs[i].subject && (total <= 9 || len(cs[i].words) <= 7) {
				found = append(found, finding{right: request.MarketingObjection, weight: 3, rule: "stop-bare", clause: i, evidence: cs[i].quote(s)})
				break
			}
		}
	}
	return found
}

// across reads what two clauses say together: "Mijn naam klopt niet. Pas dat
// aan." and "Ik gaf toestemming, maar die trek ik in."; and raises a right that
// is named first and used next: "Van dat recht maak ik gebruik."
func across(cs []clause) []finding {
	var found []finding
	for i := 1; i < len(cs); i++ {
		a, b := &cs[i-1], &cs[i]
		if b.paragraph-a.paragraph > 1 {
			continue
		}
		wrong, fix := a, b
		if a.has("fix") && b.has("wrong") {
			wrong, fix = b, a
		}
		if wrong.has("wrong") && fix.has("fix") && !wrong.has("amount", "sent", "biz-invoice") && !fix.has("amount", "biz-invoice") &&
			(wrong.has("strong-data", "item", "place", "self") || fix.has("strong-data", "item") || i > 1 && cs[i-2].has("place", "strong-data") && cs[i-2].has("self")) {
			found = append(found, finding{right: request.Rectification, weight: 3, rule: "rectification-said-wrong", clause: i, evidence: wrong.quote(wrong.hits["wrong"][0])})
		}
		if a.has("consent") && b.has("withdraw") && !b.has("consent") && len(b.words) <= 12 && !a.has("withdraw") {
			right, rule := request.ConsentWithdrawal, "consent-withdrawn"
			if a.has("emailaddress") {
				right, rule = request.EmailWithdrawal, "email-consent"
			}
			found = append(found, finding{right: right, weight: 3, rule: rule, clause: i, evidence: b.quote(b.hits["withdraw"][0])})
		}
		// "It" in a clause that says what to do is the data of the one before.
		if b.has("it") && a.has("strong-data") && a.has("self") && !a.has("mine-sent", "biz-newcase") {
			if s, ok := b.near(5, false, "erase", "it"); ok && !b.has("message", "list", "marketing", "need", "about") && (!b.has("conditional") || b.hits["conditional"][0].from > s.from) && !directlyNegated(rule{id: "erasure-it", right: request.Erasure, all: []string{"erase"}}, b) {
				found = append(found, finding{right: request.Erasure, weight: 3, rule: "erasure-it", clause: i, evidence: b.quote(s)})
			}
			if s, ok := b.near(6, false, "stop", "it"); ok && a.has("use") && !a.has("marketing") && !b.has("marketing", "waiting") {
				found = append(found, finding{right: request.Objection, weight: 3, rule: "objection-it", clause: i, evidence: b.quote(s)})
			}
		}
		if b.has("erase") && len(b.words) <= 4 && !b.has("message", "need", "neg", "marketing", "list") && a.has("strong-data", "onme") && a.has("self") && !a.has("erase") {
			found = append(found, finding{right: request.Erasure, weight: 3, rule: "erasure-it", clause: i, evidence: b.quote(b.hits["erase"][0])})
		}
		if b.question && a.has("strong-data") && a.has("know") && a.has("onme") && a.has("you") && !a.has("negwant", "erase", "nomore") {
			found = append(found, finding{right: request.Access, weight: 2, rule: "access-asked-after", clause: i, evidence: a.quote(a.hits["onme"][0])})
		}
		if s, ok := b.near(6, false, "fix", "it"); ok && b.has("ask") && a.has("should-be", "item") && !a.has("amount", "biz-invoice", "the-debtor") && (a.has("self") || i > 1 && cs[i-2].has("self", "my")) {
			found = append(found, finding{right: request.Rectification, weight: 3, rule: "rectification-it", clause: i, evidence: b.quote(s)})
		}
		if a.has("object") && len(a.words) <= 4 && b.has("use") && b.has("strong-data") && b.has("self") && !b.has("marketing", "amount") && !a.subject {
			found = append(found, finding{right: request.Objection, weight: 3, rule: "objection-data", clause: i, evidence: a.quote(a.hits["object"][0])})
		}
		if b.has("this-right") && b.has("invoke") && a.has("access-phrase") {
			found = append(found, finding{right: request.Access, weight: 3, rule: "access-name", clause: i, evidence: a.quote(a.hits["access-phrase"][0])})
		}
		if b.has("this-right") && b.has("invoke") && a.has("erase-phrase") {
			found = append(found, finding{right: request.Erasure, weight: 3, rule: "erasure-name", clause: i, evidence: a.quote(a.hits["erase-phrase"][0])})
		}
	}
	return found
}

// weigh lowers a finding that is negated, conditional or a mere mention.
func weigh(f *finding, r rule, c *clause, s span) {
	at := head(r, c, s)
	if !r.right.Stops() && r.right != request.AutomatedDecision && !strings.HasPrefix(r.id, "erasure-keep") {
		for _, n := range c.hits["need"] {
			// "U hoeft ze niet te wissen"; not "geen noodzaak meer, gelieve te wissen".
			if gap := at - n.to; gap > 0 && gap <= 9 && !c.between("strong-ask", n.to, at) || n.from > at && n.from-s.to <= 4 {
				f.negated = true
			}
		}
	}
	if directlyNegated(r, c) {
		f.negated = true
	}
	if c.subject {
		return
	}
	mentioned := c.has("mention") && !c.has("invoke") && !c.has("strong-ask") || c.has("about") && !c.has("invoke")
	if mentioned && (r.name || c.before("mention", at+1, 14) || c.before("about", at+1, 20)) {
		f.weight = 1
	}
	if r.right != request.Access && !c.has("perform") {
		for _, condition := range c.hits["conditional"] {
			if condition.from < at {
				f.weight = 1 // "als u ze niet wist"; "wis ze zodra u kunt" asks
			}
		}
	}
}

// head is where the word stands that makes s what it is: the verb, the name.
func head(r rule, c *clause, s span) int {
	for _, h := range c.hits[r.all[0]] {
		if h.from >= s.from && h.to <= s.to {
			return h.from
		}
	}
	return s.from
}

// directlyNegated finds "niet wissen", "do not correct", "geen inzage". A
// participle after "not" is a reproach, not a refusal: "nog niet gewist".
func directlyNegated(r rule, c *clause) bool {
	var verb string
	switch r.right {
	case request.Erasure:
		if r.id == "erasure-keep-off" || r.id == "erasure-keep-unwanted" || r.id == "erasure-keep-stop" {
			return false
		}
		verb = "erase"
	case request.Rectification:
		if len(r.all) == 0 || r.all[0] != "fix" {
			return false
		}
		verb = "fix"
	case request.Access:
		if r.id != "access-name" && r.id != "access-copy" && r.id != "access-copy-file" {
			return false
		}
		verb = r.all[0]
	case request.Restriction, request.Portability:
		verb = r.all[0]
		if verb == "meanwhile" {
			return false
		}
	case request.Objection:
		if r.all[0] != "object" {
			return false
		}
		verb = "object"
	default:
		return false
	}
	if c.has("waiting") {
		return false
	}
	for _, v := range c.hits[verb] {
		word := c.words[v.to]
		for _, n := range c.hits["neg"] {
			if gap := v.from - n.to; gap >= 1 && gap <= 3 {
				if next := c.words[min(n.to+1, len(c.words)-1)]; next == "alleen" || next == "only" || next == "langer" || next == "longer" || next == "meer" {
					continue
				}
				if participle(word) {
					continue
				}
				return true
			}
		}
	}
	return false
}

func participle(w string) bool {
	switch w {
	case "gewist", "verwijderd", "deleted", "erased", "removed", "vernietigd", "weggegooid", "destroyed", "wiped", "gecorrigeerd", "aangepast", "gewijzigd", "verbeterd", "corrected", "changed", "updated", "fixed", "hersteld", "klopt", "correct", "bijgewerkt", "rectified", "uitgewist", "geschrapt", "geanonimiseerd":
		return true
	}
	return false
}

// notMine reads "that debt is not mine": the data are wrong, and may not be
// used while that is looked into.
func notMine(c *clause, i int, ctx context) []finding {
	s, strong := c.near(1, false, "not-mine")
	if !strong {
		var ok bool
		if s, ok = c.near(1, false, "not-mine-weak"); !ok || !c.has("debtor", "debt-sent") {
			return nil
		}
		if c.has("biz-pay") || c.question {
			return nil
		}
	}
	if c.has("marketing", "newsletter") {
		return nil
	}
	weight := 1
	if ctx.debt || c.has("debt-sent") {
		weight = 3
	}
	return []finding{
		{right: request.Rectification, weight: weight, rule: "not-mine", clause: i, evidence: c.quote(s)},
		{right: request.Restriction, weight: weight, rule: "not-mine", clause: i, evidence: c.quote(s)},
	}
}

// otherLaw are the words after an article's number that make it another law's.
var otherLaw = wordSet("bw rv sr sv wki bki uavg wbp grondwet faillissementswet awb evrm echr ecrm handvest charter btw wetboek wft telecommunicatiewet tw")

// articleRights reads "artikel 15 AVG", "Art. 17 GDPR", "artikelen 15 en 20".
func articleRights(c *clause, i int, ctx context) []finding {
	var found []finding
	for _, a := range c.hits["article"] {
		var numbers []string
		at := a.to + 1
		for ; at < len(c.words) && at <= a.to+9; at++ {
			w := c.words[at]
			if _, err := strconv.Atoi(w); err == nil {
				// A number after "lid" or in brackets belongs to the paragraph.
				numbers = append(numbers, w)
				continue
			}
			if w == "lid" || w == "leden" || w == "sub" || w == "paragraph" || w == "lit" || w == "onder" {
				if w == "leden" {
					at++
				}
				at++
				continue
			}
			if w == "en" || w == "and" || w == "juncto" || w == "jo" || w == "artikel" || w == "of" || w == "or" {
				continue
			}
			break
		}
		if len(numbers) == 0 || len(numbers) > 5 {
			continue
		}
		if at < len(c.words) && (otherLaw[c.words[at]] || at+1 < len(c.words) && c.words[at] != "avg" && c.words[at] != "gdpr" && otherLaw[c.words[at+1]]) {
			continue
		}
		if numbers[0] == "7" && c.has("consent", "withdraw") {
			found = append(found, finding{right: request.ConsentWithdrawal, weight: 2, rule: "article-7", clause: i, evidence: c.quote(span{a.from, at - 1})})
		}
		for k, n := range numbers {
			right, ok := articles[n]
			if !ok || !ctx.lawful {
				continue
			}
			if k > 0 {
				if previous, err := strconv.Atoi(numbers[k-1]); err == nil && previous < 12 {
					continue
				}
			}
			f := finding{right: right, weight: 3, rule: "article-" + n, clause: i, evidence: c.quote(span{a.from, min(at, len(c.words)) - 1})}
			if right == request.Objection && c.has("marketing") {
				f.right = request.MarketingObjection
			}
			referred := c.has("mention", "about", "logic") && !c.subject
			if right == request.AutomatedDecision && c.has("logic") || referred && !c.has("invoke") || !c.subject && !c.has("ask", "invoke", "erase", "object", "restrict", "fix") ||
				c.has("conditional") && !c.has("perform") {
				f.weight = 1
			}
			found = append(found, f)
		}
	}
	return found
}

// settle removes what a clause says only beside something stronger.
func settle(found []finding, cs []clause) []finding {
	byClause := map[int]map[request.Right]int{}
	for _, f := range found {
		if f.negated {
			continue
		}
		if byClause[f.clause] == nil {
			byClause[f.clause] = map[request.Right]int{}
		}
		byClause[f.clause][f.right] = max(byClause[f.clause][f.right], f.weight)
	}
	thirdParty := false
	for i := range cs {
		thirdParty = thirdParty || cs[i].has("the-debtor")
	}
	emailOnly := false
	for clause, here := range byClause {
		emailOnly = emailOnly || !cs[clause].subject && here[request.EmailWithdrawal] >= 3
	}
	kept := found[:0:0]
	for _, f := range found {
		c, here := &cs[f.clause], byClause[f.clause]
		switch {
		case thirdParty && !c.has("self") && f.right != request.MarketingObjection:
			continue // a client writes about his debtor
		case f.right == request.MarketingObjection && c.has("biz-newsletter") && !c.has("self"):
			continue // the foot of somebody's newsletter
		case f.right == request.Erasure && c.has("list") && !c.has("all", "out-of"):
			continue // "verwijder mij van de lijst" ends a subscription, no more
		case f.right == request.Erasure && f.rule != "erasure-name" && here[request.AutomatedDecision] >= 3:
			continue
		case f.right == request.MarketingObjection && f.weight == 2 && here[request.EmailWithdrawal] >= 2:
			continue
		case f.right == request.MarketingObjection && f.rule == "marketing-stop" && here[request.ConsentWithdrawal] >= 3 && !c.has("no-marketing", "receive-stop", "unsub"):
			continue
		case f.right == request.Objection && f.rule != "article-21" && here[request.Restriction] >= 3 && c.has("meanwhile"):
			continue
		case f.right == request.Objection && here[request.EmailWithdrawal] >= 3:
			continue
		case f.right == request.ConsentWithdrawal && c.subject && emailOnly:
			continue // the subject says shortly what the text says exactly
		case f.right == request.ConsentWithdrawal && f.rule == "consent-withdrawn" && here[request.EmailWithdrawal] >= 3:
			continue
		case f.right == request.Access && f.weight == 2 && len(here) > 1 && f.rule == "access-give":
			continue
		case f.right == request.Rectification && f.weight == 2 && here[request.Erasure] >= 3:
			continue
		}
		kept = append(kept, f)
	}
	return kept
}

// strongest returns the best weight of each right that is asked, without
// those below 2.
func strongest(found []finding) map[request.Right]int {
	best := map[request.Right]int{}
	for _, f := range found {
		if !f.negated && f.weight >= 2 {
			best[f.right] = max(best[f.right], f.weight)
		}
	}
	return best
}
