package desk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// deed is one act on a request. It has one page, at one address, that works the
// same for all of them: it asks, it shows what will happen and what will be told
// to whom, letter by letter, and it acts only from there.
type deed struct {
	// key names its words: act.KEY, act.KEY.text, act.KEY.button, told.KEY.
	key string
	// path is the last part of its address; leg is true for one about a part.
	path string
	leg  bool
	// aim is what an officer wants by it: one of aims.
	aim string
	// roles may do it.
	roles []string
	// tasks are the kinds of task that it does.
	tasks []string
	// offered reports whether an officer would look for it on this request at
	// all; nil = always.
	offered func(b *bench) bool
	// bar is the key of the sentence that says why it cannot be done now; "" = it can.
	bar func(b *bench) string
	// ask puts the questions.
	ask func(b *bench)
	// do does it, on the casework that it is given.
	do func(ctx context.Context, c Cases, b *bench) error
	// whole, where set, is what the letters are taken from: the act and what a
	// second person does after it.
	whole func(ctx context.Context, c Cases, b *bench) error
	// more adds to the page before it is confirmed.
	more func(b *bench) error
	// fields says at which question a field of casework's faults stands.
	fields map[string]string
	// quick deeds tell nobody anything: they are done from the first page.
	quick bool
	// danger is for what cannot be undone.
	danger bool
}

// bench is one deed in hand: who does it, on what, and what was typed.
type bench struct {
	*deed
	h      *Handler
	v      visit
	view   casework.CaseView
	r      *request.Request
	l      *request.Leg
	form   url.Values
	posted bool
	page   actPage
	faults []pages.Fault
	// days are the questions that ask for a date.
	days []string
	// held are the fields of the systems, for a rectification.
	held []casework.FieldView
}

// actor is who acts.
func (b *bench) actor() casework.Actor { return b.v.actor() }

func (b *bench) say(key string, args ...any) string { return b.v.Say(key, args...) }

// words gives act words that are there or "".
func (b *bench) words(key string) string {
	if b.v.Knows(key) {
		return b.say(key)
	}
	return ""
}

// value is what was typed, or what stands there at first.
func (b *bench) value(name, first string) string {
	if b.posted {
		return strings.TrimSpace(b.form.Get(name))
	}
	return first
}

// at gives the fault that stands at a place.
func (b *bench) at(place string) string {
	for _, f := range b.faults {
		if f.Place == place {
			return f.Text
		}
	}
	return ""
}

// wrong says what to mend at a question; its words are fault.KEY.NAME.
func (b *bench) wrong(place, name string) {
	if b.at(place) != "" {
		return
	}
	key := "fault." + b.key + "." + name
	if !b.v.Knows(key) {
		key = "fault.deed"
	}
	b.faults = append(b.faults, pages.Fault{Place: place, Text: b.say(key)})
}

// need reports a question that was left open.
func (b *bench) need(place, name string) {
	if b.posted && strings.TrimSpace(strings.Join(b.form[name], "")) == "" {
		b.wrong(place, name)
	}
}

// field asks for one line or, with rows, for several.
func (b *bench) field(name, first string, rows int, optional bool) *pages.Field {
	f := pages.Field{
		ID: name, Label: b.say(b.key + "." + name), Hint: b.words(b.key + "." + name + ".hint"), Lang: b.v.Lang,
		Value: b.value(name, first), Optional: optional,
	}
	if rows > 0 {
		f.Type, f.Rows = "area", rows
	}
	if !optional {
		b.need(name, name)
	}
	b.page.Fields = append(b.page.Fields, f)
	return &b.page.Fields[len(b.page.Fields)-1]
}

// depends marks the last field as needed or not by another answer, as its hint says.
func (b *bench) depends() {
	f := &b.page.Fields[len(b.page.Fields)-1]
	f.Optional, f.Depends = false, true
}

// when shows the last box only with an option of the first question, by number.
func (b *bench) when(options ...int) {
	b.page.Fields[len(b.page.Fields)-1].If = pages.When(options...)
}

// day asks for a date.
func (b *bench) day(name string, first request.Day, optional bool) {
	f := b.field(name, door.TypedDay(first), 0, optional)
	f.Width, f.Plain = "w12", true
	if f.Hint == "" {
		f.Hint = b.say("date.hint")
	}
	b.days = append(b.days, name)
	if b.posted && f.Value != "" && door.ReadDay(f.Value) == "" {
		b.wrong(name, name)
	}
}

