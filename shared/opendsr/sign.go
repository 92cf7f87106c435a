package opendsr

import (
	"cmp"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// ErrSignature: what came is not signed by whom it should be.
var ErrSignature = errors.New("the signature does not fit")

// minRSA is the least size of a key, in bits.
const minRSA = 2048

// Sign gives the value of HeaderSignature for a body. The specification leaves
// the padding open; we sign with PKCS #1 v1.5, which every reader knows.
func Sign(key crypto.Signer, body []byte) (string, error) {
	if _, ok := key.Public().(*rsa.PublicKey); !ok {
		return "", errors.New("sign a message: the key is not RSA")
	}
	d := sha256.Sum256(body)
	sig, err := key.Sign(rand.Reader, d[:], crypto.SHA256)
	if err != nil {
		return "", fmt.Errorf("sign a message: %w", err)
	}
	return base64.StdEncoding.EncodeToString(sig), nil
}

// Verify checks the signature of a body as it came, before anything of it is
// read. Both paddings that are in use count.
func Verify(cert *x509.Certificate, body []byte, signature string) error {
	return VerifyKey(cert.PublicKey, body, signature)
}

// VerifyKey is Verify by a public key of which we know whose it is.
func VerifyKey(public crypto.PublicKey, body []byte, signature string) error {
	key, ok := public.(*rsa.PublicKey)
	if !ok || key.N.BitLen() < minRSA {
		return fmt.Errorf("a key that is not RSA of %d bits or more: %w", minRSA, ErrSignature)
	}
	sig, err := base64.StdEncoding.DecodeString(signature)
	if err != nil || signature == "" {
		return ErrSignature
	}
	d := sha256.Sum256(body)
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, d[:], sig) == nil || rsa.VerifyPSS(key, crypto.SHA256, d[:], sig, nil) == nil {
		return nil
	}
	return ErrSignature
}

// ReadPublicKey reads an RSA key of at least 2048 bits in PEM (PKIX).
func ReadPublicKey(text string) (crypto.PublicKey, error) {
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "PUBLIC KEY" || len(strings.TrimSpace(string(rest))) > 0 {
		return nil, errors.New("this is no public key in PEM")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, errors.New("this public key cannot be read")
	}
	if k, ok := key.(*rsa.PublicKey); !ok || k.N.BitLen() < minRSA {
		return nil, fmt.Errorf("this is no RSA key of %d bits or more", minRSA)
	}
	return key, nil
}

// Signed reads the headers of a signature by their names of either version.
func Signed(h http.Header) (domain, signature string) {
	return cmp.Or(h.Get(HeaderDomain), h.Get(HeaderDomainV1)), cmp.Or(h.Get(HeaderSignature), h.Get(HeaderSignatureV1))
}

// ReadCertificate reads a processor's certificate, which may come with its
// chain, and checks that one of roots (nil = those of the machine) vouches for
// it, that it is good at that time, and that it names that very domain: a
// wildcard does not.
func ReadCertificate(text []byte, domain string, roots *x509.CertPool, now time.Time) (*x509.Certificate, error) {
	var leaf *x509.Certificate
	between := x509.NewCertPool()
	for len(text) > 0 {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		switch {
		case err != nil:
			return nil, fmt.Errorf("the processor's certificate cannot be read: %w", ErrSignature)
		case leaf == nil:
			leaf = cert
		default:
			between.AddCert(cert)
		}
	}
	if leaf == nil {
		return nil, fmt.Errorf("the processor's certificate is none in PEM: %w", ErrSignature)
	}
	if !slices.ContainsFunc(leaf.DNSNames, func(n string) bool { return strings.EqualFold(n, domain) }) {
		return nil, fmt.Errorf("the processor's certificate does not name %s: %w", domain, ErrSignature)
	}
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: now, DNSName: domain, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return nil, fmt.Errorf("nobody vouches for the processor's certificate of %s today: %w", domain, ErrSignature)
	}
	return leaf, nil
}
