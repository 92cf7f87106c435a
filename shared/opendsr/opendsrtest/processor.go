// Package opendsrtest is a processor for tests: it speaks OpenDSR over TLS with
// an authority of its own, and does what a test tells it.
package opendsrtest

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/opendsr"
)

// Domain is where the processor is; Files where its results are.
const (
	Domain     = "opendsr.processor.example"
	Files      = "files.processor.example"
	Controller = "allclaims"
	signIn     = "Bearer test"
)

// Processor is one processor. Its fields are set before the first call.
type Processor struct {
	Discovery opendsr.Discovery
	// Expected is when it says that it will be done.
	Expected time.Time
	// Answer, when not nil, may change a signed answer on its way: signature and body.
	Answer func(path string, h http.Header, body []byte) []byte
	// Refuse, when not 0, is the status of everything.
	Refuse int
	// Certificate is what it hands out as its own, in PEM.
	Certificate []byte
	// Key signs; nil answers are never sent.
	Key crypto.Signer
	// Results is what stands at its results address.
	Results http.HandlerFunc

	roots *x509.CertPool
	at    string // where the listener is

	mu       sync.Mutex
	requests map[string]opendsr.Status
	got      []opendsr.Request
	files    int
}

var keys = sync.OnceValue(func() [2]*rsa.PrivateKey { // slow to make, so once
	var two [2]*rsa.PrivateKey
	for i := range two {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		two[i] = k
	}
	return two
})

// New starts a processor that takes addresses and customer numbers as they are.
func New(t testing.TB) *Processor {
	t.Helper()
	p := &Processor{
		Discovery: opendsr.Discovery{
			Version: opendsr.Version, Certificate: "https://" + Domain + "/cert.pem",
			Identities: []opendsr.Identity{{Type: opendsr.Email, Format: opendsr.Raw}, {Type: opendsr.CustomerID, Format: opendsr.Raw}},
			Types:      []string{opendsr.Access, opendsr.Portability, opendsr.Erasure},
		},
		Expected: time.Now().Add(72 * time.Hour).UTC().Truncate(time.Second),
		Key:      keys()[0], roots: x509.NewCertPool(), requests: map[string]opendsr.Status{},
	}
	p.Certificate = p.Issue(t, Domain, Files)
	pair, err := tls.X509KeyPair(p.Certificate, pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(keys()[0])}))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(p)
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	p.at = srv.Listener.Addr().String()
	return p
}

// Issue makes a certificate for those names from a new authority that the
// client of this processor trusts.
func (p *Processor) Issue(t testing.TB, names ...string) []byte {
	t.Helper()
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, keys()[1].Public(), keys()[1])
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	p.roots.AddCert(made)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(12 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if der, err = x509.CreateCertificate(rand.Reader, leaf, made, keys()[0].Public(), keys()[1]); err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// Client is a controller's client of this processor. Its results come from the
// processor's own listener too.
func (p *Processor) Client(t testing.TB) *opendsr.Client {
	t.Helper()
	to := &http.Client{
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: p.roots, MinVersion: tls.VersionTLS12},
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, p.at)
			},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(to.CloseIdleConnections)
	return &opendsr.Client{
		Base: "https://" + Domain + "/v2", Authorization: signIn, Controller: Controller,
		Roots: p.roots, HTTP: to, Results: to, Now: time.Now,
	}
}

// Got are the requests that it was handed, in order.
func (p *Processor) Got() []opendsr.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]opendsr.Request{}, p.got...)
}

// Fetched is how often its results were asked for.
func (p *Processor) Fetched() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.files
}

// Set gives every request that state and those results.
func (p *Processor) Set(state, results string, count *int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, st := range p.requests {
		st.State, st.ResultsURL, st.ResultsCount = state, results, count
		p.requests[id] = st
	}
}

// ServeHTTP implements http.Handler.
func (p *Processor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.Refuse != 0 {
		w.WriteHeader(p.Refuse)
		return
	}
	if r.Host == Files {
		p.files++
		if r.Header.Get("Authorization") != "" {
			w.WriteHeader(http.StatusTeapot) // our sign-in does not go to another host
			return
		}
		p.Results(w, r)
		return
	}
	if r.Header.Get("Authorization") != signIn {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	id := strings.TrimPrefix(r.URL.Path, "/v2/requests/")
	st, known := p.requests[id]
	switch {
	case r.URL.Path == "/cert.pem":
		_, _ = w.Write(p.Certificate)
	case r.URL.Path == "/v2/discovery":
		_ = json.NewEncoder(w).Encode(p.Discovery)
	case r.Method == http.MethodPost && r.URL.Path == "/v2/requests":
		p.take(w, r)
	case !known:
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodGet:
		p.sign(w, r, http.StatusOK, st)
	case r.Method == http.MethodDelete && st.State == opendsr.Pending:
		st.State = opendsr.Cancelled
		p.requests[id] = st
		p.sign(w, r, http.StatusAccepted, opendsr.Cancellation{Controller: Controller, ID: id, Received: time.Now().UTC()})
	default:
		w.WriteHeader(http.StatusConflict)
	}
}

func (p *Processor) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var in opendsr.Request
	if err != nil || json.Unmarshal(body, &in) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if _, known := p.requests[in.ID]; known {
		w.WriteHeader(http.StatusConflict)
		return
	}
	p.got = append(p.got, in)
	p.requests[in.ID] = opendsr.Status{Controller: Controller, Expected: p.Expected, ID: in.ID, State: opendsr.Pending, Version: opendsr.Version}
	p.sign(w, r, http.StatusCreated, opendsr.Receipt{Controller: Controller, Expected: p.Expected, Received: time.Now().UTC(), Encoded: body, ID: in.ID})
}

func (p *Processor) sign(w http.ResponseWriter, r *http.Request, status int, answer any) {
	body, err := json.Marshal(answer)
	if err != nil {
		panic(err)
	}
	signature, err := opendsr.Sign(p.Key, body)
	if err != nil {
		panic(err)
	}
	w.Header().Set(opendsr.HeaderDomain, Domain)
	w.Header().Set(opendsr.HeaderSignature, signature)
	if p.Answer != nil {
		body = p.Answer(r.URL.Path, w.Header(), body)
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
