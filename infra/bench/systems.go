package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cloudformationtypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/allclaims/rightsdesk/infra/local/deploy"
	"github.com/allclaims/rightsdesk/workflows"
)

// benchSystems runs the machine that collects, as it ships, over 1, 10 and 100
// systems on the emulator; the hundred are its distributed Map. The systems are played: the first makes its function
// wait two seconds and each other one second, so that the sum grows and the
// slowest does not.
func benchSystems(ctx context.Context, r *reporter) error {
	cfg, stop, err := startEmulator(ctx)
	if err != nil {
		return err
	}
	defer stop()
	machine, err := slowMachine(ctx, cfg)
	if err != nil {
		return err
	}
	client := sfn.NewFromConfig(cfg)
	for _, n := range []int{1, 10, 100} {
		seconds, err := runMachine(ctx, client, machine, n)
		if err != nil {
			return fmt.Errorf("%d systems: %w", n, err)
		}
		slowest, sum := 2.0, 2.0+float64(n-1)
		if err := r.line("systems", result{
			"systems": n, "seconds": round(seconds), "slowestSeconds": slowest, "sumSeconds": sum,
			"slowestRatio": round(seconds / slowest), "sumRatio": round(seconds / sum),
		}); err != nil {
			return err
		}
	}
	return nil
}

func runMachine(ctx context.Context, client *sfn.Client, machine string, systems int) (float64, error) {
	started, err := client.StartExecution(ctx, &sfn.StartExecutionInput{
		StateMachineArn: &machine, Input: aws.String(fmt.Sprintf(`{"requestId":"%d","legId":"1"}`, systems)),
	})
	if err != nil {
		return 0, fmt.Errorf("start the machine: %w", err)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		e, err := client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: started.ExecutionArn})
		if err != nil {
			return 0, fmt.Errorf("look at the machine: %w", err)
		}
		switch e.Status {
		case sfntypes.ExecutionStatusRunning:
		case sfntypes.ExecutionStatusSucceeded:
			return e.StopDate.Sub(*e.StartDate).Seconds(), nil
		default:
			return 0, fmt.Errorf("the machine is %s: %s", e.Status, aws.ToString(e.Cause))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// slowMachine deploys the machine that collects over one function that plays
// both of its steps.
func slowMachine(ctx context.Context, cfg aws.Config) (string, error) {
	code, err := packed(ctx, "./infra/bench/slow")
	if err != nil {
		return "", err
	}
	role, err := slowRole(ctx, cloudformation.NewFromConfig(cfg))
	if err != nil {
		return "", err
	}
	f, err := lambda.NewFromConfig(cfg).CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: aws.String("slow"), Role: &role, Runtime: lambdatypes.RuntimeProvidedal2023, Handler: aws.String("bootstrap"),
		Architectures: []lambdatypes.Architecture{lambdatypes.Architecture(deploy.Architecture())}, Timeout: aws.Int32(60),
		Code: &lambdatypes.FunctionCode{ZipFile: code},
	})
	if err != nil {
		return "", fmt.Errorf("make the function: %w", err)
	}
	definition, err := fs.ReadFile(workflows.Files, "collect.asl.json")
	if err != nil {
		return "", fmt.Errorf("read the machine: %w", err)
	}
	filled := strings.NewReplacer("${Partition}", "aws", "${ScopeFunctionArn}", *f.FunctionArn, "${CollectFunctionArn}", *f.FunctionArn,
		"${EscalateFunctionArn}", *f.FunctionArn).Replace(string(definition))
	m, err := sfn.NewFromConfig(cfg).CreateStateMachine(ctx, &sfn.CreateStateMachineInput{Name: aws.String("collect"), RoleArn: &role, Definition: &filled})
	if err != nil {
		return "", fmt.Errorf("make the machine: %w", err)
	}
	return *m.StateMachineArn, nil
}

// slowTemplate is the role of function and machine.
const slowTemplate = `
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: [lambda.amazonaws.com, states.amazonaws.com]}, Action: sts:AssumeRole}]}
      Policies:
        - PolicyName: own
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - {Effect: Allow, Action: lambda:InvokeFunction, Resource: !Sub "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:slow"}
              - {Effect: Allow, Action: states:StartExecution, Resource: !Sub "arn:aws:states:${AWS::Region}:${AWS::AccountId}:stateMachine:collect"}
              - {Effect: Allow, Action: [states:DescribeExecution, states:StopExecution], Resource: !Sub "arn:aws:states:${AWS::Region}:${AWS::AccountId}:execution:collect*"}
Outputs:
  Role: {Value: !GetAtt Role.Arn}
`

func slowRole(ctx context.Context, client *cloudformation.Client) (string, error) {
	name := aws.String("slow")
	_, err := client.CreateStack(ctx, &cloudformation.CreateStackInput{
		StackName: name, TemplateBody: aws.String(slowTemplate), Capabilities: []cloudformationtypes.Capability{cloudformationtypes.CapabilityCapabilityIam},
	})
	if err != nil {
		return "", fmt.Errorf("make the role: %w", err)
	}
	asked := &cloudformation.DescribeStacksInput{StackName: name}
	if err := cloudformation.NewStackCreateCompleteWaiter(client).Wait(ctx, asked, time.Minute); err != nil {
		return "", fmt.Errorf("make the role: %w", err)
	}
	made, err := client.DescribeStacks(ctx, asked)
	if err != nil {
		return "", fmt.Errorf("find the role: %w", err)
	}
	if len(made.Stacks) != 1 || len(made.Stacks[0].Outputs) != 1 {
		return "", errors.New("the role has not been made")
	}
	return *made.Stacks[0].Outputs[0].OutputValue, nil
}

// packed builds a program and packs it as Lambda takes it.
func packed(ctx context.Context, pkg string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the binary: %w", err)
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "bootstrap")
	if out, err := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", name, pkg).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	body, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the binary: %w", err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate}
	header.SetMode(0o755)
	w, err := z.CreateHeader(header)
	if err != nil {
		return nil, fmt.Errorf("pack the binary: %w", err)
	}
	_, err = w.Write(body)
	if err := errors.Join(err, z.Close()); err != nil {
		return nil, fmt.Errorf("pack the binary: %w", err)
	}
	return b.Bytes(), nil
}
