package client_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/client"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// The real ones fit the ports.
var (
	_ client.Proof = (*identity.Prover)(nil)
	_ client.Cases = (*casework.Cases)(nil)
)

const (
	own     request.Reference = "R-7Q2M-K9TD"
	foreign request.Reference = "R-7Q2M-K9TF" // of another client
	nobodys request.Reference = "R-7Q2M-K9TG" // does not exist
	email                     = "privacy@bakker.example"
	code                      = "04821736"
)

var now = time.Date(2026, 11, 20, 13, 14, 0, 0, time.UTC)

// world is a strict stand-in for everything behind the clients' pages.
type world struct {
	mu     sync.Mutex
	now    time.Time
	drafts map[string][]byte
	ends   map[string]time.Time
	calls  []string
	fail   map[string]error
	legs   map[string]casework.ClientCase // by client/reference/leg
	client register.Client
	asked  map[string]int
	tries  map[string]int
	used   map[string]int
	proofs map[string]identity.Proof
	left   int
}

func newWorld() *world {
	c := func(ref request.Reference, leg string, right request.Right) casework.ClientCase {
		return casework.ClientCase{
			Reference: ref, Leg: leg, Right: right, Phase: request.Forwarded, Received: now.AddDate(0, 0, -3), SafeDue: "2026-12-17", InstructBy: "2026-12-03",
			File: "D-4711", Text: "Ik wil weten wat u van mij hebt.\nAnna de Vries", Proof: "file-channel", Holdings: []casework.Held{{Label: "Dossier", Count: 4}, {Label: "Telefoongesprekken", Count: 2}},
		}
	}
	return &world{
		now: now, drafts: map[string][]byte{}, ends: map[string]time.Time{}, fail: map[string]error{}, asked: map[string]int{}, tries: map[string]int{}, used: map[string]int{}, proofs: map[string]identity.Proof{},
		client: register.Client{ID: "c1", Name: "Bakker BV", Email: email, Language: request.Dutch}, left: 3,
		legs: map[string]casework.ClientCase{
			"c1/R-7Q2M-K9TD/1": c(own, "1", request.Access), "c1/R-7Q2M-K9TD/2": c(own, "2", request.Erasure), "c2/R-7Q2M-K9TF/1": c(foreign, "1", request.Access), "c2/R-7Q2M-K9TD/3": c(own, "3", request.Access),
		},
	}
}

func (w *world) call(name string) error {
	w.calls = append(w.calls, name)
	return w.fail[name]
}

func (w *world) leg(client string, ref request.Reference, leg string) (string, casework.ClientCase, error) {
	key := client + "/" + string(ref) + "/" + leg
	c, ok := w.legs[key]
	if !ok {
		return key, c, request.Fault(request.NotFound, string(ref)+"/"+leg, "find a leg of client %s", client)
	}
	return key, c, nil
}

func (w *world) OfClient(_ context.Context, client, state string, page store.Page) ([]store.ClientRow, string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if page.Limit <= 0 || page.Limit > 100 || !slices.Contains([]string{"todo", "instructed", "done"}, state) {
		return nil, "", request.Fault(request.InputRefused, "", "list %s", state)
	}
	if err := w.call("OfClient"); err != nil {
		return nil, "", err
	}
	var rows []store.ClientRow
	for key, c := range w.legs {
		if strings.HasPrefix(key, client+"/") && store.ClientState(c.Phase) == state {
			rows = append(rows, store.ClientRow{Reference: c.Reference, Leg: c.Leg, Right: c.Right, Phase: c.Phase, SafeDue: c.SafeDue})
		}
	}
	slices.SortFunc(rows, func(a, b store.ClientRow) int { return strings.Compare(a.Leg, b.Leg) })
	return rows, "", nil
}

func (w *world) ClientView(_ context.Context, client string, ref request.Reference, leg string) (casework.ClientCase, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.call("ClientView"); err != nil {
		return casework.ClientCase{}, err
	}
	_, c, err := w.leg(client, ref, leg)
	return c, err
}

