package portal

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// codeLength is the number of digits of a code (A21).
const codeLength = 8

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
	return h.door(v, "proof", "/bewijs", v.r.URL.Query().Get("k"), "")
}

// statusDoor is where anybody can ask how a request stands.
func (h *Handler) statusDoor(v visit) error {
	return h.door(v, "status", "/stand", v.r.URL.Query().Get("k"), "")
}

// door shows a box for the reference. fault is the key of what to mend.
func (h *Handler) door(v visit, kind, path, typed, fault string) error {
	if ref, ok := request.ParseReference(typed); ok {
		typed = string(ref)
	} else if fault == "" {
		typed = ""
	}
	twin := path
	if typed != "" && fault == "" {
		twin += "?k=" + url.QueryEscape(typed)
	}
	p := doorPage{
		Frame: h.frame(v, v.say(kind+".title"), twin), Heading: v.say(kind + ".title"), Lead: v.say(kind + ".lead"),
		Action: h.address(v.lang, path+map[string]string{"fetch": "/code"}[kind]), Button: v.say("proof.send"),
		Field: pages.Field{
			ID: "k", Label: v.say("proof.reference"), Hint: v.say("proof.reference.hint"), Value: typed, Lang: v.lang, Plain: true, Width: "w12", Autocomplete: "off",
		},
	}
	if kind == "status" {
		p.Other, p.OtherTo = v.say("status.letter"), h.address(v.lang, "/bewijs")
	}
	p.Back = h.address(v.lang, "/")
	if fault != "" {
		p.Field.Error = v.say(fault)
		p.Title = v.say("frame.title.faults", "title", p.Title)
		p.Faults = []pages.Fault{{Place: "k", Text: p.Field.Error}}
	}
	return h.show(v, http.StatusOK, "door", p)
}

func (h *Handler) askProof(v visit) error {
	return h.ask(v, "proof", "/bewijs", identity.ForProof)
}

func (h *Handler) askStatus(v visit) error {
	return h.ask(v, "status", "/stand", identity.ForStatus)
}

// askPackage asks for a code to fetch a file that is ready; it goes to the
// channel on file, so that the letter about the file has no power of its own.
func (h *Handler) askPackage(v visit) error {
	return h.ask(v, "fetch", "/download", identity.ForPackage)
}

// doors are where each purpose begins.
var doors = map[identity.Purpose]string{identity.ForProof: "/bewijs", identity.ForStatus: "/stand", identity.ForPackage: "/download"}

// ask sends a code, if there is anything to send it to; the visitor sees the
// same whether or not there is (A16).
func (h *Handler) ask(v visit, kind, path string, purpose identity.Purpose) error {
	values, _, err := readForm(v.r)
	if err != nil {
		return err
	}
	ref, ok := request.ParseReference(values.Get("k"))
	if !ok {
		// Depends on what was typed only. Nothing is kept of it, so this one
		// answer to a POST is a page; sending it again does nothing.
		return h.door(v, kind, path, clip(values.Get("k"), maxFileNumber), "fault.reference")
	}
	// A new visit has a new secret: what was proven for another reference, or
	// in another browser, does not come along (A23).
	secret, err := h.random(32)
	if err != nil {
		return err
	}
	return h.sendCode(v, secret, proofVisit{Reference: ref, Purpose: purpose})
}

