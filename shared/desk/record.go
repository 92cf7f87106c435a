package desk

import (
	"context"
	"time"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Record is what officers do to the record of a request beside deciding it.
// All of it can be rehearsed.
type Record interface {
	Clock
	Amending
	Telling
	Pricing
	Breaching
	CheckMandate(ctx context.Context, actor casework.Actor, ref request.Reference, m request.Mandate) error
	SendCodeByLetter(ctx context.Context, actor casework.Actor, ref request.Reference, leg string) error
	AddNote(ctx context.Context, actor casework.Actor, ref request.Reference, text string) error
	// Reply answers a message that came in beside a request (T-27).
	Reply(ctx context.Context, actor casework.Actor, ref request.Reference, task, words string) error
}

// Clock are the events of the law's clock that officers make.
type Clock interface {
	PreviewQuestion(ctx context.Context, actor casework.Actor, ref request.Reference, q casework.Question) (casework.QuestionPreview, error)
	Ask(ctx context.Context, actor casework.Actor, ref request.Reference, q casework.Question) error
	Answered(ctx context.Context, actor casework.Actor, ref request.Reference, on request.Day, enough bool) error
	Extending
	Apologise(ctx context.Context, actor casework.Actor, ref request.Reference, promised request.Day, reason string) error
	WithdrawLegs(ctx context.Context, actor casework.Actor, ref request.Reference, legs []string, how string) error
	Reopen(ctx context.Context, actor casework.Actor, ref request.Reference, leg string, received time.Time, why string) error
}

// Extending takes two people (C-7).
type Extending interface {
	ProposeExtension(ctx context.Context, actor casework.Actor, ref request.Reference, reason, words string, withhold bool) error
	ApproveExtension(ctx context.Context, actor casework.Actor, ref request.Reference) error
	DropExtension(ctx context.Context, actor casework.Actor, ref request.Reference) error
}

// Amending is what changes in the systems, or stands still there.
type Amending interface {
	Fields(ctx context.Context, actor casework.Actor, ref request.Reference, leg string) ([]casework.FieldView, error)
	ProposeCorrections(ctx context.Context, actor casework.Actor, ref request.Reference, leg string, wanted []request.Correction, statement string) error
	ProposeLift(ctx context.Context, actor casework.Actor, ref request.Reference, leg, reason string, on request.Day) error
	// FlagInstruction holds a client's instruction and tells it why (28(3)).
	FlagInstruction(ctx context.Context, actor casework.Actor, ref request.Reference, leg string, f casework.Flagging) error
	CancelLift(ctx context.Context, actor casework.Actor, ref request.Reference, leg string) error
	DoneByHand(ctx context.Context, actor casework.Actor, ref request.Reference, leg string, d casework.HandDone) error
	Weigh(ctx context.Context, actor casework.Actor, ref request.Reference, leg string, b request.Balance) error
	Review(ctx context.Context, actor casework.Actor, ref request.Reference, leg string, h request.HumanReview) error
}

// Telling are the recipients of Art. 19.
type Telling interface {
	SendRecipients(ctx context.Context, actor casework.Actor, ref request.Reference, leg string) error
	RecordRecipient(ctx context.Context, actor casework.Actor, ref request.Reference, leg, recipient, status, reason string) error
	RecipientConfirmed(ctx context.Context, actor casework.Actor, ref request.Reference, leg, recipient string) error
}

// Pricing is a fee, which takes two people and then the person's word (12(5)).
type Pricing interface {
	AnnounceFee(ctx context.Context, actor casework.Actor, ref request.Reference, leg string, cents int, why string) error
	ApproveFee(ctx context.Context, actor casework.Actor, ref request.Reference, leg string) error
	DropFee(ctx context.Context, actor casework.Actor, ref request.Reference, leg string) error
	FeeAccepted(ctx context.Context, actor casework.Actor, ref request.Reference, leg string, yes bool) error
}

// Breaching is the road of a breach.
type Breaching interface {
	ReportBreach(ctx context.Context, actor casework.Actor, ref request.Reference, b request.Breach) error
	AuthorityTold(ctx context.Context, actor casework.Actor, ref request.Reference, id, number string, at time.Time) error
	TellSubject(ctx context.Context, actor casework.Actor, ref request.Reference, id string) error
	CloseBreach(ctx context.Context, actor casework.Actor, ref request.Reference, id string) error
}

// Papers are letters and what came with a message.
type Papers interface {
	ReadLetter(ctx context.Context, actor casework.Actor, ref request.Reference, letter string) (casework.LetterView, error)
	PrintLetter(ctx context.Context, actor casework.Actor, ref request.Reference, letter string) (letters.Paper, error)
	PrintCode(ctx context.Context, actor casework.Actor, ref request.Reference, letter string) (letters.Paper, error)
	Posted(ctx context.Context, actor casework.Actor, ref request.Reference, letter string, on request.Day) error
	RecallLetter(ctx context.Context, actor casework.Actor, ref request.Reference, letter string) error
	SendAfterAll(ctx context.Context, actor casework.Actor, ref request.Reference, letter string) error
	Attachments(ctx context.Context, actor casework.Actor, ref request.Reference) (casework.MailFiles, error)
	Attachment(ctx context.Context, actor casework.Actor, ref request.Reference, n int) (casework.Attached, error)
}

// letterAct does something with one letter.
type letterAct = func(ctx context.Context, actor casework.Actor, ref request.Reference, letter string) error

// Rehearse runs an act on casework that keeps nothing, and tells what it would do.
type Rehearse func(ctx context.Context, act func(Cases) error) (casework.Rehearsal, error)

// RehearseOn rehearses on the real casework.
func RehearseOn(c *casework.Cases) Rehearse {
	return func(ctx context.Context, act func(Cases) error) (casework.Rehearsal, error) {
		return c.Rehearse(ctx, func(dry *casework.Cases) error { return act(dry) })
	}
}
