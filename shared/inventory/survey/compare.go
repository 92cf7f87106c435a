// Package survey holds an inventory against the systems that it describes: what
// they have that it does not name, what it names that is gone, and what an
// erasure would stumble over. For a system that nobody wrote down yet, it drafts
// the inventory. It looks at names and types, never at content.
package survey

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// Compare lists where a live system is not as the inventory says. Warnings are
// what may be right, but seldom is.
func Compare(s *inventory.System, live systems.Schema) []inventory.Finding {
	c := comparison{system: s, live: live}
	for i := range s.Holdings {
		c.holding(&s.Holdings[i])
	}
	for _, t := range live.Tables {
		c.unnamed(t)
	}
	c.warn(!live.Versions, s.ID, "Have a lifecycle rule delete old versions, in no more days than the letters say of backups",
		"the bucket keeps old versions: what is erased stays in them")
	for _, name := range s.Without {
		c.warn(live.Sampled || live.Table(name) != nil, s.ID, "Take it out of without", "%q is gone", name)
	}
	return c.found
}

type comparison struct {
	system *inventory.System
	live   systems.Schema
	found  []inventory.Finding
}

func (c *comparison) need(ok bool, at, do, what string, args ...any) {
	if !ok {
		c.found = append(c.found, inventory.Finding{At: at, What: fmt.Sprintf(what, args...), Do: do})
	}
}

func (c *comparison) warn(ok bool, at, do, what string, args ...any) {
	c.need(ok, at, do, what, args...)
	if !ok {
		c.found[len(c.found)-1].Warning = true
	}
}

func (c *comparison) database() bool { return slices.Contains(inventory.Databases, c.system.Kind) }

// name is what a holding's table is called in a schema.
func (c *comparison) name(h *inventory.Holding) string {
	switch c.system.Kind {
	case "s3":
		return h.Prefix
	case "dynamodb":
		return h.ID
	}
	return h.In()
}

// of are the holdings that stand in that table.
func (c *comparison) of(table string) []*inventory.Holding {
	var all []*inventory.Holding
	for i := range c.system.Holdings {
		if h := &c.system.Holdings[i]; same(c.name(h), table) {
			all = append(all, h)
		}
	}
	return all
}

// same compares names as every database can be made to: an inventory that
// differs in capitals alone means the same table.
func same(a, b string) bool { return strings.EqualFold(a, b) }

func table(live systems.Schema, name string) *systems.Table {
	if t := live.Table(name); t != nil {
		return t
	}
	i := slices.IndexFunc(live.Tables, func(t systems.Table) bool { return same(t.Name, name) })
	if i < 0 {
		return nil
	}
	return &live.Tables[i]
}

func (c *comparison) unnamed(t systems.Table) {
	id := c.system.ID
	named := slices.ContainsFunc(c.system.Without, func(w string) bool { return same(w, t.Name) })
	switch {
	case len(c.of(t.Name)) > 0:
	case named:
		for _, f := range t.ForeignKeys {
			for _, h := range c.of(f.Table) {
				c.warn(f.OnDelete != "" || strips(h), id+"/"+h.ID, nameless, "rows of %q, which is without personal data, refer to it: such a row stays", t.Name)
			}
		}
	case c.system.Kind == "s3":
		c.need(false, id, "Make it a holding, or name it in without when it holds no personal data", "the bucket has a prefix %q that the inventory does not name", t.Name)
	case c.system.Kind == "dynamodb":
		c.need(false, id, "Make a holding whose where they fit", "the table has items that are no holding's")
	case t.View:
		c.warn(false, id, "Name it in without: its tables are what counts", "there is a view %q that the inventory does not name", t.Name)
	default:
		c.need(false, id, "Make it a holding, or name it in without when it holds no personal data", "there is a table %q that the inventory does not name", t.Name)
	}
}

