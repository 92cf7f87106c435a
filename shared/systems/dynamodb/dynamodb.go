// Package dynamodb reaches a system that is a DynamoDB table: people are asked
// for by key or index, never by a scan, and changed item by item.
package dynamodb

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

// API is what the connector uses of DynamoDB.
type API interface {
	Query(ctx context.Context, in *dynamodb.QueryInput, opts ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
}

// System is one table. Its key columns hold identifiers in the form of
// systems.Normal.
type System struct {
	DB       API
	Table    string
	Declared *inventory.System
	// PageSize bounds the items of one page; 0 leaves it to DynamoDB (1 MB).
	PageSize int32
}

type item = map[string]types.AttributeValue

// Find implements systems.System.
func (s *System) Find(ctx context.Context, h inventory.Holding, kind, value string) ([]systems.Row, error) {
	if _, ok := h.Keys[kind]; !ok {
		return nil, fmt.Errorf("key %q of holding %s/%s: %w", kind, s.Declared.ID, h.ID, systems.ErrNotDeclared)
	}
	v := systems.Normal(kind, value)
	if v == "" {
		return nil, nil
	}
	var found []systems.Row
	enough := errors.New("enough")
	err := s.query(ctx, h, kind, v, "", func(_ item, row systems.Row) error {
		if len(found) == systems.FindLimit {
			return enough
		}
		found = append(found, row)
		return nil
	})
	if err != nil && !errors.Is(err, enough) {
		return nil, err
	}
	return found, nil
}

// Collect implements systems.System.
func (s *System) Collect(ctx context.Context, h inventory.Holding, keys systems.Keys, client string, emit func(systems.Row) error) error {
	return s.each(ctx, h, keys, client, func(_ item, row systems.Row) error { return emit(row) })
}

// Apply implements systems.System.
func (s *System) Apply(ctx context.Context, h inventory.Holding, keys systems.Keys, client string, act systems.Act) (int, error) {
	if err := act.Check(h); err != nil {
		return 0, fmt.Errorf("system %s: %w", s.Declared.ID, err)
	}
	sel := systems.Select(h, keys)
	for range tries {
		n, again := 0, false
		err := s.each(ctx, h, keys, client, func(it item, row systems.Row) error {
			c := act.Of(h, row)
			if c.Other {
				return nil
			}
			if c.None() {
				n++
				return nil
			}
			done, err := s.change(ctx, h, sel, it, c)
			if done {
				n++
			}
			// Somebody wrote what this change rests on: look again.
			again = again || !done && err == nil && len(c.Was) > 0
			return err
		})
		if err != nil || !again {
			return n, err
		}
	}
	return 0, fmt.Errorf("change holding %s/%s: %w", s.Declared.ID, h.ID, systems.ErrChanged)
}

// tries is how often a holding is gone through when somebody else writes it too.
const tries = 5

// each walks the rows of a person once: a row that several keys lead to comes
// with the first of them.
func (s *System) each(ctx context.Context, h inventory.Holding, keys systems.Keys, client string, visit func(item, systems.Row) error) error {
	sel := systems.Select(h, keys)
	seen := systems.Keys{}
	for _, kind := range sel.Kinds() {
		for _, v := range sel[kind] {
			err := s.query(ctx, h, kind, v, client, func(it item, row systems.Row) error {
				if len(seen) > 0 && systems.Belongs(h, row, seen, client) {
					return nil
				}
				return visit(it, row)
			})
			if err != nil {
				return err
			}
			seen[kind] = append(seen[kind], v)
		}
	}
	return nil
}

// query walks the items with that key, page by page.
func (s *System) query(ctx context.Context, h inventory.Holding, kind, value, client string, visit func(item, systems.Row) error) error {
	key := h.Keys[kind]
	in := &dynamodb.QueryInput{
		TableName:                 &s.Table,
		KeyConditionExpression:    aws.String("#k = :k"),
		ExpressionAttributeNames:  map[string]string{"#k": key.Column},
		ExpressionAttributeValues: item{":k": text(value)},
	}
	if key.Index != "" {
		in.IndexName = aws.String(key.Index)
	} else {
		in.ConsistentRead = aws.Bool(true) // an index cannot
	}
	if s.PageSize > 0 {
		in.Limit = aws.Int32(s.PageSize)
	}
	where := maps.Clone(h.Where)
	if client != "" {
		if h.Client == "" {
			return nil
		}
		if where == nil {
			where = map[string]string{}
		}
		where[h.Client] = client
	}
	var filters []string
	for i, column := range slices.Sorted(maps.Keys(where)) {
		if column == key.Column || slices.Contains(h.Primary, column) {
			continue // DynamoDB refuses key columns in a filter; Belongs checks them
		}
		name, val := fmt.Sprintf("#f%d", i), fmt.Sprintf(":f%d", i)
		in.ExpressionAttributeNames[name], in.ExpressionAttributeValues[val] = column, text(where[column])
		filters = append(filters, name+" = "+val)
	}
	if len(filters) > 0 {
		in.FilterExpression = aws.String(strings.Join(filters, " AND "))
	}
	for {
		out, err := s.DB.Query(ctx, in)
		if err != nil {
			return fmt.Errorf("query holding %s/%s by %s: %w", s.Declared.ID, h.ID, kind, fault(ctx, err))
		}
		for _, it := range out.Items {
			row, err := Row(it)
			if err != nil {
				return fmt.Errorf("read holding %s/%s: %w", s.Declared.ID, h.ID, err)
			}
			if !systems.Belongs(h, row, systems.Keys{kind: {value}}, client) {
				continue
			}
			if err := visit(it, row); err != nil {
				return err
			}
		}
		if len(out.LastEvaluatedKey) == 0 {
			return nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

// change writes one item on condition that it is still this person's and this
// client's: an index may lag behind. done is false when it no longer is.
func (s *System) change(ctx context.Context, h inventory.Holding, sel systems.Keys, it item, c systems.Change) (done bool, err error) {
	primary := item{}
	for _, p := range h.Primary {
		primary[p] = it[p]
	}
	names, values := map[string]string{"#p": h.Primary[0]}, item{}
	conditions := []string{"attribute_exists(#p)"}
	same := func(column string) {
		if v, ok := it[column]; ok && !slices.Contains(h.Primary, column) {
			i := len(conditions)
			names[fmt.Sprintf("#c%d", i)], values[fmt.Sprintf(":c%d", i)] = column, v
			conditions = append(conditions, fmt.Sprintf("#c%d = :c%d", i, i))
		}
	}
	for _, kind := range sel.Kinds() {
		same(h.Keys[kind].Column)
	}
	if h.Client != "" {
		same(h.Client)
	}
	for _, column := range slices.Sorted(maps.Keys(c.Was)) {
		if _, ok := it[column]; ok {
			same(column)
			continue
		}
		i := len(conditions)
		names[fmt.Sprintf("#c%d", i)] = column
		conditions = append(conditions, fmt.Sprintf("attribute_not_exists(#c%d)", i))
	}
	condition := aws.String(strings.Join(conditions, " AND "))
	if len(values) == 0 {
		values = nil // DynamoDB refuses an empty map
	}
	if c.Erase {
		_, err = s.DB.DeleteItem(ctx, &dynamodb.DeleteItemInput{
			TableName: &s.Table, Key: primary, ConditionExpression: condition,
			ExpressionAttributeNames: names, ExpressionAttributeValues: values,
		})
	} else {
		update, uerr := expression(c, names, &values)
		if uerr != nil {
			return false, uerr
		}
		_, err = s.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: &s.Table, Key: primary, ConditionExpression: condition, UpdateExpression: aws.String(update),
			ExpressionAttributeNames: names, ExpressionAttributeValues: values,
		})
	}
	if changed := (*types.ConditionalCheckFailedException)(nil); errors.As(err, &changed) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("change an item of holding %s/%s: %w", s.Declared.ID, h.ID, fault(ctx, err))
	}
	return true, nil
}

// expression writes a change as an update expression.
func expression(c systems.Change, names map[string]string, values *item) (string, error) {
	var update []string
	if len(c.Set) > 0 {
		if *values == nil {
			*values = item{}
		}
		var sets []string
		for i, column := range slices.Sorted(maps.Keys(c.Set)) {
			av, err := attribute(c.Set[column])
			if err != nil {
				return "", err
			}
			names[fmt.Sprintf("#s%d", i)], (*values)[fmt.Sprintf(":s%d", i)] = column, av
			sets = append(sets, fmt.Sprintf("#s%d = :s%d", i, i))
		}
		update = append(update, "SET "+strings.Join(sets, ", "))
	}
	if len(c.Clear) > 0 {
		var removes []string
		for i, column := range c.Clear {
			names[fmt.Sprintf("#r%d", i)] = column
			removes = append(removes, fmt.Sprintf("#r%d", i))
		}
		update = append(update, "REMOVE "+strings.Join(removes, ", "))
	}
	return strings.Join(update, " "), nil
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

// Row reads an item; a number keeps every digit.
func Row(it map[string]types.AttributeValue) (systems.Row, error) {
	row := make(systems.Row, len(it))
	for name, av := range it {
		v, err := plain(av)
		if err != nil {
			return nil, err
		}
		row[name] = v
	}
	return row, nil
}

// Item writes a row as an item.
func Item(row systems.Row) (map[string]types.AttributeValue, error) {
	it := make(item, len(row))
	for name, v := range row {
		av, err := attribute(v)
		if err != nil {
			return nil, err
		}
		it[name] = av
	}
	return it, nil
}

func plain(av types.AttributeValue) (any, error) {
	switch av := av.(type) {
	case *types.AttributeValueMemberS:
		return av.Value, nil
	case *types.AttributeValueMemberN:
		return json.Number(av.Value), nil
	case *types.AttributeValueMemberBOOL:
		return av.Value, nil
	case *types.AttributeValueMemberNULL:
		return nil, nil
	case *types.AttributeValueMemberB:
		return base64.StdEncoding.EncodeToString(av.Value), nil
	case *types.AttributeValueMemberSS:
		list := make([]any, len(av.Value))
		for i, v := range slices.Sorted(slices.Values(av.Value)) {
			list[i] = v
		}
		return list, nil
	case *types.AttributeValueMemberNS:
		list := make([]any, len(av.Value))
		for i, v := range slices.Sorted(slices.Values(av.Value)) {
			list[i] = json.Number(v)
		}
		return list, nil
	case *types.AttributeValueMemberL:
		list := make([]any, len(av.Value))
		for i := range av.Value {
			v, err := plain(av.Value[i])
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, nil
	case *types.AttributeValueMemberM:
		m := make(map[string]any, len(av.Value))
		for name := range av.Value {
			v, err := plain(av.Value[name])
			if err != nil {
				return nil, err
			}
			m[name] = v
		}
		return m, nil
	}
	return nil, systems.ErrUnreadable
}

func attribute(v any) (types.AttributeValue, error) {
	switch v := v.(type) {
	case nil:
		return &types.AttributeValueMemberNULL{Value: true}, nil
	case string:
		return text(v), nil
	case bool:
		return &types.AttributeValueMemberBOOL{Value: v}, nil
	case json.Number:
		return &types.AttributeValueMemberN{Value: v.String()}, nil
	case []any:
		list := make([]types.AttributeValue, len(v))
		for i := range v {
			av, err := attribute(v[i])
			if err != nil {
				return nil, err
			}
			list[i] = av
		}
		return &types.AttributeValueMemberL{Value: list}, nil
	case map[string]any:
		m := make(item, len(v))
		for name := range v {
			av, err := attribute(v[name])
			if err != nil {
				return nil, err
			}
			m[name] = av
		}
		return &types.AttributeValueMemberM{Value: m}, nil
	}
	return nil, fmt.Errorf("write a value of type %T: %w", v, systems.ErrUnreadable)
}

// fault keeps the code of a failed call and drops its words: they may repeat a
// key, and keys are personal data (I13).
func fault(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if api := smithy.APIError(nil); errors.As(err, &api) {
		return errors.New(api.ErrorCode())
	}
	return errors.New("no answer from DynamoDB")
}
