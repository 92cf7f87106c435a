package desk

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

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
	p.About = []fact{h.workTo(v, r), {v.Say("case.received"), pages.Moment(v.Lang, r.Received)}}
	if len(r.Understood.Rights) > 0 {
		var guess []string
		for _, right := range r.Understood.Rights {
			guess = append(guess, v.Say("right."+string(right)))
		}
		p.About = append(p.About, fact{v.Say("read.guess"), strings.Join(guess, ", ")})
	}
	if len(r.Understood.Evidence) > 0 {
		p.About = append(p.About, fact{v.Say("read.words"), strings.Join(r.Understood.Evidence, " · ")})
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
		{ID: "soort", Name: "soort", Legend: v.Say("read.kind"), Error: at("soort-1"), Groups: []pages.ChoiceGroup{{Options: choicesOf(v, messageKinds, "message.", oneOf(form.Get("soort")))}}},
		{ID: "recht", Name: "recht", Many: true, Legend: v.Say("read.rights"), Hint: v.Say("read.rights.hint"), Error: at("recht-1"), If: pages.When(1), Groups: []pages.ChoiceGroup{{Options: choicesOf(v, asked, "choice.", anyOf(form["recht"]))}}},
		{ID: "kent", Name: "kent", Many: true, Legend: v.Say("read.relations"), Hint: v.Say("read.relations.hint"), Error: at("kent-1"), If: pages.When(1, 2, 3), Groups: []pages.ChoiceGroup{{Options: choicesOf(v, request.Relations, "relation.", anyOf(form["kent"]))}}},
		{ID: "reden", Name: "reden", Legend: v.Say("read.noise"), Error: at("reden-1"), If: pages.When(4), Groups: []pages.ChoiceGroup{{Options: choicesOf(v, noiseReasons, "reason.", oneOf(form.Get("reden")))}}},
	}
	if len(faults) > 0 {
		p.faulty(v, faults)
	}
	return h.door.Show(v.Visit, status, "act", p)
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
		faults = append(faults, pages.Fault{Place: "soort-1", Text: v.Say("fault.kind")})
	}
	for _, s := range form["recht"] {
		if right := request.Right(s); right.Valid() && !slices.Contains(c.Rights, right) {
			c.Rights = append(c.Rights, right)
		}
	}
	for _, s := range form["kent"] {
		if rel := request.Relation(s); rel.Valid() && !slices.Contains(c.Relations, rel) {
			c.Relations = append(c.Relations, rel)
		}
	}
	switch c.Kind {
	case "request":
		if len(c.Rights) == 0 {
			faults = append(faults, pages.Fault{Place: "recht-1", Text: v.Say("fault.rights")})
		}
		if len(c.Relations) == 0 {
			faults = append(faults, pages.Fault{Place: "kent-1", Text: v.Say("fault.relations")})
		}
	case "complaint":
		c.Rights = []request.Right{request.Complaint}
	case "question":
		c.Rights = []request.Right{request.Question}
	case "noise":
		c.Rights, c.Relations, c.Reason = nil, nil, form.Get("reden")
		if !slices.Contains(noiseReasons, c.Reason) {
			faults = append(faults, pages.Fault{Place: "reden-1", Text: v.Say("fault.noise")})
		}
	}
	if len(faults) > 0 {
		view, err := h.open(v)
		if err != nil {
			return err
		}
		return h.reading(v, view.Request, form, faults, http.StatusUnprocessableEntity)
	}
	if err := h.Cases.ReadAs(v.R.Context(), v.actor(), ref, c); err != nil {
		return err
	}
	return h.done(v, h.caseAddress(ref), "read")
}
