package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// wakingOf narrows the wake list to one request: the store may be shared.
func wakingOf(t testing.TB, s Store, id request.ID, now time.Time) []store.Waking {
	t.Helper()
	var out []store.Waking
	for _, w := range must[[]store.Waking](t)(s.Waking(t.Context(), now, 10_000)) {
		if w.Request == id {
			out = append(out, w)
		}
	}
	return out
}

func waking(t *testing.T, s Store, _ *Clock) {
	r := Request(t, request.Leg{ID: "l1", WakeAt: Start.Add(2 * time.Hour)}, request.Leg{ID: "l2"},
		request.Leg{ID: "l3", WakeAt: Start.Add(time.Hour)})
	r.WakeAt = Start.Add(3 * time.Hour)
	mustCreate(t, s, r, store.Writes{})
	at := func(leg string, h int) store.Waking {
		return store.Waking{Request: r.ID, Leg: leg, At: Start.Add(time.Duration(h) * time.Hour)}
	}
	for _, tt := range []struct {
		after time.Duration
		want  []store.Waking
	}{
		{time.Hour - time.Nanosecond, nil},
		{time.Hour, []store.Waking{at("l3", 1)}},
		{100 * time.Hour, []store.Waking{at("l3", 1), at("l1", 2), at("", 3)}},
	} {
		if diff := cmp.Diff(tt.want, wakingOf(t, s, r.ID, Start.Add(tt.after))); diff != "" {
			t.Errorf("Waking() after %v (-want +got):\n%s", tt.after, diff)
		}
	}
	// Moved, taken away, and given to another.
	r.Legs[0].WakeAt, r.Legs[1].WakeAt, r.Legs[2].WakeAt = Start.Add(5*time.Hour), Start.Add(4*time.Hour), time.Time{}
	r.WakeAt = time.Time{}
	check(t, s.Save(t.Context(), r, store.Writes{}))
	want := []store.Waking{at("l2", 4), at("l1", 5)}
	if diff := cmp.Diff(want, wakingOf(t, s, r.ID, Start.Add(100*time.Hour))); diff != "" {
		t.Errorf("Waking() after Save (-want +got):\n%s", diff)
	}
	if got := must[[]store.Waking](t)(s.Waking(t.Context(), Start.Add(100*time.Hour), 1)); len(got) != 1 {
		t.Errorf("Waking() with limit 1 gave %d", len(got))
	}
}

func tasks(t *testing.T, s Store, _ *Clock) {
	officer := unique(t, "o")
	r := Request(t, request.Leg{ID: "l1", Right: request.Erasure, Relation: request.Newsletter, Role: request.Controller, Phase: request.Deciding})
	r.Tasks = []request.Task{
		{ID: "t1", Leg: "l1", Kind: "decide", Role: "officer", Opened: Start},
		{ID: "t2", Leg: "l1", Kind: "approve", Role: "approver", Not: officer, Opened: Start},
		{ID: "t3", Kind: "triage", Role: "officer", Assignee: officer, Opened: Start},
		{ID: "t4", Kind: "match", Role: "officer", Opened: Start, Done: Start, DoneBy: officer},
	}
	mustCreate(t, s, r, store.Writes{})
	row := store.TaskRow{Request: r.ID, Reference: r.Reference, Leg: "l1", Task: "t1", Kind: "decide", Role: "officer",
		Right: request.Erasure, Relation: request.Newsletter, SafeDue: r.SafeDue, Channel: request.Web}
	approve := row
	approve.Task, approve.Kind, approve.Role, approve.Not = "t2", "approve", "approver", officer
	mine := store.TaskRow{Request: r.ID, Reference: r.Reference, Task: "t3", Kind: "triage", Role: "officer", Assignee: officer,
		SafeDue: r.SafeDue, Channel: request.Web}
	want := func(queue string, rows ...store.TaskRow) {
		t.Helper()
		if diff := cmp.Diff(rows, tasksOf(t, s, queue, r.ID)); diff != "" {
			t.Errorf("Tasks(%s) (-want +got):\n%s", queue, diff)
		}
	}
	want("free", row)
	want("approve", approve)
	want("mine:"+officer, mine)
	want("mine:nobody")
	want(store.QueueAll, row, approve, mine)

	r.Tasks[0].Assignee = officer
	r.Tasks[1].Done, r.Tasks[1].DoneBy = Start, "o2"
	r.SafeDue = "2026-04-01" // the clock moved: every row follows
	check(t, s.Save(t.Context(), r, store.Writes{}))
	row.Assignee, row.SafeDue, mine.SafeDue = officer, r.SafeDue, r.SafeDue
	want("free")
	want("approve")
	want("mine:"+officer, row, mine)
	want(store.QueueAll, row, mine)
}

