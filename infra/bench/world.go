package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	awsses "github.com/aws/aws-sdk-go-v2/service/ses"
	awssfn "github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/allclaims/rightsdesk/infra/demo"
	"github.com/allclaims/rightsdesk/infra/local/emulator"
	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/cloud"
	"github.com/allclaims/rightsdesk/shared/engine/asl"
	"github.com/allclaims/rightsdesk/shared/engine/sfn"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/intake"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/post/ses"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/store/dynamo"
	"github.com/allclaims/rightsdesk/shared/vault/s3"
	"github.com/allclaims/rightsdesk/workflows"
)

// startEmulator starts an AWS emulator of its own, in a folder that goes with it.
func startEmulator(ctx context.Context) (cfg aws.Config, stop func(), err error) {
	python, err := filepath.Abs(".venv/ministack/bin/python")
	if err != nil {
		return cfg, nil, fmt.Errorf("find the emulator: %w", err)
	}
	if _, err := os.Stat(python); err != nil {
		return cfg, nil, errors.New("the emulator is missing: run `make .venv/ministack/.stamp`")
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return cfg, nil, fmt.Errorf("make a folder for the emulator: %w", err)
	}
	port, err := emulator.FreePort(ctx, 0)
	if err != nil {
		return cfg, nil, err
	}
	e, err := emulator.Start(ctx, emulator.Options{Python: python, Dir: dir, Port: port})
	if err != nil {
		return cfg, nil, err
	}
	return aws.Config{
			Region: emulator.Region, BaseEndpoint: aws.String(e.Endpoint),
			Credentials: credentials.NewStaticCredentialsProvider(emulator.AccessKey, emulator.SecretKey, ""),
		}, func() {
			e.Stop()
			_ = os.RemoveAll(dir)
		}, nil
}

// world is the desk on the emulator's tables, buckets and keys, with the
// adapters of production. Step Functions, Lambda and SES are played here, so
// that time can jump and every call is counted; the systems are in memory, for
// theirs are not calls of the desk's own account.
type world struct {
	count  *counter
	clock  *asl.ManualClock
	runner *asl.Runner
	cases  *casework.Cases
	prover *identity.Prover
	sender *post.Sender
	serve  func(context.Context, post.Call) error
	// nudged are the calls of post that wait.
	nudged []post.Call
	// drawn is the code that was sent last.
	drawn string
}

