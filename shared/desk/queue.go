package desk

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

const (
	// perPage is how many tasks a page of the queue holds, perCount how far a
	// tab counts: both bound what one look costs, however many are open.
	perPage  = 25
	perCount = 50
	// perLook is how many rows a filtered page reads at a time, and looks how
	// often: what fits further on is found from "zoek verder".
	perLook = 50
	looks   = 6
	// soonDays is how many working days ahead "termijn dichtbij" looks.
	soonDays = 5
)

// tabs are the queues in the order of the page; the value is the store's name.
var tabs = []struct {
	tab, queue string
	counted    bool
}{
	{"mij", "mine", true}, {"vrij", "free", true}, {"goedkeuren", "approve", true}, {"dichtbij", store.QueueAll, false},
	{"wacht-persoon", store.QueueWaits + "subject", false}, {"wacht-opdrachtgever", store.QueueWaits + "client", false},
	{"wacht-systeem", store.QueueWaits + "system", false}, {"alles", store.QueueAll, false},
}

func queueOf(tab, actor string) (string, bool) {
	for _, t := range tabs {
		if t.tab == tab {
			if t.queue == "mine" {
				return "mine:" + actor, true
			}
			return t.queue, true
		}
	}
	return "", false
}

// due is a date as officers read it: the day, and how far away it is in words.
type due struct {
	Day, Left, Class string
}

// due says how many working days are left; colour comes third, after words and bar.
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
		d.Left, d.Class = v.Say("left.late", "n", max(-n, 1)), "late"
		if n >= -1 {
			d.Left = v.Say("left.late.one")
		}
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

// answered is the date of a request of which every part was answered: what is
// still to be done is not late by it.
func answered(v visit, d due) due { return due{Day: d.Day, Left: v.Say("left.answered")} }

// row is one task in the queue; it holds no personal data (A46).
type row struct {
	Due                     due
	Reference, To, Leg      string
	Right, Relation, Client string
	// ClientTo leads to all that is open at the client.
	ClientTo                 string
	Step, Note, Who, Channel string
	// Box is the value of the row's checkbox; "" for what is nobody's task.
	Box string
}

type tab struct {
	Address, Text string
	Current       bool
}

type queuePage struct {
	pages.Frame
	Tabs       []tab
	Rows       []row
	Caption    string
	Empty      string
	Filtered   bool
	ClearTo    string
	Tab        string
	Filters    []filter
	Client     pages.Field
	Action     string
	Search     pages.Field
	SearchTo   string
	FindTo     string
	NextTo     string
	NewTo      string
	OrdinaryTo string
	// TakeTo is where the chosen tasks are given to somebody; "" = no boxes.
	TakeTo      string
	Colleagues  []option
	Late        string
	LateTo      string
	More, First string
	// Looked says that a filtered page stopped before the end of the list.
	Looked string
}

// filter is one select above the list.
type filter struct {
	Name, Label string
	Options     []option
}

// wanted is what a filtered list shows.
type wanted struct {
	right, kind, channel, relation string
	// clients are the ids that the typed name fits; nil = all.
	clients []string
	// until is the last day to show; "" = no end.
	until request.Day
}

func (w wanted) any() bool {
	return w.right != "" || w.kind != "" || w.channel != "" || w.relation != "" || w.clients != nil
}

func (w wanted) fits(t store.TaskRow) bool {
	return (w.right == "" || w.right == string(t.Right)) && (w.kind == "" || w.kind == t.Kind) &&
		(w.channel == "" || w.channel == string(t.Channel)) && (w.relation == "" || w.relation == string(t.Relation)) &&
		(w.clients == nil || slices.Contains(w.clients, t.Client))
}

// list reads one page of a queue. With a filter it reads on, a few pages at
// most: next is where to look further, and "" is the end.
func (h *Handler) list(v visit, queue, after string, want wanted) (rows []store.TaskRow, next string, err error) {
	size, most := perPage, 1
	if want.any() {
		size, most = perLook, looks
	}
	for range most {
		var some []store.TaskRow
		if some, next, err = h.Cases.Tasks(v.R.Context(), queue, store.Page{Limit: size, After: after}); err != nil {
			return nil, "", err
		}
		for _, t := range some {
			if want.until != "" && t.SafeDue > want.until {
				return rows, "", nil // by safe date: nothing further on is nearer
			}
			if want.fits(t) {
				rows = append(rows, t)
			}
		}
		if after = next; next == "" || len(rows) >= perPage {
			break
		}
	}
	return rows, next, nil
}

