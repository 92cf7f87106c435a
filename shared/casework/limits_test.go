package casework_test

import (
	"strings"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
)

// playLines plays lines of a script that is not worth a file.
func playLines(t *testing.T, lines ...string) *player {
	t.Helper()
	p := &player{world: newWorld(t, setting{}), name: t.Name(), told: map[string]bool{}, named: map[string]request.Reference{},
		secrets: map[string]string{}, proofs: map[string]identity.Proof{}}
	for i, line := range lines {
		p.line = i + 1
		p.do(line, "")
	}
	return p
}

// One acknowledgement an address a day and three a week (A30); every request
// counts all the same, and its clock runs.
func TestAcknowledgementLimits(t *testing.T) {
	const ask = "form stranger rights=access relations=client"
	p := playLines(t,
		ask, "letters: T-01 stranger, T-10 stranger",
		ask, "letters: T-10 stranger",
		"wait 23h", ask, "letters: T-10 stranger",
		"wait 2h", ask, "letters: T-01 stranger, T-10 stranger",
		"wait 25h", ask, "letters: T-01 stranger, T-10 stranger",
		"wait 25h", ask, "letters: T-10 stranger", // the fourth in a week
		"wait 5d", ask, "letters: T-01 stranger, T-10 stranger",
	)
	if len(p.seen) != 7 {
		t.Errorf("%d requests, want 7", len(p.seen))
	}
}

// Five numbers may be tried a request and day; the sixth is refused though right.
func TestFactLimit(t *testing.T) {
	const asked = "form contact lang=en rights=access relations=client"
	wrong := []string{"fact K-9991 wrong", "fact K-9992 wrong", "fact K-9993 wrong", "fact K-9994 wrong"}
	playLines(t, append(append([]string{asked, "code contact"}, wrong...), "fact K-1001", "leg 1: L2")...)
	playLines(t, append(append([]string{asked, "code contact"}, wrong...), "fact K-9995 wrong", "fact K-1001 -> Limit.Reached", "leg 1: proving L1",
		"wait 25h", "code contact", "fact K-1001", "leg 1: L2")...)
}

// A30: wherever the step dies, an address gets one acknowledgement a day: the
// request that was first has its own, and the second none.
func TestAcknowledgementLimitSurvivesACrash(t *testing.T) {
	t.Parallel()
	two := func(plan *fault) *player {
		p := &player{world: newWorld(t, setting{plan: plan}), name: t.Name(), told: map[string]bool{}, named: map[string]request.Reference{},
			secrets: map[string]string{}, proofs: map[string]identity.Proof{}}
		for i := range 2 {
			p.line = i + 1
			p.do("form stranger rights=access relations=client", "")
			p.pass(time.Hour)
		}
		return p
	}
	sites := 0
	for n, site := range two(nil).sites {
		if !strings.HasPrefix(site, "step acknowledge") {
			continue
		}
		sites++
		for _, m := range effectModes {
			p := two(&fault{at: n, mode: m})
			got := 0
			for _, sent := range p.mailbox {
				if sent.letter.Order.Kind == letters.Acknowledgement {
					got++
				}
			}
			if got != 1 {
				t.Errorf("%s at %q: %d acknowledgements", m, site, got)
			}
		}
	}
	if sites < 6 { // counted by day and week, saved, nudged; then refused for the day, saved
		t.Errorf("only %d outside acts were spoiled", sites)
	}
}
