package server_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/opendsr/server"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

const (
	id2    = "b7551968-d5d6-44b2-9831-815ac9017798"
	id3    = "c7551968-d5d6-44b2-9831-815ac9017798"
	secret = "geheim-merkteken" // stands in hostile messages; no answer or log line may hold it
)

// Whatever comes in, the answer is a signed error object that repeats nothing,
// and nothing is registered.
func TestHostile(t *testing.T) {
	w := newWorld(t)
	bakker := w.machine("bakker")
	good := ask("access", id1, bySanne)
	swap := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("no %s in %s", old, good)
		}
		return strings.Replace(good, old, new, 1)
	}
	with := func(more string) string { return ask("access", id1, bySanne, ","+more) }
	identity := func(kind, value, format string) string {
		return ask("access", id1, fmt.Sprintf(`[{"identity_type":%q,"identity_value":%q,"identity_format":%q}]`, kind, value, format))
	}
	ext := func(domain, fields string) string { return with(`"extensions":{"` + domain + `":` + fields + `}`) }
	const domain = "opendsr.allclaims.example"
	for _, c := range []struct {
		name, body string
		status     int
		reason     string
		header     []string
	}{
		{"no body", " ", 400, "not one object of JSON", nil},
		{"a list", "[" + good + "]", 400, "not one object of JSON", nil},
		{"half of it", good[:len(good)-1], 400, "not one object of JSON", nil},
		{"something behind it", good + "{}", 400, "not one object of JSON", nil},
		{"a trailing comma", swap("}]", "}],"), 400, "not one object of JSON", nil},
		{"other characters", swap("B-30441", "B-\xff"), 400, "not one object of JSON", nil},
		{"a field twice", swap(`{"regulation"`, `{"subject_request_id":"`+id2+`","regulation"`), 400, "twice", nil},
		{"a field twice in other capitals", swap(`{"regulation"`, `{"Subject_Request_ID":"`+id2+`","regulation"`), 400, "twice", nil},
		{"deep", with(`"extensions":{"x":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + `}`), 400, "levels deep", nil},
		{"one level too deep", with(`"extensions":{"x":[[[[[]]]]]}`), 400, "levels deep", nil},
		{"another type", swap(`"gdpr"`, `7`), 400, "type that it must be", nil},
		{"no regulation", swap(`"regulation":"gdpr",`, ``), 400, "regulation field is required", nil},
		{"ccpa", swap(`"gdpr"`, `"ccpa"`), 400, "must be gdpr", nil},
		{"no id", swap(`"subject_request_id":"`+id1+`",`, ``), 400, "subject_request_id field is required", nil},
		{"an id in capitals", swap(id1, strings.ToUpper(id1)), 400, "UUID", nil},
		{"an id of version 1", swap("-44b2-", "-14b2-"), 400, "UUID", nil},
		{"an id that is a path", swap(id1, "../../"+secret), 400, "UUID", nil},
		{"no type", swap(`"subject_request_type":"access",`, ``), 400, "subject_request_type field is required", nil},
		{"another right", swap(`"access"`, `"rectification"`), 400, "access, portability or erasure", nil},
		{"no time", swap(`"submitted_time":"2026-11-13T10:00:00Z",`, ``), 400, "submitted_time field is required", nil},
		{"no such time", swap("2026-11-13T10:00:00Z", "13-11-2026"), 400, "RFC 3339", nil},
		{"tomorrow", swap("2026-11-13T10:00:00Z", "2026-11-17T10:00:00Z"), 400, "future", nil},
		{"long ago", swap("2026-11-13T10:00:00Z", "2026-08-01T10:00:00Z"), 400, "100 days", nil},
		{"api_version 3", with(`"api_version":"3.0"`), 400, "api_version", nil},
		{"nobody", ask("access", id1, `[]`), 400, "must name the person", nil},
		{"an unknown identity type", identity("phone", secret, "raw"), 400, "identity_type", nil},
		{"a device", identity("android_id", secret, "raw"), 400, "identity_type", nil},
		{"a hashed address", identity("email", secret, "sha256"), 400, "identity_format", nil},
		{"no value", identity("email", "", "raw"), 400, "identity_value", nil},
		{"a long value", identity("controller_customer_id", strings.Repeat(secret, 20), "raw"), 400, "identity_value", nil},
		{"a value of two lines", identity("controller_customer_id", secret+"\n", "raw"), 400, "identity_value", nil},
		{"no address", identity("email", secret, "raw"), 400, "no bare address", nil},
		{"a name with the address", identity("email", "x <"+secret+"@a.example>", "raw"), 400, "no bare address", nil},
		{"21 identities", ask("access", id1, "["+strings.TrimSuffix(strings.Repeat(bySanne[1:len(bySanne)-1]+",", 21), ",")+"]"), 400, "more than 20", nil},
		{"another processor's extension", ext("other.example", `{}`), 400, "another processor", nil},
		{"a right in our extension", ext(domain, `{"right":"`+secret+`"}`), 400, "do not know", nil},
		{"an extension of another type", ext(domain, `[]`), 400, "do not know", nil},
		{"a birth date that is none", ext(domain, `{"birth_date":"`+secret+`"}`), 400, "birth_date", nil},
		{"oversize", with(`"x":"` + strings.Repeat("x", server.MaxBody) + `"`), 413, "65536", nil},
		{"another content type", good, 415, "application/json", []string{"Content-Type", "text/plain"}},
		{"no content type", good, 415, "application/json", []string{"Content-Type", ""}},
		{"other characters said", good, 415, "application/json", []string{"Content-Type", "application/json; charset=utf-16"}},
		{"another processor", good, 400, "another processor", []string{"X-OpenDSR-Processor-Domain", "other.example"}},
		{"another processor, version 1", good, 400, "another processor", []string{"X-OpenGDPR-Processor-Domain", "other.example"}},
		{"no key", good, 401, "not known", []string{"Authorization", ""}},
		{"another's name on the key", good, 401, "not known", []string{"Authorization", "Bearer telstar" + strings.TrimPrefix(bakker.key, "bakker")}},
		{"half a key", good, 401, "not known", []string{"Authorization", "Bearer " + bakker.key[:len(bakker.key)-1]}},
		{"a long key", good, 401, "not known", []string{"Authorization", "Bearer bakker." + strings.Repeat(secret, 500)}},
		{"a path as a client", good, 401, "not known", []string{"Authorization", "Bearer ../x." + secret}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := bakker.call("POST", "/v2/requests", c.body, c.header...)
			if r.status != c.status || !strings.Contains(r.reason(), c.reason) {
				t.Errorf("%d %s", r.status, r.body)
			}
			if bytes.Contains(r.body, []byte(secret)) || strings.Contains(w.log.String(), secret) {
				t.Error("what was sent stands in the answer or the log")
			}
		})
	}
	if n := len(w.Requests()); n != 0 {
		t.Errorf("%d requests were registered", n)
	}
	// The largest and deepest that is taken.
	fill := server.MaxBody - len(with(`"x":""`))
	if r := bakker.call("POST", "/v2/requests", with(`"x":"`+strings.Repeat("x", fill)+`"`)); r.status != 201 {
		t.Errorf("a message of %d bytes: %d %s", server.MaxBody, r.status, r.body)
	}
	if r := bakker.call("POST", "/v2/requests", ask("access", id2, bySanne, `,"x":[[[[[]]]]]`)); r.status != 201 {
		t.Errorf("six levels: %d %s", r.status, r.body)
	}
}

// Hosts of callbacks are the client's own, public, on port 443 (A43).
func TestCallbackAddresses(t *testing.T) {
	w := newWorld(t)
	bakker := w.machine("bakker")
	for address, ok := range map[string]bool{
		"https://bakker.example/opendsr": true, "https://api.bakker.example:443/a?b=c": true, "https://API.Bakker.example/x": true,
		"http://bakker.example/": false, "https://bakker.example:8443/": false, "https://user@bakker.example/": false,
		"https://notbakker.example/": false, "https://bakker.example.evil.example/": false, "https://telstar.example/": false,
		"https://127.0.0.1/": false, "https://[::1]/": false, "https://169.254.169.254/latest/meta-data/": false,
		"https://0x7f.1/": false, "https://2130706433/": false, "https://localhost/": false, "https://10.0.0.1/": false,
		"https://[::ffff:169.254.169.254]/": false, "https://[fd00:ec2::254]/": false, "file:///etc/passwd": false,
		"gopher://bakker.example/": false, "https:///x": false, "": false, "https://bakker.example\\@169.254.169.254/": false,
		"https://bakker.example/" + strings.Repeat("x", 500): false, "//bakker.example/": false,
	} {
		body := ask("access", id1, bySanne, fmt.Sprintf(`,"status_callback_urls":[%q]`, address))
		if r := bakker.call("POST", "/v2/requests", body, "X-Id", address); ok != (r.status == 201 || r.status == 409) || !ok && !strings.Contains(r.reason(), "status_callback_urls") {
			t.Errorf("%s: %d %s", address, r.status, r.body)
		}
	}
	six := strings.TrimSuffix(strings.Repeat(`"https://bakker.example/",`, 6), ",")
	if r := bakker.call("POST", "/v2/requests", ask("access", id2, bySanne, `,"status_callback_urls":[`+six+`]`)); r.status != 400 {
		t.Errorf("six addresses: %d", r.status)
	}
}

// One id is one message, for ever; another client's is another request.
func TestReplay(t *testing.T) {
	w := newWorld(t)
	bakker, telstar := w.machine("bakker"), w.machine("telstar")
	of := map[string][]systems.Row{"bakker": w.rows("bakker"), "telstar": w.rows("telstar")}
	body := ask("erasure", id1, bySanne)
	first := bakker.call("POST", "/v2/requests", body)
	if r := bakker.call("POST", "/v2/requests", strings.Replace(body, "erasure", "access", 1)); r.status != 409 {
		t.Errorf("another message under one id: %d %s", r.status, r.body)
	}
	if r := bakker.call("POST", "/v2/requests", body+" "); r.status != 409 {
		t.Errorf("one blank more: %d", r.status)
	}
	w.PassTo(monday.Add(2 * time.Hour))
	if r := bakker.call("POST", "/v1/opengdpr_requests", body); r.status != 201 || !bytes.Equal(r.body, first.body) {
		t.Errorf("once more, when it is done: %d %s", r.status, r.body)
	}
	if n := len(w.Requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
	// Recorded and played by somebody else, it is about that one's own files.
	if r := telstar.call("POST", "/v2/requests", body); r.status != 201 || r.text("controller_id") != "telstar" {
		t.Errorf("telstar: %d %s", r.status, r.body)
	}
	w.PassTo(monday.Add(4 * time.Hour))
	if r := telstar.call("GET", "/v2/requests/"+id1, ""); r.text("request_status") != "pending" {
		t.Errorf("bakker's number with telstar: %s", r.body) // an officer looks: nobody there has it
	}
	if len(of["telstar"]) == 0 || !cmp.Equal(of["telstar"], w.rows("telstar")) {
		t.Error("telstar's files changed")
	}
	if cmp.Equal(of["bakker"], w.rows("bakker")) {
		t.Error("bakker's files did not")
	}
}

// rows are a client's files.
func (w *world) rows(client string) []systems.Row {
	var out []systems.Row
	for _, row := range w.Systems.Memory("collection").Rows() {
		if row.Text("client") == client {
			out = append(out, row)
		}
	}
	return out
}

// Every route, asked by another client: the same answer as for what does not exist.
func TestOtherClients(t *testing.T) {
	w := newWorld(t)
	bakker, telstar := w.machine("bakker"), w.machine("telstar")
	if r := bakker.call("POST", "/v2/requests", ask("access", id1, bySanne)); r.status != 201 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	w.PassTo(monday.Add(time.Hour))
	n := 0
	for _, route := range server.Routes {
		if route.Open || !strings.Contains(route.Path, "{id}") {
			continue
		}
		n++
		mine := telstar.call(route.Method, strings.ReplaceAll(route.Path, "{id}", id1), "")
		none := telstar.call(route.Method, strings.ReplaceAll(route.Path, "{id}", id3), "")
		if mine.status != 404 || !bytes.Equal(mine.body, none.body) {
			t.Errorf("%s %s: %d %s", route.Method, route.Path, mine.status, mine.body)
		}
		for _, key := range []string{"", "telstar." + secret, "nobody." + secret} {
			m := &machine{w: w, key: key}
			if r := m.call(route.Method, strings.ReplaceAll(route.Path, "{id}", id1), ""); r.status != 401 {
				t.Errorf("%s %s with the key %q: %d", route.Method, route.Path, key, r.status)
			}
		}
	}
	if n == 0 {
		t.Error("no route has an id")
	}
	if r := bakker.call("GET", "/v2/requests/"+id1, ""); r.text("request_status") != "completed" {
		t.Errorf("bakker itself: %s", r.body)
	}
	// Nothing of the request names anybody else's file: Sanne owes telstar too.
	r, err := w.Store.Load(t.Context(), w.Requests()[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Candidates {
		if c.Client != "bakker" {
			t.Errorf("a candidate of %s", c.Client)
		}
	}
	if len(r.Legs) != 1 || r.Legs[0].Client != "bakker" || r.Legs[0].Role != request.Processor || !strings.HasPrefix(r.Legs[0].Instruction.By, "client:bakker") {
		t.Errorf("legs %+v", r.Legs)
	}
}

// Taken back while pending, whether or not somebody was found; not later.
func TestCancel(t *testing.T) {
	w := newWorld(t)
	bakker := w.machine("bakker")
	before := w.rows("bakker")
	bakker.call("POST", "/v2/requests", ask("erasure", id1, bySanne))
	first := bakker.call("DELETE", "/v2/requests/"+id1, "")
	if first.status != 202 || first.text("received_time") == "" || first.text("controller_id") != "bakker" {
		t.Fatalf("%d %s", first.status, first.body)
	}
	w.PassTo(monday.Add(24 * time.Hour))
	if again := bakker.call("DELETE", "/v1/opengdpr_requests/"+id1, ""); again.status != 202 || !bytes.Equal(again.body, first.body) {
		t.Errorf("once more: %d %s", again.status, again.body)
	}
	if r := bakker.call("GET", "/v2/requests/"+id1, ""); r.text("request_status") != "cancelled" {
		t.Errorf("%s", r.body)
	}
	if !cmp.Equal(before, w.rows("bakker")) {
		t.Error("what was taken back was carried out")
	}
	// Somebody whom no file knows waits for an officer, and can be taken back too.
	bakker.call("POST", "/v2/requests", ask("access", id2, `[{"identity_type":"controller_customer_id","identity_value":"B-0","identity_format":"raw"}]`))
	w.PassTo(monday.Add(26 * time.Hour))
	if r := bakker.call("DELETE", "/v2/requests/"+id2, ""); r.status != 202 {
		t.Errorf("of nobody: %d %s", r.status, r.body)
	}
	w.PassTo(monday.Add(48 * time.Hour))
	bakker.call("POST", "/v2/requests", ask("access", id3, bySanne))
	w.PassTo(monday.Add(50 * time.Hour))
	if r := bakker.call("DELETE", "/v2/requests/"+id3, ""); r.status != 409 {
		t.Errorf("once done: %d %s", r.status, r.body)
	}
}

// Nobody is guessed: an officer looks, and may find that nobody is meant.
func TestNobody(t *testing.T) {
	for name, c := range map[string]struct {
		identities, more string
		done             bool
	}{
		"an unknown number":       {`[{"identity_type":"controller_customer_id","identity_value":"B-0","identity_format":"raw"}]`, "", false},
		"another's number":        {`[{"identity_type":"controller_customer_id","identity_value":"T-77120","identity_format":"raw"}]`, "", false},
		"another birth date":      {bySanne, `,"extensions":{"opendsr.allclaims.example":{"birth_date":"1950-01-01"}}`, false},
		"another name":            {bySanne, `,"extensions":{"opendsr.allclaims.example":{"debtor_name":"Piet Pietersen"}}`, false},
		"telstar's file":          {`[]`, `,"extensions":{"opendsr.allclaims.example":{"claim_numbers":["D-2026-00388"]}}`, false},
		"its own file":            {`[]`, `,"extensions":{"opendsr.allclaims.example":{"claim_numbers":["D-2026-00123"],"birth_date":"1991-07-08"}}`, true},
		"by address":              {`[{"identity_type":"email","identity_value":"Sanne.deGroot@voorbeeld.example","identity_format":"raw"}]`, "", true},
		"by everything at a time": {bySanne, `,"extensions":{"opendsr.allclaims.example":{"debtor_name":"S. de Groot","postcode":"1058 HZ"}}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			bakker := w.machine("bakker")
			if r := bakker.call("POST", "/v2/requests", ask("access", id1, c.identities, c.more)); r.status != 201 {
				t.Fatalf("%d %s", r.status, r.body)
			}
			w.PassTo(monday.Add(time.Hour))
			got := bakker.call("GET", "/v2/requests/"+id1, "")
			if done := got.text("request_status") == "completed"; done != c.done {
				t.Fatalf("%s", got.body)
			}
			if c.done {
				return
			}
			r, err := w.Store.Load(t.Context(), w.Requests()[0])
			if err != nil || r.Task("match", "1") == nil {
				t.Fatalf("no officer looks: %v", err)
			}
			officer := casework.Actor{ID: "jan", Roles: []string{"officer"}}
			w.Do(func(ctx context.Context) error { return w.Cases.Choose(ctx, officer, r.Reference, "1", nil) })
			got = bakker.call("GET", "/v2/requests/"+id1, "")
			if got.text("request_status") != "completed" || got.fields["results_count"] != float64(0) || got.text("results_url") != "" || !bytes.Contains(got.body, []byte(`"nothing_held"`)) {
				t.Errorf("%s", got.body)
			}
			if r, err = w.Store.Load(t.Context(), r.ID); err != nil || r.Stage != request.Done {
				t.Errorf("the request is %s: %v", r.Stage, err)
			}
		})
	}
}

