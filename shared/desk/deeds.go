package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/grounds"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// deeds are all acts that work the same way, in the order in which a request's
// page offers them.
var deeds = []*deed{
	{key: "ask", path: "vraag", aim: "ask", leg: true, roles: officers, tasks: []string{"ask-again"}, offered: oursOpen, bar: barAsk, ask: askQuestion, do: doAsk, more: moreAsk,
		fields: map[string]string{"kind": "soort", "options": "keuzes", "words": "vraag"}},
	{key: "answered", path: "antwoord", aim: "ask", roles: officers, offered: asked, bar: barAnswered, ask: askAnswered, do: doAnswered, fields: map[string]string{"on": "dag"}},
	{key: "reply", path: "beantwoorden", aim: "tell", roles: officers, tasks: []string{"reply"}, offered: messaged, bar: barReply, ask: askReply, do: doReply, more: moreReply, fields: map[string]string{"words": "antwoord"}},
	{key: "weigh", path: "afweging", aim: "decide", leg: true, roles: officers, offered: ofRight(request.Objection), bar: barDeciding, ask: askWeigh, do: doWeigh, quick: true},
	{key: "review", path: "herbeoordeling", aim: "decide", leg: true, roles: officers, offered: ofRight(request.AutomatedDecision), bar: barDeciding, ask: askReview, do: doReview, quick: true,
		fields: map[string]string{"logic": "waarop", "result": "uitkomst", "words": "nu"}},
	{key: "correct", path: "verbeteringen", aim: "decide", leg: true, roles: officers, offered: ofRight(request.Rectification), bar: barCorrect, ask: askCorrect, do: doCorrect, quick: true,
		fields: map[string]string{"evidence": "bewijs", "old": "veld", "new": "waarde", "corrections": "veld"}},
	{key: "lift", path: "hervatten", aim: "hold", leg: true, roles: officers, tasks: []string{"lift"}, offered: restricted, bar: barLift, ask: askLift, do: doLift, more: moreLift, fields: map[string]string{"reason": "reden", "on": "dag"}},
	{key: "lift-cancel", path: "hervatten-intrekken", aim: "hold", leg: true, roles: officers, offered: liftAnnounced, bar: barLiftCancel, more: moreLiftCancel,
		do: func(ctx context.Context, c Cases, b *bench) error {
			return c.CancelLift(ctx, b.actor(), b.r.Reference, b.l.ID)
		}},
	{key: "flag", path: "opdracht-aanhouden", aim: "hold", leg: true, roles: officers, offered: flaggable, bar: barFlag, ask: askFlag, do: doFlag, fields: map[string]string{"reason": "reden", "words": "uitleg"}},
	{key: "recipient", path: "ontvanger", aim: "tell", leg: true, roles: officers, tasks: []string{"recipient"}, offered: toldAny, bar: barRecipient, ask: askRecipient, do: doRecipient, quick: true,
		fields: map[string]string{"status": "hoe", "reason": "reden"}},
	{key: "by-hand", path: "met-de-hand", aim: "mend", leg: true, roles: officers, tasks: []string{"by-hand"}, offered: byHand, bar: barByHand, ask: askByHand, do: doByHand,
		fields: map[string]string{"place": "waar", "outcome": "wat", "found": "stukken", "count": "aantal", "kept": "bewaard", "until": "tot"}},
	{key: "recipients", path: "ontvangers", aim: "tell", leg: true, roles: officers, offered: listable, bar: barRecipients,
		do: func(ctx context.Context, c Cases, b *bench) error {
			return c.SendRecipients(ctx, b.actor(), b.r.Reference, b.l.ID)
		}},
	{key: "code", path: "codebrief", aim: "ask", leg: true, roles: officers, offered: oursProving, bar: barCode,
		do: func(ctx context.Context, c Cases, b *bench) error {
			return c.SendCodeByLetter(ctx, b.actor(), b.r.Reference, b.l.ID)
		}},
	{key: "fee", path: "kosten", aim: "decide", leg: true, roles: officers, offered: oursDeciding, bar: barFee, ask: askFee, do: doFee, whole: wholeFee, fields: map[string]string{"amount": "bedrag", "reason": "reden"}},
	{key: "fee-approve", path: "kosten-goedkeuren", aim: "decide", leg: true, roles: approvers, tasks: []string{"approve-fee"}, offered: feeProposed, bar: barFeeApprove,
		do: func(ctx context.Context, c Cases, b *bench) error {
			return c.ApproveFee(ctx, b.actor(), b.r.Reference, b.l.ID)
		}},
	{key: "fee-drop", path: "kosten-intrekken", aim: "hold", leg: true, roles: workers, offered: feeProposed, bar: barFeeProposed,
		do: func(ctx context.Context, c Cases, b *bench) error {
			return c.DropFee(ctx, b.actor(), b.r.Reference, b.l.ID)
		}},
	{key: "fee-answer", path: "kosten-antwoord", aim: "decide", leg: true, roles: officers, tasks: []string{"fee"}, offered: feeAnnounced, bar: barFeeAnswer, ask: askFeeAnswer, do: doFeeAnswer},
	{key: "mandate", path: "machtiging", aim: "decide", roles: officers, tasks: []string{"mandate"}, offered: represented, bar: barMandate, ask: askMandate, do: doMandate,
		fields: map[string]string{"status": "oordeel", "evidence": "bewijs", "scope": "wat", "reply": "wie", "age": "bewijs", "until": "tot"}},
	{key: "extend", path: "verlengen", aim: "hold", roles: officers, offered: extendable, bar: barExtend, ask: askExtend, do: doExtend, whole: wholeExtend, fields: map[string]string{"reason": "reden", "words": "uitleg"}},
	{key: "extension", path: "verlenging", aim: "decide", roles: approvers, tasks: []string{"approve-extension"}, offered: extensionProposed, bar: barExtension, more: moreExtension,
		do: func(ctx context.Context, c Cases, b *bench) error {
			return c.ApproveExtension(ctx, b.actor(), b.r.Reference)
		}},
	{key: "extension-drop", path: "verlenging-intrekken", aim: "hold", roles: workers, offered: extensionProposed, bar: barExtensionProposed,
		do: func(ctx context.Context, c Cases, b *bench) error {
			return c.DropExtension(ctx, b.actor(), b.r.Reference)
		}},
	{key: "apologise", path: "excuses", aim: "mend", roles: officers, tasks: []string{"apologise"}, offered: late, bar: barApologise, ask: askApologise, do: doApologise, fields: map[string]string{"promised": "dag", "reason": "reden"}},
	{key: "withdraw", path: "intrekken", aim: "hold", roles: officers, offered: running, bar: barWithdraw, ask: askWithdraw, do: doWithdraw, fields: map[string]string{"how": "hoe"}},
	{key: "reopen", path: "heropenen", aim: "mend", leg: true, roles: officers, offered: legClosed, bar: barReopen, ask: askReopen, do: doReopen, fields: map[string]string{"received": "dag", "why": "reden"}},
	{key: "breach", path: "datalek", aim: "mend", roles: officers, ask: askBreach, do: doBreach,
		fields: map[string]string{"kind": "soort", "found": "dag", "facts": "feiten", "effects": "gevolgen", "measures": "maatregelen", "data": "gegevens", "affected": "aantal", "risk": "risico", "advice": "advies", "leg": "deel"}},
	{key: "breach-authority", path: "datalek-gemeld", aim: "mend", roles: workers, offered: breached(authorityDue), bar: barBreach(authorityDue), ask: askAuthority, do: doAuthority,
		fields: map[string]string{"number": "nummer", "at": "dag", "risk": "lek"}},
	{key: "breach-subject", path: "datalek-brief", aim: "mend", roles: workers, offered: breached(subjectDue), bar: barBreach(subjectDue), ask: askWhichBreach(subjectDue),
		do: func(ctx context.Context, c Cases, b *bench) error {
			return c.TellSubject(ctx, b.actor(), b.r.Reference, b.form.Get("lek"))
		}, fields: map[string]string{"advice": "lek"}},
	{key: "breach-close", path: "datalek-sluiten", aim: "mend", roles: approvers, tasks: []string{"breach"}, offered: breached(closable), bar: barBreach(breachOpen), ask: askWhichBreach(breachOpen),
		do: func(ctx context.Context, c Cases, b *bench) error {
			return c.CloseBreach(ctx, b.actor(), b.r.Reference, b.form.Get("lek"))
		}},
	{key: "note", path: "notitie", aim: "tell", roles: workers, bar: barNote, ask: askNote, quick: true, fields: map[string]string{"text": "notitie"},
		do: func(ctx context.Context, c Cases, b *bench) error {
			return c.AddNote(ctx, b.actor(), b.r.Reference, b.form.Get("notitie"))
		}},
}