type option struct {
	Value, Text string
	Chosen      bool
}

// waits names the lists with requests that wait for somebody else, up to a day;
// "" = any: where nobody has a task, not all is done.
func (h *Handler) waits(v visit, until request.Day) (names []string, err error) {
	for _, t := range tabs {
		if !strings.HasPrefix(t.queue, store.QueueWaits) {
			continue
		}
		rows, _, err := h.Cases.Tasks(v.R.Context(), t.queue, store.Page{Limit: 1})
		if err != nil {
			return nil, err
		}
		if len(rows) > 0 && (until == "" || rows[0].SafeDue <= until) { // by safe date
			names = append(names, v.Say("tab."+t.tab))
		}
	}
	return names, nil
}

func (h *Handler) queue(v visit) error { return h.showQueue(v, http.StatusOK, "") }

// showQueue shows one list of things to do, one row a task, the nearest safe
// date first. fault is the key of what is wrong with the search.
func (h *Handler) showQueue(v visit, status int, fault string) error {
	q := v.R.URL.Query()
	actor := v.actor()
	name := q.Get("rij")
	queue, ok := queueOf(name, actor.ID)
	if !ok {
		name = "mij"
		if actor.Has(Auditor) && !actor.Has(Officer) && !actor.Has(Approver) {
			name = "alles"
		}
		queue, _ = queueOf(name, actor.ID)
	}
	names, err := h.names(v)
	if err != nil {
		return err
	}
	want := wanted{right: q.Get("recht"), kind: q.Get("stap"), channel: q.Get("kanaal"), relation: q.Get("relatie")}
	if name == "dichtbij" {
		want.until = request.Day(h.Calendar.AddWorkingDays(deadline.LocalDate(h.Now()), soonDays).String())
	}
	company := door.Clip(door.Line(q.Get("opdrachtgever")), 80)
	if company != "" {
		if want.clients, err = h.companies(v, company); err != nil {
			return err
		}
	}
	rows, more, err := h.list(v, queue, door.Clip(q.Get("na"), 2000), want)
	if err != nil {
		return err
	}
	p := queuePage{
		Frame: h.frame(v, v.Say("queue.title")), Tab: name, Action: h.address("/"), Caption: v.Say("queue.caption"),
		Search:   pages.Field{ID: "k", Label: v.Say("queue.search"), Lang: v.Lang},
		SearchTo: h.address("/zoek"), ClearTo: h.address("/?rij=" + name), Filtered: want.any(),
		Filters: []filter{
			{"recht", v.Say("filter.right"), h.options(v, "filter.right.all", want.right, codesOf(request.Rights), "right.")},
			{"relatie", v.Say("filter.relation"), h.options(v, "filter.relation.all", want.relation, codesOf(request.Relations), "relation.")},
			{"kanaal", v.Say("filter.channel"), h.options(v, "filter.channel.all", want.channel, codesOf(channels), "channel.")},
		},
		Client: pages.Field{ID: "opdrachtgever", Label: v.Say("filter.client"), Value: company},
	}
	waiting := strings.HasPrefix(queue, store.QueueWaits)
	if !waiting {
		p.Filters = append(p.Filters, filter{"stap", v.Say("filter.kind"), h.options(v, "filter.kind.all", want.kind, slices.Values(kinds), "kind.")})
	}
	if actor.Has(Officer) {
		p.NewTo, p.OrdinaryTo, p.FindTo = h.address("/nieuw"), h.address("/gewone-mail"), h.address("/zoek-adres")
	}
	if actor.Has(Officer) || actor.Has(Approver) {
		p.NextTo = h.address("/volgende")
		if !waiting {
			p.TakeTo, p.Colleagues = h.address("/verdeel"), h.colleagues(v, names)
		}
	}
	if p.Tabs, err = h.tabs(v, name); err != nil {
		return err
	}
	said := map[string]string{}
	for _, t := range rows {
		if _, ok := said[t.Client]; !ok {
			said[t.Client] = h.company(v, t.Client)
		}
		p.Rows = append(p.Rows, h.row(v, t, said[t.Client], names))
	}
	switch {
	case len(p.Rows) > 0:
	case p.Filtered && more != "":
		p.Empty = v.Say("queue.empty.further")
	case p.Filtered:
		p.Empty = v.Say("queue.empty.filter")
	default:
		p.Empty = v.Say("queue.empty." + name)
		if queue == store.QueueAll {
			waits, err := h.waits(v, want.until)
			if err != nil {
				return err
			}
			if len(waits) > 0 {
				p.Empty += " " + v.Say("queue.empty.waits", "tabs", strings.Join(waits, ", "))
			}
		}
	}
	if p.Filtered && more != "" {
		p.Looked = v.Say("queue.looked")
	}
	if len(rows) > 0 && q.Get("na") == "" && !waiting {
		if d := h.due(v, rows[0].SafeDue); d.Class == "late" && !rows[0].Answered {
			p.Late, p.LateTo = v.Say("queue.late", "reference", rows[0].Reference, "left", d.Left), h.caseAddress(rows[0].Reference)
		}
	}
	keep := url.Values{"rij": {name}}
	for box, value := range map[string]string{"recht": want.right, "stap": want.kind, "kanaal": want.channel, "relatie": want.relation, "opdrachtgever": company} {
		if value != "" {
			keep.Set(box, value)
		}
	}
	if q.Get("na") != "" {
		p.First = h.address("/?" + keep.Encode())
	}
	if more != "" {
		keep.Set("na", more)
		p.More = h.address("/?" + keep.Encode())
	}
	if fault != "" {
		p.Search.Error, p.Search.Value = v.Say(fault), door.Clip(door.Clean(q.Get("k")), 40)
		p.Title = v.Say("frame.title.faults", "title", p.Title)
		p.Faults = []pages.Fault{{Place: "k", Text: p.Search.Error}}
	}
	return h.door.Show(v.Visit, status, "queue", p)
}

