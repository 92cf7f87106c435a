package cases

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/allclaims/rightsdesk/infra/demo"
)

// machineHost is where a client's machine is, on the local stack alone.
const machineHost = "opendsr.zorgnet-apotheken.example"

// Machine is a client's: it signs in with a key and takes what we send. It knows
// OpenDSR and nothing of ours.
type Machine struct {
	server *http.Server
	at     string // HOST,ADDRESS:PORT,CERTIFICATE for the stack
	key    *rsa.PrivateKey

	mu  sync.Mutex
	got []received
}

// received is a message that came, and whether its headers and bytes fit.
type received struct {
	path, domain, signature string
	body                    []byte
}

// NewMachine starts a client's machine on this computer. Close ends it.
func NewMachine(ctx context.Context) (*Machine, error) {
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the key of a client's machine: %w", err)
	}
	signs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("make the key of a client's machine: %w", err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{machineHost}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 0, 7),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &own.PublicKey, own)
	if err != nil {
		return nil, fmt.Errorf("certify a client's machine: %w", err)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start a client's machine: %w", err)
	}
	m := &Machine{key: signs, at: strings.Join([]string{machineHost, l.Addr().String(), base64.StdEncoding.EncodeToString(der)}, ",")}
	m.server = &http.Server{
		Handler: m, ReadHeaderTimeout: 10 * time.Second,
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: own}}},
	}
	go func() { _ = m.server.ServeTLS(l, "", "") }() // ends by Close
	return m, nil
}

// Parameters are those of the template by which the stack finds the machine.
func (m *Machine) Parameters() map[string]string { return map[string]string{"LocalMachine": m.at} }

// Close ends the machine.
func (m *Machine) Close() { m.server.Close() }

// ServeHTTP takes a hand-over with a signed receipt, and a status with nothing.
func (m *Machine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	m.mu.Lock()
	m.got = append(m.got, received{r.URL.Path, r.Header.Get("X-OpenDSR-Processor-Domain"), r.Header.Get("X-OpenDSR-Signature"), body})
	m.mu.Unlock()
	var asked struct {
		ID string `json:"subject_request_id"`
	}
	if r.URL.Path != "/requests" || json.Unmarshal(body, &asked) != nil {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	now := time.Now().UTC()
	receipt, err := json.Marshal(map[string]any{
		"controller_id": "zorgnet", "subject_request_id": asked.ID, "received_time": now, "expected_completion_time": now.AddDate(0, 0, 20), "encoded_request": body,
	})
	if err != nil {
		return
	}
	sum := sha256.Sum256(receipt)
	signature, err := rsa.SignPKCS1v15(nil, m.key, crypto.SHA256, sum[:])
	if err != nil {
		return
	}
	w.Header().Set("X-OpenDSR-Signature", base64.StdEncoding.EncodeToString(signature))
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write(receipt)
}

// all are the messages that came to a path.
func (m *Machine) all(path string) []received {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.got), func(r received) bool { return r.path != path })
}

