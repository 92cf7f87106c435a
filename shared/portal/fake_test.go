package portal_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/portal"
	"github.com/allclaims/rightsdesk/shared/request"
)

const (
	known   request.Reference = "R-7Q2M-K9TD"
	unknown request.Reference = "R-7Q2M-K9TE"
	code                      = "04821736"
)

// The real prover fits the port.
var _ portal.Proof = (*identity.Prover)(nil)

// desk is a strict stand-in for everything behind the pages: it fails on what
// the real one would refuse.
type desk struct {
	mu     sync.Mutex
	now    time.Time
	drafts map[string][]byte
	ends   map[string]time.Time
	// sent counts requests by source; receipts are idempotent.
	sent     map[string]casework.Submission
	receipts map[string]casework.Receipt
	calls    []string
	fail     map[string]error
	views    map[casework.Sight]casework.StatusView
	// asked and proven by secret, purpose and subject.
	asked    map[string]int
	tries    map[string]int
	used     map[string]int
	proofs   map[string]identity.Proof
	released int
}

func newDesk() *desk {
	return &desk{
		now:    time.Date(2026, 11, 20, 21, 14, 0, 0, time.UTC),
		drafts: map[string][]byte{}, ends: map[string]time.Time{}, sent: map[string]casework.Submission{},
		receipts: map[string]casework.Receipt{}, fail: map[string]error{}, views: map[casework.Sight]casework.StatusView{},
		asked: map[string]int{}, used: map[string]int{}, tries: map[string]int{}, proofs: map[string]identity.Proof{},
	}
}

func (d *desk) call(name string) error {
	d.calls = append(d.calls, name)
	return d.fail[name]
}

func (d *desk) count(name string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, c := range d.calls {
		if c == name {
			n++
		}
	}
	return n
}

func (d *desk) Register(_ context.Context, s casework.Submission) (casework.Receipt, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.call("Register"); err != nil {
		return casework.Receipt{}, err
	}
	if r, ok := d.receipts[s.SourceKey]; ok {
		r.New = false
		return r, nil
	}
	ref, err := request.NewReference(strings.NewReader(s.SourceKey[len("form/"):]))
	if err != nil {
		return casework.Receipt{}, err
	}
	r := casework.Receipt{ID: "0123456789abcdef0123456789abcdef", Reference: ref, Received: s.Received, SafeDue: "2026-12-21", New: true}
	d.sent[s.SourceKey], d.receipts[s.SourceKey] = s, r
	return r, nil
}

func (d *desk) Status(_ context.Context, ref request.Reference, sight casework.Sight) (casework.StatusView, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.call("Status"); err != nil {
		return casework.StatusView{}, err
	}
	if ref != known {
		return casework.StatusView{}, request.Fault(request.NotFound, string(ref), "load a request")
	}
	return d.views[sight], nil
}

func (d *desk) Release(_ context.Context, ref request.Reference, leg string) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.call("Release"); err != nil {
		return "", err
	}
	if ref != known || leg != "leg1" {
		return "", request.Fault(request.NotFound, string(ref), "release a package")
	}
	d.released++
	return fmt.Sprintf("https://vault.example/p.zip?X-Amz-Signature=%d&X-Amz-Expires=120", d.released), nil
}

func (d *desk) CancelErasure(_ context.Context, ref request.Reference, leg string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.call("CancelErasure " + string(ref) + " " + leg)
}

func (d *desk) Withdraw(_ context.Context, ref request.Reference) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.call("Withdraw " + string(ref))
}

func (d *desk) NotMe(_ context.Context, ref request.Reference) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.call("NotMe"); err != nil {
		return err
	}
	if ref != known {
		return request.Fault(request.NotFound, string(ref), "hold a request")
	}
	return nil
}

func standing(secret string, purpose identity.Purpose, subject string) string {
	return secret + "|" + string(purpose) + "|" + subject
}

