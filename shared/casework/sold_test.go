package casework_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/evidence"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/vault"
)

// The words of a claim that goes to another client. This file comes after
// script_test.go, which makes the list.
func init() {
	for word, v := range map[string]verb{"move": {do: (*player).moveLeg}, "sold": {do: (*player).soldTo}, "carry": {do: (*player).carryOn}, "lapse": {do: (*player).lapse}, "mail-service": {do: (*player).mailService},
		"copy": {do: (*player).copyOf}, "restore": {do: (*player).restore}, "replay": {do: (*player).replay}} {
		verbs[word] = v
	}
}

// moveLeg: move leg 1 to zorgnet because sold [shown=Akte_7] [stays] by jan: an
// officer saw on paper that another client decides now.
func (p *player) moveLeg(a args, _ string) error {
	shown, ok := a.named["shown"]
	if !ok {
		shown = "Akte van cessie 7"
	}
	return p.cases.MoveLeg(p.ctx, staff[a.after("by")], p.ref, a.after("leg"), casework.MoveTo{
		Client: a.after("to"), Reason: a.after("because"), Proof: shown, Stays: slices.Contains(a.words, "stays"),
	})
}

// soldTo: sold D-2026-00123 to zorgnet: in the collection system that file is
// the other client's from now on.
func (p *player) soldTo(a args, _ string) error {
	p.renamed(a.after("to"), func(row systems.Row) bool { return row.Text("file") == a.at(0) })
	return nil
}

// renamed gives files to another client, as who keeps the collection system does.
func (w *world) renamed(to string, which func(systems.Row) bool) {
	rows := w.systems.Memory("collection").Rows()
	for _, row := range rows {
		if which(row) {
			row["client"] = to
			at := strings.ToLower(row.Text("email"))
			w.rowsAt(at)
			w.at[at] = append(w.at[at], rowText(row))
		}
	}
	w.systems.Memory("collection").Replace(rows...)
}

// carryOn: carry leg 1 confirmed by jan: what a client instructed before it went stands.
func (p *player) carryOn(a args, _ string) error {
	return p.cases.CarryOn(p.ctx, staff[a.after("by")], p.ref, a.after("leg"), a.at(2))
}

// lapse: lapse leg 1 by jan: what a client's machine handed over before it went is carried out by nobody.
func (p *player) lapse(a args, _ string) error {
	return p.cases.Lapse(p.ctx, staff[a.after("by")], p.ref, a.after("leg"))
}

// mailService: mail-service down|up: no mail leaves the house meanwhile.
func (p *player) mailService(a args, _ string) error {
	p.mailDown = a.at(0) == "down"
	return nil
}

// copyOf: copy collection: its keeper makes a copy.
func (p *player) copyOf(a args, _ string) error {
	p.copies[a.at(0)] = p.systems.Memory(a.at(0)).Rows()
	return nil
}

// restore: restore collection: the system is again as in its copy.
func (p *player) restore(a args, _ string) error {
	p.systems.Memory(a.at(0)).Replace(p.copies[a.at(0)]...)
	return nil
}

// replay: replay collection: what was done to it since is done again.
func (p *player) replay(a args, _ string) error {
	_, err := p.cases.Restore(p.ctx, erasure.Replay{Remembered: p.store}, a.at(0))
	return err
}

