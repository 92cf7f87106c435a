package casework_test

import (
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/request"
)

// policy: "policy look-always": an officer decides on every package.
func (p *player) policy(a args, _ string) error {
	p.cases.LookAlways = a.at(0) == "look-always"
	return nil
}

// look: "look leg 1 [index.html] by piet [rows=7] [holds=NAME] [without=NAME]":
// the package's list, or one file of it, before anybody gets it.
func (p *player) look(a args, _ string) error {
	by, leg := staff[a.after("by")], a.after("leg")
	c, err := p.cases.LookInto(p.ctx, by, p.ref, leg)
	if err != nil {
		return err
	}
	var all strings.Builder
	for _, name := range c.Files {
		if file := a.at(2); file != "by" && file != name {
			continue
		}
		b, err := p.cases.LookAt(p.ctx, by, p.ref, leg, name)
		if err != nil {
			return err
		}
		all.Write(b)
	}
	for _, v := range split(a.named["holds"]) {
		if !strings.Contains(all.String(), strings.ReplaceAll(v, "_", " ")) {
			p.errorf("the package will not hold %s", v)
		}
	}
	for _, v := range split(a.named["without"]) {
		if strings.Contains(all.String(), strings.ReplaceAll(v, "_", " ")) {
			p.errorf("the package will hold %s", v)
		}
	}
	return nil
}

// Who may not look into a package, and what nobody may: each is refused, and
// leaves no look in the ledger.
func TestLooksThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setting{})
	p := play(w, "screening-waits", false)
	looks := func() (n int) {
		lines, err := p.store.Lines(p.ctx, p.now().ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			if l.Action == "opened" && strings.HasPrefix(l.Reason, "package") {
				n++
			}
		}
		return n
	}
	before := looks()
	for name, tt := range map[string]struct {
		actor     casework.Actor
		leg, file string
		want      request.Code
	}{
		"an auditor":               {staff["anna"], "1", "index.html", request.Forbidden},
		"an administrator":         {casework.Actor{ID: "staff-x", Roles: []string{"administrator"}}, "1", "index.html", request.Forbidden},
		"nobody":                   {casework.Actor{Roles: []string{"officer"}}, "1", "index.html", request.Forbidden},
		"a leg that is not there":  {staff["jan"], "9", "index.html", request.NotFound},
		"a file that is not there": {staff["jan"], "1", "../../secret", request.NotFound},
	} {
		if _, err := p.cases.LookAt(p.ctx, tt.actor, p.ref, tt.leg, tt.file); !tt.want.Is(err) {
			t.Errorf("%s looks at a file: %v, want %s", name, err, tt.want)
		}
		if tt.file != "index.html" {
			continue
		}
		if _, err := p.cases.LookInto(p.ctx, tt.actor, p.ref, tt.leg); !tt.want.Is(err) {
			t.Errorf("%s looks into the package: %v, want %s", name, err, tt.want)
		}
	}
	if got := looks(); got != before {
		t.Errorf("%d looks stand in the ledger that were refused", got-before)
	}
	if _, err := p.cases.LookAt(p.ctx, staff["piet"], p.ref, "1", "index.html"); err != nil || looks() != before+1 {
		t.Errorf("an approver looks: %v, %d lines", err, looks()-before)
	}
}
