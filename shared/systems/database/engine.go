package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
)

// engine is what tells one kind of database from another.
type engine interface {
	// open makes what connects; it does not connect yet.
	open(a access) (driver.Connector, error)
	// begin says how a transaction begins that only reads, or one that writes.
	begin(read bool) *sql.TxOptions
	// quote quotes one name; mark is the sign of the n-th argument, from 1.
	quote(name string) string
	mark(n int) string
	// kind reads the driver's word for a type.
	kind(typ string) kind
	// bare is a column as it is selected; text is an expression as text.
	bare(c column) string
	text(expression string) string
	// equals is the condition that a column holds one of the values, no
	// likeness and no other spelling. With fold the column is compared in lower
	// case, as the values are.
	equals(q *statement, c column, values []string, fold bool) string
	// leads is the condition that the column to holds what the column from of
	// another table holds, in a row that meets cond. same is true where that is
	// the very table of the statement.
	leads(to, from column, t *table, cond string, same bool) string
	// page selects n rows at most in the order of the key, locked until the end
	// of the transaction when they are to be changed.
	page(t *table, cond string, n int, lock bool) string
	// nth selects the n-th row in the order of the key, if there is one.
	nth(t *table, cond string, n int) string
	// together is how many rows one statement may name.
	together(t *table) int
	// fault tells what an error of the driver is; code is its number.
	fault(err error) (code string, is error)
	// catalog asks what the database has.
	catalog() catalog
}

// What some engines have and others have not.
type (
	// rowCompares compares (a, b) > (x, y).
	rowCompares interface{ comparesRows() }
	// exactNames tells capitals apart in the names of columns.
	exactNames interface{ exactNames() }
	// deferred looks at foreign keys when a statement is over, not row by row.
	deferred interface{ defers() }
	// recurses follows rows to rows of the same table within a condition.
	recurses interface{ recurses() }
	// layer can name rows by where they lie, which takes no order and no key.
	layer interface {
		// lies reports whether the rows of t do: those of a view do not.
		lies(ctx context.Context, c *call, t *table) (bool, error)
		// extent selects how many rows meet cond, and the first and last block in
		// which they lie; stretch deletes those from one block up to another.
		extent(t *table, cond string) string
		stretch(t *table, cond string, from, to int) string
		// spots selects where the rows lie that meet cond; erase deletes those
		// that lie there and still meet it.
		spots(t *table, cond string) string
		erase(q *statement, t *table, cond string, spots []string) string
	}
	// streamer reads the records of a query from a driver's own connection, and
	// passes each to row, whose error it gives as it is. ok is false for a
	// connection that it does not know: nothing was asked.
	streamer interface {
		stream(ctx context.Context, conn any, r *reader, query string, args []any, row func() error) (ok bool, err error)
	}
	// finisher learns of a table what the driver does not tell.
	finisher interface {
		finish(ctx context.Context, c *call, h inventory.Holding, columns []column) error
	}
)

var engines = map[string]engine{"postgres": postgres{}, "mysql": mysql{}, "sqlserver": sqlserver{}, "sqlite": sqlite{}}

// errConflict: another transaction was in the way; the same again may work.
var errConflict = errors.New("another transaction was in the way")

// errRefused: the sign-in was refused; its secret may have been replaced.
var errRefused = errors.New("the sign-in was refused")

// fault keeps the code of a failed call and drops its words: they may repeat a
// key or a value, which are personal data (I13).
func fault(ctx context.Context, e engine, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("the database did not answer in time")
	}
	if s := (secretError{}); errors.As(err, &s) {
		return s
	}
	code, is := e.fault(err)
	switch {
	case is != nil && code != "":
		return fmt.Errorf("code %s: %w", code, is)
	case is != nil:
		return is
	case code != "":
		return errors.New("the database answered with code " + code)
	}
	return errors.New("no answer from the database")
}

// unreadable is a fault of a row that was read.
func unreadable(ctx context.Context, e engine, err error) error {
	if errors.Is(err, systems.ErrUnreadable) || errors.Is(err, errValue) {
		return systems.ErrUnreadable
	}
	return fault(ctx, e, err)
}
