package deadline

import (
	"fmt"
	"slices"
)

// Rules for the wording: short sentences at B1 level; a date in full with its
// weekday; a last day is "uiterlijk op" / "no later than", because the day
// itself still counts; no articles of law, the step's Rule is enough. A date
// never opens a sentence, so that Dutch weekdays stay in lower case.

var (
	weekdaysNL = [...]string{"zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"}
	monthsNL   = [...]string{"januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus",
		"september", "oktober", "november", "december"}
)

// Long writes d in full: "dinsdag 7 april 2026" in Dutch ("nl"), "Tuesday 7
// April 2026" in any other language.
func (d Date) Long(lang string) string {
	if lang == "nl" {
		return fmt.Sprintf("%s %d %s %d", weekdaysNL[d.Weekday()], d.Day, monthsNL[d.Month-1], d.Year)
	}
	return fmt.Sprintf("%s %d %s %d", d.Weekday(), d.Day, d.Month, d.Year)
}

// explainer collects the steps of one computation.
type explainer struct {
	calendar Calendar
	safeDue  Date
	steps    []Step
}

// say adds a step. The arguments serve both languages, in the same order; a
// Date is written in full in each.
func (x *explainer) say(d Date, rule, nl, en string, args ...any) {
	x.steps = append(x.steps, step(d, rule, nl, en, args...))
}

func step(d Date, rule, nl, en string, args ...any) Step {
	return Step{d, map[string]string{"nl": render("nl", nl, args), "en": render("en", en, args)}, rule}
}

func render(lang, format string, args []any) string {
	in := slices.Clone(args)
	for i, a := range args {
		switch a := a.(type) {
		case Date:
			in[i] = a.Long(lang)
		case days:
			in[i] = a.in(lang)
		}
	}
	return fmt.Sprintf(format, in...)
}

// days is a number of days, written with its noun.
type days int

func (n days) in(lang string) string {
	switch {
	case lang == "nl" && n == 1:
		return "1 dag"
	case lang == "nl":
		return fmt.Sprintf("%d dagen", int(n))
	case n == 1:
		return "1 day"
	}
	return fmt.Sprintf("%d days", int(n))
}

func (x *explainer) received(d Date) {
	nl := "Wij kregen het verzoek op %s. Die dag telt zelf niet mee."
	en := "We received the request on %s. That day itself does not count."
	if !x.calendar.Working(d) {
		nl += " Ook in het weekend en op een feestdag begint de tijd te lopen."
		en += " The time starts to run on weekends and public holidays too."
	}
	x.say(d, "C-6", nl, en, d)
}

// months explains the end of n months after receipt, and the month end (C-2).
func (x *explainer) months(received Date, n int) {
	d := received.AddMonths(n)
	rule, nl, en := "C-2", "Eén maand later is het %s.", "One month later it is %s."
	if n == 3 {
		rule = "C-7"
		nl = "Samen mag het drie maanden duren. Wij tellen die vanaf de ontvangst. Drie maanden later is het %s."
		en = "Together it may take three months. We count them from receipt. Three months later it is %s."
	}
	args := []any{d}
	if d.Day != received.Day {
		nl += " Die maand heeft geen dag %d. Daarom telt de laatste dag van de maand."
		en += " That month has no day %d. So the last day of the month counts."
		args = append(args, received.Day)
	}
	x.say(d, rule, nl, en, args...)
}

// rolled explains why d moves to the first working day, day by day (C-2 … C-4).
func (x *explainer) rolled(d Date) {
	start := d
	for ; !x.calendar.Working(d); d = d.AddDays(1) {
		h, rule := holiday{"weekend", "a weekend"}, "C-2"
		if !weekend(d) {
			h, _ = x.calendar.holiday(d)
			rule = "C-3"
			if h == extraHoliday {
				rule = "C-4"
			}
		}
		x.steps = append(x.steps, Step{d, map[string]string{
			"nl": fmt.Sprintf("De laatste dag kan niet %s zijn. Dat is %s.", d.Long("nl"), h.nl),
			"en": fmt.Sprintf("The last day cannot be %s. That is %s.", d.Long("en"), h.en),
		}, rule})
	}
	if d != start {
		x.say(d, "C-2", "De eerste werkdag daarna is %s.", "The first working day after that is %s.", d)
	}
	if d.AddDays(2) == Easter(d.Year) {
		x.say(d, "C-4", "Die dag is Goede Vrijdag. Voor deze wet is dat een gewone werkdag.",
			"That day is Good Friday. For this law it is an ordinary working day.")
	}
}

func (x *explainer) safe() {
	x.say(x.safeDue, "C-8", "Wij zorgen dat wij uiterlijk op %s antwoorden. Dat is de veilige datum. Extra tijd verandert die niet.",
		"We make sure that we answer no later than %s. That is the safe date. Extra time does not change it.", x.safeDue)
}

func (x *explainer) asked(p Pause, latest Date, again bool) {
	nl := "Wij stelden een vraag op %s. Dat was op tijd: het moest uiterlijk op %s."
	en := "We asked a question on %s. That was in time: it had to be no later than %s."
	if again {
		nl = "Wij stelden nog een vraag op %s. Dat was op tijd: het moest uiterlijk op %s. Het wachten gaat door."
		en = "We asked another question on %s. That was in time: it had to be no later than %s. The waiting goes on."
	}
	x.say(p.Asked, "C-8", nl, en, p.Asked, latest)
}

