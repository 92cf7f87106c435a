package client

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/door"
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
	d := due{Day: strings.ReplaceAll(pages.ShortDay(v.Lang, day), " ", "\u00a0")}
	end, err := deadline.ParseDate(string(day))
	if err != nil {
		return d
	}
	today := deadline.LocalDate(h.Now())
	n := h.Calendar.WorkingDaysBetween(today, end)
	switch {
	case end.Before(today):
		d.Left, d.Class = v.Say("left.late"), "late"
	case end == today:
		d.Left, d.Class = v.Say("left.today"), "late"
	case n <= 1:
		d.Left, d.Class = v.Say("left.one"), "soon"
	default:
		d.Left = v.Say("left.n", "n", n)
		if n <= 5 {
			d.Class = "soon"
		}
	}
	return d
}

// noDue is where no day counts.
var noDue = due{Day: "–"}

// say is Say in the words for a client that no longer decides, where these differ.
func (v visit) say(key string) string {
	if former := key + ".former"; !v.session.client.Decides() && v.Knows(former) {
		return v.Say(former)
	}
	return v.Say(key)
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
	// MonthTo leads to what shows a month.
	MonthTo string
}

// sessionLine says until when the client is signed in.
type sessionLine struct{ Until, Longer string }

func (h *Handler) sessionLine(v visit) sessionLine {
	return sessionLine{Until: pages.Hour(v.Lang, v.session.proof.Until), Longer: h.address("/langer")}
}

// list shows the client's own legs: what waits for it first. It names no person.
func (h *Handler) list(v visit) error {
	q := v.R.URL.Query()
	state := q.Get("lijst")
	if !slices.Contains(states, state) {
		state = states[0]
	}
	id := v.session.client.ID
	rows, more, err := h.Cases.OfClient(v.R.Context(), id, state, store.Page{Limit: perPage, After: door.Clip(q.Get("na"), 2000)})
	if err != nil {
		return err
	}
	p := listPage{
		Frame: h.frame(v, v.Say("list.title"), ""), Heading: v.Say("list.heading", "client", v.session.client.Name),
		Caption: v.say("list.caption." + state), Empty: v.Say("list.empty." + state), Session: h.sessionLine(v),
	}
	p.MonthTo = h.address("/maand")
	for _, s := range states {
		text := v.say("tab." + s)
		if s == state && q.Get("na") == "" && more == "" {
			text += " " + strconv.Itoa(len(rows))
		}
		p.Tabs = append(p.Tabs, tab{Address: h.address("/?lijst=" + s), Text: text, Current: s == state})
	}
	for _, r := range rows {
		state, due := "state."+string(r.Phase), h.due(v, r.SafeDue)
		if r.Moved || !v.session.client.Decides() {
			due = noDue // who no longer decides has no day to answer by
			if r.Moved || r.Phase != request.Reported && r.Phase != request.Closed {
				state = "state.moved"
			}
		}
		one := row{
			Due: due, Reference: string(r.Reference), Leg: r.Leg, To: h.legAddress(r.Reference, r.Leg),
			Right: v.Say("right." + string(r.Right)), State: v.Say(state),
		}
		if r.Phase == request.Forwarded && !v.session.deputy && v.session.client.Decides() {
			one.Instruct, one.InstructText = h.legAddress(r.Reference, r.Leg, "opdracht"), v.Say("case.instruct")
		}
		if r.Held && v.session.client.Decides() {
			one.State = v.Say("state.flagged")
			if one.Instruct != "" {
				one.Instruct, one.InstructText = h.legAddress(r.Reference, r.Leg, "tweede-woord"), v.Say("word.title")
			}
		}
		p.Rows = append(p.Rows, one)
	}
	if more != "" {
		p.More = h.address("/?" + url.Values{"lijst": {state}, "na": {more}}.Encode())
	}
	return h.door.Show(v.Visit, http.StatusOK, "list", p)
}

type fact struct{ Term, Value string }

type casePage struct {
	pages.Frame
	Heading string
	// Deputy says who acts, to who may not.
	Deputy   string
	Todo     []string
	Instruct string
	// Held is what we say of an instruction that we hold, Words an officer's,
	// WordTo where the client answers; Before are those that were answered.
	Held, Words string
	WordTo      string
	Before      [][]fact
	Facts       []fact
	Text        string
	Holdings    []casework.Held
	// Former says that the client no longer decides: it reads what was done, and
	// nothing of the person.
	Former    string
	Limits    string
	Given     []fact
	ReceiptTo string
	// LiftTo leads to where a restriction can end; Lifted is an end that was set.
	LiftTo, LiftReceiptTo string
	Lifted                []fact
	PackageTo             string
	Session               sessionLine
}

// open loads the client's own leg of the address.
func (h *Handler) open(v visit) (casework.ClientCase, error) {
	ref, ok := request.ParseReference(v.R.PathValue("ref"))
	leg := v.R.PathValue("leg")
	if !ok || leg == "" || len(leg) > 20 {
		return casework.ClientCase{}, request.Fault(request.NotFound, "", "read a reference")
	}
	return h.Cases.ClientView(v.R.Context(), v.session.client.ID, ref, leg)
}

