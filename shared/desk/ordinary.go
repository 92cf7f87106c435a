package desk

import (
	"net/http"
	"net/url"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// ordinaryRow is one mail that intake took for ordinary business; it holds no
// personal data (A46).
type ordinaryRow struct {
	When, Mail, Rule, To, Reference, CaseTo string
}

type ordinaryPage struct {
	pages.Frame
	Heading, Caption, Empty string
	Rows                    []ordinaryRow
	Earlier, Later, More    string
}

// perDay is how many notes of a day are looked at for one page of the list.
const perDay = 100

// ordinaryAddress is the list of a day, or one mail of it.
func (h *Handler) ordinaryAddress(day request.Day, mail string) string {
	if mail == "" {
		return h.address("/gewone-mail?dag=" + url.QueryEscape(string(day)))
	}
	return h.address("/gewone-mail/" + url.PathEscape(string(day)) + "/" + url.PathEscape(mail))
}

// ordinary lists what intake took for ordinary mail on one day: yesterday, as
// the digest does, unless another day is asked. No mail is ever out of an
// officer's reach because a machine thought little of it.
func (h *Handler) ordinary(v visit) error {
	q := v.R.URL.Query()
	today := deadline.LocalDate(h.Now())
	day, err := deadline.ParseDate(door.Clip(q.Get("dag"), 10))
	if err != nil || today.Before(day) {
		day = today.AddDays(-1)
	}
	on := request.Day(day.String())
	rows, next, err := h.Cases.Ordinary(v.R.Context(), v.actor(), on, store.Page{Limit: perDay, After: door.Clip(q.Get("na"), 2000)})
	if err != nil {
		return err
	}
	p := ordinaryPage{
		Frame: h.frame(v, v.Say("ordinary.title")), Heading: v.Say("ordinary.day", "date", pages.Day(v.Lang, on)),
		Caption: v.Say("ordinary.caption"), Empty: v.Say("ordinary.empty"),
		Earlier: h.ordinaryAddress(request.Day(day.AddDays(-1).String()), ""),
	}
	p.Back = h.address("/")
	if day.Before(today) {
		p.Later = h.ordinaryAddress(request.Day(day.AddDays(1).String()), "")
	}
	if next != "" {
		p.More, p.Empty = h.ordinaryAddress(on, "")+"&na="+url.QueryEscape(next), v.Say("ordinary.empty.page")
	}
	for _, m := range rows {
		row := ordinaryRow{When: pages.Hour(v.Lang, m.At), Mail: m.ID, Rule: letters.RuleName(v.Lang, m.Rule), To: h.ordinaryAddress(on, m.ID)}
		if m.Reference != "" {
			row.Reference, row.CaseTo = string(m.Reference), h.caseAddress(m.Reference)
		}
		p.Rows = append(p.Rows, row)
	}
	return h.door.Show(v.Visit, http.StatusOK, "ordinary", p)
}

// ordinaryMail finds the mail that an address names. Who opened which mail
// stands in the log, by ids: a mail has no ledger of its own (A46).
func (h *Handler) ordinaryMail(v visit) (request.Day, casework.OrdinaryMail, error) {
	day, err := deadline.ParseDate(door.Clip(v.R.PathValue("day"), 10))
	if err != nil {
		return "", casework.OrdinaryMail{}, request.Fault(request.NotFound, "", "find ordinary mail of no day")
	}
	on := request.Day(day.String())
	m, err := h.Cases.OrdinaryMail(v.R.Context(), v.actor(), on, door.Clip(v.R.PathValue("mail"), 200))
	if err == nil {
		h.Log.InfoContext(v.R.Context(), "opened ordinary mail", "mail", m.ID, "day", on, "actor", v.actor().ID)
	}
	return on, m, err
}

// showOrdinary shows one mail as text, with the one thing to do about it.
func (h *Handler) showOrdinary(v visit) error {
	on, m, err := h.ordinaryMail(v)
	if err != nil {
		return err
	}
	if m.Reference != "" {
		http.Redirect(v.W, v.R, h.caseAddress(m.Reference), http.StatusFound)
		return nil
	}
	title := v.Say("act.take-up")
	p := actPage{
		Frame: h.frame(v, title), Heading: title, Part: pages.Moment(v.Lang, m.At), Text: []string{v.Say("act.take-up.text")},
		Message: m.Text, MessageHead: m.Subject, Action: h.ordinaryAddress(on, m.ID), Cancel: h.ordinaryAddress(on, ""),
		Button: v.Say("act.take-up.button"),
		About:  []fact{{v.Say("ordinary.rule"), letters.RuleName(v.Lang, m.Rule)}, {v.Say("ordinary.from"), join(m.Name, m.From)}},
	}
	if p.Message == "" {
		p.Message = v.Say("case.text.none")
	}
	for _, name := range m.Attachments {
		p.About = append(p.About, fact{v.Say("ordinary.attachment"), name})
	}
	p.Back = p.Cancel
	return h.door.Show(v.Visit, http.StatusOK, "act", p)
}

// takeUp makes a request of the mail and goes on to where it is read.
func (h *Handler) takeUp(v visit) error {
	if _, err := readForm(v); err != nil {
		return err
	}
	day, err := deadline.ParseDate(door.Clip(v.R.PathValue("day"), 10))
	if err != nil {
		return request.Fault(request.NotFound, "", "find ordinary mail of no day")
	}
	ref, err := h.Cases.TakeUp(v.R.Context(), v.actor(), request.Day(day.String()), door.Clip(v.R.PathValue("mail"), 200))
	if err != nil {
		return err
	}
	return h.done(v, h.caseAddress(ref), "taken-up")
}
