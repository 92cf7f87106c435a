package figures

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/request"
)

// monday is a day of receipt: nominal and safe date are Wednesday 16 December 2026.
var monday = time.Date(2026, 11, 16, 8, 0, 0, 0, time.UTC)

func closed(right request.Right, outcome request.Outcome, days int) *request.Request {
	return &request.Request{
		ID: "1", Channel: request.Email, Received: monday, SafeDue: "2026-12-16", Due: "2026-12-16",
		Stage: request.Done, ClosedAt: monday.AddDate(0, 0, days),
		Legs: []request.Leg{{
			ID: "1", Right: right, Role: request.Controller, Phase: request.Closed, Outcome: outcome, AnsweredAt: monday.AddDate(0, 0, days),
		}},
	}
}

// D-6: a month is a month from receipt, longer by questions that count; three
// months are what an extension made of it; everything else is late.
func TestTook(t *testing.T) {
	paused := closed(request.Access, request.Granted, 35)
	paused.Due = "2026-12-28"
	paused.Clock.Paused = []request.Pause{{Asked: "2026-11-17", Answered: "2026-11-29", Doubt: "x"}}
	extended := closed(request.Access, request.Granted, 60)
	extended.Due, extended.Clock.ExtensionSent = "2027-02-16", "2026-12-01"
	soon := closed(request.Access, request.Granted, 3)
	soon.Due, soon.Clock.ExtensionSent = "2027-02-16", "2026-11-17"
	tooLate := closed(request.Access, request.Granted, 100)
	tooLate.Due, tooLate.Clock.ExtensionSent = "2027-02-16", "2026-12-01"
	client := closed(request.Access, request.Granted, 3)
	client.Legs[0].Role, client.Legs[0].Client, client.Legs[0].AnsweredAt = request.Processor, "bakker", time.Time{}
	open := closed(request.Access, "", 0)
	open.Stage, open.Legs[0].Phase, open.Legs[0].AnsweredAt = request.Identified, request.Deciding, time.Time{}
	restarted := closed(request.Access, request.Granted, 50)
	restarted.Clock.Restarted, restarted.SafeDue, restarted.Due = monday.AddDate(0, 0, 45), "2027-02-01", "2027-02-01"
	for _, tt := range []struct {
		name string
		r    *request.Request
		want Took
		days int
	}{
		{"the same day", closed(request.Access, request.Granted, 0), InMonth, 0},
		{"the last day", closed(request.Access, request.Granted, 30), InMonth, 22},
		{"a day late", closed(request.Access, request.Granted, 31), TooLate, 23},
		{"with days of waiting", paused, InMonth, 25},
		{"with an extension", extended, InThree, 42},
		{"with an extension that was not needed", soon, InMonth, 3},
		{"later than that", tooLate, TooLate, 70},
		{"the client answers (C-16)", client, NotTaken, 0},
		{"taken back", closed(request.Access, request.Withdrawn, 3), NotTaken, 0},
		{"open", open, NotTaken, 0},
		{"from what reopened it (C-12)", restarted, InMonth, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Of(tt.r).Legs[0]; got.Took != tt.want || got.Days != tt.days {
				t.Errorf("took %q and %d working days, want %q and %d", got.Took, got.Days, tt.want, tt.days)
			}
		})
	}
}

// A month is that of Amsterdam, and a request counts from the moment it is there.
func TestOf(t *testing.T) {
	r := closed(request.Access, request.Granted, 1)
	r.Received = time.Date(2026, 11, 30, 23, 30, 0, 0, time.UTC)
	if got := Of(r).Month; got != "2026-12" {
		t.Errorf("a request of half past midnight on 1 December counts in %s", got)
	}
	r = &request.Request{ID: "1", Received: monday, Stage: request.Registered, Understood: request.Understood{Rights: []request.Right{request.Erasure}}}
	if got := Of(r); len(got.Legs) != 1 || !got.Open || got.Legs[0].Right != request.Erasure {
		t.Errorf("a request that nobody split yet counts as %+v", got)
	}
	r.Stage = request.Done
	if got := Sum("2026-11", []Record{Of(r)}); got.Requests != 0 || got.Total.Received != 0 {
		t.Errorf("what was set aside counts as %+v", got)
	}
	r = closed(request.Access, request.Granted, 1)
	r.Breaches = []request.Breach{{ID: "1", Leg: "1"}, {ID: "2"}}
	if got := Of(r); got.Breaches != 1 || got.Legs[0].Breaches != 1 {
		t.Errorf("two breaches count as %+v", got)
	}
}

