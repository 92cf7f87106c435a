// Package register holds what the desk keeps beside requests: the clients for
// whom All Claims collects, who must not get advertising, and what was erased.
package register

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Client is a company for which All Claims collects: the controller of its debtors' data.
type Client struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// ContactName and Email are the privacy contact that T-05 goes to and that may sign in.
	ContactName string           `json:"contactName"`
	Email       string           `json:"email"`
	Language    request.Language `json:"language"`
	// SubjectContact is what a debtor is told to reach the client (T-04a).
	SubjectContact string `json:"subjectContact"`
	// DebtorRole is processor (default), joint or controller, per contract.
	DebtorRole string `json:"debtorRole"`
	// DeputyName and DeputyEmail are who stands in for the contact: that address may
	// sign in too, to read.
	DeputyName  string `json:"deputyName,omitempty"`
	DeputyEmail string `json:"deputyEmail,omitempty"`
	// RemindFirst and RemindSecond are the working days after the hand-over at
	// which the client is reminded; 0 = 5 and 10.
	RemindFirst  int `json:"remindFirst,omitempty"`
	RemindSecond int `json:"remindSecond,omitempty"`
	// Escalation is who gets the second reminder too, and is called after it.
	EscalationName  string `json:"escalationName,omitempty"`
	EscalationEmail string `json:"escalationEmail,omitempty"`
	EscalationPhone string `json:"escalationPhone,omitempty"`
	// AgreementOn is the date of the processor agreement (28(3)); InItsName says
	// whether we may answer in the client's name: yes, no or "" (not agreed), and
	// AtEnd what becomes of its data at the end: return, delete or "".
	AgreementOn request.Day `json:"agreementOn,omitempty"`
	InItsName   string      `json:"inItsName,omitempty"`
	AtEnd       string      `json:"atEnd,omitempty"`
	// Delivery is how it gets requests: by mail and page ("" too), api = its
	// machine, or both. A machine that does not take one gets it by mail after all.
	Delivery string `json:"delivery,omitempty"`
	// ClaimSystems are the ids of the systems whose files are its, parted by commas.
	ClaimSystems string `json:"claimSystems,omitempty"`
	// State is "" while it decides itself, else bankrupt, gone or sold: then a
	// person finds out who decides now.
	State string `json:"state,omitempty"`
}

// Decides reports whether the client decides itself about its debtors' data.
func (c Client) Decides() bool { return c.State == "" }

// Contact is a person of a client who may sign in on its pages: the privacy
// contact, who instructs, or the deputy, who reads.
type Contact struct {
	Client Client
	Deputy bool
}

// Name is what the person is called, as far as the register says so.
func (c Contact) Name() string {
	if c.Deputy {
		return c.Client.DeputyName
	}
	return c.Client.ContactName
}

// Email is the person's own address, where a code for the sign-in goes.
func (c Contact) Email() string {
	if c.Deputy {
		return c.Client.DeputyEmail
	}
	return c.Client.Email
}

// Reads reports whether that person may still read what the client was handed
// . Who went reads nothing. For who is bankrupt, or sold its claims, the
// contact that the register names reads back what was done, and nobody in its
// place: of a bankrupt that is its liquidator, once an administrator wrote so.
func (c Contact) Reads() bool {
	return c.Client.Decides() || c.Client.State != "gone" && !c.Deputy
}

// ContactKeys are the keyed HMACs of the addresses that open a client's pages;
// Deputy is "" where nobody stands in.
type ContactKeys struct{ Contact, Deputy string }

// KeysOf makes the keys of a client's addresses, which are in small letters.
func KeysOf(ctx context.Context, c Client, key func(ctx context.Context, kind, value string) (string, error)) (k ContactKeys, err error) {
	if k.Contact, err = key(ctx, "email", c.Email); err != nil {
		return k, fmt.Errorf("key the contact of client %s: %w", c.ID, err)
	}
	if c.DeputyEmail != "" {
		if k.Deputy, err = key(ctx, "email", c.DeputyEmail); err != nil {
			return k, fmt.Errorf("key the deputy of client %s: %w", c.ID, err)
		}
	}
	return k, nil
}

