package desk

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

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/inventory"
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

// Handler is the desk. Every field without a remark is needed.
type Handler struct {
	Cases    Cases
	Sessions Sessions
	SignIn   *SignIn
	// Clients gives the names of companies; nil = their ids are shown.
	Clients Clients
	// Inventory gives the names of systems and holdings; nil = their ids are shown.
	Inventory *inventory.Inventory
	Calendar  deadline.Calendar
	// Lang is the language of the interface; "" = Dutch.
	Lang request.Language
	// Base is the path before all others, such as "/desk"; "" on a host of its own.
	Base string
	// Origin is the desk's own origin: browsers that say no more than Origin
	// are let in by it where the host's name is lost on the way here. "" = the
	// host's name decides.
	Origin string
	// Secure is true where the desk is served over https: __Host- cookies, HSTS.
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
			panic(fmt.Sprintf("the origin of the desk: %v", err))
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

// visit is one request of one person.
type visit struct {
	w    http.ResponseWriter
	r    *http.Request
	lang request.Language
	// session is who is signed in; nil on open routes.
	session *session
}

func (v visit) actor() casework.Actor { return v.session.Actor }

// run serves a page and turns what goes wrong into a page too. The log gets
// the route and a code, never what was typed.
func (h *Handler) run(w http.ResponseWriter, r *http.Request, serve func(*Handler, visit) error) {
	v := visit{w: w, r: r, lang: h.language()}
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
	case request.SamePerson.Is(err):
		err = h.fault(v, http.StatusForbidden, "same")
	case request.Forbidden.Is(err):
		err = h.fault(v, http.StatusForbidden, "forbidden")
	case request.Conflict.Is(err), request.PhaseIllegal.Is(err):
		err = h.overtaken(v)
	case request.InputRefused.Is(err), request.DateRefused.Is(err), request.NoInstruction.Is(err), request.ProofTooLow.Is(err):
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

// admit lets in who may use the route, and nobody else (A29).
func (h *Handler) admit(v visit, route Route) error {
	if route.Open {
		return route.serve(h, v)
	}
	s, err := h.sessionOf(v.r)
	if err != nil {
		return err
	}
	if s == nil {
		if route.posts() {
			return h.expired(v)
		}
		return h.toDoor(v)
	}
	v.session = s
	if len(s.Actor.Roles) == 0 {
		return h.fault(v, http.StatusForbidden, "role")
	}
	if !route.allowed(s.Actor.Has) {
		return h.fault(v, http.StatusForbidden, "forbidden")
	}
	return route.serve(h, v)
}

func (h *Handler) language() request.Language {
	if h.Lang == "" {
		return request.Dutch
	}
	return h.Lang
}

// say gives words in the desk's language; a key that is not there is a fault
// that the tests find, so it panics into the error page.
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

// sayOr gives the words of a key that is made from a code, or the code itself.
func (v visit) sayOr(key, code string) string {
	if !site.Words().Has(key) {
		return code
	}
	return v.say(key)
}

// address builds an address of the desk.
func (h *Handler) address(path string) string { return h.Base + path }

// caseAddress is the page of a request, or of one of its acts.
func (h *Handler) caseAddress(ref request.Reference, parts ...string) string {
	path := "/verzoek/" + url.PathEscape(string(ref))
	for _, p := range parts {
		path += "/" + url.PathEscape(p)
	}
	return h.address(path)
}

// done answers a POST: look there now (303), with a notice on top of that page.
func (h *Handler) done(v visit, address, told string) error {
	if told != "" {
		v.session.Told = told
		if err := h.keep(v.r, v.session); err != nil {
			return err
		}
	}
	http.Redirect(v.w, v.r, address, http.StatusSeeOther)
	return nil
}

// frame is what stands around a page. Titles never name a person (A46).
func (h *Handler) frame(v visit, title string) pages.Frame {
	f := pages.Frame{
		Lang: v.lang, Title: v.say("frame.title", "page", title), Style: h.Base + pages.StylePath,
		Name: v.say("site.name"), Home: h.address("/"), Work: true,
	}
	if s := v.session; s != nil {
		f.Who, f.SignOut, f.SignText = v.say("site.who", "name", s.Actor.Name, "roles", h.roles(v, s.Actor)), h.address("/uitloggen"), v.say("site.signout")
		if s.Told != "" {
			f.Told = &pages.Notice{Kind: "ok", Text: v.rich("told." + s.Told)}
			s.Told = ""
			// The notice stays until the next page; that it could not be
			// taken away only shows it twice.
			_ = h.keep(v.r, s)
		}
	}
	return f
}

func (h *Handler) roles(v visit, a casework.Actor) string {
	var names []string
	for _, role := range everybody {
		if a.Has(role) {
			names = append(names, v.say("role."+role))
		}
	}
	return strings.Join(names, ", ")
}

func (h *Handler) show(v visit, status int, page string, data any) error {
	if err := site.Render(v.w, status, page, data); err != nil {
		return fmt.Errorf("show a page: %w", err)
	}
	return nil
}

// limit is the largest form we take.
const limit = 256 << 10

// readForm reads a posted form; one that is too large is refused whole.
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

// clean drops what no keyboard sends: broken UTF-8, control characters but for
// tabs and new lines, and marks that turn the direction of text (A34).
func clean(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n' || c == '\t':
			return c
		case c == '\r':
			return '\n'
		case c < 0x20 || c >= 0x7f && c < 0xa0, c >= 0x202a && c <= 0x202e, c >= 0x2066 && c <= 0x2069, c == 0xfeff:
			return -1
		}
		return c
	}, s)
}

