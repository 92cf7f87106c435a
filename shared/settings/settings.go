// Package settings reads what a function is told by its environment: names of
// tables and buckets, addresses, periods. All faults are reported at once, and
// no value is ever repeated in an error: one of them is a secret.
package settings

import (
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
)

// Stage is where this runs.
type Stage string

// The stages. Local alone has a clock that can be moved.
const (
	Local Stage = "local"
	Test  Stage = "test"
	Prod  Stage = "prod"
)

// Settings are the settings of one function; what it does not need may be
// empty.
type Settings struct {
	Stage Stage
	// BaseURL, DeskURL and ClientURL are the addresses of the three sites,
	// without a slash at the end.
	BaseURL, DeskURL, ClientURL string
	// MailFrom is the address that all our mail comes from.
	MailFrom string
	House    House
	// PrivacyEmail is the privacy officer's mailbox; "" = none of its own (C-13).
	PrivacyEmail string
	// ExtraHolidays are the public holidays beside those of the law (C-4).
	ExtraHolidays []deadline.Date
	// Statement names the version of the privacy statement in force (S-51).
	Statement string
	// OwnDomains are the domains of our own people, in lower case.
	OwnDomains []string
	Tables     Tables
	Buckets    Buckets
	// DataKey encrypts what is written to buckets, "" = the bucket's default;
	// HMACKey makes the keyed HMACs of identifiers (E-8), SignKey signs evidence.
	DataKey, HMACKey, SignKey string
	// OpenDSR is how clients' machines speak with ours.
	OpenDSR OpenDSR
	// Machines are the ARNs of the state machines by name: request, controller, processor.
	Machines map[string]string
	// PostFunction is the name of the only function that sends mail.
	PostFunction     string
	ConfigurationSet string
	Waits            Waits
	// LookAlways is true where every package waits for an officer's look.
	LookAlways bool
	// Systems are the tables, buckets and secrets of the systems, by the name of
	// the setting that the inventory gives as their address.
	Systems map[string]string
	OIDC    OIDC
}

// OpenDSR is the address at which clients' machines find us, without a slash at
// the end, the key in KMS that signs, and the secret that holds its certificate.
// LocalMachine is a machine of a client on this computer, as opendsr.Local reads
// it: it may be given on the local stage only.
type OpenDSR struct{ URL, Key, CertificateARN, LocalMachine string }

// House is how All Claims presents itself.
type House struct{ Name, Address, Email, Phone string }

// Tables are the tables of the store.
type Tables struct{ Requests, Proofs, Ledger, Registers string }

// Buckets are the buckets of the template.
type Buckets struct{ Mail, Dossier, Work, Vault, Seal string }

// Waits are the periods of casework that policy sets.
type Waits struct {
	CoolOff, Disclosure      time.Duration
	ChannelAgeDays, LinkDays int
}

// OIDC is where staff sign in. Discovery is "" where it is the issuer's own.
// The secret is given itself (local) or as the ARN of a secret.
type OIDC struct{ Issuer, Discovery, ClientID, ClientSecret, SecretARN string }

// Group is a set of settings that one kind of work needs.
type Group []string

// The groups. A function lists those that it needs; STAGE is always needed.
var (
	Store    = Group{"REQUESTS_TABLE", "PROOFS_TABLE", "LEDGER_TABLE", "REGISTERS_TABLE"}
	Contact  = Group{"HOUSE_NAME", "HOUSE_ADDRESS", "HOUSE_EMAIL", "STATEMENT_VERSION"}
	Sites    = Group{"BASE_URL", "DESK_URL", "CLIENT_URL"}
	Periods  = Group{"COOL_OFF", "DISCLOSURE_WAIT", "CHANNEL_AGE_DAYS", "LINK_DAYS"}
	Nudging  = Group{"POST_FUNCTION"}
	Machines = Group{"REQUEST_MACHINE", "CONTROLLER_MACHINE", "PROCESSOR_MACHINE"}
	Keyed    = Group{"HMAC_KEY"}
	Signing  = Group{"SIGN_KEY"}
	Sending  = Group{"MAIL_FROM", "CONFIGURATION_SET"}
	Reading  = Group{"MAIL_FROM", "OWN_DOMAINS"}
	Systems  = Group{"SYSTEM_RELATIONS", "SYSTEM_INVOICES", "SYSTEM_NEWSLETTER", "SYSTEM_COLLECTION", "SYSTEM_RECORDINGS", "SYSTEM_WEBLOG"}
	SignIn   = Group{"OIDC_ISSUER", "OIDC_CLIENT_ID"}
	API      = Group{"OPENDSR_URL", "OPENDSR_KEY", "OPENDSR_CERTIFICATE_ARN"}

	MailBucket    = Group{"MAIL_BUCKET"}
	DossierBucket = Group{"DOSSIER_BUCKET"}
	WorkBucket    = Group{"WORK_BUCKET"}
	VaultBucket   = Group{"VAULT_BUCKET"}
	SealBucket    = Group{"SEAL_BUCKET"}

	// Casework is what every function that changes a request needs.
	Casework = slices.Concat(Store, Contact, Sites, Periods, Nudging)
)

