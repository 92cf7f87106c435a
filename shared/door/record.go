package door

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

	"github.com/allclaims/rightsdesk/shared/request"
)

// Drafts keeps what stands behind a visitor's cookies: who is signed in, what
// they are typing. Keys tell nothing: they are hashes of a cookie. Draft answers
// request.NotFound for one that is gone or expired.
type Drafts interface {
	Draft(ctx context.Context, key string) ([]byte, error)
	PutDraft(ctx context.Context, key string, body []byte, expires time.Time) error
	DeleteDraft(ctx context.Context, key string) error
}

// Record is one thing that a site remembers of a visitor: a cookie that holds a
// secret and nothing else, and what is kept under its hash.
type Record struct {
	// Cookie is its name, without the prefix that https adds.
	Cookie string
	// Life is how long cookie and record last after they were saved.
	Life time.Duration
}

// secretLength is the length of a secret of 32 bytes in a cookie.
const secretLength = 43

// key is where the record is kept; whoever reads the store cannot use it as a cookie.
func (k Record) key(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return k.Cookie + "/" + hex.EncodeToString(sum[:])
}

// Draw draws n bytes as text that fits a cookie and an address.
func (d *Door) Draw(n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(d.Random, b); err != nil {
		return "", fmt.Errorf("draw a secret: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// Secret draws a secret for a new record.
func (d *Door) Secret() (string, error) { return d.Draw(32) }

func (d *Door) cookieName(k Record) string {
	if d.Secure {
		return "__Host-" + k.Cookie
	}
	return k.Cookie
}

// SecretOf reads the visitor's secret; "" when there is none or it cannot be ours.
func (d *Door) SecretOf(r *http.Request, k Record) string {
	c, err := r.Cookie(d.cookieName(k))
	if err != nil || len(c.Value) != secretLength {
		return ""
	}
	return c.Value
}

// setCookie gives the cookie, or takes it away with secret "". It is Lax: a
// Strict one is not sent on the way back from an issuer.
func (d *Door) setCookie(w http.ResponseWriter, k Record, secret string) {
	age := int(k.Life.Seconds())
	if secret == "" {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{
		Name: d.cookieName(k), Value: secret, Path: "/", MaxAge: age,
		Secure: d.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// Load reads what is kept under the visitor's cookie; false when nothing is (any more).
func (d *Door) Load(v Visit, k Record, into any) (bool, error) {
	secret := d.SecretOf(v.R, k)
	if secret == "" {
		return false, nil
	}
	b, err := d.Drafts.Draft(v.R.Context(), k.key(secret))
	if request.NotFound.Is(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("load the record %s: %w", k.Cookie, err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return false, fmt.Errorf("read the record %s: %w", k.Cookie, err)
	}
	return true, nil
}

// Save keeps value under the visitor's cookie and lengthens both lives; a
// visitor without a cookie gets one.
func (d *Door) Save(v Visit, k Record, value any) error {
	secret := d.SecretOf(v.R, k)
	if secret == "" {
		return d.SaveNew(v, k, value)
	}
	return d.SaveAs(v, k, secret, value)
}

// SaveNew keeps value under a new secret: what stood in this browser before,
// or was put there by another, does not come along (A23).
func (d *Door) SaveNew(v Visit, k Record, value any) error {
	secret, err := d.Secret()
	if err != nil {
		return err
	}
	return d.SaveAs(v, k, secret, value)
}

// SaveAs keeps value under that secret and gives the cookie.
func (d *Door) SaveAs(v Visit, k Record, secret string, value any) error {
	if err := d.Put(v, k, secret, value, d.Now().Add(k.Life)); err != nil {
		return err
	}
	d.setCookie(v.W, k, secret)
	return nil
}

// Put keeps value under that secret until then; the cookie stays as it is.
func (d *Door) Put(v Visit, k Record, secret string, value any, until time.Time) error {
	b, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write the record %s: %w", k.Cookie, err)
	}
	if err := d.Drafts.PutDraft(v.R.Context(), k.key(secret), b, until); err != nil {
		return fmt.Errorf("keep the record %s: %w", k.Cookie, err)
	}
	return nil
}

// Forget forgets what is kept under the visitor's cookie.
func (d *Door) Forget(v Visit, k Record) error {
	secret := d.SecretOf(v.R, k)
	if secret == "" {
		return nil
	}
	if err := d.Drafts.DeleteDraft(v.R.Context(), k.key(secret)); err != nil && !request.NotFound.Is(err) {
		return fmt.Errorf("forget the record %s: %w", k.Cookie, err)
	}
	return nil
}

// Drop forgets what is kept under the visitor's cookie, and takes the cookie away.
func (d *Door) Drop(v Visit, k Record) error {
	d.setCookie(v.W, k, "")
	return d.Forget(v, k)
}
