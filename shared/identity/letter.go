package identity

import (
	"context"
	"crypto/hmac"
	"encoding/base32"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/allclaims/rightsdesk/shared/request"
)

// ForLetter is the purpose of a code that goes by post. It is asked for like
// the others; the code itself belongs to the request, not to a browser: it is
// typed days later, in another session.
const ForLetter Purpose = "letter"

// The limits of a code by post (A21).
const (
	// LetterLife is how long the code works after it was printed.
	LetterLife = 21 * 24 * time.Hour
	// LetterLength is 13 characters of Crockford's base 32: 65 bits.
	LetterLength = 13
	// LettersPerAddress is how many letters one address gets in LetterWindow,
	// however many requests name it.
	LettersPerAddress = 3
	LetterWindow      = 90 * 24 * time.Hour
)

// letterAlphabet has no I, L, O or U: it survives handwriting and a phone call.
const letterAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var letterEncoding = base32.NewEncoding(letterAlphabet).WithPadding(base32.NoPadding)

// LetterID names the record of a request's code by post. No browser can name it.
func LetterID(subject string) string { return digest("letter", subject) }

// DrawLetter draws the code of a letter at the moment it is printed, for one
// address on file, and keeps its hash alone: the code stands on the paper and
// nowhere else. Printing again draws another, and the one before is void.
func (p *Prover) DrawLetter(ctx context.Context, subject, channel string) (code string, until time.Time, err error) {
	if subject == "" || channel == "" {
		return "", time.Time{}, request.Fault(request.InputRefused, "", "draw a code for a letter to nobody")
	}
	raw, salt := make([]byte, 9), make([]byte, 32)
	for _, b := range [][]byte{raw, salt} {
		if _, err := io.ReadFull(p.Random, b); err != nil {
			return "", time.Time{}, fmt.Errorf("draw a code for a letter: %w", err)
		}
	}
	code = letterEncoding.EncodeToString(raw)[:LetterLength]
	now := p.Now().UTC()
	until = now.Add(LetterLife)
	id := LetterID(subject)
	err = p.change(ctx, id, func(s *Session) error {
		*s = Session{ID: id, Purpose: ForLetter, Subject: subject, Asked: now, Rev: s.Rev, Until: until, Expires: until}
		s.Codes = map[string]Code{channel: {Salt: salt, Hash: hash(*s, channel, code, salt), Until: until}}
		return nil
	}, true)
	if err != nil {
		return "", time.Time{}, err
	}
	return code, until, nil
}

// LetterOpen reports whether a code by post was printed for the subject that
// can still be typed: not used, not over, and with tries left.
func (p *Prover) LetterOpen(ctx context.Context, subject string) (bool, error) {
	s, err := p.Store.Session(ctx, LetterID(subject))
	if request.NotFound.Is(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read a letter's code: %w", err)
	}
	return s.UsedBy == "" && s.Tries < MaxTries && s.Until.After(p.Now()), nil
}

// TryLetter tries a code from a letter as a person typed it, in any case, with
// blanks or dashes, O for 0 and I or L for 1. The try is counted in the write
// that accepts a right code, five for one letter over all browsers (A21). A
// right code proves the address to this browser session for the purpose; typed
// again in the same session it says so again, in another it is used. It does
// the same work whether or not a letter was ever sent, and answers ErrCode to
// all that is wrong (A16).
func (p *Prover) TryLetter(ctx context.Context, secret string, purpose Purpose, subject, typed string) (Proof, error) {
	id, err := sessionID(secret, purpose, subject)
	if err != nil {
		return Proof{}, err
	}
	code, ok := NormalLetter(typed)
	if !ok {
		return Proof{}, ErrCode
	}
	channel := ""
	err = p.change(ctx, LetterID(subject), func(s *Session) error {
		now := p.Now().UTC()
		channel = ""
		if s.ID == "" { // nobody got a letter: the same work and the same write
			*s = Session{ID: LetterID(subject), Purpose: ForLetter, Subject: subject, Asked: now}
		}
		open := s.Tries < MaxTries
		for name, c := range dummy(s.Codes) {
			if hmac.Equal(c.Hash, hash(*s, name, code, c.Salt)) && now.Before(c.Until) {
				channel = name
			}
		}
		switch {
		case s.UsedBy != "" && s.UsedBy != id, s.UsedBy == "" && !open:
			channel = ""
		case channel != "":
			// Used once, by this session. Typed there again, as on a second click or
			// after a write that was lost, it is through.
			s.UsedBy = id
		}
		s.Tries = min(s.Tries+1, MaxTries)
		s.Expires = later(s.Expires, now.Add(askLife))
		return nil
	}, true)
	if err != nil {
		return Proof{}, err
	}
	if channel == "" {
		return Proof{}, ErrCode
	}
	var proof Proof
	err = p.change(ctx, id, func(s *Session) error {
		now := p.Now().UTC()
		s.ID, s.Purpose, s.Subject = id, purpose, subject
		s.prove(channel, now)
		proof = proofOf(*s)
		return nil
	}, true)
	return proof, err
}

// NormalLetter reads a code from a letter as people type it, and reports
// whether it has the form of one.
func NormalLetter(typed string) (string, bool) {
	if len(typed) > 128 {
		return "", false
	}
	code := strings.Map(func(r rune) rune {
		r = unicode.ToUpper(r)
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r), r == '.', r == '\u200b', r == '\u2212':
			return -1
		case r == 'O':
			return '0'
		case r == 'I', r == 'L':
			return '1'
		}
		return r
	}, typed)
	return code, len(code) == LetterLength && strings.Trim(code, letterAlphabet) == ""
}
