package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/vault"
)

// The periods of D-2, in years after closing; law.md marks each [P].
const (
	wordsYears     = 2 // what the person wrote, and what we wrote down about them
	coreYears      = 5 // the course of the procedure and the letters
	processorYears = 2 // a leg of a client, unless its contract says otherwise
	unprovenYears  = 1 // closed without proof, or withdrawn
)

// Forget does to closed requests what their time asks (D-2): packages past
// their link go, what a plan kept goes when its ground has ended (E-3),
// the person's words go after two years and the rest when its own period is
// over. A legal hold stops all but the packages. One request that fails never
// stops the others (F25); it answers how many records are gone.
func (c *Cases) Forget(ctx context.Context) (int, error) {
	now := c.Now().UTC()
	n := 0
	var faults []error
	for page := (store.Page{Limit: 100}); ; {
		rows, next, err := c.Closed.Closed(ctx, now, page)
		if err != nil {
			return n, fmt.Errorf("forget: list closed requests: %w", err)
		}
		for _, row := range rows {
			gone, err := c.forget(ctx, row.Request, now)
			if err != nil {
				faults = append(faults, fmt.Errorf("forget request %s: %w", row.Request, err))
			}
			if gone {
				n++
			}
		}
		if page.After = next; next == "" {
			break
		}
	}
	// Codes for clients and notices to ourselves belong to no request.
	for _, owner := range []string{"client:", "house"} {
		if err := c.sweep(ctx, c.Dossier, "dossier/"+owner, now.AddDate(-wordsYears, 0, 0)); err != nil {
			faults = append(faults, err)
		}
	}
	return n, errors.Join(faults...)
}

