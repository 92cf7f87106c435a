package asl_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/engine/asl"
)

// Examples whose results the specification gives (https://states-language.net).
func TestSpecificationExamples(t *testing.T) {
	add := func(sign int) asl.Function {
		return func(_ context.Context, input json.RawMessage) (json.RawMessage, error) {
			var pair []int
			if err := json.Unmarshal(input, &pair); err != nil {
				return nil, err
			}
			return json.Marshal(pair[0] + sign*pair[1])
		}
	}
	functions := map[string]asl.Function{"add": add(1), "subtract": add(-1), "echo": echo}
	tests := []struct{ name, definition, input, output string }{
		{
			"Pass with Result and ResultPath",
			`{"StartAt":"P","States":{"P":{"Type":"Pass","Result":{"x-datum":0.381018,"y-datum":622.2269926397355},"ResultPath":"$.coords","End":true}}}`,
			`{"georefOf":"Home"}`,
			`{"georefOf":"Home","coords":{"x-datum":0.381018,"y-datum":622.2269926397355}}`,
		},
		{
			"ResultPath makes the objects on its way",
			`{"StartAt":"P","States":{"P":{"Type":"Pass","Result":6,"ResultPath":"$.master.result.sum","End":true}}}`,
			`{"master":{"detail":[1,2,3]}}`,
			`{"master":{"detail":[1,2,3],"result":{"sum":6}}}`,
		},
		{
			"Parallel gets one input and gives a list",
			`{"StartAt":"FunWithMath","States":{"FunWithMath":{"Type":"Parallel","End":true,"Branches":[
			  {"StartAt":"Add","States":{"Add":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","TimeoutSeconds":9,"Parameters":{"FunctionName":"add","Payload.$":"$"},"OutputPath":"$.Payload","End":true}}},
			  {"StartAt":"Subtract","States":{"Subtract":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","TimeoutSeconds":9,"Parameters":{"FunctionName":"subtract","Payload.$":"$"},"OutputPath":"$.Payload","End":true}}}]}}}`,
			`[3,2]`, `[5,1]`,
		},
		{
			"Map with ItemSelector",
			`{"StartAt":"Validate","States":{"Validate":{"Type":"Map","InputPath":"$.detail","ItemsPath":"$.shipped","MaxConcurrency":0,"ResultPath":"$.detail.shipped","End":true,
			  "ItemSelector":{"parcel.$":"$$.Map.Item.Value","courier.$":"$.delivery-partner"},
			  "ItemProcessor":{"ProcessorConfig":{"Mode":"INLINE"},"StartAt":"V","States":{"V":{"Type":"Pass","End":true}}}}}}`,
			`{"ship-date":"x","detail":{"delivery-partner":"UQS","shipped":[{"prod":"R31"},{"prod":"S39"}]}}`,
			`{"ship-date":"x","detail":{"delivery-partner":"UQS","shipped":[{"parcel":{"prod":"R31"},"courier":"UQS"},{"parcel":{"prod":"S39"},"courier":"UQS"}]}}`,
		},
		{
			"Map with Index and Value in the old words",
			`{"StartAt":"Each","States":{"Each":{"Type":"Map","Parameters":{"ContextIndex.$":"$$.Map.Item.Index","ContextValue.$":"$$.Map.Item.Value"},"End":true,
			  "Iterator":{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}}}}`,
			`[{"who":"bob"},{"who":"meg"},{"who":"joe"}]`,
			`[{"ContextIndex":0,"ContextValue":{"who":"bob"}},{"ContextIndex":1,"ContextValue":{"who":"meg"}},{"ContextIndex":2,"ContextValue":{"who":"joe"}}]`,
		},
		{
			"States.Format",
			`{"StartAt":"P","States":{"P":{"Type":"Pass","Parameters":{"foo.$":"States.Format('Your name is {}, we are in the year {}', $.name, 2020)"},"End":true}}}`,
			`{"name":"Foo","zebra":"stripe"}`, `{"foo":"Your name is Foo, we are in the year 2020"}`,
		},
		{
			"States.StringToJson",
			`{"StartAt":"P","States":{"P":{"Type":"Pass","Parameters":{"foo.$":"States.StringToJson($.someString)"},"End":true}}}`,
			`{"someString":"{\"number\": 20}","zebra":"stripe"}`, `{"foo":{"number":20}}`,
		},
		{
			"States.JsonToString",
			`{"StartAt":"P","States":{"P":{"Type":"Pass","Parameters":{"foo.$":"States.JsonToString($.someJson)"},"End":true}}}`,
			`{"someJson":{"name":"Foo","year":2020},"zebra":"stripe"}`, `{"foo":"{\"name\":\"Foo\",\"year\":2020}"}`,
		},
		{
			"States.Array",
			`{"StartAt":"P","States":{"P":{"Type":"Pass","Parameters":{"foo.$":"States.Array('Foo', 2020, $.someJson, null)"},"End":true}}}`,
			`{"someJson":{"random":"abcdefg"},"zebra":"stripe"}`, `{"foo":["Foo",2020,{"random":"abcdefg"},null]}`,
		},
		{
			"ResultSelector trims what Lambda gives",
			`{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","TimeoutSeconds":9,"Parameters":{"FunctionName":"echo","Payload":{"a":1}},
			  "ResultSelector":{"a.$":"$.Payload.a","code.$":"$.StatusCode","version.$":"$.ExecutedVersion"},"ResultPath":"$.r","End":true}}}`,
			`{"k":true}`, `{"k":true,"r":{"a":1,"code":200,"version":"$LATEST"}}`,
		},
		{
			"null paths",
			`{"StartAt":"In","States":{"In":{"Type":"Pass","InputPath":null,"ResultPath":"$.empty","Next":"Gone"},"Gone":{"Type":"Pass","Result":1,"ResultPath":null,"Next":"Out"},"Out":{"Type":"Pass","Next":"S"},"S":{"Type":"Succeed","InputPath":"$.empty"}}}`,
			`{"a":1}`, `{}`,
		},
		{
			"OutputPath null",
			`{"StartAt":"P","States":{"P":{"Type":"Pass","OutputPath":null,"End":true}}}`, `{"a":1}`, `{}`,
		},
		{
			"empty Map",
			`{"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$.none","ResultPath":"$.out","End":true,"ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}}}}`,
			`{"none":[]}`, `{"none":[],"out":[]}`,
		},
		{
			"numbers keep their text",
			`{"StartAt":"P","States":{"P":{"Type":"Pass","Parameters":{"s.$":"States.JsonToString($.n)"},"End":true}}}`,
			`{"n":12345678901234567890}`, `{"s":"12345678901234567890"}`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, test.definition, functions)
			w.succeeded(w.start("x", test.input), test.output)
		})
	}
}

