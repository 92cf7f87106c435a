package identity_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/request"
)

// law.md I-3, every right.
func TestNeeded(t *testing.T) {
	t.Parallel()
	want := map[request.Right][2]request.Level{ // otherwise, low risk
		request.Access:             {request.L2, request.L1},
		request.Portability:        {request.L2, request.L1},
		request.Rectification:      {request.L2, request.L1},
		request.Erasure:            {request.L2, request.L1},
		request.Restriction:        {request.L1, request.L1},
		request.Objection:          {request.L1, request.L1},
		request.MarketingObjection: {request.L0, request.L0},
		request.ConsentWithdrawal:  {request.L0, request.L0},
		request.EmailWithdrawal:    {request.L0, request.L0},
		request.AutomatedDecision:  {request.L2, request.L1},
		request.Complaint:          {request.L0, request.L0},
		request.Question:           {request.L0, request.L0},
	}
	for _, right := range request.Rights {
		w, ok := want[right]
		if !ok {
			t.Errorf("no row for %s", right)
		}
		if got := [2]request.Level{identity.Needed(right, false), identity.Needed(right, true)}; got != w {
			t.Errorf("Needed(%s) = %v, want %v", right, got, w)
		}
	}
	if got := identity.Needed("unheard-of", true); got != request.L2 {
		t.Errorf("an unknown right needs L%d, want L2", got)
	}
}

var received = time.Date(2026, 3, 31, 10, 0, 0, 0, time.UTC)

const ageRule = 30

func channel(kind, value string, since request.Day) request.FileChannel {
	return request.FileChannel{Kind: kind, Value: value, Since: since, System: "relations"}
}

func TestRaise(t *testing.T) {
	t.Parallel()
	mail := channel("email", "a@example.org", "2020-01-01")
	work := channel("email", "a@example.com", "2020-01-01")
	street := channel("post", "Dam 1, 1012 JS Amsterdam", "2020-01-01")
	young := channel("email", "new@example.org", "2026-03-20")
	undated := channel("email", "old@example.org", "")
	candidate := request.Candidate{ID: "p1", Channels: []request.FileChannel{mail, work, street, young, undated}}
	sameElsewhere := channel("email", " A@Example.ORG", "2020-01-01")
	sameElsewhere.System = "newsletter"
	candidate.Channels = append(candidate.Channels, sameElsewhere)

	leg := request.Leg{ID: "l1", Candidate: "p1"}
	at := func(has request.Level) request.Leg { l := leg; l.Has = has; return l }
	for _, tt := range []struct {
		name   string
		leg    request.Leg
		proven []request.FileChannel
		fact   bool
		want   request.Level
	}{
		{"nothing", leg, nil, false, request.L0},
		{"a fact alone (A02)", leg, nil, true, request.L0},
		{"one channel", leg, []request.FileChannel{mail}, false, request.L1},
		{"one channel and a fact", leg, []request.FileChannel{mail}, true, request.L2},
		{"two channels", leg, []request.FileChannel{mail, street}, false, request.L2},
		{"one channel twice", leg, []request.FileChannel{mail, mail}, false, request.L1},
		{"one channel of two systems", leg, []request.FileChannel{mail, sameElsewhere}, false, request.L1},
		{"not on file (A01)", leg, []request.FileChannel{channel("email", "a@examp1e.org", "2020-01-01")}, true, request.L0},
		{"not of that kind", leg, []request.FileChannel{channel("phone", "a@example.org", "2020-01-01")}, true, request.L0},
		{"too young (A11)", leg, []request.FileChannel{young}, true, request.L0},
		{"since nobody knows when (A11)", leg, []request.FileChannel{undated}, true, request.L0},
		{"claims to be old, the file says young", leg, []request.FileChannel{channel("email", "new@example.org", "2000-01-01")}, true, request.L0},
		{"old and young", leg, []request.FileChannel{mail, young}, false, request.L1},
		{"of another person", request.Leg{ID: "l1", Candidate: "p2"}, []request.FileChannel{mail}, true, request.L0},
		{"never falls (I14)", at(request.L2), nil, false, request.L2},
		{"never falls by less (I14)", at(request.L2), []request.FileChannel{mail}, false, request.L2},
		{"L3 stays", at(request.L3), []request.FileChannel{mail, street}, true, request.L3},
	} {
		if got := identity.Raise(tt.leg, candidate, tt.proven, tt.fact, received, ageRule); got != tt.want {
			t.Errorf("%s: L%d, want L%d", tt.name, got, tt.want)
		}
	}
}