func (c *comparison) holding(h *inventory.Holding) {
	at := c.system.ID + "/" + h.ID
	t := table(c.live, c.name(h))
	if t == nil {
		gone, do := "the table %q is gone", "Take the holding out, or name in table where it is now"
		if c.live.Sampled {
			c.warn(false, at, "See whether it is there: the sample met none of it", "nothing of %q was met", c.name(h))
			return
		}
		c.need(false, at, do, gone, c.name(h))
		return
	}
	c.warn(!t.View || c.system.Kind == "s3", at, "Name the table instead where rows must be erased", "%q is a view", t.Name)
	for _, f := range t.Columns {
		c.need(f.Name == inventory.Bookkeeping || h.Column(f.Name) != nil, at+"/"+f.Name, `Declare it; with disclose: "no" where nobody may have it`, "there is a column that the inventory does not name")
	}
	for i := range h.Columns {
		col := &h.Columns[i]
		f := t.Column(col.Name)
		if f == nil {
			c.need(c.live.Sampled, at+"/"+col.Name, "Take it out of the inventory, or give it the name that it has now", "the column is gone")
			continue
		}
		c.column(at+"/"+col.Name, col, *f)
	}
	if c.database() && h.Marks() {
		c.need(t.Column(inventory.Bookkeeping) != nil, at, "Add it to the table as a text that may be null, or say unmarked: true", "there is no column rightsdesk to mark rows in")
	}
	c.keys(at, h, t)
	if c.database() {
		c.references(at, h, t)
		c.dates(at, h, t)
	}
}

func (c *comparison) keys(at string, h *inventory.Holding, t *systems.Table) {
	if c.system.Kind == "s3" {
		return
	}
	for _, kind := range slices.Sorted(keysOf(h.Keys)) {
		k := h.Keys[kind]
		if t.Column(k.Column) == nil && !c.live.Sampled {
			continue // it is gone, as was said
		}
		if c.system.Kind == "dynamodb" {
			ok := k.Scan || k.Index == "" && slices.Index(t.Primary, k.Column) == 0
			for _, ix := range t.Indexes {
				ok = ok || k.Index == ix.Name && slices.Index(ix.Columns, k.Column) == 0
			}
			c.need(ok, at, "Make the index, or name the one that there is", "key %s: there is no index %q on %q", kind, k.Index, k.Column)
			continue
		}
		want := k.Column
		if k.Fold {
			want = "lower(" + k.Column + ")"
		}
		ok := !k.Fold && leads(t.Primary, want)
		for _, ix := range t.Indexes {
			ok = ok || leads(ix.Columns, want)
		}
		c.need(ok, at, "Make one: CREATE INDEX ON "+t.Name+" ("+want+")", "key %s: no index begins with %s, so every request reads the whole table", kind, want)
	}
	if len(h.Primary) == 0 {
		return
	}
	unique := sameSet(t.Primary, h.Primary)
	for _, ix := range t.Indexes {
		unique = unique || ix.Unique && sameSet(ix.Columns, h.Primary)
	}
	c.need(unique || t.View, at, "Name the primary key of the table: "+cmp.Or(strings.Join(t.Primary, ", "), "it has none; make one"), "primary: %s is not unique in the table", strings.Join(h.Primary, ", "))
}

func keysOf[V any](m map[string]V) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

var spaces = strings.NewReplacer(" ", "", `"`, "", "`", "", "::text", "", "[", "", "]", "", "(", "(", ")", ")")

// leads reports whether an index with these columns answers a question for that one.
func leads(columns []string, want string) bool {
	if len(columns) == 0 {
		return false
	}
	plain := func(s string) string {
		s = spaces.Replace(strings.ToLower(s))
		return strings.ReplaceAll(strings.ReplaceAll(s, "((", "("), "))", ")")
	}
	first := plain(columns[0])
	return first == plain(want) || strings.Trim(first, "()") == plain(want)
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return len(a) > 0 && slices.Equal(a, b)
}

