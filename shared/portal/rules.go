package portal

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// fault is one thing to mend: the question, the place on the page that the
// summary leads to, and the words with what fills them.
type fault struct {
	field, place, key string
	args              []any
}

// faults lists what is to be mended on a step, in the order of the page. It
// depends on what was typed and on nothing else (A16).
func (d *draft) faults(step string) []fault {
	var found []fault
	add := func(field, key string, args ...any) {
		found = append(found, fault{field: field, place: field, key: key, args: args})
	}
	choice := func(field, key string) {
		found = append(found, fault{field: field, place: field + "-1", key: key})
	}
	long := func(field string, max int) bool {
		if n := utf8.RuneCountInString(d.get(field)); n > max {
			add(field, "fault.long", "n", n-max)
			return true
		}
		return false
	}
	empty := func(field string) bool { return strings.TrimSpace(d.get(field)) == "" }

	switch step {
	case stepWishes:
		if len(d.wishesOf()) == 0 {
			choice("wens", "fault.wishes")
		}
	case stepRelation:
		if len(d.relationsOf()) == 0 {
			choice("contact", "fault.relation")
		}
		long("contact-anders", maxLine)
	case stepAccess:
		long("inzage-wat", maxText)
	case stepCorrect:
		if !long("fout", maxText) && empty("fout") {
			add("fout", "fault.correct")
		}
		long("goed", maxText)
	case stepObject:
		long("stoppen", maxText)
		long("situatie", maxText)
	case stepComputer:
		long("besluit", maxText)
	case stepComplaint:
		long("klacht", maxText)
	case stepWords:
		if !long("woorden", maxText) && empty("woorden") {
			add("woorden", "fault.words")
		}
	case stepOwn:
		if !long("woorden", maxText) && empty("woorden") {
			add("woorden", "fault.words")
		}
		long("naam", maxName)
		switch {
		case !empty("email") && !validEmail(d.get("email")):
			add("email", "fault.email")
		case empty("email") && empty("postadres"):
			// M10: without any way to reach the person we cannot answer.
			add("email", "fault.reach")
		}
		long("postadres", maxLine)
	case stepAddress:
		if !validEmail(d.get("email")) {
			add("email", "fault.email")
		}
	case stepWho:
		d.faultsWho(add, choice, long, empty, func() { found = append(found, d.faultsBirth("geboren")...) })
	case stepFor:
		if !slices.Contains(capacities, d.get("rol")) {
			choice("rol", "fault.capacity")
		}
		if !long("voor-naam", maxName) && empty("voor-naam") {
			add("voor-naam", "fault.for.name")
		}
		if !empty("voor-postcode") && postcode(d.get("voor-postcode")) == "" {
			add("voor-postcode", "fault.postcode")
		}
		if !empty("voor-huisnummer") {
			if n, _ := houseNumber(d.get("voor-huisnummer")); n == "" {
				add("voor-huisnummer", "fault.number")
			}
		}
		found = append(found, d.faultsBirth("voor-geboren")...)
	}
	if d.Large && d.Show == step && len(found) == 0 {
		found = append(found, fault{key: "fault.large"})
	}
	return found
}

func (d *draft) faultsWho(add func(string, string, ...any), choice func(string, string), long func(string, int) bool, empty func(string) bool, birth func()) {
	if z := d.get("zelf"); z != yes && z != no {
		choice("zelf", "fault.self")
	}
	if !long("naam", maxName) && empty("naam") {
		add("naam", "fault.name")
	}
	byEmail := d.get("antwoord") == answerByEmail
	if !byEmail && !d.byLetter() {
		choice("antwoord", "fault.answer")
	}
	switch {
	case !empty("email") && !validEmail(d.get("email")):
		add("email", "fault.email")
	case empty("email") && byEmail:
		add("email", "fault.email.missing")
	}
	if d.asksAddress() {
		if d.Foreign {
			if !long("postadres", maxLine) && empty("postadres") {
				add("postadres", "fault.address")
			}
			if !long("land", maxLine) && empty("land") {
				add("land", "fault.country")
			}
		} else {
			if postcode(d.get("postcode")) == "" {
				add("postcode", "fault.postcode")
			}
			if n, _ := houseNumber(d.get("huisnummer")); n == "" {
				add("huisnummer", "fault.number")
			}
			long("toevoeging", maxFileNumber)
		}
	}
	if d.searches() {
		birth()
		long("nummer", maxFileNumber)
	}
	if !empty("telefoon") && len(phoneNumber(d.get("telefoon"))) < 8 {
		add("telefoon", "fault.phone")
	}
	long("telefoon", maxFileNumber)
}

