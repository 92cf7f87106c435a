package desk

import (
	"net/http"
	"slices"

	"github.com/allclaims/rightsdesk/shared/door"
)

// The roles that the issuer's groups name.
const (
	Officer  = "officer"
	Approver = "approver"
	Auditor  = "auditor"
	// Administrator keeps the clients and sees the settings, and no request.
	Administrator = "administrator"
)

// Route is one address of the desk and who may use it.
type Route struct {
	Method string
	// Path is a pattern of net/http below Base.
	Path string
	// Open routes need no sign-in. Every other route lets in who holds one of
	// Roles; a route with neither lets in nobody (A29).
	Open  bool
	Roles []string

	serve func(*Handler, visit) error
}

var (
	everybody = []string{Officer, Approver, Auditor}
	officers  = []string{Officer}
	approvers = []string{Approver}
	workers   = []string{Officer, Approver}
	admins    = []string{Administrator}
	provers   = []string{Officer, Auditor}
	keepers   = []string{Auditor, Administrator}
	allRoles  = []string{Officer, Approver, Auditor, Administrator}
)

// routes is the whole desk beside the deeds: what is in neither is a 404.
var routes = []Route{
	{Method: "GET", Path: "/static/{file}", Open: true, serve: static},
	{Method: "GET", Path: "/inloggen", Open: true, serve: (*Handler).signInPage},
	{Method: "GET", Path: "/inloggen/start", Open: true, serve: (*Handler).beginSignIn},
	{Method: "GET", Path: "/callback", Open: true, serve: (*Handler).callback},
	{Method: "POST", Path: "/uitloggen", Open: true, serve: (*Handler).signOut},
	{Method: "GET", Path: "/uitgelogd", Open: true, serve: (*Handler).signedOut},

	{Method: "GET", Path: "/{$}", Roles: allRoles, serve: (*Handler).front},
	{Method: "GET", Path: "/zoek", Roles: everybody, serve: (*Handler).search},
	{Method: "GET", Path: "/zoek-adres", Roles: officers, serve: (*Handler).showFind},
	{Method: "POST", Path: "/zoek-adres", Roles: officers, serve: (*Handler).find},
	{Method: "POST", Path: "/verdeel", Roles: workers, serve: (*Handler).give},
	{Method: "GET", Path: "/cijfers", Roles: everybody, serve: (*Handler).showFigures},
	{Method: "GET", Path: "/cijfers.csv", Roles: everybody, serve: (*Handler).figuresCSV},
	{Method: "GET", Path: "/opdrachtgevers", Roles: admins, serve: (*Handler).showClients},
	{Method: "GET", Path: "/opdrachtgevers/nieuw", Roles: admins, serve: (*Handler).showNewClient},
	{Method: "POST", Path: "/opdrachtgevers/nieuw", Roles: admins, serve: (*Handler).addClient},
	{Method: "GET", Path: "/opdrachtgevers/{client}", Roles: admins, serve: (*Handler).showClient},
	{Method: "POST", Path: "/opdrachtgevers/{client}", Roles: admins, serve: (*Handler).changeClient},
	{Method: "GET", Path: "/opdrachtgevers/{client}/koppeling", Roles: admins, serve: (*Handler).showConnection},
	{Method: "POST", Path: "/opdrachtgevers/{client}/koppeling", Roles: admins, serve: (*Handler).saveConnection},
	{Method: "GET", Path: "/opdrachtgevers/{client}/verzoeken", Roles: everybody, serve: (*Handler).showClientLegs},
	{Method: "GET", Path: "/opdrachtgevers/{client}/maand", Roles: keepers, serve: (*Handler).showClientMonth},
	{Method: "GET", Path: "/opdrachtgevers/{client}/maand/verslag.pdf", Roles: keepers, serve: (*Handler).takeReport},
	{Method: "GET", Path: "/opdrachtgevers/{client}/maand/verslag.csv", Roles: keepers, serve: (*Handler).takeReport},
	{Method: "GET", Path: "/opdrachtgevers/{client}/maand/bewijs.zip", Roles: keepers, serve: (*Handler).takeClientEvidence},
	{Method: "GET", Path: "/register", Roles: allRoles, serve: (*Handler).showInventory},
	{Method: "GET", Path: "/register/{record}", Roles: allRoles, serve: (*Handler).record},
	{Method: "GET", Path: "/instellingen", Roles: admins, serve: (*Handler).showHouse},
	{Method: "POST", Path: "/volgende", Roles: workers, serve: (*Handler).next},
	{Method: "GET", Path: "/nieuw", Roles: officers, serve: (*Handler).showNew},
	{Method: "POST", Path: "/nieuw", Roles: officers, serve: (*Handler).register},

	{Method: "GET", Path: "/gewone-mail", Roles: officers, serve: (*Handler).ordinary},
	{Method: "GET", Path: "/gewone-mail/{day}/{mail}", Roles: officers, serve: (*Handler).showOrdinary},
	{Method: "POST", Path: "/gewone-mail/{day}/{mail}", Roles: officers, serve: (*Handler).takeUp},

	{Method: "GET", Path: "/verzoek/{ref}", Roles: everybody, serve: (*Handler).showCase},
	{Method: "GET", Path: "/verzoek/{ref}/bewijs.zip", Roles: provers, serve: (*Handler).takeEvidence},
	{Method: "POST", Path: "/verzoek/{ref}/neem", Roles: workers, serve: (*Handler).take},
	{Method: "POST", Path: "/verzoek/{ref}/terug", Roles: workers, serve: (*Handler).layBack},
	{Method: "POST", Path: "/verzoek/{ref}/taak", Roles: workers, serve: (*Handler).taskDone},
	{Method: "GET", Path: "/brief/{ref}/{letter}", Roles: workers, serve: (*Handler).showLetter},
	{Method: "POST", Path: "/brief/{ref}/{letter}/print", Roles: officers, serve: (*Handler).printLetter},
	{Method: "POST", Path: "/brief/{ref}/{letter}/gepost", Roles: officers, serve: (*Handler).letterPosted},
	{Method: "POST", Path: "/brief/{ref}/{letter}/terughalen", Roles: officers, serve: (*Handler).recallLetter},
	{Method: "POST", Path: "/brief/{ref}/{letter}/alsnog", Roles: officers, serve: (*Handler).sendAfterAll},
	{Method: "GET", Path: "/bijlage/{ref}/{n}", Roles: officers, serve: (*Handler).attachment},
	{Method: "GET", Path: "/verzoek/{ref}/scans", Roles: officers, serve: (*Handler).showScans},
	{Method: "POST", Path: "/verzoek/{ref}/scans", Roles: officers, serve: (*Handler).addScan},
	{Method: "GET", Path: "/scan/{ref}/{scan}", Roles: officers, serve: (*Handler).takeScan},
	{Method: "GET", Path: "/verzoek/{ref}/lezen", Roles: officers, serve: (*Handler).showReading},
	{Method: "POST", Path: "/verzoek/{ref}/lezen", Roles: officers, serve: (*Handler).readAs},
	{Method: "GET", Path: "/verzoek/{ref}/{leg}/wie", Roles: officers, serve: (*Handler).showMatch},
	{Method: "POST", Path: "/verzoek/{ref}/{leg}/wie", Roles: officers, serve: (*Handler).match},
	{Method: "GET", Path: "/verzoek/{ref}/{leg}/nakijken", Roles: officers, serve: (*Handler).showScreen},
	{Method: "POST", Path: "/verzoek/{ref}/{leg}/nakijken", Roles: officers, serve: (*Handler).screen},
	{Method: "GET", Path: "/verzoek/{ref}/{leg}/nakijken/{item}", Roles: workers, serve: (*Handler).screenFile},
	{Method: "GET", Path: "/verzoek/{ref}/{leg}/nagekeken", Roles: workers, serve: (*Handler).showFound},
	{Method: "GET", Path: "/verzoek/{ref}/{leg}/pakket", Roles: workers, serve: (*Handler).showContents},
	{Method: "GET", Path: "/verzoek/{ref}/{leg}/pakket/{file...}", Roles: workers, serve: (*Handler).showContent},
	{Method: "GET", Path: "/verzoek/{ref}/{leg}/besluit", Roles: officers, serve: (*Handler).showDecide},
	{Method: "POST", Path: "/verzoek/{ref}/{leg}/besluit", Roles: officers, serve: (*Handler).decide},
	{Method: "GET", Path: "/verzoek/{ref}/{leg}/goedkeuren", Roles: approvers, serve: (*Handler).showApprove},
	{Method: "POST", Path: "/verzoek/{ref}/{leg}/goedkeuren", Roles: approvers, serve: (*Handler).approve},
	{Method: "GET", Path: "/verzoek/{ref}/{leg}/vrijgeven", Roles: officers, serve: (*Handler).showRelease},
	{Method: "POST", Path: "/verzoek/{ref}/{leg}/vrijgeven", Roles: officers, serve: (*Handler).release},
	{Method: "GET", Path: "/verzoek/{ref}/{leg}/uitgevoerd", Roles: officers, serve: (*Handler).showCarriedOut},
	{Method: "POST", Path: "/verzoek/{ref}/{leg}/uitgevoerd", Roles: officers, serve: (*Handler).carriedOut},
	{Method: "GET", Path: "/verzoek/{ref}/{leg}/tegenhouden", Roles: workers, serve: (*Handler).showStop},
	{Method: "POST", Path: "/verzoek/{ref}/{leg}/tegenhouden", Roles: workers, serve: (*Handler).stop},
}

// Routes lists every route of the desk with its roles: the oracle of the tests.
func Routes() []Route {
	all := slices.Concat(routes, deedRoutes())
	for i := range all {
		all[i].Roles = slices.Clone(all[i].Roles)
	}
	return all
}

func static(_ *Handler, v visit) error { return door.Static(v.Visit) }

// allowed reports whether the actor holds one of the route's roles.
func (r Route) allowed(has func(string) bool) bool { return slices.ContainsFunc(r.Roles, has) }

// posts reports whether the route changes anything.
func (r Route) posts() bool { return r.Method == http.MethodPost }
