package desk

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/grounds"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
)

// fact is a term and its value.
type fact struct{ Term, Value string }

// legBox is one part of a request on its page.
type legBox struct {
	ID, Title, Decides, Phase, Proof string
	Turn                             bool
	Facts                            []fact
	Note                             string
	Plan                             []planRow
	Found                            []planRow
	// Hops are how the person was found from system to system.
	Hops   []string
	Review []string
	// ScreenTo is where what may hold other people's data is looked at.
	ScreenTo string
	// LookTo is where the package is looked into before it goes.
	LookTo string
	StopTo string
	// Told are the recipients with how they stand, Changes what a rectification changes.
	Told, Changes []string
	// Acts are the other things that can be done.
	Acts offers
}

// box is a heading with facts: a breach, a note.
type box struct {
	Heading string
	Facts   []fact
	Text    string
}

// planRow is one holding: what is there, and what becomes of it.
type planRow struct {
	System, Holding, Action, Why string
	// Rows is the count in words.
	Rows  string
	Stays bool
}

// personBox is one person that the systems know.
type personBox struct {
	Name, Relation, Client, File, Matched string
	Chosen                                bool
	Channels                              []string
}

type letterRow struct {
	Name, State, To, Link string
	Bad                   bool
}

type lineRow struct{ When, What, Who, More string }

type messageBox struct{ When, Kind, Subject, Text string }

type casePage struct {
	pages.Frame
	Reference, Heading string
	Due                due
	// Dates are the safe and the legal date, and the day to work to once it is another.
	Dates    []fact
	Received string
	Facts    []fact
	Todos    []todo
	Legs     []legBox
	Explain  []string
	// Hidden is true for who may not see whose request it is.
	Hidden   bool
	Subject  string
	Text     string
	Evidence string
	Messages []messageBox
	Sender   []fact
	People   []personBox
	// Attached are files that came along; Unscanned says why they are not offered.
	Attached  []offer
	Unscanned string
	Letters   []letterRow
	// Notices are letters to ourselves, folded away.
	Notices []letterRow
	// Acts are the quiet list of what else can be done.
	Acts            offers
	Mandate         []fact
	Notes, Breaches []box
	NoteTo          string
	Holds           []string
	Lines, Older    []lineRow
	// EvidenceTo is the pack of this request, for who may take it.
	EvidenceTo string
	// Next takes the next task when nothing is left here.
	NextTo string
}

// reference reads the reference of the address.
func reference(v visit) (request.Reference, error) {
	ref, ok := request.ParseReference(v.R.PathValue("ref"))
	if !ok {
		return "", request.Fault(request.NotFound, "", "read a reference")
	}
	return ref, nil
}

// open loads the request of the address; that it was opened is logged.
func (h *Handler) open(v visit) (casework.CaseView, error) {
	ref, err := reference(v)
	if err != nil {
		return casework.CaseView{}, err
	}
	view, err := h.Cases.View(v.R.Context(), v.actor(), ref)
	if err != nil {
		return casework.CaseView{}, err
	}
	return view, nil
}

// openLeg loads the request and the part of the address.
func (h *Handler) openLeg(v visit) (casework.CaseView, *request.Leg, error) {
	view, err := h.open(v)
	if err != nil {
		return view, nil, err
	}
	l := view.Request.Leg(v.R.PathValue("leg"))
	if l == nil {
		return view, nil, request.Fault(request.NotFound, string(view.Request.ID), "find a leg")
	}
	return view, l, nil
}

// names reports whether the person who looks may see whose request it is: an
// auditor sees what was done, not about whom.
func names(v visit) bool {
	return v.actor().Has(Officer) || v.actor().Has(Approver)
}