// What a request must be for a deed to be offered.

func oursOpen(b *bench) bool {
	return b.l.Role == request.Controller && !b.l.Right.Stops() && !b.l.Past(request.Decided)
}
func oursProving(b *bench) bool {
	return b.l.Needs > b.l.Has && !b.l.Past(request.Proven) && b.l.Phase != request.Closed
}
func oursDeciding(b *bench) bool {
	return b.l.Role == request.Controller && b.l.Phase == request.Deciding && len(grounds.For(b.l.Right, request.Refused)) > 0
}
func ofRight(right request.Right) func(*bench) bool {
	return func(b *bench) bool {
		return b.l.Right == right && (b.l.Phase == request.Deciding || right == request.Rectification && (b.l.Phase == request.Held || b.l.Phase == request.Instructed))
	}
}
func restricted(b *bench) bool {
	return b.l.Restriction.Stands() && b.l.Restriction.LiftTold.IsZero() && liftsHere(b)
}
func liftAnnounced(b *bench) bool {
	return b.l.Restriction.Stands() && !b.l.Restriction.LiftTold.IsZero() && liftsHere(b)
}

// liftsHere reports whether an officer ends the leg's restriction: it is ours, or
// its client decides no more.
func liftsHere(b *bench) bool {
	return b.l.Role == request.Controller || b.l.Outcome == request.Moved || b.h.gone(b.v, b.l.Client)
}
func toldAny(b *bench) bool { return len(unconfirmed(b.l)) > 0 }
func listable(b *bench) bool {
	if b.l.Role != request.Controller {
		return false
	}
	if b.l.Right == request.Question {
		return b.l.Phase == request.Deciding && slices.ContainsFunc(b.r.Legs, func(l request.Leg) bool { return len(l.Told) > 0 })
	}
	return len(b.l.Told) > 0
}
func feeProposed(b *bench) bool  { return b.l.Fee.Cents > 0 && b.l.Fee.ApprovedBy == "" }
func feeAnnounced(b *bench) bool { return b.l.Fee.ApprovedBy != "" && b.l.Fee.Waits() }
func legClosed(b *bench) bool {
	return b.l.Phase == request.Closed && b.l.Outcome != request.Moved
}
func represented(b *bench) bool { return b.r.Mandate.Status != "" && !b.r.Closed() }
func running(b *bench) bool {
	return slices.ContainsFunc(b.r.Legs, func(l request.Leg) bool { return casework.MayTakeBack(b.r, &l) })
}
func asked(b *bench) bool {
	return slices.ContainsFunc(b.r.Clock.Paused, func(p request.Pause) bool { return p.Answered == "" })
}
func extendable(b *bench) bool {
	return b.r.Clock.ExtensionSent == "" && b.r.Clock.Extension.By == "" && len(openLegs(b.r)) > 0
}
func extensionProposed(b *bench) bool {
	return b.r.Clock.Extension.By != "" && b.r.Clock.Extension.ApprovedBy == ""
}
func late(b *bench) bool { return b.r.Due < pages.Date(b.h.Now()) && !b.r.Closed() }

