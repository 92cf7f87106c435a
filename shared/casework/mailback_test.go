package casework_test

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// played is a request that waits for its proof, with T-01 and T-02 sent.
func played(t *testing.T) (*world, *player) {
	t.Helper()
	w := newWorld(t, setting{})
	p := &player{world: w, name: "mailback", told: map[string]bool{}, named: map[string]request.Reference{}}
	p.do("form contact lang=en rights=restriction relations=client", "")
	if t.Failed() {
		t.FailNow()
	}
	return w, p
}

func (p *player) letterOfKind(kind string) post.Letter {
	p.t.Helper()
	of, err := p.store.LettersOf(p.ctx, string(p.now().ID))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, l := range of {
		if string(l.Order.Kind) == kind {
			return l
		}
	}
	p.t.Fatalf("no %s", kind)
	return post.Letter{}
}

func (p *player) openTasks() (kinds []string) {
	for _, t := range p.now().Tasks {
		if t.Open() {
			kinds = append(kinds, t.Kind)
		}
	}
	return kinds
}

func (p *player) linesOf(action string) (n int) {
	p.t.Helper()
	lines, err := p.store.Lines(p.ctx, p.now().ID)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, l := range lines {
		if l.Action == action {
			n++
		}
	}
	return n
}

// A letter is posted once, by an officer, on a day that can be, and only when
// mail did not do.
func TestPosted(t *testing.T) {
	w, p := played(t)
	jan, today := staff["jan"], request.Day(w.clock.Now().Format(time.DateOnly))
	l := p.letterOfKind("T-02")
	post := func(a casework.Actor, letter string, on request.Day, want request.Code) {
		t.Helper()
		if err := w.cases.Posted(w.ctx, a, p.ref, letter, on); !want.Is(err) {
			t.Errorf("posted %s on %s by %v: %v, want %s", letter, on, a.Roles, err, want)
		}
	}
	post(jan, l.ID, today, request.PhaseIllegal) // it was sent, and nothing says that it did not arrive
	p.do("bounce T-02", "")
	post(casework.Actor{ID: "x", Roles: []string{"auditor"}}, l.ID, today, request.Forbidden)
	post(jan, "1.T-99.nothing", today, request.NotFound)
	post(jan, l.ID, request.Day(w.clock.Now().AddDate(0, 0, 1).Format(time.DateOnly)), request.InputRefused)
	post(jan, l.ID, request.Day(w.clock.Now().AddDate(0, 0, -1).Format(time.DateOnly)), request.InputRefused)
	post(jan, l.ID, "2026-11-31", request.InputRefused)
	printed := func(at time.Time) {
		r := w.load(p.now().ID)
		r.CodeLetters = []request.CodeLetter{{ID: l.ID, Printed: at}}
		if err := w.store.Save(w.ctx, r, store.Writes{}); err != nil {
			t.Fatal(err)
		}
	}
	printed(time.Time{})
	post(jan, l.ID, today, request.PhaseIllegal) // there is no paper yet
	printed(w.clock.Now())
	for range 2 { // the second click changes nothing
		if err := w.cases.Posted(w.ctx, jan, p.ref, l.ID, today); err != nil {
			t.Fatal(err)
		}
	}
	got := casework.Delivery(p.letterOfKind("T-02"))
	if got.State != "posted" || got.PostedOn != today || got.PostedBy != jan.ID || got.Class != "permanent" || got.Code != "General" {
		t.Errorf("shown as %+v", got)
	}
	if n := p.linesOf("posted"); n != 1 || len(p.openTasks()) != 0 {
		t.Errorf("%d lines, open tasks %v", n, p.openTasks())
	}
	v, err := w.cases.View(w.ctx, jan, p.ref)
	if err != nil || v.Deliveries[l.ID] != got {
		t.Errorf("the desk sees %+v, %v", v.Deliveries[l.ID], err)
	}
}

// Our own notice that comes back opens no task: the task would send the next
// notice, which comes back.
func TestNoticeToStaffComesBack(t *testing.T) {
	w, p := played(t)
	p.do("bounce T-02", "")
	w.settle()
	before, tasks := len(w.mailbox), len(p.now().Tasks)
	p.do("bounce N-03", "")
	w.settle()
	if len(w.mailbox) != before || len(p.now().Tasks) != tasks || p.linesOf("undelivered") != 2 {
		t.Errorf("%d more mails, %d more tasks", len(w.mailbox)-before, len(p.now().Tasks)-tasks)
	}
}

