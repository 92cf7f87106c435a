package client

import (
	"net/http"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// kindsFor are what that client may instruct on that right: we answer in its name
// only where its agreement has it and our letters can say it, and only what was
// to be erased can be restricted instead.
func kindsFor(client register.Client, right request.Right) []string {
	kinds := []string{request.CarryOutToUs}
	if right.AnsweredFor() && client.InItsName == "yes" {
		kinds = append(kinds, request.CarryOutToSubject)
	}
	if right == request.Erasure {
		kinds = append(kinds, request.RestrictInstead)
	}
	return append(kinds, request.RefuseInstruction)
}

// manner picks the words of an instruction: a copy is delivered, anything else
// is carried out.
func manner(right request.Right) string {
	if right.Discloses() {
		return ".copy"
	}
	return ".act"
}

// refusals are why a client answers itself; the ground is the client's own.
var refusals = []string{"answered", "not-ours", "unproven", "exception", "other"}

type instructPage struct {
	pages.Frame
	Heading      string
	Lead         string
	Kind, Ground pages.Choices
	// Letter is which letter goes out in the client's name; NoName says why none can.
	Letter  pages.Choices
	NoName  string
	Day, By pages.Field
	// Why is asked where the law forbids it in our opinion; Flag is the number of
	// our word that is answered.
	Why    pages.Field
	Flag   int
	Action string
	Button string
	Cancel string
	Limits string
	// Fates are what an erasure does to each holding, Doubt why an instruction may
	// not be given in our opinion, with an officer's Words.
	Fates         []string
	Doubt, Words  string
	Consequences  []string
	Facts         []fact
	Change        string
	Check         bool
	ConfirmButton string
}

// ready loads a leg that waits for its instruction; one that has it leads to
// its receipt.
func (h *Handler) ready(v visit) (casework.ClientCase, bool, error) {
	c, err := h.open(v)
	if err != nil {
		return c, false, err
	}
	if c.Phase != request.Forwarded {
		to := h.legAddress(c.Reference, c.Leg)
		if c.Instruction.Kind != "" {
			to = h.legAddress(c.Reference, c.Leg, "ontvangen")
		}
		return c, false, door.SeeOther(v.Visit, to)
	}
	return c, true, nil
}

func (h *Handler) showInstruct(v visit) error {
	c, ok, err := h.ready(v)
	if err != nil || !ok {
		return err
	}
	d := v.session.draftOf(c, false)
	if d == nil {
		d = &draft{}
	}
	return h.instructing(v, c, *d, nil, http.StatusOK)
}

// instructing asks what must be done; nothing is chosen beforehand.
func (h *Handler) instructing(v visit, c casework.ClientCase, d draft, faults []pages.Fault, status int) error {
	at := func(place string) string {
		for _, f := range faults {
			if f.Place == place {
				return f.Text
			}
		}
		return ""
	}
	p := instructPage{
		Frame: h.frame(v, v.Say("instruct.title"), ""), Heading: v.Say("instruct.title"),
		Lead:   heading(c) + ": " + v.Say("right."+string(c.Right)),
		Action: h.legAddress(c.Reference, c.Leg, "opdracht"), Button: v.Say("instruct.button"), Cancel: h.legAddress(c.Reference, c.Leg),
		Kind:   pages.Choices{ID: "opdracht", Name: "opdracht", Legend: v.Say("instruct.kind"), Error: at("opdracht-1")},
		Ground: pages.Choices{ID: "grond", Name: "grond", Legend: v.Say("instruct.ground"), Hint: v.Say("instruct.ground.hint"), Error: at("grond-1")},
		By:     h.byField(v, d.By),
	}
	p.Back, p.By.Error = p.Cancel, at("naam")
	group := pages.ChoiceGroup{}
	for _, kind := range kindsFor(v.session.client, c.Right) {
		group.Options = append(group.Options, pages.Choice{
			Value: kind, Label: v.Rich("instruct." + kind + manner(c.Right)), Hint: v.Rich("instruct." + kind + manner(c.Right) + ".hint"), Checked: d.Kind == kind,
		})
	}
	p.Kind.Groups = []pages.ChoiceGroup{group}
	var reasons []pages.Choice
	for _, g := range refusals {
		reasons = append(reasons, pages.Choice{Value: g, Label: v.Rich("ground." + g), Checked: d.Ground == g})
	}
	p.Ground.Groups = []pages.ChoiceGroup{{Options: reasons}}
	if slices.Contains(kindsFor(v.session.client, c.Right), request.CarryOutToSubject) {
		p.Letter = pages.Choices{ID: "brief", Name: "brief", Legend: v.Say("instruct.letter"), Hint: v.Say("instruct.letter.hint"), Error: at("brief-1")}
		var letters []pages.Choice
		for _, t := range request.Templates {
			letters = append(letters, pages.Choice{Value: t, Label: v.Rich("letter." + t), Hint: v.Rich("letter." + t + ".hint"), Checked: d.Template == t})
		}
		p.Letter.Groups = []pages.ChoiceGroup{{Options: letters}}
	} else if c.Right.AnsweredFor() {
		p.NoName = v.Say("instruct.no-name", "email", h.House.Email, "phone", h.House.Phone)
	}
	if c.Right == request.Erasure {
		p.Limits, p.Fates = v.Say("case.limits"), h.fates(v, c)
	}
	h.held(v, c, &p)
	p.faulty(v, faults)
	return h.door.Show(v.Visit, status, "instruct", p)
}

// byField asks who gives an instruction.
func (h *Handler) byField(v visit, by string) pages.Field {
	return pages.Field{ID: "naam", Label: v.Say("instruct.by"), Hint: v.Say("instruct.by.hint"), Value: by, Autocomplete: "name", Width: "w20", Lang: v.Lang}
}

// faulty marks a page with what must be mended, if anything.
func (p *instructPage) faulty(v visit, faults []pages.Fault) {
	for _, f := range faults {
		if f.Place == "waarom" {
			p.Why.Error = f.Text
		}
	}
	if len(faults) > 0 {
		p.Faults = faults
		p.Title = v.Say("frame.title.faults", "title", p.Title)
	}
}

func (h *Handler) instruct(v visit) error {
	form, err := readForm(v)
	if err != nil {
		return err
	}
	c, ok, err := h.ready(v)
	if err != nil || !ok {
		return err
	}
	d := draft{Reference: c.Reference, Leg: c.Leg, Kind: form.Get("opdracht"), Ground: form.Get("grond"), Template: form.Get("brief"), By: door.Clip(form.Get("naam"), 100)}
	var faults []pages.Fault
	if !slices.Contains(kindsFor(v.session.client, c.Right), d.Kind) {
		faults = append(faults, pages.Fault{Place: "opdracht-1", Text: v.Say("fault.kind")})
	}
	if d.Kind != request.RefuseInstruction {
		d.Ground = ""
	} else if !slices.Contains(refusals, d.Ground) {
		faults = append(faults, pages.Fault{Place: "grond-1", Text: v.Say("fault.ground")})
	}
	if d.Kind != request.CarryOutToSubject {
		d.Template = ""
	} else if !slices.Contains(request.Templates, d.Template) {
		faults = append(faults, pages.Fault{Place: "brief-1", Text: v.Say("fault.letter")})
	}
	if d.By == "" {
		faults = append(faults, pages.Fault{Place: "naam", Text: v.Say("fault.by")})
	}
	if f, _ := c.Flagged(); f != nil && f.Instruction.Kind == d.Kind && f.Instruction.Ground == d.Ground {
		faults = append(faults, pages.Fault{Place: "opdracht-1", Text: v.Say("fault.held")})
	}
	if len(faults) > 0 {
		return h.instructing(v, c, d, faults, http.StatusUnprocessableEntity)
	}
	return h.keepDraft(v, &d, h.legAddress(c.Reference, c.Leg, "controle"))
}

// draftOf gives the instruction that was chosen for this very leg: to let its
// restriction end, or what it asked for.
func (s *session) draftOf(c casework.ClientCase, lift bool) *draft {
	d := s.Draft
	if d == nil || d.Reference != c.Reference || d.Leg != c.Leg || lift != (d.On != "") {
		return nil
	}
	return d
}

// keepDraft keeps what was chosen, or nothing once it is given, and leads on.
func (h *Handler) keepDraft(v visit, d *draft, next string) error {
	v.session.Draft = d
	if err := h.keep(v, v.session.secret, v.session.place); err != nil {
		return err
	}
	return door.SeeOther(v.Visit, next)
}

// showCheck shows once more what will happen, before it does.
func (h *Handler) showCheck(v visit) error {
	c, ok, err := h.ready(v)
	if err != nil || !ok {
		return err
	}
	d := v.session.draftOf(c, false)
	if d == nil {
		return door.SeeOther(v.Visit, h.legAddress(c.Reference, c.Leg, "opdracht"))
	}
	return h.checking(v, c, d, "", nil, http.StatusOK)
}

func (h *Handler) checking(v visit, c casework.ClientCase, d *draft, why string, faults []pages.Fault, status int) error {
	p := instructPage{
		Frame: h.frame(v, v.Say("check.title"), ""), Heading: v.Say("check.title"), Lead: heading(c) + ": " + v.Say("right."+string(c.Right)),
		Action: h.legAddress(c.Reference, c.Leg, "controle"), Change: h.legAddress(c.Reference, c.Leg, "opdracht"),
		Cancel: h.legAddress(c.Reference, c.Leg), Check: true, ConfirmButton: v.Say("check.button"),
		Facts: []fact{{v.Say("receipt.what"), v.Say("instruction." + d.Kind + manner(c.Right))}},
	}
	p.Back = p.Change
	if d.Ground != "" {
		p.Facts = append(p.Facts, fact{v.Say("receipt.ground"), v.Say("ground." + d.Ground)})
	}
	if d.Template != "" {
		p.Facts = append(p.Facts, fact{v.Say("receipt.letter"), v.Say("letter." + d.Template + ".name")})
	}
	p.Facts = append(p.Facts, fact{v.Say("receipt.by"), d.By}, fact{v.Say("check.client"), v.session.client.Name})
	key := d.Kind
	if d.Kind == request.CarryOutToUs && !c.Right.Discloses() {
		key += "." + map[bool]string{true: "erase", false: "act"}[c.Right == request.Erasure]
	}
	if d.Kind == request.CarryOutToSubject && !c.Right.Discloses() {
		key += map[bool]string{true: ".erase", false: ".act"}[c.Right == request.Erasure]
	}
	if strings.HasSuffix(key, ".erase") {
		p.Fates = h.fates(v, c)
	}
	if doubt := c.Doubt(request.Instruction{Kind: d.Kind, Ground: d.Ground}); doubt != "" {
		p.Doubt = doubtWords(v, c.Right, doubt)
		p.Why = h.whyField(v, why)
	}
	p.Consequences = []string{v.Say("check.then." + key), v.Say("check.answer", "date", pages.Day(v.Lang, c.SafeDue)), v.Say("check.nothing")}
	p.faulty(v, faults)
	return h.door.Show(v.Visit, status, "instruct", p)
}

// give records the instruction: who, when, what, by which channel.
func (h *Handler) give(v visit) error {
	form, err := readWords(v)
	if err != nil {
		return err
	}
	c, ok, err := h.ready(v)
	if err != nil || !ok {
		return err
	}
	d := v.session.draftOf(c, false)
	if d == nil {
		return door.SeeOther(v.Visit, h.legAddress(c.Reference, c.Leg, "opdracht"))
	}
	in := request.Instruction{Kind: d.Kind, Ground: d.Ground, Template: d.Template}
	if c.Doubt(in) != "" {
		if in.Why, err = why(v, form); err != nil {
			return h.checking(v, c, d, in.Why, []pages.Fault{{Place: "waarom", Text: err.Error()}}, http.StatusUnprocessableEntity)
		}
	}
	if _, err := h.Cases.GiveInstruction(v.R.Context(), v.session.client.ID, d.By, c.Reference, c.Leg, in); err != nil {
		return err
	}
	return h.keepDraft(v, nil, h.legAddress(c.Reference, c.Leg, "ontvangen"))
}

// fates tell the client, before it instructs and on its receipt, which part of
// an erasure is carried out, which not, why and until when (R-27, 28(3)(h)).
func (h *Handler) fates(v visit, c casework.ClientCase) []string {
	var lines []string
	for _, held := range c.Holdings {
		f := held.Fate
		key := "fate." + f.Action
		switch {
		case f.Action == "":
			continue
		case f.Period != "":
			key = "fate.unknown"
		case f.Until != "" && f.AtLeast:
			key += ".open"
		}
		line := v.Say(key, "what", held.Label, "date", pages.Day(v.Lang, f.Until), "law", f.Law, "period", f.Period)
		if f.Over > 0 {
			line += " " + v.Say("fate.over", "n", f.Over)
		}
		lines = append(lines, line)
	}
	return lines
}

type receiptPage struct {
	pages.Frame
	Facts []fact
	// Fates are what becomes of each holding of an erasure.
	Fates []string
	// Next is the list, CaseTo the leg's page.
	Next, CaseTo string
	Text         []string
}

// receipt is what the client keeps: number, time, what, by whom.
func (h *Handler) receipt(v visit) error {
	c, err := h.open(v)
	if err != nil {
		return err
	}
	if c.Instruction.Kind == "" {
		return door.SeeOther(v.Visit, h.legAddress(c.Reference, c.Leg))
	}
	p := receiptPage{Frame: h.frame(v, v.Say("receipt.title"), ""), Next: h.address("/"), CaseTo: h.legAddress(c.Reference, c.Leg)}
	p.Facts = append([]fact{{v.Say("receipt.about"), heading(c) + ": " + v.Say("right."+string(c.Right))}}, h.given(v, c)...)
	if c.Instruction.Doubt != "" {
		p.Text = append(p.Text, v.Say("doubt.given"), doubtWords(v, c.Right, c.Instruction.Doubt))
	}
	p.Text, p.Fates = append(p.Text, v.Say("receipt.next."+c.Instruction.Kind)), h.fates(v, c)
	return h.door.Show(v.Visit, http.StatusOK, "receipt", p)
}
