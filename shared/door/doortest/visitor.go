package doortest

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/allclaims/rightsdesk/shared/pages"
	"github.com/allclaims/rightsdesk/shared/pages/pagestest"
)

// Origin is where the visitor finds the site.
var Origin = &url.URL{Scheme: "http", Host: "localhost:8080"}

// Visitor is a browser without scripts: it keeps cookies, follows redirects,
// and fills in forms. Its methods fail the test and may be chained.
type Visitor struct {
	T    *testing.T
	Site http.Handler
	Jar  http.CookieJar
	// Weight is the most bytes that a page may have; 0 = any number (U-14).
	Weight int
	// At is the address of the page shown, Status, Body and Doc what it holds.
	At     string
	Status int
	Body   string
	Doc    *html.Node
	// Hops are the redirects of the last step, with their fragments.
	Hops []string
}

// NewVisitor is a visitor without cookies, whose pages weigh at most 15 KB.
func NewVisitor(t *testing.T, site http.Handler) *Visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Visitor{T: t, Site: site, Jar: jar, Weight: 15 << 10}
}

// Cookies are the visitor's.
func (v *Visitor) Cookies() []*http.Cookie { return v.Jar.Cookies(Origin) }

// RoundTrip sends one request as a browser on the site does, and keeps the
// cookies of the answer.
func (v *Visitor) RoundTrip(method, path string, form url.Values) *http.Response {
	v.T.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	return v.send(httptest.NewRequest(method, path, body))
}

func (v *Visitor) send(r *http.Request) *http.Response {
	r.Host = Origin.Host
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if r.Method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range v.Cookies() {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	v.Site.ServeHTTP(w, r)
	resp := w.Result()
	v.Jar.SetCookies(Origin, resp.Cookies())
	return resp
}

// Take shows an answer.
func (v *Visitor) Take(resp *http.Response, path string) *Visitor {
	v.T.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		v.T.Fatal(err)
	}
	v.Status, v.Body, v.At = resp.StatusCode, string(b), path
	if v.Doc, err = html.Parse(strings.NewReader(v.Body)); err != nil {
		v.T.Fatal(err)
	}
	if v.Weight > 0 && len(b) > v.Weight {
		v.T.Errorf("%s has %d bytes; want at most %d (U-14)", path, len(b), v.Weight)
	}
	return v
}

// Get opens a page and follows its redirects.
func (v *Visitor) Get(path string) *Visitor {
	v.T.Helper()
	v.Hops = nil
	for range 5 {
		path, _, _ = strings.Cut(path, "#")
		resp := v.RoundTrip(http.MethodGet, path, nil)
		to := resp.Header.Get("Location")
		if to == "" {
			return v.Take(resp, path)
		}
		v.Hops = append(v.Hops, to)
		path = to
	}
	v.T.Fatalf("redirects without end at %s", path)
	return v
}

// Post sends a form and follows the 303.
func (v *Visitor) Post(path string, form url.Values) *Visitor {
	v.T.Helper()
	if form == nil {
		form = url.Values{}
	}
	return v.follow(v.RoundTrip(http.MethodPost, path, form), path)
}

// PostRaw posts a body as it stands.
func (v *Visitor) PostRaw(path, body string) *Visitor {
	v.T.Helper()
	return v.follow(v.send(httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))), path)
}

func (v *Visitor) follow(resp *http.Response, path string) *Visitor {
	v.T.Helper()
	to := resp.Header.Get("Location")
	if to == "" {
		v.Hops = nil
		return v.Take(resp, path)
	}
	if resp.StatusCode != http.StatusSeeOther {
		v.T.Errorf("POST %s answers %d, want 303", path, resp.StatusCode)
	}
	v.Get(to)
	v.Hops = append([]string{to}, v.Hops...)
	return v
}

// mainForm is the form of a step, or else the first one that posts.
func (v *Visitor) mainForm() *html.Node {
	v.T.Helper()
	form := Find(v.Doc, func(n *html.Node) bool { return n.Data == "form" && Attr(n, "id") == "formulier" })
	if form == nil {
		form = Find(v.Doc, func(n *html.Node) bool { return n.Data == "form" && Attr(n, "action") != "" })
	}
	if form == nil {
		v.T.Fatalf("%s has no form", v.At)
	}
	return form
}

// Fill fills in the form of the page that is shown, with what stands in it
// already, and presses the main button, or the one that extra names.
func (v *Visitor) Fill(extra url.Values) *Visitor {
	v.T.Helper()
	form := v.mainForm()
	values, names := Values(form), []string{"taal", "actie", "deel"}
	Walk(form, func(n *html.Node) { names = append(names, Attr(n, "name")) })
	for name := range extra {
		if !slices.Contains(names, name) {
			v.T.Fatalf("%s has no box %q: it has %v", v.At, name, names)
		}
	}
	maps.Copy(values, extra)
	return v.Post(Attr(form, "action"), values)
}

// Values are what the boxes of a form hold.
func Values(form *html.Node) url.Values {
	values := url.Values{}
	Walk(form, func(n *html.Node) {
		name := Attr(n, "name")
		if name == "" {
			return
		}
		switch n.Data {
		case "input":
			if kind := Attr(n, "type"); kind != "radio" && kind != "checkbox" || Has(n, "checked") {
				values.Add(name, Attr(n, "value"))
			}
		case "textarea":
			values.Add(name, Text(n))
		}
	})
	return values
}

