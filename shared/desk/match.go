package desk

import (
	"net/http"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

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
	p.Text = []string{v.Say("match.lead")}
	p.Message, p.MessageHead = r.Text, r.Subject
	var sender casePage
	h.person(v, &sender, r)
	p.About = append([]fact{h.workTo(v, r)}, sender.Sender...)
	// A debtor may stand in the files of several clients; else it is one person.
	many := l.Relation == request.Debtor
	c := pages.Choices{ID: "persoon", Name: "persoon", Many: many, Legend: v.Say("match.legend")}
	if many {
		c.Hint = v.Say("match.hint")
	}
	group := pages.ChoiceGroup{}
	for _, cand := range r.Candidates {
		if (cand.Relation == request.Debtor) != many {
			continue
		}
		b := h.personBox(v, cand)
		label := b.Name
		if label == "" {
			label = v.Say("match.noname")
		}
		hint := join(b.Relation, b.Client, b.File, v.Say("match.on", "what", b.Matched), strings.Join(b.Channels, ", "))
		group.Options = append(group.Options, pages.Choice{
			Value: cand.ID, Label: v.Rich("match.label", "name", label), Hint: v.Rich("match.more", "text", hint), Checked: slices.Contains(chosen, cand.ID),
		})
	}
	c.Groups = []pages.ChoiceGroup{group, {Divider: v.Say("match.or"), Options: []pages.Choice{{Value: nobody, Label: v.Rich("match.nobody"), Hint: v.Rich("match.nobody.hint"), Checked: slices.Contains(chosen, nobody)}}}}
	if fault != "" {
		c.Error = v.Say(fault)
		p.faulty(v, []pages.Fault{{Place: "persoon-1", Text: c.Error}})
	}
	p.Choices = []pages.Choices{c}
	return h.door.Show(v.Visit, status, "act", p)
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
	if err := h.Cases.Choose(v.R.Context(), v.actor(), ref, l.ID, chosen); err != nil {
		return err
	}
	return h.done(v, h.caseAddress(ref), "matched")
}
