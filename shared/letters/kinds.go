package letters

import (
	"slices"

	"github.com/allclaims/rightsdesk/shared/request"
)

// The letters of this desk (law.md §7).
const (
	Acknowledgement      Kind = "T-01"
	IdentityCheck        Kind = "T-02"
	Clarification        Kind = "T-03"
	DebtorForwarded      Kind = "T-04a"
	DebtorNeutral        Kind = "T-04b"
	ClientNotice         Kind = "T-05"
	ClientReminder       Kind = "T-06"
	ClientReport         Kind = "T-07"
	ClientAnswer         Kind = "T-07b"
	Extension            Kind = "T-08"
	AccessReady          Kind = "T-09"
	NothingHeld          Kind = "T-10"
	PortabilityReady     Kind = "T-11"
	Rectified            Kind = "T-12"
	Erased               Kind = "T-13"
	MarketingStopped     Kind = "T-14"
	Restricted           Kind = "T-15"
	RestrictionLifted    Kind = "T-16"
	ClosedUnproven       Kind = "T-17"
	ObjectionOutcome     Kind = "T-18"
	ConsentWithdrawn     Kind = "T-19"
	PartialRefusal       Kind = "T-20"
	Refusal              Kind = "T-21"
	FeeAnnounced         Kind = "T-22"
	RecipientsTold       Kind = "T-23"
	RecipientNotice      Kind = "T-24"
	AutomatedReview      Kind = "T-25"
	ComplaintInfo        Kind = "T-26"
	QuestionReply        Kind = "T-27"
	MandateNeeded        Kind = "T-28"
	WithdrawalConfirmed  Kind = "T-29"
	LateApology          Kind = "T-30"
	BreachNotice         Kind = "T-31"
	CodeNotice           Kind = "N-01"
	ImpersonationWarning Kind = "N-02"
	StaffNotice          Kind = "N-03"
	ClientSignIn         Kind = "N-04"
	MailDigest           Kind = "N-05"
)

// The outcomes of a decision that Order.Outcome may hold.
const (
	Granted = "granted"
	Partial = "partial"
	Refused = "refused"
)

// Cases that are no outcome; the flag of that name asks for one (Order.Flags).
const (
	// Reopened: T-01 for a request that was closed without proof (C-12).
	Reopened = "reopened"
	// Unclear and Large: T-03 to anybody whose wish is not clear, and to a
	// proven person of whom we hold much (C-10).
	Unclear = "unclear"
	Large   = "large"
	// StatementAdded: T-12 when the person's own text was put beside the data.
	StatementAdded = "statement"
	// OnRequest: T-23 for somebody who asked for the list.
	OnRequest = "on_request"
	// ClientBreach: T-31 to the client for whom we process (Art. 33(2)).
	ClientBreach = "client_notice"
	// PartWithdrawn: T-29 when another part of the request goes on.
	PartWithdrawn = "part"
	// HeldInstruction: T-06 to a client whose instruction we hold (28(3)).
	HeldInstruction = "held"
	// ForClient: T-24 about data of which a client decides, so that we ask as its processor.
	ForClient = "for_client"
	// T-07b: a copy, or what was erased, corrected or put on hold, in the letter
	// that the client chose.
	CopyFormal       = "copy_formal"
	CopyShort        = "copy_short"
	ErasedFormal     = "erased_formal"
	ErasedShort      = "erased_short"
	CorrectedFormal  = "corrected_formal"
	CorrectedShort   = "corrected_short"
	RestrictedFormal = "restricted_formal"
	RestrictedShort  = "restricted_short"
	ObjectedFormal   = "objected_formal"
	ObjectedShort    = "objected_short"
	// PackageReady: T-07 of a package that the client fetches; with the last day while
	// there is one, and without it the package is gone.
	PackageReady = "package"
	// ToAnother: T-04a and T-05 when another client decides than before.
	ToAnother = "moved"
	// byPost: N-01 with a code that goes by letter.
	byPost = "post"
)

// Reader says for whom a letter is written; it sets the limits of docs/WORDS.md.
type Reader string

// The readers of a letter.
const (
	// Person is the one who made the request, at language level B1.
	Person Reader = "person"
	// Business is a client, a recipient, a processor or a colleague.
	Business Reader = "business"
)