// faultsBirth checks a date in three boxes; it may be left empty.
func (d *draft) faultsBirth(field string) []fault {
	day, month, year := d.get(field+"-day"), d.get(field+"-month"), d.get(field+"-year")
	place := field + "-" + firstBad(day, month, year)
	born, ok := birthDate(day, month, year)
	if ok && born != "" && (born >= d.today || born < yearsBefore(d.today, 120)) {
		ok, place = false, field+"-year"
	}
	if ok {
		return nil
	}
	return []fault{{field: field, place: place, key: "fault.birth"}}
}

func yearsBefore(day request.Day, years int) request.Day {
	t, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return ""
	}
	return request.Day(t.AddDate(-years, 0, 0).Format(time.DateOnly))
}

// relationsOf lists the chosen relations that exist. "I do not know" together
// with others is never a fault: then we search everywhere.
func (d *draft) relationsOf() []request.Relation {
	var chosen []request.Relation
	for _, relation := range relations {
		if d.has("contact", string(relation)) {
			chosen = append(chosen, relation)
		}
	}
	return chosen
}

var emailForm = regexp.MustCompile(`^[^\s@<>"(),;:\\\[\]]+@[^\s@<>"(),;:\\\[\]]+\.[^\s@<>"(),;:\\\[\].]{2,}$`)

// validEmail wants one @, a dot behind it and no blanks; whether the address
// exists shows when we write to it.
func validEmail(s string) bool {
	s = strings.TrimSpace(s)
	return len(s) <= maxEmail && emailForm.MatchString(s) && !strings.Contains(s, "..")
}

var postcodeForm = regexp.MustCompile(`^[1-9][0-9]{3}[A-Z]{2}$`)

// postcode reads a Dutch postcode as people type it: "1234ab", "1234.AB"; "" when it is none.
func postcode(s string) string {
	s = strings.ToUpper(strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) || c == '.' || c == '-' {
			return -1
		}
		return c
	}, s))
	if !postcodeForm.MatchString(s) {
		return ""
	}
	return s[:4] + " " + s[4:]
}

var houseForm = regexp.MustCompile(`^\s*([1-9][0-9]{0,4})\s*[-/ ]?\s*(.{0,20}?)\s*$`)

// houseNumber splits "12a" into number and addition; "" when there is no number.
func houseNumber(s string) (number, addition string) {
	m := houseForm.FindStringSubmatch(s)
	if m == nil || m[2] != "" && m[2][0] >= '0' && m[2][0] <= '9' && !strings.ContainsAny(s, "-/ ") {
		return "", ""
	}
	return m[1], m[2]
}

// wholeNumber writes a house number with its addition: "12a", "12 bis".
func wholeNumber(number, addition string) string {
	if len(addition) == 1 && (addition[0] < '0' || addition[0] > '9') {
		return number + addition
	}
	return strings.TrimSpace(number + " " + addition)
}

// phoneNumber keeps digits and a plus.
func phoneNumber(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || c == '+' {
			return c
		}
		return -1
	}, s)
}

