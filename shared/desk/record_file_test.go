package desk_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/desk"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/letters"
)

// Art. 30: who may read the register may take it away, part 2 with the
// clients by name; an inventory that names no controller has the house.
func TestRecordFiles(t *testing.T) {
	v := signedIn(t, "u-1", "auditor")
	inv := *inventory.Default()
	inv.Controller = inventory.Controller{}
	h := v.Site.(*desk.Handler)
	h.Inventory, h.House = &inv, letters.House{LegalName: "All Claims B.V.", Email: "info@allclaims.nl"}
	for file, wants := range map[string][]string{
		"deel-1.html": {"text/html", "<h1>Register van verwerkingen (artikel 30 lid 1 AVG)</h1>", "All Claims B.V."},
		"deel-1.csv":  {"text/csv", "\ufeffVerwerkingsverantwoordelijke;", "All Claims B.V."},
		"deel-2.html": {"text/html", "(artikel 30 lid 2 AVG)", bakker.Name},
		"deel-2.csv":  {"text/csv", "\ufeffVerwerker;", bakker.Name},
	} {
		resp := v.RoundTrip(http.MethodGet, "/register/"+file, nil)
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(resp.Header.Get("Content-Disposition"), "register-"+file) {
			t.Fatalf("%s: %v, %d %s", file, err, resp.StatusCode, resp.Header.Get("Content-Disposition"))
		}
		for _, want := range wants {
			if !strings.Contains(resp.Header.Get("Content-Type")+string(body), want) {
				t.Errorf("%s: %q is not in it", file, want)
			}
		}
	}
	if resp := v.RoundTrip(http.MethodGet, "/register/deel-3.csv", nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a part that is not there: %d", resp.StatusCode)
	}
}
