package casework

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/request"
)

const (
	// SearchesPerDay is how often one officer may look for an address on one
	// Amsterdam day: enough for the work, too few to browse (A46).
	SearchesPerDay = 50
	// maxFound is how many requests one search answers.
	maxFound = 25
)

// FoundRow is a request that a search found; it holds no personal data.
type FoundRow struct {
	Reference request.Reference
	Channel   request.Channel
	Received  time.Time
	WorkTo    request.Day
	// ClosedAt is zero while the request is open.
	ClosedAt time.Time
}

// FindByEmail finds the requests that came from an address, or whose subject
// has it on file, by its keyed HMAC: exact, never in part; first the open ones,
// then what was closed and is not forgotten (D-2). Every found request gets a
// ledger line, and the searches of an officer are counted. more is true when
// there are others beside the 25 that one search answers. InputRefused: no address. TooMany: SearchesPerDay is over.
func (c *Cases) FindByEmail(ctx context.Context, a Actor, email string) (found []FoundRow, more bool, err error) {
	if err := may(a, "officer", ""); err != nil {
		return nil, false, err
	}
	email = strings.ToLower(strings.TrimSpace(email))
	if !strings.Contains(email, "@") {
		return nil, false, request.Fault(request.InputRefused, "email", "look for what is no address")
	}
	today := deadline.LocalDate(c.Now())
	ok, err := c.Registers.Take(ctx, "search/"+a.ID+"/"+today.String(), SearchesPerDay, today.AddDays(1).Start().UTC())
	if err != nil {
		return nil, false, fmt.Errorf("count the searches of %s: %w", a.ID, err)
	}
	if !ok {
		return nil, false, request.Fault(request.TooMany, a.ID, "look for another address today")
	}
	key, err := c.Keys.Key(ctx, "email", email)
	if err != nil {
		return nil, false, fmt.Errorf("key an address that %s looks for: %w", a.ID, err)
	}
	ids, err := c.Finder.BySubject(ctx, key)
	if err != nil {
		return nil, false, fmt.Errorf("find the requests of an address for %s: %w", a.ID, err)
	}
	closed, err := c.Finder.ClosedBySubject(ctx, key)
	if err != nil {
		return nil, false, fmt.Errorf("find the closed requests of an address for %s: %w", a.ID, err)
	}
	for _, id := range closed {
		if !slices.Contains(ids, id) { // it may have been closed between the two looks
			ids = append(ids, id)
		}
	}
	for _, id := range ids[:min(len(ids), maxFound)] {
		r, err := c.change(ctx, id, func(ch *change) error {
			ch.line(a.ID, "found-by-email", "", "", nil)
			return nil
		})
		if request.NotFound.Is(err) {
			continue // the list lags: it was forgotten
		}
		if err != nil {
			return nil, false, err
		}
		found = append(found, FoundRow{Reference: r.Reference, Channel: r.Channel, Received: r.Received, WorkTo: r.WorkTo(), ClosedAt: r.ClosedAt})
	}
	return found, len(ids) > maxFound, nil
}
