package casework

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/manual"
)

// What an officer does where no connector can: look, or carry out what a line
// of a plan says, by the names of the lines' actions.
const (
	collectByHand = "collect"
	expireByHand  = "expire"
)

// byHandMargin is how many working days before the day to work to an officer
// must be done: what follows, a look at the copy and a second person, needs time.
const byHandMargin = 5

// byHandItem finds one thing that officers do for a leg; nil when nobody asked.
func byHandItem(l *request.Leg, system, holding, action string) *request.ByHand {
	for i := range l.ByHand {
		if b := &l.ByHand[i]; b.System == system && b.Holding == holding && b.Action == action {
			return b
		}
	}
	return nil
}

// byHandOpen lists what officers still have to do for a leg.
func byHandOpen(l *request.Leg) []request.ByHand {
	return slices.DeleteFunc(slices.Clone(l.ByHand), func(b request.ByHand) bool { return !b.Open() })
}

// askByHand gives an officer something to do, once: a task with its last day.
func (ch *change) askByHand(l *request.Leg, in, holding, action string) {
	ch.askByHandBy(l, in, holding, action, ch.byHandDay())
}

func (ch *change) askByHandBy(l *request.Leg, in, holding, action string, by request.Day) {
	if byHandItem(l, in, holding, action) != nil {
		return
	}
	b := request.ByHand{System: in, Holding: holding, Action: action, By: by}
	l.ByHand = append(l.ByHand, b)
	ch.task("by-hand", l.ID, "officer", "", b.ID())
	ch.line(system("by-hand"), "by-hand-asked", l.ID, action, map[string]string{"place": in + "/" + holding, "by": string(b.By)})
}

// byHandDay is the margin before the day to work to, never before today.
func (ch *change) byHandDay() request.Day {
	today := day(ch.now)
	work, err := deadline.ParseDate(string(ch.WorkTo()))
	if err != nil {
		return today
	}
	return max(today, request.Day(ch.cases.Calendar.AddWorkingDays(work, -byHandMargin).String()))
}

// places are the holdings of one system that a leg is about, what cannot travel
// left out.
func (c *Cases) places(l *request.Leg, system string) []inventory.Place {
	return slices.DeleteFunc(slices.Clone(c.scope(l)), func(p inventory.Place) bool {
		return p.System.ID != system || l.Right == request.Portability && !p.Holding.Portable()
	})
}

// manual reports whether only people can open that system.
func (c *Cases) manual(system string) bool {
	s := c.Systems.Inventory().System(system)
	return s != nil && s.Kind == inventory.Manual
}

// waitsByHand asks officers for what they did not do yet, and reports whether
// there is any such thing. read is the instruction that asks for it; nobody is
// asked for one that does not stand (inForce).
func (c *Cases) waitsByHand(ctx context.Context, in Input, read request.Instruction, todo []request.ByHand) (bool, error) {
	if len(todo) == 0 {
		return false, nil
	}
	waits := false
	_, err := c.change(ctx, in.RequestID, func(ch *change) error {
		waits = false
		l, err := ch.leg(in.LegID)
		if err != nil {
			return err
		}
		if err := inForce(ch.Request, l, read); err != nil {
			return err
		}
		before := len(l.ByHand)
		for _, b := range todo {
			ch.askByHand(l, b.System, b.Holding, b.Action)
			waits = waits || byHandItem(l, b.System, b.Holding, b.Action).Open()
		}
		if len(l.ByHand) == before {
			return errNothing
		}
		ch.running(l)
		return nil
	})
	return waits, err
}

// papers are a registry in which one system that only people can open holds
// what officers found in it for one leg.
type papers struct {
	Systems
	cases *Cases
	r     *request.Request
	l     *request.Leg
	id    string
}

func (p papers) System(id string) (systems.System, error) {
	if id != p.id {
		return p.Systems.System(id)
	}
	return found{manual.System{Declared: p.Inventory().System(id)}, p}, nil
}

