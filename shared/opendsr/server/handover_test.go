package server_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/infra/demo"
	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/opendsr/server"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

const takesAt = "https://api.bakker.example/requests"

// taker is where a client's machine takes what debtors asked us.
type taker struct {
	w *world
	// answer gives the status of the nth call, from 1, and its body; 0 = nothing
	// comes back. nil = the receipt.
	answer func(n int, receipt []byte) (int, []byte)
	// signs, when there is one, signs each answer.
	signs  *rsa.PrivateKey
	bodies [][]byte
}

// RoundTrip is the network between us and the client's machine.
func (m *taker) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	if !m.w.signed(req, body) || req.URL.String() != takesAt {
		m.w.T.Errorf("a hand-over to %s that is not signed: %s", req.URL, body)
	}
	m.bodies = append(m.bodies, body)
	var asked struct {
		ID string `json:"subject_request_id"`
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		return nil, err
	}
	receipt, err := json.Marshal(map[string]any{
		"controller_id": "bakker", "subject_request_id": asked.ID, "received_time": m.w.Clock.Now(), "encoded_request": body,
		"expected_completion_time": m.w.Clock.Now().AddDate(0, 0, 20),
	})
	if err != nil {
		return nil, err
	}
	status := http.StatusCreated
	if m.answer != nil {
		status, receipt = m.answer(len(m.bodies), receipt)
	}
	if status == 0 {
		return nil, errors.New("no answer from " + req.URL.String())
	}
	rec := httptest.NewRecorder()
	if m.signs != nil {
		sum := sha256.Sum256(receipt)
		sig, err := rsa.SignPKCS1v15(nil, m.signs, crypto.SHA256, sum[:])
		if err != nil {
			return nil, err
		}
		rec.Header().Set("X-OpenDSR-Signature", base64.StdEncoding.EncodeToString(sig))
	}
	rec.WriteHeader(status)
	_, _ = rec.Write(receipt)
	return rec.Result(), nil
}

// takes gives a client a machine that takes what debtors asked us.
func (w *world) takes(delivery string, answer func(n int, receipt []byte) (int, []byte)) *taker {
	w.T.Helper()
	m := &taker{w: w, answer: answer}
	w.reach(m)
	for _, c := range demo.Clients() {
		if c.ID != "bakker" {
			continue
		}
		after := c
		after.Delivery = delivery
		if err := w.Cases.SaveClient(w.T.Context(), admin, &c, after); err != nil {
			w.T.Fatal(err)
		}
	}
	w.connect(register.Connection{Domains: []string{"bakker.example"}, Endpoint: takesAt})
	return m
}

// roundTrip is a network of one function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// reach lets the world call clients' machines by that network.
func (w *world) reach(network http.RoundTripper) {
	no := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	w.Reach(&server.Caller{
		Statuses: w.Cases, HandOvers: w.Cases, Connections: w.Store, Dossier: w.Dossier, Identity: w.ours, Base: origin,
		ClientPage: "https://opdrachtgever.allclaims.example/", HTTP: &http.Client{Transport: network, CheckRedirect: no},
	})
}

// connect registers how the client's machine is reached.
func (w *world) connect(after register.Connection) {
	w.T.Helper()
	was, err := w.Cases.Connection(w.T.Context(), admin, "bakker")
	if err != nil {
		w.T.Fatal(err)
	}
	after.Client, after.Rev = "bakker", was.Rev
	if err := w.Cases.SaveConnection(w.T.Context(), admin, after); err != nil {
		w.T.Fatal(err)
	}
}

// sanne asks by mail for a copy: one of her files is bakker's, the other telstar's.
func (w *world) sanne() request.ID {
	w.T.Helper()
	w.Receive("m1", "From: Sanne Bakker <"+demo.DebtorOfTwo.Email+">\r\nTo: info@allclaims.example\r\nSubject: Inzage\r\nMessage-ID: <m1@voorbeeld.example>\r\n"+
		"Date: Mon, 16 Nov 2026 09:00:00 +0100\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"+
		"Goedendag,\r\n\r\nIk wil inzage in alle persoonsgegevens die u van mij verwerkt, op grond van artikel 15 AVG. Mijn dossiernummer is "+bakkersFile().Number+".\r\n\r\nSanne\r\n")
	all := w.Requests()
	return all[len(all)-1]
}

func bakkersFile() demo.File {
	i := slices.IndexFunc(demo.DebtorOfTwo.Files, func(f demo.File) bool { return f.Client == "bakker" })
	return demo.DebtorOfTwo.Files[i]
}

// leg is the part that is the client's.
func (w *world) leg(id request.ID) request.Leg {
	w.T.Helper()
	r, err := w.Store.Load(w.T.Context(), id)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, l := range r.Legs {
		if l.Client == "bakker" {
			return l
		}
	}
	w.T.Fatal("no part is bakker's")
	return request.Leg{}
}

