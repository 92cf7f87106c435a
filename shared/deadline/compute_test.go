package deadline_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/allclaims/rightsdesk/shared/deadline"
)

// at is an instant: RFC 3339, or a local date or date and time in Amsterdam.
func at(t testing.TB, s string) time.Time {
	t.Helper()
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999", "2006-01-02 15:04", "2006-01-02"} {
		if instant, err := time.ParseInLocation(layout, s, deadline.Amsterdam()); err == nil {
			return instant
		}
	}
	t.Fatalf("no instant: %q", s)
	return time.Time{}
}

// rounds reads "asked>answered" pairs; "asked>" has no answer.
func rounds(t testing.TB, s string) []deadline.Pause {
	t.Helper()
	var pauses []deadline.Pause
	for _, pair := range strings.Fields(s) {
		asked, answered, _ := strings.Cut(pair, ">")
		pauses = append(pauses, deadline.Pause{Asked: day(t, asked), Answered: day(t, answered)})
	}
	return pauses
}

// vectors are the test vectors of docs/law.md, by their numbers there; a row that can
// be put in two ways has a letter behind its number.
var vectors = []struct {
	id, received, paused, extension string
	nominal, safeDue, due           string
	pausedDays                      int
	extended                        bool
	weekdays                        string // of receipt, nominal, due
}{
	{"V01", "2026-03-05 10:00", "", "", "2026-04-05", "2026-04-07", "2026-04-07", 0, false, "Thu Sun Tue"},
	{"V02", "2026-08-31", "", "", "2026-09-30", "2026-09-30", "2026-09-30", 0, false, "Mon Wed Wed"},
	{"V03", "2026-01-31 22:00", "", "", "2026-02-28", "2026-03-02", "2026-03-02", 0, false, "Sat Sat Mon"},
	{"V04", "2025-01-31", "", "", "2025-02-28", "2025-02-28", "2025-02-28", 0, false, "Fri Fri Fri"},
	{"V05", "2028-01-31", "", "", "2028-02-29", "2028-02-29", "2028-02-29", 0, false, "Mon Tue Tue"},
	{"V06", "2028-02-29", "", "", "2028-03-29", "2028-03-29", "2028-03-29", 0, false, "Tue Wed Wed"},
	{"V08", "2026-03-03", "", "", "2026-04-03", "2026-04-03", "2026-04-03", 0, false, "Tue Fri Fri"},
	{"V09", "2026-03-27", "", "", "2026-04-27", "2026-04-28", "2026-04-28", 0, false, "Fri Mon Tue"},
	{"V11", "2025-03-26", "", "", "2025-04-26", "2025-04-28", "2025-04-28", 0, false, "Wed Sat Mon"},
	{"V13", "2026-04-05 09:00", "", "", "2026-05-05", "2026-05-06", "2026-05-06", 0, false, "Sun Tue Wed"},
	{"V14", "2026-04-14", "", "", "2026-05-14", "2026-05-15", "2026-05-15", 0, false, "Tue Thu Fri"},
	{"V15", "2026-04-25", "", "", "2026-05-25", "2026-05-26", "2026-05-26", 0, false, "Sat Mon Tue"},
	{"V16", "2026-11-25", "", "", "2026-12-25", "2026-12-28", "2026-12-28", 0, false, "Wed Fri Mon"},
	{"V18", "2026-12-01", "", "", "2027-01-01", "2027-01-04", "2027-01-04", 0, false, "Tue Fri Mon"},
	{"V19", "2025-12-01", "", "", "2026-01-01", "2026-01-02", "2026-01-02", 0, false, "Mon Thu Fri"},
	{"V21", "2026-06-30T22:15:00Z", "", "", "2026-08-01", "2026-08-03", "2026-08-03", 0, false, "Wed Sat Mon"},
	{"V22", "2026-02-14", "", "2026-03-13", "2026-03-14", "2026-03-16", "2026-05-15", 0, true, "Sat Sat Fri"},
	{"V23", "2026-02-14", "", "2026-03-17", "2026-03-14", "2026-03-16", "2026-03-16", 0, false, "Sat Sat Mon"},
	{"V25", "2026-03-05", "2026-03-06>2026-03-16", "", "2026-04-05", "2026-04-07", "2026-04-14", 9, false, "Thu Sun Tue"},
	{"V26", "2026-06-01", "2026-06-02>2026-06-02", "", "2026-07-01", "2026-07-01", "2026-07-01", 0, false, "Mon Wed Wed"},
	{"V26b", "2026-06-01", "2026-06-02>2026-06-03", "", "2026-07-01", "2026-07-01", "2026-07-01", 0, false, "Mon Wed Wed"},
	{"V27", "2026-09-07", "2026-09-08>2026-09-14 2026-09-15>2026-09-21", "", "2026-10-07", "2026-10-07", "2026-10-19", 12, false, "Mon Wed Mon"},
	{"V27b", "2026-09-07", "2026-09-08> 2026-09-15>2026-09-21", "", "2026-10-07", "2026-10-07", "2026-10-19", 12, false, "Mon Wed Mon"},
	{"V29", "2026-06-01", "2026-06-22>2026-06-29", "", "2026-07-01", "2026-07-01", "2026-07-01", 0, false, "Mon Wed Wed"},
	{"V29b", "2026-06-01", "2026-06-22>", "", "2026-07-01", "2026-07-01", "2026-07-01", 0, false, "Mon Wed Wed"},
	{"V30", "2026-09-07", "2026-09-08>", "", "2026-10-07", "2026-10-07", "2026-10-07", 0, false, "Mon Wed Wed"},
	{"V32", "2026-03-06 18:00", "", "", "2026-04-06", "2026-04-07", "2026-04-07", 0, false, "Fri Mon Tue"},
	{"V33", "2026-12-25", "", "", "2027-01-25", "2027-01-25", "2027-01-25", 0, false, "Fri Mon Mon"},
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.id, func(t *testing.T) {
			r, err := deadline.Calendar{}.Compute(deadline.Events{
				Received: at(t, v.received), Paused: rounds(t, v.paused), ExtensionSent: day(t, v.extension),
			})
			if err != nil {
				t.Fatal(err)
			}
			type row struct {
				Nominal, SafeDue, Due string
				PausedDays            int
				Extended              bool
				Weekdays              string
			}
			got := row{r.Nominal.String(), r.SafeDue.String(), r.Due.String(), r.PausedDays, r.Extended,
				fmt.Sprintf("%.3s %.3s %.3s", r.Received.Weekday(), r.Nominal.Weekday(), r.Due.Weekday())}
			want := row{v.nominal, v.safeDue, v.due, v.pausedDays, v.extended, v.weekdays}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-law +computed:\n%s", diff)
			}
			if diff := cmp.Diff(oracle(r.Received, rounds(t, v.paused), day(t, v.extension)), found(r)); diff != "" {
				t.Errorf("-oracle +computed:\n%s", diff)
			}
		})
	}
}

