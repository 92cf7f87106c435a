package casework_test

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/casework"
)

// scenarioNames lists the scripts.
func scenarioNames(t testing.TB) []string {
	files, err := fs.Glob(scripts, "testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios", err)
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(f, "testdata/"), ".txt"))
	}
	return names
}

// Every scenario, as it is, with every step run twice, with a redeploy after
// every line, and with turns so short that a system gives one row in each.
func TestScenarios(t *testing.T) {
	for _, name := range scenarioNames(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(newWorld(t, setting{}), name, false)
		})
		t.Run(name+"/twice", func(t *testing.T) {
			t.Parallel()
			play(newWorld(t, setting{twice: true}), name, false)
		})
		t.Run(name+"/in turns", func(t *testing.T) {
			t.Parallel()
			play(newWorld(t, setting{turns: true}), name, false)
		})
		t.Run(name+"/redeployed", func(t *testing.T) {
			t.Parallel()
			play(newWorld(t, setting{}), name, true)
		})
	}
}

// I13, A45: every personal value of the test world is a marker; none stands
// where personal data must not be.
func TestMarkers(t *testing.T) {
	all := markers()
	for _, name := range scenarioNames(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, setting{})
			play(w, name, false)
			for place, text := range w.searched() {
				none := len(w.seen) == 0 && (place == "ledger" || place == "executions") || // ordinary mail makes no request
					name == "delegated-taken-back" && place == "executions" // taken back before anything began
				if text == "" && !none && place != "errors" && place != "log" && name != "robot" && (place != "keys" || len(w.vkeys) > 0) {
					t.Errorf("nothing to search in %s", place)
				}
				for _, m := range all {
					if strings.Contains(text, m) {
						t.Errorf("%q stands in %s", m, place)
					}
				}
			}
		})
	}
}

// The whole of the demonstration's people make no difference to its cases.
func TestCasesAmongEverybody(t *testing.T) {
	for _, name := range []string{"a-newsletter-stop", "b-contact-access", "c-debtor-of-two", "d-former-erasure", "e-impostor", "f-debtor-and-reader", "g-unreadable"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(newWorld(t, setting{everybody: true}), name, false)
		})
	}
}

// A16, I12: a sender whose address is on no file gets the same bytes, whether
// name, number and birth date matched somebody or nobody, down to the pages.
func TestUnknownSendersGetTheSameBytes(t *testing.T) {
	t.Parallel()
	outcome := func(name string) ([]string, any) {
		w := newWorld(t, setting{})
		p := play(w, name, false)
		var mails []string
		for _, m := range w.mailbox {
			if m.letter.To.Kind == "sender" {
				mails = append(mails, m.at.Format(time.RFC3339)+"\n"+m.mail.Subject+"\n"+m.mail.Text+"\n"+m.mail.HTML)
			}
		}
		v, err := w.cases.Status(w.ctx, p.ref, casework.Viewer{Sight: casework.SightSender})
		if err != nil {
			t.Fatal(err)
		}
		return mails, v
	}
	for _, pair := range []struct {
		known, unknown string
		mails          int
	}{
		{"e-impostor", "e-unknown", 2},
		{"debtor-own-recordings", "debtor-of-nobody", 2},
	} {
		known, seen := outcome(pair.known)
		unknown, unseen := outcome(pair.unknown)
		if d := cmp.Diff(known, unknown); d != "" {
			t.Errorf("%s: the mails differ (-matched +not matched):\n%s", pair.known, d)
		}
		if d := cmp.Diff(seen, unseen); d != "" {
			t.Errorf("%s: the status differs (-matched +not matched):\n%s", pair.known, d)
		}
		if len(known) != pair.mails {
			t.Errorf("%s: %d mails", pair.known, len(known))
		}
	}
}

