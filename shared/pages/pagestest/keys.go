package pagestest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// focusable lists what the Tab key must reach, in the order of reading, with
// every fold opened; of radios with one name it is the chosen one or the first.
// It leaves the list on the page.
const focusable = `(() => {
  const closed = [...document.querySelectorAll('details:not([open])')];
  closed.forEach(d => { d.open = true });
  const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]')]
    .filter(e => !e.disabled && e.tabIndex >= 0 && e.checkVisibility({visibilityProperty: true}));
  window.stops = all.filter(e => {
    if (e.type !== 'radio') return true;
    const group = all.filter(o => o.type === 'radio' && o.name === e.name && o.form === e.form);
    return e === (group.find(o => o.checked) || group[0]);
  });
  closed.forEach(d => { d.open = false });
  return JSON.stringify({
    Stops: stops.map(e => e.id || (e.name ? e.name + '=' + e.value : e.textContent.trim().slice(0, 40))),
    Main: stops.findIndex(e => e.closest('main')),
    Faults: !!document.getElementById('fouten'),
    Positive: [...document.querySelectorAll('[tabindex]')].filter(e => e.tabIndex > 0).map(e => e.outerHTML.slice(0, 80)),
  });
})()`

// focused says where the focus is: the number of the stop, whether it can be
// seen and nothing covers it, and whether it is a fold that is closed.
const focused = `(() => {
  const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
  const inside = r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth;
  const x = Math.min(Math.max(r.left + Math.min(r.width, 20) / 2, 0), innerWidth - 1), y = Math.min(Math.max(r.top + Math.min(r.height, 20) / 2, 0), innerHeight - 1);
  const over = document.elementFromPoint(x, y);
  return JSON.stringify({
    At: e === document.body ? -1 : (window.stops || []).indexOf(e), ID: e.id, What: e.outerHTML.slice(0, 80),
    Seen: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 && inside,
    Covered: !!over && over !== e && !e.contains(over) && !over.contains(e) && !(e.labels && [...e.labels].some(l => l.contains(over))),
    Closed: e.tagName === 'SUMMARY' && !e.parentElement.open,
  });
})()`

type stop struct {
	At                    int
	ID, What              string
	Seen, Covered, Closed bool
}

// drawn waits until the page was drawn: a browser gives autofocus its due no earlier.
const drawn = `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(""))))`

// Walk goes through a page with the keyboard alone and fails where that cannot
// be done (U-02): what can be used is reached by Tab, in the order of reading;
// the focus is always seen and nothing covers it; Enter opens a fold; nothing
// holds the focus; the first stop leads past the head of the page; after a
// mistake the focus is on the box that lists it. It answers where it stopped.
func (b *Browser) Walk(t *testing.T, p Page) []string {
	t.Helper()
	tab := b.Keys(t, p)
	var page struct {
		Stops, Positive []string
		Main            int
		Faults          bool
	}
	if err := json.Unmarshal([]byte(tab.Script(focusable)), &page); err != nil {
		t.Fatalf("%s: %v", p.Name, err)
	}
	for _, e := range page.Positive {
		t.Errorf("%s: an order of its own: %s", p.Name, e)
	}
	if len(page.Stops) == 0 {
		t.Errorf("%s: nothing can be reached", p.Name)
		return nil
	}
	walk := func(from, to int) bool {
		for i := from; i < to; i++ {
			tab.press()
			at := tab.focused()
			if at.At != i {
				t.Errorf("%s: Tab goes to %s where %s comes next", p.Name, at.What, page.Stops[i])
				return false
			}
			if !at.Seen || at.Covered {
				t.Errorf("%s: the focus on %s cannot be seen (2.4.7, 2.4.11)", p.Name, at.What)
			}
			if at.Closed {
				tab.Type("\r")
				if tab.focused().Closed {
					t.Errorf("%s: Enter does not open %s", p.Name, at.What)
				}
			}
		}
		return true
	}
	first := page.Main // what stands before is the head of the page
	if page.Faults {
		if _, err := chromedp.Run(tab.ctx, chromedp.Evaluate[string](drawn, chromedp.EvalAwaitPromise)); err != nil {
			t.Fatalf("%s: wait until it is drawn: %v", p.Name, err)
		}
		if at := tab.focused(); at.ID != "fouten" {
			t.Errorf("%s: after a mistake the focus is on %s", p.Name, at.What)
		}
		if back := strings.TrimSpace(page.Stops[first]); back == "Terug" || back == "Back" {
			first++
		}
	} else {
		if first < 0 {
			first = len(page.Stops)
		}
		if !walk(0, first) {
			return page.Stops
		}
		// From the first stop past the head of the page.
		tab.Script("stops[0].focus(), ''")
		if at := tab.Type("\r").focused(); at.ID != "inhoud" {
			t.Errorf("%s: the first stop leads to %s", p.Name, at.What)
		}
	}
	if !walk(first, len(page.Stops)) {
		return page.Stops
	}
	tab.Type("\t")
	if at := tab.focused(); at.At == len(page.Stops)-1 {
		t.Errorf("%s: %s holds the focus", p.Name, at.What)
	}
	return page.Stops
}

