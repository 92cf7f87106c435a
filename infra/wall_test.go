package infra

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The wall between the desk and collection. Who writes into the systems are
// those functions that carry out what was decided or instructed, and no other:
// not the form, not the mailbox, not who looks a person up (identify, collect)
// with the contact that a request gave. shared/casework's
// TestContactStaysAtTheDesk says what these write.
func TestWhoWritesIntoSystems(t *testing.T) {
	tpl := read(t, root)
	var writers []string
	for name, f := range functions(tpl) {
		for _, s := range tpl.of(t, roleOf(t, f)) {
			for _, a := range s.actions {
				if writesData(a) && slices.ContainsFunc(s.resources, func(r any) bool { return inSystem(say(r)) }) {
					writers = append(writers, name)
				}
			}
		}
	}
	slices.Sort(writers)
	want := []string{"amend", "erase", "forget", "stop"}
	if d := cmp.Diff(want, slices.Compact(writers)); d != "" {
		t.Errorf("who writes into the systems (-want +got):\n%s", d)
	}
}

// inSystem reports whether a resource is a table or bucket of a system.
func inSystem(r string) bool {
	return strings.Contains(r, "else System") && !strings.Contains(r, "KeyArn")
}

func writesData(a string) bool {
	return slices.Contains([]string{
		"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion",
	}, a)
}

// The desk's tables have a key of their own (DataKey), and the systems another
// where SystemsKeyArn names it: the desk's key is for the desk's own functions,
// and for the scanner through S3. Whoever reads collection reads no request.
func TestDeskKeyIsTheDesks(t *testing.T) {
	functionRole, shared := map[string]bool{}, map[string]bool{}
	tpl := read(t, root)
	for _, f := range functions(tpl) {
		functionRole[roleOf(t, f)] = true
	}
	var users []string
	for _, file := range readAll(t) {
		for _, r := range file.resources {
			for _, s := range policies(r) {
				uses := slices.ContainsFunc(s.actions, func(a string) bool { return a == "kms:Decrypt" || a == "kms:GenerateDataKey" || a == "kms:*" })
				if !uses || !slices.ContainsFunc(s.resources, func(r any) bool { return strings.Contains(say(r), "DataKey") }) {
					continue
				}
				if r.kind == "AWS::IAM::ManagedPolicy" {
					shared[r.id] = true
				} else if !functionRole[r.id] {
					users = append(users, r.id)
				}
			}
		}
	}
	for _, file := range readAll(t) {
		for _, r := range file.resources {
			for id := range shared {
				if r.kind == "AWS::IAM::Role" && !functionRole[r.id] && strings.Contains(say(r.properties["ManagedPolicyArns"]), id) {
					users = append(users, r.id)
				}
			}
		}
	}
	slices.Sort(users)
	if d := cmp.Diff([]string{"ScannerRole"}, slices.Compact(users)); d != "" {
		t.Errorf("who else uses the desk's key (-want +got):\n%s", d)
	}
	if len(shared) == 0 {
		t.Error("no function shares a policy with the key: this test looks at nothing")
	}
}
