package database

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// catalog are the questions about what a database has. Each gives text, in the
// order in which things stand there; yes is "1".
type catalog struct {
	// columns: schema, table, whether its name alone reaches it, whether it is
	// a view, column, type, whether it may be empty, whether the database fills it.
	columns string
	// primary: schema, table, column.
	primary string
	// indexes: schema, table, index, whether it is unique, column or expression.
	indexes string
	// foreign: schema, table, whether its name alone reaches it, name of the key,
	// column; schema, table, whether its name alone reaches it and column referred
	// to; what an erasure there does here, as "set null".
	foreign string
}

// Describe implements systems.Describer: all tables and views that the sign-in
// can see, those of the database itself left out.
func (s *System) Describe(ctx context.Context, _ []inventory.Holding) (systems.Schema, error) {
	var d description
	err := s.snapshot(ctx, func(c *call) error {
		ask := c.engine.catalog()
		for _, q := range []struct {
			text    string
			columns int
			row     func([]string)
		}{{ask.columns, 8, d.column}, {ask.primary, 3, d.primary}, {ask.indexes, 5, d.index}, {ask.foreign, foreignColumns, d.foreign}} {
			if err := c.list(ctx, q.text, nil, q.columns, func(v []string) error { q.row(v); return nil }); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return systems.Schema{}, fmt.Errorf("describe system %s: %w", s.Declared.ID, err)
	}
	return d.schema(), nil
}

// description is a schema in the making.
type description struct {
	tables []*systems.Table
	at     map[[2]string]*systems.Table
	keys   map[[2]string]string // which foreign key of a table is the last
}

func (d *description) column(v []string) {
	id := [2]string{v[0], v[1]}
	t := d.at[id]
	if t == nil {
		t = &systems.Table{Name: named(v[0], v[1], v[2]), View: v[3] == "1"}
		if d.at == nil {
			d.at, d.keys = map[[2]string]*systems.Table{}, map[[2]string]string{}
		}
		d.at[id] = t
		d.tables = append(d.tables, t)
	}
	t.Columns = append(t.Columns, systems.Field{Name: v[4], Type: strings.ToLower(v[5]), Nullable: v[6] == "1", Computed: v[7] == "1"})
}

func (d *description) primary(v []string) {
	if t := d.at[[2]string{v[0], v[1]}]; t != nil {
		t.Primary = append(t.Primary, v[2])
	}
}

func (d *description) index(v []string) {
	t := d.at[[2]string{v[0], v[1]}]
	if t == nil {
		return
	}
	if n := len(t.Indexes); n == 0 || t.Indexes[n-1].Name != v[2] {
		t.Indexes = append(t.Indexes, systems.Index{Name: v[2], Unique: v[3] == "1"})
	}
	last := &t.Indexes[len(t.Indexes)-1]
	last.Columns = append(last.Columns, v[4])
}

// foreignColumns is how many columns catalog.foreign has.
const foreignColumns = 10

// named is how a table is called: with its schema where its name alone does not reach it.
func named(schema, table, visible string) string {
	if visible == "1" {
		return table
	}
	return schema + "." + table
}

func (d *description) foreign(v []string) {
	id, to := [2]string{v[0], v[1]}, d.at[[2]string{v[5], v[6]}]
	t := d.at[id]
	if t == nil {
		return
	}
	if n := len(t.ForeignKeys); n == 0 || d.keys[id] != v[3] {
		t.ForeignKeys = append(t.ForeignKeys, systems.ForeignKey{Table: named(v[5], v[6], v[7]), OnDelete: onDelete(v[9])})
		d.keys[id] = v[3]
	}
	last := &t.ForeignKeys[len(t.ForeignKeys)-1]
	last.Columns = append(last.Columns, v[4])
	if v[8] == "" && to != nil && len(to.Primary) >= len(last.Columns) {
		v[8] = to.Primary[len(last.Columns)-1] // SQLite: the primary key, unsaid
	}
	last.To = append(last.To, v[8])
}

// onDelete writes SET_NULL and SET NULL alike, and every rule that stops an erasure as "".
func onDelete(rule string) string {
	switch rule = strings.ReplaceAll(strings.ToLower(rule), "_", " "); rule {
	case "cascade", "set null", "set default":
		return rule
	}
	return ""
}

func (d *description) schema() systems.Schema {
	var s systems.Schema
	for _, t := range d.tables {
		// The parts of a table have each key for themselves.
		t.ForeignKeys = slices.CompactFunc(t.ForeignKeys, func(a, b systems.ForeignKey) bool {
			return a.Table == b.Table && slices.Equal(a.Columns, b.Columns) && slices.Equal(a.To, b.To)
		})
		s.Tables = append(s.Tables, *t)
	}
	slices.SortStableFunc(s.Tables, func(a, b systems.Table) int { return strings.Compare(a.Name, b.Name) })
	return s
}

func (postgres) catalog() catalog {
	const own = " n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_t%' AND NOT c.relispartition"
	return catalog{
		columns: `SELECT n.nspname, c.relname, pg_table_is_visible(c.oid)::int::text, (c.relkind IN ('v', 'm'))::int::text,
 a.attname, format_type(a.atttypid, a.atttypmod), (NOT a.attnotnull)::int::text, (a.attgenerated <> '' OR a.attidentity = 'a')::int::text
 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND` + own + ` ORDER BY 1, 2, a.attnum`,
		primary: `SELECT n.nspname, c.relname, a.attname
 FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k(num, pos) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.num
 WHERE i.indisprimary AND` + own + ` ORDER BY 1, 2, k.pos`,
		indexes: `SELECT n.nspname, c.relname, x.relname, i.indisunique::int::text, pg_get_indexdef(i.indexrelid, k.pos, true)
 FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_class x ON x.oid = i.indexrelid
 CROSS JOIN LATERAL generate_series(1, i.indnkeyatts::int) k(pos)
 WHERE NOT i.indisprimary AND i.indisvalid AND i.indpred IS NULL AND` + own + ` ORDER BY 1, 2, 3, k.pos`,
		// The parts of a table stand for the whole of it.
		foreign: `SELECT n.nspname, c.relname, pg_table_is_visible(c.oid)::int::text, f.oid::text, a.attname,
 tn.nspname, tc.relname, pg_table_is_visible(tc.oid)::int::text, ta.attname,
 CASE f.confdeltype WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' WHEN 'd' THEN 'set default' ELSE '' END
 FROM pg_constraint f JOIN pg_class c ON c.oid = COALESCE(pg_partition_root(f.conrelid), f.conrelid) JOIN pg_namespace n ON n.oid = c.relnamespace
 JOIN pg_class tc ON tc.oid = COALESCE(pg_partition_root(f.confrelid), f.confrelid) JOIN pg_namespace tn ON tn.oid = tc.relnamespace
 CROSS JOIN LATERAL unnest(f.conkey, f.confkey) WITH ORDINALITY k(num, tonum, pos)
 JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.num JOIN pg_attribute ta ON ta.attrelid = f.confrelid AND ta.attnum = k.tonum
 WHERE f.contype = 'f' AND f.conparentid = 0 AND` + own + ` ORDER BY 1, 2, f.conrelid <> c.oid, regexp_replace(pg_get_constraintdef(f.oid), ' NOT VALID', ''), f.oid, k.pos`,
	}
}

func (mysql) catalog() catalog {
	const own = " = DATABASE()"
	return catalog{
		columns: `SELECT c.TABLE_SCHEMA, c.TABLE_NAME, c.TABLE_SCHEMA = DATABASE(), t.TABLE_TYPE LIKE '%VIEW', c.COLUMN_NAME, c.COLUMN_TYPE, c.IS_NULLABLE = 'YES', c.EXTRA LIKE '%GENERATED%'
 FROM information_schema.COLUMNS c JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
 WHERE c.TABLE_SCHEMA` + own + ` ORDER BY c.TABLE_SCHEMA, c.TABLE_NAME, c.ORDINAL_POSITION`,
		primary: `SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME FROM information_schema.STATISTICS
 WHERE INDEX_NAME = 'PRIMARY' AND TABLE_SCHEMA` + own + ` ORDER BY 1, 2, SEQ_IN_INDEX`,
		indexes: `SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, NON_UNIQUE = 0, COLUMN_NAME FROM information_schema.STATISTICS
 WHERE INDEX_NAME <> 'PRIMARY' AND TABLE_SCHEMA` + own + ` ORDER BY 1, 2, 3, SEQ_IN_INDEX`,
		foreign: `SELECT k.TABLE_SCHEMA, k.TABLE_NAME, '1', k.CONSTRAINT_NAME, k.COLUMN_NAME, k.REFERENCED_TABLE_SCHEMA, k.REFERENCED_TABLE_NAME,
 k.REFERENCED_TABLE_SCHEMA = DATABASE(), k.REFERENCED_COLUMN_NAME, r.DELETE_RULE
 FROM information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r
 ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.TABLE_NAME = k.TABLE_NAME AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
 WHERE k.REFERENCED_TABLE_NAME IS NOT NULL AND k.TABLE_SCHEMA` + own + ` ORDER BY 1, 2, 4, k.ORDINAL_POSITION`,
	}
}

func (sqlserver) catalog() catalog {
	return catalog{
		columns: `SELECT s.name, o.name, CASE WHEN s.name = SCHEMA_NAME() THEN '1' ELSE '0' END, CASE WHEN o.type = 'V' THEN '1' ELSE '0' END,
 c.name, TYPE_NAME(c.user_type_id), CASE WHEN c.is_nullable = 1 THEN '1' ELSE '0' END, CASE WHEN c.is_computed = 1 OR c.is_identity = 1 THEN '1' ELSE '0' END
 FROM sys.objects o JOIN sys.schemas s ON s.schema_id = o.schema_id JOIN sys.columns c ON c.object_id = o.object_id
 WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0 ORDER BY s.name, o.name, c.column_id`,
		primary: `SELECT s.name, o.name, c.name
 FROM sys.indexes i JOIN sys.objects o ON o.object_id = i.object_id JOIN sys.schemas s ON s.schema_id = o.schema_id
 JOIN sys.index_columns k ON k.object_id = i.object_id AND k.index_id = i.index_id JOIN sys.columns c ON c.object_id = k.object_id AND c.column_id = k.column_id
 WHERE i.is_primary_key = 1 AND o.is_ms_shipped = 0 ORDER BY s.name, o.name, k.key_ordinal`,
		indexes: `SELECT s.name, o.name, i.name, CASE WHEN i.is_unique = 1 THEN '1' ELSE '0' END, c.name
 FROM sys.indexes i JOIN sys.objects o ON o.object_id = i.object_id JOIN sys.schemas s ON s.schema_id = o.schema_id
 JOIN sys.index_columns k ON k.object_id = i.object_id AND k.index_id = i.index_id JOIN sys.columns c ON c.object_id = k.object_id AND c.column_id = k.column_id
 WHERE i.is_primary_key = 0 AND i.has_filter = 0 AND k.is_included_column = 0 AND o.type IN ('U', 'V') AND o.is_ms_shipped = 0 ORDER BY s.name, o.name, i.name, k.key_ordinal`,
		foreign: `SELECT s.name, o.name, CASE WHEN s.name = SCHEMA_NAME() THEN '1' ELSE '0' END, f.name, c.name,
 ts.name, t.name, CASE WHEN ts.name = SCHEMA_NAME() THEN '1' ELSE '0' END, tc.name, f.delete_referential_action_desc
 FROM sys.foreign_keys f JOIN sys.objects o ON o.object_id = f.parent_object_id JOIN sys.schemas s ON s.schema_id = o.schema_id
 JOIN sys.objects t ON t.object_id = f.referenced_object_id JOIN sys.schemas ts ON ts.schema_id = t.schema_id
 JOIN sys.foreign_key_columns k ON k.constraint_object_id = f.object_id
 JOIN sys.columns c ON c.object_id = k.parent_object_id AND c.column_id = k.parent_column_id
 JOIN sys.columns tc ON tc.object_id = k.referenced_object_id AND tc.column_id = k.referenced_column_id
 ORDER BY s.name, o.name, f.name, k.constraint_column_id`,
	}
}

// catalog of SQLite: of an index on an expression it knows the statement that
// made it, so the expression is what stands there in parentheses.
func (sqlite) catalog() catalog {
	const own = "m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
	return catalog{
		columns: `SELECT '', m.name, '1', m.type = 'view', c.name, c.type, c."notnull" = 0 AND c.pk = 0, c.hidden > 1
 FROM sqlite_schema m JOIN pragma_table_xinfo(m.name) c WHERE c.hidden <> 1 AND ` + own + ` ORDER BY m.name, c.cid`,
		primary: `SELECT '', m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE c.pk > 0 AND ` + own + ` ORDER BY m.name, c.pk`,
		indexes: `SELECT '', m.name, i.name, i."unique", COALESCE(c.name,
  (SELECT trim(substr(x.sql, instr(x.sql, '(') + 1, length(x.sql) - instr(x.sql, '(') - 1)) FROM sqlite_schema x WHERE x.type = 'index' AND x.name = i.name))
 FROM sqlite_schema m JOIN pragma_index_list(m.name) i JOIN pragma_index_xinfo(i.name) c
 WHERE i.origin <> 'pk' AND i.partial = 0 AND c."key" = 1 AND ` + own + ` ORDER BY m.name, i.name, c.seqno`,
		foreign: `SELECT '', m.name, '1', f.id, f."from", '', f."table", '1', COALESCE(f."to", ''), f.on_delete
 FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f WHERE ` + own + ` ORDER BY m.name, f.id DESC, f.seq`,
	}
}
