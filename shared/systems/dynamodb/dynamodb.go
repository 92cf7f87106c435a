// Package dynamodb reaches a system that is a DynamoDB table: people are asked
// for by key or index, never by a scan, and changed item by item. Only who walks
// a restored table (systems.Walker) scans.
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
	return systems.First(func(emit func(systems.Row) error) error {
		return s.ask(ctx, h, kind, v, "", place{}, func(_ item, row systems.Row) error { return emit(row) }, func(place, bool) error { return nil })
	})
}

// Collect implements systems.System.
func (s *System) Collect(ctx context.Context, h inventory.Holding, of systems.Selection, emit func(systems.Row) error) error {
	return s.each(ctx, h, of, nil, func(_ item, row systems.Row) error { return emit(row) })
}

// Apply implements systems.System.
func (s *System) Apply(ctx context.Context, h inventory.Holding, of systems.Selection, act systems.Act) (int, error) {
	if err := act.Check(h); err != nil {
		return 0, fmt.Errorf("system %s: %w", s.Declared.ID, err)
	}
	sel := systems.Select(h, of.Keys)
	n, told := 0, 0
	page := func() error {
		batch := n - told
		told = n
		return of.Done(batch)
	}
	err := s.each(ctx, h, of, page, func(it item, row systems.Row) error {
		done, err := s.settle(ctx, h, sel, of.Client, it, row, act)
		if done {
			n++
		}
		return err
	})
	if n > told { // of a page that was not gone through to its end
		err = errors.Join(err, page())
	}
	return n, err
}

// settle makes one item as act wants it. What somebody else wrote meanwhile is
// looked at where it stands, and so is what a first try of ours wrote whose
// answer was lost: each item counts once. done is false for an item that act
// does not mean, and for one that is no longer this person's and this client's.
func (s *System) settle(ctx context.Context, h inventory.Holding, sel systems.Keys, client string, it item, row systems.Row, act systems.Act) (done bool, err error) {
	for range tries {
		c := act.Of(h, row)
		switch {
		case c.Other:
			return false, nil
		case c.None():
			return true, nil
		case !systems.Belongs(h, row, sel, client):
			return false, nil
		}
		if done, it, err = s.change(ctx, h, sel, it, c); done || err != nil || it == nil {
			return done, err
		}
		if row, err = Row(it); err != nil {
			return false, fmt.Errorf("read holding %s/%s: %w", s.Declared.ID, h.ID, err)
		}
	}
	return false, fmt.Errorf("change holding %s/%s: %w", s.Declared.ID, h.ID, systems.ErrChanged)
}

// Can implements systems.System.
func (s *System) Can(h inventory.Holding, action string) bool { return systems.Able(h, action) }

// tries is how often an item is written when somebody else writes it too.
const tries = 5

// each walks the rows of a person once: a row that several keys lead to comes
// with the first of them. page, when not nil, is called after every page.
func (s *System) each(ctx context.Context, h inventory.Holding, of systems.Selection, page func() error, visit func(item, systems.Row) error) error {
	sel := systems.Select(h, of.Keys)
	at, err := readPlace(of.From)
	if err != nil {
		return fmt.Errorf("go on in holding %s/%s: %w", s.Declared.ID, h.ID, err)
	}
	seen := systems.Keys{}
	i := -1
	for _, kind := range sel.Kinds() {
		for _, v := range sel[kind] {
			if i++; i >= at.Key {
				start := place{}
				if i == at.Key {
					start = at
				}
				err := s.ask(ctx, h, kind, v, of.Client, start, func(it item, row systems.Row) error {
					if len(seen) > 0 && systems.Belongs(h, row, seen, of.Client) {
						return nil
					}
					return visit(it, row)
				}, func(next place, more bool) error {
					if page != nil {
						if err := page(); err != nil {
							return err
						}
					}
					if !more {
						return of.Stop(place{Key: i + 1}.text(i+1 < count(sel)))
					}
					next.Key = i
					return of.Stop(next.text(true))
				})
				if err != nil {
					return err
				}
			}
			seen[kind] = append(seen[kind], v)
		}
	}
	return nil
}

// place is where a walk stopped: the number of the key value that it was at,
// the segment of the table where it scans, and the last item that was read there.
type place struct {
	Key     int               `json:"key"`
	Segment int32             `json:"segment,omitempty"`
	Last    map[string]string `json:"last,omitempty"`
	// Numbers are those of the keys of that item that are numbers.
	Numbers map[string]string `json:"numbers,omitempty"`
}

// after is the place behind the item with these keys.
func (p place) after(keys item) place {
	for name, av := range keys {
		switch av := av.(type) {
		case *types.AttributeValueMemberS:
			if p.Last == nil {
				p.Last = map[string]string{}
			}
			p.Last[name] = av.Value
		case *types.AttributeValueMemberN:
			if p.Numbers == nil {
				p.Numbers = map[string]string{}
			}
			p.Numbers[name] = av.Value
		}
	}
	return p
}

func readPlace(from string) (at place, err error) {
	if from == "" {
		return at, nil
	}
	if err := json.Unmarshal([]byte(from), &at); err != nil {
		return at, errors.New("the place is not of this connector")
	}
	return at, nil
}

