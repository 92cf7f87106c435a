package portal

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// formID names the form of a step, so that the language switch can be one of
// its buttons and keeps what was typed.
const formID = "formulier"

// formPage is a step of the form.
type formPage struct {
	pages.Frame
	// Heading is the h1; "" when the one question carries it.
	Heading string
	Lead    []string
	Notice  *pages.Notice
	// Optional shows the line that explains "(niet verplicht)".
	Optional bool
	Parts    []part
	After    []string
	Action   string
	Button   string
}

// part is one piece of a form: one of its fields is set, and Better beside the
// box for an e-mail address that was probably meant otherwise.
type part struct {
	Better  string
	Field   *pages.Field
	Choices *pages.Choices
	Date    *pages.DateParts
	Row     []pages.Field
	Button  *button
	Heading string
	Line    string
}

type button struct{ Value, Text string }

// form builds one step for one visitor.
type form struct {
	visit
	d      *draft
	faults map[string]fault
}

// text gives the sentence of a fault.
func (f form) text(field string) string {
	bad, ok := f.faults[field]
	if !ok {
		return ""
	}
	return f.Say(bad.key, bad.args...)
}

func (f form) field(id, label string, change func(*pages.Field)) pages.Field {
	field := pages.Field{ID: id, Label: f.Say(label), Error: f.text(id), Value: f.d.get(id), Lang: f.Lang}
	if site.Words().Has(label + ".hint") {
		field.Hint = f.Say(label + ".hint")
	}
	if change != nil {
		change(&field)
	}
	return field
}

func (f form) box(id, label string, change func(*pages.Field)) part {
	field := f.field(id, label, change)
	return part{Field: &field}
}

func area(optional bool) func(*pages.Field) {
	return func(field *pages.Field) { field.Type, field.Rows, field.Optional = "area", 6, optional }
}

// choices builds a question from keys LABEL.VALUE and, where the catalogue has
// them, LABEL.VALUE.hint.
func (f form) choices(id, label string, many, heading bool, groups ...[]string) part {
	c := pages.Choices{ID: id, Name: id, Legend: f.Say(label), Error: f.text(id), Many: many, Heading: heading}
	if site.Words().Has(label + ".hint") {
		c.Hint = f.Say(label + ".hint")
	}
	for i, values := range groups {
		var group pages.ChoiceGroup
		if key := label + ".group" + strconv.Itoa(i); site.Words().Has(key) {
			group.Heading = f.Say(key)
		}
		if key := label + ".divider" + strconv.Itoa(i); site.Words().Has(key) {
			group.Divider = f.Say(key)
		}
		for _, value := range values {
			key := label + "." + value
			o := pages.Choice{Value: value, Label: f.Rich(key), Checked: f.d.has(id, value)}
			if site.Words().Has(key + ".hint") {
				o.Hint = f.Rich(key + ".hint")
			}
			group.Options = append(group.Options, o)
		}
		c.Groups = append(c.Groups, group)
	}
	return part{Choices: &c}
}

func (f form) birth(id, label string) part {
	date := pages.DateParts{
		ID: id, Legend: f.Say(label), Hint: f.Say(label + ".hint"), Error: f.text(id), Option: true, Lang: f.Lang,
		Day: f.d.get(id + "-day"), Month: f.d.get(id + "-month"), Year: f.d.get(id + "-year"),
		DayLabel: f.Say("who.birth.day"), MonthLabel: f.Say("who.birth.month"), YearLabel: f.Say("who.birth.year"),
		Autocomplete: id == "geboren",
	}
	if bad, ok := f.faults[id]; ok {
		date.BadDay, date.BadMonth, date.BadYear = bad.place == id+"-day", bad.place == id+"-month", bad.place == id+"-year"
	}
	return part{Date: &date}
}

func email(field *pages.Field) { field.Type, field.Autocomplete, field.Plain = "email", "email", true }

