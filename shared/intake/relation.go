package intake

import (
	"strings"

	"github.com/allclaims/rightsdesk/shared/request"
)

// relations reads who the person is to All Claims; several may hold
// . quoted is what was answered to: a reply to our newsletter is from a
// reader, whatever the reply says.
func relations(cs, quoted []clause, found []finding, clues Clues) []request.Relation {
	score := map[request.Relation]int{}
	notClient, clientWords, collect := false, 0, false
	for i := range cs {
		c := &cs[i]
		if c.has("debtor") {
			score[request.Debtor]++
		}
		if c.has("debtor") && c.has("self") && !c.subject {
			score[request.Debtor]++
		}
		if c.has("debtor-strong") {
			score[request.Debtor] += 2
		}
		if c.has("letter-from-us") && c.has("my", "i") {
			score[request.Debtor]++
		}
		if c.has("the-debtor") {
			score[request.Client] += 2
			clientWords++
			collect = true
		}
		if c.has("not-client") {
			notClient = true
		} else if c.has("client") {
			score[request.Client] += 2
			clientWords++
		}
		if c.has("biz-newcase") {
			collect = true
		}
		if c.has("newsletter") {
			score[request.Newsletter] += 2
		}
		if c.has("visitor") {
			score[request.WebsiteVisitor]++
		}
		if c.has("visitor-strong") {
			score[request.WebsiteVisitor]++
		}
		if c.has("prospect") {
			score[request.Prospect] += 2
		}
		if c.has("intermediary") {
			score[request.Intermediary] += 2
		}
		if c.has("other") {
			score[request.OtherContact] += 2
		}
	}
	for _, f := range found {
		switch {
		case f.rule == "not-mine" && f.weight >= 2:
			score[request.Debtor] += 2
			notClient = true
		case f.rule == "stop-bare" || f.rule == "marketing-list" || strings.HasPrefix(f.rule, "marketing-unsubscribe"):
			score[request.Newsletter] += 2
		}
	}
	if len(clues.ClientNumbers) > 0 {
		score[request.Client] += 2
		clientWords++
	}
	if len(clues.FileNumbers) > 0 && score[request.Client] == 0 {
		score[request.Debtor] += 2
	}
	for i := range quoted {
		if quoted[i].has("newsletter", "biz-newsletter") {
			score[request.Newsletter] += 2
			break
		}
	}
	if notClient && clientWords == 0 {
		score[request.Client] = 0
	}
	// A client speaks of debts too: other people's.
	if score[request.Client] >= 2 && collect {
		score[request.Debtor] -= 2
	}
	if score[request.Client] >= 2 && score[request.Debtor] < 3 {
		score[request.Debtor] = 0
	}
	// A prospect who became no client is a prospect only.
	if score[request.Prospect] >= 2 && score[request.Client] < 4 && clientWords == 0 {
		score[request.Client] = 0
	}
	if score[request.Intermediary] >= 2 {
		score[request.Client] = 0
		if score[request.Debtor] < 3 {
			score[request.Debtor] = 0
		}
	}
	var out []request.Relation
	for _, r := range request.Relations {
		if score[r] >= 2 {
			out = append(out, r)
		}
	}
	if len(out) == 0 && score[request.Debtor] == 1 {
		out = append(out, request.Debtor)
	}
	// Somebody who speaks for another, or supplies us, is so beside nothing else.
	if len(out) > 1 {
		kept := out[:0:0]
		for _, r := range out {
			if r == request.WebsiteVisitor && score[r] < 3 {
				continue
			}
			kept = append(kept, r)
		}
		out = kept
	}
	if len(out) == 0 {
		out = []request.Relation{request.Unknown}
	}
	return out
}