func newWorld(ctx context.Context, cfg aws.Config) (*world, error) {
	w := &world{count: &counter{}, clock: asl.NewClock(time.Date(2026, time.November, 16, 8, 0, 0, 0, time.UTC))}
	cfg = cfg.Copy()
	w.count.watch(&cfg)
	db := dynamodb.NewFromConfig(cfg)
	names := dynamo.NamesOf("requests", "proofs", "ledger", "registers")
	if err := dynamo.CreateTables(ctx, db, names); err != nil {
		return nil, fmt.Errorf("make the tables: %w", err)
	}
	store := &dynamo.Store{DynamoDB: db, Names: names, Now: w.clock.Now}
	objects := awss3.NewFromConfig(cfg, func(o *awss3.Options) { o.UsePathStyle = true })
	buckets := map[string]*s3.Bucket{}
	for _, name := range []string{"mail", "dossier", "work", "vault", "seal"} {
		_, err := objects.CreateBucket(ctx, &awss3.CreateBucketInput{
			Bucket: aws.String("bench-" + name), CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(cfg.Region)},
		})
		if err != nil {
			return nil, fmt.Errorf("make bucket %s: %w", name, err)
		}
		buckets[name] = &s3.Bucket{Client: objects, Presigner: awss3.NewPresignClient(objects), Name: "bench-" + name}
	}
	kmsClient := kms.NewFromConfig(cfg)
	key, err := kmsClient.CreateKey(ctx, &kms.CreateKeyInput{KeySpec: kmstypes.KeySpecHmac256, KeyUsage: kmstypes.KeyUsageTypeGenerateVerifyMac})
	if err != nil {
		return nil, fmt.Errorf("make the key of identifiers: %w", err)
	}
	keys := &cloud.Keys{KMS: kmsClient, KeyID: aws.ToString(key.KeyMetadata.KeyId)}
	nudge := &cloud.Nudge{Lambda: invoker{w}, Function: "post"}
	w.prover = &identity.Prover{Store: store, Now: w.clock.Now, Random: rand.Reader, Send: nudge.Session}
	house := letters.SampleHouse()
	w.cases = &casework.Cases{
		Store: store, Finder: store, Lists: store, Letters: store, Outbox: store, Heads: store, Closed: store, Ledger: store, Registers: store,
		Engine:  &sfn.Engine{Client: states{w}, Machines: map[string]string{"request": "request", "controller": "controller", "processor": "processor"}},
		Systems: demo.World(), Keys: keys, Nudge: nudge,
		Raw: buckets["mail"], Work: buckets["work"], Dossier: buckets["dossier"], Roots: buckets["seal"], Packages: buckets["vault"],
		Prover: w.prover, Reader: intake.Options{OwnAddresses: []string{house.Email}}, House: house, Waits: casework.DefaultWaits,
		Now: w.clock.Now, Random: rand.Reader,
	}
	w.sender = &post.Sender{
		Outbox: store, Codes: tap{w}, Dossier: buckets["dossier"], Transport: &ses.Transport{Client: mailer{w}, ConfigurationSet: "rights"},
		Render: letters.Render, House: house, From: house.Email,
		Breaker: &post.Breaker{Meter: store, Key: w.cases.Keys.Key, Now: w.clock.Now, Log: slog.New(slog.DiscardHandler)},
		Leave:   w.cases.Leave, Undelivered: w.cases.Failed, Now: w.clock.Now, Log: slog.New(slog.DiscardHandler),
	}
	w.serve = w.sender.Serve(w.cases.SendCodes)
	for _, c := range demo.Clients() {
		k, err := register.KeysOf(ctx, c, keys.Key)
		if err != nil {
			return nil, err
		}
		if err := store.PutClient(ctx, c, k); err != nil {
			return nil, fmt.Errorf("put client %s: %w", c.ID, err)
		}
	}
	if err := w.machines(); err != nil {
		return nil, err
	}
	w.count.take()
	return w, nil
}

var placeholder = regexp.MustCompile(`\$\{(([A-Za-z]+)(?:Function|Machine)Arn)\}`)

// machines loads the workflows that ship over the real steps.
func (w *world) machines() error {
	w.runner = &asl.Runner{Machines: map[string]*asl.Machine{}, Functions: map[string]asl.Function{}, Clock: w.clock}
	for _, name := range workflows.Names {
		definition, err := fs.ReadFile(workflows.Files, name+".asl.json")
		if err != nil {
			return fmt.Errorf("read machine %s: %w", name, err)
		}
		fill := map[string]string{"Partition": "aws"}
		for _, m := range placeholder.FindAllStringSubmatch(string(definition), -1) {
			fill[m[1]] = strings.ToLower(m[2])
		}
		if w.runner.Machines[name], err = asl.Parse(name, definition, fill); err != nil {
			return err
		}
	}
	c := w.cases
	for name, step := range map[string]func(context.Context, casework.Input) (casework.Output, error){
		"acknowledge": c.Acknowledge, "triage": c.Triage, "identify": c.Identify, "prove": c.Prove, "scope": c.Scope,
		"collect": c.Collect, "plan": c.Plan, "decide": c.Decide, "hold": c.Hold, "seal": c.Seal, "stop": c.Stop, "erase": c.Erase,
		"notify": c.Notify, "answer": c.Answer, "close": c.Close, "forward": c.Forward, "instruct": c.Instruct,
		"carryout": c.CarryOut, "amend": c.Amend, "report": c.Report, "escalate": c.Escalate,
	} {
		w.runner.Functions[name] = func(ctx context.Context, raw json.RawMessage) (json.RawMessage, error) {
			w.count.call("Lambda.Step")
			var in casework.Input
			if err := json.Unmarshal(raw, &in); err != nil {
				return nil, fmt.Errorf("read the input of %s: %w", name, err)
			}
			out, err := step(ctx, in)
			if err != nil {
				return nil, err
			}
			return json.Marshal(out)
		}
	}
	return w.runner.Check()
}

