package portal

import (
	"net/http"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// The road of somebody who cannot reach the mailbox that we know: ask for a
// letter with a code, to the address that was on file, and type the code here
// when it has come. What is said is the same whether or not there is a request,
// a person or an address (A16).

// letterDoor asks which request the letter is about.
func (h *Handler) letterDoor(v visit) error {
	return h.askReference(v, "letter", v.R.URL.Query().Get("k"), "")
}

// askLetterDoor asks for which request a letter should be sent.
func (h *Handler) askLetterDoor(v visit) error {
	return h.askReference(v, "noreach", v.R.URL.Query().Get("k"), "")
}

// askLetter has a letter asked for, if there is anybody to send it to; the
// visitor sees the same whether or not there is, and however often.
func (h *Handler) askLetter(v visit) error {
	ref, ok, err := h.readReference(v, "noreach")
	if err != nil || !ok {
		return err
	}
	secret, err := h.door.Secret()
	if err != nil {
		return err
	}
	if _, err := h.Proof.Ask(v.R.Context(), secret, identity.ForLetter, string(ref)); err != nil && !request.TooMany.Is(err) {
		return err
	}
	return h.to(v, "/bewijs/brief/gevraagd")
}

// letterAsked is what everybody reads who asked.
func (h *Handler) letterAsked(v visit) error {
	return h.simple(v, "letterasked", "/bewijs/brief/gevraagd", "/bewijs/brief")
}

// openLetter begins a visit for a code that came by post: its secret must be
// there before the code is typed, so that a double click is one.
func (h *Handler) openLetter(v visit) error {
	ref, ok, err := h.readReference(v, "letter")
	if err != nil || !ok {
		return err
	}
	secret, err := h.door.Secret()
	if err != nil {
		return err
	}
	if err := h.door.SaveAs(v.Visit, visitRecord, secret, proofVisit{Reference: ref, Purpose: identity.ForProof, Letter: true}); err != nil {
		return err
	}
	return h.to(v, "/bewijs/brief/code")
}

// letterPage is the box for a code from a letter.
type letterPage struct {
	pages.Frame
	Field       pages.Field
	Action, Ask string
	Mail, Phone string
}

func (h *Handler) showLetterCode(v visit) error {
	p, err := h.visitOf(v)
	if err != nil {
		return err
	}
	if p == nil || !p.Letter {
		return h.letterDoor(v)
	}
	page := letterPage{
		Frame: h.frame(v, v.Say("letter.title"), "/bewijs/brief/code"), Action: h.address(v.Lang, "/bewijs/brief/code"),
		Ask: h.address(v.Lang, "/bewijs/brief/vragen?k="+string(p.Reference)), Mail: h.House.Email, Phone: together(h.House.Phone),
		Field: pages.Field{
			ID: "code", Label: v.Say("letter.label"), Hint: v.Say("letter.hint"), Autocomplete: "off", Plain: true, Width: "w20", Lang: v.Lang,
		},
	}
	page.Back = h.address(v.Lang, "/bewijs/brief")
	if p.Fault != "" {
		door.Faulty(v.Visit, &page.Frame, &page.Field, v.Say(p.Fault))
	}
	return h.door.Show(v.Visit, http.StatusOK, "letter", page)
}

// tryLetter takes a code from a letter, typed by a person. It proves the
// address as a code by mail proves a mailbox: what more is needed is asked as always.
func (h *Handler) tryLetter(v visit) error {
	values, _, err := readForm(v.R)
	if err != nil {
		return err
	}
	p, err := h.visitOf(v)
	if err != nil {
		return err
	}
	if p == nil || !p.Letter {
		return h.fault(v, http.StatusGone, "gone.code")
	}
	ctx, secret := v.R.Context(), h.door.SecretOf(v.R, visitRecord)
	p.Fault, p.Told = "", ""
	if _, ok := identity.NormalLetter(values.Get("code")); !ok {
		p.Fault = "fault.letter.form" // costs no try: it depends on what was typed only
		return h.letterFault(v, *p)
	}
	proof, err := h.Proof.TryLetter(ctx, secret, p.Purpose, string(p.Reference), values.Get("code"))
	switch {
	case door.Refused(err), request.TooMany.Is(err):
		p.Fault = "fault.letter" // wrong, over, used, of another request, of nobody: one text (A16)
		return h.letterFault(v, *p)
	case err != nil:
		return err
	}
	if err := h.Proving.Accepted(ctx, p.Reference, proof); err != nil {
		return err
	}
	view, err := h.Requests.Status(ctx, p.Reference, casework.Viewer{Sight: casework.SightFile, Channels: proof.Channels})
	if err != nil {
		return err
	}
	next := "/bewijs/nummer"
	if !needsFact(view) {
		// There is a file only after L2; the person is still where the letters go.
		p.Fact, next = true, "/stand/overzicht"
	}
	p.Told = "told.proven"
	if err := h.door.Save(v.Visit, visitRecord, p); err != nil {
		return err
	}
	return h.to(v, next)
}

func (h *Handler) letterFault(v visit, p proofVisit) error {
	if err := h.door.Save(v.Visit, visitRecord, p); err != nil {
		return err
	}
	return h.to(v, "/bewijs/brief/code#fouten")
}
