// Package vaulttest is the contract of every vault, as tests.
package vaulttest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/vault"
)

// Vault is what every vault offers.
type Vault interface {
	Put(ctx context.Context, key string, body io.Reader) error
	PutIfAbsent(ctx context.Context, key string, body io.Reader) error
	Create(ctx context.Context, key string) (vault.Writer, error)
	Open(ctx context.Context, key string) (io.ReadCloser, error)
	Stat(ctx context.Context, key string) (vault.Object, error)
	Delete(ctx context.Context, key string) error
	List(ctx context.Context, prefix string, fn func(vault.Object) error) error
}

// Run holds a vault to the contract; open gives an empty one.
func Run(t *testing.T, open func(t *testing.T) Vault) {
	for name, f := range map[string]func(*testing.T, Vault){
		"PutOpen": putOpen, "NotFound": notFound, "PutIfAbsent": putIfAbsent, "IfAbsentAtOnce": ifAbsentAtOnce,
		"List": list, "Create": create, "Abort": abort, "Large": large, "BrokenBody": brokenBody, "Keys": keys,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, open(t))
		})
	}
}

func read(t testing.TB, v Vault, key string) string {
	t.Helper()
	r, err := v.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func put(t testing.TB, v Vault, key, body string) {
	t.Helper()
	if err := v.Put(t.Context(), key, strings.NewReader(body)); err != nil {
		t.Fatal(err)
	}
}

func gone(t testing.TB, v Vault, key string) {
	t.Helper()
	if r, err := v.Open(t.Context(), key); !request.NotFound.Is(err) {
		t.Errorf("Open(%s): %v, want %s", key, err, request.NotFound)
		if err == nil {
			r.Close()
		}
	}
	if _, err := v.Stat(t.Context(), key); !request.NotFound.Is(err) {
		t.Errorf("Stat(%s): %v, want %s", key, err, request.NotFound)
	}
}

func putOpen(t *testing.T, v Vault) {
	put(t, v, "mail/1", "one")
	put(t, v, "mail/1", "two\x00\xff")
	put(t, v, "mail", "a folder's name is a key too")
	put(t, v, "empty", "")
	for key, want := range map[string]string{"mail/1": "two\x00\xff", "mail": "a folder's name is a key too", "empty": ""} {
		if got := read(t, v, key); got != want {
			t.Errorf("%s = %q, want %q", key, got, want)
		}
		o, err := v.Stat(t.Context(), key)
		if err != nil || o.Key != key || o.Size != int64(len(want)) {
			t.Errorf("Stat(%s) = %+v, %v", key, o, err)
		}
		if age := time.Since(o.Modified); age < -time.Minute || age > time.Hour {
			t.Errorf("Stat(%s) was modified at %v", key, o.Modified)
		}
	}
	for range 2 { // deleting is idempotent
		if err := v.Delete(t.Context(), "mail/1"); err != nil {
			t.Errorf("Delete(): %v", err)
		}
		gone(t, v, "mail/1")
	}
	if got := read(t, v, "mail"); got == "" {
		t.Error("deleting one object took another")
	}
}

func notFound(t *testing.T, v Vault) {
	gone(t, v, "nothing")
	gone(t, v, "no/thing")
	if err := v.Delete(t.Context(), "no/thing"); err != nil {
		t.Errorf("Delete() of nothing: %v", err)
	}
}

func putIfAbsent(t *testing.T, v Vault) {
	if err := v.PutIfAbsent(t.Context(), "root/2026-03-05", strings.NewReader("one")); err != nil {
		t.Fatal(err)
	}
	if err := v.PutIfAbsent(t.Context(), "root/2026-03-05", strings.NewReader("two")); !request.Exists.Is(err) {
		t.Errorf("PutIfAbsent() over an object: %v, want %s", err, request.Exists)
	}
	// In parts, too.
	if err := v.PutIfAbsent(t.Context(), "root/2026-03-05", io.LimitReader(&pattern{}, 6<<20)); !request.Exists.Is(err) {
		t.Errorf("PutIfAbsent() of 6 MB over an object: %v, want %s", err, request.Exists)
	}
	if got := read(t, v, "root/2026-03-05"); got != "one" {
		t.Errorf("the object became %q", got)
	}
}

func ifAbsentAtOnce(t *testing.T, v Vault) {
	var won atomic.Int64
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			err := v.PutIfAbsent(t.Context(), "root/1", strings.NewReader(fmt.Sprint(i)))
			if err == nil {
				won.Add(1)
			} else if !request.Exists.Is(err) {
				t.Errorf("PutIfAbsent(): %v", err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d writers were first", won.Load())
	}
}

func list(t *testing.T, v Vault) {
	for _, key := range []string{"b/2", "a/1", "b/1/x", "b/10", "c"} {
		put(t, v, key, key)
	}
	for prefix, want := range map[string][]string{
		"":    {"a/1", "b/1/x", "b/10", "b/2", "c"},
		"b/":  {"b/1/x", "b/10", "b/2"},
		"b/1": {"b/1/x", "b/10"},
		"x":   nil,
	} {
		var got []string
		err := v.List(t.Context(), prefix, func(o vault.Object) error {
			if o.Size != int64(len(o.Key)) || o.Modified.IsZero() {
				t.Errorf("List() gave %+v", o)
			}
			got = append(got, o.Key)
			return nil
		})
		slices.Sort(got)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("List(%q) = %v, %v; want %v", prefix, got, err, want)
		}
	}
	stop, n := errors.New("enough"), 0
	if err := v.List(t.Context(), "", func(vault.Object) error { n++; return stop }); !errors.Is(err, stop) || n != 1 {
		t.Errorf("List() that was stopped: %v after %d", err, n)
	}
}

func create(t *testing.T, v Vault) {
	w, err := v.Create(t.Context(), "work/1")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"one ", "", "two"} {
		if _, err := io.WriteString(w, s); err != nil {
			t.Fatal(err)
		}
	}
	gone(t, v, "work/1") // not before Close
	for range 2 {
		if err := w.Close(); err != nil {
			t.Errorf("Close(): %v", err)
		}
	}
	if err := w.Abort(); err != nil {
		t.Errorf("Abort() after Close: %v", err)
	}
	if got := read(t, v, "work/1"); got != "one two" {
		t.Errorf("the object is %q", got)
	}
}

