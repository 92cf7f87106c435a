package client_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/client"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/door/doortest"
	"github.com/allclaims/rightsdesk/shared/evidence"
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
	own         request.Reference = "R-7Q2M-K9TD"
	foreign     request.Reference = "R-7Q2M-K9TF" // of another client
	nobodys     request.Reference = "R-7Q2M-K9TG" // does not exist
	email                         = "privacy@bakker.example"
	deputyEmail                   = "plaatsvervanger@bakker.example"
	code                          = doortest.Code
)

var now = time.Date(2026, 11, 20, 13, 14, 0, 0, time.UTC)

// world is a strict stand-in for everything behind the clients' pages.
type world struct {
	*doortest.Drafts
	*doortest.Prover

	mu     sync.Mutex
	now    time.Time
	calls  []string
	fail   map[string]error
	legs   map[string]casework.ClientCase // by client/reference/leg
	client register.Client
	words  string // what the person wrote
	packs  int    // of a month
	left   int
}

func newWorld() *world {
	c := func(ref request.Reference, leg string, right request.Right) casework.ClientCase {
		return casework.ClientCase{
			Reference: ref, Leg: leg, Right: right, Phase: request.Forwarded, Received: now.AddDate(0, 0, -3), SafeDue: "2026-12-17", InstructBy: "2026-12-03",
			File: "D-4711", Proof: "file-channel", Holdings: []casework.Held{{Label: "Dossier", Count: 4}, {Label: "Telefoongesprekken", Count: 2}},
		}
	}
	w := &world{
		now: now, packs: 1, fail: map[string]error{}, words: "Ik wil weten wat u van mij hebt.\nAnna de Vries",
		client: register.Client{ID: "c1", Name: "Bakker BV", ContactName: "I. Bakker", Email: email, Language: request.Dutch, DeputyEmail: deputyEmail, InItsName: "yes"}, left: 3,
		legs: map[string]casework.ClientCase{
			"c1/R-7Q2M-K9TD/1": c(own, "1", request.Access), "c1/R-7Q2M-K9TD/2": c(own, "2", request.Erasure), "c2/R-7Q2M-K9TF/1": c(foreign, "1", request.Access), "c2/R-7Q2M-K9TD/3": c(own, "3", request.Access),
		},
	}
	erased := w.legs["c1/R-7Q2M-K9TD/2"]
	erased.Holdings = []casework.Held{
		{Label: "Dossier", Count: 1, Fate: casework.Fate{Action: request.RestrictAction, Until: "2028-11-20", AtLeast: true, Law: "artikel 5.1 lid 4 Bki"}},
		{Label: "Betalingen", Count: 2, Fate: casework.Fate{Action: request.KeepAction, Until: "2027-12-31", Over: 1, Law: "artikel 52 AWR"}},
		{Label: "Telefoongesprekken", Count: 2, Fate: casework.Fate{Action: request.EraseAction}},
		{Label: "Notities", Unknown: true, Fate: casework.Fate{Action: request.KeepAction, Law: "eigen besluit", Period: "Ten minste 2 jaar."}},
		{Label: "Rapporten"},
	}
	w.legs["c1/R-7Q2M-K9TD/2"] = erased
	held := c(own, "4", request.Restriction)
	held.Phase, held.LiftFrom, held.Instruction = request.Closed, "2026-11-21", request.Instruction{Kind: request.CarryOutToUs, By: "client:c1/J. Bakker", At: now, Receipt: "I-7Q2M-K9TD-4"}
	w.legs["c1/R-7Q2M-K9TD/4"] = held
	clock := func() time.Time { return w.now }
	w.Drafts = &doortest.Drafts{Now: clock}
	w.Prover = &doortest.Prover{
		Now: clock, Codes: identity.ClientCodes, Purposes: []identity.Purpose{identity.ForClient},
		Call: func(name string) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.call(name)
		},
		Exists: func(subject string) bool {
			keys, err := register.KeysOf(context.Background(), w.client, w.Key)
			return err == nil && slices.Contains(keys.All(), subject)
		},
	}
	return w
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
			f, _ := c.Flagged()
			rows = append(rows, store.ClientRow{Reference: c.Reference, Leg: c.Leg, Right: c.Right, Phase: c.Phase, SafeDue: c.SafeDue, Handed: store.Handed{Held: f != nil}})
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

func (w *world) ClientWords(_ context.Context, client string, ref request.Reference, leg string) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.call("ClientWords"); err != nil {
		return "", err
	}
	if _, c, err := w.leg(client, ref, leg); err != nil || c.Former {
		return "", err
	}
	return w.words, nil
}

func (w *world) GiveInstruction(_ context.Context, client, by string, ref request.Reference, leg string, in request.Instruction) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.call("GiveInstruction " + in.Kind + " " + in.Ground + in.Template + in.Why + " by " + by); err != nil {
		return "", err
	}
	key, c, err := w.leg(client, ref, leg)
	if err != nil {
		return "", err
	}
	if c.Phase != request.Forwarded {
		return "", request.Fault(request.PhaseIllegal, key, "instruct")
	}
	c.Phase, c.Instruction = request.Instructed, request.Instruction{Kind: in.Kind, Ground: in.Ground, Template: in.Template, By: "client:" + client + "/" + by, At: w.now, Receipt: "I-7Q2M-K9TD-" + leg, Doubt: c.Doubt(in), Why: in.Why}
	w.legs[key] = c
	return c.Instruction.Receipt, nil
}