func (w *world) GiveInstruction(_ context.Context, client, by string, ref request.Reference, leg string, in request.Instruction) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.call("GiveInstruction " + in.Kind + " " + in.Ground + " by " + by); err != nil {
		return "", err
	}
	key, c, err := w.leg(client, ref, leg)
	if err != nil {
		return "", err
	}
	if c.Phase != request.Forwarded {
		return "", request.Fault(request.PhaseIllegal, key, "instruct")
	}
	c.Phase, c.Instruction = request.Instructed, request.Instruction{Kind: in.Kind, Ground: in.Ground, By: "client:" + client + "/" + by, At: w.now, Receipt: "I-7Q2M-K9TD-" + leg}
	w.legs[key] = c
	return c.Instruction.Receipt, nil
}

func (w *world) ClientRelease(_ context.Context, client string, ref request.Reference, leg string) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.call("ClientRelease"); err != nil {
		return "", err
	}
	if _, c, err := w.leg(client, ref, leg); err != nil || c.Package == nil {
		return "", request.Fault(request.NotFound, string(ref), "release")
	}
	if w.left == 0 {
		return "", request.Fault(request.TooMany, string(ref), "release")
	}
	w.left--
	return "https://vault.example/p.zip?X-Amz-Expires=120&X-Amz-Signature=abc", nil
}

func (w *world) Key(_ context.Context, kind, value string) (string, error) {
	if kind != "email" || value != strings.ToLower(strings.TrimSpace(value)) {
		return "", request.Fault(request.InputRefused, kind, "key what was not normalised")
	}
	sum := sha256.Sum256([]byte(value))
	return fmt.Sprintf("%x", sum[:16]), nil
}

func (w *world) ClientByEmail(ctx context.Context, key string) (register.Client, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if have, _ := w.Key(ctx, "email", w.client.Email); have != key {
		return register.Client{}, request.Fault(request.NotFound, "", "find a client")
	}
	return w.client, nil
}

func standing(secret, subject string) string { return secret + "|" + subject }

func (w *world) Ask(_ context.Context, secret string, purpose identity.Purpose, subject string) (identity.Asked, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(secret) < 22 || purpose != identity.ForClient || strings.Contains(subject, "@") {
		return identity.Asked{}, request.Fault(request.InputRefused, "", "ask a code")
	}
	w.calls = append(w.calls, "Ask")
	if w.asked[subject] >= identity.ClientCodes {
		return identity.Asked{}, identity.ErrTooMany
	}
	w.asked[subject]++
	w.asked[standing(secret, subject)]++
	w.tries[standing(secret, subject)] = 0
	return identity.Asked{Until: w.now.Add(identity.CodeLife)}, nil
}

func (w *world) Try(ctx context.Context, secret string, _ identity.Purpose, subject, typed string) (identity.Proof, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := standing(secret, subject)
	if w.asked[at] == 0 {
		return identity.Proof{}, identity.ErrCode
	}
	if w.tries[at] >= identity.MaxTries {
		return identity.Proof{}, identity.ErrTooMany
	}
	w.tries[at]++
	if have, _ := w.Key(ctx, "email", w.client.Email); typed != code || subject != have || w.used[at] == w.asked[at] {
		return identity.Proof{}, identity.ErrCode
	}
	w.used[at] = w.asked[at]
	p := identity.Proof{Session: "s", Channels: []string{"client"}, At: w.now, Until: w.now.Add(identity.ProofLife)}
	w.proofs[at] = p
	return p, nil
}

func (w *world) Proven(_ context.Context, secret string, _ identity.Purpose, subject string) (identity.Proof, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, ok := w.proofs[standing(secret, subject)]
	if !ok || !p.Until.After(w.now) {
		return identity.Proof{}, identity.ErrUnproven
	}
	return p, nil
}

func (w *world) Extend(ctx context.Context, secret string, purpose identity.Purpose, subject string) (identity.Proof, error) {
	p, err := w.Proven(ctx, secret, purpose, subject)
	if err != nil {
		return p, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	p.Until = w.now.Add(identity.ProofLife)
	w.proofs[standing(secret, subject)] = p
	return p, nil
}

func (w *world) End(_ context.Context, secret string, _ identity.Purpose, subject string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.proofs, standing(secret, subject))
	return nil
}

func (w *world) Draft(_ context.Context, key string) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b, ok := w.drafts[key]
	if !ok || !w.ends[key].After(w.now) {
		return nil, request.Fault(request.NotFound, "", "load a draft")
	}
	return slices.Clone(b), nil
}

