package desk_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/desk"
	"github.com/allclaims/rightsdesk/shared/door"
	"github.com/allclaims/rightsdesk/shared/door/doortest"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	"github.com/allclaims/rightsdesk/shared/vault"
)

// The real casework fits the port.
var _ desk.Cases = (*casework.Cases)(nil)

const (
	known   request.Reference = "R-7Q2M-K9TD"
	unknown request.Reference = "R-7Q2M-K9TE"

	ordinaryID = "0o3vrnil0e2ic28trm7dfhrc2v0"
)

var now = time.Date(2026, 11, 20, 21, 14, 0, 0, time.UTC)

// world is a strict stand-in for everything behind the desk.
type world struct {
	*doortest.Drafts

	mu     sync.Mutex
	now    time.Time
	calls  []string
	packs  int // of a client's month
	fail   map[string]error
	view   casework.CaseView
	queues map[string][]store.TaskRow
	// tasks, where set, answers for the queues.
	tasks func(queue string, page store.Page) ([]store.TaskRow, string)
	sent  []casework.Submission
	got   map[string]any
	mail  letters.Mail
	// rehearsal is what a rehearsed act would do, credit what a question would.
	rehearsal casework.Rehearsal
	credit    casework.QuestionPreview
	// padding makes the file that waits so many bytes longer.
	padding int
	// incoming is what the scanner says of files from outside.
	incoming casework.Incoming
}

func newWorld() *world {
	w := &world{
		now: now, packs: 1, fail: map[string]error{}, got: map[string]any{}, incoming: casework.Incoming{Verdict: vault.Clean, Since: now},
		view: sample(), queues: map[string][]store.TaskRow{}, mail: letters.Mail{Subject: "Ons antwoord (R-7Q2M-K9TD)", Text: "Goedendag,\n\nWij wissen uw gegevens.", Template: "T-13@1/nl"},
	}
	w.Drafts = &doortest.Drafts{Now: w.clock}
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) call(name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, name)
	return w.fail[name]
}

// acts are the calls that change something.
func (w *world) acts() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.calls), func(s string) bool {
		return slices.Contains([]string{"Tasks", "OfClient", "View", "Preview", "Ordinary", "OrdinaryMail", "ReadLetter", "Attachments", "Attachment", "Screening", "ScreenFile", "LookInto", "LookAt", "Figures", "ClientList", "TakeScan", "ScanVerdicts", "SignedIn", "Evidence", "EvidenceOf", "ReportOf"}, s)
	})
}

func (w *world) own(ref request.Reference) error {
	if ref != known {
		return request.Fault(request.NotFound, string(ref), "load a request")
	}
	return nil
}

func (w *world) act(name string, ref request.Reference, got any) error {
	if err := w.call(name); err != nil {
		return err
	}
	w.mu.Lock()
	w.got[name] = got
	w.mu.Unlock()
	return w.own(ref)
}

func (w *world) Tasks(_ context.Context, queue string, page store.Page) ([]store.TaskRow, string, error) {
	if page.Limit <= 0 || page.Limit > 100 {
		return nil, "", request.Fault(request.InputRefused, "", "list without a limit")
	}
	if err := w.call("Tasks"); err != nil {
		return nil, "", err
	}
	if w.tasks != nil {
		rows, next := w.tasks(queue, page)
		return rows, next, nil
	}
	rows := w.queues[queue]
	if len(rows) > page.Limit {
		return rows[:page.Limit], "more", nil
	}
	return rows, "", nil
}

func (w *world) OfClient(_ context.Context, client, state string, page store.Page) ([]store.ClientRow, string, error) {
	if page.Limit <= 0 || page.Limit > 100 || client != bakker.ID {
		return nil, "", request.Fault(request.InputRefused, "", "list %s of %s", state, client)
	}
	if err := w.call("OfClient"); err != nil {
		return nil, "", err
	}
	row := store.ClientRow{Reference: known, Leg: "3", Right: request.Access, Phase: request.Forwarded, SafeDue: "2026-12-02"}
	row.Forwarded, row.Reminded = "2026-11-03", 2
	if state == "instructed" {
		row.Leg, row.Phase, row.Instruction = "5", request.Instructed, request.CarryOutToUs
	}
	if page.After != "" {
		return []store.ClientRow{row}, "", nil
	}
	return []store.ClientRow{row}, map[string]string{"todo": "more"}[state], nil
}

