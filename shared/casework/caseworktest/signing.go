package caseworktest

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"sync"
)

// Signing signs evidence with a key of this process.
type Signing struct{}

var signingKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// Key gives the same key every time.
func (Signing) Key(context.Context) (crypto.Signer, error) { return signingKey() }
