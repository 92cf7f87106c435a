package client

import (
	"net/http"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

type packagePage struct {
	pages.Frame
	Heading, Lead string
	File, Size    string
	Until, SHA256 string
	Left          int
	Action, Link  string
}

func (h *Handler) showPackage(v visit) error {
	c, err := h.open(v)
	if err != nil {
		return err
	}
	if c.Package == nil {
		return request.Fault(request.NotFound, string(c.Reference)+"/"+c.Leg, "find a package")
	}
	return h.packagePage(v, c, "")
}

func (h *Handler) packagePage(v visit, c casework.ClientCase, link string) error {
	p := packagePage{
		Frame: h.frame(v, v.Say("package.title"), ""), Heading: v.Say("package.title"), Lead: v.Say("package.lead"),
		File: c.Package.Name, Size: pages.Size(v.Lang, c.Package.Bytes), Until: pages.Day(v.Lang, c.Package.Until),
		SHA256: c.Package.SHA256, Left: c.Package.Left, Action: h.legAddress(c.Reference, c.Leg, "pakket"), Link: link,
	}
	if link != "" {
		p.Heading, p.Lead = v.Say("package.link.title"), v.Say("package.link.lead")
	}
	p.Back = h.legAddress(c.Reference, c.Leg)
	return h.door.Show(v.Visit, http.StatusOK, "package", p)
}

// release answers with the page that holds the address of the file: it is good
// for 120 seconds at most, must not be kept, and every one is counted (A25).
func (h *Handler) release(v visit) error {
	c, err := h.open(v)
	if err != nil {
		return err
	}
	if c.Package == nil {
		return request.Fault(request.NotFound, string(c.Reference)+"/"+c.Leg, "find a package")
	}
	link, err := h.Cases.ClientRelease(v.R.Context(), v.session.client.ID, c.Reference, c.Leg)
	if request.TooMany.Is(err) {
		return door.SeeOther(v.Visit, h.legAddress(c.Reference, c.Leg, "pakket"))
	}
	if err != nil {
		return err
	}
	return h.packagePage(v, c, link)
}
