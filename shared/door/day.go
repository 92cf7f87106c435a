package door

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// dayShape is how a day is written into a box.
const dayShape = "2 1 2006"

var daySplit = regexp.MustCompile(`[\s./-]+`)

// DayOf reads a day as people write it: 20 11 2026, 20-11-2026, 20 november 2026
// or 2026-11-20. It answers the first instant of that day in Amsterdam.
func DayOf(typed string) (time.Time, bool) {
	part := daySplit.Split(strings.TrimSpace(typed), -1)
	if len(part) != 3 {
		return time.Time{}, false
	}
	if len(part[0]) == 4 {
		part[0], part[2] = part[2], part[0]
	}
	if n := pages.Month(part[1]); n > 0 {
		part[1] = strconv.Itoa(n)
	}
	day, err := time.ParseInLocation(dayShape, strings.Join(part, " "), pages.Amsterdam)
	return day, err == nil
}

// ReadDay reads a day as people write it; "" when it is none.
func ReadDay(typed string) request.Day {
	t, ok := DayOf(typed)
	if !ok {
		return ""
	}
	return pages.Date(t)
}

// TypedDay writes a day as people type it.
func TypedDay(d request.Day) string {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return ""
	}
	return t.Format(dayShape)
}
