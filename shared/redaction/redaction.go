// Package redaction finds other people's data in a free text, so that an
// officer who screens a note sees at once which names, numbers and
// addresses in it are not the subject's, and need not look for them one by one.
//
// It proposes and never decides. It knows Dutch and English, works by rules and
// lists of names on this machine, asks nobody, and reads a text in time that
// grows with its length. What it cannot know, docs/LIMITS.md says.
package redaction

import (
	"cmp"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Kind says what was found.
type Kind string

// The kinds.
const (
	Person    Kind = "person"    // the name of a person
	Email     Kind = "email"     // an e-mail address
	Phone     Kind = "phone"     // a telephone number; a company's free number is none
	Account   Kind = "account"   // an IBAN or an account number
	BSN       Kind = "bsn"       // a citizen service number
	Plate     Kind = "plate"     // a licence plate
	Address   Kind = "address"   // a street with its number, or a postcode
	Birthdate Kind = "birthdate" // a date that the text calls one of birth
)

// Kinds lists them.
var Kinds = []Kind{Person, Email, Phone, Account, BSN, Plate, Address, Birthdate}

// Confidence says how sure a find is.
type Confidence int

// The confidences. Likely is a find on one sign alone: a word with a capital
// after "met" may be a company.
const (
	Likely Confidence = 1
	Sure   Confidence = 2
)

// Span is one find: the bytes text[Start:End].
type Span struct {
	Start, End int
	Kind       Kind
	Confidence Confidence
}

// Known is what is the subject's own, or our own, and so is not found. Every
// value is as it stands in a system; spelling is compared loosely.
type Known struct {
	// Names are a person's or a company's: "J.P. van der Berg", "Berg, J.P. van der".
	Names  []string
	Emails []string
	Phones []string
	// Accounts are IBANs and old account numbers.
	Accounts []string
	Plates   []string
	// Addresses are streets with numbers, postcodes and towns, in any order.
	Addresses []string
	// Numbers are those of files, customers, invoices: no telephone numbers and no BSNs.
	Numbers []string
	// Birthdates are dates, year first or last.
	Birthdates []string
}

// Finder finds what is not the one person's whom it knows. It may be used by
// several at once.
type Finder struct{ own own }

// New makes a finder for texts about one person.
func New(known Known) *Finder { return &Finder{own: newOwn(known)} }

// Find lists what a text holds of other people, in order and without overlap.
// One person's finder is made once with New when there are many texts.
func Find(text string, known Known) []Span { return New(known).Find(text) }

// Find lists what a text holds of other people, in order and without overlap.
func (f *Finder) Find(text string) []Span { return f.find(text, lexicon()) }

func (f *Finder) find(text string, words map[string]class) []Span {
	r := reading{text: text, own: &f.own, words: words}
	r.tokens = tokenPool.get()
	defer func() { tokenPool.put(r.tokens) }()
	r.split()
	r.numbers()
	r.addresses()
	r.people()
	slices.SortFunc(r.found, func(a, b Span) int { return cmp.Compare(a.Start, b.Start) })
	return r.found
}

// Words are the texts of spans, each once, in the order in which they first stand.
func Words(text string, spans []Span) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range spans {
		if w := text[s.Start:s.End]; !seen[w] {
			seen[w] = true
			out = append(out, w)
		}
	}
	return out
}

// Sign stands in a text where words were left out.
func Sign(l request.Language) string {
	if l == request.English {
		return "[left out]"
	}
	return "[weggelaten]"
}

// Propose is the text with the sign of that language in the place of every
// span. The spans are as Find gives them.
func Propose(text string, spans []Span, l request.Language) string {
	var b strings.Builder
	b.Grow(len(text))
	at := 0
	for _, s := range spans {
		b.WriteString(text[at:s.Start])
		b.WriteString(Sign(l))
		at = s.End
	}
	b.WriteString(text[at:])
	return b.String()
}
