package desk

import (
	"net/http"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// findPage looks for the requests of an address. What was typed is sent by POST
// and never shown again: it stands in no address, history or log (A24, A46).
type findPage struct {
	pages.Frame
	Action string
	Box    pages.Field
	// Asked is true when a search was made.
	Asked bool
	Rows  []findRow
}

type findRow struct {
	Due                         due
	Reference, To, Channel, Day string
}

func (h *Handler) showFind(v visit) error { return h.findPage(v, "", false, nil, http.StatusOK) }

func (h *Handler) findPage(v visit, fault string, asked bool, found []casework.FoundRow, status int) error {
	p := findPage{
		Frame: h.frame(v, v.Say("find.title")), Action: h.address("/zoek-adres"), Asked: asked,
		Box: pages.Field{ID: "adres", Label: v.Say("find.address"), Hint: v.Say("find.hint", "n", casework.SearchesPerDay), Type: "email", Width: "w20", Autocomplete: "off", Lang: v.Lang, Plain: true},
	}
	p.Back = h.address("/")
	for _, f := range found {
		p.Rows = append(p.Rows, findRow{h.due(v, f.WorkTo), string(f.Reference), h.caseAddress(f.Reference), v.SayOr("channel."+string(f.Channel), string(f.Channel)), pages.ShortDay(v.Lang, pages.Date(f.Received))})
	}
	if fault != "" {
		p.Box.Error = v.Say(fault, "n", casework.SearchesPerDay)
		p.Faults = []pages.Fault{{Place: "adres", Text: p.Box.Error}}
		p.Title = v.Say("frame.title.faults", "title", p.Title)
	}
	return h.door.Show(v.Visit, status, "find", p)
}

// find answers in the POST itself: a result page with an address of its own
// would have to name what was looked for.
func (h *Handler) find(v visit) error {
	form, err := readForm(v)
	if err != nil {
		return err
	}
	found, err := h.Cases.FindByEmail(v.R.Context(), v.actor(), form.Get("adres"))
	switch {
	case request.InputRefused.Is(err):
		return h.findPage(v, "fault.find", false, nil, http.StatusUnprocessableEntity)
	case request.TooMany.Is(err):
		return h.findPage(v, "fault.find.often", false, nil, http.StatusTooManyRequests)
	case err != nil:
		return err
	}
	return h.findPage(v, "", true, found, http.StatusOK)
}
