package casework_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/infra/demo"
	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// noteMail puts a message that became no request into the register.
func (w *world) noteMail(id, kind, rule string, at time.Time) {
	w.t.Helper()
	if err := w.store.Note(w.ctx, store.Noted{Source: "mail/" + id, Kind: kind, Rule: rule, At: at}); err != nil {
		w.t.Fatal(err)
	}
}

// watchOn runs the watch and lets its mail go out; it gives the digests sent.
func (w *world) watchOn() (casework.WatchReport, []sentMail) {
	w.t.Helper()
	before := len(w.mailbox)
	report, err := w.cases.Watch(w.ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	w.settle()
	var digests []sentMail
	for _, m := range w.mailbox[before:] {
		if m.letter.Order.Kind == letters.MailDigest {
			digests = append(digests, m)
		}
	}
	return report, digests
}

// A digest lists fifty mails, counts all of them by rule, and says how many more
// there were. A mail that is noted late, or after a day on which watch was down,
// is told of all the same; what robots wrote never is.
func TestDigest(t *testing.T) {
	w := newWorld(t, setting{})
	for i := range 53 {
		rule := "business-invoice"
		if i%10 == 0 {
			rule = "thanks"
		}
		w.noteMail(fmt.Sprintf("m-%02d", i), "other", rule, monday.Add(time.Duration(i)*time.Minute))
	}
	w.noteMail("robot", "automatic", "auto-submitted", monday)
	w.noteMail("reply", "joined", "question", monday)
	w.pass(20 * time.Hour)
	report, digests := w.watchOn()
	if len(digests) != 1 || report.Digests != 1 || report.Noted["other"] != 53 || report.Noted["automatic"] != 1 {
		t.Fatalf("%d digests, report %+v", len(digests), report)
	}
	text := strings.Join(strings.Fields(digests[0].mail.Text), " ")
	for _, want := range []string{"Hoeveel mails het waren: 53.", "47 × factuur", "6 × bedankje", "09.00 uur, bedankje, mail m-00", "mail m-49", "Er waren er nog meer: drie."} {
		if !strings.Contains(text, want) {
			t.Errorf("the digest does not say %q:\n%s", want, digests[0].mail.Text)
		}
	}
	for _, not := range []string{"mail m-50", "robot", "reply"} {
		if strings.Contains(text, not) {
			t.Errorf("the digest says %q", not)
		}
	}
	if _, again := w.watchOn(); len(again) != 0 {
		t.Errorf("a second run sends %d digests", len(again))
	}
	w.noteMail("late", "other", "thanks", monday)
	w.pass(3 * 24 * time.Hour) // watch was down for two days
	if _, late := w.watchOn(); len(late) != 1 || !strings.Contains(late[0].mail.Text, "mail late") {
		t.Errorf("a mail noted late is in %d digests", len(late))
	}
	w.pass(24 * time.Hour)
	if report, none := w.watchOn(); len(none) != 0 || len(report.Noted) != 0 {
		t.Errorf("a day without ordinary mail has %d digests, %+v", len(none), report)
	}
}

// A32: the digest comes back to us by the office mailbox, as it is and with
// another envelope: it is noted as our own, gets no answer, and is in no digest.
func TestDigestDoesNotLoop(t *testing.T) {
	w := newWorld(t, setting{})
	w.noteMail("m-1", "other", "business-invoice", monday)
	w.pass(20 * time.Hour)
	_, digests := w.watchOn()
	if len(digests) != 1 {
		t.Fatalf("%d digests", len(digests))
	}
	body, err := w.dossier.Open(w.ctx, w.letter("house", digests[0].letter.ID).Copy)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	raw, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	stripped := bytes.Replace(raw, []byte("Auto-Submitted: auto-generated\r\n"), nil, 1) // as some gateways do
	if bytes.Equal(raw, stripped) {
		t.Fatal("the digest is not marked as written by a machine")
	}
	sent := len(w.mailbox)
	for id, mail := range map[string][]byte{
		"back": raw, "redirected": append([]byte("Return-Path: <srs0=x=allclaims.example@office.example>\r\nReceived: from office.example\r\n"), raw...),
		"stripped": stripped,
	} {
		if err := w.raw.Put(w.ctx, "raw/"+id, bytes.NewReader(mail)); err != nil {
			t.Fatal(err)
		}
		if err := w.cases.Receive(w.ctx, casework.RawMail{Key: "raw/" + id, MessageID: id, Received: w.clock.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	w.settle()
	noted, _, err := w.store.NotedOn(w.ctx, "2026-11-17", store.Page{})
	if err != nil || len(noted) != 3 {
		t.Fatalf("%d of 3 are noted, %v", len(noted), err)
	}
	for _, n := range noted {
		if n.Kind != "automatic" || n.Rule != "own-mail" {
			t.Errorf("%s is taken for %s by %s", n.Source, n.Kind, n.Rule)
		}
	}
	w.pass(24 * time.Hour)
	if _, again := w.watchOn(); len(again) != 0 || len(w.mailbox) != sent || len(w.seen) != 0 {
		t.Errorf("the digest made %d digests, %d mails, %d requests", len(again), len(w.mailbox)-sent, len(w.seen))
	}
}

// I13: neither the digest nor its outbox row knows who wrote, or what.
func TestDigestTellsNothingOfAPerson(t *testing.T) {
	w := newWorld(t, setting{})
	secret := []string{"Markeerder", "markeer@papier.example", "F-774411", "NL02ABNA0123456789"}
	mail := "From: Karel Markeerder <markeer@papier.example>\r\nTo: " + house().Email + "\r\nSubject: Factuur F-774411\r\n\r\n" +
		"Hierbij onze factuur F-774411. Gelieve het bedrag binnen 30 dagen over te maken op NL02ABNA0123456789.\r\n"
	if err := w.raw.Put(w.ctx, "raw/ordinary", strings.NewReader(mail)); err != nil {
		t.Fatal(err)
	}
	if err := w.cases.Receive(w.ctx, casework.RawMail{Key: "raw/ordinary", MessageID: "ordinary", Received: monday}); err != nil {
		t.Fatal(err)
	}
	w.pass(20 * time.Hour)
	_, digests := w.watchOn()
	if len(digests) != 1 {
		t.Fatalf("%d digests", len(digests))
	}
	all := fmt.Sprintf("%+v", digests[0])
	for _, s := range append(secret, demo.Victim.Name) {
		if strings.Contains(all, s) {
			t.Errorf("the digest tells %q", s)
		}
	}
}

// Only an officer sees ordinary mail; a list tells of nobody, a mail is shown as
// its words. One whose raw mail is gone cannot be taken up, and says so.
func TestOrdinaryMail(t *testing.T) {
	w := newWorld(t, setting{})
	mail := "From: Karel Markeerder <markeer@papier.example>\r\nTo: " + house().Email + "\r\nSubject: Factuur F-774411\r\n\r\n" +
		"Hierbij onze factuur F-774411. Gelieve het bedrag binnen 30 dagen over te maken op NL02ABNA0123456789.\r\n"
	if err := w.raw.Put(w.ctx, "raw/ordinary", strings.NewReader(mail)); err != nil {
		t.Fatal(err)
	}
	if err := w.cases.Receive(w.ctx, casework.RawMail{Key: "raw/ordinary", MessageID: "ordinary", Received: monday}); err != nil {
		t.Fatal(err)
	}
	w.noteMail("robot", "automatic", "auto-submitted", monday)
	const on = "2026-11-16"
	rows, _, err := w.cases.Ordinary(w.ctx, staff["jan"], on, store.Page{Limit: 10})
	want := []casework.OrdinaryRow{{ID: "ordinary", At: monday, Rule: "business-invoice"}}
	if d := cmp.Diff(want, rows); err != nil || d != "" {
		t.Errorf("Ordinary() %v (-want +got):\n%s", err, d)
	}
	got, err := w.cases.OrdinaryMail(w.ctx, staff["jan"], on, "ordinary")
	if err != nil || got.From != "markeer@papier.example" || got.Subject != "Factuur F-774411" || !strings.Contains(got.Text, "binnen 30 dagen") {
		t.Errorf("OrdinaryMail() = %+v, %v", got, err)
	}
	for _, who := range []casework.Actor{staff["anna"], {ID: "x", Roles: []string{"approver"}}, {}} {
		_, _, err := w.cases.Ordinary(w.ctx, who, on, store.Page{Limit: 10})
		_, mailErr := w.cases.OrdinaryMail(w.ctx, who, on, "ordinary")
		_, upErr := w.cases.TakeUp(w.ctx, who, on, "ordinary")
		for _, err := range []error{err, mailErr, upErr} {
			if !request.Forbidden.Is(err) {
				t.Errorf("%v may: %v", who.Roles, err)
			}
		}
	}
	for _, id := range []string{"robot", "nothing", "../raw/ordinary"} {
		if _, err := w.cases.TakeUp(w.ctx, staff["jan"], on, id); !request.NotFound.Is(err) {
			t.Errorf("taking up %s: %v", id, err)
		}
	}
	if err := w.raw.Delete(w.ctx, "raw/ordinary"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.cases.TakeUp(w.ctx, staff["jan"], on, "ordinary"); !request.NotFound.Is(err) || len(w.seen) != 0 {
		t.Errorf("taking up a mail that is gone: %v, %d requests", err, len(w.seen))
	}
}

func init() {
	verbs["take"] = verb{do: (*player).takeUp}
	verbs["ordinary"] = verb{says: true, do: (*player).ordinary}
}

// takeUp: take MAIL of DAY by jan: what was noted as ordinary mail becomes a request.
func (p *player) takeUp(a args, _ string) error {
	defer p.newest()
	_, err := p.cases.TakeUp(p.ctx, staff[a.after("by")], request.Day(a.after("of")), a.at(0))
	return err
}

// ordinary: ordinary MAIL of DAY [taken]: it stands in the officer's list, and
// whether a request was made of it.
func (p *player) ordinary(a args, _ string) error {
	rows, _, err := p.cases.Ordinary(p.ctx, staff["jan"], request.Day(a.after("of")), store.Page{Limit: 100})
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.ID == a.at(0) {
			if taken := r.Reference != ""; taken != slices.Contains(a.words, "taken") {
				p.errorf("%s is a request: %v", r.ID, taken)
			}
			return nil
		}
	}
	p.errorf("%s is not in the list of ordinary mail", a.at(0))
	return nil
}

// A42: a column that a system has and the inventory does not name is told of
// by its system and holding, not by its name, while the copy waits for a look.
func TestWatchTellsOfUndeclaredFields(t *testing.T) {
	w := newWorld(t, setting{})
	for _, row := range small().Rows["relations"] {
		row = maps.Clone(row)
		row["shoeSize"] = "44"
		w.systems.Memory("relations").Put(row)
	}
	p := play(w, "screening-waits", false)
	report, _ := w.watchOn()
	if d := cmp.Diff(map[string]int{"relations/clients": 1}, report.Unnamed); d != "" || report.Undeclared != 1 {
		t.Errorf("%d fields (-want +got):\n%s", report.Undeclared, d)
	}
	if !slices.Contains(p.now().Legs[0].Review, "relations/clients/shoeSize") {
		t.Errorf("nobody looks at it first: %v", p.now().Legs[0].Review)
	}
}