// A02: whatever somebody knows, all 64 sets of it, lifts nothing.
func TestA02KnowledgeIsNoProof(t *testing.T) {
	t.Parallel()
	facts := []string{"name", "birthdate", "address", "phone", "iban-last4", "file"}
	for set := range 1 << len(facts) {
		c := request.Candidate{ID: "p1", Name: "J. Jansen", File: "AC-1", Channels: []request.FileChannel{channel("email", "a@example.org", "2020-01-01")}}
		for i, f := range facts {
			if set&(1<<i) != 0 {
				c.MatchedOn = append(c.MatchedOn, f)
			}
		}
		if got := identity.Raise(request.Leg{Candidate: "p1"}, c, nil, set != 0, received, ageRule); got != request.L0 {
			t.Errorf("knowing %v lifts to L%d", c.MatchedOn, got)
		}
	}
}

// A06: no verdict on a mail lifts anything, in any of the 6⁵ combinations,
// even when the sender's address is the one on file; and there is no way in:
// nothing that Raise reads has a place for a verdict.
func TestA06VerdictsAreNoInput(t *testing.T) {
	t.Parallel()
	verdicts := []string{"PASS", "FAIL", "GRAY", "PROCESSING_FAILED", "", "SOMETHING_NEW"}
	rows := 0
	for _, spam := range verdicts {
		for _, virus := range verdicts {
			for _, spf := range verdicts {
				for _, dkim := range verdicts {
					for _, dmarc := range verdicts {
						rows++
						// As much of the mail as intake can pass on: what matched.
						c := request.Candidate{ID: "p1",
							Channels:  []request.FileChannel{channel("email", "a@example.org", "2020-01-01")},
							MatchedOn: []string{"email", "spam=" + spam, "virus=" + virus, "spf=" + spf, "dkim=" + dkim, "dmarc=" + dmarc}}
						if got := identity.Raise(request.Leg{Candidate: "p1"}, c, nil, false, received, ageRule); got != request.L0 {
							t.Fatalf("%v lifts to L%d", c.MatchedOn, got)
						}
					}
				}
			}
		}
	}
	if rows != 7776 {
		t.Errorf("%d rows, want 7,776", rows)
	}
	seen := map[reflect.Type]bool{}
	var walk func(path string, typ reflect.Type)
	walk = func(path string, typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Slice, reflect.Map, reflect.Pointer:
			walk(path, typ.Elem())
		case reflect.Struct:
			if seen[typ] {
				return
			}
			seen[typ] = true
			for i := range typ.NumField() {
				f := typ.Field(i)
				for _, word := range []string{"verdict", "spf", "dkim", "dmarc", "authentic"} {
					if strings.Contains(strings.ToLower(f.Name), word) {
						t.Errorf("%s.%s: a proof could read a mail's verdict", path, f.Name)
					}
				}
				walk(path+"."+f.Name, f.Type)
			}
		}
	}
	raise := reflect.TypeOf(identity.Raise)
	for i := range raise.NumIn() {
		walk(raise.In(i).String(), raise.In(i))
	}
	if len(seen) < 4 {
		t.Errorf("looked at %d types only", len(seen))
	}
}

// A11: the day counts, 30 whole days before the day of receipt, and a change
// just before the request never helps.
func TestA11ChannelAge(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		since request.Day
		at    time.Time
		want  bool
	}{
		{"2026-03-01", received, true}, // 30 days before 31 March
		{"2026-03-02", received, false},
		{"2026-03-31", received, false},
		{"2027-01-01", received, false},
		{"", received, false},
		{"2026-3-1", received, false},
		{"1 maart", received, false},
		{"2026-03-01", time.Date(2026, 3, 31, 23, 59, 59, 0, time.UTC), true},
		// 00:30 in Amsterdam is still the day before in UTC: the stricter day counts.
		{"2026-03-02", time.Date(2026, 4, 1, 0, 30, 0, 0, time.FixedZone("CEST", 7200)), false},
	} {
		if got := identity.OldEnough(channel("email", "a@example.org", tt.since), tt.at, ageRule); got != tt.want {
			t.Errorf("since %q, received %v: %v, want %v", tt.since, tt.at, got, tt.want)
		}
	}
	// Rectify, then ask: for 30 days only the old channel lifts anything.
	old, hop := channel("email", "a@example.org", "2020-01-01"), channel("email", "thief@example.com", "2026-03-10")
	c := request.Candidate{ID: "p1", Channels: []request.FileChannel{old, hop}}
	for days := range 40 {
		at := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC).AddDate(0, 0, days)
		t.Run(fmt.Sprint("day ", days), func(t *testing.T) {
			want := request.L0
			if days >= ageRule {
				want = request.L1
			}
			if got := identity.Raise(request.Leg{Candidate: "p1"}, c, []request.FileChannel{hop}, false, at, ageRule); got != want {
				t.Errorf("the new channel lifts to L%d, want L%d", got, want)
			}
			if got := identity.Raise(request.Leg{Candidate: "p1"}, c, []request.FileChannel{old}, false, at, ageRule); got != request.L1 {
				t.Errorf("the old channel lifts to L%d, want L1", got)
			}
		})
	}
}