func (w *world) View(_ context.Context, a casework.Actor, ref request.Reference) (casework.CaseView, error) {
	if err := w.call("View"); err != nil {
		return casework.CaseView{}, err
	}
	if a.ID == "" {
		return casework.CaseView{}, request.Fault(request.Forbidden, "", "open as nobody")
	}
	v := w.view
	r := *v.Request
	v.Request = &r
	return v, w.own(ref)
}

func (w *world) Register(_ context.Context, s casework.Submission) (casework.Receipt, error) {
	if err := w.call("Register"); err != nil {
		return casework.Receipt{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	fresh := !slices.ContainsFunc(w.sent, func(o casework.Submission) bool { return o.SourceKey == s.SourceKey })
	if fresh {
		w.sent = append(w.sent, s)
	}
	return casework.Receipt{Reference: known, Received: s.Received, New: fresh}, nil
}

func (w *world) Assign(_ context.Context, _ casework.Actor, ref request.Reference, task, to string) error {
	return w.act("Assign", ref, task+">"+to)
}

func (w *world) ReadAs(_ context.Context, _ casework.Actor, ref request.Reference, c casework.TriageChoice) error {
	return w.act("ReadAs", ref, c)
}

func (w *world) Choose(_ context.Context, _ casework.Actor, ref request.Reference, _ string, candidates []string) error {
	return w.act("Choose", ref, candidates)
}

func (w *world) DecideLeg(_ context.Context, _ casework.Actor, ref request.Reference, _ string, d request.Decision) error {
	return w.act("DecideLeg", ref, d)
}

func (w *world) Approve(_ context.Context, a casework.Actor, ref request.Reference, leg string) error {
	if l := w.view.Request.Leg(leg); l != nil && l.Decision.By == a.ID {
		return request.Fault(request.SamePerson, leg, "approve")
	}
	return w.act("Approve", ref, leg)
}

func (w *world) SendBack(_ context.Context, _ casework.Actor, ref request.Reference, _, reason string) error {
	return w.act("SendBack", ref, reason)
}

func (w *world) ReleaseNow(_ context.Context, _ casework.Actor, ref request.Reference, leg string) error {
	return w.act("ReleaseNow", ref, leg)
}

func (w *world) CarriedOut(_ context.Context, _ casework.Actor, ref request.Reference, _, note string) error {
	return w.act("CarriedOut", ref, note)
}

func (w *world) StopErasure(_ context.Context, _ casework.Actor, ref request.Reference, _, reason string) error {
	return w.act("StopErasure", ref, reason)
}

func (w *world) TaskDone(_ context.Context, _ casework.Actor, ref request.Reference, task string) error {
	return w.act("TaskDone", ref, task)
}

func (w *world) Preview(_ context.Context, _ casework.Actor, ref request.Reference, _ string, _ request.Decision) (letters.Mail, error) {
	if err := w.call("Preview"); err != nil {
		return letters.Mail{}, err
	}
	return w.mail, w.own(ref)
}

func (w *world) Ordinary(_ context.Context, a casework.Actor, day request.Day, _ store.Page) ([]casework.OrdinaryRow, string, error) {
	if err := w.call("Ordinary"); err != nil || day != "2026-11-19" {
		return nil, "", err
	}
	return []casework.OrdinaryRow{
		{ID: ordinaryID, At: now.Add(-30 * time.Hour), Rule: "business-invoice"},
		{ID: "taken-1", At: now.Add(-29 * time.Hour), Rule: "a-new-rule", Reference: known},
	}, "further", nil
}

func (w *world) OrdinaryMail(_ context.Context, _ casework.Actor, day request.Day, id string) (casework.OrdinaryMail, error) {
	if err := w.call("OrdinaryMail"); err != nil {
		return casework.OrdinaryMail{}, err
	}
	if day != "2026-11-19" || id != ordinaryID && id != "taken-1" {
		return casework.OrdinaryMail{}, request.Fault(request.NotFound, id, "find ordinary mail")
	}
	m := casework.OrdinaryMail{
		OrdinaryRow: casework.OrdinaryRow{ID: id, At: now.Add(-30 * time.Hour), Rule: "business-invoice"},
		From:        "anna@voorbeeld.nl", Name: "Anna de Vries", Subject: "Factuur 12", Text: "Bijgaand onze factuur.\n\nEn wis mijn gegevens <b>nu</b>.",
		Attachments: []string{"factuur.pdf"},
	}
	if id == "taken-1" {
		m.Reference = known
	}
	return m, nil
}

func (w *world) TakeUp(_ context.Context, a casework.Actor, day request.Day, id string) (request.Reference, error) {
	if err := w.act("TakeUp", known, string(day)+" "+id+" "+a.ID); err != nil {
		return "", err
	}
	if id != ordinaryID {
		return "", request.Fault(request.NotFound, id, "find ordinary mail")
	}
	return known, nil
}

func (w *world) Client(_ context.Context, id string) (register.Client, error) {
	if id != "c1" {
		return register.Client{}, request.Fault(request.NotFound, id, "find a client")
	}
	return bakker, nil
}

// sample is a request with a leg of every sort and a task of every kind.
func sample() casework.CaseView {
	at := func(d int) time.Time { return time.Date(2026, 11, d, 9, 0, 0, 0, time.UTC) }
	r := &request.Request{
		ID: request.ID(strings.Repeat("0a", 16)), Reference: known, Channel: request.Web, Language: request.Dutch, Kind: "request",
		Received: at(2), SafeDue: "2026-12-02", Due: "2026-12-02", Stage: request.Identified,
		Sender: request.Sender{
			Name: "Anna de Vries", Email: "anna@voorbeeld.nl", Phone: "0612345678", Address: "Dorpsstraat 1", Postcode: "1234 AB", HouseNumber: "1",
			BirthDate: "1980-03-27", FileNumbers: []string{"D-4711"}, ClientNumbers: []string{"K-1"}, InvoiceNumbers: []string{"F-2291"}, For: "Piet Jansen",
		},
		Subject: "Verwijder alles", Text: "Verwijder alles wat u van mij hebt.\nEn stuur mij eerst een kopie.",
		Understood: request.Understood{Rights: []request.Right{request.Access, request.Erasure}, Evidence: []string{"verwijder", "kopie"}},
		Messages:   []request.Message{{Received: at(9), Kind: "reminder", Subject: "Nog niets gehoord", Text: "Wanneer krijg ik antwoord?"}},
		Candidates: []request.Candidate{
			{ID: "p1", Relation: request.Client, Name: "A. de Vries", MatchedOn: []string{"email", "customer"}, Chosen: true, Channels: []request.FileChannel{{Kind: "email", Value: "anna@voorbeeld.nl", Since: "2024-02-01", System: "relations"}}},
			{ID: "p2", Relation: request.Debtor, Client: "c1", Name: "Anna Vries", File: "D-4711", MatchedOn: []string{"file"}, Channels: []request.FileChannel{{Kind: "phone", Value: "0698765432", System: "collection"}}},
		},
	}
	r.Legs = []request.Leg{
		{ID: "1", Right: request.Access, Relation: request.Client, Role: request.Controller, Candidate: "p1", Phase: request.Deciding, Needs: request.L2, Has: request.L2, ProvenBy: []string{"p1.0"},
			Review: []string{"recordings/calls/2", "relations/notes/1"}, Receipts: []request.Receipt{{System: "relations", Holding: "contacts", Action: "collected", Count: 12, At: at(3)}, {System: "recordings", Holding: "calls", Action: "collected", Count: 2, At: at(3)}}},
		{ID: "2", Right: request.Erasure, Relation: request.Client, Role: request.Controller, Candidate: "p1", Phase: request.Approving, Needs: request.L2, Has: request.L2, Outcome: request.Partial,
			Decision: request.Decision{Outcome: request.Partial, Ground: "duty", Note: "Wij bewaren uw facturen.", By: "o-1", At: at(10)},
			Plan: []request.PlanLine{
				{System: "relations", Holding: "contacts", Action: request.EraseAction, Count: 12}, {System: "newsletter", Holding: "readers", Action: request.EraseAction, Count: 1},
				{System: "invoices", Holding: "invoices", Action: request.KeepAction, Count: 3, Ground: "tax", Until: "2034-01-01"},
			}},
		{ID: "3", Right: request.Access, Relation: request.Debtor, Client: "c1", Role: request.Processor, Candidate: "p2", Phase: request.Forwarded, ForwardedAt: at(3)},
		{ID: "4", Right: request.Erasure, Relation: request.Newsletter, Role: request.Controller, Phase: request.Decided, Needs: request.L2, Has: request.L2, Outcome: request.Granted, HoldUntil: now.Add(72 * time.Hour),
			Decision: request.Decision{Outcome: request.Granted, By: "o-2", At: at(10), ApprovedBy: "o-1", ApprovedAt: at(11)},
			Plan:     []request.PlanLine{{System: "newsletter", Holding: "readers", Action: request.EraseAction, Count: 1}}},
		{ID: "5", Right: request.Rectification, Relation: request.Debtor, Client: "c1", Role: request.Processor, Candidate: "p2", Phase: request.Instructed, ForwardedAt: at(3), Instruction: request.Instruction{Kind: request.CarryOutToUs, By: "client:c1/J. Bakker", At: at(12), Receipt: "I-7Q2M-K9TD-5"}},
	}
	r.Scans = []request.Scan{{ID: knownScan, Type: "pdf", Bytes: 20480, By: "o-1", At: at(4)}}
	task := func(id, leg, kind, role string) request.Task {
		return request.Task{ID: id, Leg: leg, Kind: kind, Role: role, Opened: at(4)}
	}
	r.Tasks = []request.Task{
		task("t1", "1", "decide", "officer"), task("t2", "2", "approve", "approver"), task("t3", "5", "carry-out", "officer"),
		task("t4", "", "reply", "officer"), task("t5", "3", "chase-client", "officer"), task("t6", "1", "release", "officer"),
		task("t7", "1", "match", "officer"), task("t8", "", "triage", "officer"), task("t9", "", "print", "officer"), task("t10", "", "stuck", "officer"),
	}
	r.Tasks[1].Not = "o-1"
	r.Tasks[8].Code = "request.T-01.ack"
	return casework.CaseView{
		Request: r, WorkingDaysLeft: 8,
		Explain: []string{"Wij kregen het verzoek op maandag 2 november 2026. Die dag telt zelf niet mee.", "Wij antwoorden uiterlijk op woensdag 2 december 2026."},
		Letters: []post.Letter{
			{ID: "request.T-01.ack", Order: letters.Order{Kind: letters.Acknowledgement}, To: post.Address{Kind: "sender", Email: "anna@voorbeeld.nl"}, State: post.Delivered, Created: at(2), SentAt: at(2)},
			{ID: "3.T-05.notice", Order: letters.Order{Kind: letters.ClientNotice}, To: post.Address{Kind: "client", Email: "privacy@bakker.example"}, State: post.Bounced, Created: at(3), SentAt: at(3)},
		},
		Lines: []ledger.Line{
			{Seq: 1, At: at(2), Actor: "subject", Action: "received"}, {Seq: 2, At: at(3), Actor: "system:identify", Action: "leg-opened", Leg: "1", Reason: "access"},
			{Seq: 3, At: at(10), Actor: "o-1", Action: "approval-needed", Leg: "2", Reason: "partial"}, {Seq: 4, At: at(12), Actor: "client:c1", Action: "instruction-given", Leg: "5", Reason: "carry-out-to-us"},
		},
	}
}

func rows(n int) []store.TaskRow {
	var out []store.TaskRow
	kinds := []string{"decide", "approve", "triage", "match", "carry-out", "chase-client", "release"}
	for i := range n {
		kind := kinds[i%len(kinds)]
		row := store.TaskRow{
			Reference: request.Reference(fmt.Sprintf("R-7Q2M-K9T%c", 'A'+i%20)), Leg: "1", Task: fmt.Sprint("t", i), Kind: kind, Role: "officer", Right: request.Rights[i%len(request.Rights)],
			Relation: request.Relations[i%len(request.Relations)], SafeDue: request.Day(now.AddDate(0, 0, i-2).Format(time.DateOnly)), Channel: request.Web,
		}
		if row.Relation == request.Debtor {
			row.Client = "c1"
		}
		if kind == "triage" {
			row.Leg, row.Right, row.Relation = "", "", ""
		}
		if kind == "approve" {
			row.Role, row.Not = "approver", "o-1"
		}
		out = append(out, row)
	}
	return out
}

// issuer is an OpenID Connect issuer with real RS256 tokens.
type issuer struct {
	*httptest.Server
	key     *rsa.PrivateKey
	mu      sync.Mutex
	codes   map[string]url.Values
	claims  map[string]any
	spoil   func(claims map[string]any)
	signAs  *rsa.PrivateKey
	queries []url.Values
}

var keys = func() []*rsa.PrivateKey {
	var out []*rsa.PrivateKey
	for range 2 {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		out = append(out, k)
	}
	return out
}()

const issuerName = "https://issuer.example"

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{key: keys[0], signAs: keys[0], codes: map[string]url.Values{}, claims: map[string]any{"sub": "o-1", "name": "M. Jansen", "cognito:groups": []string{"officer"}}}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(v); err != nil {
			t.Error(err)
		}
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{
			"issuer": issuerName, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &i.key.PublicKey, KeyID: "k", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		q, ok := i.codes[r.FormValue("code")]
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		id, secret, _ := r.BasicAuth()
		if id == "" {
			id, secret = r.FormValue("client_id"), r.FormValue("client_secret")
		}
		if !ok || q.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) || q.Get("code_challenge_method") != "S256" || id != "desk" || secret != "s3cret" || r.FormValue("redirect_uri") != q.Get("redirect_uri") {
			w.WriteHeader(http.StatusBadRequest)
			answer(w, map[string]string{"error": "invalid_grant"})
			return
		}
		delete(i.codes, r.FormValue("code"))
		claims := map[string]any{"iss": issuerName, "aud": "desk", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "nonce": q.Get("nonce")}
		for k, v := range i.claims {
			claims[k] = v
		}
		if i.spoil != nil {
			i.spoil(claims)
		}
		payload, err := json.Marshal(claims)
		if err != nil {
			t.Error(err)
			return
		}
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: i.signAs}, (&jose.SignerOptions{}).WithHeader("kid", "k"))
		if err != nil {
			t.Error(err)
			return
		}
		signed, err := signer.Sign(payload)
		if err != nil {
			t.Error(err)
			return
		}
		token, err := signed.CompactSerialize()
		if err != nil {
			t.Error(err)
			return
		}
		answer(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": token, "expires_in": 3600})
	})
	// The issuer's own page, for a real browser: whoever comes is signed in.
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		back, err := url.Parse(i.authorize(t, r.URL.String()))
		if err != nil {
			t.Error(err)
			return
		}
		http.Redirect(w, r, r.URL.Query().Get("redirect_uri")+"?"+back.RawQuery, http.StatusFound)
	})
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

