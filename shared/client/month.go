package client

import (
	"net/http"
	"path"
	"strconv"

	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/figures"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// monthPage offers what shows a month.
type monthPage struct {
	pages.Frame
	Heading, Lead string
	Action        string
	Months        []monthChoice
	Facts         []fact
	PDF, CSV      string
	Packs         []pages.Link
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
	r, err := h.Cases.ClientReport(v.R.Context(), v.session.client.ID, month)
	if err != nil {
		return h.tooLong(v, err)
	}
	r.Language = v.Lang
	totals, err := r.Facts()
	if err != nil {
		return err
	}
	p := monthPage{
		Frame: h.frame(v, v.Say("month.title"), ""), Heading: v.Say("month.title"), Lead: v.Say("month.lead", "month", monthName(v, month)),
		PDF: h.address("/maand/verslag.pdf?maand=" + month), CSV: h.address("/maand/verslag.csv?maand=" + month),
		Action: h.address("/maand"), Session: h.sessionLine(v),
	}
	for part := 1; part <= r.Packs; part++ {
		link := pages.Link{Address: h.address("/maand/bewijs.zip?maand=" + month), Text: v.Say("month.evidence")}
		if r.Packs > 1 {
			link = pages.Link{Address: link.Address + "&deel=" + strconv.Itoa(part), Text: v.Say("month.evidence.part", "part", part, "parts", r.Packs)}
		}
		p.Packs = append(p.Packs, link)
	}
	p.Back = h.address("/")
	for _, t := range totals {
		p.Facts = append(p.Facts, fact{t.Term, t.Value})
	}
	for _, code := range figures.Recent(h.Now(), month) {
		p.Months = append(p.Months, monthChoice{Value: code, Text: monthName(v, code), Chosen: code == month})
	}
	return h.door.Show(v.Visit, http.StatusOK, "month", p)
}

// tooLong says of a month that has more requests than a report counts what to do.
func (h *Handler) tooLong(v visit, err error) error {
	if !request.TooMany.Is(err) {
		return err
	}
	f := door.NewFault(v.Visit, h.frame(v, v.Say("page.month.title"), ""), "month", h.address("/"), "email", h.House.Email)
	return h.door.Show(v.Visit, http.StatusUnprocessableEntity, "fault", f)
}

// takeReport hands out the report of the client's own month.
func (h *Handler) takeReport(v visit) error {
	r, err := h.Cases.ClientReport(v.R.Context(), v.session.client.ID, h.monthOf(v))
	if err != nil {
		return h.tooLong(v, err)
	}
	f, err := r.File(path.Ext(v.R.URL.Path))
	if err != nil {
		return err
	}
	return door.Save(v.Visit, f.Type, f.Name, f.Body)
}

// takeEvidence hands out a pack of the client's own month.
func (h *Handler) takeEvidence(v visit) error {
	f, err := h.Cases.ClientEvidence(v.R.Context(), v.session.client.ID, h.monthOf(v), door.Part(v.R))
	if err != nil {
		return h.tooLong(v, err)
	}
	return door.Save(v.Visit, "application/zip", f.Name, f.Body)
}
