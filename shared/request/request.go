package request

import (
	"slices"
	"time"
)

// Day is a calendar date in Amsterdam as YYYY-MM-DD; "" is no date.
type Day string

// Request is one incoming message and everything done about it: the aggregate
// that is loaded, changed and written back as a whole, by compare-and-swap on
// Rev. It holds personal data and lives in the encrypted requests table only;
// what travels elsewhere is its ID.
type Request struct {
	ID        ID        `json:"id"`
	Reference Reference `json:"reference"`
	// Rev counts the writes; the store raises it. A write with another Rev
	// than the stored one is refused.
	Rev int64 `json:"rev"`
	// SourceKey makes registering the same message twice one request:
	// mail/<message id>, form/<token>, desk/<token> (I6).
	SourceKey string   `json:"sourceKey"`
	Channel   Channel  `json:"channel"`
	Language  Language `json:"language"`
	// Received is the receipt instant, UTC: when it reached us, not when it was read (C-6).
	Received time.Time `json:"received"`
	// Registered is when this record was made, UTC.
	Registered time.Time `json:"registered"`
	// SafeDue ignores every pause: work to this. Due is the legal last day (law.md §2).
	SafeDue Day   `json:"safeDue"`
	Due     Day   `json:"due"`
	Clock   Clock `json:"clock"`
	Stage   Stage `json:"stage"`
	// Kind is what the message is: request, complaint, question (intake's kinds that become requests).
	Kind    string `json:"kind"`
	Sender  Sender `json:"sender"`
	Subject string `json:"subject,omitempty"`
	Text    string `json:"text,omitempty"`
	// Raw is the key of the raw message in the mail bucket, "" for a form.
	Raw        string     `json:"raw,omitempty"`
	Understood Understood `json:"understood"`
	// Candidates are the people in the systems who may be the subject.
	Candidates []Candidate `json:"candidates,omitempty"`
	Legs       []Leg       `json:"legs,omitempty"`
	Tasks      []Task      `json:"tasks,omitempty"`
	// Messages are later messages that joined this request: reminders, replies.
	Messages []Message `json:"messages,omitempty"`
	// Wait and WakeAt are those of the request's own machine (triage).
	Wait   Wait      `json:"wait"`
	WakeAt time.Time `json:"wakeAt"`
	// Chain is the head of this request's ledger chain.
	Chain    Chain     `json:"chain"`
	ClosedAt time.Time `json:"closedAt"`
	// ForgetAt is when, after closing, something of this record must go next
	// (D-2, E-3), UTC.
	ForgetAt time.Time `json:"forgetAt"`
	// KeptUntil is the last day of the record of a request that was taken back, as
	// the person was told (T-29); "" = none was named.
	KeptUntil Day `json:"keptUntil,omitempty"`
	// KeptAtLeast is the day that was named before something of it was opened
	// again: no later one lies before it.
	KeptAtLeast Day `json:"keptAtLeast,omitempty"`
	// Neutral names the neutral letter to a debtor (T-04b) that went out last: what is
	// done after it is told in a letter of its own.
	Neutral string `json:"neutral,omitempty"`
	// Heard are debtor legs that ended untold to who asked, and that the person took back
	// after that: T-29 told it once.
	Heard []string `json:"heard,omitempty"`
	// Redacted is the day on which the person's own words were taken out (D-2).
	Redacted Day `json:"redacted,omitempty"`
	// Outages are the systems that the request's own machine waits for.
	Outages []Outage `json:"outages,omitempty"`
	// Attempts counts the executions of the request's own machine.
	Attempts int `json:"attempts,omitempty"`
	// StatementVersion is the version of the privacy statement in force at receipt (S-51).
	StatementVersion string `json:"statementVersion,omitempty"`
	// Mandate is what was asked and found of a representative's authority (I-6).
	Mandate Mandate `json:"mandate"`
	// Notes are the staff's own, written to be disclosed (D-7).
	Notes []Note `json:"notes,omitempty"`
	// Scans are the papers that staff scanned with this request.
	Scans []Scan `json:"scans,omitempty"`
	// LegalHolds keep the record beyond its time (D-2).
	LegalHolds []LegalHold `json:"legalHolds,omitempty"`
	// Breaches are what went wrong with somebody's data while handling this request.
	Breaches []Breach `json:"breaches,omitempty"`
	// CodeLetters are the letters with a code that were asked for, the newest last.
	CodeLetters []CodeLetter `json:"codeLetters,omitempty"`
	// Delegated is what a client handed over of one of its debtors; nil when the
	// message came from a person.
	Delegated *Delegation `json:"delegated,omitempty"`
}

// Delegation is a client's own instruction that came by machine (decision 21):
// the controller was asked by its debtor and has us carry it out in that
// client's files, and nowhere else.
type Delegation struct {
	Client string `json:"client"`
	// ID is the client's own for this request, a UUID.
	ID string `json:"id"`
	// Digest is the SHA-256 of the message in hexadecimal: the same id with
	// another message is another instruction, and refused.
	Digest string `json:"digest"`
	// Asked is when the person asked the client, UTC: its month runs from there.
	Asked time.Time `json:"asked"`
	// Callbacks are the addresses that hear of each new status.
	Callbacks []string `json:"callbacks,omitempty"`
	// Told is the status of which they heard last.
	Told string `json:"told"`
}

