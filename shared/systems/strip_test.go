package systems_test

import (
	"encoding/json"
	"regexp"
	"testing"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/google/go-cmp/cmp"
)

// E-2: what each strategy leaves, and that a repeat changes nothing.
func TestStrip(t *testing.T) {
	for _, tc := range []struct {
		as   string
		in   any
		want any // a string: that value; a *Regexp: of that form; nil: empty
	}{
		{"", "Anna Bos", nil},
		{inventory.Constant, "Anna Bos", "weg"},
		{inventory.Year, "1984-05-17", "1984-01-01"},
		{inventory.Year, "1984-05-17T10:00:00Z", "1984-01-01"},
		{inventory.Year, "17 mei 1984", nil},
		{inventory.Month, "1984-05-17", "1984-05-01"},
		{inventory.Area, "3511 AB", "3511"},
		{inventory.Area, "Utrecht", nil},
		{inventory.Keyed, "anna@test.example", regexp.MustCompile(`^h~[a-z2-7]{24}$`)},
		{inventory.Random, "NL00-TEST é", regexp.MustCompile(`^[A-Z]{2}[0-9]{2}-[A-Z]{4} [a-z]$`)},
		{inventory.Random, json.Number("1234"), regexp.MustCompile(`^[0-9]{1,4}$`)},
	} {
		col := inventory.Column{Name: "c", Anonymise: true, As: tc.as}
		if tc.as == inventory.Constant {
			col.Constant = "weg"
		}
		h := inventory.Holding{ID: "h", Columns: []inventory.Column{col, {Name: "kept"}}}
		for _, action := range []string{systems.Anonymise, systems.Keep} {
			act := systems.Act{Action: action, On: "2026-11-21", Until: "2030-01-01", Request: "r", Leg: "l", Secret: []byte("secret")}
			row := systems.Row{"c": tc.in, "kept": "stays"}
			next, ok := act.Of(h, row).Apply(row)
			if !ok {
				t.Fatalf("%s %s erased the row", action, tc.as)
			}
			switch want := tc.want.(type) {
			case nil:
				if _, ok := next["c"]; ok {
					t.Errorf("%s %q of %v left %v, want nothing", action, tc.as, tc.in, next["c"])
				}
			case string:
				if next.Text("c") != want {
					t.Errorf("%s %q of %v left %v, want %s", action, tc.as, tc.in, next["c"], want)
				}
			case *regexp.Regexp:
				if !want.MatchString(next.Text("c")) || next["c"] == tc.in {
					t.Errorf("%s %q of %v left %v, want %s", action, tc.as, tc.in, next["c"], want)
				}
			}
			if next.Text("kept") != "stays" {
				t.Errorf("%s %q touched another column", action, tc.as)
			}
			if again := act.Of(h, next); !again.None() {
				t.Errorf("%s %q on its own result: %+v", action, tc.as, again)
			}
			// After a crash before the write the same values come out (F15).
			if d := cmp.Diff(act.Of(h, row), act.Of(h, row)); d != "" {
				t.Errorf("%s %q twice:\n%s", action, tc.as, d)
			}
		}
	}
}

// Keyed leaves equal values equal under one key, and apart under another.
func TestStripKeyed(t *testing.T) {
	h := inventory.Holding{Columns: []inventory.Column{{Name: "c", Anonymise: true, As: inventory.Keyed}}}
	left := func(secret, value string) string {
		row := systems.Row{"c": value}
		next, _ := systems.Act{Action: systems.Anonymise, Secret: []byte(secret)}.Of(h, row).Apply(row)
		return next.Text("c")
	}
	first, again := left("a", "x"), left("a", "x")
	if first != again || first == left("a", "y") || first == left("b", "x") {
		t.Error("a keyed value must follow from the key and the value alone")
	}
}

// A column gives what was left in it a form of its own; read again, it must be
// seen to stand, or a check after an erasure would never be content (invariant 8).
func TestStripStands(t *testing.T) {
	for _, tc := range []struct {
		as, constant string
		in, left     any // left: how a database reads what it was given
	}{
		{inventory.Year, "", "1984-05-17T10:00:00Z", "1984-01-01T00:00:00Z"},
		{inventory.Month, "", "1984-05-17 10:00:00", "1984-05-01 00:00:00.000"},
		{inventory.Constant, "1900-01-01", "1984-05-17T10:00:00", "1900-01-01T00:00:00"},
		{inventory.Constant, "0", json.Number("39.50"), json.Number("0.00")},
		{inventory.Constant, "false", true, false},
		{inventory.Constant, "{}", map[string]any{"phone": "06"}, map[string]any{}},
		{inventory.Constant, `{"a": 1}`, []any{"x"}, map[string]any{"a": json.Number("1")}},
		{inventory.Constant, "-", "Anna Bos  ", "-         "},
	} {
		h := inventory.Holding{ID: "h", Columns: []inventory.Column{{Name: "c", Anonymise: true, As: tc.as, Constant: tc.constant}}}
		act := systems.Act{Action: systems.Anonymise}
		if act.Of(h, systems.Row{"c": tc.in}).None() {
			t.Errorf("%s %q leaves %v as it is", tc.as, tc.constant, tc.in)
		}
		if c := act.Of(h, systems.Row{"c": tc.left}); !c.None() {
			t.Errorf("%s %q on %v, which it left: %+v", tc.as, tc.constant, tc.left, c)
		}
	}
	h := inventory.Holding{ID: "h", Columns: []inventory.Column{{Name: "c", Anonymise: true, As: inventory.Year}}}
	if (systems.Act{Action: systems.Anonymise}).Of(h, systems.Row{"c": "1984-01-01T00:00:01Z"}).None() {
		t.Error("a time of day is not what a year leaves")
	}
}
