package cloud

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// Signing is how the desk signs what it tells clients' machines: an RSA key that
// never leaves KMS, and the certificate that vouches for it (decision 21).
type Signing struct {
	Key *SigningKey
	// Secrets holds the certificate with its chain, in PEM, under this ARN. It is
	// no secret, but that is where an owner puts what a template should not hold.
	Secrets        Secrets
	CertificateARN string
	// Host is named by a certificate of our own making where there is none: on the
	// local stage alone, "" elsewhere.
	Host string

	mu   sync.Mutex
	cert []byte
}

// Signer gives the key and the certificate, which is read once.
func (s *Signing) Signer(ctx context.Context) (crypto.Signer, []byte, error) {
	key, err := s.Key.Key(ctx)
	if err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cert == nil {
		if s.cert, err = s.certificate(ctx, key); err != nil {
			return nil, nil, err
		}
	}
	return key, s.cert, nil
}

func (s *Signing) certificate(ctx context.Context, key crypto.Signer) ([]byte, error) {
	if s.Host != "" {
		return selfMade(key, s.Host)
	}
	out, err := s.Secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(s.CertificateARN)})
	if err != nil {
		return nil, fmt.Errorf("read the certificate of the signatures: %w", err)
	}
	text := []byte(aws.ToString(out.SecretString))
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("the certificate of the signatures is none in PEM")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read the certificate of the signatures: %w", err)
	}
	if public, ok := cert.PublicKey.(*rsa.PublicKey); !ok || !public.Equal(key.Public()) {
		return nil, errors.New("the certificate of the signatures is of another key")
	}
	return text, nil
}

// selfMade is the same certificate every time: the local stage has no authority.
func selfMade(key crypto.Signer, host string) ([]byte, error) {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host}, NotBefore: from, NotAfter: from.AddDate(20, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, SignatureAlgorithm: x509.SHA256WithRSA, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate for the local stage: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}
