package deadline_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/allclaims/rightsdesk/shared/deadline"
)

// told is an explanation as a reader sees it.
func told(steps []deadline.Step, lang string) []string {
	var lines []string
	for _, s := range steps {
		lines = append(lines, s.Rule+" "+s.Date.String()+" "+s.Text[lang])
	}
	return lines
}

func TestExplain(t *testing.T) {
	for _, row := range []struct {
		id, received, paused, extension, lang string
		want                                  []string
	}{
		{"V01", "2026-03-05", "", "", "nl", []string{
			"C-6 2026-03-05 Wij kregen het verzoek op donderdag 5 maart 2026. Die dag telt zelf niet mee.",
			"C-2 2026-04-05 Eén maand later is het zondag 5 april 2026.",
			"C-2 2026-04-05 De laatste dag kan niet zondag 5 april 2026 zijn. Dat is weekend.",
			"C-3 2026-04-06 De laatste dag kan niet maandag 6 april 2026 zijn. Dat is Tweede Paasdag.",
			"C-2 2026-04-07 De eerste werkdag daarna is dinsdag 7 april 2026.",
			"C-8 2026-04-07 Wij zorgen dat wij uiterlijk op dinsdag 7 april 2026 antwoorden. Dat is de veilige datum. Extra tijd verandert die niet.",
			"C-2 2026-04-07 De laatste dag volgens de wet is dinsdag 7 april 2026. Die hele dag telt nog mee.",
		}},
		{"V03", "2026-01-31", "", "", "en", []string{
			"C-6 2026-01-31 We received the request on Saturday 31 January 2026. That day itself does not count. The time starts to run on weekends and public holidays too.",
			"C-2 2026-02-28 One month later it is Saturday 28 February 2026. That month has no day 31. So the last day of the month counts.",
			"C-2 2026-02-28 The last day cannot be Saturday 28 February 2026. That is a weekend.",
			"C-2 2026-03-01 The last day cannot be Sunday 1 March 2026. That is a weekend.",
			"C-2 2026-03-02 The first working day after that is Monday 2 March 2026.",
			"C-8 2026-03-02 We make sure that we answer no later than Monday 2 March 2026. That is the safe date. Extra time does not change it.",
			"C-2 2026-03-02 The last day by law is Monday 2 March 2026. That whole day still counts.",
		}},
		{"V08", "2026-03-03", "", "", "en", []string{
			"C-6 2026-03-03 We received the request on Tuesday 3 March 2026. That day itself does not count.",
			"C-2 2026-04-03 One month later it is Friday 3 April 2026.",
			"C-4 2026-04-03 That day is Good Friday. For this law it is an ordinary working day.",
			"C-8 2026-04-03 We make sure that we answer no later than Friday 3 April 2026. That is the safe date. Extra time does not change it.",
			"C-2 2026-04-03 The last day by law is Friday 3 April 2026. That whole day still counts.",
		}},
		{"V27", "2026-09-07", "2026-09-08>2026-09-14 2026-09-15>2026-09-21", "2026-10-12", "nl", []string{
			"C-6 2026-09-07 Wij kregen het verzoek op maandag 7 september 2026. Die dag telt zelf niet mee.",
			"C-2 2026-10-07 Eén maand later is het woensdag 7 oktober 2026.",
			"C-8 2026-10-07 Wij zorgen dat wij uiterlijk op woensdag 7 oktober 2026 antwoorden. Dat is de veilige datum. Extra tijd verandert die niet.",
			"C-8 2026-09-08 Wij stelden een vraag op dinsdag 8 september 2026. Dat was op tijd: het moest uiterlijk op donderdag 10 september 2026.",
			"C-8 2026-09-14 Wij kregen antwoord op maandag 14 september 2026.",
			"C-8 2026-09-15 Wij stelden nog een vraag op dinsdag 15 september 2026. Dat was op tijd: het moest uiterlijk op donderdag 17 september 2026. Het wachten gaat door.",
			"C-8 2026-09-21 Wij kregen antwoord op maandag 21 september 2026.",
			"C-9 2026-09-21 Alleen hele dagen van wachten tellen. Tussen dinsdag 8 september 2026 en maandag 21 september 2026 tellen wij 12 dagen.",
			"C-9 2026-10-19 Wij tellen 12 dagen verder vanaf woensdag 7 oktober 2026. Dan is het maandag 19 oktober 2026.",
			"C-7 2026-10-12 Wij schreven op maandag 12 oktober 2026 dat wij meer tijd nodig hebben. Dat was op tijd: het moest uiterlijk op maandag 19 oktober 2026.",
			"C-7 2026-12-07 Samen mag het drie maanden duren. Wij tellen die vanaf de ontvangst. Drie maanden later is het maandag 7 december 2026.",
			"C-9 2026-12-19 Wij tellen 12 dagen verder vanaf maandag 7 december 2026. Dan is het zaterdag 19 december 2026.",
			"C-2 2026-12-19 De laatste dag kan niet zaterdag 19 december 2026 zijn. Dat is weekend.",
			"C-2 2026-12-20 De laatste dag kan niet zondag 20 december 2026 zijn. Dat is weekend.",
			"C-2 2026-12-21 De eerste werkdag daarna is maandag 21 december 2026.",
			"C-2 2026-12-21 De laatste dag volgens de wet is maandag 21 december 2026. Die hele dag telt nog mee.",
		}},
		{"V29 and a late notice", "2026-06-01", "2026-06-22>2026-06-24 2026-06-25>", "2026-07-02", "en", []string{
			"C-6 2026-06-01 We received the request on Monday 1 June 2026. That day itself does not count.",
			"C-2 2026-07-01 One month later it is Wednesday 1 July 2026.",
			"C-8 2026-07-01 We make sure that we answer no later than Wednesday 1 July 2026. That is the safe date. Extra time does not change it.",
			"C-8 2026-06-22 We asked a question on Monday 22 June 2026. That was too late: it had to be no later than Thursday 4 June 2026. Waiting for this answer gives 0 extra days.",
			"C-8 2026-06-25 We asked another question on Thursday 25 June 2026. An earlier question was too late. So this question gives 0 extra days as well.",
			"C-7 2026-07-02 We wrote on Thursday 2 July 2026 that we need more time. That was too late: it had to be no later than Wednesday 1 July 2026. There is no extra time.",
			"C-2 2026-07-01 The last day by law is Wednesday 1 July 2026. That whole day still counts.",
		}},
		{"V30 with a reminder", "2026-09-07", "2026-09-08> 2026-09-15>", "", "nl", []string{
			"C-6 2026-09-07 Wij kregen het verzoek op maandag 7 september 2026. Die dag telt zelf niet mee.",
			"C-2 2026-10-07 Eén maand later is het woensdag 7 oktober 2026.",
			"C-8 2026-10-07 Wij zorgen dat wij uiterlijk op woensdag 7 oktober 2026 antwoorden. Dat is de veilige datum. Extra tijd verandert die niet.",
			"C-8 2026-09-08 Wij stelden een vraag op dinsdag 8 september 2026. Dat was op tijd: het moest uiterlijk op donderdag 10 september 2026.",
			"C-8 2026-09-15 Wij vroegen het opnieuw op dinsdag 15 september 2026. Er was nog geen antwoord. Het wachten gaat door.",
			"C-12 2026-09-08 Er is nog geen antwoord. Dat geeft nu 0 extra dagen. Wij herinneren op dinsdag 15 september 2026 en op dinsdag 22 september 2026.",
			"C-12 2026-10-07 Komt er geen antwoord? Dan sluiten wij het verzoek met een brief. Dat doen wij uiterlijk op woensdag 7 oktober 2026.",
			"C-2 2026-10-07 De laatste dag volgens de wet is woensdag 7 oktober 2026. Die hele dag telt nog mee.",
		}},
		{"V26", "2026-06-01", "2026-06-02>2026-06-03", "", "nl", []string{
			"C-6 2026-06-01 Wij kregen het verzoek op maandag 1 juni 2026. Die dag telt zelf niet mee.",
			"C-2 2026-07-01 Eén maand later is het woensdag 1 juli 2026.",
			"C-8 2026-07-01 Wij zorgen dat wij uiterlijk op woensdag 1 juli 2026 antwoorden. Dat is de veilige datum. Extra tijd verandert die niet.",
			"C-8 2026-06-02 Wij stelden een vraag op dinsdag 2 juni 2026. Dat was op tijd: het moest uiterlijk op donderdag 4 juni 2026.",
			"C-8 2026-06-03 Wij kregen antwoord op woensdag 3 juni 2026.",
			"C-9 2026-06-03 Alleen hele dagen van wachten tellen. Tussen dinsdag 2 juni 2026 en woensdag 3 juni 2026 zit geen hele dag. Dat geeft 0 extra dagen.",
			"C-2 2026-07-01 De laatste dag volgens de wet is woensdag 1 juli 2026. Die hele dag telt nog mee.",
		}},
	} {
		t.Run(row.id, func(t *testing.T) {
			r, err := deadline.Calendar{}.Compute(deadline.Events{
				Received: at(t, row.received), Paused: rounds(t, row.paused), ExtensionSent: day(t, row.extension),
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, told(r.Explain, row.lang)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestPlan(t *testing.T) {
	r, err := deadline.Calendar{}.Compute(deadline.Events{Received: at(t, "2026-12-25")}) // V33
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"C-13 2026-12-28 Confirm receipt no later than Monday 28 December 2026.",
		"C-13 2026-12-28 Decide no later than Monday 28 December 2026 what is asked and by whom.",
		"R-22 2026-12-29 Is it a debtor's request? Tell the client no later than Tuesday 29 December 2026.",
		"C-8 2026-12-30 Do you doubt who this is? Ask your question no later than Wednesday 30 December 2026.",
		"C-13 2027-01-11 Warning on Monday 11 January 2027: 10 working days left to the safe date.",
		"C-13 2027-01-18 Do you want to refuse or take more time? Have it reviewed no later than Monday 18 January 2027.",
		"C-13 2027-01-18 Warning on Monday 18 January 2027: 5 working days left to the safe date.",
		"C-13 2027-01-21 Warning on Thursday 21 January 2027: 2 working days left to the safe date.",
		"C-13 2027-01-25 Warning on Monday 25 January 2027: this is the safe date.",
	}
	if diff := cmp.Diff(want, told(r.Plan, "en")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Whatever happened: every step is whole in both languages, names a rule and
// writes its own date in full; the first is receipt, the last is Due; every
// question, answer and extension is told; sentences stay short.
func TestExplainProperties(t *testing.T) {
	rule := regexp.MustCompile(`^[CR]-[0-9]+$`)
	digits := regexp.MustCompile(`[0-9]+-[0-9]+|%|\{|\}|!`)
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvents(t)
		r, err := deadline.Calendar{}.Compute(e)
		if err != nil {
			t.Fatal(err)
		}
		if first, last := r.Explain[0], r.Explain[len(r.Explain)-1]; first.Date != r.Received || last.Date != r.Due {
			t.Fatalf("runs from %s to %s, want %s to %s", first.Date, last.Date, r.Received, r.Due)
		}
		all := append(append([]deadline.Step{}, r.Explain...), r.Plan...)
		for _, lang := range []string{"nl", "en"} {
			var text strings.Builder
			for _, s := range all {
				if !rule.MatchString(s.Rule) || len(s.Text) != 2 || s.Text[lang] == "" {
					t.Fatalf("not whole: %+v", s)
				}
				if digits.MatchString(s.Text[lang]) || !strings.Contains(s.Text[lang], s.Date.Long(lang)) && s.Rule != "C-4" && s.Rule != "C-12" {
					t.Fatalf("%s: %q", s.Date, s.Text[lang])
				}
				for _, sentence := range regexp.MustCompile(`[.?] `).Split(s.Text[lang], -1) {
					if n := len(strings.Fields(sentence)); n > 20 {
						t.Fatalf("a sentence of %d words: %q", n, sentence)
					}
				}
				text.WriteString(s.Text[lang])
			}
			told := []deadline.Date{r.Received, r.Nominal, r.SafeDue, r.Due1, r.Due, e.ExtensionSent}
			for _, p := range e.Paused {
				told = append(told, p.Asked)
			}
			for _, d := range r.Milestones {
				told = append(told, d)
			}
			for _, d := range told {
				if !d.IsZero() && !strings.Contains(text.String(), d.Long(lang)) {
					t.Fatalf("%s is not explained in %s", d, lang)
				}
			}
		}
	})
}
