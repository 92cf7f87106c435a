package desk

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// maxNote is the longest explanation of a decision, in characters.
const maxNote = 4000

// actPage is the page of one act on a request: what it is about, what it does,
// a form with one primary button, and the way back.
type actPage struct {
	pages.Frame
	Heading, Part string
	// About are the facts of the thing that is acted on.
	About []fact
	// Text explains; Warning is what cannot be undone.
	Text    []string
	Warning string
	Plan    []planRow
	People  []personBox
	// Message is what the person wrote, as text.
	Message, MessageHead string
	Action               string
	Choices              []pages.Choices
	Fields               []pages.Field
	Hidden               []fact
	Mail                 *letters.Mail
	// Button names the act; Danger makes it red. Second is another button, for
	// which SecondChoices and SecondField are.
	Button, Do, Second, SecondDo string
	Danger                       bool
	SecondHead                   string
	SecondChoices                []pages.Choices
	Cancel                       string
	// Blocked is why this person may not: a sentence, not a dead button.
	Blocked string
}

func (h *Handler) actPage(v visit, r *request.Request, l *request.Leg, key, path string) actPage {
	title := v.say("act." + key)
	p := actPage{
		Frame: h.frame(v, title+" · "+string(r.Reference)), Heading: title, Part: string(r.Reference),
		Action: h.caseAddress(r.Reference, path), Cancel: h.caseAddress(r.Reference), Button: v.say("act." + key + ".button"),
	}
	if l != nil {
		p.Part += " · " + h.legTitle(v, l)
		p.Action = h.caseAddress(r.Reference, l.ID, path)
	}
	p.Back = p.Cancel
	return p
}

// faulty marks a page with what must be mended.
func (p *actPage) faulty(v visit, faults []pages.Fault) {
	p.Faults = faults
	p.Title = v.say("frame.title.faults", "title", p.Title)
}

func choicesOf[T ~string](v visit, codes []T, prefix string, chosen func(string) bool) []pages.Choice {
	var out []pages.Choice
	for _, code := range codes {
		out = append(out, pages.Choice{Value: string(code), Label: v.rich(prefix + string(code)), Checked: chosen(string(code))})
	}
	return out
}

func oneOf(value string) func(string) bool { return func(s string) bool { return s == value } }

func anyOf(values []string) func(string) bool {
	return func(s string) bool { return slices.Contains(values, s) }
}

// --- What is asked (triage) ---

var messageKinds = []string{"request", "complaint", "question", "noise"}

var noiseReasons = []string{"not-for-us", "advertising", "business-mail", "test"}

func (h *Handler) showReading(v visit) error {
	view, err := h.open(v)
	if err != nil {
		return err
	}
	return h.reading(v, view.Request, url.Values{}, nil, http.StatusOK)
}

