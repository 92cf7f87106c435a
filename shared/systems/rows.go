package systems

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/mail"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"golang.org/x/net/idna"
)

// The acts of Act.Action.
const (
	Erase     = "erase"
	Anonymise = "anonymise"
	Restrict  = "restrict"
	Keep      = "keep"
	Stop      = "stop"
	Expire    = "expire"
	// Unrestrict ends what a restrict on a ground of Art. 18 began.
	Unrestrict = "unrestrict"
	// Correct writes a new value where an old one stands.
	Correct = "correct"
)

// FindLimit bounds what Find answers.
const FindLimit = 50

// First gathers the rows of a walk, FindLimit of them at most, where it stops
// the walk.
func First(walk func(emit func(Row) error) error) ([]Row, error) {
	var found []Row
	enough := errors.New("enough")
	err := walk(func(row Row) error {
		if len(found) == FindLimit {
			return enough
		}
		found = append(found, row)
		return nil
	})
	if err != nil && !errors.Is(err, enough) {
		return nil, err
	}
	return found, nil
}

// The faults that every connector answers with.
var (
	// ErrNotDeclared: the inventory does not name this holding, kind of key or act.
	ErrNotDeclared = errors.New("not declared in the inventory")
	// ErrUnreadable: the system holds something that its connector cannot
	// read; a person must look before anything is answered (F18).
	ErrUnreadable = errors.New("the system holds something unreadable")
	// ErrChanged: somebody else writes the same row again and again; try later.
	ErrChanged = errors.New("the row changed meanwhile")
	// ErrByHand: the system has no way to do this; an officer does it by hand.
	ErrByHand = errors.New("the system cannot do this by itself")
)

// Opener hands out the content of an object: a recording, a letter. A
// connector whose holdings have the format object has it.
type Opener interface {
	Open(ctx context.Context, h inventory.Holding, object string) (io.ReadCloser, error)
}

// Normal gives an identifier the one form in which it is stored, compared and
// hashed (E-8): an address in lower case with its domain in ASCII, a telephone
// number in E.164, a number of ours in capitals without blanks, a kind that
// an inventory made up as it is. "" when nothing is left.
func Normal(kind, value string) string {
	value = strings.TrimSpace(value)
	switch kind {
	case "email":
		if a, err := mail.ParseAddress(value); err == nil {
			value = a.Address
		}
		value = strings.ToLower(value)
		if at := strings.LastIndexByte(value, '@'); at >= 0 {
			if domain, err := idna.Lookup.ToASCII(value[at+1:]); err == nil {
				value = value[:at+1] + domain
			}
		}
		return value
	case "phone":
		plus := strings.HasPrefix(value, "+")
		digits := strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, strings.ReplaceAll(value, "(0)", ""))
		switch {
		case digits == "":
			return ""
		case plus:
			return "+" + digits
		case strings.HasPrefix(digits, "00"):
			return "+" + digits[2:]
		case strings.HasPrefix(digits, "0"):
			return "+31" + digits[1:]
		}
		return "+" + digits
	case "ip":
		return strings.ToLower(value)
	case "customer", "debtor", "file", "invoice", "postcode":
		return strings.ToUpper(strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) {
				return -1
			}
			return r
		}, value))
	}
	return value // an owner's own kind of key: as it is
}

// Select says by which keys the rows of one person are taken from h: by the
// key that tells people apart when it is known, so that a shared mailbox never
// brings in another person (A15); else by every key that h has. Values are
// normal, sorted and unique; nil when nothing fits.
func Select(h inventory.Holding, keys Keys) Keys {
	if kind := h.PersonKind(); kind != "" {
		if vs := normals(kind, keys[kind]); len(vs) > 0 {
			return Keys{kind: vs}
		}
	}
	sel := Keys{}
	for kind := range h.Keys {
		if vs := normals(kind, keys[kind]); len(vs) > 0 {
			sel[kind] = vs
		}
	}
	if len(sel) == 0 {
		return nil
	}
	return sel
}

func normals(kind string, values []string) []string {
	var vs []string
	for _, v := range values {
		if n := Normal(kind, v); n != "" {
			vs = append(vs, n)
		}
	}
	slices.Sort(vs)
	return slices.Compact(vs)
}

// And gives the keys of k and those of more, each once.
func (k Keys) And(more Keys) Keys {
	if len(more) == 0 {
		return k
	}
	all := maps.Clone(k)
	if all == nil {
		all = Keys{}
	}
	for kind, values := range more {
		all[kind] = slices.Concat(k[kind], values)
		slices.Sort(all[kind])
		all[kind] = slices.Compact(all[kind])
	}
	return all
}