// The project's page of rules has the same rows, so that neither can change alone.
func TestVectorsStandInTheRuleBook(t *testing.T) {
	page, err := os.ReadFile("../../docs/law.md")
	if err != nil {
		t.Fatal(err)
	}
	written := map[string][]string{} // id: receipt, nominal, due
	for _, line := range strings.Split(string(page), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 8 || !regexp.MustCompile(`^ V[0-9]+ $`).MatchString(cells[1]) {
			continue
		}
		var dates []string
		for _, i := range []int{2, 4, 5} {
			all := regexp.MustCompile(`[A-Z][a-z]{2} [0-9]{4}-[0-9]{2}-[0-9]{2}`).FindAllString(cells[i], -1)
			if len(all) != 1 {
				t.Fatalf("%s: %q has %d dates", cells[1], cells[i], len(all))
			}
			dates = append(dates, all[0])
		}
		written[strings.TrimSpace(cells[1])] = dates
	}
	computed := map[string][]string{}
	for _, v := range vectors {
		if strings.HasSuffix(v.id, "b") {
			continue
		}
		received := deadline.LocalDate(at(t, v.received)).String()
		var dates []string
		for i, d := range []string{received, v.nominal, v.due} {
			dates = append(dates, strings.Fields(v.weekdays)[i]+" "+d)
		}
		computed[v.id] = dates
	}
	if diff := cmp.Diff(computed, written); diff != "" {
		t.Errorf("-tested +written:\n%s", diff)
	}
}

