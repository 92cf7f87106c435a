package client

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// The end of a restriction that stands on a client's instruction: the client
// names the day, tells the person before it (18(3)), and confirms as every
// instruction is confirmed.

// readyLift loads a leg whose restriction the client can let end; one that has
// its end leads to the receipt.
func (h *Handler) readyLift(v visit) (casework.ClientCase, bool, error) {
	c, err := h.open(v)
	if err != nil {
		return c, false, err
	}
	if c.LiftFrom == "" {
		to := h.legAddress(c.Reference, c.Leg)
		if c.Lift.On != "" {
			to = h.legAddress(c.Reference, c.Leg, "einde", "ontvangen")
		}
		return c, false, door.SeeOther(v.Visit, to)
	}
	return c, true, nil
}

// liftPage is the frame of both steps.
func (h *Handler) liftPage(v visit, c casework.ClientCase, title string) instructPage {
	return instructPage{
		Frame: h.frame(v, v.Say(title), ""), Heading: v.Say(title), Lead: heading(c) + ": " + v.Say("right."+string(c.Right)),
		Cancel: h.legAddress(c.Reference, c.Leg),
	}
}

func (h *Handler) showLift(v visit) error {
	c, ok, err := h.readyLift(v)
	if err != nil || !ok {
		return err
	}
	d := v.session.draftOf(c, true)
	if d == nil {
		d = &draft{}
	}
	return h.lifting(v, c, door.TypedDay(d.On), d.By, nil, http.StatusOK)
}

// lifting asks from which day on; no day is filled in beforehand.
func (h *Handler) lifting(v visit, c casework.ClientCase, typed, by string, faults []pages.Fault, status int) error {
	p := h.liftPage(v, c, "lift.title")
	p.Action, p.Button, p.Back = h.legAddress(c.Reference, c.Leg, "einde"), v.Say("instruct.button"), p.Cancel
	p.Limits = v.Say("lift.tell")
	p.Day = pages.Field{ID: "dag", Label: v.Say("lift.day"), Hint: v.Say("lift.day.hint", "day", pages.Day(v.Lang, c.LiftFrom), "as", asTyped(c.LiftFrom)), Value: typed, Width: "w12", Plain: true, Lang: v.Lang}
	p.By = h.byField(v, by)
	for _, f := range faults {
		switch f.Place {
		case p.Day.ID:
			p.Day.Error = f.Text
		case p.By.ID:
			p.By.Error = f.Text
		}
	}
	p.faulty(v, faults)
	return h.door.Show(v.Visit, status, "instruct", p)
}

func (h *Handler) chooseLift(v visit) error {
	form, err := readForm(v)
	if err != nil {
		return err
	}
	c, ok, err := h.readyLift(v)
	if err != nil || !ok {
		return err
	}
	d := draft{Reference: c.Reference, Leg: c.Leg, On: door.ReadDay(form.Get("dag")), By: door.Clip(form.Get("naam"), 100)}
	var faults []pages.Fault
	if d.On < c.LiftFrom {
		faults = append(faults, pages.Fault{Place: "dag", Text: v.Say("fault.lift", "day", pages.Day(v.Lang, c.LiftFrom))})
	}
	if d.By == "" {
		faults = append(faults, pages.Fault{Place: "naam", Text: v.Say("fault.by")})
	}
	if len(faults) > 0 {
		return h.lifting(v, c, door.Clip(form.Get("dag"), 40), d.By, faults, http.StatusUnprocessableEntity)
	}
	return h.keepDraft(v, &d, h.legAddress(c.Reference, c.Leg, "einde", "controle"))
}

// chosenLift gives the day and the name that were chosen; nil when the page has
// been sent elsewhere.
func (h *Handler) chosenLift(v visit) (casework.ClientCase, *draft, error) {
	c, ok, err := h.readyLift(v)
	if err != nil || !ok {
		return c, nil, err
	}
	d := v.session.draftOf(c, true)
	if d == nil {
		return c, nil, door.SeeOther(v.Visit, h.legAddress(c.Reference, c.Leg, "einde"))
	}
	return c, d, nil
}

// showLiftCheck shows once more what will happen, before it does.
func (h *Handler) showLiftCheck(v visit) error {
	c, d, err := h.chosenLift(v)
	if err != nil || d == nil {
		return err
	}
	p := h.liftPage(v, c, "check.title")
	p.Action, p.Change, p.Check, p.ConfirmButton = h.legAddress(c.Reference, c.Leg, "einde", "controle"), h.legAddress(c.Reference, c.Leg, "einde"), true, v.Say("check.button")
	p.Back = p.Change
	day := pages.Day(v.Lang, d.On)
	p.Facts = []fact{{v.Say("receipt.what"), v.Say("lift.what", "day", day)}, {v.Say("receipt.by"), d.By}, {v.Say("check.client"), v.session.client.Name}}
	p.Consequences = []string{v.Say("lift.then", "day", day), v.Say("lift.tell"), v.Say("check.nothing")}
	return h.door.Show(v.Visit, http.StatusOK, "instruct", p)
}

// giveLift records the instruction.
func (h *Handler) giveLift(v visit) error {
	c, d, err := h.chosenLift(v)
	if err != nil || d == nil {
		return err
	}
	_, err = h.Cases.InstructLift(v.R.Context(), v.session.client.ID, d.By, c.Reference, c.Leg, d.On)
	if request.DateRefused.Is(err) {
		// Midnight passed between the choice and the confirmation.
		return door.SeeOther(v.Visit, h.legAddress(c.Reference, c.Leg, "einde"))
	}
	if err != nil {
		return err
	}
	return h.keepDraft(v, nil, h.legAddress(c.Reference, c.Leg, "einde", "ontvangen"))
}

// liftReceipt is what the client keeps of the end that it set.
func (h *Handler) liftReceipt(v visit) error {
	c, err := h.open(v)
	if err != nil {
		return err
	}
	if c.Lift.On == "" {
		return door.SeeOther(v.Visit, h.legAddress(c.Reference, c.Leg))
	}
	p := receiptPage{Frame: h.frame(v, v.Say("receipt.title"), ""), Next: h.address("/"), CaseTo: h.legAddress(c.Reference, c.Leg)}
	p.Facts = append([]fact{{v.Say("receipt.about"), heading(c) + ": " + v.Say("right."+string(c.Right))}}, h.lifted(v, c)...)
	p.Text = []string{v.Say("lift.then", "day", pages.Day(v.Lang, c.Lift.On)), v.Say("lift.tell")}
	return h.door.Show(v.Visit, http.StatusOK, "receipt", p)
}

// lifted are the facts of an end that was set.
func (h *Handler) lifted(v visit, c casework.ClientCase) []fact {
	if c.Lift.On == "" {
		return nil
	}
	return []fact{
		{v.Say("receipt.number"), c.Lift.Receipt}, {v.Say("receipt.what"), v.Say("lift.what", "day", pages.Day(v.Lang, c.Lift.On))},
		{v.Say("receipt.by"), person(c.Lift.By)}, {v.Say("receipt.at"), pages.Moment(v.Lang, c.Lift.At)},
	}
}

// person is who gave an instruction, without the client's id before the name.
func person(by string) string {
	if _, name, ok := strings.Cut(by, "/"); ok {
		return name
	}
	return by
}

// asTyped is a day as the box takes it: 20 11 2026.
func asTyped(day request.Day) string {
	if d, err := deadline.ParseDate(string(day)); err == nil {
		return fmt.Sprintf("%d %d %d", d.Day, d.Month, d.Year)
	}
	return string(day)
}