func (w *world) PutDraft(_ context.Context, key string, body []byte, expires time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if kind, sum, ok := strings.Cut(key, "/"); !ok || len(sum) != 2*sha256.Size || kind == "" || strings.Contains(string(body), "@") {
		return request.Fault(request.InputRefused, "", "keep what tells something")
	}
	w.drafts[key], w.ends[key] = slices.Clone(body), expires
	return nil
}

func (w *world) DeleteDraft(_ context.Context, key string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.drafts, key)
	return nil
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

func handler(w *world) *client.Handler {
	return &client.Handler{
		Cases: w, Proof: w, Keys: w, Register: w, Sessions: w, Now: func() time.Time { return w.now }, Random: &counter{}, Log: slog.New(slog.DiscardHandler),
		House: letters.House{Email: "info@allclaims.nl", Phone: "085 123 45 67", Address: "Postbus 1, 1234 AB Utrecht"},
	}
}

// visitor is a client's browser.
type visitor struct {
	t      *testing.T
	w      *world
	h      http.Handler
	jar    http.CookieJar
	at     string
	status int
	body   string
	doc    *html.Node
}

var origin = &url.URL{Scheme: "http", Host: "localhost:8080"}

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	w := newWorld()
	h := handler(w)
	h.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, w: w, h: h, jar: jar}
}

// signedIn is a client who typed a code.
func signedIn(t *testing.T) *visitor {
	t.Helper()
	v := newVisitor(t)
	v.post("/inloggen", one("email", email, "taal", "nl"))
	v.post("/code", one("code", code)).sees("Bakker BV: verzoeken van uw klanten")
	v.w.calls = nil
	return v
}

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
	rec := httptest.NewRecorder()
	v.h.ServeHTTP(rec, r)
	resp := rec.Result()
	v.jar.SetCookies(origin, resp.Cookies())
	return resp
}

func (v *visitor) take(resp *http.Response, path string) *visitor {
	v.t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	v.status, v.body, v.at = resp.StatusCode, string(b), path
	if v.doc, err = html.Parse(strings.NewReader(v.body)); err != nil {
		v.t.Fatal(err)
	}
	if len(b) > 15<<10 {
		v.t.Errorf("%s has %d bytes; want at most 15 KB (U-14)", path, len(b))
	}
	return v
}

func (v *visitor) get(path string) *visitor {
	v.t.Helper()
	for range 5 {
		path, _, _ = strings.Cut(path, "#")
		resp := v.roundTrip(http.MethodGet, path, nil)
		to := resp.Header.Get("Location")
		if to == "" {
			return v.take(resp, path)
		}
		path = to
	}
	v.t.Fatalf("redirects without end at %s", path)
	return v
}

func (v *visitor) post(path string, form url.Values) *visitor {
	v.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	resp := v.roundTrip(http.MethodPost, path, form)
	to := resp.Header.Get("Location")
	if to == "" {
		return v.take(resp, path)
	}
	if resp.StatusCode != http.StatusSeeOther {
		v.t.Errorf("POST %s answers %d, want 303", path, resp.StatusCode)
	}
	return v.get(to)
}