func (h *Handler) showCase(v visit) error {
	view, err := h.open(v)
	if err != nil {
		return err
	}
	r := view.Request
	title := string(r.Reference)
	var rights []string
	for i := range r.Legs {
		if s := v.Say("right." + string(r.Legs[i].Right)); !slices.Contains(rights, s) {
			rights = append(rights, s)
		}
	}
	p := casePage{
		Frame: h.frame(v, title), Reference: string(r.Reference), Heading: v.Say("case.heading", "reference", r.Reference),
		Due: h.dueOf(v, r), Received: pages.Moment(v.Lang, r.Received), Todos: h.todos(v, view), Explain: view.ExplainIn(v.Lang),
		Hidden: !names(v), Acts: h.offers(v, view, nil),
	}
	p.Back = h.address("/")
	if takes(v) {
		p.EvidenceTo = h.caseAddress(r.Reference, "bewijs.zip")
	}
	p.Dates = []fact{{v.Say("case.safe"), pages.Day(v.Lang, r.SafeDue)}, {v.Say("case.legal.day"), pages.Day(v.Lang, r.Due)}}
	if r.WorkTo() != r.SafeDue {
		p.Dates = append(p.Dates, fact{v.Say("case.work"), pages.Day(v.Lang, r.WorkTo())})
	}
	p.Dates = append(p.Dates, h.unposted(v, view.Unposted)...)
	p.Facts = []fact{
		{v.Say("case.received"), v.Say("case.received.by", "moment", p.Received, "channel", v.SayOr("channel."+string(r.Channel), string(r.Channel)))},
		{v.Say("case.kind"), v.SayOr("message."+r.Kind, r.Kind)},
		{v.Say("case.language"), v.Say("language." + string(r.Language))},
	}
	if len(rights) > 0 {
		p.Facts = append(p.Facts, fact{v.Say("case.rights"), strings.Join(rights, ", ")})
	}
	for i := range r.Legs {
		b := h.legBox(v, r, &r.Legs[i])
		b.Facts = append(b.Facts, chased(v, view.Lines, r.Legs[i].ID)...)
		b.Acts = h.offers(v, view, &r.Legs[i])
		p.Legs = append(p.Legs, b)
	}
	if !p.Hidden {
		h.person(v, &p, r)
	}
	for _, l := range view.Letters {
		row := h.letterRow(v, r.Reference, l)
		if l.To.Kind == "house" {
			p.Notices = append(p.Notices, row)
		} else {
			p.Letters = append(p.Letters, row)
		}
	}
	rows := h.lineRows(v, view.Lines)
	p.Lines, p.Older = rows[:min(len(rows), recent)], rows[min(len(rows), recent):]
	h.dossier(v, &p, r)
	if names(v) && !slices.ContainsFunc(p.Todos, func(t todo) bool { return t.First }) {
		p.NextTo = h.address("/volgende")
	}
	return h.door.Show(v.Visit, http.StatusOK, "case", p)
}

// person fills in who wrote, what they wrote, and whom the systems know.
func (h *Handler) person(v visit, p *casePage, r *request.Request) {
	p.Subject, p.Text, p.Evidence = r.Subject, r.Text, strings.Join(r.Understood.Evidence, " · ")
	for _, m := range r.Messages {
		p.Messages = append(p.Messages, messageBox{pages.Moment(v.Lang, m.Received), v.SayOr("message."+m.Kind, m.Kind), m.Subject, m.Text})
	}
	s := r.Sender
	for _, f := range []struct {
		key   string
		value string
	}{
		{"name", s.Name}, {"email", s.Email}, {"phone", s.Phone}, {"address", addressOf(s)},
		{"birth", pages.Day(v.Lang, s.BirthDate)}, {"file", strings.Join(s.FileNumbers, ", ")},
		{"customer", strings.Join(s.ClientNumbers, ", ")}, {"invoice", strings.Join(s.InvoiceNumbers, ", ")}, {"for", s.For},
	} {
		if f.value != "" {
			p.Sender = append(p.Sender, fact{v.Say("sender." + f.key), f.value})
		}
	}
	for _, c := range r.Candidates {
		p.People = append(p.People, h.personBox(v, c))
	}
}

func (h *Handler) personBox(v visit, c request.Candidate) personBox {
	b := personBox{
		Name: c.Name, Relation: v.SayOr("relation."+string(c.Relation), string(c.Relation)), Client: h.company(v, c.Client),
		File: c.File, Chosen: c.Chosen,
	}
	var on []string
	for _, m := range c.MatchedOn {
		on = append(on, v.SayOr("matched."+m, m))
	}
	b.Matched = strings.Join(on, ", ")
	for _, ch := range c.Channels {
		since := v.Say("channel.unknown")
		if ch.Since != "" {
			since = v.Say("channel.since", "date", pages.ShortDay(v.Lang, ch.Since))
		}
		b.Channels = append(b.Channels, v.SayOr("by."+ch.Kind, ch.Kind)+": "+ch.Value+" ("+since+")")
	}
	return b
}

