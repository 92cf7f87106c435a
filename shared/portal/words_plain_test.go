package portal

import (
	"slices"
	"testing"

	"github.com/allclaims/rightsdesk/shared/identity"
	b1 "github.com/allclaims/rightsdesk/shared/letters/plain"
	"github.com/allclaims/rightsdesk/shared/pages/pagestest"
)

// the words of the public pages.
func TestWordsArePlain(t *testing.T) { pagestest.Plain(t, files, b1.People, "SHA") }

// Who asks for somebody else chooses from the table of I-6, and from nothing else.
func TestCapacitiesOfTheForm(t *testing.T) {
	var codes []string
	for _, c := range identity.Capacities() {
		codes = append(codes, c.Code)
	}
	slices.Sort(codes)
	offered := slices.Sorted(slices.Values(capacities))
	if !slices.Equal(codes, offered) {
		t.Errorf("the form offers %v, the table has %v", offered, codes)
	}
}
