package intake

import (
	"sort"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// clause is one thing said: a sentence, a list item, a subject line.
type clause struct {
	words []string // normalised
	raw   string   // as written, for evidence
	// where it stands
	subject, item, question bool
	// introduces tells that it ends in a colon: what follows is its list.
	introduces bool
	// paragraph numbers the paragraph it stands in.
	paragraph int
	// hits are the places of every class of words found in it.
	hits map[string][]span
}

// span is a run of words, from the first to the last.
type span struct{ from, to int }

// fold maps letters of other alphabets that look Latin, so that "wіѕ" with
// Cyrillic letters is read as a person reads it (A37).
var fold = strings.NewReplacer("а", "a", "е", "e", "о", "o", "р", "p", "с", "c", "у", "y", "х", "x", "і", "i", "ѕ", "s", "ј", "j", "һ", "h", "ԁ", "d", "ɡ", "g", "ո", "n", "ʟ", "l", "ı", "i", "ο", "o", "α", "a", "ν", "v", "ß", "ss", "æ", "ae", "ø", "o", "œ", "oe", "ĳ", "ij", "ł", "l")

// normalise gives text the one form that the lexicon knows: compatibility
// forms resolved, lower case, no accents, no invisible characters, straight quotes.
func normalise(s string) string {
	s = norm.NFKD.String(s)
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Mn, r) || invisible(r) || bidi(r):
		case r == '’' || r == '‘' || r == '´' || r == '`' || r == '′':
			b.WriteByte('\'')
		case r == '–' || r == '—' || r == '‐' || r == '‑' || r == '−':
			b.WriteByte('-')
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return fold.Replace(b.String())
}

var (
	abbreviation = express(`\b(art|artt|nr|nrs|no|mr|mrs|ms|dr|drs|ing|ir|prof|dhr|mw|mevr|d\.d|dd|resp|evt|bijv|bv|o\.a|m\.b\.t|i\.v\.m|t\.a\.v|a\.u\.b|s\.v\.p|e\.g|i\.e|incl|excl|ca|tel|st|vs|jl|lid|sub|par|para|ref|p\.s)\.(\s|$)`)
	articleShort = express(`\b(?:art|artt|artikelen|articles|artikkel|artikle)\b\.?|§`)
	initials     = express(`\b([a-z])\.`)
	emailHyphen  = express(`\be[- ]?mail`)
	bullet       = express(`^\s*(?:[-*•·–—+>]|\(?\d{1,2}[.)]|\(?[a-z][.)]|\[[ x]?\]|[ivx]{1,4}[.)])\s+`)
	wordPattern  = express(`[\p{L}\p{N}']+(?:[@.][\p{L}\p{N}]+)*`)
	clauseBreak  = express(`[.!?;:…]+(?:\s|["')\]]|$)|\s-\s|\n|,?\s+(?:maar|but|echter|however|daarnaast|bovendien|tevens|verder|furthermore|moreover|additionally|in addition)\s|,\s+(?:and|en)\s+(?:also|ook|then|daarna)\s|,?\s+\(?(?:daarna|vervolgens|afterwards|after that)\s|\s\(?(?:[a-h]|i{1,3}|iv|[1-9])\)\s`)
)

// clauses cuts text into clauses. Lines that a mail program wrapped are joined;
// short lines, list items and paragraphs stand alone.
func clauses(subject, text string) []clause {
	var out []clause
	if s := normalise(subject); strings.TrimSpace(s) != "" {
		for replyMark.MatchString(s) || forwardMark.MatchString(s) {
			_, s, _ = strings.Cut(s, ":")
		}
		out = appendClauses(out, s, clause{subject: true, paragraph: -1})
	}
	for n, p := range splitParagraphs(normalise(text)) {
		lines := strings.Split(p, "\n")
		for i := 0; i < len(lines); {
			item := bullet.MatchString(lines[i])
			sentence := bullet.ReplaceAllString(lines[i], "")
			last := lines[i]
			for i++; i < len(lines) && len(last) >= 50 && !bullet.MatchString(lines[i]); i++ {
				sentence += " " + strings.TrimSpace(lines[i])
				last = lines[i]
			}
			out = appendClauses(out, sentence, clause{item: item, paragraph: n})
		}
	}
	return out
}

// maxClauseWords keeps one endless sentence from costing more than a letter.
const maxClauseWords = 80

func appendClauses(out []clause, s string, like clause) []clause {
	s = articleShort.ReplaceAllString(s, "artikel ")
	s = abbreviation.ReplaceAllString(s, "$1 ")
	s = initials.ReplaceAllString(s, "$1")
	s = emailHyphen.ReplaceAllString(s, "email")
	start := 0
	add := func(piece, sign string) {
		words := wordPattern.FindAllString(piece, -1)
		for len(words) > 0 {
			n := min(len(words), maxClauseWords)
			c := like
			c.words = make([]string, n)
			for i, w := range words[:n] {
				c.words[i] = spell(strings.Trim(w, "'."))
			}
			c.raw = strings.TrimSpace(piece)
			c.question = strings.Contains(sign, "?")
			c.introduces = strings.Contains(sign, ":")
			c.find()
			if c.question {
				c.hits["question"] = []span{{0, n - 1}}
			}
			out = append(out, c)
			words = words[n:]
		}
	}
	for _, at := range clauseBreak.FindAllStringIndex(s, -1) {
		if at[0] < start {
			continue
		}
		sign := s[at[0]:at[1]]
		add(s[start:at[0]], sign)
		start = at[0]
		if strings.TrimLeft(sign, ".!?;:…-\"')] \n\t") == "" {
			start = at[1]
		}
	}
	add(s[start:], "")
	return out
}