// forget does one request. What is outside goes first: what a crash leaves is
// found again, because the record still says that it must go.
func (c *Cases) forget(ctx context.Context, id request.ID, now time.Time) (gone bool, err error) {
	r, err := c.Store.Load(ctx, id)
	if request.NotFound.Is(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if !r.Closed() {
		return false, nil // reopened since it was listed
	}
	if err := c.dropPackages(ctx, r, day(now)); err != nil {
		return false, err
	}
	held := heldUntil(r, day(now)) != ""
	var ended map[string][]request.Receipt
	if !held {
		if ended, err = c.expire(ctx, r); err != nil {
			return false, err
		}
		if wordsOver(r, now) {
			if err := c.sweep(ctx, c.Dossier, "dossier/"+string(id)+"/incoming/", now.Add(time.Minute)); err != nil {
				return false, err
			}
		}
	}
	r, err = c.change(ctx, id, func(ch *change) error {
		if !ch.Closed() {
			return errNothing
		}
		ch.packagesGone()
		for leg, receipts := range ended {
			ch.endKept(leg, receipts)
		}
		if !held && wordsOver(ch.Request, ch.now) {
			ch.redact()
		}
		next := nextForget(ch.Request, ch.now)
		if next.Equal(ch.ForgetAt) && len(ch.writes.Lines) == 0 {
			return errNothing
		}
		ch.ForgetAt = next
		return nil
	})
	if err != nil || held || !r.Closed() || now.Before(forgetAll(r)) {
		return false, err
	}
	if err := c.sweep(ctx, c.Dossier, "dossier/"+string(id)+"/", now.Add(time.Minute)); err != nil {
		return false, err
	}
	line := ledger.Line{Request: id, At: now, Actor: system("forget"), Action: "purged"}
	if err := c.Closed.Forget(ctx, id, []ledger.Line{line}); err != nil && !request.NotFound.Is(err) {
		return false, err
	}
	return true, nil
}

func (c *Cases) dropPackages(ctx context.Context, r *request.Request, today request.Day) error {
	for i := range r.Legs {
		if p := r.Legs[i].Package; p.Key != "" && p.Until < today {
			if err := c.Packages.Delete(ctx, p.Key); err != nil {
				return fmt.Errorf("delete the package of leg %s: %w", r.Legs[i].ID, err)
			}
		}
	}
	return nil
}

func (ch *change) packagesGone() {
	for i := range ch.Legs {
		if p := &ch.Legs[i].Package; p.Key != "" && p.Until < day(ch.now) {
			ch.line(system("forget"), "package-deleted", ch.Legs[i].ID, "", map[string]string{"sha256": p.SHA256})
			p.Key = ""
		}
	}
}

// expire erases what erasures kept whose ground has ended, by leg (E-3).
func (c *Cases) expire(ctx context.Context, r *request.Request) (map[string][]request.Receipt, error) {
	done := map[string][]request.Receipt{}
	for i := range r.Legs {
		l := &r.Legs[i]
		s := c.subject(r, l)
		for _, line := range pendingKeeps(l) {
			if line.Until >= s.Today {
				continue
			}
			rec, whole, err := erasure.Expire(ctx, c.Systems, s, line, c.Now())
			if errors.Is(err, systems.ErrByHand) {
				rec, whole, err = c.expireByHand(ctx, r, l, line)
			}
			if err != nil {
				return nil, err
			}
			if whole { // else something still stands on it: tomorrow again
				done[l.ID] = append(done[l.ID], rec)
			}
		}
	}
	return done, nil
}

// expireByHand has an officer erase what was kept where the desk cannot: whole
// once that is done.
func (c *Cases) expireByHand(ctx context.Context, r *request.Request, l *request.Leg, line request.PlanLine) (rec request.Receipt, whole bool, err error) {
	in := Input{RequestID: r.ID, LegID: l.ID}
	b := byHandItem(l, line.System, line.Holding, expireByHand)
	if b == nil || b.Open() {
		_, err := c.change(ctx, in.RequestID, func(ch *change) error {
			l, err := ch.leg(in.LegID)
			if err != nil {
				return err
			}
			if byHandItem(l, line.System, line.Holding, expireByHand) != nil {
				return errNothing
			}
			ch.askByHand(l, line.System, line.Holding, expireByHand)
			return nil
		})
		return rec, false, err
	}
	return request.Receipt{System: line.System, Holding: line.Holding, Action: erasure.ReceiptExpired, Count: line.Count - line.Over, At: b.Done, By: b.DoneBy}, true, nil
}

func (ch *change) endKept(leg string, receipts []request.Receipt) {
	l := ch.Leg(leg)
	for _, rec := range receipts {
		if l == nil || expired(l, rec.System, rec.Holding) {
			continue
		}
		l.Receipts = append(l.Receipts, rec)
		l.Kept = slices.DeleteFunc(l.Kept, func(x request.PlanLine) bool { return x.System == rec.System && x.Holding == rec.Holding })
		ch.line(system("forget"), "executed", leg, rec.System, counts([]request.Receipt{rec}))
	}
}

// pendingKeeps are the lines of a carried out plan that keep something still.
// Nothing more is done of the plan of who decides no more.
func pendingKeeps(l *request.Leg) []request.PlanLine {
	if l.Outcome == request.Moved {
		return nil
	}
	var pending []request.PlanLine
	for _, line := range l.Kept {
		if !expired(l, line.System, line.Holding) {
			pending = append(pending, line)
		}
	}
	for _, line := range l.Carried() {
		carried := false
		for _, rec := range l.Receipts {
			if rec.System == line.System && rec.Holding == line.Holding && (rec.Action == erasure.ReceiptKept || rec.Action == erasure.ReceiptRestricted) {
				carried = true
			}
		}
		if carried && line.Until != "" && !expired(l, line.System, line.Holding) {
			pending = append(pending, line)
		}
	}
	return pending
}

func expired(l *request.Leg, system, holding string) bool {
	for _, rec := range l.Receipts {
		if rec.System == system && rec.Holding == holding && rec.Action == erasure.ReceiptExpired {
			return true
		}
	}
	return false
}

// wordsOver reports whether the person's own words have had their time.
func wordsOver(r *request.Request, now time.Time) bool {
	return r.Redacted == "" && !now.Before(r.ClosedAt.AddDate(wordsYears, 0, 0))
}

// redact takes out the matter and leaves the procedure (D-2): who wrote what,
// and every name, address and value. The keys of a person stay with a leg that
// still has something to erase or to lift.
func (ch *change) redact() {
	ch.Redacted = day(ch.now)
	ch.Sender = request.Sender{Answerable: ch.Sender.Answerable, ByLetter: ch.Sender.ByLetter, Capacity: ch.Sender.Capacity}
	ch.Subject, ch.Text, ch.Understood.Evidence, ch.Notes = "", "", nil, nil
	for i := range ch.Clock.Paused {
		ch.Clock.Paused[i].Doubt = ""
	}
	for i := range ch.Messages {
		m := &ch.Messages[i]
		m.Subject, m.Text, m.From = "", "", ""
	}
	needed := map[string]bool{}
	for i := range ch.Legs {
		l := &ch.Legs[i]
		if len(pendingKeeps(l)) > 0 || l.Restriction.Stands() {
			needed[l.Candidate] = true
		} else {
			l.Keys = nil
		}
		l.MovedTo.Proof, l.MovedFrom.Proof = "", "" // in an officer's words
		l.Statement, l.Balance, l.Human = "", request.Balance{}, request.HumanReview{Existed: l.Human.Existed, Result: l.Human.Result, By: l.Human.By, At: l.Human.At}
		l.Screened, l.Instruction.Why = nil, ""
		for n := range l.Flags {
			l.Flags[n].Words, l.Flags[n].Instruction.Why = "", ""
		}
		for n := range l.Corrections {
			k := &l.Corrections[n]
			k.Old, k.New, k.Evidence = "", "", ""
		}
	}
	for i := range ch.Candidates {
		cand := &ch.Candidates[i]
		cand.Name, cand.Channels = "", nil
		if !needed[cand.ID] {
			cand.Keys, cand.File = nil, ""
		}
	}
	ch.line(system("forget"), "redacted", "", "D-2", nil)
}

// yearsKept is how long the record is kept from its end: a year when everything
// was taken back or stayed without proof, longer for what was a client's or was
// decided (D-2).
func yearsKept(r *request.Request) int {
	years := unprovenYears
	for i := range r.Legs {
		switch l := &r.Legs[i]; {
		case l.Outcome == request.Unverified || l.Outcome == request.Withdrawn:
		case l.Role == request.Processor:
			years = max(years, processorYears)
		default:
			years = max(years, coreYears)
		}
	}
	return years
}

// forgetAll is when the whole record may go: by the longest period of its legs
// (D-2), and not while something kept or restricted must still be undone. A
// record without an end yet answers an instant far away.
func forgetAll(r *request.Request) time.Time {
	years := yearsKept(r)
	for _, b := range r.Breaches {
		years = max(years, coreYears) // the register of 33(5)
		if b.ClosedAt.IsZero() {
			years = 100
		}
	}
	at := r.ClosedAt.AddDate(years, 0, 0)
	if r.KeptUntil != "" && len(r.Breaches) == 0 && !slices.ContainsFunc(r.Legs, ours) {
		at = dayAfter(r.KeptUntil)
	} else if told := max(r.KeptUntil, r.KeptAtLeast); told != "" {
		at = later(at, dayAfter(told))
	}
	for i := range r.Legs {
		l := &r.Legs[i]
		if l.Restriction.Stands() {
			at = later(at, r.ClosedAt.AddDate(100, 0, 0))
		}
		for _, line := range pendingKeeps(l) {
			at = later(at, dayAfter(line.Until))
		}
	}
	return at
}

// ours reports whether we answered a leg ourselves: its record has its own five
// years, whatever else was taken back.
func ours(l request.Leg) bool {
	return l.Role == request.Controller && l.Outcome != request.Withdrawn && l.Outcome != request.Unverified
}

// nextForget is when something of the record must go next.
func nextForget(r *request.Request, now time.Time) time.Time {
	next := forgetAll(r)
	sooner := func(t time.Time) {
		if t.Before(next) {
			next = t
		}
	}
	if r.Redacted == "" {
		sooner(r.ClosedAt.AddDate(wordsYears, 0, 0))
	}
	for i := range r.Legs {
		l := &r.Legs[i]
		if l.Package.Key != "" {
			sooner(dayAfter(l.Package.Until))
		}
		for _, line := range pendingKeeps(l) {
			sooner(dayAfter(line.Until))
		}
	}
	if until := heldUntil(r, day(now)); until != "" && packagesLeft(r) == 0 {
		next = later(next, dayAfter(until))
	}
	// What is overdue and could not go is tried again tomorrow; what is due
	// tomorrow goes then.
	return later(next, dayAfter(day(now))).UTC()
}

func packagesLeft(r *request.Request) (n int) {
	for i := range r.Legs {
		if r.Legs[i].Package.Key != "" {
			n++
		}
	}
	return n
}

// dayAfter is the first instant after a last day, in Amsterdam. A day that
// cannot be read is over.
func dayAfter(d request.Day) time.Time {
	date, err := deadline.ParseDate(string(d))
	if err != nil {
		return time.Time{}
	}
	return date.AddDays(1).Start().UTC()
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// sweep deletes what stands under a prefix and was written before an instant.
func (c *Cases) sweep(ctx context.Context, v ListedVault, prefix string, before time.Time) error {
	var keys []string
	err := v.List(ctx, prefix, func(o vault.Object) error {
		if o.Modified.Before(before) {
			keys = append(keys, o.Key)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("list what must go: %w", err)
	}
	for _, key := range keys {
		if err := v.Delete(ctx, key); err != nil {
			return fmt.Errorf("delete what must go: %w", err)
		}
	}
	return nil
}

// The reasons for a legal hold (D-2), a closed list.
var holdReasons = map[string]bool{"ap-inquiry": true, "litigation": true, "audit": true}

// longestHold is how far ahead a legal hold may end; longer is set anew.
const longestHold = 5 // years

// HoldRecord keeps a request's record and dossier beyond their time (D-2).
// An approver sets it, with a reason and an end.
func (c *Cases) HoldRecord(ctx context.Context, a Actor, ref request.Reference, reason string, until request.Day) error {
	if err := may(a, "approver", string(ref)); err != nil {
		return err
	}
	end, err := deadline.ParseDate(string(until))
	switch {
	case !holdReasons[reason]:
		return request.Fault(request.InputRefused, "reason", "hold a record without a known reason")
	case err != nil, until <= day(c.Now()), until > day(c.Now().AddDate(longestHold, 0, 0)):
		return request.Fault(request.InputRefused, "until", "hold a record without an end between tomorrow and %d years", longestHold)
	}
	return c.update(ctx, ref, func(ch *change) error {
		for _, h := range ch.LegalHolds {
			if h.Reason == reason && h.Until == until && h.LiftedAt.IsZero() {
				return errNothing
			}
		}
		id := strconv.Itoa(len(ch.LegalHolds) + 1)
		ch.LegalHolds = append(ch.LegalHolds, request.LegalHold{ID: id, Reason: reason, By: a.ID, At: ch.now, Until: request.Day(end.String())})
		ch.line(a.ID, "legal-hold", "", reason, map[string]string{"hold": id, "until": string(until)})
		return nil
	})
}

// LiftHold ends a legal hold before its day; forget looks at the record that night.
func (c *Cases) LiftHold(ctx context.Context, a Actor, ref request.Reference, id string) error {
	if err := may(a, "approver", string(ref)); err != nil {
		return err
	}
	return c.update(ctx, ref, func(ch *change) error {
		for i := range ch.LegalHolds {
			h := &ch.LegalHolds[i]
			if h.ID != id {
				continue
			}
			if !h.LiftedAt.IsZero() {
				return errNothing
			}
			h.LiftedBy, h.LiftedAt = a.ID, ch.now
			if ch.Closed() {
				ch.ForgetAt = ch.now
			}
			ch.line(a.ID, "legal-hold-lifted", "", h.Reason, map[string]string{"hold": id})
			return nil
		}
		return request.Fault(request.NotFound, string(ch.ID), "lift hold %s", id)
	})
}

// heldUntil is the last day of the legal holds that stand; "" = none does.
func heldUntil(r *request.Request, today request.Day) (until request.Day) {
	for _, h := range r.LegalHolds {
		if h.LiftedAt.IsZero() && h.Until >= today {
			until = max(until, h.Until)
		}
	}
	return until
}
