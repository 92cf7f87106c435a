package database

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/systems"
)

// hops is how many holdings of one database may be joined on the way from a
// key to a row: e-mail, customer, invoice, payment and one to spare.
const hops = 5

// nobody is a condition that no row meets.
const nobody = "1 = 0"

// statement is an SQL text in the making. Names come from the inventory and
// are quoted; values are always arguments.
type statement struct {
	engine engine
	args   []any
}

// arg adds an argument and gives the mark that stands for it.
func (q *statement) arg(v any) string {
	q.args = append(q.args, v)
	return q.engine.mark(len(q.args))
}

func (q *statement) list(values []any) string {
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = q.arg(v)
	}
	return strings.Join(marks, ", ")
}

// all joins conditions, leaving out those that say nothing.
func all(conditions ...string) string {
	return strings.Join(slices.DeleteFunc(conditions, func(c string) bool { return c == "" }), " AND ")
}

// narrow are the conditions that make a row one of the holding, and of client
// when that is not "".
func (q *statement) narrow(t *table, client string) []string {
	var conditions []string
	for _, name := range slices.Sorted(maps.Keys(t.h.Where)) {
		conditions = append(conditions, q.engine.equals(q, t.col(name), []string{t.h.Where[name]}, false))
	}
	if client != "" {
		conditions = append(conditions, q.engine.equals(q, t.col(t.h.Client), []string{client}, false))
	}
	return conditions
}

// key is the condition that a row has one of these values of a kind. A value
// that cannot stand in the column finds nothing.
func (q *statement) key(t *table, kind string, values []string) string {
	k := t.h.Keys[kind]
	if k.Fold {
		values = slices.Clone(values)
		for i, v := range values {
			values[i] = strings.ToLower(v)
		}
	}
	return q.engine.equals(q, t.col(k.Column), values, k.Fold)
}

// ordered selects the rows of t in the order of its key.
func ordered(e engine, t *table, cond string) string {
	return "SELECT " + t.selection(e) + " FROM " + t.name + " WHERE " + cond + " ORDER BY " + t.order()
}

// after is the condition that a row comes after the one with these values.
func (q *statement) after(t *table, from []any) string {
	if len(from) == 0 {
		return ""
	}
	if _, ok := q.engine.(rowCompares); ok || len(from) == 1 {
		names := make([]string, len(from))
		for i, c := range t.primary {
			names[i] = c.quoted
		}
		if len(from) == 1 {
			return names[0] + " > " + q.arg(from[0])
		}
		return "(" + strings.Join(names, ", ") + ") > (" + q.list(from) + ")"
	}
	return q.later(t.primary, from)
}

// later is a >= x AND (a > x OR (b >= y AND …)), which an index serves where
// rows cannot be compared. Its arguments stand in the order of the text.
func (q *statement) later(columns []column, from []any) string {
	name := columns[0].quoted
	if len(columns) == 1 {
		return name + " > " + q.arg(from[0])
	}
	return name + " >= " + q.arg(from[0]) + " AND (" + name + " > " + q.arg(from[0]) + " OR " + q.later(columns[1:], from[1:]) + ")"
}

// upTo is the condition that a row does not come after the one with these values.
func (q *statement) upTo(t *table, last []any) string {
	if last == nil {
		return ""
	}
	return q.until(t.primary, last)
}

func (q *statement) until(columns []column, last []any) string {
	name := columns[0].quoted
	if len(columns) == 1 {
		return name + " <= " + q.arg(last[0])
	}
	return name + " <= " + q.arg(last[0]) + " AND (" + name + " < " + q.arg(last[0]) + " OR " + q.until(columns[1:], last[1:]) + ")"
}

// among is the condition that a row is one of those with these primary keys.
func (q *statement) among(t *table, keys [][]any) string {
	if len(t.primary) == 1 {
		values := make([]any, len(keys))
		for i, k := range keys {
			values[i] = k[0]
		}
		return t.primary[0].quoted + " IN (" + q.list(values) + ")"
	}
	rows := make([]string, len(keys))
	for i, k := range keys {
		each := make([]string, len(k))
		for j, v := range k {
			each[j] = t.primary[j].quoted + " = " + q.arg(v)
		}
		rows[i] = "(" + strings.Join(each, " AND ") + ")"
	}
	return "(" + strings.Join(rows, " OR ") + ")"
}

