package memory

import (
	"context"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// PutColleague writes who signed in.
func (s *Store) PutColleague(ctx context.Context, c register.Colleague) error {
	return s.do(ctx, "PutColleague", c.ID, func() error {
		c.Roles = slices.Clone(c.Roles)
		s.colleagues[c.ID] = c
		return nil
	})
}

// Colleagues lists who signed in, by id.
func (s *Store) Colleagues(ctx context.Context) (out []register.Colleague, err error) {
	err = s.do(ctx, "Colleagues", "", func() error {
		for _, c := range s.colleagues {
			c.Roles = slices.Clone(c.Roles)
			out = append(out, c)
		}
		return nil
	})
	slices.SortFunc(out, func(a, b register.Colleague) int { return strings.Compare(a.ID, b.ID) })
	return out, err
}

// Connection is how a client's machine speaks with ours; NotFound when it does not.
func (s *Store) Connection(ctx context.Context, client string) (c register.Connection, err error) {
	err = s.do(ctx, "Connection", client, func() error {
		var ok bool
		if c, ok = s.connections[client]; !ok {
			return notFound(client, "find the connection of a client")
		}
		c.Keys, c.Domains = slices.Clone(c.Keys), slices.Clone(c.Domains)
		return nil
	})
	return c, err
}

// PutConnection writes it over the revision that the writer saw (0 = none), with
// a line to the register's own chain, together or not at all. Conflict: somebody
// else wrote meanwhile.
func (s *Store) PutConnection(ctx context.Context, c register.Connection, line ledger.Line) error {
	return s.do(ctx, "PutConnection", c.Client, func() error {
		if c.Client == "" {
			return request.Fault(request.InputRefused, "", "write a connection of no client")
		}
		if s.connections[c.Client].Rev != c.Rev {
			return request.Fault(request.Conflict, c.Client, "write a connection over another's write")
		}
		c.Rev++
		c.Keys, c.Domains = slices.Clone(c.Keys), slices.Clone(c.Domains)
		if err := s.registerLine(line); err != nil {
			return err
		}
		s.connections[c.Client] = c
		return nil
	})
}

// Tellings are casework.Tellings's, by client.
func (s *Store) Tellings(ctx context.Context) (out []register.Telling, err error) {
	err = s.do(ctx, "Tellings", "", func() error {
		for _, t := range s.tellings {
			out = append(out, t)
		}
		return nil
	})
	slices.SortFunc(out, func(a, b register.Telling) int { return strings.Compare(a.Client, b.Client) })
	return out, err
}

// PutTelling is casework.Tellings's.
func (s *Store) PutTelling(ctx context.Context, t register.Telling) error {
	return s.do(ctx, "PutTelling", t.Client, func() error {
		s.tellings[t.Client] = t
		return nil
	})
}

// Told is casework.Tellings's.
func (s *Store) Told(ctx context.Context, t register.Telling, done bool) error {
	return s.do(ctx, "Told", t.Client, func() error {
		if has, ok := s.tellings[t.Client]; !ok || !has.At.Equal(t.At) {
			return request.Fault(request.Conflict, t.Client, "go on with a telling that was begun anew")
		}
		if done {
			delete(s.tellings, t.Client)
			return nil
		}
		s.tellings[t.Client] = t
		return nil
	})
}

// registerLine chains a line behind the register's head.
func (s *Store) registerLine(line ledger.Line) error {
	const chain = register.RegisterChain
	line.Request = chain
	chained, head := ledger.Append(s.chain, []ledger.Line{line})
	b, err := store.Encode(string(chain), chained[0])
	if err != nil {
		return err
	}
	s.chain = head
	s.lines[chain] = append(s.lines[chain], b)
	s.view.heads[chain] = head
	return nil
}

// ReviseClient writes a client over what the writer saw, nil for a new one, and
// a line to the register's own chain, together or not at all. Conflict: it was
// written meanwhile. Exists: there is one already, or another has such an address.
func (s *Store) ReviseClient(ctx context.Context, before *register.Client, after register.Client, keys register.ContactKeys, line ledger.Line) error {
	return s.do(ctx, "ReviseClient", after.ID, func() error {
		if after.ID == "" || !keys.OK() || before != nil && before.ID != after.ID {
			return request.Fault(request.InputRefused, after.ID, "write a client without id or e-mail keys")
		}
		was, ok := s.clients[after.ID]
		switch {
		case before == nil && ok:
			return request.Fault(request.Exists, after.ID, "add a client that is there")
		case before != nil && !ok:
			return notFound(after.ID, "read a client to write it")
		case before != nil && was != *before:
			return request.Fault(request.Conflict, after.ID, "write a client over another's write")
		}
		if s.taken(after.ID, keys) {
			return request.Fault(request.Exists, after.ID, "give two clients one e-mail address")
		}
		if err := s.registerLine(line); err != nil {
			return err
		}
		s.contacts[after.ID], s.clients[after.ID] = keys, after
		return nil
	})
}
