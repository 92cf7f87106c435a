package portal

import (
	"net/http"

	"github.com/allclaims/rightsdesk/shared/door"
)

// fault shows the page of that kind: its words are fault.KIND.title, .text and .next.
func (h *Handler) fault(v visit, status int, kind string, args ...any) error {
	next := map[string]string{
		"missing": "/", "gone": "/verzoek/" + stepWishes, "gone.code": "/stand", "busy": "/",
		"broken": "/verzoek/" + stepCheck, "unsent": "/verzoek/" + stepCheck, "in": "/stand",
	}[kind]
	frame := h.frame(v, v.Say("page."+kind+".title"), "/")
	return h.door.Show(v.Visit, status, "fault", door.NewFault(v.Visit, frame, kind, h.address(v.Lang, next), args...))
}

// notFound is the same for every address that is not there, and for every
// reference, file and page that is not this visitor's (A26).
func (h *Handler) notFound(v visit) error {
	return h.fault(v, http.StatusNotFound, "missing")
}
