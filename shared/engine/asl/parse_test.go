package asl_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/engine/asl"
)

// sound breaks no rule, not even those that only Lint reports.
const sound = `{"Comment":"c","Version":"1.0","QueryLanguage":"JSONPath","TimeoutSeconds":31000000,"StartAt":"Call","States":{
  "Call":{"Type":"Task","Comment":"c","Resource":"arn:${Partition}:states:::lambda:invoke","TimeoutSeconds":60,
    "Parameters":{"FunctionName":"${CallArn}","Payload":{"requestId.$":"$.requestId"}},"ResultSelector":{"legs.$":"$.Payload.legs"},"ResultPath":"$.r","OutputPath":"$.r",
    "Retry":[{"Comment":"c","ErrorEquals":["Lambda.ServiceException"],"IntervalSeconds":2,"MaxAttempts":5,"BackoffRate":2,"MaxDelaySeconds":60,"JitterStrategy":"FULL"},{"ErrorEquals":["States.ALL"]}],
    "Catch":[{"Comment":"c","ErrorEquals":["Refused","States.Timeout"],"ResultPath":null,"Next":"Lost"},{"ErrorEquals":["States.ALL"],"Next":"Lost"}],"Next":"Each"},
  "Each":{"Type":"Map","ItemsPath":"$.legs","MaxConcurrency":5,"ItemSelector":{"legId.$":"$$.Map.Item.Value.id"},
    "ItemProcessor":{"ProcessorConfig":{"Mode":"INLINE"},"StartAt":"Ask","States":{
      "Ask":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","TimeoutSeconds":31535999,
        "Parameters":{"FunctionName":"ask","Payload":{"token.$":"$$.Task.Token","in.$":"$"}},"Catch":[{"ErrorEquals":["States.Timeout"],"Next":"Late"}],"End":true},
      "Late":{"Type":"Wait","Seconds":300,"Next":"Ask"}}},
    "Catch":[{"ErrorEquals":["States.ALL"],"Next":"Lost"}],"Next":"Which"},
  "Which":{"Type":"Choice","Choices":[{"Comment":"c","And":[{"Variable":"$[0]","IsPresent":true},{"Not":{"Variable":"$[0].x","StringEquals":"y"}}],"Next":"Child"}],"Default":"Both"},
  "Child":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2","TimeoutSeconds":9,"Parameters":{"StateMachineArn":"${ChildArn}","Name.$":"$$.Execution.Name","Input":{}},
    "Catch":[{"ErrorEquals":["States.ALL"],"Next":"Lost"}],"Next":"Done"},
  "Both":{"Type":"Parallel","Branches":[{"Comment":"c","StartAt":"A","States":{"A":{"Type":"Pass","Result":{"a":1},"End":true}}}],"Next":"Spread"},
  "Spread":{"Type":"Map","Label":"Spread","MaxConcurrency":100,"ItemSelector":{"n.$":"$$.Map.Item.Index"},
    "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"One","States":{"One":{"Type":"Pass","Parameters":{"id.$":"$$.Execution.Id"},"End":true}}},
    "Catch":[{"ErrorEquals":["States.ExceedToleratedFailureThreshold"],"Next":"Lost"}],"Next":"Done"},
  "Done":{"Type":"Succeed"},"Lost":{"Type":"Fail","Error":"Lost","Cause":"See the ledger."}}}`