func tasksOf(t testing.TB, s Store, queue string, ids ...request.ID) []store.TaskRow {
	t.Helper()
	var out []store.TaskRow
	for page := (store.Page{Limit: 3}); ; {
		rows, next, err := s.Tasks(t.Context(), queue, page)
		check(t, err)
		for _, r := range rows {
			if slices.Contains(ids, r.Request) {
				out = append(out, r)
			}
		}
		if next == "" {
			return out
		}
		page.After = next
	}
}

func ofClient(t *testing.T, s Store, _ *Clock) {
	client := unique(t, "c")
	r := Request(t,
		request.Leg{ID: "l1", Right: request.Access, Role: request.Processor, Client: client, Phase: request.Forwarded, ForwardedAt: Start},
		request.Leg{ID: "l2", Right: request.Access, Role: request.Controller, Client: client, Phase: request.Opened})
	mustCreate(t, s, r, store.Writes{})
	row := store.ClientRow{
		Request: r.ID, Reference: r.Reference, Leg: "l1", Right: request.Access, Phase: request.Forwarded, SafeDue: r.SafeDue,
		Handed: store.Handed{Forwarded: store.Noted{At: Start}.Day()},
	}
	want := func(state string, rows ...store.ClientRow) {
		t.Helper()
		got, next, err := s.OfClient(t.Context(), client, state, store.Page{})
		check(t, err)
		if diff := cmp.Diff(rows, got); diff != "" || next != "" {
			t.Errorf("OfClient(%s), next %q (-want +got):\n%s", state, next, diff)
		}
	}
	want("todo", row)
	want("instructed")
	r.Legs[0].Reminded = 2
	check(t, s.Save(t.Context(), r, store.Writes{}))
	row.Reminded = 2
	want("todo", row)
	r.Legs[0].Instruction.By, r.Legs[0].Instruction.Kind, r.Legs[0].Phase = "client:"+client, request.CarryOutToUs, request.Instructed
	check(t, s.Save(t.Context(), r, store.Writes{}))
	row.Phase, row.Instruction = request.Instructed, request.CarryOutToUs
	want("todo")
	want("instructed", row)
	r.Legs[0].Phase = request.Closed
	r.Legs[1].Phase = request.Closed
	r.Stage = request.Identified
	check(t, s.Save(t.Context(), r, store.Writes{}))
	row.Phase = request.Closed
	want("instructed")
	want("done", row) // a client still finds what it did
	if got, _, err := s.OfClient(t.Context(), client+"x", "done", store.Page{}); err != nil || len(got) != 0 {
		t.Errorf("another client sees %v, %v", got, err)
	}
}

func openOf(t testing.TB, s Store, id request.ID) []store.OpenRow {
	t.Helper()
	var out []store.OpenRow
	for page := (store.Page{Limit: 2}); ; {
		rows, next, err := s.Open(t.Context(), page)
		check(t, err)
		for _, r := range rows {
			if r.Request == id {
				out = append(out, r)
			}
		}
		if next == "" {
			return out
		}
		page.After = next
	}
}

func openList(t *testing.T, s Store, _ *Clock) {
	r := Request(t, request.Leg{ID: "l1", WakeAt: Start.Add(time.Hour)}, request.Leg{ID: "l2"})
	r.WakeAt = Start.Add(2 * time.Hour)
	mustCreate(t, s, r, store.Writes{})
	want := []store.OpenRow{{Request: r.ID, Reference: r.Reference, SafeDue: r.SafeDue, WakeAt: Start.Add(time.Hour)}}
	if diff := cmp.Diff(want, openOf(t, s, r.ID)); diff != "" {
		t.Errorf("Open() (-want +got):\n%s", diff)
	}
}

