package client

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/mail"
	"strings"
	"time"
	"unicode"

	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

const (
	cookie = "klant"
	// visitLife outlives every proof.
	visitLife = identity.MaxProof + time.Hour
)

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
	Kind      string            `json:"kind"`
	Ground    string            `json:"ground,omitempty"`
	By        string            `json:"by"`
}

// session is a signed-in client.
type session struct {
	*place
	secret string
	proof  identity.Proof
	client register.Client
}

func (h *Handler) random() (string, error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(h.Random, b); err != nil {
		return "", fmt.Errorf("draw a secret: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// keyOf is where a visitor's place is kept; whoever reads the store cannot use
// it as a cookie.
func keyOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return "client/" + hex.EncodeToString(sum[:])
}

func (h *Handler) cookieName() string {
	if h.Secure {
		return "__Host-" + cookie
	}
	return cookie
}

func (h *Handler) secret(r *http.Request) string {
	c, err := r.Cookie(h.cookieName())
	if err != nil || len(c.Value) != 43 {
		return ""
	}
	return c.Value
}

func (h *Handler) setCookie(w http.ResponseWriter, value string) {
	age := int(visitLife.Seconds())
	if value == "" {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{
		Name: h.cookieName(), Value: value, Path: "/", MaxAge: age,
		Secure: h.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// placeOf loads where the visitor stands; nil when there is nothing (any more).
func (h *Handler) placeOf(r *http.Request) (*place, error) {
	secret := h.secret(r)
	if secret == "" {
		return nil, nil
	}
	b, err := h.Sessions.Draft(r.Context(), keyOf(secret))
	if request.NotFound.Is(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load a client's visit: %w", err)
	}
	var p place
	if err := json.Unmarshal(b, &p); err != nil {
		return nil, fmt.Errorf("read a client's visit: %w", err)
	}
	return &p, nil
}

func (h *Handler) keep(ctx context.Context, secret string, p *place) error {
	b, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("write a client's visit: %w", err)
	}
	if err := h.Sessions.PutDraft(ctx, keyOf(secret), b, h.Now().Add(visitLife)); err != nil {
		return fmt.Errorf("keep a client's visit: %w", err)
	}
	return nil
}

// sessionOf finds the signed-in client; nil when there is none (any more). The
// client is read from the register every time: who is taken out is out.
func (h *Handler) sessionOf(r *http.Request) (*session, error) {
	p, err := h.placeOf(r)
	if err != nil || p == nil {
		return nil, err
	}
	secret := h.secret(r)
	proof, err := h.Proof.Proven(r.Context(), secret, identity.ForClient, p.Subject)
	if refused(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c, err := h.Register.ClientByEmail(r.Context(), p.Subject)
	if request.NotFound.Is(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find a signed-in client: %w", err)
	}
	if c.ID == "" {
		return nil, nil
	}
	return &session{place: p, secret: secret, proof: proof, client: c}, nil
}

// refused reports whether a proof was not accepted, for whatever reason.
func refused(err error) bool {
	var fault *request.Error
	if !errors.As(err, &fault) {
		return false
	}
	switch fault.Code {
	case request.ProofTooLow, request.NotFound, request.Forbidden, request.InputRefused:
		return true
	}
	return false
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

func (h *Handler) door(v visit) error { return h.showDoor(v, http.StatusOK, "", "") }

func (h *Handler) showDoor(v visit, status int, typed, fault string) error {
	p := formPage{
		Frame: h.frame(v, v.say("door.title"), "/inloggen"), Heading: v.say("door.title"), Lead: v.say("door.lead"),
		Action: h.address("/inloggen"), Button: v.say("door.button"), HiddenLang: v.lang,
		Field: pages.Field{ID: "email", Label: v.say("door.email"), Hint: v.say("door.email.hint"), Type: "email", Value: typed, Autocomplete: "email", Plain: true, Width: "w20", Lang: v.lang},
	}
	if fault != "" {
		p.Field.Error = v.say(fault)
		p.Title = v.say("frame.title.faults", "title", p.Title)
		p.Faults = []pages.Fault{{Place: "email", Text: p.Field.Error}}
	}
	return h.show(v, status, "form", p)
}

// ask has a code sent, if the address is a client's; the visitor sees the same
// whether or not it is (A16).
func (h *Handler) ask(v visit) error {
	form, err := readForm(v)
	if err != nil {
		return err
	}
	if form.Get("taal") == "en" {
		v.lang = request.English
	} else if form.Get("taal") == "nl" {
		v.lang = request.Dutch
	}
	typed := strings.ToLower(form.Get("email"))
	a, err := mail.ParseAddress(typed)
	if err != nil || a.Address != typed || len(typed) > 254 {
		// Depends on what was typed only, and changes nothing.
		return h.showDoor(v, http.StatusUnprocessableEntity, clip(form.Get("email"), 254), "fault.email")
	}
	subject, err := h.Keys.Key(v.r.Context(), "email", typed)
	if err != nil {
		return fmt.Errorf("key a client's address: %w", err)
	}
	// A new sign-in has a new secret: what was proven for another address, or
	// in another browser, does not come along (A23).
	secret, err := h.random()
	if err != nil {
		return err
	}
	h.setCookie(v.w, secret)
	return h.sendCode(v, secret, &place{Subject: subject, Lang: v.lang})
}

func (h *Handler) sendCode(v visit, secret string, p *place) error {
	got, err := h.Proof.Ask(v.r.Context(), secret, identity.ForClient, p.Subject)
	p.Fault, p.N, p.Spent = "", 0, false
	switch {
	case request.TooMany.Is(err):
		p.Spent = true
	case err != nil:
		return err
	default:
		p.Until = got.Until
	}
	if err := h.keep(v.r.Context(), secret, p); err != nil {
		return err
	}
	return h.to(v, h.address("/code"))
}

func (h *Handler) showCode(v visit) error {
	p, err := h.placeOf(v.r)
	if err != nil {
		return err
	}
	if p == nil {
		return h.to(v, h.address("/inloggen"))
	}
	if v.r.URL.Query().Get("taal") == "" {
		v.lang = p.Lang
	}
	page := formPage{
		Frame: h.frame(v, v.say("code.title"), "/code"), Heading: v.say("code.title"), Action: h.address("/code"), Button: v.say("code.button"),
		Lead: v.say("code.lead", "time", pages.Hour(v.lang, p.Until)), Safe: v.say("code.safe"),
		Again: v.say("code.new"), Only: p.Fault == "fault.code.spent", Spent: p.Spent,
		HelpText: v.say("code.none"), HelpList: []string{v.say("code.none.spam"), v.say("code.none.address", "email", h.House.Email)},
		Field: pages.Field{ID: "code", Label: v.say("code.label"), Inputmode: "numeric", Autocomplete: "one-time-code", Plain: true, Big: true, Lang: v.lang},
	}
	page.Back = h.address("/inloggen")
	switch {
	case p.Spent:
		page.Heading, page.Lead, page.Safe = v.say("code.spent.title"), v.say("code.spent.text"), ""
		page.Title = v.say("frame.title", "page", page.Heading)
	case p.Fault != "":
		text := v.say("fault.code")
		if p.Fault == "fault.code.length" {
			text = v.say(p.Fault, "n", p.N)
		}
		page.Field.Error = text
		page.Title = v.say("frame.title.faults", "title", page.Title)
		page.Faults = []pages.Fault{{Place: "code", Text: text}}
		if page.Only {
			page.Faults[0].Place = ""
		}
	}
	return h.show(v, http.StatusOK, "form", page)
}

// readCode reads a code as people type or paste it; n counts the digits.
func readCode(s string) (code string, n int, ok bool) {
	var b strings.Builder
	other := false
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			b.WriteRune(c)
		case unicode.IsSpace(c) || unicode.Is(unicode.Pd, c) || c == '.':
		default:
			other = true
		}
	}
	return b.String(), b.Len(), !other && b.Len() == identity.CodeDigits
}

// tryCode takes a code typed by a person into the browser that asked for it.
func (h *Handler) tryCode(v visit) error {
	form, err := readForm(v)
	if err != nil {
		return err
	}
	p, err := h.placeOf(v.r)
	if err != nil {
		return err
	}
	if p == nil {
		return h.to(v, h.address("/inloggen"))
	}
	ctx, secret := v.r.Context(), h.secret(v.r)
	if form.Get("actie") == "nieuw" {
		return h.sendCode(v, secret, p)
	}
	wrong := func(fault string, n int) error {
		p.Fault, p.N = fault, n
		if err := h.keep(ctx, secret, p); err != nil {
			return err
		}
		return h.to(v, h.address("/code#fouten"))
	}
	code, n, ok := readCode(form.Get("code"))
	if !ok {
		// Costs no try: it depends on what was typed only.
		return wrong("fault.code.length", n)
	}
	_, err = h.Proof.Try(ctx, secret, identity.ForClient, p.Subject, code)
	if refused(err) {
		// A double click: the code was used, in this very session.
		if _, before := h.Proof.Proven(ctx, secret, identity.ForClient, p.Subject); before == nil {
			err = nil
		}
	}
	switch {
	case request.TooMany.Is(err):
		return wrong("fault.code.spent", 0)
	case refused(err):
		// Wrong, expired, used, of nobody: one text, one status (A16).
		return wrong("fault.code", 0)
	case err != nil:
		return err
	}
	p.Fault, p.N = "", 0
	if err := h.keep(ctx, secret, p); err != nil {
		return err
	}
	return h.to(v, h.address("/"))
}

// longer keeps the client signed in for another half hour.
func (h *Handler) longer(v visit) error {
	if _, err := h.Proof.Extend(v.r.Context(), v.session.secret, identity.ForClient, v.session.Subject); err != nil && !refused(err) {
		return err
	}
	return h.to(v, h.address("/"))
}

func (h *Handler) signOut(v visit) error {
	p, err := h.placeOf(v.r)
	if err != nil {
		return err
	}
	h.setCookie(v.w, "")
	if p != nil {
		secret := h.secret(v.r)
		if err := h.Proof.End(v.r.Context(), secret, identity.ForClient, p.Subject); err != nil {
			return err
		}
		if err := h.Sessions.DeleteDraft(v.r.Context(), keyOf(secret)); err != nil && !request.NotFound.Is(err) {
			return fmt.Errorf("forget a client's visit: %w", err)
		}
	}
	return h.to(v, h.address("/uitgelogd"))
}

func (h *Handler) signedOut(v visit) error { return h.fault(v, http.StatusOK, "out") }

// clip keeps the first n bytes' worth of whole characters.
func clip(s string, n int) string {
	for i := range s {
		if i >= n {
			return s[:i]
		}
	}
	return s
}
