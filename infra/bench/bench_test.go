package main

import (
	"bytes"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func text(n int) types.AttributeValue {
	return &types.AttributeValueMemberS{Value: strings.Repeat("x", n)}
}

func TestUnits(t *testing.T) {
	key := map[string]types.AttributeValue{"pk": text(30)}
	for name, c := range map[string]struct {
		in, out     any
		read, write float64
	}{
		"a consistent read of 5 KB": {&dynamodb.GetItemInput{ConsistentRead: aws.Bool(true)}, &dynamodb.GetItemOutput{Item: map[string]types.AttributeValue{"pk": text(5 << 10)}}, 2, 0},
		"a stale one is half":       {&dynamodb.GetItemInput{}, &dynamodb.GetItemOutput{Item: map[string]types.AttributeValue{"pk": text(5 << 10)}}, 1, 0},
		"nothing found costs too":   {&dynamodb.QueryInput{}, &dynamodb.QueryOutput{}, 0.5, 0},
		"a write of 1.5 KB":         {&dynamodb.PutItemInput{Item: map[string]types.AttributeValue{"pk": text(1536)}}, &dynamodb.PutItemOutput{}, 0, 2},
		"an index is a write more":  {&dynamodb.PutItemInput{Item: map[string]types.AttributeValue{"pk": text(10), "queue": text(4)}}, &dynamodb.PutItemOutput{}, 0, 2},
		"a transaction is twice": {&dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
			{Put: &types.Put{Item: map[string]types.AttributeValue{"pk": text(10)}}}, {ConditionCheck: &types.ConditionCheck{Key: key}}, {Delete: &types.Delete{Key: key}},
		}}, &dynamodb.TransactWriteItemsOutput{}, 0, 6},
	} {
		var count counter
		count.weigh(c.in, c.out)
		if got := count.take(); got.ReadUnits != c.read || got.WriteUnits != c.write {
			t.Errorf("%s: %v read and %v write units, want %v and %v", name, got.ReadUnits, got.WriteUnits, c.read, c.write)
		}
	}
}

func TestCost(t *testing.T) {
	p, err := readPrices()
	if err != nil {
		t.Fatal(err)
	}
	if p.Region == "" || p.Date == "" || !strings.Contains(p.Source, "Assumed") {
		t.Errorf("prices.json does not say where and when its prices hold: %+v", p)
	}
	got, err := p.cost(usage{Calls: map[string]int{"SES.SendRawEmail": 10, "S3.GetObject": 1, "S3.DeleteObject": 1000, "SFN.StartExecution": 1000, "States.Transition": 4, "Lambda.Step": 2}, WriteUnits: 100})
	if err != nil {
		t.Fatal(err)
	}
	m := p.PerMillion
	want := (10*m["ses.mail"]+m["s3.read"]+4*m["states.transition"]+2*m["lambda.request"]+100*m["dynamodb.writeUnit"])/1e6 +
		2*p.Assumed.LambdaSeconds*p.Assumed.LambdaGB*p.PerUnit["lambda.gbSecond.arm64"]
	if math.Abs(got-want) > 1e-12 || got == 0 {
		t.Errorf("it costs %v, want %v", got, want)
	}
	if _, err := p.cost(usage{Calls: map[string]int{"Nobody.Knows": 1}}); err == nil {
		t.Error("a call without a price costs nothing")
	}
}

func TestUsage(t *testing.T) {
	u := usage{Calls: map[string]int{"S3.GetObject": 2, "S3.PutObject": 1}, ReadUnits: 1.5}
	sum := u.plus(u.times(2))
	if sum.Calls["S3.GetObject"] != 6 || sum.ReadUnits != 4.5 || sum.byService()["S3"] != 9 || u.Calls["S3.GetObject"] != 2 {
		t.Errorf("three times %+v is %+v", u, sum)
	}
}

// What the bare writer packs are the sealer's own bytes.
func TestBaselineHasTheSameBytes(t *testing.T) {
	dir := t.TempDir()
	if err := collect(t.Context(), dir, 20); err != nil {
		t.Fatal(err)
	}
	sealed := filepath.Join(dir, "package.zip")
	if err := sealTo(t.Context(), dir, sealed); err != nil {
		t.Fatal(err)
	}
	files := filepath.Join(dir, "files")
	n, err := unpack(sealed, files)
	if err != nil {
		t.Fatal(err)
	}
	if n < 10_000 {
		t.Fatalf("a package of 20 invoices has %d bytes", n)
	}
	var out bytes.Buffer
	if err := pack(files, sealed, &out); err != nil {
		t.Fatal(err)
	}
	if size := float64(fileSize(sealed)); math.Abs(float64(out.Len())-size)/size > 0.1 {
		t.Errorf("packed again it has %d bytes, sealed %v", out.Len(), size)
	}
}
