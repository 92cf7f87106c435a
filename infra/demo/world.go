package demo

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/memory"
)

// Content is everything in the systems: rows of tables and objects of
// buckets, by the id of the system.
type Content struct {
	Rows    map[string][]systems.Row
	Objects map[string]map[string][]byte
}

// How many people are invented beside those of the cases.
const (
	clientContacts = 90
	prospects      = 30
	intermediaries = 8
	otherContacts  = 20
	readers        = 80
	debtors        = 120
	weblogDays     = 30
)

// World is the demonstration in memory, for tests.
func World() *memory.World {
	w := memory.New(inventory.Default())
	c := Everything()
	for id, rows := range c.Rows {
		w.Memory(id).Put(rows...)
	}
	for id, objects := range c.Objects {
		for name, body := range objects {
			w.Memory(id).PutObject(name, body)
		}
	}
	return w
}

// Everything makes the content, the same every time.
func Everything() Content {
	b := &builder{
		Content: Content{Rows: map[string][]systems.Row{}, Objects: map[string]map[string][]byte{"recordings": {}, "weblog": {}}},
		rng:     rand.New(rand.NewPCG(2026, 11)),
	}
	b.cases()
	b.crowd()
	b.weblog()
	b.consents()
	return b.Content
}

// Markers are the personal values of the people of the cases, and the
// addresses, telephones and accounts of everybody: each so peculiar that it
// stands nowhere by chance. The marker test looks for them where they must not be.
func Markers() []string {
	var all []string
	for _, p := range People() {
		all = append(all, p.Name, p.Email, p.Lookalike, p.Phone, p.Address, p.IBAN, string(p.Birth))
	}
	all = append(all, secretNotes...)
	for _, rows := range Everything().Rows {
		for _, row := range rows {
			for _, column := range []string{"email", "phone", "iban", "unsubscribeKey"} {
				all = append(all, row.Text(column))
			}
		}
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(s string) bool { return s == "" })
}

// secretNotes stand in columns that a person must look at before they go out.
var secretNotes = []string{
	"Belde namens haar ook over collega Ruben Oosterling",
	"Buurvrouw mevrouw Dirkzwager nam de telefoon op",
}

type builder struct {
	Content
	rng     *rand.Rand
	visitor []string
}

func (b *builder) put(system string, row systems.Row) {
	for k, v := range row {
		if v == "" {
			delete(row, k)
		}
	}
	b.Rows[system] = append(b.Rows[system], row)
}

// cases puts in the people with a fixed part.
func (b *builder) cases() {
	b.reader(NewsletterReader, "2022-06-14T09:12:00Z")

	b.contact(ClientContact, "North Quay Traders", "2021-02-01", "", secretNotes[0])
	for i, f := range ClientContact.Invoices {
		b.invoice(ClientContact, f, fmt.Sprintf("202%d-0%d-15", 4+i, 3+i), 1250+i*75)
	}
	b.reader(ClientContact, "2023-01-10T12:00:00Z")
	b.recording("recordings/"+ClientContact.Customer, "2026-09-28", 440)
	b.recording("recordings/"+ClientContact.Customer, "2026-10-19", 523)

	b.contact(FormerClient, "Postma Houtbouw", "2016-05-01", "2025-08-31", "")
	for i, f := range FormerClient.Invoices {
		b.invoice(FormerClient, f, f[2:6]+"-06-30", 480+i*310)
	}
	b.reader(FormerClient, "2018-03-03T08:00:00Z")
	b.recording("recordings/"+FormerClient.Customer, "2026-08-31", 392)

	b.contact(Victim, "Amrani Tolken", "2019-09-01", "", "")
	b.invoice(Victim, Victim.Invoices[0], "2025-04-30", 640)

	b.file(DebtorOfTwo, DebtorOfTwo.Files[0], 312, "Bouwmaterialen, levering april", secretNotes[1])
	b.file(DebtorOfTwo, DebtorOfTwo.Files[1], 87, "Abonnement mobiele telefoon", "")
	b.recording("debtors/"+DebtorOfTwo.Files[0].Number, "2026-10-05", 349)
	b.file(DebtorAndReader, DebtorAndReader.Files[0], 147, "Apotheekrekening", "")
	b.reader(DebtorAndReader, "2024-11-05T18:30:00Z")

	b.visitor = []string{ClientContact.Email, FormerClient.Email, ClientContact.Email, NewsletterReader.Email}
}