// entry is one expression of a class: words in order, each whole ("wis"), as a
// beginning ("verwijder*"), or after a gap of some words ("..").
type entry struct {
	class string
	parts []part
}

type part struct {
	word string
	stem bool
	gap  bool // other words may stand before it
}

// index finds the entries that can begin with a word.
type index struct {
	words map[string][]entry
	stems map[string][]entry // by the stem's first three letters
	short []entry            // stems of fewer than three letters
}

// lexiconIndex is built at the first mail: most functions link this package and
// read none, and the building takes longer than the rest of their start.
var lexiconIndex = sync.OnceValue(func() *index { return buildIndex(lexicon) })

func buildIndex(classes map[string]string) *index {
	ix := &index{words: map[string][]entry{}, stems: map[string][]entry{}}
	names := make([]string, 0, len(classes))
	for name := range classes {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		for _, expression := range strings.FieldsFunc(classes[name], func(r rune) bool { return r == '|' || r == '\n' }) {
			e := entry{class: name}
			gap := false
			for _, w := range strings.Fields(expression) {
				if w == ".." {
					gap = true
					continue
				}
				e.parts = append(e.parts, part{word: strings.TrimSuffix(w, "*"), stem: strings.HasSuffix(w, "*"), gap: gap})
				gap = false
			}
			if len(e.parts) == 0 {
				continue
			}
			switch first := e.parts[0]; {
			case !first.stem:
				ix.words[first.word] = append(ix.words[first.word], e)
			case len(first.word) < 3:
				ix.short = append(ix.short, e)
			default:
				ix.stems[first.word[:3]] = append(ix.stems[first.word[:3]], e)
			}
		}
	}
	return ix
}

func (p part) matches(word string) bool {
	return word == p.word || p.stem && strings.HasPrefix(word, p.word)
}

const gapWords = 12

// find fills c.hits.
func (c *clause) find() {
	c.hits = map[string][]span{}
	try := func(e entry, i int) {
		if !e.parts[0].matches(c.words[i]) {
			return
		}
		at := i
		for _, p := range e.parts[1:] {
			reach := 1
			if p.gap {
				reach = gapWords
			}
			found := false
			for k := 1; k <= reach && at+k < len(c.words); k++ {
				if p.matches(c.words[at+k]) {
					at += k
					found = true
					break
				}
			}
			if !found {
				return
			}
		}
		c.hits[e.class] = append(c.hits[e.class], span{i, at})
	}
	ix := lexiconIndex()
	for i, w := range c.words {
		for _, e := range ix.words[w] {
			try(e, i)
		}
		if len(w) >= 3 {
			for _, e := range ix.stems[w[:3]] {
				try(e, i)
			}
		}
		for _, e := range ix.short {
			try(e, i)
		}
	}
	// Words that mean something else in company: the longer expression wins.
	for _, no := range c.hits["not"] {
		for class, spans := range c.hits {
			if class == "not" {
				continue
			}
			kept := spans[:0:0]
			for _, s := range spans {
				if s.from < no.from || s.to > no.to {
					kept = append(kept, s)
				}
			}
			c.hits[class] = kept
		}
	}
}

// has reports whether any of the classes occurs.
func (c *clause) has(classes ...string) bool {
	for _, class := range classes {
		if len(c.hits[class]) > 0 {
			return true
		}
	}
	return false
}

// near finds one place of each class such that all lie within reach words; with
// lead the first class must come first.
func (c *clause) near(reach int, lead bool, classes ...string) (span, bool) {
	best, ok := span{}, false
	for _, first := range c.hits[classes[0]] {
		s, all := first, true
		for _, class := range classes[1:] {
			found := false
			var pick span
			for _, other := range c.hits[class] {
				joined := span{min(s.from, other.from), max(s.to, other.to)}
				if joined.to-joined.from >= reach+2 || lead && other.from < first.from {
					continue
				}
				if !found || joined.to-joined.from < pick.to-pick.from {
					pick, found = joined, true
				}
			}
			if !found {
				all = false
				break
			}
			s = pick
		}
		if all && (!ok || s.to-s.from < best.to-best.from) {
			best, ok = s, true
		}
	}
	return best, ok
}

// before reports whether a place of class ends at most reach words before at.
func (c *clause) before(class string, at, reach int) bool {
	for _, s := range c.hits[class] {
		if s.from < at && at-s.to <= reach {
			return true
		}
	}
	return false
}

// between reports whether a place of class lies between the words from and to.
func (c *clause) between(class string, from, to int) bool {
	for _, s := range c.hits[class] {
		if s.from > from && s.to < to {
			return true
		}
	}
	return false
}

// quote gives words as evidence: the span and a little around it.
func (c *clause) quote(s span) string {
	return strings.Join(c.words[s.from:min(s.to+1, len(c.words))], " ")
}
