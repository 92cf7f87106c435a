package evidence

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Report is what a processor owes its controller of a month (28(3)(h)): what
// was handed over, how fast, with what outcome, what is still open and who
// works for us on it. Its rows are made of the lines that a pack proves.
type Report struct {
	Made   time.Time
	By     string
	Client Client
	// Month is that of receipt in Amsterdam, YYYY-MM.
	Month    string
	Language request.Language
	Rows     []ReportRow
	// Open is what waits now, of any month.
	Open          []OpenItem
	SubProcessors []SubProcessor
	Agreement     Agreement
	// Packs is in how many evidence packs the month comes.
	Packs int
}

// ReportRow is one hand-over. Days are working days; -1 = not yet.
type ReportRow struct {
	Reference request.Reference // "" when the request was forgotten
	Leg       string
	Right     string
	Received  time.Time
	// HandedOver is the last hand-over: one that was opened again has more.
	HandedOver time.Time
	// How is mail, machine, or mail-instead where the machine did not take it;
	// Receipt is the SHA-256 of what the machine acknowledged it by.
	How, Receipt string
	DaysToHand   int
	Reminded     int
	Instructed   time.Time // zero = not yet
	// Instruction is the kind that was given, Held how often we held one that
	// breaks the law in our opinion (28(3)).
	Instruction  string
	Held         int
	DaysToOrder  int
	Told         time.Time
	DaysToReport int
	Outcome      string
}

// OpenItem is a part that waits, and who does what next.
type OpenItem struct {
	Reference request.Reference
	Leg       string
	Right     string
	// Next is a code: instruct or second-word (the client), carry-out, report or
	// who-decides, where the client decides no more (All Claims).
	Next string
	// By is the safe date of the request; Reminded counts the reminders.
	By       request.Day
	Reminded int
}

// Agreement is what the client's register says of the processor agreement
// (28(3)); "" is what nobody agreed yet.
type Agreement struct {
	On request.Day
	// InItsName is yes or no: whether we may answer debtors in its name.
	InItsName string
	// AtEnd is return or delete: what becomes of its data when the agreement ends.
	AtEnd string
	// Systems are the names of those that hold its files.
	Systems []string
}

// SubProcessor is who works for us with data of clients' debtors.
type SubProcessor struct {
	Name, Country, Safeguard string
}

// NewReport fills the rows of a report from the chains of its month.
func NewReport(r Report, chains []Chain, days deadline.Calendar) Report {
	for _, ch := range chains {
		c, ok := caseOf(ch, r.Client.ID, nil)
		if !ok {
			continue
		}
		for _, l := range c.Legs {
			r.Rows = append(r.Rows, reportRow(c, l, days))
		}
	}
	slices.SortFunc(r.Rows, func(a, b ReportRow) int {
		return cmp.Or(a.Received.Compare(b.Received), strings.Compare(string(a.Reference), string(b.Reference)), strings.Compare(a.Leg, b.Leg))
	})
	return r
}

func reportRow(c Case, l Leg, days deadline.Calendar) ReportRow {
	row := ReportRow{Reference: c.Reference, Leg: l.Leg, Right: l.Right, DaysToHand: -1, DaysToOrder: -1, DaysToReport: -1}
	began := time.Time{}
	for _, e := range c.Events {
		if e.Leg != l.Leg && e.What != "received" {
			continue
		}
		switch e.What {
		case "received":
			row.Received, began = e.At, e.At
		case "reopened":
			// A new round is counted from there: of the last one nothing stands any more.
			began, row = e.At, ReportRow{Reference: c.Reference, Leg: l.Leg, Right: l.Right, Received: row.Received, DaysToHand: -1, DaysToOrder: -1, DaysToReport: -1}
		case "taken-over":
			began = e.At // it became this client's then
		case "moved":
			row.Outcome = string(request.Moved)
		case "handed-over":
			row.HandedOver, row.How, row.DaysToHand = e.At, e.How, between(days, began, e.At)
		case "machine-took":
			if row.How != "mail-instead" { // it came late: the first hand-over counts
				row.Receipt = e.Number
			}
			if row.HandedOver.IsZero() { // the line of the hand-over follows, unless it moved meanwhile
				row.HandedOver, row.How, row.DaysToHand = e.At, byMachine, between(days, began, e.At)
			}
		case "reminded":
			row.Reminded++
		case "not-reminded":
			row.Reminded--
		case "instructed":
			row.Instructed, row.Instruction, row.DaysToOrder = e.At, e.Code, between(days, row.HandedOver, e.At)
		case "held":
			row.Held++
			row.Instructed, row.Instruction, row.DaysToOrder = time.Time{}, "", -1 // its second word counts
		case "told":
			row.Told, row.Outcome, row.DaysToReport = e.At, e.Code, between(days, row.Instructed, e.At)
		}
	}
	return row
}

func between(days deadline.Calendar, from, to time.Time) int {
	if from.IsZero() {
		return -1
	}
	return days.WorkingDaysBetween(deadline.LocalDate(from), deadline.LocalDate(to))
}

// ReportFile is a report to keep.
type ReportFile struct {
	Name, Type string
	Body       []byte
}

// File writes the report as .pdf or .csv.
func (r Report) File(ext string) (ReportFile, error) {
	write, kind := r.PDF, "application/pdf"
	if ext == ".csv" {
		write, kind = r.CSV, "text/csv; charset=utf-8"
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return ReportFile{}, err
	}
	return ReportFile{Name: "report-" + r.Client.ID + "-" + r.Month + ext, Type: kind, Body: b.Bytes()}, nil
}

// handOverDays is within how many working days a request must be handed over.
const handOverDays = 2

// Totals are the counts of a report.
type Totals struct {
	HandOvers, InTime, Instructed, Held, Refused, Reported, Reminders int
	// The medians of working days; -1 when there are none.
	DaysToHand, DaysToOrder, DaysToReport int
}

// Totals adds the rows up.
func (r Report) Totals() Totals {
	var t Totals
	var hand, order, report []int
	for _, row := range r.Rows {
		if !row.HandedOver.IsZero() {
			t.HandOvers++
		}
		t.Reminders += row.Reminded
		t.Held += row.Held
		if row.DaysToHand >= 0 && row.DaysToHand <= handOverDays {
			t.InTime++
		}
		if row.Instruction != "" {
			t.Instructed++
		}
		if row.Instruction == request.RefuseInstruction {
			t.Refused++
		}
		if !row.Told.IsZero() {
			t.Reported++
		}
		hand, order, report = append(hand, row.DaysToHand), append(order, row.DaysToOrder), append(report, row.DaysToReport)
	}
	t.DaysToHand, t.DaysToOrder, t.DaysToReport = median(hand), median(order), median(report)
	return t
}

func median(days []int) int {
	days = slices.DeleteFunc(days, func(n int) bool { return n < 0 })
	if len(days) == 0 {
		return -1
	}
	slices.Sort(days)
	return days[(len(days)-1)/2]
}
