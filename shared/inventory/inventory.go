// Package inventory says what personal data All Claims holds, where, why, for
// how long and how to ask for it. What it does not name is never read, shown
// or erased: default deny (A42).
package inventory

import "github.com/allclaims/rightsdesk/shared/request"

// Words is one text in every language of the desk.
type Words map[request.Language]string

// Inventory is the whole: what requests need, and the record of processing of
// Art. 30. The comments of these types are the descriptions in systems.schema.json.
type Inventory struct {
	// Version names this text of the inventory: the day of its last change.
	Version string `yaml:"version"`
	// Controller is who answers for the processing (Art. 30(1)(a)). A part of it
	// that is empty stays empty in the record.
	Controller Controller `yaml:"controller"`
	// Security describes the technical and organisational measures in general
	// (Art. 30(1)(g), 30(2)(d)).
	Security Words `yaml:"security"`
	// Systems are all places that hold personal data, paper and mailboxes too.
	Systems []System `yaml:"systems"`
	// Recipients are those who receive data from us, by a code of our own.
	Recipients map[string]Recipient `yaml:"recipients"`
	// Retention are the periods, by the code that holdings use (E-4).
	Retention map[string]Retention `yaml:"retention"`
	// Categories spell out the codes of kinds of data.
	Categories map[string]Words `yaml:"categories"`
	// Bases spell out the codes of legal bases (Art. 6(1)).
	Bases map[string]Words `yaml:"bases"`
	// Reasons spell out the codes of why something is left out of a copy.
	Reasons map[string]Words `yaml:"reasons"`
}

// Party is somebody who can be written to.
type Party struct {
	// Name is the full name.
	Name string `yaml:"name"`
	// Address is the postal address, on one line.
	Address string `yaml:"address"`
	// Email is a bare e-mail address.
	Email string `yaml:"email"`
	// Phone is the telephone number as it is written to people.
	Phone string `yaml:"phone"`
}

// Controller is who answers for the processing, and who else does.
type Controller struct {
	Party `yaml:",inline"`
	// Joint are those who decide together with the controller (Art. 26).
	Joint []Party `yaml:"joint"`
	// Representative acts in the European Union for a controller outside it (Art. 27).
	Representative Party `yaml:"representative"`
	// DPO is the data protection officer, where there is one (Art. 37).
	DPO Party `yaml:"dpo"`
}

// System is one place that holds personal data.
type System struct {
	// ID is our code for the system; it stands in manifests and receipts, so it never changes.
	ID string `yaml:"id"`
	// Name is what people call the system.
	Name Words `yaml:"name"`
	// Kind picks the connector: one of Kinds.
	Kind string `yaml:"kind"`
	// Address names the setting that says where the system is: the name of a
	// table or bucket, or of the secret with address and sign-in of anything else.
	Address string `yaml:"address"`
	// Holdings are its tables, prefixes or kinds of item, each after those that it refers to.
	Holdings []Holding `yaml:"holdings"`
	// Without are the tables or prefixes that somebody looked at and found no
	// personal data in. Nothing of them is ever read.
	Without []string `yaml:"without"`
	// Processor names the recipient that runs it for us, if any (Art. 19, 28).
	Processor string `yaml:"processor"`
	// Freeze says what stops the letters, calls and bailiff orders that go out by
	// this system while a claim in it is restricted.
	Freeze Freeze `yaml:"freeze"`
}

// Freeze is how each kind of dunning stops: mark where the system that sends it
// leaves alone what bears rightsdesk.restricted_until; task where a person must
// stop it, and start it again; empty where none goes out by this system.
type Freeze struct {
	// Letters are reminders and summonses, on paper or by mail.
	Letters string `yaml:"letters"`
	// Calls are what a dialer or a list of calls makes.
	Calls string `yaml:"calls"`
	// Bailiff are orders to a bailiff.
	Bailiff string `yaml:"bailiff"`
}

// The ways in which dunning stops.
const (
	FreezeMark = "mark"
	FreezeTask = "task"
)

// Dunning are the kinds of dunning that Freeze speaks of, in its order.
var Dunning = []string{"letters", "calls", "bailiff"}

// Of is how one kind of dunning stops.
func (f Freeze) Of(kind string) string {
	return map[string]string{"letters": f.Letters, "calls": f.Calls, "bailiff": f.Bailiff}[kind]
}

