package desk

import (
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/request"
)

// offer is an act that can be done now; its page says what it does.
type offer struct{ Text, Link string }

// aims are what officers want when they look for an act, in the order in which
// a page lists them.
var aims = []string{"ask", "decide", "hold", "mend", "tell"}

// offers are the acts on a request or on one of its parts.
type offers struct {
	// Now are those that this person can do now, by what they want.
	Now []aim
	// Later says, in a line for each reason, what cannot be done now and why.
	Later []fact
}

// aim is one thing that an officer may want, with the acts that serve it.
type aim struct {
	Heading string
	Acts    []offer
}

// offers lists the acts of a request (l nil) or of a part.
func (h *Handler) offers(v visit, view casework.CaseView, l *request.Leg) offers {
	now := map[string][]offer{}
	var reasons []string
	later := map[string][]string{}
	for _, d := range allDeeds {
		if d.leg != (l != nil) {
			continue
		}
		b := &bench{deed: d, h: h, v: v, view: view, r: view.Request, l: l}
		offered, why := d.offered == nil || d.offered(b), b.barKey()
		switch {
		case !slices.ContainsFunc(d.roles, v.actor().Has):
			if !offered || why != "" || !names(v) {
				continue // there is nothing to hand to anybody
			}
			why = "todo.role." + d.roles[0]
		case why == "" && offered:
			to := h.caseAddress(view.Request.Reference, d.path)
			if l != nil {
				to = h.caseAddress(view.Request.Reference, l.ID, d.path)
			}
			now[d.aim] = append(now[d.aim], offer{d.title(v), to})
			continue
		case why == "", slices.Contains(never, why):
			continue // it is no act for this request, whatever comes
		}
		if later[why] == nil {
			reasons = append(reasons, why)
		}
		later[why] = append(later[why], d.title(v))
	}
	if l == nil && v.actor().Has(Officer) {
		now["tell"] = append(now["tell"], offer{v.Say("scan.title"), h.caseAddress(view.Request.Reference, "scans")})
	}
	var out offers
	for _, a := range aims {
		if len(now[a]) > 0 {
			out.Now = append(out.Now, aim{v.Say("aim." + a), now[a]})
		}
	}
	for _, why := range reasons {
		out.Later = append(out.Later, fact{strings.Join(later[why], ", "), v.Say(why)})
	}
	return out
}

// never are the reasons that no waiting takes away: the act is for another
// right, or answers something that nobody began.
var never = []string{
	"bar.right", "bar.stops", "bar.proven", "bar.no-proof-needed", "bar.no-fee", "bar.no-fee-announced", "bar.no-extension", "bar.no-mandate", "bar.recipients",
	"bar.flag.ours", "bar.flag.none", "bar.lift-not-told", "bar.not-restricted", "bar.breach-authority", "bar.breach-subject", "bar.breach-close", "bar.hold-lift", "bar.no-reply",
	"bar.move", "bar.carry-on", "bar.lapse", "bar.moved",
}

// title names the act in a list: what to do, never a question.
func (d *deed) title(v visit) string {
	if key := "offer." + d.key; v.Knows(key) {
		return v.Say(key)
	}
	return v.Say("act." + d.key)
}
