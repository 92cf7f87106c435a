// Package emulator gives tests the local AWS: the one at RIGHTSDESK_TEST_ENDPOINT,
// else a MiniStack of their own on a free port, which ends with them. It knows
// no AWS; tests make their own clients.
package emulator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"
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
	stop, err := start()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer stop()
	return m.Run()
}

func start() (stop func(), err error) {
	if endpoint = os.Getenv(Variable); endpoint != "" {
		return func() {}, nil
	}
	root, err := moduleRoot()
	if err != nil {
		return nil, err
	}
	program := filepath.Join(root, ".venv", "ministack", "bin", "ministack")
	if _, err := os.Stat(program); err != nil {
		return nil, fmt.Errorf("these tests need the local AWS emulator: run `make .venv/ministack/.stamp`, or set %s to one that runs", Variable)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "emulator")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the emulator: %w", err)
	}
	// The kernel ends the emulator when the thread that started it ends, so
	// this one stays: not even a killed test leaves a process behind.
	runtime.LockOSThread()
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, fmt.Errorf("make the emulator's log: %w", err)
	}
	cmd := exec.CommandContext(context.Background(), program)
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(), "GATEWAY_PORT="+strconv.Itoa(port), "BIND_HOST=127.0.0.1", "LOG_LEVEL=WARNING",
		"MINISTACK_REGION=eu-central-1", "S3_DATA_DIR="+dir, "TMPDIR="+dir, "PERSIST_STATE=0", "AUTH=false")
	cmd.SysProcAttr = endWithParent()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the emulator: %w", err)
	}
	ended := make(chan struct{})
	var endErr error // may be read once ended is closed
	go func() { endErr = cmd.Wait(); close(ended) }()
	stop = func() {
		_ = cmd.Process.Kill()
		<-ended
		log.Close()
		_ = os.RemoveAll(dir)
	}
	endpoint = "http://127.0.0.1:" + strconv.Itoa(port)
	if err := healthy(ended); err != nil {
		select {
		case <-ended:
			err = fmt.Errorf("it ended: %w", endErr)
		default:
		}
		out, _ := os.ReadFile(log.Name())
		stop()
		return nil, fmt.Errorf("the emulator did not become healthy: %w\n%s", err, out)
	}
	return stop, nil
}

// healthy polls until the emulator answers; a minute is plenty on a busy machine.
func healthy(ended <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/_ministack/health", nil)
		if err != nil {
			return err
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		case <-ended:
			return errors.New("it ended")
		}
	}
}

func freePort() (int, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return 0, errors.New("find a free port: not a TCP address")
	}
	return addr.Port, nil
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
