package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// postgres is PostgreSQL 12 and newer.
type postgres struct{}

func (postgres) open(a access, timeout int) (driver.Connector, error) {
	cfg, err := pgx.ParseConfig("host=localhost sslmode=disable") // every field of it is replaced
	if err != nil {
		return nil, errAccess
	}
	cfg.Host, cfg.Database, cfg.User, cfg.Password = a.Host, a.Database, a.User, a.Password
	cfg.Port = uint16(a.port(5432))
	cfg.Fallbacks, cfg.TLSConfig = nil, a.config
	// Described anew each time: a table may change between two calls.
	cfg.DefaultQueryExecMode = pgx.QueryExecModeDescribeExec
	ms := strconv.Itoa(timeout * 1000)
	cfg.RuntimeParams = map[string]string{
		"application_name": "rightsdesk", "timezone": "UTC",
		"statement_timeout": ms, "lock_timeout": "10000", "idle_in_transaction_session_timeout": ms,
		// A page of a cursor is a part of a whole that is all read.
		"cursor_tuple_fraction": "1",
	}
	return stdlib.GetConnector(*cfg), nil
}

func (postgres) begin(read bool) *sql.TxOptions {
	if read {
		return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	return &sql.TxOptions{Isolation: sql.LevelReadCommitted}
}

func (postgres) quote(name string) string { return pgx.Identifier{name}.Sanitize() }

func (postgres) mark(n int) string { return "$" + strconv.Itoa(n) }

func (postgres) exactNames() {}

func (postgres) comparesRows() {}

func (postgres) kind(typ string) kind {
	switch typ {
	case "BOOL":
		return truth
	case "INT2", "INT4", "INT8", "NUMERIC", "FLOAT4", "FLOAT8", "OID":
		return number
	case "DATE":
		return date
	case "TIMESTAMP":
		return local
	case "TIMESTAMPTZ":
		return instant
	case "BYTEA":
		return binary
	case "JSON", "JSONB":
		return document
	case "TEXT", "VARCHAR", "BPCHAR", "NAME", "CITEXT":
		return text
	}
	return other
}

// finish names the types that the driver knows by number alone: citext and
// those that the owner made.
func (p postgres) finish(ctx context.Context, c *call, _ inventory.Holding, columns []column) error {
	var unknown []string
	for _, col := range columns {
		if _, err := strconv.Atoi(col.typ); err == nil {
			unknown = append(unknown, col.typ)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	names := map[string]string{}
	err := c.list(ctx, "SELECT oid::text, typname FROM pg_catalog.pg_type WHERE oid::text = ANY(string_to_array($1, ','))", []any{strings.Join(unknown, ",")}, 2,
		func(v []string) { names[v[0]] = strings.ToUpper(v[1]) })
	for i := range columns {
		if name := names[columns[i].typ]; name != "" {
			columns[i].typ, columns[i].kind = name, p.kind(name)
		}
	}
	return err
}

func (postgres) bare(c column) string { return c.quoted }

func (postgres) text(expression string) string { return "CAST(" + expression + " AS text)" }

var (
	digits = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)
	uuid   = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
)

// those are the values that have that form.
func those(form *regexp.Regexp, values []string) []any {
	return anys(slices.DeleteFunc(slices.Clone(values), func(v string) bool { return !form.MatchString(v) }))
}

func (p postgres) equals(q *statement, c column, values []string, fold bool) string {
	switch {
	case c.typ == "NUMERIC":
		return q.in(c.quoted, those(digits, values), cast("numeric"))
	case c.kind == number:
		return q.in(c.quoted, wholes(values), cast("bigint"))
	case c.typ == "UUID":
		return q.in(c.quoted, those(uuid, values), cast("uuid"))
	case c.typ == "CITEXT":
		return q.in(c.quoted, anys(values), cast("citext")) // no capitals by itself
	}
	expression := c.quoted
	if c.kind != text {
		expression = p.text(expression)
	}
	if fold {
		expression = "lower(" + expression + ")"
	}
	return q.in(expression, anys(values), nil)
}

func (p postgres) leads(to, from column, t *table, cond string, _ bool) string {
	return leads(p, to, from, t, cond)
}

func (p postgres) page(t *table, cond string, n int, lock bool) string {
	s := ordered(p, t, cond) + " LIMIT " + strconv.Itoa(n)
	if lock {
		s += " FOR UPDATE"
	}
	return s
}

func (p postgres) stream(selection string, page int) (declare, fetch string) {
	return "DECLARE rightsdesk NO SCROLL CURSOR FOR " + selection, "FETCH " + strconv.Itoa(page) + " FROM rightsdesk"
}

// erase goes by where the rows lie, which costs no sorting. The condition
// stands twice: a row that somebody gives to another person at this moment lies
// elsewhere afterwards, and is looked at again.
func (p postgres) erase(t *table, n int, cond func() (string, error)) (string, error) {
	inner, err := cond()
	if err != nil {
		return "", err
	}
	if t.view {
		key := t.order()
		return "DELETE FROM " + t.name + " WHERE (" + key + ") IN (SELECT " + key + " FROM " + t.name + " WHERE " + inner + " LIMIT " + strconv.Itoa(n) + ")", nil
	}
	outer, err := cond()
	return "DELETE FROM " + t.name + " WHERE ctid = ANY(ARRAY(SELECT ctid FROM " + t.name + " WHERE " + inner + " LIMIT " + strconv.Itoa(n) + ")) AND " + outer, err
}

// view asks what t is: only in a table, whole or in parts, do rows lie somewhere.
func (postgres) view(ctx context.Context, c *call, t *table) (bool, error) {
	view := true
	err := c.list(ctx, "SELECT relkind::text FROM pg_catalog.pg_class WHERE oid = to_regclass($1)", []any{t.name}, 1,
		func(v []string) { view = v[0] != "r" && v[0] != "p" })
	return view, err
}

func (postgres) together(t *table) int { return 5000 / len(t.primary) }

func (postgres) fault(err error) (is error, code string) {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return nil, ""
	}
	switch pg.Code {
	case "42P01", "42703", "3F000", "23502", "22P02", "22001", "22003", "22007", "23514":
		is = systems.ErrSchema // gone, or it does not take what must be written
	case "23503":
		is = systems.ErrReferenced
	case "40001", "40P01", "55P03":
		is = errConflict
	case "28P01", "28000":
		is = errRefused
	}
	return is, pg.Code
}
