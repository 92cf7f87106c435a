package infra

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	godiff "github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/settings"
	"github.com/allclaims/rightsdesk/shared/store/dynamo"
	"github.com/allclaims/rightsdesk/workflows"
)

// A deploy needs nothing but what one wants otherwise.
func TestEveryParameterHasAValue(t *testing.T) {
	for name, p := range read(t, root).parameters {
		if _, ok := p.(object)["Default"]; !ok {
			t.Errorf("the parameter %s has no default", name)
		}
	}
}

// What the local stack, ctl and the end-to-end tests read.
func TestOutputs(t *testing.T) {
	outputs := read(t, root).outputs
	for _, name := range []string{
		"PublicApi", "DeskApi", "ClientApi", "OpendsrApi", "ApiStage", "MailBucket", "DossierBucket", "WorkBucket", "VaultBucket", "SealBucket",
		"RequestsTable", "ProofsTable", "LedgerTable", "RegistersTable", "DataKey", "HmacKey", "SignKey", "OpendsrKey", "UserPoolId", "UserPoolClientId",
		"MailinFunction", "PostFunction", "WakeFunction", "SweepFunction", "WatchFunction", "ForgetFunction",
		"RequestMachine", "ControllerMachine", "ProcessorMachine", "CollectMachine", "EraseMachine",
		"SystemRelationsTable", "SystemInvoicesTable", "SystemNewsletterTable", "SystemCollectionTable", "SystemRecordingsBucket", "SystemWeblogBucket",
	} {
		if outputs[name] == nil {
			t.Errorf("there is no output %s", name)
		}
	}
}

// Every setting that a function may ask for is given to it.
func TestSettingsAreGiven(t *testing.T) {
	tpl := read(t, root)
	general, _ := at(tpl.globals, "Function", "Environment", "Variables").(object)
	for _, g := range []settings.Group{
		settings.Store, settings.Contact, settings.Sites, settings.Periods, settings.Nudging, settings.Machines, settings.Keyed, settings.Signing, settings.API,
		settings.Sending, settings.Reading, settings.Systems, settings.MailBucket, settings.DossierBucket, settings.WorkBucket,
		settings.VaultBucket, settings.SealBucket, {"STAGE", "DATA_KEY"},
	} {
		for _, name := range g {
			if general[name] == nil {
				t.Errorf("no function gets %s", name)
			}
		}
	}
	own, _ := at(functions(tpl)["desk"].properties, "Environment", "Variables").(object)
	for _, name := range append(slices.Clone(settings.SignIn), "OIDC_DISCOVERY", "OIDC_SECRET_ARN") {
		if own[name] == nil {
			t.Errorf("the desk does not get %s", name)
		}
		if general[name] != nil {
			t.Errorf("every function gets %s", name)
		}
	}
}

// machine is a definition as Step Functions reads it.
type machine struct {
	ProcessorConfig struct{ Mode string }
	States          map[string]*state
}

type state struct {
	Type, Resource string
	Parameters     map[string]any
	TimeoutSeconds int
	Retry          []struct{ ErrorEquals []string }
	Catch          []struct{ ErrorEquals []string }
	MaxConcurrency int
	Label          string
	ItemProcessor  *machine
	Branches       []*machine
}

// definitions are the state machines by name, with all their states, inner ones too.
func definitions(t *testing.T) map[string]map[string]*state {
	t.Helper()
	all := map[string]map[string]*state{}
	entries, err := workflows.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".asl.json")
		if !ok {
			continue
		}
		text, err := workflows.Files.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		var m machine
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatalf("%s: %v", e.Name(), err)
		}
		states := map[string]*state{}
		var walk func(m *machine)
		walk = func(m *machine) {
			for id, s := range m.States {
				states[id] = s
				if s.ItemProcessor != nil {
					walk(s.ItemProcessor)
				}
				for _, b := range s.Branches {
					walk(b)
				}
			}
		}
		walk(&m)
		all[name] = states
	}
	return all
}