// reading shows the message with the choices beside it. Nothing is chosen
// beforehand: what the machine was unsure of is a hint, not an answer.
func (h *Handler) reading(v visit, r *request.Request, form url.Values, faults []pages.Fault, status int) error {
	p := h.actPage(v, r, nil, "read", "lezen")
	p.Message, p.MessageHead = r.Text, r.Subject
	p.About = []fact{{v.say("case.received"), pages.Moment(v.lang, r.Received)}, {v.say("case.due"), pages.Day(v.lang, r.SafeDue)}}
	if len(r.Understood.Rights) > 0 {
		var guess []string
		for _, right := range r.Understood.Rights {
			guess = append(guess, v.say("right."+string(right)))
		}
		p.About = append(p.About, fact{v.say("read.guess"), strings.Join(guess, ", ")})
	}
	if len(r.Understood.Evidence) > 0 {
		p.About = append(p.About, fact{v.say("read.words"), strings.Join(r.Understood.Evidence, " · ")})
	}
	at := func(place string) string {
		for _, f := range faults {
			if f.Place == place {
				return f.Text
			}
		}
		return ""
	}
	asked := slices.DeleteFunc(slices.Clone(request.Rights), func(r request.Right) bool { return r == request.Complaint || r == request.Question })
	p.Choices = []pages.Choices{
		{ID: "soort", Name: "soort", Legend: v.say("read.kind"), Error: at("soort-1"), Groups: []pages.ChoiceGroup{{Options: choicesOf(v, messageKinds, "message.", oneOf(form.Get("soort")))}}},
		{ID: "recht", Name: "recht", Many: true, Legend: v.say("read.rights"), Hint: v.say("read.rights.hint"), Error: at("recht-1"), Groups: []pages.ChoiceGroup{{Options: choicesOf(v, asked, "choice.", anyOf(form["recht"]))}}},
		{ID: "relatie", Name: "relatie", Many: true, Legend: v.say("read.relations"), Hint: v.say("read.relations.hint"), Error: at("relatie-1"), Groups: []pages.ChoiceGroup{{Options: choicesOf(v, request.Relations, "relation.", anyOf(form["relatie"]))}}},
		{ID: "reden", Name: "reden", Legend: v.say("read.noise"), Error: at("reden-1"), Groups: []pages.ChoiceGroup{{Options: choicesOf(v, noiseReasons, "reason.", oneOf(form.Get("reden")))}}},
	}
	if len(faults) > 0 {
		p.faulty(v, faults)
	}
	return h.show(v, status, "act", p)
}

func (h *Handler) readAs(v visit) error {
	form, err := readForm(v)
	if err != nil {
		return err
	}
	ref, err := reference(v)
	if err != nil {
		return err
	}
	c := casework.TriageChoice{Kind: form.Get("soort")}
	var faults []pages.Fault
	if !slices.Contains(messageKinds, c.Kind) {
		faults = append(faults, pages.Fault{Place: "soort-1", Text: v.say("fault.kind")})
	}
	for _, s := range form["recht"] {
		if right := request.Right(s); right.Valid() && !slices.Contains(c.Rights, right) {
			c.Rights = append(c.Rights, right)
		}
	}
	for _, s := range form["relatie"] {
		if rel := request.Relation(s); rel.Valid() && !slices.Contains(c.Relations, rel) {
			c.Relations = append(c.Relations, rel)
		}
	}
	switch c.Kind {
	case "request":
		if len(c.Rights) == 0 {
			faults = append(faults, pages.Fault{Place: "recht-1", Text: v.say("fault.rights")})
		}
		if len(c.Relations) == 0 {
			faults = append(faults, pages.Fault{Place: "relatie-1", Text: v.say("fault.relations")})
		}
	case "complaint":
		c.Rights = []request.Right{request.Complaint}
	case "question":
		c.Rights = []request.Right{request.Question}
	case "noise":
		c.Rights, c.Relations, c.Reason = nil, nil, form.Get("reden")
		if !slices.Contains(noiseReasons, c.Reason) {
			faults = append(faults, pages.Fault{Place: "reden-1", Text: v.say("fault.noise")})
		}
	}
	if len(faults) > 0 {
		view, err := h.open(v)
		if err != nil {
			return err
		}
		return h.reading(v, view.Request, form, faults, http.StatusUnprocessableEntity)
	}
	if err := h.Cases.ReadAs(v.r.Context(), v.actor(), ref, c); err != nil {
		return err
	}
	return h.done(v, h.caseAddress(ref), "read")
}

// --- Who it is (match) ---

const nobody = "niemand"

func (h *Handler) showMatch(v visit) error {
	view, l, err := h.openLeg(v)
	if err != nil {
		return err
	}
	return h.matching(v, view.Request, l, nil, "", http.StatusOK)
}