func bySubject(t *testing.T, s Store, _ *Clock) {
	a, b := unique(t, "s"), unique(t, "s")
	r, other := Request(t), Request(t)
	mustCreate(t, s, r, store.Writes{Subjects: []string{a, b}})
	mustCreate(t, s, other, store.Writes{Subjects: []string{a}})
	want := func(subject string, ids ...request.ID) {
		t.Helper()
		got := must[[]request.ID](t)(s.BySubject(t.Context(), subject))
		slices.Sort(got)
		slices.Sort(ids)
		if !slices.Equal(got, ids) {
			t.Errorf("BySubject() = %v, want %v", got, ids)
		}
	}
	want(a, r.ID, other.ID)
	want(b, r.ID)
	check(t, s.Save(t.Context(), r, store.Writes{})) // says nothing of subjects: they stay
	want(b, r.ID)
	check(t, s.Save(t.Context(), r, store.Writes{Subjects: []string{a}}))
	want(b)
	want(a, r.ID, other.ID)
	check(t, s.Save(t.Context(), r, store.Writes{Subjects: []string{}}))
	want(a, other.ID)
}

// What waits for somebody else than staff stands in a list of its own, by safe
// date like the others, and not among the tasks.
func waits(t *testing.T, s Store, _ *Clock) {
	client := unique(t, "c")
	r := Request(t,
		request.Leg{ID: "l1", Right: request.Access, Relation: request.Debtor, Client: client, Role: request.Processor, Phase: request.Forwarded, ForwardedAt: Start},
		request.Leg{ID: "l2", Right: request.Erasure, Role: request.Controller, Phase: request.Proving},
		request.Leg{ID: "l3", Right: request.Access, Role: request.Controller, Phase: request.Deciding},
		request.Leg{ID: "l4", Right: request.Access, Role: request.Controller, Phase: request.Prepared})
	r.Tasks = []request.Task{{ID: "t1", Leg: "l3", Kind: "decide", Role: "officer", Opened: Start}}
	mustCreate(t, s, r, store.Writes{})
	want := func(queue string, legs ...string) {
		t.Helper()
		var got []string
		for _, row := range tasksOf(t, s, queue, r.ID) {
			got = append(got, row.Leg+" "+string(row.Phase))
		}
		if diff := cmp.Diff(legs, got); diff != "" {
			t.Errorf("Tasks(%s) (-want +got):\n%s", queue, diff)
		}
	}
	want("waits:client", "l1 forwarded")
	want("waits:subject", "l2 proving")
	want("waits:system", "l4 prepared")
	want(store.QueueAll, "l3 ")
	rows, _, err := s.OfClient(t.Context(), client, "todo", store.Page{})
	check(t, err)
	if len(rows) != 1 || rows[0].Leg != "l1" || rows[0].Phase != request.Forwarded {
		t.Errorf("OfClient() = %+v", rows)
	}
	r.Legs[0].Phase, r.Legs[0].Instruction.By = request.Instructed, "client:c"
	r.Legs[3].Phase = request.Deciding
	r.Clock.Paused = []request.Pause{{Asked: "2026-03-06"}}
	check(t, s.Save(t.Context(), r, store.Writes{}))
	want("waits:client")
	want("waits:subject", "l1 instructed", "l2 proving")
	want("waits:system")
}

