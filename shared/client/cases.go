package client

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

const perPage = 25

// states are the lists, in the order of the tabs.
var states = []string{"todo", "instructed", "done"}

// due is a date and how far away it is, in words.
type due struct{ Day, Left, Class string }

func (h *Handler) due(v visit, day request.Day) due {
	// A date breaks nowhere: "wo 18 nov" under another means little.
	d := due{Day: strings.ReplaceAll(pages.ShortDay(v.lang, day), " ", "\u00a0")}
	end, err := deadline.ParseDate(string(day))
	if err != nil {
		return d
	}
	today := deadline.LocalDate(h.Now())
	n := h.Calendar.WorkingDaysBetween(today, end)
	switch {
	case end.Before(today):
		d.Left, d.Class = v.say("left.late"), "late"
	case end == today:
		d.Left, d.Class = v.say("left.today"), "late"
	case n <= 1:
		d.Left, d.Class = v.say("left.one"), "soon"
	default:
		d.Left = v.say("left.n", "n", n)
		if n <= 5 {
			d.Class = "soon"
		}
	}
	return d
}

type row struct {
	Due                           due
	Reference, Leg, To, Right     string
	State, Instruct, InstructText string
}

type tab struct {
	Address, Text string
	Current       bool
}

type listPage struct {
	pages.Frame
	Heading, Caption, Empty string
	Tabs                    []tab
	Rows                    []row
	More                    string
	Session                 sessionLine
}

// sessionLine says until when the client is signed in.
type sessionLine struct{ Until, Longer string }

func (h *Handler) sessionLine(v visit) sessionLine {
	return sessionLine{Until: pages.Hour(v.lang, v.session.proof.Until), Longer: h.address("/langer")}
}

// list shows the client's own legs: what waits for it first. It names no person.
func (h *Handler) list(v visit) error {
	q := v.r.URL.Query()
	state := q.Get("lijst")
	if !slices.Contains(states, state) {
		state = states[0]
	}
	id := v.session.client.ID
	rows, more, err := h.Cases.OfClient(v.r.Context(), id, state, store.Page{Limit: perPage, After: clip(q.Get("na"), 2000)})
	if err != nil {
		return err
	}
	p := listPage{
		Frame: h.frame(v, v.say("list.title"), ""), Heading: v.say("list.heading", "client", v.session.client.Name),
		Caption: v.say("list.caption." + state), Empty: v.say("list.empty." + state), Session: h.sessionLine(v),
	}
	for _, s := range states {
		text := v.say("tab." + s)
		if s == state && q.Get("na") == "" && more == "" {
			text += " " + strconv.Itoa(len(rows))
		}
		p.Tabs = append(p.Tabs, tab{Address: h.address("/?lijst=" + s), Text: text, Current: s == state})
	}
	for _, r := range rows {
		one := row{
			Due: h.due(v, r.SafeDue), Reference: string(r.Reference), Leg: r.Leg, To: h.legAddress(r.Reference, r.Leg),
			Right: v.say("right." + string(r.Right)), State: v.say("state." + string(r.Phase)),
		}
		if r.Phase == request.Forwarded {
			one.Instruct, one.InstructText = h.legAddress(r.Reference, r.Leg, "opdracht"), v.say("case.instruct")
		}
		p.Rows = append(p.Rows, one)
	}
	if more != "" {
		p.More = h.address("/?" + url.Values{"lijst": {state}, "na": {more}}.Encode())
	}
	return h.show(v, http.StatusOK, "list", p)
}

type fact struct{ Term, Value string }

type casePage struct {
	pages.Frame
	Heading   string
	Turn      bool
	Todo      []string
	Instruct  string
	Facts     []fact
	Text      string
	Holdings  []casework.Held
	Limits    string
	Given     []fact
	ReceiptTo string
	PackageTo string
	Session   sessionLine
}

// open loads the client's own leg of the address.
func (h *Handler) open(v visit) (casework.ClientCase, error) {
	ref, ok := request.ParseReference(v.r.PathValue("ref"))
	leg := v.r.PathValue("leg")
	if !ok || leg == "" || len(leg) > 20 {
		return casework.ClientCase{}, request.Fault(request.NotFound, "", "read a reference")
	}
	return h.Cases.ClientView(v.r.Context(), v.session.client.ID, ref, leg)
}

