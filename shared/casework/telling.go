package casework

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

const (
	// toldAtOnce is how many open legs hear on the administrator's own page that
	// their client went or is back, and tellBatch how many wake tells between two
	// notes of how far it came.
	toldAtOnce, tellBatch = 25, 100
	// tellTries is how often wake tries a batch in which something failed; what
	// failed then sees its client's state in its own time.
	tellTries = 3
	// tellAfter is how long wake leaves a change alone: the page that began it
	// writes the client next, and gives up long before.
	tellAfter = time.Minute
)

// toldLists are a client's lists of open legs, what it instructed first.
var toldLists = []string{"instructed", "todo"}

// tellState tells the next open legs of a client, at most that many, what state
// it is in, and notes in t how far it came. One leg that fails never stops the
// others. done: there are none left.
func (c *Cases) tellState(ctx context.Context, t *register.Telling, client register.Client, most int) (done bool, err error) {
	var faults []error
	for most > 0 && t.List < len(toldLists) {
		rows, next, err := c.Lists.OfClient(ctx, client.ID, toldLists[t.List], store.Page{Limit: most, After: t.After})
		if err != nil {
			return false, fmt.Errorf("legs of client %s: %w", client.ID, err)
		}
		for _, row := range rows {
			_, err := c.change(ctx, row.Request, func(ch *change) error { return ch.toldState(row.Leg, client, t.By) })
			if err != nil && !request.NotFound.Is(err) { // forgotten since it was listed
				faults = append(faults, fmt.Errorf("leg %s of request %s: %w", row.Leg, row.Request, err))
			}
		}
		most -= len(rows)
		if t.After = next; next == "" {
			t.List++
		}
	}
	return t.List == len(toldLists), errors.Join(faults...)
}

// tellStates goes on with what administrators' pages began: it tells the open
// legs of clients that went or are back, until the time of this run is over.
func (c *Cases) tellStates(ctx context.Context) error {
	all, err := c.Registers.Tellings(ctx)
	if err != nil {
		return fmt.Errorf("list the clients whose state is being told: %w", err)
	}
	var faults []error
	for _, t := range all {
		if c.Now().Before(t.At.Add(tellAfter)) {
			continue
		}
		if err := c.goOnTelling(ctx, t); err != nil {
			faults = append(faults, fmt.Errorf("tell the state of client %s: %w", t.Client, err))
		}
	}
	return errors.Join(faults...)
}

// goOnTelling tells batch by batch, and writes after each how far it came.
func (c *Cases) goOnTelling(ctx context.Context, t register.Telling) error {
	client, err := c.Registers.Client(ctx, t.Client)
	if err != nil {
		return err
	}
	for {
		next := t
		done, failed := c.tellState(ctx, &next, client, tellBatch)
		again := failed != nil && t.Tries+1 < tellTries
		if again {
			t.Tries++
		} else {
			t = next
			t.Tries = 0
		}
		err := c.Registers.Told(ctx, t, done && !again)
		switch {
		case request.Conflict.Is(err):
			return failed // begun anew meanwhile: the next run's
		case err != nil || failed != nil || done || c.enough(ctx):
			return errors.Join(failed, err)
		}
	}
}