// The specification's Retry example: ErrorA, ErrorB, ErrorC, ErrorB wait 1, 2 and
// 5 seconds, and the fourth error falls through to the Catch.
func TestRetryOfTheSpecification(t *testing.T) {
	var at []time.Duration
	errs := fails(codedError("ErrorA"), codedError("ErrorB"), codedError("ErrorC"), codedError("ErrorB"))
	var w *world
	w = newWorld(t, `{"StartAt":"X","States":{
	  "X":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","TimeoutSeconds":60,"Parameters":{"FunctionName":"x","Payload":{"try.$":"$$.State.RetryCount"}},"Next":"Y",
	    "Retry":[{"ErrorEquals":["ErrorA","ErrorB"],"IntervalSeconds":1,"BackoffRate":2,"MaxAttempts":2},{"ErrorEquals":["ErrorC"],"IntervalSeconds":5}],
	    "Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":"$.error","Next":"Z"}]},
	  "Y":{"Type":"Succeed"},"Z":{"Type":"Pass","OutputPath":"$.error.Error","End":true}}}`,
		map[string]asl.Function{"x": func(ctx context.Context, in json.RawMessage) (json.RawMessage, error) {
			at = append(at, w.clock.Now().Sub(noon))
			if want := fmt.Sprintf(`{"try":%d}`, len(at)-1); string(in) != want {
				t.Errorf("attempt %d got %s, want %s", len(at), in, want)
			}
			return errs(ctx, in)
		}})
	id := w.start("x", `{}`)
	w.Settle(context.Background())
	w.succeeded(id, `"ErrorB"`)
	w.path(id, "X", "Z")
	if diff := cmp.Diff([]time.Duration{0, time.Second, 3 * time.Second, 8 * time.Second}, at); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
}

