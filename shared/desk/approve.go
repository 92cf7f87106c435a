package desk

import (
	"net/http"
	"slices"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

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
	p.About, p.Plan = append([]fact{h.workTo(v, r)}, b.Facts...), b.Plan
	if b.Note != "" {
		p.About = append(p.About, fact{v.Say("decide.note"), b.Note})
	}
	p.Do = "goed"
	if len(l.Review) > 0 && casework.MayLook(l) {
		all, next, err := h.findings(v, r, l, "")
		if err != nil {
			return err
		}
		p.Found, p.FoundMore = all, h.moreFound(r, l, next)
	}
	if erases(l) {
		rows, systems, kept := countPlan(l.Plan)
		p.Heading, p.Danger = v.Say("approve.erase"), true
		p.Button = v.Say("approve.erase.button", "n", rows, "systems", systems)
		if rows == 1 {
			p.Button = v.Say("approve.erase.button.one")
		}
		p.Warning = v.Say("approve.erase.warning")
		if kept > 0 {
			p.Text = []string{v.Say("approve.erase.kept", "n", kept)}
		}
	} else {
		p.Button = v.Say("approve.button", "outcome", v.Say("outcome."+string(l.Decision.Outcome)))
		p.Text = []string{v.Say("approve.text")}
	}
	if l.Decision.By == v.actor().ID {
		// A12: who prepared it sees a sentence, not a button.
		p.Blocked, p.Warning = v.Say("approve.same"), ""
		return h.door.Show(v.Visit, status, "act", p)
	}
	ctx := v.R.Context()
	if err := h.before(v, &p, func(c Cases) error { return c.Approve(ctx, v.actor(), r.Reference, l.ID) }); err != nil {
		return err
	}
	h.letterOf(v, &p, r, l, l.Decision)
	p.SecondHead, p.Second, p.SecondDo = v.Say("approve.back"), v.Say("approve.back.button"), "terug"
	c := pages.Choices{ID: "reden", Name: "reden", Legend: v.Say("approve.back.why"), Hint: v.Say("reason.hint"), Groups: []pages.ChoiceGroup{{Options: choicesOf(v, backReasons, "reason.", oneOf(""))}}}
	if fault != "" {
		c.Error = v.Say(fault)
		p.faulty(v, []pages.Fault{{Place: "reden-1", Text: c.Error}})
	}
	p.SecondChoices = []pages.Choices{c}
	return h.door.Show(v.Visit, status, "act", p)
}

// erases reports whether the decision on a part wipes data: after that nothing
// goes out before the wait is over.
func erases(l *request.Leg) bool {
	return l.Right == request.Erasure && l.Decision.Outcome != request.Refused
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
		if err := h.Cases.Approve(v.R.Context(), v.actor(), r.Reference, l.ID); err != nil {
			return err
		}
		told := "approved"
		if erases(l) {
			told = "approved-erasure"
		}
		return h.done(v, h.caseAddress(r.Reference), told)
	case "terug":
		if !slices.Contains(backReasons, form.Get("reden")) {
			return h.approving(v, r, l, "fault.back", http.StatusUnprocessableEntity)
		}
		if err := h.Cases.SendBack(v.R.Context(), v.actor(), r.Reference, l.ID, form.Get("reden")); err != nil {
			return err
		}
		return h.done(v, h.caseAddress(r.Reference), "sent-back")
	}
	return request.Fault(request.InputRefused, string(r.ID)+"/"+l.ID, "approve without a choice")
}
