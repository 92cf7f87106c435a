package dynamo

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// The conditions of writes.
const (
	absent = "attribute_not_exists(pk)"
	atRev  = "rev = :rev"
)

const (
	// maxAttempts bounds how often a write that met another is tried again (F06).
	maxAttempts = 10
	firstPause  = 10 * time.Millisecond
	longPause   = 640 * time.Millisecond
	// settle bounds the read that settles whether a write was applied.
	settle = 5 * time.Second
	// everything asks query for all pages.
	everything = -1
)

// write is one action of a transaction, with a name for the refusal.
type write struct {
	name string
	item types.TransactWriteItem
	// stays: what is already there stays as it is, and is no refusal.
	stays bool
}

func (w write) orStays() write { w.stays = true; return w }

func (s *Store) put(name, table string, i item, condition string, values item) write {
	p := &types.Put{TableName: aws.String(table), Item: i}
	if condition != "" {
		p.ConditionExpression = aws.String(condition)
		p.ExpressionAttributeValues = values
	}
	return write{name: name, item: types.TransactWriteItem{Put: p}}
}

// refusedError says which conditions did not hold; nothing was written.
type refusedError struct{ names []string }

func (r *refusedError) Error() string { return "refused by condition: " + strings.Join(r.names, ", ") }

func (r *refusedError) has(name string) bool {
	for _, n := range r.names {
		if n == name {
			return true
		}
	}
	return false
}

// newNonce marks a write, so that it can be recognised.
func newNonce() (string, error) {
	var b [12]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("draw a nonce: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// writtenBy reads whether an item carries the nonce of our write.
func (s *Store) writtenBy(table, pk, sk, nonce string) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		i, err := s.get(ctx, table, pk, sk, sk, "settle a write")
		if request.NotFound.Is(err) {
			return false, nil
		}
		return textOf(i, "write") == nonce, err
	}
}

// transact commits writes as a whole or gives a *refusedError. It tries again what
// met another transaction or a throttle, and asks applied when an error leaves
// open whether the writes were made.
func (s *Store) transact(ctx context.Context, doing string, writes []write, applied func(context.Context) (bool, error)) error {
	for attempt := 0; ; attempt++ {
		in := &dynamodb.TransactWriteItemsInput{}
		for _, w := range writes {
			in.TransactItems = append(in.TransactItems, w.item)
		}
		_, err := s.DynamoDB.TransactWriteItems(ctx, in)
		if err == nil {
			return nil
		}
		again := false
		var canceled *types.TransactionCanceledException
		if errors.As(err, &canceled) {
			refused, rest, dropped, retry := judge(writes, canceled.CancellationReasons)
			switch {
			case refused != nil:
				// Refused by our own first attempt, if the client repeated it.
				if ok, settleErr := s.settle(ctx, applied); settleErr == nil && ok {
					return nil
				}
				return refused
			case dropped:
				writes, again = rest, true
				attempt-- // progress: each round has fewer writes
			case retry:
				again = true
			}
		} else if throttled(err) {
			again = true
		} else if ok, settleErr := s.settle(ctx, applied); settleErr == nil && ok {
			return nil
		}
		if !again || attempt >= maxAttempts-1 {
			return fmt.Errorf("%s: %w", doing, err)
		}
		if err := pause(ctx, max(attempt, 0)); err != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
	}
}

// judge reads why a transaction was canceled.
func judge(writes []write, reasons []types.CancellationReason) (refused *refusedError, rest []write, dropped, retry bool) {
	var names []string
	for i, w := range writes {
		code := ""
		if i < len(reasons) {
			code = aws.ToString(reasons[i].Code)
		}
		switch code {
		case "ConditionalCheckFailed":
			if w.stays {
				dropped = true
				continue
			}
			names = append(names, w.name)
		case "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded":
			retry = true
		}
		rest = append(rest, w)
	}
	if names != nil {
		refused = &refusedError{names}
	}
	return refused, rest, dropped, retry
}

// throttled are errors after which nothing was written.
func throttled(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	switch api.ErrorCode() {
	case "ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded",
		"TransactionConflictException", "LimitExceededException":
		return true
	}
	return false
}

// settle asks applied even when the caller's time is over: that is when it matters.
func (s *Store) settle(ctx context.Context, applied func(context.Context) (bool, error)) (bool, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settle)
	defer cancel()
	return applied(ctx)
}

// pause waits a random while that grows with the attempts.
func pause(ctx context.Context, attempt int) error {
	most := min(firstPause<<min(attempt, 10), longPause)
	t := time.NewTimer(mathrand.N(most))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// query reads one page (most = 0), up to most items, or everything. next is
// the cursor of the following page, "" at the end.
func (s *Store) query(ctx context.Context, doing string, in *dynamodb.QueryInput, page store.Page, most int) (items []item, next string, err error) {
	if most == 0 {
		most = page.Limit
		if most <= 0 || most > store.MaxPage {
			most = store.MaxPage
		}
	}
	if page.After != "" {
		if in.ExclusiveStartKey, err = parseCursor(page.After); err != nil {
			return nil, "", err
		}
	}
	for {
		if most != everything {
			in.Limit = aws.Int32(int32(min(most-len(items), store.MaxPage)))
		}
		out, err := s.DynamoDB.Query(ctx, in)
		if err != nil {
			var api smithy.APIError
			if page.After != "" && errors.As(err, &api) && api.ErrorCode() == "ValidationException" {
				return nil, "", request.Fault(request.InputRefused, "", "%s from a cursor of another list", doing)
			}
			return nil, "", fmt.Errorf("%s: %w", doing, err)
		}
		items = append(items, out.Items...)
		if len(out.LastEvaluatedKey) == 0 {
			return items, "", nil
		}
		if len(items) == most {
			next, err := cursor(out.LastEvaluatedKey)
			return items, next, err
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

// cursor is a key of ids and dates as text: opaque to whoever pages, and no
// personal data, so it may stand in an address.
func cursor(key item) (string, error) {
	plain := map[string]string{}
	for name := range key {
		plain[name] = textOf(key, name)
	}
	b, err := json.Marshal(plain)
	if err != nil {
		return "", fmt.Errorf("write a cursor: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

func parseCursor(s string) (item, error) {
	refused := request.Fault(request.InputRefused, "", "read a cursor")
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return nil, refused
	}
	var plain map[string]string
	if err := json.Unmarshal(b, &plain); err != nil || len(plain) == 0 {
		return nil, refused
	}
	key := item{}
	for name, value := range plain {
		key[name] = text(value)
	}
	return key, nil
}
