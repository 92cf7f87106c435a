package infra

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what the templates allow as what is meant")

// Who may do what is one list, to be read by whoever reviews a change of it:
// function, action, resource.
func TestPermissions(t *testing.T) {
	tpl := read(t, root)
	var rows []string
	for name, f := range functions(tpl) {
		for _, s := range tpl.of(t, roleOf(t, f)) {
			if s.effect == "Deny" {
				continue // it gives nobody anything
			}
			for _, a := range s.actions {
				for _, r := range s.resources {
					row := fmt.Sprintf("%-11s %-29s %s", name, a, say(r))
					if s.condition != nil {
						row += "  where " + say(s.condition)
					}
					if s.under != "" {
						row += "  (" + s.under + ")"
					}
					rows = append(rows, row)
				}
			}
		}
	}
	sort.Strings(rows)
	rows = slices.Compact(rows)
	got := strings.Join(rows, "\n") + "\n"
	golden := filepath.Join("testdata", "permissions.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("the functions may do something else than %s says (-want +got); if it is meant: go test ./infra -run Permissions -update\n%s", golden, d)
	}
}

// Every function and machine has a role that nobody else has.
func TestOneRoleEach(t *testing.T) {
	tpl := read(t, root)
	of := map[string]string{}
	use := func(r resource, service string) {
		role := roleOf(t, r)
		if other, taken := of[role]; taken {
			t.Errorf("%s has the role of %s", r.id, other)
		}
		of[role] = r.id
		got := say(at(tpl.resources[role].properties, "AssumeRolePolicyDocument", "Statement", 0, "Principal", "Service"))
		if got != service {
			t.Errorf("%s may be assumed by %s, want %s", role, got, service)
		}
	}
	for _, f := range tpl.kind("AWS::Serverless::Function") {
		use(f, "lambda.amazonaws.com")
	}
	for _, m := range tpl.kind("AWS::Serverless::StateMachine") {
		use(m, "states.amazonaws.com")
	}
	for _, r := range tpl.kind("AWS::IAM::Role") {
		if of[r.id] == "" && r.id != "ApiAccountRole" { // API Gateway's own
			t.Errorf("nobody has the role %s", r.id)
		}
	}
}

// everything is where a statement names no resource, and why.
var everything = map[string]string{
	"data.yaml DataKey":                 `in a key policy "*" is the key itself`,
	"data.yaml HmacKey":                 `in a key policy "*" is the key itself`,
	"data.yaml SignKey":                 `in a key policy "*" is the key itself`,
	"data.yaml OpendsrKey":              `in a key policy "*" is the key itself`,
	"../template.yaml MachineLogPolicy": "log delivery of Step Functions knows no resources",
	"../template.yaml NetworkPolicy":    "a network interface has no name before it is made",
}

// Nothing is allowed on everything, and no action is a pattern, but what stands above.
func TestNoStars(t *testing.T) {
	seen := map[string]bool{}
	for _, tpl := range readAll(t) {
		for _, r := range tpl.resources {
			where := tpl.file + " " + r.id
			for _, s := range policies(r) {
				for _, res := range s.resources {
					if say(res) == "*" {
						seen[where] = true
						if everything[where] == "" {
							t.Errorf("%s allows %v on everything", where, s.actions)
						}
					}
				}
				for _, a := range s.actions {
					if s.effect == "Allow" && strings.Contains(a, "*") && !(a == "kms:*" && say(s.principal) == "{AWS: iam::AWS::AccountId:root}") {
						t.Errorf("%s allows %s", where, a)
					}
				}
				if s.effect == "Allow" && say(s.principal) == "*" {
					t.Errorf("%s allows everybody %v", where, s.actions)
				}
			}
		}
	}
	for where, why := range everything {
		if !seen[where] {
			t.Errorf("%s allows nothing on everything any more: %s", where, why)
		}
	}
}

