package stack_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/smtp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/allclaims/rightsdesk/infra/local/emulator"
	"github.com/allclaims/rightsdesk/infra/local/mailbox"
	"github.com/allclaims/rightsdesk/infra/local/stack"
)

// TestStack starts a small product on the real emulator and uses every part of
// the local stack once: mail in by SMTP, raw mail in the bucket, the function
// called with SES' event under its own role, mail out into the mailbox, web
// requests through the edge, a clean stop, and a second start that deploys
// nothing.
func TestStack(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and deploys")
	}
	options := stack.Options{
		Root: filepath.Join("testdata", "product"), Dir: t.TempDir(), Name: "echo",
		EmulatorPort: freePort(t), HTTPPort: freePort(t), SMTPPort: freePort(t), Progress: t.Logf,
	}
	options.Root, _ = filepath.Abs(options.Root)
	s := start(t, options)
	if !s.New {
		t.Error("the first start did not say that the stack is new")
	}
	t.Run("web", func(t *testing.T) { testWeb(t, s) })
	t.Run("mail", func(t *testing.T) { testMail(t, s) })
	t.Run("dropped notification", func(t *testing.T) { testDrop(t, s) })
	t.Run("not ours", func(t *testing.T) {
		if err := send(s, "jan@example.nl", "jan@elsewhere.nl", "Subject: x\r\n\r\nx\r\n"); err == nil || !strings.Contains(err.Error(), "550") {
			t.Errorf("mail for another domain: %v, want 550", err)
		}
	})
	t.Run("port taken", func(t *testing.T) {
		other := options
		other.Dir = t.TempDir()
		_, err := stack.Start(t.Context(), other)
		if want := fmt.Sprintf("port %d, for the web pages, is taken", options.HTTPPort); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("second stack on the same ports: %v, want %q", err, want)
		}
	})

	s.Stop()
	if left := processesIn(t, options.Dir); left != "" {
		t.Errorf("processes left after Stop:\n%s", left)
	}

	began := time.Now()
	again := start(t, options)
	t.Logf("second start: %v", time.Since(began))
	if again.New {
		t.Error("the second start made a new stack: nothing was kept")
	}
	if diff := cmp.Diff(s.Outputs, again.Outputs); diff != "" {
		t.Errorf("outputs differ after a restart (-before +after):\n%s", diff)
	}
	if n := len(again.Mailbox.All()); n != 1 {
		t.Errorf("%d mails in the mailbox after a restart, want 1", n)
	}
	testWeb(t, again)
}

// TestDeployFails: the one who typed make run is told which part failed and why.
func TestDeployFails(t *testing.T) {
	if testing.Short() {
		t.Skip("deploys")
	}
	root, err := filepath.Abs(filepath.Join("testdata", "broken"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s, err := stack.Start(t.Context(), stack.Options{Root: root, Dir: dir, Name: "broken"})
	if err == nil {
		s.Stop()
		t.Fatal("a template that cannot be deployed was deployed")
	}
	for _, want := range []string{"the deploy failed at Nobody: ", "sam-deploy.log"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %q; it lacks %q", err, want)
		}
	}
	if left := processesIn(t, dir); left != "" {
		t.Errorf("processes left after a failed start:\n%s", left)
	}
}

func start(t *testing.T, o stack.Options) *stack.Stack {
	t.Helper()
	s, err := stack.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Stop()
		if log, err := os.ReadFile(filepath.Join(o.Dir, "ministack.log")); t.Failed() && err == nil {
			t.Logf("the emulator's log ends:\n%s", log[max(0, len(log)-8000):])
		}
	})
	return s
}

