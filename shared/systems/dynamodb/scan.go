package dynamodb

import (
	"context"
	"fmt"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// segments is into how many parts a table without an index is cut. All are
// read at once, and given in order: of a table that holds everybody, few pages
// hold anything of one person, so that none waits long for its turn.
const segments = 4

// found are the items of one page of a segment.
type found struct {
	items []item
	last  item
	err   error
}

// scan is query where no index is on the column (Key.Scan).
func (s *System) scan(ctx context.Context, h inventory.Holding, kind, value, client string, start place, mine func([]item) error, page func(next place, more bool) error) error {
	db, ok := s.DB.(Scanner)
	if !ok || start.Segment < 0 || start.Segment >= segments {
		return fmt.Errorf("scan holding %s/%s: %w", s.Declared.ID, h.ID, systems.ErrNotDeclared)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // whoever stops early stops all segments
	var pages [segments]chan found
	for n := start.Segment; n < segments; n++ {
		pages[n] = make(chan found)
		from := item(nil)
		if n == start.Segment {
			from = start.start()
		}
		go s.segment(ctx, db, h, kind, value, client, n, from, pages[n])
	}
	for n := start.Segment; n < segments; n++ {
		for more := true; more; {
			f := <-pages[n]
			if f.err != nil {
				return fmt.Errorf("scan holding %s/%s by %s: %w", s.Declared.ID, h.ID, kind, f.err)
			}
			if err := mine(f.items); err != nil {
				return err
			}
			more = len(f.last) > 0
			next := place{Segment: n}.after(f.last)
			if !more {
				next = place{Segment: n + 1}
			}
			if err := page(next, next.Segment < segments); err != nil {
				return err
			}
		}
	}
	return nil
}

// segment reads one part of the table. Until its turn comes, pages that hold
// nothing of the person are passed over, so that it is far ahead by then.
func (s *System) segment(ctx context.Context, db Scanner, h inventory.Holding, kind, value, client string, n int32, from item, out chan<- found) {
	want := where(h, client)
	want[h.Keys[kind].Column] = value
	in := &dynamodb.ScanInput{
		TableName: &s.Table, Segment: aws.Int32(n), TotalSegments: aws.Int32(segments), ConsistentRead: aws.Bool(true),
		ExclusiveStartKey: from, ExpressionAttributeNames: map[string]string{}, ExpressionAttributeValues: item{},
	}
	in.FilterExpression = filter(want, nil, in.ExpressionAttributeNames, in.ExpressionAttributeValues)
	if s.PageSize > 0 {
		in.Limit = aws.Int32(s.PageSize)
	}
	for {
		f := found{}
		got, err := db.Scan(ctx, in)
		if err != nil {
			f.err = fault(ctx, err)
		} else {
			f.items, f.last = got.Items, got.LastEvaluatedKey
			in.ExclusiveStartKey = f.last
		}
		if f.err == nil && len(f.items) == 0 && len(f.last) > 0 {
			select {
			case out <- f: // it is waited for: whoever reads may find it enough
			case <-ctx.Done():
				return
			default:
			}
			continue
		}
		select {
		case out <- f:
		case <-ctx.Done():
			return
		}
		if f.err != nil || len(f.last) == 0 {
			return
		}
	}
}
