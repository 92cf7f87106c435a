package identity

import (
	"slices"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Scope is how much of a person's data a representative may have (I-6).
type Scope string

// The scopes, the widest first.
const (
	// AllData: everything the person could have.
	AllData Scope = "all"
	// FinancialData: debts, invoices, payments.
	FinancialData Scope = "financial"
	// NoData: the representative may ask; the answer is the person's own.
	NoData Scope = "none"
)

// Replies say who gets the answer.
const (
	ReplySubject        = "subject"
	ReplyRepresentative = "representative"
	ReplyBoth           = "both"
)

// Capacity is one way in which somebody may act for another, and what that is
// worth (law.md I-6).
type Capacity struct {
	// Code stands in the request: request.Sender.Capacity.
	Code string
	// Letter is the code of what T-28 asks for.
	Letter string
	// Evidence are the codes of what shows the authority: one is enough.
	Evidence []string
	// Scopes are what may be accepted, and Replies who may be answered.
	Scopes  []Scope
	Replies []string
	// ViaClient: what is asked of a claim is the client's to give.
	ViaClient bool
	// Question: no right of the GDPR is exercised; a person answers a question
	// . The dead have no rights under it (recital 27).
	Question bool
	// AdultAt is the age from which the person acts alone, so that only a
	// mandate of their own counts; 0: no age matters.
	AdultAt int
	// Source names the law, for the officer's page.
	Source string
}

var (
	whoever = []string{ReplySubject, ReplyRepresentative, ReplyBoth}
	theirs  = []string{ReplySubject}
)

// capacities is the table of I-6. The codes are those of the form.
var capacities = []Capacity{
	{Code: "lawyer", Letter: "lawyer", Evidence: []string{"bar-register", "written-mandate"}, Scopes: []Scope{AllData, FinancialData, NoData}, Replies: whoever, Source: "tableau NOvA"},
	{Code: "family", Letter: "proxy", Evidence: []string{"written-mandate"}, Scopes: []Scope{AllData, FinancialData, NoData}, Replies: whoever, Source: "3:60 BW"},
	{Code: "other", Letter: "proxy", Evidence: []string{"written-mandate"}, Scopes: []Scope{AllData, FinancialData, NoData}, Replies: whoever, Source: "3:60 BW"},
	// A company that asks for many people: nothing is sent into its account (EDPB §80-81).
	{Code: "portal", Letter: "proxy", Evidence: []string{"written-mandate"}, Scopes: []Scope{NoData}, Replies: theirs, Source: "3:60 BW"},
	{Code: "debt-counsellor", Letter: "counsellor", Evidence: []string{"written-mandate", "debt-help-decision"}, Scopes: []Scope{NoData}, Replies: theirs, ViaClient: true, Source: "Wgs"},
	// Bewind is of property: what is not of money stays the person's own.
	{Code: "administrator", Letter: "bewindvoerder", Evidence: []string{"court-order", "register"}, Scopes: []Scope{FinancialData, NoData}, Replies: []string{ReplyBoth, ReplySubject}, Source: "1:431, 1:441 BW"},
	{Code: "curator", Letter: "curator", Evidence: []string{"court-order", "register"}, Scopes: []Scope{AllData, FinancialData, NoData}, Replies: whoever, Source: "1:381 BW, 5 UAVG"},
	// A mentor decides about care; we hold nothing of care.
	{Code: "mentor", Letter: "mentor", Evidence: []string{"court-order", "register"}, Scopes: []Scope{NoData}, Replies: theirs, Source: "1:453 BW"},
	// Of the estate, not of the person: a member of staff answers.
	{Code: "insolvency", Letter: "insolvency", Evidence: []string{"register", "court-order"}, Scopes: []Scope{FinancialData, NoData}, Replies: whoever, Question: true, Source: "Fw"},
	{Code: "parent", Letter: "parent", Evidence: []string{"custody", "written-mandate"}, Scopes: []Scope{AllData, FinancialData, NoData}, Replies: whoever, AdultAt: 16, Source: "5 UAVG, recital 38"},
	{Code: "heir", Letter: "heir", Evidence: []string{"heir-certificate"}, Scopes: []Scope{FinancialData, NoData}, Replies: []string{ReplyRepresentative}, Question: true, Source: "recital 27"},
}

// Capacities lists the closed table of I-6.
func Capacities() []Capacity { return slices.Clone(capacities) }

// CapacityOf finds a capacity by its code; what is not in the table is treated
// as anybody who needs a written mandate, and false says so.
func CapacityOf(code string) (Capacity, bool) {
	for _, c := range capacities {
		if c.Code == code {
			return c, true
		}
	}
	for _, c := range capacities {
		if c.Code == "other" {
			return c, false
		}
	}
	return Capacity{}, false
}

// Represented reports whether a request comes from somebody who asks for another.
func Represented(s request.Sender) bool { return s.For != "" || s.Capacity != "" }

// Fault names the field of an accepted mandate that the table does not allow:
// evidence, scope, reply or age; "" when it may be accepted. on is the day of
// receipt, birth the person's date of birth, "" when unknown.
func (c Capacity) Fault(m request.Mandate, birth, on request.Day) string {
	switch {
	case !slices.Contains(c.Evidence, m.Evidence):
		return "evidence"
	case !slices.Contains(c.Scopes, Scope(m.Scope)):
		return "scope"
	case !slices.Contains(c.Replies, m.Reply):
		return "reply"
	case m.Reply != ReplySubject && Scope(m.Scope) == NoData:
		return "reply" // an answer holds data
	case c.AdultAt > 0 && m.Evidence != "written-mandate" && birth != "" && Age(birth, on) >= c.AdultAt:
		return "age"
	case m.Until != "" && m.Until < on:
		return "until"
	}
	return ""
}

// Age is how many years somebody born on birth has lived on a day; -1 when a
// date cannot be read.
func Age(birth, on request.Day) int {
	if len(birth) != len("2006-01-02") || len(on) != len("2006-01-02") {
		return -1
	}
	years := 0
	for i := range 4 {
		years = years*10 + int(on[i]) - int(birth[i])
	}
	if on[4:] < birth[4:] {
		years--
	}
	return years
}

// Receives reports whether the representative may have what is asked with a
// right. Of what is not of money, and of a file that holds all, somebody with
// a financial scope gets nothing: it goes to the person.
func Receives(m request.Mandate, on request.Day) bool {
	return m.Status == MandateAccepted && m.Reply != ReplySubject && Scope(m.Scope) == AllData && (m.Until == "" || m.Until >= on)
}

// The states of a mandate (request.Mandate.Status).
const (
	MandateAsked    = "asked"
	MandateAccepted = "accepted"
	MandateRefused  = "refused"
	// MandateLapsed: nothing was shown by the day on which the answer is due.
	MandateLapsed = "lapsed"
)
