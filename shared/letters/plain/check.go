package plain

import (
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/request"
)

// The rules that have no code.
const (
	ruleMeasure = "measure"
	ruleWord    = "plain word"
	ruleNever   = "never"
	ruleLeft    = "left over"
)

// Finding is one thing that a text does wrong, or might.
type Finding struct {
	// Rule is that of docs/WORDS.md, such as W-18, or one of those below.
	Rule string
	// Text is the place in the text, Why what is wrong with it.
	Text, Why string
	// Advice is true for what a reader must judge: it fails no build.
	Advice bool
}

func (f Finding) String() string {
	if f.Text == "" {
		return f.Rule + ": " + f.Why
	}
	return fmt.Sprintf("%s: %q: %s", f.Rule, f.Text, f.Why)
}

// Options say what kind of text is checked.
type Options struct {
	Reader Reader
	// Neutral is true for a text that must not show whether we hold data: T-01,
	// T-02, T-04b, T-17.
	Neutral bool
	// Never are values that the text must not hold, such as a client's name.
	Never []string
	// Names are capitals that are a name here, beside AVG, BSN, UAVG and AWR.
	Names []string
}

//go:embed words.nl.txt words.en.txt
var wordFiles embed.FS

// entry is one word of the lists.
type entry struct {
	mark  string // T legal term, U term with its explanation, or a kind of what is never written
	write string
	never bool
	forms []*regexp.Regexp
	word  string
}

var entries = map[request.Language][]entry{
	request.Dutch:   mustRead("words.nl.txt"),
	request.English: mustRead("words.en.txt"),
}

// mustRead reads a word list; a list that cannot be read is a fault of the build.
func mustRead(name string) []entry {
	raw, err := wordFiles.ReadFile(name)
	if err != nil {
		panic("plain: " + err.Error())
	}
	var out []entry
	for n, l := range strings.Split(string(raw), "\n") {
		if l = strings.TrimSpace(l); l == "" || strings.HasPrefix(l, "//") {
			continue
		}
		f := strings.Split(l, "|")
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		var e entry
		switch {
		case strings.HasPrefix(l, "!") && len(f) == 2:
			e = entry{mark: f[0][1:], word: f[1], never: true}
		case len(f) == 4:
			e = entry{mark: f[1], word: f[0], write: f[3]}
		default:
			panic(fmt.Sprintf("plain: %s line %d: cannot read it", name, n+1))
		}
		forms := []string{e.word}
		if len(f) == 4 && f[2] != "" {
			for _, form := range strings.Split(f[2], ",") {
				forms = append(forms, strings.TrimSpace(form))
			}
		}
		for _, form := range forms {
			e.forms = append(e.forms, regexp.MustCompile(`(^|[^\p{L}\d])`+regexp.QuoteMeta(strings.ToLower(form))+`($|[^\p{L}\d])`))
		}
		out = append(out, e)
	}
	return out
}

var (
	inBrackets = regexp.MustCompile(`\([^()]*\)`)
	spaces     = regexp.MustCompile(`\s+`)

	digitDate   = regexp.MustCompile(`\b(\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{4}-\d{2}-\d{2})\b`)
	looseDays   = regexp.MustCompile(`(?i)\b(binnen|within) \d+ (werk)?(dagen|weken|days|weeks)\b`)
	beforeDay   = regexp.MustCompile(`(?i)\b(vóór|before) ((maan|dins|woens|donder|vrij|zater|zon)dag|(mon|tues|wednes|thurs|fri|satur|sun)day)`)
	capitals    = regexp.MustCompile(`\b[A-Z]{3,}\b`)
	contraction = regexp.MustCompile(`(?i)\b\w+(n['’]t|['’](ll|re|ve|d|m))\b|\b(it|that|there|here|what|who)['’]s\b`)
	shortened   = regexp.MustCompile(`(?i)\b(i\.v\.m\.|m\.b\.t\.|d\.d\.|e\.e\.a\.|o\.a\.|d\.w\.z\.|e\.g\.|i\.e\.)`)
	wisten      = regexp.MustCompile(`(?i)\b(wij wisten|wisten wij)\b`)
	you         = regexp.MustCompile(`\b(je|jij|jou|jouw|jullie|men)\b`)
	niet        = regexp.MustCompile(`(?i)\bniet\b`)
)

// allowedCapitals are the letter words that letters explain or that people know.
var allowedCapitals = []string{"AVG", "BSN", "UAVG", "AWR", "GDPR", "JSON", "CSV"}

