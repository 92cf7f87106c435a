package storetest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// unsentOf narrows the outbox to one owner: the store may be shared.
func unsentOf(t testing.TB, s Store, owner string, now time.Time) []post.Letter {
	t.Helper()
	var out []post.Letter
	for _, l := range must[[]post.Letter](t)(s.Unsent(t.Context(), now, 10_000)) {
		if l.Owner == owner {
			out = append(out, l)
		}
	}
	return out
}

func lettersCommit(t *testing.T, s Store, _ *Clock) {
	r := Request(t)
	printed := letter("", "T-09")
	printed.State = post.Print
	later := letter("", "T-05")
	later.Created = Start.Add(time.Hour)
	mustCreate(t, s, r, store.Writes{Letters: []post.Letter{later, letter("", "T-01"), printed}})
	got := must[[]post.Letter](t)(s.LettersOf(t.Context(), string(r.ID)))
	if len(got) != 3 || got[0].ID != "T-01" || got[0].State != post.Unsent || got[0].Rev != 1 || got[0].Owner != string(r.ID) || got[2].ID != "T-05" {
		t.Fatalf("LettersOf() = %+v", got)
	}
	// What is printed needs no sender, what is not yet due neither.
	if got := unsentOf(t, s, string(r.ID), Start); len(got) != 1 || got[0].ID != "T-01" {
		t.Errorf("Unsent() = %+v, want T-01 alone", got)
	}
	if got := unsentOf(t, s, string(r.ID), Start.Add(time.Hour)); len(got) != 2 || got[0].ID != "T-01" || got[1].ID != "T-05" {
		t.Errorf("Unsent() an hour later = %+v, want T-01, T-05", got)
	}
	// I8: the same event never makes a second letter, and the rest is still written.
	sent := must[post.Letter](t)(s.Claim(t.Context(), string(r.ID), "T-01", 1, Start.Add(time.Minute)))
	sent.State, sent.MessageID = post.Sent, unique(t, "ses")
	check(t, s.Mark(t.Context(), sent, nil))
	again := letter("", "T-01")
	again.To.Email = "b@example.org"
	check(t, s.Save(t.Context(), r, store.Writes{Letters: []post.Letter{again, letter("", "T-10"), letter("", "T-10")},
		Lines: []ledger.Line{line("answered")}}))
	got = must[[]post.Letter](t)(s.LettersOf(t.Context(), string(r.ID)))
	if len(got) != 4 {
		t.Fatalf("%d letters, want 4", len(got))
	}
	for _, l := range got {
		if l.ID == "T-01" && (l.State != post.Sent || l.To.Email != "a@example.org") {
			t.Errorf("a letter was written over: %+v", l)
		}
	}
	if got := unsentOf(t, s, string(r.ID), Start); len(got) != 1 || got[0].ID != "T-10" {
		t.Errorf("Unsent() = %+v, want T-10 alone", got)
	}
}

func claim(t *testing.T, s Store, clock *Clock) {
	r := Request(t)
	owner := string(r.ID)
	mustCreate(t, s, r, store.Writes{Letters: []post.Letter{letter("", "T-01")}})
	lease := Start.Add(5 * time.Minute)
	l := must[post.Letter](t)(s.Claim(t.Context(), owner, "T-01", 1, lease))
	if l.State != post.Sending || l.Attempts != 1 || l.Rev != 2 || !l.LeaseUntil.Equal(lease) {
		t.Errorf("Claim() = %+v", l)
	}
	if diff := cmp.Diff([]post.Letter{l}, must[[]post.Letter](t)(s.LettersOf(t.Context(), owner))); diff != "" {
		t.Errorf("the claim differs from what is stored (-claimed +stored):\n%s", diff)
	}
	for _, rev := range []int64{1, 2, 3} {
		_, err := s.Claim(t.Context(), owner, "T-01", rev, lease.Add(time.Hour))
		wantCode(t, "Claim of a letter that is held", err, request.Conflict)
	}
	if got := unsentOf(t, s, owner, lease.Add(-time.Nanosecond)); len(got) != 0 {
		t.Errorf("Unsent() shows a letter that is held: %+v", got)
	}
	// The sender died: after its lease another finds and takes the letter.
	if got := unsentOf(t, s, owner, lease); len(got) != 1 {
		t.Errorf("Unsent() after the lease = %+v", got)
	}
	clock.Add(5 * time.Minute)
	l = must[post.Letter](t)(s.Claim(t.Context(), owner, "T-01", 2, lease.Add(time.Hour)))
	if l.Attempts != 2 {
		t.Errorf("attempts = %d, want 2", l.Attempts)
	}
	// It failed: back in the outbox, to be tried after LeaseUntil.
	l.State, l.LeaseUntil = post.Unsent, Start.Add(2*time.Hour)
	check(t, s.Mark(t.Context(), l, nil))
	if n := len(unsentOf(t, s, owner, Start.Add(2*time.Hour-1))); n != 0 {
		t.Error("a failed letter is tried again at once")
	}
	if n := len(unsentOf(t, s, owner, Start.Add(2*time.Hour))); n != 1 {
		t.Error("a failed letter is not tried again")
	}
	_, err := s.Claim(t.Context(), owner, "T-99", 1, lease)
	wantCode(t, "Claim of no letter", err, request.NotFound)
}

