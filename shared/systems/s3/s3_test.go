package s3_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/store/storetest/emulator"
	"github.com/allclaims/rightsdesk/shared/systems"
	connector "github.com/allclaims/rightsdesk/shared/systems/s3"
	"github.com/allclaims/rightsdesk/shared/systems/systemstest"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestMain(m *testing.M) { os.Exit(emulator.Run(m)) }

var buckets atomic.Int64

func fill(t testing.TB, s *inventory.System, objects map[string][]byte) (*connector.System, *s3.Client) {
	t.Helper()
	ctx := context.Background()
	client := s3.New(s3.Options{Region: "eu-central-1", BaseEndpoint: aws.String(emulator.Endpoint(t)), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")})
	name := fmt.Sprintf("system-%d-%d", os.Getpid(), buckets.Add(1))
	if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name,
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "eu-central-1"}}); err != nil {
		t.Fatal(err)
	}
	for key, body := range objects {
		if _, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: &name, Key: &key, Body: bytes.NewReader(body), ContentType: aws.String("application/jsonl")}); err != nil {
			t.Fatal(err)
		}
	}
	return &connector.System{S3: client, Bucket: name, Declared: s}, client
}

func objects(t *testing.T, client *s3.Client, bucket string) map[string][]byte {
	t.Helper()
	ctx := context.Background()
	all := map[string][]byte{}
	out, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &bucket})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range out.Contents {
		got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: o.Key})
		if err != nil {
			t.Fatal(err)
		}
		if all[*o.Key], err = io.ReadAll(got.Body); err != nil {
			t.Fatal(err)
		}
		got.Body.Close()
	}
	return all
}

func TestContract(t *testing.T) {
	systemstest.RunBuckets(t, func(t *testing.T, s *inventory.System, _ []systems.Row, objs map[string][]byte) systemstest.Fixture {
		sys, client := fill(t, s, objs)
		return systemstest.Fixture{System: sys, Objects: func(t *testing.T) map[string][]byte { return objects(t, client, sys.Bucket) }}
	})
}

// racer writes a line of somebody else just before our write.
type racer struct {
	connector.API
	client *s3.Client
	times  int
	line   string
}

func (r *racer) PutObject(ctx context.Context, in *s3.PutObjectInput, o ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	if r.times > 0 {
		r.times--
		out, err := r.client.GetObject(ctx, &s3.GetObjectInput{Bucket: in.Bucket, Key: in.Key})
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(out.Body)
		if err != nil {
			return nil, err
		}
		if _, err := r.client.PutObject(ctx, &s3.PutObjectInput{Bucket: in.Bucket, Key: in.Key, Body: strings.NewReader(string(body) + r.line)}); err != nil {
			return nil, err
		}
	}
	return r.API.PutObject(ctx, in, o...)
}

// A bucket tells whether it keeps what is erased as an old version.
func TestDescribeVersions(t *testing.T) {
	p, _ := inventory.Default().Holding("weblog", "visits")
	sys, client := fill(t, p.System, nil)
	for _, want := range []bool{false, true} {
		schema, err := sys.Describe(t.Context(), p.System.Holdings)
		if err != nil || schema.Versions != want {
			t.Errorf("keeps old versions: %v, %v; want %v", schema.Versions, err, want)
		}
		if _, err := client.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: &sys.Bucket,
			VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}}); err != nil {
			t.Fatal(err)
		}
	}
}

// A line that the log's writer adds while we rewrite is not lost.
func TestRewriteRace(t *testing.T) {
	p, _ := inventory.Default().Holding("weblog", "visits")
	const mine, theirs = `{"email":"a@test.example","path":"/"}` + "\n", `{"email":"b@test.example","path":"/"}` + "\n"
	sys, client := fill(t, p.System, map[string][]byte{"weblog/2026-10-01.jsonl": []byte(mine + theirs)})
	sys.S3 = &racer{API: client, client: client, times: 2, line: theirs}
	n, err := sys.Apply(context.Background(), *p.Holding, systems.Of(systems.Keys{"email": {"a@test.example"}}, ""), systems.Act{Action: systems.Erase})
	if n != 1 || err != nil {
		t.Errorf("Apply: %d, %v", n, err)
	}
	if got := string(objects(t, client, sys.Bucket)["weblog/2026-10-01.jsonl"]); got != theirs+theirs+theirs {
		t.Errorf("left:\n%s", got)
	}
	// A log that never rests is an error, not a loss.
	sys, client = fill(t, p.System, map[string][]byte{"weblog/2026-10-01.jsonl": []byte(mine)})
	sys.S3 = &racer{API: client, client: client, times: 100, line: theirs}
	if _, err := sys.Apply(context.Background(), *p.Holding, systems.Of(systems.Keys{"email": {"a@test.example"}}, ""), systems.Act{Action: systems.Erase}); err == nil {
		t.Error("Apply succeeded against a log that never rests")
	}
}

// lost makes every write twice, as the SDK does when the answer to the first
// was lost.
type lost struct{ connector.API }

func (l lost) PutObject(ctx context.Context, in *s3.PutObjectInput, o ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return nil, err
	}
	for range 2 {
		again := *in
		again.Body = bytes.NewReader(body)
		out, perr := l.API.PutObject(ctx, &again, o...)
		if err = perr; err != nil {
			return out, err
		}
	}
	return nil, nil
}

// A log that was rewritten and whose answer was lost counts the lines that
// went, and those that stay once (E-9).
func TestRewriteWhoseAnswerWasLost(t *testing.T) {
	p, _ := inventory.Default().Holding("weblog", "visits")
	log := map[string][]byte{}
	for day := range 3 {
		log[fmt.Sprintf("weblog/2026-10-0%d.jsonl", day+1)] = []byte(`{"email":"a@test.example","path":"/"}` + "\n" + `{"email":"b@test.example","path":"/"}` + "\n\n" + `{"email":"a@test.example","path":"/2"}` + "\n")
	}
	sys, client := fill(t, p.System, log)
	sys.S3 = lost{client}
	of, told := systems.Of(systems.Keys{"email": {"a@test.example"}}, ""), 0
	of.Batch = func(n int) error { told += n; return nil }
	n, err := sys.Apply(context.Background(), *p.Holding, of, systems.Act{Action: systems.Erase})
	if n != 6 || told != 6 || err != nil {
		t.Errorf("erased %d lines, told of %d, %v; want 6", n, told, err)
	}
	for name, body := range objects(t, client, sys.Bucket) {
		if string(body) != `{"email":"b@test.example","path":"/"}`+"\n" {
			t.Errorf("left in %s:\n%s", name, body)
		}
	}
}

type broken struct{ connector.API }

func (broken) ListObjectsV2(context.Context, *s3.ListObjectsV2Input, ...func(*s3.Options)) (*s3.ListObjectsV2Output, error) {
	return nil, errors.New("cannot list recordings/K-1001/")
}

func (broken) GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	return nil, errors.New("cannot get recordings/K-1001/2026-10-01.wav")
}

// I13: names of objects carry numbers of people; our errors do not.
func TestErrorsHoldNoNames(t *testing.T) {
	p, _ := inventory.Default().Holding("recordings", "calls")
	sys := &connector.System{S3: broken{}, Bucket: "b", Declared: p.System}
	_, err := sys.Find(context.Background(), *p.Holding, "customer", "K-1001")
	_, err2 := sys.Open(context.Background(), *p.Holding, "recordings/K-1001/2026-10-01.wav")
	for _, err := range []error{err, err2} {
		if err == nil || strings.Contains(err.Error(), "K-1001") {
			t.Errorf("error: %v", err)
		}
	}
}
