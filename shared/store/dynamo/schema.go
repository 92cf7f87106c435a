package dynamo

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Table is one table as the template must declare it. Every key is a string,
// and every table has the keys pk and sk.
type Table struct {
	// Name is the table's word: requests, proofs, ledger, registers.
	Name    string
	Indexes []Index
	// TTL is the attribute by which DynamoDB cleans up, "" = never. It only
	// cleans: every reader checks the time itself (F09).
	TTL string
	// What says what stands in it.
	What string
}

// Index is one global secondary index. All are sparse: an item is in it only
// while it has both keys.
type Index struct {
	Name, PartitionKey, SortKey string
	// Projection is KEYS_ONLY, INCLUDE or ALL; Include names the attributes of INCLUDE.
	Projection string
	Include    []string
	What       string
}

// Schema is what the store needs; a test compares the template with it.
var Schema = []Table{
	{
		Name: "requests",
		What: "One item collection a request (pk = its id): request, leg#ID, task#ID, unposted#ID, breach#ID, subject#KEY, letter#ID. " +
			"Beside them figures#MONTH (what counts of each request, kept when it is forgotten), source#HASH, reference#REF, message#SESID, and letters of client:ID and house.",
		Indexes: []Index{
			{Name: "wake", PartitionKey: "wakeShard", SortKey: "wakeAt", Projection: "KEYS_ONLY", What: "what wakes next"},
			{Name: "queue", PartitionKey: "queue", SortKey: "listKey", Projection: "INCLUDE", Include: []string{"row"}, What: "open tasks of one queue by safe date; what waits for others; letters to post and breaches to tell of"},
			{Name: "tasks", PartitionKey: "tasks", SortKey: "listKey", Projection: "INCLUDE", Include: []string{"row"}, What: "all open tasks by safe date"},
			{Name: "client", PartitionKey: "client", SortKey: "listKey", Projection: "INCLUDE", Include: []string{"row"}, What: "a client's legs by state and safe date"},
			{Name: "open", PartitionKey: "open", SortKey: "listKey", Projection: "INCLUDE", Include: []string{"row"}, What: "open requests by safe date; closed ones by the instant of closing"},
			{Name: "subject", PartitionKey: "subject", SortKey: "pk", Projection: "KEYS_ONLY", What: "requests of one person, the closed ones under a key of their own"},
			{Name: "unsent", PartitionKey: "unsent", SortKey: "unsentAt", Projection: "ALL", What: "the outbox: letters to be sent"},
			{Name: "heads", PartitionKey: "headOf", SortKey: "pk", Projection: "INCLUDE", Include: []string{"chainSeq", "chainHash"}, What: "ledger heads, for the daily root"},
		},
	},
	{Name: "proofs", TTL: "expires", What: "session#ID (sessions with hashes of codes) and draft#HASH (what was typed in a form)."},
	{Name: "ledger", What: "pk = request id, sk = number of the line; only ever added to."},
	{Name: "registers", TTL: "expires", What: "client, client-email#KEY, suppression#SCOPE, erased, clock, breaker, and count#HASH and tally#DAY (counters; only these expire)."},
}

// Names are the tables and indexes as they are deployed.
type Names struct {
	Requests, Proofs, Ledger, Registers string
	// The indexes of Requests.
	Wake, Queue, Tasks, Client, Open, Subject, Unsent, Heads string
}

// NamesOf takes the deployed tables, with the indexes named as in Schema.
func NamesOf(requests, proofs, ledger, registers string) Names {
	return Names{
		Requests: requests, Proofs: proofs, Ledger: ledger, Registers: registers,
		Wake: "wake", Queue: "queue", Tasks: "tasks", Client: "client", Open: "open", Subject: "subject", Unsent: "unsent", Heads: "heads",
	}
}

// CreateTables makes the tables of Schema under these names and waits until
// they are there. It is for tests: keys, backups and protection are the
// template's, and nothing is ever cleaned up by TTL here (F09).
func CreateTables(ctx context.Context, client *dynamodb.Client, names Names) error {
	deployed := map[string]string{
		"requests": names.Requests, "proofs": names.Proofs, "ledger": names.Ledger, "registers": names.Registers,
		"wake": names.Wake, "queue": names.Queue, "tasks": names.Tasks, "client": names.Client,
		"open": names.Open, "subject": names.Subject, "unsent": names.Unsent, "heads": names.Heads,
	}
	key := func(name string, t types.KeyType) types.KeySchemaElement {
		return types.KeySchemaElement{AttributeName: aws.String(name), KeyType: t}
	}
	for _, t := range Schema {
		in := &dynamodb.CreateTableInput{
			TableName:   aws.String(deployed[t.Name]),
			BillingMode: types.BillingModePayPerRequest,
			KeySchema:   []types.KeySchemaElement{key("pk", types.KeyTypeHash), key("sk", types.KeyTypeRange)},
		}
		seen := map[string]bool{}
		attributes := func(names ...string) {
			for _, n := range names {
				if !seen[n] {
					seen[n] = true
					in.AttributeDefinitions = append(in.AttributeDefinitions,
						types.AttributeDefinition{AttributeName: aws.String(n), AttributeType: types.ScalarAttributeTypeS})
				}
			}
		}
		attributes("pk", "sk")
		for _, x := range t.Indexes {
			attributes(x.PartitionKey, x.SortKey)
			in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
				IndexName:  aws.String(deployed[x.Name]),
				KeySchema:  []types.KeySchemaElement{key(x.PartitionKey, types.KeyTypeHash), key(x.SortKey, types.KeyTypeRange)},
				Projection: &types.Projection{ProjectionType: types.ProjectionType(x.Projection), NonKeyAttributes: x.Include},
			})
		}
		if _, err := client.CreateTable(ctx, in); err != nil {
			return fmt.Errorf("create table %s: %w", t.Name, err)
		}
		err := dynamodb.NewTableExistsWaiter(client).Wait(ctx, &dynamodb.DescribeTableInput{TableName: in.TableName}, time.Minute)
		if err != nil {
			return fmt.Errorf("wait for table %s: %w", t.Name, err)
		}
	}
	return nil
}
