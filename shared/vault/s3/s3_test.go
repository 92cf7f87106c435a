package s3_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store/storetest/emulator"
	"github.com/allclaims/rightsdesk/shared/vault"
	vaults3 "github.com/allclaims/rightsdesk/shared/vault/s3"
	"github.com/allclaims/rightsdesk/shared/vault/vaulttest"
)

func TestMain(m *testing.M) { os.Exit(emulator.Run(m)) }

var buckets atomic.Int64

func connect(t testing.TB) *s3.Client {
	return s3.New(s3.Options{
		Region: "eu-central-1", BaseEndpoint: aws.String(emulator.Endpoint(t)), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""), HTTPClient: &http.Client{Timeout: time.Minute},
	})
}

func open(t testing.TB) *vaults3.Bucket {
	t.Helper()
	client := connect(t)
	b := &vaults3.Bucket{Client: client, Presigner: s3.NewPresignClient(client),
		Name: fmt.Sprintf("test-%d-%d", os.Getpid(), buckets.Add(1))}
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(b.Name),
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "eu-central-1"}}); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestContract(t *testing.T) {
	t.Parallel()
	vaulttest.Run(t, func(t *testing.T) vaulttest.Vault { return open(t) })
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	b := open(t)
	vaulttest.RunScanned(t, b, func(key string, verdict vault.Verdict) {
		_, err := b.Client.(*s3.Client).PutObjectTagging(t.Context(), &s3.PutObjectTaggingInput{Bucket: aws.String(b.Name), Key: aws.String(key),
			Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String("other"), Value: aws.String("x")}, {Key: aws.String(vault.VerdictTag), Value: aws.String(string(verdict))}}}})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// A link downloads, under its name, for two minutes at most.
func TestPresign(t *testing.T) {
	t.Parallel()
	b := open(t)
	if err := b.Put(t.Context(), "package/1", strings.NewReader("sealed")); err != nil {
		t.Fatal(err)
	}
	link, err := b.Presign(t.Context(), "package/1", 120*time.Second, "R-7Q2M-K9TD.zip")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	if got := u.Query().Get("X-Amz-Expires"); got != "120" {
		t.Errorf("the link lives %s s, want 120", got)
	}
	resp, err := http.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || string(body) != "sealed" {
		t.Errorf("downloaded %q, %v", body, err)
	}
	for header, want := range map[string]string{
		"Content-Disposition": `attachment; filename="R-7Q2M-K9TD.zip"`, "Cache-Control": "private, no-store", "Content-Type": "application/octet-stream",
	} {
		if got := resp.Header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	for _, tt := range []struct {
		ttl  time.Duration
		name string
	}{{121 * time.Second, "a.zip"}, {0, "a.zip"}, {-1, "a.zip"}, {time.Second, ""}, {time.Second, "a\"\r\nb"}, {time.Second, "é.zip"}} {
		if _, err := b.Presign(t.Context(), "package/1", tt.ttl, tt.name); !request.InputRefused.Is(err) {
			t.Errorf("Presign(%v, %q): %v, want %s", tt.ttl, tt.name, err, request.InputRefused)
		}
	}
}

// An aborted or broken write of several parts leaves no parts to pay for.
func TestAbortLeavesNoParts(t *testing.T) {
	t.Parallel()
	b := open(t)
	w, err := b.Create(t.Context(), "work/1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(w, zeros{}, 12<<20); err != nil {
		t.Fatal(err)
	}
	if err := w.Abort(); err != nil {
		t.Fatal(err)
	}
	out, err := connect(t).ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: aws.String(b.Name)})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Uploads) != 0 {
		t.Errorf("%d uploads are left half done", len(out.Uploads))
	}
}

// A part that fails takes the parts before it with it, even when the caller's
// time is over.
func TestFailedPartLeavesNoParts(t *testing.T) {
	t.Parallel()
	b := open(t)
	client := b.Client
	ctx, cancel := context.WithCancel(t.Context())
	b.Client = secondPartFails{client, cancel}
	if err := b.Put(ctx, "work/1", io.LimitReader(zeros{}, 12<<20)); !errors.Is(err, errPart) {
		t.Errorf("Put() = %v, want the fault", err)
	}
	out, err := connect(t).ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: aws.String(b.Name)})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Uploads) != 0 {
		t.Errorf("%d uploads are left half done", len(out.Uploads))
	}
}

var errPart = errors.New("the part was lost")

type secondPartFails struct {
	vaults3.API
	cancel func()
}

func (f secondPartFails) UploadPart(ctx context.Context, in *s3.UploadPartInput, opts ...func(*s3.Options)) (*s3.UploadPartOutput, error) {
	if aws.ToInt32(in.PartNumber) == 2 {
		f.cancel()
		return nil, errPart
	}
	return f.API.UploadPart(ctx, in, opts...)
}

// A write that S3 refuses fails at Close, and the writer is not stuck.
func TestWriteRefused(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.Name += "-that-is-not-there"
	w, err := b.Create(t.Context(), "work/1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(w, zeros{}, 20<<20); err == nil {
		t.Error("20 MB went into a bucket that is not there")
	}
	if err := w.Close(); err == nil {
		t.Error("Close() reports success")
	}
}

// zeros is an endless reader.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// discard takes every part and keeps none, so that only our own memory counts.
type discard struct{ vaults3.API }

func (discard) CreateMultipartUpload(context.Context, *s3.CreateMultipartUploadInput, ...func(*s3.Options)) (*s3.CreateMultipartUploadOutput, error) {
	return &s3.CreateMultipartUploadOutput{UploadId: aws.String("u")}, nil
}

func (discard) UploadPart(_ context.Context, in *s3.UploadPartInput, _ ...func(*s3.Options)) (*s3.UploadPartOutput, error) {
	_, err := io.Copy(io.Discard, in.Body)
	return &s3.UploadPartOutput{ETag: aws.String("e")}, err
}

func (discard) CompleteMultipartUpload(context.Context, *s3.CompleteMultipartUploadInput, ...func(*s3.Options)) (*s3.CompleteMultipartUploadOutput, error) {
	return &s3.CompleteMultipartUploadOutput{Location: aws.String("l")}, nil
}

// The memory of a write does not grow with it: ten times the bytes, the same allocations but for the parts' small change.
func TestMemoryIsBounded(t *testing.T) {
	b := &vaults3.Bucket{Client: discard{}, Name: "b"}
	peak := func(size int64) uint64 {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		if err := b.Put(t.Context(), "vault/1", io.LimitReader(zeros{}, size)); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	peak(20 << 20)
	small, big := peak(50<<20), peak(500<<20)
	if big > small+20<<20 {
		t.Errorf("50 MB allocated %d bytes, 500 MB %d", small, big)
	}
	t.Logf("50 MB allocated %d KB, 500 MB %d KB", small>>10, big>>10)
}
