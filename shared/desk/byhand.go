package desk

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// What an officer does in a system that the desk cannot reach, or that cannot
// do it: the answer becomes that system's receipt.

// handsOpen lists what is still to be done by hand for a leg.
func handsOpen(l *request.Leg) []request.ByHand {
	return slices.DeleteFunc(slices.Clone(l.ByHand), func(b request.ByHand) bool { return !b.Open() })
}

func byHand(b *bench) bool { return len(handsOpen(b.l)) > 0 }

func barByHand(b *bench) string { return barUnless(byHand(b), "bar.by-hand") }

// handPlace names a system and a holding of it to an officer.
func (h *Handler) handPlace(v visit, x request.ByHand) string {
	if h.Inventory != nil {
		if p, ok := h.Inventory.Holding(x.System, x.Holding); ok {
			return p.System.Name.In(v.Lang) + ": " + p.Holding.Label.In(v.Lang)
		}
	}
	return x.System + "/" + x.Holding
}

func askByHand(b *bench) {
	open := handsOpen(b.l)
	var places []answer
	search, change, keep := false, false, false
	for _, x := range open {
		label := b.h.handPlace(b.v, x) + ". " + b.say("by-hand.do."+x.Action)
		places = append(places, answer{x.ID(), label, b.say("by-hand.by", "date", pages.Day(b.v.Lang, x.By))})
		search, change = search || x.Action == "collect", change || x.Action != "collect"
		if p, ok := b.h.handHolding(x); ok && x.Action == request.EraseAction {
			keep = keep || b.h.Inventory.Retention[p.Retention].OnErasure != inventory.OnErasureErase
		}
	}
	outcomes := []string{"nothing"}
	if search {
		outcomes = append(outcomes, "found")
	}
	if change {
		outcomes = append(outcomes, "done")
	}
	b.choose("wat", b.options("by-hand.wat.", outcomes...), false, false)
	var first []string
	if len(places) == 1 {
		first = []string{places[0].code}
	}
	b.choose("waar", places, false, false, first...)
	if search {
		var files []answer
		for i, s := range b.r.Scans {
			files = append(files, answer{s.ID, b.say("scan.name", "n", i+1, "type", b.v.SayOr("scan.type."+s.Type, s.Type)), pages.Size(b.v.Lang, s.Bytes)})
		}
		if len(files) > 0 {
			b.choose("stukken", files, true, true)
			b.page.Choices[len(b.page.Choices)-1].If = pages.When(2)
		} else {
			b.page.Text = append(b.page.Text, b.say("by-hand.no-files"))
		}
		if b.posted && b.form.Get("wat") == "found" && len(b.form["stukken"]) == 0 {
			place := "wat-1"
			if len(files) > 0 {
				place = "stukken-1"
			}
			b.wrong(place, "stukken")
		}
	}
	if change {
		b.number("aantal", len(outcomes))
		if keep {
			b.number("bewaard", len(outcomes))
			b.day("tot", "", true)
			b.when(len(outcomes))
			b.depends()
		}
	}
}

// number asks how many, with the last option of the first question.
func (b *bench) number(name string, option int) {
	f := b.field(name, "", 0, true)
	f.Width, f.Inputmode, f.Plain = "w8", "numeric", true
	b.when(option)
	b.depends()
	if _, ok := count(b.form.Get(name)); b.posted && b.form.Get("wat") == "done" && !ok {
		b.wrong(name, name)
	}
}

// count reads a number of records; nothing typed is nought.
func count(s string) (int, bool) {
	if s = strings.TrimSpace(s); s == "" {
		return 0, true
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 0
}

// handHolding is the holding that something by hand is about.
func (h *Handler) handHolding(x request.ByHand) (*inventory.Holding, bool) {
	if h.Inventory == nil {
		return nil, false
	}
	p, ok := h.Inventory.Holding(x.System, x.Holding)
	return p.Holding, ok
}

func doByHand(ctx context.Context, c Cases, b *bench) error {
	for _, x := range handsOpen(b.l) {
		if x.ID() != b.form.Get("waar") {
			continue
		}
		d := casework.HandDone{System: x.System, Holding: x.Holding, Action: x.Action}
		switch b.form.Get("wat") {
		case "found":
			d.Found = b.form["stukken"]
		case "done":
			d.Count, _ = count(b.form.Get("aantal"))
			d.Kept, _ = count(b.form.Get("bewaard"))
			d.Until = b.date("tot")
		}
		if (b.form.Get("wat") == "found") != (len(d.Found) > 0) || b.form.Get("wat") == "done" && x.Action == "collect" {
			return request.Fault(request.InputRefused, "outcome", "answer something else than was asked")
		}
		return c.DoneByHand(ctx, b.actor(), b.r.Reference, b.l.ID, d)
	}
	return request.Fault(request.InputRefused, "place", "answer for what nobody asked")
}