// date is the day that was typed, "" when it is none.
func (b *bench) date(name string) request.Day { return door.ReadDay(b.form.Get(name)) }

// answer is one of those to choose from.
type answer struct{ code, label, hint string }

// choose asks to choose one, or several where many is set; nothing is chosen
// beforehand but what is given.
func (b *bench) choose(name string, options []answer, many, optional bool, first ...string) {
	c := pages.Choices{
		ID: name, Name: name, Many: many, Legend: b.say(b.key + "." + name), Hint: b.words(b.key + "." + name + ".hint"), Groups: []pages.ChoiceGroup{{}},
	}
	chosen := first
	if b.posted {
		chosen = b.form[name]
	}
	for _, o := range options {
		pc := pages.Choice{Value: o.code, Label: b.v.Rich("plain", "text", o.label), Checked: slices.Contains(chosen, o.code)}
		if o.hint != "" {
			pc.Hint = b.v.Rich("plain", "text", o.hint)
		}
		c.Groups[0].Options = append(c.Groups[0].Options, pc)
	}
	if b.posted {
		for _, got := range b.form[name] {
			if got != "" && !slices.ContainsFunc(options, func(o answer) bool { return o.code == got }) {
				b.wrong(c.First(), name)
			}
		}
		if !optional {
			b.need(c.First(), name)
		}
	}
	b.page.Choices = append(b.page.Choices, c)
}

// options are codes with the words PREFIXcode.
func (b *bench) options(prefix string, codes ...string) []answer {
	var out []answer
	for _, code := range codes {
		out = append(out, answer{code, b.v.SayOr(prefix+code, code), b.words(prefix + code + ".hint")})
	}
	return out
}

// settle writes the faults to their questions.
func (b *bench) settle() {
	b.page.Wide = true
	for i := range b.page.Fields {
		b.page.Fields[i].Error = b.at(b.page.Fields[i].ID)
	}
	for i := range b.page.Choices {
		b.page.Choices[i].Error = b.at(b.page.Choices[i].First())
	}
	if len(b.faults) > 0 {
		b.page.faulty(b.v, b.faults)
	}
}

