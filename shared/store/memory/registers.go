package memory

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/figures"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

type registers struct {
	clients    map[string]register.Client
	contacts   map[string]register.ContactKeys // by client
	suppressed map[string]register.Suppression
	erased     map[string]register.Erased
	counters   map[string]counter
	drafts     map[string]draft
	sessions   map[string][]byte
	noted      map[string]store.Noted
	figures    map[string]figures.Record // by month#request
	tallies    map[string]post.Tally
	fuse       post.Fuse
	offset     time.Duration
	colleagues map[string]register.Colleague
	// connections are those of clients' machines, by client.
	connections map[string]register.Connection
	// tellings are by client.
	tellings map[string]register.Telling
	// chain is the head of the register's own chain.
	chain request.Chain
}

type counter struct {
	n     int
	until time.Time
	// who are those that counted by name.
	who []string
}

type draft struct {
	body    []byte
	expires time.Time
}

func (g *registers) open() {
	g.clients = map[string]register.Client{}
	g.contacts = map[string]register.ContactKeys{}
	g.suppressed = map[string]register.Suppression{}
	g.erased = map[string]register.Erased{}
	g.counters = map[string]counter{}
	g.drafts = map[string]draft{}
	g.sessions = map[string][]byte{}
	g.noted = map[string]store.Noted{}
	g.figures = map[string]figures.Record{}
	g.tallies = map[string]post.Tally{}
	g.colleagues = map[string]register.Colleague{}
	g.connections = map[string]register.Connection{}
	g.tellings = map[string]register.Telling{}
}

// Client is casework.Registers's.
func (s *Store) Client(ctx context.Context, id string) (c register.Client, err error) {
	err = s.do(ctx, "Client", id, func() error {
		var ok bool
		if c, ok = s.clients[id]; !ok {
			return notFound(id, "find a client")
		}
		return nil
	})
	return c, err
}

// PutClient writes a client; by the keys of its contact and deputy ClientByEmail
// finds it from now on. Exists: another client has such an address.
func (s *Store) PutClient(ctx context.Context, c register.Client, keys register.ContactKeys) error {
	return s.do(ctx, "PutClient", c.ID, func() error {
		if c.ID == "" || !keys.OK() {
			return request.Fault(request.InputRefused, c.ID, "write a client without id or e-mail keys")
		}
		if s.taken(c.ID, keys) {
			return request.Fault(request.Exists, c.ID, "give two clients one e-mail address")
		}
		s.contacts[c.ID], s.clients[c.ID] = keys, c
		return nil
	})
}

// taken reports whether another client has one of those addresses.
func (s *Store) taken(client string, keys register.ContactKeys) bool {
	for id, has := range s.contacts {
		if id != client && slices.ContainsFunc(has.All(), func(key string) bool { return slices.Contains(keys.All(), key) }) {
			return true
		}
	}
	return false
}

// Clients lists all clients by id.
func (s *Store) Clients(ctx context.Context) (out []register.Client, err error) {
	err = s.do(ctx, "Clients", "", func() error {
		for _, c := range s.clients {
			out = append(out, c)
		}
		return nil
	})
	slices.SortFunc(out, func(a, b register.Client) int { return strings.Compare(a.ID, b.ID) })
	return out, err
}

// ClientByEmail is casework.Registers's.
func (s *Store) ClientByEmail(ctx context.Context, hmacKey string) (c register.Contact, err error) {
	err = s.do(ctx, "ClientByEmail", "", func() error {
		for id, keys := range s.contacts {
			if slices.Contains(keys.All(), hmacKey) {
				c = register.Contact{Client: s.clients[id], Deputy: keys.Deputy == hmacKey}
				return nil
			}
		}
		return notFound("", "find a client by e-mail")
	})
	return c, err
}

// Suppressed is casework.Registers's.
func (s *Store) Suppressed(ctx context.Context, key, scope string) (ok bool, err error) {
	err = s.do(ctx, "Suppressed", "", func() error {
		_, ok = s.suppressed[scope+"#"+key]
		return nil
	})
	return ok, err
}

// Suppressions lists one scope of the suppression list by key.
func (s *Store) Suppressions(ctx context.Context, scope string, page store.Page) (out []register.Suppression, next string, err error) {
	err = s.do(ctx, "Suppressions", scope, func() error {
		for _, x := range s.suppressed {
			if x.Scope == scope && x.Key > page.After {
				out = append(out, x)
			}
		}
		slices.SortFunc(out, func(a, b register.Suppression) int { return strings.Compare(a.Key, b.Key) })
		if n := limit(page); len(out) > n {
			out = out[:n]
			next = out[n-1].Key
		}
		return nil
	})
	return out, next, err
}

// Erasures lists the erasure register, to be re-applied after a restore (E-6, F17).
func (s *Store) Erasures(ctx context.Context, page store.Page) (out []register.Erased, next string, err error) {
	err = s.do(ctx, "Erasures", "", func() error {
		for key, x := range s.erased {
			if key > page.After {
				out = append(out, x)
			}
		}
		slices.SortFunc(out, func(a, b register.Erased) int { return strings.Compare(store.ErasedKey(a), store.ErasedKey(b)) })
		if n := limit(page); len(out) > n {
			out = out[:n]
			next = store.ErasedKey(out[n-1])
		}
		return nil
	})
	return out, next, err
}

