package casework

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// Rehearsal is what an act would do.
type Rehearsal struct {
	// Letters would go out, exactly so; notices to ourselves are left out.
	Letters []Announced
	// Before is the request as it stands, After as it would: nil when nothing would change.
	Before, After *request.Request
}

// Announced is a letter that an act would put in the outbox.
type Announced struct {
	Letter post.Letter
	Mail   letters.Mail
}

// Rehearse lets act work on casework that keeps nothing: every check is made,
// every letter is written, and nothing is stored, sent or woken. It answers
// what the act would do, or the fault with which it would be refused. Only acts
// on the record of a request may be rehearsed: one that reaches outside it, as
// printing does, is done.
func (c *Cases) Rehearse(ctx context.Context, act func(*Cases) error) (Rehearsal, error) {
	stage := &rehearsal{Store: c.Store}
	dry := *c
	dry.Store, dry.Engine, dry.Nudge = stage, silence{}, silence{}
	dry.Registers = uncounted{c.Registers}
	if err := act(&dry); err != nil {
		return Rehearsal{}, err
	}
	r := Rehearsal{Before: stage.before, After: stage.after}
	for _, l := range stage.letters {
		if l.To.Kind == "house" {
			continue
		}
		secret := ""
		if l.Code != nil {
			secret = maskedLetter
		}
		m, err := letters.Render(l.Order, c.House, secret)
		if err != nil {
			return Rehearsal{}, fmt.Errorf("rehearse letter %s of %s: %w", l.ID, l.Owner, err)
		}
		r.Letters = append(r.Letters, Announced{Letter: l, Mail: m})
	}
	return r, nil
}

// rehearsal is a store that forgets: it holds one request for the length of one
// act, to the same rules as the real ones.
type rehearsal struct {
	Store
	before, after *request.Request
	letters       []post.Letter
}

func (s *rehearsal) Create(context.Context, *request.Request, store.Writes) (request.ID, bool, error) {
	return "", false, request.Fault(request.Forbidden, "", "register in a rehearsal")
}

func (s *rehearsal) Load(ctx context.Context, id request.ID) (*request.Request, error) {
	if s.after == nil || s.after.ID != id {
		return s.Store.Load(ctx, id)
	}
	b, err := json.Marshal(s.after)
	if err != nil {
		return nil, fmt.Errorf("rehearse on %s: %w", id, err)
	}
	var r request.Request
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, fmt.Errorf("rehearse on %s: %w", id, err)
	}
	return &r, nil
}

func (s *rehearsal) Save(ctx context.Context, r *request.Request, w store.Writes) error {
	was, err := s.Load(ctx, r.ID)
	if err != nil {
		return err
	}
	commit, err := store.NewCommit(was, nil, r, w)
	if err != nil {
		return err
	}
	if s.before == nil {
		s.before = was
	}
	s.after = commit.Request
	for _, l := range w.Letters {
		if !slices.ContainsFunc(s.letters, func(h post.Letter) bool { return h.ID == l.ID }) {
			s.letters = append(s.letters, l)
		}
	}
	r.Rev, r.Chain = commit.Request.Rev, commit.Request.Chain
	return nil
}

// silence starts, wakes and sends nothing.
type silence struct{}

func (silence) Start(context.Context, string, string, Input) error            { return nil }
func (silence) Resume(context.Context, string, Output) (gone bool, err error) { return false, nil }
func (silence) Nudge(context.Context, string) error                           { return nil }

// uncounted are the registers, where looking is free.
type uncounted struct{ Registers }

func (uncounted) Take(context.Context, string, int, time.Time) (bool, error) { return true, nil }

func (uncounted) TakeOnce(context.Context, string, string, int, time.Time) (bool, error) {
	return true, nil
}

func (uncounted) Note(context.Context, store.Noted) error { return nil }
