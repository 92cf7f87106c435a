package stack

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/infra/local/emulator"
)

// elsewhere is an emulator that runs already and lacks some services: it
// answers their calls as LocalStack does.
func elsewhere(t *testing.T, lacks ...string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/_localstack/health" {
			return
		}
		_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
		fields := strings.Split(scope, "/")
		if len(fields) < 5 {
			w.WriteHeader(http.StatusNotFound) // the health of another emulator
			return
		}
		for _, service := range lacks {
			if fields[3] == service {
				http.Error(w, `{"__type":"InternalFailure"}`, http.StatusNotImplemented)
			}
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// An emulator without Cognito is told of before anything is built.
func TestMissingServicesAreNamed(t *testing.T) {
	s := elsewhere(t, "cognito-idp", "states")
	dir := t.TempDir()
	_, err := Start(t.Context(), Options{Dir: dir, Endpoint: s.URL})
	want := "the emulator at " + s.URL + " lacks Cognito user pools, Step Functions, which the template needs; nothing was deployed (make run without ENDPOINT starts one that has all)"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if logs, _ := filepath.Glob(filepath.Join(dir, "sam-*.log")); len(logs) > 0 {
		t.Errorf("it built or deployed: %v", logs)
	}
}

func TestNothingIsMissing(t *testing.T) {
	got, err := missing(t.Context(), access(elsewhere(t).URL))
	if err != nil || len(got) > 0 {
		t.Errorf("missing of an emulator that has all: %v, %v", got, err)
	}
	if got, err = missing(t.Context(), access("http://127.0.0.1:1")); err != nil || len(got) != len(needed) {
		t.Errorf("missing of nothing at all: %v, %v", got, err)
	}
}

// MiniStack has every service that is asked for.
func TestMiniStackIsComplete(t *testing.T) {
	if testing.Short() {
		t.Skip("starts an emulator")
	}
	python, err := tool("ministack/bin/python")
	if err != nil {
		t.Skip(err)
	}
	port, err := emulator.FreePort(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	e, err := emulator.Start(t.Context(), emulator.Options{Python: python, Dir: t.TempDir(), Port: port, Forgets: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Stop)
	if err := complete(t.Context(), access(e.Endpoint)); err != nil {
		t.Error(err)
	}
}
