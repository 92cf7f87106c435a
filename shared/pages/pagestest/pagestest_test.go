package pagestest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/pages/pagestest"
)

// A bad page is seen to be bad in every way that we look for; a good one is not.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	b := pagestest.Start(t)
	b.Shots = t.TempDir()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.URL.Path == "/good" {
			fmt.Fprint(w, `<!doctype html><html lang="nl"><head><title>Goed</title><meta name="viewport" content="width=device-width"><style>p{color:#222;background:#fff}</style></head>`+
				`<body><main><h1>Goed</h1><p>Niets aan de hand.</p></main></body></html>`)
			return
		}
		fmt.Fprint(w, `<!doctype html><html><head><title>Slecht</title><meta name="viewport" content="width=device-width"><style>p{color:#bbb;background:#fff}</style></head>`+
			`<body><h1>Slecht</h1><p>Grijs op wit</p><img src="http://127.0.0.1:9/x.png"><script>0</script><div style="width:1400px;height:1px"></div>`+
			`<button style="width:10px;height:10px;padding:0">x</button>`+"<!--"+strings.Repeat("x", 16<<10)+"-->"+`</body></html>`)
	}))
	defer site.Close()
	if faults := b.Faults(t, pagestest.Page{Name: "pagestest-good", URL: site.URL + "/good"}); len(faults) > 0 {
		t.Errorf("a good page has faults: %s", strings.Join(faults, "\n"))
	}
	faults := strings.Join(b.Faults(t, pagestest.Page{Name: "pagestest-bad", URL: site.URL + "/bad"}), "\n")
	for _, want := range []string{
		"axe color-contrast", "axe html-has-lang", "axe image-alt", "scrolls sideways", "at 320 px", "too small a target", "bytes of HTML", "scripts on a page", "asks others: http://127.0.0.1:9/x.png",
		"-360-light", "-360-dark", "-1280-light", "-1280-dark",
	} {
		if !strings.Contains(faults, want) {
			t.Errorf("not seen: %s, in\n%s", want, faults)
		}
	}
}
