package casework_test

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// The words of the roads of rectification, restriction, objection, automated
// decision and recipients. This file comes after script_test.go, which makes
// the list.
func init() {
	for word, v := range map[string]verb{
		"correct": {do: (*player).correct}, "weigh": {do: (*player).weigh}, "review": {do: (*player).review}, "lift": {do: (*player).lift},
		"lift-instructed": {do: (*player).liftInstructed},
		"keep-restricted": {do: (*player).keepRestricted}, "recipient": {do: (*player).recipient}, "confirmed": {do: (*player).confirmed},
		"list": {do: (*player).list}, "meanwhile": {do: (*player).meanwhile}, "field": {do: (*player).field},
		"stands": {says: true, do: (*player).stands}, "restricted": {says: true, do: (*player).restrictedIn},
		"told": {says: true, do: (*player).toldOf}, "fated": {says: true, do: (*player).fated}, "correction": {says: true, do: (*player).correctionIs},
		"flag": {do: (*player).flag}, "second-word": {do: (*player).secondWord}, "flagged": {says: true, do: (*player).flagged},
	} {
		verbs[word] = v
	}
}

// lines reads "name: words" lines of a body.
func lines(body string) map[string]string {
	of := map[string]string{}
	for line := range strings.Lines(body) {
		name, words, _ := strings.Cut(strings.TrimSpace(line), ": ")
		of[name] = words
	}
	return of
}

// correct: correct leg 1 by jan, with below a line a field:
// "relations/clients/address: OLD => NEW; because EVIDENCE", or "statement: WORDS".
func (p *player) correct(a args, body string) error {
	var wanted []request.Correction
	statement := ""
	for line := range strings.Lines(body) {
		place, words, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if place == "statement" {
			statement = words
			continue
		}
		at := strings.Split(place, "/")
		change, evidence, _ := strings.Cut(words, "; because")
		old, new, _ := strings.Cut(change, "=>")
		wanted = append(wanted, request.Correction{System: at[0], Holding: at[1], Column: at[2],
			Old: strings.TrimSpace(old), New: strings.TrimSpace(new), Evidence: strings.TrimSpace(evidence)})
	}
	return p.cases.ProposeCorrections(p.ctx, staff[a.after("by")], p.ref, a.after("leg"), wanted, statement)
}

// weigh: weigh leg 1 by jan, with ours, theirs and result below.
func (p *player) weigh(a args, body string) error {
	w := lines(body)
	return p.cases.Weigh(p.ctx, staff[a.after("by")], p.ref, a.after("leg"), request.Balance{Ours: w["ours"], Theirs: w["theirs"], Result: w["result"]})
}

// review: review leg 1 upheld|changed|none by jan, with logic, view and words below.
func (p *player) review(a args, body string) error {
	w := lines(body)
	h := request.HumanReview{Existed: a.at(2) != "none", Logic: w["logic"], View: w["view"], Words: w["words"]}
	if h.Existed {
		h.Result = a.at(2)
	}
	return p.cases.Review(p.ctx, staff[a.after("by")], p.ref, a.after("leg"), h)
}

// lift: lift leg 1 checked in=5wd by jan: the restriction is to end then.
func (p *player) lift(a args, _ string) error {
	n, err := strconv.Atoi(strings.TrimSuffix(a.named["in"], "wd"))
	if err != nil {
		return err
	}
	on := request.Day(p.cases.Calendar.AddWorkingDays(deadline.LocalDate(p.clock.Now()), n).String())
	return p.cases.ProposeLift(p.ctx, staff[a.after("by")], p.ref, a.after("leg"), a.at(2), on)
}

// liftInstructed: lift-instructed leg 1 in=5wd by zorgnet.
func (p *player) liftInstructed(a args, _ string) error {
	n, err := strconv.Atoi(strings.TrimSuffix(a.named["in"], "wd"))
	if err != nil {
		return err
	}
	on := p.cases.Calendar.AddWorkingDays(deadline.LocalDate(p.clock.Now()), n).String()
	_, err = p.cases.InstructLift(p.ctx, a.after("by"), "signed-in", p.ref, a.after("leg"), request.Day(on))
	return err
}

func (p *player) keepRestricted(a args, _ string) error {
	return p.cases.CancelLift(p.ctx, staff[a.after("by")], p.ref, a.after("leg"))
}

// recipient: recipient leg 1 aws impossible by jan; the reason below.
func (p *player) recipient(a args, body string) error {
	return p.cases.RecordRecipient(p.ctx, staff[a.after("by")], p.ref, a.after("leg"), a.at(2), a.at(3), body)
}

// confirmed: confirmed leg 1 aws by jan.
func (p *player) confirmed(a args, _ string) error {
	return p.cases.RecipientConfirmed(p.ctx, staff[a.after("by")], p.ref, a.after("leg"), a.at(2))
}

// list: list leg 1 by jan: the subject gets the list of who was told.
func (p *player) list(a args, _ string) error {
	return p.cases.SendRecipients(p.ctx, staff[a.after("by")], p.ref, a.after("leg"))
}

