package identity

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Purpose is what a code opens; a code for one opens no other (A23).
type Purpose string

// The purposes: lift a leg, fetch a package, see the status page, sign in as a client.
const (
	ForProof   Purpose = "proof"
	ForPackage Purpose = "package"
	ForStatus  Purpose = "status"
	ForClient  Purpose = "client"
)

// The limits (A21, A22). A guesser has MaxTries for each of
// CodesPerChannel codes: 5·15/10⁸, under one in a million a person a month.
const (
	CodeLife   = 10 * time.Minute
	ProofLife  = 30 * time.Minute
	MaxProof   = 8 * time.Hour // however often a session is extended
	MaxTries   = 5             // per asked code
	CodeDigits = 8

	CodesPerCase  = 3 // per case and purpose …
	ClientCodes   = 10
	CodesEvery    = 24 * time.Hour
	ChannelWindow = 30 * 24 * time.Hour
	// CodesPerChannel is five cases of three codes: what one person's channel
	// gets in ChannelWindow, however many requests name them.
	CodesPerChannel = 15

	// askLife is how long a code may still be drawn for a question: mail that
	// waits longer finds nobody in front of the form.
	askLife = time.Hour
	// minSecret is 128 bits in base 64.
	minSecret = 22
	// maxRaces bounds how often a write that lost a race is tried again.
	maxRaces = 64
)

// What a person may be told. There is one error for every wrong code: wrong,
// expired, used, of another request, or of nobody (A16, A23).
var (
	ErrCode     = request.Fault(request.ProofTooLow, "", "accept a code")
	ErrTooMany  = request.Fault(request.TooMany, "", "ask or try another code")
	ErrUnproven = request.Fault(request.ProofTooLow, "", "find a proof in this session")
)

// Session is one browser session's standing for one purpose and subject. Its
// ID is a hash of the session's secret with both: who does not hold the
// secret cannot name it, and the secret is never stored.
type Session struct {
	ID      string  `json:"id"`
	Purpose Purpose `json:"purpose"`
	Subject string  `json:"subject"`
	// Asked is when a code was last asked for; Tries counts what was typed since.
	Asked time.Time `json:"asked"`
	Tries int       `json:"tries"`
	// Codes are the live codes by channel.
	Codes map[string]Code `json:"codes,omitempty"`
	// Channels were proven; First and At are the first and last proof, Until their end.
	Channels []string  `json:"channels,omitempty"`
	First    time.Time `json:"first"`
	At       time.Time `json:"at"`
	Until    time.Time `json:"until"`
	// UsedBy is the session in which a code by post was typed (ForLetter only).
	UsedBy string `json:"usedBy,omitempty"`
	// Expires is when the record may be forgotten; whoever reads checks it (F09).
	Expires time.Time `json:"expires"`
	// Rev counts the writes: the store's compare-and-swap.
	Rev int64 `json:"rev"`
}

// Code is what is kept of a code: never the code.
type Code struct {
	Salt  []byte    `json:"salt"`
	Hash  []byte    `json:"hash"`
	Until time.Time `json:"until"`
}

// Store keeps sessions and counters.
type Store interface {
	// Session reads consistently; request.NotFound when there is none.
	Session(ctx context.Context, id string) (Session, error)
	// PutSession writes s over the stored revision s.Rev (0: there is none)
	// as revision s.Rev+1; request.Conflict when another stands there.
	PutSession(ctx context.Context, s Session) error
	// Take counts one use of key and reports whether it is within max until
	// the window ends; counting is atomic.
	Take(ctx context.Context, key string, max int, until time.Time) (bool, error)
}

// Prover asks for, draws and tries codes.
type Prover struct {
	Store  Store
	Now    func() time.Time
	Random io.Reader // a CSPRNG
	// Send has the code of a session sent, if its subject is somebody we know:
	// the outbox row is written after the answer, or in the same work for
	// everybody (A16). It learns purpose and subject by SessionOf.
	Send func(ctx context.Context, sessionID string) error
}

