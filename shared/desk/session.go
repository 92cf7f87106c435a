package desk

import (
	"time"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/door"
)

const (
	// sessionLife is how long a sign-in lasts at most, idleLife how long it
	// lasts unused.
	sessionLife = 8 * time.Hour
	idleLife    = time.Hour
	// touchEvery bounds the writes that note that somebody is at work.
	touchEvery = time.Minute
	// signInLife is how long the way to the issuer and back may take.
	signInLife = 10 * time.Minute
)

// What the desk remembers of a browser: who is signed in, and an attempt to.
var (
	sessionRecord = door.Record{Cookie: "desk", Life: sessionLife}
	signInRecord  = door.Record{Cookie: "desk-signin", Life: signInLife}
)

// session is one sign-in of a member of staff.
type session struct {
	Actor   casework.Actor `json:"actor"`
	Started time.Time      `json:"started"`
	Seen    time.Time      `json:"seen"`
	// Told is the key of the notice about what was just done.
	Told string `json:"told,omitempty"`
}

// until is the end of a session that is not used any more.
func (s session) until() time.Time {
	idle, most := s.Seen.Add(idleLife), s.Started.Add(sessionLife)
	if idle.After(most) {
		return most
	}
	return idle
}

// sessionOf finds who is signed in; nil when nobody is, or not any more. The
// ends are checked here too: the store may forget late (F09).
func (h *Handler) sessionOf(v visit) (*session, error) {
	var s session
	ok, err := h.door.Load(v.Visit, sessionRecord, &s)
	if err != nil || !ok {
		return nil, err
	}
	now := h.Now().UTC()
	if s.Actor.ID == "" || !s.until().After(now) {
		return nil, nil
	}
	if now.Sub(s.Seen) >= touchEvery {
		s.Seen = now
		if err := h.keep(v, &s); err != nil {
			return nil, err
		}
	}
	return &s, nil
}

// keep writes a session that is there already.
func (h *Handler) keep(v visit, s *session) error {
	return h.door.Put(v.Visit, sessionRecord, h.door.SecretOf(v.R, sessionRecord), s, s.until())
}
