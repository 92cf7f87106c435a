package casework_test

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/vault"
)

// linesOf are the ledger lines of a request with that action.
func linesOf(t *testing.T, w *world, id request.ID, action string) (out []ledger.Line) {
	t.Helper()
	all, err := w.store.Lines(w.ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		if l.Action == action {
			out = append(out, l)
		}
	}
	return out
}

// A46: an address is found whole or not at all, in the ledger of what was
// found, and so often a day.
func TestFindByEmail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setting{})
	p := play(w, "rehearsal", false)
	id, err := w.store.ByReference(w.ctx, p.ref)
	if err != nil {
		t.Fatal(err)
	}
	r, err := w.store.Load(w.ctx, id)
	if err != nil || r.Sender.Email == "" {
		t.Fatalf("the sample has no address: %v", err)
	}
	found, more, err := w.cases.FindByEmail(w.ctx, staff["jan"], "  "+r.Sender.Email+" ")
	if err != nil || more || len(found) != 1 || found[0].Reference != p.ref {
		t.Fatalf("found %v, %v", found, err)
	}
	if got := linesOf(t, w, id, "found-by-email"); len(got) != 1 || got[0].Actor != staff["jan"].ID || len(got[0].Refs) != 0 {
		t.Errorf("the ledger says %+v", got)
	}
	if found, _, err := w.cases.FindByEmail(w.ctx, staff["jan"], "x"+r.Sender.Email); err != nil || len(found) != 0 {
		t.Errorf("a part of an address finds %v, %v", found, err)
	}
	if _, _, err := w.cases.FindByEmail(w.ctx, staff["jan"], "anna"); !request.InputRefused.Is(err) {
		t.Errorf("no address: %v", err)
	}
	if _, _, err := w.cases.FindByEmail(w.ctx, casework.Actor{ID: "a", Roles: []string{"auditor", "approver"}}, r.Sender.Email); !request.Forbidden.Is(err) {
		t.Errorf("who is no officer: %v", err)
	}
	for range casework.SearchesPerDay - 2 {
		if _, _, err := w.cases.FindByEmail(w.ctx, staff["jan"], "niemand@example.org"); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := w.cases.FindByEmail(w.ctx, staff["jan"], r.Sender.Email); !request.TooMany.Is(err) {
		t.Errorf("one search more than a day has: %v", err)
	}
	if got := linesOf(t, w, id, "found-by-email"); len(got) != 1 {
		t.Errorf("a refused search stands in the ledger: %d lines", len(got))
	}
}

