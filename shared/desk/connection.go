package desk

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// How the machine of a client speaks with ours: its hosts, where it takes requests,
// its public key, and the keys by which it signs in (decision 21).

func (h *Handler) connectionAddress(id string) string {
	return h.address("/opdrachtgevers/" + url.PathEscape(id) + "/koppeling")
}

func (h *Handler) showConnection(v visit) error {
	c, err := h.clientNamed(v)
	if err != nil {
		return err
	}
	conn, err := h.Cases.Connection(v.R.Context(), v.actor(), c.ID)
	if err != nil {
		return err
	}
	return h.connectionPage(v, c, conn, connectionForm(conn), "", nil, http.StatusOK)
}

func connectionForm(conn register.Connection) url.Values {
	return url.Values{"domeinen": {strings.Join(conn.Domains, " ")}, "adres": {conn.Endpoint}, "sleutel": {conn.PublicKey}}
}

// connectionPage asks for the hosts and the key; fresh is a key that was just
// made: it stands on this page and never again.
func (h *Handler) connectionPage(v visit, c register.Client, conn register.Connection, form url.Values, fresh string, faults []pages.Fault, status int) error {
	title := v.Say("connection.title", "name", c.Name)
	p := actPage{
		Frame: h.frame(v, title), Heading: title, Part: c.ID, Text: []string{v.Say("connection.text")},
		Action: h.connectionAddress(c.ID), Cancel: h.address("/opdrachtgevers/" + url.PathEscape(c.ID)),
		Button: v.Say("client.button"), Do: "bewaar", Hidden: []fact{{"gezien", strconv.FormatInt(conn.Rev, 10)}},
		About: []fact{{v.Say("connection.keys"), strconv.Itoa(len(conn.Keys))}},
	}
	p.Back = p.Cancel
	if fresh != "" {
		p.Warning = v.Say("connection.fresh")
		p.About = append(p.About, fact{v.Say("connection.key"), fresh})
	}
	at := func(place string) string {
		if i := slices.IndexFunc(faults, func(f pages.Fault) bool { return f.Place == place }); i >= 0 {
			return faults[i].Text
		}
		return ""
	}
	// One page makes one key, however often it is sent.
	p.SecondHidden = append(slices.Clone(p.Hidden), fact{"kenmerk", rand.Text()})
	p.Fields = []pages.Field{
		{ID: "domeinen", Label: v.Say("connection.domeinen"), Hint: v.Say("connection.domeinen.hint"), Value: form.Get("domeinen"), Error: at("domeinen"), Optional: true, Plain: true, Lang: v.Lang, Autocomplete: "off"},
		{ID: "adres", Label: v.Say("connection.adres"), Hint: v.Say("connection.adres.hint"), Value: form.Get("adres"), Error: at("adres"), Optional: true, Plain: true, Lang: v.Lang, Autocomplete: "off"},
		{ID: "sleutel", Label: v.Say("connection.sleutel"), Hint: v.Say("connection.sleutel.hint"), Value: form.Get("sleutel"), Error: at("sleutel"), Type: "area", Rows: 8, Optional: true, Plain: true, Lang: v.Lang, Autocomplete: "off"},
	}
	p.SecondHead, p.Second, p.SecondDo = v.Say("connection.keys"), v.Say("connection.keys.button"), "sleutels"
	p.SecondChoices = []pages.Choices{{ID: "wat", Name: "wat", Legend: v.Say("connection.wat"), Hint: v.Say("connection.wat.hint"), Error: at("wat-1"),
		Groups: []pages.ChoiceGroup{{Options: choicesOf(v, []string{"nieuw", "einde"}, "connection.wat.", oneOf(""))}}}}
	if len(faults) > 0 {
		p.faulty(v, faults)
	}
	return h.door.Show(v.Visit, status, "act", p)
}

// saveConnection writes hosts and public key over what the administrator saw, or
// makes or ends keys.
func (h *Handler) saveConnection(v visit) error {
	c, err := h.clientNamed(v)
	if err != nil {
		return err
	}
	form, err := readForm(v)
	if err != nil {
		return err
	}
	ctx := v.R.Context()
	conn, err := h.Cases.Connection(ctx, v.actor(), c.ID)
	if err != nil {
		return err
	}
	again := func(place, text string) error {
		return h.connectionPage(v, c, conn, form, "", []pages.Fault{{Place: place, Text: v.Say(text)}}, http.StatusUnprocessableEntity)
	}
	if form.Get("actie") == "sleutels" {
		stored := connectionForm(conn)
		switch form.Get("wat") {
		case "nieuw":
			seen, err := strconv.ParseInt(form.Get("gezien"), 10, 64)
			if err != nil {
				seen = -1 // no page of ours
			}
			key, err := h.Cases.NewKey(ctx, v.actor(), c.ID, seen, form.Get("kenmerk"))
			if err != nil {
				return err
			}
			if conn, err = h.Cases.Connection(ctx, v.actor(), c.ID); err != nil {
				return err
			}
			return h.connectionPage(v, c, conn, stored, key, nil, http.StatusOK)
		case "einde":
			if err := h.Cases.EndKeys(ctx, v.actor(), c.ID); err != nil {
				return err
			}
			return h.done(v, h.connectionAddress(c.ID), "client")
		}
		form = stored
		return again("wat-1", "fault.connection.wat")
	}
	if form.Get("gezien") != strconv.FormatInt(conn.Rev, 10) {
		return request.Fault(request.Conflict, c.ID, "change a connection that was changed meanwhile")
	}
	after := register.Connection{
		Client: c.ID, Rev: conn.Rev, Endpoint: door.Line(form.Get("adres")), PublicKey: strings.ReplaceAll(form.Get("sleutel"), "\r", ""),
		Domains: strings.FieldsFunc(strings.ToLower(door.Line(form.Get("domeinen"))), func(r rune) bool { return r == ' ' || r == ',' || r == ';' }),
	}
	err = h.Cases.SaveConnection(ctx, v.actor(), after)
	var fault *request.Error
	if request.InputRefused.Is(err) && errors.As(err, &fault) {
		switch fault.On {
		case "domains":
			return again("domeinen", "fault.connection.domeinen")
		case "endpoint":
			return again("adres", "fault.connection.adres")
		case "publicKey":
			return again("sleutel", "fault.connection.sleutel")
		}
	}
	if err != nil {
		return err
	}
	return h.done(v, h.connectionAddress(c.ID), "client")
}