// ErasedOf lists what was erased under one keyed identifier, to be checked before an import (F16).
func (s *Store) ErasedOf(ctx context.Context, key string) (out []register.Erased, err error) {
	err = s.do(ctx, "ErasedOf", "", func() error {
		for _, x := range s.erased {
			if x.Key == key {
				out = append(out, x)
			}
		}
		slices.SortFunc(out, func(a, b register.Erased) int { return strings.Compare(store.ErasedKey(a), store.ErasedKey(b)) })
		return nil
	})
	return out, err
}

// Take is casework.Registers's. The first use of a key opens its window; a
// window that is over (by Now) counts anew.
func (s *Store) Take(ctx context.Context, key string, maximum int, until time.Time) (bool, error) {
	return s.take(ctx, "Take", key, "", maximum, until)
}

// TakeOnce is casework.Registers's.
func (s *Store) TakeOnce(ctx context.Context, key, who string, maximum int, until time.Time) (bool, error) {
	return s.take(ctx, "TakeOnce", key, who, maximum, until)
}

func (s *Store) take(ctx context.Context, op, key, who string, maximum int, until time.Time) (ok bool, err error) {
	now := s.now()
	err = s.do(ctx, op, "", func() error {
		c := s.counters[key]
		if !c.until.After(now) {
			c = counter{until: until}
		}
		if who != "" && slices.Contains(c.who, who) {
			ok = true
			return nil
		}
		if ok = c.n < maximum; ok {
			c.n++
			c.who = append(slices.Clone(c.who), who)
			s.counters[key] = c
		}
		return nil
	})
	return ok && err == nil, err
}

// Tally is post.Meter's.
func (s *Store) Tally(ctx context.Context, name string, add post.Tally, _ time.Time) (sum post.Tally, err error) {
	err = s.do(ctx, "Tally", "", func() error {
		sum = s.tallies[name].Plus(add)
		s.tallies[name] = sum
		return nil
	})
	return sum, err
}

// Fuse is post.Meter's.
func (s *Store) Fuse(ctx context.Context) (f post.Fuse, err error) {
	err = s.do(ctx, "Fuse", "", func() error { f = s.fuse; return nil })
	return f, err
}

// PutFuse is post.Meter's.
func (s *Store) PutFuse(ctx context.Context, f post.Fuse) error {
	return s.do(ctx, "PutFuse", "", func() error {
		if f.Rev != s.fuse.Rev {
			return request.Fault(request.Conflict, "", "write the breaker over another's write")
		}
		f.Rev++
		s.fuse = f
		return nil
	})
}

// Offset is how far the clock of the local stage was moved; zero elsewhere.
func (s *Store) Offset(ctx context.Context) (d time.Duration, err error) {
	err = s.do(ctx, "Offset", "", func() error { d = s.offset; return nil })
	return d, err
}

// SetOffset moves the clock of the local stage.
func (s *Store) SetOffset(ctx context.Context, d time.Duration) error {
	return s.do(ctx, "SetOffset", "", func() error { s.offset = d; return nil })
}

// Draft gives what was typed in a web form; NotFound when there is none or it expired (F09).
func (s *Store) Draft(ctx context.Context, key string) (body []byte, err error) {
	now := s.now()
	err = s.do(ctx, "Draft", "", func() error {
		d, ok := s.drafts[key]
		if !ok || !d.expires.After(now) {
			return notFound("", "find a draft")
		}
		body = slices.Clone(d.body)
		return nil
	})
	return body, err
}

// PutDraft keeps what was typed in a web form until expires; more than store.MaxDraft bytes is TooMany.
func (s *Store) PutDraft(ctx context.Context, key string, body []byte, expires time.Time) error {
	return s.do(ctx, "PutDraft", "", func() error {
		if len(body) > store.MaxDraft {
			return request.Fault(request.TooMany, "", "keep a draft of %d bytes, of %d", len(body), store.MaxDraft)
		}
		s.drafts[key] = draft{slices.Clone(body), expires}
		return nil
	})
}

// DeleteDraft forgets a draft; none is no error.
func (s *Store) DeleteDraft(ctx context.Context, key string) error {
	return s.do(ctx, "DeleteDraft", "", func() error { delete(s.drafts, key); return nil })
}

// Note is casework.Registers's.
func (s *Store) Note(ctx context.Context, n store.Noted) error {
	return s.do(ctx, "Note", "", func() error {
		if _, ok := s.noted[n.Source]; !ok {
			s.noted[n.Source] = n
		}
		return nil
	})
}

// Noted is casework.Registers's.
func (s *Store) Noted(ctx context.Context, source string) (ok bool, err error) {
	err = s.do(ctx, "Noted", "", func() error {
		_, ok = s.noted[source]
		return nil
	})
	return ok, err
}

// NotedOn is casework.Registers's.
func (s *Store) NotedOn(ctx context.Context, day request.Day, page store.Page) (out []store.Noted, next string, err error) {
	err = s.do(ctx, "NotedOn", string(day), func() error {
		for _, n := range s.noted {
			if n.Day() == day && n.Source > page.After {
				out = append(out, n)
			}
		}
		slices.SortFunc(out, func(a, b store.Noted) int { return strings.Compare(a.Source, b.Source) })
		if n := limit(page); len(out) > n {
			out = out[:n]
			next = out[n-1].Source
		}
		return nil
	})
	return out, next, err
}
