package main

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// book is a ledger in memory: chains, heads and sealed roots.
type book struct {
	lines map[request.ID][]ledger.Line
	heads []ledger.Head
	roots map[string][]byte
}

func (b *book) Heads(_ context.Context, page store.Page) ([]ledger.Head, string, error) {
	if page.After == "" && len(b.heads) > 1 { // two pages
		return b.heads[:1], "more", nil
	}
	if page.After != "" {
		return b.heads[1:], "", nil
	}
	return b.heads, "", nil
}

func (b *book) Lines(_ context.Context, id request.ID) ([]ledger.Line, error) {
	return b.lines[id], nil
}

func (b *book) ByReference(_ context.Context, ref request.Reference) (request.ID, error) {
	if ref == known {
		return b.heads[0].Request, nil
	}
	return "", request.Fault(request.NotFound, string(ref), "find it")
}

func (b *book) each(_ context.Context, fn func(string, []byte) error) error {
	for key, body := range b.roots {
		if err := fn(key, body); err != nil {
			return err
		}
	}
	return nil
}

const known = request.Reference("R-7Q2M-K9TD")

// bookOf makes three chains, and a root of the day on which each had two lines.
func bookOf(t *testing.T) *book {
	t.Helper()
	b := &book{lines: map[request.ID][]ledger.Line{}, roots: map[string][]byte{}}
	var heads []ledger.Head
	for _, id := range []request.ID{"aaaa", "bbbb", "cccc"} {
		raw := make([]ledger.Line, 4)
		for i := range raw {
			raw[i] = ledger.Line{Request: id, At: time.Date(2026, 3, 5, 9, i, 0, 0, time.UTC), Actor: "system:triage", Action: "noted"}
		}
		first, middle := ledger.Append(request.Chain{}, raw[:2])
		rest, head := ledger.Append(middle, raw[2:])
		b.lines[id] = append(first, rest...)
		b.heads = append(b.heads, ledger.Head{Request: id, Chain: head})
		heads = append(heads, ledger.Head{Request: id, Chain: middle})
	}
	body, err := json.Marshal(ledger.Seal("2026-03-05", heads))
	if err != nil {
		t.Fatal(err)
	}
	b.roots["roots/2026-03-05.json"] = body
	return b
}

// A47: whoever changes the ledger is found, in the chain, at its end, or by
// the sealed root when chain and head were both written anew.
func TestA47LedgerVerify(t *testing.T) {
	for name, c := range map[string]struct {
		harm func(*book)
		ref  request.Reference
		want string
	}{
		"sound":     {func(*book) {}, "", "The ledger holds: 3 chains, 12 lines, 3 heads, 1 daily roots."},
		"one":       {func(*book) {}, known, "The ledger holds: 1 chains, 4 lines, 1 heads, 1 daily roots."},
		"unknown":   {func(*book) {}, "R-2222-2222", "find R-2222-2222"},
		"changed":   {func(b *book) { b.lines["bbbb"][2].Actor = "o1" }, "", "request bbbb is broken: ledger line at index 2"},
		"elsewhere": {func(b *book) { b.lines["bbbb"][2].Actor = "o1" }, known, "1 chains"},
		"cut":       {func(b *book) { b.lines["cccc"] = b.lines["cccc"][:3] }, "", "request cccc is broken: ledger line at index 3"},
		"rewritten": {func(b *book) {
			lines := slices.Clone(b.lines["bbbb"])
			lines[1].Actor = "o1"
			var head request.Chain
			b.lines["bbbb"], head = ledger.Append(head, lines)
			b.heads[1].Chain = head
		}, "", "request bbbb is not the one that the root roots/2026-03-05.json sealed: ledger line at index 1"},
		"removed": {func(b *book) { delete(b.lines, "aaaa"); b.heads = b.heads[1:] }, "", "the chain of request aaaa, which the root roots/2026-03-05.json names, is gone"},
		"root": {func(b *book) {
			b.roots["roots/2026-03-05.json"] = bytes.Replace(b.roots["roots/2026-03-05.json"], []byte(`"bbbb"`), []byte(`"dddd"`), 1)
		}, "", "does not fit the heads"},
	} {
		t.Run(name, func(t *testing.T) {
			b := bookOf(t)
			c.harm(b)
			var out bytes.Buffer
			err := verifyLedger(t.Context(), b, b, c.ref, &out)
			said := out.String()
			if err != nil {
				said += err.Error()
			}
			if !strings.Contains(said, c.want) {
				t.Errorf("it said %q, want %q", said, c.want)
			}
			if strings.HasPrefix(c.want, "The") != (err == nil) && name != "elsewhere" {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestLedgerArguments(t *testing.T) {
	for _, args := range [][]string{nil, {"show"}, {"verify", "x"}, {"verify", "-request", "R-1"}} {
		if err := runLedger(t.Context(), args, nil, &bytes.Buffer{}, &bytes.Buffer{}); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}
