package door

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Site is what the handler of every site needs, whoever visits it: it stands in
// the portal's, the desk's and the clients' alike. Every field without a remark
// is needed.
type Site struct {
	// Drafts keeps the records behind the cookies.
	Drafts Drafts
	// House is how we present ourselves; an empty part is left out.
	House letters.House
	// Base is the path before all others, such as "/desk"; "" on a host of its own.
	Base string
	// Origin is the site's own origin, such as "https://rechten.allclaims.nl": browsers
	// that say no more than Origin are let in by it where the host's name is lost
	// on the way here. "" = the host's name decides.
	Origin string
	// Secure is true where the site is served over https: __Host- cookies, HSTS.
	Secure bool
	Now    func() time.Time
	// Random must be a CSPRNG.
	Random io.Reader
	Log    *slog.Logger
}

// Door is the entrance of one site, with its pages and words.
type Door struct {
	Site
	Pages *pages.Set
}

// Guard puts before the routes what every site has: the security headers, the
// base path, and the refusal of posts from other sites (A27), which foreign answers.
func (d *Door) Guard(routes http.Handler, foreign http.HandlerFunc) http.Handler {
	guard := http.NewCrossOriginProtection()
	if d.Origin != "" {
		if err := guard.AddTrustedOrigin(d.Origin); err != nil {
			panic(fmt.Sprintf("the origin of the site: %v", err))
		}
	}
	guard.SetDenyHandler(foreign)
	return pages.Headers(d.Secure, d.stripBase(guard.Handler(routes)))
}

