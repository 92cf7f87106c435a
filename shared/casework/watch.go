package casework

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/intake"
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
	// Warned counts the milestones and letters that staff were told of today, Escalated
	// those that went to the privacy officer too, Incidents the legal days and
	// promises that were missed (C-13).
	Warned, Escalated, Incidents int
	// Moved counts the requests whose dates another list of holidays moved.
	Moved int
	// Noted counts by kind the messages of the day before that became no request.
	Noted map[string]int
	// Digests counts the days whose ordinary mail is told of in a digest (N-05).
	Digests int
	// Undeclared counts the fields in copies of open requests that the inventory
	// does not name; Unnamed counts them by system/holding.
	Undeclared int
	Unnamed    map[string]int
	// Root is the ledger root over all chain heads.
	Root string
}

// Watch looks at every open request once a day, by a road of its own: should
// wake have failed, this still tells (F22). It warns the staff of milestones
// that are due or missed, gives requests the dates of the present list of
// holidays, mails one digest of the ordinary mail of the day before, and writes
// the ledger root.
func (c *Cases) Watch(ctx context.Context) (WatchReport, error) {
	now := c.Now().UTC()
	today := deadline.LocalDate(now)
	w := WatchReport{Day: request.Day(today.String()), Due: map[int]int{}, Noted: map[string]int{}, Unnamed: map[string]int{}}
	var faults []error // one request that fails never hides the others
	for page := (store.Page{Limit: 500}); ; {
		rows, next, err := c.Lists.Open(ctx, page)
		if err != nil {
			return w, fmt.Errorf("watch: list open requests: %w", err)
		}
		for _, row := range rows {
			if err := c.watchUndeclared(ctx, row.Request, &w); err != nil {
				faults = append(faults, err)
			}
			if err := c.watchOne(ctx, row, today, now, &w); err != nil {
				faults = append(faults, fmt.Errorf("watch request %s: %w", row.Request, err))
			}
		}
		if page.After = next; next == "" {
			break
		}
	}
	if err := c.watchBreaches(ctx, now); err != nil {
		faults = append(faults, err)
	}
	if err := c.watchUnposted(ctx, today, &w); err != nil {
		faults = append(faults, err)
	}
	for ago := 1; ago <= digestDays; ago++ {
		if err := c.digest(ctx, today.AddDays(-ago), now, &w); err != nil {
			return w, err
		}
	}
	if err := c.root(ctx, &w); err != nil {
		faults = append(faults, err)
	}
	return w, errors.Join(faults...)
}

// watchUndeclared counts the fields that a copy met and the inventory does not
// name, by system/holding: a schema that changed shows here within a day, and
// an officer's look at the copy waits for it meanwhile (A42). The name of such
// a field may itself say something, so it is not repeated.
func (c *Cases) watchUndeclared(ctx context.Context, id request.ID, w *WatchReport) error {
	r, err := c.Store.Load(ctx, id)
	if err != nil {
		return fmt.Errorf("watch request %s: %w", id, err)
	}
	met := map[string]bool{}
	for _, l := range r.Legs {
		for _, place := range l.Review {
			parts := strings.SplitN(place, "/", 3)
			if len(parts) < 3 || met[place] {
				continue
			}
			met[place] = true
			if p, ok := c.Systems.Inventory().Holding(parts[0], parts[1]); ok && p.Holding.Column(parts[2]) == nil {
				w.Undeclared++
				w.Unnamed[p.ID()]++
			}
		}
	}
	return nil
}

const (
	// digestDays is how many days back watch looks for ordinary mail that no
	// digest told of: it may have been down, or the mail was noted late (F01).
	digestDays = 7
	// digestMails is how many mails a digest lists; the desk has them all.
	digestMails = 50
)

// digest mails the staff what intake took for ordinary business mail on that
// day: when, by which rule, and the id by which the desk finds it; never who
// wrote or what (I6, I13). Its id holds the day and the number of mails, and
// notes are never taken back: a second run sends nothing twice, and a mail that
// was noted late makes the list of its day go out again, whole. What robots
// wrote is not in it, and so no digest is in the next one (A32).
func (c *Cases) digest(ctx context.Context, of deadline.Date, now time.Time, w *WatchReport) error {
	var mails []store.Noted
	for page := (store.Page{Limit: 500}); ; {
		some, next, err := c.Registers.NotedOn(ctx, request.Day(of.String()), page)
		if err != nil {
			return fmt.Errorf("watch: list what was noted on %s: %w", of, err)
		}
		for _, n := range some {
			if of == deadline.LocalDate(now).AddDays(-1) {
				w.Noted[n.Kind]++
			}
			if n.Kind == string(intake.KindOther) {
				mails = append(mails, n)
			}
		}
		if page.After = next; next == "" {
			break
		}
	}
	if len(mails) == 0 {
		return nil
	}
	slices.SortFunc(mails, func(a, b store.Noted) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Source, b.Source))
	})
	o := letters.Order{
		Kind: letters.MailDigest, Language: request.Dutch,
		Values: map[string]string{"digest_day": of.String(), "mail_count": strconv.Itoa(len(mails))},
		Lists:  map[string][]string{},
	}
	rules := map[string]int{}
	for i, m := range mails {
		rules[m.Rule]++
		if i < digestMails {
			o.Lists["mail_list"] = append(o.Lists["mail_list"], letters.MailLine(o.Language, m.At, m.Rule, mailID(m.Source)))
		}
	}
	for _, rule := range slices.Sorted(maps.Keys(rules)) {
		o.Lists["rule_list"] = append(o.Lists["rule_list"], fmt.Sprintf("%d × %s", rules[rule], letters.RuleName(o.Language, rule)))
	}
	if more := len(mails) - digestMails; more > 0 {
		o.Values["mail_more"] = strconv.Itoa(more)
	}
	l := post.Letter{
		Owner: "house", ID: fmt.Sprintf("%s.%s.%d", o.Kind, of, len(mails)), Order: o,
		To: post.Address{Kind: "house", Email: c.House.Email}, State: post.Unsent, Created: now,
	}
	// One that stands there stays as it is. Nobody waits for it: the sender's
	// own minute is soon enough.
	if err := c.Outbox.PutLetter(ctx, l); err != nil && !request.Exists.Is(err) {
		return fmt.Errorf("watch: write the digest of %s: %w", of, err)
	}
	w.Digests++
	return nil
}

// mailID is the id of a mail in its source key: the name of its object in the mail bucket.
func mailID(source string) string { return strings.TrimPrefix(source, mailSource) }

// rootFolder is where the daily roots are locked away.
const rootFolder = "roots/"

func rootKey(on request.Day) string { return rootFolder + string(on) + ".json" }

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
	sealed := ledger.Seal(w.Day, heads)
	w.Root = sealed.Root
	body, err := json.Marshal(sealed)
	if err != nil {
		return fmt.Errorf("watch: write down the root: %w", err)
	}
	if err := write(ctx, c.Roots, rootKey(w.Day), body); err != nil {
		return fmt.Errorf("watch: seal the root of %s: %w", w.Day, err)
	}
	return nil
}
