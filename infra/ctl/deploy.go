package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/allclaims/rightsdesk/infra/local/emulator"
)

// stackName is the name that make run and samconfig.toml give the stack.
const stackName = "rightsdesk"

// deployment is a stack that stands, as CloudFormation tells it.
type deployment struct {
	config     aws.Config
	outputs    map[string]string
	parameters map[string]string
}

// stacks is the part of CloudFormation that finding a stack needs.
type stacks interface {
	DescribeStacks(ctx context.Context, in *cloudformation.DescribeStacksInput, opts ...func(*cloudformation.Options)) (*cloudformation.DescribeStacksOutput, error)
}

// findDeployment reads the stack of that name with the operator's own AWS
// settings; with AWS_ENDPOINT_URL set, at the emulator, with its own keys when
// the operator has given none.
func findDeployment(ctx context.Context, name string) (deployment, error) {
	cfg, err := awsConfig(ctx)
	if err != nil {
		return deployment{}, err
	}
	d, err := describe(ctx, cloudformation.NewFromConfig(cfg), name)
	d.config = cfg
	return d, err
}

func awsConfig(ctx context.Context) (aws.Config, error) {
	var options []func(*config.LoadOptions) error
	if os.Getenv("AWS_ENDPOINT_URL") != "" {
		if os.Getenv("AWS_REGION") == "" && os.Getenv("AWS_DEFAULT_REGION") == "" {
			options = append(options, config.WithRegion(emulator.Region))
		}
		if os.Getenv("AWS_ACCESS_KEY_ID") == "" && os.Getenv("AWS_PROFILE") == "" {
			options = append(options, config.WithCredentialsProvider(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: emulator.AccessKey, SecretAccessKey: emulator.SecretKey}, nil
			})))
		}
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("read the AWS settings: %w", err)
	}
	if cfg.Region == "" {
		return aws.Config{}, errors.New("no AWS region is set: set AWS_REGION, and AWS_ENDPOINT_URL for a local stack")
	}
	return cfg, nil
}

func describe(ctx context.Context, c stacks, name string) (deployment, error) {
	out, err := c.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
	if err != nil {
		if strings.Contains(err.Error(), "does not exist") {
			return deployment{}, fmt.Errorf("there is no stack %s here: deploy it first, or name another with -stack", name)
		}
		return deployment{}, fmt.Errorf("look for the stack %s: %w", name, err)
	}
	if len(out.Stacks) == 0 || out.Stacks[0].StackStatus == types.StackStatusDeleteComplete {
		return deployment{}, fmt.Errorf("there is no stack %s here: deploy it first, or name another with -stack", name)
	}
	d := deployment{outputs: map[string]string{}, parameters: map[string]string{}}
	for _, o := range out.Stacks[0].Outputs {
		d.outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	for _, p := range out.Stacks[0].Parameters {
		d.parameters[aws.ToString(p.ParameterKey)] = aws.ToString(p.ParameterValue)
	}
	return d, nil
}

// need returns outputs of the stack, or says which are missing.
func (d deployment) need(names ...string) error {
	var missing []string
	for _, n := range names {
		if d.outputs[n] == "" {
			missing = append(missing, n)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("the stack has no output %s: deploy it again", strings.Join(missing, ", "))
	}
	return nil
}

// onlyLocal refuses any stage but local, and any endpoint but an emulator's:
// a clock that can be moved must not be in reach of real requests.
func (d deployment) onlyLocal(endpoint string) error {
	u, err := url.Parse(endpoint)
	if endpoint == "" || err != nil || u.Hostname() == "" || strings.HasSuffix(u.Hostname(), ".amazonaws.com") {
		return errors.New("the clock can be moved on a local stack only: set AWS_ENDPOINT_URL to its emulator, as make run shows it")
	}
	if d.parameters["Stage"] != "local" {
		return fmt.Errorf("the clock can be moved on the stage local only; this one is %q", d.parameters["Stage"])
	}
	return nil
}
