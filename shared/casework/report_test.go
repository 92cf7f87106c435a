package casework_test

import (
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
)

// lastReport is the text of the last T-07 that went out.
func (w *world) lastReport() string {
	text := ""
	for _, m := range w.mailbox {
		if m.letter.Order.Kind == letters.ClientReport {
			text = strings.Join(strings.Fields(m.mail.Text), " ")
		}
	}
	return text
}

// T-07 names who gave the instruction, not who the client's contact is by now.
func TestReportNamesWhoInstructed(t *testing.T) {
	p := playLines(t, "form both rights=rectification relations=debtor file=yes")
	if _, err := p.cases.GiveInstruction(p.ctx, "zorgnet", "J. Smit", p.ref, "1", request.Instruction{Kind: request.CarryOutToUs}); err != nil {
		t.Fatal(err)
	}
	p.settle()
	before, err := p.store.Client(p.ctx, "zorgnet")
	if err != nil {
		t.Fatal(err)
	}
	after := before
	after.ContactName = "mr. C. Curator"
	if err := p.cases.SaveClient(p.ctx, casework.Actor{ID: "staff-adm", Roles: []string{"administrator"}}, &before, after); err != nil {
		t.Fatal(err)
	}
	p.do("carried out leg 1 by jan", "Gedaan.")
	if text := p.lastReport(); !strings.Contains(text, "Instructie gegeven door: J. Smit") || strings.Contains(text, "door: mr. C. Curator") {
		t.Errorf("the report says %s", text)
	}
}

// T-07 does not say that the person was answered in the client's name where we
// have no address for that.
func TestReportOfNoAnswer(t *testing.T) {
	p := playLines(t, "client zorgnet inItsName=yes")
	rows := p.systems.Memory("collection").Rows()
	for _, row := range rows {
		if row.Text("file") == "D-2026-00217" && row.Text("email") != "" {
			row["emailSince"] = "2026-11-13"
		}
	}
	p.systems.Memory("collection").Replace(rows...)
	p.do("form both rights=erasure relations=debtor file=yes", "")
	p.do("instruct leg 1 carry-out-to-subject by zorgnet template=short", "Wij kennen de debiteur.")
	p.do("task reply leg 1", "")
	if text := p.lastReport(); text == "" || strings.Contains(text, "in uw naam aan de betrokkene gegeven") || !strings.Contains(text, "Wij konden het antwoord nog niet") {
		t.Errorf("the report says %s", text)
	}
}
