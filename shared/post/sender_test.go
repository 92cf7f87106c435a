package post_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/mail"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	"github.com/allclaims/rightsdesk/shared/store/memory"
	vaultmemory "github.com/allclaims/rightsdesk/shared/vault/memory"
)

const (
	owner  = "0123456789abcdef0123456789abcdef"
	person = "jan.jansen@example.nl" // a marker: it may stand in the mail alone
)

// service is SES: it takes mail, and fails as it is told.
type service struct {
	mu   sync.Mutex
	sent []post.Outgoing
	// fault is asked before a mail is taken, after once it is.
	fault, after func(n int) error
	calls        int
}

func (s *service) Send(_ context.Context, m post.Outgoing) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.fault != nil {
		if err := s.fault(s.calls); err != nil {
			return "", err
		}
	}
	s.sent = append(s.sent, m)
	if s.after != nil {
		if err := s.after(s.calls); err != nil {
			return "", err
		}
	}
	return fmt.Sprint("ses-", s.calls), nil
}

// world is an outbox with a sender and a clock that jumps.
type world struct {
	*post.Sender
	t       *testing.T
	store   *memory.Store
	ses     *service
	dossier *vaultmemory.Vault
	prover  *identity.Prover
	at      time.Time
	given   []string // letters given up
	log     bytes.Buffer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, store: &memory.Store{}, ses: &service{}, dossier: &vaultmemory.Vault{}, at: time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)}
	now := func() time.Time { return w.at }
	w.store.Now = now
	w.prover = &identity.Prover{Store: w.store, Now: now, Random: rand.Reader, Send: func(context.Context, string) error { return nil }}
	w.Sender = &post.Sender{
		Breaker: &post.Breaker{Meter: w.store, Now: now, Log: slog.New(slog.NewTextHandler(&w.log, nil)),
			Key: func(_ context.Context, kind, value string) (string, error) {
				return kind + hex.EncodeToString(sha256.New().Sum([]byte(value))), nil
			}},
		Outbox: w.store, Codes: w.prover, Dossier: w.dossier, Transport: w.ses, Render: letters.Render,
		House: letters.SampleHouse(), From: "info@allclaims.nl", Now: now, Log: slog.New(slog.NewTextHandler(&w.log, nil)),
		Undelivered: func(_ context.Context, owner, letter string) error {
			w.given = append(w.given, owner+" "+letter)
			return nil
		},
	}
	return w
}

