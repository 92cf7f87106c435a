package intake

import (
	"fmt"
	"io"
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Limits that are checked before any work is done (A36). What goes over one is
// still registered: the Message names the limit in Faults and is not sure.
const (
	MaxBytes       = 25 << 20  // of a whole mail, as received
	MaxParts       = 100       // MIME parts, containers included
	MaxDepth       = 10        // containers within each other
	MaxHeaderBytes = 256 << 10 // of one header block
	MaxLineBytes   = 64 << 10  // of one line
	MaxTextBytes   = 32 << 10  // of Text and of Whole
)

// Kind is what a message is to the desk.
type Kind string

// The kinds. Automatic, Bounce and Other get no answer and no task.
const (
	KindRequest   Kind = "request"   // asks one or more rights of law.md §1
	KindReminder  Kind = "reminder"  // asks after an earlier request (R-15: joins it)
	KindComplaint Kind = "complaint"
	KindQuestion  Kind = "question"  // R-12, and everything that is not understood
	KindAutomatic Kind = "automatic" // auto-replies, lists, our own mail
	KindBounce    Kind = "bounce"    // delivery reports
	KindOther     Kind = "other"     // ordinary business mail
)

// Clues are what a message says about the person, to find them by. They are
// claims: they match, they never prove (A02, A15).
type Clues struct {
	Name           string   `json:"name"`
	Emails         []string `json:"emails"`         // as written, domain in lower case; the sender first
	Phones         []string `json:"phones"`         // digits, with + where it was written
	FileNumbers    []string `json:"fileNumbers"`    // of collection files
	ClientNumbers  []string `json:"clientNumbers"`  // of All Claims' own clients
	InvoiceNumbers []string `json:"invoiceNumbers"` //
	Postcodes      []string `json:"postcodes"`      // as "1234 AB"
	HouseNumber    string   `json:"houseNumber"`    //
	BirthDate      string   `json:"birthDate"`      // YYYY-MM-DD
	// Capacity is as what the writer asks for somebody else, a code of I-6, and
	// For that person's name where it is said; both "" otherwise.
	Capacity string `json:"capacity,omitempty"`
	For      string `json:"for,omitempty"`
}

// Verdicts are the scan results in the SES event: PASS, FAIL, GRAY,
// PROCESSING_FAILED, anything else or nothing. Spam and Virus can only make a
// Message less sure; the others change nothing, for an honest mail that was
// redirected by an office mailbox fails them too (A06, A39).
type Verdicts struct {
	Spam, Virus, SPF, DKIM, DMARC, DMARCPolicy string
}

// Options say whose mailbox is read.
type Options struct {
	// OwnAddresses are the mailbox that receives and every address we send from.
	OwnAddresses []string
	// OwnDomains are the domains of our own people.
	OwnDomains []string
	// Verdicts of the SES event.
	Verdicts Verdicts
	// Doubted is an officer's word that the mail may ask something: what would
	// be set aside as ordinary business is then a question for an officer.
	Doubted bool
	// MessageID and Received are SES's id of the mail and the receipt instant;
	// they are for the caller's bookkeeping and do not change what is understood.
	MessageID string
	Received  time.Time
}

// Attachment describes a part that was not read. Its bytes stay in the raw
// mail: nothing here opens an archive, a document or a picture (A36, A38).
type Attachment struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Bytes  int64  `json:"bytes"` // after transfer decoding
	SHA256 string `json:"sha256"`
}

// Message is what was understood. All strings are valid UTF-8 without control
// characters, with citizen service numbers masked.
type Message struct {
	Language request.Language
	Kind     Kind
	// Rights are what is asked, sorted alphabetically; complaint and question
	// are kinds, not rights. Of a reminder: what the earlier request was about.
	Rights    []request.Right
	Relations []request.Relation // in the order of; Unknown when nothing tells
	Clues     Clues
	// Sure is whether the desk may act without an officer's triage.
	Sure bool
	// Rule is the id of the rule that decided the kind.
	Rule string
	// From is the one address of a strictly read From header, or empty (A09).
	// It is a claim. Reply-To is never used.
	From     string
	FromName string
	Subject  string
	// Text holds the new words only, quotes, signatures and disclaimers cut.
	Text string
	// Whole is the text with everything that Text leaves out.
	Whole string
	// Reference is ours, R-XXXX-XXXX, from subject, text or headers.
	Reference string
	// Answerable is whether a letter may go out in reply; NoAnswer says why not.
	Answerable  bool
	NoAnswer    string
	Attachments []Attachment
	// Oversize is whether the mail was longer than MaxBytes; the rest is unread.
	Oversize bool
	// Faults are codes of what was wrong with the mail, sorted.
	Faults []string
	// Evidence are the words that led to the rights, for the triage page.
	Evidence []string
}

// Relation is the most specific of m.Relations.
func (m Message) Relation() request.Relation {
	if len(m.Relations) == 0 {
		return request.Unknown
	}
	return m.Relations[0]
}

// Read reads one mail. The error is for failing to read r alone: bad mail is
// never an error, it becomes a Message that is not sure.
func Read(r io.Reader, o Options) (Message, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return Message{}, fmt.Errorf("read mail: %w", err)
	}
	oversize := len(raw) > MaxBytes
	if oversize {
		raw = raw[:MaxBytes]
	}
	m := readMail(raw, oversize)
	return understandMail(m, o), nil
}

// Understand reads free text of a form or of staff. The language is theirs
// when they chose one; "" detects it.
func Understand(language request.Language, text string) Message {
	clean := bounded(cleanText(text), MaxTextBytes)
	m := Message{Answerable: true}
	read := reading{text: clean, whole: clean, signed: clean}
	m.understand(read, setting{})
	if language != "" {
		m.Language = language
	}
	return m
}
