package client

import (
	"fmt"
	"net/http"
	"net/mail"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// placeRecord is what these pages remember of a browser; it outlives every proof.
var placeRecord = door.Record{Cookie: "klant", Life: identity.MaxProof + time.Hour}

// place is where a visitor stands: for which address they asked a code, and
// what they are about to instruct. Whether they proved anything, only Proof knows.
type place struct {
	// Subject is the key of the typed address; the address itself is not kept.
	Subject string           `json:"subject"`
	Lang    request.Language `json:"lang"`
	Until   time.Time        `json:"until"`
	// Spent is true when no more codes are sent.
	Spent bool `json:"spent,omitempty"`
	// Fault is the key of the sentence to show, N the digits that were typed.
	Fault string `json:"fault,omitempty"`
	N     int    `json:"n,omitempty"`
	// Draft is the instruction that waits for the check page.
	Draft *draft `json:"draft,omitempty"`
}

// draft is an instruction that was chosen and not given yet.
type draft struct {
	Reference request.Reference `json:"reference"`
	Leg       string            `json:"leg"`
	Kind      string            `json:"kind,omitempty"`
	Ground    string            `json:"ground,omitempty"`
	// Template is the letter in the client's name, where we answer.
	Template string `json:"template,omitempty"`
	// On is the day on which a restriction is to end; "" = another instruction.
	On request.Day `json:"on,omitempty"`
	By string      `json:"by"`
}

// session is a signed-in client.
type session struct {
	*place
	secret string
	proof  identity.Proof
	client register.Client
	// deputy is true for who stands in for the contact: it reads, and no more.
	deputy bool
}

// placeOf loads where the visitor stands; nil when there is nothing (any more).
func (h *Handler) placeOf(v visit) (*place, error) {
	var p place
	ok, err := h.door.Load(v.Visit, placeRecord, &p)
	if err != nil || !ok {
		return nil, err
	}
	return &p, nil
}

// keep keeps where the visitor stands, under that secret.
func (h *Handler) keep(v visit, secret string, p *place) error {
	return h.door.SaveAs(v.Visit, placeRecord, secret, p)
}

// sessionOf finds the signed-in client; nil when there is none (any more). The
// client is read from the register every time: who is taken out is out.
func (h *Handler) sessionOf(v visit) (*session, error) {
	p, err := h.placeOf(v)
	if err != nil || p == nil {
		return nil, err
	}
	secret := h.door.SecretOf(v.R, placeRecord)
	proof, err := h.Proof.Proven(v.R.Context(), secret, identity.ForClient, p.Subject)
	if door.Refused(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	who, err := h.Register.ClientByEmail(v.R.Context(), p.Subject)
	if request.NotFound.Is(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find a signed-in client: %w", err)
	}
	if who.Client.ID == "" || !who.Reads() {
		return nil, nil
	}
	return &session{place: p, secret: secret, proof: proof, client: who.Client, deputy: who.Deputy}, nil
}

// formPage is one box and one button.
type formPage struct {
	pages.Frame
	Heading, Lead, Safe string
	Field               pages.Field
	Action, Button      string
	// Again asks for a new code; Only leaves nothing but that.
	Again      string
	Only       bool
	Spent      bool
	HelpList   []string
	HelpText   string
	HiddenLang request.Language
}

func (h *Handler) signInPage(v visit) error { return h.showDoor(v, http.StatusOK, "", "") }

func (h *Handler) showDoor(v visit, status int, typed, fault string) error {
	p := formPage{
		Frame: h.frame(v, v.Say("door.title"), "/inloggen"), Heading: v.Say("door.title"), Lead: v.Say("door.lead"),
		Action: h.address("/inloggen"), Button: v.Say("door.button"), HiddenLang: v.Lang,
		Field: pages.Field{ID: "email", Label: v.Say("door.email"), Hint: v.Say("door.email.hint"), Type: "email", Value: typed, Autocomplete: "email", Plain: true, Width: "w20", Lang: v.Lang},
	}
	if fault != "" {
		door.Faulty(v.Visit, &p.Frame, &p.Field, v.Say(fault))
	}
	return h.door.Show(v.Visit, status, "form", p)
}

// ask has a code sent, if the address is a client's; the visitor sees the same
// whether or not it is (A16).
func (h *Handler) ask(v visit) error {
	form, err := readForm(v)
	if err != nil {
		return err
	}
	if form.Get("taal") == "en" {
		v.Lang = request.English
	} else if form.Get("taal") == "nl" {
		v.Lang = request.Dutch
	}
	typed := strings.ToLower(form.Get("email"))
	a, err := mail.ParseAddress(typed)
	if err != nil || a.Address != typed || len(typed) > 254 {
		// Depends on what was typed only, and changes nothing.
		return h.showDoor(v, http.StatusUnprocessableEntity, door.Clip(form.Get("email"), 254), "fault.email")
	}
	subject, err := h.Keys.Key(v.R.Context(), "email", typed)
	if err != nil {
		return fmt.Errorf("key a client's address: %w", err)
	}
	// A new sign-in has a new secret: what was proven for another address, or
	// in another browser, does not come along (A23).
	secret, err := h.door.Secret()
	if err != nil {
		return err
	}
	return h.sendCode(v, secret, &place{Subject: subject, Lang: v.Lang})
}

func (h *Handler) sendCode(v visit, secret string, p *place) error {
	got, err := h.Proof.Ask(v.R.Context(), secret, identity.ForClient, p.Subject)
	p.Fault, p.N, p.Spent = "", 0, false
	switch {
	case request.TooMany.Is(err):
		p.Spent = true
	case err != nil:
		return err
	default:
		p.Until = got.Until
	}
	if err := h.keep(v, secret, p); err != nil {
		return err
	}
	return door.SeeOther(v.Visit, h.address("/code"))
}

func (h *Handler) showCode(v visit) error {
	p, err := h.placeOf(v)
	if err != nil {
		return err
	}
	if p == nil {
		return door.SeeOther(v.Visit, h.address("/inloggen"))
	}
	if v.R.URL.Query().Get("taal") == "" {
		v.Lang = p.Lang
	}
	page := formPage{
		Frame: h.frame(v, v.Say("code.title"), "/code"), Heading: v.Say("code.title"), Action: h.address("/code"), Button: v.Say("code.button"),
		Lead: v.Say("code.lead", "time", pages.Hour(v.Lang, p.Until)), Safe: v.Say("code.safe"),
		Again: v.Say("code.new"), Only: p.Fault == door.CodeSpent, Spent: p.Spent,
		HelpText: v.Say("code.none"), HelpList: []string{v.Say("code.none.spam"), v.Say("code.none.address", "email", h.House.Email)},
		Field: pages.Field{ID: "code", Label: v.Say("code.label"), Inputmode: "numeric", Autocomplete: "one-time-code", Plain: true, Big: true, Lang: v.Lang},
	}
	page.Back = h.address("/inloggen")
	switch {
	case p.Spent:
		page.Heading, page.Lead, page.Safe = v.Say("code.spent.title"), v.Say("code.spent.text"), ""
		page.Title = v.Say("frame.title", "page", page.Heading)
	case p.Fault != "":
		door.FaultyCode(v.Visit, &page.Frame, &page.Field, p.Fault, p.N)
	}
	return h.door.Show(v.Visit, http.StatusOK, "form", page)
}

// tryCode takes a code typed by a person into the browser that asked for it.
func (h *Handler) tryCode(v visit) error {
	form, err := readForm(v)
	if err != nil {
		return err
	}
	p, err := h.placeOf(v)
	if err != nil {
		return err
	}
	if p == nil {
		return door.SeeOther(v.Visit, h.address("/inloggen"))
	}
	ctx, secret := v.R.Context(), h.door.SecretOf(v.R, placeRecord)
	if form.Get("actie") == "nieuw" {
		return h.sendCode(v, secret, p)
	}
	_, fault, n, err := door.TryCode(ctx, h.Proof, secret, identity.ForClient, p.Subject, form.Get("code"))
	if err != nil {
		return err
	}
	p.Fault, p.N = fault, n
	if err := h.keep(v, secret, p); err != nil {
		return err
	}
	if fault != "" {
		return door.SeeOther(v.Visit, h.address("/code#fouten"))
	}
	return door.SeeOther(v.Visit, h.address("/"))
}

// longer keeps the client signed in for another half hour.
func (h *Handler) longer(v visit) error {
	if _, err := h.Proof.Extend(v.R.Context(), v.session.secret, identity.ForClient, v.session.Subject); err != nil && !door.Refused(err) {
		return err
	}
	return door.SeeOther(v.Visit, h.address("/"))
}

func (h *Handler) signOut(v visit) error {
	p, err := h.placeOf(v)
	if err != nil {
		return err
	}
	if p != nil {
		if err := h.Proof.End(v.R.Context(), h.door.SecretOf(v.R, placeRecord), identity.ForClient, p.Subject); err != nil {
			return err
		}
	}
	if err := h.door.Drop(v.Visit, placeRecord); err != nil {
		return err
	}
	return door.SeeOther(v.Visit, h.address("/uitgelogd"))
}

func (h *Handler) signedOut(v visit) error { return h.fault(v, http.StatusOK, "out") }