// Info describes one kind: when it is sent and what it must hold. It is what
// the documentation lists, what `ctl letter -list` prints and what the tests
// hold the templates to.
type Info struct {
	Kind Kind
	// Name is the English name of law.md §7.
	Name string
	// Trigger says in one line when the letter is sent.
	Trigger string
	Reader  Reader
	// Business lists the cases that are written for a business, of a kind whose
	// Reader is a person.
	Business []string
	// Cases are the forms that the kind has: outcomes (Order.Outcome) or flags
	// (Order.Flags) of which exactly one holds; "" is the noCases form.
	Cases []string
	// Flags are switches for optional rows that no value implies.
	Flags []string
	// Neutral says in which cases the letter must be the same for a known and
	// an unknown person (R-24, A16): it takes no value of a person or a client.
	Neutral []string
	// Mandatory lists by case the rows that law.md §7 demands; those under
	// "all" hold in every case. A | stands between rows of which one is enough.
	Mandatory map[string][]string
	// Placeholders are the values that the templates of the kind take, sorted;
	// filled from the templates.
	Placeholders []string
}

// MandatoryRows returns the rows that the letter must carry in that case.
func (i Info) MandatoryRows(of string) []string {
	return append(slices.Clone(i.Mandatory["all"]), i.Mandatory[of]...)
}

// ExceptionRow is the row that a refusal on UAVG 41 must carry besides: why it
// is needed, in proportion, and until when.
func (i Info) ExceptionRow() string {
	switch i.Kind {
	case Rectified, ObjectionOutcome, PartialRefusal, Refusal, AutomatedReview:
		return "T" + string(i.Kind[2:]) + "-exception"
	}
	return ""
}

// ReaderOf says for whom that case of the letter is written.
func (i Info) ReaderOf(of string) Reader {
	if slices.Contains(i.Business, of) {
		return Business
	}
	return i.Reader
}

// noCases is the only case of a kind that has no outcomes.
var noCases = []string{""}

