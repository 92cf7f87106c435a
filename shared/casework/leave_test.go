package casework_test

import (
	"slices"
	"testing"

	"github.com/allclaims/rightsdesk/shared/post"
)

// a reminder of which no mail left counts neither in the ladder nor in
// the client's report, whether the client went or another decides now.
func TestReminderThatNeverLeft(t *testing.T) {
	for _, meanwhile := range []string{"client zorgnet state=bankrupt", "move leg 1 to telstar because sold by jan"} {
		p := playLines(t, "client zorgnet remind=3,6 escalation=directie@zorgnet.example", "form both rights=access relations=debtor file=yes", "wait 5wd",
			"mail-service down", "wait 1wd", "reminded leg 1 2", meanwhile, "mail-service up", "wait 2h", "reminded leg 1 1")
		if n := p.linesOf("client-not-reminded"); n != 1 {
			t.Errorf("%s: %d lines for a reminder with two mails", meanwhile, n)
		}
		r, err := p.cases.ClientReport(p.ctx, "zorgnet", "2026-11")
		if err != nil || len(r.Rows) != 1 || r.Rows[0].Reminded != 1 {
			t.Errorf("%s: the report has %+v, %v", meanwhile, r.Rows, err)
		}
	}
}

// a reminder to two people counts as long as the mail to one of them went, or may.
func TestReminderToOneOfTwo(t *testing.T) {
	p := playLines(t, "client zorgnet remind=3,6 escalation=directie@zorgnet.example", "form both rights=access relations=debtor file=yes", "wait 5wd",
		"mail-service down", "wait 1wd", "client zorgnet state=bankrupt")
	of, err := p.store.LettersOf(p.ctx, string(p.now().ID))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(of, func(l post.Letter) bool { return l.To.Email == "directie@zorgnet.example" })
	if i < 0 {
		t.Fatal("nothing was written to who is above the contact")
	}
	if leave, err := p.cases.Leave(p.ctx, of[i]); err != nil || leave.Why != "client-left" {
		t.Errorf("it leaves: %+v, %v", leave, err)
	}
	p.do("reminded leg 1 2", "")
}

// 28(3), R-29: our word that an instruction is held waits for a client that went; a
// reminder of it does not, for the reminders go on from its return.
func TestReminderOfWhatIsHeld(t *testing.T) {
	p := playLines(t, "form both rights=rectification relations=debtor file=yes", "instruct leg 1 carry-out-to-us by zorgnet", "mail-service down")
	p.do("flag leg 1 others by jan", "Dit zijn gegevens van iemand anders.")
	for _, line := range []string{"client zorgnet state=bankrupt", "mail-service up", "wait 2h", "delivery T-06 kept", "client zorgnet state=active", "wait 2h"} {
		p.do(line, "")
	}
	p.do("says T-06 gegevens van iemand anders", "")
	for _, line := range []string{"wait 4wd", "mail-service down", "wait 1wd", "reminded leg 1 1", "client zorgnet state=bankrupt", "mail-service up", "wait 2h", "reminded leg 1 0"} {
		p.do(line, "")
	}
	before := len(p.mailbox)
	p.do("client zorgnet state=active", "")
	p.do("wait 2h", "")
	if n := len(p.mailbox) - before; n != 0 {
		t.Errorf("on its return it gets %d mails", n)
	}
}
