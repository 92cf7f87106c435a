package server

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/opendsr"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// The limits of a message.
const (
	// MaxBody is in bytes.
	MaxBody = 64 << 10
	// MaxDepth is how deep objects and lists stand in one another.
	MaxDepth = 6
	// MaxValues is how many identities, or numbers of one kind, a message names.
	MaxValues = 20
	// MaxValue is in bytes, for one of them.
	MaxValue = 254
	// MaxCallbacks is how many addresses hear of each status.
	MaxCallbacks = 5
	// MaxAge is how long ago the person may have asked. A request is kept longer
	// than that, so that no message is taken in a second time once it is forgotten.
	MaxAge = 100 * 24 * time.Hour
	// clocks is how far a client's clock may be ahead of ours.
	clocks = 5 * time.Minute
)

// What we can find somebody by, and what we can do.
var (
	identities = []opendsr.Identity{{Type: opendsr.Email, Format: opendsr.Raw}, {Type: opendsr.CustomerID, Format: opendsr.Raw}}
	types      = []string{opendsr.Access, opendsr.Portability, opendsr.Erasure}
	rights     = map[string]request.Right{
		opendsr.Access: request.Access, opendsr.Portability: request.Portability, opendsr.Erasure: request.Erasure,
	}
)

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// Given is our extension of a request: by what else the client names its debtor.
type Given struct {
	ClaimNumbers []string `json:"claim_numbers,omitempty"`
	DebtorName   string   `json:"debtor_name,omitempty"`
	Postcode     string   `json:"postcode,omitempty"`
	BirthDate    string   `json:"birth_date,omitempty"`
}

// mediaOf reports whether a body is JSON in UTF-8; what it is instead comes as a
// word of ours.
func mediaOf(r *http.Request) (string, bool) {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err != nil:
		return "of no type", false
	case media != "application/json":
		return "another type", false
	case params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8"):
		return "in other characters", false
	}
	return media, true
}

// message is opendsr.Request as it is read: times and lists may be missing, and
// a refusal must say so.
type message struct {
	Regulation string                     `json:"regulation"`
	ID         string                     `json:"subject_request_id"`
	Type       string                     `json:"subject_request_type"`
	Submitted  string                     `json:"submitted_time"`
	Identities []opendsr.Identity         `json:"subject_identities"`
	Version    string                     `json:"api_version"`
	Callbacks  []string                   `json:"status_callback_urls"`
	Extensions map[string]json.RawMessage `json:"extensions"`
}

// read makes of a message what is taken in, or says what is wrong with it.
// Nothing of the message stands in a refusal.
func (h *Handler) read(body []byte, now time.Time, conn register.Connection) (casework.Delegated, *answer) {
	wrong := func(message string) (casework.Delegated, *answer) {
		a := invalid(message)
		return casework.Delegated{}, &a
	}
	var m message
	if what := shape(body); what != "" {
		return wrong(what)
	}
	if json.Unmarshal(body, &m) != nil {
		return wrong("A field is not of the type that it must be.")
	}
	if m.Version != "" && m.Version != "2" && !strings.HasPrefix(m.Version, "2.") && !oldVersion(m.Version) {
		return wrong("api_version is none of 1.0 and 2.0.")
	}
	if m.Regulation == "" && oldVersion(m.Version) {
		m.Regulation = opendsr.GDPR // version 1 has no such field
	}
	switch {
	case m.Regulation == "":
		return wrong("regulation field is required.")
	case m.Regulation != opendsr.GDPR:
		return wrong("regulation must be gdpr.")
	case m.ID == "":
		return wrong("subject_request_id field is required.")
	case !uuid.MatchString(m.ID):
		return wrong("subject_request_id must be a UUID of version 4 in lower case.")
	case m.Type == "":
		return wrong("subject_request_type field is required.")
	case rights[m.Type] == "":
		return wrong("subject_request_type must be access, portability or erasure.")
	case m.Submitted == "":
		return wrong("submitted_time field is required.")
	}
	asked, err := time.Parse(time.RFC3339, m.Submitted)
	switch {
	case err != nil:
		return wrong("submitted_time must be a time of RFC 3339.")
	case asked.After(now.Add(clocks)):
		return wrong("submitted_time is in the future.")
	case now.Sub(asked) > MaxAge:
		return wrong("submitted_time is more than 100 days ago: write to us.")
	}
	if asked.After(now) {
		asked = now
	}
	if len(m.Callbacks) > MaxCallbacks {
		return wrong("status_callback_urls holds more than 5 addresses.")
	}
	for _, address := range m.Callbacks {
		if opendsr.CheckHost(address, conn.Domains) != nil {
			return wrong("status_callback_urls holds an address that is not https on port 443 of a host that you registered with us.")
		}
	}
	given, what := h.given(m)
	if what != "" {
		return wrong(what)
	}
	return casework.Delegated{
		Delegation: request.Delegation{
			Client: conn.Client, ID: m.ID, Digest: digest(body), Asked: asked.UTC(), Callbacks: slices.Compact(slices.Sorted(slices.Values(m.Callbacks))),
		},
		Right: rights[m.Type], Given: given,
	}, nil
}

