package casework

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// OfClient lists a client's own legs: todo, instructed or done.
func (c *Cases) OfClient(ctx context.Context, client, state string, page store.Page) ([]store.ClientRow, string, error) {
	return c.Lists.OfClient(ctx, client, state, page)
}

// ownLeg finds a leg that a client may read.
func (c *Cases) ownLeg(ctx context.Context, client string, ref request.Reference, leg string) (*request.Request, *request.Leg, register.Client, error) {
	fail := func(err error) (*request.Request, *request.Leg, register.Client, error) {
		return nil, nil, register.Client{}, err
	}
	r, err := c.find(ctx, ref)
	if err != nil {
		return fail(err)
	}
	l := r.Leg(leg)
	if l == nil || !ownedBy(l, client) {
		return fail(request.Fault(request.NotFound, string(ref)+"/"+leg, "find a leg of client %s", client))
	}
	reg, err := c.Registers.Client(ctx, client)
	if err != nil {
		return fail(fmt.Errorf("view %s: client %s: %w", ref, client, err))
	}
	return r, l, reg, reads(reg, string(ref)+"/"+leg)
}

// ClientView shows a client one of its own legs. Another's leg is not found,
// with the same answer as one that does not exist (A26).
func (c *Cases) ClientView(ctx context.Context, client string, ref request.Reference, leg string) (ClientCase, error) {
	r, l, reg, err := c.ownLeg(ctx, client, ref, leg)
	if err != nil {
		return ClientCase{}, err
	}
	v := ClientCase{
		Reference: r.Reference, Leg: l.ID, Right: l.Right, Phase: l.Phase, Received: r.Received, SafeDue: r.SafeDue,
		InstructBy: c.instructBy(r, l), Instruction: l.Instruction, Proof: proofCode(l), Flags: slices.Clone(l.Flags),
	}
	if f := l.Flagged(); f != nil {
		v.InstructBy = c.instructAfter(r, f.At)
	}
	if former(reg, l) {
		v.Former, v.Moved = true, l.Outcome == request.Moved
		if cand := r.Candidate(l.Candidate); cand != nil {
			v.File = cand.File
		}
		return v, nil
	}
	if identity.Represented(r.Sender) {
		capacity, _ := identity.CapacityOf(r.Sender.Capacity)
		v.AskedBy, v.Authority = capacity.Code, r.Mandate.Status
	}
	switch m := l.Restriction; {
	case m.LiftReason == LiftInstructed && strings.HasPrefix(m.LiftBy, "client:"): // its own, not what an officer passed on
		v.Lift = Lifting{On: m.LiftOn, By: m.LiftBy, At: m.LiftTold, Receipt: m.LiftReceipt}
	case mayInstructLift(l):
		v.LiftFrom = day(c.Now().AddDate(0, 0, 1))
	}
	cand := r.Candidate(l.Candidate)
	if cand != nil {
		v.File = cand.File
		keys, lost := keysOf(r, l), false
		if l.Traced.IsZero() {
			known, _, err := systems.Trace(ctx, c.Systems, c.scope(l), keys, l.Client)
			if err == nil {
				keys = known
			}
			// Too wide: it counts what is known; an officer is told when the client instructs.
			lost = err != nil && !request.TooWide.Is(err)
		}
		var stocks []*erasure.Stock
		for _, p := range c.scope(l) {
			held := Held{Label: p.Holding.Label.In(reg.Language)}
			stock, err := c.counted(ctx, p, systems.Of(keys, l.Client))
			if err != nil && !errors.Is(err, errUncounted) && !errors.Is(err, systems.ErrElsewhere) {
				return ClientCase{}, fmt.Errorf("view %s: reach system %s: %w", ref, p.System.ID, err)
			}
			// What does not answer keeps nobody from instructing: it is waited for then.
			if held.Unknown = lost || err != nil; held.Unknown {
				stock = nil
			} else {
				held.Count = stock.Count
			}
			v.Holdings, stocks = append(v.Holdings, held), append(stocks, stock)
		}
		if l.Right == request.Erasure && l.Instruction.Kind != RefuseKind && l.Instruction.Kind != request.RestrictInstead {
			if err := c.foresee(r, l, v.Holdings, stocks, reg.Language); err != nil {
				return ClientCase{}, fmt.Errorf("view %s: %w", ref, err)
			}
		}
	}
	v.Package = c.clientPackage(r, l)
	return v, nil
}

// errUncounted is a system that does not answer now.
var errUncounted = errors.New("not counted")

// counted is what a client's page can see in one holding. These pages speak to
// no database (decision 19): of one they get ErrElsewhere.
func (c *Cases) counted(ctx context.Context, p inventory.Place, of systems.Selection) (*erasure.Stock, error) {
	sys, err := c.Systems.System(p.System.ID)
	if err != nil {
		return nil, err
	}
	before := c.Systems.Inventory().Retention[p.Holding.Retention].Over(day(c.Now()))
	stock := &erasure.Stock{System: p.System.ID, Holding: p.Holding.ID, Before: before}
	if err := sys.Collect(ctx, *p.Holding, of, func(row systems.Row) error { stock.Add(*p.Holding, row); return nil }); err != nil {
		return nil, errUncounted
	}
	return stock, nil
}

