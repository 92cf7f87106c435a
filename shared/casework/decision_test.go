package casework

import (
	"slices"
	"testing"

	"github.com/allclaims/rightsdesk/shared/grounds"
	"github.com/allclaims/rightsdesk/shared/request"
)

// full is a decision that holds whatever a ground may demand.
func full(o request.Outcome, ground string) request.Decision {
	d := request.Decision{Outcome: o, Ground: ground, Note: "Because.", Necessity: "It must.", Proportionality: "No more.", Until: "2027-06-01"}
	if ground == "uavg41" {
		d.Interest = "d"
	}
	if o == request.Partial {
		d.Parts = []request.Part{{What: "this", Granted: true}, {What: "that", Ground: ground}}
	}
	return d
}

var weighedLeg = request.Balance{Ours: "a", Theirs: "b", Result: "c"}

// 12(4), R-15, R-16: for every right, outcome and ground of the law's lists: what
// fits and is whole may be decided, and nothing else; without any one thing
// that the ground demands it may not.
func TestEveryRightOutcomeAndGround(t *testing.T) {
	t.Parallel()
	const today = request.Day("2026-11-16")
	decided := 0
	for _, right := range request.Rights {
		l := &request.Leg{ID: "1", Right: right, Role: request.Controller, Balance: weighedLeg}
		for _, o := range []request.Outcome{request.Granted, request.Partial, request.Refused, request.NothingHeld, request.Withdrawn, request.Unverified, ""} {
			possible := slices.Contains(Outcomes(right), o)
			for _, g := range grounds.All() {
				d := full(o, g.Code)
				fits, _ := grounds.Find(right, o, g.Code)
				whole := possible && fits.Code != ""
				if o == request.Partial && fits.Code != "" && fits.Grants() {
					// A restriction is set on this ground; the part that is not needs another.
					d.Parts[1].Ground = "uavg41"
					d.Interest = "d"
				}
				_, err := lawful(l, d, today)
				if whole != (err == nil) {
					t.Errorf("%s %s with %s: %v", right, o, g.Code, err)
				}
				if err != nil && !request.InputRefused.Is(err) {
					t.Errorf("%s %s with %s: refused otherwise: %v", right, o, g.Code, err)
				}
				if !whole {
					continue
				}
				decided++
				for _, need := range fits.Needs {
					lacking, poor := d, *l
					switch need {
					case grounds.Reason:
						lacking.Note = " "
					case grounds.Necessity:
						lacking.Necessity = ""
					case grounds.Proportionality:
						lacking.Proportionality = "\n"
					case grounds.Until:
						lacking.Until = ""
					case grounds.Weighing:
						poor.Balance.Result = ""
					default:
						continue
					}
					if _, err := lawful(&poor, lacking, today); !request.InputRefused.Is(err) {
						t.Errorf("%s %s with %s without its %s: %v", right, o, g.Code, need, err)
					}
				}
			}
			if !possible || len(grounds.For(right, o)) == 0 {
				continue
			}
			for _, d := range []request.Decision{full(o, ""), full(o, "because")} {
				d.Parts = nil
				if _, err := lawful(l, d, today); !request.InputRefused.Is(err) {
					t.Errorf("%s %s with ground %q: %v", right, o, d.Ground, err)
				}
			}
		}
	}
	if decided < 60 {
		t.Errorf("only %d decisions are possible", decided)
	}
}

func TestEndOfAGround(t *testing.T) {
	t.Parallel()
	l := &request.Leg{ID: "1", Right: request.Erasure, Role: request.Controller}
	for end, ok := range map[request.Day]bool{"2026-11-17": true, "2026-11-16": false, "2025-01-01": false, "2027-02-30": false, "soon": false} {
		d := full(request.Refused, "duty")
		d.Until = end
		if _, err := lawful(l, d, "2026-11-16"); (err == nil) != ok {
			t.Errorf("until %s: %v", end, err)
		}
	}
}

// The parts of T-20: forty at most, each with words, each no with a ground.
func TestParts(t *testing.T) {
	t.Parallel()
	l := &request.Leg{ID: "1", Right: request.Access, Role: request.Controller}
	yes, no := request.Part{What: "a", Granted: true}, request.Part{What: "b", Ground: "others"}
	many := func(n int) []request.Part {
		return append(slices.Repeat([]request.Part{yes}, n-1), no)
	}
	for name, tt := range map[string]struct {
		parts []request.Part
		ok    bool
	}{
		"one of each": {[]request.Part{yes, no}, true}, "forty": {many(40), true}, "forty-one": {many(41), false},
		"none": {nil, false}, "all granted": {[]request.Part{yes}, false}, "all refused": {[]request.Part{no}, false},
		"no words":         {[]request.Part{yes, {What: " ", Ground: "others"}}, false},
		"granted, grounds": {[]request.Part{{What: "a", Granted: true, Ground: "others"}, no}, false},
		"no ground":        {[]request.Part{yes, {What: "b"}}, false},
	} {
		d := request.Decision{Outcome: request.Partial, Note: "n", Parts: tt.parts}
		got, err := lawful(l, d, "2026-11-16")
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && got.Ground != "others" {
			t.Errorf("%s: the main ground is %q", name, got.Ground)
		}
	}
}
