package intake

import (
	"strings"
)

// reading is a text cut into what is new and what is not.
type reading struct {
	subject string
	// text is what the sender wrote now; whole is everything; signed is text
	// with the signature, for the clues in it.
	text, whole, signed string
	// quoted is what was answered to; forwarded tells that text holds words
	// which the sender passes on.
	quoted    string
	forwarded bool
	fromQuote bool // text had nothing of its own and is the quote
}

var (
	attribution = express(`(?i)^\s*(?:>\s*)?(?:(?:op|on|am|le|el|il|em)\b.{3,300}(?:schreef|wrote|schrieb|a [eé]crit|escribi[oó]|ha scritto|het volgende geschreven).{0,120}:?|.{3,200}(?:schreef|wrote)(?: op| on| het volgende)?.{0,80}:)\s*$`)
	replyRule   = express(`(?i)^\s*(?:>\s*)?-{2,}\s*(?:oorspronkelijk(?:e)? (?:bericht|e-?mail)|original (?:message|e-?mail|appointment)|urspr[uü]ngliche nachricht|message d'origine)\s*-{2,}\s*$`)
	forwardRule = express(`(?i)^\s*(?:>\s*)?(?:-{2,}\s*(?:forwarded message|doorgestuurd bericht|forwarded by .*|weitergeleitete nachricht)\s*-{2,}|begin (?:forwarded message|doorgestuurd bericht):|doorgestuurd bericht:?|forwarded message:?)\s*$`)
	headerFrom  = express(`(?i)^\s*(?:>\s*)?\*?(?:van|from|de|von)\s*:\*?\s*\S`)
	headerOther = express(`(?i)^\s*(?:>\s*)?\*?(?:verzonden|sent|datum|date|aan|to|onderwerp|subject|cc|gesendet|betreff|envoy[eé]|objet)\s*:\*?`)
	ruleLine    = express(`^\s*_{10,}\s*$`)
	forwardMark = express(`(?i)^\s*(?:fwd?|doorst(?:uren)?|dwr|wg|tr|doorgestuurd)\s*:`)
	replyMark   = express(`(?i)^\s*(?:re|antw|antwoord|aw|ref|betr)\s*:`)
	signOff     = express(`(?i)^\s*(?:met\s+(?:de\s+)?(?:vriendelijk\w*|hartelijk\w*|warme|sportieve|zonnige|oprechte|meeste|beste)?\s*(?:groet\w*|hoogachting|gr\.?)|(?:m\.?\s?v\.?\s?g\.?|m\.?\s?v\.?gr\.?|vr\.?\s?gr\.?|hgr|gr|grt|grtz|grtjs|groet|groeten|groetjes|groetend|vriendelijke groet\w*|hartelijke groet\w*|hoogachtend|beleefd groetend)|(?:kind|best|warm|many|with kind|with best|kindest)\s+regards|regards|best wishes|best|cheers|yours|yours\s+(?:sincerely|faithfully|truly)|sincerely(?: yours)?|respectfully|many thanks|thanks|thank you|bedankt|dank|alvast bedankt|b\.?v\.?d\.?|bij voorbaat dank|mit freundlichen gr[uü](?:ß|ss)en|cordialement)\b[\s,.!]*([\p{L}.\- ']{0,40})$`)
	deviceLine  = express(`(?i)^\s*(?:verzonden|verstuurd|verstuurt|sent|get|download|gesendet)\s+(?:vanaf|vanuit|met|via|from|using|outlook|von)\b.{0,80}$`)
	disclaimer  = express(`(?i)(?:vertrouwelijk|geadresseerde|onbedoeld|niet voor u bestemd|ten onrechte|abusievelijk|confidential|intended (?:only|solely|recipient)|intended for|not the (?:intended|named)|disclaimer|think before you print|denk aan het milieu|consider the environment)`)
	thisMessage = express(`(?i)(?:\b(?:dit|deze|this|the|de|het)\s+(?:e-?mail\w*|bericht\w*|message|communication|mail|transmission)\b|disclaimer|milieu|environment)`)
	firstPerson = express(`(?i)\b(?:ik|mijn|mij|me|wij willen|i|my|i'm)\b`)
	ownSign     = express(`(?i)(?:team privacy van all claims|privacy team at all claims)`)
	greeting    = express(`^\s*(?i:geachte|beste|dear|hallo|hoi|hi|hello|hey|dag|goede\w*|good|l\.?s\.?|to whom it may concern)(?:[\s/]+(?:(?i:heer|mevrouw|dhr|mevr|mw|sir|sirs|madam|ma'am|or|en|and|of|team|all|claims|allemaal|mensen|dames|heren|medewerkers?|functionaris\w*|morning|afternoon|evening|there|lezer|directie|collega'?s?|data|protection|officer|gegevensbescherming)\b|\p{Lu}[\p{Ll}.'-]*)){0,7}[\s,!.:/]*$`)
)

