package pages

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Languages are the languages of every page, the default first.
var Languages = []request.Language{request.Dutch, request.English}

// Other gives the other language of the two.
func Other(lang request.Language) request.Language {
	if lang == request.Dutch {
		return request.English
	}
	return request.Dutch
}

//go:embed words
var ownWords embed.FS

// Words is a catalogue: the same keys in both languages (W-28).
type Words struct {
	texts map[request.Language]map[string]string
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// LoadWords reads dir/nl.yaml and dir/en.yaml and adds the words of the frame.
// A key, or a placeholder within a text, that only one language has is an error.
func LoadWords(fsys fs.FS, dir string) (*Words, error) {
	w := &Words{texts: map[request.Language]map[string]string{}}
	for _, lang := range Languages {
		w.texts[lang] = map[string]string{}
		for _, source := range []struct {
			fsys fs.FS
			dir  string
		}{{ownWords, "words"}, {fsys, dir}} {
			if source.fsys == nil {
				continue
			}
			name := source.dir + "/" + string(lang) + ".yaml"
			b, err := fs.ReadFile(source.fsys, name)
			if err != nil {
				return nil, fmt.Errorf("read the words: %w", err)
			}
			var texts map[string]string
			if err := yaml.Unmarshal(b, &texts); err != nil {
				return nil, fmt.Errorf("read the words in %s: %w", name, err)
			}
			maps.Copy(w.texts[lang], texts)
		}
	}
	for _, lang := range Languages {
		other := w.texts[Other(lang)]
		for key, text := range w.texts[lang] {
			if strings.TrimSpace(text) == "" {
				return nil, fmt.Errorf("words: %s is empty in %s", key, lang)
			}
			twin, ok := other[key]
			if !ok {
				return nil, fmt.Errorf("words: %s is there in %s only", key, lang)
			}
			if have, want := fills(text), fills(twin); !slices.Equal(have, want) {
				return nil, fmt.Errorf("words: %s has the places %v in %s and %v in the other language", key, have, lang, want)
			}
		}
	}
	return w, nil
}

func fills(text string) []string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// Keys lists every key, sorted.
func (w *Words) Keys() []string {
	return slices.Sorted(maps.Keys(w.texts[request.Dutch]))
}

// Has reports whether the catalogue knows key.
func (w *Words) Has(key string) bool {
	_, ok := w.texts[request.Dutch][key]
	return ok
}

// Say gives the words of key; args are pairs of a place's name and its value.
// It fails when the key is unknown or a place stays open.
func (w *Words) Say(lang request.Language, key string, args ...any) (string, error) {
	text, ok := w.texts[lang][key]
	if !ok {
		return "", fmt.Errorf("words: no %q in %q", key, lang)
	}
	return fill(key, text, args, func(s string) string { return s })
}

// Rich gives the words of key as HTML: **so** becomes bold. What is filled in is escaped.
func (w *Words) Rich(lang request.Language, key string, args ...any) (template.HTML, error) {
	text, ok := w.texts[lang][key]
	if !ok {
		return "", fmt.Errorf("words: no %q in %q", key, lang)
	}
	text = bold(template.HTMLEscapeString(text))
	text, err := fill(key, text, args, template.HTMLEscapeString)
	return template.HTML(text), err //nolint:gosec // the text is ours, what is filled in is escaped
}

func bold(s string) string {
	parts := strings.Split(s, "**")
	var b strings.Builder
	for i, part := range parts {
		switch {
		case i == 0:
		case i%2 == 1:
			b.WriteString("<strong>")
		default:
			b.WriteString("</strong>")
		}
		b.WriteString(part)
	}
	if len(parts)%2 == 0 {
		b.WriteString("</strong>")
	}
	return b.String()
}

// fill replaces all places in one pass, so that a value that looks like a
// place is never filled in again (A35).
func fill(key, text string, args []any, escape func(string) string) (string, error) {
	if len(args)%2 != 0 {
		return "", fmt.Errorf("words: %s got a place without a value", key)
	}
	values := map[string]string{}
	for i := 0; i < len(args); i += 2 {
		values["{"+fmt.Sprint(args[i])+"}"] = escape(fmt.Sprint(args[i+1]))
	}
	var missing error
	text = placeholder.ReplaceAllStringFunc(text, func(place string) string {
		value, ok := values[place]
		if !ok {
			missing = fmt.Errorf("words: %s has no value for %s", key, place)
		}
		return value
	})
	return text, missing
}

var (
	days = map[request.Language][]string{
		request.Dutch:   {"zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"},
		request.English: {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	}
	months = map[request.Language][]string{
		request.Dutch:   {"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"},
		request.English: {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	}
)

// Amsterdam is the zone of every time that a person reads (W-19).
var Amsterdam = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		panic("the time zone data are missing: " + err.Error())
	}
	return zone
}()

// Day writes a date out: "maandag 21 december 2026" (W-18); "" stays "".
func Day(lang request.Language, day request.Day) string {
	t, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s %d %s %d", days[lang][t.Weekday()], t.Day(), months[lang][t.Month()-1], t.Year())
}

// ShortDay is Day for tables of the desk: "ma 21 dec 2026".
func ShortDay(lang request.Language, day request.Day) string {
	t, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return ""
	}
	width := map[request.Language]int{request.Dutch: 2, request.English: 3}[lang]
	return fmt.Sprintf("%s %d %s %d", days[lang][t.Weekday()][:width], t.Day(), shortMonth(lang, t.Month()), t.Year())
}

func shortMonth(lang request.Language, m time.Month) string {
	if lang == request.Dutch && m == time.March {
		return "mrt"
	}
	return months[lang][m-1][:3]
}

// Date gives the Amsterdam date of an instant.
func Date(t time.Time) request.Day {
	return request.Day(t.In(Amsterdam).Format(time.DateOnly))
}

// Hour writes a time of day in Amsterdam: "14.32 uur", "14:32" (W-19).
func Hour(lang request.Language, t time.Time) string {
	if lang == request.Dutch {
		return t.In(Amsterdam).Format("15.04") + " uur"
	}
	return t.In(Amsterdam).Format("15:04")
}

// Moment writes an instant out: "vrijdag 20 november 2026, 22.14 uur".
func Moment(lang request.Language, t time.Time) string {
	return Day(lang, Date(t)) + ", " + Hour(lang, t)
}

// Month gives the number of a month by its name or the beginning of it in
// either language, 0 when there is none such.
func Month(name string) int {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	if len(name) < 3 {
		return 0
	}
	if name == "mrt" {
		return 3
	}
	for _, lang := range Languages {
		for i, month := range months[lang] {
			if strings.HasPrefix(strings.ToLower(month), name) {
				return i + 1
			}
		}
	}
	return 0
}

// Size writes a number of bytes as people say it: "2,4 MB", "2.4 MB".
func Size(lang request.Language, n int64) string {
	unit, value := "kB", float64(n)/1000
	if n >= 1_000_000 {
		unit, value = "MB", float64(n)/1_000_000
	}
	format := "%.1f"
	if value >= 10 || unit == "kB" {
		format = "%.0f"
		if value < 1 {
			value = 1
		}
	}
	s := fmt.Sprintf(format, value)
	if lang == request.Dutch {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s + " " + unit
}
