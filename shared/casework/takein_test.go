package casework_test

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/allclaims/rightsdesk/shared/casework"
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
