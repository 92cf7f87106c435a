package intake

import (
	"sort"
	"strings"

	"github.com/allclaims/rightsdesk/shared/request"
)

// understandMail says what a mail is.
func understandMail(m *mail, o Options) Message {
	var out Message
	subject := decodeWords(m.header.get("subject"))
	name, from, broken := sender(m.header)
	if o.ours(from) {
		if original := originalSender(m.header); original != "" && !o.ours(original) {
			from, name = original, ""
		}
	}
	if strings.Contains(name, "@") {
		if shown := address(strings.Trim(name, `"' `)); shown != from {
			m.faults[faultFromName] = true // a name that plays an address (A09)
		}
		name = ""
	}
	if broken {
		m.faults[faultFrom] = true
	}
	text := m.body()
	text = bounded(cleanText(text), 4*MaxTextBytes)
	r := cutQuotes(subject, maskBSN(text), o.names)
	r.subject = maskBSN(subject)
	r.text, r.signed, r.whole = bounded(r.text, MaxTextBytes), bounded(r.signed, MaxTextBytes), bounded(r.whole, MaxTextBytes)
	r.quoted = bounded(r.quoted, MaxTextBytes)

	out.From = from
	out.FromName = bounded(maskBSN(name), 200)
	out.Attachments = m.allAttachments(0)
	out.Oversize = m.oversize
	mark := machine(m, o, from, subject, r.text)
	out.understand(r, setting{options: o, mark: mark, calendar: m.calendar})

	if out.Reference == "" {
		for _, field := range []string{"in-reply-to", "references", "thread-topic", "x-allclaims-reference"} {
			if ref := findReference(m.header.get(field)); ref != "" {
				out.Reference = ref
				break
			}
		}
	}
	if from != "" && !o.ours(from) {
		out.Clues.Emails = first(from, out.Clues.Emails)
	}
	if out.Clues.Name == "" && out.FromName != "" && !robotAddress(from) {
		out.Clues.Name = out.FromName
	}
	out.applyVerdicts(m.faults, o.Verdicts)
	if o.Doubted || len(m.faults) > 0 && doubtful(m.faults) {
		out.doubt()
	}
	out.Faults = m.faults.sorted()
	out.answerable(mark, o, from)
	return out
}

// doubt takes sureness from a message. What would have been set aside as
// ordinary business goes to an officer: a doubtful one is never other.
func (m *Message) doubt() {
	if m.Kind == KindAutomatic || m.Kind == KindBounce {
		return
	}
	m.Sure = false
	if m.Kind == KindOther {
		m.Kind, m.Rule = KindQuestion, "doubtful-"+m.Rule
	}
}

// doubtful reports whether a fault can hide words from us.
func doubtful(f faults) bool {
	for code := range f {
		switch code {
		case faultFrom, faultFromName, faultBoundary, faultCharset, faultHeader, faultEncoding, faultHidden, faultSpam, faultLanguage:
		default:
			return true
		}
	}
	return f[faultFromName]
}

// applyVerdicts lets the scan results make a message less sure. None of them,
// whatever its value, makes it more so (A06).
func (m *Message) applyVerdicts(f faults, v Verdicts) {
	if strings.EqualFold(v.Virus, "FAIL") {
		f[faultVirus] = true
	}
	if strings.EqualFold(v.Spam, "FAIL") {
		f[faultSpam] = true
		if m.Kind == KindRequest || m.Kind == KindReminder {
			m.Sure = false // A39: registered with its clock, looked at by a person
		}
	}
}

// answerable decides whether anybody is there to answer (A32).
func (m *Message) answerable(mark marks, o Options, from string) {
	switch {
	case m.Kind == KindBounce || m.Kind == KindAutomatic || m.Kind == KindOther:
		m.NoAnswer = string(m.Kind)
	case mark.rule != "":
		m.NoAnswer = mark.rule
	case from == "":
		m.NoAnswer = "no-sender"
	case o.ours(from):
		m.NoAnswer = "own-address"
	case robotAddress(from):
		m.NoAnswer = "robot-address"
	default:
		m.Answerable = true
		return
	}
	m.Answerable = false
}

func first(value string, rest []string) []string {
	out := []string{value}
	for _, r := range rest {
		add(&out, r)
	}
	return out[:min(len(out), maxClues)]
}

// body chooses the words of a mail: the plain text, unless it is a stub beside
// a full HTML text; then what came as text files; then attached mails.
func (m *mail) body() string {
	return m.words(0)
}

