package sfn

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/request"
)

// The engine is what casework asks for.
var _ casework.Engine = (*Engine)(nil)

type fake struct {
	started []*sfn.StartExecutionInput
	sent    []*sfn.SendTaskSuccessInput
	err     error
}

func (f *fake) StartExecution(_ context.Context, in *sfn.StartExecutionInput, _ ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error) {
	f.started = append(f.started, in)
	return &sfn.StartExecutionOutput{}, f.err
}

func (f *fake) SendTaskSuccess(_ context.Context, in *sfn.SendTaskSuccessInput, _ ...func(*sfn.Options)) (*sfn.SendTaskSuccessOutput, error) {
	f.sent = append(f.sent, in)
	return &sfn.SendTaskSuccessOutput{}, f.err
}

var input = casework.Input{RequestID: "0123456789abcdef0123456789abcdef", LegID: "access-debtor"}

func TestStart(t *testing.T) {
	throttled := errors.New("throttled")
	for _, c := range []struct {
		name string
		err  error
		want error
	}{
		{"OK", nil, nil},
		{"exists is success", fmt.Errorf("operation: %w", &types.ExecutionAlreadyExists{}), nil},
		{"fails", throttled, throttled},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &fake{err: c.err}
			e := &Engine{Client: f, Machines: map[string]string{"controller": "arn:controller"}}
			if err := e.Start(t.Context(), "controller", "x-1", input); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			in := f.started[0]
			if *in.StateMachineArn != "arn:controller" || *in.Name != "x-1" ||
				*in.Input != `{"requestId":"0123456789abcdef0123456789abcdef","legId":"access-debtor"}` {
				t.Errorf("started %s as %s with %s", *in.StateMachineArn, *in.Name, *in.Input)
			}
		})
	}
	f := &fake{}
	if err := (&Engine{Client: f}).Start(t.Context(), "controller", "x", input); !request.NotFound.Is(err) || len(f.started) > 0 {
		t.Errorf("a machine that is not named: %v", err)
	}
}

// F21: a token that is gone is no fault.
func TestResume(t *testing.T) {
	down := errors.New("down")
	for _, c := range []struct {
		name string
		err  error
		gone bool
		want error
	}{
		{"OK", nil, false, nil},
		{"timed out", &types.TaskTimedOut{}, true, nil},
		{"unknown", fmt.Errorf("operation: %w", &types.TaskDoesNotExist{}), true, nil},
		{"invalid", &types.InvalidToken{}, true, nil},
		{"fails", down, false, down},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &fake{err: c.err}
			gone, err := (&Engine{Client: f}).Resume(t.Context(), "AQC4s3cret", casework.Output{RequestID: input.RequestID, Next: "answer"})
			if gone != c.gone || !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Errorf("got %v, %v; want %v, %v", gone, err, c.gone, c.want)
			}
			if *f.sent[0].TaskToken != "AQC4s3cret" || !strings.Contains(*f.sent[0].Output, `"next":"answer"`) {
				t.Errorf("sent %s", *f.sent[0].Output)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the error holds the token: %v", err) // A44
			}
		})
	}
}

func TestExecutionName(t *testing.T) {
	long := strings.Repeat("a", 81)
	for name, ok := range map[string]bool{
		"0123456789abcdef0123456789abcdef-access-3": true,
		strings.Repeat("a", 80):                     true,
		long:                                        false,
		"a/b c":                                     false,
	} {
		got := executionName(name)
		if (got == name) != ok || len(got) > 80 || notInNames.MatchString(got) {
			t.Errorf("%q became %q", name, got)
		}
	}
	if executionName(long+"1") == executionName(long+"2") || executionName("a/b") == executionName("a b") {
		t.Error("two names became one")
	}
}
