package casework_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/memory"
)

// newPlayer plays the lines that a test gives it.
func newPlayer(t *testing.T) *player {
	t.Helper()
	return newPlayerIn(t, setting{})
}

func newPlayerIn(t *testing.T, in setting) *player {
	t.Helper()
	return &player{world: newWorld(t, in), name: t.Name(), told: map[string]bool{}, named: map[string]request.Reference{},
		secrets: map[string]string{}, proofs: map[string]identity.Proof{}}
}

// deciding gives a player whose request has one leg of that right that waits
// for an officer.
func deciding(t *testing.T, right request.Right) *player {
	t.Helper()
	p := newPlayer(t)
	p.do("form contact lang=en relations=client customer=yes rights="+string(right), "")
	p.do("code contact", "")
	if l := p.now().Leg("1"); l.Phase != request.Deciding {
		t.Fatalf("the leg is %s", l.Phase)
	}
	return p
}

// LIMITS: fifty fields a rectification, 4,000 bytes a field, 32 KB in all;
// over a limit is refused and changes nothing.
func TestCorrectionLimits(t *testing.T) {
	p := deciding(t, request.Rectification)
	field := request.Correction{System: "relations", Holding: "clients", Column: "city", Old: "Rotterdam", New: "Delft", Evidence: "a bill"}
	with := func(change func(*request.Correction)) []request.Correction {
		f := field
		change(&f)
		return []request.Correction{f}
	}
	many := make([]request.Correction, 51)
	for i := range many {
		many[i] = field
		many[i].Old = strings.Repeat("x", i) // every one another field, and none of them held
	}
	for _, tc := range []struct {
		name      string
		wanted    []request.Correction
		statement string
		want      request.Code
	}{
		{"fifty", many[:50], "", request.InputRefused}, // counted, then looked up
		{"fifty-one", many, "", request.TooMany},
		{"4,000 bytes", with(func(f *request.Correction) { f.New = strings.Repeat("x", 4000) }), "", ""},
		{"4,001 bytes", with(func(f *request.Correction) { f.New = strings.Repeat("x", 4001) }), "", request.TooMany},
		{"evidence of 4,001 bytes", with(func(f *request.Correction) { f.Evidence = strings.Repeat("x", 4001) }), "", request.TooMany},
		{"a statement of 4,000 bytes", nil, strings.Repeat("x", 4000), ""},
		{"a statement of 4,001 bytes", nil, strings.Repeat("x", 4001), request.TooMany},
		{"nothing", nil, " ", request.InputRefused},
		{"a field that no inventory has", with(func(f *request.Correction) { f.Column = "shoe" }), "", request.InputRefused},
		{"a mark of ours", with(func(f *request.Correction) { f.Column, f.Old = "record", "client" }), "", request.InputRefused},
		{"the same twice", append(with(func(*request.Correction) {}), field), "", request.InputRefused},
	} {
		err := p.cases.ProposeCorrections(p.ctx, staff["jan"], p.ref, "1", tc.wanted, tc.statement)
		if tc.want == "" && err != nil || tc.want != "" && !tc.want.Is(err) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}
	big := make([]request.Correction, 9)
	for i := range big {
		big[i] = field
		big[i].Old, big[i].New = strings.Repeat("y", i), strings.Repeat("x", 3700)
	}
	if err := p.cases.ProposeCorrections(p.ctx, staff["jan"], p.ref, "1", big, ""); !request.TooMany.Is(err) {
		t.Errorf("33 KB in all: %v", err)
	}
}

// What an officer records for these roads is an officer's alone, and of no use
// on another road or another leg: every act is refused with a code that says why.
func TestActsOfOtherRoadsAreRefused(t *testing.T) {
	p := deciding(t, request.Objection)
	balance := request.Balance{Ours: "a", Theirs: "b", Result: "c"}
	review := request.HumanReview{Existed: true, Logic: "a", Result: casework.ReviewUpheld, Words: "b"}
	correction := []request.Correction{{System: "relations", Holding: "clients", Column: "city", Old: "Rotterdam", New: "Delft", Evidence: "a bill"}}
	acts := map[string]func(a casework.Actor, leg string) error{
		"weigh":  func(a casework.Actor, leg string) error { return p.cases.Weigh(p.ctx, a, p.ref, leg, balance) },
		"review": func(a casework.Actor, leg string) error { return p.cases.Review(p.ctx, a, p.ref, leg, review) },
		"correct": func(a casework.Actor, leg string) error {
			return p.cases.ProposeCorrections(p.ctx, a, p.ref, leg, correction, "")
		},
		"fields": func(a casework.Actor, leg string) error {
			_, err := p.cases.Fields(p.ctx, a, p.ref, leg)
			return err
		},
		"lift": func(a casework.Actor, leg string) error {
			return p.cases.ProposeLift(p.ctx, a, p.ref, leg, "checked", "2027-01-04")
		},
		"cancel lift": func(a casework.Actor, leg string) error { return p.cases.CancelLift(p.ctx, a, p.ref, leg) },
		"recipient": func(a casework.Actor, leg string) error {
			return p.cases.RecordRecipient(p.ctx, a, p.ref, leg, "nobody", request.ToldNotified, "")
		},
		"confirmed": func(a casework.Actor, leg string) error {
			return p.cases.RecipientConfirmed(p.ctx, a, p.ref, leg, "nobody")
		},
		"list": func(a casework.Actor, leg string) error { return p.cases.SendRecipients(p.ctx, a, p.ref, leg) },
	}
	// On an objection that is being weighed only these are of use.
	right := map[string]request.Code{"weigh": "", "list": "", "recipient": request.NotFound, "confirmed": request.NotFound}
	for name, act := range acts {
		for _, a := range []casework.Actor{{}, staff["anna"], {ID: "x", Roles: []string{"approver"}}} {
			if err := act(a, "1"); !request.Forbidden.Is(err) {
				t.Errorf("%s by %v: %v", name, a.Roles, err)
			}
		}
		if err := act(staff["jan"], "7"); !request.NotFound.Is(err) {
			t.Errorf("%s on a leg that is not there: %v", name, err)
		}
		want, ok := right[name]
		if !ok {
			want = request.PhaseIllegal
		}
		if err := act(staff["jan"], "1"); want == "" && err != nil || want != "" && !want.Is(err) {
			t.Errorf("%s on an objection: %v, want %q", name, err, want)
		}
	}
}