// matching compares the people who may be the subject; nobody is chosen
// beforehand, and "nobody fits" is a full answer (A15).
func (h *Handler) matching(v visit, r *request.Request, l *request.Leg, chosen []string, fault string, status int) error {
	p := h.actPage(v, r, l, "match", "wie")
	p.Text = []string{v.say("match.lead")}
	p.Message, p.MessageHead = r.Text, r.Subject
	var sender casePage
	h.person(v, &sender, r)
	p.About = sender.Sender
	// A debtor may stand in the files of several clients; else it is one person.
	many := l.Relation == request.Debtor
	c := pages.Choices{ID: "persoon", Name: "persoon", Many: many, Legend: v.say("match.legend")}
	if many {
		c.Hint = v.say("match.hint")
	}
	group := pages.ChoiceGroup{}
	for _, cand := range r.Candidates {
		if (cand.Relation == request.Debtor) != many {
			continue
		}
		b := h.personBox(v, cand)
		label := b.Name
		if label == "" {
			label = v.say("match.noname")
		}
		hint := join(b.Relation, b.Client, b.File, v.say("match.on", "what", b.Matched), strings.Join(b.Channels, ", "))
		group.Options = append(group.Options, pages.Choice{
			Value: cand.ID, Label: v.rich("match.label", "name", label), Hint: v.rich("match.more", "text", hint), Checked: slices.Contains(chosen, cand.ID),
		})
	}
	c.Groups = []pages.ChoiceGroup{group, {Divider: v.say("match.or"), Options: []pages.Choice{{Value: nobody, Label: v.rich("match.nobody"), Hint: v.rich("match.nobody.hint"), Checked: slices.Contains(chosen, nobody)}}}}
	if fault != "" {
		c.Error = v.say(fault)
		p.faulty(v, []pages.Fault{{Place: "persoon-1", Text: c.Error}})
	}
	p.Choices = []pages.Choices{c}
	return h.show(v, status, "act", p)
}

func (h *Handler) match(v visit) error {
	form, err := readForm(v)
	if err != nil {
		return err
	}
	view, l, err := h.openLeg(v)
	if err != nil {
		return err
	}
	chosen, fault := form["persoon"], ""
	switch {
	case len(chosen) == 0:
		fault = "fault.person"
	case slices.Contains(chosen, nobody) && len(chosen) > 1, len(chosen) > 1 && l.Relation != request.Debtor:
		fault = "fault.person.both"
	}
	for _, id := range chosen {
		if id != nobody && view.Request.Candidate(id) == nil {
			fault = "fault.person"
		}
	}
	if fault != "" {
		return h.matching(v, view.Request, l, chosen, fault, http.StatusUnprocessableEntity)
	}
	if chosen[0] == nobody {
		chosen = nil
	}
	ref := view.Request.Reference
	if err := h.Cases.Choose(v.r.Context(), v.actor(), ref, l.ID, chosen); err != nil {
		return err
	}
	return h.done(v, h.caseAddress(ref), "matched")
}

// --- The decision ---

func (h *Handler) showDecide(v visit) error {
	view, l, err := h.openLeg(v)
	if err != nil {
		return err
	}
	form := url.Values{}
	if d := l.Decision; d.Outcome != "" && !d.Automatic {
		// A decision that was sent back is mended, not typed again.
		form = url.Values{"besluit": {string(d.Outcome)}, "toelichting": {d.Note}, "grond": {d.Ground}}
	}
	return h.deciding(v, view.Request, l, form, nil, http.StatusOK)
}

