package portal

import (
	"context"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Requests are the acts of a person on their own request. Every method but
// NotMe takes the reference that the person's proof is bound to, never one
// from a form (A26).
type Requests interface {
	// Register answers the same receipt for the same SourceKey, however often.
	Register(ctx context.Context, s casework.Submission) (casework.Receipt, error)
	// Status shows what that sight may see; request.NotFound when there is no such request.
	Status(ctx context.Context, ref request.Reference, who casework.Viewer) (casework.StatusView, error)
	// Release gives an address good for at most 120 seconds, counts it and
	// puts it in the ledger (A25); request.TooMany after the last one.
	Release(ctx context.Context, ref request.Reference, leg string) (url string, err error)
	CancelErasure(ctx context.Context, ref request.Reference, leg string) error
	Withdraw(ctx context.Context, ref request.Reference) error
	// NotMe puts the request on hold: someone says they did not ask (I-10).
	NotMe(ctx context.Context, ref request.Reference) error
}

// Proof draws and tries codes. It does the same work and gives the same answer
// for a reference that does not exist (A16).
type Proof interface {
	Ask(ctx context.Context, secret string, purpose identity.Purpose, subject string) (identity.Asked, error)
	Try(ctx context.Context, secret string, purpose identity.Purpose, subject, code string) (identity.Proof, error)
	// TryLetter tries a code that came by post.
	TryLetter(ctx context.Context, secret string, purpose identity.Purpose, subject, code string) (identity.Proof, error)
	Proven(ctx context.Context, secret string, purpose identity.Purpose, subject string) (identity.Proof, error)
	Extend(ctx context.Context, secret string, purpose identity.Purpose, subject string) (identity.Proof, error)
	End(ctx context.Context, secret string, purpose identity.Purpose, subject string) error
}

// Proving tells the request what was proven.
type Proving interface {
	// Accepted raises the level of the legs that the proof reaches.
	Accepted(ctx context.Context, ref request.Reference, p identity.Proof) error
	// Fact adds a file, client or invoice number (L2); false when it does not match.
	Fact(ctx context.Context, ref request.Reference, p identity.Proof, fact string) (bool, error)
}

// Understand reads a person's own words; shared/intake does it.
type Understand func(lang request.Language, text string) (kind string, rights []request.Right, relations []request.Relation, sure bool, rule string, evidence []string)
