// Package stack runs the whole product on one machine: the emulator with IAM
// enforced, the deployed template, one web address, SMTP in, and a mailbox for
// what is sent. The command infra/local shows it to people; end-to-end tests
// and the demonstration use it as their harness, beside it, on ports of their
// own. Start it once per test process: a first deploy takes half a minute.
package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/emersion/go-smtp"

	"github.com/allclaims/rightsdesk/infra/local/deploy"
	"github.com/allclaims/rightsdesk/infra/local/edge"
	"github.com/allclaims/rightsdesk/infra/local/emulator"
	"github.com/allclaims/rightsdesk/infra/local/mailbox"
	"github.com/allclaims/rightsdesk/infra/local/receipt"
	"github.com/allclaims/rightsdesk/infra/local/scanner"
)

// Outputs of the stack that the local stack itself reads, beside those of
// edge.Routes.
const (
	outputMailBucket    = "MailBucket"
	outputDossierBucket = "DossierBucket"
	outputMailin        = "MailinFunction"
	outputSealBucket    = "SealBucket"
)

// Options says where a stack runs. The zero value is a stack of the product on
// free ports, with its state in .local.
type Options struct {
	Root     string // folder of template.yaml; the module's when empty
	Dir      string // state, logs and sent mail; ROOT/.local when empty
	Endpoint string // of an emulator that runs already; empty starts MiniStack

	// Ports; 0 takes a free one.
	EmulatorPort, HTTPPort, SMTPPort int

	Name       string            // of the CloudFormation stack; "rightsdesk" when empty
	Domain     string            // whose mail is taken; "allclaims.nl" when empty
	Parameters map[string]string // of the template, beside Stage, Architecture, BaseUrl and Endpoint

	// Prepare puts into the emulator what the template's parameters name, before
	// the deploy, and gives these parameters; nil = nothing.
	Prepare func(ctx context.Context, cfg aws.Config) (map[string]string, error)

	// Loopback delivers mail that the stack sends to its own domain, as the
	// office mailbox that redirects to SES does in real life.
	Loopback bool

	Now      func() time.Time                 // time.Now when nil
	Progress func(format string, args ...any) // told what is going on; may be nil
}

// Stack is the product, running.
type Stack struct {
	Endpoint string // of the emulator
	BaseURL  string // http://localhost:PORT, without a slash at the end
	SMTPAddr string // localhost:PORT
	Outputs  map[string]string
	Mailbox  *mailbox.Box
	Config   aws.Config // administrator's access to the emulator
	New      bool       // the stack did not exist before this start

	emulator *emulator.Emulator // nil when it runs elsewhere
	closers  []func()           // in the order of opening
	stop     sync.Once
}

// PortError says that another program holds a port that the stack needs.
type PortError struct {
	Port int
	Use  string // what the port is for
	Flag string // of the command, to choose another
}

func (e *PortError) Error() string {
	return fmt.Sprintf("port %d, for %s, is taken: stop the program that holds it or choose another port with -%s",
		e.Port, e.Use, e.Flag)
}

// Start brings the stack up and returns when every address answers. When it
// fails, nothing is left running and the error is one sentence.
func Start(ctx context.Context, o Options) (_ *Stack, err error) {
	if o, err = o.withDefaults(); err != nil {
		return nil, err
	}
	s := &Stack{}
	defer func() {
		if err != nil {
			s.Stop()
		}
	}()
	web, err := s.listen(ctx, o.HTTPPort, "the web pages", "http")
	if err != nil {
		return nil, err
	}
	mail, err := s.listen(ctx, o.SMTPPort, "incoming mail", "smtp")
	if err != nil {
		return nil, err
	}
	s.BaseURL = "http://localhost:" + port(web)
	s.SMTPAddr = "localhost:" + port(mail)
	if s.Mailbox, err = mailbox.Open(filepath.Join(o.Dir, "mail")); err != nil {
		return nil, err
	}
	localStack, err := s.reachEmulator(ctx, o)
	if err != nil {
		return nil, err
	}
	s.Config = access(s.Endpoint)
	if s.emulator == nil {
		o.Progress("Looking whether the emulator has all that is needed ...")
		if err := complete(ctx, s.Config); err != nil {
			return nil, err
		}
	}
	if err := s.deploy(ctx, o); err != nil {
		return nil, err
	}
	if err := s.serve(web, localStack); err != nil {
		return nil, err
	}
	s.takeMail(o, mail)
	return s, nil
}

