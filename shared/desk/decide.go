package desk

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

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
		p.Text = append(p.Text, v.Say("decide.review", "places", strings.Join(b.Review, "; ")))
	}
	at := func(place string) string {
		for _, f := range faults {
			if f.Place == place {
				return f.Text
			}
		}
		return ""
	}
	outcomes := pages.Choices{ID: "besluit", Name: "besluit", Legend: v.Say("decide.outcome"), Error: at("besluit-1"), Groups: []pages.ChoiceGroup{{}}}
	reasons := pages.Choices{ID: "grond", Name: "grond", Legend: v.Say("decide.ground"), Hint: v.Say("decide.ground.hint"), Error: at("grond-1")}
	var seen []string
	var options []pages.Choice
	for _, o := range Outcomes(l.Right) {
		outcomes.Groups[0].Options = append(outcomes.Groups[0].Options, pages.Choice{
			Value: string(o), Label: v.Rich("decide." + string(o)), Hint: v.Rich("decide." + string(o) + ".hint"), Checked: form.Get("besluit") == string(o),
		})
		for _, g := range Grounds(l.Right, o) {
			if !slices.Contains(seen, g.Code) {
				seen = append(seen, g.Code)
				options = append(options, pages.Choice{Value: g.Code, Label: v.Rich("ground." + g.Code), Hint: v.Rich("ground.law", "law", g.Law), Checked: form.Get("grond") == g.Code})
			}
		}
	}
	p.Choices = []pages.Choices{outcomes}
	if len(options) > 0 {
		reasons.Groups = []pages.ChoiceGroup{{Options: options}}
		p.Choices = append(p.Choices, reasons)
	}
	p.Fields = []pages.Field{{
		ID: "toelichting", Label: v.Say("decide.note"), Hint: v.Say("decide.note.hint"), Type: "area", Rows: 6, Lang: v.Lang,
		Value: form.Get("toelichting"), Error: at("toelichting"), Optional: !needsNote(l.Right, request.Granted),
	}}
	if len(faults) > 0 {
		p.faulty(v, faults)
	}
	return h.door.Show(v.Visit, status, "act", p)
}

// decision reads the form against the law's table.
func (h *Handler) decision(v visit, l *request.Leg, form url.Values) (request.Decision, []pages.Fault) {
	d := request.Decision{Outcome: request.Outcome(form.Get("besluit")), Note: strings.TrimSpace(form.Get("toelichting"))}
	var faults []pages.Fault
	if !slices.Contains(Outcomes(l.Right), d.Outcome) {
		return d, append(faults, pages.Fault{Place: "besluit-1", Text: v.Say("fault.outcome")})
	}
	if len(Grounds(l.Right, d.Outcome)) > 0 {
		g, ok := groundOf(l.Right, d.Outcome, form.Get("grond"))
		if !ok {
			faults = append(faults, pages.Fault{Place: "grond-1", Text: v.Say("fault.ground", "outcome", v.Say("outcome."+string(d.Outcome)))})
		}
		d.Ground = g.Code
	}
	if needsNote(l.Right, d.Outcome) && d.Note == "" {
		faults = append(faults, pages.Fault{Place: "toelichting", Text: v.Say("fault.note")})
	}
	if len([]rune(d.Note)) > maxNote {
		faults = append(faults, pages.Fault{Place: "toelichting", Text: v.Say("fault.note.long", "n", maxNote)})
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
	if err := h.Cases.DecideLeg(v.R.Context(), v.actor(), r.Reference, l.ID, d); err != nil {
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
	p.About = []fact{{v.Say("leg.outcome"), v.Say("outcome." + string(d.Outcome))}}
	if d.Ground != "" {
		p.About = append(p.About, fact{v.Say("leg.ground"), v.Say("ground." + d.Ground)})
	}
	if d.Note != "" {
		p.About = append(p.About, fact{v.Say("decide.note"), d.Note})
	}
	p.Hidden = []fact{{"besluit", string(d.Outcome)}, {"grond", d.Ground}, {"toelichting", d.Note}}
	p.Plan = h.planRows(v, l.Plan)
	p.Do, p.Second, p.SecondDo = "leg-vast", v.Say("act.confirm.change"), "wijzig"
	p.Text = []string{v.Say("confirm.now")}
	if fourEyes(l, d) {
		p.Button, p.Text = v.Say("act.confirm.offer"), []string{v.Say("confirm.offer")}
	}
	mail, err := h.Cases.Preview(v.R.Context(), v.actor(), r.Reference, l.ID, d)
	var fault *request.Error
	switch {
	case err == nil && mail.Text != "":
		p.Mail = &mail
	case err == nil:
		p.Text = append(p.Text, v.Say("confirm.no-letter"))
	case errors.As(err, &fault) && fault.Code != request.InputRefused:
		return err
	default:
		// A letter that cannot be written yet is no reason to decide nothing.
		h.Log.Warn("no preview", "route", v.R.Pattern, "error", err.Error())
		p.Text = append(p.Text, v.Say("confirm.later"))
	}
	return h.door.Show(v.Visit, http.StatusOK, "act", p)
}
