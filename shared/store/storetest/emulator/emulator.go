// Package emulator gives tests the local AWS: the one at RIGHTSDESK_TEST_ENDPOINT,
// else a MiniStack of their own on a free port, which ends with them. It knows
// no AWS; tests make their own clients.
package emulator

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	local "github.com/allclaims/rightsdesk/infra/local/emulator"
)

// Variable names the endpoint of an emulator that runs already.
const Variable = "RIGHTSDESK_TEST_ENDPOINT"

var endpoint string

// Endpoint is the emulator's address, in a test binary whose TestMain called Run.
func Endpoint(t testing.TB) string {
	t.Helper()
	if endpoint == "" {
		t.Fatal("no emulator: TestMain of this package must call emulator.Run")
	}
	return endpoint
}

// Run runs the tests beside an emulator and gives the exit code:
//
//	func TestMain(m *testing.M) { os.Exit(emulator.Run(m)) }
func Run(m *testing.M) int {
	stop, err := start(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer stop()
	return m.Run()
}

func start(ctx context.Context) (stop func(), err error) {
	if endpoint = os.Getenv(Variable); endpoint != "" {
		return func() {}, nil
	}
	root, err := moduleRoot()
	if err != nil {
		return nil, err
	}
	python := filepath.Join(root, ".venv", "ministack", "bin", "python")
	if _, err := os.Stat(python); err != nil {
		return nil, fmt.Errorf("these tests need the local AWS emulator: run `make .venv/ministack/.stamp`, or set %s to one that runs", Variable)
	}
	port, err := local.FreePort(ctx, 0)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "emulator")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the emulator: %w", err)
	}
	e, err := local.Start(ctx, local.Options{Python: python, Dir: dir, Port: port, Forgets: true})
	if err != nil {
		return nil, err // its log, which it names, stays
	}
	endpoint = e.Endpoint
	return func() {
		e.Stop()
		_ = os.RemoveAll(dir)
	}, nil
}

func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		return "", errors.New("find the module: no go.mod above the test")
	}
}
