package redaction

import (
	"slices"
	"strings"
)

// near is how many tokens back a word may stand that says what a number is.
const near = 8

// The words that say what the number after them is.
var (
	bsnWords   = []string{"bsn", "burgerservice", "sofi", "citizen"}
	birthWords = []string{"geb", "gebdat", "geboren", "geboorte", "geboortedatum", "geboortedag", "born", "dob", "birth", "birthdate", "birthday", "geboorted"}
	plateWords = []string{"kenteken", "auto", "voertuig", "aanhanger", "motor", "bus", "bestelbus", "scooter", "plate", "registration", "vehicle", "car", "nummerbord"}
	accWords   = []string{"rekeningnummer", "rekeningnr", "bankrekening", "banknummer", "girorekening", "gironummer", "giro"}
	otherNrs   = []string{"factuur", "dossier", "klant", "polis", "kvk", "order", "contract", "kenmerk", "ref", "invoice", "relatie", "debiteur", "zaak", "btw", "meter", "ean", "file", "customer", "case"}
	freeLines  = []string{"0800", "0900", "0906", "0909"}
)

// numbers finds all that is told by its form: mail addresses, telephones,
// accounts, BSNs, dates of birth and plates.
func (r *reading) numbers() {
	for k := 0; k < len(r.tokens); k++ {
		t := &r.tokens[k]
		if t.taken {
			continue
		}
		switch {
		case t.what == signToken && t.sign == '@':
			r.email(k)
		case t.what == numberToken:
			// The order matters: a date and a plate may look like a telephone number.
			_ = r.plate(k) || r.birthdate(k) || r.phone(k) || r.bsn(k) || r.account(k)
		case t.what == signToken && t.sign == '+':
			r.phone(k)
		case t.what == wordToken:
			if t.end-t.start <= 5 {
				_ = r.iban(k) || r.plate(k) || r.namedDay(k)
			} else if t.written != lower {
				r.namedDay(k)
			}
		}
	}
}

// said reports whether one of the words stands before token k, in its line.
func (r *reading) said(k int, words []string, within int) bool {
	var buf [64]byte
	for j := k - 1; j >= 0 && j >= k-within; j-- {
		t := r.tokens[j]
		if t.what == lineToken {
			// "Geboortedatum" may stand at the end of the line above, with nothing beside it.
			if j != k-1 {
				return false
			}
			continue
		}
		if t.what != wordToken || t.end-t.start > 40 {
			continue
		}
		w := fold(buf[:0], r.word(t))
		for _, want := range words {
			if strings.HasPrefix(string(w), want) && (len(want) > 3 || len(w) == len(want)) {
				return true
			}
		}
	}
	return false
}

func (r *reading) email(k int) {
	from, to := k, k+1
	for from > 0 && r.touches(from) && !r.tokens[from-1].taken && (mailPart(r.tokens[from-1]) || r.isSign(from-1, '+') || r.isSign(from-1, '%')) {
		from--
	}
	for from < k && r.tokens[from].what == signToken {
		from++
	}
	for r.touches(to) && mailPart(r.tokens[to]) {
		to++
	}
	for to > k+1 && r.tokens[to-1].what == signToken {
		to--
	}
	dot := false
	for j := k + 1; j < to; j++ {
		dot = dot || r.isSign(j, '.')
	}
	if from == k || to == k+1 || !dot || r.tokens[to-1].what != wordToken {
		return
	}
	mail := strings.ToLower(r.text[r.tokens[from].start:r.tokens[to-1].end])
	if r.own.emails[mail] {
		r.pass(from, to)
		return
	}
	r.take(from, to, Email, Sure)
}

func mailPart(t token) bool {
	return t.what == wordToken || t.what == numberToken || t.what == signToken && (t.sign == '.' || t.sign == '_' || t.sign == '-')
}

