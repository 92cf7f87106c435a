// Package dynamo is the store in AWS: the truth about every request, its
// letters, its ledger and its timers, in four DynamoDB tables (schema.go). It
// keeps the same contract as memory; storetest checks both.
//
// Every write stands under a condition, and every row carries the nonce of the
// write that made it: an error after which nobody knows whether the write was
// applied is settled by reading the row again (F07).
package dynamo

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// API is what the store uses of a DynamoDB client.
type API interface {
	GetItem(ctx context.Context, in *dynamodb.GetItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(ctx context.Context, in *dynamodb.PutItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	Query(ctx context.Context, in *dynamodb.QueryInput, opts ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	TransactWriteItems(ctx context.Context, in *dynamodb.TransactWriteItemsInput, opts ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error)
}

// Store is the store. Its methods are safe for concurrent use.
type Store struct {
	DynamoDB API
	Names    Names
	// Now tells whether leases, counters and drafts are over; nil is time.Now.
	Now func() time.Time
}

func (s *Store) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

type item = map[string]types.AttributeValue

const (
	// instant is a time as a sort key: fixed width, UTC.
	instant = "2006-01-02T15:04:05.000000000Z"
	// wakeShards spreads the wake list; by request, so that it never changes.
	wakeShards = 4
)

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}
func moment(t time.Time) types.AttributeValue { return text(t.UTC().Format(instant)) }

func textOf(i item, name string) string {
	if v, ok := i[name].(*types.AttributeValueMemberS); ok {
		return v.Value
	}
	return ""
}

func numberOf(i item, name string) int64 {
	if v, ok := i[name].(*types.AttributeValueMemberN); ok {
		n, err := strconv.ParseInt(v.Value, 10, 64)
		if err == nil {
			return n
		}
	}
	return 0
}

func decode[T any](id, data string) (T, error) {
	var v T
	if err := json.Unmarshal([]byte(data), &v); err != nil {
		return v, fmt.Errorf("decode %s: %w", id, err)
	}
	return v, nil
}

// hashed keeps what people and their mail programs made up out of keys (I13).
func hashed(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

func notFound(id, doing string) error { return request.Fault(request.NotFound, id, "%s", doing) }

// get reads one item consistently; request.NotFound when there is none. The id
// and what is done are for the error.
func (s *Store) get(ctx context.Context, table, pk, sk, id, doing string) (item, error) {
	out, err := s.DynamoDB.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String(table), Key: item{"pk": text(pk), "sk": text(sk)}, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, fmt.Errorf("%s (%s): %w", doing, id, err)
	}
	if len(out.Item) == 0 {
		return nil, notFound(id, doing)
	}
	return out.Item, nil
}

// Create is casework.Store's: one transaction of request, source, reference,
// letters, lines and register entries.
func (s *Store) Create(ctx context.Context, r *request.Request, w store.Writes) (request.ID, bool, error) {
	c, err := store.NewCommit(nil, nil, r, w)
	if err != nil {
		return s.known(ctx, r.SourceKey, err)
	}
	writes, nonce, err := s.commit(c, "attribute_not_exists(pk)", nil)
	if err != nil {
		return "", false, err
	}
	source := hashed(r.SourceKey)
	writes = append(writes,
		s.put("source", s.Names.Requests, item{"pk": text("source#" + source), "sk": text("source"), "id": text(string(r.ID))}, absent, nil),
		s.put("reference", s.Names.Requests, item{"pk": text("reference#" + string(r.Reference)), "sk": text("reference"), "id": text(string(r.ID))}, absent, nil),
	)
	err = s.transact(ctx, "create request "+string(r.ID), writes, s.writtenBy(s.Names.Requests, string(r.ID), "request", nonce))
	var refused *refusedError
	switch {
	case err == nil:
		r.Rev, r.Chain = c.Request.Rev, c.Request.Chain
		return r.ID, true, nil
	case !errors.As(err, &refused):
		return "", false, err
	case refused.has("source"):
		id, err := s.BySource(ctx, r.SourceKey)
		return id, false, err
	default: // reference, id or line
		return "", false, request.Fault(request.Exists, string(r.ID), "take a %s that is taken", refused.names[0])
	}
}

// known answers the id of a source that was registered before, whatever is
// wrong with what came now; otherwise that fault.
func (s *Store) known(ctx context.Context, source string, fault error) (request.ID, bool, error) {
	id, err := s.BySource(ctx, source)
	if request.NotFound.Is(err) {
		return "", false, fault
	}
	return id, false, err
}

// Load is casework.Store's; it reads consistently.
func (s *Store) Load(ctx context.Context, id request.ID) (*request.Request, error) {
	r, _, err := s.load(ctx, id)
	return r, err
}

func (s *Store) load(ctx context.Context, id request.ID) (*request.Request, []string, error) {
	i, err := s.get(ctx, s.Names.Requests, string(id), "request", string(id), "load a request")
	if err != nil {
		return nil, nil, err
	}
	if i["data"] == nil { // forgotten
		return nil, nil, notFound(string(id), "load a request")
	}
	r, err := decode[*request.Request](string(id), textOf(i, "data"))
	if err != nil {
		return nil, nil, err
	}
	var subjects []string
	if l, ok := i["subjects"].(*types.AttributeValueMemberL); ok {
		for _, v := range l.Value {
			if v, ok := v.(*types.AttributeValueMemberS); ok {
				subjects = append(subjects, v.Value)
			}
		}
	}
	return r, subjects, nil
}

// Save is casework.Store's: one transaction under the condition that nobody
// wrote since r was loaded. Only the index rows that change are written.
func (s *Store) Save(ctx context.Context, r *request.Request, w store.Writes) error {
	was, subjects, err := s.load(ctx, r.ID)
	if err != nil {
		return err
	}
	c, err := store.NewCommit(was, subjects, r, w)
	if err != nil {
		return err
	}
	writes, nonce, err := s.commit(c, atRev, item{":rev": number(was.Rev)})
	if err != nil {
		return err
	}
	err = s.transact(ctx, "save request "+string(r.ID), writes, s.writtenBy(s.Names.Requests, string(r.ID), "request", nonce))
	var refused *refusedError
	if errors.As(err, &refused) {
		return request.Fault(request.Conflict, string(r.ID), "write over another's write")
	}
	if err != nil {
		return err
	}
	r.Rev, r.Chain = c.Request.Rev, c.Request.Chain
	return nil
}

// commit turns a worked-out commit into writes; condition guards the request's item.
func (s *Store) commit(c *store.Commit, condition string, values item) ([]write, string, error) {
	r := c.Request
	pk := text(string(r.ID))
	nonce, err := newNonce()
	if err != nil {
		return nil, "", err
	}
	own := item{
		"pk": pk, "sk": text("request"), "rev": number(r.Rev), "write": text(nonce),
		"headOf": text("heads"), "chainSeq": number(r.Chain.Seq), "chainHash": text(r.Chain.Hash),
	}
	if c.JSON != nil {
		own["data"] = text(string(c.JSON))
	}
	if len(c.Subjects) > 0 {
		l := &types.AttributeValueMemberL{}
		for _, x := range c.Subjects {
			l.Value = append(l.Value, text(x))
		}
		own["subjects"] = l
	}
	if err := index(own, c.Own, r.ID); err != nil {
		return nil, "", err
	}
	writes := []write{s.put("request", s.Names.Requests, own, condition, values)}
	for _, key := range sortedKeys(c.Put) {
		row := item{"pk": pk, "sk": text(key)}
		if err := index(row, c.Put[key], r.ID); err != nil {
			return nil, "", err
		}
		writes = append(writes, s.put(key, s.Names.Requests, row, "", nil))
	}
	for _, key := range c.Gone {
		writes = append(writes, write{name: key, item: types.TransactWriteItem{Delete: &types.Delete{
			TableName: aws.String(s.Names.Requests), Key: item{"pk": pk, "sk": text(key)},
		}}})
	}
	for _, l := range c.Letters {
		row, err := letterItem(l, nonce)
		if err != nil {
			return nil, "", err
		}
		writes = append(writes, s.put("letter", s.Names.Requests, row, absent, nil).orStays())
	}
	for _, l := range c.Lines {
		b, err := store.Encode(string(r.ID), l)
		if err != nil {
			return nil, "", err
		}
		writes = append(writes, s.put("line", s.Names.Ledger, item{"pk": pk, "sk": text(lineKey(l.Seq)), "line": text(string(b))}, absent, nil))
	}
	for _, x := range c.Suppress {
		b, err := store.Encode(string(r.ID), x)
		if err != nil {
			return nil, "", err
		}
		writes = append(writes, s.put("suppression", s.Names.Registers,
			item{"pk": text("suppression#" + x.Scope), "sk": text(x.Key), "data": text(string(b))}, absent, nil).orStays())
	}
	for _, x := range c.Erased {
		b, err := store.Encode(string(r.ID), x)
		if err != nil {
			return nil, "", err
		}
		writes = append(writes, s.put("erased", s.Names.Registers,
			item{"pk": text("erased"), "sk": text(store.ErasedKey(x)), "data": text(string(b))}, absent, nil).orStays())
	}
	if c.Figure != nil {
		b, err := store.Encode(string(r.ID), c.Figure)
		if err != nil {
			return nil, "", err
		}
		writes = append(writes, s.put("figure", s.Names.Requests,
			item{"pk": text("figures#" + c.Figure.Month), "sk": pk, "data": text(string(b))}, "", nil))
	}
	return writes, nonce, nil
}

// index adds the keys by which an entry stands in the sparse indexes.
func index(i item, e store.Entry, id request.ID) error {
	var row any
	if !e.WakeAt.IsZero() {
		i["wakeShard"], i["wakeAt"] = text(wakeShard(id)), moment(e.WakeAt)
	}
	if e.Open != nil {
		i["open"], row = text("open"), e.Open
	}
	if e.Closed != nil {
		i["open"], row = text("closed"), e.Closed
	}
	if e.Task != nil {
		i["queue"], row = text(e.Queue), e.Task
		if e.Task.Kind != store.Waits {
			i["tasks"] = text(store.QueueAll)
		}
	}
	if e.Leg != nil {
		i["client"] = text(e.Client)
		if e.Task == nil { // a TaskRow tells all that a ClientRow tells
			row = e.Leg
		}
	}
	if e.Subject != "" {
		i["subject"] = text(e.Subject)
	}
	if row == nil {
		return nil
	}
	b, err := store.Encode(string(id), row)
	if err != nil {
		return err
	}
	i["listKey"], i["row"] = text(e.Order), text(string(b))
	return nil
}

func wakeShard(id request.ID) string {
	return "wake#" + strconv.Itoa(int(id[len(id)-1])%wakeShards)
}

func lineKey(seq int64) string { return fmt.Sprintf("%010d", seq) }

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// ByReference is casework.Finder's.
func (s *Store) ByReference(ctx context.Context, ref request.Reference) (request.ID, error) {
	i, err := s.get(ctx, s.Names.Requests, "reference#"+string(ref), "reference", string(ref), "find a reference")
	if err != nil {
		return "", err
	}
	return request.ID(textOf(i, "id")), nil
}

// BySource is casework.Finder's.
func (s *Store) BySource(ctx context.Context, key string) (request.ID, error) {
	i, err := s.get(ctx, s.Names.Requests, "source#"+hashed(key), "source", "", "find a source")
	if err != nil {
		return "", err
	}
	return request.ID(textOf(i, "id")), nil
}

// BySubject is casework.Finder's.
func (s *Store) BySubject(ctx context.Context, subject string) ([]request.ID, error) {
	return s.bySubject(ctx, subject)
}

// ClosedBySubject is casework.Finder's.
func (s *Store) ClosedBySubject(ctx context.Context, subject string) ([]request.ID, error) {
	return s.bySubject(ctx, store.ClosedSubject+subject)
}

func (s *Store) bySubject(ctx context.Context, subject string) ([]request.ID, error) {
	items, _, err := s.query(ctx, "find requests of a subject", &dynamodb.QueryInput{
		TableName: aws.String(s.Names.Requests), IndexName: aws.String(s.Names.Subject),
		KeyConditionExpression:    aws.String("subject = :p"),
		ExpressionAttributeValues: item{":p": text(subject)},
	}, store.Page{}, everything)
	if err != nil {
		return nil, err
	}
	var ids []request.ID
	for _, i := range items {
		ids = append(ids, request.ID(textOf(i, "pk")))
	}
	slices.Sort(ids)
	return ids, nil
}

// Waking is casework.Lists's.
func (s *Store) Waking(ctx context.Context, now time.Time, limit int) ([]store.Waking, error) {
	if limit <= 0 {
		limit = store.MaxPage
	}
	var out []store.Waking
	for shard := range wakeShards {
		items, _, err := s.query(ctx, "list what wakes", &dynamodb.QueryInput{
			TableName: aws.String(s.Names.Requests), IndexName: aws.String(s.Names.Wake),
			KeyConditionExpression:    aws.String("wakeShard = :p AND wakeAt <= :now"),
			ExpressionAttributeValues: item{":p": text("wake#" + strconv.Itoa(shard)), ":now": moment(now)},
		}, store.Page{}, limit)
		if err != nil {
			return nil, err
		}
		for _, i := range items {
			at, err := time.Parse(instant, textOf(i, "wakeAt"))
			if err != nil {
				return nil, fmt.Errorf("read a wake-up of %s: %w", textOf(i, "pk"), err)
			}
			w := store.Waking{Request: request.ID(textOf(i, "pk")), At: at}
			if leg, ok := strings.CutPrefix(textOf(i, "sk"), "leg#"); ok {
				w.Leg = leg
			}
			out = append(out, w)
		}
	}
	slices.SortFunc(out, func(a, b store.Waking) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(string(a.Request)+a.Leg, string(b.Request)+b.Leg))
	})
	return out[:min(len(out), limit)], nil
}