// deciding asks for outcome, ground and explanation; nothing is chosen
// beforehand, and every ground is one that the law gives for that right.
func (h *Handler) deciding(v visit, r *request.Request, l *request.Leg, form url.Values, faults []pages.Fault, status int) error {
	p := h.actPage(v, r, l, "decide", "besluit")
	b := h.legBox(v, r, l)
	p.About, p.Plan = b.Facts, b.Plan
	p.Message, p.MessageHead = r.Text, r.Subject
	if len(b.Review) > 0 {
		p.Text = append(p.Text, v.say("decide.review", "places", strings.Join(b.Review, "; ")))
	}
	at := func(place string) string {
		for _, f := range faults {
			if f.Place == place {
				return f.Text
			}
		}
		return ""
	}
	outcomes := pages.Choices{ID: "besluit", Name: "besluit", Legend: v.say("decide.outcome"), Error: at("besluit-1"), Groups: []pages.ChoiceGroup{{}}}
	reasons := pages.Choices{ID: "grond", Name: "grond", Legend: v.say("decide.ground"), Hint: v.say("decide.ground.hint"), Error: at("grond-1")}
	var seen []string
	var options []pages.Choice
	for _, o := range Outcomes(l.Right) {
		outcomes.Groups[0].Options = append(outcomes.Groups[0].Options, pages.Choice{
			Value: string(o), Label: v.rich("decide." + string(o)), Hint: v.rich("decide." + string(o) + ".hint"), Checked: form.Get("besluit") == string(o),
		})
		for _, g := range Grounds(l.Right, o) {
			if !slices.Contains(seen, g.Code) {
				seen = append(seen, g.Code)
				options = append(options, pages.Choice{Value: g.Code, Label: v.rich("ground." + g.Code), Hint: v.rich("ground.law", "law", g.Law), Checked: form.Get("grond") == g.Code})
			}
		}
	}
	p.Choices = []pages.Choices{outcomes}
	if len(options) > 0 {
		reasons.Groups = []pages.ChoiceGroup{{Options: options}}
		p.Choices = append(p.Choices, reasons)
	}
	p.Fields = []pages.Field{{
		ID: "toelichting", Label: v.say("decide.note"), Hint: v.say("decide.note.hint"), Type: "area", Rows: 6, Lang: v.lang,
		Value: form.Get("toelichting"), Error: at("toelichting"), Optional: !needsNote(l.Right, request.Granted),
	}}
	if len(faults) > 0 {
		p.faulty(v, faults)
	}
	return h.show(v, status, "act", p)
}

// decision reads the form against the law's table.
func (h *Handler) decision(v visit, l *request.Leg, form url.Values) (request.Decision, []pages.Fault) {
	d := request.Decision{Outcome: request.Outcome(form.Get("besluit")), Note: strings.TrimSpace(form.Get("toelichting"))}
	var faults []pages.Fault
	if !slices.Contains(Outcomes(l.Right), d.Outcome) {
		return d, append(faults, pages.Fault{Place: "besluit-1", Text: v.say("fault.outcome")})
	}
	if len(Grounds(l.Right, d.Outcome)) > 0 {
		g, ok := groundOf(l.Right, d.Outcome, form.Get("grond"))
		if !ok {
			faults = append(faults, pages.Fault{Place: "grond-1", Text: v.say("fault.ground", "outcome", v.say("outcome."+string(d.Outcome)))})
		}
		d.Ground = g.Code
	}
	if needsNote(l.Right, d.Outcome) && d.Note == "" {
		faults = append(faults, pages.Fault{Place: "toelichting", Text: v.say("fault.note")})
	}
	if len([]rune(d.Note)) > maxNote {
		faults = append(faults, pages.Fault{Place: "toelichting", Text: v.say("fault.note.long", "n", maxNote)})
	}
	return d, faults
}

// needsNote reports whether the person must be told why, or what, in words of
// the officer: every no (Art. 12(4)), and every answer that only a person can give.
func needsNote(right request.Right, o request.Outcome) bool {
	switch right {
	case request.Rectification, request.Objection, request.AutomatedDecision, request.Question, request.Complaint:
		return o != request.NothingHeld
	}
	return o == request.Refused || o == request.Partial
}