// lines are the lines of an area, blank ones left out.
func lines(s string) []string {
	var out []string
	for line := range strings.SplitSeq(s, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// deedRoutes gives every deed its two addresses.
func deedRoutes() []Route {
	var all []Route
	for _, d := range allDeeds {
		path := "/verzoek/{ref}/" + d.path
		if d.leg {
			path = "/verzoek/{ref}/{leg}/" + d.path
		}
		all = append(all,
			Route{Method: "GET", Path: path, Roles: d.roles, serve: func(h *Handler, v visit) error { return h.showDeed(v, d) }},
			Route{Method: "POST", Path: path, Roles: d.roles, serve: func(h *Handler, v visit) error { return h.doDeed(v, d) }})
	}
	return all
}

// bench lays out a deed.
func (h *Handler) bench(v visit, d *deed) (*bench, error) {
	b := &bench{deed: d, h: h, v: v}
	var err error
	if d.leg {
		b.view, b.l, err = h.openLeg(v)
	} else {
		b.view, err = h.open(v)
	}
	if err != nil {
		return nil, err
	}
	b.r = b.view.Request
	b.layOut()
	return b, nil
}

// layOut begins the page.
func (b *bench) layOut() {
	b.page = b.h.actPage(b.v, b.r, b.l, b.key, b.path)
	b.page.Danger = b.danger && b.quick
	if s := b.words("act." + b.key + ".text"); s != "" {
		b.page.Text = append(b.page.Text, s)
	}
	b.page.About = []fact{b.h.workTo(b.v, b.r)}
	if b.l != nil {
		b.page.About = append(b.page.About, fact{b.say("leg.phase"), phase(b.v, b.l)})
	}
}

// barred shows why a deed cannot be done, and the way back.
func (b *bench) barred(key string) error {
	b.page.Blocked = b.say(key)
	b.page.Text = nil
	if b.key == "flag" {
		// What is done of it is said with the no.
		b.page.About = append(b.page.About, b.h.carried(b.v, b.l)...)
	}
	return b.h.door.Show(b.v.Visit, http.StatusConflict, "act", b.page)
}

func (h *Handler) showDeed(v visit, d *deed) error {
	b, err := h.bench(v, d)
	if err != nil {
		return err
	}
	if key := b.barKey(); key != "" {
		return b.barred(key)
	}
	return b.question(http.StatusOK)
}

// barKey is why the deed cannot be done now.
func (b *bench) barKey() string {
	if b.bar == nil {
		return ""
	}
	return b.bar(b)
}

// question shows the questions; a deed without any, what it does, at once.
func (b *bench) question(status int) error {
	if b.ask != nil {
		b.ask(b)
	}
	if b.quick {
		b.page.Text = append(b.page.Text, b.say("effect.silent"))
	} else {
		if len(b.page.Choices)+len(b.page.Fields) == 0 {
			return b.confirm()
		}
		b.page.Button = b.say("deed.look")
	}
	b.settle()
	return b.h.door.Show(b.v.Visit, status, "act", b.page)
}

func (h *Handler) doDeed(v visit, d *deed) error {
	form, err := readForm(v)
	if err != nil {
		return err
	}
	b, err := h.bench(v, d)
	if err != nil {
		return err
	}
	b.form, b.posted = form, true
	if key := b.barKey(); key != "" {
		return b.barred(key)
	}
	if b.ask != nil {
		b.ask(b)
	}
	switch {
	case len(b.faults) > 0:
		return b.again()
	case form.Get("actie") == "wijzig":
		b.settle()
		b.page.Button = b.say("deed.look")
		return h.door.Show(v.Visit, http.StatusOK, "act", b.page)
	case form.Get("actie") != "leg-vast" && !b.quick:
		return b.confirm()
	}
	if err := b.do(v.R.Context(), h.Cases, b); err != nil {
		return b.refused(err)
	}
	key := b.key
	if rest, ok := strings.CutPrefix(b.key, "lift"); ok && b.l.Role == request.Processor {
		key = "lift-moved" + rest // no letter of ours says so
	}
	return h.done(v, h.caseAddress(b.r.Reference), key)
}

// again shows the questions with what must be mended.
func (b *bench) again() error {
	if b.quick {
		b.page.Text = append(b.page.Text, b.say("effect.silent"))
	} else {
		b.page.Button = b.say("deed.look")
	}
	b.settle()
	return b.h.door.Show(b.v.Visit, http.StatusUnprocessableEntity, "act", b.page)
}

// refused turns a fault of casework into words: at its question, or as a
// sentence that says why and what to do.
func (b *bench) refused(err error) error {
	var fault *request.Error
	if !errors.As(err, &fault) {
		return err
	}
	if fault.Code == request.InputRefused || fault.Code == request.DateRefused || fault.Code == request.TooMany {
		name := fault.On
		if to, ok := b.fields[name]; ok {
			name = to
		}
		for _, f := range b.page.Fields {
			if f.ID == name {
				b.wrong(name, name)
				return b.again()
			}
		}
		for _, c := range b.page.Choices {
			if c.ID == name {
				b.wrong(c.First(), name)
				return b.again()
			}
		}
	}
	key := "no." + b.key + "." + string(fault.Code)
	if !b.v.Knows(key) {
		key = "no." + string(fault.Code)
	}
	answer, ok := door.Answers[fault.Code]
	if !ok || !b.v.Knows(key) {
		return err
	}
	f := b.h.faultPage(b.v, "deed")
	f.Text, f.NextTo, f.Typed = b.say(key), b.h.caseAddress(b.r.Reference), b.typed()
	return b.h.door.Show(b.v.Visit, answer.Status, "fault", f)
}

// typed are the officer's own words, never lost.
func (b *bench) typed() []string {
	var out []string
	for _, f := range b.page.Fields {
		if f.Type == "area" && f.Value != "" {
			out = append(out, f.Value)
		}
	}
	return out
}

// confirm shows what will happen and what will be told to whom, and does nothing.
func (b *bench) confirm() error {
	ctx := b.v.R.Context()
	act := b.do
	if b.whole != nil {
		act = b.whole
	}
	told, err := b.h.Rehearse(ctx, func(c Cases) error { return act(ctx, c, b) })
	if err != nil {
		return b.refused(err)
	}
	asked := len(b.page.Choices)+len(b.page.Fields) > 0
	b.page.About = append(b.page.About, b.answers()...)
	b.page.Hidden = nil
	for name, values := range b.form {
		if name == "actie" {
			continue
		}
		for _, value := range values {
			b.page.Hidden = append(b.page.Hidden, fact{name, value})
		}
	}
	slices.SortStableFunc(b.page.Hidden, func(x, y fact) int { return strings.Compare(x.Term, y.Term) })
	b.page.Choices, b.page.Fields = nil, nil
	if asked && b.words("act."+b.key+".text") != "" {
		b.page.Text = b.page.Text[1:] // what the page of the questions said of itself
	}
	b.page.Effects = b.h.effects(b.v, told)
	for _, l := range told.Letters {
		b.page.Letters = append(b.page.Letters, preview{
			Name: string(l.Letter.Order.Kind) + " " + b.h.letterName(b.v, l.Letter.Order.Kind), To: b.h.to(b.v, l.Letter.To),
			Subject: l.Mail.Subject, Text: l.Mail.Text, Lang: string(l.Letter.Order.Language),
		})
	}
	b.page.Do, b.page.Danger = "leg-vast", b.danger
	b.page.Button = b.say("act." + b.key + ".button")
	if asked {
		b.page.Second, b.page.SecondDo = b.say("act.confirm.change"), "wijzig"
	}
	if b.more != nil {
		if err := b.more(b); err != nil {
			return b.refused(err)
		}
	}
	return b.h.door.Show(b.v.Visit, http.StatusOK, "act", b.page)
}

// answers are the questions with what was answered, to be read once more.
func (b *bench) answers() []fact {
	var out []fact
	for _, c := range b.page.Choices {
		var chosen []string
		for _, o := range c.Groups[0].Options {
			if o.Checked {
				chosen = append(chosen, unescape(o.Label))
			}
		}
		if len(chosen) > 0 {
			out = append(out, fact{c.Legend, strings.Join(chosen, "; ")})
		}
	}
	for _, f := range b.page.Fields {
		value := f.Value
		if slices.Contains(b.days, f.ID) && value != "" {
			value = pages.Day(b.v.Lang, door.ReadDay(value))
		}
		if value != "" {
			out = append(out, fact{f.Label, value})
		}
	}
	return out
}

// preview is a letter that an act sends.
type preview struct{ Name, To, Subject, Text, Lang string }

// before shows on a page without questions what its act does; a letter that a
// later step writes is not among it, so that nobody is told is not said. The
// fault with which the act would be refused is answered at once.
func (h *Handler) before(v visit, p *actPage, act func(Cases) error) error {
	told, err := h.Rehearse(v.R.Context(), act)
	if err != nil {
		return err
	}
	silent := v.Say("effect.silent")
	p.Effects = slices.DeleteFunc(h.effects(v, told), func(s string) bool { return s == silent })
	return nil
}

// effects says in words what an act changes: dates, parts, tasks; and that
// nobody is told, where nobody is.
func (h *Handler) effects(v visit, told casework.Rehearsal) []string {
	var out []string
	if was, will := told.Before, told.After; was != nil && will != nil {
		if was.Due != will.Due {
			out = append(out, v.Say("effect.due", "was", pages.Day(v.Lang, was.Due), "will", pages.Day(v.Lang, will.Due)))
		}
		if was.WorkTo() != will.WorkTo() {
			out = append(out, v.Say("effect.work", "was", pages.Day(v.Lang, was.WorkTo()), "will", pages.Day(v.Lang, will.WorkTo())))
		}
		if was.Due == will.Due && was.WorkTo() == will.WorkTo() {
			out = append(out, v.Say("effect.same", "date", pages.Day(v.Lang, was.WorkTo())))
		}
		for i := range will.Legs {
			l := &will.Legs[i]
			if old := was.Leg(l.ID); old != nil && old.Phase != l.Phase {
				out = append(out, v.Say("effect.phase", "leg", l.ID, "was", phase(v, old), "will", phase(v, l)))
			}
		}
		for _, t := range will.Tasks {
			if t.Open() && !slices.ContainsFunc(was.Tasks, func(o request.Task) bool { return o.ID == t.ID }) {
				out = append(out, v.Say("effect.task", "task", v.SayOr("kind."+t.Kind, t.Kind), "role", v.Say("role."+t.Role)))
			}
		}
	}
	if len(told.Letters) == 0 {
		out = append(out, v.Say("effect.silent"))
	}
	return out
}
