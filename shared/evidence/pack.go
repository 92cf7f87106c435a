package evidence

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/ledger"
	"github.com/allclaims/rightsdesk/shared/request"
)

// The forms of the files, for whoever reads them years later.
const (
	packFormat     = "rightsdesk evidence 1"
	receiptFormat  = "rightsdesk hand-over receipt 1"
	manifestFormat = "rightsdesk evidence manifest 1"
)

// Pack is evidence.json.
type Pack struct {
	Format string    `json:"format"`
	Made   time.Time `json:"made"`
	// By is who made it: All Claims' legal name.
	By string `json:"by"`
	// Client and Month stand in a client's pack; nil and "" when it is about one
	// whole request. Month is that of receipt in Amsterdam, YYYY-MM.
	Client *Client `json:"client,omitempty"`
	Month  string  `json:"month,omitempty"`
	// Part and Parts say which of several packs of the month it is; 0 where it is
	// the only one.
	Part  int `json:"part,omitempty"`
	Parts int `json:"parts,omitempty"`
	// Root is the newest root that was locked away; nil when none was yet.
	Root  *Root  `json:"root,omitempty"`
	Cases []Case `json:"cases"`
}

// Client is whose pack it is.
type Client struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Root names a root that was locked away.
type Root struct {
	Day    request.Day `json:"day"`
	Root   string      `json:"root"`
	Chains int         `json:"chains"`
}

// Case is what a pack holds of one request.
type Case struct {
	// Reference is "" once the request itself was forgotten (D-2).
	Reference request.Reference `json:"reference,omitempty"`
	Request   request.ID        `json:"request"`
	Legs      []Leg             `json:"legs"`
	// Events are what happened, as the lines tell it.
	Events []Event `json:"events"`
	// Chain holds every line of the request in order, shown or not.
	Chain []Step `json:"chain"`
	// Head and Proof put the chain under the root; nil when it is younger.
	Head  *ledger.Head  `json:"head,omitempty"`
	Proof *ledger.Proof `json:"proof,omitempty"`
}

// Leg is one right of the request at one company.
type Leg struct {
	Leg   string `json:"leg"`
	Right string `json:"right"`
	// Role is ours for it: controller or processor; Client is the controller's
	// id where we are processor.
	Role   string `json:"role"`
	Client string `json:"client,omitempty"`
}

// Step is one line of a chain: the line itself, or what stands for it.
type Step struct {
	Line   *ledger.Line `json:"line,omitempty"`
	Hidden *ledger.Link `json:"hidden,omitempty"`
}

// Event is one line of the ledger as people count it.
type Event struct {
	// What is a code: received, handed-over, reminded, instructed, done, told …
	What string    `json:"what"`
	At   time.Time `json:"at"`
	Leg  string    `json:"leg,omitempty"`
	// Code tells more: the kind of an instruction, an outcome, a system, a letter.
	Code string `json:"code,omitempty"`
	// Number is a receipt's or a file's; of machine-took it is the receipt's SHA-256.
	Number string `json:"number,omitempty"`
	// How tells by what a client was told: mail, machine, or mail-instead where
	// its machine did not take it.
	How string `json:"how,omitempty"`
	// Seq is the line's number in the chain.
	Seq int64 `json:"seq"`
}

