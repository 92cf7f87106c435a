package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// postgres is PostgreSQL 14 and newer.
type postgres struct{}

func (postgres) open(a access) (driver.Connector, error) {
	cfg, err := pgx.ParseConfig("host=localhost sslmode=disable") // every field of it is replaced
	if err != nil {
		return nil, errAccess
	}
	cfg.Host, cfg.Database, cfg.User, cfg.Password = a.Host, a.Database, a.User, a.Password
	cfg.Port = uint16(a.port(5432))
	cfg.Fallbacks, cfg.TLSConfig = nil, a.config
	// Described anew each time: a table may change between two calls.
	cfg.DefaultQueryExecMode = pgx.QueryExecModeDescribeExec
	cfg.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		// The server hears that nobody waits for its answer any more.
		return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: 5 * time.Second}
	}
	ms := strconv.FormatInt(longest.Milliseconds(), 10)
	cfg.RuntimeParams = map[string]string{
		"application_name": "rightsdesk", "timezone": "UTC",
		"statement_timeout": ms, "lock_timeout": "10000", "idle_in_transaction_session_timeout": ms,
	}
	return stdlib.GetConnector(*cfg, stdlib.OptionAfterConnect(func(_ context.Context, conn *pgx.Conn) error {
		// A moment is in UTC wherever we are.
		conn.TypeMap().RegisterType(&pgtype.Type{Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC}})
		return nil
	})), nil
}

func (postgres) begin(read bool) *sql.TxOptions {
	if read {
		return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	return &sql.TxOptions{Isolation: sql.LevelReadCommitted}
}

func (postgres) quote(name string) string { return pgx.Identifier{name}.Sanitize() }

func (postgres) recurses() {}

func (postgres) defers() {}

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
// those that the owner made. What begins with _ is a list.
func (p postgres) finish(ctx context.Context, c *call, _ inventory.Holding, columns []column) error {
	defer func() {
		for i := range columns {
			if of, ok := strings.CutPrefix(columns[i].typ, "_"); ok {
				columns[i].kind, columns[i].of = list, p.kind(of)
			}
		}
	}()
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
		func(v []string) error { names[v[0]] = strings.ToUpper(v[1]); return nil })
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

func (p postgres) nth(t *table, cond string, n int) string {
	return ordered(p, t, cond) + " LIMIT 1 OFFSET " + strconv.Itoa(n-1)
}

// lies asks what t is: in a table, whole or in parts, rows lie somewhere.
func (postgres) lies(ctx context.Context, c *call, t *table) (lies bool, err error) {
	err = c.list(ctx, "SELECT relkind::text FROM pg_catalog.pg_class WHERE oid = to_regclass($1)", []any{t.name}, 1,
		func(v []string) error { lies = v[0] == "r" || v[0] == "p"; return nil })
	return lies, err
}

func (postgres) extent(t *table, cond string) string {
	const block = "COALESCE(((%s(ctid)::text::point)[0])::bigint, 0)::text"
	return "SELECT count(*)::text, " + fmt.Sprintf(block, "min") + ", " + fmt.Sprintf(block, "max") + " FROM " + t.name + " WHERE " + cond
}

func (postgres) stretch(t *table, cond string, from, to int) string {
	return fmt.Sprintf("DELETE FROM %s WHERE ctid >= '(%d,0)' AND ctid < '(%d,0)' AND %s", t.name, from, to, cond)
}

func (postgres) spots(t *table, cond string) string {
	return "SELECT ctid::text FROM " + t.name + " WHERE " + cond
}

// erase has the condition again: a row that somebody gives to another person at
// this very moment is looked at anew.
func (postgres) erase(q *statement, t *table, cond string, spots []string) string {
	return "DELETE FROM " + t.name + " WHERE ctid = ANY(" + q.arg(`{"`+strings.Join(spots, `","`)+`"}`) + "::tid[]) AND " + cond
}

func (postgres) together(t *table) int { return 5000 / len(t.primary) }

func (postgres) fault(err error) (code string, is error) {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return "", nil
	}
	switch pg.Code {
	case "42P01", "42703", "3F000", "23502", "22P02", "22001", "22003", "22007", "23514":
		is = systems.ErrSchema // gone, or it does not take what must be written
	case "23503", "23001":
		is = systems.ErrReferenced
	case "40001", "40P01", "55P03":
		is = errConflict
	case "28P01", "28000":
		is = errRefused
	}
	return pg.Code, is
}
