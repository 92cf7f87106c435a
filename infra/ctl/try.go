package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// tryInventory asks one live system by the inventory for one person, and tells
// what a copy would hold and what an erasure would do. It reads and changes
// nothing, and prints counts and the inventory's own words, no content.
func tryInventory(ctx context.Context, f *inventoryFlags, out, errs io.Writer) error {
	inv, err := f.checked(errs)
	if err != nil {
		return err
	}
	s, err := f.named(inv)
	if err != nil {
		return err
	}
	switch {
	case len(f.keys) == 0:
		return misuse{errors.New("say who: -key customer=K-1, and more -key where one is not enough")}
	case f.relation != "" && (!request.Relation(f.relation).Valid() || f.relation == string(request.Unknown)):
		return misuse{fmt.Errorf("%q is no relation of the desk", f.relation)}
	case s.Kind == inventory.Manual || s.Kind == "opendsr":
		return misuse{fmt.Errorf("a system of kind %s cannot be looked into: it would be asked in earnest", s.Kind)}
	}
	for kind := range f.keys {
		if !slices.ContainsFunc(s.Holdings, func(h inventory.Holding) bool { _, ok := h.Keys[kind]; return ok }) {
			return misuse{fmt.Errorf("no holding of %s has a key %q", s.ID, kind)}
		}
	}
	address, err := f.addressOf(ctx, s)
	if err != nil {
		return err
	}
	cfg := aws.Config{}
	if !slices.Contains(inventory.Databases, s.Kind) {
		if cfg, err = awsConfig(ctx); err != nil {
			return err
		}
	}
	live, err := connector(cfg, inv, s, address)
	if err != nil {
		return fmt.Errorf("reach the system %s: %w", s.ID, err)
	}
	alone := *inv // what leads to other systems ends here
	alone.Systems = []inventory.System{*s}
	t := trial{
		reg:  systems.Set{Declared: &alone, ByID: map[string]systems.System{s.ID: looking{live}}},
		keys: f.keys, client: f.client, today: request.Day(deadline.LocalDate(time.Now()).String()), out: out,
	}
	return t.run(ctx, request.Relation(f.relation))
}

// looking is a system of which nothing is changed, whoever asks.
type looking struct{ systems.System }

func (looking) Apply(context.Context, inventory.Holding, systems.Selection, systems.Act) (int, error) {
	return 0, errors.New("a trial changes nothing")
}

// References implements systems.Refers.
func (l looking) References(ctx context.Context, h inventory.Holding, of systems.Selection, earlier []systems.Planned) (*systems.References, error) {
	return systems.Refer(ctx, l.System, h, of, earlier)
}

// trial asks one system for one person.
type trial struct {
	reg    systems.Set
	keys   systems.Keys
	client string
	today  request.Day
	out    io.Writer
	// met counts the rows, undeclared those with something that the inventory does
	// not name, and torn the legs of which nobody could say whose they are.
	met, undeclared, torn int
}

func (t *trial) run(ctx context.Context, only request.Relation) error {
	sender := request.Sender{
		Email: first(t.keys["email"]), Phone: first(t.keys["phone"]),
		ClientNumbers: t.keys["customer"], FileNumbers: t.keys["file"], InvoiceNumbers: t.keys["invoice"],
	}
	people, err := systems.Candidates(ctx, t.reg, sender, nil)
	if err != nil {
		return fmt.Errorf("look for the person: %w", err)
	}
	for _, relation := range request.Relations {
		if relation == request.Unknown || only != "" && relation != only {
			continue
		}
		for _, role := range []request.Role{request.Controller, request.Processor} {
			if err := t.leg(ctx, relation, role, people); err != nil {
				return err
			}
		}
	}
	switch {
	case t.torn > 0:
		return errors.New("several people are found: the desk would ask an officer which. Add a -key that only one of them has")
	case t.met == 0:
		return errors.New("nothing is found by these keys")
	case t.undeclared > 0:
		return fmt.Errorf("%s with something that the inventory does not name: an officer would have to look first", count(t.undeclared, "row"))
	}
	_, err = fmt.Fprintln(t.out, "Nothing was changed.")
	return err
}

func first(values []string) string { return append(slices.Clone(values), "")[0] }

