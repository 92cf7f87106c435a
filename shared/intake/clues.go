package intake

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// bsnPattern finds what may be a citizen service number: nine digits, or eight
// where the number is called by its name.
var (
	bsnPattern = express(`\d(?:[ .\-]?\d){7,8}`)
	bsnName    = express(`(?i)(?:\bbsn|burger ?service ?num|sofi|citizen service num|social security num|\bssn)\D{0,25}$`)
	digitOrDot = express(`[\d]`)
)

const bsnMask = "[BSN]"

// maskBSN replaces every number that passes the eleven-test of a citizen
// service number. All Claims has no ground to keep one, so a file
// number that happens to look like one is lost rather than one kept.
func maskBSN(s string) string {
	var b strings.Builder
	last := 0
	for at := 0; at < len(s); {
		loc := bsnPattern.FindStringIndex(s[at:])
		if loc == nil {
			break
		}
		from, to := at+loc[0], at+loc[1]
		digits := onlyDigits(s[from:to])
		// A piece of a longer number is not one: an IBAN, a telephone number.
		if from > 0 && digitOrDot.MatchString(s[from-1:from]) || to < len(s) && digitOrDot.MatchString(s[to:to+1]) {
			// Skip the whole run of digits, but look at its separate groups.
			at = from + 1
			for at < len(s) && s[at] >= '0' && s[at] <= '9' {
				at++
			}
			continue
		}
		before := s[max(0, from-30):from]
		named := bsnName.MatchString(before)
		phone := strings.HasSuffix(strings.TrimRight(before, " (0)-"), "+31") || strings.HasSuffix(strings.TrimRight(before, " -"), "0031")
		iban := ibanBefore.MatchString(before)
		if named && len(digits) >= 8 || len(digits) == 9 && eleven(digits) && !phone && !iban {
			b.WriteString(s[last:from])
			b.WriteString(bsnMask)
			last, at = to, to
			continue
		}
		at = from + 1
		for at < len(s) && s[at] >= '0' && s[at] <= '9' {
			at++
		}
	}
	b.WriteString(s[last:])
	return b.String()
}

var ibanBefore = express(`(?i)\b[A-Z]{2}\d{2} ?[A-Z]{4}[ \d]*$`)

// eleven is the test that every citizen service number passes.
func eleven(digits string) bool {
	if len(digits) != 9 || digits == "000000000" {
		return false
	}
	sum := 0
	for i := range 8 {
		sum += int(digits[i]-'0') * (9 - i)
	}
	return (sum-int(digits[8]-'0'))%11 == 0
}

