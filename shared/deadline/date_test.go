package deadline_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
)

func day(t testing.TB, s string) deadline.Date {
	t.Helper()
	if s == "" {
		return deadline.Date{}
	}
	d, err := deadline.ParseDate(s)
	if err != nil {
		t.Fatalf("ParseDate(%q): %v", s, err)
	}
	return d
}

func TestParseDate(t *testing.T) {
	for _, s := range []string{"0001-01-01", "1900-02-28", "2000-02-29", "2028-02-29", "2026-12-31", "9999-12-31"} {
		if got := day(t, s).String(); got != s {
			t.Errorf("ParseDate(%q) prints as %q", s, got)
		}
	}
	for _, s := range []string{
		"", "2026-3-05", "2026-03-5", "26-03-05", "2026/03/05", "05-03-2026", "2026-03-05T", " 2026-03-05", "2026-03-05 ",
		"2026-00-10", "2026-13-10", "2026-01-00", "2026-01-32", "2026-04-31", "2026-02-29", "1900-02-29", "0000-01-01",
		"+026-01-01", "2026--1-01", "2026-03-0x", "２０２６-03-05", "12026-03-05", "2026-03--5",
	} {
		d, err := deadline.ParseDate(s)
		if !errors.Is(err, deadline.ErrDate) {
			t.Errorf("ParseDate(%q) = %v, %v; want ErrDate", s, d, err)
		} else if s != "" && strings.Contains(err.Error(), s) {
			t.Errorf("ParseDate(%q) repeats its input: %v", s, err)
		}
	}
}

func TestDateJSON(t *testing.T) {
	type file struct {
		Sent deadline.Date `json:"sent"`
	}
	for _, text := range []string{`{"sent":"2026-03-05"}`, `{"sent":""}`} {
		var f file
		if err := json.Unmarshal([]byte(text), &f); err != nil {
			t.Fatalf("read %s: %v", text, err)
		}
		got, err := json.Marshal(f)
		if err != nil || string(got) != text {
			t.Errorf("%s becomes %s, %v", text, got, err)
		}
	}
	for _, text := range []string{`{"sent":"2026-02-30"}`, `{"sent":"morgen"}`} {
		if err := json.Unmarshal([]byte(text), new(file)); !errors.Is(err, deadline.ErrDate) {
			t.Errorf("read %s: %v, want ErrDate", text, err)
		}
	}
	for _, d := range []deadline.Date{{Year: 2026, Month: 2, Day: 30}, {Year: 10000, Month: 1, Day: 1}, {Year: 2026, Day: 1}} {
		if _, err := json.Marshal(d); !errors.Is(err, deadline.ErrDate) {
			t.Errorf("write %#v: %v, want ErrDate", d, err)
		}
	}
}

// C-15: the local date decides, down to the last millisecond before midnight.
func TestLocalDate(t *testing.T) {
	for _, row := range []struct{ instant, want string }{
		{"2026-06-30T21:59:59.999Z", "2026-06-30"}, // summer: 23:59:59.999
		{"2026-06-30T22:00:00Z", "2026-07-01"},
		{"2026-06-30T22:15:00Z", "2026-07-01"}, // V21
		{"2026-12-31T22:59:59.999999999Z", "2026-12-31"},
		{"2026-12-31T23:00:00Z", "2027-01-01"},
		{"2026-03-28T22:59:59Z", "2026-03-28"}, // the night summer time starts
		{"2026-03-28T23:00:00Z", "2026-03-29"},
		{"2026-03-29T21:59:59Z", "2026-03-29"},
		{"2026-10-24T22:00:00Z", "2026-10-25"}, // the night it ends
		{"2026-10-25T22:59:59Z", "2026-10-25"},
		{"2026-10-25T23:00:00Z", "2026-10-26"},
		{"2026-03-05T23:30:00-05:00", "2026-03-06"}, // mail from New York
		{"2026-03-06T08:00:00+14:00", "2026-03-05"}, // form from Kiribati
	} {
		instant, err := time.Parse(time.RFC3339Nano, row.instant)
		if err != nil {
			t.Fatal(err)
		}
		if got := deadline.LocalDate(instant).String(); got != row.want {
			t.Errorf("LocalDate(%s) = %s, want %s", row.instant, got, row.want)
		}
	}
}