func (w *world) SecondWord(_ context.Context, client, by string, ref request.Reference, leg string, word casework.Word) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.call("SecondWord " + strconv.Itoa(word.Flag) + " " + word.Word + " " + word.Why + " by " + by); err != nil {
		return "", err
	}
	key, c, err := w.leg(client, ref, leg)
	if err != nil {
		return "", err
	}
	f, n := c.Flagged()
	if f == nil || n != word.Flag {
		return "", request.Fault(request.PhaseIllegal, key, "answer what is not held")
	}
	c.Flags = slices.Clone(c.Flags)
	f = &c.Flags[n-1]
	f.Word, f.WordBy, f.WordAt = word.Word, "client:"+client+"/"+by, w.now
	if word.Word == request.Upheld {
		c.Phase, c.Instruction = request.Instructed, f.Instruction
		c.Instruction.Doubt, c.Instruction.Why = f.Reason, word.Why
	}
	w.legs[key] = c
	return c.Instruction.Receipt, nil
}

func (w *world) InstructLift(_ context.Context, client, by string, ref request.Reference, leg string, on request.Day) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.call("InstructLift " + string(on) + " by " + by); err != nil {
		return "", err
	}
	key, c, err := w.leg(client, ref, leg)
	if err != nil {
		return "", err
	}
	if c.LiftFrom == "" {
		return "", request.Fault(request.PhaseIllegal, key, "end what is not restricted")
	}
	if on < c.LiftFrom {
		return "", request.Fault(request.DateRefused, key, "end too soon")
	}
	c.LiftFrom, c.Lift = "", casework.Lifting{On: on, By: "client:" + client + "/" + by, At: w.now, Receipt: "I-7Q2M-K9TD-" + leg + "-L"}
	w.legs[key] = c
	return c.Lift.Receipt, nil
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

func (w *world) ClientEvidence(_ context.Context, client, month string, part int) (casework.File, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return casework.File{Name: "evidence-" + client + "-" + month + ".zip", Body: []byte("PK " + client)}, w.call(fmt.Sprintf("ClientEvidence %s %s %d", client, month, part))
}

func (w *world) ClientReport(_ context.Context, client, month string) (evidence.Report, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return evidence.Report{Made: w.now, By: "All Claims B.V.", Client: evidence.Client{ID: client, Name: w.client.Name}, Month: month, Language: w.client.Language, Packs: w.packs}, w.call("ClientReport " + client + " " + month)
}

func (w *world) Key(_ context.Context, kind, value string) (string, error) {
	if kind != "email" || value != strings.ToLower(strings.TrimSpace(value)) {
		return "", request.Fault(request.InputRefused, kind, "key what was not normalised")
	}
	sum := sha256.Sum256([]byte(value))
	return fmt.Sprintf("%x", sum[:16]), nil
}

func (w *world) ClientByEmail(ctx context.Context, key string) (register.Contact, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	keys, err := register.KeysOf(ctx, w.client, w.Key)
	if err != nil || !slices.Contains(keys.All(), key) {
		return register.Contact{}, request.Fault(request.NotFound, "", "find a client")
	}
	return register.Contact{Client: w.client, Deputy: keys.Deputy == key}, nil
}

func handler(w *world) *client.Handler {
	return &client.Handler{
		Cases: w, Proof: w, Keys: w, Register: w, Site: door.Site{
			Drafts: w, Now: func() time.Time { return w.now }, Random: &doortest.Random{}, Log: slog.New(slog.DiscardHandler),
			House: letters.House{Email: "info@allclaims.nl", Phone: "085 123 45 67", Address: "Postbus 1, 1234 AB Utrecht"},
		},
	}
}

// visitor is a client's browser.
type visitor struct {
	*doortest.Visitor
	w *world
}

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	w := newWorld()
	h := handler(w)
	h.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	return &visitor{doortest.NewVisitor(t, h), w}
}

// signedIn is a client who typed a code.
func signedIn(t *testing.T) *visitor {
	t.Helper()
	v := newVisitor(t)
	v.Post("/inloggen", one("email", email, "taal", "nl"))
	v.Post("/code", one("code", code)).Sees("Bakker BV: verzoeken van uw klanten")
	v.w.calls = nil
	return v
}

// Short names of what every test uses.
var (
	one, walk = doortest.Form, doortest.Walk
)

func pathOf(route client.Route, ref request.Reference, leg string) string {
	return strings.NewReplacer("{ref}", url.PathEscape(string(ref)), "{leg}", url.PathEscape(leg), "{$}", "", "{file}", strings.TrimPrefix(pages.StylePath, "/static/")).Replace(route.Path)
}

func fullForm() url.Values {
	return one("email", email, "code", code, "opdracht", request.CarryOutToUs, "grond", "other", "brief", request.FormalLetter, "naam", "J. Bakker")
}

const at = "/verzoek/" + string(own) + "/1"

