package opendsr_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/opendsr"
	"github.com/allclaims/rightsdesk/shared/opendsr/opendsrtest"
	"github.com/google/go-cmp/cmp"
)

const id = "a7551968-d5d6-44b2-9831-815ac9017798"

func erasure() opendsr.Request {
	return opendsr.Request{
		Regulation: opendsr.GDPR, ID: id, Type: opendsr.Erasure, Submitted: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), Version: opendsr.Version,
		Identities: []opendsr.Identity{{Type: opendsr.Email, Value: "geheim@test.example", Format: opendsr.Raw}},
	}
}

func TestRequestIsFollowed(t *testing.T) {
	p := opendsrtest.New(t)
	c, ctx := p.Client(t), t.Context()
	if _, err := c.Status(ctx, id); !errors.Is(err, opendsr.ErrUnknown) {
		t.Errorf("before it was sent: %v", err)
	}
	r, err := c.Submit(ctx, erasure())
	if err != nil {
		t.Fatal(err)
	}
	if r.ID != id || !r.Expected.Equal(p.Expected) || r.Encoded != nil {
		t.Errorf("receipt %+v", r)
	}
	if d := cmp.Diff([]opendsr.Request{erasure()}, p.Got()); d != "" {
		t.Errorf("sent (-want +got):\n%s", d)
	}
	if _, err := c.Submit(ctx, erasure()); !errors.Is(err, opendsr.ErrRefused) {
		t.Errorf("twice: %v", err)
	}
	p.Set(opendsr.InProgress, "", nil)
	if st, err := c.Status(ctx, id); err != nil || st.State != opendsr.InProgress {
		t.Errorf("%+v, %v", st, err)
	}
	if _, err := c.Cancel(ctx, id); !errors.Is(err, opendsr.ErrRefused) {
		t.Errorf("cancelled while in progress: %v", err)
	}
	p.Set(opendsr.Pending, "", nil)
	if _, err := c.Cancel(ctx, id); err != nil {
		t.Errorf("cancel: %v", err)
	}
	if st, err := c.Status(ctx, id); err != nil || st.State != opendsr.Cancelled {
		t.Errorf("%+v, %v", st, err)
	}
}

