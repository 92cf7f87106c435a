//go:build unix

package main

import (
	"context"
	"database/sql"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/allclaims/rightsdesk/shared/disclosure"
	"github.com/allclaims/rightsdesk/shared/erasure"
	"github.com/allclaims/rightsdesk/shared/inventory"
	"github.com/allclaims/rightsdesk/shared/request"
	"github.com/allclaims/rightsdesk/shared/systems"
	"github.com/allclaims/rightsdesk/shared/systems/database"
	"github.com/allclaims/rightsdesk/shared/systems/database/databasetest"
	_ "github.com/jackc/pgx/v5/stdlib" // the baseline speaks to PostgreSQL itself
	"github.com/klauspost/compress/flate"
)

//go:embed ledger.yaml
var ledgerYAML []byte

// databaseRows are the rows of the person whose data are copied and erased.
var databaseRows = []int{10, 10_000, 200_000, 2_000_000}

// makeLedger makes the tables of ledger.yaml. Customer K-n has n payments, and
// others stand between them.
var makeLedger = []string{
	`CREATE TABLE customers (customer text PRIMARY KEY, name text, email text, email_since date)`,
	`CREATE TABLE payments (id bigint PRIMARY KEY, customer text NOT NULL REFERENCES customers, booked date, made timestamptz,
		amount numeric(12,2), currency text, iban text, party text, description text, paid boolean)`,
	`INSERT INTO customers VALUES ('K-0', 'Iemand anders', 'anders@test.example', date '2020-01-01')`,
}

const fillLedger = `INSERT INTO payments SELECT g + $3, $1, date '2019-01-01' + (g % 2500)::int, timestamptz '2019-01-01 08:00+00' + g * interval '37 seconds',
	((g * 7919) % 1000003) / 100.0, 'EUR', 'NL' || lpad(((g * 31) % 97)::text, 2, '0') || 'TEST' || lpad((g * 48271 % 1000000007)::text, 10, '0'),
	'Bedrijf ' || (g * 16807 % 9973) || ' B.V.', 'Factuur ' || (g * 7919 % 100003) || ' voor werk in ' || (array['maart','april','mei','juni'])[1 + g % 4], g % 3 = 0
	FROM generate_series(1, $2::bigint) g`

// benchDatabases copies and erases a person of growing size in a PostgreSQL of
// its own: each copy beside a reader of the same rows that deflates them with
// the same library and does nothing else, each erasure beside one DELETE.
func benchDatabases(ctx context.Context, r *reporter) (err error) {
	server, db, fill, err := startLedger(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close(), server.Stop()) }()
	for _, rows := range databaseRows {
		if err := compareCopy(ctx, r, server, rows); err != nil {
			return fmt.Errorf("copy %d rows: %w", rows, err)
		}
	}
	return compareErasure(ctx, r, server, db, fill)
}

func customerOf(rows int) string { return fmt.Sprintf("K-%d", rows) }

func compareCopy(ctx context.Context, r *reporter, server *databasetest.Server, rows int) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	copied, err := inChild(ctx, "copy", server.Secret("postgres"), customerOf(rows), dir)
	if err != nil {
		return err
	}
	bare, err := inChild(ctx, "read", server.Secret("postgres"), customerOf(rows))
	if err != nil {
		return err
	}
	return r.line("databases", result{
		"what": "copy", "rows": rows, "seconds": round(copied.Seconds), "baselineSeconds": round(bare.Seconds), "timeRatio": round(copied.Seconds / bare.Seconds),
		"packageBytes": copied.Bytes, "readBytes": bare.Bytes, "peakKiB": copied.PeakKiB, "baselineKiB": bare.PeakKiB,
	})
}

// ledgerSystem opens the database as the desk does.
func ledgerSystem(secret string) (systems.Set, error) {
	inv, err := inventory.Parse(ledgerYAML)
	if err != nil {
		return systems.Set{}, err
	}
	system := database.Open(inv.System("ledger"), func(context.Context) (string, error) { return secret, nil })
	return systems.Set{Declared: inv, ByID: map[string]systems.System{"ledger": system}}, nil
}

