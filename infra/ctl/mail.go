package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/aws-sdk-go-v2/service/ses/types"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/settings"
)

const mailUsage = `usage: ctl mail [-stack NAME] activate | breaker | resume

activate does what CloudFormation cannot: makes the stack's receipt rule set
the active one, prints the DNS records, and says whether this account may send
to everybody. It never replaces an active rule set that is not the stack's own.

breaker tells whether the sending breaker is open, since when and why. While it
is open, notices to addresses that are on no file wait. resume closes it before
its time; what waited goes within a quarter of an hour.
`

// sesAPI is the part of SES that activation needs.
type sesAPI interface {
	DescribeActiveReceiptRuleSet(ctx context.Context, in *ses.DescribeActiveReceiptRuleSetInput, opts ...func(*ses.Options)) (*ses.DescribeActiveReceiptRuleSetOutput, error)
	SetActiveReceiptRuleSet(ctx context.Context, in *ses.SetActiveReceiptRuleSetInput, opts ...func(*ses.Options)) (*ses.SetActiveReceiptRuleSetOutput, error)
	GetIdentityDkimAttributes(ctx context.Context, in *ses.GetIdentityDkimAttributesInput, opts ...func(*ses.Options)) (*ses.GetIdentityDkimAttributesOutput, error)
	GetIdentityVerificationAttributes(ctx context.Context, in *ses.GetIdentityVerificationAttributesInput, opts ...func(*ses.Options)) (*ses.GetIdentityVerificationAttributesOutput, error)
	GetSendQuota(ctx context.Context, in *ses.GetSendQuotaInput, opts ...func(*ses.Options)) (*ses.GetSendQuotaOutput, error)
	GetAccountSendingEnabled(ctx context.Context, in *ses.GetAccountSendingEnabledInput, opts ...func(*ses.Options)) (*ses.GetAccountSendingEnabledOutput, error)
}

// runMail activates the receipt of mail and prints what a person must still do.
func runMail(ctx context.Context, args []string, _ io.Reader, out, errs io.Writer) error {
	flags := flag.NewFlagSet("mail", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() { fmt.Fprint(errs, mailUsage) }
	name := flags.String("stack", stackName, "the CloudFormation stack")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return fmt.Errorf("read the arguments: %w", err)
	}
	what := flags.Arg(0)
	if flags.NArg() != 1 || what != "activate" && what != "breaker" && what != "resume" {
		return errors.New("say activate, breaker or resume, as: ctl mail activate")
	}
	d, err := findDeployment(ctx, *name)
	if err != nil {
		return err
	}
	if what != "activate" {
		if err := d.need("RegistersTable"); err != nil {
			return err
		}
		store := storeOf(d)
		now := (settings.Settings{Stage: settings.Stage(d.parameters["Stage"])}).Clock(store.Offset)
		return mailBreaker(ctx, &post.Breaker{Meter: store, Now: now, Log: slog.New(slog.DiscardHandler)}, what == "resume", out)
	}
	if d.parameters["Stage"] == "local" {
		return errors.New("this is a local stack: its own SMTP listener receives the mail, there is nothing to activate")
	}
	if err := d.need("ReceiptRuleSet", "MailDomain"); err != nil {
		return err
	}
	a := activation{
		ses: ses.NewFromConfig(d.config), ruleSet: d.outputs["ReceiptRuleSet"], domain: d.outputs["MailDomain"],
		recipients: strings.Split(d.parameters["MailRecipients"], ","), region: d.config.Region, out: out,
	}
	return a.run(ctx)
}

// mailBreaker tells how the sending breaker stands, after closing it when asked.
func mailBreaker(ctx context.Context, b *post.Breaker, resume bool, out io.Writer) error {
	day := func(t time.Time) string { return t.In(deadline.Amsterdam()).Format("2 January 2006 15:04") }
	if resume {
		was, err := b.Resume(ctx, "operator")
		if err != nil {
			return err
		}
		if !was.Open(b.Now()) {
			_, err = fmt.Fprintln(out, "The breaker was not open.")
			return err
		}
		_, err = fmt.Fprintf(out, "The breaker is closed. It was open since %s for too many %s. What waited goes within %s.\n",
			day(was.OpenedAt), was.Why, post.Recheck)
		return err
	}
	f, err := b.Meter.Fuse(ctx)
	if err != nil {
		return fmt.Errorf("read the breaker: %w", err)
	}
	switch {
	case f.Open(b.Now()):
		_, err = fmt.Fprintf(out, "The breaker is open since %s for too many %s, until %s.\n", day(f.OpenedAt), f.Why, day(f.Until))
	case f.OpenedAt.IsZero():
		_, err = fmt.Fprintln(out, "The breaker is closed. It was never open.")
	default:
		_, err = fmt.Fprintf(out, "The breaker is closed. It was open from %s to %s for too many %s.\n", day(f.OpenedAt), day(f.Until), f.Why)
	}
	return err
}

// activation is one run of ctl mail activate.
type activation struct {
	ses        sesAPI
	ruleSet    string
	domain     string   // the identity that sends
	recipients []string // domains and addresses that receive
	region     string
	out        io.Writer
}

