package casework_test

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/post"
	"github.com/allclaims/rightsdesk/shared/request"
)

// The words of scripts that are about representatives, fees and codes on paper.
func init() {
	for name, v := range map[string]verb{
		"mandate": {do: (*player).mandate}, "fee": {do: (*player).fee}, "fee-approved": {do: (*player).feeApproved},
		"fee-dropped": {do: (*player).feeDropped}, "fee-answer": {do: (*player).feeAnswer},
		"code-letter": {do: (*player).codeLetter}, "cannot-reach": {do: (*player).cannotReach},
		"print-code": {do: (*player).printCode}, "type-code": {do: (*player).typeCode},

		"paper": {says: true, do: (*player).paper}, "authority": {says: true, do: (*player).authority},
	} {
		verbs[name] = v
	}
}

// mandate: mandate accepted evidence=… scope=… reply=… [until=…] by jan, or "mandate refused by jan".
func (p *player) mandate(a args, _ string) error {
	return p.cases.CheckMandate(p.ctx, staff[a.after("by")], p.ref, request.Mandate{
		Status: a.at(0), Evidence: a.named["evidence"], Scope: a.named["scope"], Reply: a.named["reply"], Until: request.Day(a.named["until"]),
	})
}

// authority: authority lapsed — what became of the mandate.
func (p *player) authority(a args, _ string) error {
	if got := p.now().Mandate.Status; got != a.at(0) {
		p.errorf("the mandate is %q, want %q", got, a.at(0))
	}
	return nil
}

// fee: fee leg 1 500 excessive by jan — in euro cents.
func (p *player) fee(a args, _ string) error {
	cents, _ := strconv.Atoi(a.at(2))
	return p.cases.AnnounceFee(p.ctx, staff[a.after("by")], p.ref, a.after("leg"), cents, a.at(3))
}

func (p *player) feeApproved(a args, _ string) error {
	return p.cases.ApproveFee(p.ctx, staff[a.after("by")], p.ref, a.after("leg"))
}

func (p *player) feeDropped(a args, _ string) error {
	return p.cases.DropFee(p.ctx, staff[a.after("by")], p.ref, a.after("leg"))
}

// fee-answer: fee-answer leg 1 yes by jan.
func (p *player) feeAnswer(a args, _ string) error {
	return p.cases.FeeAccepted(p.ctx, staff[a.after("by")], p.ref, a.after("leg"), a.at(2) == "yes")
}

// code-letter: code-letter leg 1 by jan.
func (p *player) codeLetter(a args, _ string) error {
	return p.cases.SendCodeByLetter(p.ctx, staff[a.after("by")], p.ref, a.after("leg"))
}

// cannot-reach: somebody at the proof page says so.
func (p *player) cannotReach(args, string) error {
	_, err := p.prover.Ask(p.ctx, "a cookie of at least 128 bits "+string(p.ref), identity.ForLetter, string(p.ref))
	return err
}

// print-code: print-code by jan: the letter is printed, and somebody reads the paper.
func (p *player) printCode(a args, _ string) error {
	r := p.now()
	if len(r.CodeLetters) == 0 {
		return request.Fault(request.NotFound, string(r.ID), "find a letter to print")
	}
	paper, err := p.cases.PrintCode(p.ctx, staff[a.after("by")], p.ref, r.CodeLetters[len(r.CodeLetters)-1].ID)
	if err != nil {
		return err
	}
	if len(paper.PDF) == 0 || paper.Missing != "" {
		p.errorf("the letter prints as %d bytes and misses %q", len(paper.PDF), paper.Missing)
	}
	return nil
}

// type-code: type-code [wrong] [session=…]: the code of the paper is typed at the page.
func (p *player) typeCode(a args, _ string) error {
	code := p.drawn
	if slices.Contains(a.words, "wrong") && code != "" {
		code = strings.Map(func(c rune) rune {
			if c == '7' {
				return '8'
			}
			return '7'
		}, code)
	}
	proof, err := p.prover.TryLetter(p.ctx, fmt.Sprintf("a cookie of at least 128 bits %s %s", p.ref, a.named["session"]), identity.ForProof, string(p.ref), code)
	if err != nil {
		return err
	}
	p.proofs[string(p.ref)] = proof
	return p.again(args{}, "")
}

// paper: every letter that waits to be printed since the last such line:
// "paper: N-01", "paper: none".
func (p *player) paper(a args, _ string) error {
	of, err := p.store.LettersOf(p.ctx, string(p.now().ID))
	if err != nil {
		return err
	}
	var got, want []string
	for _, l := range of {
		if l.State == post.Print && !p.told[l.Owner+"/"+l.ID] {
			p.told[l.Owner+"/"+l.ID] = true
			got = append(got, string(l.Order.Kind))
		}
	}
	for _, w := range a.words {
		if w = strings.Trim(w, ","); w != "none" {
			want = append(want, w)
		}
	}
	sort.Strings(got)
	sort.Strings(want)
	if d := cmp.Diff(want, got); d != "" {
		p.errorf("letters on paper (-want +got):\n%s", d)
	}
	return nil
}
