package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	connector "github.com/allclaims/rightsdesk/shared/systems/dynamodb"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"
)

// outputs names the stack output that holds the table or bucket of a system.
var outputs = map[string]string{
	"relations":  "SystemRelationsTable",
	"invoices":   "SystemInvoicesTable",
	"newsletter": "SystemNewsletterTable",
	"collection": "SystemCollectionTable",
	"recordings": "SystemRecordingsBucket",
	"weblog":     "SystemWeblogBucket",
}

// Seed fills the demonstration systems of a stack. Doing it again puts every
// row back as it was at first.
func Seed(ctx context.Context, cfg aws.Config, out map[string]string) error {
	var missing []error
	for _, name := range outputs {
		if out[name] == "" {
			missing = append(missing, fmt.Errorf("the stack has no output %s", name))
		}
	}
	if len(missing) > 0 {
		return errors.Join(missing...)
	}
	c := Everything()
	db := dynamodb.NewFromConfig(cfg)
	store := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = cfg.BaseEndpoint != nil })
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for id, rows := range c.Rows {
		for batch := range slices.Chunk(rows, 25) {
			puts := make([]types.WriteRequest, len(batch))
			for i, row := range batch {
				item, err := connector.Item(row)
				if err != nil {
					return fmt.Errorf("write an item of %s: %w", id, err)
				}
				puts[i].PutRequest = &types.PutRequest{Item: item}
			}
			g.Go(func() error { return write(ctx, db, out[outputs[id]], puts) })
		}
	}
	for id, objects := range c.Objects {
		for _, name := range slices.Sorted(maps.Keys(objects)) {
			g.Go(func() error {
				_, err := store.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(out[outputs[id]]), Key: &name, Body: bytes.NewReader(objects[name])})
				if err != nil {
					return fmt.Errorf("put an object of %s: %w", id, err)
				}
				return nil
			})
		}
	}
	return g.Wait()
}

// write puts one batch, and again what DynamoDB did not take.
func write(ctx context.Context, db *dynamodb.Client, table string, puts []types.WriteRequest) error {
	wait := 50 * time.Millisecond
	for range 8 {
		got, err := db.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{table: puts}})
		if err != nil {
			return fmt.Errorf("write a batch to %s: %w", table, err)
		}
		if puts = got.UnprocessedItems[table]; len(puts) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
			wait *= 2
		}
	}
	return fmt.Errorf("%s does not take %d items", table, len(puts))
}
