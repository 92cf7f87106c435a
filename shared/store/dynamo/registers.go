package dynamo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// grace is how long after its end a row may still be read, by a clock that
// runs behind, before TTL may take it.
const grace = 24 * time.Hour

func expiry(t time.Time) types.AttributeValue { return number(t.Add(grace).Unix()) }

// Client is casework.Registers's.
func (s *Store) Client(ctx context.Context, id string) (register.Client, error) {
	i, err := s.get(ctx, s.Names.Registers, "client", id, id, "find a client")
	if err != nil {
		return register.Client{}, err
	}
	return decode[register.Client](id, textOf(i, "data"))
}

// PutClient writes a client; by the keys of its contact and deputy ClientByEmail
// finds it from now on. Exists: another client has such an address.
func (s *Store) PutClient(ctx context.Context, c register.Client, keys register.ContactKeys) error {
	if c.ID == "" || !keys.OK() {
		return request.Fault(request.InputRefused, c.ID, "write a client without id or e-mail keys")
	}
	old, err := s.get(ctx, s.Names.Registers, "client", c.ID, c.ID, "read a client to write it")
	if err != nil && !request.NotFound.Is(err) {
		return err
	}
	writes, nonce, err := s.clientWrites(old, c, keys)
	if err != nil {
		return err
	}
	err = s.transact(ctx, "write client "+c.ID, writes, s.writtenBy(s.Names.Registers, "client", c.ID, nonce))
	var refused *refusedError
	if errors.As(err, &refused) {
		if refused.has("address") {
			return request.Fault(request.Exists, c.ID, "give two clients one e-mail address")
		}
		return request.Fault(request.Conflict, c.ID, "write a client over another's write")
	}
	return err
}

// clientWrites put a client over the row that was read, nil for a new one, with
// a row for each address that opens its pages; the rows of addresses that it no
// longer has go. nonce marks the write.
func (s *Store) clientWrites(old item, c register.Client, keys register.ContactKeys) (writes []write, nonce string, err error) {
	b, err := store.Encode(c.ID, c)
	if err != nil {
		return nil, "", err
	}
	if nonce, err = newNonce(); err != nil {
		return nil, "", err
	}
	row := item{"pk": text("client"), "sk": text(c.ID), "data": text(string(b)), "emailKey": text(keys.Contact), "write": text(nonce)}
	if keys.Deputy != "" {
		row["deputyKey"] = text(keys.Deputy)
	}
	condition, values := absent, item(nil)
	if old != nil {
		condition, values = "#w = :was", item{":was": old["write"]}
	}
	client := s.put("client", s.Names.Registers, row, condition, values)
	if old != nil {
		client.item.Put.ExpressionAttributeNames = map[string]string{"#w": "write"}
	}
	for _, name := range []string{"emailKey", "deputyKey"} {
		if key := textOf(old, name); key != "" && !slices.Contains(keys.All(), key) {
			writes = append(writes, write{name: "old address", item: types.TransactWriteItem{Delete: &types.Delete{
				TableName: aws.String(s.Names.Registers), Key: item{"pk": text("client-email#" + key), "sk": text("client")},
			}}})
		}
	}
	writes = append(writes, client)
	for _, key := range keys.All() {
		writes = append(writes, s.put("address", s.Names.Registers, item{"pk": text("client-email#" + key), "sk": text("client"), "id": text(c.ID)},
			absent+" OR id = :id", item{":id": text(c.ID)}))
	}
	return writes, nonce, nil
}

// Clients lists all clients by id.
func (s *Store) Clients(ctx context.Context) ([]register.Client, error) {
	out, _, err := entries[register.Client](ctx, s, "list clients", "client", "", store.Page{}, everything)
	return out, err
}

// entries reads register rows of one partition, in order of their sort key.
func entries[T any](ctx context.Context, s *Store, doing, pk, prefix string, page store.Page, most int) ([]T, string, error) {
	in := &dynamodb.QueryInput{
		TableName: aws.String(s.Names.Registers), ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("pk = :p"),
		ExpressionAttributeValues: item{":p": text(pk)},
	}
	if prefix != "" {
		in.KeyConditionExpression = aws.String("pk = :p AND begins_with(sk, :s)")
		in.ExpressionAttributeValues[":s"] = text(prefix)
	}
	items, next, err := s.query(ctx, doing, in, page, most)
	if err != nil {
		return nil, "", err
	}
	var out []T
	for _, i := range items {
		v, err := decode[T](doing, textOf(i, "data"))
		if err != nil {
			return nil, "", err
		}
		out = append(out, v)
	}
	return out, next, nil
}