// run activates first: until that is done the printed records would lead mail
// to where nobody takes it. Everything is printed, also after a fault.
func (a *activation) run(ctx context.Context) error {
	return errors.Join(a.activate(ctx), a.records(ctx), a.sending(ctx))
}

func (a *activation) say(format string, args ...any) { fmt.Fprintf(a.out, format+"\n", args...) }

func (a *activation) activate(ctx context.Context) error {
	active, err := a.ses.DescribeActiveReceiptRuleSet(ctx, &ses.DescribeActiveReceiptRuleSetInput{})
	if err != nil {
		return fmt.Errorf("look for the active receipt rule set: %w", err)
	}
	name := ""
	if active.Metadata != nil {
		name = aws.ToString(active.Metadata.Name)
	}
	switch name {
	case a.ruleSet:
		a.say("Receipt: the rule set %s is active already.", a.ruleSet)
		return nil
	case "":
	default:
		return fmt.Errorf("the rule set %s is active and not ours: an account has one active set in a region, so mail of somebody else depends on it; "+
			"copy the rules of %s into it by hand, or deploy in another region or account", name, a.ruleSet)
	}
	if _, err := a.ses.SetActiveReceiptRuleSet(ctx, &ses.SetActiveReceiptRuleSetInput{RuleSetName: &a.ruleSet}); err != nil {
		return fmt.Errorf("make the rule set %s active: %w", a.ruleSet, err)
	}
	a.say("Receipt: the rule set %s is active now.", a.ruleSet)
	return nil
}

// records prints the DNS records and which of them SES has seen.
func (a *activation) records(ctx context.Context) error {
	dkim, err := a.ses.GetIdentityDkimAttributes(ctx, &ses.GetIdentityDkimAttributesInput{Identities: []string{a.domain}})
	if err != nil {
		return fmt.Errorf("read the DKIM keys of %s: %w", a.domain, err)
	}
	verified, err := a.ses.GetIdentityVerificationAttributes(ctx, &ses.GetIdentityVerificationAttributesInput{Identities: []string{a.domain}})
	if err != nil {
		return fmt.Errorf("read whether %s is verified: %w", a.domain, err)
	}
	keys := dkim.DkimAttributes[a.domain]
	a.say("\nDNS records:")
	for _, token := range keys.DkimTokens {
		a.say("  %s._domainkey.%s. CNAME %s.dkim.amazonses.com.", token, a.domain, token)
	}
	for _, domain := range a.receiving() {
		a.say("  %s. MX 10 inbound-smtp.%s.amazonaws.com.", domain, a.region)
	}
	a.say("  %s. TXT \"v=spf1 … include:amazonses.com ~all\" (add the include to the record that is there; a domain has one)", a.domain)
	a.say("  _dmarc.%s. TXT \"v=DMARC1; p=quarantine; rua=mailto:postmaster@%s\" (only when there is none; DKIM above carries it)", a.domain, a.domain)
	a.say("  An MX record moves all mail of its domain: use a domain of its own, and let the office mailbox redirect a copy to it.")
	switch {
	case len(keys.DkimTokens) == 0:
		return fmt.Errorf("SES has no DKIM keys for %s: is the identity of the stack there?", a.domain)
	case verified.VerificationAttributes[a.domain].VerificationStatus != types.VerificationStatusSuccess:
		a.say("Identity: %s is not verified yet (%s); SES looks again by itself once the CNAME records stand.",
			a.domain, cmp.Or(string(verified.VerificationAttributes[a.domain].VerificationStatus), "unknown"))
	default:
		a.say("Identity: %s is verified, DKIM %s.", a.domain, strings.ToLower(string(keys.DkimVerificationStatus)))
	}
	return nil
}

// receiving lists the domains of what is received, each once.
func (a *activation) receiving() []string {
	var domains []string
	seen := map[string]bool{}
	for _, r := range a.recipients {
		r = strings.TrimSpace(r)
		if at := strings.LastIndexByte(r, '@'); at >= 0 {
			r = r[at+1:]
		}
		if r != "" && !seen[r] {
			seen[r] = true
			domains = append(domains, r)
		}
	}
	return domains
}

// The quota of an account in the sandbox; every other account has more.
const (
	sandboxDay  = 200
	sandboxRate = 1
)

func (a *activation) sending(ctx context.Context) error {
	enabled, err := a.ses.GetAccountSendingEnabled(ctx, &ses.GetAccountSendingEnabledInput{})
	if err != nil {
		return fmt.Errorf("read whether this account may send: %w", err)
	}
	quota, err := a.ses.GetSendQuota(ctx, &ses.GetSendQuotaInput{})
	if err != nil {
		return fmt.Errorf("read the sending quota: %w", err)
	}
	a.say("\nSending: %.0f mails in 24 hours (%.0f sent), %.0f a second.", quota.Max24HourSend, quota.SentLast24Hours, quota.MaxSendRate)
	switch {
	case !enabled.Enabled:
		return errors.New("sending is switched off for this account: AWS did that after bounces or complaints; letters wait in the outbox until it is on again")
	case quota.Max24HourSend >= 0 && quota.Max24HourSend <= sandboxDay && quota.MaxSendRate <= sandboxRate:
		return errors.New("this account is in the SES sandbox: it can write to verified addresses only, so nobody would get an answer; ask AWS for production access in this region")
	}
	return nil
}
