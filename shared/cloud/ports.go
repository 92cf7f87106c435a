package cloud

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	systemsdynamodb "github.com/allclaims/rightsdesk/shared/systems/dynamodb"
	systemsimap "github.com/allclaims/rightsdesk/shared/systems/imap"
	"github.com/allclaims/rightsdesk/shared/systems/manual"
	systemss3 "github.com/allclaims/rightsdesk/shared/systems/s3"
)

// MACer is what Keys uses of KMS.
type MACer interface {
	GenerateMac(ctx context.Context, in *kms.GenerateMacInput, opts ...func(*kms.Options)) (*kms.GenerateMacOutput, error)
}

// Keys is casework.Keys: HMAC-SHA-256 under a key that never leaves KMS, so
// that a copy of the table tells nobody who is in it (E-8).
type Keys struct {
	KMS   MACer
	KeyID string
}

var base32lower = base32.StdEncoding.WithPadding(base32.NoPadding)

// Key gives the keyed HMAC of one identifier in its normal form, in lower-case
// base 32. The kind is under the HMAC too: a number that is both a file and an
// invoice has two keys.
func (k *Keys) Key(ctx context.Context, kind, value string) (string, error) {
	normal := systems.Normal(kind, value)
	if normal == "" {
		return "", request.Fault(request.InputRefused, kind, "make a key of nothing")
	}
	out, err := k.KMS.GenerateMac(ctx, &kms.GenerateMacInput{
		KeyId: aws.String(k.KeyID), MacAlgorithm: kmstypes.MacAlgorithmSpecHmacSha256,
		Message: []byte(kind + "\x00" + normal),
	})
	if err != nil {
		return "", fmt.Errorf("make the key of an identifier: %w", err)
	}
	return strings.ToLower(base32lower.EncodeToString(out.Mac)), nil
}

// Signer is what SigningKey uses of KMS.
type Signer interface {
	GetPublicKey(ctx context.Context, in *kms.GetPublicKeyInput, opts ...func(*kms.Options)) (*kms.GetPublicKeyOutput, error)
	Sign(ctx context.Context, in *kms.SignInput, opts ...func(*kms.Options)) (*kms.SignOutput, error)
}

// SigningKey is casework.Signing: an RSA key that never leaves KMS.
type SigningKey struct {
	KMS   Signer
	KeyID string

	mu     sync.Mutex
	public crypto.PublicKey
}

// Key gives the key; its public half is asked for once.
func (k *SigningKey) Key(ctx context.Context) (crypto.Signer, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.public == nil {
		out, err := k.KMS.GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: aws.String(k.KeyID)})
		if err != nil {
			return nil, fmt.Errorf("ask for the public key: %w", err)
		}
		if k.public, err = x509.ParsePKIXPublicKey(out.PublicKey); err != nil {
			return nil, fmt.Errorf("read the public key: %w", err)
		}
	}
	return signer{ctx: ctx, of: k, public: k.public}, nil
}

// signer signs digests while its context lasts.
type signer struct {
	ctx    context.Context //nolint:containedctx // crypto.Signer has no place for it
	of     *SigningKey
	public crypto.PublicKey
}

func (s signer) Public() crypto.PublicKey { return s.public }

// Sign signs a SHA-256 digest with PKCS #1 v1.5.
func (s signer) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if _, pss := opts.(*rsa.PSSOptions); pss || opts.HashFunc() != crypto.SHA256 {
		return nil, errors.New("sign: the key signs PKCS #1 v1.5 over SHA-256 alone")
	}
	out, err := s.of.KMS.Sign(s.ctx, &kms.SignInput{
		KeyId: aws.String(s.of.KeyID), Message: digest, MessageType: kmstypes.MessageTypeDigest,
		SigningAlgorithm: kmstypes.SigningAlgorithmSpecRsassaPkcs1V15Sha256,
	})
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return out.Signature, nil
}

// Invoker is what Nudge uses of Lambda.
type Invoker interface {
	Invoke(ctx context.Context, in *lambda.InvokeInput, opts ...func(*lambda.Options)) (*lambda.InvokeOutput, error)
}

// Nudge starts the sender of mail and does not wait for it.
type Nudge struct {
	Lambda   Invoker
	Function string
}

// Nudge is casework.Nudge.
func (n *Nudge) Nudge(ctx context.Context, owner string) error {
	return n.call(ctx, post.Call{Owner: owner})
}