// Clock holds the officer-made events of the statutory clock (C-7 … C-10).
type Clock struct {
	Paused        []Pause   `json:"paused,omitempty"`
	ExtensionSent Day       `json:"extensionSent,omitempty"`
	Extension     Extension `json:"extension"`
	// Restarted is the receipt instant (UTC) of what reopened a request closed
	// without proof; the clock runs from it (C-12). Zero: it runs from Received.
	Restarted time.Time `json:"restarted"`
	// Holidays names the list of holidays that gave SafeDue and Due; under
	// another list they are computed anew.
	Holidays string `json:"holidays,omitempty"`
	// WorkTo is the day to work to while an extension is out; "" is SafeDue.
	WorkTo Day `json:"workTo,omitempty"`
	// Warned are the milestones of C-13 of which staff were warned, each once.
	Warned []string `json:"warned,omitempty"`
	// ApologySent is the day of T-30, and PromisedDay the day it names, when Due was missed.
	ApologySent Day `json:"apologySent,omitempty"`
	PromisedDay Day `json:"promisedDay,omitempty"`
}

// Pause is one question and its answer; Answered is "" while it is open.
type Pause struct {
	Asked    Day `json:"asked"`
	Answered Day `json:"answered,omitempty"`
	// Kind is identity or clarification (C-8, C-10); "" is identity.
	Kind string `json:"kind,omitempty"`
	// Doubt is why it was asked, in the officer's words: without recorded
	// doubt a pause is not credited (12(6), C-8).
	Doubt string `json:"doubt,omitempty"`
	By    string `json:"by,omitempty"`
	// Uncredited is the code of why it gives no extra time; "" when it may (C-8, C-10).
	Uncredited string `json:"uncredited,omitempty"`
	// Enough is true when the answer told what was asked.
	Enough bool `json:"enough,omitempty"`
}

// The kinds of a pause.
const (
	IdentityPause      = "identity"
	ClarificationPause = "clarification"
)

// Extension is the proposal to answer within three months (C-7). It counts
// only from the day its letter goes out, Clock.ExtensionSent.
type Extension struct {
	// Reason is a code of the closed list: complexity or number.
	Reason string `json:"reason,omitempty"`
	// Words are what the subject reads besides, concrete (T-08).
	Words string `json:"words,omitempty"`
	// Withhold announces that parts may be withheld (C-11a).
	Withhold   bool      `json:"withhold,omitempty"`
	By         string    `json:"by,omitempty"`
	At         time.Time `json:"at"`
	ApprovedBy string    `json:"approvedBy,omitempty"`
	ApprovedAt time.Time `json:"approvedAt"`
}

// Mandate is a representative's authority as staff found it (I-6). What was
// shown is described by a code; the document itself is not kept (I-9).
type Mandate struct {
	// Status is "" (nobody asked for another), asked, accepted or refused.
	Status string `json:"status,omitempty"`
	// Evidence is a code of the closed list for the capacity: bar-register,
	// written-mandate, court-order, register, custody, heir-certificate …
	Evidence string `json:"evidence,omitempty"`
	// Scope limits what the representative may have: all, financial or none.
	Scope string `json:"scope,omitempty"`
	// Reply is who gets the answer: subject, representative or both.
	Reply string    `json:"reply,omitempty"`
	By    string    `json:"by,omitempty"`
	At    time.Time `json:"at"`
	// Until is the last day of the authority; "" = no end was stated.
	Until Day `json:"until,omitempty"`
	// Asked is when the representative was asked for it (T-28).
	Asked time.Time `json:"asked"`
}

// Note is a remark of staff. The subject may read it one day (D-7).
type Note struct {
	ID   string    `json:"id"`
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	Text string    `json:"text"`
}

// Scan is a paper that staff scanned; the file stands in the dossier, and goes
// with what the person wrote (D-2).
type Scan struct {
	// ID is the start of the file's SHA-256: the same file is one scan.
	ID string `json:"id"`
	// Type is pdf, jpeg or png, by its first bytes.
	Type  string    `json:"type"`
	Bytes int64     `json:"bytes"`
	By    string    `json:"by"`
	At    time.Time `json:"at"`
}