func heading(c casework.ClientCase) string { return string(c.Reference) + " · " + c.Leg }

func (h *Handler) showCase(v visit) error {
	c, err := h.open(v)
	if err != nil {
		return err
	}
	p := casePage{
		Frame: h.frame(v, heading(c), ""), Heading: heading(c), Turn: c.Phase == request.Forwarded, Text: c.Text,
		Holdings: c.Holdings, Session: h.sessionLine(v), Given: h.given(v, c),
	}
	p.Back = h.address("/")
	p.Facts = []fact{
		{v.say("case.right"), v.say("right." + string(c.Right))},
		{v.say("case.received"), pages.Moment(v.lang, c.Received)},
		{v.say("case.answer.by"), pages.Day(v.lang, c.SafeDue)},
	}
	if c.InstructBy != "" {
		p.Facts = append(p.Facts, fact{v.say("case.instruct.by"), pages.Day(v.lang, c.InstructBy)})
	}
	if c.File != "" {
		p.Facts = append(p.Facts, fact{v.say("case.file"), c.File})
	}
	p.Facts = append(p.Facts, fact{v.say("case.proof"), v.say("proof." + proof(c.Proof))}, fact{v.say("case.state"), v.say("state." + string(c.Phase))})
	if p.Turn {
		p.Instruct = h.legAddress(c.Reference, c.Leg, "opdracht")
		p.Todo = []string{
			v.say("case.todo.decide"), v.say("case.todo.answer", "date", pages.Day(v.lang, c.SafeDue)), v.say("case.todo.nothing"),
		}
	}
	if c.Right == request.Erasure || c.Right == request.Restriction {
		p.Limits = v.say("case.limits")
	}
	if c.Instruction.Kind != "" {
		p.ReceiptTo = h.legAddress(c.Reference, c.Leg, "ontvangen")
	}
	if c.Package != nil {
		p.PackageTo = h.legAddress(c.Reference, c.Leg, "pakket")
	}
	return h.show(v, http.StatusOK, "case", p)
}

func proof(code string) string {
	switch code {
	case "file-channel", "file-channel-and-fact":
		return code
	}
	return "none"
}

// given are the facts of an instruction that was given.
func (h *Handler) given(v visit, c casework.ClientCase) []fact {
	in := c.Instruction
	if in.Kind == "" {
		return nil
	}
	facts := []fact{
		{v.say("receipt.number"), in.Receipt}, {v.say("receipt.what"), v.say("instruction." + in.Kind + manner(c.Right))},
	}
	if in.Ground != "" && site.Words().Has("ground."+in.Ground) {
		facts = append(facts, fact{v.say("receipt.ground"), v.say("ground." + in.Ground)})
	}
	_, by, ok := strings.Cut(in.By, "/")
	if !ok {
		by = in.By
	}
	return append(facts, fact{v.say("receipt.by"), by}, fact{v.say("receipt.at"), pages.Moment(v.lang, in.At)})
}

// --- The instruction ---

// kindsFor are what a client may instruct on that right: only a copy can be
// delivered to the person.
func kindsFor(right request.Right) []string {
	if right.Discloses() {
		return []string{request.CarryOutToUs, request.CarryOutToSubject, request.RefuseInstruction}
	}
	return []string{request.CarryOutToUs, request.RefuseInstruction}
}

// manner picks the words of an instruction: a copy is delivered, anything else
// is carried out.
func manner(right request.Right) string {
	if right.Discloses() {
		return ".copy"
	}
	return ".act"
}

// grounds are why a client answers itself; the ground is the client's own.
var grounds = []string{"answered", "not-ours", "unproven", "exception", "other"}

type instructPage struct {
	pages.Frame
	Heading       string
	Lead          string
	Kind, Ground  pages.Choices
	By            pages.Field
	Action        string
	Button        string
	Cancel        string
	Limits        string
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
		return c, false, h.to(v, to)
	}
	return c, true, nil
}