// Without gives the keys of k that are not among those, as they are written.
func (k Keys) Without(those Keys) Keys {
	left := Keys{}
	for kind, values := range k {
		if vs := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return slices.Contains(those[kind], v) }); len(vs) > 0 {
			left[kind] = vs
		}
	}
	return left
}

// Kinds lists the kinds of k in order.
func (k Keys) Kinds() []string { return slices.Sorted(maps.Keys(k)) }

// Text gives a column as text: strings as they are, numbers in digits,
// everything else as "".
func (r Row) Text(column string) string {
	switch v := r[column].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// In reports whether a row is one of h's.
func In(h inventory.Holding, row Row) bool {
	for column, value := range h.Where {
		if row.Text(column) != value {
			return false
		}
	}
	return true
}

// Belongs reports whether a row is one of h's and of the person of sel (as
// Select made it), and of client when that is not "".
func Belongs(h inventory.Holding, row Row, sel Keys, client string) bool {
	if !In(h, row) {
		return false
	}
	if client != "" && (h.Client == "" || row.Text(h.Client) != client) {
		return false
	}
	for kind, values := range sel {
		if slices.Contains(values, Normal(kind, row.Text(h.Keys[kind].Column))) {
			return true
		}
	}
	return false
}

// Check refuses an act that h does not know, before anything is touched.
func (a Act) Check(h inventory.Holding) error {
	switch a.Action {
	case Erase, Anonymise:
		return nil
	case Expire:
		if a.On == "" {
			return fmt.Errorf("expire in holding %s without a day: %w", h.ID, ErrNotDeclared)
		}
		return nil
	case Keep:
		if h.Format == inventory.Objects {
			return fmt.Errorf("keep in holding %s: %w", h.ID, ErrNotDeclared)
		}
		return nil
	case Restrict, Unrestrict:
		if !h.Marks() {
			return fmt.Errorf("%s in holding %s: %w", a.Action, h.ID, ErrNotDeclared)
		}
		return nil
	case Correct:
		if !h.Correctable(a.Column) {
			return fmt.Errorf("correct column %s of holding %s: %w", a.Column, h.ID, ErrNotDeclared)
		}
		return nil
	case Stop:
		if h.Mark == "" {
			return fmt.Errorf("stop in holding %s: %w", h.ID, ErrNotDeclared)
		}
		return nil
	}
	return fmt.Errorf("act %q in holding %s: %w", a.Action, h.ID, ErrNotDeclared)
}

// Able reports whether a system that keeps rows can carry out that act on h:
// what the holding says about it, the connector's own limits aside.
func Able(h inventory.Holding, action string) bool {
	switch action {
	case Restrict, Unrestrict:
		return h.Marks()
	case Keep:
		return h.Format != inventory.Objects
	case Correct:
		return h.Format == ""
	case Stop:
		return h.Mark != ""
	}
	return action == Erase || action == Anonymise || action == Expire
}

// Change is what an act does to a row: the columns to take away and to set, or
// the whole row to erase. Nothing of these = the row is as it must be.
type Change struct {
	Erase bool
	Clear []string
	Set   map[string]any
	// Was are the values that the change rests on, nil = none: a connector
	// writes only while they still stand there.
	Was map[string]any
	// Other is true for a row that the act does not mean: it is left as it is,
	// and not counted.
	Other bool
}

// None reports whether the row is already as it must be.
func (c Change) None() bool { return !c.Erase && len(c.Clear) == 0 && len(c.Set) == 0 }

// Of says what a does to row. The same act on its own result changes nothing.
func (a Act) Of(h inventory.Holding, row Row) Change {
	over := a.Before != "" && h.End != "" && row.Text(h.End) != "" && row.Text(h.End) < string(a.Before)
	switch a.Action {
	case Erase:
		return Change{Erase: true}
	case Anonymise:
		return a.strip(h, row)
	case Keep:
		if over {
			return Change{Erase: true, Was: map[string]any{h.End: row[h.End]}}
		}
		c := a.strip(h, row)
		if !h.Unmarked && !a.marks(row) {
			m := marked(row, a.note(row))
			if c.Set == nil {
				c.Set = map[string]any{}
			}
			maps.Copy(c.Set, m.Set)
			c.Was = m.Was
			if ends(h) && row.Text(h.Mark) == "" {
				c.Set[h.Mark] = string(a.On) // what it proves ends with the erasure (17(1)(b))
			}
		}
		return c
	case Restrict:
		if over {
			return Change{Erase: true, Was: map[string]any{h.End: row[h.End]}}
		}
		return a.restrict(row)
	case Unrestrict:
		return a.unrestrict(row)
	case Correct:
		return a.correct(h, row)
	case Expire:
		if !a.expired(h, row, over) {
			return Change{}
		}
		return Change{Erase: true, Was: a.groundOver(h, row)}
	case Stop:
		if row.Text(h.Mark) != "" {
			return Change{}
		}
		return Change{Set: map[string]any{h.Mark: cmp.Or(string(a.On), "stopped")}}
	}
	return Change{}
}

// expired reports whether the ground to keep row has ended (E-3): it bears the
// mark of the same leg, that mark's last day is over and, where a period of
// retention kept it, that period too: of a file that was open when it was
// marked it began later. What cannot be marked goes by its own date. A row of
// later dealings bears no such mark and stays.
func (a Act) expired(h inventory.Holding, row Row, over bool) bool {
	if h.Format == inventory.Objects || h.Unmarked {
		return over
	}
	if !a.Keeps(h, row) {
		return false
	}
	mark, _ := row[inventory.Bookkeeping].(map[string]any)
	if len(standing(mark)) > 0 {
		return false // somebody still has the use of it restricted (18(2))
	}
	until, _ := mark["until"].(string)
	return until != "" && until < string(a.On) && (over || a.Before == "" || h.End == "" || ends(h))
}

// groundOver are the values by which expired says so.
func (a Act) groundOver(h inventory.Holding, row Row) map[string]any {
	was := map[string]any{}
	if h.End != "" {
		was[h.End] = row[h.End]
	}
	if h.Marks() {
		was[inventory.Bookkeeping] = row[inventory.Bookkeeping]
	}
	return was
}

// ends reports whether the period of a row begins with a mark of the desk: the
// proof of a consent is kept from the day that the consent ends. No row of it
// is open once it is kept, so the day that the letter gave is its last.
func ends(h inventory.Holding) bool { return h.Mark != "" && h.Mark == h.End }

// Keeps reports whether a row still bears the mark of the act's leg. What
// cannot be marked bears none.
func (a Act) Keeps(h inventory.Holding, row Row) bool {
	mark, ok := row[inventory.Bookkeeping].(map[string]any)
	return h.Format != inventory.Objects && ok && mark["request"] == string(a.Request) && mark["leg"] == a.Leg
}

// Takes reports whether the act deletes an object of a bucket, which knows no
// other change.
func (a Act) Takes(h inventory.Holding, row Row) bool {
	return a.Action != Expire || a.Of(h, row).Erase
}

// marks reports whether row bears the mark of this very act.
func (a Act) marks(row Row) bool {
	old, ok := row[inventory.Bookkeeping].(map[string]any)
	return ok && old["action"] == a.Action && old["leg"] == a.Leg && old["request"] == string(a.Request)
}

// note is the mark of the act, in the column of the desk, beside the
// restrictions that stand there.
func (a Act) note(row Row) map[string]any {
	mark := map[string]any{"action": a.Action, "until": string(a.Until), "request": string(a.Request), "leg": a.Leg}
	if old, ok := row[inventory.Bookkeeping].(map[string]any); ok && len(standing(old)) > 0 {
		mark[restrictions] = standing(old)
	}
	return mark
}

// Apply makes the change on a copy of row; ok is false when the row is gone.
func (c Change) Apply(row Row) (next Row, ok bool) {
	if c.Erase {
		return nil, false
	}
	next = maps.Clone(row)
	for _, name := range c.Clear {
		delete(next, name)
	}
	maps.Copy(next, c.Set)
	return next, true
}

// ObjectRow reads what the name of an object tells: PREFIX KEY/DATE.EXT. ok is
// false when the name is not of that form.
func ObjectRow(h inventory.Holding, name string, size int64) (Row, bool) {
	rest, ok := strings.CutPrefix(name, h.Prefix)
	if !ok {
		return nil, false
	}
	owner, file, ok := strings.Cut(rest, "/")
	if !ok || owner == "" || file == "" || strings.Contains(file, "/") {
		return nil, false
	}
	row := Row{"object": name, "date": strings.TrimSuffix(file, path.Ext(file)), "bytes": json.Number(fmt.Sprint(size))}
	for _, k := range h.Keys {
		row[k.Column] = owner
	}
	return row, true
}

// ParseLine reads one JSON line; numbers keep every digit. The error never
// repeats the line.
func ParseLine(line []byte) (Row, error) {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	var row Row
	if err := dec.Decode(&row); err != nil || row == nil {
		return nil, ErrUnreadable
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, ErrUnreadable
	}
	return row, nil
}