// openLegs are the parts that an extension can be about (C-7).
func openLegs(r *request.Request) []request.Leg {
	return slices.DeleteFunc(slices.Clone(r.Legs), func(l request.Leg) bool {
		return l.Role != request.Controller || l.Right.Stops() || !l.Past(request.Proven) || l.Past(request.Answered)
	})
}

// unconfirmed are the recipients of whom something is still to be recorded, the
// newest entry of each.
func unconfirmed(l *request.Leg) []request.Told {
	var out []request.Told
	for i := len(l.Told) - 1; i >= 0; i-- {
		t := l.Told[i]
		if t.Confirmed.IsZero() && !slices.ContainsFunc(out, func(o request.Told) bool { return o.Recipient == t.Recipient }) {
			out = append(out, t)
		}
	}
	return out
}

// Why a deed cannot be done now: keys of sentences.

func barAsk(b *bench) string {
	switch {
	case b.l.Role != request.Controller:
		return "bar.client"
	case b.l.Right.Stops():
		return "bar.stops"
	case b.l.Past(request.Decided):
		return "bar.decided"
	}
	return ""
}

func barAnswered(b *bench) string { return barUnless(asked(b), "bar.not-asked") }

func barUnless(ok bool, key string) string {
	if ok {
		return ""
	}
	return key
}

func barDeciding(b *bench) string {
	right := map[string]request.Right{"weigh": request.Objection, "review": request.AutomatedDecision}[b.key]
	switch {
	case right != "" && b.l.Right != right:
		return "bar.right"
	case b.l.Role != request.Controller:
		return "bar.client"
	case b.l.Phase != request.Deciding:
		return "bar.not-deciding"
	}
	return ""
}

func barCorrect(b *bench) string {
	switch {
	case b.l.Right != request.Rectification:
		return "bar.right"
	case b.l.Role == request.Processor && b.l.Instruction.By == "":
		return "no.Client.NoInstruction"
	case b.l.Role == request.Processor && b.l.Phase != request.Instructed, b.l.Role == request.Controller && b.l.Phase != request.Deciding && b.l.Phase != request.Held:
		return "bar.not-deciding"
	case b.l.Role == request.Controller && b.l.Has < b.l.Needs:
		return "no.Proof.TooLow"
	case b.l.Candidate == "":
		return "bar.nobody"
	}
	return ""
}

func barLift(b *bench) string {
	switch {
	case !b.l.Restriction.Stands():
		return "bar.not-restricted"
	case !liftsHere(b):
		return "bar.client"
	case b.l.Restriction.LiftTold.IsZero():
		return ""
	case b.l.Role == request.Processor:
		return "bar.lift-moved-told" // who decides now writes to the person, not we
	}
	return "bar.lift-told"
}

func barLiftCancel(b *bench) string { return barUnless(liftAnnounced(b), "bar.lift-not-told") }

func barRecipient(b *bench) string { return barUnless(toldAny(b), "bar.recipients") }

func barRecipients(b *bench) string { return barUnless(listable(b), "bar.recipients") }

func barCode(b *bench) string {
	switch {
	case b.l.Needs == request.L0:
		return "bar.no-proof-needed"
	case b.l.Has >= b.l.Needs || b.l.Past(request.Decided):
		return "bar.proven"
	case b.l.Candidate == "":
		return "bar.nobody"
	}
	return ""
}

