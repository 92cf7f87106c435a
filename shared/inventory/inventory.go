// Package inventory says what personal data All Claims holds, where, why, for
// how long and how to ask for it. What it does not name is never read, shown
// or erased: default deny (A42).
package inventory

import "github.com/allclaims/rightsdesk/shared/request"

// Words is one text in every language of the desk.
type Words map[request.Language]string

// Inventory is the whole: the record of processing as far as requests need it.
type Inventory struct {
	Version    string               `yaml:"version"`
	Systems    []System             `yaml:"systems"`
	Recipients map[string]Recipient `yaml:"recipients"`
	Retention  map[string]Retention `yaml:"retention"`
	// Categories, Bases and Reasons spell out the codes that holdings and
	// columns use: kinds of data, legal bases, and why something is left out.
	Categories map[string]Words `yaml:"categories"`
	Bases      map[string]Words `yaml:"bases"`
	Reasons    map[string]Words `yaml:"reasons"`
}

// System is one place that holds personal data.
type System struct {
	ID   string `yaml:"id"`
	Name Words  `yaml:"name"`
	// Kind picks the connector: one of Kinds.
	Kind string `yaml:"kind"`
	// Address names the setting that says where the system is: the name of a
	// table or bucket, or of the secret with address and sign-in of anything else.
	Address  string    `yaml:"address"`
	Holdings []Holding `yaml:"holdings"`
	// Processor names the recipient that runs it for us, if any (Art. 19, 28).
	Processor string `yaml:"processor"`
}

// Holding is one table, prefix or kind of item of a system.
type Holding struct {
	ID    string `yaml:"id"`
	Label Words  `yaml:"label"`
	// What explains it in one sentence.
	What Words `yaml:"what"`
	// Relation says whose data it is; Role is who decides about it.
	Relation request.Relation `yaml:"relation"`
	Role     request.Role     `yaml:"role"`
	// Also lists further relations whose people may stand in this holding: a
	// leg of theirs reaches it too.
	Also []request.Relation `yaml:"also"`
	// Table is the table or view of a database, schema.table; ID when empty.
	Table string `yaml:"table"`
	// References are the holdings of the same system that rows of this one
	// refer to: these are erased before those, and what is kept of these keeps
	// those from being erased.
	References []string `yaml:"references"`
	// Unmarked is true where the desk has no column of its own (Bookkeeping): what
	// is kept there goes by its own date, and nothing can be restricted.
	Unmarked bool `yaml:"unmarked"`
	// Yields are the kinds of key that a person's rows here lead to elsewhere:
	// an invoice leads to its payments.
	Yields map[string]Yield `yaml:"yields"`
	// Where narrows a table that several holdings share: column → value.
	Where map[string]string `yaml:"where"`
	// Primary are the columns that make a row unique, the table's key in order.
	Primary []string `yaml:"primary"`
	// KeptAs names the holding in a letter that says what stays (E-5); Label when empty.
	KeptAs Words `yaml:"keptAs"`
	// Client is the column with the client's id, for data we process for clients.
	Client     string   `yaml:"client"`
	Purposes   Words    `yaml:"purposes"`
	Basis      string   `yaml:"basis"` // consent, contract, legal-obligation, legitimate-interest
	Source     Words    `yaml:"source"`
	Recipients []string `yaml:"recipients"`
	// Retention is a code of Inventory.Retention (E-4).
	Retention string `yaml:"retention"`
	Transfers Words  `yaml:"transfers"`
	Automated Words  `yaml:"automated"`
	// Keys maps a kind of identifier (email, customer, file, invoice, phone, ip)
	// to the column that holds it and the index to ask, "" = the primary key.
	Keys map[string]Key `yaml:"keys"`
	// Identifies is true when a row of this holding tells who somebody is: it
	// is asked for candidates.
	Identifies bool `yaml:"identifies"`
	// Person is the column that tells two people apart in this holding.
	Person string `yaml:"person"`
	// Columns are all columns that may be disclosed; another column is not.
	Columns []Column `yaml:"columns"`
	// End is the column from which the retention period runs (a date).
	End string `yaml:"end"`
	// Stops are the rights that a suppression mark in this holding carries out (R-7 … R-9).
	Stops []request.Right `yaml:"stops"`
	// Mark is the column that is set when one of Stops is carried out. Where it is
	// End too, an erasure that keeps the row as proof sets it as well: it ends
	// what the row proves (17(1)(b)).
	Mark string `yaml:"mark"`
	// Prefix is the key prefix of an s3 holding; Format is object (whole
	// objects, found by Keys in the name) or lines (JSON lines in shared objects).
	Prefix string `yaml:"prefix"`
	Format string `yaml:"format"`
	// LowRisk holdings may be shown at L1 (I-3).
	LowRisk bool `yaml:"lowRisk"`
}