// ClientWords is what the person wrote, without what would tell a client of
// another client: whom else they owe is not its business (R-24, A42). No client's
// name stands there, whole or without its legal form, whether we know of a file or
// not: it reads the whole register, so only the page that shows the words asks
// for them. "" for who no longer decides. Another's leg is not found (A26).
func (c *Cases) ClientWords(ctx context.Context, client string, ref request.Reference, leg string) (string, error) {
	r, l, reg, err := c.ownLeg(ctx, client, ref, leg)
	if err != nil || former(reg, l) || r.Text == "" {
		return "", err
	}
	var others []string
	for _, cand := range r.Candidates {
		if cand.Client != "" && cand.Client != client {
			others = append(append(others, cand.File), cand.Keys["file"]...)
		}
	}
	for _, cand := range r.Candidates {
		if cand.Client == client { // a claim that it bought has the number that it had
			others = slices.DeleteFunc(others, func(file string) bool { return file == cand.File || slices.Contains(cand.Keys["file"], file) })
		}
	}
	all, err := c.Registers.Clients(ctx)
	if err != nil {
		return "", fmt.Errorf("clients to leave out of the text of request %s: %w", r.ID, err)
	}
	own := strings.ToLower(reg.Name)
	for _, other := range all {
		short := legalForm.ReplaceAllString(other.Name, "")
		if other.ID != client && !strings.Contains(own, strings.ToLower(short)) {
			others = append(others, other.Name, short)
		}
	}
	return without(r.Text, others), nil
}

// legalForm is how a company's name ends that people leave out.
var legalForm = regexp.MustCompile(`(?i)[ ,]+(b\.?v\.?|n\.?v\.?|v\.?o\.?f\.?|u\.?a\.?|c\.?v\.?|ltd\.?|gmbh|s\.?a\.?)$`)

// hidden stands where words were left out.
const hidden = "[…]"

// shortName is up to how many bytes a name is too short to be looked for as the
// beginning of a longer word: Telstars is Telstar's, bosbessen are not Bos's.
const shortName = 4

// without leaves names and numbers out of a text, in whatever case they are
// written. One that begins inside a word or a number is another.
func without(text string, words []string) string {
	words = slices.Clone(words)
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) }) // a name before its beginning
	lower := strings.ToLower(text)
	for _, w := range words {
		if w == "" || !strings.Contains(lower, strings.ToLower(w)) {
			continue // of thousands of clients, nearly all
		}
		var b strings.Builder
		done := 0
		for _, at := range regexp.MustCompile("(?i)"+regexp.QuoteMeta(w)).FindAllStringIndex(text, -1) {
			before, _ := utf8.DecodeLastRuneInString(text[:at[0]])
			last, _ := utf8.DecodeLastRuneInString(w)
			after, _ := utf8.DecodeRuneInString(text[at[1]:])
			if ofWord(before) || ofWord(after) && (unicode.IsDigit(last) || len(w) <= shortName) {
				continue
			}
			b.WriteString(text[done:at[0]] + hidden)
			done = at[1]
		}
		text = b.String() + text[done:]
	}
	return text
}

func ofWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// ownedBy reports whether a client was handed that leg.
func ownedBy(l *request.Leg, client string) bool {
	return l.Role == request.Processor && l.Client != "" && l.Client == client && l.Past(request.Forwarded) && !l.ForwardedAt.IsZero()
}

func proofCode(l *request.Leg) string {
	switch {
	case l.Has >= request.L2:
		return "file-channel-and-fact"
	case l.Has == request.L1:
		return "file-channel"
	}
	return "none"
}

// reads refuses a client that went: it is told nothing any more, as if it had no
// legs. What is left to one that is bankrupt, or sold its claims, is what was
// done: see former.
func reads(client register.Client, on string) error {
	if client.State == "gone" {
		return request.Fault(request.NotFound, on, "find a leg of client %s", client.ID)
	}
	return nil
}

// former reports whether a client reads a leg as history alone: what was asked,
// instructed and done by then, and nothing of the person.
func former(client register.Client, l *request.Leg) bool {
	return !client.Decides() || l.Outcome == request.Moved
}

// decides refuses a client that is bankrupt or gone, or whose claims were sold:
// somebody else may be the controller now, and a person finds out who.
func decides(client register.Client) error {
	if !client.Decides() {
		return request.Fault(request.Forbidden, client.ID, "act for a client that is %s", client.State)
	}
	return nil
}

