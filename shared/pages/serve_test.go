package pages

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

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
