package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/aws-sdk-go-v2/service/ses/types"

	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/store/memory"
)

// account is SES of one account.
type account struct {
	active   string
	set      []string
	tokens   []string
	verified types.VerificationStatus
	off      bool
	day      float64
	rate     float64
}

func (a *account) DescribeActiveReceiptRuleSet(context.Context, *ses.DescribeActiveReceiptRuleSetInput, ...func(*ses.Options)) (*ses.DescribeActiveReceiptRuleSetOutput, error) {
	if a.active == "" {
		return &ses.DescribeActiveReceiptRuleSetOutput{}, nil
	}
	return &ses.DescribeActiveReceiptRuleSetOutput{Metadata: &types.ReceiptRuleSetMetadata{Name: &a.active}}, nil
}

func (a *account) SetActiveReceiptRuleSet(_ context.Context, in *ses.SetActiveReceiptRuleSetInput, _ ...func(*ses.Options)) (*ses.SetActiveReceiptRuleSetOutput, error) {
	a.set = append(a.set, aws.ToString(in.RuleSetName))
	return &ses.SetActiveReceiptRuleSetOutput{}, nil
}

func (a *account) GetIdentityDkimAttributes(_ context.Context, in *ses.GetIdentityDkimAttributesInput, _ ...func(*ses.Options)) (*ses.GetIdentityDkimAttributesOutput, error) {
	return &ses.GetIdentityDkimAttributesOutput{DkimAttributes: map[string]types.IdentityDkimAttributes{
		in.Identities[0]: {DkimTokens: a.tokens, DkimVerificationStatus: a.verified},
	}}, nil
}

func (a *account) GetIdentityVerificationAttributes(_ context.Context, in *ses.GetIdentityVerificationAttributesInput, _ ...func(*ses.Options)) (*ses.GetIdentityVerificationAttributesOutput, error) {
	return &ses.GetIdentityVerificationAttributesOutput{VerificationAttributes: map[string]types.IdentityVerificationAttributes{
		in.Identities[0]: {VerificationStatus: a.verified},
	}}, nil
}

func (a *account) GetSendQuota(context.Context, *ses.GetSendQuotaInput, ...func(*ses.Options)) (*ses.GetSendQuotaOutput, error) {
	return &ses.GetSendQuotaOutput{Max24HourSend: a.day, MaxSendRate: a.rate}, nil
}

func (a *account) GetAccountSendingEnabled(context.Context, *ses.GetAccountSendingEnabledInput, ...func(*ses.Options)) (*ses.GetAccountSendingEnabledOutput, error) {
	return &ses.GetAccountSendingEnabledOutput{Enabled: !a.off}, nil
}

func TestMailActivate(t *testing.T) {
	good := account{tokens: []string{"t1", "t2", "t3"}, verified: types.VerificationStatusSuccess, day: 50000, rate: 14}
	for name, c := range map[string]struct {
		change func(*account)
		sets   bool
		says   []string
		fault  string
	}{
		"first time": {func(*account) {}, true, []string{
			"the rule set ours is active now", "t2._domainkey.allclaims.nl. CNAME t2.dkim.amazonses.com.",
			"privacy.allclaims.nl. MX 10 inbound-smtp.eu-central-1.amazonaws.com.", "include:amazonses.com", "_dmarc.allclaims.nl.",
			"allclaims.nl is verified", "50000 mails in 24 hours",
		}, ""},
		"again":        {func(a *account) { a.active = "ours" }, false, []string{"active already"}, ""},
		"not ours":     {func(a *account) { a.active = "theirs" }, false, []string{"CNAME"}, "the rule set theirs is active and not ours"},
		"not verified": {func(a *account) { a.verified = types.VerificationStatusPending }, true, []string{"allclaims.nl is not verified yet (Pending)"}, ""},
		"no keys":      {func(a *account) { a.tokens = nil }, true, nil, "no DKIM keys for allclaims.nl"},
		"sandbox":      {func(a *account) { a.day, a.rate = 200, 1 }, true, nil, "in the SES sandbox"},
		"switched off": {func(a *account) { a.off = true }, true, nil, "switched off"},
		"no limit":     {func(a *account) { a.day, a.rate = -1, 1 }, true, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			acc := good
			c.change(&acc)
			var out bytes.Buffer
			a := activation{ses: &acc, ruleSet: "ours", domain: "allclaims.nl", region: "eu-central-1", out: &out,
				recipients: []string{"privacy.allclaims.nl", " avg@privacy.allclaims.nl"}}
			err := a.run(t.Context())
			if c.fault == "" && err != nil || c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)) {
				t.Errorf("the error is %v, want %q", err, c.fault)
			}
			if got := len(acc.set) == 1 && acc.set[0] == "ours"; got != c.sets || len(acc.set) > 1 {
				t.Errorf("made active: %q", acc.set)
			}
			for _, s := range c.says {
				if !strings.Contains(out.String(), s) {
					t.Errorf("it does not say %q:\n%s", s, out.String())
				}
			}
			if n := strings.Count(out.String(), ". MX 10 "); n != 1 {
				t.Errorf("%d MX records, want 1", n)
			}
		})
	}
}

