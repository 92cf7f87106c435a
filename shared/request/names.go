package request

// Right is one thing a person may ask under the GDPR (law.md §1). The values
// are the field's English terms; they travel in forms, state and the ledger.
type Right string

// The rights, in the order of law.md §1 (R-1 … R-12).
const (
	Access             Right = "access"              // R-1, Art. 15
	Portability        Right = "portability"         // R-2, Art. 20
	Rectification      Right = "rectification"       // R-3, Art. 16
	Erasure            Right = "erasure"             // R-4, Art. 17
	Restriction        Right = "restriction"         // R-5, Art. 18
	Objection          Right = "objection"           // R-6, Art. 21(1)
	MarketingObjection Right = "marketing-objection" // R-7, Art. 21(2)
	ConsentWithdrawal  Right = "consent-withdrawal"  // R-8, Art. 7(3)
	EmailWithdrawal    Right = "email-withdrawal"    // R-9, Art. 7(3)
	AutomatedDecision  Right = "automated-decision"  // R-10, Art. 22
	Complaint          Right = "complaint"           // R-11, Art. 77
	Question           Right = "question"
)

// Rights lists every right in the order of law.md §1.
var Rights = []Right{
	Access, Portability, Rectification, Erasure, Restriction, Objection,
	MarketingObjection, ConsentWithdrawal, EmailWithdrawal, AutomatedDecision,
	Complaint, Question,
}

// Valid reports whether r is one of Rights.
func (r Right) Valid() bool {
	for _, known := range Rights {
		if r == known {
			return true
		}
	}
	return false
}

// Stops reports whether r only makes us stop something: done
// the same day, without proof, without a decision; it suppresses and never
// deletes (I-3 level L0).
func (r Right) Stops() bool {
	return r == MarketingObjection || r == ConsentWithdrawal || r == EmailWithdrawal
}

// Discloses reports whether answering r hands out personal data.
func (r Right) Discloses() bool { return r == Access || r == Portability }

// Target is within how many working days after receipt we mean to answer r where
// All Claims decides (C-13, R-12) [P]: sooner than the law, so no day of it is
// ever missed by much. 0 = none but the law's.
func (r Right) Target() int {
	switch r {
	case MarketingObjection, ConsentWithdrawal, EmailWithdrawal:
		return 1
	case Rectification, Restriction, Question:
		return 5
	case Access, Erasure, Objection:
		return 15
	}
	return 0
}

// Relation says how the person knows All Claims; it decides who is responsible.
type Relation string

// The relations of.
const (
	Debtor         Relation = "debtor"
	Client         Relation = "client"
	Prospect       Relation = "prospect"
	WebsiteVisitor Relation = "website_visitor"
	Newsletter     Relation = "newsletter"
	Intermediary   Relation = "intermediary"
	OtherContact   Relation = "other_contact"
	Unknown        Relation = "unknown"
)

// Relations lists every relation in the order of.
var Relations = []Relation{Debtor, Client, Prospect, WebsiteVisitor, Newsletter, Intermediary, OtherContact, Unknown}

// Valid reports whether r is one of Relations.
func (r Relation) Valid() bool {
	for _, known := range Relations {
		if r == known {
			return true
		}
	}
	return false
}

// Language is the language of the request and so of every answer to it.
type Language string

// The two languages of the desk; Dutch is the default (law.md §7).
const (
	Dutch   Language = "nl"
	English Language = "en"
)

// Channel is the way a request reached us.
type Channel string

// The channels of.
const (
	Web     Channel = "web"
	Email   Channel = "email"
	Phone   Channel = "phone"
	Post    Channel = "letter"
	Counter Channel = "counter"
	Social  Channel = "social"
	API     Channel = "api" // a client handed it over by machine (decision 21)
)
