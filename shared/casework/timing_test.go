package casework_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/figures"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
)

// The words of scripts that are about the clock.
func init() {
	for name, v := range map[string]verb{
		"ask": {do: (*player).ask}, "answered": {do: (*player).answered},
		"extend": {do: (*player).extend}, "extend-approved": {do: (*player).extendApproved}, "extend-dropped": {do: (*player).extendDropped},
		"take-back": {do: (*player).takeBack}, "reopen": {do: (*player).reopen}, "apologise": {do: (*player).apologise},
		"holidays": {do: (*player).holidays},

		"question": {says: true, do: (*player).question}, "dates": {says: true, do: (*player).dates}, "line": {says: true, do: (*player).ledgerLine},
		"explains": {says: true, do: (*player).explains}, "warned": {says: true, do: (*player).warned}, "figures": {says: true, do: (*player).figures},
	} {
		verbs[name] = v
	}
}

// spaced is a value of a script: _ stands for a space.
func spaced(s string) string { return strings.ReplaceAll(s, "_", " ") }

// ofQuestion reads: leg 1 identity [doubt=…] [options=a,b], with the words below.
func ofQuestion(a args, body string) casework.Question {
	q := casework.Question{Kind: a.at(2), Leg: a.after("leg"), Doubt: spaced(a.named["doubt"]), Words: body}
	for _, o := range split(a.named["options"]) {
		q.Options = append(q.Options, spaced(o))
	}
	return q
}

// ask: ask leg 1 identity doubt=… by jan.
func (p *player) ask(a args, body string) error {
	return p.cases.Ask(p.ctx, staff[a.after("by")], p.ref, ofQuestion(a, body))
}

// question: question leg 1 identity doubt=… credited due=2026-12-30: what the
// desk says before it is sent.
func (p *player) question(a args, body string) error {
	q, err := p.cases.PreviewQuestion(p.ctx, staff["jan"], p.ref, ofQuestion(a, body))
	if err != nil {
		p.errorf("preview: %v", err)
		return nil
	}
	if want := a.at(3); want != "" && q.Why != want || q.Credited != (q.Why == casework.WhyCredited) {
		p.errorf("the question is %s (credited %v), want %s", q.Why, q.Credited, want)
	}
	if want := a.named["due"]; want != "" && string(q.Due) != want {
		p.errorf("answered on %s the last day is %s, want %s", q.ReplyBy, q.Due, want)
	}
	if q.SafeDue != p.now().SafeDue {
		p.errorf("the question moves the safe date to %s", q.SafeDue)
	}
	return nil
}

// answered: answered today enough by jan, or "answered 2026-11-20 insufficient by jan".
func (p *player) answered(a args, _ string) error {
	on := request.Day(a.at(0))
	if on == "today" {
		on = request.Day(deadline.LocalDate(p.clock.Now()).String())
	}
	return p.cases.Answered(p.ctx, staff[a.after("by")], p.ref, on, a.at(1) == "enough")
}

// extend: extend complexity [withhold] by jan; the words for the person stand below.
func (p *player) extend(a args, body string) error {
	return p.cases.ProposeExtension(p.ctx, staff[a.after("by")], p.ref, a.at(0), body, slices.Contains(a.words, "withhold"))
}

func (p *player) extendApproved(a args, _ string) error {
	return p.cases.ApproveExtension(p.ctx, staff[a.after("by")], p.ref)
}

func (p *player) extendDropped(a args, _ string) error {
	return p.cases.DropExtension(p.ctx, staff[a.after("by")], p.ref)
}

// take-back: take-back legs=1,2 phone by jan; without legs: the whole request.
func (p *player) takeBack(a args, _ string) error {
	return p.cases.WithdrawLegs(p.ctx, staff[a.after("by")], p.ref, split(a.named["legs"]), a.at(0))
}

// reopen: reopen leg 1 mistake by jan.
func (p *player) reopen(a args, _ string) error {
	return p.cases.Reopen(p.ctx, staff[a.after("by")], p.ref, a.after("leg"), p.clock.Now(), a.at(2))
}

// apologise: apologise 7 overlooked by jan: we promise to answer in seven days.
func (p *player) apologise(a args, _ string) error {
	n, err := strconv.Atoi(a.at(0))
	if err != nil {
		return err
	}
	promised := request.Day(deadline.LocalDate(p.clock.Now()).AddDays(n).String())
	return p.cases.Apologise(p.ctx, staff[a.after("by")], p.ref, promised, a.at(1))
}