// oldVersion is version 1, and the drafts before it, which machines still name.
func oldVersion(v string) bool {
	return v == "1" || strings.HasPrefix(v, "1.") || strings.HasPrefix(v, "0.1")
}

// given reads by what the client names the person; what is wrong comes as words.
func (h *Handler) given(m message) (request.Sender, string) {
	var s request.Sender
	if len(m.Identities) > MaxValues {
		return s, "subject_identities holds more than 20."
	}
	for _, id := range m.Identities {
		switch {
		case !slices.ContainsFunc(identities, func(k opendsr.Identity) bool { return k.Type == id.Type }):
			return s, "subject_identities holds an identity_type that /v2/discovery does not name."
		case id.Format != opendsr.Raw:
			return s, "subject_identities holds an identity_format that /v2/discovery does not name."
		case !plain(id.Value):
			return s, "subject_identities holds an identity_value that is empty, too long or no text."
		}
		switch id.Type {
		case opendsr.Email:
			a, err := mail.ParseAddress(id.Value)
			switch {
			case err != nil || a.Address != id.Value:
				return s, "subject_identities holds an email that is no bare address."
			case s.Email != "" && !strings.EqualFold(s.Email, id.Value):
				return s, "subject_identities holds two emails: hand over one request for each."
			}
			s.Email = id.Value
		case opendsr.CustomerID:
			s.ClientNumbers = append(s.ClientNumbers, id.Value)
		}
	}
	for domain, raw := range m.Extensions {
		if !strings.EqualFold(domain, h.domain()) {
			return s, "extensions holds one for another processor."
		}
		var g Given
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields() // what we do not know may be an instruction
		if d.Decode(&g) != nil {
			return s, "Our extension holds a field that we do not know, or one of another type."
		}
		if len(g.ClaimNumbers) > MaxValues {
			return s, "claim_numbers holds more than 20."
		}
		for _, v := range g.ClaimNumbers {
			if !plain(v) {
				return s, "claim_numbers holds a value that is empty, too long or no text."
			}
		}
		for _, v := range []string{g.DebtorName, g.Postcode} {
			if v != "" && !plain(v) {
				return s, "debtor_name or postcode is too long or no text."
			}
		}
		if g.BirthDate != "" {
			if _, err := time.Parse(time.DateOnly, g.BirthDate); err != nil {
				return s, "birth_date must be a day such as 1980-01-31."
			}
		}
		s.FileNumbers, s.Name, s.Postcode, s.BirthDate = g.ClaimNumbers, g.DebtorName, g.Postcode, request.Day(g.BirthDate)
	}
	if s.Email == "" && len(s.ClientNumbers) == 0 && len(s.FileNumbers) == 0 {
		return s, "subject_identities, or claim_numbers of our extension, must name the person."
	}
	return s, ""
}

// plain reports whether a value is a short text of one line.
func plain(v string) bool {
	return strings.TrimSpace(v) != "" && len(v) <= MaxValue && utf8.ValidString(v) &&
		!strings.ContainsFunc(v, func(c rune) bool { return c < ' ' || c == 0x7f || c == utf8.RuneError })
}

// shape looks at a message before it is read: one object of JSON, not too deep,
// no name in it twice. Two readers of a name that stands there twice may see
// two messages.
func shape(body []byte) string {
	const notJSON = "The body is not one object of JSON in UTF-8."
	if !utf8.Valid(body) {
		return notJSON
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	type level struct {
		object bool
		name   bool // a name comes next
		names  map[string]bool
	}
	var in []level
	for n := 0; ; n++ {
		t, err := d.Token()
		if err != nil {
			if err == io.EOF && len(in) == 0 && n > 0 {
				return ""
			}
			return notJSON
		}
		if n > 0 && len(in) == 0 {
			return notJSON // something follows the object
		}
		if n == 0 && t != json.Delim('{') {
			return notJSON
		}
		if len(in) > 0 {
			if top := &in[len(in)-1]; top.object {
				if name, ok := t.(string); ok && top.name {
					folded := strings.ToLower(name) // as they are read
					if top.names[folded] {
						return "A field stands twice in one object."
					}
					top.names[folded], top.name = true, false
					continue
				}
				top.name = true
			}
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			if len(in) == MaxDepth {
				return "The message is more than " + strconv.Itoa(MaxDepth) + " levels deep."
			}
			in = append(in, level{object: t == json.Delim('{'), name: true, names: map[string]bool{}})
		case json.Delim('}'), json.Delim(']'):
			in = in[:len(in)-1]
		}
	}
}
