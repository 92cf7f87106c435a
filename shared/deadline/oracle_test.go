package deadline_test

import (
	"slices"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
)

// The oracle computes docs/law.md, The computation a second time and on purpose by other means:
// it walks the calendar one day at a time, looks Easter up in a table, takes
// the holidays from a set of texts and the time zone from the European rule
// for summer time. It shares nothing with the package but its input.

// easterTable is Easter Sunday by decade, from the church's tables.
var easterTable = map[int][]string{
	1990: {"04-15", "03-31", "04-19", "04-11", "04-03", "04-16", "04-07", "03-30", "04-12", "04-04"},
	2000: {"04-23", "04-15", "03-31", "04-20", "04-11", "03-27", "04-16", "04-08", "03-23", "04-12"},
	2010: {"04-04", "04-24", "04-08", "03-31", "04-20", "04-05", "03-27", "04-16", "04-01", "04-21"},
	2020: {"04-12", "04-04", "04-17", "04-09", "03-31", "04-20", "04-05", "03-28", "04-16", "04-01"},
	2030: {"04-21", "04-13", "03-28", "04-17", "04-09", "03-25", "04-13", "04-05", "04-25", "04-10"},
	2040: {"04-01", "04-21", "04-06", "03-29", "04-17", "04-09", "03-25", "04-14", "04-05", "04-18"},
	2050: {"04-10", "04-02", "04-21", "04-06", "03-29", "04-18", "04-02", "04-22", "04-14", "03-30"},
	2060: {"04-18"},
}

// The oracle knows the years of its table.
const oracleFirst, oracleLast = 1990, 2060

// feasts is every holiday of the table's years as YYYY-MM-DD.
var feasts = func() map[string]bool {
	set := map[string]bool{}
	for decade, days := range easterTable {
		for i, monthDay := range days {
			year := time.Date(decade+i, 1, 1, 12, 0, 0, 0, time.UTC).Format("2006")
			for _, fixed := range []string{"01-01", "05-05", "12-25", "12-26"} {
				set[year+"-"+fixed] = true
			}
			king := noon(year + "-04-27")
			if king.Weekday() == time.Sunday {
				king = back(king)
			}
			set[key(king)] = true
			day := noon(year + "-" + monthDay)
			for n := 0; n <= 50; n++ {
				if n == 1 || n == 39 || n == 50 {
					set[key(day)] = true
				}
				day = next(day)
			}
		}
	}
	return set
}()

func noon(day string) time.Time {
	t, err := time.Parse("2006-01-02 15", day+" 12")
	if err != nil {
		panic(err)
	}
	return t
}
func key(t time.Time) string         { return t.Format("2006-01-02") }
func next(t time.Time) time.Time     { return t.Add(24 * time.Hour) }
func back(t time.Time) time.Time     { return t.Add(-24 * time.Hour) }
func worked(t time.Time) bool        { return t.Weekday()%6 != 0 && !feasts[key(t)] }
func walk(d deadline.Date) time.Time { return noon(d.String()) }

// monthsOn walks forward until the month has changed n times and then to the
// wanted day number or, failing that, to the month's end.
func monthsOn(t time.Time, n int) time.Time {
	want := t.Day()
	for n > 0 {
		month := t.Month()
		for t.Month() == month {
			t = next(t)
		}
		n--
	}
	for t.Day() != want && next(t).Day() != 1 {
		t = next(t)
	}
	return t
}

func workday(t time.Time) time.Time {
	for !worked(t) {
		t = next(t)
	}
	return t
}

func steps(t time.Time, n int) time.Time {
	for ; n > 0; n-- {
		t = next(t)
	}
	return t
}

// workdays is the n-th working day after t, or before it if n is negative.
func workdays(t time.Time, n int) time.Time {
	for n != 0 {
		if n > 0 {
			if t = next(t); worked(t) {
				n--
			}
		} else if t = back(t); worked(t) {
			n++
		}
	}
	return t
}

// offset is the zone of the Netherlands on a day's midnight, in hours: summer
// time from the last Sunday of March to the last Sunday of September (until
// 1995) or October, at 1:00 UTC.
func offset(midnight time.Time) int {
	lastSunday := func(m time.Month) time.Time {
		t := time.Date(midnight.Year(), m+1, 1, 1, 0, 0, 0, time.UTC)
		for t = back(t); t.Weekday() != time.Sunday; {
			t = back(t)
		}
		return t
	}
	end := lastSunday(time.October)
	if midnight.Year() < 1996 {
		end = lastSunday(time.September)
	}
	summer := midnight.Add(-2 * time.Hour)
	if !summer.Before(lastSunday(time.March)) && summer.Before(end) {
		return 2
	}
	return 1
}