// A client that registered its key must sign; either padding is good.
func TestSignedRequests(t *testing.T) {
	w := newWorld(t)
	bakker := w.machine("bakker")
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := w.Cases.Connection(t.Context(), admin, "bakker")
	if err != nil {
		t.Fatal(err)
	}
	conn.PublicKey = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	if err := w.Cases.SaveConnection(t.Context(), admin, conn); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		signs  *rsa.PrivateKey
		pss    bool
		header []string
		want   int
	}{
		{"unsigned", nil, false, nil, 403},
		{"by another", other, false, nil, 403},
		{"of another body", nil, false, []string{"X-OpenDSR-Signature", "AAAA"}, 403},
		{"no Base64", nil, false, []string{"X-OpenDSR-Signature", "!"}, 403},
		{"PKCS #1", key, false, nil, 201},
		{"PSS", key, true, nil, 201},
	} {
		bakker.signs, bakker.pss = c.signs, c.pss
		if r := bakker.call("POST", "/v2/requests", ask("access", id1, bySanne), c.header...); r.status != c.want {
			t.Errorf("%s: %d %s", c.name, r.status, r.body)
		}
	}
}

// A new key works beside the one before it; ended keys open nothing.
func TestKeys(t *testing.T) {
	w := newWorld(t)
	first := w.machine("bakker")
	var keys []*machine
	for range 2 {
		mark := rand.Text()
		k := w.newKey("bakker", mark)
		if again := w.newKey("bakker", mark); again != k {
			t.Error("a page that is sent twice makes two keys")
		}
		keys = append(keys, &machine{w: w, key: k})
	}
	if _, err := w.Cases.NewKey(t.Context(), admin, "bakker", 1, rand.Text()); !request.Conflict.Is(err) {
		t.Errorf("a key over what another administrator did: %v", err)
	}
	if _, err := w.Cases.NewKey(t.Context(), admin, "bakker", 4, ""); !request.InputRefused.Is(err) {
		t.Errorf("a key without a mark: %v", err)
	}
	for i, m := range append([]*machine{first}, keys...) {
		want := 404
		if i == 0 {
			want = 401
		}
		if r := m.call("GET", "/v2/requests/"+id1, ""); r.status != want {
			t.Errorf("key %d: %d", i, r.status)
		}
	}
	req := httptest.NewRequest(http.MethodGet, origin+"/v2/requests/"+id1, nil)
	req.SetBasicAuth("bakker", keys[1].key)
	if r := w.send(req); r.status != 404 {
		t.Errorf("Basic: %d", r.status)
	}
	if err := w.Cases.EndKeys(t.Context(), admin, "bakker"); err != nil {
		t.Fatal(err)
	}
	if r := keys[1].call("GET", "/v2/requests/"+id1, ""); r.status != 401 {
		t.Errorf("an ended key: %d", r.status)
	}
	officer := casework.Actor{ID: "jan", Roles: []string{"officer"}}
	if _, err := w.Cases.NewKey(t.Context(), officer, "bakker", 4, rand.Text()); !request.Forbidden.Is(err) {
		t.Errorf("an officer makes a key: %v", err)
	}
	for _, d := range []string{"localhost", "10.0.0.1", "*.bakker.example", "bakker.example/x", "BAKKER.example", "bakker..example", ""} {
		err := w.Cases.SaveConnection(t.Context(), admin, register.Connection{Client: "bakker", Domains: []string{d}, Rev: 5})
		if !request.InputRefused.Is(err) {
			t.Errorf("the host %q: %v", d, err)
		}
	}
}

