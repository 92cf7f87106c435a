package letters

import "github.com/allclaims/rightsdesk/shared/request"

// Kind is a letter of the closed list T-01 … T-31 (law.md §7) or a notice:
// N-01 code, N-02 warning to the channel on file, N-03 to staff, N-04 client's
// sign-in, N-05 digest of ordinary mail.
type Kind string

// Order is everything a letter says, as raw values: dates as YYYY-MM-DD
// (Amsterdam), instants as RFC 3339 UTC, rights as their codes. It is what the
// outbox stores; Render turns it into words, so an order says the same however
// often it is rendered. It never holds a secret: a code is given to Render
// apart, at the moment of sending.
type Order struct {
	Kind     Kind             `json:"kind"`
	Language request.Language `json:"language"`
	// Outcome is granted, partial or refused where the kind has outcomes.
	Outcome string `json:"outcome,omitempty"`
	// Rights are the rights that this letter is about.
	Rights []request.Right `json:"rights,omitempty"`
	// Values fill the placeholders of the kind, by name.
	Values map[string]string `json:"values,omitempty"`
	// Lists fill the placeholders that are lists, one string an item.
	Lists map[string][]string `json:"lists,omitempty"`
	// Flags switch the optional rows of the kind on.
	Flags map[string]bool `json:"flags,omitempty"`
	// Kept names what stays after an erasure, with its ground and end (E-2, E-5).
	Kept []Kept `json:"kept,omitempty"`
	// Changes are what a rectification changed (T-12).
	Changes []Change `json:"changes,omitempty"`
	// Refusals are the parts that are not granted, each with its ground (T-20).
	Refusals []RefusedPart `json:"refusals,omitempty"`
	// Recipients are those who had the data from us, and what they were told (T-23).
	Recipients []Recipient `json:"recipients,omitempty"`
	// Also holds the answers to further legs of the same request: one letter,
	// one heading a leg (W-9).
	Also []Order `json:"also,omitempty"`
}

// Kept is one part that is not erased.
type Kept struct {
	// What is the kept part in words of the letter's language.
	What string `json:"what"`
	// Until is the last day, YYYY-MM-DD.
	Until string `json:"until"`
	// Ground is the code of the keep-ground: tax, file, claims or consent.
	Ground string `json:"ground"`
	// Why is the concrete reason written by a person (claims only).
	Why string `json:"why,omitempty"`
}

// Change is one field that was corrected. A letter shows no full account
// number and no BSN: longer numbers are masked when it is rendered.
type Change struct {
	// Field is what the field is called, in words of the letter's language.
	Field string `json:"field"`
	// Old and New are what stood there and what stands there now; empty Old is
	// an addition, empty New a removal, both empty names the field alone.
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
}

// RefusedPart is one part of a request that is not granted.
type RefusedPart struct {
	// What is the part in words of the letter's language.
	What string `json:"what"`
	// Ground is a code of package grounds.
	Ground string `json:"ground"`
}

// Recipient is a company that had the data from us (Art. 19, R-14).
type Recipient struct {
	Name string `json:"name"`
	// Status is notified, impossible, disproportionate or pending; received, in
	// a list on request, for one that has the data and nothing to be told.
	Status string `json:"status"`
	// On is the day of the notice, or by which it goes out (pending), or from
	// which the company has the data (received); YYYY-MM-DD.
	On string `json:"on,omitempty"`
	// Why is the reason why it could not be told (impossible, disproportionate).
	Why string `json:"why,omitempty"`
}

// House is how All Claims presents itself in every letter; it comes from
// settings. An empty field leaves its words out.
type House struct {
	LegalName, Address, Email, Phone string
	// Pages, full addresses without any secret (W-27).
	PrivacyPage, FormPage, StatusPage, ProofPage, PackagePage, ClientPage, DeskPage string
	// DPOLine and LawyerLine are whole sentences by language, empty until the owner has them.
	DPOLine, LawyerLine map[request.Language]string
	// CodeMinutes and BackupDays are the periods the letters name.
	CodeMinutes, BackupDays, HelpDays int
}

// Mail is a rendered letter: the words, ready for the one MIME encoder.
type Mail struct {
	Subject, Text, HTML string
	// Template names the template, its version and language, as T-13@1/nl (D-4);
	// those of a combined letter are joined by a plus.
	Template string
	// Rows are the row ids that the letter carries, in order (T13-kept, …).
	Rows []string
	// Blocks are the block ids with their versions, as BLK-AP.decision@1 (D-4).
	Blocks []string
}