// references holds the order of erasing against the foreign keys.
func (c *comparison) references(at string, h *inventory.Holding, t *systems.Table) {
	for _, f := range t.ForeignKeys {
		if same(f.Table, t.Name) {
			c.warn(f.LetsGo() || strips(h), at, nameless, "rows refer to rows of the same table by %s, which may have to stay", strings.Join(f.Columns, ", "))
			continue
		}
		parents := c.of(f.Table)
		if len(parents) == 0 {
			continue
		}
		c.served(at, h, t, f)
		c.second(at, h, f, parents)
		said := slices.ContainsFunc(parents, func(p *inventory.Holding) bool { return slices.Contains(h.References, p.ID) })
		c.need(said, at, fmt.Sprintf("Add references: [%s], and put that holding before this one: its rows are erased after these", parents[0].ID), "its rows refer to %q by %s, and references does not say so", f.Table, strings.Join(f.Columns, ", "))
	}
	for _, id := range h.References {
		said := slices.ContainsFunc(t.ForeignKeys, func(f systems.ForeignKey) bool {
			return slices.ContainsFunc(c.of(f.Table), func(p *inventory.Holding) bool { return p.ID == id })
		})
		c.warn(said, at, "Take it out, or know that only the inventory keeps the two in order", "references %s: the database has no such foreign key", id)
	}
}

// served asks for an index on what refers to rows that are erased: without one
// the database reads all of t for every one of them. What is a key was asked
// for it already.
func (c *comparison) served(at string, h *inventory.Holding, t *systems.Table, f systems.ForeignKey) {
	if len(f.Columns) == 0 || h.KeyKind(f.Columns[0]) != "" {
		return
	}
	ok := leads(t.Primary, f.Columns[0])
	for _, ix := range t.Indexes {
		ok = ok || leads(ix.Columns, f.Columns[0])
	}
	c.warn(ok, at, "Make one: CREATE INDEX ON "+t.Name+" ("+strings.Join(f.Columns, ", ")+")", "no index begins with %s, by which rows refer to %q: erasing there reads the whole table for each row", f.Columns[0], f.Table)
}

// nameless is what to do with a row that may have to stay.
const nameless = "Mark with anonymise what tells whose row it is, or no erasure of such a person can be planned"

// strips reports whether anonymising takes anything from a row of h.
func strips(h *inventory.Holding) bool {
	return slices.ContainsFunc(h.Columns, func(col inventory.Column) bool { return col.Anonymise })
}

// second tells of a reference that is no key, beside a key by which rows are a
// person's own: by it rows of others hold on to the person.
func (c *comparison) second(at string, h *inventory.Holding, f systems.ForeignKey, parents []*inventory.Holding) {
	for _, p := range parents {
		if p.Role != h.Role || p.Relation != h.Relation && !slices.Contains(h.Also, p.Relation) && !slices.Contains(p.Also, h.Relation) {
			continue // other people's by itself
		}
		own := slices.ContainsFunc(slices.Collect(keysOf(h.Keys)), func(kind string) bool {
			_, same := p.Keys[kind]
			_, leads := p.Yields[kind]
			return same || leads
		})
		by := slices.ContainsFunc(f.Columns, func(col string) bool { return h.KeyKind(col) != "" })
		c.warn(!own || by || f.LetsGo() || strips(p), c.system.ID+"/"+p.ID, nameless, "rows of others may refer to a row here by %s of %s, which is no key: it then stays", strings.Join(f.Columns, ", "), h.ID)
	}
}

// dates holds what is counted from, and what is marked, against the types.
func (c *comparison) dates(at string, h *inventory.Holding, t *systems.Table) {
	for field, name := range map[string]string{"end": h.End, "mark": h.Mark} {
		f := t.Column(name)
		if name == "" || f == nil {
			continue
		}
		c.need(form(f.Type) == date || form(f.Type) == text, at, "Name a column with a date", "%s: %s is %s, and a date stands in it", field, name, f.Type)
	}
}

// The forms of types that matter to a strategy.
const (
	text = iota
	number
	date
	truth
	document
	list
	other
)

