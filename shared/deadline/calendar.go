package deadline

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// Calendar knows which days are working days in the Netherlands (C-2, C-3).
// The zero Calendar is the one of the law.
type Calendar struct {
	// Extra are more public holidays (C-4: extra_holidays), none by default.
	// Every extra day can make a legal date later, so only add a day that is
	// on the Dutch list under Reg. 1182/71 art. 2(1).
	Extra []Date
}

// statutoryList names the list of C-3 as this package computes it; another
// computation takes another name, so that what was computed by the old one is
// found and done anew.
const statutoryList = "nl-1"

// Name names the list of holidays: two calendars with the same working days
// have the same name, whatever the order of Extra. A date that was computed
// under another name may be wrong.
func (c Calendar) Name() string {
	var more []string
	for _, d := range c.Extra {
		if _, ok := statutory(d); !ok && !weekend(d) {
			more = append(more, d.String())
		}
	}
	if len(more) == 0 {
		return statutoryList
	}
	slices.Sort(more)
	sum := sha256.Sum256([]byte(strings.Join(slices.Compact(more), " ")))
	return statutoryList + "+" + hex.EncodeToString(sum[:4])
}

// holiday is an entry of C-3, with its names.
type holiday struct{ nl, en string }

var (
	newYear      = holiday{"Nieuwjaarsdag", "New Year's Day"}
	easterMonday = holiday{"Tweede Paasdag", "Easter Monday"}
	kingsDay     = holiday{"Koningsdag", "King's Day"}
	liberation   = holiday{"Bevrijdingsdag", "Liberation Day"}
	ascension    = holiday{"Hemelvaartsdag", "Ascension Day"}
	whitMonday   = holiday{"Tweede Pinksterdag", "Whit Monday"}
	christmas    = holiday{"Eerste Kerstdag", "Christmas Day"}
	boxingDay    = holiday{"Tweede Kerstdag", "Boxing Day"}
	extraHoliday = holiday{"een extra feestdag", "an extra public holiday"}
)

// Holiday reports whether d is a public holiday and gives its Dutch name. Good
// Friday and the bridge days of the Algemene termijnenwet are not (C-4). Where
// two fall on one day, the first of C-3 names it.
func (c Calendar) Holiday(d Date) (name string, ok bool) {
	h, ok := c.holiday(d)
	return h.nl, ok
}

func (c Calendar) holiday(d Date) (holiday, bool) {
	if h, ok := statutory(d); ok {
		return h, true
	}
	if slices.Contains(c.Extra, d) {
		return extraHoliday, true
	}
	return holiday{}, false
}

// statutory is the list of C-3.
func statutory(d Date) (holiday, bool) {
	switch {
	case d.Month == time.January && d.Day == 1:
		return newYear, true
	case d == koningsdag(d.Year):
		return kingsDay, true
	case d.Month == time.May && d.Day == 5: // every year, not only lustrum years
		return liberation, true
	case d.Month == time.December && d.Day == 25:
		return christmas, true
	case d.Month == time.December && d.Day == 26:
		return boxingDay, true
	case d.Month < time.March || d.Month > time.June:
		return holiday{}, false // Easter+1 … Easter+50 is 23 March … 14 June
	}
	switch Easter(d.Year).DaysUntil(d) {
	case 1:
		return easterMonday, true
	case 39:
		return ascension, true
	case 50:
		return whitMonday, true
	}
	return holiday{}, false
}

// koningsdag is 27 April, or 26 April if the 27th is a Sunday (C-3).
func koningsdag(year int) Date {
	d := Date{year, time.April, 27}
	if d.Weekday() == time.Sunday {
		return d.AddDays(-1)
	}
	return d
}

// Easter is Easter Sunday of a year: the Gregorian computus of Meeus, Jones
// and Butcher (C-5), for years from 1.
func Easter(year int) Date {
	a := year % 19
	b, c := year/100, year%100
	d, e := b/4, b%4
	f := (b + 8) / 25
	g := (b - f + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return Date{year, time.Month(n / 31), n%31 + 1}
}

// Working reports whether d is a working day: not a Saturday, not a Sunday,
// not a public holiday (C-2; Reg. 1182/71 art. 2(2)).
func (c Calendar) Working(d Date) bool {
	if weekend(d) {
		return false
	}
	_, ok := c.holiday(d)
	return !ok
}

func weekend(d Date) bool {
	w := d.Weekday()
	return w == time.Saturday || w == time.Sunday
}

// Roll is d if d is a working day and else the first working day after it: the
// day on which a period ends (C-2; Reg. 1182/71 art. 3(4)).
func (c Calendar) Roll(d Date) Date {
	for !c.Working(d) {
		d = d.AddDays(1)
	}
	return d
}

// AddWorkingDays is the n-th working day after d, or before d if n is
// negative; d itself is day 0, whether it is a working day or not.
func (c Calendar) AddWorkingDays(d Date, n int) Date {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for n > 0 {
		d = d.AddDays(step)
		if c.Working(d) {
			n--
		}
	}
	return d
}

// WorkingDaysBetween counts the working days after a up to and including b. If
// b is before a it is negative: minus the working days from b up to, not
// including, a. It undoes AddWorkingDays:
// WorkingDaysBetween(d, AddWorkingDays(d, n)) is n.
func (c Calendar) WorkingDaysBetween(a, b Date) int {
	n := 0
	for d := a; d.Before(b); {
		d = d.AddDays(1)
		if c.Working(d) {
			n++
		}
	}
	for d := a; d.After(b); {
		d = d.AddDays(-1)
		if c.Working(d) {
			n--
		}
	}
	return n
}
