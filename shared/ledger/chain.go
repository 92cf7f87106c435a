package ledger

import (
	"crypto/rand"
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

// The versions of the byte form. A version opens every hash, so that a later
// form can stand beside an earlier one in the same chain's history. Lines are
// written in the newest; the first one had no salt and no digest, so that its
// lines cannot be left out of a proof (see Link).
const (
	versionOne = "v1"
	version    = "v2"
)

// Bytes is the canonical form of what a line says, version 2, that its Digest
// covers: the text "rightsdesk ledger v2\n", then these values in this order,
// each as its length in bytes (decimal), a colon, the bytes, and a comma:
//
//	request, at (RFC 3339 with nanoseconds as needed, UTC),
//	actor, action, leg, before, after, reason,
//	number of refs (decimal), then key and value of each ref in byte order of the keys,
//	salt
//
// Lengths make the form unambiguous: no two lines share one form. The salt
// keeps a digest from telling, by trying, what a line says that is not shown.
func (l Line) Bytes() []byte {
	return l.form(version, nil, []string{l.Salt})
}

// bytesOne is the form of version 1: with the number behind the request, and
// with the hash before it at the end.
func (l Line) bytesOne() []byte {
	return l.form(versionOne, []string{strconv.FormatInt(l.Seq, 10)}, []string{l.Prev})
}

func (l Line) form(version string, behindRequest, end []string) []byte {
	b := []byte("rightsdesk ledger " + version + "\n")
	put := func(values ...string) {
		for _, v := range values {
			b = strconv.AppendInt(b, int64(len(v)), 10)
			b = append(b, ':')
			b = append(b, v...)
			b = append(b, ',')
		}
	}
	put(string(l.Request))
	put(behindRequest...)
	put(l.At.UTC().Format(time.RFC3339Nano), l.Actor, l.Action, l.Leg, l.Before, l.After, l.Reason, strconv.Itoa(len(l.Refs)))
	for _, k := range slices.Sorted(maps.Keys(l.Refs)) {
		put(k, l.Refs[k])
	}
	put(end...)
	return b
}

// Digest is SHA-256 over Bytes in hexadecimal: what stands for a line in its
// chain.
func (l Line) Digest() string {
	h := sha256.Sum256(l.Bytes())
	return hex.EncodeToString(h[:])
}

// Link is a line without what it says: enough to go on to the next line of the
// chain, for who may not read this one.
type Link struct {
	Seq    int64  `json:"seq"`
	Digest string `json:"digest"`
}

// Hash is the hash of the line that a link stands for, behind the hash before
// it: "v2:" and SHA-256 in hexadecimal of the text "rightsdesk link v2\n" and
// the line "seq digest prev\n".
func (k Link) Hash(prev string) string {
	h := sha256.New()
	fmt.Fprintf(h, "rightsdesk link %s\n%d %s %s\n", version, k.Seq, k.Digest, prev)
	return version + ":" + hex.EncodeToString(h.Sum(nil))
}

// Link gives what stands for a line in a proof that does not show it; false
// for one of version 1, whose hash covers what it says directly.
func (l Line) Link() (Link, bool) {
	if !strings.HasPrefix(l.Hash, version+":") {
		return Link{}, false
	}
	return Link{Seq: l.Seq, Digest: l.Digest()}, true
}

// Holds reports whether the line's hash is that of what it says and of the hash
// before it.
func (l Line) Holds() bool { return l.Hash == sum(l) }

// sum is the hash of a line in the version that its present hash names; a line
// that has none is of the newest.
func sum(l Line) string {
	if strings.HasPrefix(l.Hash, versionOne+":") && l.Salt == "" {
		h := sha256.Sum256(l.bytesOne())
		return versionOne + ":" + hex.EncodeToString(h[:])
	}
	return Link{Seq: l.Seq, Digest: l.Digest()}.Hash(l.Prev)
}

// Append numbers and chains lines behind head and gives them with the new
// head; each gets a random salt unless it has one. It changes neither the lines
// it is given nor their maps.
func Append(head request.Chain, lines []Line) ([]Line, request.Chain) {
	out := make([]Line, len(lines))
	for i, l := range lines {
		l.At = l.At.UTC().Round(0)
		l.Refs = maps.Clone(l.Refs)
		l.Seq = head.Seq + 1
		l.Prev = head.Hash
		if l.Salt == "" {
			l.Salt = rand.Text()
		}
		l.Hash = ""
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
		case !l.Holds():
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