func (x *explainer) askedLate(p Pause, latest Date) {
	x.say(p.Asked, "C-8", "Wij stelden een vraag op %s. Dat was te laat: het moest uiterlijk op %s. Wachten op dit antwoord geeft 0 extra dagen.",
		"We asked a question on %s. That was too late: it had to be no later than %s. Waiting for this answer gives 0 extra days.", p.Asked, latest)
}

func (x *explainer) afterLost(p Pause) {
	x.say(p.Asked, "C-8", "Wij stelden nog een vraag op %s. Een eerdere vraag was te laat. Daarom geeft ook deze vraag 0 extra dagen.",
		"We asked another question on %s. An earlier question was too late. So this question gives 0 extra days as well.", p.Asked)
}

func (x *explainer) reminded(p Pause) {
	x.say(p.Asked, "C-8", "Wij vroegen het opnieuw op %s. Er was nog geen antwoord. Het wachten gaat door.",
		"We asked again on %s. There was no answer yet. The waiting goes on.", p.Asked)
}

func (x *explainer) answered(p Pause) {
	x.say(p.Answered, "C-8", "Wij kregen antwoord op %s.", "We received an answer on %s.", p.Answered)
}

// unanswered explains that the pause is still open since its first open question.
func (x *explainer) unanswered(p Pause) {
	x.say(p.Asked, "C-12", "Er is nog geen antwoord. Dat geeft nu 0 extra dagen. Wij herinneren op %s en op %s.",
		"There is no answer yet. That gives 0 extra days now. We send reminders on %s and on %s.",
		p.Asked.AddDays(firstReminder), p.Asked.AddDays(secondReminder))
	x.say(x.safeDue, "C-12", "Komt er geen antwoord? Dan sluiten wij het verzoek met een brief. Dat doen wij uiterlijk op %s.",
		"Is there no answer? Then we close the request with a letter. We do so no later than %s.", x.safeDue)
}

func (x *explainer) counted(asked, answered Date, n int) {
	if n == 0 {
		x.say(answered, "C-9", "Alleen hele dagen van wachten tellen. Tussen %s en %s zit geen hele dag. Dat geeft 0 extra dagen.",
			"Only full days of waiting count. There is no full day between %s and %s. That gives 0 extra days.", asked, answered)
		return
	}
	x.say(answered, "C-9", "Alleen hele dagen van wachten tellen. Tussen %s en %s tellen wij %s.",
		"Only full days of waiting count. Between %s and %s we count %s.", asked, answered, days(n))
}

func (x *explainer) later(from, to Date, n int) {
	x.say(to, "C-9", "Wij tellen %s verder vanaf %s. Dan is het %s.", "We count %s further from %s. Then it is %s.", days(n), from, to)
}

func (x *explainer) extension(sent, due1 Date, inTime bool) {
	nl := "Wij schreven op %s dat wij meer tijd nodig hebben. Dat was op tijd: het moest uiterlijk op %s."
	en := "We wrote on %s that we need more time. That was in time: it had to be no later than %s."
	if !inTime {
		nl = "Wij schreven op %s dat wij meer tijd nodig hebben. Dat was te laat: het moest uiterlijk op %s. Er komt geen extra tijd."
		en = "We wrote on %s that we need more time. That was too late: it had to be no later than %s. There is no extra time."
	}
	x.say(sent, "C-7", nl, en, sent, due1)
}

func (x *explainer) due(d Date) {
	x.say(d, "C-2", "De laatste dag volgens de wet is %s. Die hele dag telt nog mee.",
		"The last day by law is %s. That whole day still counts.", d)
}

// plan explains the milestones, in order of date.
func plan(milestones map[string]Date) []Step {
	steps := make([]Step, 0, len(milestones))
	for _, m := range planned {
		d := milestones[m.key]
		steps = append(steps, step(d, m.rule, m.nl, m.en, d))
	}
	slices.SortStableFunc(steps, func(a, b Step) int { return a.Date.Compare(b.Date) })
	return steps
}

// planned names each milestone once; the order breaks ties.
var planned = []struct{ key, rule, nl, en string }{
	{"acknowledge", "C-13", "Bevestig de ontvangst uiterlijk op %s.", "Confirm receipt no later than %s."},
	{"triage", "C-13", "Bepaal uiterlijk op %s wat er is gevraagd en door wie.", "Decide no later than %s what is asked and by whom."},
	{"clientNotice", "R-22", "Is het een verzoek van een debiteur? Meld het de opdrachtgever uiterlijk op %s.", "Is it a debtor's request? Tell the client no later than %s."},
	{"identityQuestion", "C-8", "Twijfelt u wie dit is? Stel uw vraag uiterlijk op %s.", "Do you doubt who this is? Ask your question no later than %s."},
	{"legalReview", "C-13", "Wilt u weigeren of meer tijd nemen? Laat het nakijken uiterlijk op %s.", "Do you want to refuse or take more time? Have it reviewed no later than %s."},
	{"warn10", "C-13", "Waarschuwing op %s: nog 10 werkdagen tot de veilige datum.", "Warning on %s: 10 working days left to the safe date."},
	{"warn5", "C-13", "Waarschuwing op %s: nog 5 werkdagen tot de veilige datum.", "Warning on %s: 5 working days left to the safe date."},
	{"warn2", "C-13", "Waarschuwing op %s: nog 2 werkdagen tot de veilige datum.", "Warning on %s: 2 working days left to the safe date."},
	{"warn0", "C-13", "Waarschuwing op %s: dit is de veilige datum.", "Warning on %s: this is the safe date."},
}
