package casework_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/infra/demo"
	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/casework/caseworktest"
	"github.com/allclaims/rightsdesk/shared/engine/asl"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/intake"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	store "github.com/allclaims/rightsdesk/shared/store/memory"
	"github.com/allclaims/rightsdesk/shared/systems"
	tables "github.com/allclaims/rightsdesk/shared/systems/memory"
	vault "github.com/allclaims/rightsdesk/shared/vault/memory"
)

// monday is when every scenario begins.
var monday = time.Date(2026, time.November, 16, 8, 0, 0, 0, time.UTC)

// world is the whole desk in one process: the machines that ship, the real
// steps, adapters in memory, and one clock that jumps.
type world struct {
	t     testing.TB
	ctx   context.Context
	clock *asl.ManualClock

	store                               *store.Store
	systems                             *tables.World
	raw, work, dossier, roots, package_ *vault.Vault
	runner                              *asl.Runner
	cases                               *casework.Cases
	prover                              *identity.Prover
	// drawn is the code of the letter that was printed last: what its reader sees.
	drawn  string
	sender *post.Sender
	// clients are the companies for which files are collected.
	clients []register.Client
	// rendered is the mail that goes out next; written are the log lines.
	rendered letters.Mail
	written  bytes.Buffer

	// machines are those of clients.
	machines machines
	// mailDown: the mail service takes no mail.
	mailDown bool
	// copies are those that a system's keeper made.
	copies map[string][]systems.Row

	// mailbox is every physical mail, in the order of sending.
	mailbox []sentMail
	// minted are the links to packages that were handed out.
	minted []string
	// log is every error text that any part answered: where personal data must never be.
	log []string
	// twice runs every step a second time and compares the answers.
	twice bool
	// reads and applies, when set, see every row that is collected and every act on a system.
	// shared are the holdings, as system/holding, whose rows are all somebody else's too.
	shared  map[string]bool
	reads   func(inventory.Holding, systems.Selection, systems.Row)
	applies func(inventory.Holding, systems.Selection, systems.Act)
	// types, when set, adds to what a form's sender types.
	types func(*request.Sender)

	faults
	watcher
}

// sentMail is one physical mail as the transport got it.
type sentMail struct {
	letter post.Letter
	mail   letters.Mail
	at     time.Time
}

// content is what is in the systems: everybody, or only those who can play a
// part in a scenario, for the tests that make thousands of worlds.
var content = sync.OnceValue(demo.Everything)

var small = sync.OnceValue(func() demo.Content {
	all := content()
	known := map[string]bool{}
	for _, p := range append(demo.People(), namesakes...) {
		for _, v := range []string{p.Email, p.Customer} {
			if v != "" {
				known[v] = true
			}
		}
		for _, f := range p.Files {
			known[f.Number] = true
		}
	}
	few := demo.Content{Rows: map[string][]systems.Row{}, Objects: map[string]map[string][]byte{}}
	for id, rows := range all.Rows {
		for _, row := range rows {
			if known[row.Text("email")] || known[row.Text("customer")] || known[row.Text("file")] {
				few.Rows[id] = append(few.Rows[id], row)
			}
		}
	}
	for id, objects := range all.Objects {
		few.Objects[id] = map[string][]byte{}
		for name, body := range objects {
			if id == "weblog" {
				one := path.Dir(name) + "/2026-11-13.jsonl" // visits and consents apart
				for line := range strings.Lines(string(body)) {
					for k := range known {
						if strings.Contains(line, k) {
							few.Objects[id][one] = append(few.Objects[id][one], line...)
						}
					}
				}
				continue
			}
			for k := range known {
				if strings.Contains(name, "/"+k+"/") {
					few.Objects[id][name] = body
				}
			}
		}
	}
	return few
})

// declared is the inventory that ships, but that the address to which an
// invoice went is a channel too: so that one person can have two mailboxes on file.
var declared = sync.OnceValue(func() *inventory.Inventory {
	inv := *inventory.Default()
	inv.Systems = slices.Clone(inv.Systems)
	for i, s := range inv.Systems {
		if s.ID != "invoices" {
			continue
		}
		holdings := slices.Clone(s.Holdings)
		holdings[0].Columns = slices.Clone(holdings[0].Columns)
		c := holdings[0].Column("email")
		c.Channel, c.Since = "email", "date"
		inv.Systems[i].Holdings = holdings
	}
	return &inv
})