// settle lets happen what happens by itself: steps run, mail goes out.
func (w *world) settle(ctx context.Context) error {
	for {
		w.runner.Settle(ctx)
		if len(w.nudged) == 0 {
			return w.healthy()
		}
		calls := w.nudged
		w.nudged = nil
		for _, c := range calls {
			w.count.call("Lambda.Post")
			if err := w.serve(ctx, c); err != nil {
				return fmt.Errorf("send mail: %w", err)
			}
		}
	}
}

// healthy refuses a road on which an execution failed: its numbers would be of
// another road.
func (w *world) healthy() error {
	for _, e := range w.runner.Executions() {
		if e.Status != asl.Running && e.Status != asl.Succeeded {
			return fmt.Errorf("execution %s of %s is %s: %s %s; path %v", e.ID, e.Machine, e.Status, e.Error, e.Cause, w.runner.Path(e.ID))
		}
	}
	return nil
}

// pass moves the clock and lets wake do what became due, once.
func (w *world) pass(ctx context.Context, d time.Duration) error {
	w.runner.Advance(ctx, d)
	w.count.call("Lambda.Wake")
	if _, err := w.cases.Wake(ctx); err != nil {
		return fmt.Errorf("wake: %w", err)
	}
	return w.settle(ctx)
}

// transitions counts the state transitions of all executions so far.
func (w *world) transitions() int {
	n := 0
	for _, e := range w.runner.Executions() {
		for _, event := range e.History {
			if strings.HasSuffix(event.Type, "StateEntered") {
				n++
			}
		}
	}
	return n
}

// invoker is Lambda: post is started and runs by and by.
type invoker struct{ w *world }

// Invoke is cloud.Invoker's.
func (i invoker) Invoke(_ context.Context, in *lambda.InvokeInput, _ ...func(*lambda.Options)) (*lambda.InvokeOutput, error) {
	var c post.Call
	if err := json.Unmarshal(in.Payload, &c); err != nil {
		return nil, fmt.Errorf("read the call of %s: %w", aws.ToString(in.FunctionName), err)
	}
	i.w.nudged = append(i.w.nudged, c)
	return &lambda.InvokeOutput{}, nil
}

// states is Step Functions.
type states struct{ w *world }

// StartExecution is sfn.API's.
func (s states) StartExecution(ctx context.Context, in *awssfn.StartExecutionInput, _ ...func(*awssfn.Options)) (*awssfn.StartExecutionOutput, error) {
	s.w.count.call("SFN.StartExecution")
	_, err := s.w.runner.Start(ctx, aws.ToString(in.StateMachineArn), aws.ToString(in.Name), json.RawMessage(aws.ToString(in.Input)))
	if errors.Is(err, asl.ErrExecutionAlreadyExists) {
		return nil, &sfntypes.ExecutionAlreadyExists{}
	}
	return &awssfn.StartExecutionOutput{}, err
}

// SendTaskSuccess is sfn.API's.
func (s states) SendTaskSuccess(ctx context.Context, in *awssfn.SendTaskSuccessInput, _ ...func(*awssfn.Options)) (*awssfn.SendTaskSuccessOutput, error) {
	s.w.count.call("SFN.SendTaskSuccess")
	err := s.w.runner.SendTaskSuccess(ctx, aws.ToString(in.TaskToken), json.RawMessage(aws.ToString(in.Output)))
	if asl.Gone(err) {
		return nil, &sfntypes.TaskTimedOut{}
	}
	return &awssfn.SendTaskSuccessOutput{}, err
}

// mailer is SES.
type mailer struct{ w *world }

// SendRawEmail is ses.API's.
func (m mailer) SendRawEmail(context.Context, *awsses.SendRawEmailInput, ...func(*awsses.Options)) (*awsses.SendRawEmailOutput, error) {
	m.w.count.call("SES.SendRawEmail")
	return &awsses.SendRawEmailOutput{MessageId: aws.String(rand.Text())}, nil
}

// tap reads the codes on their way to the mail, as the person does.
type tap struct{ w *world }

// Draw is post.Codes'.
func (t tap) Draw(ctx context.Context, session, channel string) (string, error) {
	code, err := t.w.prover.Draw(ctx, session, channel)
	if err == nil {
		t.w.drawn = code
	}
	return code, err
}
