package dynamo

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/allclaims/rightsdesk/shared/figures"
	"github.com/allclaims/rightsdesk/shared/store"
)

// FiguresOf is casework.Months's. The records stand beside the requests and
// not among the registers: every function that changes a request writes them.
func (s *Store) FiguresOf(ctx context.Context, month string, page store.Page) ([]figures.Record, string, error) {
	items, next, err := s.query(ctx, "list figures", &dynamodb.QueryInput{
		TableName: aws.String(s.Names.Requests), ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("pk = :p"),
		ExpressionAttributeValues: item{":p": text("figures#" + month)},
	}, page, 0)
	if err != nil {
		return nil, "", err
	}
	var out []figures.Record
	for _, i := range items {
		f, err := decode[figures.Record]("figures of "+month, textOf(i, "data"))
		if err != nil {
			return nil, "", err
		}
		out = append(out, f)
	}
	return out, next, nil
}