func barFee(b *bench) string {
	switch {
	case b.l.Role != request.Controller:
		return "bar.client"
	case b.l.Phase != request.Deciding:
		return "bar.not-deciding"
	case b.l.Fee.ApprovedBy != "":
		return "bar.fee-announced"
	case len(grounds.For(b.l.Right, request.Refused)) == 0:
		return "bar.right"
	}
	return ""
}

func barFeeProposed(b *bench) string { return barUnless(feeProposed(b), "bar.no-fee") }

func barFeeApprove(b *bench) string {
	switch {
	case !feeProposed(b):
		return "bar.no-fee"
	case b.l.Fee.By == b.actor().ID:
		return "no.Actor.SamePerson"
	}
	return ""
}

func barFeeAnswer(b *bench) string { return barUnless(feeAnnounced(b), "bar.no-fee-announced") }

func barMandate(b *bench) string { return barUnless(represented(b), "bar.no-mandate") }

func barExtend(b *bench) string {
	switch {
	case b.r.Clock.ExtensionSent != "", b.r.Clock.Extension.ApprovedBy != "":
		return "bar.extended"
	case len(openLegs(b.r)) == 0:
		return "bar.nothing-to-extend"
	}
	return ""
}

func barExtensionProposed(b *bench) string {
	return barUnless(extensionProposed(b), "bar.no-extension")
}

func barExtension(b *bench) string {
	switch {
	case !extensionProposed(b):
		return "bar.no-extension"
	case b.r.Clock.Extension.By == b.actor().ID:
		return "no.Actor.SamePerson"
	}
	return ""
}

func barApologise(b *bench) string { return barUnless(late(b), "bar.not-late") }

func barWithdraw(b *bench) string { return barUnless(running(b), "bar.closed") }

func barReopen(b *bench) string {
	if b.l.Outcome == request.Moved {
		return "bar.moved"
	}
	return barUnless(legClosed(b), "bar.not-closed")
}

func barNote(b *bench) string { return barUnless(b.r.Redacted == "", "bar.redacted") }

// Answering a message that came in beside the request (T-27).

// messages are the open tasks about a message, with the message.
func messages(r *request.Request) (tasks []request.Task, found []request.Message) {
	for _, t := range r.Tasks {
		code, ok := strings.CutPrefix(t.Code, "message-")
		if n, err := strconv.Atoi(code); ok && t.Kind == "reply" && t.Open() && err == nil && n > 0 && n <= len(r.Messages) {
			tasks, found = append(tasks, t), append(found, r.Messages[n-1])
		}
	}
	return tasks, found
}

func messaged(b *bench) bool {
	tasks, _ := messages(b.r)
	return len(tasks) > 0
}

func barReply(b *bench) string {
	switch {
	case !messaged(b):
		return "bar.no-reply"
	case !b.r.Sender.Answerable:
		return "bar.not-answerable"
	}
	return ""
}

func askReply(b *bench) {
	tasks, found := messages(b.r)
	var options []answer
	var all []string
	for i, m := range found {
		label := pages.Moment(b.v.Lang, m.Received) + " · " + b.v.SayOr("message."+m.Kind, m.Kind)
		options = append(options, answer{tasks[i].ID, label, m.Subject})
		all = append(all, label+"\n"+strings.TrimSpace(m.Subject+"\n"+m.Text))
	}
	var first []string
	if len(options) == 1 {
		first = []string{options[0].code}
	}
	b.choose("welk", options, false, false, first...)
	b.field("antwoord", "", 8, false)
	b.page.Message = strings.Join(all, "\n\n")
	unproven(b)
}

// unproven warns where an answer may not say what we hold.
func unproven(b *bench) {
	if !slices.ContainsFunc(b.r.Legs, func(l request.Leg) bool { return len(l.ProvenBy) > 0 }) {
		b.page.Warning = b.say("reply.unproven")
	}
}

func doReply(ctx context.Context, c Cases, b *bench) error {
	return c.Reply(ctx, b.actor(), b.r.Reference, b.form.Get("welk"), b.form.Get("antwoord"))
}

func moreReply(b *bench) error {
	unproven(b)
	return nil
}

// Asking the person something (C-8, C-10).

func askQuestion(b *bench) {
	b.choose("soort", b.options("question.", request.IdentityPause, request.ClarificationPause), false, false)
	b.field("twijfel", "", 3, true)
	b.depends()
	b.field("vraag", "", 3, true)
	b.depends()
	b.when(2)
	b.field("keuzes", "", 3, true)
	b.depends()
	b.when(2)
}

func questionOf(b *bench) casework.Question {
	return casework.Question{
		Kind: b.form.Get("soort"), Leg: b.l.ID, Doubt: strings.TrimSpace(b.form.Get("twijfel")),
		Words: strings.TrimSpace(b.form.Get("vraag")), Options: lines(b.form.Get("keuzes")),
	}
}

func doAsk(ctx context.Context, c Cases, b *bench) error {
	return c.Ask(ctx, b.actor(), b.r.Reference, questionOf(b))
}

