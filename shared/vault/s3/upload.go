package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/vault"
)

const (
	// partSize is S3's least, 5 MB: two such buffers, one that goes out while the
	// other fills, are all the memory of a write, whatever its size.
	partSize = 5 << 20
	// maxParts is S3's most: objects end at 50 GB.
	maxParts = 10_000
	// tidy bounds the call that removes the parts of a write that failed.
	tidy = 10 * time.Second
)

// buffers are there for the next write to take: two for a part of a copy and two
// for a file that it names. They stay for the life of the process: a buffer that
// is thrown away and made anew each time is what memory grows by. One comes back
// when S3 has all that was in it: of a call that failed somebody may be reading
// yet.
var buffers = make(chan *[partSize]byte, 4)

func takeBuffer() *[partSize]byte {
	select {
	case b := <-buffers:
		return b
	default:
		return new([partSize]byte)
	}
}

func giveBuffer(b *[partSize]byte) {
	select {
	case buffers <- b:
	default: // as many writes at once are rare
	}
}

// upload writes body in one put when it fits one part, else part by part.
// ifNoneMatch makes it a write of a new object only. After an error nothing is
// left but what was there before.
func (b *Bucket) upload(ctx context.Context, key string, body io.Reader, ifNoneMatch *string) error {
	if err := vault.CheckKey(key); err != nil {
		return err
	}
	buffer := takeBuffer()
	part := buffer[:]
	n, last, err := fill(part, body)
	switch {
	case err != nil:
	case last:
		in := &s3.PutObjectInput{Bucket: aws.String(b.Name), Key: aws.String(key), Body: bytes.NewReader(part[:n]), IfNoneMatch: ifNoneMatch}
		in.ServerSideEncryption, in.SSEKMSKeyId = b.encryption()
		_, err = b.Client.PutObject(ctx, in)
	default:
		err = b.multipart(ctx, key, part, body, ifNoneMatch)
	}
	switch {
	case err == nil:
		giveBuffer(buffer)
		return nil
	case ifNoneMatch != nil && (code(err) == "PreconditionFailed" || code(err) == "ConditionalRequestConflict"):
		return request.Fault(request.Exists, key, "write an object that is there")
	}
	return fmt.Errorf("write object %s: %w", key, err)
}

func (b *Bucket) encryption() (types.ServerSideEncryption, *string) {
	if b.Key == "" {
		return "", nil
	}
	return types.ServerSideEncryptionAwsKms, aws.String(b.Key)
}

// multipart sends the full first part and what follows of body.
func (b *Bucket) multipart(ctx context.Context, key string, part []byte, body io.Reader, ifNoneMatch *string) (err error) {
	in := &s3.CreateMultipartUploadInput{Bucket: aws.String(b.Name), Key: aws.String(key), ChecksumAlgorithm: types.ChecksumAlgorithmCrc32}
	in.ServerSideEncryption, in.SSEKMSKeyId = b.encryption()
	upload, err := b.Client.CreateMultipartUpload(ctx, in)
	if err != nil {
		return err
	}
	buffer := takeBuffer()
	defer func() {
		if err == nil {
			giveBuffer(buffer)
			return
		}
		// The parts cost money until they are gone; that they go must not
		// hang on the context that may have ended the write.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidy)
		defer cancel()
		_, abortErr := b.Client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{
			Bucket: aws.String(b.Name), Key: aws.String(key), UploadId: upload.UploadId,
		})
		if abortErr != nil && code(abortErr) != "NoSuchUpload" {
			err = errors.Join(err, fmt.Errorf("remove the parts of a failed write: %w", abortErr))
		}
	}()
	var done []types.CompletedPart
	next := buffer[:]
	sent := make(chan sentPart, 1) // of the part on its way: there is never more than one
	wait := func() error {
		p := <-sent
		if p.err == nil {
			done = append(done, p.part)
		}
		return p.err
	}
	for n, last, parts := len(part), false, 0; n > 0; {
		if parts > 0 {
			if err := wait(); err != nil {
				return err
			}
		}
		if parts == maxParts {
			return request.Fault(request.TooMany, key, "write an object of more than %d parts", maxParts)
		}
		parts++
		go func(number int32, body []byte) {
			sent <- b.send(ctx, &s3.UploadPartInput{
				Bucket: aws.String(b.Name), Key: aws.String(key), UploadId: upload.UploadId, PartNumber: &number, Body: bytes.NewReader(body),
				ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
			})
		}(int32(parts), part[:n])
		if last {
			break
		}
		part, next = next, part
		if n, last, err = fill(part, body); err != nil {
			return errors.Join(err, wait()) // nothing may be on its way when the upload is taken back
		}
	}
	if err := wait(); err != nil {
		return err
	}
	_, err = b.Client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: aws.String(b.Name), Key: aws.String(key), UploadId: upload.UploadId, IfNoneMatch: ifNoneMatch,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: done},
	})
	return err
}

// sentPart is a part that S3 has, or why it has not.
type sentPart struct {
	part types.CompletedPart
	err  error
}

func (b *Bucket) send(ctx context.Context, in *s3.UploadPartInput) sentPart {
	out, err := b.Client.UploadPart(ctx, in)
	if err != nil {
		return sentPart{err: err}
	}
	return sentPart{part: types.CompletedPart{PartNumber: in.PartNumber, ETag: out.ETag, ChecksumCRC32: out.ChecksumCRC32}}
}

// fill reads until part is full or body ends. It is not io.ReadFull, which
// would take a body that broke off (io.ErrUnexpectedEOF) for one that ended.
func fill(part []byte, body io.Reader) (n int, last bool, err error) {
	for n < len(part) {
		m, err := body.Read(part[n:])
		n += m
		if errors.Is(err, io.EOF) {
			return n, true, nil
		}
		if err != nil {
			return n, false, err
		}
	}
	return n, false, nil
}

// code is the error code of S3, "" when there is none.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}