// mine is the condition that a row is of the person: by a key of its own, or
// by one that stands in another table of this database and leads here. "" when
// the selection means no row at all.
//
// The key that tells people apart goes before all others, here and in every
// table on the way (A15): a shared mailbox brings in nobody else.
func (c *call) mine(ctx context.Context, q *statement, t *table, of systems.Selection) (string, error) {
	return c.reach(ctx, q, t, of, t, nil)
}

func (c *call) reach(ctx context.Context, q *statement, t *table, of systems.Selection, target *table, way []string) (string, error) {
	h := t.h
	client := of.Client
	if h.Client == "" {
		if client != "" && len(way) == 0 {
			return "", nil
		}
		client = "" // a table on the way that no client owns
	}
	sel := systems.Select(h, of.Keys)
	conditions := q.narrow(t, client)
	var ways []string
	for _, kind := range sel.Kinds() {
		ways = append(ways, q.key(t, kind, sel[kind]))
	}
	way = append(slices.Clone(way), h.ID)
	_, told := sel[h.PersonKind()]
	for _, kind := range slices.Sorted(maps.Keys(h.Keys)) {
		if told || sel[kind] != nil || len(way) > hops {
			continue
		}
		for _, from := range c.system.Declared.Holdings {
			y := from.Yields[kind]
			if !y.Within || slices.Contains(way, from.ID) {
				continue
			}
			ft, err := c.table(ctx, from)
			if err != nil {
				return "", err
			}
			cond, err := c.reach(ctx, q, ft, of, target, way)
			if err != nil {
				return "", err
			}
			if cond != "" {
				ways = append(ways, c.engine.leads(t.col(h.Keys[kind].Column), ft.col(y.Column), ft, cond, ft.name == target.name))
			}
		}
	}
	switch len(ways) {
	case 0:
		return "", nil
	case 1:
		return all(append(conditions, ways[0])...), nil
	}
	return all(append(conditions, "("+strings.Join(ways, " OR ")+")")...), nil
}

// leads is engine.leads for most: both columns as they are where their types
// agree, so that an index serves, else both as text.
func leads(e engine, to, from column, t *table, cond string) string {
	left, right := to.quoted, from.quoted
	if to.typ != from.typ && (to.kind != number || from.kind != number) {
		left, right = e.text(to.quoted), e.text(from.quoted)
	}
	return left + " IN (SELECT " + right + " FROM " + t.name + " WHERE " + cond + ")"
}

// whole reads a value that a column of whole numbers may hold, in the one form
// in which it prints it.
func whole(v string) (int64, bool) {
	n, err := strconv.ParseInt(v, 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == v
}

// wholes are those of values that are whole numbers.
func wholes(values []string) []any {
	var all []any
	for _, v := range values {
		if n, ok := whole(v); ok {
			all = append(all, n)
		}
	}
	return all
}

func anys(values []string) []any {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = v
	}
	return all
}

// in is the condition that an expression has one of the values; as, when not
// nil, is put around the mark of each.
func (q *statement) in(expression string, values []any, as func(mark string) string) string {
	if len(values) == 0 {
		return nobody
	}
	marks := make([]string, len(values))
	for i, v := range values {
		if marks[i] = q.arg(v); as != nil {
			marks[i] = as(marks[i])
		}
	}
	if len(marks) == 1 {
		return expression + " = " + marks[0]
	}
	return expression + " IN (" + strings.Join(marks, ", ") + ")"
}

// cast is the mark as a value of that type.
func cast(typ string) func(string) string {
	return func(mark string) string { return "CAST(" + mark + " AS " + typ + ")" }
}

// quoteTable quotes a table's name, its schema apart.
func quoteTable(e engine, name string) string {
	parts := strings.SplitN(name, ".", 2)
	for i, p := range parts {
		parts[i] = e.quote(p)
	}
	return strings.Join(parts, ".")
}
