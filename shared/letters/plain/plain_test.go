package plain

import (
	"math"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/request"
)

// With the English constants a Dutch text
// would score about 12 points too low.
func TestFormulasHaveTheirOwnConstants(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ got, want float64 }{
		"Douma":  {Douma(100, 10, 150), 82.04},
		"Flesch": {Flesch(100, 10, 150), 69.785},
		"Grade":  {Grade(100, 10, 150), 6.01},
	} {
		if math.Abs(c.got-c.want) > 1e-9 {
			t.Errorf("%s(100, 10, 150) = %v, want %v", name, c.got, c.want)
		}
	}
}

func TestSyllables(t *testing.T) {
	t.Parallel()
	for lang, words := range map[request.Language]map[string]int{
		request.Dutch: {
			"nationaal": 3, "ideeën": 3, "geautomatiseerd": 6, "website": 2, "verzoek": 2, "gegevens": 3, "wij": 1, "één": 1,
			"AVG": 3, "e-mailadres": 4, "back-up": 2, "bureau": 2, "nieuws": 1, "mooi": 1, "royaal": 2, "5": 2, "35": 3,
			"100": 5, "2026": 6, "team": 1, "zzp'er": 1, "sneeuw": 1, "bewaren": 3, "cookies": 2, "kopieën": 3,
		},
		request.English: {
			"made": 1, "agree": 2, "table": 2, "asked": 1, "needed": 2, "called": 1, "settled": 2, "codes": 1, "uses": 2,
			"articles": 3, "period": 3, "medium": 3, "nation": 2, "the": 1, "you": 1, "data": 2, "request": 2, "GDPR": 4,
			"erase": 2, "erased": 2, "company": 3, "decision": 3, "previous": 3,
		},
	} {
		for w, want := range words {
			if got := Syllables(lang, w); got != want {
				t.Errorf("Syllables(%s, %q) = %d, want %d", lang, w, got, want)
			}
		}
	}
}

func TestSentencesAndWords(t *testing.T) {
	t.Parallel()
	text := "# Kop zonder punt\n- Ga naar https://privacy.allclaims.example/code. Of mail info@allclaims.nl.\nBel 010 000 00 00 en noem R-7Q2M-K9TD.\nDe code werkt tot 10.30 uur (artikel 5.1 Bki)."
	s := Measure(request.Dutch, text)
	// Kop zonder punt | Ga naar | Of mail | Bel en noem | De code werkt tot 1030 uur artikel 51 Bki
	if s.Sentences != 5 || s.Words != 19 || s.Longest != 9 {
		t.Errorf("got %d sentences, %d words, longest %d (%q); want 5, 19, 9", s.Sentences, s.Words, s.Longest, s.LongestSentence)
	}
	if got := Sentences("See (Arts. 11 and 12 GDPR). All Claims B.V. answers."); len(got) != 2 {
		t.Errorf("an abbreviation ended a sentence: %q", got)
	}
	if empty := Measure(request.Dutch, " \n"); empty != (Score{}) {
		t.Errorf("an empty text scores %+v", empty)
	}
}

