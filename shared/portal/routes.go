package portal

import (
	"net/http"
	"slices"

	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Route is one address of the site, for the tests that walk them all.
type Route struct {
	Method string
	// Path is a pattern of net/http; with Lang set it stands below /nl and /en.
	Path string
	Lang bool
	// Needs is what a visitor must hold to see more than a fault or a door:
	// "" nothing, "draft" a draft, "code" a session that a typed code opened.
	Needs string

	serve func(*Handler, visit) error
}

// routes is the whole site: what is not here is a 404.
var routes = []Route{
	{Method: "GET", Path: "/{$}", serve: (*Handler).chooseLanguage},
	{Method: "GET", Path: "/bewijs", serve: (*Handler).chooseLanguage},
	{Method: "GET", Path: "/stand", serve: (*Handler).chooseLanguage},
	{Method: "GET", Path: "/download", serve: (*Handler).chooseLanguage},
	{Method: "GET", Path: "/static/{file}", serve: static},

	{Method: "GET", Path: "", Lang: true, serve: (*Handler).home},
	{Method: "GET", Path: "/{$}", Lang: true, serve: (*Handler).start},
	{Method: "GET", Path: "/toegankelijkheid", Lang: true, serve: (*Handler).accessibility},

	{Method: "GET", Path: "/verzoek/bsn", Lang: true, Needs: "draft", serve: (*Handler).showBSN},
	{Method: "POST", Path: "/verzoek/bsn", Lang: true, Needs: "draft", serve: (*Handler).answerBSN},
	{Method: "POST", Path: "/verzoek/nieuw", Lang: true, serve: (*Handler).again},
	{Method: "GET", Path: "/verzoek/ontvangen", Lang: true, Needs: "draft", serve: (*Handler).confirmation},
	{Method: "GET", Path: "/verzoek/{step}", Lang: true, Needs: "draft", serve: (*Handler).showStep},
	{Method: "POST", Path: "/verzoek/{step}", Lang: true, Needs: "draft", serve: (*Handler).takeStep},

	{Method: "GET", Path: "/bewijs", Lang: true, serve: (*Handler).proofDoor},
	{Method: "POST", Path: "/bewijs", Lang: true, serve: (*Handler).askProof},
	{Method: "GET", Path: "/bewijs/code", Lang: true, serve: (*Handler).showCode},
	{Method: "POST", Path: "/bewijs/code", Lang: true, serve: (*Handler).tryCode},
	{Method: "GET", Path: "/bewijs/nummer", Lang: true, Needs: "code", serve: (*Handler).showFact},
	{Method: "POST", Path: "/bewijs/nummer", Lang: true, Needs: "code", serve: (*Handler).tryFact},
	{Method: "GET", Path: "/bewijs/brief", Lang: true, serve: (*Handler).letterDoor},
	{Method: "POST", Path: "/bewijs/brief", Lang: true, serve: (*Handler).openLetter},
	{Method: "GET", Path: "/bewijs/brief/code", Lang: true, serve: (*Handler).showLetterCode},
	{Method: "POST", Path: "/bewijs/brief/code", Lang: true, serve: (*Handler).tryLetter},
	{Method: "GET", Path: "/bewijs/brief/vragen", Lang: true, serve: (*Handler).askLetterDoor},
	{Method: "POST", Path: "/bewijs/brief/vragen", Lang: true, serve: (*Handler).askLetter},
	{Method: "GET", Path: "/bewijs/brief/gevraagd", Lang: true, serve: (*Handler).letterAsked},
	{Method: "GET", Path: "/bewijs/niet-ik", Lang: true, serve: (*Handler).showNotMe},
	{Method: "POST", Path: "/bewijs/niet-ik", Lang: true, serve: (*Handler).notMe},
	{Method: "GET", Path: "/bewijs/gemeld", Lang: true, serve: (*Handler).reported},

	{Method: "GET", Path: "/stand", Lang: true, serve: (*Handler).statusDoor},
	{Method: "POST", Path: "/stand", Lang: true, serve: (*Handler).askStatus},
	{Method: "GET", Path: "/stand/overzicht", Lang: true, Needs: "code", serve: (*Handler).status},
	{Method: "POST", Path: "/stand/langer", Lang: true, Needs: "code", serve: (*Handler).longer},
	{Method: "POST", Path: "/stand/uitloggen", Lang: true, serve: (*Handler).signOut},
	{Method: "GET", Path: "/stand/uitgelogd", Lang: true, serve: (*Handler).signedOut},
	{Method: "POST", Path: "/stand/stop", Lang: true, Needs: "code", serve: (*Handler).stopErasure},
	{Method: "GET", Path: "/stand/intrekken", Lang: true, Needs: "code", serve: (*Handler).showWithdraw},
	{Method: "POST", Path: "/stand/intrekken", Lang: true, Needs: "code", serve: (*Handler).withdraw},
	{Method: "GET", Path: "/download", Lang: true, Needs: "code", serve: (*Handler).download},
	{Method: "POST", Path: "/download", Lang: true, Needs: "code", serve: (*Handler).release},
	{Method: "POST", Path: "/download/code", Lang: true, serve: (*Handler).askPackage},
}

// Routes lists every route of the site.
func Routes() []Route { return slices.Clone(routes) }

// chooseLanguage leads an address without a language to the one that the
// browser asks for; only the reference goes with it.
func (h *Handler) chooseLanguage(v visit) error {
	v.Lang = door.Accepts(v.R)
	path := v.R.URL.Path
	if ref, ok := request.ParseReference(v.R.URL.Query().Get("k")); ok && path != "/" {
		path += "?k=" + string(ref)
	}
	v.W.Header().Set("Vary", "Accept-Language")
	http.Redirect(v.W, v.R, h.address(v.Lang, path), http.StatusFound)
	return nil
}

// home leads an address that was typed without its last slash to the start.
func (h *Handler) home(v visit) error {
	http.Redirect(v.W, v.R, h.address(v.Lang, "/"), http.StatusFound)
	return nil
}

func static(_ *Handler, v visit) error { return door.Static(v.Visit) }
