package lambdaio

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	stdlog "log"
	"log/slog"
	"net/http"
	"net/url"
	"runtime"
	"strconv"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/awslabs/aws-lambda-go-api-proxy/core"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
)

// MaxResponse bounds an answer, in bytes (Lambda: 6 MB with its envelope).
// Packages never pass here: they are fetched from the vault.
const MaxResponse = 5 << 20

// HTTP serves h behind a REST API of API Gateway.
func HTTP(name string, h http.Handler) {
	// The adapter tells the standard logger of addresses that it cannot read,
	// and an address holds what somebody typed.
	stdlog.SetOutput(io.Discard)
	lambda.Start(httpHandler(name, Logger(), h))
}

func httpHandler(name string, log *slog.Logger, h http.Handler) func(context.Context, json.RawMessage) (events.APIGatewayProxyResponse, error) {
	adapter := httpadapter.New(&guard{next: h, log: log, name: name})
	return func(ctx context.Context, event json.RawMessage) (events.APIGatewayProxyResponse, error) {
		var in events.APIGatewayProxyRequest
		if json.Unmarshal(event, &in) != nil || !readable(in) {
			log.WarnContext(ctx, "unreadable", "function", name)
			return plain(http.StatusBadRequest), nil //nolint:nilerr // the answer says it; the error would hold the event
		}
		out, err := adapter.ProxyWithContext(ctx, in)
		if err != nil {
			log.ErrorContext(ctx, "no answer", "function", name)
			return plain(http.StatusInternalServerError), nil //nolint:nilerr // as above: the person gets a page, the log no data
		}
		if len(out.Body) > MaxResponse {
			log.ErrorContext(ctx, "answer too large", "function", name, "bytes", len(out.Body))
			return plain(http.StatusInternalServerError), nil
		}
		return out, nil
	}
}

// readable reports whether the adapter will be able to make a request of the
// event; it prints what it cannot read.
func readable(in events.APIGatewayProxyRequest) bool {
	if in.HTTPMethod == "" || strings.Trim(in.HTTPMethod, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return false
	}
	if in.IsBase64Encoded {
		if _, err := base64.StdEncoding.DecodeString(in.Body); err != nil {
			return false
		}
	}
	_, err := url.Parse("https://" + in.RequestContext.DomainName + "/" + strings.TrimPrefix(in.Path, "/"))
	return err == nil
}

// plain is an answer without any words of ours or theirs.
func plain(status int) events.APIGatewayProxyResponse {
	return events.APIGatewayProxyResponse{
		StatusCode: status,
		MultiValueHeaders: map[string][]string{
			"Content-Type": {"text/plain; charset=utf-8"}, "Cache-Control": {"no-store"}, "X-Content-Type-Options": {"nosniff"},
		},
		Body: http.StatusText(status),
	}
}

// guard turns a panic into a 500 and logs each request by its route, status
// and invocation, never by its address.
type guard struct {
	next http.Handler
	log  *slog.Logger
	name string
}

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := &status{ResponseWriter: w}
	defer func() {
		if p := recover(); p != nil {
			g.log.ErrorContext(r.Context(), "panicked", "function", g.name, "at", where())
			// Nothing has left yet: the adapter sends an answer when it is whole.
			if c, ok := w.(*core.ProxyResponseWriter); ok {
				*c = *core.NewProxyResponseWriter()
			}
			e := plain(http.StatusInternalServerError)
			for k, v := range e.MultiValueHeaders {
				w.Header()[k] = v
			}
			w.WriteHeader(e.StatusCode)
			_, _ = io.WriteString(w, e.Body)
			return
		}
		if s.code == 0 {
			w.WriteHeader(http.StatusOK) // what net/http does for a handler that says nothing
			s.code = http.StatusOK
		}
		g.log.InfoContext(r.Context(), "served", "function", g.name, "method", r.Method, "status", s.code)
	}()
	g.next.ServeHTTP(s, r)
}

// status keeps the first status that is written: the adapter would take the last.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	if s.code == 0 {
		s.code = code
		s.ResponseWriter.WriteHeader(code)
	}
}

func (s *status) Write(b []byte) (int, error) {
	s.WriteHeader(http.StatusOK)
	return s.ResponseWriter.Write(b)
}

// where names the function that panicked. The panic's own value may be
// anybody's words and is never looked at.
func where() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "runtime.") {
			return f.Function + ":" + strconv.Itoa(f.Line)
		}
		if !more {
			return ""
		}
	}
}
