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
	for _, m := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllSubmatch(page, -1) {
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
	cmd := exec.CommandContext(t.Context(), "bash", "-c", script)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "CURL_CA_BUNDLE=" + filepath.Join(dir, "ca.pem"), "KEY=" + bakker.key, "NO_PROXY=*"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
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
}
