package desk_test

import (
	"context"
	"slices"
	"time"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/desk"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/vault"
)

// rehearse is casework that keeps nothing: the calls made on it are no acts.
func (w *world) rehearse(_ context.Context, act func(desk.Cases) error) (casework.Rehearsal, error) {
	w.mu.Lock()
	calls, got := len(w.calls), w.got
	w.got = map[string]any{}
	w.mu.Unlock()
	err := act(w)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls, w.got = w.calls[:calls], got
	return w.rehearsal, err
}

func (w *world) record(name string, a casework.Actor, ref request.Reference, got any) error {
	if a.ID == "" {
		return request.Fault(request.Forbidden, "", "act as nobody")
	}
	return w.act(name, ref, got)
}

func (w *world) PreviewQuestion(_ context.Context, _ casework.Actor, ref request.Reference, _ casework.Question) (casework.QuestionPreview, error) {
	if w.credit.Why == "" {
		return casework.QuestionPreview{Credited: true, Why: casework.WhyCredited, ReplyBy: "2026-11-30", SafeDue: "2026-12-02", Due: "2026-12-12"}, w.own(ref)
	}
	return w.credit, w.own(ref)
}

func (w *world) Reply(_ context.Context, a casework.Actor, ref request.Reference, task, words string) error {
	return w.record("Reply", a, ref, []any{task, words})
}

func (w *world) Ask(_ context.Context, a casework.Actor, ref request.Reference, q casework.Question) error {
	return w.record("Ask", a, ref, q)
}

func (w *world) Answered(_ context.Context, a casework.Actor, ref request.Reference, on request.Day, enough bool) error {
	return w.record("Answered", a, ref, []any{on, enough})
}

func (w *world) ProposeExtension(_ context.Context, a casework.Actor, ref request.Reference, reason, words string, withhold bool) error {
	return w.record("ProposeExtension", a, ref, []any{reason, words, withhold})
}

func (w *world) ApproveExtension(_ context.Context, a casework.Actor, ref request.Reference) error {
	return w.record("ApproveExtension", a, ref, nil)
}

func (w *world) DropExtension(_ context.Context, a casework.Actor, ref request.Reference) error {
	return w.record("DropExtension", a, ref, nil)
}

func (w *world) Apologise(_ context.Context, a casework.Actor, ref request.Reference, promised request.Day, reason string) error {
	return w.record("Apologise", a, ref, []any{promised, reason})
}

func (w *world) WithdrawLegs(_ context.Context, a casework.Actor, ref request.Reference, legs []string, how string) error {
	return w.record("WithdrawLegs", a, ref, []any{legs, how})
}

func (w *world) MoveLeg(_ context.Context, a casework.Actor, ref request.Reference, leg string, to casework.MoveTo) error {
	return w.record("MoveLeg", a, ref, []any{leg, to})
}

func (w *world) CarryOn(_ context.Context, a casework.Actor, ref request.Reference, leg, why string) error {
	return w.record("CarryOn", a, ref, []any{leg, why})
}

func (w *world) Lapse(_ context.Context, a casework.Actor, ref request.Reference, leg string) error {
	return w.record("Lapse", a, ref, leg)
}

func (w *world) Reopen(_ context.Context, a casework.Actor, ref request.Reference, leg string, at time.Time, why string) error {
	return w.record("Reopen", a, ref, []any{leg, at, why})
}

func (w *world) Fields(_ context.Context, _ casework.Actor, ref request.Reference, _ string) ([]casework.FieldView, error) {
	label := func(s string) inventory.Words { return inventory.Words{request.Dutch: s, request.English: s} }
	return []casework.FieldView{
		{System: "relations", Holding: "contacts", Column: "name", Place: label("contacten"), Label: label("naam"), Value: "A. de Vrie", Rows: 1, CanCorrect: true},
		{System: "relations", Holding: "contacts", Column: "city", Place: label("contacten"), Label: label("plaats"), Rows: 2},
	}, w.own(ref)
}

func (w *world) ProposeCorrections(_ context.Context, a casework.Actor, ref request.Reference, leg string, wanted []request.Correction, statement string) error {
	return w.record("ProposeCorrections", a, ref, []any{leg, wanted, statement})
}

func (w *world) ProposeLift(_ context.Context, a casework.Actor, ref request.Reference, leg, reason string, on request.Day) error {
	return w.record("ProposeLift", a, ref, []any{leg, reason, on})
}

func (w *world) CancelLift(_ context.Context, a casework.Actor, ref request.Reference, leg string) error {
	return w.record("CancelLift", a, ref, leg)
}

func (w *world) Weigh(_ context.Context, a casework.Actor, ref request.Reference, leg string, b request.Balance) error {
	return w.record("Weigh", a, ref, []any{leg, b})
}

func (w *world) Review(_ context.Context, a casework.Actor, ref request.Reference, leg string, h request.HumanReview) error {
	return w.record("Review", a, ref, []any{leg, h})
}

func (w *world) DoneByHand(_ context.Context, a casework.Actor, ref request.Reference, leg string, d casework.HandDone) error {
	return w.record("DoneByHand", a, ref, []any{leg, d})
}

func (w *world) SendRecipients(_ context.Context, a casework.Actor, ref request.Reference, leg string) error {
	return w.record("SendRecipients", a, ref, leg)
}

