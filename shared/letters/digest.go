package letters

import (
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
)

// MailLine is one line of the digest of ordinary mail (N-05): when the mail
// came in (Amsterdam), the rule that decided, and the id by which the desk
// finds it. None of them tells who wrote, or what.
func MailLine(lang request.Language, at time.Time, rule, id string) string {
	if lang == request.English {
		return clock(lang, at) + ", rule " + rule + ", mail " + id
	}
	return clock(lang, at) + ", regel " + rule + ", mail " + id
}
