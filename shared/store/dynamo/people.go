package dynamo

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// PutColleague writes who signed in.
func (s *Store) PutColleague(ctx context.Context, c register.Colleague) error {
	b, err := store.Encode(c.ID, c)
	if err != nil {
		return err
	}
	_, err = s.DynamoDB.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: aws.String(s.Names.Registers), Item: item{"pk": text("staff"), "sk": text(c.ID), "data": text(string(b))},
	})
	if err != nil {
		return fmt.Errorf("write colleague %s: %w", c.ID, err)
	}
	return nil
}

// Colleagues lists who signed in, by id.
func (s *Store) Colleagues(ctx context.Context) ([]register.Colleague, error) {
	out, _, err := entries[register.Colleague](ctx, s, "list colleagues", "staff", "", store.Page{}, everything)
	return out, err
}

// Connection is how a client's machine speaks with ours; NotFound when it does not.
func (s *Store) Connection(ctx context.Context, client string) (register.Connection, error) {
	i, err := s.get(ctx, s.Names.Registers, "connection", client, client, "find the connection of a client")
	if err != nil {
		return register.Connection{}, err
	}
	return decode[register.Connection](client, textOf(i, "data"))
}

// PutConnection writes it over the revision that the writer saw (0 = none), with
// a line to the register's own chain, together or not at all. Conflict: somebody
// else wrote meanwhile.
func (s *Store) PutConnection(ctx context.Context, c register.Connection, line ledger.Line) error {
	if c.Client == "" {
		return request.Fault(request.InputRefused, "", "write a connection of no client")
	}
	condition, values := absent, item(nil)
	if c.Rev > 0 {
		condition, values = "rev = :rev", item{":rev": number(c.Rev)}
	}
	c.Rev++
	b, err := store.Encode(c.Client, c)
	if err != nil {
		return err
	}
	for range maxAttempts {
		nonce, err := newNonce()
		if err != nil {
			return err
		}
		chained, err := s.registerLine(ctx, line)
		if err != nil {
			return err
		}
		err = s.transact(ctx, "write the connection of client "+c.Client, append([]write{s.put("connection", s.Names.Registers, item{
			"pk": text("connection"), "sk": text(c.Client), "data": text(string(b)), "rev": number(c.Rev), "write": text(nonce),
		}, condition, values)}, chained...), s.writtenBy(s.Names.Registers, "connection", c.Client, nonce))
		var refused *refusedError
		switch {
		case !errors.As(err, &refused):
			return err
		case refused.has("connection"):
			return request.Fault(request.Conflict, c.Client, "write a connection over another's write")
		}
		// only the chain had moved
	}
	return request.Fault(request.Conflict, c.Client, "write a connection beside others")
}

// Tellings are casework.Tellings's, by client.
func (s *Store) Tellings(ctx context.Context) ([]register.Telling, error) {
	out, _, err := entries[register.Telling](ctx, s, "list who is being told of a client's state", "telling", "", store.Page{}, everything)
	return out, err
}

// PutTelling is casework.Tellings's.
func (s *Store) PutTelling(ctx context.Context, t register.Telling) error {
	row, err := tellingRow(t)
	if err != nil {
		return err
	}
	if _, err = s.DynamoDB.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(s.Names.Registers), Item: row}); err != nil {
		return fmt.Errorf("begin to tell the state of client %s: %w", t.Client, err)
	}
	return nil
}

// Told is casework.Tellings's.
func (s *Store) Told(ctx context.Context, t register.Telling, done bool) error {
	row, err := tellingRow(t)
	if err != nil {
		return err
	}
	condition, values := aws.String("began = :began"), item{":began": row["began"]}
	if done {
		_, err = s.DynamoDB.DeleteItem(ctx, &dynamodb.DeleteItemInput{
			TableName: aws.String(s.Names.Registers), Key: item{"pk": row["pk"], "sk": row["sk"]}, ConditionExpression: condition, ExpressionAttributeValues: values,
		})
	} else {
		_, err = s.DynamoDB.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: aws.String(s.Names.Registers), Item: row, ConditionExpression: condition, ExpressionAttributeValues: values,
		})
	}
	var failed *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &failed):
		return request.Fault(request.Conflict, t.Client, "go on with a telling that was begun anew")
	case err != nil:
		return fmt.Errorf("write how far the state of client %s was told: %w", t.Client, err)
	}
	return nil
}

