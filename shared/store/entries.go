package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Entry is what the worklists know of one part of a request. A part that
// nobody waits for has none: the lists stay as short as the work.
type Entry struct {
	// WakeAt puts a request or leg in the wake list; zero keeps it out.
	WakeAt time.Time `json:"wakeAt,omitzero"`
	// Open stands with an open request.
	Open *OpenRow `json:"open,omitempty"`
	// Closed stands with a closed request.
	Closed *ClosedRow `json:"closed,omitempty"`
	// Task and Queue stand with an open task, with a leg that waits for somebody
	// else, and with what watch looks at: a letter to post, a breach to tell of.
	Task  *TaskRow `json:"task,omitempty"`
	Queue string   `json:"queue,omitempty"`
	// Leg and Client stand with a processor leg; Client is "<client>#<state>".
	Leg    *ClientRow `json:"leg,omitempty"`
	Client string     `json:"client,omitempty"`
	// Subject is the keyed HMAC of a person, that of a closed request behind ClosedSubject.
	Subject string `json:"subject,omitempty"`
	// Order sorts a list: safe date, request, row.
	Order string `json:"order"`
}

func (e Entry) same(other Entry) (bool, error) {
	a, err := json.Marshal(e)
	if err != nil {
		return false, fmt.Errorf("compare index entries: %w", err)
	}
	b, err := json.Marshal(other)
	if err != nil {
		return false, fmt.Errorf("compare index entries: %w", err)
	}
	return string(a) == string(b), nil
}

// Entries are all index entries of r: "" is the request's own, the others are
// leg#ID, task#ID, unposted#ID, breach#ID and subject#KEY. A closed request keeps what a
// client sees as done, its place in the list of what is to be forgotten (D-2),
// its subjects in a list apart, and what is work all the same: a letter to post,
// a recipient to hear from, a restriction that ends on a day, a breach.
func Entries(r *request.Request, subjects []string) map[string]Entry {
	out := map[string]Entry{}
	open := !r.Closed()
	// Work is listed by the day to work to, a client's legs by the safe date: an
	// extension of ours moves nothing of the client's (C-16).
	by := func(day request.Day, row string) string { return string(day) + "#" + string(r.ID) + "#" + row }
	order := func(row string) string { return by(r.WorkTo(), row) }
	own := Entry{Order: order("")}
	if open {
		own.WakeAt = r.WakeAt.UTC()
		own.Open = &OpenRow{Request: r.ID, Reference: r.Reference, SafeDue: r.WorkTo(), WakeAt: r.WakeAt.UTC(), Holidays: r.Clock.Holidays}
	} else if !r.ClosedAt.IsZero() {
		own.Closed = &ClosedRow{Request: r.ID, Reference: r.Reference, ClosedAt: r.ClosedAt.UTC(), ForgetAt: r.ForgetAt.UTC()}
		if r.ForgetAt.IsZero() {
			own.Closed.ForgetAt = r.ClosedAt.UTC()
		}
		own.Order = ClosedOrder(own.Closed.ForgetAt) + "#" + string(r.ID)
	}
	for i := range r.Legs {
		l := &r.Legs[i]
		key := "leg#" + l.ID
		until := r.WorkTo()
		if l.Role == request.Processor {
			until = r.SafeDue
		}
		e := Entry{Order: by(until, l.ID)}
		if !l.WakeAt.IsZero() {
			e.WakeAt = l.WakeAt.UTC()
			if open && (own.Open.WakeAt.IsZero() || e.WakeAt.Before(own.Open.WakeAt)) {
				own.Open.WakeAt = e.WakeAt
			}
		}
		handed := handedOf(l)
		if l.Role == request.Processor && l.Client != "" && (l.Phase != request.Closed || !l.ForwardedAt.IsZero()) {
			e.Leg = &ClientRow{Request: r.ID, Reference: r.Reference, Leg: l.ID, Right: l.Right, Phase: l.Phase, SafeDue: r.SafeDue, Handed: handed, Moved: l.Outcome == request.Moved}
			e.Client = l.Client + "#" + ClientState(l.Phase)
		}
		if whom := WaitsFor(r, l); open && whom != "" {
			e.Queue = QueueWaits + whom
			e.Task = &TaskRow{
				Request: r.ID, Reference: r.Reference, Leg: l.ID, Kind: Waits, Right: l.Right, Relation: l.Relation, Client: l.Client,
				SafeDue: until, Channel: r.Channel, Phase: l.Phase, Handed: handed,
			}
		}
		if !e.WakeAt.IsZero() || e.Leg != nil || e.Task != nil {
			out[key] = e
		}
	}
	out[""] = own
	down := func(leg *request.Leg, outages []request.Outage) {
		for _, o := range outages {
			row := TaskRow{Request: r.ID, Reference: r.Reference, Leg: leg.ID, Kind: Waits, Right: leg.Right, Relation: leg.Relation, SafeDue: r.WorkTo(), Channel: r.Channel}
			key := "down#" + leg.ID + "#" + o.System
			out[key] = Entry{Task: &row, Queue: QueueDown + o.System, Order: order(key)}
		}
	}
	if open {
		down(&request.Leg{}, r.Outages)
		for i := range r.Legs {
			down(&r.Legs[i], r.Legs[i].Outages)
		}
	}
	for _, t := range r.Tasks {
		if !t.Open() {
			continue
		}
		if t.Kind == "system" || t.Kind == "schema" {
			system, _, _ := strings.Cut(t.Code, "/") // system, or system/holding
			row := TaskRow{Request: r.ID, Reference: r.Reference, Leg: t.Leg, Task: t.ID, Kind: Waits, SafeDue: r.WorkTo(), Channel: r.Channel}
			out["outage#"+t.ID] = Entry{Task: &row, Queue: QueueDown + system, Order: order("outage#" + t.ID)}
		}
		if t.Kind == "print" || t.Kind == "undelivered" {
			row := TaskRow{Request: r.ID, Reference: r.Reference, Leg: t.Leg, Task: t.ID, Kind: Waits, SafeDue: r.WorkTo(), Channel: r.Channel}
			out["unposted#"+t.ID] = Entry{Task: &row, Queue: QueueUnposted, Order: order("unposted#" + t.ID)}
		}
		row := TaskRow{
			Request: r.ID, Reference: r.Reference, Leg: t.Leg, Task: t.ID, Kind: t.Kind, Role: t.Role,
			Assignee: t.Assignee, Not: t.Not, SafeDue: taskDay(r, t), Channel: r.Channel, Answered: r.Closed(),
		}
		if l := r.Leg(t.Leg); l != nil {
			row.Right, row.Relation, row.Client = l.Right, l.Relation, l.Client
		}
		out["task#"+t.ID] = Entry{Task: &row, Queue: Queue(t), Order: by(row.SafeDue, t.ID)}
	}
	for _, b := range r.Breaches {
		if !b.Untold() {
			continue
		}
		row := TaskRow{Request: r.ID, Reference: r.Reference, Leg: b.Leg, Kind: Waits, SafeDue: r.WorkTo(), Channel: r.Channel}
		out["breach#"+b.ID] = Entry{Task: &row, Queue: QueueBreaches, Order: order("breach#" + b.ID)}
	}
	for _, s := range subjects {
		e := Entry{Subject: s, Order: order(s)}
		if !open {
			e.Subject = ClosedSubject + s
		}
		out["subject#"+s] = e
	}
	return out
}

