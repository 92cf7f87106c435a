package redaction

import (
	"slices"
	"strings"
)

// streetEnds are what names of streets end in; those in looseEnds end surnames
// as well, so there a number must follow.
var (
	streetEnds = []string{"straat", "laan", "weg", "plein", "kade", "gracht", "singel", "steeg", "plantsoen", "dreef", "straatweg", "boulevard", "allee"}
	looseEnds  = []string{"hof", "dijk", "pad", "park", "markt", "baan", "wal", "rak", "haven", "ring", "oord", "veld", "erf", "hoek", "kamp", "poort", "burg", "donk"}
	wayWords   = []string{"street", "road", "lane", "avenue", "grove", "drive", "close", "court", "gardens", "way", "crescent", "terrace", "place", "square", "hill", "row", "mews", "walk"}
)

// street reports whether a word is the name of a street: Kerkstraat.
func (r *reading) street(k int) bool {
	t := r.at(k)
	return t.what == wordToken && t.class&anyName == 0 && ends(r.word(t), streetEnds)
}

func ends(word string, with []string) bool {
	for _, e := range with {
		if len(word) > len(e)+2 && strings.EqualFold(word[len(word)-len(e):], e) {
			return true
		}
	}
	return false
}

// addresses finds streets with a number, and postcodes.
func (r *reading) addresses() {
	for k := range r.tokens {
		t := &r.tokens[k]
		if t.taken {
			continue
		}
		switch {
		case t.what == numberToken:
			if from, to, ok := r.postcode(k); ok {
				from = r.beforePostcode(from)
				r.address(from, r.town(to))
			} else if from, ok := r.streetBefore(k, false); ok {
				r.address(from, r.houseNumber(k))
			} else {
				r.wayAfter(k)
			}
		case t.what == wordToken && t.written >= capital || t.written == single:
			if to, ok := r.britishCode(k); ok && !r.tokens[k].taken {
				r.take(k, to, Address, Sure)
			}
		}
	}
}

// address keeps an address that is not the subject's: a town that is not known
// or a street beside a postcode and number that are does not make it another's.
func (r *reading) address(from, to int) {
	mine, numbers := true, 0
	for k := from; k < to; k++ {
		t := r.tokens[k]
		own := t.what == signToken || r.own.address[folded(r.word(t))]
		if t.what == numberToken {
			numbers++
		}
		mine = mine && (own || t.what == wordToken && t.class&(place|prefix) != 0)
	}
	if mine && numbers > 0 || numbers > 1 && r.own.ownNumbers(r, from, to) {
		r.pass(from, to)
		return
	}
	r.take(from, to, Address, Sure)
}

// ownNumbers reports that postcode and house number are both known.
func (o *own) ownNumbers(r *reading, from, to int) bool {
	for k := from; k < to; k++ {
		t := r.tokens[k]
		code := t.what == wordToken && t.end-t.start <= 2 && k > from && r.tokens[k-1].what == numberToken
		if (t.what == numberToken || code) && !o.address[folded(r.word(t))] {
			return false
		}
	}
	return true
}

// postcode reads 1234 AB at token k.
func (r *reading) postcode(k int) (from, to int, ok bool) {
	n, w := r.tokens[k], r.at(k+1)
	if n.end-n.start != 4 || r.text[n.start] == '0' || w.what != wordToken || w.end-w.start != 2 || w.start-n.end > 2 || w.taken ||
		k > 0 && r.touches(k) && r.tokens[k-1].what != signToken || r.touches(k+2) && r.at(k+2).what == numberToken {
		return 0, 0, false
	}
	code := r.word(w)
	if w.written == lower && n.end != w.start || w.written == capital || strings.EqualFold(code, "SS") {
		return 0, 0, false
	}
	beside := r.at(k+2).class&place != 0 || r.isSign(k-1, ',') || r.at(k-1).what == numberToken || r.said(k, []string{"postcode", "adres", "zip"}, 5)
	if (n.start != w.start && (w.shouted || w.written == lower) || slices.Contains([]string{"EU", "NL", "EN", "BV", "NV", "IN", "OP", "DE"}, code)) && !beside {
		return 0, 0, false
	}
	return k, k + 2, true
}

// beforePostcode goes back over the house number and the street.
func (r *reading) beforePostcode(k int) int {
	j := k - 1
	if r.isSign(j, ',') {
		j--
	}
	// 12, 12a, 9-B, 12 bis
	for back := 0; back < 4; back++ {
		t := r.at(j)
		switch {
		case t.taken:
			return k
		case t.what == numberToken && t.end-t.start <= 5:
			if from, ok := r.streetBefore(j, true); ok {
				return from
			}
			if r.isSign(j-1, '-') && r.at(j-2).what == numberToken {
				j -= 2
				continue
			}
			return j
		case t.what == wordToken && (t.end-t.start <= 3) && (r.touches(j) || t.end-t.start == 1 || strings.EqualFold(r.word(t), "bis")), r.isSign(j, '-'):
			j--
		default:
			return k
		}
	}
	return k
}