// addressOf is a sender's address, with the postcode once: the portal writes it
// into the address too.
func addressOf(s request.Sender) string {
	bare := func(s string) string { return strings.ReplaceAll(s, " ", "") }
	if s.Postcode != "" && strings.Contains(bare(s.Address), bare(s.Postcode)) {
		return s.Address
	}
	return join(s.Address, s.Postcode, s.HouseNumber)
}

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

// capital starts a sentence.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// legTitle is "1 Inzage · klant", the same words on every page.
func (h *Handler) legTitle(v visit, l *request.Leg) string {
	return l.ID + " " + capital(v.Say("right."+string(l.Right))) + " · " + v.SayOr("relation."+string(l.Relation), string(l.Relation))
}

// chased says when a client was reminded and called: the person may hear it.
func chased(v visit, lines []ledger.Line, leg string) []fact {
	var out []fact
	never := map[string]bool{} // what was written and did not leave
	for _, l := range lines {
		if l.Leg == leg && l.Action == "client-not-reminded" {
			never[l.Refs["reminded"]] = true
		}
	}
	for _, x := range []struct{ action, key string }{{"client-reminded", "leg.reminded"}, {"client-called", "leg.called"}} {
		var days []string
		for _, l := range lines {
			if l.Leg == leg && l.Action == x.action && !never[l.At.UTC().Format(time.RFC3339)] {
				days = append(days, pages.ShortDay(v.Lang, pages.Date(l.At)))
			}
		}
		if len(days) > 0 {
			out = append(out, fact{v.Say(x.key), strings.Join(days, ", ")})
		}
	}
	return out
}

// phase is how far a leg is, in words; one that went to another client is not
// finished, it goes on there, and nothing halted is carried out.
func phase(v visit, l *request.Leg) string {
	if l.Outcome == request.Moved {
		return v.Say("phase.processor.moved")
	}
	if l.Halted {
		return v.Say("phase.processor.halted")
	}
	return v.Say("phase." + string(l.Role) + "." + string(l.Phase))
}

