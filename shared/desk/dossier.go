package desk

import (
	"slices"
	"strconv"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/grounds"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// recent is how many lines of the ledger stand open on a request's page.
const recent = 12

// dossier fills in what was recorded around a request: whose authority, notes,
// breaches, what keeps it, and the files that came along.
func (h *Handler) dossier(v visit, p *casePage, r *request.Request) {
	if r.Mandate.Status != "" {
		m := r.Mandate
		add := func(key, value string) {
			if value != "" {
				p.Mandate = append(p.Mandate, fact{v.Say(key), value})
			}
		}
		if c, ok := casework.Capacity(r); ok {
			add("mandate.capacity", v.SayOr("capacity."+c.Code, c.Code))
		}
		add("mandate.fact.oordeel", v.SayOr("mandate-status."+m.Status, m.Status))
		for _, f := range []struct{ key, prefix, code string }{{"mandate.fact.bewijs", "evidence.", m.Evidence}, {"mandate.fact.wat", "scope.", m.Scope}, {"mandate.fact.wie", "reply.", m.Reply}} {
			if f.code != "" {
				add(f.key, v.SayOr(f.prefix+f.code, f.code))
			}
		}
		add("mandate.fact.tot", pages.Day(v.Lang, m.Until))
	}
	for _, x := range r.Breaches {
		b := box{Heading: h.breachName(v, x), Facts: h.breachFacts(v, x)}
		if !p.Hidden {
			b.Text = x.Facts
		}
		p.Breaches = append(p.Breaches, b)
	}
	for _, x := range r.LegalHolds {
		if x.LiftedAt.IsZero() {
			p.Holds = append(p.Holds, v.Say("hold.line", "reason", v.SayOr("hold."+x.Reason, x.Reason), "date", pages.Day(v.Lang, x.Until)))
		}
	}
	if p.Hidden {
		return
	}
	for _, n := range slices.Backward(r.Notes) {
		p.Notes = append(p.Notes, box{Heading: v.Say("note.by", "moment", pages.Moment(v.Lang, n.At), "who", h.who(v, n.By)), Text: n.Text})
	}
	if r.Redacted == "" {
		p.NoteTo = h.caseAddress(r.Reference, "notitie")
	}
	if r.Raw == "" || r.Redacted != "" || !v.actor().Has(Officer) {
		return
	}
	mail, err := h.Cases.Attachments(v.R.Context(), v.actor(), r.Reference)
	switch {
	case err != nil:
		// The request can be worked on without them.
		h.Log.Warn("no attachments", "route", v.R.Pattern, "error", err.Error())
	case !mail.Since.IsZero():
		p.Unscanned = h.verdict(v, mail.Incoming)
	}
	for _, f := range mail.Files {
		name := f.Name
		if name == "" {
			name = v.Say("attached.noname", "n", f.N)
		}
		p.Attached = append(p.Attached, offer{name + " (" + pages.Size(v.Lang, f.Bytes) + ")", h.address("/bijlage/" + string(r.Reference) + "/" + strconv.Itoa(f.N))})
	}
}

// legRecord fills in what was recorded of a part beside its decision.
func (h *Handler) legRecord(v visit, l *request.Leg, b *legBox, add func(key, value string)) {
	d := l.Decision
	if d.Until != "" {
		add("decide.fact.tot", pages.Day(v.Lang, d.Until))
	}
	if m := l.Restriction; !m.SetAt.IsZero() {
		add("restriction.since", pages.Moment(v.Lang, m.SetAt))
		// A client instructs a restriction without a ground of Art. 18(1).
		if g := grounds.Restriction(m.Ground); g != "" && l.Right != request.Objection && l.Role == request.Controller {
			add("leg.ground", v.SayOr("ground."+g, g))
		}
		switch {
		case !m.LiftedAt.IsZero():
			add("restriction.lifted", pages.Moment(v.Lang, m.LiftedAt))
		case m.LiftOn != "":
			add("restriction.until", pages.Day(v.Lang, m.LiftOn))
		}
	}
	if f := l.Fee; f.Cents > 0 {
		state := "fee.proposed"
		switch {
		case !f.Accepted.IsZero():
			state = "fee.accepted"
		case f.ApprovedBy != "":
			state = "fee.announced"
		}
		add("fee.fact", v.Say(state, "amount", euros(v, f.Cents), "reason", v.SayOr("fee-reason."+f.Reason, f.Reason)))
	}
	for _, t := range l.Told {
		b.Told = append(b.Told, h.recipient(v, t.Recipient)+": "+h.toldState(v, t))
	}
	if !names(v) {
		return
	}
	add("decide.fact.noodzaak", d.Necessity)
	add("decide.fact.evenredig", d.Proportionality)
	if i, ok := grounds.Interest(d.Interest); ok {
		add("decide.fact.belang", i.In(v.Lang))
	}
	for _, part := range d.Parts {
		if part.Granted {
			add("decide.part.yes", part.What)
		} else {
			add("decide.part.no", part.What+" ("+v.SayOr("ground."+part.Ground, part.Ground)+")")
		}
	}
	add("weigh.fact.onze", l.Balance.Ours)
	add("weigh.fact.hun", l.Balance.Theirs)
	add("weigh.fact.waarom", l.Balance.Result)
	if x := l.Human; !x.At.IsZero() {
		found := x.Result
		if !x.Existed {
			found = "geen"
		}
		add("review.fact.uitkomst", v.SayOr("review."+found, found))
		add("review.fact.waarop", x.Logic)
		add("review.fact.nu", x.Words)
	}
	for _, c := range l.Corrections {
		b.Changes = append(b.Changes, h.correction(v, c))
	}
	if l.Statement != "" {
		b.Changes = append(b.Changes, v.Say("correct.verklaring")+": "+l.Statement)
	}
}
