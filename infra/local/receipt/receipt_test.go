package receipt

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"
)

// aws is a bucket and a function that note the order in which they are used.
type aws struct {
	acts      []string
	key, body string
	event     events.SimpleEmailEvent
	putErr    error
	invokeErr error
}

func (a *aws) PutObject(_ context.Context, in *s3.PutObjectInput, _ ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	if a.putErr != nil {
		return nil, a.putErr
	}
	body, err := io.ReadAll(in.Body)
	a.acts, a.key, a.body = append(a.acts, "store"), *in.Key, string(body)
	return &s3.PutObjectOutput{}, err
}

func (a *aws) Invoke(_ context.Context, in *lambda.InvokeInput, _ ...func(*lambda.Options)) (*lambda.InvokeOutput, error) {
	if in.InvocationType != types.InvocationTypeEvent {
		return nil, errors.New("mailin must be called asynchronously, as SES does")
	}
	a.acts = append(a.acts, "notify")
	if a.invokeErr != nil {
		return nil, a.invokeErr
	}
	return &lambda.InvokeOutput{}, json.Unmarshal(in.Payload, &a.event)
}

func (a *aws) receiver(problem func(error)) *Receiver {
	return &Receiver{
		Domain: "allclaims.nl", Store: a, Bucket: "mail", Lambda: a, Function: "mailin", Problem: problem,
		Now: func() time.Time { return time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC) },
	}
}

func TestReceive(t *testing.T) {
	a := &aws{}
	id, err := a.receiver(nil).Receive(t.Context(), Message{
		From: "jan@example.nl", To: []string{"info@allclaims.nl"}, Helo: "mx.example.nl",
		Raw: []byte("From: Jan <jan@example.nl>\r\nx-local-VERDICTS: dmarc=FAIL;\r\n spf=GRAY\r\nSubject: stop\r\n\thiermee\r\n\r\nX-Local-Drop: notification\r\n"),
	})
	if err != nil {
		t.Fatal(err)
	}
	// A mail that was announced before it was stored could be lost.
	if diff := cmp.Diff([]string{"store", "notify"}, a.acts); diff != "" {
		t.Errorf("order of acts (-want +got):\n%s", diff)
	}
	if a.key != "raw/"+id {
		t.Errorf("stored as %q, want raw/%s", a.key, id)
	}
	if !strings.HasPrefix(a.body, "Return-Path: <jan@example.nl>\r\nReceived: from mx.example.nl") {
		t.Errorf("SES' headers do not stand on top:\n%s", a.body)
	}
	if want := "From: Jan <jan@example.nl>\r\nSubject: stop\r\n\thiermee\r\n\r\nX-Local-Drop: notification\r\n"; !strings.HasSuffix(a.body, want) {
		t.Errorf("the mail was not kept as it came, but for the test's header; stored:\n%s", a.body)
	}
	got := a.event.Records[0].SES
	if got.Mail.MessageID != id || got.Mail.CommonHeaders.Subject != "stop\thiermee" || got.Mail.Source != "jan@example.nl" {
		t.Errorf("the event's mail is %+v", got.Mail)
	}
	verdicts := []string{got.Receipt.SpamVerdict.Status, got.Receipt.VirusVerdict.Status, got.Receipt.SPFVerdict.Status, got.Receipt.DKIMVerdict.Status, got.Receipt.DMARCVerdict.Status}
	if diff := cmp.Diff([]string{"PASS", "PASS", "GRAY", "PASS", "FAIL"}, verdicts); diff != "" {
		t.Errorf("spam, virus, spf, dkim, dmarc (-want +got):\n%s", diff)
	}
}

func TestReceiveDropsNotification(t *testing.T) {
	a := &aws{}
	if _, err := a.receiver(nil).Receive(t.Context(), Message{To: []string{"info@allclaims.nl"}, Raw: []byte("X-Local-Drop: notification\n\nx")}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"store"}, a.acts); diff != "" {
		t.Errorf("acts (-want +got):\n%s", diff)
	}
}

func TestReceiveFaults(t *testing.T) {
	fault := errors.New("out of order")
	if _, err := (&aws{putErr: fault}).receiver(nil).Receive(t.Context(), Message{}); !errors.Is(err, fault) {
		t.Errorf("not stored: %v; the sender must be told, so that it tries again", err)
	}
	var told error
	if _, err := (&aws{invokeErr: fault}).receiver(func(err error) { told = err }).Receive(t.Context(), Message{}); err != nil || !errors.Is(told, fault) {
		t.Errorf("not notified: sender told %v, operator told %v; the mail is safe, so only the operator is", err, told)
	}
}

// Mail may hold anything: what cannot be read as headers is kept byte for byte.
func TestTakeOrdersKeepsMail(t *testing.T) {
	for _, raw := range []string{
		"", "\n", "\r\n", "no header at all", "Subject: x", "Subject: x\n", ": \n :\n\n", " folded first\r\n\r\nbody", "A: b\x00\xff\n\nc", "\n\nX-Local-Drop: notification",
	} {
		kept, o := takeOrders([]byte(raw))
		if string(kept) != raw || o.dropNotification {
			t.Errorf("takeOrders(%q) kept %q, drop %v", raw, kept, o.dropNotification)
		}
		readHeaders([]byte(raw)) // must not panic
	}
}

func TestEventHeadersAreCut(t *testing.T) {
	raw := strings.Repeat("X-A: "+strings.Repeat("b", 1000)+"\r\n", 20)
	headers, truncated := readHeaders([]byte(raw + "\r\nbody"))
	if len(headers) != 10 || !truncated {
		t.Errorf("%d headers, truncated %v; an event holds 10 KB of them", len(headers), truncated)
	}
}

func TestAccepts(t *testing.T) {
	r := (&aws{}).receiver(nil)
	for address, want := range map[string]bool{
		"info@allclaims.nl": true, "AVG@Inbound.AllClaims.nl": true,
		"info@notallclaims.nl": false, "info@allclaims.nl.example.nl": false, "allclaims.nl": false, "": false,
	} {
		if got := r.Accepts(address); got != want {
			t.Errorf("Accepts(%q) = %v, want %v", address, got, want)
		}
	}
}
