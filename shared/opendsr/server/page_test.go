package server_test

import (
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/register"
)

// The examples of docs/OPENDSR.md are run as they stand: with curl and openssl,
// against the door that ships.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../../../docs/OPENDSR.md")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	bakker := w.machine("bakker")
	calls := 0
	srv := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/test/own-key": // what an administrator does at the desk
			key, err := io.ReadAll(r.Body)
			conn, connErr := w.Cases.Connection(t.Context(), admin, "bakker")
			conn.PublicKey = string(key)
			if err != nil || connErr != nil || w.Cases.SaveConnection(t.Context(), admin, conn) != nil {
				t.Errorf("the key of the page cannot be registered: %v %v", err, connErr)
			}
		case "/test/pass":
			w.PassTo(w.Clock.Now().Add(time.Hour))
		default:
			calls++
			w.handler.ServeHTTP(rw, r)
		}
	}))
	defer srv.Close()
	w.handler.Origin = srv.URL
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ca.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	script := "set -eu\n"
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllSubmatch(page, -1)
	takes := string(blocks[len(blocks)-1][1]) // what the client's machine does when we call it
	for _, m := range blocks[:len(blocks)-1] {
		script += string(m[1])
	}
	for old, now := range map[string]string{
		"BASE=https://opendsr.allclaims.nl\n": "BASE=" + srv.URL + "\n",
		"$(date -u +%Y-%m-%dT%H:%M:%SZ)":      monday.Format(time.RFC3339),
		"-pubout -out own.pub\n":              "-pubout -out own.pub\ncurl -sS --data-binary @own.pub \"$BASE/test/own-key\"\n",
		// The vault of this test hands out no address that curl can follow.
		"curl -sS -L -o results.zip": "cp status.json pending.json; curl -sS \"$BASE/test/pass\"; curl -sS -D results.headers -o results.json",
	} {
		if strings.Count(script, old) != 1 {
			t.Fatalf("the page has %q %d times", old, strings.Count(script, old))
		}
		script = strings.Replace(script, old, now, 1)
	}
	run := func(script string) []byte {
		cmd := exec.CommandContext(t.Context(), "bash", "-c", script)
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "CURL_CA_BUNDLE=" + filepath.Join(dir, "ca.pem"), "KEY=" + bakker.key, "NO_PROXY=*"}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return out
	}
	out := run(script)
	if n := strings.Count(string(out), "Verified OK"); n != 5 || calls < 7 {
		t.Errorf("%d answers were found to be ours after %d calls:\n%s", n, calls, out)
	}
	read := func(name string) map[string]any {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, b)
		}
		return m
	}
	if read("receipt.json")["encoded_request"] == nil || read("pending.json")["request_status"] != "pending" || read("results.json")["request_status"] != "completed" {
		t.Errorf("receipt %v, status %v, results %v", read("receipt.json"), read("pending.json"), read("results.json"))
	}
	if h, err := os.ReadFile(filepath.Join(dir, "results.headers")); err != nil || !strings.Contains(string(h), "303") {
		t.Errorf("results: %s %v", h, err)
	}
	if e, ok := read("cancelled.json")["error"].(map[string]any); !ok || e["code"] != float64(409) {
		t.Errorf("taken back when it is done: %v", read("cancelled.json"))
	}

	// A debtor asks us: our machine calls the client's, which does what the page says.
	conn, err := w.Cases.Connection(t.Context(), admin, "bakker")
	if err != nil {
		t.Fatal(err)
	}
	w.takes("api", nil)
	w.connect(register.Connection{Domains: conn.Domains, Endpoint: takesAt, PublicKey: conn.PublicKey})
	verified := 0
	w.reach(roundTrip(func(req *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		var head strings.Builder
		if err := req.Header.Write(&head); err != nil {
			return nil, err
		}
		for name, text := range map[string]string{"asked.json": string(body), "asked.headers": head.String()} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				return nil, err
			}
		}
		verified += strings.Count(string(run("set -eu\n"+regexp.MustCompile(`(?s)ours\(\) \{.*?\n\}\n`).FindString(script)+takes)), "Verified OK")
		answer, err := os.ReadFile(filepath.Join(dir, "answer.json"))
		if err != nil {
			return nil, err
		}
		signature, err := os.ReadFile(filepath.Join(dir, "answer.signature"))
		if err != nil {
			return nil, err
		}
		rec := httptest.NewRecorder()
		rec.Header().Set("X-OpenDSR-Signature", string(signature))
		rec.WriteHeader(http.StatusCreated)
		_, _ = rec.Write(answer)
		return rec.Result(), nil
	}))
	w.sanne()
	if l := w.leg(w.Requests()[len(w.Requests())-1]); verified != 1 || !l.Offer.Signed {
		t.Errorf("%d hand-overs were found to be ours, %+v", verified, l.Offer)
	}
	var shown, sent map[string]any
	if err := json.Unmarshal(regexp.MustCompile("(?s)```json\n(.*?)```").FindSubmatch(page)[1], &shown); err != nil {
		t.Fatal(err)
	}
	sent = read("asked.json")
	sent["extensions"] = map[string]any{"opendsr.allclaims.nl": sent["extensions"].(map[string]any)["opendsr.allclaims.example"]}
	if d := cmp.Diff(named(shown), named(sent)); d != "" {
		t.Errorf("the fields of the page's message (-page +sent):\n%s", d)
	}
}

// named are the fields of a message, without what stands in them.
func named(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, x := range v {
			out[name] = named(x)
		}
		return out
	case []any:
		return named(v[0])
	}
	return nil
}
