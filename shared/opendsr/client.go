package opendsr

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// The faults of a call.
var (
	// ErrAway: the processor does not answer for now; ask again later.
	ErrAway = errors.New("the processor does not answer")
	// ErrUnknown: the processor knows no request with that id.
	ErrUnknown = errors.New("the processor knows no such request")
	// ErrRefused: the processor does not take the request.
	ErrRefused = errors.New("the processor refuses")
	// ErrAnswer: what it answers is not what the specification says.
	ErrAnswer = errors.New("the processor's answer is not as it must be")
)

const (
	// maxMessage bounds an answer.
	maxMessage = 1 << 20
	// knownFor is how long a discovery and its certificate are good.
	knownFor = time.Hour
)

// Client hands requests to one processor. Every answer it gives was signed by
// the processor's certificate.
type Client struct {
	// Base is the address that the paths follow: https://opendsr.example.nl/v2.
	Base string
	// Authorization is the value of the header of that name, "" = none: the
	// specification leaves to each processor how a controller signs in.
	Authorization string
	// Controller is our id with the processor; an answer about another is
	// refused. "" = not checked.
	Controller string
	// Roots vouch for the processor's address and certificate; nil = those of
	// the machine.
	Roots *x509.CertPool
	// HTTP makes the calls; nil = a client of its own.
	HTTP *http.Client
	// Results fetches what a processor's results_url leads to; nil = Foreign.
	Results *http.Client
	Now     func() time.Time

	mu        sync.Mutex
	discovery Discovery
	cert      *x509.Certificate
	known     time.Time
}

// Discover tells what the processor supports. It is asked once an hour.
func (c *Client) Discover(ctx context.Context) (Discovery, error) {
	d, _, err := c.discover(ctx)
	return d, err
}

func (c *Client) discover(ctx context.Context) (Discovery, *x509.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cert != nil && c.Now().Sub(c.known) < knownFor && c.Now().Before(c.cert.NotAfter) {
		return c.discovery, c.cert, nil
	}
	base, err := url.Parse(c.Base)
	if err != nil || base.Scheme != "https" || base.Hostname() == "" {
		return Discovery{}, nil, errors.New("the address of the processor is not https://host/v2")
	}
	body, err := c.fixed(ctx, c.Base+"/discovery")
	if err != nil {
		return Discovery{}, nil, fmt.Errorf("discover: %w", err)
	}
	var d Discovery
	if err := json.Unmarshal(body, &d); err != nil || len(d.Identities) == 0 || len(d.Types) == 0 {
		return Discovery{}, nil, fmt.Errorf("discover: %w", ErrAnswer)
	}
	at, err := url.Parse(d.Certificate)
	if err != nil || at.Scheme != "https" || at.Host != base.Host || at.User != nil {
		return Discovery{}, nil, fmt.Errorf("discover: a certificate from another host: %w", ErrAnswer)
	}
	text, err := c.fixed(ctx, d.Certificate)
	if err != nil {
		return Discovery{}, nil, fmt.Errorf("fetch the certificate: %w", err)
	}
	cert, err := ReadCertificate(text, base.Hostname(), c.Roots, c.Now())
	if err != nil {
		return Discovery{}, nil, err
	}
	c.discovery, c.cert, c.known = d, cert, c.Now()
	return d, cert, nil
}

// fixed reads what must be there: that it is not, says nothing of a request.
func (c *Client) fixed(ctx context.Context, address string) ([]byte, error) {
	body, _, err := c.call(ctx, http.MethodGet, address, nil, http.StatusOK)
	if errors.Is(err, ErrUnknown) {
		err = fmt.Errorf("status 404: %w", ErrAnswer)
	}
	return body, err
}

// Submit hands over a request. The receipt is checked to be of these very bytes.
func (c *Client) Submit(ctx context.Context, r Request) (Receipt, error) {
	d, _, err := c.discover(ctx)
	if err != nil {
		return Receipt{}, err
	}
	if !slices.Contains(d.Types, r.Type) {
		return Receipt{}, fmt.Errorf("submit a request of type %s: %w", r.Type, ErrRefused)
	}
	body, err := json.Marshal(r)
	if err != nil {
		return Receipt{}, errors.New("write a request") // its words would repeat a value
	}
	var got Receipt
	if err := c.signed(ctx, http.MethodPost, "/requests", body, http.StatusCreated, &got); err != nil {
		return Receipt{}, fmt.Errorf("submit request %s: %w", r.ID, err)
	}
	whole := bytes.Equal(got.Encoded, body)
	if got.Encoded = nil; !whole || got.Expected.IsZero() || !c.ours(got.Controller, got.ID, r.ID) {
		return Receipt{}, fmt.Errorf("submit request %s: a receipt that is not of it: %w", r.ID, ErrAnswer)
	}
	return got, nil
}

// Status asks how far a request is; ErrUnknown when it never arrived.
func (c *Client) Status(ctx context.Context, id string) (Status, error) {
	var got Status
	if err := c.signed(ctx, http.MethodGet, "/requests/"+url.PathEscape(id), nil, http.StatusOK, &got); err != nil {
		return Status{}, fmt.Errorf("status of request %s: %w", id, err)
	}
	if !c.ours(got.Controller, got.ID, id) || got.Expected.IsZero() || !slices.Contains([]string{Pending, InProgress, Completed, Cancelled}, got.State) {
		return Status{}, fmt.Errorf("status of request %s: %w", id, ErrAnswer)
	}
	return got, nil
}