func TestRetryBounds(t *testing.T) {
	tests := []struct {
		name, retry string
		errs        []error
		want        time.Duration // until the end
		status      asl.Status
	}{
		{"defaults are 3 attempts after 1, 2 and 4 s", `{"ErrorEquals":["States.ALL"]}`, []error{errPlain, errPlain, errPlain}, 7 * time.Second, asl.Succeeded},
		{"the fourth error ends it", `{"ErrorEquals":["States.ALL"]}`, []error{errPlain, errPlain, errPlain, errPlain}, 7 * time.Second, asl.Failed},
		{"MaxDelaySeconds", `{"ErrorEquals":["States.ALL"],"MaxDelaySeconds":2}`, []error{errPlain, errPlain, errPlain}, 5 * time.Second, asl.Succeeded},
		{"MaxAttempts 0 never retries", `{"ErrorEquals":["States.ALL"],"MaxAttempts":0}`, []error{errPlain}, 0, asl.Failed},
		{"TaskFailed is a wildcard", `{"ErrorEquals":["States.TaskFailed"]}`, []error{codedError("Any")}, time.Second, asl.Succeeded},
		{"another name", `{"ErrorEquals":["Other"]}`, []error{codedError("Any")}, 0, asl.Failed},
		{"a huge backoff does not overflow", `{"ErrorEquals":["States.ALL"],"IntervalSeconds":99999999,"BackoffRate":1e300,"MaxDelaySeconds":100000000,"MaxAttempts":1}`, nil, 0, asl.Succeeded},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			definition := `{"StartAt":"X","States":{"X":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","TimeoutSeconds":60,"Parameters":{"FunctionName":"x","Payload":{}},"Retry":[` + test.retry + `],"End":true}}}`
			if strings.Contains(definition, "100000000") {
				_, err := asl.Parse("m", []byte(definition), nil)
				if err == nil {
					t.Fatal("MaxDelaySeconds over AWS's bound was accepted")
				}
				return
			}
			w := newWorld(t, definition, map[string]asl.Function{"x": fails(test.errs...)})
			id := w.start("x", `{}`)
			w.Settle(context.Background())
			if e := w.get(id); e.Status != test.status || e.Ended.Sub(noon) != test.want {
				t.Errorf("%s after %v, want %s after %v", e.Status, e.Ended.Sub(noon), test.status, test.want)
			}
		})
	}
}

type namedError struct{}

func (*namedError) Error() string { return "named" }

// Only the outermost type reaches ErrorEquals, unless lambdaio's
// rule finds a code further in.
func TestErrorNames(t *testing.T) {
	tests := []struct {
		err  error
		want string
	}{
		{codedError("IdentityNotProven"), "IdentityNotProven"},
		{fmt.Errorf("verify: %w", codedError("IdentityNotProven")), "IdentityNotProven"},
		{&namedError{}, "namedError"},
		{fmt.Errorf("verify: %w", &namedError{}), "wrapError"},
		{errPlain, "errorString"},
		{context.DeadlineExceeded, "deadlineExceededError"},
	}
	for _, test := range tests {
		w := newWorld(t, invoke("x", ""), map[string]asl.Function{"x": fails(test.err)})
		id := w.start("x", `{}`)
		w.ended(id, asl.Failed, test.want)
		want := fmt.Sprintf(`{"errorMessage":%q,"errorType":%q}`, test.err, test.want)
		if got := w.get(id).Cause; got != want {
			t.Errorf("cause %s, want %s", got, want)
		}
	}
}

// invoke is a machine of one Task T and, when a field refers to it, an end Z.
func invoke(function, fields string) string {
	end := ""
	if strings.Contains(fields, `"Z"`) {
		end = `,"Z":{"Type":"Succeed"}`
	}
	return `{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","TimeoutSeconds":60,
	  "Parameters":{"FunctionName":"` + function + `","Payload.$":"$"},` + fields + `"End":true}` + end + `}}`
}

