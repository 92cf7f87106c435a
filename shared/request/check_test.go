package request

import (
	"strings"
	"testing"
	"time"
)

func valid(legs ...Leg) *Request {
	return &Request{
		ID: ID(strings.Repeat("0a", 16)), Reference: "R-7Q2M-K9TD", SourceKey: "form/1",
		Received: time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC), Legs: legs,
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	decided := func(right Right, outcome Outcome, phase Phase, by, approvedBy string) Leg {
		return Leg{ID: "l1", Right: right, Role: Controller, Phase: phase,
			Decision: Decision{Outcome: outcome, By: by, ApprovedBy: approvedBy}}
	}
	withdrawn := decided(Access, Refused, Decided, "o1", "")
	withdrawn.Outcome = Withdrawn
	processor := func(phase Phase, by string) Leg {
		return Leg{ID: "l1", Right: Access, Role: Processor, Client: "c1", Phase: phase,
			ForwardedAt: time.Unix(1, 0), Instruction: Instruction{By: by}}
	}
	sealed := processor(Forwarded, "")
	sealed.Package.Key = "k"
	early := Leg{ID: "l1", Role: Processor, Phase: Closed, Outcome: Withdrawn}
	for _, tt := range []struct {
		name string
		leg  Leg
		want Code // "" = may be written
	}{
		// law.md invariant 12.
		{"refusal waits for approval", decided(Access, Refused, Approving, "o1", ""), ""},
		{"refusal decided unapproved", decided(Access, Refused, Decided, "o1", ""), Forbidden},
		{"refusal answered unapproved", decided(Objection, Refused, Answered, "o1", ""), Forbidden},
		{"refusal approved by another", decided(Access, Refused, Decided, "o1", "o2"), ""},
		{"refusal approved by oneself", decided(Access, Refused, Decided, "o1", "o1"), SamePerson},
		{"oneself, even before", decided(Access, Refused, Approving, "o1", "o1"), SamePerson},
		{"erasure unapproved", decided(Erasure, Granted, Held, "o1", ""), Forbidden},
		{"partial erasure unapproved", decided(Erasure, Partial, Acted, "o1", ""), Forbidden},
		{"erasure closed unapproved", decided(Erasure, Granted, Closed, "o1", ""), Forbidden},
		{"erasure of nothing", decided(Erasure, NothingHeld, Decided, "", ""), ""},
		{"access in part, unapproved", decided(Access, Partial, Decided, "o1", ""), Forbidden},
		{"question not answered as wished", decided(Question, Refused, Closed, "o1", ""), ""},
		{"access granted", decided(Access, Granted, Closed, "o1", ""), ""},
		{"withdrawn before approval", withdrawn, ""},
		// law.md invariant 1.
		{"forwarded", processor(Forwarded, ""), ""},
		{"instructed by nobody", processor(Instructed, ""), NoInstruction},
		{"executed by nobody", processor(Executed, ""), NoInstruction},
		{"reported by nobody", processor(Reported, ""), NoInstruction},
		{"closed by nobody", processor(Closed, ""), NoInstruction},
		{"decided by us", processor(Decided, ""), NoInstruction},
		{"executed as instructed", processor(Executed, "client:c1"), ""},
		{"sealed uninstructed", sealed, NoInstruction},
		{"withdrawn before the client knew", early, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := valid(tt.leg).Check()
			if tt.want == "" && err != nil || tt.want != "" && !tt.want.Is(err) {
				t.Errorf("Check() = %v, want code %q", err, tt.want)
			}
		})
	}
	t.Run("one id twice", func(t *testing.T) {
		t.Parallel()
		if err := valid(Leg{ID: "a"}, Leg{ID: "a"}).Check(); !InputRefused.Is(err) {
			t.Errorf("Check() = %v, want %s", err, InputRefused)
		}
	})
}

func TestCheckChange(t *testing.T) {
	t.Parallel()
	closed := Leg{ID: "l1", Role: Controller, Phase: Closed, Outcome: Granted, Decision: Decision{By: "o1"}}
	for _, tt := range []struct {
		name   string
		change func(*Request)
		want   Code
	}{
		{"nothing", func(*Request) {}, ""},
		{"language", func(r *Request) { r.Language = English }, ""},
		{"receipt moves (I7)", func(r *Request) { r.Received = r.Received.Add(time.Second) }, InputRefused},
		{"same instant elsewhere", func(r *Request) { r.Received = r.Received.In(time.FixedZone("", 3600)) }, ""},
		{"reference", func(r *Request) { r.Reference = "R-0000-0000" }, InputRefused},
		{"source", func(r *Request) { r.SourceKey = "form/2" }, InputRefused},
		{"head", func(r *Request) { r.Chain.Seq++ }, InputRefused},
		{"closed leg decided anew", func(r *Request) { r.Legs[0].Decision.By = "o2" }, PhaseIllegal},
		{"closed leg gone", func(r *Request) { r.Legs = nil }, PhaseIllegal},
		{"closed leg reopened", func(r *Request) { r.Legs[0].Phase = Proving; r.Legs[0].Decision = Decision{} }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			was, is := valid(closed), valid(closed)
			tt.change(is)
			err := is.CheckChange(was)
			if tt.want == "" && err != nil || tt.want != "" && !tt.want.Is(err) {
				t.Errorf("CheckChange() = %v, want code %q", err, tt.want)
			}
		})
	}
}
