// Package erasure decides what becomes of every holding when a person asks to
// be forgotten (Art. 17), carries it out, proves it, and remembers what must
// stay erased.
package erasure

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// The actions of receipts.
const (
	ReceiptErased     = "erased"
	ReceiptAnonymised = "anonymised"
	ReceiptRestricted = "restricted"
	ReceiptKept       = "kept"
	ReceiptExpired    = "expired"
)

// Subject is whose data it is about, and on which leg.
type Subject struct {
	Request request.ID
	Leg     string
	// Right is what the leg asks, and Received when the request reached us: a
	// processor is asked in their name.
	Right    request.Right
	Received time.Time
	Relation request.Relation
	Role     request.Role
	Keys     systems.Keys
	// Client narrows a processor leg to one client's data.
	Client string
	// Today is the day from which periods are counted, in Amsterdam.
	Today request.Day
	// Carried is the last day on which a plan made now can be carried out; a
	// consent counts until then. "" = Today.
	Carried request.Day
	// Secret keys what the strategies keyed and random leave (E-2).
	Secret []byte
}

// Of is whose rows are meant, and for which leg they are asked for.
func (s Subject) Of() systems.Selection {
	of := systems.Of(s.Keys, s.Client)
	of.Case = systems.Case{Request: s.Request, Leg: s.Leg, Right: s.Right, Received: s.Received}
	return of
}

// Turn is how long a line may be worked at, and where earlier turns came.
type Turn struct {
	// Done are the receipts of the leg so far, its batches among them.
	Done []request.Receipt
	// Enough is asked between batches: true ends the turn. nil = to the end.
	Enough func() bool
	// Batch keeps the receipt of a batch while more is to come: what was done
	// stands in the record before the next begins. nil = nobody keeps it.
	Batch func(request.Receipt) error
}

// Stock is what one holding has of the subject.
type Stock struct {
	System  string
	Holding string
	Count   int
	// Latest is the latest end date among the rows, Open counts rows without one.
	Latest string
	Open   int
	// Over counts the rows whose own period is over: whose end date lies before Before.
	Over   int
	Before request.Day
	// References are the rows that an erasure cannot take, by the account of a
	// system that knows; nil = it does not, and the inventory decides.
	References *systems.References
}

// Add counts one row of the holding.
func (st *Stock) Add(h inventory.Holding, row systems.Row) {
	st.Count++
	end := ""
	if h.End != "" {
		end = row.Text(h.End)
	}
	if end == "" {
		st.Open++
	}
	if end != "" && end < string(st.Before) {
		st.Over++
	}
	st.Latest = max(st.Latest, end)
}

// Claim is an officer's reasoned expectation of a legal claim (17(3)(e), E-11):
// never a blanket, so it names one holding, an end and why.
type Claim struct {
	System  string
	Holding string
	Until   request.Day
	Why     string
}

