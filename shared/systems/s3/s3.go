// Package s3 reaches a system that is a bucket: whole objects that carry the
// person's number in their name (recordings), or JSON lines of many people in
// shared objects (logs), which are rewritten without the lines of one person,
// or with a mark on them (the proof of a consent).
package s3

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// API is what the connector uses of S3.
type API interface {
	ListObjectsV2(ctx context.Context, in *s3.ListObjectsV2Input, opts ...func(*s3.Options)) (*s3.ListObjectsV2Output, error)
	GetObject(ctx context.Context, in *s3.GetObjectInput, opts ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	PutObject(ctx context.Context, in *s3.PutObjectInput, opts ...func(*s3.Options)) (*s3.PutObjectOutput, error)
	DeleteObject(ctx context.Context, in *s3.DeleteObjectInput, opts ...func(*s3.Options)) (*s3.DeleteObjectOutput, error)
}

// maxLine is the longest line of a log that is read.
const maxLine = 1 << 20

// tries is how often an object is rewritten when somebody else writes it too.
const tries = 5

// System is one bucket.
type System struct {
	S3       API
	Bucket   string
	Declared *inventory.System
}

// Find implements systems.System.
func (s *System) Find(ctx context.Context, h inventory.Holding, kind, value string) ([]systems.Row, error) {
	if _, ok := h.Keys[kind]; !ok {
		return nil, fmt.Errorf("key %q of holding %s/%s: %w", kind, s.Declared.ID, h.ID, systems.ErrNotDeclared)
	}
	v := systems.Normal(kind, value)
	if v == "" {
		return nil, nil
	}
	return systems.First(func(emit func(systems.Row) error) error {
		return s.each(ctx, h, systems.Keys{kind: {v}}, systems.Selection{}, emit)
	})
}

// Collect implements systems.System.
func (s *System) Collect(ctx context.Context, h inventory.Holding, of systems.Selection, emit func(systems.Row) error) error {
	sel := systems.Select(h, of.Keys)
	if sel == nil {
		return nil
	}
	return s.each(ctx, h, sel, of, emit)
}

// Can implements systems.System.
func (s *System) Can(h inventory.Holding, action string) bool { return systems.Able(h, action) }

// each walks the person's objects or lines in the order of the names, and
// stops, when it is enough, after an object.
func (s *System) each(ctx context.Context, h inventory.Holding, sel systems.Keys, of systems.Selection, emit func(systems.Row) error) error {
	if h.Format == inventory.Objects {
		return s.objects(ctx, h, sel, of, emit)
	}
	return s.list(ctx, h, h.Prefix, of.From, func(name string, _ int64) error {
		_, err := s.lines(ctx, h, name, "", func(line []byte, row systems.Row) error {
			if !systems.Belongs(h, row, sel, of.Client) {
				return nil
			}
			return emit(row)
		})
		if err != nil {
			return err
		}
		return of.Stop(name)
	})
}

// objects walks the objects that carry one of the keys in their name.
func (s *System) objects(ctx context.Context, h inventory.Holding, sel systems.Keys, of systems.Selection, visit func(systems.Row) error) error {
	var prefixes []string
	for _, kind := range sel.Kinds() {
		for _, v := range sel[kind] {
			if !strings.Contains(v, "/") { // no name has such a key
				prefixes = append(prefixes, h.Prefix+v+"/")
			}
		}
	}
	slices.Sort(prefixes)
	for _, prefix := range slices.Compact(prefixes) {
		after := ""
		if strings.HasPrefix(of.From, prefix) {
			after = of.From
		} else if prefix < of.From {
			continue // done before
		}
		err := s.list(ctx, h, prefix, after, func(name string, size int64) error {
			if row, ok := systems.ObjectRow(h, name, size); ok && systems.Belongs(h, row, sel, of.Client) {
				if err := visit(row); err != nil {
					return err
				}
			}
			return of.Stop(name)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// list walks the names under prefix that come after that one.
func (s *System) list(ctx context.Context, h inventory.Holding, prefix, after string, visit func(name string, size int64) error) error {
	in := &s3.ListObjectsV2Input{Bucket: &s.Bucket, Prefix: &prefix}
	if after != "" {
		in.StartAfter = &after
	}
	for {
		out, err := s.S3.ListObjectsV2(ctx, in)
		if err != nil {
			return fmt.Errorf("list holding %s/%s: %w", s.Declared.ID, h.ID, fault(ctx, err))
		}
		for _, o := range out.Contents {
			if err := visit(aws.ToString(o.Key), aws.ToInt64(o.Size)); err != nil {
				return err
			}
		}
		if !aws.ToBool(out.IsTruncated) {
			return nil
		}
		in.ContinuationToken = out.NextContinuationToken
	}
}

// source is the version of an object that was read.
type source struct {
	etag        string
	contentType *string
}

// lines streams an object, of that version when etag is not "".
func (s *System) lines(ctx context.Context, h inventory.Holding, name, etag string, visit func(line []byte, row systems.Row) error) (source, error) {
	in := &s3.GetObjectInput{Bucket: &s.Bucket, Key: &name}
	if etag != "" {
		in.IfMatch = &etag
	}
	out, err := s.S3.GetObject(ctx, in)
	if err != nil {
		if is(err, "NoSuchKey") {
			return source{}, nil // gone since it was listed
		}
		return source{}, fmt.Errorf("read an object of holding %s/%s: %w", s.Declared.ID, h.ID, fault(ctx, err))
	}
	defer out.Body.Close()
	src := source{etag: aws.ToString(out.ETag), contentType: out.ContentType}
	sc := bufio.NewScanner(out.Body)
	sc.Buffer(make([]byte, 0, 64<<10), maxLine)
	for sc.Scan() {
		line := sc.Bytes()
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		row, err := systems.ParseLine(line)
		if err != nil {
			return src, fmt.Errorf("object of holding %s/%s: %w", s.Declared.ID, h.ID, err)
		}
		if err := visit(line, row); err != nil {
			return src, err
		}
	}
	if err := sc.Err(); errors.Is(err, bufio.ErrTooLong) {
		return src, fmt.Errorf("object of holding %s/%s: %w", s.Declared.ID, h.ID, systems.ErrUnreadable)
	} else if err != nil {
		return src, fmt.Errorf("read an object of holding %s/%s: %w", s.Declared.ID, h.ID, fault(ctx, err))
	}
	return src, nil
}

// Walk implements systems.Walker.
func (s *System) Walk(ctx context.Context, h inventory.Holding, from string, page func([]systems.Row, string) error) error {
	var rows []systems.Row
	last := from
	err := s.list(ctx, h, h.Prefix, from, func(name string, size int64) error {
		if len(rows) >= walkPage {
			if err := page(rows, last); err != nil {
				return err
			}
			rows = nil
		}
		last = name
		if h.Format == inventory.Objects {
			if row, ok := systems.ObjectRow(h, name, size); ok && systems.In(h, row) {
				rows = append(rows, row)
			}
			return nil
		}
		_, err := s.lines(ctx, h, name, "", func(_ []byte, row systems.Row) error {
			if systems.In(h, row) {
				rows = append(rows, keysOf(h, row))
			}
			return nil
		})
		return err
	})
	if err != nil {
		return err
	}
	return page(rows, "")
}

// walkPage is how many rows make a page, an object's lines kept together.
const walkPage = 1000

// keysOf is what a walk tells of a line: a log may have long ones, and many.
func keysOf(h inventory.Holding, row systems.Row) systems.Row {
	keys := systems.Row{}
	for _, k := range h.Keys {
		if v, ok := row[k.Column]; ok {
			keys[k.Column] = v
		}
	}
	return keys
}

// Apply implements systems.System.
func (s *System) Apply(ctx context.Context, h inventory.Holding, of systems.Selection, act systems.Act) (int, error) {
	if err := act.Check(h); err != nil {
		return 0, fmt.Errorf("system %s: %w", s.Declared.ID, err)
	}
	sel := systems.Select(h, of.Keys)
	if sel == nil {
		return 0, nil
	}
	n := 0
	if h.Format == inventory.Objects {
		err := s.objects(ctx, h, sel, of, func(row systems.Row) error {
			if !act.Takes(h, row) {
				return nil
			}
			name := row.Text("object")
			if _, err := s.S3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.Bucket, Key: &name}); err != nil {
				return fmt.Errorf("delete an object of holding %s/%s: %w", s.Declared.ID, h.ID, fault(ctx, err))
			}
			n++
			return of.Done(1)
		})
		return n, err
	}
	err := s.list(ctx, h, h.Prefix, of.From, func(name string, _ int64) error {
		m, err := s.rewrite(ctx, h, name, sel, of.Client, act)
		n += m
		if err != nil {
			return err
		}
		if err := of.Done(m); err != nil {
			return err
		}
		return of.Stop(name)
	})
	return n, err
}

// errChanged: somebody else wrote the object between our read and our write.
var errChanged = errors.New("the object changed meanwhile")

// rewrite makes the change in one object. The write is refused when the object
// changed since it was read, and then all of it is done again, unless it is as
// we wrote it: by a first try whose answer was lost.
func (s *System) rewrite(ctx context.Context, h inventory.Holding, name string, sel systems.Keys, client string, act systems.Act) (int, error) {
	n, wrote := 0, []byte(nil) // the digest of the object as we wrote it
	for range tries {
		asBefore, changes := 0, 0
		stands := sha256.New()
		src, err := s.lines(ctx, h, name, "", func(line []byte, row systems.Row) error {
			if wrote != nil {
				stands.Write(line)
				stands.Write(newline)
			}
			if !systems.Belongs(h, row, sel, client) {
				return nil
			}
			switch c := act.Of(h, row); {
			case !c.None():
				changes++
			case !c.Other:
				asBefore++
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
		if wrote != nil && bytes.Equal(stands.Sum(nil), wrote) {
			return n, nil
		}
		if changes == 0 {
			return asBefore, nil
		}
		n, wrote, err = s.rewriteOnce(ctx, h, name, src, sel, client, act)
		if !errors.Is(err, errChanged) {
			return n, err
		}
	}
	return 0, fmt.Errorf("rewrite an object of holding %s/%s: %w", s.Declared.ID, h.ID, errChanged)
}

var newline = []byte("\n")

// rewriteOnce also gives the digest of what it wrote, or may have written.
func (s *System) rewriteOnce(ctx context.Context, h inventory.Holding, name string, src source, sel systems.Keys, client string, act systems.Act) (n int, wrote []byte, err error) {
	// A file, not memory: a log may be of any size.
	f, err := os.CreateTemp("", "rewrite-*")
	if err != nil {
		return 0, nil, fmt.Errorf("rewrite an object of holding %s/%s: %w", s.Declared.ID, h.ID, err)
	}
	defer func() {
		err = errors.Join(err, f.Close(), os.Remove(f.Name()))
	}()
	digest := sha256.New()
	w := bufio.NewWriter(io.MultiWriter(f, digest))
	_, err = s.lines(ctx, h, name, src.etag, func(line []byte, row systems.Row) error {
		if systems.Belongs(h, row, sel, client) {
			c := act.Of(h, row)
			if !c.Other {
				n++
			}
			if !c.None() {
				next, ok := c.Apply(row)
				if !ok {
					return nil
				}
				var err error
				if line, err = json.Marshal(next); err != nil {
					return fmt.Errorf("write a line of holding %s/%s: %w", s.Declared.ID, h.ID, systems.ErrUnreadable)
				}
			}
		}
		if _, err := w.Write(line); err != nil {
			return err
		}
		_, err := w.Write(newline)
		return err
	})
	if is(err, "PreconditionFailed") {
		return 0, nil, errChanged
	}
	if err != nil {
		return 0, nil, err
	}
	if err := w.Flush(); err != nil {
		return 0, nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0, nil, err
	}
	_, err = s.S3.PutObject(ctx, &s3.PutObjectInput{Bucket: &s.Bucket, Key: &name, Body: f, IfMatch: &src.etag, ContentType: src.contentType})
	if is(err, "PreconditionFailed") || is(err, "ConditionalRequestConflict") || is(err, "NoSuchKey") {
		return n, digest.Sum(nil), errChanged
	}
	if err != nil {
		return 0, nil, fmt.Errorf("write an object of holding %s/%s: %w", s.Declared.ID, h.ID, fault(ctx, err))
	}
	return n, nil, nil
}

// Open implements systems.Opener.
func (s *System) Open(ctx context.Context, h inventory.Holding, object string) (io.ReadCloser, error) {
	missing := request.Fault(request.NotFound, s.Declared.ID, "open an object of holding %s", h.ID)
	if !strings.HasPrefix(object, h.Prefix) {
		return nil, missing
	}
	out, err := s.S3.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.Bucket, Key: &object})
	switch {
	case is(err, "NoSuchKey"):
		return nil, missing
	case err != nil:
		return nil, fmt.Errorf("open an object of holding %s/%s: %w", s.Declared.ID, h.ID, fault(ctx, err))
	}
	return out.Body, nil
}

// code is the code of a failed call, without its words: they may repeat a
// name, and names carry numbers of people (I13).
type code string

func (c code) Error() string { return string(c) }

func fault(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if api := smithy.APIError(nil); errors.As(err, &api) {
		return code(api.ErrorCode())
	}
	return code("no answer from S3")
}

// is reports whether err is, or wraps, a failed call with that code.
func is(err error, want string) bool {
	if api := smithy.APIError(nil); errors.As(err, &api) {
		return api.ErrorCode() == want
	}
	var c code
	return errors.As(err, &c) && string(c) == want
}