// Nothing of an answer is used that the processor did not sign for this request.
func TestAnswersAreChecked(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare func(*testing.T, *opendsrtest.Processor, *opendsr.Client)
		want    error
	}{
		"changed on its way": {answer(func(_ http.Header, b []byte) []byte {
			return bytes.Replace(b, []byte("Z"), []byte("+01:00"), 1)
		}), opendsr.ErrSignature},
		"no signature":   {answer(func(h http.Header, b []byte) []byte { h.Del(opendsr.HeaderSignature); return b }), opendsr.ErrSignature},
		"no base 64":     {answer(func(h http.Header, b []byte) []byte { h.Set(opendsr.HeaderSignature, "?"); return b }), opendsr.ErrSignature},
		"another domain": {answer(func(h http.Header, b []byte) []byte { h.Set(opendsr.HeaderDomain, "other.example"); return b }), opendsr.ErrSignature},
		"another key": {func(t *testing.T, p *opendsrtest.Processor, _ *opendsr.Client) {
			k, err := rsa.GenerateKey(rand.Reader, 2048)
			if err != nil {
				t.Fatal(err)
			}
			p.Key = k
		}, opendsr.ErrSignature},
		"a certificate of nobody": {func(_ *testing.T, p *opendsrtest.Processor, _ *opendsr.Client) { p.Certificate = []byte("none") }, opendsr.ErrSignature},
		"a certificate of another name": {func(t *testing.T, p *opendsrtest.Processor, _ *opendsr.Client) {
			p.Certificate = p.Issue(t, "other.example")
		}, opendsr.ErrSignature},
		"a wildcard": {func(t *testing.T, p *opendsrtest.Processor, _ *opendsr.Client) {
			p.Certificate = p.Issue(t, "*.processor.example")
		}, opendsr.ErrSignature},
		"a certificate that is over": {func(_ *testing.T, _ *opendsrtest.Processor, c *opendsr.Client) {
			c.Now = func() time.Time { return time.Now().Add(48 * time.Hour) }
		}, opendsr.ErrSignature},
		"a certificate of an authority that we do not know": {func(_ *testing.T, _ *opendsrtest.Processor, c *opendsr.Client) {
			c.Roots = x509.NewCertPool()
		}, opendsr.ErrSignature},
		"a receipt of other words": {func(t *testing.T, p *opendsrtest.Processor, _ *opendsr.Client) {
			p.Answer = func(_ string, h http.Header, b []byte) []byte {
				return signed(t, p, h, bytes.Replace(b, []byte(`"encoded_request":"`), []byte(`"encoded_request":"AAAA`), 1))
			}
		}, opendsr.ErrAnswer},
		"a certificate from elsewhere": {func(_ *testing.T, p *opendsrtest.Processor, _ *opendsr.Client) {
			p.Discovery.Certificate = "https://" + opendsrtest.Files + "/cert.pem"
		}, opendsr.ErrAnswer},
		"no time to expect":  {func(_ *testing.T, p *opendsrtest.Processor, _ *opendsr.Client) { p.Expected = time.Time{} }, opendsr.ErrAnswer},
		"another controller": {func(_ *testing.T, _ *opendsrtest.Processor, c *opendsr.Client) { c.Controller = "somebody" }, opendsr.ErrAnswer},
		"another sign-in":    {func(_ *testing.T, _ *opendsrtest.Processor, c *opendsr.Client) { c.Authorization = "" }, opendsr.ErrRefused},
		"a type not offered": {func(_ *testing.T, p *opendsrtest.Processor, _ *opendsr.Client) {
			p.Discovery.Types = []string{opendsr.Access}
		}, opendsr.ErrRefused},
		"nothing offered":  {func(_ *testing.T, p *opendsrtest.Processor, _ *opendsr.Client) { p.Discovery.Types = nil }, opendsr.ErrAnswer},
		"no discovery":     {func(_ *testing.T, p *opendsrtest.Processor, _ *opendsr.Client) { p.Refuse = 404 }, opendsr.ErrAnswer},
		"down":             {func(_ *testing.T, p *opendsrtest.Processor, _ *opendsr.Client) { p.Refuse = 503 }, opendsr.ErrAway},
		"too much at once": {func(_ *testing.T, p *opendsrtest.Processor, _ *opendsr.Client) { p.Refuse = 429 }, opendsr.ErrAway},
		"a redirect":       {func(_ *testing.T, p *opendsrtest.Processor, _ *opendsr.Client) { p.Refuse = 307 }, opendsr.ErrAnswer},
		"an address of http": {func(_ *testing.T, _ *opendsrtest.Processor, c *opendsr.Client) {
			c.Base = "http://" + opendsrtest.Domain + "/v2"
		}, nil},
		"an answer too large": {answer(func(_ http.Header, _ []byte) []byte { return make([]byte, 1<<20+1) }), opendsr.ErrAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			p := opendsrtest.New(t)
			c := p.Client(t)
			tc.prepare(t, p, c)
			_, err := c.Submit(t.Context(), erasure())
			if err == nil || tc.want != nil && !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), "geheim") {
				t.Errorf("I13: %v", err)
			}
		})
	}
}

func answer(change func(http.Header, []byte) []byte) func(*testing.T, *opendsrtest.Processor, *opendsr.Client) {
	return func(_ *testing.T, p *opendsrtest.Processor, _ *opendsr.Client) {
		p.Answer = func(_ string, h http.Header, b []byte) []byte {
			return change(h, b)
		}
	}
}

// signed is a body that the processor signed, whatever it says.
func signed(t *testing.T, p *opendsrtest.Processor, h http.Header, body []byte) []byte {
	t.Helper()
	sig, err := opendsr.Sign(p.Key, body)
	if err != nil {
		t.Error(err)
	}
	h.Set(opendsr.HeaderSignature, sig)
	return body
}

// A status of another request is no answer, well signed as it is.
func TestAnotherRequestsStatus(t *testing.T) {
	p := opendsrtest.New(t)
	c := p.Client(t)
	if _, err := c.Submit(t.Context(), erasure()); err != nil {
		t.Fatal(err)
	}
	p.Answer = func(_ string, h http.Header, b []byte) []byte {
		return signed(t, p, h, bytes.Replace(b, []byte(id), []byte("b7551968-d5d6-44b2-9831-815ac9017798"), 1))
	}
	if _, err := c.Status(t.Context(), id); !errors.Is(err, opendsr.ErrAnswer) {
		t.Errorf("got %v", err)
	}
}

