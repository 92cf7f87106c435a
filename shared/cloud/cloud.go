// Package cloud ties the desk to AWS: every client is made once, from the
// settings, and handed to the parts of the desk as the port that they ask for.
package cloud

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/deadline"
	enginesfn "github.com/allclaims/rightsdesk/shared/engine/sfn"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/intake"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/opendsr"
	"github.com/allclaims/rightsdesk/shared/opendsr/server"
	"github.com/allclaims/rightsdesk/shared/post"
	postses "github.com/allclaims/rightsdesk/shared/post/ses"
	"github.com/allclaims/rightsdesk/shared/settings"
	"github.com/allclaims/rightsdesk/shared/store/dynamo"
	vaults3 "github.com/allclaims/rightsdesk/shared/vault/s3"
)

// helpDays is how long an officer may take to help somebody who cannot use the
// form, in working days; backupDays is how long a backup lives (infra/data.yaml).
const (
	helpDays   = 5
	backupDays = 35
)

// Cloud holds the clients and the adapters that stand on them.
type Cloud struct {
	Settings settings.Settings
	// Store is the truth about requests, letters, sessions and registers.
	Store *dynamo.Store
	// Now is the desk's clock.
	Now func() time.Time

	cfg       aws.Config
	objects   *s3.Client
	functions *lambda.Client
	systems   *Systems
}

// New makes the clients. It reads the configuration of AWS from the
// environment, as every AWS tool does, and calls nothing yet. databases is what
// a function adds that reaches databases: databases.Open.
func New(ctx context.Context, s settings.Settings, databases ...Opener) (*Cloud, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the configuration of AWS: %w", err)
	}
	db := dynamodb.NewFromConfig(cfg)
	c := &Cloud{
		Settings: s,
		Store: &dynamo.Store{
			DynamoDB: db,
			Names:    dynamo.NamesOf(s.Tables.Requests, s.Tables.Proofs, s.Tables.Ledger, s.Tables.Registers),
		},
		cfg: cfg,
		// Under an endpoint of one's own there are no host names for buckets.
		objects:   s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = o.BaseEndpoint != nil }),
		functions: lambda.NewFromConfig(cfg),
	}
	c.Now = s.Clock(c.Store.Offset)
	c.Store.Now = c.Now
	c.systems = &Systems{Declared: inventory.Default(), Databases: databases, Addresses: addresses(inventory.Default(), s.Systems, os.Getenv), DynamoDB: db, S3: c.objects, Secrets: secretsmanager.NewFromConfig(cfg)}
	return c, nil
}

// addresses are those of the settings, and those of the systems that the
// owner's inventory names beside ours: its template gives them as settings too.
func addresses(inv *inventory.Inventory, known map[string]string, getenv func(string) string) map[string]string {
	all := map[string]string{}
	for _, s := range inv.Systems {
		if a := cmp.Or(known[s.Address], strings.TrimSpace(getenv(s.Address))); a != "" {
			all[s.Address] = a
		}
	}
	return all
}

// Cases gives the casework on AWS. A part that the settings do not name fails
// when it is used, not before: no function needs all of them.
func (c *Cloud) Cases() *casework.Cases {
	s := c.Settings
	waits := casework.DefaultWaits
	waits.CoolOff, waits.Disclosure = s.Waits.CoolOff, s.Waits.Disclosure
	waits.ChannelAge, waits.LinkDays = s.Waits.ChannelAgeDays, s.Waits.LinkDays
	own := []string{s.House.Email}
	if s.MailFrom != "" && s.MailFrom != s.House.Email {
		own = append(own, s.MailFrom)
	}
	return &casework.Cases{
		Store: c.Store, Finder: c.Store, Lists: c.Store, Months: c.Store, Letters: c.Store, Outbox: c.Store, Heads: c.Store,
		Closed: c.Store, Ledger: c.Store, Registers: c.Store, Breaker: c.Breaker(slog.Default()),
		Engine:  &enginesfn.Engine{Client: sfn.NewFromConfig(c.cfg), Machines: s.Machines},
		Systems: c.systems,
		Keys:    c.Keys(),
		Signing: &SigningKey{KMS: kms.NewFromConfig(c.cfg), KeyID: s.SignKey},
		Nudge:   &Nudge{Lambda: c.functions, Function: s.PostFunction},
		Raw:     c.bucket(s.Buckets.Mail), Work: c.bucket(s.Buckets.Work), Dossier: c.bucket(s.Buckets.Dossier), Scanner: c.bucket(s.Buckets.Dossier),
		Roots: c.bucket(s.Buckets.Seal), Packages: c.bucket(s.Buckets.Vault),
		Prover:    c.Prover(),
		Reader:    intake.Options{OwnAddresses: own, OwnDomains: s.OwnDomains},
		House:     c.House(),
		Statement: s.Statement,
		Privacy:   s.PrivacyEmail, Calendar: c.Calendar(),
		LookAlways: s.LookAlways,
		Waits:      waits,
		Now:        c.Now,
		Random:     rand.Reader,
	}
}

