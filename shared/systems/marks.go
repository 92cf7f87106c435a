package systems

import (
	"cmp"
	"encoding/json"
	"maps"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
)

// RestrictedUntil is the flag of a restricted row, inside the column of the
// desk: what reads the system leaves a row alone that has it (18(2), E-7). In
// DynamoDB a job filters on attribute_not_exists(rightsdesk.restricted_until).
const RestrictedUntil = "restricted_until"

// Endless stands in RestrictedUntil for a restriction that ends by an act and
// not on a day, as those of Art. 18 do.
const Endless = "9999-12-31"

// restrictions is where the restrictions of Art. 18 stand beside the flag:
// request/leg → ground. One leg's end leaves another's in force.
const restrictions = "restrictions"

// Restricted gives the day until which the use of a row is restricted; ok is
// false when it is not.
func Restricted(row Row) (until request.Day, ok bool) {
	mark, _ := row[inventory.Bookkeeping].(map[string]any)
	day, ok := mark[RestrictedUntil].(string)
	return request.Day(day), ok
}

// standing are the restrictions of Art. 18 on a row, a copy.
func standing(mark map[string]any) map[string]any {
	have, _ := mark[restrictions].(map[string]any)
	if have == nil {
		return map[string]any{}
	}
	return maps.Clone(have)
}

// restrict marks a row: for a ground of Art. 18 until somebody lifts it, for a
// plan until its day.
func (a Act) restrict(row Row) Change {
	old, _ := row[inventory.Bookkeeping].(map[string]any)
	mark := maps.Clone(old)
	if a.Ground == "" {
		if old["action"] == a.Action && old["leg"] == a.Leg && old["request"] == string(a.Request) {
			return Change{}
		}
		mark = a.note(row)
	} else {
		all := standing(old)
		if all[a.owner()] == a.Ground {
			return Change{}
		}
		all[a.owner()] = a.Ground
		if mark == nil {
			mark = map[string]any{}
		}
		mark[restrictions] = all
	}
	return marked(row, mark)
}

// unrestrict takes away the mark of its own leg, and with the last of them the flag.
func (a Act) unrestrict(row Row) Change {
	old, _ := row[inventory.Bookkeeping].(map[string]any)
	all := standing(old)
	if _, ok := all[a.owner()]; !ok {
		return Change{}
	}
	delete(all, a.owner())
	mark := maps.Clone(old)
	mark[restrictions] = all
	if len(all) == 0 {
		delete(mark, restrictions)
	}
	return marked(row, mark)
}

// marked is the change to that mark, with the flag that follows from it.
func marked(row Row, mark map[string]any) Change {
	delete(mark, RestrictedUntil)
	if mark["action"] == Restrict {
		until, _ := mark["until"].(string)
		mark[RestrictedUntil] = cmp.Or(until, Endless)
	}
	if len(standing(mark)) > 0 {
		mark[RestrictedUntil] = Endless
	}
	c := Change{Was: map[string]any{inventory.Bookkeeping: row[inventory.Bookkeeping]}}
	if len(mark) == 0 {
		c.Clear = []string{inventory.Bookkeeping}
	} else {
		c.Set = map[string]any{inventory.Bookkeeping: mark}
	}
	return c
}

// owner names the leg whose mark it is.
func (a Act) owner() string { return string(a.Request) + "/" + a.Leg }

// correct writes the new value where the old one still stands. The date of a
// channel becomes the day of the act: an address that came by a correction is
// new on file (A11).
func (a Act) correct(h inventory.Holding, row Row) Change {
	value, empty := row[a.Column], row.Text(a.Column) == ""
	switch value.(type) {
	case nil, string, json.Number:
	default:
		return Change{Other: true}
	}
	want, old := a.New, a.Old
	if kind := h.KeyKind(a.Column); kind != "" {
		want, old = Normal(kind, want), Normal(kind, old)
	}
	switch now := row.Text(a.Column); {
	case now == want:
		return Change{}
	case now != old && now != a.Old:
		return Change{Other: true}
	}
	c := Change{Was: map[string]any{a.Column: value}, Set: map[string]any{}}
	if _, ok := value.(json.Number); ok && json.Valid([]byte(want)) && !empty {
		c.Set[a.Column] = json.Number(want)
	} else {
		c.Set[a.Column] = want
	}
	if want == "" {
		c.Clear, c.Set = []string{a.Column}, map[string]any{}
	}
	if col := h.Column(a.Column); col != nil && col.Since != "" {
		c.Set[col.Since] = string(a.On)
	}
	return c
}
