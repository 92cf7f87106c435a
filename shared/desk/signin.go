package desk

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// SignIn lets staff in through any OpenID Connect issuer: authorization code
// with PKCE (S256), state and nonce. Every field without a remark is needed.
type SignIn struct {
	// Issuer is the name that stands in the tokens. Discovery is where its
	// configuration is found, without /.well-known/…; "" = at Issuer.
	Issuer, Discovery string
	ClientID          string
	// ClientSecret is "" for a public client.
	ClientSecret string
	// Callback is the full address of the desk's /callback.
	Callback string
	// Claim holds the roles; "" = cognito:groups, or else groups.
	Claim string
	// HTTP reaches the issuer; nil = a client that waits ten seconds.
	HTTP *http.Client
	Now  func() time.Time

	mu       sync.Mutex
	provider *oidc.Provider
}

// errSignIn is what every refused sign-in wraps: which check failed is for the
// log, not for the page.
var errSignIn = errors.New("sign in")

func (s *SignIn) context(ctx context.Context) context.Context {
	client := s.HTTP
	if client == nil {
		client = &http.Client{Timeout: 10 * time.Second}
	}
	return oidc.ClientContext(ctx, client)
}

// discover reads the issuer's configuration once; a failure is not kept.
func (s *SignIn) discover(ctx context.Context) (*oidc.Provider, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.provider != nil {
		return s.provider, nil
	}
	at := s.Discovery
	if at == "" {
		at = s.Issuer
	}
	// The provider keeps this context for its keys, longer than one request.
	ctx = s.context(context.WithoutCancel(ctx))
	if at != s.Issuer {
		ctx = oidc.InsecureIssuerURLContext(ctx, s.Issuer)
	}
	p, err := oidc.NewProvider(ctx, at)
	if err != nil {
		return nil, fmt.Errorf("%w: read the issuer's configuration: %w", errSignIn, err)
	}
	s.provider = p
	return p, nil
}

func (s *SignIn) config(p *oidc.Provider) oauth2.Config {
	return oauth2.Config{
		ClientID: s.ClientID, ClientSecret: s.ClientSecret, Endpoint: p.Endpoint(), RedirectURL: s.Callback,
		Scopes: []string{oidc.ScopeOpenID, "profile"},
	}
}

// attempt is one way to the issuer and back.
type attempt struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	// To is the page that was asked for, a path of ours.
	To string `json:"to"`
}

// begin gives the issuer's address for that attempt. again asks the issuer to
// have the person sign in anew, after they signed out here.
func (s *SignIn) begin(ctx context.Context, a attempt, again bool) (string, error) {
	p, err := s.discover(ctx)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)}
	if again {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"))
	}
	config := s.config(p)
	return config.AuthCodeURL(a.State, options...), nil
}

// finish exchanges the code and checks what came: signature, issuer, audience,
// end and nonce. What it answers is vouched for by the issuer.
func (s *SignIn) finish(ctx context.Context, code string, a attempt) (casework.Actor, error) {
	p, err := s.discover(ctx)
	if err != nil {
		return casework.Actor{}, err
	}
	ctx = s.context(ctx)
	config := s.config(p)
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return casework.Actor{}, fmt.Errorf("%w: exchange the code", errSignIn)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return casework.Actor{}, fmt.Errorf("%w: there is no id token", errSignIn)
	}
	id, err := p.Verifier(&oidc.Config{ClientID: s.ClientID, Now: s.Now}).Verify(ctx, raw)
	if err != nil {
		return casework.Actor{}, fmt.Errorf("%w: the id token is not good", errSignIn)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(a.Nonce)) != 1 {
		return casework.Actor{}, fmt.Errorf("%w: the nonce is another", errSignIn)
	}
	if id.AccessTokenHash != "" {
		if err := id.VerifyAccessToken(token.AccessToken); err != nil {
			return casework.Actor{}, fmt.Errorf("%w: the access token is another", errSignIn)
		}
	}
	claims := map[string]json.RawMessage{}
	if err := id.Claims(&claims); err != nil || id.Subject == "" {
		return casework.Actor{}, fmt.Errorf("%w: the claims cannot be read", errSignIn)
	}
	return casework.Actor{ID: id.Subject, Name: nameIn(claims, id.Subject), Roles: s.rolesIn(claims)}, nil
}

func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return strings.TrimSpace(door.Clean(s))
}

func nameIn(claims map[string]json.RawMessage, subject string) string {
	for _, claim := range []string{"name", "preferred_username", "cognito:username", "email"} {
		if s := text(claims[claim]); s != "" {
			return s
		}
	}
	return subject
}