// phone reads a telephone number that begins at token k.
func (r *reading) phone(k int) bool {
	if k > 0 && r.touches(k) && (r.tokens[k-1].what != signToken || r.isSign(k-1, ',')) {
		return false
	}
	if r.tokens[k].what == numberToken && (r.text[r.tokens[k].start] != '0' || r.isDate(k)) {
		return false
	}
	var digits []byte
	var room [24]byte
	digits = room[:0]
	groups, firstLen, end := 0, 0, 0
	foreign := r.tokens[k].what == signToken
	for j := k; j < len(r.tokens) && j < k+20; j++ {
		t := r.tokens[j]
		if t.taken || j > k && t.start-r.tokens[j-1].end > 2 {
			break
		}
		if t.what == signToken && (t.sign == '+' && j == k || strings.IndexByte("-./()", t.sign) >= 0 || t.sign == 0 && r.word(t) == "‑") {
			continue
		}
		if t.what != numberToken || len(digits)+int(t.end-t.start) > 16 {
			break
		}
		if j > k+1 && groups > 0 && r.isDate(j) { // "06-12345678 12-03-2026"
			break
		}
		if groups == 0 {
			firstLen = int(t.end - t.start)
			foreign = foreign || strings.HasPrefix(r.word(t), "00")
		}
		digits = append(digits, r.word(t)...)
		groups++
		if r.wholePhone(digits, firstLen, foreign) {
			end = j + 1
			if !foreign || len(digits) >= 15 {
				if !strings.HasPrefix(string(digits), "07") || len(digits) == 11 {
					break
				}
			}
		}
		if groups == 1 && slices.Contains(freeLines, string(digits)) {
			return false // a company's number, for everybody
		}
	}
	if end == 0 {
		return false
	}
	if groups == 1 && !foreign && r.said(k, otherNrs, 2) || r.own.numbers[string(digits)] {
		return false
	}
	for _, free := range freeLines {
		if strings.HasPrefix(string(digits), free) {
			r.pass(k, end)
			return true
		}
	}
	if r.own.phone(digits) {
		r.pass(k, end)
		return true
	}
	if k > 0 && r.isSign(k-1, '(') && !r.tokens[k-1].taken && r.touches(k) {
		for j := k; j < end; j++ { // (020) 123 45 67: the bracket is part of it
			if r.isSign(j, ')') {
				k--
				break
			}
		}
	}
	return r.take(k, end, Phone, Sure)
}

// wholePhone reports whether digits are as many as a number has.
func (r *reading) wholePhone(digits []byte, firstLen int, foreign bool) bool {
	d := string(digits)
	if !foreign {
		switch {
		case len(d) == 10:
			return firstLen == 10 || firstLen == 3 || firstLen == 4 || firstLen == 2 && d[1] == '6'
		case len(d) == 11: // British
			return d[1] == '7' || d[1] == '1' && firstLen >= 4 || d[1] == '2' && firstLen == 3
		}
		return false
	}
	d = strings.TrimPrefix(d, "00")
	if strings.HasPrefix(d, "31") {
		d = d[2:]
		return len(d) == 9 && d[0] != '0' || len(d) == 10 && d[0] == '0'
	}
	return len(d) >= 9 && len(d) <= 15 && d[0] != '0'
}

// isDate reports a date in figures at token k: 06-12-2025, 2025-12-06.
func (r *reading) isDate(k int) bool {
	_, ok := r.date(k)
	return ok
}

// date reads a date that begins with the number at k; next is the token after it.
func (r *reading) date(k int) (next int, ok bool) {
	a, sep, b := r.at(k), r.at(k+1), r.at(k+2)
	if a.what != numberToken {
		return 0, false
	}
	if sep.what == signToken && strings.IndexByte("-/.", sep.sign) >= 0 && r.touches(k+1) && b.what == numberToken && r.touches(k+2) &&
		r.isSign(k+3, sep.sign) && r.touches(k+3) && r.at(k+4).what == numberToken && r.touches(k+4) {
		x, y, z := r.word(a), r.word(b), r.word(r.tokens[k+4])
		if len(x) == 4 && x[0] >= '1' && x[0] <= '2' {
			return k + 5, within(y, 12) && within(z, 31)
		}
		return k + 5, within(x, 31) && within(y, 31) && (len(z) == 4 && z[0] >= '1' && z[0] <= '2' || len(z) == 2)
	}
	// 3 februari 1979, 12 March 1985
	m := k + 1
	if r.isSign(m, '-') || r.isSign(m, '.') {
		m++
	} else if t := r.at(m); t.what == wordToken && r.touches(m) && (r.word(t) == "th" || r.word(t) == "st" || r.word(t) == "nd" || r.word(t) == "rd") {
		m++
	}
	if !within(r.word(a), 31) || !r.month(m) {
		return 0, false
	}
	y := m + 1
	for y <= m+2 && (r.isSign(y, '-') || r.isSign(y, '.') || r.isSign(y, ',')) {
		y++
	}
	if t := r.at(y); t.what == numberToken && t.end-t.start == 4 {
		return y + 1, true
	}
	return 0, false
}

var months = strings.Fields("januari februari maart april mei juni juli augustus september oktober november december january february march may june july august october jan feb mrt apr jun jul aug sep sept okt oct nov dec mar")