// publicKey is what the client registers, in PEM.
func (m *Machine) publicKey() (string, error) {
	der, err := x509.MarshalPKIXPublicKey(&m.key.PublicKey)
	if err != nil {
		return "", fmt.Errorf("write a public key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

// machineHandsOver is case (i): an administrator connects a client's machine,
// and that hands over what a debtor asked its client.
func machineHandsOver(s *scene) {
	if s.Machine == nil {
		return
	}
	admin, zorgnet := s.staff("administrator"), demo.Clients()[2]
	at := "/desk/opdrachtgevers/" + zorgnet.ID
	public, err := s.Machine.publicKey()
	s.must(err)
	s.must(admin.Get(s.ctx, at+"/koppeling"))
	s.must(admin.Fill(s.ctx, Form{Action: "/koppeling", Button: "bewaar", Values: one("domeinen", machineHost, "adres", "https://"+machineHost+"/requests", "sleutel", public)}))
	s.must(admin.Get(s.ctx, at+"/koppeling"))
	s.must(admin.Fill(s.ctx, Form{Action: "/koppeling", Button: "sleutels", Values: one("wat", "nieuw")}))
	_, key, shown := strings.Cut(admin.Text(), " "+zorgnet.ID+".")
	s.check(shown, "no key stands on the page: %s", clip(admin.Text(), 400))
	key, _, _ = strings.Cut(zorgnet.ID+"."+key, " ")
	s.must(admin.Get(s.ctx, at))
	s.must(admin.Fill(s.ctx, Form{Action: at, Values: one("levering", "both")}))
	s.step("an administrator connects the machine of %s", zorgnet.Name)

	d := s.call(http.MethodGet, "/v2/discovery", "", nil, http.StatusOK)
	s.check(strings.Contains(string(d), "supported_subject_request_types"), "the discovery is %s", d)
	body := []byte(fmt.Sprintf(`{"regulation":"gdpr","api_version":"2.0","subject_request_id":%q,"subject_request_type":"access","submitted_time":%q,`+
		`"status_callback_urls":["https://%s/status"],"subject_identities":[{"identity_type":"controller_customer_id","identity_value":%q,"identity_format":"raw"}]}`,
		machineID, time.Now().UTC().Format(time.RFC3339), machineHost, demo.DebtorAndReader.Files[0].Debtor))
	receipt := s.call(http.MethodPost, "/v2/requests", key, body, http.StatusCreated)
	s.check(string(receipt) == string(s.call(http.MethodPost, "/v2/requests", key, body, http.StatusCreated)), "the same message gets another receipt")
	s.step("the machine hands over: %s", machineID)
	s.mu.Lock()
	s.machineKey = key
	s.mu.Unlock()
}

// machineID is what the client calls its request.
const machineID = "3b241101-e2bb-4255-8caf-4136c566a962"

// machineIsTold: what was handed over is carried out, told and fetched; and what
// a debtor asked us came to the same machine.
func machineIsTold(s *scene) {
	s.name = "i"
	if s.Machine == nil {
		return
	}
	s.until("the machine is told that its request is completed", func() bool {
		return slices.ContainsFunc(s.Machine.all("/status"), func(r received) bool { return strings.Contains(string(r.body), `"request_status":"completed"`) })
	})
	cert := s.certificate()
	for _, r := range slices.Concat(s.Machine.all("/status"), s.Machine.all("/requests")) {
		sum := sha256.Sum256(r.body)
		signature, err := base64.StdEncoding.DecodeString(r.signature)
		s.check(err == nil && rsa.VerifyPKCS1v15(cert, crypto.SHA256, sum[:], signature) == nil && r.domain == "localhost", "a message at %s is not signed by us", r.path)
	}
	s.step("the machine was told, signed, how far its request is")
	z := s.results(s.machineKey)
	s.check(strings.Contains(z, demo.DebtorAndReader.Files[0].Number), "the results lack the debtor's file")
	s.strangers(z, demo.DebtorAndReader)
	s.refer(s.name, s.referenceOf(s.expect(want{to: demo.Clients()[2].Email, letter: "T-07"}).Subject))
	s.until("the machine has what its debtor asked us", func() bool { return len(s.Machine.all("/requests")) > 0 })
	asked := string(s.Machine.all("/requests")[0].body)
	s.check(strings.Contains(asked, demo.DebtorAndReader.Files[0].Debtor) && strings.Contains(asked, string(s.Reference("f"))), "the hand-over is %s", asked)
	s.check(!strings.Contains(asked, demo.DebtorAndReader.Name) && !strings.Contains(asked, demo.DebtorAndReader.Email), "the hand-over holds more than is needed")
	s.until("the receipt of the machine stands in the ledger", func() bool {
		id, err := s.store.ByReference(s.ctx, s.Reference("f"))
		s.must(err)
		lines, err := s.store.Lines(s.ctx, id)
		s.must(err)
		for _, l := range lines {
			if l.Action == "machine-acknowledged" {
				return l.Refs["signed"] == "true"
			}
		}
		return false
	})
	s.step("what the debtor of (f) asked us was handed to the machine, and its signed receipt kept")
}

// call is one of the machine's calls, whose answer must have that status.
func (s *scene) call(method, path, key string, body []byte, status int) []byte {
	r, err := http.NewRequestWithContext(s.ctx, method, s.Stack.BaseURL+"/opendsr"+path, bytes.NewReader(body))
	s.must(err)
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	if body != nil {
		sum := sha256.Sum256(body)
		signature, err := rsa.SignPKCS1v15(nil, s.Machine.key, crypto.SHA256, sum[:])
		s.must(err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-OpenDSR-Signature", base64.StdEncoding.EncodeToString(signature))
	}
	resp, err := http.DefaultClient.Do(r)
	s.must(err)
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	s.must(err)
	if resp.StatusCode != status {
		s.fail("%s %s: %s %s", method, path, resp.Status, clip(string(got), 400))
	}
	return got
}

// certificate is the public key by which our messages are signed.
func (s *scene) certificate() *rsa.PublicKey {
	block, _ := pem.Decode(s.call(http.MethodGet, "/cert.pem", "", nil, http.StatusOK))
	if block == nil {
		s.fail("our certificate is none")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	s.must(err)
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		s.fail("our key is not RSA")
	}
	return key
}

// results fetches what the request led to: an address, and there the package,
// to which no key goes along.
func (s *scene) results(key string) string {
	r, err := http.NewRequestWithContext(s.ctx, http.MethodGet, s.Stack.BaseURL+"/opendsr/v2/requests/"+machineID+"/results", nil)
	s.must(err)
	r.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultTransport.RoundTrip(r)
	s.must(err)
	resp.Body.Close()
	to, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || resp.StatusCode != http.StatusSeeOther {
		s.fail("the results are %s", resp.Status)
	}
	get, err := http.NewRequestWithContext(s.ctx, http.MethodGet, to.String(), nil)
	s.must(err)
	resp, err = http.DefaultClient.Do(get)
	s.must(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	s.must(err)
	if resp.StatusCode != http.StatusOK {
		s.fail("the results cannot be fetched: %s", resp.Status)
	}
	z := s.unzip(body)
	s.step("the machine fetched the results: %d bytes, %d files", len(body), len(z.files))
	return z.all()
}