// streetBefore goes back from a house number over its street. sure is true
// where a postcode follows: then any name is one.
func (r *reading) streetBefore(k int, sure bool) (int, bool) {
	t := r.at(k - 1)
	if t.what != wordToken || t.taken || r.touches(k) || r.tokens[k].start-t.end > 2 || r.tokens[k].end-r.tokens[k].start > 5 || r.isDate(k) {
		return 0, false
	}
	is := func(j int) bool {
		w := r.at(j)
		return w.what == wordToken && (ends(r.word(w), streetEnds) || w.written == capital && ends(r.word(w), looseEnds) && w.class&(ordinary|place) == 0)
	}
	from := k - 1
	ok := is(from) || sure && t.written >= capital
	for back := 0; back < 5; back++ {
		w := r.at(from - 1)
		if w.taken || w.what == lineToken || r.tokens[from].start-w.end > 1 {
			break
		}
		up := w.what == wordToken && (w.written == capital || w.written == capitals && t.shouted || w.written == single) && w.class&(relation|title|ordinary) == 0
		up = up && (w.class&notName == 0 || r.text[w.start] == 'S')
		joint := w.what == wordToken && w.class&prefix != 0 && w.written == lower && r.at(from-2).what == wordToken && (r.at(from-2).written == capital || ends(r.word(r.at(from-2)), streetEnds))
		head := w.what == wordToken && w.written == capital && streetHead(r.word(w))
		if !up && !joint && !head && !(w.what == signToken && w.sign == '.' && r.touches(from-1) && r.at(from-2).written == capital) {
			break
		}
		from--
		ok = ok || head || is(from)
	}
	if r.tokens[from].what == signToken {
		from++
	}
	return from, ok && from < k
}

// streetHead is a street's first word: Laan van Meerdervoort.
func streetHead(w string) bool {
	for _, h := range []string{"laan", "plein", "weg", "straat", "kade", "postbus", "singel"} {
		if strings.EqualFold(w, h) {
			return true
		}
	}
	return false
}

// houseNumber goes on over 12a, 12-B and 12 bis, and over the town.
func (r *reading) houseNumber(k int) int {
	to := k + 1
	if t := r.at(to); t.what == wordToken && r.touches(to) && t.end-t.start <= 3 {
		to++
	} else if r.isSign(to, '-') && r.touches(to) && r.touches(to+1) && r.at(to+1).end-r.at(to+1).start <= 3 {
		to += 2
	}
	if r.isSign(to, ',') && r.at(to+1).what == numberToken {
		if _, end, ok := r.postcode(to + 1); ok {
			return r.town(end)
		}
	} else if r.at(to).what == numberToken {
		if _, end, ok := r.postcode(to); ok {
			return r.town(end)
		}
	}
	if r.isSign(to, ',') && r.at(to+1).class&place != 0 {
		return r.town(to + 1)
	}
	return to
}

// town goes on over the name of a town.
func (r *reading) town(k int) int {
	to := k
	for n := 0; n < 3; n++ {
		t := r.at(to)
		if t.what == wordToken && !t.taken && (t.class&place != 0 || n == 0 && t.written >= capital && t.class&(ordinary|relation|title|first) == 0 ||
			t.class&prefix != 0 && r.at(to+1).class&place != 0) {
			to++
			continue
		}
		break
	}
	return to
}

// wayAfter reads "14 Elm Grove, Leeds LS6 2AB" at its number.
func (r *reading) wayAfter(k int) {
	n := r.tokens[k]
	if n.end-n.start > 4 || k > 0 && r.touches(k) {
		return
	}
	to := k + 1
	if t := r.at(to); t.what == wordToken && t.end-t.start == 1 && r.touches(to) {
		to++
	}
	way := false
	for range 4 {
		t := r.at(to)
		if t.what != wordToken || t.taken || t.written != capital && !t.shouted || t.start-r.tokens[to-1].end > 1 {
			break
		}
		to++
		if slices.Contains(wayWords, folded(r.word(t))) {
			way = to > k+2
			break
		}
	}
	if !way {
		return
	}
	end := to
	for j := to; j < to+7; j++ {
		t := r.at(j)
		if code, ok := r.britishCode(j); ok {
			end = code
			break
		}
		if t.what == lineToken || t.taken || t.what == wordToken && t.written == lower || t.what == signToken && t.sign != ',' || t.what == numberToken {
			break
		}
		if t.class&place != 0 && j <= to+1 {
			end = j + 1
		}
	}
	r.address(k, end)
}

// britishCode reads a British postcode at token k: LS6 2AB, SW1A 1AA.
func (r *reading) britishCode(k int) (int, bool) {
	t := r.at(k)
	if t.what != wordToken || t.end-t.start > 2 || t.written == lower || t.written == capital || !r.touches(k+1) || r.at(k+1).what != numberToken || r.at(k+1).end-r.at(k+1).start > 2 {
		return 0, false
	}
	j := k + 2
	if w := r.at(j); r.touches(j) && w.what == wordToken && w.end-w.start == 1 {
		j++
	}
	d, w := r.at(j), r.at(j+1)
	if d.what != numberToken || d.end-d.start != 1 || d.start-r.tokens[j-1].end != 1 || w.what != wordToken || w.end-w.start != 2 || w.written != capitals || !r.touches(j+1) || d.taken || w.taken {
		return 0, false
	}
	return j + 2, true
}
