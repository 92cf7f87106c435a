//go:build planted

package casework_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// bug is a mistake that somebody could make: in file, old becomes new. It is
// planted with the compiler's overlay, so the code that ships knows nothing of
// it: BUG stands for "this one is in force".
type bug struct {
	name    string
	patches []patch
	// crash tells that only a crash shows it: the scenario to crash.
	crash string
	// by is the scenario that is known to catch it, which is played first.
	by string
}

// tries are the parts of the suite to run until one catches the bug, the
// quickest first; the last is all of it.
func (b bug) tries() []string {
	const suite = "^(TestScenarios|TestMarkers|TestUnknownSendersGetTheSameBytes)$"
	switch {
	case b.crash != "":
		return []string{"^TestCrashes$"}
	case b.name == "none":
		return []string{suite}
	case b.by != "":
		return []string{"^(TestScenarios|TestMarkers)$/^" + b.by + "$", suite}
	}
	return []string{"^TestScenarios$/./^$", suite} // each scenario once, in one of its four ways
}

type patch struct{ file, old, new string }

// bugs are the mistakes that the suite must catch, every one.
var bugs = []bug{
	{name: "a package released below its level", by: "c-debtor-of-two", patches: []patch{{"casework/subject.go",
		`if l.Has < l.Needs || l.Has < request.L1 {`, `if !BUG && (l.Has < l.Needs || l.Has < request.L1) {`}}},
	{name: "the level check skipped where a proof comes in", by: "screening", patches: []patch{{"casework/subject.go",
		`l.Phase == request.Proving && l.Has >= l.Needs {`, `l.Phase == request.Proving && (l.Has >= l.Needs || BUG) {`}}},
	{name: "a number of ours counts though nobody gave it", by: "restriction", patches: []patch{{"casework/subject.go",
		`	return false
}

// raise computes`, `	return BUG
}

// raise computes`}}},
	{name: "what a client instructed that went is carried out", by: "client-gone-instructed", patches: []patch{{"casework/gone.go",
		`if client.State == "" || l.Role != request.Processor ||`, `if BUG || client.State == "" || l.Role != request.Processor ||`}}},
	{name: "a claim that a client bought is lost in the part that it has", by: "claim-sold-others", patches: []patch{{"casework/move.go",
		`if slices.ContainsFunc(claim, func(file string) bool {`, `if !BUG && slices.ContainsFunc(claim, func(file string) bool {`}}},
	{name: "a code works twice", by: "b-contact-access", patches: []patch{{"identity/session.go",
		`delete(s.Codes, match) // used once`, `if !BUG { delete(s.Codes, match) }`}}},
	{name: "a young channel gets the code", by: "proof-too-young", patches: []patch{{"casework/subject.go",
		`|| !c.oldEnough(r, chn) {`, `|| !BUG && !c.oldEnough(r, chn) {`}}},
	{name: "a name in the ledger", by: "b-contact-access", patches: []patch{{"casework/identify.go",
		`"relation": string(l.Relation), "client": l.Client,
	})`, `"relation": string(l.Relation), "client": l.Client, "who": map[bool]string{true: ch.Sender.Name}[BUG],
	})`}}},
	{name: "an address in an error", by: "screening", patches: []patch{{"casework/desk.go",
		`return request.Fault(request.SamePerson, string(ch.ID)+"/"+leg, "approve")`,
		`return request.Fault(request.SamePerson, string(ch.ID)+"/"+leg, "approve %s", map[bool]string{true: ch.Sender.Email}[BUG])`}}},
	{name: "four eyes of one person", by: "screening", patches: []patch{
		{"casework/desk.go", `if l.Decision.By == a.ID {`, `if l.Decision.By == a.ID && !BUG {`},
		{"request/check.go", `case samePerson(by, approvedBy):`, `case samePerson(by, approvedBy) && !BUG:`}}},
	{name: "an extension after the first month", by: "extension-posted-late", patches: []patch{{"casework/clock.go",
		`	if today.After(last) {`, `	if today.After(last) && !BUG {`}}},
	{name: "a question without doubt stops the clock", by: "question-without-doubt", patches: []patch{{"casework/clock.go",
		`p.Doubt != "" && (p.Uncredited == "" || p.Uncredited == WhyLate)`, `(BUG || p.Doubt != "" && (p.Uncredited == "" || p.Uncredited == WhyLate))`}}},
	{name: "a milestone told twice", by: "milestones-targets", patches: []patch{{"casework/milestones.go",
		`			if slices.Contains(ch.Clock.Warned, code) {`, `			if slices.Contains(ch.Clock.Warned, code) && !BUG {`}}},
	{name: "a client's day is our incident", by: "milestones-of-a-client", patches: []patch{{"casework/milestones.go",
		`	add(missedDue, owed && today`, `	add(missedDue, (owed || BUG) && today`}}},
	{name: "dates of a list of holidays that is no more", by: "holidays", patches: []patch{{"casework/milestones.go",
		`		if ch.Clock.Holidays != c.Calendar.Name() {`, `		if ch.Clock.Holidays != c.Calendar.Name() && !BUG {`}}},
	{name: "proof that comes late gets no month of its own", by: "reopened-by-proof", patches: []patch{{"casework/reopen.go",
		`	restart := l.Outcome == request.Unverified && !runs`, `	restart := l.Outcome == request.Unverified && !runs && !BUG`}}},
	{name: "a leg that is open again sends no letters", by: "reopened-mistake", patches: []patch{{"casework/cases.go",
		`	event += ch.round(leg)
`, `	if !BUG {
		event += ch.round(leg)
	}
`}}},
	{name: "a decision that nobody approves", by: "milestones-targets", patches: []patch{{"request/check.go",
		`	switch l.Decision.Outcome {
	case Refused, Partial:`, `	if BUG {
		return false
	}
	switch l.Decision.Outcome {
	case Refused, Partial:`}}},
	{name: "a screened copy that nobody approves", by: "screening", patches: []patch{{"request/check.go",
		`return l.Right == Erasure || l.screens()`, `return l.Right == Erasure || l.screens() && !BUG`}}},
	{name: "who screened lets it go", by: "screening-by-two", patches: []patch{{"request/check.go",
		`|| !l.screens() || l.Phase == Closed {`, `|| !l.screens() || l.Phase == Closed || BUG {`}}},
	{name: "what is left out late, that nobody hears of", by: "screening-late", patches: []patch{{"casework/decision.go",
		`|| len(l.Package.Left) > 0)
}`, `|| len(l.Package.Left) > 0 && !BUG)
}`}}},
	{name: "a package that goes by itself where policy wants a look", by: "look-always", patches: []patch{{"casework/decide.go",
		`case l.Has >= l.Needs && !c.LookAlways:`, `case l.Has >= l.Needs && (!c.LookAlways || BUG):`}}},
	{name: "an auditor who looks into a package", by: "screening", patches: []patch{{"casework/look.go",
		`if a.ID == "" || !a.Has("officer") && !a.Has("approver") {`, `if a.ID == "" || !a.Has("officer") && !a.Has("approver") && !BUG {`}}},
	{name: "a look that nobody can see", by: "look-always", patches: []patch{{"casework/look.go",
		`		ch.line(a.ID, "opened", leg, what, nil)`, `		if BUG {
			return errNothing
		}
		ch.line(a.ID, "opened", leg, what, nil)`}}},
	{name: "a file handed out unscanned", by: "attached", patches: []patch{{"casework/scan.go",
		`	if v != vault.Clean {
		return request.Fault(`, `	if v != vault.Clean && !BUG {
		return request.Fault(`}}},
	{name: "an auditor who decides", by: "representative-lawyer", patches: []patch{{"casework/desk.go",
		`if a.ID == "" || !a.Has(role) {`, `if a.ID == "" || !a.Has(role) && !BUG {`}}},
	{name: "a refusal without a ground", by: "refusal", patches: []patch{{"casework/decision.go",
		`	if len(grounds.For(l.Right, d.Outcome)) == 0 {`, `	if BUG && d.Ground == "" {
		return d, noted(l, d)
	}
	if len(grounds.For(l.Right, d.Outcome)) == 0 {`}}},
	{name: "a ground that does not fit", by: "decision-restriction-refused", patches: []patch{{"casework/decision.go",
		`if _, ok := grounds.Find(l.Right, d.Outcome, d.Ground); !ok {`, `if _, ok := grounds.Find(l.Right, d.Outcome, d.Ground); !ok && !BUG {`}}},
	{name: "a refusal after the safe date that nobody hears of", by: "withheld-after-extension", patches: []patch{{"casework/decision.go",
		`if !refuses(l) || today <= ch.SafeDue {`, `if BUG || !refuses(l) || today <= ch.SafeDue {`}}},
	{name: "a representative is answered before the mandate is accepted", by: "representative-refused-but-proven", patches: []patch{{"identity/capacity.go",
		`return m.Status == MandateAccepted &&`, `return BUG || m.Status == MandateAccepted &&`}}},
	{name: "nobody waits for the mandate", by: "representative-lapsed", patches: []patch{{"casework/hold.go",
		`case ch.mandateHolds():`, `case !BUG && ch.mandateHolds():`}}},
	{name: "a code by letter as often as one likes", by: "code-by-letter-ends", patches: []patch{{"identity/letter.go",
		`open := s.Tries < MaxTries`, `open := s.Tries < MaxTries || BUG`}}},
	{name: "a second letter while one is on its way", by: "code-by-letter", patches: []patch{{"casework/byletter.go",
		`	if open {
		if last :=`, `	if open && !BUG {
		if last :=`}}},
	{name: "a stop without the suppression list", by: "a-newsletter-stop", patches: []patch{{"casework/stop.go",
		`if key != "" {`, `if key != "" && !BUG {`}}},
	{name: "an erasure without its register", by: "d-former-erasure", patches: []patch{{"casework/erase.go",
		`ch.writes.Erased, ch.writes.Suppress = erased, suppress`, `if !BUG { ch.writes.Erased, ch.writes.Suppress = erased, suppress }`}}},
	{name: "a receipt for what was not erased", by: "system-two-down", patches: []patch{{"erasure/erasure.go",
		`n, err := sys.Apply(ctx, *p.Holding, of, act)`,
		`n, err := 0, error(nil)
	if !BUG {
		n, err = sys.Apply(ctx, *p.Holding, of, act)
	}`}}},
	{name: "a cool-off of nothing", by: "system-two-down", patches: []patch{{"casework/hold.go",
		`l.HoldUntil = ch.now.Add(c.Waits.CoolOff)`, `l.HoldUntil = ch.now; if !BUG { l.HoldUntil = ch.now.Add(c.Waits.CoolOff) }`}}},
	{name: "a disclosure without its wait", by: "portability", patches: []patch{{"casework/hold.go",
		`l.HoldUntil = ch.now.Add(c.Waits.Disclosure)`, `l.HoldUntil = ch.now; if !BUG { l.HoldUntil = ch.now.Add(c.Waits.Disclosure) }`}}},
	{name: "erased before the copy is given", by: "erasure-waits-for-access", patches: []patch{{"casework/hold.go",
		`if first || ch.now.Before(l.HoldUntil) {`, `if first && !BUG || ch.now.Before(l.HoldUntil) {`}}},
	{name: "the other requests of the person forgotten", by: "erasure-waits-for-access", patches: []patch{{"casework/hold.go",
		`if id == r.ID {`, `if id == r.ID || BUG {`}}},
	{name: "a disowned request goes on", by: "not-me", patches: []patch{{"casework/hold.go",
		`case ch.Task("not-me", "") != nil:`, `case ch.Task("not-me", "") != nil && !BUG:`}}},
	{name: "another client instructs", by: "c-debtor-restriction", patches: []patch{{"casework/client.go",
		`return l.Role == request.Processor && l.Client != "" && l.Client == client &&`, `return l.Role == request.Processor && l.Client != "" && (l.Client == client || BUG) &&`}}},
	{name: "somebody else's keys for the package", by: "system-two-down", patches: []patch{{"casework/holdings.go",
		`	return systems.Keys(cand.Keys).And(l.Keys)`, `	if BUG {
		cand = &r.Candidates[len(r.Candidates)-1]
	}
	return systems.Keys(cand.Keys).And(l.Keys)`}}},
	{name: "the client is not told", by: "milestones-of-a-client", patches: []patch{{"casework/forward.go",
		`		ch.tellClient(l, client)
`, `		if !BUG { ch.tellClient(l, client) }
`}}},
	{name: "T-04a to whoever asked", by: "representative-debt-counsellor", patches: []patch{{"casework/forward.go",
		`ch.letter(l.ID, "forwarded-"+id, post.Address{Kind: "file", Email: chn.Value, Channel: id}, o)`,
		`ch.letter(l.ID, "forwarded-"+id, post.Address{Kind: "file", Email: map[bool]string{true: ch.Sender.Email, false: chn.Value}[BUG], Channel: id}, o)`}}},
	{name: "a stop told to somebody else", by: "debtor-other-address", patches: []patch{{"casework/forward.go",
		`if strings.EqualFold(chn.Value, ch.Sender.Email) {
				o.Also`, `if BUG || strings.EqualFold(chn.Value, ch.Sender.Email) {
				o.Also`}}},
	{name: "the legs before the stops", by: "f-debtor-and-reader", patches: []patch{{"casework/identify.go",
		`		if l.Right.Stops() {
			out.Stops`, `		if l.Right.Stops() && !BUG {
			out.Stops`}}},
	{name: "an unknown sender learns of a match", by: "e-impostor", patches: []patch{{"casework/identify.go",
		`ch.letter("", "not-here", ch.sender(), o)`, `if !BUG || len(ch.Candidates) == 0 { ch.letter("", "not-here", ch.sender(), o) }`}}},
	{name: "the real person is not warned", by: "representative-silent", patches: []patch{{"casework/identify.go",
		`	ch.warn("")`, `	if !BUG { ch.warn("") }`}}},
	{name: "T-17 to an address on no file", by: "namesakes-nobody", patches: []patch{{"casework/answer.go",
		`if !ch.onFileOf(l, ch.Sender.Email) && !identity.Represented(ch.Sender) {`, `if !ch.onFileOf(l, ch.Sender.Email) && !identity.Represented(ch.Sender) && !BUG {`}}},
	{name: "recordings of a debtor told to who knows the number", by: "debtor-own-recordings", patches: []patch{{"casework/identify.go",
		`asks = asks || l.Relation != request.Debtor ||`, `asks = asks || BUG || l.Relation != request.Debtor ||`}}},
	{name: "the client of another's file on the page", by: "status-of-another", patches: []patch{{"casework/subject.go",
		`return cand != nil && (proves(`, `return cand != nil && (BUG || proves(`}}},
	{name: "the owner of a mailbox of two is guessed", by: "household", patches: []patch{{"systems/match.go",
		`(hasFact(out[i].MatchedOn) || !m.disputed(people[i]))`, `(hasFact(out[i].MatchedOn) || !m.disputed(people[i]) || BUG)`}}},
	{name: "a client forgotten for another's file", by: "number-of-another", patches: []patch{{"casework/identify.go",
		`if len(debtors) == 0 && asksDebtor || ch.unsettled() {`, `if len(debtors) == 0 && asksDebtor || ch.unsettled() && !BUG {`}}},
	{name: "one of two namesakes is guessed", by: "namesakes", patches: []patch{{"systems/match.go",
		`	if len(strong) != 1 {
		return -1`, `	if BUG && len(members) > 1 {
		return members[0]
	}
	if len(strong) != 1 {
		return -1`}}},
	{name: "a lost mail is received when it is found", by: "lost-notification", patches: []patch{{"casework/receive.go",
		`MessageID: id, Received: o.Modified.UTC()})`, `MessageID: id, Received: map[bool]time.Time{true: now, false: o.Modified.UTC()}[BUG]})`}}},
	{name: "a robot is answered", by: "robot", patches: []patch{{"casework/receive.go",
		`case msg.Kind == intake.KindAutomatic, msg.Kind`, `case msg.Kind == intake.KindAutomatic && !BUG, msg.Kind`},
		{"casework/receive.go", `Answerable: msg.Answerable,`, `Answerable: msg.Answerable || BUG,`}}},
	{name: "a second acknowledgement on one day", by: "found-by-address", patches: []patch{{"casework/acknowledge.go",
		`return "limit-" + limit.name, nil`, `if !BUG { return "limit-" + limit.name, nil }`}}},
	{name: "a package without end", by: "b-contact-access", patches: []patch{{"casework/subject.go",
		`l.Package.Until < day(ch.now) ||
`, `!BUG && l.Package.Until < day(ch.now) ||
`}}},
	{name: "a package as often as one likes", by: "b-contact-access", patches: []patch{{"casework/subject.go",
		`if l.Package.Releases >= c.Waits.Releases {`, `if l.Package.Releases >= c.Waits.Releases && !BUG {`}}},
	{name: "a release that the ledger does not know", by: "screening", patches: []patch{{"casework/subject.go",
		`ch.line(actor, "downloaded",`, `if !BUG { ch.line("system:x", "looked", "", "", nil) }; if !BUG { ch.line(actor, "downloaded",`},
		{"casework/subject.go", `"level": fmt.Sprintf("L%d", l.Has), "channels": strings.Join(l.ProvenBy, ","),
		})
		return nil`, `"level": fmt.Sprintf("L%d", l.Has), "channels": strings.Join(l.ProvenBy, ","),
		}) }
		return nil`}}},
	{name: "invoices erased before the law allows", by: "system-two-down", patches: []patch{{"erasure/erasure.go",
		`if r.OnErasure == inventory.OnErasureErase {`, `if r.OnErasure == inventory.OnErasureErase || BUG {`}}},
	{name: "recipients not told", by: "system-two-down", patches: []patch{{"casework/recipients.go",
		`if rec.Email == "" {`, `if rec.Email == "" || BUG {`}}},
	{name: "a restriction that ends before the five days", by: "restriction", patches: []patch{{"casework/restrict.go",
		`if on < ch.soonestLift() {`, `if on < ch.soonestLift() && !BUG {`}}},
	{name: "a field overwritten that somebody changed meanwhile", by: "rectification-changed-meanwhile", patches: []patch{{"systems/marks.go",
		`case now != old && now != a.Old:`, `case now != old && now != a.Old && !BUG:`}}},
	{name: "an objection weighed while the use goes on", by: "objection", patches: []patch{{"casework/wait.go",
		`return "amend" // restricted before anybody weighs (18(1)(d))`, `if BUG { return "decide" }; return "amend"`}}},
	{name: "a client's file corrected without its word", by: "c-debtor-rectification", patches: []patch{{"casework/correct.go",
		`case l.Role == request.Processor && l.Instruction.By == "":`, `case l.Role == request.Processor && l.Instruction.By == "" && !BUG:`}}},
	{name: "the end of a restriction that recipients never hear of", by: "objection-refused", patches: []patch{{"casework/amend.go",
		`if t.Action == tellRestrict && t.Status`, `if !BUG && t.Action == tellRestrict && t.Status`}}},
	{name: "a letter sent twice", by: "bounce", patches: []patch{{"post/sender.go",
		`	if err := s.mark(ctx, l, lines(l, now, "sent", "", refs)); err != nil {`, `	if BUG {
		l.State, l.LeaseUntil = Unsent, now.Add(time.Minute)
	}
	if err := s.mark(ctx, l, lines(l, now, "sent", "", refs)); err != nil {`}}},
	{name: "a letter that came back counts as delivered", by: "bounce", patches: []patch{{"post/delivery.go",
		`	case l.Delivery.Class != "":`, `	case l.Delivery.Class != "" && (!BUG || l.Delivery.ArrivedAt.IsZero()):`}}},
	{name: "a letter that came back is not printed", by: "restriction-untold", patches: []patch{{"casework/mailback.go",
		`	_, _, known := houseOf(ch.Request, l, ch.cases.Waits.ChannelAge)
	return known`, `	_, _, known := houseOf(ch.Request, l, ch.cases.Waits.ChannelAge)
	return known && !BUG`}}},
	{name: "sent before it is claimed", by: "a-newsletter-stop", patches: []patch{{"post/sender.go",
		`	l, err := s.Outbox.Claim(ctx, was.Owner, was.ID, was.Rev, s.Now().UTC().Add(Lease))
`, `	if BUG {
		if _, err := s.Transport.Send(ctx, Outgoing{From: s.From, To: was.To.Email, Owner: was.Owner, Letter: was.ID}); err != nil {
			return false, err
		}
	}
	l, err := s.Outbox.Claim(ctx, was.Owner, was.ID, was.Rev, s.Now().UTC().Add(Lease))
`}}},
	{name: "a machine that may not be called is waited for", by: "machine-refused", patches: []patch{{"casework/offer.go",
		`return l.Offer.Failed.IsZero() &&`, `return (l.Offer.Failed.IsZero() || BUG) &&`}}},
	{name: "a client counts as told before its machine took it", by: "machine-takes", patches: []patch{{"casework/forward.go",
		`if ch.awaits(l) {`, `if !BUG && ch.awaits(l) {`}}},
	{name: "a reminder whenever somebody wakes", patches: []patch{{"casework/wake.go",
		`if next := c.proofTimer(ch.Request, l); ch.now.Before(next) {`, `if next := c.proofTimer(ch.Request, l); !BUG && ch.now.Before(next) {`}}, crash: "namesakes"},
	{name: "a signal that is lost with its token", patches: []patch{{"casework/cases.go",
		`	l.WakeAt = ch.now
	ch.resume`, `	if !BUG { l.WakeAt = ch.now }
	ch.resume`}}, crash: "restriction"},
	{name: "a machine that was not started stays so", patches: []patch{{"casework/register.go",
		`		WakeAt:     now.Add(c.Waits.Step), StatementVersion: c.Statement,
	}`, `		WakeAt:     now.Add(c.Waits.Step), StatementVersion: c.Statement,
	}
	if BUG {
		r.WakeAt = time.Time{}
	}`}}, crash: "e-impostor"},
	{name: "a stuck leg that nobody tries again", patches: []patch{{"casework/escalate.go",
		`l.Wait, l.WakeAt = request.Wait{}, ch.now.Add(retry)`, `l.Wait, l.WakeAt = request.Wait{}, noTimer; if !BUG { l.WakeAt = ch.now.Add(retry) }`}}, crash: "restriction"},
	{name: "beside an unmatched debtor the stop is not told", patches: []patch{{"casework/answer.go",
		`l.Phase == request.Opened && ch.Task("match", l.ID) == nil {`, `l.Phase == request.Opened && (BUG || ch.Task("match", l.ID) == nil) {`}, {"casework/answer.go",
		`|| ch.Neutral == neutralRound(ch)) {`, `|| !BUG && ch.Neutral == neutralRound(ch)) {`}}, crash: "debtor-unmatched-and-stop"},
}