// mailed counts the letters of a kind that went out of the client's part, or of
// the whole request.
func (w *world) mailed(kind string) int {
	n, leg := 0, w.leg(w.Requests()[len(w.Requests())-1]).ID
	for _, m := range w.Mailbox {
		if string(m.Letter.Order.Kind) == kind && (m.Letter.Leg == leg || m.Letter.Leg == "") {
			n++
		}
	}
	return n
}

// A client's machine takes what a debtor asked us: that is the hand-over of
// R-22, with the receipt as its proof, and no mail tells it again.
func TestHandOver(t *testing.T) {
	w := newWorld(t)
	m := w.takes("api", nil)
	id := w.sanne()
	w.PassTo(monday.Add(2 * time.Hour))
	if len(m.bodies) != 1 {
		t.Fatalf("%d calls", len(m.bodies))
	}
	var got struct {
		Regulation string `json:"regulation"`
		ID         string `json:"subject_request_id"`
		Type       string `json:"subject_request_type"`
		Submitted  string `json:"submitted_time"`
		Identities []struct {
			Type  string `json:"identity_type"`
			Value string `json:"identity_value"`
		} `json:"subject_identities"`
		Extensions map[string]map[string]any `json:"extensions"`
	}
	if err := json.Unmarshal(m.bodies[0], &got); err != nil {
		t.Fatal(err)
	}
	p, file := demo.DebtorOfTwo, bakkersFile()
	more := got.Extensions["opendsr.allclaims.example"]
	if got.Regulation != "gdpr" || got.Type != "access" || len(got.Identities) != 1 || got.Identities[0].Type != "controller_customer_id" ||
		got.Identities[0].Value != file.Debtor || more["claim_numbers"].([]any)[0] != file.Number || more["right"] != "access" ||
		more["client_page"] != "https://opdrachtgever.allclaims.example/" || more["safe_answer_date"] == nil || more["instruct_by"] == nil {
		t.Errorf("%s", m.bodies[0])
	}
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(got.ID) {
		t.Errorf("subject_request_id %s", got.ID)
	}
	// No more of the person than T-05 has.
	for _, v := range []string{p.Name, p.Email, p.Postcode, "inzage"} {
		if v != "" && strings.Contains(string(m.bodies[0]), v) {
			t.Errorf("the message holds %q", v)
		}
	}
	l := w.leg(id)
	if l.Phase != request.Forwarded || l.ForwardedAt.IsZero() || l.Offer.Acknowledged != l.ForwardedAt || l.Offer.Receipt == "" || l.Offer.Signed {
		t.Errorf("%s %+v", l.Phase, l.Offer)
	}
	if w.mailed("T-05") != 0 || w.mailed("T-04a")+w.mailed("T-04b") == 0 {
		t.Errorf("T-05 %d, T-04a %d, T-04b %d", w.mailed("T-05"), w.mailed("T-04a"), w.mailed("T-04b"))
	}
	rows, _, err := w.Cases.OfClient(t.Context(), "bakker", "todo", store.Page{Limit: 10})
	if err != nil || len(rows) != 1 {
		t.Errorf("%d open at the client, %v", len(rows), err)
	}
	// The chase counts from there.
	w.PassTo(monday.AddDate(0, 0, 9))
	if w.mailed("T-06") != 1 {
		t.Errorf("%d reminders", w.mailed("T-06"))
	}
	if f, err := w.Dossier.Open(t.Context(), "dossier/"+string(id)+"/letters/"+l.ID+".hand-over.machine.json"); err != nil {
		t.Errorf("the receipt is not kept: %v", err)
	} else {
		f.Close()
	}
	if strings.Contains(w.Told(), "bakker.example") || strings.Contains(w.Told(), file.Debtor) {
		t.Error("an address or a person stands in a log or a history")
	}
}