func (h *Handler) legBox(v visit, r *request.Request, l *request.Leg) legBox {
	b := legBox{
		ID: l.ID, Title: h.legTitle(v, l), Phase: phase(v, l), Decides: v.Say("decides.us"),
		Proof: v.Say("proof.enough", "has", int(l.Has)),
	}
	if l.Has < l.Needs {
		b.Proof = v.Say("proof.lacking", "has", int(l.Has), "needs", int(l.Needs))
	}
	if l.Role == request.Processor {
		b.Decides, b.Proof = v.Say("decides.client", "client", h.company(v, l.Client)), ""
		switch {
		case l.Client == "":
			b.Decides = v.Say("decides.client.unknown")
		case l.Outcome == request.Moved, l.Halted, r.Task("client-gone", l.ID) != nil:
			b.Decides = v.Say("decides.client.no-more", "client", h.company(v, l.Client))
		}
	} else if l.Needs == request.L0 {
		b.Proof = v.Say("proof.none")
	}
	for _, t := range r.Tasks {
		b.Turn = b.Turn || t.Open() && t.Leg == l.ID
	}
	add := func(key, value string) {
		if value != "" {
			b.Facts = append(b.Facts, fact{v.Say(key), value})
		}
	}
	if l.Outcome != "" {
		add("leg.outcome", v.SayOr("outcome."+string(l.Outcome), string(l.Outcome)))
	}
	d := l.Decision
	if d.Outcome != "" {
		who := h.who(v, d.By)
		add("leg.decided", v.Say("leg.decided.by", "outcome", v.SayOr("outcome."+string(d.Outcome), string(d.Outcome)), "who", who, "moment", pages.Moment(v.Lang, d.At)))
		if d.Ground != "" {
			add("leg.ground", v.SayOr("ground."+d.Ground, d.Ground))
		}
		if d.ApprovedBy != "" {
			add("leg.approved", v.Say("leg.approved.by", "who", h.who(v, d.ApprovedBy), "moment", pages.Moment(v.Lang, d.ApprovedAt)))
		}
		if names(v) {
			b.Note = d.Note
		}
	}
	if d.Outcome == "" && site.Words().Has("reason."+d.Note) {
		add("leg.back", v.Say("reason."+d.Note))
	}
	if !l.ForwardedAt.IsZero() {
		add("leg.forwarded", pages.Moment(v.Lang, l.ForwardedAt))
	}
	if l.Offer.ID != "" {
		add("leg.offer", atMachine(v, l.Offer))
	}
	for _, f := range l.Flags {
		h.flagged(v, f, add)
	}
	if l.Instruction.Kind != "" {
		add("leg.instruction", h.instructed(v, l.Instruction))
		if names(v) {
			add("leg.instruction.why", l.Instruction.Why)
		}
	}
	if l.Halted {
		add("leg.halted", v.Say("leg.halted.text"))
	}
	if m := l.MovedTo; m.Leg != "" {
		add("leg.moved", v.Say("leg.moved.text", "leg", m.Leg, "moment", pages.Moment(v.Lang, m.At), "who", h.who(v, m.By), "why", v.Say("line-reason."+m.Reason), "proof", m.Proof))
	}
	if m := l.MovedFrom; m.Leg != "" {
		add("leg.taken-over", v.Say("leg.taken-over.text", "leg", m.Leg, "moment", pages.Moment(v.Lang, m.At)))
		if m.Files != "" {
			add("leg.files", v.Say("move.files."+m.Files, "client", h.company(v, l.Client)))
		}
	}
	if l.HoldUntil.After(h.Now()) && l.Phase == request.Decided {
		add("leg.hold", pages.Moment(v.Lang, l.HoldUntil))
		if l.Right == request.Erasure && names(v) {
			b.StopTo = h.caseAddress(r.Reference, l.ID, "tegenhouden")
		}
	}
	if l.Package.Key != "" {
		add("leg.package", v.Say("leg.package.text", "size", pages.Size(v.Lang, l.Package.Bytes), "date", pages.ShortDay(v.Lang, l.Package.Until), "n", l.Package.Releases))
	}
	h.legRecord(v, l, &b, add)
	b.Plan = h.planRows(v, l)
	for _, rec := range request.Totals(l.Receipts) {
		b.Found = append(b.Found, planRow{System: h.system(v, rec.System), Holding: h.holding(v, rec.System, rec.Holding), Action: v.SayOr("receipt."+rec.Action, rec.Action), Rows: rowsOf(v, rec.Count)})
	}
	for _, hop := range l.Hops {
		b.Hops = append(b.Hops, h.hop(v, hop))
	}
	for _, place := range l.Review {
		b.Review = append(b.Review, h.place(v, place))
	}
	if len(l.Review) > 0 && l.Right.Discloses() && l.Role == request.Controller && l.Phase == request.Deciding && v.actor().Has(Officer) {
		b.ScreenTo = h.caseAddress(r.Reference, l.ID, "nakijken")
	}
	b.LookTo = h.lookTo(v, r, l)
	return b
}

// instructed says what a client instructed, when, under which number.
func (h *Handler) instructed(v visit, in request.Instruction) string {
	return v.Say("leg.instruction.at", "what", v.SayOr("instruction."+in.Kind, in.Kind), "moment", pages.Moment(v.Lang, in.At), "receipt", in.Receipt)
}

// flagged says which instruction was held, why, and what the client answered.
func (h *Handler) flagged(v visit, f request.Flag, add func(key, value string)) {
	reason := f.Reason
	if code, ok := grounds.Flag(f.Reason); ok {
		reason = code.In(v.Lang)
	}
	add("leg.held", h.instructed(v, f.Instruction))
	add("leg.held.why", v.Say("leg.held.by", "reason", reason, "who", h.who(v, f.By), "moment", pages.Moment(v.Lang, f.At)))
	if names(v) {
		add("leg.held.words", f.Words)
	}
	word := v.Say("word.waits")
	if f.Word != "" {
		word = v.Say("word."+f.Word, "moment", pages.Moment(v.Lang, f.WordAt))
	}
	add("leg.held.word", word)
}