// rolesIn keeps the groups that are roles of ours; there is no other way to one.
func (s *SignIn) rolesIn(claims map[string]json.RawMessage) []string {
	names := []string{s.Claim}
	if s.Claim == "" {
		names = []string{"cognito:groups", "groups"}
	}
	var roles []string
	for _, name := range names {
		raw, ok := claims[name]
		if !ok {
			continue
		}
		var groups []string
		if json.Unmarshal(raw, &groups) != nil {
			groups = []string{text(raw)}
		}
		for _, role := range allRoles {
			if slices.Contains(groups, role) {
				roles = append(roles, role)
			}
		}
		break
	}
	return roles
}

// doorPage is where nobody is signed in yet.
type doorPage struct {
	pages.Frame
	Heading, Text string
	Start         string
}

// pathTo gives a path of ours that may be shown after the sign-in: the page of
// a request, or else the queue.
func pathTo(typed string) string {
	if ref, ok := request.ParseReference(strings.TrimPrefix(typed, "/verzoek/")); ok && strings.HasPrefix(typed, "/verzoek/") {
		return "/verzoek/" + string(ref)
	}
	return "/"
}

// toDoor leads who is not signed in to the door, and remembers where to.
func (h *Handler) toDoor(v visit) error {
	to := "/inloggen"
	if path := pathTo(v.R.URL.Path); path != "/" {
		to += "?naar=" + url.QueryEscape(path)
	}
	return door.SeeOther(v.Visit, h.address(to))
}

func (h *Handler) signInPage(v visit) error { return h.showDoor(v, http.StatusOK, "door", "") }

func (h *Handler) showDoor(v visit, status int, kind, more string) error {
	start := "/inloggen/start?naar=" + url.QueryEscape(pathTo(v.R.URL.Query().Get("naar"))) + more
	return h.door.Show(v.Visit, status, "door", doorPage{
		Frame: h.frame(v, v.Say("page."+kind+".title")), Heading: v.Say("page." + kind + ".title"), Text: v.Say("page." + kind + ".text"),
		Start: h.address(start),
	})
}

// beginSignIn leads to the issuer. It is a GET because a form may post to
// ourselves only; it changes nothing but this browser's own attempt.
func (h *Handler) beginSignIn(v visit) error {
	a := attempt{To: pathTo(v.R.URL.Query().Get("naar")), Verifier: oauth2.GenerateVerifier()}
	var err error
	if a.State, err = h.door.Secret(); err != nil {
		return err
	}
	if a.Nonce, err = h.door.Secret(); err != nil {
		return err
	}
	to, err := h.SignIn.begin(v.R.Context(), a, v.R.URL.Query().Get("opnieuw") == "1")
	if err != nil {
		return h.refuseSignIn(v, http.StatusServiceUnavailable, "away", err)
	}
	if err := h.door.SaveNew(v.Visit, signInRecord, a); err != nil {
		return err
	}
	http.Redirect(v.W, v.R, to, http.StatusFound)
	return nil
}

// callback takes what the issuer sends back: only for the attempt of this very
// browser, and once.
func (h *Handler) callback(v visit) error {
	var a attempt
	ok, err := h.door.Load(v.Visit, signInRecord, &a)
	if err != nil {
		return err
	}
	if err := h.door.Drop(v.Visit, signInRecord); err != nil {
		return err
	}
	q := v.R.URL.Query()
	if !ok || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(a.State)) != 1 {
		return h.refuseSignIn(v, http.StatusBadRequest, "again", fmt.Errorf("%w: the state is another", errSignIn))
	}
	if q.Get("code") == "" {
		return h.refuseSignIn(v, http.StatusForbidden, "again", fmt.Errorf("%w: the issuer refused", errSignIn))
	}
	actor, err := h.SignIn.finish(v.R.Context(), q.Get("code"), a)
	if err != nil {
		return h.refuseSignIn(v, http.StatusForbidden, "again", err)
	}
	// A session that stood in this browser before ends here.
	if err := h.door.Forget(v.Visit, sessionRecord); err != nil {
		return err
	}
	if err := h.Cases.SignedIn(v.R.Context(), actor); err != nil {
		// Nobody is kept out because a list of names could not be written.
		h.Log.Warn("sign-in not noted", "code", string(door.CodeOf(err)))
	}
	now := h.Now().UTC()
	if err := h.door.SaveNew(v.Visit, sessionRecord, session{Actor: actor, Started: now, Seen: now}); err != nil {
		return err
	}
	return door.SeeOther(v.Visit, h.address(pathTo(a.To)))
}

func (h *Handler) refuseSignIn(v visit, status int, kind string, why error) error {
	h.Log.Warn("sign-in refused", "why", why.Error())
	return h.showDoor(v, status, kind, "&opnieuw=1")
}

// signOut ends the session here; the issuer is asked to forget at the next sign-in.
func (h *Handler) signOut(v visit) error {
	if err := h.door.Drop(v.Visit, sessionRecord); err != nil {
		return err
	}
	return door.SeeOther(v.Visit, h.address("/uitgelogd"))
}

func (h *Handler) signedOut(v visit) error { return h.showDoor(v, http.StatusOK, "out", "&opnieuw=1") }
