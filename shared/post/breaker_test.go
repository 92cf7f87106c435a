package post_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
)

var bounced = post.Event{What: post.Undone, Class: post.Permanent, Code: "General 5.1.1"}

// count tells the breaker of n events.
func (w *world) count(n int, e post.Event) {
	w.t.Helper()
	for range n {
		if err := w.Breaker.Count(w.t.Context(), e); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) open() bool {
	w.t.Helper()
	f, err := w.store.Fuse(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return f.Open(w.at)
}

// A31: the breaker opens at its limits, not before, and on what the mail
// service itself counts.
func TestBreakerLimits(t *testing.T) {
	accepted := post.Event{What: post.Accepted}
	complaint := post.Event{What: post.Undone, Class: post.Complaint, Code: "abuse"}
	for _, c := range []struct {
		name     string
		accepted int
		events   int
		event    post.Event
		open     bool
	}{
		{"just under 2 %", 301, 6, bounced, false},
		{"2 %", 300, 6, bounced, true},
		{"four bounces are no rate", 4, post.MinBounces - 1, bounced, false},
		{"five are", 5, post.MinBounces, bounced, true},
		{"nobody knows why", 250, 5, post.Event{What: post.Undone, Class: post.Undetermined}, true},
		{"a full mailbox is no bad address", 250, 50, post.Event{What: post.Undone, Class: post.Transient}, false},
		{"held back by the account's own list", 250, 50, post.Event{What: post.Undone, Class: post.Permanent, Code: "OnAccountSuppressionList"}, false},
		{"a virus of ours", 250, 50, post.Event{What: post.Undone, Class: post.Rejected}, false},
		{"just under 0.05 %", 4001, 2, complaint, false},
		{"0.05 %", 4000, 2, complaint, true},
		{"one complaint is no rate", 1, post.MinComplaints - 1, complaint, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.count(c.accepted-1, accepted)
			w.at = w.at.Add(15*time.Hour + time.Second) // midnight UTC passed: the day before counts too
			w.count(1, accepted)
			w.count(c.events, c.event)
			if w.open() != c.open {
				t.Errorf("open: %v", w.open())
			}
			if told := strings.Contains(w.log.String(), "sending breaker opened"); told != c.open {
				t.Errorf("alarm: %v\n%s", told, w.log.String())
			}
			if !c.open {
				return
			}
			w.at = w.at.Add(post.OpenFor - time.Nanosecond)
			if !w.open() {
				t.Error("closed before its time")
			}
			w.at = w.at.Add(time.Nanosecond)
			if w.open() {
				t.Error("open after its time")
			}
			w.count(1, bounced) // what opened it does not open it again
			if w.open() {
				t.Error("one bounce opens it again")
			}
		})
	}
}

// The day before yesterday is past.
func TestBreakerForgets(t *testing.T) {
	w := newWorld(t)
	w.count(post.MinBounces-1, bounced)
	w.at = w.at.Add(48 * time.Hour)
	w.count(1, bounced)
	if w.open() {
		t.Error("bounces of two days ago count")
	}
}

// A31: while it is open notices to strangers wait, statutory letters to them
// trickle, all others go; afterwards everything goes, and nothing is lost.
func TestBreakerOpen(t *testing.T) {
	w := newWorld(t)
	var ls []post.Letter
	add := func(kind letters.Kind, id, to string) {
		l := w.letter(kind, id)
		l.To.Kind, l.To.Email = to, fmt.Sprint(len(ls), "@example.nl")
		ls = append(ls, l)
	}
	add(letters.Acknowledgement, "notice", "sender")
	add(letters.ImpersonationWarning, "warning", "file")
	add(letters.ClientNotice, "client", "client")
	add(letters.StaffNotice, "house", "house")
	for i := range post.Trials + 1 {
		add(letters.Refusal, fmt.Sprintf("answer-%02d", i), "sender")
	}
	add(letters.NothingHeld, "on-file", "file")
	w.register(ls...)
	w.count(post.MinBounces, bounced)
	if err := w.run(len(ls) - 2); err != nil { // the notice and the eleventh answer wait
		t.Fatal(err)
	}
	waiting := func() (n int) {
		for _, l := range ls {
			if got := w.stored(l.ID); got.State == post.Unsent {
				n++
				if got.Attempts != 0 || !got.LeaseUntil.Equal(w.at.Add(post.Recheck)) {
					t.Errorf("%s waits until %s after %d attempts", got.ID, got.LeaseUntil, got.Attempts)
				}
			}
		}
		return n
	}
	if waiting() != 2 || w.stored("notice").State != post.Unsent {
		t.Errorf("%d letters wait", waiting())
	}
	w.at = w.at.Add(post.Recheck - time.Second)
	if err := w.run(0); err != nil { // they do not clog the list
		t.Fatal(err)
	}
	w.at = w.at.Add(time.Hour)
	if err := w.run(1); err != nil { // the next hour's trickle
		t.Fatal(err)
	}
	was, err := w.Breaker.Resume(t.Context(), "operator")
	if err != nil || was.Why != "bounces" || w.open() {
		t.Fatalf("%+v, %v, open %v", was, err, w.open())
	}
	w.at = w.at.Add(post.Recheck)
	if err := w.run(1); err != nil {
		t.Fatal(err)
	}
	if w.stored("notice").State != post.Sent || len(w.given) != 0 {
		t.Errorf("notice %s, given up %v", w.stored("notice").State, w.given)
	}
	if f, err := w.store.Fuse(t.Context()); err != nil || f.ClosedBy != "operator" {
		t.Errorf("%+v, %v", f, err)
	}
	w.count(post.MinBounces-1, bounced) // by hand it counts from nought
	if w.open() {
		t.Error("opened by what it was closed for")
	}
	w.count(1, bounced)
	if !w.open() {
		t.Error("it never opens again")
	}
}

// What the breaker holds for a day is a person's (F10): re-channelled, not dropped.
func TestBreakerHeld(t *testing.T) {
	w := newWorld(t)
	w.register(w.letter(letters.Acknowledgement, "a"))
	start := w.at
	for w.at.Sub(start) < post.MaxHeld-post.Recheck {
		if !w.open() {
			w.count(post.MinBounces, bounced)
		}
		_ = w.run(0)
		w.at = w.at.Add(post.Recheck)
	}
	w.count(post.MinBounces, bounced) // the flood goes on
	_ = w.run(0)
	w.at = start.Add(post.MaxHeld - time.Nanosecond)
	_ = w.run(0)
	if len(w.given) != 0 {
		t.Fatal("given up before a day")
	}
	w.at = start.Add(post.MaxHeld + post.Recheck)
	_ = w.run(0)
	if len(w.given) != 1 || w.stored("a").State != post.Failed || w.lastLine().Reason != "held" || len(w.ses.sent) != 0 {
		t.Errorf("given up %v, %s", w.given, w.stored("a").State)
	}
}

// I17: one mailbox gets so many notices a day; an answer that the law asks for
// is never one too many.
func TestPerAddress(t *testing.T) {
	w := newWorld(t)
	var ls []post.Letter
	for i := range post.PerAddress + 1 {
		ls = append(ls, w.letter(letters.Acknowledgement, fmt.Sprintf("n-%02d", i)))
	}
	ls = append(ls, w.letter(letters.Refusal, "z-answer"))
	w.register(ls...)
	if err := w.run(post.PerAddress + 1); err != nil {
		t.Fatal(err)
	}
	if w.stored(fmt.Sprintf("n-%02d", post.PerAddress)).State != post.Unsent || w.stored("z-answer").State != post.Sent {
		t.Error("another letter waits than the last notice")
	}
	w.at = w.at.Add(24*time.Hour - time.Second)
	if err := w.run(0); err != nil {
		t.Fatal(err)
	}
}

// Two that see the limit at once open it once.
func TestBreakerAtOnce(t *testing.T) {
	w := newWorld(t)
	w.count(post.MinBounces-1, bounced)
	f, err := w.store.Fuse(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.Round, f.Until = 7, w.at.Add(time.Hour)
	if err := w.store.PutFuse(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	if err := w.store.PutFuse(t.Context(), f); !request.Conflict.Is(err) {
		t.Errorf("two states of one breaker: %v", err)
	}
	w.count(1, bounced) // counts in the new round
	if got, _ := w.store.Fuse(t.Context()); got.Round != 7 {
		t.Errorf("round %d", got.Round)
	}
}
