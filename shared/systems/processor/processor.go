// Package processor reaches a system that a processor runs for us and opens to
// requests over OpenDSR: a request is handed over once, followed until it is
// completed, and its results read. It answers in days: until then every call
// ends with a *systems.Later.
package processor

import (
	"bufio"
	"cmp"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/opendsr"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

const (
	// maxRow is the longest record of results that is read.
	maxRow = 4 << 20
	// maxRows and maxFile bound the bytes of results.
	maxRows = 1 << 30
	maxFile = 4 << 30
	// daily is how long a request is left alone at most, soon how long at least.
	daily = 24 * time.Hour
	soon  = time.Hour
)

// Secret is what the secret of such a system holds, as JSON.
type Secret struct {
	// URL is the address of the processor, with the version: https://opendsr.example.nl/v2.
	URL string `json:"url"`
	// Authorization is the value of that header; "" = none.
	Authorization string `json:"authorization"`
	// Controller is our id with the processor; "" = not checked.
	Controller string `json:"controller"`
	// CA is a certificate in PEM that vouches for the processor's; "" = those
	// that the machine trusts.
	CA string `json:"ca"`
	// Identities says as which identity_type a kind of key of ours is known to
	// the processor; email and customer need not be named.
	Identities map[string]string `json:"identities"`
}

// ParseSecret reads a secret. The error never repeats it.
func ParseSecret(text []byte) (Secret, error) {
	var s Secret
	if err := json.Unmarshal(text, &s); err != nil {
		return Secret{}, errors.New(`the secret is not {"url": …, "authorization": …, "controller": …, "ca": …, "identities": {…}}`)
	}
	u, err := url.Parse(s.URL)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return Secret{}, errors.New("the url of the secret is not https://host/v2")
	}
	s.URL = strings.TrimSuffix(s.URL, "/")
	return s, nil
}

// Client makes the calls to the processor.
func (s Secret) Client(now func() time.Time) (*opendsr.Client, error) {
	c := &opendsr.Client{Base: s.URL, Authorization: s.Authorization, Controller: s.Controller, Now: now}
	if s.CA != "" {
		c.Roots = x509.NewCertPool()
		if !c.Roots.AppendCertsFromPEM([]byte(s.CA)) {
			return nil, errors.New("the ca of the secret is no certificate in PEM")
		}
	}
	return c, nil
}

// System is one processor.
type System struct {
	Declared *inventory.System
	Client   *opendsr.Client
	// Identities is Secret.Identities.
	Identities map[string]string
}

// Find implements systems.System: OpenDSR has no question who somebody is.
func (s *System) Find(_ context.Context, h inventory.Holding, kind, _ string) ([]systems.Row, error) {
	if _, ok := h.Keys[kind]; !ok {
		return nil, fmt.Errorf("key %q of holding %s/%s: %w", kind, s.Declared.ID, h.ID, systems.ErrNotDeclared)
	}
	return nil, nil
}

// Can implements systems.System.
func (s *System) Can(_ inventory.Holding, action string) bool { return action == systems.Erase }

// Collect implements systems.System. For a copy it asks the processor for one,
// once, and streams what came when it is there. For any other right it asks
// nothing and gives one row, which stands for what the processor holds until
// the processor has signed that it is erased.
func (s *System) Collect(ctx context.Context, h inventory.Holding, of systems.Selection, emit func(systems.Row) error) error {
	kind := map[request.Right]string{request.Access: opendsr.Access, request.Portability: opendsr.Portability}[of.Case.Right]
	if of.Case == (systems.Case{}) && of.Client == "" && systems.Select(h, of.Keys) != nil {
		// Nobody's request yet: it may hold this person, and is not asked.
		return emit(systems.Row{})
	}
	sel, err := s.meant(h, of)
	if sel == nil || err != nil {
		return err
	}
	if kind == "" {
		return s.standing(ctx, h, of.Case, emit)
	}
	st, err := s.follow(ctx, h, sel, of.Case, kind)
	if err != nil {
		return err
	}
	switch {
	case st.ResultsURL == "" && st.ResultsCount != nil && *st.ResultsCount == 0:
		return nil // it holds nothing
	case st.ResultsURL == "":
		return fmt.Errorf("request %s in holding %s/%s is completed without results: %w", st.ID, s.Declared.ID, h.ID, systems.ErrUnreadable)
	case h.Format == inventory.Objects:
		return emit(systems.Row{"object": objectName(st)})
	}
	return s.rows(ctx, h, st, emit)
}