// policies are all statements that stand in a resource, whatever its kind.
func policies(r resource) []statement {
	var all []statement
	for _, p := range list(r.properties["Policies"]) {
		all = append(all, statements(r.id, at(p, "PolicyDocument"))...)
	}
	for _, name := range []string{"PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument"} {
		if r.properties[name] == nil {
			continue
		}
		for _, s := range statements(r.id, r.properties[name]) {
			if name == "AssumeRolePolicyDocument" {
				s.actions = nil // sts:AssumeRole on the role itself
			}
			all = append(all, s)
		}
	}
	return all
}

// The emulator asks no key. In AWS a role reads an encrypted table, bucket or
// queue with kms:Decrypt and writes it with kms:GenerateDataKey too.
func TestKeys(t *testing.T) {
	tpl := read(t, root)
	for name, f := range functions(tpl) {
		touches, reads := map[string]bool{}, false
		allowed := map[string]bool{}
		for _, s := range tpl.of(t, roleOf(t, f)) {
			for _, a := range s.actions {
				switch service, _, _ := strings.Cut(a, ":"); service {
				case "dynamodb", "s3", "sqs", "secretsmanager":
					if s.under != "IsLocal" {
						touches[a], reads = true, true
					}
				case "kms":
					for _, r := range s.resources {
						allowed[a+" "+say(r)] = true
					}
				}
			}
		}
		if !reads {
			t.Errorf("%s touches nothing", name)
			continue
		}
		for _, need := range []string{"kms:Decrypt DataKeyArn", "kms:GenerateDataKey DataKeyArn"} {
			if !allowed[need] {
				t.Errorf("%s may %v but not %s", name, keys(touches), need)
			}
		}
	}
}

// Who reads what the house holds of people never sends mail; who sends mail is
// one function (A01).
func TestReadersDoNotSend(t *testing.T) {
	tpl := read(t, root)
	var senders []string
	for name, f := range functions(tpl) {
		reads, sends := false, false
		for _, s := range tpl.of(t, roleOf(t, f)) {
			for _, a := range s.actions {
				sends = sends || strings.HasPrefix(a, "ses:")
			}
			for _, r := range s.resources {
				reads = reads || strings.Contains(say(r), "System")
			}
		}
		if sends {
			senders = append(senders, name)
		}
		if reads && sends {
			t.Errorf("%s reads the systems and sends mail", name)
		}
	}
	if d := cmp.Diff([]string{"post"}, senders); d != "" {
		t.Errorf("who sends mail (-want +got):\n%s", d)
	}
	for _, file := range readAll(t) {
		for _, r := range file.resources {
			for _, s := range policies(r) {
				for _, a := range s.actions {
					if strings.HasPrefix(a, "ses:") && (r.id != "PostRole" || a != "ses:SendRawEmail") {
						t.Errorf("%s %s allows %s", file.file, r.id, a)
					}
				}
			}
		}
	}
}

// The ledger is only ever added to (A47).
func TestLedgerIsAddedTo(t *testing.T) {
	tpl := read(t, root)
	for name, f := range functions(tpl) {
		for _, s := range tpl.of(t, roleOf(t, f)) {
			for _, a := range []string{"dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"} {
				if s.does(a, func(r string) bool { return strings.HasPrefix(r, "LedgerTable") }) {
					t.Errorf("%s may %s in the ledger", name, a)
				}
			}
			for _, a := range []string{"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:PutObjectRetention"} {
				if s.does(a, func(r string) bool { return strings.HasPrefix(r, "SealBucket") }) {
					t.Errorf("%s may %s in the bucket of roots", name, a)
				}
			}
		}
	}
}

// Codes can be drawn and tried by the pages and the sender of mail alone (A21).
func TestWhoReachesProofs(t *testing.T) {
	tpl := read(t, root)
	var who []string
	for name, f := range functions(tpl) {
		for _, s := range tpl.of(t, roleOf(t, f)) {
			if slices.ContainsFunc(s.resources, func(r any) bool { return strings.HasPrefix(say(r), "ProofsTable") }) {
				who = append(who, name)
			}
		}
	}
	sort.Strings(who)
	if d := cmp.Diff([]string{"client", "desk", "portal", "post"}, slices.Compact(who)); d != "" {
		t.Errorf("who reaches the table of proofs (-want +got):\n%s", d)
	}
}
