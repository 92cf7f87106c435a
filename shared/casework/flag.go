package casework

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/grounds"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/register"
	"github.com/allclaims/rightsdesk/shared/request"
)

// MaxWhy bounds, in characters, what an officer writes of an instruction and what
// a client answers.
const MaxWhy = 1000

// Flagging is an officer's word that an instruction breaks the law.
type Flagging struct {
	// Receipt is the number of the instruction that the officer read.
	Receipt string
	// Reason is a code of grounds.Flags, Words what the client reads besides.
	Reason, Words string
}

// FlagInstruction holds what a client instructed, before anything of it is done,
// because it breaks the law in our opinion, and tells the client at once (28(3),
// last sentence). The client says again what it wants, and is chased for it as
// for a first instruction. Twice the same word is one. PhaseIllegal: it is
// being carried out, or nothing is instructed. Conflict: the client gave another
// instruction meanwhile, or upheld this one: what it upholds is carried out, save
// what the law forbids us.
func (c *Cases) FlagInstruction(ctx context.Context, a Actor, ref request.Reference, leg string, f Flagging) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	f.Words = strings.TrimSpace(f.Words)
	if _, ok := grounds.Flag(f.Reason); !ok {
		return request.Fault(request.InputRefused, "reason", "hold an instruction without a reason of the list")
	}
	if f.Words == "" || len([]rune(f.Words)) > MaxWhy {
		return request.Fault(request.InputRefused, "words", "hold an instruction without saying why")
	}
	r, err := c.find(ctx, ref)
	if err != nil {
		return err
	}
	client, err := c.clientOf(ctx, Input{RequestID: r.ID, LegID: leg})
	if err != nil {
		return fmt.Errorf("hold an instruction: %w", err)
	}
	if err := decides(client); err != nil {
		return err // it gives no second word: its instruction halts
	}
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.leg(leg)
		if err != nil {
			return err
		}
		if was := l.Flagged(); was != nil && was.Instruction.Receipt == f.Receipt && was.By == a.ID && was.Reason == f.Reason && was.Words == f.Words {
			return errNothing // the same click twice
		}
		if err := MayFlag(l); err != nil {
			return fmt.Errorf("request %s: %w", ch.ID, err)
		}
		if l.Instruction.Receipt != f.Receipt {
			return request.Fault(request.Conflict, string(ch.ID)+"/"+leg, "hold another instruction than was read")
		}
		if l.Instruction.Doubt == f.Reason {
			return request.Fault(request.Conflict, string(ch.ID)+"/"+leg, "hold for what the client was told and answered")
		}
		return ch.hold(l, client, request.Flag{Reason: f.Reason, Words: f.Words, By: a.ID, At: ch.now, Instruction: l.Instruction})
	})
}

// MayFlag reports why nobody can hold what a client instructed on a leg: nothing
// is instructed, it is being carried out or halted (PhaseIllegal), or it is the
// client's second word on what an officer said (Conflict).
func MayFlag(l *request.Leg) error {
	if l.Role != request.Processor || l.Phase != request.Instructed || l.Halted || Begun(l) {
		return request.Fault(request.PhaseIllegal, l.ID, "hold what is %s", l.Phase)
	}
	if n := len(l.Flags); n > 0 && l.Flags[n-1].Word == request.Upheld {
		return request.Fault(request.Conflict, l.ID, "hold what the client upheld")
	}
	return nil
}

// Begun reports whether something of an instruction is done, or in hand. To copy
// is nothing: a copy is given by a later act.
func Begun(l *request.Leg) bool {
	return !l.Begun.IsZero() ||
		slices.ContainsFunc(l.Receipts, func(r request.Receipt) bool { return r.Action != "collected" }) ||
		slices.ContainsFunc(l.ByHand, func(b request.ByHand) bool { return !b.Open() && b.Action != collectByHand }) ||
		slices.ContainsFunc(l.Corrections, carriedOut)
}

// over reports whether nobody carries out a client's part any more: it moved to
// another client or lapsed.
func over(l *request.Leg) bool { return l.Outcome == request.Moved || l.Outcome == request.Withdrawn }

// inForce refuses a step of an instruction that does not stand: it was held,
// another took its place, its client went, it lapsed, or another client decides now.
// read is the instruction as the step found it when it began.
func inForce(r *request.Request, l *request.Leg, read request.Instruction) error {
	if l.Role == request.Processor && (l.Instruction.By == "" || l.Instruction.Receipt != read.Receipt || l.Halted || over(l)) {
		return request.Fault(request.NoInstruction, string(r.ID)+"/"+l.ID, "carry out an instruction that does not stand")
	}
	return nil
}

// begin records that the client's instruction that was read is being carried
// out, before anything in a system changes: from then on nobody holds it.
// NoInstruction: it does not stand.
func (c *Cases) begin(ctx context.Context, in Input, read request.Instruction) error {
	_, err := c.change(ctx, in.RequestID, func(ch *change) error {
		l, err := ch.leg(in.LegID)
		if err != nil {
			return err
		}
		if err := inForce(ch.Request, l, read); err != nil {
			return err
		}
		if l.Role != request.Processor || !l.Begun.IsZero() {
			return errNothing
		}
		l.Begun = ch.now
		return nil
	})
	return err
}

