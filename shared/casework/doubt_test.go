package casework_test

import (
	"testing"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/request"
)

// 28(3), last sentence: what the desk itself sees of an instruction that the
// law forbids, and nothing more.
func TestDoubt(t *testing.T) {
	refuse := func(ground string) request.Instruction {
		return request.Instruction{Kind: request.RefuseInstruction, Ground: ground}
	}
	for _, tc := range []struct {
		right       request.Right
		proof, file string
		in          request.Instruction
		want        string
	}{
		{request.Restriction, "file-channel", "D-1", refuse("exception"), casework.DoubtGround},
		{request.Access, "file-channel", "D-1", refuse("exception"), ""}, // 15(4), 12(5)
		{request.Erasure, "file-channel", "D-1", refuse("unproven"), casework.DoubtProven},
		{request.Erasure, "none", "D-1", refuse("unproven"), ""},
		{request.Access, "file-channel-and-fact", "D-1", refuse("not-ours"), casework.DoubtOurs},
		{request.Access, "none", "D-1", refuse("not-ours"), ""},
		{request.Access, "none", "D-1", request.Instruction{Kind: request.CarryOutToSubject}, casework.DoubtUnproven},
		{request.Access, "file-channel", "D-1", request.Instruction{Kind: request.CarryOutToSubject}, ""},
		{request.Erasure, "none", "D-1", request.Instruction{Kind: request.CarryOutToUs}, ""},
		{request.Access, "file-channel", "D-1", refuse("answered"), ""},
	} {
		c := casework.ClientCase{Right: tc.right, Proof: tc.proof, File: tc.file}
		if got := c.Doubt(tc.in); got != tc.want {
			t.Errorf("%s, proof %s, %s %s: doubt %q, want %q", tc.right, tc.proof, tc.in.Kind, tc.in.Ground, got, tc.want)
		}
	}
}

// What was told stands in the ledger; who gives it all the same says why, and
// that stands with the instruction alone.
func TestDoubtIsRecorded(t *testing.T) {
	p := playLines(t, "form both rights=restriction relations=debtor file=yes", "instruct leg 1 refuse ground=exception by zorgnet -> Input.Refused")
	p.do("instruct leg 1 refuse ground=exception by zorgnet", "Wij hebben een akkoord.")
	if got := p.now().Leg("1").Instruction; got.Doubt != casework.DoubtGround || got.Why != "Wij hebben een akkoord." {
		t.Errorf("the instruction has the doubt %q, because %q", got.Doubt, got.Why)
	}
	lines, err := p.store.Lines(p.ctx, p.now().ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		if l.Refs["doubt"] == casework.DoubtGround {
			return
		}
	}
	t.Error("no line of the ledger tells of it")
}