// tabs names the queues; those that are somebody's own work are counted.
func (h *Handler) tabs(v visit, current string) ([]tab, error) {
	var out []tab
	for _, t := range tabs {
		text := v.Say("tab." + t.tab)
		if t.counted {
			queue, _ := queueOf(t.tab, v.actor().ID)
			rows, more, err := h.Cases.Tasks(v.R.Context(), queue, store.Page{Limit: perCount})
			if err != nil {
				return nil, err
			}
			n := strconv.Itoa(len(rows))
			if more != "" {
				n += "+"
			}
			text += " " + n
		}
		out = append(out, tab{Address: h.address("/?rij=" + t.tab), Text: text, Current: t.tab == current})
	}
	return out, nil
}

func (h *Handler) options(v visit, all, chosen string, codes func(func(string) bool), prefix string) []option {
	out := []option{{Text: v.Say(all), Chosen: chosen == ""}}
	for code := range codes {
		out = append(out, option{Value: code, Text: v.Say(prefix + code), Chosen: code == chosen})
	}
	return out
}

// channels are those by which a request may have come.
var channels = []request.Channel{request.Web, request.Email, request.Phone, request.Post, request.Counter, request.Social, request.API}

func codesOf[T ~string](codes []T) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, c := range codes {
			if !yield(string(c)) {
				return
			}
		}
	}
}

// kinds are the kinds of tasks that the desk knows.
var kinds = []string{
	"triage", "match", "mandate", "decide", "approve", "approve-extension", "approve-fee", "fee", "release", "carry-out", "by-hand", "lift", "recipient",
	"chase-client", "client-gone", "tell-client", "ask-again", "reply", "recalled", "undelivered", "print", "apologise", "deadline", "breach", "not-me", "stuck", "system", "schema",
}

func (h *Handler) row(v visit, t store.TaskRow, company string, names map[string]string) row {
	r := row{
		Due: h.due(v, t.SafeDue), Reference: string(t.Reference), To: h.caseAddress(t.Reference), Leg: t.Leg,
		Right: v.Say("queue.whole"), Client: company, Step: v.SayOr("kind."+t.Kind, t.Kind), Who: v.Say("who.nobody"),
		Channel: v.SayOr("channel."+string(t.Channel), string(t.Channel)),
	}
	if t.Answered {
		r.Due = answered(v, r.Due)
	}
	if t.Right != "" {
		r.Right = v.SayOr("right."+string(t.Right), string(t.Right))
	}
	if t.Client != "" {
		r.ClientTo = h.clientLegsAddress(t.Client)
	}
	if t.Relation != "" {
		r.Relation = v.SayOr("relation."+string(t.Relation), string(t.Relation))
	}
	switch {
	case t.Assignee == v.actor().ID:
		r.Who = v.Say("who.me")
	case t.Assignee != "" && names[t.Assignee] != "":
		r.Who = names[t.Assignee]
	case t.Assignee != "":
		r.Who = v.Say("who.colleague")
	}
	if t.Kind == store.Waits {
		r.Step, r.Who = v.Say("queue.waits"), "–"
		if t.Phase == request.Forwarded {
			r.Step = v.Say("queue.waits.client")
		}
	} else {
		r.Box = string(t.Reference) + "/" + t.Task
		if t.Role == Approver {
			r.Box = string(t.Reference) + "/approver." + t.Task
		}
	}
	if t.Not != "" && t.Not == v.actor().ID {
		r.Note = v.Say("queue.not.you")
	}
	return r
}