// rows reads a list by safe date from an index that carries its rows.
func rows[T any](ctx context.Context, s *Store, doing, name, attribute, value string, page store.Page) ([]T, string, error) {
	items, next, err := s.query(ctx, doing, &dynamodb.QueryInput{
		TableName: aws.String(s.Names.Requests), IndexName: aws.String(name),
		KeyConditionExpression:    aws.String("#p = :p"),
		ExpressionAttributeNames:  map[string]string{"#p": attribute},
		ExpressionAttributeValues: item{":p": text(value)},
	}, page, 0)
	if err != nil {
		return nil, "", err
	}
	out, err := rowsIn[T](items)
	return out, next, err
}

func rowsIn[T any](items []item) ([]T, error) {
	var out []T
	for _, i := range items {
		row, err := decode[T](textOf(i, "pk"), textOf(i, "row"))
		if err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, nil
}

// Tasks is casework.Lists's.
func (s *Store) Tasks(ctx context.Context, queue string, page store.Page) ([]store.TaskRow, string, error) {
	if queue == store.QueueAll {
		return rows[store.TaskRow](ctx, s, "list all tasks", s.Names.Tasks, "tasks", queue, page)
	}
	return rows[store.TaskRow](ctx, s, "list a queue", s.Names.Queue, "queue", queue, page)
}

// OfClient is casework.Lists's.
func (s *Store) OfClient(ctx context.Context, client, state string, page store.Page) ([]store.ClientRow, string, error) {
	return rows[store.ClientRow](ctx, s, "list the legs of a client", s.Names.Client, "client", client+"#"+state, page)
}

// Open is casework.Lists's.
func (s *Store) Open(ctx context.Context, page store.Page) ([]store.OpenRow, string, error) {
	return rows[store.OpenRow](ctx, s, "list open requests", s.Names.Open, "open", "open", page)
}

// Closed lists the closed requests of which something must go before an
// instant, the longest due first.
func (s *Store) Closed(ctx context.Context, before time.Time, page store.Page) ([]store.ClosedRow, string, error) {
	items, next, err := s.query(ctx, "list closed requests", &dynamodb.QueryInput{
		TableName: aws.String(s.Names.Requests), IndexName: aws.String(s.Names.Open),
		KeyConditionExpression:    aws.String("#p = :p AND listKey < :before"),
		ExpressionAttributeNames:  map[string]string{"#p": "open"},
		ExpressionAttributeValues: item{":p": text("closed"), ":before": text(store.ClosedOrder(before))},
	}, page, 0)
	if err != nil {
		return nil, "", err
	}
	out, err := rowsIn[store.ClosedRow](items)
	return out, next, err
}

// Forget removes a closed request and its letters for good. Its source and
// reference stay taken, and its ledger stays whole: lines end it. Doing it
// again answers request.NotFound. PhaseIllegal: it is open.
//
// The request itself goes last: what a crash leaves is still in Closed.
func (s *Store) Forget(ctx context.Context, id request.ID, lines []ledger.Line) error {
	r, _, err := s.load(ctx, id)
	if err != nil {
		return err
	}
	c, err := store.NewForget(r, lines)
	if err != nil {
		return err
	}
	items, _, err := s.query(ctx, "list the rows of "+string(id), &dynamodb.QueryInput{
		TableName: aws.String(s.Names.Requests), ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("pk = :p"),
		ExpressionAttributeValues: item{":p": text(string(id))},
	}, store.Page{}, everything)
	if err != nil {
		return err
	}
	for _, i := range items {
		sk := textOf(i, "sk")
		if sk == "request" {
			continue
		}
		if strings.HasPrefix(sk, "letter#") {
			l, err := decode[post.Letter](sk, textOf(i, "data"))
			if err != nil {
				return err
			}
			if l.MessageID != "" {
				if err := s.remove(ctx, "message#"+l.MessageID, "message"); err != nil {
					return err
				}
			}
		}
		if err := s.remove(ctx, string(id), sk); err != nil {
			return err
		}
	}
	writes, nonce, err := s.commit(c, atRev, item{":rev": number(r.Rev)})
	if err != nil {
		return err
	}
	err = s.transact(ctx, "forget request "+string(id), writes, s.writtenBy(s.Names.Requests, string(id), "request", nonce))
	var refused *refusedError
	if errors.As(err, &refused) {
		return request.Fault(request.Conflict, string(id), "forget a request over another's write")
	}
	return err
}

func (s *Store) remove(ctx context.Context, pk, sk string) error {
	_, err := s.DynamoDB.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: aws.String(s.Names.Requests), Key: item{"pk": text(pk), "sk": text(sk)},
	})
	if err != nil {
		return fmt.Errorf("remove %s: %w", sk, err)
	}
	return nil
}

