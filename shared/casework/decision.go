package casework

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/deadline"
	"github.com/allclaims/rightsdesk/shared/grounds"
	"github.com/allclaims/rightsdesk/shared/letters"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Outcomes lists what an officer may decide on a right: a complaint, a question
// and a stop are answered, not refused, and a person's look at an automated
// decision ends one way or the other.
func Outcomes(right request.Right) []request.Outcome {
	switch {
	case right == request.Complaint, right == request.Question, right.Stops():
		return []request.Outcome{request.Granted}
	case right == request.AutomatedDecision:
		return []request.Outcome{request.Granted, request.Refused, request.NothingHeld}
	}
	return []request.Outcome{request.Granted, request.Partial, request.Refused, request.NothingHeld}
}

// needPlaces are the fields that the fault of a missing need names.
var needPlaces = map[grounds.Need]string{
	grounds.Reason: "note", grounds.Necessity: "necessity", grounds.Proportionality: "proportionality", grounds.Until: "until",
	grounds.Weighing: "balance", grounds.ByHand: "by",
}

// lawful holds a decision to the closed lists of the law, whoever made the page
// it comes from (R-15, R-16, 12(4)): an outcome that the right has, a ground
// that fits both, and everything that the ground demands. It answers the
// decision with its main ground set; the fault names the field.
func lawful(l *request.Leg, d request.Decision, today request.Day) (request.Decision, error) {
	d.Note, d.Necessity, d.Proportionality = strings.TrimSpace(d.Note), strings.TrimSpace(d.Necessity), strings.TrimSpace(d.Proportionality)
	if !slices.Contains(Outcomes(l.Right), d.Outcome) {
		return d, request.Fault(request.InputRefused, "outcome", "decide %s with an outcome it has not", l.Right)
	}
	if err := parted(l, d); err != nil {
		return d, err
	}
	for _, p := range d.Parts {
		if d.Ground == "" && !p.Granted {
			d.Ground = p.Ground
		}
	}
	if len(grounds.For(l.Right, d.Outcome)) == 0 {
		if d.Ground != "" {
			return d, request.Fault(request.InputRefused, "ground", "give a ground where none is needed")
		}
		return d, noted(l, d)
	}
	if d.Ground == "" {
		return d, request.Fault(request.InputRefused, "ground", "decide without a ground")
	}
	if _, ok := grounds.Find(l.Right, d.Outcome, d.Ground); !ok {
		return d, request.Fault(request.InputRefused, "ground", "decide %s with a ground that does not fit", l.Right)
	}
	codes := []string{d.Ground}
	for _, p := range d.Parts {
		if !p.Granted && !slices.Contains(codes, p.Ground) {
			codes = append(codes, p.Ground)
		}
	}
	for _, code := range codes {
		with := d
		with.Ground = code
		for _, need := range grounds.Missing(l.Right, with, l.Balance) {
			return d, request.Fault(request.InputRefused, needPlaces[need], "decide with ground %s without its %s", code, need)
		}
	}
	if slices.Contains(codes, "uavg41") {
		if _, ok := grounds.Interest(d.Interest); !ok {
			return d, request.Fault(request.InputRefused, "interest", "use UAVG 41 for no interest of its list")
		}
	} else if d.Interest != "" {
		return d, request.Fault(request.InputRefused, "interest", "name an interest of UAVG 41 for another ground")
	}
	if d.Until != "" {
		if end, err := deadline.ParseDate(string(d.Until)); err != nil || end.String() != string(d.Until) || d.Until <= today {
			return d, request.Fault(request.InputRefused, "until", "decide with an end that is no day to come")
		}
	}
	return d, noted(l, d)
}

// noted refuses an answer that needs words of the officer and has none.
func noted(l *request.Leg, d request.Decision) error {
	if noteNeeded(l.Right, d.Outcome) && d.Note == "" {
		return request.Fault(request.InputRefused, "note", "answer without words")
	}
	return nil
}

// maxParts and maxPart bound what a decision in part lists.
const (
	maxParts = 40
	maxPart  = 300
)