// Key is where an identifier stands.
type Key struct {
	Column string `yaml:"column"`
	Index  string `yaml:"index"`
	// Fold is true where the column may hold capitals: a database then compares
	// in lower case, which needs an index on the same expression to be quick.
	Fold bool `yaml:"fold"`
}

// Yield is where a key stands that leads on.
type Yield struct {
	Column string `yaml:"column"`
	// AtMost bounds how many of them are followed to another system; 0 =
	// DefaultYield. More is a fault: an officer looks.
	AtMost int `yaml:"atMost"`
	// Within is true for a key that leads only to holdings of the same
	// database: that joins them itself, so no number is too large.
	Within bool `yaml:"within"`
}

// DefaultYield is Yield.AtMost where the inventory gives none.
const DefaultYield = 1000

// Column is one field that the desk knows.
type Column struct {
	Name  string `yaml:"name"`
	Label Words  `yaml:"label"`
	// Category is a key of the categories of X-2: name, address, contact, birth, account, correspondence, calls, online …
	Category string `yaml:"category"`
	// Disclose is yes, review (a person looks first, A42) or no.
	Disclose string `yaml:"disclose"`
	// Reason is the code of why not, with no and review.
	Reason string `yaml:"reason"`
	// Provided is true for what the subject provided or what was observed of them.
	Provided bool `yaml:"provided"`
	// Channel makes the column a channel on file: email, phone or post; Since is the column with its date (A11).
	Channel string `yaml:"channel"`
	Since   string `yaml:"since"`
	// Name is the person's name when Is is "name"; Is may also be birthdate, postcode, file, customer.
	Is string `yaml:"is"`
	// Values spell out the codes of this column.
	Values map[string]Words `yaml:"values"`
	// Anonymise is true when the erase action of a kept row clears this column (E-2: keep only what the ground needs).
	Anonymise bool `yaml:"anonymise"`
	// As says what Anonymise leaves: one of Strategies, "" = nothing. Constant
	// is what Constant writes.
	As       string `yaml:"as"`
	Constant string `yaml:"constant"`
	// ByHand is true for what the desk may not rewrite: an invoice is put right
	// by a new one, so a correction is an officer's work.
	ByHand bool `yaml:"byHand"`
}

// Recipient is who receives data from us, by name.
type Recipient struct {
	Name  string `yaml:"name"`
	Email string `yaml:"email"`
	// Kind is processor, client, authority or other.
	Kind     string           `yaml:"kind"`
	Country  string           `yaml:"country"`
	Language request.Language `yaml:"language"`
}

// Retention is one row of E-4.
type Retention struct {
	Months int `yaml:"months"`
	// FromYearEnd runs from the end of the book year (RET-04).
	FromYearEnd bool  `yaml:"fromYearEnd"`
	Text        Words `yaml:"text"`
	// OnErasure is erase, keep, restrict or strip-and-keep.
	OnErasure string `yaml:"onErasure"`
	// Ground is the keep-ground: tax, file, claims or consent (the proof of one); Law cites it.
	Ground string `yaml:"ground"`
	Law    string `yaml:"law"`
	// Action at the end: delete or anonymise.
	EndAction string `yaml:"endAction"`
}
