package identity_test

import (
	"slices"
	"testing"

	"github.com/allclaims/rightsdesk/shared/identity"
	"github.com/allclaims/rightsdesk/shared/request"
)

// I-6: what each capacity may be accepted with, and what not.
func TestCapacities(t *testing.T) {
	t.Parallel()
	accept := func(evidence, scope, reply string) request.Mandate {
		return request.Mandate{Status: identity.MandateAccepted, Evidence: evidence, Scope: scope, Reply: reply}
	}
	for _, tt := range []struct {
		capacity string
		mandate  request.Mandate
		birth    request.Day
		want     string // the field that is wrong; "" = may be accepted
		receives bool
	}{
		{"lawyer", accept("bar-register", "all", "representative"), "", "", true},
		{"lawyer", accept("bar-register", "none", "representative"), "", "reply", false},
		{"lawyer", accept("court-order", "all", "representative"), "", "evidence", false},
		{"family", accept("written-mandate", "all", "both"), "", "", true},
		{"family", accept("bar-register", "all", "both"), "", "evidence", false},
		{"portal", accept("written-mandate", "none", "subject"), "", "", false},
		{"portal", accept("written-mandate", "all", "representative"), "", "scope", false},
		{"debt-counsellor", accept("debt-help-decision", "none", "subject"), "", "", false},
		{"debt-counsellor", accept("debt-help-decision", "financial", "both"), "", "scope", false},
		{"administrator", accept("court-order", "financial", "both"), "", "", false},
		{"administrator", accept("register", "all", "both"), "", "scope", false},
		{"administrator", accept("register", "financial", "representative"), "", "reply", false},
		{"curator", accept("register", "all", "representative"), "", "", true},
		{"mentor", accept("court-order", "none", "subject"), "", "", false},
		{"mentor", accept("court-order", "financial", "subject"), "", "scope", false},
		{"insolvency", accept("register", "financial", "representative"), "", "", false},
		{"parent", accept("custody", "all", "representative"), "2015-01-01", "", true},
		{"parent", accept("custody", "all", "representative"), "2010-11-16", "age", false},
		{"parent", accept("custody", "all", "representative"), "2010-11-17", "", true},
		{"parent", accept("written-mandate", "all", "representative"), "2009-01-01", "", true},
		{"heir", accept("heir-certificate", "financial", "representative"), "", "", false},
		{"heir", accept("heir-certificate", "all", "representative"), "", "scope", false},
		{"something new", accept("written-mandate", "all", "representative"), "", "", true},
		{"something new", accept("custody", "all", "representative"), "", "evidence", false},
	} {
		c, _ := identity.CapacityOf(tt.capacity)
		if got := c.Fault(tt.mandate, tt.birth, "2026-11-16"); got != tt.want {
			t.Errorf("%s with %+v, born %s: fault %q, want %q", tt.capacity, tt.mandate, tt.birth, got, tt.want)
		}
		if got := tt.want == "" && identity.Receives(tt.mandate, "2026-11-16"); got != tt.receives {
			t.Errorf("%s with %+v receives: %v", tt.capacity, tt.mandate, got)
		}
	}
	over := accept("bar-register", "all", "representative")
	over.Until = "2026-11-15"
	if identity.Receives(over, "2026-11-16") {
		t.Error("an authority that is over receives data")
	}
	if c, _ := identity.CapacityOf("lawyer"); c.Fault(over, "", "2026-11-16") != "until" {
		t.Error("an authority that is over is accepted")
	}
}

// Every capacity has words in T-28, something to show, and an end for the answer.
func TestCapacityTable(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range identity.Capacities() {
		if seen[c.Code] || len(c.Evidence) == 0 || len(c.Scopes) == 0 || len(c.Replies) == 0 || c.Source == "" {
			t.Errorf("capacity %q is not whole or stands twice", c.Code)
		}
		seen[c.Code] = true
		if c.Letter == "" {
			t.Errorf("T-28 asks nothing of a %s", c.Code)
		}
		for _, m := range c.Evidence {
			if c.Fault(request.Mandate{Evidence: m, Scope: string(c.Scopes[0]), Reply: c.Replies[0]}, "", "2026-11-16") != "" {
				t.Errorf("%s cannot be accepted with %s", c.Code, m)
			}
		}
	}
	// the dead and the estate; R-25: the client's.
	for _, code := range []string{"heir", "insolvency"} {
		if c, ok := identity.CapacityOf(code); !ok || !c.Question || slices.Contains(c.Scopes, identity.AllData) {
			t.Errorf("%s may exercise a right", code)
		}
	}
}

func TestAge(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		birth, on request.Day
		want      int
	}{
		{"2010-11-16", "2026-11-16", 16}, {"2010-11-17", "2026-11-16", 15}, {"2008-02-29", "2026-02-28", 17}, {"", "2026-02-28", -1},
	} {
		if got := identity.Age(tt.birth, tt.on); got != tt.want {
			t.Errorf("Age(%s, %s) = %d, want %d", tt.birth, tt.on, got, tt.want)
		}
	}
}
