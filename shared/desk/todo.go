package desk

import (
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// todo is one thing to do now: what, why, and one way to do it.
type todo struct {
	Text, Why string
	// Waits say of each part who has the next move, where nothing is to be done.
	Waits []string
	// Leg names the part it is about; "" = the whole request.
	Leg string
	// Link leads to the page of the act; Post is for what is done at once.
	Link, Post, Button string
	// Seen marks it as done where it was dealt with in another way; SeenText is
	// what its button says.
	Seen, SeenText string
	Task           string
	// Note stands where somebody else must act: a sentence, not a dead button.
	Note string
	// Who has it, and how to take it or lay it back.
	Who            string
	Take, LayBack  string
	First, Nothing bool
}

// acts are the pages on which a kind of task is done; the others are dealt
// with elsewhere and then marked as done.
var acts = map[string]struct{ path, role string }{
	"triage": {"lezen", Officer}, "match": {"wie", Officer}, "decide": {"besluit", Officer}, "approve": {"goedkeuren", Approver},
	"release": {"vrijgeven", Officer}, "carry-out": {"uitgevoerd", Officer},
}

// todos computes what is to be done, from the open tasks; without any, what we
// wait for. The first that this person can do gets the one primary button.
func (h *Handler) todos(v visit, view casework.CaseView) []todo {
	r, actor := view.Request, v.actor()
	var mine, others []todo
	for _, t := range r.Tasks {
		if !t.Open() {
			continue
		}
		d := h.todo(v, view, t)
		if d.Link != "" || d.Post != "" {
			mine = append(mine, d)
		} else {
			others = append(others, d)
		}
	}
	all := append(mine, others...)
	if len(mine) > 0 {
		all[0].First = true
	}
	if len(all) == 0 {
		all = append(all, todo{Text: v.Say("todo.nothing"), Waits: h.waitsFor(v, r), Nothing: true})
	}
	if !actor.Has(Officer) && !actor.Has(Approver) {
		for i := range all {
			all[i].First, all[i].Link, all[i].Post, all[i].Seen, all[i].Take, all[i].LayBack = false, "", "", "", "", ""
		}
	}
	return all
}

func (h *Handler) todo(v visit, view casework.CaseView, t request.Task) todo {
	r, actor := view.Request, v.actor()
	about := "." + t.Kind
	if v.Knows("todo" + about + "." + t.Code) {
		about += "." + t.Code
	}
	d := todo{Task: t.ID, Text: v.SayOr("todo"+about, t.Kind), Why: v.SayOr("why"+about, t.Code), Leg: t.Leg, Button: v.SayOr("button."+t.Kind, v.Say("button.open"))}
	l := r.Leg(t.Leg)
	if l != nil {
		d.Why = h.why(v, r, l, t, d.Why)
	}
	switch t.Kind {
	case "system":
		d.Why = h.whoWaits(v, t)
	case "schema":
		d.Why = v.Say("why.schema", "system", t.Code)
	}
	if aboutLetter(t.Kind) {
		for _, letter := range view.Letters {
			if letter.ID == t.Code {
				d.Why = v.Say("why.letter", "letter", h.letterName(v, letter.Order.Kind))
			}
		}
	}
	role := Officer
	act, onPage := acts[t.Kind]
	if onPage {
		role = act.role
	}
	where := h.deedFor(v, r, t)
	if t.Role == Approver {
		role = Approver
	}
	switch {
	case t.Not != "" && t.Not == actor.ID, t.Kind == "approve" && l != nil && l.Decision.By == actor.ID:
		d.Note = v.Say("todo.same")
	case !actor.Has(role):
		d.Note = v.Say("todo.role." + role)
	case t.Kind == "decide" && l != nil && l.Fee.Waits():
		d.Note = v.Say("todo.fee.first")
	case where != "":
		d.Link = where
		switch t.Kind {
		case "reply":
			d.Button = v.Say("button.answer")
		case "client-gone":
			d.Button = v.Say("button.client-gone.move")
		}
		if slices.Contains(elsewhere, t.Kind) {
			d.Seen, d.SeenText = h.caseAddress(r.Reference, "taak"), v.Say("button.seen")
		}
		if t.Kind == "client-gone" && !l.Halted {
			d.Seen, d.SeenText = h.caseAddress(r.Reference, "taak"), v.Say("button.client-gone")
		}
		if t.Kind == "lift" && t.Code == string(request.Moved) {
			d.Seen, d.SeenText = h.caseAddress(r.Reference, "taak"), v.Say("button.lift.stays")
		}
	case onPage && t.Leg == "" && t.Kind != "triage":
		d.Post, d.Button = h.caseAddress(r.Reference, "taak"), v.Say("button.seen")
	case onPage && t.Leg == "":
		d.Link = h.caseAddress(r.Reference, act.path)
	case onPage:
		d.Link = h.caseAddress(r.Reference, t.Leg, act.path)
	default:
		d.Post = h.caseAddress(r.Reference, "taak")
		if !slices.Contains(ticked, t.Kind) {
			d.Button = v.Say("button.seen")
		}
	}
	switch {
	case t.Assignee == actor.ID:
		d.Who, d.LayBack = v.Say("todo.mine"), h.caseAddress(r.Reference, "terug")
	case t.Assignee != "":
		d.Who = v.Say("todo.theirs")
		if d.Note == "" {
			d.Take = h.caseAddress(r.Reference, "neem")
		}
	case d.Note == "":
		d.Who, d.Take = v.Say("todo.free"), h.caseAddress(r.Reference, "neem")
	}
	return d
}

// whoWaits names the requests that wait for a system that does not answer.
func (h *Handler) whoWaits(v visit, t request.Task) string {
	rows, _, err := h.Cases.Tasks(v.R.Context(), store.QueueDown+t.Code, store.Page{Limit: perCount})
	if err != nil {
		h.Log.ErrorContext(v.R.Context(), "list who waits for a system", "error", err.Error()) // the task says it without them
	}
	var list []string
	var due request.Day
	n := 0
	for _, row := range rows {
		if row.Task != "" {
			continue
		}
		if n++; due == "" {
			due = row.SafeDue
		}
		if !slices.Contains(list, string(row.Reference)) {
			list = append(list, string(row.Reference))
		}
	}
	if n == 0 {
		return v.Say("why.system", "system", t.Code)
	}
	return v.Say("why.system.list", "system", t.Code, "date", pages.Day(v.Lang, pages.Date(t.Opened)), "n", n,
		"list", strings.Join(list, ", "), "due", pages.Day(v.Lang, due))
}

// ticked are the tasks without a page whose button says in its own words what
// ticking them off means.
var ticked = []string{"not-me", "reply", "deadline", "stuck", "system", "schema", "chase-client", "client-gone"}

// elsewhere are the tasks with a page that can also be dealt with in another
// way, as by a call.
var elsewhere = []string{"undelivered", "recalled", "ask-again", "reply"}

// aboutLetter reports whether a task's code is the id of a letter.
func aboutLetter(kind string) bool {
	return kind == "print" || kind == "undelivered" || kind == "recalled"
}

// deedFor is the page on which a task is done, "" when it is none of the deeds.
func (h *Handler) deedFor(v visit, r *request.Request, t request.Task) string {
	if aboutLetter(t.Kind) && t.Code != "" {
		return h.letterAddress(r.Reference, t.Code)
	}
	path := ""
	for _, d := range allDeeds {
		if slices.Contains(d.tasks, t.Kind) && d.leg == (t.Leg != "") && (t.Kind != "reply" || strings.HasPrefix(t.Code, "message-") && r.Sender.Answerable) {
			path = d.path
		}
	}
	if l := r.Leg(t.Leg); t.Kind == "client-gone" && l != nil && !casework.Movable(r, l) {
		path = "" // of what its machine handed over nobody else decides
		if l.Halted {
			path = "toch-uitvoeren"
		}
	}
	if t.Kind == "breach" {
		// The first of what is left: the authority, the person, and then to close it.
		path = "datalek-sluiten"
		b := &bench{h: h, v: v, r: r}
		for _, x := range r.Breaches {
			switch {
			case x.ID != t.Code:
			case authorityDue(b, x):
				path = "datalek-gemeld"
			case x.Risk == "high" && subjectDue(b, x):
				path = "datalek-brief"
			}
		}
		return h.caseAddress(r.Reference, path)
	}
	if t.Kind == "ask-again" {
		// It is about the request; the first part that can still be asked about.
		for i := range r.Legs {
			if b := (&bench{h: h, v: v, r: r, l: &r.Legs[i]}); oursOpen(b) {
				return h.caseAddress(r.Reference, r.Legs[i].ID, "vraag")
			}
		}
		return ""
	}
	switch {
	case path == "":
		return ""
	case t.Leg != "":
		return h.caseAddress(r.Reference, t.Leg, path)
	}
	return h.caseAddress(r.Reference, path)
}

// why says in one line what makes a person needed.
func (h *Handler) why(v visit, r *request.Request, l *request.Leg, t request.Task, otherwise string) string {
	switch t.Kind {
	case "match":
		return v.Say("why.match.n", "n", len(r.Candidates))
	case "decide":
		if len(l.Review) > 0 {
			left, err := h.unscreened(v, r, l)
			switch {
			case err != nil:
				h.Log.ErrorContext(v.R.Context(), "count what was not looked at", "request", string(r.ID), "error", err.Error()) // the task says it of all
				left = len(l.Review)
			case left == 0:
				return v.Say("why.reviewed")
			}
			if left == 1 {
				return v.Say("why.review.one")
			}
			return v.Say("why.review", "n", left)
		}
		if l.Right == request.Erasure && len(l.Plan) > 0 {
			rows, _, kept := countPlan(l.Plan)
			return v.Say("why.plan", "n", rowsOf(v, rows), "kept", rowsOf(v, kept))
		}
	case "approve":
		if l.Right == request.Erasure && (l.Decision.Outcome == request.Granted || l.Decision.Outcome == request.Partial) {
			rows, systems, _ := countPlan(l.Plan)
			return v.Say("why.approve.plan", "n", rowsOf(v, rows), "systems", systems)
		}
		if len(l.Review) > 0 && (l.Decision.Outcome == request.Granted || l.Decision.Outcome == request.NothingHeld) {
			return v.Say("why.approve.others")
		}
	case "stuck":
		if n := len(l.Hops); t.Code == string(request.TooWide) && n > 0 && l.Hops[n-1].Over > 0 {
			return h.hop(v, l.Hops[n-1])
		}
	case "recipient":
		return v.Say("why.recipient.who", "name", h.recipient(v, t.Code))
	case "carry-out":
		return v.Say("why.carry-out.client", "client", h.company(v, l.Client), "right", v.Say("right."+string(l.Right)))
	case "by-hand":
		for _, x := range l.ByHand {
			if x.ID() == t.Code {
				place := h.handPlace(v, x)
				if strings.HasPrefix(x.Action, "stop-") || strings.HasPrefix(x.Action, "resume-") {
					place += ". " + strings.TrimSuffix(v.Say("by-hand.do."+x.Action), ".")
				}
				return v.Say("why.by-hand.where", "place", place, "date", pages.Day(v.Lang, x.By))
			}
		}
	case "chase-client":
		if who := h.callee(v, l.Client); who != "" {
			return v.Say("why.chase.call", "client", h.company(v, l.Client), "date", pages.Day(v.Lang, pages.Date(l.ForwardedAt)), "who", who)
		}
		return v.Say("why.chase", "client", h.company(v, l.Client), "date", pages.Day(v.Lang, pages.Date(l.ForwardedAt)))
	}
	return otherwise
}

// countPlan counts the rows that go, the systems they stand in, and the rows
// that stay.
func countPlan(plan []request.PlanLine) (rows, systems, kept int) {
	seen := map[string]bool{}
	for _, line := range plan {
		switch line.Action {
		case request.EraseAction, request.AnonymiseAction:
			rows += line.Count
			if line.Count > 0 {
				seen[line.System] = true
			}
		default:
			kept += line.Count - line.Over
			if rows += line.Over; line.Over > 0 {
				seen[line.System] = true
			}
		}
	}
	return rows, len(seen), kept
}

// waitsFor says who has the next move when no task is open: of each part that
// is not ready, in one line.
func (h *Handler) waitsFor(v visit, r *request.Request) []string {
	if r.Closed() {
		return []string{v.Say("waits.closed")}
	}
	var out []string
	for i := range r.Legs {
		l := &r.Legs[i]
		if line := h.legWaitsFor(v, r, l); line != "" {
			out = append(out, v.Say("waits.leg", "leg", l.ID, "line", line))
		}
	}
	if len(out) == 0 {
		out = []string{v.Say("waits.machine")}
	}
	return out
}

// legWaitsFor says who has the next move on one part; "" = nobody, it is ready.
func (h *Handler) legWaitsFor(v visit, r *request.Request, l *request.Leg) string {
	switch l.Phase {
	case request.Closed, request.Answered, request.Reported:
		return ""
	case request.Proving:
		return v.Say("waits.proof", "date", pages.Day(v.Lang, r.SafeDue))
	case request.Forwarded:
		return v.Say("waits.client", "client", h.company(v, l.Client), "date", pages.Day(v.Lang, pages.Date(l.ForwardedAt)))
	case request.Decided:
		if l.HoldUntil.After(h.Now()) {
			return v.Say("waits.hold", "moment", pages.Moment(v.Lang, l.HoldUntil))
		}
	}
	return v.Say("waits.machine")
}