func (m *mail) words(depth int) string {
	plain := strings.TrimSpace(strings.Join(m.plain, "\n\n"))
	var html string
	if plain == "" || len(m.html) > 0 {
		var parts []string
		for _, source := range m.html {
			text, hidden := htmlText(source)
			if hidden {
				m.faults[faultHidden] = true
			}
			parts = append(parts, text)
		}
		html = strings.TrimSpace(strings.Join(parts, "\n\n"))
	}
	text := plain
	if plain == "" || stub(plain, html) {
		text = html
	}
	if !hasWords(text) && len(m.attached) > 0 {
		text = strings.TrimSpace(text + "\n\n" + strings.Join(m.attached, "\n\n"))
	}
	if depth < MaxDepth {
		for _, inner := range m.within {
			if m.report {
				continue // what bounced is ours
			}
			text += "\n\n---------- Forwarded message ----------\nFrom: " + decodeWords(inner.header.get("from")) +
				"\nSubject: " + decodeWords(inner.header.get("subject")) + "\n\n" + inner.words(depth+1)
		}
	}
	return strings.TrimSpace(text)
}

// stub reports whether plain only says that there is an HTML text.
func stub(plain, html string) bool {
	if len(html) < 40 {
		return false
	}
	lower := strings.ToLower(plain)
	points := strings.Contains(lower, "html") || strings.Contains(lower, "browser")
	return points && len(plain) < 120 || len(plain) < 300 && len(plain)*3 < len(html) && (points || strings.Contains(lower, "http")) ||
		len(plain) < 15 && len(html) > 120
}

func (m *mail) allAttachments(depth int) []Attachment {
	all := append([]Attachment(nil), m.attachments...)
	if depth < MaxDepth {
		for _, inner := range m.within {
			all = append(all, inner.allAttachments(depth+1)...)
		}
	}
	return all
}

// setting is what is known of a text besides its words.
type setting struct {
	options  Options
	mark     marks
	calendar bool
}

// understand fills m from what was read.
func (m *Message) understand(r reading, at setting) {
	r.subject = maskBSN(r.subject)
	r.text, r.whole, r.signed = maskBSN(r.text), maskBSN(r.whole), maskBSN(r.signed)
	m.Subject = bounded(r.subject, 1000)
	m.Text, m.Whole = bounded(r.text, MaxTextBytes), bounded(r.whole, MaxTextBytes)
	language, known := detect(r.subject, r.text)
	m.Language = language
	m.Reference = findReference(r.subject)
	if m.Reference == "" {
		m.Reference = findReference(r.text)
	}
	if m.Reference == "" {
		m.Reference = findReference(r.whole)
	}
	cs := clauses(r.subject, r.text)
	if replied := replyMark.MatchString(r.subject); replied && len(cs) > 0 && cs[0].subject {
		// The subject of a reply is the other side's. It tells the relation,
		// not the wish.
		cs = cs[1:]
	}
	quoted := clauses("", bounded(r.quoted, 8<<10))
	if replyMark.MatchString(r.subject) {
		quoted = append(quoted, clauses(r.subject, "")...)
	}
	m.Clues = findClues(r.subject+"\n"+r.signed, at.options)
	reader := false
	for i := range quoted {
		reader = reader || quoted[i].has("newsletter", "biz-newsletter", "marketing")
	}
	found := findRights(cs, reader)
	m.Relations = relations(cs, quoted, found, m.Clues)
	m.decide(cs, found, r, at)
	if !known {
		m.Sure = false
		if m.Kind == KindOther && at.mark.rule == "" {
			m.doubt()
		}
	}
	if r.fromQuote {
		m.Sure = false
	}
	m.Evidence = evidence(found)
}

// business weighs the signs of ordinary business mail and names the strongest.
func business(cs []clause, calendar bool) (weight int, rule string) {
	kinds := []struct {
		class string
		rule  string
		each  int
	}{
		{"biz-invoice", "business-invoice", 3}, {"biz-due", "business-invoice", 1}, {"biz-offer", "business-offer", 2},
		{"biz-cv", "business-application", 3}, {"biz-meeting", "business-meeting", 1}, {"biz-meeting-strong", "business-meeting", 2},
		{"biz-newsletter", "business-newsletter", 3}, {"biz-newcase", "business-new-case", 2}, {"biz-status", "business-status", 2},
		{"biz-pay", "business-payment", 3}, {"biz-notice", "business-notice", 2}, {"claim-dispute", "claim-dispute", 2},
		{"the-debtor", "business-status", 2},
	}
	best := map[string]int{}
	for i := range cs {
		for _, k := range kinds {
			if n := len(cs[i].hits[k.class]); n > 0 {
				best[k.rule] += k.each * min(n, 2)
			}
		}
	}
	if calendar {
		best["business-meeting"] += 3
	}
	rules := make([]string, 0, len(best))
	for r := range best {
		rules = append(rules, r)
	}
	sort.Strings(rules)
	for _, r := range rules {
		if best[r] > weight {
			weight, rule = best[r], r
		}
	}
	return weight, rule
}

