package plain

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Score is what the formulas of docs/WORDS.md say about a text.
type Score struct {
	Words, Sentences, Syllables int
	// Average is the words a sentence, Longest the words of the longest one,
	// which LongestSentence quotes.
	Average         float64
	Longest         int
	LongestSentence string
	// Over15 is the share of sentences of more than 15 words, 0 to 1.
	Over15 float64
	// Ease is Flesch–Douma for Dutch and Flesch Reading Ease for English.
	Ease float64
	// Grade is the Flesch–Kincaid grade, English only.
	Grade float64
}

// Douma is Flesch–Douma, for Dutch, of words w, sentences z and syllables l. It
// has constants of its own: with those of Flesch a Dutch text scores about 12
// points too low.
func Douma(w, z, l int) float64 {
	return 206.84 - 0.93*ratio(w, z) - 77*ratio(l, w)
}

// Flesch is Flesch Reading Ease (1948), for English.
func Flesch(w, z, l int) float64 {
	return 206.835 - 1.015*ratio(w, z) - 84.6*ratio(l, w)
}

// Grade is the Flesch–Kincaid school grade (1975), for English.
func Grade(w, z, l int) float64 {
	return 0.39*ratio(w, z) + 11.8*ratio(l, w) - 15.59
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// Measure scores a text of which each line is a paragraph, a heading or a list
// item: a line end ends a sentence, so the text must not be wrapped. Leave out
// subject, salutation, closing and lines of facts.
func Measure(lang request.Language, text string) Score {
	var s Score
	long := 0
	for _, sentence := range Sentences(text) {
		words := wordsOf(sentence)
		if len(words) == 0 {
			continue
		}
		s.Sentences++
		s.Words += len(words)
		for _, w := range words {
			s.Syllables += Syllables(lang, w)
		}
		if len(words) > 15 {
			long++
		}
		if len(words) > s.Longest {
			s.Longest, s.LongestSentence = len(words), sentence
		}
	}
	s.Average = ratio(s.Words, s.Sentences)
	s.Over15 = ratio(long, s.Sentences)
	if s.Words == 0 {
		return s
	}
	if lang == request.English {
		s.Ease, s.Grade = Flesch(s.Words, s.Sentences, s.Syllables), Grade(s.Words, s.Sentences, s.Syllables)
	} else {
		s.Ease = Douma(s.Words, s.Sentences, s.Syllables)
	}
	return s
}

var (
	// neither word nor syllable: addresses, references, telephone numbers.
	address   = regexp.MustCompile(`https?://[^\s]*[^\s.,;:!?)]|[\w.+-]+@[\w-]+(\.[\w-]+)+|\b[a-z0-9-]+(\.[a-z0-9-]+)*\.(nl|com|eu|org|example)\b(/\S*[^\s.,;:!?)])?`)
	reference = regexp.MustCompile(`\bR-[0-9A-Z]{4}-[0-9A-Z]{4}\b`)
	phone     = regexp.MustCompile(`\+?\b0\d{1,3}(?:[ \x{a0}-]?\d{2,}){2,}\b`)

	// a point inside these is no end of a sentence.
	abbreviation = regexp.MustCompile(`\b(Arts?|B\.V|N\.V)\.`)
	pointInside  = regexp.MustCompile(`(\d)\.(\d)`)
	wordShape    = regexp.MustCompile(`[\p{L}\d]+(?:[-'’][\p{L}\d]+)*`)
)

// strip removes what is not measured.
func strip(text string) string {
	for _, re := range []*regexp.Regexp{address, reference, phone} {
		text = re.ReplaceAllString(text, "")
	}
	return text
}

// Sentences splits a text at points, question and exclamation marks and line ends.
func Sentences(text string) []string {
	var out []string
	for _, l := range strings.Split(text, "\n") {
		l = strip(strings.TrimPrefix(strings.TrimSpace(l), "- "))
		l = abbreviation.ReplaceAllStringFunc(l, func(s string) string { return strings.ReplaceAll(s, ".", "") })
		l = pointInside.ReplaceAllString(l, "$1·$2")
		for _, s := range strings.FieldsFunc(l, func(r rune) bool { return r == '.' || r == '?' || r == '!' }) {
			if s = strings.TrimSpace(s); wordShape.MatchString(s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// wordsOf lists the words of a sentence; 10.30 or 5.1 is one number.
func wordsOf(sentence string) []string {
	return wordShape.FindAllString(strings.ReplaceAll(sentence, "·", ""), -1)
}

// Limits are those of docs/WORDS.md.
type Limits struct {
	Ease, Grade, Average, Over15 float64
	Longest                      int
}

// Reader says for whom a text is.
type Reader int

// The readers: people at level B1, and clients, recipients and staff.
const (
	People Reader = iota
	Business
)

// LimitsFor gives the hard limits; zero means that there is none.
func LimitsFor(lang request.Language, r Reader) Limits {
	if r == Business {
		return Limits{Ease: 45, Average: 15, Longest: 28}
	}
	l := Limits{Ease: 65, Average: 11, Longest: 20, Over15: 0.10}
	if lang == request.English {
		l.Grade = 7
	}
	return l
}

// Against lists the limits that the score breaks.
func (s Score) Against(l Limits) []Finding {
	var out []Finding
	add := func(format string, args ...any) {
		out = append(out, Finding{Rule: ruleMeasure, Why: fmt.Sprintf(format, args...)})
	}
	if s.Ease < l.Ease {
		add("reading ease %.1f is under %.0f", s.Ease, l.Ease)
	}
	if l.Grade > 0 && s.Grade > l.Grade {
		add("grade %.1f is over %.0f", s.Grade, l.Grade)
	}
	if l.Average > 0 && s.Average > l.Average {
		add("an average of %.1f words a sentence is over %.0f", s.Average, l.Average)
	}
	if l.Longest > 0 && s.Longest > l.Longest {
		add("a sentence of %d words is over %d: %s", s.Longest, l.Longest, s.LongestSentence)
	}
	if l.Over15 > 0 && s.Over15 > l.Over15 {
		add("%.0f%% of the sentences have more than 15 words, over %.0f%%", 100*s.Over15, 100*l.Over15)
	}
	return out
}
