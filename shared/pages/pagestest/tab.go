package pagestest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Tab is one person at a browser: they read what stands on the page, find a
// box by its label and a button by its words, and see the next page when it is
// there. What they cannot find fails the test, with what the page says.
type Tab struct {
	T testing.TB

	b    *Browser
	ctx  context.Context
	base string
}

// Tab opens a browser of somebody's own, without cookies, on the site at base.
// patience is how long all of its work may take.
func (b *Browser) Tab(t testing.TB, base string, patience time.Duration) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	ctx, stop := context.WithTimeout(ctx, patience)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx, view(1280)); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	return &Tab{T: t, b: b, ctx: ctx, base: base}
}

// hand is what a person does with a page: each answers "" or what is wrong.
const hand = `
const clean = s => s.replace(/\s+/g, ' ').trim();
const own = e => { const c = e.cloneNode(true); c.querySelectorAll('.away, .hint, .optional').forEach(x => x.remove()); return clean(c.textContent) };
const fits = (e, want) => own(e) === want || clean(e.textContent) === want;
const pick = (all, want) => all.find(e => fits(e, want)) || all.find(e => clean(e.textContent).startsWith(want)) || all.find(e => clean(e.textContent).includes(want));
const show = e => { for (let p = e; p; p = p.parentElement) if (p.tagName === 'DETAILS') p.open = true };
const main = () => document.querySelector('main') || document.body;
const labels = within => [...within.querySelectorAll('label')];
const set = (c, value) => {
  if (c.type === 'radio' || c.type === 'checkbox') { if (!c.checked) c.click(); return '' }
  if (c.tagName === 'SELECT') {
    const o = pick([...c.options], value);
    if (!o) return 'there is no option ' + value;
    c.value = o.value; return ''
  }
  c.focus(); c.value = value; return ''
};
const hands = {
  fill(label, value) {
    const l = pick(labels(main()), label);
    return l && l.control ? set(l.control, value) : 'no box is called ' + label;
  },
  choose(legend, option) {
    const f = pick([...main().querySelectorAll('legend')], legend);
    if (!f) return 'nothing asks ' + legend;
    const l = pick(labels(f.parentElement), option);
    return l && l.control ? set(l.control, '') : 'under ' + legend + ' there is no ' + option;
  },
  press(words, form) {
    const all = [...document.querySelectorAll('button')].filter(e => !form || e.form && e.form.action.includes(form));
    const e = pick(all, words);
    if (!e) return 'no button says ' + words;
    show(e); e.click(); return '';
  },
  main() {
    const e = main().querySelector('form[method=post] button:not(.second):not(.quiet)');
    if (!e) return 'there is no main button';
    e.click(); return '';
  },
  follow(words) {
    const e = pick([...document.querySelectorAll('a[href]')], words);
    if (!e) return 'no link says ' + words;
    show(e); e.click(); return '';
  },
};`

// call runs one of the hands.
func (tab *Tab) call(what string, args ...string) string {
	tab.T.Helper()
	typed, err := json.Marshal(append([]string{}, args...))
	if err != nil {
		tab.T.Fatal(err)
	}
	return tab.Script(fmt.Sprintf("(() => { %s return hands.%s(...%s) })()", hand, what, typed))
}

// Script evaluates a script on the page that answers a text.
func (tab *Tab) Script(script string) string {
	tab.T.Helper()
	said, err := chromedp.Run(tab.ctx, chromedp.Evaluate[string](script))
	if err != nil {
		tab.T.Fatalf("look at the page: %v", err)
	}
	return said
}

func (tab *Tab) must(fault string) {
	tab.T.Helper()
	if fault != "" {
		tab.T.Fatalf("%s: %s; it says: %s", tab.Path(), fault, tab.Text())
	}
}

// Open goes to an address of the site.
func (tab *Tab) Open(path string) int {
	tab.T.Helper()
	resp, err := chromedp.RunResponse(tab.ctx, chromedp.Navigate(tab.base+path))
	if err != nil {
		tab.T.Fatalf("open %s: %v", path, err)
	}
	return int(resp.Status)
}

// Fill types into the box with that label, or ticks it.
func (tab *Tab) Fill(label, value string) *Tab {
	tab.T.Helper()
	tab.must(tab.call("fill", label, value))
	return tab
}

// Choose takes an option of the question that is asked in those words.
func (tab *Tab) Choose(legend, option string) *Tab {
	tab.T.Helper()
	tab.must(tab.call("choose", legend, option))
	return tab
}