func (h *Handler) sendCode(v visit, secret string, p proofVisit) error {
	ctx := v.r.Context()
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
	if err := h.saveAs(ctx, v.w, secret, visitCookie, visitLife, p); err != nil {
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
	Only          bool
	Mail, Phone   string
}

// visitOf loads the visitor's place on the proof road; nil when there is none.
func (h *Handler) visitOf(v visit) (*proofVisit, error) {
	var p proofVisit
	ok, err := h.load(v.r.Context(), v.r, visitCookie, &p)
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
		Frame: h.frame(v, v.say("code.title"), "/bewijs/code"), Spent: p.Spent,
		Action: h.address(v.lang, "/bewijs/code"), NotMe: h.address(v.lang, "/bewijs/niet-ik?k="+string(p.Reference)),
		Lead: "code.lead.file", Phone: together(h.House.Phone), Mail: h.House.Email,
		Only: p.Fault == "fault.code.spent",
		Field: pages.Field{
			ID: "code", Label: v.say("code.label"), Inputmode: "numeric", Autocomplete: "one-time-code", Plain: true, Big: true, Lang: v.lang,
		},
	}
	if p.Purpose == identity.ForStatus {
		page.Lead = "code.lead.sender"
	}
	if !p.Spent {
		page.Lead = v.say(page.Lead, "time", pages.Hour(v.lang, p.Until))
	}
	page.Back = h.address(v.lang, doors[p.Purpose])
	if p.Fault != "" && !p.Spent {
		text := v.say("fault.code")
		if p.Fault == "fault.code.length" {
			text = v.say(p.Fault, "n", p.N)
		}
		page.Field.Error = text
		page.Title = v.say("frame.title.faults", "title", page.Title)
		page.Faults = []pages.Fault{{Place: "code", Text: text}}
		if page.Only {
			page.Faults[0].Place = ""
		}
	}
	return h.show(v, http.StatusOK, "code", page)
}

// readCode reads a code as people type or paste it: digits of any script's
// form 0–9, with blanks, dots or dashes between. ok is false when something
// else stands in it or the length is not that of a code; n counts the digits.
func readCode(s string) (code string, n int, ok bool) {
	var b strings.Builder
	other := false
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			b.WriteRune(c)
		case c >= '０' && c <= '９':
			b.WriteRune(c - '０' + '0')
		case unicode.IsSpace(c) || unicode.Is(unicode.Pd, c) || c == '.' || c == '\u200b' || c == '\u2212':
		default:
			other = true
		}
	}
	code = b.String()
	return code, len(code), !other && len(code) == codeLength
}

