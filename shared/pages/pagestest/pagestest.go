// Package pagestest looks at pages with a real browser: axe's accessibility
// rules, the keyboard, no sideways scroll, targets large enough for a thumb,
// weight, no request to anybody else, in light and dark, on a phone and on a desk. It
// leaves a screenshot of each in ./screenshots, for a person to look at (U-22).
package pagestest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Widths are the widths at which a page is looked at: a small phone and a desk.
var Widths = []int64{360, 1280}

// Schemes are the colour schemes.
var Schemes = []string{"light", "dark"}

// Narrow is the least width at which nothing may scroll sideways (U-03).
const Narrow = 320

// Page is a page to look at.
type Page struct {
	// Name names the screenshots.
	Name string
	URL  string
	// Cookies are the visitor's.
	Cookies []*http.Cookie
	// Dense pages (desk, client) may have targets of 24 px; public choices need 44 (U-11).
	Dense bool
	// Weight is the most bytes of HTML, without a stylesheet in it; 0 means 15 KB (U-14).
	Weight int
}

// Browser is a running Chromium.
type Browser struct {
	// Shots is the folder for screenshots: ./screenshots of the module.
	Shots string

	ctx context.Context
	axe string
}

// Start starts Chromium, from $CHROMIUM or where Debian and others put it, and
// reads axe from $AXE or .venv/web. It fails the test with one sentence when
// either is missing.
func Start(t testing.TB) *Browser {
	t.Helper()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	chromium, err := findChromium()
	if err != nil {
		t.Fatal(err)
	}
	axe, err := findAxe(root)
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(axe)
	if err != nil {
		t.Fatalf("read axe: %v", err)
	}
	shots := filepath.Join(root, "screenshots")
	if err := os.MkdirAll(shots, 0o755); err != nil {
		t.Fatalf("make the folder for screenshots: %v", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.DisableGPU)
	if os.Getuid() == 0 {
		// Chromium refuses its sandbox to root; it sees our own pages only.
		options = append(options, chromedp.NoSandbox)
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", chromium, err)
	}
	return &Browser{ctx: ctx, axe: string(source), Shots: shots}
}

func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the module's folder: %w", err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("find the module's folder: there is no go.mod above")
		}
	}
}

func findChromium() (string, error) {
	for _, name := range []string{
		os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	} {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Chromium found: install it (on Debian: apt-get install chromium) or name it in CHROMIUM")
}

func findAxe(root string) (string, error) {
	if path := os.Getenv("AXE"); path != "" {
		return path, nil
	}
	found, err := filepath.Glob(filepath.Join(root, ".venv/web/lib/python*/site-packages/axe_core_python/axe.min.js"))
	if err != nil || len(found) == 0 {
		return "", errors.New("no axe.min.js found: run make test, which installs it, or name it in AXE")
	}
	return found[0], nil
}

// finding is one rule of axe that a page breaks.
type finding struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML           string `json:"html"`
		FailureSummary string `json:"failureSummary"`
	}
}

// measured is what the page says about itself.
type measured struct {
	Weight  int
	Scripts int
	Scroll  []int
	Small   []string
	Astray  []string
	Focus   []string
}

// unfold shows what is folded away or hangs on another answer, so that it is
// measured too; fold puts it back.
const unfold = `const closed = [...document.querySelectorAll('details:not([open])')], hangs = [...document.querySelectorAll('.if')];
  closed.forEach(d => { d.open = true });
  hangs.forEach(e => { e.style.display = 'block' });
  const fold = () => { closed.forEach(d => { d.open = false }); hangs.forEach(e => { e.style.display = '' }) };
`

// measure lists targets that are too small, and what the list of faults names
// in another order than the page asks. Links within a sentence and what is
// there for the screen reader only are left out (WCAG 2.5.8).
const measure = `(() => {
  ` + unfold + `const least = %d, choice = %d, small = [];
  const seen = e => { const r = e.getBoundingClientRect(), s = getComputedStyle(e); return r.width > 1 && r.height > 1 && s.visibility !== 'hidden' && r.right > 0 && r.bottom > -1000 };
  for (const e of document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')) {
    if (!seen(e) || e.matches('.skip, .away')) continue;
    if (e.matches('p a, li a, dd a, td a') && e.parentElement.textContent.trim() !== e.textContent.trim()) continue;
    const r = e.getBoundingClientRect();
    if (r.height < least || r.width < least) small.push(e.outerHTML.slice(0, 120) + ' ' + Math.round(r.width) + '×' + Math.round(r.height));
  }
  for (const e of document.querySelectorAll('.choice')) {
    const r = e.getBoundingClientRect();
    if (r.height < choice) small.push('choice ' + e.textContent.trim().slice(0, 60) + ' ' + Math.round(r.height));
  }
  const root = document.documentElement, m = {
    Weight: performance.getEntriesByType('navigation')[0].decodedBodySize - [...document.querySelectorAll('style')].reduce((n, s) => n + s.textContent.length, 0),
    Scripts: document.scripts.length, Small: small,
    Astray: [...document.querySelectorAll('#fouten a')].map(a => document.getElementById(a.hash.slice(1)))
      .filter((e, i, all) => !e || i && all[i-1]?.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_PRECEDING).map(e => e ? e.id : 'nowhere'),
    Scroll: [root.scrollWidth, root.clientWidth],
  };
  fold();
  return JSON.stringify(m);
})()`

