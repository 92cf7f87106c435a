package identity_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/store/memory"
	"github.com/allclaims/rightsdesk/shared/store/storetest"
)

const (
	secret  = "0123456789abcdefghijkl"
	other   = "lkjihgfedcba9876543210"
	subject = "R-7Q2M-K9TD"
	mail    = "relations/email/1"
)

// desk is a Prover over the memory store, with a mailbox: whoever has it can
// read the code.
type desk struct {
	*identity.Prover
	store *memory.Store
	clock *storetest.Clock
	// sent are the sessions whose code was asked for.
	sent []string
}

func newDesk() *desk {
	d := &desk{clock: &storetest.Clock{}}
	d.store = &memory.Store{Now: d.clock.Now}
	d.Prover = &identity.Prover{Store: d.store, Now: d.clock.Now, Random: rand.Reader,
		Send: func(_ context.Context, id string) error { d.sent = append(d.sent, id); return nil }}
	return d
}

// code asks for a code and opens the mailbox.
func (d *desk) code(t *testing.T, secret string, p identity.Purpose, subject, channel string) string {
	t.Helper()
	if _, err := d.Ask(t.Context(), secret, p, subject); err != nil {
		t.Fatal(err)
	}
	code, err := d.Draw(t.Context(), d.sent[len(d.sent)-1], channel)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func wrong(code string) string {
	if code[0] == '0' {
		return "1" + code[1:]
	}
	return "0" + code[1:]
}

func want(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestProve(t *testing.T) {
	t.Parallel()
	d := newDesk()
	_, err := d.Proven(t.Context(), secret, identity.ForProof, subject)
	want(t, "Proven before anything", err, identity.ErrUnproven)
	code := d.code(t, secret, identity.ForProof, subject, mail)
	s, err := d.SessionOf(t.Context(), d.sent[0])
	if err != nil || s.Purpose != identity.ForProof || s.Subject != subject {
		t.Errorf("SessionOf() = %+v, %v", s, err)
	}
	_, err = d.Try(t.Context(), secret, identity.ForProof, subject, wrong(code))
	want(t, "a wrong code", err, identity.ErrCode)
	proof, err := d.Try(t.Context(), secret, identity.ForProof, subject, " "+code[:4]+"\u00a0"+code[4:6]+"-"+code[6:]+"\n")
	if err != nil {
		t.Fatal(err)
	}
	wantProof := identity.Proof{Session: d.sent[0], Channels: []string{mail}, At: storetest.Start, Until: storetest.Start.Add(30 * time.Minute)}
	if diff := cmp.Diff(wantProof, proof); diff != "" {
		t.Errorf("Try() (-want +got):\n%s", diff)
	}
	if got, err := d.Proven(t.Context(), secret, identity.ForProof, subject); err != nil || !cmp.Equal(got, proof) {
		t.Errorf("Proven() = %+v, %v", got, err)
	}
	// I11: once.
	_, err = d.Try(t.Context(), secret, identity.ForProof, subject, code)
	want(t, "the code again", err, identity.ErrCode)
	// A second channel in the same session, for L2.
	d.clock.Add(5 * time.Minute)
	proof, err = d.Try(t.Context(), secret, identity.ForProof, subject, d.code(t, secret, identity.ForProof, subject, "other"))
	if err != nil || !slices.Equal(proof.Channels, []string{mail, "other"}) {
		t.Errorf("after a second channel: %+v, %v", proof, err)
	}
	if err := d.End(t.Context(), secret, identity.ForProof, subject); err != nil {
		t.Fatal(err)
	}
	_, err = d.Proven(t.Context(), secret, identity.ForProof, subject)
	want(t, "Proven after End", err, identity.ErrUnproven)
	if err := d.End(t.Context(), other, identity.ForProof, subject); err != nil {
		t.Errorf("End of no session: %v", err)
	}
}

func TestSessionLife(t *testing.T) {
	t.Parallel()
	d := newDesk()
	if _, err := d.Try(t.Context(), secret, identity.ForClient, "k", d.code(t, secret, identity.ForClient, "k", mail)); err != nil {
		t.Fatal(err)
	}
	for d.clock.Now().Before(storetest.Start.Add(8*time.Hour - 29*time.Minute)) {
		d.clock.Add(29 * time.Minute)
		if _, err := d.Extend(t.Context(), secret, identity.ForClient, "k"); err != nil {
			t.Fatalf("after %v: %v", d.clock.Now().Sub(storetest.Start), err)
		}
	}
	d.clock.Add(29 * time.Minute) // past eight hours, however busy
	_, err := d.Extend(t.Context(), secret, identity.ForClient, "k")
	want(t, "Extend after eight hours", err, identity.ErrUnproven)

	d = newDesk()
	if _, err := d.Try(t.Context(), secret, identity.ForProof, subject, d.code(t, secret, identity.ForProof, subject, mail)); err != nil {
		t.Fatal(err)
	}
	// F09: nothing was deleted, and yet it is over.
	d.clock.Add(30 * time.Minute)
	_, err = d.Proven(t.Context(), secret, identity.ForProof, subject)
	want(t, "Proven after 30 minutes", err, identity.ErrUnproven)
	_, err = d.Extend(t.Context(), secret, identity.ForProof, subject)
	want(t, "Extend after 30 minutes", err, identity.ErrUnproven)
	// What was proven then does not count with what is proven now.
	proof, err := d.Try(t.Context(), secret, identity.ForProof, subject, d.code(t, secret, identity.ForProof, subject, "other"))
	if err != nil || !slices.Equal(proof.Channels, []string{"other"}) {
		t.Errorf("a new proof: %+v, %v", proof, err)
	}
}

// A16: the same calls to the store and the same answers, whether or not the
// subject is somebody we know, down to the sixth try and the fourth code.
func TestA16SameWork(t *testing.T) {
	t.Parallel()
	run := func(known bool) (calls, answers []string) {
		d := newDesk()
		d.store.Fault = func(op, _ string, when memory.When) error {
			if when == memory.Before {
				calls = append(calls, op)
			}
			return nil
		}
		note := func(what string, v any, err error) { answers = append(answers, fmt.Sprint(what, " ", v, " ", err)) }
		for range identity.CodesPerCase + 1 {
			asked, err := d.Ask(t.Context(), secret, identity.ForProof, subject)
			note("Ask", asked, err)
			if known && err == nil { // the sender's work, after the answer
				hook := d.store.Fault
				d.store.Fault = nil
				if _, err := d.Draw(t.Context(), d.sent[len(d.sent)-1], mail); err != nil {
					t.Fatal(err)
				}
				d.store.Fault = hook
			}
			for _, typed := range []string{"00000000", "1", "00000000", "00000000", "00000000", "00000000", "00000000", "00000000"} {
				proof, err := d.Try(t.Context(), secret, identity.ForProof, subject, typed)
				note("Try", proof, err)
			}
			proof, err := d.Proven(t.Context(), secret, identity.ForProof, subject)
			note("Proven", proof, err)
			d.clock.Add(11 * time.Minute)
			proof, err = d.Try(t.Context(), secret, identity.ForProof, subject, "00000000")
			note("Try later", proof, err)
		}
		return calls, answers
	}
	knownCalls, knownAnswers := run(true)
	calls, answers := run(false)
	if diff := cmp.Diff(knownCalls, calls); diff != "" {
		t.Errorf("store calls tell who is known (-known +unknown):\n%s", diff)
	}
	if diff := cmp.Diff(knownAnswers, answers); diff != "" {
		t.Errorf("answers tell who is known (-known +unknown):\n%s", diff)
	}
	if len(calls) < 20 {
		t.Errorf("only %d calls were compared", len(calls))
	}
}

// A20: a scanner that opens the link, follows it and presses every button has
// no code and another session; the person who comes later is not disturbed.
func TestA20ScannerTakesNothing(t *testing.T) {
	t.Parallel()
	d := newDesk()
	code := d.code(t, secret, identity.ForProof, subject, mail)
	_, err := d.Proven(t.Context(), other, identity.ForProof, subject) // GET
	want(t, "a GET by the scanner", err, identity.ErrUnproven)
	for range 20 { // presses "continue" with an empty field, and with what it read in the mail
		_, err = d.Try(t.Context(), other, identity.ForProof, subject, "")
		want(t, "an empty post", err, identity.ErrCode)
		_, err = d.Try(t.Context(), other, identity.ForProof, subject, code)
		want(t, "the code in another session", err, identity.ErrCode)
	}
	d.clock.Add(4 * time.Minute)
	if _, err := d.Try(t.Context(), secret, identity.ForProof, subject, code); err != nil {
		t.Errorf("the person, four minutes later: %v", err)
	}
	_, err = d.Proven(t.Context(), other, identity.ForProof, subject)
	want(t, "the scanner afterwards", err, identity.ErrUnproven)
}

// A21: of a thousand parallel guesses five count, and none of the others is
// looked at: the right code among them no longer helps.
func TestA21ThousandParallelGuesses(t *testing.T) {
	t.Parallel()
	d := newDesk()
	code := d.code(t, secret, identity.ForProof, subject, mail)
	var counted, refused atomic.Int64
	var wg sync.WaitGroup
	for range 1000 {
		wg.Go(func() {
			_, err := d.Try(t.Context(), secret, identity.ForProof, subject, wrong(code))
			switch {
			case errors.Is(err, identity.ErrCode):
				counted.Add(1)
			case errors.Is(err, identity.ErrTooMany):
				refused.Add(1)
			default:
				t.Errorf("Try() = %v", err)
			}
		})
	}
	wg.Wait()
	if counted.Load() != identity.MaxTries || refused.Load() != 1000-identity.MaxTries {
		t.Errorf("%d guesses were judged and %d refused, want 5 and 995", counted.Load(), refused.Load())
	}
	_, err := d.Try(t.Context(), secret, identity.ForProof, subject, code)
	want(t, "the right code after five wrong ones", err, identity.ErrTooMany)
}

// A21: a crash around the write of a try never gives a try away: applied or
// not, who guesses learns nothing from a guess that was not counted.
func TestA21CounterSurvivesCrashes(t *testing.T) {
	t.Parallel()
	for _, when := range []memory.When{memory.Before, memory.After} {
		d := newDesk()
		code := d.code(t, secret, identity.ForProof, subject, mail)
		crash := errors.New("crash")
		judged := 0
		for i := range 40 {
			d.store.Fault = func(op, _ string, w memory.When) error {
				if op == "PutSession" && w == when && i%2 == 0 {
					return crash
				}
				return nil
			}
			_, err := d.Try(t.Context(), secret, identity.ForProof, subject, wrong(code))
			switch {
			case errors.Is(err, identity.ErrCode):
				judged++
			case !errors.Is(err, crash) && !errors.Is(err, identity.ErrTooMany):
				t.Fatalf("Try() = %v", err)
			}
		}
		if judged > identity.MaxTries {
			t.Errorf("crash %v: %d guesses were judged", when, judged)
		}
	}
	// The right code, accepted, but the answer was lost: the session is proven, the code is gone.
	d := newDesk()
	code := d.code(t, secret, identity.ForProof, subject, mail)
	d.store.Fault = func(op, _ string, w memory.When) error {
		if op == "PutSession" && w == memory.After {
			return errors.New("crash")
		}
		return nil
	}
	if _, err := d.Try(t.Context(), secret, identity.ForProof, subject, code); err == nil {
		t.Error("the crash was swallowed")
	}
	d.store.Fault = nil
	if _, err := d.Proven(t.Context(), secret, identity.ForProof, subject); err != nil {
		t.Errorf("Proven() after the crash: %v", err)
	}
	_, err := d.Try(t.Context(), secret, identity.ForProof, subject, code)
	want(t, "the used code", err, identity.ErrCode)
}

// A21: three codes a case a day, fifteen a channel a month, however many
// browsers ask.
func TestA21Limits(t *testing.T) {
	t.Parallel()
	d := newDesk()
	browser := func(i int) string { return fmt.Sprintf("%022d", i) }
	for i := range 5 {
		_, err := d.Ask(t.Context(), browser(i), identity.ForProof, subject)
		if i < identity.CodesPerCase && err != nil {
			t.Errorf("code %d: %v", i+1, err)
		} else if i >= identity.CodesPerCase {
			want(t, fmt.Sprint("code ", i+1), err, identity.ErrTooMany)
		}
	}
	if len(d.sent) != identity.CodesPerCase {
		t.Errorf("%d codes were asked of the sender, want %d", len(d.sent), identity.CodesPerCase)
	}
	d.clock.Add(24*time.Hour - time.Second)
	_, err := d.Ask(t.Context(), secret, identity.ForProof, subject)
	want(t, "just before the day is over", err, identity.ErrTooMany)
	d.clock.Add(time.Second)
	if _, err := d.Ask(t.Context(), secret, identity.ForProof, subject); err != nil {
		t.Errorf("a day later: %v", err)
	}

	d = newDesk()
	for i := range identity.CodesPerChannel + 1 {
		subject := fmt.Sprint("R-0000-", i)
		if _, err := d.Ask(t.Context(), secret, identity.ForProof, subject); err != nil {
			t.Fatal(err)
		}
		_, err := d.Draw(t.Context(), d.sent[len(d.sent)-1], mail)
		if i < identity.CodesPerChannel && err != nil {
			t.Errorf("code %d to the channel: %v", i+1, err)
		} else if i >= identity.CodesPerChannel {
			want(t, fmt.Sprint("code ", i+1, " to the channel"), err, identity.ErrTooMany)
		}
	}
	if _, err := d.Draw(t.Context(), d.sent[len(d.sent)-1], "another person's"); err != nil {
		t.Errorf("another channel: %v", err)
	}
	d.clock.Add(identity.ChannelWindow)
	if _, err := d.Ask(t.Context(), secret, identity.ForProof, subject); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Draw(t.Context(), d.sent[len(d.sent)-1], mail); err != nil {
		t.Errorf("a month later: %v", err)
	}
}

// A22: ten minutes from the moment of sending.
func TestA22Lifetime(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		after time.Duration
		want  error
	}{
		{9*time.Minute + 59*time.Second, nil},
		{10 * time.Minute, identity.ErrCode},
		{10*time.Minute + time.Second, identity.ErrCode},
	} {
		d := newDesk()
		if _, err := d.Ask(t.Context(), secret, identity.ForProof, subject); err != nil {
			t.Fatal(err)
		}
		d.clock.Add(3 * time.Minute) // the mail waited
		code, err := d.Draw(t.Context(), d.sent[0], mail)
		if err != nil {
			t.Fatal(err)
		}
		d.clock.Add(tt.after)
		_, err = d.Try(t.Context(), secret, identity.ForProof, subject, code)
		want(t, fmt.Sprint("after ", tt.after), err, tt.want)
	}
	// Mail that waited for hours is not worth sending.
	d := newDesk()
	if _, err := d.Ask(t.Context(), secret, identity.ForProof, subject); err != nil {
		t.Fatal(err)
	}
	d.clock.Add(time.Hour)
	if _, err := d.Draw(t.Context(), d.sent[0], mail); err == nil {
		t.Error("a code was drawn for a form that was left an hour ago")
	}
}

// A23: session, purpose, subject and channel: swap any and the code is worth
// nothing, with one and the same error.
func TestA23Bound(t *testing.T) {
	t.Parallel()
	d := newDesk()
	code := d.code(t, secret, identity.ForProof, subject, mail)
	for _, tt := range []struct {
		name, secret string
		purpose      identity.Purpose
		subject      string
	}{
		{"session", other, identity.ForProof, subject},
		{"purpose", secret, identity.ForPackage, subject},
		{"subject", secret, identity.ForProof, "R-0000-0000"},
	} {
		_, err := d.Try(t.Context(), tt.secret, tt.purpose, tt.subject, code)
		want(t, "another "+tt.name+" that never asked", err, identity.ErrCode)
	}
	// Now each of the others has a live code of its own, so that only the binding tells.
	mine := map[string]bool{code: true}
	for _, tt := range []struct {
		name, secret string
		purpose      identity.Purpose
		subject      string
	}{
		{"session", other, identity.ForProof, subject},
		{"purpose", secret, identity.ForPackage, subject},
		{"subject", secret, identity.ForProof, "R-0000-0000"},
	} {
		mine[d.code(t, tt.secret, tt.purpose, tt.subject, mail)] = true
		_, err := d.Try(t.Context(), tt.secret, tt.purpose, tt.subject, code)
		want(t, "another "+tt.name, err, identity.ErrCode)
	}
	if len(mine) != 4 {
		t.Skip("two of four codes are alike by chance")
	}
	_, err := d.Try(t.Context(), secret, identity.ForProof, subject, "unknown")
	want(t, "no code at all", err, identity.ErrCode)
	// The channel: the stored hash of one does not fit another.
	s, err := d.store.Session(t.Context(), d.sent[0])
	if err != nil {
		t.Fatal(err)
	}
	s.Codes["elsewhere"] = s.Codes[mail]
	delete(s.Codes, mail)
	if err := d.store.PutSession(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	_, err = d.Try(t.Context(), secret, identity.ForProof, subject, code)
	want(t, "another channel", err, identity.ErrCode)
}

// A code asked anew kills the one before; drawn twice, only the last one lives.
func TestOnlyTheLastCodeLives(t *testing.T) {
	t.Parallel()
	d := newDesk()
	first := d.code(t, secret, identity.ForProof, subject, mail)
	firstSession := d.sent[0]
	if _, err := d.Ask(t.Context(), secret, identity.ForProof, subject); err != nil {
		t.Fatal(err)
	}
	_, err := d.Try(t.Context(), secret, identity.ForProof, subject, first)
	want(t, "the first code, while the second is under way", err, identity.ErrCode)
	second, err := d.Draw(t.Context(), firstSession, mail)
	if err != nil {
		t.Fatal(err)
	}
	third, err := d.Draw(t.Context(), firstSession, mail) // post tried again (F11)
	if err != nil {
		t.Fatal(err)
	}
	for _, old := range []string{first, second} {
		if old == third {
			t.Skip("two codes are alike by chance")
		}
		_, err := d.Try(t.Context(), secret, identity.ForProof, subject, old)
		want(t, "an older code", err, identity.ErrCode)
	}
	if _, err := d.Try(t.Context(), secret, identity.ForProof, subject, third); err != nil {
		t.Errorf("the last code: %v", err)
	}
}

// What is stored tells neither a secret nor a code.
func TestNothingSecretIsStored(t *testing.T) {
	t.Parallel()
	d := newDesk()
	code := d.code(t, secret, identity.ForProof, subject, mail)
	s, err := d.SessionOf(t.Context(), d.sent[0])
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), code) || strings.Contains(string(b), secret) {
		t.Errorf("a secret is stored: %s", b)
	}
}

func TestWeakSecret(t *testing.T) {
	t.Parallel()
	d := newDesk()
	if _, err := d.Ask(t.Context(), "short", identity.ForProof, subject); err == nil {
		t.Error("a short session secret was accepted")
	}
	if _, err := d.Ask(t.Context(), secret, "anything", subject); err == nil {
		t.Error("an unknown purpose was accepted")
	}
}

// Codes are unbiased: what lies above the last whole span is drawn again, and
// small numbers keep their zeros.
func TestDrawUnbiased(t *testing.T) {
	t.Parallel()
	d := newDesk()
	if _, err := d.Ask(t.Context(), secret, identity.ForProof, subject); err != nil {
		t.Fatal(err)
	}
	d.Random = io.MultiReader(strings.NewReader("\xff\xff\xff\xff\xfa\x56\xea\x00\x00\x00\x00\x07"), rand.Reader)
	code, err := d.Draw(t.Context(), d.sent[0], mail)
	if err != nil || code != "00000007" {
		t.Errorf("Draw() = %q, %v; want 00000007", code, err)
	}
}
