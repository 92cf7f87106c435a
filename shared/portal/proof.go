package portal

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// proofVisit is where a visitor stands on the proof road: which reference they
// named and what the last answer was. Whether they proved anything, only
// Proof knows.
type proofVisit struct {
	Reference request.Reference `json:"reference"`
	Purpose   identity.Purpose  `json:"purpose"`
	// Until is when the last code ends. Spent is true when no more codes are sent.
	Until time.Time `json:"until"`
	Spent bool      `json:"spent,omitempty"`
	// Fault is the key of the sentence to show, N the digits that were typed.
	Fault string `json:"fault,omitempty"`
	N     int    `json:"n,omitempty"`
	// Fact is true when a number was given that matches the file (L2).
	Fact bool `json:"fact,omitempty"`
	// Letter is true for a code that comes by post.
	Letter bool `json:"letter,omitempty"`
	// Told is the key of the notice about what was just done.
	Told string `json:"told,omitempty"`
}

// doorPage asks for a reference.
type doorPage struct {
	pages.Frame
	Heading, Lead  string
	Field          pages.Field
	Action         string
	Button         string
	Other, OtherTo string
}

// proofDoor is P1: it says how a code works; the link from the letter has no
// power, it only fills the reference in (A20).
func (h *Handler) proofDoor(v visit) error {
	return h.askReference(v, "proof", v.R.URL.Query().Get("k"), "")
}

// statusDoor is where anybody can ask how a request stands.
func (h *Handler) statusDoor(v visit) error {
	return h.askReference(v, "status", v.R.URL.Query().Get("k"), "")
}

// referenceDoor is a page that asks for a reference. Its words are those of its
// kind; a zero action is the page's own path, a zero button that of the codes.
type referenceDoor struct{ path, action, button, back, other, otherTo string }

var referenceDoors = map[string]referenceDoor{
	"proof":   {path: "/bewijs", back: "/", other: "proof.letter", otherTo: "/bewijs/brief"},
	"status":  {path: "/stand", back: "/", other: "status.letter", otherTo: "/bewijs"},
	"fetch":   {path: "/download", action: "/download/code", back: "/"},
	"letter":  {path: "/bewijs/brief", button: "letter.send", back: "/bewijs"},
	"noreach": {path: "/bewijs/brief/vragen", button: "noreach.send", back: "/bewijs"},
	"notme":   {path: "/bewijs/niet-ik", button: "notme.send"},
}

// askReference shows a box for the reference. fault is the key of what to mend.
func (h *Handler) askReference(v visit, kind, typed, fault string) error {
	d := referenceDoors[kind]
	if ref, ok := request.ParseReference(typed); ok {
		typed = string(ref)
	} else if fault == "" {
		typed = ""
	}
	twin := d.path
	if typed != "" && fault == "" {
		twin += "?k=" + url.QueryEscape(typed)
	}
	p := doorPage{
		Frame: h.frame(v, v.Say(kind+".title"), twin), Heading: v.Say(kind + ".title"), Lead: v.Say(kind + ".lead"),
		Action: h.address(v.Lang, cmp.Or(d.action, d.path)), Button: v.Say(cmp.Or(d.button, "proof.send")),
		Field: pages.Field{
			ID: "k", Label: v.Say("proof.reference"), Hint: v.Say("proof.reference.hint"), Value: typed, Lang: v.Lang, Plain: true, Width: "w12", Autocomplete: "off",
		},
	}
	if d.other != "" {
		p.Other, p.OtherTo = v.Say(d.other), h.address(v.Lang, d.otherTo)
	}
	if d.back != "" {
		p.Back = h.address(v.Lang, d.back)
	}
	if fault != "" {
		door.Faulty(v.Visit, &p.Frame, &p.Field, v.Say(fault))
	}
	return h.door.Show(v.Visit, http.StatusOK, "door", p)
}

// readReference reads a posted reference; where it is none the door of that kind
// is shown again, and ok is false. That depends on what was typed only, and
// nothing is kept of it, so this one answer to a POST is a page; sending it
// again does nothing.
func (h *Handler) readReference(v visit, kind string) (ref request.Reference, ok bool, err error) {
	values, _, err := readForm(v.R)
	if err != nil {
		return "", false, err
	}
	if ref, ok = request.ParseReference(values.Get("k")); !ok {
		return "", false, h.askReference(v, kind, door.Clip(values.Get("k"), maxFileNumber), "fault.reference")
	}
	return ref, true, nil
}

func (h *Handler) askProof(v visit) error {
	return h.ask(v, "proof", identity.ForProof)
}

func (h *Handler) askStatus(v visit) error {
	return h.ask(v, "status", identity.ForStatus)
}