// Cancel withdraws a request that is still pending; ErrRefused when it is not.
func (c *Client) Cancel(ctx context.Context, id string) (Cancellation, error) {
	var got Cancellation
	if err := c.signed(ctx, http.MethodDelete, "/requests/"+url.PathEscape(id), nil, http.StatusAccepted, &got); err != nil {
		return Cancellation{}, fmt.Errorf("cancel request %s: %w", id, err)
	}
	if !c.ours(got.Controller, got.ID, id) {
		return Cancellation{}, fmt.Errorf("cancel request %s: %w", id, ErrAnswer)
	}
	return got, nil
}

// Fetch opens what a completed request led to. The address comes from the
// processor, so only a public one is followed, without our sign-in; the body
// ends with an error unless all of it came, and past limit bytes.
func (c *Client) Fetch(ctx context.Context, s Status, limit int64) (io.ReadCloser, string, error) {
	if err := CheckAddress(s.ResultsURL); err != nil {
		return nil, "", fmt.Errorf("results of request %s: %w", s.ID, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.ResultsURL, nil)
	if err != nil {
		return nil, "", fmt.Errorf("results of request %s: %w", s.ID, ErrAddress)
	}
	h := c.Results
	if h == nil {
		h = foreign
	}
	resp, err := h.Do(req)
	switch {
	case errors.Is(err, ErrAddress):
		return nil, "", fmt.Errorf("results of request %s: %w", s.ID, ErrAddress)
	case err != nil:
		return nil, "", fmt.Errorf("results of request %s: %w", s.ID, away(ctx))
	case resp.StatusCode != http.StatusOK:
		resp.Body.Close()
		return nil, "", fmt.Errorf("results of request %s: %w", s.ID, statusFault(resp.StatusCode))
	case resp.ProtoMajor == 1 && resp.ContentLength < 0 && len(resp.TransferEncoding) == 0, resp.ContentLength > limit:
		resp.Body.Close() // half of it would look like all of it, or it is too much
		return nil, "", fmt.Errorf("results of request %s without an end or over %d bytes: %w", s.ID, limit, ErrAnswer)
	}
	return &bounded{resp.Body, limit}, resp.Header.Get("Content-Type"), nil
}

// foreign is made once, so that its connections are used again.
var foreign = Foreign()

// bounded fails past its limit, and never repeats the words of a failure: they
// hold the address.
type bounded struct {
	body io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("results over the limit: %w", ErrAnswer)
	}
	if err != nil && !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("half of the results: %w", ErrAway)
	}
	return n, err
}

func (b *bounded) Close() error { return b.body.Close() }

func (c *Client) ours(controller, id, want string) bool {
	return id == want && (c.Controller == "" || controller == c.Controller)
}

// signed makes a call whose answer the processor signs, and reads nothing of it
// before the signature is checked.
func (c *Client) signed(ctx context.Context, method, path string, body []byte, want int, into any) error {
	_, cert, err := c.discover(ctx)
	if err != nil {
		return err
	}
	answer, h, err := c.call(ctx, method, c.Base+path, body, want)
	if err != nil {
		return err
	}
	domain, signature := Signed(h)
	base, err := url.Parse(c.Base)
	if err != nil || !strings.EqualFold(domain, base.Hostname()) {
		return fmt.Errorf("an answer in another name: %w", ErrSignature)
	}
	if err := Verify(cert, answer, signature); err != nil {
		c.forget() // it may have a new certificate by now
		return err
	}
	if json.Unmarshal(answer, into) != nil {
		return ErrAnswer // its words would repeat a value
	}
	return nil
}

func (c *Client) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cert = nil
}

// call makes one call and gives the body of an answer with that status.
func (c *Client) call(ctx context.Context, method, address string, body []byte, want int) ([]byte, http.Header, error) {
	ctx, cancel := bound(ctx)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, nil, errors.New("the address of the processor is none")
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.Authorization != "" {
		req.Header.Set("Authorization", c.Authorization)
	}
	resp, err := c.http().Do(req)
	if err != nil {
		return nil, nil, away(ctx)
	}
	defer resp.Body.Close()
	if resp.StatusCode != want {
		return nil, nil, statusFault(resp.StatusCode)
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxMessage+1))
	switch {
	case err != nil:
		return nil, nil, away(ctx)
	case len(answer) > maxMessage:
		return nil, nil, fmt.Errorf("an answer over %d bytes: %w", maxMessage, ErrAnswer)
	}
	return answer, resp.Header, nil
}

func (c *Client) http() *http.Client {
	if c.HTTP == nil {
		c.HTTP = client(&http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.Roots}})
	}
	return c.HTTP
}

// away drops the words of a failed call: they repeat the address.
func away(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	return ErrAway
}

func statusFault(status int) error {
	switch {
	case status == http.StatusNotFound:
		return ErrUnknown
	case status == http.StatusTooManyRequests, status >= 500:
		return fmt.Errorf("status %d: %w", status, ErrAway)
	case status >= 400:
		return fmt.Errorf("status %d: %w", status, ErrRefused)
	}
	return fmt.Errorf("status %d: %w", status, ErrAnswer)
}
