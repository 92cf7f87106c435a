package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"

	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	"github.com/allclaims/rightsdesk/shared/store/dynamo"
)

const ledgerUsage = `usage: ctl ledger [-stack NAME] verify [-request R-XXXX-XXXX]

Recomputes the chain of every request, or of one, from its first line to its
head, and compares all chains with the daily roots in the seal bucket. Prints
counts; the first break makes the exit status 1 and is named by its index.
`

// chains reads the ledger.
type chains interface {
	Heads(ctx context.Context, page store.Page) ([]ledger.Head, string, error)
	Lines(ctx context.Context, id request.ID) ([]ledger.Line, error)
	ByReference(ctx context.Context, ref request.Reference) (request.ID, error)
}

// roots reads every version of the daily roots: an object that is locked stays
// beneath whatever was written over it.
type roots interface {
	each(ctx context.Context, fn func(key string, body []byte) error) error
}

// runLedger verifies the ledger.
func runLedger(ctx context.Context, args []string, _ io.Reader, out, errs io.Writer) error {
	flags := flag.NewFlagSet("ledger", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() { fmt.Fprint(errs, ledgerUsage) }
	name := flags.String("stack", stackName, "the CloudFormation stack")
	reference := flags.String("request", "", "verify this request alone")
	verb := ""
	for range 2 { // flags may stand before and after the verb
		if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read the arguments: %w", err)
		}
		if args = flags.Args(); verb == "" && len(args) > 0 {
			verb, args = args[0], args[1:]
		}
	}
	if verb != "verify" || len(args) > 0 {
		return errors.New("say verify, as: ctl ledger verify")
	}
	var ref request.Reference
	if *reference != "" {
		var ok bool
		if ref, ok = request.ParseReference(*reference); !ok {
			return fmt.Errorf("%q is no reference, as R-7Q2M-K9TD", *reference)
		}
	}
	d, err := findDeployment(ctx, *name)
	if err != nil {
		return err
	}
	if err := d.need("RequestsTable", "LedgerTable", "SealBucket"); err != nil {
		return err
	}
	return verifyLedger(ctx, storeOf(d), sealOf(d), ref, out)
}

func storeOf(d deployment) *dynamo.Store {
	return &dynamo.Store{DynamoDB: dynamodb.NewFromConfig(d.config), Names: namesOf(d.outputs)}
}

func sealOf(d deployment) seal {
	client := s3.NewFromConfig(d.config, func(o *s3.Options) { o.UsePathStyle = d.config.BaseEndpoint != nil })
	return seal{client: client, bucket: d.outputs["SealBucket"]}
}

// chained is what a root is compared with: hashes by their number, from 1.
type chained map[request.ID][]string

// verifyLedger checks chains, heads and roots; with ref set, the one chain.
func verifyLedger(ctx context.Context, c chains, r roots, ref request.Reference, out io.Writer) error {
	heads, err := allHeads(ctx, c)
	if err != nil {
		return err
	}
	if ref != "" {
		id, err := c.ByReference(ctx, ref)
		if err != nil {
			return fmt.Errorf("find %s: %w", ref, err)
		}
		heads = slices.DeleteFunc(heads, func(h ledger.Head) bool { return h.Request != id })
		if len(heads) == 0 {
			return fmt.Errorf("%s has no head: its chain is gone", ref)
		}
	}
	found, lines, err := verifyChains(ctx, c, heads)
	if err != nil {
		return err
	}
	sealed, err := verifyRoots(ctx, r, found, ref == "")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "The ledger holds: %d chains, %d lines, %d heads, %d daily roots.\n", len(found), lines, len(heads), sealed)
	return err
}

func allHeads(ctx context.Context, c chains) ([]ledger.Head, error) {
	var heads []ledger.Head
	for page := (store.Page{Limit: 1000}); ; {
		some, next, err := c.Heads(ctx, page)
		if err != nil {
			return nil, fmt.Errorf("list the heads: %w", err)
		}
		heads = append(heads, some...)
		if page.After = next; next == "" {
			slices.SortFunc(heads, func(a, b ledger.Head) int { return cmp.Compare(a.Request, b.Request) })
			return heads, nil
		}
	}
}

func verifyChains(ctx context.Context, c chains, heads []ledger.Head) (chained, int, error) {
	hashes := make([][]string, len(heads))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i, h := range heads {
		g.Go(func() error {
			lines, err := c.Lines(gctx, h.Request)
			if err != nil {
				return fmt.Errorf("read the chain of request %s: %w", h.Request, err)
			}
			if err := ledger.VerifyHead(lines, h.Chain); err != nil {
				return fmt.Errorf("the chain of request %s is broken: %w", h.Request, err)
			}
			for _, l := range lines {
				hashes[i] = append(hashes[i], l.Hash)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, 0, err
	}
	found, lines := chained{}, 0
	for i, h := range heads {
		found[h.Request] = hashes[i]
		lines += len(hashes[i])
	}
	return found, lines, nil
}

// verifyRoots recomputes each root from the heads that stand beside it, and
// demands that every chain still goes through its head of that day: lines that
// were taken away or written anew afterwards show here. With all unset, chains
// that were not read are passed over.
func verifyRoots(ctx context.Context, r roots, found chained, all bool) (int, error) {
	n := 0
	err := r.each(ctx, func(key string, body []byte) error {
		var root ledger.Sealed
		if err := json.Unmarshal(body, &root); err != nil {
			return fmt.Errorf("read the root %s: %w", key, err)
		}
		if !root.Sound() {
			return fmt.Errorf("the root %s does not fit the heads beside it", key)
		}
		for _, h := range root.Heads {
			hashes, ok := found[h.Request]
			switch {
			case !ok && all:
				return fmt.Errorf("the chain of request %s, which the root %s names, is gone", h.Request, key)
			case !ok:
			case h.Chain.Seq < 1 || h.Chain.Seq > int64(len(hashes)) || hashes[h.Chain.Seq-1] != h.Chain.Hash:
				return fmt.Errorf("the chain of request %s is not the one that the root %s sealed: ledger line at index %d", h.Request, key, max(0, min(h.Chain.Seq, int64(len(hashes)))-1))
			}
		}
		n++
		return nil
	})
	return n, err
}

// seal reads the bucket of roots.
type seal struct {
	client interface {
		s3.ListObjectVersionsAPIClient
		GetObject(ctx context.Context, in *s3.GetObjectInput, opts ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	}
	bucket string
}

// maxRoot bounds one root: some 120 bytes a chain.
const maxRoot = 256 << 20

func (s seal) each(ctx context.Context, fn func(key string, body []byte) error) error {
	pages := s3.NewListObjectVersionsPaginator(s.client, &s3.ListObjectVersionsInput{Bucket: &s.bucket, Prefix: aws.String("roots/")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list the daily roots: %w", err)
		}
		for _, v := range page.Versions {
			key := aws.ToString(v.Key)
			body, err := s.read(ctx, key, v.VersionId)
			if err != nil {
				return err
			}
			if err := fn(key, body); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s seal) read(ctx context.Context, key string, version *string) ([]byte, error) {
	o, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.bucket, Key: &key, VersionId: version})
	if err != nil {
		return nil, fmt.Errorf("open the root %s: %w", key, err)
	}
	defer o.Body.Close()
	body, err := io.ReadAll(io.LimitReader(o.Body, maxRoot))
	if err != nil {
		return nil, fmt.Errorf("read the root %s: %w", key, err)
	}
	return body, nil
}