// signs are what the clauses say besides rights.
type signs struct {
	words                                           int
	complaint, threat, breach, unhappy, supervisor  bool
	waiting, earlier                                bool
	privacy, strongPrivacy, question, interrogative bool
	statusAsk, self, aboutSelf, thanksOnly          bool
	waitingClauses                                  map[int]bool
}

func readSigns(cs []clause) signs {
	s := signs{waitingClauses: map[int]bool{}, thanksOnly: true}
	for i := range cs {
		c := &cs[i]
		if !c.subject {
			s.words += len(c.words)
			if !c.has("thanks") {
				s.thanksOnly = false
			}
		}
		conditional := c.has("conditional", "about")
		if c.has("complaint-phrase") || c.has("complaint") && c.subject {
			if conditional || c.has("mention") && !c.has("invoke") {
				s.threat = true
			} else {
				s.complaint = true
			}
		}
		if c.has("breach") && !conditional {
			s.breach = true
		}
		s.unhappy = s.unhappy || c.has("unhappy")
		s.supervisor = s.supervisor || c.has("supervisor") && !conditional
		if c.has("waiting") {
			s.waiting = true
			s.waitingClauses[i] = true
		}
		if c.has("earlier") {
			s.earlier = true
		}
		if c.has("past") && c.has("earlier") {
			s.waitingClauses[i] = true
		}
		if c.question || !c.has("privacy-doc") {
			s.privacy = s.privacy || c.has("privacy")
			s.strongPrivacy = s.strongPrivacy || c.has("strong-privacy")
		}
		s.statusAsk = s.statusAsk || c.has("status-ask")
		s.self = s.self || c.has("self")
		s.aboutSelf = s.aboutSelf || c.has("onme", "dossier")
		s.question = s.question || c.question
		s.interrogative = s.interrogative || c.has("interrogative")
	}
	if s.words == 0 || s.words > 14 {
		s.thanksOnly = false
	}
	return s
}

// decide settles kind, rights, rule and sureness.
func (m *Message) decide(cs []clause, found []finding, r reading, at setting) {
	best := strongest(found)
	s := readSigns(cs)
	weight, rule := business(cs, at.calendar)
	debtor := m.has(request.Debtor)

	// A debtor who wants no more mail means the bill, not advertising.
	if debtor && best[request.MarketingObjection] == 2 && !m.has(request.Newsletter) && !m.has(request.Prospect) {
		delete(best, request.MarketingObjection)
		best[request.EmailWithdrawal] = max(best[request.EmailWithdrawal], 1)
	}
	// "Mail mij niet meer. Alleen per post." The second clause tells which stop.
	for i := range cs {
		if cs[i].has("by-post") && best[request.MarketingObjection] == 2 {
			delete(best, request.MarketingObjection)
			best[request.EmailWithdrawal] = 3
		}
	}
	// "I never consented" is a reason for something else more often than a wish.
	if best[request.ConsentWithdrawal] == 2 && len(best) > 1 {
		delete(best, request.ConsentWithdrawal)
	}
	if at.mark.final {
		m.Kind, m.Rule, m.Sure = at.mark.kind, at.mark.rule, true
		return
	}
	weak := map[request.Right]int{}
	for _, f := range found {
		if !f.negated && f.weight == 1 {
			weak[f.right] = 1
		}
	}
	if best[request.EmailWithdrawal] == 1 {
		delete(best, request.EmailWithdrawal)
		weak[request.EmailWithdrawal] = 1
	}
	strong := 0
	for _, w := range best {
		strong = max(strong, w)
	}

	// Newsletters of others speak of unsubscribing; that is not a wish.
	if rule == "business-newsletter" && weight >= 3 && (s.words > 40 || strong < 3) && !strongOther(best) && !m.isReply(r) {
		m.set(KindOther, rule, true)
		if at.mark.rule != "" {
			m.set(at.mark.kind, at.mark.rule, true)
		}
		return
	}

	switch {
	case (s.waiting || s.statusAsk && m.Reference != "" && len(best) == 0) && (m.Reference != "" || s.earlier && (s.strongPrivacy || len(best)+len(weak) > 0 || m.isReply(r))) && !newRight(found, s.waitingClauses) && !s.complaint:
		m.Rights = sorted(best)
		if len(m.Rights) == 0 {
			m.Rights = sorted(weak)
		}
		m.set(KindReminder, "reminder", true)
	case strong >= 3 || strong == 2 && weight < 3:
		m.Rights = sorted(best)
		m.set(KindRequest, ruleOf(found, best), strong >= 3 && !contradicted(found, best))
		if at.mark.rule != "" && machineText(cs) {
			m.Rights = nil
			m.set(at.mark.kind, at.mark.rule, true)
			return
		}
	case at.mark.rule != "" && !(at.mark.rule == "robot-address" && weight >= 3):
		m.set(at.mark.kind, at.mark.rule, true)
		return
	case s.complaint || s.breach && (s.supervisor || s.strongPrivacy || s.unhappy || debtor || weight < 3):
		m.set(KindComplaint, "complaint", s.complaint)
	case len(weak) > 0 && len(weak) <= 2 && !(weight >= 3) && m.claims(cs):
		m.Rights = sorted(weak)
		m.set(KindRequest, "mentioned", false)
	case weight >= 3 && strong == 0 && (!s.strongPrivacy || weight >= 5 && !s.self) && !s.breach && len(weak) == 0 && !r.fromQuote && m.Reference == "":
		m.set(KindOther, rule, true)
	case s.strongPrivacy && (s.question || s.interrogative):
		m.set(KindQuestion, "privacy-question", strong == 0 && len(weak) == 0 && !s.aboutSelf)
	case s.privacy && s.question && s.words <= 60 && weight < 3:
		m.set(KindQuestion, "privacy-question", len(weak) == 0 && !s.aboutSelf)
	case s.thanksOnly && !s.question && len(m.Attachments) == 0:
		m.set(KindOther, "thanks", true)
	case weight == 2 && m.Reference == "" && strong == 0 && !s.privacy && len(weak) == 0 && s.words >= 4 && at.mark.rule == "" && strongBusiness(rule):
		m.set(KindOther, rule, true)
	default:
		m.set(KindQuestion, "unclear", false)
	}
}

