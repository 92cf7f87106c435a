package casework

import (
	"fmt"
	"testing"

	"github.com/allclaims/rightsdesk/shared/request"
)

// A leg keeps 300 findings; one more is refused and changes nothing; a finding
// that is taken back makes room.
func TestScreeningLimit(t *testing.T) {
	t.Parallel()
	findings := func(from, n int) []request.Screened {
		var all []request.Screened
		for i := range n {
			all = append(all, request.Screened{Item: fmt.Sprint(from + i), Finding: request.GiveFinding})
		}
		return all
	}
	l := &request.Leg{ID: "1"}
	if err := keepFindings(l, findings(0, screenMost)); err != nil || len(l.Screened) != 300 {
		t.Fatalf("%d findings: %v", len(l.Screened), err)
	}
	if err := keepFindings(l, findings(screenMost, 1)); !request.TooMany.Is(err) || len(l.Screened) != 300 {
		t.Errorf("one more: %v, %d findings", err, len(l.Screened))
	}
	if err := keepFindings(l, findings(0, 2)); err != nil || len(l.Screened) != 300 {
		t.Errorf("on the same values: %v, %d findings", err, len(l.Screened))
	}
	if err := keepFindings(l, append(findings(screenMost, 1), request.Screened{Item: "7"})); err != nil || len(l.Screened) != 300 {
		t.Errorf("one for another: %v, %d findings", err, len(l.Screened))
	}
}
