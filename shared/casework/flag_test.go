package casework_test

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// flag holds an instruction: "flag leg 1 others by jan"; the officer read the one
// that is in force, or that they held, or receipt=….
func (p *player) flag(a args, body string) error {
	l := p.now().Leg(a.after("leg"))
	f := casework.Flagging{Receipt: l.Instruction.Receipt, Reason: a.at(2), Words: body}
	if held := l.Flagged(); held != nil {
		f.Receipt = held.Instruction.Receipt
	}
	if read := a.named["receipt"]; read != "" {
		f.Receipt = read
	}
	if body == "" {
		f.Words = "Dat mag volgens ons niet."
	}
	return p.cases.FlagInstruction(p.ctx, staff[a.after("by")], p.ref, l.ID, f)
}

// secondWord: "second-word leg 1 upheld by zorgnet" with the reason below it, or
// withdrawn; of=2 answers another flag than the last.
func (p *player) secondWord(a args, body string) error {
	w := casework.Word{Flag: len(p.now().Leg(a.after("leg")).Flags), Word: a.at(2), Why: body}
	if of := a.named["of"]; of != "" {
		w.Flag, _ = strconv.Atoi(of)
	}
	_, err := p.cases.SecondWord(p.ctx, a.after("by"), "signed-in", p.ref, a.after("leg"), w)
	return err
}

// flagged: "flagged leg 1 upheld,changed": the client's second words, - where one
// is waited for.
func (p *player) flagged(a args, _ string) error {
	got := ""
	for _, f := range p.now().Leg(a.after("leg")).Flags {
		if got != "" {
			got += ","
		}
		got += map[bool]string{true: "-", false: f.Word}[f.Word == ""]
	}
	if got != a.at(2) {
		p.errorf("the second words are %q, want %q", got, a.at(2))
	}
	return nil
}

// 28(3): whoever is first, the officer or the step that carries out, the other is
// refused: nothing of a held instruction is done.
func TestFlagMeetsTheStep(t *testing.T) {
	for _, right := range []string{"erasure", "restriction", "access"} {
		t.Run(right, func(t *testing.T) {
			p := playLines(t, "form both rights="+right+" relations=debtor file=yes", "down collection", "instruct leg 1 carry-out-to-us by zorgnet")
			l := p.now().Leg("1")
			if err := casework.MayFlag(l); (err == nil) == (right == "restriction") {
				t.Fatalf("before anything is done the officer gets %v", err) // who marks has begun to
			}
			if right == "restriction" {
				return
			}
			p.do("flag leg 1 needed by jan", "")
			p.do("up", "")
			in := casework.Input{RequestID: p.now().ID, LegID: "1", System: "collection"}
			steps := map[string]func() error{
				"plan":    func() error { _, err := p.cases.Plan(p.ctx, in); return err },
				"erase":   func() error { _, err := p.cases.Erase(p.ctx, in); return err },
				"collect": func() error { _, err := p.cases.Collect(p.ctx, in); return err },
				"seal":    func() error { _, err := p.cases.Seal(p.ctx, in); return err },
				"report":  func() error { _, err := p.cases.Report(p.ctx, in); return err },
			}
			for name, step := range steps {
				if name == "erase" && right != "erasure" {
					continue
				}
				if err := step(); !request.NoInstruction.Is(err) {
					t.Errorf("%s of a held instruction: %v", name, err)
				}
			}
			out, err := p.cases.Escalate(p.ctx, casework.Input{RequestID: in.RequestID, LegID: "1", System: string(request.NoInstruction)})
			if err != nil || out.Next != "waits" {
				t.Errorf("a step whose instruction was held ends in %q, %v", out.Next, err)
			}
			l = p.now().Leg("1")
			if l.Phase != request.Forwarded || l.Wait.State != "Instruct" || len(l.Receipts) > 0 || l.WakeAt.IsZero() {
				t.Errorf("the held leg is %s in %s, with %d receipts", l.Phase, l.Wait.State, len(l.Receipts))
			}
		})
	}
}