func (r *reading) month(k int) bool {
	t := r.at(k)
	if t.what != wordToken || t.end-t.start > 9 || t.end-t.start < 3 {
		return false
	}
	var buf [16]byte
	return slices.Contains(months, string(fold(buf[:0], r.word(t))))
}

func within(digits string, most int) bool {
	n := 0
	for i := range len(digits) {
		n = n*10 + int(digits[i]-'0')
	}
	return len(digits) <= 2 && n >= 1 && n <= most
}

// birthdate finds a date that the text calls one of birth.
func (r *reading) birthdate(k int) bool {
	next, ok := r.date(k)
	if !ok || !r.said(k, birthWords, near) && !r.saidAfter(next, birthWords) {
		return false
	}
	return r.keepDay(k, next)
}

// namedDay finds "March 12, 1985" where the text calls it a date of birth.
func (r *reading) namedDay(k int) bool {
	if r.tokens[k].written == lower || !r.month(k) || r.at(k+1).what != numberToken || !within(r.word(r.at(k+1)), 31) {
		return false
	}
	y := k + 2
	if r.isSign(y, ',') {
		y++
	}
	if t := r.at(y); t.what != numberToken || t.end-t.start != 4 || !r.said(k, birthWords, near) {
		return false
	}
	return r.keepDay(k, y+1)
}

func (r *reading) keepDay(from, to int) bool {
	if r.own.births[dayOf(r.text[r.tokens[from].start:r.tokens[to-1].end])] {
		r.pass(from, to)
		return true
	}
	return r.take(from, to, Birthdate, Sure)
}

// saidAfter reports whether one of the words stands right after.
func (r *reading) saidAfter(k int, words []string) bool {
	var buf [64]byte
	for j := k; j < k+2; j++ {
		if t := r.at(j); t.what == wordToken && t.end-t.start < 20 {
			return slices.Contains(words, string(fold(buf[:0], r.word(t))))
		}
	}
	return false
}

// bsn finds nine digits that the text calls a BSN. A wrong digit does not hide
// it; without the word nothing is one, for files and invoices have nine too.
func (r *reading) bsn(k int) bool {
	var room [16]byte
	digits, end := room[:0], 0
	for j := k; j < k+5; j++ {
		t := r.at(j)
		if t.what == signToken && (t.sign == '.' || t.sign == '-') && j > k {
			continue
		}
		if t.what != numberToken || t.taken || len(digits)+int(t.end-t.start) > 9 || j > k && t.start-r.tokens[j-1].end > 1 {
			break
		}
		digits, end = append(digits, r.word(t)...), j+1
		if len(digits) == 9 {
			break
		}
	}
	if len(digits) < 8 || !r.said(k, bsnWords, 12) && !r.saidAfter(end, bsnWords) {
		return false
	}
	if r.own.numbers[string(digits)] {
		r.pass(k, end)
		return true
	}
	if len(digits) == 8 {
		digits = append([]byte{'0'}, digits...)
	}
	sure := Likely
	if elevenTest(digits) {
		sure = Sure
	}
	return r.take(k, end, BSN, sure)
}

// elevenTest is the check of a BSN's last digit.
func elevenTest(digits []byte) bool {
	sum := 0
	for i, d := range digits {
		weight := 9 - i
		if i == 8 {
			weight = -1
		}
		sum += weight * int(d-'0')
	}
	return sum%11 == 0
}

// ibanLengths are those of the countries that we see; another has 15 to 34.
var ibanLengths = map[string]int{
	"NL": 18, "BE": 16, "DE": 22, "FR": 27, "GB": 22, "LU": 20, "ES": 24, "PT": 25, "IT": 27, "PL": 28, "TR": 26, "AT": 20, "CH": 21,
	"IE": 22, "DK": 18, "SE": 24, "NO": 15, "FI": 18, "RO": 24, "BG": 22, "HU": 28, "CZ": 24, "SK": 24, "LT": 20, "LV": 21, "EE": 20, "GR": 27, "HR": 21, "SI": 19, "MT": 31, "CY": 28,
}

