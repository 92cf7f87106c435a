package letters

import (
	"fmt"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/request"
)

// elementKind is what a piece of a letter is, for both forms that it takes.
type elementKind string

const (
	legHeading elementKind = "leg"
	heading    elementKind = "heading"
	paragraph  elementKind = "paragraph"
	list       elementKind = "list"
	facts      elementKind = "facts"
	code       elementKind = "code"
)

// span is words, with the address they lead to where they are one.
type span struct{ Text, Href string }

// element is one piece of a letter: its lines are items of a list, lines of
// facts, or the lines of a paragraph.
type element struct {
	Kind  elementKind
	Lines [][]span
	// prose is false for what the readability measure leaves out (docs/WORDS.md).
	prose bool
}

// document is a letter before it becomes text or HTML.
type document struct {
	subject  string
	language request.Language
	elements []element
	rows     []string
	blocks   []string
	template string
}

// Render writes the letter that the order asks for. It is pure: the same order,
// house and secret give the same bytes. The secret is the code of N-01 and N-04,
// eight digits (thirteen characters by post; or as many bullets, for the copy
// that is kept), and empty for every other kind. A value that is missing, malformed or unknown to the kind is
// a *ValueError.
func Render(o Order, h House, secret string) (Mail, error) {
	d, err := compose(o, h, secret)
	if err != nil {
		return Mail{}, err
	}
	html, err := d.html()
	if err != nil {
		return Mail{}, fmt.Errorf("letters: %s: writing HTML: %w", o.Kind, err)
	}
	return Mail{
		Subject: d.subject, Text: d.text(), HTML: html,
		Template: d.template, Rows: d.rows, Blocks: d.blocks,
	}, nil
}

// leg is one order of a letter with what is around it.
type leg struct {
	order  Order
	parent *leg
	info   Info
	of     string // the case, one of info.Cases
	book   book
	house  House
	secret string
	kept   *Kept
	// item holds the fields of the record at hand, in words.
	item map[string]string
}

// part of a letter that a row belongs to, so that a combined letter says what
// its legs share only once (W-9).
type place int

const (
	atHead place = iota
	inLeg
	atTail
	nowhere
)

func placeOf(r row) place {
	switch {
	case r.id == "subject", r.id == "leg", r.id == "short":
		return nowhere
	case r.id == "hello", r.block == "BLK-ID":
		return atHead
	case strings.HasPrefix(r.block, "BLK-AP."), r.block == "BLK-NOT-YOU", r.block == "BLK-WHO", r.block == "BLK-SIGN":
		return atTail
	}
	return inLeg
}

func compose(o Order, h House, secret string) (document, error) {
	first, err := newLeg(o, nil, h, secret)
	if err != nil {
		return document{}, err
	}
	legs := []*leg{first}
	for _, also := range o.Also {
		if len(also.Also) > 0 {
			return document{}, fmt.Errorf("letters: %s: a further leg cannot have further legs", also.Kind)
		}
		l, err := newLeg(also, first, h, "")
		if err != nil {
			return document{}, err
		}
		if l.row("leg") == nil {
			return document{}, fmt.Errorf("letters: %s cannot be a part of another letter", also.Kind)
		}
		legs = append(legs, l)
	}
	d := document{language: first.order.Language}
	if len(legs) == 1 {
		err = first.alone(&d)
	} else if first.row("leg") == nil {
		err = fmt.Errorf("letters: %s cannot hold a further leg", o.Kind)
	} else {
		err = together(&d, legs)
	}
	if err != nil {
		return document{}, err
	}
	d.elements = merged(d.elements)
	return d, nil
}