// LegalHold keeps a record and its dossier beyond their time: an inquiry of
// the AP, a lawsuit (D-2). It ends on a day, or sooner by somebody's act.
type LegalHold struct {
	ID string `json:"id"`
	// Reason is a code: ap-inquiry, litigation, audit.
	Reason   string    `json:"reason"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Until    Day       `json:"until"`
	LiftedBy string    `json:"liftedBy,omitempty"`
	LiftedAt time.Time `json:"liftedAt"`
}

// Breach is a personal-data breach that was found while handling the request
// 72 straight hours for the AP where All Claims is controller, the
// client at once where it is processor.
type Breach struct {
	ID string `json:"id"`
	// Kind is a code: wrong-recipient, package-released, lost-letter, other.
	Kind string `json:"kind"`
	Leg  string `json:"leg,omitempty"`
	// Found is the instant (UTC) at which it became known: the 72 hours run from it.
	Found time.Time `json:"found"`
	// Facts, Effects and Measures are the officer's words for T-31 and the
	// breach register (33(3), 33(5)).
	Facts    string `json:"facts"`
	Effects  string `json:"effects"`
	Measures string `json:"measures"`
	// Data are the kinds of data it is about, Affected how many people, and
	// Advice what the subject can do (34(2)).
	Data     []string `json:"data,omitempty"`
	Affected int      `json:"affected"`
	Advice   string   `json:"advice,omitempty"`
	// Risk is none, risk or high: the AP hears of risk, the subject of high (33(1), 34(1)).
	Risk string `json:"risk"`
	By   string `json:"by"`
	// What was told, to whom, when; zero = not yet.
	AuthorityTold time.Time `json:"authorityTold"`
	// Warned is the last day on which the staff were warned of the 72 hours.
	Warned Day `json:"warned,omitempty"`
	// AuthorityRef is the number the AP gave.
	AuthorityRef string    `json:"authorityRef,omitempty"`
	SubjectTold  time.Time `json:"subjectTold"`
	ClientTold   time.Time `json:"clientTold"`
	ClosedAt     time.Time `json:"closedAt"`
	ClosedBy     string    `json:"closedBy,omitempty"`
}

// Untold reports whether the AP must hear of a breach and has not (33(1)): it
// is one of ours, with a risk, that nobody closed.
func (b Breach) Untold() bool {
	return b.Risk != "none" && b.AuthorityTold.IsZero() && b.ClientTold.IsZero() && b.ClosedAt.IsZero()
}

// Stage is how far the request as a whole has come, before its legs take over.
type Stage string

// The stages of a request.
const (
	Registered   Stage = "registered"
	Acknowledged Stage = "acknowledged"
	Triaged      Stage = "triaged"
	Identified   Stage = "identified"
	Done         Stage = "done"
)

// Sender is what the message says about who sends it: a claim, never a proof (A01).
type Sender struct {
	Name           string   `json:"name,omitempty"`
	Email          string   `json:"email,omitempty"`
	Phone          string   `json:"phone,omitempty"`
	Postcode       string   `json:"postcode,omitempty"`
	HouseNumber    string   `json:"houseNumber,omitempty"`
	Address        string   `json:"address,omitempty"`
	BirthDate      Day      `json:"birthDate,omitempty"`
	FileNumbers    []string `json:"fileNumbers,omitempty"`
	ClientNumbers  []string `json:"clientNumbers,omitempty"`
	InvoiceNumbers []string `json:"invoiceNumbers,omitempty"`
	// ByLetter is true when the person wants the answer by post.
	ByLetter bool `json:"byLetter,omitempty"`
	// For names the person for whom a representative asks (I-6); "" = for themselves.
	For string `json:"for,omitempty"`
	// Capacity is the representative's role, a code of the form.
	Capacity string `json:"capacity,omitempty"`
	// Answerable is false for robots, lists and our own mail (A32, I18).
	Answerable bool `json:"answerable"`
}

// Understood is what intake made of the message.
type Understood struct {
	Rights    []Right    `json:"rights,omitempty"`
	Relations []Relation `json:"relations,omitempty"`
	// Sure is false when an officer must look before anything is done.
	Sure bool `json:"sure"`
	// Rule is the id of the rule that decided.
	Rule string `json:"rule,omitempty"`
	// Evidence are the words that led to it, for the officer's page.
	Evidence []string `json:"evidence,omitempty"`
	// By is the officer who triaged, "" when it was automatic.
	By string `json:"by,omitempty"`
}

// Candidate is one person as the systems know them.
type Candidate struct {
	// ID is unique within the request.
	ID string `json:"id"`
	// Keys are the identifiers to search by: email, customer, file, phone …
	Keys map[string][]string `json:"keys"`
	// Relation is what the person is to us; Client whose debtor (Debtor only).
	Relation Relation `json:"relation"`
	Client   string   `json:"client,omitempty"`
	Name     string   `json:"name,omitempty"`
	// MatchedOn are the clue kinds that matched: email, customer, file, birthdate …
	MatchedOn []string      `json:"matchedOn,omitempty"`
	Channels  []FileChannel `json:"channels,omitempty"`
	// File is our file number for a debtor's file.
	File string `json:"file,omitempty"`
	// Chosen is true when this candidate is the subject: the only one, or picked by an officer.
	Chosen bool `json:"chosen,omitempty"`
}

// FileChannel is a way to reach the person that stands in a system.
type FileChannel struct {
	Kind  string `json:"kind"` // email, phone or post
	Value string `json:"value"`
	// Since is the day on which the system got it; "" = unknown, so too young (A11).
	Since  Day    `json:"since,omitempty"`
	System string `json:"system"`
}

// Role is All Claims' role for a leg.
type Role string

// The roles.
const (
	Controller Role = "controller"
	Processor  Role = "processor"
)

// Level says how sure we are who asks (I-3).
type Level int

// The levels of I-3.
const (
	L0 Level = iota
	L1
	L2
	L3
)

// Leg is one right × one relation (× one client) of a request: it has
// its own phase, decision, outcome and letter.
type Leg struct {
	ID       string   `json:"id"`
	Right    Right    `json:"right"`
	Relation Relation `json:"relation"`
	// Client is the controller's id for a processor leg.
	Client string `json:"client,omitempty"`
	Role   Role   `json:"role"`
	// Candidate is the id of the subject in Request.Candidates; "" while nobody matched.
	Candidate string `json:"candidate,omitempty"`
	// Keys are those to which the candidate's led from system to system, by kind;
	// they stay while something that was kept must be found by them (E-3).
	Keys map[string][]string `json:"keys,omitempty"`
	// Hops are the steps from system to system that led there, and Traced is when
	// they were taken.
	Hops   []Hop     `json:"hops,omitempty"`
	Traced time.Time `json:"traced"`
	Phase  Phase     `json:"phase"`
	Needs  Level     `json:"needs"`
	Has    Level     `json:"has"`
	// Channels counts the different channels on file that were proven.
	ProvenBy []string  `json:"provenBy,omitempty"`
	ProvenAt time.Time `json:"provenAt"`
	Outcome  Outcome   `json:"outcome,omitempty"`
	Decision Decision  `json:"decision"`
	// Instruction is the client's (processor legs only, R-25).
	Instruction Instruction `json:"instruction"`
	// Begun is when the systems began to do what the client instructed: from then
	// on nobody can hold it.
	Begun time.Time `json:"begun,omitzero"`
	// Flags are our words that an instruction breaks the law, the newest last.
	Flags    []Flag     `json:"flags,omitempty"`
	Plan     []PlanLine `json:"plan,omitempty"`
	Receipts []Receipt  `json:"receipts,omitempty"`
	Package  Package    `json:"package"`
	// Told are the recipients that were notified (Art. 19).
	Told []Told `json:"told,omitempty"`
	// ForwardedAt is when the client was told.
	ForwardedAt time.Time `json:"forwardedAt"`
	// Offer is what the client's machine was sent of it; zero where it has none.
	Offer Offer `json:"offer,omitzero"`
	// HoldUntil is the end of the cool-off or disclosure wait.
	HoldUntil time.Time `json:"holdUntil"`
	// Reminded counts the reminders of the present wait.
	Reminded int `json:"reminded,omitempty"`
	// Kept are lines of an earlier round's plan that still keep something (E-3).
	Kept []PlanLine `json:"kept,omitempty"`
	// Released is true when an officer released the package at once.
	Released bool `json:"released,omitempty"`
	// Review lists the places that a person must screen for third parties.
	Review []string `json:"review,omitempty"`
	// Cleared are the places of Review that a person found free of others, and
	// ClearedBy is who said so last.
	Cleared   []string `json:"cleared,omitempty"`
	ClearedBy string   `json:"clearedBy,omitempty"`
	// Screened are a person's findings on single values of Review.
	Screened []Screened `json:"screened,omitempty"`
	// Suppressed is true when an address of the person went on the list (E-8).
	Suppressed bool      `json:"suppressed,omitempty"`
	Wait       Wait      `json:"wait"`
	WakeAt     time.Time `json:"wakeAt"`
	// Reopened counts how often it was opened again after it was closed.
	Reopened int `json:"reopened,omitempty"`
	// Outages are the systems that it waits for.
	Outages []Outage `json:"outages,omitempty"`
	// Attempts counts the executions that walked this leg.
	Attempts int `json:"attempts,omitempty"`
	// AnsweredAt is when the answer was put in the outbox.
	AnsweredAt time.Time `json:"answeredAt"`
	// ByHand is what officers do for this leg where no connector can.
	ByHand []ByHand `json:"byHand,omitempty"`
	// Corrections are what a rectification changes.
	Corrections []Correction `json:"corrections,omitempty"`
	// Statement is the subject's own supplementary statement (R-3, Art. 16),
	// StatementAt when an officer had put it with the data.
	Statement   string    `json:"statement,omitempty"`
	StatementAt time.Time `json:"statementAt"`
	// Restriction is what stands still, and until when; an objection
	// sets one while it is weighed (18(1)(d)).
	Restriction Marking `json:"restriction"`
	// Balance is what was weighed in an objection.
	Balance Balance `json:"balance"`
	// Human is what a person found who looked again at an automated decision.
	Human HumanReview `json:"human"`
	// Fee is a price that was announced, or is to be (12(5)(a), 15(3)).
	Fee Fee `json:"fee"`
	// MovedTo stands on a leg of which another client decides now, MovedFrom on the
	// leg that this client has of it.
	MovedTo   Move `json:"movedTo,omitzero"`
	MovedFrom Move `json:"movedFrom,omitzero"`
	// Halted is true while an instruction waits for an officer, because its client
	// went before it was carried out; CarryOn is that officer's word.
	Halted  bool    `json:"halted,omitempty"`
	CarryOn CarryOn `json:"carryOn,omitzero"`
	// Back is when the client of a leg decides again after it was gone: its
	// reminders go on from there.
	Back Back `json:"back,omitzero"`
}

// CarryOn is who said that an instruction stands though its client went, and why:
// in-time or confirmed.
type CarryOn struct {
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// Back is the instant from which a client decides again, and how often it had
// been reminded by then.
type Back struct {
	At       time.Time `json:"at"`
	Reminded int       `json:"reminded,omitempty"`
}

// Move is how a hand-over went from one client to another: its claim was sold, a
// liquidator came, or a successor.
type Move struct {
	// Leg is the other leg.
	Leg string `json:"leg"`
	// Reason is sold, curator or successor; Proof names the paper that shows it.
	Reason string    `json:"reason"`
	Proof  string    `json:"proof,omitempty"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	// Files says whether the person was found in the new client's files: "" = yes,
	// missing, or unlooked where no page can look.
	Files string `json:"files,omitempty"`
}

