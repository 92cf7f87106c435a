// Package ses hands mail to Amazon SES.
package ses

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/aws-sdk-go-v2/service/ses/types"
	"github.com/aws/smithy-go"

	"github.com/allclaims/rightsdesk/shared/post"
)

// API is what the transport uses of an SES client.
type API interface {
	SendRawEmail(ctx context.Context, in *ses.SendRawEmailInput, opts ...func(*ses.Options)) (*ses.SendRawEmailOutput, error)
}

// Transport is post.Transport.
type Transport struct {
	Client API
	// ConfigurationSet reports bounces and complaints.
	ConfigurationSet string
}

// Send sends one mail to its one recipient. SES's words about it may hold the
// address, so an error gives its code alone.
func (t *Transport) Send(ctx context.Context, m post.Outgoing) (string, error) {
	out, err := t.Client.SendRawEmail(ctx, &ses.SendRawEmailInput{
		Source:               aws.String(m.From),
		Destinations:         []string{m.To},
		RawMessage:           &types.RawMessage{Data: m.Raw},
		ConfigurationSetName: aws.String(t.ConfigurationSet),
		Tags:                 []types.MessageTag{{Name: aws.String(TagName), Value: aws.String(post.Tag(m.Owner, m.Letter))}},
	})
	if err == nil {
		return aws.ToString(out.MessageId), nil
	}
	var said smithy.APIError
	if !errors.As(err, &said) {
		if ctx.Err() != nil {
			return "", fmt.Errorf("SES: %w", ctx.Err())
		}
		return "", errors.New("SES did not answer")
	}
	code := said.ErrorCode()
	switch code {
	case "MessageRejected", "InvalidParameterValue", "ValidationError", "MailFromDomainNotVerifiedException", "InvalidParameter":
		return "", fmt.Errorf("SES says %s: %w", code, post.ErrRefused)
	case "Throttling", "ThrottlingException", "TooManyRequestsException", "LimitExceededException",
		"AccountSendingPausedException", "ConfigurationSetSendingPausedException", "ConfigurationSetDoesNotExist",
		"AccessDenied", "AccessDeniedException", "ExpiredToken", "InvalidClientTokenId":
		return "", fmt.Errorf("SES says %s: %w", code, post.ErrNotNow)
	}
	return "", fmt.Errorf("SES says %s", code) // an internal error: nobody knows
}

// TagName is the message tag that names the letter in SES's events.
const TagName = "letter_id"
