// Package e2e holds the end-to-end test: the demonstration on a whole local
// stack, and after it everything that must hold whatever was played: no
// personal value outside the places made for it, a ledger that verifies, no
// dead letter, no more tries than allowed, and pages that anybody can use.
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"golang.org/x/sync/errgroup"

	"github.com/allclaims/rightsdesk/infra/demo"
	"github.com/allclaims/rightsdesk/infra/demo/cases"
	"github.com/allclaims/rightsdesk/infra/local/mailbox"
	"github.com/allclaims/rightsdesk/infra/local/stack"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/pages/pagestest"
	"github.com/allclaims/rightsdesk/shared/store"
	"github.com/allclaims/rightsdesk/shared/store/dynamo"
)

func TestDemonstration(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and deploys the whole stack")
	}
	began := time.Now()
	say := func(format string, args ...any) {
		t.Logf("%5.1f s  %s", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
	}
	dir := t.TempDir()
	machine, err := cases.NewMachine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(machine.Close)
	s, err := stack.Start(t.Context(), stack.Options{Dir: dir, Loopback: true, Progress: say, Parameters: machine.Parameters()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Stop()
		if log, err := os.ReadFile(filepath.Join(dir, "ministack.log")); t.Failed() && err == nil {
			t.Logf("the emulator's log ends:\n%s", log[max(0, len(log)-8000):])
		}
	})
	if err := demo.Fill(t.Context(), s.Config, s.Outputs); err != nil {
		t.Fatal(err)
	}
	p := cases.New(s, say)
	p.Machine = machine
	if err := p.Run(t.Context()); err != nil {
		t.Errorf("%d outcomes were checked; not as they must be:\n%v", p.Checked(), err)
	}
	t.Run("ledger", func(t *testing.T) { testLedger(t, s) })
	t.Run("markers", func(t *testing.T) { testMarkers(t, s) })
	t.Run("guesses", func(t *testing.T) { testGuesses(t, s, p) })
	t.Run("rights", func(t *testing.T) { testRights(t, s, dir) })
	t.Run("pages", func(t *testing.T) { testPages(t, p) })
}

// testLedger: after a watch every chain ends at its head, and the sealed root
// fits the heads (A47).
func testLedger(t *testing.T, s *stack.Stack) {
	out, err := lambda.NewFromConfig(s.Config).Invoke(t.Context(), &lambda.InvokeInput{
		FunctionName: aws.String(s.Outputs["WatchFunction"]), Payload: []byte(`{}`)})
	if err != nil || out.FunctionError != nil {
		t.Fatalf("watch: %v %s", err, out.Payload)
	}
	db := storeOf(s)
	heads, _, err := db.Heads(t.Context(), store.Page{Limit: 1000})
	if err != nil || len(heads) == 0 {
		t.Fatalf("%d heads, %v", len(heads), err)
	}
	for _, h := range heads {
		lines, err := db.Lines(t.Context(), h.Request)
		if err != nil {
			t.Fatal(err)
		}
		if err := ledger.VerifyHead(lines, h.Chain); err != nil {
			t.Errorf("request %s: %v", h.Request, err)
		}
	}
	roots := keysOf(t, s, s.Outputs["SealBucket"])
	if len(roots) == 0 {
		t.Fatal("watch sealed no root")
	}
	bucket := s.Outputs["SealBucket"]
	o, err := s.S3().GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &roots[len(roots)-1]})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Body.Close()
	var root struct {
		Root  string        `json:"root"`
		Heads []ledger.Head `json:"heads"`
	}
	if err := json.NewDecoder(o.Body).Decode(&root); err != nil || ledger.Root(root.Heads) != root.Root || len(root.Heads) != len(heads) {
		t.Errorf("the sealed root does not fit: %v, %d heads of %d", err, len(root.Heads), len(heads))
	}
}

func storeOf(s *stack.Stack) *dynamo.Store {
	o := s.Outputs
	return &dynamo.Store{DynamoDB: dynamodb.NewFromConfig(s.Config),
		Names: dynamo.NamesOf(o["RequestsTable"], o["ProofsTable"], o["LedgerTable"], o["RegistersTable"])}
}