// moreAsk says before sending whether the waiting counts, and why (C-8).
func moreAsk(b *bench) error {
	p, err := b.h.Cases.PreviewQuestion(b.v.R.Context(), b.actor(), b.r.Reference, questionOf(b))
	if err != nil {
		return err
	}
	s := b.say("credit.no", "safe", pages.Day(b.v.Lang, p.SafeDue))
	if p.Credited {
		s = b.say("credit.yes", "reply", pages.Day(b.v.Lang, p.ReplyBy), "due", pages.Day(b.v.Lang, p.Due), "safe", pages.Day(b.v.Lang, p.SafeDue))
	}
	// The dates move when the answer comes, which is what was just said.
	same := b.say("effect.same", "date", pages.Day(b.v.Lang, b.r.WorkTo()))
	b.page.Effects = slices.DeleteFunc(b.page.Effects, func(s string) bool { return s == same })
	said := []string{s, b.say("credit." + p.Why)}
	if p.Credited && p.OnPaper {
		said = append(said, b.say("credit.on-paper"))
	}
	b.page.Effects = append(said, b.page.Effects...)
	if !p.Credited {
		b.page.Warning = s
	}
	return nil
}

func askAnswered(b *bench) {
	b.day("dag", pages.Date(b.h.Now()), false)
	b.choose("genoeg", b.options("enough.", "ja", "nee"), false, false)
}

func doAnswered(ctx context.Context, c Cases, b *bench) error {
	return c.Answered(ctx, b.actor(), b.r.Reference, b.date("dag"), b.form.Get("genoeg") == "ja")
}

// Weighing an objection, and a person's look at a computer's decision.

func askWeigh(b *bench) {
	w := b.l.Balance
	b.field("onze", w.Ours, 5, false)
	b.field("hun", w.Theirs, 5, false)
	b.field("waarom", w.Result, 5, false)
	for _, name := range []string{"hun", "waarom"} {
		// T-18 says it to the person, word for word.
		if word := aboutPerson.FindString(b.form.Get(name)); b.posted && word != "" && b.at(name) == "" {
			fault := b.say("fault.weigh.person", "word", word)
			b.faults = append(b.faults, pages.Fault{Place: name, Text: fault})
			for i := range b.page.Fields {
				if b.page.Fields[i].ID == name {
					b.page.Fields[i].Error = fault
				}
			}
		}
	}
	b.page.Message, b.page.MessageHead = b.r.Text, b.r.Subject
}

// aboutPerson finds words that speak of the person and not to them.
var aboutPerson = regexp.MustCompile(`(?i)\b(?:(?:de|deze) (?:persoon|klant|betrokkene|verzoeker|verzoekster)|betrokkene|verzoeker|verzoekster|the (?:person|customer|data subject|requester|applicant)|data subject|requester)\b`)

func doWeigh(ctx context.Context, c Cases, b *bench) error {
	return c.Weigh(ctx, b.actor(), b.r.Reference, b.l.ID, request.Balance{Ours: b.form.Get("onze"), Theirs: b.form.Get("hun"), Result: b.form.Get("waarom")})
}

func askReview(b *bench) {
	var was []string
	if x := b.l.Human; !x.At.IsZero() {
		was = []string{x.Result}
		if !x.Existed {
			was = []string{"geen"}
		}
	}
	b.choose("uitkomst", b.options("review.", "geen", casework.ReviewUpheld, casework.ReviewChanged), false, false, was...)
	b.field("waarop", b.l.Human.Logic, 4, false)
	b.field("mening", b.l.Human.View, 4, true)
	b.field("nu", b.l.Human.Words, 4, true)
	b.depends()
	b.when(2, 3)
	b.page.Message, b.page.MessageHead = b.r.Text, b.r.Subject
}

func doReview(ctx context.Context, c Cases, b *bench) error {
	x := request.HumanReview{Existed: true, Logic: b.form.Get("waarop"), View: b.form.Get("mening"), Result: b.form.Get("uitkomst"), Words: b.form.Get("nu")}
	if x.Result == "geen" {
		x.Existed, x.Result = false, ""
	}
	return c.Review(ctx, b.actor(), b.r.Reference, b.l.ID, x)
}

// What a rectification changes: one field at a time, beside those that
// were proposed before, and the person's own statement.

func askCorrect(b *bench) {
	fields, err := b.h.Cases.Fields(b.v.R.Context(), b.actor(), b.r.Reference, b.l.ID)
	if err != nil {
		b.page.Warning = b.say("correct.unreachable")
		b.h.Log.Warn("no fields to correct", "route", b.v.R.Pattern, "error", err.Error())
	}
	b.held = fields
	var options []answer
	for _, f := range fields {
		hint := b.say("correct.rows", "rows", rowsOf(b.v, f.Rows))
		if !f.CanCorrect {
			hint = b.say("correct.by-hand", "rows", rowsOf(b.v, f.Rows))
		}
		value := f.Value
		if value == "" {
			value = b.say("correct.empty")
		}
		options = append(options, answer{fieldCode(f), b.h.system(b.v, f.System) + ", " + b.h.holding(b.v, f.System, f.Holding) + ": " + b.h.column(b.v, f.System, f.Holding, f.Column) + " = " + value, hint})
	}
	if len(options) > 0 {
		b.choose("veld", options, false, true)
	}
	b.field("waarde", "", 0, true)
	b.depends()
	b.field("bewijs", "", 3, true)
	b.depends()
	b.field("verklaring", b.l.Statement, 4, true)
	b.depends()
	if b.posted {
		chosen := b.form.Get("veld") != ""
		if chosen && strings.TrimSpace(b.form.Get("bewijs")) == "" {
			b.wrong("bewijs", "bewijs")
		}
		if !chosen && strings.TrimSpace(b.form.Get("verklaring")) == "" {
			place := "verklaring"
			if len(options) > 0 {
				place = "veld-1"
			}
			b.wrong(place, "niets")
		}
	}
	b.page.Message, b.page.MessageHead = b.r.Text, b.r.Subject
	for _, c := range b.l.Corrections {
		b.page.About = append(b.page.About, fact{b.say("correct.have"), b.h.correction(b.v, c)})
	}
}

