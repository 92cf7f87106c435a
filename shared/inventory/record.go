package inventory

import (
	"cmp"
	_ "embed"
	"encoding/csv"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Record is the record of processing of Art. 30 in one language: of part 1 as
// controller (30(1)), of part 2 as processor for clients (30(2)).
type Record struct {
	Part     int
	Language request.Language
	Version  string
	Who      Controller
	// Clients are those for whom we process (30(2)(a)); nil in part 1, and where
	// the list of them is kept elsewhere.
	Clients    []Party
	Activities []Activity
}

// Activity is one entry of a record.
type Activity struct {
	Title string
	// Items are what the article asks for, in its order.
	Items []RecordItem
}

// RecordItem is one thing that is to be recorded.
type RecordItem struct {
	Key, Title, Article string
	Lines               []string
}

// Record makes the record of that part. Clients belong to part 2.
func (inv *Inventory) Record(part int, l request.Language, clients []Party) Record {
	r := Record{Part: part, Language: l, Version: inv.Version, Who: inv.Controller}
	role := request.Controller
	if part == 2 {
		role, r.Clients = request.Processor, clients
	}
	for _, p := range inv.Places() {
		if p.Holding.Role == role {
			r.Activities = append(r.Activities, Activity{Title: p.System.Name.In(l) + ": " + cmp.Or(p.Holding.Activity.In(l), p.Holding.Label.In(l)), Items: inv.recordItems(part, l, p)})
		}
	}
	r.Activities = append(r.Activities, inv.own(part, l))
	return r
}

// recordTitles are the columns of a record, and where the law asks for them.
var recordTitles = []struct {
	key     string
	article [2]string
	title   Words
}{
	{"purposes", [2]string{"30(1)(b)", "30(2)(b)"}, Words{request.Dutch: "Doelen", request.English: "Purposes"}},
	{"basis", [2]string{"6(1)", "6(1)"}, Words{request.Dutch: "Grondslag", request.English: "Legal basis"}},
	{"subjects", [2]string{"30(1)(c)", ""}, Words{request.Dutch: "Van wie", request.English: "Whose data"}},
	{"categories", [2]string{"30(1)(c)", "30(2)(b)"}, Words{request.Dutch: "Soorten gegevens", request.English: "Kinds of data"}},
	{"source", [2]string{"14(2)(f)", ""}, Words{request.Dutch: "Bron", request.English: "Source"}},
	{"recipients", [2]string{"30(1)(d)", "30(2)(b)"}, Words{request.Dutch: "Ontvangers", request.English: "Recipients"}},
	{"processors", [2]string{"28", "28(2)"}, Words{request.Dutch: "Verwerkers", request.English: "Processors"}},
	{"transfers", [2]string{"30(1)(e)", "30(2)(c)"}, Words{request.Dutch: "Landen buiten de Europese Unie", request.English: "Countries outside the European Union"}},
	{"retention", [2]string{"30(1)(f)", ""}, Words{request.Dutch: "Bewaartermijn", request.English: "Time limit"}},
	{"security", [2]string{"30(1)(g)", "30(2)(d)"}, Words{request.Dutch: "Beveiliging", request.English: "Security"}},
}

func items(part int, l request.Language, answer func(key string) []string) []RecordItem {
	var all []RecordItem
	for _, t := range recordTitles {
		lines := slices.DeleteFunc(answer(t.key), func(s string) bool { return s == "" })
		all = append(all, RecordItem{Key: t.key, Title: t.title.In(l), Article: t.article[part-1], Lines: lines})
	}
	return all
}

func (inv *Inventory) recordItems(part int, l request.Language, p Place) []RecordItem {
	h := p.Holding
	return items(part, l, func(key string) []string {
		switch key {
		case "basis":
			if w, ok := recordBases[h.Basis]; ok {
				return []string{w.In(l)}
			}
			return []string{inv.Bases[h.Basis].In(l)}
		case "subjects":
			if h.Subjects != nil {
				return []string{h.Subjects.In(l)}
			}
			var who []string
			for _, r := range append([]request.Relation{h.Relation}, h.Also...) {
				who = append(who, subjects[r].In(l))
			}
			return who
		case "recipients", "processors":
			ids := slices.Clone(h.Recipients)
			if p.System.Processor != "" && !slices.Contains(ids, p.System.Processor) {
				ids = append(ids, p.System.Processor)
			}
			var who []string
			for _, id := range ids {
				if r := inv.Recipients[id]; (r.Kind == "processor") == (key == "processors") {
					who = append(who, r.describe(l))
				}
			}
			return who
		case "transfers":
			return append([]string{h.Transfers.In(l)}, inv.outside(l, p)...)
		case "retention":
			r := inv.Retention[h.Retention]
			return []string{r.Text.In(l), r.Source.In(l)}
		case "security":
			return []string{inv.security(l)}
		case "purposes":
			return []string{h.Purposes.In(l)}
		}
		return inv.answer(key, l, p)
	})
}

// describe is a recipient with its country and, outside the EEA, what makes the transfer lawful.
func (r Recipient) describe(l request.Language) string {
	s := fmt.Sprintf("%s (%s)", r.Name, r.Country)
	if r.Safeguard != nil {
		s += ": " + r.Safeguard.In(l)
	}
	return s
}

// outside are the recipients in a third country (30(1)(e)).
func (inv *Inventory) outside(l request.Language, p Place) []string {
	var all []string
	for _, id := range inv.RecipientsOf([]Place{p}) {
		if r := inv.Recipients[id]; !Inside(r.Country) {
			all = append(all, r.describe(l))
		}
	}
	return all
}

func (inv *Inventory) security(l request.Language) string {
	return cmp.Or(inv.Security.In(l), standardSecurity.In(l))
}

var standardSecurity = Words{
	request.Dutch:   "De technische en organisatorische maatregelen staan in docs/SECURITY.md van het verzoekenloket.",
	request.English: "The technical and organisational measures stand in docs/SECURITY.md of the rights desk.",
}

// recordBases are the legal bases as a record names them; those of the
// inventory speak to the person.
var recordBases = map[string]Words{
	"consent":             {request.Dutch: "Toestemming (artikel 6 lid 1 onder a AVG)", request.English: "Consent (Art. 6(1)(a) GDPR)"},
	"contract":            {request.Dutch: "Overeenkomst (artikel 6 lid 1 onder b AVG)", request.English: "Contract (Art. 6(1)(b) GDPR)"},
	"legal-obligation":    {request.Dutch: "Wettelijke plicht (artikel 6 lid 1 onder c AVG)", request.English: "Legal obligation (Art. 6(1)(c) GDPR)"},
	"legitimate-interest": {request.Dutch: "Gerechtvaardigd belang (artikel 6 lid 1 onder f AVG)", request.English: "Legitimate interest (Art. 6(1)(f) GDPR)"},
}

// subjects are the categories of people by relation (30(1)(c)).
var subjects = map[request.Relation]Words{
	request.Debtor:         {request.Dutch: "Mensen die een rekening moeten betalen", request.English: "People who have a bill to pay"},
	request.Client:         {request.Dutch: "Opdrachtgevers en hun contactpersonen", request.English: "Clients and their contact persons"},
	request.Prospect:       {request.Dutch: "Mensen die om een offerte vroegen", request.English: "People who asked for a quotation"},
	request.WebsiteVisitor: {request.Dutch: "Bezoekers van de website", request.English: "Visitors of the website"},
	request.Newsletter:     {request.Dutch: "Lezers van de nieuwsbrief", request.English: "Readers of the newsletter"},
	request.Intermediary:   {request.Dutch: "Tussenpersonen", request.English: "Intermediaries"},
	request.OtherContact:   {request.Dutch: "Anderen die contact met ons hadden", request.English: "Others who were in contact with us"},
}

// own is the handling of requests itself, which belongs in the record too (D-5).
func (inv *Inventory) own(part int, l request.Language) Activity {
	say := func(nl, en string) string { return Words{request.Dutch: nl, request.English: en}.In(l) }
	a := Activity{Title: say("Verzoekenloket: verzoeken over persoonsgegevens", "Rights desk: requests about personal data")}
	purpose := say("Verzoeken van mensen over hun gegevens ontvangen, beantwoorden en uitvoeren, en kunnen laten zien dat dat gebeurde.", "To receive, answer and carry out requests of people about their data, and to be able to show that.")
	if part == 2 {
		purpose = say("Verzoeken van mensen doorgeven aan de opdrachtgever, en uitvoeren wat die daarover beslist.", "To pass requests of people on to the client, and to carry out what it decides.")
	}
	a.Items = items(part, l, func(key string) []string {
		switch key {
		case "purposes":
			return []string{purpose}
		case "basis":
			return []string{say("De wet verplicht het ons (artikel 12 tot en met 22 en artikel 5 lid 2 AVG)", "The law obliges us (Art. 12 to 22 and 5(2) GDPR)")}
		case "subjects":
			return []string{say("Mensen die een verzoek doen, en wie dat namens hen doet", "People who make a request, and who does so for them")}
		case "categories":
			return []string{say("Naam, adres en e-mailadres", "Name, address and e-mail address"), say("Het verzoek en de brieven erover", "The request and the letters about it"), say("Hoe is aangetoond wie iemand is", "How somebody proved who they are"),
				say("Versleutelde kenmerken van wie geen reclame wil of gewist is", "Encrypted marks of who wants no advertising or was erased")}
		case "source":
			return []string{say("Van uzelf of van wie namens u schrijft", "From the person, or from who writes for them")}
		case "processors":
			return []string{"Amazon Web Services EMEA SARL (LU)"}
		case "transfers":
			return []string{say("Geen. De gegevens blijven in de Europese Unie.", "None. The data stay in the European Union.")}
		case "retention":
			return []string{say("Het verloop en de beslissing 5 jaar na afloop; brieven die binnenkwamen 2 jaar; kopieën van gegevens 30 dagen; wie geen reclame wil zolang er reclame is.", "The course and the decision 5 years after the end; letters that came in 2 years; copies of data 30 days; who wants no advertising as long as there is any."),
				say("artikel 5 lid 2 en 24 AVG, artikel 3:310 BW; eigen besluit", "Art. 5(2) and 24 GDPR, Art. 3:310 Dutch Civil Code; our own decision")}
		case "security":
			return []string{inv.security(l)}
		}
		return nil
	})
	return a
}

// recordWords are the fixed words of a record.
var recordWords = map[string]Words{
	"title1":         {request.Dutch: "Register van verwerkingen (artikel 30 lid 1 AVG)", request.English: "Record of processing (Art. 30(1) GDPR)"},
	"title2":         {request.Dutch: "Register van verwerkingen voor opdrachtgevers (artikel 30 lid 2 AVG)", request.English: "Record of processing for clients (Art. 30(2) GDPR)"},
	"version":        {request.Dutch: "Versie", request.English: "Version"},
	"activity":       {request.Dutch: "Verwerking", request.English: "Processing"},
	"who1":           {request.Dutch: "Verwerkingsverantwoordelijke", request.English: "Controller"},
	"who2":           {request.Dutch: "Verwerker", request.English: "Processor"},
	"joint":          {request.Dutch: "Samen verantwoordelijk met", request.English: "Joint controllers"},
	"representative": {request.Dutch: "Vertegenwoordiger in de Europese Unie", request.English: "Representative in the European Union"},
	"dpo":            {request.Dutch: "Functionaris gegevensbescherming", request.English: "Data protection officer"},
	"client":         {request.Dutch: "Opdrachtgever", request.English: "Client"},
	"clients":        {request.Dutch: "Opdrachtgevers", request.English: "Clients"},
	"none":           {request.Dutch: "Geen", request.English: "None"},
	"elsewhere":      {request.Dutch: "De lijst van opdrachtgevers staat in het loket.", request.English: "The list of clients is kept at the desk."},
	"you":            {request.Dutch: "Dit zijn de teksten die mensen ook in hun kopie lezen: \"u\" is de persoon van wie de gegevens zijn.", request.English: "These are the texts that people read in their copy too: \"you\" is the person whose data it is."},
	"contents":       {request.Dutch: "Verwerkingen", request.English: "Processing activities"},
}

// Say gives a fixed word of a record in its language.
func (r Record) Say(key string) string {
	if w, ok := recordWords[fmt.Sprintf("%s%d", key, r.Part)]; ok {
		return w.In(r.Language)
	}
	return recordWords[key].In(r.Language)
}

// String is a party on one line.
func (p Party) String() string {
	return strings.Join(slices.DeleteFunc([]string{p.Name, p.Address, p.Email, p.Phone}, func(s string) bool { return s == "" }), ", ")
}

// Heads are who stands at the head of a record, with what they are.
func (r Record) Heads() []RecordItem {
	heads := []RecordItem{{Title: r.Say("who"), Article: []string{"30(1)(a)", "30(2)(a)"}[r.Part-1], Lines: []string{r.Who.Party.String()}}}
	if r.Part == 1 {
		var joint []string
		for _, p := range r.Who.Joint {
			joint = append(joint, p.String())
		}
		heads = append(heads, RecordItem{Title: r.Say("joint"), Article: "26", Lines: joint})
	}
	for _, x := range []struct {
		key, article string
		p            Party
	}{{"representative", "27", r.Who.Representative}, {"dpo", "37", r.Who.DPO}} {
		var lines []string
		if x.p.Name != "" {
			lines = []string{x.p.String()}
		}
		heads = append(heads, RecordItem{Title: r.Say(x.key), Article: x.article, Lines: lines})
	}
	if r.Part == 2 {
		lines := []string{r.Say("elsewhere")}
		if len(r.Clients) > 0 {
			lines = nil
			for _, p := range r.Clients {
				lines = append(lines, p.String())
			}
		}
		heads = append(heads, RecordItem{Title: r.Say("clients"), Article: "30(2)(a)", Lines: lines})
	}
	return heads
}

// CSV writes a record as a table that Excel opens as it is where the list
// separator is a semicolon, as in the Netherlands: one line per activity, in
// part 2 per client and activity.
func (r Record) CSV(w io.Writer) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return fmt.Errorf("write the record: %w", err)
	}
	out := csv.NewWriter(w)
	out.Comma, out.UseCRLF = ';', true
	heads := r.Heads()
	var title, fixed []string
	clients := []string{""}
	for _, h := range heads {
		if h.Title == r.Say("clients") {
			title, clients = append(title, r.Say("client")), h.Lines
			continue
		}
		title, fixed = append(title, h.Title), append(fixed, strings.Join(h.Lines, "; "))
	}
	title = append(title, r.Say("activity"))
	for _, t := range recordTitles {
		title = append(title, t.title.In(r.Language))
	}
	lines := [][]string{append(title, r.Say("version"))}
	for _, client := range clients {
		for _, a := range r.Activities {
			line := slices.Clone(fixed)
			if r.Part == 2 {
				line = append(line, client)
			}
			line = append(line, a.Title)
			for _, it := range a.Items {
				line = append(line, strings.Join(it.Lines, "; "))
			}
			lines = append(lines, append(line, r.Version))
		}
	}
	for _, line := range lines {
		for i, cell := range line {
			line[i] = harmless(cell)
		}
		if err := out.Write(line); err != nil {
			return fmt.Errorf("write the record: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the record: %w", err)
	}
	return nil
}

// harmless puts a single quote before what a spreadsheet could run (A40).
func harmless(cell string) string {
	if t := strings.TrimLeft(cell, " \u00a0\u3000"); t != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(t)[0]) {
		return "'" + cell
	}
	return cell
}

//go:embed record.html
var recordHTML string

var recordPage = template.Must(template.New("record").Parse(recordHTML))

// HTML writes a record as one page that needs nothing beside it.
func (r Record) HTML(w io.Writer) error {
	if err := recordPage.Execute(w, r); err != nil {
		return fmt.Errorf("write the record: %w", err)
	}
	return nil
}