func newLeg(o Order, parent *leg, h House, secret string) (*leg, error) {
	info, ok := Find(o.Kind)
	if !ok {
		return nil, fmt.Errorf("letters: there is no kind %q", o.Kind)
	}
	if o.Language == "" && parent != nil {
		o.Language = parent.order.Language
	}
	b, ok := read().books[o.Language]
	if !ok {
		return nil, fmt.Errorf("letters: %s: there is no language %q", o.Kind, o.Language)
	}
	if parent != nil && o.Language != parent.order.Language {
		return nil, fmt.Errorf("letters: %s: a further leg has another language than the letter", o.Kind)
	}
	l := &leg{order: o, parent: parent, info: info, book: b, house: h, secret: secret}
	var err error
	if l.of, err = l.resolveCase(); err != nil {
		return nil, err
	}
	return l, l.refuseUnknown()
}

// resolveCase finds which form of the kind is asked: the outcome, or the one
// flag that names a case.
func (l *leg) resolveCase() (string, error) {
	var on []string
	if l.order.Outcome != "" {
		on = append(on, l.order.Outcome)
	}
	for _, c := range l.info.Cases {
		if c != "" && c != l.order.Outcome && l.order.Flags[c] {
			on = append(on, c)
		}
	}
	if l.info.Kind == Erased {
		// E-5: an erasure that leaves nothing but the dossier is granted, any
		// other is partial; an order that says otherwise is a fault.
		really := Granted
		if l.stays() {
			really = Partial
		}
		if len(on) > 0 && !slices.Equal(on, []string{really}) {
			return "", fmt.Errorf("letters: %s: the outcome does not agree with what is kept, it must be %s", l.info.Kind, really)
		}
		return really, l.checkKept()
	}
	if l.info.Kind == ClientAnswer {
		if err := l.checkKept(); err != nil {
			return "", err
		}
	} else if len(l.order.Kept) > 0 {
		return "", fmt.Errorf("letters: %s cannot say what is kept", l.info.Kind)
	}
	if len(on) == 0 {
		on = []string{""}
	}
	if len(on) > 1 || !slices.Contains(l.info.Cases, on[0]) {
		return "", fmt.Errorf("letters: %s: choose one of its cases: %s", l.info.Kind, caseNames(l.info))
	}
	return on[0], nil
}

// stays reports whether data of the person stay beside the dossier: on a ground,
// or because they are somebody else's too.
func (l *leg) stays() bool { return len(l.order.Kept) > 0 || len(l.order.Lists["shared_list"]) > 0 }

// checkKept refuses a part that is kept on a ground that no row writes down: it
// would stay and the person would not read why (E-2).
func (l *leg) checkKept() error {
	for _, k := range l.order.Kept {
		if !slices.ContainsFunc(l.book.templates[l.info.Kind].rows, func(r row) bool { return r.perKept == k.Ground && k.Ground != "" }) {
			return fmt.Errorf("letters: %s: something is kept on a ground other than tax, file or claims", l.info.Kind)
		}
	}
	return nil
}

func caseNames(i Info) string {
	if slices.Equal(i.Cases, noCases) {
		return "it has none"
	}
	names := slices.Clone(i.Cases)
	if j := slices.Index(names, ""); j >= 0 {
		names[j] = "(none)"
	}
	return strings.Join(names, ", ")
}

// refuseUnknown refuses a value that the kind has no place for: it would be
// lost in silence, or reach a letter that must not have it.
func (l *leg) refuseUnknown() error {
	for name := range l.order.Values {
		if !slices.Contains(l.info.Placeholders, name) && !slices.Contains(l.hidden(), name) {
			return l.fault(name, "is unknown to this kind")
		}
	}
	for name := range l.order.Lists {
		if !slices.Contains(l.info.Placeholders, name) {
			return l.fault(name, "is unknown to this kind")
		}
	}
	for name := range l.order.Flags {
		if !slices.Contains(l.info.Flags, name) && !slices.Contains(l.info.Cases, name) {
			return fmt.Errorf("letters: %s: there is no flag %q", l.info.Kind, name)
		}
	}
	for name, n := range map[string]int{
		"change_list": len(l.order.Changes), "refusal_list": len(l.order.Refusals), "recipient_list": len(l.order.Recipients),
	} {
		if n > 0 && !slices.Contains(l.info.Placeholders, name) {
			return l.fault(name, "is unknown to this kind")
		}
		if len(l.order.Lists[name]) > 0 {
			return l.fault(name, "is a list of records, not of words")
		}
	}
	if l.secret != "" && !slices.Contains(l.info.Placeholders, "code") {
		return fmt.Errorf("letters: %s takes no code", l.info.Kind)
	}
	return nil
}