// What is no receipt of this very message is no hand-over: the same message is
// sent again, and while R-22 can still be kept the client gets mail.
func TestHandOverFallsBack(t *testing.T) {
	own, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		answer       func(n int, receipt []byte) (int, []byte)
		registered   *rsa.PrivateKey
		signs        *rsa.PrivateKey
		acknowledged bool
	}{
		"no answer":  {answer: func(int, []byte) (int, []byte) { return 0, nil }},
		"refused":    {answer: func(_ int, r []byte) (int, []byte) { return 403, r }},
		"redirected": {answer: func(_ int, r []byte) (int, []byte) { return 307, r }},
		"empty":      {answer: func(int, []byte) (int, []byte) { return 204, nil }},
		"no JSON":    {answer: func(int, []byte) (int, []byte) { return 200, []byte("ok") }},
		"of other": {answer: func(_ int, r []byte) (int, []byte) {
			return 201, []byte(strings.Replace(string(r), `"subject_request_id":"`, `"subject_request_id":"0`, 1))
		}},
		"other bytes": {answer: func(_ int, r []byte) (int, []byte) {
			return 201, []byte(strings.Replace(string(r), `"encoded_request":"`, `"encoded_request":"AAAA`, 1))
		}},
		"not signed":     {registered: own},
		"other's key":    {registered: own, signs: other},
		"signed":         {registered: own, signs: own, acknowledged: true},
		"at last":        {answer: func(n int, r []byte) (int, []byte) { return map[bool]int{true: 500, false: 201}[n < 9], r }, acknowledged: true},
		"answer is lost": {answer: func(n int, r []byte) (int, []byte) { return map[bool]int{true: 0, false: 201}[n == 1], r }, acknowledged: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			m := w.takes("api", tc.answer)
			m.signs = tc.signs
			if tc.registered != nil {
				der, err := x509.MarshalPKIXPublicKey(&tc.registered.PublicKey)
				if err != nil {
					t.Fatal(err)
				}
				w.connect(register.Connection{
					Domains: []string{"bakker.example"}, Endpoint: takesAt, PublicKey: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
				})
			}
			id := w.sanne()
			w.every(10*time.Minute, 72*time.Hour)
			l := w.leg(id)
			for _, b := range m.bodies {
				if string(b) != string(m.bodies[0]) {
					t.Errorf("another message under one id:\n%s\n%s", m.bodies[0], b)
				}
			}
			days := w.Cases.Calendar.WorkingDaysBetween(deadline.LocalDate(monday), deadline.LocalDate(l.ForwardedAt))
			if l.Phase != request.Forwarded || days > 2 {
				t.Errorf("%s after %d working days", l.Phase, days)
			}
			if tc.acknowledged {
				if l.Offer.Acknowledged.IsZero() || w.mailed("T-05") != 0 || l.Offer.Signed != (tc.signs != nil) || w.task(id) {
					t.Errorf("%+v, T-05 %d, a task %t", l.Offer, w.mailed("T-05"), w.task(id))
				}
				return
			}
			if !l.Offer.Acknowledged.IsZero() || w.mailed("T-05") != 1 || !w.task(id) {
				t.Errorf("%+v, T-05 %d, a task %t", l.Offer, w.mailed("T-05"), w.task(id))
			}
		})
	}
}

// task reports whether an officer is told of the client's machine.
func (w *world) task(id request.ID) bool {
	r, err := w.Store.Load(w.T.Context(), id)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, t := range r.Tasks {
		if t.Open() && t.Code == "machine-hand-over" {
			return true
		}
	}
	return false
}

// A host that the client withdrew, or an address that it never gave, leads to
// mail at once.
func TestHandOverWithdrawn(t *testing.T) {
	w := newWorld(t)
	m := w.takes("api", func(int, []byte) (int, []byte) { return 0, nil })
	id := w.sanne()
	w.connect(register.Connection{Domains: []string{"elders.example"}})
	calls := len(m.bodies)
	w.every(10*time.Minute, 2*time.Hour)
	if l := w.leg(id); len(m.bodies) != calls || l.Phase != request.Forwarded || w.mailed("T-05") != 1 || !w.task(id) {
		t.Errorf("%d calls, %s, T-05 %d", len(m.bodies)-calls, l.Phase, w.mailed("T-05"))
	}
	w = newWorld(t)
	w.takes("api", nil)
	w.connect(register.Connection{})
	if l := w.leg(w.sanne()); l.Phase != request.Forwarded || w.mailed("T-05") != 1 || w.task(w.Requests()[0]) {
		t.Errorf("without an address: %s, T-05 %d", l.Phase, w.mailed("T-05"))
	}
}

// With both the mail goes at once, and the machine is told beside it.
func TestHandOverBoth(t *testing.T) {
	for silent, want := range map[bool]bool{false: false, true: true} {
		w := newWorld(t)
		m := w.takes("both", func(_ int, r []byte) (int, []byte) { return map[bool]int{true: 0, false: 201}[silent], r })
		id := w.sanne()
		if l := w.leg(id); l.Phase != request.Forwarded || w.mailed("T-05") != 1 {
			t.Errorf("%s, T-05 %d", l.Phase, w.mailed("T-05"))
		}
		w.every(10*time.Minute, 48*time.Hour)
		if l := w.leg(id); l.Offer.Acknowledged.IsZero() != silent || w.mailed("T-05") != 1 || w.task(id) != want || len(m.bodies) == 0 {
			t.Errorf("silent %t: %+v, T-05 %d, a task %t", silent, l.Offer, w.mailed("T-05"), w.task(id))
		}
	}
}

// What the person took back before the machine answered is not sent again.
func TestHandOverTakenBack(t *testing.T) {
	w := newWorld(t)
	m := w.takes("api", func(int, []byte) (int, []byte) { return 0, nil })
	id := w.sanne()
	w.Do(func(ctx context.Context) error {
		r, err := w.Store.Load(ctx, id)
		if err != nil {
			return err
		}
		return w.Cases.Withdraw(ctx, r.Reference)
	})
	calls := len(m.bodies)
	w.every(10*time.Minute, 48*time.Hour)
	r, err := w.Store.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	told := false
	for _, k := range r.Tasks {
		told = told || k.Open() && k.Kind == "tell-client"
	}
	if calls == 0 || len(m.bodies) != calls || w.mailed("T-05") != 0 || !told {
		t.Errorf("%d calls and %d after, T-05 %d, told %t", calls, len(m.bodies)-calls, w.mailed("T-05"), told)
	}
}