// fieldCode names a field and the value that stands in it, so that a field that
// changed since is not the one that was chosen.
func fieldCode(f casework.FieldView) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{f.System, f.Holding, f.Column, f.Value}, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// correction says in words what changes, and how far that has come.
func (h *Handler) correction(v visit, c request.Correction) string {
	label := h.column(v, c.System, c.Holding, c.Column)
	old := c.Old
	if old == "" {
		old = v.Say("correct.empty")
	}
	return v.Say("correct.line", "place", h.system(v, c.System)+", "+h.holding(v, c.System, c.Holding), "label", label, "old", old, "new", c.New, "status", v.SayOr("correction."+c.Status, c.Status))
}

func doCorrect(ctx context.Context, c Cases, b *bench) error {
	var wanted []request.Correction
	for _, have := range b.l.Corrections {
		if have.Status != request.CorrectionDone && have.Status != request.CorrectionByHand {
			wanted = append(wanted, have)
		}
	}
	if i := slices.IndexFunc(b.held, func(f casework.FieldView) bool { return fieldCode(f) == b.form.Get("veld") }); i >= 0 {
		f := b.held[i]
		x := request.Correction{System: f.System, Holding: f.Holding, Column: f.Column, Old: f.Value, New: b.form.Get("waarde"), Evidence: b.form.Get("bewijs")}
		wanted = slices.DeleteFunc(wanted, func(o request.Correction) bool {
			return o.System == x.System && o.Holding == x.Holding && o.Column == x.Column
		})
		wanted = append(wanted, x)
	}
	return c.ProposeCorrections(ctx, b.actor(), b.r.Reference, b.l.ID, wanted, b.form.Get("verklaring"))
}

// Ending a restriction (18(3), R-5).

// liftNotice are the working days between T-16 and the end (invariant 9).
const liftNotice = 5

func askLift(b *bench) {
	if b.l.Role == request.Processor {
		b.page.Text = []string{b.say("lift-moved.text")}
		b.choose("reden", b.options("lift-why.", casework.LiftInstructed), false, false)
	} else {
		b.choose("reden", codes(b, grounds.Lifts), false, false)
	}
	first := b.h.Calendar.AddWorkingDays(deadline.LocalDate(b.h.Now()), liftNotice+1)
	b.day("dag", request.Day(first.String()), false)
}

// codes are the entries of a closed list, with their article.
func codes(b *bench, list []grounds.Code) []answer {
	var out []answer
	for _, c := range list {
		out = append(out, answer{c.Code, c.In(b.v.Lang), b.say("ground.law", "law", c.Law)})
	}
	return out
}

// moreLift names the button of a client's part by what it does: no letter of ours goes.
func moreLift(b *bench) error {
	if b.l.Role == request.Processor {
		b.page.Button = b.say("lift-moved.button")
	}
	return nil
}

// moreLiftCancel says of a client's part who tells the person.
func moreLiftCancel(b *bench) error {
	if b.l.Role == request.Processor {
		b.page.Text = []string{b.say("lift-moved-cancel.text")}
	}
	return nil
}

func doLift(ctx context.Context, c Cases, b *bench) error {
	return c.ProposeLift(ctx, b.actor(), b.r.Reference, b.l.ID, b.form.Get("reden"), b.date("dag"))
}

// An instruction that breaks the law in our opinion (28(3), last sentence).

func flaggable(b *bench) bool { return casework.MayFlag(b.l) == nil }

func barFlag(b *bench) string {
	switch {
	case b.l.Role != request.Processor:
		return "bar.flag.ours"
	case b.l.Flagged() != nil:
		return "bar.flag.held"
	case b.l.Instruction.Kind == "":
		return "bar.flag.none"
	case flaggable(b):
		return ""
	case b.l.Halted:
		return "bar.flag.halted"
	case b.l.Phase == request.Instructed && !casework.Begun(b.l):
		return "bar.flag.upheld"
	}
	return "bar.flag.begun"
}