func TestAgainstNamesEachLimit(t *testing.T) {
	t.Parallel()
	hard := strings.Repeat("verwerkingsverantwoordelijke ", 25) + "."
	var all string
	for _, f := range Measure(request.Dutch, hard).Against(LimitsFor(request.Dutch, People)) {
		all += f.Why + "\n"
	}
	for _, want := range []string{"reading ease", "average", "25 words is over 20", "more than 15 words"} {
		if !strings.Contains(all, want) {
			t.Errorf("no finding says %q:\n%s", want, all)
		}
	}
	if f := Measure(request.English, "You can see your data. Go to the page.").Against(LimitsFor(request.English, People)); len(f) > 0 {
		t.Errorf("an easy text breaks limits: %v", f)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		lang request.Language
		text string
		o    Options
		want string // rule, empty for none
	}{
		{"plain text", request.Dutch, "Wij wissen uw gegevens uiterlijk op dinsdag 7 april 2026.", Options{}, ""},
		{"legal word", request.Dutch, "Wij verstrekken dit.", Options{}, "plain word"},
		{"inflection", request.Dutch, "Dit is geanonimiseerd.", Options{}, "plain word"},
		{"inflection in English", request.English, "We notified the others.", Options{}, "plain word"},
		{"legal word to a client", request.Dutch, "De betrokkene vraagt inzage.", Options{Reader: Business}, ""},
		{"term in brackets", request.Dutch, "U kunt uw gegevens bekijken (inzage).", Options{}, ""},
		{"term outside brackets", request.Dutch, "U vraagt inzage.", Options{}, "plain word"},
		{"part of a longer word", request.Dutch, "Dit is de mogelijkheid van de derdenrekening.", Options{}, ""},
		{"explained", request.Dutch, "Dat is onze opdrachtgever: het bedrijf waarvoor wij werken.", Options{}, ""},
		{"not explained", request.Dutch, "Dat is onze opdrachtgever.", Options{}, "W-22"},
		{"pressure", request.Dutch, "Dit is uw laatste kans.", Options{}, "never"},
		{"over-promise", request.English, "This is 100% safe.", Options{}, "never"},
		{"pressure to a client", request.English, "We reserve the right to wait.", Options{Reader: Business}, "never"},
		{"digits", request.Dutch, "Uiterlijk 07-04-2026.", Options{}, "W-18"},
		{"ISO date", request.English, "By 2026-04-07.", Options{}, "W-18"},
		{"loose days", request.Dutch, "Antwoord binnen 14 dagen.", Options{}, "W-18"},
		{"before alone", request.English, "Answer before Tuesday 7 April.", Options{}, "W-18a"},
		{"time", request.Dutch, "Het werkt tot 10.30 uur.", Options{}, ""},
		{"contraction", request.English, "We don't know.", Options{}, "W-13"},
		{"possessive", request.English, "That is the company's answer.", Options{}, ""},
		{"informal", request.Dutch, "Dat kun je zien.", Options{}, "W-13"},
		{"two denials", request.Dutch, "Het is niet zo dat dit niet kan.", Options{}, "W-17"},
		{"row of examples", request.Dutch, "Nooit: niet bellen, niet mailen en niet appen.", Options{}, ""},
		{"abbreviation", request.Dutch, "Dit is i.v.m. uw verzoek.", Options{}, "W-15"},
		{"wisten", request.Dutch, "Vorige week wisten wij het.", Options{}, "W-15"},
		{"exclamation", request.Dutch, "Let op!", Options{}, "W-16"},
		{"capitals", request.English, "This is NOT so.", Options{}, "W-16"},
		{"a name", request.English, "This is from KPN.", Options{Names: []string{"KPN"}}, ""},
		{"left over", request.Dutch, "Beste {name},", Options{}, "left over"},
		{"neutral", request.Dutch, "Wij zagen uw dossier.", Options{Neutral: true}, "R-24"},
		{"value", request.Dutch, "Sam kocht iets.", Options{Never: []string{"sam"}}, "R-24"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := Check(c.lang, c.text, c.o)
			switch {
			case c.want == "" && len(got) > 0:
				t.Errorf("found %v", got)
			case c.want != "" && (len(got) != 1 || got[0].Rule != c.want || got[0].Advice):
				t.Errorf("found %v, want one under %s", got, c.want)
			}
		})
	}
}

func TestCheckAdvisesOnTermTwice(t *testing.T) {
	t.Parallel()
	got := Check(request.Dutch, "Bekijken (inzage). Nog eens (inzage).", Options{})
	if len(got) != 1 || !got[0].Advice {
		t.Errorf("got %v, want one advice", got)
	}
}

func TestArticles(t *testing.T) {
	t.Parallel()
	if got := Articles("Zie (artikelen 11 en 12 AVG) and (Art. 5(1) GDPR), een artikel in de krant"); len(got) != 2 {
		t.Errorf("Articles = %q, want two", got)
	}
}

func TestWordListsAreWhole(t *testing.T) {
	t.Parallel()
	for lang, least := range map[request.Language]int{request.Dutch: 120, request.English: 70} {
		if n := len(entries[lang]); n < least {
			t.Errorf("%s has %d words, want at least %d", lang, n, least)
		}
	}
}