// testMarkers looks for every personal value of the demonstration where none
// may be (I13): logs, histories of executions, ledger, queue, object keys.
func testMarkers(t *testing.T, s *stack.Stack) {
	markers := demo.Markers()
	places := map[string]string{}
	for name, read := range map[string]func(*testing.T, *stack.Stack) string{
		"logs": logs, "histories": histories, "ledger": ledgerText, "failures": failures, "keys": allKeys,
	} {
		text := read(t, s)
		places[name] = text
		if name != "failures" && len(text) < 1000 {
			t.Errorf("%s: only %d bytes were read: nothing was looked at", name, len(text))
		}
	}
	if places["failures"] != "" {
		t.Errorf("dead letters: %s", places["failures"])
	}
	for name, text := range places {
		lower := strings.ToLower(text)
		hits := 0
		for _, m := range markers {
			if i := strings.Index(lower, strings.ToLower(m)); i >= 0 {
				if hits++; hits <= 5 {
					t.Errorf("%s hold a personal value: …%s…", name, text[max(0, i-80):min(len(text), i+len(m)+40)])
				}
			}
		}
		t.Logf("%s: %d bytes, %d markers, %d hits", name, len(text), len(markers), hits)
	}
}

func logs(t *testing.T, s *stack.Stack) string {
	var b strings.Builder
	c := cloudwatchlogs.NewFromConfig(s.Config)
	groups := cloudwatchlogs.NewDescribeLogGroupsPaginator(c, &cloudwatchlogs.DescribeLogGroupsInput{})
	for groups.HasMorePages() {
		page, err := groups.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range page.LogGroups {
			events := cloudwatchlogs.NewFilterLogEventsPaginator(c, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: g.LogGroupName})
			for events.HasMorePages() {
				page, err := events.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range page.Events {
					b.WriteString(aws.ToString(e.Message))
					b.WriteByte('\n')
				}
			}
		}
	}
	return b.String()
}

func histories(t *testing.T, s *stack.Stack) string {
	var b strings.Builder
	c := sfn.NewFromConfig(s.Config)
	var write func(of *sfn.ListExecutionsInput)
	write = func(of *sfn.ListExecutionsInput) {
		executions := sfn.NewListExecutionsPaginator(c, of)
		for executions.HasMorePages() {
			page, err := executions.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Executions {
				runs, err := c.ListMapRuns(t.Context(), &sfn.ListMapRunsInput{ExecutionArn: e.ExecutionArn})
				if err != nil {
					t.Fatal(err)
				}
				for _, run := range runs.MapRuns { // what a distributed Map runs is listed nowhere else
					write(&sfn.ListExecutionsInput{MapRunArn: run.MapRunArn})
				}
				history := sfn.NewGetExecutionHistoryPaginator(c, &sfn.GetExecutionHistoryInput{ExecutionArn: e.ExecutionArn})
				for history.HasMorePages() {
					page, err := history.NextPage(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					text, err := json.Marshal(page.Events)
					if err != nil {
						t.Fatal(err)
					}
					b.Write(text)
				}
			}
		}
	}
	for _, machine := range []string{"RequestMachine", "ControllerMachine", "ProcessorMachine", "CollectMachine", "EraseMachine"} {
		write(&sfn.ListExecutionsInput{StateMachineArn: aws.String(s.Outputs[machine])})
	}
	return b.String()
}

func ledgerText(t *testing.T, s *stack.Stack) string {
	var b strings.Builder
	table := s.Outputs["LedgerTable"]
	pages := dynamodb.NewScanPaginator(dynamodb.NewFromConfig(s.Config), &dynamodb.ScanInput{TableName: &table})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			text, err := json.Marshal(item)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(text)
		}
	}
	return b.String()
}

