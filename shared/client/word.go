package client

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/grounds"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// The client's second word on an instruction that the law forbids in our opinion
// (28(3), last sentence): it upholds it and says why, gives another, or takes it
// back. Until then nothing of it is done.

// secondWords are what a client can say, in the order of the page.
var secondWords = []string{request.Upheld, request.Changed, request.TakenBack}

// readyWord loads a leg whose instruction we hold; any other leads to its page.
func (h *Handler) readyWord(v visit) (casework.ClientCase, *request.Flag, int, error) {
	c, err := h.open(v)
	if err != nil {
		return c, nil, 0, err
	}
	f, n := c.Flagged()
	if f == nil {
		return c, nil, 0, door.SeeOther(v.Visit, h.legAddress(c.Reference, c.Leg))
	}
	return c, f, n, nil
}

func (h *Handler) showWord(v visit) error {
	c, f, n, err := h.readyWord(v)
	if err != nil || f == nil {
		return err
	}
	return h.asking(v, c, n, url.Values{}, nil, http.StatusOK)
}

// asking asks for the second word; nothing is chosen beforehand.
func (h *Handler) asking(v visit, c casework.ClientCase, flag int, form url.Values, faults []pages.Fault, status int) error {
	p := instructPage{
		Frame: h.frame(v, v.Say("word.title"), ""), Heading: v.Say("word.title"),
		Lead:   heading(c) + ": " + v.Say("right."+string(c.Right)),
		Action: h.legAddress(c.Reference, c.Leg, "tweede-woord"), Button: v.Say("word.button"), Cancel: h.legAddress(c.Reference, c.Leg),
		Kind: pages.Choices{ID: "antwoord", Name: "antwoord", Legend: v.Say("word.kind")},
		Why:  h.whyField(v, form.Get("waarom")), By: h.byField(v, form.Get("naam")), Flag: flag,
	}
	p.Back, p.Why.Hint = p.Cancel, v.Say("word.why.hint")
	group := pages.ChoiceGroup{}
	for _, w := range secondWords {
		group.Options = append(group.Options, pages.Choice{
			Value: w, Label: v.Rich("word." + w), Hint: v.Rich("word."+w+".hint", "date", pages.Day(v.Lang, c.SafeDue)), Checked: form.Get("antwoord") == w,
		})
	}
	p.Kind.Groups = []pages.ChoiceGroup{group}
	for _, f := range faults {
		switch f.Place {
		case "antwoord-1":
			p.Kind.Error = f.Text
		case p.By.ID:
			p.By.Error = f.Text
		}
	}
	h.held(v, c, &p)
	p.faulty(v, faults)
	return h.door.Show(v.Visit, status, "instruct", p)
}

// giveWord records what the client answers.
func (h *Handler) giveWord(v visit) error {
	form, err := readWords(v)
	if err != nil {
		return err
	}
	c, f, n, err := h.readyWord(v)
	if err != nil || f == nil {
		return err
	}
	if form.Get("woord") != strconv.Itoa(n) {
		// The page was about another instruction than the one that is held now.
		return door.SeeOther(v.Visit, h.legAddress(c.Reference, c.Leg, "tweede-woord"))
	}
	w := casework.Word{Flag: n, Word: form.Get("antwoord")}
	by := door.Clip(door.Line(form.Get("naam")), 100)
	var faults []pages.Fault
	switch w.Word {
	case request.Changed:
		return door.SeeOther(v.Visit, h.legAddress(c.Reference, c.Leg, "opdracht"))
	case request.Upheld:
		if w.Why, err = why(v, form); err != nil {
			faults = append(faults, pages.Fault{Place: "waarom", Text: err.Error()})
		}
	case request.TakenBack:
	default:
		faults = append(faults, pages.Fault{Place: "antwoord-1", Text: v.Say("fault.word")})
	}
	if by == "" {
		faults = append(faults, pages.Fault{Place: "naam", Text: v.Say("fault.by")})
	}
	if len(faults) > 0 {
		return h.asking(v, c, n, form, faults, http.StatusUnprocessableEntity)
	}
	receipt, err := h.Cases.SecondWord(v.R.Context(), v.session.client.ID, by, c.Reference, c.Leg, w)
	if err != nil {
		return err
	}
	if receipt == "" {
		return door.SeeOther(v.Visit, h.legAddress(c.Reference, c.Leg))
	}
	return door.SeeOther(v.Visit, h.legAddress(c.Reference, c.Leg, "ontvangen"))
}

// readWords reads a form with a box of several lines.
func readWords(v visit) (url.Values, error) { return door.Form(v.Visit, limit, door.Clean) }

// whyField asks why a client wants what the law forbids in our opinion.
func (h *Handler) whyField(v visit, typed string) pages.Field {
	return pages.Field{ID: "waarom", Label: v.Say("word.why"), Hint: v.Say("word.why.check.hint"), Type: "area", Rows: 4, Value: typed, Lang: v.Lang}
}

// why reads it; the error is what to mend, in words of the page.
func why(v visit, form url.Values) (string, error) {
	typed := strings.TrimSpace(form.Get("waarom"))
	if typed == "" || len([]rune(typed)) > casework.MaxWhy {
		return typed, errors.New(v.Say("fault.why"))
	}
	return typed, nil
}

// held puts on a page what we said of an instruction that we hold.
func (h *Handler) held(v visit, c casework.ClientCase, p *instructPage) {
	if f, _ := c.Flagged(); f != nil {
		p.Doubt, p.Words = flagWords(v, f.Reason), f.Words
	}
}

// flagFacts are one instruction that we held and what the client answered, if it did.
func (h *Handler) flagFacts(v visit, c casework.ClientCase, f request.Flag) []fact {
	facts := []fact{
		{v.Say("word.was"), v.Say("instruction." + f.Instruction.Kind + manner(c.Right))}, {v.Say("receipt.number"), f.Instruction.Receipt},
		{v.Say("held.at"), pages.Moment(v.Lang, f.At)}, {v.Say("held.why"), flagWords(v, f.Reason)}, {v.Say("held.words"), f.Words},
	}
	if f.Word != "" {
		facts = append(facts, fact{v.Say("held.word"), v.Say("said."+f.Word, "moment", pages.Moment(v.Lang, f.WordAt))})
	}
	return facts
}

// flagWords are an officer's reason to hold an instruction.
func flagWords(v visit, code string) string {
	if c, ok := grounds.Flag(code); ok {
		return c.In(v.Lang)
	}
	return code
}

// doubtWords are why an instruction may not be given in our opinion, whether the
// desk saw it by itself or an officer did.
func doubtWords(v visit, right request.Right, code string) string {
	for _, key := range []string{"doubt." + code + manner(right), "doubt." + code} {
		if v.Knows(key) {
			return v.Say(key)
		}
	}
	return flagWords(v, code)
}
