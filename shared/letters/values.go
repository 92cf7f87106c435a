package letters

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/allclaims/rightsdesk/shared/request"
)

// valueType says what a placeholder takes and how it is written.
type valueType int

const (
	// textValue is words of one line; where blocks.txt has words for it as a
	// code (name=code), those are used.
	textValue valueType = iota
	// choiceValue is a code for which blocks.txt has the words; nothing else.
	choiceValue
	// dateValue is YYYY-MM-DD, written in full with the weekday (W-18).
	dateValue
	// instantValue is RFC 3339 UTC, written as day and Amsterdam time (W-19).
	instantValue
	// clockValue is RFC 3339 UTC of which only the Amsterdam time is written.
	clockValue
	// numberValue is a whole number, in words up to twelve (W-20).
	numberValue
	// referenceValue is a request's reference.
	referenceValue
	// listValue is a list, one line an item; paragraphsValue one paragraph an item.
	listValue
	paragraphsValue
	// itemsValue is a list that Order holds as records (Changes, Refusals,
	// Recipients), itemValue a field of the record at hand.
	itemsValue
	itemValue
	// amountValue is a number of euro cents, written as money (W-20).
	amountValue
	// houseValue comes from House, pageValue is a full address on our own domain.
	houseValue
	pageValue
	// keptValue belongs to the Kept at hand.
	keptValue
	// derivedValue is worked out from other parts of the order.
	derivedValue
	// codeValue is the secret that is given to Render apart.
	codeValue
)

// placeholders are all the names that a template may use.
var placeholders = map[string]valueType{
	"reference": referenceValue,

	"received": dateValue, "nominal": dateValue, "due": dateValue, "safe_due": dateValue, "new_due": dateValue,
	"ask_by": dateValue, "reply_by": dateValue, "asked_on": dateValue, "reminded_1": dateValue, "reminded_2": dateValue,
	"answered_on": dateValue, "sent_to_client": dateValue, "instruct_by": dateValue, "told_on": dateValue,
	"remind_1": dateValue, "remind_2": dateValue, "notified_on": dateValue, "instructed_on": dateValue,
	"executed_on": dateValue, "delivered_on": dateValue, "link_until": dateValue, "corrected_on": dateValue,
	"erased_on": dateValue, "recipients_told_on": dateValue, "dossier_until": dateValue, "text_until": dateValue,
	"backup_until": dateValue, "effective_on": dateValue, "set_on": dateValue, "lift_on": dateValue,
	"stopped_on": dateValue, "decided_on": dateValue, "confirm_by": dateValue, "reviewed_on": dateValue,
	"answer_by": dateValue, "withdrawn_on": dateValue, "exception_until": dateValue, "found_on": dateValue,
	"happened_on": dateValue, "code_until_day": dateValue, "held_on": dateValue,

	"digest_day": dateValue, "mail_count": numberValue, "mail_more": numberValue,
	"received_instant": instantValue, "found_instant": instantValue, "code_until": clockValue, "waited_days": numberValue,
	"affected": numberValue, "amount": amountValue,

	"asked_what": choiceValue, "poor_why": choiceValue, "contact_kind": choiceValue, "code_channel": choiceValue,
	"restriction_ground": choiceValue, "staff_task": choiceValue, "extension_reason": choiceValue, "lift_reason": choiceValue,
	"exception_interest": choiceValue, "fee_reason": choiceValue, "told_what": choiceValue, "mandate": choiceValue,
	"breach": choiceValue, "late_reason": choiceValue, "held_reason": choiceValue, "asked_by": choiceValue, "authority": choiceValue,

	"name": textValue, "client": textValue, "client_contact": textValue, "contact_name": textValue,
	"file_reference": textValue, "id_evidence": textValue, "why_more_time": textValue, "withhold_why": textValue,
	"part_ready": textValue, "instructed_by": textValue, "reason": textValue, "alternative": textValue,
	"subject_key": textValue, "action": textValue, "reviewer": textValue, "result": textValue, "logic": textValue,
	"balance_theirs": textValue, "balance_ours": textValue, "balance_result": textValue, "view": textValue,
	"necessity": textValue, "proportionality": textValue, "question": textValue,
	"fee_for": textValue, "effects": textValue, "measures": textValue, "breach_facts": textValue, "advice": textValue,

	"erased_list": listValue, "told_list": listValue, "summary_list": listValue, "omitted_list": listValue,
	"help_list": listValue, "done_list": listValue, "not_done_list": listValue, "evidence_list": listValue,
	"searched_list": listValue, "included_list": listValue, "excluded_list": listValue, "field_list": listValue,
	"restricted_list": listValue, "stopped_list": listValue, "consent_list": listValue, "continues_list": listValue,
	"granted_list": listValue, "refused_list": listValue, "grounds_list": listValue, "data_list": listValue,
	"own_rights": listValue, "shared_list": listValue, "stripped_list": listValue, "rule_list": listValue, "mail_list": listValue, "option_list": listValue, "done_before_list": listValue,
	"change_list": itemsValue, "refusal_list": itemsValue, "recipient_list": itemsValue,
	"statement_text": paragraphsValue, "balance": paragraphsValue, "answer": paragraphsValue,

	"legal_name": houseValue, "address": houseValue, "email": houseValue, "phone": houseValue, "ap_page": pageValue,
	"dpo_line": houseValue, "lawyer_line": houseValue, "code_minutes": houseValue, "backup_days": houseValue,
	"help_days": houseValue, "privacy_page": pageValue, "form_page": pageValue, "status_page": pageValue,
	"proof_page": pageValue, "package_page": pageValue, "client_page": pageValue, "desk_page": pageValue,

	"field": itemValue, "old_value": itemValue, "new_value": itemValue, "refused_what": itemValue, "refused_ground": itemValue,
	"recipient": itemValue, "recipient_on": itemValue, "recipient_why": itemValue,

	"what": keptValue, "until": keptValue, "why": keptValue,

	"rights": derivedValue, "rights_list": listValue, "rights_legal": derivedValue, "company": derivedValue,
	"instruct_by_short": derivedValue,

	"code": codeValue,
}

