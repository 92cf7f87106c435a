package database

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	sqlite3 "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"github.com/allclaims/rightsdesk/shared/systems"
)

// sqlite is a file of SQLite 3 that this machine can reach.
type sqlite struct{}

func (sqlite) open(a access) (driver.Connector, error) {
	if a.Database == "" {
		return nil, errAccess
	}
	options := url.Values{
		"mode":    {"rw"}, // a file that is not there is a fault, and not a new one
		"_pragma": {"busy_timeout(10000)", "foreign_keys(1)"},
		"_txlock": {"immediate"}, // of what writes; it stands where others lock rows
	}
	c, err := sqlite3.NewConnector("file:" + (&url.URL{Path: a.Database}).EscapedPath() + "?" + options.Encode())
	if err != nil {
		return nil, errAccess
	}
	return c, nil
}

func (sqlite) begin(read bool) *sql.TxOptions { return &sql.TxOptions{ReadOnly: read} }

func (sqlite) quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func (sqlite) recurses() {}

func (sqlite) defers() {}

func (sqlite) mark(int) string { return "?" }

func (sqlite) comparesRows() {}

// kind follows the affinity of the declared type; a value may still be of any type.
func (sqlite) kind(typ string) kind {
	typ, _, _ = strings.Cut(strings.ToUpper(typ), "(")
	switch {
	case typ == "BOOLEAN" || typ == "BOOL":
		return truth
	case typ == "JSON" || typ == "JSONB":
		return document
	case typ == "DATE" || typ == "DATETIME" || typ == "TIMESTAMP" || typ == "TIME":
		return text // SQLite has no such type: as it stands there
	case strings.Contains(typ, "INT"):
		return number
	case strings.Contains(typ, "CHAR"), strings.Contains(typ, "CLOB"), strings.Contains(typ, "TEXT"):
		return text
	case strings.Contains(typ, "BLOB"):
		return binary
	case strings.Contains(typ, "REAL"), strings.Contains(typ, "FLOA"), strings.Contains(typ, "DOUB"), strings.Contains(typ, "NUM"), strings.Contains(typ, "DEC"):
		return number
	}
	return other
}

// bare keeps the driver from making times of text: an expression has no
// declared type.
func (sqlite) bare(c column) string { return "+" + c.quoted }

func (sqlite) text(expression string) string { return "CAST(" + expression + " AS TEXT)" }

func (s sqlite) equals(q *statement, c column, values []string, fold bool) string {
	if c.kind == number {
		// 007 is not 7, though SQLite would say so; K-1 may stand even in a
		// column of numbers.
		given := anys(slices.DeleteFunc(slices.Clone(values), func(v string) bool {
			_, err := strconv.ParseFloat(v, 64)
			_, ok := whole(v)
			return err == nil && !ok
		}))
		return q.in(c.quoted, given, nil)
	}
	expression := c.quoted
	if c.kind != text && c.kind != binary {
		expression = s.text(expression)
	}
	if fold {
		expression = "lower(" + expression + ")"
	}
	return q.in(expression+" COLLATE BINARY", anys(values), nil)
}

func (s sqlite) leads(to, from column, t *table, cond string, _ bool) string {
	return leads(s, to, from, t, cond)
}

func (s sqlite) page(t *table, cond string, n int, _ bool) string {
	return ordered(s, t, cond) + " LIMIT " + strconv.Itoa(n)
}

func (s sqlite) nth(t *table, cond string, n int) string {
	return ordered(s, t, cond) + " LIMIT 1 OFFSET " + strconv.Itoa(n-1)
}

func (sqlite) together(t *table) int { return 5000 / len(t.primary) }

func (sqlite) fault(err error) (code string, is error) {
	var e *sqlite3.Error
	if !errors.As(err, &e) {
		return "", nil
	}
	switch n := e.Code(); {
	case n == codes.SQLITE_CONSTRAINT_FOREIGNKEY:
		is = systems.ErrReferenced
	case n == codes.SQLITE_CONSTRAINT_NOTNULL, n == codes.SQLITE_CONSTRAINT_CHECK, n == codes.SQLITE_CONSTRAINT_DATATYPE:
		is = systems.ErrSchema
	case n == codes.SQLITE_ERROR && (strings.Contains(e.Error(), "no such table") || strings.Contains(e.Error(), "no such column")):
		is = systems.ErrSchema
	case n&0xff == codes.SQLITE_BUSY, n&0xff == codes.SQLITE_LOCKED:
		is = errConflict
	}
	return strconv.Itoa(e.Code()), is
}