func TestCatch(t *testing.T) {
	tests := []struct {
		name, catch string
		err         error
		status      asl.Status
		want        string // output or error name
	}{
		{"by name", `{"ErrorEquals":["A","B"],"Next":"Z"}`, codedError("B"), asl.Succeeded, `{"Error":"B","Cause":"{\"errorMessage\":\"refused\",\"errorType\":\"B\"}"}`},
		{"into the input", `{"ErrorEquals":["B"],"ResultPath":"$.e","Next":"Z"}`, codedError("B"), asl.Succeeded, `{"a":1,"e":{"Error":"B","Cause":"{\"errorMessage\":\"refused\",\"errorType\":\"B\"}"}}`},
		{"thrown away", `{"ErrorEquals":["States.ALL"],"ResultPath":null,"Next":"Z"}`, codedError("B"), asl.Succeeded, `{"a":1}`},
		{"the first that fits", `{"ErrorEquals":["C"],"Next":"Z"},{"ErrorEquals":["States.TaskFailed"],"ResultPath":null,"Next":"Z"}`, codedError("B"), asl.Succeeded, `{"a":1}`},
		{"none fits", `{"ErrorEquals":["C"],"Next":"Z"}`, codedError("B"), asl.Failed, "B"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, invoke("x", `"Catch":[`+test.catch+`],`), map[string]asl.Function{"x": fails(test.err)})
			id := w.start("x", `{"a":1}`)
			if test.status == asl.Succeeded {
				w.succeeded(id, test.want)
				w.path(id, "T", "Z")
				return
			}
			w.ended(id, test.status, test.want)
		})
	}
}

// A missing path is States.Runtime in AWS, which nothing catches; a failing
// intrinsic function or a ResultPath into a text can be caught.
func TestWhatCanBeCaught(t *testing.T) {
	const catchAll = `"Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":null,"Next":"Z"}],`
	tests := []struct {
		name, fields, input string
		status              asl.Status
		err                 string
	}{
		{"missing InputPath", `"InputPath":"$.b",` + catchAll, `{"a":1}`, asl.Failed, "States.Runtime"},
		{"missing in ResultSelector", `"ResultSelector":{"x.$":"$.nope"},` + catchAll, `{"a":1}`, asl.Failed, "States.Runtime"},
		{"missing OutputPath", `"OutputPath":"$.nope",` + catchAll, `{"a":1}`, asl.Failed, "States.Runtime"},
		{"intrinsic", `"ResultSelector":{"x.$":"States.StringToJson($.Payload.a)"},` + catchAll, `{"a":"not json"}`, asl.Succeeded, ""},
		{"ResultPath into a number", `"ResultPath":"$.a.b",` + catchAll, `{"a":1}`, asl.Succeeded, ""},
		{"ResultPath into a list", `"ResultPath":"$.b",` + catchAll, `[1]`, asl.Succeeded, ""},
		{"uncaught", `"ResultPath":"$.b",`, `[1]`, asl.Failed, "States.ResultPathMatchFailure"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, invoke("x", test.fields), map[string]asl.Function{"x": echo})
			w.ended(w.start("x", test.input), test.status, test.err)
		})
	}
}

func TestIntrinsicFailures(t *testing.T) {
	for _, expression := range []string{
		`States.Format('{} {}', $.s)`,
		`States.Format('{}', $.s, $.s)`,
		`States.Format('{')`,
		`States.Format('{}', $.o)`,
		`States.Format($.o)`,
		`States.StringToJson($.s)`,
		`States.StringToJson($.o)`,
	} {
		definition := fmt.Sprintf(`{"StartAt":"P","States":{"P":{"Type":"Pass","Parameters":{"x.$":%q},"End":true}}}`, expression)
		w := newWorld(t, definition, nil)
		w.ended(w.start("x", `{"s":"text","o":{}}`), asl.Failed, "States.IntrinsicFailure")
	}
}

func TestIntrinsicTexts(t *testing.T) {
	tests := []struct{ expression, want string }{
		{`States.Format('it\'s {} \{\} \\', 1)`, `"it's 1 {} \\"`},
		{`States.Format('{}{}{}', null, true, 1.50)`, `"nulltrue1.50"`},
		{`States.Format('{}', States.Format('<{}>', $['a b']))`, `"<v>"`},
		{`States.Array('\{x\} \\')`, `["{x} \\"]`},
		{`States.Array()`, `[]`},
		{`States.Array($.l[1], $.l[*], $.none[*])`, `[2,[1,2],[]]`},
	}
	for _, test := range tests {
		definition := fmt.Sprintf(`{"StartAt":"P","States":{"P":{"Type":"Pass","Parameters":{"x.$":%q},"OutputPath":"$.x","End":true}}}`, test.expression)
		w := newWorld(t, definition, nil)
		w.succeeded(w.start("x", `{"a b":"v","l":[1,2]}`), test.want)
	}
}

