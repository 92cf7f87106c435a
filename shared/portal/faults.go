package portal

import (
	"net/http"

	"github.com/allclaims/rightsdesk/shared/pages"
)

// faultPage is a page for when something goes wrong: what happened, what it
// means, one way on (ux §2.13).
type faultPage struct {
	pages.Frame
	Heading, Text string
	Next, NextTo  string
	// Reference is shown when the request surely arrived.
	Reference string
}

// fault shows the page of that kind: its words are fault.KIND.title, .text and .next.
func (h *Handler) fault(v visit, status int, kind string, args ...any) error {
	next := map[string]string{
		"missing": "/", "gone": "/verzoek/" + stepWishes, "gone.code": "/stand", "busy": "/",
		"broken": "/verzoek/" + stepCheck, "unsent": "/verzoek/" + stepCheck, "in": "/stand",
	}[kind]
	page := faultPage{
		Frame:   h.frame(v, v.say("page."+kind+".title"), "/"),
		Heading: v.say("page." + kind + ".title"),
		Text:    v.say("page."+kind+".text", args...),
		Next:    v.say("page." + kind + ".next"),
		NextTo:  h.address(v.lang, next),
	}
	return h.show(v, status, "fault", page)
}

// notFound is the same for every address that is not there, and for every
// reference, file and page that is not this visitor's (A26).
func (h *Handler) notFound(v visit) error {
	return h.fault(v, http.StatusNotFound, "missing")
}

// broken answers when we failed. It needs nothing but the program itself, so
// it works when the data store is down.
func (h *Handler) broken(v visit, status int) {
	kind := "broken"
	if status == http.StatusTooManyRequests {
		kind = "busy"
	}
	if err := h.fault(v, status, kind); err != nil {
		http.Error(v.w, http.StatusText(status), status)
	}
}