// carried is what was done already of what a client instructed.
func (h *Handler) carried(v visit, l *request.Leg) []fact {
	var out []fact
	for _, rec := range request.Totals(l.Receipts) {
		out = append(out, fact{h.place(v, rec.System+"/"+rec.Holding), v.SayOr("receipt."+rec.Action, rec.Action) + ", " + rowsOf(v, rec.Count)})
	}
	return out
}

// hop is one step by which a person was found in another system: what stood
// where, how much of it, and what was asked by it.
func (h *Handler) hop(v visit, hop request.Hop) string {
	kind := hop.Kind
	if h.Inventory != nil {
		if p, col := h.Inventory.KeyColumn(hop.Kind); col != nil {
			kind = h.column(v, p.System.ID, p.Holding.ID, col.Name)
		}
	}
	var to []string
	for _, place := range hop.To {
		to = append(to, h.place(v, place))
	}
	from := h.place(v, hop.From)
	if hop.Over > 0 {
		return v.Say("leg.hop.over", "from", from, "kind", kind, "n", hop.Over)
	}
	var text []string
	if hop.Count > 0 {
		text = append(text, v.Say("leg.hop", "from", from, "kind", kind, "n", hop.Count, "to", strings.Join(to, "; ")))
	}
	if hop.Left > 0 {
		text = append(text, v.Say("leg.hop.left", "from", from, "kind", kind, "n", hop.Left))
	}
	return strings.Join(text, " ")
}

// lookTo is where the package of a part can be looked into, "" when it cannot.
func (h *Handler) lookTo(v visit, r *request.Request, l *request.Leg) string {
	if !names(v) || !casework.MayLook(l) {
		return ""
	}
	return h.caseAddress(r.Reference, l.ID, "pakket")
}

// planRows are the lines of a plan, and the places where an officer will look
// and erase by hand: whoever approves the plan approves these too.
func (h *Handler) planRows(v visit, l *request.Leg) []planRow {
	var rows []planRow
	for _, line := range l.Plan {
		row := planRow{System: h.system(v, line.System), Holding: h.holding(v, line.System, line.Holding), Action: v.SayOr("action."+line.Action, line.Action), Rows: rowsOf(v, line.Count)}
		if line.Action == request.KeepAction || line.Action == request.RestrictAction {
			row.Stays = true
			if line.Until != "" {
				row.Action = v.Say("action."+line.Action+".until", "date", pages.ShortDay(v.Lang, line.Until))
			}
			row.Why = join(line.Ground, line.Why)
			if key := "keep." + line.Ground; site.Words().Has(key) {
				row.Why = v.Say(key) // it names the article itself
			}
			if line.Ground == "claims" {
				row.Why = join(row.Why, line.Why) // a concrete reason, written by a person (E-11)
			}
		}
		if line.Over > 0 {
			row.Why = join(row.Why, v.Say("plan.over", "n", line.Over))
		}
		if line.Held > 0 {
			row.Why = join(row.Why, v.Say("plan.held", "n", line.Held))
		}
		if line.Shared > 0 {
			row.Why = join(row.Why, v.Say("plan.shared", "n", line.Shared))
		}
		rows = append(rows, row)
	}
	if h.Inventory == nil || l.Right != request.Erasure || !l.Past(request.Prepared) || l.Decision.Outcome == request.Refused {
		return rows
	}
	for _, p := range h.Inventory.HoldingsFor(l.Relation, l.DataRole()) {
		if p.System.Kind == inventory.Manual {
			rows = append(rows, planRow{System: h.system(v, p.System.ID), Holding: h.holding(v, p.System.ID, p.Holding.ID), Action: v.Say("action.look"), Rows: v.Say("plan.unknown")})
		}
	}
	return rows
}

func rowsOf(v visit, n int) string {
	if n == 1 {
		return v.Say("plan.row")
	}
	return v.Say("plan.rows", "n", n)
}