func form(typ string) int {
	typ = strings.ToLower(typ)
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(typ, w) })
	}
	switch {
	case strings.HasSuffix(typ, "[]"), typ == "array":
		return list
	case has("json"):
		return document
	case has("bool"), typ == "bit", typ == "bit(1)":
		return truth
	case has("date", "timestamp", "datetime"):
		return date
	case has("char", "text", "clob", "string", "citext", "enum"), typ == "s":
		return text
	case has("int", "num", "dec", "real", "double", "float", "money", "serial"), typ == "n":
		return number
	}
	return other
}

var size = regexp.MustCompile(`\((\d+)\)`)

// width is how many signs fit; 0 = as many as there are.
func width(typ string) int {
	if m := size.FindStringSubmatch(typ); m != nil && form(typ) == text {
		n, _ := strconv.Atoi(m[1])
		return n
	}
	return 0
}

// keyedWidth is what the strategy keyed leaves: h~ and 24 signs.
const keyedWidth = 26

// column holds what an erasure leaves against what the column can hold.
func (c *comparison) column(at string, col *inventory.Column, f systems.Field) {
	if !col.Anonymise || c.live.Sampled {
		return
	}
	is := form(f.Type)
	if f.Computed {
		c.need(false, at, "Take anonymise out, and say it of the columns from which it follows", "it would be emptied, and the database fills it by itself")
		return
	}
	if col.As == "" {
		c.need(f.Nullable, at, "Give it a strategy: "+suggest(is), "it would be emptied, and the database allows no null there")
		return
	}
	fits := func(n int) bool {
		w := width(f.Type)
		return w == 0 || n <= w || c.system.Kind == "sqlite"
	}
	switch col.As {
	case inventory.Constant:
		_, err := strconv.ParseFloat(col.Constant, 64)
		c.need(is != number || err == nil, at, "Write a number", "the constant %q does not go into %s", col.Constant, f.Type)
		c.need(is != date || dated.MatchString(col.Constant), at, "Write a date, as 1900-01-01", "the constant %q does not go into %s", col.Constant, f.Type)
		c.need(is != document || json.Valid([]byte(col.Constant)), at, "Write JSON, as {}", "the constant %q does not go into %s", col.Constant, f.Type)
		c.need(is != list || strings.HasPrefix(col.Constant, "{") && strings.HasSuffix(col.Constant, "}"), at, "Write a list as the database does, as {}", "the constant %q does not go into %s", col.Constant, f.Type)
		c.need(fits(len([]rune(col.Constant))), at, "Write a shorter one", "the constant %q does not go into %s", col.Constant, f.Type)
	case inventory.Year, inventory.Month:
		c.need(is == date || is == text, at, "Give it another: "+suggest(is), "%s needs a date, and this is %s", col.As, f.Type)
		c.warn(is != text || f.Nullable, at, "Know that a value that is no date cannot go empty, and stops the erasure", "%s of a text that may not be null", col.As)
	case inventory.Area:
		c.need(is == text || is == number, at, "Give it another: "+suggest(is), "area needs a post code, and this is %s", f.Type)
		c.warn(f.Nullable, at, "Know that a value that is no Dutch post code cannot go empty, and stops the erasure", "area of a column that may not be null")
	case inventory.Keyed:
		c.need(is == text, at, "Give it another: "+suggest(is), "keyed leaves a text, and this is %s", f.Type)
		c.need(is != text || fits(keyedWidth), at, "Choose random, which keeps the length, or widen the column", "keyed leaves %d signs, and this is %s", keyedWidth, f.Type)
	case inventory.Random:
		c.need(is == text || is == number, at, "Give it another: "+suggest(is), "random leaves any digits, and this is %s", f.Type)
	}
}

var dated = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}`)

// suggest names the strategies that a form of column can hold.
func suggest(form int) string {
	switch form {
	case text:
		return "as: constant with constant: ..., keyed or random"
	case number:
		return "as: constant with a number, or random"
	case date:
		return "as: year or month, or constant with a date"
	case document, list:
		return `as: constant with constant: "{}"`
	}
	return "as: constant"
}