// holidays: holidays 2026-12-16 — the list of extra holidays from now on.
func (p *player) holidays(a args, _ string) error {
	var extra []deadline.Date
	for _, w := range a.words {
		d, err := deadline.ParseDate(w)
		if err != nil {
			return err
		}
		extra = append(extra, d)
	}
	p.cases.Calendar = deadline.Calendar{Extra: extra}
	return nil
}

// dates: dates safe=2026-12-16 due=2026-12-21 work=2027-02-16.
func (p *player) dates(a args, _ string) error {
	r := p.now()
	for name, is := range map[string]request.Day{"safe": r.SafeDue, "due": r.Due, "work": r.WorkTo()} {
		if want := a.named[name]; want != "" && want != string(is) {
			p.errorf("the %s date is %s, want %s", name, is, want)
		}
	}
	return nil
}

// ledgerLine: line incident due-missed once, "line incident none".
func (p *player) ledgerLine(a args, _ string) error {
	r := p.now()
	lines, err := p.store.Lines(p.ctx, r.ID)
	if err != nil {
		return err
	}
	n := 0
	for _, l := range lines {
		if l.Action == a.at(0) && (a.at(1) == "none" || l.Reason == a.at(1)) {
			n++
		}
	}
	switch {
	case a.at(1) == "none" && n > 0, a.at(1) != "none" && n != 1:
		p.errorf("%d lines %s %s", n, a.at(0), a.at(1))
	}
	return nil
}

// explains: explains WORDS — the page says them of the date, in Dutch.
func (p *player) explains(a args, _ string) error {
	v, err := p.quietView()
	if err != nil {
		p.errorf("explain: %v", err)
		return nil
	}
	nl, en := v.ExplainIn(request.Dutch), v.ExplainIn(request.English)
	if len(nl) != len(en) || cmp.Equal(nl, en) {
		p.errorf("the languages explain otherwise: %d and %d steps", len(nl), len(en))
	}
	if all := strings.Join(nl, " "); !strings.Contains(all, strings.Join(a.words, " ")) {
		p.errorf("the date does not explain itself by %q:\n%s", strings.Join(a.words, " "), all)
	}
	return nil
}

