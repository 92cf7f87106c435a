// Package caseworktest runs the whole of casework in one process, for tests of
// the pages in front of it: the state machines that ship, the real steps,
// adapters in memory, the sender of mail, and a clock that jumps. What an
// officer does on a page has the consequences here that it has in life.
package caseworktest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/engine/asl"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/intake"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store/memory"
	tables "github.com/allclaims/rightsdesk/shared/systems/memory"
	vaults "github.com/allclaims/rightsdesk/shared/vault"
	vault "github.com/allclaims/rightsdesk/shared/vault/memory"
	"github.com/allclaims/rightsdesk/workflows"
)

// Machines are the state machines that ship, with the name of each function
// and machine in the place of its ARN.
var Machines = sync.OnceValues(parseMachines)

func parseMachines() (map[string]*asl.Machine, error) {
	named := regexp.MustCompile(`\$\{([A-Za-z]+)(Function|Machine)Arn\}`)
	all := map[string]*asl.Machine{}
	for _, name := range workflows.Names {
		definition, err := fs.ReadFile(workflows.Files, name+".asl.json")
		if err != nil {
			return nil, err
		}
		fill := map[string]string{"Partition": "aws"}
		for _, m := range named.FindAllStringSubmatch(string(definition), -1) {
			fill[m[1]+m[2]+"Arn"] = strings.ToLower(m[1])
		}
		machine, err := asl.Parse(name, definition, fill)
		if err != nil {
			return nil, err
		}
		all[name] = machine
	}
	return all, nil
}

// Step is one step of casework.
type Step = func(context.Context, casework.Input) (casework.Output, error)

// Steps are the steps, each by the name of its function.
func Steps(c *casework.Cases) map[string]Step {
	return map[string]Step{
		"acknowledge": c.Acknowledge, "triage": c.Triage, "identify": c.Identify, "prove": c.Prove, "scope": c.Scope,
		"collect": c.Collect, "plan": c.Plan, "decide": c.Decide, "hold": c.Hold, "seal": c.Seal, "stop": c.Stop, "erase": c.Erase,
		"notify": c.Notify, "answer": c.Answer, "close": c.Close, "forward": c.Forward, "instruct": c.Instruct,
		"carryout": c.CarryOut, "amend": c.Amend, "report": c.Report, "escalate": c.Escalate,
	}
}

// Keys makes keyed names as KMS does.
type Keys struct{}

// Key gives the same name for the same value, of 40 hexadecimal digits.
func (Keys) Key(_ context.Context, kind, value string) (string, error) {
	m := hmac.New(sha256.New, []byte("a key of this test"))
	fmt.Fprintf(m, "%s\x00%s", kind, value)
	return hex.EncodeToString(m.Sum(nil))[:40], nil
}

// House is how we present ourselves in tests.
func House() letters.House {
	h := letters.SampleHouse()
	h.Email = "info@allclaims.example"
	return h
}

// World is the whole of casework in one process.
type World struct {
	T     testing.TB
	Clock *asl.ManualClock
	Store *memory.Store
	// Systems hold the data; Raw, Dossier and Packages what the buckets of
	// those names hold.
	Systems                *tables.World
	Raw, Dossier, Packages *vault.Vault
	Cases                  *casework.Cases
	Prover                 *identity.Prover
	Runner                 *asl.Runner
	// Mailbox is every mail, in the order of sending.
	Mailbox []Mail

	mu       sync.Mutex
	seen     []request.ID
	sender   *post.Sender
	rendered letters.Mail
	// written are the log lines.
	written bytes.Buffer
}

// Mail is one mail as the transport got it.
type Mail struct {
	Letter post.Letter
	Mail   letters.Mail
	At     time.Time
}

// cleanAtOnce plays a scanner of malware that finds nothing.
func cleanAtOnce([]byte) vaults.Verdict { return vaults.Clean }

