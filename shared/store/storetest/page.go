package storetest

import (
	"fmt"
	"testing"

	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// However many rows are asked for, a page holds 1,000; one row more stands on
// the next.
func fullPage(t *testing.T, s Store, _ *Clock) {
	client := unique(t, "c")
	const each = 91 // legs of a request: 11 requests make one row more than a page
	for range (store.MaxPage + 1) / each {
		var legs []request.Leg
		for i := range each {
			legs = append(legs, request.Leg{ID: fmt.Sprintf("l%d", i), Right: request.Access, Relation: request.Debtor, Role: request.Processor, Client: client, Phase: request.Forwarded})
		}
		mustCreate(t, s, Request(t, legs...), store.Writes{})
	}
	for _, limit := range []int{0, store.MaxPage, store.MaxPage + 1} {
		rows, next, err := s.OfClient(t.Context(), client, "todo", store.Page{Limit: limit})
		check(t, err)
		if len(rows) != store.MaxPage || next == "" {
			t.Fatalf("a page of %d has %d rows and the cursor %q", limit, len(rows), next)
		}
		rows, next, err = s.OfClient(t.Context(), client, "todo", store.Page{Limit: limit, After: next})
		check(t, err)
		if len(rows) != 1 || next != "" {
			t.Errorf("after a page of %d: %d rows and the cursor %q", limit, len(rows), next)
		}
	}
}
