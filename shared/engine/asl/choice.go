package asl

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// rule is one rule of a Choice: And, Or, Not over others, or one comparison.
type rule struct {
	next string // top level only

	connective string // "And", "Or", "Not", or "" for a comparison
	rules      []rule

	variable path
	test     func(got, want any) bool
	presence bool // IsPresent: the only comparison that bears a missing variable
	want     any
	wantPath *path // StringEqualsPath and its kin
}

// comparisons maps an operator to its test. A value of another type than the
// operator's compares false, as in AWS; Timestamp operators are left out with
// intent (RuleDate).
var comparisons = map[string]func(got, want any) bool{
	"StringEquals":             ordered(asString, func(c int) bool { return c == 0 }),
	"StringLessThan":           ordered(asString, func(c int) bool { return c < 0 }),
	"StringGreaterThan":        ordered(asString, func(c int) bool { return c > 0 }),
	"StringLessThanEquals":     ordered(asString, func(c int) bool { return c <= 0 }),
	"StringGreaterThanEquals":  ordered(asString, func(c int) bool { return c >= 0 }),
	"NumericEquals":            ordered(asNumber, func(c int) bool { return c == 0 }),
	"NumericLessThan":          ordered(asNumber, func(c int) bool { return c < 0 }),
	"NumericGreaterThan":       ordered(asNumber, func(c int) bool { return c > 0 }),
	"NumericLessThanEquals":    ordered(asNumber, func(c int) bool { return c <= 0 }),
	"NumericGreaterThanEquals": ordered(asNumber, func(c int) bool { return c >= 0 }),
	"BooleanEquals":            func(got, want any) bool { b, ok := got.(bool); return ok && b == want },
	"StringMatches":            matches,
	"IsNull":                   is(func(v any) bool { return v == nil }),
	"IsString":                 is(func(v any) bool { _, ok := v.(string); return ok }),
	"IsNumeric":                is(func(v any) bool { _, ok := v.(json.Number); return ok }),
	"IsBoolean":                is(func(v any) bool { _, ok := v.(bool); return ok }),
	"IsPresent":                nil,
}

func ordered[T cmp.Ordered](as func(any) (T, bool), holds func(int) bool) func(got, want any) bool {
	return func(got, want any) bool {
		a, okA := as(got)
		b, okB := as(want)
		return okA && okB && holds(cmp.Compare(a, b))
	}
}

func asString(v any) (string, bool) { s, ok := v.(string); return s, ok }

func asNumber(v any) (float64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := n.Float64()
	return f, err == nil
}

func is(holds func(any) bool) func(got, want any) bool {
	return func(got, want any) bool { return holds(got) == want }
}

// matches is StringMatches: * stands for any text, \* and \\ for themselves.
func matches(got, want any) bool {
	text, ok := got.(string)
	if !ok {
		return false
	}
	pattern, _ := want.(string)
	var b strings.Builder
	b.WriteString(`(?s)^`)
	for i := 0; i < len(pattern); i++ {
		switch {
		case pattern[i] == '\\' && i+1 < len(pattern):
			i++
			b.WriteString(regexp.QuoteMeta(pattern[i : i+1]))
		case pattern[i] == '*':
			b.WriteString(`.*`)
		default:
			b.WriteString(regexp.QuoteMeta(pattern[i : i+1]))
		}
	}
	re, err := regexp.Compile(b.String() + `$`)
	return err == nil && re.MatchString(text)
}

func (c *checker) rule(at string, v any, top bool) rule {
	o := c.object(at, v)
	o.get("Comment")
	var r rule
	if top {
		r.next = o.needStr("Next")
	}
	defer o.end("a choice rule")

	operators := make([]string, 0, 1)
	for name := range o.fields {
		if name != "Variable" && name != "Next" && name != "Comment" {
			operators = append(operators, name)
		}
	}
	slices.Sort(operators)
	if len(operators) != 1 {
		c.add(at, RuleShape, "must have exactly one operator, has %d: %s", len(operators), strings.Join(operators, ", "))
		for _, name := range operators {
			o.get(name)
		}
		return r
	}
	op := operators[0]

	switch op {
	case "And", "Or":
		r.connective = op
		for i, sub := range o.list(op) {
			r.rules = append(r.rules, c.rule(fmt.Sprintf("%s.%s[%d]", at, op, i), sub, false))
		}
		return r
	case "Not":
		r.connective = op
		sub, _ := o.get(op)
		r.rules = []rule{c.rule(at+".Not", sub, false)}
		return r
	}

	if strings.HasPrefix(op, "Timestamp") || op == "IsTimestamp" {
		o.get("Variable")
		o.get(op)
		o.add(op, RuleDate, "a workflow compares no dates: shared/deadline does")
		return r
	}
	test, known := comparisons[op]
	base, byPath := strings.CutSuffix(op, "Path")
	if !known && byPath && !strings.HasPrefix(op, "Is") && op != "StringMatchesPath" {
		test, known = comparisons[base]
	}
	if !known {
		o.get("Variable")
		return r // end reports the operator as an unknown field
	}
	r.test, r.presence = test, op == "IsPresent"
	r.variable = c.path(o.place("Variable"), o.needStr("Variable"))
	v, _ = o.get(op)
	if base != op { // "…Path"
		p := c.path(o.place(op), o.str(op))
		r.wantPath = &p
		return r
	}
	r.want = v
	var ok bool
	switch {
	case strings.HasPrefix(op, "String"):
		_, ok = v.(string)
	case strings.HasPrefix(op, "Numeric"):
		_, ok = asNumber(v)
	default:
		_, ok = v.(bool)
	}
	if !ok {
		o.add(op, RuleShape, "cannot be compared with a %T", v)
	}
	return r
}

// holds evaluates a rule; And and Or stop at the first rule that settles it, so
// that IsPresent can guard the comparison after it.
func (r rule) holds(e env) (bool, *failure) {
	switch r.connective {
	case "And", "Or":
		settles := r.connective == "Or"
		for _, sub := range r.rules {
			ok, fail := sub.holds(e)
			if fail != nil || ok == settles {
				return ok, fail
			}
		}
		return !settles, nil
	case "Not":
		ok, fail := r.rules[0].holds(e)
		return !ok, fail
	}
	if r.presence {
		_, found := r.variable.lookup(e)
		return found == r.want, nil
	}
	got, fail := r.variable.eval(e)
	if fail != nil {
		return false, fail
	}
	want := r.want
	if r.wantPath != nil {
		if want, fail = r.wantPath.eval(e); fail != nil {
			return false, fail
		}
	}
	return r.test(got, want), nil
}
