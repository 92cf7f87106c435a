package casework

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/disclosure"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/redaction"
	"github.com/allclaims/rightsdesk/shared/request"
)

// screenMost is how many single findings a leg can hold; beyond it places are
// given or left out whole. The findings stand in the request's own record.
const screenMost = 300

// Screening is what an officer looks at before a copy leaves.
type Screening struct {
	// Items are values that wait, in the order of the systems, at most as many
	// as were asked for; Next begins the page after them, "" = none.
	Items []ScreenItem
	Next  string
	// Places are all places of the leg's review; Cleared those given whole.
	Places, Cleared []string
	// Open counts the items that have no finding yet and stand in no cleared
	// place, but for those that stay out whole.
	Open, All int
}

// ScreenItem is one value with the finding on it, if any.
type ScreenItem struct {
	disclosure.Held
	Found request.Screened
	// Labels are the inventory's words for the columns of Row.
	Labels map[string]inventory.Words
	// Others are other people's data that stand in Value, as a proposal: the
	// officer decides. None of a file.
	Others []redaction.Span
	// Whole is true where the inventory says that the value stays out unless an
	// officer gives it.
	Whole bool
}

// Screening shows the values that may hold other people's data, from the
// collected copy itself: what is looked at is what would leave. An approver sees
// them with what was found. Looking stands in the ledger (A46).
func (c *Cases) Screening(ctx context.Context, a Actor, ref request.Reference, leg, after string, limit int) (Screening, error) {
	r, l, err := c.reader(ctx, a, ref, leg)
	if err != nil {
		return Screening{}, err
	}
	s := Screening{Places: l.Review, Cleared: l.Cleared}
	skipping := after != ""
	others := redaction.New(c.known(r, l))
	err = disclosure.ShowHeld(ctx, c.Systems.Inventory(), c.Work, l.Receipts, l.Right, func(h disclosure.Held) error {
		item := ScreenItem{Held: h, Found: finding(l, h.Item), Labels: map[string]inventory.Words{}}
		if p, ok := c.place(h.Place); ok {
			if col := p.Holding.Column(h.Place[strings.LastIndexByte(h.Place, '/')+1:]); col != nil {
				item.Whole = p.Holding.Screens(col) == inventory.ScreenWhole
			}
			for name := range h.Row {
				if col := p.Holding.Column(name); col != nil {
					item.Labels[name] = col.Label
				}
			}
		}
		s.All++
		if item.Found.Finding == "" && !item.Whole && !slices.Contains(l.Cleared, h.Place) {
			s.Open++
		}
		switch {
		case skipping:
			skipping = h.Item != after
		case len(s.Items) < limit:
			if h.File == "" {
				item.Others = others.Find(h.Value)
			}
			s.Items = append(s.Items, item)
		case s.Next == "":
			s.Next = s.Items[len(s.Items)-1].Item
		}
		return nil
	})
	if err != nil {
		return Screening{}, fmt.Errorf("show what waits of request %s leg %s: %w", r.ID, leg, err)
	}
	_, err = c.change(ctx, r.ID, func(ch *change) error {
		ch.line(a.ID, "opened", leg, "screening", nil)
		return nil
	})
	return s, err
}

// known is what is the subject's own, or ours, so that no text is proposed to
// lose it: what stands on file of the people who were chosen as the one who
// asks. What only the request itself said is not known: anybody can write it.
func (c *Cases) known(r *request.Request, l *request.Leg) redaction.Known {
	k := redaction.Known{
		Names: []string{c.House.LegalName}, Emails: []string{c.House.Email, c.Privacy}, Phones: []string{c.House.Phone},
		Addresses: []string{c.House.Address}, Numbers: []string{string(r.Reference)},
	}
	for _, cand := range r.Candidates {
		if !cand.Chosen && cand.ID != l.Candidate {
			continue
		}
		k.Names = append(k.Names, cand.Name)
		k.Numbers = append(k.Numbers, cand.File)
		for kind, values := range cand.Keys {
			switch kind {
			case "email":
				k.Emails = append(k.Emails, values...)
			case "phone":
				k.Phones = append(k.Phones, values...)
			case "iban":
				k.Accounts = append(k.Accounts, values...)
			case "plate":
				k.Plates = append(k.Plates, values...)
			default:
				k.Numbers = append(k.Numbers, values...)
			}
		}
		for _, chn := range cand.Channels {
			switch chn.Kind {
			case "email":
				k.Emails = append(k.Emails, chn.Value)
			case "phone":
				k.Phones = append(k.Phones, chn.Value)
			case "post":
				k.Addresses = append(k.Addresses, chn.Value)
			}
		}
	}
	return k
}