// warned: warned warn10, safe-missed: every milestone that staff were told of
// since the last such line, in order; "warned none".
func (p *player) warned(a args, _ string) error {
	r := p.now()
	lines, err := p.store.Lines(p.ctx, r.ID)
	if err != nil {
		return err
	}
	var got []string
	for _, l := range lines {
		key := "line " + string(r.ID) + strconv.FormatInt(l.Seq, 10)
		if l.Action == "warned-staff" && !p.told[key] {
			p.told[key] = true
			got = append(got, l.Reason)
		}
	}
	var want []string
	for _, w := range a.words {
		if w = strings.TrimSuffix(w, ","); w != "none" {
			want = append(want, w)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		p.errorf("warnings (-want +got):\n%s", d)
	}
	return nil
}

// figures: figures 2026-11 right access received=1 month=1 refused=1 — a row
// of the month, "figures 2026-11 total received=2".
func (p *player) figures(a args, _ string) error {
	was := p.counting
	p.counting = false
	m, err := p.cases.Figures(p.ctx, staff["anna"], a.at(0))
	p.counting = was
	if err != nil {
		p.errorf("figures: %v", err)
		return nil
	}
	row, rows := m.Total, map[string][]figures.Row{"right": m.ByRight, "channel": m.ByChannel, "client": m.ByClient}[a.at(1)]
	for _, r := range rows {
		if r.Key == a.at(2) {
			row = r
		}
	}
	if a.at(1) != "total" && row.Key != a.at(2) {
		p.errorf("no figures of %s", a.at(2))
	}
	is := map[string]int{
		"received": row.Received, "open": row.Open, "month": row.InMonth, "three": row.InThree, "late": row.Late, "extended": row.Extended,
		"paused": row.Paused, "refused": row.Refused, "part": row.Partial, "unverified": row.Unverified, "withdrawn": row.Withdrawn,
		"client": row.ByClient, "reopened": row.Reopened, "breaches": row.Breaches, "days": row.MedianDays, "target": row.OnTarget, "targeted": row.Targeted,
	}
	for name, want := range a.named {
		if n, ok := is[name]; !ok || strconv.Itoa(n) != want {
			p.errorf("%s of %s is %d, want %s", name, a.at(2), n, want)
		}
	}
	return nil
}

func (p *player) quietView() (casework.CaseView, error) {
	was := p.counting
	p.counting = false
	defer func() { p.counting = was }()
	return p.cases.View(p.ctx, staff["jan"], p.ref)
}

// watchClock holds every write to what C-7 and C-8 say of the clock; it shares
// no logic with the product.
func (w *world) watchClock(r, was *request.Request) {
	x := r.Clock.Extension
	if r.Clock.ExtensionSent != "" && was.Clock.ExtensionSent == "" {
		if x.ApprovedBy == "" || x.ApprovedBy == x.By {
			w.broken("invariant 12", "an extension of %s was proposed by %q and approved by %q", r.ID, x.By, x.ApprovedBy)
		}
		if string(r.Clock.ExtensionSent) > string(was.Due) {
			w.broken("invariant 5", "an extension of %s went out on %s, after %s", r.ID, r.Clock.ExtensionSent, was.Due)
		}
	}
	if r.Due > was.Due && r.Clock.Holidays == was.Clock.Holidays && r.Clock.Restarted.Equal(was.Clock.Restarted) &&
		r.Clock.ExtensionSent == was.Clock.ExtensionSent {
		doubted := false
		for _, p := range r.Clock.Paused {
			doubted = doubted || p.Doubt != "" && p.Answered != "" && p.Uncredited == ""
		}
		if !doubted {
			w.broken("C-8", "the last day of %s moved from %s to %s without a question that counts", r.ID, was.Due, r.Due)
		}
	}
}

// A question that gives no time says so before it is sent, in words of a closed list.
func TestQuestionsNeedAnOfficer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setting{})
	p := &player{world: w, name: "unit", told: map[string]bool{}, named: map[string]request.Reference{}}
	p.do("form contact rights=access relations=client", "")
	q := casework.Question{Kind: request.IdentityPause, Leg: "1", Doubt: "x"}
	for name, do := range map[string]func(context.Context, casework.Actor) error{
		"preview": func(ctx context.Context, a casework.Actor) error {
			_, err := w.cases.PreviewQuestion(ctx, a, p.ref, q)
			return err
		},
		"ask": func(ctx context.Context, a casework.Actor) error { return w.cases.Ask(ctx, a, p.ref, q) },
		"answered": func(ctx context.Context, a casework.Actor) error {
			return w.cases.Answered(ctx, a, p.ref, "2026-11-16", true)
		},
		"propose": func(ctx context.Context, a casework.Actor) error {
			return w.cases.ProposeExtension(ctx, a, p.ref, "complexity", "x", false)
		},
		"approve": func(ctx context.Context, a casework.Actor) error { return w.cases.ApproveExtension(ctx, a, p.ref) },
		"drop":    func(ctx context.Context, a casework.Actor) error { return w.cases.DropExtension(ctx, a, p.ref) },
		"withdraw": func(ctx context.Context, a casework.Actor) error {
			return w.cases.WithdrawLegs(ctx, a, p.ref, nil, "phone")
		},
		"reopen": func(ctx context.Context, a casework.Actor) error {
			return w.cases.Reopen(ctx, a, p.ref, "1", time.Time{}, "mistake")
		},
		"apologise": func(ctx context.Context, a casework.Actor) error {
			return w.cases.Apologise(ctx, a, p.ref, "2026-11-20", "other")
		},
	} {
		for _, a := range []casework.Actor{staff["anna"], {}, {Roles: []string{"officer", "approver"}}} {
			if err := do(w.ctx, a); !request.Forbidden.Is(err) {
				t.Errorf("%s by %v: %v, want %s", name, a.Roles, err, request.Forbidden)
			}
		}
	}
}

