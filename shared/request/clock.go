package request

import "time"

// Started is the instant (UTC) from which the clock runs: receipt, or what
// reopened a request that was closed without proof (C-12). What a client handed
// over by machine runs from when the person asked the client (C-16).
func (r *Request) Started() time.Time {
	if !r.Clock.Restarted.IsZero() {
		return r.Clock.Restarted
	}
	if r.Delegated != nil && r.Delegated.Asked.Before(r.Received) {
		return r.Delegated.Asked
	}
	return r.Received
}

// WorkTo is the day to work to: SafeDue, and later once an extension is out (C-7).
func (r *Request) WorkTo() Day {
	if r.Clock.WorkTo != "" {
		return r.Clock.WorkTo
	}
	return r.SafeDue
}

// check refuses an extension that is out and that nobody approved (law.md
// invariant 12); who approves is held by fourEyes.
func (c Clock) check(id ID) error {
	x := c.Extension
	if c.ExtensionSent != "" && (x.By == "" || x.ApprovedBy == "") {
		return Fault(Forbidden, string(id), "send an extension that nobody approved")
	}
	return nil
}
