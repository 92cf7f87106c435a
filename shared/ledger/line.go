// Package ledger is the append-only, hash-chained record of what was done, by
// whom, when and why (D-4). One chain a request; a line holds ids and codes,
// never personal data, so that erasing a person never breaks it (A47, I10).
package ledger

import (
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Line is one entry. Hash covers every other field and Prev, so that changing,
// removing or reordering lines shows.
type Line struct {
	Request request.ID `json:"request"`
	// Seq starts at 1 in every chain.
	Seq int64     `json:"seq"`
	At  time.Time `json:"at"` // UTC
	// Actor is a staff subject id, client:<id>, subject, or system:<function>.
	Actor string `json:"actor"`
	// Action is a code of D-4: received, split, proven, asked, client-notified,
	// instruction-received, decided, approved, executed, told, sent, downloaded, closed …
	Action string `json:"action"`
	Leg    string `json:"leg,omitempty"`
	// Before and After are phase or stage codes.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	// Reason is a ground or error code.
	Reason string `json:"reason,omitempty"`
	// Refs are further codes: system, letter id with template version and hash, counts, clock fields.
	Refs map[string]string `json:"refs,omitempty"`
	// Salt is random, so that the digest of a line tells nothing of it.
	Salt string `json:"salt,omitempty"`
	Prev string `json:"prev"`
	Hash string `json:"hash"`
}