// parted holds the parts of a decision (T-20): what is granted, what is not,
// and for each no a ground that fits. What an erasure keeps stands in its plan,
// what a rectification changes in its corrections; elsewhere a yes in part
// lists both.
func parted(l *request.Leg, d request.Decision) error {
	if d.Outcome != request.Partial {
		if len(d.Parts) > 0 {
			return request.Fault(request.InputRefused, "parts", "divide a decision that is whole")
		}
		return nil
	}
	if len(d.Parts) > maxParts {
		return request.Fault(request.TooMany, "parts", "divide a decision in so many parts")
	}
	yes, no := 0, 0
	for _, p := range d.Parts {
		if p.What = strings.TrimSpace(p.What); p.What == "" || len([]rune(p.What)) > maxPart {
			return request.Fault(request.InputRefused, "parts", "name a part with no words or too many")
		}
		if p.Granted {
			if yes++; p.Ground != "" {
				return request.Fault(request.InputRefused, "parts", "give a ground for a part that is granted")
			}
			continue
		}
		no++
		if g, ok := grounds.Find(l.Right, request.Partial, p.Ground); !ok || !g.Refuses() {
			return request.Fault(request.InputRefused, "parts", "refuse a part with no ground that fits")
		}
	}
	if len(d.Parts) == 0 && (l.Right == request.Erasure || l.Right == request.Rectification) {
		return nil
	}
	if yes == 0 || no == 0 {
		return request.Fault(request.InputRefused, "parts", "grant a part without saying which is granted and which is not")
	}
	return nil
}

// exception are the values of a letter about UAVG 41.
func exception(d request.Decision) facts {
	return facts{
		"exception_interest": d.Interest, "necessity": d.Necessity, "proportionality": d.Proportionality,
		"exception_until": string(d.Until),
	}
}

// partsOf are the two halves of a decision in part, as T-20 tells them.
func partsOf(d request.Decision) (granted []string, refused []letters.RefusedPart) {
	for _, p := range d.Parts {
		if p.Granted {
			granted = append(granted, p.What)
		} else {
			refused = append(refused, letters.RefusedPart{What: p.What, Ground: p.Ground})
		}
	}
	return granted, refused
}

// refuses reports whether an answer says no to anything, so that 12(4) holds
// for it: a refusal, whole or in part, that nobody proved who asks, or a copy
// of which a part stayed behind (15(4)). What an erasure keeps was planned and is
// told with its own yes.
func refuses(l *request.Leg) bool {
	return l.Role == request.Controller &&
		(l.Outcome == request.Unverified || l.Decision.Outcome == request.Refused || l.Decision.Outcome == request.Partial || len(l.Package.Left) > 0)
}

// inTime writes down a no that goes out later than the safe date (C-11,
// invariant 3). An answer within a valid extension that announced that parts
// may be withheld is none, but is looked at again (C-11a).
func (ch *change) inTime(l *request.Leg) {
	today := day(ch.now)
	if !refuses(l) || today <= ch.SafeDue {
		return
	}
	refs := map[string]string{"safeDue": string(ch.SafeDue), "due": string(ch.Due)}
	inPart := l.Decision.Outcome == request.Partial || len(l.Package.Left) > 0
	if inPart && ch.Clock.ExtensionSent != "" && ch.Clock.Extension.Withhold && today <= ch.Due {
		ch.line(system("answer"), "review", l.ID, "withheld-after-extension", refs)
		return
	}
	ch.line(system("answer"), "incident", l.ID, "refusal-after-safe-date", refs)
}

// feeFor says what a fee is for, by its reason.
func feeFor(reason string, lang request.Language) string {
	switch {
	case reason == "copies" && lang == request.English:
		return "an extra copy of your data"
	case reason == "copies":
		return "een extra kopie van uw gegevens"
	case lang == request.English:
		return "the same request again"
	}
	return "hetzelfde verzoek nog een keer"
}

// maxFee is the most that can be announced, in euro cents: a reasonable fee
// covers what the copy costs us, and more than this is a typing error.
const maxFee = 50_00

// AnnounceFee proposes a fee for a leg that is being decided: why is excessive
// (12(5)(a)) or copies (15(3), access alone). Nothing is told to anybody before
// a second person approved it.
func (c *Cases) AnnounceFee(ctx context.Context, a Actor, ref request.Reference, leg string, cents int, why string) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	if cents < 1 || cents > maxFee {
		return request.Fault(request.InputRefused, "amount", "announce a fee of this amount")
	}
	if why != "excessive" && why != "copies" {
		return request.Fault(request.InputRefused, "reason", "announce a fee without a reason of the law")
	}
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.leg(leg)
		if err != nil {
			return err
		}
		if l.Role != request.Controller || l.Phase != request.Deciding || l.Fee.ApprovedBy != "" {
			return request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+leg, "announce a fee for a leg that is %s", l.Phase)
		}
		if len(grounds.For(l.Right, request.Refused)) == 0 || why == "copies" && l.Right != request.Access {
			return request.Fault(request.InputRefused, "reason", "ask money for %s", l.Right)
		}
		l.Fee = request.Fee{Cents: cents, Reason: why, By: a.ID, At: ch.now}
		ch.done("approve-fee", leg, a.ID)
		ch.task("approve-fee", leg, "approver", a.ID, "")
		ch.line(a.ID, "fee-proposed", leg, why, map[string]string{"cents": strconv.Itoa(cents)})
		return nil
	})
}

