package intake

import (
	netmail "net/mail"
	"strings"

	"golang.org/x/net/idna"
)

// strictAddress is the only form of address that is taken for one: an atom or
// dots of them, one @, a domain. No comments, quotes, routes or literals (A09).
var strictAddress = express("^([A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)@([^\\s@<>()\\[\\]\\\\,;:\"]+)$")

// address reads one bare address strictly: local part as written, domain in
// lower case and in its ASCII form, so that a look-alike in other letters never
// compares equal. It returns "" for anything else.
func address(s string) string {
	if len(s) > 320 {
		return ""
	}
	match := strictAddress.FindStringSubmatch(s)
	if match == nil || len(match[1]) > 64 {
		return ""
	}
	domain, err := idna.Lookup.ToASCII(strings.TrimSuffix(match[2], "."))
	if err != nil || !strings.Contains(domain, ".") || len(domain) > 253 {
		return ""
	}
	return match[1] + "@" + strings.ToLower(domain)
}

// nameAddress splits `Name <address>` by hand: the second opinion beside
// net/mail. Both must agree on one address (A09).
func nameAddress(value string) (name, addr string) {
	value = strings.TrimSpace(value)
	open := strings.IndexByte(value, '<')
	if open < 0 {
		return "", address(value)
	}
	if strings.Count(value, "<") != 1 || strings.Count(value, ">") != 1 || !strings.HasSuffix(value, ">") {
		return "", ""
	}
	name = strings.TrimSpace(value[:open])
	if n := len(name); n >= 2 && name[0] == '"' && name[n-1] == '"' {
		name = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(name[1 : n-1])
	} else if strings.ContainsAny(name, "@,;:()") && !strings.HasPrefix(name, "=?") {
		return "", ""
	}
	return cleanLine(decodeWords(name)), address(value[open+1 : len(value)-1])
}

// sender reads the From header: exactly one mailbox on which two readers
// agree, or nothing. broken tells that there was a From that could not be read.
func sender(h header) (name, addr string, broken bool) {
	values := h.all("from")
	if len(values) != 1 || len(values[0]) > 2048 {
		return "", "", true
	}
	name, addr = nameAddress(values[0])
	if addr == "" {
		return "", "", true
	}
	parsed, err := (&netmail.AddressParser{}).ParseList(asciiFrom(values[0]))
	if err != nil {
		// net/mail refuses unquoted names that the hand-written reader
		// understands; then the address alone must satisfy both.
		open := strings.IndexByte(values[0], '<')
		if open < 0 {
			return "", "", true
		}
		parsed, err = (&netmail.AddressParser{}).ParseList(values[0][open:])
		if err != nil {
			return "", "", true
		}
	}
	if len(parsed) != 1 || address(parsed[0].Address) != addr {
		return "", "", true
	}
	return name, addr, false
}

// asciiFrom keeps net/mail from refusing a name in raw 8-bit letters: only the
// address is compared.
func asciiFrom(value string) string {
	open := strings.IndexByte(value, '<')
	if open > 0 && !isASCII([]byte(value[:open])) {
		return value[open:]
	}
	return value
}

// originalSender finds who wrote a mail that a mailbox passed on under its own
// name, as list software does for the sake of DMARC. Like From it is a claim.
func originalSender(h header) string {
	for _, name := range []string{"x-original-from", "x-original-sender", "x-google-original-from", "x-forwarded-from"} {
		if values := h.all(name); len(values) == 1 {
			if _, addr := nameAddress(values[0]); addr != "" {
				return addr
			}
		}
	}
	return ""
}

// robotLocal finds local parts behind which nobody reads (A32).
var robotLocal = express(`(?i)^(?:mailer-?daemon|postmaster|no-?_?\.?reply.*|do-?_?not-?_?reply.*|.*[-_.]no-?reply|niet-?beantwoorden|geen-?antwoord|noreply.*|bounces?(?:[-+=].*)?|auto-?(?:reply|responder|mailer).*|notifications?|daemon|mail-?daemon|listserv|majordomo|abuse-auto|root|cron)$`)

func robotAddress(addr string) bool {
	local, _, ok := strings.Cut(addr, "@")
	return ok && robotLocal.MatchString(local)
}

func daemonAddress(addr string) bool {
	local, _, _ := strings.Cut(strings.ToLower(addr), "@")
	return local == "mailer-daemon" || local == "maildaemon" || local == "mail-daemon" || local == "mailerdaemon" || local == "postmaster"
}

// ours reports whether addr is one of our addresses, or of our people.
func (o Options) ours(addr string) bool {
	if addr == "" {
		return false
	}
	return o.ownAddress(addr) || o.ownDomain(addr)
}

func (o Options) ownAddress(addr string) bool {
	for _, own := range o.OwnAddresses {
		if strings.EqualFold(own, addr) {
			return true
		}
	}
	return false
}

func (o Options) ownDomain(addr string) bool {
	_, domain, ok := strings.Cut(addr, "@")
	if !ok {
		return false
	}
	for _, own := range o.OwnDomains {
		own = strings.ToLower(strings.TrimPrefix(own, "@"))
		if own != "" && (strings.EqualFold(domain, own) || strings.HasSuffix(strings.ToLower(domain), "."+own)) {
			return true
		}
	}
	return false
}

// names reports whether a line of a quote names one of our addresses.
func (o Options) names(line string) bool {
	line = strings.ToLower(line)
	for _, own := range o.OwnAddresses {
		if own != "" && strings.Contains(line, strings.ToLower(own)) {
			// "Aan: info@…" says that we were written to, not that we wrote.
			i := strings.Index(line, strings.ToLower(own))
			start := strings.LastIndexByte(line[:i], '\n') + 1
			prefix := strings.TrimLeft(line[start:i], "> *")
			if strings.HasPrefix(prefix, "aan") || strings.HasPrefix(prefix, "to") || strings.HasPrefix(prefix, "cc") {
				continue
			}
			return true
		}
	}
	return false
}