// namesakes share a name and a mailbox, as people in one household do.
var namesakes = []demo.Person{
	{Name: "Pim Aalbers", Email: "familie.aalbers@voorbeeld.example", Customer: "K-9001", Birth: "1970-02-03", Postcode: "1234AB", Language: request.Dutch},
	{Name: "Pim Aalbers", Email: "familie.aalbers@voorbeeld.example", Customer: "K-9002", Birth: "1999-09-09", Postcode: "1234AB", Language: request.Dutch},
	// newcomer's address came on file a week ago (A11).
	{Name: "Nora Nieuwland", Email: "nora.nieuwland@voorbeeld.example", Customer: "K-9003", Birth: "1985-05-05", Postcode: "4321BA", Language: request.Dutch},
	// second reads the newsletter at one address and is a client with another.
	{Name: "Vera Tweekanaal", Email: "vera.tweekanaal@voorbeeld.example", Customer: "K-9004", Birth: "1981-01-01", Postcode: "9876ZX", Language: request.Dutch},
}

// father and son have one mailbox and a file each, with two clients (A15).
var father, son = demo.Person{
	Name: "Willem Dekkers", Email: "dekkers@voorbeeld.example", Birth: "1958-04-04", Postcode: "5211AA",
	Files: []demo.File{{Number: "D-2026-00901", Client: "bakker", Debtor: "B-901"}},
}, demo.Person{
	Name: "Willem Dekkers", Email: "dekkers@voorbeeld.example", Birth: "1988-12-30", Postcode: "5211AA",
	Files: []demo.File{{Number: "D-2026-00902", Client: "telstar", Debtor: "T-902"}},
}

func addNamesakes(w *tables.World) {
	for _, p := range []demo.Person{father, son} {
		w.Memory("collection").Put(systems.Row{
			"file": p.Files[0].Number, "record": "file", "type": "file", "client": p.Files[0].Client, "debtor": p.Files[0].Debtor, "name": p.Name,
			"birthDate": string(p.Birth), "email": p.Email, "emailSince": "2025-02-01", "postcode": p.Postcode, "claim": json.Number("80"), "opened": "2025-02-01",
		})
	}
	for _, p := range namesakes {
		since := "2020-01-01"
		if p.Customer == "K-9003" {
			since = "2026-11-09"
		}
		w.Memory("relations").Put(systems.Row{
			"customer": p.Customer, "record": "client", "name": p.Name, "company": "Aalbers en Zonen", "function": "eigenaar",
			"birthDate": string(p.Birth), "email": p.Email, "emailSince": since, "postcode": p.Postcode, "since": since, "marketing": true,
		})
	}
	w.Memory("invoices").Put(systems.Row{
		"customer": "K-9004", "invoice": "F-2026-9004", "date": "2026-06-01", "name": "Vera Tweekanaal", "address": "Zijstraat 4, 9876ZX Delft",
		"description": "Behandeling van incasso-opdrachten", "amount": json.Number("120"), "vat": json.Number("25.2"), "paidOn": "2026-06-10",
		"email": "administratie.tweekanaal@voorbeeld.example",
	})
}

// settings of a world.
type setting struct {
	// turns lets every turn of a step end after one row.
	turns     bool
	everybody bool
	// archive adds a system that only people can open.
	archive bool
	// deaf makes collection files a system whose dialer and bailiff's portal read no mark.
	deaf  bool
	twice bool
	plan  *fault
}

