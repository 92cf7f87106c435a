package casework_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/vault"
)

// scan: "scan by jan": a paper is scanned with the request.
func (p *player) scan(a args, body string) error {
	return p.cases.AddScan(p.ctx, staff[a.after("by")], p.ref, []byte("%PDF-1.7 "+body))
}

// scanner: "scanner THREATS_FOUND": what the scanner finds in all that came in.
func (p *player) scanner(a args, _ string) error {
	prefix := "dossier/" + string(p.now().ID) + "/incoming/"
	return p.dossier.List(p.ctx, prefix, func(o vault.Object) error {
		p.dossier.Judge(o.Key, vault.Verdict(a.at(0)))
		return nil
	})
}

// takeScan: "take-scan 1 by jan": the first scan of the request.
func (p *player) takeScan(a args, _ string) error {
	n, err := strconv.Atoi(a.at(0))
	if err != nil {
		return err
	}
	scans := p.now().Scans
	if n > len(scans) {
		return request.Fault(request.NotFound, a.at(0), "find a scan")
	}
	_, _, err = p.cases.TakeScan(p.ctx, staff[a.after("by")], p.ref, scans[n-1].ID)
	return err
}

// takeFile: "take-file 1 by jan": the first file of the mail.
func (p *player) takeFile(a args, _ string) error {
	n, err := strconv.Atoi(a.at(0))
	if err != nil {
		return err
	}
	_, err = p.cases.Attachment(p.ctx, staff[a.after("by")], p.ref, n)
	return err
}

// files: "files 1": so many files of the mail are offered.
func (p *player) files(a args, _ string) error {
	m, err := p.cases.Attachments(p.ctx, staff["jan"], p.ref)
	if err != nil {
		return err
	}
	if got := fmt.Sprint(len(m.Files)); got != a.at(0) {
		p.errorf("%s files are offered, want %s", got, a.at(0))
	}
	return nil
}

// After an hour somebody must look at the scanner, and at once where it says
// itself that it could not.
func TestScannerIsLate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		verdict vault.Verdict
		waits   time.Duration
		want    bool
	}{
		{vault.Waiting, time.Hour, false}, {vault.Waiting, time.Hour + time.Second, true},
		{vault.Clean, 48 * time.Hour, false}, {vault.Threat, 48 * time.Hour, false}, {vault.Unsupported, 48 * time.Hour, false},
		{vault.Denied, 0, true}, {vault.Failed, 0, true},
	} {
		if got := (casework.Incoming{Verdict: tt.verdict, Since: now.Add(-tt.waits)}).Late(now); got != tt.want {
			t.Errorf("%q after %s: late %v, want %v", tt.verdict, tt.waits, got, tt.want)
		}
	}
}
