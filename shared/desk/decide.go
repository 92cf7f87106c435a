package desk

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/grounds"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

func (h *Handler) showDecide(v visit) error {
	view, l, err := h.openLeg(v)
	if err != nil {
		return err
	}
	if l.Role != request.Controller || l.Phase != request.Deciding || l.Fee.Waits() {
		return request.Fault(request.PhaseIllegal, string(view.Request.ID)+"/"+l.ID, "decide")
	}
	form := url.Values{}
	if d := l.Decision; d.Outcome != "" && !d.Automatic {
		// A decision that was sent back is mended, not typed again.
		form = typedDecision(d)
	}
	return h.deciding(v, view.Request, l, form, nil, http.StatusOK)
}

// typedDecision is a decision as it was typed.
func typedDecision(d request.Decision) url.Values {
	form := url.Values{
		"besluit": {string(d.Outcome)}, "toelichting": {d.Note}, "grond": {d.Ground}, "tot": {door.TypedDay(d.Until)}, "noodzaak": {d.Necessity}, "evenredig": {d.Proportionality}, "belang": {d.Interest},
	}
	for _, p := range d.Parts {
		name := "wel"
		if !p.Granted {
			name = "niet-" + p.Ground
		}
		form.Set(name, strings.TrimSpace(form.Get(name)+"\n"+p.What))
	}
	return form
}

// deciding asks for outcome, ground and explanation; nothing is chosen
// beforehand, and every ground is one that the law gives for that right.
func (h *Handler) deciding(v visit, r *request.Request, l *request.Leg, form url.Values, faults []pages.Fault, status int) error {
	p := h.actPage(v, r, l, "decide", "besluit")
	b := h.legBox(v, r, l)
	p.Wide = true
	p.About, p.Plan = append([]fact{h.workTo(v, r)}, b.Facts...), b.Plan
	p.Message, p.MessageHead = r.Text, r.Subject
	at := func(place string) string {
		for _, f := range faults {
			if f.Place == place {
				return f.Text
			}
		}
		return ""
	}
	outcomes := pages.Choices{ID: "besluit", Name: "besluit", Legend: v.Say("decide.outcome"), Error: at("besluit-1"), Groups: []pages.ChoiceGroup{{}}}
	p.Choices = []pages.Choices{outcomes}
	var noted []int
	for i, o := range offered(l) {
		if needsNote(l.Right, o) {
			noted = append(noted, i+1)
		}
		outcomes.Groups[0].Options = append(outcomes.Groups[0].Options, pages.Choice{
			Value: string(o), Label: v.Rich("decide." + string(o)), Hint: v.Rich("decide." + string(o) + ".hint"), Checked: form.Get("besluit") == string(o),
		})
		if _, _, kept := countPlan(l.Plan); o == request.Granted && kept > 0 {
			outcomes.Groups[0].Options[i].Hint = v.Rich("decide.granted.kept")
		}
		if wantsParts(l.Right, o) {
			continue // each part has its own ground
		}
		// Beside an outcome stand its own grounds only.
		var options []pages.Choice
		for _, g := range Grounds(l.Right, o) {
			options = append(options, pages.Choice{
				Value: g.Code, Label: v.Rich("ground." + g.Code), Hint: v.Rich("ground.law", "law", g.Law),
				Checked: form.Get("grond") == g.Code && form.Get("besluit") == string(o),
			})
		}
		if len(options) > 0 {
			p.Choices = append(p.Choices, pages.Choices{
				ID: groundsOf(o), Name: "grond", Legend: v.Say("decide.ground"), Hint: v.Say("decide.ground.hint"), Error: at(groundsOf(o) + "-1"),
				Groups: []pages.ChoiceGroup{{Options: options}}, If: pages.When(i + 1),
			})
		}
	}
	p.Choices[0] = outcomes
	if len(noted) > 0 {
		p.Fields = []pages.Field{{
			ID: "toelichting", Label: v.Say("decide.note"), Hint: v.Say("decide.note.hint"), Type: "area", Rows: 6, Lang: v.Lang,
			Value: form.Get("toelichting"), Error: at("toelichting"), Depends: len(noted) < len(outcomes.Groups[0].Options), If: pages.When(noted...),
		}}
	}
	h.demands(v, &p, l, form, at)
	left, err := h.unscreened(v, r, l)
	if err != nil {
		return err
	}
	if key, to := h.decideFirst(r, l); key != "" {
		p.Warning, p.FirstTo = v.Say(key), to
	} else if left == 1 {
		p.Warning, p.FirstTo = v.Say("decide.review.one"), b.ScreenTo
	} else if left > 1 {
		p.Warning, p.FirstTo = v.Say("decide.review", "n", left), b.ScreenTo
	}
	if len(faults) > 0 {
		p.faulty(v, faults)
	}
	return h.door.Show(v.Visit, status, "act", p)
}

