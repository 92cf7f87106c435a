package lambdaio

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/intake"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Internal is the error type of everything that has no code of the domain.
const Internal = "Internal"

// fault turns an error into what AWS may know: the code and ids. Only the
// outermost Go type would reach a state machine's Catch, and the message is
// kept in its history; so both are made here.
func fault(err error, ids ...string) error {
	if err == nil {
		return nil
	}
	code := Internal
	var e *request.Error
	if errors.As(err, &e) {
		code = string(e.Code)
		ids = append(ids, e.On)
	}
	message := code
	for _, id := range ids {
		if id != "" {
			message += " " + id
		}
	}
	return messages.InvokeResponse_Error{Type: code, Message: message}
}

// run does one invocation of an event function and logs how it ended. A panic
// becomes an error without its value, which may be anybody's words.
func run(ctx context.Context, log *slog.Logger, name string, ids []string, f func() error) (err error) {
	attrs := []any{"function", name, "ids", ids}
	if started.Add(1) == 1 {
		attrs = append(attrs, "cold", true)
	}
	defer func() {
		if p := recover(); p != nil {
			log.ErrorContext(ctx, "panicked", append(attrs, "at", where())...)
			err = fault(errors.New("panic"), ids...)
		}
	}()
	if err := f(); err != nil {
		log.ErrorContext(ctx, "failed", append(attrs, "error", err.Error())...)
		return fault(err, ids...)
	}
	log.InfoContext(ctx, "done", attrs...)
	return nil
}

// StepFunc is a step of casework.
type StepFunc func(ctx context.Context, in casework.Input) (casework.Output, error)

// Step runs a step as the function of its state.
func Step(name string, step StepFunc) { lambda.Start(stepHandler(name, Logger(), step)) }

func stepHandler(name string, log *slog.Logger, step StepFunc) func(context.Context, json.RawMessage) (casework.Output, error) {
	return func(ctx context.Context, event json.RawMessage) (out casework.Output, err error) {
		var in casework.Input
		if json.Unmarshal(event, &in) != nil || !in.RequestID.Valid() {
			return out, run(ctx, log, name, nil, func() error {
				return request.Fault(request.InputRefused, "", "read an event without a request id")
			})
		}
		ids := []string{string(in.RequestID)}
		if in.LegID != "" {
			ids = append(ids, in.LegID)
		}
		if in.System != "" {
			ids = append(ids, in.System)
		}
		err = run(ctx, log, name, ids, func() error {
			var err error
			out, err = step(ctx, in)
			return err
		})
		if err != nil {
			return casework.Output{}, err
		}
		return out, nil
	}
}

// Schedule runs f whenever the function's rule fires. What f answers, counts
// and codes, is logged and given to who called the function by hand.
func Schedule[T any](name string, f func(ctx context.Context) (T, error)) {
	lambda.Start(scheduleHandler(name, Logger(), f))
}

func scheduleHandler[T any](name string, log *slog.Logger, f func(context.Context) (T, error)) func(context.Context, json.RawMessage) (T, error) {
	return func(ctx context.Context, _ json.RawMessage) (result T, err error) {
		err = run(ctx, log, name, nil, func() error {
			var err error
			result, err = f(ctx)
			log.InfoContext(ctx, "result", "function", name, "result", result)
			return err
		})
		return result, err
	}
}

// Call runs f with the event, which must hold ids only.
func Call[T any](name string, f func(ctx context.Context, call T) error) {
	lambda.Start(callHandler(name, Logger(), f))
}

func callHandler[T any](name string, log *slog.Logger, f func(context.Context, T) error) func(context.Context, json.RawMessage) error {
	return func(ctx context.Context, event json.RawMessage) error {
		return run(ctx, log, name, nil, func() error {
			var call T
			if json.Unmarshal(event, &call) != nil {
				return request.Fault(request.InputRefused, "", "read an event")
			}
			return f(ctx, call)
		})
	}
}

// rawPrefix is where the receipt rule stores mail, under its message id.
const rawPrefix = "raw/"

// Mail runs f for every mail that SES has received and stored. One that fails
// does not stop the others (F25); the sweeper finds it again.
func Mail(name string, f func(ctx context.Context, m casework.RawMail) error) {
	lambda.Start(mailHandler(name, Logger(), f))
}

func mailHandler(name string, log *slog.Logger, f func(context.Context, casework.RawMail) error) func(context.Context, json.RawMessage) error {
	return func(ctx context.Context, event json.RawMessage) error {
		var in events.SimpleEmailEvent
		if json.Unmarshal(event, &in) != nil || len(in.Records) == 0 {
			return run(ctx, log, name, nil, func() error {
				return request.Fault(request.InputRefused, "", "read an event without a mail")
			})
		}
		var faults []error
		for _, r := range in.Records {
			m := r.SES
			safe := safeID(m.Mail.MessageID)
			var ids []string
			if safe {
				ids = []string{m.Mail.MessageID}
			}
			faults = append(faults, run(ctx, log, name, ids, func() error {
				if !safe {
					return request.Fault(request.InputRefused, "", "read a mail without an id")
				}
				return f(ctx, casework.RawMail{
					Key: rawPrefix + m.Mail.MessageID, MessageID: m.Mail.MessageID, Received: m.Mail.Timestamp.UTC(),
					Recipients: m.Receipt.Recipients,
					Verdicts: intake.Verdicts{
						Spam: m.Receipt.SpamVerdict.Status, Virus: m.Receipt.VirusVerdict.Status, SPF: m.Receipt.SPFVerdict.Status,
						DKIM: m.Receipt.DKIMVerdict.Status, DMARC: m.Receipt.DMARCVerdict.Status, DMARCPolicy: m.Receipt.DMARCPolicy,
					},
				})
			}))
		}
		return first(faults)
	}
}