// A closed request is nobody's work; reopened, it stands where it stood.
func closedLeaves(t *testing.T, s Store, _ *Clock) {
	subject := unique(t, "s")
	r := Request(t, request.Leg{ID: "l1", Role: request.Controller, Phase: request.Answered, WakeAt: Start})
	r.Stage, r.WakeAt = request.Identified, Start
	r.Tasks = []request.Task{{ID: "t1", Kind: "reply", Role: "officer", Opened: Start}}
	mustCreate(t, s, r, store.Writes{Subjects: []string{subject}})
	count := func() [5]int {
		return [5]int{len(wakingOf(t, s, r.ID, Start)), len(tasksOf(t, s, store.QueueAll, r.ID)), len(openOf(t, s, r.ID)),
			len(must[[]request.ID](t)(s.BySubject(t.Context(), subject))), len(must[[]request.ID](t)(s.ClosedBySubject(t.Context(), subject)))}
	}
	if got, want := count(), [5]int{2, 1, 1, 1, 0}; got != want {
		t.Errorf("open: wake, tasks, open, subject, closed subject = %v, want %v", got, want)
	}
	r.Legs[0].Phase = request.Closed
	check(t, s.Save(t.Context(), r, store.Writes{}))
	// A letter that must still be posted and a restriction that ends on a day are work all the same.
	if got, want := count(), [5]int{1, 1, 0, 0, 1}; got != want {
		t.Errorf("closed: wake, tasks, open, subject, closed subject = %v, want %v", got, want)
	}
	r.Tasks[0].Done, r.Legs[0].WakeAt = Start, time.Time{}
	check(t, s.Save(t.Context(), r, store.Writes{}))
	if got, want := count(), [5]int{4: 1}; got != want {
		t.Errorf("closed and done: wake, tasks, open, subject, closed subject = %v, want %v", got, want)
	}
	r.Tasks[0].Done, r.Legs[0].WakeAt = time.Time{}, Start
	r.Legs[0].Decision.By = "o9"
	wantCode(t, "rewriting a closed leg", s.Save(t.Context(), r, store.Writes{}), request.PhaseIllegal)
	r.Legs[0].Decision.By = ""
	r.Legs[0].Phase = request.Proving
	check(t, s.Save(t.Context(), r, store.Writes{}))
	if got, want := count(), [5]int{2, 1, 1, 1, 0}; got != want {
		t.Errorf("reopened: wake, tasks, open, subject, closed subject = %v, want %v", got, want)
	}
}

// A letter that waits for the post, or came back, stands in a queue of its own
// besides that of its task, also on a closed request, until the task is done.
func unposted(t *testing.T, s Store, _ *Clock) {
	r := Request(t, request.Leg{ID: "l1", Role: request.Controller, Phase: request.Answered})
	r.Stage = request.Identified
	r.Tasks = []request.Task{
		{ID: "t1", Leg: "l1", Kind: "print", Role: "officer", Code: "l1.T-21.answer", Opened: Start},
		{ID: "t2", Leg: "l1", Kind: "undelivered", Role: "officer", Code: "l1.T-21.answer", Opened: Start},
		{ID: "t3", Kind: "reply", Role: "officer", Opened: Start},
	}
	mustCreate(t, s, r, store.Writes{})
	want := func(when string, n, all int) {
		t.Helper()
		if rows := tasksOf(t, s, store.QueueUnposted, r.ID); len(rows) != n {
			t.Errorf("%s: the queue of letters to post holds %+v, want %d", when, rows, n)
		}
		if rows := tasksOf(t, s, store.QueueAll, r.ID); len(rows) != all {
			t.Errorf("%s: %d tasks, want %d", when, len(rows), all)
		}
	}
	want("written", 2, 3)
	r.Legs[0].Phase = request.Closed
	check(t, s.Save(t.Context(), r, store.Writes{}))
	want("closed", 2, 3)
	r.Tasks[0].Done, r.Tasks[1].Done = Start, Start
	check(t, s.Save(t.Context(), r, store.Writes{}))
	want("posted", 0, 1)
}