// New is a world at that moment, in which nothing was asked yet, with the data
// that those systems hold of people and with those clients.
func New(t testing.TB, at time.Time, held *tables.World, clients []register.Client) *World {
	t.Helper()
	w := &World{T: t, Clock: asl.NewClock(at)}
	now := w.Clock.Now
	w.Store = &memory.Store{Now: now, Fault: w.saw}
	w.Systems = held
	w.Raw, w.Dossier, w.Packages = &vault.Vault{Now: now}, &vault.Vault{Now: now, Scan: cleanAtOnce}, &vault.Vault{Now: now}
	random := rand.NewChaCha8([32]byte{1})
	log := slog.New(slog.NewJSONHandler(&w.written, nil))
	w.Prover = &identity.Prover{Store: w.Store, Now: now, Random: random}
	w.Cases = &casework.Cases{
		Store: w.Store, Finder: w.Store, Lists: w.Store, Months: w.Store, Letters: w.Store, Outbox: w.Store, Heads: w.Store,
		Closed: w.Store, Ledger: w.Store, Registers: w.Store,
		Engine: engine{w}, Systems: w.Systems, Keys: Keys{}, Signing: Signing{}, Nudge: nudge{},
		Raw: w.Raw, Work: &vault.Vault{Now: now}, Dossier: w.Dossier, Scanner: w.Dossier, Roots: &vault.Vault{Now: now}, Packages: w.Packages,
		Prover: w.Prover, Reader: intake.Options{OwnAddresses: []string{House().Email}, OwnDomains: []string{"allclaims.example"}},
		House: House(), Statement: "2026-01", Waits: casework.DefaultWaits, Now: now, Random: random,
	}
	w.Prover.Send = w.Cases.SendCodes
	w.Cases.Breaker = &post.Breaker{Meter: w.Store, Key: Keys{}.Key, Now: now, Log: log}
	w.sender = &post.Sender{
		Outbox: w.Store, Codes: w.Prover, Dossier: w.Dossier, Transport: transport{w}, Render: w.render, House: House(),
		From: House().Email, Breaker: w.Cases.Breaker, Leave: w.Cases.Leave, Undelivered: w.Cases.Failed, Now: now, Log: log,
	}
	for _, c := range clients {
		key, err := register.KeysOf(t.Context(), c, Keys{}.Key)
		if err == nil {
			err = w.Store.PutClient(t.Context(), c, key)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	machines, err := Machines()
	if err != nil {
		t.Fatal(err)
	}
	w.Runner = &asl.Runner{Machines: machines, Functions: map[string]asl.Function{}, Clock: w.Clock}
	for name, step := range Steps(w.Cases) {
		w.Runner.Functions[name] = lambda(name, step)
	}
	if err := w.Runner.Check(); err != nil {
		t.Fatal(err)
	}
	return w
}

// saw remembers every request that is written.
func (w *World) saw(op, id string, when memory.When) error {
	if when == memory.After && op == "Create" && !slices.Contains(w.seen, request.ID(id)) {
		if _, err := w.Store.Load(w.T.Context(), request.ID(id)); err == nil { // else its source was registered before
			w.seen = append(w.seen, request.ID(id))
		}
	}
	return nil
}

// Reach lets the sender reach clients' machines; without it each row for one is given up.
func (w *World) Reach(m post.Machines) { w.sender.Machines = m }

// Requests are all requests, in the order in which they came in.
func (w *World) Requests() []request.ID {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.seen)
}

// lambda is a step as a state machine calls it: JSON in, JSON out.
func lambda(name string, step Step) asl.Function {
	return func(ctx context.Context, raw json.RawMessage) (json.RawMessage, error) {
		var in casework.Input
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields()
		if err := d.Decode(&in); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out, err := step(ctx, in)
		if err != nil {
			return nil, err
		}
		return json.Marshal(out)
	}
}

// Pages serves a site in front of this world: what a page did has happened
// before its answer is read, and one visitor is served at a time.
func (w *World) Pages(site http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		defer w.mu.Unlock()
		site.ServeHTTP(rw, r)
		if r.Method == http.MethodPost {
			w.settle()
		}
	})
}

// Receive takes in a raw mail that reached us now.
func (w *World) Receive(id string, raw string) {
	w.T.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	key := "raw/" + id
	err := w.Raw.Put(w.T.Context(), key, strings.NewReader(raw))
	if err == nil {
		err = w.Cases.Receive(w.T.Context(), casework.RawMail{Key: key, MessageID: id, Received: w.Clock.Now()})
	}
	if err != nil {
		w.T.Fatalf("receive mail %s: %v", id, err)
	}
	w.settle()
}