// strongBusiness names the rules whose single sign is enough.
func strongBusiness(rule string) bool {
	return rule == "business-status" || rule == "business-new-case" || rule == "claim-dispute"
}

func (m *Message) set(kind Kind, rule string, sure bool) {
	m.Kind, m.Rule, m.Sure = kind, rule, sure
}

func (m *Message) has(r request.Relation) bool {
	for _, have := range m.Relations {
		if have == r {
			return true
		}
	}
	return false
}

func (m *Message) isReply(r reading) bool { return replyMark.MatchString(r.subject) }

// claims reports whether somebody stands on a right for himself.
func (m *Message) claims(cs []clause) bool {
	for i := range cs {
		if cs[i].has("claim-right", "ask", "my", "i") {
			return true
		}
	}
	return false
}

// strongOther reports whether more is asked than an end to mail.
func strongOther(best map[request.Right]int) bool {
	for right, w := range best {
		if right != request.MarketingObjection && w >= 3 {
			return true
		}
	}
	return false
}

// newRight reports whether a clause that does not look back asks something
// clearly that the clauses looking back do not.
func newRight(found []finding, back map[int]bool) bool {
	old := map[request.Right]bool{}
	for _, f := range found {
		if back[f.clause] && !f.negated {
			old[f.right] = true
		}
	}
	if len(old) == 0 {
		return false
	}
	for _, f := range found {
		if !back[f.clause] && !f.negated && f.weight >= 3 && !old[f.right] {
			return true
		}
	}
	return false
}

// contradicted reports whether a right is asked and refused in one letter.
func contradicted(found []finding, best map[request.Right]int) bool {
	for _, f := range found {
		if f.negated && best[f.right] > 0 {
			return true
		}
	}
	return false
}

// machineText reports whether a mail that bears a machine's mark has no person
// in it who speaks for himself.
func machineText(cs []clause) bool {
	for i := range cs {
		if !cs[i].subject && cs[i].has("i", "me") {
			return false
		}
	}
	return true
}

func sorted(rights map[request.Right]int) []request.Right {
	out := make([]request.Right, 0, len(rights))
	for r := range rights {
		if r != request.Complaint && r != request.Question {
			out = append(out, r)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i] < out[j] })
	return out
}

// ruleOf names the rule of the first finding of the best weight.
func ruleOf(found []finding, best map[request.Right]int) string {
	rule, weight := "request", 0
	for _, f := range found {
		if !f.negated && best[f.right] > 0 && f.weight > weight {
			rule, weight = f.rule, f.weight
		}
	}
	return rule
}

// evidence lists the words that led to the rights, for the triage page.
func evidence(found []finding) []string {
	var out []string
	for _, f := range found {
		if f.negated || f.weight < 1 || len(out) >= 20 {
			continue
		}
		add(&out, bounded(string(f.right)+": "+f.evidence, 160))
	}
	return out
}