// hold takes an instruction out of force and tells the client why.
func (ch *change) hold(l *request.Leg, client register.Client, f request.Flag) error {
	if err := ch.advance(l, request.InstructionHeld, f.By, f.Reason, map[string]string{"receipt": f.Instruction.Receipt}); err != nil {
		return err
	}
	l.Flags = append(l.Flags, f)
	l.Instruction, l.Plan, l.Receipts, l.Reminded, l.CarryOn = request.Instruction{}, nil, nil, 0, request.CarryOn{}
	l.ByHand = slices.DeleteFunc(l.ByHand, func(b request.ByHand) bool {
		if !b.Open() {
			return false // what was found stays found
		}
		ch.handDone(l, &b, f.By)
		return true
	})
	ch.done("carry-out", l.ID, f.By)
	ch.letter(l.ID, "held-"+strconv.Itoa(len(l.Flags)), ch.clientAddress(client), ch.reminder(l, client, ch.clientFacts(l, client)))
	l.Attempts++ // a new execution waits for the second word, whatever was walking before
	ch.signal(l)
	return nil
}

// Word is a client's second word on what we hold.
type Word struct {
	// Flag is the number of our word that it answers, from 1.
	Flag int
	// Word is request.Upheld, with Why, or request.TakenBack.
	Word, Why string
}

// SecondWord records what a client answers to our word that its instruction
// breaks the law: it upholds it and says why, and it is carried out, save what the
// law forbids us; or it takes it back. To change it is GiveInstruction. It
// answers the number of the instruction that is in force; "" when none is.
// PhaseIllegal: nothing waits for that word.
func (c *Cases) SecondWord(ctx context.Context, client, by string, ref request.Reference, leg string, w Word) (string, error) {
	reg, err := c.Registers.Client(ctx, client)
	if err != nil {
		return "", fmt.Errorf("take a second word: client %s: %w", client, err)
	}
	w.Why = strings.TrimSpace(w.Why)
	switch {
	case w.Word == request.Upheld && (w.Why == "" || len([]rune(w.Why)) > MaxWhy):
		return "", request.Fault(request.InputRefused, "why", "uphold an instruction without saying why")
	case w.Word != request.Upheld && w.Word != request.TakenBack:
		return "", request.Fault(request.InputRefused, "word", "say that to what is held")
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
		f := l.Flagged()
		if n := len(l.Flags); f == nil || w.Flag != n {
			if w.Flag == n && n > 0 && l.Flags[n-1].Word == w.Word {
				receipt = l.Instruction.Receipt
				return errNothing // the same click twice
			}
			return request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+leg, "answer what is not held")
		}
		ch.secondWord(f, w.Word, client, by)
		if w.Word == request.TakenBack {
			ch.line("client:"+client, "instruction-withdrawn", leg, "", map[string]string{"receipt": f.Instruction.Receipt, "channel": "signed-in", "session": "contact"})
			l.Reminded = 0
			ch.done("chase-client", l.ID, "client:"+client)
			l.WakeAt = ch.chaseTimer(l, reg)
			return nil
		}
		in := f.Instruction
		if in.Kind == request.CarryOutToSubject {
			if err := inItsName(reg, in); err != nil {
				return err
			}
		}
		in.Doubt, in.Why = f.Reason, w.Why
		receipt, err = ch.instruct(l, in, client, by)
		return err
	})
	return receipt, err
}

// secondWord writes a client's second word on our flag.
func (ch *change) secondWord(f *request.Flag, word, client, by string) {
	f.Word, f.WordBy, f.WordAt = word, "client:"+client+"/"+by, ch.now
}

// chasedFrom is when the client was told last that we wait for its word, or took
// back the one it gave: the ladder of reminders stands there.
func chasedFrom(l *request.Leg) time.Time {
	from := l.ForwardedAt
	if n := len(l.Flags); n > 0 {
		from = l.Flags[n-1].At
		if l.Flags[n-1].Word == request.TakenBack {
			from = l.Flags[n-1].WordAt
		}
	}
	return from
}

// flagRound tells the reminders of a held instruction from those before it.
func flagRound(l *request.Leg) string {
	n := len(l.Flags)
	if n == 0 {
		return ""
	}
	round := "-held-" + strconv.Itoa(n)
	if l.Flagged() == nil {
		round += "-after" // taken back: the client is asked anew
	}
	return round
}

// reminder is T-06: we wait for the client's instruction, or for its second word
// on the one that we hold.
func (ch *change) reminder(l *request.Leg, client register.Client, f facts) letters.Order {
	held := l.Flagged()
	if held != nil {
		f["held_reason"], f["held_on"], f["instructed_on"] = held.Reason, string(day(held.At)), string(day(held.Instruction.At))
	}
	f["instruct_by"] = string(ch.cases.instructAfter(ch.Request, ch.now)) // the day that was asked first may be over
	o := ch.order(letters.ClientReminder, l, f)
	o.Language = client.Language
	if held != nil {
		o.Flags = map[string]bool{letters.HeldInstruction: true}
	}
	return o
}