// Bounce tells what became of a letter, as SES does: twice.
func (w *World) Bounce(e post.Event) {
	w.T.Helper()
	w.Do(func(ctx context.Context) error {
		if err := w.Cases.Mailback(ctx, e); err != nil {
			return err
		}
		return w.Cases.Mailback(ctx, e)
	})
}

// Do lets something happen, and all that follows from it by itself.
func (w *World) Do(act func(context.Context) error) {
	w.T.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := act(w.T.Context()); err != nil {
		w.T.Fatal(err)
	}
	w.settle()
}

// settle lets everything happen that happens by itself within a few minutes.
func (w *World) settle() {
	for range 20 {
		w.Runner.Settle(w.T.Context())
		before := len(w.Mailbox)
		if _, err := w.sender.Run(w.T.Context(), 100); err != nil {
			w.T.Errorf("send what is to be sent: %v", err)
		}
		w.Runner.Settle(w.T.Context())
		if len(w.Mailbox) == before {
			return
		}
	}
	w.T.Error("the sending of mail does not come to an end")
}

// PassTo lets time pass: whatever is due on the way is woken.
func (w *World) PassTo(end time.Time) {
	w.T.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for range 5000 {
		now := w.Clock.Now()
		if !now.Before(end) {
			return
		}
		next := end
		due, err := w.Store.Waking(w.T.Context(), end, 1)
		if err != nil {
			w.T.Fatal(err)
		}
		if len(due) > 0 && due[0].At.Before(next) {
			next = due[0].At
		}
		if least := now.Add(5 * time.Minute); next.Before(least) {
			next = least
		}
		w.Runner.Advance(w.T.Context(), next.Sub(now))
		if _, err := w.Cases.Wake(w.T.Context()); err != nil {
			w.T.Fatalf("wake what is due: %v", err)
		}
		w.settle()
	}
	w.T.Fatal("time does not get on")
}

// Told is what left the house beside mail: logs and what the machines got and
// gave, where no person may be named (I13).
func (w *World) Told() string {
	var b strings.Builder
	b.WriteString(w.written.String())
	for _, e := range w.Runner.Executions() {
		fmt.Fprintln(&b, e.ID, string(e.Input), string(e.Output), e.Error, e.Cause)
		for _, ev := range e.History {
			fmt.Fprintln(&b, string(ev.Input), string(ev.Output), ev.Error, ev.Cause)
		}
	}
	return b.String()
}

// engine is Step Functions for casework.
type engine struct{ w *World }

func (e engine) Start(ctx context.Context, machine, name string, in casework.Input) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	_, err = e.w.Runner.Start(ctx, machine, name, body)
	if errors.Is(err, asl.ErrExecutionAlreadyExists) {
		return nil // as shared/engine/sfn has it
	}
	return err
}

func (e engine) Resume(ctx context.Context, token string, out casework.Output) (gone bool, err error) {
	body, err := json.Marshal(out)
	if err != nil {
		return false, err
	}
	err = e.w.Runner.SendTaskSuccess(ctx, token, body)
	if asl.Gone(err) {
		return true, nil
	}
	return false, err
}

// nudge tells the sender of mail; the world looks at its outbox anyway.
type nudge struct{}

func (nudge) Nudge(context.Context, string) error { return nil }

// transport is SES.
type transport struct{ w *World }

func (s transport) Send(ctx context.Context, m post.Outgoing) (string, error) {
	of, err := s.w.Store.LettersOf(ctx, m.Owner)
	if err != nil {
		return "", err
	}
	for _, l := range of {
		if l.ID == m.Letter {
			s.w.Mailbox = append(s.w.Mailbox, Mail{l, s.w.rendered, s.w.Clock.Now()})
			return fmt.Sprintf("ses-%d", len(s.w.Mailbox)), nil
		}
	}
	return "", fmt.Errorf("letter %s of %s goes out and has no row", m.Letter, m.Owner)
}

// render is letters.Render, remembering what goes out next with its code.
func (w *World) render(o letters.Order, h letters.House, secret string) (letters.Mail, error) {
	m, err := letters.Render(o, h, secret)
	if err != nil {
		w.T.Errorf("a letter cannot be written: %v\n%+v", err, o)
	}
	if !strings.Contains(secret, "•") {
		w.rendered = m
	}
	return m, err
}