// GiveInstruction records the client's instruction: who, when, what, by which
// channel. It is the only way by which a processor leg moves on.
func (c *Cases) GiveInstruction(ctx context.Context, client, by string, ref request.Reference, leg string, in request.Instruction) (string, error) {
	reg, err := c.Registers.Client(ctx, client)
	if err != nil {
		return "", fmt.Errorf("take an instruction: client %s: %w", client, err)
	}
	switch in.Kind {
	case request.CarryOutToUs, request.RestrictInstead:
		in.Template = ""
	case request.CarryOutToSubject:
		if err := inItsName(reg, in); err != nil {
			return "", err
		}
	case request.RefuseInstruction:
		in.Template = ""
		if in.Ground == "" {
			return "", request.Fault(request.InputRefused, "ground", "refuse without a ground")
		}
	default:
		return "", request.Fault(request.InputRefused, "kind", "give an instruction of that kind")
	}
	receipt := ""
	err = c.update(ctx, ref, func(ch *change) error {
		l := ch.Leg(leg)
		if l == nil || !ownedBy(l, client) {
			return request.Fault(request.NotFound, string(ref)+"/"+leg, "find a leg of client %s", client)
		}
		if err := decides(reg); err != nil {
			return err
		}
		if l.Past(request.Instructed) {
			if receipt = l.Instruction.Receipt; l.Instruction.Same(in) {
				return errNothing // the same click twice
			}
			return request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+leg, "instruct a leg that is %s", l.Phase)
		}
		if in.Kind == request.RestrictInstead && l.Right != request.Erasure {
			return request.Fault(request.InputRefused, "kind", "restrict instead of %s", l.Right)
		}
		if in.Kind == request.CarryOutToSubject && !l.Right.AnsweredFor() {
			return request.Fault(request.InputRefused, "kind", "answer on %s in a client's name", l.Right)
		}
		if f := l.Flagged(); f != nil {
			if f.Instruction.Kind == in.Kind && f.Instruction.Ground == in.Ground { // another letter makes no other instruction
				return request.Fault(request.InputRefused, "kind", "give the instruction that is held, without the second word")
			}
			ch.secondWord(f, request.Changed, client, by)
		}
		given := request.Instruction{Kind: in.Kind, Ground: in.Ground, Template: in.Template}
		file := ""
		if cand := ch.Candidate(l.Candidate); cand != nil {
			file = cand.File
		}
		if given.Doubt = doubt(l.Right, proofCode(l), file, in); given.Doubt != "" {
			// It was told before; why it is wanted all the same is the second word (28(3)).
			if given.Why = strings.TrimSpace(in.Why); given.Why == "" || len([]rune(given.Why)) > MaxWhy {
				return request.Fault(request.InputRefused, "why", "give an instruction that breaks the law in our opinion without saying why")
			}
		}
		receipt, err = ch.instruct(l, given, client, by)
		return err
	})
	if err != nil {
		return "", err
	}
	return receipt, nil
}

// receiptOf is the number of the instruction on a leg: one for each time
// that the leg was opened.
func receiptOf(ref request.Reference, l *request.Leg) string {
	return "I-" + strings.TrimPrefix(string(ref), "R-") + "-" + l.ID + roundOf(l.Reopened)
}

// instruct puts an instruction in force: who, when, what, by which channel. It
// answers the number that the client keeps.
func (ch *change) instruct(l *request.Leg, in request.Instruction, client, by string) (string, error) {
	in.By, in.At = "client:"+client+"/"+by, ch.now
	in.Receipt = receiptOf(ch.Reference, l)
	if n := len(l.Flags); n > 0 {
		in.Receipt += "-" + strconv.Itoa(n+1) // the one that was held keeps its own
	}
	l.Instruction = in
	refs := map[string]string{"receipt": in.Receipt, "channel": "signed-in", "session": "contact"}
	if in.Doubt != "" {
		refs["doubt"] = in.Doubt
	}
	if err := ch.advance(l, request.InstructionGiven, "client:"+client, in.Kind, refs); err != nil {
		return "", err
	}
	ch.done("chase-client", l.ID, "client:"+client)
	ch.done("client-gone", l.ID, "client:"+client)
	if l.Wait.State == "Amend" || l.Wait.State == "CarryOut" {
		// Parked there with an instruction that was held: nobody goes on from it.
		l.Wait = request.Wait{}
		l.Attempts++
	}
	ch.signal(l)
	return in.Receipt, nil
}

// inItsName checks that the agreement lets us answer for the client, and that it
// chose the letter.
func inItsName(client register.Client, in request.Instruction) error {
	if !slices.Contains(request.Templates, in.Template) {
		return request.Fault(request.InputRefused, "template", "answer in a client's name without its letter")
	}
	if client.InItsName != "yes" {
		return request.Fault(request.InputRefused, "kind", "answer in the name of a client whose agreement does not have it")
	}
	return nil
}

// ClientRelease mints the address of a package that the client had delivered
// to itself.
func (c *Cases) ClientRelease(ctx context.Context, client string, ref request.Reference, leg string) (string, error) {
	reg, err := c.Registers.Client(ctx, client)
	if err != nil {
		return "", fmt.Errorf("release a package: client %s: %w", client, err)
	}
	return c.release(ctx, ref, leg, "client", "client:"+client, func(ch *change, l *request.Leg) error {
		if !ownedBy(l, client) {
			return request.Fault(request.NotFound, string(ref)+"/"+leg, "find a leg of client %s", client)
		}
		return decides(reg) // a copy of the data is for who decides about them
	})
}
