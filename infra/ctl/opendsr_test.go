package main

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"testing"
)

// The request names host and organisation and is signed by the key it is for.
func TestCertificateRequest(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	text, err := certificateRequest(key, "opendsr.allclaims.nl", "All Claims B.V.")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	req, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if req.CheckSignature() != nil || !key.PublicKey.Equal(req.PublicKey) || len(req.DNSNames) != 1 || req.DNSNames[0] != "opendsr.allclaims.nl" || req.Subject.Organization[0] != "All Claims B.V." {
		t.Errorf("%+v", req)
	}
}

// Without host or organisation nothing is tried.
func TestOpendsrMisuse(t *testing.T) {
	for _, args := range [][]string{{"csr"}, {"-host", "a.example", "csr"}, {"-host", "a.example", "-organization", "A"}, {"-host", "a.example", "-organization", "A", "key"}} {
		var out, errs bytes.Buffer
		if status := run(t.Context(), append([]string{"opendsr"}, args...), nil, &out, &errs); status != 2 || out.Len() != 0 {
			t.Errorf("%v: %d %s", args, status, errs.String())
		}
	}
}
