package casework

import (
	"context"
	"crypto"
	"io"
	"time"

	"github.com/allclaims/rightsdesk/shared/figures"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/vault"
)

// Store is the truth about a request. Create answers the id that is already
// there (and false) when the source was registered before. Save is
// compare-and-swap: request.Conflict means load again.
type Store interface {
	Create(ctx context.Context, r *request.Request, w store.Writes) (request.ID, bool, error)
	Load(ctx context.Context, id request.ID) (*request.Request, error)
	Save(ctx context.Context, r *request.Request, w store.Writes) error
}

// Finder finds requests without a scan. Answers may lag; decide on Load.
type Finder interface {
	// ByReference answers request.NotFound when there is none.
	ByReference(ctx context.Context, ref request.Reference) (request.ID, error)
	// BySource answers request.NotFound when the source was never registered.
	BySource(ctx context.Context, key string) (request.ID, error)
	// BySubject lists the open requests of one person by a keyed HMAC.
	BySubject(ctx context.Context, subject string) ([]request.ID, error)
	// ClosedBySubject lists the closed ones, until they are forgotten (D-2).
	ClosedBySubject(ctx context.Context, subject string) ([]request.ID, error)
}

// Lists are the worklists.
type Lists interface {
	// Waking lists what is due at or before now, oldest first.
	Waking(ctx context.Context, now time.Time, limit int) ([]store.Waking, error)
	// Tasks lists a queue by safe date: mine:<officer>, free, approve, all, waits:*,
	// unposted, breaches.
	Tasks(ctx context.Context, queue string, page store.Page) ([]store.TaskRow, string, error)
	// OfClient lists a client's legs: todo, instructed or done.
	OfClient(ctx context.Context, client, state string, page store.Page) ([]store.ClientRow, string, error)
	// Open lists every open request by safe date.
	Open(ctx context.Context, page store.Page) ([]store.OpenRow, string, error)
}

// Months gives what counts of the requests that came in in a month, YYYY-MM,
// by request; also of those that are forgotten (D-6).
type Months interface {
	FiguresOf(ctx context.Context, month string, page store.Page) ([]figures.Record, string, error)
}

// Letters gives the outbox rows of one request, for pages and the ledger.
type Letters interface {
	LettersOf(ctx context.Context, owner string) ([]post.Letter, error)
}

// Registers are the clients, the suppression list and the counters.
type Registers interface {
	Client(ctx context.Context, id string) (register.Client, error)
	// Suppressed reports whether that key is on the list for that scope.
	Suppressed(ctx context.Context, key, scope string) (bool, error)
	// Take counts one use of key and reports whether it is within max until
	// the window ends; counting is atomic (A21, A30).
	Take(ctx context.Context, key string, max int, until time.Time) (bool, error)
	// TakeOnce is Take by somebody who may ask again: within the window who
	// counts once, and gets the same answer.
	TakeOnce(ctx context.Context, key, who string, max int, until time.Time) (bool, error)
	// Note records a message that became no request, once per source (I6).
	Note(ctx context.Context, n store.Noted) error
	// Noted reports whether that source was noted.
	Noted(ctx context.Context, source string) (bool, error)
	// NotedOn lists what was noted on an Amsterdam day, for the daily digest.
	NotedOn(ctx context.Context, day request.Day, page store.Page) ([]store.Noted, string, error)
	// ClientByEmail finds the client whose contact or deputy has that keyed address,
	// and which of the two it is.
	ClientByEmail(ctx context.Context, key string) (register.Contact, error)
	People
	Tellings
}

// Tellings are the changes of a client's state that its open parts are still
// being told of.
type Tellings interface {
	Tellings(ctx context.Context) ([]register.Telling, error)
	// PutTelling begins one, in the place of any other of that client.
	PutTelling(ctx context.Context, t register.Telling) error
	// Told writes how far one came, or ends it. Conflict: another began meanwhile.
	Told(ctx context.Context, t register.Telling, done bool) error
}

