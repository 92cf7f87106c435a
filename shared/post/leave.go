package post

import (
	"context"
	"fmt"
	"time"

	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Leave is the word on one letter at the moment at which it would go. Between
// the act that wrote a letter and its mail the one to whom it was written may
// have ceased to be the one to hear it.
type Leave struct {
	// Why is the code of why it may not go; "" = it goes.
	Why string
	// Later says that it may go one day: it stays in the outbox, and is asked of
	// again every KeptFor. Else it is withdrawn for good.
	Later bool
	// To is where it goes now; a letter that was kept may have another reader.
	To Address
	// Values are those of its order that go with that reader.
	Values map[string]string
}

// KeptFor is how long a letter that may not go yet rests before it is asked of again.
const KeptFor = time.Hour

// stays asks whether a letter may go, and writes down why it does not. One that
// was kept and may go now gets its present address first, so that the row always
// tells where its mail went.
func (s *Sender) stays(ctx context.Context, l *Letter) (bool, error) {
	leave, err := s.Leave(ctx, *l)
	if err != nil {
		return false, fmt.Errorf("ask whether it may go: %w", err)
	}
	if leave.Why == "" && l.Kept == "" {
		return false, nil
	}
	now, action := s.Now().UTC(), ""
	refs := map[string]string{"letter": l.ID, "kind": string(l.Order.Kind)}
	if l.State == Sending {
		refs["perhaps-sent"] = "yes" // who had it died, perhaps after the service took it (F11)
	}
	switch {
	case leave.Why == "":
		action = "sent-after-all"
		l.Kept, l.State, l.LeaseUntil, l.To, l.Order.Values = "", Unsent, time.Time{}, leave.To, leave.Values
	case leave.Later:
		if l.Kept == "" {
			action = "kept-back"
		}
		l.Kept, l.State, l.LeaseUntil = leave.Why, Unsent, now.Add(KeptFor)
	default:
		action = "not-sent"
		l.Kept, l.State, l.LeaseUntil = "", Withdrawn, time.Time{}
	}
	var written []ledger.Line
	if action != "" {
		written = lines(*l, now, action, leave.Why, refs)
	}
	err = s.mark(ctx, *l, written)
	if request.Conflict.Is(err) {
		return true, nil // another sender has it
	}
	if err != nil {
		return true, fmt.Errorf("write down whether it may go: %w", err)
	}
	l.Rev++
	return leave.Why != "", nil
}