// C-13: a warning goes to the office, to who has the request in hand, and from
// two working days on to the privacy officer; each once.
func TestWarningsReachWhoMustAct(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setting{})
	w.cases.Privacy = "privacy@allclaims.example"
	p := &player{world: w, name: "unit", told: map[string]bool{}, named: map[string]request.Reference{}, secrets: map[string]string{}, proofs: map[string]identity.Proof{}}
	p.do("form contact rights=access relations=client customer=yes", "")
	p.do("code contact", "")
	open := func(kind string) (found []request.Task) {
		for _, task := range p.now().Tasks {
			if task.Open() && task.Kind == kind {
				found = append(found, task)
			}
		}
		return found
	}
	if err := w.cases.Assign(w.ctx, staff["jan"], p.ref, open("decide")[0].ID, "staff-piet"); err != nil {
		t.Fatal(err)
	}
	mails := func(to string) (n int) {
		for _, m := range w.mailbox {
			if m.letter.To.Email == to && strings.Contains(m.letter.ID, "warn") {
				n++
			}
		}
		return n
	}
	for _, at := range []struct {
		line                    string
		office, privacy, inHand int
	}{
		{"wait 23d", 1, 0, 2}, // Wednesday 9 December: five working days; a legal review too
		{"wait 5d", 2, 1, 3},  // Monday 14 December: two
		{"wait 1d", 2, 1, 3},
	} {
		p.do(at.line, "")
		for range 2 {
			r, err := w.cases.Watch(w.ctx)
			if err != nil {
				t.Fatal(err)
			}
			if r.Open != 1 || r.Overdue != 0 {
				t.Errorf("%s: watch saw %+v", at.line, r)
			}
			w.settle()
		}
		tasks := open("deadline")
		if mails(w.cases.House.Email) != at.office || mails(w.cases.Privacy) != at.privacy || len(tasks) != at.inHand {
			t.Errorf("%s: %d mails to the office, %d to the privacy officer, %d tasks; want %+v", at.line, mails(w.cases.House.Email), mails(w.cases.Privacy), len(tasks), at)
		}
		for _, task := range tasks {
			if task.Assignee != "staff-piet" || task.Role != "officer" {
				t.Errorf("the warning %s is for %q as %s", task.Code, task.Assignee, task.Role)
			}
		}
	}
}

// A letter of the clock is rehearsed as it will be sent, and a rehearsal changes nothing.
func TestRehearsalOfTheClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setting{})
	p := &player{world: w, name: "unit", told: map[string]bool{}, named: map[string]request.Reference{}, secrets: map[string]string{}, proofs: map[string]identity.Proof{}}
	p.do("form contact rights=access relations=client customer=yes", "")
	p.do("code contact", "")
	words := "Er staan 46 gesprekken op band."
	before := p.now().Rev
	rehearsed := func(kind letters.Kind, act func(*casework.Cases) error) letters.Mail {
		t.Helper()
		would, err := w.cases.Rehearse(w.ctx, act)
		if err != nil {
			t.Fatal(err)
		}
		for _, told := range would.Letters {
			if told.Letter.Order.Kind == kind {
				return told.Mail
			}
		}
		t.Fatalf("the rehearsal writes no %s: %+v", kind, would.Letters)
		return letters.Mail{}
	}
	shown := rehearsed(letters.Extension, func(c *casework.Cases) error {
		if err := c.ProposeExtension(w.ctx, staff["jan"], p.ref, "complexity", words, true); err != nil {
			return err
		}
		return c.ApproveExtension(w.ctx, staff["piet"], p.ref)
	})
	_, err := w.cases.Rehearse(w.ctx, func(c *casework.Cases) error {
		return c.Apologise(w.ctx, staff["jan"], p.ref, "2026-11-20", "other")
	})
	if !request.DateRefused.Is(err) {
		t.Errorf("an apology in time: %v, want %s", err, request.DateRefused)
	}
	if p.now().Rev != before {
		t.Error("a rehearsal changes the request")
	}
	p.do("extend complexity withhold by jan", words)
	p.do("extend-approved by piet", "")
	sent := w.mailbox[len(w.mailbox)-1]
	for _, m := range w.mailbox {
		if m.letter.Order.Kind == "T-08" {
			sent = m
		}
	}
	if d := cmp.Diff(shown, sent.mail); d != "" {
		t.Errorf("what was shown and what was sent (-shown +sent):\n%s", d)
	}
	p.do("wait safe", "")
	p.do("wait 70d", "")
	promised := request.Day(deadline.LocalDate(w.clock.Now()).AddDays(7).String())
	shown = rehearsed(letters.LateApology, func(c *casework.Cases) error {
		return c.Apologise(w.ctx, staff["jan"], p.ref, promised, "other")
	})
	p.do("apologise 7 other by jan", "")
	if sent = w.mailbox[len(w.mailbox)-1]; sent.letter.Order.Kind != "T-30" {
		t.Fatalf("the last mail is %s", sent.letter.Order.Kind)
	}
	if d := cmp.Diff(shown, sent.mail); d != "" {
		t.Errorf("what was shown and what was sent (-shown +sent):\n%s", d)
	}
}

// Only what is a month has figures, and only who works here reads them.
func TestFiguresAreOfTheDesk(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setting{})
	if _, err := w.cases.Figures(w.ctx, casework.Actor{}, "2026-11"); !request.Forbidden.Is(err) {
		t.Errorf("figures for nobody: %v", err)
	}
	if _, err := w.cases.Figures(w.ctx, staff["anna"], "november"); !request.InputRefused.Is(err) {
		t.Errorf("figures of no month: %v", err)
	}
}
