package casework

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"

	"github.com/allclaims/rightsdesk/shared/request"
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

// TakeScan gives a scan, to save and not to show: nobody has looked for viruses
// in it. Taking it stands in the ledger (A46).
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
