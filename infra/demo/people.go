package demo

import (
	"fmt"

	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Person is somebody with a fixed part in the demonstration.
type Person struct {
	Name      string
	Email     string
	Phone     string // E.164
	Birth     request.Day
	Address   string // street and number
	Postcode  string
	City      string
	IBAN      string
	Customer  string // our number, "" for a debtor or a reader only
	Invoices  []string
	Files     []File
	Language  request.Language
	Lookalike string // an address that only resembles Email: the impostor's
}

// File is a collection file of a person.
type File struct {
	Number string
	Client string // client's id
	Debtor string // the client's number for this person
	Closed request.Day
}

// The people of the cases (a) to (g).
var (
	// NewsletterReader wants no more news (a).
	NewsletterReader = Person{Name: "Mees van Dongen", Email: "mees.vandongen@voorbeeld.example", Language: request.Dutch}

	// ClientContact works for a client and asks for her data in English (b).
	ClientContact = Person{
		Name: "Charlotte Whitmore", Email: "charlotte.whitmore@northquay.example", Phone: "+31612340001", Birth: "1984-03-17",
		Address: "Haringvliet 41", Postcode: "3011TE", City: "Rotterdam", IBAN: "NL02ABNA0123456789",
		Customer: "K-1001", Invoices: []string{"F-2024-0011", "F-2025-0012", "F-2026-0013"}, Language: request.English,
	}

	// DebtorOfTwo has a file with two clients (c).
	DebtorOfTwo = Person{
		Name: "Sanne de Groot", Email: "sanne.degroot@voorbeeld.example", Phone: "+31612340002", Birth: "1991-07-08",
		Address: "Jacob Marisstraat 12", Postcode: "1058HZ", City: "Amsterdam", IBAN: "NL20INGB0001234567", Language: request.Dutch,
		Files: []File{{Number: "D-2026-00123", Client: "bakker", Debtor: "B-30441"}, {Number: "D-2026-00388", Client: "telstar", Debtor: "T-77120"}},
	}

	// FormerClient ended the work together and wants to be forgotten (d).
	FormerClient = Person{
		Name: "Hendrik Postma", Email: "h.postma@postmahoutbouw.example", Phone: "+31612340003", Birth: "1962-11-02",
		Address: "Lange Leemstraat 7", Postcode: "8911BC", City: "Leeuwarden", IBAN: "NL91RABO0315273637",
		Customer: "K-1002", Invoices: []string{"F-2017-0101", "F-2020-0102", "F-2023-0103", "F-2025-0104"}, Language: request.Dutch,
	}

	// Victim is who the impostor pretends to be, with every fact right but the mailbox (e).
	Victim = Person{
		Name: "Fatima El Amrani", Email: "f.elamrani@amranitolken.example", Phone: "+31612340004", Birth: "1978-01-29",
		Address: "Westerkade 88", Postcode: "3511HB", City: "Utrecht", IBAN: "NL44TRIO0123456789",
		Customer: "K-1003", Invoices: []string{"F-2025-0201"}, Language: request.Dutch, Lookalike: "f.elamrani@amrani-tolken.example",
	}

	// DebtorAndReader has a file and reads the newsletter, with one address (f).
	DebtorAndReader = Person{
		Name: "Tom Verhoeven", Email: "tom.verhoeven@voorbeeld.example", Phone: "+31612340005", Birth: "1988-05-21",
		Address: "Kleine Berg 30", Postcode: "5611JV", City: "Eindhoven", IBAN: "NL13SNSB0912345678", Language: request.Dutch,
		Files: []File{{Number: "D-2026-00217", Client: "zorgnet", Debtor: "Z-10552"}},
	}
)

// People lists the people of the cases.
func People() []Person {
	return []Person{NewsletterReader, ClientContact, DebtorOfTwo, FormerClient, Victim, DebtorAndReader}
}

// Clients are the three companies for which files are collected.
func Clients() []register.Client {
	return []register.Client{
		{ID: "bakker", Name: "Bakker Bouwmaterialen B.V.", ContactName: "Ilse Bakker", Email: "privacy@bakkerbouw.example", Language: request.Dutch,
			SubjectContact: "privacy@bakkerbouw.example, Postbus 100, 3500 AA Utrecht", DebtorRole: "processor", InItsName: "yes",
			DeputyName: "Ruben Smit", DeputyEmail: "administratie@bakkerbouw.example"},
		{ID: "telstar", Name: "Telstar Mobile B.V.", ContactName: "Omar Haddad", Email: "privacy@telstar-mobile.example", Language: request.English,
			SubjectContact: "privacy@telstar-mobile.example, Postbus 200, 1000 AB Amsterdam", DebtorRole: "processor", InItsName: "yes"},
		{ID: "zorgnet", Name: "Zorgnet Apotheken U.A.", ContactName: "Marijke de Wit", Email: "privacy@zorgnet-apotheken.example", Language: request.Dutch,
			SubjectContact: "privacy@zorgnet-apotheken.example, Postbus 300, 5600 AC Eindhoven", DebtorRole: "processor"},
	}
}

func fmtDay(year, month, day int) request.Day {
	return request.Day(fmt.Sprintf("%04d-%02d-%02d", year, month, day))
}