func TestSumAndCSV(t *testing.T) {
	records := []Record{
		{Request: "a", Month: "2026-11", Channel: request.Web, Legs: []Leg{
			{Right: request.Erasure, Role: request.Controller, Outcome: request.Partial, Took: InThree, Days: 40, Extended: true},
			{Right: request.Access, Role: request.Controller, Outcome: request.Granted, Took: InMonth, Days: 4, Paused: true},
		}},
		{Request: "b", Month: "2026-11", Channel: request.Email, Open: true, Legs: []Leg{
			{Right: request.Access, Role: request.Processor, Client: "bakker"},
			{Right: request.Access, Role: request.Processor, Client: "sold", Outcome: request.Moved}, // what bakker has now: asked once
			{Right: request.Access, Role: request.Controller, Outcome: request.Refused, Took: TooLate, Days: 30, Breaches: 1},
		}},
		{Request: "c", Month: "2026-11", Channel: request.Email, Breaches: 1, Legs: []Leg{
			{Right: request.Access, Role: request.Processor, Client: "=bakker", Outcome: request.ByClient},
			{Right: request.Objection, Role: request.Controller, Outcome: request.Withdrawn, Reopened: true},
			{Right: request.Access, Role: request.Controller, Outcome: request.Unverified, Took: InMonth, Days: 22},
		}},
	}
	m := Sum("2026-11", records)
	want := Row{
		Received: 7, Open: 1, InMonth: 2, InThree: 1, Late: 1, Extended: 1, Paused: 1, Refused: 1, Partial: 1,
		Unverified: 1, Withdrawn: 1, ByClient: 1, Reopened: 1, Breaches: 2, MedianDays: 22, OnTarget: 1, Targeted: 3, Moved: 1,
	}
	if d := cmp.Diff(want, m.Total, cmp.AllowUnexported(Row{})); d != "" || m.Requests != 3 {
		t.Errorf("%d requests; total (-want +got):\n%s", m.Requests, d)
	}
	var b strings.Builder
	if err := CSV(&b, m); err != nil {
		t.Fatal(err)
	}
	golden := strings.ReplaceAll(`month,by,key,received,open,answered_in_month,answered_in_three_months,answered_late,extended,paused,refused,refused_in_part,unverified,withdrawn,answered_by_client,reopened,breaches,median_working_days,answered_within_target,of_answers_with_a_target,moved_to_another_client
2026-11,total,,7,1,2,1,1,1,1,1,1,1,1,1,1,2,22,1,3,1
2026-11,right,access,5,1,2,0,1,0,1,1,0,1,0,1,0,1,22,1,2,1
2026-11,right,erasure,1,0,0,1,0,1,0,0,1,0,0,0,0,0,40,0,1,0
2026-11,right,objection,1,0,0,0,0,0,0,0,0,0,1,0,1,0,,0,0,0
2026-11,channel,email,5,1,1,0,1,0,0,1,0,1,1,1,1,2,22,0,1,1
2026-11,channel,web,2,0,1,1,0,1,1,0,1,0,0,0,0,0,4,1,2,0
2026-11,client,'=bakker,1,0,0,0,0,0,0,0,0,0,0,1,0,0,,0,0,0
2026-11,client,bakker,1,1,0,0,0,0,0,0,0,0,0,0,0,0,,0,0,0
2026-11,client,sold,1,0,0,0,0,0,0,0,0,0,0,0,0,0,,0,0,1
`, "\n", "\r\n")
	if d := cmp.Diff(golden, b.String()); d != "" {
		t.Errorf("CSV (-want +got):\n%s", d)
	}
	for i, j := 0, len(records)-1; i < j; i, j = i+1, j-1 {
		records[i], records[j] = records[j], records[i]
	}
	if d := cmp.Diff(m, Sum("2026-11", records), cmp.AllowUnexported(Row{})); d != "" {
		t.Errorf("in another order (-want +got):\n%s", d)
	}
}

func TestValid(t *testing.T) {
	for month, want := range map[string]bool{"2026-11": true, "2026-13": false, "2026-00": false, "2026-1": false, "": false, "2026-11-01": false} {
		if Valid(month) != want {
			t.Errorf("Valid(%q) = %v", month, !want)
		}
	}
}

// A page offers two years of months as Amsterdam counts them, and the one that is shown.
func TestRecent(t *testing.T) {
	newYear := time.Date(2026, time.December, 31, 23, 30, 0, 0, time.UTC) // already January in Amsterdam
	got := Recent(newYear, "2026-03")
	if len(got) != 24 || got[0] != "2027-01" || got[1] != "2026-12" || got[23] != "2025-02" {
		t.Errorf("offers %v", got)
	}
	if got := Recent(newYear, "2020-05"); len(got) != 25 || got[24] != "2020-05" {
		t.Errorf("an older month that is shown: %v", got)
	}
}
