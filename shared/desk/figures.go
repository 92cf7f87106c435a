package desk

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"

	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/figures"
	"github.com/allclaims/rightsdesk/shared/pages"
)

// figureHeads are the columns of the page; the CSV has them all.
var figureHeads = []string{"received", "open", "month", "three", "late", "by-client", "refused", "median"}

func figureCells(r figures.Row) []string {
	var out []string
	for _, n := range []int{r.Received, r.Open, r.InMonth, r.InThree, r.Late, r.ByClient, r.Refused} {
		out = append(out, strconv.Itoa(n))
	}
	if r.MedianDays < 0 {
		return append(out, "–")
	}
	return append(out, strconv.Itoa(r.MedianDays))
}

// monthOf reads the month that is asked for: this one when none is.
func (h *Handler) monthOf(v visit) string {
	if month := door.Clip(v.R.URL.Query().Get("maand"), 7); figures.Valid(month) {
		return month
	}
	return figures.MonthOf(h.Now())
}

func (h *Handler) showFigures(v visit) error {
	month := h.monthOf(v)
	m, err := h.Cases.Figures(v.R.Context(), v.actor(), month)
	if err != nil {
		return err
	}
	p := tablesPage{
		Frame: h.frame(v, v.Say("figures.title")), Heading: v.Say("figures.heading", "month", h.monthName(v, month)),
		Lead:  []string{v.Say("figures.lead")},
		Links: []pages.Link{{Address: h.address("/cijfers.csv?maand=" + month), Text: v.Say("figures.csv")}},
		Pick:  h.months(v, month), PickTo: h.address("/cijfers"),
		Facts: []fact{
			{v.Say("figures.requests"), strconv.Itoa(m.Requests)}, {v.Say("figures.extended"), strconv.Itoa(m.Total.Extended)},
			{v.Say("figures.paused"), strconv.Itoa(m.Total.Paused)}, {v.Say("figures.partial"), strconv.Itoa(m.Total.Partial)},
			{v.Say("figures.unverified"), strconv.Itoa(m.Total.Unverified)}, {v.Say("figures.withdrawn"), strconv.Itoa(m.Total.Withdrawn)},
			{v.Say("figures.moved"), strconv.Itoa(m.Total.Moved)},
			{v.Say("figures.reopened"), strconv.Itoa(m.Total.Reopened)}, {v.Say("figures.breaches"), strconv.Itoa(m.Total.Breaches)},
			{v.Say("figures.target"), v.Say("figures.target.of", "n", m.Total.OnTarget, "all", m.Total.Targeted)},
		},
	}
	p.Back = h.address("/")
	var heads []string
	for _, head := range figureHeads {
		heads = append(heads, v.Say("figures.col."+head))
	}
	for _, t := range []struct {
		by   string
		rows []figures.Row
		name func(string) string
	}{
		{"right", append(m.ByRight, m.Total), func(key string) string { return v.SayOr("right."+key, key) }},
		{"channel", m.ByChannel, func(key string) string { return v.SayOr("channel."+key, key) }},
		{"client", m.ByClient, func(key string) string { return h.company(v, key) }},
	} {
		table := table{Caption: v.Say("figures.by." + t.by), Heads: append([]string{v.Say("figures.first." + t.by)}, heads...)}
		for _, r := range t.rows {
			name := v.Say("figures.total")
			if r.Key != "" {
				name = t.name(r.Key)
			}
			table.add(cell{Text: name}, figureCells(r)...)
		}
		if len(table.Rows) > 0 {
			p.Tables = append(p.Tables, table)
		}
	}
	return h.door.Show(v.Visit, http.StatusOK, "tables", p)
}

// months is the choice of a month: the last two years, and the one that is shown.
func (h *Handler) months(v visit, month string) *filter {
	pick := &filter{Name: "maand", Label: v.Say("figures.month")}
	for _, code := range figures.Recent(h.Now(), month) {
		pick.Options = append(pick.Options, option{Value: code, Text: h.monthName(v, code), Chosen: code == month})
	}
	return pick
}

// monthName is a month in words, as "november 2026".
func (h *Handler) monthName(v visit, month string) string {
	return v.Say("month."+month[5:], "year", month[:4])
}

func (h *Handler) figuresCSV(v visit) error {
	month := h.monthOf(v)
	m, err := h.Cases.Figures(v.R.Context(), v.actor(), month)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := figures.CSV(&b, m); err != nil {
		return fmt.Errorf("write the figures of %s: %w", month, err)
	}
	return door.Save(v.Visit, "text/csv; charset=utf-8", "verzoeken-"+month+".csv", b.Bytes())
}
