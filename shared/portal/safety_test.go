package portal_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/allclaims/rightsdesk/shared/door/doortest"
	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/portal"
	"github.com/allclaims/rightsdesk/shared/request"
)

func portalRoutes() []portal.Route { return portal.Routes() }

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// A24, A27, A28: the headers stand on every answer of every route, and on what is no route.
func TestHeaders(t *testing.T) {
	for _, secure := range []bool{false, true} {
		h := handler(newDesk())
		h.Secure = secure
		paths := map[string][]string{
			http.MethodGet: append(allPaths(http.MethodGet), "/nothing", "/nl/nothing", "/static/x"), http.MethodPost: append(allPaths(http.MethodPost), "/nothing"),
			http.MethodPut: {"/nl/bewijs"}, http.MethodHead: {"/nl/"},
		}
		for method, list := range paths {
			for _, path := range list {
				r := httptest.NewRequest(method, path, nil)
				w := serve(h, r)
				for name, want := range map[string]string{
					"Content-Security-Policy": doortest.Policy(),
					"Referrer-Policy":         "no-referrer", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
				} {
					if path == pages.StylePath && name == "Cache-Control" {
						want = "public, max-age=31536000, immutable"
					}
					if got := w.Header().Get(name); got != want {
						t.Errorf("%s %s: %s = %q", method, path, name, got)
					}
				}
				if got := w.Header().Get("Strict-Transport-Security"); (got != "") != secure {
					t.Errorf("%s %s: HSTS %q", method, path, got)
				}
				if w.Code == http.StatusOK && w.Header().Get("Content-Type") == "" && w.Body.Len() > 0 {
					t.Errorf("%s %s has no type", method, path)
				}
			}
		}
	}
}

// Cookies carry nothing but a secret, and no script and no other site gets at them.
func TestCookies(t *testing.T) {
	for _, secure := range []bool{false, true} {
		h := handler(newDesk())
		h.Secure = secure
		for path, form := range map[string]url.Values{"/nl/verzoek/wensen": one("wens", "access"), "/nl/bewijs": one("k", string(known))} {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := serve(h, r)
			cookies := w.Result().Cookies()
			if len(cookies) != 1 {
				t.Fatalf("%s sets %d cookies", path, len(cookies))
			}
			c := cookies[0]
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure != secure || len(c.Value) != 43 || c.MaxAge <= 0 {
				t.Errorf("%s: %+v", path, c)
			}
			if strings.HasPrefix(c.Name, "__Host-") != secure {
				t.Errorf("secure %v: cookie %s", secure, c.Name)
			}
		}
	}
}

// A27: no POST from another site is taken, on any route.
func TestCrossOrigin(t *testing.T) {
	for _, path := range allPaths(http.MethodPost) {
		d := newDesk()
		h := handler(d)
		for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader("k=R-7Q2M-K9TD&wens=access&woorden=x&email=a@b.nl"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set(name, value)
			if w := serve(h, r); w.Code != http.StatusForbidden || len(d.calls) != 0 {
				t.Errorf("%s with %s %s: %d, %v", path, name, value, w.Code, d.calls)
			}
		}
	}
}

// Old phones send Origin only, and the host's name may be lost on the way:
// they are let in by the site's own doortest.Origin.
func TestOldBrowser(t *testing.T) {
	for own, want := range map[string]int{"https://rechten.example": http.StatusSeeOther, "": http.StatusForbidden} {
		h := handler(newDesk())
		h.Origin = own
		r := httptest.NewRequest(http.MethodPost, "/nl/verzoek/wensen", strings.NewReader("wens=access"))
		r.Host = ""
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "https://rechten.example")
		if w := serve(h, r); w.Code != want {
			t.Errorf("with own doortest.Origin %q: %d, want %d", own, w.Code, want)
		}
	}
}