func (o Options) withDefaults() (Options, error) {
	if o.Root == "" {
		root, err := moduleRoot()
		if err != nil {
			return o, err
		}
		o.Root = root
	}
	for _, d := range []struct {
		to    *string
		value string
	}{{&o.Dir, filepath.Join(o.Root, ".local")}, {&o.Name, "rightsdesk"}, {&o.Domain, "allclaims.nl"}} {
		if *d.to == "" {
			*d.to = d.value
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Progress == nil {
		o.Progress = func(string, ...any) {}
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return o, fmt.Errorf("make the stack's folder: %w", err)
	}
	return o, nil
}

// moduleRoot is the nearest folder above the working one that holds go.mod:
// tests run in the folder of their package.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("it must be started inside its source tree")
		}
		dir = parent
	}
}

// listen opens a port on the loopback address: the stack is nobody else's.
func (s *Stack) listen(ctx context.Context, number int, use, flag string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(number)))
	if err != nil {
		return nil, &PortError{Port: number, Use: use, Flag: flag}
	}
	s.onStop(func() { l.Close() })
	return l, nil
}

func port(l net.Listener) string {
	_, p, _ := net.SplitHostPort(l.Addr().String())
	return p
}

// reachEmulator starts MiniStack, or finds out what runs at the endpoint given.
func (s *Stack) reachEmulator(ctx context.Context, o Options) (localStack bool, err error) {
	if o.Endpoint != "" {
		s.Endpoint = strings.TrimSuffix(o.Endpoint, "/")
		if u, err := url.Parse(s.Endpoint); err != nil || u.Host == "" || strings.HasSuffix(u.Hostname(), ".amazonaws.com") {
			return false, fmt.Errorf("%q is not the address of an emulator", o.Endpoint)
		}
		if emulator.Healthy(ctx, s.Endpoint) {
			return false, nil
		}
		if answers(ctx, s.Endpoint+"/_localstack/health") {
			return true, nil
		}
		return false, fmt.Errorf("no emulator answers at %s: start LocalStack or MiniStack there first", s.Endpoint)
	}
	python, err := tool("ministack/bin/python")
	if err != nil {
		return false, err
	}
	relay, err := s.listen(ctx, 0, "", "")
	if err != nil {
		return false, err
	}
	outgoing := s.Mailbox.Server(o.Now)
	s.serveMail(outgoing, relay)
	number, err := emulator.FreePort(ctx, o.EmulatorPort)
	if err != nil {
		return false, &PortError{Port: o.EmulatorPort, Use: "the emulator", Flag: "emulator"}
	}
	o.Progress("Starting MiniStack ...")
	s.emulator, err = emulator.Start(ctx, emulator.Options{
		Python: python, Dir: o.Dir, Port: number, MailRelay: relay.Addr().String(),
	})
	if err != nil {
		return false, err
	}
	s.onStop(s.emulator.Stop)
	s.Endpoint = s.emulator.Endpoint
	return false, nil
}

// access is an administrator's, to the emulator and nothing else.
func access(endpoint string) aws.Config {
	return aws.Config{
		Region:       emulator.Region,
		Credentials:  credentials.NewStaticCredentialsProvider(emulator.AccessKey, emulator.SecretKey, ""),
		BaseEndpoint: &endpoint,
	}
}

// tool finds a program of the Python environments that make installs.
func tool(name string) (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	path := filepath.Join(root, ".venv", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		return "", errors.New("its tools are not installed: run make run or make test once")
	}
	return path, nil
}

func answers(ctx context.Context, address string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
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

func (s *Stack) deploy(ctx context.Context, o Options) error {
	sam, err := tool("sam/bin/sam")
	if err != nil {
		return err
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	parameters := map[string]string{
		"Stage":        "local",
		"Architecture": deploy.Architecture(),
		"BaseUrl":      s.BaseURL,
		"Endpoint":     s.Endpoint,
	}
	for k, v := range o.Parameters {
		parameters[k] = v
	}
	if o.Prepare != nil {
		prepared, err := o.Prepare(ctx, s.Config)
		if err != nil {
			return fmt.Errorf("prepare the deploy: %w", err)
		}
		for k, v := range prepared {
			parameters[k] = v
		}
	}
	d := &deploy.Deployer{
		SAM: sam, Root: o.Root, Dir: o.Dir, Builds: filepath.Join(root, ".local", "build"),
		Env: samEnvironment(s.Endpoint, o.Dir), Client: cloudformation.NewFromConfig(s.Config),
		StackName: o.Name, Parameters: parameters, Progress: o.Progress,
	}
	r, err := d.Deploy(ctx)
	if err != nil {
		return err
	}
	s.Outputs, s.New = r.Outputs, r.New
	if r.New { // mail of a stack that is gone
		if err := s.Mailbox.Clear(); err != nil {
			return err
		}
	}
	return s.lockSeal(ctx)
}

// samEnvironment is the caller's, with nothing in it that could lead to a real
// account.
func samEnvironment(endpoint, dir string) []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "AWS_") {
			env = append(env, kv)
		}
	}
	return append(env,
		"AWS_ENDPOINT_URL="+endpoint,
		"AWS_ACCESS_KEY_ID="+emulator.AccessKey,
		"AWS_SECRET_ACCESS_KEY="+emulator.SecretKey,
		"AWS_DEFAULT_REGION="+emulator.Region,
		"AWS_CONFIG_FILE="+os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE="+os.DevNull,
		"SAM_CLI_TELEMETRY=0",
		"__SAM_CLI_APP_DIR="+filepath.Join(dir, "sam"),
	)
}

