// Package deploy builds the product's template with sam build and deploys it
// with sam deploy to an emulator, skipping what has not changed. It is the same
// template, the same binaries and the same tool as in AWS; only the endpoint
// differs.
package deploy

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"go.yaml.in/yaml/v3"
)

// contentTag is the stack tag that holds the hash of what was deployed. It
// lives in the stack, so it tells the truth even when an emulator came back
// with an older state.
const contentTag = "Content"

// builds kept in the build folder: this one, and one that another process may
// be deploying.
const keepBuilds = 2

// uploadTries is how often a deploy is tried whose upload fails.
const uploadTries = 4

// Deployer builds and deploys one template.
type Deployer struct {
	SAM        string   // path of the sam command
	Root       string   // folder of template.yaml
	Dir        string   // the logs of sam
	Builds     string   // finished builds; may be shared by several stacks
	Env        []string // environment of sam: the emulator's address and credentials
	Client     *cloudformation.Client
	StackName  string
	Parameters map[string]string // those that the template does not declare are left out
	Progress   func(format string, args ...any)
}

// Result is a stack that stands.
type Result struct {
	Outputs map[string]string
	New     bool // the stack did not exist before
	Skipped bool // nothing had changed
}

// Deploy brings the stack to the state of the sources. Its error is one
// sentence that names the first resource that failed and why, and the log.
func (d *Deployer) Deploy(ctx context.Context) (Result, error) {
	source, err := sourceHash(d.Root)
	if err != nil {
		return Result{}, err
	}
	parameters, err := d.declaredParameters()
	if err != nil {
		return Result{}, err
	}
	content := parameterHash(source, parameters)
	before, err := d.describe(ctx)
	if err != nil {
		return Result{}, err
	}
	if stands(before) && tag(before) == content {
		d.Progress("Nothing has changed since the last deploy.")
		return Result{Outputs: outputs(before), Skipped: true}, nil
	}
	built, err := d.build(ctx, source, parameters)
	if err != nil {
		return Result{}, err
	}
	d.Progress("Deploying the stack %s ...", d.StackName)
	started := time.Now()
	if err := d.deploy(ctx, built, content, parameters); err != nil {
		return Result{}, d.explain(ctx, err, started)
	}
	after, err := d.describe(ctx)
	if err != nil {
		return Result{}, err
	}
	if !stands(after) {
		return Result{}, d.explain(ctx, errors.New("the stack is not complete"), started)
	}
	return Result{Outputs: outputs(after), New: before == nil}, nil
}

// build leaves a finished build in Builds/HASH and returns its template.
// Two processes may build at once; a lock makes the second use the first's.
func (d *Deployer) build(ctx context.Context, source string, parameters map[string]string) (string, error) {
	if err := os.MkdirAll(d.Builds, 0o755); err != nil {
		return "", fmt.Errorf("make the build folder: %w", err)
	}
	unlock, err := lock(filepath.Join(d.Builds, "lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	final := filepath.Join(d.Builds, source)
	template := filepath.Join(final, "template.yaml")
	if _, err := os.Stat(template); err == nil {
		return template, nil
	}
	d.Progress("Building the functions ...")
	unfinished := final + ".unfinished"
	if err := os.RemoveAll(unfinished); err != nil {
		return "", fmt.Errorf("clear an unfinished build: %w", err)
	}
	args := []string{
		"build", "--parallel", "--template-file", filepath.Join(d.Root, "template.yaml"), "--build-dir", unfinished,
	}
	// The architecture is one of them.
	if err := d.sam(ctx, "build", append(args, overrides(parameters)...)...); err != nil {
		return "", fmt.Errorf("the build failed: %w", err)
	}
	if err := os.Rename(unfinished, final); err != nil {
		return "", fmt.Errorf("finish the build: %w", err)
	}
	return template, dropOldBuilds(d.Builds)
}

func dropOldBuilds(builds string) error {
	entries, err := os.ReadDir(builds)
	if err != nil {
		return fmt.Errorf("list old builds: %w", err)
	}
	type build struct {
		path string
		at   time.Time
	}
	var all []build
	for _, e := range entries {
		if info, err := e.Info(); err == nil && e.IsDir() {
			all = append(all, build{filepath.Join(builds, e.Name()), info.ModTime()})
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].at.After(all[j].at) })
	for i, b := range all {
		if i < keepBuilds {
			continue
		}
		if err := os.RemoveAll(b.path); err != nil {
			return fmt.Errorf("remove an old build: %w", err)
		}
	}
	return nil
}

func (d *Deployer) deploy(ctx context.Context, template, content string, parameters map[string]string) error {
	args := []string{
		"deploy", "--template-file", template, "--stack-name", d.StackName,
		"--resolve-s3", "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND",
		"--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar",
		"--tags", contentTag + "=" + content,
	}
	// On a machine that is busy an upload may time out. What is uploaded is not
	// uploaded again, so another try only does the rest.
	var err error
	for range uploadTries {
		if err = d.sam(ctx, "deploy", append(args, overrides(parameters)...)...); err == nil || !strings.Contains(err.Error(), "Unable to upload artifact") {
			break
		}
	}
	return err
}

func overrides(parameters map[string]string) []string {
	if len(parameters) == 0 {
		return nil
	}
	args := []string{"--parameter-overrides"}
	for _, k := range sortedKeys(parameters) {
		args = append(args, "ParameterKey="+k+",ParameterValue="+parameters[k])
	}
	return args
}

// sam runs SAM CLI with its output in Dir/sam-NAME.log. The error is the last
// thing that SAM complained of.
func (d *Deployer) sam(ctx context.Context, name string, args ...string) error {
	path := filepath.Join(d.Dir, "sam-"+name+".log")
	log, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("open the log of sam %s: %w", name, err)
	}
	defer log.Close()
	cmd := exec.CommandContext(ctx, d.SAM, args...)
	cmd.Dir = d.Root
	// Without symbol tables a function is a third smaller to upload and to load;
	// without the commit in it, unchanged sources make unchanged binaries.
	cmd.Env = append(slices.Clone(d.Env), "GOFLAGS="+strings.TrimSpace(os.Getenv("GOFLAGS")+" -ldflags=-s -trimpath -buildvcs=false"))
	cmd.Stdout, cmd.Stderr = log, log
	// sam build starts compilers: they end with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	err = cmd.Run()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return fmt.Errorf("%s (the whole of it: %s)", complaint(path, err), path)
}

