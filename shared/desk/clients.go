package desk

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

func (h *Handler) showClients(v visit) error {
	all, err := h.Cases.ClientList(v.R.Context(), v.actor())
	if err != nil {
		return err
	}
	p := tablesPage{
		Frame: h.frame(v, v.Say("clients.title")), Heading: v.Say("clients.title"), Lead: []string{v.Say("clients.lead")},
		Links: []pages.Link{{Address: h.address("/opdrachtgevers/nieuw"), Text: v.Say("clients.add")}}, Empty: v.Say("clients.none"),
	}
	t := table{Caption: v.Say("clients.title"), Heads: []string{v.Say("client.naam"), v.Say("client.id"), v.Say("client.contact"), v.Say("client.email"), v.Say("client.taal"), v.Say("client.rol")}}
	for _, c := range all {
		t.add(cell{Text: c.Name, To: h.address("/opdrachtgevers/" + url.PathEscape(c.ID))}, c.ID, c.ContactName, c.Email,
			v.SayOr("language."+string(c.Language), string(c.Language)), v.SayOr("client.rol."+c.DebtorRole, c.DebtorRole))
	}
	if len(t.Rows) > 0 {
		p.Tables = []table{t}
	}
	return h.door.Show(v.Visit, http.StatusOK, "tables", p)
}

// seen is a short name for exactly what an administrator saw: who changed it
// since makes the form out of date.
func seen(c register.Client) (string, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("mark client %s: %w", c.ID, err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16]), nil
}

// clientNamed finds the client that an address names.
func (h *Handler) clientNamed(v visit) (register.Client, error) {
	all, err := h.Cases.ClientList(v.R.Context(), v.actor())
	if err != nil {
		return register.Client{}, err
	}
	id := v.R.PathValue("client")
	if i := slices.IndexFunc(all, func(c register.Client) bool { return c.ID == id }); i >= 0 {
		return all[i], nil
	}
	return register.Client{}, request.Fault(request.NotFound, door.Clip(id, 40), "find a client")
}

func (h *Handler) showNewClient(v visit) error {
	return h.clientForm(v, nil, formOf(register.Client{Language: request.Dutch, DebtorRole: "processor"}), nil, http.StatusOK)
}

func (h *Handler) showClient(v visit) error {
	c, err := h.clientNamed(v)
	if err != nil {
		return err
	}
	return h.clientForm(v, &c, formOf(c), nil, http.StatusOK)
}

func formOf(c register.Client) url.Values {
	return url.Values{
		"id": {c.ID}, "naam": {c.Name}, "contact": {c.ContactName}, "email": {c.Email}, "taal": {string(c.Language)},
		"uitleg": {c.SubjectContact}, "rol": {c.DebtorRole}, "vervanger": {c.DeputyName}, "vervanger-email": {c.DeputyEmail},
		"herinner-1": {number(c.RemindFirst)}, "herinner-2": {number(c.RemindSecond)},
		"escalatie": {c.EscalationName}, "escalatie-email": {c.EscalationEmail}, "escalatie-telefoon": {c.EscalationPhone},
		"overeenkomst": {door.TypedDay(c.AgreementOn)}, "systemen": {c.ClaimSystems}, "namens": {cmp.Or(c.InItsName, unsaid)}, "einde": {cmp.Or(c.AtEnd, unsaid)},
		"levering": {cmp.Or(c.Delivery, "page")}, "stand": {cmp.Or(c.State, "active")},
	}
}

// unsaid is what stands in the form where the agreement says nothing.
const unsaid = "unsaid"

// number leaves a number out that nobody set.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// said is the code of a choice, "" for the one that says nothing.
func said(code, nothing string) string {
	if code == nothing {
		return ""
	}
	return code
}

// clientBoxes and clientChoices are what the form asks beside the first
// questions, in its order.
var (
	clientBoxes   = []string{"vervanger", "vervanger-email", "escalatie", "escalatie-email", "escalatie-telefoon", "herinner-1", "herinner-2", "overeenkomst", "systemen"}
	clientChoices = []struct {
		name  string
		codes []string
	}{
		{"namens", []string{unsaid, "yes", "no"}}, {"einde", []string{unsaid, "return", "delete"}}, {"levering", []string{"page", "api", "both"}},
		{"stand", []string{"active", "bankrupt", "gone", "sold"}},
	}
)