// crowd puts in everybody else. Every twelfth shares a name with the one
// before, every fifteenth a mailbox, every tenth an address (A15).
func (b *builder) crowd() {
	var last Person
	person := func(i int, domain string) Person {
		p := b.invent(i, domain)
		if i%12 == 11 {
			p.Name = last.Name
		}
		if i%15 == 14 {
			p.Email = last.Email
		}
		if i%10 == 9 {
			p.Address, p.Postcode, p.City = last.Address, last.Postcode, last.City
		}
		last = p
		return p
	}
	for i := range clientContacts {
		p := person(i, "bedrijf.example")
		p.Customer = fmt.Sprintf("K-%d", 1101+i)
		ended := ""
		if i%6 == 5 {
			ended = fmt.Sprintf("2025-%02d-01", 1+i%12)
		}
		b.contact(p, b.pick(companies)+" "+b.pick(surnames), fmt.Sprintf("20%02d-%02d-01", 14+i%11, 1+i%12), ended, "")
		for n := range 1 + i%4 {
			year := 2019 + (i+n)%8
			b.invoice(p, fmt.Sprintf("F-%d-%04d", year, 1000+i*4+n), fmt.Sprintf("%d-%02d-28", year, 1+(i+n)%12), 100+b.rng.IntN(2000))
		}
		if i%5 == 0 {
			b.recording("recordings/"+p.Customer, fmt.Sprintf("2026-%02d-%02d", 8+i%3, 1+i%28), 300+float64(i))
		}
		if i%3 == 0 {
			b.visitor = append(b.visitor, p.Email)
		}
	}
	for i := range prospects {
		p := person(i+1, "ondernemer.example")
		b.put("relations", systems.Row{
			"customer": fmt.Sprintf("K-%d", 5001+i), "record": "prospect", "name": p.Name, "company": b.pick(companies) + " " + b.pick(surnames),
			"email": p.Email, "emailSince": "2026-0" + fmt.Sprint(1+i%9) + "-11", "phone": p.Phone, "postcode": p.Postcode,
			"question": "Wat kost het om tien rekeningen te laten innen?", "lastContact": "2026-0" + fmt.Sprint(1+i%9) + "-11", "marketing": i%2 == 0,
		})
	}
	for i := range intermediaries {
		p := person(i+2, "tussenpersoon.example")
		b.put("relations", systems.Row{
			"customer": fmt.Sprintf("K-%d", 7001+i), "record": "intermediary", "name": p.Name, "company": "Advies " + b.pick(surnames),
			"email": p.Email, "emailSince": "2020-01-15", "phone": p.Phone, "iban": p.IBAN, "since": "2020-01-15",
		})
	}
	for i := range otherContacts {
		p := person(i+3, "voorbeeld.example")
		b.put("relations", systems.Row{
			"customer": fmt.Sprintf("K-%d", 8001+i), "record": "other", "name": p.Name, "email": p.Email, "emailSince": "2026-05-05",
			"phone": p.Phone, "message": "Ik zoek de afdeling inkoop.", "answered": "2026-05-07",
		})
	}
	for i := range readers {
		p := b.invent(i+7, "lezer.example")
		b.reader(p, fmt.Sprintf("20%02d-%02d-%02dT10:00:00Z", 20+i%6, 1+i%12, 1+i%28))
	}
	clients := Clients()
	for i := range debtors {
		p := person(i+5, "thuis.example")
		c := clients[i%len(clients)]
		f := File{Number: fmt.Sprintf("D-%d-%05d", 2024+i%3, 1000+i), Client: c.ID, Debtor: fmt.Sprintf("%s-%05d", strings.ToUpper(c.ID[:1]), 50000+i)}
		if i%4 == 3 {
			f.Closed = fmtDay(2023+i%3, 1+i%12, 10)
		}
		b.file(p, f, 40+b.rng.IntN(900), "Rekening "+fmt.Sprint(2000+i), "")
		if i%9 == 0 {
			b.recording("debtors/"+f.Number, fmt.Sprintf("2026-09-%02d", 1+i%28), 250+float64(i))
		}
	}
}

func (b *builder) contact(p Person, company, since, ended, remarks string) {
	row := systems.Row{
		"customer": p.Customer, "record": "client", "name": p.Name, "company": company, "function": b.pick(functions),
		"birthDate": string(p.Birth), "email": p.Email, "emailSince": since, "phone": p.Phone, "phoneSince": since,
		"address": p.Address, "postcode": p.Postcode, "city": p.City, "addressSince": since, "iban": p.IBAN,
		"since": since, "marketing": true, "remarks": remarks,
	}
	if ended != "" {
		row["ended"] = ended
	}
	b.put("relations", row)
}