// runAxe takes the rules that it runs: everyRule once for each width, and in
// another scheme only what colours can change.
const runAxe = `(() => { ` + unfold + `return axe.run(document, {runOnly: %s})
  .then(r => { fold(); return JSON.stringify(r.violations.map(v => ({ID: v.id, Impact: v.impact, Help: v.help, Nodes: v.nodes.slice(0, 5)}))) }) })()`

const (
	everyRule  = `{type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}`
	colourRule = `{type: 'rule', values: ['color-contrast', 'link-in-text-block']}`
)

// Look looks at one page in every width and scheme, walks it with the keyboard,
// and reports what is wrong with it.
func (b *Browser) Look(t *testing.T, p Page) {
	t.Helper()
	for _, fault := range b.Faults(t, p) {
		t.Error(fault)
	}
	b.Walk(t, p)
}

// Faults lists what is wrong with a page.
func (b *Browser) Faults(t *testing.T, p Page) []string {
	t.Helper()
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	ctx, foreign := b.open(t, p)
	if err := chromedp.Do(ctx, chromedp.Navigate(p.URL)); err != nil {
		t.Fatalf("%s: open %s: %v", p.Name, p.URL, err)
	}
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[any](b.axe+";0")); err != nil {
		t.Fatalf("%s: load axe: %v", p.Name, err)
	}
	weight := p.Weight
	if weight == 0 {
		weight = 15 << 10
	}
	for _, width := range Widths {
		for _, scheme := range Schemes {
			name := fmt.Sprintf("%s-%d-%s", p.Name, width, scheme)
			if err := chromedp.Do(ctx, view(width), colours(scheme)); err != nil {
				t.Fatalf("%s: set width and colours: %v", name, err)
			}
			rules := everyRule
			if scheme != Schemes[0] {
				rules = colourRule
			}
			found, err := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf(runAxe, rules), chromedp.EvalAwaitPromise))
			if err != nil {
				t.Fatalf("%s: run axe: %v", name, err)
			}
			m := sizes(ctx, t, name, choiceHeight(p.Dense))
			shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
			if err != nil {
				t.Fatalf("%s: take a screenshot: %v", name, err)
			}
			if err := os.WriteFile(filepath.Join(b.Shots, name+".png"), shot, 0o644); err != nil {
				t.Fatalf("keep a screenshot: %v", err)
			}
			var findings []finding
			if err := json.Unmarshal([]byte(found), &findings); err != nil {
				t.Fatalf("%s: read what axe found: %v", name, err)
			}
			for _, f := range findings {
				fault("%s: axe %s (%s): %s\n%s", name, f.ID, f.Impact, f.Help, nodes(f))
			}
			if m.Scroll[0] > m.Scroll[1] {
				fault("%s: scrolls sideways, %d px in %d (U-03)", name, m.Scroll[0], m.Scroll[1])
			}
			for _, s := range m.Small {
				fault("%s: too small a target (U-11): %s", name, s)
			}
			for _, s := range m.Astray {
				fault("%s: the list of faults is not in the order of the page (U-05): %s", name, s)
			}
			if m.Weight > weight || m.Weight == 0 {
				fault("%s: %d bytes of HTML, at most %d (U-14)", name, m.Weight, weight)
			}
			if m.Scripts > 0 {
				fault("%s: %d scripts on a page that needs none", name, m.Scripts)
			}
		}
	}
	// Text spacing of WCAG 1.4.12 at phone width, and text twice as large.
	for what, rule := range map[string]string{
		"text spacing": `* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }`,
		"large text":   `html { font-size: 200% !important }`,
	} {
		width := Widths[0]
		if what == "large text" {
			width = 640
		}
		add := fmt.Sprintf("document.styleSheets[0].insertRule(%q, document.styleSheets[0].cssRules.length); 0", rule)
		if err := chromedp.Do(ctx, view(width), evaluate(add)); err != nil {
			t.Fatalf("%s: set %s: %v", p.Name, what, err)
		}
		if m := sizes(ctx, t, p.Name, 0); m.Scroll[0] > m.Scroll[1] {
			fault("%s: with %s it scrolls sideways, %d px in %d (U-03)", p.Name, what, m.Scroll[0], m.Scroll[1])
		}
		if err := chromedp.Do(ctx, evaluate("document.styleSheets[0].deleteRule(document.styleSheets[0].cssRules.length - 1); 0")); err != nil {
			t.Fatalf("%s: take %s back: %v", p.Name, what, err)
		}
	}
	if err := chromedp.Do(ctx, view(Narrow)); err != nil {
		t.Fatalf("%s: set the width: %v", p.Name, err)
	}
	m := sizes(ctx, t, p.Name, 0)
	if m.Scroll[0] > m.Scroll[1] {
		fault("%s: scrolls sideways at %d px: %d (U-03)", p.Name, Narrow, m.Scroll[0])
	}
	if others := foreign(); len(others) > 0 {
		fault("%s: asks others: %s (U-14)", p.Name, strings.Join(others, " "))
	}
	return faults
}

