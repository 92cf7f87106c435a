package client

import (
	"net/http"
	"time"

	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/figures"
	"github.com/allclaims/rightsdesk/shared/pages"
)

// monthsBack is how many months the page offers; an older one goes by its address.
const monthsBack = 24

// monthPage offers what shows a month.
type monthPage struct {
	pages.Frame
	Heading, Lead string
	Action        string
	Months        []monthChoice
	Evidence      string
	Session       sessionLine
}

type monthChoice struct {
	Value, Text string
	Chosen      bool
}

// monthOf reads the month that is asked for: this one when none is.
func (h *Handler) monthOf(v visit) string {
	if month := door.Clip(v.R.URL.Query().Get("maand"), 7); figures.Valid(month) {
		return month
	}
	return figures.MonthOf(h.Now())
}

// monthName is a month in words, as "november 2026".
func monthName(v visit, month string) string {
	return v.Say("month."+month[5:], "year", month[:4])
}

func (h *Handler) showMonth(v visit) error {
	month := h.monthOf(v)
	p := monthPage{
		Frame: h.frame(v, v.Say("month.title"), ""), Heading: v.Say("month.title"), Lead: v.Say("month.lead", "month", monthName(v, month)),
		Action: h.address("/maand"), Evidence: h.address("/maand/bewijs.zip?maand=" + month), Session: h.sessionLine(v),
	}
	p.Back = h.address("/")
	local := h.Now().In(pages.Amsterdam)
	first := time.Date(local.Year(), local.Month(), 1, 12, 0, 0, 0, pages.Amsterdam)
	offered := false
	for n := range monthsBack {
		code := first.AddDate(0, -n, 0).Format("2006-01")
		offered = offered || code == month
		p.Months = append(p.Months, monthChoice{Value: code, Text: monthName(v, code), Chosen: code == month})
	}
	if !offered {
		p.Months = append(p.Months, monthChoice{Value: month, Text: monthName(v, month), Chosen: true})
	}
	return h.door.Show(v.Visit, http.StatusOK, "month", p)
}

// takeEvidence hands out the pack of the client's own month.
func (h *Handler) takeEvidence(v visit) error {
	f, err := h.Cases.ClientEvidence(v.R.Context(), v.session.client.ID, h.monthOf(v))
	if err != nil {
		return err
	}
	return door.Save(v.Visit, "application/zip", f.Name, f.Body)
}