// Path fails when another page is shown.
func (v *Visitor) Path(want string) *Visitor {
	v.T.Helper()
	if got, _, _ := strings.Cut(v.At, "?"); got != want {
		v.T.Fatalf("at %s, want %s; faults: %v", v.At, want, v.Faults())
	}
	return v
}

// Answers fails when the page has another status.
func (v *Visitor) Answers(status int) *Visitor {
	v.T.Helper()
	if v.Status != status {
		v.T.Errorf("%s answers %d, want %d: %s", v.At, v.Status, status, v.shown())
	}
	return v
}

func (v *Visitor) shown() string { return strings.Join(strings.Fields(Text(v.Doc)), " ") }

// Sees fails when the page does not say those words.
func (v *Visitor) Sees(words ...string) *Visitor {
	v.T.Helper()
	shown := v.shown()
	for _, want := range words {
		if !strings.Contains(shown, want) {
			v.T.Errorf("%s does not say %q; it says: %s", v.At, want, shown)
		}
	}
	return v
}

// SeesNot fails when those words stand anywhere in the source of the page.
func (v *Visitor) SeesNot(words ...string) *Visitor {
	v.T.Helper()
	for _, word := range words {
		if strings.Contains(v.Body, word) {
			v.T.Errorf("%s holds %q", v.At, word)
		}
	}
	return v
}

// Faults are the sentences in the box of what to mend.
func (v *Visitor) Faults() []string {
	var found []string
	Walk(Find(v.Doc, func(n *html.Node) bool { return Attr(n, "id") == "fouten" }), func(n *html.Node) {
		if n.Data == "li" {
			found = append(found, Text(n))
		}
	})
	return found
}

// Title is the title of the window.
func (v *Visitor) Title() string {
	return Text(Find(v.Doc, func(n *html.Node) bool { return n.Data == "title" }))
}

// Serve runs the site until the test ends, and gives its address.
func (v *Visitor) Serve(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(v.Site)
	t.Cleanup(server.Close)
	return server.URL
}

// Look looks at a page of the site in a browser with the visitor's cookies; p
// says what is allowed, and its Name names the test.
func (v *Visitor) Look(b *pagestest.Browser, p pagestest.Page, path string) {
	v.T.Helper()
	v.T.Run(p.Name, func(t *testing.T) {
		p.URL, p.Cookies = v.Serve(t)+path, v.Cookies()
		b.Look(t, p)
	})
}

// LookHere does so for the page that is shown, such as the answer to a POST
// that no address leads to.
func (v *Visitor) LookHere(b *pagestest.Browser, p pagestest.Page) {
	v.T.Helper()
	body := v.Body
	v.T.Run(p.Name, func(t *testing.T) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/" {
				v.Site.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			// A browser that went away is no fault of the page.
			_, _ = io.WriteString(w, body)
		}))
		defer server.Close()
		p.URL = server.URL + "/"
		b.Look(t, p)
	})
}

// Policy is the one content security policy: our stylesheet, as a file or by its
// hash within a page, forms to ourselves, and nothing else (A28).
func Policy() string {
	w := httptest.NewRecorder()
	pages.ServeStyle(w, httptest.NewRequest(http.MethodGet, pages.StylePath, nil))
	sum := sha256.Sum256(w.Body.Bytes())
	return "default-src 'none'; style-src 'self' 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

// Walk visits every element below n, and n.
func Walk(n *html.Node, visit func(*html.Node)) {
	if n == nil {
		return
	}
	if n.Type == html.ElementNode {
		visit(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		Walk(c, visit)
	}
}

// Find is the first element that is ok; nil when there is none.
func Find(n *html.Node, ok func(*html.Node) bool) *html.Node {
	var found *html.Node
	Walk(n, func(n *html.Node) {
		if found == nil && ok(n) {
			found = n
		}
	})
	return found
}

// Attr is the value of an attribute, "" when there is none.
func Attr(n *html.Node, name string) string {
	if n != nil {
		for _, a := range n.Attr {
			if a.Key == name {
				return a.Val
			}
		}
	}
	return ""
}

// Has reports whether an element has an attribute.
func Has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// inline are the elements after which a word goes on.
var inline = []atom.Atom{atom.A, atom.B, atom.Em, atom.Small, atom.Span, atom.Strong, atom.Time, atom.Title, atom.Textarea}

// Text is what an element says, its blocks apart.
func Text(root *html.Node) string {
	var b strings.Builder
	var all func(*html.Node)
	all = func(n *html.Node) {
		if n == nil {
			return
		}
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			all(c)
		}
		if n != root && n.Type == html.ElementNode && !slices.Contains(inline, n.DataAtom) {
			b.WriteString(" ")
		}
	}
	all(root)
	return b.String()
}

// Outline is the page without its words: elements and attributes, and of those
// the values but for where text may go. Whatever text a page is given, its
// outline stays the same (A28).
func Outline(doc *html.Node) []string {
	var all []string
	Walk(doc, func(n *html.Node) {
		s := n.Data
		for _, a := range n.Attr {
			s += " " + a.Key
			if a.Key != "value" && a.Key != "href" && a.Key != "action" {
				s += "=" + a.Val
			}
		}
		all = append(all, s)
	})
	return all
}
