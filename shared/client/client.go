package client

import (
	"embed"
	"net/http"
	"net/url"
	"sync"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

//go:embed words all:templates
var files embed.FS

// site are the parsed pages; a fault in them stops every test and the start.
var site = pages.MustLoad(files)

// Handler is the clients' site. Every field without a remark is needed.
type Handler struct {
	door.Site
	Cases    Cases
	Proof    Proof
	Keys     Keys
	Register Register
	Calendar deadline.Calendar

	once sync.Once
	root http.Handler
	door *door.Door
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.once.Do(func() { h.root = h.build() })
	h.root.ServeHTTP(w, r)
}

func (h *Handler) build() http.Handler {
	h.door = &door.Door{Site: h.Site, Pages: site}
	mux := http.NewServeMux()
	for _, route := range routes {
		mux.HandleFunc(route.Method+" "+route.Path, func(w http.ResponseWriter, r *http.Request) {
			h.run(w, r, func(h *Handler, v visit) error { return h.admit(v, route) })
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { h.run(w, r, (*Handler).notFound) })
	return h.door.Guard(mux, func(w http.ResponseWriter, r *http.Request) {
		h.run(w, r, func(h *Handler, v visit) error { return h.fault(v, http.StatusForbidden, "foreign") })
	})
}

// visit is one request of one visitor.
type visit struct {
	door.Visit
	// session is the signed-in client's; nil on open routes.
	session *session
}

// run serves a page; what goes wrong becomes a page too (door.Answers).
func (h *Handler) run(w http.ResponseWriter, r *http.Request, serve func(*Handler, visit) error) {
	v := visit{Visit: h.door.Visit(w, r, asked(r))}
	h.door.Serve(v.Visit, func() error { return serve(h, v) }, func(status int, kind string) error { return h.fault(v, status, kind) })
}

// admit lets a signed-in client in, and everybody on open routes. From then on
// the client's language is the language of the page.
func (h *Handler) admit(v visit, route Route) error {
	if route.Open {
		return route.serve(h, v)
	}
	s, err := h.sessionOf(v)
	if err != nil {
		return err
	}
	if s == nil {
		return door.SeeOther(v.Visit, h.address("/inloggen"))
	}
	v.session, v.Lang = s, s.client.Language
	if v.Lang != request.English {
		v.Lang = request.Dutch
	}
	if route.Acts && !s.client.Decides() {
		return h.noLonger(v) // for every leg alike, as below
	}
	if s.deputy && route.Acts {
		// For every leg alike: it is not looked at first.
		return h.contactOnly(v)
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
	return door.Accepts(r)
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

// frame is what stands around a page; path is set on pages that a visitor may
// read in the other language before the sign-in.
func (h *Handler) frame(v visit, title, path string) pages.Frame {
	f := h.door.Frame(v.Visit, title, h.address("/"))
	f.Work, f.Help = true, &pages.Help{Email: h.House.Email, Phone: h.House.Phone, Post: h.House.Address}
	if v.session != nil {
		f.Who, f.SignOut, f.SignText = v.session.client.Name, h.address("/uitloggen"), v.Say("site.signout")
	} else if path != "" {
		other := pages.Other(v.Lang)
		f.Switch = &pages.Switch{To: other, Address: h.address(path + "?taal=" + string(other))}
	}
	return f
}

// limit is the largest form we take.
const limit = 64 << 10

// readForm reads a posted form; every box of these pages is one line.
func readForm(v visit) (url.Values, error) { return door.Form(v.Visit, limit, door.Line) }

func (h *Handler) fault(v visit, status int, kind string) error {
	return h.door.Show(v.Visit, status, "fault", door.NewFault(v.Visit, h.frame(v, v.Say("page."+kind+".title"), ""), kind, h.address("/")))
}

// contactOnly sends a deputy to who may act, and does nothing.
func (h *Handler) contactOnly(v visit) error {
	f := door.NewFault(v.Visit, h.frame(v, v.Say("page.deputy.title"), ""), "deputy", h.address("/"), "contact", h.reach(v))
	return h.door.Show(v.Visit, http.StatusForbidden, "fault", f)
}

// noLonger says to a client that it does not decide any more, and does nothing.
func (h *Handler) noLonger(v visit) error {
	f := door.NewFault(v.Visit, h.frame(v, v.Say("page.former.title"), ""), "former", h.address("/"), "email", h.House.Email)
	return h.door.Show(v.Visit, http.StatusForbidden, "fault", f)
}

// reach is who acts for the client, and where that person is found.
func (h *Handler) reach(v visit) string {
	c := v.session.client
	if c.ContactName == "" {
		return c.Email
	}
	return c.ContactName + " (" + c.Email + ")"
}

// notFound is the same for every address that is not there and every leg that
// is not this client's (A26).
func (h *Handler) notFound(v visit) error { return h.fault(v, http.StatusNotFound, "missing") }
