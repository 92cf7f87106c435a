package casework

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/intake"
	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	"github.com/allclaims/rightsdesk/shared/vault"
)

// Cases does the casework. Every field is needed unless it says otherwise.
type Cases struct {
	Store     Store
	Finder    Finder
	Lists     Lists
	Months    Months
	Letters   Letters
	Outbox    Outbox
	Breaker   *post.Breaker // counts what came back; for mailback alone
	Heads     Heads
	Closed    Closed
	Ledger    Ledger
	Registers Registers
	Engine    Engine
	Systems   Systems
	Keys      Keys
	Signing   Signing
	Nudge     Nudge
	// Raw keeps mail as it arrived, Work collected parts until their leg is
	// closed, Dossier what we must be able to show, Packages sealed exports.
	Raw, Work, Dossier ListedVault
	// Scanner knows which of what came in is free of malware.
	Scanner  Scanner
	Roots    ListedVault // daily ledger roots, Object Lock
	Packages PackageVault
	Prover   Sessions
	Reader   intake.Options // what is ours, for reading mail
	Calendar deadline.Calendar
	House    letters.House
	// Statement names the version of the privacy statement in force (S-51).
	Statement string
	// Privacy is the privacy officer's mailbox, for what is escalated; "" puts
	// it in the approvers' queue.
	Privacy string
	// LookAlways has an officer decide on every package, also where the law
	// leaves nothing to weigh: none goes before somebody could look into it.
	LookAlways bool
	Waits      Waits
	// Enough reports that a step which works in turns must end this one; nil =
	// when less than a minute is left of its time.
	Enough func() bool
	Now    func() time.Time
	Random io.Reader
}

// Waits are the periods that policy sets; none is law (marks [P] of law.md).
type Waits struct {
	// CoolOff passes between the approval of an erasure and the erasure (A49).
	CoolOff time.Duration
	// Disclosure passes between the proof and the release of a package, so that
	// the warned person can object (A10).
	Disclosure time.Duration
	// ChannelAge is how many days before receipt a channel must have been on file (A11).
	ChannelAge int
	// LinkDays is how long a package can be fetched.
	LinkDays int
	// Releases is how often a package can be fetched (A25).
	Releases int
	// Step is how long a running step may take before wake starts the leg again.
	Step time.Duration
}

// DefaultWaits are the periods that docs/law.md and docs/LIMITS.md propose.
var DefaultWaits = Waits{
	CoolOff: 14 * 24 * time.Hour, Disclosure: 72 * time.Hour, ChannelAge: 30, LinkDays: 14, Releases: 5, Step: 15 * time.Minute,
}

// conflicts is how often a write is tried again when somebody else wrote first.
const conflicts = 24

// errNothing ends a change that finds nothing to do.
var errNothing = errors.New("nothing to do")

// change is one transaction on a request: what fn does to it, and what is
// committed with it.
type change struct {
	*request.Request
	now    time.Time
	cases  *Cases
	writes store.Writes
	// resume are the tasks to wake once the change is committed.
	resume []resumption
}

// resumption is an execution to wake; leg "" is the request's own machine.
type resumption struct{ leg string }

// change loads the request, lets fn alter it and commits; on conflict it does
// so again with the newer request. fn must not touch anything outside.
// errNothing from fn means done without writing.
func (c *Cases) change(ctx context.Context, id request.ID, fn func(*change) error) (*request.Request, error) {
	for try := 0; ; try++ {
		r, err := c.Store.Load(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("load request %s: %w", id, err)
		}
		ch := &change{Request: r, now: c.Now().UTC(), cases: c}
		switch err := fn(ch); {
		case errors.Is(err, errNothing):
			return r, c.finish(ctx, ch)
		case err != nil:
			return nil, err
		}
		ch.tellStatus()
		err = c.Store.Save(ctx, r, ch.writes)
		switch {
		case err == nil:
			return r, c.finish(ctx, ch)
		case request.Conflict.Is(err) && try < conflicts:
			if err := pause(ctx, try); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("save request %s: %w", id, err)
		}
	}
}