// suspended simulates the waiting, day by day, and counts its full days.
func suspended(received time.Time, pauses []deadline.Pause) int {
	rounds := slices.Clone(pauses)
	slices.SortFunc(rounds, func(a, b deadline.Pause) int {
		if a.Asked == b.Asked {
			return a.Answered.Compare(b.Answered)
		}
		return a.Asked.Compare(b.Asked)
	})
	end := received
	for _, p := range rounds {
		for _, d := range []deadline.Date{p.Asked, p.Answered} {
			if !d.IsZero() && walk(d).After(end) {
				end = walk(d)
			}
		}
	}
	var (
		waiting      = map[int]bool{} // rounds of the pause without answer so far
		gone         int              // working days since receipt or the last answer
		expired      bool             // the third of them is over
		started      bool
		first, final time.Time
		day          = received
	)
walking:
	for ; !day.After(end); day = next(day) {
		if !day.Equal(received) && worked(day) {
			gone++
		}
		for i, p := range rounds {
			if walk(p.Asked).Equal(day) {
				if len(waiting) == 0 && expired {
					break walking
				}
				if !started {
					started, first = true, day
				}
				waiting[i] = true
				if !p.Answered.IsZero() {
					for j := range waiting {
						if j < i && rounds[j].Answered.IsZero() {
							delete(waiting, j)
						}
					}
				}
			}
		}
		for i := range rounds {
			if waiting[i] && rounds[i].Answered.String() == key(day) {
				delete(waiting, i)
				final, gone, expired = day, 0, false
			}
		}
		if gone == 3 {
			expired = true
		}
	}
	if final.IsZero() {
		return 0
	}
	full := 0
	for d := next(first); d.Before(final); d = next(d) {
		full++
	}
	return full
}

// law is what the oracle finds, as texts.
type law struct {
	Received, Nominal, SafeDue, Due1, Due, DueInstant string
	PausedDays                                        int
	Extended                                          bool
	Milestones                                        map[string]string
}

func oracle(received deadline.Date, pauses []deadline.Pause, extension deadline.Date) law {
	day := walk(received)
	paused := suspended(day, pauses)
	nominal := monthsOn(day, 1)
	safe := workday(nominal)
	due1 := workday(steps(nominal, paused))
	due, extended := due1, false
	if !extension.IsZero() && extension.String() <= key(due1) {
		due, extended = workday(steps(monthsOn(day, 3), paused)), true
	}
	midnight := next(due).Add(-12 * time.Hour)
	end := midnight.Add(-time.Duration(offset(midnight)) * time.Hour)
	review := nominal
	for range 7 {
		review = back(review)
	}
	return law{
		Received: key(day), Nominal: key(nominal), SafeDue: key(safe), Due1: key(due1), Due: key(due),
		DueInstant: end.Format("2006-01-02T15:04:05Z"), PausedDays: paused, Extended: extended,
		Milestones: map[string]string{
			"acknowledge": key(workdays(day, 1)), "triage": key(workdays(day, 1)),
			"clientNotice": key(workdays(day, 2)), "identityQuestion": key(workdays(day, 3)),
			"legalReview": key(review), "warn10": key(workdays(safe, -10)), "warn5": key(workdays(safe, -5)),
			"warn2": key(workdays(safe, -2)), "warn0": key(safe),
		},
	}
}

// found is a Result in the oracle's terms.
func found(r deadline.Result) law {
	l := law{
		r.Received.String(), r.Nominal.String(), r.SafeDue.String(), r.Due1.String(), r.Due.String(),
		r.DueInstant.Format(time.RFC3339), r.PausedDays, r.Extended, map[string]string{},
	}
	for name, d := range r.Milestones {
		l.Milestones[name] = d.String()
	}
	return l
}

func TestOracleSummerTime(t *testing.T) {
	for day := noon("1990-01-01"); day.Year() <= oracleLast; day = next(day) {
		midnight := day.Add(-12 * time.Hour)
		want := midnight.Add(-time.Duration(offset(midnight)) * time.Hour)
		got := deadline.Date{Year: day.Year(), Month: day.Month(), Day: day.Day()}.Start()
		if !got.Equal(want) {
			t.Fatalf("start of %s: package says %s, the European rule %s", key(day), got.UTC(), want)
		}
	}
}