// found hands out the files that an officer found in a system.
type found struct {
	manual.System
	papers papers
}

// Collect implements systems.System: a row for each file.
func (f found) Collect(_ context.Context, h inventory.Holding, _ systems.Selection, emit func(systems.Row) error) error {
	b := byHandItem(f.papers.l, f.papers.id, h.ID, collectByHand)
	if b == nil || b.Open() {
		return fmt.Errorf("collect holding %s/%s: %w", f.papers.id, h.ID, systems.ErrByHand)
	}
	for _, id := range b.Found {
		i := slices.IndexFunc(f.papers.r.Scans, func(s request.Scan) bool { return s.ID == id })
		if i < 0 {
			return request.Fault(request.NotFound, string(f.papers.r.ID), "find a scan that was found by hand")
		}
		s := f.papers.r.Scans[i]
		row := systems.Row{
			"object": s.ID + "." + map[string]string{"pdf": "pdf", "jpeg": "jpg", "png": "png"}[s.Type],
			"date":   string(day(s.At)), "size": json.Number(strconv.FormatInt(s.Bytes, 10)),
		}
		for name := range row {
			if h.Column(name) == nil {
				delete(row, name) // ours, not the system's: nobody misses it
			}
		}
		if err := emit(row); err != nil {
			return err
		}
	}
	return nil
}

// Open implements systems.Opener: a file that the scanner found clean, and no other.
func (f found) Open(ctx context.Context, _ inventory.Holding, object string) (io.ReadCloser, error) {
	c, r := f.papers.cases, f.papers.r
	for _, s := range r.Scans {
		if len(object) > len(s.ID) && object[:len(s.ID)+1] == s.ID+"." {
			if err := c.clean(ctx, r, scanKey(r, s.ID)); err != nil {
				return nil, err
			}
			return c.Dossier.Open(ctx, scanKey(r, s.ID))
		}
	}
	return nil, request.Fault(request.NotFound, string(r.ID), "open a scan that was found by hand")
}

// HandDone is an officer's word on something done by hand.
type HandDone struct {
	System, Holding, Action string
	// Found are the scans of what was found, for a collect; none = nothing is there.
	Found []string
	// Count is how much was erased or changed, Kept how much had to stay until
	// Until on the ground that the inventory gives.
	Count, Kept int
	Until       request.Day
}

// maxByHand bounds a count that somebody types.
const maxByHand = 100_000