func claimAtOnce(t *testing.T, s Store, _ *Clock) {
	r := Request(t)
	mustCreate(t, s, r, store.Writes{Letters: []post.Letter{letter("", "T-01")}})
	var won atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := s.Claim(t.Context(), string(r.ID), "T-01", 1, Start.Add(time.Minute))
			if err == nil {
				won.Add(1)
			} else if !request.Conflict.Is(err) {
				t.Errorf("Claim(): %v", err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d senders have one letter", won.Load())
	}
}

func mark(t *testing.T, s Store, _ *Clock) {
	r := Request(t)
	owner := string(r.ID)
	mustCreate(t, s, r, store.Writes{Letters: []post.Letter{letter("", "T-01")}, Lines: []ledger.Line{line("received")}})
	l := must[post.Letter](t)(s.Claim(t.Context(), owner, "T-01", 1, Start.Add(time.Minute)))
	l.State, l.MessageID, l.SentAt = post.Sent, unique(t, "ses"), Start
	check(t, s.Mark(t.Context(), l, []ledger.Line{line("sent")}))
	wantCode(t, "Mark again", s.Mark(t.Context(), l, []ledger.Line{line("sent")}), request.Conflict)
	got := must[*request.Request](t)(s.Load(t.Context(), r.ID))
	lines := must[[]ledger.Line](t)(s.Lines(t.Context(), r.ID))
	if err := ledger.VerifyHead(lines, got.Chain); err != nil || len(lines) != 2 || lines[1].Action != "sent" {
		t.Errorf("lines %+v: %v", lines, err)
	}
	if n := len(unsentOf(t, s, owner, Start.Add(time.Hour))); n != 0 {
		t.Error("a sent letter is in the outbox")
	}
	_, err := s.Claim(t.Context(), owner, "T-01", 3, Start.Add(time.Hour))
	wantCode(t, "Claim of a sent letter", err, request.Conflict)
	// F13: the bounce comes after the request is closed.
	got.Stage = request.Done
	check(t, s.Save(t.Context(), got, store.Writes{}))
	gotOwner, id, err := s.ByMessageID(t.Context(), l.MessageID)
	if err != nil || gotOwner != owner || id != "T-01" {
		t.Errorf("ByMessageID() = %s, %s, %v", gotOwner, id, err)
	}
	l.Rev++
	l.State = post.Bounced
	check(t, s.Mark(t.Context(), l, []ledger.Line{line("bounced")}))
	if got := must[[]post.Letter](t)(s.LettersOf(t.Context(), owner)); got[0].State != post.Bounced || got[0].Rev != 4 {
		t.Errorf("after the bounce: %+v", got[0])
	}
	other := l
	other.Rev, other.Order = 4, letters.Order{Kind: "T-20"}
	wantCode(t, "Mark as another letter", s.Mark(t.Context(), other, nil), request.InputRefused)
	_, _, err = s.ByMessageID(t.Context(), unique(t, "ses"))
	wantCode(t, "ByMessageID of no message", err, request.NotFound)
}

// The sender marks while an officer saves: the officer may have to load again,
// the mark never fails for it, and the chain holds.
func markBesideSave(t *testing.T, s Store, _ *Clock) {
	const n = 4
	r := Request(t)
	var all []post.Letter
	for i := range n {
		all = append(all, letter("", string(rune('a'+i))))
	}
	mustCreate(t, s, r, store.Writes{Letters: all})
	var wg sync.WaitGroup
	for _, l := range all {
		wg.Go(func() {
			got, err := s.Claim(t.Context(), string(r.ID), l.ID, 1, Start.Add(time.Minute))
			if err != nil {
				t.Errorf("Claim(%s): %v", l.ID, err)
				return
			}
			got.State = post.Sent
			if err := s.Mark(t.Context(), got, []ledger.Line{line("sent")}); err != nil {
				t.Errorf("Mark(%s): %v", l.ID, err)
			}
		})
	}
	saved := 0
	wg.Go(func() {
		for saved < n {
			r, err := s.Load(t.Context(), r.ID)
			if err != nil {
				t.Errorf("Load(): %v", err)
				return
			}
			if err = s.Save(t.Context(), r, store.Writes{Lines: []ledger.Line{line("saved")}}); err == nil {
				saved++
			} else if !request.Conflict.Is(err) {
				t.Errorf("Save(): %v", err)
				return
			}
		}
	})
	wg.Wait()
	got := must[*request.Request](t)(s.Load(t.Context(), r.ID))
	lines := must[[]ledger.Line](t)(s.Lines(t.Context(), r.ID))
	if err := ledger.VerifyHead(lines, got.Chain); err != nil || len(lines) != 2*n {
		t.Errorf("%d lines, want %d: %v", len(lines), 2*n, err)
	}
}

func putLetter(t *testing.T, s Store, _ *Clock) {
	owner := unique(t, "client:")
	l := letter(owner, "N-04")
	l.Code = &post.Code{Session: "s", Channel: "c"}
	check(t, s.PutLetter(t.Context(), l))
	got := must[post.Letter](t)(s.Claim(t.Context(), owner, "N-04", 1, Start.Add(time.Minute)))
	check(t, s.PutLetter(t.Context(), l)) // again: stays as it is
	if diff := cmp.Diff([]post.Letter{got}, must[[]post.Letter](t)(s.LettersOf(t.Context(), owner))); diff != "" {
		t.Errorf("the letter was written over (-want +got):\n%s", diff)
	}
	got.State = post.Sent
	wantCode(t, "lines for an owner that is no request", s.Mark(t.Context(), got, []ledger.Line{line("sent")}), request.NotFound)
	check(t, s.Mark(t.Context(), got, nil))
	wantCode(t, "a letter of nobody", s.PutLetter(t.Context(), letter("", "N-04")), request.InputRefused)
}

// What the mail service told stays with the letter through claim and mark, and
// a letter that came back goes out on paper (F12).
func events(t *testing.T, s Store, _ *Clock) {
	r := Request(t)
	owner := string(r.ID)
	mustCreate(t, s, r, store.Writes{Letters: []post.Letter{letter("", "T-21")}})
	l := must[post.Letter](t)(s.Claim(t.Context(), owner, "T-21", 1, Start.Add(time.Minute)))
	told := l
	if !told.Record(post.Event{What: post.Arrived, MessageID: unique(t, "ses"), At: Start.Add(time.Second)}) {
		t.Fatal("an arrival is no news")
	}
	check(t, s.Mark(t.Context(), told, nil))
	l.State = post.Sent
	wantCode(t, "the sender's mark after an event", s.Mark(t.Context(), l, nil), request.Conflict)
	if o, id, err := s.ByMessageID(t.Context(), told.MessageID); err != nil || o != owner || id != "T-21" {
		t.Errorf("ByMessageID() of a letter whose event came first = %s, %s, %v", o, id, err)
	}
	told.Rev++
	told.State, told.LeaseUntil = post.Sent, time.Time{}
	told.Record(post.Event{What: post.Undone, Class: post.Permanent, Code: "General 5.1.1", At: Start.Add(time.Hour)})
	check(t, s.Mark(t.Context(), told, []ledger.Line{line("undelivered")}))
	got := must[[]post.Letter](t)(s.LettersOf(t.Context(), owner))[0]
	want := post.Delivery{ArrivedAt: Start.Add(time.Second), FailedAt: Start.Add(time.Hour), Class: post.Permanent, Code: "General 5.1.1"}
	if diff := cmp.Diff(want, got.Delivery); diff != "" || got.State != post.Bounced {
		t.Errorf("state %s, delivery (-want +got):\n%s", got.State, diff)
	}
	got.State, got.Posted, got.PostedBy = post.Posted, "2026-03-06", "u-1"
	check(t, s.Mark(t.Context(), got, []ledger.Line{line("posted")}))
	got = must[[]post.Letter](t)(s.LettersOf(t.Context(), owner))[0]
	if got.State != post.Posted || got.Posted != "2026-03-06" || got.PostedBy != "u-1" || len(unsentOf(t, s, owner, Start.Add(time.Hour))) != 0 {
		t.Errorf("posted: %+v", got)
	}
}