func tellingRow(t register.Telling) (item, error) {
	b, err := store.Encode(t.Client, t)
	if err != nil {
		return nil, err
	}
	return item{"pk": text("telling"), "sk": text(t.Client), "began": text(t.At.UTC().Format(instant)), "data": text(string(b))}, nil
}

// ReviseClient writes a client over what the writer saw, nil for a new one, and
// a line to the register's own chain, together or not at all. Conflict: it was
// written meanwhile. Exists: there is one already, or another has such an address.
func (s *Store) ReviseClient(ctx context.Context, before *register.Client, after register.Client, keys register.ContactKeys, line ledger.Line) error {
	if after.ID == "" || !keys.OK() || before != nil && before.ID != after.ID {
		return request.Fault(request.InputRefused, after.ID, "write a client without id or e-mail keys")
	}
	for range maxAttempts {
		again, err := s.reviseClient(ctx, before, after, keys, line)
		if !again {
			return err
		}
	}
	return request.Fault(request.Conflict, after.ID, "write a client beside others")
}

// reviseClient tries once; again is true when only the chain had moved.
func (s *Store) reviseClient(ctx context.Context, before *register.Client, after register.Client, keys register.ContactKeys, line ledger.Line) (again bool, err error) {
	old, err := s.get(ctx, s.Names.Registers, "client", after.ID, after.ID, "read a client to write it")
	switch {
	case err != nil && !request.NotFound.Is(err):
		return false, err
	case before == nil && err == nil:
		return false, request.Fault(request.Exists, after.ID, "add a client that is there")
	case before != nil && err != nil:
		return false, err
	case before != nil:
		was, err := decode[register.Client](after.ID, textOf(old, "data"))
		if err != nil {
			return false, err
		}
		if was != *before {
			return false, request.Fault(request.Conflict, after.ID, "write a client over another's write")
		}
	}
	writes, nonce, err := s.clientWrites(old, after, keys)
	if err != nil {
		return false, err
	}
	chained, err := s.registerLine(ctx, line)
	if err != nil {
		return false, err
	}
	err = s.transact(ctx, "write client "+after.ID, append(writes, chained...), s.writtenBy(s.Names.Registers, "client", after.ID, nonce))
	var refused *refusedError
	switch {
	case !errors.As(err, &refused):
		return false, err
	case refused.has("address"):
		return false, request.Fault(request.Exists, after.ID, "give two clients one e-mail address")
	case refused.has("client") && before == nil:
		return false, request.Fault(request.Exists, after.ID, "add a client that is there")
	case refused.has("client"):
		return false, request.Fault(request.Conflict, after.ID, "write a client over another's write")
	}
	return true, nil
}

// registerLine chains a line behind the register's head.
func (s *Store) registerLine(ctx context.Context, line ledger.Line) ([]write, error) {
	pk := string(register.RegisterChain)
	line.Request = register.RegisterChain
	var head request.Chain
	condition, values := absent, item(nil)
	i, err := s.get(ctx, s.Names.Requests, pk, "chain", pk, "read the head of a chain")
	switch {
	case err == nil:
		seq := numberOf(i, "chainSeq")
		head = request.Chain{Seq: seq, Hash: textOf(i, "chainHash")}
		condition, values = "chainSeq = :seq", item{":seq": number(seq)}
	case !request.NotFound.Is(err):
		return nil, err
	}
	chained, head := ledger.Append(head, []ledger.Line{line})
	b, err := store.Encode(pk, chained[0])
	if err != nil {
		return nil, err
	}
	return []write{
		s.put("head", s.Names.Requests, item{"pk": text(pk), "sk": text("chain"), "headOf": text("heads"), "chainSeq": number(head.Seq), "chainHash": text(head.Hash)}, condition, values),
		s.put("line", s.Names.Ledger, item{"pk": text(pk), "sk": text(lineKey(head.Seq)), "line": text(string(b))}, absent, nil),
	}, nil
}
