package casework

import (
	"maps"
	"slices"

	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
)

// facts are values for a letter beside those that the request itself gives.
type facts map[string]string

// order makes a letter's order: what the request and the leg know, and more,
// cut down to what that kind of letter takes. l may be nil for a letter about
// the whole request.
func (ch *change) order(kind letters.Kind, l *request.Leg, more facts) letters.Order {
	have := facts{
		"reference": string(ch.Reference), "received": string(day(ch.Started())),
		"received_instant": ch.Started().UTC().Format("2006-01-02T15:04:05Z"),
		"due":              string(ch.SafeDue), "safe_due": string(ch.SafeDue), "nominal": string(ch.SafeDue),
	}
	rights := rightsOf(ch.Request)
	if l != nil {
		rights = []request.Right{l.Right}
		if cand := ch.Candidate(l.Candidate); cand != nil {
			have["name"], have["file_reference"] = cand.Name, cand.File
		}
	}
	if res, err := ch.cases.clock(ch.Request); err == nil {
		have["nominal"] = res.Nominal.String()
	}
	if kind == letters.StaffNotice {
		have["safe_due"] = string(ch.WorkTo()) // what the desk's lists say
	}
	maps.Copy(have, more)
	return letters.Order{Kind: kind, Language: ch.Language, Rights: rights, Values: only(kind, have)}
}

// only keeps the values that the kind has placeholders for, and of those the
// ones that hold something: a letter refuses what it does not know.
func only(kind letters.Kind, have facts) map[string]string {
	info, _ := letters.Find(kind)
	values := map[string]string{}
	for name, value := range have {
		if value != "" && slices.Contains(info.Placeholders, name) {
			values[name] = value
		}
	}
	return values
}