// transient are Lambda's own faults, after which the same call may go well.
var transient = []string{"Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.ServiceException", "Lambda.TooManyRequestsException"}

// asking are the states that ask the systems.
var asking = []string{"Collect", "CollectApart", "Erase", "Plan", "Stop", "Identify", "Scope"}

// No task waits for ever, none fails unseen, and none is repeated but where the
// fault is Lambda's, or a system's that may be over soon. A wait on a person is
// never repeated.
func TestTasksEnd(t *testing.T) {
	n := 0
	for name, states := range definitions(t) {
		for id, s := range states {
			if s.Type != "Task" {
				continue
			}
			n++
			where := name + "/" + id
			if s.TimeoutSeconds <= 0 || s.TimeoutSeconds >= 31536000 {
				t.Errorf("%s times out after %d s", where, s.TimeoutSeconds)
			}
			if len(s.Catch) == 0 || !slices.Contains(s.Catch[len(s.Catch)-1].ErrorEquals, "States.ALL") {
				t.Errorf("%s does not catch everything", where)
			}
			calls := strings.HasSuffix(s.Resource, ":lambda:invoke")
			if calls != (len(s.Retry) > 0) {
				t.Errorf("%s (%s) has %d retriers", where, s.Resource, len(s.Retry))
			}
			for i, r := range s.Retry {
				slices.Sort(r.ErrorEquals)
				if i == 1 && slices.Equal(r.ErrorEquals, []string{"Systems.Unavailable"}) && slices.Contains(asking, id) {
					continue
				}
				if d := godiff.Diff(transient, r.ErrorEquals); d != "" {
					t.Errorf("%s repeats (-want +got):\n%s", where, d)
				}
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d tasks were looked at", n)
	}
}

var placeholder = regexp.MustCompile(`\$\{(\w+)\}`)

// Each machine gets what its definition asks for, may call that and no more,
// and logs faults without data.
func TestMachines(t *testing.T) {
	tpl := read(t, root)
	defined := definitions(t)
	for _, m := range tpl.kind("AWS::Serverless::StateMachine") {
		uri, _ := m.properties["DefinitionUri"].(string)
		name := strings.TrimSuffix(filepath.Base(uri), ".asl.json")
		states := defined[name]
		if states == nil {
			t.Errorf("%s has the definition %s, which is not there", m.id, uri)
			continue
		}
		delete(defined, name)
		if got := say(m.properties["Name"]); got != name {
			t.Errorf("%s is called %s, want %s: functions make its arn of it", m.id, got, name)
		}
		if m.properties["Type"] != "STANDARD" {
			t.Errorf("%s is %v: only a standard machine waits", m.id, m.properties["Type"])
		}
		if at(m.properties, "Logging", "Level") != "ERROR" || at(m.properties, "Logging", "IncludeExecutionData") != false {
			t.Errorf("%s logs %s", m.id, say(m.properties["Logging"]))
		}
		if at(m.properties, "Tracing", "Enabled") != false {
			t.Errorf("%s is traced", m.id)
		}

		text, err := os.ReadFile(filepath.Join("..", uri))
		if err != nil {
			t.Fatal(err)
		}
		var asked []string
		for _, p := range placeholder.FindAllStringSubmatch(string(text), -1) {
			asked = append(asked, p[1])
		}
		slices.Sort(asked)
		given := m.properties["DefinitionSubstitutions"].(object)
		if d := godiff.Diff(slices.Compact(asked), keys(given)); d != "" {
			t.Errorf("%s is given other names than it asks for (-want +got):\n%s", m.id, d)
		}

		want := map[string]bool{}
		for _, s := range states {
			switch {
			case s.Type == "Map" && s.ItemProcessor.ProcessorConfig.Mode == "DISTRIBUTED":
				want["states:StartExecution states:stateMachine:"+name] = true
				for _, items := range []string{":*", "/" + s.Label + ":*"} { // as AWS documents it, and as the arn of an item is
					want["states:DescribeExecution states:execution:"+name+items] = true
					want["states:StopExecution states:execution:"+name+items] = true
				}
			case s.Type != "Task":
			case strings.Contains(s.Resource, ":lambda:invoke"):
				p := placeholder.FindStringSubmatch(s.Parameters["FunctionName"].(string))
				want["lambda:InvokeFunction "+strings.TrimSuffix(p[1], "Arn")+".Arn"] = true
			case strings.Contains(s.Resource, ":states:startExecution"):
				p := placeholder.FindStringSubmatch(s.Parameters["StateMachineArn"].(string))
				child := strings.TrimSuffix(p[1], "Arn")
				want["states:StartExecution "+child] = true
				if strings.HasSuffix(s.Resource, ".sync:2") {
					execution := "states:execution:" + strings.ToLower(strings.TrimSuffix(child, "Machine")) + ":*"
					want["states:DescribeExecution "+execution] = true
					want["states:StopExecution "+execution] = true
					for _, a := range []string{"DescribeRule", "PutRule", "PutTargets"} {
						want["events:"+a+" events:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"] = true
					}
				}
			default:
				t.Errorf("%s calls %s, which this test does not know", m.id, s.Resource)
			}
		}
		got := map[string]bool{}
		for _, s := range tpl.of(t, roleOf(t, m)) {
			for _, a := range s.actions {
				for _, r := range s.resources {
					if say(r) != "*" { // log delivery, TestNoStars
						got[a+" "+say(r)] = true
					}
				}
			}
		}
		if d := godiff.Diff(keys(want), keys(got)); d != "" {
			t.Errorf("%s may do something else than it does (-want +got):\n%s", m.id, d)
		}
	}
	for name := range defined {
		t.Errorf("no machine runs %s", name)
	}
}

// The tables are those of the store, encrypted, kept and restorable.
func TestTables(t *testing.T) {
	tpl := read(t, data)
	for _, want := range dynamo.Schema {
		id := strings.ToUpper(want.Name[:1]) + want.Name[1:]
		r, ok := tpl.resources[id]
		if !ok {
			t.Errorf("there is no table %s", want.Name)
			continue
		}
		got := dynamo.Table{Name: want.Name, What: want.What}
		got.TTL, _ = at(r.properties, "TimeToLiveSpecification", "AttributeName").(string)
		types := map[string]string{}
		for _, a := range list(r.properties["AttributeDefinitions"]) {
			types[at(a, "AttributeName").(string)] = at(a, "AttributeType").(string)
		}
		keyed := map[string]string{"pk": "S", "sk": "S"}
		if d := godiff.Diff("pk sk", keySchema(r.properties)); d != "" {
			t.Errorf("the keys of %s (-want +got):\n%s", id, d)
		}
		for _, x := range list(r.properties["GlobalSecondaryIndexes"]) {
			index := dynamo.Index{Name: at(x, "IndexName").(string)}
			index.PartitionKey, index.SortKey, _ = strings.Cut(keySchema(x.(object)), " ")
			index.Projection, _ = at(x, "Projection", "ProjectionType").(string)
			for _, a := range list(at(x, "Projection", "NonKeyAttributes")) {
				index.Include = append(index.Include, a.(string))
			}
			keyed[index.PartitionKey], keyed[index.SortKey] = "S", "S"
			for _, w := range want.Indexes {
				if w.Name == index.Name {
					index.What = w.What
				}
			}
			got.Indexes = append(got.Indexes, index)
		}
		if d := godiff.Diff(want, got); d != "" {
			t.Errorf("%s is not as the store needs it (-want +got):\n%s", id, d)
		}
		if d := godiff.Diff(keyed, types); d != "" {
			t.Errorf("the attributes of %s (-want +got):\n%s", id, d)
		}
		if say(r.properties["DeletionProtectionEnabled"]) != "false if IsLocal, else true" {
			t.Errorf("%s can be deleted: %s", id, say(r.properties["DeletionProtectionEnabled"]))
		}
		kept(t, r)
	}
	for _, file := range readAll(t) {
		for _, r := range file.kind("AWS::DynamoDB::Table") {
			if r.properties["TableName"] != nil {
				t.Errorf("%s %s has a name of its own", file.file, r.id)
			}
			if at(r.properties, "SSESpecification", "SSEType") != "KMS" || at(r.properties, "SSESpecification", "KMSMasterKeyId") == nil {
				t.Errorf("%s %s is not encrypted with a key of ours", file.file, r.id)
			}
			if at(r.properties, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled") != true {
				t.Errorf("%s %s cannot be restored", file.file, r.id)
			}
		}
	}
}

func keySchema(properties object) string {
	var hash, ranged string
	for _, k := range list(properties["KeySchema"]) {
		if at(k, "KeyType") == "HASH" {
			hash = at(k, "AttributeName").(string)
		} else {
			ranged = at(k, "AttributeName").(string)
		}
	}
	return strings.TrimSpace(hash + " " + ranged)
}

func kept(t *testing.T, r resource) {
	t.Helper()
	if r.all["DeletionPolicy"] != "Retain" || r.all["UpdateReplacePolicy"] != "Retain" {
		t.Errorf("%s %s goes with its stack", r.file, r.id)
	}
}

// Every bucket encrypts with our key, is closed to the world and, outside the
// local stage, answers to TLS alone; what is in it goes on its day.
func TestBuckets(t *testing.T) {
	days := map[string]any{"Mail": 30, "Work": 150, "Vault": 30, "Dossier": nil, "Seal": nil}
	for _, tpl := range readAll(t) {
		for _, r := range tpl.kind("AWS::S3::Bucket") {
			where := tpl.file + " " + r.id
			p := r.properties
			if p["BucketName"] != nil {
				t.Errorf("%s has a name of its own", where)
			}
			rule := at(p, "BucketEncryption", "ServerSideEncryptionConfiguration", 0, "ServerSideEncryptionByDefault")
			if at(rule, "SSEAlgorithm") != "aws:kms" || at(rule, "KMSMasterKeyID") == nil {
				t.Errorf("%s does not encrypt with a key of ours", where)
			}
			for _, block := range []string{"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"} {
				if at(p, "PublicAccessBlockConfiguration", block) != true {
					t.Errorf("%s lacks %s", where, block)
				}
			}
			if at(p, "OwnershipControls", "Rules", 0, "ObjectOwnership") != "BucketOwnerEnforced" {
				t.Errorf("%s can hold what is not ours", where)
			}
			if !demandsTLS(tpl, r.id) {
				t.Errorf("%s can be reached without TLS", where)
			}
			if tpl.file != data {
				continue
			}
			kept(t, r)
			want, known := days[r.id]
			if !known {
				t.Errorf("%s: how long is it kept?", where)
			}
			var got any
			for _, rule := range list(at(p, "LifecycleConfiguration", "Rules")) {
				got = cmp.Or(got, at(rule, "ExpirationInDays"))
			}
			if got != want {
				t.Errorf("%s is kept %v days, want %v", where, got, want)
			}
			if versions := at(p, "VersioningConfiguration", "Status") == "Enabled"; versions != (r.id == "Seal") {
				t.Errorf("%s has versions: %v; what is deleted must be gone", where, versions)
			}
		}
	}
	lock := at(read(t, data).resources["Seal"].properties, "ObjectLockConfiguration", "Rule", "DefaultRetention", "Mode")
	if say(lock) != "GOVERNANCE if IsLocal, else COMPLIANCE" {
		t.Errorf("the roots of the ledger are locked by %s", say(lock))
	}
}

// demandsTLS looks for the policy of a bucket; it stands under a condition, or
// one of its statements does, since the emulator speaks plain http.
func demandsTLS(tpl template, bucket string) bool {
	for _, p := range tpl.kind("AWS::S3::BucketPolicy") {
		if say(p.properties["Bucket"]) != bucket {
			continue
		}
		for _, s := range statements(p.id, p.properties["PolicyDocument"]) {
			under, _ := p.all["Condition"].(string)
			under = cmp.Or(under, s.under)
			if s.effect == "Deny" && say(s.principal) == "*" && under == "DemandTLS" && slices.Equal(s.actions, []string{"s3:*"}) &&
				say(s.resources) == "["+bucket+".Arn, "+bucket+".Arn/*]" && say(s.condition) == "{Bool: {aws:SecureTransport: false}}" {
				return true
			}
		}
	}
	return false
}

// A link to a package dies after 120 s, however it was signed (A25); the
// emulator does not look.
func TestLinksAreShort(t *testing.T) {
	tpl := read(t, data)
	for _, s := range statements("", tpl.resources["VaultPolicy"].properties["PolicyDocument"]) {
		if s.under == "" && s.effect == "Deny" && say(s.principal) == "*" && slices.Contains(s.actions, "s3:GetObject") &&
			say(s.resources) == "[Vault.Arn/*]" && say(s.condition) == "{NumericGreaterThan: {s3:signatureAge: 120000}}" {
			return
		}
	}
	t.Error("the bucket of packages does not refuse an old signature")
}

// SES stores mail, for this account alone, and the key lets it.
func TestMailIsTakenIn(t *testing.T) {
	tpl := read(t, data)
	account := "{StringEquals: {aws:SourceAccount: AWS::AccountId}}"
	find := func(document any, action, on string) {
		t.Helper()
		for _, s := range statements("", document) {
			if s.effect == "Allow" && say(s.principal) == "{Service: ses.amazonaws.com}" && slices.Contains(s.actions, action) &&
				say(s.resources) == on && say(s.condition) == account {
				return
			}
		}
		t.Errorf("SES may not %s on %s", action, on)
	}
	find(tpl.resources["MailPolicy"].properties["PolicyDocument"], "s3:PutObject", "[Mail.Arn/raw/*]")
	find(tpl.resources["DataKey"].properties["KeyPolicy"], "kms:GenerateDataKey", "[*]")

	mail := read(t, "mail.yaml")
	rules := mail.kind("AWS::SES::ReceiptRule")
	if len(rules) != 1 {
		t.Fatalf("there are %d receipt rules", len(rules))
	}
	for _, r := range append(rules, mail.kind("AWS::SES::ReceiptRuleSet")...) {
		if r.all["Condition"] != "Receives" {
			t.Errorf("%s is made on the emulator, which has none", r.id)
		}
	}
	rule := at(rules[0].properties, "Rule")
	if at(rule, "ScanEnabled") != true || at(rule, "TlsPolicy") != "Optional" || at(rule, "Enabled") != true {
		t.Errorf("the receipt rule refuses or does not scan: %s", say(rule))
	}
	// Stored before told; nothing is bounced (A33), nothing goes out with its content,
	// and no KmsKeyArn, with which the client would encrypt.
	want := []any{
		object{"S3Action": object{"BucketName": object{"Ref": "MailBucket"}, "ObjectKeyPrefix": "raw/"}},
		object{"LambdaAction": object{"FunctionArn": object{"Ref": "MailinArn"}, "InvocationType": "Event"}},
	}
	if d := godiff.Diff(want, at(rule, "Actions")); d != "" {
		t.Errorf("what happens to a mail (-want +got):\n%s", d)
	}
}

// What a function could not do is put where an alarm sees it; but an event with
// a person's words or address goes nowhere (I13).
func TestFailuresAreSeen(t *testing.T) {
	tpl := read(t, root)
	watch := read(t, "watch.yaml")
	personal := []string{"mailin", "mailback"}
	async := []string{"forget", "post", "sweep", "wake", "watch"}
	for name, f := range functions(tpl) {
		p := f.properties
		if p["DeadLetterQueue"] != nil {
			t.Errorf("%s has a dead-letter queue, which keeps events", name)
		}
		destination := say(at(p, "EventInvokeConfig", "DestinationConfig", "OnFailure", "Destination"))
		if slices.Contains(async, name) != (destination == "FailuresArn") {
			t.Errorf("what %s could not do goes to %s", name, destination)
		}
		if slices.Contains(personal, name) && p["EventInvokeConfig"] != nil {
			t.Errorf("the events of %s, which hold addresses, are sent on", name)
		}
		if !slices.Contains(async, name) && !slices.Contains(personal, name) {
			continue
		}
		alarm := false
		for _, a := range watch.kind("AWS::CloudWatch::Alarm") {
			alarm = alarm || a.properties["MetricName"] == "Errors" && say(at(a.properties, "Dimensions", 0, "Value")) == f.id
		}
		if !alarm {
			t.Errorf("no alarm tells that %s fails", name)
		}
	}
	for _, a := range watch.kind("AWS::CloudWatch::Alarm") {
		if say(a.properties["AlarmActions"]) != "[Alarms]" {
			t.Errorf("%s tells nobody", a.id)
		}
	}
	for _, id := range []string{"FailuresAlarm", "OverdueAlarm", "StuckAlarm", "UndeclaredAlarm", "RescuedAlarm", "BouncesAlarm", "ComplaintsAlarm", "BreakerAlarm", "WakeSilentAlarm", "WatchSilentAlarm", "SweepSilentAlarm"} {
		if watch.resources[id].kind != "AWS::CloudWatch::Alarm" {
			t.Errorf("there is no %s", id)
		}
	}
}

// Every event that moves a letter is asked for, and none that watches its
// reader; and the alarm of the sending breaker waits for the line that is written (A31).
func TestMailEvents(t *testing.T) {
	mail := read(t, "mail.yaml")
	got := at(mail.resources["BackEvents"].properties, "EventDestination", "MatchingEventTypes")
	want := []any{"send", "delivery", "deliveryDelay", "bounce", "complaint", "reject", "renderingFailure"}
	if d := godiff.Diff(want, got); d != "" {
		t.Errorf("what SES tells (-want +got):\n%s", d)
	}
	if got := say(at(mail.resources["Statutory"].properties, "SuppressionOptions", "SuppressedReasons")); got != "[BOUNCE, COMPLAINT]" {
		t.Errorf("the account's own list takes up %s", got)
	}
	watch := read(t, "watch.yaml")
	filter := watch.resources["BreakerFilter"].properties
	if pattern := fmt.Sprintf("{ $.message = %q }", post.OpenedLine); at(filter, "FilterPattern") != pattern || say(filter["LogGroupName"]) != "MailbackLog" {
		t.Errorf("the breaker's alarm waits for %s", say(filter))
	}
}

// Logs are encrypted, end, and say nothing of who asked (A24, A45).
func TestLogs(t *testing.T) {
	tpl := read(t, root)
	names := map[string]bool{}
	for _, file := range readAll(t) {
		for _, r := range file.kind("AWS::Logs::LogGroup") {
			if r.properties["RetentionInDays"] == nil || r.properties["KmsKeyId"] == nil {
				t.Errorf("%s %s is kept for ever or in the clear", file.file, r.id)
			}
			names[say(r.properties["LogGroupName"])] = true
		}
		for _, kind := range []string{"AWS::SQS::Queue", "AWS::SNS::Topic"} {
			for _, r := range file.kind(kind) {
				if r.properties["KmsMasterKeyId"] == nil {
					t.Errorf("%s %s is in the clear", file.file, r.id)
				}
			}
		}
	}
	for name, f := range functions(tpl) {
		if !names["/aws/lambda/"+say(f.properties["FunctionName"])] || say(f.properties["FunctionName"]) != name {
			t.Errorf("the logs of %s are not those that stand here", name)
		}
	}
	if at(tpl.globals, "Function", "Tracing") != "Disabled" {
		t.Error("the functions are traced")
	}
	for _, a := range tpl.kind("AWS::Serverless::Api") {
		arms := list(at(a.properties, "AccessLogSetting", "Fn::If"))
		format, _ := at(arms, 1, "Format").(string)
		if !json.Valid([]byte(format)) {
			t.Errorf("%s logs %q", a.id, format)
		}
		for _, p := range regexp.MustCompile(`\$context\.([\w.]+)`).FindAllStringSubmatch(format, -1) {
			if !slices.Contains([]string{"requestId", "httpMethod", "status", "responseLatency", "error.responseType"}, p[1]) {
				t.Errorf("%s logs %s of every request", a.id, p[1])
			}
		}
	}
}

// The sites take what a page needs and no more, and no flood of it (A48).
func TestSites(t *testing.T) {
	tpl := read(t, root)
	for function, api := range map[string]string{"portal": "PublicApi", "desk": "DeskApi", "client": "ClientApi"} {
		var got []string
		for _, e := range functions(tpl)[function].properties["Events"].(object) {
			if say(at(e, "Properties", "RestApiId")) != api {
				t.Errorf("%s answers at %s", function, say(at(e, "Properties", "RestApiId")))
			}
			got = append(got, at(e, "Properties", "Method").(string)+" "+at(e, "Properties", "Path").(string))
		}
		slices.Sort(got)
		want := []string{"GET /", "GET /{proxy+}", "HEAD /", "HEAD /{proxy+}", "POST /", "POST /{proxy+}"}
		if d := godiff.Diff(want, got); d != "" {
			t.Errorf("%s answers to (-want +got):\n%s", function, d)
		}
	}
	var machines []string
	for _, e := range functions(tpl)["opendsr"].properties["Events"].(object) {
		machines = append(machines, say(at(e, "Properties", "RestApiId"))+" "+at(e, "Properties", "Method").(string)+" "+at(e, "Properties", "Path").(string))
	}
	slices.Sort(machines)
	if d := godiff.Diff([]string{"OpendsrApi DELETE /{proxy+}", "OpendsrApi GET /{proxy+}", "OpendsrApi POST /{proxy+}"}, machines); d != "" {
		t.Errorf("opendsr answers to (-want +got):\n%s", d)
	}
	all := false
	for _, m := range list(at(tpl.globals, "Api", "MethodSettings")) {
		rate, _ := at(m, "ThrottlingRateLimit").(int)
		burst, _ := at(m, "ThrottlingBurstLimit").(int)
		if rate <= 0 || rate > 100 || burst <= 0 || burst > 200 || at(m, "DataTraceEnabled") != false {
			t.Errorf("a site takes %s", say(m))
		}
		all = all || at(m, "ResourcePath") == "/*" && at(m, "HttpMethod") == "*"
	}
	if !all {
		t.Error("the sites have no limit")
	}
	for _, d := range tpl.kind("AWS::ApiGateway::DomainName") {
		if d.properties["SecurityPolicy"] != "TLS_1_2" {
			t.Errorf("%s speaks %v", d.id, d.properties["SecurityPolicy"])
		}
	}
	sum, reserved := 0, map[string]int{}
	for name, f := range functions(tpl) {
		if n, ok := at(f.properties, "ReservedConcurrentExecutions", "Fn::If", 1).(int); ok {
			sum += n
			reserved[name] = n
		}
	}
	// What one request does side by side, its functions may do.
	for machine, states := range definitions(t) {
		for id, s := range states {
			if s.Type != "Map" {
				continue
			}
			for inner, task := range s.ItemProcessor.States {
				if !strings.Contains(task.Resource, ":lambda:invoke") {
					continue
				}
				name := strings.ToLower(strings.TrimSuffix(placeholder.FindStringSubmatch(task.Parameters["FunctionName"].(string))[1], "FunctionArn"))
				if n, ok := reserved[name]; ok && (s.MaxConcurrency == 0 || s.MaxConcurrency > n) {
					t.Errorf("%s/%s calls %s for %d items at once, of which %d may run", machine, id, inner, s.MaxConcurrency, n)
				}
			}
		}
	}
	// An account has 1,000 unless it asked for more, and keeps 100 unreserved.
	if sum == 0 || sum > 400 {
		t.Errorf("%d concurrent executions are reserved", sum)
	}
}

// Schedules run as rules: the emulators' schedulers do not fire.
func TestSchedules(t *testing.T) {
	want := map[string]string{
		"post": "rate(1 minute)", "wake": "rate(5 minutes)", "sweep": "rate(15 minutes)", "watch": "cron(0 4 * * ? *)", "forget": "cron(30 1 * * ? *)",
	}
	got := map[string]string{}
	for name, f := range functions(read(t, root)) {
		events, _ := f.properties["Events"].(object)
		for _, e := range events {
			switch at(e, "Type") {
			case "Schedule":
				got[name], _ = at(e, "Properties", "Schedule").(string)
			case "Api":
			default:
				t.Errorf("%s runs by %v", name, at(e, "Type"))
			}
		}
	}
	if d := godiff.Diff(want, got); d != "" {
		t.Errorf("when functions run (-want +got):\n%s", d)
	}
}

// Keys live on, change every year, and are nobody's but the account's and the
// services' that write for it.
func TestKeyPolicies(t *testing.T) {
	tpl := read(t, data)
	for _, k := range tpl.kind("AWS::KMS::Key") {
		kept(t, k)
		for _, s := range statements(k.id, k.properties["KeyPolicy"]) {
			account := say(s.principal) == "{AWS: iam::AWS::AccountId:root}"
			if !account && (s.condition == nil || slices.Contains(s.actions, "kms:*")) {
				t.Errorf("%s is open to %s", k.id, say(s.principal))
			}
		}
	}
	if tpl.resources["DataKey"].properties["EnableKeyRotation"] != true {
		t.Error("the data key never changes")
	}
	if p := tpl.resources["SignKey"].properties; p["KeySpec"] != "RSA_2048" || p["KeyUsage"] != "SIGN_VERIFY" {
		t.Error("the signing key signs nothing that a pack can be verified by")
	}
	if tpl.resources["HmacKey"].properties["KeySpec"] != "HMAC_256" {
		t.Error("the HMAC key makes no HMAC")
	}
}

// Staff get an account from somebody else, and sign in with two factors.
func TestSignIn(t *testing.T) {
	tpl := read(t, "access.yaml")
	pool := tpl.resources["Pool"].properties
	if at(pool, "AdminCreateUserConfig", "AllowAdminCreateUserOnly") != true || say(pool["MfaConfiguration"]) != "OFF if IsLocal, else ON" {
		t.Errorf("anybody may make an account, or needs a password alone: %s", say(pool))
	}
	var groups []string
	for _, g := range tpl.kind("AWS::Cognito::UserPoolGroup") {
		groups = append(groups, g.properties["GroupName"].(string))
	}
	slices.Sort(groups)
	if d := godiff.Diff([]string{"administrator", "approver", "auditor", "officer"}, groups); d != "" {
		t.Errorf("the roles (-want +got):\n%s", d)
	}
	if at(tpl.resources["Client"].properties, "AllowedOAuthFlows", 0) != "code" || tpl.resources["Client"].properties["GenerateSecret"] != true {
		t.Error("the desk signs in otherwise than by a code and a secret")
	}
}
