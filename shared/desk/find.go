package desk

import (
	"net/http"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/door"
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
	// More is true when there are others than the rows.
	More bool
}

// findRow is one request: when it is due or, once closed, when that was.
type findRow struct {
	Due                                 due
	Reference, To, Channel, Day, Closed string
}

func (h *Handler) showFind(v visit) error { return h.findPage(v, findPage{}, "", http.StatusOK) }

// findPage shows the box, with what p has found; fault is the key of what is
// wrong with what was typed.
func (h *Handler) findPage(v visit, p findPage, fault string, status int) error {
	p.Frame, p.Action = h.frame(v, v.Say("find.title")), h.address("/zoek-adres")
	p.Box = pages.Field{ID: "adres", Label: v.Say("find.address"), Hint: v.Say("find.hint", "n", casework.SearchesPerDay), Type: "email", Width: "w20", Autocomplete: "off", Lang: v.Lang, Plain: true}
	p.Back = h.address("/")
	if fault != "" {
		door.Faulty(v.Visit, &p.Frame, &p.Box, v.Say(fault, "n", casework.SearchesPerDay))
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
	found, more, err := h.Cases.FindByEmail(v.R.Context(), v.actor(), form.Get("adres"))
	switch {
	case request.InputRefused.Is(err):
		return h.findPage(v, findPage{}, "fault.find", http.StatusUnprocessableEntity)
	case request.TooMany.Is(err):
		return h.findPage(v, findPage{}, "fault.find.often", http.StatusTooManyRequests)
	case err != nil:
		return err
	}
	p := findPage{Asked: true, More: more}
	for _, f := range found {
		row := findRow{
			Reference: string(f.Reference), To: h.caseAddress(f.Reference), Channel: v.SayOr("channel."+string(f.Channel), string(f.Channel)),
			Day: pages.ShortDay(v.Lang, pages.Date(f.Received)),
		}
		if f.ClosedAt.IsZero() {
			row.Due = h.due(v, f.WorkTo)
		} else {
			row.Closed = v.Say("find.closed", "day", pages.Day(v.Lang, pages.Date(f.ClosedAt)))
		}
		p.Rows = append(p.Rows, row)
	}
	return h.findPage(v, p, "", http.StatusOK)
}