func first(faults []error) error {
	for _, err := range faults {
		if err != nil {
			return err
		}
	}
	return nil
}

// safeID reports whether an id from outside may stand in a log and a key.
func safeID(id string) bool {
	if id == "" || len(id) > 128 {
		return false
	}
	return strings.Trim(strings.ToLower(id), "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// feedback is what the desk reads of an event of SES about a mail of ours. The
// addresses in it, and the words of the other server, which may hold one, are
// not even decoded.
type feedback struct {
	// SES says eventType to configuration sets and notificationType to identities.
	EventType        string `json:"eventType"`
	NotificationType string `json:"notificationType"`
	Mail             struct {
		MessageID string              `json:"messageId"`
		Timestamp string              `json:"timestamp"`
		Tags      map[string][]string `json:"tags"`
	} `json:"mail"`
	Delivery moment `json:"delivery"`
	Delay    struct {
		moment
		Type string `json:"delayType"`
	} `json:"deliveryDelay"`
	Bounce struct {
		moment
		Type       string `json:"bounceType"`
		SubType    string `json:"bounceSubType"`
		Recipients []struct {
			Status string `json:"status"`
		} `json:"bouncedRecipients"`
	} `json:"bounce"`
	Complaint struct {
		moment
		Type    string `json:"complaintFeedbackType"`
		SubType string `json:"complaintSubType"`
	} `json:"complaint"`
}

type moment struct {
	Timestamp string `json:"timestamp"`
}

// tagName is the message tag that names the letter (shared/post/ses).
const tagName = "letter_id"

// happenings are the events that the desk asks for (infra/mail.yaml).
var happenings = map[string]post.Happening{
	"send": post.Accepted, "delivery": post.Arrived, "deliverydelay": post.Delayed, "bounce": post.Undone,
	"complaint": post.Undone, "reject": post.Undone, "rendering failure": post.Undone,
}

// event is what it tells; ok is false for one of no mail. What is "" for an
// event that the desk does not ask for.
func (n feedback) event(now time.Time) (e post.Event, ok bool) {
	if !safeID(n.Mail.MessageID) {
		return e, false
	}
	kind := strings.ToLower(n.EventType + n.NotificationType)
	e = post.Event{MessageID: n.Mail.MessageID, What: happenings[kind]}
	if t := n.Mail.Tags[tagName]; len(t) == 1 {
		if owner, letter, ok := post.Untag(t[0]); ok {
			e.Owner, e.Letter = owner, letter
		}
	}
	at := ""
	switch kind {
	case "send", "reject", "rendering failure":
		at = n.Mail.Timestamp
		if kind != "send" {
			e.Class, e.Code = post.Rejected, strings.ReplaceAll(kind, " ", "-")
		}
	case "delivery":
		at = n.Delivery.Timestamp
	case "deliverydelay":
		at = n.Delay.Timestamp
		e.Code = word(n.Delay.Type)
	case "bounce":
		at = n.Bounce.Timestamp
		e.Code = word(n.Bounce.SubType)
		if len(n.Bounce.Recipients) > 0 {
			if s := n.Bounce.Recipients[0].Status; enhanced.MatchString(s) && e.Code != "OnAccountSuppressionList" {
				e.Code = strings.TrimSpace(e.Code + " " + s)
			}
		}
		switch n.Bounce.Type {
		case "Permanent":
			e.Class = post.Permanent
		case "Transient":
			e.Class = post.Transient
		default:
			e.Class = post.Undetermined
		}
	case "complaint":
		at = n.Complaint.Timestamp
		e.Class, e.Code = post.Complaint, word(cmp.Or(n.Complaint.SubType, n.Complaint.Type))
	}
	e.At = now.UTC()
	if t, err := time.Parse(time.RFC3339, at); err == nil {
		e.At = t.UTC()
	}
	return e, true
}

// enhanced is an enhanced status code of RFC 3463, as 5.1.1.
var enhanced = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}$`)

// word lets through one word of SES's own lists, as MailboxFull or
// not-spam; anything else could be somebody's.
func word(s string) string {
	if len(s) > 40 || strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz-") != "" {
		return "other"
	}
	return s
}

// Feedback runs f for every event of SES about a mail of ours, by SNS.
func Feedback(name string, f func(ctx context.Context, e post.Event) error) {
	lambda.Start(feedbackHandler(name, Logger(), f))
}

func feedbackHandler(name string, log *slog.Logger, f func(context.Context, post.Event) error) func(context.Context, json.RawMessage) error {
	return func(ctx context.Context, event json.RawMessage) error {
		var in events.SNSEvent
		if json.Unmarshal(event, &in) != nil || len(in.Records) == 0 {
			return run(ctx, log, name, nil, func() error {
				return request.Fault(request.InputRefused, "", "read an event without a notification")
			})
		}
		var faults []error
		for _, r := range in.Records {
			var n feedback
			var e post.Event
			good := json.Unmarshal([]byte(r.SNS.Message), &n) == nil
			var ids []string
			if good {
				if e, good = n.event(time.Now()); good {
					ids = []string{e.MessageID}
				}
			}
			faults = append(faults, run(ctx, log, name, ids, func() error {
				switch {
				case !good && strings.HasPrefix(r.SNS.Message, "Successfully validated SNS topic"):
					return nil // SES's own greeting when the destination is made
				case !good:
					return request.Fault(request.InputRefused, "", "read a notification without a message id")
				case e.What == "":
					return nil
				}
				if err := f(ctx, e); err != nil {
					return fmt.Errorf("take note of mail %s: %w", e.What, err)
				}
				return nil
			}))
		}
		return first(faults)
	}
}
