package redaction

import (
	"sync"
	"unicode"
	"unicode/utf8"
)

// What a token is.
const (
	wordToken = iota
	numberToken
	signToken // one sign: a stop, a bracket
	lineToken // one end of a line or more
)

// How a word is written.
const (
	lower    = iota
	single   // one capital letter
	capital  // Jan, McDonald
	capitals // JAN, KPN
)

type token struct {
	start, end int32
	what       uint8
	written    uint8
	sign       byte // of a signToken, when it is ASCII
	shouted    bool // its line is all in capitals: a capital says nothing
	taken      bool // stands in a find
	class      class
}

// reading is one text while it is read.
type reading struct {
	text   string
	own    *own
	words  map[string]class
	tokens []token
	found  []Span
}

// pool keeps the memory of tokens between texts.
type pool struct{ p sync.Pool }

var tokenPool pool

// poolMost is how many tokens are kept: a text of some 300 KB.
const poolMost = 1 << 16

func (p *pool) get() []token {
	if t, ok := p.p.Get().(*[]token); ok {
		return (*t)[:0]
	}
	return make([]token, 0, 512)
}

func (p *pool) put(t []token) {
	if cap(t) <= poolMost {
		p.p.Put(&t)
	}
}

// split cuts the text into words, numbers, signs and ends of lines.
func (r *reading) split() {
	s := r.text
	var buf [64]byte
	line, upper, small := 0, 0, 0
	endLine := func() {
		if upper >= 8 && upper > 6*small {
			for k := line; k < len(r.tokens); k++ {
				r.tokens[k].shouted = true
			}
		}
		upper, small = 0, 0
	}
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ' || c == '\t' || c == '\r':
			i++
			continue
		case c == 0xC2 && i+1 < len(s) && s[i+1] == 0xA0: // a space that does not break
			i += 2
			continue
		case c == '\n':
			start := i
			for i < len(s) && (s[i] == '\n' || s[i] == '\r' || s[i] == ' ' || s[i] == '\t') {
				i++
			}
			endLine()
			r.tokens = append(r.tokens, token{start: int32(start), end: int32(i), what: lineToken})
			line = len(r.tokens)
			continue
		case '0' <= c && c <= '9':
			start := i
			for i < len(s) && '0' <= s[i] && s[i] <= '9' {
				i++
			}
			r.tokens = append(r.tokens, token{start: int32(start), end: int32(i), what: numberToken})
			continue
		}
		start := i
		letters, up, low, firstUp := 0, 0, 0, false
		for i < len(s) {
			var letter, capitalLetter bool
			n := 1
			if c := s[i]; c < utf8.RuneSelf {
				capitalLetter = 'A' <= c && c <= 'Z'
				letter = capitalLetter || 'a' <= c && c <= 'z'
				if !letter && letters > 0 && (c == '\'' || c == '-') && i+1 < len(s) && startsLetter(s[i+1:]) {
					i++
					continue
				}
			} else {
				var ru rune
				ru, n = utf8.DecodeRuneInString(s[i:])
				letter, capitalLetter = unicode.IsLetter(ru) || unicode.Is(unicode.Mn, ru), unicode.IsUpper(ru)
				if !letter && letters > 0 && (ru == '’' || ru == '\u2011') && startsLetter(s[i+n:]) {
					i += n
					continue
				}
			}
			if !letter {
				break
			}
			if letters == 0 {
				firstUp = capitalLetter
			}
			letters++
			if capitalLetter {
				up++
			} else {
				low++
			}
			i += n
		}
		if letters == 0 {
			_, n := utf8.DecodeRuneInString(s[i:])
			i += n
			t := token{start: int32(start), end: int32(i), what: signToken}
			if n == 1 {
				t.sign = c
			}
			r.tokens = append(r.tokens, t)
			continue
		}
		t := token{start: int32(start), end: int32(i), what: wordToken}
		switch {
		case up > 0 && letters == 1:
			t.written = single
		case up > 1 && low == 0:
			t.written = capitals
		case firstUp, up > 0 && low > 0 && s[start] < utf8.RuneSelf && i-start > 2 && s[start+1] == '\'': // d'Hondt
			t.written = capital
		}
		upper, small = upper+up, small+low
		if i-start <= 40 {
			word := fold(buf[:0], s[start:i])
			t.class = classOf(r.words, word)
			if n := len(word); t.class == 0 && t.written == capital && n > 3 && word[n-1] == 's' { // Mehmets
				t.class = r.words[string(word[:n-1])] & first
			}
		}
		r.tokens = append(r.tokens, t)
	}
	endLine()
}

func startsLetter(s string) bool {
	if s == "" {
		return false
	}
	if c := s[0]; c < utf8.RuneSelf {
		return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	}
	ru, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(ru)
}

// at gives token k, an end of a line where there is none.
func (r *reading) at(k int) token {
	if k < 0 || k >= len(r.tokens) {
		return token{what: lineToken, start: int32(len(r.text)), end: int32(len(r.text))}
	}
	return r.tokens[k]
}

func (r *reading) word(t token) string { return r.text[t.start:t.end] }

func (r *reading) isSign(k int, sign byte) bool {
	t := r.at(k)
	return t.what == signToken && t.sign == sign
}

// touches reports that token k stands right after the one before, with no space.
func (r *reading) touches(k int) bool {
	return k > 0 && k < len(r.tokens) && r.tokens[k-1].end == r.tokens[k].start
}

// take keeps a find over tokens from to (not to itself), unless one of them is taken.
func (r *reading) take(from, to int, kind Kind, sure Confidence) bool {
	for k := from; k < to; k++ {
		if r.tokens[k].taken {
			return false
		}
	}
	for k := from; k < to; k++ {
		r.tokens[k].taken = true
	}
	r.found = append(r.found, Span{Start: int(r.tokens[from].start), End: int(r.tokens[to-1].end), Kind: kind, Confidence: sure})
	return true
}

// pass marks tokens as read: what they say is nobody else's.
func (r *reading) pass(from, to int) {
	for k := from; k < to; k++ {
		r.tokens[k].taken = true
	}
}
