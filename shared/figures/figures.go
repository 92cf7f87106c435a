// Package figures is what a privacy officer reports: how many requests came
// in, how many were answered within a month, within three, or too late, and
// what came of them, by month of receipt, right, channel and client (D-6).
//
// A Record is what counts of one request: codes, days and the ids of request
// and client, nothing of a person. The store keeps it beside the request,
// writes it in the same transaction, and leaves it when the request itself is
// forgotten; so the figures of a month need no job, and can be read again
// years later. Sum adds records up, CSV writes the sums down.
package figures

import (
	"cmp"
	"regexp"
	"slices"
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Took says within which period a leg was answered (12(3)).
type Took string

// The periods. A leg that is open, withdrawn or the client's to answer (C-16) has none.
const (
	InMonth  Took = "month"
	InThree  Took = "three-months"
	TooLate  Took = "late"
	NotTaken Took = ""
)

// Record is what counts of one request.
type Record struct {
	Request request.ID `json:"request"`
	// Month is that of receipt in Amsterdam, YYYY-MM; it never changes.
	Month   string          `json:"month"`
	Channel request.Channel `json:"channel"`
	Open    bool            `json:"open,omitempty"`
	Legs    []Leg           `json:"legs,omitempty"`
	// Breaches counts the personal-data breaches found on the way that
	// are of no leg.
	Breaches int `json:"breaches,omitempty"`
}

// Leg is what counts of one right × relation.
type Leg struct {
	Right request.Right `json:"right"`
	Role  request.Role  `json:"role,omitempty"`
	// Client is the id of the client whose debtor asks, "" otherwise.
	Client  string          `json:"client,omitempty"`
	Outcome request.Outcome `json:"outcome,omitempty"`
	Took    Took            `json:"took,omitempty"`
	// Days are the working days from the start of the clock to the answer.
	Days     int  `json:"days,omitempty"`
	Extended bool `json:"extended,omitempty"`
	Paused   bool `json:"paused,omitempty"`
	Reopened bool `json:"reopened,omitempty"`
	Breaches int  `json:"breaches,omitempty"`
}

// Of is what counts of a request as it stands. Before it is split into legs it
// counts by the rights that it was read to ask; what was set aside as no
// request has no legs.
func Of(r *request.Request) Record {
	rec := Record{Request: r.ID, Month: MonthOf(r.Received), Channel: r.Channel, Open: !r.Closed()}
	legs := make(map[string]int, len(r.Legs))
	for i := range r.Legs {
		l := &r.Legs[i]
		legs[l.ID] = len(rec.Legs)
		f := Leg{Right: l.Right, Role: l.Role, Client: l.Client, Reopened: l.Reopened > 0}
		if l.Past(request.Answered) || l.Role == request.Processor && l.Past(request.Reported) {
			f.Outcome = l.Outcome
		}
		if l.Role == request.Controller && !l.Right.Stops() {
			f.Extended = r.Clock.ExtensionSent != ""
			f.Paused = slices.ContainsFunc(r.Clock.Paused, func(p request.Pause) bool { return p.Uncredited == "" && p.Doubt != "" })
		}
		f.Took, f.Days = took(r, l)
		rec.Legs = append(rec.Legs, f)
	}
	if len(r.Legs) == 0 && rec.Open {
		for _, right := range r.Understood.Rights {
			rec.Legs = append(rec.Legs, Leg{Right: right})
		}
	}
	for _, b := range r.Breaches {
		if i, ok := legs[b.Leg]; ok {
			rec.Legs[i].Breaches++
		} else {
			rec.Breaches++
		}
	}
	return rec
}

// took compares the day of the answer with the days that hold for the request:
// a month, which questions that count make longer, or three with an extension.
func took(r *request.Request, l *request.Leg) (Took, int) {
	if l.Role != request.Controller || !l.Past(request.Answered) || l.Outcome == request.Withdrawn {
		return NotTaken, 0
	}
	at := l.AnsweredAt
	if at.IsZero() { // told in the letter about another leg
		if at = r.ClosedAt; at.IsZero() {
			return NotTaken, 0
		}
	}
	on := deadline.LocalDate(at)
	days := deadline.Calendar{}.WorkingDaysBetween(deadline.LocalDate(r.Started()), on)
	day := request.Day(on.String())
	switch {
	case day <= r.SafeDue, r.Clock.ExtensionSent == "" && day <= r.Due:
		return InMonth, days
	case day <= r.Due:
		return InThree, days
	}
	return TooLate, days
}

// MonthOf is the Amsterdam month of an instant, YYYY-MM.
func MonthOf(t time.Time) string { return deadline.LocalDate(t).String()[:len("2006-01")] }

var monthShape = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])$`)

// Valid reports whether a text is a month, YYYY-MM.
func Valid(month string) bool { return monthShape.MatchString(month) }

// monthsBack is how many months a page offers; an older one goes by its address.
const monthsBack = 24

// Recent lists the months that a page offers on that moment, the newest first,
// and last the one that is shown where it is older.
func Recent(t time.Time, shown string) []string {
	local := t.In(deadline.Amsterdam())
	first := time.Date(local.Year(), local.Month(), 1, 12, 0, 0, 0, deadline.Amsterdam())
	var months []string
	for n := range monthsBack {
		months = append(months, first.AddDate(0, -n, 0).Format("2006-01"))
	}
	if !slices.Contains(months, shown) {
		months = append(months, shown)
	}
	return months
}

// Month are the figures of one month of receipt.
type Month struct {
	Month string
	// Requests counts messages, every Row the legs they came to.
	Requests int
	Total    Row
	// The rows by right stand in the order of law.md §1, the others by key.
	ByRight, ByChannel, ByClient []Row
}

// Row counts legs.
type Row struct {
	// Key is the right, the channel or the client's id; "" for the total.
	Key                    string
	Received, Open         int
	InMonth, InThree, Late int
	Extended, Paused       int
	Refused, Partial       int
	Unverified, Withdrawn  int
	ByClient, Reopened     int
	Breaches               int
	// Moved counts legs that went to another client, where they count too: of
	// these the rows of clients alone count anything else.
	Moved int
	// OnTarget counts answers within the days that we set ourselves, of Targeted
	// answers to rights that have such days (C-13).
	OnTarget, Targeted int
	// MedianDays is the median of working days to our answer; -1 when none was given.
	MedianDays int

	days []int
}

// Sum adds up the records of a month. The order of records is of no matter.
func Sum(month string, records []Record) Month {
	m := Month{Month: month}
	rights, channels, clients := map[string]*Row{}, map[string]*Row{}, map[string]*Row{}
	row := func(in map[string]*Row, key string) *Row {
		if in[key] == nil {
			in[key] = &Row{Key: key}
		}
		return in[key]
	}
	for _, r := range records {
		if len(r.Legs) == 0 && !r.Open && r.Breaches == 0 {
			continue // set aside: it was no request
		}
		m.Requests++
		m.Total.Breaches += r.Breaches
		if r.Breaches > 0 {
			row(channels, string(r.Channel)).Breaches += r.Breaches
		}
		for _, l := range r.Legs {
			rows := []*Row{&m.Total, row(rights, string(l.Right)), row(channels, string(r.Channel))}
			if l.Outcome == request.Moved { // it was asked once, and counts once
				for _, to := range rows {
					to.Moved++
					to.Breaches += l.Breaches
				}
				rows = nil
			}
			if l.Client != "" {
				rows = append(rows, row(clients, l.Client))
			}
			for _, to := range rows {
				to.add(l)
			}
		}
	}
	m.Total.close()
	m.ByRight, m.ByChannel, m.ByClient = sorted(rights), sorted(channels), sorted(clients)
	slices.SortFunc(m.ByRight, func(a, b Row) int {
		return cmp.Compare(slices.Index(request.Rights, request.Right(a.Key)), slices.Index(request.Rights, request.Right(b.Key)))
	})
	return m
}

func (r *Row) add(l Leg) {
	one := func(n *int, is bool) {
		if is {
			*n++
		}
	}
	r.Received++
	one(&r.Open, l.Outcome == "")
	one(&r.InMonth, l.Took == InMonth)
	one(&r.InThree, l.Took == InThree)
	one(&r.Late, l.Took == TooLate)
	one(&r.Extended, l.Extended)
	one(&r.Paused, l.Paused)
	one(&r.Refused, l.Outcome == request.Refused)
	one(&r.Partial, l.Outcome == request.Partial)
	one(&r.Unverified, l.Outcome == request.Unverified)
	one(&r.Withdrawn, l.Outcome == request.Withdrawn)
	one(&r.Moved, l.Outcome == request.Moved)
	one(&r.ByClient, l.Role == request.Processor && l.Outcome != "" && l.Outcome != request.Withdrawn && l.Outcome != request.Moved)
	one(&r.Reopened, l.Reopened)
	r.Breaches += l.Breaches
	if l.Took == NotTaken {
		return
	}
	r.days = append(r.days, l.Days)
	if days := l.Right.Target(); days > 0 && l.Outcome != request.Unverified { // that one waited for the person
		r.Targeted++
		one(&r.OnTarget, l.Days <= days)
	}
}

// close works out the median: of an even number the lower of the middle two, so
// that it is a number of days that was really taken.
func (r *Row) close() {
	r.MedianDays = -1
	if len(r.days) > 0 {
		slices.Sort(r.days)
		r.MedianDays = r.days[(len(r.days)-1)/2]
	}
	r.days = nil
}

func sorted(rows map[string]*Row) []Row {
	var out []Row
	for _, r := range rows {
		r.close()
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b Row) int { return cmp.Compare(a.Key, b.Key) })
	return out
}