// complaint returns the line of a SAM log that says what went wrong, with what
// a compiler said on the next line.
func complaint(path string, err error) string {
	f, openErr := os.Open(path)
	if openErr != nil {
		return err.Error()
	}
	defer f.Close()
	said := err.Error()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if rest, ok := strings.CutPrefix(line, "Error: "); ok || strings.HasPrefix(line, "Build Failed") {
			said = rest
		} else if strings.Contains(line, ".go:") {
			return line
		}
	}
	return said
}

// declaredParameters keeps of the deployer's parameters what the template asks
// for.
func (d *Deployer) declaredParameters() (map[string]string, error) {
	text, err := os.ReadFile(filepath.Join(d.Root, "template.yaml"))
	if err != nil {
		return nil, fmt.Errorf("read the template: %w", err)
	}
	var template struct {
		Parameters map[string]yaml.Node `yaml:"Parameters"`
	}
	if err := yaml.Unmarshal(text, &template); err != nil {
		return nil, fmt.Errorf("read the template: %w", err)
	}
	declared := map[string]string{}
	for k, v := range d.Parameters {
		if _, ok := template.Parameters[k]; ok {
			declared[k] = v
		}
	}
	return declared, nil
}

// describe returns nil when there is no such stack.
func (d *Deployer) describe(ctx context.Context) (*types.Stack, error) {
	o, err := d.Client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &d.StackName})
	if err != nil {
		if strings.Contains(err.Error(), "does not exist") { // a plain ValidationError, as in AWS
			return nil, nil
		}
		return nil, fmt.Errorf("look for the stack %s: %w", d.StackName, err)
	}
	if len(o.Stacks) == 0 || o.Stacks[0].StackStatus == types.StackStatusDeleteComplete {
		return nil, nil
	}
	return &o.Stacks[0], nil
}

// explain turns a failed deploy into one sentence: the first resource that
// failed since started, down through nested stacks, and the reason given.
func (d *Deployer) explain(ctx context.Context, deployErr error, started time.Time) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	log := filepath.Join(d.Dir, "sam-deploy.log")
	resource, reason := d.firstFailure(ctx, d.StackName, started)
	if resource == "" {
		return fmt.Errorf("the deploy failed: %w", deployErr)
	}
	return fmt.Errorf("the deploy failed at %s: %s (the whole of it: %s)", resource, reason, log)
}

func (d *Deployer) firstFailure(ctx context.Context, stack string, started time.Time) (resource, reason string) {
	o, err := d.Client.DescribeStackEvents(ctx, &cloudformation.DescribeStackEventsInput{StackName: &stack})
	if err != nil {
		return "", ""
	}
	for i := len(o.StackEvents) - 1; i >= 0; i-- { // newest first in the answer
		e := o.StackEvents[i]
		if !strings.HasSuffix(string(e.ResourceStatus), "_FAILED") ||
			aws.ToTime(e.Timestamp).Before(started.Add(-time.Second)) ||
			strings.Contains(aws.ToString(e.ResourceStatusReason), "cancelled") {
			continue
		}
		inner := aws.ToString(e.PhysicalResourceId)
		if aws.ToString(e.ResourceType) == "AWS::CloudFormation::Stack" && inner != "" && inner != aws.ToString(e.StackId) {
			if resource, reason := d.firstFailure(ctx, inner, started); resource != "" {
				return resource, reason
			}
		}
		return aws.ToString(e.LogicalResourceId), aws.ToString(e.ResourceStatusReason)
	}
	return "", ""
}

func stands(s *types.Stack) bool {
	return s != nil && (s.StackStatus == types.StackStatusCreateComplete || s.StackStatus == types.StackStatusUpdateComplete)
}

func tag(s *types.Stack) string {
	for _, t := range s.Tags {
		if aws.ToString(t.Key) == contentTag {
			return aws.ToString(t.Value)
		}
	}
	return ""
}

func outputs(s *types.Stack) map[string]string {
	m := make(map[string]string, len(s.Outputs))
	for _, o := range s.Outputs {
		m[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	return m
}

// Architecture is this machine's, in Lambda's words: the emulator runs the
// functions as local processes.
func Architecture() string {
	if runtime.GOARCH == "arm64" {
		return "arm64"
	}
	return "x86_64"
}

// lock waits for an exclusive lock on a file, which goes when the process does.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("wait for the lock: %w", err)
	}
	return func() { f.Close() }, nil
}
