package grounds_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/allclaims/rightsdesk/shared/grounds"
	"github.com/allclaims/rightsdesk/shared/letters/plain"
	"github.com/allclaims/rightsdesk/shared/request"
)

var languages = []request.Language{request.Dutch, request.English}

// R-1 … R-10: for every no there is a list, and it names the exceptions that
// the law gives and no others.
func TestGroundsOfTheLaw(t *testing.T) {
	t.Parallel()
	all := []string{"unidentified", "unfounded", "excessive", "uavg41"}
	for _, c := range []struct {
		right   request.Right
		outcome request.Outcome
		want    []string
	}{
		{request.Access, request.Refused, all},                          // 15(4) never refuses the whole
		{request.Access, request.Partial, []string{"others", "uavg41"}}, // nor does 12(5) refuse a part
		{request.Portability, request.Refused, append([]string{"portability", "public-task"}, all...)},
		{request.Portability, request.Partial, []string{"others", "portability", "public-task", "uavg41"}},
		{request.Rectification, request.Refused, append([]string{"correct", "opinion"}, all...)},
		{request.Erasure, request.Refused, append([]string{"duty", "claims", "expression", "health", "archive"}, all...)},
		{request.Restriction, request.Granted, []string{"accuracy", "unlawful", "claims", "objection"}},
		{request.Restriction, request.Refused, append([]string{"no-ground"}, all...)},
		{request.Objection, request.Refused, append([]string{"compelling", "claims-objection", "other-basis", "research"}, all...)},
		{request.AutomatedDecision, request.Refused, append([]string{"upheld", "contract", "allowed-by-law", "consent"}, all...)},
		{request.Erasure, request.Granted, nil},
		// absolute, no exception.
		{request.MarketingObjection, request.Refused, nil},
		{request.ConsentWithdrawal, request.Refused, nil},
		{request.EmailWithdrawal, request.Refused, nil},
		{request.Complaint, request.Refused, nil},
		{request.Question, request.Partial, nil},
	} {
		var got []string
		for _, g := range grounds.For(c.right, c.outcome) {
			got = append(got, g.Code)
			if found, ok := grounds.Find(c.right, c.outcome, g.Code); !ok || found.Law != g.Law {
				t.Errorf("%s %s: Find does not give %s back", c.right, c.outcome, g.Code)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", c.right, c.outcome, diff)
		}
	}
	if _, ok := grounds.Find(request.Access, request.Refused, "duty"); ok {
		t.Error("access was refused on the duty to keep data, a ground of erasure")
	}
}

var law = regexp.MustCompile(`^\d+(\(\d\))?(\([a-z]\))?(, \d+(\(\d\))?)? (AVG|UAVG)(, 40 UAVG)?$`)

// Art. 12(4): a no always carries a reason of its own, and the sentence names
// one article, in plain words.
func TestEveryGroundIsWhole(t *testing.T) {
	t.Parallel()
	for _, g := range grounds.All() {
		if !law.MatchString(g.Law) {
			t.Errorf("%s: law %q", g.Code, g.Law)
		}
		if g.Grants() == g.Refuses() {
			t.Errorf("%s both grants and refuses, or neither", g.Code)
		}
		if g.Refuses() && !g.Demands(grounds.Reason) {
			t.Errorf("%s refuses without a reason of its own", g.Code)
		}
		for _, lang := range languages {
			if n := len(plain.Articles(g.In(lang))); g.Refuses() && n != 1 {
				t.Errorf("%s %s cites %d articles, want one (W-21)", g.Code, lang, n)
			}
			for _, f := range plain.Check(lang, g.In(lang), plain.Options{}) {
				if !f.Advice {
					t.Errorf("%s %s: %s", g.Code, lang, f)
				}
			}
		}
		if g.In("fr") != g.In(request.Dutch) {
			t.Errorf("%s has words for a language that is not there", g.Code)
		}
	}
	for _, list := range [][]grounds.Code{grounds.Extensions, grounds.Lifts, grounds.Interests} {
		var seen []string
		for _, c := range list {
			if slices.Contains(seen, c.Code) || !law.MatchString(c.Law) {
				t.Errorf("%s stands there twice, or has law %q", c.Code, c.Law)
			}
			seen = append(seen, c.Code)
			for _, lang := range languages {
				if f := slices.DeleteFunc(plain.Check(lang, c.In(lang), plain.Options{}), func(f plain.Finding) bool { return f.Advice }); len(f) > 0 {
					t.Errorf("%s %s: %v", c.Code, lang, f)
				}
			}
		}
	}
}

// E-2: the grounds that weigh something want the weighing on paper.
func TestMissing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		right request.Right
		d     request.Decision
		b     request.Balance
		want  []grounds.Need
	}{
		"uavg 41, bare": {request.Access, request.Decision{Outcome: request.Refused, Ground: "uavg41"}, request.Balance{},
			[]grounds.Need{grounds.Reason, grounds.Necessity, grounds.Proportionality, grounds.Until}},
		"uavg 41, whole": {request.Access, request.Decision{Outcome: request.Partial, Ground: "uavg41", Note: "n", Necessity: "n", Proportionality: "p", Until: "2027-01-01"},
			request.Balance{}, nil},
		"uavg 41 by a rule": {request.Access, request.Decision{Outcome: request.Partial, Ground: "uavg41", Note: "n", Necessity: "n", Proportionality: "p", Until: "2027-01-01", Automatic: true},
			request.Balance{}, []grounds.Need{grounds.ByHand}},
		"objection, one side": {request.Objection, request.Decision{Outcome: request.Refused, Ground: "compelling", Note: "n"}, request.Balance{Ours: "fraud"},
			[]grounds.Need{grounds.Weighing}},
		"kept without an end": {request.Erasure, request.Decision{Outcome: request.Refused, Ground: "duty", Note: "n"}, request.Balance{}, []grounds.Need{grounds.Until}},
		"restriction":         {request.Restriction, request.Decision{Outcome: request.Granted, Ground: "accuracy"}, request.Balance{}, nil},
		"no such ground":      {request.Access, request.Decision{Outcome: request.Refused, Ground: "busy"}, request.Balance{}, nil},
	} {
		if diff := cmp.Diff(c.want, grounds.Missing(c.right, c.d, c.b)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	if c, ok := grounds.Extension("complexity"); !ok || c.In(request.English) != "Your request is complex." {
		t.Errorf("extension: %v, %v", c, ok)
	}
	// C-7: none of these excuses a late answer.
	for _, no := range []string{"busy", "holiday", "illness", "size", ""} {
		if _, ok := grounds.Extension(no); ok {
			t.Errorf("an extension because of %q", no)
		}
	}
	if _, ok := grounds.Lift("asked"); !ok {
		t.Error("a restriction that the person wants to end cannot end")
	}
	if len(grounds.Interests) != 10 {
		t.Errorf("UAVG 41(1) has ten interests, here are %d", len(grounds.Interests))
	}
	if j, ok := grounds.Interest("j"); !ok || j.Law != "41(1)(j) UAVG" {
		t.Errorf("interest j: %v, %v", j, ok)
	}
	for letter, code := range map[string]string{"a": "accuracy", "b": "unlawful", "c": "claims", "d": "objection"} {
		if grounds.Restriction(letter) != code || grounds.Restriction(code) != letter {
			t.Errorf("18(1)(%s) and %s are not told from each other", letter, code)
		}
		if g, ok := grounds.Find(request.Restriction, request.Granted, code); !ok || g.Law != "18(1)("+letter+") AVG" {
			t.Errorf("18(1)(%s) is no ground to restrict", letter)
		}
	}
	if grounds.Restriction("e") != "" {
		t.Error("Art. 18(1) got a fifth ground")
	}
	for _, r := range grounds.Results {
		if r.Ground == "" {
			continue
		}
		if _, ok := grounds.Find(r.Right, r.Outcome, r.Ground); !ok {
			t.Errorf("%s %s ends on ground %s, which does not fit", r.Right, r.Code, r.Ground)
		}
	}
}