func (d *desk) Ask(_ context.Context, secret string, purpose identity.Purpose, subject string) (identity.Asked, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.call("Ask"); err != nil {
		return identity.Asked{}, err
	}
	if len(secret) < 22 {
		return identity.Asked{}, request.Fault(request.InputRefused, "", "use a weak secret")
	}
	// Counted per subject, known or not.
	per := string(purpose) + "|" + subject
	if d.asked[per] >= identity.CodesPerCase {
		return identity.Asked{}, identity.ErrTooMany
	}
	d.asked[per]++
	d.asked[standing(secret, purpose, subject)]++
	d.tries[standing(secret, purpose, subject)] = 0
	return identity.Asked{Until: d.now.Add(identity.CodeLife)}, nil
}

func (d *desk) Try(_ context.Context, secret string, purpose identity.Purpose, subject, typed string) (identity.Proof, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.call("Try"); err != nil {
		return identity.Proof{}, err
	}
	at := standing(secret, purpose, subject)
	if d.asked[at] == 0 {
		return identity.Proof{}, identity.ErrCode
	}
	if d.tries[at] >= identity.MaxTries {
		return identity.Proof{}, identity.ErrTooMany
	}
	d.tries[at]++
	if typed != code || request.Reference(subject) != known || d.used[at] == d.asked[at] {
		return identity.Proof{}, identity.ErrCode
	}
	d.used[at] = d.asked[at]
	p := identity.Proof{Session: "s", Channels: []string{"c1"}, At: d.now, Until: d.now.Add(identity.ProofLife)}
	d.proofs[at] = p
	return p, nil
}

func (d *desk) Proven(_ context.Context, secret string, purpose identity.Purpose, subject string) (identity.Proof, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, ok := d.proofs[standing(secret, purpose, subject)]
	if !ok || !p.Until.After(d.now) {
		return identity.Proof{}, identity.ErrUnproven
	}
	return p, nil
}

func (d *desk) Extend(ctx context.Context, secret string, purpose identity.Purpose, subject string) (identity.Proof, error) {
	p, err := d.Proven(ctx, secret, purpose, subject)
	if err != nil {
		return p, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	p.Until = d.now.Add(identity.ProofLife)
	d.proofs[standing(secret, purpose, subject)] = p
	return p, nil
}

func (d *desk) End(_ context.Context, secret string, purpose identity.Purpose, subject string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.proofs, standing(secret, purpose, subject))
	return nil
}

func (d *desk) Accepted(_ context.Context, ref request.Reference, p identity.Proof) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(p.Channels) == 0 {
		return request.Fault(request.ProofTooLow, string(ref), "accept an empty proof")
	}
	return d.call("Accepted")
}

func (d *desk) Fact(_ context.Context, ref request.Reference, _ identity.Proof, fact string) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.call("Fact"); err != nil {
		return false, err
	}
	return ref == known && fact == "D-4711", nil
}

func (d *desk) Draft(_ context.Context, key string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.fail["Draft"]; err != nil {
		return nil, err
	}
	b, ok := d.drafts[key]
	// The store may forget late: expiry is a condition too (F09).
	if !ok || !d.ends[key].After(d.now) {
		return nil, request.Fault(request.NotFound, "", "load a draft")
	}
	return slices.Clone(b), nil
}

func (d *desk) PutDraft(_ context.Context, key string, body []byte, expires time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.fail["PutDraft"]; err != nil {
		return err
	}
	if kind, sum, ok := strings.Cut(key, "/"); !ok || len(sum) != 2*sha256.Size || kind == "" {
		return request.Fault(request.InputRefused, "", "keep a draft under a key that may tell something")
	}
	if len(body) > 300<<10 {
		return request.Fault(request.InputRefused, "", "keep a draft larger than an item")
	}
	d.calls = append(d.calls, "PutDraft")
	d.drafts[key], d.ends[key] = slices.Clone(body), expires
	return nil
}

func (d *desk) DeleteDraft(_ context.Context, key string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, "DeleteDraft")
	delete(d.drafts, key)
	return nil
}

