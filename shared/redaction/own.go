package redaction

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// own is what is known, in the form in which it is compared.
type own struct {
	emails, numbers, accounts, plates, address, births map[string]bool
	phones                                             map[string]bool // the last nine digits
	people                                             []ownName
}

// ownName is one name of the subject or of ours.
type ownName struct {
	family   map[string]bool // surname words, and the parts of a double one
	given    []string        // first names
	initials []string        // of all first names
	title    string          // dhr or mevr, "" = not said
}

func newOwn(k Known) own {
	o := own{
		emails: map[string]bool{}, numbers: map[string]bool{}, accounts: map[string]bool{}, plates: map[string]bool{},
		address: map[string]bool{}, births: map[string]bool{}, phones: map[string]bool{},
	}
	for _, e := range k.Emails {
		o.emails[strings.ToLower(strings.TrimSpace(e))] = true
	}
	for _, p := range k.Phones {
		if d := digitsOf(p); len(d) >= 8 {
			o.phones[d[max(0, len(d)-9):]] = true
		}
	}
	for _, a := range k.Accounts {
		o.accounts[strings.ToUpper(alnum(a))] = true
	}
	for _, p := range k.Plates {
		o.plates[alnum(p)] = true
	}
	for _, a := range k.Addresses {
		for _, w := range pieces(a) {
			o.address[w] = true
		}
	}
	for _, n := range k.Numbers {
		o.numbers[digitsOf(n)] = true
	}
	delete(o.numbers, "")
	for _, d := range k.Birthdates {
		o.births[dayOf(d)] = true
	}
	delete(o.births, "")
	for _, n := range k.Names {
		if name := readName(n); len(name.family) > 0 {
			o.people = append(o.people, name)
		}
	}
	return o
}

func (o *own) phone(digits []byte) bool {
	return len(digits) >= 9 && o.phones[string(digits[len(digits)-9:])]
}

// readName takes a name apart. The last word is the surname, with all words
// after a prefix; of "Berg, J.P. van der" the first.
func readName(s string) ownName {
	name := ownName{family: map[string]bool{}}
	lex := lexicon()
	surname, rest, turned := strings.Cut(s, ",")
	if !turned {
		surname, rest = "", s
	}
	rest = strings.ReplaceAll(rest, ".", ". ")
	var words []string
	between := -1
	for _, raw := range strings.Fields(rest) {
		w := folded(strings.Trim(raw, ".,;()\"'"))
		switch {
		case w == "":
		case lex[w]&title != 0 && !turned && len(words) == 0:
			name.title = sexOf(w)
		case len(w) <= 1 || strings.HasSuffix(raw, ".") && utf8.RuneCountInString(w) <= 3:
			name.initials = append(name.initials, w[:1])
		default:
			if lex[w]&prefix != 0 && between < 0 && len(words)+len(name.initials) > 0 {
				between = len(words)
			}
			words = append(words, w)
		}
	}
	cut := len(words) - 1
	switch {
	case turned:
		cut = len(words)
	case between >= 0:
		cut = between
	}
	for i, w := range words {
		if i < cut {
			name.given = append(name.given, w)
			for part := range strings.SplitSeq(w, "-") {
				if part != "" {
					name.initials = append(name.initials, part[:1])
				}
			}
		}
	}
	for _, w := range append(words[max(0, min(cut, len(words))):], strings.Fields(folded(surname))...) {
		for part := range strings.SplitSeq(w, "-") {
			name.family[part] = true
		}
		name.family[w] = true
	}
	delete(name.family, "")
	return name
}

// sexOf tells which of two a title is for, "" = either.
func sexOf(title string) string {
	switch {
	case slices.Contains([]string{"dhr", "heer", "hr", "meneer", "mijnheer", "mr", "mister"}, title):
		return "dhr"
	case slices.Contains([]string{"mevr", "mevrouw", "mw", "mvr", "mej", "mrs", "ms", "miss"}, title):
		return "mevr"
	}
	return ""
}

// called is a name as it stands in a text.
type called struct {
	words    []string // folded, without prefixes, in order
	initials []string
	title    string
	related  bool // "zijn zoon" stands before it
}

// is reports whether that name is the subject's or ours. What leaves doubt is
// another's: a name left standing harms more than a mark too many.
func (o *own) is(c called) bool {
	for i := range o.people {
		if o.people[i].is(c) {
			return true
		}
	}
	return false
}

func (n *ownName) is(c called) bool {
	if n.title != "" && c.title != "" && n.title != c.title {
		return false
	}
	if len(c.initials) > 0 && (len(n.initials) > 0 && c.initials[0] != n.initials[0] || len(c.words) == 0) {
		return false
	}
	family := 0
	given := 0
	for i, w := range c.words {
		w = strings.TrimSuffix(w, "'s")
		switch {
		case n.hasFamily(w):
			family++
		case slices.Contains(n.given, w):
			given++
		case i == 0 && len(c.words) > 1 && len(n.given) == 0 && len(n.initials) > 0 && w[:1] == n.initials[0]:
			given++ // we know initials only, and it is the first: Jan for J.
			if c.related {
				return false // "zijn zoon Jan Smit": the same first letter, another person
			}
		default:
			return false
		}
	}
	if c.related && (family == 0 || given == 0) {
		return false // "zijn vrouw De Vries"
	}
	return family > 0 || given > 0
}

func (n *ownName) hasFamily(w string) bool {
	if n.family[w] {
		return true
	}
	if len(w) > 3 && strings.HasSuffix(w, "s") && n.family[w[:len(w)-1]] {
		return true
	}
	if !strings.Contains(w, "-") {
		return false
	}
	for part := range strings.SplitSeq(w, "-") {
		if !n.family[part] {
			return false
		}
	}
	return true
}

func digitsOf(s string) string {
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		if '0' <= s[i] && s[i] <= '9' {
			b = append(b, s[i])
		}
	}
	return string(b)
}

// alnum keeps letters, in lower case, and figures.
func alnum(s string) string { return strings.Join(pieces(s), "") }

// pieces cuts a text into words and numbers, folded.
func pieces(s string) []string {
	var out []string
	var b []byte
	kind := 0
	end := func() {
		if len(b) > 0 {
			out = append(out, string(b))
		}
		b = b[:0]
	}
	f := fold(nil, s)
	for i := range f {
		k := 0
		switch c := f[i]; {
		case '0' <= c && c <= '9':
			k = 1
		case 'a' <= c && c <= 'z' || c >= utf8.RuneSelf:
			k = 2
		}
		if k != kind {
			end()
			kind = k
		}
		if k != 0 {
			b = append(b, f[i])
		}
	}
	end()
	return out
}

// dayOf brings a date to one form, "" = it is none.
func dayOf(s string) string {
	p := pieces(s)
	if len(p) != 3 {
		return ""
	}
	for i, w := range p {
		if k := slices.Index(months[:12], w); k >= 0 {
			p[i] = []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"}[k]
		} else if m, ok := map[string]string{"january": "1", "february": "2", "march": "3", "may": "5", "june": "6", "july": "7", "august": "8", "october": "10"}[w]; ok {
			p[i] = m
			if i == 0 {
				p[0], p[1] = p[1], p[0]
			}
		}
	}
	if len(p[0]) == 4 {
		p[0], p[2] = p[2], p[0]
	}
	for i := range p {
		p[i] = strings.TrimLeft(p[i], "0")
	}
	return strings.Join(p, "-")
}