func (h *Handler) showInstruct(v visit) error {
	c, ok, err := h.ready(v)
	if err != nil || !ok {
		return err
	}
	d := draft{}
	if have := v.session.Draft; have != nil && have.Reference == c.Reference && have.Leg == c.Leg {
		d = *have
	}
	return h.instructing(v, c, d, nil, http.StatusOK)
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
		Frame: h.frame(v, v.say("instruct.title"), ""), Heading: v.say("instruct.title"),
		Lead:   heading(c) + ": " + v.say("right."+string(c.Right)),
		Action: h.legAddress(c.Reference, c.Leg, "opdracht"), Button: v.say("instruct.button"), Cancel: h.legAddress(c.Reference, c.Leg),
		Kind:   pages.Choices{ID: "opdracht", Name: "opdracht", Legend: v.say("instruct.kind"), Error: at("opdracht-1")},
		Ground: pages.Choices{ID: "grond", Name: "grond", Legend: v.say("instruct.ground"), Hint: v.say("instruct.ground.hint"), Error: at("grond-1")},
		By:     pages.Field{ID: "naam", Label: v.say("instruct.by"), Hint: v.say("instruct.by.hint"), Value: d.By, Error: at("naam"), Autocomplete: "name", Width: "w20", Lang: v.lang},
	}
	p.Back = p.Cancel
	group := pages.ChoiceGroup{}
	for _, kind := range kindsFor(c.Right) {
		group.Options = append(group.Options, pages.Choice{
			Value: kind, Label: v.rich("instruct." + kind + manner(c.Right)), Hint: v.rich("instruct." + kind + manner(c.Right) + ".hint"), Checked: d.Kind == kind,
		})
	}
	p.Kind.Groups = []pages.ChoiceGroup{group}
	var reasons []pages.Choice
	for _, g := range grounds {
		reasons = append(reasons, pages.Choice{Value: g, Label: v.rich("ground." + g), Checked: d.Ground == g})
	}
	p.Ground.Groups = []pages.ChoiceGroup{{Options: reasons}}
	if c.Right == request.Erasure {
		p.Limits = v.say("case.limits")
	}
	if len(faults) > 0 {
		p.Faults = faults
		p.Title = v.say("frame.title.faults", "title", p.Title)
	}
	return h.show(v, status, "instruct", p)
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
	d := draft{Reference: c.Reference, Leg: c.Leg, Kind: form.Get("opdracht"), Ground: form.Get("grond"), By: clip(form.Get("naam"), 100)}
	var faults []pages.Fault
	if !slices.Contains(kindsFor(c.Right), d.Kind) {
		faults = append(faults, pages.Fault{Place: "opdracht-1", Text: v.say("fault.kind")})
	}
	if d.Kind != request.RefuseInstruction {
		d.Ground = ""
	} else if !slices.Contains(grounds, d.Ground) {
		faults = append(faults, pages.Fault{Place: "grond-1", Text: v.say("fault.ground")})
	}
	if d.By == "" {
		faults = append(faults, pages.Fault{Place: "naam", Text: v.say("fault.by")})
	}
	if len(faults) > 0 {
		return h.instructing(v, c, d, faults, http.StatusUnprocessableEntity)
	}
	v.session.Draft = &d
	if err := h.keep(v.r.Context(), v.session.secret, v.session.place); err != nil {
		return err
	}
	return h.to(v, h.legAddress(c.Reference, c.Leg, "controle"))
}

// chosen gives the instruction that was chosen for this very leg.
func (h *Handler) chosen(v visit, c casework.ClientCase) *draft {
	d := v.session.Draft
	if d == nil || d.Reference != c.Reference || d.Leg != c.Leg {
		return nil
	}
	return d
}

// showCheck shows once more what will happen, before it does.
func (h *Handler) showCheck(v visit) error {
	c, ok, err := h.ready(v)
	if err != nil || !ok {
		return err
	}
	d := h.chosen(v, c)
	if d == nil {
		return h.to(v, h.legAddress(c.Reference, c.Leg, "opdracht"))
	}
	p := instructPage{
		Frame: h.frame(v, v.say("check.title"), ""), Heading: v.say("check.title"), Lead: heading(c) + ": " + v.say("right."+string(c.Right)),
		Action: h.legAddress(c.Reference, c.Leg, "controle"), Change: h.legAddress(c.Reference, c.Leg, "opdracht"),
		Cancel: h.legAddress(c.Reference, c.Leg), Check: true, ConfirmButton: v.say("check.button"),
		Facts: []fact{{v.say("receipt.what"), v.say("instruction." + d.Kind + manner(c.Right))}},
	}
	p.Back = p.Change
	if d.Ground != "" {
		p.Facts = append(p.Facts, fact{v.say("receipt.ground"), v.say("ground." + d.Ground)})
	}
	p.Facts = append(p.Facts, fact{v.say("receipt.by"), d.By}, fact{v.say("check.client"), v.session.client.Name})
	key := d.Kind
	if d.Kind == request.CarryOutToUs && !c.Right.Discloses() {
		key += "." + map[bool]string{true: "erase", false: "act"}[c.Right == request.Erasure]
	}
	p.Consequences = []string{v.say("check.then." + key), v.say("check.answer", "date", pages.Day(v.lang, c.SafeDue)), v.say("check.nothing")}
	return h.show(v, http.StatusOK, "instruct", p)
}