// decide first shows the letter that would go out, and records the decision
// only from that page.
func (h *Handler) decide(v visit) error {
	form, err := readForm(v)
	if err != nil {
		return err
	}
	view, l, err := h.openLeg(v)
	if err != nil {
		return err
	}
	r := view.Request
	d, faults := h.decision(v, l, form)
	if len(faults) > 0 || form.Get("actie") == "wijzig" {
		status := http.StatusUnprocessableEntity
		if form.Get("actie") == "wijzig" {
			faults, status = nil, http.StatusOK
		}
		return h.deciding(v, r, l, form, faults, status)
	}
	if form.Get("actie") != "leg-vast" {
		return h.confirmDecision(v, r, l, d)
	}
	if err := h.Cases.DecideLeg(v.r.Context(), v.actor(), r.Reference, l.ID, d); err != nil {
		return err
	}
	told := "decided"
	if fourEyes(l, d) {
		told = "decided-approval"
	}
	return h.done(v, h.caseAddress(r.Reference), told)
}

// fourEyes reports whether a second person must confirm (law.md invariant 12).
func fourEyes(l *request.Leg, d request.Decision) bool {
	with := *l
	with.Decision, with.Outcome = d, d.Outcome
	return with.NeedsApproval()
}

func (h *Handler) confirmDecision(v visit, r *request.Request, l *request.Leg, d request.Decision) error {
	p := h.actPage(v, r, l, "confirm", "besluit")
	p.About = []fact{{v.say("leg.outcome"), v.say("outcome." + string(d.Outcome))}}
	if d.Ground != "" {
		p.About = append(p.About, fact{v.say("leg.ground"), v.say("ground." + d.Ground)})
	}
	if d.Note != "" {
		p.About = append(p.About, fact{v.say("decide.note"), d.Note})
	}
	p.Hidden = []fact{{"besluit", string(d.Outcome)}, {"grond", d.Ground}, {"toelichting", d.Note}}
	p.Plan = h.planRows(v, l.Plan)
	p.Do, p.Second, p.SecondDo = "leg-vast", v.say("act.confirm.change"), "wijzig"
	p.Text = []string{v.say("confirm.now")}
	if fourEyes(l, d) {
		p.Button, p.Text = v.say("act.confirm.offer"), []string{v.say("confirm.offer")}
	}
	mail, err := h.Cases.Preview(v.r.Context(), v.actor(), r.Reference, l.ID, d)
	var fault *request.Error
	switch {
	case err == nil && mail.Text != "":
		p.Mail = &mail
	case err == nil:
		p.Text = append(p.Text, v.say("confirm.no-letter"))
	case errors.As(err, &fault) && fault.Code != request.InputRefused:
		return err
	default:
		// A letter that cannot be written yet is no reason to decide nothing.
		h.Log.Warn("no preview", "route", v.r.Pattern, "error", err.Error())
		p.Text = append(p.Text, v.say("confirm.later"))
	}
	return h.show(v, http.StatusOK, "act", p)
}

// --- The second person ---

var backReasons = []string{"ground", "plan", "explanation", "proof", "other"}

func (h *Handler) showApprove(v visit) error {
	view, l, err := h.openLeg(v)
	if err != nil {
		return err
	}
	return h.approving(v, view.Request, l, "", http.StatusOK)
}