// What is left on an answered request is listed by its own day, not by the
// law's: a restriction by the day on which it ends, the rest a month after it came up.
func leftover(t *testing.T, s Store, _ *Clock) {
	r := Request(t, request.Leg{ID: "l1", Role: request.Controller, Phase: request.Answered, Restriction: request.Marking{Ground: "a", SetAt: Start, LiftOn: "2030-01-02"}})
	r.Stage = request.Identified
	r.Tasks = []request.Task{{ID: "t1", Leg: "l1", Kind: "lift", Role: "officer", Opened: Start}, {ID: "t2", Leg: "l1", Kind: "recipient", Role: "officer", Opened: Start.AddDate(1, 0, 0)}}
	mustCreate(t, s, r, store.Writes{})
	want := func(when string, days ...request.Day) {
		t.Helper()
		var got []request.Day
		for _, row := range tasksOf(t, s, store.QueueAll, r.ID) {
			got = append(got, row.SafeDue)
		}
		if !slices.Equal(got, days) {
			t.Errorf("%s: listed by %v, want %v", when, got, days)
		}
	}
	want("open", r.WorkTo(), r.WorkTo())
	r.Legs[0].Phase, r.Legs[0].Outcome = request.Closed, request.Granted
	check(t, s.Save(t.Context(), r, store.Writes{}))
	want("answered", request.Day(Start.AddDate(1, 1, 0).Format(time.DateOnly)), "2030-01-02")

	// Among other requests each stands at its day: after what the law wants first.
	open := Request(t, request.Leg{ID: "l1", Role: request.Controller, Phase: request.Opened})
	open.Stage, open.SafeDue, open.Due = request.Identified, "2028-01-03", "2028-01-03"
	open.Tasks = []request.Task{{ID: "t1", Leg: "l1", Kind: "decide", Role: "officer", Opened: Start}}
	urgent := Request(t, request.Leg{ID: "l1", Role: request.Controller, Phase: request.Opened})
	urgent.Stage, urgent.Tasks = request.Identified, slices.Clone(open.Tasks)
	mustCreate(t, s, open, store.Writes{})
	mustCreate(t, s, urgent, store.Writes{})
	var order []string
	for _, row := range tasksOf(t, s, store.QueueAll, r.ID, open.ID, urgent.ID) {
		order = append(order, row.Kind+" "+string(row.SafeDue))
	}
	month := Start.AddDate(1, 1, 0).Format(time.DateOnly)
	if d := cmp.Diff([]string{"decide 2026-04-03", "recipient " + month, "decide 2028-01-03", "lift 2030-01-02"}, order); d != "" {
		t.Errorf("the list of tasks (-want +got):\n%s", d)
	}
}

// A breach stands in a queue of its own while the AP must hear of it, also on a
// closed request, and never among the tasks (33(1)).
func breaches(t *testing.T, s Store, _ *Clock) {
	r := Request(t, request.Leg{ID: "l1", Role: request.Controller, Phase: request.Answered})
	r.Stage = request.Identified
	r.Breaches = []request.Breach{
		{ID: "1", Leg: "l1", Risk: "high", Found: Start}, {ID: "2", Risk: "none", Found: Start},
		{ID: "3", Risk: "high", Found: Start, ClientTold: Start}, {ID: "4", Risk: "risk", Found: Start, AuthorityTold: Start},
		{ID: "5", Risk: "risk", Found: Start, ClosedAt: Start},
	}
	mustCreate(t, s, r, store.Writes{})
	want := func(when string, n int) {
		t.Helper()
		rows := tasksOf(t, s, store.QueueBreaches, r.ID)
		if len(rows) != n || n > 0 && rows[0].Leg != "l1" {
			t.Errorf("%s: the queue of breaches holds %+v, want %d", when, rows, n)
		}
		if all := tasksOf(t, s, store.QueueAll, r.ID); len(all) != 0 {
			t.Errorf("%s: a breach is a task: %+v", when, all)
		}
	}
	want("found", 1)
	r.Legs[0].Phase = request.Closed
	check(t, s.Save(t.Context(), r, store.Writes{}))
	want("closed", 1)
	r.Breaches[0].AuthorityTold = Start
	check(t, s.Save(t.Context(), r, store.Writes{}))
	want("told", 0)
}