// ClientByEmail is casework.Registers's. The client's own row, not that of the
// address, says who has it: what was written last counts.
func (s *Store) ClientByEmail(ctx context.Context, hmacKey string) (register.Contact, error) {
	i, err := s.get(ctx, s.Names.Registers, "client-email#"+hmacKey, "client", "", "find a client by e-mail")
	if err != nil {
		return register.Contact{}, err
	}
	id := textOf(i, "id")
	row, err := s.get(ctx, s.Names.Registers, "client", id, id, "find a client")
	if err != nil {
		return register.Contact{}, err
	}
	deputy := textOf(row, "deputyKey") == hmacKey
	if !deputy && textOf(row, "emailKey") != hmacKey {
		return register.Contact{}, notFound(id, "find a client by an address that it has no more")
	}
	c, err := decode[register.Client](id, textOf(row, "data"))
	return register.Contact{Client: c, Deputy: deputy}, err
}

// Suppressed is casework.Registers's; it reads consistently.
func (s *Store) Suppressed(ctx context.Context, key, scope string) (bool, error) {
	_, err := s.get(ctx, s.Names.Registers, "suppression#"+scope, key, scope, "look in the suppression list")
	if request.NotFound.Is(err) {
		return false, nil
	}
	return err == nil, err
}

// Suppressions lists one scope of the suppression list by key.
func (s *Store) Suppressions(ctx context.Context, scope string, page store.Page) ([]register.Suppression, string, error) {
	return entries[register.Suppression](ctx, s, "list suppressions", "suppression#"+scope, "", page, 0)
}

// Erasures lists the erasure register, to be re-applied after a restore (E-6, F17).
func (s *Store) Erasures(ctx context.Context, page store.Page) ([]register.Erased, string, error) {
	return entries[register.Erased](ctx, s, "list erasures", "erased", "", page, 0)
}

// ErasedOf lists what was erased under one keyed identifier, to be checked before an import (F16).
func (s *Store) ErasedOf(ctx context.Context, key string) ([]register.Erased, error) {
	out, _, err := entries[register.Erased](ctx, s, "list erasures of a key", "erased", key+"#", store.Page{}, everything)
	return out, err
}

// Take is casework.Registers's. The first use of a key opens its window; a
// window that is over (by Now) counts anew.
func (s *Store) Take(ctx context.Context, key string, maximum int, until time.Time) (bool, error) {
	return s.take(ctx, key, "", maximum, until)
}

// TakeOnce is casework.Registers's. The names stand beside the count: at most
// maximum of them.
func (s *Store) TakeOnce(ctx context.Context, key, who string, maximum int, until time.Time) (bool, error) {
	return s.take(ctx, key, who, maximum, until)
}

// take counts a use by who; "" is nobody in particular.
func (s *Store) take(ctx context.Context, key, who string, maximum int, until time.Time) (bool, error) {
	if maximum <= 0 {
		return false, nil
	}
	pk := item{"pk": text("count#" + hashed(key)), "sk": text("count")}
	for attempt := range maxAttempts {
		now := s.now().UTC().Format(instant)
		update := &dynamodb.UpdateItemInput{
			TableName: aws.String(s.Names.Registers), Key: pk,
			UpdateExpression:                    aws.String("SET n = n + :one"),
			ConditionExpression:                 aws.String("windowEnd > :now AND n < :max"),
			ExpressionAttributeValues:           item{":one": number(1), ":now": text(now), ":max": number(int64(maximum))},
			ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
		}
		first := item{"pk": pk["pk"], "sk": pk["sk"], "n": number(1), "windowEnd": moment(until), "expires": expiry(until)}
		if who != "" {
			first["who"] = &types.AttributeValueMemberSS{Value: []string{who}}
			update.UpdateExpression = aws.String("SET n = n + :one ADD who :names")
			update.ConditionExpression = aws.String("windowEnd > :now AND n < :max AND NOT contains(who, :name)")
			update.ExpressionAttributeValues[":names"], update.ExpressionAttributeValues[":name"] = first["who"], text(who)
		}
		_, err := s.DynamoDB.UpdateItem(ctx, update)
		var failed *types.ConditionalCheckFailedException
		switch {
		case err == nil:
			return true, nil
		case !errors.As(err, &failed):
			return false, fmt.Errorf("count a use: %w", err)
		case len(failed.Item) > 0 && textOf(failed.Item, "windowEnd") > now:
			// The window is open, and full if who did not count before.
			return who != "" && named(failed.Item["who"], who), nil
		}
		_, err = s.DynamoDB.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: aws.String(s.Names.Registers), Item: first,
			ConditionExpression:       aws.String(absent + " OR windowEnd <= :now"),
			ExpressionAttributeValues: item{":now": text(now)},
		})
		if err == nil {
			return true, nil
		}
		if !errors.As(err, &failed) {
			return false, fmt.Errorf("count a first use: %w", err)
		}
		if err := pause(ctx, attempt); err != nil { // somebody opened the window meanwhile
			return false, err
		}
	}
	return false, errors.New("count a use: others were always first")
}

