package portal

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// What the site remembers of a browser.
var (
	// A draft lasts over 20 hours, so no time-out warning is needed (WCAG 2.2.1).
	draftRecord = door.Record{Cookie: "verzoek", Life: 24 * time.Hour}
	// A visit outlives a code and the session after it.
	visitRecord = door.Record{Cookie: "bewijs", Life: 12 * time.Hour}
)

// draft is what a person typed so far, as typed, and where they are. After
// sending only Sent is left: no personal data.
type draft struct {
	// Token makes sending twice one request.
	Token string `json:"token"`
	// Own is true on the road of one's own words.
	Own bool `json:"own,omitempty"`
	// Values are all boxes of all steps, as typed.
	Values url.Values `json:"values,omitempty"`
	// Foreign is true when the address is not a Dutch one.
	Foreign bool `json:"foreign,omitempty"`
	// Show names the step whose faults are to be shown.
	Show string `json:"show,omitempty"`
	// Large is true when the last post was larger than we take.
	Large bool `json:"large,omitempty"`
	// Asked is the step that waits for an answer about a BSN, NotBSN the
	// numbers of which the person said that they are something else.
	Asked  string   `json:"asked,omitempty"`
	NotBSN []string `json:"notBsn,omitempty"`
	// Typo is the e-mail address about which we asked once.
	Typo string `json:"typo,omitempty"`
	Sent *sent  `json:"sent,omitempty"`
	// today is the date in Amsterdam of the visit, for what lies in the past.
	today request.Day
}

// sent is what the confirmation says.
type sent struct {
	Reference request.Reference `json:"reference"`
	Received  time.Time         `json:"received"`
	SafeDue   request.Day       `json:"safeDue"`
	ByLetter  bool              `json:"byLetter,omitempty"`
	Bill      bool              `json:"bill,omitempty"`
	Stops     bool              `json:"stops,omitempty"`
}

func (d *draft) get(name string) string { return d.Values.Get(name) }

func (d *draft) has(name, value string) bool { return slices.Contains(d.Values[name], value) }

// draftOf loads the visitor's draft; nil when there is none (any more).
func (h *Handler) draftOf(v visit) (*draft, error) {
	var d draft
	ok, err := h.door.Load(v.Visit, draftRecord, &d)
	if err != nil || !ok {
		return nil, err
	}
	if d.Values == nil {
		d.Values = url.Values{}
	}
	d.today = pages.Date(h.Now())
	return &d, nil
}

// limit is the largest form we take.
const limit = 64 << 10

// readForm reads a posted form. Of one that is too large it keeps the part up
// to the limit and says so, so that nothing a person typed is lost for
// nothing.
func readForm(r *http.Request) (form url.Values, large bool, err error) {
	b, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return nil, false, fmt.Errorf("read a form: %w", err)
	}
	if len(b) > limit {
		large, b = true, b[:limit]
	}
	form = parseForm(string(b))
	if large {
		// The last character may have been cut in two.
		for _, values := range form {
			values[len(values)-1] = strings.TrimRight(values[len(values)-1], "\uFFFD")
		}
	}
	return form, large, nil
}

// parseForm reads what it can: a broken pair is taken as it stands rather
// than refused with all the others.
func parseForm(body string) url.Values {
	form := url.Values{}
	for pair := range strings.SplitSeq(body, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		form.Add(unescape(name), unescape(value))
	}
	return form
}

func unescape(s string) string {
	for cut := 0; cut <= 2 && cut <= len(s); cut++ {
		// A cut at the limit may have split an escape of three bytes.
		if plain, err := url.QueryUnescape(s[:len(s)-cut]); err == nil {
			return door.Clean(plain)
		}
	}
	return door.Clean(s)
}
