package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/infra/local/stack"
)

// testRights compares what each function did with what its policy allows: all
// that it asked for was allowed, and each right was of use or stands in
// idle.txt with the reason why a demonstration does without.
func testRights(t *testing.T, s *stack.Stack, dir string) {
	calls := callsOf(t, filepath.Join(dir, "calls.txt"))
	if len(calls) < 100 {
		t.Fatalf("only %d calls were noted: nothing was looked at", len(calls))
	}
	testdata := filepath.Join("..", "..", "testdata")
	granted := rightsIn(t, filepath.Join(testdata, "permissions.txt"))
	if len(granted) < 100 {
		t.Fatalf("only %d rights were read: nothing was looked at", len(granted))
	}
	idle := idleIn(t, filepath.Join(testdata, "idle.txt"))
	named := map[string]bool{}
	count := 0
	var strangers []string
	for _, r := range granted {
		pattern, err := pattern(r.resource, s.Outputs)
		if err != nil {
			t.Error(err)
			continue
		}
		used := slices.ContainsFunc(calls, func(c call) bool {
			return c.function == r.function && c.action == r.action && matches(pattern, c.resource)
		})
		reason := idle.reason(r)
		if reason != nil && (!used || reason.sometimes) {
			named[reason.pattern.String()] = true
		}
		switch {
		case used:
			count++
		case reason == nil:
			strangers = append(strangers, r.String())
		}
	}
	if len(strangers) > 0 {
		t.Errorf("%d rights were of no use to any scenario: take them out of the template, or say in infra/testdata/idle.txt why they must stay:\n%s", len(strangers), strings.Join(strangers, "\n"))
	}
	for _, r := range idle {
		if !named[r.pattern.String()] {
			t.Errorf("idle.txt: %s is not granted, or is of use: take the line out", r.pattern)
		}
	}
	t.Logf("%d calls of functions, %d rights: %d of use, %d with a reason", len(calls), len(granted), count, len(granted)-count-len(strangers))
}

// right is one row of permissions.txt: a function may do an action to a
// resource, in the words of that list.
type right struct{ function, action, resource string }

func (r right) String() string {
	return fmt.Sprintf("%-11s %-29s %s", r.function, r.action, r.resource)
}

// rightsIn reads permissions.txt; a condition is cut off.
func rightsIn(t *testing.T, file string) []right {
	t.Helper()
	var all []right
	for _, line := range linesOf(t, file) {
		f, rest, _ := strings.Cut(line, " ")
		action, resource, _ := strings.Cut(strings.TrimSpace(rest), " ")
		resource, _, _ = strings.Cut(strings.TrimSpace(resource), "  ")
		r := right{f, action, resource}
		if !slices.Contains(all, r) {
			all = append(all, r)
		}
	}
	return all
}

// reason says of rights that match a pattern why no scenario uses them.
type reason struct {
	pattern right
	// sometimes is whether a scenario may use them after all, as a retry.
	sometimes bool
}

type reasons []reason

func (rs reasons) reason(r right) *reason {
	for i, x := range rs {
		if matches(x.pattern.function, r.function) && matches(x.pattern.action, r.action) && matches(x.pattern.resource, r.resource) {
			return &rs[i]
		}
	}
	return nil
}

// idleIn reads idle.txt: reasons as comments, each above its rights.
func idleIn(t *testing.T, file string) reasons {
	t.Helper()
	var all reasons
	why := ""
	for _, line := range linesOf(t, file) {
		if text, ok := strings.CutPrefix(line, "#"); ok {
			why = strings.TrimSpace(text)
			continue
		}
		f := strings.Fields(line)
		if len(f) < 3 || why == "" {
			t.Fatalf("%s: %q has no reason, or is no function, action and resource", file, line)
		}
		all = append(all, reason{right{f[0], f[1], strings.Join(f[2:], " ")}, strings.HasPrefix(why, "Sometimes:")})
	}
	return all
}

