// Package emulator runs MiniStack, the AWS emulator of the local stack, as a
// child process with IAM enforced, and makes sure that neither it nor any
// Lambda function it started is left behind.
package emulator

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Region is where the local stack pretends to be; the product runs in the EU.
const Region = "eu-central-1"

// The emulator's root credentials. They open nothing but the emulator.
const (
	AccessKey = "test"
	SecretKey = "test"
)

//go:embed launch.py
var launch string

// Options says where MiniStack runs and keeps its state.
type Options struct {
	Python    string // interpreter of the environment that holds MiniStack
	Dir       string // state, temporary files and the log live below it
	Port      int
	MailRelay string // host:port that gets every mail sent through SES; empty for none
	Forgets   bool   // keeps no state beyond its end
}

// Emulator is a running MiniStack.
type Emulator struct {
	Endpoint string // http://localhost:PORT
	LogFile  string

	cmd   *exec.Cmd
	stdin io.Closer
	done  chan struct{} // closed when the process has ended
	stop  sync.Once
}

// Start starts MiniStack on the state of its last clean stop and returns when
// it answers. It fails when the process ends before that or ctx is done.
func Start(ctx context.Context, o Options) (*Emulator, error) {
	tmp := filepath.Join(o.Dir, "tmp")
	if err := os.MkdirAll(tmp, 0o700); err != nil {
		return nil, fmt.Errorf("make the emulator's folder: %w", err)
	}
	e := &Emulator{
		Endpoint: "http://localhost:" + strconv.Itoa(o.Port),
		LogFile:  filepath.Join(o.Dir, "ministack.log"),
		done:     make(chan struct{}),
	}
	_ = os.Rename(e.LogFile, e.LogFile+".old") // there is none at the first start
	log, err := os.Create(e.LogFile)
	if err != nil {
		return nil, fmt.Errorf("open the emulator's log: %w", err)
	}
	defer log.Close() // the child keeps its own copy

	// Not CommandContext: an emulator that is killed loses its state, so the
	// way down is Stop.
	e.cmd = exec.Command(o.Python, "-c", launch) //nolint:noctx // ends by Stop
	e.cmd.Dir = o.Dir
	e.cmd.Env = environment(o, e.Endpoint, tmp)
	e.cmd.Stdout, e.cmd.Stderr = log, log
	e.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if e.stdin, err = e.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("connect to the emulator: %w", err)
	}
	if err := e.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start MiniStack: %w", err)
	}
	go func() {
		_ = e.cmd.Wait() // how it ended is told by its log
		close(e.done)
	}()
	if err := e.waitUntilHealthy(ctx); err != nil {
		e.Stop()
		return nil, err
	}
	return e, nil
}

// environment is short on purpose: the emulator hands all of it to every
// Lambda function, and a function must not find there what AWS would not give.
func environment(o Options, endpoint, tmp string) []string {
	keep := "1"
	if o.Forgets {
		keep = "0"
	}
	return []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + o.Dir,
		"TMPDIR=" + tmp,
		"LANG=C.UTF-8",
		"TZ=UTC",
		"PYTHONUNBUFFERED=1",
		"AUTH=true",
		"AWS_ACCESS_KEY_ID=" + AccessKey,
		"AWS_SECRET_ACCESS_KEY=" + SecretKey,
		"AWS_DEFAULT_REGION=" + Region,
		"AWS_ENDPOINT_URL=" + endpoint,
		"MINISTACK_REGION=" + Region,
		"GATEWAY_PORT=" + strconv.Itoa(o.Port),
		"BIND_HOST=127.0.0.1",
		"PERSIST_STATE=" + keep,
		"STATE_DIR=" + filepath.Join(o.Dir, "state"),
		"S3_PERSIST=" + keep,
		"S3_DATA_DIR=" + filepath.Join(o.Dir, "s3"),
		"SMTP_HOST=" + o.MailRelay,
		// Listeners on fixed ports that nothing here uses: two stacks must be
		// able to run side by side.
		"SFTP_ENABLED=0",
		"IOT_MTLS_ENABLED=0",
	}
}

func (e *Emulator) waitUntilHealthy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for {
		if Healthy(ctx, e.Endpoint) {
			return nil
		}
		select {
		case <-e.done:
			return fmt.Errorf("MiniStack ended while starting; its log is %s", e.LogFile)
		case <-ctx.Done():
			return fmt.Errorf("MiniStack did not answer at %s; its log is %s: %w", e.Endpoint, e.LogFile, ctx.Err())
		case <-poll.C:
		}
	}
}

// Healthy tells whether a MiniStack answers at the endpoint.
func Healthy(ctx context.Context, endpoint string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/_ministack/health", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// FreePort tells that a port of the loopback address is free, or finds one when
// number is 0.
func FreePort(ctx context.Context, number int) (int, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(number)))
	if err != nil {
		return 0, fmt.Errorf("look for a free port: %w", err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return 0, fmt.Errorf("look for a free port: %w", err)
	}
	number, err = strconv.Atoi(port)
	if err != nil {
		return 0, fmt.Errorf("look for a free port: %w", err)
	}
	return number, nil
}

// Done is closed when the process has ended, asked or not.
func (e *Emulator) Done() <-chan struct{} { return e.done }

// Stop ends MiniStack so that it saves its state, and everything it started.
// It returns when no process of the group is left. Calling it again is a no-op.
func (e *Emulator) Stop() {
	e.stop.Do(func() {
		group := e.cmd.Process.Pid
		_ = e.cmd.Process.Signal(syscall.SIGTERM) // an error means that it is gone
		select {
		case <-e.done:
		case <-time.After(20 * time.Second):
		}
		// The functions' processes, and an emulator that does not listen.
		if err := syscall.Kill(-group, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			_ = e.cmd.Process.Kill()
		}
		<-e.done
		_ = e.stdin.Close()
	})
}
