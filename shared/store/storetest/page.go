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
	officer := unique(t, "o")
	const each = 91 // tasks of a request: 11 requests make one row more than a page
	for range (store.MaxPage + 1) / each {
		r := Request(t)
		for i := range each {
			r.Tasks = append(r.Tasks, request.Task{ID: fmt.Sprintf("t%d", i), Role: "officer", Assignee: officer})
		}
		mustCreate(t, s, r, store.Writes{})
	}
	for _, limit := range []int{0, store.MaxPage, store.MaxPage + 1} {
		rows, next, err := s.Tasks(t.Context(), "mine:"+officer, store.Page{Limit: limit})
		check(t, err)
		if len(rows) != store.MaxPage || next == "" {
			t.Fatalf("a page of %d has %d rows and the cursor %q", limit, len(rows), next)
		}
		rows, next, err = s.Tasks(t.Context(), "mine:"+officer, store.Page{Limit: limit, After: next})
		check(t, err)
		if len(rows) != 1 || next != "" {
			t.Errorf("after a page of %d: %d rows and the cursor %q", limit, len(rows), next)
		}
	}
}