func TestContextObject(t *testing.T) {
	w := newWorld(t, `{"StartAt":"P","States":{"P":{"Type":"Pass","Parameters":{
	  "id.$":"$$.Execution.Id","name.$":"$$.Execution.Name","in.$":"$$.Execution.Input.a","start.$":"$$.Execution.StartTime",
	  "state.$":"$$.State.Name","entered.$":"$$.State.EnteredTime","machine.$":"$$.StateMachine.Name"},"End":true}}}`, nil)
	id := w.start("R-7Q2M-K9TD", `{"a":1}`)
	w.succeeded(id, `{"id":"arn:aws:states:local:000000000000:execution:m:R-7Q2M-K9TD","name":"R-7Q2M-K9TD","in":1,
	  "start":"2026-03-02T12:00:00.000Z","state":"P","entered":"2026-03-02T12:00:00.000Z","machine":"m"}`)
}

func TestWait(t *testing.T) {
	w := newWorld(t, `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":300,"Next":"S"},"S":{"Type":"Succeed"}}}`, nil)
	id := w.start("x", `{"a":1}`)
	w.path(id, "W")
	w.Advance(context.Background(), 299*time.Second)
	w.path(id, "W")
	w.Advance(context.Background(), time.Second)
	w.succeeded(id, `{"a":1}`)
	if got := w.get(id).Ended.Sub(noon); got != 300*time.Second {
		t.Errorf("ended after %v", got)
	}
}

// A clock that others moved is as good as Advance.
func TestDrainSeesAForeignClock(t *testing.T) {
	w := newWorld(t, `{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":300,"End":true}}}`, nil)
	id := w.start("x", `{}`)
	w.clock.Advance(hour)
	w.Drain(context.Background())
	w.succeeded(id, `{}`)
}

func TestMachineTimeout(t *testing.T) {
	w := newWorld(t, `{"TimeoutSeconds":10,"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":300,"End":true}}}`, nil)
	id := w.start("x", `{}`)
	w.Advance(context.Background(), hour)
	w.ended(id, asl.TimedOut, "States.Timeout")
	if got := w.get(id).Ended.Sub(noon); got != 10*time.Second {
		t.Errorf("ended after %v", got)
	}
}

// A task that takes longer than its TimeoutSeconds has done its work, and nobody
// hears of it (F05).
func TestTaskTimeout(t *testing.T) {
	var w *world
	calls := 0
	w = newWorld(t, invoke("slow", `"Retry":[{"ErrorEquals":["States.Timeout"],"MaxAttempts":1}],"Catch":[{"ErrorEquals":["States.TaskFailed"],"Next":"Z"}],`),
		map[string]asl.Function{"slow": func(context.Context, json.RawMessage) (json.RawMessage, error) {
			calls++
			w.clock.Advance(time.Minute)
			return nil, nil
		}})
	id := w.start("x", `{}`)
	w.Settle(context.Background())
	w.ended(id, asl.Failed, "States.Timeout") // States.TaskFailed does not take it
	if calls != 2 {
		t.Errorf("called %d times", calls)
	}
}

func TestFailInAMapEndsItsSiblings(t *testing.T) {
	w := newWorld(t, `{"StartAt":"Each","States":{
	  "Each":{"Type":"Map","ItemProcessor":{"StartAt":"Which","States":{
	      "Which":{"Type":"Choice","Choices":[{"Variable":"$","NumericEquals":2,"Next":"Bad"}],"Default":"Park"},
	      "Park":`+park+`,
	      "Bad":{"Type":"Fail","Error":"Broken","Cause":"two"},"Late":{"Type":"Succeed"}}},
	    "Catch":[{"ErrorEquals":["Broken"],"Next":"Caught"}],"Next":"Done"},
	  "Done":{"Type":"Succeed"},"Caught":{"Type":"Succeed"}}}`, map[string]asl.Function{"ask": gives(`{}`)})
	id, err := w.Start(context.Background(), "m", "x", json.RawMessage(`[1,2,3]`))
	if err != nil {
		t.Fatal(err)
	}
	w.Drain(context.Background())
	w.succeeded(id, `{"Error":"Broken","Cause":"two"}`)
	w.path(id, "Each", "Which", "Park", "Which", "Bad", "Caught")
	if n := len(w.Parked()); n != 0 {
		t.Errorf("%d tokens still wait", n)
	}
}