func (b *builder) invoice(p Person, number, date string, euros int) {
	b.put("invoices", systems.Row{
		"customer": p.Customer, "invoice": number, "date": date, "name": p.Name, "address": p.Address + ", " + p.Postcode + " " + p.City,
		"description": "Behandeling van incasso-opdrachten", "amount": json.Number(fmt.Sprint(euros)), "vat": json.Number(fmt.Sprint(float64(euros*21) / 100)),
		"paidOn": date, "iban": p.IBAN, "email": p.Email, "phone": p.Phone,
	})
}

func (b *builder) reader(p Person, subscribed string) {
	for _, row := range b.Rows["newsletter"] {
		if row.Text("email") == p.Email {
			return
		}
	}
	b.put("newsletter", systems.Row{
		"email": p.Email, "name": p.Name, "subscribedOn": subscribed, "consent": "Ja, stuur mij de nieuwsbrief van All Claims.",
		"interests": []any{b.pick(subjects), b.pick(subjects)}, "lastOpened": fmt.Sprintf("2026-10-%02dT07:30:00Z", 1+b.rng.IntN(28)),
		"unsubscribeKey": fmt.Sprintf("afmelden-%016x", b.rng.Uint64()),
	})
}

func (b *builder) file(p Person, f File, euros int, what, note string) {
	opened := fmt.Sprintf("%s-02-%02d", f.Number[2:6], 1+b.rng.IntN(28))
	common := func(record, kind string) systems.Row {
		row := systems.Row{"file": f.Number, "record": record, "type": kind, "client": f.Client}
		if f.Closed != "" {
			row["closed"] = string(f.Closed)
		}
		return row
	}
	row := common("file", "file")
	for k, v := range (systems.Row{
		"debtor": f.Debtor, "name": p.Name, "birthDate": string(p.Birth), "email": p.Email, "emailSince": opened,
		"phone": p.Phone, "phoneSince": opened, "address": p.Address, "postcode": p.Postcode, "city": p.City, "addressSince": opened,
		"claim": json.Number(fmt.Sprintf("%d.%d", euros, 1+b.rng.IntN(9))), "claimFor": what, "opened": opened,
	}) {
		row[k] = v
	}
	b.put("collection", row)
	n := common("note-0001", "note")
	n["at"], n["channel"], n["staff"], n["text"] = opened+"T13:05:00Z", "phone", "Medewerker "+fmt.Sprint(1+b.rng.IntN(9)), "Afgesproken om terug te bellen."
	if note != "" {
		n["text"] = note
	}
	b.put("collection", n)
	if euros%3 == 0 {
		pay := common("payment-0001", "payment")
		pay["date"], pay["amount"], pay["iban"] = opened, json.Number("25"), p.IBAN
		b.put("collection", pay)
	}
}

// weblog writes a file a day, with lines of people and of nobody known.
func (b *builder) weblog() {
	day := time.Date(2026, 10, 15, 6, 0, 0, 0, time.UTC)
	for d := range weblogDays {
		var lines strings.Builder
		at := day.AddDate(0, 0, d)
		for i := range 20 {
			at = at.Add(time.Duration(1+b.rng.IntN(30)) * time.Minute)
			line := map[string]any{"time": at.Format(time.RFC3339), "ip": fmt.Sprintf("192.0.2.%d", 1+b.rng.IntN(250)),
				"path": b.pick(paths), "agent": "Mozilla/5.0", "status": 200}
			if i%2 == 0 {
				line["email"] = b.visitor[(d*10+i/2)%len(b.visitor)]
			}
			raw, err := json.Marshal(line)
			if err != nil {
				panic(err) // a map of strings and numbers
			}
			lines.Write(append(raw, '\n'))
		}
		b.Objects["weblog"]["weblog/"+day.AddDate(0, 0, d).Format(time.DateOnly)+".jsonl"] = []byte(lines.String())
	}
}

// Consents is the part of the website's log of choices in which the reader's stands.
const Consents = "consents/2024.jsonl"

