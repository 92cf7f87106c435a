package desk

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

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
	p.About = append([]fact{h.workTo(v, view.Request), {v.Say("release.proof"), b.Proof}, {v.Say("release.channels"), strconv.Itoa(len(l.ProvenBy))}}, b.Facts...)
	// Whether everything fits one person is what is asked: both sides of it.
	var sender casePage
	h.person(v, &sender, view.Request)
	p.About = append(p.About, sender.Sender...)
	if cand := view.Request.Candidate(l.Candidate); cand != nil {
		known := h.personBox(v, *cand)
		p.About = append(p.About, fact{v.Say("release.known"), join(known.Name, known.Relation, known.File, v.Say("match.on", "what", known.Matched), strings.Join(known.Channels, ", "))})
	}
	p.Message, p.MessageHead = view.Request.Text, view.Request.Subject
	p.Text = []string{v.Say("release.text")}
	p.Warning = v.Say("release.warning")
	p.Button = v.Say("release.button", "n", rows)
	ctx := v.R.Context()
	if err := h.before(v, &p, func(c Cases) error { return c.ReleaseNow(ctx, v.actor(), view.Request.Reference, l.ID) }); err != nil {
		return err
	}
	return h.door.Show(v.Visit, http.StatusOK, "act", p)
}

func (h *Handler) release(v visit) error {
	ref, err := reference(v)
	if err != nil {
		return err
	}
	if err := h.Cases.ReleaseNow(v.R.Context(), v.actor(), ref, v.R.PathValue("leg")); err != nil {
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
	p.About = append([]fact{h.workTo(v, r)}, h.legBox(v, r, l).Facts...)
	p.Message, p.MessageHead = r.Text, r.Subject
	p.Text = []string{v.Say("carry-out.text")}
	f := pages.Field{ID: "toelichting", Label: v.Say("carry-out.note"), Hint: v.Say("carry-out.note.hint"), Type: "area", Rows: 5, Value: note, Lang: v.Lang}
	if fault != "" {
		f.Error = v.Say(fault, "n", maxNote)
		p.faulty(v, []pages.Fault{{Place: "toelichting", Text: f.Error}})
	}
	p.Fields = []pages.Field{f}
	return h.door.Show(v.Visit, status, "act", p)
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
	if err := h.Cases.CarriedOut(v.R.Context(), v.actor(), ref, v.R.PathValue("leg"), note); err != nil {
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
	p.About, p.Plan = append([]fact{h.workTo(v, r)}, b.Facts...), b.Plan
	p.Text = []string{v.Say("stop.text")}
	ctx := v.R.Context()
	if err := h.before(v, &p, func(c Cases) error { return c.StopErasure(ctx, v.actor(), r.Reference, l.ID, stopReasons[0]) }); err != nil {
		return err
	}
	c := pages.Choices{ID: "reden", Name: "reden", Legend: v.Say("stop.why"), Hint: v.Say("reason.hint"), Groups: []pages.ChoiceGroup{{Options: choicesOf(v, stopReasons, "reason.", oneOf(""))}}}
	if fault != "" {
		c.Error = v.Say(fault)
		p.faulty(v, []pages.Fault{{Place: "reden-1", Text: c.Error}})
	}
	p.Choices = []pages.Choices{c}
	return h.door.Show(v.Visit, status, "act", p)
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
	if err := h.Cases.StopErasure(v.R.Context(), v.actor(), ref, v.R.PathValue("leg"), form.Get("reden")); err != nil {
		return err
	}
	return h.done(v, h.caseAddress(ref), "stopped")
}