// copyChild collects and seals one customer: the rows once, and of them JSON,
// CSV and pages to read.
func copyChild(ctx context.Context, secret, customer, dir string) (int64, error) {
	set, err := ledgerSystem(secret)
	if err != nil {
		return 0, err
	}
	spec := disclosure.Spec{
		Inventory: set.Declared, Request: "bench", Reference: "R-7Q2M-K9TD", Leg: "1", Language: request.Dutch, Right: request.Access,
		Relation: request.Client, Role: request.Controller, Received: time.Date(2026, time.March, 5, 9, 0, 0, 0, time.UTC),
		Name: "Anna Bos", Contact: "info@allclaims.example",
	}
	res, err := disclosure.Collector{Systems: set, Sink: disk(dir), Now: time.Now}.Collect(ctx, disclosure.Job{
		Request: spec.Request, Leg: spec.Leg, System: "ledger", Relation: spec.Relation, Role: spec.Role, Right: spec.Right,
		Keys: systems.Keys{"customer": {customer}},
	})
	if err != nil {
		return 0, fmt.Errorf("collect: %w", err)
	}
	spec.Receipts = res.Receipts
	out, err := os.Create(filepath.Join(dir, "package.zip"))
	if err != nil {
		return 0, err
	}
	defer out.Close()
	sum, err := disclosure.Seal(ctx, spec, disk(dir), out)
	if err != nil {
		return 0, fmt.Errorf("seal: %w", err)
	}
	return sum.Bytes, out.Close()
}

// readChild is the limit of the machine: the same rows read and deflated.
func readChild(ctx context.Context, secret, customer string) (int64, error) {
	var at struct{ Host, Database, User string }
	if err := json.Unmarshal([]byte(secret), &at); err != nil {
		return 0, err
	}
	db, err := sql.Open("pgx", "host="+at.Host+" user="+at.User+" dbname="+at.Database)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	out := &counted{to: io.Discard}
	w, err := flate.NewWriter(out, 3)
	if err != nil {
		return 0, err
	}
	rows, err := db.QueryContext(ctx, `SELECT id, customer, booked, made, amount, currency, iban, party, description, paid FROM payments WHERE customer = $1 ORDER BY id`, customer)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	cells := make([]sql.RawBytes, 10)
	into := make([]any, len(cells))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return 0, err
		}
		for _, c := range cells {
			if _, err := w.Write(c); err != nil {
				return 0, err
			}
		}
		if _, err := w.Write([]byte("\n")); err != nil {
			return 0, err
		}
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	return out.n, w.Close()
}

// compareErasure erases 200,000 rows by a plan, with its receipts and the search
// afterwards, beside one DELETE of as many.
func compareErasure(ctx context.Context, r *reporter, server *databasetest.Server, db *sql.DB, fill func(string, int) error) error {
	const rows = 200_000
	var best [2]float64
	var receipts int
	for try := range 3 {
		planned, plain := fmt.Sprintf("E-%d", try), fmt.Sprintf("F-%d", try)
		for _, c := range []string{planned, plain} {
			if err := fill(c, rows); err != nil {
				return err
			}
		}
		if _, err := db.ExecContext(ctx, `VACUUM ANALYZE payments`); err != nil {
			return fmt.Errorf("put the table in order: %w", err)
		}
		begun := time.Now()
		n, err := erase(ctx, server.Secret("postgres"), planned, rows)
		if err != nil {
			return err
		}
		took := time.Since(begun).Seconds()
		receipts = n
		begun = time.Now()
		for _, statement := range []string{`DELETE FROM payments WHERE customer = $1`, `DELETE FROM customers WHERE customer = $1`} {
			if _, err := db.ExecContext(ctx, statement, plain); err != nil {
				return fmt.Errorf("delete: %w", err)
			}
		}
		bare := time.Since(begun).Seconds()
		if try == 0 || took/bare < best[0]/best[1] {
			best = [2]float64{took, bare}
		}
	}
	return r.line("databases", result{
		"what": "erase", "rows": rows, "seconds": round(best[0]), "baselineSeconds": round(best[1]), "timeRatio": round(best[0] / best[1]), "receipts": receipts,
	})
}

// erase plans, carries out and verifies, as the steps do, and counts the receipts.
func erase(ctx context.Context, secret, customer string, rows int) (receipts int, err error) {
	set, err := ledgerSystem(secret)
	if err != nil {
		return 0, err
	}
	s := erasure.Subject{Request: "bench", Leg: "1", Relation: request.Client, Role: request.Controller, Keys: systems.Keys{"customer": {customer}}, Today: "2026-03-05"}
	for _, holding := range []string{"payments", "customers"} { // what refers to others goes first
		line := request.PlanLine{System: "ledger", Holding: holding, Action: request.EraseAction}
		rec, _, err := erasure.Carry(ctx, set, s, line, time.Now(), erasure.Turn{Batch: func(request.Receipt) error { receipts++; return nil }})
		if err != nil {
			return 0, err
		}
		receipts++
		if holding == "payments" && rec.Count != rows {
			return 0, fmt.Errorf("erased %d rows of %d", rec.Count, rows)
		}
	}
	left, err := erasure.Verify(ctx, set, s, nil)
	if err != nil {
		return 0, err
	}
	if len(left) > 0 {
		return 0, fmt.Errorf("left behind: %s", strings.Join(left, ", "))
	}
	return receipts, nil
}

// counted counts what passes.
type counted struct {
	to io.Writer
	n  int64
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.to.Write(b)
	c.n += int64(n)
	return n, err
}
