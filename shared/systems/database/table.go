package database

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// kind is what a column holds, as far as it matters for reading and comparing.
type kind int

const (
	text kind = iota
	number
	truth
	date    // a day
	local   // a day and time without a place
	instant // a moment
	binary
	document // JSON
	guid
	list    // of PostgreSQL; column.of says of what
	other   // compared by its text
	empties // only whether it is empty: nobody declared it
)

// column is one column of a table.
type column struct {
	name   string // as the inventory has it
	quoted string
	typ    string // the driver's word for its type
	kind   kind
	of     kind // what the members of a list are
	single bool // a number of 32 bits, which the driver widens
	folds  bool // the database tells no capitals apart in it
}

// table is what a holding is in the database, learnt anew in every call: what
// changed yesterday must not be read by what stood there the day before (F18).
type table struct {
	h       inventory.Holding
	name    string // quoted
	columns []column
	primary []column
	// refs are the foreign keys that lead to it, once they were asked for.
	refs  []referrer
	asked bool
}

// table learns how a holding is made. A declared column that is gone is systems.ErrSchema.
func (c *call) table(ctx context.Context, h inventory.Holding) (*table, error) {
	if t := c.known[h.ID]; t != nil {
		return t, nil
	}
	t := &table{h: h, name: quoteTable(c.engine, h.In())}
	types, err := c.types(ctx, t.name)
	if err != nil {
		return nil, err
	}
	there := make([]column, len(types))
	for i, ct := range types {
		there[i] = column{name: ct.Name(), quoted: c.engine.quote(ct.Name()), typ: ct.DatabaseTypeName()}
		there[i].kind = c.engine.kind(there[i].typ)
		_, real := c.engine.(sqlserver)
		there[i].single = there[i].typ == "FLOAT4" || real && there[i].typ == "REAL"
	}
	if e, ok := c.engine.(finisher); ok {
		if err := e.finish(ctx, c, h, there); err != nil {
			return nil, err
		}
	}
	used := make([]bool, len(there))
	declare := func(name string) bool {
		i := match(c.engine, there, name)
		if i < 0 {
			return false
		}
		used[i] = true
		col := there[i]
		col.name = name
		t.columns = append(t.columns, col)
		return true
	}
	for _, col := range h.Columns {
		if !declare(col.Name) {
			return nil, fmt.Errorf("column %s of %s is not there: %w", col.Name, h.In(), systems.ErrSchema)
		}
	}
	if i := match(c.engine, there, inventory.Bookkeeping); i >= 0 {
		if h.Marks() {
			declare(inventory.Bookkeeping)
			t.columns[len(t.columns)-1].kind = document
		}
		used[i] = true // ours, and never shown
	}
	for _, name := range h.Primary {
		t.primary = append(t.primary, t.col(name))
	}
	for i, col := range there {
		if !used[i] {
			col.kind = empties
			t.columns = append(t.columns, col)
		}
	}
	c.known[h.ID] = t
	return t, nil
}

// types asks what columns a table has, without reading a row.
func (c *call) types(ctx context.Context, name string) ([]*sql.ColumnType, error) {
	limited, cancel := context.WithTimeout(ctx, c.system.timeout())
	defer cancel()
	rows, err := c.db.QueryContext(limited, "SELECT * FROM "+name+" WHERE "+nobody)
	if err != nil {
		return nil, fault(ctx, c.engine, err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err == nil {
		err = rows.Err()
	}
	if err != nil {
		return nil, fault(ctx, c.engine, err)
	}
	return types, nil
}

// match finds a column by its name: as it is written, or else without regard to
// capitals where the database has none in names.
func match(e engine, columns []column, name string) int {
	at := -1
	for i, c := range columns {
		if c.name == name {
			return i
		}
		if _, exact := e.(exactNames); !exact && strings.EqualFold(c.name, name) {
			at = i
		}
	}
	return at
}

// col finds a declared column; every name that a holding uses is declared.
func (t *table) col(name string) column {
	for _, c := range t.columns {
		if c.name == name && c.kind != empties {
			return c
		}
	}
	return column{}
}

// order is the list of the key's columns.
func (t *table) order() string {
	names := make([]string, len(t.primary))
	for i, c := range t.primary {
		names[i] = c.quoted
	}
	return strings.Join(names, ", ")
}

// selection lists what is read: the declared columns, of others only whether
// they are empty.
func (t *table) selection(e engine) string {
	list := make([]string, len(t.columns))
	for i, c := range t.columns {
		if c.kind == empties {
			list[i] = "CASE WHEN " + c.quoted + " IS NULL THEN 0 ELSE 1 END"
		} else {
			list[i] = e.bare(c)
		}
	}
	return strings.Join(list, ", ")
}
