package edge

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Answers are packed for browsers that can unpack them, and are the same then.
func TestCompress(t *testing.T) {
	long := strings.Repeat("Uw verzoek is ontvangen. ", 200)
	for name, c := range map[string]struct {
		body, encoding, method string
		packed                 bool
	}{
		"a browser":             {long, "gzip, deflate, br", "GET", true},
		"cannot unpack":         {long, "", "GET", false},
		"too short to be worth": {"kort", "gzip", "GET", false},
		"head":                  {long, "gzip", "HEAD", false},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, "/", nil)
			r.Header.Set("Accept-Encoding", c.encoding)
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
