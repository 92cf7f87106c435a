package portal

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/allclaims/rightsdesk/shared/identity"
	b1 "github.com/allclaims/rightsdesk/shared/letters/plain"
	"github.com/allclaims/rightsdesk/shared/request"
)

// The words of the public pages keep the limits that the letters keep:
// how long, how hard, and none of the words that we do not write.
func TestWordsArePlain(t *testing.T) {
	for _, lang := range []request.Language{request.Dutch, request.English} {
		t.Run(string(lang), func(t *testing.T) {
			words := screenWords(t, lang)
			options := b1.Options{Reader: b1.People, Names: []string{"SHA"}}
			var all []string
			for _, key := range slices.Sorted(maps.Keys(words)) {
				text := words[key]
				all = append(all, text)
				for _, f := range b1.Check(lang, text, options) {
					if !f.Advice {
						t.Errorf("%s: %v", key, f)
					}
				}
				if s := b1.Measure(lang, text); s.Longest > b1.LimitsFor(lang, b1.People).Longest {
					t.Errorf("%s: a sentence of %d words: %s", key, s.Longest, s.LongestSentence)
				}
			}
			score := b1.Measure(lang, strings.Join(all, "\n"))
			for _, f := range score.Against(b1.LimitsFor(lang, b1.People)) {
				t.Errorf("all pages: %v", f)
			}
			t.Logf("%d words, ease %.1f, average %.1f, longest %d, over fifteen %.1f %%",
				score.Words, score.Ease, score.Average, score.Longest, 100*score.Over15)
		})
	}
}

// screenWords reads the catalogue of a language as a reader sees it: places
// filled, no marks.
func screenWords(t *testing.T, lang request.Language) map[string]string {
	t.Helper()
	b, err := files.ReadFile("words/" + string(lang) + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]string{}
	if err := yaml.Unmarshal(b, &words); err != nil {
		t.Fatal(err)
	}
	sample := map[request.Language]map[string]string{
		request.Dutch: {"date": "dinsdag 7 april 2026", "time": "10.30 uur"}, request.English: {"date": "Tuesday 7 April 2026", "time": "10:30"},
	}[lang]
	place := regexp.MustCompile(`\{([a-z_]+)\}`)
	for key, text := range words {
		if strings.HasSuffix(key, ".address") && strings.HasPrefix(text, "https:") {
			delete(words, key) // a link, not words
			continue
		}
		text = place.ReplaceAllStringFunc(text, func(p string) string {
			if v := sample[strings.Trim(p, "{}")]; v != "" {
				return v
			}
			return "12"
		})
		words[key] = strings.ReplaceAll(text, "**", "")
	}
	return words
}

// Who asks for somebody else chooses from the table of I-6, and from nothing else.
func TestCapacitiesOfTheForm(t *testing.T) {
	var codes []string
	for _, c := range identity.Capacities() {
		codes = append(codes, c.Code)
	}
	slices.Sort(codes)
	offered := slices.Sorted(slices.Values(capacities))
	if !slices.Equal(codes, offered) {
		t.Errorf("the form offers %v, the table has %v", offered, codes)
	}
}