// failures reads the queue of what could not be done. SQS is asked in its JSON
// protocol: the product itself has no use for its client.
func failures(t *testing.T, s *stack.Stack) string {
	body := []byte(fmt.Sprintf(`{"QueueUrl":%q,"MaxNumberOfMessages":10,"MessageAttributeNames":["All"]}`, s.Outputs["Failures"]))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Endpoint+"/", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "AmazonSQS.ReceiveMessage")
	credentials, err := s.Config.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const hash = "UNSIGNED-PAYLOAD"
	r.Header.Set("X-Amz-Content-Sha256", hash)
	if err := v4.NewSigner().SignHTTP(t.Context(), credentials, r, hash, "sqs", s.Config.Region, time.Now()); err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var got struct {
		Messages []struct{ Body string }
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || json.Unmarshal(text, &got) != nil {
		t.Fatalf("read the queue of failures: %v, %s: %s", err, resp.Status, text)
	}
	var b strings.Builder
	for _, m := range got.Messages {
		b.WriteString(m.Body + "\n")
	}
	return b.String()
}

func allKeys(t *testing.T, s *stack.Stack) string {
	var all []string
	for _, bucket := range []string{"MailBucket", "DossierBucket", "WorkBucket", "VaultBucket", "SealBucket"} {
		all = append(all, keysOf(t, s, s.Outputs[bucket])...)
	}
	return strings.Join(all, "\n")
}

func keysOf(t *testing.T, s *stack.Stack, bucket string) []string {
	t.Helper()
	var keys []string
	pages := s3.NewListObjectsV2Paginator(s.S3(), &s3.ListObjectsV2Input{Bucket: &bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Contents {
			keys = append(keys, aws.ToString(o.Key))
		}
	}
	return keys
}

// guesses is how many wrong codes are typed at the same time.
const guesses = 100

// testGuesses: however many guess at once, five tries count; after them the
// right code opens nothing either (A21).
func testGuesses(t *testing.T, s *stack.Stack, p *cases.Play) {
	ref := p.Reference("f")
	if ref == "" {
		t.Skip("case f did not get a reference")
	}
	v := cases.NewVisitor(s.BaseURL)
	seen := map[string]bool{}
	for _, m := range s.Mailbox.All() {
		seen[m.ID] = true
	}
	must(t, v.Get(t.Context(), "/nl/bewijs?k="+string(ref)))
	must(t, v.Fill(t.Context(), cases.Form{}))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	m, err := s.Mailbox.Wait(ctx, func(m mailbox.Message) bool { return m.Letter == "N-01" && !seen[m.ID] })
	must(t, err)
	code := m.Code()
	cookies := v.Cookies()
	var through atomic.Int32
	var g errgroup.Group
	g.SetLimit(16)
	for i := range guesses {
		g.Go(func() error {
			guess := fmt.Sprintf("%08d", i)
			if guess == code {
				return nil
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.BaseURL+"/nl/bewijs/code", strings.NewReader(url.Values{"code": {guess}}.Encode()))
			if err != nil {
				return err
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Origin", s.BaseURL)
			for _, c := range cookies {
				r.AddCookie(c)
			}
			resp, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				return err
			}
			resp.Body.Close()
			if resp.StatusCode >= http.StatusInternalServerError {
				return errors.New(resp.Status)
			}
			if !strings.Contains(resp.Header.Get("Location"), "/bewijs/code") {
				through.Add(1)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Errorf("guessing: %v", err)
	}
	if n := through.Load(); n > 0 {
		t.Errorf("%d wrong codes were let in", n)
	}
	must(t, v.Get(t.Context(), "/nl/bewijs/code"))
	if err := v.Fill(t.Context(), cases.Form{Action: "/bewijs/code", Values: url.Values{"code": {code}}}); err == nil && !strings.HasSuffix(v.Path(), "/bewijs/code") {
		t.Errorf("after %d wrong tries the right code leads to %s", guesses, v.Path())
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// testPages looks at the pages of the running stack in a real browser (U-22).
func testPages(t *testing.T, p *cases.Play) {
	b := pagestest.Start(t)
	for _, page := range p.Pages(t.Context()) {
		if page.Fault != nil {
			t.Errorf("%s: %v", page.Name, page.Fault)
			continue
		}
		t.Run(page.Name, func(t *testing.T) {
			b.Look(t, pagestest.Page{Name: "stack-" + page.Name, URL: page.URL, Cookies: page.Cookies, Dense: page.Dense, Weight: page.Weight})
		})
	}
}
