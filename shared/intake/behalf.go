package intake

import "strings"

// Somebody who asks for another says so (I-6). What is found here is a claim
// and a clue for an officer: a message with one is never sure, and no data go
// to its writer before the authority was looked at. The capacities are those of
// identity.Capacities.

// notBehalf are words that look like it and are not: people who speak for
// themselves, who have somebody, or who mean a direct debit.
var notBehalf = express(`(?i)\b(?:namens (?:mijzelf|mezelf|mij\b|mijn eigen|all ?claims|uw)|on my own behalf|on behalf of myself|(?:mijn|my) own (?:lawyer|attorney)|machtiging (?:tot|voor) (?:automatische )?incasso|incassomachtiging|namens wie|namens wat)`)

// behalf are the capacities in the order in which they are tried: the more
// special before the more general.
var behalf = []struct {
	capacity string
	words    *expression
}{
	{"insolvency", express(`(?i)\b(?:(?:ik ben|wij zijn|als|in (?:mijn|onze|de) hoedanigheid van)(?: de)? (?:curator in het faillissement|wsnp-? ?bewindvoerder|faillissementscurator)|(?:as|i am)(?: the)? (?:bankruptcy trustee|insolvency administrator|liquidator|trustee in bankruptcy))\b`)},
	{"heir", express(`(?i)\b(?:(?:ik ben|wij zijn|als|namens de)(?: de| een| enige?)? (?:erfgena(?:am|men)|executeur(?: testamentair)?|nabestaanden?)\b|(?:mijn|onze) (?:overleden|wijlen) (?:man|vrouw|echtgeno(?:ot|te)|partner|moeder|vader|ouders?|zoon|dochter|broer|zus|oma|opa|tante|oom)|(?:wijlen|nalatenschap van) (?:mijn|onze)|(?:as|i am|we are)(?: the| an?)? (?:heirs?|executor|next of kin)\b|(?:my|our) (?:late|deceased) (?:husband|wife|partner|mother|father|parents?|son|daughter|brother|sister|grandmother|grandfather))`)},
	{"administrator", express(`(?i)\b(?:ik ben|wij zijn|als|in (?:mijn|onze|de) hoedanigheid van)(?: de| haar| zijn| uw| benoemd| door de rechter benoemd)* (?:beschermings)?bewindvoerder\b`)},
	{"curator", express(`(?i)\b(?:(?:ik ben|als|in (?:mijn|de) hoedanigheid van)(?: de| haar| zijn)? curator (?:van|over)\b|(?:as|i am)(?: the| her| his)? (?:legal guardian|court-appointed guardian) (?:of|for) (?:an adult|mr|mrs|ms)\b)`)},
	{"mentor", express(`(?i)\b(?:ik ben|als|in (?:mijn|de) hoedanigheid van)(?: de| haar| zijn)? mentor (?:van|over)\b`)},
	{"debt-counsellor", express(`(?i)\b(?:(?:ik ben|wij zijn|als)(?: de| een| haar| zijn)? (?:schuldhulpverlener|schuldhulpverlening|budgetcoach|schuldbemiddelaar)|schuldhulpverlening van de gemeente|(?:as|i am)(?: the| a| her| his)? (?:debt coun?sel+or|debt adviser|debt advisor))\b`)},
	{"lawyer", express(`(?i)\b(?:(?:namens|voor) (?:mijn|onze) cli[eë]nte?s?\b|mijn cli[eë]nte? (?:verzoekt|vraagt|wenst|wil)|(?:ik ben|ik treed op als|als)(?: de| haar| zijn)? (?:advocaat|raadsman|raadsvrouw) van\b|on behalf of (?:my|our) client|(?:my|our) client (?:asks|requests|wishes|wants)|(?:i|we) (?:act|am acting|are acting) (?:for|on behalf of) (?:my|our) client|instructed by (?:my|our) client)`)},
	{"parent", express(`(?i)\b(?:(?:namens|voor) (?:mijn|onze) (?:minderjarige )?(?:zoon|zoontje|dochter|dochtertje|kind|kinderen)\b|als (?:ouder|voogd|wettelijk vertegenwoordiger) van\b|(?:on|in) behalf of (?:my|our) (?:minor )?(?:son|daughter|child|children)\b|as (?:the )?(?:parent|guardian) of\b)`)},
	{"portal", express(`(?i)\b(?:as (?:the |an )?authori[sz]ed agent|on behalf of (?:our|the|this) (?:users?|customers?|data subjects?|individuals?|consumers?)|namens (?:onze|de) gebruikers?)\b`)},
	{"family", express(`(?i)\b(?:(?:namens|in naam van) (?:mijn|onze) (?:moeder|vader|ouders|man|vrouw|echtgeno(?:ot|te)|partner|vriendin?|broer|zus(?:je|ter)?|oma|opa|tante|oom|buurman|buurvrouw|schoon(?:moeder|vader))|(?:on|in) behalf of (?:my|our) (?:mother|father|parents|mum|mom|dad|husband|wife|partner|friend|brother|sister|grandmother|grandfather|aunt|uncle|neighbou?r))\b`)},
	{"other", express(`(?i)\b(?:namens (?:de heer|mevrouw|dhr|mevr|mw|meneer)\b|(?:ik|wij) (?:ben|zijn) (?:door \S+ \S* ?)?gemachtigd (?:om|door)|(?:als|ik ben) gemachtigde van|(?:volmacht|machtiging) (?:is |heb ik |vindt u |treft u )?(?:bijgevoegd|bijgesloten|in de bijlage|als bijlage)|(?:bijgaand|bijgevoegd|hierbij)[^.\n]{0,30}(?:volmacht|machtiging)|(?:on|in) behalf of (?:mr|mrs|ms|miss)\b|(?:on|in) (?:her|his|their) behalf|(?:hold|have|attached|enclosed)[^.\n]{0,20}power of attorney|power of attorney (?:is )?(?:attached|enclosed))`)},
}