// Apply implements systems.System: it asks the processor to erase, once, and
// tells the rows when the processor has signed that it did.
func (s *System) Apply(ctx context.Context, h inventory.Holding, of systems.Selection, act systems.Act) (int, error) {
	if err := act.Check(h); err != nil {
		return 0, fmt.Errorf("system %s: %w", s.Declared.ID, err)
	}
	if !s.Can(h, act.Action) {
		return 0, fmt.Errorf("%s in holding %s/%s: OpenDSR has no such request: %w", act.Action, s.Declared.ID, h.ID, systems.ErrNotDeclared)
	}
	sel, err := s.meant(h, of)
	if sel == nil || err != nil {
		return 0, err
	}
	st, err := s.follow(ctx, h, sel, of.Case, opendsr.Erasure)
	if err != nil {
		return 0, err
	}
	n := 1 // the one row that stood for it
	if st.ResultsCount != nil {
		n = max(n, *st.ResultsCount)
	}
	return n, of.Done(n)
}

// Open implements systems.Opener for holdings whose results are one file.
func (s *System) Open(ctx context.Context, h inventory.Holding, object string) (io.ReadCloser, error) {
	id, _, _ := strings.Cut(object, "/")
	st, err := s.Client.Status(ctx, id)
	if errors.Is(err, opendsr.ErrUnknown) || err == nil && (st.ResultsURL == "" || objectName(st) != object) {
		return nil, request.Fault(request.NotFound, s.Declared.ID, "open the results in holding %s", h.ID)
	}
	if err != nil {
		return nil, s.fault(h, err)
	}
	body, _, err := s.Client.Fetch(ctx, st, maxFile)
	if err != nil {
		return nil, s.fault(h, err)
	}
	return body, nil
}

// meant gives the keys to ask by, nil for nobody. A call that does not say for
// which request it is made is refused: made again, it would ask twice. So is one
// for a single client, which a processor cannot be asked for.
func (s *System) meant(h inventory.Holding, of systems.Selection) (systems.Keys, error) {
	sel, c := systems.Select(h, of.Keys), of.Case
	switch {
	case sel == nil, of.Client != "" && h.Client == "":
		return nil, nil
	case of.Client != "":
		return nil, fmt.Errorf("ask processor %s for one client: %w", s.Declared.ID, systems.ErrNotDeclared)
	case c.Request == "", c.Leg == "", c.Right == "", c.Received.IsZero():
		return nil, fmt.Errorf("ask processor %s without the case of a request: %w", s.Declared.ID, systems.ErrNotDeclared)
	}
	return sel, nil
}

// follow hands the request over where the processor does not have it yet, and
// gives its status when it is completed; a *systems.Later until then.
func (s *System) follow(ctx context.Context, h inventory.Holding, sel systems.Keys, c systems.Case, kind string) (opendsr.Status, error) {
	id := s.requestID(h, c, kind)
	st, err := s.Client.Status(ctx, id)
	if errors.Is(err, opendsr.ErrUnknown) {
		var r opendsr.Request
		if r, err = s.request(ctx, h, sel, c, kind); err != nil {
			return opendsr.Status{}, err
		}
		receipt, err := s.Client.Submit(ctx, r)
		if err != nil {
			return opendsr.Status{}, s.fault(h, err)
		}
		return opendsr.Status{}, s.later(receipt.Expected)
	}
	switch {
	case err != nil:
		return opendsr.Status{}, s.fault(h, err)
	case st.State == opendsr.Cancelled:
		return opendsr.Status{}, fmt.Errorf("request %s in holding %s/%s was cancelled by the processor: %w", id, s.Declared.ID, h.ID, systems.ErrUnreadable)
	case st.State != opendsr.Completed:
		return opendsr.Status{}, s.later(st.Expected)
	}
	return st, nil
}

