package systems

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"maps"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/inventory"
)

// keyedPrefix tells a value that Keyed left from one that it has yet to replace.
const keyedPrefix = "h~"

// strip takes from a row what the ground to keep it does not need (E-2): a
// column goes empty, or becomes what its strategy leaves. On its own result it
// changes nothing: what Random left is told from the rest by the act's mark.
func (a Act) strip(h inventory.Holding, row Row) Change {
	c := Change{Set: map[string]any{}}
	random := false
	for i := range h.Columns {
		col := &h.Columns[i]
		v, ok := row[col.Name]
		if !ok || v == nil || !col.Anonymise {
			continue
		}
		random = random || col.As == inventory.Random
		if col.As == inventory.Random && a.marks(row) {
			continue
		}
		switch next, ok := a.left(col, row.Text(col.Name)); {
		case !ok:
			c.Clear = append(c.Clear, col.Name)
		case !stands(v, next):
			c.Set[col.Name] = likewise(v, next)
		}
	}
	if a.Action == Anonymise && random && !a.marks(row) {
		m := marked(row, a.note(row))
		maps.Copy(c.Set, m.Set)
		c.Was = m.Was
	}
	return c
}

// left is what the strategy of col leaves of value; ok is false for nothing.
// A value that has not the form the strategy needs goes empty.
func (a Act) left(col *inventory.Column, value string) (next string, ok bool) {
	switch col.As {
	case inventory.Constant:
		return col.Constant, true
	case inventory.Year, inventory.Month:
		if len(value) < len(time.DateOnly) {
			return "", false
		}
		d, err := time.Parse(time.DateOnly, value[:len(time.DateOnly)])
		if err != nil {
			return "", false
		}
		if col.As == inventory.Year {
			return d.Format("2006") + "-01-01", true
		}
		return d.Format("2006-01") + "-01", true
	case inventory.Area:
		digits := strings.TrimSpace(value)
		if len(digits) < 4 || strings.Trim(digits[:4], "0123456789") != "" {
			return "", false
		}
		return digits[:4], true
	case inventory.Keyed:
		if strings.HasPrefix(value, keyedPrefix) {
			return value, true
		}
		sum := a.sum(col.Name, value)
		return keyedPrefix + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:15])), true
	case inventory.Random:
		return a.lookalike(col.Name, value), true
	}
	return "", false
}

func (a Act) sum(column, value string) []byte {
	m := hmac.New(sha256.New, a.Secret)
	m.Write([]byte(column + "\x00" + value))
	return m.Sum(nil)
}

// lookalike has the form of value and nothing else of it: a digit for a digit,
// a letter for a letter, the rest as it is. It follows from the secret and the
// leg, so a repeat after a crash writes the same.
func (a Act) lookalike(column, value string) string {
	seed := a.sum(column, string(a.Request)+"/"+a.Leg+"\x00"+value)
	n := 0
	next := func(below byte) byte {
		if n == len(seed) {
			again := sha256.Sum256(seed)
			seed, n = again[:], 0
		}
		n++
		return seed[n-1] % below
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return rune('0' + next(10))
		case r >= 'a' && r <= 'z':
			return rune('a' + next(26))
		case r >= 'A' && r <= 'Z':
			return rune('A' + next(26))
		case r > 0x7f:
			return rune('a' + next(26))
		}
		return r
	}, value)
}

// likewise gives next the type of what it replaces.
func likewise(old any, next string) any {
	switch old.(type) {
	case json.Number:
		if json.Valid([]byte(next)) {
			return json.Number(next)
		}
	case bool:
		if b, err := strconv.ParseBool(next); err == nil {
			return b
		}
	case []any:
		if next == "{}" { // as a database writes a list of nothing
			return []any{}
		}
		if row, err := ParseLine([]byte(`{"v":` + next + `}`)); err == nil {
			return row["v"]
		}
	case map[string]any:
		if row, err := ParseLine([]byte(`{"v":` + next + `}`)); err == nil {
			return row["v"]
		}
	}
	return next
}

// midnight is what a system writes behind a day in a column that has the time too.
var midnight = regexp.MustCompile(`^[T ]00:00(:00(\.0+)?)?(Z|[+-]00(:?00)?)?$`)

// stands reports whether v is what next left, in the form that a column gives
// it: 0 stands as 0.00, a day as its midnight, and a fixed width is filled with blanks.
func stands(v any, next string) bool {
	switch like := likewise(v, next).(type) {
	case json.Number:
		was, ok := v.(json.Number)
		return ok && plain(was) == plain(like)
	case string:
		was, ok := v.(string)
		if !ok {
			return false
		}
		rest, begins := strings.CutPrefix(was, like)
		_, err := time.Parse(time.DateOnly, like)
		return begins && (strings.Trim(rest, " ") == "" || err == nil && midnight.MatchString(rest))
	default:
		return reflect.DeepEqual(v, like)
	}
}

// plain writes 12.50 as 12.5; what has an exponent stays as it is.
func plain(n json.Number) string {
	s := n.String()
	if strings.Contains(s, ".") && !strings.ContainsAny(s, "eE") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}
