package client

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
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

// Handler is the clients' site. Every field without a remark is needed.
type Handler struct {
	Cases    Cases
	Proof    Proof
	Keys     Keys
	Register Register
	Sessions Sessions
	// House is how to reach us; an empty part is left out.
	House    letters.House
	Calendar deadline.Calendar
	// Base is the path before all others, such as "/client"; "" on a host of its own.
	Base string
	// Origin is the site's own origin: browsers that say no more than Origin
	// are let in by it where the host's name is lost on the way here. "" = the
	// host's name decides.
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
		mux.HandleFunc(route.Method+" "+route.Path, func(w http.ResponseWriter, r *http.Request) {
			h.run(w, r, func(h *Handler, v visit) error { return h.admit(v, route) })
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { h.run(w, r, (*Handler).notFound) })
	guard := http.NewCrossOriginProtection()
	if h.Origin != "" {
		if err := guard.AddTrustedOrigin(h.Origin); err != nil {
			panic(fmt.Sprintf("the origin of the clients' site: %v", err))
		}
	}
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A27: a form on another site may not post here.
		h.run(w, r, func(h *Handler, v visit) error { return h.fault(v, http.StatusForbidden, "foreign") })
	}))
	return pages.Headers(h.Secure, h.stripBase(guard.Handler(mux)))
}

