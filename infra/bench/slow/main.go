// Command slow is a Lambda that plays Scope and Collect for the benchmark of
// many systems: it lists as many as it is asked for, and each of them makes it
// wait, the first one longest.
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
)

// What the systems make it wait.
const (
	slowest = 2 * time.Second
	others  = time.Second
)

type input struct {
	RequestID string `json:"requestId"`
	LegID     string `json:"legId"`
	System    string `json:"system"`
}

type output struct {
	RequestID string  `json:"requestId"`
	LegID     string  `json:"legId"`
	Next      string  `json:"next"`
	Systems   []input `json:"systems,omitempty"`
}

func main() {
	lambda.Start(func(_ context.Context, in input) (output, error) {
		out := output{RequestID: in.RequestID, LegID: in.LegID, Next: "collected"}
		switch in.System {
		case "":
			var n int
			if _, err := fmt.Sscan(in.RequestID, &n); err != nil {
				return out, fmt.Errorf("read how many systems: %w", err)
			}
			for i := range n {
				out.Systems = append(out.Systems, input{in.RequestID, in.LegID, fmt.Sprint(i)})
			}
		case "0":
			time.Sleep(slowest)
		default:
			time.Sleep(others)
		}
		return out, nil
	})
}
