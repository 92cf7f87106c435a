package identity

import (
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Needed is the level that must be proven before a right is carried out (I-3).
// lowRisk means that the data concerned hold nothing financial, no date of
// birth, no account number and no recording; for a rectification, that the
// field is harmless (no contact data: A11).
//
//	L0  stops, complaints, questions: never any proof
//	L1  restriction and objection, and with low risk everything else
//	L2  access, portability, erasure, rectification, automated decisions
//
// Erasure takes the same check as access (A49). L3 is never needed
// by rule: it is a last resort of an officer.
func Needed(right request.Right, lowRisk bool) request.Level {
	switch right {
	case request.MarketingObjection, request.ConsentWithdrawal, request.EmailWithdrawal,
		request.Complaint, request.Question:
		return request.L0
	case request.Restriction, request.Objection:
		return request.L1
	case request.Access, request.Portability, request.Rectification, request.Erasure, request.AutomatedDecision:
		if lowRisk {
			return request.L1
		}
	}
	return request.L2 // and what is new here is not let through
}

// Raise is the level of a leg after the channels were proven by code (I-3):
// L1 for one channel that stood on the candidate's file for at least ageRule
// days when the request was received (A11; an unknown day is too young), L2
// for a second such channel, or for a fact that matches the file besides. A
// fact alone lifts nothing (A02). The level never falls (I14).
func Raise(leg request.Leg, candidate request.Candidate, proven []request.FileChannel, fact bool, receivedAt time.Time, ageRule int) request.Level {
	if leg.Candidate != "" && leg.Candidate != candidate.ID {
		return leg.Has // a proof of somebody else (I-2)
	}
	good := map[string]bool{}
	for _, p := range proven {
		for _, c := range candidate.Channels {
			if channelKey(p) == channelKey(c) && OldEnough(c, receivedAt, ageRule) {
				good[channelKey(c)] = true
			}
		}
	}
	level := request.L0
	switch {
	case len(good) >= 2, len(good) == 1 && fact:
		level = request.L2
	case len(good) == 1:
		level = request.L1
	}
	return max(leg.Has, level)
}

// OldEnough reports whether a channel stood on file at least days before the
// request was received: only there may a code go (A11). The day of receipt is
// counted in UTC, which is never later than Amsterdam's.
func OldEnough(c request.FileChannel, receivedAt time.Time, days int) bool {
	since, err := time.Parse(time.DateOnly, string(c.Since))
	if err != nil {
		return false
	}
	received := receivedAt.UTC().Truncate(24 * time.Hour)
	return !since.After(received.AddDate(0, 0, -days))
}

// channelKey is one for the same channel in two systems, so that it never
// counts as two.
func channelKey(c request.FileChannel) string {
	v := strings.ToLower(strings.TrimSpace(c.Value))
	if c.Kind != "email" {
		v = strings.Map(func(r rune) rune {
			if strings.ContainsRune(" -().\u00a0", r) {
				return -1
			}
			return r
		}, v)
	}
	return c.Kind + "\x00" + v
}
