package portal

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

//go:embed words all:templates
var files embed.FS

// site are the parsed pages; a fault in them stops every test and the start.
var site = func() *pages.Set {
	words, err := pages.LoadWords(files, "words")
	if err != nil {
		panic(err)
	}
	set, err := pages.Load(files, "templates", words)
	if err != nil {
		panic(err)
	}
	return set
}()

// Handler is the public site. Every field without a remark is needed.
type Handler struct {
	Requests   Requests
	Proof      Proof
	Proving    Proving
	Drafts     Drafts
	Understand Understand
	// House is how to reach us; an empty part is left out.
	House letters.House
	// DebtHelp names free help with money, such as "geldfit.nl"; "" = leave the line out.
	DebtHelp string
	// Base is the path before all others, such as "" or "/Prod".
	Base string
	// Origin is the site's own origin, such as "https://rechten.allclaims.nl": browsers
	// that say no more than Origin are let in by it where the host's name is
	// lost on the way here. "" = the host's name decides.
	Origin string
	// Secure is true where the site is served over https: __Host- cookies, HSTS.
	Secure bool
	Now    func() time.Time
	// Random must be a CSPRNG.
	Random io.Reader
	Log    *slog.Logger

	once sync.Once
	root http.Handler
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.once.Do(func() { h.root = h.build() })
	h.root.ServeHTTP(w, r)
}

func (h *Handler) build() http.Handler {
	mux := http.NewServeMux()
	for _, route := range routes {
		serve := route.serve
		if !route.Lang {
			mux.HandleFunc(route.Method+" "+route.Path, func(w http.ResponseWriter, r *http.Request) {
				h.run(w, r, request.Dutch, serve)
			})
			continue
		}
		for _, lang := range pages.Languages {
			mux.HandleFunc(route.Method+" /"+string(lang)+route.Path, func(w http.ResponseWriter, r *http.Request) {
				h.run(w, r, lang, serve)
			})
		}
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		h.run(w, r, langOfPath(r.URL.Path), (*Handler).notFound)
	})
	guard := http.NewCrossOriginProtection()
	if h.Origin != "" {
		if err := guard.AddTrustedOrigin(h.Origin); err != nil {
			panic(fmt.Sprintf("the origin of the site: %v", err))
		}
	}
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A27: a form on another site may not post here.
		h.run(w, r, langOfPath(r.URL.Path), func(h *Handler, v visit) error {
			return h.fault(v, http.StatusForbidden, "gone")
		})
	}))
	return pages.Headers(h.Secure, h.stripBase(guard.Handler(mux)))
}

// stripBase takes the base path off where the way here left it on: API
// Gateway takes its stage off, a plain proxy does not.
func (h *Handler) stripBase(next http.Handler) http.Handler {
	if h.Base == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == h.Base || strings.HasPrefix(r.URL.Path, h.Base+"/") {
			http.StripPrefix(h.Base, next).ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// visit is one request of a visitor in one language.
type visit struct {
	w    http.ResponseWriter
	r    *http.Request
	lang request.Language
}

// run serves a page and turns what goes wrong into a page too. The log gets
// the path of the route and a code, never what was typed.
func (h *Handler) run(w http.ResponseWriter, r *http.Request, lang request.Language, serve func(*Handler, visit) error) {
	v := visit{w: w, r: r, lang: lang}
	defer func() {
		if p := recover(); p != nil {
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			h.Log.Error("page panicked", "route", r.Pattern)
			h.broken(v, http.StatusInternalServerError)
		}
	}()
	err := serve(h, v)
	switch {
	case err == nil:
	case request.TooMany.Is(err):
		w.Header().Set("Retry-After", "60")
		h.broken(v, http.StatusTooManyRequests)
	case request.NotFound.Is(err):
		if err := h.notFound(v); err != nil {
			h.broken(v, http.StatusInternalServerError)
		}
	default:
		var fault *request.Error
		code := "unknown"
		if errors.As(err, &fault) {
			code = string(fault.Code)
		}
		// Errors of the domain carry ids and codes only (I13).
		h.Log.Error("page failed", "route", r.Pattern, "code", code, "error", err.Error())
		h.broken(v, http.StatusServiceUnavailable)
	}
}

func langOfPath(path string) request.Language {
	if strings.HasPrefix(path, "/en/") || path == "/en" {
		return request.English
	}
	return request.Dutch
}

// say gives words in the visitor's language; a key that is not there is a
// fault that the tests find, so it panics into the error page.
func (v visit) say(key string, args ...any) string {
	s, err := site.Words().Say(v.lang, key, args...)
	if err != nil {
		panic(err)
	}
	return s
}

func (v visit) rich(key string, args ...any) template.HTML {
	s, err := site.Words().Rich(v.lang, key, args...)
	if err != nil {
		panic(err)
	}
	return s
}

// address builds an address on this site.
func (h *Handler) address(lang request.Language, path string) string {
	return h.Base + "/" + string(lang) + path
}

// to answers a POST: look there now (303), so that Back and Reload never send
// a form again.
func (h *Handler) to(v visit, path string) error {
	http.Redirect(v.w, v.r, h.address(v.lang, path), http.StatusSeeOther)
	return nil
}

// frame is what stands around a page; path is the page's own path, for the
// link to its twin in the other language.
func (h *Handler) frame(v visit, title, path string) pages.Frame {
	other := pages.Other(v.lang)
	f := pages.Frame{
		Lang:  v.lang,
		Title: v.say("frame.title", "page", title),
		Style: h.Base + pages.StylePath,
		Name:  v.say("site.name"),
		Home:  h.address(v.lang, "/"),
		Help:  &pages.Help{Email: h.House.Email, Phone: h.House.Phone, Post: h.House.Address},
		Foot: []pages.Link{
			{Address: v.say("site.ap.address"), Text: v.say("site.ap"), Outside: true},
			{Address: h.address(v.lang, "/toegankelijkheid"), Text: v.say("site.access")},
		},
	}
	if h.House.PrivacyPage != "" {
		f.Foot = append([]pages.Link{{Address: h.House.PrivacyPage, Text: v.say("site.privacy"), Outside: true}}, f.Foot...)
	}
	if path != "" {
		f.Switch = &pages.Switch{To: other, Address: h.address(other, path)}
	}
	return f
}

// show renders a page.
func (h *Handler) show(v visit, status int, page string, data any) error {
	if err := site.Render(v.w, status, page, data); err != nil {
		return fmt.Errorf("show a page: %w", err)
	}
	return nil
}
