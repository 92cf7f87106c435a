package door_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/door/doortest"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/request"
)

var site = func() *pages.Set {
	words := func(missing string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("site.name: Loket\npage.missing.title: " + missing + "\npage.broken.title: B\npage.busy.title: D\n")}
	}
	return pages.MustLoad(fstest.MapFS{
		"words/nl.yaml": words("Weg"), "words/en.yaml": words("Gone"),
		"templates/fault.html": {Data: []byte(`{{define "main"}}<h1>{{.Heading}}</h1>{{end}}`)},
	})
}()

// open is a door at 9 o'clock whose clock moves by what is added to it.
func open(t *testing.T) (*door.Door, *time.Duration) {
	t.Helper()
	var later time.Duration
	now := func() time.Time { return time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC).Add(later) }
	return &door.Door{
		Pages: site, Site: door.Site{Drafts: &doortest.Drafts{Now: now}, Now: now, Random: &doortest.Random{}, Log: slog.New(slog.DiscardHandler)},
	}, &later
}

// visit is one request of that visitor, with its cookies.
func visit(d *door.Door, cookies []*http.Cookie) (door.Visit, *httptest.ResponseRecorder) {
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	return d.Visit(w, r, request.Dutch), w
}

// A record is found by its cookie only, for as long as it lives, and is gone
// with its cookie.
func TestRecord(t *testing.T) {
	d, later := open(t)
	k := door.Record{Cookie: "bezoek", Life: time.Hour}
	v, w := visit(d, nil)
	if err := d.Save(v, k, "typed"); err != nil {
		t.Fatal(err)
	}
	cookies := w.Result().Cookies()
	if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteLaxMode || cookies[0].MaxAge != 3600 || cookies[0].Secure {
		t.Fatalf("cookies %v", cookies)
	}
	load := func(cookies []*http.Cookie) string {
		var got string
		v, _ := visit(d, cookies)
		if _, err := d.Load(v, k, &got); err != nil {
			t.Fatal(err)
		}
		return got
	}
	for name, c := range map[string]struct {
		cookies []*http.Cookie
		want    string
	}{
		"its own":        {cookies, "typed"},
		"none":           {nil, ""},
		"another's":      {[]*http.Cookie{{Name: "bezoek", Value: strings.Repeat("x", 43)}}, ""},
		"not ours":       {[]*http.Cookie{{Name: "bezoek", Value: "x"}}, ""},
		"another record": {[]*http.Cookie{{Name: "werk", Value: cookies[0].Value}}, ""},
	} {
		if got := load(c.cookies); got != c.want {
			t.Errorf("%s: loaded %q, want %q", name, got, c.want)
		}
	}
	v, w = visit(d, cookies)
	if err := d.Save(v, k, "more"); err != nil || w.Result().Cookies()[0].Value != cookies[0].Value || load(cookies) != "more" {
		t.Errorf("saving again makes another visitor: %v", err)
	}
	v, w = visit(d, cookies)
	if err := d.SaveNew(v, k, "fresh"); err != nil || w.Result().Cookies()[0].Value == cookies[0].Value {
		t.Errorf("a new record has the old secret (A23): %v", err)
	}
	*later = time.Hour
	if got := load(cookies); got != "" {
		t.Errorf("after its life a record says %q", got)
	}
	*later = 0
	v, w = visit(d, cookies)
	if err := d.Drop(v, k); err != nil || w.Result().Cookies()[0].MaxAge != -1 || load(cookies) != "" {
		t.Errorf("a record stays after Drop: %v", err)
	}
	d.Secure = true
	v, w = visit(d, nil)
	if err := d.Save(v, k, "x"); err != nil || w.Result().Cookies()[0].Name != "__Host-bezoek" || !w.Result().Cookies()[0].Secure {
		t.Errorf("over https: %v, %v", w.Result().Cookies(), err)
	}
}