// clientPlaces are the boxes of the form by the field of the register.
var clientPlaces = map[string]string{
	"id": "id", "name": "naam", "email": "email", "language": "taal-1", "debtorRole": "rol-1", "contact": "contact",
	"deputyName": "vervanger", "deputyEmail": "vervanger-email", "remindFirst": "herinner-1", "remindSecond": "herinner-2",
	"escalationName": "escalatie", "escalationEmail": "escalatie-email", "agreementOn": "overeenkomst", "claimSystems": "systemen",
	"inItsName": "namens-1", "atEnd": "einde-1", "delivery": "levering-1", "state": "stand-1",
}

// terms reads the contacts and the agreement of a client from the form. What is
// no number or day is one that the register refuses.
func terms(c *register.Client, get func(string) string) {
	days := func(name string) int {
		n, err := strconv.Atoi(get(name))
		if err != nil && get(name) != "" {
			return -1
		}
		return n
	}
	c.DeputyName, c.DeputyEmail = get("vervanger"), strings.ToLower(get("vervanger-email"))
	c.RemindFirst, c.RemindSecond = days("herinner-1"), days("herinner-2")
	c.EscalationName, c.EscalationEmail, c.EscalationPhone = get("escalatie"), strings.ToLower(get("escalatie-email")), get("escalatie-telefoon")
	if typed := get("overeenkomst"); typed != "" {
		c.AgreementOn = cmp.Or(door.ReadDay(typed), request.Day(typed))
	}
	c.ClaimSystems, c.InItsName, c.AtEnd = get("systemen"), said(get("namens"), unsaid), said(get("einde"), unsaid)
	c.Delivery, c.State = said(get("levering"), "page"), said(get("stand"), "active")
}

// clientForm asks for a client; c is the one that is changed, nil for a new one.
func (h *Handler) clientForm(v visit, c *register.Client, form url.Values, faults []pages.Fault, status int) error {
	title, action := v.Say("clients.add"), h.address("/opdrachtgevers/nieuw")
	p := actPage{Button: v.Say("client.button"), Cancel: h.address("/opdrachtgevers"), Wide: true, BoxesFirst: true}
	if c != nil {
		title, action = v.Say("client.title", "name", c.Name), h.address("/opdrachtgevers/"+url.PathEscape(c.ID))
		mark, err := seen(*c)
		if err != nil {
			return err
		}
		p.Hidden = []fact{{"gezien", mark}}
		p.Part = c.ID
	}
	p.Frame, p.Heading, p.Action, p.Text = h.frame(v, title), title, action, []string{v.Say("client.text")}
	p.Back = p.Cancel
	if c != nil && slices.ContainsFunc(everybody, v.actor().Has) { // who only keeps the settings sees no request
		p.Links = []pages.Link{{Address: h.clientLegsAddress(c.ID), Text: v.Say("client.legs")}}
	}
	if c != nil {
		p.Links = append(p.Links, pages.Link{Address: h.clientMonthAddress(c.ID, "", ""), Text: v.Say("month.link")})
		p.Links = append(p.Links, pages.Link{Address: h.connectionAddress(c.ID), Text: v.Say("connection.link")})
	}
	at := func(place string) string {
		for _, f := range faults {
			if f.Place == place {
				return f.Text
			}
		}
		return ""
	}
	box := func(id string, optional bool) {
		f := pages.Field{ID: id, Label: v.Say("client." + id), Value: form.Get(id), Error: at(id), Optional: optional, Lang: v.Lang, Autocomplete: "off"}
		if v.Knows("client." + id + ".hint") {
			f.Hint = v.Say("client." + id + ".hint")
		}
		p.Fields = append(p.Fields, f)
	}
	if c == nil {
		box("id", false)
	}
	box("naam", false)
	box("contact", true)
	box("email", false)
	box("uitleg", true)
	for _, id := range clientBoxes {
		box(id, true)
	}
	p.Choices = []pages.Choices{
		{ID: "taal", Name: "taal", Legend: v.Say("client.taal"), Error: at("taal-1"), Groups: []pages.ChoiceGroup{{Options: choicesOf(v, pages.Languages, "language.", oneOf(form.Get("taal")))}}},
		{ID: "rol", Name: "rol", Legend: v.Say("client.rol"), Hint: v.Say("client.rol.hint"), Error: at("rol-1"), Groups: []pages.ChoiceGroup{{Options: choicesOf(v, []string{"processor", "joint", "controller"}, "client.rol.", oneOf(form.Get("rol")))}}},
	}
	for _, x := range clientChoices {
		p.Choices = append(p.Choices, pages.Choices{
			ID: x.name, Name: x.name, Legend: v.Say("client." + x.name), Error: at(x.name + "-1"),
			Groups: []pages.ChoiceGroup{{Options: choicesOf(v, x.codes, "client."+x.name+".", oneOf(form.Get(x.name)))}},
		})
	}
	if len(faults) > 0 {
		p.faulty(v, faults)
	}
	return h.door.Show(v.Visit, status, "act", p)
}