// I-7, A01, A11: paper goes to the person whose mailbox it was, at a house that
// we knew before; to nobody else.
func TestPaperOnlyToAKnownHouse(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(r *request.Request)
		want   int
	}{
		{"known", func(*request.Request) {}, 2},
		{"no house on file", func(r *request.Request) { channels(r, "post", func(*request.FileChannel) bool { return false }) }, 1},
		{"the house is new", func(r *request.Request) {
			channels(r, "post", func(c *request.FileChannel) bool { c.Since = "2026-11-10"; return true })
		}, 1},
		{"a house since nobody knows when", func(r *request.Request) {
			channels(r, "post", func(c *request.FileChannel) bool { c.Since = ""; return true })
		}, 1},
		{"the mailbox is somebody's else", func(r *request.Request) {
			channels(r, "email", func(c *request.FileChannel) bool { c.Value = "other@example.nl"; return true })
		}, 1},
		{"several people, none chosen", func(r *request.Request) {
			for i := range r.Candidates {
				r.Candidates[i].Chosen = false
			}
		}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, p := played(t)
			r := w.load(p.now().ID)
			c.change(r)
			if err := w.store.Save(w.ctx, r, store.Writes{}); err != nil {
				t.Fatal(err)
			}
			p.do("bounce T-02", "")
			if got := p.openTasks(); len(got) != c.want {
				t.Errorf("open tasks %v", got)
			}
			paper, err := w.cases.PrintLetter(w.ctx, staff["jan"], p.ref, p.letterOfKind("T-02").ID)
			if (err == nil) != (c.want == 2) || err != nil && !request.ProofTooLow.Is(err) || err == nil && !bytes.HasPrefix(paper.PDF, []byte("%PDF")) {
				t.Errorf("printed: %v", err)
			}
		})
	}
	// A notice is worth nothing on paper.
	_, p := played(t)
	p.do("bounce T-01", "")
	if got := p.openTasks(); len(got) != 1 || got[0] != "undelivered" {
		t.Errorf("open tasks %v", got)
	}
}

// What is printed is kept and told in the ledger; what needs no paper is not printed.
func TestPrintLetter(t *testing.T) {
	w, p := played(t)
	l := p.letterOfKind("T-02")
	print := func(a casework.Actor, letter string, want request.Code) {
		t.Helper()
		if _, err := w.cases.PrintLetter(w.ctx, a, p.ref, letter); !want.Is(err) {
			t.Errorf("printed %s by %v: %v, want %s", letter, a.Roles, err, want)
		}
	}
	print(staff["jan"], l.ID, request.PhaseIllegal) // nothing says that the mail did not arrive
	p.do("bounce T-02", "")
	print(casework.Actor{ID: "x", Roles: []string{"auditor"}}, l.ID, request.Forbidden)
	print(staff["jan"], "1.T-99.nothing", request.NotFound)
	paper, err := w.cases.PrintLetter(w.ctx, staff["jan"], p.ref, l.ID)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := w.dossier.Open(w.ctx, "dossier/"+l.Owner+"/letters/"+l.ID+".pdf")
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	if b, err := io.ReadAll(kept); err != nil || !bytes.Equal(b, paper.PDF) || p.linesOf("printed") != 1 {
		t.Errorf("kept %d of %d bytes, %v, %d lines", len(b), len(paper.PDF), err, p.linesOf("printed"))
	}
	if got := p.openTasks(); len(got) != 2 {
		t.Errorf("printed is not posted: %v", got)
	}
	p.do("done print by jan", "")
	print(staff["jan"], l.ID, request.PhaseIllegal)
	other := p.letterOfKind("T-01")
	other.State, other.To.Kind = post.Print, "client"
	if err := w.store.Mark(w.ctx, other, nil); err != nil {
		t.Fatal(err)
	}
	print(staff["jan"], other.ID, request.ProofTooLow) // whose house would that be
}