// what a client reads of its legs once it no longer decides, at every door
// of casework, and what its machine and its sign-in get.
func TestFormerClientReads(t *testing.T) {
	w := newWorld(t, setting{})
	p := playText(w, "former", `form debtor rights=access relations=debtor file=yes
instruct leg 1 carry-out-to-us by bakker
leg 1: closed granted
`, false)
	admin := casework.Actor{ID: "staff-adm", Roles: []string{"administrator"}}
	set := func(client, state string) {
		t.Helper()
		before, err := w.store.Client(w.ctx, client)
		if err != nil {
			t.Fatal(err)
		}
		after := before
		after.State = state
		if err := w.cases.SaveClient(w.ctx, admin, &before, after); err != nil {
			t.Fatal(err)
		}
	}
	key, err := w.cases.NewKey(w.ctx, admin, "bakker", 0, strings.Repeat("A", 26))
	if err != nil {
		t.Fatal(err)
	}
	for state, reads := range map[string]bool{"bankrupt": true, "sold": true, "gone": false} {
		set("bakker", state)
		v, err := w.cases.ClientView(w.ctx, "bakker", p.ref, "1")
		switch {
		case reads && (err != nil || !v.Former || len(v.Holdings) > 0 || v.Package != nil || v.Instruction.Receipt == ""):
			t.Errorf("%s reads %+v, %v", state, v, err)
		case !reads && !request.NotFound.Is(err):
			t.Errorf("%s reads %+v, %v", state, v, err)
		}
		if words, err := w.cases.ClientWords(w.ctx, "bakker", p.ref, "1"); words != "" || reads != (err == nil) {
			t.Errorf("%s reads %q, %v", state, words, err)
		}
		if _, err := w.cases.ClientRelease(w.ctx, "bakker", p.ref, "1"); !request.Forbidden.Is(err) {
			t.Errorf("%s fetches a copy: %v", state, err)
		}
		if _, err := w.cases.InstructLift(w.ctx, "bakker", "x", p.ref, "1", "2027-01-01"); !request.Forbidden.Is(err) {
			t.Errorf("%s lifts: %v", state, err)
		}
		if _, err := w.cases.MachineSignIn(w.ctx, key); request.Forbidden.Is(err) == reads {
			t.Errorf("the machine of who is %s signs in: %v", state, err)
		}
		// A16: who asks for a code sees the same; no mail goes out.
		mails := len(w.mailbox)
		subject, err := keys{}.Key(w.ctx, "email", "privacy@bakkerbouw.example")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.prover.Ask(w.ctx, strings.Repeat(state, 12), identity.ForClient, subject); err != nil {
			t.Fatal(err)
		}
		w.settle()
		if sent := len(w.mailbox) > mails; sent != reads {
			t.Errorf("a code for who is %s: %v", state, sent)
		}
	}
	set("bakker", "")
	if v, err := w.cases.ClientView(w.ctx, "bakker", p.ref, "1"); err != nil || v.Former || v.Package == nil {
		t.Errorf("who decides again reads %+v, %v", v, err)
	}
}

// what moved is history to the one and news to the other; neither
// meets the other's name, leg or numbers, in pages, lists, reports or packs.
func TestMovedIsTwoClients(t *testing.T) {
	w := newWorld(t, setting{})
	p := playText(w, "moved", `form debtor rights=access relations=debtor file=yes
	Ik heb een dossier D-2026-00123 bij u, van Bakker Bouwmaterialen.
wait 6wd
sold D-2026-00123 to zorgnet
move leg 1 to zorgnet because sold by jan
wait 1wd
instruct leg 4 carry-out-to-us by zorgnet
wait 1wd
`, false)
	month := "2026-11"
	was, err := w.cases.ClientView(w.ctx, "bakker", p.ref, "1")
	if err != nil || !was.Former || !was.Moved || len(was.Holdings) > 0 {
		t.Errorf("the old client reads %+v, %v", was, err)
	}
	is, err := w.cases.ClientView(w.ctx, "zorgnet", p.ref, "4")
	if err != nil || is.Former || is.File != "D-2026-00123" || len(is.Holdings) == 0 {
		t.Errorf("the buyer reads %+v, %v", is, err)
	}
	if words, err := w.cases.ClientWords(w.ctx, "zorgnet", p.ref, "4"); err != nil || !strings.Contains(words, "D-2026-00123") || strings.Contains(words, "Bakker") {
		t.Errorf("the buyer reads %q, %v", words, err)
	}
	if words, err := w.cases.ClientWords(w.ctx, "bakker", p.ref, "1"); err != nil || words != "" {
		t.Errorf("the old client reads %q, %v", words, err)
	}
	for client, leg := range map[string]string{"bakker": "4", "zorgnet": "1", "telstar": "1"} {
		if _, err := w.cases.ClientView(w.ctx, client, p.ref, leg); !request.NotFound.Is(err) {
			t.Errorf("%s at leg %s: %v", client, leg, err)
		}
	}
	for client, want := range map[string]evidence.ReportRow{
		"bakker": {Leg: "1", Outcome: "moved", Reminded: 1, DaysToHand: 0, DaysToOrder: -1}, "zorgnet": {Leg: "4", Outcome: "granted", DaysToHand: 0, DaysToOrder: 1},
	} {
		r, err := w.cases.ClientReport(w.ctx, client, month)
		if err != nil || len(r.Rows) != 1 {
			t.Fatalf("the report of %s: %+v, %v", client, r.Rows, err)
		}
		got := r.Rows[0]
		if got.Leg != want.Leg || got.Outcome != want.Outcome || got.Reminded != want.Reminded || got.DaysToHand != want.DaysToHand || got.DaysToOrder != want.DaysToOrder || len(r.Open) > 0 {
			t.Errorf("the report of %s says %+v, open %v", client, got, r.Open)
		}
		f, err := w.cases.ClientEvidence(w.ctx, client, month, 1)
		if err != nil {
			t.Fatal(err)
		}
		z, err := zip.NewReader(bytes.NewReader(f.Body), int64(len(f.Body)))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range z.File {
			body, err := part.Open()
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(body)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range w.clients {
				if c.ID != client && (strings.Contains(string(text), c.Name) || strings.Contains(string(text), `"`+c.ID+`"`)) {
					t.Errorf("%s in the pack of %s names %s", part.Name, client, c.ID)
				}
			}
		}
	}
	rows, _, err := w.cases.OfClient(w.ctx, "bakker", "done", store.Page{Limit: store.MaxPage})
	if err != nil || len(rows) != 1 || !rows[0].Moved {
		t.Errorf("the old client lists %+v, %v", rows, err)
	}
	m, err := w.cases.Figures(w.ctx, staff["jan"], month)
	if err != nil || m.Total.Moved != 1 || m.Total.Received != 3 {
		t.Errorf("the figures say %+v, %v", m.Total, err)
	}
}