// hidden are values that conditions or derived placeholders read.
func (l *leg) hidden() []string {
	var out []string
	if slices.Contains(l.info.Placeholders, "due") {
		out = append(out, "nominal")
	}
	if slices.Contains(l.info.Placeholders, "company") {
		out = append(out, "client")
	}
	if l.neutral() {
		out = nil
	}
	return out
}

func (l *leg) neutral() bool { return slices.Contains(l.info.Neutral, l.of) }

func (l *leg) fault(placeholder, problem string) error {
	return &ValueError{Kind: l.info.Kind, Placeholder: placeholder, Problem: problem}
}

// row finds the row of that id that holds here.
func (l *leg) row(id string) *row {
	for _, r := range l.book.templates[l.info.Kind].rows {
		if r.id == id && l.holds(r.when) {
			return &r
		}
	}
	return nil
}

func (l *leg) holds(c cond) bool {
	for _, group := range c {
		if !slices.ContainsFunc(group, func(t term) bool { return l.is(t.name) != t.not }) {
			return false
		}
	}
	return true
}

// is reports whether a name of a condition holds: a case, a flag, a value
// that is there, or what the order implies.
func (l *leg) is(name string) bool {
	keptFor := func(ground string) bool {
		return slices.ContainsFunc(l.order.Kept, func(k Kept) bool { return k.Ground == ground })
	}
	switch name {
	case "rolled":
		nominal := l.raw("nominal")
		return nominal != "" && nominal != l.raw("due")
	case "many_rights":
		return len(l.rights()) > 2
	case "kept":
		return len(l.order.Kept) > 0
	case "stays":
		return l.stays()
	case "only_dossier":
		return !l.stays()
	case "shared", "stripped":
		return len(l.order.Lists[name+"_list"]) > 0
	case "kept_tax", "kept_file", "kept_claims", "kept_consent":
		return keptFor(strings.TrimPrefix(name, "kept_"))
	case "recipients":
		return len(l.order.Lists["told_list"]) > 0
	case "no_recipients":
		return len(l.order.Lists["told_list"]) == 0
	case "own_leg":
		return len(l.order.Lists["own_rights"]) > 0
	case "omissions":
		return len(l.order.Lists["omitted_list"]) > 0
	case "may_withhold":
		return l.raw("withhold_why") != ""
	case "changes":
		return len(l.order.Changes) > 0
	case "refusals":
		return len(l.order.Refusals) > 0
	case "exception":
		// an exception of UAVG 41 must say why it is needed, no more than
		// needed, and until when.
		return slices.Contains(l.order.Lists["grounds_list"], "uavg41") ||
			slices.ContainsFunc(l.order.Refusals, func(r RefusedPart) bool { return r.Ground == "uavg41" })
	}
	if name == l.of && name != "" || l.order.Flags[name] {
		return true
	}
	switch placeholders[name] {
	case listValue, paragraphsValue:
		return len(l.order.Lists[name]) > 0
	case itemsValue:
		return len(l.order.Changes)+len(l.order.Refusals)+len(l.order.Recipients) > 0
	case houseValue:
		v, err := l.inline(name)
		return err == nil && v.Text != ""
	}
	return l.raw(name) != ""
}

// raw is the value as ordered; a further leg takes from the letter what it does
// not have of its own.
func (l *leg) raw(name string) string {
	if v, ok := l.order.Values[name]; ok {
		return clean(v)
	}
	if l.parent != nil {
		return l.parent.raw(name)
	}
	return ""
}

func (l *leg) rights() []request.Right { return l.order.Rights }

