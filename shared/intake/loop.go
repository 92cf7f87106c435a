package intake

import (
	"strings"
)

// marks are what the header says about a mail that no person sent.
type marks struct {
	// rule names the mark; "" is a mail of a person.
	rule string
	// final tells that the mark settles the kind whatever the words say.
	final bool
	kind  Kind
}

var (
	absentSubject = express(`(?i)^(?:(?:re|antw|aw|fw|fwd)\s*:\s*)*(?:automatische? (?:antwoord|reactie|e-?mail|bevestiging|afwezigheid\w*|beantwoording|reply)|auto(?:matic)?[- ]?(?:reply|response|antwort|matisch antwoord)|automatic(?:ally)? (?:reply|response|generated)|out[- ]of[- ](?:the[- ])?office|ooo\b|afwezig\w*|afwezigheid\w*|niet aanwezig|vakantie\b|ik ben (?:afwezig|met vakantie|er even niet)|i am (?:away|on leave|out of)|on (?:annual |maternity |parental )?leave|away from (?:my )?(?:office|desk|e-?mail)|abwesenheit\w*|réponse automatique|wij hebben uw (?:e-?mail|bericht|vraag) ontvangen|ontvangstbevestiging|bevestiging van ontvangst|we (?:have )?received your|\[?ticket\b)`)
	bounceSubject = express(`(?i)(?:undeliver(?:ed|able)|delivery (?:status notification|failure|has failed|incomplete)|mail delivery (?:failed|subsystem)|returned mail|returned to sender|failure notice|delayed mail|niet[- ]bezorgd|niet afgeleverd|onbestelbaar|bezorging .*mislukt|unzustellbar|warning: could not send|message not delivered)`)
	absentText    = express(`(?i)(?:\b(?:ben|ik ben) (?:ik )?(?:\S+ ){0,8}(?:afwezig|niet aanwezig|met vakantie|niet op kantoor|met verlof|met zwangerschapsverlof)|\bi(?: am|'m| will be) (?:\S+ ){0,4}(?:out of (?:the )?office|on (?:annual |maternity |parental )?leave|on holiday|on vacation|away from)|dit is een automatisch\w* (?:bericht|antwoord|gegenereerd)|this is an automat\w* (?:reply|response|message|generated)|your (?:e-?mail|message) will not be (?:read|forwarded)|uw (?:e-?mail|bericht) wordt niet (?:gelezen|doorgestuurd)|niet meer werkzaam (?:bij|voor)|no longer (?:works?|working|employed) (?:at|for|with))`)
)

// machine reads the marks of A32 off the header. X-Auto-Response-Suppress is
// no such mark: ordinary office mail carries it.
func machine(m *mail, o Options, from, subject, text string) marks {
	h := m.header
	auto := strings.ToLower(strings.TrimSpace(h.get("auto-submitted")))
	auto, _, _ = strings.Cut(auto, ";")
	submitted := auto != "" && strings.TrimSpace(auto) != "no"
	returnPath := strings.TrimSpace(h.get("return-path"))
	null := h.has("return-path") && (returnPath == "<>" || returnPath == "")
	daemon := daemonAddress(from) || regexpDaemon.MatchString(h.get("from"))
	precedence := strings.ToLower(strings.TrimSpace(h.get("precedence")))
	absent := absentSubject.MatchString(subject)

	if o.ours(from) && (submitted || ownMark(h)) {
		return marks{"own-mail", true, KindAutomatic}
	}
	if m.report && strings.HasPrefix(m.mimeType, "multipart/report") || h.has("x-failed-recipients") {
		return marks{"delivery-report", true, KindBounce}
	}
	if (daemon || null) && bounceSubject.MatchString(subject) {
		return marks{"mailer-daemon", true, KindBounce}
	}
	if daemon {
		return marks{"mailer-daemon", false, KindBounce}
	}
	switch {
	case submitted && (absent || absentText.MatchString(text)):
		return marks{"auto-submitted", true, KindAutomatic}
	case submitted:
		return marks{"auto-submitted", false, KindAutomatic}
	case h.has("x-autoreply") || h.has("x-autorespond") || h.has("x-autoresponder") || precedence == "auto_reply" ||
		strings.HasPrefix(strings.ToLower(h.get("x-ms-exchange-generated-message-source")), "mailbox rules"):
		return marks{"autoreply-header", absent, KindAutomatic}
	case absent && absentText.MatchString(text):
		return marks{"absence", true, KindAutomatic}
	case absent:
		return marks{"absence", false, KindAutomatic}
	case null:
		return marks{"null-sender", false, KindAutomatic}
	case precedence == "bulk" || precedence == "list" || precedence == "junk":
		return marks{"precedence", false, KindAutomatic}
	case h.has("list-id") || h.has("list-unsubscribe") || h.has("list-post") || h.has("list-help") || h.has("list-subscribe") || h.has("list-owner") || h.has("feedback-id") && h.has("list-unsubscribe-post"):
		return marks{"list", false, KindAutomatic}
	case robotAddress(from):
		return marks{"robot-address", false, KindAutomatic}
	}
	return marks{}
}

var regexpDaemon = express(`(?i)mailer-daemon|mail delivery (?:sub)?system`)

// ownMark reports whether our own sender wrote the mail. X-Letter stands in
// every one of them; a digest bears no reference.
func ownMark(h header) bool {
	for _, f := range h {
		if f.name == "x-letter" || strings.HasPrefix(f.name, "x-allclaims") {
			return true
		}
	}
	return false
}