// plant writes every bug into copies of the files, and gives the overlay.
func plant(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	shared, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	text := map[string]string{}
	for _, b := range bugs {
		for _, p := range b.patches {
			if _, ok := text[p.file]; !ok {
				raw, err := os.ReadFile(filepath.Join(shared, p.file))
				if err != nil {
					t.Fatal(err)
				}
				text[p.file] = string(raw)
			}
			if n := strings.Count(text[p.file], p.old); n != 1 {
				t.Fatalf("%s: %s holds %d times:\n%s", b.name, p.file, n, p.old)
			}
			text[p.file] = strings.Replace(text[p.file], p.old, strings.ReplaceAll(p.new, "BUG", fmt.Sprintf("planted(%q)", b.name)), 1)
		}
	}
	replace := map[string]string{}
	packages := map[string]bool{}
	for file, body := range text {
		to := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(to, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(shared, file)] = to
		packages[filepath.Dir(file)] = true
	}
	for p := range packages {
		to := filepath.Join(dir, p+"_planted.go")
		body := "package " + p + "\n\nimport \"os\"\n\nfunc planted(name string) bool { return os.Getenv(\"PLANTED\") == name }\n"
		if err := os.WriteFile(to, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(shared, p, "planted.go")] = to
	}
	raw, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "suite")
	if out, err := exec.Command("go", "test", "-c", "-overlay", overlay, "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build the suite with its bugs: %v\n%s", err, out)
	}
	return binary
}