// Asked says until when the code can be typed.
type Asked struct{ Until time.Time }

// Proof is what a session has proven.
type Proof struct {
	Session string
	// Channels are the ids of the channels to which the codes went, in the order proven.
	Channels  []string
	At, Until time.Time
}

// Ask asks for a code on behalf of a browser session, whose secret is its
// cookie's value of at least 128 bits. The subject is a reference, or the key
// of a client's e-mail address. It does the same work whoever is known and
// answers the same (A16). A code asked before in this session dies.
// ErrTooMany: the case had its codes for today.
func (p *Prover) Ask(ctx context.Context, secret string, purpose Purpose, subject string) (Asked, error) {
	id, err := sessionID(secret, purpose, subject)
	if err != nil {
		return Asked{}, err
	}
	now := p.Now().UTC()
	limit := CodesPerCase
	if purpose == ForClient {
		limit = ClientCodes
	}
	ok, err := p.Store.Take(ctx, digest("asked", string(purpose), subject), limit, now.Add(CodesEvery))
	if err != nil {
		return Asked{}, fmt.Errorf("count the codes of a case: %w", err)
	}
	if !ok {
		return Asked{}, ErrTooMany
	}
	err = p.change(ctx, id, func(s *Session) error {
		s.ID, s.Purpose, s.Subject = id, purpose, subject
		s.Asked, s.Tries, s.Codes = now, 0, nil
		s.Expires = later(s.Until, now.Add(askLife))
		return nil
	}, true)
	if err != nil {
		return Asked{}, err
	}
	if err := p.Send(ctx, id); err != nil {
		return Asked{}, fmt.Errorf("have a code sent: %w", err)
	}
	return Asked{Until: now.Add(CodeLife)}, nil
}

// Draw makes the code for one channel of a session; the sender of mail calls
// it at the moment of sending, so that no queue ever holds a code. The channel
// is an id of the channel that is the same in every request. A code drawn
// again replaces the one before. ErrTooMany: this channel had its codes for
// this month. request.NotFound: nobody waits for it any more.
func (p *Prover) Draw(ctx context.Context, sessionID, channel string) (string, error) {
	s, err := p.SessionOf(ctx, sessionID)
	if err != nil {
		return "", err
	}
	now := p.Now().UTC()
	if channel == "" || now.Sub(s.Asked) >= askLife {
		return "", request.Fault(request.NotFound, sessionID, "draw a code that nobody waits for")
	}
	if s.Purpose != ForClient {
		ok, err := p.Store.Take(ctx, digest("drawn", channel), CodesPerChannel, now.Add(ChannelWindow))
		if err != nil {
			return "", fmt.Errorf("count the codes of a channel: %w", err)
		}
		if !ok {
			return "", ErrTooMany
		}
	}
	code, err := draw(p.Random)
	if err != nil {
		return "", err
	}
	salt := make([]byte, 32)
	if _, err := io.ReadFull(p.Random, salt); err != nil {
		return "", fmt.Errorf("draw a salt: %w", err)
	}
	asked := s.Asked
	err = p.change(ctx, sessionID, func(s *Session) error {
		if !s.Asked.Equal(asked) {
			// Asked anew meanwhile: that question has a letter of its own.
			return request.Fault(request.NotFound, sessionID, "draw a code that nobody waits for")
		}
		if s.Codes == nil {
			s.Codes = map[string]Code{}
		}
		s.Codes[channel] = Code{Salt: salt, Hash: hash(*s, channel, code, salt), Until: now.Add(CodeLife)}
		return nil
	}, false)
	if err != nil {
		return "", err
	}
	return code, nil
}