func (v *visitor) sees(words ...string) *visitor {
	v.t.Helper()
	shown := strings.Join(strings.Fields(textOf(v.doc)), " ")
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

func (v *visitor) answers(status int) *visitor {
	v.t.Helper()
	if v.status != status {
		v.t.Errorf("%s answers %d, want %d: %s", v.at, v.status, status, strings.Join(strings.Fields(textOf(v.doc)), " "))
	}
	return v
}

func (v *visitor) path(want string) *visitor {
	v.t.Helper()
	if got, _, _ := strings.Cut(v.at, "?"); got != want {
		v.t.Fatalf("at %s, want %s", v.at, want)
	}
	return v
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

func textOf(n *html.Node) string {
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
		b.WriteString(" ")
	}
	all(n)
	return b.String()
}

func one(pairs ...string) url.Values {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return form
}

func pathOf(route client.Route, ref request.Reference, leg string) string {
	return strings.NewReplacer("{ref}", url.PathEscape(string(ref)), "{leg}", url.PathEscape(leg), "{$}", "", "{file}", strings.TrimPrefix(pages.StylePath, "/static/")).Replace(route.Path)
}

func fullForm() url.Values {
	return one("email", email, "code", code, "opdracht", request.CarryOutToUs, "grond", "other", "naam", "J. Bakker")
}

const at = "/verzoek/" + string(own) + "/1"

// A26: for every route × every foreign leg: 404, the same body for every cause.
func TestForeign(t *testing.T) {
	v := signedIn(t)
	first := v.get("/nothing").answers(http.StatusNotFound)
	// Where nobody is signed in the page knows no client; here it must.
	v.get("/verzoek/" + string(nobodys) + "/1").answers(http.StatusNotFound)
	body := v.body
	if !strings.Contains(body, "Deze pagina bestaat niet") || !strings.Contains(first.body, "Deze pagina bestaat niet") {
		t.Fatalf("not the page for what is missing: %s", body)
	}
	legs := []struct {
		ref request.Reference
		leg string
	}{{foreign, "1"}, {nobodys, "1"}, {own, "3"}, {own, "9"}, {"R-XXXX", "1"}, {"x'", "1"}, {own, strings.Repeat("1", 30)}}
	tested := 0
	for _, route := range client.Routes() {
		if !strings.Contains(route.Path, "{ref}") {
			continue
		}
		for _, l := range legs {
			v.w.calls = nil
			tested++
			var form url.Values
			if route.Method == http.MethodPost {
				form = fullForm()
			}
			path := pathOf(route, l.ref, l.leg)
			v.take(v.roundTrip(route.Method, path, form), path).answers(http.StatusNotFound)
			if v.body != body {
				t.Errorf("%s %s has a page of its own", route.Method, path)
			}
			for _, c := range v.w.calls {
				if c != "ClientView" {
					t.Errorf("%s %s did %s", route.Method, path, c)
				}
			}
		}
	}
	if tested < 50 {
		t.Errorf("only %d pairs were tried", tested)
	}
	// A package that is not there is the same page too.
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		v.take(v.roundTrip(method, at+"/pakket", url.Values{}), at+"/pakket").answers(http.StatusNotFound)
		if v.body != body {
			t.Error("a package that is not there has a page of its own")
		}
	}
}

// Nobody who is not signed in gets further than the door, on any route.
func TestDoor(t *testing.T) {
	for _, route := range client.Routes() {
		if route.Open {
			continue
		}
		v := newVisitor(t)
		resp := v.roundTrip(route.Method, pathOf(route, own, "1"), fullForm())
		if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/inloggen" || len(v.w.calls) > 0 {
			t.Errorf("%s %s: %d to %s, did %v", route.Method, route.Path, resp.StatusCode, resp.Header.Get("Location"), v.w.calls)
		}
	}
}

// A16: a known and an unknown address get the same answers, byte for byte.
func TestKnownAndUnknown(t *testing.T) {
	walkOf := func(address string) []string {
		v := newVisitor(t)
		var seen []string
		step := func() { seen = append(seen, fmt.Sprint(v.status, " ", v.at, " ", v.body)) }
		v.post("/inloggen", one("email", address))
		step()
		for range 6 {
			v.post("/code", one("code", "99999999"))
			step()
		}
		for range identity.ClientCodes {
			v.post("/code", one("actie", "nieuw"))
			step()
		}
		seen = append(seen, strings.Join(v.w.calls, " "))
		return seen
	}
	if diff := cmp.Diff(walkOf(email), walkOf("somebody@else.example")); diff != "" {
		t.Errorf("known and unknown differ:\n%s", diff)
	}
}

func TestSignIn(t *testing.T) {
	v := newVisitor(t)
	v.get("/").path("/inloggen").sees("Log in als opdrachtgever")
	v.get("/inloggen?taal=en").sees("Sign in as a client")
	v.post("/inloggen", one("email", "no address", "taal", "nl")).answers(http.StatusUnprocessableEntity).sees("Kijk uw e-mailadres na.")
	if len(v.w.calls) > 0 {
		t.Errorf("did %v", v.w.calls)
	}
	v.post("/inloggen", one("email", " Privacy@Bakker.example ", "taal", "en")).path("/code").sees("Type the code from your e-mail", "14:24")
	v.post("/code", one("code", "123")).sees("You typed 3.")
	v.post("/code", one("code", "0482 17-36")).path("/").sees("Bakker BV: verzoeken van uw klanten")
	v.w.client.Language = request.English
	v.get("/").sees("Bakker BV: requests of your customers", "You are signed in until 14:44.")
	v.w.now = now.Add(20 * time.Minute)
	v.post("/langer", nil).sees("You are signed in until 15:04.")
	// Who is taken out of the register is out.
	v.w.client.Email = "new@bakker.example"
	v.get("/").path("/inloggen")
	v.w.client.Email = email
	v.get("/").path("/")
	old := v.jar.Cookies(origin)
	v.post("/uitloggen", nil).path("/uitgelogd")
	v.jar.SetCookies(origin, old)
	v.get("/").path("/inloggen")
	if len(v.w.drafts) != 0 {
		t.Error("a visit stays behind")
	}
	v = signedIn(t)
	v.w.now = now.Add(31 * time.Minute)
	v.get("/").path("/inloggen")
}

