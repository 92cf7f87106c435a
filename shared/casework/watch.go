package casework

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// WatchReport is the daily watch in numbers: no names, no content.
type WatchReport struct {
	Day request.Day
	// Open counts open requests; Due those due in that many working days; Overdue
	// and Stuck speak for themselves.
	Open, Overdue, Stuck int
	Due                  map[int]int
	// Noted counts by kind the messages of the day before that became no request.
	Noted map[string]int
	// Root is the ledger root over all chain heads.
	Root string
}

// Watch looks at every open request once a day, by a road of its own: should
// wake have failed, this still tells (F22). It mails the staff one notice a
// request whose warning day is today, and writes the ledger root.
func (c *Cases) Watch(ctx context.Context) (WatchReport, error) {
	now := c.Now().UTC()
	today := deadline.LocalDate(now)
	w := WatchReport{Day: request.Day(today.String()), Due: map[int]int{}, Noted: map[string]int{}}
	for page := (store.Page{Limit: 500}); ; {
		rows, next, err := c.Lists.Open(ctx, page)
		if err != nil {
			return w, fmt.Errorf("watch: list open requests: %w", err)
		}
		for _, row := range rows {
			if err := c.watchOne(ctx, row, today, now, &w); err != nil {
				return w, fmt.Errorf("watch request %s: %w", row.Request, err)
			}
		}
		if page.After = next; next == "" {
			break
		}
	}
	for page := (store.Page{Limit: 500}); ; {
		noted, next, err := c.Registers.NotedOn(ctx, request.Day(today.AddDays(-1).String()), page)
		if err != nil {
			return w, fmt.Errorf("watch: list what was noted: %w", err)
		}
		for _, n := range noted {
			w.Noted[n.Kind]++
		}
		if page.After = next; next == "" {
			break
		}
	}
	if err := c.root(ctx, &w); err != nil {
		return w, err
	}
	return w, nil
}

func (c *Cases) watchOne(ctx context.Context, row store.OpenRow, today deadline.Date, now time.Time, w *WatchReport) error {
	w.Open++
	due, err := deadline.ParseDate(string(row.SafeDue))
	if err != nil {
		return fmt.Errorf("read its safe date: %w", err)
	}
	if !row.WakeAt.IsZero() && now.Sub(row.WakeAt) > 2*time.Hour {
		w.Stuck++
	}
	left := c.Calendar.WorkingDaysBetween(today, due)
	code := ""
	switch {
	case due.Before(today):
		w.Overdue++
		code = "overdue"
	case left == 10 || left == 5 || left == 2 || left == 0:
		w.Due[left]++
		code = "due-" + strconv.Itoa(left)
	default:
		return nil
	}
	_, err = c.change(ctx, row.Request, func(ch *change) error {
		if ch.Stage == request.Done {
			return errNothing
		}
		o := ch.order(letters.StaffNotice, nil, nil)
		o.Language = request.Dutch
		// Once a day and warning: the id carries the date.
		ch.letter("", code+"-"+today.String(), post.Address{Kind: "house", Email: c.House.Email}, o)
		ch.line(system("watch"), "warned-staff", "", code, map[string]string{"safeDue": string(row.SafeDue), "on": today.String()})
		return nil
	})
	return err
}

// root writes the root over all chain heads to the locked bucket: what makes
// the ledger tamper-evident beyond a single chain (A47).
func (c *Cases) root(ctx context.Context, w *WatchReport) error {
	var heads []ledger.Head
	for page := (store.Page{Limit: 1000}); ; {
		some, next, err := c.Heads.Heads(ctx, page)
		if err != nil {
			return fmt.Errorf("watch: list the chains: %w", err)
		}
		heads = append(heads, some...)
		if page.After = next; next == "" {
			break
		}
	}
	w.Root = ledger.Root(heads)
	body, err := json.Marshal(map[string]any{"version": 1, "day": w.Day, "chains": len(heads), "root": w.Root, "heads": heads})
	if err != nil {
		return fmt.Errorf("watch: write down the root: %w", err)
	}
	if err := write(ctx, c.Roots, "roots/"+string(w.Day)+".json", body); err != nil {
		return fmt.Errorf("watch: seal the root of %s: %w", w.Day, err)
	}
	return nil
}
