package redaction

import "strings"

// people finds names of persons. One sign is not enough for a word that no
// list knows; a name of a list needs its capital, and where all is in
// capitals or in small letters a title or a relation before it.
func (r *reading) people() {
	for k := 0; k < len(r.tokens); {
		k = max(k+1, r.person(k))
	}
}

// reason says why a name is looked for at a token.
type reason struct {
	strength Confidence // of what stands before it; 0 = nothing
	forced   bool       // a title or relation: the next word is a name, even in small letters
	titled   bool
	related  bool
	title    string
}

// person reads a name at token k and gives the token after what it read.
func (r *reading) person(k int) int {
	t := r.at(k)
	if t.taken || t.what != wordToken {
		return k + 1
	}
	if t.written == lower && t.class&(title|relation|prefix|anyName) == 0 && r.at(k-1).what != lineToken {
		return k + 1 // most words
	}
	why, start := r.before(k)
	if start >= len(r.tokens) {
		return k + 1
	}
	end, got := r.name(start, why)
	if end == start {
		return start
	}
	return r.judge(start, end, got, why)
}

// before reads titles and relations that stand at k, and cues before it; start is where the name begins.
func (r *reading) before(k int) (reason, int) {
	var why reason
	start := k
	for range 6 {
		t := r.at(start)
		if t.taken || t.what != wordToken {
			break
		}
		if r.isTitle(start) {
			why.strength, why.forced, why.titled = Sure, true, true
			if s := sexOf(folded(r.word(t))); s != "" {
				why.title = s
			}
			start = r.skip(start+1, "./&")
			continue
		}
		if t.class&relation != 0 && t.class&(first|family) == 0 {
			next := r.skip(start+1, ",:(")
			if w := r.at(next); w.what == wordToken && w.written == lower && next == start+1 {
				switch folded(r.word(w)) {
				case "is", "heet", "genaamd", "named", "called":
					next++
				}
			}
			// A sign between weakens: "Klant betaalt niet, Wehkamp schrijft".
			why.related, why.forced = true, why.titled || !r.isSign(start+1, ',')
			why.strength = Sure
			if next == start+1 && r.at(next).what != wordToken {
				return why, next
			}
			start = next
			continue
		}
		break
	}
	if why.strength > 0 {
		return why, start
	}
	p := r.at(k - 1)
	if p.what == signToken && (p.sign == ':' || p.sign == ',') && r.at(k-2).class&strongCue != 0 {
		p = r.at(k - 2)
	}
	switch {
	case r.signs(k):
		why.strength, why.forced = Sure, true
	case p.what == wordToken && p.class&strongCue != 0:
		why.strength = Sure
	case r.at(k).written != lower && (r.beside(k) || r.mailOf(k)):
		why.strength = Likely
	case p.what == wordToken && p.class&cue != 0:
		why.strength = Likely
	}
	return why, k
}

// beside reports "en" between a person and token k.
func (r *reading) beside(k int) bool {
	if !r.at(k-2).taken || r.at(k-2).what != wordToken {
		return false
	}
	switch folded(r.word(r.at(k - 1))) {
	case "en", "and", "of", "or":
		return true
	}
	return false
}

// mailOf reports "mail van" before token k.
func (r *reading) mailOf(k int) bool {
	switch folded(r.word(r.at(k - 1))) {
	case "van", "from":
	default:
		return false
	}
	if r.at(k-2).class&relation != 0 {
		return true
	}
	switch folded(r.word(r.at(k - 2))) {
	case "mail", "email", "e-mail", "brief", "bericht", "appje", "sms", "telefoontje", "gesprek", "oproep", "verklaring", "call", "letter", "message", "text", "note":
		return true
	}
	return false
}

// skip goes over spaces and the signs given.
func (r *reading) skip(k int, signs string) int {
	for n := 0; n < 2 && r.at(k).what == signToken && strings.IndexByte(signs, r.at(k).sign) >= 0; n++ {
		k++
	}
	return k
}

func (r *reading) isTitle(k int) bool {
	t := r.at(k)
	return t.class&title != 0 && (t.class&notName == 0 || t.written != capitals) && (t.class&place == 0) && (t.written != capitals || t.shouted || t.end-t.start <= 4)
}