// The route × visitor matrix: what each POST may do for a visitor who holds
// nothing. A route that is not here may do nothing at all.
func TestBareVisitor(t *testing.T) {
	may := map[string][]string{
		"/verzoek/wensen": {"PutDraft"}, "/verzoek/eigen-woorden": {"PutDraft"},
		"/bewijs": {"Ask", "PutDraft"}, "/stand": {"Ask", "PutDraft"}, "/download/code": {"Ask", "PutDraft"},
		"/bewijs/niet-ik": {"NotMe"}, "/bewijs/brief": {"PutDraft"}, "/bewijs/brief/vragen": {"Ask"},
	}
	form := one("k", string(known), "wens", "access", "code", code, "deel", "leg1", "nummer", "D-4711", "token", "x", "actie", "weg")
	for _, path := range allPaths(http.MethodPost) {
		d := newDesk()
		views(d)
		v := visitorOf(t, d, handler(d))
		v.RoundTrip(http.MethodPost, path, form)
		if want := may[strings.TrimPrefix(strings.TrimPrefix(path, "/nl"), "/en")]; !slices.Equal(d.calls, want) {
			t.Errorf("POST %s did %v, may do %v", path, d.calls, want)
		}
	}
}

// A26: whatever is not there, is not there in the same words.
func TestMissingIsOnePage(t *testing.T) {
	v := provenVisitor(t)
	var first string
	for _, path := range []string{"/nl/nothing", "/nl/verzoek/nothing", "/nl/stand/R-7Q2M-K9TD", "/wp-login.php", "/static/old.css", "/nl/bewijs/code/x", "/fr/"} {
		v.Get(path)
		if v.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, v.Status)
		}
		if first == "" {
			first = v.Body
		}
		if v.Body != first {
			t.Errorf("%s has a page of its own", path)
		}
	}
	v.Post("/nl/download", one("deel", "leg7"))
	if v.Body != first {
		t.Error("a foreign file has a page of its own")
	}
}