// a machine that was called before the move answers after it. That stands
// with the part that it took, in the pack and the report of its client and in the
// request's; the buyer is not instructed by it, and nothing of the old part is open.
func TestMovedUnderAMachine(t *testing.T) {
	for _, delivery := range []string{"api", "both"} {
		p := playLines(t, "machine bakker "+delivery)
		p.machines.taken = func(string, request.ID, string) {
			p.machines.taken = nil
			if err := p.cases.MoveLeg(p.ctx, staff["jan"], p.ref, "1", casework.MoveTo{Client: "zorgnet", Reason: "sold", Proof: "Akte 7"}); err != nil {
				t.Error(err)
			}
		}
		for _, line := range []string{"form debtor rights=access relations=debtor file=yes", "wait 1wd", "took bakker 1", "leg 1: closed moved", "leg 4: access processor zorgnet forwarded",
			"took zorgnet 0", "code debtor", "status file leg 4 with-client zorgnet told=handed-over", "status file leg 1 client-moved bakker told=handed-over stop=no"} {
			p.do(line, "")
		}
		was, is := p.now().Leg("1"), p.now().Leg("4")
		if was.Offer.Acknowledged.IsZero() || is.Offer.ID != "" || is.Instruction.By != "" {
			t.Fatalf("%s: the old part has %+v, the new one %+v and %+v", delivery, was.Offer, is.Offer, is.Instruction)
		}
		took := `"what": "machine-took"`
		whole, err := p.cases.Evidence(p.ctx, staff["jan"], p.ref, request.Dutch)
		if err != nil || !strings.Contains(readPack(t, whole), took) {
			t.Errorf("%s: the request's pack does not tell that the machine took it, %v", delivery, err)
		}
		for client, its := range map[string]bool{"bakker": true, "zorgnet": false} {
			f, err := p.cases.ClientEvidence(p.ctx, client, "2026-11", 1)
			if err != nil || strings.Contains(readPack(t, f), took) != its {
				t.Errorf("%s: the pack of %s tells that a machine took it: %v, %v", delivery, client, !its, err)
			}
			r, err := p.cases.ClientReport(p.ctx, client, "2026-11")
			if err != nil || len(r.Rows) != 1 {
				t.Fatalf("%s: the report of %s: %+v, %v", delivery, client, r.Rows, err)
			}
			row := r.Rows[0]
			if its && (row.Outcome != "moved" || row.Receipt != was.Offer.Receipt || row.DaysToHand != 0 || row.DaysToOrder != -1 || len(r.Open) > 0) ||
				!its && (row.Outcome != "" || row.Receipt != "" || row.DaysToHand != 0 || row.DaysToOrder != -1 || len(r.Open) != 1 || r.Open[0].Next != "instruct") {
				t.Errorf("%s: the report of %s says %+v, open %+v", delivery, client, row, r.Open)
			}
		}
	}
}

