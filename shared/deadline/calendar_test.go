package deadline_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/allclaims/rightsdesk/shared/deadline"
)

// The control table of C-5. Good Friday stands in it because it is no holiday (C-4).
func TestHolidayTable(t *testing.T) {
	columns := []string{"Easter", "Good Friday", "Tweede Paasdag", "Koningsdag", "Bevrijdingsdag",
		"Hemelvaartsdag", "Tweede Pinksterdag", "Eerste Kerstdag", "Tweede Kerstdag"}
	const table = `
2024 Sun 03-31 Fri 03-29 Mon 04-01 Sat 04-27 Sun 05-05 Thu 05-09 Mon 05-20 Wed 12-25 Thu 12-26
2025 Sun 04-20 Fri 04-18 Mon 04-21 Sat 04-26 Mon 05-05 Thu 05-29 Mon 06-09 Thu 12-25 Fri 12-26
2026 Sun 04-05 Fri 04-03 Mon 04-06 Mon 04-27 Tue 05-05 Thu 05-14 Mon 05-25 Fri 12-25 Sat 12-26
2027 Sun 03-28 Fri 03-26 Mon 03-29 Tue 04-27 Wed 05-05 Thu 05-06 Mon 05-17 Sat 12-25 Sun 12-26
2028 Sun 04-16 Fri 04-14 Mon 04-17 Thu 04-27 Fri 05-05 Thu 05-25 Mon 06-05 Mon 12-25 Tue 12-26
2029 Sun 04-01 Fri 03-30 Mon 04-02 Fri 04-27 Sat 05-05 Thu 05-10 Mon 05-21 Tue 12-25 Wed 12-26
2030 Sun 04-21 Fri 04-19 Mon 04-22 Sat 04-27 Sun 05-05 Thu 05-30 Mon 06-10 Wed 12-25 Thu 12-26
2031 Sun 04-13 Fri 04-11 Mon 04-14 Sat 04-26 Mon 05-05 Thu 05-22 Mon 06-02 Thu 12-25 Fri 12-26
2032 Sun 03-28 Fri 03-26 Mon 03-29 Tue 04-27 Wed 05-05 Thu 05-06 Mon 05-17 Sat 12-25 Sun 12-26`
	var c deadline.Calendar
	for _, line := range strings.Split(strings.TrimSpace(table), "\n") {
		cells := strings.Fields(line)
		year := cells[0]
		t.Run("C-5/"+year, func(t *testing.T) {
			listed := map[deadline.Date]string{day(t, year+"-01-01"): "Nieuwjaarsdag"}
			for i, column := range columns {
				d := day(t, year+"-"+cells[2+2*i])
				if got := d.Weekday().String()[:3]; got != cells[1+2*i] {
					t.Errorf("%s %s is a %s, want %s", column, d, got, cells[1+2*i])
				}
				switch column {
				case "Easter":
					if got := deadline.Easter(d.Year); got != d {
						t.Errorf("Easter = %s, want %s", got, d)
					}
				case "Good Friday":
					if !c.Working(d) {
						t.Errorf("Good Friday %s is not a working day (C-4)", d)
					}
				default:
					listed[d] = column
				}
			}
			// Every day of the year is a holiday if, and only if, it is listed.
			for d := day(t, year+"-01-01"); d.String()[:4] == year; d = d.AddDays(1) {
				if name, ok := c.Holiday(d); name != listed[d] || ok != (listed[d] != "") {
					t.Errorf("Holiday(%s) = %q, %v; want %q", d, name, ok, listed[d])
				}
			}
		})
	}
}

// C-4: days that the Algemene termijnenwet only equates with holidays.
func TestBridgeDaysAreWorkingDays(t *testing.T) {
	var c deadline.Calendar
	for _, s := range []string{"2026-01-02", "2026-05-15", "2027-05-07", "2028-04-28", "2028-05-26", "2026-04-03"} {
		d := day(t, s)
		if !c.Working(d) || c.Roll(d) != d {
			t.Errorf("%s is not a working day", s)
		}
		extra := deadline.Calendar{Extra: []deadline.Date{d}}
		if name, ok := extra.Holiday(d); extra.Working(d) || !ok || name == "" {
			t.Errorf("%s as an extra holiday is still a working day", s)
		}
	}
}

