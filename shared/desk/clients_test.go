package desk_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/request"
)

// 28(3): the contacts and terms of a client are kept as they were
// typed; what the register refuses is said at its box.
func TestClientTerms(t *testing.T) {
	v := signedIn(t, "b-1", "administrator")
	form := one(
		"naam", "Bakker BV", "email", "avg@bakker.example", "taal", "nl", "rol", "processor", "vervanger", "P. Bakker", "vervanger-email", "P.Bakker@bakker.example",
		"escalatie", "De directie", "escalatie-email", "directie@bakker.example", "escalatie-telefoon", "030 123 45 67", "herinner-1", "3", "herinner-2", "8",
		"overeenkomst", "21 maart 2026", "systemen", "collection", "namens", "yes", "einde", "return", "levering", "both", "stand", "sold", "gezien", seenNow(v),
	)
	v.Post("/opdrachtgevers/c1", form).Answers(http.StatusOK)
	want := bakker
	want.Name, want.ContactName, want.Email, want.SubjectContact = "Bakker BV", "", "avg@bakker.example", ""
	want.DeputyName, want.DeputyEmail, want.EscalationName, want.EscalationEmail, want.EscalationPhone = "P. Bakker", "p.bakker@bakker.example", "De directie", "directie@bakker.example", "030 123 45 67"
	want.RemindFirst, want.RemindSecond, want.AgreementOn, want.ClaimSystems = 3, 8, "2026-03-21", "collection"
	want.InItsName, want.AtEnd, want.Delivery, want.State = "yes", "return", "both", "sold"
	if diff := cmp.Diff(any(want), v.w.got["SaveClient"]); diff != "" {
		t.Errorf("saved (-want +got):\n%s", diff)
	}
	for field, says := range map[string]string{
		"remindSecond": "hoger dan bij de eerste herinnering", "agreementOn": "zoals 21 maart 2026", "escalationEmail": "Kijk dit e-mailadres na", "state": "Kies een antwoord",
	} {
		v.w.fail["SaveClient"] = request.Fault(request.InputRefused, field, "write a client with this")
		v.Post("/opdrachtgevers/c1", form).Answers(http.StatusUnprocessableEntity).Sees(says)
	}
}
