package redaction

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed lexicon.txt
var lexiconText string

// class is what the lexicon knows of a word; a word may have several.
type class uint32

const (
	first      class = 1 << iota // a first name
	firstWord                    // a first name that is an ordinary word as well: Wil, Mark, Roos
	family                       // a surname
	familyWord                   // a surname that is an ordinary word as well: Bakker, Groen
	prefix                       // what stands between: van, der, ten, el
	title                        // dhr, mevrouw, Mr
	relation                     // vrouw, neighbour, notaris: what a named person is to somebody
	cue                          // met, with: before a capital, a person or a company
	strongCue                    // namens, volgens, heet, Dear
	speech                       // belde, said
	closing                      // groet, regards
	company                      // stichting, advocaten, Ltd
	place                        // a town or country
	notName                      // a capital that is nobody: a month, a bank, a language
	ordinary                     // an ordinary word
)

var sections = map[string]class{
	"first": first, "first-word": firstWord, "family": family, "family-word": familyWord, "prefix": prefix, "title": title,
	"relation": relation, "cue": cue, "strong-cue": strongCue, "speech": speech, "closing": closing, "company": company,
	"place": place, "not": notName, "word": ordinary,
}

// anyName is a word that some people are called.
const anyName = first | firstWord | family | familyWord

// lexicon is loaded when the first text is read.
var lexicon = sync.OnceValue(readLexicon)

func readLexicon() map[string]class {
	m := make(map[string]class, 8192)
	var section class
	for line := range strings.Lines(lexiconText) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "["):
			section = sections[strings.Trim(line, "[]")]
		default:
			for word := range strings.FieldsSeq(line) {
				m[word] |= section
			}
		}
	}
	for word, c := range m {
		// What is a word too is no sure name.
		if c&(first|firstWord|ordinary|notName) != c&first && c&first != 0 {
			c = c&^first | firstWord
		}
		if c&(family|familyWord|ordinary|notName) != c&family && c&family != 0 {
			c = c&^family | familyWord
		}
		m[word] = c
	}
	return m
}

// plain gives the letters of the Latin alphabets without their marks, from U+00C0 on.
var plain = func() [0x250 - 0xC0]byte {
	var t [0x250 - 0xC0]byte
	for _, group := range []string{
		"aàáâãäåāăąǎ", "cçćĉċč", "dďđð", "eèéêëēĕėęě", "gĝğġģǧ", "hĥħ", "iìíîïĩīĭįıǐ", "jĵ", "kķ", "lĺļľŀł", "nñńņňŋ", "oòóôõöøōŏőǒ",
		"rŕŗř", "sśŝşšșß", "tţťŧțþ", "uùúûüũūŭůűųǔ", "wŵ", "yýÿŷ", "zźżž",
	} {
		for _, r := range group[1:] {
			t[r-0xC0] = group[0]
			if up := unicode.ToUpper(r); up >= 0xC0 && up < 0x250 {
				t[up-0xC0] = group[0]
			}
		}
	}
	t['İ'-0xC0] = 'i'
	return t
}()

// fold appends a word in lower case, without marks, to b.
func fold(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			b = append(b, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r >= 0xC0 && r < 0x250 && plain[r-0xC0] != 0:
			b = append(b, plain[r-0xC0])
		case r == '’' || r == '‘' || r == 'ʼ':
			b = append(b, '\'')
		case r >= 0x300 && r < 0x370: // a mark that stands alone after its letter
		default:
			b = utf8.AppendRune(b, unicode.ToLower(r))
		}
	}
	return b
}

func folded(s string) string { return string(fold(nil, s)) }

// classOf looks a word up, without its owner's s and by its parts too: Robert's, Dirk-Jan.
func classOf(words map[string]class, word []byte) class {
	if c, ok := words[string(word)]; ok {
		return c
	}
	n := len(word)
	if n > 3 && word[n-1] == 's' && word[n-2] == '\'' {
		return words[string(word[:n-2])]
	}
	var all class
	for i, start := 0, 0; i <= n; i++ {
		if i < n && word[i] != '-' {
			continue
		}
		if start == 0 && i == n {
			return 0 // no parts
		}
		c := words[string(word[start:i])]
		if start > 0 && i == n {
			all |= c & (family | relation) // the last part says what it is: schoon-vader
		}
		if start == 0 {
			all |= c & anyName
		}
		start = i + 1
	}
	return all
}