// named reports whether a set of strings holds that one.
func named(set types.AttributeValue, name string) bool {
	names, ok := set.(*types.AttributeValueMemberSS)
	return ok && slices.Contains(names.Value, name)
}

// Tally is post.Meter's. One addition, so that no two counters meet.
func (s *Store) Tally(ctx context.Context, name string, add post.Tally, until time.Time) (post.Tally, error) {
	out, err := s.DynamoDB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: aws.String(s.Names.Registers), Key: item{"pk": text("tally#" + name), "sk": text("tally")},
		UpdateExpression: aws.String("SET expires = :e ADD accepted :a, bounced :b, complained :c"),
		ExpressionAttributeValues: item{":e": expiry(until), ":a": number(int64(add.Accepted)),
			":b": number(int64(add.Bounced)), ":c": number(int64(add.Complained))},
		ReturnValues: types.ReturnValueAllNew,
	})
	if err != nil {
		return post.Tally{}, fmt.Errorf("tally %s: %w", name, err)
	}
	of := func(name string) int { return int(numberOf(out.Attributes, name)) }
	return post.Tally{Accepted: of("accepted"), Bounced: of("bounced"), Complained: of("complained")}, nil
}

// Fuse is post.Meter's; it reads consistently.
func (s *Store) Fuse(ctx context.Context) (post.Fuse, error) {
	i, err := s.get(ctx, s.Names.Registers, "breaker", "mail", "breaker", "read the sending breaker")
	if request.NotFound.Is(err) {
		return post.Fuse{}, nil
	}
	if err != nil {
		return post.Fuse{}, err
	}
	return decode[post.Fuse]("breaker", textOf(i, "data"))
}

// PutFuse is post.Meter's. One conditional put, settled like every other.
func (s *Store) PutFuse(ctx context.Context, f post.Fuse) error {
	condition, values := absent, item(nil)
	if f.Rev > 0 {
		condition, values = atRev, item{":rev": number(f.Rev)}
	}
	f.Rev++
	b, err := store.Encode("breaker", f)
	if err != nil {
		return err
	}
	nonce, err := newNonce()
	if err != nil {
		return err
	}
	applied := s.writtenBy(s.Names.Registers, "breaker", "mail", nonce)
	_, err = s.DynamoDB.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:           aws.String(s.Names.Registers),
		Item:                item{"pk": text("breaker"), "sk": text("mail"), "data": text(string(b)), "rev": number(f.Rev), "write": text(nonce)},
		ConditionExpression: aws.String(condition), ExpressionAttributeValues: values,
	})
	if err == nil {
		return nil
	}
	if ok, settleErr := s.settle(ctx, applied); settleErr == nil && ok {
		return nil
	}
	var failed *types.ConditionalCheckFailedException
	if errors.As(err, &failed) {
		return request.Fault(request.Conflict, "breaker", "write the breaker over another's write")
	}
	return fmt.Errorf("write the sending breaker: %w", err)
}

// Offset is how far the clock of the local stage was moved; zero elsewhere.
func (s *Store) Offset(ctx context.Context) (time.Duration, error) {
	i, err := s.get(ctx, s.Names.Registers, "clock", "offset", "clock", "read the clock's offset")
	if request.NotFound.Is(err) {
		return 0, nil
	}
	return time.Duration(numberOf(i, "offset")), err
}

// SetOffset moves the clock of the local stage.
func (s *Store) SetOffset(ctx context.Context, d time.Duration) error {
	return s.putPlain(ctx, "move the clock", s.Names.Registers,
		item{"pk": text("clock"), "sk": text("offset"), "offset": number(int64(d))})
}

// putPlain writes an item whose last writer wins, so that doing it again is harmless.
func (s *Store) putPlain(ctx context.Context, doing, table string, i item) error {
	if _, err := s.DynamoDB.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(table), Item: i}); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// Draft gives what was typed in a web form; NotFound when there is none or it expired (F09).