func newWorld(t testing.TB, s setting) *world {
	t.Helper()
	w := &world{t: t, copies: map[string][]systems.Row{}, ctx: context.Background(), clock: asl.NewClock(monday), twice: s.twice}
	w.faults.plan = s.plan
	w.watcher.init(w)
	now := w.clock.Now

	w.store = &store.Store{Now: now, Fault: w.storeFault}
	c := small()
	if s.everybody {
		c = content()
	}
	inv := declared()
	if s.archive {
		inv = withArchive(t)
	}
	if s.deaf {
		inv = deaf()
	}
	w.systems = tables.New(inv)
	for id, rows := range c.Rows {
		w.systems.Memory(id).Put(rows...)
	}
	for id, objects := range c.Objects {
		for name, body := range objects {
			w.systems.Memory(id).PutObject(name, body)
		}
	}
	addNamesakes(w.systems)
	for _, v := range []struct {
		name string
		at   **vault.Vault
	}{{"raw", &w.raw}, {"work", &w.work}, {"dossier", &w.dossier}, {"roots", &w.roots}, {"packages", &w.package_}} {
		*v.at = &vault.Vault{Now: now, Fault: func(op, key string, when vault.When) error { return w.vaultFault(v.name, op, key, when) }}
	}

	random := rand.NewChaCha8([32]byte{1})
	w.prover = &identity.Prover{Store: w.store, Now: now, Random: random}
	w.cases = &casework.Cases{
		Store: w.store, Finder: w.store, Lists: w.store, Months: w.store, Letters: w.store, Outbox: w.store, Heads: w.store,
		Closed: w.store, Ledger: w.store, Registers: w.store,
		Engine: engine{w}, Systems: registry{w}, Keys: keys{}, Signing: caseworktest.Signing{}, Nudge: nudge{w},
		Raw: w.raw, Work: w.work, Dossier: w.dossier, Scanner: w.dossier, Roots: w.roots, Packages: minter{w.package_, w},
		Prover: paperCodes{w.prover, w},
		Reader: intake.Options{OwnAddresses: []string{house().Email}, OwnDomains: []string{"allclaims.example"}},
		House:  house(), Statement: "2026-01", Waits: casework.DefaultWaits, Now: now, Random: random,
	}
	if s.turns {
		w.cases.Enough = func() bool { return true }
		for i := range declared().Systems {
			w.systems.Memory(declared().Systems[i].ID).Page = 1
		}
	}
	w.prover.Send = w.cases.SendCodes
	w.cases.Breaker = &post.Breaker{Meter: w.store, Key: keys{}.Key, Now: now, Log: slog.New(slog.NewJSONHandler(&w.written, nil))}
	w.machines = machines{w: w, silent: map[string]bool{}, refuses: map[string]bool{}, took: map[string]map[string]bool{}}
	w.sender = &post.Sender{
		Machines: w.machines,
		Outbox:   w.store, Codes: w.prover, Dossier: w.dossier, Transport: transport{w}, Render: w.render, House: house(),
		From: house().Email, Breaker: w.cases.Breaker, Leave: w.cases.Leave, Undelivered: w.cases.Failed, Now: now, Log: slog.New(slog.NewJSONHandler(&w.written, nil)),
	}
	w.clients = demo.Clients()
	for _, cl := range w.clients {
		key, err := register.KeysOf(w.ctx, cl, keys{}.Key)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.store.PutClient(w.ctx, cl, key); err != nil {
			t.Fatal(err)
		}
	}
	w.run()
	w.counting = true
	return w
}

// house is how we present ourselves.
func house() letters.House { return caseworktest.House() }

// run sets up the runner with the machines that ship.
func (w *world) run() {
	parsed, err := caseworktest.Machines()
	if err != nil {
		w.t.Fatal(err)
	}
	c := w.cases
	w.runner = &asl.Runner{Machines: parsed, Functions: map[string]asl.Function{}, Clock: w.clock, Fault: w.stateFault}
	for name, step := range caseworktest.Steps(c) {
		w.runner.Functions[name] = w.function(name, step)
	}
	if err := w.runner.Check(); err != nil {
		w.t.Fatal(err)
	}
}

// crashed is how a Lambda that died looks to a state machine.
type crashed struct{}

func (crashed) Error() string     { return "exit status 2" }
func (crashed) ErrorType() string { return "Runtime.ExitError" }

// crash is thrown where a process dies.
type crash struct{}

// survive turns the death of a process into an error for whoever called it.
func survive(err *error) {
	switch r := recover().(type) {
	case nil:
	case crash:
		*err = crashed{}
	default:
		panic(r)
	}
}

// function is a Lambda: JSON in, JSON out, and it may die.
func (w *world) function(name string, step caseworktest.Step) asl.Function {
	return func(ctx context.Context, raw json.RawMessage) (_ json.RawMessage, err error) {
		defer survive(&err)
		var in casework.Input
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields()
		if err := d.Decode(&in); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		was := w.doing
		w.doing = "step " + name + w.standing(in)
		defer func() { w.doing = was }()
		out, err := step(ctx, in)
		if err != nil {
			w.note(fmt.Errorf("%s: %w", name, err))
			return nil, err
		}
		if w.twice {
			again, err := step(ctx, in)
			if err != nil {
				w.t.Errorf("%s, run twice: %v", name, err)
			} else if d := cmp.Diff(out, again); d != "" && name != "triage" {
				w.t.Errorf("%s, run twice, answers otherwise (-first +second):\n%s", name, d)
			}
		}
		return json.Marshal(out)
	}
}

// standing tells how far a step's leg is: the same step at the same point is the
// same code.
func (w *world) standing(in casework.Input) string {
	r, err := w.quiet(func() (*request.Request, error) { return w.store.Load(w.ctx, in.RequestID) })
	if err != nil {
		return ""
	}
	if l := r.Leg(in.LegID); l != nil {
		return fmt.Sprintf(" %s %s %s %s %s", l.Right, l.Role, l.Phase, l.Outcome, in.System)
	}
	return " " + string(r.Stage)
}