// billNotice is the same for everybody: "if we hold data for a company".
func (f form) billNotice() *pages.Notice {
	return &pages.Notice{Kind: "info", Heading: f.Say("bill.title"), Text: f.Rich("bill.text"), More: []template.HTML{f.Rich("bill.more")}}
}

// buildStep gives the page of a step.
func (h *Handler) buildStep(f form, step string) formPage {
	d := f.d
	p := formPage{Action: h.address(f.Lang, f.path(step)), Button: f.Say("form.next")}
	single := func(part part) { p.Parts = append(p.Parts, part) }
	switch step {
	case stepWishes:
		single(f.choices("wens", "wish", true, true, wishes[:usual], wishes[usual:]))
		p.After = []string{f.Say("wish.bill.mail")}
		if h.House.Phone != "" {
			p.After = []string{f.Say("wish.bill", "phone", together(h.House.Phone))}
		}
		p.After = append(p.After, f.Say("form.kept"))
	case stepRelation:
		values := make([]string, 0, len(relations))
		for _, relation := range relations {
			values = append(values, string(relation))
		}
		last := len(values) - 1
		c := f.choices("contact", "relation", true, true, values[:last], values[last:])
		other := f.field("contact-anders", "relation.other", func(field *pages.Field) { field.Optional = true })
		options := c.Choices.Groups[0].Options
		options[len(options)-1].Box = &other
		single(c)
		p.Notice = f.billNotice()
	case stepAccess:
		c := f.choices("inzage", "access", false, true, []string{"alles", "bepaald"})
		what := f.field("inzage-wat", "access.what", area(true))
		what.Rows = 4
		c.Choices.Groups[0].Options[1].Box = &what
		single(c)
	case stepCorrect:
		p.Heading = f.Say("correct.title")
		single(f.box("fout", "correct.wrong", area(false)))
		single(f.box("goed", "correct.right", area(true)))
		p.Optional = true
	case stepObject:
		p.Heading = f.Say("object.title")
		single(f.box("stoppen", "object.stop", area(true)))
		single(f.box("situatie", "object.situation", area(true)))
		p.Optional = true
	case stepComputer:
		single(f.box("besluit", "computer.which", func(field *pages.Field) { area(true)(field); field.Heading = true }))
	case stepComplaint:
		single(f.box("klacht", "complaint.what", func(field *pages.Field) { area(true)(field); field.Heading = true }))
	case stepWords:
		single(f.box("woorden", "words.what", func(field *pages.Field) { area(false)(field); field.Heading = true }))
	case stepOwn:
		p.Heading = f.Say("own.title")
		p.Lead = []string{f.Say("own.lead")}
		single(f.box("woorden", "words.what", area(false)))
		single(f.box("naam", "who.name", func(field *pages.Field) { field.Autocomplete, field.Plain, field.Optional = "name", true, true }))
		single(f.box("email", "own.email", func(field *pages.Field) { email(field); field.Depends = true }))
		single(f.box("postadres", "own.address", func(field *pages.Field) {
			field.Type, field.Rows, field.Autocomplete, field.Optional = "area", 3, "street-address", true
		}))
		p.After = []string{f.Say("form.kept")}
		p.Optional = true
	case stepAddress:
		single(f.box("email", "stop.email", func(field *pages.Field) { email(field); field.Heading = true }))
	case stepWho:
		h.buildWho(f, &p)
	case stepFor:
		p.Heading = f.Say("for.title")
		p.Lead = []string{f.Say("for.lead")}
		single(f.choices("rol", "for.role", false, false, capacities))
		single(f.box("voor-naam", "for.name", func(field *pages.Field) { field.Plain, field.Autocomplete = true, "off" }))
		if d.searches() {
			single(part{Row: []pages.Field{
				f.field("voor-postcode", "for.postcode", func(field *pages.Field) { field.Width, field.Plain, field.Optional = "w8", true, true }),
				f.field("voor-huisnummer", "for.number", func(field *pages.Field) { field.Width, field.Optional, field.Plain = "w6", true, true }),
			}})
			single(f.birth("voor-geboren", "for.birth"))
		}
		p.Optional = true
	}
	return p
}