// Keys opens a page for somebody who has the keyboard only.
func (b *Browser) Keys(t *testing.T, p Page) *Tab {
	t.Helper()
	ctx, _ := b.open(t, p)
	if err := chromedp.Do(ctx, view(1280), chromedp.Navigate(p.URL)); err != nil {
		t.Fatalf("%s: open %s: %v", p.Name, p.URL, err)
	}
	return &Tab{T: t, b: b, ctx: ctx}
}

func (tab *Tab) focused() stop {
	tab.T.Helper()
	var at stop
	if err := json.Unmarshal([]byte(tab.Script(focused)), &at); err != nil {
		tab.T.Fatal(err)
	}
	return at
}

// Type presses keys where the focus is.
func (tab *Tab) Type(keys string) *Tab {
	tab.T.Helper()
	if err := chromedp.Do(tab.ctx, chromedp.KeyEvent(keys)); err != nil {
		tab.T.Fatalf("press %q: %v", keys, err)
	}
	return tab
}

// press goes one stop further. It is half of what Type does, for a walk that
// presses often: nothing listens to the key that comes up.
func (tab *Tab) press() {
	tab.T.Helper()
	_, err := chromedp.Call(tab.ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{
		Type: input.DispatchKeyEventTypeRawKeyDown, Key: "Tab", Code: "Tab", WindowsVirtualKeyCode: 9, NativeVirtualKeyCode: 9,
	})
	if err != nil {
		tab.T.Fatalf("press Tab: %v", err)
	}
}

// Down is the key that goes to the next of several radios.
const Down = kb.ArrowDown

// maxStops is how many stops a page may have before a hand gives up.
const maxStops = 200

// Reach presses Tab until the focus is on the control with that id, or with
// words that begin so.
func (tab *Tab) Reach(what string) *Tab {
	tab.T.Helper()
	script := fmt.Sprintf(`(() => { const e = document.activeElement, want = %q;
	  return e !== document.body && (e.id === want || e.textContent.trim().startsWith(want) || e.name + '=' + e.value === want) ? 'yes' : '' })()`, what)
	for range maxStops {
		if tab.Type("\t").Script(script) == "yes" {
			return tab
		}
	}
	tab.T.Fatalf("%s: Tab never comes to %s", tab.Path(), what)
	return tab
}

// Enter presses Enter where it leads to another page, and waits for that.
func (tab *Tab) Enter() *Tab {
	tab.T.Helper()
	if _, err := chromedp.RunResponse(tab.ctx, chromedp.KeyEvent("\r")); err != nil {
		tab.T.Fatalf("%s: Enter: %v", tab.Path(), err)
	}
	return tab
}