// No answer leaves unsigned, whatever is asked; send checks each.
func TestEveryAnswerIsSigned(t *testing.T) {
	w := newWorld(t)
	bakker := w.machine("bakker")
	bakker.call("POST", "/v2/requests", ask("access", id1, bySanne))
	w.PassTo(monday.Add(time.Hour))
	paths := []string{"/", "", "/v2", "/v2/", "/v2/requests/", "/v2/requests/" + id1 + "/", "//v2/discovery", "/v2/../v2/discovery", "/v2/requests/%2e%2e", "/v2/requests/" + id1 + "/results/x", "/v3/discovery", "*", "/favicon.ico"}
	for _, r := range server.Routes {
		paths = append(paths, strings.ReplaceAll(r.Path, "{id}", id1), strings.ReplaceAll(r.Path, "{id}", "x"))
	}
	rapid.Check(t, func(r *rapid.T) {
		method := rapid.SampledFrom([]string{"GET", "POST", "DELETE", "HEAD", "PUT", "PATCH", "OPTIONS", "TRACE", "CONNECT"}).Draw(r, "method")
		path := rapid.SampledFrom(paths).Draw(r, "path")
		if rapid.Bool().Draw(r, "any") {
			path = "/" + rapid.StringMatching(`[a-zA-Z0-9/_.{}-]{0,40}`).Draw(r, "made up")
		}
		body := rapid.SampledFrom([]string{"", "{", "{}", ask("access", id1, bySanne), ask("access", id2, bySanne), ask("erasure", id1, `null`)}).Draw(r, "body")
		req := httptest.NewRequest(http.MethodPost, origin+"/", strings.NewReader(body))
		req.Method = method
		if u, err := req.URL.Parse(origin + path); err == nil {
			req.URL = u
		}
		if path == "*" {
			req.URL.Path = "*"
		}
		if rapid.Bool().Draw(r, "key") {
			req.Header.Set("Authorization", "Bearer "+bakker.key)
		}
		if rapid.Bool().Draw(r, "type") {
			req.Header.Set("Content-Type", "application/json")
		}
		if got := w.send(req); got.status >= 400 && strings.HasPrefix(got.reason(), "no error object") {
			r.Errorf("%s %s: %d %s", method, path, got.status, got.body)
		}
	})
}

