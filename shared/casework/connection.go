package casework

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/opendsr"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// maxDomains bounds the hosts of one client's machine.
const maxDomains = 10

// hostName is a host of at least two labels; the last begins with a letter, so
// that no number is one.
var hostName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$`)

// Connection shows an administrator how a client's machine speaks with ours;
// the zero Connection when it does not.
func (c *Cases) Connection(ctx context.Context, a Actor, client string) (register.Connection, error) {
	if err := may(a, "administrator", client); err != nil {
		return register.Connection{}, err
	}
	return c.connection(ctx, client)
}

func (c *Cases) connection(ctx context.Context, client string) (register.Connection, error) {
	got, err := c.Registers.Connection(ctx, client)
	if request.NotFound.Is(err) {
		return register.Connection{Client: client}, nil
	}
	if err != nil {
		return register.Connection{}, fmt.Errorf("find the connection of client %s: %w", client, err)
	}
	return got, nil
}

// SaveConnection writes the hosts, the address and the public key of a client's
// machine over the revision that the administrator saw; its keys stay.
// InputRefused names the field: domains, endpoint or publicKey.
func (c *Cases) SaveConnection(ctx context.Context, a Actor, after register.Connection) error {
	if err := may(a, "administrator", after.Client); err != nil {
		return err
	}
	if _, err := c.Registers.Client(ctx, after.Client); err != nil {
		return err
	}
	before, err := c.connection(ctx, after.Client)
	if err != nil {
		return err
	}
	after.PublicKey = strings.TrimSpace(after.PublicKey)
	if len(after.Domains) > maxDomains || slices.ContainsFunc(after.Domains, func(d string) bool { return len(d) > 253 || !hostName.MatchString(d) }) {
		return request.Fault(request.InputRefused, "domains", "call these hosts for client %s", after.Client)
	}
	if after.Endpoint != "" && opendsr.CheckHost(after.Endpoint, after.Domains) != nil {
		return request.Fault(request.InputRefused, "endpoint", "hand over to this address of client %s", after.Client)
	}
	if after.PublicKey != "" {
		if _, err := opendsr.ReadPublicKey(after.PublicKey); err != nil {
			return request.Fault(request.InputRefused, "publicKey", "read the key of client %s", after.Client)
		}
	}
	after.Keys = before.Keys
	return c.putConnection(ctx, a, after, "connection-changed")
}

// formMark is what a page put in its form for a new key.
var formMark = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// NewKey makes another key by which a client's machine may sign in. It stands
// nowhere; the one before the last ends with it. mark is drawn for each page
// that offers this: the same page sent twice gives the same key and ends nothing.
// Conflict: the connection is no longer at the revision that the page showed.
func (c *Cases) NewKey(ctx context.Context, a Actor, client string, seen int64, mark string) (string, error) {
	if err := may(a, "administrator", client); err != nil {
		return "", err
	}
	if !formMark.MatchString(mark) {
		return "", request.Fault(request.InputRefused, "mark", "make a key of client %s", client)
	}
	if _, err := c.Registers.Client(ctx, client); err != nil {
		return "", err
	}
	conn, err := c.connection(ctx, client)
	if err != nil {
		return "", err
	}
	// A keyed hash of 256 bits: who has the mark has not the key.
	secret, err := c.Keys.Key(ctx, "machine-key", client+"/"+mark)
	if err != nil {
		return "", fmt.Errorf("make a key of client %s: %w", client, err)
	}
	key := client + "." + secret
	switch {
	case slices.Contains(conn.Keys, keyHash(key)):
		return key, nil
	case conn.Rev != seen:
		return "", request.Fault(request.Conflict, client, "make a key of a connection that was changed meanwhile")
	}
	conn.Keys = append(conn.Keys, keyHash(key))
	conn.Keys = conn.Keys[max(0, len(conn.Keys)-register.MaxConnectionKeys):]
	if err := c.putConnection(ctx, a, conn, "key-added"); err != nil {
		return "", err
	}
	return key, nil
}

// EndKeys ends every key of a client's machine: from now on it may not sign in.
func (c *Cases) EndKeys(ctx context.Context, a Actor, client string) error {
	if err := may(a, "administrator", client); err != nil {
		return err
	}
	conn, err := c.connection(ctx, client)
	if err != nil || len(conn.Keys) == 0 {
		return err
	}
	conn.Keys = nil
	return c.putConnection(ctx, a, conn, "keys-ended")
}

// putConnection writes a connection; what it holds stands in the ledger as counts.
func (c *Cases) putConnection(ctx context.Context, a Actor, conn register.Connection, action string) error {
	signs := "no"
	if conn.PublicKey != "" {
		signs = "yes"
	}
	return c.Registers.PutConnection(ctx, conn, ledger.Line{At: c.Now().UTC(), Actor: a.ID, Action: action, Refs: map[string]string{
		"client": conn.Client, "keys": strconv.Itoa(len(conn.Keys)), "domains": strconv.Itoa(len(conn.Domains)), "signs": signs,
		"endpoint": strconv.FormatBool(conn.Endpoint != ""),
	}})
}

// MachineSignIn tells whose machine signs in with a key. Forbidden: nobody's,
// and nothing tells why.
func (c *Cases) MachineSignIn(ctx context.Context, key string) (register.Connection, error) {
	client, _, _ := strings.Cut(key, ".")
	refused := request.Fault(request.Forbidden, "", "sign in a machine")
	if !clientID.MatchString(client) || len(key) > 200 {
		return register.Connection{}, refused
	}
	conn, err := c.connection(ctx, client)
	if err != nil {
		return register.Connection{}, err
	}
	hash, ok := keyHash(key), 0
	for _, k := range conn.Keys {
		ok |= subtle.ConstantTimeCompare([]byte(k), []byte(hash))
	}
	if ok != 1 {
		return register.Connection{}, refused
	}
	reg, err := c.Registers.Client(ctx, client)
	if err != nil {
		return register.Connection{}, fmt.Errorf("sign in the machine of client %s: %w", client, err)
	}
	if reads(reg, client) != nil {
		return register.Connection{}, refused
	}
	return conn, nil
}

// keyHash is what is kept of a key: it has 256 random bits, so that a hash
// without salt tells nobody which.
func keyHash(key string) string {
	h := sha256.Sum256([]byte(key))
	return hex.EncodeToString(h[:])
}