// Missing and Unlooked are what Move.Files says when it is not "".
const (
	MissingFiles  = "missing"
	UnlookedFiles = "unlooked"
)

// Offer is a hand-over to a client's machine (decision 21).
type Offer struct {
	// ID is the subject_request_id, a UUID: the same however often it is sent.
	ID string `json:"id"`
	// Until is when the client is told by mail instead; zero where mail goes anyway.
	Until time.Time `json:"until,omitzero"`
	// Failed is when the machine was given up.
	Failed time.Time `json:"failed,omitzero"`
	// Acknowledged is when its receipt came, Receipt that receipt's SHA-256, in
	// hexadecimal, and Signed whether the client's key had signed it.
	Acknowledged time.Time `json:"acknowledged,omitzero"`
	Receipt      string    `json:"receipt,omitempty"`
	Signed       bool      `json:"signed,omitempty"`
}

// Hop is one step by which a person's rows in one holding lead to other
// holdings. It tells how many keys there are and no key.
type Hop struct {
	// From is where the keys stand, system/holding.
	From string `json:"from"`
	// Kind is what they are: customer, invoice …
	Kind string `json:"kind"`
	// To are the holdings that are asked by them, system/holding.
	To []string `json:"to"`
	// Count is how many of them the search went by.
	Count int `json:"count"`
	// Left is how many it did not, because they may be another person's (A15).
	Left int `json:"left,omitempty"`
	// Over is how many there are at least where that is more than may be followed:
	// nothing is answered until the inventory allows it. 0 = it is not.
	Over int `json:"over,omitempty"`
}

