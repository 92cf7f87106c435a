package memory_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/vault"
	"github.com/allclaims/rightsdesk/shared/vault/memory"
	"github.com/allclaims/rightsdesk/shared/vault/vaulttest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	vaulttest.Run(t, func(*testing.T) vaulttest.Vault { return &memory.Vault{} })
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	v := &memory.Vault{}
	vaulttest.RunScanned(t, v, v.Judge)
	// As in S3: what is written anew has no tags. (MiniStack keeps those of before.)
	v.Judge("in/1", vault.Clean)
	if err := v.Put(t.Context(), "in/1", strings.NewReader("two")); err != nil {
		t.Fatal(err)
	}
	if got, err := v.Verdict(t.Context(), "in/1"); err != nil || got != vault.Waiting {
		t.Errorf("Verdict() of what was written anew = %q, %v", got, err)
	}
}

func TestFault(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, when := range []memory.When{memory.Before, memory.After} {
		v := memory.Vault{Fault: func(op, _ string, w memory.When) error {
			if op == "Put" && w == when {
				return broken
			}
			return nil
		}}
		if err := v.Put(t.Context(), "k", strings.NewReader("x")); !errors.Is(err, broken) {
			t.Errorf("Put() = %v, want the fault", err)
		}
		_, err := v.Stat(t.Context(), "k")
		if applied := !request.NotFound.Is(err); applied != (when == memory.After) {
			t.Errorf("fault %v: applied is %v", when, applied)
		}
	}
}

func TestPresign(t *testing.T) {
	t.Parallel()
	var v memory.Vault
	if _, err := v.Presign(t.Context(), "k", time.Minute, "a.zip"); !request.NotFound.Is(err) {
		t.Errorf("a link to nothing: %v, want %s", err, request.NotFound)
	}
	if err := v.Put(t.Context(), "k", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	if link, err := v.Presign(t.Context(), "k", time.Minute, "a.zip"); err != nil || link != "memory:k" {
		t.Errorf("Presign() = %q, %v", link, err)
	}
	if _, err := v.Presign(t.Context(), "k", time.Hour, "a.zip"); !request.InputRefused.Is(err) {
		t.Errorf("a link for an hour: %v, want %s", err, request.InputRefused)
	}
}
