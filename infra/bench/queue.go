package main

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	"github.com/allclaims/rightsdesk/shared/store/dynamo"
)

// page is how many tasks an officer sees at once.
const page = 50

// benchQueue reads the first page and the one after it of a queue of 100 tasks
// and of 100,000, and counts: the reads must be the same. Time is not told: the
// emulator looks at every row of an index, DynamoDB does not.
func benchQueue(ctx context.Context, r *reporter) error {
	var small usage
	for _, open := range []int{100, 100_000} {
		u, err := readQueue(ctx, open)
		if err != nil {
			return fmt.Errorf("%d open requests: %w", open, err)
		}
		if small.Calls == nil {
			small = u
		}
		err = r.line("queue", result{
			"open": open, "pages": 2, "calls": u.Calls, "rowsRead": u.RowsRead, "readUnits": u.ReadUnits,
			"baseline": "100 open", "readsRatio": round(float64(u.Calls["DynamoDB.Query"]) / float64(small.Calls["DynamoDB.Query"])),
			"unitsRatio": round(u.ReadUnits / small.ReadUnits),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func readQueue(ctx context.Context, open int) (usage, error) {
	cfg, stop, err := startEmulator(ctx)
	if err != nil {
		return usage{}, err
	}
	defer stop()
	count := &counter{}
	count.watch(&cfg)
	db := dynamodb.NewFromConfig(cfg)
	names := dynamo.NamesOf("requests", "proofs", "ledger", "registers")
	if err := dynamo.CreateTables(ctx, db, names); err != nil {
		return usage{}, fmt.Errorf("make the tables: %w", err)
	}
	if err := fill(ctx, db, names.Requests, open); err != nil {
		return usage{}, err
	}
	s := &dynamo.Store{DynamoDB: db, Names: names, Now: time.Now}
	count.take()
	rows, next, err := s.Tasks(ctx, "free", store.Page{Limit: page})
	if err == nil {
		var more []store.TaskRow
		more, _, err = s.Tasks(ctx, "free", store.Page{Limit: page, After: next})
		rows = append(rows, more...)
	}
	if err != nil {
		return usage{}, err
	}
	if len(rows) != 2*page || rows[0].SafeDue > rows[len(rows)-1].SafeDue {
		return usage{}, fmt.Errorf("the queue gave %d rows, from %s to %s", len(rows), rows[0].SafeDue, rows[len(rows)-1].SafeDue)
	}
	return count.take(), nil
}

// fill writes open tasks as the store indexes them.
func fill(ctx context.Context, db *dynamodb.Client, table string, open int) error {
	g, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range 4 {
		g.Go(func() error {
			for {
				from := int(next.Add(25)) - 25
				if from >= open {
					return nil
				}
				var puts []types.WriteRequest
				for n := from; n < min(from+25, open); n++ {
					i, err := task(n)
					if err != nil {
						return err
					}
					puts = append(puts, types.WriteRequest{PutRequest: &types.PutRequest{Item: i}})
				}
				out, err := db.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{table: puts}})
				if err != nil {
					return fmt.Errorf("write tasks from %d: %w", from, err)
				}
				if len(out.UnprocessedItems) > 0 {
					return fmt.Errorf("write tasks from %d: %d were not taken", from, len(out.UnprocessedItems[table]))
				}
			}
		})
	}
	return g.Wait()
}

// task is the item of task 1 of request n.
func task(n int) (map[string]types.AttributeValue, error) {
	id := request.ID(fmt.Sprintf("%032x", n))
	due := request.Day(time.Date(2026, time.December, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n%90).Format(time.DateOnly))
	row, err := store.Encode(string(id), store.TaskRow{
		Request: id, Reference: request.Reference("R-" + strconv.Itoa(n)), Leg: "1", Task: "1", Kind: "decide", Role: "officer",
		Right: request.Erasure, Relation: request.Client, SafeDue: due, Channel: request.Web,
	})
	if err != nil {
		return nil, err
	}
	text := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	return map[string]types.AttributeValue{
		"pk": text(string(id)), "sk": text("task#1"), "queue": text("free"), "tasks": text(store.QueueAll),
		"listKey": text(string(due) + "#" + string(id) + "#1"), "row": text(string(row)),
	}, nil
}