// birthDate reads three boxes; months may be names. All empty is no date and
// no fault. It looks at the calendar only.
func birthDate(day, month, year string) (request.Day, bool) {
	day, month, year = strings.TrimSpace(day), strings.TrimSpace(month), strings.TrimSpace(year)
	if day == "" && month == "" && year == "" {
		return "", true
	}
	dn, errD := strconv.Atoi(day)
	mn, errM := strconv.Atoi(month)
	if errM != nil {
		mn = pages.Month(month)
	}
	yn, errY := strconv.Atoi(year)
	if errD != nil || errY != nil || len(year) != 4 || mn < 1 || mn > 12 {
		return "", false
	}
	t := time.Date(yn, time.Month(mn), dn, 0, 0, 0, 0, time.UTC)
	if t.Day() != dn || int(t.Month()) != mn || yn < 1850 {
		return "", false
	}
	return request.Day(t.Format(time.DateOnly)), true
}

// firstBad names the first box of a date that is wrong.
func firstBad(day, month, year string) string {
	if n, err := strconv.Atoi(strings.TrimSpace(day)); err != nil || n < 1 || n > 31 {
		return "day"
	}
	if n, err := strconv.Atoi(strings.TrimSpace(month)); (err != nil || n < 1 || n > 12) && pages.Month(strings.TrimSpace(month)) == 0 {
		return "month"
	}
	if y := strings.TrimSpace(year); len(y) != 4 {
		return "year"
	} else if _, err := strconv.Atoi(y); err != nil {
		return "year"
	}
	return "day"
}

var digitRuns = regexp.MustCompile(`[0-9](?:[ .\-]?[0-9])*`)

// bsns lists the runs of nine digits that pass the test of a citizen number
// and of which the person did not say that they are something else.
func (d *draft) bsns(step string) []string {
	var found []string
	for _, field := range fields[step] {
		if !slices.Contains(texts, field) {
			continue
		}
		for _, run := range digitRuns.FindAllString(d.get(field), -1) {
			if isBSN(run) && !slices.Contains(d.NotBSN, digits(run)) {
				found = append(found, run)
			}
		}
	}
	return found
}

func digits(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, s)
}

// isBSN applies the test of eleven: 9a+8b+…+2h−i is a multiple of 11.
func isBSN(s string) bool {
	s = digits(s)
	if len(s) != 9 || s == "000000000" {
		return false
	}
	sum := 0
	for i, c := range s {
		weight := 9 - i
		if i == 8 {
			weight = -1
		}
		sum += weight * int(c-'0')
	}
	return sum%11 == 0
}

// removeBSNs takes the numbers out of what was typed.
func (d *draft) removeBSNs(step, instead string) {
	for _, run := range d.bsns(step) {
		for _, field := range fields[step] {
			if slices.Contains(texts, field) && d.Values.Has(field) {
				d.Values.Set(field, strings.TrimSpace(strings.ReplaceAll(d.get(field), run, instead)))
			}
		}
	}
}

// mailHosts are the names that people mistype most.
var mailHosts = []string{
	"gmail.com", "hotmail.com", "hotmail.nl", "outlook.com", "outlook.nl", "live.nl", "live.com", "icloud.com", "yahoo.com",
	"ziggo.nl", "kpnmail.nl", "planet.nl", "xs4all.nl", "home.nl", "hetnet.nl", "casema.nl", "quicknet.nl", "chello.nl", "telfort.nl",
}

// otherHosts look like a slip and are none.
var otherHosts = []string{"ymail.com", "mail.com", "email.com", "live.be", "outlook.be"}

// betterEmail proposes the address that was probably meant, "" when there is
// nothing to propose.
func betterEmail(s string) string {
	s = strings.TrimSpace(s)
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return ""
	}
	host := strings.ToLower(s[at+1:])
	if slices.Contains(mailHosts, host) || slices.Contains(otherHosts, host) {
		return ""
	}
	for _, known := range mailHosts {
		if near(host, known) {
			return s[:at+1] + known
		}
	}
	return ""
}

// near reports whether one slip of the finger lies between two words: a letter
// more, less or other, or two that changed places.
func near(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if a == b || len(b)-len(a) > 1 || len(b) < 8 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	if a[i+1:] == b[i+1:] {
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
