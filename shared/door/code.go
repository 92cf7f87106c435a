package door

import (
	"context"

	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// The faults of a typed code, as keys of words: every site says them alike, and
// says one thing for all that is wrong with a code (A16, A23).
const (
	CodeWrong  = "fault.code"
	CodeLength = "fault.code.length"
	CodeSpent  = "fault.code.spent"
)

// Trying tries the codes that were mailed.
type Trying interface {
	Try(ctx context.Context, secret string, purpose identity.Purpose, subject, code string) (identity.Proof, error)
	Proven(ctx context.Context, secret string, purpose identity.Purpose, subject string) (identity.Proof, error)
}

// TryCode tries what a person typed into the browser that asked for a code. A
// fault is the key of what to say, n the digits that were typed; what has not the
// form of a code costs no try, because that depends on what was typed only.
func TryCode(ctx context.Context, p Trying, secret string, purpose identity.Purpose, subject, typed string) (proof identity.Proof, fault string, n int, err error) {
	code, n, ok := ReadCode(typed)
	if !ok {
		return proof, CodeLength, n, nil
	}
	proof, err = p.Try(ctx, secret, purpose, subject, code)
	if Refused(err) {
		// A double click, or a second go after a fault of ours: the code was
		// used, in this very session, so the person is through.
		if before, errBefore := p.Proven(ctx, secret, purpose, subject); errBefore == nil {
			return before, "", 0, nil
		}
	}
	switch {
	case request.TooMany.Is(err):
		return proof, CodeSpent, 0, nil
	case Refused(err):
		// Wrong, expired, used, of another subject, of nobody: one text, one status.
		return proof, CodeWrong, 0, nil
	}
	return proof, "", 0, err
}

// FaultyCode marks a code page with what is wrong; one whose code is spent has no
// box to lead to.
func FaultyCode(v Visit, f *pages.Frame, box *pages.Field, fault string, n int) {
	text := v.Say(CodeWrong)
	if fault == CodeLength {
		text = v.Say(fault, "n", n)
	}
	Faulty(v, f, box, text)
	if fault == CodeSpent {
		f.Faults[0].Place = ""
	}
}

// Faulty marks a page of one box with what must be mended in it.
func Faulty(v Visit, f *pages.Frame, box *pages.Field, text string) {
	box.Error = text
	f.Title = v.Say("frame.title.faults", "title", f.Title)
	f.Faults = []pages.Fault{{Place: box.ID, Text: text}}
}