func heading(c casework.ClientCase) string { return string(c.Reference) + " · " + c.Leg }

func (h *Handler) showCase(v visit) error {
	c, err := h.open(v)
	if err != nil {
		return err
	}
	words, err := h.Cases.ClientWords(v.R.Context(), v.session.client.ID, c.Reference, c.Leg)
	if err != nil {
		return err
	}
	p := casePage{
		Frame: h.frame(v, heading(c), ""), Heading: heading(c), Text: words,
		Holdings: c.Holdings, Session: h.sessionLine(v), Given: h.given(v, c),
	}
	p.Back = h.address("/")
	p.Facts = []fact{
		{v.Say("case.right"), v.Say("right." + string(c.Right))},
		{v.Say("case.received"), pages.Moment(v.Lang, c.Received)},
	}
	if !c.Former { // who no longer decides has no day to answer or instruct by
		p.Facts = append(p.Facts, fact{v.Say("case.answer.by"), pages.Day(v.Lang, c.SafeDue)})
	}
	if c.InstructBy != "" && !c.Former && c.Phase == request.Forwarded {
		p.Facts = append(p.Facts, fact{v.Say("case.instruct.by"), pages.Day(v.Lang, c.InstructBy)})
	}
	if c.File != "" {
		p.Facts = append(p.Facts, fact{v.Say("case.file"), c.File})
	}
	if c.AskedBy != "" {
		p.Facts = append(p.Facts, fact{v.Say("case.asked-by"), v.Say("asked-by." + c.AskedBy)})
		if v.Knows("authority." + c.Authority) {
			p.Facts = append(p.Facts, fact{v.Say("case.authority"), v.Say("authority." + c.Authority)})
		}
	}
	p.Facts = append(p.Facts, fact{v.Say("case.proof"), v.Say("proof." + proof(c.Proof))}, fact{v.Say("case.state"), v.Say("state." + string(c.Phase))})
	switch {
	case c.Moved:
		p.Former, p.Facts[len(p.Facts)-1].Value = v.Say("case.moved", "email", h.House.Email), v.Say("state.moved")
	case c.Former:
		p.Former = v.Say("case.former", "email", h.House.Email)
		if c.Phase != request.Reported && c.Phase != request.Closed {
			p.Facts[len(p.Facts)-1].Value = v.Say("state.moved")
		}
	}
	if p.Former != "" {
		// What can still be done is another's to do.
	} else if v.session.deputy {
		p.Deputy = v.Say("case.deputy", "contact", h.reach(v))
	} else if f, _ := c.Flagged(); f != nil {
		p.WordTo = h.legAddress(c.Reference, c.Leg, "tweede-woord")
	} else if c.Phase == request.Forwarded {
		p.Instruct = h.legAddress(c.Reference, c.Leg, "opdracht")
		p.Todo = []string{
			v.Say("case.todo.decide"), v.Say("case.todo.answer", "date", pages.Day(v.Lang, c.SafeDue)), v.Say("case.todo.nothing"),
		}
	}
	before := c.Flags
	if f, n := c.Flagged(); f != nil && !c.Former {
		p.Held, p.Words, before = flagWords(v, f.Reason), f.Words, c.Flags[:n-1]
	}
	for _, f := range before {
		p.Before = append(p.Before, h.flagFacts(v, c, f))
	}
	if p.Former == "" && (c.Right == request.Erasure || c.Right == request.Restriction) {
		p.Limits = v.Say("case.limits")
	}
	if c.Instruction.Kind != "" {
		p.ReceiptTo = h.legAddress(c.Reference, c.Leg, "ontvangen")
	}
	if c.LiftFrom != "" && !v.session.deputy {
		p.LiftTo = h.legAddress(c.Reference, c.Leg, "einde")
	}
	if p.Lifted = h.lifted(v, c); p.Lifted != nil {
		p.LiftReceiptTo = h.legAddress(c.Reference, c.Leg, "einde", "ontvangen")
	}
	if c.Package != nil && !v.session.deputy {
		p.PackageTo = h.legAddress(c.Reference, c.Leg, "pakket")
	}
	return h.door.Show(v.Visit, http.StatusOK, "case", p)
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
		{v.Say("receipt.number"), in.Receipt}, {v.Say("receipt.what"), v.Say("instruction." + in.Kind + manner(c.Right))},
	}
	if in.Ground != "" && site.Words().Has("ground."+in.Ground) {
		facts = append(facts, fact{v.Say("receipt.ground"), v.Say("ground." + in.Ground)})
	}
	if site.Words().Has("letter." + in.Template + ".name") {
		facts = append(facts, fact{v.Say("receipt.letter"), v.Say("letter." + in.Template + ".name")})
	}
	facts = append(facts, fact{v.Say("receipt.by"), person(in.By)}, fact{v.Say("receipt.at"), pages.Moment(v.Lang, in.At)})
	if in.Why != "" {
		facts = append(facts, fact{v.Say("receipt.why"), in.Why})
	}
	return facts
}
