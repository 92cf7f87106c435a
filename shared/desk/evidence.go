package desk

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/evidence"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Proving makes the packs that show afterwards what happened (28(3)(h)).
type Proving interface {
	// Evidence is logged, as opening the request is (A46).
	Evidence(ctx context.Context, actor casework.Actor, ref request.Reference, lang request.Language) (casework.File, error)
	// EvidenceOf is one of those of one client and a month, YYYY-MM; the report says
	// how many there are.
	EvidenceOf(ctx context.Context, actor casework.Actor, client, month string, part int) (casework.File, error)
	// ReportOf is the report of Art. 28 on the same month.
	ReportOf(ctx context.Context, actor casework.Actor, client, month string) (evidence.Report, error)
}

const zipped = "application/zip"

// takeEvidence hands out the pack of one request.
func (h *Handler) takeEvidence(v visit) error {
	ref, err := reference(v)
	if err != nil {
		return err
	}
	f, err := h.Cases.Evidence(v.R.Context(), v.actor(), ref, v.Lang)
	if err != nil {
		return err
	}
	return door.Save(v.Visit, zipped, f.Name, f.Body)
}

// takes reports whether somebody may take the evidence of a request.
func takes(v visit) bool { return slices.ContainsFunc(provers, v.actor().Has) }

// clientMonthAddress is the page of what a client gets of a month, or a file of it.
func (h *Handler) clientMonthAddress(id, file, month string) string {
	to := "/opdrachtgevers/" + url.PathEscape(id) + "/maand"
	if file != "" {
		to += "/" + file
	}
	if month != "" {
		to += "?maand=" + month
	}
	return h.address(to)
}

// showClientMonth offers what shows a month of one client.
func (h *Handler) showClientMonth(v visit) error {
	c, err := h.clientNamed(v)
	if err != nil {
		return err
	}
	month := h.monthOf(v)
	title := v.Say("month.title", "name", c.Name)
	p := tablesPage{
		Frame: h.frame(v, title), Heading: title, Lead: []string{v.Say("month.lead", "month", h.monthName(v, month)), v.Say("month.evidence.text")},
		Pick: h.months(v, month), PickTo: h.clientMonthAddress(c.ID, "", ""),
		Links: []pages.Link{
			{Address: h.clientMonthAddress(c.ID, "verslag.pdf", month), Text: v.Say("month.pdf")},
			{Address: h.clientMonthAddress(c.ID, "verslag.csv", month), Text: v.Say("month.csv")},
		},
	}
	r, err := h.Cases.ReportOf(v.R.Context(), v.actor(), c.ID, month)
	if err != nil {
		return h.tooLong(v, err)
	}
	for part := 1; part <= r.Packs; part++ {
		link := pages.Link{Address: h.clientMonthAddress(c.ID, "bewijs.zip", month), Text: v.Say("month.evidence")}
		if r.Packs > 1 {
			link = pages.Link{Address: link.Address + "&deel=" + strconv.Itoa(part), Text: v.Say("month.evidence.part", "part", part, "parts", r.Packs)}
		}
		p.Links = append(p.Links, link)
	}
	r.Language = v.Lang
	facts, err := r.Facts()
	if err != nil {
		return err
	}
	for _, f := range facts {
		p.Facts = append(p.Facts, fact{f.Term, f.Value})
	}
	p.Back = h.address("/")
	return h.door.Show(v.Visit, http.StatusOK, "tables", p)
}

// tooLong says of a month that has more requests than a report counts what to do.
func (h *Handler) tooLong(v visit, err error) error {
	if !request.TooMany.Is(err) {
		return err
	}
	return h.fault(v, http.StatusUnprocessableEntity, "month")
}

// takeReport hands out the report of a client's month, in the client's language.
func (h *Handler) takeReport(v visit) error {
	c, err := h.clientNamed(v)
	if err != nil {
		return err
	}
	r, err := h.Cases.ReportOf(v.R.Context(), v.actor(), c.ID, h.monthOf(v))
	if err != nil {
		return h.tooLong(v, err)
	}
	f, err := r.File(path.Ext(v.R.URL.Path))
	if err != nil {
		return err
	}
	return door.Save(v.Visit, f.Type, f.Name, f.Body)
}

// takeClientEvidence hands out a pack of a client's month.
func (h *Handler) takeClientEvidence(v visit) error {
	c, err := h.clientNamed(v)
	if err != nil {
		return err
	}
	f, err := h.Cases.EvidenceOf(v.R.Context(), v.actor(), c.ID, h.monthOf(v), door.Part(v.R))
	if err != nil {
		return h.tooLong(v, err)
	}
	return door.Save(v.Visit, zipped, f.Name, f.Body)
}
