package desk_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/request"
)

// The list of ordinary mail tells of nobody; a mail is shown as text; one button
// makes it a request, and leads to it.
func TestOrdinaryMail(t *testing.T) {
	v := signedIn(t, "o-1", "officer")
	v.Get("/").Sees("Gewone mail")
	v.Get("/gewone-mail").Answers(http.StatusOK).
		Sees("Gewone mail van donderdag 19 november 2026", ordinaryID, "factuur", "a-new-rule", string(known), "Dag ervoor", "Dag erna", "Verder in de lijst").
		SeesNot("Anna", "anna@", "Bijgaand")
	v.Get("/gewone-mail?dag=2026-11-18").Answers(http.StatusOK).Sees("van woensdag 18 november 2026", "kwam er geen gewone mail")
	v.Get("/gewone-mail?dag=2026-11-20").Sees("van vrijdag 20 november 2026").SeesNot("Dag erna")
	for _, odd := range []string{"2026-11-21", "gisteren", "", "%27%3Cscript%3E"} {
		v.Get("/gewone-mail?dag=" + odd).Answers(http.StatusOK).Sees("van donderdag 19 november 2026")
	}
	const path = "/gewone-mail/2026-11-19/"
	v.Get(path+ordinaryID).Answers(http.StatusOK).Sees("Is dit een verzoek?", "Anna de Vries", "Factuur 12", "En wis mijn gegevens <b>nu</b>.", "factuur.pdf", "Maak er een verzoek van")
	if n := len(v.w.acts()); n != 0 {
		t.Errorf("looking did %v", v.w.acts())
	}
	for _, p := range []string{path + "nothing", "/gewone-mail/2026-11-18/" + ordinaryID, "/gewone-mail/gisteren/" + ordinaryID} {
		v.Get(p).Answers(http.StatusNotFound)
	}
	taken := v.RoundTrip(http.MethodGet, path+"taken-1", nil)
	if taken.StatusCode != http.StatusFound || taken.Header.Get("Location") != at {
		t.Errorf("a mail that is a request answers %d to %q", taken.StatusCode, taken.Header.Get("Location"))
	}
	v.Post(path+ordinaryID, one()).Answers(http.StatusOK).Sees("Dit is nu een verzoek.", string(known))
	if got := v.w.got["TakeUp"]; got != "2026-11-19 "+ordinaryID+" o-1" {
		t.Errorf("took up %v", got)
	}
	v.w.fail["TakeUp"] = request.Fault(request.NotFound, "x", "find ordinary mail")
	v.Post(path+ordinaryID, one()).Answers(http.StatusNotFound)
	if strings.Contains(signedIn(t, "a-1", "auditor").Get("/").Body, "/gewone-mail") {
		t.Error("an auditor is led to other people's mail")
	}
}