// Equal reports whether two hops are one.
func (h Hop) Equal(o Hop) bool {
	return h.From == o.From && h.Kind == o.Kind && slices.Equal(h.To, o.To) && h.Count == o.Count && h.Left == o.Left && h.Over == o.Over
}

// Correction is one field of one holding: what stood there, what must stand
// there, and on what evidence.
type Correction struct {
	System  string `json:"system"`
	Holding string `json:"holding"`
	Column  string `json:"column"`
	Old     string `json:"old"`
	New     string `json:"new"`
	// Evidence is what shows it, in the officer's words.
	Evidence string `json:"evidence"`
	// Rows is in how many rows Old or New stood when it was proposed.
	Rows int `json:"rows,omitempty"`
	// Status is how far it has come; At when it came there.
	Status string    `json:"status"`
	At     time.Time `json:"at"`
}

// The states of a correction.
const (
	CorrectionProposed = "proposed"
	CorrectionDone     = "done"
	// CorrectionChanged: another value stood there by then, and stands there still.
	CorrectionChanged = "changed"
	// CorrectionToDo: no system can, an officer must.
	CorrectionToDo = "to-do"
	// CorrectionByHand: an officer did.
	CorrectionByHand = "by-hand"
)

// Marking is a restriction as it stands in the systems (4(3), R-5): T-16
// announces its end.
type Marking struct {
	// Ground is the letter of 18(1): a, b, c or d.
	Ground string    `json:"ground,omitempty"`
	SetAt  time.Time `json:"setAt"`
	// Marked are the receipts of the systems that hold it; what they cannot do
	// an officer does by hand.
	Marked []Receipt `json:"marked,omitempty"`
	// LiftOn is the first day it may end and LiftTold when T-16 went to the
	// outbox: at least five working days before (18(3), invariant 9).
	LiftOn     Day    `json:"liftOn,omitempty"`
	LiftReason string `json:"liftReason,omitempty"`
	// Lifts counts the announcements: each is a letter of its own.
	Lifts    int       `json:"lifts,omitempty"`
	LiftTold time.Time `json:"liftTold"`
	LiftBy   string    `json:"liftBy,omitempty"`
	// LiftReceipt is the number of the instruction by which the client ends it.
	LiftReceipt string    `json:"liftReceipt,omitempty"`
	LiftedAt    time.Time `json:"liftedAt"`
	// Lifting is true from LiftOn until the systems have let go.
	Lifting bool `json:"lifting,omitempty"`
}

