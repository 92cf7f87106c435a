package request

import (
	"slices"
	"time"
)

// ByHand is one thing that an officer does in one holding, because the desk
// cannot reach the system, or the system cannot do it.
type ByHand struct {
	System  string `json:"system"`
	Holding string `json:"holding"`
	// Action is collect, or what a line of a plan does: erase, anonymise, keep, restrict;
	// or stop- and resume- with a kind of dunning: letters, calls, bailiff.
	Action string `json:"action"`
	// By is the last day for it: it leaves time for what follows.
	By   Day       `json:"by"`
	Done time.Time `json:"done"`
	// DoneBy is the officer who answers for it.
	DoneBy string `json:"doneBy,omitempty"`
	// Count is how much there was: files that were found, or records changed;
	// Kept is what had to stay.
	Count int `json:"count,omitempty"`
	Kept  int `json:"kept,omitempty"`
	// Until, Ground and Law say how long that stays and why (E-5).
	Until  Day    `json:"until,omitempty"`
	Ground string `json:"ground,omitempty"`
	Law    string `json:"law,omitempty"`
	// Found are the scans, by their id, of what was found.
	Found []string `json:"found,omitempty"`
}

// Open reports whether it still waits for an officer.
func (b ByHand) Open() bool { return b.Done.IsZero() }

// ID is system/holding/action, as tasks carry it.
func (b ByHand) ID() string { return b.System + "/" + b.Holding + "/" + b.Action }

// Carried is the plan as it was carried out: what was approved, with the day
// until which it was kept in the end, the rows that were erased of it because
// their period was over, and what officers erased or had to keep
// where nobody could plan.
func (l *Leg) Carried() []PlanLine {
	lines := slices.Clone(l.Plan)
	for i := range lines {
		for _, r := range l.Receipts {
			if r.Until != "" && r.System == lines[i].System && r.Holding == lines[i].Holding {
				lines[i].Until = r.Until
			}
			if r.Batch == 0 && r.System == lines[i].System && r.Holding == lines[i].Holding && r.Action != "expired" {
				lines[i].Over = r.Over
			}
		}
	}
	for _, b := range l.ByHand {
		if b.Open() || b.Action != EraseAction {
			continue
		}
		planned := slices.ContainsFunc(l.Plan, func(p PlanLine) bool { return p.System == b.System && p.Holding == b.Holding })
		if b.Count > 0 && !planned {
			lines = append(lines, PlanLine{System: b.System, Holding: b.Holding, Action: EraseAction, Count: b.Count})
		}
		if b.Kept > 0 {
			lines = append(lines, PlanLine{
				System: b.System, Holding: b.Holding, Action: KeepAction, Count: b.Kept, Until: b.Until, Ground: b.Ground, Why: b.Law,
			})
		}
	}
	return lines
}

// Finished reports whether a system has told all that was asked of it: its
// last receipt is that of a whole, with no more to come.
func Finished(receipts []Receipt, system string) bool {
	for _, r := range slices.Backward(receipts) {
		if r.System == system {
			return r.More == "" && r.Batch == 0
		}
	}
	return false
}

// Totals are the receipts as people read them: one for each holding and act,
// with the rows of all its parts and the instant of the last. One that kept a
// part and erased what was over is two. What has only batches as yet is not
// among them.
func Totals(receipts []Receipt) []Receipt {
	var all []Receipt
	for _, r := range receipts {
		if r.Batch > 0 {
			continue
		}
		if r.Over > 0 {
			over := r
			over.Action, over.Count, over.Over, over.Until = "erased", r.Over, 0, ""
			if r.Count, r.Over = r.Count-r.Over, 0; r.Count > 0 {
				all = append(all, r)
			}
			all = append(all, over)
			continue
		}
		i := slices.IndexFunc(all, func(x Receipt) bool {
			return x.System == r.System && x.Holding == r.Holding && x.Action == r.Action && x.More != ""
		})
		if i < 0 {
			all = append(all, r)
			continue
		}
		r.Count, r.Bytes = r.Count+all[i].Count, r.Bytes+all[i].Bytes
		all[i] = r
	}
	return all
}
