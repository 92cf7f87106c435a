package lambdaio

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/intake"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
)

func capture() (*slog.Logger, *bytes.Buffer) {
	var b bytes.Buffer
	return newLogger(&b), &b
}

func raw(t *testing.T, v any) json.RawMessage {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestHTTP(t *testing.T) {
	var got *http.Request
	var body string
	log, logged := capture()
	h := httpHandler("portal", log, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, body = r, string(b)
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
		http.Redirect(w, r, "/nl/", http.StatusSeeOther)
	}))
	out, err := h(t.Context(), raw(t, events.APIGatewayProxyRequest{
		HTTPMethod: "POST", Path: "/nl/bewijs",
		MultiValueHeaders:               map[string][]string{"cookie": {"s=1", "t=2"}, "Host": {"x"}, "Content-Type": {"application/x-www-form-urlencoded"}},
		MultiValueQueryStringParameters: map[string][]string{"k": {"a b", "ü"}},
		RequestContext:                  events.APIGatewayProxyRequestContext{DomainName: "rechten.allclaims.nl", Stage: "Prod", Path: "/Prod/nl/bewijs"},
		Body:                            base64.StdEncoding.EncodeToString([]byte("code=" + marker)), IsBase64Encoded: true,
	}))
	if err != nil {
		t.Fatal(err)
	}
	if got.URL.Path != "/nl/bewijs" || got.Host != "rechten.allclaims.nl" || body != "code="+marker {
		t.Errorf("path %s host %s body %s", got.URL.Path, got.Host, body)
	}
	if diff := cmp.Diff([]string{"a b", "ü"}, got.URL.Query()["k"]); diff != "" {
		t.Error(diff)
	}
	if len(got.Cookies()) != 2 {
		t.Errorf("cookies %v", got.Cookies())
	}
	if out.StatusCode != http.StatusSeeOther || len(out.MultiValueHeaders["Set-Cookie"]) != 2 || out.MultiValueHeaders["Location"][0] != "/nl/" {
		t.Errorf("answered %+v", out)
	}
	if s := logged.String(); strings.Contains(s, marker) || strings.Contains(s, "bewijs") || !strings.Contains(s, `"status":303`) {
		t.Errorf("logged %s", s)
	}
}

func TestHTTPFaults(t *testing.T) {
	get := events.APIGatewayProxyRequest{HTTPMethod: "GET", Path: "/"}
	with := func(change func(*events.APIGatewayProxyRequest)) events.APIGatewayProxyRequest {
		e := get
		change(&e)
		return e
	}
	for _, c := range []struct {
		name  string
		event any
		serve http.HandlerFunc
		want  int
	}{
		{"silence is 200", get, func(http.ResponseWriter, *http.Request) {}, 200},
		{"panic", get, func(http.ResponseWriter, *http.Request) { panic(marker) }, 500},
		{"panic after words", get, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Name", marker)
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, marker)
			panic(errors.New(marker))
		}, 500},
		{"at the limit", get, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytes.Repeat([]byte("x"), MaxResponse)) }, 200},
		{"over the limit", get, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytes.Repeat([]byte("x"), MaxResponse+1)) }, 500},
		{"the first status counts", get, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			w.WriteHeader(http.StatusOK)
		}, http.StatusNotFound},
		{"no event", "text " + marker, nil, 400},
		{"no method", with(func(e *events.APIGatewayProxyRequest) { e.HTTPMethod = "" }), nil, 400},
		{"odd method", with(func(e *events.APIGatewayProxyRequest) { e.HTTPMethod = "GE T" + marker }), nil, 400},
		{"odd path", with(func(e *events.APIGatewayProxyRequest) { e.Path = "/%zz" + marker }), nil, 400},
		{"odd body", with(func(e *events.APIGatewayProxyRequest) { e.Body, e.IsBase64Encoded = marker, true }), nil, 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			log, logged := capture()
			out, err := httpHandler("portal", log, c.serve)(t.Context(), raw(t, c.event))
			if err != nil || out.StatusCode != c.want {
				t.Fatalf("got %d, %v; want %d", out.StatusCode, err, c.want)
			}
			if all := string(raw(t, out)) + logged.String(); strings.Contains(all, marker) {
				t.Errorf("it tells personal data: %s", all)
			}
		})
	}
}