func (s *Store) Draft(ctx context.Context, key string) ([]byte, error) {
	i, err := s.get(ctx, s.Names.Proofs, "draft#"+hashed(key), "draft", "", "find a draft")
	if err != nil {
		return nil, err
	}
	body, ok := i["body"].(*types.AttributeValueMemberB)
	if !ok || strings.Compare(textOf(i, "until"), s.now().UTC().Format(instant)) <= 0 {
		return nil, notFound("", "find a draft")
	}
	return body.Value, nil
}

// PutDraft keeps what was typed in a web form until expires; more than store.MaxDraft bytes is TooMany.
func (s *Store) PutDraft(ctx context.Context, key string, body []byte, expires time.Time) error {
	if len(body) > store.MaxDraft {
		return request.Fault(request.TooMany, "", "keep a draft of %d bytes, of %d", len(body), store.MaxDraft)
	}
	return s.putPlain(ctx, "keep a draft", s.Names.Proofs, item{
		"pk": text("draft#" + hashed(key)), "sk": text("draft"), "body": &types.AttributeValueMemberB{Value: body},
		"until": moment(expires), "expires": expiry(expires),
	})
}

// DeleteDraft forgets a draft; none is no error.
func (s *Store) DeleteDraft(ctx context.Context, key string) error {
	_, err := s.DynamoDB.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: aws.String(s.Names.Proofs), Key: item{"pk": text("draft#" + hashed(key)), "sk": text("draft")},
	})
	if err != nil {
		return fmt.Errorf("delete a draft: %w", err)
	}
	return nil
}

// Session is identity.Store's; it reads consistently.
func (s *Store) Session(ctx context.Context, id string) (identity.Session, error) {
	i, err := s.get(ctx, s.Names.Proofs, "session#"+id, "session", id, "find a session")
	if err != nil {
		return identity.Session{}, err
	}
	return decode[identity.Session](id, textOf(i, "data"))
}

// PutSession is identity.Store's. A try is counted by this write, so it is a
// single conditional put, settled like every other.
func (s *Store) PutSession(ctx context.Context, in identity.Session) error {
	condition, values := absent, item(nil)
	if in.Rev > 0 {
		condition, values = atRev, item{":rev": number(in.Rev)}
	}
	in.Rev++
	b, err := store.Encode(in.ID, in)
	if err != nil {
		return err
	}
	nonce, err := newNonce()
	if err != nil {
		return err
	}
	pk := "session#" + in.ID
	applied := s.writtenBy(s.Names.Proofs, pk, "session", nonce)
	_, err = s.DynamoDB.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: aws.String(s.Names.Proofs),
		Item: item{"pk": text(pk), "sk": text("session"), "data": text(string(b)), "rev": number(in.Rev),
			"write": text(nonce), "expires": expiry(in.Expires)},
		ConditionExpression: aws.String(condition), ExpressionAttributeValues: values,
	})
	if err == nil {
		return nil
	}
	if ok, settleErr := s.settle(ctx, applied); settleErr == nil && ok {
		return nil
	}
	var failed *types.ConditionalCheckFailedException
	if errors.As(err, &failed) {
		return request.Fault(request.Conflict, in.ID, "write a session over another's write")
	}
	return fmt.Errorf("write session %s: %w", in.ID, err)
}

// Note is casework.Registers's: one row to look up by source, one to list by day.
func (s *Store) Note(ctx context.Context, n store.Noted) error {
	b, err := store.Encode("", n)
	if err != nil {
		return err
	}
	nonce, err := newNonce()
	if err != nil {
		return err
	}
	err = s.transact(ctx, "note a message", []write{
		s.put("source", s.Names.Registers, item{"pk": text("noted#" + hashed(n.Source)), "sk": text("noted"), "write": text(nonce)}, absent, nil),
		s.put("day", s.Names.Registers, item{"pk": text("noted-on#" + string(n.Day())), "sk": text(n.Source), "data": text(string(b))}, "", nil),
	}, s.writtenBy(s.Names.Registers, "noted#"+hashed(n.Source), "noted", nonce))
	var refused *refusedError
	if errors.As(err, &refused) {
		return nil // it was noted before
	}
	return err
}

// Noted is casework.Registers's.
func (s *Store) Noted(ctx context.Context, source string) (bool, error) {
	_, err := s.get(ctx, s.Names.Registers, "noted#"+hashed(source), "noted", "", "look for a noted message")
	if request.NotFound.Is(err) {
		return false, nil
	}
	return err == nil, err
}

// NotedOn is casework.Registers's.
func (s *Store) NotedOn(ctx context.Context, day request.Day, page store.Page) ([]store.Noted, string, error) {
	return entries[store.Noted](ctx, s, "list what was noted", "noted-on#"+string(day), "", page, 0)
}