func askFlag(b *bench) {
	in := b.l.Instruction
	b.page.About = append(b.page.About, fact{b.say("leg.instruction"), b.h.instructed(b.v, in)})
	if lang := b.h.clientLanguage(b.v, b.l.Client); lang != "" {
		b.page.About = append(b.page.About, fact{b.say("flag.language"), b.say("language." + string(lang))})
	}
	b.page.Message, b.page.MessageHead = b.r.Text, b.r.Subject
	// What the officer read is held, and nothing that came in its place.
	b.page.Hidden = []fact{{"opdracht", b.value("opdracht", in.Receipt)}}
	b.choose("reden", codes(b, grounds.Flags), false, false)
	b.field("uitleg", "", 5, false)
}

func doFlag(ctx context.Context, c Cases, b *bench) error {
	return c.FlagInstruction(ctx, b.actor(), b.r.Reference, b.l.ID, casework.Flagging{
		Receipt: b.form.Get("opdracht"), Reason: b.form.Get("reden"), Words: b.form.Get("uitleg"),
	})
}

// Recipients (Art. 19, R-14).

func askRecipient(b *bench) {
	var options []answer
	for _, t := range unconfirmed(b.l) {
		options = append(options, answer{t.Recipient, b.h.recipient(b.v, t.Recipient), b.h.toldState(b.v, t)})
	}
	var first []string
	if len(options) == 1 {
		first = []string{options[0].code}
	}
	b.choose("wie", options, false, false, first...)
	b.choose("hoe", b.options("recipient-status.", request.ToldNotified, "confirmed", request.ToldImpossible, request.ToldDisproportionate), false, false)
	b.field("reden", "", 3, true)
	b.depends()
}

// recipient is a recipient's name.
func (h *Handler) recipient(v visit, id string) string {
	if h.Inventory != nil {
		if r, ok := h.Inventory.Recipients[id]; ok && r.Name != "" {
			return r.Name
		}
	}
	return id
}

// toldState says how a recipient stands.
func (h *Handler) toldState(v visit, t request.Told) string {
	s := v.SayOr("told-status."+t.Status, t.Status) + ", " + pages.Day(v.Lang, pages.Date(t.At))
	if !t.Confirmed.IsZero() {
		s = v.Say("told-status.confirmed", "date", pages.Day(v.Lang, pages.Date(t.Confirmed)))
	}
	if t.Action != "" {
		s += " · " + v.SayOr("told-action."+t.Action, t.Action)
	}
	if t.Reason != "" && names(v) {
		s += ": " + t.Reason
	}
	return s
}

func doRecipient(ctx context.Context, c Cases, b *bench) error {
	who, how := b.form.Get("wie"), b.form.Get("hoe")
	if how == "confirmed" {
		return c.RecipientConfirmed(ctx, b.actor(), b.r.Reference, b.l.ID, who)
	}
	return c.RecordRecipient(ctx, b.actor(), b.r.Reference, b.l.ID, who, how, b.form.Get("reden"))
}

// A fee (12(5)(a), 15(3)).

func askFee(b *bench) {
	reasons := []string{"excessive"}
	if b.l.Right == request.Access {
		reasons = append(reasons, "copies")
	}
	b.choose("reden", b.options("fee-reason.", reasons...), false, false, b.l.Fee.Reason)
	first := ""
	if b.l.Fee.Cents > 0 {
		first = euros(b.v, b.l.Fee.Cents)
	}
	f := b.field("bedrag", first, 0, false)
	f.Width, f.Inputmode, f.Plain = "w8", "decimal", true
	if b.posted && b.at("bedrag") == "" {
		if _, ok := cents(b.form.Get("bedrag")); !ok {
			b.wrong("bedrag", "bedrag")
		}
	}
}

// cents reads an amount as people write it: 7,50 or 7.50 or 7.
func cents(s string) (int, bool) {
	s = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(s), "€"))
	whole, part, _ := strings.Cut(strings.ReplaceAll(s, ",", "."), ".")
	if part == "" {
		part = "00"
	}
	n, err := strconv.Atoi(whole)
	m, err2 := strconv.Atoi(part)
	if err != nil || err2 != nil || len(part) != 2 || n < 0 || m < 0 || n > 1000 {
		return 0, false
	}
	return n*100 + m, true
}