// The operator sees why notices wait, and lets them go.
func TestMailBreaker(t *testing.T) {
	now := time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)
	b := &post.Breaker{Meter: &memory.Store{}, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}
	says := func(resume bool, want string) {
		t.Helper()
		var out bytes.Buffer
		if err := mailBreaker(t.Context(), b, resume, &out); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("it says %q, %v, want %q", out.String(), err, want)
		}
	}
	says(false, "never open")
	says(true, "was not open")
	for range post.MinBounces {
		if err := b.Count(t.Context(), post.Event{What: post.Undone, Class: post.Permanent}); err != nil {
			t.Fatal(err)
		}
	}
	says(false, "open since 5 March 2026 10:00 for too many bounces, until 6 March 2026 10:00")
	now = now.Add(time.Hour)
	says(true, "It was open since 5 March 2026 10:00 for too many bounces. What waited goes within 15m0s")
	says(false, "from 5 March 2026 10:00 to 5 March 2026 11:00")
}

// cloud answers for one stack.
type cloud struct {
	stack *cfntypes.Stack
	err   error
}

func (c cloud) DescribeStacks(context.Context, *cloudformation.DescribeStacksInput, ...func(*cloudformation.Options)) (*cloudformation.DescribeStacksOutput, error) {
	if c.stack == nil {
		return &cloudformation.DescribeStacksOutput{}, c.err
	}
	return &cloudformation.DescribeStacksOutput{Stacks: []cfntypes.Stack{*c.stack}}, c.err
}

func TestDescribe(t *testing.T) {
	d, err := describe(t.Context(), cloud{stack: &cfntypes.Stack{
		Outputs:    []cfntypes.Output{{OutputKey: aws.String("MailDomain"), OutputValue: aws.String("allclaims.nl")}},
		Parameters: []cfntypes.Parameter{{ParameterKey: aws.String("Stage"), ParameterValue: aws.String("prod")}},
	}}, "rightsdesk")
	if err != nil || d.outputs["MailDomain"] != "allclaims.nl" {
		t.Errorf("%v, %v", d.outputs, err)
	}
	if err := d.need("MailDomain", "SealBucket"); err == nil || !strings.Contains(err.Error(), "no output SealBucket:") {
		t.Errorf("a missing output: %v", err)
	}
	for _, c := range []cloud{{}, {err: errors.New("Stack with id rightsdesk does not exist")}, {stack: &cfntypes.Stack{StackStatus: cfntypes.StackStatusDeleteComplete}}} {
		if _, err := describe(t.Context(), c, "rightsdesk"); err == nil || !strings.Contains(err.Error(), "there is no stack rightsdesk here") {
			t.Errorf("no stack: %v", err)
		}
	}
}

// The clock of a stage with real requests cannot be moved, whatever is typed.
func TestClockIsLocalOnly(t *testing.T) {
	local := deployment{parameters: map[string]string{"Stage": "local"}}
	for endpoint, ok := range map[string]bool{
		"http://localhost:4566": true, "": false, "https://dynamodb.eu-central-1.amazonaws.com": false, "nonsense": false,
	} {
		if err := local.onlyLocal(endpoint); (err == nil) != ok {
			t.Errorf("%q: %v", endpoint, err)
		}
	}
	if err := (deployment{parameters: map[string]string{"Stage": "prod"}}).onlyLocal("http://localhost:4566"); err == nil {
		t.Error("the clock of prod could be moved")
	}
	t.Setenv("AWS_ENDPOINT_URL", "")
	for _, args := range [][]string{{"show"}, {"advance", "5wd"}, {"reset"}, {"advance"}, {"advance", "x"}, nil} {
		if err := runClock(t.Context(), args, nil, &bytes.Buffer{}, &bytes.Buffer{}); err == nil {
			t.Errorf("%q: no error without an endpoint", args)
		}
	}
}