// A15, R-24: where the person is not found in the buyer's files, the part goes by
// the numbers of our files alone. A debtor of the buyer's own who has the number that
// the old client gave is somebody else.
func TestMovedNumberOfAnother(t *testing.T) {
	w := newWorld(t, setting{})
	rows := w.systems.Memory("collection").Rows()
	for _, row := range rows {
		if row.Text("file") == "D-2026-00217" {
			row["debtor"] = "B-30441"
		}
	}
	w.systems.Memory("collection").Replace(rows...)
	theirs := func() []systems.Row {
		return slices.DeleteFunc(w.systems.Memory("collection").Rows(), func(row systems.Row) bool { return row.Text("client") != "zorgnet" })
	}
	before := theirs()
	p := playText(w, "number-of-another", `form debtor rights=access,erasure relations=debtor file=yes
	Ik heb een dossier D-2026-00123 bij u, van Bakker Bouwmaterialen.
machine zorgnet both
`, false)
	var legs []string
	for _, l := range p.now().Legs {
		if l.Client == "bakker" {
			legs = append(legs, l.ID)
		}
	}
	for _, id := range legs {
		to := casework.MoveTo{Client: "zorgnet", Reason: "sold", Proof: strings.Repeat("é", 121)} // the page says 120 characters
		if err := w.cases.MoveLeg(w.ctx, staff["jan"], p.ref, id, to); !request.InputRefused.Is(err) {
			t.Fatal(err)
		}
		to.Proof = strings.Repeat("é", 120)
		if err := w.cases.MoveLeg(w.ctx, staff["jan"], p.ref, id, to); err != nil {
			t.Fatal(err)
		}
	}
	w.settle()
	var asked []request.Right
	for _, l := range p.now().Legs {
		if l.Client != "zorgnet" {
			continue
		}
		asked = append(asked, l.Right)
		offer := w.letter(string(p.now().ID), l.ID+".hand-over.machine")
		if offer.Order.Values["file"] != "D-2026-00123" || len(offer.Order.Lists["customer_numbers"]) > 0 {
			t.Errorf("the buyer's machine is offered %v %v", offer.Order.Values, offer.Order.Lists)
		}
		v, err := w.cases.ClientView(w.ctx, "zorgnet", p.ref, l.ID)
		if err != nil || len(v.Holdings) == 0 {
			t.Fatalf("the buyer reads %+v, %v", v, err)
		}
		for _, h := range v.Holdings {
			if h.Count > 0 || h.Unknown {
				t.Errorf("the buyer reads of somebody else: %+v", h)
			}
		}
		if _, err := w.cases.GiveInstruction(w.ctx, "zorgnet", "x", p.ref, l.ID, request.Instruction{Kind: request.CarryOutToUs}); err != nil {
			t.Fatal(err)
		}
		w.settle()
	}
	for range 8 {
		w.pass(24 * time.Hour)
		w.settle()
	}
	for _, l := range p.now().Legs {
		if l.Client != "zorgnet" {
			continue
		}
		if l.Phase != request.Closed {
			t.Errorf("leg %s on %s is %s", l.ID, l.Right, l.Phase)
		}
		for _, r := range l.Receipts {
			if r.Count > 0 {
				t.Errorf("leg %s did %+v", l.ID, r)
			}
		}
	}
	if !slices.Equal(asked, []request.Right{request.Access, request.Erasure}) {
		t.Errorf("the buyer was asked %v", asked)
	}
	if d := cmp.Diff(before, theirs()); d != "" {
		t.Errorf("of the buyer's other debtor (-was +is):\n%s", d)
	}
}

// of a buyer for whom we decide ourselves nobody is asked for proof of what
// the person took back: it ends, and they hear that.
func TestMovedTakenBackOurs(t *testing.T) {
	w := newWorld(t, setting{})
	admin := casework.Actor{ID: "staff-adm", Roles: []string{"administrator"}}
	before, err := w.store.Client(w.ctx, "zorgnet")
	if err != nil {
		t.Fatal(err)
	}
	after := before
	after.DebtorRole = "controller"
	if err := w.cases.SaveClient(w.ctx, admin, &before, after); err != nil {
		t.Fatal(err)
	}
	p := playText(w, "taken-back-ours", `form debtor rights=access relations=debtor file=yes
take-back email by jan
letters: T-01 debtor, T-02 debtor, T-04a debtor, T-04a debtor, T-05 bakker, T-05 telstar, T-29 debtor
sold D-2026-00123 to zorgnet
move leg 1 to zorgnet because sold by jan
leg 1: closed moved
leg 4: access controller zorgnet closed withdrawn
letters: T-29 debtor
`, false)
	if l := p.now().Leg("4"); len(l.Receipts) > 0 {
		t.Errorf("of what was taken back was done %+v", l.Receipts)
	}
}