// broken is a casework that fails or panics.
type broken struct{ panics bool }

func (b broken) fail() error {
	if b.panics {
		panic(secret)
	}
	return errors.New("store down")
}
func (b broken) TakeIn(context.Context, casework.Delegated) (casework.DelegatedStatus, error) {
	return casework.DelegatedStatus{}, b.fail()
}
func (b broken) DelegatedStatus(context.Context, string, string) (casework.DelegatedStatus, error) {
	return casework.DelegatedStatus{}, b.fail()
}
func (b broken) TakeBack(context.Context, string, string) (casework.DelegatedStatus, error) {
	return casework.DelegatedStatus{}, b.fail()
}
func (b broken) DelegatedRelease(context.Context, string, string) (string, error) {
	return "", b.fail()
}

// A fault of ours is a signed error object too; what cannot be signed is empty.
func TestOurFaults(t *testing.T) {
	for _, panics := range []bool{false, true} {
		w := newWorld(t)
		bakker := w.machine("bakker")
		w.handler.Cases = broken{panics}
		for _, c := range [][2]string{{"POST", "/v2/requests"}, {"GET", "/v2/requests/" + id1}, {"DELETE", "/v2/requests/" + id1}, {"GET", "/v2/requests/" + id1 + "/results"}} {
			body := ""
			if c[0] == "POST" {
				body = ask("access", id1, bySanne)
			}
			if r := bakker.call(c[0], c[1], body); r.status != 500 || !strings.HasPrefix(r.reason(), "Fault") {
				t.Errorf("%v: %d %s", c, r.status, r.body)
			}
		}
		if strings.Contains(w.log.String(), secret) {
			t.Error("the words of a panic stand in the log")
		}
	}
	w := newWorld(t)
	w.ours.err = errors.New("KMS is away")
	for _, key := range []crypto.Signer{w.ours.key, nil} {
		w.ours.key = key
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, origin+"/v2/discovery", nil))
		if rec.Code != 503 || rec.Body.Len() != 0 || rec.Header().Get("X-OpenDSR-Signature") != "" {
			t.Errorf("%d %q", rec.Code, rec.Body)
		}
	}
}

