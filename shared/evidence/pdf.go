package evidence

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"

	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// The page of a report: A4 on its side, in millimetres and points.
const (
	margin     = 15.0
	sheetWidth = 297 - 2*margin
	cellSize   = 8.5
	lineHeight = 4.2
)

// PDF writes the report to print and file, with its fonts inside; the same
// report is the same bytes.
func (r Report) PDF(w io.Writer) error {
	s := &sayer{lang: r.Language}
	f := fpdf.New("L", "mm", "A4", "")
	f.AddUTF8FontFromBytes("go", "", bytes.Clone(goregular.TTF))
	f.AddUTF8FontFromBytes("go", "B", bytes.Clone(gobold.TTF))
	f.SetMargins(margin, margin, margin)
	f.SetAutoPageBreak(true, margin+6)
	f.SetCreationDate(r.Made)
	f.SetModificationDate(r.Made)
	f.SetCatalogSort(true)
	f.SetLang(map[request.Language]string{request.Dutch: "nl-NL", request.English: "en-GB"}[r.Language])
	title := s.say("report.title", "client", r.Client.Name, "month", monthName(s, r.Month))
	f.SetTitle(title, true)
	f.SetAuthor(r.By, true)
	f.AliasNbPages("")
	f.SetFooterFunc(func() {
		f.SetY(-margin)
		f.SetFont("go", "", 8)
		f.CellFormat(0, 5, r.By+" · "+title+" · "+strconv.Itoa(f.PageNo())+" / {nb}", "", 0, "L", false, 0, "")
	})
	f.AddPage()
	f.SetFont("go", "B", 16)
	f.MultiCell(0, 8, title, "", "L", false)
	f.SetFont("go", "", 9.5)
	f.MultiCell(0, 5, s.say("report.lead", "by", r.By, "moment", pages.Moment(r.Language, r.Made)), "", "L", false)
	f.Ln(3)
	for _, x := range r.facts(s) {
		f.SetFont("go", "", 9.5)
		f.CellFormat(95, 5.2, x.Term, "", 0, "L", false, 0, "")
		f.SetFont("go", "B", 9.5)
		f.MultiCell(0, 5.2, x.Value, "", "L", false)
	}
	day := func(t time.Time) string {
		if t.IsZero() {
			return s.say("empty")
		}
		return pages.ShortDay(r.Language, pages.Date(t))
	}
	with := func(t time.Time, days int) string {
		if t.IsZero() {
			return s.say("empty")
		}
		return day(t) + " (" + strconv.Itoa(max(days, 0)) + ")"
	}
	g := grid{f, []float64{36, 53, 28, 36, 22, 34, 34, 24}}
	g.head(s.say("report.rows"), s.heads("part", "right", "received", "handed-over", "reminded", "instructed", "told", "outcome"))
	for _, row := range r.Rows {
		name := string(row.Reference)
		if name == "" {
			name = s.say("forgotten")
		}
		g.row([]string{
			name + " · " + row.Leg, s.or("right.", row.Right), day(row.Received), with(row.HandedOver, row.DaysToHand) + how(s, row.How), strconv.Itoa(row.Reminded),
			with(row.Instructed, row.DaysToOrder), with(row.Told, row.DaysToReport), s.or("outcome.", row.Outcome),
		}, "")
	}
	g.none(len(r.Rows), s.say("lead.none"))
	g = grid{f, []float64{36, 78, 78, 45, 30}}
	g.head(s.say("report.open"), s.heads("part", "right", "next", "safe", "reminded"))
	for _, o := range r.Open {
		g.row([]string{string(o.Reference) + " · " + o.Leg, s.or("right.", o.Right), s.say("next." + o.Next), pages.ShortDay(r.Language, o.By), strconv.Itoa(o.Reminded)}, "")
	}
	g.none(len(r.Open), s.say("report.open.none"))
	g = grid{f, []float64{140, 30, 97}}
	g.head(s.say("report.sub"), s.heads("name", "country", "safeguard"))
	for _, p := range r.SubProcessors {
		g.row([]string{p.Name, p.Country, p.Safeguard}, "")
	}
	g.none(len(r.SubProcessors), s.say("report.sub.none"))
	f.Ln(3)
	f.SetFont("go", "", 8.5)
	f.MultiCell(0, 4.4, s.say("report.foot"), "", "L", false)
	if s.err != nil {
		return s.err
	}
	if err := f.Output(w); err != nil {
		return fmt.Errorf("write a report as PDF: %w", err)
	}
	return nil
}

