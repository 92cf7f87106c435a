package store

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/allclaims/rightsdesk/shared/figures"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// The limits of both stores. What does not fit is refused with
// request.TooMany, so that nothing is cut off in silence.
const (
	// MaxRecord bounds a request or letter as JSON, in bytes (DynamoDB: 400 KB an item).
	MaxRecord = 350 << 10
	// MaxItems bounds what is committed at once (DynamoDB: 100 actions).
	MaxItems = 100
	// MaxCommit bounds the bytes committed at once (DynamoDB: 4 MB).
	MaxCommit = 3_500_000
	// MaxDraft bounds the draft of a web form, in bytes.
	MaxDraft = 256 << 10
	// MaxPage bounds the rows of one page of a list.
	MaxPage = 1000
)

// Commit is one write of a request, worked out: what both stores then do in
// one transaction.
type Commit struct {
	// Request is the next state, with the next Rev and ledger head, and JSON its stored form.
	Request *request.Request
	JSON    []byte
	// Subjects are all keys by which the request is found from now on.
	Subjects []string
	// Own is the index entry of the request itself.
	Own Entry
	// Put and Gone are the further index entries that change, by row key.
	Put  map[string]Entry
	Gone []string

	Letters  []post.Letter
	Lines    []ledger.Line
	Suppress []register.Suppression
	Erased   []register.Erased
	// Figure is what counts of the request from now on; nil when that stays the same.
	Figure *figures.Record
}

// NewCommit works out the write of r over was, which is nil for a new request.
// It refuses with the codes of Request.Check and CheckChange, with Conflict
// when r has another Rev than was, and with TooMany. It changes neither.
func NewCommit(was *request.Request, wasSubjects []string, r *request.Request, w Writes) (*Commit, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	var before map[string]Entry
	if was == nil {
		if r.Rev != 0 || r.Chain != (request.Chain{}) {
			return nil, request.Fault(request.Conflict, string(r.ID), "create a request that was written before")
		}
		if err := r.CheckNew(); err != nil {
			return nil, err
		}
	} else {
		if r.Rev != was.Rev {
			return nil, request.Fault(request.Conflict, string(r.ID), "write revision %d over %d", r.Rev, was.Rev)
		}
		if err := r.CheckChange(was); err != nil {
			return nil, err
		}
		before = Entries(was, wasSubjects)
	}

	next := *r // a shallow copy is enough: only plain fields change
	next.Rev++
	c := &Commit{Request: &next, Put: map[string]Entry{}, Subjects: wasSubjects}
	if w.Subjects != nil {
		c.Subjects = slices.Compact(slices.Sorted(slices.Values(w.Subjects)))
	}
	lines := slices.Clone(w.Lines)
	for i := range lines {
		lines[i].Request = r.ID
	}
	c.Lines, next.Chain = ledger.Append(r.Chain, lines)

	var err error
	if c.JSON, err = Encode(string(r.ID), &next); err != nil {
		return nil, err
	}
	size := len(c.JSON)
	for _, l := range w.Letters {
		if l.Owner == "" {
			l.Owner = string(r.ID)
		}
		if l, err = NewLetter(l); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(c.Letters, func(x post.Letter) bool { return x.Owner == l.Owner && x.ID == l.ID }) {
			continue
		}
		b, err := Encode(l.ID, l)
		if err != nil {
			return nil, err
		}
		size += len(b)
		c.Letters = append(c.Letters, l)
	}
	for _, s := range w.Suppress {
		if !slices.ContainsFunc(c.Suppress, func(x register.Suppression) bool { return x.Key == s.Key && x.Scope == s.Scope }) {
			c.Suppress = append(c.Suppress, s)
		}
	}
	for _, e := range w.Erased {
		if !slices.ContainsFunc(c.Erased, func(x register.Erased) bool { return ErasedKey(x) == ErasedKey(e) }) {
			c.Erased = append(c.Erased, e)
		}
	}
	for _, l := range c.Lines {
		size += len(l.Bytes())
	}
	if f := figures.Of(&next); was == nil || !reflect.DeepEqual(f, figures.Of(was)) {
		c.Figure = &f
	}

	after := Entries(&next, c.Subjects)
	c.Own = after[""]
	for key, e := range after {
		if key == "" {
			continue
		}
		old, there := before[key]
		same, err := e.same(old)
		if err != nil {
			return nil, err
		}
		if !there || !same {
			c.Put[key] = e
		}
	}
	for key := range before {
		if _, stays := after[key]; !stays {
			c.Gone = append(c.Gone, key)
		}
	}
	slices.Sort(c.Gone)

	items := 1 + counted(c.Figure) + len(c.Put) + len(c.Gone) + len(c.Letters) + len(c.Lines) + len(c.Suppress) + len(c.Erased)
	if was == nil {
		items += 2 // source and reference
	}
	if items > MaxItems {
		return nil, request.Fault(request.TooMany, string(r.ID), "commit %d items at once, of %d", items, MaxItems)
	}
	if size > MaxCommit {
		return nil, request.Fault(request.TooMany, string(r.ID), "commit %d bytes at once, of %d", size, MaxCommit)
	}
	return c, nil
}