func abort(t *testing.T, v Vault) {
	put(t, v, "work/1", "before")
	w, err := v.Create(t.Context(), "work/1")
	if err != nil {
		t.Fatal(err)
	}
	// More than one part, so that something was already sent.
	if _, err := w.Write(bytes.Repeat([]byte("x"), 6<<20)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.Abort(); err != nil {
			t.Errorf("Abort(): %v", err)
		}
	}
	if err := w.Close(); err != nil {
		t.Errorf("Close() after Abort: %v", err)
	}
	if got := read(t, v, "work/1"); got != "before" {
		t.Errorf("an aborted write left %d bytes", len(got))
	}
	n := 0
	if err := v.List(t.Context(), "", func(vault.Object) error { n++; return nil }); err != nil || n != 1 {
		t.Errorf("%d objects after an aborted write (%v), want 1", n, err)
	}
}

// Around the borders of a part of 5 MB, in pieces that fit none.
func large(t *testing.T, v Vault) {
	for _, size := range []int64{5<<20 - 1, 5 << 20, 5<<20 + 1, 10 << 20, 11<<20 + 7} {
		largeOf(t, v, size)
	}
}

func largeOf(t *testing.T, v Vault, size int64) {
	w, err := v.Create(t.Context(), "vault/1")
	if err != nil {
		t.Fatal(err)
	}
	want := sha256.New()
	if _, err := io.CopyBuffer(io.MultiWriter(w, want), io.LimitReader(&pattern{}, size), make([]byte, 70_001)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := v.Open(t.Context(), "vault/1")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got := sha256.New()
	if n, err := io.Copy(got, r); err != nil || n != size {
		t.Errorf("read %d bytes (%v), want %d", n, err, size)
	}
	if !bytes.Equal(got.Sum(nil), want.Sum(nil)) {
		t.Error("what was read differs from what was written")
	}
}

// pattern is an endless reader whose bytes tell where they stand.
type pattern struct{ n uint32 }

func (p *pattern) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(p.n ^ p.n>>8 ^ p.n>>16)
		p.n++
	}
	return len(b), nil
}

// A body that breaks in the middle leaves nothing behind.
func brokenBody(t *testing.T, v Vault) {
	for _, broken := range []error{errors.New("broken"), io.ErrUnexpectedEOF} {
		for _, size := range []int64{10, 6 << 20} {
			body := io.MultiReader(io.LimitReader(&pattern{}, size), errReader{broken})
			if err := v.Put(t.Context(), "work/1", body); !errors.Is(err, broken) {
				t.Errorf("Put() of a body that breaks after %d bytes: %v", size, err)
			}
			gone(t, v, "work/1")
		}
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

func keys(t *testing.T, v Vault) {
	for _, key := range []string{"", "../x", "a//b", "/etc/passwd", "a b", `a\b`} {
		_, openErr := v.Open(t.Context(), key)
		_, statErr := v.Stat(t.Context(), key)
		_, createErr := v.Create(t.Context(), key)
		for op, err := range map[string]error{"Put": v.Put(t.Context(), key, strings.NewReader("x")),
			"PutIfAbsent": v.PutIfAbsent(t.Context(), key, strings.NewReader("x")),
			"Open":        openErr, "Stat": statErr, "Create": createErr, "Delete": v.Delete(t.Context(), key)} {
			if !request.InputRefused.Is(err) {
				t.Errorf("%s(%q): %v, want %s", op, key, err, request.InputRefused)
			}
		}
	}
}

// Scanned is a vault whose objects a scanner looks at.
type Scanned interface {
	Vault
	Verdict(ctx context.Context, key string) (vault.Verdict, error)
}

// RunScanned holds a vault to what it must tell of a scanner's verdicts; judge
// writes one, as the scanner does.
func RunScanned(t *testing.T, v Scanned, judge func(key string, verdict vault.Verdict)) {
	verdict := func(want vault.Verdict) {
		t.Helper()
		if got, err := v.Verdict(t.Context(), "in/1"); err != nil || got != want {
			t.Errorf("Verdict() = %q, %v, want %q", got, err, want)
		}
	}
	if got, err := v.Verdict(t.Context(), "in/1"); !request.NotFound.Is(err) {
		t.Errorf("Verdict() of nothing = %q, %v, want %s", got, err, request.NotFound)
	}
	put(t, v, "in/1", "one")
	verdict(vault.Waiting)
	for _, want := range []vault.Verdict{vault.Clean, vault.Threat, vault.Unsupported, vault.Denied, vault.Failed} {
		judge("in/1", want)
		verdict(want)
	}
	if _, err := v.Verdict(t.Context(), "../1"); !request.InputRefused.Is(err) {
		t.Errorf("Verdict() of a key that leaves its folder: %v, want %s", err, request.InputRefused)
	}
}