func freePort(t *testing.T) int {
	t.Helper()
	port, err := emulator.FreePort(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func testWeb(t *testing.T, s *stack.Stack) {
	for _, c := range []struct{ method, path, body, want string }{
		{"GET", "/", "", `GET / a=[] cookie=["x=1; y=2"] body="" stage=local`},
		{"GET", "/desk/queue?a=1&a=2;3", "", `GET /desk/queue a=["1" "2;3"] cookie=["x=1; y=2"] body="" stage=local`},
		{"POST", "/nl/vraag", "naam=J%C3%A4n", `POST /nl/vraag a=[] cookie=["x=1; y=2"] body="naam=J%C3%A4n" stage=local`},
		{"HEAD", "/nl/", "", ""},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, s.BaseURL+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Cookie", "x=1; y=2")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/nl/" {
			t.Errorf("%s %s: %s, Location %q; a redirect must pass as it is", c.method, c.path, resp.Status, resp.Header.Get("Location"))
		}
		if diff := cmp.Diff([]string{"a=1; Path=/", "b=2; Path=/"}, resp.Header.Values("Set-Cookie")); diff != "" {
			t.Errorf("%s %s: cookies (-want +got):\n%s", c.method, c.path, diff)
		}
		if string(body) != c.want {
			t.Errorf("%s %s: the function got\n%s\nwant\n%s", c.method, c.path, body, c.want)
		}
	}
}

func testMail(t *testing.T, s *stack.Stack) {
	err := send(s, "jan@example.nl", "info@allclaims.nl",
		"From: Jan <jan@example.nl>\r\nX-Local-Verdicts: dmarc=FAIL; spf=GRAY\r\nSubject: stop\r\n hiermee\r\n\r\nGroet, J\xe4n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	m, err := s.Mailbox.Wait(ctx, func(m mailbox.Message) bool { return m.Subject == "echo" })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"jan@example.nl"}, m.To); diff != "" {
		t.Errorf("recipients (-want +got):\n%s", diff)
	}
	for _, want := range []string{
		"dmarc FAIL spf GRAY subject stop hiermee", "Return-Path: <jan@example.nl>", "X-SES-Spam-Verdict: PASS", "Subject: stop",
	} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("the function did not get %q; it got\n%s", want, m.Text)
		}
	}
	if strings.Contains(m.Text, "X-Local-Verdicts") {
		t.Error("the test's own header was stored")
	}
	if m.Letter != "T-01" || m.Language != "nl" || m.Code() != "48291736" {
		t.Errorf("letter %q, language %q, code %q; want T-01, nl, 48291736", m.Letter, m.Language, m.Code())
	}
	testMailPages(t, s, m)
}

func testMailPages(t *testing.T, s *stack.Stack, m mailbox.Message) {
	var listed []mailbox.Message
	if err := json.Unmarshal([]byte(get(t, s.BaseURL+"/mail.json")), &listed); err != nil {
		t.Fatal(err)
	}
	if len(listed) != 1 || listed[0].ID != m.ID || listed[0].Text != m.Text {
		t.Errorf("/mail.json does not hold the one mail that was sent: %d mails", len(listed))
	}
	for path, want := range map[string]string{
		"/mail":                        `href="/mail/` + m.ID + `"`,
		"/mail/" + m.ID:                `value="48291736"`,
		"/mail/" + m.ID + "?vorm=bron": "X-Letter: T-01",
		"/mail/" + m.ID + "?vorm=html": "<iframe sandbox",
		"/mail/style.css":              ".band",
	} {
		page := get(t, s.BaseURL+path)
		if !strings.Contains(page, want) {
			t.Errorf("%s lacks %q", path, want)
		}
		if !strings.HasSuffix(path, ".css") && !strings.Contains(page, "Testpostbus: deze e-mails zijn niet echt verstuurd") {
			t.Errorf("%s does not say that it is a test mailbox", path)
		}
	}
}

func get(t *testing.T, address string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Errorf("GET %s: %s", address, resp.Status)
	}
	return string(body)
}

// testDrop: the mail is safe in the bucket though nobody was told, which is
// what sweep must find.
func testDrop(t *testing.T, s *stack.Stack) {
	before := rawMails(t, s)
	if err := send(s, "jan@example.nl", "avg@inbound.allclaims.nl", "X-Local-Drop: notification\r\nSubject: lost\r\n\r\nx\r\n"); err != nil {
		t.Fatal(err)
	}
	if after := rawMails(t, s); after != before+1 {
		t.Errorf("%d raw mails, want %d", after, before+1)
	}
}

func rawMails(t *testing.T, s *stack.Stack) int {
	t.Helper()
	bucket, prefix := s.Outputs["MailBucket"], "raw/"
	o, err := s.S3().ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	if err != nil {
		t.Fatal(err)
	}
	return len(o.Contents)
}

func send(s *stack.Stack, from, to, raw string) error {
	return smtp.SendMail(s.SMTPAddr, nil, from, []string{to}, []byte(raw))
}

// processesIn lists processes whose command line names the folder: the
// emulator's functions run from it.
func processesIn(t *testing.T, dir string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ps", "-eo", "pid,args").Output()
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, line := range strings.Split(string(out), "\n") {
		if strings.Contains(line, dir) && !strings.Contains(line, fmt.Sprint(os.Getpid())) {
			left = append(left, line)
		}
	}
	return strings.Join(left, "\n")
}