// text is the place as a Cut carries it, "" when nothing comes after it.
func (p place) text(more bool) string {
	if !more {
		return ""
	}
	b, err := json.Marshal(p)
	if err != nil {
		return "" // cannot be: numbers and strings
	}
	return string(b)
}

func (p place) start() item {
	if p.Last == nil && p.Numbers == nil {
		return nil
	}
	it := item{}
	for name, v := range p.Last {
		it[name] = text(v)
	}
	for name, v := range p.Numbers {
		it[name] = &types.AttributeValueMemberN{Value: v}
	}
	return it
}

func count(keys systems.Keys) (n int) {
	for _, vs := range keys {
		n += len(vs)
	}
	return n
}

// ask walks the items with that key after start, page by page; after each it
// calls page with the place that comes next, and whether there is more.
func (s *System) ask(ctx context.Context, h inventory.Holding, kind, value, client string, start place, visit func(item, systems.Row) error, page func(next place, more bool) error) error {
	if client != "" && h.Client == "" {
		return nil
	}
	mine := func(items []item) error {
		for _, it := range items {
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
		return nil
	}
	if h.Keys[kind].Scan {
		return s.scan(ctx, h, kind, value, client, start, mine, page)
	}
	return s.query(ctx, h, kind, value, client, start, mine, page)
}

func (s *System) query(ctx context.Context, h inventory.Holding, kind, value, client string, start place, mine func([]item) error, page func(next place, more bool) error) error {
	key := h.Keys[kind]
	in := &dynamodb.QueryInput{
		TableName:                 &s.Table,
		KeyConditionExpression:    aws.String("#k = :k"),
		ExpressionAttributeNames:  map[string]string{"#k": key.Column},
		ExpressionAttributeValues: item{":k": text(value)},
		ExclusiveStartKey:         start.start(),
	}
	if key.Index != "" {
		in.IndexName = aws.String(key.Index)
	} else {
		in.ConsistentRead = aws.Bool(true) // an index cannot
	}
	if s.PageSize > 0 {
		in.Limit = aws.Int32(s.PageSize)
	}
	// DynamoDB refuses key columns in the filter of a query; Belongs checks them.
	keys := append(slices.Clone(h.Primary), key.Column)
	in.FilterExpression = filter(where(h, client), keys, in.ExpressionAttributeNames, in.ExpressionAttributeValues)
	for {
		out, err := s.DB.Query(ctx, in)
		if err != nil {
			return fmt.Errorf("query holding %s/%s by %s: %w", s.Declared.ID, h.ID, kind, fault(ctx, err))
		}
		if err := mine(out.Items); err != nil {
			return err
		}
		more := len(out.LastEvaluatedKey) > 0
		if err := page(place{}.after(out.LastEvaluatedKey), more); err != nil || !more {
			return err
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

// where are the columns that make a row one of h, and of that client.
func where(h inventory.Holding, client string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, h.Where)
	if client != "" {
		all[h.Client] = client
	}
	return all
}

// filter is the expression that demands those values, nil for none, with its
// names and values put where the request has them.
func filter(want map[string]string, but []string, names map[string]string, values item) *string {
	var filters []string
	for i, column := range slices.Sorted(maps.Keys(want)) {
		if slices.Contains(but, column) {
			continue
		}
		name, value := fmt.Sprintf("#f%d", i), fmt.Sprintf(":f%d", i)
		names[name], values[value] = column, text(want[column])
		if numeric(want[column]) { // the table may have it as a number
			values[value+"n"] = &types.AttributeValueMemberN{Value: want[column]}
			filters = append(filters, fmt.Sprintf("%s IN (%s, %sn)", name, value, value))
			continue
		}
		filters = append(filters, name+" = "+value)
	}
	if len(filters) == 0 {
		return nil
	}
	return aws.String(strings.Join(filters, " AND "))
}

// numeric reports whether v is a number as DynamoDB keeps one.
func numeric(v string) bool {
	return systems.IsNumber(v) && len(v) <= 38 && !strings.ContainsAny(v, "eE")
}

// change writes one item on condition that it is still of the holding, this
// person's and this client's (an index may lag behind), and what the change
// rests on as it was. When it is not, nothing is written, and now is the item as
// it stands: nil when there is none.
func (s *System) change(ctx context.Context, h inventory.Holding, sel systems.Keys, it item, c systems.Change) (done bool, now item, err error) {
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
	for _, column := range slices.Sorted(maps.Keys(h.Where)) {
		same(column)
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
			ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
		})
	} else {
		update, uerr := expression(c, names, &values)
		if uerr != nil {
			return false, nil, uerr
		}
		_, err = s.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: &s.Table, Key: primary, ConditionExpression: condition, UpdateExpression: aws.String(update),
			ExpressionAttributeNames: names, ExpressionAttributeValues: values,
			ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
		})
	}
	if changed := (*types.ConditionalCheckFailedException)(nil); errors.As(err, &changed) {
		if len(changed.Item) == 0 {
			// Gone is as it must be: a first try whose answer was lost may have done it.
			return c.Erase, nil, nil
		}
		return false, changed.Item, nil
	}
	if err != nil {
		return false, nil, fmt.Errorf("change an item of holding %s/%s: %w", s.Declared.ID, h.ID, fault(ctx, err))
	}
	return true, nil, nil
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
