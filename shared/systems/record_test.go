package systems_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// encoded is what encoding/json makes of v.
func encoded(t interface{ Fatal(...any) }, v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// TestAppendJSON compares it with encoding/json: any text, also what is no text.
func TestAppendJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
			rapid.StringOf(rapid.SampledFrom([]rune("a\"\\<&>\x00\x1f\x7f\n\t\u2028\u2029é€😀\ufffd")))).Draw(t, "text")
		for _, v := range []any{text, map[string]any{text: []any{text, nil}}, rapid.Bool().Draw(t, "truth"), nil, rapid.Float64Range(-1e9, 1e9).Draw(t, "number")} {
			got, err := systems.AppendJSON([]byte("before"), v)
			if err != nil {
				t.Fatal(err)
			}
			if want := "before" + encoded(t, v); string(got) != want {
				t.Fatalf("%#v becomes %q, want %q", v, got, want)
			}
		}
	})
	if got, err := systems.AppendJSON([]byte("before"), math.Inf(1)); err == nil || string(got) != "before" {
		t.Errorf("infinity becomes %q, %v", got, err)
	}
}

// TestIsNumber compares it with encoding/json.
func TestIsNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.StringMatching(`-?[0-9]{0,3}(\.[0-9]{0,3})?([eE][+-]?[0-9]{0,2})?`), rapid.StringOf(rapid.SampledFrom([]rune("-+.0129eE xn")))).Draw(t, "text")
		ok := json.Valid([]byte(s)) && strings.Trim(s, "-+.0123456789eE") == "" // no blank around it
		if got := systems.IsNumber(s); got != ok {
			t.Fatalf("%q is a number: %v, want %v", s, got, ok)
		}
		if ok {
			if got, err := systems.AppendJSON(nil, json.Number(s)); err != nil || string(got) != s {
				t.Fatalf("%s becomes %s, %v", s, got, err)
			}
		}
	})
}

// rows is a system of which nothing but Collect is asked.
type rows struct {
	systems.System
	all []systems.Row
}

func (r rows) Collect(_ context.Context, _ inventory.Holding, _ systems.Selection, emit func(systems.Row) error) error {
	for _, row := range r.all {
		if err := emit(row); err != nil {
			return err
		}
	}
	return nil
}

// TestCopy: a connector without a Copy of its own gives its rows by their
// columns, and what nobody declared by name alone.
func TestCopy(t *testing.T) {
	h := inventory.Holding{Columns: []inventory.Column{{Name: "a"}, {Name: "b"}}}
	s := rows{all: []systems.Row{
		{"a": json.Number("1.50"), "b": "x"},
		{"b": "", inventory.Bookkeeping: map[string]any{"leg": "1"}},
		{"a": nil, "c": "secret", "d": ""},
		{"a": []any{true, "<"}},
	}}
	type record struct {
		Values  []string
		Unnamed []string
	}
	var got []record
	err := systems.Copy(t.Context(), s, h, systems.Selection{}, func(rec systems.Record) error {
		var r record
		for _, v := range rec.Values {
			r.Values = append(r.Values, string(v))
		}
		r.Unnamed = append(r.Unnamed, rec.Unnamed...)
		got = append(got, r)
		return nil
	})
	want := []record{{Values: []string{"1.50", `"x"`}}, {Values: []string{"", ""}}, {Values: []string{"", ""}, Unnamed: []string{"c"}}, {Values: []string{`[true,"<"]`, ""}}}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v\n%s", err, d)
	}
	mine := errors.New("mine")
	if err := systems.Copy(t.Context(), s, h, systems.Selection{}, func(systems.Record) error { return mine }); !errors.Is(err, mine) {
		t.Errorf("the error of emit became %v", err)
	}
	s.all = []systems.Row{{"a": math.NaN()}}
	if err := systems.Copy(t.Context(), s, h, systems.Selection{}, func(systems.Record) error { return nil }); !errors.Is(err, systems.ErrUnreadable) {
		t.Errorf("what is no JSON: %v", err)
	}
}
