package casework_test

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
)

// The words of the road of a client's machine. This file comes after
// script_test.go, which makes the list.
func init() {
	for word, v := range map[string]verb{
		"delegate": {do: (*player).delegate}, "undelegate": {do: (*player).undelegate}, "delegated": {says: true, do: (*player).delegated},
	} {
		verbs[word] = v
	}
}

// delegatedID is the id under which a client hands over, by number.
func delegatedID(n string) string { return "00000000-0000-4000-8000-00000000000" + n }

// delegate: delegate access debtor id=1 by bakker: the client's machine hands
// over what that person asked it three days ago, by the client's own number.
func (p *player) delegate(a args, _ string) error {
	client := a.after("by")
	given := request.Sender{ClientNumbers: []string{"X-0"}}
	for _, f := range people[a.at(1)].Files {
		if f.Client == client {
			given.ClientNumbers = []string{f.Debtor}
		}
	}
	sum := sha256.Sum256([]byte(a.at(0) + a.at(1)))
	defer p.newest()
	_, err := p.cases.TakeIn(p.ctx, casework.Delegated{
		Delegation: request.Delegation{Client: client, ID: delegatedID(a.named["id"]), Digest: hex.EncodeToString(sum[:]), Asked: monday.Add(-72 * time.Hour)},
		Right:      request.Right(a.at(0)), Given: given,
	})
	return err
}

// undelegate: undelegate id=1 by bakker: the client takes it back.
func (p *player) undelegate(a args, _ string) error {
	_, err := p.cases.TakeBack(p.ctx, a.after("by"), delegatedID(a.named["id"]))
	return err
}

// delegated: delegated completed id=1 by bakker.
func (p *player) delegated(a args, _ string) error {
	s, err := p.cases.DelegatedStatus(p.ctx, a.after("by"), delegatedID(a.named["id"]))
	if err == nil && s.State != a.at(0) {
		p.errorf("it is %s, not %s", s.State, a.at(0))
	}
	return err
}

// withOld adds a file to those of a client whose own period is over.
func withOld(t *testing.T, client string) *player {
	p := playLines(t)
	files := p.systems.Memory("collection")
	for _, row := range files.Rows() {
		if row.Text("client") == client && row.Text("record") == "file" {
			row = maps.Clone(row)
			row["record"], row["opened"], row["closed"] = "earlier", "2018-01-01", "2019-01-01"
			files.Put(row)
		}
	}
	return p
}

// of a holding that stays, the rows whose own period is over go. The client
// reads it before it instructs, and in its report each row stands once.
func TestWhatIsOverIsCountedOnce(t *testing.T) {
	t.Parallel()
	p := withOld(t, "bakker")
	p.do("form debtor rights=erasure relations=debtor file=yes", "")
	c, err := p.cases.ClientView(p.ctx, "bakker", p.ref, "1")
	if err != nil {
		t.Fatal(err)
	}
	if f := c.Holdings[0]; f.Count != 2 || f.Fate.Action != request.RestrictAction || f.Fate.Over != 1 {
		t.Errorf("the client reads %+v", f)
	}
	p.do("instruct leg 1 carry-out-to-us by bakker", "")
	p.do("leg 1: closed partial", "")
	report := ""
	for _, m := range p.mailbox {
		if m.letter.Order.Kind == letters.ClientReport {
			report = m.mail.Text
		}
	}
	for _, line := range []string{"- Dossiers: beperkt, 1\n", "- Dossiers: gewist, 1\n", "/files restricted 1 ", "/files erased 1 "} {
		if strings.Count(report, line) != 1 {
			t.Errorf("the report does not say %q once:\n%s", line, report)
		}
	}
}

// OpenDSR: the records that were erased are those whose period was over, too.
func TestWhatIsOverIsAResult(t *testing.T) {
	t.Parallel()
	p := withOld(t, "bakker")
	p.do("delegate erasure debtor id=1 by bakker", "")
	p.do("wait 1h", "")
	s, err := p.cases.DelegatedStatus(p.ctx, "bakker", delegatedID("1"))
	if err != nil || s.State != casework.DelegatedCompleted || s.Outcome != request.Partial || s.Rows != 1 {
		t.Errorf("%s %s with %d rows, %v", s.State, s.Outcome, s.Rows, err)
	}
}