// stripBase takes the base path off where the way here left it on.
func (h *Handler) stripBase(next http.Handler) http.Handler {
	if h.Base == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == h.Base {
			http.Redirect(w, r, h.Base+"/", http.StatusFound)
			return
		}
		if strings.HasPrefix(r.URL.Path, h.Base+"/") {
			http.StripPrefix(h.Base, next).ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// visit is one request of one visitor.
type visit struct {
	w    http.ResponseWriter
	r    *http.Request
	lang request.Language
	// session is the signed-in client's; nil on open routes.
	session *session
}

// run serves a page and turns what goes wrong into a page too. The log gets
// the route and a code, never what was typed.
func (h *Handler) run(w http.ResponseWriter, r *http.Request, serve func(*Handler, visit) error) {
	v := visit{w: w, r: r, lang: asked(r)}
	defer func() {
		if p := recover(); p != nil {
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			h.Log.Error("page panicked", "route", r.Pattern)
			h.broken(v)
		}
	}()
	err := serve(h, v)
	switch {
	case err == nil:
		return
	case request.NotFound.Is(err):
		err = h.notFound(v)
	case request.TooMany.Is(err):
		w.Header().Set("Retry-After", "60")
		err = h.fault(v, http.StatusTooManyRequests, "busy")
	case request.PhaseIllegal.Is(err), request.Conflict.Is(err):
		err = h.fault(v, http.StatusConflict, "overtaken")
	case request.InputRefused.Is(err), request.NoInstruction.Is(err):
		err = h.fault(v, http.StatusUnprocessableEntity, "refused")
	}
	if err != nil {
		var fault *request.Error
		code := "unknown"
		if errors.As(err, &fault) {
			code = string(fault.Code)
		}
		// Errors of the domain carry ids and codes only (I13).
		h.Log.Error("page failed", "route", r.Pattern, "code", code, "error", err.Error())
		h.broken(v)
	}
}

// admit lets a signed-in client in, and everybody on open routes. From then on
// the client's language is the language of the page.
func (h *Handler) admit(v visit, route Route) error {
	if route.Open {
		return route.serve(h, v)
	}
	s, err := h.sessionOf(v.r)
	if err != nil {
		return err
	}
	if s == nil {
		http.Redirect(v.w, v.r, h.address("/inloggen"), http.StatusSeeOther)
		return nil
	}
	v.session, v.lang = s, s.client.Language
	if v.lang != request.English {
		v.lang = request.Dutch
	}
	err = route.serve(h, v)
	if request.NotFound.Is(err) {
		// In the client's own language; the same for every cause (A26).
		return h.notFound(v)
	}
	return err
}

// asked is the language of a visitor whom we do not know yet: of the link that
// they chose, or of their browser.
func asked(r *http.Request) request.Language {
	switch r.URL.Query().Get("taal") {
	case "nl":
		return request.Dutch
	case "en":
		return request.English
	}
	for part := range strings.SplitSeq(strings.ToLower(r.Header.Get("Accept-Language")), ",") {
		part = strings.TrimSpace(part)
		if strings.HasPrefix(part, "nl") {
			break
		}
		if strings.HasPrefix(part, "en") {
			return request.English
		}
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

// address builds an address of the site.
func (h *Handler) address(path string) string { return h.Base + path }

// legAddress is the page of one leg, or of one of its acts.
func (h *Handler) legAddress(ref request.Reference, leg string, parts ...string) string {
	path := "/verzoek/" + url.PathEscape(string(ref)) + "/" + url.PathEscape(leg)
	for _, p := range parts {
		path += "/" + p
	}
	return h.address(path)
}

func (h *Handler) to(v visit, address string) error {
	http.Redirect(v.w, v.r, address, http.StatusSeeOther)
	return nil
}

// frame is what stands around a page; path is set on pages that a visitor may
// read in the other language before the sign-in.
func (h *Handler) frame(v visit, title, path string) pages.Frame {
	f := pages.Frame{
		Lang: v.lang, Title: v.say("frame.title", "page", title), Style: h.Base + pages.StylePath,
		Name: v.say("site.name"), Home: h.address("/"), Work: true,
		Help: &pages.Help{Email: h.House.Email, Phone: h.House.Phone, Post: h.House.Address},
	}
	if v.session != nil {
		f.Who, f.SignOut, f.SignText = v.session.client.Name, h.address("/uitloggen"), v.say("site.signout")
	} else if path != "" {
		other := pages.Other(v.lang)
		f.Switch = &pages.Switch{To: other, Address: h.address(path + "?taal=" + string(other))}
	}
	return f
}

func (h *Handler) show(v visit, status int, page string, data any) error {
	if err := site.Render(v.w, status, page, data); err != nil {
		return fmt.Errorf("show a page: %w", err)
	}
	return nil
}

// limit is the largest form we take.
const limit = 64 << 10

func readForm(v visit) (url.Values, error) {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, limit)
	if err := v.r.ParseForm(); err != nil {
		return nil, request.Fault(request.InputRefused, "", "read a form")
	}
	form := url.Values{}
	for name, values := range v.r.PostForm {
		for _, value := range values {
			form.Add(name, clean(value))
		}
	}
	return form, nil
}

// clean keeps one line of what a keyboard sends (A34).
func clean(s string) string {
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		switch {
		case c < 0x20 || c >= 0x7f && c < 0xa0, c >= 0x202a && c <= 0x202e, c >= 0x2066 && c <= 0x2069, c == 0xfeff:
			return -1
		}
		return c
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

// faultPage says what happened, what it means, and one way on.
type faultPage struct {
	pages.Frame
	Heading, Text string
	Next, NextTo  string
}

func (h *Handler) fault(v visit, status int, kind string) error {
	return h.show(v, status, "fault", faultPage{
		Frame: h.frame(v, v.say("page."+kind+".title"), ""), Heading: v.say("page." + kind + ".title"), Text: v.say("page." + kind + ".text"),
		Next: v.say("page." + kind + ".next"), NextTo: h.address("/"),
	})
}

// notFound is the same for every address that is not there and every leg that
// is not this client's (A26).
func (h *Handler) notFound(v visit) error { return h.fault(v, http.StatusNotFound, "missing") }

// broken answers when we failed. It needs nothing but the program itself.
func (h *Handler) broken(v visit) {
	if err := h.fault(v, http.StatusServiceUnavailable, "broken"); err != nil {
		http.Error(v.w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
	}
}
