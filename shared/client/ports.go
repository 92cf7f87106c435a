package client

import (
	"context"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/evidence"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// Cases are the client's own legs. A leg that is not the client's is
// request.NotFound, as one that does not exist.
type Cases interface {
	// OfClient lists the client's legs: todo, instructed or done.
	OfClient(ctx context.Context, client, state string, page store.Page) ([]store.ClientRow, string, error)
	ClientView(ctx context.Context, client string, ref request.Reference, leg string) (casework.ClientCase, error)
	// ClientWords is what the person wrote, as that client may read it.
	ClientWords(ctx context.Context, client string, ref request.Reference, leg string) (string, error)
	// GiveInstruction records the instruction and answers its receipt; the same
	// one twice is one. by is who gives it, in the client's own words.
	GiveInstruction(ctx context.Context, client, by string, ref request.Reference, leg string, in request.Instruction) (receipt string, err error)
	// SecondWord answers our word that an instruction breaks the law (28(3)).
	SecondWord(ctx context.Context, client, by string, ref request.Reference, leg string, w casework.Word) (receipt string, err error)
	// InstructLift lets a restriction of the client's own file end on a day; the
	// same one twice is one. DateRefused: before tomorrow.
	InstructLift(ctx context.Context, client, by string, ref request.Reference, leg string, on request.Day) (receipt string, err error)
	// ClientRelease gives an address good for at most 120 seconds, counts it
	// and puts it in the ledger (A25).
	ClientRelease(ctx context.Context, client string, ref request.Reference, leg string) (url string, err error)
	// ClientEvidence makes one of the packs of the client's own parts of a month,
	// YYYY-MM; the report says how many there are.
	ClientEvidence(ctx context.Context, client, month string, part int) (casework.File, error)
	// ClientReport is the report of Art. 28 on the same month.
	ClientReport(ctx context.Context, client, month string) (evidence.Report, error)
}

// Proof draws and tries codes. It does the same work and gives the same answer
// for a subject that does not exist (A16).
type Proof interface {
	Ask(ctx context.Context, secret string, purpose identity.Purpose, subject string) (identity.Asked, error)
	Try(ctx context.Context, secret string, purpose identity.Purpose, subject, code string) (identity.Proof, error)
	Proven(ctx context.Context, secret string, purpose identity.Purpose, subject string) (identity.Proof, error)
	Extend(ctx context.Context, secret string, purpose identity.Purpose, subject string) (identity.Proof, error)
	End(ctx context.Context, secret string, purpose identity.Purpose, subject string) error
}

// Keys makes the keyed HMAC of an address: the subject of a sign-in.
type Keys interface {
	Key(ctx context.Context, kind, value string) (string, error)
}

// Register finds the client whose privacy contact or deputy has the address with
// that key, and which of the two it is; request.NotFound when there is none.
type Register interface {
	ClientByEmail(ctx context.Context, key string) (register.Contact, error)
}