// cutQuotes separates the new words of text from the old ones. subject tells
// whether the mail forwards; own reports whether a line names one of our own
// addresses, so that our letters are never taken for a person's words.
func cutQuotes(subject, text string, own func(string) bool) reading {
	return cutQuotesWithin(subject, text, own, 0)
}

func cutQuotesWithin(subject, text string, own func(string) bool, depth int) reading {
	r := reading{subject: subject, whole: text}
	lines := strings.Split(text, "\n")
	cut, next, forward := len(lines), len(lines), false
	for i := range lines {
		if n, f := startsQuote(lines, i); n > 0 {
			cut, next, forward = i, i+n, f
			break
		}
	}
	var fresh, quoted []string
	for _, line := range lines[:cut] {
		if t := strings.TrimLeft(line, " "); strings.HasPrefix(t, ">") {
			quoted = append(quoted, strings.TrimLeft(t, "> "))
			continue
		}
		fresh = append(fresh, line)
	}
	head := strings.Join(lines[cut:next], "\n")
	// Somebody who answers below: what is not marked after marked lines is new.
	if !forward && next-cut <= 2 && markedNext(lines[next:]) {
		for _, line := range lines[next:] {
			if !strings.HasPrefix(strings.TrimLeft(line, " "), ">") && !attribution.MatchString(line) {
				fresh = append(fresh, line)
			}
		}
	}
	var tail []string
	for _, line := range lines[next:] {
		tail = append(tail, strings.TrimLeft(strings.TrimLeft(line, " "), "> "))
	}
	old := strings.Join(append(quoted, tail...), "\n")
	// Our own letter, quoted without any mark: cut it by how it ends.
	fresh = cutOwnLetter(fresh)
	r.signed = strings.Join(fresh, "\n")
	r.text = cutSignature(r.signed)
	r.quoted = old
	ours := own(head) || own(firstLines(old, 6)) || ownSign.MatchString(old)
	forward = forward || forwardMark.MatchString(subject) && len(tail) > 0
	switch {
	case forward && !ours && depth < MaxDepth:
		r.forwarded = true
		inner := cutQuotesWithin("", strings.Join(tail, "\n"), own, depth+1)
		r.text = strings.TrimSpace(r.text + "\n\n" + inner.text)
		r.signed = strings.TrimSpace(r.signed + "\n\n" + head + "\n" + inner.signed)
	case !hasWords(r.text) && !ours && hasWords(old):
		r.fromQuote = true
		r.text, r.signed = cutSignature(old), old
	}
	r.text = strings.TrimSpace(r.text)
	return r
}

// startsQuote reports how many lines at i introduce older words, and whether
// they are passed on rather than answered to.
func startsQuote(lines []string, i int) (n int, forward bool) {
	line := lines[i]
	if len(line) > 500 || strings.TrimSpace(line) == "" {
		return 0, false
	}
	switch {
	case forwardRule.MatchString(line):
		return 1 + headerBlock(lines, i+1), true
	case replyRule.MatchString(line):
		return 1 + headerBlock(lines, i+1), false
	case ruleLine.MatchString(line):
		if n := headerBlock(lines, i+1); n > 0 {
			return 1 + n, false
		}
	case headerFrom.MatchString(line):
		if n := headerBlock(lines, i); n >= 3 {
			return n, false
		}
	case attribution.MatchString(line) && attributes(lines, i+1):
		return 1, false
	case i+1 < len(lines) && len(lines[i+1]) < 200 && hasTime(line):
		if joined := line + " " + strings.TrimLeft(lines[i+1], "> "); attribution.MatchString(joined) {
			return 2, false
		}
	}
	return 0, false
}

var timeOrAddress = express(`\d{1,2}[:.]\d{2}|@|\b20\d\d\b`)

func hasTime(line string) bool { return timeOrAddress.MatchString(line) }

