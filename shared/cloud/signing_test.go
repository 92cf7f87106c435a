package cloud

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/allclaims/rightsdesk/shared/opendsr"
	"github.com/allclaims/rightsdesk/shared/opendsr/server"
)

var _ server.Identity = (*Signing)(nil)

// rsaKMS is KMS with one key.
type rsaKMS struct{ key *rsa.PrivateKey }

func (k rsaKMS) GetPublicKey(context.Context, *kms.GetPublicKeyInput, ...func(*kms.Options)) (*kms.GetPublicKeyOutput, error) {
	der, err := x509.MarshalPKIXPublicKey(k.key.Public())
	return &kms.GetPublicKeyOutput{PublicKey: der}, err
}

func (k rsaKMS) Sign(_ context.Context, in *kms.SignInput, _ ...func(*kms.Options)) (*kms.SignOutput, error) {
	if aws.ToString(in.KeyId) != "key" || in.MessageType != kmstypes.MessageTypeDigest || in.SigningAlgorithm != kmstypes.SigningAlgorithmSpecRsassaPkcs1V15Sha256 {
		return nil, errors.New("asked for another signature")
	}
	sig, err := rsa.SignPKCS1v15(nil, k.key, crypto.SHA256, in.Message)
	return &kms.SignOutput{Signature: sig}, err
}

// held is Secrets Manager with one secret.
type held string

func (h held) GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	return &secretsmanager.GetSecretValueOutput{SecretString: aws.String(string(h))}, nil
}

// What we sign with fits the certificate that we hand out, or we do not sign.
func TestSigning(t *testing.T) {
	var keys [2]rsaKMS
	var certs [2][]byte
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		keys[i] = rsaKMS{key}
		if _, certs[i], err = (&Signing{Key: &SigningKey{KMS: keys[i], KeyID: "key"}, Host: "localhost"}).Signer(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	s := &Signing{Key: &SigningKey{KMS: keys[0], KeyID: "key"}, Secrets: held(certs[0]), CertificateARN: "arn:x"}
	key, text, err := s.Signer(t.Context())
	if err != nil || string(text) != string(certs[0]) {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := opendsr.Sign(key, []byte("a body"))
	if err != nil || opendsr.Verify(cert, []byte("a body"), signature) != nil {
		t.Errorf("signed %q: %v", signature, err)
	}
	if _, err := key.Sign(rand.Reader, make([]byte, 32), &rsa.PSSOptions{Hash: crypto.SHA256}); err == nil {
		t.Error("it signs in another way")
	}
	for name, secret := range map[string]held{"of another key": held(certs[1]), "none": "", "words": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"} {
		if _, _, err := (&Signing{Key: &SigningKey{KMS: keys[0], KeyID: "key"}, Secrets: secret}).Signer(t.Context()); err == nil {
			t.Errorf("a certificate %s is handed out", name)
		}
	}
}
