// Package s3 is the vault in AWS: one S3 bucket. Encryption at rest is the
// bucket's default, or the key given here; who may read is the policy's.
package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/vault"
)

// API is what the vault uses of an S3 client.
type API interface {
	PutObject(ctx context.Context, in *s3.PutObjectInput, opts ...func(*s3.Options)) (*s3.PutObjectOutput, error)
	CreateMultipartUpload(ctx context.Context, in *s3.CreateMultipartUploadInput, opts ...func(*s3.Options)) (*s3.CreateMultipartUploadOutput, error)
	UploadPart(ctx context.Context, in *s3.UploadPartInput, opts ...func(*s3.Options)) (*s3.UploadPartOutput, error)
	CompleteMultipartUpload(ctx context.Context, in *s3.CompleteMultipartUploadInput, opts ...func(*s3.Options)) (*s3.CompleteMultipartUploadOutput, error)
	AbortMultipartUpload(ctx context.Context, in *s3.AbortMultipartUploadInput, opts ...func(*s3.Options)) (*s3.AbortMultipartUploadOutput, error)
	GetObject(ctx context.Context, in *s3.GetObjectInput, opts ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	HeadObject(ctx context.Context, in *s3.HeadObjectInput, opts ...func(*s3.Options)) (*s3.HeadObjectOutput, error)
	GetObjectTagging(ctx context.Context, in *s3.GetObjectTaggingInput, opts ...func(*s3.Options)) (*s3.GetObjectTaggingOutput, error)
	DeleteObject(ctx context.Context, in *s3.DeleteObjectInput, opts ...func(*s3.Options)) (*s3.DeleteObjectOutput, error)
	ListObjectsV2(ctx context.Context, in *s3.ListObjectsV2Input, opts ...func(*s3.Options)) (*s3.ListObjectsV2Output, error)
}

// Presigner makes links; s3.NewPresignClient gives one.
type Presigner interface {
	PresignGetObject(ctx context.Context, in *s3.GetObjectInput, opts ...func(*s3.PresignOptions)) (*v4.PresignedHTTPRequest, error)
}

// Bucket is one bucket.
type Bucket struct {
	Client API
	// Presigner is needed by Presign alone.
	Presigner Presigner
	Name      string
	// Key is the KMS key that encrypts what is written, "" = the bucket's default.
	Key string
}

// Put writes body as the object, in place of what was there.
func (b *Bucket) Put(ctx context.Context, key string, body io.Reader) error {
	return b.upload(ctx, key, body, nil)
}

// PutIfAbsent writes body as the object; request.Exists when there is one.
func (b *Bucket) PutIfAbsent(ctx context.Context, key string, body io.Reader) error {
	return b.upload(ctx, key, body, aws.String("*"))
}

// Create opens a new object for writing, in place of what was there. What is
// written goes out in parts as it comes.
func (b *Bucket) Create(ctx context.Context, key string) (vault.Writer, error) {
	if err := vault.CheckKey(key); err != nil {
		return nil, err
	}
	r, pipe := io.Pipe()
	w := &writer{pipe: pipe, uploaded: make(chan error, 1)}
	go func() {
		err := b.upload(ctx, key, r, nil)
		r.CloseWithError(err) // a write after a failed upload fails with its error
		w.uploaded <- err
	}()
	return w, nil
}

type writer struct {
	pipe     *io.PipeWriter
	uploaded chan error
	done     bool
}

var errAborted = errors.New("aborted")

func (w *writer) Write(p []byte) (int, error) { return w.pipe.Write(p) }

func (w *writer) Close() error {
	if w.done {
		return nil
	}
	w.done = true
	w.pipe.Close()
	return <-w.uploaded
}

func (w *writer) Abort() error {
	if w.done {
		return nil
	}
	w.done = true
	w.pipe.CloseWithError(errAborted)
	if err := <-w.uploaded; !errors.Is(err, errAborted) {
		return err
	}
	return nil
}

// Open reads an object; request.NotFound when there is none.
func (b *Bucket) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	if err := vault.CheckKey(key); err != nil {
		return nil, err
	}
	out, err := b.Client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(b.Name), Key: aws.String(key)})
	if err != nil {
		return nil, failed(err, key, "open an object")
	}
	return out.Body, nil
}

func failed(err error, key, doing string) error {
	switch code(err) {
	case "NoSuchKey", "NotFound":
		return request.Fault(request.NotFound, key, "%s", doing)
	}
	return fmt.Errorf("%s (%s): %w", doing, key, err)
}

// Stat tells what is known of an object; request.NotFound when there is none.
func (b *Bucket) Stat(ctx context.Context, key string) (vault.Object, error) {
	if err := vault.CheckKey(key); err != nil {
		return vault.Object{}, err
	}
	out, err := b.Client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String(b.Name), Key: aws.String(key)})
	if err != nil {
		return vault.Object{}, failed(err, key, "look at an object")
	}
	return vault.Object{Key: key, Size: aws.ToInt64(out.ContentLength), Modified: aws.ToTime(out.LastModified).UTC()}, nil
}

// Verdict tells what the scanner found in an object, which it writes as a tag;
// request.NotFound when there is no such object. It needs no right to open it.
func (b *Bucket) Verdict(ctx context.Context, key string) (vault.Verdict, error) {
	if err := vault.CheckKey(key); err != nil {
		return "", err
	}
	out, err := b.Client.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: aws.String(b.Name), Key: aws.String(key)})
	if err != nil {
		return "", failed(err, key, "ask for the verdict on an object")
	}
	for _, tag := range out.TagSet {
		if aws.ToString(tag.Key) == vault.VerdictTag {
			return vault.Verdict(aws.ToString(tag.Value)), nil
		}
	}
	return vault.Waiting, nil
}

// Delete removes an object; none is no error.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	if err := vault.CheckKey(key); err != nil {
		return err
	}
	_, err := b.Client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String(b.Name), Key: aws.String(key)})
	if err != nil && !request.NotFound.Is(failed(err, key, "")) {
		return fmt.Errorf("delete object %s: %w", key, err)
	}
	return nil
}

// List calls fn for every object whose key begins with prefix, in order of
// their keys, until fn gives an error, which is then List's.
func (b *Bucket) List(ctx context.Context, prefix string, fn func(vault.Object) error) error {
	pages := s3.NewListObjectsV2Paginator(b.Client, &s3.ListObjectsV2Input{Bucket: aws.String(b.Name), Prefix: aws.String(prefix)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list objects: %w", err)
		}
		for _, o := range page.Contents {
			err := fn(vault.Object{Key: aws.ToString(o.Key), Size: aws.ToInt64(o.Size), Modified: aws.ToTime(o.LastModified).UTC()})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Presign makes a link that downloads the object under filename for ttl, which
// is at most vault.MaxLink: it works for whoever has it, as often as they like,
// so it is made at the click and never stored, logged or mailed (A25).
func (b *Bucket) Presign(ctx context.Context, key string, ttl time.Duration, filename string) (string, error) {
	if err := vault.CheckLink(key, ttl, filename); err != nil {
		return "", err
	}
	out, err := b.Presigner.PresignGetObject(ctx, &s3.GetObjectInput{
		Bucket: aws.String(b.Name), Key: aws.String(key),
		ResponseContentDisposition: aws.String(`attachment; filename="` + filename + `"`),
		ResponseContentType:        aws.String("application/octet-stream"),
		ResponseCacheControl:       aws.String("private, no-store"),
	}, s3.WithPresignExpires(ttl))
	if err != nil {
		return "", fmt.Errorf("make a link to object %s: %w", key, err)
	}
	return out.URL, nil
}
