// Package lambdaio is the edge between AWS Lambda and the desk: events in,
// answers out, error codes that a state machine can catch. What a person wrote
// or who they are passes through it but never stays: no log line and no error
// holds an event's body (I13).
package lambdaio

import (
	"context"
	"io"
	"log/slog"
	"os"
	"sync/atomic"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// Logger writes JSON lines with the invocation's id. Say ids and codes only.
func Logger() *slog.Logger { return newLogger(os.Stdout) }

func newLogger(w io.Writer) *slog.Logger {
	return slog.New(&handler{Handler: slog.NewJSONHandler(w, &slog.HandlerOptions{
		ReplaceAttr: lambdacontext.ReplaceAttr, // the names that Lambda's own tools look for
	})})
}

type handler struct{ slog.Handler }

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		// Not requestId: that is a person's request here.
		r.AddAttrs(slog.String("invocation", lc.AwsRequestID))
	}
	return h.Handler.Handle(ctx, r)
}

func (h *handler) WithAttrs(a []slog.Attr) slog.Handler { return &handler{h.Handler.WithAttrs(a)} }
func (h *handler) WithGroup(name string) slog.Handler   { return &handler{h.Handler.WithGroup(name)} }

// Check ends a function that cannot start, with a line that says why. It is
// for main alone.
func Check(err error) {
	if err != nil {
		Logger().Error("cannot start", "error", err.Error())
		os.Exit(1)
	}
}

// started counts the invocations of this process: the first is a cold start.
var started atomic.Int64
