package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	driverMySQL "github.com/go-sql-driver/mysql"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// mysql is MySQL 8 and newer, and MariaDB 10.6 and newer.
type mysql struct{}

func (mysql) open(a access) (driver.Connector, error) {
	cfg := driverMySQL.NewConfig()
	cfg.Net, cfg.Addr = "tcp", net.JoinHostPort(a.Host, strconv.Itoa(a.port(3306)))
	if a.socket() {
		cfg.Net, cfg.Addr = "unix", a.Host
	}
	cfg.User, cfg.Passwd, cfg.DBName, cfg.TLS = a.User, a.Password, a.Database, a.config
	cfg.Timeout = 10 * time.Second
	cfg.InterpolateParams = true // by the driver, which knows the character set: one trip a statement
	cfg.ClientFoundRows = true   // a row that was as it must be is one that was written
	// One setting of many, so that the driver sends them in this order. The two
	// comments are read by MariaDB alone and by MySQL alone.
	seconds := strconv.Itoa(int(longest / time.Second))
	cfg.Params = map[string]string{"sql_mode": "'STRICT_ALL_TABLES', time_zone = '+00:00', innodb_lock_wait_timeout = 10, net_write_timeout = " + seconds +
		" /*M!100101 , max_statement_time = " + seconds + " */ /*!50708 , max_execution_time = " + seconds + "000 */"}
	c, err := driverMySQL.NewConnector(cfg)
	if err != nil {
		return nil, errAccess
	}
	return c, nil
}

func (mysql) begin(read bool) *sql.TxOptions {
	if read {
		return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	return &sql.TxOptions{Isolation: sql.LevelReadCommitted}
}

func (mysql) quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

func (mysql) recurses() {}

func (mysql) mark(int) string { return "?" }

func (mysql) kind(typ string) kind {
	switch strings.TrimPrefix(typ, "UNSIGNED ") {
	case "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT", "YEAR", "DECIMAL", "FLOAT", "DOUBLE":
		return number
	case "BIT":
		return truth
	case "DATE":
		return date
	case "DATETIME":
		return local
	case "TIMESTAMP":
		return instant
	case "BINARY", "VARBINARY", "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB", "GEOMETRY", "VECTOR":
		return binary
	case "JSON":
		return document
	case "CHAR", "VARCHAR", "TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT", "ENUM", "SET":
		return text
	}
	return other
}

// finish learns which columns tell no capitals apart: an index serves there as
// it is.
func (mysql) finish(ctx context.Context, c *call, h inventory.Holding, columns []column) error {
	if !folds(h) {
		return nil
	}
	schema, name, ok := strings.Cut(h.In(), ".")
	if !ok {
		schema, name = "", schema
	}
	return c.list(ctx, "SELECT COLUMN_NAME, COLLATION_NAME FROM information_schema.COLUMNS"+
		" WHERE TABLE_SCHEMA = COALESCE(NULLIF(?, ''), DATABASE()) AND TABLE_NAME = ? AND COLLATION_NAME LIKE '%\\_ci'", []any{schema, name}, 2,
		func(v []string) error { fold(columns, v[0]); return nil })
}

// folds reports whether a key of h is compared in lower case.
func folds(h inventory.Holding) bool {
	for _, k := range h.Keys {
		if k.Fold {
			return true
		}
	}
	return false
}

// fold notes that a column tells no capitals apart.
func fold(columns []column, name string) {
	for i := range columns {
		columns[i].folds = columns[i].folds || columns[i].name == name
	}
}

func (mysql) bare(c column) string { return c.quoted }

func (mysql) text(expression string) string { return "CAST(" + expression + " AS CHAR)" }

// equals compares bytes: = alone takes é for e, and blanks at the end for
// nothing. It still goes first, for the index.
func (m mysql) equals(q *statement, c column, values []string, fold bool) string {
	switch c.kind {
	case number, truth:
		return q.in(c.quoted, wholes(values), nil)
	case binary:
		return q.in(c.quoted, anys(values), nil)
	case text:
	default:
		return q.in(m.text(c.quoted), anys(values), nil)
	}
	expression, first := "CONVERT("+c.quoted+" USING utf8mb4)", ""
	if fold {
		expression = "LOWER(" + expression + ")"
	}
	if !fold || c.folds {
		first = q.in(c.quoted, anys(values), nil)
	}
	return "(" + all(first, q.in("CAST("+expression+" AS BINARY)", anys(values), cast("BINARY"))) + ")"
}

// leads reads the way to a table through that same table from a copy: MySQL
// changes no table that it reads.
func (m mysql) leads(to, from column, t *table, cond string, same bool) string {
	if !same {
		return leads(m, to, from, t, cond)
	}
	left, right := to.quoted, from.quoted
	if to.typ != from.typ {
		left, right = m.text(left), m.text(right)
	}
	return left + " IN (SELECT k FROM (SELECT " + right + " AS k FROM " + t.name + " WHERE " + cond + ") AS way)"
}

func (m mysql) page(t *table, cond string, n int, lock bool) string {
	s := ordered(m, t, cond) + " LIMIT " + strconv.Itoa(n)
	if lock {
		s += " FOR UPDATE"
	}
	return s
}

func (m mysql) nth(t *table, cond string, n int) string {
	return ordered(m, t, cond) + " LIMIT 1 OFFSET " + strconv.Itoa(n-1)
}

func (mysql) together(t *table) int { return 5000 / len(t.primary) }

func (mysql) fault(err error) (code string, is error) {
	var e *driverMySQL.MySQLError
	if !errors.As(err, &e) {
		return "", nil
	}
	switch e.Number {
	case 1146, 1054, 1049, 1048, 1364, 1366, 1406, 1264, 1292, 4025, 3819:
		is = systems.ErrSchema // gone, or it does not take what must be written
	case 1451, 1217:
		is = systems.ErrReferenced
	case 1205, 1213:
		is = errConflict
	case 1045, 1044:
		is = errRefused
	}
	return strconv.Itoa(int(e.Number)), is
}