func TestHTTPKeepsBytes(t *testing.T) {
	picture := []byte{0x89, 'P', 'N', 'G', 0xff, 0}
	log, _ := capture()
	out, err := httpHandler("portal", log, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(picture) }))(
		t.Context(), raw(t, events.APIGatewayProxyRequest{HTTPMethod: "GET", Path: "/x"}))
	if err != nil || !out.IsBase64Encoded {
		t.Fatalf("%+v, %v", out, err)
	}
	if b, err := base64.StdEncoding.DecodeString(out.Body); err != nil || !bytes.Equal(b, picture) {
		t.Errorf("got %x, %v", b, err)
	}
}

func TestMail(t *testing.T) {
	at := time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)
	record := func(id string) events.SimpleEmailRecord {
		var r events.SimpleEmailRecord
		r.SES.Mail.MessageID, r.SES.Mail.Timestamp, r.SES.Mail.Source = id, at, marker
		r.SES.Receipt.Recipients = []string{"info@allclaims.nl"}
		r.SES.Receipt.SpamVerdict.Status, r.SES.Receipt.VirusVerdict.Status = "FAIL", "PASS"
		r.SES.Receipt.DMARCPolicy = "reject"
		return r
	}
	var got []casework.RawMail
	fails := errors.New("down")
	log, logged := capture()
	h := mailHandler("mailin", log, func(_ context.Context, m casework.RawMail) error {
		got = append(got, m)
		if m.MessageID == "one" {
			return fails
		}
		return nil
	})
	// F25: one that fails does not stop the next, and is reported.
	err := h(t.Context(), raw(t, events.SimpleEmailEvent{Records: []events.SimpleEmailRecord{record("one"), record("../" + marker), record("two")}}))
	if err == nil || strings.Contains(err.Error(), marker) {
		t.Errorf("error %v", err)
	}
	verdicts := intake.Verdicts{Spam: "FAIL", Virus: "PASS", DMARCPolicy: "reject"}
	want := []casework.RawMail{
		{Key: "raw/one", MessageID: "one", Received: at, Recipients: []string{"info@allclaims.nl"}, Verdicts: verdicts},
		{Key: "raw/two", MessageID: "two", Received: at, Recipients: []string{"info@allclaims.nl"}, Verdicts: verdicts},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(logged.String(), marker) {
		t.Errorf("the log holds personal data: %s", logged)
	}
	if err := h(t.Context(), json.RawMessage(`{"Records":[]}`)); err == nil {
		t.Error("an event without a mail passes")
	}
}

func notification(t *testing.T, message string) json.RawMessage {
	var r events.SNSEventRecord
	r.SNS.Message = message
	return raw(t, events.SNSEvent{Records: []events.SNSEventRecord{r}})
}

// What SES tells is taken as code and class; who the mail was for, and what the
// other server said, is not even read.
func TestFeedback(t *testing.T) {
	at := time.Date(2026, 3, 5, 9, 0, 2, 0, time.UTC)
	const mail = `"mail":{"messageId":"0102-a","timestamp":"2026-03-05T09:00:02.000Z","destination":["` + marker + `"]}`
	const when = `"timestamp":"2026-03-05T09:00:02.000Z"`
	for _, c := range []struct {
		name, message string
		want          post.Event
		fails         bool
	}{
		{"bounce of an identity", `{"notificationType":"Bounce","bounce":{"bounceType":"Undetermined","bounceSubType":"Undetermined",` + when + `},` + mail + `}`,
			post.Event{MessageID: "0102-a", What: post.Undone, Class: post.Undetermined, Code: "Undetermined", At: at}, false},
		{"a class that is new", `{"eventType":"Bounce","bounce":{"bounceType":"Odd","bounceSubType":"` + marker + `","bouncedRecipients":[{"status":"` + marker + `"}],` + when + `},` + mail + `}`,
			post.Event{MessageID: "0102-a", What: post.Undone, Class: post.Undetermined, Code: "other", At: at}, false},
		{"held back", `{"eventType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"OnAccountSuppressionList","bouncedRecipients":[{"status":"5.1.1"}],` + when + `},` + mail + `}`,
			post.Event{MessageID: "0102-a", What: post.Undone, Class: post.Permanent, Code: "OnAccountSuppressionList", At: at}, false},
		{"complaint held back", `{"eventType":"Complaint","complaint":{"complaintSubType":"OnAccountSuppressionList",` + when + `},` + mail + `}`,
			post.Event{MessageID: "0102-a", What: post.Undone, Class: post.Complaint, Code: "OnAccountSuppressionList", At: at}, false},
		{"a tag that is not ours", `{"eventType":"Send","mail":{"messageId":"0102-a","timestamp":"2026-03-05T09:00:02Z","tags":{"letter_id":["!"]}}}`,
			post.Event{MessageID: "0102-a", What: post.Accepted, At: at}, false},
		{"not asked for", `{"eventType":"Open",` + mail + `}`, post.Event{}, false},
		{"SES's greeting", "Successfully validated SNS topic for Amazon SES event publishing.", post.Event{}, false},
		{"no id", `{"eventType":"Bounce","mail":{"messageId":"` + marker + `"}}`, post.Event{}, true},
		{"no JSON", marker, post.Event{}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got post.Event
			log, logged := capture()
			err := feedbackHandler("mailback", log, func(_ context.Context, e post.Event) error { got = e; return nil })(
				t.Context(), notification(t, c.message))
			if diff := cmp.Diff(c.want, got); diff != "" || (err != nil) != c.fails {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if strings.Contains(logged.String(), marker) || err != nil && strings.Contains(err.Error(), marker) || strings.Contains(got.Code, marker) {
				t.Errorf("personal data: %v %s", err, logged)
			}
		})
	}
}