// Pages cut a list anywhere and lose and repeat nothing; rows come by safe date.
func pages(t *testing.T, s Store, _ *Clock) {
	officer := unique(t, "o")
	var want []request.Day
	for _, day := range []request.Day{"2026-05-03", "2026-05-01", "2026-05-02", "2026-05-01", "2026-05-04"} {
		r := Request(t)
		r.SafeDue = day
		r.Tasks = []request.Task{{ID: "t1", Role: "officer", Assignee: officer}, {ID: "t2", Role: "officer", Assignee: officer}}
		mustCreate(t, s, r, store.Writes{})
		want = append(want, day, day)
	}
	slices.Sort(want)
	for limit := 1; limit <= 11; limit++ {
		var got []request.Day
		page := store.Page{Limit: limit}
		for {
			rows, next, err := s.Tasks(t.Context(), "mine:"+officer, page)
			check(t, err)
			if len(rows) > limit {
				t.Fatalf("%d rows on a page of %d", len(rows), limit)
			}
			for _, r := range rows {
				got = append(got, r.SafeDue)
			}
			if next == "" {
				break
			}
			page.After = next
		}
		if !slices.Equal(got, want) {
			t.Errorf("pages of %d: %v, want %v", limit, got, want)
		}
	}
	if _, _, err := s.Tasks(t.Context(), "free", store.Page{After: "no cursor of ours"}); err != nil && !request.InputRefused.Is(err) {
		t.Errorf("a foreign cursor: %v", err)
	}
}

func ledgerLines(t *testing.T, s Store, _ *Clock) {
	r := Request(t)
	first := line("received")
	first.Refs = map[string]string{"safeDue": "2026-04-03"}
	first.Request = "0000" // the store knows better
	mustCreate(t, s, r, store.Writes{Lines: []ledger.Line{first}})
	check(t, s.Save(t.Context(), r, store.Writes{Lines: []ledger.Line{line("a"), line("b")}}))
	lines := must[[]ledger.Line](t)(s.Lines(t.Context(), r.ID))
	if err := ledger.VerifyHead(lines, r.Chain); err != nil {
		t.Error(err)
	}
	if len(lines) != 3 || lines[0].Action != "received" || lines[0].Request != r.ID || lines[2].Action != "b" {
		t.Errorf("Lines() = %+v", lines)
	}
	// Closed requests keep their heads: the daily root covers them all.
	r.Stage = request.Done
	check(t, s.Save(t.Context(), r, store.Writes{Lines: []ledger.Line{line("closed")}}))
	found := 0
	for page := (store.Page{Limit: 2}); ; {
		heads, next, err := s.Heads(t.Context(), page)
		check(t, err)
		for _, h := range heads {
			if h.Request == r.ID {
				found++
				if h.Chain != r.Chain {
					t.Errorf("Heads() has %v, want %v", h.Chain, r.Chain)
				}
			}
		}
		if next == "" {
			break
		}
		page.After = next
	}
	if found != 1 {
		t.Errorf("the head was listed %d times", found)
	}
	if n := len(must[[]ledger.Line](t)(s.Lines(t.Context(), Request(t).ID))); n != 0 {
		t.Errorf("an unknown chain has %d lines", n)
	}
}

// closedOf narrows the list of closed requests to one.
func closedOf(t testing.TB, s Store, id request.ID, before time.Time) []store.ClosedRow {
	t.Helper()
	var out []store.ClosedRow
	for page := (store.Page{Limit: 2}); ; {
		rows, next, err := s.Closed(t.Context(), before, page)
		check(t, err)
		for _, r := range rows {
			if r.Request == id {
				out = append(out, r)
			}
		}
		if next == "" {
			return out
		}
		page.After = next
	}
}

