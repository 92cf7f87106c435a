package pages_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

// tokens reads the colours of the stylesheet: the first block is light, the
// second, within the dark query, is dark.
func tokens(t *testing.T) (light, dark map[string]string) {
	t.Helper()
	css := string(pages.Stylesheet())
	token := regexp.MustCompile(`--([a-z-]+): (#[0-9A-F]{6});`)
	read := func(block string) map[string]string {
		found := map[string]string{}
		for _, m := range token.FindAllStringSubmatch(block, -1) {
			found[m[1]] = m[2]
		}
		return found
	}
	at := strings.Index(css, "@media (prefers-color-scheme: dark)")
	end := strings.Index(css, "/* Base */")
	if at < 0 || end < at {
		t.Fatal("the stylesheet has lost its two blocks of tokens")
	}
	return read(css[:at]), read(css[at:end])
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	part := func(s string) float64 {
		n, err := strconv.ParseUint(s, 16, 8)
		if err != nil {
			t.Fatalf("colour %q: %v", hex, err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(hex[1:3]) + 0.7152*part(hex[3:5]) + 0.0722*part(hex[5:7])
}

func contrast(t *testing.T, a, b string) float64 {
	la, lb := luminance(t, a), luminance(t, b)
	if la < lb {
		la, lb = lb, la
	}
	return (la + 0.05) / (lb + 0.05)
}

// U-12: every pair of colours that is used together can be read, in both schemes.
func TestTokensContrast(t *testing.T) {
	light, dark := tokens(t)
	const text, control, focus = 4.5, 3, 9
	pairs := []struct {
		front, back string
		least       float64
	}{
		{"ink", "paper", text}, {"ink", "ground", text}, {"soft", "paper", text}, {"soft", "ground", text},
		{"brand", "paper", text}, {"brand", "ground", text}, {"brand-hover", "paper", text}, {"brand-hover", "ground", text},
		{"on-brand", "brand", text}, {"on-brand", "brand-hover", text}, {"visited", "paper", text}, {"visited", "ground", text},
		{"danger", "paper", text}, {"danger", "danger-bg", text}, {"on-danger", "danger", text}, {"danger", "ground", text},
		{"warn", "warn-bg", text}, {"warn", "paper", text}, {"ok", "ok-bg", text}, {"info", "info-bg", text},
		{"ink", "info-bg", text}, {"ink", "ok-bg", text}, {"ink", "warn-bg", text}, {"ink", "danger-bg", text},
		{"soft", "ok-bg", text}, {"soft", "info-bg", text}, {"brand", "info-bg", text}, {"brand", "ok-bg", text}, {"brand", "warn-bg", text}, {"brand", "danger-bg", text},
		{"edge", "paper", control}, {"edge", "ground", control}, {"brand", "paper", control}, {"danger", "paper", control},
		{"focus-out", "focus-in", focus},
	}
	for scheme, colours := range map[string]map[string]string{"light": light, "dark": dark} {
		for _, p := range pairs {
			front, back := colours[p.front], colours[p.back]
			if front == "" || back == "" {
				t.Errorf("%s: no token %s or %s", scheme, p.front, p.back)
				continue
			}
			if got := contrast(t, front, back); got < p.least {
				t.Errorf("%s: %s on %s is %.2f, want at least %.1f", scheme, p.front, p.back, got, p.least)
			}
		}
	}
	if len(light) != len(dark) {
		t.Errorf("light has %d colours, dark %d", len(light), len(dark))
	}
}

// U-14: small, and nothing from elsewhere.
func TestStylesheetIsSmallAndAlone(t *testing.T) {
	css := pages.Stylesheet()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(css); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if len(css) > 20<<10 || b.Len() > 6<<10 {
		t.Errorf("stylesheet has %d bytes, %d compressed; want at most 20 KB and 6 KB", len(css), b.Len())
	}
	for _, banned := range []string{"url(", "@import", "@font-face", "http:", "https:", "animation", "transition"} {
		if bytes.Contains(css, []byte(banned)) {
			t.Errorf("stylesheet holds %q", banned)
		}
	}
	// Colours stand in the tokens only, but for black and white in print.
	_, rest, _ := strings.Cut(string(css), "/* Base */")
	for _, colour := range regexp.MustCompile(`#[0-9A-Fa-f]{3,8}\b`).FindAllString(rest, -1) {
		if colour != "#000000" && colour != "#FFFFFF" {
			t.Errorf("colour %s stands outside the tokens", colour)
		}
	}
}

func TestServeStyle(t *testing.T) {
	for path, want := range map[string]int{pages.StylePath: 200, "/static/pages-000000000000.css": 404} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			w := httptest.NewRecorder()
			pages.ServeStyle(w, httptest.NewRequest(method, path, nil))
			if w.Code != want {
				t.Errorf("%s %s: %d, want %d", method, path, w.Code, want)
			}
			if method == http.MethodHead && w.Body.Len() > 0 {
				t.Errorf("HEAD %s has a body", path)
			}
		}
	}
}

func TestWordsRefuseWhatDiffers(t *testing.T) {
	for name, files := range map[string][2]string{
		"a key in one language":   {"a: x\nb: y\n", "a: x\n"},
		"a place in one language": {"a: x {n}\n", "a: x\n"},
		"an empty text":           {"a: ''\n", "a: x\n"},
	} {
		fsys := fstest.MapFS{"w/nl.yaml": {Data: []byte(files[0])}, "w/en.yaml": {Data: []byte(files[1])}}
		if _, err := pages.LoadWords(fsys, "w"); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

// A28, A35: what is filled in is neither markup nor a place to fill.
func TestWordsFill(t *testing.T) {
	fsys := fstest.MapFS{
		"w/nl.yaml": {Data: []byte("a: Dag **{name}**, {other}\n")},
		"w/en.yaml": {Data: []byte("a: Hello **{name}**, {other}\n")},
	}
	words, err := pages.LoadWords(fsys, "w")
	if err != nil {
		t.Fatal(err)
	}
	got, err := words.Rich(request.Dutch, "a", "name", "<b>{other}** & co", "other", "x")
	if want := "Dag <strong>&lt;b&gt;{other}** &amp; co</strong>, x"; err != nil || string(got) != want {
		t.Errorf("Rich = %q, %v; want %q", got, err, want)
	}
	if _, err := words.Say(request.Dutch, "a", "name", "x"); err == nil {
		t.Error("an open place was accepted")
	}
	if _, err := words.Say(request.Dutch, "nothing"); err == nil {
		t.Error("an unknown key was accepted")
	}
}

func TestDates(t *testing.T) {
	at := time.Date(2026, 11, 20, 21, 14, 0, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{pages.Day(request.Dutch, "2026-12-21"), "maandag 21 december 2026"},
		{pages.Day(request.English, "2026-12-21"), "Monday 21 December 2026"},
		{pages.Day(request.Dutch, ""), ""},
		{pages.ShortDay(request.Dutch, "2026-03-02"), "ma 2 mrt 2026"},
		{pages.Moment(request.Dutch, at), "vrijdag 20 november 2026, 22.14 uur"},
		{pages.Hour(request.English, at), "22:14"},
		{string(pages.Date(time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC))), "2027-01-01"},
		{pages.Size(request.Dutch, 2_412_345), "2,4 MB"},
		{pages.Size(request.English, 2_412_345), "2.4 MB"},
		{pages.Size(request.Dutch, 12), "1 kB"},
		{fmt.Sprint(pages.Month("mrt"), pages.Month("Maart"), pages.Month("oct."), pages.Month("okt"), pages.Month("x"), pages.Month("augustus")), "3 3 10 10 0 8"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestFrameRenders(t *testing.T) {
	words, err := pages.LoadWords(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{"t/one.html": {Data: []byte(`{{define "main"}}<h1>x</h1>{{template "field" .F}}{{end}}`)}}
	set, err := pages.Load(fsys, "t", words)
	if err != nil {
		t.Fatal(err)
	}
	b, err := set.Bytes("one", struct {
		pages.Frame
		F pages.Field
	}{
		pages.Frame{Lang: "nl", Title: "<x>", Faults: []pages.Fault{{Place: "naam", Text: "Vul in."}}, Help: &pages.Help{Email: "a@b.nl", Phone: "085 123"}},
		pages.Field{ID: "naam", Label: "Naam", Hint: "h", Error: "Vul in.", Lang: "nl", Optional: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<html lang="nl">`, `<title>&lt;x&gt;</title>`, `id="fouten" tabindex="-1"`, `href="#naam"`, `aria-describedby="naam-hint naam-fault"`,
		`aria-invalid="true"`, `(niet verplicht)`, `href="tel:085123"`, `href="mailto:a@b.nl"`,
	} {
		if !strings.Contains(string(b), want) {
			t.Errorf("page lacks %s\n%s", want, b)
		}
	}
}