// NewForget works out the last write of a closed request: its lines, and
// nothing of it in any list. PhaseIllegal: it is not closed.
func NewForget(r *request.Request, lines []ledger.Line) (*Commit, error) {
	if !r.Closed() {
		return nil, request.Fault(request.PhaseIllegal, string(r.ID), "forget a request that is open")
	}
	c, err := NewCommit(r, nil, r, Writes{Lines: lines})
	if err != nil {
		return nil, err
	}
	c.JSON, c.Own, c.Put, c.Gone = nil, Entry{}, nil, nil
	return c, nil
}

func counted(f *figures.Record) int {
	if f == nil {
		return 0
	}
	return 1
}

// Encode is the stored form of a record; more than MaxRecord is TooMany. The
// id is for the error.
func Encode(id string, record any) ([]byte, error) {
	b, err := json.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", id, err)
	}
	if len(b) > MaxRecord {
		return nil, request.Fault(request.TooMany, id, "store %d bytes, of %d", len(b), MaxRecord)
	}
	return b, nil
}

// NewLetter is l as a new outbox row: unsent (or to be printed), revision 1.
func NewLetter(l post.Letter) (post.Letter, error) {
	if l.Owner == "" || l.ID == "" {
		return l, request.Fault(request.InputRefused, l.ID, "put a letter without owner or id in the outbox")
	}
	if l.State == "" {
		l.State = post.Unsent
	}
	l.Rev = 1
	return l, nil
}

// ErasedKey tells two entries of the erasure register apart.
func ErasedKey(e register.Erased) string {
	key := e.Key + "#" + e.System + "#" + e.Holding + "#" + string(e.Request) + "#" + e.Leg
	if e.Action != "" && e.Action != request.EraseAction {
		key += "#" + e.Action // kept in one round, erased in the next
	}
	return key
}

// Due tells when a sender may take l: at once, at the end of another's lease,
// or, for an unsent letter that failed before, at LeaseUntil. ok is false for
// a letter that needs no sender.
func Due(l post.Letter) (at time.Time, ok bool) {
	switch l.State {
	case post.Unsent, post.Sending:
		if l.LeaseUntil.IsZero() {
			return l.Created, true
		}
		return l.LeaseUntil, true
	}
	return time.Time{}, false
}

// Claimed is l claimed until the end of a lease. It refuses with Conflict when
// l has another revision, needs no sender, or is held by another at now.
func Claimed(l post.Letter, rev int64, now, leaseUntil time.Time) (post.Letter, error) {
	if l.Rev != rev {
		return l, request.Fault(request.Conflict, l.ID, "claim revision %d of a letter at %d", rev, l.Rev)
	}
	at, ok := Due(l)
	if !ok {
		return l, request.Fault(request.Conflict, l.ID, "claim a letter that is %s", l.State)
	}
	if l.State == post.Sending && at.After(now) {
		return l, request.Fault(request.Conflict, l.ID, "claim a letter that another sender holds")
	}
	l.State, l.LeaseUntil = post.Sending, leaseUntil.UTC()
	l.Attempts++
	l.Rev++
	return l, nil
}

// Marked is l written over was: the next revision. It refuses with Conflict
// when was moved on, and with InputRefused when l is another letter than was.
func Marked(was, l post.Letter) (post.Letter, error) {
	if l.Rev != was.Rev {
		return l, request.Fault(request.Conflict, l.ID, "mark revision %d of a letter at %d", l.Rev, was.Rev)
	}
	if l.Owner != was.Owner || l.ID != was.ID || l.Order.Kind != was.Order.Kind || !l.Created.Equal(was.Created) {
		return l, request.Fault(request.InputRefused, l.ID, "make another letter of it")
	}
	l.Rev++
	return l, nil
}
