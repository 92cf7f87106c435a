package scanner

import (
	"encoding/base64"
	"testing"

	"github.com/allclaims/rightsdesk/shared/vault"
)

func TestJudge(t *testing.T) {
	mail := "From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHallo\r\n" +
		"--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=x.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	for name, tt := range map[string]struct {
		body string
		want vault.Verdict
	}{
		"a paper":                   {"%PDF-1.7 x", vault.Clean},
		"the test file":             {string(eicar) + "$H+H*", vault.Threat},
		"the test file in a paper":  {"%PDF-1.7 " + string(eicar) + "$H+H*", vault.Threat},
		"a paper with a password":   {"%PDF-1.7 << /Encrypt 5 0 R >>", vault.Unsupported},
		"a mail":                    {mail + base64.StdEncoding.EncodeToString([]byte("een brief")) + "\r\n--b--\r\n", vault.Clean},
		"a mail with the test file": {mail + base64.StdEncoding.EncodeToString(eicar) + "\r\n--b--\r\n", vault.Threat},
		"nothing":                   {"", vault.Clean},
		"a picture":                 {"\x89PNG\r\n\x1a\n\x00", vault.Clean},
	} {
		if got := Judge([]byte(tt.body)); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