func linesOf(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if line := strings.TrimSpace(lines.Text()); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// call is one of what the functions did, with the resource as AWS names it.
type call struct{ function, action, resource string }

var functionRole = regexp.MustCompile(`-([A-Z][A-Za-z]*)Role(-|$)`)

// callsOf reads what the emulator noted, and fails on what it refused.
func callsOf(t *testing.T, file string) []call {
	t.Helper()
	var all []call
	for _, line := range linesOf(t, file) {
		f := strings.Split(line, "\t")
		if len(f) != 4 {
			t.Fatalf("%s: %q", file, line)
		}
		role := functionRole.FindStringSubmatch(f[1])
		if role == nil || strings.HasSuffix(role[1], "Machine") {
			continue // a state machine; its policy names what it calls, and TestMachines holds that
		}
		c := call{strings.ToLower(role[1]), f[2], f[3]}
		if f[0] != "allowed" {
			t.Errorf("%s was refused %s on %s", c.function, c.action, c.resource)
			continue
		}
		all = append(all, c)
	}
	return all
}

var either = regexp.MustCompile(`\((\w+) if IsLocal, else [^)]*\)`)

// pattern turns a resource in the words of permissions.txt into AWS's, with the
// names that things have in this stack.
func pattern(words string, outputs map[string]string) (string, error) {
	missing := ""
	output := func(name string) string {
		if outputs[name] == "" {
			missing = name
		}
		return outputs[name]
	}
	words = either.ReplaceAllStringFunc(words, func(s string) string { return output(either.FindStringSubmatch(s)[1]) })
	stackName := strings.TrimSuffix(outputs["PostFunction"], "-post")
	head, tail, _ := strings.Cut(words, "/")
	if tail != "" {
		tail = "/" + tail
	}
	switch {
	case strings.HasSuffix(head, "TableArn"):
		words = "arn:aws:dynamodb:*:table/" + output(strings.TrimSuffix(head, "Arn")) + tail
	case strings.HasSuffix(head, "BucketArn"):
		words = "arn:aws:s3:::" + output(strings.TrimSuffix(head, "Arn")) + tail
	case head == "HmacKeyArn", head == "SignKeyArn", head == "OpendsrKeyArn":
		words = "arn:aws:kms:*:key/" + output(strings.TrimSuffix(head, "Arn"))
	case head == "ClientSecretArn": // the sign-in's nested stack names it
		words = "arn:aws:secretsmanager:*:secret:" + stackName + "-SignIn-*"
	case strings.HasPrefix(head, "s3:::"):
		words = "arn:aws:" + words
	case strings.HasPrefix(head, "dynamodb:table"):
		words = "arn:aws:dynamodb:*:" + strings.TrimPrefix(words, "dynamodb:")
	case strings.HasPrefix(head, "states:stateMachine:"):
		words = "arn:aws:states:*:stateMachine:" + stackName + "-" + strings.TrimPrefix(head, "states:stateMachine:")
	case strings.HasPrefix(head, "lambda:function:"):
		words = "arn:aws:lambda:*:function:" + stackName + "-" + strings.TrimPrefix(head, "lambda:function:")
	case words == "ses:identity/MailDomain":
		words = "arn:aws:ses:*:identity/" + output("MailDomain")
	}
	if missing != "" {
		return "", fmt.Errorf("%s: the stack has no output %s, known are %v", words, missing, slices.Sorted(maps.Keys(outputs)))
	}
	return words, nil
}

// matches is whether a text fits a pattern with stars, which stand for
// anything, as in a policy.
func matches(pattern, text string) bool {
	const slash = "\x00" // for path.Match a star ends at a slash; for a policy it does not
	ok, err := path.Match(strings.ReplaceAll(pattern, "/", slash), strings.ReplaceAll(text, "/", slash))
	return err == nil && ok
}

// A right covers what a policy with the same words covers, and nothing beside it.
func TestRightsAreReadAsIAMReadsThem(t *testing.T) {
	outputs := map[string]string{"RequestsTable": "requests-1", "MailBucket": "mail-1", "PostFunction": "desk-post", "SystemWeblogBucket": "weblog-1"}
	for _, tt := range []struct {
		words, resource string
		want            bool
	}{
		{"RequestsTableArn", "arn:aws:dynamodb:eu-central-1:1:table/requests-1", true},
		{"RequestsTableArn", "arn:aws:dynamodb:eu-central-1:1:table/requests-1/index/wake", false},
		{"RequestsTableArn/index/wake", "arn:aws:dynamodb:eu-central-1:1:table/requests-1/index/wake", true},
		{"MailBucketArn/raw/*", "arn:aws:s3:::mail-1/raw/*", true},
		{"MailBucketArn/raw/*", "arn:aws:s3:::mail-1/other/*", false},
		{"MailBucketArn", "arn:aws:s3:::mail-1/raw/*", false},
		{"s3:::(SystemWeblogBucket if IsLocal, else SystemWeblog)/*", "arn:aws:s3:::weblog-1/weblog/*", true},
		{"states:stateMachine:request", "arn:aws:states:eu-central-1:1:stateMachine:desk-request", true},
		{"lambda:function:post", "arn:aws:lambda:eu-central-1:1:function:desk-posting", false},
	} {
		p, err := pattern(tt.words, outputs)
		if err != nil {
			t.Errorf("%s: %v", tt.words, err)
		}
		if got := matches(p, tt.resource); got != tt.want {
			t.Errorf("%s covers %s: %v, want %v", tt.words, tt.resource, got, tt.want)
		}
	}
	if _, err := pattern("LedgerTableArn", outputs); err == nil {
		t.Error("a table that the stack does not name is taken for one")
	}
}