func onlyDigits(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

const numberBody = `([A-Z]{0,4}[-/. ]?\d[\dA-Z]*(?:[-/.]\d[\dA-Z]*){0,4})`

var (
	emailPattern    = express("[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[\\p{L}0-9.-]{3,250}")
	phonePattern    = express(`(?:\+|00)\d{2}[ \-]?(?:\(0\)[ \-]?)?\d(?:[ \-]?\d){7,9}|\b0\d{1,3}[ \-]?\d(?:[ \-]?\d){5,8}\b`)
	postcodePattern = express(`\b([1-9]\d{3}) ?([A-Za-z]{2})\b`)
	housePattern    = express(`(?i)\b(?:huisnummer|house number|house no\.?)\s*:?\s*(\d{1,5}\s?[a-z]?(?:[-/]\w{1,4})?)\b`)
	houseBefore     = express(`(?i)[\p{L}.]\s+(\d{1,5} ?[a-z]?(?:[-/ ](?:\d{1,4}|[a-z]{1,4}|bis|hs|huis))?)\s*[,\n]?\s*$`)
	fileShape       = express(`(?i)\bD-?\d{4}-?\d{3,8}\b`)
	fileNamed       = express(`(?i)\b(?:dossier|zaak|incassodossier|case|file|debiteur(?:en)?|kenmerk|uw kenmerk|ons kenmerk|our ref|your ref|reference|referentie|debtor|incasso)[ -]?(?:nummer|nr|no|number|num|id|kenmerk)?s?\.?\s*(?:is|van|:|#|=)?\s*#?` + numberBody)
	clientShape     = express(`(?i)\bK-?\d{3,8}\b`)
	clientNamed     = express(`(?i)\b(?:klant|cli[eë]nt|relatie|opdrachtgever|client|customer|account)(?:s|en)?[ -]?(?:nummer|nr|no|number|num|id)s?\.?\s*(?:is|:|#|=)?\s*#?` + numberBody)
	invoiceShape    = express(`(?i)\bF-?\d{4}-?\d{2,8}\b`)
	invoiceNamed    = express(`(?i)\b(?:factuur|facturen|invoice|nota|rekening|bill)[ -]?(?:nummer|nr|no|number|num)?s?\.?\s*(?:is|:|#|=)?\s*#?` + numberBody)
	referenceShape  = express(`(?i)\bR-([0-9A-Z]{4})-([0-9A-Z]{4})\b`)
	birthNamed      = express(`(?i)(?:geboren|geboortedatum|geb\.?(?: ?datum)?|date of birth|d\.?o\.?b\.?|born|birth date|birthday|birthdate)\s*(?:on|op|is|te [\p{L}\- ]{1,30} op|in [\p{L}\- ]{1,30} on|:|=)?\s*:?\s*(\d{1,4}[-/. ]\d{1,2}[-/. ]\d{2,4}|\d{1,2}(?:e|st|nd|rd|th)?(?: of)? [\p{L}]{3,10}\.?,? \d{4}|[\p{L}]{3,10} \d{1,2},? \d{4})`)
	nameNamed       = express(`(?m)^\s*(?:[-*•]\s*)?(?i:mijn naam is|ik heet|ik ben|naam|volledige naam|full name|name|my name is|i am|ondergetekende,?|undersigned,?)\s*:?\s+((?:\p{Lu}[\p{L}.'’-]*|(?:van|de|der|den|von|ter|ten|el|al|'t|te|da|dos)\b)(?: (?:\p{Lu}[\p{L}.'’-]*|(?:van|de|der|den|von|ter|ten|el|al|'t|te|da|dos)\b)){0,5})`)
	nameInline      = express(`(?:[Mm]ijn naam is|[Ii]k heet|[Mm]y name is|[Oo]ndergetekende,?|I, the undersigned,?) ((?:\p{Lu}[\p{L}.'’-]*|(?:van|de|der|den)\b)(?: (?:\p{Lu}[\p{L}.'’-]*|(?:van|de|der|den|von|ter|ten|el|al)\b)){0,5})`)
	nameLine        = express(`^\s*((?:(?:[Mm]r|[Dd]r|[Dd]rs|[Ii]r|[Ii]ng|[Pp]rof|[Mm]evr|[Mm]w|[Dd]hr|Mrs|Ms)\.?\s+)*(?:\p{Lu}[\p{L}.'’-]*|(?:van|de|der|den|von|ter|ten|el|al|'t)\b)(?:\s+(?:\p{Lu}[\p{L}.'’-]*|(?:van|de|der|den|von|ter|ten|el|al|'t|te)\b)){0,5})\s*,?\s*$`)
	signOffInline   = express(`(?i)(?:groet(?:en|jes)?|gr\.?|mvg|m\.v\.g\.|hoogachtend|regards|sincerely|cheers|faithfully|thanks|bedankt)[,.!]?\s+((?:\p{L}[\p{L}.'’-]*)(?: [\p{L}][\p{L}.'’-]*){0,4})\s*$`)
	onlyName        = express(`^(?:\p{Lu}[\p{L}.'’-]*|(?:van|de|der|den|von|ter|ten|el|al|'t|te)\b)(?:[ .](?:\p{Lu}[\p{L}.'’-]*|(?:van|de|der|den|von|ter|ten|el|al|'t|te)\b))*$`)
)

var months = map[string]time.Month{
	"jan": 1, "feb": 2, "maa": 3, "mrt": 3, "mar": 3, "apr": 4, "mei": 5, "may": 5, "jun": 6, "jul": 7,
	"aug": 8, "sep": 9, "okt": 10, "oct": 10, "nov": 11, "dec": 12,
}

// maxClues bounds every list: more is an attack or a business mail.
const maxClues = 10

// findClues reads what the text says about the person. text is masked already.
func findClues(text string, o Options) Clues {
	var c Clues
	spent := text // labelled numbers are taken out, so that none counts twice
	take := func(dst *[]string, pattern *expression, group int, clean func(string) string) {
		for _, at := range pattern.FindAllStringSubmatchIndex(spent, 4*maxClues) {
			value := clean(spent[at[2*group]:at[2*group+1]])
			if value == "" || len(*dst) >= maxClues {
				continue
			}
			add(dst, value)
		}
	}
	take(&c.Emails, emailPattern, 0, func(s string) string {
		addr := address(strings.Trim(s, ".'-"))
		if o.ours(addr) {
			return ""
		}
		return addr
	})
	spent = emailPattern.ReplaceAllString(spent, " ")
	spent = ibanPattern.ReplaceAllString(referenceShape.ReplaceAllString(spent, " "), " ")
	number := func(s string) string {
		s = strings.ToUpper(strings.Trim(strings.TrimSpace(s), "-/."))
		digits := onlyDigits(s)
		if len(digits) < 3 || len(s) > 30 || len(digits) == 4 && len(s) == 4 && (strings.HasPrefix(s, "19") || strings.HasPrefix(s, "20")) {
			return ""
		}
		if looksLikeDate.MatchString(s) {
			return ""
		}
		return s
	}
	take(&c.InvoiceNumbers, invoiceShape, 0, number)
	take(&c.InvoiceNumbers, invoiceNamed, 1, number)
	spent = invoiceShape.ReplaceAllString(spent, " ")
	take(&c.ClientNumbers, clientShape, 0, number)
	take(&c.ClientNumbers, clientNamed, 1, number)
	spent = clientNamed.ReplaceAllString(clientShape.ReplaceAllString(spent, " "), " ")
	take(&c.FileNumbers, fileShape, 0, number)
	take(&c.FileNumbers, fileNamed, 1, number)
	spent = fileNamed.ReplaceAllString(fileShape.ReplaceAllString(spent, " "), " ")
	for _, at := range postcodePattern.FindAllStringSubmatchIndex(spent, 4*maxClues) {
		letters := strings.ToUpper(spent[at[4]:at[5]])
		if letters == "SA" || letters == "SD" || letters == "SS" || notPostcode(letters, spent[at[2]:at[3]], spent[at[1]:]) || len(c.Postcodes) >= maxClues {
			continue
		}
		add(&c.Postcodes, spent[at[2]:at[3]]+" "+letters)
		if c.HouseNumber == "" {
			if m := houseBefore.FindStringSubmatch(spent[max(0, at[0]-80):at[0]]); m != nil {
				c.HouseNumber = strings.ToLower(strings.TrimSpace(m[1]))
			}
		}
	}
	if m := housePattern.FindStringSubmatch(spent); m != nil {
		c.HouseNumber = strings.ToLower(strings.TrimSpace(m[1]))
	}
	if m := birthNamed.FindStringSubmatch(text); m != nil {
		c.BirthDate = birthDate(m[1])
	}
	take(&c.Phones, phonePattern, 0, func(s string) string {
		digits := onlyDigits(strings.ReplaceAll(s, "(0)", ""))
		plus := strings.HasPrefix(s, "+")
		switch {
		case plus && len(digits) >= 10 && len(digits) <= 13:
			return "+" + digits
		case strings.HasPrefix(digits, "00") && len(digits) >= 12 && len(digits) <= 15:
			return "+" + digits[2:]
		case !plus && len(digits) == 10:
			return digits
		}
		return ""
	})
	c.Name = findName(text)
	c.Capacity, c.For = findBehalf(text)
	return c
}

// IsClientNumber reports whether a number that somebody typed has the shape of
// those of All Claims' own clients, as K-1234, and not that of a collection file.
func IsClientNumber(s string) bool {
	s = strings.TrimSpace(s)
	at := clientShape.FindStringIndex(s)
	return at != nil && at[0] == 0 && at[1] == len(s)
}

var ibanPattern = express(`\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b`)

var looksLikeDate = express(`^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}$`)

// notPostcode knows years and amounts before a common word: "2026 is", "1500 EU".
func notPostcode(letters, digits, after string) bool {
	switch letters {
	case "IS", "EN", "OF", "OP", "TE", "IN", "DE", "WE", "IK", "AN", "TO", "AS", "AT", "BY", "ON", "OR", "SO", "IT", "IF", "DO", "ME", "MY", "NO", "UP", "US", "HE", "AM", "BE", "EU", "ER", "OM", "AL", "ZO", "JE", "MW", "BV", "NV", "PM":
		year := digits >= "1900" && digits <= "2099"
		return year || len(after) > 0 && isLetter(rune(after[0]))
	}
	return false
}

// add appends value once.
func add(dst *[]string, value string) {
	for _, have := range *dst {
		if have == value {
			return
		}
	}
	*dst = append(*dst, value)
}

// birthDate reads a date day first, as Europe writes it, or ISO.
func birthDate(s string) string {
	fields := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("-/. ,", r) })
	if len(fields) == 4 && fields[1] == "of" {
		fields = []string{fields[0], fields[2], fields[3]}
	}
	if len(fields) != 3 {
		return ""
	}
	var y, m, d int
	if named, ok := monthOf(fields[1]); ok {
		d, m, y = leading(fields[0]), named, leading(fields[2])
	} else if named, ok := monthOf(fields[0]); ok {
		d, m, y = leading(fields[1]), named, leading(fields[2])
	} else if len(fields[0]) == 4 {
		y, m, d = leading(fields[0]), leading(fields[1]), leading(fields[2])
	} else {
		d, m, y = leading(fields[0]), leading(fields[1]), leading(fields[2])
		if m > 12 && d <= 12 {
			d, m = m, d
		}
	}
	if y < 100 {
		y += 1900
		if y < 1930 {
			y += 100
		}
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if y < 1900 || y > 2100 || m < 1 || t.Day() != d || int(t.Month()) != m {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", y, m, d)
}

func monthOf(s string) (int, bool) {
	s = strings.ToLower(s)
	if len(s) < 3 {
		return 0, false
	}
	m, ok := months[s[:3]]
	return int(m), ok
}

func leading(s string) int {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	n, err := strconv.Atoi(s[:i])
	if err != nil {
		return 0
	}
	return n
}

// findName reads the name that the writer gives: in words, or under the letter.
func findName(text string) string {
	for _, p := range []*expression{nameInline, nameNamed} {
		if m := p.FindStringSubmatch(text); m != nil && len(m[1]) > 1 {
			if name := tidyName(m[1]); name != "" {
				return name
			}
		}
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if len(line) > 120 {
			continue
		}
		if signOff.MatchString(line) {
			if m := signOff.FindStringSubmatch(line); m != nil {
				if name := tidyName(m[1]); name != "" && onlyName.MatchString(name) {
					return name
				}
			}
			for _, next := range lines[i+1 : min(i+4, len(lines))] {
				if strings.TrimSpace(next) == "" {
					continue
				}
				if m := nameLine.FindStringSubmatch(next); m != nil {
					return tidyName(m[1])
				}
				break
			}
		} else if m := signOffInline.FindStringSubmatch(line); m != nil {
			if name := tidyName(m[1]); onlyName.MatchString(name) {
				return name
			}
		}
	}
	// A letter that ends in a bare name.
	for i := len(lines) - 1; i > 0; i-- {
		line := strings.TrimSpace(lines[i])
		if line == "" {
			continue
		}
		if m := nameLine.FindStringSubmatch(line); m != nil && len(line) < 50 && len(strings.Fields(line)) <= 6 {
			return tidyName(m[1])
		}
		break
	}
	return ""
}

func tidyName(s string) string {
	s = strings.Trim(strings.Join(strings.Fields(s), " "), " ,.-")
	if len(s) > 100 || strings.Contains(s, bsnMask) {
		return ""
	}
	return s
}

// findReference finds our reference in s, in its one form.
func findReference(s string) string {
	m := referenceShape.FindStringSubmatch(s)
	if m == nil {
		return ""
	}
	return strings.ToUpper("R-" + m[1] + "-" + m[2])
}
