package pages

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

// Answers are packed for browsers that can unpack them, and are the same then.
func TestCompress(t *testing.T) {
	long := strings.Repeat("Uw verzoek is ontvangen. ", 200)
	for name, c := range map[string]struct {
		body, encoding, accept, method string
		packed                         bool
	}{
		"a browser":             {long, "gzip, deflate, br", "text/html", "GET", true},
		"cannot unpack":         {long, "", "text/html", "GET", false},
		"does not say what":     {long, "gzip", "", "GET", false},
		"too short to be worth": {"kort", "gzip", "text/html", "GET", false},
		"head":                  {long, "gzip", "text/html", "HEAD", false},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, "/", nil)
			r.Header.Set("Accept-Encoding", c.encoding)
			r.Header.Set("Accept", c.accept)
			w := httptest.NewRecorder()
			Compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusTeapot)
				if _, err := io.WriteString(w, c.body); err != nil {
					t.Error(err)
				}
			})).ServeHTTP(w, r)
			var body io.Reader = w.Body
			if got := w.Header().Get("Content-Encoding") == "gzip"; got != c.packed {
				t.Fatalf("packed: %v, want %v", got, c.packed)
			}
			size := w.Body.Len()
			if c.packed {
				var err error
				if body, err = gzip.NewReader(w.Body); err != nil {
					t.Fatal(err)
				}
			}
			b, err := io.ReadAll(body)
			if err != nil || string(b) != c.body || w.Code != http.StatusTeapot || c.packed && size >= len(c.body) || w.Header().Get("Vary") != "Accept-Encoding" {
				t.Errorf("%d, %d bytes of %d, %v, %v", w.Code, size, len(c.body), w.Header(), err)
			}
		})
	}
}

// U-15: who comes from elsewhere gets the stylesheet within the page, and the
// policy allows just these bytes (A28).
func TestInline(t *testing.T) {
	for from, want := range map[string]bool{"": true, "none": true, "cross-site": true, "same-site": true, "same-origin": false} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Sec-Fetch-Site", from)
		if got := Arrives(r); got != want {
			t.Errorf("from %q: %v, want %v", from, got, want)
		}
	}
	set := MustLoad(fstest.MapFS{
		"words/nl.yaml": {Data: []byte("x: x")}, "words/en.yaml": {Data: []byte("x: x")}, "templates/p.html": {Data: []byte(`{{define "main"}}<p>x</p>{{end}}`)},
	})
	page := func(inline bool) string {
		b, err := set.Bytes("p", Frame{Lang: "nl", Style: StylePath, Inline: inline})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	_, rest, _ := strings.Cut(page(true), "<style>")
	css, rest, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(css))
	if len(css) < 1000 || !strings.Contains(policy, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
		t.Errorf("the policy does not allow the %d bytes of style in the page", len(css))
	}
	if i, j := strings.Index(rest, StylePath), strings.Index(rest, "<p>x</p>"); i < j {
		t.Error("the first page waits for the file")
	}
	head, _, _ := strings.Cut(page(false), "</head>")
	if !strings.Contains(head, StylePath) || strings.Contains(head, "<style>") {
		t.Errorf("the next page has no stylesheet in its head: %s", head)
	}
}