// Who takes an objection back while the systems are being marked leaves no
// mark that nobody knows of: it is on record, and a person ends it.
func TestWithdrawnWhileItIsMarked(t *testing.T) {
	p := newPlayer(t)
	p.do("form contact lang=en relations=client customer=yes rights=objection", "")
	once := true
	p.systems.Memory("relations").After = func(op memory.Op) error {
		if op.Act.Action == systems.Restrict && once {
			once = false
			if err := p.cases.Withdraw(p.ctx, p.ref); err != nil {
				t.Error(err)
			}
		}
		return nil
	}
	p.do("code contact", "")
	p.do("leg 1: closed withdrawn", "")
	p.do("restricted contact in invoices,newsletter,relations", "")
	p.do("lift leg 1 asked in=5wd by jan", "")
	p.do("wait 5wd", "")
	p.do("restricted nobody", "")
	if once {
		t.Error("nothing was marked")
	}
}

// a recipient without an address is an officer's task, one each; the
// letter does not say that it was told.
func TestRecipientWithoutAddress(t *testing.T) {
	p := newPlayer(t)
	inv := *declared()
	inv.Recipients = maps.Clone(inv.Recipients)
	printer := inv.Recipients["printer"]
	printer.Email, printer.Kind = "", "other"
	inv.Recipients["printer"] = printer
	was := p.systems
	p.systems = memory.New(&inv)
	for _, s := range inv.Systems {
		p.systems.Memory(s.ID).Put(was.Memory(s.ID).Rows()...)
	}
	p.do("form contact lang=en relations=client customer=yes rights=rectification", "")
	p.do("code contact", "")
	p.do("correct leg 1 by jan", "relations/clients/city: Rotterdam => Schiedam; because a bill of the town")
	p.do("decide leg 1 granted by jan", "We looked it up.")
	p.do("letters: T-01 contact, T-02 contact, T-12 contact, T-24 aws", "")
	p.do("says T-12 "+printer.Name+" (we still have to reach them)", "")
	p.do("task recipient leg 1", "")
	p.do("told leg 1 printer open correct", "")
	p.do("done recipient by jan -> Phase.Illegal", "")
	p.do("recipient leg 1 printer notified by piet", "")
	p.do("task none", "")
	p.do("told leg 1 printer notified correct", "")
	// Nobody can write to it, so who does not confirm is a person's work at once.
	p.do("wait 12wd", "")
	p.do("confirmed leg 1 aws by jan", "")
	p.do("task recipient leg 1", "")
	p.do("confirmed leg 1 printer by jan", "")
	p.do("task none", "")
	p.do("confirmed leg 1 printer by jan -> Phase.Illegal", "")
}

// An execution of an older definition knows no Amend: it is stopped before it
// tells anybody of what was not done, and wake starts the leg anew.
func TestOlderDefinitionsTellNothing(t *testing.T) {
	p := deciding(t, request.Rectification)
	p.do("correct leg 1 by jan", "relations/clients/city: Rotterdam => Schiedam; because a bill of the town")
	p.out = map[string]bool{"relations": true} // so that Amend cannot
	p.do("decide leg 1 granted by jan", "We looked it up.")
	p.do("leg 1: held", "")
	in := casework.Input{RequestID: p.now().ID, LegID: "1"}
	if _, err := p.cases.Notify(p.ctx, in); !request.PhaseIllegal.Is(err) {
		t.Errorf("Notify: %v", err)
	}
	p.do("up", "")
	p.do("wait 2h", "")
	p.do("leg 1: closed granted", "")
	p.do("stands Schiedam in relations", "")

	q := newPlayer(t)
	q.do("form both rights=restriction relations=debtor file=yes", "")
	q.out = map[string]bool{"collection": true}
	q.do("instruct leg 1 carry-out-to-us by zorgnet", "")
	if _, err := q.cases.Report(q.ctx, casework.Input{RequestID: q.now().ID, LegID: "1"}); !request.PhaseIllegal.Is(err) {
		t.Errorf("Report: %v", err)
	}
}