// interrupted is a store that lets somebody else act before the nth load.
type interrupted struct {
	casework.Store
	loads int
	act   func()
}

func (s *interrupted) Load(ctx context.Context, id request.ID) (*request.Request, error) {
	if s.loads--; s.loads == 0 {
		s.act()
	}
	return s.Store.Load(ctx, id)
}

// an officer is asked to do nothing by hand of an instruction whose client
// went, or whose part moved, between two acts of a step.
func TestNothingByHandOfWhoWent(t *testing.T) {
	for _, line := range []string{"move leg 1 to telstar because sold by jan", "client zorgnet state=bankrupt"} {
		for at := 1; ; at++ {
			p := playLines(t, "form both rights=erasure relations=debtor file=yes", "down collection", "instruct leg 1 carry-out-to-us by zorgnet", "up")
			p.systems.Memory("collection").Cannot = []string{systems.Erase, systems.Anonymise, systems.Restrict, systems.Keep}
			in := casework.Input{RequestID: p.now().ID, LegID: "1", System: "collection"}
			if _, err := p.cases.Plan(p.ctx, in); err != nil {
				t.Fatal(err)
			}
			s := &interrupted{Store: p.cases.Store, loads: at, act: func() { p.do(line, "") }}
			p.cases.Store = s
			_, err := p.cases.Erase(p.ctx, in)
			if err != nil && !request.NoInstruction.Is(err) {
				t.Fatal(err)
			}
			if s.loads > 0 {
				break // it was over before
			}
			if l := p.now().Leg("1"); len(l.ByHand) > 0 || !l.WakeAt.IsZero() {
				t.Errorf("%s, at load %d: by hand %+v, woken %v", line, at, l.ByHand, l.WakeAt)
			}
		}
	}
}

// a client that is back is found by wake too, when nobody went by its
// legs: it is handed over to, the question who decides ends, and its reminders
// count from the hand-over.
func TestBackFoundByWake(t *testing.T) {
	p := playLines(t, "client zorgnet state=bankrupt", "form both rights=access relations=debtor file=yes", "task client-gone leg 1")
	back, err := p.store.Client(p.ctx, "zorgnet")
	if err != nil {
		t.Fatal(err)
	}
	back.State = ""
	contacts, err := register.KeysOf(p.ctx, back, keys{}.Key)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.store.PutClient(p.ctx, back, contacts); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"wait 5wd", "leg 1: forwarded", "task none", "wait 4wd", "reminded leg 1 0", "wait 1wd", "reminded leg 1 1"} {
		p.do(line, "")
	}
}

// of a part that moved, the client that it left has in its evidence what was
// done up to the move, and nothing of what was done for who decides now.
func TestMovedPackEnds(t *testing.T) {
	w := newWorld(t, setting{deaf: true})
	play(w, "freeze/moved", false)
	f, err := w.cases.ClientEvidence(w.ctx, "zorgnet", "2026-11", 1)
	if err != nil {
		t.Fatal(err)
	}
	text := readPack(t, f)
	if !strings.Contains(text, `"what": "restricted"`) || !strings.Contains(text, `"what": "moved"`) {
		t.Error("the old client's pack does not say what was done before the move")
	}
	for _, later := range []string{"lift-instructed", "restriction-lifted", "done-by-hand"} {
		if strings.Contains(text, `"what": "`+later+`"`) {
			t.Errorf("the old client's pack tells of %s after the move", later)
		}
	}
}

