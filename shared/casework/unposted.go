package casework

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// Unposted is a letter that has to reach the person by a day and waits for the
// post, or came back. It tells nothing until somebody records that it went.
type Unposted struct {
	Letter string
	Kind   letters.Kind
	Leg    string
	// By is the last day on which it may be posted.
	By request.Day
}

// soonUnposted is how many working days before its last day a letter that
// nobody posted is told of.
const soonUnposted = 2

// What is told of a letter on paper, each once.
const (
	unpostedSoon  = "unposted-soon"
	unpostedToday = "unposted-today"
	unpostedLate  = "unposted"
)

// answering are the letters that tell what we did with a request: within a month
// of receipt, or longer by a question that counts or an extension (12(3)).
var answering = []letters.Kind{
	letters.AccessReady, letters.NothingHeld, letters.PortabilityReady, letters.Rectified, letters.Erased, letters.MarketingStopped,
	letters.Restricted, letters.ObjectionOutcome, letters.ConsentWithdrawn, letters.AutomatedReview,
}

// refusing are those that tell why we did not: the law has no longer time for
// them, so the day to work to holds (12(4), C-11, C-12).
var refusing = []letters.Kind{letters.ClosedUnproven, letters.PartialRefusal, letters.Refusal}

// unposted are the letters of open print tasks, and of mail that came back, for
// which the law knows a day. A question has the day until which it stops the
// clock (C-8), an extension the last of the first month (C-7), word of a breach
// our 72 hours (34(1) has none of its own). T-16 has none: while it waits, wake
// puts the end of the restriction off (18(3)). What was late when it was written
// is told of by that day itself.
func (ch *change) unposted() ([]Unposted, error) {
	res, err := ch.cases.clock(ch.Request)
	if err != nil {
		return nil, err
	}
	var out []Unposted
	for _, t := range ch.Tasks {
		if !t.Open() || t.Kind != "print" && t.Kind != "undelivered" || slices.ContainsFunc(out, func(u Unposted) bool { return u.Letter == t.Code }) {
			continue
		}
		_, rest, _ := strings.Cut(t.Code, ".")
		kind, event, _ := strings.Cut(rest, ".")
		u := Unposted{Letter: t.Code, Kind: letters.Kind(kind), Leg: t.Leg}
		switch k := u.Kind; {
		case k == letters.Extension && ch.Clock.Extension.ApprovedBy != "":
			u.By = request.Day(res.Due1.String())
		case k == letters.IdentityCheck || k == letters.Clarification:
			if n := ch.pauseOf(event); n >= 0 && ch.Clock.Paused[n].Uncredited == WhyUnposted {
				u.By = ch.askBy(n)
			}
		case k == letters.BreachNotice:
			id, _, _ := strings.Cut(strings.TrimPrefix(event, "breach-"), "-")
			if i := slices.IndexFunc(ch.Breaches, func(b request.Breach) bool { return b.ID == id }); i >= 0 {
				u.By = day(BreachDue(ch.Breaches[i]))
			}
		case slices.Contains(refusing, k):
			u.By = ch.WorkTo()
		case slices.Contains(answering, k):
			u.By = ch.Due
		}
		if u.By != "" && day(t.Opened) <= u.By {
			out = append(out, u)
		}
	}
	return out, nil
}

// pauseOf finds the pause of a question by the event of its letter; -1 = none.
func (ch *change) pauseOf(event string) int {
	number, _, _ := strings.Cut(strings.TrimPrefix(event, "ask-"), "-") // another round follows
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(ch.Clock.Paused) || ch.before(ch.Clock.Paused[n-1]) {
		return -1
	}
	return n - 1
}

// askBy is the last day on which the question of a pause could go out and stop
// the clock: three working days after receipt, or after the insufficient answer
// before it (C-8).
func (ch *change) askBy(n int) request.Day {
	from := day(ch.Started())
	for _, p := range ch.Clock.Paused[:n] {
		if !ch.before(p) && p.Answered != "" && !p.Enough {
			from = max(from, p.Answered)
		}
	}
	return ch.lastDay(from)
}

// watchUnposted tells of letters that nobody recorded as posted: two working
// days before their last day, on it, and when it is over; on closed requests too.
func (c *Cases) watchUnposted(ctx context.Context, today deadline.Date, w *WatchReport) error {
	var faults []error
	seen := map[request.ID]bool{}
	for page := (store.Page{Limit: 500}); ; {
		rows, next, err := c.Lists.Tasks(ctx, store.QueueUnposted, page)
		if err != nil {
			return fmt.Errorf("watch: list letters to post: %w", err)
		}
		for _, row := range rows {
			if seen[row.Request] {
				continue
			}
			seen[row.Request] = true
			if err := c.warnOfUnposted(ctx, row.Request, today, w); err != nil {
				faults = append(faults, fmt.Errorf("watch request %s: %w", row.Request, err))
			}
		}
		if page.After = next; next == "" {
			return errors.Join(faults...)
		}
	}
}

