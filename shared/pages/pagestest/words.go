package pagestest

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/allclaims/rightsdesk/shared/letters/plain"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Plain holds the catalogue of a site, words/LANG.yaml of files, to the limits
// that the letters keep: how long, how hard, and none of the words that
// we do not write. names are capitals that are a name there.
func Plain(t *testing.T, files fs.FS, reader plain.Reader, names ...string) {
	t.Helper()
	for _, lang := range []request.Language{request.Dutch, request.English} {
		t.Run(string(lang), func(t *testing.T) {
			words := catalogue(t, files, lang)
			options := plain.Options{Reader: reader, Names: names}
			limits := plain.LimitsFor(lang, reader)
			var all []string
			for _, key := range slices.Sorted(maps.Keys(words)) {
				text := words[key]
				all = append(all, text)
				for _, f := range plain.Check(lang, text, options) {
					if !f.Advice {
						t.Errorf("%s: %v", key, f)
					}
				}
				if s := plain.Measure(lang, text); s.Longest > limits.Longest {
					t.Errorf("%s: a sentence of %d words: %s", key, s.Longest, s.LongestSentence)
				}
			}
			score := plain.Measure(lang, strings.Join(all, "\n"))
			for _, f := range score.Against(limits) {
				t.Errorf("all pages: %v", f)
			}
			t.Logf("%d words, ease %.1f, average %.1f, longest %d, over fifteen %.1f %%",
				score.Words, score.Ease, score.Average, score.Longest, 100*score.Over15)
		})
	}
}

var place = regexp.MustCompile(`\{([a-z_]+)\}`)

// catalogue reads the words of a language as a reader sees them: places filled,
// no marks.
func catalogue(t *testing.T, files fs.FS, lang request.Language) map[string]string {
	t.Helper()
	b, err := fs.ReadFile(files, "words/"+string(lang)+".yaml")
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
