// Package database reaches a system that is an SQL database: PostgreSQL, MySQL
// or MariaDB, SQL Server or SQLite. A copy is read in one read-only snapshot and
// streamed; an act is carried out in batches, each a transaction of its own. It
// reads the columns that the inventory declares, and of any other column only
// whether it is empty.
package database

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
)

const (
	// defaultPage is how many rows one statement reads or changes: enough that
	// the statement itself costs nothing, few enough to hold their locks shortly.
	defaultPage = 20_000
	// defaultTimeout is how long a statement may be silent; longest is how long
	// the database lets it go on, a copy of any size included.
	defaultTimeout = 2 * time.Minute
	longest        = 15 * time.Minute
	// heard is after how many rows a statement is known not to be silent.
	heard = 256
	// conflictTries is how often a batch is tried when another transaction is in its way.
	conflictTries = 6
)

// System is one database.
type System struct {
	DB *sql.DB
	// Declared is the system as the inventory has it; its Kind says which
	// dialect the database speaks.
	Declared *inventory.System
	// Page bounds the rows of one batch of changes, and is after how many rows a
	// copy asks whether it is enough; 0 = 20,000.
	Page int
	// Timeout is how long a statement may be silent; 0 = two minutes.
	Timeout time.Duration

	// two is held while one connection waits for the other: of two that did so
	// at once neither would get it.
	two sync.Mutex
}