// alone writes a letter of one leg.
func (l *leg) alone(d *document) error {
	if err := l.open(d); err != nil {
		return err
	}
	for _, r := range l.rows() {
		if placeOf(r) == nowhere {
			continue
		}
		if err := l.write(d, r); err != nil {
			return err
		}
	}
	return nil
}

func (l *leg) rows() []row {
	var out []row
	for _, r := range l.book.templates[l.info.Kind].rows {
		if l.holds(r.when) {
			out = append(out, r)
		}
	}
	return out
}

// open sets the subject and the name of the template.
func (l *leg) open(d *document) error {
	spans, err := l.line(l.row("subject").lines[0].parts)
	if err != nil {
		return err
	}
	d.subject = words(spans)
	d.template = l.templateName()
	return nil
}

func (l *leg) templateName() string {
	return fmt.Sprintf("%s@%s/%s", l.info.Kind, l.book.templates[l.info.Kind].version, l.order.Language)
}

// together writes one letter for several legs: what they share once, first
// what is decided on each leg in one line, then each leg under its own heading,
// so that no refusal hides between grants (W-9).
func together(d *document, legs []*leg) error {
	first := legs[0]
	opening := Order{
		Kind: first.order.Kind, Language: first.order.Language, Values: first.order.Values,
	}
	for _, l := range legs {
		for _, r := range l.order.Rights {
			if !slices.Contains(opening.Rights, r) {
				opening.Rights = append(opening.Rights, r)
			}
		}
	}
	shared := &leg{order: opening, info: first.info, of: first.of, book: first.book, house: first.house}
	subject, err := shared.line(mustParts(first.book.choices["combined=subject"]))
	if err != nil {
		return err
	}
	d.subject = words(subject)
	var names []string
	for _, l := range legs {
		names = append(names, l.templateName())
	}
	d.template = strings.Join(names, "+")

	// A letter with a neutral leg greets like one: nobody is proven (W-24).
	greeter := first
	for _, l := range legs {
		if l.neutral() {
			greeter = l
		}
	}
	for _, r := range first.rows() {
		if placeOf(r) != atHead {
			continue
		}
		from := shared
		if r.id == "hello" {
			from, r = greeter, *greeter.row("hello")
		}
		if err := from.write(d, r); err != nil {
			return err
		}
	}
	intro, err := shared.line(mustParts(first.book.choices["combined=intro"]))
	if err != nil {
		return err
	}
	summary := element{Kind: list, prose: true}
	for _, l := range legs {
		spans, err := l.line(l.row("short").lines[0].parts)
		if err != nil {
			return err
		}
		summary.Lines = append(summary.Lines, spans)
	}
	d.elements = append(d.elements, element{Kind: paragraph, Lines: [][]span{intro}, prose: true}, summary)

	said := map[string]bool{}
	for _, l := range legs {
		spans, err := l.line(l.row("leg").lines[0].parts)
		if err != nil {
			return err
		}
		d.elements = append(d.elements, element{Kind: legHeading, Lines: [][]span{spans}, prose: true})
		for _, r := range l.rows() {
			if placeOf(r) != inLeg {
				continue
			}
			if err := l.writeOnce(d, r, said); err != nil {
				return err
			}
		}
	}
	return tails(d, legs, said)
}