// place finds the holding of a place: system/holding/column.
func (c *Cases) place(place string) (inventory.Place, bool) {
	parts := strings.SplitN(place, "/", 3)
	if len(parts) != 3 {
		return inventory.Place{}, false
	}
	return c.Systems.Inventory().Holding(parts[0], parts[1])
}

// ScreenFile opens a file that waits, for the ears and eyes of who screens it
// and of who approves that.
func (c *Cases) ScreenFile(ctx context.Context, a Actor, ref request.Reference, leg, item string) (ScreenFile, error) {
	r, l, err := c.reader(ctx, a, ref, leg)
	if err != nil {
		return ScreenFile{}, err
	}
	held, err := c.held(ctx, r, l, item)
	if err != nil {
		return ScreenFile{}, err
	}
	h := held[item]
	if h.File == "" {
		return ScreenFile{}, request.Fault(request.NotFound, string(r.ID)+"/"+leg, "open item %s as a file", item)
	}
	body, err := c.Work.Open(ctx, h.File)
	if err != nil {
		return ScreenFile{}, fmt.Errorf("open a file that waits of request %s leg %s: %w", r.ID, leg, err)
	}
	return ScreenFile{Name: h.File[strings.LastIndexByte(h.File, '/')+1:], Body: body}, nil
}

// Screen records findings on single values, and which places are given whole.
// A leg that was decided is not screened again: send it back first.
func (c *Cases) Screen(ctx context.Context, a Actor, ref request.Reference, leg string, found []request.Screened, cleared []string) error {
	r, l, err := c.screened(ctx, a, ref, leg)
	if err != nil {
		return err
	}
	items := make([]string, len(found))
	for i := range found {
		items[i] = found[i].Item
	}
	held, err := c.held(ctx, r, l, items...)
	if err != nil {
		return err
	}
	for i, f := range found {
		if found[i], err = c.checkFinding(r.Language, held[f.Item], f); err != nil {
			return err
		}
	}
	for _, place := range cleared {
		if !slices.Contains(l.Review, place) {
			return request.Fault(request.InputRefused, "place", "clear a place that does not wait")
		}
	}
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.leg(leg)
		if err != nil {
			return err
		}
		if err := mayScreen(ch.Request, l); err != nil {
			return err
		}
		verdicts := map[string]int{}
		for i := range found {
			found[i].By, found[i].At = a.ID, ch.now
			verdicts[found[i].Finding]++
		}
		if err := keepFindings(l, found); err != nil {
			return err
		}
		if !slices.Equal(l.Cleared, cleared) {
			l.Cleared, l.ClearedBy = slices.Clone(cleared), a.ID
		}
		ch.line(a.ID, "screened", leg, "X-5", map[string]string{
			"given": strconv.Itoa(verdicts[request.GiveFinding]), "redacted": strconv.Itoa(verdicts[request.RedactFinding]),
			"withheld": strconv.Itoa(verdicts[request.WithholdFinding]), "places": strconv.Itoa(len(cleared)),
		})
		return nil
	})
}

