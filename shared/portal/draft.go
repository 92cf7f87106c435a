package portal

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

const (
	// draftLife is over 20 hours, so no time-out warning is needed (WCAG 2.2.1).
	draftLife = 24 * time.Hour
	// visitLife outlives a code and the session after it.
	visitLife = 12 * time.Hour

	draftCookie = "verzoek"
	visitCookie = "bewijs"
)

// draft is what a person typed so far, as typed, and where they are. After
// sending only Sent is left: no personal data.
type draft struct {
	// Token makes sending twice one request.
	Token string `json:"token"`
	// Own is true on the road of one's own words.
	Own bool `json:"own,omitempty"`
	// Values are all boxes of all steps, as typed.
	Values url.Values `json:"values,omitempty"`
	// Foreign is true when the address is not a Dutch one.
	Foreign bool `json:"foreign,omitempty"`
	// Show names the step whose faults are to be shown.
	Show string `json:"show,omitempty"`
	// Large is true when the last post was larger than we take.
	Large bool `json:"large,omitempty"`
	// Asked is the step that waits for an answer about a BSN, NotBSN the
	// numbers of which the person said that they are something else.
	Asked  string   `json:"asked,omitempty"`
	NotBSN []string `json:"notBsn,omitempty"`
	// Typo is the e-mail address about which we asked once.
	Typo string `json:"typo,omitempty"`
	Sent *sent  `json:"sent,omitempty"`
	// today is the date in Amsterdam of the visit, for what lies in the past.
	today request.Day
}

// sent is what the confirmation says.
type sent struct {
	Reference request.Reference `json:"reference"`
	Received  time.Time         `json:"received"`
	SafeDue   request.Day       `json:"safeDue"`
	ByLetter  bool              `json:"byLetter,omitempty"`
	Bill      bool              `json:"bill,omitempty"`
	Stops     bool              `json:"stops,omitempty"`
}

func (d *draft) get(name string) string { return d.Values.Get(name) }

func (d *draft) has(name, value string) bool { return slices.Contains(d.Values[name], value) }

// random draws n bytes as text that fits a cookie and an address.
func (h *Handler) random(n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(h.Random, b); err != nil {
		return "", fmt.Errorf("draw a secret: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// keyOf is where a visitor's draft or visit is kept; whoever reads the store
// cannot use it as a cookie.
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

// secret reads a visitor's cookie; "" when there is none or it cannot be ours.
func (h *Handler) secret(r *http.Request, name string) string {
	c, err := r.Cookie(h.cookieName(name))
	if err != nil || len(c.Value) != 43 {
		return ""
	}
	return c.Value
}

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

// draftOf loads the visitor's draft; nil when there is none (any more).
func (h *Handler) draftOf(r *http.Request) (*draft, error) {
	var d draft
	ok, err := h.load(r.Context(), r, draftCookie, &d)
	if err != nil || !ok {
		return nil, err
	}
	if d.Values == nil {
		d.Values = url.Values{}
	}
	d.today = pages.Date(h.Now())
	return &d, nil
}

// load reads what is kept under the visitor's cookie; false when nothing is.
func (h *Handler) load(ctx context.Context, r *http.Request, cookie string, into any) (bool, error) {
	secret := h.secret(r, cookie)
	if secret == "" {
		return false, nil
	}
	b, err := h.Drafts.Draft(ctx, keyOf(cookie, secret))
	if request.NotFound.Is(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("load what a visitor typed: %w", err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return false, fmt.Errorf("read what a visitor typed: %w", err)
	}
	return true, nil
}

// save keeps value under the visitor's cookie and lengthens both lives; a
// visitor without a cookie gets one.
func (h *Handler) save(ctx context.Context, w http.ResponseWriter, r *http.Request, cookie string, life time.Duration, value any) error {
	secret := h.secret(r, cookie)
	if secret == "" {
		var err error
		if secret, err = h.random(32); err != nil {
			return err
		}
	}
	return h.saveAs(ctx, w, secret, cookie, life, value)
}

func (h *Handler) saveAs(ctx context.Context, w http.ResponseWriter, secret, cookie string, life time.Duration, value any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write what a visitor typed: %w", err)
	}
	if err := h.Drafts.PutDraft(ctx, keyOf(cookie, secret), b, h.Now().Add(life)); err != nil {
		return fmt.Errorf("keep what a visitor typed: %w", err)
	}
	h.setCookie(w, cookie, secret, life)
	return nil
}

// drop forgets what is kept under the visitor's cookie, and the cookie.
func (h *Handler) drop(ctx context.Context, w http.ResponseWriter, r *http.Request, cookie string) error {
	if secret := h.secret(r, cookie); secret != "" {
		if err := h.Drafts.DeleteDraft(ctx, keyOf(cookie, secret)); err != nil && !request.NotFound.Is(err) {
			return fmt.Errorf("forget what a visitor typed: %w", err)
		}
	}
	h.setCookie(w, cookie, "", 0)
	return nil
}

// limit is the largest form we take.
const limit = 64 << 10

// readForm reads a posted form. Of one that is too large it keeps the part up
// to the limit and says so, so that nothing a person typed is lost for
// nothing (ux §2.13).
func readForm(r *http.Request) (form url.Values, large bool, err error) {
	b, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return nil, false, fmt.Errorf("read a form: %w", err)
	}
	if len(b) > limit {
		large, b = true, b[:limit]
	}
	form = parseForm(string(b))
	if large {
		// The last character may have been cut in two.
		for _, values := range form {
			values[len(values)-1] = strings.TrimRight(values[len(values)-1], "\uFFFD")
		}
	}
	return form, large, nil
}

// parseForm reads what it can: a broken pair is taken as it stands rather
// than refused with all the others.
func parseForm(body string) url.Values {
	form := url.Values{}
	for pair := range strings.SplitSeq(body, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		form.Add(unescape(name), unescape(value))
	}
	return form
}

func unescape(s string) string {
	for cut := 0; cut <= 2 && cut <= len(s); cut++ {
		// A cut at the limit may have split an escape of three bytes.
		if plain, err := url.QueryUnescape(s[:len(s)-cut]); err == nil {
			return clean(plain)
		}
	}
	return clean(s)
}

// clean drops what no keyboard sends: broken UTF-8 and control characters,
// but for tabs and new lines (A34).
func clean(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n' || c == '\t':
			return c
		case c == '\r':
			return '\n'
		case c < 0x20 || c >= 0x7f && c < 0xa0:
			return -1
		// Marks that turn the direction of text make a name read as another.
		case c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 || c == 0xfeff:
			return -1
		}
		return c
	}, s)
}