// Calendar knows the working days: those of the law, and what the settings add (C-4).
func (c *Cloud) Calendar() deadline.Calendar {
	return deadline.Calendar{Extra: c.Settings.ExtraHolidays}
}

// Keys makes the keyed HMACs of identifiers.
func (c *Cloud) Keys() *Keys { return &Keys{KMS: kms.NewFromConfig(c.cfg), KeyID: c.Settings.HMACKey} }

// Prover asks for and tries codes; the code itself is drawn by who sends it.
func (c *Cloud) Prover() *identity.Prover {
	nudge := &Nudge{Lambda: c.functions, Function: c.Settings.PostFunction}
	return &identity.Prover{Store: c.Store, Now: c.Now, Random: rand.Reader, Send: nudge.Session}
}

// Signing is how the desk signs what it tells clients' machines. On the local
// stage no authority vouches for it: there the certificate is of its own making.
func (c *Cloud) Signing() *Signing {
	s := &Signing{
		Key:     &SigningKey{KMS: kms.NewFromConfig(c.cfg), KeyID: c.Settings.OpenDSR.Key},
		Secrets: secretsmanager.NewFromConfig(c.cfg), CertificateARN: c.Settings.OpenDSR.CertificateARN,
	}
	if u, err := url.Parse(c.Settings.OpenDSR.URL); err == nil && c.Settings.Stage == settings.Local {
		s.Host = u.Hostname()
	}
	return s
}

// Machines tells clients' machines what is new, and hands over what their debtors asked.
func (c *Cloud) Machines() post.Machines {
	cases := c.Cases()
	caller := &server.Caller{
		Statuses: cases, HandOvers: cases, Connections: c.Store, Dossier: c.bucket(c.Settings.Buckets.Dossier), Identity: c.Signing(),
		Base: c.Settings.OpenDSR.URL, ClientPage: c.House().ClientPage,
	}
	if peer := c.Settings.OpenDSR.LocalMachine; peer != "" {
		if local, err := opendsr.Local(peer); err == nil { // else no machine is here
			caller.HTTP = local
		}
	}
	return caller
}

// Sender is the only sender of mail, for what cases wrote: they say whether a
// letter may still go, and open a task for one that it gave up on.
func (c *Cloud) Sender(log *slog.Logger, cases *casework.Cases) *post.Sender {
	s := c.Settings
	return &post.Sender{
		Outbox: c.Store, Codes: c.Prover(), Dossier: c.bucket(s.Buckets.Dossier),
		Transport: &postses.Transport{Client: ses.NewFromConfig(c.cfg), ConfigurationSet: s.ConfigurationSet},
		Machines:  c.Machines(),
		Render:    letters.Render, House: c.House(), From: s.MailFrom,
		Breaker: c.Breaker(log), Leave: cases.Leave, Undelivered: cases.Failed, Now: c.Now, Log: log,
	}
}

// Breaker counts what comes back and holds what must wait (A31).
func (c *Cloud) Breaker(log *slog.Logger) *post.Breaker {
	return &post.Breaker{Meter: c.Store, Key: c.Keys().Key, Now: c.Now, Log: log}
}

// House is how All Claims presents itself in letters and on pages.
func (c *Cloud) House() letters.House {
	s := c.Settings
	page := func(base, path string) string {
		if base == "" {
			return ""
		}
		return base + path
	}
	return letters.House{
		LegalName: s.House.Name, Address: s.House.Address, Email: s.House.Email, Phone: s.House.Phone,
		PrivacyPage: privacyPage, FormPage: page(s.BaseURL, "/"), StatusPage: page(s.BaseURL, "/stand"),
		ProofPage: page(s.BaseURL, "/bewijs"), PackagePage: page(s.BaseURL, "/download"),
		ClientPage: page(s.ClientURL, "/"), DeskPage: page(s.DeskURL, "/"),
		CodeMinutes: int(identity.CodeLife / time.Minute), BackupDays: backupDays, HelpDays: helpDays,
	}
}

// privacyPage is where All Claims' privacy statement stands.
const privacyPage = "https://www.allclaims.nl/privacyverklaring"

// Secret gives the client secret of the sign-in of staff.
func (c *Cloud) Secret(ctx context.Context) (string, error) {
	o := c.Settings.OIDC
	if o.SecretARN == "" {
		return o.ClientSecret, nil
	}
	out, err := secretsmanager.NewFromConfig(c.cfg).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(o.SecretARN)})
	if err != nil {
		return "", fmt.Errorf("read the secret of the sign-in: %w", err)
	}
	return aws.ToString(out.SecretString), nil
}

func (c *Cloud) bucket(name string) *vaults3.Bucket {
	return &vaults3.Bucket{Client: c.objects, Presigner: s3.NewPresignClient(c.objects), Name: name, Key: c.Settings.DataKey}
}
