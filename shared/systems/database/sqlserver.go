package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strconv"
	"strings"
	"time"

	mssql "github.com/microsoft/go-mssqldb"
	"github.com/microsoft/go-mssqldb/msdsn"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// sqlserver is SQL Server 2016 and newer. What it sends is held to golden
// files; no server stands in the tests.
type sqlserver struct{}

func (sqlserver) open(a access) (driver.Connector, error) {
	cfg := msdsn.Config{
		Host: a.Host, Port: uint64(a.port(1433)), Database: a.Database, User: a.User, Password: a.Password,
		Encryption: msdsn.EncryptionRequired, TLSConfig: a.config, HostInCertificateProvided: a.config != nil,
		AppName: "rightsdesk", DialTimeout: 10 * time.Second, KeepAlive: 30 * time.Second,
		PacketSize: 32767, Protocols: []string{"tcp"}, Parameters: map[string]string{}, ProtocolParameters: map[string]any{},
	}
	if a.config == nil {
		cfg.Encryption = msdsn.EncryptionDisabled
	}
	c := mssql.NewConnectorConfig(cfg)
	// The statement's own limit is the context's: the driver tells the server.
	c.SessionInitSQL = "SET LOCK_TIMEOUT 10000; SET XACT_ABORT ON"
	return c, nil
}

func (sqlserver) begin(read bool) *sql.TxOptions {
	if read {
		return &sql.TxOptions{Isolation: sql.LevelSnapshot}
	}
	return &sql.TxOptions{Isolation: sql.LevelReadCommitted}
}

func (sqlserver) quote(name string) string { return "[" + strings.ReplaceAll(name, "]", "]]") + "]" }

func (sqlserver) mark(n int) string { return "@p" + strconv.Itoa(n) }

func (sqlserver) kind(typ string) kind {
	switch typ {
	case "BIT":
		return truth
	case "TINYINT", "SMALLINT", "INT", "BIGINT", "DECIMAL", "NUMERIC", "MONEY", "SMALLMONEY", "FLOAT", "REAL":
		return number
	case "DATE":
		return date
	case "DATETIME", "DATETIME2", "SMALLDATETIME":
		return local
	case "CHAR", "VARCHAR", "NCHAR", "NVARCHAR":
		return text
	case "BINARY", "VARBINARY", "IMAGE", "TIMESTAMP":
		return binary
	case "UNIQUEIDENTIFIER":
		return guid
	}
	return other
}

// finish learns which columns tell no capitals apart: an index serves there as
// it is.
func (s sqlserver) finish(ctx context.Context, c *call, h inventory.Holding, columns []column) error {
	if !folds(h) {
		return nil
	}
	return c.list(ctx, "SELECT name FROM sys.columns WHERE object_id = OBJECT_ID(@p1) AND collation_name LIKE '%[_]CI[_]%'", []any{quoteTable(s, h.In())}, 1,
		func(v []string) error { fold(columns, v[0]); return nil })
}

func (sqlserver) bare(c column) string { return c.quoted }

func (sqlserver) text(expression string) string { return "CAST(" + expression + " AS nvarchar(4000))" }

// equals compares bytes: = alone takes é for e in some collations, and blanks
// at the end for nothing. It still goes first, for the index.
func (s sqlserver) equals(q *statement, c column, values []string, fold bool) string {
	switch c.kind {
	case number, truth:
		return q.in(c.quoted, wholes(values), nil)
	case guid:
		return q.in(c.quoted, those(uuid, values), nil)
	case text:
	default:
		return q.in(s.text(c.quoted), anys(values), nil)
	}
	expression, first := s.text(c.quoted), ""
	if fold {
		expression = "LOWER(" + expression + ")"
	}
	if !fold || c.folds {
		first = q.in(c.quoted, anys(values), nil)
	}
	return "(" + all(first, q.in("CAST("+expression+" AS varbinary(8000))", anys(values), cast("varbinary(8000)"))) + ")"
}

func (s sqlserver) leads(to, from column, t *table, cond string, _ bool) string {
	return leads(s, to, from, t, cond)
}

func (s sqlserver) page(t *table, cond string, n int, lock bool) string {
	hint := ""
	if lock {
		hint = " WITH (UPDLOCK, ROWLOCK)"
	}
	return "SELECT TOP (" + strconv.Itoa(n) + ") " + t.selection(s) + " FROM " + t.name + hint + " WHERE " + cond + " ORDER BY " + t.order()
}

func (s sqlserver) nth(t *table, cond string, n int) string {
	return ordered(s, t, cond) + " OFFSET " + strconv.Itoa(n-1) + " ROWS FETCH NEXT 1 ROWS ONLY"
}

// together stays under the 2100 arguments of one statement.
func (sqlserver) together(t *table) int { return 1000 / len(t.primary) }

func (sqlserver) fault(err error) (code string, is error) {
	var e mssql.Error
	if !errors.As(err, &e) {
		return "", nil
	}
	switch e.Number {
	case 208, 207, 515, 245, 8114, 8152, 2628:
		is = systems.ErrSchema // gone, or it does not take what must be written
	case 547:
		is = systems.ErrReferenced
	case 1205, 1222, 3960:
		is = errConflict
	case 18456, 4060:
		is = errRefused
	}
	return strconv.Itoa(int(e.Number)), is
}