// register commits a request with these letters.
func (w *world) register(ls ...post.Letter) {
	w.t.Helper()
	r := &request.Request{
		ID: owner, Reference: "R-7Q2M-K9TD", SourceKey: "mail/1", Channel: request.Email, Language: request.Dutch,
		Received: w.at, Registered: w.at, SafeDue: "2026-04-01", Due: "2026-04-05", Stage: request.Registered,
	}
	if _, _, err := w.store.Create(w.t.Context(), r, store.Writes{Letters: ls, Lines: []ledger.Line{{At: w.at, Actor: "subject", Action: "received"}}}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) letter(kind letters.Kind, id string) post.Letter {
	w.t.Helper()
	o, err := letters.Sample(kind, request.Dutch, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return post.Letter{Owner: owner, ID: id, Reference: "R-7Q2M-K9TD", Order: o, To: post.Address{Kind: "sender", Email: person}, Created: w.at}
}

func (w *world) stored(id string) post.Letter {
	w.t.Helper()
	all, err := w.store.LettersOf(w.t.Context(), owner)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, l := range all {
		if l.ID == id {
			return l
		}
	}
	w.t.Fatalf("no letter %s", id)
	return post.Letter{}
}

func (w *world) lastLine() ledger.Line {
	w.t.Helper()
	lines, err := w.store.Lines(w.t.Context(), owner)
	if err != nil || len(lines) == 0 {
		w.t.Fatal("no lines", err)
	}
	if err := ledger.Verify(lines); err != nil {
		w.t.Error(err)
	}
	return lines[len(lines)-1]
}

func (w *world) run(wantSent int) error {
	w.t.Helper()
	n, err := w.Run(w.t.Context(), 100)
	if n != wantSent {
		w.t.Errorf("sent %d, want %d (%v)", n, wantSent, err)
	}
	if s := w.log.String() + fmt.Sprint(err); strings.Contains(s, person) {
		w.t.Errorf("personal data in log or error: %s", s)
	}
	return err
}

func (w *world) kept(key string) []byte {
	w.t.Helper()
	body, err := w.dossier.Open(w.t.Context(), key)
	if err != nil {
		w.t.Fatal(err)
	}
	defer body.Close()
	b, err := io.ReadAll(body)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

func TestSend(t *testing.T) {
	w := newWorld(t)
	w.register(w.letter(letters.Acknowledgement, "request.T-01.received"))
	if err := w.run(1); err != nil {
		t.Fatal(err)
	}
	if err := w.run(0); err != nil { // once
		t.Fatal(err)
	}
	l := w.stored("request.T-01.received")
	if l.State != post.Sent || l.MessageID != "ses-1" || !l.SentAt.Equal(w.at) || l.Attempts != 1 || l.Duplicates != 0 {
		t.Errorf("letter %+v", l)
	}
	m := w.ses.sent[0]
	if m.To != person || m.From != "info@allclaims.nl" || m.Owner != owner || m.Letter != l.ID {
		t.Errorf("sent %+v", m)
	}
	if diff := cmp.Diff(string(m.Raw), string(w.kept("dossier/"+owner+"/letters/request.T-01.received.eml"))); diff != "" {
		t.Errorf("the copy is not what was sent:\n%s", diff)
	}
	line := w.lastLine()
	h := sha256.Sum256(m.Raw)
	if line.Action != "sent" || line.Actor != "system:post" || line.Refs["letter"] != l.ID || line.Refs["kind"] != "T-01" ||
		line.Refs["sha256"] != hex.EncodeToString(h[:]) || line.Refs["language"] != "nl" || !strings.HasPrefix(line.Refs["template"], "T-01@") {
		t.Errorf("line %+v", line)
	}
	if s := fmt.Sprint(line); strings.Contains(s, "@example") {
		t.Errorf("the line holds an address: %s", s)
	}
	if parsed, err := mail.ReadMessage(bytes.NewReader(m.Raw)); err != nil || parsed.Header.Get("Auto-Submitted") != "auto-replied" {
		t.Errorf("mail %v, %v", parsed, err)
	}
	if owner, id, err := w.store.ByMessageID(t.Context(), "ses-1"); err != nil || owner != l.Owner || id != l.ID {
		t.Errorf("found by its message id: %s %s %v", owner, id, err)
	}
}

// RunFor does not wait for the list, which may lag (F08).
func TestRunForReadsTheOutbox(t *testing.T) {
	w := newWorld(t)
	w.store.Lag(1000)
	w.register(w.letter(letters.Acknowledgement, "a"))
	if n, err := w.Run(t.Context(), 10); n != 0 || err != nil {
		t.Errorf("the list shows it at once: %d %v", n, err)
	}
	if n, err := w.RunFor(t.Context(), owner); n != 1 || err != nil {
		t.Errorf("sent %d, %v", n, err)
	}
	if n, err := w.RunFor(t.Context(), owner); n != 0 || err != nil {
		t.Errorf("sent again: %d, %v", n, err)
	}
}

// The code stands in the mail alone: not in the outbox, the copy, the ledger or the log.
func TestCode(t *testing.T) {
	w := newWorld(t)
	secret := strings.Repeat("s", 30)
	var session string
	w.prover.Send = func(_ context.Context, id string) error { session = id; return nil }
	if _, err := w.prover.Ask(t.Context(), secret, identity.ForProof, "R-7Q2M-K9TD"); err != nil {
		t.Fatal(err)
	}
	l := w.letter(letters.CodeNotice, "code.1")
	l.Code = &post.Code{Session: session, Channel: "email:1"}
	w.register(l)
	if err := w.run(1); err != nil {
		t.Fatal(err)
	}
	text := string(w.ses.sent[0].Raw)
	groups := regexp.MustCompile(`\b(\d{4})(?: |=C2=A0)(\d{4})\b`).FindStringSubmatch(text)
	if groups == nil {
		t.Fatalf("no code in the mail:\n%s", text)
	}
	code := groups[1] + groups[2]
	got := w.stored("code.1")
	for what, s := range map[string]string{
		"copy": string(w.kept(got.Copy)), "outbox": fmt.Sprintf("%+v", got), "ledger": fmt.Sprintf("%+v", w.lastLine()), "log": w.log.String(),
	} {
		if strings.Contains(s, code) || strings.Contains(s, groups[0]) {
			t.Errorf("the %s holds the code", what)
		}
	}
	h := sha256.Sum256(w.kept(got.Copy)) // of the copy: a hash of the mail would tell the code
	if w.lastLine().Refs["sha256"] != hex.EncodeToString(h[:]) {
		t.Error("the ledger does not vouch for the copy")
	}
	if _, err := w.prover.Try(t.Context(), secret, identity.ForProof, "R-7Q2M-K9TD", code); err != nil {
		t.Errorf("the code from the mail: %v", err)
	}
}

// Mail that waited for an hour finds nobody in front of the form; no person is troubled.
func TestCodeOver(t *testing.T) {
	w := newWorld(t)
	l := w.letter(letters.CodeNotice, "code.1")
	l.Code = &post.Code{Session: strings.Repeat("0", 64), Channel: "email:1"}
	w.register(l)
	if err := w.run(0); err != nil {
		t.Fatal(err)
	}
	if got := w.stored("code.1"); got.State != post.Failed || len(w.given) != 0 || w.lastLine().Reason != "code-over" {
		t.Errorf("letter %s, given up %v, %+v", got.State, w.given, w.lastLine())
	}
}

// F10: while SES is down letters wait; after a day of tries a person gets a task.
func TestServiceDown(t *testing.T) {
	w := newWorld(t)
	w.ses.fault = func(int) error { return fmt.Errorf("SES says Throttling: %w", post.ErrNotNow) }
	w.register(w.letter(letters.Acknowledgement, "a"))
	start, tries := w.at, 0
	for len(w.given) == 0 {
		if tries++; tries > 10*post.MaxAttempts {
			t.Fatal("never given up")
		}
		if err := w.run(0); err == nil {
			t.Fatal("no fault told")
		}
		if l := w.stored("a"); l.State == post.Unsent {
			if !l.LeaseUntil.After(w.at) {
				t.Fatal("tried again at once")
			}
			w.at = l.LeaseUntil
		}
	}
	if waited := w.at.Sub(start); waited < 24*time.Hour || waited > 48*time.Hour || w.ses.calls != post.MaxAttempts {
		t.Errorf("given up after %s and %d tries", waited, w.ses.calls)
	}
	if diff := cmp.Diff([]string{owner + " a"}, w.given); diff != "" {
		t.Error(diff)
	}
	if l := w.stored("a"); l.State != post.Failed || l.Duplicates != 0 {
		t.Errorf("letter %s, %d duplicates", l.State, l.Duplicates)
	}
	if line := w.lastLine(); line.Action != "not-sent" || line.Reason != "attempts" {
		t.Errorf("line %+v", line)
	}
}

func TestRefused(t *testing.T) {
	w := newWorld(t)
	w.ses.fault = func(int) error { return fmt.Errorf("SES says MessageRejected: %w", post.ErrRefused) }
	w.register(w.letter(letters.Acknowledgement, "a"))
	for range 3 {
		_ = w.run(0)
		w.at = w.at.Add(2 * time.Hour)
	}
	_ = w.run(0)
	if w.ses.calls != 3 || len(w.given) != 1 || w.lastLine().Reason != "refused" {
		t.Errorf("%d tries, given up %v, %+v", w.ses.calls, w.given, w.lastLine())
	}
}

// A letter that can be no mail is a person's at once, and does not stop the next (F25).
func TestPoison(t *testing.T) {
	w := newWorld(t)
	bad := w.letter(letters.Acknowledgement, "bad")
	bad.To.Email = person + "\r\nBcc: x@example.nl"
	unknown := w.letter(letters.Acknowledgement, "unknown")
	unknown.Order.Kind = "T-99"
	w.register(bad, unknown, w.letter(letters.Acknowledgement, "good"))
	if err := w.run(1); err == nil {
		t.Error("no fault told")
	}
	if w.stored("bad").State != post.Failed || w.stored("unknown").State != post.Failed || w.stored("good").State != post.Sent || len(w.given) != 2 {
		t.Errorf("bad %s, good %s, given up %v", w.stored("bad").State, w.stored("good").State, w.given)
	}
}

// F11, I8: killed at every point, a letter is never lost, and goes out twice
// only where nobody can know; each such time is counted. Where the mail service
// tells in time that it has the mail, it is not sent again.
func TestCrashes(t *testing.T) {
	crash := errors.New("crash")
	const never = time.Duration(-1)
	for _, c := range []struct {
		name string
		op   string
		when memory.When
		ses  bool // crash inside the service, after it took the mail
		// told is how long after the mail its event is recorded.
		told             time.Duration
		mails, duplicate int
	}{
		{"before claim", "Claim", memory.Before, false, never, 1, 0},
		{"after claim", "Claim", memory.After, false, never, 1, 1}, // nobody knows that nothing went out
		{"before mark", "Mark", memory.Before, false, never, 2, 1},
		{"before mark, told at once", "Mark", memory.Before, false, 0, 1, 0},
		{"before mark, told in the last second", "Mark", memory.Before, false, post.Lease - time.Second, 1, 0},
		{"before mark, told too late", "Mark", memory.Before, false, post.Lease + time.Second, 2, 1}, // what remains
		{"after mark", "Mark", memory.After, false, never, 1, 0},
		{"after mark, told", "Mark", memory.After, false, 0, 1, 0},
		{"after send, unknown", "", 0, true, never, 2, 1},
		{"after send, unknown, told", "", 0, true, time.Minute, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.register(w.letter(letters.Refusal, "a"))
			armed := true
			w.store.Fault = func(op, _ string, when memory.When) error {
				if armed && c.op == op && c.when == when {
					armed = false
					return crash
				}
				return nil
			}
			if c.ses {
				w.ses.after = func(n int) error {
					if n == 1 {
						return crash
					}
					return nil
				}
			}
			start := w.at
			tell := func() {
				if c.told != never && w.at.Sub(start) >= c.told && len(w.ses.sent) > 0 {
					w.event("a", post.Event{What: post.Accepted, MessageID: "ses-1", At: w.at})
				}
			}
			_, _ = w.Run(t.Context(), 10)
			for range 4 {
				for _, step := range []time.Duration{time.Minute, post.Lease - time.Minute - time.Second, time.Second, time.Second} {
					tell() // nobody takes it before the lease is over
					w.at = w.at.Add(step)
					_, _ = w.Run(t.Context(), 10)
				}
			}
			l := w.stored("a")
			if l.State != post.Sent || len(w.ses.sent) != c.mails || l.Duplicates != c.duplicate || len(w.given) > 0 || l.MessageID == "" || l.Copy == "" {
				t.Errorf("state %s, %d mails, %d duplicates; want sent, %d, %d", l.State, len(w.ses.sent), l.Duplicates, c.mails, c.duplicate)
			}
			n := 0
			lines, err := w.store.Lines(t.Context(), owner)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range lines {
				if line.Action == "sent" {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%d lines say that it was sent", n) // one logical letter
			}
		})
	}
}

// event records what the service tells, as mailback does.
func (w *world) event(id string, e post.Event) bool {
	w.t.Helper()
	l := w.stored(id)
	if !l.Record(e) {
		return false
	}
	if err := w.store.Mark(w.t.Context(), l, nil); err != nil {
		w.t.Fatal(err)
	}
	return true
}

// An event may come before the sender has written that it sent: neither is lost.
func TestEventBeforeMark(t *testing.T) {
	for _, c := range []struct {
		told post.Event
		want post.State
	}{
		{post.Event{What: post.Accepted}, post.Sent},
		{post.Event{What: post.Arrived}, post.Delivered},
		{post.Event{What: post.Undone, Class: post.Permanent, Code: "OnAccountSuppressionList"}, post.Bounced},
	} {
		t.Run(string(c.told.What), func(t *testing.T) {
			w := newWorld(t)
			w.register(w.letter(letters.Refusal, "a"))
			w.ses.after = func(int) error {
				c.told.MessageID, c.told.At = "ses-1", w.at
				w.event("a", c.told)
				return nil
			}
			if err := w.run(1); err != nil {
				t.Fatal(err)
			}
			if l := w.stored("a"); l.State != c.want || l.MessageID != "ses-1" || !l.SentAt.Equal(w.at) || w.lastLine().Refs["sha256"] == "" {
				t.Errorf("letter %+v", l)
			}
		})
	}
}

// A service that never answers is asked as often as one that says no, and then
// a person has the letter.
func TestNeverAnswered(t *testing.T) {
	w := newWorld(t)
	w.ses.fault = func(int) error { return errors.New("SES did not answer") }
	w.register(w.letter(letters.Refusal, "a"))
	for range 3 * post.MaxAttempts {
		_ = w.run(0)
		w.at = w.at.Add(post.Lease)
	}
	if l := w.stored("a"); l.State != post.Failed || w.ses.calls != post.MaxAttempts || len(w.given) != 1 || w.lastLine().Reason != "attempts" {
		t.Errorf("state %s after %d tries, given up %v", l.State, w.ses.calls, w.given)
	}
}

// What may not go any more is withdrawn, or kept for the reader that it has one
// day, also after a crash of its sender; what went before that stays as sent.
func TestLeave(t *testing.T) {
	w := newWorld(t)
	says := map[string]post.Leave{"over": {Why: "client-moved"}, "kept": {Why: "client-left", Later: true}, "broken": {Why: "client-moved"}}
	w.Leave = func(_ context.Context, l post.Letter) (post.Leave, error) {
		leave := says[l.ID]
		if leave.To.Email == "" {
			leave.To = l.To
		}
		return leave, nil
	}
	w.register(w.letter(letters.ClientReport, "over"), w.letter(letters.ClientReport, "kept"), w.letter(letters.ClientReport, "goes"))
	if err := w.run(1); err != nil {
		t.Fatal(err)
	}
	if l := w.stored("over"); l.State != post.Withdrawn || l.Copy != "" {
		t.Errorf("withdrawn: %+v", l)
	}
	for range 3 {
		if l := w.stored("kept"); l.State != post.Unsent || l.Kept != "client-left" || !l.LeaseUntil.Equal(w.at.Add(post.KeptFor)) || l.Attempts != 0 {
			t.Errorf("kept: %+v", l)
		}
		w.at = w.at.Add(post.KeptFor)
		if err := w.run(0); err != nil {
			t.Fatal(err)
		}
	}
	// It has another reader when it may go, and the row says which before its mail goes.
	says["kept"] = post.Leave{To: post.Address{Kind: "client", Email: "curator@example.nl"}, Values: w.stored("kept").Order.Values}
	w.ses.fault = func(int) error { return post.ErrNotNow }
	w.at = w.at.Add(post.KeptFor)
	_ = w.run(0)
	if l := w.stored("kept"); l.To.Email != "curator@example.nl" || l.Kept != "" || l.State != post.Unsent {
		t.Errorf("let go: %+v", l)
	}
	w.ses.fault = nil
	w.at = w.at.Add(time.Hour)
	if err := w.run(1); err != nil {
		t.Fatal(err)
	}
	if l := w.stored("kept"); l.State != post.Sent || w.ses.sent[1].To != "curator@example.nl" {
		t.Errorf("sent: %+v", l)
	}
	var told []string
	lines, err := w.store.Lines(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if line.Action != "received" {
			told = append(told, line.Action+" "+line.Reason+" "+line.Refs["letter"])
		}
	}
	if d := cmp.Diff([]string{"sent  goes", "kept-back client-left kept", "not-sent client-moved over", "sent-after-all  kept", "sent  kept"}, told); d != "" {
		t.Errorf("the ledger (-want +got):\n%s", d)
	}
}

// A sender that died perhaps sent what may not go any more: the ledger says so,
// and word of the service that it has the mail wins.
func TestLeaveAfterCrash(t *testing.T) {
	for _, told := range []bool{false, true} {
		w := newWorld(t)
		may := true
		w.Leave = func(_ context.Context, l post.Letter) (post.Leave, error) {
			if may {
				return post.Leave{To: l.To}, nil
			}
			return post.Leave{Why: "client-moved"}, nil
		}
		w.ses.after = func(int) error { return errors.New("no answer came") }
		w.register(w.letter(letters.ClientReport, "a"))
		_ = w.run(0)
		may = false
		if told {
			l := w.stored("a")
			if !l.Record(post.Event{What: post.Accepted, MessageID: "ses-1", At: w.at}) {
				t.Fatal("the event tells nothing new")
			}
			if err := w.store.Mark(t.Context(), l, nil); err != nil {
				t.Fatal(err)
			}
		}
		w.at = w.at.Add(post.Lease)
		if _, err := w.Run(t.Context(), 10); err != nil {
			t.Fatal(err)
		}
		l, line := w.stored("a"), w.lastLine()
		switch {
		case told && (l.State != post.Sent || line.Action != "sent"):
			t.Errorf("told: %s, %+v", l.State, line)
		case !told && (l.State != post.Withdrawn || line.Action != "not-sent" || line.Refs["perhaps-sent"] != "yes"):
			t.Errorf("not told: %s, %+v", l.State, line)
		}
		if !told && (!l.Record(post.Event{What: post.Arrived, MessageID: "ses-1", At: w.at}) || l.State != post.Delivered) {
			t.Errorf("one that arrived after all is %s", l.State)
		}
		if len(w.ses.sent) != 1 {
			t.Errorf("%d mails", len(w.ses.sent))
		}
	}
}

// Many senders at once send each letter once.
func TestSendersAtOnce(t *testing.T) {
	w := newWorld(t)
	var ls []post.Letter
	for i := range 10 {
		ls = append(ls, w.letter(letters.Acknowledgement, fmt.Sprint("l-", i)))
	}
	w.register(ls...)
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() { _, _ = w.Run(t.Context(), 100) })
	}
	wg.Wait()
	if len(w.ses.sent) != len(ls) {
		t.Errorf("%d mails for %d letters", len(w.ses.sent), len(ls))
	}
}

// Without time left no letter is begun: a cut-off sender is a possible duplicate.
func TestNoTimeLeft(t *testing.T) {
	w := newWorld(t)
	w.register(w.letter(letters.Acknowledgement, "a"))
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if n, err := w.Run(ctx, 10); n != 0 || err != nil || w.stored("a").State != post.Unsent {
		t.Errorf("sent %d, %v, letter %s", n, err, w.stored("a").State)
	}
}

func TestServe(t *testing.T) {
	w := newWorld(t)
	w.register(w.letter(letters.Acknowledgement, "a"))
	var ordered []string
	serve := w.Serve(func(_ context.Context, session string) error {
		ordered = append(ordered, session)
		return nil
	})
	if err := serve(t.Context(), post.Call{Owner: "nobody"}); err != nil || len(w.ses.sent) != 0 {
		t.Errorf("another owner: %d mails, %v", len(w.ses.sent), err)
	}
	if err := serve(t.Context(), post.Call{Owner: owner}); err != nil || len(w.ses.sent) != 1 {
		t.Errorf("the owner: %d mails, %v", len(w.ses.sent), err)
	}
	if err := w.store.PutLetter(t.Context(), func() post.Letter { l := w.letter(letters.StaffNotice, "n"); l.Owner = "house"; return l }()); err != nil {
		t.Fatal(err)
	}
	if err := serve(t.Context(), post.Call{}); err != nil || len(w.ses.sent) != 2 || len(ordered) != 0 {
		t.Errorf("everybody: %d mails, %v", len(w.ses.sent), err)
	}
	if err := serve(t.Context(), post.Call{Session: "s-1"}); err != nil || len(ordered) != 1 || ordered[0] != "s-1" {
		t.Errorf("a session: %v, %v", ordered, err)
	}
}
