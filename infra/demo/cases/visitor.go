package cases

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// Visitor is a person with a browser: it keeps cookies, follows redirects,
// and fills in the forms that stand on a page, with their hidden fields.
type Visitor struct {
	Base string // of the stack, without a slash at the end

	client *http.Client
	at     *url.URL
	doc    *html.Node
	status int
}

// NewVisitor opens a browser without history.
func NewVisitor(base string) *Visitor {
	jar, _ := cookiejar.New(nil) // fails on wrong options only
	return &Visitor{Base: base, client: &http.Client{Jar: jar, Timeout: 40 * time.Second}}
}

// Cookies are what the browser holds for the stack.
func (v *Visitor) Cookies() []*http.Cookie {
	u, err := url.Parse(v.Base + "/")
	if err != nil {
		return nil
	}
	return v.client.Jar.Cookies(u)
}

// Get opens a page: a path of the stack or a whole address.
func (v *Visitor) Get(ctx context.Context, path string) error {
	if strings.HasPrefix(path, "/") {
		path = v.Base + path
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	return v.do(r)
}

func (v *Visitor) do(r *http.Request) error {
	r.Header.Set("Accept", "text/html")
	resp, err := v.client.Do(r)
	if err != nil {
		return fmt.Errorf("%s %s: %w", r.Method, withoutQuery(r.URL), err)
	}
	defer resp.Body.Close()
	doc, err := html.Parse(io.LimitReader(resp.Body, 8<<20))
	if err != nil {
		return fmt.Errorf("read %s: %w", withoutQuery(r.URL), err)
	}
	v.at, v.doc, v.status = resp.Request.URL, doc, resp.StatusCode
	if v.status >= http.StatusInternalServerError {
		return fmt.Errorf("%s %s: %s: %s", r.Method, withoutQuery(r.URL), resp.Status, v.Heading())
	}
	return nil
}

func withoutQuery(u *url.URL) string { return u.Host + u.Path }

// Path is where the browser is.
func (v *Visitor) Path() string {
	if v.at == nil {
		return ""
	}
	return v.at.Path
}

// Text is what the page says, with single blanks.
func (v *Visitor) Text() string { return strings.Join(strings.Fields(textOf(v.doc)), " ") }

// Heading is the page's first heading, or its title.
func (v *Visitor) Heading() string {
	for _, tag := range []string{"h1", "title"} {
		if n := find(v.doc, func(n *html.Node) bool { return n.Data == tag }); n != nil {
			return strings.Join(strings.Fields(textOf(n)), " ")
		}
	}
	return ""
}

// Says reports whether the page holds the words.
func (v *Visitor) Says(words string) bool { return strings.Contains(v.Text(), words) }

// Link is the first link whose address holds part.
func (v *Visitor) Link(part string) (string, bool) {
	n := find(v.doc, func(n *html.Node) bool { return n.Data == "a" && strings.Contains(attr(n, "href"), part) })
	if n == nil {
		return "", false
	}
	return v.resolve(attr(n, "href")), true
}

// Links are all links whose address holds part, each once.
func (v *Visitor) Links(part string) []string {
	var all []string
	walk(v.doc, func(n *html.Node) {
		if n.Data == "a" && strings.Contains(attr(n, "href"), part) {
			if l := v.resolve(attr(n, "href")); !slices.Contains(all, l) {
				all = append(all, l)
			}
		}
	})
	return all
}

func (v *Visitor) resolve(href string) string {
	u, err := v.at.Parse(href)
	if err != nil {
		return href
	}
	return u.String()
}

// Names are the names of the boxes of the page that begin so, each once.
func (v *Visitor) Names(prefix string) []string {
	var all []string
	walk(v.doc, func(n *html.Node) {
		if name := attr(n, "name"); name != "" && strings.HasPrefix(name, prefix) && !slices.Contains(all, name) {
			all = append(all, name)
		}
	})
	return all
}

// HasForm reports whether the page has a form whose action holds part.
func (v *Visitor) HasForm(part string) bool { return find(v.doc, nodeWithAction(part)) != nil }

// Form is what to fill in and which button to press.
type Form struct {
	// Action is a part of the form's action; "" is the first form that posts
	// and is not about the language or the session.
	Action string
	// Values replace those of the page; a name with no values is left out.
	Values url.Values
	// Button is the value of the button; "" is the main one.
	Button string
}

// Fill sends a form of the page as a browser would: hidden fields and what is
// filled in already go along.
func (v *Visitor) Fill(ctx context.Context, f Form) error {
	fits := func(n *html.Node) bool {
		if n.Data != "form" || !strings.EqualFold(attr(n, "method"), "post") {
			return false
		}
		action := attr(n, "action")
		if f.Action == "" {
			return within(n, "main") && !strings.Contains(action, "/langer") && !strings.Contains(action, "/uitloggen")
		}
		return strings.Contains(v.resolve(action), f.Action)
	}
	form := find(v.doc, func(n *html.Node) bool {
		return fits(n) && f.Button != "" && find(n, func(b *html.Node) bool { return b.Data == "button" && attr(b, "value") == f.Button }) != nil
	})
	if form == nil {
		form = find(v.doc, fits)
	}
	if form == nil {
		return fmt.Errorf("%s (%s) has no form %s", v.Path(), v.Heading(), f.Action)
	}
	values := valuesOf(form)
	for name, given := range f.Values {
		if have := find(form, func(n *html.Node) bool { return attr(n, "name") == name }); have == nil {
			return fmt.Errorf("the form of %s (%s) has no box %s", v.Path(), v.Heading(), name)
		}
		values[name] = given
	}
	press(form, f.Button, values)
	to := v.resolve(attr(form, "action"))
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(values.Encode()))
	if err != nil {
		return fmt.Errorf("send the form of %s: %w", v.Path(), err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", v.at.Scheme+"://"+v.at.Host)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return v.do(r)
}

// valuesOf are the values that a form has before anything is typed.
func valuesOf(form *html.Node) url.Values {
	values := url.Values{}
	walk(form, func(n *html.Node) {
		name := attr(n, "name")
		if name == "" {
			return
		}
		switch n.Data {
		case "input":
			switch kind := attr(n, "type"); kind {
			case "checkbox", "radio":
				if has(n, "checked") {
					values.Add(name, attr(n, "value"))
				}
			case "submit", "button", "image":
			default:
				values.Add(name, attr(n, "value"))
			}
		case "textarea":
			values.Add(name, strings.TrimPrefix(textOf(n), "\n"))
		case "select":
			if o := find(n, func(n *html.Node) bool { return n.Data == "option" && has(n, "selected") }); o != nil {
				values.Add(name, attr(o, "value"))
			}
		}
	})
	return values
}

// press adds what the pressed button sends.
func press(form *html.Node, value string, values url.Values) {
	button := find(form, func(n *html.Node) bool {
		if n.Data != "button" {
			return false
		}
		if value == "" {
			return !strings.Contains(attr(n, "class"), "quiet") && !strings.Contains(attr(n, "class"), "second")
		}
		return attr(n, "value") == value
	})
	if button != nil && attr(button, "name") != "" {
		values.Set(attr(button, "name"), attr(button, "value"))
	}
}

func one(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

func walk(n *html.Node, f func(*html.Node)) {
	if n == nil {
		return
	}
	if n.Type == html.ElementNode {
		f(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, f)
	}
}

func find(n *html.Node, match func(*html.Node) bool) *html.Node {
	if n == nil {
		return nil
	}
	if n.Type == html.ElementNode && match(n) {
		return n
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if found := find(c, match); found != nil {
			return found
		}
	}
	return nil
}

func within(n *html.Node, tag string) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Type == html.ElementNode && p.Data == tag {
			return true
		}
	}
	return false
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func textOf(n *html.Node) string {
	if n == nil {
		return ""
	}
	if n.Type == html.TextNode {
		return n.Data
	}
	if n.Type == html.ElementNode && (n.Data == "style" || n.Data == "script") {
		return ""
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(textOf(c))
		b.WriteByte(' ')
	}
	return b.String()
}

// sorted keys of a map, for reports.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func nodeWithAction(part string) func(*html.Node) bool {
	return func(n *html.Node) bool { return n.Data == "form" && strings.Contains(attr(n, "action"), part) }
}

// signIn fills in the issuer's page, whatever its boxes are called.
func (v *Visitor) signIn(ctx context.Context, email, password string) error {
	box := find(v.doc, func(n *html.Node) bool { return n.Data == "input" && attr(n, "type") == "password" })
	if box == nil {
		return fmt.Errorf("%s (%s) asks no password: %s", v.Path(), v.Heading(), clip(v.Text(), 300))
	}
	form := box.Parent
	for form != nil && form.Data != "form" {
		form = form.Parent
	}
	if form == nil {
		return fmt.Errorf("%s has a password and no form", v.Path())
	}
	values := valuesOf(form)
	user := find(form, func(n *html.Node) bool {
		return n.Data == "input" && slices.Contains([]string{"text", "email", ""}, attr(n, "type")) && attr(n, "name") != ""
	})
	if user == nil {
		return fmt.Errorf("%s asks no name", v.Path())
	}
	values.Set(attr(user, "name"), email)
	values.Set(attr(box, "name"), password)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, v.resolve(attr(form, "action")), strings.NewReader(values.Encode()))
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", v.at.Scheme+"://"+v.at.Host)
	return v.do(r)
}

func nodeWithName(name string) func(*html.Node) bool {
	return func(n *html.Node) bool { return attr(n, "name") == name }
}
