package https

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/https/wire"
)

// Secret is what the secret of such a system holds, as JSON.
type Secret struct {
	// URL is the address; the operations stand under it.
	URL string `json:"url"`
	// Key is the key of the signatures, 32 bytes or more, in base 64.
	Key []byte `json:"key"`
	// CA is the certificate in PEM of who vouches for the address; "" = those
	// that the machine trusts.
	CA string `json:"ca"`
}

// ParseSecret reads a secret. The error never repeats it.
func ParseSecret(text []byte) (Secret, error) {
	var s Secret
	if err := json.Unmarshal(text, &s); err != nil {
		return Secret{}, errors.New(`the secret is not {"url": …, "key": …, "ca": …} with the key in base 64`)
	}
	if len(s.Key) < wire.MinKey {
		return Secret{}, fmt.Errorf("the key of the secret has less than %d bytes", wire.MinKey)
	}
	u, err := url.Parse(s.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return Secret{}, errors.New("the url of the secret is not https://host/path")
	}
	s.URL = strings.TrimSuffix(s.URL, "/")
	return s, nil
}

const (
	connectTimeout = 5 * time.Second
	answerTimeout  = 30 * time.Second // until the first byte
	wholeTimeout   = 60 * time.Second
)

// Client makes the calls to the address of the secret: TLS checked, no proxy,
// no redirect, every phase bounded in time.
func (s Secret) Client() (*http.Client, error) {
	tlsConfig := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.CA != "" {
		tlsConfig.RootCAs = x509.NewCertPool()
		if !tlsConfig.RootCAs.AppendCertsFromPEM([]byte(s.CA)) {
			return nil, errors.New("the ca of the secret is no certificate in PEM")
		}
	}
	return &http.Client{
		Timeout: wholeTimeout,
		Transport: &http.Transport{
			DialContext:           (&net.Dialer{Timeout: connectTimeout}).DialContext,
			TLSClientConfig:       tlsConfig,
			TLSHandshakeTimeout:   connectTimeout,
			ResponseHeaderTimeout: answerTimeout,
			IdleConnTimeout:       time.Minute,
			MaxIdleConnsPerHost:   4,
			DisableCompression:    true, // a bound on the bytes is a bound on what they become
			ForceAttemptHTTP2:     true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

const (
	// attempts is how often a call is made before a step fails and is tried
	// again by its own rules.
	attempts = 4
	// longestWait is the most that an owner may ask us to wait within a call.
	longestWait = 20 * time.Second
)

// errAway is a system that is not there for now.
var errAway = errors.New("no answer")

// call sends one operation, signed, and reads its answer, checked. What is only
// for now is tried again, with a new signature each time.
func (s *System) call(ctx context.Context, op string, h inventory.Holding, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return systems.ErrUnreadable // its words would repeat a value
	}
	if len(body) > wire.MaxBody {
		return fmt.Errorf("a message of %d bytes: %w", len(body), systems.ErrUnreadable)
	}
	for n := 0; ; n++ {
		answer, after, err := s.attempt(ctx, op, h, body)
		if err == nil {
			dec := json.NewDecoder(bytes.NewReader(answer))
			if dec.Decode(out) != nil || dec.More() {
				return fmt.Errorf("an answer of another form: %w", systems.ErrUnreadable)
			}
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !errors.Is(err, errAway) || n+1 == attempts || after > longestWait {
			return err
		}
		// Half fixed, half by chance: systems that fell together do not come back together.
		back := 250 * time.Millisecond << n
		if err := s.wait(ctx, max(after, back/2+rand.N(back/2+1))); err != nil {
			return err
		}
	}
}

func (s *System) wait(ctx context.Context, d time.Duration) error {
	if s.Wait != nil {
		return s.Wait(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// attempt makes one call. after is how long the owner asks us to stay away.
func (s *System) attempt(ctx context.Context, op string, h inventory.Holding, body []byte) (answer []byte, after time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Secret.URL+op, bytes.NewReader(body))
	if err != nil {
		return nil, 0, errors.New("the address is none")
	}
	nonce := once()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	wire.SignRequest(req.Header, s.Secret.Key, req.URL.EscapedPath(), body, s.Now(), nonce)
	resp, err := s.HTTP.Do(req)
	if err != nil {
		return nil, 0, unreachable(err)
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, wire.MaxBody+1))
	if err != nil {
		return nil, 0, fmt.Errorf("half an answer: %w", errAway)
	}
	if len(answer) > wire.MaxBody {
		return nil, 0, fmt.Errorf("an answer over %d bytes: %w", wire.MaxBody, systems.ErrUnreadable)
	}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
		after = time.Duration(seconds) * time.Second
	}
	if !wire.CheckAnswer(resp.Header, s.Secret.Key, nonce, resp.StatusCode, answer) {
		switch resp.StatusCode {
		case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			// Something between us and the owner may say that; that is all it may say.
			return nil, after, fmt.Errorf("status %d: %w", resp.StatusCode, errAway)
		}
		return nil, 0, fmt.Errorf("status %d without the owner's signature: %w", resp.StatusCode, ErrUnsigned)
	}
	if resp.StatusCode == http.StatusOK {
		return answer, 0, nil
	}
	var f wire.Fault
	if json.Unmarshal(answer, &f) != nil {
		f = wire.Fault{}
	}
	return nil, after, s.faultOf(op, h, resp.StatusCode, f)
}

// ErrUnsigned: what came back is not signed with the key of the secret, or not
// as it was signed. The key, the address, or something in between is wrong.
var ErrUnsigned = errors.New("the answer is not the owner's")

// faultOf reads a signed fault. It repeats a column only where the inventory
// names it.
func (s *System) faultOf(op string, h inventory.Holding, status int, f wire.Fault) error {
	switch f.Code {
	case wire.NotFound:
		if op == wire.Open {
			return request.Fault(request.NotFound, s.Declared.ID, "open a file of holding %s", h.ID)
		}
	case wire.NotDeclared:
		return fmt.Errorf("the owner does not let us at %s: %w", named(h, f), systems.ErrNotDeclared)
	case wire.SchemaChanged:
		return fmt.Errorf("%s is not there: %w", named(h, f), systems.ErrSchema)
	case wire.Unreadable:
		return systems.ErrUnreadable
	case wire.Referenced:
		return systems.ErrReferenced
	case wire.Busy, wire.Failed:
		return fmt.Errorf("status %d, %s: %w", status, f.Code, errAway)
	case wire.Signature, wire.Stale, wire.Replayed, wire.Malformed, wire.KeyUsed, wire.TooLarge:
		return fmt.Errorf("status %d, %s", status, f.Code)
	}
	return fmt.Errorf("status %d", status)
}

func named(h inventory.Holding, f wire.Fault) string {
	for _, name := range columns(h) {
		if name == f.Column {
			return "column " + name
		}
	}
	return "table " + cmp.Or(h.In(), "?")
}

// unreachable keeps the kind of a failed call and drops its words.
func unreachable(err error) error {
	var cert *tls.CertificateVerificationError
	if errors.As(err, &cert) {
		return errors.New("the certificate of the address is not good")
	}
	return errAway
}
