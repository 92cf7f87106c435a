package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// rounds is how often each function is started; the middle one counts.
	rounds = 11
	// patience is how long a function may take to its first poll.
	patience = 20 * time.Second
)

// benchStart starts each function as Lambda does, in turn with the empty one,
// so that both meet the same noise.
func benchStart(ctx context.Context, r *reporter) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return fmt.Errorf("make a folder for the binaries: %w", err)
	}
	defer os.RemoveAll(dir)
	// As sam build does; one call, so that the packages are compiled once.
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", dir+"/", "./functions/...", "./infra/bench/empty")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the functions: %w\n%s", err, out)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("list the binaries: %w", err)
	}
	for _, e := range entries {
		if e.Name() == "empty" {
			continue
		}
		if err := compareStart(ctx, r, dir, e.Name()); err != nil {
			return fmt.Errorf("start %s: %w", e.Name(), err)
		}
	}
	return nil
}

func compareStart(ctx context.Context, r *reporter, dir, name string) error {
	var took, baseline []time.Duration
	var memory, baselineMemory []int64
	for range rounds {
		d, m, err := startOnce(ctx, filepath.Join(dir, name))
		if err != nil {
			return err
		}
		bd, bm, err := startOnce(ctx, filepath.Join(dir, "empty"))
		if err != nil {
			return err
		}
		took, baseline = append(took, d), append(baseline, bd)
		memory, baselineMemory = append(memory, m), append(baselineMemory, bm)
	}
	size, baselineSize := fileSize(filepath.Join(dir, name)), fileSize(filepath.Join(dir, "empty"))
	ms, base := middle(took).Seconds()*1000, middle(baseline).Seconds()*1000
	return r.line("start", result{
		"function": name, "startMs": round(ms), "baselineMs": round(base), "ratio": round(ms / base),
		"peakKiB": middle(memory), "baselineKiB": middle(baselineMemory), "memoryRatio": round(float64(middle(memory)) / float64(middle(baselineMemory))),
		"binaryBytes": size, "baselineBytes": baselineSize, "binaryRatio": round(float64(size) / float64(baselineSize)),
	})
}

// startOnce starts a binary beside a Lambda runtime that has no event for it,
// and measures the time to its first poll and its peak memory by then (KiB).
func startOnce(ctx context.Context, binary string) (time.Duration, int64, error) {
	polled := make(chan time.Time, 1)
	runtime, err := serveRuntime(ctx, polled)
	if err != nil {
		return 0, 0, err
	}
	defer runtime.Close()

	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, binary)
	cmd.Env = environment(runtime.Addr)
	cmd.Stdout, cmd.Stderr = &said, &said
	from := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, fmt.Errorf("start %s: %w", binary, err)
	}
	var end error
	ended := make(chan struct{})
	go func() {
		end = cmd.Wait()
		close(ended)
	}()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case at := <-polled:
		peak, err := peakKiB(strconv.Itoa(cmd.Process.Pid))
		_ = cmd.Process.Kill()
		<-ended // killed: how it ended says nothing
		return at.Sub(from), peak, err
	case <-ended:
		return 0, 0, fmt.Errorf("%s ended before its first poll: %w\n%s", filepath.Base(binary), end, said.Bytes())
	case <-late.C:
		_ = cmd.Process.Kill()
		<-ended
		return 0, 0, fmt.Errorf("%s did not poll within %s\n%s", filepath.Base(binary), patience, said.Bytes())
	}
}

// peakKiB reads the peak memory of a process. Not rusage: what exec replaced,
// a copy of this program, counts there.
func peakKiB(pid string) (int64, error) {
	status, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		return 0, fmt.Errorf("read the memory of a process: %w", err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			var kib int64
			if _, err := fmt.Sscan(rest, &kib); err != nil {
				return 0, fmt.Errorf("read the memory of a process: %w", err)
			}
			return kib, nil
		}
	}
	return 0, errors.New("this system does not tell the memory of a process")
}

// runtimeServer is the Lambda Runtime API as far as a function without work sees it.
type runtimeServer struct {
	Addr   string
	server *http.Server
}

func (s *runtimeServer) Close() { _ = s.server.Close() }

func serveRuntime(ctx context.Context, polled chan<- time.Time) (*runtimeServer, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen as the Lambda runtime: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(_ http.ResponseWriter, req *http.Request) {
		select {
		case polled <- time.Now():
		default:
		}
		<-req.Context().Done() // no event ever comes
	})
	s := &http.Server{Handler: mux, ReadHeaderTimeout: patience}
	go func() { _ = s.Serve(l) }()
	return &runtimeServer{Addr: l.Addr().String(), server: s}, nil
}

// environment is what a function finds in Lambda, with settings that name
// nothing real: a start that called AWS would fail here, and ought to.
func environment(runtime string) []string {
	env := []string{
		"AWS_LAMBDA_RUNTIME_API=" + runtime, "AWS_LAMBDA_FUNCTION_NAME=bench", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256",
		"AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_LAMBDA_LOG_LEVEL=INFO", "_LAMBDA_SERVER_PORT=",
		"AWS_REGION=eu-central-1", "AWS_ACCESS_KEY_ID=none", "AWS_SECRET_ACCESS_KEY=none", "AWS_ENDPOINT_URL=http://127.0.0.1:9",
		"PATH=" + os.Getenv("PATH"), "TZ=UTC",
		// On the local stage the desk's secret is a setting; in AWS its start reads it
		// from Secrets Manager, one call more.
		"STAGE=local", "BASE_URL=https://rights.allclaims.example", "DESK_URL=https://desk.allclaims.example", "CLIENT_URL=https://client.allclaims.example",
		"MAIL_FROM=info@allclaims.example", "OWN_DOMAINS=allclaims.example", "CONFIGURATION_SET=rights",
		"HOUSE_NAME=All Claims", "HOUSE_ADDRESS=Voorbeeldstraat 1, 1234 AB Utrecht", "HOUSE_EMAIL=info@allclaims.example", "HOUSE_PHONE=030 123 45 67", "STATEMENT_VERSION=2026-01",
		"COOL_OFF=336h", "DISCLOSURE_WAIT=72h", "CHANNEL_AGE_DAYS=30", "LINK_DAYS=14", "POST_FUNCTION=post",
		"OIDC_ISSUER=https://sign-in.allclaims.example", "OIDC_CLIENT_ID=desk", "OIDC_CLIENT_SECRET=none",
	}
	for _, name := range []string{"REQUESTS_TABLE", "PROOFS_TABLE", "LEDGER_TABLE", "REGISTERS_TABLE",
		"MAIL_BUCKET", "DOSSIER_BUCKET", "WORK_BUCKET", "VAULT_BUCKET", "SEAL_BUCKET",
		"SYSTEM_RELATIONS", "SYSTEM_INVOICES", "SYSTEM_NEWSLETTER", "SYSTEM_COLLECTION", "SYSTEM_RECORDINGS", "SYSTEM_WEBLOG"} {
		env = append(env, name+"=none")
	}
	for _, name := range []string{"DATA_KEY", "HMAC_KEY"} {
		env = append(env, name+"=arn:aws:kms:eu-central-1:000000000000:key/none")
	}
	for _, name := range []string{"REQUEST_MACHINE", "CONTROLLER_MACHINE", "PROCESSOR_MACHINE"} {
		env = append(env, name+"=arn:aws:states:eu-central-1:000000000000:stateMachine:none")
	}
	return env
}

func middle[T int64 | time.Duration](of []T) T {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}

func fileSize(name string) int64 {
	info, err := os.Stat(name)
	if err != nil {
		return 0
	}
	return info.Size()
}