// open makes a tab of its own with the visitor's cookies, and collects what it
// asks of other hosts.
func (b *Browser) open(t *testing.T, p Page) (ctx context.Context, foreign func() []string) {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	ctx, stop := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(stop)
	at, err := url.Parse(p.URL)
	if err != nil {
		t.Fatalf("%s: %v", p.Name, err)
	}
	var mu sync.Mutex
	var others []string
	err = chromedp.Listen(ctx, func(ev any) {
		sent, ok := ev.(*network.EventRequestWillBeSent)
		if !ok {
			return
		}
		if to, err := url.Parse(sent.Request.URL); err != nil || to.Host != at.Host {
			mu.Lock()
			defer mu.Unlock()
			others = append(others, sent.Request.URL)
		}
	})
	if err == nil {
		_, err = chromedp.Call(ctx, network.Enable, network.EnableParams{})
	}
	for _, c := range p.Cookies {
		if err == nil {
			_, err = chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: at.Scheme + "://" + at.Host + "/"})
		}
	}
	if err != nil {
		t.Fatalf("%s: open a tab: %v", p.Name, err)
	}
	return ctx, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string(nil), others...)
	}
}

func sizes(ctx context.Context, t *testing.T, name string, choice int) measured {
	t.Helper()
	said, err := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf(measure, 24, choice)))
	if err != nil {
		t.Fatalf("%s: measure: %v", name, err)
	}
	var m measured
	if err := json.Unmarshal([]byte(said), &m); err != nil {
		t.Fatalf("%s: read the measures: %v", name, err)
	}
	return m
}

func view(width int64) chromedp.Action[chromedp.Void] {
	if width < 700 {
		return chromedp.EmulateViewport(width, 640, chromedp.EmulateMobile)
	}
	return chromedp.EmulateViewport(width, 800)
}

// evaluate runs a script for what it does.
func evaluate(script string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := chromedp.Evaluate[any](script)(ctx, t)
		return err
	})
}

func colours(scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	})
}

func choiceHeight(dense bool) int {
	if dense {
		return 24
	}
	return 44
}

func nodes(f finding) string {
	var b strings.Builder
	for _, n := range f.Nodes {
		fmt.Fprintf(&b, "  %s\n    %s\n", n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", "\n    "))
	}
	return b.String()
}

// Submit types keys into the control with that id ("" = clicks the main
// button), waits for the next page and tells its path and what has the focus.
func (b *Browser) Submit(t *testing.T, p Page, id, keys string) (path, focused string) {
	t.Helper()
	ctx, _ := b.open(t, p)
	act := chromedp.Click(chromedp.CSS("main form button:not(.quiet):not(.second)"))
	if id != "" {
		act = chromedp.SendKeys(chromedp.ID(id), keys)
	}
	if err := chromedp.Do(ctx, view(1280), chromedp.Navigate(p.URL)); err != nil {
		t.Fatalf("%s: open %s: %v", p.Name, p.URL, err)
	}
	if _, err := chromedp.RunResponse(ctx, act); err != nil {
		t.Fatalf("%s: send the form: %v", p.Name, err)
	}
	said, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.pathname + ' ' + (document.activeElement ? document.activeElement.id : '')`))
	if err != nil {
		t.Fatalf("%s: look at the next page: %v", p.Name, err)
	}
	path, focused, _ = strings.Cut(said, " ")
	return path, focused
}

// Print makes a PDF of a page and tells how many sheets of A4 it takes (U-16).
func (b *Browser) Print(t *testing.T, p Page) int {
	t.Helper()
	ctx, _ := b.open(t, p)
	if err := chromedp.Do(ctx, chromedp.Navigate(p.URL)); err != nil {
		t.Fatalf("%s: open %s: %v", p.Name, p.URL, err)
	}
	pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4)))
	if err != nil {
		t.Fatalf("%s: print: %v", p.Name, err)
	}
	if err := os.WriteFile(filepath.Join(b.Shots, p.Name+".pdf"), pdf, 0o644); err != nil {
		t.Fatalf("keep a print: %v", err)
	}
	return strings.Count(string(pdf), "/Type /Page\n")
}
