package ledger

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/request"
)

func TestRoot(t *testing.T) {
	t.Parallel()
	_, a := chain(3)
	_, b := chain(4)
	heads := []Head{{"aa", a}, {"bb", b}, {"cc", a}}
	root := Root(heads)
	if got := Root([]Head{heads[2], heads[0], heads[1]}); got != root {
		t.Error("the root depends on the order in which the heads were read")
	}
	for i := range heads {
		without := slices.Delete(slices.Clone(heads), i, i+1)
		moved := slices.Clone(heads)
		moved[i].Chain.Seq++
		if Root(without) == root || Root(moved) == root {
			t.Errorf("the root does not cover head %d", i)
		}
	}
}

// The root of a day that was sealed in the first form is verified as it was written.
func TestRootOfTheFirstForm(t *testing.T) {
	t.Parallel()
	heads := []Head{{"aa", request.Chain{Seq: 1, Hash: "v1:00"}}}
	s := Sealed{Version: 1, Day: "2026-03-05", Chains: 1, Heads: heads, Root: "v1:e224be0f06833d229ec59ed3519b39578c9d6715a362547e1bee808c417111a5"}
	if !s.Sound() {
		t.Errorf("it is not sound; its root is %s", rootOne(heads))
	}
	if _, _, ok := s.Prove("aa"); ok {
		t.Error("a root of the first form proves one head")
	}
}

// Every head of trees of every shape is proven alone, and only it.
func TestProve(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 17; n++ {
		var heads []Head
		for i := range n {
			heads = append(heads, Head{request.ID(fmt.Sprintf("%02d", i)), request.Chain{Seq: int64(i + 1), Hash: fmt.Sprint("v2:", i)}})
		}
		s := Seal("2026-03-05", heads)
		if !s.Sound() {
			t.Fatalf("%d heads: not sound", n)
		}
		for _, h := range heads {
			got, p, ok := s.Prove(h.Request)
			if !ok || got != h {
				t.Fatalf("%d heads: Prove(%s) = %v, %v", n, h.Request, got, ok)
			}
			root, err := p.Root(h)
			if err != nil || root != s.Root {
				t.Errorf("%d heads: %s stands under %s, %v", n, h.Request, root, err)
			}
			other := h
			other.Chain.Seq++
			moved, more, less := p, p, p
			moved.Index = (p.Index + 1) % n
			more.Path = append(slices.Clone(p.Path), strings.Repeat("0", 64))
			less.Chains++
			for what, wrong := range map[string]struct {
				p Proof
				h Head
			}{"head": {p, other}, "place": {moved, h}, "path": {more, h}, "chains": {less, h}} {
				if what == "place" && n == 1 {
					continue
				}
				if root, err := wrong.p.Root(wrong.h); err == nil && root == s.Root {
					t.Errorf("%d heads: another %s stands under the root", n, what)
				}
			}
		}
		if _, _, ok := s.Prove("no"); ok {
			t.Error("a chain that is not there is proven")
		}
	}
}
