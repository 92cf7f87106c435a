package request

import "fmt"

// Phase is how far a leg has come. Advance is the only way to change it.
type Phase string

// The phases of a leg. A controller leg goes opened → proving → proven →
// prepared → deciding → (approving) → decided → held → acted → told →
// answered → closed; it may skip what it does not need. A processor leg goes
// opened → forwarded → instructed → executed → reported → closed.
const (
	Opened         Phase = "opened"
	Proving        Phase = "proving"    // the subject must show who they are
	Proven         Phase = "proven"     // level reached, or none needed
	Prepared       Phase = "prepared"   // data collected, or plan made
	Deciding       Phase = "deciding"   // an officer decides
	Approving      Phase = "approving"  // a second person approves
	Decided        Phase = "decided"    // nothing left to weigh
	Held           Phase = "held"       // cool-off or wait is over, may act
	Acted          Phase = "acted"      // sealed, erased, stopped or changed
	RecipientsTold Phase = "told"       // Art. 19 notices are in the outbox
	Answered       Phase = "answered"   // the answer is in the outbox
	Forwarded      Phase = "forwarded"  // client and debtor were told
	Instructed     Phase = "instructed" // the client's instruction is recorded
	Executed       Phase = "executed"   // the instruction was carried out
	Reported       Phase = "reported"   // T-07 is in the outbox
	Closed         Phase = "closed"
)

// Event is what happens to a leg.
type Event string

// The events of a leg.
const (
	ProofAsked       Event = "proof-asked"
	ProofAccepted    Event = "proof-accepted"
	ProofNotNeeded   Event = "proof-not-needed"
	ProofMissing     Event = "proof-missing" // safeDue came, T-17
	WasPrepared      Event = "prepared"
	DecisionNeeded   Event = "decision-needed"
	DecisionMade     Event = "decision-made"
	ApprovalNeeded   Event = "approval-needed"
	ApprovalGiven    Event = "approval-given"
	SentBack         Event = "sent-back"
	HoldOver         Event = "hold-over"
	WasActed         Event = "acted"
	ToldRecipients   Event = "told-recipients"
	WasAnswered      Event = "answered"
	WasForwarded     Event = "forwarded"
	InstructionGiven Event = "instruction-given"
	// InstructionHeld takes an instruction that breaks the law in our opinion out of
	// force, before anything of it was done: the client says again what it wants (28(3)).
	InstructionHeld Event = "instruction-held"
	WasExecuted     Event = "executed"
	WasReported     Event = "reported"
	WasClosed       Event = "closed"
	WasWithdrawn    Event = "withdrawn"
	WasReopened     Event = "reopened"
	// ReopenedAtClient opens a processor leg again: the client is told anew.
	ReopenedAtClient Event = "reopened-at-client"
	// WasMoved ends a processor leg of which another client decides now.
	WasMoved Event = "moved"
	// WasLapsed takes the road to the end from what a client handed over by machine
	// and nobody carries out, because that client no longer decides.
	WasLapsed Event = "lapsed"
)

// moves is the whole machine: what is not here is refused (I9).
var moves = map[Phase]map[Event]Phase{
	Opened: {
		ProofAsked: Proving, ProofNotNeeded: Proven, WasForwarded: Forwarded, WasWithdrawn: Decided, WasMoved: Closed,
	},
	Proving: {
		ProofAccepted: Proven, ProofMissing: Decided, WasWithdrawn: Decided, ProofNotNeeded: Proven,
	},
	Proven:   {WasPrepared: Prepared, DecisionNeeded: Deciding, DecisionMade: Decided, WasActed: Acted, WasWithdrawn: Decided},
	Prepared: {DecisionNeeded: Deciding, DecisionMade: Decided, WasWithdrawn: Decided},
	Deciding: {DecisionMade: Decided, ApprovalNeeded: Approving, WasWithdrawn: Decided},
	Approving: {
		ApprovalGiven: Decided, SentBack: Deciding, WasWithdrawn: Decided,
	},
	// A decided leg may still be stopped: that is what a cool-off is for (A49).
	Decided:        {HoldOver: Held, WasAnswered: Answered, SentBack: Deciding, WasWithdrawn: Decided, WasClosed: Closed},
	Held:           {WasActed: Acted},
	Acted:          {ToldRecipients: RecipientsTold, WasAnswered: Answered},
	RecipientsTold: {WasAnswered: Answered},
	Answered:       {WasClosed: Closed},
	Forwarded:      {InstructionGiven: Instructed, WasMoved: Closed},
	Instructed:     {WasExecuted: Executed, WasReported: Reported, InstructionHeld: Forwarded, WasMoved: Closed, WasLapsed: Reported},
	Executed:       {WasReported: Reported},
	Reported:       {WasClosed: Closed},
	Closed:         {WasReopened: Proving, ReopenedAtClient: Opened},
}

// order tells how far a phase is, so that a step can see that it was done.
var order = map[Phase]int{
	Opened: 0, Proving: 1, Proven: 2, Prepared: 3, Deciding: 4, Approving: 5, Decided: 6, Held: 7,
	Acted: 8, RecipientsTold: 9, Answered: 10,
	Forwarded: 1, Instructed: 2, Executed: 8, Reported: 9,
	Closed: 99,
}

// Advance moves the leg; a move that is not in the table is an error with
// code Phase.Illegal and changes nothing.
func (l *Leg) Advance(e Event) error {
	to, ok := moves[l.Phase][e]
	if !ok {
		return &Error{Code: PhaseIllegal, On: l.ID, Doing: fmt.Sprintf("apply %s to a leg that is %s", e, l.Phase)}
	}
	l.Phase = to
	return nil
}

// Past reports whether the leg is at p or beyond it: the step that leads to p is done.
func (l *Leg) Past(p Phase) bool { return order[l.Phase] >= order[p] }