// place names what a person must screen, written system/holding/column.
func (h *Handler) place(v visit, place string) string {
	parts := strings.SplitN(place, "/", 3)
	if len(parts) < 2 {
		return place
	}
	out := h.system(v, parts[0]) + ", " + h.holding(v, parts[0], parts[1])
	if len(parts) < 3 {
		return out
	}
	return out + ", " + h.column(v, parts[0], parts[1], parts[2])
}

func (h *Handler) letterName(v visit, kind letters.Kind) string {
	return v.SayOr("letter."+string(kind), string(kind))
}

// atMachine says how far a hand-over to the client's computer is.
func atMachine(v visit, o request.Offer) string {
	switch {
	case o.Signed:
		return v.Say("offer.acknowledged.signed", "moment", pages.Moment(v.Lang, o.Acknowledged), "receipt", o.Receipt[:min(16, len(o.Receipt))])
	case !o.Acknowledged.IsZero():
		return v.Say("offer.acknowledged", "moment", pages.Moment(v.Lang, o.Acknowledged), "receipt", o.Receipt[:min(16, len(o.Receipt))])
	case !o.Failed.IsZero():
		return v.Say("offer.failed", "moment", pages.Moment(v.Lang, o.Failed))
	case o.Until.IsZero():
		return v.Say("offer.sent")
	}
	return v.Say("offer.waits", "moment", pages.Moment(v.Lang, o.Until))
}

// unposted says until when a letter can be posted, and what it is worth till then.
func (h *Handler) unposted(v visit, all []casework.Unposted) []fact {
	var out []fact
	for _, u := range all {
		why, when := "case.unposted.other", "case.unposted.by"
		if v.Knows("case.unposted." + string(u.Kind)) {
			why = "case.unposted." + string(u.Kind)
		}
		if u.By < pages.Date(h.Now()) {
			when = "case.unposted.late"
		}
		out = append(out, fact{v.Say("case.unposted", "letter", h.letterName(v, u.Kind)), v.Say(why) + " " + v.Say(when, "day", pages.Day(v.Lang, u.By))})
	}
	return out
}

func (h *Handler) letterRow(v visit, ref request.Reference, l post.Letter) letterRow {
	row := letterRow{
		Name: string(l.Order.Kind) + " " + h.letterName(v, l.Order.Kind), State: h.delivery(v, casework.Delivery(l)), To: h.to(v, l.To),
		Bad: l.State == post.Bounced || l.State == post.Failed || l.State == post.Recalled,
	}
	if l.To.Kind == post.Machine {
		row.Name = h.letterName(v, l.Order.Kind)
	} else if names(v) {
		row.Link = h.letterAddress(ref, l.ID)
	}
	return row
}

// who names an actor of the ledger without a name.
func (h *Handler) who(v visit, actor string) string {
	switch {
	case actor == "":
		return v.Say("who.nobody")
	case actor == v.actor().ID:
		return v.Say("who.you")
	case strings.HasPrefix(actor, "system:"):
		return v.Say("who.system")
	case actor == "subject":
		return v.Say("who.subject")
	case strings.HasPrefix(actor, "client:"):
		return v.Say("who.client", "client", h.company(v, strings.TrimPrefix(actor, "client:")))
	}
	return v.Say("who.colleague")
}

// lineRows are the lines of the timeline, newest first. Those in a row that say
// the same of the same day and person, such as a request opened twelve times,
// are one with their number and the last moment.
func (h *Handler) lineRows(v visit, all []ledger.Line) []lineRow {
	var rows []lineRow
	var of ledger.Line // what the last row stands for
	var more string
	n := 0
	for _, line := range slices.Backward(all) {
		row := h.lineRow(v, line)
		if n > 0 && line.Action == of.Action && line.Actor == of.Actor && pages.Date(line.At) == pages.Date(of.At) && row.More == more {
			n++
			last, times := &rows[len(rows)-1], " "+v.Say("line.times", "n", n)
			if more == "" {
				last.What = row.What + times
			} else {
				last.More = more + times
			}
			continue
		}
		rows, of, more, n = append(rows, row), line, row.More, 1
	}
	return rows
}

