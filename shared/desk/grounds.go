package desk

import (
	"slices"

	"github.com/allclaims/rightsdesk/shared/casework"
	"github.com/allclaims/rightsdesk/shared/grounds"
	"github.com/allclaims/rightsdesk/shared/request"
)

// Ground is one reason that the law allows for an outcome of a right; the
// table, with the sentence that the subject reads, is package grounds.
type Ground = grounds.Ground

// Grounds lists the reasons for that outcome of that right; none means that
// the outcome needs no ground. One that the desk has no words for
// (ground.CODE) cannot be offered to an officer.
func Grounds(right request.Right, outcome request.Outcome) []Ground {
	var fit []Ground
	for _, g := range grounds.For(right, outcome) {
		if site.Words().Has("ground." + g.Code) {
			fit = append(fit, g)
		}
	}
	return fit
}

// offered are the outcomes that fit what was found: of rows that stand in a
// plan nobody says that we hold nothing.
func offered(l *request.Leg) []request.Outcome {
	return slices.DeleteFunc(casework.Outcomes(l.Right), func(o request.Outcome) bool { return o == request.NothingHeld && len(l.Plan) > 0 })
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
