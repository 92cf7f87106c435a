package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/figures"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

func figuresIn(t testing.TB, s Store, month string, ids ...request.ID) []figures.Record {
	t.Helper()
	byID := map[request.ID]figures.Record{}
	for page := (store.Page{Limit: 2}); ; {
		some, next, err := s.FiguresOf(t.Context(), month, page)
		check(t, err)
		for _, f := range some {
			if _, twice := byID[f.Request]; twice {
				t.Errorf("%s stands twice in %s", f.Request, month)
			}
			byID[f.Request] = f
		}
		if page.After = next; next == "" {
			break
		}
	}
	var out []figures.Record
	for _, id := range ids {
		if f, ok := byID[id]; ok {
			out = append(out, f)
		}
	}
	return out
}

// What counts of a request (D-6) is written with it, follows it, stands in the
// month of its receipt, and stays when it is forgotten.
func figuresOf(t *testing.T, s Store, _ *Clock) {
	r := Request(t, request.Leg{ID: "l1", Right: request.Access, Role: request.Controller, Phase: request.Opened})
	other, before := Request(t), Request(t)
	before.Received = time.Date(2026, 2, 28, 22, 59, 0, 0, time.UTC) // still February in Amsterdam
	for _, x := range []*request.Request{r, other, before} {
		mustCreate(t, s, x, store.Writes{})
	}
	want := []figures.Record{figures.Of(r), figures.Of(other)}
	if d := cmp.Diff(want, figuresIn(t, s, "2026-03", r.ID, other.ID, before.ID)); d != "" {
		t.Errorf("figures of March (-want +got):\n%s", d)
	}
	if got := figuresIn(t, s, "2026-02", r.ID, before.ID); len(got) != 1 || got[0].Request != before.ID {
		t.Errorf("figures of February: %+v", got)
	}

	r = must[*request.Request](t)(s.Load(t.Context(), r.ID))
	r.Stage, r.ClosedAt = request.Done, Start.AddDate(0, 0, 4)
	r.Legs[0].Phase, r.Legs[0].Outcome, r.Legs[0].AnsweredAt = request.Closed, request.NothingHeld, Start.AddDate(0, 0, 4)
	check(t, s.Save(t.Context(), r, store.Writes{}))
	closed := figures.Of(r)
	if closed.Legs[0].Took != figures.InMonth || closed.Legs[0].Days != 2 {
		t.Fatalf("a leg that was answered on Monday counts as %+v", closed.Legs[0])
	}
	if d := cmp.Diff([]figures.Record{closed}, figuresIn(t, s, "2026-03", r.ID)); d != "" {
		t.Errorf("figures after closing (-want +got):\n%s", d)
	}
	check(t, s.Forget(t.Context(), r.ID, []ledger.Line{line("purged")}))
	if d := cmp.Diff([]figures.Record{closed}, figuresIn(t, s, "2026-03", r.ID)); d != "" {
		t.Errorf("figures after it was forgotten (-want +got):\n%s", d)
	}
}

// C-7, C-16: an extension moves a request and its tasks in our lists to the
// new day, and nothing in the client's.
func openExtended(t *testing.T, s Store, _ *Clock) {
	client := unique(t, "c")
	r := Request(t, request.Leg{ID: "l1", Right: request.Access, Role: request.Controller, Phase: request.Deciding},
		request.Leg{ID: "l2", Right: request.Access, Role: request.Processor, Client: client, Phase: request.Forwarded})
	officer := unique(t, "o")
	r.Tasks = []request.Task{{ID: "t1", Leg: "l1", Kind: "decide", Role: "officer", Assignee: officer}}
	r.Clock.Holidays = "nl-1"
	mustCreate(t, s, r, store.Writes{})
	r = must[*request.Request](t)(s.Load(t.Context(), r.ID))
	r.Clock.Extension = request.Extension{Reason: "number", By: "o1"}
	check(t, s.Save(t.Context(), r, store.Writes{}))
	r.Clock.Extension.ApprovedBy = "o2"
	r.Clock.ExtensionSent, r.Clock.WorkTo, r.Due = "2026-03-20", "2026-06-05", "2026-06-05"
	check(t, s.Save(t.Context(), r, store.Writes{}))
	want := []store.OpenRow{{Request: r.ID, Reference: r.Reference, SafeDue: "2026-06-05", Holidays: "nl-1"}}
	if d := cmp.Diff(want, openOf(t, s, r.ID)); d != "" {
		t.Errorf("Open() of an extended request (-want +got):\n%s", d)
	}
	tasks, _, err := s.Tasks(t.Context(), "mine:"+officer, store.Page{})
	check(t, err)
	if len(tasks) != 1 || tasks[0].SafeDue != "2026-06-05" {
		t.Errorf("its task is listed as %+v", tasks)
	}
	rows, _, err := s.OfClient(t.Context(), client, "todo", store.Page{})
	check(t, err)
	if len(rows) != 1 || rows[0].SafeDue != r.SafeDue {
		t.Errorf("the client sees %+v, want the safe date %s", rows, r.SafeDue)
	}
}