// Stands reports whether the restriction is in force.
func (m Marking) Stands() bool { return !m.SetAt.IsZero() && m.LiftedAt.IsZero() }

// Balance is the weighing of 21(1): the burden is on the controller.
type Balance struct {
	Ours   string `json:"ours,omitempty"`   // the compelling ground, or the claim
	Theirs string `json:"theirs,omitempty"` // the subject's situation
	Result string `json:"result,omitempty"` // why the one outweighs the other
}

// HumanReview is the human intervention of 22(3).
type HumanReview struct {
	// Existed is whether there was a solely automated decision at all.
	Existed bool `json:"existed"`
	// Logic is what the decision rested on, in plain words.
	Logic string `json:"logic,omitempty"`
	// View is the subject's own view, as heard.
	View string `json:"view,omitempty"`
	// Result is upheld or changed; Words say to what.
	Result string    `json:"result,omitempty"`
	Words  string    `json:"words,omitempty"`
	By     string    `json:"by,omitempty"`
	At     time.Time `json:"at"`
}

// Screened is what a person decided about one value that may hold somebody
// else's data: give it, give it without some words, or leave it out.
type Screened struct {
	// Item names the value: a digest of its place and content, so that what
	// changed since is not given by an old finding.
	Item string `json:"item"`
	// Place is system/holding/column.
	Place string `json:"place"`
	// Finding is give, redact or withhold.
	Finding string `json:"finding"`
	// Reason is a code of the inventory's reasons; "" with give.
	Reason string `json:"reason,omitempty"`
	// Marks are the words that are left out of a redacted text.
	Marks []string  `json:"marks,omitempty"`
	By    string    `json:"by"`
	At    time.Time `json:"at"`
}

// The findings on a value.
const (
	GiveFinding     = "give"
	RedactFinding   = "redact"
	WithholdFinding = "withhold"
)

// Decision is an officer's decision with a second person's approval (D-4, invariant 12).
type Decision struct {
	Outcome    Outcome   `json:"outcome,omitempty"`
	Ground     string    `json:"ground,omitempty"`
	Note       string    `json:"note,omitempty"`
	By         string    `json:"by,omitempty"`
	At         time.Time `json:"at"`
	ApprovedBy string    `json:"approvedBy,omitempty"`
	ApprovedAt time.Time `json:"approvedAt"`
	// Automatic is true where the law leaves nothing to weigh.
	Automatic bool `json:"automatic,omitempty"`
	// Necessity, Proportionality and Until stand with a ground that demands
	// them: UAVG 41 applies only as far and as long as it must.
	Necessity       string `json:"necessity,omitempty"`
	Proportionality string `json:"proportionality,omitempty"`
	Until           Day    `json:"until,omitempty"`
	// Interest is the letter of UAVG 41(1) that the exception serves.
	Interest string `json:"interest,omitempty"`
	// Parts say, for a yes in part, what is granted and what is not, each with its ground (T-20).
	Parts []Part `json:"parts,omitempty"`
}

// Part is one item of a decision in part.
type Part struct {
	What    string `json:"what"`
	Granted bool   `json:"granted"`
	// Ground is a code of the closed list; "" when granted.
	Ground string `json:"ground,omitempty"`
}

// Instruction is the client's recorded instruction: who, when, what, by which channel.
type Instruction struct {
	// Kind is carry-out-to-us, carry-out-to-subject, restrict or refuse.
	Kind   string    `json:"kind,omitempty"`
	Ground string    `json:"ground,omitempty"`
	By     string    `json:"by,omitempty"`
	At     time.Time `json:"at"`
	// Receipt is the number that the client keeps.
	Receipt string `json:"receipt,omitempty"`
	// Template is the letter in the client's name that it chose, with carry-out-to-subject.
	Template string `json:"template,omitempty"`
	// Doubt is why we told the client, before it gave this instruction, that the
	// law forbids it in our opinion (28(3), last sentence); "" = we saw nothing.
	Doubt string `json:"doubt,omitempty"`
	// Why is why the client gives it all the same.
	Why string `json:"why,omitempty"`
}

// Same reports whether two instructions ask for the same.
func (i Instruction) Same(o Instruction) bool {
	return i.Kind == o.Kind && i.Ground == o.Ground && i.Template == o.Template
}