// neutralNever are words that show that we hold a file.
var neutralNever = []string{"uw dossier", "uw schuld", "uw rekening", "your file", "your debt", "your bill"}

// explanations are the words of which one must stand beside a [U] term.
var explanations = map[string][]string{
	"opdrachtgever": {"het bedrijf waarvoor wij werken"},
	"bezwaar":       {"bezwaar maken tegen het gebruik", "bezwaar tegen het gebruik", "telt dan uw bezwaar", "zwaarder dan uw bezwaar"},
	"rechtbank":     {"een brief aan de rechtbank"},
}

// Check runs the word check of docs/WORDS.md and the machine-readable rules
// over a text of which each line is a paragraph, heading or list item.
func Check(lang request.Language, text string, o Options) []Finding {
	var out []Finding
	add := func(rule, text, why string) { out = append(out, Finding{Rule: rule, Text: text, Why: why}) }

	low := strings.ToLower(spaces.ReplaceAllString(text, " "))
	open := inBrackets.ReplaceAllString(low, "")
	for _, e := range entries[lang] {
		in := e.count(open)
		switch {
		case e.never && in > 0:
			add(ruleNever, e.word, "never write ("+e.mark+")")
		case e.never || o.Reader == Business:
		case e.mark == "U":
			if in > 0 && !slices.ContainsFunc(explanations[e.word], func(x string) bool { return strings.Contains(low, x) }) {
				add("W-22", e.word, "stands without its explanation")
			}
		case in > 0:
			add(ruleWord, e.word, "write: "+e.write)
		}
		if e.mark == "T" && o.Reader == People && e.count(low)-in > 1 {
			out = append(out, Finding{Rule: ruleWord, Text: e.word, Why: "stands in brackets more than once", Advice: true})
		}
	}

	for rule, of := range map[string]struct {
		re  *regexp.Regexp
		why string
	}{
		"W-18":  {digitDate, "write the date in full, with the day"},
		"W-18a": {beforeDay, "write uiterlijk op / no later than"},
		"W-15":  {shortened, "write it out"},
	} {
		for _, m := range of.re.FindAllString(reference.ReplaceAllString(address.ReplaceAllString(text, ""), ""), -1) {
			add(rule, m, of.why)
		}
	}
	if o.Reader == People {
		for _, m := range looseDays.FindAllString(text, -1) {
			add("W-18", m, "name the date")
		}
	}
	if lang == request.English {
		for _, m := range contraction.FindAllString(text, -1) {
			add("W-13", m, "no contractions")
		}
	} else {
		for _, m := range you.FindAllString(text, -1) {
			add("W-13", m, "write u, uw or a person")
		}
		for _, m := range wisten.FindAllString(text, -1) {
			add("W-15", m, "write: wij hebben gewist")
		}
		for _, s := range Sentences(text) {
			// Two deny each other or are hard to follow; three or more are a row of examples (W-17).
			if len(niet.FindAllString(s, -1)) == 2 {
				add("W-17", s, "more than one niet")
			}
		}
	}
	if i := strings.IndexByte(text, '!'); i >= 0 {
		add("W-16", "!", "no exclamation mark")
	}
	if strings.ContainsAny(text, "{}") || strings.Contains(text, "[[") || strings.Contains(text, "]]") {
		add(ruleLeft, "{}", "a placeholder was left over")
	}
	for _, m := range capitals.FindAllString(inBrackets.ReplaceAllString(strip(text), ""), -1) {
		if !slices.Contains(allowedCapitals, m) && !slices.Contains(o.Names, m) {
			add("W-16", m, "no capitals for force")
		}
	}
	never := slices.Clone(o.Never)
	if o.Neutral {
		never = append(never, neutralNever...)
	}
	for _, n := range never {
		if n != "" && strings.Contains(low, strings.ToLower(n)) {
			add("R-24", n, "must not stand in this text")
		}
	}
	slices.SortStableFunc(out, func(a, b Finding) int { return strings.Compare(a.Rule, b.Rule) })
	return out
}

func (e entry) count(low string) int {
	n := 0
	for _, re := range e.forms {
		n += len(re.FindAllString(low, -1))
	}
	return n
}

// articleShape finds a cited article of a law: artikel 17 AVG, Art. 5(1) GDPR.
var articleShape = regexp.MustCompile(`(?i)\b(artikel(en)?|arts?\.?) \d+`)

// Articles lists the articles that a text cites: they stand in fixed blocks
// only, so that counsel changes them in one place (W-21).
func Articles(text string) []string { return articleShape.FindAllString(text, -1) }