// DoneByHand records what an officer did in a system that the desk cannot reach,
// or that cannot do it: it becomes that system's receipt, under the officer's
// name. Once nothing is left to do by hand, the leg goes on. NotScanned: a file
// was not found clean, or not yet.
func (c *Cases) DoneByHand(ctx context.Context, a Actor, ref request.Reference, leg string, d HandDone) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	p, ok := c.Systems.Inventory().Holding(d.System, d.Holding)
	if !ok {
		return request.Fault(request.InputRefused, "place", "answer for a place that nobody named")
	}
	keeps := c.Systems.Inventory().Retention[p.Holding.Retention]
	switch {
	case d.Count < 0 || d.Count > maxByHand || d.Kept < 0 || d.Kept > maxByHand:
		return request.Fault(request.InputRefused, "count", "count so many")
	case d.Action == collectByHand && (d.Count > 0 || d.Kept > 0), d.Action != collectByHand && len(d.Found) > 0:
		return request.Fault(request.InputRefused, "outcome", "answer something else than was asked")
	case d.Kept > 0 && (d.Action != request.EraseAction || keeps.OnErasure == inventory.OnErasureErase):
		return request.Fault(request.InputRefused, "kept", "keep without a ground of the inventory")
	}
	if d.Kept > 0 {
		if end, err := deadline.ParseDate(string(d.Until)); err != nil || end.String() != string(d.Until) || d.Until <= day(c.Now()) {
			return request.Fault(request.InputRefused, "until", "keep until no day to come")
		}
	}
	r, err := c.find(ctx, ref)
	if err != nil {
		return err
	}
	for _, id := range d.Found {
		if !slices.ContainsFunc(r.Scans, func(s request.Scan) bool { return s.ID == id }) {
			return request.Fault(request.InputRefused, "found", "name a file that is not there")
		}
		if err := c.clean(ctx, r, scanKey(r, id)); err != nil {
			return err
		}
	}
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.leg(leg)
		if err != nil {
			return err
		}
		if err := mayCarry(ch.Request, l); err != nil {
			return err
		}
		b := byHandItem(l, d.System, d.Holding, d.Action)
		if b == nil || !b.Open() || l.Phase == request.Closed && d.Action != expireByHand && !freezing(d.Action) {
			return request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+leg, "answer for what nobody has to do by hand")
		}
		b.Count, b.Kept, b.Found = d.Count, d.Kept, slices.Clone(d.Found)
		if d.Action == collectByHand {
			b.Count = len(d.Found)
		}
		if d.Kept > 0 {
			// The letter says what stays, on which ground and until when (E-5).
			b.Until, b.Ground, b.Law = d.Until, keeps.Ground, keeps.Law
		}
		ch.handDone(l, b, a.ID)
		ch.line(a.ID, "by-hand-done", leg, d.Action, map[string]string{
			"place": d.System + "/" + d.Holding, "count": strconv.Itoa(b.Count), "kept": strconv.Itoa(b.Kept),
		})
		if d.Action == expireByHand {
			ch.ForgetAt = ch.now
			return nil
		}
		if freezing(d.Action) {
			l.Receipts = append(l.Receipts, stopped(*b))
			return ch.thenOn(l, a)
		}
		if len(byHandOpen(l)) == 0 {
			ch.signal(l)
		}
		return nil
	})
}

// handDone closes something by hand and its task.
func (ch *change) handDone(l *request.Leg, b *request.ByHand, by string) {
	b.Done, b.DoneBy = ch.now, by
	for i := range ch.Tasks {
		if t := &ch.Tasks[i]; t.Open() && t.Kind == "by-hand" && t.Leg == l.ID && t.Code == b.ID() {
			t.Done, t.DoneBy = ch.now, by
		}
	}
}

// erasedByHand turns an officer's word into receipts of an erasure.
func erasedByHand(b request.ByHand) []request.Receipt {
	action := map[string]string{
		request.EraseAction: erasure.ReceiptErased, request.AnonymiseAction: erasure.ReceiptAnonymised,
		request.KeepAction: erasure.ReceiptKept, request.RestrictAction: erasure.ReceiptRestricted,
	}[b.Action]
	out := []request.Receipt{{System: b.System, Holding: b.Holding, Action: action, Count: b.Count, At: b.Done, By: b.DoneBy}}
	if b.Kept > 0 {
		out = append(out, request.Receipt{System: b.System, Holding: b.Holding, Action: erasure.ReceiptKept, Count: b.Kept, At: b.Done, By: b.DoneBy})
	}
	return out
}

// onlyByHand reports whether a leg waits for officers' hands and for nothing
// else: every system that misses its receipt has something open.
func (c *Cases) onlyByHand(l *request.Leg) bool {
	open := byHandOpen(l)
	if len(open) == 0 {
		return false
	}
	for _, p := range c.scope(l) {
		if len(c.places(l, p.System.ID)) > 0 && !request.Finished(l.Receipts, p.System.ID) &&
			!slices.ContainsFunc(open, func(b request.ByHand) bool { return b.System == p.System.ID }) {
			return false
		}
	}
	return true
}

// byHandMilestones are what officers are told of work by hand: on its last day,
// and when that is over.
func (ch *change) byHandMilestones(today deadline.Date) (due, late bool) {
	for i := range ch.Legs {
		if ch.Legs[i].Phase == request.Closed {
			continue
		}
		for _, b := range byHandOpen(&ch.Legs[i]) {
			due = due || b.By <= request.Day(today.String())
			late = late || b.By < request.Day(today.String())
		}
	}
	return due, late
}