// The specification leaves the padding open; both that are in use count, and
// the header names of version 1 too.
func TestBothPaddingsAndNames(t *testing.T) {
	p := opendsrtest.New(t)
	c := p.Client(t)
	p.Answer = func(_ string, h http.Header, b []byte) []byte {
		d := sha256.Sum256(b)
		sig, err := p.Key.Sign(rand.Reader, d[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto, Hash: crypto.SHA256})
		if err != nil {
			t.Error(err)
		}
		h.Del(opendsr.HeaderDomain)
		h.Del(opendsr.HeaderSignature)
		h.Set(opendsr.HeaderDomainV1, opendsrtest.Domain)
		h.Set(opendsr.HeaderSignatureV1, base64.StdEncoding.EncodeToString(sig))
		return b
	}
	if _, err := c.Submit(t.Context(), erasure()); err != nil {
		t.Error(err)
	}
}

func TestFetch(t *testing.T) {
	p := opendsrtest.New(t)
	c := p.Client(t)
	at := opendsr.Status{ID: id, ResultsURL: "https://" + opendsrtest.Files + "/secure/geheim"}
	for name, tc := range map[string]struct {
		serve http.HandlerFunc
		want  error
	}{
		"whole": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "whole") }, nil},
		"half": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "half")
		}, opendsr.ErrAway},
		"half of a stream": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "half")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, opendsr.ErrAway},
		"over the limit": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 101)) }, opendsr.ErrAnswer},
		"a stream over the limit": {func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush()
			_, _ = w.Write(make([]byte, 101))
		}, opendsr.ErrAnswer},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://169.254.169.254/", http.StatusFound)
		}, opendsr.ErrAnswer},
		"gone": {http.NotFound, opendsr.ErrUnknown},
	} {
		p.Results = tc.serve
		body, _, err := c.Fetch(t.Context(), at, 100)
		if err == nil {
			_, err = io.ReadAll(body)
			body.Close()
		}
		if !errors.Is(err, tc.want) || err != nil && strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

// An address that another party gave us leads nowhere inside.
func TestForeign(t *testing.T) {
	for _, address := range []string{
		"http://files.example/x", "https://u:p@files.example/", "https://files.example:8443/", "https:///x", "ftp://files.example/", "https://127.0.0.1/",
		"https://[::1]/", "https://169.254.169.254/latest/meta-data", "https://10.0.0.1/", "https://[::ffff:10.0.0.1]/", "https://[fd00::1]/", "::",
	} {
		if err := opendsr.CheckAddress(address); !errors.Is(err, opendsr.ErrAddress) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if err := opendsr.CheckAddress("https://files.example:443/x?y"); err != nil {
		t.Error(err)
	}
	for address, want := range map[string]bool{
		"8.8.8.8": true, "2a00:1450:400e::1": true, "127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "172.32.0.1": true, "192.168.1.1": false,
		"100.64.0.1": false, "169.254.169.254": false, "0.0.0.0": false, "255.255.255.255": false, "224.0.0.1": false, "::": false, "::1": false, "fe80::1": false,
		"fd00:ec2::254": false, "::ffff:127.0.0.1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false, "2001:0:1::": false, "ff02::1": false,
	} {
		if got := opendsr.Public(netip.MustParseAddr(address)); got != want {
			t.Errorf("Public(%s) = %v", address, got)
		}
	}
	// A name that resolves inside is refused where the connection is made.
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "https://localhost/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := opendsr.Foreign().Do(req); !errors.Is(err, opendsr.ErrAddress) {
		t.Errorf("localhost: %v", err)
	}
}

// On the local stage one host is found here, and every other as ever.
func TestLocal(t *testing.T) {
	reached := 0
	srv := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }))
	defer srv.Close()
	at := strings.TrimPrefix(srv.URL, "https://")
	h, err := opendsr.Local("example.com," + at + "," + base64.StdEncoding.EncodeToString(srv.Certificate().Raw))
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]bool{
		"https://example.com/x": true, srv.URL: false, "https://localhost/": false, "https://127.0.0.1/": false,
		"https://[::1]/": false,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		before := reached
		resp, err := h.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		if (reached > before) != want {
			t.Errorf("%s: reached %t, %v", address, reached > before, err)
		}
	}
	for _, wrong := range []string{"", "a,b", "a.example,127.0.0.1:1,?", "a.example,127.0.0.1:1,AAAA"} {
		if _, err := opendsr.Local(wrong); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}
