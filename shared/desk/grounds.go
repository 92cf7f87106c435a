package desk

import (
	"slices"

	"github.com/allclaims/rightsdesk/shared/request"
)

// Ground is one reason that the law allows for an outcome of a right. Nothing
// else can be chosen: the burden of proof of a refusal is ours (Art. 12(2),
// 12(5), 21(1)).
type Ground struct {
	// Code stands in the decision and the ledger; its sentences are ground.CODE.
	Code string
	// Law names the article.
	Law      string
	Rights   []request.Right
	Outcomes []request.Outcome
}

var (
	no       = []request.Outcome{request.Refused, request.Partial}
	wholly   = []request.Outcome{request.Refused}
	granting = []request.Outcome{request.Granted, request.Partial}

	copies  = []request.Right{request.Access, request.Portability}
	weighed = []request.Right{
		request.Access, request.Portability, request.Rectification, request.Erasure, request.Restriction,
		request.Objection, request.AutomatedDecision,
	}
)

// grounds are the reasons in the order in which an officer should think of them.
var grounds = []Ground{
	{"others", "15(4), 20(4) AVG", copies, []request.Outcome{request.Partial}}, // never a reason to refuse the whole
	{"portability", "20(1) AVG", []request.Right{request.Portability}, no},
	{"public-task", "20(3) AVG", []request.Right{request.Portability}, no},
	{"correct", "16 AVG", []request.Right{request.Rectification}, no},
	{"duty", "17(3)(b) AVG", []request.Right{request.Erasure}, no},
	{"claims", "17(3)(e) AVG", []request.Right{request.Erasure}, no},
	{"expression", "17(3)(a) AVG", []request.Right{request.Erasure}, no},
	{"health", "17(3)(c) AVG", []request.Right{request.Erasure}, no},
	{"archive", "17(3)(d) AVG", []request.Right{request.Erasure}, no},
	{"compelling", "21(1) AVG", []request.Right{request.Objection}, no},
	{"claims-objection", "21(1) AVG", []request.Right{request.Objection}, no},
	{"other-basis", "21(1) AVG", []request.Right{request.Objection}, no},
	// Art. 18(1)(a)–(d): a restriction is set on one of these.
	{"accuracy", "18(1)(a) AVG", []request.Right{request.Restriction}, granting},
	{"unlawful", "18(1)(b) AVG", []request.Right{request.Restriction}, granting},
	{"claims", "18(1)(c) AVG", []request.Right{request.Restriction}, granting},
	{"objection", "18(1)(d) AVG", []request.Right{request.Restriction}, granting},
	{"no-ground", "18(1) AVG", []request.Right{request.Restriction}, wholly},
	{"unidentified", "11(2), 12(2) AVG", weighed, wholly},
	{"unfounded", "12(5) AVG", weighed, wholly},
	{"excessive", "12(5) AVG", weighed, wholly},
	{"uavg41", "41 UAVG", weighed, no},
}

// Grounds lists the reasons for that outcome of that right; none means that
// the outcome needs no ground.
func Grounds(right request.Right, outcome request.Outcome) []Ground {
	var fit []Ground
	for _, g := range grounds {
		if slices.Contains(g.Rights, right) && slices.Contains(g.Outcomes, outcome) {
			fit = append(fit, g)
		}
	}
	return fit
}

// Outcomes lists what an officer may decide on a right. A complaint, a
// question and a stop are answered, not refused.
func Outcomes(right request.Right) []request.Outcome {
	switch {
	case right == request.Complaint, right == request.Question, right.Stops():
		return []request.Outcome{request.Granted}
	case right == request.AutomatedDecision:
		return []request.Outcome{request.Granted, request.Refused, request.NothingHeld}
	}
	return []request.Outcome{request.Granted, request.Partial, request.Refused, request.NothingHeld}
}

// groundOf finds a reason among those that fit.
func groundOf(right request.Right, outcome request.Outcome, code string) (Ground, bool) {
	for _, g := range Grounds(right, outcome) {
		if g.Code == code {
			return g, true
		}
	}
	return Ground{}, false
}