// FaultsError lists everything that is wrong with the settings.
type FaultsError struct{ Faults []string }

// Error names each setting and what is wrong with it, never its value.
func (e *FaultsError) Error() string { return "settings: " + strings.Join(e.Faults, "; ") }

// Read reads the environment. A setting of a needed group that is empty, and
// any setting that cannot be read, is a fault; the error is a *FaultsError
// with all of them.
func Read(getenv func(string) string, needs ...Group) (Settings, error) {
	r := reader{getenv: getenv}
	r.require("STAGE")
	for _, g := range needs {
		r.require(g...)
	}
	s := Settings{
		Stage:   Stage(r.oneOf("STAGE", string(Local), string(Test), string(Prod))),
		BaseURL: r.address("BASE_URL"), DeskURL: r.address("DESK_URL"), ClientURL: r.address("CLIENT_URL"),
		MailFrom: r.mailbox("MAIL_FROM"),
		House: House{
			Name: r.text("HOUSE_NAME"), Address: r.text("HOUSE_ADDRESS"),
			Email: r.mailbox("HOUSE_EMAIL"), Phone: r.text("HOUSE_PHONE"),
		},
		Statement:    r.text("STATEMENT_VERSION"),
		PrivacyEmail: r.mailbox("PRIVACY_EMAIL"), ExtraHolidays: r.dates("EXTRA_HOLIDAYS"),
		OwnDomains: r.list("OWN_DOMAINS"),
		Tables: Tables{
			Requests: r.text("REQUESTS_TABLE"), Proofs: r.text("PROOFS_TABLE"),
			Ledger: r.text("LEDGER_TABLE"), Registers: r.text("REGISTERS_TABLE"),
		},
		Buckets: Buckets{
			Mail: r.text("MAIL_BUCKET"), Dossier: r.text("DOSSIER_BUCKET"), Work: r.text("WORK_BUCKET"),
			Vault: r.text("VAULT_BUCKET"), Seal: r.text("SEAL_BUCKET"),
		},
		DataKey: r.text("DATA_KEY"), HMACKey: r.text("HMAC_KEY"), SignKey: r.text("SIGN_KEY"),
		Machines: r.named(map[string]string{
			"request": "REQUEST_MACHINE", "controller": "CONTROLLER_MACHINE", "processor": "PROCESSOR_MACHINE",
		}),
		OpenDSR:      OpenDSR{URL: r.address("OPENDSR_URL"), Key: r.text("OPENDSR_KEY"), CertificateARN: r.text("OPENDSR_CERTIFICATE_ARN"), LocalMachine: r.text("LOCAL_MACHINE")},
		PostFunction: r.text("POST_FUNCTION"), ConfigurationSet: r.text("CONFIGURATION_SET"),
		Waits: Waits{
			CoolOff: r.period("COOL_OFF"), Disclosure: r.period("DISCLOSURE_WAIT"),
			ChannelAgeDays: r.days("CHANNEL_AGE_DAYS"), LinkDays: r.days("LINK_DAYS"),
		},
		LookAlways: r.oneOf("PACKAGE_LOOK", "weighed", "always") == "always",
		Systems:    r.secrets("SYSTEM_SECRETS"),
		OIDC: OIDC{
			Issuer: r.address("OIDC_ISSUER"), Discovery: r.address("OIDC_DISCOVERY"), ClientID: r.text("OIDC_CLIENT_ID"),
			ClientSecret: r.text("OIDC_CLIENT_SECRET"), SecretARN: r.text("OIDC_SECRET_ARN"),
		},
	}
	for _, name := range Systems {
		if v := r.text(name); v != "" {
			s.Systems[name] = v
		}
	}
	if slices.Contains(r.required, "OIDC_ISSUER") && s.OIDC.ClientSecret == "" && s.OIDC.SecretARN == "" {
		r.fault("OIDC_CLIENT_SECRET", "is empty, and OIDC_SECRET_ARN too")
	}
	if s.OIDC.ClientSecret != "" && s.Stage != Local {
		r.fault("OIDC_CLIENT_SECRET", "may be given itself on the local stage only")
	}
	if s.OpenDSR.LocalMachine != "" && s.Stage != Local {
		r.fault("LOCAL_MACHINE", "may be given on the local stage only")
	}
	if len(r.faults) > 0 {
		slices.Sort(r.faults)
		return Settings{}, &FaultsError{Faults: slices.Compact(r.faults)}
	}
	return s, nil
}