// Lines gives the whole chain of a request, oldest first; a request without one has none.
func (s *Store) Lines(ctx context.Context, id request.ID) ([]ledger.Line, error) {
	items, _, err := s.query(ctx, "read the ledger of "+string(id), &dynamodb.QueryInput{
		TableName: aws.String(s.Names.Ledger), ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("pk = :p"),
		ExpressionAttributeValues: item{":p": text(string(id))},
	}, store.Page{}, everything)
	if err != nil {
		return nil, err
	}
	var lines []ledger.Line
	for _, i := range items {
		l, err := decode[ledger.Line](string(id), textOf(i, "line"))
		if err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// Heads lists the heads of all chains, for the daily root. It may lag.
func (s *Store) Heads(ctx context.Context, page store.Page) ([]ledger.Head, string, error) {
	items, next, err := s.query(ctx, "list ledger heads", &dynamodb.QueryInput{
		TableName: aws.String(s.Names.Requests), IndexName: aws.String(s.Names.Heads),
		KeyConditionExpression:    aws.String("headOf = :p"),
		ExpressionAttributeValues: item{":p": text("heads")},
	}, page, 0)
	if err != nil {
		return nil, "", err
	}
	var heads []ledger.Head
	for _, i := range items {
		heads = append(heads, ledger.Head{Request: request.ID(textOf(i, "pk")),
			Chain: request.Chain{Seq: numberOf(i, "chainSeq"), Hash: textOf(i, "chainHash")}})
	}
	return heads, next, nil
}

// letterItem is an outbox row; it stands in the index unsent while it needs a sender.
func letterItem(l post.Letter, nonce string) (item, error) {
	b, err := store.Encode(l.ID, l)
	if err != nil {
		return nil, err
	}
	i := item{"pk": text(l.Owner), "sk": text("letter#" + l.ID), "data": text(string(b)), "rev": number(l.Rev), "write": text(nonce)}
	if at, ok := store.Due(l); ok {
		i["unsent"], i["unsentAt"] = text("unsent"), moment(at)
	}
	return i, nil
}

func (s *Store) letter(ctx context.Context, owner, id string) (post.Letter, error) {
	i, err := s.get(ctx, s.Names.Requests, owner, "letter#"+id, id, "find a letter")
	if err != nil {
		return post.Letter{}, err
	}
	return decode[post.Letter](id, textOf(i, "data"))
}

func lettersIn(items []item) ([]post.Letter, error) {
	var out []post.Letter
	for _, i := range items {
		l, err := decode[post.Letter](textOf(i, "sk"), textOf(i, "data"))
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// LettersOf is casework.Letters's: every letter of one owner, oldest first.
func (s *Store) LettersOf(ctx context.Context, owner string) ([]post.Letter, error) {
	items, _, err := s.query(ctx, "list the letters of an owner", &dynamodb.QueryInput{
		TableName: aws.String(s.Names.Requests), ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("pk = :p AND begins_with(sk, :s)"),
		ExpressionAttributeValues: item{":p": text(owner), ":s": text("letter#")},
	}, store.Page{}, everything)
	if err != nil {
		return nil, err
	}
	out, err := lettersIn(items)
	slices.SortFunc(out, func(a, b post.Letter) int {
		return cmp.Or(a.Created.Compare(b.Created), strings.Compare(a.ID, b.ID))
	})
	return out, err
}

// Unsent lists the letters that a sender may take now, the longest waiting
// first: unsent ones, and those whose sender's lease is over. It may lag:
// Claim decides.
func (s *Store) Unsent(ctx context.Context, now time.Time, limit int) ([]post.Letter, error) {
	if limit <= 0 {
		limit = store.MaxPage
	}
	items, _, err := s.query(ctx, "list unsent letters", &dynamodb.QueryInput{
		TableName: aws.String(s.Names.Requests), IndexName: aws.String(s.Names.Unsent),
		KeyConditionExpression:    aws.String("unsent = :p AND unsentAt <= :now"),
		ExpressionAttributeValues: item{":p": text("unsent"), ":now": moment(now)},
	}, store.Page{}, limit)
	if err != nil {
		return nil, err
	}
	return lettersIn(items)
}

// Claim takes a letter for one sender until leaseUntil and counts an attempt.
// Conflict: somebody else has it, or it is sent.
func (s *Store) Claim(ctx context.Context, owner, id string, rev int64, leaseUntil time.Time) (post.Letter, error) {
	was, err := s.letter(ctx, owner, id)
	if err != nil {
		return post.Letter{}, err
	}
	l, err := store.Claimed(was, rev, s.now(), leaseUntil)
	if err != nil {
		return post.Letter{}, err
	}
	nonce, err := newNonce()
	if err != nil {
		return post.Letter{}, err
	}
	i, err := letterItem(l, nonce)
	if err != nil {
		return post.Letter{}, err
	}
	err = s.transact(ctx, "claim letter "+id, []write{s.put("letter", s.Names.Requests, i, atRev, item{":rev": number(rev)})},
		s.writtenBy(s.Names.Requests, owner, "letter#"+id, nonce))
	var refused *refusedError
	if errors.As(err, &refused) {
		return post.Letter{}, request.Fault(request.Conflict, id, "claim a letter that another sender took")
	}
	if err != nil {
		return post.Letter{}, err
	}
	return l, nil
}

// Mark writes l over its revision l.Rev, which makes it l.Rev+1, and appends
// lines to the chain of the owner, with it or not at all. An owner that is no
// request has no chain: lines must be empty. Conflict: the letter moved on.
// An officer who saves the request at the same moment is no conflict.
func (s *Store) Mark(ctx context.Context, l post.Letter, lines []ledger.Line) error {
	for attempt := range maxAttempts {
		was, err := s.letter(ctx, l.Owner, l.ID)
		if err != nil {
			return err
		}
		next, err := store.Marked(was, l)
		if err != nil {
			return err
		}
		nonce, err := newNonce()
		if err != nil {
			return err
		}
		i, err := letterItem(next, nonce)
		if err != nil {
			return err
		}
		writes := []write{s.put("letter", s.Names.Requests, i, atRev, item{":rev": number(l.Rev)})}
		if next.MessageID != "" && next.MessageID != was.MessageID {
			writes = append(writes, s.put("message", s.Names.Requests, item{
				"pk": text("message#" + next.MessageID), "sk": text("message"), "owner": text(l.Owner), "id": text(l.ID),
			}, "", nil))
		}
		if len(lines) > 0 {
			r, subjects, err := s.load(ctx, request.ID(l.Owner))
			if err != nil {
				return err
			}
			c, err := store.NewCommit(r, subjects, r, store.Writes{Lines: lines})
			if err != nil {
				return err
			}
			more, _, err := s.commit(c, atRev, item{":rev": number(r.Rev)})
			if err != nil {
				return err
			}
			writes = append(writes, more...)
		}
		err = s.transact(ctx, "mark letter "+l.ID, writes, s.writtenBy(s.Names.Requests, l.Owner, "letter#"+l.ID, nonce))
		var refused *refusedError
		switch {
		case !errors.As(err, &refused):
			return err
		case refused.has("letter"):
			return request.Fault(request.Conflict, l.ID, "mark a letter that moved on")
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
	return request.Fault(request.Conflict, l.ID, "mark a letter: its request was always written first by others")
}

// PutLetter adds a letter outside any commit; one that is already there stays as it is.
func (s *Store) PutLetter(ctx context.Context, l post.Letter) error {
	l, err := store.NewLetter(l)
	if err != nil {
		return err
	}
	nonce, err := newNonce()
	if err != nil {
		return err
	}
	i, err := letterItem(l, nonce)
	if err != nil {
		return err
	}
	err = s.transact(ctx, "put letter "+l.ID, []write{s.put("letter", s.Names.Requests, i, absent, nil)},
		s.writtenBy(s.Names.Requests, l.Owner, "letter#"+l.ID, nonce))
	var refused *refusedError
	if errors.As(err, &refused) {
		return nil
	}
	return err
}

// ByMessageID finds the letter that SES accepted under that id.
func (s *Store) ByMessageID(ctx context.Context, sesMessageID string) (owner, id string, err error) {
	i, err := s.get(ctx, s.Names.Requests, "message#"+sesMessageID, "message", sesMessageID, "find a sent message")
	if err != nil {
		return "", "", err
	}
	return textOf(i, "owner"), textOf(i, "id"), nil
}