func (c *Cases) warnOfUnposted(ctx context.Context, id request.ID, today deadline.Date, w *WatchReport) error {
	var warned, escalated, incidents int
	_, err := c.change(ctx, id, func(ch *change) error {
		warned, escalated, incidents = 0, 0, 0
		all, err := ch.unposted()
		if err != nil {
			return err
		}
		for _, u := range all {
			by, err := deadline.ParseDate(string(u.By))
			if err != nil {
				return fmt.Errorf("read the last day of letter %s: %w", u.Letter, err)
			}
			code := ""
			switch left := c.Calendar.WorkingDaysBetween(today, by); {
			case today.After(by):
				code = unpostedLate
			case left == 0:
				code = unpostedToday
			case left <= soonUnposted:
				code = unpostedSoon
			}
			if code == "" || !ch.tellsFirst(u.Letter, code) {
				continue
			}
			refs := map[string]string{"letter": u.Letter, "kind": string(u.Kind), "by": string(u.By)}
			warned++
			ch.tellStaff(code, u.Letter, refs)
			if code != unpostedSoon {
				escalated++
				ch.escalate(code, u.Letter)
			}
			if code == unpostedLate {
				incidents++
				ch.line(system("watch"), "incident", u.Leg, code, refs)
				if err := ch.unextend(u.Kind); err != nil {
					return err
				}
			}
		}
		if warned == 0 {
			return errNothing
		}
		return nil
	})
	if request.NotFound.Is(err) {
		return nil // forgotten since it was listed
	}
	if err != nil {
		return err
	}
	w.Warned, w.Escalated, w.Incidents = w.Warned+warned, w.Escalated+escalated, w.Incidents+incidents
	return nil
}

// tellsFirst notes at the tasks about a letter what was told of it, and reports
// whether that is new.
func (ch *change) tellsFirst(letter, code string) bool {
	first := false
	for i := range ch.Tasks {
		if t := &ch.Tasks[i]; t.Open() && t.Code == letter && t.Warned != code {
			t.Warned, first = code, true
		}
	}
	return first
}

// unextend takes the effect of an extension away whose letter came back and was
// not posted within the first month: the person was not told (C-7). Recorded
// later as posted in time, it counts again.
func (ch *change) unextend(kind letters.Kind) error {
	if kind != letters.Extension || ch.Clock.ExtensionSent == "" {
		return nil
	}
	ch.Clock.ExtensionSent = ""
	return ch.redate()
}

// postedAll ends what staff were told of letters to post, once none is left.
func (ch *change) postedAll(by string) {
	if slices.ContainsFunc(ch.Tasks, func(t request.Task) bool { return t.Open() && t.Warned != "" }) {
		return
	}
	for i := range ch.Tasks {
		if t := &ch.Tasks[i]; t.Open() && t.Kind == "deadline" && strings.HasPrefix(strings.TrimPrefix(t.Code, "escalated-"), unpostedLate) {
			t.Done, t.DoneBy = ch.now, by
		}
	}
}

// posted draws from a letter that went by post what dates hang on it: an
// extension and the pause of a question begin on that day, if it was in time.
func (ch *change) posted(letter string, on request.Day, by string) error {
	_, rest, _ := strings.Cut(letter, ".")
	kind, event, _ := strings.Cut(rest, ".")
	switch letters.Kind(kind) {
	case letters.Extension:
		return ch.postedExtension(on, by)
	case letters.IdentityCheck, letters.Clarification:
		return ch.postedQuestion(event, on, by)
	}
	return nil
}

// postedExtension lets an extension count from the day of the post. One that was
// posted after the first month has no effect (C-7): the term is what it was, and
// that is an incident.
func (ch *change) postedExtension(on request.Day, by string) error {
	if ch.Clock.Extension.ApprovedBy == "" {
		return nil // dropped meanwhile, or of a clock that was over
	}
	before := ch.Due
	ch.Clock.ExtensionSent = ""
	if err := ch.redate(); err != nil {
		return err
	}
	if on > ch.Due {
		ch.Clock.Extension = request.Extension{}
		ch.line(by, "incident", "", "extension-posted-late", map[string]string{"on": string(on), "due": string(ch.Due)})
		ch.task("deadline", "", "officer", "", "extension-posted-late")
		return nil
	}
	ch.Clock.ExtensionSent = on
	if err := ch.redate(); err != nil {
		return err
	}
	ch.line(by, "extension-counts", "", "posted", map[string]string{"on": string(on), "dueBefore": string(before), "due": string(ch.Due)})
	return nil
}

// postedQuestion lets the pause of a question on paper begin on the day of the
// post, if that was in time (C-8).
func (ch *change) postedQuestion(event string, on request.Day, by string) error {
	n := ch.pauseOf(event)
	if n < 0 || ch.Clock.Paused[n].Uncredited != WhyUnposted {
		return nil
	}
	p := &ch.Clock.Paused[n]
	p.Asked, p.Uncredited = on, ""
	if p.Answered != "" && p.Answered < on {
		p.Asked = p.Answered // the answer was there before the question
	}
	if on > ch.askBy(n) {
		p.Uncredited = WhyLate
	}
	before := ch.Due
	if err := ch.redate(); err != nil {
		return err
	}
	ch.line(by, "pause-counts", "", cmp.Or(p.Uncredited, WhyCredited), map[string]string{"on": string(on), "dueBefore": string(before), "due": string(ch.Due)})
	return nil
}