// nothing of an instruction is done once its client went, whatever step is
// at work; it goes on when the client is back.
func TestHaltMeetsTheStep(t *testing.T) {
	for _, right := range []string{"erasure", "access"} {
		t.Run(right, func(t *testing.T) {
			p := playLines(t, "form both rights="+right+" relations=debtor file=yes", "down collection", "instruct leg 1 carry-out-to-us by zorgnet", "client zorgnet state=bankrupt", "up")
			in := casework.Input{RequestID: p.now().ID, LegID: "1", System: "collection"}
			for name, step := range map[string]func() error{
				"plan":    func() error { _, err := p.cases.Plan(p.ctx, in); return err },
				"erase":   func() error { _, err := p.cases.Erase(p.ctx, in); return err },
				"collect": func() error { _, err := p.cases.Collect(p.ctx, in); return err },
				"seal":    func() error { _, err := p.cases.Seal(p.ctx, in); return err },
				"report":  func() error { _, err := p.cases.Report(p.ctx, in); return err },
			} {
				if name == "erase" && right != "erasure" {
					continue
				}
				if err := step(); !request.NoInstruction.Is(err) {
					t.Errorf("%s of a halted instruction: %v", name, err)
				}
			}
			out, err := p.cases.Escalate(p.ctx, casework.Input{RequestID: in.RequestID, LegID: "1", System: string(request.NoInstruction)})
			if err != nil || out.Next != "waits" {
				t.Errorf("a step whose instruction was halted ends in %q, %v", out.Next, err)
			}
			p.do("flag leg 1 needed by jan -> Actor.Forbidden", "")
			if l := p.now().Leg("1"); l.Phase != request.Instructed || !l.Halted || !l.Begun.IsZero() || l.Package.Key != "" {
				t.Errorf("the halted leg is %s, %+v", l.Phase, l.Package)
			}
			p.do("client zorgnet state=active", "")
			p.do("wait 2h", "")
			if l := p.now().Leg("1"); l.Phase != request.Closed || l.Halted {
				t.Errorf("the client is back and the leg is %s", l.Phase)
			}
		})
	}
}

// 28(3): a step that read the instruction before it was held does nothing under
// the one that took its place.
func TestStepOfAnInstructionBefore(t *testing.T) {
	p := playLines(t, "form both rights=erasure relations=debtor file=yes", "down collection", "instruct leg 1 carry-out-to-us by zorgnet")
	p.do("flag leg 1 needed by jan", "")
	p.do("instruct leg 1 restrict by zorgnet", "")
	p.do("up", "")
	in := casework.Input{RequestID: p.now().ID, LegID: "1", System: "collection"}
	if _, err := p.cases.Erase(p.ctx, in); !request.NoInstruction.Is(err) {
		t.Errorf("an erasure where the client chose restriction: %v", err)
	}
	p.do("wait 2h", "")
	if l := p.now().Leg("1"); l.Restriction.SetAt.IsZero() || l.Phase != request.Closed {
		t.Errorf("the leg is %s, restricted at %v", l.Phase, l.Restriction.SetAt)
	}
}

// who no longer decides gives no second word, and nothing waits for it.
func TestHeldAndMoved(t *testing.T) {
	p := playLines(t, "form both rights=rectification relations=debtor file=yes", "instruct leg 1 carry-out-to-us by zorgnet", "flag leg 1 others by jan")
	p.do("move leg 1 to bakker because sold by jan", "")
	p.do("second-word leg 1 withdrawn by zorgnet -> Phase.Illegal", "")
	v, err := p.cases.ClientView(p.ctx, "zorgnet", p.ref, "1")
	if err != nil {
		t.Fatal(err)
	}
	if f, n := v.Flagged(); f != nil || n != 1 || !v.Moved {
		t.Errorf("its page waits for a second word on %v, of %d", f, n)
	}
}

// A flag of an officer whose page is old holds nothing that they did not read.
func TestFlagOfAnOldPage(t *testing.T) {
	p := playLines(t, "form both rights=rectification relations=debtor file=yes", "instruct leg 1 carry-out-to-us by zorgnet")
	first := p.now().Leg("1").Instruction.Receipt
	p.do("flag leg 1 others by jan", "")
	p.do("second-word leg 1 withdrawn by zorgnet", "")
	p.do("flag leg 1 duty by piet -> Phase.Illegal", "")
	p.do("instruct leg 1 carry-out-to-us by zorgnet", "")
	if again := p.now().Leg("1").Instruction.Receipt; again == first {
		t.Errorf("two instructions have the number %s", first)
	}
	p.do("flag leg 1 duty by piet receipt="+first+" -> Request.Conflict", "")
	p.do("flag leg 1 duty by piet", "")
	p.do("second-word leg 1 upheld of=1 by zorgnet -> Phase.Illegal", "Zo is het.")
	p.do("second-word leg 1 upheld by zorgnet", "Zo is het.")
	p.do("second-word leg 1 upheld by zorgnet", "Zo is het.")
	p.do("second-word leg 1 withdrawn by zorgnet -> Phase.Illegal", "")
	p.do("flag leg 1 duty by piet -> Request.Conflict", "")
	p.do("flagged leg 1 withdrawn,upheld", "")
}