// groundsOf is the id of the question for the ground of an outcome.
func groundsOf(o request.Outcome) string { return "grond-" + string(o) }

// unscreened counts the places that may hold other people's data and that
// nobody looked at. Whoever gave a finding on every value is done, though no
// place was given whole.
func (h *Handler) unscreened(v visit, r *request.Request, l *request.Leg) (int, error) {
	left := len(slices.DeleteFunc(slices.Clone(l.Review), func(place string) bool { return slices.Contains(l.Cleared, place) }))
	if left == 0 || len(l.Screened) == 0 || l.Phase != request.Deciding {
		return left, nil
	}
	s, err := h.Cases.Screening(v.R.Context(), v.actor(), r.Reference, l.ID, "", 1)
	if err != nil {
		return 0, err
	}
	return min(left, s.Open), nil
}

// demands adds what the chosen outcome and ground ask for, and nothing else:
// an end, necessity and proportionality, the parts of a yes in part.
func (h *Handler) demands(v visit, p *actPage, l *request.Leg, form url.Values, at func(string) string) {
	d := draft(form)
	area := func(id, label, hint string, rows int, depends bool) {
		p.Fields = append(p.Fields, pages.Field{ID: id, Label: label, Hint: hint, Type: "area", Rows: rows, Lang: v.Lang, Value: form.Get(id), Error: at(id), Depends: depends})
	}
	before := len(p.Fields)
	if wantsParts(l.Right, d.Outcome) {
		area("wel", v.Say("decide.wel"), v.Say("decide.wel.hint"), 3, true)
		for _, g := range Grounds(l.Right, request.Partial) {
			if g.Refuses() {
				area("niet-"+g.Code, v.Say("decide.niet", "ground", v.Say("ground."+g.Code)), v.Say("decide.niet.hint"), 2, true)
			}
		}
	}
	needs := demandsOf(l.Right, d)
	if slices.Contains(needs, grounds.Until) {
		p.Fields = append(p.Fields, pages.Field{ID: "tot", Label: v.Say("decide.tot"), Hint: v.Say("decide.tot.hint"), Width: "w12", Plain: true, Lang: v.Lang, Value: form.Get("tot"), Error: at("tot")})
	}
	if slices.Contains(needs, grounds.Necessity) {
		area("noodzaak", v.Say("decide.noodzaak"), "", 4, false)
	}
	if slices.Contains(needs, grounds.Proportionality) {
		area("evenredig", v.Say("decide.evenredig"), "", 4, false)
		c := pages.Choices{ID: "belang", Name: "belang", Legend: v.Say("decide.belang"), Error: at("belang-1"), Groups: []pages.ChoiceGroup{{}}}
		for _, i := range grounds.Interests {
			c.Groups[0].Options = append(c.Groups[0].Options, pages.Choice{Value: i.Code, Label: v.Rich("plain", "text", i.In(v.Lang)), Hint: v.Rich("ground.law", "law", i.Law), Checked: form.Get("belang") == i.Code})
		}
		p.Choices = append(p.Choices, c)
	}
	if len(p.Fields) > before {
		p.Text = append(p.Text, v.Say("decide.needs"))
		p.Hidden = append(p.Hidden, fact{"gevraagd", askedOf(l.Right, d)})
	}
}

// askedOf names what was asked of a decision beside its outcome and ground.
func askedOf(right request.Right, d request.Decision) string {
	if wantsParts(right, d.Outcome) {
		return string(d.Outcome) + "/"
	}
	return string(d.Outcome) + "/" + d.Ground
}

// wantsParts reports whether a yes in part must say which part (T-20): what an
// erasure keeps stands in its plan, what a rectification changes in its fields.
func wantsParts(right request.Right, o request.Outcome) bool {
	return o == request.Partial && right != request.Erasure && right != request.Rectification
}

// demandsOf are the demands of all grounds of a decision.
func demandsOf(right request.Right, d request.Decision) []grounds.Need {
	var needs []grounds.Need
	codes := []string{d.Ground}
	for _, p := range d.Parts {
		codes = append(codes, p.Ground)
	}
	for _, code := range codes {
		if g, ok := groundOf(right, d.Outcome, code); ok {
			needs = append(needs, g.Needs...)
		}
	}
	return needs
}

// decideFirst is what must be on record before a decision, and where it is done.
func (h *Handler) decideFirst(r *request.Request, l *request.Leg) (key, to string) {
	switch {
	case l.Right == request.Objection && l.Balance.Result == "":
		return "decide.first.balance", h.caseAddress(r.Reference, l.ID, "afweging")
	case l.Right == request.AutomatedDecision && l.Human.At.IsZero():
		return "decide.first.review", h.caseAddress(r.Reference, l.ID, "herbeoordeling")
	case l.Right == request.Rectification && len(l.Corrections) == 0 && l.Statement == "":
		return "decide.first.corrections", h.caseAddress(r.Reference, l.ID, "verbeteringen")
	}
	return "", ""
}