// how sure we are of a person, learned after a part moved, is news to who
// decides now alone.
func TestMovedProofStays(t *testing.T) {
	p := playLines(t, "form both rights=access relations=debtor", "code both", "move leg 1 to telstar because sold by jan", "fact D-2026-00217")
	was, err := p.cases.ClientView(p.ctx, "zorgnet", p.ref, "1")
	if err != nil {
		t.Fatal(err)
	}
	is, err := p.cases.ClientView(p.ctx, "telstar", p.ref, "2")
	if err != nil {
		t.Fatal(err)
	}
	if was.Proof != "file-channel" || is.Proof != "file-channel-and-fact" {
		t.Errorf("the old client reads %s, the new one %s", was.Proof, is.Proof)
	}
}

// what an erasure had to keep is not erased years later on the word of
// the client that went, where who decides now refused.
func TestMovedPlanEnds(t *testing.T) {
	p := playLines(t, "form both rights=erasure relations=debtor file=yes", "down collection", "instruct leg 1 carry-out-to-us by zorgnet", "up")
	in := casework.Input{RequestID: p.now().ID, LegID: "1", System: "collection"}
	if _, err := p.cases.Plan(p.ctx, in); err != nil {
		t.Fatal(err)
	}
	if _, err := p.cases.Erase(p.ctx, in); err != nil {
		t.Fatal(err)
	}
	if l := p.now().Leg("1"); len(l.Receipts) == 0 || l.Phase != request.Instructed {
		t.Fatalf("the leg is %s with %v", l.Phase, l.Receipts)
	}
	p.do("move leg 1 to telstar because sold by jan", "")
	p.do("instruct leg 2 refuse by telstar ground=own-answer", "")
	rows := p.systems.Memory("collection").Rows()
	for _, row := range rows {
		if row.Text("file") == "D-2026-00217" {
			row["closed"] = "2026-11-20"
		}
	}
	p.systems.Memory("collection").Replace(rows...)
	p.do("wait 750d", "")
	p.do("forget", "")
	if left := len(p.systems.Memory("collection").Rows()); left != len(rows) {
		t.Errorf("%d of %d rows are left", left, len(rows))
	}
}

// Two instructions of one part have two numbers, also when it was opened again.
func TestInstructionNumbers(t *testing.T) {
	p := playLines(t, "form both rights=rectification relations=debtor file=yes", "instruct leg 1 refuse ground=closed by zorgnet")
	first := p.now().Leg("1").Instruction.Receipt
	for _, line := range []string{"reopen leg 1 mistake by jan", "instruct leg 1 carry-out-to-us by zorgnet"} {
		p.do(line, "")
	}
	if again := p.now().Leg("1").Instruction.Receipt; again == first || again == "" {
		t.Errorf("two instructions have the numbers %s and %s", first, again)
	}
	p = playLines(t, "form both rights=restriction relations=debtor file=yes", "instruct leg 1 carry-out-to-us by zorgnet")
	var numbers []string
	for _, on := range []request.Day{"2026-11-23", "2026-12-15"} {
		for range 2 { // the same click twice
			n, err := p.cases.InstructLift(p.ctx, "zorgnet", "x", p.ref, "1", on)
			if err != nil {
				t.Fatal(err)
			}
			numbers = append(numbers, n)
		}
		v, err := p.cases.ClientView(p.ctx, "zorgnet", p.ref, "1")
		if err != nil || v.Lift.Receipt != numbers[len(numbers)-1] {
			t.Errorf("the page says %s, %v", v.Lift.Receipt, err)
		}
		p.do("client zorgnet state=bankrupt", "")
		p.do("wait 6wd", "")
		p.do("client zorgnet state=active", "")
	}
	if len(slices.Compact(numbers)) != 2 {
		t.Errorf("two instructions have the numbers %v", numbers)
	}
}

// the report on the end of a restriction names the instruction that ended it,
// also where the part was opened again before that day.
func TestLiftReportNames(t *testing.T) {
	for _, again := range []bool{false, true} {
		p := playLines(t, "form both rights=restriction relations=debtor file=yes", "instruct leg 1 carry-out-to-us by zorgnet")
		set := p.now().Leg("1").Instruction.Receipt
		ends, err := p.cases.InstructLift(p.ctx, "zorgnet", "x", p.ref, "1", "2026-11-23")
		if err != nil {
			t.Fatal(err)
		}
		if again {
			p.do("reopen leg 1 mistake by jan", "")
			p.do("instruct leg 1 refuse ground=closed by zorgnet", "")
		}
		p.do("wait 6wd", "")
		p.do("restricted nobody", "")
		if text := p.lastReport() + " "; !strings.Contains(text, ends+" ") || !strings.Contains(text, "niet meer beperkt") || strings.Contains(text, set+" ") {
			t.Errorf("the report of %s, and not of %s, says: %s", ends, set, text)
		}
	}
}