func (h *Handler) lineRow(v visit, line ledger.Line) lineRow {
	row := lineRow{When: pages.Moment(v.Lang, line.At), What: v.SayOr("line."+line.Action, line.Action), Who: h.who(v, line.Actor)}
	var more []string
	if line.Leg != "" {
		more = append(more, v.Say("line.leg", "leg", line.Leg))
	}
	if kind := line.Refs["kind"]; v.Knows("letter." + kind) {
		more = append(more, kind+" "+v.Say("letter."+kind))
	}
	if reason := lineReason(v, line); reason != "" {
		more = append(more, reason)
	}
	if was, will := line.Refs["dueBefore"], line.Refs["due"]; was != "" && will != "" && was != will {
		more = append(more, v.Say("line.due", "was", pages.ShortDay(v.Lang, request.Day(was)), "will", pages.ShortDay(v.Lang, request.Day(will))))
	}
	if n, err := strconv.Atoi(line.Refs["count"]); err == nil {
		more = append(more, rowsOf(v, n))
	}
	row.More = strings.Join(more, " · ")
	return row
}

// linePrefixes say under which words the reason of a line stands.
var linePrefixes = map[string]string{
	"asked": "question.", "apologised": "late.", "withdrawal-noted": "withdrawn-by.", "withdrawal-confirmed": "withdrawn-by.", "reopened": "reopen-why.",
	"fee-proposed": "fee-reason.", "fee-announced": "fee-reason.", "breach-found": "breach.", "breach-client-told": "breach.", "breach-subject-told": "breach.", "breach-closed": "risk.",
	"told": "told-action.", "recipient-notified": "told-action.", "recipient-impossible": "told-action.", "recipient-disproportionate": "told-action.", "recipient-confirmed": "told-action.",
	"recipient-chased": "told-action.", "mandate-asked": "capacity.", "mandate-accepted": "capacity.", "mandate-refused": "capacity.", "read-as-question": "capacity.",
	"legal-hold": "hold.", "reviewed": "review.", "undelivered": "bounce.", "answer-received": "enough.", "code-asked": "code-for.",
}

// lineReason is the reason of a line in words. A code without words is left
// out, but for that of a fault, which is for whoever mends it.
func lineReason(v visit, line ledger.Line) string {
	reason := line.Reason
	switch line.Action {
	case "extension-proposed", "extended":
		if c, ok := grounds.Extension(reason); ok {
			return c.In(v.Lang)
		}
	case "instruction-held":
		if c, ok := grounds.Flag(reason); ok {
			return c.In(v.Lang)
		}
	case "lift-proposed", "restriction-lifted":
		if c, ok := grounds.Lift(reason); ok {
			return c.In(v.Lang)
		}
	case "restricted":
		reason = grounds.Restriction(reason)
	case "stuck":
		return reason
	}
	prefixes := []string{"right.", "outcome.", "kind.", "ground.", "reason.", "instruction.", "message.", "line-reason."}
	if p, ok := linePrefixes[line.Action]; ok {
		prefixes = append([]string{p}, prefixes...)
	}
	for _, prefix := range prefixes {
		if v.Knows(prefix + reason) {
			return v.Say(prefix + reason)
		}
	}
	return ""
}

// take gives a task to who asks for it.
func (h *Handler) take(v visit) error { return h.assign(v, v.actor().ID, "taken") }

// layBack makes a task free again.
func (h *Handler) layBack(v visit) error { return h.assign(v, "", "laid-back") }

func (h *Handler) assign(v visit, to, told string) error {
	ref, err := reference(v)
	if err != nil {
		return err
	}
	form, err := readForm(v)
	if err != nil {
		return err
	}
	if err := h.Cases.Assign(v.R.Context(), v.actor(), ref, form.Get("taak"), to); err != nil {
		return err
	}
	return h.done(v, h.caseAddress(ref), told)
}

// taskDone closes a task that was dealt with elsewhere: a letter posted, a
// reply read, a fault mended.
func (h *Handler) taskDone(v visit) error {
	ref, err := reference(v)
	if err != nil {
		return err
	}
	form, err := readForm(v)
	if err != nil {
		return err
	}
	if err := h.Cases.TaskDone(v.R.Context(), v.actor(), ref, form.Get("taak")); err != nil {
		return err
	}
	return h.done(v, h.caseAddress(ref), "task-done")
}