// draft is a decision as it is typed.
func draft(form url.Values) request.Decision {
	d := request.Decision{
		Outcome: request.Outcome(form.Get("besluit")), Note: strings.TrimSpace(form.Get("toelichting")), Ground: form.Get("grond"),
		Until: door.ReadDay(form.Get("tot")), Necessity: strings.TrimSpace(form.Get("noodzaak")), Proportionality: strings.TrimSpace(form.Get("evenredig")), Interest: form.Get("belang"),
	}
	for _, what := range lines(form.Get("wel")) {
		d.Parts = append(d.Parts, request.Part{What: what, Granted: true})
	}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if code, ok := strings.CutPrefix(name, "niet-"); ok {
			for _, what := range lines(form.Get(name)) {
				d.Parts = append(d.Parts, request.Part{What: what, Ground: code})
			}
		}
	}
	return d
}

// decision reads the form against the law's table. What a ground demands beside
// is asked once it is chosen; more reports that it was not asked yet.
func (h *Handler) decision(v visit, l *request.Leg, form url.Values) (d request.Decision, faults []pages.Fault, more bool) {
	d = draft(form)
	wrong := func(place, key string, args ...any) {
		faults = append(faults, pages.Fault{Place: place, Text: v.Say(key, args...)})
	}
	if !slices.Contains(offered(l), d.Outcome) {
		wrong("besluit-1", "fault.outcome")
		return d, faults, false
	}
	asked := form.Get("gevraagd") == askedOf(l.Right, d) || form.Get("actie") == "leg-vast"
	parts := wantsParts(l.Right, d.Outcome)
	if !parts {
		d.Parts = nil
	}
	switch {
	case len(Grounds(l.Right, d.Outcome)) == 0:
		d.Ground = ""
	case parts:
		// The parts carry their grounds; the first is the main one.
		d.Ground = ""
		yes := false
		for _, p := range d.Parts {
			yes = yes || p.Granted
			if _, ok := groundOf(l.Right, d.Outcome, p.Ground); !p.Granted && !ok {
				wrong("wel", "fault.parts")
			} else if !p.Granted && d.Ground == "" {
				d.Ground = p.Ground
			}
		}
		if asked && (!yes || d.Ground == "") {
			wrong("wel", "fault.parts")
		}
	default:
		if _, ok := groundOf(l.Right, d.Outcome, d.Ground); !ok {
			wrong(groundsOf(d.Outcome)+"-1", "fault.ground", "outcome", v.Say("outcome."+string(d.Outcome)))
			d.Ground = ""
		}
	}
	switch {
	case !needsNote(l.Right, d.Outcome):
		d.Note = "" // no letter would tell it
	case d.Note == "":
		wrong("toelichting", "fault.note")
	}
	if len([]rune(d.Note)) > maxNote {
		wrong("toelichting", "fault.note.long", "n", maxNote)
	}
	needs := demandsOf(l.Right, d)
	wants := func(n grounds.Need) bool { return slices.Contains(needs, n) }
	// What another ground would have wanted does not go along.
	if !wants(grounds.Until) {
		d.Until = ""
	}
	if !wants(grounds.Necessity) {
		d.Necessity, d.Proportionality, d.Interest = "", "", ""
	}
	lacking := false
	lacks := func(missing bool, place, key string) {
		if lacking = lacking || missing; missing && asked {
			wrong(place, key)
		}
	}
	if wants(grounds.Until) {
		lacks(d.Until <= pages.Date(h.Now()), "tot", "fault.tot")
	}
	if wants(grounds.Necessity) {
		lacks(d.Necessity == "", "noodzaak", "fault.noodzaak")
		lacks(d.Proportionality == "", "evenredig", "fault.evenredig")
		lacks(d.Interest == "", "belang-1", "fault.belang")
	}
	more = !asked && (lacking || parts && len(d.Parts) == 0)
	return d, faults, more
}