// Press presses the button with those words and waits for the next page; form
// is a part of the address to which it sends, "" for any. It answers the
// status of the page.
func (tab *Tab) Press(words, form string) int {
	tab.T.Helper()
	return tab.turn("press", words, form)
}

// PressMain presses the page's main button: the first that is neither second nor quiet.
func (tab *Tab) PressMain() int {
	tab.T.Helper()
	return tab.turn("main")
}

// Download sends the form of the button with those words, and answers what the
// site gives instead of a page: its type, and how many bytes. Pages may not
// fetch anything by script, so it is asked with the visitor's cookies.
func (tab *Tab) Download(words string) (kind string, size int) {
	tab.T.Helper()
	var form struct {
		Action string
		Fields [][2]string
	}
	said := tab.Script(fmt.Sprintf(`(() => { %s
		const e = pick([...document.querySelectorAll('button')], %q);
		return e ? JSON.stringify({Action: e.form.action, Fields: [...new FormData(e.form)]}) : '';
	})()`, hand, words))
	if said == "" {
		tab.must("no button says " + words)
	}
	if err := json.Unmarshal([]byte(said), &form); err != nil {
		tab.T.Fatal(err)
	}
	values := url.Values{}
	for _, f := range form.Fields {
		values.Add(f[0], f[1])
	}
	r, err := http.NewRequestWithContext(tab.ctx, http.MethodPost, form.Action, strings.NewReader(values.Encode()))
	if err != nil {
		tab.T.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	jar, err := chromedp.Call(tab.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{tab.base}})
	if err != nil {
		tab.T.Fatalf("%s: read the cookies: %v", tab.Path(), err)
	}
	for _, c := range jar.Cookies {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		tab.T.Fatalf("download %s: %v", words, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		tab.T.Fatalf("download %s: %s, %v", words, resp.Status, err)
	}
	return resp.Header.Get("Content-Type"), len(body)
}

// Follow follows the link with those words and waits for the next page.
func (tab *Tab) Follow(words string) int {
	tab.T.Helper()
	return tab.turn("follow", words)
}

// turn does what leads to another page.
func (tab *Tab) turn(what string, args ...string) int {
	tab.T.Helper()
	typed, err := json.Marshal(append([]string{}, args...))
	if err != nil {
		tab.T.Fatal(err)
	}
	// First only look: a press on nothing would wait for a page for ever.
	looked := strings.NewReplacer("show(e); e.click();", "", "    e.click(); return", "    return").Replace(hand)
	tab.must(tab.Script(fmt.Sprintf("(() => { %s return hands.%s(...%s) })()", looked, what, typed)))
	resp, err := chromedp.RunResponse(tab.ctx, evaluate(fmt.Sprintf("(() => { %s return hands.%s(...%s) })()", hand, what, typed)))
	if err != nil {
		tab.T.Fatalf("%s: %s %v: %v", tab.Path(), what, args, err)
	}
	return int(resp.Status)
}

// Text is what the page says, with single blanks; what is folded away is not in it.
func (tab *Tab) Text() string {
	tab.T.Helper()
	return tab.Script(`(document.querySelector('main') || document.body).innerText.replace(/\s+/g, ' ').trim()`)
}

// Path is the path of the page.
func (tab *Tab) Path() string {
	tab.T.Helper()
	at, err := url.Parse(tab.Script("location.href"))
	if err != nil {
		tab.T.Fatal(err)
	}
	return at.Path
}

// Sees fails when the page does not say those words.
func (tab *Tab) Sees(words ...string) *Tab {
	tab.T.Helper()
	shown := tab.Text()
	for _, w := range words {
		if !strings.Contains(shown, w) {
			tab.T.Errorf("%s does not say %q; it says: %s", tab.Path(), w, shown)
		}
	}
	return tab
}

// Shot keeps a picture of the page in every width, in dir.
func (tab *Tab) Shot(dir, name string) {
	tab.T.Helper()
	for _, width := range Widths {
		if err := chromedp.Do(tab.ctx, view(width)); err != nil {
			tab.T.Fatal(err)
		}
		shot, err := chromedp.Run(tab.ctx, chromedp.FullScreenshot(100))
		if err != nil {
			tab.T.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d.png", name, width)), shot, 0o644); err != nil {
			tab.T.Fatal(err)
		}
	}
	if err := chromedp.Do(tab.ctx, view(1280)); err != nil {
		tab.T.Fatal(err)
	}
}
