package lambdaio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/request"
)

// child makes this test binary a function, run by the real runtime loop.
const child = "LAMBDAIO_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(child) != "" {
		Step("prove", runtimeStep)
	}
	os.Exit(m.Run())
}

const marker = "jan.jansen@example.nl"

// runtimeStep fails in the way that the leg's id asks for.
func runtimeStep(_ context.Context, in casework.Input) (casework.Output, error) {
	switch in.LegID {
	case "wrapped":
		return casework.Output{}, fmt.Errorf("save: %w", fmt.Errorf("write: %w", request.Fault(request.PhaseIllegal, "leg-1", "move it")))
	case "joined":
		return casework.Output{}, errors.Join(errors.New(marker), request.Fault(request.Conflict, "leg-2", "write it"))
	case "plain":
		return casework.Output{}, errors.New("no answer for " + marker)
	case "panic":
		panic(marker)
	}
	return casework.Output{RequestID: in.RequestID, LegID: in.LegID, Next: "decide"}, nil
}

// runtimeAPI is Lambda's side of the loop: it gives events out and takes answers.
type runtimeAPI struct {
	mu      sync.Mutex
	events  []string
	answers chan answer
	given   int
}

type answer struct{ path, errorType, body string }

func (a *runtimeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/invocation/next") {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.given == len(a.events) {
			<-r.Context().Done() // nothing more to do: wait, as Lambda does
			return
		}
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", fmt.Sprint("invocation-", a.given))
		w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(time.Minute).UnixMilli()))
		_, _ = io.WriteString(w, a.events[a.given])
		a.given++
		return
	}
	body, _ := io.ReadAll(r.Body)
	w.WriteHeader(http.StatusAccepted)
	a.answers <- answer{r.URL.Path, r.Header.Get("Lambda-Runtime-Function-Error-Type"), string(body)}
}

// What a state machine sees is the domain's code however deep
// it was wrapped, and neither it nor the log sees anybody's data.
func TestErrorTypeThroughTheRuntime(t *testing.T) {
	id := "0123456789abcdef0123456789abcdef"
	event := func(leg string) string { return `{"requestId":"` + id + `","legId":"` + leg + `"}` }
	api := &runtimeAPI{answers: make(chan answer), events: []string{
		event("wrapped"), event("joined"), event("plain"), event("panic"), event("fine"),
		`{"requestId":"` + marker + `"}`, `"` + marker + `"`,
	}}
	server := httptest.NewServer(api)
	defer server.Close()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), child+"=1", "AWS_LAMBDA_RUNTIME_API="+strings.TrimPrefix(server.URL, "http://"), "_LAMBDA_SERVER_PORT=")
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	want := []struct{ kind, message string }{
		{"Phase.Illegal", "Phase.Illegal " + id + " wrapped leg-1"},
		{"Request.Conflict", "Request.Conflict " + id + " joined leg-2"},
		{"Internal", "Internal " + id + " plain"},
		{"Internal", "Internal " + id + " panic"},
		{"", ""},
		{"Input.Refused", "Input.Refused"},
		{"Input.Refused", "Input.Refused"},
	}
	for i, w := range want {
		var got answer
		select {
		case got = <-api.answers:
		case <-time.After(30 * time.Second):
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			t.Fatalf("no answer to %s\n%s", api.events[i], log.String())
		}
		if w.kind == "" {
			if !strings.HasSuffix(got.path, "/response") || got.body != `{"requestId":"`+id+`","legId":"fine","next":"decide"}` {
				t.Errorf("event %d: answered %s to %s", i, got.body, got.path)
			}
			continue
		}
		var e struct{ ErrorType, ErrorMessage string }
		if err := json.Unmarshal([]byte(got.body), &e); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(got.path, "/error") || e.ErrorType != w.kind || e.ErrorMessage != w.message {
			t.Errorf("event %d: %s %s", i, got.path, got.body)
		}
		if strings.Contains(got.body, marker) {
			t.Errorf("event %d: the error holds personal data: %s", i, got.body)
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	// A step's own error is logged as it says it; the desk's errors hold no
	// personal data, which the marker test of the whole desk proves. What the
	// edge itself writes must hold none: events and panics.
	for _, line := range strings.Split(log.String(), "\n") {
		if strings.Contains(line, marker) && !strings.Contains(line, `"ids":["`+id+`","plain"]`) && !strings.Contains(line, `"ids":["`+id+`","joined"]`) {
			t.Errorf("the log holds personal data: %s", line)
		}
	}
	if !strings.Contains(log.String(), `"invocation":"invocation-0"`) {
		t.Errorf("no line names its invocation:\n%s", log.String())
	}
}