// D-2: when its time is over a request is gone, its letters with it; what
// proves that we acted stays.
func forget(t *testing.T, s Store, _ *Clock) {
	r := Request(t, request.Leg{ID: "l1", Role: request.Processor, Client: unique(t, "c"), Phase: request.Forwarded, ForwardedAt: Start})
	client := r.Legs[0].Client
	owner := string(r.ID)
	mustCreate(t, s, r, store.Writes{Letters: []post.Letter{letter("", "T-01")}, Lines: []ledger.Line{line("received")}, Subjects: []string{unique(t, "s")}})
	wantCode(t, "forgetting an open request", s.Forget(t.Context(), r.ID, nil), request.PhaseIllegal)
	l := must[post.Letter](t)(s.Claim(t.Context(), owner, "T-01", 1, Start.Add(time.Minute)))
	l.State, l.MessageID = post.Sent, unique(t, "ses")
	check(t, s.Mark(t.Context(), l, nil))
	r = must[*request.Request](t)(s.Load(t.Context(), r.ID))
	r.Stage, r.ClosedAt = request.Done, Start.Add(time.Hour)
	check(t, s.Save(t.Context(), r, store.Writes{}))
	if rows := closedOf(t, s, r.ID, r.ClosedAt); len(rows) != 0 {
		t.Errorf("Closed() before it was closed: %+v", rows)
	}
	want := []store.ClosedRow{{Request: r.ID, Reference: r.Reference, ClosedAt: r.ClosedAt, ForgetAt: r.ClosedAt}}
	if diff := cmp.Diff(want, closedOf(t, s, r.ID, r.ClosedAt.Add(1))); diff != "" {
		t.Errorf("Closed() (-want +got):\n%s", diff)
	}
	// What has a day of its own is not looked at before.
	r = must[*request.Request](t)(s.Load(t.Context(), r.ID))
	r.ForgetAt = r.ClosedAt.AddDate(2, 0, 0)
	check(t, s.Save(t.Context(), r, store.Writes{}))
	if rows := closedOf(t, s, r.ID, r.ForgetAt); len(rows) != 0 {
		t.Errorf("Closed() before its day: %+v", rows)
	}
	want[0].ForgetAt = r.ForgetAt
	if diff := cmp.Diff(want, closedOf(t, s, r.ID, r.ForgetAt.Add(1))); diff != "" {
		t.Errorf("Closed() on its day (-want +got):\n%s", diff)
	}

	check(t, s.Forget(t.Context(), r.ID, []ledger.Line{line("purged")}))
	_, err := s.Load(t.Context(), r.ID)
	wantCode(t, "Load of what is forgotten", err, request.NotFound)
	wantCode(t, "Save of what is forgotten", s.Save(t.Context(), r, store.Writes{}), request.NotFound)
	wantCode(t, "forgetting it again", s.Forget(t.Context(), r.ID, nil), request.NotFound)
	if n := len(must[[]post.Letter](t)(s.LettersOf(t.Context(), owner))); n != 0 {
		t.Errorf("%d letters are left", n)
	}
	_, _, err = s.ByMessageID(t.Context(), l.MessageID)
	wantCode(t, "ByMessageID of what is forgotten", err, request.NotFound)
	if rows := closedOf(t, s, r.ID, r.ForgetAt.Add(1)); len(rows) != 0 {
		t.Errorf("Closed() still has it: %+v", rows)
	}
	for _, state := range []string{"todo", "done"} {
		if rows, _, err := s.OfClient(t.Context(), client, state, store.Page{}); err != nil || len(rows) != 0 {
			t.Errorf("OfClient() still has it: %+v, %v", rows, err)
		}
	}
	// The chain is whole and its head is listed.
	lines := must[[]ledger.Line](t)(s.Lines(t.Context(), r.ID))
	if err := ledger.Verify(lines); err != nil || len(lines) != 2 || lines[1].Action != "purged" {
		t.Errorf("the ledger after forgetting: %+v, %v", lines, err)
	}
	found := false
	for page := (store.Page{Limit: 100}); ; {
		heads, next, err := s.Heads(t.Context(), page)
		check(t, err)
		for _, h := range heads {
			found = found || h.Request == r.ID && h.Chain.Seq == 2 && h.Chain.Hash == lines[1].Hash
		}
		if next == "" {
			break
		}
		page.After = next
	}
	if !found {
		t.Error("the head of the forgotten request is not listed")
	}
	// The same mail delivered again makes no new request, and its reference is never given to another.
	again := Request(t)
	again.SourceKey = r.SourceKey
	if id, isNew, err := s.Create(t.Context(), again, store.Writes{}); err != nil || isNew || id != r.ID {
		t.Errorf("Create() of a forgotten source = %s, %v, %v", id, isNew, err)
	}
	other := Request(t)
	other.Reference = r.Reference
	_, _, err = s.Create(t.Context(), other, store.Writes{})
	wantCode(t, "the reference of a forgotten request", err, request.Exists)
	same := Request(t)
	same.ID = r.ID
	_, _, err = s.Create(t.Context(), same, store.Writes{})
	wantCode(t, "the id of a forgotten request", err, request.Exists)
}