// Find implements systems.System.
func (s *System) Find(ctx context.Context, h inventory.Holding, kind, value string) ([]systems.Row, error) {
	if _, ok := h.Keys[kind]; !ok {
		return nil, fmt.Errorf("key %q of holding %s/%s: %w", kind, s.Declared.ID, h.ID, systems.ErrNotDeclared)
	}
	v := systems.Normal(kind, value)
	if v == "" {
		return nil, nil
	}
	var found []systems.Row
	err := s.snapshot(ctx, func(c *call) error {
		t, err := c.table(ctx, h)
		if err != nil {
			return err
		}
		q := c.statement()
		cond := all(append(q.narrow(t, ""), q.key(t, kind, []string{v}))...)
		_, err = c.read(ctx, newReader(t), c.engine.page(t, cond, systems.FindLimit, false), q.args, func(r *reader) error {
			found = append(found, r.take())
			return nil
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find in holding %s/%s by %s: %w", s.Declared.ID, h.ID, kind, err)
	}
	return found, nil
}

// Collect implements systems.System. All of it is read by one statement, in one
// snapshot; what a later call goes on with is read in another.
func (s *System) Collect(ctx context.Context, h inventory.Holding, of systems.Selection, emit func(systems.Row) error) error {
	return s.collect(ctx, h, of, newReader, func(r *reader) error { return emit(r.row) })
}

// Copy implements systems.Copier.
func (s *System) Copy(ctx context.Context, h inventory.Holding, of systems.Selection, emit func(systems.Record) error) error {
	return s.collect(ctx, h, of, newCopier, func(r *reader) error { return emit(r.record) })
}

func (s *System) collect(ctx context.Context, h inventory.Holding, of systems.Selection, reads func(*table) *reader, emit func(*reader) error) error {
	var stopped error // emit's own, or the Cut: they are no faults of the database
	err := s.snapshot(ctx, func(c *call) error {
		t, err := c.table(ctx, h)
		if err != nil {
			return err
		}
		from, err := readPlace(of.From, len(t.primary))
		if err != nil {
			return err
		}
		q := c.statement()
		cond, err := c.mine(ctx, q, t, of)
		if err != nil || cond == "" {
			return err
		}
		n, last := 0, ""
		_, err = c.read(ctx, reads(t), ordered(c.engine, t, all(cond, q.after(t, from))), q.args, func(r *reader) error {
			if last != "" { // there is more to come
				if stopped = of.Stop(last); stopped != nil {
					return stopped
				}
				last = ""
			}
			if stopped = emit(r); stopped != nil {
				return stopped
			}
			if n++; of.Enough != nil && n%s.page() == 0 {
				last = r.place()
			}
			return nil
		})
		return err
	})
	if stopped != nil {
		return stopped
	}
	if err != nil {
		return fmt.Errorf("read holding %s/%s: %w", s.Declared.ID, h.ID, err)
	}
	return nil
}

// Apply implements systems.System.
func (s *System) Apply(ctx context.Context, h inventory.Holding, of systems.Selection, act systems.Act) (int, error) {
	if err := act.Check(h); err != nil {
		return 0, fmt.Errorf("system %s: %w", s.Declared.ID, err)
	}
	work := s.change
	if act.Action == systems.Erase {
		work = s.erase
	}
	n, stopped, err := work(ctx, h, of, act)
	switch {
	case stopped != nil:
		return n, stopped
	case err != nil:
		return n, fmt.Errorf("%s in holding %s/%s: %w", act.Action, s.Declared.ID, h.ID, err)
	}
	return n, nil
}

// Can implements systems.System.
func (s *System) Can(h inventory.Holding, action string) bool { return systems.Able(h, action) }

// call is one use of the database: a connection or transaction, and what was
// learnt of the tables in it.
type call struct {
	system *System
	engine engine
	db     querier
	conn   *sql.Conn // of the transaction; nil where there is none
	known  map[string]*table
}

// querier is a transaction or a connection.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func (s *System) page() int { return cmp.Or(s.Page, defaultPage) }

func (s *System) timeout() time.Duration { return cmp.Or(s.Timeout, defaultTimeout) }

func (s *System) engine() (engine, error) {
	e, ok := engines[s.Declared.Kind]
	if !ok {
		return nil, fmt.Errorf("a database of kind %q: %w", s.Declared.Kind, systems.ErrNotDeclared)
	}
	return e, nil
}

// snapshot does the work in a transaction that only reads, and sees one state
// of the database from its first statement to its last.
func (s *System) snapshot(ctx context.Context, work func(*call) error) error {
	return s.transaction(ctx, true, work)
}

// transaction commits what work did; an error of work takes it all back.
func (s *System) transaction(ctx context.Context, read bool, work func(*call) error) error {
	e, err := s.engine()
	if err != nil {
		return err
	}
	conn, err := s.DB.Conn(ctx)
	if err != nil {
		return fault(ctx, e, err)
	}
	defer func() { _ = conn.Close() }() // gives it back
	tx, err := conn.BeginTx(ctx, e.begin(read))
	if err != nil {
		return fault(ctx, e, err)
	}
	defer func() { _ = tx.Rollback() }() // nothing after a commit
	if err := work(&call{system: s, engine: e, db: tx, conn: conn, known: map[string]*table{}}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fault(ctx, e, err)
	}
	return nil
}

// again repeats a batch that another transaction stood in the way of.
func again(ctx context.Context, batch func() error) error {
	wait := 20 * time.Millisecond
	for try := 1; ; try++ {
		err := batch()
		if !errors.Is(err, errConflict) {
			return err
		}
		if try == conflictTries {
			return fmt.Errorf("%w: %w", err, systems.ErrChanged)
		}
		t := time.NewTimer(wait + rand.N(wait))
		select {
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-t.C:
		}
		wait *= 2
	}
}

func (c *call) statement() *statement { return &statement{engine: c.engine} }

// affect carries out one statement and tells how many rows it touched.
func (c *call) affect(ctx context.Context, text string, args []any) (int, error) {
	limited, cancel := context.WithTimeout(ctx, c.system.timeout())
	defer cancel()
	res, err := c.db.ExecContext(limited, text, args...)
	if err != nil {
		return 0, fault(ctx, c.engine, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, fault(ctx, c.engine, err)
	}
	return int(n), nil
}

// read passes every row to visit, whose error it gives as it is. The rows come
// as they are asked for, so that a slow reader slows the database down; what is
// bounded is how long it may be silent.
func (c *call) read(ctx context.Context, r *reader, text string, args []any, visit func(*reader) error) (n int, err error) {
	limited, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(c.system.timeout(), func() { cancel(context.DeadlineExceeded) })
	defer silence.Stop()
	why := func(err error) error {
		if errors.Is(context.Cause(limited), context.DeadlineExceeded) && ctx.Err() == nil {
			return fault(ctx, c.engine, context.DeadlineExceeded)
		}
		return unreadable(ctx, c.engine, err)
	}
	var stopped error // visit's own
	row := func() error {
		if n%heard == 0 {
			silence.Reset(c.system.timeout())
		}
		n++
		if stopped = visit(r); stopped != nil {
			cancel(nil) // or closing would read all the rest first
		}
		return stopped
	}
	err = c.rows(limited, r, text, args, row)
	if stopped != nil {
		return n, stopped
	}
	if err != nil {
		return n, why(err)
	}
	return n, nil
}

// rows reads a statement row by row, records where it can by the engine's shorter way.
func (c *call) rows(ctx context.Context, r *reader, text string, args []any, row func() error) error {
	if s, ok := c.engine.(streamer); ok && r.row == nil && c.conn != nil {
		done := false
		err := c.conn.Raw(func(conn any) (err error) {
			done, err = s.stream(ctx, conn, r, text, args, row)
			return err
		})
		if done || err != nil {
			return err
		}
	}
	rows, err := c.db.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		r.begin()
		if err := rows.Scan(r.into...); err != nil {
			return err
		}
		if err := row(); err != nil {
			return err
		}
	}
	return rows.Err()
}

// list reads a statement of a few columns of text, row by row.
func (c *call) list(ctx context.Context, text string, args []any, columns int, row func([]string) error) error {
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	silence := time.AfterFunc(c.system.timeout(), cancel)
	defer silence.Stop()
	rows, err := c.db.QueryContext(limited, text, args...)
	if err != nil {
		return fault(ctx, c.engine, err)
	}
	defer rows.Close()
	values, words, into := make([]sql.NullString, columns), make([]string, columns), make([]any, columns)
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return fault(ctx, c.engine, err)
		}
		for i, v := range values {
			words[i] = v.String
		}
		silence.Stop() // what is done with a row has a limit of its own
		if err := row(words); err != nil {
			cancel()
			return err
		}
		silence.Reset(c.system.timeout())
	}
	if err := rows.Err(); err != nil {
		return fault(ctx, c.engine, err)
	}
	return nil
}
