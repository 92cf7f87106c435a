package pagestest

import (
	"context"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Line is a network between the browser and the site.
type Line struct {
	// Delay passes before each answer begins.
	Delay time.Duration
	// Bits is how many arrive, or leave, in a second.
	Bits int
}

// Poor is the line on which a page must still be usable (U-15).
var Poor = Line{Delay: 2 * time.Second, Bits: 50_000}

// Paint is what a visitor waits for: FirstText is when the first text stands on
// the page, from the press that asked for it; Bytes came over the line, in
// Answers answers.
type Paint struct {
	FirstText time.Duration
	Bytes     int
	Answers   int
}

// Seconds rounds the wait to a tenth: more would only look exact.
func (p Paint) Seconds() float64 { return math.Round(p.FirstText.Seconds()*10) / 10 }

const painted = `new Promise(done => new PerformanceObserver((list, o) => { o.disconnect();
  const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
  done(JSON.stringify({FirstText: Math.round(list.getEntries()[0].startTime * 1e6), Bytes: all.reduce((n, e) => n + e.transferSize, 0), Answers: all.filter(e => e.transferSize > 0).length}));
}).observe({type: 'paint', buffered: true}))`

// Arrive measures the first page of a visitor who has nothing of the site yet.
// A nil line is as fast as the machine.
func (b *Browser) Arrive(t *testing.T, p Page, line *Line) Paint {
	t.Helper()
	ctx, _ := b.open(t, p)
	b.throttle(ctx, t, line)
	if err := chromedp.Do(ctx, view(Widths[0]), chromedp.Navigate(p.URL)); err != nil {
		t.Fatalf("%s: open %s: %v", p.Name, p.URL, err)
	}
	return b.paint(ctx, t, p)
}

// Send measures the answer to a form from the press of its main button, on a
// page of the site that was opened before: the POST, where it leads, and its
// first text. keys fills the control with that id first; "" leaves the form as it is.
func (b *Browser) Send(t *testing.T, p Page, line *Line, id, keys string) Paint {
	t.Helper()
	ctx, _ := b.open(t, p)
	if err := chromedp.Do(ctx, view(Widths[0]), chromedp.Navigate(p.URL)); err != nil {
		t.Fatalf("%s: open %s: %v", p.Name, p.URL, err)
	}
	if id != "" {
		if err := chromedp.Do(ctx, chromedp.SendKeys(chromedp.ID(id), keys)); err != nil {
			t.Fatalf("%s: fill in %s: %v", p.Name, id, err)
		}
	}
	b.throttle(ctx, t, line)
	if _, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS("main form button:not(.quiet):not(.second)"))); err != nil {
		t.Fatalf("%s: send the form: %v", p.Name, err)
	}
	return b.paint(ctx, t, p)
}

func (b *Browser) throttle(ctx context.Context, t *testing.T, line *Line) {
	t.Helper()
	if line == nil {
		return
	}
	rate := float64(line.Bits) / 8
	_, err := chromedp.Call(ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Latency: float64(line.Delay.Milliseconds()), DownloadThroughput: rate, UploadThroughput: rate}},
	})
	if err != nil {
		t.Fatalf("make the line slow: %v", err)
	}
}

func (b *Browser) paint(ctx context.Context, t *testing.T, p Page) Paint {
	t.Helper()
	said, err := chromedp.Run(ctx, chromedp.Evaluate[string](painted, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: wait for the first text: %v", p.Name, err)
	}
	var paint Paint
	if err := json.Unmarshal([]byte(said), &paint); err != nil {
		t.Fatalf("%s: read the measures: %v", p.Name, err)
	}
	return paint
}