// Receipt is one hand-over, in a file of its own with its signature.
type Receipt struct {
	Format    string            `json:"format"`
	Number    string            `json:"number"`
	By        string            `json:"by"`
	Reference request.Reference `json:"reference,omitempty"`
	Request   request.ID        `json:"request"`
	Leg       string            `json:"leg"`
	Right     string            `json:"right"`
	Client    string            `json:"client"`
	Received  time.Time         `json:"received"`
	// HandedOver is when the client's notice (T-05) went to the outbox, or the
	// client's machine acknowledged it, and the request on the client's page.
	HandedOver time.Time `json:"handedOver"`
	// How is mail, machine, or mail-instead where the machine did not take it.
	How string `json:"how,omitempty"`
	// Answer is the SHA-256 of what the machine acknowledged it by, and Signed
	// whether the client's registered key had signed that: true, false.
	Answer string `json:"answer,omitempty"`
	Signed string `json:"signed,omitempty"`
	// Seq and Hash are those of the line in the ledger.
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// Chain is what the ledger holds of one request.
type Chain struct {
	Request request.ID
	// Reference is "" for a request that was forgotten.
	Reference request.Reference
	// Lines are all of them, from the first.
	Lines []ledger.Line
}

// the actions of the ledger that stand in packs as an event, and under which code.
var events = map[string]string{
	"received": "received", "forwarded": "handed-over", "machine-acknowledged": "machine-took", "client-reminded": "reminded", "client-not-reminded": "not-reminded", "client-called": "called",
	"instruction-given": "instructed", "instruction-held": "held", "instruction-withdrawn": "instruction-withdrawn", "executed": "done", "carried-out": "done-by-hand", "by-hand-done": "done-by-hand", "reported": "told",
	"debtor-told": "person-told", "sent": "letter", "delivered": "letter-arrived", "bounced": "letter-came-back", "undelivered": "letter-came-back",
	"downloaded": "fetched", "restricted": "restricted", "restriction-lifted": "restriction-lifted", "lift-instructed": "lift-instructed",
	"corrected": "corrected", "told": "recipient-told", "recipient-confirmed": "recipient-confirmed", "reopened-at-client": "reopened",
	"acted": "done", "answered": "answered", "decision-made": "decided", "approval-given": "approved", "proven": "proven",
	"extended": "extended", "closed": "closed", "moved": "moved", "taken-over": "taken-over", "purged": "forgotten", "breach-client-told": "breach-told",
}

// byClient is the reason of a line where it was the client that handed over to us.
const byClient = "by-client"

// byMachine is how a client was told by its machine alone.
const byMachine = "machine"

// theirs are the actions that a client's pack shows of its own legs. What is not
// here stays a digest: a line may tell of other files of the person.
var theirs = map[string]bool{
	"leg-opened": true, "forwarded": true, "offered": true, "machine-acknowledged": true, "client-notified": true, "debtor-told": true, "client-reminded": true, "client-not-reminded": true, "client-called": true,
	"instruction-given": true, "instruction-held": true, "instruction-withdrawn": true, "planned": true, "executed": true, "carried-out": true, "by-hand-done": true, "restricted": true,
	"restriction-lifted": true, "lift-instructed": true, "corrected": true, "told": true, "recipient-confirmed": true, "reported": true,
	"sent": true, "delivered": true, "bounced": true, "undelivered": true, "downloaded": true, "package-deleted": true,
	"reopened-at-client": true, "closed": true, "moved": true, "taken-over": true, "breach-client-told": true,
}

// afterwards are those of them that show on a part that moved, too: they tell of
// what was done while it was this client's.
var afterwards = map[string]bool{"breach-client-told": true, "client-not-reminded": true, "machine-acknowledged": true}

// handsOver reports whether a line is a hand-over to a client: its machine may take
// what moved meanwhile, and was handed over by nothing else.
func handsOver(l ledger.Line) bool {
	return l.Action == "forwarded" || l.Action == "machine-acknowledged"
}

// caseOf takes from a chain what a pack may show: all of it, or with a client
// its own legs. ok is false when nothing of the chain is the client's.
func caseOf(ch Chain, client string, sealed *ledger.Sealed) (Case, bool) {
	c := Case{Reference: ch.Reference, Request: ch.Request, Events: []Event{}}
	own := legsOf(ch.Lines, client)
	if client != "" && len(own) == 0 {
		return c, false
	}
	moved := map[string]bool{} // what follows is done for who decides now
	for _, l := range ch.Lines {
		if client == "" || shown(l, own) && (!moved[l.Leg] || afterwards[l.Action]) {
			moved[l.Leg] = moved[l.Leg] || l.Action == "moved"
			c.Chain = append(c.Chain, Step{Line: &l})
			continue
		}
		k, ok := l.Link()
		if !ok {
			k = ledger.Link{Seq: l.Seq} // of the first form: Verify says that it cannot go on
		}
		c.Chain = append(c.Chain, Step{Hidden: &k})
	}
	c.Legs, c.Events = tell(c.Chain)
	if sealed != nil {
		if head, proof, ok := sealed.Prove(ch.Request); ok {
			c.Head, c.Proof = &head, &proof
		}
	}
	return c, true
}

func shown(l ledger.Line, own []string) bool {
	return l.Leg == "" && l.Action == "received" || slices.Contains(own, l.Leg) && theirs[l.Action]
}

// legsOf are the legs that were handed over to a client, and to no other.
func legsOf(lines []ledger.Line, client string) []string {
	var own, others []string
	for _, l := range lines {
		if !handsOver(l) {
			continue
		}
		if l.Refs["client"] == client {
			own = append(own, l.Leg)
		} else {
			others = append(others, l.Leg)
		}
	}
	own = slices.Compact(slices.Sorted(slices.Values(own)))
	return slices.DeleteFunc(own, func(leg string) bool { return slices.Contains(others, leg) })
}

// tell gives the legs and events of the lines that are shown.
func tell(chain []Step) ([]Leg, []Event) {
	legs, all := []Leg{}, []Event{}
	for _, s := range chain {
		if s.Line == nil {
			continue
		}
		l := *s.Line
		if l.Action == "leg-opened" {
			legs = append(legs, Leg{Leg: l.Leg, Right: l.Reason, Role: l.Refs["role"], Client: l.Refs["client"]})
		}
		what, ok := events[l.Action]
		if !ok {
			continue
		}
		e := Event{What: what, At: l.At, Leg: l.Leg, Code: l.Reason, Seq: l.Seq}
		switch l.Action {
		case "received":
			e.Code = l.Refs["channel"]
			if at, err := time.Parse(time.RFC3339, l.Refs["receivedAt"]); err == nil {
				e.At = at.UTC() // when it reached us, not when it was read (C-6)
			}
		case "forwarded":
			if e.Code, e.How = l.Refs["client"], l.Refs["by"]; l.Reason == byClient {
				e.What = "from-client"
			}
		case "machine-acknowledged":
			e.Number = l.Refs["receipt"]
			if e.Code = "unsigned"; l.Refs["signed"] == "true" {
				e.Code = "signed"
			}
		case "instruction-given", "instruction-held", "instruction-withdrawn", "lift-instructed":
			e.Number = l.Refs["receipt"]
		case "sent":
			e.Code, e.Number = l.Refs["kind"], l.Refs["sha256"]
		case "delivered", "bounced", "undelivered":
			e.Code = kindOf(l.Refs["letter"])
		case "downloaded":
			e.Number = l.Refs["sha256"]
		case "told", "recipient-confirmed":
			e.Code = l.Refs["recipient"]
		}
		all = append(all, e)
	}
	return legs, all
}

// kindOf reads the kind in a letter's id, as 1.T-05.notice.
func kindOf(letter string) string {
	if parts := strings.Split(letter, "."); len(parts) > 1 {
		return parts[1]
	}
	return ""
}

// receiptsOf are the hand-overs of a case, each with a number that stays.
func (p Pack) receiptsOf(c Case) []Receipt {
	var out []Receipt
	received := time.Time{}
	rounds, forwarded := map[string]int{}, map[string]bool{}
	for _, s := range c.Chain {
		if s.Line != nil && s.Line.Action == "forwarded" {
			forwarded[s.Line.Leg] = true
		}
	}
	for _, s := range c.Chain {
		if s.Line == nil {
			continue
		}
		for _, e := range c.Events {
			if e.Seq == s.Line.Seq && e.What == "received" {
				received = e.At
			}
		}
		l := s.Line
		if !handsOver(*l) || l.Reason == byClient || l.Action != "forwarded" && forwarded[l.Leg] {
			continue
		}
		rounds[l.Leg]++
		number := "H-" + strings.TrimPrefix(string(c.Reference), "R-") + "-" + l.Leg
		if c.Reference == "" {
			number = "H-" + string(c.Request) + "-" + l.Leg
		}
		if n := rounds[l.Leg]; n > 1 {
			number += "-" + strconv.Itoa(n)
		}
		r := Receipt{
			Format: receiptFormat, Number: number, By: p.By, Reference: c.Reference, Request: c.Request, Leg: l.Leg, Client: l.Refs["client"],
			Received: received, HandedOver: l.At, Seq: l.Seq, Hash: l.Hash,
			How: l.Refs["by"], Answer: l.Refs["receipt"], Signed: l.Refs["signed"],
		}
		if l.Action != "forwarded" {
			r.How = byMachine
		}
		if i := slices.IndexFunc(c.Legs, func(x Leg) bool { return x.Leg == l.Leg }); i >= 0 {
			r.Right = c.Legs[i].Right
		}
		out = append(out, r)
	}
	return out
}