// later says when to ask again: when the answer is expected, but every day.
func (s *System) later(expected time.Time) error {
	now := s.Client.Now()
	again := now.Add(daily)
	if expected.Before(again) {
		again = expected
	}
	if again.Before(now.Add(soon)) {
		again = now.Add(soon)
	}
	return &systems.Later{Until: expected.UTC(), Again: again.UTC()}
}

// standing gives the row that stands for what the processor holds. It is gone
// once this leg's erasure is completed.
func (s *System) standing(ctx context.Context, h inventory.Holding, c systems.Case, emit func(systems.Row) error) error {
	id := s.requestID(h, c, opendsr.Erasure)
	st, err := s.Client.Status(ctx, id)
	if err != nil && !errors.Is(err, opendsr.ErrUnknown) {
		return s.fault(h, err)
	}
	if err == nil && st.State == opendsr.Completed {
		return nil
	}
	return emit(systems.Row{"subject_request_id": id})
}

// requestID is the same for the same question, so that it is never asked twice:
// a UUID of version 4 in form, which nobody can guess the case from.
func (s *System) requestID(h inventory.Holding, c systems.Case, kind string) string {
	b := sha256.Sum256([]byte(strings.Join([]string{string(c.Request), c.Leg, s.Declared.ID, h.ID, kind}, "\x00")))
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	x := hex.EncodeToString(b[:16])
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

// request writes the request, with the identities that the processor knows.
func (s *System) request(ctx context.Context, h inventory.Holding, sel systems.Keys, c systems.Case, kind string) (opendsr.Request, error) {
	d, err := s.Client.Discover(ctx)
	if err != nil {
		return opendsr.Request{}, s.fault(h, err)
	}
	r := opendsr.Request{
		Regulation: opendsr.GDPR, ID: s.requestID(h, c, kind), Type: kind, Submitted: c.Received.UTC(), Version: opendsr.Version,
	}
	for _, key := range sel.Kinds() {
		as := cmp.Or(s.Identities[key], map[string]string{"email": opendsr.Email, "customer": opendsr.CustomerID}[key])
		for _, format := range []string{opendsr.Raw, opendsr.SHA256, opendsr.SHA1, opendsr.MD5} {
			if as == "" || !slices.Contains(d.Identities, opendsr.Identity{Type: as, Format: format}) {
				continue
			}
			for _, v := range sel[key] {
				r.Identities = append(r.Identities, opendsr.Identity{Type: as, Value: inFormat(v, format), Format: format})
			}
			break
		}
	}
	if len(r.Identities) == 0 {
		return opendsr.Request{}, fmt.Errorf("processor %s knows people by none of %s: %w", s.Declared.ID, strings.Join(sel.Kinds(), ", "), systems.ErrNotDeclared)
	}
	return r, nil
}

// inFormat writes an identity as the processor compares it. The digests hide
// nothing; they are what some processors keep.
func inFormat(value, format string) string {
	switch format {
	case opendsr.SHA256:
		d := sha256.Sum256([]byte(value))
		return hex.EncodeToString(d[:])
	case opendsr.SHA1:
		d := sha1.Sum([]byte(value))
		return hex.EncodeToString(d[:])
	case opendsr.MD5:
		d := md5.Sum([]byte(value))
		return hex.EncodeToString(d[:])
	}
	return value
}

// objectName names the results as a file: the id of the request, and the kind
// of file where the address tells it. Nothing else of the address is in it.
func objectName(st opendsr.Status) string {
	ext := ""
	if u, err := url.Parse(st.ResultsURL); err == nil {
		ext = strings.ToLower(path.Ext(u.Path))
	}
	if len(ext) > 6 || strings.Trim(strings.TrimPrefix(ext, "."), "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		ext = ""
	}
	return st.ID + "/results" + ext
}

// rows streams results that are records: a JSON array of objects, or an object
// a line. All that the processor counted must be there.
func (s *System) rows(ctx context.Context, h inventory.Holding, st opendsr.Status, emit func(systems.Row) error) error {
	body, kind, err := s.Client.Fetch(ctx, st, maxRows)
	if err != nil {
		return s.fault(h, err)
	}
	defer body.Close()
	n := 0
	visit := func(line []byte) error {
		row, err := systems.ParseLine(line)
		if err != nil {
			return s.fault(h, err)
		}
		n++
		for name, v := range row {
			if h.Column(name) == nil { // default deny (A42)
				if row[name] = true; v == nil || v == "" {
					delete(row, name)
				}
			}
		}
		return emit(row)
	}
	media, _, _ := mime.ParseMediaType(kind)
	switch media {
	case "application/json":
		err = s.array(h, body, visit)
	case "application/x-ndjson", "application/jsonl", "application/json-seq":
		err = s.lines(h, body, visit)
	default:
		err = fmt.Errorf("results of another kind in holding %s/%s: %w", s.Declared.ID, h.ID, systems.ErrUnreadable)
	}
	if err == nil && st.ResultsCount != nil && *st.ResultsCount != n {
		err = fmt.Errorf("%d results in holding %s/%s where the processor counted %d: %w", n, s.Declared.ID, h.ID, *st.ResultsCount, systems.ErrUnreadable)
	}
	return err
}

func (s *System) array(h inventory.Holding, body io.Reader, visit func([]byte) error) error {
	m := &meter{from: body, left: 2 * maxRow}
	dec := json.NewDecoder(m)
	if open, err := dec.Token(); err != nil || open != json.Delim('[') {
		return s.half(h, err)
	}
	for dec.More() {
		var raw json.RawMessage
		m.left = 2 * maxRow
		if err := dec.Decode(&raw); err != nil || len(raw) > maxRow {
			return s.half(h, err)
		}
		if err := visit(raw); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return s.half(h, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return s.half(h, err)
	}
	return nil
}

// meter bounds what a decoder reads ahead for one record.
type meter struct {
	from io.Reader
	left int
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.from.Read(p)
	if m.left -= n; m.left < 0 {
		return 0, systems.ErrUnreadable
	}
	return n, err
}

func (s *System) lines(h inventory.Holding, body io.Reader, visit func([]byte) error) error {
	sc := bufio.NewScanner(body)
	sc.Buffer(nil, maxRow)
	for sc.Scan() {
		if len(sc.Bytes()) == 0 {
			continue
		}
		if err := visit(sc.Bytes()); err != nil {
			return err
		}
	}
	if err := sc.Err(); err != nil {
		return s.half(h, err)
	}
	return nil
}

// half is what results that end too soon or cannot be read come to.
func (s *System) half(h inventory.Holding, err error) error {
	if errors.Is(err, opendsr.ErrAway) {
		return s.fault(h, opendsr.ErrAway)
	}
	return s.fault(h, systems.ErrUnreadable)
}

// fault says where it happened, and as which fault of a system it counts.
func (s *System) fault(h inventory.Holding, err error) error {
	switch {
	case errors.Is(err, opendsr.ErrRefused):
		err = errors.Join(err, systems.ErrNotDeclared)
	case errors.Is(err, opendsr.ErrAnswer), errors.Is(err, opendsr.ErrSignature), errors.Is(err, opendsr.ErrAddress):
		err = errors.Join(err, systems.ErrUnreadable)
	}
	return fmt.Errorf("holding %s/%s of a processor: %w", s.Declared.ID, h.ID, err)
}

var (
	_ systems.System = (*System)(nil)
	_ systems.Opener = (*System)(nil)
)
