package stack

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// question is one harmless call of a service: a list of what there is.
type question struct {
	service string // as a signature names it
	name    string // as people know it
	method  string
	path    string
	target  string // X-Amz-Target, of services that speak JSON
	body    string
}

func list(service, name, target string) question {
	return question{service: service, name: name, method: http.MethodPost, path: "/", target: target, body: "{}"}
}

func query(service, name, action, version string) question {
	return question{service: service, name: name, method: http.MethodPost, path: "/", body: "Action=" + action + "&Version=" + version}
}

func get(service, name, path string) question {
	return question{service: service, name: name, method: http.MethodGet, path: path}
}

// needed are the services that the template deploys to and the functions call.
var needed = []question{
	get("apigateway", "API Gateway", "/restapis"),
	query("cloudformation", "CloudFormation", "ListStacks", "2010-05-15"),
	{service: "cognito-idp", name: "Cognito user pools", method: http.MethodPost, path: "/", target: "AWSCognitoIdentityProviderService.ListUserPools", body: `{"MaxResults":1}`},
	list("dynamodb", "DynamoDB", "DynamoDB_20120810.ListTables"),
	list("events", "EventBridge", "AWSEvents.ListRules"),
	query("iam", "IAM", "ListRoles", "2010-05-08"),
	list("kms", "KMS", "TrentService.ListKeys"),
	get("lambda", "Lambda", "/2015-03-31/functions/"),
	list("logs", "CloudWatch Logs", "Logs_20140328.DescribeLogGroups"),
	get("s3", "S3", "/"),
	list("secretsmanager", "Secrets Manager", "secretsmanager.ListSecrets"),
	query("ses", "SES", "ListIdentities", "2010-12-01"),
	query("sns", "SNS", "ListTopics", "2010-03-31"),
	list("sqs", "SQS", "AmazonSQS.ListQueues"),
	list("states", "Step Functions", "AWSStepFunctions.ListStateMachines"),
}

// answerWithin is how long a service may take: LocalStack starts one at its
// first call.
const answerWithin = 30 * time.Second

// missing asks every service that the product needs whether it is there, and
// names those that are not.
func missing(ctx context.Context, config aws.Config) ([]string, error) {
	credentials, err := config.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("take the emulator's credentials: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	var mu sync.Mutex
	var names []string
	var all sync.WaitGroup
	for _, q := range needed {
		all.Go(func() {
			if !q.answered(ctx, config, credentials) {
				mu.Lock()
				names = append(names, q.name)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	slices.Sort(names)
	return names, nil
}

func (q question) answered(ctx context.Context, config aws.Config, credentials aws.Credentials) bool {
	r, err := http.NewRequestWithContext(ctx, q.method, aws.ToString(config.BaseEndpoint)+q.path, bytes.NewReader([]byte(q.body)))
	if err != nil {
		return false
	}
	switch {
	case q.target != "":
		r.Header.Set("X-Amz-Target", q.target)
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		if q.service == "dynamodb" || q.service == "sqs" || q.service == "states" {
			r.Header.Set("Content-Type", "application/x-amz-json-1.0")
		}
	case q.body != "":
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	sum := sha256.Sum256([]byte(q.body))
	hash := hex.EncodeToString(sum[:])
	if q.service == "s3" {
		r.Header.Set("X-Amz-Content-Sha256", hash)
	}
	if err := v4.NewSigner().SignHTTP(ctx, credentials, r, hash, q.service, config.Region, time.Now()); err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body) // the connection serves the next
	return resp.StatusCode == http.StatusOK
}

// complete is an error that names, in one sentence, what the emulator lacks.
func complete(ctx context.Context, config aws.Config) error {
	names, err := missing(ctx, config)
	if err != nil || len(names) == 0 {
		return err
	}
	return fmt.Errorf("the emulator at %s lacks %s, which the template needs; nothing was deployed (make run without ENDPOINT starts one that has all)",
		aws.ToString(config.BaseEndpoint), strings.Join(names, ", "))
}