// the report of a client that decides no more asks it for nothing, and says of
// nothing that it is carried out while an officer has to find out who decides.
func TestReportOfWhoWent(t *testing.T) {
	for _, line := range []string{"", "instruct leg 1 carry-out-to-us by zorgnet"} {
		p := playLines(t, "form both rights=rectification relations=debtor file=yes")
		if line != "" {
			p.do(line, "")
		}
		p.do("client zorgnet state=bankrupt", "")
		r, err := p.cases.ClientReport(p.ctx, "zorgnet", "2026-11")
		if err != nil || len(r.Open) != 1 || r.Open[0].Next != "who-decides" {
			t.Errorf("after %q is open %+v, %v", line, r.Open, err)
		}
	}
}

// a field that was corrected while the part moved is on record.
func TestMovedWhileCorrected(t *testing.T) {
	p := playLines(t, "form both rights=rectification relations=debtor file=yes", "instruct leg 1 carry-out-to-us by zorgnet")
	moved := false
	p.applies = func(inventory.Holding, systems.Selection, systems.Act) {
		if !moved {
			moved = true
			p.do("move leg 1 to telstar because sold by jan", "")
		}
	}
	p.do("correct leg 1 by jan", "collection/files/address: Kleine Berg 30 => Kleine Berg 32; because Uittreksel van de gemeente")
	p.do("wait 1h", "")
	l := p.now().Leg("1")
	if !moved || l.Outcome != request.Moved {
		t.Fatalf("the part is %s %s", l.Phase, l.Outcome)
	}
	if len(l.Corrections) != 1 || l.Corrections[0].Status != request.CorrectionDone || len(l.Receipts) != 1 {
		t.Errorf("what was corrected: %+v, receipts %+v", l.Corrections, l.Receipts)
	}
}

// a client that is back does not read as its own the end that an officer set on
// another's word while it was gone.
func TestLiftOfWhoDecidedMeanwhile(t *testing.T) {
	p := playLines(t, "form both rights=restriction relations=debtor file=yes", "instruct leg 1 carry-out-to-us by zorgnet", "client zorgnet state=bankrupt",
		"lift leg 1 instructed in=6wd by jan", "client zorgnet state=active")
	if v, err := p.cases.ClientView(p.ctx, "zorgnet", p.ref, "1"); err != nil || v.Lift.By != "" || v.LiftFrom != "" {
		t.Errorf("its page says %+v from %s, %v", v.Lift, v.LiftFrom, err)
	}
}

// What lapses ends by the road of every other part: no execution stays parked on
// it, and no collected part stays behind.
func TestLapsed(t *testing.T) {
	w := newWorld(t, setting{})
	p := playText(w, "lapsed", `delegate access debtor id=1 by bakker
client bakker state=sold
wait 1h
leg 1: instructed
task client-gone leg 1
lapse leg 1 by jan
leg 1: closed withdrawn
task none
delegated cancelled id=1 by bakker
request done
wait 30wd
request done
`, false)
	if parked := w.runner.Parked(); len(parked) > 0 {
		t.Errorf("still parked: %+v", parked)
	}
	err := w.work.List(t.Context(), string(p.now().ID)+"/", func(o vault.Object) error {
		t.Errorf("of what was collected there is still %s", o.Key)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// A step that was at work when it lapsed changes nothing any more.
func TestLapsedUnderAStep(t *testing.T) {
	w := newWorld(t, setting{})
	p := playText(w, "lapsed", `delegate erasure debtor id=1 by bakker
client bakker state=sold
wait 1h
leg 1: instructed
`, false)
	r := p.now()
	if err := w.cases.Lapse(w.ctx, staff["jan"], r.Reference, "1"); err != nil {
		t.Fatal(err)
	}
	in := casework.Input{RequestID: r.ID, LegID: "1", System: "collection"}
	if _, err := w.cases.Erase(w.ctx, in); !request.NoInstruction.Is(err) {
		t.Errorf("to erase what lapsed: %v", err)
	}
	if l := p.now().Leg("1"); !l.Begun.IsZero() {
		t.Errorf("it was begun: %+v", l)
	}
}
