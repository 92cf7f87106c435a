package desk

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/request"
)

const (
	// sessionLife is how long a sign-in lasts at most, idleLife how long it
	// lasts unused.
	sessionLife = 8 * time.Hour
	idleLife    = time.Hour
	// touchEvery bounds the writes that note that somebody is at work.
	touchEvery = time.Minute
	// signInLife is how long the way to the issuer and back may take.
	signInLife = 10 * time.Minute

	sessionCookie = "desk"
	signInCookie  = "desk-signin"
)

// session is one sign-in of a member of staff.
type session struct {
	Actor   casework.Actor `json:"actor"`
	Started time.Time      `json:"started"`
	Seen    time.Time      `json:"seen"`
	// Told is the key of the notice about what was just done.
	Told string `json:"told,omitempty"`
}

// until is the end of a session that is not used any more.
func (s session) until() time.Time {
	idle, most := s.Seen.Add(idleLife), s.Started.Add(sessionLife)
	if idle.After(most) {
		return most
	}
	return idle
}

// random draws n bytes as text that fits a cookie and an address.
func (h *Handler) random(n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(h.Random, b); err != nil {
		return "", fmt.Errorf("draw a secret: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// keyOf is where a cookie's record is kept; whoever reads the store cannot use
// it as a cookie.
func keyOf(kind, secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return kind + "/" + hex.EncodeToString(sum[:])
}

func (h *Handler) cookieName(name string) string {
	if h.Secure {
		return "__Host-" + name
	}
	return name
}

// secret reads a cookie; "" when there is none or it cannot be ours.
func (h *Handler) secret(r *http.Request, name string) string {
	c, err := r.Cookie(h.cookieName(name))
	if err != nil || len(c.Value) != 43 {
		return ""
	}
	return c.Value
}

// setCookie sets a cookie of one name, or takes it away with value "". It is
// Lax: a Strict one is not sent on the way back from the issuer.
func (h *Handler) setCookie(w http.ResponseWriter, name, value string, life time.Duration) {
	age := int(life.Seconds())
	if value == "" {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{
		Name: h.cookieName(name), Value: value, Path: "/", MaxAge: age,
		Secure: h.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// load reads what is kept under a cookie; false when nothing is (any more).
func (h *Handler) load(r *http.Request, cookie string, into any) (bool, error) {
	secret := h.secret(r, cookie)
	if secret == "" {
		return false, nil
	}
	b, err := h.Sessions.Draft(r.Context(), keyOf(cookie, secret))
	if request.NotFound.Is(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("load a session: %w", err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return false, fmt.Errorf("read a session: %w", err)
	}
	return true, nil
}

// save keeps a record under a new secret and gives the cookie.
func (h *Handler) save(ctx context.Context, w http.ResponseWriter, cookie string, life time.Duration, value any) error {
	secret, err := h.random(32)
	if err != nil {
		return err
	}
	if err := h.put(ctx, cookie, secret, value, h.Now().Add(life)); err != nil {
		return err
	}
	h.setCookie(w, cookie, secret, life)
	return nil
}

func (h *Handler) put(ctx context.Context, cookie, secret string, value any, until time.Time) error {
	b, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write a session: %w", err)
	}
	if err := h.Sessions.PutDraft(ctx, keyOf(cookie, secret), b, until); err != nil {
		return fmt.Errorf("keep a session: %w", err)
	}
	return nil
}

// forget forgets what is kept under a cookie.
func (h *Handler) forget(r *http.Request, cookie string) error {
	secret := h.secret(r, cookie)
	if secret == "" {
		return nil
	}
	if err := h.Sessions.DeleteDraft(r.Context(), keyOf(cookie, secret)); err != nil && !request.NotFound.Is(err) {
		return fmt.Errorf("forget a session: %w", err)
	}
	return nil
}

// drop forgets what is kept under a cookie, and the cookie.
func (h *Handler) drop(w http.ResponseWriter, r *http.Request, cookie string) error {
	h.setCookie(w, cookie, "", 0)
	return h.forget(r, cookie)
}

// sessionOf finds who is signed in; nil when nobody is, or not any more. The
// ends are checked here too: the store may forget late (F09).
func (h *Handler) sessionOf(r *http.Request) (*session, error) {
	var s session
	ok, err := h.load(r, sessionCookie, &s)
	if err != nil || !ok {
		return nil, err
	}
	now := h.Now().UTC()
	if s.Actor.ID == "" || !s.until().After(now) {
		return nil, nil
	}
	if now.Sub(s.Seen) >= touchEvery {
		s.Seen = now
		if err := h.keep(r, &s); err != nil {
			return nil, err
		}
	}
	return &s, nil
}

// keep writes a session that is there already.
func (h *Handler) keep(r *http.Request, s *session) error {
	return h.put(r.Context(), sessionCookie, h.secret(r, sessionCookie), s, s.until())
}
