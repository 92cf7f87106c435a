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
	ground := func(code string, more func(*Decision)) Leg {
		l := decided(Access, Refused, Approving, "o1", "")
		l.Decision.Ground = code
		more(&l.Decision)
		return l
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
		{"oneself in capitals", decided(Access, Refused, Decided, "jan@desk", " Jan@Desk"), SamePerson},
		{"approved by a machine", decided(Access, Refused, Decided, "o1", "system:approve"), Forbidden},
		{"proposed by a machine", decided(Access, Refused, Decided, "system:decide", "o2"), Forbidden},
		{"approved, proposed by nobody", decided(Access, Refused, Decided, "", "o2"), Forbidden},
		//
		{"refused by a rule", Leg{ID: "l1", Right: Access, Role: Controller, Phase: Deciding, Decision: Decision{Outcome: Refused, Automatic: true, By: "system:decide"}}, Forbidden},
		{"excessive by a rule", ground("excessive", func(d *Decision) { d.Automatic = true }), Forbidden},
		{"excessive by a machine", ground("excessive", func(d *Decision) { d.By = "system:decide" }), Forbidden},
		{"excessive by a person", ground("excessive", func(*Decision) {}), ""},
		{"excessive part by a machine", ground("others", func(d *Decision) { d.By, d.Parts = "system:x", []Part{{What: "a", Ground: "excessive"}} }), Forbidden},
		{"UAVG 41 bare", ground("uavg41", func(*Decision) {}), Forbidden},
		{"UAVG 41 without end", ground("uavg41", func(d *Decision) { d.Interest, d.Necessity, d.Proportionality = "d", "n", "p" }), Forbidden},
		{"UAVG 41 in full", ground("uavg41", func(d *Decision) { d.Interest, d.Necessity, d.Proportionality, d.Until = "d", "n", "p", "2027-01-01" }), ""},
		// 12(5)(a): a fee is announced by two.
		{"fee by two", Leg{ID: "l1", Role: Controller, Phase: Deciding, Fee: Fee{Cents: 500, By: "o1", ApprovedBy: "o2"}}, ""},
		{"fee by one", Leg{ID: "l1", Role: Controller, Phase: Deciding, Fee: Fee{Cents: 500, By: "o1", ApprovedBy: "o1"}}, SamePerson},
		{"fee agreed on unapproved", Leg{ID: "l1", Role: Controller, Phase: Deciding, Fee: Fee{Cents: 500, By: "o1", Accepted: time.Unix(1, 0)}}, Forbidden},
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

// law.md invariant 12: an approval is of what its approver could read, the
// stored decision, and of nothing that comes with or after it.
func TestApprovalIsOfWhatIsStored(t *testing.T) {
	t.Parallel()
	proposed := func() *Request {
		r := valid(Leg{
			ID: "l1", Right: Erasure, Role: Controller, Phase: Approving,
			Decision: Decision{Outcome: Partial, Ground: "duty", Note: "why", By: "o1", Parts: []Part{{What: "invoices", Ground: "duty"}}},
			Plan:     []PlanLine{{System: "s", Holding: "h", Action: KeepAction}},
			Fee:      Fee{Cents: 500, Reason: "copies", By: "o1"},
		})
		r.Clock.Extension = Extension{Reason: "complexity", Words: "w", By: "o1"}
		return r
	}
	approve := func(r *Request) {
		l := &r.Legs[0]
		l.Phase, l.Decision.ApprovedBy, l.Decision.ApprovedAt = Decided, "o2", time.Unix(9, 0)
		l.Fee.ApprovedBy, r.Clock.Extension.ApprovedBy = "o2", "o2"
	}
	for _, tt := range []struct {
		name   string
		change func(*Request)
		want   Code
	}{
		{"as it was read", func(*Request) {}, ""},
		{"another outcome", func(r *Request) { r.Legs[0].Decision.Outcome = Refused }, Forbidden},
		{"another ground", func(r *Request) { r.Legs[0].Decision.Ground = "claims" }, Forbidden},
		{"other words", func(r *Request) { r.Legs[0].Decision.Note = "x" }, Forbidden},
		{"another first person", func(r *Request) { r.Legs[0].Decision.By = "o3" }, Forbidden},
		{"another end", func(r *Request) { r.Legs[0].Decision.Until = "2030-01-01" }, Forbidden},
		{"another part", func(r *Request) { r.Legs[0].Decision.Parts = []Part{{What: "all", Ground: "duty"}} }, Forbidden},
		{"another plan", func(r *Request) { r.Legs[0].Plan[0].Action = EraseAction }, Forbidden},
		{"another fee", func(r *Request) { r.Legs[0].Fee.Cents = 5000 }, Forbidden},
		{"another extension", func(r *Request) { r.Clock.Extension.Withhold = true }, Forbidden},
		{"void approval", func(r *Request) {
			r.Legs[0].Phase, r.Legs[0].Decision = Deciding, Decision{}
			r.Legs[0].Fee, r.Clock.Extension = Fee{}, Extension{}
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for when, was := range map[string]*Request{"with": proposed(), "after": proposed()} {
				is := proposed()
				approve(is)
				if when == "after" {
					approve(was)
				}
				tt.change(is)
				if err := is.CheckChange(was); tt.want == "" && err != nil || tt.want != "" && !tt.want.Is(err) {
					t.Errorf("changed %s the approval: CheckChange() = %v, want code %q", when, err, tt.want)
				}
			}
		})
	}
	t.Run("born approved", func(t *testing.T) {
		t.Parallel()
		r := proposed()
		approve(r)
		if err := r.CheckNew(); !Forbidden.Is(err) {
			t.Errorf("CheckNew() = %v", err)
		}
		if err := r.CheckChange(valid()); !Forbidden.Is(err) {
			t.Errorf("CheckChange() of a leg that comes approved = %v", err)
		}
		if err := proposed().CheckNew(); err != nil {
			t.Errorf("CheckNew() of a proposal = %v", err)
		}
	})
}

// what a client's machine handed over stays that client's, whoever writes the step.
func TestDelegatedIsOneClients(t *testing.T) {
	good := func() *Request {
		at := time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)
		return &Request{
			ID: "0123456789abcdef0123456789abcdef", Reference: "R-7Q2M-K9TD", SourceKey: "api/bakker/1", Channel: API, Received: at,
			Delegated:  &Delegation{Client: "bakker", ID: "1", Digest: "aa", Asked: at.Add(-time.Hour)},
			Candidates: []Candidate{{ID: "c1", Relation: Debtor, Client: "bakker"}},
			Legs:       []Leg{{ID: "1", Right: Access, Relation: Debtor, Client: "bakker", Role: Processor, Phase: Opened}},
		}
	}
	if err := good().Check(); err != nil {
		t.Fatal(err)
	}
	if got := good().Started(); !got.Equal(good().Delegated.Asked) {
		t.Errorf("the clock starts at %s", got)
	}
	for name, change := range map[string]func(*Request){
		"another's candidate":     func(r *Request) { r.Candidates[0].Client = "telstar" },
		"a candidate of our own":  func(r *Request) { r.Candidates[0].Relation, r.Candidates[0].Client = Client, "" },
		"another's leg":           func(r *Request) { r.Legs[0].Client = "telstar" },
		"a leg of our own":        func(r *Request) { r.Legs[0].Role = Controller },
		"a leg of no client":      func(r *Request) { r.Legs[0].Client = "" },
		"no delegation":           func(r *Request) { r.Delegated = nil },
		"a delegation by mail":    func(r *Request) { r.Channel = Email },
		"a message without proof": func(r *Request) { r.Delegated.Digest = "" },
	} {
		r := good()
		change(r)
		if err := r.Check(); err == nil {
			t.Errorf("%s is written", name)
		}
	}
	for name, change := range map[string]func(*Delegation){
		"client": func(d *Delegation) { d.Client = "telstar" }, "id": func(d *Delegation) { d.ID = "2" }, "message": func(d *Delegation) { d.Digest = "bb" },
		"time": func(d *Delegation) { d.Asked = d.Asked.Add(time.Hour) },
	} {
		r := good()
		change(r.Delegated)
		if err := r.CheckChange(good()); err == nil {
			t.Errorf("another %s is written over the first", name)
		}
	}
}
