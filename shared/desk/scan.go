package desk

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/vault"
)

// readUpload reads a form that may hold one file in the box "scan". Nothing is
// written to a disk. fault is the key of what is wrong with the file.
func readUpload(v visit) (form url.Values, scan []byte, fault string, err error) {
	kind, params, err := mime.ParseMediaType(v.R.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		form, err = readForm(v)
		return form, nil, "", err
	}
	v.R.Body = http.MaxBytesReader(v.W, v.R.Body, casework.MaxScan+limit)
	parts := multipart.NewReader(v.R.Body, params["boundary"])
	form = url.Values{}
	for left := int64(limit); ; {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			v.R.PostForm = form
			break
		}
		if err != nil {
			return nil, nil, "", request.Fault(request.InputRefused, "", "read a form with a file")
		}
		most := left
		if part.FormName() == "scan" {
			most = casework.MaxScan
		}
		b, err := io.ReadAll(io.LimitReader(part, most+1))
		switch {
		case err != nil, int64(len(b)) > most && part.FormName() != "scan":
			return nil, nil, "", request.Fault(request.InputRefused, "", "read a form with a file")
		case part.FormName() != "scan":
			form.Add(part.FormName(), door.Clean(string(b)))
			left -= int64(len(b))
		case int64(len(b)) > most:
			fault = "fault.scan.large"
		default:
			scan = b
		}
	}
	switch {
	case fault != "" || len(scan) == 0:
	case casework.ScanType(scan) == "":
		fault = "fault.scan.type"
	case form.Get("eigen-scan") == "":
		fault = "fault.scan.confirm"
	}
	return form, scan, fault, nil
}

// scanPage lists the scans of a request and takes another.
type scanPage struct {
	pages.Frame
	Heading, Part, Action, Cancel string
	Upload                        upload
	Scans                         []scanRow
}

// upload is the box for a file, with the word of who made it.
type upload struct {
	Limit, Error string
	// Needed is true where nothing but a file is asked for.
	Needed bool
}

// scanRow is a scan; To is "" while, or for ever when, it is not handed out, and
// State says why.
type scanRow struct{ Name, Size, When, Who, To, State string }

// verdict says what the scanner found in a file that is not handed out; "" when
// it was found clean.
func (h *Handler) verdict(v visit, i casework.Incoming) string {
	switch {
	case i.Verdict == vault.Clean:
		return ""
	case i.Verdict == vault.Waiting && i.Late(h.Now()):
		return v.Say("verdict.late", "moment", pages.Moment(v.Lang, i.Since))
	case i.Verdict == vault.Waiting:
		return v.Say("verdict.waiting", "moment", pages.Moment(v.Lang, i.Since))
	}
	return v.SayOr("verdict."+string(i.Verdict), v.Say("verdict.FAILED"))
}

func (h *Handler) showScans(v visit) error { return h.scansPage(v, "", http.StatusOK) }

func (h *Handler) scansPage(v visit, fault string, status int) error {
	view, err := h.open(v)
	if err != nil {
		return err
	}
	r := view.Request
	p := scanPage{
		Frame: h.frame(v, v.Say("scan.title")+" · "+string(r.Reference)), Heading: v.Say("scan.title"), Part: string(r.Reference),
		Action: h.caseAddress(r.Reference, "scans"), Cancel: h.caseAddress(r.Reference), Upload: h.upload(v, fault),
	}
	p.Back, p.Upload.Needed = p.Cancel, true
	verdicts, err := h.Cases.ScanVerdicts(v.R.Context(), v.actor(), r.Reference)
	if err != nil {
		return err
	}
	for i, s := range r.Scans {
		row := scanRow{
			Name: v.Say("scan.name", "n", i+1, "type", v.SayOr("scan.type."+s.Type, s.Type)), Size: pages.Size(v.Lang, s.Bytes),
			When: pages.Moment(v.Lang, s.At), Who: h.who(v, s.By), State: v.Say("verdict.waiting", "moment", pages.Moment(v.Lang, s.At)),
		}
		if i < len(verdicts) { // else it was added this moment
			row.State = h.verdict(v, verdicts[i])
		}
		if row.State == "" {
			row.To = h.address("/scan/" + url.PathEscape(string(r.Reference)) + "/" + url.PathEscape(s.ID))
		}
		p.Scans = append(p.Scans, row)
	}
	if fault != "" {
		p.Faults = []pages.Fault{{Place: "scan", Text: p.Upload.Error}}
		p.Title = v.Say("frame.title.faults", "title", p.Title)
	}
	return h.door.Show(v.Visit, status, "scans", p)
}

func (h *Handler) upload(v visit, fault string) upload {
	u := upload{Limit: pages.Size(v.Lang, casework.MaxScan)}
	if fault != "" {
		u.Error = v.Say(fault, "size", u.Limit)
	}
	return u
}

func (h *Handler) addScan(v visit) error {
	ref, err := reference(v)
	if err != nil {
		return err
	}
	_, scan, fault, err := readUpload(v)
	if err != nil {
		return err
	}
	if fault == "" && len(scan) == 0 {
		fault = "fault.scan.none"
	}
	if fault != "" {
		return h.scansPage(v, fault, http.StatusUnprocessableEntity)
	}
	if err := h.Cases.AddScan(v.R.Context(), v.actor(), ref, scan); err != nil {
		return err
	}
	return h.done(v, h.caseAddress(ref, "scans"), "scan")
}

// takeScan hands a scan out to be saved, never to be shown by the browser.
func (h *Handler) takeScan(v visit) error {
	ref, err := reference(v)
	if err != nil {
		return err
	}
	s, body, err := h.Cases.TakeScan(v.R.Context(), v.actor(), ref, v.R.PathValue("scan"))
	if err != nil {
		return err
	}
	ext, ok := map[string]string{"pdf": "pdf", "jpeg": "jpg", "png": "png"}[s.Type]
	if !ok {
		return fmt.Errorf("scan %s of %s has no known type", s.ID, ref)
	}
	v.W.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'")
	return door.Save(v.Visit, "application/octet-stream", string(ref)+"-scan-"+s.ID+"."+ext, body)
}