// faultPage says what happened, what it means, and one way on.
type faultPage struct {
	pages.Frame
	Heading, Text string
	Next, NextTo  string
	// Typed is what a person wrote that we could not take: shown, never lost.
	Typed []string
}

func (h *Handler) faultPage(v visit, kind string) faultPage {
	return faultPage{
		Frame: h.frame(v, v.say("page."+kind+".title")), Heading: v.say("page." + kind + ".title"), Text: v.say("page." + kind + ".text"),
		Next: v.say("page." + kind + ".next"), NextTo: h.address("/"),
	}
}

func (h *Handler) fault(v visit, status int, kind string) error {
	return h.show(v, status, "fault", h.faultPage(v, kind))
}

// notFound is the same for every address that is not there and every
// reference that does not exist.
func (h *Handler) notFound(v visit) error { return h.fault(v, http.StatusNotFound, "missing") }

// overtaken says that somebody else was first; what was typed is given back.
func (h *Handler) overtaken(v visit) error {
	p := h.faultPage(v, "overtaken")
	if ref, ok := request.ParseReference(v.r.PathValue("ref")); ok {
		p.NextTo = h.caseAddress(ref)
	}
	p.Typed = typed(v.r.PostForm)
	return h.show(v, http.StatusConflict, "fault", p)
}

// expired answers a POST without a session: what was typed is given back, to
// be copied after the sign-in. It is the sender's own, so it tells nothing.
func (h *Handler) expired(v visit) error {
	if _, err := readForm(v); err != nil {
		return err
	}
	p := h.faultPage(v, "expired")
	p.Typed = typed(v.r.PostForm)
	p.NextTo = h.address("/inloggen")
	return h.show(v, http.StatusUnauthorized, "fault", p)
}

// typed are the boxes that hold a person's own words.
func typed(form url.Values) []string {
	var out []string
	for _, name := range []string{"woorden", "toelichting"} {
		if s := strings.TrimSpace(clean(form.Get(name))); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// broken answers when we failed. It needs nothing but the program itself.
func (h *Handler) broken(v visit) {
	v.session = nil
	if err := h.fault(v, http.StatusServiceUnavailable, "broken"); err != nil {
		http.Error(v.w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
	}
}