// Signing in for another address begins anew: nothing comes along (A23).
func TestNewSignInNewSecret(t *testing.T) {
	v := signedIn(t)
	old := v.jar.Cookies(origin)[0].Value
	v.post("/inloggen", one("email", "somebody@else.example"))
	if v.jar.Cookies(origin)[0].Value == old {
		t.Error("the secret stays")
	}
	v.get("/").path("/inloggen")
}

func TestCookies(t *testing.T) {
	for _, secure := range []bool{false, true} {
		h := handler(newWorld())
		h.Secure = secure
		r := httptest.NewRequest(http.MethodPost, "/inloggen", strings.NewReader(one("email", email).Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		cookies := w.Result().Cookies()
		if len(cookies) != 1 {
			t.Fatalf("%d cookies", len(cookies))
		}
		if c := cookies[0]; !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure != secure || len(c.Value) != 43 || strings.HasPrefix(c.Name, "__Host-") != secure {
			t.Errorf("cookie %+v", c)
		}
	}
}

// A24, A27, A28: headers on every answer; no POST from another site is taken.
func TestHeadersAndCrossOrigin(t *testing.T) {
	v := signedIn(t)
	for _, route := range client.Routes() {
		path := pathOf(route, own, "1")
		for name, value := range map[string]string{"": "", "Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
			v.w.calls = nil
			r := httptest.NewRequest(route.Method, path, strings.NewReader(fullForm().Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for _, c := range v.jar.Cookies(origin) {
				r.AddCookie(c)
			}
			if name != "" {
				r.Header.Set(name, value)
			} else if route.Path == "/uitloggen" {
				continue // it would end the session of this test
			} else {
				r.Header.Set("Sec-Fetch-Site", "same-origin")
			}
			w := httptest.NewRecorder()
			v.h.ServeHTTP(w, r)
			if got := w.Header().Get("Content-Security-Policy"); got != "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'" {
				t.Errorf("%s %s: policy %q", route.Method, path, got)
			}
			if got := w.Header().Get("Cache-Control"); got != "no-store" && path != pages.StylePath {
				t.Errorf("%s %s: %q", route.Method, path, got)
			}
			if route.Method == http.MethodPost && name != "" && (w.Code != http.StatusForbidden || len(v.w.calls) > 0) {
				t.Errorf("POST %s with %s %s: %d, %v", path, name, value, w.Code, v.w.calls)
			}
		}
	}
}

// Only what a POST of the check page gives is an instruction.
func TestInstruct(t *testing.T) {
	v := signedIn(t)
	v.get("/").sees("Te doen 2", "do 17 dec 2026", "nog 19 werkdagen", "wacht op u", "Geef opdracht").seesNot("Anna", "D-4711")
	v.get(at).sees("Ik wil weten wat u van mij hebt.", "D-4711", "Dossier: 4", "Telefoongesprekken: 2", "Zonder uw opdracht doen wij niets met de gegevens.", "donderdag 3 december 2026", "een code die naar")
	v.get(at + "/opdracht").seesNot(" checked")
	v.get(at + "/controle").path(at + "/opdracht")
	v.post(at+"/controle", fullForm()).path(at + "/opdracht")
	v.post(at+"/opdracht", one()).answers(http.StatusUnprocessableEntity).sees("Kies wat wij moeten doen.", "Vul uw naam in.")
	v.post(at+"/opdracht", one("opdracht", "refuse", "naam", "J. Bakker")).answers(http.StatusUnprocessableEntity).sees("Kies waarom u zelf antwoordt.")
	v.post(at+"/opdracht", one("opdracht", "erase-everything", "naam", "J. Bakker")).answers(http.StatusUnprocessableEntity)
	v.post(at+"/opdracht", one("opdracht", request.CarryOutToSubject, "grond", "other", "naam", "J. Bakker")).path(at+"/controle").
		sees("Klopt deze opdracht?", "geven ze namens u aan de persoon", "Wij doen niets voordat u dit verstuurt.", "J. Bakker", "Bakker BV")
	// The choice is for this leg alone.
	v.get("/verzoek/" + string(own) + "/2/controle").path("/verzoek/" + string(own) + "/2/opdracht")
	if i := slices.IndexFunc(v.w.calls, func(s string) bool { return strings.HasPrefix(s, "Give") }); i >= 0 {
		t.Fatalf("instructed before the check: %v", v.w.calls)
	}
	v.post(at+"/controle", nil).path(at+"/ontvangen").sees("Wij hebben uw opdracht", "I-7Q2M-K9TD-1", "J. Bakker", "vrijdag 20 november 2026, 14.14 uur", "Verzamel de gegevens en geef ze namens ons aan de persoon")
	// A second click and a way back lead to the receipt.
	v.post(at+"/controle", nil).path(at + "/ontvangen")
	v.get(at + "/opdracht").path(at + "/ontvangen")
	v.get(at).sees("Uw opdracht", "I-7Q2M-K9TD-1").seesNot("/opdracht\"")
	given := slices.DeleteFunc(slices.Clone(v.w.calls), func(s string) bool { return !strings.HasPrefix(s, "Give") })
	if diff := cmp.Diff([]string{"GiveInstruction carry-out-to-subject  by J. Bakker"}, given); diff != "" {
		t.Errorf("instructions (-want +got):\n%s", diff)
	}
	v.get("/?lijst=instructed").sees("wij voeren uw opdracht uit")

	// what may not be erased yet is said before; a copy cannot be the answer to an erasure.
	erase := "/verzoek/" + string(own) + "/2"
	v.get(erase).sees("artikel 5.1 lid 4 Bki")
	v.get(erase + "/opdracht").sees("artikel 5.1 lid 4 Bki").seesNot(request.CarryOutToSubject)
	v.post(erase+"/opdracht", one("opdracht", request.CarryOutToSubject, "naam", "x")).answers(http.StatusUnprocessableEntity)
	v.post(erase+"/opdracht", one("opdracht", "refuse", "grond", "not-ours", "naam", "J. Bakker")).sees("U antwoordt zelf.", "Dit is niet onze klant")
	v.post(erase+"/controle", nil).sees("Vergeet niet de persoon zelf te antwoorden.")
}

// Somebody else of the same company may have been ahead.
func TestOvertaken(t *testing.T) {
	v := signedIn(t)
	v.post(at+"/opdracht", one("opdracht", request.CarryOutToUs, "naam", "J. Bakker"))
	v.w.fail["GiveInstruction carry-out-to-us  by J. Bakker"] = request.Fault(request.PhaseIllegal, "x", "instruct")
	v.post(at+"/controle", nil).answers(http.StatusConflict).sees("Er is al een opdracht gegeven")
	v.w.fail["ClientView"] = fmt.Errorf("the table of Anna is away")
	v.get(at).answers(http.StatusServiceUnavailable).seesNot("Anna")
}

// A25: the address of a package stands on a page, for two minutes, and is counted.
func TestPackage(t *testing.T) {
	v := signedIn(t)
	c := v.w.legs["c1/R-7Q2M-K9TD/1"]
	c.Phase, c.Instruction = request.Reported, request.Instruction{Kind: request.CarryOutToUs, By: "client:c1/J. Bakker", At: now, Receipt: "I-7Q2M-K9TD-1"}
	c.Package = &casework.PackageStatus{Name: "R-7Q2M-K9TD-1.zip", Bytes: 2_400_000, SHA256: strings.Repeat("ab", 32), Until: "2026-12-04", Left: 3}
	v.w.legs["c1/R-7Q2M-K9TD/1"] = c
	v.get(at).sees("Haal het pakket op")
	v.get(at+"/pakket").sees("R-7Q2M-K9TD-1.zip", "2,4 MB", "vrijdag 4 december 2026").seesNot("vault.example")
	if slices.Contains(v.w.calls, "ClientRelease") {
		t.Error("a GET released it")
	}
	v.post(at+"/pakket", nil).answers(http.StatusOK).sees("Deze link werkt 2 minuten.", "Download het pakket (2,4 MB)")
	found := 0
	walk(v.doc, func(n *html.Node) {
		for _, a := range n.Attr {
			if a.Key == "href" && strings.HasPrefix(a.Val, "https://vault.example/p.zip?X-Amz-Expires=120") {
				found++
			}
		}
	})
	if found != 1 {
		t.Errorf("%d links to the file", found)
	}
	v.w.left = 0
	v.post(at+"/pakket", nil).path(at + "/pakket").seesNot("vault.example")
}

// hostile are strings that make markup, templates, headers or formulas of careless programs.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</title><svg/onload=alert(1)>`, `javascript:alert(1)`,
	`{{.}}`, `{name}{n}{client}`, `<!--`, `<style>*{display:none}</style>`, "a\x00b", "\u202egnp.exe", `&lt;script&gt;`, `<a href="//evil">x</a>`, "**bold**",
}

func outline(doc *html.Node) []string {
	var all []string
	walk(doc, func(n *html.Node) {
		s := n.Data
		for _, a := range n.Attr {
			s += " " + a.Key
			if a.Key != "value" && a.Key != "href" && a.Key != "action" {
				s += "=" + a.Val
			}
		}
		all = append(all, s)
	})
	return all
}

// A28: whatever stands in any field, every page has the elements that it has
// with a plain word, and no other.
func TestHostileText(t *testing.T) {
	walkWith := func(word string) []string {
		v := signedIn(t)
		for key, c := range v.w.legs {
			c.Text, c.File, c.Proof, c.Holdings = word, word, word, []casework.Held{{Label: word, Count: 1}}
			v.w.legs[key] = c
		}
		v.w.client.Name = word
		var all []string
		look := func() { all = append(all, outline(v.doc)...) }
		v.get("/")
		look()
		v.get(at)
		look()
		v.post(at+"/opdracht", one("opdracht", word, "grond", word, "naam", "x"+word))
		look()
		v.post(at+"/opdracht", one("opdracht", "refuse", "grond", "other", "naam", "x"+word)).path(at + "/controle")
		look()
		v.post(at+"/controle", nil).path(at + "/ontvangen")
		look()
		v.post("/inloggen", one("email", word+"@@"))
		look()
		return all
	}
	want := walkWith("woord")
	for _, word := range hostile {
		if got := walkWith(word); !slices.Equal(got, want) {
			t.Errorf("%q changes a page\n%s", word, cmp.Diff(want, got))
		}
	}
}

// The base path stands before every address of ours.
func TestBase(t *testing.T) {
	v := signedIn(t)
	h := handler(v.w)
	h.Base = "/client"
	v.h = h
	for _, path := range []string{"/client", "/client/", "/client" + at, "/client" + at + "/opdracht", at} {
		v.get(path).answers(http.StatusOK)
		walk(v.doc, func(n *html.Node) {
			for _, a := range n.Attr {
				if (a.Key == "href" || a.Key == "action") && strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "/client/") {
					t.Errorf("%s: the address %s lacks the base path", path, a.Val)
				}
			}
		})
	}
}

// Every phase and right has words in both languages.
func TestWords(t *testing.T) {
	for _, lang := range pages.Languages {
		for phase := range map[request.Phase]bool{
			request.Opened: true, request.Proving: true, request.Proven: true, request.Prepared: true, request.Deciding: true, request.Approving: true, request.Decided: true, request.Held: true,
			request.Acted: true, request.RecipientsTold: true, request.Answered: true, request.Forwarded: true, request.Instructed: true, request.Executed: true, request.Reported: true, request.Closed: true,
		} {
			for _, right := range request.Rights {
				v := signedIn(t)
				v.w.client.Language = lang
				c := v.w.legs["c1/R-7Q2M-K9TD/1"]
				c.Phase, c.Right = phase, right
				v.w.legs["c1/R-7Q2M-K9TD/1"] = c
				v.get(at).answers(http.StatusOK)
				if phase == request.Forwarded {
					v.get(at + "/opdracht").answers(http.StatusOK)
					v.post(at+"/opdracht", one("opdracht", request.CarryOutToUs, "naam", "x")).path(at + "/controle").answers(http.StatusOK)
				}
			}
		}
	}
}
