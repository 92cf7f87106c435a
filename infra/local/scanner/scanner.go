// Package scanner plays, on the local stack, the scanner for malware that
// GuardDuty is in AWS: it writes its verdict on what came in as a tag of the
// object. It knows one threat, the test file of EICAR, by its text.
package scanner

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/jhillyerd/enmime/v2"

	"github.com/allclaims/rightsdesk/shared/vault"
)

// Scanner looks at what came in to the dossier.
type Scanner struct {
	Store  *s3.Client
	Bucket string

	// judged are the objects that have their verdict, by key and checksum.
	judged map[string]string
}

// Run looks every so often, until ctx is done. Where the store is away for a
// moment, the next look makes up for it.
func (s *Scanner) Run(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		_ = s.Look(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Look judges every object that came in since the last look.
func (s *Scanner) Look(ctx context.Context) error {
	if s.judged == nil {
		s.judged = map[string]string{}
	}
	pages := s3.NewListObjectsV2Paginator(s.Store, &s3.ListObjectsV2Input{Bucket: aws.String(s.Bucket), Prefix: aws.String("dossier/")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list what came in: %w", err)
		}
		for _, o := range page.Contents {
			// A file that is written anew is to be judged anew.
			key, version := aws.ToString(o.Key), aws.ToString(o.ETag)+aws.ToTime(o.LastModified).String()
			if !strings.Contains(key, "/incoming/") || s.judged[key] == version {
				continue
			}
			if err := s.judge(ctx, key); err != nil {
				return err
			}
			s.judged[key] = version
		}
	}
	return nil
}

func (s *Scanner) judge(ctx context.Context, key string) error {
	out, err := s.Store.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(s.Bucket), Key: aws.String(key)})
	if err != nil {
		return fmt.Errorf("open %s: %w", key, err)
	}
	defer out.Body.Close()
	body, err := io.ReadAll(out.Body)
	if err != nil {
		return fmt.Errorf("read %s: %w", key, err)
	}
	_, err = s.Store.PutObjectTagging(ctx, &s3.PutObjectTaggingInput{
		Bucket: aws.String(s.Bucket), Key: aws.String(key),
		Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String(vault.VerdictTag), Value: aws.String(string(Judge(body)))}}},
	})
	if err != nil {
		return fmt.Errorf("write the verdict on %s: %w", key, err)
	}
	return nil
}

// eicar is how the test file begins that every scanner takes for malware; in two
// parts, so that none takes this program for it.
var eicar = []byte(`X5O!P%@AP[4\PZX54(P^)7CC)7}$` + `EICAR-STANDARD-ANTIVIRUS-TEST-FILE!`)

// locked is what a PDF with a password says of itself.
var locked = []byte("/Encrypt ")

// Judge gives the verdict on a file, and on a mail with all that is in it.
func Judge(body []byte) vault.Verdict {
	if bytes.Contains(body, eicar) {
		return vault.Threat
	}
	if bytes.HasPrefix(body, []byte("%PDF-")) {
		if bytes.Contains(body, locked) {
			return vault.Unsupported
		}
		return vault.Clean
	}
	mail, err := enmime.ReadEnvelope(bytes.NewReader(body))
	if err != nil {
		return vault.Clean // no mail, and nothing found in it as it is
	}
	for _, parts := range [][]*enmime.Part{mail.Attachments, mail.Inlines, mail.OtherParts} {
		for _, p := range parts {
			if bytes.Contains(p.Content, eicar) {
				return vault.Threat
			}
		}
	}
	return vault.Clean
}