// channels changes the channels of one kind, or takes them away.
func channels(r *request.Request, kind string, keep func(*request.FileChannel) bool) {
	for i := range r.Candidates {
		var left []request.FileChannel
		for _, c := range r.Candidates[i].Channels {
			if c.Kind != kind || keep(&c) {
				left = append(left, c)
			}
		}
		r.Candidates[i].Channels = left
	}
}

// An event about nothing that we know is no fault; one that is told five times
// counts once for the breaker.
func TestEventsOfNothing(t *testing.T) {
	w, p := played(t)
	for _, e := range []post.Event{
		{MessageID: "0102-unknown", What: post.Undone, Class: post.Permanent},
		{MessageID: "0102-a", Owner: "0123456789abcdef0123456789abcdef", Letter: "request.T-01.ack", What: post.Arrived},
		{MessageID: "0102-a", Owner: "client:nobody", Letter: "N-04", What: post.Undone, Class: post.Complaint},
	} {
		if err := w.cases.Mailback(w.ctx, e); err != nil {
			t.Errorf("%+v: %v", e, err)
		}
	}
	for range 5 {
		p.do("bounce T-02", "")
	}
	p.do("bounce T-02 complaint", "") // heavier: a new line, but the same mail
	sum, err := w.store.Tally(w.ctx, "mail/0/"+w.clock.Now().UTC().Format(time.DateOnly), post.Tally{}, time.Time{})
	if err != nil || sum != (post.Tally{Bounced: 1}) {
		t.Errorf("counted %+v, %v", sum, err)
	}
	if n := p.linesOf("undelivered"); n != 2 {
		t.Errorf("%d lines", n)
	}
}

// What the sender gave up and the service delivered after all is delivered, and
// nobody looks for it any more.
func TestGivenUpAndArrived(t *testing.T) {
	w, p := played(t)
	l := p.letterOfKind("T-02")
	l.State = post.Failed
	if err := w.store.Mark(w.ctx, l, nil); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.cases.Failed(w.ctx, l.Owner, l.ID); err != nil {
			t.Fatal(err)
		}
	}
	if got := p.openTasks(); len(got) != 2 { // print, undelivered
		t.Errorf("open tasks %v", got)
	}
	p.do("arrive T-02", "")
	if got := p.openTasks(); p.letterOfKind("T-02").State != post.Delivered || len(got) != 0 {
		t.Errorf("%s, open tasks %v", p.letterOfKind("T-02").State, got)
	}
}

// The words that the desk prints for every state of a letter.
func TestDelivery(t *testing.T) {
	at := monday
	for _, c := range []struct {
		l    post.Letter
		want casework.DeliveryView
	}{
		{post.Letter{State: post.Unsent, Created: at}, casework.DeliveryView{State: "queued", At: at}},
		{post.Letter{State: post.Sending, Created: at, Duplicates: 1}, casework.DeliveryView{State: "queued", At: at, Possible: 1}},
		{post.Letter{State: post.Sent, SentAt: at}, casework.DeliveryView{State: "sent", At: at}},
		{post.Letter{State: post.Sent, SentAt: at, Delivery: post.Delivery{DelayedAt: at.Add(1)}}, casework.DeliveryView{State: "delayed", At: at.Add(1)}},
		{post.Letter{State: post.Delivered, Delivery: post.Delivery{ArrivedAt: at, DelayedAt: at.Add(1)}}, casework.DeliveryView{State: "delivered", At: at}},
		{post.Letter{State: post.Bounced, Delivery: post.Delivery{FailedAt: at, Class: post.Transient, Code: "MailboxFull 4.2.2"}},
			casework.DeliveryView{State: "bounced", At: at, Class: post.Transient, Code: "MailboxFull 4.2.2"}},
		{post.Letter{State: post.Print, Created: at}, casework.DeliveryView{State: "to-post", At: at}},
		{post.Letter{State: post.Posted, Posted: "2026-11-16", PostedBy: "jan"}, casework.DeliveryView{State: "posted", PostedOn: "2026-11-16", PostedBy: "jan"}},
		{post.Letter{State: post.Failed}, casework.DeliveryView{State: "given-up"}},
	} {
		if got := casework.Delivery(c.l); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.l.State, got, c.want)
		}
	}
}