// note keeps the text of an error for the marker test.
func (w *world) note(err error) {
	if err != nil {
		w.log = append(w.log, err.Error())
	}
}

// engine is Step Functions for casework.
type engine struct{ w *world }

func (e engine) Start(ctx context.Context, machine, name string, in casework.Input) error {
	return e.w.effect("start "+machine, func() error {
		body, err := json.Marshal(in)
		if err != nil {
			return err
		}
		_, err = e.w.runner.Start(ctx, machine, name, body)
		if errors.Is(err, asl.ErrExecutionAlreadyExists) {
			return nil // as shared/engine/sfn has it
		}
		return err
	})
}

func (e engine) Resume(ctx context.Context, token string, out casework.Output) (gone bool, err error) {
	err = e.w.effect("resume", func() error {
		body, err := json.Marshal(out)
		if err != nil {
			return err
		}
		err = e.w.runner.SendTaskSuccess(ctx, token, body)
		if asl.Gone(err) {
			gone = true
			return nil
		}
		return err
	})
	return gone, err
}

// nudge tells the sender of mail; the world looks at its outbox anyway.
type nudge struct{ w *world }

func (n nudge) Nudge(context.Context, string) error {
	return n.w.effect("nudge", func() error { return nil })
}

// paperCodes is the prover, and the eyes of whoever reads the letter.
type paperCodes struct {
	*identity.Prover
	w *world
}

func (c paperCodes) DrawLetter(ctx context.Context, subject, channel string) (string, time.Time, error) {
	code, until, err := c.Prover.DrawLetter(ctx, subject, channel)
	c.w.drawn = code
	return code, until, err
}

// keys makes keyed names as KMS does.
type keys = caseworktest.Keys

// registry reaches the systems of the demonstration, past the fault plan.
type registry struct{ w *world }

func (r registry) Inventory() *inventory.Inventory { return r.w.systems.Inventory() }

func (r registry) System(id string) (systems.System, error) {
	s, err := r.w.systems.System(id)
	if err != nil {
		return nil, err
	}
	return system{s, r.w, id}, nil
}

type system struct {
	systems.System
	w  *world
	id string
}

func (s system) Find(ctx context.Context, h inventory.Holding, kind, value string) (rows []systems.Row, err error) {
	err = s.w.down(s.id)
	if err == nil {
		rows, err = s.System.Find(ctx, h, kind, value)
	}
	return rows, err
}

func (s system) Collect(ctx context.Context, h inventory.Holding, of systems.Selection, emit func(systems.Row) error) error {
	if err := s.w.down(s.id); err != nil {
		return err
	}
	if s.w.reads != nil {
		to := emit
		emit = func(row systems.Row) error { s.w.reads(h, of, row); return to(row) }
	}
	return s.turn("collect "+s.id, func() error { return s.System.Collect(ctx, h, of, emit) })
}

func (s system) Apply(ctx context.Context, h inventory.Holding, of systems.Selection, act systems.Act) (n int, err error) {
	if err := s.w.down(s.id); err != nil {
		return 0, err
	}
	if s.w.applies != nil {
		s.w.applies(h, of, act)
	}
	err = s.turn("apply "+s.id, func() (err error) {
		if s.w.shared[s.id+"/"+h.ID] {
			return nil
		}
		n, err = s.System.Apply(ctx, h, of, act)
		return err
	})
	return n, err
}

// References is systems.Refers's: of what w.shared names every row is somebody else's too.
func (s system) References(ctx context.Context, h inventory.Holding, of systems.Selection, _ []systems.Planned) (*systems.References, error) {
	if !s.w.shared[s.id+"/"+h.ID] {
		return nil, nil
	}
	refs := &systems.References{}
	err := s.System.Collect(ctx, h, of, func(systems.Row) error { refs.Shared++; return nil })
	return refs, err
}

// turn is an effect of which being cut is no failure: what it did, stands.
func (s system) turn(name string, do func() error) error {
	var cut *systems.Cut
	err := s.w.effect(name, func() error {
		err := do()
		if errors.As(err, &cut) {
			return nil
		}
		return err
	})
	if err == nil && cut != nil {
		return cut
	}
	return err
}

// Open is systems.Opener's.
func (s system) Open(ctx context.Context, h inventory.Holding, object string) (io.ReadCloser, error) {
	return s.System.(systems.Opener).Open(ctx, h, object)
}