// signs reports whether token k begins the line under a greeting, or follows it.
func (r *reading) signs(k int) bool {
	j := k - 1
	if r.isSign(j, ',') {
		j--
	}
	lines := 0
	for r.at(j).what == lineToken && j >= 0 {
		j, lines = j-1, lines+1
	}
	if lines > 0 && (r.isSign(j, ',') || r.isSign(j, '.')) {
		j--
	}
	if j < 0 || r.tokens[j].class&closing == 0 {
		return false
	}
	if lines == 0 {
		return r.tokens[k].written != lower
	}
	// The greeting ends its line, and the line under it holds a name and no more.
	words := 0
	for e := k; ; e++ {
		switch t := r.at(e); t.what {
		case lineToken:
			return words > 0
		case numberToken:
			return false
		case signToken:
			if t.sign != '.' && t.sign != ',' && t.sign != '-' && t.sign != '(' && t.sign != ')' {
				return false
			}
		default:
			if words++; words > 6 {
				return false
			}
		}
	}
}

// parts tell what a name is made of.
type parts struct {
	known    bool // a word of it is a sure name of the lists
	unsure   bool // a word of it is a name, and an ordinary word too
	given    bool // a first name
	unknown  int  // words of no list, with a capital
	initials int
	between  int  // strong prefixes: van der
	joined   bool // any prefix before the last word
	headCap  bool
}

// name reads on over the words of a name that begins at k; end is k when there is none.
func (r *reading) name(k int, why reason) (end int, p parts) {
	j, words := k, 0
	end = k
	for words < 6 && j < len(r.tokens) {
		t := r.tokens[j]
		if t.taken || t.what != wordToken || j > k && t.start-r.tokens[j-1].end > 2 {
			break
		}
		if n := r.initial(j, why, words); n > 0 {
			if p.known && words > 0 && p.initials == 0 && t.written == single && !r.isSign(j+1, '.') && r.at(j+1).what != wordToken {
				break
			}
			j += n
			p.initials++
			words++
			continue
		}
		if n := r.between(j, why, p, words); n > 0 {
			if n > 1 || strongPrefix(folded(r.word(t))) {
				p.between++
			}
			p.joined = true
			p.headCap = p.headCap || words == 0 && t.written == capital && !r.begins(j)
			j += n
			continue
		}
		if !r.nameWord(j, why, p, words) {
			break
		}
		switch {
		case t.class&first != 0:
			p.known, p.given = true, true
		case t.class&family != 0:
			p.known = p.known || t.written != lower || why.forced || p.given || p.initials > 0
			p.unsure = true
		case t.class&(firstWord|familyWord) != 0:
			p.unsure, p.given = true, p.given || t.class&firstWord != 0
		default:
			p.unknown++
		}
		j++
		words++
		end = j
	}
	return end, p
}

// initial reads "J." or "Th." at j, or the J of "J Jansen"; 0 = none.
func (r *reading) initial(j int, why reason, words int) int {
	t := r.tokens[j]
	if words > 3 && t.written != single {
		return 0
	}
	stop := r.isSign(j+1, '.') && r.touches(j+1)
	next := r.at(j + 1)
	switch {
	case t.written == single && stop:
		if r.companyForm(j) {
			return 0
		}
		return 2
	case t.written == single && next.what == wordToken && next.start-t.end == 1 && (next.class&anyName != 0 && next.written != lower || next.class&prefix != 0 || next.written == capital && why.forced) && t.class == 0:
		return 1
	case t.written == capital && stop && words == 0 && digraphs[r.word(t)]: // Th., Joh.
		if n := r.at(j + 2); n.what == wordToken && n.written != lower || n.class&prefix != 0 {
			return 2
		}
	case t.written == capitals && t.end-t.start <= 3 && !t.shouted && t.class == 0 && next.what == wordToken && next.start-t.end == 1 && next.class&(family|prefix) != 0 && next.class&notName == 0: // JW Hoekstra
		return 1
	}
	return 0
}

// digraphs are initials of more than one letter.
var digraphs = map[string]bool{"Th": true, "Chr": true, "Joh": true, "Ph": true, "Ch": true, "Fr": true, "Jac": true, "Tj": true, "Sj": true, "Ij": true, "IJ": true, "Wm": true, "Kl": true, "Ger": true, "Jos": true, "St": true}