// What the vectors say beside their dates.
func TestVectorDetails(t *testing.T) {
	compute := func(received, extension string) deadline.Result {
		t.Helper()
		r, err := deadline.Calendar{}.Compute(deadline.Events{Received: at(t, received), ExtensionSent: day(t, extension)})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, row := range []struct{ id, got, want string }{
		{"V21 receipt", compute("2026-06-30T22:15:00Z", "").Received.String(), "2026-07-01"},
		{"V21 end", compute("2026-06-30T22:15:00Z", "").DueInstant.Format(time.RFC3339Nano), "2026-08-03T22:00:00Z"},
		{"V22 due1", compute("2026-02-14", "2026-03-13").Due1.String(), "2026-03-16"},
		{"V23 due1", compute("2026-02-14", "2026-03-17").Due1.String(), "2026-03-16"},
		{"V32 client notice", compute("2026-03-06 18:00", "").Milestones["clientNotice"].String(), "2026-03-10"},
		{"V33 acknowledgement", compute("2026-12-25", "").Milestones["acknowledge"].String(), "2026-12-28"},
		{"V33 client notice", compute("2026-12-25", "").Milestones["clientNotice"].String(), "2026-12-29"},
		{"V33 identity question", compute("2026-12-25", "").Milestones["identityQuestion"].String(), "2026-12-30"},
	} {
		if row.got != row.want {
			t.Errorf("%s: %s, want %s", row.id, row.got, row.want)
		}
	}
	if got := compute("2026-06-30T22:15:00Z", "").DueInstant.Location(); got != time.UTC {
		t.Errorf("the end is in %s, want UTC", got)
	}
}

// C-8, C-9: what counts and what does not. Received Monday 2026-09-07, so a
// first question is in time until Thursday 2026-09-10.
func TestPauses(t *testing.T) {
	for _, row := range []struct {
		name, paused string
		want         int
	}{
		{"asked on the day of receipt", "2026-09-07>2026-09-10", 2},
		{"asked on the third working day", "2026-09-10>2026-09-21", 10},
		{"asked on the fourth", "2026-09-11>2026-09-21", 0},
		{"answered the next day", "2026-09-08>2026-09-09", 0},
		{"one full day", "2026-09-08>2026-09-10", 1},
		{"again on the third working day after the answer", "2026-09-08>2026-09-11 2026-09-16>2026-09-21", 12},
		{"again on the fourth: the first round counts", "2026-09-08>2026-09-11 2026-09-17>2026-09-21", 2},
		{"answer on Friday, again on Saturday after the third day", "2026-09-08>2026-09-15 2026-09-19>2026-09-25", 6},
		{"again on the day of the answer", "2026-09-08>2026-09-14 2026-09-14>2026-09-21", 12},
		{"late second ends it for the third", "2026-09-08>2026-09-11 2026-09-17>2026-09-18 2026-09-21>2026-09-28", 2},
		{"late first cannot be mended", "2026-09-14>2026-09-15 2026-09-16>2026-09-21", 0},
		{"three rounds", "2026-09-08>2026-09-14 2026-09-15>2026-09-21 2026-09-24>2026-10-05", 26},
		{"second not answered: days up to the first answer", "2026-09-08>2026-09-14 2026-09-15>", 5},
		{"reminder answered", "2026-09-08> 2026-09-22>2026-09-30", 21},
		{"reminder not answered", "2026-09-08> 2026-09-15>", 0},
		{"late question after the answer to a reminder", "2026-09-08> 2026-09-15>2026-09-16 2026-09-30>2026-10-30", 7},
		{"overlap is counted once", "2026-09-08>2026-09-18 2026-09-09>2026-09-14", 9},
		{"overlap, the later question answered last", "2026-09-08>2026-09-14 2026-09-09>2026-09-18", 9},
		{"asked during the overlap's longer half", "2026-09-08>2026-09-30 2026-09-09>2026-09-10 2026-09-25>2026-10-02", 23},
		{"given twice", "2026-09-08>2026-09-18 2026-09-08>2026-09-18", 9},
		{"two questions of a day, one open", "2026-09-08>2026-09-14 2026-09-08> 2026-09-25>2026-09-30", 5},
		{"wrong order of input", "2026-09-15>2026-09-21 2026-09-08>2026-09-14", 12},
		{"more than the month", "2026-09-08>2027-03-08", 180},
	} {
		t.Run(row.name, func(t *testing.T) {
			pauses := rounds(t, row.paused)
			given := slices.Clone(pauses)
			r, err := deadline.Calendar{}.Compute(deadline.Events{Received: at(t, "2026-09-07"), Paused: pauses})
			if err != nil {
				t.Fatal(err)
			}
			if r.PausedDays != row.want {
				t.Errorf("paused %d days, want %d", r.PausedDays, row.want)
			}
			if diff := cmp.Diff(oracle(r.Received, pauses, deadline.Date{}), found(r)); diff != "" {
				t.Errorf("-oracle +computed:\n%s", diff)
			}
			if !slices.Equal(pauses, given) {
				t.Error("Compute changed the order of its input")
			}
		})
	}
}

// Over a weekend and a holiday the limit of C-8 is a date, not a count.
func TestQuestionAfterTheThirdWorkingDay(t *testing.T) {
	// Received Tuesday 2026-03-31: working days 1, 2 and 3 April (Good Friday).
	for asked, want := range map[string]int{"2026-04-03": 6, "2026-04-04": 0, "2026-04-06": 0, "2026-04-07": 0} {
		r, err := deadline.Calendar{}.Compute(deadline.Events{
			Received: at(t, "2026-03-31"), Paused: []deadline.Pause{{Asked: day(t, asked), Answered: day(t, "2026-04-10")}},
		})
		if err != nil || r.PausedDays != want {
			t.Errorf("asked %s: %d days, %v; want %d", asked, r.PausedDays, err, want)
		}
	}
}

// C-7: three months from receipt, only if the notice went out by due1.
func TestExtension(t *testing.T) {
	for _, row := range []struct {
		name, received, paused, sent, due1, due string
		extended                                bool
	}{
		{"on the rolled last day", "2026-03-05", "", "2026-04-07", "2026-04-07", "2026-06-05", true},
		{"one day later", "2026-03-05", "", "2026-04-08", "2026-04-07", "2026-04-07", false},
		{"on the day of receipt", "2026-03-05", "", "2026-03-05", "2026-04-07", "2026-06-05", true},
		{"not from the rolled first date", "2026-11-30", "", "2026-12-10", "2026-12-30", "2027-03-01", true},
		{"three months to a month end", "2027-11-30", "", "2027-12-10", "2027-12-30", "2028-02-29", true},
		{"pause moves both", "2026-03-05", "2026-03-06>2026-03-16", "2026-04-14", "2026-04-14", "2026-06-15", true},
		{"late despite a pause", "2026-03-05", "2026-03-06>2026-03-16", "2026-04-15", "2026-04-14", "2026-04-14", false},
		{"a pause that does not count does not save it", "2026-06-01", "2026-06-22>2026-06-29", "2026-07-02", "2026-07-01", "2026-07-01", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, err := deadline.Calendar{}.Compute(deadline.Events{
				Received: at(t, row.received), Paused: rounds(t, row.paused), ExtensionSent: day(t, row.sent),
			})
			if err != nil {
				t.Fatal(err)
			}
			got := []any{r.Due1.String(), r.Due.String(), r.Extended}
			if diff := cmp.Diff([]any{row.due1, row.due, row.extended}, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			said := slices.ContainsFunc(r.Explain, func(s deadline.Step) bool {
				return s.Rule == "C-7" && strings.Contains(s.Text["nl"], "te laat") && strings.Contains(s.Text["en"], "too late")
			})
			if said == row.extended {
				t.Errorf("extended %v, but the explanation says too late: %v", row.extended, said)
			}
		})
	}
}

func TestImpossibleEvents(t *testing.T) {
	received := at(t, "2026-03-05 00:00")
	bad := deadline.Date{Year: 2026, Month: 2, Day: 31}
	ok := day(t, "2026-03-06")
	for name, e := range map[string]deadline.Events{
		"no receipt":                {},
		"question before receipt":   {Received: received, Paused: []deadline.Pause{{Asked: day(t, "2026-03-04")}}},
		"second before receipt":     {Received: received, Paused: []deadline.Pause{{Asked: ok}, {Asked: day(t, "2025-03-06")}}},
		"no date of asking":         {Received: received, Paused: []deadline.Pause{{Answered: ok}}},
		"answer before question":    {Received: received, Paused: []deadline.Pause{{Asked: ok, Answered: day(t, "2026-03-05")}}},
		"no such day of asking":     {Received: received, Paused: []deadline.Pause{{Asked: bad}}},
		"no such day of answering":  {Received: received, Paused: []deadline.Pause{{Asked: ok, Answered: deadline.Date{Year: 2026, Month: 13, Day: 1}}}},
		"extension before receipt":  {Received: received, ExtensionSent: day(t, "2026-03-04")},
		"no such day of extension":  {Received: received, ExtensionSent: deadline.Date{Year: 2026, Month: 4, Day: 31}},
		"receipt before year 1":     {Received: time.Date(0, 5, 1, 0, 0, 0, 0, time.UTC)},
		"receipt after year 9999":   {Received: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
		"last day after year 9999":  {Received: time.Date(9999, 12, 10, 0, 0, 0, 0, time.UTC)},
		"extension into year 10000": {Received: time.Date(9999, 11, 1, 12, 0, 0, 0, time.UTC), ExtensionSent: day(t, "9999-11-02")},
	} {
		if r, err := (deadline.Calendar{}).Compute(e); !errors.Is(err, deadline.ErrEvents) {
			t.Errorf("%s: due %s, %v; want ErrEvents", name, r.Due, err)
		} else if diff := cmp.Diff(deadline.Result{}, r); diff != "" {
			t.Errorf("%s: dates beside an error:\n%s", name, diff)
		}
	}
}

// The edges of receipt: local midnight, the last instant of a day, summer time.
func TestReceiptEdges(t *testing.T) {
	for _, row := range []struct{ received, nominal, end string }{
		{"2026-03-05 00:00:00", "2026-04-05", "2026-04-07T22:00:00Z"},
		{"2026-03-05 23:59:59.999999999", "2026-04-05", "2026-04-07T22:00:00Z"},
		{"2026-03-06 00:00:00", "2026-04-06", "2026-04-07T22:00:00Z"},
		{"2026-03-29 02:30", "2026-04-29", "2026-04-29T22:00:00Z"}, // an hour that did not exist
		{"2026-02-28 23:59:59.999", "2026-03-28", "2026-03-30T22:00:00Z"},
		{"2026-09-25 12:00", "2026-10-25", "2026-10-26T23:00:00Z"}, // nominal on the day of 25 hours
		{"2400-01-31", "2400-02-29", "2400-02-29T23:00:00Z"},
		{"9999-11-30", "9999-12-30", "9999-12-30T23:00:00Z"},
	} {
		r, err := deadline.Calendar{}.Compute(deadline.Events{Received: at(t, row.received)})
		if err != nil {
			t.Errorf("%s: %v", row.received, err)
			continue
		}
		if r.Nominal.String() != row.nominal {
			t.Errorf("%s: nominal %s, want %s", row.received, r.Nominal, row.nominal)
		}
		if got := r.DueInstant.Format(time.RFC3339Nano); got != row.end {
			t.Errorf("%s: ends at %s, want %s", row.received, got, row.end)
		}
	}
}

// Every day of seventy years: no event, an extension, and a pause that ends
// later day by day.
func TestEveryDayAgainstOracle(t *testing.T) {
	var c deadline.Calendar
	years := oracleLast
	if testing.Short() {
		years = oracleFirst + 10
	}
	n := 0
	for d := day(t, "1990-01-01"); d.Year < years; d = d.AddDays(1) {
		e := deadline.Events{Received: d.Start().Add(time.Duration(n%24) * time.Hour / 2)}
		if n%3 > 0 {
			asked := d.AddDays(n % 5)
			e.Paused = []deadline.Pause{{Asked: asked, Answered: asked.AddDays(n % 40)}}
		}
		if n%2 > 0 {
			e.ExtensionSent = d.AddDays(n % 50)
		}
		r, err := c.Compute(e)
		if err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
		if diff := cmp.Diff(oracle(d, e.Paused, e.ExtensionSent), found(r)); diff != "" {
			t.Fatalf("%+v: -oracle +computed:\n%s", e, diff)
		}
		n++
	}
}

// anyEvents draws what can have happened, with many rounds near the limits.
func anyEvents(t *rapid.T) deadline.Events {
	received := anyDate(1991, 2055).Draw(t, "received")
	e := deadline.Events{Received: received.AddDays(1).Start().Add(-time.Duration(rapid.Int64Range(1, int64(23*time.Hour)).Draw(t, "before midnight")))}
	at := received
	for range rapid.IntRange(0, 4).Draw(t, "rounds") {
		p := deadline.Pause{Asked: at.AddDays(rapid.IntRange(-3, 7).Draw(t, "asked"))}
		if p.Asked.Before(received) {
			p.Asked = received
		}
		if rapid.IntRange(0, 4).Draw(t, "answered") > 0 {
			p.Answered = p.Asked.AddDays(rapid.IntRange(0, 25).Draw(t, "after days"))
			at = p.Answered
		}
		e.Paused = append(e.Paused, p)
	}
	if rapid.Bool().Draw(t, "extended") {
		e.ExtensionSent = received.AddDays(rapid.IntRange(0, 90).Draw(t, "extension"))
	}
	return e
}

func TestComputeProperties(t *testing.T) {
	var c deadline.Calendar
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvents(t)
		r, err := c.Compute(e)
		if err != nil {
			t.Fatalf("possible events refused: %v", err)
		}
		received := deadline.LocalDate(e.Received)
		if diff := cmp.Diff(oracle(received, e.Paused, e.ExtensionSent), found(r)); diff != "" {
			t.Fatalf("-oracle +computed:\n%s", diff)
		}
		// Derived invariant 6: a pause never moves safeDue and never takes days away.
		bare, err := c.Compute(deadline.Events{Received: e.Received})
		if err != nil {
			t.Fatal(err)
		}
		if r.SafeDue != bare.SafeDue || r.Nominal != bare.Nominal || bare.Due != bare.SafeDue || r.PausedDays < 0 {
			t.Fatalf("pauses move safeDue from %s to %s", bare.SafeDue, r.SafeDue)
		}
		if diff := cmp.Diff(bare.Milestones, r.Milestones); diff != "" {
			t.Fatalf("events move a milestone:\n%s", diff)
		}
		for _, d := range []deadline.Date{r.SafeDue, r.Due1, r.Due} {
			if !c.Working(d) {
				t.Fatalf("%s is not a working day", d)
			}
		}
		if r.Due1.Before(r.SafeDue) || r.Due.Before(r.Due1) || r.SafeDue.Before(r.Nominal) {
			t.Fatalf("not in order: nominal %s, safeDue %s, due1 %s, due %s", r.Nominal, r.SafeDue, r.Due1, r.Due)
		}
		// The last instant of Due is in time, the next one is not.
		if deadline.LocalDate(r.DueInstant.Add(-1)) != r.Due || deadline.LocalDate(r.DueInstant) != r.Due.AddDays(1) {
			t.Fatalf("due %s ends at %s", r.Due, r.DueInstant)
		}
		if r.Extended != (!e.ExtensionSent.IsZero() && !e.ExtensionSent.After(r.Due1)) || r.Extended != (r.Due != r.Due1) {
			t.Fatalf("extended %v, sent %s, due1 %s, due %s", r.Extended, e.ExtensionSent, r.Due1, r.Due)
		}
		// Only the local day of receipt matters, and not the order of the rounds.
		other := e
		other.Received = received.Start()
		other.Paused = rapid.Permutation(e.Paused).Draw(t, "other order")
		again, err := c.Compute(other)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, again); diff != "" {
			t.Fatalf("another order or hour changes the result:\n%s", diff)
		}
	})
}

