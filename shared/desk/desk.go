package desk

import (
	"embed"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

//go:embed words all:templates
var files embed.FS

// site are the parsed pages; a fault in them stops every test and the start.
var site = pages.MustLoad(files)

// Handler is the desk. Every field without a remark is needed.
type Handler struct {
	door.Site
	Cases Cases
	// Rehearse shows what an act does before it is done.
	Rehearse Rehearse
	SignIn   *SignIn
	// Clients gives the names of companies; nil = their ids are shown.
	Clients Clients
	// Inventory gives the names of systems and holdings; nil = their ids are shown.
	Inventory *inventory.Inventory
	Calendar  deadline.Calendar
	// Lang is the language of the interface; "" = Dutch.
	Lang request.Language

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
	for _, route := range Routes() {
		mux.HandleFunc(route.Method+" "+route.Path, func(w http.ResponseWriter, r *http.Request) {
			h.run(w, r, func(h *Handler, v visit) error { return h.admit(v, route) })
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { h.run(w, r, (*Handler).notFound) })
	return h.door.Guard(mux, func(w http.ResponseWriter, r *http.Request) {
		h.run(w, r, func(h *Handler, v visit) error { return h.fault(v, http.StatusForbidden, "foreign") })
	})
}

// visit is one request of one person.
type visit struct {
	door.Visit
	// session is who is signed in; nil on open routes.
	session *session
}

func (v visit) actor() casework.Actor { return v.session.Actor }

// run serves a page; what goes wrong becomes a page too (door.Answers).
func (h *Handler) run(w http.ResponseWriter, r *http.Request, serve func(*Handler, visit) error) {
	v := visit{Visit: h.door.Visit(w, r, h.language())}
	h.door.Serve(v.Visit, func() error { return serve(h, v) }, func(status int, kind string) error { return h.fault(v, status, kind) })
}

// admit lets in who may use the route, and nobody else (A29).
func (h *Handler) admit(v visit, route Route) error {
	if route.Open {
		return route.serve(h, v)
	}
	s, err := h.sessionOf(v)
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
		return h.wrongRole(v, route)
	}
	return h.explained(v, route.serve(h, v))
}

// explained says in a sentence why the law does not let an act happen, and what
// to do; what is not about the law stays as it is.
func (h *Handler) explained(v visit, err error) error {
	code := door.CodeOf(err)
	ref, ok := request.ParseReference(v.R.PathValue("ref"))
	key := "no." + string(code)
	if code == request.PhaseIllegal {
		key = "no." + path.Base(v.R.Pattern) // what each page does it says itself
	}
	if err == nil || !ok || !slices.Contains([]request.Code{request.ProofTooLow, request.NoInstruction, request.DateRefused, request.PhaseIllegal}, code) || !v.Knows(key) {
		return err
	}
	p := h.faultPage(v, "deed")
	p.Text, p.NextTo, p.Typed = v.Say(key), h.caseAddress(ref), typed(v.R.PostForm)
	return h.door.Show(v.Visit, door.Answers[code].Status, "fault", p)
}

// wrongRole says whose step it is, so that the right colleague can be asked.
func (h *Handler) wrongRole(v visit, route Route) error {
	var roles []string
	for _, role := range route.Roles {
		roles = append(roles, v.SayOr("role."+role, role))
	}
	p := h.faultPage(v, "forbidden")
	p.Text = v.Say("page.forbidden.role", "roles", strings.Join(roles, ", "))
	if ref, ok := request.ParseReference(v.R.PathValue("ref")); ok && slices.ContainsFunc(everybody, v.actor().Has) {
		p.NextTo, p.Next = h.caseAddress(ref), v.Say("page.deed.next")
	}
	return h.door.Show(v.Visit, http.StatusForbidden, "fault", p)
}

func (h *Handler) language() request.Language {
	if h.Lang == "" {
		return request.Dutch
	}
	return h.Lang
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
		if err := h.keep(v, v.session); err != nil {
			return err
		}
	}
	return door.SeeOther(v.Visit, address)
}

// frame is what stands around a page. Titles never name a person (A46).
func (h *Handler) frame(v visit, title string) pages.Frame {
	f := h.door.Frame(v.Visit, title, h.address("/"))
	f.Work = true
	if s := v.session; s != nil {
		f.Who, f.SignOut, f.SignText = v.Say("site.who", "name", s.Actor.Name, "roles", h.roles(v, s.Actor)), h.address("/uitloggen"), v.Say("site.signout")
		f.Nav = h.nav(v, s.Actor)
		if s.Told != "" {
			f.Told = &pages.Notice{Kind: "ok", Text: v.Rich("told." + s.Told)}
			s.Told = ""
			// The notice stays until the next page; that it could not be
			// taken away only shows it twice.
			_ = h.keep(v, s)
		}
	}
	return f
}

// nav leads to what the actor's roles open, and marks to which of them this
// page belongs: every page of a request, of a letter or of mail is work.
func (h *Handler) nav(v visit, a casework.Actor) []pages.Link {
	var out []pages.Link
	for _, to := range []struct {
		path, key string
		roles     []string
	}{
		{"/", "work", everybody}, {"/cijfers", "figures", everybody}, {"/opdrachtgevers", "clients", admins}, {"/register", "inventory", allRoles}, {"/instellingen", "house", admins},
	} {
		if slices.ContainsFunc(to.roles, a.Has) {
			out = append(out, pages.Link{
				Address: h.address(to.path), Text: v.Say("nav." + to.key), Current: v.R.URL.Path == to.path, Within: to.path != "/" && strings.HasPrefix(v.R.URL.Path, to.path+"/"),
			})
		}
	}
	if len(out) > 0 && out[0].Address == h.address("/") && !slices.ContainsFunc(out, func(l pages.Link) bool { return l.Current || l.Within }) {
		out[0].Within = true
	}
	return out
}

// front is the queue; who only keeps the settings has the clients there.
func (h *Handler) front(v visit) error {
	if !slices.ContainsFunc(everybody, v.actor().Has) {
		http.Redirect(v.W, v.R, h.address("/opdrachtgevers"), http.StatusFound)
		return nil
	}
	return h.queue(v)
}

func (h *Handler) roles(v visit, a casework.Actor) string {
	var names []string
	for _, role := range allRoles {
		if a.Has(role) {
			names = append(names, v.Say("role."+role))
		}
	}
	return strings.Join(names, ", ")
}

// limit is the largest form we take.
const limit = 256 << 10

// readForm reads a posted form; one that is too large is refused whole.
func readForm(v visit) (url.Values, error) { return door.Form(v.Visit, limit, door.Clean) }

func (h *Handler) faultPage(v visit, kind string) door.Fault {
	return door.NewFault(v.Visit, h.frame(v, v.Say("page."+kind+".title")), kind, h.address("/"))
}

func (h *Handler) fault(v visit, status int, kind string) error {
	p := h.faultPage(v, kind)
	if kind == "overtaken" {
		// Somebody else was first; what was typed is given back.
		if ref, ok := request.ParseReference(v.R.PathValue("ref")); ok {
			p.NextTo = h.caseAddress(ref)
		}
		p.Typed = typed(v.R.PostForm)
	}
	return h.door.Show(v.Visit, status, "fault", p)
}

// notFound is the same for every address that is not there and every
// reference that does not exist.
func (h *Handler) notFound(v visit) error { return h.fault(v, http.StatusNotFound, "missing") }

// expired answers a POST without a session: what was typed is given back, to
// be copied after the sign-in. It is the sender's own, so it tells nothing.
func (h *Handler) expired(v visit) error {
	if _, err := readForm(v); err != nil {
		return err
	}
	p := h.faultPage(v, "expired")
	p.Typed = typed(v.R.PostForm)
	p.NextTo = h.address("/inloggen")
	return h.door.Show(v.Visit, http.StatusUnauthorized, "fault", p)
}

// typed are the boxes that hold a person's own words.
func typed(form url.Values) []string {
	var out []string
	for _, name := range []string{"woorden", "toelichting"} {
		if s := strings.TrimSpace(door.Clean(form.Get(name))); s != "" {
			out = append(out, s)
		}
	}
	return out
}