// pause waits a little, longer with every try and never the same for two
// writers. It is a back-off of the outside world, not a synchronisation.
func pause(ctx context.Context, try int) error {
	t := time.NewTimer(time.Duration(1+rand.IntN(5<<min(try, 6))) * time.Millisecond)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// finish does what follows a commit: look at the outbox, wake executions. Both
// may be lost without harm: the outbox is looked at every minute and WakeAt was
// set to now in the same transaction.
func (c *Cases) finish(ctx context.Context, ch *change) error {
	if len(ch.writes.Letters) > 0 {
		if err := c.Nudge.Nudge(ctx, string(ch.ID)); err != nil {
			return fmt.Errorf("ask for the mail of request %s: %w", ch.ID, err)
		}
	}
	for _, w := range ch.resume {
		if err := c.rouse(ctx, ch.Request, w.leg); err != nil {
			return err
		}
	}
	return nil
}

// line adds a ledger line.
func (ch *change) line(actor, action, leg, reason string, refs map[string]string) {
	ch.writes.Lines = append(ch.writes.Lines, ledger.Line{
		Request: ch.ID, At: ch.now, Actor: actor, Action: action, Leg: leg, Reason: reason, Refs: refs,
	})
}

// advance moves a leg and writes the ledger line of the move.
func (ch *change) advance(l *request.Leg, e request.Event, actor, reason string, refs map[string]string) error {
	before := l.Phase
	if err := l.Advance(e); err != nil {
		return fmt.Errorf("request %s: %w", ch.ID, err)
	}
	ch.done("stuck", l.ID, actor) // whatever it was, it moves again
	ch.answers(l, "")
	ch.writes.Lines = append(ch.writes.Lines, ledger.Line{
		Request: ch.ID, At: ch.now, Actor: actor, Action: string(e), Leg: l.ID,
		Before: string(before), After: string(l.Phase), Reason: reason, Refs: refs,
	})
	return nil
}

// running notes that a step has work in hand: should it vanish, wake starts
// the leg again after Waits.Step.
func (ch *change) running(l *request.Leg) {
	l.Wait = request.Wait{}
	l.WakeAt = ch.now.Add(ch.cases.Waits.Step)
}

// signal wakes a leg after commit. WakeAt is set to now, so that wake repeats
// it if we crash before the token is answered.
func (ch *change) signal(l *request.Leg) {
	l.WakeAt = ch.now
	ch.resume = append(ch.resume, resumption{leg: l.ID})
}

// letter puts a letter in the outbox. event tells two letters of one kind for
// one leg apart; the id makes it exactly one (I8). A letter without an address
// becomes a print task.
func (ch *change) letter(leg, event string, to post.Address, o letters.Order) {
	if o.Language == "" {
		o.Language = ch.Language
	}
	id := leg
	if id == "" {
		id = "request"
	}
	event += ch.round(leg)
	l := post.Letter{
		Owner: string(ch.ID), ID: id + "." + string(o.Kind) + "." + event, Leg: leg,
		Reference: ch.Reference, Order: o, To: to, State: post.Unsent, Created: ch.now,
	}
	if to.Kind == "sender" && !ch.Sender.Answerable {
		// A robot, a list or our own mail is never answered (I18); a person looks who stands behind it.
		ch.task("reply", leg, "officer", "", "not-answerable")
		return
	}
	if to.Email == "" {
		l.State = post.Print
		ch.task("print", leg, "officer", "", l.ID)
	}
	for _, have := range ch.writes.Letters {
		if have.ID == l.ID {
			return
		}
	}
	ch.writes.Letters = append(ch.writes.Letters, l)
}

// round tells the letters of a leg that was opened again apart from those of
// before: an id that was used is never sent a second time.
func (ch *change) round(leg string) string {
	n := 0
	for i := range ch.Legs {
		if l := &ch.Legs[i]; leg == "" || l.ID == leg {
			n = max(n, l.Reopened)
		}
	}
	return roundOf(n)
}

// roundOf is the mark of what comes after a leg was opened again so many times.
func roundOf(reopened int) string {
	if reopened == 0 {
		return ""
	}
	return "-round" + strconv.Itoa(reopened+1)
}

// task opens a task, once per kind, leg and code, and tells the staff by
// mail: reference, right and date, nothing about the person (N-03).
func (ch *change) task(kind, leg, role, not, code string) {
	for i := range ch.Tasks {
		if t := &ch.Tasks[i]; t.Open() && t.Kind == kind && t.Leg == leg && t.Code == code {
			return
		}
	}
	id := strconv.Itoa(len(ch.Tasks) + 1)
	ch.Tasks = append(ch.Tasks, request.Task{ID: id, Leg: leg, Kind: kind, Role: role, Not: not, Code: code, Opened: ch.now})
	ch.line(system(kind), "task-opened", leg, kind, nil)
	o := ch.order(letters.StaffNotice, ch.Leg(leg), facts{"staff_task": staffTask[kind]})
	o.Language = request.Dutch
	ch.letter(leg, "task-"+id, post.Address{Kind: "house", Email: ch.cases.House.Email}, o)
}

// staffTask are the words N-03 has for a kind of task; the others need none.
var staffTask = map[string]string{
	"triage": "triage", "match": "identify", "decide": "decide", "approve": "approve", "carry-out": "carry-out", "reply": "answer",
}

// done closes the open tasks of a kind for a leg.
func (ch *change) done(kind, leg, by string) {
	for i := range ch.Tasks {
		if t := &ch.Tasks[i]; t.Open() && t.Kind == kind && t.Leg == leg {
			t.Done, t.DoneBy = ch.now, by
		}
	}
}

// leg finds a leg of the change or answers a typed fault.
func (ch *change) leg(id string) (*request.Leg, error) {
	l := ch.Leg(id)
	if l == nil {
		return nil, request.Fault(request.NotFound, string(ch.ID)+"/"+id, "find the leg")
	}
	return l, nil
}

// system is the actor of the ledger for what a function does.
func system(function string) string { return "system:" + function }

// sender is the address that the message came from; empty when it must not be answered.
func (ch *change) sender() post.Address {
	a := post.Address{Kind: "sender"}
	if ch.Sender.Answerable && !ch.Sender.ByLetter {
		a.Email = ch.Sender.Email
	}
	return a
}

// Ledger reads the chain of a request, for the desk's timeline.
type Ledger interface {
	Lines(ctx context.Context, id request.ID) ([]ledger.Line, error)
}

// Outbox finds a letter by the id that SES gave its mail, and writes down what
// became of it. Mark answers Conflict when the letter moved on.
type Outbox interface {
	ByMessageID(ctx context.Context, sesMessageID string) (owner, id string, err error)
	PutLetter(ctx context.Context, l post.Letter) error
	Mark(ctx context.Context, l post.Letter, lines []ledger.Line) error
}

// Heads lists the heads of all ledger chains.
type Heads interface {
	Heads(ctx context.Context, page store.Page) ([]ledger.Head, string, error)
}

// Closed lists closed requests and removes them when their time has come.
type Closed interface {
	Closed(ctx context.Context, before time.Time, page store.Page) ([]store.ClosedRow, string, error)
	Forget(ctx context.Context, id request.ID, lines []ledger.Line) error
}

// ListedVault keeps objects that are found by their prefix: mail as it
// arrived, the dossiers.
type ListedVault interface {
	Vault
	List(ctx context.Context, prefix string, fn func(vault.Object) error) error
}

// Sessions tells what a proof session is about, for the sender of codes.
type Sessions interface {
	SessionOf(ctx context.Context, id string) (identity.Session, error)
	LetterCodes
}

// PackageVault keeps sealed packages.
type PackageVault interface {
	Vault
	// Create writes an object piece by piece; it is there when Close returned nil.
	Create(ctx context.Context, key string) (vault.Writer, error)
	// Presign gives an address that hands out the object for at most ttl
	// (≤ 120 s, A25) under that file name.
	Presign(ctx context.Context, key string, ttl time.Duration, filename string) (string, error)
}

// clock computes the deadline of a request.
func (c *Cases) clock(r *request.Request) (deadline.Result, error) {
	e := deadline.Events{Received: r.Started()}
	for _, p := range r.Clock.Paused {
		if !credits(p, day(r.Started())) {
			continue
		}
		asked, err := deadline.ParseDate(string(p.Asked))
		if err != nil {
			return deadline.Result{}, fmt.Errorf("request %s: read a pause: %w", r.ID, err)
		}
		dp := deadline.Pause{Asked: asked}
		if p.Answered != "" {
			if dp.Answered, err = deadline.ParseDate(string(p.Answered)); err != nil {
				return deadline.Result{}, fmt.Errorf("request %s: read a pause: %w", r.ID, err)
			}
		}
		e.Paused = append(e.Paused, dp)
	}
	if r.Clock.ExtensionSent != "" {
		sent, err := deadline.ParseDate(string(r.Clock.ExtensionSent))
		if err != nil {
			return deadline.Result{}, fmt.Errorf("request %s: read the extension: %w", r.ID, err)
		}
		e.ExtensionSent = sent
	}
	res, err := c.Calendar.Compute(e)
	if err != nil {
		return deadline.Result{}, fmt.Errorf("request %s: compute the deadline: %w", r.ID, err)
	}
	return res, nil
}

// day is the Amsterdam date of an instant.
func day(t time.Time) request.Day { return request.Day(deadline.LocalDate(t).String()) }

// workdays is the start of the day n working days after t.
func (c *Cases) workdays(t time.Time, n int) time.Time {
	return c.Calendar.AddWorkingDays(deadline.LocalDate(t), n).Start().UTC()
}
