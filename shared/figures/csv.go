package figures

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// columns are the headings of CSV, in order.
var columns = []string{
	"month", "by", "key", "received", "open", "answered_in_month", "answered_in_three_months", "answered_late",
	"extended", "paused", "refused", "refused_in_part", "unverified", "withdrawn", "answered_by_client", "reopened",
	"breaches", "median_working_days", "answered_within_target", "of_answers_with_a_target", "moved_to_another_client",
}

// CSV writes months as one table (RFC 4180, UTF-8, English headings that do not
// change): a line for the total of each month, then one per right, channel and
// client. No answer yet leaves the median empty. A client is its id.
func CSV(w io.Writer, months ...Month) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(columns); err != nil {
		return fmt.Errorf("write figures: %w", err)
	}
	for _, m := range months {
		for _, part := range []struct {
			by   string
			rows []Row
		}{{"total", []Row{m.Total}}, {"right", m.ByRight}, {"channel", m.ByChannel}, {"client", m.ByClient}} {
			for _, r := range part.rows {
				if err := out.Write(r.line(m.Month, part.by)); err != nil {
					return fmt.Errorf("write figures of %s: %w", m.Month, err)
				}
			}
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write figures: %w", err)
	}
	return nil
}

func (r Row) line(month, by string) []string {
	line := []string{month, by, plain(r.Key)}
	for _, n := range []int{
		r.Received, r.Open, r.InMonth, r.InThree, r.Late, r.Extended, r.Paused, r.Refused, r.Partial,
		r.Unverified, r.Withdrawn, r.ByClient, r.Reopened, r.Breaches,
	} {
		line = append(line, strconv.Itoa(n))
	}
	median := ""
	if r.MedianDays >= 0 {
		median = strconv.Itoa(r.MedianDays)
	}
	return append(line, median, strconv.Itoa(r.OnTarget), strconv.Itoa(r.Targeted), strconv.Itoa(r.Moved))
}

// plain keeps a spreadsheet from reading an id as a formula.
func plain(key string) string {
	if strings.ContainsAny(key[:min(1, len(key))], "=+-@\t\r") {
		return "'" + key
	}
	return key
}
