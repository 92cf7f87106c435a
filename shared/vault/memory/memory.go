// Package memory is a vault of tests: whole objects in a map, and faults on
// request, before a call is applied or after.
package memory

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/vault"
)

// When tells Fault where in a call it stands.
type When int

// Before: an error means failed and not applied. After: failed, but applied.
const (
	Before When = iota
	After
)

// Vault keeps objects in memory. The zero value is an empty vault.
type Vault struct {
	// Now stamps what is written; nil is time.Now.
	Now func() time.Time
	// Fault, when set, is asked around every call; its error is the call's.
	Fault func(op, key string, when When) error
	// Scan, when set, plays the scanner of new objects; without it none gets a
	// verdict but by Judge.
	Scan func(body []byte) vault.Verdict

	mu      sync.Mutex
	objects map[string]object
}

type object struct {
	body     []byte
	modified time.Time
	verdict  vault.Verdict
}

func (v *Vault) do(ctx context.Context, op, key string, f func() error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s object %s: %w", op, key, err)
	}
	if op != "List" {
		if err := vault.CheckKey(key); err != nil {
			return err
		}
	}
	if v.Fault != nil {
		if err := v.Fault(op, key, Before); err != nil {
			return err
		}
	}
	v.mu.Lock()
	err := f()
	v.mu.Unlock()
	if err == nil && v.Fault != nil {
		err = v.Fault(op, key, After)
	}
	return err
}

func (v *Vault) put(ctx context.Context, op, key string, body io.Reader) error {
	b, err := io.ReadAll(body)
	if err != nil {
		return fmt.Errorf("write object %s: %w", key, err)
	}
	return v.do(ctx, op, key, func() error {
		if _, ok := v.objects[key]; ok && op == "PutIfAbsent" {
			return request.Fault(request.Exists, key, "write an object that is there")
		}
		now := time.Now
		if v.Now != nil {
			now = v.Now
		}
		if v.objects == nil {
			v.objects = map[string]object{}
		}
		o := object{body: b, modified: now().UTC()}
		if v.Scan != nil {
			o.verdict = v.Scan(b)
		}
		v.objects[key] = o
		return nil
	})
}

// Put writes body as the object, in place of what was there.
func (v *Vault) Put(ctx context.Context, key string, body io.Reader) error {
	return v.put(ctx, "Put", key, body)
}

// PutIfAbsent writes body as the object; request.Exists when there is one.
func (v *Vault) PutIfAbsent(ctx context.Context, key string, body io.Reader) error {
	return v.put(ctx, "PutIfAbsent", key, body)
}

// Create opens a new object for writing, in place of what was there.
func (v *Vault) Create(ctx context.Context, key string) (vault.Writer, error) {
	if err := v.do(ctx, "Create", key, func() error { return nil }); err != nil {
		return nil, err
	}
	return &writer{put: func(b io.Reader) error { return v.put(ctx, "Put", key, b) }}, nil
}

type writer struct {
	bytes.Buffer
	put  func(io.Reader) error
	done bool
}

func (w *writer) Close() error {
	if w.done {
		return nil
	}
	w.done = true
	return w.put(&w.Buffer)
}

func (w *writer) Abort() error { w.done = true; return nil }

// Open reads an object; request.NotFound when there is none.
func (v *Vault) Open(ctx context.Context, key string) (r io.ReadCloser, err error) {
	err = v.do(ctx, "Open", key, func() error {
		o, ok := v.objects[key]
		if !ok {
			return request.Fault(request.NotFound, key, "open an object")
		}
		r = io.NopCloser(bytes.NewReader(slices.Clone(o.body)))
		return nil
	})
	return r, err
}

// Stat tells what is known of an object; request.NotFound when there is none.
func (v *Vault) Stat(ctx context.Context, key string) (o vault.Object, err error) {
	err = v.do(ctx, "Stat", key, func() error {
		found, ok := v.objects[key]
		if !ok {
			return request.Fault(request.NotFound, key, "look at an object")
		}
		o = vault.Object{Key: key, Size: int64(len(found.body)), Modified: found.modified}
		return nil
	})
	return o, err
}

// Verdict tells what the scanner found in an object; request.NotFound when there
// is none.
func (v *Vault) Verdict(ctx context.Context, key string) (verdict vault.Verdict, err error) {
	err = v.do(ctx, "Verdict", key, func() error {
		o, ok := v.objects[key]
		if !ok {
			return request.Fault(request.NotFound, key, "ask for the verdict on an object")
		}
		verdict = o.verdict
		return nil
	})
	return verdict, err
}

// Judge writes the verdict on an object, as the scanner does.
func (v *Vault) Judge(key string, verdict vault.Verdict) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if o, ok := v.objects[key]; ok {
		o.verdict = verdict
		v.objects[key] = o
	}
}

// Delete removes an object; none is no error.
func (v *Vault) Delete(ctx context.Context, key string) error {
	return v.do(ctx, "Delete", key, func() error { delete(v.objects, key); return nil })
}

// List calls fn for every object whose key begins with prefix, in order of
// their keys, until fn gives an error, which is then List's.
func (v *Vault) List(ctx context.Context, prefix string, fn func(vault.Object) error) error {
	var all []vault.Object
	err := v.do(ctx, "List", prefix, func() error {
		for _, key := range slices.Sorted(maps.Keys(v.objects)) {
			if strings.HasPrefix(key, prefix) {
				o := v.objects[key]
				all = append(all, vault.Object{Key: key, Size: int64(len(o.body)), Modified: o.modified})
			}
		}
		return nil
	})
	for _, o := range all {
		if err != nil {
			break
		}
		err = fn(o)
	}
	return err
}

// Presign gives a stand-in for a link, memory:KEY, under the rules of the real
// one; NotFound when there is no such object.
func (v *Vault) Presign(ctx context.Context, key string, ttl time.Duration, filename string) (string, error) {
	if err := vault.CheckLink(key, ttl, filename); err != nil {
		return "", err
	}
	err := v.do(ctx, "Presign", key, func() error {
		if _, ok := v.objects[key]; !ok {
			return request.Fault(request.NotFound, key, "make a link to an object")
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return "memory:" + key, nil
}