// I7: receipt one day later never makes a date earlier.
func TestLaterReceiptIsNeverDueEarlier(t *testing.T) {
	var c deadline.Calendar
	var last deadline.Result
	for d := day(t, "2018-05-25"); d.Year < 2048; d = d.AddDays(1) {
		r, err := c.Compute(deadline.Events{Received: d.Start()})
		if err != nil {
			t.Fatal(err)
		}
		if r.Nominal.Before(last.Nominal) || r.SafeDue.Before(last.SafeDue) {
			t.Fatalf("received %s: due %s, a day earlier it was %s", d, r.SafeDue, last.SafeDue)
		}
		last = r
	}
}

// C-4: an extra holiday moves the dates that fall on it, and says so.
func TestExtraHoliday(t *testing.T) {
	c := deadline.Calendar{Extra: []deadline.Date{day(t, "2026-04-03")}}
	r, err := c.Compute(deadline.Events{Received: at(t, "2026-03-03")}) // V08
	if err != nil || r.Due.String() != "2026-04-07" {
		t.Fatalf("due %s, %v; want 2026-04-07", r.Due, err)
	}
	if !slices.ContainsFunc(r.Explain, func(s deadline.Step) bool {
		return s.Rule == "C-4" && s.Date.String() == "2026-04-03" && strings.Contains(s.Text["nl"], "extra feestdag")
	}) {
		t.Errorf("the extra holiday is not explained: %v", r.Explain)
	}
}

func TestResultJSON(t *testing.T) {
	r, err := deadline.Calendar{}.Compute(deadline.Events{Received: at(t, "2026-03-05 10:00")})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back deadline.Result
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, back); diff != "" {
		t.Errorf("lost on the way through JSON:\n%s", diff)
	}
}

func BenchmarkCompute(b *testing.B) {
	e := deadline.Events{Received: at(b, "2026-03-05"), Paused: rounds(b, "2026-03-06>2026-03-16"), ExtensionSent: day(b, "2026-03-20")}
	for b.Loop() {
		if _, err := (deadline.Calendar{}).Compute(e); err != nil {
			b.Fatal(err)
		}
	}
}