func (w *world) RecordRecipient(_ context.Context, a casework.Actor, ref request.Reference, leg, recipient, status, reason string) error {
	return w.record("RecordRecipient", a, ref, []any{leg, recipient, status, reason})
}

func (w *world) RecipientConfirmed(_ context.Context, a casework.Actor, ref request.Reference, leg, recipient string) error {
	return w.record("RecipientConfirmed", a, ref, []any{leg, recipient})
}

func (w *world) AnnounceFee(_ context.Context, a casework.Actor, ref request.Reference, leg string, cents int, why string) error {
	return w.record("AnnounceFee", a, ref, []any{leg, cents, why})
}

func (w *world) ApproveFee(_ context.Context, a casework.Actor, ref request.Reference, leg string) error {
	return w.record("ApproveFee", a, ref, leg)
}

func (w *world) DropFee(_ context.Context, a casework.Actor, ref request.Reference, leg string) error {
	return w.record("DropFee", a, ref, leg)
}

func (w *world) FeeAccepted(_ context.Context, a casework.Actor, ref request.Reference, leg string, yes bool) error {
	return w.record("FeeAccepted", a, ref, []any{leg, yes})
}

func (w *world) CheckMandate(_ context.Context, a casework.Actor, ref request.Reference, m request.Mandate) error {
	return w.record("CheckMandate", a, ref, m)
}

func (w *world) SendCodeByLetter(_ context.Context, a casework.Actor, ref request.Reference, leg string) error {
	return w.record("SendCodeByLetter", a, ref, leg)
}

func (w *world) AddNote(_ context.Context, a casework.Actor, ref request.Reference, text string) error {
	return w.record("AddNote", a, ref, text)
}

func (w *world) ReportBreach(_ context.Context, a casework.Actor, ref request.Reference, b request.Breach) error {
	return w.record("ReportBreach", a, ref, b)
}

func (w *world) AuthorityTold(_ context.Context, a casework.Actor, ref request.Reference, id, number string, at time.Time) error {
	return w.record("AuthorityTold", a, ref, []any{id, number, at})
}

func (w *world) TellSubject(_ context.Context, a casework.Actor, ref request.Reference, id string) error {
	return w.record("TellSubject", a, ref, id)
}

func (w *world) CloseBreach(_ context.Context, a casework.Actor, ref request.Reference, id string) error {
	return w.record("CloseBreach", a, ref, id)
}

func (w *world) ReadLetter(_ context.Context, _ casework.Actor, ref request.Reference, id string) (casework.LetterView, error) {
	if err := w.call("ReadLetter"); err != nil {
		return casework.LetterView{}, err
	}
	if err := w.own(ref); err != nil {
		return casework.LetterView{}, err
	}
	i := slices.IndexFunc(w.view.Letters, func(l post.Letter) bool { return l.ID == id })
	if i < 0 {
		return casework.LetterView{}, request.Fault(request.NotFound, id, "find a letter")
	}
	l := w.view.Letters[i]
	return casework.LetterView{Letter: l, Delivery: casework.Delivery(l), Subject: w.mail.Subject, Text: w.mail.Text, Kept: l.Copy != ""}, nil
}

func (w *world) paper(name string, a casework.Actor, ref request.Reference, id string) (letters.Paper, error) {
	return letters.Paper{PDF: []byte("%PDF-1.4"), Pages: 1}, w.record(name, a, ref, id)
}

func (w *world) PrintLetter(_ context.Context, a casework.Actor, ref request.Reference, id string) (letters.Paper, error) {
	return w.paper("PrintLetter", a, ref, id)
}

func (w *world) PrintCode(_ context.Context, a casework.Actor, ref request.Reference, id string) (letters.Paper, error) {
	return w.paper("PrintCode", a, ref, id)
}

func (w *world) Posted(_ context.Context, a casework.Actor, ref request.Reference, id string, on request.Day) error {
	return w.record("Posted", a, ref, []any{id, on})
}

func (w *world) RecallLetter(_ context.Context, a casework.Actor, ref request.Reference, id string) error {
	return w.record("RecallLetter", a, ref, id)
}

func (w *world) SendAfterAll(_ context.Context, a casework.Actor, ref request.Reference, id string) error {
	return w.record("SendAfterAll", a, ref, id)
}

func (w *world) Attachments(_ context.Context, _ casework.Actor, ref request.Reference) (casework.MailFiles, error) {
	if err := w.call("Attachments"); err != nil {
		return casework.MailFiles{}, err
	}
	m := casework.MailFiles{Incoming: w.incoming}
	if w.incoming.Verdict == vault.Clean {
		m.Files = []casework.Attached{{N: 1, Name: "<b>brief</b>.pdf", Type: "application/pdf", Bytes: 120_000}}
	}
	return m, w.own(ref)
}

func (w *world) Attachment(_ context.Context, _ casework.Actor, ref request.Reference, n int) (casework.Attached, error) {
	if err := w.call("Attachment"); err != nil {
		return casework.Attached{}, err
	}
	if n != 1 {
		return casework.Attached{}, request.Fault(request.NotFound, "", "find an attachment")
	}
	return casework.Attached{N: 1, Name: "<b>brief</b>.html", Type: "text/html", Bytes: 4, Body: []byte("<b>x")}, w.own(ref)
}

func (w *world) FlagInstruction(_ context.Context, a casework.Actor, ref request.Reference, leg string, f casework.Flagging) error {
	return w.record("FlagInstruction", a, ref, []any{leg, f})
}
