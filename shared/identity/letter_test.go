package identity_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/request"
)

const house = "keyed-name-of-an-address"

func (d *desk) print(t *testing.T, subject string) string {
	t.Helper()
	code, until, err := d.DrawLetter(t.Context(), subject, house)
	if err != nil {
		t.Fatal(err)
	}
	if want := d.clock.Now().Add(21 * 24 * time.Hour); !until.Equal(want) {
		t.Errorf("the code works until %v, want %v", until, want)
	}
	return code
}

func (d *desk) typed(t *testing.T, secret, subject, code string) (identity.Proof, error) {
	t.Helper()
	return d.TryLetter(t.Context(), secret, identity.ForProof, subject, code)
}

func TestLetterCode(t *testing.T) {
	t.Parallel()
	d := newDesk()
	code := d.print(t, subject)
	if len(code) != 13 || strings.Trim(code, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != "" {
		t.Fatalf("the code is %q", code)
	}
	if open, err := d.LetterOpen(t.Context(), subject); err != nil || !open {
		t.Errorf("LetterOpen() = %v, %v", open, err)
	}
	_, err := d.typed(t, secret, "R-0000-0000", code)
	want(t, "of another request", err, identity.ErrCode)
	d.clock.Add(20 * 24 * time.Hour)
	loose := strings.NewReplacer("0", "o", "1", "l").Replace(strings.ToLower(code[:4] + " " + code[4:8] + "\u2013" + code[8:]))
	proof, err := d.typed(t, secret, subject, loose)
	if err != nil || len(proof.Channels) != 1 || proof.Channels[0] != house {
		t.Fatalf("TryLetter() = %+v, %v", proof, err)
	}
	if got, err := d.Proven(t.Context(), secret, identity.ForProof, subject); err != nil || got.Channels[0] != house {
		t.Errorf("Proven() = %+v, %v", got, err)
	}
	// A second click is through; another browser is not (I11).
	if _, err := d.typed(t, secret, subject, code); err != nil {
		t.Errorf("the same session again: %v", err)
	}
	_, err = d.typed(t, other, subject, code)
	want(t, "another browser", err, identity.ErrCode)
	if open, err := d.LetterOpen(t.Context(), subject); err != nil || open {
		t.Errorf("LetterOpen() of a used code = %v, %v", open, err)
	}
}

func TestLetterCodeEnds(t *testing.T) {
	t.Parallel()
	d := newDesk()
	code := d.print(t, subject)
	d.clock.Add(21 * 24 * time.Hour)
	_, err := d.typed(t, secret, subject, code)
	want(t, "after 21 days", err, identity.ErrCode)

	// Printed again, the paper of before is void.
	first := d.print(t, subject)
	second := d.print(t, subject)
	_, err = d.typed(t, secret, subject, first)
	want(t, "the first print", err, identity.ErrCode)
	if _, err := d.typed(t, secret, subject, second); err != nil {
		t.Errorf("the second print: %v", err)
	}
}

// A21: five tries for one letter, in however many browsers; what cannot be a
// code is none.
func TestLetterTries(t *testing.T) {
	t.Parallel()
	d := newDesk()
	code := d.print(t, subject)
	for _, bad := range []string{"", "12345678", code[:12], code + "0", strings.Repeat("U", 13), strings.Repeat("x", 500)} {
		_, err := d.typed(t, secret, subject, bad)
		want(t, "no code", err, identity.ErrCode)
	}
	for i := range 4 {
		_, err := d.typed(t, fmt.Sprintf("%s%d", secret, i), subject, wrong(code))
		want(t, "a wrong code", err, identity.ErrCode)
	}
	if open, _ := d.LetterOpen(t.Context(), subject); !open {
		t.Error("four tries ended the letter")
	}
	_, err := d.typed(t, other, subject, wrong(code))
	want(t, "the fifth", err, identity.ErrCode)
	_, err = d.typed(t, secret, subject, code)
	want(t, "the sixth, though right", err, identity.ErrCode)
	if open, _ := d.LetterOpen(t.Context(), subject); open {
		t.Error("a letter without tries is open")
	}
}

// A21: of a thousand tries at one moment five count.
func TestLetterTriesAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk()
	code := d.print(t, subject)
	var wg sync.WaitGroup
	var through atomic.Int32
	for i := range 32 {
		wg.Go(func() {
			if _, err := d.typed(t, fmt.Sprintf("%s%d", secret, i), subject, wrong(code)); err == nil {
				through.Add(1)
			}
		})
	}
	wg.Wait()
	if through.Load() != 0 {
		t.Error("a wrong code is right")
	}
	_, err := d.typed(t, other, subject, code)
	want(t, "after all tries are gone", err, identity.ErrCode)
}

// A16: whoever never got a letter gets the same answer, and leaves the same
// trace: a record is written either way.
func TestLetterParity(t *testing.T) {
	t.Parallel()
	d := newDesk()
	code := d.print(t, subject)
	_, known := d.typed(t, secret, subject, wrong(code))
	_, unknown := d.typed(t, secret, "R-0000-0000", wrong(code))
	if known != unknown { //nolint:errorlint // the very same
		t.Errorf("known %v, unknown %v", known, unknown)
	}
	for _, s := range []string{subject, "R-0000-0000"} {
		_, err := d.Proven(t.Context(), secret, identity.ForProof, s)
		want(t, s, err, identity.ErrUnproven)
	}
	if open, err := d.LetterOpen(t.Context(), "R-0000-0000"); err != nil || open {
		t.Errorf("LetterOpen() of nobody = %v, %v", open, err)
	}
	if _, _, err := d.DrawLetter(t.Context(), subject, ""); !request.InputRefused.Is(err) {
		t.Errorf("a letter to nowhere: %v", err)
	}
}
