package casework

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/allclaims/rightsdesk/shared/request"
)

// retry is how long a stuck leg rests before wake tries it again.
const retry = time.Hour

// noTimer is the WakeAt of who waits for a person without a date.
var noTimer time.Time

// settle ends a state that may wait: with a road to take it answers its own
// token at once; without one the execution stays parked. A step that is called
// without a token (a test, a repair) just answers.
func (c *Cases) settle(ctx context.Context, in Input, out Output) (Output, error) {
	if out.Next == "" || in.Token == "" {
		return out, nil
	}
	if _, err := c.Engine.Resume(ctx, in.Token, out); err != nil {
		return Output{}, fmt.Errorf("resume request %s: %w", in.RequestID, err)
	}
	return out, nil
}

// rouse wakes a leg (or, with leg "", the request's own machine) whose state
// has changed: it answers the parked token, and where the execution is gone or
// never was, starts a new one that walks on from the stored phase.
func (c *Cases) rouse(ctx context.Context, r *request.Request, leg string) error {
	w, in := r.Wait, Input{RequestID: r.ID, LegID: leg}
	var l *request.Leg
	if leg != "" {
		if l = r.Leg(leg); l == nil {
			return request.Fault(request.NotFound, string(r.ID)+"/"+leg, "wake the leg")
		}
		w = l.Wait
	}
	if w.Token != "" && !overtaken(l, w.State) {
		out := Output{RequestID: r.ID, LegID: leg}
		if l == nil {
			out.Next = "identify"
			if r.Stage == request.Done {
				out.Next = "closed"
			}
		} else {
			out.Next = onward(l)
		}
		if out.Next == "" {
			return nil // still waits
		}
		gone, err := c.Engine.Resume(ctx, w.Token, out)
		if err != nil {
			return fmt.Errorf("resume request %s leg %s: %w", r.ID, leg, err)
		}
		if !gone || l != nil && l.Outcome == request.Moved && !l.Restriction.Lifting {
			return nil
		}
	}
	return c.restart(ctx, r, in, l)
}

// restart runs a machine anew. Its name only serves the reader of the console:
// uniqueness is the phase's.
func (c *Cases) restart(ctx context.Context, r *request.Request, in Input, l *request.Leg) error {
	machine, attempt := "request", r.Attempts
	if l != nil {
		machine, attempt = road(l), l.Attempts
	}
	name := string(r.ID) + "-" + in.LegID + "-" + strconv.Itoa(attempt)
	if err := c.Engine.Start(ctx, machine, name, in); err != nil {
		return fmt.Errorf("start %s for request %s leg %s: %w", machine, r.ID, in.LegID, err)
	}
	return nil
}

// overtaken reports whether the instruction that a parked execution carries out is
// in force no more: a new one waits for the next, and ends it.
func overtaken(l *request.Leg, state string) bool {
	return l != nil && l.Role == request.Processor && l.Phase == request.Forwarded && (state == "Amend" || state == "CarryOut")
}

// road is the machine that walks a leg.
func road(l *request.Leg) string {
	if l.Role == request.Processor {
		return "processor"
	}
	return "controller"
}

// onward is the road out of the state in which a leg is parked, with one more
// than after knows: Amend runs again for what was proposed since.
func onward(l *request.Leg) string {
	if next := after(l, l.Wait.State); next != "" || l.Wait.State != "Amend" || !toAmend(l) {
		return next
	}
	return "amend"
}

// after is the road that leads out of a waiting state, read from the phase
// alone; "" while the leg must stay there.
func after(l *request.Leg, state string) string {
	if overtaken(l, state) {
		return "superseded"
	}
	if l.Outcome == request.Moved && !l.Restriction.Lifting {
		return "superseded" // the other client's leg is walked
	}
	if l.Halted {
		return "" // an officer says first whether it is still carried out
	}
	switch state {
	case "Prove":
		if l.Restriction.Lifting {
			return "amend" // a closed leg walks once more (18(3))
		}
		if l.Past(request.Decided) && (l.Outcome == request.Unverified || l.Outcome == request.Withdrawn) {
			return "answer"
		}
		if l.Past(request.Proven) {
			switch {
			case l.Right.Stops():
				return "stop"
			case l.Right.Discloses():
				return "collect"
			case l.Right == request.Erasure:
				return "plan"
			case l.Right == request.Objection:
				return "amend" // restricted before anybody weighs (18(1)(d))
			}
			return "decide"
		}
	case "Decide":
		if l.Past(request.Decided) {
			if l.Outcome == request.Granted || l.Outcome == request.Partial {
				return "hold"
			}
			return "answer"
		}
	case "Hold":
		if l.Past(request.Answered) || l.Phase == request.Decided && l.Outcome != request.Granted && l.Outcome != request.Partial {
			return "answer"
		}
		if l.Past(request.Held) {
			switch {
			case l.Right.Discloses():
				return "seal"
			case l.Right == request.Erasure:
				return "erase"
			case amends(l.Right) || l.Right == request.Objection:
				return "amend"
			}
			return "notify"
		}
		if l.Phase == request.Deciding {
			return "decide"
		}
	case "Instruct":
		if l.Past(request.Instructed) {
			switch {
			case l.Restriction.Lifting:
				return "amend"
			case l.Instruction.Kind == RefuseKind, l.Outcome == request.NothingHeld, l.Outcome == request.Withdrawn:
				return "report"
			case l.Right.Discloses():
				return "collect"
			case l.Instruction.Kind == request.RestrictInstead:
				return "amend"
			case l.Right == request.Erasure:
				return "plan"
			case amends(l.Right) || l.Right == request.Objection:
				return "amend"
			}
			return "carryout"
		}
	case "Amend":
		switch {
		case l.Restriction.Lifting:
			return ""
		case l.Phase == request.Closed:
			return "close"
		case l.Role == request.Processor && l.Past(request.Executed):
			return "report"
		case l.Past(request.Acted):
			return "notify"
		case l.Right == request.Objection && l.Past(request.Prepared) && l.Phase != request.Held:
			return "decide"
		}
	case "CarryOut":
		if l.Past(request.Executed) {
			return "report"
		}
	}
	return ""
}

// amends reports whether a right changes fields or marks in the systems.
func amends(r request.Right) bool { return r == request.Rectification || r == request.Restriction }

// RefuseKind is the instruction by which the client answers the person itself.
const RefuseKind = request.RefuseInstruction
