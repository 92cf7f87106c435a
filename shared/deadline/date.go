package deadline

import (
	"cmp"
	"errors"
	"fmt"
	"sync"
	"time"

	// The zone data of the binary itself: a Lambda image may have none.
	_ "time/tzdata"
)

// ErrDate is wrapped by the errors of ParseDate and the text codec. They never
// repeat the text: what was typed where a date belongs may be personal data.
var ErrDate = errors.New("not a calendar date of the form YYYY-MM-DD")

// Date is a day of the calendar in Amsterdam, without time or zone. The zero
// Date means "no date"; it is written as the empty text.
//
// Dates are comparable with ==. The methods that compute keep to the Gregorian
// calendar, in the past as well; they work for every year, but only the years
// 1 to 9999 have a text form.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// Amsterdam is the time zone in which all dates of the law are read (C-6, C-15).
func Amsterdam() *time.Location { return amsterdam() }

var amsterdam = sync.OnceValue(func() *time.Location {
	loc, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		// Cannot happen: the data is linked in by time/tzdata. Counting in
		// another zone would give wrong legal dates, so there is no fallback.
		panic("deadline: load time zone Europe/Amsterdam: " + err.Error())
	}
	return loc
})

// LocalDate is the date in Amsterdam at instant t. 23:59:59.999 there is still
// the same day; 22:15 UTC on a summer evening is the next (C-6, C-15).
func LocalDate(t time.Time) Date { return dateOf(t.In(Amsterdam())) }

func dateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// ParseDate reads a date of the form 2026-03-05, years 0001 to 9999. Anything
// else, also 31 April, is an error that wraps ErrDate.
func ParseDate(s string) (Date, error) {
	if len(s) != len("2026-03-05") || s[4] != '-' || s[7] != '-' {
		return Date{}, ErrDate
	}
	number := func(digits string) int {
		n := 0
		for _, c := range []byte(digits) {
			if c < '0' || c > '9' {
				return -1
			}
			n = 10*n + int(c-'0')
		}
		return n
	}
	d := Date{number(s[:4]), time.Month(number(s[5:7])), number(s[8:])}
	if !d.writable() {
		return Date{}, ErrDate
	}
	return d, nil
}

// String writes d as YYYY-MM-DD, the zero Date as the empty string.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// MarshalText is String for encoders; a Date that is not a day of the calendar
// in the years 1 to 9999 is an error that wraps ErrDate.
func (d Date) MarshalText() ([]byte, error) {
	if !d.IsZero() && !d.writable() {
		return nil, fmt.Errorf("write date: %w", ErrDate)
	}
	return []byte(d.String()), nil
}

// UnmarshalText is ParseDate for decoders; the empty text is the zero Date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err != nil {
		return fmt.Errorf("read date: %w", err)
	}
	*d = parsed
	return nil
}

// IsZero reports whether d is "no date".
func (d Date) IsZero() bool { return d == Date{} }

// writable reports whether d is a day of the calendar with a text form.
func (d Date) writable() bool {
	return d.Year >= 1 && d.Year <= 9999 &&
		d.Month >= time.January && d.Month <= time.December &&
		d.Day >= 1 && d.Day <= daysIn(d.Year, d.Month)
}

// utc is midnight UTC of d: a day count free of zones, for arithmetic only.
func (d Date) utc() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}

func daysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// AddDays is the date n calendar days later, or earlier if n is negative.
func (d Date) AddDays(n int) Date {
	return dateOf(time.Date(d.Year, d.Month, d.Day+n, 0, 0, 0, 0, time.UTC))
}

// AddMonths is the day with the same number n months later, or the last day of
// that month if it has no such day (C-2; Reg. 1182/71 art. 3(2)(c)): one month
// after 31 January is 28 or 29 February, and never 3 March.
func (d Date) AddMonths(n int) Date {
	first := time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	y, m, _ := first.Date()
	return Date{y, m, min(d.Day, daysIn(y, m))}
}

// DaysUntil counts the calendar days from d to later; negative if later is earlier.
func (d Date) DaysUntil(later Date) int {
	return int((later.utc().Unix() - d.utc().Unix()) / (24 * 60 * 60))
}

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// Compare is negative if d is before o, zero if they are the same day and
// positive if d is after o.
func (d Date) Compare(o Date) int {
	return cmp.Or(cmp.Compare(d.Year, o.Year), cmp.Compare(d.Month, o.Month), cmp.Compare(d.Day, o.Day))
}

// Before reports whether d is an earlier day than o.
func (d Date) Before(o Date) bool { return d.Compare(o) < 0 }

// After reports whether d is a later day than o.
func (d Date) After(o Date) bool { return d.Compare(o) > 0 }

// Start is the first instant of d in Amsterdam: 00:00 there. A day ends where
// the next one starts, so d.AddDays(1).Start() is its exclusive end. On the
// few days before 1946 on which summer time began at midnight it is 01:00.
func (d Date) Start() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, Amsterdam())
}