// meanwhile: meanwhile contact relations/clients/address NEW: a colleague
// changes a field in the system itself.
func (p *player) meanwhile(a args, _ string) error {
	at := strings.Split(a.at(1), "/")
	place, _ := p.systems.Inventory().Holding(at[0], at[1])
	keys := systems.Keys{}
	if c := people[a.at(0)].Customer; c != "" {
		keys["customer"] = []string{c}
	}
	for _, f := range people[a.at(0)].Files {
		keys["file"] = append(keys["file"], f.Number)
	}
	s := p.systems.Memory(at[0])
	old := ""
	err := s.Collect(p.ctx, *place.Holding, systems.Of(keys, ""), func(r systems.Row) error { old = r.Text(at[2]); return nil })
	if err != nil {
		return err
	}
	_, err = s.Apply(p.ctx, *place.Holding, systems.Of(keys, ""), systems.Act{Action: systems.Correct, Column: at[2], Old: old, New: strings.ReplaceAll(a.at(2), "_", " "), On: "2026-01-01"})
	return err
}

// stands: stands TEXT in SYSTEM.
func (p *player) stands(a args, _ string) error {
	for _, row := range p.systems.Memory(a.after("in")).Rows() {
		if strings.Contains(fmt.Sprint(row), strings.ReplaceAll(a.at(0), "_", " ")) {
			return nil
		}
	}
	p.errorf("%s does not stand in %s", a.at(0), a.after("in"))
	return nil
}

// restrictedIn: restricted contact in relations,invoices — all systems with a
// row of that person whose use is restricted; "restricted nobody".
func (p *player) restrictedIn(a args, _ string) error {
	who := people[a.at(0)]
	var got []string
	for _, s := range p.systems.Inventory().Systems {
		for _, row := range p.systems.Memory(s.ID).Rows() {
			_, ok := systems.Restricted(row)
			mine := a.at(0) == "nobody" || who.Customer != "" && row.Text("customer") == who.Customer || row.Text("email") == who.Email
			for _, f := range who.Files {
				mine = mine || row.Text("file") == f.Number
			}
			if ok && mine && !slices.Contains(got, s.ID) {
				got = append(got, s.ID)
			}
			if ok && !mine {
				p.errorf("a row of somebody else is restricted in %s", s.ID)
			}
		}
	}
	want := split(a.after("in"))
	sort.Strings(got)
	sort.Strings(want)
	if d := cmp.Diff(want, got); d != "" {
		p.errorf("%s is restricted in (-want +got):\n%s", a.at(0), d)
	}
	return nil
}

// toldOf: told leg 1 aws notified [restrict], "told leg 1 aws confirmed": the newest entry.
func (p *player) toldOf(a args, _ string) error {
	got := "nobody"
	for _, t := range p.now().Leg(a.after("leg")).Told {
		if t.Recipient != a.at(2) {
			continue
		}
		got = t.Status + " " + t.Action
		if !t.Confirmed.IsZero() {
			got = "confirmed " + t.Action
		}
	}
	if !strings.HasPrefix(got, strings.TrimSpace(a.at(3)+" "+a.at(4))) {
		p.errorf("%s is %s", a.at(2), got)
	}
	return nil
}

// field: field leg 1 relations/clients/address VALUE [by-hand]: what an officer picks from.
func (p *player) field(a args, _ string) error {
	fields, err := p.cases.Fields(p.ctx, staff["jan"], p.ref, a.after("leg"))
	if err != nil {
		return err
	}
	byHand := slices.Contains(a.words, "by-hand")
	if !slices.ContainsFunc(fields, func(f casework.FieldView) bool {
		return f.System+"/"+f.Holding+"/"+f.Column == a.at(2) && f.Value == strings.ReplaceAll(a.at(3), "_", " ") && f.CanCorrect != byHand && f.Rows > 0
	}) {
		p.errorf("no such field among %d", len(fields))
	}
	return nil
}

// correctionIs: correction leg 1 relations/clients/address done.
func (p *player) correctionIs(a args, _ string) error {
	for _, x := range p.now().Leg(a.after("leg")).Corrections {
		if x.System+"/"+x.Holding+"/"+x.Column == a.at(2) {
			if x.Status != a.at(3) {
				p.errorf("%s is %s", a.at(2), x.Status)
			}
			return nil
		}
	}
	p.errorf("no correction of %s", a.at(2))
	return nil
}

// fated: "fated leg 1 zorgnet restrict": what the client reads, before it
// instructs, that an erasure would do with what is held.
func (p *player) fated(a args, _ string) error {
	c, err := p.cases.ClientView(p.ctx, a.at(2), p.ref, a.after("leg"))
	if err != nil {
		return err
	}
	var got []string
	for _, h := range c.Holdings {
		if f := h.Fate; f.Action != "" {
			got = append(got, f.Action)
			if f.Action != request.EraseAction && (f.Law == "" || f.Until == "" && f.Period == "") {
				p.errorf("%s stays without a ground or an end", h.Label)
			}
		}
	}
	slices.Sort(got)
	if s := strings.Join(slices.Compact(got), ","); s != a.at(3) {
		p.errorf("the client reads %q, want %q", s, a.at(3))
	}
	return nil
}
