package pages

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the stylesheet
	"encoding/base64"
	"encoding/hex"
	"html/template"
	"net/http"
	"regexp"
	"time"
)

//go:embed pages.css
var source []byte

// style is the stylesheet as it travels: without comments and indents.
var style = regexp.MustCompile(`\s+`).ReplaceAll(regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAll(source, nil), []byte(" "))

var styleSum = sha256.Sum256(style)

var styleHash = hex.EncodeToString(styleSum[:6])

// InlineStyle is the stylesheet for pages that bring it with them.
func InlineStyle() template.CSS { return template.CSS(style) } //nolint:gosec // our own file

// StylePath is the path of the stylesheet below a site's base path; it holds a
// hash of the content, so that browsers may keep it for ever.
var StylePath = "/static/pages-" + styleHash + ".css"

// Stylesheet is the source of the stylesheet.
func Stylesheet() []byte { return bytes.Clone(source) }

// ServeStyle answers requests for StylePath, and 404 for any other name, such
// as that of an older version.
func ServeStyle(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != StylePath {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(style))
}

// policy allows one stylesheet of ours, as a file or by its hash within a page,
// and forms to ourselves, and nothing else: no script, no frame, no image, no
// font, no other host (A28).
var policy = "default-src 'none'; style-src 'self' 'sha256-" + base64.StdEncoding.EncodeToString(styleSum[:]) +
	"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Arrives reports whether a visitor comes from elsewhere, so that the browser
// may not have the stylesheet yet: then it travels within the page, which saves
// a slow line one way there and back (U-15). A browser that does not say where
// it comes from gets it too.
func Arrives(r *http.Request) bool { return r.Header.Get("Sec-Fetch-Site") != "same-origin" }

// Headers puts the security headers on every answer of next (A24, A27, A28).
// secure adds HSTS: every stage but the local one is https only.
func Headers(secure bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("X-Robots-Tag", "noindex")
		if secure {
			h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}