// A paper is kept once, whatever it is called, and taking it is in the ledger.
func TestScans(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setting{})
	p := play(w, "rehearsal", false)
	id, err := w.store.ByReference(w.ctx, p.ref)
	if err != nil {
		t.Fatal(err)
	}
	pdf := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte{'x'}, casework.MaxScan-9)...)
	for range 2 {
		if err := w.cases.AddScan(w.ctx, staff["jan"], p.ref, pdf); err != nil {
			t.Fatal(err)
		}
	}
	r, err := w.store.Load(w.ctx, id)
	if err != nil || len(r.Scans) != 1 || r.Scans[0].Type != "pdf" || r.Scans[0].Bytes != casework.MaxScan {
		t.Fatalf("scans %+v, %v", r.Scans, err)
	}
	key := "dossier/" + string(id) + "/incoming/scan-" + r.Scans[0].ID
	for _, verdict := range []vault.Verdict{vault.Waiting, vault.Threat, vault.Unsupported, vault.Denied, vault.Failed, "ANOTHER"} {
		w.dossier.Judge(key, verdict)
		if all, err := w.cases.ScanVerdicts(w.ctx, staff["jan"], p.ref); err != nil || len(all) != 1 || all[0].Verdict != verdict {
			t.Errorf("%q: tells %+v, %v", verdict, all, err)
		}
		if _, body, err := w.cases.TakeScan(w.ctx, staff["jan"], p.ref, r.Scans[0].ID); !request.NotScanned.Is(err) || body != nil {
			t.Errorf("%q: hands out %d bytes, %v", verdict, len(body), err)
		}
	}
	if _, err := w.cases.ScanVerdicts(w.ctx, staff["anna"], p.ref); !request.Forbidden.Is(err) {
		t.Errorf("an auditor: %v", err)
	}
	w.dossier.Judge(key, vault.Clean)
	s, body, err := w.cases.TakeScan(w.ctx, staff["jan"], p.ref, r.Scans[0].ID)
	if err != nil || s.ID != r.Scans[0].ID || !bytes.Equal(body, pdf) {
		t.Errorf("took %+v, %v", s, err)
	}
	if a, b := linesOf(t, w, id, "scan-added"), linesOf(t, w, id, "scan-taken"); len(a) != 1 || len(b) != 1 {
		t.Errorf("the ledger says %v, %v", a, b)
	}
	for name, body := range map[string][]byte{"a page": []byte("<html>"), "nothing": nil, "one byte more": append(slices.Clone(pdf), 'x')} {
		if err := w.cases.AddScan(w.ctx, staff["jan"], p.ref, body); !request.InputRefused.Is(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := w.cases.AddScan(w.ctx, casework.Actor{ID: "a", Roles: []string{"auditor"}}, p.ref, pdf); !request.Forbidden.Is(err) {
		t.Errorf("who is no officer: %v", err)
	}
	if _, _, err := w.cases.TakeScan(w.ctx, staff["jan"], p.ref, "0000000000000000"); !request.NotFound.Is(err) {
		t.Errorf("a scan that is not there: %v", err)
	}
	for n := range 19 {
		if err := w.cases.AddScan(w.ctx, staff["jan"], p.ref, []byte("%PDF-"+string(rune('a'+n)))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.cases.AddScan(w.ctx, staff["jan"], p.ref, []byte("%PDF-one more")); !request.TooMany.Is(err) {
		t.Errorf("the 21st scan: %v", err)
	}
}

// A client is an administrator's to change; which fields changed stands on the
// register's chain, never what they hold.
func TestSaveClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setting{})
	admin := casework.Actor{ID: "beheer", Roles: []string{"administrator"}}
	c := register.Client{ID: "nieuw-bv", Name: "Nieuw BV", ContactName: "P. Nieuw", Email: "AVG@nieuw.example ", Language: request.Dutch, DebtorRole: "processor"}
	if err := w.cases.SaveClient(w.ctx, staff["jan"], nil, c); !request.Forbidden.Is(err) {
		t.Errorf("an officer: %v", err)
	}
	if err := w.cases.SaveClient(w.ctx, admin, nil, c); err != nil {
		t.Fatal(err)
	}
	c.Email = "avg@nieuw.example"
	next := c
	next.Email, next.DebtorRole = "privacy@nieuw.example", "joint"
	if err := w.cases.SaveClient(w.ctx, admin, &c, next); err != nil {
		t.Fatal(err)
	}
	if err := w.cases.SaveClient(w.ctx, admin, &c, next); !request.Conflict.Is(err) {
		t.Errorf("over another's write: %v", err)
	}
	got, err := w.store.Client(w.ctx, "nieuw-bv")
	if err != nil || got != next {
		t.Errorf("the client is %+v, %v", got, err)
	}
	var said []string
	for _, action := range []string{"client-added", "client-changed"} {
		for _, l := range linesOf(t, w, register.RegisterChain, action) {
			said = append(said, l.Action+" "+l.Actor+" "+l.Refs["client"]+" "+l.Reason)
		}
	}
	want := []string{"client-added beheer nieuw-bv name,contactName,email,language,debtorRole", "client-changed beheer nieuw-bv email,debtorRole"}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("the register's chain (-want +got):\n%s", diff)
	}
	for field, spoil := range map[string]func(*register.Client){
		"id": func(c *register.Client) { c.ID = "A B" }, "name": func(c *register.Client) { c.Name = " " }, "email": func(c *register.Client) { c.Email = "x" },
		"language": func(c *register.Client) { c.Language = "de" }, "debtorRole": func(c *register.Client) { c.DebtorRole = "" },
		"contact": func(c *register.Client) { c.SubjectContact = string(bytes.Repeat([]byte{'x'}, 501)) },
	} {
		bad := next
		spoil(&bad)
		if err := w.cases.SaveClient(w.ctx, admin, nil, bad); !request.InputRefused.Is(err) {
			t.Errorf("%s: %v", field, err)
		}
	}
	// Its files stand in systems that hold clients' files, named as the register does.
	var fault *request.Error
	odd := next
	for _, names := range []string{"collection,nowhere", "newsletter", "collection;collection"} {
		odd.ClaimSystems = names
		if err := w.cases.SaveClient(w.ctx, admin, &next, odd); !errors.As(err, &fault) || fault.On != "claimSystems" {
			t.Errorf("files in %q: %v", names, err)
		}
	}
	odd.ClaimSystems = " Collection, collection"
	if err := w.cases.SaveClient(w.ctx, admin, &next, odd); err != nil {
		t.Fatal(err)
	}
	odd.ClaimSystems = "collection"
	if got, err := w.store.Client(w.ctx, "nieuw-bv"); err != nil || got != odd {
		t.Errorf("the client is %+v, %v", got, err)
	}
	if err := w.cases.SaveClient(w.ctx, admin, &odd, next); err != nil {
		t.Fatal(err)
	}
	// A deputy has an address of its own, and stays out once it is taken out.
	for doing, email := range map[string]string{"its own contact": " Privacy@nieuw.example", "another's contact": "privacy@bakkerbouw.example", "another's deputy": "administratie@bakkerbouw.example"} {
		bad := next
		bad.DeputyEmail = email
		if err := w.cases.SaveClient(w.ctx, admin, &next, bad); !request.InputRefused.Is(err) || !errors.As(err, &fault) || fault.On != "deputyEmail" {
			t.Errorf("%s as deputy: %v", doing, err)
		}
	}
	with := next
	with.DeputyName, with.DeputyEmail = "D. Nieuw", "Plaats@nieuw.example"
	if err := w.cases.SaveClient(w.ctx, admin, &next, with); err != nil {
		t.Fatal(err)
	}
	with.DeputyEmail = "plaats@nieuw.example"
	keys, err := register.KeysOf(w.ctx, with, w.cases.Keys.Key)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := w.store.ClientByEmail(w.ctx, keys.Deputy); err != nil || got != (register.Contact{Client: with, Deputy: true}) {
		t.Errorf("the deputy is %+v, %v", got, err)
	}
	if _, err := w.prover.Ask(w.ctx, strings.Repeat("s", 43), identity.ForClient, keys.Deputy); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if n := len(w.mailbox); n == 0 || w.mailbox[n-1].letter.To.Email != with.DeputyEmail {
		t.Errorf("the deputy's code went to %+v", w.mailbox)
	}
	if err := w.cases.SaveClient(w.ctx, admin, &with, next); err != nil {
		t.Fatal(err)
	}
	if _, err := w.store.ClientByEmail(w.ctx, keys.Deputy); !request.NotFound.Is(err) {
		t.Errorf("a deputy who was taken out: %v", err)
	}
}

