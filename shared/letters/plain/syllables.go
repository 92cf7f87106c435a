package plain

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Syllables counts the syllables of one word, at least one.
// A number counts by its digits, a run of two to five capitals by its letters.
func Syllables(lang request.Language, word string) int {
	n := 0
	for _, part := range strings.Split(word, "-") {
		if part != "" {
			n += syllables(lang, part)
		}
	}
	return max(1, n)
}

func syllables(lang request.Language, part string) int {
	runes := []rune(part)
	digits, capitals := 0, 0
	for _, r := range runes {
		if unicode.IsDigit(r) {
			digits++
		}
		if unicode.IsUpper(r) {
			capitals++
		}
	}
	switch {
	case digits == len(runes):
		// One digit 2, two 3, three 5, four 6: 1.5 a digit.
		return []int{0, 2, 3, 5, 6}[min(digits, 4)]
	case capitals == len(runes) && len(runes) >= 2 && len(runes) <= 5:
		return len(runes)
	}
	if lang == request.English {
		return english(strings.ToLower(part))
	}
	return dutch(strings.ToLower(part))
}

// loans are words that Dutch took from English and says the English way.
var loans = map[string]int{
	"website": 2, "websites": 2, "online": 2, "download": 2, "downloads": 2, "service": 2, "cookies": 2, "code": 2,
	"codes": 2, "team": 1,
}

var (
	trema      = strings.NewReplacer("ä", "|a", "ë", "|e", "ï", "|i", "ö", "|o", "ü", "|u")
	dutchGroup = regexp.MustCompile(`aai|ooi|oei|eeu|ieu|eau|aa|ee|oo|uu|ie|oe|eu|ui|ei|ij|au|ou|ai|oi|[aeiou]|y`)
)

func dutch(w string) int {
	w = norm.NFC.String(w)
	if n, ok := loans[w]; ok {
		return n
	}
	w = trema.Replace(w)
	w = bare(w)
	w = strings.ReplaceAll(w, "tion", "tjon")
	w = strings.ReplaceAll(w, "geau", "ge|au")
	n := 0
	for _, at := range dutchGroup.FindAllStringIndex(w, -1) {
		if w[at[0]:at[1]] == "y" && (at[0] > 0 && isVowel(w[at[0]-1]) || at[1] < len(w) && isVowel(w[at[1]])) {
			continue // beside a vowel, as in "royaal", it makes no syllable of its own
		}
		n++
	}
	return max(1, n)
}

func isVowel(b byte) bool { return strings.IndexByte("aeiou", b) >= 0 }

// bare takes the accents off a letter: één, ideeën.
func bare(w string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(w))
}

var (
	englishGroup = regexp.MustCompile(`[aeiouy]+`)
	// i and o of "period", e and o of "video", i and u of "medium"; not "tion".
	englishSplit = regexp.MustCompile(`(^|[^tscg])(ia|io)|eo|iu`)
	consonantL   = regexp.MustCompile(`[^aeiouy]le$`)
	silentEd     = regexp.MustCompile(`([^td]|^)ed$`)
	soundedEd    = regexp.MustCompile(`[^aeiouyl]led$`)
	silentEs     = regexp.MustCompile(`[^sxzcg]es$`)
	hissingEs    = regexp.MustCompile(`(ch|sh|[^aeiouyl]l)es$`)
)

func english(w string) int {
	w = strings.ReplaceAll(bare(w), "’", "'")
	n := len(englishGroup.FindAllString(w, -1))
	switch {
	case strings.HasSuffix(w, "e") && !consonantL.MatchString(w) && endsLone(w, 1):
		n--
	case silentEd.MatchString(w) && !soundedEd.MatchString(w) && endsLone(w, 2):
		n--
	case silentEs.MatchString(w) && !hissingEs.MatchString(w) && endsLone(w, 2):
		n--
	}
	n += len(englishSplit.FindAllString(w, -1))
	return max(1, n)
}

// endsLone reports whether the vowel that far from the end is a group of its
// own: the e of "made", not that of "agree".
func endsLone(w string, fromEnd int) bool {
	i := len(w) - fromEnd
	return i > 0 && strings.IndexByte("aeiouy", w[i-1]) < 0
}