// euros writes an amount.
func euros(v visit, cents int) string {
	s := fmt.Sprintf("%d.%02d", cents/100, cents%100)
	if v.Lang == request.Dutch {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

func doFee(ctx context.Context, c Cases, b *bench) error {
	n, _ := cents(b.form.Get("bedrag"))
	return c.AnnounceFee(ctx, b.actor(), b.r.Reference, b.l.ID, n, b.form.Get("reden"))
}

// colleague is whoever will look second, in a rehearsal.
var colleague = casework.Actor{ID: "the second person", Roles: []string{Approver}}

func wholeFee(ctx context.Context, c Cases, b *bench) error {
	if err := doFee(ctx, c, b); err != nil {
		return err
	}
	b.page.Text = append(b.page.Text, b.say("deed.second"))
	return c.ApproveFee(ctx, colleague, b.r.Reference, b.l.ID)
}

func askFeeAnswer(b *bench) {
	b.choose("antwoord", b.options("fee-answer.", "ja", "nee"), false, false)
}

func doFeeAnswer(ctx context.Context, c Cases, b *bench) error {
	return c.FeeAccepted(ctx, b.actor(), b.r.Reference, b.l.ID, b.form.Get("antwoord") == "ja")
}

// A representative's authority (I-6).

func askMandate(b *bench) {
	capacity, _ := casework.Capacity(b.r)
	b.page.About = append(b.page.About,
		fact{b.say("mandate.capacity"), b.v.SayOr("capacity."+capacity.Code, capacity.Code)},
		fact{b.say("sender.for"), b.r.Sender.For}, fact{b.say("mandate.source"), capacity.Source})
	was := b.r.Mandate
	b.choose("oordeel", b.options("mandate-status.", identity.MandateAccepted, identity.MandateRefused), false, false)
	b.choose("bewijs", b.options("evidence.", capacity.Evidence...), false, true, was.Evidence)
	var scopes []string
	for _, s := range capacity.Scopes {
		scopes = append(scopes, string(s))
	}
	b.choose("wat", b.options("scope.", scopes...), false, true, was.Scope)
	b.choose("wie", b.options("reply.", capacity.Replies...), false, true, was.Reply)
	b.day("tot", was.Until, true)
	b.when(1)
	for i := range b.page.Choices[1:] {
		b.page.Choices[i+1].If = pages.When(1)
	}
	if b.posted && b.form.Get("oordeel") == identity.MandateAccepted {
		for _, name := range []string{"bewijs", "wat", "wie"} {
			b.need(name+"-1", name)
		}
	}
}

func doMandate(ctx context.Context, c Cases, b *bench) error {
	return c.CheckMandate(ctx, b.actor(), b.r.Reference, request.Mandate{
		Status: b.form.Get("oordeel"), Evidence: b.form.Get("bewijs"), Scope: b.form.Get("wat"), Reply: b.form.Get("wie"), Until: b.date("tot"),
	})
}

// More time (C-7), and a late answer (T-30).

func askExtend(b *bench) {
	b.choose("reden", codes(b, grounds.Extensions), false, false)
	b.field("uitleg", "", 5, false)
	b.choose("achterhouden", b.options("withhold.", "ja"), true, true)
}

func doExtend(ctx context.Context, c Cases, b *bench) error {
	return c.ProposeExtension(ctx, b.actor(), b.r.Reference, b.form.Get("reden"), b.form.Get("uitleg"), b.form.Get("achterhouden") == "ja")
}

func wholeExtend(ctx context.Context, c Cases, b *bench) error {
	if err := doExtend(ctx, c, b); err != nil {
		return err
	}
	b.page.Text = append(b.page.Text, b.say("deed.second"))
	return c.ApproveExtension(ctx, colleague, b.r.Reference)
}

// moreExtension says who proposed what, beside the letter.
func moreExtension(b *bench) error {
	x := b.r.Clock.Extension
	reason := x.Reason
	if c, ok := grounds.Extension(x.Reason); ok {
		reason = c.In(b.v.Lang)
	}
	b.page.About = append(b.page.About, fact{b.say("extend.reden"), reason}, fact{b.say("extend.uitleg"), x.Words},
		fact{b.say("extension.by"), b.say("note.by", "moment", pages.Moment(b.v.Lang, x.At), "who", b.h.who(b.v, x.By))})
	return nil
}

// lateReasons are those that T-30 knows.
var lateReasons = []string{"overlooked", "failure", "search", "other"}

func askApologise(b *bench) {
	b.choose("reden", b.options("late.", lateReasons...), false, false)
	b.day("dag", "", false)
}

func doApologise(ctx context.Context, c Cases, b *bench) error {
	return c.Apologise(ctx, b.actor(), b.r.Reference, b.date("dag"), b.form.Get("reden"))
}

// Taking back, and opening again (T-29, C-12).

func askWithdraw(b *bench) {
	var options []answer
	for i := range b.r.Legs {
		if l := &b.r.Legs[i]; casework.MayTakeBack(b.r, l) {
			options = append(options, answer{l.ID, b.h.legTitle(b.v, l), phase(b.v, l)})
		}
	}
	b.choose("delen", options, true, false)
	b.choose("hoe", b.options("withdrawn-by.", "email", "phone", "letter", "counter"), false, false)
}

func doWithdraw(ctx context.Context, c Cases, b *bench) error {
	return c.WithdrawLegs(ctx, b.actor(), b.r.Reference, b.form["delen"], b.form.Get("hoe"))
}

func askReopen(b *bench) {
	why := []string{casework.BecauseMistake, casework.BecauseFacts}
	if b.l.Outcome == request.Unverified {
		why = []string{casework.BecauseEvidence}
	}
	b.choose("reden", b.options("reopen-why.", why...), false, false)
	b.day("dag", pages.Date(b.h.Now()), false)
}

func doReopen(ctx context.Context, c Cases, b *bench) error {
	at := momentOf(b, b.date("dag"))
	if at.Before(b.r.Received) && pages.Date(b.r.Received) == b.date("dag") {
		at = b.r.Received
	}
	return c.Reopen(ctx, b.actor(), b.r.Reference, b.l.ID, at, b.form.Get("reden"))
}