// Survey counts what every holding of the leg has of the subject, and what of
// it an erasure of today could not erase.
func Survey(ctx context.Context, reg systems.Registry, s Subject) ([]Stock, error) {
	var stocks []Stock
	for _, p := range reg.Inventory().HoldingsFor(s.Relation, s.Role) {
		st := Stock{System: p.System.ID, Holding: p.Holding.ID, Before: reg.Inventory().Retention[p.Holding.Retention].Over(s.Today)}
		if p.System.Kind == inventory.Manual {
			stocks = append(stocks, st) // an officer finds out while carrying it out
			continue
		}
		sys, err := reg.System(p.System.ID)
		if err != nil {
			return nil, fmt.Errorf("survey for leg %s: %w", s.Leg, err)
		}
		err = sys.Collect(ctx, *p.Holding, s.Of(), func(row systems.Row) error {
			st.Add(*p.Holding, row)
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("survey %s for leg %s: %w", p.ID(), s.Leg, err)
		}
		stocks = append(stocks, st)
	}
	if err := refer(ctx, reg, s, stocks); err != nil {
		return nil, err
	}
	return stocks, nil
}

// refer asks the systems that know which rows refer to which, in the order in
// which a plan is carried out: what was erased before refers to nothing.
func refer(ctx context.Context, reg systems.Registry, s Subject, stocks []Stock) error {
	earlier := map[string][]systems.Planned{}
	for _, p := range slices.Backward(reg.Inventory().HoldingsFor(s.Relation, s.Role)) {
		i := slices.IndexFunc(stocks, func(st Stock) bool { return st.System == p.System.ID && st.Holding == p.Holding.ID })
		if i < 0 || stocks[i].Count == 0 {
			continue
		}
		sys, err := reg.System(p.System.ID)
		if err != nil {
			return fmt.Errorf("survey for leg %s: %w", s.Leg, err)
		}
		stocks[i].References, err = systems.Refer(ctx, sys, *p.Holding, s.Of(), earlier[p.System.ID])
		if err != nil {
			return fmt.Errorf("survey %s for leg %s: %w", p.ID(), s.Leg, err)
		}
		act, _ := actOf(reg.Inventory(), p, planOne(reg.Inventory(), p, s.Today, s.Carried, stocks[i]), s)
		earlier[p.System.ID] = append(earlier[p.System.ID], systems.Planned{Holding: *p.Holding, Act: act})
	}
	return nil
}

// Plan says for every holding with data what is done to it (E-1, E-2): erase,
// or keep and restrict with ground and end. A holding without stock is an error
// with code Systems.Incomplete: nothing is planned on half an answer.
func Plan(inv *inventory.Inventory, s Subject, stocks []Stock, claims []Claim) ([]request.PlanLine, error) {
	var plan []request.PlanLine
	for _, p := range inv.HoldingsFor(s.Relation, s.Role) {
		i := slices.IndexFunc(stocks, func(st Stock) bool { return st.System == p.System.ID && st.Holding == p.Holding.ID })
		if i < 0 {
			return nil, request.Fault(request.SystemsMissing, s.Leg, "plan without the stock of %s", p.ID())
		}
		if stocks[i].Count > 0 {
			line := planOne(inv, p, s.Today, s.Carried, stocks[i])
			if act, ok := actOf(inv, p, line, s); ok && act.Before != "" {
				line.Over = min(stocks[i].Over, line.Count)
			}
			plan = append(plan, line)
		}
	}
	for _, c := range claims {
		if err := claim(plan, c, s); err != nil {
			return nil, err
		}
	}
	// From the end, as a plan is carried out: what a line keeps, keeps what it
	// refers to, and that what it refers to in its turn.
	for i, l := range slices.Backward(plan) {
		if l.Action != request.EraseAction {
			continue
		}
		refs := references(stocks, l)
		switch {
		case refs == nil || len(claims) > 0:
			if hangsOn(inv, s, plan, l) {
				plan[i].Action, plan[i].Held = request.AnonymiseAction, 0
			}
		case refs.Held == 0:
		case !strips(inv, l):
			return nil, fmt.Errorf("plan %s/%s for leg %s: rows that stay refer to %d of its rows, and the inventory says of no column what to make anonymous: %w",
				l.System, l.Holding, s.Leg, refs.Held, systems.ErrReferenced)
		case refs.Held >= l.Count:
			plan[i].Action = request.AnonymiseAction
		default:
			plan[i].Held = refs.Held
		}
	}
	return plan, nil
}

// references are those that the stock of a line has.
func references(stocks []Stock, l request.PlanLine) *systems.References {
	i := slices.IndexFunc(stocks, func(st Stock) bool { return st.System == l.System && st.Holding == l.Holding })
	return stocks[i].References
}

// strips reports whether anonymising takes anything from a row of the line's holding.
func strips(inv *inventory.Inventory, l request.PlanLine) bool {
	p, ok := inv.Holding(l.System, l.Holding)
	return ok && slices.ContainsFunc(p.Holding.Columns, func(c inventory.Column) bool { return c.Anonymise })
}

// hangsOn reports, for a system that cannot tell it row by row, whether other
// rows refer to those of a line that would be erased, and stay: what the plan keeps, or rows of other people, as the
// customers of an employee. A database refuses to erase such a row, so it stays
// without what says whose it was. Where the inventory names no such columns,
// the line is tried as it is, and an officer hears what the database said.
func hangsOn(inv *inventory.Inventory, s Subject, plan []request.PlanLine, l request.PlanLine) bool {
	p, ok := inv.Holding(l.System, l.Holding)
	if !ok || !strips(inv, l) {
		return false
	}
	reached := inv.HoldingsFor(s.Relation, s.Role)
	for _, o := range p.System.Holdings {
		if !slices.Contains(o.References, l.Holding) {
			continue
		}
		kept := slices.ContainsFunc(plan, func(x request.PlanLine) bool {
			return x.System == l.System && x.Holding == o.ID && x.Action != request.EraseAction
		})
		theirs := !slices.ContainsFunc(slices.Collect(maps.Keys(o.Keys)), func(kind string) bool {
			_, same := p.Holding.Keys[kind]
			_, leads := p.Holding.Yields[kind]
			return same || leads
		})
		// A request of another relation's people is what reaches those, if any.
		beyond := !slices.ContainsFunc(reached, func(r inventory.Place) bool { return r.System == p.System && r.Holding.ID == o.ID })
		if kept || theirs || beyond {
			return true
		}
	}
	return false
}

func planOne(inv *inventory.Inventory, p inventory.Place, today, carried request.Day, st Stock) request.PlanLine {
	r := inv.Retention[p.Holding.Retention]
	line := request.PlanLine{System: p.System.ID, Holding: p.Holding.ID, Action: request.EraseAction, Count: st.Count}
	if st.References != nil {
		line.Count, line.Shared = st.Count-st.References.Shared, st.References.Shared
	}
	if line.Count == 0 {
		return line // all of it is somebody else's too
	}
	if r.OnErasure == inventory.OnErasureErase {
		return line
	}
	until := r.Ends(st.Latest)
	if st.Open > 0 {
		// The period of an open file has not begun: it ends no earlier than if it closed today.
		until = max(until, r.Ends(string(today)))
		if r.Ground == "consent" {
			// A consent that stands is ended by the erasure itself.
			until = max(until, r.Ends(string(carried)))
		}
	}
	if until < today {
		return line // what had to be kept, has been kept
	}
	line.Action = request.KeepAction
	if r.OnErasure == inventory.OnErasureRestrict {
		line.Action = request.RestrictAction
	}
	line.Ground, line.Until, line.Why = r.Ground, until, r.Law
	return line
}

// claim turns a planned erasure into a restriction (RET-03, E-7).
func claim(plan []request.PlanLine, c Claim, s Subject) error {
	i := slices.IndexFunc(plan, func(l request.PlanLine) bool { return l.System == c.System && l.Holding == c.Holding })
	if i < 0 || c.Why == "" || c.Until <= s.Today {
		return request.Fault(request.InputRefused, s.Leg, "keep for a claim without a reason, an end to come or anything to keep")
	}
	l := &plan[i]
	if l.Action != request.EraseAction && l.Until >= c.Until {
		return nil // the law keeps it as long anyway
	}
	l.Action, l.Ground, l.Until, l.Why, l.Over = request.RestrictAction, "claims", c.Until, c.Why, 0
	return nil
}

// actOf is the change that a line makes. A bucket cannot restrict, and cannot
// strip or mark an object: there a line that keeps leaves things as they are,
// and ok is false.
func actOf(inv *inventory.Inventory, p inventory.Place, l request.PlanLine, s Subject) (act systems.Act, ok bool) {
	act = systems.Act{Until: l.Until, On: s.Today, Request: s.Request, Leg: s.Leg, Secret: s.Secret}
	switch l.Action {
	case request.EraseAction:
		act.Action = systems.Erase
	case request.AnonymiseAction:
		act.Action = systems.Anonymise
	case request.KeepAction:
		act.Action = systems.Keep
	default:
		act.Action = systems.Restrict
	}
	if l.Ground == "consent" {
		// Planned for the last day on which it could be carried out; it counts from today (RET-09).
		act.Until = min(l.Until, inv.Retention[p.Holding.Retention].Ends(string(s.Today)))
	}
	keeps := act.Action == systems.Keep || act.Action == systems.Restrict
	if keeps && l.Ground != "claims" {
		act.Before = inv.Retention[p.Holding.Retention].Over(s.Today)
	}
	return act, !keeps || act.Check(*p.Holding) == nil
}

// receiptOf names what an act of a plan did.
var receiptOf = map[string]string{
	systems.Erase: ReceiptErased, systems.Anonymise: ReceiptAnonymised, systems.Keep: ReceiptKept, systems.Restrict: ReceiptRestricted,
}

// Carry carries out one line of the plan in its system. Doing it again, after
// any crash, is harmless and gives the same receipt, but for its instant and
// what counts from its day. more is true when the turn was over first: then
// there is no receipt of the whole yet, and the next turn goes on.
func Carry(ctx context.Context, reg systems.Registry, s Subject, l request.PlanLine, now time.Time, turn Turn) (rec request.Receipt, more bool, err error) {
	p, sys, err := reach(reg, s, l)
	if err != nil {
		return request.Receipt{}, false, err
	}
	receipt := request.Receipt{System: l.System, Holding: l.Holding, At: now.UTC(), Count: l.Count}
	act, ok := actOf(reg.Inventory(), p, l, s)
	receipt.Action = receiptOf[act.Action]
	if act.Until != l.Until {
		receipt.Until = act.Until
	}
	if !ok {
		receipt.Action = ReceiptKept
		return receipt, false, nil
	}
	if !sys.Can(*p.Holding, act.Action) {
		return request.Receipt{}, false, fmt.Errorf("%s in %s for leg %s: %w", l.Action, p.ID(), s.Leg, systems.ErrByHand)
	}
	b := batches{turn: turn, receipt: receipt, stays: act.Action != systems.Erase || l.Held > 0}
	of := s.Of()
	of.From, of.Enough, of.Batch = b.before(), turn.Enough, b.batch
	n, err := sys.Apply(ctx, *p.Holding, of, act)
	if cut := (*systems.Cut)(nil); errors.As(err, &cut) {
		if err := b.keep(b.waiting, cut.Next); err != nil {
			return request.Receipt{}, false, err
		}
		return request.Receipt{}, true, nil
	}
	if b.waiting > 0 && (err != nil || b.earlier+n > l.Count) {
		// Should this line be carried out again, as it is after a fault and when
		// the next one of its system is cut, only the record tells of these rows;
		// of as many as the plan knows it tells anyway.
		if kept := b.keep(b.waiting, ""); err == nil && kept != nil {
			return request.Receipt{}, false, kept
		}
	}
	if err != nil {
		return request.Receipt{}, false, fmt.Errorf("%s in %s for leg %s: %w", l.Action, p.ID(), s.Leg, err)
	}
	// What a crash kept from being counted was in the plan: its count stands (E-9).
	receipt.Count = max(b.earlier+n, l.Count)
	if keeps := act.Action == systems.Keep || act.Action == systems.Restrict; keeps && act.Before != "" && p.Holding.End != "" {
		// What is not there any more had its period, by the day of the act, not the plan's.
		stays := 0
		if err := sys.Collect(ctx, *p.Holding, s.Of(), func(systems.Row) error { stays++; return nil }); err != nil {
			return request.Receipt{}, false, fmt.Errorf("count what stays in %s for leg %s: %w", p.ID(), s.Leg, err)
		}
		receipt.Over = min(max(receipt.Count+l.Shared-stays, 0), receipt.Count)
	}
	return receipt, false, nil
}

// batches keeps the receipts of the batches of one line. The last batch of all
// needs none: the receipt of the whole follows at once.
type batches struct {
	turn    Turn
	receipt request.Receipt
	// stays is true where rows stay that the act is done with, so that who goes
	// through them again comes upon them again.
	stays   bool
	number  int // of the last batch that is kept
	earlier int // rows of earlier turns that this one does not come upon
	waiting int // rows of the batch that is done and not kept yet
}

// before reads what earlier turns did, and gives the last place where one
// stopped. What a turn that broke off did after it, is gone through again. The
// batches of one turn bear one instant.
func (b *batches) before() (from string) {
	after := 0 // rows after that place
	var turn time.Time
	for _, r := range b.turn.Done {
		if r.Batch == 0 || r.System != b.receipt.System || r.Holding != b.receipt.Holding {
			continue
		}
		if b.stays && !r.At.Equal(turn) {
			after = 0
		}
		b.number, after, turn = r.Batch, after+r.Count, r.At
		if r.More != "" {
			b.earlier, after, from = b.earlier+after, 0, r.More
		}
	}
	if !b.stays {
		b.earlier += after
	}
	return from
}

func (b *batches) batch(rows int) error {
	kept := b.waiting
	b.waiting = 0 // whatever becomes of it, it is not kept twice
	if kept > 0 {
		if err := b.keep(kept, ""); err != nil {
			return err
		}
	}
	b.waiting = rows
	return nil
}

func (b *batches) keep(rows int, more string) error {
	if b.turn.Batch == nil {
		return nil
	}
	b.number++
	r := b.receipt
	r.Count, r.Batch, r.More = rows, b.number, more
	return b.turn.Batch(r)
}

// Verify collects again and lists the places that are not as the plan says
// (invariant 8): rows that should be gone, kept rows with more than the ground
// needs, and rows of holdings that the plan does not name.
func Verify(ctx context.Context, reg systems.Registry, s Subject, plan []request.PlanLine) ([]string, error) {
	var left []string
	for _, p := range reg.Inventory().HoldingsFor(s.Relation, s.Role) {
		if p.System.Kind == inventory.Manual {
			continue
		}
		ok, err := AsPlanned(ctx, reg, s, p, plan)
		if err != nil {
			return nil, err
		}
		if !ok {
			left = append(left, p.ID())
		}
	}
	return left, nil
}

// AsPlanned collects again in one place and reports whether all is as the plan
// says, which for a holding that it does not name is that nothing is there. A
// row that others still hold, or that is somebody else's too, is as it should be.
func AsPlanned(ctx context.Context, reg systems.Registry, s Subject, p inventory.Place, plan []request.PlanLine) (bool, error) {
	line := request.PlanLine{System: p.System.ID, Holding: p.Holding.ID, Action: request.EraseAction}
	if i := slices.IndexFunc(plan, func(l request.PlanLine) bool { return l.System == p.System.ID && l.Holding == p.Holding.ID }); i >= 0 {
		line = plan[i]
	}
	act, ok := actOf(reg.Inventory(), p, line, s)
	if !ok {
		return true, nil
	}
	sys, err := reg.System(p.System.ID)
	if err != nil {
		return false, fmt.Errorf("verify leg %s: %w", s.Leg, err)
	}
	bad, spared := 0, 0
	err = sys.Collect(ctx, *p.Holding, s.Of(), func(row systems.Row) error {
		switch change := act.Of(*p.Holding, row); {
		case change.None():
		case change.Erase && (act.Action != systems.Erase || strips(reg.Inventory(), line)) && act.Spared(*p.Holding, row).None():
			spared++
		default:
			bad++
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("verify %s for leg %s: %w", p.ID(), s.Leg, err)
	}
	if bad+spared == 0 {
		return true, nil
	}
	refs, err := systems.Refer(ctx, sys, *p.Holding, s.Of(), nil)
	if err != nil {
		return false, fmt.Errorf("verify %s for leg %s: %w", p.ID(), s.Leg, err)
	}
	return refs != nil && bad <= refs.Shared && spared <= refs.Held, nil
}

// Expire erases what a line kept once its ground has ended, without a new
// request (E-3), and nothing that came later. whole is false while something of
// it is left: a row that was open when it was kept and whose period runs still,
// or one on which another's restriction stands. Doing it again is harmless.
func Expire(ctx context.Context, reg systems.Registry, s Subject, l request.PlanLine, now time.Time) (rec request.Receipt, whole bool, err error) {
	p, sys, err := reach(reg, s, l)
	if err != nil {
		return rec, false, err
	}
	act := systems.Act{Action: systems.Expire, On: s.Today, Request: s.Request, Leg: s.Leg}
	if l.Ground != "claims" { // a claim ends on its own day
		act.Before = reg.Inventory().Retention[p.Holding.Retention].Over(s.Today)
	}
	if _, err := sys.Apply(ctx, *p.Holding, s.Of(), act); err != nil {
		return rec, false, fmt.Errorf("expire in %s for leg %s: %w", p.ID(), s.Leg, err)
	}
	left := 0
	err = sys.Collect(ctx, *p.Holding, s.Of(), func(row systems.Row) error {
		if act.Keeps(*p.Holding, row) {
			left++
		}
		return nil
	})
	if err != nil {
		return rec, false, fmt.Errorf("look what is left in %s for leg %s: %w", p.ID(), s.Leg, err)
	}
	rec = request.Receipt{System: l.System, Holding: l.Holding, Action: ReceiptExpired, Count: l.Count - l.Over, At: now.UTC()}
	return rec, left == 0, nil
}

// Changed are the lines of a plan of which recipients are told (Art. 19, R-14):
// of gone something was erased, if only some columns or the rows whose period is
// over; aside is restricted. What is only kept changes nothing for them.
func Changed(inv *inventory.Inventory, plan []request.PlanLine) (gone, aside []request.PlanLine) {
	for _, l := range plan {
		keeps := l.Action == request.KeepAction
		if l.Over > 0 || keeps && strips(inv, l) || !keeps && l.Action != request.RestrictAction {
			gone = append(gone, l)
		}
		if l.Action == request.RestrictAction && (l.Over == 0 || l.Count > l.Over) {
			aside = append(aside, l)
		}
	}
	return gone, aside
}

// Recipients lists the ids of those who got data of the holdings of some lines,
// but for authorities: what these got by law is theirs.
func Recipients(inv *inventory.Inventory, lines []request.PlanLine) []string {
	var places []inventory.Place
	for _, l := range lines {
		if p, ok := inv.Holding(l.System, l.Holding); ok {
			places = append(places, p)
		}
	}
	return slices.DeleteFunc(inv.RecipientsOf(places), func(id string) bool { return inv.Recipients[id].Kind == "authority" })
}

// WhatIsGone names to a recipient what it must erase: of each line whose data it
// had the record, and where only a part of that went, which part.
func WhatIsGone(inv *inventory.Inventory, recipient string, gone []request.PlanLine, lang request.Language) []string {
	return named(inv, recipient, gone, lang, func(l request.PlanLine, h *inventory.Holding) (parts []string) {
		if l.Action != request.KeepAction && l.Action != request.RestrictAction {
			return []string{""}
		}
		if l.Over > 0 {
			parts = append(parts, map[request.Language]string{request.Dutch: "waarvan de bewaartermijn voorbij is", request.English: "of which the retention period is over"}[lang])
		}
		if l.Action == request.KeepAction && strips(inv, l) {
			var columns []string
			for _, c := range h.Columns {
				if c.Anonymise {
					columns = append(columns, c.Label.In(lang))
				}
			}
			parts = append(parts, strings.Join(columns, ", "))
		}
		return parts
	})
}

// WhatIsAside names to a recipient what it must restrict.
func WhatIsAside(inv *inventory.Inventory, recipient string, aside []request.PlanLine, lang request.Language) []string {
	return named(inv, recipient, aside, lang, func(request.PlanLine, *inventory.Holding) []string { return []string{""} })
}

// named names the holdings of the lines that a recipient got data of, by the
// words of the record of processing: the labels speak to the person. A part of
// "" is the whole.
func named(inv *inventory.Inventory, recipient string, lines []request.PlanLine, lang request.Language, parts func(request.PlanLine, *inventory.Holding) []string) []string {
	var names []string
	for _, l := range lines {
		p, ok := inv.Holding(l.System, l.Holding)
		if !ok || !slices.Contains(inv.RecipientsOf([]inventory.Place{p}), recipient) {
			continue
		}
		name := p.Holding.Activity.In(lang)
		if name == "" {
			name = p.Holding.Label.In(lang)
		}
		for _, part := range parts(l, p.Holding) {
			item := name
			if part != "" {
				item += ": " + part
			}
			if !slices.Contains(names, item) {
				names = append(names, item)
			}
		}
	}
	return names
}

func reach(reg systems.Registry, s Subject, l request.PlanLine) (inventory.Place, systems.System, error) {
	p, ok := reg.Inventory().Holding(l.System, l.Holding)
	if !ok || p.Holding.Role != s.Role {
		return p, nil, fmt.Errorf("reach %s/%s for leg %s: %w", l.System, l.Holding, s.Leg, systems.ErrNotDeclared)
	}
	// Invariant 1: a client's leg never reaches past that client.
	if p.Holding.Client != "" && s.Client == "" {
		return p, nil, request.Fault(request.NoInstruction, s.Leg, "change a client's data without saying whose")
	}
	sys, err := reg.System(l.System)
	if err != nil {
		return p, nil, fmt.Errorf("reach %s for leg %s: %w", l.System, s.Leg, err)
	}
	return p, sys, nil
}

// order keeps what Marks writes in one order.
func order[T any](all []T, key func(T) string) []T {
	slices.SortFunc(all, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	return slices.CompactFunc(all, func(a, b T) bool { return key(a) == key(b) })
}