// authorize is the issuer's own page: it gives the way back.
func (i *issuer) authorize(t *testing.T, to string) string {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	i.mu.Lock()
	defer i.mu.Unlock()
	i.queries = append(i.queries, q)
	code := fmt.Sprint("code", len(i.queries))
	i.codes[code] = q
	return "/callback?" + url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()
}

func handler(w *world, i *issuer) *desk.Handler {
	h := &desk.Handler{
		Cases: w, Rehearse: w.rehearse, Clients: w,
		Site:   door.Site{Drafts: w, Now: w.clock, Random: &doortest.Random{}, Log: slog.New(slog.DiscardHandler)},
		SignIn: &desk.SignIn{Issuer: issuerName, ClientID: "desk", ClientSecret: "s3cret", Callback: "http://localhost:8080/callback", Now: w.clock},
	}
	if i != nil {
		h.SignIn.Discovery = i.URL
	}
	return h
}

// visitor is a browser of a member of staff.
type visitor struct {
	*doortest.Visitor
	w *world
	i *issuer
}

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	w, i := newWorld(), newIssuer(t)
	h := handler(w, i)
	h.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	return visitorOf(t, w, i, h)
}

func visitorOf(t *testing.T, w *world, i *issuer, h http.Handler) *visitor {
	t.Helper()
	v := &visitor{doortest.NewVisitor(t, h), w, i}
	v.Weight = weight
	return v
}

// signedIn is a visitor with those roles.
func signedIn(t *testing.T, id string, roles ...string) *visitor {
	t.Helper()
	v := newVisitor(t)
	v.i.claims["sub"], v.i.claims["cognito:groups"] = id, roles
	v.signIn("/")
	return v
}

// signIn goes to the issuer and back.
func (v *visitor) signIn(to string) *visitor {
	v.T.Helper()
	resp := v.RoundTrip(http.MethodGet, "/inloggen/start?naar="+url.QueryEscape(to), nil)
	if resp.StatusCode != http.StatusFound {
		v.T.Fatalf("the start of the sign-in answers %d", resp.StatusCode)
	}
	v.Get(v.i.authorize(v.T, resp.Header.Get("Location")))
	return v
}

// Short names of what every test uses.
var (
	one, text, attr, walk = doortest.Form, doortest.Text, doortest.Attr, doortest.Walk
)