// People are the clients as a list, and the staff who signed in.
type People interface {
	Clients(ctx context.Context) ([]register.Client, error)
	// ReviseClient writes a client over what the writer saw (nil = new) and a
	// line on the register's own chain: Conflict, Exists.
	ReviseClient(ctx context.Context, before *register.Client, after register.Client, keys register.ContactKeys, line ledger.Line) error
	// Connection is how a client's machine speaks with ours; NotFound when it does not.
	Connection(ctx context.Context, client string) (register.Connection, error)
	// PutConnection writes it over the revision that the writer saw (0 = none) and
	// a line on the register's own chain: Conflict.
	PutConnection(ctx context.Context, c register.Connection, line ledger.Line) error
	PutColleague(ctx context.Context, c register.Colleague) error
	Colleagues(ctx context.Context) ([]register.Colleague, error)
}

// Engine starts and resumes state machines. Only ids travel.
type Engine interface {
	// Start runs a machine: request, controller or processor.
	Start(ctx context.Context, machine, name string, input Input) error
	// Resume answers a task token. A token that is gone answers Gone=true, no error (F21).
	Resume(ctx context.Context, token string, output Output) (gone bool, err error)
}

// Vault keeps objects: raw mail, dossier copies, collected parts, packages.
type Vault interface {
	Put(ctx context.Context, key string, body io.Reader) error
	// Open answers request.NotFound when there is no such object.
	Open(ctx context.Context, key string) (io.ReadCloser, error)
	Delete(ctx context.Context, key string) error
}

// Scanner tells what was found in an object of the dossier that came from
// outside: mail with its attachments, and scans. The verdict is there some time
// after the object is; request.NotFound when there is no such object.
type Scanner interface {
	Verdict(ctx context.Context, key string) (vault.Verdict, error)
}

// Keys makes the keyed HMAC of a normalised identifier (E-8): the kind is email,
// customer, phone …; the answer is printable and tells nothing.
type Keys interface {
	Key(ctx context.Context, kind, value string) (string, error)
}

// Signing gives the key under which evidence is signed: RSA, PKCS #1 v1.5 over
// SHA-256. It signs while ctx lasts.
type Signing interface {
	Key(ctx context.Context) (crypto.Signer, error)
}

// Systems reaches the systems of the inventory.
type Systems interface {
	Inventory() *inventory.Inventory
	System(id string) (systems.System, error)
}

// Nudge asks the sender of mail to look at the outbox now; losing it costs a
// minute, not a letter.
type Nudge interface {
	Nudge(ctx context.Context, owner string) error
}

// Input is what travels in state: ids only (I13).
type Input struct {
	RequestID request.ID `json:"requestId"`
	LegID     string     `json:"legId,omitempty"`
	System    string     `json:"system,omitempty"`
	// Token is the task token of a state that may wait.
	Token string `json:"token,omitempty"`
}

// Output is what a step answers: ids and the name of the road to take.
type Output struct {
	RequestID request.ID `json:"requestId"`
	LegID     string     `json:"legId"`
	// Next is the code that a Choice reads.
	Next string `json:"next"`
	// Systems, Stops and Legs are what a Map walks over; an empty one is
	// written as [], a missing one not at all.
	Systems []SystemInput `json:"systems,omitzero"`
	Stops   []LegInput    `json:"stops,omitzero"`
	Legs    []LegInput    `json:"legs,omitzero"`
}

// SystemInput is one item of a Map over systems.
type SystemInput struct {
	RequestID request.ID `json:"requestId"`
	LegID     string     `json:"legId"`
	System    string     `json:"system"`
}

// LegInput is one item of the Map over legs.
type LegInput struct {
	RequestID request.ID `json:"requestId"`
	LegID     string     `json:"legId"`
	Road      string     `json:"road"` // controller or processor
}