// ByHand are the kinds of dunning that a person must stop.
func (f Freeze) ByHand() []string {
	var kinds []string
	for _, kind := range Dunning {
		if f.Of(kind) == FreezeTask {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// Holding is one table, prefix or kind of item of a system.
type Holding struct {
	// ID is our code for the holding; the name of the table when Table is empty.
	ID string `yaml:"id"`
	// Label names it to the person whose data it is: "Invoices".
	Label Words `yaml:"label"`
	// What explains it in one sentence.
	What Words `yaml:"what"`
	// Relation says whose data it is.
	Relation request.Relation `yaml:"relation"`
	// Role is who decides about it: we as controller, or a client for whom we
	// are the processor.
	Role request.Role `yaml:"role"`
	// Also lists further relations whose people may stand in this holding: a
	// leg of theirs reaches it too.
	Also []request.Relation `yaml:"also"`
	// Activity names it in the record of processing, where Label speaks to the
	// person; Label when empty.
	Activity Words `yaml:"activity"`
	// Subjects are the categories of people whose data it is, for the record of
	// processing; empty = the words for Relation and Also.
	Subjects Words `yaml:"subjects"`
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
	Client string `yaml:"client"`
	// Purposes say what it is used for (15(1)(a)).
	Purposes Words `yaml:"purposes"`
	// Basis is a code of Inventory.Bases: consent, contract, legal-obligation or
	// legitimate-interest. Only what is held by consent or contract is portable.
	Basis string `yaml:"basis"`
	// Source says from whom it came (15(1)(g)).
	Source Words `yaml:"source"`
	// Recipients are codes of Inventory.Recipients: who gets it from us, by name (15(1)(c)).
	Recipients []string `yaml:"recipients"`
	// Retention is a code of Inventory.Retention (E-4).
	Retention string `yaml:"retention"`
	// Transfers say to which countries outside the European Union it goes, and
	// under which safeguard (15(2)).
	Transfers Words `yaml:"transfers"`
	// Automated says whether a computer decides by it (15(1)(h)).
	Automated Words `yaml:"automated"`
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
	// Prefix is what the names of the objects of an s3 holding begin with; it ends in /.
	// Of a mailbox it is the folder, or with * or % a set of folders: "Archive/*".
	Prefix string `yaml:"prefix"`
	// Format of an s3 holding is object (whole objects, found by the key in
	// their name) or lines (JSON lines in shared objects); of a mailbox object.
	Format string `yaml:"format"`
	// LowRisk holdings may be shown at L1 (I-3).
	LowRisk bool `yaml:"lowRisk"`
	// Screen is how the columns with disclose: review are screened, where
	// the column does not say: propose or whole; propose when neither says.
	Screen string `yaml:"screen"`
}

// Key is where an identifier stands.
type Key struct {
	// Column is the column that holds the identifier.
	Column string `yaml:"column"`
	// Index is the index of DynamoDB to ask, "" = the primary key. A database
	// picks its own.
	Index string `yaml:"index"`
	// Scan is true for a column of DynamoDB that no index is on: each search
	// reads the whole table, in segments.
	Scan bool `yaml:"scan"`
	// Fold is true where the column may hold capitals: a database then compares
	// in lower case, which needs an index on the same expression to be quick.
	Fold bool `yaml:"fold"`
}

// Yield is where a key stands that leads on.
type Yield struct {
	// Column is the column that holds the key.
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

// MaxHops is how many steps from system to system keys are followed: e-mail
// address → customer number → invoices → payments are three.
const MaxHops = 5

// Column is one field that the desk knows.
type Column struct {
	// Name is the column as the system calls it.
	Name string `yaml:"name"`
	// Label names it to the person whose data it is.
	Label Words `yaml:"label"`
	// Category is a key of the categories of X-2: name, address, contact, birth, account, correspondence, calls, online …
	Category string `yaml:"category"`
	// Disclose is yes, review (a person looks first, A42) or no.
	Disclose string `yaml:"disclose"`
	// Reason is the code of why not, with no and review.
	Reason string `yaml:"reason"`
	// Screen is what stands ready for who reviews it: propose, the words that look like other
	// people's data; or whole, the value stays out unless an officer gives it.
	Screen string `yaml:"screen"`
	// Provided is true for what the subject provided or what was observed of them.
	Provided bool `yaml:"provided"`
	// Channel makes the column a channel on file, to which a code is sent: email, phone or post (A11).
	Channel string `yaml:"channel"`
	// Since is the column with the date from which the channel is on file: a new one proves nothing yet (A11).
	Since string `yaml:"since"`
	// Is says what the column tells of the person, for recognising who asks
	// (A15): name, birthdate, postcode, customer, file or invoice.
	Is string `yaml:"is"`
	// Values spell out the codes of this column.
	Values map[string]Words `yaml:"values"`
	// Anonymise is true when the erase action of a kept row clears this column (E-2: keep only what the ground needs).
	Anonymise bool `yaml:"anonymise"`
	// As says what Anonymise leaves: one of Strategies, "" = nothing.
	As string `yaml:"as"`
	// Constant is what the strategy constant writes.
	Constant string `yaml:"constant"`
	// ByHand is true for what the desk may not rewrite: an invoice is put right
	// by a new one, so a correction is an officer's work.
	ByHand bool `yaml:"byHand"`
}

// Recipient is who receives data from us, by name.
type Recipient struct {
	// Name is the full name, as the person who asks reads it.
	Name string `yaml:"name"`
	// Email is where a processor is told of erasures and corrections (Art. 19).
	Email string `yaml:"email"`
	// Kind is processor, client, authority or other.
	Kind string `yaml:"kind"`
	// Country is where the data are: two capitals of ISO 3166, "NL".
	Country string `yaml:"country"`
	// Safeguard says what makes a transfer outside the European Economic Area
	// lawful: an adequacy decision, standard contractual clauses (Art. 45, 46, 49).
	Safeguard Words `yaml:"safeguard"`
	// Language is that of the letters to it.
	Language request.Language `yaml:"language"`
}

// Retention is one row of E-4.
type Retention struct {
	// Months is the period, from the date in Holding.End.
	Months int `yaml:"months"`
	// FromYearEnd runs from the end of the book year (RET-04).
	FromYearEnd bool `yaml:"fromYearEnd"`
	// Text is what letters and the statement say of the period.
	Text Words `yaml:"text"`
	// Source is where the period comes from: a law, or whose decision it is.
	Source Words `yaml:"source"`
	// OnErasure is what a request to erase does before the period is over:
	// erase, keep, restrict or strip-and-keep (keep without the columns that say
	// anonymise).
	OnErasure string `yaml:"onErasure"`
	// Ground is the ground to keep: tax, file, claims or consent (the proof of one).
	Ground string `yaml:"ground"`
	// Law cites the article of the ground, as it stands in the letter.
	Law string `yaml:"law"`
	// EndAction is what happens at the end: delete or anonymise.
	EndAction string `yaml:"endAction"`
}