// The base path of the stage stands before every address of ours.
func TestBase(t *testing.T) {
	for _, sent := range []string{"", "/Prod"} {
		d := newDesk()
		h := handler(d)
		h.Base = "/Prod"
		w := serve(h, httptest.NewRequest(http.MethodGet, sent+"/nl/", nil))
		if w.Code != http.StatusOK {
			t.Fatalf("%s/nl/ answers %d", sent, w.Code)
		}
		for _, m := range regexp.MustCompile(`(?:href|action)="(/[^"]*)"`).FindAllStringSubmatch(w.Body.String(), -1) {
			if !strings.HasPrefix(m[1], "/Prod/") {
				t.Errorf("the address %s lacks the base path", m[1])
			}
		}
		r := httptest.NewRequest(http.MethodPost, sent+"/nl/verzoek/wensen", strings.NewReader("wens=access"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if got := serve(h, r).Header().Get("Location"); got != "/Prod/nl/verzoek/contact" {
			t.Errorf("redirected to %s", got)
		}
		if got := serve(h, httptest.NewRequest(http.MethodGet, sent+pages.StylePath, nil)).Code; got != http.StatusOK {
			t.Errorf("the stylesheet answers %d", got)
		}
	}
}

// A28, A35: whatever is typed into every box, the page has the elements that
// it has with a plain word, and no other.
func TestHostileText(t *testing.T) {
	steps := []struct {
		step   string
		wishes []string
		boxes  []string
	}{
		{"eigen-woorden", nil, []string{"woorden", "naam", "email", "postadres"}},
		{"contact", []string{"access"}, []string{"contact-anders"}},
		{"inzage", []string{"access"}, []string{"inzage-wat"}},
		{"verbeteren", []string{"rectification"}, []string{"fout", "goed"}},
		{"wie", []string{"access"}, []string{"naam", "email", "postcode", "huisnummer", "toevoeging", "geboren-day", "geboren-month", "geboren-year", "nummer", "telefoon"}},
	}
	for _, s := range steps {
		show := func(word string) []string {
			v := newVisitor(t)
			walkTo(v, "nl", s.step, s.wishes)
			form := url.Values{}
			for _, box := range s.boxes {
				form.Set(box, word)
			}
			// The language button keeps and shows everything, right or wrong.
			form.Set("taal", "nl")
			return doortest.Outline(v.Fill(form).Path("/nl/verzoek/" + s.step).Doc)
		}
		want := show("woord")
		for _, word := range doortest.Hostile {
			if got := show(word); !slices.Equal(got, want) {
				t.Errorf("%s: %q changes the page", s.step, word)
			}
		}
	}
	// On the check page and beyond.
	check := func(word string) []string {
		v := newVisitor(t)
		walkTo(v, "nl", "verbeteren", []string{"rectification"})
		v.Fill(one("fout", "x"+word, "goed", "x"+word)).Fill(who("naam", "x"+word, "nummer", "x")).Path("/nl/verzoek/controle")
		return doortest.Outline(v.Doc)
	}
	want := check("woord")
	for _, word := range doortest.Hostile {
		if got := check(word); !slices.Equal(got, want) {
			t.Errorf("check: %q changes the page", word)
		}
	}
	for _, word := range doortest.Hostile {
		v := newVisitor(t)
		v.Get("/nl/bewijs?k=" + url.QueryEscape(word))
		if strings.Contains(v.Body, "alert(1)") {
			t.Errorf("the door repeats %q from the address", word)
		}
		v.Post("/nl/bewijs", one("k", word))
		walk(v.Doc, func(n *html.Node) {
			if n.Data == "script" || n.Data == "img" || n.Data == "svg" {
				t.Errorf("%q makes a %s", word, n.Data)
			}
		})
	}
}

// I13: what a person types is in no log, and no address either.
func TestNothingLeaks(t *testing.T) {
	const marker = "Xanthippe"
	var log bytes.Buffer
	d := newDesk()
	h := handler(d)
	h.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	v := visitorOf(t, d, h)
	walkTo(v, "nl", "wie", []string{"access"})
	v.Fill(who("naam", marker, "email", marker+"@voorbeeld.nl"))
	d.fail["Register"] = request.Fault(request.Conflict, "0123", "register")
	v.Fill(nil)
	d.fail["PutDraft"] = request.Fault(request.Conflict, "", "keep")
	v.Post("/nl/verzoek/wie", who("naam", marker))
	if strings.Contains(log.String(), marker) || !strings.Contains(log.String(), "Request.Conflict") {
		t.Errorf("the log says: %s", log.String())
	}
	for _, hop := range append(v.Hops, v.At) {
		if strings.Contains(hop, marker) {
			t.Errorf("the address %s holds what was typed", hop)
		}
	}
}

// A page that panics becomes the page for a fault of ours.
func TestPanic(t *testing.T) {
	d := newDesk()
	h := handler(d)
	h.Understand = nil
	v := visitorOf(t, d, h)
	v.Get("/nl/verzoek/eigen-woorden").Fill(one("woorden", "x", "email", "a@b.nl")).Fill(nil)
	if v.Status != http.StatusInternalServerError {
		t.Errorf("status %d", v.Status)
	}
	v.Sees("Er ging iets mis bij ons")
}

// No form of ours is ever a crash, and no answer is half a page.
func FuzzForm(f *testing.F) {
	f.Add("wensen", "wens=access&wens=own_words")
	f.Add("wie", "zelf=nee&naam=%FF&email=a%40b.nl&antwoord=email&postcode=1234ab&huisnummer=1&geboren-day=31&geboren-month=feb&geboren-year=0000")
	f.Add("eigen-woorden", "woorden=111222333&email=a@gmial.com&%zz=%&=&&;")
	f.Add("controle", "token=&taal=en&taal-antwoord=xx")
	f.Fuzz(func(t *testing.T, step, body string) {
		d := newDesk()
		h := handler(d)
		v := visitorOf(t, d, h)
		v.Weight = 0
		v.Get("/nl/verzoek/wensen").Fill(one("wens", "access", "wens", "own_words"))
		r := httptest.NewRequest(http.MethodPost, "/nl/verzoek/"+url.PathEscape(step), strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, c := range v.Cookies() {
			r.AddCookie(c)
		}
		w := serve(h, r)
		if w.Code >= 500 {
			t.Fatalf("POST answers %d", w.Code)
		}
		if to, _, _ := strings.Cut(w.Header().Get("Location"), "#"); to != "" && strings.HasPrefix(to, "/nl/") {
			v.Get(to)
			if v.Status >= 500 || v.Status == http.StatusOK && !strings.HasSuffix(strings.TrimSpace(v.Body), "</html>") {
				t.Fatalf("the next page answers %d", v.Status)
			}
		}
	})
}

// U-13: words stand in the catalogue only, every key is used, and the words
// that people need not know are no labels.
func TestWords(t *testing.T) {
	words := map[string]bool{}
	dir, err := pages.LoadWords(os.DirFS("."), "words")
	if err != nil {
		t.Fatal(err)
	}
	letter := regexp.MustCompile(`\p{L}`)
	// A part may be attributes only, put into an element elsewhere.
	attributes := regexp.MustCompile(`^([a-z-]+="[^"]*"\s*)+$`)
	action := regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	var sources strings.Builder
	for _, pattern := range []string{"*.go", "templates/*.html", "../door/*.go", "../pages/templates/*.html"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			sources.Write(b)
			if !strings.HasSuffix(name, ".html") {
				continue
			}
			z := html.NewTokenizer(strings.NewReader(action.ReplaceAllString(string(b), "")))
			for z.Next() != html.ErrorToken {
				token := z.Token()
				said := strings.TrimSpace(token.Data)
				if token.Type == html.TextToken && letter.MatchString(said) && said != "All Claims" && !attributes.MatchString(said) {
					t.Errorf("%s holds the words %q", name, said)
				}
				for _, a := range token.Attr {
					if slices.Contains([]string{"style", "title", "alt", "placeholder", "aria-label", "onclick"}, a.Key) {
						t.Errorf("%s has %s=%q", name, a.Key, a.Val)
					}
				}
			}
		}
	}
	for _, key := range dir.Keys() {
		words[key] = true
	}
	// Keys that are put together, by their beginning.
	joined := []string{"title.", "wish.", "relation.", "access.", "right.", "state.", "page.", "for.role.", "who.self.", "who.answer.", "start.door.", "check.language.", "frame.help",
		"proof.", "status.", "fetch.", "notme.", "out.", "reported.", "told.", "letter.", "noreach.", "letterasked.", "client.", "withdraw.over."}
	for key := range words {
		base := strings.TrimSuffix(key, ".hint")
		if !strings.Contains(sources.String(), `"`+base+`"`) && !slices.ContainsFunc(joined, func(p string) bool { return strings.HasPrefix(key, p) }) {
			t.Errorf("no page uses %s", key)
		}
	}
	// Short sentences, in both languages.
	end := regexp.MustCompile(`[.?!:]\s+|\n`)
	word := regexp.MustCompile(`[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*`)
	for _, lang := range pages.Languages {
		sentences, count := 0, 0
		for key := range words {
			text, err := dir.Say(lang, key, "n", 1, "total", 5, "page", "x", "step", "x", "title", "x", "phone", "x", "email", "x", "time", "x", "place", "x",
				"date", "maandag 1 maart 2027", "reference", "x", "company", "x", "size", "x")
			if err != nil {
				t.Fatal(err)
			}
			for _, sentence := range end.Split(text, -1) {
				n := len(word.FindAllString(sentence, -1))
				if n > 20 {
					t.Errorf("%s %s: a sentence of %d words: %s", lang, key, n, sentence)
				}
				if n > 0 {
					sentences, count = sentences+1, count+n
				}
			}
			if strings.Contains(text, "!") {
				t.Errorf("%s %s has an exclamation mark (W-16)", lang, key)
			}
		}
		if average := float64(count) / float64(sentences); average > 11 {
			t.Errorf("%s: %.1f words a sentence, at most 11", lang, average)
		}
	}
	for _, lang := range pages.Languages {
		b, err := os.ReadFile("words/" + string(lang) + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		outside := strings.ToLower(regexp.MustCompile(`\([^)]*\)`).ReplaceAllString(string(b), ""))
		for _, word := range []string{
			"betrokkene", "debiteur", "verwerkingsverantwoordelijke", "rectificatie", "ongeldig", "verplicht veld", "oeps", "helaas", "onmiddellijk",
			"data subject", "controller", "unfortunately", "invalid", "required field",
		} {
			if strings.Contains(outside, word) {
				t.Errorf("%s says %q", lang, word)
			}
		}
	}
}

// The time of one page, templates included, without any store.
func BenchmarkStart(b *testing.B) {
	h := handler(newDesk())
	for b.Loop() {
		if w := serve(h, httptest.NewRequest(http.MethodGet, "/nl/", nil)); w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}