// companyForm reports B.V., N.V., V.O.F. and C.V. at j.
func (r *reading) companyForm(j int) bool {
	a, b := r.at(j), r.at(j+2)
	if a.what == wordToken && a.class&company != 0 {
		return true
	}
	if a.written != single || b.what != wordToken || !r.isSign(j+1, '.') || !r.touches(j+2) {
		return false
	}
	switch r.word(a) + r.word(b) {
	case "BV", "NV", "CV":
		return true
	case "VO":
		return r.isSign(j+3, '.') && r.word(r.at(j+4)) == "F"
	}
	return false
}

var strongPrefixes = map[string]bool{"der": true, "den": true, "ter": true, "ten": true, "'t": true, "el": true, "v.d": true, "vd": true, "vander": true, "vanden": true, "al": true, "ben": true}

func strongPrefix(w string) bool { return strongPrefixes[w] }

// between reads prefixes at j that a surname follows: "van der" of van der
// Meer; it gives the number of tokens.
func (r *reading) between(j int, why reason, p parts, words int) int {
	n, strong := 0, false
	var buf [64]byte
	for n < 7 {
		t := r.at(j + n)
		switch {
		case t.what == signToken && (t.sign == '.' || t.sign == '/') && n > 0 && r.touches(j+n), // v.d. and v/d
			t.what == signToken && (t.sign == '\'' || t.sign == 0 && (r.word(t) == "’" || r.word(t) == "‘")) && r.at(j+n+1).what == wordToken && r.touches(j+n+1) && isT(r.word(r.at(j+n+1))):
			n++
			continue
		case t.what == wordToken && !t.taken && (t.class&prefix != 0 || isT(r.word(t)) && n > 0 || (r.word(t) == "v" || r.word(t) == "d" || r.word(t) == "V") && (r.isSign(j+n+1, '.') || r.isSign(j+n+1, '/') || n > 0)):
			w := string(fold(buf[:0], r.word(t)))
			strong = strong || strongPrefix(w) || w == "d" || w == "t"
			n++
			continue
		}
		break
	}
	if n == 0 {
		return 0
	}
	head, next := r.at(j), r.at(j+n)
	if next.what != wordToken || next.taken || next.class&(place|notName|company) != 0 && next.class&family == 0 || r.at(j+n-1).end < next.start-2 {
		return 0
	}
	led := words > 0 || why.titled || why.related && why.forced
	switch {
	case next.class&first != 0 && next.class&(family|familyWord) == 0 && words == 0 && head.written == lower: // van Jan
		return 0
	case next.written == lower || next.shouted:
		// Small letters: only a surname of the list, and only where a name is due.
		if !led || next.class&(family|familyWord) == 0 {
			return 0
		}
		return n
	case ends(r.word(next), streetEnds) && next.class&family == 0:
		return 0
	case led:
		// "Els in Utrecht", "Els bij Karel": not every prefix joins two capitals.
		if weakPrefix(folded(r.word(head))) && n == 1 {
			return 0
		}
		if words > 0 && n == 1 && next.class&first != 0 && next.class&(family|familyWord) == 0 {
			return 0
		}
		return n
	case head.written == capital:
		if r.begins(j) && !strong && next.class&(family|familyWord) == 0 {
			return 0
		}
		return n
	case strong:
		return n
	}
	// "met de Vries": a surname that is known to go with de.
	if folded(r.word(r.at(j+n-1))) == "de" && next.class&(family|familyWord) != 0 && n <= 2 && r.at(j-1).what == wordToken && r.at(j-1).class&(cue|strongCue) != 0 {
		return n
	}
	return 0
}

func isT(w string) bool { return w == "t" || w == "s" || w == "T" }

// weakPrefix is an ordinary preposition that stands in few surnames.
func weakPrefix(w string) bool {
	switch w {
	case "aan", "in", "bij", "voor", "uit", "op", "onder", "over", "tot", "het", "of", "e", "y", "do", "o":
		return true
	}
	return false
}