// askPackage asks for a code to fetch a file that is ready; it goes to the
// channel on file, so that the letter about the file has no power of its own.
func (h *Handler) askPackage(v visit) error {
	return h.ask(v, "fetch", identity.ForPackage)
}

// doors are where each purpose begins.
var doors = map[identity.Purpose]string{identity.ForProof: "/bewijs", identity.ForStatus: "/stand", identity.ForPackage: "/download"}

// ask sends a code, if there is anything to send it to; the visitor sees the
// same whether or not there is (A16).
func (h *Handler) ask(v visit, kind string, purpose identity.Purpose) error {
	ref, ok, err := h.readReference(v, kind)
	if err != nil || !ok {
		return err
	}
	// A new visit has a new secret: what was proven for another reference, or
	// in another browser, does not come along (A23).
	secret, err := h.door.Secret()
	if err != nil {
		return err
	}
	return h.sendCode(v, secret, proofVisit{Reference: ref, Purpose: purpose})
}

func (h *Handler) sendCode(v visit, secret string, p proofVisit) error {
	ctx := v.R.Context()
	asked, err := h.Proof.Ask(ctx, secret, p.Purpose, string(p.Reference))
	p.Fault, p.Told, p.Spent = "", "", false
	switch {
	case request.TooMany.Is(err):
		p.Spent = true
	case err != nil:
		return err
	default:
		p.Until = asked.Until
	}
	if err := h.door.SaveAs(v.Visit, visitRecord, secret, p); err != nil {
		return err
	}
	return h.to(v, "/bewijs/code")
}

// codePage is P2.
type codePage struct {
	pages.Frame
	Spent         bool
	Lead          string
	Field         pages.Field
	Action, NotMe string
	// ByLetter is where somebody goes who cannot reach the mailbox on file.
	ByLetter    string
	Only        bool
	Mail, Phone string
}

// visitOf loads the visitor's place on the proof road; nil when there is none.
func (h *Handler) visitOf(v visit) (*proofVisit, error) {
	var p proofVisit
	ok, err := h.door.Load(v.Visit, visitRecord, &p)
	if err != nil || !ok {
		return nil, err
	}
	return &p, nil
}

// showCode is P2: one box for the code.
func (h *Handler) showCode(v visit) error {
	p, err := h.visitOf(v)
	if err != nil {
		return err
	}
	if p == nil {
		return h.statusDoor(v)
	}
	page := codePage{
		Frame: h.frame(v, v.Say("code.title"), "/bewijs/code"), Spent: p.Spent,
		Action: h.address(v.Lang, "/bewijs/code"), NotMe: h.address(v.Lang, "/bewijs/niet-ik?k="+string(p.Reference)),
		Lead: "code.lead.file", Phone: together(h.House.Phone), Mail: h.House.Email,
		Only: p.Fault == door.CodeSpent,
		Field: pages.Field{
			ID: "code", Label: v.Say("code.label"), Inputmode: "numeric", Autocomplete: "one-time-code", Plain: true, Big: true, Lang: v.Lang,
		},
	}
	if p.Purpose == identity.ForStatus {
		page.Lead = "code.lead.sender"
	} else {
		page.ByLetter = h.address(v.Lang, "/bewijs/brief/vragen?k="+string(p.Reference))
	}
	if !p.Spent {
		page.Lead = v.Say(page.Lead, "time", pages.Hour(v.Lang, p.Until))
	}
	page.Back = h.address(v.Lang, doors[p.Purpose])
	if p.Fault != "" && !p.Spent {
		door.FaultyCode(v.Visit, &page.Frame, &page.Field, p.Fault, p.N)
	}
	return h.door.Show(v.Visit, http.StatusOK, "code", page)
}

// tryCode takes a code typed by a person into the browser that asked for it.
func (h *Handler) tryCode(v visit) error {
	values, _, err := readForm(v.R)
	if err != nil {
		return err
	}
	p, err := h.visitOf(v)
	if err != nil {
		return err
	}
	if p == nil {
		return h.fault(v, http.StatusGone, "gone.code")
	}
	ctx, secret := v.R.Context(), h.door.SecretOf(v.R, visitRecord)
	if values.Get("actie") == "nieuw" {
		return h.sendCode(v, secret, *p)
	}
	proof, fault, n, err := door.TryCode(ctx, h.Proof, secret, p.Purpose, string(p.Reference), values.Get("code"))
	if err != nil {
		return err
	}
	if p.Fault, p.N, p.Told = fault, n, ""; fault != "" {
		if err := h.door.Save(v.Visit, visitRecord, p); err != nil {
			return err
		}
		return h.to(v, "/bewijs/code#fouten")
	}
	next := "/stand/overzicht"
	if p.Purpose == identity.ForPackage {
		next = "/download"
	}
	if p.Purpose == identity.ForProof {
		if err := h.Proving.Accepted(ctx, p.Reference, proof); err != nil {
			return err
		}
		p.Told = "told.proven"
		view, err := h.Requests.Status(ctx, p.Reference, casework.Viewer{Sight: casework.SightFile, Channels: proof.Channels})
		if err != nil {
			return err
		}
		if needsFact(view) {
			next = "/bewijs/nummer"
		}
	}
	if err := h.door.Save(v.Visit, visitRecord, p); err != nil {
		return err
	}
	return h.to(v, next)
}

