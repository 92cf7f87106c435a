package casework

import (
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Actor is who acts at the desk, as the sign-in vouches for them.
type Actor struct {
	// ID is the issuer's subject; it stands in the ledger. Name is for the page only.
	ID   string
	Name string
	// Roles are officer, approver, auditor, administrator.
	Roles []string
}

// Has reports whether the actor has that role.
func (a Actor) Has(role string) bool {
	for _, r := range a.Roles {
		if r == role {
			return true
		}
	}
	return false
}

// Submission is one incoming message, understood, ready to be registered.
type Submission struct {
	// SourceKey makes registering twice one request: mail/<id>, form/<token>, desk/<token>.
	SourceKey string
	Channel   request.Channel
	Language  request.Language
	// Received is the receipt instant, UTC (C-6).
	Received  time.Time
	Kind      string // request, complaint, question
	Rights    []request.Right
	Relations []request.Relation
	Sure      bool
	Rule      string
	Evidence  []string
	Sender    request.Sender
	Subject   string
	Text      string
	// Raw is the key of the raw message in the mail bucket, "" for a form.
	Raw string
	// By is the member of staff who entered it, "" otherwise.
	By string
	// Delegated is set for what a client handed over by machine.
	Delegated *request.Delegation
}

// Receipt is what the sender is told.
type Receipt struct {
	ID        request.ID
	Reference request.Reference
	Received  time.Time
	SafeDue   request.Day
	// New is false when the source was registered before: same reference, nothing done twice.
	New bool
}

// Sight is how much a viewer may see of a request's status.
type Sight int

// The sights: of the address in the request (proves little, V1), of a channel
// on file (L1), with a fact besides (L2).
const (
	SightSender Sight = iota + 1
	SightFile
	SightFull
)

// Viewer is who looks at a status page.
type Viewer struct {
	Sight Sight
	// Channels are the keyed names of the channels that the viewer proved
	// (identity.Proof): only in whose file one stands, shows its client.
	Channels []string
}

// StatusView is the status page of one request.
type StatusView struct {
	Reference request.Reference
	Language  request.Language
	Received  time.Time
	SafeDue   request.Day
	Sight     Sight
	Legs      []LegStatus
}

// LegStatus is one part of the status page. State is one of: reading,
// your-turn, searching, cooling, ready, closed-unverified, answered, closed; and
// of a file: some-client, which says nothing of anybody, with-client,
// client-working, client-done, client-answers, client-moved. What a viewer may not see is said
// as reading, searching or some-client.
type LegStatus struct {
	Leg     string
	Right   request.Right
	State   string
	Date    request.Day // of the state: until when, or since when
	Company string      // the client; only for who proved a channel in its file
	// Told is what that client was sent, and what it told us, oldest first.
	Told []Told
	// NeedsFact asks for a file, client or invoice number besides (L2).
	NeedsFact bool
	CanCancel bool // an erasure in its cool-off
	// MayStop is whether to take the part back still ends something; of what the
	// viewer may not see it says no more than State.
	MayStop bool
	Package *PackageStatus
}

// Told is one message between us and a client: handed-over, reminded, called,
// instructed or reported, on an Amsterdam day.
type Told struct {
	What string
	On   request.Day
}

// PackageStatus is a package that is ready to be fetched.
type PackageStatus struct {
	Name   string // R-7Q2M-K9TD.zip
	Bytes  int64
	SHA256 string
	Until  request.Day
	Left   int // releases left
}

// CaseView is the desk's page of one request.
type CaseView struct {
	Request *request.Request
	Letters []post.Letter
	// Deliveries says by letter id how far each has come.
	Deliveries map[string]DeliveryView
	Lines      []ledger.Line
	// Explain are the steps of the clock, in Dutch; ExplainIn has both languages.
	Explain []string
	// Steps explain every running date, Plan the milestones of C-13 by date.
	Steps, Plan []deadline.Step
	// WorkTo is the day to work to: the safe date, and later once an extension is out.
	WorkTo request.Day
	// WorkingDaysLeft counts to WorkTo; negative when late.
	WorkingDaysLeft int
	// Unposted are the letters that must be posted by a day, and are not.
	Unposted []Unposted
}

// ExplainIn are the steps of the clock in a language.
func (v CaseView) ExplainIn(lang request.Language) []string {
	if len(v.Steps) == 0 {
		return v.Explain
	}
	var out []string
	for _, s := range v.Steps {
		out = append(out, s.Text[string(lang)])
	}
	return out
}

// TriageChoice is an officer's reading of a message.
type TriageChoice struct {
	Rights    []request.Right
	Relations []request.Relation
	Kind      string // request, complaint, question; "noise" closes it with a reason
	Reason    string // code, needed for noise
	// For and Capacity are for whom the writer asks and as what, where the officer
	// reads it otherwise than we did; Myself: for nobody else (I-6).
	For, Capacity string
	Myself        bool
}

// ClientCase is a client's page of one leg of its own.
type ClientCase struct {
	Reference   request.Reference
	Leg         string
	Right       request.Right
	Phase       request.Phase
	Received    time.Time
	SafeDue     request.Day
	InstructBy  request.Day
	File        string
	Proof       string // code: none, file-channel, file-channel-and-fact
	Holdings    []Held
	Instruction request.Instruction
	Package     *PackageStatus
	// AskedBy and Authority are the capacity of who asks for the data subject and
	// what was seen of their authority (I-6); "" when the person asks.
	AskedBy, Authority string
	// LiftFrom is the first day on which the client can let its restriction end,
	// "" when nothing is restricted or an end is set; Lift is an end that it set.
	LiftFrom request.Day
	Lift     Lifting
	// Former is set where the client no longer decides: it reads what was done, and
	// nothing of the person; Moved where another does.
	Former, Moved bool
	// Flags are our words that an instruction breaks the law, with the client's
	// second ones, the newest last.
	Flags []request.Flag
}

// Flagged is the flag that waits for the client's second word; nil when there is
// none, or no more. N is its number, from 1.
func (c ClientCase) Flagged() (f *request.Flag, n int) {
	l := request.Leg{Phase: c.Phase, Flags: c.Flags}
	return l.Flagged(), len(c.Flags)
}

// Lifting is the end of a restriction that a client instructed.
type Lifting struct {
	On      request.Day // zero: none
	By      string
	At      time.Time
	Receipt string
}

// Held is what a system holds of the subject: a label and a count.
type Held struct {
	Label string
	Count int
	// Unknown is set while the system does not answer, and where a client's page
	// cannot look: Count says nothing then.
	Unknown bool
	// Fate is what an erasure does to it.
	Fate Fate
}
