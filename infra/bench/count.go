package main

import (
	"context"
	"maps"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
)

// usage is what was asked of AWS.
type usage struct {
	// Calls counts calls by service and operation, as DynamoDB.Query.
	Calls map[string]int
	// ReadUnits and WriteUnits are DynamoDB's, worked out from the sizes of what
	// was read and written, indexes included; the emulator does not bill.
	ReadUnits, WriteUnits float64
	// RowsRead are the items that queries gave.
	RowsRead int
}

// counter counts the calls of AWS clients, and of the parts that stand in for
// a service here.
type counter struct {
	mu sync.Mutex
	u  usage
}

// take gives what was counted since the last take.
func (c *counter) take() usage {
	c.mu.Lock()
	defer c.mu.Unlock()
	u := c.u
	c.u = usage{}
	return u
}

func (c *counter) call(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.u.Calls == nil {
		c.u.Calls = map[string]int{}
	}
	c.u.Calls[name]++
}

// watch has every call of the clients of cfg counted.
func (c *counter) watch(cfg *aws.Config) {
	cfg.APIOptions = append(cfg.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("Count", func(
			ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
		) (middleware.InitializeOutput, middleware.Metadata, error) {
			out, meta, err := next.HandleInitialize(ctx, in)
			c.call(strings.ReplaceAll(awsmiddleware.GetServiceID(ctx), " ", "") + "." + awsmiddleware.GetOperationName(ctx))
			if err == nil {
				c.weigh(in.Parameters, out.Result)
			}
			return out, meta, err
		}), middleware.After)
	})
}

// weigh adds the units of one call of DynamoDB.
func (c *counter) weigh(in, out any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch in := in.(type) {
	case *dynamodb.GetItemInput:
		c.read(out.(*dynamodb.GetItemOutput).Item, aws.ToBool(in.ConsistentRead))
	case *dynamodb.QueryInput:
		got := out.(*dynamodb.QueryOutput)
		c.u.RowsRead += len(got.Items)
		c.read(got.Items, aws.ToBool(in.ConsistentRead))
	case *dynamodb.PutItemInput:
		c.write(in.Item, 1)
	case *dynamodb.UpdateItemInput:
		c.write(in.ExpressionAttributeValues, 1) // at least what changes
	case *dynamodb.DeleteItemInput:
		c.write(in.Key, 1)
	case *dynamodb.TransactWriteItemsInput:
		for _, w := range in.TransactItems {
			switch {
			case w.Put != nil:
				c.write(w.Put.Item, 2)
			case w.Update != nil:
				c.write(w.Update.ExpressionAttributeValues, 2)
			case w.Delete != nil:
				c.write(w.Delete.Key, 2)
			case w.ConditionCheck != nil:
				c.write(w.ConditionCheck.Key, 2)
			}
		}
	}
}

// read adds the units of a read: one for each 4 KB, half where it may be stale.
func (c *counter) read(what any, consistent bool) {
	units := blocks(size(what), 4<<10)
	if !consistent {
		units /= 2
	}
	c.u.ReadUnits += units
}

// indexKeys are the attributes by which an item of requests stands in an index.
var indexKeys = []string{"wakeShard", "queue", "tasks", "client", "open", "subject", "unsent", "headOf"}

// write adds the units of a write: one for each KB, twice that in a
// transaction, and as much again for each index in which the item stands.
func (c *counter) write(item map[string]types.AttributeValue, factor float64) {
	units := blocks(size(item), 1<<10)
	c.u.WriteUnits += factor * units
	for _, key := range indexKeys {
		if item[key] != nil {
			c.u.WriteUnits += units
		}
	}
}

func blocks(bytes, of int) float64 { return float64(max(1, (bytes+of-1)/of)) }

// size is about what DynamoDB counts as the size of an item.
func size(v any) int {
	switch v := v.(type) {
	case []map[string]types.AttributeValue:
		n := 0
		for _, i := range v {
			n += size(i)
		}
		return n
	case map[string]types.AttributeValue:
		n := 0
		for name, value := range v {
			n += len(name) + size(value)
		}
		return n
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		return len(v.Value)/2 + 2
	case *types.AttributeValueMemberB:
		return len(v.Value)
	case *types.AttributeValueMemberM:
		return 3 + size(v.Value)
	case *types.AttributeValueMemberL:
		n := 3
		for _, e := range v.Value {
			n += 1 + size(e)
		}
		return n
	}
	return 1
}

// byService sums calls by service.
func (u usage) byService() map[string]int {
	sum := map[string]int{}
	for name, n := range u.Calls {
		service, _, _ := strings.Cut(name, ".")
		sum[service] += n
	}
	return sum
}

// plus adds what another counted.
func (u usage) plus(v usage) usage {
	calls := maps.Clone(u.Calls)
	if calls == nil {
		calls = map[string]int{}
	}
	for name, n := range v.Calls {
		calls[name] += n
	}
	return usage{Calls: calls, ReadUnits: u.ReadUnits + v.ReadUnits, WriteUnits: u.WriteUnits + v.WriteUnits, RowsRead: u.RowsRead + v.RowsRead}
}

// times multiplies.
func (u usage) times(n int) usage {
	calls := map[string]int{}
	for name, k := range u.Calls {
		calls[name] = n * k
	}
	return usage{Calls: calls, ReadUnits: float64(n) * u.ReadUnits, WriteUnits: float64(n) * u.WriteUnits, RowsRead: n * u.RowsRead}
}

// add puts back what was taken.
func (c *counter) add(u usage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.u = c.u.plus(u)
}