// companies are the ids of the clients that a typed name or id fits.
func (h *Handler) companies(v visit, typed string) ([]string, error) {
	all, err := h.Cases.ClientList(v.R.Context(), v.actor())
	if err != nil {
		return nil, err
	}
	fit := []string{}
	for _, c := range all {
		if c.ID == typed || strings.Contains(strings.ToLower(c.Name), strings.ToLower(typed)) {
			fit = append(fit, c.ID)
		}
	}
	return fit, nil
}

// company is the name of a client, or its id where no name is to be had.
func (h *Handler) company(v visit, id string) string {
	if id == "" || h.Clients == nil {
		return id
	}
	c, err := h.Clients.Client(v.R.Context(), id)
	if err != nil || c.Name == "" {
		return id
	}
	return c.Name
}

// clientLanguage is the language in which a client is written; "" while the
// register does not answer.
func (h *Handler) clientLanguage(v visit, id string) request.Language {
	if id == "" || h.Clients == nil {
		return ""
	}
	c, err := h.Clients.Client(v.R.Context(), id)
	if err != nil {
		return ""
	}
	return c.Language
}

// gone reports whether a client decides no more.
func (h *Handler) gone(v visit, id string) bool {
	if id == "" || h.Clients == nil {
		return false
	}
	c, err := h.Clients.Client(v.R.Context(), id)
	return err == nil && !c.Decides()
}

// callee is whom a client named to be called when it stays silent, with their
// number; "" when it named nobody.
func (h *Handler) callee(v visit, id string) string {
	if id == "" || h.Clients == nil {
		return ""
	}
	c, err := h.Clients.Client(v.R.Context(), id)
	if err != nil || c.EscalationPhone == "" {
		return ""
	}
	return strings.TrimPrefix(c.EscalationName+", "+c.EscalationPhone, ", ")
}

// search leads to the request with that reference.
func (h *Handler) search(v visit) error {
	ref, ok := request.ParseReference(v.R.URL.Query().Get("k"))
	if !ok {
		return h.showQueue(v, http.StatusOK, "fault.reference")
	}
	http.Redirect(v.W, v.R, h.caseAddress(ref), http.StatusFound)
	return nil
}

// next takes the most urgent free task that this person may do and opens it.
// Who was a moment later gets the one after it.
func (h *Handler) next(v visit) error {
	actor := v.actor()
	var best []store.TaskRow
	for _, queue := range []struct{ role, name string }{{Officer, "free"}, {Approver, "approve"}} {
		if !actor.Has(queue.role) {
			continue
		}
		rows, _, err := h.Cases.Tasks(v.R.Context(), queue.name, store.Page{Limit: perPage})
		if err != nil {
			return err
		}
		for _, t := range rows {
			if t.Not != actor.ID && t.Assignee == "" {
				best = append(best, t)
			}
		}
	}
	slices.SortStableFunc(best, func(a, b store.TaskRow) int { return strings.Compare(string(a.SafeDue), string(b.SafeDue)) })
	for _, t := range best {
		err := h.Cases.Assign(v.R.Context(), actor, t.Reference, t.Task, actor.ID)
		switch {
		case err == nil:
			return h.done(v, h.caseAddress(t.Reference), "taken")
		case request.Conflict.Is(err), request.NotFound.Is(err), request.PhaseIllegal.Is(err), request.Forbidden.Is(err), request.SamePerson.Is(err):
			continue // the list lags: somebody else has it, or it is done
		default:
			return err
		}
	}
	return h.done(v, h.address("/?rij=mij"), "nothing.free")
}
