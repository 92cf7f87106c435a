package disclosure

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/redaction"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// Held is one value that a person must look at before it may leave.
type Held struct {
	// Item names it, as request.Screened does.
	Item   string
	Place  string // system/holding/column
	Reason string // why it waits: a code of the inventory's reasons
	// Value is its text; of a file the name. File is the key of the file in
	// the work vault, "" when it is none.
	Value string
	File  string
	// Row are the other columns of its row, which may leave, for the context.
	Row map[string]json.RawMessage
}

// ShowHeld streams what waits in the collected parts of a leg, in their order.
// One value that stands in many rows is shown once: a finding is about the value.
func ShowHeld(ctx context.Context, inv *inventory.Inventory, parts Parts, receipts []request.Receipt, right request.Right, visit func(Held) error) error {
	seen := map[string]bool{}
	for _, r := range receipts {
		p, ok := inv.Holding(r.System, r.Holding)
		if !ok || r.Action != Collected {
			continue
		}
		var columns []headColumn
		_, err := readPart(ctx, parts, r, right, func(h head) error { columns = h.Columns; return nil }, func(rec *record) error {
			for i, c := range columns {
				raw := rec.values[i]
				if !c.Held || raw == nil {
					continue
				}
				col := p.Holding.Column(c.Name)
				place := p.ID() + "/" + c.Name
				item := itemOf(place, raw)
				if col == nil || seen[item] {
					continue
				}
				seen[item] = true
				h := Held{Item: item, Place: place, Reason: col.Reason, Value: textOf(raw), Row: free(columns, rec)}
				if isAttachment(p.Holding, c.Name) {
					h.File = rec.file
				}
				if err := visit(h); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// free are the columns of a row that may leave as they are, a copy.
func free(columns []headColumn, rec *record) map[string]json.RawMessage {
	row := map[string]json.RawMessage{}
	for i, c := range columns {
		if !c.Held && rec.values[i] != nil {
			row[c.Name] = bytes.Clone(rec.values[i])
		}
	}
	return row
}

// itemOf names a value at a place: 64 bits, enough to tell values of one person apart.
func itemOf(place string, raw json.RawMessage) string {
	sum := sha256.Sum256(append([]byte(place+"\x00"), raw...))
	return hex.EncodeToString(sum[:8])
}

// textOf is a JSON value as a person reads it.
func textOf(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// Redact leaves words out of a text, wherever they stand, whatever their case:
// "Jan" and "Jans", but no part of "januari". A mark that stands only within
// words goes there too: an officer wrote it. ok is false when one of them does
// not stand there.
func Redact(text string, marks []string, l request.Language) (redacted string, ok bool) {
	gap := redaction.Sign(l)
	// Longest first: a name goes before its parts.
	marks = slices.SortedFunc(slices.Values(marks), func(a, b string) int { return len(b) - len(a) })
	redacted = text
	for _, m := range marks {
		if strings.TrimSpace(m) == "" {
			return text, false
		}
		whole := true
		if _, n := replaceFold(text, m, gap, whole); n == 0 {
			whole = false
			if _, n := replaceFold(text, m, gap, whole); n == 0 {
				return text, false
			}
		}
		redacted, _ = replaceFold(redacted, m, gap, whole)
	}
	return redacted, len(marks) > 0
}

// replaceFold replaces every occurrence of old, in any case, rune by rune; with
// whole only where it is not part of a longer word.
func replaceFold(text, old, gap string, whole bool) (string, int) {
	runes, want := []rune(text), []rune(old)
	var b strings.Builder
	n := 0
	for i := 0; i < len(runes); {
		if end := i + len(want); end <= len(runes) && foldEqual(runes[i:end], want) && (!whole || apart(runes, i, end)) {
			b.WriteString(gap)
			n++
			i = end
			continue
		}
		b.WriteRune(runes[i])
		i++
	}
	return b.String(), n
}

func foldEqual(a, b []rune) bool {
	for i := range a {
		if a[i] != b[i] && unicode.ToLower(a[i]) != unicode.ToLower(b[i]) && !strings.EqualFold(string(a[i]), string(b[i])) {
			return false
		}
	}
	return true
}

// apart reports that no letter or figure goes on before from or after to, but
// for the s of an owner.
func apart(runes []rune, from, to int) bool {
	in := func(i int) bool {
		return i >= 0 && i < len(runes) && (unicode.IsLetter(runes[i]) || unicode.IsDigit(runes[i]))
	}
	return !(in(from-1) && in(from)) && !(in(to-1) && in(to) && (runes[to] != 's' && runes[to] != 'S' || in(to+1)))
}

// screen applies the findings to rows on their way into a package. What it
// does not know stays behind.
type screen struct {
	items   map[string]request.Screened
	cleared map[string]bool
	lang    request.Language
}

func newScreen(spec Spec) screen {
	s := screen{items: map[string]request.Screened{}, cleared: map[string]bool{}, lang: spec.Language}
	for _, x := range spec.Screened {
		s.items[x.Item] = x
	}
	for _, place := range spec.Cleared {
		s.cleared[place] = true
	}
	return s
}

// row leaves in rec what may leave of it; what may not is counted in left.
func (s screen) row(p inventory.Place, columns []headColumn, rec *record, left omissions) {
	for i, c := range columns {
		raw := rec.values[i]
		if !c.Held || raw == nil {
			continue
		}
		rec.values[i] = nil
		col := p.Holding.Column(c.Name)
		attached := isAttachment(p.Holding, c.Name)
		if col == nil {
			left.count(p, "", inventory.NotDeclared)
			if attached {
				rec.file = ""
			}
			continue
		}
		place := p.ID() + "/" + c.Name
		found := s.items[itemOf(place, raw)]
		switch {
		case s.cleared[place] && found.Finding == "", found.Finding == request.GiveFinding:
			if !attached {
				rec.values[i] = raw
			}
			continue
		case found.Finding == request.RedactFinding && !attached:
			if text, ok := Redact(textOf(raw), found.Marks, s.lang); ok {
				if value, err := systems.AppendJSON(nil, text); err == nil {
					rec.values[i] = value
					left.count(p, c.Name, found.Reason)
					continue
				}
			}
		}
		if attached {
			rec.file = ""
		}
		left.count(p, c.Name, cmp.Or(found.Reason, col.Reason))
	}
}

// omissions counts what stays behind at one holding, by column and reason.
type omissions map[[2]string]*Omission

func (o omissions) count(p inventory.Place, column, reason string) {
	key := [2]string{column, reason}
	if o[key] == nil {
		o[key] = &Omission{System: p.System.ID, Holding: p.Holding.ID, Column: column, Reason: reason}
	}
	o[key].Count++
}

// added joins what two parts of one holding left out.
func added(all, more []Omission) []Omission {
	for _, o := range more {
		i := slices.IndexFunc(all, func(x Omission) bool { return x.Column == o.Column && x.Reason == o.Reason })
		if i < 0 {
			all = append(all, o)
		} else {
			all[i].Count += o.Count
		}
	}
	return all
}

// and joins them with those of the part, by column.
func (o omissions) and(more []Omission) []Omission {
	all := slices.Clone(more)
	for _, x := range o {
		all = append(all, *x)
	}
	slices.SortFunc(all, func(a, b Omission) int {
		if c := strings.Compare(a.Column, b.Column); c != 0 {
			return c
		}
		return strings.Compare(a.Reason, b.Reason)
	})
	return all
}