// leg is what a request of that relation would reach.
func (t *trial) leg(ctx context.Context, relation request.Relation, role request.Role, people []request.Candidate) error {
	places := t.reg.Declared.HoldingsFor(relation, role)
	if len(places) == 0 {
		return nil
	}
	client, keys := t.client, t.keys
	own := slices.ContainsFunc(people, func(p request.Candidate) bool { return p.Relation == relation })
	fit := t.named(slices.DeleteFunc(slices.Clone(people), func(p request.Candidate) bool {
		return own && p.Relation != relation || !t.stands(p, relation) || client != "" && p.Client != "" && p.Client != client
	}))
	if role == request.Processor {
		if client == "" && len(fit) > 0 {
			client = fit[0].Client
		}
		if client == "" {
			return nil // nobody's debtor; an instruction is one client's
		}
	} else {
		client = ""
	}
	if len(fit) > 1 {
		t.torn++
		_, err := fmt.Fprintf(t.out, "As %s (%s): %d people are found.\n\n", relation, role, len(fit))
		return err
	}
	for _, p := range fit {
		keys = keys.And(p.Keys)
	}
	keys, _, err := systems.Trace(ctx, t.reg, places, keys, client)
	if err != nil {
		return fmt.Errorf("follow the keys as %s: %w", relation, err)
	}
	subject := erasure.Subject{Leg: "trial", Right: request.Erasure, Relation: relation, Role: role, Keys: keys, Client: client, Today: t.today}
	stocks, err := erasure.Survey(ctx, t.reg, subject)
	if err != nil {
		return err
	}
	plan, err := erasure.Plan(t.reg.Declared, subject, stocks, nil)
	if errors.Is(err, systems.ErrReferenced) {
		return fmt.Errorf("no erasure can be planned as %s, though a copy can be given: %w. Mark with anonymise: true what may go of such a row", relation, err)
	}
	if err != nil {
		return err
	}
	if len(plan) == 0 {
		return nil
	}
	known := slices.Sorted(maps.Keys(keys))
	if _, err := fmt.Fprintf(t.out, "As %s (%s), by %s:\n", relation, role, strings.Join(known, ", ")); err != nil {
		return err
	}
	for _, p := range places {
		i := slices.IndexFunc(plan, func(l request.PlanLine) bool { return l.Holding == p.Holding.ID })
		if i < 0 {
			if _, err := fmt.Fprintf(t.out, "  %-20s nothing\n", p.Holding.ID); err != nil {
				return err
			}
			continue
		}
		l, err := t.look(ctx, p, subject)
		if err != nil {
			return err
		}
		if err := t.tell(p, plan[i], l); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(t.out)
	return err
}

// stands reports whether somebody who was found may stand in what that relation reaches.
func (t *trial) stands(p request.Candidate, relation request.Relation) bool {
	return p.Relation == relation || slices.ContainsFunc(t.reg.Declared.Identifying(), func(at inventory.Place) bool {
		return at.Holding.Relation == p.Relation && slices.Contains(at.Holding.Also, relation)
	})
}

// named leaves out those to whom a key that was given does not belong, where it
// belongs to somebody: several share a mailbox, a number is one person's.
func (t *trial) named(people []request.Candidate) []request.Candidate {
	for _, kind := range slices.Sorted(maps.Keys(t.keys)) {
		has := func(p request.Candidate) bool {
			return slices.Contains(p.MatchedOn, kind) || slices.ContainsFunc(t.keys[kind], func(v string) bool { return slices.Contains(p.Keys[kind], systems.Normal(kind, v)) })
		}
		if !inventory.Shared(kind) && slices.ContainsFunc(people, has) {
			people = slices.DeleteFunc(people, func(p request.Candidate) bool { return !has(p) })
		}
	}
	return people
}

// looked is what the rows of a holding have.
type looked struct {
	rows    int
	unnamed map[string]int // columns that nobody declared → rows with something in them
	stray   int            // rows with any of these
}

func (t *trial) look(ctx context.Context, p inventory.Place, s erasure.Subject) (looked, error) {
	l := looked{unnamed: map[string]int{}}
	sys, err := t.reg.System(p.System.ID)
	if err != nil {
		return l, err
	}
	err = sys.Collect(ctx, *p.Holding, s.Of(), func(row systems.Row) error {
		l.rows++
		stray := false
		for name, v := range row {
			if v != nil && v != "" && name != inventory.Bookkeeping && p.Holding.Column(name) == nil {
				l.unnamed[name]++
				stray = true
			}
		}
		if stray {
			l.stray++
		}
		return nil
	})
	if err != nil {
		return l, fmt.Errorf("look in %s: %w", p.ID(), err)
	}
	t.met += l.rows
	t.undeclared += l.stray
	return l, nil
}

// actions are the words for what a plan does.
var actions = map[string]string{
	request.EraseAction: "erased", request.AnonymiseAction: "anonymised, because rows refer to it that stay",
	request.KeepAction: "kept", request.RestrictAction: "restricted",
}

func (t *trial) tell(p inventory.Place, line request.PlanLine, l looked) error {
	say := cmp.Or(actions[line.Action], line.Action)
	if line.Held > 0 {
		say += fmt.Sprintf("; of these %d anonymised, because rows refer to them that stay", line.Held)
	}
	switch {
	case line.Shared > 0 && line.Count == 0:
		say = "left as it is, because it is somebody else's too"
	case line.Shared > 0:
		say += fmt.Sprintf("; of these %d left as they are, because they are somebody else's too", line.Shared)
	}
	if line.Until != "" {
		say += fmt.Sprintf(" until %s at the latest (%s, %s)", line.Until, line.Ground, line.Why)
		if line.Over > 0 {
			say += fmt.Sprintf("; of these %d erased, whose own period is over", line.Over)
		}
	}
	if sys, err := t.reg.System(p.System.ID); err == nil && !sys.Can(*p.Holding, line.Action) {
		say += ", by hand"
	}
	if _, err := fmt.Fprintf(t.out, "  %-20s %-9s %s\n", p.Holding.ID, count(l.rows, "row"), say); err != nil {
		return err
	}
	out := map[string][]string{}
	for _, c := range p.Holding.Columns {
		if c.Disclose != inventory.DiscloseYes {
			out[c.Disclose] = append(out[c.Disclose], fmt.Sprintf("%s (%s)", c.Name, c.Reason))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l.unnamed)) {
		out[""] = append(out[""], fmt.Sprintf("%s (%s)", name, count(l.unnamed[name], "row")))
	}
	for _, part := range []struct{ of, words string }{
		{inventory.DiscloseReview, "looked at first"}, {inventory.DiscloseNo, "left out of a copy"}, {"", "NOT DECLARED, left out"},
	} {
		if len(out[part.of]) == 0 {
			continue
		}
		if _, err := fmt.Fprintf(t.out, "  %-20s %s: %s\n", "", part.words, strings.Join(out[part.of], ", ")); err != nil {
			return err
		}
	}
	return nil
}
