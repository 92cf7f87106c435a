package disclosure

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a Lambda has no time zones of its own

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
)

// words are the fixed texts of the package, by language.
type words map[string]inventory.Words

func (w words) in(l request.Language) func(string) string {
	return func(key string) string { return w[key].In(l) }
}

func two(nl, en string) inventory.Words {
	return inventory.Words{request.Dutch: nl, request.English: en}
}

var text = words{
	"title":       two("Uw gegevens bij All Claims", "Your data at All Claims"),
	"short":       two("In het kort", "In short"),
	"reference":   two("Kenmerk", "Reference"),
	"received":    two("Verzoek ontvangen op", "Request received on"),
	"snapshot":    two("Dit zijn uw gegevens zoals ze waren op", "These are your data as they were on"),
	"about":       two("Deze gegevens gaan over", "These data are about"),
	"none":        two("Wij hebben gezocht en vonden geen gegevens van u.", "We searched and found no data of yours."),
	"controller":  two("All Claims beslist wat er met deze gegevens gebeurt (de verwerkingsverantwoordelijke).", "All Claims decides what happens with these data (the controller)."),
	"processor":   two("Dit bedrijf beslist wat er met deze gegevens gebeurt (de verwerkingsverantwoordelijke). All Claims werkt in opdracht (de verwerker). Het bedrijf is:", "This company decides what happens with these data (the controller). All Claims works on its instructions (the processor). The company is:"),
	"statement":   two("Wat u volgens de wet moet weten", "What the law says you must know"),
	"contents":    two("Wat staat er in dit pakket?", "What is in this package?"),
	"record":      two("Nummer", "Number"),
	"of":          two("van", "of"),
	"empty":       two("leeg", "empty"),
	"yes":         two("ja", "yes"),
	"no":          two("nee", "no"),
	"nothing":     two("Hier vonden wij niets van u.", "We found nothing of yours here."),
	"left":        two("Wat hebben wij weggelaten?", "What did we leave out?"),
	"left-none":   two("Niets. U hebt alles wat wij vonden.", "Nothing. You have all that we found."),
	"times":       two("keer", "times"),
	"whole":       two("alles", "all of it"),
	"unknown":     two("een onbekend veld", "an unknown field"),
	"automated":   two("Besluiten door een computer", "Decisions by a computer"),
	"rights":      two("Wat kunt u nu doen?", "What can you do now?"),
	"ap":          two("Bent u het niet eens met dit antwoord? Laat het ons weten. U kunt ook een klacht sturen naar de Autoriteit Persoonsgegevens (AP): autoriteitpersoonsgegevens.nl. Of u kunt naar de rechter gaan. Doe dat binnen zes weken nadat u dit antwoord kreeg (artikel 35 UAVG).", "Do you disagree with this answer? Tell us. You can also send a complaint to the Dutch Data Protection Authority (Autoriteit Persoonsgegevens, AP): autoriteitpersoonsgegevens.nl. Or you can go to court. Do that within six weeks after you received this answer (Art. 35 UAVG)."),
	"contact":     two("U bereikt ons via", "You can reach us at"),
	"files":       two("Bestanden in dit pakket", "Files in this package"),
	"file":        two("Bestand", "File"),
	"size":        two("Grootte", "Size"),
	"searched":    two("Waar hebben wij gezocht?", "Where did we search?"),
	"by":          two("Wij zochten met deze gegevens van u:", "We searched by these data of yours:"),
	"hop":         two("Bij %s vonden wij: %s. Daarmee zochten wij verder bij: %s.", "In %s we found: %s. With that we went on to search in: %s."),
	"hop-left":    two("Bij %s stond ook: %s. Dat kan van iemand anders zijn. Daarmee zochten wij niet verder.", "In %s there was also: %s. That may be somebody else's. We did not go on with it."),
	"hop-number":  two("Daar staat niet van wie iets is, alleen bij welk nummer het hoort: %s.", "It is not written there whose a record is, only to which number it belongs: %s."),
	"system":      two("Plek", "Place"),
	"found":       two("Gevonden", "Found"),
	"back":        two("Terug naar het overzicht", "Back to the overview"),
	"previous":    two("Vorige deel", "Previous part"),
	"next":        two("Volgende deel", "Next part"),
	"split":       two("Dit deel is groot. Daarom staat het in een eigen bestand:", "This part is large. So it is in a file of its own:"),
	"attachment":  two("Bijlage", "Attachment"),
	"why":         two("Waarom", "Why"),
	"what":        two("Wat", "What"),
	"count":       two("Aantal", "Number"),
	"machine":     two("Voor een computer", "For a computer"),
	"time":        two("uur, Nederlandse tijd", "Dutch time"),
	"portability": two("Dit pakket kunt u meenemen naar een ander. Een computer kan data.json lezen; schema.json legt uit wat erin staat. Er zit in wat u ons zelf gaf, of wat wij zagen toen u ons gebruikte. Het gaat alleen om wat wij bewaren met uw toestemming of voor een overeenkomst (artikel 20 AVG). Dit verzoek wist niets.", "You can take this package to somebody else. A computer can read data.json; schema.json explains what is in it. It holds what you gave us yourself, or what we saw when you used our services. It is only about what we keep with your consent or for a contract (Art. 20 GDPR). This request erases nothing."),
}

// readme is README.txt, in both languages whatever the request's.
const readme = `ALL CLAIMS - %[1]s

NEDERLANDS
Begin met index.html. Open het met een dubbele klik: het werkt zonder internet.
Op een telefoon: pak eerst het zip-bestand uit.

  index.html      alles om te lezen
  data/           dezelfde gegevens voor een computer (JSON en CSV)
  bijlagen/       opnamen en brieven
  manifest.json   waar wij zochten, wat wij vonden, wat wij weglieten en waarom
  controle.txt    een controlegetal (SHA-256) van elk bestand

Begint een cel in een CSV-bestand met een enkel aanhalingsteken (')? Dat hebben
wij erbij gezet, zodat een rekenprogramma de cel niet uitvoert. In de
JSON-bestanden staat alles precies zoals wij het hebben.
Wat er niet in zit, en waarom, leest u in index.html.
Vragen? %[2]s

ENGLISH
Start with index.html. Open it with a double click: it works without internet.
On a phone: unpack the zip file first.

  index.html      everything, to read
  data/           the same data for a computer (JSON and CSV)
  bijlagen/       recordings and letters
  manifest.json   where we searched, what we found, what we left out and why
  controle.txt    a checksum (SHA-256) of every file

Does a cell of a CSV file start with a single quote (')? We put it there, so
that a spreadsheet does not run the cell. The JSON files hold everything exactly
as we have it.
What is not in it, and why, stands in index.html.
Questions? %[2]s
`

var months = map[request.Language][]string{
	request.Dutch:   {"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"},
	request.English: {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

var amsterdam = func() *time.Location {
	l, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		panic(err) // tzdata is built in
	}
	return l
}()

// longDate writes a date in full (W-18).
func longDate(t time.Time, l request.Language) string {
	names, ok := months[l]
	if !ok {
		names = months[request.Dutch]
	}
	y, m, d := t.Date()
	return strconv.Itoa(d) + " " + names[m-1] + " " + strconv.Itoa(y)
}

// bytesText writes a size for people.
func bytesText(n int64, l request.Language) string {
	var s string
	switch {
	case n >= 1<<20:
		s = fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		s = fmt.Sprintf("%.1f kB", float64(n)/(1<<10))
	default:
		return fmt.Sprintf("%d B", n)
	}
	if l != request.English {
		s = strings.ReplaceAll(s, ".", ",")
	}
	return s
}
