// Package receipt does on the local stack what SES does when mail for All
// Claims arrives: it scans (by saying what a test asks it to say), stores the
// raw message in the mail bucket, and then calls the function mailin with an
// event that holds the verdicts. CloudFormation on the emulators knows no SES
// receipt rules, so this stands in for them; the order and the shapes are SES'.
package receipt

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/emersion/go-smtp"
)

// SES refuses more.
const (
	maxMessageBytes = 40 << 20
	maxRecipients   = 100
)

// Store is the mail bucket.
type Store interface {
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
}

// Invoker starts the function mailin.
type Invoker interface {
	Invoke(context.Context, *lambda.InvokeInput, ...func(*lambda.Options)) (*lambda.InvokeOutput, error)
}

// Receiver takes mail for one domain and its subdomains.
type Receiver struct {
	Domain   string // such as allclaims.nl
	Store    Store
	Bucket   string
	Lambda   Invoker
	Function string // name or ARN of mailin
	Now      func() time.Time
	// Problem is told what SES would only count: a notification that failed.
	// The mail itself is safe in the bucket by then. It may be nil.
	Problem func(error)
}

// Message is a mail as it comes in, with its envelope.
type Message struct {
	From string // envelope sender; empty for a bounce
	To   []string
	Helo string
	Raw  []byte
}

// Receive stores the message and notifies mailin; it returns the message id,
// which is the object's name below raw/. An error means that nothing was
// stored, so that the sender tries again.
func (r *Receiver) Receive(ctx context.Context, m Message) (string, error) {
	id := strings.ToLower(rand.Text() + rand.Text())[:40]
	now := r.Now().UTC()
	raw, orders := takeOrders(m.Raw)
	stored := append(sesHeaders(id, m, orders.verdicts, now), raw...)
	key := "raw/" + id
	if _, err := r.Store.PutObject(ctx, &s3.PutObjectInput{Bucket: &r.Bucket, Key: &key, Body: bytes.NewReader(stored)}); err != nil {
		return "", fmt.Errorf("store mail %s: %w", id, err)
	}
	if orders.dropNotification {
		return id, nil
	}
	event, err := json.Marshal(r.event(id, m, stored, orders.verdicts, now))
	if err != nil {
		return "", fmt.Errorf("describe mail %s: %w", id, err)
	}
	_, err = r.Lambda.Invoke(ctx, &lambda.InvokeInput{
		FunctionName: &r.Function, InvocationType: types.InvocationTypeEvent, Payload: event,
	})
	if err != nil && r.Problem != nil {
		r.Problem(fmt.Errorf("notify mailin of mail %s: %w", id, err))
	}
	return id, nil
}

// Accepts tells whether an address is ours.
func (r *Receiver) Accepts(address string) bool {
	_, domain, ok := strings.Cut(strings.ToLower(address), "@")
	return ok && (domain == r.Domain || strings.HasSuffix(domain, "."+r.Domain))
}

func (r *Receiver) event(id string, m Message, stored []byte, v verdicts, now time.Time) events.SimpleEmailEvent {
	headers, truncated := readHeaders(stored)
	verdict := func(status string) events.SimpleEmailVerdict { return events.SimpleEmailVerdict{Status: status} }
	return events.SimpleEmailEvent{Records: []events.SimpleEmailRecord{{
		EventVersion: "1.0",
		EventSource:  "aws:ses",
		SES: events.SimpleEmailService{
			Mail: events.SimpleEmailMessage{
				CommonHeaders:    commonHeaders(headers, m.From),
				Source:           m.From,
				Timestamp:        now,
				Destination:      m.To,
				Headers:          headers,
				HeadersTruncated: truncated,
				MessageID:        id,
			},
			Receipt: events.SimpleEmailReceipt{
				Recipients:           m.To,
				Timestamp:            now,
				SpamVerdict:          verdict(v["spam"]),
				VirusVerdict:         verdict(v["virus"]),
				SPFVerdict:           verdict(v["spf"]),
				DKIMVerdict:          verdict(v["dkim"]),
				DMARCVerdict:         verdict(v["dmarc"]),
				DMARCPolicy:          v["dmarcpolicy"],
				ProcessingTimeMillis: r.Now().Sub(now).Milliseconds(),
				Action: events.SimpleEmailReceiptAction{
					Type: "Lambda", InvocationType: "Event", FunctionARN: r.Function,
				},
			},
		},
	}}}
}

// Server returns an SMTP server for the receiver. The caller serves and closes it.
func (r *Receiver) Server() *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{receiver: r, helo: c.Hostname}, nil
	}))
	s.Domain = "inbound." + r.Domain
	s.MaxMessageBytes = maxMessageBytes
	s.MaxRecipients = maxRecipients
	s.MaxLineLength = maxMessageBytes // real mail has lines of any length
	s.EnableSMTPUTF8 = true
	s.ReadTimeout, s.WriteTimeout = 5*time.Minute, 5*time.Minute
	s.ErrorLog = quiet{}
	return s
}

// session is one SMTP dialogue.
type session struct {
	receiver *Receiver
	helo     func() string
	from     string
	to       []string
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if !s.receiver.Accepts(to) {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "Only mail for " + s.receiver.Domain + " is taken here"}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(body io.Reader) error {
	raw, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := s.receiver.Receive(ctx, Message{From: s.from, To: s.to, Helo: s.helo(), Raw: raw}); err != nil {
		if s.receiver.Problem != nil {
			s.receiver.Problem(err)
		}
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Not stored; try again later"}
	}
	return nil
}

func (s *session) Reset()        { s.from, s.to = "", nil }
func (s *session) Logout() error { return nil }

// quiet drops what go-smtp says of clients that hang up.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}