// A thousand new requests a day; what came before is no new one.
func TestPerDay(t *testing.T) {
	w := newWorld(t)
	bakker := w.machine("bakker")
	if r := bakker.call("POST", "/v2/requests", ask("access", id1, bySanne)); r.status != 201 {
		t.Fatalf("%d", r.status)
	}
	for range server.PerDay - 1 {
		if ok, err := w.Store.Take(t.Context(), "api/bakker", server.PerDay, monday.Add(24*time.Hour)); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	if r := bakker.call("POST", "/v2/requests", ask("access", id2, bySanne)); r.status != 429 || r.header.Get("Retry-After") == "" {
		t.Errorf("one more: %d %s", r.status, r.body)
	}
	if r := bakker.call("POST", "/v2/requests", ask("access", id1, bySanne)); r.status != 201 {
		t.Errorf("an old one: %d", r.status)
	}
}

// The description tells of every route, and of no other.
func TestDescription(t *testing.T) {
	w := newWorld(t)
	got := (&machine{w: w}).call("GET", "/v2/openapi.yaml", "")
	var doc struct {
		Paths      map[string]map[string]any
		Components map[string]any
	}
	if err := yaml.Unmarshal(got.body, &doc); err != nil {
		t.Fatal(err)
	}
	routes := map[string]server.Route{}
	for _, r := range server.Routes {
		routes[r.Method+" "+r.Path] = r
	}
	told := map[string]bool{}
	for path, item := range doc.Paths {
		if ref, ok := item["$ref"].(string); ok {
			item = doc.Paths[strings.ReplaceAll(strings.TrimPrefix(ref, "#/paths/"), "~1", "/")]
			if item == nil {
				t.Errorf("%s is %s, which is not there", path, ref)
			}
		}
		for method, op := range item {
			if method == "parameters" {
				continue
			}
			name := strings.ToUpper(method) + " " + path
			told[name] = true
			route, ok := routes[name]
			if !ok {
				t.Errorf("%s is told of and not served", name)
			}
			if open, ok := op.(map[string]any)["security"].([]any); (ok && len(open) == 0) != route.Open {
				t.Errorf("%s: open %v", name, route.Open)
			}
		}
	}
	for name := range routes {
		if !told[name] {
			t.Errorf("%s is served and not told of", name)
		}
	}
	// Every reference leads somewhere.
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok && strings.HasPrefix(ref, "#/components/") {
				var at any = doc.Components
				for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/components/"), "/") {
					m, _ := at.(map[string]any)
					at = m[part]
				}
				if at == nil {
					t.Errorf("%s leads nowhere", ref)
				}
			}
			for _, x := range v {
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	var whole any
	if err := yaml.Unmarshal(got.body, &whole); err != nil {
		t.Fatal(err)
	}
	walk(whole)
	if http.StatusText(got.status) != "OK" {
		t.Error(got.status)
	}
}
