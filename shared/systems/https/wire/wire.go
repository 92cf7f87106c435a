// Package wire is the contract between the rights desk and a system that its
// owner puts behind one HTTPS address: what goes over the line, and how it is
// signed. It needs the standard library alone, so that an owner can copy it
// together with the package reference. openapi.yaml says the same for those who
// write their side in another language.
package wire

import (
	"encoding/json"
	"time"
)

// The operations; each is a POST to the address of the system and this.
const (
	// Capabilities answers with what may be asked: body {} → Abilities.
	Capabilities = "/v1/capabilities"
	// Describe answers with the make-up of the tables: body {} → Schema.
	Describe = "/v1/describe"
	// Find looks for candidates: Query → Page, which is the last.
	Find = "/v1/find"
	// Collect reads one page: Query → Page.
	Collect = "/v1/collect"
	// Apply carries out one batch of changes: Batch → Outcome.
	Apply = "/v1/apply"
	// Open reads one part of a file: Part → Content.
	Open = "/v1/open"
)

// Operations are all of them.
var Operations = []string{Capabilities, Describe, Find, Collect, Apply, Open}

// Limits of one message.
const (
	// MaxRows is the most rows of a page, and changes of a batch.
	MaxRows = 1000
	// MaxBody is the most bytes of a body, either way.
	MaxBody = 4 << 20
	// MaxPart is the most bytes of a file in one answer.
	MaxPart = 2 << 20
	// MaxCursor is the most bytes of a cursor.
	MaxCursor = 4 << 10
	// Window is how far the clocks of both sides may be apart, and how long a
	// nonce is remembered at the least.
	Window = 5 * time.Minute
)

// Abilities are what the owner lets the desk do.
type Abilities struct {
	// Acts are the acts that a table carries out by itself: erase, anonymise,
	// keep, restrict, unrestrict, correct, stop, expire. A table that is not
	// named is not there.
	Acts map[string][]string `json:"acts"`
}

// Schema is the make-up of every table, without any content.
type Schema struct {
	Tables []Table `json:"tables"`
}

// Table is one table.
type Table struct {
	Name    string   `json:"name"`
	Columns []Column `json:"columns"`
	// Primary are the columns that make a row unique, in the order in which rows
	// are read. Their values are text or numbers.
	Primary []string `json:"primary"`
}

// Column is one column.
type Column struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Nullable bool   `json:"nullable"`
}

// Query asks for rows.
type Query struct {
	Table string `json:"table"`
	// Where narrows the table: column → text. All must hold.
	Where map[string]string `json:"where,omitempty"`
	// Any says whose rows: one of these at least must hold.
	Any []Match `json:"any"`
	// Columns are those to answer with. Any other column that is not empty comes
	// as the value true: that there is something, not what.
	Columns []string `json:"columns"`
	// Cursor is where the page before this one ended; "" = the start.
	Cursor string `json:"cursor,omitempty"`
	// Limit is the most rows to answer with, 1 to MaxRows.
	Limit int `json:"limit"`
}

// Match holds for a row whose column has one of these values, as text.
type Match struct {
	Column string   `json:"column"`
	Values []string `json:"values"`
	// Fold is true where capitals do not matter.
	Fold bool `json:"fold,omitempty"`
}

// Page is a part of the answer, in the order of the primary key.
type Page struct {
	// Count is how many rows stand in this page.
	Count int               `json:"count"`
	Rows  []json.RawMessage `json:"rows"`
	// Cursor is where to go on, "" in the last page.
	Cursor string `json:"cursor"`
	// Last is true when nothing comes after this page. Without it an answer is
	// never whole.
	Last bool `json:"last"`
}

// Batch is a number of changes that stand or fall together.
type Batch struct {
	// Key names the batch: request/leg/act/page. The same key again is the same
	// batch again, and has the same outcome without being carried out twice.
	Key   string `json:"key"`
	Table string `json:"table"`
	// Act is why: the desk has worked out what each row becomes; the name is for
	// the owner's rules and records.
	Act     string `json:"act"`
	Request string `json:"request"`
	Leg     string `json:"leg"`
	// Changes has 1 to MaxRows changes, each of another row.
	Changes []Change `json:"changes"`
}

// Change is what one row becomes.
type Change struct {
	// Primary says which row: every column of the table's primary key.
	Primary map[string]any `json:"primary"`
	// Was are values that must still stand in the row, null = empty. Otherwise
	// the row is left as it is.
	Was map[string]any `json:"was"`
	// Erase takes the whole row away; Clear and Set are then empty.
	Erase bool `json:"erase,omitempty"`
	// Clear are the columns to empty, Set those to write. The desk's own column,
	// rightsdesk, is an object here and in a Page, however the owner keeps it.
	Clear []string       `json:"clear,omitempty"`
	Set   map[string]any `json:"set,omitempty"`
}

// The results of a change.
const (
	// Done: the row is as it was told to be.
	Done = "done"
	// Changed: the row is gone, or Was no longer holds; nothing was done to it.
	Changed = "changed"
)

// Outcome is what became of a batch: a result for each change, in its order.
type Outcome struct {
	Count   int      `json:"count"`
	Results []string `json:"results"`
}

// Part asks for a part of a file.
type Part struct {
	Table  string `json:"table"`
	Name   string `json:"name"`
	Offset int64  `json:"offset"`
}

// Content is a part of a file.
type Content struct {
	// Size is that of the whole file.
	Size int64 `json:"size"`
	// Version tells two contents of the same name apart.
	Version string `json:"version"`
	Offset  int64  `json:"offset"`
	// Content is in base 64, at most MaxPart bytes of the file.
	Content []byte `json:"content"`
	// Last is true when the file ends with it.
	Last bool `json:"last"`
}

// Fault is the body of every answer that is not 200.
type Fault struct {
	Code string `json:"code"`
	// Table and Column name what it is about, where that helps; never a value.
	Table  string `json:"table,omitempty"`
	Column string `json:"column,omitempty"`
}

// The codes of faults.
const (
	// Signature: the request is not signed with a key that is known (401).
	Signature = "signature"
	// Stale: the request is older or newer than Window (401).
	Stale = "stale"
	// Replayed: the nonce was used before (401).
	Replayed = "replayed"
	// Malformed: the body is not what openapi.yaml says (400).
	Malformed = "malformed"
	// NotDeclared: the owner does not let the desk at this table, column or act (403).
	NotDeclared = "not-declared"
	// NotFound: there is no such operation or file (404).
	NotFound = "not-found"
	// SchemaChanged: a table or column that was asked for is not there (409).
	SchemaChanged = "schema"
	// KeyUsed: another batch had this key (409).
	KeyUsed = "key-used"
	// Referenced: other rows refer to a row of the batch; nothing was done (409).
	Referenced = "referenced"
	// TooLarge: the request is over a limit (413).
	TooLarge = "too-large"
	// Unreadable: the system holds something that it cannot put in an answer (422).
	Unreadable = "unreadable"
	// Busy: too much at once; Retry-After says when to come back (429, 503).
	Busy = "busy"
	// Failed: anything else (500).
	Failed = "failed"
)
