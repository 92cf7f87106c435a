package server_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/infra/demo"
	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/casework/caseworktest"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/opendsr/opendsrtest"
	"github.com/allclaims/rightsdesk/shared/opendsr/server"
	"github.com/allclaims/rightsdesk/shared/register"
	tables "github.com/allclaims/rightsdesk/shared/systems/memory"
)

// This file is a client's machine as its engineer would write it from the
// contract: HTTP, JSON and RSA, and nothing of ours.

var monday = time.Date(2026, time.November, 16, 8, 0, 0, 0, time.UTC)

const origin = "https://opendsr.allclaims.example"

var admin = casework.Actor{ID: "beheer", Roles: []string{"administrator"}}

// pair is how the desk of these tests signs.
type pair struct {
	key  crypto.Signer
	cert []byte
	err  error
}

func (p *pair) Signer(context.Context) (crypto.Signer, []byte, error) { return p.key, p.cert, p.err }

// world is the whole desk with its machine's door.
type world struct {
	*caseworktest.World
	handler *server.Handler
	ours    *pair
	log     bytes.Buffer
}

// signed reports whether a call of ours is signed by the key of our certificate.
func (w *world) signed(req *http.Request, body []byte) bool {
	w.T.Helper()
	block, _ := pem.Decode(w.ours.cert)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		w.T.Error(err)
		return false
	}
	sig, err := base64.StdEncoding.DecodeString(req.Header.Get("X-OpenDSR-Signature"))
	sum := sha256.Sum256(body)
	return err == nil && rsa.VerifyPKCS1v15(cert.PublicKey.(*rsa.PublicKey), crypto.SHA256, sum[:], sig) == nil
}

func newWorld(t *testing.T) *world {
	t.Helper()
	held := tables.New(inventory.Default())
	c := demo.Everything()
	for id, rows := range c.Rows {
		if id == "collection" {
			held.Memory(id).Put(rows...)
		}
	}
	w := &world{World: caseworktest.New(t, monday, held, demo.Clients())}
	p := opendsrtest.New(t)
	w.ours = &pair{key: p.Key, cert: p.Issue(t, "opendsr.allclaims.example")}
	w.handler = &server.Handler{
		Cases: w.Cases, Machines: w.Cases, Counter: w.Store, Identity: w.ours, Origin: origin, Now: w.Clock.Now,
		Log: slog.New(slog.NewJSONHandler(&w.log, nil)),
	}
	return w
}

// machine is one client's machine.
type machine struct {
	w     *world
	key   string
	signs *rsa.PrivateKey
	pss   bool
}

// machine registers a client's machine.
func (w *world) machine(client string) *machine {
	w.T.Helper()
	err := w.Cases.SaveConnection(w.T.Context(), admin, register.Connection{Client: client, Domains: []string{client + ".example"}})
	if err != nil {
		w.T.Fatal(err)
	}
	return &machine{w: w, key: w.newKey(client, rand.Text())}
}

// newKey makes a key as a page with that mark does.
func (w *world) newKey(client, mark string) string {
	w.T.Helper()
	conn, err := w.Cases.Connection(w.T.Context(), admin, client)
	if err != nil {
		w.T.Fatal(err)
	}
	key, err := w.Cases.NewKey(w.T.Context(), admin, client, conn.Rev, mark)
	if err != nil {
		w.T.Fatal(err)
	}
	return key
}

// reply is an answer with a signature that was checked.
type reply struct {
	status int
	header http.Header
	body   []byte
	fields map[string]any
}

func (r reply) text(name string) string { s, _ := r.fields[name].(string); return s }

// reason is that of a refusal.
func (r reply) reason() string {
	e, _ := r.fields["error"].(map[string]any)
	list, _ := e["errors"].([]any)
	if len(list) != 1 || e["code"] != float64(r.status) {
		return "no error object: " + string(r.body)
	}
	one, _ := list[0].(map[string]any)
	return fmt.Sprint(one["reason"], ": ", one["message"])
}

