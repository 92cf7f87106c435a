package desk

import (
	"context"
	"html"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Breaches: what happened, whom it is told, by when.

var breachKinds = []string{"wrong-recipient", "package-released", "lost-letter", "other"}

func askBreach(b *bench) {
	b.choose("soort", b.options("breach.", breachKinds...), false, false)
	parts := []answer{{"heel", b.say("breach.whole"), ""}}
	if slices.ContainsFunc(b.r.Legs, func(l request.Leg) bool { return l.Role == request.Processor }) {
		parts = nil // whose data it is decides who must hear of it (33(2))
	}
	for i := range b.r.Legs {
		l := &b.r.Legs[i]
		parts = append(parts, answer{l.ID, b.h.legTitle(b.v, l), ""})
	}
	b.choose("deel", parts, false, false)
	b.day("dag", pages.Date(b.h.Now()), false)
	f := b.field("tijd", "", 0, false)
	f.Width, f.Plain = "w8", true
	if b.posted && b.at("tijd") == "" {
		if _, err := time.Parse("15:04", b.form.Get("tijd")); err != nil {
			b.wrong("tijd", "tijd")
		}
	}
	b.field("feiten", "", 4, false)
	b.field("gegevens", "", 3, false)
	f = b.field("aantal", "1", 0, false)
	f.Width, f.Inputmode, f.Plain = "w6", "numeric", true
	b.field("gevolgen", "", 3, false)
	b.field("maatregelen", "", 3, false)
	b.choose("risico", b.options("risk.", "none", "risk", "high"), false, false)
	b.field("advies", "", 3, true)
	b.depends()
}

func doBreach(ctx context.Context, c Cases, b *bench) error {
	leg := b.form.Get("deel")
	if leg == "heel" {
		leg = ""
	}
	n, err := strconv.Atoi(strings.TrimSpace(b.form.Get("aantal")))
	if err != nil {
		n = 0
	}
	return c.ReportBreach(ctx, b.actor(), b.r.Reference, request.Breach{
		Kind: b.form.Get("soort"), Leg: leg, Found: instant(b.date("dag"), b.form.Get("tijd")), Facts: strings.TrimSpace(b.form.Get("feiten")),
		Data: lines(b.form.Get("gegevens")), Affected: n, Effects: strings.TrimSpace(b.form.Get("gevolgen")), Measures: strings.TrimSpace(b.form.Get("maatregelen")),
		Risk: b.form.Get("risico"), Advice: strings.TrimSpace(b.form.Get("advies")),
	})
}

func breachOpen(_ *bench, x request.Breach) bool { return x.ClosedAt.IsZero() }

// closable reports whether all that the law wants told was told.
func closable(b *bench, x request.Breach) bool {
	return breachOpen(b, x) && !authorityDue(b, x) && (x.Risk != "high" || !x.SubjectTold.IsZero() || !x.ClientTold.IsZero()) && x.By != b.actor().ID
}

func authorityDue(_ *bench, x request.Breach) bool {
	return x.Risk != "none" && x.AuthorityTold.IsZero() && x.ClientTold.IsZero()
}

func subjectDue(b *bench, x request.Breach) bool {
	l := b.r.Leg(x.Leg)
	return x.SubjectTold.IsZero() && x.ClosedAt.IsZero() && x.Advice != "" && (l == nil || l.Role != request.Processor)
}

// which are the breaches of a request for which something can be done.
func which(b *bench, fits func(*bench, request.Breach) bool) []request.Breach {
	var out []request.Breach
	for _, x := range b.r.Breaches {
		if fits(b, x) {
			out = append(out, x)
		}
	}
	return out
}

func breached(fits func(*bench, request.Breach) bool) func(*bench) bool {
	return func(b *bench) bool { return len(which(b, fits)) > 0 }
}

func barBreach(fits func(*bench, request.Breach) bool) func(*bench) string {
	return func(b *bench) string { return barUnless(len(which(b, fits)) > 0, "bar."+b.key) }
}

// askWhichBreach asks which one; a single one is chosen.
func askWhichBreach(fits func(*bench, request.Breach) bool) func(*bench) {
	return func(b *bench) {
		var options []answer
		for _, x := range which(b, fits) {
			options = append(options, answer{x.ID, b.h.breachName(b.v, x), x.Facts})
		}
		var first []string
		if len(options) == 1 {
			first = []string{options[0].code}
		}
		b.choose("lek", options, false, false, first...)
	}
}

func (h *Handler) breachName(v visit, x request.Breach) string {
	return v.Say("breach.name", "kind", v.SayOr("breach."+x.Kind, x.Kind), "moment", pages.Moment(v.Lang, x.Found))
}

// breachFacts are what the request's page says of a breach.
func (h *Handler) breachFacts(v visit, x request.Breach) []fact {
	out := []fact{{v.Say("breach.risk"), v.SayOr("risk."+x.Risk, x.Risk)}}
	state := func(key string, at time.Time, otherwise string) {
		s := otherwise
		if !at.IsZero() {
			s = pages.Moment(v.Lang, at)
		}
		if s != "" {
			out = append(out, fact{v.Say(key), s})
		}
	}
	by := ""
	if x.Risk != "none" && x.ClientTold.IsZero() {
		by = v.Say("breach.by", "moment", pages.Moment(v.Lang, casework.BreachDue(x)))
	}
	state("breach.authority", x.AuthorityTold, by)
	state("breach.client", x.ClientTold, "")
	state("breach.subject", x.SubjectTold, "")
	state("breach.closed", x.ClosedAt, "")
	return out
}

func askAuthority(b *bench) {
	askWhichBreach(authorityDue)(b)
	f := b.field("nummer", "", 0, false)
	f.Width, f.Plain = "w20", true
	b.day("dag", pages.Date(b.h.Now()), false)
	f = b.field("tijd", "", 0, false)
	f.Width, f.Plain = "w8", true
	if b.posted && b.at("tijd") == "" {
		if _, err := time.Parse("15:04", b.form.Get("tijd")); err != nil {
			b.wrong("tijd", "tijd")
		}
	}
}

func doAuthority(ctx context.Context, c Cases, b *bench) error {
	return c.AuthorityTold(ctx, b.actor(), b.r.Reference, b.form.Get("lek"), strings.TrimSpace(b.form.Get("nummer")), instant(b.date("dag"), b.form.Get("tijd")))
}

func askNote(b *bench) { b.field("notitie", "", 5, false) }

// instant is a day and a time of day in Amsterdam; zero when they cannot be read.
func instant(day request.Day, hour string) time.Time {
	at, err := time.ParseInLocation("2006-01-02 15:04", string(day)+" "+strings.TrimSpace(hour), pages.Amsterdam)
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}

// momentOf is the instant that a day stands for: now for today, noon for one before.
func momentOf(b *bench, day request.Day) time.Time {
	if day == pages.Date(b.h.Now()) {
		return b.h.Now().UTC()
	}
	return instant(day, "12:00")
}

// unescape gives a label as plain text: pages escape what they show themselves.
func unescape(label template.HTML) string {
	return html.UnescapeString(strings.NewReplacer("<strong>", "", "</strong>", "").Replace(string(label)))
}

// long is a date with how much is left.
func (d due) long(v visit) string { return v.Say("due.long", "day", d.Day, "left", d.Left) }