// nameWord reports whether the word at j may be one of a name.
func (r *reading) nameWord(j int, why reason, p parts, words int) bool {
	t := r.tokens[j]
	if t.class&(closing|strongCue) != 0 && t.class&anyName == 0 {
		return false
	}
	if t.written != capital && (t.written != capitals || t.shouted) {
		return r.smallWord(j, why, p, words)
	}
	if t.class&first != 0 {
		return true
	}
	if t.class&(title|relation) != 0 && t.class&(anyName) == 0 {
		return false
	}
	if t.class&(notName|company) != 0 {
		return t.class&(firstWord|familyWord|family) != 0 && (words > 0 || why.titled || why.related) && t.class&company == 0 && t.written == capital
	}
	if t.class&place != 0 {
		return t.class&(family|familyWord|firstWord) != 0 && (words > 0 || why.titled)
	}
	if t.class&ordinary != 0 {
		if t.class&anyName == 0 {
			return p.joined && t.written == capital // ten Have
		}
		return words > 0 || why.titled || !r.begins(j)
	}
	if r.street(j) && !why.titled {
		return false
	}
	if t.written == capitals && t.class == 0 && !(why.forced && words == 0 || words > 0 && p.known && t.end-t.start > 3) {
		return false // an abbreviation
	}
	if t.class == 0 && words == 0 && r.begins(j) && why.strength == 0 {
		// The first word of a sentence: a name only when a surname follows.
		next := r.at(j + 1)
		return next.written == capital && (next.class&family != 0 || next.class == 0 && !r.street(j+1)) || surnameLike(r.word(t)) ||
			r.at(j+1).class&prefix != 0 && r.at(j+2).written == capital && (r.isSign(j-1, ':') || strongPrefix(folded(r.word(r.at(j+1)))))
	}
	if t.class&(firstWord|familyWord) != 0 && words == 0 && r.begins(j) && why.strength < Sure {
		next := r.at(j + 1)
		return next.written == capital && next.class&(family|familyWord) != 0
	}
	if t.class&(speech|cue|prefix) != 0 && t.class&anyName == 0 {
		return words > 0 && t.class&(speech|cue) == 0
	}
	return true
}

// smallWord reports whether the word at j may be one of a name though no
// capital says so: it stands in small letters, or all around it are capitals.
func (r *reading) smallWord(j int, why reason, p parts, words int) bool {
	t := r.tokens[j]
	switch {
	case t.written == single:
		return false
	case t.class&first != 0:
		return t.end-t.start >= 4 || why.forced
	case t.class&(family|familyWord) != 0:
		return t.class&ordinary == 0 && (p.given || p.initials > 0 || p.between > 0 || why.titled || why.related && why.forced && t.class&family != 0)
	case t.class&firstWord != 0:
		return why.forced && words == 0 && t.class&(ordinary|notName|speech|cue|prefix) == 0 && t.end-t.start >= 3
	case t.class != 0 || words > 0:
		return false
	case why.titled:
		return !verbLike(r.word(t))
	}
	return why.forced && r.signs(j) && r.at(j+1).what == lineToken
}

// begins reports whether token k is the first of a sentence, where every word has a capital.
func (r *reading) begins(k int) bool {
	p := r.at(k - 1)
	if k == 0 || p.what == lineToken {
		return true
	}
	if p.what != signToken {
		return false
	}
	switch p.sign {
	case '!', '?', ';', '"', '*', '-', '>', ':':
		return true
	case '.':
		// After "dhr." and "J." the sentence goes on.
		w := r.at(k - 2)
		return !(w.what == wordToken && (w.class&title != 0 || w.written == single))
	case 0:
		return r.word(p) == "“" || r.word(p) == "„" || r.word(p) == "•" || r.word(p) == "–"
	}
	return false
}

// verbLike is a word in small letters that looks like a verb: "mevrouw begrijpt".
func verbLike(w string) bool {
	if len(w) < 3 {
		return true
	}
	for _, e := range []string{"t", "de", "te", "den", "ten", "ed", "ies", "ing"} {
		if strings.HasSuffix(w, e) {
			return true
		}
	}
	return false
}

// surnameLike is a word that ends as surnames do.
func surnameLike(w string) bool {
	if len(w) < 6 {
		return false
	}
	f := folded(w)
	for _, e := range []string{"stra", "sma", "inga", "enga", "ema", "ssen", "rsen", "nsen", "mans", "oglu", "ski", "ska", "wicz", "czyk", "poulos", "ovic", "escu", "shvili", "huizen", "brink", "broek", "veld", "horst", "singh"} {
		if strings.HasSuffix(f, e) {
			return true
		}
	}
	return false
}