// A26: for every route × every foreign leg: 404, the same body for every cause.
func TestForeign(t *testing.T) {
	v := signedIn(t)
	first := v.Get("/nothing").Answers(http.StatusNotFound)
	// Where nobody is signed in the page knows no client; here it must.
	v.Get("/verzoek/" + string(nobodys) + "/1").Answers(http.StatusNotFound)
	body := v.Body
	if !strings.Contains(body, "Deze pagina bestaat niet") || !strings.Contains(first.Body, "Deze pagina bestaat niet") {
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
			v.Take(v.RoundTrip(route.Method, path, form), path).Answers(http.StatusNotFound)
			if v.Body != body {
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
		v.Take(v.RoundTrip(method, at+"/pakket", url.Values{}), at+"/pakket").Answers(http.StatusNotFound)
		if v.Body != body {
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
		resp := v.RoundTrip(route.Method, pathOf(route, own, "1"), fullForm())
		if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/inloggen" || len(v.w.calls) > 0 {
			t.Errorf("%s %s: %d to %s, did %v", route.Method, route.Path, resp.StatusCode, resp.Header.Get("Location"), v.w.calls)
		}
	}
}

// asDeputy is a deputy who typed a code.
func asDeputy(t *testing.T) *visitor {
	t.Helper()
	v := newVisitor(t)
	v.Post("/inloggen", one("email", deputyEmail, "taal", "nl"))
	v.Post("/code", one("code", code)).Sees("Bakker BV: verzoeken van uw klanten")
	v.w.calls = nil
	return v
}

// a deputy reads what the contact reads, and on no route instructs, lets a
// restriction end or takes a package; every leg, own or not, is refused alike.
func TestDeputy(t *testing.T) {
	v := asDeputy(t)
	c := v.w.legs["c1/R-7Q2M-K9TD/4"]
	c.Package = &casework.PackageStatus{Name: "R-7Q2M-K9TD-4.zip", Until: "2026-12-04", Left: 3}
	v.w.legs["c1/R-7Q2M-K9TD/4"] = c
	bodies, refused := map[string]bool{}, 0
	for _, route := range client.Routes() {
		if route.Open || route.Path == "/langer" {
			continue
		}
		if route.Method == http.MethodPost && !route.Acts {
			t.Errorf("a deputy may post to %s", route.Path)
		}
		if !route.Acts {
			if resp := v.RoundTrip(route.Method, pathOf(route, own, "4"), nil); resp.StatusCode >= http.StatusBadRequest {
				t.Errorf("%s %s answers a deputy %d", route.Method, route.Path, resp.StatusCode)
			}
			continue
		}
		for _, l := range []struct {
			ref request.Reference
			leg string
		}{{own, "1"}, {own, "4"}, {foreign, "1"}, {nobodys, "1"}} {
			v.w.calls = nil
			refused++
			path := pathOf(route, l.ref, l.leg)
			v.Take(v.RoundTrip(route.Method, path, fullForm()), path).Answers(http.StatusForbidden).
				Sees("Alleen I. Bakker (privacy@bakker.example) kan antwoorden.", "Er is niets vastgelegd.")
			bodies[v.Body] = true
			if len(v.w.calls) > 0 {
				t.Errorf("%s %s did %v", route.Method, path, v.w.calls)
			}
		}
	}
	if refused < 40 || len(bodies) != 1 {
		t.Errorf("%d pairs were tried, with %d answers", refused, len(bodies))
	}
	v.Get("/").Sees("wacht op u").SeesNot("Geef opdracht")
	v.Get(at).Sees("Ik wil weten wat u van mij hebt.", "Dossier: 4", "U bent plaatsvervanger", "Alleen I. Bakker (privacy@bakker.example) kan antwoorden").SeesNot("/opdracht\"", "Geef opdracht")
	v.Get("/verzoek/"+string(own)+"/4").Sees("I-7Q2M-K9TD-4").SeesNot("/einde\"", "/pakket\"")
	v.Get("/verzoek/" + string(foreign) + "/1").Answers(http.StatusNotFound)
	// Who becomes the contact may act from that moment on, and who is taken out is out.
	v.w.client.Email, v.w.client.DeputyEmail = deputyEmail, email
	v.Get(at + "/opdracht").Answers(http.StatusOK)
	v.w.client.Email, v.w.client.DeputyEmail = email, ""
	v.Get(at).Path("/inloggen")
}

// A16: a known and an unknown address get the same answers, byte for byte.
func TestKnownAndUnknown(t *testing.T) {
	walkOf := func(address string) []string {
		v := newVisitor(t)
		var seen []string
		step := func() { seen = append(seen, fmt.Sprint(v.Status, " ", v.At, " ", v.Body)) }
		v.Post("/inloggen", one("email", address))
		step()
		for range 6 {
			v.Post("/code", one("code", "99999999"))
			step()
		}
		for range identity.ClientCodes {
			v.Post("/code", one("actie", "nieuw"))
			step()
		}
		seen = append(seen, strings.Join(v.w.calls, " "))
		return seen
	}
	unknown := walkOf("somebody@else.example")
	for _, known := range []string{email, deputyEmail} {
		if diff := cmp.Diff(walkOf(known), unknown); diff != "" {
			t.Errorf("known and unknown differ:\n%s", diff)
		}
	}
}

func TestSignIn(t *testing.T) {
	v := newVisitor(t)
	v.Get("/").Path("/inloggen").Sees("Log in als opdrachtgever")
	v.Get("/inloggen?taal=en").Sees("Sign in as a client")
	v.Post("/inloggen", one("email", "no address", "taal", "nl")).Answers(http.StatusUnprocessableEntity).Sees("Kijk uw e-mailadres na.")
	if len(v.w.calls) > 0 {
		t.Errorf("did %v", v.w.calls)
	}
	v.Post("/inloggen", one("email", " Privacy@Bakker.example ", "taal", "en")).Path("/code").Sees("Type the code from your e-mail", "14:24")
	v.Post("/code", one("code", "123")).Sees("You typed 3.")
	v.Post("/code", one("code", "0482 17-36")).Path("/").Sees("Bakker BV: verzoeken van uw klanten")
	v.w.client.Language = request.English
	v.Get("/").Sees("Bakker BV: requests of your customers", "You are signed in until 14:44.")
	v.w.now = now.Add(20 * time.Minute)
	v.Post("/langer", nil).Sees("You are signed in until 15:04.")
	// Who is taken out of the register is out.
	v.w.client.Email = "new@bakker.example"
	v.Get("/").Path("/inloggen")
	v.w.client.Email = email
	v.Get("/").Path("/")
	old := v.Cookies()
	v.Post("/uitloggen", nil).Path("/uitgelogd")
	v.Jar.SetCookies(doortest.Origin, old)
	v.Get("/").Path("/inloggen")
	if len(v.w.Kept()) != 0 {
		t.Error("a visit stays behind")
	}
	v = signedIn(t)
	v.w.now = now.Add(31 * time.Minute)
	v.Get("/").Path("/inloggen")
}

// Signing in for another address begins anew: nothing comes along (A23).
func TestNewSignInNewSecret(t *testing.T) {
	v := signedIn(t)
	old := v.Cookies()[0].Value
	v.Post("/inloggen", one("email", "somebody@else.example"))
	if v.Cookies()[0].Value == old {
		t.Error("the secret stays")
	}
	v.Get("/").Path("/inloggen")
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
			for _, c := range v.Cookies() {
				r.AddCookie(c)
			}
			if name != "" {
				r.Header.Set(name, value)
			} else if route.Path == "/uitloggen" {
				continue // it would end the session of this test
			} else {
				r.Header.Set("Sec-Fetch-Site", "same-doortest.Origin")
			}
			w := httptest.NewRecorder()
			v.Site.ServeHTTP(w, r)
			if got := w.Header().Get("Content-Security-Policy"); got != doortest.Policy() {
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

// R-25, 18(3): a client lets its restriction end: a day to come, who says so, one
// look at what follows, and only then the instruction; the receipt stays.
func TestLift(t *testing.T) {
	const held = "/verzoek/" + string(own) + "/4"
	v := signedIn(t)
	v.Get(held).Answers(http.StatusOK).Sees("Het gebruik staat stil", "Laat het stilzetten eindigen")
	v.Get(held+"/einde").Sees("Op zijn vroegst zaterdag 21 november 2026", "U vertelt de persoon")
	v.Post(held+"/einde", url.Values{}).Answers(http.StatusUnprocessableEntity).Sees("zaterdag 21 november 2026 of later", "Vul uw naam in.")
	v.Post(held+"/einde", one("dag", "20 11 2026", "naam", "J. Bakker")).Answers(http.StatusUnprocessableEntity).Sees("Zoals 21 11 2026.")
	// What was chosen for another leg, or nothing, is not what is confirmed.
	v.Get(held + "/einde/controle").Path(held + "/einde")
	v.Post(held+"/einde/controle", nil).Path(held + "/einde")
	v.Post(at+"/opdracht", one("opdracht", request.CarryOutToUs, "naam", "J. Bakker")).Path(at + "/controle")
	v.Get(held + "/einde/controle").Path(held + "/einde")
	v.Post(held+"/einde", one("dag", "30 november 2026", "naam", "J. Bakker")).Path(held+"/einde/controle").Sees("Laat het stilzetten eindigen op maandag 30 november 2026", "Namens", "Bakker BV", "Wij doen dat niet voor u")
	v.Get(at + "/controle").Path(at + "/opdracht")
	if slices.ContainsFunc(v.w.calls, func(c string) bool { return strings.HasPrefix(c, "InstructLift") }) {
		t.Fatalf("the end was instructed before it was confirmed: %v", v.w.calls)
	}
	v.Post(held+"/einde/controle", nil).Path(held+"/einde/ontvangen").Sees("I-7Q2M-K9TD-4-L", "maandag 30 november 2026", "J. Bakker").SeesNot("client:c1")
	if !slices.Contains(v.w.calls, "InstructLift 2026-11-30 by J. Bakker") {
		t.Errorf("did %v", v.w.calls)
	}
	v.Get(held).Sees("Het stilzetten eindigt", "I-7Q2M-K9TD-4-L").SeesNot("/einde\"")
	v.w.calls = nil
	v.Post(held+"/einde/controle", nil).Path(held + "/einde/ontvangen") // the same click twice
	v.Get(held + "/einde").Path(held + "/einde/ontvangen")
	if slices.ContainsFunc(v.w.calls, func(c string) bool { return strings.HasPrefix(c, "InstructLift") }) {
		t.Errorf("a second click instructs again: %v", v.w.calls)
	}
	// Where nothing is restricted there is nothing to end.
	v.Get(at + "/einde").Path(at)
	v.Post(at+"/einde", one("dag", "30 11 2026", "naam", "J. Bakker")).Path(at)
	v.Get(at + "/einde/ontvangen").Path(at)

	// Midnight passed since the choice: the day is asked again.
	v = signedIn(t)
	v.Post(held+"/einde", one("dag", "21 11 2026", "naam", "J. Bakker"))
	v.w.fail["InstructLift 2026-11-21 by J. Bakker"] = request.Fault(request.DateRefused, "", "end today")
	v.Post(held+"/einde/controle", nil).Path(held + "/einde")
}

// R-22, I-6: the client sees as what somebody asks for its debtor, in words for
// every capacity and in both languages.
func TestAskedBy(t *testing.T) {
	v := signedIn(t)
	v.Get(at).SeesNot("Gevraagd namens de persoon door")
	for _, lang := range pages.Languages {
		v.w.client.Language = lang
		for _, capacity := range identity.Capacities() {
			c := v.w.legs["c1/R-7Q2M-K9TD/1"]
			c.AskedBy, c.Authority = capacity.Code, identity.MandateAsked
			v.w.legs["c1/R-7Q2M-K9TD/1"] = c
			v.Get(at).Answers(http.StatusOK).Sees(map[request.Language]string{request.Dutch: "zagen het nog niet", request.English: "have not seen it yet"}[lang])
		}
	}
}

// Only what a POST of the check page gives is an instruction.
func TestInstruct(t *testing.T) {
	v := signedIn(t)
	v.Get("/").Sees("Te doen 2", "do 17 dec 2026", "nog 19 werkdagen", "wacht op u", "Geef opdracht").SeesNot("Anna", "D-4711")
	v.Get(at).Sees("Ik wil weten wat u van mij hebt.", "D-4711", "Dossier: 4", "Telefoongesprekken: 2", "Zonder uw opdracht doen wij niets met de gegevens.", "donderdag 3 december 2026", "een code die naar")
	v.Get(at + "/opdracht").SeesNot(" checked")
	v.Get(at + "/controle").Path(at + "/opdracht")
	v.Post(at+"/controle", fullForm()).Path(at + "/opdracht")
	v.Post(at+"/opdracht", one()).Answers(http.StatusUnprocessableEntity).Sees("Kies wat wij moeten doen.", "Vul uw naam in.")
	v.Post(at+"/opdracht", one("opdracht", "refuse", "naam", "J. Bakker")).Answers(http.StatusUnprocessableEntity).Sees("Kies waarom u zelf antwoordt.")
	v.Post(at+"/opdracht", one("opdracht", request.RestrictInstead, "naam", "x")).Answers(http.StatusUnprocessableEntity)
	v.Post(at+"/opdracht", one("opdracht", "erase-everything", "naam", "J. Bakker")).Answers(http.StatusUnprocessableEntity)
	v.Post(at+"/opdracht", one("opdracht", request.CarryOutToSubject, "naam", "J. Bakker")).Answers(http.StatusUnprocessableEntity).Sees("Kies welke brief wij in uw naam sturen.")
	v.Post(at+"/opdracht", one("opdracht", request.CarryOutToSubject, "grond", "other", "brief", request.ShortLetter, "naam", "J. Bakker")).Path(at+"/controle").
		Sees("Klopt deze opdracht?", "geven ze namens u aan de persoon", "Korte brief", "Wij doen niets voordat u dit verstuurt.", "J. Bakker", "Bakker BV")
	// The choice is for this leg alone.
	v.Get("/verzoek/" + string(own) + "/2/controle").Path("/verzoek/" + string(own) + "/2/opdracht")
	if i := slices.IndexFunc(v.w.calls, func(s string) bool { return strings.HasPrefix(s, "Give") }); i >= 0 {
		t.Fatalf("instructed before the check: %v", v.w.calls)
	}
	v.Post(at+"/controle", nil).Path(at+"/ontvangen").Sees("Wij hebben uw opdracht", "I-7Q2M-K9TD-1", "J. Bakker", "vrijdag 20 november 2026, 14.14 uur", "Verzamel de gegevens en antwoord de persoon in onze naam", "Korte brief")
	// A second click and a way back lead to the receipt.
	v.Post(at+"/controle", nil).Path(at + "/ontvangen")
	v.Get(at + "/opdracht").Path(at + "/ontvangen")
	v.Get(at).Sees("Uw opdracht", "I-7Q2M-K9TD-1").SeesNot("/opdracht\"")
	given := slices.DeleteFunc(slices.Clone(v.w.calls), func(s string) bool { return !strings.HasPrefix(s, "Give") })
	if diff := cmp.Diff([]string{"GiveInstruction carry-out-to-subject short by J. Bakker"}, given); diff != "" {
		t.Errorf("instructions (-want +got):\n%s", diff)
	}
	v.Get("/?lijst=instructed").Sees("wij voeren uw opdracht uit")

	// what may not be erased yet is said before; what the agreement does not have is not offered.
	erase := "/verzoek/" + string(own) + "/2"
	v.Get(erase).Sees("artikel 5.1 lid 4 Bki")
	// before it instructs, the client reads which part must stay, why and until when.
	fates := []string{
		"Dossier: kunnen wij nog niet wissen. Het dossier is open: wij zetten het stil, ten minste tot en met maandag 20 november 2028 (artikel 5.1 lid 4 Bki).",
		"Betalingen: kunnen wij nog niet wissen. Wij bewaren het tot en met vrijdag 31 december 2027 (artikel 52 AWR). 1 daarvan wissen wij wel: die termijn is voorbij.",
		"Telefoongesprekken: wissen wij.", "Notities: nu niet te zien.", "Ten minste 2 jaar. Zo lang kunnen wij het niet wissen (eigen besluit).",
	}
	// 28(3), last sentence: said before it is given.
	v.Post(erase+"/opdracht", one("opdracht", "refuse", "grond", "unproven", "naam", "J. Bakker")).Path(erase+"/controle").Sees("Volgens ons mag deze opdracht niet", "artikel 12 lid 6 AVG")
	v.Post(erase+"/opdracht", one("opdracht", "refuse", "grond", "answered", "naam", "J. Bakker")).Path(erase + "/controle").SeesNot("Volgens ons mag deze opdracht niet")
	v.Get(erase + "/opdracht").Sees(fates...).SeesNot("Rapporten")
	v.Post(erase+"/opdracht", one("opdracht", request.CarryOutToUs, "naam", "J. Bakker")).Path(erase + "/controle").Sees(fates...)
	v.Post(erase+"/opdracht", one("opdracht", request.RestrictInstead, "naam", "J. Bakker")).Path(erase+"/controle").
		Sees("Wis niets, maar zet alles stil", "Wij bewaren alles en gebruiken het niet meer.").SeesNot("wissen wij.")
	v.Post(erase+"/opdracht", one("opdracht", request.CarryOutToSubject, "brief", request.FormalLetter, "naam", "J. Bakker")).
		Sees("schrijven wij de persoon namens u", "Formele brief", "Wissen is niet terug te draaien")
	for _, agreed := range []string{"no", ""} {
		v.w.client.InItsName = agreed
		v.Get(erase+"/opdracht").Sees("artikel 5.1 lid 4 Bki", "Dat staat nog niet in uw overeenkomst met ons. Bel 085 123 45 67").SeesNot(request.CarryOutToSubject, "Korte brief")
		v.Post(erase+"/opdracht", one("opdracht", request.CarryOutToSubject, "brief", request.FormalLetter, "naam", "x")).Answers(http.StatusUnprocessableEntity)
	}
	v.Post(erase+"/opdracht", one("opdracht", "refuse", "grond", "not-ours", "naam", "J. Bakker")).Sees("U antwoordt zelf.", "Dit is niet onze klant")
	v.Post(erase+"/controle", nil).Answers(http.StatusUnprocessableEntity).Sees("Schrijf in hoogstens 1000 tekens waarom.", "Waarom wilt u het toch?")
	v.Post(erase+"/controle", one("waarom", strings.Repeat("a", casework.MaxWhy+1))).Answers(http.StatusUnprocessableEntity)
	v.Post(erase+"/controle", one("waarom", "Het is een\nandere klant.")).Sees("Vergeet niet de persoon zelf te antwoorden.", "Wij lieten u weten dat die volgens ons niet mag")
	if want := "GiveInstruction refuse not-oursHet is een\nandere klant. by J. Bakker"; !slices.Contains(v.w.calls, want) {
		t.Errorf("the calls are %q, without %q", v.w.calls, want)
	}
}

// flagged holds the instruction of leg 2, with one that was answered before.
func flagged(w *world) string {
	c := w.legs["c1/R-7Q2M-K9TD/2"]
	in := request.Instruction{Kind: request.CarryOutToUs, By: "client:c1/J. Bakker", At: now.AddDate(0, 0, -1), Receipt: "I-7Q2M-K9TD-2"}
	c.Flags = []request.Flag{
		{Reason: "duty", Words: "Dit moet blijven.", By: "o-1", At: now.Add(-20 * time.Hour), Instruction: in, Word: request.TakenBack, WordBy: in.By, WordAt: now.Add(-10 * time.Hour)},
		{Reason: "others", Words: "In het dossier staan gegevens van een buurman.", By: "o-1", At: now.Add(-time.Hour), Instruction: in},
	}
	w.legs["c1/R-7Q2M-K9TD/2"] = c
	return "/verzoek/" + string(own) + "/2"
}

// 28(3), last sentence: what we hold, why, and the client's second word.
func TestSecondWord(t *testing.T) {
	v := signedIn(t)
	to := "/verzoek/" + string(own) + "/2"
	v.Get(to + "/tweede-woord").Path(to) // nothing is held
	v.Post(to+"/tweede-woord", one("woord", "0", "antwoord", "withdrawn", "naam", "J. Bakker")).Path(to)
	flagged(v.w)
	v.Get("/").Sees("staat stil: wacht op u", "Zeg wat wij moeten doen")
	v.Get(to).Sees("Wij voeren uw opdracht nog niet uit", "gegevens van iemand anders", "gegevens van een buurman", "Dit moet blijven.", "ingetrokken,").SeesNot("Geef opdracht")
	v.Get(to + "/opdracht").Sees("gegevens van een buurman")
	v.Post(to+"/opdracht", one("opdracht", request.CarryOutToUs, "naam", "J. Bakker")).Answers(http.StatusUnprocessableEntity).Sees("Deze opdracht staat stil.")
	v.Post(to+"/opdracht", one("opdracht", request.RestrictInstead, "naam", "J. Bakker")).Path(to + "/controle")
	word := to + "/tweede-woord"
	v.Get(word).Sees("Voer de opdracht toch uit", "Wij trekken de opdracht in", "donderdag 17 december 2026")
	v.Post(word, one("woord", "2")).Answers(http.StatusUnprocessableEntity).Sees("Kies wat wij moeten doen.")
	v.Post(word, one("woord", "2", "antwoord", "upheld", "naam", "J. Bakker")).Answers(http.StatusUnprocessableEntity).Sees("Schrijf in hoogstens 1000 tekens waarom.")
	v.Post(word, one("woord", "1", "antwoord", "upheld", "waarom", "x", "naam", "J. Bakker")).Path(word) // an old page
	v.Post(word, one("woord", "2", "antwoord", "changed")).Path(to + "/opdracht")
	if i := slices.IndexFunc(v.w.calls, func(c string) bool { return strings.HasPrefix(c, "SecondWord") }); i >= 0 {
		t.Fatalf("it did %s", v.w.calls[i])
	}
	v.Post(word, one("woord", "2", "antwoord", "upheld", "waarom", "De buurman\ntekende.", "naam", "J. Bakker")).Path(to+"/ontvangen").
		Sees("Wij lieten u weten dat die volgens ons niet mag", "gegevens van iemand anders", "tekende.")
	if want := "SecondWord 2 upheld De buurman\ntekende. by J. Bakker"; !slices.Contains(v.w.calls, want) {
		t.Errorf("the calls are %q, without %q", v.w.calls, want)
	}
	v.Post(word, one("woord", "2", "antwoord", "withdrawn", "naam", "J. Bakker")).Path(to) // it is said already
	flagged(v.w)
	c := v.w.legs["c1/R-7Q2M-K9TD/2"]
	c.Phase, c.Instruction = request.Forwarded, request.Instruction{}
	v.w.legs["c1/R-7Q2M-K9TD/2"] = c
	v.Post(word, one("woord", "2", "antwoord", "withdrawn", "naam", "J. Bakker")).Path(to).Sees("Geef opdracht", "ingetrokken,")
}

// Somebody else of the same company may have been ahead.
func TestOvertaken(t *testing.T) {
	v := signedIn(t)
	v.Post(at+"/opdracht", one("opdracht", request.CarryOutToUs, "naam", "J. Bakker"))
	v.w.fail["GiveInstruction carry-out-to-us  by J. Bakker"] = request.Fault(request.PhaseIllegal, "x", "instruct")
	v.Post(at+"/controle", nil).Answers(http.StatusConflict).Sees("Er is al een opdracht gegeven")
	v.w.fail["ClientView"] = fmt.Errorf("the table of Anna is away")
	v.Get(at).Answers(http.StatusServiceUnavailable).SeesNot("Anna")
}

// A25: the address of a package stands on a page, for two minutes, and is counted.
func TestPackage(t *testing.T) {
	v := signedIn(t)
	c := v.w.legs["c1/R-7Q2M-K9TD/1"]
	c.Phase, c.Instruction = request.Reported, request.Instruction{Kind: request.CarryOutToUs, By: "client:c1/J. Bakker", At: now, Receipt: "I-7Q2M-K9TD-1"}
	c.Package = &casework.PackageStatus{Name: "R-7Q2M-K9TD-1.zip", Bytes: 2_400_000, SHA256: strings.Repeat("ab", 32), Until: "2026-12-04", Left: 3}
	v.w.legs["c1/R-7Q2M-K9TD/1"] = c
	v.Get(at).Sees("Haal het pakket op")
	v.Get(at+"/pakket").Sees("R-7Q2M-K9TD-1.zip", "2,4 MB", "vrijdag 4 december 2026").SeesNot("vault.example")
	if slices.Contains(v.w.calls, "ClientRelease") {
		t.Error("a GET released it")
	}
	v.Post(at+"/pakket", nil).Answers(http.StatusOK).Sees("Deze link werkt 2 minuten.", "Download het pakket (2,4 MB)")
	found := 0
	walk(v.Doc, func(n *html.Node) {
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
	v.Post(at+"/pakket", nil).Path(at + "/pakket").SeesNot("vault.example")
}

// what shows a month is the signed-in client's own, whatever the address says.
func TestMonth(t *testing.T) {
	v := signedIn(t)
	v.Get("/").Sees("Maandoverzicht en bewijs")
	v.Get("/maand").Answers(http.StatusOK).Sees("november 2026", "Download het bewijs (zip)", "december 2024")
	v.Get("/maand?maand=2023-05").Sees("mei 2023")
	for path, kind := range map[string]string{"/maand/verslag.pdf?maand=2026-10&client=c2": "application/pdf", "/maand/verslag.csv?maand=2026-10&client=c2": "text/csv; charset=utf-8"} {
		v.w.calls = nil
		resp := v.RoundTrip(http.MethodGet, path, nil)
		if resp.Header.Get("Content-Type") != kind || !strings.Contains(resp.Header.Get("Content-Disposition"), "report-c1-2026-10") || !slices.Equal(v.w.calls, []string{"ClientReport c1 2026-10"}) {
			t.Errorf("%s answers %v and did %v", path, resp.Header, v.w.calls)
		}
	}
	for path, month := range map[string]string{
		"/maand/bewijs.zip?maand=2026-10": "2026-10", "/maand/bewijs.zip?maand=2026-13": "2026-11", "/maand/bewijs.zip?maand=2026-10&client=c2&opdrachtgever=c2": "2026-10",
	} {
		v.w.calls = nil
		resp := v.RoundTrip(http.MethodGet, path, nil)
		body, err := io.ReadAll(resp.Body)
		if err != nil || string(body) != "PK c1" || resp.Header.Get("Content-Type") != "application/zip" || resp.Header.Get("Content-Disposition") != `attachment; filename="evidence-c1-`+month+`.zip"` {
			t.Errorf("%s answers %q, %v, %v", path, body, resp.Header, err)
		}
		if !slices.Equal(v.w.calls, []string{"ClientEvidence c1 " + month + " 1"}) {
			t.Errorf("%s did %v", path, v.w.calls)
		}
	}
	v.Get("/maand").Sees("Download het bewijs (zip)").SeesNot("deel 1 van")
	v.w.packs = 3
	v.Get("/maand").Sees("Download het bewijs, deel 1 van 3 (zip)", "Download het bewijs, deel 3 van 3 (zip)").SeesNot("deel 4 van")
	v.w.calls = nil
	v.RoundTrip(http.MethodGet, "/maand/bewijs.zip?maand=2026-10&deel=3", nil)
	if !slices.Equal(v.w.calls, []string{"ClientEvidence c1 2026-10 3"}) {
		t.Errorf("the third pack: %v", v.w.calls)
	}
	v.w.fail["ClientReport c1 2026-11"] = request.Fault(request.TooMany, "c1", "read more requests of a month")
	v.Get("/maand").Answers(http.StatusUnprocessableEntity).Sees("Deze maand is te groot", "meer dan 2.000 verzoeken")
}

// A28: whatever stands in any field, every page has the elements that it has
// with a plain word, and no other.
func TestHostileText(t *testing.T) {
	walkWith := func(word string) []string {
		v := signedIn(t)
		for key, c := range v.w.legs {
			c.File, c.Proof, c.Holdings = word, word, []casework.Held{{Label: word, Count: 1}}
			v.w.legs[key] = c
		}
		v.w.client.Name, v.w.words = word, word
		var all []string
		look := func() { all = append(all, doortest.Outline(v.Doc)...) }
		v.Get("/")
		look()
		v.Get(at)
		look()
		v.Post(at+"/opdracht", one("opdracht", word, "grond", word, "naam", "x"+word))
		look()
		v.Post(at+"/opdracht", one("opdracht", "refuse", "grond", "other", "naam", "x"+word)).Path(at + "/controle")
		look()
		v.Post(at+"/controle", nil).Path(at + "/ontvangen")
		look()
		v.Post("/inloggen", one("email", word+"@@"))
		look()
		return all
	}
	want := walkWith("woord")
	for _, word := range doortest.Hostile {
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
	v.Site = h
	for _, path := range []string{"/client", "/client/", "/client" + at, "/client" + at + "/opdracht", at} {
		v.Get(path).Answers(http.StatusOK)
		walk(v.Doc, func(n *html.Node) {
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
				v.Get(at).Answers(http.StatusOK)
				if phase == request.Forwarded {
					v.Get(at + "/opdracht").Answers(http.StatusOK)
					v.Post(at+"/opdracht", one("opdracht", request.CarryOutToUs, "naam", "x")).Path(at + "/controle").Answers(http.StatusOK)
				}
			}
		}
	}
}

// R-29, route by route: a client that is gone is out, whoever signs in; one that
// is bankrupt, or sold its claims, reads back by its contact alone and acts on
// nothing; what another decides about now is history.
func TestGoneReads(t *testing.T) {
	for _, c := range []struct {
		state  string
		deputy bool
		reads  bool
	}{{"gone", false, false}, {"gone", true, false}, {"bankrupt", false, true}, {"bankrupt", true, false}, {"sold", false, true}, {"sold", true, false}} {
		t.Run(fmt.Sprint(c.state, c.deputy), func(t *testing.T) {
			v := signedIn(t)
			if c.deputy {
				v = asDeputy(t)
			}
			v.w.client.State = c.state
			acted := 0
			for _, route := range client.Routes() {
				if route.Open {
					continue
				}
				v.w.calls = nil
				resp := v.RoundTrip(route.Method, pathOf(route, own, "1"), fullForm())
				switch {
				case !c.reads && (resp.StatusCode != http.StatusSeeOther || !strings.HasSuffix(resp.Header.Get("Location"), "/inloggen")):
					t.Errorf("%s %s answers %d", route.Method, route.Path, resp.StatusCode)
				case c.reads && route.Acts && resp.StatusCode != http.StatusForbidden:
					t.Errorf("%s %s answers %d", route.Method, route.Path, resp.StatusCode)
				case c.reads && !route.Acts && resp.StatusCode >= http.StatusBadRequest:
					t.Errorf("%s %s answers %d", route.Method, route.Path, resp.StatusCode)
				}
				if route.Acts || !c.reads {
					acted++
					if len(v.w.calls) > 0 {
						t.Errorf("%s %s did %v", route.Method, route.Path, v.w.calls)
					}
				}
			}
			if acted < 9 {
				t.Errorf("%d routes were tried", acted)
			}
			if c.reads {
				v.Get("/").Sees("Geen opdracht", "u beslist hier niet meer over").SeesNot("Geef opdracht", "wacht op u", "wachten op u", "Te doen", "werkdagen")
				v.Get(at+"/opdracht").Sees("U beslist hier niet meer over", "Er is niets vastgelegd.")
			}
			// An administrator writes who decides, and that one is in at once.
			v.w.client.State = ""
			v.Get(at).Answers(http.StatusOK)
		})
	}
	v := signedIn(t)
	c := v.w.legs["c1/R-7Q2M-K9TD/1"]
	c.Phase, c.Former, c.Holdings = request.Forwarded, true, nil
	v.w.legs["c1/R-7Q2M-K9TD/1"] = c
	v.Get(at).Answers(http.StatusOK).Sees("Volgens onze gegevens beslist u niet meer", "u beslist hier niet meer over").SeesNot("wacht op u")
	c.Phase, c.Moved = request.Closed, true
	v.w.legs["c1/R-7Q2M-K9TD/1"] = c
	v.Get(at).Answers(http.StatusOK).Sees("beslist nu een andere organisatie", "u beslist hier niet meer over").SeesNot("Wat uw klant schreef", "Geef opdracht", "verslag", "Opdracht aan ons uiterlijk", "Antwoord de persoon uiterlijk")
}
