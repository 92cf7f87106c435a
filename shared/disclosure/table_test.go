package disclosure

import (
	"fmt"
	"testing"
	"time"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"pgregory.net/rapid"
)

// TestInstants compares the short way to write an instant with the long one,
// also where Amsterdam stood twenty minutes before London, and on the nights
// when its clock moves.
func TestInstants(t *testing.T) {
	column := &inventory.Column{Name: "made"}
	english, dutch := newValues(column, request.English), newValues(column, request.Dutch)
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-4e9, 6e9).Draw(t, "seconds"), rapid.Int64Range(0, 1e9-1).Draw(t, "nanoseconds")).UTC()
		written := at.Format(rapid.SampledFrom([]string{time.RFC3339, time.RFC3339Nano}).Draw(t, "form"))
		l := at.In(amsterdam)
		day := fmt.Sprintf("%d %s %d", l.Day(), months[request.English][l.Month()-1], l.Year())
		if got, want := string(english.append(nil, []byte(`"`+written+`"`))), day+l.Format(", 15:04 ")+"Dutch time"; got != want {
			t.Errorf("%s reads %q, want %q", written, got, want)
		}
		day = fmt.Sprintf("%d %s %d", l.Day(), months[request.Dutch][l.Month()-1], l.Year())
		if got, want := string(dutch.append(nil, []byte(`"`+written+`"`))), day+l.Format(", 15.04 ")+"uur, Nederlandse tijd"; got != want {
			t.Errorf("%s reads %q, want %q", written, got, want)
		}
	})
}

// TestNearlyInstants: what only looks like an instant is given as it is.
func TestNearlyInstants(t *testing.T) {
	v := newValues(&inventory.Column{Name: "made"}, request.English)
	v.append(nil, []byte(`"2026-03-05T10:00:00Z"`)) // its hour is known from here on
	for _, text := range []string{
		"2026-03-05T10", "2026-03-05T10:60:00Z", "2026-03-05T10:00:60Z", "2026-03-05T10:00:00.Z", "2026-03-05T10:00:00.1aZ", "2026-03-05T10:0a:00Z",
		"2026-02-30T10:00:00Z", "2026-03-05T25:00:00Z", "2026-03-05T10:00:00", "2026-03-05 10:00:00Z", "2026-03-05T10:00:00ZZ", "2026-03-05T10.00.00Z",
	} {
		if got := string(v.append(nil, []byte(`"`+text+`"`))); got != text {
			t.Errorf("%s reads %q", text, got)
		}
	}
}

// TestListed: a list of plain values reads as people write one.
func TestListed(t *testing.T) {
	v := newValues(&inventory.Column{Name: "tags"}, request.English)
	for raw, want := range map[string]string{
		`["tennis","y & o"]`: "tennis, y &amp; o", `[1.50,null,true]`: "1.50, , true", `[]`: "", `[[1],[2]]`: "[[1],[2]]", `[{"a":1}]`: "[{&#34;a&#34;:1}]", `{"a":[1]}`: "{&#34;a&#34;:[1]}",
	} {
		if got := string(v.append(nil, []byte(raw))); got != want {
			t.Errorf("%s reads %q, want %q", raw, got, want)
		}
	}
	if got := string(plainText([]byte(`["tennis","yoga"]`))); got != "tennis, yoga" {
		t.Errorf("in a table file: %q", got)
	}
}