// A16, R-24: whatever a strange address asks, as whom, through whom, and what it
// does next: with a right file number and birth date it gets the same mails at
// the same moments, and the same page each time that it looks, as with a wrong one.
func TestRightNumberTellsNothing(t *testing.T) {
	t.Parallel()
	outcome := func(t *testing.T, lines, file string) (mails, looks []string) {
		w := newWorld(t, setting{})
		look := func(p *player) {
			v, err := w.cases.Status(w.ctx, p.ref, casework.Viewer{Sight: casework.SightSender})
			if err != nil {
				t.Fatal(err)
			}
			seen := fmt.Sprint(v.SafeDue)
			for _, l := range v.Legs {
				seen += fmt.Sprintf("; %s %s %s %q %v %v %v", l.Right, l.State, l.Date, l.Company, l.NeedsFact, l.CanCancel, l.MayStop)
			}
			looks = append(looks, seen)
		}
		lines = strings.ReplaceAll(lines, "FILE", "birth=yes file="+file)
		if file == "yes" {
			lines = strings.ReplaceAll(lines, "choose leg 1 nobody by jan\n", "") // no officer is asked
		} else {
			lines = strings.ReplaceAll(lines, "instruct leg 1 refuse ground=own-answer by zorgnet\n", "") // and no client
		}
		p := playText(w, "strange", lines, false)
		look(p)
		w.pass(24 * time.Hour)
		look(p)
		w.pass(40 * 24 * time.Hour)
		look(p)
		for _, m := range w.mailbox {
			if strings.EqualFold(m.letter.To.Email, people["stranger"].Email) {
				mails = append(mails, m.at.Format(time.RFC3339)+"\n"+m.mail.Subject+"\n"+m.mail.Text+"\n"+m.mail.HTML)
			}
		}
		if len(mails) < 2 {
			t.Errorf("%d mails", len(mails))
		}
		return mails, looks
	}
	for name, lines := range map[string]string{
		"as a debtor":         "form stranger of=debtor rights=access relations=debtor FILE",
		"as nobody":           "form stranger of=debtor rights=access FILE",
		"as anybody":          "form stranger of=debtor rights=erasure relations=unknown FILE",
		"as two":              "form stranger of=debtor rights=access relations=debtor,website_visitor FILE",
		"with a stop":         "form stranger of=debtor rights=access,marketing-objection relations=debtor FILE",
		"a stop, as nobody":   "form stranger of=debtor rights=access,marketing-objection FILE",
		"with a complaint":    "form stranger of=debtor rights=rectification,objection,complaint relations=debtor FILE",
		"taken back":          "form stranger of=debtor rights=access,erasure relations=debtor FILE\nwithdraw",
		"a part taken back":   "form stranger of=debtor rights=access,erasure relations=debtor FILE\ntake-back legs=1 email by jan",
		"stop, taken back":    "form stranger of=debtor rights=access,marketing-objection relations=debtor FILE\nwithdraw",
		"nobody, taken back":  "form stranger of=debtor rights=access FILE\nwithdraw",
		"taken back late":     "form stranger of=debtor rights=access relations=debtor FILE\nchoose leg 1 nobody by jan\nwait 1d\nwithdraw\nwait 1d\nwithdraw",
		"late, by an officer": "form stranger of=debtor rights=access relations=debtor FILE\nchoose leg 1 nobody by jan\nwait 1d\ntake-back email by jan",
		"when it is done":     "form stranger of=both rights=rectification relations=debtor FILE\nchoose leg 1 nobody by jan\nwait 1d\ninstruct leg 1 refuse ground=own-answer by zorgnet\nwait 1d\nwithdraw\nwait 1d\nwithdraw",
		"by a lawyer":         "form stranger of=debtor rights=access relations=debtor capacity=lawyer FILE",
		"of a client gone":    "client bakker state=bankrupt\nform stranger of=debtor rights=access relations=debtor FILE",
		"of a slow machine":   "machine bakker api\nmachine bakker silent\nform stranger of=debtor rights=access relations=debtor FILE",
		"slow, with a stop":   "machine bakker api\nmachine bakker silent\nform stranger of=debtor rights=access,marketing-objection relations=debtor FILE",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mails, looks := outcome(t, lines, "yes")
			others, seen := outcome(t, lines, "D-2026-99999")
			if d := cmp.Diff(mails, others); d != "" {
				t.Errorf("the mails differ (-right +wrong):\n%s", d)
			}
			if d := cmp.Diff(looks, seen); d != "" {
				t.Errorf("the page differs (-right +wrong):\n%s", d)
			}
		})
	}
}

// I20: with any one system out of reach for good, nothing is disclosed or
// erased that would not have been, and somebody has a task.
func TestFailsClosed(t *testing.T) {
	for _, name := range []string{"d-former-erasure", "access-then-erasure"} {
		for _, s := range []string{"relations", "invoices", "newsletter", "collection", "recordings", "weblog"} {
			t.Run(name+"/"+s, func(t *testing.T) {
				t.Parallel()
				_, want := playOut(t, name, nil, false)
				// The fault plan that never fires keeps the lines from expecting anything.
				w := newWorld(t, setting{plan: &fault{at: -1}})
				w.dying = map[string]bool{s: true}
				w.fired, w.healed = true, true
				play(w, name, false)
				w.pass(48 * time.Hour)
				got := w.came()
				for _, l := range got.Letters {
					if !slices.Contains(want.Letters, l) && !strings.Contains(l, "T-02") && !strings.Contains(l, "T-06") {
						t.Errorf("a letter that is sent only when %s is down: %s", s, l)
					}
				}
				for _, p := range got.Packages {
					if !slices.Contains(want.Packages, p) {
						t.Errorf("a package that is made only when %s is down: %s", s, p)
					}
				}
				for _, x := range got.Register {
					if !slices.Contains(want.Register, x) {
						t.Errorf("an erasure that is done only when %s is down: %s", s, x)
					}
				}
				if !cmp.Equal(want.Requests, got.Requests) {
					waits := false
					for _, id := range w.kept() {
						for _, task := range w.load(id).Tasks {
							waits = waits || task.Open()
						}
					}
					if !waits {
						t.Errorf("the scenario ends otherwise and nobody has a task")
					}
				}
			})
		}
	}
}