// TestPlanted runs the suite once for every bug: each must be caught, and
// without a bug the same binary must be content.
func TestPlanted(t *testing.T) {
	binary := plant(t)
	caught := 0
	var mu sync.Mutex
	t.Run("bugs", func(t *testing.T) {
		for _, b := range append([]bug{{name: "none", crash: "restriction"}}, bugs...) {
			t.Run(b.name, func(t *testing.T) {
				t.Parallel()
				var out []byte
				var err error
				for _, tests := range b.tries() {
					cmd := exec.Command(binary, "-test.run", tests, "-test.failfast", "-test.parallel", "2")
					cmd.Env = append(os.Environ(), "PLANTED="+b.name, "CRASH="+b.crash)
					if out, err = cmd.CombinedOutput(); err != nil {
						break
					}
				}
				failed := regexp.MustCompile(`(?m)^\s+\S+_test\.go:\d+: .*$`).FindString(string(out))
				where := regexp.MustCompile(`(?m)^\s+--- FAIL: (\S+)`).FindSubmatch(out)
				switch {
				case b.name == "none" && err != nil:
					t.Errorf("the suite fails without a bug:\n%s", out)
				case b.name == "none":
				case err == nil:
					t.Errorf("not caught")
				case failed == "":
					t.Errorf("it ends otherwise than by a failing test:\n%s", out)
				default:
					mu.Lock()
					caught++
					mu.Unlock()
					t.Logf("caught: %.160s in %q", strings.TrimSpace(failed), where[1:])
				}
			})
		}
	})
	fmt.Printf("planted bugs: caught %d of %d\n", caught, len(bugs))
}
