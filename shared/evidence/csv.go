package evidence

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// csvColumns are the headings of a report as CSV, which do not change.
var csvColumns = []string{
	"month", "reference", "part", "right", "received", "handed_over", "working_days_to_hand_over", "reminders",
	"instructed", "instruction", "working_days_to_instruct", "reported", "outcome", "working_days_to_report", "open", "next", "safe_date",
	"handed_over_by", "machine_receipt_sha256", "instructions_held",
}

// CSV writes the hand-overs of the month, then what is open of other months. It
// opens in a spreadsheet of the report's country: Dutch parts cells by a
// semicolon, and a mark before it says that it is UTF-8 (RFC 4180).
func (r Report) CSV(w io.Writer) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return fmt.Errorf("write a report: %w", err)
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if r.Language != request.English {
		out.Comma = ';'
	}
	lines := [][]string{csvColumns}
	open := map[string]OpenItem{}
	for _, o := range r.Open {
		open[string(o.Reference)+"/"+o.Leg] = o
	}
	for _, row := range r.Rows {
		key := string(row.Reference) + "/" + row.Leg
		o, is := open[key]
		delete(open, key)
		line := []string{
			r.Month, string(row.Reference), row.Leg, row.Right, date(row.Received), date(row.HandedOver), count(row.DaysToHand), strconv.Itoa(row.Reminded),
			date(row.Instructed), row.Instruction, count(row.DaysToOrder), date(row.Told), row.Outcome, count(row.DaysToReport),
		}
		lines = append(lines, slices.Concat(line, openCells(o, is), []string{row.How, row.Receipt, strconv.Itoa(row.Held)}))
	}
	for _, o := range r.Open {
		if _, left := open[string(o.Reference)+"/"+o.Leg]; left {
			line := make([]string, len(csvColumns)-6)
			line[1], line[2], line[3], line[7] = string(o.Reference), o.Leg, o.Right, strconv.Itoa(o.Reminded)
			lines = append(lines, slices.Concat(line, openCells(o, true), []string{"", "", ""}))
		}
	}
	for _, line := range lines {
		for i := range line {
			line[i] = inert(line[i])
		}
		if err := out.Write(line); err != nil {
			return fmt.Errorf("write a report: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write a report: %w", err)
	}
	return nil
}

func openCells(o OpenItem, is bool) []string {
	if !is {
		return []string{"no", "", ""}
	}
	return []string{"yes", o.Next, string(o.By)}
}

// date is the Amsterdam date, as every spreadsheet reads it.
func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return string(pages.Date(t))
}

// count leaves a number empty that is not there.
func count(n int) string {
	if n < 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// inert keeps a spreadsheet from reading a cell as a formula (A40).
func inert(cell string) string {
	if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
		return "'" + cell
	}
	return cell
}