// OK reports whether there is a contact, and the deputy is somebody else.
func (k ContactKeys) OK() bool { return k.Contact != "" && k.Contact != k.Deputy }

// All are the keys that there are.
func (k ContactKeys) All() []string {
	if k.Deputy == "" {
		return []string{k.Contact}
	}
	return []string{k.Contact, k.Deputy}
}

// RemindAfter are the working days after the hand-over at which the client is
// reminded: five and ten unless it has its own.
func (c Client) RemindAfter() (first, second int) {
	return cmp.Or(c.RemindFirst, 5), cmp.Or(c.RemindSecond, 10)
}

// Connection is how the machine of a client speaks with ours (decision 21). It
// holds no secret: a key of ours stands here as its hash, the client's own key
// is public.
type Connection struct {
	Client string `json:"client"`
	// Keys are the SHA-256, in hexadecimal, of the keys by which the machine may
	// sign in: two while the new one replaces the old.
	Keys []string `json:"keys,omitempty"`
	// Domains are the hosts that we may call for this client, each with all below it.
	Domains []string `json:"domains,omitempty"`
	// Endpoint is where requests of its debtors are handed over to its machine, on
	// one of Domains, when the client's Delivery says so; "" = nowhere.
	Endpoint string `json:"endpoint,omitempty"`
	// PublicKey is the client's, in PEM: what it hands over, and what it answers
	// when we do, must then be signed. "" = it does not sign.
	PublicKey string `json:"publicKey,omitempty"`
	// Rev counts the writes.
	Rev int64 `json:"rev"`
}

// Telling is that the open parts of a client are being told that its State
// changed: of thousands a page tells the first, and wake the rest.
type Telling struct {
	Client string `json:"client"`
	// By is who changed it, and At when: who changes it again begins anew.
	By string    `json:"by"`
	At time.Time `json:"at"`
	// List and After are how far it came, and Tries how often the next ones failed.
	List  int    `json:"list,omitempty"`
	After string `json:"after,omitempty"`
	Tries int    `json:"tries,omitempty"`
}

// MaxConnectionKeys is how many keys of one client work at a time.
const MaxConnectionKeys = 2

// Suppression honours a marketing objection (E-8): a keyed HMAC of the
// normalised address, never the address.
type Suppression struct {
	Key     string     `json:"key"`
	Scope   string     `json:"scope"` // marketing, email or consent
	At      time.Time  `json:"at"`
	Request request.ID `json:"request"`
}

// Erased marks one identifier of whom a line of an erasure's plan was carried
// out, to be re-applied after any restore and checked before any import (E-6,
// F16, F17).
type Erased struct {
	Key     string     `json:"key"` // keyed HMAC of the identifier
	System  string     `json:"system"`
	Holding string     `json:"holding"`
	At      time.Time  `json:"at"`
	Request request.ID `json:"request"`
	Leg     string     `json:"leg"`
	// Kind is the kind of key, "" = one of those that the holding has.
	Kind string `json:"kind,omitempty"`
	// Client narrows it to one client's data.
	Client string `json:"client,omitempty"`
	// Action, Until and Ground are those of the plan's line: what was kept then is
	// kept again, and no longer. Action "" = erase.
	Action string      `json:"action,omitempty"`
	Until  request.Day `json:"until,omitempty"`
	Ground string      `json:"ground,omitempty"`
}

// RegisterChain is the ledger chain on which every change of a client stands.
const RegisterChain request.ID = "register"

// Colleague is a member of staff who signed in here, so that work can be given
// to them by name. The issuer stays the judge of who may do what.
type Colleague struct {
	// ID is the issuer's subject.
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
	// Seen is the last sign-in.
	Seen time.Time `json:"seen"`
}
