package main

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/evidence"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/request"
)

// The command says what holds, what to compare, and ends with a fault when
// something does not hold.
func TestEvidenceVerify(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	lines, head := ledger.Append(request.Chain{}, []ledger.Line{{Request: "0123456789abcdef0123456789abcdef", At: time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC), Actor: "subject", Action: "received"}})
	sealed := ledger.Seal("2026-11-17", []ledger.Head{{Request: lines[0].Request, Chain: head}})
	var pack bytes.Buffer
	if err := evidence.Write(&pack, evidence.Order{
		Made: time.Date(2026, 11, 18, 9, 0, 0, 0, time.UTC), By: "All Claims B.V.", Sealed: &sealed, Key: key,
		Chains: []evidence.Chain{{Request: lines[0].Request, Reference: "R-7Q2M-K9TD", Lines: lines}},
	}); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "pack.zip")
	for what, c := range map[string]struct {
		body   []byte
		args   []string
		status int
		says   string
	}{
		"sound":      {pack.Bytes(), []string{"verify", name}, 0, "open   root known"},
		"root":       {pack.Bytes(), []string{"verify", "-root", sealed.Root, name}, 0, "The root of 2026-11-17 is the one that you named."},
		"other root": {pack.Bytes(), []string{"-root", "v2:00", "verify", name}, 1, "not the one that you named"},
		"other key":  {pack.Bytes(), []string{"verify", "-key", "SHA256:00", name}, 1, "All Claims did not sign this"},
		"no pack":    {[]byte("PK"), []string{"verify", name}, 1, "open the pack"},
		"no file":    {pack.Bytes(), []string{"verify", name + "x"}, 1, "open the pack"},
		"nothing":    {pack.Bytes(), nil, 2, "ctl evidence verify FILE"},
	} {
		if err := os.WriteFile(name, c.body, 0o600); err != nil {
			t.Fatal(err)
		}
		var out, errs bytes.Buffer
		status := run(t.Context(), append([]string{"evidence"}, c.args...), nil, &out, &errs)
		if said := out.String() + errs.String(); status != c.status || !strings.Contains(said, c.says) {
			t.Errorf("%s: status %d, want %d: %s", what, status, c.status, said)
		}
	}
}