// understand stands in for shared/intake.
func understand(_ request.Language, text string) (string, []request.Right, []request.Relation, bool, string, []string) {
	if strings.Contains(text, "inzage") {
		return "request", []request.Right{request.Access}, nil, true, "word-access", []string{"inzage"}
	}
	if strings.Contains(text, "afwezig") {
		return "automatic", nil, nil, true, "auto-words", nil
	}
	return "other", nil, nil, false, "nothing", nil
}

// counter is a deterministic source for Random in tests.
type counter struct {
	mu sync.Mutex
	n  uint64
}

func (c *counter) Read(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	sum := sha256.Sum256([]byte(fmt.Sprint(c.n)))
	return copy(b, sum[:]), nil
}

func handler(d *desk) *portal.Handler {
	return &portal.Handler{
		Requests: d, Proof: d, Proving: d, Drafts: d, Understand: understand,
		House:    letters.House{Email: "info@allclaims.nl", Phone: "085 123 45 67", Address: "Postbus 1, 1234 AB Utrecht", PrivacyPage: "https://www.allclaims.nl/privacy"},
		DebtHelp: "geldfit.nl", Now: func() time.Time { return d.now }, Random: &counter{}, Log: slog.New(slog.DiscardHandler),
	}
}

// visitor is a browser: it keeps cookies and follows redirects after POST.
type visitor struct {
	t    *testing.T
	desk *desk
	h    http.Handler
	jar  http.CookieJar
	// at is the address of the page shown; doc and body are what it holds.
	at     string
	status int
	body   string
	doc    *html.Node
	// large allows a page over the limit: one that gives a very long text back.
	large bool
	// hops are the redirects of the last step.
	hops []string
}

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	d := newDesk()
	h := handler(d)
	h.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	return visitorOf(t, d, h)
}

func visitorOf(t *testing.T, d *desk, h http.Handler) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, desk: d, h: h, jar: jar}
}

var origin = &url.URL{Scheme: "http", Host: "localhost:8080"}

// roundTrip sends one request and keeps its cookies.
func (v *visitor) roundTrip(method, path string, form url.Values) *http.Response {
	v.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, path, body)
	r.Host = origin.Host
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, c := range v.jar.Cookies(origin) {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	v.h.ServeHTTP(w, r)
	resp := w.Result()
	v.jar.SetCookies(origin, resp.Cookies())
	return resp
}

func (v *visitor) take(resp *http.Response, path string) {
	v.t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	v.status, v.body, v.at = resp.StatusCode, string(b), path
	if v.doc, err = html.Parse(strings.NewReader(v.body)); err != nil {
		v.t.Fatal(err)
	}
	if len(b) > 15<<10 && !v.large {
		v.t.Errorf("%s has %d bytes; want at most 15 KB (U-14)", path, len(b))
	}
}

func (v *visitor) get(path string) *visitor {
	v.t.Helper()
	v.hops = nil
	for range 5 {
		resp := v.roundTrip(http.MethodGet, path, nil)
		to := resp.Header.Get("Location")
		if to == "" {
			v.take(resp, path)
			return v
		}
		v.hops = append(v.hops, to)
		path, _, _ = strings.Cut(to, "#")
		if frag := to[len(path):]; frag != "" {
			v.hops[len(v.hops)-1] = to
		}
	}
	v.t.Fatalf("redirects without end at %s", path)
	return v
}

// post sends a form as a browser does and follows the 303.
func (v *visitor) post(path string, form url.Values) *visitor {
	v.t.Helper()
	resp := v.roundTrip(http.MethodPost, path, form)
	to := resp.Header.Get("Location")
	if to == "" {
		v.hops = nil
		v.take(resp, path)
		return v
	}
	if resp.StatusCode != http.StatusSeeOther {
		v.t.Errorf("POST %s answers %d, want 303", path, resp.StatusCode)
	}
	page, _, _ := strings.Cut(to, "#")
	v.get(page)
	v.hops = append([]string{to}, v.hops...)
	return v
}