// approving is the one page from which an erasure or a refusal goes on: what
// goes, what stays, and the count on the button.
func (h *Handler) approving(v visit, r *request.Request, l *request.Leg, fault string, status int) error {
	if l.Phase != request.Approving {
		return request.Fault(request.PhaseIllegal, string(r.ID)+"/"+l.ID, "approve")
	}
	p := h.actPage(v, r, l, "approve", "goedkeuren")
	b := h.legBox(v, r, l)
	p.About, p.Plan = b.Facts, b.Plan
	if b.Note != "" {
		p.About = append(p.About, fact{v.say("decide.note"), b.Note})
	}
	p.Do = "goed"
	erases := l.Right == request.Erasure && l.Decision.Outcome != request.Refused
	if erases {
		rows, systems, kept := countPlan(l.Plan)
		p.Heading, p.Danger = v.say("approve.erase"), true
		p.Button = v.say("approve.erase.button", "n", rows, "systems", systems)
		if rows == 1 {
			p.Button = v.say("approve.erase.button.one")
		}
		p.Warning = v.say("approve.erase.warning")
		if kept > 0 {
			p.Text = []string{v.say("approve.erase.kept", "n", kept)}
		}
	} else {
		p.Button = v.say("approve.button", "outcome", v.say("outcome."+string(l.Decision.Outcome)))
		p.Text = []string{v.say("approve.text")}
	}
	if l.Decision.By == v.actor().ID {
		// A12: who prepared it sees a sentence, not a button.
		p.Blocked, p.Warning = v.say("approve.same"), ""
		return h.show(v, status, "act", p)
	}
	p.SecondHead, p.Second, p.SecondDo = v.say("approve.back"), v.say("approve.back.button"), "terug"
	c := pages.Choices{ID: "reden", Name: "reden", Legend: v.say("approve.back.why"), Hint: v.say("reason.hint"), Groups: []pages.ChoiceGroup{{Options: choicesOf(v, backReasons, "reason.", oneOf(""))}}}
	if fault != "" {
		c.Error = v.say(fault)
		p.faulty(v, []pages.Fault{{Place: "reden-1", Text: c.Error}})
	}
	p.SecondChoices = []pages.Choices{c}
	return h.show(v, status, "act", p)
}

func (h *Handler) approve(v visit) error {
	form, err := readForm(v)
	if err != nil {
		return err
	}
	view, l, err := h.openLeg(v)
	if err != nil {
		return err
	}
	r := view.Request
	if l.Decision.By == v.actor().ID {
		return request.Fault(request.SamePerson, string(r.ID)+"/"+l.ID, "approve one's own decision")
	}
	switch form.Get("actie") {
	case "goed":
		if err := h.Cases.Approve(v.r.Context(), v.actor(), r.Reference, l.ID); err != nil {
			return err
		}
		return h.done(v, h.caseAddress(r.Reference), "approved")
	case "terug":
		if !slices.Contains(backReasons, form.Get("reden")) {
			return h.approving(v, r, l, "fault.back", http.StatusUnprocessableEntity)
		}
		if err := h.Cases.SendBack(v.r.Context(), v.actor(), r.Reference, l.ID, form.Get("reden")); err != nil {
			return err
		}
		return h.done(v, h.caseAddress(r.Reference), "sent-back")
	}
	return request.Fault(request.InputRefused, string(r.ID)+"/"+l.ID, "approve without a choice")
}

// --- After the decision ---

func (h *Handler) showRelease(v visit) error {
	view, l, err := h.openLeg(v)
	if err != nil {
		return err
	}
	p := h.actPage(v, view.Request, l, "release", "vrijgeven")
	rows := 0
	for _, rec := range l.Receipts {
		rows += rec.Count
	}
	b := h.legBox(v, view.Request, l)
	p.About = append([]fact{{v.say("release.proof"), b.Proof}, {v.say("release.channels"), strconv.Itoa(len(l.ProvenBy))}}, b.Facts...)
	// Whether everything fits one person is what is asked: both sides of it.
	var sender casePage
	h.person(v, &sender, view.Request)
	p.About = append(p.About, sender.Sender...)
	if cand := view.Request.Candidate(l.Candidate); cand != nil {
		known := h.personBox(v, *cand)
		p.About = append(p.About, fact{v.say("release.known"), join(known.Name, known.Relation, known.File, v.say("match.on", "what", known.Matched), strings.Join(known.Channels, ", "))})
	}
	p.Message, p.MessageHead = view.Request.Text, view.Request.Subject
	p.Text = []string{v.say("release.text")}
	p.Warning = v.say("release.warning")
	p.Button = v.say("release.button", "n", rows)
	return h.show(v, http.StatusOK, "act", p)
}

