package ledger

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
)

// version opens the byte form and every hash, so that a later form can stand
// beside this one in the same chain's history.
const version = "v1"

// Bytes is the canonical form of a line, version 1, that its Hash covers: the
// text "rightsdesk ledger v1\n", then these values in this order, each as its
// length in bytes (decimal), a colon, the bytes, and a comma:
//
//	request, seq (decimal), at (RFC 3339 with nanoseconds as needed, UTC),
//	actor, action, leg, before, after, reason,
//	number of refs (decimal), then key and value of each ref in byte order of the keys,
//	prev
//
// Lengths make the form unambiguous: no two lines share one form.
func (l Line) Bytes() []byte {
	b := []byte("rightsdesk ledger " + version + "\n")
	put := func(values ...string) {
		for _, v := range values {
			b = strconv.AppendInt(b, int64(len(v)), 10)
			b = append(b, ':')
			b = append(b, v...)
			b = append(b, ',')
		}
	}
	put(string(l.Request), strconv.FormatInt(l.Seq, 10), l.At.UTC().Format(time.RFC3339Nano),
		l.Actor, l.Action, l.Leg, l.Before, l.After, l.Reason, strconv.Itoa(len(l.Refs)))
	for _, k := range slices.Sorted(maps.Keys(l.Refs)) {
		put(k, l.Refs[k])
	}
	put(l.Prev)
	return b
}

// sum is the hash of a line: the version, a colon and SHA-256 in hexadecimal.
func sum(l Line) string {
	h := sha256.Sum256(l.Bytes())
	return version + ":" + hex.EncodeToString(h[:])
}

// Append numbers and chains lines behind head and gives them with the new
// head. It changes neither the lines it is given nor their maps.
func Append(head request.Chain, lines []Line) ([]Line, request.Chain) {
	out := make([]Line, len(lines))
	for i, l := range lines {
		l.At = l.At.UTC().Round(0)
		l.Refs = maps.Clone(l.Refs)
		l.Seq = head.Seq + 1
		l.Prev = head.Hash
		l.Hash = sum(l)
		head = request.Chain{Seq: l.Seq, Hash: l.Hash}
		out[i] = l
	}
	return out, head
}

// BrokenError says where a chain does not hold.
type BrokenError struct {
	// Index is the place of the first bad line, from 0; it is the number of
	// lines when the end is missing.
	Index int
	Why   string
}

// Error names the line by its index.
func (b *BrokenError) Error() string {
	return fmt.Sprintf("ledger line at index %d: %s", b.Index, b.Why)
}

// Verify recomputes a whole chain from its first line and gives a *BrokenError for
// the first line that was changed, removed, added or moved (A47). What was cut
// off the end only shows beside a head: see VerifyHead.
func Verify(lines []Line) error {
	var prev Line
	for i, l := range lines {
		switch {
		case i > 0 && l.Request != prev.Request:
			return &BrokenError{i, "belongs to another request"}
		case l.Seq != int64(i)+1:
			return &BrokenError{i, fmt.Sprintf("number %d stands where %d must stand", l.Seq, i+1)}
		case l.Prev != prev.Hash:
			return &BrokenError{i, "does not follow the line before it"}
		case l.Hash != sum(l):
			return &BrokenError{i, "its content is not what was hashed"}
		}
		prev = l
	}
	return nil
}

// VerifyHead is Verify, and that the chain ends at head.
func VerifyHead(lines []Line, head request.Chain) error {
	if err := Verify(lines); err != nil {
		return err
	}
	var end request.Chain
	if n := len(lines); n > 0 {
		end = request.Chain{Seq: lines[n-1].Seq, Hash: lines[n-1].Hash}
	}
	switch {
	case end.Seq < head.Seq:
		return &BrokenError{len(lines), fmt.Sprintf("missing: the head counts %d lines", head.Seq)}
	case end.Seq > head.Seq:
		return &BrokenError{int(head.Seq), "stands behind the head"}
	case end.Hash != head.Hash:
		return &BrokenError{max(len(lines)-1, 0), "is not the head"}
	}
	return nil
}

// Head is the end of one request's chain.
type Head struct {
	Request request.ID    `json:"request"`
	Chain   request.Chain `json:"chain"`
}

// Root is one hash over the heads of all chains, whatever their order: the
// daily root that is locked away (design.md). It is version 1: SHA-256 of the
// text "rightsdesk root v1\n" and one line "request seq hash\n" a head, in
// order of request.
func Root(heads []Head) string {
	heads = slices.Clone(heads)
	slices.SortFunc(heads, func(a, b Head) int {
		return cmp.Or(strings.Compare(string(a.Request), string(b.Request)), cmp.Compare(a.Chain.Seq, b.Chain.Seq))
	})
	h := sha256.New()
	fmt.Fprintf(h, "rightsdesk root %s\n", version)
	for _, x := range heads {
		fmt.Fprintf(h, "%s %d %s\n", x.Request, x.Chain.Seq, x.Chain.Hash)
	}
	return version + ":" + hex.EncodeToString(h.Sum(nil))
}
