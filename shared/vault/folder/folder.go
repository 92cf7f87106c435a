// Package folder is a vault in a folder of this machine: for tests and for
// looking into what the desk keeps.
package folder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/vault"
)

// Folder keeps each object in a file under Dir, which must exist.
type Folder struct {
	Dir string
}

// suffix tells objects from folders, so that a and a/b can both be keys.
const suffix = "~"

func (f *Folder) path(key string) (string, error) {
	if err := vault.CheckKey(key); err != nil {
		return "", err
	}
	return filepath.Join(f.Dir, filepath.FromSlash(key)) + suffix, nil
}

// Put writes body as the object, in place of what was there.
func (f *Folder) Put(ctx context.Context, key string, body io.Reader) error {
	return f.copy(ctx, key, body, true)
}

// PutIfAbsent writes body as the object; request.Exists when there is one.
func (f *Folder) PutIfAbsent(ctx context.Context, key string, body io.Reader) error {
	return f.copy(ctx, key, body, false)
}

func (f *Folder) copy(ctx context.Context, key string, body io.Reader, replace bool) error {
	w, err := f.create(ctx, key, replace)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, body); err != nil {
		return errors.Join(fmt.Errorf("write object %s: %w", key, err), w.Abort())
	}
	return w.Close()
}

// Create opens a new object for writing, in place of what was there.
func (f *Folder) Create(ctx context.Context, key string) (vault.Writer, error) {
	return f.create(ctx, key, true)
}

func (f *Folder) create(ctx context.Context, key string, replace bool) (*writer, error) {
	path, err := f.path(key)
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(f.Dir, "partial-*")
	if err != nil {
		return nil, fmt.Errorf("create object %s: %w", key, err)
	}
	return &writer{ctx: ctx, file: file, path: path, key: key, replace: replace}, nil
}

type writer struct {
	ctx       context.Context // the writer lives no longer than the call that made it
	file      *os.File
	path, key string
	replace   bool
	done      bool
}

func (w *writer) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.file.Write(p)
}

func (w *writer) Close() error {
	if w.done {
		return nil
	}
	w.done = true
	defer os.Remove(w.file.Name()) // gone already when it was renamed
	err := errors.Join(w.ctx.Err(), w.file.Close())
	if err == nil {
		err = os.MkdirAll(filepath.Dir(w.path), 0o700)
	}
	if err == nil {
		if w.replace {
			err = os.Rename(w.file.Name(), w.path)
		} else if err = os.Link(w.file.Name(), w.path); errors.Is(err, fs.ErrExist) {
			return request.Fault(request.Exists, w.key, "write an object that is there")
		}
	}
	if err != nil {
		return fmt.Errorf("write object %s: %w", w.key, err)
	}
	return nil
}

func (w *writer) Abort() error {
	if w.done {
		return nil
	}
	w.done = true
	return errors.Join(w.file.Close(), os.Remove(w.file.Name()))
}

// Open reads an object; request.NotFound when there is none.
func (f *Folder) Open(_ context.Context, key string) (io.ReadCloser, error) {
	path, err := f.path(key)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, request.Fault(request.NotFound, key, "open an object")
	}
	if err != nil {
		return nil, fmt.Errorf("open object %s: %w", key, err)
	}
	return file, nil
}

// Stat tells what is known of an object; request.NotFound when there is none.
func (f *Folder) Stat(_ context.Context, key string) (vault.Object, error) {
	path, err := f.path(key)
	if err != nil {
		return vault.Object{}, err
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return vault.Object{}, request.Fault(request.NotFound, key, "look at an object")
	}
	if err != nil {
		return vault.Object{}, fmt.Errorf("look at object %s: %w", key, err)
	}
	return vault.Object{Key: key, Size: info.Size(), Modified: info.ModTime().UTC()}, nil
}

// Delete removes an object; none is no error.
func (f *Folder) Delete(_ context.Context, key string) error {
	path, err := f.path(key)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete object %s: %w", key, err)
	}
	return nil
}

// List calls fn for every object whose key begins with prefix, until fn gives
// an error, which is then List's.
func (f *Folder) List(ctx context.Context, prefix string, fn func(vault.Object) error) error {
	return filepath.WalkDir(f.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("list objects: %w", err)
		}
		rel, err := filepath.Rel(f.Dir, path)
		if err != nil {
			return fmt.Errorf("list objects: %w", err)
		}
		key, ok := strings.CutSuffix(filepath.ToSlash(rel), suffix)
		if !ok || d.IsDir() || !strings.HasPrefix(key, prefix) {
			return ctx.Err()
		}
		o, err := f.Stat(ctx, key)
		if request.NotFound.Is(err) {
			return nil // deleted meanwhile
		}
		if err != nil {
			return err
		}
		return fn(o)
	})
}