// taskDay is the day by which a task is listed: the day to work to, and once
// every part was answered the task's own. A restriction ends on its day; for
// what the law gives no day, such as a recipient to hear from, a month from its
// opening stands, so that it comes up in the end.
func taskDay(r *request.Request, t request.Task) request.Day {
	if !r.Closed() {
		return r.WorkTo()
	}
	if l := r.Leg(t.Leg); l != nil && t.Kind == "lift" && l.Restriction.LiftOn != "" {
		return l.Restriction.LiftOn
	}
	return max(r.WorkTo(), request.Day(deadline.LocalDate(t.Opened).AddMonths(1).String()))
}

func handedOf(l *request.Leg) Handed {
	h := Handed{Instruction: l.Instruction.Kind, Held: l.Flagged() != nil}
	if l.Role == request.Processor && !l.ForwardedAt.IsZero() {
		h.Forwarded, h.Reminded = request.Day(deadline.LocalDate(l.ForwardedAt).String()), l.Reminded
	}
	return h
}

// ClosedSubject begins the key under which a closed request is found by a
// person, until it is forgotten (D-2): what looks for open requests never reads it.
const ClosedSubject = "closed#"

// ClosedRow is one closed request, for what forgets it in time (D-2).
type ClosedRow struct {
	Request   request.ID        `json:"request"`
	Reference request.Reference `json:"reference"`
	ClosedAt  time.Time         `json:"closedAt"`
	// ForgetAt is when something of it must go next; that of closing when nobody said.
	ForgetAt time.Time `json:"forgetAt"`
}

// ClosedOrder sorts closed requests by the instant at which something must go.
func ClosedOrder(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000Z") }

// QueueAll is the list of all open tasks, whoever has them.
const QueueAll = "all"

// Waits is the kind of the row of a leg that waits; QueueWaits begins the
// queues of such rows: waits:subject, waits:client and waits:system. Staff who
// must act are told by a task. QueueBreaches are the breaches that the AP must
// hear of and has not (33(1)), QueueUnposted the letters that wait for the post
// or came back, both for the daily watch; their rows are of that kind too.
const (
	Waits         = "waits"
	QueueWaits    = "waits:"
	QueueBreaches = "breaches"
	QueueUnposted = "unposted"
	// QueueDown begins the list, by system, of the legs that wait for a system
	// that failed, by safe date, and of the one task about it.
	QueueDown = "down:"
)

// WaitsFor tells for whom a leg waits: subject, client or system; "" when it is
// staff's turn or nothing is left to do.
func WaitsFor(r *request.Request, l *request.Leg) string {
	switch {
	case l.Phase == request.Closed, l.Phase == request.Deciding, l.Phase == request.Approving:
		return ""
	case len(r.Clock.Paused) > 0 && r.Clock.Paused[len(r.Clock.Paused)-1].Answered == "", l.Phase == request.Proving:
		return "subject"
	case l.Phase == request.Forwarded:
		return "client"
	}
	for _, t := range r.Tasks {
		if t.Open() && t.Leg == l.ID {
			return ""
		}
	}
	return "system"
}

// Queue names the one list, beside QueueAll, that an open task stands in:
// mine:<officer> once somebody has it, else approve or free.
func Queue(t request.Task) string {
	switch {
	case t.Assignee != "":
		return "mine:" + t.Assignee
	case t.Role == "approver":
		return "approve"
	}
	return "free"
}

// ClientState is how a client sees a leg of its own: todo until it instructed,
// instructed until we reported, then done.
func ClientState(p request.Phase) string {
	switch p {
	case request.Instructed, request.Executed:
		return "instructed"
	case request.Reported, request.Answered, request.Closed:
		return "done"
	}
	return "todo"
}