// give records the instruction: who, when, what, by which channel.
func (h *Handler) give(v visit) error {
	c, ok, err := h.ready(v)
	if err != nil || !ok {
		return err
	}
	d := h.chosen(v, c)
	if d == nil {
		return h.to(v, h.legAddress(c.Reference, c.Leg, "opdracht"))
	}
	in := request.Instruction{Kind: d.Kind, Ground: d.Ground}
	if _, err := h.Cases.GiveInstruction(v.r.Context(), v.session.client.ID, d.By, c.Reference, c.Leg, in); err != nil {
		return err
	}
	v.session.Draft = nil
	if err := h.keep(v.r.Context(), v.session.secret, v.session.place); err != nil {
		return err
	}
	return h.to(v, h.legAddress(c.Reference, c.Leg, "ontvangen"))
}

type receiptPage struct {
	pages.Frame
	Facts []fact
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
		return h.to(v, h.legAddress(c.Reference, c.Leg))
	}
	p := receiptPage{Frame: h.frame(v, v.say("receipt.title"), ""), Next: h.address("/"), CaseTo: h.legAddress(c.Reference, c.Leg)}
	p.Facts = append([]fact{{v.say("receipt.about"), heading(c) + ": " + v.say("right."+string(c.Right))}}, h.given(v, c)...)
	p.Text = []string{v.say("receipt.next." + c.Instruction.Kind)}
	return h.show(v, http.StatusOK, "receipt", p)
}

// --- The package ---

type packagePage struct {
	pages.Frame
	Heading, Lead string
	Name, Size    string
	Until, SHA256 string
	Left          int
	Action, Link  string
}

func (h *Handler) showPackage(v visit) error {
	c, err := h.open(v)
	if err != nil {
		return err
	}
	if c.Package == nil {
		return request.Fault(request.NotFound, string(c.Reference)+"/"+c.Leg, "find a package")
	}
	return h.packagePage(v, c, "")
}

func (h *Handler) packagePage(v visit, c casework.ClientCase, link string) error {
	p := packagePage{
		Frame: h.frame(v, v.say("package.title"), ""), Heading: v.say("package.title"), Lead: v.say("package.lead"),
		Name: c.Package.Name, Size: pages.Size(v.lang, c.Package.Bytes), Until: pages.Day(v.lang, c.Package.Until),
		SHA256: c.Package.SHA256, Left: c.Package.Left, Action: h.legAddress(c.Reference, c.Leg, "pakket"), Link: link,
	}
	if link != "" {
		p.Heading, p.Lead = v.say("package.link.title"), v.say("package.link.lead")
	}
	p.Back = h.legAddress(c.Reference, c.Leg)
	return h.show(v, http.StatusOK, "package", p)
}

// release answers with the page that holds the address of the file: it is good
// for 120 seconds at most, must not be kept, and every one is counted (A25).
func (h *Handler) release(v visit) error {
	c, err := h.open(v)
	if err != nil {
		return err
	}
	if c.Package == nil {
		return request.Fault(request.NotFound, string(c.Reference)+"/"+c.Leg, "find a package")
	}
	link, err := h.Cases.ClientRelease(v.r.Context(), v.session.client.ID, c.Reference, c.Leg)
	if request.TooMany.Is(err) {
		return h.to(v, h.legAddress(c.Reference, c.Leg, "pakket"))
	}
	if err != nil {
		return err
	}
	return h.packagePage(v, c, link)
}
