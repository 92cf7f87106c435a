package desk

import (
	"context"
	"slices"

	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// The deeds of a legal hold: an approver keeps a record beyond its time, for a
// reason of a closed list and until a day, or ends that sooner (D-2).
var holdDeeds = []*deed{
	{key: "hold", path: "bewaren", aim: "hold", roles: approvers, ask: askHold, quick: true, fields: map[string]string{"reason": "reden", "until": "tot"},
		do: func(ctx context.Context, c Cases, b *bench) error {
			return c.HoldRecord(ctx, b.actor(), b.r.Reference, b.form.Get("reden"), request.Day(b.form.Get("tot")))
		}},
	{key: "hold-lift", path: "niet-meer-bewaren", aim: "hold", roles: approvers, offered: holdStands, bar: barHoldLift, ask: askHoldLift, quick: true,
		do: func(ctx context.Context, c Cases, b *bench) error {
			return c.LiftHold(ctx, b.actor(), b.r.Reference, b.form.Get("welke"))
		}},
}

func askHold(b *bench) {
	b.choose("reden", b.options("hold.", "ap-inquiry", "litigation", "audit"), false, false)
	b.day("tot", "", false)
}

func holdStands(b *bench) bool {
	for _, hold := range b.r.LegalHolds {
		if hold.LiftedAt.IsZero() {
			return true
		}
	}
	return false
}

func barHoldLift(b *bench) string {
	if !holdStands(b) {
		return "bar.hold-lift"
	}
	return ""
}

func askHoldLift(b *bench) {
	var standing []answer
	for _, hold := range b.r.LegalHolds {
		if hold.LiftedAt.IsZero() {
			standing = append(standing, answer{hold.ID, b.v.SayOr("hold."+hold.Reason, hold.Reason), b.say("hold.until", "date", pages.Day(b.v.Lang, hold.Until))})
		}
	}
	b.choose("welke", standing, false, false)
}

// allDeeds are all of them; those of a hold come last: they are rare.
var allDeeds = slices.Concat(deeds, moveDeeds, holdDeeds)
