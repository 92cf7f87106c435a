package database

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/allclaims/rightsdesk/shared/inventory"
)

// access is the secret of a database: where it is and how to sign in.
type access struct {
	Host     string      `json:"host"`
	Port     json.Number `json:"port"`
	Database string      `json:"database"`
	User     string      `json:"user"`
	Password string      `json:"password"`
	// TLS is verify-full, the default, or off, which only a socket or this very
	// machine may be.
	TLS string `json:"tls"`
	// CA is the certificate that signs the server's, as PEM; "" = those that
	// the machine trusts.
	CA string `json:"ca"`

	config *tls.Config // nil = off
}

// errAccess never repeats a word of the secret.
var errAccess = errors.New("the secret is not an address of a database")

func readAccess(secret string) (access, error) {
	var a access
	dec := json.NewDecoder(strings.NewReader(secret))
	if err := dec.Decode(&a); err != nil {
		return a, errAccess
	}
	switch a.TLS {
	case "", "verify-full":
		if a.socket() {
			break // nobody stands in between
		}
		a.config = &tls.Config{ServerName: a.Host, MinVersion: tls.VersionTLS12}
		if a.CA != "" {
			a.config.RootCAs = x509.NewCertPool()
			if !a.config.RootCAs.AppendCertsFromPEM([]byte(a.CA)) {
				return a, fmt.Errorf("%w: ca holds no certificate", errAccess)
			}
		}
	case "off":
		if ip := net.ParseIP(a.Host); !a.socket() && a.Host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return a, fmt.Errorf("%w: tls is off for a host that is not this machine", errAccess)
		}
	default:
		return a, fmt.Errorf("%w: tls is neither verify-full nor off", errAccess)
	}
	return a, nil
}

// socket reports whether the host is a socket of this machine.
func (a access) socket() bool { return strings.HasPrefix(a.Host, "/") }

func (a access) port(usual int) int {
	if n, err := a.Port.Int64(); err == nil && n > 0 && n < 1<<16 {
		return int(n)
	}
	return usual
}

// Open makes the connector of one system. secret gives its address and sign-in:
// it is asked at the first use, and again when a sign-in is refused, because a
// password that was rotated stands there and nowhere else.
func Open(declared *inventory.System, secret func(ctx context.Context) (string, error)) *System {
	s := &System{Declared: declared}
	s.DB = sql.OpenDB(&dialer{system: s, secret: secret})
	// One for the work and one for a look: the database has others to serve.
	s.DB.SetMaxOpenConns(2)
	s.DB.SetMaxIdleConns(2) // an erasure takes both, holding after holding
	s.DB.SetConnMaxIdleTime(time.Minute)
	s.DB.SetConnMaxLifetime(30 * time.Minute)
	return s
}

// dialer connects with what the secret says.
type dialer struct {
	system *System
	secret func(ctx context.Context) (string, error)

	mu   sync.Mutex
	with driver.Connector
}

// Connect implements driver.Connector.
func (d *dialer) Connect(ctx context.Context) (driver.Conn, error) {
	e, err := d.system.engine()
	if err != nil {
		return nil, err
	}
	with, fresh, err := d.connector(ctx, e, nil)
	if err != nil {
		return nil, err
	}
	conn, err := with.Connect(ctx)
	if err == nil || fresh {
		return conn, err
	}
	if _, is := e.fault(err); !errors.Is(is, errRefused) {
		return nil, err
	}
	if with, _, err = d.connector(ctx, e, with); err != nil {
		return nil, err
	}
	return with.Connect(ctx)
}

// Driver implements driver.Connector.
func (d *dialer) Driver() driver.Driver { return nil }

// connector gives what connects; stale is one that was refused. fresh is true
// when the secret was read just now.
func (d *dialer) connector(ctx context.Context, e engine, stale driver.Connector) (with driver.Connector, fresh bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.with != nil && d.with != stale {
		return d.with, false, nil
	}
	secret, err := d.secret(ctx)
	if err != nil {
		return nil, false, secretError{err}
	}
	a, err := readAccess(secret)
	if err == nil {
		d.with, err = e.open(a)
	}
	if err != nil {
		return nil, false, secretError{fmt.Errorf("read the secret of system %s: %w", d.system.Declared.ID, err)}
	}
	return d.with, true, nil
}

// secretError is a fault on the way to the database, which says nothing of a person.
type secretError struct{ error }

func (f secretError) Unwrap() error { return f.error }