// What a client hands over by machine is held as any other instruction: the state
// stays, its machine is told that it is held and that it was answered, and nothing
// is instructed anew by the message that came once.
func TestHeldByMachine(t *testing.T) {
	p := playLines(t)
	p.reads = func(inventory.Holding, systems.Selection, systems.Row) { p.out = map[string]bool{"collection": true} }
	p.do("delegate erasure debtor id=1 by bakker", "")
	p.do("wait 1h", "")
	p.reads = nil
	p.do("flag leg 1 needed by jan", "")
	p.do("letters: T-06 bakker", "")
	p.do("up", "")
	p.do("wait 1d", "")
	p.do("leg 1: erasure processor forwarded", "")
	held, err := p.cases.DelegatedStatus(p.ctx, "bakker", delegatedID("1"))
	if err != nil || held.State != casework.DelegatedInProgress || held.Held == nil || held.Held.Reason != "needed" {
		t.Errorf("the status of what is held: %+v, %v", held, err)
	}
	p.do("undelegate id=1 by bakker -> Phase.Illegal", "")
	p.do("second-word leg 1 upheld by bakker", "De zaak is voorbij.")
	p.do("letters: T-07 bakker, T-24 accountant, T-24 aws, T-24 printer", "")
	if s, err := p.cases.DelegatedStatus(p.ctx, "bakker", delegatedID("1")); err != nil || s.State != casework.DelegatedCompleted || s.Held != nil {
		t.Errorf("the status at the end: %+v, %v", s, err)
	}
	lines, err := p.store.Lines(p.ctx, p.now().ID)
	if err != nil {
		t.Fatal(err)
	}
	var news []string
	for _, l := range lines {
		if l.Action == "status-changed" {
			news = append(news, l.Reason)
		}
	}
	if diff := cmp.Diff([]string{"in_progress", "in_progress-held-1", "in_progress-answered-1", "completed"}, news); diff != "" {
		t.Errorf("the news (-want +got):\n%s", diff)
	}
}

// an officer says to have carried out by hand what was asked of an
// officer, and nothing that a system has to do: of an erasure that waits for one
// the client would read that it is done.
func TestCarriedOutIsAsked(t *testing.T) {
	for _, right := range []string{"erasure", "access", "restriction"} {
		p := playLines(t, "form both rights="+right+" relations=debtor file=yes", "down collection", "instruct leg 1 carry-out-to-us by zorgnet")
		p.do("carried out leg 1 by jan -> Phase.Illegal", "Gedaan.")
		p.do("leg 1: instructed", "")
	}
}

// A leg that is held, or that moves, while a system does not answer waits for that
// system no more: nobody reads that it does.
func TestHeldWaitsForNoSystem(t *testing.T) {
	for _, line := range []string{"flag leg 1 needed by jan", "move leg 1 to telstar because sold by jan"} {
		p := playLines(t, "form both rights=access relations=debtor file=yes")
		acted := false
		p.reads = func(inventory.Holding, systems.Selection, systems.Row) {
			if !acted {
				acted = true
				p.do(line, "")
				p.out = map[string]bool{"collection": true}
			}
		}
		p.do("instruct leg 1 carry-out-to-us by zorgnet", "")
		p.do("wait 1h", "")
		rows, _, err := p.cases.Tasks(p.ctx, store.QueueDown+"collection", store.Page{Limit: store.MaxPage})
		if err != nil || !acted || len(rows) > 0 {
			t.Errorf("after %q %v wait for the system, %v", line, rows, err)
		}
	}
}

// 28(3): another letter makes no other instruction of what we hold: the client says
// why it wants that all the same, or wants something else.
func TestHeldInAnotherLetter(t *testing.T) {
	p := playLines(t, "client zorgnet inItsName=yes", "form both rights=rectification relations=debtor file=yes", "code both")
	p.do("instruct leg 1 carry-out-to-subject by zorgnet template=formal", "")
	p.do("flag leg 1 others by jan", "")
	p.do("instruct leg 1 carry-out-to-subject by zorgnet template=short -> Input.Refused", "")
	p.do("flagged leg 1 -", "")
}

// 28(3): what the client answered to what the desk saw by itself says nothing of what
// an officer sees besides.
func TestFlagOfWhatWasDoubted(t *testing.T) {
	p := playLines(t, "client zorgnet inItsName=yes", "form both rights=rectification relations=debtor file=yes")
	p.do("instruct leg 1 carry-out-to-subject by zorgnet template=formal", "Wij kennen de debiteur.")
	p.do("flag leg 1 unproven by jan -> Request.Conflict", "") // that was told, and answered
	p.do("flag leg 1 others by jan", "")
	p.do("flagged leg 1 -", "")
}