func needsFact(view casework.StatusView) bool {
	for _, leg := range view.Legs {
		if leg.NeedsFact {
			return true
		}
	}
	return false
}

// session is a visitor who typed a code: what they proved and may see.
type session struct {
	*proofVisit
	secret string
	proof  identity.Proof
	sight  casework.Sight
}

// sessionOf finds the visitor's proven session; nil when there is none (any more).
func (h *Handler) sessionOf(v visit) (*session, error) {
	p, err := h.visitOf(v)
	if err != nil || p == nil {
		return nil, err
	}
	secret := h.door.SecretOf(v.R, visitRecord)
	proof, err := h.Proof.Proven(v.R.Context(), secret, p.Purpose, string(p.Reference))
	if door.Refused(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s := &session{proofVisit: p, secret: secret, proof: proof, sight: casework.SightSender}
	switch p.Purpose {
	case identity.ForProof:
		s.sight = casework.SightFile
		if p.Fact || len(proof.Channels) > 1 {
			s.sight = casework.SightFull
		}
	case identity.ForPackage:
		// There is a file only after L2; what is asked here is that the person
		// is still at the channel on file.
		s.sight = casework.SightFull
	}
	return s, nil
}

// viewer is how the overview knows the visitor.
func (s *session) viewer() casework.Viewer {
	return casework.Viewer{Sight: s.sight, Channels: s.proof.Channels}
}

// factPage is P3.
type factPage struct {
	pages.Frame
	Field  pages.Field
	Action string
	Skip   string
}

func (h *Handler) showFact(v visit) error {
	s, err := h.sessionOf(v)
	if err != nil {
		return err
	}
	if s == nil || s.Purpose != identity.ForProof {
		return h.statusDoor(v)
	}
	p := factPage{
		Frame: h.frame(v, v.Say("fact.title"), "/bewijs/nummer"), Action: h.address(v.Lang, "/bewijs/nummer"),
		Skip: h.address(v.Lang, "/stand/overzicht"),
		Field: pages.Field{
			ID: "nummer", Label: v.Say("fact.label"), Hint: v.Say("fact.hint"), Autocomplete: "off", Plain: true, Width: "w20", Lang: v.Lang,
		},
	}
	if s.Fault == "fault.fact" {
		door.Faulty(v.Visit, &p.Frame, &p.Field, v.Say(s.Fault))
	}
	return h.door.Show(v.Visit, http.StatusOK, "fact", p)
}

// tryFact takes a number that only the person has (L2). One text for everything that is wrong.
func (h *Handler) tryFact(v visit) error {
	values, _, err := readForm(v.R)
	if err != nil {
		return err
	}
	s, err := h.sessionOf(v)
	if err != nil {
		return err
	}
	if s == nil || s.Purpose != identity.ForProof {
		return h.statusDoor(v)
	}
	ctx := v.R.Context()
	fact := strings.TrimSpace(values.Get("nummer"))
	ok := false
	if fact != "" && len(fact) <= maxFileNumber {
		if ok, err = h.Proving.Fact(ctx, s.Reference, s.proof, fact); err != nil && !door.Refused(err) {
			return err
		}
	}
	s.Fault, s.Told, s.Fact = "", "told.proven", s.Fact || ok
	next := "/stand/overzicht"
	if !ok {
		s.Fault, s.Told, next = "fault.fact", "", "/bewijs/nummer#fouten"
	}
	if err := h.door.Save(v.Visit, visitRecord, s.proofVisit); err != nil {
		return err
	}
	return h.to(v, next)
}

// showNotMe asks for the reference of a request that someone did not make.
func (h *Handler) showNotMe(v visit) error {
	return h.askReference(v, "notme", v.R.URL.Query().Get("k"), "")
}

// notMe puts a request on hold; an unknown reference gets the same answer (A16).
func (h *Handler) notMe(v visit) error {
	ref, ok, err := h.readReference(v, "notme")
	if err != nil || !ok {
		return err
	}
	if err := h.Requests.NotMe(v.R.Context(), ref); err != nil && !request.NotFound.Is(err) {
		return err
	}
	return h.to(v, "/bewijs/gemeld")
}
