package s3

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// sampleObjects and sampleLines bound what Describe reads of a prefix.
const (
	sampleObjects = 20
	sampleLines   = 500
)

var _ systems.Describer = (*System)(nil)

// VersionsAPI is what Describe uses of S3 besides. No function of the desk may
// ask it: an operator looks, with rights of their own.
type VersionsAPI interface {
	GetBucketVersioning(ctx context.Context, in *s3.GetBucketVersioningInput, opts ...func(*s3.Options)) (*s3.GetBucketVersioningOutput, error)
}

// Describe implements systems.Describer: the prefixes of the bucket are its
// tables, and the fields of a sample of lines their columns. Where a holding's
// prefix is deeper than one folder, it is told whole.
func (s *System) Describe(ctx context.Context, holdings []inventory.Holding) (systems.Schema, error) {
	in := &s3.ListObjectsV2Input{Bucket: &s.Bucket, Delimiter: aws.String("/")}
	met, folders := map[string]*systems.Table{}, []string{}
	for {
		out, err := s.S3.ListObjectsV2(ctx, in)
		if err != nil {
			return systems.Schema{}, fmt.Errorf("list the prefixes of system %s: %w", s.Declared.ID, fault(ctx, err))
		}
		for _, p := range out.CommonPrefixes {
			name := aws.ToString(p.Prefix)
			folders = append(folders, name)
			deeper := slices.ContainsFunc(holdings, func(h inventory.Holding) bool { return h.Prefix != name && strings.HasPrefix(h.Prefix, name) })
			if !deeper {
				met[name] = &systems.Table{Name: name}
			}
		}
		if len(out.Contents) > 0 {
			met[""] = &systems.Table{}
		}
		if !aws.ToBool(out.IsTruncated) {
			break
		}
		in.ContinuationToken = out.NextContinuationToken
	}
	for _, h := range holdings {
		if !slices.ContainsFunc(folders, func(p string) bool { return strings.HasPrefix(h.Prefix, p) }) {
			continue
		}
		t := &systems.Table{Name: h.Prefix}
		if h.Format == inventory.Lines {
			columns, err := s.sample(ctx, h)
			if err != nil {
				return systems.Schema{}, err
			}
			t.Columns = columns
		}
		met[h.Prefix] = t
	}
	schema := systems.Schema{Sampled: true}
	if api, ok := s.S3.(VersionsAPI); ok {
		out, err := api.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &s.Bucket})
		if err != nil {
			return systems.Schema{}, fmt.Errorf("ask whether system %s keeps old versions: %w", s.Declared.ID, fault(ctx, err))
		}
		schema.Versions = out.Status != "" // suspended keeps those that there are
	}
	for _, name := range slices.Sorted(maps.Keys(met)) {
		schema.Tables = append(schema.Tables, *met[name])
	}
	return schema, nil
}

// sample is the fields of some lines of some objects; what is no line of JSON is passed over.
func (s *System) sample(ctx context.Context, h inventory.Holding) ([]systems.Field, error) {
	enough := errors.New("enough")
	fields, objects, lines := map[string]bool{}, 0, 0
	err := s.list(ctx, h, h.Prefix, "", func(name string, _ int64) error {
		if objects++; objects > sampleObjects {
			return enough
		}
		lines = 0
		_, err := s.lines(ctx, h, name, "", func(_ []byte, row systems.Row) error {
			if lines++; lines > sampleLines {
				return enough
			}
			for field := range row {
				fields[field] = true
			}
			return nil
		})
		if errors.Is(err, enough) || errors.Is(err, systems.ErrUnreadable) {
			return nil
		}
		return err
	})
	if err != nil && !errors.Is(err, enough) {
		return nil, err
	}
	var columns []systems.Field
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		columns = append(columns, systems.Field{Name: name, Type: "json", Nullable: true})
	}
	return columns, nil
}