// needsNote reports whether the person must be told why, or what, in words of
// the officer: every no (Art. 12(4)), and every answer that only a person can
// give. The letters of the other outcomes have no place for them: T-09 lists
// what there is, T-12 the fields, T-13 the plan, T-26 what a complaint is.
func needsNote(right request.Right, o request.Outcome) bool {
	switch right {
	case request.Objection, request.AutomatedDecision, request.Question:
		return o != request.NothingHeld
	}
	return o == request.Refused || o == request.Partial && right != request.Erasure
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
	d, faults, more := h.decision(v, l, form)
	switch {
	case form.Get("actie") == "wijzig":
		return h.deciding(v, r, l, form, nil, http.StatusOK)
	case len(faults) > 0:
		return h.deciding(v, r, l, form, faults, http.StatusUnprocessableEntity)
	case more:
		return h.deciding(v, r, l, form, nil, http.StatusOK)
	}
	ctx := v.R.Context()
	if form.Get("actie") != "leg-vast" {
		told, err := h.Rehearse(ctx, func(c Cases) error { return c.DecideLeg(ctx, v.actor(), r.Reference, l.ID, d) })
		if err != nil {
			return h.notDecided(v, r, l, form, err)
		}
		return h.confirmDecision(v, r, l, d, form, told)
	}
	if err := h.Cases.DecideLeg(ctx, v.actor(), r.Reference, l.ID, d); err != nil {
		return h.notDecided(v, r, l, form, err)
	}
	told := "decided"
	if fourEyes(l, d) {
		told = "decided-approval"
	}
	return h.done(v, h.caseAddress(r.Reference), told)
}

// decisionPlaces are the questions at which a fault of casework stands.
var decisionPlaces = map[string]struct{ place, key string }{
	"note": {"toelichting", "fault.note"}, "until": {"tot", "fault.tot"}, "necessity": {"noodzaak", "fault.noodzaak"}, "proportionality": {"evenredig", "fault.evenredig"},
	"interest": {"belang-1", "fault.belang"}, "parts": {"wel", "fault.parts"}, "balance": {"besluit-1", "decide.first.balance"}, "review": {"besluit-1", "decide.first.review"},
	"corrections": {"besluit-1", "decide.first.corrections"}, "statement": {"besluit-1", "fault.statement"}, "outcome": {"besluit-1", "fault.review-first"}, "plan": {"besluit-1", "fault.outcome"},
}

// notDecided says why a decision is not taken.
func (h *Handler) notDecided(v visit, r *request.Request, l *request.Leg, form url.Values, err error) error {
	var fault *request.Error
	if errors.As(err, &fault) && fault.Code == request.InputRefused {
		if at, ok := decisionPlaces[fault.On]; ok {
			return h.deciding(v, r, l, form, []pages.Fault{{Place: at.place, Text: v.Say(at.key)}}, http.StatusUnprocessableEntity)
		}
	}
	return err
}

// fourEyes reports whether a second person must confirm (law.md invariant 12).
func fourEyes(l *request.Leg, d request.Decision) bool {
	with := *l
	with.Decision, with.Outcome = d, d.Outcome
	return with.NeedsApproval()
}

func (h *Handler) confirmDecision(v visit, r *request.Request, l *request.Leg, d request.Decision, form url.Values, told casework.Rehearsal) error {
	p := h.actPage(v, r, l, "confirm", "besluit")
	p.About = []fact{h.workTo(v, r), {v.Say("leg.outcome"), v.Say("outcome." + string(d.Outcome))}}
	if d.Ground != "" {
		p.About = append(p.About, fact{v.Say("leg.ground"), v.Say("ground." + d.Ground)})
	}
	if d.Note != "" {
		p.About = append(p.About, fact{v.Say("decide.note"), d.Note})
	}
	with := *l
	with.Decision = d
	h.legRecord(v, &with, &legBox{}, func(key, value string) {
		if value != "" && strings.HasPrefix(key, "decide.") {
			p.About = append(p.About, fact{v.Say(key), value})
		}
	})
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if name != "actie" {
			p.Hidden = append(p.Hidden, fact{name, form.Get(name)})
		}
	}
	p.Effects = slices.DeleteFunc(h.effects(v, told), func(s string) bool { return s == v.Say("effect.silent") })
	p.Plan = h.planRows(v, l)
	p.Do, p.Second, p.SecondDo = "leg-vast", v.Say("act.confirm.change"), "wijzig"
	p.Text = []string{v.Say("confirm.now")}
	if fourEyes(l, d) {
		p.Button, p.Text = v.Say("act.confirm.offer"), []string{v.Say("confirm.offer")}
	}
	h.letterOf(v, &p, r, l, d)
	return h.door.Show(v.Visit, http.StatusOK, "act", p)
}

// letterOf shows the letter that a decision sends. One that cannot be written
// yet is no reason to decide nothing.
func (h *Handler) letterOf(v visit, p *actPage, r *request.Request, l *request.Leg, d request.Decision) {
	mail, err := h.Cases.Preview(v.R.Context(), v.actor(), r.Reference, l.ID, d)
	switch {
	case err == nil && mail.Text != "":
		p.Mail = &mail
	case err == nil:
		p.Text = append(p.Text, v.Say("confirm.no-letter"))
	default:
		h.Log.Warn("no preview", "route", v.R.Pattern, "error", err.Error())
		p.Text = append(p.Text, v.Say("confirm.later"))
	}
}