// One event of each kind, with the fields that AWS documents for event
// publishing to SNS (functions/mailback/testdata).
func TestFeedbackOfSES(t *testing.T) {
	const owner, letter = "0123456789abcdef0123456789abcdef", "1.T-13.answer"
	want := map[string]post.Event{
		"send":              {What: post.Accepted},
		"delivery":          {What: post.Arrived},
		"delivery-delay":    {What: post.Delayed, Code: "MailboxFull"},
		"bounce":            {What: post.Undone, Class: post.Permanent, Code: "General 5.1.1"},
		"bounce-transient":  {What: post.Undone, Class: post.Transient, Code: "MailboxFull 4.2.2"},
		"bounce-unknown":    {What: post.Undone, Class: post.Undetermined, Code: "Undetermined"},
		"complaint":         {What: post.Undone, Class: post.Complaint, Code: "abuse"},
		"reject":            {What: post.Undone, Class: post.Rejected, Code: "reject"},
		"rendering-failure": {What: post.Undone, Class: post.Rejected, Code: "rendering-failure"},
	}
	files, err := filepath.Glob("../../functions/mailback/testdata/*.json")
	if err != nil || len(files) != len(want) {
		t.Fatalf("%d fixtures, want %d: %v", len(files), len(want), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			event, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var got post.Event
			log, logged := capture()
			if err := feedbackHandler("mailback", log, func(_ context.Context, e post.Event) error { got = e; return nil })(t.Context(), event); err != nil {
				t.Fatal(err)
			}
			e := want[name]
			e.Owner, e.Letter, e.MessageID = owner, letter, "0107019503a1b2c3-00000000-0000-0000-0000-000000000000-000000"
			e.At = got.At
			if diff := cmp.Diff(e, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got.At.Year() != 2026 {
				t.Errorf("at %s", got.At)
			}
			if strings.Contains(logged.String(), "@") {
				t.Errorf("an address is in the log: %s", logged)
			}
		})
	}
}

func TestScheduleAndCall(t *testing.T) {
	log, logged := capture()
	n, err := scheduleHandler("wake", log, func(context.Context) (int, error) { return 3, request.Fault(request.TooMany, "r-1", "wake") })(
		t.Context(), json.RawMessage(`{"time":"x"}`))
	if err == nil || n != 3 || !strings.Contains(logged.String(), `"result":3`) {
		t.Errorf("%v\n%s", err, logged)
	}
	type call struct{ Owner string }
	var got call
	h := callHandler("post", log, func(_ context.Context, c call) error { got = c; return nil })
	if err := h(t.Context(), json.RawMessage(`{"owner":"r-1","source":"aws.events"}`)); err != nil || got.Owner != "r-1" {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := h(t.Context(), json.RawMessage(`7`)); err == nil {
		t.Error("a call that is no object passes")
	}
}