// iban finds one by its check digits, with or without spaces. A Dutch one with
// a wrong digit is found by its form.
func (r *reading) iban(k int) bool {
	t := r.tokens[k]
	if t.end-t.start != 2 || !r.touches(k+1) || r.at(k+1).what != numberToken {
		return false
	}
	var room [40]byte
	b, end, sure := room[:0], 0, Likely
	for j := k; j < len(r.tokens) && j < k+24; j++ {
		t := r.tokens[j]
		if t.what == signToken && (t.sign == '.' || t.sign == '-') && j > k+1 {
			continue
		}
		if t.taken || t.what != wordToken && t.what != numberToken || j > k && t.start-r.tokens[j-1].end > 1 || len(b)+int(t.end-t.start) > 34 {
			break
		}
		for _, c := range []byte(r.word(t)) {
			if 'a' <= c && c <= 'z' {
				c -= 'a' - 'A'
			}
			b = append(b, c)
		}
		if len(b) >= 15 && goodIBAN(b) {
			end, sure = j+1, Sure
			break
		}
		if len(b) == 18 && string(b[:2]) == "NL" && letters(b[4:8]) && digitsOnly(b[8:]) {
			end = j + 1
			break
		}
	}
	if end == 0 {
		return false
	}
	if r.own.accounts[string(b)] {
		r.pass(k, end)
		return true
	}
	return r.take(k, end, Account, sure)
}

func letters(b []byte) bool {
	for _, c := range b {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return true
}

func digitsOnly(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func goodIBAN(b []byte) bool {
	if n, ok := ibanLengths[string(b[:2])]; ok && n != len(b) {
		return false
	}
	if !letters(b[:2]) || !digitsOnly(b[2:4]) {
		return false
	}
	rest := 0
	for i := range b {
		c := b[(i+4)%len(b)]
		switch {
		case '0' <= c && c <= '9':
			rest = (rest*10 + int(c-'0')) % 97
		case 'A' <= c && c <= 'Z':
			rest = (rest*100 + int(c-'A') + 10) % 97
		default:
			return false
		}
	}
	return rest == 1
}

// account finds an account number of old that the text calls one.
func (r *reading) account(k int) bool {
	t := r.tokens[k]
	n := t.end - t.start
	if n < 6 || n > 10 || r.touches(k) && r.at(k-1).what == wordToken || !r.said(k, accWords, 3) || r.own.accounts[r.word(t)] || r.own.numbers[r.word(t)] {
		return false
	}
	return r.take(k, k+1, Account, Likely)
}

// plateForms are the layouts of Dutch plates, X for letters.
var plateForms = map[string]bool{
	"XX-99-99": true, "99-99-XX": true, "99-XX-99": true, "XX-99-XX": true, "XX-XX-99": true, "99-XX-XX": true, "99-XXX-9": true,
	"9-XXX-99": true, "XX-999-X": true, "X-999-XX": true, "XXX-99-X": true, "X-99-XXX": true, "9-XX-999": true, "999-XX-9": true,
}

var bareForms = func() map[string]bool {
	m := map[string]bool{}
	for form := range plateForms {
		m[strings.ReplaceAll(form, "-", "")] = true
	}
	return m
}()

// plate finds a licence plate that begins at token k. Without hyphens the text
// must speak of a car: an order number has letters and figures too.
func (r *reading) plate(k int) bool {
	if k > 0 && r.touches(k) && (r.tokens[k-1].what != signToken || r.isSign(k-1, '-')) || r.tokens[k].end-r.tokens[k].start > 8 {
		return false
	}
	end := k + 1
	for r.touches(end) && (r.tokens[end].what != signToken || r.isSign(end, '-')) && r.tokens[end].end-r.tokens[k].start <= 9 {
		end++
	}
	spaced := false
	if r.tokens[end-1].end-r.tokens[k].start <= 3 { // XK 123 P
		for end < k+3 && end < len(r.tokens) && r.tokens[end].what != signToken && r.tokens[end].what != lineToken && r.tokens[end].start-r.tokens[end-1].end == 1 {
			end, spaced = end+1, true
		}
	}
	raw := r.text[r.tokens[k].start:r.tokens[end-1].end]
	if len(raw) != 8 && (spaced || len(raw) != 6) || strings.IndexByte("0123456789", raw[0]) < 0 && r.tokens[k].what == numberToken {
		return false
	}
	var form, bare [8]byte
	n := 0
	letters := bare[:0]
	for i := range len(raw) {
		switch c := raw[i]; {
		case '0' <= c && c <= '9':
			form[n] = '9'
		case 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z':
			form[n] = 'X'
			letters = append(letters, c|0x20)
		case c == '-' || c == ' ':
			form[n] = '-'
		default:
			return false
		}
		n++
	}
	if slices.Contains(months, string(letters)) { // 3-mei-26
		return false
	}
	known := len(raw) == 8 && plateForms[string(form[:n])] && (!spaced || r.said(k, plateWords, 5)) || len(raw) == 6 && bareForms[string(form[:n])] && r.said(k, plateWords, 5)
	if !known {
		return false
	}
	if r.own.plates[alnum(raw)] {
		r.pass(k, end)
		return true
	}
	return r.take(k, end, Plate, Sure)
}