// keepFindings puts new findings in the place of old ones on the same values;
// one without a finding takes the old one back.
func keepFindings(l *request.Leg, found []request.Screened) error {
	kept := slices.DeleteFunc(slices.Clone(l.Screened), func(old request.Screened) bool {
		return slices.ContainsFunc(found, func(f request.Screened) bool { return f.Item == old.Item })
	})
	for _, f := range found {
		if f.Finding != "" {
			kept = append(kept, f)
		}
	}
	if len(kept) > screenMost {
		return request.Fault(request.TooMany, l.ID, "keep more than %d findings", screenMost)
	}
	l.Screened = kept
	return nil
}

// ScreenFile is a file that waits, under a name that tells nothing.
type ScreenFile struct {
	Name string
	Body io.ReadCloser
}

// screened loads a leg that an officer may screen.
func (c *Cases) screened(ctx context.Context, a Actor, ref request.Reference, leg string) (*request.Request, *request.Leg, error) {
	if err := may(a, "officer", string(ref)); err != nil {
		return nil, nil, err
	}
	r, err := c.find(ctx, ref)
	if err != nil {
		return nil, nil, err
	}
	l := r.Leg(leg)
	if l == nil {
		return nil, nil, request.Fault(request.NotFound, string(ref)+"/"+leg, "screen")
	}
	return r, l, mayScreen(r, l)
}

// mayScreen admits a leg of ours that discloses and is being decided.
func mayScreen(r *request.Request, l *request.Leg) error {
	if !l.Right.Discloses() || l.Role != request.Controller || l.Phase != request.Deciding {
		return request.Fault(request.PhaseIllegal, string(r.ID)+"/"+l.ID, "screen a leg that is %s", l.Phase)
	}
	return nil
}

func finding(l *request.Leg, item string) request.Screened {
	for _, f := range l.Screened {
		if f.Item == item {
			return f
		}
	}
	return request.Screened{}
}

// errFound ends a look when all that was sought is found.
var errFound = errors.New("found")

// held finds values that wait, by their names, in one reading of the collected
// copy. NotFound: one of them is not there.
func (c *Cases) held(ctx context.Context, r *request.Request, l *request.Leg, items ...string) (map[string]disclosure.Held, error) {
	found := map[string]disclosure.Held{}
	missing := map[string]bool{}
	for _, item := range items {
		missing[item] = true
	}
	if len(missing) == 0 {
		return found, nil
	}
	err := disclosure.ShowHeld(ctx, c.Systems.Inventory(), c.Work, l.Receipts, l.Right, func(h disclosure.Held) error {
		if missing[h.Item] {
			found[h.Item] = h
			delete(missing, h.Item)
		}
		if len(missing) == 0 {
			return errFound
		}
		return nil
	})
	if err != nil && !errors.Is(err, errFound) {
		return nil, fmt.Errorf("look for what waits of request %s leg %s: %w", r.ID, l.ID, err)
	}
	for item := range missing {
		return nil, request.Fault(request.NotFound, string(r.ID)+"/"+l.ID, "find item %s", item)
	}
	return found, nil
}

// checkFinding refuses a finding on what is not there, without a reason, or
// whose words do not stand in the text. Finding "" takes an earlier one back.
func (c *Cases) checkFinding(lang request.Language, h disclosure.Held, f request.Screened) (request.Screened, error) {
	f.Place = h.Place
	_, known := c.Systems.Inventory().Reasons[f.Reason]
	switch f.Finding {
	case "", request.GiveFinding:
		f.Reason, f.Marks = "", nil
	case request.WithholdFinding, request.RedactFinding:
		if !known {
			return f, request.Fault(request.InputRefused, "reason", "leave out without a known reason")
		}
		if f.Finding == request.WithholdFinding {
			f.Marks = nil
			break
		}
		if h.File != "" {
			return f, request.Fault(request.InputRefused, "verdict", "leave words out of a file")
		}
		if _, ok := disclosure.Redact(h.Value, f.Marks, lang); !ok {
			return f, request.Fault(request.InputRefused, "marks", "leave out words that do not stand there")
		}
	default:
		return f, request.Fault(request.InputRefused, "verdict", "know no such verdict")
	}
	return f, nil
}