// call makes one call over the wire and checks the signature of its answer.
func (m *machine) call(method, path, body string, header ...string) reply {
	m.w.T.Helper()
	req := httptest.NewRequest(method, origin+path, strings.NewReader(body))
	if m.key != "" {
		req.Header.Set("Authorization", "Bearer "+m.key)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if m.signs != nil {
		sum := sha256.Sum256([]byte(body))
		sig, err := rsa.SignPKCS1v15(nil, m.signs, crypto.SHA256, sum[:])
		if m.pss {
			sig, err = rsa.SignPSS(rand.Reader, m.signs, crypto.SHA256, sum[:], nil)
		}
		if err != nil {
			m.w.T.Fatal(err)
		}
		req.Header.Set("X-OpenDSR-Signature", base64.StdEncoding.EncodeToString(sig))
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return m.w.send(req)
}

// send serves a call and checks that its answer is signed by the certificate.
func (w *world) send(req *http.Request) reply {
	w.T.Helper()
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, req)
	body, err := io.ReadAll(rec.Result().Body)
	if err != nil {
		w.T.Fatal(err)
	}
	r := reply{status: rec.Code, header: rec.Result().Header, body: body}
	block, _ := pem.Decode(w.ours.cert)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, names := range [][2]string{{"X-OpenDSR-Processor-Domain", "X-OpenDSR-Signature"}, {"X-OpenGDPR-Processor-Domain", "X-OpenGDPR-Signature"}} {
		sig, err := base64.StdEncoding.DecodeString(r.header.Get(names[1]))
		sum := sha256.Sum256(body)
		if err != nil || rsa.VerifyPKCS1v15(cert.PublicKey.(*rsa.PublicKey), crypto.SHA256, sum[:], sig) != nil {
			w.T.Errorf("%s %s: the answer is not signed: %d %s", req.Method, req.URL.Path, r.status, body)
		}
		if r.header.Get(names[0]) != "opendsr.allclaims.example" {
			w.T.Errorf("%s %s: domain %q", req.Method, req.URL.Path, r.header.Get(names[0]))
		}
	}
	if r.header.Get("Cache-Control") != "no-store" {
		w.T.Errorf("%s %s may be cached", req.Method, req.URL.Path)
	}
	if strings.HasPrefix(r.header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(body, &r.fields); err != nil {
			w.T.Errorf("%s %s: %v", req.Method, req.URL.Path, err)
		}
	}
	return r
}

const id1 = "a7551968-d5d6-44b2-9831-815ac9017798"

// sanne is a debtor of two clients; this is bakker's number for her.
const bySanne = `[{"identity_type":"controller_customer_id","identity_value":"B-30441","identity_format":"raw"}]`

func ask(kind, id, identities string, more ...string) string {
	return fmt.Sprintf(`{"regulation":"gdpr","subject_request_id":%q,"subject_request_type":%q,"submitted_time":"2026-11-13T10:00:00Z","subject_identities":%s%s}`,
		id, kind, identities, strings.Join(more, ""))
}

// The whole road of a copy: discover, hand over, follow, fetch.
func TestAccess(t *testing.T) {
	w := newWorld(t)
	bakker := w.machine("bakker")

	open := &machine{w: w}
	d := open.call("GET", "/v2/discovery", "")
	if d.status != 200 || d.text("processor_certificate") != origin+"/cert.pem" || d.text("api_version") != "2.0" {
		t.Fatalf("discovery: %s", d.body)
	}
	if c := open.call("GET", "/cert.pem", ""); !bytes.Equal(c.body, w.ours.cert) {
		t.Fatalf("certificate: %s", c.body)
	}

	body := ask("access", id1, bySanne)
	first := bakker.call("POST", "/v2/requests", body)
	if first.status != 201 || first.text("controller_id") != "bakker" || first.text("subject_request_id") != id1 ||
		first.text("encoded_request") != base64.StdEncoding.EncodeToString([]byte(body)) ||
		first.text("received_time") != "2026-11-16T08:00:00Z" || first.text("expected_completion_time") != "2026-11-30T23:00:00Z" {
		t.Fatalf("receipt %d: %s", first.status, first.body)
	}
	if again := bakker.call("POST", "/v2/requests", body); again.status != 201 || !bytes.Equal(again.body, first.body) || len(w.Requests()) != 1 {
		t.Fatalf("the same message once more: %d %s", again.status, again.body)
	}
	if got := bakker.call("GET", "/v2/requests/"+id1, ""); got.text("request_status") != "pending" {
		t.Fatalf("at first: %s", got.body)
	}
	w.PassTo(monday.Add(time.Hour))
	got := bakker.call("GET", "/v2/status/"+id1, "")
	if got.status != 200 || got.text("request_status") != "completed" || got.text("results_url") != origin+"/v2/requests/"+id1+"/results" || got.fields["results_count"].(float64) < 1 {
		t.Fatalf("in the end: %s", got.body)
	}
	res := bakker.call("GET", "/v2/requests/"+id1+"/results", "")
	if res.status != 303 || res.header.Get("Location") == "" {
		t.Fatalf("results: %d %s", res.status, res.body)
	}
	// Who knows the reference and asks for a code gets none: the person asked the
	// client, and hears from the client alone.
	r, err := w.Store.Load(t.Context(), w.Requests()[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, purpose := range []identity.Purpose{identity.ForProof, identity.ForStatus, identity.ForPackage} {
		w.Do(func(ctx context.Context) error {
			_, err := w.Prover.Ask(ctx, "a secret of some browser, long enough", purpose, string(r.Reference))
			return err
		})
	}
	for _, m := range w.Mailbox {
		if m.Letter.To.Kind != "client" && m.Letter.To.Kind != "house" {
			t.Errorf("%s went to the %s", m.Letter.Order.Kind, m.Letter.To.Kind)
		}
	}
}

// Each type is carried out; what the law keeps of an open file is said.
func TestEveryType(t *testing.T) {
	for kind, want := range map[string]struct {
		outcome string
		results bool
	}{"access": {"fulfilled", true}, "portability": {"fulfilled", true}, "erasure": {"partly_retained", false}} {
		w := newWorld(t)
		bakker := w.machine("bakker")
		if r := bakker.call("POST", "/v2/requests", ask(kind, id1, bySanne)); r.status != 201 {
			t.Fatalf("%s: %d %s", kind, r.status, r.body)
		}
		w.PassTo(monday.Add(time.Hour))
		got := bakker.call("GET", "/v2/requests/"+id1, "")
		if got.text("request_status") != "completed" || !bytes.Contains(got.body, []byte(`"outcome":"`+want.outcome+`"`)) || (got.text("results_url") != "") != want.results {
			t.Errorf("%s: %s", kind, got.body)
		}
		if r := bakker.call("GET", "/v2/requests/"+id1+"/results", ""); (r.status == 303) != want.results || !want.results && r.status != 404 {
			t.Errorf("results of %s: %d %s", kind, r.status, r.body)
		}
	}
}

// The results can be fetched five times, and for two weeks (A25, X-11).
func TestResultsEnd(t *testing.T) {
	w := newWorld(t)
	bakker := w.machine("bakker")
	bakker.call("POST", "/v2/requests", ask("access", id1, bySanne))
	w.PassTo(monday.Add(time.Hour))
	for n := range 6 {
		want := 303
		if n == 5 {
			want = 429
		}
		if r := bakker.call("GET", "/v2/requests/"+id1+"/results", ""); r.status != want {
			t.Errorf("fetch %d: %d %s", n+1, r.status, r.body)
		}
	}
	w.PassTo(monday.AddDate(0, 0, 16))
	if got := bakker.call("GET", "/v2/requests/"+id1, ""); got.text("results_url") != "" || got.text("request_status") != "completed" {
		t.Errorf("after two weeks: %s", got.body)
	}
	if r := bakker.call("GET", "/v2/requests/"+id1+"/results", ""); r.status != 404 {
		t.Errorf("after two weeks: %d", r.status)
	}
}

// Machines written for the drafts of OpenGDPR, and those that end an address
// with a slash, send what these do: a version of theirs, null where nothing is
// said, a media type in capitals, Basic.
func TestOldMachines(t *testing.T) {
	w := newWorld(t)
	bakker := w.machine("bakker")
	basic := base64.StdEncoding.EncodeToString([]byte("bakker:" + bakker.key))
	old := []string{"Authorization", "Basic " + basic, "Content-Type", "Application/JSON", "GDPR-Version", "0.1"}
	body := fmt.Sprintf(`{"subject_request_id":%q,"subject_request_type":"access","submitted_time":"2026-11-16T09:00:00.123+01:00","api_version":"0.1",`+
		`"status_callback_urls":null,"subject_identities":%s,"extensions":null}`+"\n", id1, bySanne)
	first := bakker.call("POST", "/v1/opengdpr_requests", body, old...)
	if first.status != 201 || first.text("controller_id") != "bakker" || first.text("encoded_request") != base64.StdEncoding.EncodeToString([]byte(body)) {
		t.Fatalf("%d %s", first.status, first.body)
	}
	if r := bakker.call("POST", "/v2/requests/", body, old...); r.status != 201 || !bytes.Equal(r.body, first.body) {
		t.Errorf("with a slash: %d %s", r.status, r.body)
	}
	for _, address := range []string{"/v1/opengdpr_requests/" + id1, "/v2/requests/" + id1 + "/", "/v1/status/" + id1} {
		if r := bakker.call("GET", address, "", old...); r.status != 200 || r.text("request_status") != "pending" || r.text("subject_request_id") != id1 {
			t.Errorf("%s: %d %s", address, r.status, r.body)
		}
	}
	for _, address := range []string{"/v2/requests//", "/v2/requests//" + id1, "//", "/v2/requests/" + id1 + "//"} {
		if r := bakker.call("GET", address, "", old...); r.status != 404 {
			t.Errorf("%s: %d %s", address, r.status, r.body)
		}
	}
	if r := bakker.call("DELETE", "/v1/opengdpr_requests/"+id1+"/", "", old...); r.status != 202 {
		t.Errorf("taken back: %d %s", r.status, r.body)
	}
}