// feeReply is how many days the person has to say yes or no to a fee.
const feeReply = 14

// ApproveFee is the second pair of eyes on a fee: T-22 goes out, and the leg
// waits for the person's word (FeeAccepted).
func (c *Cases) ApproveFee(ctx context.Context, a Actor, ref request.Reference, leg string) error {
	if err := may(a, "approver", string(ref)); err != nil {
		return err
	}
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.proposedFee(leg)
		if err != nil {
			return err
		}
		if l.Fee.By == a.ID {
			return request.Fault(request.SamePerson, string(ch.ID)+"/"+leg, "approve one's own fee")
		}
		l.Fee.ApprovedBy, l.Fee.ApprovedAt = a.ID, ch.now
		ch.done("approve-fee", leg, a.ID)
		ch.task("fee", leg, "officer", "", "")
		by := deadline.LocalDate(ch.now).AddDays(feeReply).String()
		ch.line(a.ID, "fee-announced", leg, l.Fee.Reason, map[string]string{"cents": strconv.Itoa(l.Fee.Cents), "replyBy": by})
		ch.letter(leg, "fee", ch.answerTo(l), ch.order(letters.FeeAnnounced, l, facts{
			"amount": strconv.Itoa(l.Fee.Cents), "fee_reason": l.Fee.Reason, "fee_for": feeFor(l.Fee.Reason, ch.Language),
			"reply_by": by, "decided_on": string(day(ch.now)),
		}))
		return nil
	})
}

// DropFee takes back a fee that the person was not told of yet: the proposer
// thinks again, or the second person does not agree.
func (c *Cases) DropFee(ctx context.Context, a Actor, ref request.Reference, leg string) error {
	if !a.Has("officer") && !a.Has("approver") {
		return request.Fault(request.Forbidden, string(ref), "drop a fee")
	}
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.proposedFee(leg)
		if err != nil {
			return err
		}
		l.Fee = request.Fee{}
		ch.done("approve-fee", leg, a.ID)
		ch.line(a.ID, "fee-dropped", leg, "", nil)
		return nil
	})
}

// proposedFee finds a leg with a fee that waits for its second person.
func (ch *change) proposedFee(leg string) (*request.Leg, error) {
	l, err := ch.leg(leg)
	if err != nil {
		return nil, err
	}
	if l.Fee.Cents == 0 || l.Fee.ApprovedBy != "" || l.Phase != request.Deciding {
		return nil, request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+leg, "look at a fee that is not proposed")
	}
	return l, nil
}

// FeeAccepted records the person's word on an announced fee, as an officer had
// it: yes, and the leg is decided; no, and it is withdrawn at no cost (12(5)).
func (c *Cases) FeeAccepted(ctx context.Context, a Actor, ref request.Reference, leg string, yes bool) error {
	if err := may(a, "officer", string(ref)); err != nil {
		return err
	}
	return c.update(ctx, ref, func(ch *change) error {
		l, err := ch.leg(leg)
		if err != nil {
			return err
		}
		if !l.Fee.Waits() || l.Fee.ApprovedBy == "" || l.Phase != request.Deciding {
			return request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+leg, "record the word on a fee that was not announced")
		}
		ch.done("fee", leg, a.ID)
		if !yes {
			ch.line(a.ID, "fee-declined", leg, "", nil)
			if !ch.withdrawn([]string{leg}, a.ID, "fee") {
				return request.Fault(request.PhaseIllegal, string(ch.ID)+"/"+leg, "withdraw a leg that is %s", l.Phase)
			}
			return nil
		}
		l.Fee.Accepted, l.Fee.AcceptedBy = ch.now, a.ID
		ch.line(a.ID, "fee-accepted", leg, "", nil)
		return nil
	})
}
