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
	"time"

	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/systems"
)

const (
	// defaultPage is how many rows one statement reads or changes: enough that
	// the statement itself costs nothing, few enough to hold their locks shortly.
	defaultPage = 20_000
	// defaultTimeout is how long one statement may take.
	defaultTimeout = 2 * time.Minute
	// conflictTries is how often a batch is tried when another transaction is in its way.
	conflictTries = 6
)

// System is one database.
type System struct {
	DB *sql.DB
	// Declared is the system as the inventory has it; its Kind says which
	// dialect the database speaks.
	Declared *inventory.System
	// Page bounds the rows of one statement; 0 = 20,000.
	Page int
	// Timeout bounds one statement; 0 = two minutes.
	Timeout time.Duration
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

// Collect implements systems.System. All of it is read in one snapshot; what a
// later call goes on with is read in another.
func (s *System) Collect(ctx context.Context, h inventory.Holding, of systems.Selection, emit func(systems.Row) error) error {
	var stopped error // emit's own, or the Cut: they are no faults of the database
	pass := func(r *reader) error {
		stopped = emit(r.row)
		return stopped
	}
	err := s.snapshot(ctx, func(c *call) error {
		t, err := c.table(ctx, h)
		if err != nil {
			return err
		}
		next, err := c.pages(ctx, t, of)
		if err != nil || next == nil {
			return err
		}
		for {
			r, n, err := next(pass)
			if err != nil || n < s.page() {
				return err
			}
			if stopped = of.Stop(r.place()); stopped != nil {
				return stopped
			}
		}
	})
	if stopped != nil {
		return stopped
	}
	if err != nil {
		return fmt.Errorf("read holding %s/%s: %w", s.Declared.ID, h.ID, err)
	}
	return nil
}

// pages gives what reads the next page of a person's rows; nil when the
// selection means nobody.
func (c *call) pages(ctx context.Context, t *table, of systems.Selection) (func(func(*reader) error) (*reader, int, error), error) {
	from, err := readPlace(of.From, len(t.primary))
	if err != nil {
		return nil, err
	}
	q := c.statement()
	cond, err := c.mine(ctx, q, t, of)
	if err != nil || cond == "" {
		return nil, err
	}
	if cursor, ok := c.engine.(streamer); ok {
		// Sorted once, whatever the number of pages.
		declare, fetch := cursor.stream(ordered(c.engine, t, all(cond, q.after(t, from))), c.system.page())
		if err := c.exec(ctx, declare, q.args); err != nil {
			return nil, err
		}
		r := newReader(t)
		return func(visit func(*reader) error) (*reader, int, error) {
			n, err := c.read(ctx, r, fetch, nil, visit)
			return r, n, err
		}, nil
	}
	return func(visit func(*reader) error) (*reader, int, error) {
		q := c.statement()
		cond, err := c.mine(ctx, q, t, of)
		if err != nil {
			return nil, 0, err
		}
		r := newReader(t)
		n, err := c.read(ctx, r, c.engine.page(t, all(cond, q.after(t, from)), c.system.page(), false), q.args, visit)
		if n > 0 {
			from = r.keys()
		}
		return r, n, err
	}, nil
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
	known  map[string]*table
}

// querier is a transaction or a connection.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func (s *System) page() int { return cmp.Or(s.Page, defaultPage) }

// batch is how many rows one transaction erases: what it erased it must pass
// over in the next, so a few large ones are quicker than many small.
func (s *System) batch() int { return 5 * s.page() }

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
	tx, err := s.DB.BeginTx(ctx, e.begin(read))
	if err != nil {
		return fault(ctx, e, err)
	}
	defer tx.Rollback() // nothing after a commit
	if err := work(&call{system: s, engine: e, db: tx, known: map[string]*table{}}); err != nil {
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

// exec carries out one statement.
func (c *call) exec(ctx context.Context, text string, args []any) error {
	_, err := c.affect(ctx, text, args)
	return err
}

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

// read passes every row to visit, whose error it gives as it is.
func (c *call) read(ctx context.Context, r *reader, text string, args []any, visit func(*reader) error) (n int, err error) {
	limited, cancel := context.WithTimeout(ctx, c.system.timeout())
	defer cancel()
	rows, err := c.db.QueryContext(limited, text, args...)
	if err != nil {
		return 0, fault(ctx, c.engine, err)
	}
	defer rows.Close()
	for rows.Next() {
		clear(r.row)
		if err := rows.Scan(r.into...); err != nil {
			return n, unreadable(ctx, c.engine, err)
		}
		n++
		if err := visit(r); err != nil {
			cancel() // or closing would read the rest of the page first
			return n, err
		}
	}
	if err := rows.Err(); err != nil {
		return n, fault(ctx, c.engine, err)
	}
	return n, nil
}

// list reads a statement about the database itself: a few columns of text.
func (c *call) list(ctx context.Context, text string, args []any, columns int, row func([]string)) error {
	limited, cancel := context.WithTimeout(ctx, c.system.timeout())
	defer cancel()
	rows, err := c.db.QueryContext(limited, text, args...)
	if err != nil {
		return fault(ctx, c.engine, err)
	}
	defer rows.Close()
	for rows.Next() {
		values := make([]sql.NullString, columns)
		into, words := make([]any, columns), make([]string, columns)
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return fault(ctx, c.engine, err)
		}
		for i, v := range values {
			words[i] = v.String
		}
		row(words)
	}
	if err := rows.Err(); err != nil {
		return fault(ctx, c.engine, err)
	}
	return nil
}
