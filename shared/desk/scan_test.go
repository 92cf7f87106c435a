package desk_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/vault"
)

// offers reports whether the page has a link to an address that begins so.
func offers(v *visitor, prefix string) bool {
	for n := range v.Doc.Descendants() {
		for _, a := range n.Attr {
			if n.Data == "a" && a.Key == "href" && strings.Contains(a.Val, prefix) {
				return true
			}
		}
	}
	return false
}

// A file from outside is offered only once it was found free of malware; before
// that the page says since when it is scanned, and after an hour, or when it never
// will be, what to do.
func TestUnscannedFilesAreNotOffered(t *testing.T) {
	for _, tt := range []struct {
		verdict vault.Verdict
		waits   time.Duration
		says    string
	}{
		{vault.Waiting, time.Minute, "Wordt gescand op virussen, sinds"},
		{vault.Waiting, 2 * time.Hour, "nog niet klaar, sinds"},
		{vault.Threat, 0, "Hierin zit een virus"},
		{vault.Unsupported, 0, "De scanner kan dit niet lezen"},
		{vault.Denied, 0, "mag dit bestand niet lezen"},
		{vault.Failed, 0, "mislukt"},
		{"ANOTHER", 0, "mislukt"},
	} {
		t.Run(string(tt.verdict), func(t *testing.T) {
			v := signedIn(t, "o-1", "officer")
			v.w.incoming = casework.Incoming{Verdict: tt.verdict, Since: now.Add(-tt.waits)}
			v.w.view.Request.Raw = "raw/1"
			v.Get(at+"/scans").Answers(http.StatusOK).Sees("Scan 1 (PDF)", tt.says)
			if offers(v, "/scan/"+string(known)) {
				t.Error("the scan is offered")
			}
			v.Get(at).Answers(http.StatusOK).Sees(tt.says)
			if offers(v, "/bijlage/") {
				t.Error("the file of the mail is offered")
			}
			// By address, too.
			v.w.fail["TakeScan"] = request.Fault(request.NotScanned, "", "hand out a scan")
			v.w.fail["Attachment"] = request.Fault(request.NotScanned, "", "hand out a file")
			v.Get("/scan/" + string(known) + "/" + knownScan).Answers(http.StatusConflict).Sees("Dit bestand is niet vrijgegeven")
			v.Get("/bijlage/" + string(known) + "/1").Answers(http.StatusConflict).Sees("Dit bestand is niet vrijgegeven")
		})
	}
	v := signedIn(t, "o-1", "officer")
	v.Get(at + "/scans").Answers(http.StatusOK)
	if !offers(v, "/scan/"+string(known)) {
		t.Error("a clean scan is not offered")
	}
}