// together keeps a number on one line.
func together(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") }

func (h *Handler) buildWho(f form, p *formPage) {
	d := f.d
	add := func(parts ...part) { p.Parts = append(p.Parts, parts...) }
	p.Heading = f.Say("who.title")
	p.Lead = []string{f.Say("who.why")}
	p.Optional = true
	add(f.choices("zelf", "who.self", false, false, []string{yes, no}))
	add(f.box("naam", "who.name", func(field *pages.Field) { field.Autocomplete, field.Plain = "name", true }))
	add(f.choices("antwoord", "who.answer", false, false, []string{answerByEmail, answerByLetter}))
	add(f.box("email", "who.email", func(field *pages.Field) { email(field); field.Depends = true }))
	if d.asksAddress() {
		if d.Foreign {
			add(f.box("postadres", "who.address", func(field *pages.Field) {
				field.Type, field.Rows, field.Autocomplete = "area", 3, "street-address"
			}),
				f.box("land", "who.country", func(field *pages.Field) { field.Autocomplete = "country-name" }),
				part{Button: &button{"nederland", f.Say("who.home")}})
		} else {
			add(part{Row: []pages.Field{
				f.field("postcode", "who.postcode", func(field *pages.Field) {
					field.Autocomplete, field.Width, field.Plain = "postal-code", "w8", true
				}),
				f.field("huisnummer", "who.number", func(field *pages.Field) {
					field.Width, field.Plain = "w6", true
				}),
				f.field("toevoeging", "who.addition", func(field *pages.Field) { field.Width, field.Optional, field.Plain = "w6", true, true }),
			}}, part{Button: &button{"buitenland", f.Say("who.abroad")}})
		}
	}
	if d.searches() {
		add(f.birth("geboren", "who.birth"))
		add(f.box("nummer", "who.file", func(field *pages.Field) {
			field.Autocomplete, field.Plain, field.Optional, field.Width = "off", true, true, "w20"
		}))
	}
	add(f.box("telefoon", "who.phone", func(field *pages.Field) {
		field.Type, field.Autocomplete, field.Optional, field.Width = "tel", "tel", true, "w20"
	}))
}

// stepLine is "Stap 2 van 5"; while the road is not chosen, "Stap 1".
func (v visit) stepLine(d *draft, step string) string {
	road := d.steps()
	at := slices.Index(road, step) + 1
	if step == stepWishes && len(d.wishesOf()) == 0 {
		return v.Say("frame.step.first", "n", at)
	}
	return v.Say("frame.step", "n", at, "total", len(road))
}

// stepTitle is the name of a step in the title of the window.
func (v visit) stepTitle(step string) string { return v.Say("title." + step) }

// stepFrame is the frame of a step: number, way back, faults, language button.
func (h *Handler) stepFrame(v visit, d *draft, step string, faults []fault) pages.Frame {
	f := h.frame(v, v.stepTitle(step), "")
	f.Step = v.stepLine(d, step)
	f.Title = v.Say("frame.title.step", "step", f.Step, "page", v.stepTitle(step))
	f.Switch = &pages.Switch{To: pages.Other(v.Lang), Form: formID, Address: h.address(pages.Other(v.Lang), v.path(step))}
	f.Back = h.address(v.Lang, "/")
	if before := d.before(step); v.changes() {
		f.Back = h.address(v.Lang, "/verzoek/"+stepCheck)
	} else if before != "" {
		f.Back = h.address(v.Lang, "/verzoek/"+before)
	}
	if len(faults) > 0 {
		f.Title = v.Say("frame.title.faults", "title", f.Title)
		for _, bad := range faults {
			f.Faults = append(f.Faults, pages.Fault{Place: bad.place, Text: v.Say(bad.key, bad.args...)})
		}
	}
	return f
}

// showStep shows a step as far as it was filled in; it changes nothing.
func (h *Handler) showStep(v visit) error {
	step := v.R.PathValue("step")
	if _, ok := fields[step]; !ok {
		return h.notFound(v)
	}
	d, err := h.draftOf(v)
	if err != nil {
		return err
	}
	if d == nil {
		if step != stepWishes && step != stepOwn {
			return h.fault(v, http.StatusGone, "gone")
		}
		d = h.newDraft()
	}
	if d.Sent != nil {
		return h.sentAlready(v, d)
	}
	// The two first steps choose the road.
	switch step {
	case stepOwn:
		d.Own = true
	case stepWishes:
		d.Own = false
	}
	if !slices.Contains(d.steps(), step) {
		return h.to(v, v.path(d.open()))
	}
	if step == stepCheck {
		if open := d.open(); open != stepCheck {
			return h.to(v, "/verzoek/"+open)
		}
		return h.showCheck(v, d)
	}
	var bad []fault
	if d.Show == step {
		bad = d.faults(step)
	}
	f := form{visit: v, d: d, faults: map[string]fault{}}
	for _, one := range bad {
		f.faults[one.field] = one
	}
	p := h.buildStep(f, step)
	p.Frame = h.stepFrame(v, d, step, bad)
	if len(bad) == 0 && d.Show == step && d.Typo != "" && d.Typo == d.get("email") && slices.Contains(fields[step], "email") {
		for i, part := range p.Parts {
			if part.Field != nil && part.Field.ID == "email" {
				p.Parts[i].Better = betterEmail(d.get("email"))
			}
		}
	}
	return h.door.Show(v.Visit, http.StatusOK, "form", p)
}

func (h *Handler) newDraft() *draft {
	return &draft{Values: url.Values{}, today: pages.Date(h.Now())}
}

// takeStep keeps what was typed and leads on: to the faults, to a question
// about what was typed, or to the next step.
func (h *Handler) takeStep(v visit) error {
	step := v.R.PathValue("step")
	if _, ok := fields[step]; !ok {
		return h.notFound(v)
	}
	values, large, err := readForm(v.R)
	if err != nil {
		return err
	}
	d, err := h.draftOf(v)
	if err != nil {
		return err
	}
	if d == nil {
		if step != stepWishes && step != stepOwn {
			return h.fault(v, http.StatusGone, "gone")
		}
		d = h.newDraft()
	}
	if d.Sent != nil {
		if step == stepCheck && values.Get("token") == d.Token {
			// The second click of a double click, or Reload.
			return h.to(v, "/verzoek/ontvangen")
		}
		return h.to(v, "/verzoek/"+step)
	}
	if d.Token == "" {
		if d.Token, err = h.door.Draw(24); err != nil {
			return err
		}
	}
	switch step {
	case stepOwn:
		d.Own = true
	case stepWishes:
		d.Own = false
	}
	if step == stepCheck {
		return h.takeCheck(v, d, values)
	}
	for _, field := range fields[step] {
		d.Values[field] = values[field]
	}
	d.Large = large
	d.Show = ""
	next := v.path(step)
	switch to := request.Language(values.Get("taal")); {
	case slices.Contains(pages.Languages, to):
		// The language button keeps what was typed and checks nothing.
		v.Lang = to
	case values.Get("actie") == "buitenland":
		d.Foreign, next = true, next+"#postadres"
	case values.Get("actie") == "nederland":
		d.Foreign, next = false, next+"#postcode"
	case values.Get("actie") == "bedoel-ik":
		d.Values.Set("email", betterEmail(d.get("email")))
		next = h.onward(v, d, step)
	default:
		next = h.onward(v, d, step)
	}
	if err := h.door.Save(v.Visit, draftRecord, d); err != nil {
		return err
	}
	return h.to(v, next)
}

// again begins a new request: what was kept is forgotten.
func (h *Handler) again(v visit) error {
	if err := h.door.Drop(v.Visit, draftRecord); err != nil {
		return err
	}
	return h.to(v, "/verzoek/"+stepWishes)
}

type sentPage struct {
	pages.Frame
	Reference request.Reference
	Status    string
	Again     string
}

// sentAlready is what every step shows after sending.
func (h *Handler) sentAlready(v visit, d *draft) error {
	return h.door.Show(v.Visit, http.StatusOK, "already", sentPage{
		Frame: h.frame(v, v.Say("already.title"), "/verzoek/"+stepWishes), Reference: d.Sent.Reference,
		Status: h.address(v.Lang, "/verzoek/ontvangen"), Again: h.address(v.Lang, "/verzoek/nieuw"),
	})
}

type bsnPage struct {
	pages.Frame
	Action string
	Rich   template.HTML
}

// showBSN asks whether a number is a citizen number; the number is not repeated.
func (h *Handler) showBSN(v visit) error {
	d, err := h.draftOf(v)
	if err != nil {
		return err
	}
	switch {
	case d == nil:
		return h.fault(v, http.StatusGone, "gone")
	case d.Sent != nil:
		return h.sentAlready(v, d)
	case d.Asked == "":
		return h.to(v, "/verzoek/"+d.open())
	}
	return h.door.Show(v.Visit, http.StatusOK, "bsn", bsnPage{
		Frame: h.frame(v, v.Say("bsn.title"), "/verzoek/bsn"), Action: h.address(v.Lang, "/verzoek/bsn"), Rich: v.Rich("bsn.text"),
	})
}

// answerBSN takes the number out, or remembers that it is something else.
func (h *Handler) answerBSN(v visit) error {
	values, _, err := readForm(v.R)
	if err != nil {
		return err
	}
	d, err := h.draftOf(v)
	if err != nil {
		return err
	}
	switch {
	case d == nil:
		return h.fault(v, http.StatusGone, "gone")
	case d.Sent != nil || d.Asked == "":
		return h.to(v, "/verzoek/"+stepWishes)
	}
	step := d.Asked
	switch values.Get("actie") {
	case "weg":
		d.removeBSNs(step, v.Say("bsn.removed"))
	case "anders":
		for _, run := range d.bsns(step) {
			d.NotBSN = append(d.NotBSN, digits(run))
		}
	default:
		return h.to(v, "/verzoek/bsn")
	}
	d.Asked = ""
	next := h.onward(v, d, step)
	if err := h.door.Save(v.Visit, draftRecord, d); err != nil {
		return err
	}
	return h.to(v, next)
}

// onward is where a step leads whose answers were taken: to its faults, to the
// question about a citizen number, to the one about a slip in the address, or on.
func (h *Handler) onward(v visit, d *draft, step string) string {
	here := v.path(step)
	d.Show = step
	if len(d.bsns(step)) > 0 {
		d.Asked = step
		return "/verzoek/bsn"
	}
	if len(d.faults(step)) > 0 {
		return here + "#fouten"
	}
	d.Show, d.Large = "", false
	if slices.Contains(fields[step], "email") && d.get("email") != d.Typo && betterEmail(d.get("email")) != "" {
		d.Show, d.Typo = step, d.get("email")
		return here + "#bedoelt-u"
	}
	if v.changes() {
		// A change leads back to the check page, unless it opened a question
		// that has no answer yet.
		open := d.open()
		if open == stepCheck {
			return "/verzoek/" + stepCheck
		}
		return v.path(open)
	}
	return "/verzoek/" + d.after(step)
}

// changes reports whether the visitor came from the check page to change an answer.
func (v visit) changes() bool { return v.R.URL.Query().Get("terug") == stepCheck }

// path is the path of a step; on the way back to the check page it says so.
func (v visit) path(step string) string {
	if v.changes() {
		return "/verzoek/" + step + "?terug=" + stepCheck
	}
	return "/verzoek/" + step
}
