package casework

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/vault"
)

const (
	// MaxScan is the largest file that staff can add, in bytes: a Lambda
	// function takes 6 MB, and a file travels a third larger than it is.
	MaxScan = 4 << 20
	// maxScans is how many files one request can have.
	maxScans = 20
)

// scanTypes are what a scanner makes, by the first bytes of the file; what a
// browser calls it does not count.
var scanTypes = []struct{ name, begins string }{
	{"pdf", "%PDF-"}, {"jpeg", "\xff\xd8\xff"}, {"png", "\x89PNG\r\n\x1a\n"},
}

// ScanType tells by its first bytes what a file is: pdf, jpeg or png, or "".
func ScanType(body []byte) string {
	for _, t := range scanTypes {
		if bytes.HasPrefix(body, []byte(t.begins)) {
			return t.name
		}
	}
	return ""
}

func scanKey(r *request.Request, id string) string {
	return "dossier/" + string(r.ID) + "/incoming/scan-" + id
}

// AddScan keeps a paper that staff scanned with a request; the same file twice
// is one. InputRefused: it is no PDF, JPEG or PNG, or too large. TooMany: there
// are twenty. PhaseIllegal: the person's own words are gone already (D-2).
func (c *Cases) AddScan(ctx context.Context, a Actor, ref request.Reference, body []byte) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	kind := ScanType(body)
	if kind == "" || len(body) > MaxScan {
		return request.Fault(request.InputRefused, "scan", "keep a scan of this sort or size")
	}
	sum := sha256.Sum256(body)
	id := hex.EncodeToString(sum[:8])
	r, err := c.find(ctx, ref)
	if err != nil {
		return err
	}
	has := func(s request.Scan) bool { return s.ID == id }
	fits := func(r *request.Request) error {
		switch {
		case r.Redacted != "":
			return request.Fault(request.PhaseIllegal, string(r.ID), "add a scan to a request that was cleared")
		case len(r.Scans) >= maxScans && !slices.ContainsFunc(r.Scans, has):
			return request.Fault(request.TooMany, string(r.ID), "add another scan")
		}
		return nil
	}
	if err := fits(r); err != nil {
		return err
	}
	if err := c.Dossier.Put(ctx, scanKey(r, id), bytes.NewReader(body)); err != nil {
		return fmt.Errorf("keep a scan of request %s: %w", r.ID, err)
	}
	_, err = c.change(ctx, r.ID, func(ch *change) error {
		if slices.ContainsFunc(ch.Scans, has) {
			return errNothing
		}
		if err := fits(ch.Request); err != nil {
			return err
		}
		ch.Scans = append(ch.Scans, request.Scan{ID: id, Type: kind, Bytes: int64(len(body)), By: a.ID, At: ch.now})
		ch.line(a.ID, "scan-added", "", kind, map[string]string{"scan": id})
		return nil
	})
	return err
}

// Incoming is a file from outside as its scanner left it.
type Incoming struct {
	Verdict vault.Verdict
	// Since is when it came, so since when it waits for a verdict.
	Since time.Time
}

// scanWait is how long a scan may take before somebody must look at the scanner.
const scanWait = time.Hour

// Late reports whether the scanner should have been done by now, or could not
// do its work.
func (i Incoming) Late(now time.Time) bool {
	return i.Verdict == vault.Waiting && now.Sub(i.Since) > scanWait || i.Verdict == vault.Denied || i.Verdict == vault.Failed
}

// ScanVerdicts tells of every scan of a request what the scanner found, in the
// order of Request.Scans.
func (c *Cases) ScanVerdicts(ctx context.Context, a Actor, ref request.Reference) ([]Incoming, error) {
	if err := may(a, "officer", string(ref)); err != nil {
		return nil, err
	}
	r, err := c.find(ctx, ref)
	if err != nil {
		return nil, err
	}
	var all []Incoming
	for _, s := range r.Scans {
		v, err := c.Scanner.Verdict(ctx, scanKey(r, s.ID))
		if err != nil {
			return nil, fmt.Errorf("ask for the verdict on a scan of request %s: %w", r.ID, err)
		}
		all = append(all, Incoming{Verdict: v, Since: s.At})
	}
	return all, nil
}

// clean refuses a file that no scanner found clean: there is no second way to it.
func (c *Cases) clean(ctx context.Context, r *request.Request, key string) error {
	v, err := c.Scanner.Verdict(ctx, key)
	if err != nil {
		return fmt.Errorf("ask for the verdict on a file of request %s: %w", r.ID, err)
	}
	if v != vault.Clean {
		return request.Fault(request.NotScanned, string(r.ID), "hand out a file of which the scanner says %q", string(v))
	}
	return nil
}

// TakeScan gives a scan that was found free of malware, to save and not to show.
// Taking it stands in the ledger (A46). NotScanned: it was not found clean, or
// not yet.
func (c *Cases) TakeScan(ctx context.Context, a Actor, ref request.Reference, id string) (request.Scan, []byte, error) {
	if err := may(a, "officer", string(ref)); err != nil {
		return request.Scan{}, nil, err
	}
	r, err := c.find(ctx, ref)
	if err != nil {
		return request.Scan{}, nil, err
	}
	i := slices.IndexFunc(r.Scans, func(s request.Scan) bool { return s.ID == id })
	if i < 0 {
		return request.Scan{}, nil, request.Fault(request.NotFound, string(r.ID), "find a scan")
	}
	if err := c.clean(ctx, r, scanKey(r, id)); err != nil {
		return request.Scan{}, nil, err
	}
	body, err := c.Dossier.Open(ctx, scanKey(r, id))
	if err != nil {
		return request.Scan{}, nil, fmt.Errorf("open a scan of request %s: %w", r.ID, err)
	}
	defer body.Close()
	b, err := io.ReadAll(io.LimitReader(body, MaxScan+1))
	if err != nil {
		return request.Scan{}, nil, fmt.Errorf("read a scan of request %s: %w", r.ID, err)
	}
	_, err = c.change(ctx, r.ID, func(ch *change) error {
		ch.line(a.ID, "scan-taken", "", "", map[string]string{"scan": id})
		return nil
	})
	return r.Scans[i], b, err
}