// fill fills in the form of the page that is shown, with what stands in it
// already, and presses the main button, or the one that extra names.
func (v *visitor) fill(extra url.Values) *visitor {
	v.t.Helper()
	form := find(v.doc, func(n *html.Node) bool { return n.Data == "form" && attr(n, "id") == "formulier" })
	if form == nil {
		form = find(v.doc, func(n *html.Node) bool { return n.Data == "form" && attr(n, "action") != "" })
	}
	if form == nil {
		v.t.Fatalf("%s has no form", v.at)
	}
	values := formValues(form)
	names := fieldNames(form)
	for name := range extra {
		if !slices.Contains(names, name) && name != "taal" && name != "actie" && name != "deel" {
			v.t.Fatalf("%s has no box %q: it has %v", v.at, name, names)
		}
	}
	maps.Copy(values, extra)
	return v.post(attr(form, "action"), values)
}

func formValues(form *html.Node) url.Values {
	values := url.Values{}
	walk(form, func(n *html.Node) {
		name := attr(n, "name")
		if name == "" {
			return
		}
		switch n.Data {
		case "input":
			switch attr(n, "type") {
			case "radio", "checkbox":
				if has(n, "checked") {
					values.Add(name, attr(n, "value"))
				}
			default:
				values.Add(name, attr(n, "value"))
			}
		case "textarea":
			values.Add(name, text(n))
		}
	})
	return values
}

func fieldNames(form *html.Node) []string {
	var names []string
	walk(form, func(n *html.Node) {
		if name := attr(n, "name"); name != "" {
			names = append(names, name)
		}
	})
	return names
}

func (v *visitor) path(want string) *visitor {
	v.t.Helper()
	if got, _, _ := strings.Cut(v.at, "?"); got != want {
		v.t.Fatalf("at %s, want %s; faults: %v", v.at, want, v.faults())
	}
	return v
}

func (v *visitor) sees(words ...string) *visitor {
	v.t.Helper()
	shown := strings.Join(strings.Fields(text(v.doc)), " ")
	for _, want := range words {
		if !strings.Contains(shown, want) {
			v.t.Errorf("%s does not say %q; it says: %s", v.at, want, shown)
		}
	}
	return v
}

func (v *visitor) seesNot(words ...string) *visitor {
	v.t.Helper()
	for _, word := range words {
		if strings.Contains(v.body, word) {
			v.t.Errorf("%s holds %q", v.at, word)
		}
	}
	return v
}

// faults are the sentences in the summary.
func (v *visitor) faults() []string {
	box := find(v.doc, func(n *html.Node) bool { return attr(n, "id") == "fouten" })
	var found []string
	if box != nil {
		walk(box, func(n *html.Node) {
			if n.Data == "li" {
				found = append(found, text(n))
			}
		})
	}
	return found
}

func (v *visitor) title() string {
	return text(find(v.doc, func(n *html.Node) bool { return n.Data == "title" }))
}

func walk(n *html.Node, visit func(*html.Node)) {
	if n == nil {
		return
	}
	if n.Type == html.ElementNode {
		visit(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, visit)
	}
}

func find(n *html.Node, ok func(*html.Node) bool) *html.Node {
	var found *html.Node
	walk(n, func(n *html.Node) {
		if found == nil && ok(n) {
			found = n
		}
	})
	return found
}

func attr(n *html.Node, name string) string {
	if n != nil {
		for _, a := range n.Attr {
			if a.Key == name {
				return a.Val
			}
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func text(n *html.Node) string {
	var b strings.Builder
	var all func(*html.Node)
	all = func(n *html.Node) {
		if n == nil {
			return
		}
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			all(c)
		}
	}
	all(n)
	return b.String()
}

type htmlNode = html.Node

func isForm(n *html.Node) bool { return n.Data == "form" && attr(n, "id") == "formulier" }
func isHTML(n *html.Node) bool { return n.Data == "html" }

// postRaw posts a body as it stands.
func (v *visitor) postRaw(path, body string) *visitor {
	v.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, c := range v.jar.Cookies(origin) {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	v.h.ServeHTTP(w, r)
	resp := w.Result()
	v.jar.SetCookies(origin, resp.Cookies())
	to, _, _ := strings.Cut(resp.Header.Get("Location"), "#")
	return v.get(to)
}
