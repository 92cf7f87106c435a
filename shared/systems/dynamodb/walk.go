package dynamodb

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// Scanner is what Walk uses of DynamoDB besides. The desk's own functions may
// not scan; the operator who replays a restore may.
type Scanner interface {
	Scan(ctx context.Context, in *dynamodb.ScanInput, opts ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error)
}

// Walk implements systems.Walker. One scan after another reads as fast as keys
// can be made of what it reads, so the table is not cut in segments.
func (s *System) Walk(ctx context.Context, h inventory.Holding, from string, page func([]systems.Row, string) error) error {
	db, ok := s.DB.(Scanner)
	if !ok {
		return fmt.Errorf("walk holding %s/%s without the right to scan: %w", s.Declared.ID, h.ID, systems.ErrNotDeclared)
	}
	at, err := readPlace(from)
	if err != nil {
		return fmt.Errorf("go on in holding %s/%s: %w", s.Declared.ID, h.ID, err)
	}
	in := &dynamodb.ScanInput{
		TableName: &s.Table, ExclusiveStartKey: at.start(), ConsistentRead: aws.Bool(true),
		ExpressionAttributeNames: map[string]string{},
	}
	if s.PageSize > 0 {
		in.Limit = aws.Int32(s.PageSize)
	}
	var columns []string
	for _, k := range h.Keys {
		columns = append(columns, k.Column)
	}
	columns = append(append(columns, h.Primary...), slices.Collect(maps.Keys(h.Where))...)
	slices.Sort(columns)
	var read []string
	for i, column := range slices.Compact(columns) {
		name := fmt.Sprintf("#w%d", i)
		in.ExpressionAttributeNames[name] = column
		read = append(read, name)
	}
	in.ProjectionExpression = aws.String(strings.Join(read, ", "))
	if len(h.Where) > 0 {
		in.ExpressionAttributeValues = item{}
		in.FilterExpression = filter(h.Where, nil, in.ExpressionAttributeNames, in.ExpressionAttributeValues)
	}
	for {
		out, err := db.Scan(ctx, in)
		if err != nil {
			return fmt.Errorf("walk holding %s/%s: %w", s.Declared.ID, h.ID, fault(ctx, err))
		}
		rows := make([]systems.Row, 0, len(out.Items))
		for _, it := range out.Items {
			row, err := Row(it)
			if err != nil {
				return fmt.Errorf("read holding %s/%s: %w", s.Declared.ID, h.ID, err)
			}
			if systems.In(h, row) {
				rows = append(rows, row)
			}
		}
		next := place{}.after(out.LastEvaluatedKey).text(len(out.LastEvaluatedKey) > 0)
		if err := page(rows, next); err != nil || next == "" {
			return err
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}