func (h *Handler) clientLegsAddress(id string) string {
	return h.address("/opdrachtgevers/" + url.PathEscape(id) + "/verzoeken")
}

// showClientLegs lists what is open at one client: what waits for its
// instruction, and what we carry out for it. It holds no personal data (A46).
func (h *Handler) showClientLegs(v visit) error {
	c, err := h.clientNamed(v)
	if err != nil {
		return err
	}
	q := v.R.URL.Query()
	title := v.Say("client.legs.title", "name", c.Name)
	p := tablesPage{Frame: h.frame(v, title), Heading: title, Lead: []string{v.Say("client.legs.lead")}, Empty: v.Say("client.legs.none")}
	p.Back = h.address("/")
	if slices.ContainsFunc(keepers, v.actor().Has) {
		p.Links = []pages.Link{{Address: h.clientMonthAddress(c.ID, "", ""), Text: v.Say("month.link")}}
	}
	for _, state := range []string{"todo", "instructed"} {
		after := ""
		if only := q.Get("lijst"); only == state {
			after = door.Clip(q.Get("na"), 2000)
		} else if only != "" {
			continue
		}
		rows, next, err := h.Cases.OfClient(v.R.Context(), c.ID, state, store.Page{Limit: perPage, After: after})
		if err != nil {
			return err
		}
		t := table{Caption: v.Say("client.legs." + state)}
		for _, head := range []string{"reference", "due", "right", "phase", "forwarded", "reminded", "instruction"} {
			t.Heads = append(t.Heads, v.Say("client.legs.col."+head))
		}
		for _, r := range rows {
			name := cell{Text: string(r.Reference) + " · " + r.Leg, To: h.caseAddress(r.Reference)}
			t.add(name, h.due(v, r.SafeDue).long(v), v.SayOr("right."+string(r.Right), string(r.Right)), v.Say("phase.processor."+string(r.Phase)),
				pages.ShortDay(v.Lang, r.Forwarded), strconv.Itoa(r.Reminded), v.SayOr("instruction."+r.Instruction, r.Instruction))
		}
		if len(rows) > 0 {
			p.Tables = append(p.Tables, t)
		}
		if next != "" {
			more := h.clientLegsAddress(c.ID) + "?" + url.Values{"lijst": {state}, "na": {next}}.Encode()
			p.Links = append(p.Links, pages.Link{Address: more, Text: v.Say("client.legs.more." + state)})
		}
	}
	return h.door.Show(v.Visit, http.StatusOK, "tables", p)
}

func (h *Handler) addClient(v visit) error { return h.saveClient(v, nil) }

func (h *Handler) changeClient(v visit) error {
	c, err := h.clientNamed(v)
	if err != nil {
		return err
	}
	return h.saveClient(v, &c)
}

// saveClient writes a client if it still is what the administrator saw.
func (h *Handler) saveClient(v visit, before *register.Client) error {
	form, err := readForm(v)
	if err != nil {
		return err
	}
	get := func(name string) string { return strings.TrimSpace(door.Line(form.Get(name))) }
	after := register.Client{
		ID: get("id"), Name: get("naam"), ContactName: get("contact"), Email: get("email"), Language: request.Language(get("taal")),
		SubjectContact: get("uitleg"), DebtorRole: get("rol"),
	}
	terms(&after, get)
	saved := func() error { return h.done(v, h.address("/opdrachtgevers"), "client") }
	if before != nil {
		after.ID = before.ID
		mark, err := seen(*before)
		if err != nil {
			return err
		}
		if get("gezien") != mark {
			if after == *before {
				return saved() // the button twice
			}
			return request.Fault(request.Conflict, before.ID, "change a client that was changed meanwhile")
		}
	}
	err = h.Cases.SaveClient(v.R.Context(), v.actor(), before, after)
	var fault *request.Error
	switch {
	case err == nil:
		return saved()
	case request.Conflict.Is(err) && before != nil:
		if now, lost := h.clientNamed(v); lost == nil && now == after {
			return saved() // the button twice, at the same moment
		}
		return err
	case request.Exists.Is(err):
		return h.clientForm(v, before, form, []pages.Fault{{Place: "email", Text: v.Say("fault.client.taken")}}, http.StatusUnprocessableEntity)
	case request.InputRefused.Is(err) && errors.As(err, &fault):
		place, ok := clientPlaces[fault.On]
		if !ok {
			return err
		}
		return h.clientForm(v, before, form, []pages.Fault{{Place: place, Text: v.Say("fault.client." + place)}}, http.StatusUnprocessableEntity)
	}
	return err
}