// Flag is our word to a client that its instruction breaks the law in our
// opinion (28(3), last sentence). Nothing of it is done until the client has
// said again what it wants.
type Flag struct {
	// Reason is a code of grounds.Flags; Words are the officer's, for the client.
	Reason string    `json:"reason"`
	Words  string    `json:"words,omitempty"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	// Instruction is what was held, as the client gave it.
	Instruction Instruction `json:"instruction"`
	// Word is the client's second word, "" while it is waited for; WordBy and
	// WordAt say whose and when.
	Word   string    `json:"word,omitempty"`
	WordBy string    `json:"wordBy,omitempty"`
	WordAt time.Time `json:"wordAt,omitzero"`
}

// The second words of a client.
const (
	// Upheld: it wants the same all the same, and said why.
	Upheld = "upheld"
	// Changed: it gave another instruction.
	Changed = "changed"
	// TakenBack: it takes the instruction back, and gives another later.
	TakenBack = "withdrawn"
)

// Flagged is the flag on which the client's second word is waited for; nil when
// there is none, or no more.
func (l *Leg) Flagged() *Flag {
	if n := len(l.Flags); n > 0 && l.Flags[n-1].Word == "" && l.Phase == Forwarded {
		return &l.Flags[n-1]
	}
	return nil
}

// Templates are the letters in its name that a client can choose from.
var Templates = []string{FormalLetter, ShortLetter}

// The letters in a client's name.
const (
	FormalLetter = "formal"
	ShortLetter  = "short"
)

// AnsweredFor reports whether we can answer on that right in a client's name.
func (r Right) AnsweredFor() bool {
	return r.Discloses() || r == Erasure || r == Rectification || r == Restriction || r == Objection
}

// The instructions a client can give.
const (
	CarryOutToUs      = "carry-out-to-us"
	CarryOutToSubject = "carry-out-to-subject"
	// RestrictInstead restricts what the person asked to erase.
	RestrictInstead   = "restrict"
	RefuseInstruction = "refuse"
)

// PlanLine is what an erasure does to one holding (E-1, E-2).
type PlanLine struct {
	System  string `json:"system"`
	Holding string `json:"holding"`
	// Action is erase, anonymise, restrict or keep.
	Action string `json:"action"`
	Count  int    `json:"count"`
	// Held are those of Count that an erase makes anonymous instead, because rows
	// refer to them that stay.
	Held int `json:"held,omitempty"`
	// Over are those of Count that a keep or restrict erases, because their own
	// period is over.
	Over int `json:"over,omitempty"`
	// Shared are rows beside Count that stay as they are: they are somebody else's too.
	Shared int `json:"shared,omitempty"`
	// Ground and Until stand with every keep and restrict (E-2).
	Ground string `json:"ground,omitempty"`
	Until  Day    `json:"until,omitempty"`
	Why    string `json:"why,omitempty"`
}

// The actions of a plan line.
const (
	EraseAction     = "erase"
	AnonymiseAction = "anonymise"
	RestrictAction  = "restrict"
	KeepAction      = "keep"
)

// Receipt is a system's proof of what it found or did: counts, never content (E-9).
type Receipt struct {
	System  string `json:"system"`
	Holding string `json:"holding"`
	// Action is collected, erased, anonymised, restricted, unrestricted,
	// corrected, kept, suppressed, by-hand where an officer does it, or what a
	// ByHand says of dunning.
	Action string `json:"action"`
	Count  int    `json:"count"`
	// Over are those of Count that a keep or restrict erased, because their own
	// period was over.
	Over int       `json:"over,omitempty"`
	At   time.Time `json:"at"`
	// Until is the last day of what was kept, where it came sooner than the
	// plan's; "" = the plan's.
	Until Day `json:"until,omitempty"`
	// By is the officer who did it by hand; "" = a connector did.
	By string `json:"by,omitempty"`
	// Part is the key of the collected part in the work bucket.
	Part  string `json:"part,omitempty"`
	Bytes int64  `json:"bytes,omitempty"`
	// More is where the next part goes on, as the system's connector said: this
	// part is not the last. It may hold a key of the person.
	More string `json:"more,omitempty"`
	// Batch numbers a batch of changes that stands while the act goes on, from
	// 1; 0 is the receipt of the whole.
	Batch int `json:"batch,omitempty"`
}

// DataRole is the role under which the inventory lists the leg's data: a
// client's file stays a client's file, also where the contract makes us its
// controller.
func (l *Leg) DataRole() Role {
	if l.Relation == Debtor && l.Client != "" {
		return Processor
	}
	return l.Role
}

// Outage is a system that was asked and did not answer.
type Outage struct {
	System  string `json:"system"`
	Holding string `json:"holding,omitempty"`
	// Code is Systems.Unavailable, Systems.Changed or Systems.Asked.
	Code Code `json:"code"`
	// Since is when it was asked first, UTC, and Tries how often it was asked again since.
	Since time.Time `json:"since"`
	Tries int       `json:"tries,omitempty"`
	// Until is when a processor that was asked said it would answer, and Again
	// when to look, UTC.
	Until time.Time `json:"until,omitzero"`
	Again time.Time `json:"again,omitzero"`
}

// Package is a sealed export.
type Package struct {
	Key    string `json:"key,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	Bytes  int64  `json:"bytes,omitempty"`
	// Until is the last day of the link.
	Until    Day `json:"until,omitempty"`
	Releases int `json:"releases,omitempty"`
	// For is subject or client: who may fetch it.
	For string `json:"for,omitempty"`
	// Counts holds the records per system/holding, for the letter's summary.
	Rows int `json:"rows,omitempty"`
	// Left is what stayed behind of the places that had to be looked at (15(4)).
	Left []LeftOut `json:"left,omitempty"`
}