// What goes wrong becomes a page; what the site has no words for is our fault.
func TestServe(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		says   string
	}{
		"found nothing":   {request.Fault(request.NotFound, "x", "find"), 404, "Weg"},
		"too often":       {request.Fault(request.TooMany, "x", "ask"), 429, "D"},
		"no words for it": {request.Fault(request.SamePerson, "x", "approve"), 503, "B"},
		"a fault of ours": {errors.New("the table is away"), 503, "B"},
		"wrapped":         {errors.Join(request.Fault(request.NotFound, "x", "find")), 404, "Weg"},
		"a panic":         {nil, 500, "B"},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := open(t)
			v, w := visit(d, nil)
			d.Serve(v, func() error {
				if c.err == nil {
					panic("no such key")
				}
				return c.err
			}, func(status int, kind string) error {
				return d.Show(v, status, "fault", door.Fault{Frame: pages.Frame{Lang: v.Lang}, Heading: v.Say("page." + kind + ".title")})
			})
			if w.Code != c.status || !strings.Contains(w.Body.String(), "<h1>"+c.says+"</h1>") {
				t.Errorf("%d: %s", w.Code, w.Body)
			}
			if retry := w.Header().Get("Retry-After"); (c.status == 429) != (retry != "") {
				t.Errorf("Retry-After %q with %d", retry, c.status)
			}
		})
	}
	// Even without pages there is an answer.
	d, _ := open(t)
	v, w := visit(d, nil)
	d.Serve(v, func() error { return io.ErrUnexpectedEOF }, func(int, string) error { return io.ErrUnexpectedEOF })
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("without pages: %d", w.Code)
	}
}

// A27, A28: every answer has the headers, posts from elsewhere are refused, and
// the base path is taken off where it was left on.
func TestGuard(t *testing.T) {
	for name, c := range map[string]struct {
		base, path, method, from string
		status                   int
		to                       string
	}{
		"look":                {"", "/", "GET", "cross-site", 204, ""},
		"post":                {"", "/", "POST", "same-origin", 204, ""},
		"post from elsewhere": {"", "/", "POST", "cross-site", 418, ""},
		"below a base":        {"/desk", "/desk/", "GET", "", 204, ""},
		"base taken off":      {"/desk", "/", "GET", "", 204, ""},
		"bare base":           {"/desk", "/desk", "GET", "", 302, "/desk/"},
		"not the base":        {"/desk", "/desktop", "GET", "", 404, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := open(t)
			d.Base = c.base
			mux := http.NewServeMux()
			mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
			h := d.Guard(mux, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
			r := httptest.NewRequest(c.method, c.path, nil)
			r.Header.Set("Sec-Fetch-Site", c.from)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != c.status || w.Header().Get("Location") != c.to || w.Header().Get("Content-Security-Policy") == "" {
				t.Errorf("%d to %q, with %v", w.Code, w.Header().Get("Location"), w.Header())
			}
		})
	}
}

// A34: what no keyboard sends is dropped.
func TestClean(t *testing.T) {
	for typed, want := range map[string][2]string{
		"Anna":              {"Anna", "Anna"},
		" a\r\nb\rc\td ":    {" a\nb\nc\td ", "abcd"},
		"x\x00\x1by\u202ez": {"xyz", "xyz"},
		"\xff":              {"\uFFFD", "\uFFFD"},
		"\ufeffé":           {"é", "é"},
	} {
		if got := [2]string{door.Clean(typed), door.Line(typed)}; got != want {
			t.Errorf("%q becomes %q, want %q", typed, got, want)
		}
	}
	for typed, want := range map[string]string{"": "", "ab": "ab", "abc": "abc", "éüab": "éüa"} {
		if got := door.Clip(typed, 3); got != want {
			t.Errorf("Clip(%q, 3) = %q, want %q", typed, got, want)
		}
	}
}

// A form over the limit is refused whole.
func TestForm(t *testing.T) {
	d, _ := open(t)
	for n, ok := range map[int]bool{62: true, 63: false} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("a="+strings.Repeat("x", n)))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		form, err := door.Form(d.Visit(httptest.NewRecorder(), r, request.Dutch), 64, door.Line)
		if ok && (err != nil || len(form.Get("a")) != n) || !ok && !request.InputRefused.Is(err) {
			t.Errorf("%d characters: %v, %v", n, form, err)
		}
	}
}

// Codes are read as people type and paste them.
func TestReadCode(t *testing.T) {
	type read struct {
		Code string
		N    int
		OK   bool
	}
	for typed, want := range map[string]read{
		"04821736": {"04821736", 8, true}, " 0482 1736\n": {"04821736", 8, true}, "0482-17.36": {"04821736", 8, true}, "０４８２１７３６": {"04821736", 8, true},
		"": {}, "1234": {"1234", 4, false}, "0482173x6": {"04821736", 8, false}, "048217361": {"048217361", 9, false},
	} {
		var got read
		got.Code, got.N, got.OK = door.ReadCode(typed)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", typed, diff)
		}
	}
}

// The language that the browser asks for first, of our two.
func TestAccepts(t *testing.T) {
	for header, want := range map[string]request.Language{
		"": "nl", "en": "en", "en-GB,nl;q=0.5": "en", "nl-NL,en": "nl", "fr, en;q=0.3": "en", "de": "nl",
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Language", header)
		if got := door.Accepts(r); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}