// minter counts the links that leave the house.
type minter struct {
	*vault.Vault
	w *world
}

func (m minter) Presign(ctx context.Context, key string, ttl time.Duration, filename string) (string, error) {
	url, err := m.Vault.Presign(ctx, key, ttl, filename)
	if err == nil {
		m.w.minted = append(m.w.minted, key)
		m.w.mint(key)
	}
	return url, err
}

// post is functions/post, with the sender that ships. It may die anywhere.
func (w *world) post() (err error) {
	defer survive(&err)
	_, err = w.sender.Run(w.ctx, 100)
	w.note(err)
	return err
}

// transport is SES.
type transport struct{ w *world }

func (s transport) Send(_ context.Context, m post.Outgoing) (id string, err error) {
	w := s.w
	if w.mailDown {
		return "", post.ErrNotNow
	}
	err = w.effect("send", func() error {
		l := w.letter(m.Owner, m.Letter)
		if l.To.Email != m.To {
			w.t.Errorf("letter %s goes to another address than its own", m.Letter)
		}
		w.mailbox = append(w.mailbox, sentMail{l, w.rendered, w.clock.Now()})
		id = fmt.Sprintf("ses-%d", len(w.mailbox))
		w.mailed(w.mailbox[len(w.mailbox)-1])
		return nil
	})
	return id, err
}

// letter reads an outbox row.
func (w *world) letter(owner, id string) post.Letter {
	of, err := w.store.LettersOf(w.ctx, owner)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, l := range of {
		if l.ID == id {
			return l
		}
	}
	w.t.Fatalf("letter %s of %s goes out and has no row (I8)", id, owner)
	return post.Letter{}
}

// render is letters.Render; an order that cannot be rendered is a bug of
// whoever ordered it.
func (w *world) render(o letters.Order, h letters.House, secret string) (letters.Mail, error) {
	m, err := letters.Render(o, h, secret)
	if err != nil {
		w.t.Errorf("a letter cannot be written: %v\n%+v", err, o)
	}
	if !strings.Contains(secret, "•") {
		w.rendered = m
	}
	return m, err
}

// settle lets everything happen that happens by itself within a few minutes.
func (w *world) settle() {
	for range 20 {
		if w.t.Failed() {
			return
		}
		w.runner.Settle(w.ctx)
		before := len(w.mailbox)
		for range 5 {
			if w.post() == nil {
				break
			}
		}
		w.runner.Settle(w.ctx)
		if len(w.mailbox) == before {
			break
		}
	}
	w.check()
}

// wake is functions/wake.
func (w *world) wake() {
	func() {
		var err error
		defer func() { w.note(err) }()
		defer survive(&err)
		w.doing = "wake"
		due, _ := w.store.Waking(w.ctx, w.clock.Now(), 10)
		for _, d := range due {
			w.doing += w.standing(casework.Input{RequestID: d.Request, LegID: d.Leg})
		}
		_, err = w.cases.Wake(w.ctx)
	}()
	w.settle()
}

// pass lets time pass, with wake at work whenever something is due.
func (w *world) pass(d time.Duration) { w.passTo(w.clock.Now().Add(d)) }

func (w *world) passTo(end time.Time) {
	for range 5000 {
		now := w.clock.Now()
		if w.t.Failed() || !now.Before(end) {
			return
		}
		next := end
		due, err := w.store.Waking(w.ctx, end, 1)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(due) > 0 && due[0].At.Before(next) {
			next = due[0].At
		}
		// Letters whose sender died are taken up when the lease is over.
		if mail, err := w.store.Unsent(w.ctx, end, 1); err == nil && len(mail) > 0 && mail[0].LeaseUntil.Before(next) {
			next = mail[0].LeaseUntil
		}
		if least := now.Add(5 * time.Minute); next.Before(least) {
			next = least
		}
		w.runner.Advance(w.ctx, next.Sub(now))
		w.wake()
	}
	w.t.Fatal("time does not get on")
}

// load reads a request.
func (w *world) load(id request.ID) *request.Request {
	w.t.Helper()
	r, err := w.quiet(func() (*request.Request, error) { return w.store.Load(w.ctx, id) })
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// quiet reads without being an effect of the desk.
func (w *world) quiet(f func() (*request.Request, error)) (*request.Request, error) {
	was := w.counting
	w.counting = false
	defer func() { w.counting = was }()
	return f()
}

// redeploy takes every running execution away.
func (w *world) redeploy() {
	for _, e := range w.runner.Executions() {
		if e.Status == asl.Running {
			w.runner.Kill(e.ID)
		}
	}
}
