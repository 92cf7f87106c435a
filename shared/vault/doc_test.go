package vault

import (
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/request"
)

func TestCheckKey(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"a", "mail/0123abc", "a/b.c/d_e-f=g", strings.Repeat("k", 1024), "..."} {
		if err := CheckKey(key); err != nil {
			t.Errorf("CheckKey(%.20q) = %v", key, err)
		}
	}
	for _, key := range []string{"", "/a", "a/", "a//b", "..", "a/../b", "./a", "a b", "a\nb", "a\x00b", `a\b`, "café", strings.Repeat("k", 1025)} {
		if err := CheckKey(key); !request.InputRefused.Is(err) {
			t.Errorf("CheckKey(%.20q) = %v, want %s", key, err, request.InputRefused)
		}
	}
}
