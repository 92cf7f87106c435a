// Package sfn runs the desk's state machines on AWS Step Functions. Only ids
// travel to it (I13).
package sfn

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/request"
)

// API is what the engine uses of a Step Functions client.
type API interface {
	StartExecution(ctx context.Context, in *sfn.StartExecutionInput, opts ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error)
	SendTaskSuccess(ctx context.Context, in *sfn.SendTaskSuccessInput, opts ...func(*sfn.Options)) (*sfn.SendTaskSuccessOutput, error)
}

// Engine is casework.Engine.
type Engine struct {
	Client API
	// Machines are the ARNs by name: request, controller, processor.
	Machines map[string]string
}

// Start runs a machine. That an execution of this name exists is success: it
// does, or did, the same work, and uniqueness is the phase's (F03, F04).
func (e *Engine) Start(ctx context.Context, machine, name string, input casework.Input) error {
	arn := e.Machines[machine]
	if arn == "" {
		return request.Fault(request.NotFound, machine, "start a machine that the settings do not name")
	}
	body, err := json.Marshal(input)
	if err != nil {
		return fmt.Errorf("write the input of %s: %w", name, err)
	}
	_, err = e.Client.StartExecution(ctx, &sfn.StartExecutionInput{
		StateMachineArn: aws.String(arn), Name: aws.String(executionName(name)), Input: aws.String(string(body)),
	})
	var exists *types.ExecutionAlreadyExists
	if err != nil && !errors.As(err, &exists) {
		return fmt.Errorf("start machine %s for request %s: %w", machine, input.RequestID, err)
	}
	return nil
}

// Resume answers a task token. One that is over, unknown or malformed is gone:
// somebody answered it, or its execution ended (F21).
func (e *Engine) Resume(ctx context.Context, token string, output casework.Output) (gone bool, err error) {
	body, err := json.Marshal(output)
	if err != nil {
		return false, fmt.Errorf("write the output for request %s: %w", output.RequestID, err)
	}
	_, err = e.Client.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: aws.String(token), Output: aws.String(string(body))})
	var (
		timedOut *types.TaskTimedOut
		unknown  *types.TaskDoesNotExist
		invalid  *types.InvalidToken
	)
	switch {
	case err == nil:
		return false, nil
	case errors.As(err, &timedOut), errors.As(err, &unknown), errors.As(err, &invalid):
		return true, nil
	}
	return false, fmt.Errorf("answer a token of request %s: %w", output.RequestID, err)
}

// maxName is the longest name of an execution.
const maxName = 80

var notInNames = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// executionName makes a legal name; what is cut off is told apart by a hash,
// for the same name twice would be a machine that never starts.
func executionName(name string) string {
	legal := notInNames.ReplaceAllString(name, "-")
	if len(legal) <= maxName && legal == name {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	suffix := "-" + hex.EncodeToString(sum[:8])
	return legal[:min(len(legal), maxName-len(suffix))] + suffix
}