// tryCode takes a code typed by a person into the browser that asked for it.
func (h *Handler) tryCode(v visit) error {
	values, _, err := readForm(v.r)
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
	ctx, secret := v.r.Context(), h.secret(v.r, visitCookie)
	if values.Get("actie") == "nieuw" {
		return h.sendCode(v, secret, *p)
	}
	p.Fault, p.N, p.Told = "", 0, ""
	code, n, ok := readCode(values.Get("code"))
	if !ok {
		// Costs no try: it depends on what was typed only.
		p.Fault, p.N = "fault.code.length", n
		return h.codeFault(v, *p)
	}
	proof, err := h.Proof.Try(ctx, secret, p.Purpose, string(p.Reference), code)
	if refused(err) {
		// A double click, or a second go after a fault of ours: the code was
		// used, in this very session, so the person is through.
		if before, errBefore := h.Proof.Proven(ctx, secret, p.Purpose, string(p.Reference)); errBefore == nil {
			proof, err = before, nil
		}
	}
	switch {
	case request.TooMany.Is(err):
		p.Fault = "fault.code.spent"
		return h.codeFault(v, *p)
	case refused(err):
		// Wrong, expired, used, of another request, unknown reference: one text, one status (A16, A23).
		p.Fault = "fault.code"
		return h.codeFault(v, *p)
	case err != nil:
		return err
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
		view, err := h.Requests.Status(ctx, p.Reference, casework.SightFile)
		if err != nil {
			return err
		}
		if needsFact(view) {
			next = "/bewijs/nummer"
		}
	}
	if err := h.save(ctx, v.w, v.r, visitCookie, visitLife, p); err != nil {
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

// refused reports whether a proof was not accepted, for whatever reason.
func refused(err error) bool {
	var fault *request.Error
	if !errors.As(err, &fault) {
		return false
	}
	switch fault.Code {
	case request.ProofTooLow, request.NotFound, request.Forbidden, request.InputRefused:
		return true
	}
	return false
}

func (h *Handler) codeFault(v visit, p proofVisit) error {
	if err := h.save(v.r.Context(), v.w, v.r, visitCookie, visitLife, p); err != nil {
		return err
	}
	return h.to(v, "/bewijs/code#fouten")
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
	secret := h.secret(v.r, visitCookie)
	proof, err := h.Proof.Proven(v.r.Context(), secret, p.Purpose, string(p.Reference))
	if refused(err) {
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
		Frame: h.frame(v, v.say("fact.title"), "/bewijs/nummer"), Action: h.address(v.lang, "/bewijs/nummer"),
		Skip: h.address(v.lang, "/stand/overzicht"),
		Field: pages.Field{
			ID: "nummer", Label: v.say("fact.label"), Hint: v.say("fact.hint"), Autocomplete: "off", Plain: true, Width: "w20", Lang: v.lang,
		},
	}
	if s.Fault == "fault.fact" {
		p.Field.Error = v.say(s.Fault)
		p.Title = v.say("frame.title.faults", "title", p.Title)
		p.Faults = []pages.Fault{{Place: "nummer", Text: p.Field.Error}}
	}
	return h.show(v, http.StatusOK, "fact", p)
}

// tryFact takes a number that only the person has (L2). One text for everything that is wrong.
func (h *Handler) tryFact(v visit) error {
	values, _, err := readForm(v.r)
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
	ctx := v.r.Context()
	fact := strings.TrimSpace(values.Get("nummer"))
	ok := false
	if fact != "" && len(fact) <= maxFileNumber {
		if ok, err = h.Proving.Fact(ctx, s.Reference, s.proof, fact); err != nil && !refused(err) {
			return err
		}
	}
	s.Fault, s.Told, s.Fact = "", "told.proven", s.Fact || ok
	next := "/stand/overzicht"
	if !ok {
		s.Fault, s.Told, next = "fault.fact", "", "/bewijs/nummer#fouten"
	}
	if err := h.save(ctx, v.w, v.r, visitCookie, visitLife, s.proofVisit); err != nil {
		return err
	}
	return h.to(v, next)
}

// showNotMe asks for the reference of a request that someone did not make.
func (h *Handler) showNotMe(v visit) error {
	return h.doorNotMe(v, v.r.URL.Query().Get("k"), "")
}

func (h *Handler) doorNotMe(v visit, typed, fault string) error {
	if ref, ok := request.ParseReference(typed); ok {
		typed = string(ref)
	} else if fault == "" {
		typed = ""
	}
	p := doorPage{
		Frame: h.frame(v, v.say("notme.title"), "/bewijs/niet-ik"), Heading: v.say("notme.title"), Lead: v.say("notme.lead"),
		Action: h.address(v.lang, "/bewijs/niet-ik"), Button: v.say("notme.send"),
		Field: pages.Field{
			ID: "k", Label: v.say("proof.reference"), Hint: v.say("proof.reference.hint"), Value: typed, Lang: v.lang, Plain: true, Width: "w12", Autocomplete: "off",
		},
	}
	if fault != "" {
		p.Field.Error = v.say(fault)
		p.Title = v.say("frame.title.faults", "title", p.Title)
		p.Faults = []pages.Fault{{Place: "k", Text: p.Field.Error}}
	}
	return h.show(v, http.StatusOK, "door", p)
}

// notMe puts a request on hold; an unknown reference gets the same answer (A16).
func (h *Handler) notMe(v visit) error {
	values, _, err := readForm(v.r)
	if err != nil {
		return err
	}
	ref, ok := request.ParseReference(values.Get("k"))
	if !ok {
		return h.doorNotMe(v, clip(values.Get("k"), maxFileNumber), "fault.reference")
	}
	if err := h.Requests.NotMe(v.r.Context(), ref); err != nil && !request.NotFound.Is(err) {
		return err
	}
	return h.to(v, "/bewijs/gemeld")
}

// clip keeps the first n characters.
func clip(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
