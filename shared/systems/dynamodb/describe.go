package dynamodb

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// DescribeAPI is what a Survey uses of DynamoDB. No function of the desk has
// these permissions: an operator looks, with rights of their own.
type DescribeAPI interface {
	DescribeTable(ctx context.Context, in *dynamodb.DescribeTableInput, opts ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error)
	Scan(ctx context.Context, in *dynamodb.ScanInput, opts ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error)
}

// Survey tells the schema of a table. DynamoDB declares its keys and indexes
// alone, so the attributes are those that a sample meets.
type Survey struct {
	DB    DescribeAPI
	Table string
	// Sample bounds the items that are looked at; 0 = DefaultSample.
	Sample int
}

// DefaultSample is Survey.Sample where none is given.
const DefaultSample = 10_000

var _ systems.Describer = (*Survey)(nil)

// Describe implements systems.Describer. Names and types leave the sample, no values.
func (s *Survey) Describe(ctx context.Context, holdings []inventory.Holding) (systems.Schema, error) {
	out, err := s.DB.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &s.Table})
	if err != nil {
		return systems.Schema{}, fmt.Errorf("describe the table: %w", fault(ctx, err))
	}
	whole := systems.Table{Primary: keyNames(out.Table.KeySchema)}
	for _, g := range out.Table.GlobalSecondaryIndexes {
		whole.Indexes = append(whole.Indexes, systems.Index{Name: aws.ToString(g.IndexName), Columns: keyNames(g.KeySchema)})
	}
	for _, l := range out.Table.LocalSecondaryIndexes {
		whole.Indexes = append(whole.Indexes, systems.Index{Name: aws.ToString(l.IndexName), Columns: keyNames(l.KeySchema)})
	}
	met := map[string]map[string]string{} // holding → attribute → type
	if err := s.sample(ctx, holdings, met); err != nil {
		return systems.Schema{}, err
	}
	schema := systems.Schema{Sampled: true}
	for _, id := range slices.Sorted(maps.Keys(met)) {
		t := whole
		t.Name = id
		for _, name := range slices.Sorted(maps.Keys(met[id])) {
			t.Columns = append(t.Columns, systems.Field{Name: name, Type: met[id][name], Nullable: !slices.Contains(whole.Primary, name)})
		}
		schema.Tables = append(schema.Tables, t)
	}
	return schema, nil
}

func (s *Survey) sample(ctx context.Context, holdings []inventory.Holding, met map[string]map[string]string) error {
	left := s.Sample
	if left == 0 {
		left = DefaultSample
	}
	pages := dynamodb.NewScanPaginator(s.DB, &dynamodb.ScanInput{TableName: &s.Table, Limit: aws.Int32(int32(min(left, 1000)))})
	for left > 0 && pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("sample the table: %w", fault(ctx, err))
		}
		left -= len(page.Items)
		for _, it := range page.Items {
			id := holdingOf(holdings, it)
			if met[id] == nil {
				met[id] = map[string]string{}
			}
			for name, v := range it {
				met[id][name] = typeOf(v)
			}
		}
	}
	return nil
}

// holdingOf is the holding that an item belongs to, "" for none.
func holdingOf(holdings []inventory.Holding, it item) string {
	for _, h := range holdings {
		fits := true
		for column, value := range h.Where {
			v, ok := it[column].(*types.AttributeValueMemberS)
			fits = fits && ok && v.Value == value
		}
		if fits {
			return h.ID
		}
	}
	return ""
}

func keyNames(schema []types.KeySchemaElement) []string {
	var names []string
	for _, k := range schema {
		names = append(names, aws.ToString(k.AttributeName))
	}
	return names
}

// typeOf is DynamoDB's own word for a type.
func typeOf(v types.AttributeValue) string {
	switch v.(type) {
	case *types.AttributeValueMemberS:
		return "s"
	case *types.AttributeValueMemberN:
		return "n"
	case *types.AttributeValueMemberBOOL:
		return "bool"
	case *types.AttributeValueMemberB, *types.AttributeValueMemberBS:
		return "b"
	case *types.AttributeValueMemberM:
		return "m"
	case *types.AttributeValueMemberL, *types.AttributeValueMemberNS, *types.AttributeValueMemberSS:
		return "l"
	}
	return "null"
}
