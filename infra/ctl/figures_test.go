package main

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/allclaims/rightsdesk/shared/figures"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/store"
)

// drawer hands out one record a page.
type drawer []figures.Record

func (d drawer) FiguresOf(_ context.Context, month string, page store.Page) ([]figures.Record, string, error) {
	for i, r := range d {
		if r.Month == month && string(r.Request) > page.After {
			next := ""
			if i < len(d)-1 {
				next = string(r.Request)
			}
			return []figures.Record{r}, next, nil
		}
	}
	return nil, "", nil
}

func TestFigures(t *testing.T) {
	leg := []figures.Leg{{Right: request.Access}}
	d := drawer{{Request: "a", Month: "2026-10", Legs: leg}, {Request: "b", Month: "2026-11", Legs: leg}, {Request: "c", Month: "2026-11", Legs: leg}}
	var out strings.Builder
	if err := printFigures(t.Context(), d, []string{"2026-10", "2026-11"}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"2026-10,total,,1,", "2026-11,total,,2,", "2026-11,right,access,2,"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
	if strings.Count(out.String(), "month,by,key") != 1 {
		t.Errorf("more than one heading:\n%s", out.String())
	}
}

func TestFiguresRefusesWhatIsNoMonth(t *testing.T) {
	for _, month := range []string{"november", "2026-13", "2026-11-01"} {
		if got := run(t.Context(), []string{"figures", month}, strings.NewReader(""), io.Discard, io.Discard); got != 2 {
			t.Errorf("ctl figures %s: exit status %d, want 2", month, got)
		}
	}
}
