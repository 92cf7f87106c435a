package infra

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// networked are the functions that stand in the network of the databases.
func networked(t *testing.T, tpl template) []string {
	t.Helper()
	var in []string
	for name, f := range functions(tpl) {
		if f.properties["VpcConfig"] == nil {
			continue
		}
		if arms, _ := at(f.properties, "VpcConfig", "Fn::If").([]any); len(arms) != 3 || arms[0] != "HasDatabases" || say(arms[2]) != "AWS::NoValue" {
			t.Errorf("%s is in a network whether there are databases or not: %s", name, say(f.properties["VpcConfig"]))
		}
		in = append(in, name)
	}
	slices.Sort(in)
	return in
}

// Only a function that speaks to databases carries their drivers, sits in their
// network and reads the secrets of systems.
func TestWhoSpeaksToDatabases(t *testing.T) {
	mains, err := filepath.Glob("../functions/*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	var carry []string
	for _, path := range mains {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(filepath.Dir(path))
		carries := strings.Contains(string(text), "shared/cloud/databases")
		if carries {
			carry = append(carry, name)
		}
		// The desk's page reaches systems, and leaves databases to the steps.
		if reaches := strings.Contains(string(text), "settings.Systems"); reaches != carries && name != "desk" {
			t.Errorf("%s reaches systems: %t, and databases: %t", name, reaches, carries)
		}
	}
	tpl := read(t, root)
	if d := cmp.Diff(carry, networked(t, tpl)); len(carry) == 0 || d != "" {
		t.Errorf("who sits in the network (-carries the drivers +sits there):\n%s", d)
	}
	var secrets, interfaces []string
	for name, f := range functions(tpl) {
		for _, s := range tpl.of(t, roleOf(t, f)) {
			if slices.Contains(s.actions, "secretsmanager:GetSecretValue") && s.where == "SecretsPolicy" {
				secrets = append(secrets, name)
				if got := say(s.resources[0]); s.under != "HasSecrets" || len(s.resources) != 1 || got != "SystemSecrets" {
					t.Errorf("%s reads the secrets %s under %q", name, got, s.under)
				}
			}
			if s.effect == "Allow" && slices.Contains(s.actions, "ec2:CreateNetworkInterface") {
				interfaces = append(interfaces, name)
				if s.under != "HasDatabases" {
					t.Errorf("%s makes network interfaces without a network", name)
				}
			}
		}
	}
	for what, got := range map[string][]string{"reads secrets": secrets, "gets into the network": interfaces} {
		slices.Sort(got)
		if d := cmp.Diff(carry, got); d != "" {
			t.Errorf("who %s (-carries the drivers +may):\n%s", what, d)
		}
	}
}

// A function in a network reaches what it may call and nothing else: there is
// an endpoint for each service, and none that nobody calls.
func TestEndpoints(t *testing.T) {
	tpl := read(t, root)
	// Lambda writes the log and the failure on the function's behalf, and makes its interface.
	behalf := []string{"logs", "sqs", "ec2"}
	called := map[string]bool{}
	for _, name := range networked(t, tpl) {
		for _, s := range tpl.of(t, roleOf(t, functions(tpl)[name])) {
			for _, a := range s.actions {
				service, action, _ := strings.Cut(a, ":")
				// S3 and DynamoDB decrypt themselves, with the role of who asks.
				if slices.Contains(behalf, service) || service == "kms" && (action == "Decrypt" || action == "GenerateDataKey") {
					continue
				}
				called[service] = true
			}
		}
	}
	endpoints := map[string]bool{}
	name := regexp.MustCompile(`[a-z0-9]+$`)
	network := read(t, "databases.yaml")
	for _, e := range network.kind("AWS::EC2::VPCEndpoint") {
		service := name.FindString(say(e.properties["ServiceName"]))
		endpoints[service] = true
		gateway := service == "s3" || service == "dynamodb"
		if got := e.properties["VpcEndpointType"]; (got == "Gateway") != gateway { // a gateway costs nothing
			t.Errorf("the endpoint of %s is of type %v", service, got)
		}
		if !gateway && (e.properties["PrivateDnsEnabled"] != true || say(e.properties["SecurityGroupIds"]) != "[Endpoints]") {
			t.Errorf("the endpoint of %s is not found by name or open to others", service)
		}
	}
	if d := cmp.Diff(keys(called), keys(endpoints)); d != "" {
		t.Errorf("endpoints (-called +there):\n%s", d)
	}
	for _, g := range network.kind("AWS::EC2::SecurityGroup") {
		if len(list(g.properties["SecurityGroupEgress"])) == 0 {
			t.Errorf("%s has no rule out, so everything is let out", g.id)
		}
		if g.properties["SecurityGroupIngress"] != nil {
			t.Errorf("%s lets in by itself", g.id)
		}
	}
	for _, in := range network.kind("AWS::EC2::SecurityGroupIngress") {
		if say(in.properties["SourceSecurityGroupId"]) != "Functions" || in.properties["CidrIp"] != nil {
			t.Errorf("%s lets others in", in.id)
		}
	}
}