// consents writes the website's log of choices about cookies, a file a year:
// two people of the cases and visitors whom nobody knows.
func (b *builder) consents() {
	for year, choices := range map[string][]map[string]any{
		"2019": {
			{"given": "2019-11-04T10:12:31Z", "email": ClientContact.Email, "statistics": true, "advertising": true, "banner": "2019-05", "withdrawn": "2020-02-17"},
		},
		"2024": {
			{"given": "2024-05-02T19:20:11Z", "email": NewsletterReader.Email, "statistics": true, "advertising": true, "banner": "2024-01"},
			{"given": "2024-05-02T20:03:45Z", "statistics": false, "advertising": false, "banner": "2024-01"},
		},
		"2025": {
			{"given": "2025-09-01T07:45:02Z", "email": ClientContact.Email, "statistics": true, "advertising": false, "banner": "2025-06"},
			{"given": "2025-09-03T15:31:27Z", "statistics": true, "advertising": false, "banner": "2025-06"},
		},
	} {
		var lines strings.Builder
		for i, choice := range choices {
			choice["ip"], choice["agent"] = fmt.Sprintf("198.51.100.%d", 10+i), "Mozilla/5.0"
			raw, err := json.Marshal(choice)
			if err != nil {
				panic(err) // a map of strings and truth values
			}
			lines.Write(append(raw, '\n'))
		}
		b.Objects["weblog"]["consents/"+year+".jsonl"] = []byte(lines.String())
	}
}

// recording makes a quarter of a second of one tone: a WAV that plays.
func (b *builder) recording(folder, date string, hertz float64) {
	const rate, samples = 8000, 2000
	wav := make([]byte, 0, 44+samples)
	u32 := func(v uint32) { wav = binary.LittleEndian.AppendUint32(wav, v) }
	u16 := func(v uint16) { wav = binary.LittleEndian.AppendUint16(wav, v) }
	wav = append(wav, "RIFF"...)
	u32(36 + samples)
	wav = append(wav, "WAVEfmt "...)
	u32(16)
	u16(1) // PCM
	u16(1) // mono
	u32(rate)
	u32(rate)
	u16(1)
	u16(8)
	wav = append(wav, "data"...)
	u32(samples)
	for i := range samples {
		wav = append(wav, byte(128+60*math.Sin(2*math.Pi*hertz*float64(i)/rate)))
	}
	b.Objects["recordings"][folder+"/"+date+".wav"] = wav
}

// invent makes up a person; the address tells them apart.
func (b *builder) invent(i int, domain string) Person {
	first, last := b.pick(firstNames), b.pick(surnames)
	return Person{
		Name:     first + " " + last,
		Email:    fmt.Sprintf("%s.%s%d@%s", strings.ToLower(first), strings.ToLower(strings.ReplaceAll(last, " ", "")), 100+i, domain),
		Phone:    fmt.Sprintf("+316%08d", 20000000+b.rng.IntN(70000000)),
		Birth:    fmtDay(1950+b.rng.IntN(55), 1+b.rng.IntN(12), 1+b.rng.IntN(28)),
		Address:  fmt.Sprintf("%s %d", b.pick(streets), 1+b.rng.IntN(200)),
		Postcode: fmt.Sprintf("%d%c%c", 1000+b.rng.IntN(8999), 'A'+rune(b.rng.IntN(26)), 'A'+rune(b.rng.IntN(26))),
		City:     b.pick(cities),
		IBAN:     fmt.Sprintf("NL%02dTEST%010d", 10+b.rng.IntN(89), b.rng.IntN(1_000_000_000)),
	}
}

func (b *builder) pick(from []string) string { return from[b.rng.IntN(len(from))] }

var (
	firstNames = strings.Fields("Emma Daan Julia Sem Noor Lucas Lotte Finn Eva Bram Yasmin Ahmed Femke Thijs Maud Ruben Priya Kees Anouk Pieter Leyla Joris Wietske Gijs Marloes Said Hanna Koen Iris Willem")
	surnames   = []string{"Jansen", "de Vries", "Bakker", "van den Berg", "Visser", "Smit", "Meijer", "de Boer", "Mulder", "Bos", "Peters", "Yilmaz", "Hendriks", "Dekker", "Kaya", "van Dijk", "Postma", "Ramdin", "Brouwer", "van der Meer"}
	streets    = []string{"Dorpsstraat", "Kerklaan", "Molenweg", "Stationsplein", "Eikenlaan", "Havenkade", "Parallelweg", "Beatrixstraat", "Nieuwe Gracht", "Schoolstraat"}
	cities     = []string{"Utrecht", "Zwolle", "Breda", "Groningen", "Arnhem", "Haarlem", "Maastricht", "Delft"}
	companies  = []string{"Installatiebedrijf", "Tandartspraktijk", "Rijschool", "Drukkerij", "Hoveniersbedrijf", "Autobedrijf", "Kapsalon", "Sportcentrum"}
	functions  = []string{"eigenaar", "boekhouder", "debiteurenbeheerder", "directeur"}
	subjects   = []string{"wetgeving", "betalen", "ondernemen", "tips"}
	paths      = []string{"/", "/diensten", "/tarieven", "/contact", "/nieuws/incasso-en-de-wet", "/login"}
)
