package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/allclaims/rightsdesk/shared/inventory"
)

// TLS is verified unless nobody can stand in between, and a fault of the
// secret never repeats it.
func TestAccess(t *testing.T) {
	for secret, want := range map[string]string{
		`{"host":"db.test.example","database":"d","user":"u","password":"geheim"}`: "tls",
		`{"host":"db.test.example","tls":"verify-full","port":"5433"}`:             "tls",
		`{"host":"localhost"}`:                                       "tls",
		`{"host":"localhost","tls":"off"}`:                           "plain",
		`{"host":"127.0.0.1","tls":"off"}`:                           "plain",
		`{"host":"::1","tls":"off"}`:                                 "plain",
		`{"host":"/run/postgresql"}`:                                 "plain",
		`{"host":"db.test.example","tls":"off","password":"geheim"}`: "refused",
		`{"host":"10.0.0.1","tls":"off"}`:                            "refused",
		`{"host":"db.test.example","tls":"require"}`:                 "refused",
		`{"host":"db.test.example","tls":"prefer"}`:                  "refused",
		`{"host":"db.test.example","ca":"geheim"}`:                   "refused",
		`geheim`:            "refused",
		`{"port":"geheim"}`: "refused",
	} {
		a, err := readAccess(secret)
		got := "plain"
		switch {
		case err != nil:
			got = "refused"
			if strings.Contains(err.Error(), "geheim") {
				t.Errorf("%s: the error repeats the secret: %v", secret, err)
			}
		case a.config != nil:
			got = "tls"
			if a.config.InsecureSkipVerify || a.config.ServerName != a.Host {
				t.Errorf("%s: the server is not verified", secret)
			}
		}
		if got != want {
			t.Errorf("%s: %s, want %s", secret, got, want)
		}
	}
}

// Every driver is given the certificate check that the secret asks for.
func TestOpenVerifies(t *testing.T) {
	for kind, e := range engines {
		for _, secret := range []string{`{"host":"db.test.example","database":"d","user":"u","password":"p"}`, `{"host":"localhost","database":"d","tls":"off"}`} {
			a, err := readAccess(secret)
			if err != nil {
				t.Fatal(err)
			}
			if c, err := e.open(a); err != nil || c == nil {
				t.Errorf("%s: %v", kind, err)
			}
		}
	}
}

// turnstile lets nobody in but with the second secret.
type turnstile struct {
	postgres
	tried []string
}

func (e *turnstile) open(a access) (driver.Connector, error) { return gate{e, a.Password}, nil }

type gate struct {
	e        *turnstile
	password string
}

func (g gate) Connect(context.Context) (driver.Conn, error) {
	g.e.tried = append(g.e.tried, g.password)
	if g.password == "new" {
		return nil, nil // in
	}
	return nil, &pgconn.PgError{Code: "28P01", Message: g.password}
}

func (g gate) Driver() driver.Driver { return nil }

// A password that was rotated is read again when the old one is refused, once.
func TestRotation(t *testing.T) {
	e := &turnstile{}
	engines["turnstile"] = e
	defer delete(engines, "turnstile")
	secret, reads := "old", 0
	d := &dialer{system: &System{Declared: &inventory.System{ID: "s", Kind: "turnstile"}}, secret: func(context.Context) (string, error) {
		reads++
		return `{"host":"localhost","password":"` + secret + `"}`, nil
	}}
	ctx := context.Background()
	if _, err := d.Connect(ctx); err == nil || reads != 1 {
		t.Errorf("a fresh secret that is refused: %v after %d readings, want an error after one", err, reads)
	}
	secret = "new"
	for range 2 {
		if _, err := d.Connect(ctx); err != nil {
			t.Errorf("after the rotation: %v", err)
		}
	}
	if reads != 2 || strings.Join(e.tried, " ") != "old old new new" {
		t.Errorf("%d readings, tried %v", reads, e.tried)
	}
	err := fault(ctx, e, &pgconn.PgError{Code: "23505", Message: "Key (email)=(anna@test.example) already exists", Detail: "anna"})
	if strings.Contains(err.Error(), "anna") || !strings.Contains(err.Error(), "23505") {
		t.Errorf("a fault keeps the code and drops the words: %v", err)
	}
	lost := fault(ctx, e, secretError{errors.New("read the secret of system s: denied")})
	if !strings.Contains(lost.Error(), "denied") {
		t.Errorf("why a secret cannot be read: %v", lost)
	}
}
