package memory

import (
	"context"

	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// Session is identity.Store's. It never expires here: the reader must look (F09).
func (s *Store) Session(ctx context.Context, id string) (out identity.Session, err error) {
	err = s.do(ctx, "Session", id, func() error {
		b, ok := s.sessions[id]
		if !ok {
			return notFound(id, "find a session")
		}
		out, err = decode[identity.Session](id, b)
		return err
	})
	return out, err
}

// PutSession is identity.Store's.
func (s *Store) PutSession(ctx context.Context, in identity.Session) error {
	return s.do(ctx, "PutSession", in.ID, func() error {
		var was identity.Session
		if b, ok := s.sessions[in.ID]; ok {
			var err error
			if was, err = decode[identity.Session](in.ID, b); err != nil {
				return err
			}
		}
		if was.Rev != in.Rev {
			return request.Fault(request.Conflict, in.ID, "write revision %d of a session at %d", in.Rev, was.Rev)
		}
		in.Rev++
		b, err := store.Encode(in.ID, in)
		if err != nil {
			return err
		}
		s.sessions[in.ID] = b
		return nil
	})
}