// stripBase takes the base path off where the way here left it on: API
// Gateway takes its stage off, a plain proxy does not.
func (d *Door) stripBase(next http.Handler) http.Handler {
	if d.Base == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == d.Base:
			http.Redirect(w, r, d.Base+"/", http.StatusFound)
		case strings.HasPrefix(r.URL.Path, d.Base+"/"):
			http.StripPrefix(d.Base, next).ServeHTTP(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// Visit is one request of one visitor in one language. Sites embed it beside
// what they know of the visitor.
type Visit struct {
	W    http.ResponseWriter
	R    *http.Request
	Lang request.Language

	words *pages.Words
}

// Visit begins a visit in that language.
func (d *Door) Visit(w http.ResponseWriter, r *http.Request, lang request.Language) Visit {
	return Visit{W: w, R: r, Lang: lang, words: d.Pages.Words()}
}

// Say gives words in the visitor's language; a key that is not there is a fault
// that the tests find, so it panics into the error page.
func (v Visit) Say(key string, args ...any) string {
	s, err := v.words.Say(v.Lang, key, args...)
	if err != nil {
		panic(err)
	}
	return s
}

// Rich is Say for words with **bold** parts; what is filled in is escaped.
func (v Visit) Rich(key string, args ...any) template.HTML {
	s, err := v.words.Rich(v.Lang, key, args...)
	if err != nil {
		panic(err)
	}
	return s
}

// Knows reports whether the catalogue has that key.
func (v Visit) Knows(key string) bool { return v.words.Has(key) }

// SayOr gives the words of a key that is made from a code, or the code itself.
func (v Visit) SayOr(key, code string) string {
	if !v.Knows(key) {
		return code
	}
	return v.Say(key)
}

// Answer is the page for an error: its status, and the kind that chooses its
// words (page.KIND.title, .text, .next).
type Answer struct {
	Status int
	Kind   string
}

// Answers is the one table from the codes of the domain to pages. A code that
// is not here is a fault of ours: the page "broken".
var Answers = map[request.Code]Answer{
	request.NotFound:      {http.StatusNotFound, "missing"},
	request.TooMany:       {http.StatusTooManyRequests, "busy"},
	request.SamePerson:    {http.StatusForbidden, "same"},
	request.Forbidden:     {http.StatusForbidden, "forbidden"},
	request.Conflict:      {http.StatusConflict, "overtaken"},
	request.PhaseIllegal:  {http.StatusConflict, "overtaken"},
	request.InputRefused:  {http.StatusUnprocessableEntity, "refused"},
	request.DateRefused:   {http.StatusUnprocessableEntity, "refused"},
	request.NoInstruction: {http.StatusUnprocessableEntity, "refused"},
	request.ProofTooLow:   {http.StatusUnprocessableEntity, "refused"},
	request.NotScanned:    {http.StatusConflict, "unscanned"},
}

// Serve runs one page and turns what goes wrong into a page too, which fault
// shows. An error whose kind has no words on this site is "broken", as is a
// fault of ours; that page must need nothing but the program itself. The log
// gets the route and a code, never what was typed (I13).
func (d *Door) Serve(v Visit, serve func() error, fault func(status int, kind string) error) {
	broken := func(status int) {
		if err := fault(status, "broken"); err != nil {
			http.Error(v.W, http.StatusText(status), status)
		}
	}
	defer func() {
		if p := recover(); p != nil {
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			d.Log.Error("page panicked", "route", v.R.Pattern)
			broken(http.StatusInternalServerError)
		}
	}()
	err := serve()
	if err == nil {
		return
	}
	code := CodeOf(err)
	if answer, ok := Answers[code]; ok && v.Knows("page."+answer.Kind+".title") {
		if answer.Status == http.StatusTooManyRequests {
			v.W.Header().Set("Retry-After", "60")
		}
		if err = fault(answer.Status, answer.Kind); err == nil {
			return
		}
		code = CodeOf(err)
	}
	// Errors of the domain carry ids and codes only.
	d.Log.Error("page failed", "route", v.R.Pattern, "code", string(code), "error", err.Error())
	broken(http.StatusServiceUnavailable)
}

// CodeOf is the domain's code of an error, or "unknown".
func CodeOf(err error) request.Code {
	var fault *request.Error
	if errors.As(err, &fault) {
		return fault.Code
	}
	return "unknown"
}

// Refused reports whether a proof was not accepted, for whatever reason: the
// visitor is told the same for all of them (A16).
func Refused(err error) bool {
	switch CodeOf(err) {
	case request.ProofTooLow, request.NotFound, request.Forbidden, request.InputRefused:
		return true
	}
	return false
}

// Show renders a page.
func (d *Door) Show(v Visit, status int, page string, data any) error {
	if err := d.Pages.Render(v.W, status, page, data); err != nil {
		return fmt.Errorf("show a page: %w", err)
	}
	return nil
}

// SeeOther answers a POST: look there now (303), so that Back and Reload never
// send a form again.
func SeeOther(v Visit, address string) error {
	http.Redirect(v.W, v.R, address, http.StatusSeeOther)
	return nil
}

// Static serves the stylesheet; any other file is request.NotFound.
func Static(v Visit) error {
	if v.R.URL.Path != pages.StylePath {
		return request.Fault(request.NotFound, "", "find a file of the site")
	}
	pages.ServeStyle(v.W, v.R)
	return nil
}

// Frame is the part of a page's frame that all sites have alike; home is the
// address of the site's first page.
func (d *Door) Frame(v Visit, title, home string) pages.Frame {
	return pages.Frame{
		Lang: v.Lang, Title: v.Say("frame.title", "page", title), Style: d.Base + pages.StylePath, Inline: pages.Arrives(v.R),
		Name: v.Say("site.name"), Home: home,
	}
}

// Fault says what happened, what it means, and one way on.
type Fault struct {
	pages.Frame
	Heading, Text string
	Next, NextTo  string
	// Typed is what a person wrote that we could not take: shown, never lost.
	Typed []string
}

// NewFault fills the page of that kind: its words are page.KIND.title, .text
// (with args) and .next, which leads to the address next.
func NewFault(v Visit, frame pages.Frame, kind, next string, args ...any) Fault {
	return Fault{
		Frame: frame, Heading: v.Say("page." + kind + ".title"), Text: v.Say("page."+kind+".text", args...),
		Next: v.Say("page." + kind + ".next"), NextTo: next,
	}
}

// Accepts is the language that the browser asks for, Dutch if neither of ours.
func Accepts(r *http.Request) request.Language {
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
