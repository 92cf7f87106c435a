package client

import (
	"slices"

	"github.com/allclaims/rightsdesk/shared/door"
)

// Route is one address of the clients' site.
type Route struct {
	Method string
	// Path is a pattern of net/http below Base.
	Path string
	// Open routes need no sign-in; every other is for a signed-in client only.
	Open bool
	// Acts are the steps to an instruction, and what hands out a package: they are
	// the contact's, a deputy is refused.
	Acts bool

	serve func(*Handler, visit) error
}

// routes is the whole site: what is not here is a 404.
var routes = []Route{
	{Method: "GET", Path: "/static/{file}", Open: true, serve: static},
	{Method: "GET", Path: "/inloggen", Open: true, serve: (*Handler).signInPage},
	{Method: "POST", Path: "/inloggen", Open: true, serve: (*Handler).ask},
	{Method: "GET", Path: "/code", Open: true, serve: (*Handler).showCode},
	{Method: "POST", Path: "/code", Open: true, serve: (*Handler).tryCode},
	{Method: "POST", Path: "/uitloggen", Open: true, serve: (*Handler).signOut},
	{Method: "GET", Path: "/uitgelogd", Open: true, serve: (*Handler).signedOut},

	{Method: "GET", Path: "/{$}", serve: (*Handler).list},
	{Method: "POST", Path: "/langer", serve: (*Handler).longer},
	{Method: "GET", Path: "/maand", serve: (*Handler).showMonth},
	{Method: "GET", Path: "/maand/verslag.pdf", serve: (*Handler).takeReport},
	{Method: "GET", Path: "/maand/verslag.csv", serve: (*Handler).takeReport},
	{Method: "GET", Path: "/maand/bewijs.zip", serve: (*Handler).takeEvidence},
	{Method: "GET", Path: "/verzoek/{ref}/{leg}", serve: (*Handler).showCase},
	{Method: "GET", Path: "/verzoek/{ref}/{leg}/opdracht", Acts: true, serve: (*Handler).showInstruct},
	{Method: "POST", Path: "/verzoek/{ref}/{leg}/opdracht", Acts: true, serve: (*Handler).instruct},
	{Method: "GET", Path: "/verzoek/{ref}/{leg}/controle", Acts: true, serve: (*Handler).showCheck},
	{Method: "POST", Path: "/verzoek/{ref}/{leg}/controle", Acts: true, serve: (*Handler).give},
	{Method: "GET", Path: "/verzoek/{ref}/{leg}/ontvangen", serve: (*Handler).receipt},
	{Method: "GET", Path: "/verzoek/{ref}/{leg}/tweede-woord", Acts: true, serve: (*Handler).showWord},
	{Method: "POST", Path: "/verzoek/{ref}/{leg}/tweede-woord", Acts: true, serve: (*Handler).giveWord},
	{Method: "GET", Path: "/verzoek/{ref}/{leg}/einde", Acts: true, serve: (*Handler).showLift},
	{Method: "POST", Path: "/verzoek/{ref}/{leg}/einde", Acts: true, serve: (*Handler).chooseLift},
	{Method: "GET", Path: "/verzoek/{ref}/{leg}/einde/controle", Acts: true, serve: (*Handler).showLiftCheck},
	{Method: "POST", Path: "/verzoek/{ref}/{leg}/einde/controle", Acts: true, serve: (*Handler).giveLift},
	{Method: "GET", Path: "/verzoek/{ref}/{leg}/einde/ontvangen", serve: (*Handler).liftReceipt},
	{Method: "GET", Path: "/verzoek/{ref}/{leg}/pakket", Acts: true, serve: (*Handler).showPackage},
	{Method: "POST", Path: "/verzoek/{ref}/{leg}/pakket", Acts: true, serve: (*Handler).release},
}

// Routes lists every route of the site.
func Routes() []Route { return slices.Clone(routes) }

func static(_ *Handler, v visit) error { return door.Static(v.Visit) }