func TestStart(t *testing.T) {
	for _, row := range []struct{ date, want string }{
		{"2026-01-15", "2026-01-14T23:00:00Z"},
		{"2026-08-04", "2026-08-03T22:00:00Z"},
		{"2026-03-29", "2026-03-28T23:00:00Z"}, // the day of 23 hours
		{"2026-03-30", "2026-03-29T22:00:00Z"},
		{"2026-10-25", "2026-10-24T22:00:00Z"}, // the day of 25 hours
		{"2026-10-26", "2026-10-25T23:00:00Z"},
		{"2500-07-01", "2500-06-30T22:00:00Z"},
	} {
		if got := day(t, row.date).Start().UTC().Format(time.RFC3339Nano); got != row.want {
			t.Errorf("%s starts at %s, want %s", row.date, got, row.want)
		}
	}
	// Also where the zone once skipped or repeated an hour at midnight: the
	// start of a day is on that day, and an instant earlier is not.
	for d := day(t, "1890-01-01"); d.Year < 1950; d = d.AddDays(1) {
		start := d.Start()
		if deadline.LocalDate(start) != d || !deadline.LocalDate(start.Add(-1)).Before(d) {
			t.Errorf("%s starts at %s", d, start)
		}
	}
}

// C-2: same day number, else the last day of the month.
func TestAddMonths(t *testing.T) {
	for _, row := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-01-31", 1, "2026-02-28"},
		{"2028-01-31", 1, "2028-02-29"},
		{"2028-01-30", 1, "2028-02-29"},
		{"2028-02-29", 1, "2028-03-29"},
		{"2026-02-28", 1, "2026-03-28"}, // not the month end: the same number
		{"2026-08-31", 1, "2026-09-30"},
		{"2026-11-30", 3, "2027-02-28"},
		{"2027-11-30", 3, "2028-02-29"},
		{"2026-12-31", 1, "2027-01-31"},
		{"2100-01-29", 1, "2100-02-28"}, // 2100 is no leap year
		{"2096-02-29", 48, "2100-02-28"},
		{"2026-03-31", -1, "2026-02-28"},
		{"2026-01-15", -13, "2024-12-15"},
		{"2026-05-31", 0, "2026-05-31"},
	} {
		if got := day(t, row.from).AddMonths(row.n).String(); got != row.want {
			t.Errorf("%s + %d months = %s, want %s", row.from, row.n, got, row.want)
		}
	}
}

func TestDateArithmetic(t *testing.T) {
	d := day(t, "2026-02-27")
	for want, n := range map[string]int{"2026-03-01": 2, "2025-12-31": -58, "2028-02-29": 732} {
		if got := d.AddDays(n); got.String() != want || d.DaysUntil(got) != n || got.DaysUntil(d) != -n {
			t.Errorf("%s + %d days = %s, want %s", d, n, got, want)
		}
	}
	if got := day(t, "0001-01-01").DaysUntil(day(t, "9999-12-31")); got != 3652058 {
		t.Errorf("the calendar has %d days after the first, want 3652058", got)
	}
	order := []deadline.Date{{}, day(t, "2025-12-31"), day(t, "2026-01-01"), day(t, "2026-01-02"), day(t, "2026-02-01")}
	for i, a := range order {
		for j, b := range order {
			if a.Before(b) != (i < j) || a.After(b) != (i > j) || (a.Compare(b) == 0) != (i == j) {
				t.Errorf("%q and %q are in the wrong order", a, b)
			}
		}
	}
	if (deadline.Date{}).String() != "" || !(deadline.Date{}).IsZero() || d.IsZero() {
		t.Error("the zero Date is not the empty one")
	}
	if got := d.Long("nl") + ", " + d.Long("en"); got != "vrijdag 27 februari 2026, Friday 27 February 2026" {
		t.Errorf("in full: %s", got)
	}
}
