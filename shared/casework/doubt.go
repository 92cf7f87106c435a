package casework

import "github.com/allclaims/rightsdesk/shared/request"

// What makes an instruction one that the law forbids in our opinion, so far as
// the desk can see it of itself. The client is told before it gives it
// (28(3), last sentence), and it stands in the ledger if it does.
const (
	// DoubtGround: a refusal by an exception of a right that has none (Art. 18).
	DoubtGround = "ground"
	// DoubtProven: a refusal for want of proof of who has proved it; only
	// reasonable doubt counts (12(6)).
	DoubtProven = "proven"
	// DoubtOurs: a refusal as somebody else's, of a file in the client's own name (12(4)).
	DoubtOurs = "ours"
	// DoubtUnproven: data to a person who has proved nothing (5(1)(f), 32).
	DoubtUnproven = "unproven"
)

// Doubt tells why an instruction on this leg would break the law in our
// opinion; "" when the desk sees nothing of the kind.
func (c ClientCase) Doubt(in request.Instruction) string {
	return doubt(c.Right, c.Proof, c.File, in)
}

func doubt(right request.Right, proof, file string, in request.Instruction) string {
	proven := proof != "none"
	switch {
	case in.Kind == request.CarryOutToSubject && !proven:
		return DoubtUnproven
	case in.Kind != request.RefuseInstruction:
		return ""
	case in.Ground == "exception" && right == request.Restriction:
		return DoubtGround
	case in.Ground == "unproven" && proven:
		return DoubtProven
	case in.Ground == "not-ours" && proven && file != "":
		return DoubtOurs
	}
	return ""
}