// kinds is the table of law.md §7, in its order, without the placeholders: see read.
var kinds = []Info{
	{Kind: Acknowledgement, Name: "acknowledgement", Reader: Person, Cases: []string{"", Reopened}, Neutral: []string{"", Reopened},
		Trigger: "a request was registered (C-14), or one that was closed without proof is open again (C-12)",
		Mandatory: map[string][]string{
			"all":    {"T01-id", "T01-received", "T01-understood", "T01-next", "T01-period", "T01-neutral", "T01-ap", "T01-who"},
			Reopened: {"T01-again"},
		}},
	{Kind: IdentityCheck, Name: "identity check", Reader: Person, Cases: noCases, Neutral: noCases, Flags: []string{"fact", "pause"},
		Trigger: "reasonable doubt who asks, within three working days of receipt (I-8, C-8)",
		Mandatory: all("T02-ask", "T02-how", "T02-other", "T02-noid", "T02-data", "T02-why", "T02-clock", "T02-ifnot",
			"T02-neutral", "T02-ap")},
	{Kind: Clarification, Name: "clarifying question", Reader: Person, Cases: []string{Unclear, Large}, Neutral: []string{Unclear}, Flags: []string{"pause"},
		Trigger:   "what is asked is not clear; or access is asked, is proven, and much is held (C-10)",
		Mandatory: all("T03-ask", "T03-options", "T03-how", "T03-everything", "T03-clock", "T03-ap")},
	{Kind: DebtorForwarded, Name: "debtor: forwarded", Reader: Person, Cases: []string{"", ToAnother}, Flags: []string{"overdue"},
		Trigger: "a debtor's request went to the client, and the address stands in that client's file (R-23, R-24)",
		Mandatory: map[string][]string{
			"all":     {"T04a-sent", "T04a-nodecision", "T04a-processor", "T04a-answer|T04a-overdue", "T04a-contact", "T04a-ap"},
			"":        {},
			ToAnother: {"T04a-moved"},
		}},
	{Kind: DebtorNeutral, Name: "debtor: neutral", Reader: Person, Cases: noCases, Neutral: noCases,
		Trigger: "a debtor's request from an address that is in no file (R-24)",
		Mandatory: all("T04b-nodecision", "T04b-processor", "T04b-forward", "T04b-contact", "T04b-prove", "T04b-neutral",
			"T04b-ap")},
	{Kind: ClientNotice, Name: "notice to client", Reader: Business, Cases: []string{"", ToAnother}, Flags: []string{"overdue"},
		Trigger: "a leg is the client's to decide, within two working days of receipt, or of the act by which it became this client's (R-22, R-29)",
		Mandatory: map[string][]string{
			"all": {"T05-ask", "T05-facts", "T05-text", "T05-due", "T05-duty", "T05-help", "T05-limits", "T05-form",
				"T05-silence"},
			"":        {},
			ToAnother: {"T05-moved"},
		}},
	{Kind: ClientReminder, Name: "client reminder", Reader: Business, Cases: []string{"", HeldInstruction},
		Trigger: "no instruction five and ten working days after the notice (R-28); or an instruction is held that breaks the law in our opinion, at once (28(3))",
		Mandatory: map[string][]string{
			"all":           {"T06-ask|T06-held", "T06-facts", "T06-silence", "T06-duty", "T06-form"},
			HeldInstruction: {"T06-held", "T06-why"},
		}},
	{Kind: ClientReport, Name: "execution report to client", Reader: Business, Cases: noCases, Flags: []string{"limits", "restricted", "upheld", "unreached", PackageReady},
		Trigger:   "a client's instruction was carried out, whole or in part (R-26)",
		Mandatory: all("T07-done", "T07-facts", "T07-list", "T07-not", "T07-evidence", "T07-told", "T07-next")},
	{Kind: ClientAnswer, Name: "answer in the client's name", Reader: Person, Cases: []string{
		CopyFormal, CopyShort, ErasedFormal, ErasedShort, CorrectedFormal, CorrectedShort, RestrictedFormal, RestrictedShort, ObjectedFormal, ObjectedShort},
		Trigger: "a client had us answer its debtor in its name, with the letter of its choice (R-26)",
		Mandatory: map[string][]string{
			"all":            {"T07b-for", "T07b-contact", "T07b-ap"},
			CopyFormal:       {"T07b-copy", "T07b-link", "T07b-expiry", "T07b-summary", "T07b-who"},
			CopyShort:        {"T07b-copy", "T07b-link", "T07b-expiry", "T07b-summary"},
			ErasedFormal:     {"T07b-erased", "T07b-done", "T07b-who"},
			ErasedShort:      {"T07b-erased", "T07b-done"},
			CorrectedFormal:  {"T07b-corrected", "T07b-done", "T07b-who"},
			CorrectedShort:   {"T07b-corrected", "T07b-done"},
			RestrictedFormal: {"T07b-restricted", "T07b-hold", "T07b-end", "T07b-who"},
			RestrictedShort:  {"T07b-restricted", "T07b-hold", "T07b-end"},
			ObjectedFormal:   {"T07b-objected", "T07b-hold", "T07b-end", "T07b-who"},
			ObjectedShort:    {"T07b-objected", "T07b-hold", "T07b-end"},
		}},
	{Kind: Extension, Name: "extension", Reader: Person, Cases: noCases,
		Trigger:   "two months more, told within the first month (C-7)",
		Mandatory: all("T08-that", "T08-why", "T08-date", "T08-ap")},
	{Kind: AccessReady, Name: "access: ready", Reader: Person, Cases: noCases,
		Trigger:   "the access package is sealed and may be released (I-7)",
		Mandatory: all("T09-yes", "T09-link", "T09-expiry", "T09-summary", "T09-a-h", "T09-rights", "T09-ap")},
	{Kind: NothingHeld, Name: "access: nothing held", Reader: Person, Cases: []string{"", "unknown_address"}, Neutral: []string{"unknown_address"},
		Trigger: "every system was searched and holds nothing; or the sender's address is on no file, whether anything matched or not",
		Mandatory: map[string][]string{
			"all":             {"T10-none", "T10-ap"},
			"":                {"T10-searched"},
			"unknown_address": {"T10-elsewhere", "T10-prove", "T10-neutral"},
		}},
	{Kind: PortabilityReady, Name: "portability ready", Reader: Person, Cases: noCases,
		Trigger:   "the portability package is sealed and may be released",
		Mandatory: all("T11-ready", "T11-link", "T11-expiry", "T11-format", "T11-included", "T11-excluded", "T11-stays", "T11-ap")},
	{Kind: Rectified, Name: "rectification", Reader: Person, Cases: []string{Granted, Partial, Refused, StatementAdded},
		Trigger: "a rectification was decided and, where granted, carried out",
		Mandatory: map[string][]string{
			"all":          {"T12-answer", "T12-ap"},
			Granted:        {"T12-changes|T12-fields", "T12-told"},
			Partial:        {"T12-changes|T12-fields", "T12-told", "T12-why", "T12-statement|T12-added"},
			Refused:        {"T12-why", "T12-statement"},
			StatementAdded: {"T12-added", "T12-added-effect", "T12-told"},
		}},
	{Kind: Erased, Name: "erasure done", Reader: Person, Cases: []string{Granted, Partial}, Flags: []string{"suppressed"},
		Trigger: "the erasure was carried out; partial when something is kept (E-5)",
		Mandatory: map[string][]string{
			"all":   {"T13-answer", "T13-erased", "T13-kept", "T13-dossier", "T13-kept-tail", "T13-backup", "T13-told|T13-told-none", "T13-ap"},
			Partial: {"T13-kept-tax|T13-kept-file|T13-kept-claims|T13-kept-consent|T13-shared"},
		}},
	{Kind: MarketingStopped, Name: "marketing stopped", Reader: Person, Cases: noCases,
		Trigger:   "an objection to direct marketing or an e-mail stop was carried out, the same day",
		Mandatory: all("T14-done", "T14-kept", "T14-service", "T14-ap")},
	{Kind: Restricted, Name: "restriction set", Reader: Person, Cases: noCases,
		Trigger:   "the use of data was put on hold",
		Mandatory: all("T15-set", "T15-ground", "T15-effect", "T15-until", "T15-told", "T15-ap")},
	{Kind: RestrictionLifted, Name: "restriction to be lifted", Reader: Person, Cases: noCases,
		Trigger:   "at least five working days before a restriction ends (Art. 18(3))",
		Mandatory: all("T16-lift", "T16-why", "T16-you", "T16-ap")},
	{Kind: ClosedUnproven, Name: "closed, not proven", Reader: Person,
		Cases: []string{"no_answer", "poor_answer", "no_authority"}, Neutral: []string{"no_answer", "poor_answer", "no_authority"},
		Trigger:   "no proof by the safe date (C-12)",
		Mandatory: all("T17-cannot", "T17-asked|T17-asked-poor|T17-asked-mandate", "T17-why", "T17-reopen", "T17-neutral", "T17-ap")},
	{Kind: ObjectionOutcome, Name: "objection outcome", Reader: Person, Cases: []string{Granted, Partial, Refused},
		Trigger: "an objection was weighed and decided",
		Mandatory: map[string][]string{
			"all":   {"T18-answer", "T18-weighed", "T18-ap"},
			Granted: {"T18-stopped"},
			Partial: {"T18-stopped", "T18-why", "T18-law"},
			Refused: {"T18-why", "T18-law"},
		}},
	{Kind: ConsentWithdrawn, Name: "consent withdrawn", Reader: Person, Cases: noCases,
		Trigger:   "consent was withdrawn, the same day",
		Mandatory: all("T19-done", "T19-which", "T19-past", "T19-continues", "T19-ap")},
	{Kind: PartialRefusal, Name: "partial refusal", Reader: Person, Cases: noCases,
		Trigger:   "a part of what was asked is refused, at the latest on the safe date (C-11)",
		Mandatory: all("T20-answer", "T20-granted", "T20-refused", "T20-why", "T20-decided", "T20-ap")},
	{Kind: Refusal, Name: "refusal", Reader: Person, Cases: noCases,
		Trigger:   "what was asked is refused, at the latest on the safe date (C-11)",
		Mandatory: all("T21-answer", "T21-why", "T21-decided", "T21-ap")},
	{Kind: FeeAnnounced, Name: "fee announced", Reader: Person, Cases: noCases,
		Trigger:   "a reasonable fee is asked for an excessive request or a further copy, before anything is done (R-15, X-9)",
		Mandatory: all("T22-amount", "T22-why", "T22-law", "T22-choice", "T22-decided", "T22-ap")},
	{Kind: RecipientsTold, Name: "recipients told, or their list", Reader: Person, Cases: []string{"", OnRequest},
		Trigger: "recipients were told of a change that a combined letter does not tell; or the person asks for the list (Art. 19)",
		Mandatory: map[string][]string{
			"all": {"T23-answer", "T23-list", "T23-content", "T23-law", "T23-ap"},
		}},
	{Kind: RecipientNotice, Name: "notice to recipient or processor", Reader: Business, Cases: noCases, Flags: []string{"processor", ForClient},
		Trigger:   "data were corrected, erased or put on hold that this company had from us (Art. 19, R-14)",
		Mandatory: all("T24-ask", "T24-facts", "T24-law", "T24-confirm")},
	{Kind: AutomatedReview, Name: "automated decision outcome", Reader: Person, Cases: []string{Granted, Refused, "no_decision"},
		Trigger: "a person looked again at a decision of a computer, or there was none",
		Mandatory: map[string][]string{
			"all":         {"T25-answer", "T25-reviewer", "T25-logic", "T25-ap"},
			Granted:       {"T25-result"},
			Refused:       {"T25-result", "T25-why"},
			"no_decision": {},
		}},
	{Kind: ComplaintInfo, Name: "complaint information", Reader: Person, Cases: noCases,
		Trigger:   "somebody complains about how we use data",
		Mandatory: all("T26-got", "T26-own", "T26-ap")},
	{Kind: QuestionReply, Name: "reply to question", Reader: Person, Cases: noCases,
		Trigger:   "a question was answered by a member of staff",
		Mandatory: all("T27-answer", "T27-privacy")},
	{Kind: MandateNeeded, Name: "representative: mandate needed", Reader: Person, Cases: noCases, Neutral: noCases,
		Trigger:   "somebody asks for another person and has not shown that they may (I-6)",
		Mandatory: all("T28-ask", "T28-proof", "T28-other", "T28-subject", "T28-why", "T28-clock", "T28-neutral", "T28-ap")},
	{Kind: WithdrawalConfirmed, Name: "withdrawal of request confirmed", Reader: Person, Cases: []string{"", PartWithdrawn},
		Trigger:   "the person takes the request back, whole or in part",
		Mandatory: all("T29-closed", "T29-before", "T29-again", "T29-kept", "T29-ap")},
	{Kind: LateApology, Name: "late apology", Reader: Person, Cases: noCases,
		Trigger:   "the last legal day passed without an answer (C-13)",
		Mandatory: all("T30-sorry", "T30-due", "T30-why", "T30-now", "T30-you", "T30-ap")},
	{Kind: BreachNotice, Name: "breach notice", Reader: Person, Cases: []string{"", ClientBreach}, Business: []string{ClientBreach}, Flags: []string{"authority_told"},
		Trigger: "a breach with a high risk for the person; or one in data that we process for a client, at once (R-31)",
		Mandatory: map[string][]string{
			"all":        {"T31-what", "T31-facts", "T31-data", "T31-effects", "T31-measures", "T31-law", "T31-contact"},
			"":           {"T31-you", "T31-ap"},
			ClientBreach: {},
		}},
	{Kind: CodeNotice, Name: "code", Reader: Person, Cases: []string{"proof", "package", "status", byPost},
		Trigger:   "somebody asked for a code and the channel is on file (I-3); by post to the address on file",
		Mandatory: all("N01-code", "N01-until", "N01-use", "N01-safe", "N01-notyou")},
	{Kind: ImpersonationWarning, Name: "warning to the channel on file", Reader: Person, Cases: noCases, Neutral: noCases,
		Trigger:   "a request came from an address that is not on file, and another one is (I-10)",
		Mandatory: all("N02-warning", "N02-you", "N02-notyou", "N02-held")},
	{Kind: StaffNotice, Name: "notice to staff", Reader: Business, Cases: noCases,
		Trigger:   "a request waits for a member of staff",
		Mandatory: all("N03-waits", "N03-facts")},
	{Kind: ClientSignIn, Name: "client's sign-in code", Reader: Business, Cases: noCases,
		Trigger:   "a client asked for a code to sign in",
		Mandatory: all("N04-code", "N04-until", "N04-safe")},
	{Kind: MailDigest, Name: "digest of ordinary mail", Reader: Business, Cases: noCases,
		Trigger:   "ordinary business mail came in on the day before and became no request",
		Mandatory: all("N05-what", "N05-rules", "N05-mails", "N05-look")},
}

func all(rows ...string) map[string][]string { return map[string][]string{"all": rows} }

// Kinds returns every kind of letter in the order of law.md §7.
func Kinds() []Info { return slices.Clone(read().kinds) }

// Find returns the description of a kind.
func Find(k Kind) (Info, bool) {
	for _, i := range read().kinds {
		if i.Kind == k {
			return i, true
		}
	}
	return Info{}, false
}

// Languages are the languages in which every letter exists.
var Languages = []request.Language{request.Dutch, request.English}