// implied are the conditions that follow from the order itself.
var implied = []string{
	"rolled", "many_rights", "kept", "stays", "only_dossier", "shared", "stripped", "kept_tax", "kept_file", "kept_claims", "kept_consent",
	"recipients", "no_recipients", "own_leg", "omissions", "may_withhold", "changes", "refusals", "exception",
}

// apPage is the authority's address, the only one outside our own domain (W-27).
const apPage = "autoriteitpersoonsgegevens.nl"

// ValueError says which placeholder of which letter cannot be filled. It names
// the placeholder, never its value: values are personal data (I13).
type ValueError struct {
	Kind        Kind
	Placeholder string
	Problem     string
}

func (e *ValueError) Error() string {
	return fmt.Sprintf("letters: %s: placeholder {%s} %s", e.Kind, e.Placeholder, e.Problem)
}

// maxText is the most characters that one value may have.
const maxText = 4000

// clean makes one line of words of a value (A34): whitespace becomes one
// space; control, direction and invisible characters go. A letter the law
// demands must not fail because a name holds a stray character.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co):
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

var referenceShape = regexp.MustCompile(`^[A-Z0-9][A-Z0-9-]{0,19}$`)

// amsterdam is the time zone of every date and time in a letter (W-19).
var amsterdam = func() *time.Location {
	loc, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		panic("letters: the time zone Europe/Amsterdam is missing: " + err.Error())
	}
	return loc
}()

var (
	weekdays = map[request.Language][]string{
		request.Dutch:   {"zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"},
		request.English: {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	}
	months = map[request.Language][]string{
		request.Dutch: {"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september",
			"oktober", "november", "december"},
		request.English: {"January", "February", "March", "April", "May", "June", "July", "August", "September",
			"October", "November", "December"},
	}
	numbers = map[request.Language][]string{
		request.Dutch: {"nul", "één", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien", "elf", "twaalf"},
		request.English: {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
			"twelve"},
	}
)

// dayWithoutWeekday writes "7 april 2026", for a subject line.
func dayWithoutWeekday(lang request.Language, t time.Time) string {
	return fmt.Sprintf("%d %s %d", t.Day(), months[lang][t.Month()-1], t.Year())
}

// day writes "dinsdag 7 april 2026" (W-18).
func day(lang request.Language, t time.Time) string {
	return weekdays[lang][t.Weekday()] + " " + dayWithoutWeekday(lang, t)
}

// clock writes "10.30 uur" or "10:30", Amsterdam time (W-19).
func clock(lang request.Language, t time.Time) string {
	if lang == request.Dutch {
		return t.In(amsterdam).Format("15.04") + " uur"
	}
	return t.In(amsterdam).Format("15:04")
}

// number writes a number in words up to twelve (W-20).
func number(lang request.Language, n int) string {
	if n >= 0 && n < len(numbers[lang]) {
		return numbers[lang][n]
	}
	return strconv.Itoa(n)
}

// amount writes euro cents as money: € 12,50 or €12.50 (W-20).
func amount(lang request.Language, cents int) string {
	if lang == request.Dutch {
		return fmt.Sprintf("€\u00a0%d,%02d", cents/100, cents%100)
	}
	return fmt.Sprintf("€%d.%02d", cents/100, cents%100)
}

var (
	ibanShape = regexp.MustCompile(`\b[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]{4}){2,7}(?: ?[A-Za-z0-9]{1,3})?\b`)
	longDigit = regexp.MustCompile(`\b\d(?:[ .-]?\d){7,}\b`)
)

// masked hides all but the end of an account number, and any other row of
// eight digits or more that is no telephone number: no letter carries a full
// account number or a BSN (law.md §7, R-17).
func masked(s string) string {
	hide := func(of string) string {
		bare := strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return r
			}
			return -1
		}, of)
		return "•••• " + bare[len(bare)-4:]
	}
	s = ibanShape.ReplaceAllStringFunc(s, hide)
	return longDigit.ReplaceAllStringFunc(s, func(of string) string {
		if strings.HasPrefix(of, "0") {
			return of
		}
		return hide(of)
	})
}

// enumerate joins items with commas and a last "en" or "and".
func enumerate(lang request.Language, items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	and := map[request.Language]string{request.Dutch: " en ", request.English: " and "}[lang]
	last := len(items) - 1
	return strings.Join(items[:last], ", ") + and + items[last]
}

// capital makes the first letter of a list item a capital.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

var (
	secretShape     = regexp.MustCompile(`^(\d{8}|•{8})$`)
	postSecretShape = regexp.MustCompile(`^([0-9A-HJKMNP-TV-Z]{13}|•{13})$`)
)

// grouped writes a code as people read it out: 4829 1736, and one that goes by
// post as 7Q2M K9TD 4XW1B. Bullets stand for a code in the copy of the letter
// that we keep.
func grouped(secret string, byPost bool) (string, bool) {
	r := []rune(secret)
	switch {
	case byPost && postSecretShape.MatchString(secret):
		return string(r[:4]) + " " + string(r[4:8]) + " " + string(r[8:]), true
	case !byPost && secretShape.MatchString(secret):
		return string(r[:4]) + " " + string(r[4:]), true
	}
	return "", false
}