// judge weighs a name and keeps it, when it is nobody known.
func (r *reading) judge(start, end int, p parts, why reason) int {
	if k := r.beforeStreet(end); k > end && !why.titled {
		return k // Willem de Zwijgerlaan
	}
	end = r.turned(end, p)
	strength := why.strength
	mid := !r.begins(start)
	switch {
	case p.known, p.initials > 0 && end > start, p.given && p.unsure && end-start > 1:
		strength = Sure
	case p.between > 0, p.headCap:
		strength = max(strength, Sure)
	case surnameLike(r.word(r.tokens[end-1])):
		strength = max(strength, Likely)
	case p.unsure && mid:
		strength = max(strength, Likely)
	case p.unknown == 2:
		strength = max(strength, Likely)
	case p.unknown > 0 && mid && r.at(end).what == wordToken && r.at(end).class&speech != 0:
		strength = max(strength, Likely)
	case r.isSign(end, '<'):
		strength = Sure
	}
	if strength == 0 || strength < Sure && !mid && !p.unsure && p.unknown != 2 && !surnameLike(r.word(r.tokens[end-1])) {
		return end
	}
	if !why.titled && r.isCompany(start, end, p, why) {
		return end
	}
	c := called{title: why.title, related: why.related}
	for k := start; k < end; k++ {
		t := r.tokens[k]
		if t.what != wordToken || t.class&prefix != 0 && t.class&anyName == 0 || t.end-t.start == 1 && (t.written == lower || r.at(k+2).end-r.at(k+2).start == 1 && r.at(k+2).written == lower) {
			continue // van, v.d., 't
		}
		w := folded(r.word(t))
		switch {
		case t.written == single || r.isSign(k+1, '.') && t.end-t.start <= 3:
			c.initials = append(c.initials, w[:1])
		case len(w) > 1:
			c.words = append(c.words, w)
		}
	}
	if t := r.at(end); t.what == wordToken && len(c.words) > 0 {
		switch w := folded(r.word(t)); w {
		case "senior", "junior", "sr", "jr":
			c.words = append(c.words, w) // of two with one name
			end++
		}
	}
	if r.own.is(c) {
		return end
	}
	r.take(start, end, Person, strength)
	return end
}

// beforeStreet gives the token after the name of a street that goes on at k, k when there is none.
func (r *reading) beforeStreet(k int) int {
	for j := k; j < k+3; j++ {
		if r.street(j) {
			return j + 1
		}
		if r.at(j).class&prefix == 0 {
			break
		}
	}
	return k
}

// turned goes on over ", J.P. van der" after a surname.
func (r *reading) turned(end int, p parts) int {
	if p.initials > 0 || !r.isSign(end, ',') || r.at(end+1).written != single || !r.isSign(end+2, '.') {
		return end
	}
	k := end + 1
	for r.at(k).written == single && r.isSign(k+1, '.') && r.touches(k+1) {
		k += 2
	}
	for r.at(k).class&prefix != 0 && r.at(k).written == lower && r.at(k+1).written != capital {
		k++
	}
	return k
}

// isCompany reports whether a name is that of a company, by what stands around it.
func (r *reading) isCompany(start, end int, p parts, why reason) bool {
	next := r.at(end)
	if next.what == wordToken && next.start-r.tokens[end-1].end <= 1 && (r.companyForm(end) && (next.written != lower || next.end-next.start <= 3)) {
		return true
	}
	if r.isSign(end, '&') {
		after := r.at(end + 1)
		return after.class&company != 0 || !p.given
	}
	if r.isSign(start-1, '&') && !p.given {
		return true
	}
	before := r.at(start - 1)
	if before.what != wordToken || why.related {
		return false
	}
	if before.class&company != 0 && !p.given {
		return true
	}
	w := folded(r.word(before))
	for _, e := range []string{"bedrijf", "bureau", "stichting", "winkel", "restaurant", "bakkerij", "centrum", "huis", "groep", "kantoor"} {
		if strings.HasSuffix(w, e) && !p.given && before.class&anyName == 0 {
			return true
		}
	}
	return false
}
