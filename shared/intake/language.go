package intake

import (
	"strings"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Function words say in which language somebody writes; names of laws and
// things do not. Words that two languages share are left out or stand in both.
var functionWords = map[string]map[string]bool{
	"nl": wordSet(`de het een en van ik je u jullie mijn mij niet geen dat die dit deze op te zijn met voor aan er om ook als bij uit door over naar wat welke hoe hebben heeft heb wil wilt kunt kan kunnen graag maar nog wel al meer uw jouw we wij ons onze zo dus omdat toen worden wordt werd is hij zij ze hun hen hem haar waar waarom wie alle alles iets niets nooit altijd hierbij geachte beste groet groeten verzoek gegevens stop hiermee stuur ben bent was waren moet moeten mag mogen zal zullen zou gelieve svp aub hallo goedemiddag goedemorgen goedendag dank bedankt uitschrijven afmelden nieuwsbrief inzage verwijder verwijderen wissen rekening brief klacht bijgaand bijlage vraag zie klopt wis schrijf meld ga weg laat gooi nieuwe factuur mvg hoi gr dag ontvangen persoonsgegevens beroep grond artikel toestemming bezwaar adres vriendelijke heer mevrouw`),
	"en": wordSet(`the a an and of i you your my me not no that this these on to are with for at there by from about what which how have has had want would could can please but still more our us we so because were been being is it its he she they their them him her where why who all everything nothing never always hereby dear regards request data stop sending send am was must should may will shall hello hi thanks thank unsubscribe newsletter delete remove access copy bill letter complaint attached question see if do does did don't any every just get it's i'm out off hold file received information sincerely under right kind best sir madam`),
	"de": wordSet(`der die das und von ich sie ihre meine mir nicht kein dass dieser auf zu sind mit fur bei aus durch uber nach welche wie haben hat bitte aber noch uns wir ist er werden wird mich ihnen daten loschen auskunft geehrte damen herren grussen einen eine sehr hiermit personenbezogenen gespeichert`),
	"fr": wordSet(`le la les et de des du je vous votre mes mon ma ne pas que qui ce cette sur avec pour aux par est sont nous bonjour madame monsieur merci donnees veuillez une dans demande supprimer toutes acces cordialement conformement personnelles`),
	"es": wordSet(`el los las y yo usted su mis mi no que este esta sobre con para por es son nosotros hola senor senora gracias datos favor una solicito eliminar todos acceso saludos personales`),
	"pl": wordSet(`i w na z do nie jest sie prosze moje moich dane danych osobowych o usuniecie oraz ze pan pani dzien dobry dziekuje`),
	"tr": wordSet(`ve bir bu icin ben benim beni kisisel verilerimi silin lutfen merhaba tesekkurler sayin ile hakkinda`),
}

// detect tells Dutch from English by the majority of function words in the new
// words, and whether it was really one of the two. Dutch is the default.
func detect(subject, text string) (request.Language, bool) {
	count := func(s string) map[string]int {
		n := map[string]int{}
		for _, w := range wordPattern.FindAllString(normalise(bounded(s, 16<<10)), -1) {
			w = strings.Trim(w, "'.")
			for language, words := range functionWords {
				if words[w] {
					n[language]++
				}
			}
		}
		return n
	}
	n := count(text)
	if n["nl"]+n["en"] < 4 || n["nl"] == n["en"] {
		for language, k := range count(subject) {
			n[language] += k
		}
	}
	language, best := request.Dutch, n["nl"]
	if n["en"] > best {
		language, best = request.English, n["en"]
	}
	for other, k := range n {
		if other != "nl" && other != "en" && k > best+1 && k >= 3 {
			return request.Dutch, false
		}
	}
	if best == 0 && foreignScript(text) {
		return request.Dutch, false
	}
	return language, true
}

// foreignScript reports whether most letters are of no Latin alphabet.
func foreignScript(s string) bool {
	latin, other := 0, 0
	for _, r := range normalise(bounded(s, 8<<10)) {
		switch {
		case 'a' <= r && r <= 'z':
			latin++
		case r > 0x24F:
			other++
		}
	}
	return other > latin && other > 5
}