// Who signed in is a colleague for 90 days.
// A client that was stored before its deputy could sign in lets the deputy in from
// its next save on, though nothing is changed; after that a save changes nothing.
func TestSaveClientKeysADeputy(t *testing.T) {
	w := newWorld(t, setting{})
	c := w.clients[0]
	c.DeputyName, c.DeputyEmail = "P. Laats", "plaatsvervanger@bakkerbouw.example"
	key, err := register.KeysOf(w.ctx, c, keys{}.Key)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.PutClient(w.ctx, c, register.ContactKeys{Contact: key.Contact}); err != nil {
		t.Fatal(err)
	}
	admin := casework.Actor{ID: "staff-adm", Roles: []string{"administrator"}}
	for range 2 {
		if err := w.cases.SaveClient(w.ctx, admin, &c, c); err != nil {
			t.Fatal(err)
		}
		if has, err := w.store.ClientByEmail(w.ctx, key.Deputy); err != nil || has.Client.ID != c.ID {
			t.Errorf("the deputy leads to %q, %v", has.Client.ID, err)
		}
	}
}

func TestColleagues(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setting{})
	for _, a := range []casework.Actor{{ID: "1", Name: "Zeger", Roles: []string{"officer"}}, {ID: "2", Name: "Anna", Roles: []string{"approver"}}, {ID: "3", Name: "Niemand"}} {
		if err := w.cases.SignedIn(w.ctx, a); err != nil {
			t.Fatal(err)
		}
	}
	names := func(now time.Time) (out []string) {
		c := *w.cases
		c.Now = func() time.Time { return now }
		all, err := c.Colleagues(w.ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range all {
			out = append(out, x.Name)
		}
		return out
	}
	at := w.cases.Now()
	if got := names(at.AddDate(0, 0, 90)); !slices.Equal(got, []string{"Anna", "Zeger"}) {
		t.Errorf("after 90 days: %v", got)
	}
	if got := names(at.AddDate(0, 0, 91)); len(got) != 0 {
		t.Errorf("after 91 days: %v", got)
	}
}

func init() { verbs["find"] = verb{do: (*player).find} }

// find: find former 1 open 2 closed by jan: what the desk finds by that address.
func (p *player) find(a args, _ string) error {
	found, _, err := p.cases.FindByEmail(p.ctx, staff[a.after("by")], address(a.at(0)))
	if err != nil || p.plan != nil {
		return err // after a fault the hours are others: the end is compared
	}
	var open, closed int
	for _, f := range found {
		if f.ClosedAt.IsZero() {
			open++
		} else {
			closed++
		}
	}
	if strconv.Itoa(open) != a.at(1) || strconv.Itoa(closed) != a.at(3) {
		p.errorf("found %d open and %d closed, want %s and %s", open, closed, a.at(1), a.at(3))
	}
	return nil
}