// Try tries a code as a person typed it, blanks and dashes included. The try
// is counted before anything is answered, in the same write that accepts a
// right code, so neither a crash nor a thousand parallel posts win a sixth
// try (A21). What is not eight digits is no try. It does the same work
// whether or not a code was ever sent (A16).
func (p *Prover) Try(ctx context.Context, secret string, purpose Purpose, subject, typed string) (Proof, error) {
	id, err := sessionID(secret, purpose, subject)
	if err != nil {
		return Proof{}, err
	}
	code, ok := normalise(typed)
	if !ok {
		return Proof{}, ErrCode
	}
	var proof Proof
	accepted := false
	err = p.change(ctx, id, func(s *Session) error {
		now := p.Now().UTC()
		accepted = false
		if !s.Expires.After(now) {
			return ErrCode
		}
		if s.Tries >= MaxTries {
			return ErrTooMany
		}
		s.Tries++
		var match string
		for channel, c := range dummy(s.Codes) {
			if hmac.Equal(c.Hash, hash(*s, channel, code, c.Salt)) && now.Before(c.Until) {
				match, accepted = channel, true
			}
		}
		if !accepted {
			return nil
		}
		delete(s.Codes, match) // used once
		s.prove(match, now)
		proof = proofOf(*s)
		return nil
	}, false)
	switch {
	case request.NotFound.Is(err):
		return Proof{}, ErrCode
	case err != nil:
		return Proof{}, err
	case !accepted:
		return Proof{}, ErrCode
	}
	return proof, nil
}

// Proven gives what this browser session has proven for the purpose and
// subject; ErrUnproven when nothing, or no longer.
func (p *Prover) Proven(ctx context.Context, secret string, purpose Purpose, subject string) (Proof, error) {
	id, err := sessionID(secret, purpose, subject)
	if err != nil {
		return Proof{}, ErrUnproven
	}
	s, err := p.Store.Session(ctx, id)
	if request.NotFound.Is(err) {
		return Proof{}, ErrUnproven
	}
	if err != nil {
		return Proof{}, fmt.Errorf("read a session: %w", err)
	}
	if !s.proven(p.Now()) {
		return Proof{}, ErrUnproven
	}
	return proofOf(s), nil
}

// Extend keeps a proven session for another 30 minutes, to MaxProof after its
// first proof at most.
func (p *Prover) Extend(ctx context.Context, secret string, purpose Purpose, subject string) (Proof, error) {
	id, err := sessionID(secret, purpose, subject)
	if err != nil {
		return Proof{}, ErrUnproven
	}
	var proof Proof
	err = p.change(ctx, id, func(s *Session) error {
		now := p.Now().UTC()
		if !s.proven(now) {
			return ErrUnproven
		}
		s.Until = end(*s, now)
		s.Expires = later(s.Expires, s.Until)
		proof = proofOf(*s)
		return nil
	}, false)
	if request.NotFound.Is(err) {
		return Proof{}, ErrUnproven
	}
	if err != nil {
		return Proof{}, err
	}
	return proof, nil
}

// End signs a session out: its proofs and codes are gone.
func (p *Prover) End(ctx context.Context, secret string, purpose Purpose, subject string) error {
	id, err := sessionID(secret, purpose, subject)
	if err != nil {
		return nil //nolint:nilerr // no session has a secret like that: nothing to end
	}
	err = p.change(ctx, id, func(s *Session) error {
		now := p.Now().UTC()
		s.Channels, s.Codes, s.Until, s.Expires = nil, nil, now, now
		return nil
	}, false)
	if request.NotFound.Is(err) {
		return nil
	}
	return err
}

// SessionOf gives a session by its id, for whoever sends its code;
// request.NotFound when it is gone or expired.
func (p *Prover) SessionOf(ctx context.Context, sessionID string) (Session, error) {
	s, err := p.Store.Session(ctx, sessionID)
	if err != nil {
		return Session{}, fmt.Errorf("read a session: %w", err)
	}
	if !s.Expires.After(p.Now()) {
		return Session{}, request.Fault(request.NotFound, sessionID, "read a session that expired")
	}
	return s, nil
}