// attributes reports whether what stands at i can be a quote: marked, or the
// introducing line itself bears a date or an address.
func attributes(lines []string, i int) bool {
	if i > 0 && hasTime(lines[i-1]) {
		return true
	}
	for ; i < len(lines); i++ {
		if t := strings.TrimSpace(lines[i]); t != "" {
			return strings.HasPrefix(t, ">")
		}
	}
	return false
}

// headerBlock counts the lines of "Van: … Verzonden: …" at i, 0 if there are none.
func headerBlock(lines []string, i int) int {
	start := i
	for i < len(lines) && i < start+2 && strings.TrimSpace(strings.TrimLeft(lines[i], "> ")) == "" {
		i++
	}
	fields, blanks := 0, 0
	for ; i < len(lines) && i < start+14; i++ {
		line := strings.TrimLeft(lines[i], "> ")
		switch {
		case headerFrom.MatchString(line) || headerOther.MatchString(line):
			fields++
			blanks = 0
		case strings.TrimSpace(line) == "" && fields > 0 && blanks == 0 && i+1 < len(lines) && headerOther.MatchString(lines[i+1]):
			blanks++ // some renderings of HTML put an empty line between fields
		default:
			if fields < 2 {
				return 0
			}
			return i - start
		}
	}
	if fields < 2 {
		return 0
	}
	return i - start
}

// cutOwnLetter removes a letter of ours that stands in the text unmarked.
func cutOwnLetter(lines []string) []string {
	end := -1
	for i, line := range lines {
		if ownSign.MatchString(line) {
			end = i
		}
	}
	if end < 0 {
		return lines
	}
	start := end
	for i := end; i >= 0; i-- {
		if greeting.MatchString(lines[i]) {
			start = i
			break
		}
		start = i
	}
	return append(append([]string(nil), lines[:start]...), lines[end+1:]...)
}

// cutSignature keeps what the sender says and drops how the mail ends: name,
// company, disclaimer, "sent from my phone". A paragraph below the signature
// in which somebody still speaks for himself stays.
func cutSignature(text string) string {
	paragraphs := splitParagraphs(text)
	var kept []string
	said, signed := false, false
	for _, p := range paragraphs {
		if disclaimer.MatchString(p) && thisMessage.MatchString(p) {
			continue
		}
		if signed {
			if firstPerson.MatchString(p) && len(strings.Fields(p)) > 2 && !deviceLine.MatchString(p) {
				kept = append(kept, p)
			}
			continue
		}
		var lines []string
		for _, line := range strings.Split(p, "\n") {
			trimmed := strings.TrimRight(line, " ")
			if trimmed == "--" || trimmed == "-- " {
				signed = true
				break
			}
			if deviceLine.MatchString(line) {
				continue
			}
			if len(line) < 80 && said && signOff.MatchString(line) {
				signed = true
				break
			}
			if strings.TrimSpace(line) != "" && !greeting.MatchString(line) {
				said = true
			}
			lines = append(lines, line)
		}
		if len(lines) > 0 {
			kept = append(kept, strings.Join(lines, "\n"))
		}
	}
	return strings.TrimSpace(strings.Join(kept, "\n\n"))
}

// splitParagraphs splits at empty lines.
func splitParagraphs(text string) []string {
	var paragraphs []string
	var current []string
	for _, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) == "" {
			if len(current) > 0 {
				paragraphs = append(paragraphs, strings.Join(current, "\n"))
				current = nil
			}
			continue
		}
		current = append(current, line)
	}
	if len(current) > 0 {
		paragraphs = append(paragraphs, strings.Join(current, "\n"))
	}
	return paragraphs
}

// markedNext reports whether the first words of lines are marked as a quote.
func markedNext(lines []string) bool {
	for _, line := range lines {
		if t := strings.TrimSpace(line); t != "" {
			return strings.HasPrefix(t, ">")
		}
	}
	return false
}

func firstLines(s string, n int) string {
	for i := range s {
		if s[i] == '\n' {
			if n--; n == 0 {
				return s[:i]
			}
		}
	}
	return s
}

// hasWords reports whether anything but greetings and signs stands in s.
func hasWords(s string) bool {
	for _, line := range strings.Split(s, "\n") {
		if !greeting.MatchString(line) && strings.ContainsFunc(line, func(r rune) bool { return r > 127 || isLetter(r) }) {
			return true
		}
	}
	return false
}
