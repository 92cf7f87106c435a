package intake

import "strings"

// spelled are the words that people misspell in these letters. A word of a
// mail that is one slip away from one of them is read as that word; two slips
// when it is long.
var spelled = strings.Fields(`
gegevens persoonsgegevens persoonlijke contactgegevens klantgegevens informatie dossier dossiernummer
verwijderen verwijder verwijderd verwijdering vernietigen vernietig wissen vergetelheid
inzage inzageverzoek inzagerecht toegang overzicht kopie afschrift
rectificatie rectificeren corrigeren corrigeer wijzigen wijziging aanpassen verbeteren
beperken beperking verwerking verwerken bezwaar overdragen overdraagbaarheid
nieuwsbrief nieuwsbrieven reclame marketing uitschrijven afmelden aanbiedingen
toestemming intrekken klacht rekening aanmaning incasso verkeerde onjuiste
geautomatiseerde besluitvorming profilering verordening gegevensbescherming
personal information database records delete deleted deletion remove erasure erase
access rectification correction restriction restrict processing objection portability
newsletter unsubscribe mailing consent withdraw permission complaint automated decision
`)

// never are words that exist and stand one slip away from one of spelled.
var never = wordSet(`gegeven geven egevens gegevene verbeterend wijzigend informatief verwerkend verwerker verwerkers verwerkt verwerkte verwerkten
rekeningen rekende bezwaard bezwaren bezwarend dossiers deleted deletes removed removes restricted restricts accessed
processes processed processor decisions consents consent complain complaints records recorded verwijderden verwijt verwijten
klachten klassen kopieen overzichten aanpast aanpassing informeren informatica reclames verbetering beperkt beperkte beperkten
intrekking afmelding uitschrijving vernieuwen vernieuw vernietigd verkeerd verkeerden onjuist onjuistheid wijziging wijzigingen
perfection direction election corrections mailings rejection rejections excess success objections section selection protection
projection correct corrected rekenen reken relation persoonlijk persoonlijker withdrawn withdraws withdrew overdracht
overgedragen permissions admission verwachting verwachten verwerpen versterking verordeningen werking werken merken wisten wisselen wensen
missen winsten vissen informational wiens verwijder verwijderd misse wist erasmus connection connections collection collections collecting directions correctie correcties phase newsletters mailing mails toegangs dossiernummers`)

var spelledSet = wordSet(strings.Join(spelled, " "))

func wordSet(s string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(s) {
		set[w] = true
	}
	return set
}

// spell returns the word that w was meant to be, or w.
func spell(w string) string {
	if len(w) < 6 || len(w) > 24 || never[w] || spelledSet[w] || !isWord(w) || known(w) {
		return w
	}
	for _, target := range spelled {
		if len(target) < 6 || target[0] != w[0] {
			continue
		}
		allowed := 1
		if len(target) >= 11 {
			allowed = 2
		}
		if d := len(target) - len(w); d > allowed || -d > allowed {
			continue
		}
		if slips(w, target) <= allowed {
			return target
		}
	}
	return w
}

// known reports whether the lexicon has the word as it is.
func known(w string) bool {
	ix := lexiconIndex()
	if len(ix.words[w]) > 0 {
		return true
	}
	for _, e := range ix.stems[w[:3]] {
		if e.parts[0].matches(w) {
			return true
		}
	}
	return false
}

func isWord(w string) bool {
	for i := range len(w) {
		if w[i] < 'a' || w[i] > 'z' {
			return false
		}
	}
	return true
}

// slips counts the letters wrong, missing, added or swapped between a and b.
func slips(a, b string) int {
	var rows [3][26]int
	two, one, now := rows[0][:], rows[1][:], rows[2][:]
	for j := range len(b) + 1 {
		one[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			now[j] = min(one[j]+1, now[j-1]+1, one[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], two[j-2]+1)
			}
		}
		two, one, now = one, now, two
	}
	return one[len(b)]
}