func TestParseSound(t *testing.T) {
	if got := asl.Lint([]byte(sound)); len(got) != 0 {
		t.Errorf("Lint: %v", got)
	}
	m, err := asl.Parse("m", []byte(sound), map[string]string{"Partition": "aws", "CallArn": "call", "ChildArn": "child"})
	if err != nil {
		t.Fatal(err)
	}
	want := []asl.Task{
		{State: "Ask", Target: "ask", Waits: true, Timeout: 31535999 * time.Second},
		{State: "Call", Target: "call", Timeout: time.Minute},
		{State: "Child", Target: "child", Starts: true, Waits: true, Timeout: 9 * time.Second},
	}
	if diff := cmp.Diff(want, m.Tasks()); diff != "" {
		t.Errorf("tasks (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"A", "Ask", "Both", "Call", "Child", "Done", "Each", "Late", "Lost", "One", "Spread", "Which"}, m.States()); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	_, err = asl.Parse("m", []byte(sound), map[string]string{"CallArn": "call"})
	var broken *asl.DefinitionError
	if !errors.As(err, &broken) || broken.Name != "m" || len(broken.Findings) != 2 ||
		broken.Findings[0].Rule != asl.RulePlaceholder || broken.Findings[1].Path != "States.Child.Parameters.StateMachineArn" {
		t.Errorf("without substitutions: %v", err)
	}
}

// Each row takes the sound definition, changes one thing, and names the rule that
// sees it and the place.
func TestRules(t *testing.T) {
	tests := []struct {
		name, old, new string
		rule           asl.Rule
		path           string
	}{
		{"two keys", `"StartAt":"Call"`, `"StartAt":"Call","StartAt":"Call"`, asl.RuleJSON, ""},
		{"cut off", `"Cause":"See the ledger."}}}`, ``, asl.RuleJSON, ""},
		{"two values", `"See the ledger."}}}`, `"See the ledger."}}} {}`, asl.RuleJSON, ""},
		{"field of no machine", `"Version"`, `"Versions"`, asl.RuleUnknownField, "Versions"},
		{"version", `"1.0"`, `"2.0"`, asl.RuleShape, "Version"},
		{"JSONata", `"JSONPath"`, `"JSONata"`, asl.RuleUnsupported, "QueryLanguage"},
		{"field of no task", `"Type":"Task","Comment"`, `"Type":"Task","Coment"`, asl.RuleUnknownField, "States.Call.Coment"},
		{"Result on a task", `"Type":"Task","Comment"`, `"Type":"Task","Result":1,"Comment"`, asl.RuleUnknownField, "States.Call.Result"},
		{"Next on Succeed", `{"Type":"Succeed"}`, `{"Type":"Succeed","Next":"Lost"}`, asl.RuleUnknownField, "States.Done.Next"},
		{"InputPath on Fail", `"Type":"Fail"`, `"Type":"Fail","InputPath":"$"`, asl.RuleUnknownField, "States.Lost.InputPath"},
		{"Assign", `{"Type":"Succeed"}`, `{"Type":"Succeed","Assign":{}}`, asl.RuleUnsupported, "States.Done.Assign"},
		{"HeartbeatSeconds", `"TimeoutSeconds":31535999`, `"TimeoutSeconds":31535999,"HeartbeatSeconds":5`, asl.RuleUnsupported, "States.Each.ItemProcessor.States.Ask.HeartbeatSeconds"},
		{"TimeoutSecondsPath", `"TimeoutSeconds":9`, `"TimeoutSeconds":9,"TimeoutSecondsPath":"$.t"`, asl.RuleUnsupported, "States.Child.TimeoutSecondsPath"},
		{"ToleratedFailureCount", `"MaxConcurrency":5`, `"ToleratedFailureCount":5`, asl.RuleUnsupported, "States.Each.ToleratedFailureCount"},
		{"another mode", `"INLINE"`, `"LOCAL"`, asl.RuleShape, "States.Each.ItemProcessor.ProcessorConfig.Mode"},
		{"ExecutionType inline", `"INLINE"`, `"INLINE","ExecutionType":"STANDARD"`, asl.RuleUnknownField, "States.Each.ItemProcessor.ProcessorConfig.ExecutionType"},
		{"Label inline", `"MaxConcurrency":5`, `"Label":"Each"`, asl.RuleUnknownField, "States.Each.Label"},
		{"41 inline", `"MaxConcurrency":5`, `"MaxConcurrency":41`, asl.RuleShape, "States.Each.MaxConcurrency"},
		{"10,001 distributed", `"MaxConcurrency":100`, `"MaxConcurrency":10001`, asl.RuleShape, "States.Spread.MaxConcurrency"},
		{"no ExecutionType", `"ExecutionType":"STANDARD"`, `"Comment":"c"`, asl.RuleMissing, "States.Spread.ItemProcessor.ProcessorConfig.ExecutionType"},
		{"EXPRESS", `"STANDARD"`, `"EXPRESS"`, asl.RuleUnsupported, "States.Spread.ItemProcessor.ProcessorConfig.ExecutionType"},
		{"no Label", `"Label":"Spread",`, ``, asl.RuleMissing, "States.Spread.Label"},
		{"Label of two words", `"Label":"Spread"`, `"Label":"Spread out"`, asl.RuleShape, "States.Spread.Label"},
		{"one Label twice", `"MaxConcurrency":5,"ItemSelector":{"legId.$":"$$.Map.Item.Value.id"},
    "ItemProcessor":{"ProcessorConfig":{"Mode":"INLINE"}`, `"Label":"Spread","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"}`, asl.RuleShape, "States.Spread.Label"},
		{"ItemReader", `"MaxConcurrency":100`, `"ItemReader":{}`, asl.RuleUnsupported, "States.Spread.ItemReader"},
		{"ItemBatcher", `"MaxConcurrency":100`, `"ItemBatcher":{"MaxItemsPerBatch":5}`, asl.RuleUnsupported, "States.Spread.ItemBatcher"},
		{"ResultWriter", `"MaxConcurrency":100`, `"ResultWriter":{}`, asl.RuleUnsupported, "States.Spread.ResultWriter"},
		{"ToleratedFailurePercentage", `"MaxConcurrency":100`, `"ToleratedFailurePercentage":100`, asl.RuleUnsupported, "States.Spread.ToleratedFailurePercentage"},
		{"item inside a distributed Map", `"$$.Execution.Id"`, `"$$.Map.Item.Index"`, asl.RulePath, "States.Spread.ItemProcessor.States.One.Parameters.id.$"},
		{"no type", `"Type":"Succeed"`, `"Comment":"c"`, asl.RuleMissing, "States.Done.Type"},
		{"another type", `"Type":"Succeed"`, `"Type":"Success"`, asl.RuleShape, "States.Done.Type"},
		{"state is no object", `{"Type":"Succeed"}`, `1`, asl.RuleShape, "States.Done"},
		{"Next and End", `"Branches":`, `"End":true,"Branches":`, asl.RuleMissing, "States.Both.Next"},
		{"neither Next nor End", `"Result":{"a":1},"End":true`, `"Result":{"a":1}`, asl.RuleMissing, "States.Both.Branches[0].States.A.Next"},
		{"Fail without Error", `"Error":"Lost","Cause"`, `"Cause"`, asl.RuleMissing, "States.Lost.Error"},
		{"no Branches", `"Branches":[{"Comment":"c","StartAt":"A","States":{"A":{"Type":"Pass","Result":{"a":1},"End":true}}}],`, ``, asl.RuleMissing, "States.Both.Branches"},
		{"no Payload", `"Payload":{"requestId.$":"$.requestId"}`, `"LogType":"None"`, asl.RuleMissing, "States.Call.Parameters.Payload"},
		{"misspelt Payload", `"Payload":{"requestId.$":"$.requestId"}`, `"Payload":{},"Paylaod":1`, asl.RuleUnknownField, "States.Call.Parameters.Paylaod"},
		{"function by path", `"FunctionName":"ask"`, `"FunctionName.$":"$.f"`, asl.RuleMissing, "States.Each.ItemProcessor.States.Ask.Parameters.FunctionName"},
		{"no Input", `,"Input":{}`, ``, asl.RuleMissing, "States.Child.Parameters.Input"},
		{"another resource", `"arn:aws:states:::states:startExecution.sync:2"`, `"arn:aws:states:::sqs:sendMessage"`, asl.RuleUnsupported, "States.Child.Resource"},
		{"a bare function", `"arn:${Partition}:states:::lambda:invoke"`, `"${CallArn}"`, asl.RuleUnsupported, "States.Call.Resource"},
		{"one name twice", `"StartAt":"A","States":{"A"`, `"StartAt":"Done","States":{"Done"`, asl.RuleShape, "States.Done"},
		{"81 characters", `"StartAt":"A","States":{"A"`, `"StartAt":"` + strings.Repeat("A", 81) + `","States":{"` + strings.Repeat("A", 81) + `"`, asl.RuleShape, "States.Both.Branches[0].States." + strings.Repeat("A", 81)},
		{"StartAt nowhere", `"StartAt":"A"`, `"StartAt":"B"`, asl.RuleUndefinedState, "States.Both.Branches[0].StartAt"},
		{"Next nowhere", `"Next":"Which"`, `"Next":"Whichever"`, asl.RuleUndefinedState, "States.Each"},
		{"Next out of a Map", `"Seconds":300,"Next":"Ask"`, `"Seconds":300,"Next":"Done"`, asl.RuleUndefinedState, "States.Each.ItemProcessor.States.Late"},
		{"Default nowhere", `"Default":"Both"`, `"Default":"Nobody"`, asl.RuleUndefinedState, "States.Which"},
		{"Catch nowhere", `"ErrorEquals":["States.Timeout"],"Next":"Late"`, `"ErrorEquals":["States.Timeout"],"Next":"Later"`, asl.RuleUndefinedState, "States.Each.ItemProcessor.States.Ask"},
		{"unreachable", `,"Default":"Both"`, ``, asl.RuleUnreachable, "States.Both"},
		{"endless", `{"Type":"Succeed"}`, `{"Type":"Pass","Next":"Done"}`, asl.RuleEndless, "States.Done"},
		{"a round without a Task", `{"Type":"Succeed"}`, `{"Type":"Wait","Seconds":1,"Next":"Which"}`, asl.RuleLoop, "States.Which"},
		{"no timeout", `"TimeoutSeconds":60,`, ``, asl.RuleTimeout, "States.Call.TimeoutSeconds"},
		{"a year", `31535999`, `31536000`, asl.RuleTimeout, "States.Each.ItemProcessor.States.Ask.TimeoutSeconds"},
		{"timeout 0", `"TimeoutSeconds":60`, `"TimeoutSeconds":0`, asl.RuleShape, "States.Call.TimeoutSeconds"},
		{"timeout as text", `"TimeoutSeconds":60`, `"TimeoutSeconds":"60"`, asl.RuleShape, "States.Call.TimeoutSeconds"},
		{"Retry on a wait", `"Catch":[{"ErrorEquals":["States.Timeout"]`, `"Retry":[{"ErrorEquals":["A"]}],"Catch":[{"ErrorEquals":["States.Timeout"]`, asl.RuleRetryOnWait, "States.Each.ItemProcessor.States.Ask.Retry"},
		{"timeout of a wait uncaught", `"Catch":[{"ErrorEquals":["States.Timeout"]`, `"Catch":[{"ErrorEquals":["States.TaskFailed"]`, asl.RuleWaitUncaught, "States.Each.ItemProcessor.States.Ask.Catch"},
		{"token not passed", `"token.$":"$$.Task.Token",`, ``, asl.RuleTokenNotPassed, "States.Each.ItemProcessor.States.Ask.Parameters.Payload"},
		{"token as text", `"token.$":"$$.Task.Token"`, `"token":"$$.Task.Token"`, asl.RuleForgottenPath, "States.Each.ItemProcessor.States.Ask.Parameters.Payload.token"},
		{"token without a wait", `"requestId.$":"$.requestId"`, `"token.$":"$$.Task.Token"`, asl.RuleTokenNoWait, "States.Call.Parameters.Payload.token.$"},
		{"States.ALL not last", `"ErrorEquals":["Lambda.ServiceException"]`, `"ErrorEquals":["States.ALL"]`, asl.RuleErrorName, "States.Call.Retry[0].ErrorEquals"},
		{"States.ALL not alone", `[{"ErrorEquals":["States.ALL"],"Next":"Lost"}],"Next":"Which"`, `[{"ErrorEquals":["A","States.ALL"],"Next":"Lost"}],"Next":"Which"`, asl.RuleErrorName, "States.Each.Catch[0].ErrorEquals"},
		{"States.Runtime", `"Refused"`, `"States.Runtime"`, asl.RuleErrorName, "States.Call.Catch[0].ErrorEquals"},
		{"States.DataLimitExceeded", `"Refused"`, `"States.DataLimitExceeded"`, asl.RuleErrorName, "States.Call.Catch[0].ErrorEquals"},
		{"no such States name", `"Refused"`, `"States.TimedOut"`, asl.RuleErrorName, "States.Call.Catch[0].ErrorEquals"},
		{"no ErrorEquals", `"ErrorEquals":["Lambda.ServiceException"],`, ``, asl.RuleMissing, "States.Call.Retry[0].ErrorEquals"},
		{"ErrorEquals of numbers", `["Lambda.ServiceException"]`, `[1]`, asl.RuleShape, "States.Call.Retry[0].ErrorEquals"},
		{"empty Retry", `"Retry":[{"Comment":"c","ErrorEquals":["Lambda.ServiceException"],"IntervalSeconds":2,"MaxAttempts":5,"BackoffRate":2,"MaxDelaySeconds":60,"JitterStrategy":"FULL"},{"ErrorEquals":["States.ALL"]}]`, `"Retry":[]`, asl.RuleShape, "States.Call.Retry"},
		{"BackoffRate", `"BackoffRate":2`, `"BackoffRate":0.5`, asl.RuleShape, "States.Call.Retry[0].BackoffRate"},
		{"MaxDelaySeconds", `"MaxDelaySeconds":60`, `"MaxDelaySeconds":2`, asl.RuleShape, "States.Call.Retry[0].MaxDelaySeconds"},
		{"JitterStrategy", `"FULL"`, `"HALF"`, asl.RuleShape, "States.Call.Retry[0].JitterStrategy"},
		{"301 seconds", `"Seconds":300`, `"Seconds":301`, asl.RuleLongWait, "States.Each.ItemProcessor.States.Late.Seconds"},
		{"no Seconds", `"Seconds":300,`, ``, asl.RuleMissing, "States.Each.ItemProcessor.States.Late.Seconds"},
		{"SecondsPath", `"Seconds":300`, `"Seconds":1,"SecondsPath":"$.s"`, asl.RuleUnsupported, "States.Each.ItemProcessor.States.Late.SecondsPath"},
		{"Timestamp", `"Seconds":300`, `"TimestampPath":"$.due"`, asl.RuleDate, "States.Each.ItemProcessor.States.Late.TimestampPath"},
		{"a date", `"Result":{"a":1}`, `"Result":{"a":"2026-11-21"}`, asl.RuleDate, "States.Both.Branches[0].States.A.Result.a"},
		{"a comparison of dates", `"Variable":"$[0]","IsPresent":true`, `"Variable":"$[0]","TimestampLessThan":"x"`, asl.RuleDate, "States.Which.Choices[0].And[0].TimestampLessThan"},
		{"forgotten in Parameters", `"in.$":"$"`, `"in":"$"`, asl.RuleForgottenPath, "States.Each.ItemProcessor.States.Ask.Parameters.Payload.in"},
		{"forgotten in a list", `"in.$":"$"`, `"in":[1,{"x":"$.y"}]`, asl.RuleForgottenPath, "States.Each.ItemProcessor.States.Ask.Parameters.Payload.in[1].x"},
		{"forgotten in ResultSelector", `"legs.$":"$.Payload.legs"`, `"legs":"$.Payload.legs"`, asl.RuleForgottenPath, "States.Call.ResultSelector.legs"},
		{"forgotten function", `"in.$":"$"`, `"in":"States.Format('x')"`, asl.RuleForgottenPath, "States.Each.ItemProcessor.States.Ask.Parameters.Payload.in"},
		{"path in a constant", `"Result":{"a":1}`, `"Result":{"a.$":"$.b"}`, asl.RuleForgottenPath, "States.Both.Branches[0].States.A.Result.a.$"},
		{"number under .$", `"in.$":"$"`, `"in.$":1`, asl.RuleShape, "States.Each.ItemProcessor.States.Ask.Parameters.Payload.in.$"},
		{"key with and without .$", `"in.$":"$"`, `"in.$":"$","in":1`, asl.RuleShape, "States.Each.ItemProcessor.States.Ask.Parameters.Payload.in.$"},
		{"Parameters is no object", `"Parameters":{"FunctionName":"ask","Payload":{"token.$":"$$.Task.Token","in.$":"$"}}`, `"Parameters":1`, asl.RuleShape, "States.Each.ItemProcessor.States.Ask.Parameters"},
		{"no path", `"ItemsPath":"$.legs"`, `"ItemsPath":"legs"`, asl.RulePath, "States.Each.ItemsPath"},
		{"descent", `"ItemsPath":"$.legs"`, `"ItemsPath":"$..legs"`, asl.RulePath, "States.Each.ItemsPath"},
		{"filter", `"ItemsPath":"$.legs"`, `"ItemsPath":"$.legs[?(@.x)]"`, asl.RulePath, "States.Each.ItemsPath"},
		{"slice", `"ItemsPath":"$.legs"`, `"ItemsPath":"$.legs[0:1]"`, asl.RulePath, "States.Each.ItemsPath"},
		{"ResultPath into a list", `"ResultPath":"$.r"`, `"ResultPath":"$.r[0]"`, asl.RulePath, "States.Call.ResultPath"},
		{"ResultPath into the context", `"ResultPath":"$.r"`, `"ResultPath":"$$.r"`, asl.RulePath, "States.Call.ResultPath"},
		{"context that does not exist", `"$$.Execution.Name"`, `"$$.Execution.Title"`, asl.RulePath, "States.Child.Parameters.Name.$"},
		{"$$ alone", `"$$.Execution.Name"`, `"$$"`, asl.RulePath, "States.Child.Parameters.Name.$"},
		{"item outside a Map", `"$$.Execution.Name"`, `"$$.Map.Item.Index"`, asl.RulePath, "States.Child.Parameters.Name.$"},
		{"unknown function", `"in.$":"$"`, `"in.$":"States.UUID()"`, asl.RulePath, "States.Each.ItemProcessor.States.Ask.Parameters.Payload.in.$"},
		{"arguments", `"in.$":"$"`, `"in.$":"States.StringToJson($.a, $.b)"`, asl.RulePath, "States.Each.ItemProcessor.States.Ask.Parameters.Payload.in.$"},
		{"no end of the function", `"in.$":"$"`, `"in.$":"States.Array('a'"`, asl.RulePath, "States.Each.ItemProcessor.States.Ask.Parameters.Payload.in.$"},
		{"no end of the text", `"in.$":"$"`, `"in.$":"States.Array('a)"`, asl.RulePath, "States.Each.ItemProcessor.States.Ask.Parameters.Payload.in.$"},
		{"no comma", `"in.$":"$"`, `"in.$":"States.Array('a' 'b')"`, asl.RulePath, "States.Each.ItemProcessor.States.Ask.Parameters.Payload.in.$"},
		{"more after the function", `"in.$":"$"`, `"in.$":"States.Array() x"`, asl.RulePath, "States.Each.ItemProcessor.States.Ask.Parameters.Payload.in.$"},
		{"word as an argument", `"in.$":"$"`, `"in.$":"States.Array(x)"`, asl.RulePath, "States.Each.ItemProcessor.States.Ask.Parameters.Payload.in.$"},
		{"two operators", `"IsPresent":true`, `"IsPresent":true,"IsNull":true`, asl.RuleShape, "States.Which.Choices[0].And[0]"},
		{"no operator", `,"IsPresent":true`, ``, asl.RuleShape, "States.Which.Choices[0].And[0]"},
		{"unknown operator", `"IsPresent":true`, `"IsThere":true`, asl.RuleUnknownField, "States.Which.Choices[0].And[0].IsThere"},
		{"operator by path that AWS has not", `"IsPresent":true`, `"StringMatchesPath":"$.x"`, asl.RuleUnknownField, "States.Which.Choices[0].And[0].StringMatchesPath"},
		{"type of the operand", `"StringEquals":"y"`, `"StringEquals":1`, asl.RuleShape, "States.Which.Choices[0].And[1].Not.StringEquals"},
		{"Next inside", `"Not":{"Variable"`, `"Not":{"Next":"Done","Variable"`, asl.RuleUnknownField, "States.Which.Choices[0].And[1].Not.Next"},
		{"no Variable", `"Variable":"$[0]",`, ``, asl.RuleMissing, "States.Which.Choices[0].And[0].Variable"},
		{"both words for a Map's template", `"MaxConcurrency":5`, `"Parameters":{}`, asl.RuleShape, "States.Each.Parameters"},
		{"Result beside Parameters", `"Result":{"a":1}`, `"Result":{"a":1},"Parameters":{}`, asl.RuleShape, "States.Both.Branches[0].States.A.Result"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if n := strings.Count(sound, test.old); n != 1 {
				t.Fatalf("%s stands %d times in the sound definition", test.old, n)
			}
			definition := strings.Replace(sound, test.old, test.new, 1)
			findings := asl.Lint([]byte(definition))
			if !slices.ContainsFunc(findings, func(f asl.Finding) bool { return f.Rule == test.rule && f.Path == test.path }) {
				t.Errorf("want %s at %q, got %v", test.rule, test.path, findings)
			}
			if _, err := asl.Parse("m", []byte(definition), map[string]string{"Partition": "aws", "CallArn": "a", "ChildArn": "b"}); err == nil {
				t.Error("Parse accepts it")
			}
		})
	}
}

// Two rules are advice: Lint reports them, Parse lets them pass.
func TestAdvice(t *testing.T) {
	got := asl.Lint([]byte(invoke("x", "")))
	want := []asl.Rule{asl.RuleTaskWithoutExit, asl.RuleTaskWithoutTry}
	var rules []asl.Rule
	for _, f := range got {
		rules = append(rules, f.Rule)
	}
	if diff := cmp.Diff(want, rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s\n%v", diff, got)
	}
	if _, err := asl.Parse("m", []byte(invoke("x", "")), nil); err != nil {
		t.Error(err)
	}
}

func TestDefinitionSize(t *testing.T) {
	pad := func(n int) []byte {
		const head, tail = `{"Comment":"`, `","StartAt":"S","States":{"S":{"Type":"Succeed"}}}`
		return []byte(head + strings.Repeat("x", n-len(head)-len(tail)) + tail)
	}
	if got := asl.Lint(pad(1 << 20)); len(got) != 0 {
		t.Errorf("at the limit: %v", got)
	}
	if got := asl.Lint(pad(1<<20 + 1)); len(got) != 1 || got[0].Rule != asl.RuleJSON {
		t.Errorf("over it: %v", got)
	}
	if got := asl.Lint([]byte(strings.Repeat("[", 200) + strings.Repeat("]", 200))); len(got) != 1 || got[0].Rule != asl.RuleJSON {
		t.Errorf("too deep: %v", got)
	}
}

func TestChoice(t *testing.T) {
	const input = `{"s":"b","n":5,"t":true,"null":null,"l":["x"],"o":{"s":"b"},"star":"a*c","nl":"a\nc","big":1e2,"s2":"b","n2":5.0,"t2":true}`
	tests := []struct {
		rule string
		want string // "yes", "no", or the error that ends the execution
	}{
		{`"Variable":"$.s","StringEquals":"b"`, "yes"},
		{`"Variable":"$.s","StringEquals":"c"`, "no"},
		{`"Variable":"$.n","StringEquals":"5"`, "no"},
		{`"Variable":"$.s","StringLessThan":"c"`, "yes"},
		{`"Variable":"$.s","StringLessThan":"b"`, "no"},
		{`"Variable":"$.s","StringLessThanEquals":"b"`, "yes"},
		{`"Variable":"$.s","StringGreaterThan":"a"`, "yes"},
		{`"Variable":"$.s","StringGreaterThanEquals":"c"`, "no"},
		{`"Variable":"$.n","NumericEquals":5.0`, "yes"},
		{`"Variable":"$.big","NumericEquals":100`, "yes"},
		{`"Variable":"$.s","NumericEquals":5`, "no"},
		{`"Variable":"$.n","NumericLessThan":5`, "no"},
		{`"Variable":"$.n","NumericLessThanEquals":5`, "yes"},
		{`"Variable":"$.n","NumericGreaterThan":4.9`, "yes"},
		{`"Variable":"$.n","NumericGreaterThanEquals":5.1`, "no"},
		{`"Variable":"$.t","BooleanEquals":true`, "yes"},
		{`"Variable":"$.t","BooleanEquals":false`, "no"},
		{`"Variable":"$.s","BooleanEquals":false`, "no"},
		{`"Variable":"$.s","StringEqualsPath":"$.s2"`, "yes"},
		{`"Variable":"$.n","NumericEqualsPath":"$.n2"`, "yes"},
		{`"Variable":"$.t","BooleanEqualsPath":"$.t2"`, "yes"},
		{`"Variable":"$.s","StringEqualsPath":"$.n"`, "no"},
		{`"Variable":"$.s","StringEqualsPath":"$.gone"`, "States.Runtime"},
		{`"Variable":"$$.Execution.Name","StringEquals":"x"`, "yes"},
		{`"Variable":"$.star","StringMatches":"a*"`, "yes"},
		{`"Variable":"$.star","StringMatches":"*\\**"`, "yes"},
		{`"Variable":"$.s","StringMatches":"*\\**"`, "no"},
		{`"Variable":"$.s","StringMatches":"."`, "no"},
		{`"Variable":"$.nl","StringMatches":"a*c"`, "yes"},
		{`"Variable":"$.n","StringMatches":"*"`, "no"},
		{`"Variable":"$.s","IsPresent":true`, "yes"},
		{`"Variable":"$.gone","IsPresent":true`, "no"},
		{`"Variable":"$.gone","IsPresent":false`, "yes"},
		{`"Variable":"$.null","IsPresent":true`, "yes"},
		{`"Variable":"$.s.deeper[3]","IsPresent":true`, "no"},
		{`"Variable":"$.l[0]","IsPresent":true`, "yes"},
		{`"Variable":"$.l[1]","IsPresent":true`, "no"},
		{`"Variable":"$.null","IsNull":true`, "yes"},
		{`"Variable":"$.s","IsNull":false`, "yes"},
		{`"Variable":"$.gone","IsNull":true`, "States.Runtime"},
		{`"Variable":"$.s","IsString":true`, "yes"},
		{`"Variable":"$.n","IsNumeric":true`, "yes"},
		{`"Variable":"$.t","IsBoolean":true`, "yes"},
		{`"Variable":"$.t","IsNumeric":true`, "no"},
		{`"Variable":"$.gone","StringEquals":"b"`, "States.Runtime"},
		{`"Not":{"Variable":"$.s","StringEquals":"b"}`, "no"},
		{`"And":[{"Variable":"$.s","StringEquals":"b"},{"Variable":"$.n","NumericEquals":5}]`, "yes"},
		{`"And":[{"Variable":"$.s","StringEquals":"b"},{"Variable":"$.n","NumericEquals":6}]`, "no"},
		{`"And":[{"Variable":"$.gone","IsPresent":true},{"Variable":"$.gone","StringEquals":"b"}]`, "no"},
		{`"Or":[{"Variable":"$.s","StringEquals":"b"},{"Variable":"$.gone","StringEquals":"b"}]`, "yes"},
		{`"Or":[{"Variable":"$.s","StringEquals":"c"},{"Variable":"$.n","NumericEquals":6}]`, "no"},
		{`"Or":[{"Variable":"$.s","StringEquals":"c"},{"Variable":"$.gone","StringEquals":"b"}]`, "States.Runtime"},
	}
	for _, test := range tests {
		w := newWorld(t, `{"StartAt":"C","States":{"C":{"Type":"Choice","Choices":[{`+test.rule+`,"Next":"Yes"}],"Default":"No"},
		  "Yes":{"Type":"Fail","Error":"yes"},"No":{"Type":"Fail","Error":"no"}}}`, nil)
		id := w.start("x", input)
		if got := w.get(id).Error; got != test.want {
			t.Errorf("%s: %s, want %s", test.rule, got, test.want)
		}
	}
}

func TestChoiceTakesTheFirstRule(t *testing.T) {
	const choice = `{"StartAt":"C","States":{"C":{"Type":"Choice","InputPath":"$.in","Choices":[
	  {"Variable":"$.n","NumericGreaterThanEquals":20,"Next":"Big"},{"Variable":"$.n","NumericGreaterThanEquals":10,"Next":"Middle"}],"OutputPath":"$.n"},
	  "Big":{"Type":"Succeed"},"Middle":{"Type":"Succeed"}}}`
	for n, want := range map[int]string{25: "Big", 15: "Middle"} {
		w := newWorld(t, choice, nil)
		id := w.start("x", fmt.Sprintf(`{"in":{"n":%d}}`, n))
		w.succeeded(id, fmt.Sprint(n))
		w.path(id, "C", want)
	}
	w := newWorld(t, choice, nil)
	w.ended(w.start("x", `{"in":{"n":5}}`), asl.Failed, "States.NoChoiceMatched")
}

// FuzzParse: whatever the bytes, Parse and Lint do not panic and agree; what
// Parse accepts runs to an end or to a wait without a panic, in one order. Run it
// with -fuzzminimizetime 20x: minimising is slow, for maps vary the coverage.
func FuzzParse(f *testing.F) {
	f.Add([]byte(sound))
	f.Add([]byte(walk))
	f.Add([]byte(parked))
	f.Add([]byte(apart))
	f.Add([]byte(invoke("x", `"Catch":[{"ErrorEquals":["States.ALL"],"Next":"Z"}],`)))
	f.Add([]byte(`{"StartAt":"P","States":{"P":{"Type":"Pass","Parameters":{"x.$":"States.Format('{}', States.Array($['a b'], 'it\\'s'))"},"End":true}}}`))
	f.Fuzz(func(t *testing.T, definition []byte) {
		if len(definition) > 8192 {
			return
		}
		findings := asl.Lint(definition)
		m, err := asl.Parse("m", definition, nil)
		var broken *asl.DefinitionError
		if err != nil && !errors.As(err, &broken) {
			t.Fatalf("another error: %v", err)
		}
		if len(findings) == 0 && err != nil && slices.ContainsFunc(broken.Findings, func(f asl.Finding) bool { return f.Rule != asl.RulePlaceholder }) {
			t.Fatalf("Lint finds nothing, Parse: %v", err)
		}
		if err != nil {
			return
		}
		run := func() []asl.Execution {
			r := &asl.Runner{Machines: map[string]*asl.Machine{"m": m}, Functions: map[string]asl.Function{}, Clock: asl.NewClock(noon)}
			for _, task := range m.Tasks() {
				if task.Starts {
					return nil // a machine that starts itself never ends
				}
				r.Functions[task.Target] = fails(codedError("A"), nil, errPlain)
			}
			if _, err := r.Start(bg, "m", "x", json.RawMessage(`{"a":[1,"b",null],"requestId":"R"}`)); err != nil {
				t.Fatal(err)
			}
			r.Settle(bg)
			r.Advance(bg, 400*day)
			return r.Executions()
		}
		if diff := cmp.Diff(run(), run()); diff != "" {
			t.Fatal(diff)
		}
	})
}