// facts are the totals in words, and what was agreed.
func (r Report) facts(s *sayer) []term {
	t := r.Totals()
	agreed := s.say("report.unsaid")
	if r.Agreement.On != "" {
		agreed = pages.Day(r.Language, r.Agreement.On)
	}
	median := func(n int) string {
		if n < 0 {
			return "–"
		}
		return s.say("report.days", "n", n)
	}
	return []term{
		{Term: s.say("report.handed"), Value: strconv.Itoa(t.HandOvers)}, {Term: s.say("report.intime"), Value: s.say("report.of", "n", t.InTime, "all", t.HandOvers)},
		{Term: s.say("report.hand.median"), Value: median(t.DaysToHand)}, {Term: s.say("report.reminders"), Value: strconv.Itoa(t.Reminders)},
		{Term: s.say("report.instructed"), Value: strconv.Itoa(t.Instructed)}, {Term: s.say("report.refused"), Value: strconv.Itoa(t.Refused)},
		{Term: s.say("report.held"), Value: strconv.Itoa(t.Held)},
		{Term: s.say("report.order.median"), Value: median(t.DaysToOrder)}, {Term: s.say("report.reported"), Value: strconv.Itoa(t.Reported)},
		{Term: s.say("report.report.median"), Value: median(t.DaysToReport)}, {Term: s.say("report.open.count"), Value: strconv.Itoa(len(r.Open))},
		{Term: s.say("report.agreed"), Value: agreed}, {Term: s.say("report.initsname"), Value: s.say("initsname." + cmp.Or(r.Agreement.InItsName, "unsaid"))},
		{Term: s.say("report.atend"), Value: s.say("atend." + cmp.Or(r.Agreement.AtEnd, "unsaid"))},
		{Term: s.say("report.systems"), Value: cmp.Or(strings.Join(r.Agreement.Systems, ", "), s.say("report.unsaid"))},
	}
}

// Fact is one total of a report, in words.
type Fact struct{ Term, Value string }

// Facts are the totals, and what was agreed, in the report's language.
func (r Report) Facts() ([]Fact, error) {
	s := &sayer{lang: r.Language}
	var out []Fact
	for _, x := range r.facts(s) {
		out = append(out, Fact{x.Term, x.Value})
	}
	return out, s.err
}

func (s *sayer) heads(keys ...string) []string {
	var out []string
	for _, k := range keys {
		out = append(out, s.say("col."+k))
	}
	return out
}

// grid is a table whose cells may take more than one line.
type grid struct {
	f      *fpdf.Fpdf
	widths []float64
}

func (g grid) head(caption string, heads []string) {
	g.f.Ln(4)
	g.room(25)
	g.f.SetFont("go", "B", 12)
	g.f.CellFormat(0, 7, caption, "", 1, "L", false, 0, "")
	g.row(heads, "B")
}

// room goes to a new page where the height is not left.
func (g grid) room(height float64) {
	if _, page := g.f.GetPageSize(); g.f.GetY()+height > page-margin-6 {
		g.f.AddPage()
	}
}

func (g grid) row(cells []string, style string) {
	g.f.SetFont("go", style, cellSize)
	lines := make([][]string, len(cells))
	most := 1
	for i, c := range cells {
		lines[i] = g.f.SplitText(strings.TrimSpace(c), g.widths[i]-2)
		most = max(most, len(lines[i]))
	}
	height := float64(most)*lineHeight + 1.2
	g.room(height)
	left, top := g.f.GetXY()
	for i := range cells {
		for n, l := range lines[i] {
			g.f.SetXY(left, top+float64(n)*lineHeight+0.6)
			g.f.CellFormat(g.widths[i], lineHeight, l, "", 0, "L", false, 0, "")
		}
		left += g.widths[i]
	}
	g.f.SetDrawColor(203, 211, 216)
	g.f.Line(margin, top+height, margin+sheetWidth, top+height)
	g.f.SetXY(margin, top+height)
}

func (g grid) none(rows int, words string) {
	if rows == 0 {
		g.f.SetFont("go", "", 9.5)
		g.f.CellFormat(0, 6, words, "", 1, "L", false, 0, "")
	}
}