type reader struct {
	getenv   func(string) string
	required []string
	faults   []string
}

func (r *reader) fault(name, format string, args ...any) {
	r.faults = append(r.faults, name+" "+fmt.Sprintf(format, args...))
}

func (r *reader) require(names ...string) {
	for _, n := range names {
		r.required = append(r.required, n)
		if r.text(n) == "" {
			r.fault(n, "is empty")
		}
	}
}

func (r *reader) text(name string) string { return strings.TrimSpace(r.getenv(name)) }

func (r *reader) oneOf(name string, known ...string) string {
	v := r.text(name)
	if v != "" && !slices.Contains(known, v) {
		r.fault(name, "is none of %s", strings.Join(known, ", "))
	}
	return v
}

func (r *reader) address(name string) string {
	v := r.text(name)
	if v == "" {
		return ""
	}
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" {
		r.fault(name, "is no web address")
		return ""
	}
	return strings.TrimRight(v, "/")
}

func (r *reader) mailbox(name string) string {
	v := r.text(name)
	if v == "" {
		return ""
	}
	if a, err := mail.ParseAddress(v); err != nil || a.Address != v {
		r.fault(name, "is no bare e-mail address")
	}
	return v
}

func (r *reader) list(name string) []string {
	return strings.FieldsFunc(strings.ToLower(r.text(name)), func(c rune) bool { return c == ',' || c == ' ' })
}

func (r *reader) dates(name string) []deadline.Date {
	var all []deadline.Date
	for _, v := range r.list(name) {
		d, err := deadline.ParseDate(v)
		if err != nil {
			r.fault(name, "holds no day such as 2027-05-07")
			continue
		}
		all = append(all, d)
	}
	return all
}

// secretName finds in the ARN of a secret the last part of its name, without the
// six characters that Secrets Manager puts behind it.
var secretName = regexp.MustCompile(`^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:(?:[A-Za-z0-9/_+=.@-]+/)?(SYSTEM_[A-Z0-9_]+)-[A-Za-z0-9]{6}$`)

// secrets reads the ARNs of the systems' secrets: each is the address of the
// system whose setting it is named after.
func (r *reader) secrets(name string) map[string]string {
	out := map[string]string{}
	for _, arn := range strings.FieldsFunc(r.text(name), func(c rune) bool { return c == ',' || c == ' ' }) {
		m := secretName.FindStringSubmatch(arn)
		if m == nil {
			r.fault(name, "holds no ARN of a secret named after a setting, as …:secret:rightsdesk/SYSTEM_LEDGER-AbCdEf")
			continue
		}
		out[m[1]] = arn
	}
	return out
}

func (r *reader) named(names map[string]string) map[string]string {
	out := map[string]string{}
	for word, name := range names {
		if v := r.text(name); v != "" {
			out[word] = v
		}
	}
	return out
}

func (r *reader) period(name string) time.Duration {
	v := r.text(name)
	if v == "" {
		return 0
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < 0 {
		r.fault(name, "is no period such as 72h")
	}
	return d
}

func (r *reader) days(name string) int {
	v := r.text(name)
	if v == "" {
		return 0
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 || n > 366 {
		r.fault(name, "is no number of days from 0 to 366")
	}
	return n
}

// Site is the address of a site as its pages need it.
type Site struct {
	// Origin is scheme and host; Base is the path before all others, "" at the root.
	Origin, Base string
	// Secure is true over https.
	Secure bool
}

// SiteOf takes an address of the settings apart.
func SiteOf(address string) Site {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return Site{}
	}
	return Site{Origin: u.Scheme + "://" + u.Host, Base: strings.TrimRight(u.Path, "/"), Secure: u.Scheme == "https"}
}