// LeftOut is what a package leaves out at one place, and why.
type LeftOut struct {
	// Place is system/holding/column, or system/holding where the column is one
	// that nobody declared.
	Place string `json:"place"`
	// Reason is a code of the inventory's reasons.
	Reason string `json:"reason"`
	Count  int    `json:"count"`
}

// Told is one recipient of Art. 19.
type Told struct {
	Recipient string `json:"recipient"`
	// Action is what they are asked: erase, correct, restrict or unrestrict.
	Action string `json:"action,omitempty"`
	// Status is open (an officer must tell them), notified, impossible or disproportionate.
	Status string    `json:"status"`
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at"`
	// By is the officer who recorded that it was impossible or
	// disproportionate, "" when the notice went out by itself.
	By string `json:"by,omitempty"`
	// Confirmed is when the recipient answered that it was done; zero = not yet.
	Confirmed time.Time `json:"confirmed"`
	// Chased counts what followed when they did not confirm: a second notice, then a task.
	Chased int `json:"chased,omitempty"`
}

// The states of a recipient.
const (
	ToldOpen             = "open"
	ToldNotified         = "notified"
	ToldImpossible       = "impossible"
	ToldDisproportionate = "disproportionate"
)

// Task is something a member of staff must do.
type Task struct {
	ID  string `json:"id"`
	Leg string `json:"leg,omitempty"`
	// Kind is a code: triage, match, decide, approve, release, carry-out, by-hand, chase-client, client-gone, recipient, lift, stuck, reply, undelivered.
	Kind     string    `json:"kind"`
	Role     string    `json:"role"` // officer or approver
	Assignee string    `json:"assignee,omitempty"`
	Opened   time.Time `json:"opened"`
	Done     time.Time `json:"done"`
	DoneBy   string    `json:"doneBy,omitempty"`
	// Not is the officer who may not do it: the second of four eyes (A12).
	Not string `json:"not,omitempty"`
	// Code tells more, as a closed code: an error code, a letter id.
	Code string `json:"code,omitempty"`
	// Warned is the code of what staff were told last of a letter that nobody posted.
	Warned string `json:"warned,omitempty"`
}

// Open reports whether the task still waits.
func (t Task) Open() bool { return t.Done.IsZero() }

// Message is a later message that joined this request.
type Message struct {
	SourceKey string    `json:"sourceKey"`
	Received  time.Time `json:"received"`
	Kind      string    `json:"kind"`
	Subject   string    `json:"subject,omitempty"`
	Text      string    `json:"text,omitempty"`
	From      string    `json:"from,omitempty"`
}

// Wait is where an execution is parked.
type Wait struct {
	// State is the parked state's name; "" = not parked.
	State string `json:"state,omitempty"`
	// Token is the task token that resumes it. It never leaves the account (A44).
	Token string    `json:"token,omitempty"`
	Since time.Time `json:"since"`
}

// Chain is the head of a ledger chain.
type Chain struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash,omitempty"`
}

// Outcome is how a leg ended.
type Outcome string

// The outcomes of a leg.
const (
	Granted     Outcome = "granted"
	Partial     Outcome = "partial"
	Refused     Outcome = "refused"
	NothingHeld Outcome = "nothing-held"
	Unverified  Outcome = "unverified"
	Withdrawn   Outcome = "withdrawn"
	// ByClient: the client answers the person itself (processor legs).
	ByClient Outcome = "by-client"
	// Moved: another client decides about it, in a leg of its own.
	Moved Outcome = "moved"
)

// Leg finds a leg by its id; nil when there is none.
func (r *Request) Leg(id string) *Leg {
	for i := range r.Legs {
		if r.Legs[i].ID == id {
			return &r.Legs[i]
		}
	}
	return nil
}

// Candidate finds a candidate by its id; nil when there is none.
func (r *Request) Candidate(id string) *Candidate {
	for i := range r.Candidates {
		if r.Candidates[i].ID == id {
			return &r.Candidates[i]
		}
	}
	return nil
}

// Task finds the open task of that kind for that leg; nil when there is none.
func (r *Request) Task(kind, leg string) *Task {
	for i := range r.Tasks {
		if t := &r.Tasks[i]; t.Kind == kind && t.Leg == leg && t.Open() {
			return t
		}
	}
	return nil
}

// Closed reports whether nothing is left to do: it was identified and every leg is closed.
func (r *Request) Closed() bool {
	if r.Stage == Done {
		return true
	}
	if r.Stage != Identified {
		return false
	}
	for i := range r.Legs {
		if r.Legs[i].Phase != Closed {
			return false
		}
	}
	return true
}
