package ledger

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Sealed is the object that the daily watch locks away: the heads of all
// chains, and one hash over them (A47).
type Sealed struct {
	Version int         `json:"version"`
	Day     request.Day `json:"day"`
	Chains  int         `json:"chains"`
	Root    string      `json:"root"`
	Heads   []Head      `json:"heads"`
}

// Seal is what is locked away on a day.
func Seal(day request.Day, heads []Head) Sealed {
	heads = sorted(heads)
	return Sealed{Version: 2, Day: day, Chains: len(heads), Root: Root(heads), Heads: heads}
}

// Sound reports whether the root fits the heads beside it.
func (s Sealed) Sound() bool {
	if len(s.Heads) != s.Chains {
		return false
	}
	switch s.Version {
	case 1:
		return rootOne(s.Heads) == s.Root
	case 2:
		return Root(s.Heads) == s.Root
	}
	return false
}

// Root is one hash over the heads of all chains, whatever their order: the
// daily root that is locked away (A47). It is version 2: "v2:" and
// SHA-256 in hexadecimal of the text "rightsdesk root v2\n" and the line
// "chains tree\n", where tree is the Merkle tree hash of RFC 6962 §2.1
// (hexadecimal) over one leaf a head, "request seq hash\n", in order of request.
// So one head can be shown to stand under the root without the others: Prove.
func Root(heads []Head) string {
	heads = sorted(heads)
	return rootOf(len(heads), tree(leaves(heads)))
}

// rootOne is the root of version 1: SHA-256 over all heads in one text.
func rootOne(heads []Head) string {
	h := sha256.New()
	fmt.Fprintf(h, "rightsdesk root %s\n", versionOne)
	for _, x := range sorted(heads) {
		h.Write(x.text())
	}
	return versionOne + ":" + hex.EncodeToString(h.Sum(nil))
}

func sorted(heads []Head) []Head {
	heads = slices.Clone(heads)
	slices.SortFunc(heads, func(a, b Head) int {
		return cmp.Or(strings.Compare(string(a.Request), string(b.Request)), cmp.Compare(a.Chain.Seq, b.Chain.Seq))
	})
	return heads
}

func (h Head) text() []byte {
	return fmt.Appendf(nil, "%s %d %s\n", h.Request, h.Chain.Seq, h.Chain.Hash)
}

func rootOf(chains int, tree []byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "rightsdesk root %s\n%d %s\n", version, chains, hex.EncodeToString(tree))
	return version + ":" + hex.EncodeToString(h.Sum(nil))
}

func (h Head) leaf() []byte {
	sum := sha256.Sum256(append([]byte{0}, h.text()...))
	return sum[:]
}

func leaves(heads []Head) [][]byte {
	out := make([][]byte, len(heads))
	for i, h := range heads {
		out[i] = h.leaf()
	}
	return out
}

// both is the hash of two subtrees.
func both(left, right []byte) []byte {
	h := sha256.New()
	h.Write([]byte{1})
	h.Write(left)
	h.Write(right)
	return h.Sum(nil)
}

// split is where a tree of n > 1 leaves is divided: the largest power of two
// below n.
func split(n int) int { return 1 << (bits.Len(uint(n-1)) - 1) }

func tree(of [][]byte) []byte {
	switch len(of) {
	case 0:
		sum := sha256.Sum256(nil)
		return sum[:]
	case 1:
		return of[0]
	}
	k := split(len(of))
	return both(tree(of[:k]), tree(of[k:]))
}

// Proof shows that one head stands under a root, without the other heads: the
// audit path of RFC 6962 §2.1.1.
type Proof struct {
	// Index is the place of the head among Chains heads, from 0.
	Index  int `json:"index"`
	Chains int `json:"chains"`
	// Path holds the hashes of the subtrees beside it, the nearest first, in
	// hexadecimal.
	Path []string `json:"path"`
}

// Prove gives the head of a request's chain and the proof that it stands under
// the root; false when the chain was not there that day, or the root is of
// version 1.
func (s Sealed) Prove(id request.ID) (Head, Proof, bool) {
	heads := sorted(s.Heads)
	i := slices.IndexFunc(heads, func(h Head) bool { return h.Request == id })
	if i < 0 || s.Version != 2 {
		return Head{}, Proof{}, false
	}
	p := Proof{Index: i, Chains: len(heads), Path: []string{}}
	for _, beside := range path(leaves(heads), i) {
		p.Path = append(p.Path, hex.EncodeToString(beside))
	}
	return heads[i], p, true
}

func path(of [][]byte, i int) [][]byte {
	if len(of) < 2 {
		return nil
	}
	k := split(len(of))
	if i < k {
		return append(path(of[:k], i), tree(of[k:]))
	}
	return append(path(of[k:], i-k), tree(of[:k]))
}

// errPath is a proof of the wrong shape.
var errPath = errors.New("the path does not fit the place and the number of chains")

// Root is the root under which the proof puts the head.
func (p Proof) Root(h Head) (string, error) {
	if p.Index < 0 || p.Index >= p.Chains {
		return "", errPath
	}
	beside := make([][]byte, len(p.Path))
	for i, s := range p.Path {
		b, err := hex.DecodeString(s)
		if err != nil || len(b) != sha256.Size || s != strings.ToLower(s) {
			return "", errPath
		}
		beside[i] = b
	}
	sum, ok := climb(h.leaf(), p.Index, p.Chains, beside)
	if !ok {
		return "", errPath
	}
	return rootOf(p.Chains, sum), nil
}

// climb is path backwards: the hash of the tree of n leaves in which leaf i has
// these subtrees beside it.
func climb(leaf []byte, i, n int, beside [][]byte) ([]byte, bool) {
	if n == 1 {
		return leaf, len(beside) == 0
	}
	if len(beside) == 0 {
		return nil, false
	}
	last, k := len(beside)-1, split(n)
	if i < k {
		left, ok := climb(leaf, i, k, beside[:last])
		return both(left, beside[last]), ok
	}
	right, ok := climb(leaf, i-k, n-k, beside[:last])
	return both(beside[last], right), ok
}