// Two computations of Easter that share no step: C-5 and Gauss as improved by
// Lichtenberg; and the table.
func TestEaster(t *testing.T) {
	gauss := func(x int) deadline.Date {
		k := x / 100
		m := 15 + (3*k+3)/4 - (8*k+13)/25
		s := 2 - (3*k+3)/4
		a := x % 19
		d := (19*a + m) % 30
		r := (d + a/11) / 29
		og := 21 + d - r
		sz := 7 - ((x+x/4+s)%7+7)%7
		oe := 7 - ((og-sz)%7+7)%7
		return deadline.Date{Year: x, Month: time.March, Day: 1}.AddDays(og + oe - 1)
	}
	for year := 1583; year <= 9999; year++ {
		e := deadline.Easter(year)
		if e != gauss(year) || e.Weekday() != time.Sunday {
			t.Fatalf("Easter(%d) = %s, Gauss says %s", year, e, gauss(year))
		}
	}
	for decade, days := range easterTable {
		for i, monthDay := range days {
			if got, want := deadline.Easter(decade+i).String(), fmt.Sprintf("%d-%s", decade+i, monthDay); got != want {
				t.Errorf("Easter(%d) = %s, want %s", decade+i, got, want)
			}
		}
	}
}

// Every day of the table's years is judged as the oracle does.
func TestWorkingAgainstOracle(t *testing.T) {
	var c deadline.Calendar
	for d := day(t, "1990-01-01"); d.Year <= oracleLast; d = d.AddDays(1) {
		if _, ok := c.Holiday(d); c.Working(d) != worked(walk(d)) || ok != feasts[d.String()] {
			t.Fatalf("%s: working %v, holiday %v; the oracle disagrees", d, c.Working(d), ok)
		}
	}
}

func TestHolidaysOnOneDay(t *testing.T) {
	// In 2016 and 2005 Ascension Day fell on 5 May.
	for _, s := range []string{"2016-05-05", "2005-05-05"} {
		if name, ok := (deadline.Calendar{}).Holiday(day(t, s)); !ok || name != "Bevrijdingsdag" {
			t.Errorf("Holiday(%s) = %q, %v", s, name, ok)
		}
	}
}

func TestAddWorkingDays(t *testing.T) {
	var c deadline.Calendar
	for _, row := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-12-25", 1, "2026-12-28"}, // V33
		{"2026-12-25", 2, "2026-12-29"},
		{"2026-12-25", 3, "2026-12-30"},
		{"2026-03-06", 2, "2026-03-10"}, // V32
		{"2026-04-02", 1, "2026-04-03"}, // Good Friday
		{"2026-04-02", 2, "2026-04-07"},
		{"2026-04-07", -1, "2026-04-03"},
		{"2026-04-05", -1, "2026-04-03"},
		{"2026-04-05", 0, "2026-04-05"}, // day 0 stays, also on a Sunday
		{"2026-05-15", -1, "2026-05-13"},
		{"2027-01-04", -5, "2026-12-24"},
	} {
		from, want := day(t, row.from), day(t, row.want)
		if got := c.AddWorkingDays(from, row.n); got != want {
			t.Errorf("%s + %d working days = %s, want %s", from, row.n, got, want)
		}
		if got := c.WorkingDaysBetween(from, want); got != row.n {
			t.Errorf("working days between %s and %s = %d, want %d", from, want, got, row.n)
		}
	}
}

func TestCalendarProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDate(1991, 2059).Draw(t, "day")
		n := rapid.IntRange(-120, 120).Draw(t, "n")
		c := deadline.Calendar{Extra: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) deadline.Date {
			return d.AddDays(rapid.IntRange(-60, 60).Draw(t, "extra"))
		}), 0, 4).Draw(t, "extra holidays")}

		moved := c.AddWorkingDays(d, n)
		if n != 0 && !c.Working(moved) {
			t.Fatalf("%s + %d working days = %s, not a working day", d, n, moved)
		}
		if got := c.WorkingDaysBetween(d, moved); got != n {
			t.Fatalf("between %s and %s: %d, want %d", d, moved, got, n)
		}
		if len(c.Extra) == 0 && moved.String() != key(workdays(walk(d), n)) {
			t.Fatalf("%s + %d working days = %s, the oracle says %s", d, n, moved, key(workdays(walk(d), n)))
		}
		rolled := c.Roll(d)
		if !c.Working(rolled) || rolled.Before(d) || c.Roll(rolled) != rolled {
			t.Fatalf("Roll(%s) = %s", d, rolled)
		}
		for x := d; x.Before(rolled); x = x.AddDays(1) {
			if c.Working(x) {
				t.Fatalf("Roll(%s) = %s skips working day %s", d, rolled, x)
			}
		}
	})
}

// anyDate draws days of whole years; month ends and leap days come often.
func anyDate(first, last int) *rapid.Generator[deadline.Date] {
	return rapid.Custom(func(t *rapid.T) deadline.Date {
		d := deadline.Date{Year: rapid.IntRange(first, last).Draw(t, "year"), Month: time.January, Day: 1}
		if rapid.Bool().Draw(t, "month end") {
			return d.AddMonths(rapid.IntRange(0, 11).Draw(t, "month") + 1).AddDays(-1)
		}
		return d.AddDays(rapid.IntRange(0, 364).Draw(t, "day of the year"))
	})
}

// A list of holidays has one name, whatever the order in which its days are
// given; a day that is free anyway changes nothing.
func TestName(t *testing.T) {
	a, b := deadline.Date{2026, time.May, 15}, deadline.Date{2027, time.May, 7}
	plain := deadline.Calendar{}.Name()
	if got := (deadline.Calendar{Extra: []deadline.Date{{2026, time.December, 25}, {2026, time.May, 16}}}).Name(); got != plain {
		t.Errorf("Christmas and a Saturday make %q of %q", got, plain)
	}
	one := deadline.Calendar{Extra: []deadline.Date{a, b}}.Name()
	if one == plain || one == (deadline.Calendar{Extra: []deadline.Date{a}}).Name() {
		t.Errorf("extra days do not show in %q", one)
	}
	if got := (deadline.Calendar{Extra: []deadline.Date{b, a, b}}).Name(); got != one {
		t.Errorf("the order makes %q of %q", got, one)
	}
}

// C-7: an extension in time moves the day to work to; a pause does not.
func TestWorkTo(t *testing.T) {
	e := deadline.Events{Received: time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)}
	plain, err := deadline.Calendar{}.Compute(e)
	if err != nil {
		t.Fatal(err)
	}
	e.Paused = []deadline.Pause{{Asked: deadline.Date{2026, 11, 17}, Answered: deadline.Date{2026, 11, 27}}}
	paused, err := deadline.Calendar{}.Compute(e)
	if err != nil {
		t.Fatal(err)
	}
	e.ExtensionSent = deadline.Date{2026, 12, 1}
	extended, err := deadline.Calendar{}.Compute(e)
	if err != nil {
		t.Fatal(err)
	}
	if plain.WorkTo != plain.SafeDue || paused.WorkTo != plain.SafeDue {
		t.Errorf("WorkTo is %s, with a pause %s, want the safe date %s", plain.WorkTo, paused.WorkTo, plain.SafeDue)
	}
	if want := (deadline.Date{2027, time.February, 16}); extended.WorkTo != want {
		t.Errorf("with an extension WorkTo is %s, want %s", extended.WorkTo, want)
	}
	if extended.SafeDue != plain.SafeDue || !extended.Due.After(extended.WorkTo) {
		t.Errorf("with an extension SafeDue is %s and Due %s", extended.SafeDue, extended.Due)
	}
}
