package ses

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/aws-sdk-go-v2/service/ses/types"
	"github.com/aws/smithy-go"

	"github.com/allclaims/rightsdesk/shared/post"
)

type fake struct {
	in  *ses.SendRawEmailInput
	err error
}

func (f *fake) SendRawEmail(_ context.Context, in *ses.SendRawEmailInput, _ ...func(*ses.Options)) (*ses.SendRawEmailOutput, error) {
	f.in = in
	id := "0102-a"
	return &ses.SendRawEmailOutput{MessageId: &id}, f.err
}

var out = post.Outgoing{From: "info@allclaims.nl", To: "jan@example.nl", Raw: []byte("mail"), Owner: "0123456789abcdef0123456789abcdef", Letter: "access-debtor.T-13.answer"}

func TestSend(t *testing.T) {
	f := &fake{}
	id, err := (&Transport{Client: f, ConfigurationSet: "statutory"}).Send(t.Context(), out)
	if err != nil || id != "0102-a" {
		t.Fatalf("%q, %v", id, err)
	}
	if *f.in.Source != out.From || len(f.in.Destinations) != 1 || f.in.Destinations[0] != out.To || *f.in.ConfigurationSetName != "statutory" || string(f.in.RawMessage.Data) != "mail" {
		t.Errorf("sent %+v", f.in)
	}
	tag := f.in.Tags[0]
	if *tag.Name != "letter_id" || !regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`).MatchString(*tag.Value) {
		t.Errorf("tag %s=%s", *tag.Name, *tag.Value)
	}
	if b, err := base64.RawURLEncoding.DecodeString(*tag.Value); err != nil || string(b) != out.Owner+"/"+out.Letter {
		t.Errorf("the tag says %s, %v", b, err)
	}
}

// What SES says may name the person; only its code is passed on.
func TestSendFails(t *testing.T) {
	words := "Email address is not verified: jan@example.nl"
	for _, c := range []struct {
		name string
		err  error
		want error
	}{
		{"rejected", fmt.Errorf("operation error SES: %w", &types.MessageRejected{Message: &words}), post.ErrRefused},
		{"paused", &types.AccountSendingPausedException{Message: &words}, post.ErrNotNow},
		{"throttled", &smithy.GenericAPIError{Code: "Throttling", Message: words}, post.ErrNotNow},
		{"denied", &smithy.GenericAPIError{Code: "AccessDenied", Message: words}, post.ErrNotNow},
		{"broken", &smithy.GenericAPIError{Code: "InternalFailure", Message: words}, nil},
		{"no answer", errors.New(words), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := (&Transport{Client: &fake{err: c.err}}).Send(t.Context(), out)
			if err == nil || strings.Contains(err.Error(), "jan@") {
				t.Errorf("error %v", err)
			}
			for _, kind := range []error{post.ErrRefused, post.ErrNotNow} {
				if errors.Is(err, kind) != errors.Is(c.want, kind) {
					t.Errorf("%v is %v: %v", err, kind, errors.Is(err, kind))
				}
			}
		})
	}
}
