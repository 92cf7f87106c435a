package desk

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// The deeds of a client that no longer decides: its part goes to who does,
// or what it instructed before it went is carried out all the same, or, of its own
// machine, by nobody.
var moveDeeds = []*deed{
	{key: "move", path: "overdragen", aim: "decide", leg: true, roles: officers, tasks: []string{"client-gone"}, offered: movable, bar: barMove, ask: askMove, do: doMove, more: moreMove,
		fields: map[string]string{"client": "opdrachtgever", "reason": "reden", "proof": "bewijs", "stays": "blijft"}},
	{key: "carry-on", path: "toch-uitvoeren", aim: "decide", leg: true, roles: officers, offered: halted, bar: barCarryOn, ask: askCarryOn, quick: true, fields: map[string]string{"why": "reden"},
		do: func(ctx context.Context, c Cases, b *bench) error {
			return c.CarryOn(ctx, b.actor(), b.r.Reference, b.l.ID, b.form.Get("reden"))
		}},
	{key: "lapse", path: "laten-vervallen", aim: "decide", leg: true, roles: officers, offered: lapsible, bar: barLapse, do: func(ctx context.Context, c Cases, b *bench) error {
		return c.Lapse(ctx, b.actor(), b.r.Reference, b.l.ID)
	}},
}

func movable(b *bench) bool { return casework.Movable(b.r, b.l) }

func barMove(b *bench) string {
	if b.l.Outcome == request.Moved {
		return "bar.moved"
	}
	return barUnless(movable(b), "bar.move")
}

func halted(b *bench) bool { return b.l.Halted }

func barCarryOn(b *bench) string { return barUnless(halted(b), "bar.carry-on") }

func lapsible(b *bench) bool { return casework.Lapsible(b.r, b.l) }

func barLapse(b *bench) string { return barUnless(lapsible(b), "bar.lapse") }

func askCarryOn(b *bench) {
	b.choose("reden", b.options("carry-on-why.", casework.CarryOnReasons...), false, false)
}

func askMove(b *bench) {
	b.page.BoxesFirst = true // who comes before why
	f := b.field("opdrachtgever", "", 0, false)
	f.Autocomplete = "off"
	if typed := f.Value; b.posted && typed != "" {
		c, fault, err := b.buyer(typed)
		switch {
		case err != nil:
			b.wrong(f.ID, f.ID) // the register does not answer: nothing can be chosen
		case fault != "":
			b.faults = append(b.faults, pages.Fault{Place: f.ID, Text: fault})
		default:
			// From here on it is this one, by its whole name.
			f.Value = c.Name + " (" + c.ID + ")"
			b.form.Set(f.ID, f.Value)
		}
	}
	b.choose("reden", b.options("move-why.", casework.MoveReasons...), false, false)
	b.field("bewijs", "", 0, false)
	b.choose("blijft", []answer{{"ja", b.say("move.blijft.ja"), b.words("move.blijft.ja.hint")}}, true, true)
}

// inBrackets is how the page writes a client that was found.
var inBrackets = regexp.MustCompile(`\(([a-z0-9-]+)\)$`)

// buyer finds the client that an officer means: by its number, its name or a
// part of that, among those that decide and are not the one that did. fault says
// what to mend when it is none or several.
func (b *bench) buyer(typed string) (found register.Client, fault string, err error) {
	all, err := b.h.Cases.ClientList(b.v.R.Context(), b.actor())
	if err != nil {
		return found, "", err
	}
	all = slices.DeleteFunc(all, func(c register.Client) bool { return c.State != "" || c.ID == b.l.Client })
	if m := inBrackets.FindStringSubmatch(typed); m != nil {
		typed = m[1]
	}
	var like []register.Client
	for _, c := range all {
		switch {
		case strings.EqualFold(c.ID, typed), strings.EqualFold(c.Name, typed):
			return c, "", nil
		case strings.Contains(strings.ToLower(c.Name), strings.ToLower(typed)):
			like = append(like, c)
		}
	}
	switch {
	case len(like) == 1:
		return like[0], "", nil
	case len(like) == 0:
		return found, b.say("fault.move.opdrachtgever"), nil
	}
	var names []string
	for _, c := range like[:min(len(like), 8)] {
		names = append(names, c.Name)
	}
	return found, b.say("fault.move.several", "names", strings.Join(names, ", ")), nil
}

func doMove(ctx context.Context, c Cases, b *bench) error {
	to := casework.MoveTo{Reason: b.form.Get("reden"), Proof: b.form.Get("bewijs"), Stays: b.form.Get("blijft") == "ja"}
	if m := inBrackets.FindStringSubmatch(b.form.Get("opdrachtgever")); m != nil {
		to.Client = m[1]
	}
	return c.MoveLeg(ctx, b.actor(), b.r.Reference, b.l.ID, to)
}

// moreMove says before it is done what the officer must know of the other side:
// whether the person is in the new client's files, which part goes on, and what
// of the old client's instruction was done already.
func moreMove(b *bench) error {
	ctx := b.v.R.Context()
	told, err := b.h.Rehearse(ctx, func(c Cases) error { return doMove(ctx, c, b) })
	if err != nil || told.After == nil {
		return err
	}
	var warn []string
	if len(b.l.Receipts) > 0 || casework.Begun(b.l) {
		warn = append(warn, b.say("move.partly"))
	} else if b.l.Instruction.Kind != "" {
		b.page.Effects = append(b.page.Effects, b.say("move.not-carried-out"))
	}
	for i := range told.After.Legs {
		l := &told.After.Legs[i]
		if b.r.Leg(l.ID) != nil {
			continue
		}
		b.page.Effects = append(b.page.Effects, b.say("move.begins."+string(l.Role), "leg", l.ID, "client", b.h.company(b.v, l.Client)))
		if i := slices.IndexFunc(b.r.Legs, func(o request.Leg) bool {
			return o.Client == l.Client && o.Right == l.Right && o.Outcome != request.Moved
		}); i >= 0 {
			b.page.Effects = append(b.page.Effects, b.say("move.beside", "leg", b.r.Legs[i].ID, "client", b.h.company(b.v, l.Client)))
		}
		if l.MovedFrom.Files != "" {
			warn = append(warn, b.say("move.files."+l.MovedFrom.Files, "client", b.h.company(b.v, l.Client)))
		}
	}
	if l := told.After.Leg(b.l.ID); l.Outcome == request.Moved && b.r.Leg(l.MovedTo.Leg) != nil {
		b.page.Effects = append(b.page.Effects, b.say("move.joins", "leg", l.MovedTo.Leg, "client", b.h.company(b.v, b.r.Leg(l.MovedTo.Leg).Client)))
	}
	b.page.Warning = strings.Join(warn, " ")
	return nil
}