// lockSeal gives the bucket of ledger roots the Object Lock that the template
// asks for: MiniStack's CloudFormation leaves it out.
func (s *Stack) lockSeal(ctx context.Context) error {
	bucket := s.Outputs[outputSealBucket]
	if bucket == "" || s.emulator == nil {
		return nil
	}
	_, err := s.S3().PutObjectLockConfiguration(ctx, &s3.PutObjectLockConfigurationInput{
		Bucket: &bucket,
		ObjectLockConfiguration: &types.ObjectLockConfiguration{
			ObjectLockEnabled: types.ObjectLockEnabledEnabled,
			Rule: &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{
				Mode: types.ObjectLockRetentionModeGovernance, Days: aws.Int32(1),
			}},
		},
	})
	if err != nil {
		return fmt.Errorf("lock the bucket %s: %w", bucket, err)
	}
	return nil
}

// S3 returns a client with path-style addresses, which emulators need.
func (s *Stack) S3() *s3.Client {
	return s3.NewFromConfig(s.Config, func(o *s3.Options) { o.UsePathStyle = true })
}

// takeMail serves SMTP, if the stack has a mail bucket and a function that reads
// it; otherwise nothing listens.
func (s *Stack) takeMail(o Options, l net.Listener) {
	if s.Outputs[outputMailBucket] == "" || s.Outputs[outputMailin] == "" {
		l.Close()
		return
	}
	r := &receipt.Receiver{
		Domain: o.Domain, Store: s.S3(), Bucket: s.Outputs[outputMailBucket],
		Lambda: lambda.NewFromConfig(s.Config), Function: s.Outputs[outputMailin],
		Now: o.Now, Problem: func(err error) { o.Progress("%v", err) },
	}
	s.serveMail(r.Server(), l)
	if o.Loopback {
		s.Mailbox.OnMail(func(m mailbox.Message) { loopBack(r, m) })
	}
}

// loopBack receives what was sent to our own domain. A failure is told by the
// receiver.
func loopBack(r *receipt.Receiver, m mailbox.Message) {
	var ours []string
	for _, to := range m.To {
		if r.Accepts(to) {
			ours = append(ours, to)
		}
	}
	if len(ours) == 0 || len(m.Raw) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err := r.Receive(ctx, receipt.Message{
		From: m.Sender, To: ours, Helo: "eu-central-1.amazonses.com", Raw: m.Raw,
	})
	if err != nil {
		r.Problem(err)
	}
}

func (s *Stack) serve(web net.Listener, localStack bool) error {
	suffix, err := edge.HostSuffix(s.Endpoint, localStack)
	if err != nil {
		return err
	}
	apis, err := (&edge.Edge{Endpoint: s.Endpoint, HostSuffix: suffix, Outputs: s.Outputs}).Handler()
	if err != nil {
		return err
	}
	mails := s.Mailbox.Handler()
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/mail" || r.URL.Path == "/mail.json" || strings.HasPrefix(r.URL.Path, "/mail/") {
				mails.ServeHTTP(w, r)
				return
			}
			apis.ServeHTTP(w, r)
		}),
		ReadHeaderTimeout: 10 * time.Second,
	}
	s.onStop(func() { server.Close() })
	go func() { _ = server.Serve(web) }() // ends by Close
	polling, cancel := context.WithCancel(context.Background())
	s.onStop(cancel)
	if bucket := s.Outputs[outputDossierBucket]; bucket != "" {
		go (&scanner.Scanner{Store: s.S3(), Bucket: bucket}).Run(polling, time.Second)
	}
	if s.emulator == nil {
		go s.Mailbox.Poll(polling, s.Endpoint, localStack, time.Second)
	}
	return nil
}

func (s *Stack) serveMail(server *smtp.Server, l net.Listener) {
	s.onStop(func() { server.Close() })
	go func() { _ = server.Serve(l) }() // ends by Close
}

// Ended is closed when the emulator is gone, asked or not. It is nil, and
// never ready, when the emulator runs elsewhere.
func (s *Stack) Ended() <-chan struct{} {
	if s.emulator == nil {
		return nil
	}
	return s.emulator.Done()
}

func (s *Stack) onStop(f func()) { s.closers = append(s.closers, f) }

// Stop ends everything that Start began and returns when no process is left.
// Calling it again is a no-op.
func (s *Stack) Stop() {
	s.stop.Do(func() {
		for i := len(s.closers) - 1; i >= 0; i-- {
			s.closers[i]()
		}
	})
}
