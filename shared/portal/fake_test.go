package portal_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/door/doortest"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/portal"
	"github.com/allclaims/rightsdesk/shared/request"
)

const (
	known   request.Reference = "R-7Q2M-K9TD"
	unknown request.Reference = "R-7Q2M-K9TE"
	code                      = doortest.Code
)

// The real prover fits the port.
var _ portal.Proof = (*identity.Prover)(nil)

// desk is a strict stand-in for everything behind the pages: it fails on what
// the real one would refuse.
type desk struct {
	*doortest.Drafts
	*doortest.Prover

	mu  sync.Mutex
	now time.Time
	// sent counts requests by source; receipts are idempotent.
	sent     map[string]casework.Submission
	receipts map[string]casework.Receipt
	calls    []string
	fail     map[string]error
	views    map[casework.Sight]casework.StatusView
	released int
}

func newDesk() *desk {
	d := &desk{
		now:  time.Date(2026, 11, 20, 21, 14, 0, 0, time.UTC),
		sent: map[string]casework.Submission{}, receipts: map[string]casework.Receipt{}, fail: map[string]error{}, views: map[casework.Sight]casework.StatusView{},
	}
	clock := func() time.Time { return d.now }
	call := func(name string) error {
		d.mu.Lock()
		defer d.mu.Unlock()
		if name == "Draft" {
			return d.fail[name] // looking is no act
		}
		return d.call(name)
	}
	d.Drafts = &doortest.Drafts{Now: clock, Call: call, Personal: true}
	d.Prover = &doortest.Prover{Now: clock, Call: call, Codes: identity.CodesPerCase, Exists: func(s string) bool { return request.Reference(s) == known }}
	return d
}

func (d *desk) call(name string) error {
	d.calls = append(d.calls, name)
	return d.fail[name]
}

func (d *desk) count(name string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, c := range d.calls {
		if c == name {
			n++
		}
	}
	return n
}

func (d *desk) Register(_ context.Context, s casework.Submission) (casework.Receipt, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.call("Register"); err != nil {
		return casework.Receipt{}, err
	}
	if r, ok := d.receipts[s.SourceKey]; ok {
		r.New = false
		return r, nil
	}
	ref, err := request.NewReference(strings.NewReader(s.SourceKey[len("form/"):]))
	if err != nil {
		return casework.Receipt{}, err
	}
	r := casework.Receipt{ID: "0123456789abcdef0123456789abcdef", Reference: ref, Received: s.Received, SafeDue: "2026-12-21", New: true}
	d.sent[s.SourceKey], d.receipts[s.SourceKey] = s, r
	return r, nil
}

func (d *desk) Status(_ context.Context, ref request.Reference, who casework.Viewer) (casework.StatusView, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.call("Status"); err != nil {
		return casework.StatusView{}, err
	}
	if ref != known {
		return casework.StatusView{}, request.Fault(request.NotFound, string(ref), "load a request")
	}
	return d.views[who.Sight], nil
}

func (d *desk) Release(_ context.Context, ref request.Reference, leg string) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.call("Release"); err != nil {
		return "", err
	}
	if ref != known || leg != "leg1" {
		return "", request.Fault(request.NotFound, string(ref), "release a package")
	}
	d.released++
	return fmt.Sprintf("https://vault.example/p.zip?X-Amz-Signature=%d&X-Amz-Expires=120", d.released), nil
}

func (d *desk) CancelErasure(_ context.Context, ref request.Reference, leg string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.call("CancelErasure " + string(ref) + " " + leg)
}

func (d *desk) Withdraw(_ context.Context, ref request.Reference) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.call("Withdraw " + string(ref))
}

func (d *desk) NotMe(_ context.Context, ref request.Reference) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.call("NotMe"); err != nil {
		return err
	}
	if ref != known {
		return request.Fault(request.NotFound, string(ref), "hold a request")
	}
	return nil
}

func (d *desk) Accepted(_ context.Context, ref request.Reference, p identity.Proof) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(p.Channels) == 0 {
		return request.Fault(request.ProofTooLow, string(ref), "accept an empty proof")
	}
	return d.call("Accepted")
}

func (d *desk) Fact(_ context.Context, ref request.Reference, _ identity.Proof, fact string) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.call("Fact"); err != nil {
		return false, err
	}
	return ref == known && fact == "D-4711", nil
}

// understand stands in for shared/intake.
func understand(_ request.Language, text string) (string, []request.Right, []request.Relation, bool, string, []string) {
	if strings.Contains(text, "inzage") {
		return "request", []request.Right{request.Access}, nil, true, "word-access", []string{"inzage"}
	}
	if strings.Contains(text, "afwezig") {
		return "automatic", nil, nil, true, "auto-words", nil
	}
	return "other", nil, nil, false, "nothing", nil
}

func handler(d *desk) *portal.Handler {
	return &portal.Handler{
		Requests: d, Proof: d, Proving: d, Understand: understand, DebtHelp: "geldfit.nl",
		Site: door.Site{
			Drafts: d, Now: func() time.Time { return d.now }, Random: &doortest.Random{}, Log: slog.New(slog.DiscardHandler),
			House: letters.House{Email: "info@allclaims.nl", Phone: "085 123 45 67", Address: "Postbus 1, 1234 AB Utrecht", PrivacyPage: "https://www.allclaims.nl/privacy"},
		},
	}
}

// visitor is a person at the public pages.
type visitor struct {
	*doortest.Visitor
	desk *desk
}

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	d := newDesk()
	h := handler(d)
	h.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	return visitorOf(t, d, h)
}

func visitorOf(t *testing.T, d *desk, h http.Handler) *visitor {
	t.Helper()
	return &visitor{doortest.NewVisitor(t, h), d}
}

// Short names of what every test uses.
var (
	one, text, attr, walk, find = doortest.Form, doortest.Text, doortest.Attr, doortest.Walk, doortest.Find
)

type htmlNode = html.Node

func isForm(n *html.Node) bool { return n.Data == "form" && attr(n, "id") == "formulier" }
func isHTML(n *html.Node) bool { return n.Data == "html" }
