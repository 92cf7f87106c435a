// Package memory is the store of tests and of a desk without AWS: the same
// contract as dynamo (storetest checks both), and as hostile as the real one
// can be. Nothing that goes in or comes out shares memory with
// what is stored; nothing expires by itself (F09); lists may lag (F08); any
// call may fail, before it is applied or after (F07).
package memory

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// When tells Fault where in a call it stands.
type When int

// Before: an error means failed and not applied. After: failed, but applied.
const (
	Before When = iota
	After
)

// Store keeps everything in maps. The zero value is an empty store.
type Store struct {
	// Now tells whether leases, counters, drafts and sessions are over; nil is time.Now.
	Now func() time.Time
	// Fault, when set, is asked around every call: op is the method's name, id
	// what it is about. Its error is the call's. It may call the store itself.
	Fault func(op, id string, when When) error

	mu       sync.Mutex
	lag      int
	pending  []func() // index updates that no list shows yet
	requests map[request.ID]record
	// forgotten ids are never given out again.
	forgotten map[request.ID]bool
	sources   map[string]request.ID
	refs      map[request.Reference]request.ID
	letters   map[letterKey][]byte
	messages  map[string]letterKey
	lines     map[request.ID][][]byte
	view      view
	registers
}

type record struct {
	json     []byte
	subjects []string
}

type letterKey struct{ owner, id string }

// view is what the lists see.
type view struct {
	entries map[request.ID]map[string]store.Entry
	heads   map[request.ID]request.Chain
	letters map[letterKey][]byte // those that a sender may take, now or later
}

// put shows a letter, for as long as a sender may take it.
func (v *view) put(l post.Letter, b []byte) {
	key := letterKey{l.Owner, l.ID}
	if _, ok := store.Due(l); ok {
		v.letters[key] = b
	} else {
		delete(v.letters, key)
	}
}

// Lag keeps the last n writes out of every list from now on, as an index that
// has not caught up; 0 shows everything.
func (s *Store) Lag(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open()
	s.lag = n
	s.settle()
}

func (s *Store) settle() {
	for len(s.pending) > s.lag {
		s.pending[0]()
		s.pending = s.pending[1:]
	}
}

func (s *Store) later(f func()) {
	s.pending = append(s.pending, f)
	s.settle()
}

func (s *Store) open() {
	if s.requests != nil {
		return
	}
	s.requests = map[request.ID]record{}
	s.forgotten = map[request.ID]bool{}
	s.sources = map[string]request.ID{}
	s.refs = map[request.Reference]request.ID{}
	s.letters = map[letterKey][]byte{}
	s.messages = map[string]letterKey{}
	s.lines = map[request.ID][][]byte{}
	s.view = view{map[request.ID]map[string]store.Entry{}, map[request.ID]request.Chain{}, map[letterKey][]byte{}}
	s.registers.open()
}

func (s *Store) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

// do runs one call. The hook runs outside the lock, so it may call the store.
func (s *Store) do(ctx context.Context, op, id string, f func() error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	if s.Fault != nil {
		if err := s.Fault(op, id, Before); err != nil {
			return err
		}
	}
	s.mu.Lock()
	s.open()
	err := f()
	s.mu.Unlock()
	if err == nil && s.Fault != nil {
		err = s.Fault(op, id, After)
	}
	return err
}

func decode[T any](id string, b []byte) (T, error) {
	var v T
	if err := json.Unmarshal(b, &v); err != nil {
		return v, fmt.Errorf("decode %s: %w", id, err)
	}
	return v, nil
}

func notFound(id, doing string) error { return request.Fault(request.NotFound, id, "%s", doing) }

