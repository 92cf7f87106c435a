package post_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/allclaims/rightsdesk/shared/post"
)

// F14: events come in any order and any number of times; the letter ends the
// same, and a failure wins over an arrival.
func TestEventOrder(t *testing.T) {
	base := time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)
	rapid.Check(t, func(r *rapid.T) {
		events := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) post.Event {
			e := post.Event{
				What: rapid.SampledFrom([]post.Happening{post.Accepted, post.Arrived, post.Delayed, post.Undone}).Draw(r, "what"),
				At:   base.Add(time.Duration(rapid.IntRange(0, 3).Draw(r, "at")) * time.Hour), MessageID: "ses-1",
			}
			if e.What == post.Undone {
				e.Class = rapid.SampledFrom([]post.Class{post.Transient, post.Undetermined, post.Permanent, post.Rejected, post.Complaint}).Draw(r, "class")
				e.Code = rapid.SampledFrom([]string{"General 5.1.1", "MailboxFull 4.2.2"}).Draw(r, "code")
			}
			return e
		}), 1, 6).Draw(r, "events")
		ends := func(order []post.Event) post.Letter {
			l := post.Letter{ID: "a", State: post.Sent, MessageID: "ses-1"}
			for _, e := range order {
				l.Record(e)
			}
			return l
		}
		want := ends(events)
		again := append(rapid.Permutation(events).Draw(r, "shuffled"), rapid.SliceOf(rapid.SampledFrom(events)).Draw(r, "again")...)
		if diff := cmp.Diff(want, ends(again)); diff != "" {
			r.Fatalf("another end (-want +got):\n%s", diff)
		}
		failed, arrived := false, false
		for _, e := range events {
			failed, arrived = failed || e.What == post.Undone, arrived || e.What == post.Arrived
			if repeat := want; repeat.Record(e) {
				r.Fatalf("%+v is news twice", e)
			}
		}
		switch {
		case failed && want.State != post.Bounced, !failed && arrived && want.State != post.Delivered, !failed && !arrived && want.State != post.Sent:
			r.Fatalf("%s after %+v", want.State, events)
		}
	})
}

func TestRecordByState(t *testing.T) {
	at := time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		state post.State
		what  post.Happening
		want  post.State
	}{
		{post.Unsent, post.Accepted, post.Unsent}, // the sender's to settle
		{post.Sending, post.Arrived, post.Sending},
		{post.Failed, post.Accepted, post.Sent}, // given up, and out after all
		{post.Failed, post.Arrived, post.Delivered},
		{post.Posted, post.Undone, post.Posted}, // paper is past mail
		{post.Print, post.Arrived, post.Print},
		{post.Sent, "open", post.Sent},
	} {
		l := post.Letter{State: c.state}
		news := l.Record(post.Event{What: c.what, Class: post.Permanent, MessageID: "ses-1", At: at})
		if l.State != c.want || news != (c.what != "open") {
			t.Errorf("%s, %s: %s, news %v", c.state, c.what, l.State, news)
		}
	}
}

func TestTag(t *testing.T) {
	for _, want := range [][2]string{{"0123456789abcdef0123456789abcdef", "1.T-09.answer"}, {"client:telstar", "N-04/1"}, {"house", "digest"}} {
		if o, l, ok := post.Untag(post.Tag(want[0], want[1])); !ok || o != want[0] || l != want[1] {
			t.Errorf("%q: %q %q %v", want, o, l, ok)
		}
	}
	for _, bad := range []string{"", "!", "aG91c2U", "L2E", "YS8"} {
		if o, l, ok := post.Untag(bad); ok {
			t.Errorf("%q is %q %q", bad, o, l)
		}
	}
}