// Session is identity.Prover's Send. The work is the same whoever is known:
// what is sent, if anything, is decided there (A16).
func (n *Nudge) Session(ctx context.Context, id string) error {
	return n.call(ctx, post.Call{Session: id})
}

func (n *Nudge) call(ctx context.Context, c post.Call) error {
	body, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("write the call: %w", err)
	}
	_, err = n.Lambda.Invoke(ctx, &lambda.InvokeInput{
		FunctionName: aws.String(n.Function), InvocationType: lambdatypes.InvocationTypeEvent, Payload: body,
	})
	if err != nil {
		return fmt.Errorf("start the sender of mail: %w", err)
	}
	return nil
}

// Systems reaches the systems of an inventory on AWS.
type Systems struct {
	Declared *inventory.Inventory
	// Addresses are the tables, buckets and secrets by the name of their setting.
	Addresses map[string]string
	DynamoDB  systemsdynamodb.API
	S3        systemss3.API
	Secrets   Secrets
	// Databases open the systems that are databases. A function without them, as
	// one that serves pages, reads no secret of a system at all: what is reached
	// by one is systems.ErrElsewhere to it (decision 19).
	Databases []Opener

	mu    sync.Mutex
	known map[string]connected
}

// Opener makes the connector of a database. secret gives its address and
// sign-in. It is nil, and no error, for a kind that it does not know.
type Opener func(declared *inventory.System, secret func(ctx context.Context) (string, error)) systems.System

// Secrets is what Systems uses of Secrets Manager.
type Secrets interface {
	GetSecretValue(ctx context.Context, in *secretsmanager.GetSecretValueInput, opts ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
}

// secret reads where a system is and how to sign in.
func (s *Systems) secret(ctx context.Context, id, arn string) (string, error) {
	out, err := s.Secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(arn)})
	if err != nil {
		return "", fmt.Errorf("read the secret of system %s: %w", id, err)
	}
	return aws.ToString(out.SecretString), nil
}

// Inventory is casework.Systems'.
func (s *Systems) Inventory() *inventory.Inventory { return s.Declared }

// System gives the connector of one system; request.NotFound when the
// inventory does not declare it or this function may not reach it.
func (s *Systems) System(id string) (systems.System, error) {
	declared := s.Declared.System(id)
	if declared == nil {
		return nil, request.Fault(request.NotFound, id, "reach a system that the inventory does not declare")
	}
	if declared.Kind == inventory.Manual {
		return manual.System{Declared: declared}, nil // people go there
	}
	address := s.Addresses[declared.Address]
	if address == "" {
		return nil, request.Fault(request.NotFound, id, "reach a system without the setting %s", declared.Address)
	}
	switch declared.Kind {
	case "dynamodb":
		return &systemsdynamodb.System{DB: s.DynamoDB, Table: address, Declared: declared}, nil
	case "s3":
		return &systemss3.System{S3: s.S3, Bucket: address, Declared: declared}, nil
	}
	if len(s.Databases) == 0 {
		// Its secret is not for this function (SecretsPolicy).
		return nil, fmt.Errorf("reach system %s: %w", id, systems.ErrElsewhere)
	}
	switch declared.Kind {
	case "https":
		return s.bySecret(id, address, signedHTTPS(declared))
	case "opendsr":
		return s.bySecret(id, address, openDSR(declared))
	case "imap":
		return &systemsimap.System{Declared: declared, Login: func(ctx context.Context) (systemsimap.Login, error) {
			secret, err := s.secret(ctx, id, address)
			if err != nil {
				return systemsimap.Login{}, err
			}
			return systemsimap.ParseLogin(secret)
		}}, nil
	}
	return s.database(declared, address)
}

// database gives the connector of a database, one for the life of the function:
// it reads its secret itself, again when a sign-in is refused.
func (s *Systems) database(declared *inventory.System, address string) (systems.System, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k, ok := s.known[declared.ID]; ok {
		return k.system, nil
	}
	for _, open := range s.Databases {
		system := open(declared, func(ctx context.Context) (string, error) { return s.secret(ctx, declared.ID, address) })
		if system == nil {
			continue
		}
		if s.known == nil {
			s.known = map[string]connected{}
		}
		s.known[declared.ID] = connected{system, time.Now()}
		return system, nil
	}
	return nil, request.Fault(request.NotFound, declared.ID, "reach a system of kind %q", declared.Kind)
}