// Create is casework.Store's.
func (s *Store) Create(ctx context.Context, r *request.Request, w store.Writes) (request.ID, bool, error) {
	id, isNew := r.ID, false
	var head request.Chain
	err := s.do(ctx, "Create", string(r.ID), func() error {
		if known, ok := s.sources[r.SourceKey]; ok {
			id = known
			return nil
		}
		c, err := store.NewCommit(nil, nil, r, w)
		if err != nil {
			return err
		}
		if _, ok := s.refs[r.Reference]; ok {
			return request.Fault(request.Exists, string(r.ID), "take a reference that is taken")
		}
		if _, ok := s.requests[r.ID]; ok || s.forgotten[r.ID] {
			return request.Fault(request.Exists, string(r.ID), "take an id that is taken")
		}
		if err := s.apply(c); err != nil {
			return err
		}
		s.sources[r.SourceKey], s.refs[r.Reference] = r.ID, r.ID
		isNew, head = true, c.Request.Chain
		return nil
	})
	if err != nil {
		return "", false, err
	}
	if isNew {
		r.Rev, r.Chain = 1, head
	}
	return id, isNew, nil
}

// Load is casework.Store's.
func (s *Store) Load(ctx context.Context, id request.ID) (*request.Request, error) {
	var r *request.Request
	err := s.do(ctx, "Load", string(id), func() (err error) {
		r, _, err = s.load(id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (s *Store) load(id request.ID) (*request.Request, []string, error) {
	row, ok := s.requests[id]
	if !ok {
		return nil, nil, notFound(string(id), "load a request")
	}
	r, err := decode[*request.Request](string(id), row.json)
	return r, row.subjects, err
}

// Save is casework.Store's.
func (s *Store) Save(ctx context.Context, r *request.Request, w store.Writes) error {
	var next *request.Request
	err := s.do(ctx, "Save", string(r.ID), func() error {
		was, subjects, err := s.load(r.ID)
		if err != nil {
			return err
		}
		c, err := store.NewCommit(was, subjects, r, w)
		if err != nil {
			return err
		}
		next = c.Request
		return s.apply(c)
	})
	if err != nil {
		return err
	}
	r.Rev, r.Chain = next.Rev, next.Chain
	return nil
}

// apply commits c as a whole; what can fail comes first.
func (s *Store) apply(c *store.Commit) error {
	id := c.Request.ID
	var lines [][]byte
	for _, l := range c.Lines {
		b, err := store.Encode(string(id), l)
		if err != nil {
			return err
		}
		lines = append(lines, b)
	}
	if have := int64(len(s.lines[id])); have+int64(len(lines)) != c.Request.Chain.Seq {
		return request.Fault(request.Conflict, string(id), "write over a ledger line")
	}
	type written struct {
		letter post.Letter
		json   []byte
	}
	letters := map[letterKey]written{}
	for _, l := range c.Letters {
		key := letterKey{l.Owner, l.ID}
		if _, ok := s.letters[key]; ok {
			continue
		}
		b, err := store.Encode(l.ID, l)
		if err != nil {
			return err
		}
		letters[key] = written{l, b}
	}
	s.requests[id] = record{c.JSON, slices.Clone(c.Subjects)}
	s.lines[id] = append(s.lines[id], lines...)
	for key, l := range letters {
		s.letters[key] = l.json
	}
	for _, x := range c.Suppress {
		if _, ok := s.suppressed[x.Scope+"#"+x.Key]; !ok {
			s.suppressed[x.Scope+"#"+x.Key] = x
		}
	}
	for _, x := range c.Erased {
		if _, ok := s.erased[store.ErasedKey(x)]; !ok {
			s.erased[store.ErasedKey(x)] = x
		}
	}
	if c.Figure != nil {
		s.figures[c.Figure.Month+"#"+string(id)] = *c.Figure
	}
	// The entries are made of the stored bytes: the caller goes on with its own.
	r, err := decode[*request.Request](string(id), c.JSON)
	if err != nil {
		return err
	}
	entries := store.Entries(r, c.Subjects)
	s.later(func() {
		s.view.entries[id], s.view.heads[id] = entries, r.Chain
		for _, l := range letters {
			s.view.put(l.letter, l.json)
		}
	})
	return nil
}

// ByReference is casework.Finder's.
func (s *Store) ByReference(ctx context.Context, ref request.Reference) (id request.ID, err error) {
	err = s.do(ctx, "ByReference", string(ref), func() error {
		var ok bool
		if id, ok = s.refs[ref]; !ok {
			return notFound(string(ref), "find a reference")
		}
		return nil
	})
	return id, err
}

// BySource is casework.Finder's.
func (s *Store) BySource(ctx context.Context, key string) (id request.ID, err error) {
	err = s.do(ctx, "BySource", "", func() error {
		var ok bool
		if id, ok = s.sources[key]; !ok {
			return notFound("", "find a source")
		}
		return nil
	})
	return id, err
}

// BySubject is casework.Finder's.
func (s *Store) BySubject(ctx context.Context, subject string) ([]request.ID, error) {
	return s.bySubject(ctx, "BySubject", subject, subject)
}

// ClosedBySubject is casework.Finder's.
func (s *Store) ClosedBySubject(ctx context.Context, subject string) ([]request.ID, error) {
	return s.bySubject(ctx, "ClosedBySubject", subject, store.ClosedSubject+subject)
}

func (s *Store) bySubject(ctx context.Context, op, subject, listed string) (ids []request.ID, err error) {
	err = s.do(ctx, op, "", func() error {
		for id, entries := range s.view.entries {
			if entries["subject#"+subject].Subject == listed {
				ids = append(ids, id)
			}
		}
		slices.Sort(ids)
		return nil
	})
	return ids, err
}

// Waking is casework.Lists's.
func (s *Store) Waking(ctx context.Context, now time.Time, limit int) (out []store.Waking, err error) {
	err = s.do(ctx, "Waking", "", func() error {
		for id, entries := range s.view.entries {
			for key, e := range entries {
				if !e.WakeAt.IsZero() && !e.WakeAt.After(now) {
					out = append(out, store.Waking{Request: id, Leg: strings.TrimPrefix(key, "leg#"), At: e.WakeAt})
				}
			}
		}
		return nil
	})
	slices.SortFunc(out, func(a, b store.Waking) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(string(a.Request)+a.Leg, string(b.Request)+b.Leg))
	})
	if limit > 0 && len(out) > limit {
		out = out[:limit]
	}
	return out, err
}

// list pages through the entries that pick accepts, in their order.
func list[T any](s *Store, page store.Page, pick func(store.Entry) (T, bool)) (rows []T, next string) {
	type found struct {
		order string
		row   T
	}
	var all []found
	for _, entries := range s.view.entries {
		for _, e := range entries {
			if row, ok := pick(e); ok && e.Order > page.After {
				all = append(all, found{e.Order, row})
			}
		}
	}
	slices.SortFunc(all, func(a, b found) int { return strings.Compare(a.order, b.order) })
	if n := limit(page); len(all) > n {
		all = all[:n]
		next = all[n-1].order
	}
	for _, f := range all {
		rows = append(rows, f.row)
	}
	return rows, next
}

func limit(page store.Page) int {
	if page.Limit <= 0 || page.Limit > store.MaxPage {
		return store.MaxPage
	}
	return page.Limit
}

// Tasks is casework.Lists's.
func (s *Store) Tasks(ctx context.Context, queue string, page store.Page) (rows []store.TaskRow, next string, err error) {
	err = s.do(ctx, "Tasks", queue, func() error {
		rows, next = list(s, page, func(e store.Entry) (store.TaskRow, bool) {
			if e.Task == nil || queue == store.QueueAll && e.Task.Kind == store.Waits || queue != store.QueueAll && e.Queue != queue {
				return store.TaskRow{}, false
			}
			return *e.Task, true
		})
		return nil
	})
	return rows, next, err
}

// OfClient is casework.Lists's.
func (s *Store) OfClient(ctx context.Context, client, state string, page store.Page) (rows []store.ClientRow, next string, err error) {
	err = s.do(ctx, "OfClient", client, func() error {
		rows, next = list(s, page, func(e store.Entry) (store.ClientRow, bool) {
			if e.Leg == nil || e.Client != client+"#"+state {
				return store.ClientRow{}, false
			}
			return *e.Leg, true
		})
		return nil
	})
	return rows, next, err
}

// Open is casework.Lists's.
func (s *Store) Open(ctx context.Context, page store.Page) (rows []store.OpenRow, next string, err error) {
	err = s.do(ctx, "Open", "", func() error {
		rows, next = list(s, page, func(e store.Entry) (store.OpenRow, bool) {
			if e.Open == nil {
				return store.OpenRow{}, false
			}
			return *e.Open, true
		})
		return nil
	})
	return rows, next, err
}

// Closed lists the closed requests of which something must go before an
// instant, the longest due first.
func (s *Store) Closed(ctx context.Context, before time.Time, page store.Page) (rows []store.ClosedRow, next string, err error) {
	err = s.do(ctx, "Closed", "", func() error {
		rows, next = list(s, page, func(e store.Entry) (store.ClosedRow, bool) {
			if e.Closed == nil || !e.Closed.ForgetAt.Before(before) {
				return store.ClosedRow{}, false
			}
			return *e.Closed, true
		})
		return nil
	})
	return rows, next, err
}

// Forget removes a closed request and its letters for good. Its source and
// reference stay taken, and its ledger stays whole: lines end it. Doing it
// again answers request.NotFound. PhaseIllegal: it is open.
func (s *Store) Forget(ctx context.Context, id request.ID, lines []ledger.Line) error {
	return s.do(ctx, "Forget", string(id), func() error {
		r, _, err := s.load(id)
		if err != nil {
			return err
		}
		c, err := store.NewForget(r, lines)
		if err != nil {
			return err
		}
		for _, l := range c.Lines {
			b, err := store.Encode(string(id), l)
			if err != nil {
				return err
			}
			s.lines[id] = append(s.lines[id], b)
		}
		delete(s.requests, id)
		s.forgotten[id] = true
		var gone []letterKey
		for key := range s.letters {
			if key.owner == string(id) {
				gone = append(gone, key)
				delete(s.letters, key)
			}
		}
		for message, key := range s.messages {
			if key.owner == string(id) {
				delete(s.messages, message)
			}
		}
		s.later(func() {
			delete(s.view.entries, id)
			s.view.heads[id] = c.Request.Chain
			for _, key := range gone {
				delete(s.view.letters, key)
			}
		})
		return nil
	})
}

// Lines gives the whole chain of a request, oldest first; a request without one has none.
func (s *Store) Lines(ctx context.Context, id request.ID) (lines []ledger.Line, err error) {
	err = s.do(ctx, "Lines", string(id), func() error {
		for _, b := range s.lines[id] {
			l, err := decode[ledger.Line](string(id), b)
			if err != nil {
				return err
			}
			lines = append(lines, l)
		}
		return nil
	})
	return lines, err
}

// Heads lists the heads of all chains, for the daily root. It may lag.
func (s *Store) Heads(ctx context.Context, page store.Page) (heads []ledger.Head, next string, err error) {
	err = s.do(ctx, "Heads", "", func() error {
		for id, chain := range s.view.heads {
			if string(id) > page.After {
				heads = append(heads, ledger.Head{Request: id, Chain: chain})
			}
		}
		slices.SortFunc(heads, func(a, b ledger.Head) int { return strings.Compare(string(a.Request), string(b.Request)) })
		if n := limit(page); len(heads) > n {
			heads = heads[:n]
			next = string(heads[n-1].Request)
		}
		return nil
	})
	return heads, next, err
}

// LettersOf is casework.Letters's: every letter of one owner, oldest first.
func (s *Store) LettersOf(ctx context.Context, owner string) (out []post.Letter, err error) {
	err = s.do(ctx, "LettersOf", owner, func() error {
		for key, b := range s.letters {
			if key.owner != owner {
				continue
			}
			l, err := decode[post.Letter](key.id, b)
			if err != nil {
				return err
			}
			out = append(out, l)
		}
		return nil
	})
	slices.SortFunc(out, func(a, b post.Letter) int {
		return cmp.Or(a.Created.Compare(b.Created), strings.Compare(a.ID, b.ID))
	})
	return out, err
}

// Unsent lists the letters that a sender may take now, the longest waiting
// first: unsent ones, and those whose sender's lease is over. It may lag:
// Claim decides.
func (s *Store) Unsent(ctx context.Context, now time.Time, limit int) (out []post.Letter, err error) {
	err = s.do(ctx, "Unsent", "", func() error {
		for key, b := range s.view.letters {
			l, err := decode[post.Letter](key.id, b)
			if err != nil {
				return err
			}
			if at, ok := store.Due(l); ok && !at.After(now) {
				out = append(out, l)
			}
		}
		return nil
	})
	slices.SortFunc(out, func(a, b post.Letter) int {
		x, _ := store.Due(a)
		y, _ := store.Due(b)
		return cmp.Or(x.Compare(y), strings.Compare(a.Owner+a.ID, b.Owner+b.ID))
	})
	if limit > 0 && len(out) > limit {
		out = out[:limit]
	}
	return out, err
}

func (s *Store) letter(owner, id string) (post.Letter, error) {
	b, ok := s.letters[letterKey{owner, id}]
	if !ok {
		return post.Letter{}, notFound(id, "find a letter")
	}
	return decode[post.Letter](id, b)
}

func (s *Store) putLetter(l post.Letter) error {
	b, err := store.Encode(l.ID, l)
	if err != nil {
		return err
	}
	key := letterKey{l.Owner, l.ID}
	s.letters[key] = b
	if l.MessageID != "" {
		s.messages[l.MessageID] = key
	}
	s.later(func() { s.view.put(l, b) })
	return nil
}

// Claim takes a letter for one sender until leaseUntil and counts an attempt.
// Conflict: somebody else has it, or it is sent.
func (s *Store) Claim(ctx context.Context, owner, id string, rev int64, leaseUntil time.Time) (l post.Letter, err error) {
	now := s.now()
	err = s.do(ctx, "Claim", id, func() error {
		was, err := s.letter(owner, id)
		if err != nil {
			return err
		}
		if l, err = store.Claimed(was, rev, now, leaseUntil); err != nil {
			return err
		}
		return s.putLetter(l)
	})
	if err != nil {
		return post.Letter{}, err
	}
	return l, nil
}

// Mark writes l over its revision l.Rev, which makes it l.Rev+1, and appends
// lines to the chain of the owner, with it or not at all. An owner that is no
// request has no chain: lines must be empty. Conflict: the letter moved on.
func (s *Store) Mark(ctx context.Context, l post.Letter, lines []ledger.Line) error {
	return s.do(ctx, "Mark", l.ID, func() error {
		was, err := s.letter(l.Owner, l.ID)
		if err != nil {
			return err
		}
		next, err := store.Marked(was, l)
		if err != nil {
			return err
		}
		if _, err := store.Encode(l.ID, next); err != nil {
			return err
		}
		if len(lines) > 0 {
			r, subjects, err := s.load(request.ID(l.Owner))
			if err != nil {
				return err
			}
			c, err := store.NewCommit(r, subjects, r, store.Writes{Lines: lines})
			if err != nil {
				return err
			}
			if err := s.apply(c); err != nil {
				return err
			}
		}
		return s.putLetter(next)
	})
}

// PutLetter adds a letter outside any commit; one that is already there stays as it is.
func (s *Store) PutLetter(ctx context.Context, l post.Letter) error {
	return s.do(ctx, "PutLetter", l.ID, func() error {
		l, err := store.NewLetter(l)
		if err != nil {
			return err
		}
		if _, ok := s.letters[letterKey{l.Owner, l.ID}]; ok {
			return nil
		}
		return s.putLetter(l)
	})
}

// ByMessageID finds the letter that SES accepted under that id.
func (s *Store) ByMessageID(ctx context.Context, sesMessageID string) (owner, id string, err error) {
	err = s.do(ctx, "ByMessageID", sesMessageID, func() error {
		key, ok := s.messages[sesMessageID]
		if !ok {
			return notFound(sesMessageID, "find a sent message")
		}
		owner, id = key.owner, key.id
		return nil
	})
	return owner, id, err
}