func (h *Handler) release(v visit) error {
	ref, err := reference(v)
	if err != nil {
		return err
	}
	if err := h.Cases.ReleaseNow(v.r.Context(), v.actor(), ref, v.r.PathValue("leg")); err != nil {
		return err
	}
	return h.done(v, h.caseAddress(ref), "released")
}

func (h *Handler) showCarriedOut(v visit) error {
	view, l, err := h.openLeg(v)
	if err != nil {
		return err
	}
	return h.carrying(v, view.Request, l, "", "", http.StatusOK)
}

func (h *Handler) carrying(v visit, r *request.Request, l *request.Leg, note, fault string, status int) error {
	p := h.actPage(v, r, l, "carry-out", "uitgevoerd")
	p.About = h.legBox(v, r, l).Facts
	p.Message, p.MessageHead = r.Text, r.Subject
	p.Text = []string{v.say("carry-out.text")}
	f := pages.Field{ID: "toelichting", Label: v.say("carry-out.note"), Hint: v.say("carry-out.note.hint"), Type: "area", Rows: 5, Value: note, Lang: v.lang}
	if fault != "" {
		f.Error = v.say(fault, "n", maxNote)
		p.faulty(v, []pages.Fault{{Place: "toelichting", Text: f.Error}})
	}
	p.Fields = []pages.Field{f}
	return h.show(v, status, "act", p)
}

func (h *Handler) carriedOut(v visit) error {
	form, err := readForm(v)
	if err != nil {
		return err
	}
	ref, err := reference(v)
	if err != nil {
		return err
	}
	note, fault := strings.TrimSpace(form.Get("toelichting")), ""
	switch {
	case note == "":
		fault = "fault.carry-out"
	case len([]rune(note)) > maxNote:
		fault = "fault.note.long"
	}
	if fault != "" {
		view, l, err := h.openLeg(v)
		if err != nil {
			return err
		}
		return h.carrying(v, view.Request, l, note, fault, http.StatusUnprocessableEntity)
	}
	if err := h.Cases.CarriedOut(v.r.Context(), v.actor(), ref, v.r.PathValue("leg"), note); err != nil {
		return err
	}
	return h.done(v, h.caseAddress(ref), "carried-out")
}

var stopReasons = []string{"person-asked", "wrong-person", "new-fact", "claim", "other"}

func (h *Handler) showStop(v visit) error {
	view, l, err := h.openLeg(v)
	if err != nil {
		return err
	}
	return h.stopping(v, view.Request, l, "", http.StatusOK)
}

func (h *Handler) stopping(v visit, r *request.Request, l *request.Leg, fault string, status int) error {
	p := h.actPage(v, r, l, "stop", "tegenhouden")
	b := h.legBox(v, r, l)
	p.About, p.Plan = b.Facts, b.Plan
	p.Text = []string{v.say("stop.text")}
	c := pages.Choices{ID: "reden", Name: "reden", Legend: v.say("stop.why"), Hint: v.say("reason.hint"), Groups: []pages.ChoiceGroup{{Options: choicesOf(v, stopReasons, "reason.", oneOf(""))}}}
	if fault != "" {
		c.Error = v.say(fault)
		p.faulty(v, []pages.Fault{{Place: "reden-1", Text: c.Error}})
	}
	p.Choices = []pages.Choices{c}
	return h.show(v, status, "act", p)
}

func (h *Handler) stop(v visit) error {
	form, err := readForm(v)
	if err != nil {
		return err
	}
	ref, err := reference(v)
	if err != nil {
		return err
	}
	if !slices.Contains(stopReasons, form.Get("reden")) {
		view, l, err := h.openLeg(v)
		if err != nil {
			return err
		}
		return h.stopping(v, view.Request, l, "fault.stop", http.StatusUnprocessableEntity)
	}
	if err := h.Cases.StopErasure(v.r.Context(), v.actor(), ref, v.r.PathValue("leg"), form.Get("reden")); err != nil {
		return err
	}
	return h.done(v, h.caseAddress(ref), "stopped")
}