// tails writes what stands below every letter, each thing once: where to go
// first, then who we are. Where one leg was decided, the shorter texts on
// complaints for legs that were not add nothing.
func tails(d *document, legs []*leg, said map[string]bool) error {
	present := map[string]bool{}
	for _, l := range legs {
		for _, r := range l.rows() {
			present[r.block] = true
		}
	}
	covered := func(id string) bool {
		switch id {
		case "BLK-AP.now":
			return present["BLK-AP.decision"] || present["BLK-AP.client"] || present["BLK-AP.complaint"]
		case "BLK-AP.wait":
			return present["BLK-AP.decision"]
		}
		return false
	}
	for _, prefix := range []string{"BLK-AP.", "BLK-NOT-YOU", "BLK-WHO", "BLK-SIGN"} {
		for _, l := range legs {
			for _, r := range l.rows() {
				if placeOf(r) != atTail || !strings.HasPrefix(r.block, prefix) {
					continue
				}
				if covered(r.block) {
					// Its words stand in the fuller text.
					d.rows = append(d.rows, r.id)
					continue
				}
				if err := l.writeOnce(d, r, said); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// writeOnce writes a row unless the letter has its very words already.
func (l *leg) writeOnce(d *document, r row, said map[string]bool) error {
	var own document
	if err := l.write(&own, r); err != nil {
		return err
	}
	key := fmt.Sprint(own.elements)
	if !said[key] {
		d.elements = append(d.elements, own.elements...)
		d.blocks = append(d.blocks, own.blocks...)
	}
	said[key] = true
	for _, id := range own.rows {
		if !slices.Contains(d.rows, id) {
			d.rows = append(d.rows, id)
		}
	}
	return nil
}

// write adds a row to the document.
func (l *leg) write(d *document, r row) error {
	lines := r.lines
	if r.block != "" {
		b := l.book.blocks[r.block]
		lines = b.lines
		if id := r.block + "@" + b.version; !slices.Contains(d.blocks, id) {
			d.blocks = append(d.blocks, id)
		}
	}
	if r.perKept != "" {
		for i := range l.order.Kept {
			if l.order.Kept[i].Ground != r.perKept {
				continue
			}
			one := *l
			one.kept = &l.order.Kept[i]
			if err := one.writeLines(d, r, lines); err != nil {
				return err
			}
		}
	} else if err := l.writeLines(d, r, lines); err != nil {
		return err
	}
	if !slices.Contains(d.rows, r.id) {
		d.rows = append(d.rows, r.id)
	}
	return nil
}

func (l *leg) writeLines(d *document, r row, lines []line) error {
	prose := r.id != "hello" && r.id != "sign"
	var made []element
	add := func(kind elementKind, s []span) {
		last := len(made) - 1
		if last >= 0 && made[last].Kind == kind && (kind == paragraph || kind == list || kind == facts) {
			made[last].Lines = append(made[last].Lines, s)
			return
		}
		made = append(made, element{Kind: kind, Lines: [][]span{s}, prose: prose && kind != facts && kind != code})
	}
	for _, ln := range lines {
		if ln.kind == listLine {
			name := ln.parts[0].name
			items, err := l.list(name)
			if err != nil {
				return err
			}
			for _, item := range items {
				if name == "change_list" {
					// A person's own data are not words of ours to be measured.
					made = append(made, element{Kind: list, Lines: [][]span{{{Text: capital(item)}}}})
					continue
				}
				if placeholders[name] == paragraphsValue {
					made = append(made, element{Kind: paragraph, Lines: [][]span{{{Text: item}}}, prose: prose && name != "statement_text"})
					continue
				}
				add(list, []span{{Text: capital(item)}})
			}
			continue
		}
		s, err := l.line(ln.parts)
		if err != nil {
			return err
		}
		if words(s) == "" {
			continue
		}
		switch ln.kind {
		case headingLine:
			add(heading, s)
		case itemLine:
			s[0].Text = capital(s[0].Text)
			add(list, s)
		case factLine:
			add(facts, s)
		case codeLine:
			add(code, s)
		default:
			add(paragraph, s)
		}
	}
	d.elements = append(d.elements, made...)
	return nil
}

// merged joins lists that follow each other, as the rows of what is kept do.
func merged(in []element) []element {
	var out []element
	for _, e := range in {
		if n := len(out); n > 0 && e.Kind == list && out[n-1].Kind == list {
			out[n-1].Lines = append(slices.Clone(out[n-1].Lines), e.Lines...)
			continue
		}
		out = append(out, e)
	}
	return out
}

// words joins the text of spans.
func words(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.Text)
	}
	return strings.TrimSpace(b.String())
}

// mustParts parses words of blocks.txt that hold placeholders; they were
// checked when the book was loaded.
func mustParts(s string) []part {
	parts, err := parseParts(s)
	if err != nil {
		panic("letters: " + err.Error())
	}
	return parts
}