// change reads, changes and writes a session, again when somebody else wrote
// first. An error of f writes nothing and is the answer.
func (p *Prover) change(ctx context.Context, id string, f func(*Session) error, create bool) error {
	for range maxRaces {
		s, err := p.Store.Session(ctx, id)
		if err != nil && (!create || !request.NotFound.Is(err)) {
			return fmt.Errorf("read a session: %w", err)
		}
		if err != nil {
			s = Session{}
		}
		s.Codes = maps.Clone(s.Codes)
		if err := f(&s); err != nil {
			return err
		}
		err = p.Store.PutSession(ctx, s)
		if err == nil {
			return nil
		}
		if !request.Conflict.Is(err) {
			return fmt.Errorf("write a session: %w", err)
		}
	}
	return errors.New("write a session: others were always first")
}

// prove adds a channel to what the session has proven.
func (s *Session) prove(channel string, now time.Time) {
	if !s.Until.After(now) {
		s.Channels, s.First = nil, now // an older proof is over
	}
	if !slices.Contains(s.Channels, channel) {
		s.Channels = append(s.Channels, channel)
	}
	s.At = now
	s.Until = end(*s, now)
	s.Expires = later(s.Expires, s.Until)
}

func (s Session) proven(now time.Time) bool { return len(s.Channels) > 0 && s.Until.After(now) }

func proofOf(s Session) Proof {
	return Proof{Session: s.ID, Channels: slices.Clone(s.Channels), At: s.At, Until: s.Until}
}

func end(s Session, now time.Time) time.Time {
	until, most := now.Add(ProofLife), s.First.Add(MaxProof)
	if until.After(most) {
		return most
	}
	return until
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// dummy gives a code that nobody can match where there is none, so that the
// work is the same.
func dummy(codes map[string]Code) map[string]Code {
	if len(codes) > 0 {
		return codes
	}
	return map[string]Code{"": {Salt: make([]byte, 32)}}
}

// draw gives eight unbiased decimal digits.
func draw(random io.Reader) (string, error) {
	const span = 100_000_000
	const most = (1 << 32) / span * span // above it the low codes would come oftener
	for {
		var b [4]byte
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return "", fmt.Errorf("draw a code: %w", err)
		}
		if n := uint64(binary.BigEndian.Uint32(b[:])); n < most {
			return fmt.Sprintf("%08d", n%span), nil
		}
	}
}

// normalise reads a code as people type it: "4829 1736", "4829-1736".
func normalise(typed string) (string, bool) {
	if len(typed) > 64 {
		return "", false
	}
	code := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune("-.\u2010\u2011\u2013", r) {
			return -1
		}
		return r
	}, typed)
	if len(code) != CodeDigits || strings.Trim(code, "0123456789") != "" {
		return "", false
	}
	return code, true
}

// hash binds a code to session, purpose, subject and channel (A23): the same
// digits anywhere else have another hash.
func hash(s Session, channel, code string, salt []byte) []byte {
	m := hmac.New(sha256.New, salt)
	m.Write([]byte(digest("code", s.ID, string(s.Purpose), s.Subject, channel, code)))
	return m.Sum(nil)
}

// sessionID is the hash of the secret with what it stands for.
func sessionID(secret string, purpose Purpose, subject string) (string, error) {
	if len(secret) < minSecret {
		return "", request.Fault(request.InputRefused, "", "use a session secret under 128 bits")
	}
	switch purpose {
	case ForProof, ForPackage, ForStatus, ForClient, ForLetter:
	default:
		return "", request.Fault(request.InputRefused, "", "use a code for %q", purpose)
	}
	return digest("session", secret, string(purpose), subject), nil
}

// digest is SHA-256 over the parts, each with its length, in hexadecimal.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s,", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))
}
