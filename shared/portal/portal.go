package portal

import (
	"embed"
	"net/http"
	"strings"
	"sync"

	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

//go:embed words all:templates
var files embed.FS

// site are the parsed pages; a fault in them stops every test and the start.
var site = pages.MustLoad(files)

// Handler is the public site. Every field without a remark is needed.
type Handler struct {
	door.Site
	Requests   Requests
	Proof      Proof
	Proving    Proving
	Understand Understand
	// DebtHelp names free help with money, such as "geldfit.nl"; "" = leave the line out.
	DebtHelp string

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
	return h.door.Guard(mux, func(w http.ResponseWriter, r *http.Request) {
		h.run(w, r, langOfPath(r.URL.Path), func(h *Handler, v visit) error { return h.fault(v, http.StatusForbidden, "gone") })
	})
}

// visit is one request of a visitor in one language.
type visit struct{ door.Visit }

// run serves a page; what goes wrong becomes a page too (door.Answers).
func (h *Handler) run(w http.ResponseWriter, r *http.Request, lang request.Language, serve func(*Handler, visit) error) {
	v := visit{h.door.Visit(w, r, lang)}
	h.door.Serve(v.Visit, func() error { return serve(h, v) }, func(status int, kind string) error { return h.fault(v, status, kind) })
}

func langOfPath(path string) request.Language {
	if strings.HasPrefix(path, "/en/") || path == "/en" {
		return request.English
	}
	return request.Dutch
}

// address builds an address on this site.
func (h *Handler) address(lang request.Language, path string) string {
	return h.Base + "/" + string(lang) + path
}

// to answers a POST: look there now (303), so that Back and Reload never send
// a form again.
func (h *Handler) to(v visit, path string) error {
	return door.SeeOther(v.Visit, h.address(v.Lang, path))
}

// frame is what stands around a page; path is the page's own path, for the
// link to its twin in the other language.
func (h *Handler) frame(v visit, title, path string) pages.Frame {
	other := pages.Other(v.Lang)
	f := h.door.Frame(v.Visit, title, h.address(v.Lang, "/"))
	f.Help = &pages.Help{Email: h.House.Email, Phone: h.House.Phone, Post: h.House.Address}
	f.Foot = []pages.Link{
		{Address: v.Say("site.ap.address"), Text: v.Say("site.ap"), Outside: true},
		{Address: h.address(v.Lang, "/toegankelijkheid"), Text: v.Say("site.access")},
	}
	if h.House.PrivacyPage != "" {
		f.Foot = append([]pages.Link{{Address: h.House.PrivacyPage, Text: v.Say("site.privacy"), Outside: true}}, f.Foot...)
	}
	if path != "" {
		f.Switch = &pages.Switch{To: other, Address: h.address(other, path)}
	}
	return f
}
