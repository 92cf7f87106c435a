package database

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// referrer is a foreign key that leads to a table of a holding.
type referrer struct {
	// name is the table whose rows refer, and table the same quoted.
	name, table string
	// columns lead to the columns to, all quoted.
	columns, to []string
	// asText is true where the two are of types that the database does not compare.
	asText bool
	// self is true for rows that refer to rows of their own table.
	self bool
	// letsGo is true where the database takes the reference away, or with it rows
	// that are nobody's, when the row goes to which it leads.
	letsGo bool
	// holdings are those that stand in the table.
	holdings []inventory.Holding
	// leads are those of them whose rows lead here as to their own.
	leads []inventory.Holding
}

// referrers learns what refers to the rows of t: by the keys of the database,
// and where it has none by what the inventory says.
func (c *call) referrers(ctx context.Context, t *table) ([]referrer, error) {
	if t.asked {
		return t.refs, nil
	}
	is := func(h inventory.Holding, schema, name, visible string) bool {
		same := func(a, b string) bool { return a == b }
		if _, exact := c.engine.(exactNames); !exact {
			same = strings.EqualFold
		}
		return same(h.In(), schema+"."+name) || visible == "1" && same(h.In(), name)
	}
	var refs []referrer
	last := ""
	err := c.list(ctx, c.engine.catalog().foreign, nil, foreignColumns, func(v []string) error {
		if !is(t.h, v[5], v[6], v[7]) {
			return nil
		}
		if id := strings.Join([]string{v[0], v[1], v[3]}, "\x00"); id != last {
			r := referrer{name: named(v[0], v[1], v[2]), self: v[0] == v[5] && v[1] == v[6]}
			r.table = quoteTable(c.engine, r.name)
			for _, h := range c.system.Declared.Holdings {
				if is(h, v[0], v[1], v[2]) {
					r.holdings = append(r.holdings, h)
				}
			}
			rule := onDelete(v[9])
			without := slices.ContainsFunc(c.system.Declared.Without, func(w string) bool {
				return is(inventory.Holding{ID: w}, v[0], v[1], v[2])
			})
			r.letsGo = systems.ForeignKey{OnDelete: rule}.LetsGo() || rule == "cascade" && without
			refs, last = append(refs, r), id
		}
		r := &refs[len(refs)-1]
		to := v[8]
		if to == "" && len(t.h.Primary) > len(r.to) {
			to = t.h.Primary[len(r.to)] // SQLite: the primary key, unsaid
		}
		r.columns, r.to = append(r.columns, c.engine.quote(v[4])), append(r.to, c.engine.quote(to))
		for _, h := range r.holdings {
			if leadsBy(h, v[4], t.h, to) {
				r.leads = append(r.leads, h)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	refs = slices.CompactFunc(refs, func(a, b referrer) bool { // the parts of one table
		return a.name == b.name && a.letsGo == b.letsGo && slices.Equal(a.columns, b.columns) && slices.Equal(a.to, b.to)
	})
	for _, h := range c.system.Declared.Holdings {
		known := slices.ContainsFunc(refs, func(r referrer) bool {
			return slices.ContainsFunc(r.holdings, func(o inventory.Holding) bool { return o.ID == h.ID })
		})
		if known || h.ID == t.h.ID || !slices.Contains(h.References, t.h.ID) {
			continue
		}
		r, ok, err := c.said(ctx, t, h)
		if err != nil {
			return nil, err
		}
		if ok {
			refs = append(refs, r)
		}
	}
	t.refs, t.asked = refs, true
	return refs, nil
}

// said is the reference of h to t by a number that both have, which only the
// inventory knows of.
func (c *call) said(ctx context.Context, t *table, h inventory.Holding) (r referrer, ok bool, err error) {
	for _, kind := range slices.Sorted(maps.Keys(h.Keys)) {
		to, has := t.h.Keys[kind]
		if y, leads := t.h.Yields[kind]; leads {
			to.Column, has = y.Column, true
		}
		if !has || inventory.Shared(kind) {
			continue
		}
		from, err := c.table(ctx, h)
		if err != nil {
			return r, false, err
		}
		a, b := from.col(h.Keys[kind].Column), t.col(to.Column)
		return referrer{
			name: h.In(), table: from.name, columns: []string{a.quoted}, to: []string{b.quoted}, holdings: []inventory.Holding{h},
			asText: a.typ != b.typ && (a.kind != number || b.kind != number),
		}, true, nil
	}
	return r, false, nil
}

// leadsTo is the condition that a row of the table from refers to one of the table to.
func (r referrer) leadsTo(e engine, from, to string) string {
	if r.asText {
		return e.text(from+"."+r.columns[0]) + " = " + e.text(to+"."+r.to[0])
	}
	return matches(from, r.columns, to, r.to)
}

// leadsBy reports whether rows of h lead by that column to rows of to as to their own.
func leadsBy(h inventory.Holding, column string, to inventory.Holding, there string) bool {
	for kind, y := range h.Yields {
		if k, ok := to.Keys[kind]; ok && y.Column == column && k.Column == there {
			return true
		}
	}
	return false
}

// fate is the question what becomes of a person's rows in a plan, as far as
// it is carried out. With no plan, all that stands there now refers.
type fate struct {
	of      systems.Selection
	earlier []systems.Planned
	// depth numbers the names of tables in a statement.
	depth int
}

func (f fate) alias() string { return "r" + strconv.Itoa(f.depth) }

// before is the fate of the rows of one of the holdings that came earlier; ok
// is false for a holding that did not.
func (f fate) before(h inventory.Holding) (systems.Planned, fate, bool) {
	i := slices.IndexFunc(f.earlier, func(p systems.Planned) bool { return p.Holding.ID == h.ID })
	if i < 0 {
		return systems.Planned{}, f, false
	}
	return f.earlier[i], fate{of: f.of, earlier: f.earlier[:i], depth: f.depth}, true
}

// held is the condition that rows refer to a row of t and stay; at is the name
// of t in the statement. "" = nothing can. Rows of t itself count when self is true.
func (c *call) held(ctx context.Context, q *statement, t *table, at string, self bool, f fate) (string, error) {
	ways, err := c.holds(ctx, q, t, at, self, f)
	return either(ways...), err
}

// holds are the conditions of held, one for every foreign key.
func (c *call) holds(ctx context.Context, q *statement, t *table, at string, self bool, f fate) ([]string, error) {
	refs, err := c.referrers(ctx, t)
	if err != nil {
		return nil, err
	}
	f.depth++
	var ways []string
	for _, r := range refs {
		if r.letsGo || r.self && !self {
			continue
		}
		other, gone := "", ""
		if r.self {
			other = "NOT (" + matches(f.alias(), names(t.primary), at, names(t.primary)) + ")"
		} else if gone, err = c.gone(ctx, q, r, f); err != nil {
			return nil, err
		}
		ways = append(ways, "EXISTS (SELECT 1 FROM "+r.table+" "+f.alias()+" WHERE "+all(r.leadsTo(c.engine, f.alias(), at), other, unless(gone))+")")
	}
	return ways, nil
}

// unless is the condition that another is not met, be it that nothing is known of it.
func unless(cond string) string {
	if cond == "" {
		return ""
	}
	return "CASE WHEN " + cond + " THEN 0 ELSE 1 END = 1"
}

// shared is the condition that a row of somebody else leads to a row of t as to
// its own; "" = none can.
func (c *call) shared(ctx context.Context, q *statement, t *table, at string, f fate) (string, error) {
	led := slices.ContainsFunc(c.system.Declared.Holdings, func(h inventory.Holding) bool {
		return h.ID != t.h.ID && slices.ContainsFunc(h.Columns, func(col inventory.Column) bool {
			return slices.ContainsFunc(t.h.Columns, func(to inventory.Column) bool { return leadsBy(h, col.Name, t.h, to.Name) })
		})
	})
	if !led {
		return "", nil
	}
	refs, err := c.referrers(ctx, t)
	if err != nil {
		return "", err
	}
	f.depth++
	var ways []string
	for _, r := range refs {
		for _, h := range r.leads {
			from, err := c.table(ctx, h)
			if err != nil {
				return "", err
			}
			narrow := q.narrow(from, "")
			mine, err := c.mine(ctx, q, from, f.of)
			if err != nil {
				return "", err
			}
			ways = append(ways, "EXISTS (SELECT 1 FROM "+r.table+" "+f.alias()+" WHERE "+all(append([]string{r.leadsTo(c.engine, f.alias(), at)}, append(narrow, unless(mine))...)...)+")")
		}
	}
	return either(ways...), nil
}

// gone is the condition that a row that refers is erased before; "" = none is.
func (c *call) gone(ctx context.Context, q *statement, r referrer, f fate) (string, error) {
	var ways []string
	for _, h := range r.holdings {
		p, f, ok := f.before(h)
		if !ok {
			continue
		}
		t, err := c.table(ctx, h)
		if err != nil {
			return "", err
		}
		cond, err := c.goes(ctx, q, t, p.Act, f)
		if err != nil {
			return "", err
		}
		if cond == "" {
			continue
		}
		stays, err := c.stays(ctx, q, t, f.alias(), p.Act, f)
		if err != nil {
			return "", err
		}
		if stays != "" {
			cond += " AND NOT (" + stays + ")"
		}
		ways = append(ways, cond)
	}
	return strings.Join(ways, " OR "), nil
}

// goes is the condition that an act would erase a row of t; "" = none.
func (c *call) goes(ctx context.Context, q *statement, t *table, act systems.Act, f fate) (string, error) {
	keeps := act.Action == systems.Keep || act.Action == systems.Restrict
	if act.Action != systems.Erase && (!keeps || act.Before == "" || t.h.End == "") {
		return "", nil
	}
	cond, err := c.mine(ctx, q, t, f.of)
	if err != nil || cond == "" || !keeps {
		return cond, err
	}
	end := t.col(t.h.End)
	switch end.kind {
	case date, local, instant:
		return all(cond, end.quoted+" < "+cast("date")(q.arg(string(act.Before)))), nil
	}
	as := c.engine.text(end.quoted)
	return all(cond, as+" <> ''", as+" < "+q.arg(string(act.Before))), nil
}

// stays is the condition that a row of t that would be erased stays, because
// rows refer to it that stay or because it is somebody else's too.
func (c *call) stays(ctx context.Context, q *statement, t *table, at string, act systems.Act, f fate) (string, error) {
	shared, err := c.shared(ctx, q, t, at, f)
	if err != nil {
		return "", err
	}
	bound, err := c.bound(ctx, q, t, at, act, f)
	return either(shared, bound), err
}

// bound is the condition that rows refer to a row of t that stay, rows of t
// itself among them: of these only what the act leaves.
func (c *call) bound(ctx context.Context, q *statement, t *table, at string, act systems.Act, f fate) (string, error) {
	refs, err := c.referrers(ctx, t)
	if err != nil {
		return "", err
	}
	refs = slices.DeleteFunc(slices.Clone(refs), func(r referrer) bool { return !r.self || r.letsGo })
	_, recurses := c.engine.(recurses)
	if len(refs) == 0 || !recurses {
		return c.held(ctx, q, t, at, true, f)
	}
	// What others hold, and from there all to which it refers in its turn.
	f.depth++
	own, stay := "o"+strconv.Itoa(f.depth), "stay"+strconv.Itoa(f.depth)
	var first, next []string
	goes, err := c.goes(ctx, q, t, act, f)
	if err != nil || goes == "" {
		return "", err
	}
	shared, err := c.shared(ctx, q, t, own, f)
	if err != nil {
		return "", err
	}
	held, err := c.held(ctx, q, t, own, false, f)
	if err != nil {
		return "", err
	}
	for _, r := range refs {
		inner := f
		inner.depth++
		theirs, err := c.goes(ctx, q, t, act, f)
		if err != nil {
			return "", err
		}
		first = append(first, "EXISTS (SELECT 1 FROM "+t.name+" "+inner.alias()+" WHERE "+r.leadsTo(c.engine, inner.alias(), own)+" AND "+unless(theirs)+")")
	}
	key := make([]string, len(t.primary))
	for i := range key {
		key[i] = "k" + strconv.Itoa(i+1)
	}
	for _, r := range refs {
		mine, err := c.goes(ctx, q, t, act, f)
		if err != nil {
			return "", err
		}
		next = append(next, " UNION SELECT "+listed(own, names(t.primary))+" FROM (SELECT * FROM "+t.name+" WHERE "+mine+") "+own+
			" JOIN "+t.name+" c ON "+r.leadsTo(c.engine, "c", own)+" JOIN "+stay+" ON "+matches(stay, key, "c", names(t.primary)))
	}
	return "(" + listed(at, names(t.primary)) + ") IN (WITH RECURSIVE " + stay + "(" + strings.Join(key, ", ") + ") AS (SELECT " + listed(own, names(t.primary)) +
		" FROM " + t.name + " " + own + " WHERE " + goes + " AND (" + either(append([]string{shared, held}, first...)...) + ")" + strings.Join(next, "") +
		") SELECT " + strings.Join(key, ", ") + " FROM " + stay + ")", nil
}

// listed are columns of the table at.
func listed(at string, columns []string) string {
	return at + "." + strings.Join(columns, ", "+at+".")
}

// References implements systems.Refers.
func (s *System) References(ctx context.Context, h inventory.Holding, of systems.Selection, earlier []systems.Planned) (*systems.References, error) {
	var found systems.References
	err := s.snapshot(ctx, func(c *call) error {
		t, err := c.table(ctx, h)
		if err != nil {
			return err
		}
		refs, err := c.referrers(ctx, t)
		if err != nil || len(refs) == 0 {
			return err
		}
		f := fate{of: of, earlier: earlier}
		count := func(into *int, more func(q *statement) (string, error)) error {
			q := c.statement()
			mine, err := c.mine(ctx, q, t, of)
			if err != nil || mine == "" {
				return err
			}
			cond, err := more(q)
			if err != nil || cond == "" {
				return err
			}
			err = c.list(ctx, "SELECT COUNT(*) FROM "+t.name+" WHERE "+mine+" AND ("+cond+")", q.args, 1, func(v []string) error {
				*into, err = strconv.Atoi(v[0])
				return err
			})
			return unseen(err, refs)
		}
		err = count(&found.Shared, func(q *statement) (string, error) { return c.shared(ctx, q, t, t.name, f) })
		if err != nil {
			return err
		}
		return count(&found.Held, func(q *statement) (string, error) {
			shared, err := c.shared(ctx, q, t, t.name, f)
			if err != nil {
				return "", err
			}
			bound, err := c.bound(ctx, q, t, t.name, systems.Act{Action: systems.Erase}, f)
			if shared != "" && bound != "" {
				bound = "NOT (" + shared + ") AND (" + bound + ")"
			}
			return bound, err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("see what refers to holding %s/%s: %w", s.Declared.ID, h.ID, err)
	}
	return &found, nil
}

// unseen says in which tables a fault may lie that came of looking at what refers.
func unseen(err error, refs []referrer) error {
	if err == nil {
		return nil
	}
	tables := make([]string, len(refs))
	for i, r := range refs {
		tables[i] = r.name
	}
	slices.Sort(tables)
	return fmt.Errorf("in %s: %w", strings.Join(slices.Compact(tables), ", "), err)
}

// either joins conditions of which one is enough, leaving out those that say nothing.
func either(conditions ...string) string {
	return strings.Join(slices.DeleteFunc(conditions, func(c string) bool { return c == "" }), " OR ")
}

// names are the quoted names of columns.
func names(columns []column) []string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = c.quoted
	}
	return all
}

// matches is the condition that columns of one table hold what those of another hold.
func matches(a string, columns []string, b string, to []string) string {
	each := make([]string, len(columns))
	for i := range columns {
		each[i] = a + "." + columns[i] + " = " + b + "." + to[i]
	}
	return strings.Join(each, " AND ")
}