// behalfName finds the person after the words: "namens mijn cliënt, de heer T. Bouazza".
var behalfName = express(`(?:(?i:namens|in naam van|on behalf of|in behalf of|advocaat van|raadsman van|bewindvoerder van|bewindvoerder over|curator van|curator over|mentor van|gemachtigde van|voogd van|ouder van|guardian of|parent of|power of attorney for|erfgenaam van|executeur van|nalatenschap van|for my client|cli[eë]nte?|client))(?:,| is)?(?: (?i:mijn|onze|my|our|wijlen))?(?: (?i:cli[eë]nte?|client|minderjarige|minor|overleden|late))?(?: (?i:moeder|vader|man|vrouw|echtgenoot|echtgenote|partner|vriend|vriendin|broer|zus|zoon|dochter|kind|oma|opa|mother|father|husband|wife|friend|brother|sister|son|daughter|child))?,?(?: (?i:de heer|mevrouw|meneer|dhr\.?|mevr\.?|mw\.?|mr\.?|mrs\.?|ms\.?|miss)| de (?i:heer))? ?((?:\p{Lu}[\p{L}'’-]+|(?:\p{Lu}\.)+|\p{Lu}\b)(?: (?:(?:\p{Lu}[\p{L}'’-]+|(?:\p{Lu}\.)+|\p{Lu}\b)|van|de|der|den|von|ter|ten|el|al|'t)){0,4})`)

// findBehalf reads for whom somebody asks: the capacity, "" when they ask for
// themselves, and the person's name where it stands beside those words.
func findBehalf(text string) (capacity, name string) {
	text = notBehalf.ReplaceAllString(text, " ")
	for _, b := range behalf {
		if b.words.MatchString(text) {
			capacity = b.capacity
			break
		}
	}
	if capacity == "" {
		return "", ""
	}
	if m := behalfName.FindStringSubmatch(text); m != nil {
		name = tidyName(strings.TrimSuffix(m[1], "."))
	}
	return capacity, name
}