// park is a Task state that waits on a token, for use inside other definitions.
const park = `{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","TimeoutSeconds":864000,
  "Parameters":{"FunctionName":"ask","Payload":{"token.$":"$$.Task.Token"}},"Catch":[{"ErrorEquals":["States.Timeout"],"Next":"Late"}],"End":true}`

// A parked item does not hold up the others, and results keep the items' order.
func TestMapWithParkedItems(t *testing.T) {
	definition := func(width int) string {
		return fmt.Sprintf(`{"StartAt":"Each","States":{"Each":{"Type":"Map","MaxConcurrency":%d,"End":true,
		  "ItemProcessor":{"StartAt":"Park","States":{"Park":%s,"Late":{"Type":"Succeed"}}}}}}`, width, park)
	}
	for _, test := range []struct{ width, first, second int }{{0, 3, 2}, {2, 2, 2}, {1, 1, 1}} {
		t.Run(fmt.Sprint("MaxConcurrency ", test.width), func(t *testing.T) {
			w := newWorld(t, definition(test.width), map[string]asl.Function{"ask": gives(`{}`)})
			id := w.start("x", `["a","b","c"]`)
			if got := len(w.Parked()); got != test.first {
				t.Fatalf("%d parked, want %d", got, test.first)
			}
			for n := 0; len(w.Parked()) > 0; n++ {
				parked := w.Parked()
				if n == 1 && len(parked) != test.second {
					t.Errorf("%d parked after an answer, want %d", len(parked), test.second)
				}
				last := parked[len(parked)-1]
				if err := w.SendTaskSuccess(context.Background(), last.Token, json.RawMessage(`"`+last.Lane+`"`)); err != nil {
					t.Fatal(err)
				}
				w.Drain(context.Background())
			}
			w.succeeded(id, `["Each[0]","Each[1]","Each[2]"]`)
		})
	}
}

// Pick changes the order, never the result.
func TestPickDrawsAnOrder(t *testing.T) {
	const definition = `{"StartAt":"Each","States":{"Each":{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"A","States":{
	  "A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","End":true}}}}}}`
	run := func(pick func(int) int) []string {
		w := newWorld(t, definition, nil)
		w.Pick = pick
		id := w.start("x", `[1,2]`)
		w.succeeded(id, `[1,2]`)
		return w.Path(id)
	}
	if diff := cmp.Diff([]string{"Each", "A", "B", "A", "B"}, run(nil)); diff != "" {
		t.Errorf("without Pick (-want +got):\n%s", diff)
	}
	turn := 0
	if diff := cmp.Diff([]string{"Each", "A", "A", "B", "B"}, run(func(n int) int { turn++; return turn % n })); diff != "" {
		t.Errorf("with Pick (-want +got):\n%s", diff)
	}
}

func TestHistoryTypes(t *testing.T) {
	w := newWorld(t, invoke("x", ""), map[string]asl.Function{"x": echo})
	id := w.start("x", `{"a":1}`)
	type line struct{ Type, Input, Output string }
	var got []line
	for i, e := range w.History(id) {
		if e.ID != i+1 || !e.At.Equal(noon) {
			t.Errorf("event %d has ID %d and instant %v", i, e.ID, e.At)
		}
		got = append(got, line{e.Type, string(e.Input), string(e.Output)})
	}
	want := []line{
		{"ExecutionStarted", `{"a":1}`, ""},
		{"TaskStateEntered", `{"a":1}`, ""},
		{"TaskScheduled", `{"FunctionName":"x","Payload":{"a":1}}`, ""},
		{"TaskStarted", "", ""},
		{"TaskSucceeded", "", `{"ExecutedVersion":"$LATEST","Payload":{"a":1},"StatusCode":200}`},
		{"TaskStateExited", "", `{"ExecutedVersion":"$LATEST","Payload":{"a":1},"StatusCode":200}`},
		{"ExecutionSucceeded", "", `{"ExecutedVersion":"$LATEST","Payload":{"a":1},"StatusCode":200}`},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}
