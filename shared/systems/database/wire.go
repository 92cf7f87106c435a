package database

import (
	"context"
	"database/sql/driver"
	encoding "encoding/binary"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/allclaims/rightsdesk/shared/systems"
)

// stream implements streamer: PostgreSQL says most of what a large table holds as
// JSON has it, or nearly. What it says otherwise goes the way of database/sql.
func (postgres) stream(ctx context.Context, conn any, r *reader, query string, args []any, row func() error) (bool, error) {
	std, ok := conn.(*stdlib.Conn)
	if !ok {
		return false, nil
	}
	pg := std.Conn()
	rows, err := pg.Query(ctx, query, append([]any{forms}, args...)...)
	if err != nil {
		return true, err
	}
	defer rows.Close()
	fields := rows.FieldDescriptions()
	if rows.Err() == nil && len(fields) != len(r.cells) {
		return true, errValue
	}
	takes := make([]func(raw []byte) error, len(fields))
	for i, f := range fields {
		takes[i] = r.cells[i].wire(pg.TypeMap(), f)
	}
	for rows.Next() {
		r.begin()
		for i, raw := range rows.RawValues() {
			if raw == nil {
				continue
			}
			if err := takes[i](raw); err != nil {
				return true, err
			}
		}
		if err := row(); err != nil {
			return true, err
		}
	}
	return true, rows.Err()
}

// forms are the types that come in their binary form, all others as text: as
// the driver has it for database/sql, but for whole numbers.
var forms = pgx.QueryResultFormatsByOID{
	pgtype.BoolOID: pgx.BinaryFormatCode, pgtype.ByteaOID: pgx.BinaryFormatCode, pgtype.Float4OID: pgx.BinaryFormatCode, pgtype.Float8OID: pgx.BinaryFormatCode,
	pgtype.DateOID: pgx.BinaryFormatCode, pgtype.TimestampOID: pgx.BinaryFormatCode, pgtype.TimestamptzOID: pgx.BinaryFormatCode,
}

// writers append the JSON of what the wire says; ok is false for what is no
// number, day or moment, as infinity.
var writers = map[uint32]func(b, raw []byte) (json []byte, ok bool){
	pgtype.BoolOID:        func(b, raw []byte) ([]byte, bool) { return strconv.AppendBool(b, raw[0] != 0), true },
	pgtype.Int2OID:        writeNumber,
	pgtype.Int4OID:        writeNumber,
	pgtype.Int8OID:        writeNumber,
	pgtype.NumericOID:     writeNumber,
	pgtype.DateOID:        writeDate,
	pgtype.TimestampOID:   func(b, raw []byte) ([]byte, bool) { return writeMoment(b, raw, local) },
	pgtype.TimestamptzOID: func(b, raw []byte) ([]byte, bool) { return writeMoment(b, raw, instant) },
}

// wire is what takes the column's values: what is only looked at, as the
// driver's own value.
func (c *cell) wire(m *pgtype.Map, f pgconn.FieldDescription) (take func(raw []byte) error) {
	value := driverValue(m, f.DataTypeOID, f.Format)
	slow := func(raw []byte) error {
		v, err := value(raw)
		if err != nil {
			return fmt.Errorf("%w: %w", errValue, err)
		}
		return c.Scan(v)
	}
	write := writers[f.DataTypeOID]
	if c.column.kind == text {
		write = func(b, raw []byte) ([]byte, bool) { return systems.AppendText(b, raw), true }
	}
	if write == nil || c.column.kind == empties || c.at >= len(c.reader.record.Values) {
		return slow
	}
	return func(raw []byte) error {
		if c.keep {
			c.bytes, c.last, c.said = append(c.bytes[:0], raw...), nil, value
		}
		if len(raw) == 0 {
			return nil
		}
		r := c.reader
		from := len(r.json)
		b, ok := write(r.json, raw)
		if !ok {
			return slow(raw)
		}
		r.json, r.record.Values[c.at] = b, b[from:len(b):len(b)]
		return nil
	}
}

func writeNumber(b, raw []byte) ([]byte, bool) {
	if last := raw[len(raw)-1]; last < '0' || last > '9' {
		return b, false
	}
	return append(b, raw...), true
}

// epoch is where PostgreSQL begins to count: days for dates, microseconds for moments.
var epoch = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)

func writeDate(b, raw []byte) ([]byte, bool) {
	days := int32(encoding.BigEndian.Uint32(raw))
	if days == math.MaxInt32 || days == math.MinInt32 {
		return b, false
	}
	return append(appendTime(append(b, '"'), time.Unix(epoch.Unix()+int64(days)*24*60*60, 0).UTC(), date), '"'), true
}

func writeMoment(b, raw []byte, k kind) ([]byte, bool) {
	n := int64(encoding.BigEndian.Uint64(raw))
	if n == math.MaxInt64 || n == math.MinInt64 {
		return b, false
	}
	const second = 1_000_000
	return append(appendTime(append(b, '"'), time.Unix(epoch.Unix()+n/second, n%second*1000).UTC(), k), '"'), true
}

// driverValue gives what pgx's driver for database/sql makes of a value.
func driverValue(m *pgtype.Map, oid uint32, form int16) func(raw []byte) (driver.Value, error) {
	switch oid {
	case pgtype.BoolOID:
		return scanned(m, oid, form, func(v bool) (driver.Value, error) { return v, nil })
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID:
		return scanned(m, oid, form, func(v int64) (driver.Value, error) { return v, nil })
	case pgtype.Float4OID, pgtype.Float8OID:
		return scanned(m, oid, form, func(v float64) (driver.Value, error) { return v, nil })
	case pgtype.OIDOID, pgtype.XIDOID, pgtype.CIDOID:
		return scanned(m, oid, form, pgtype.Uint32.Value)
	case pgtype.DateOID:
		return scanned(m, oid, form, pgtype.Date.Value)
	case pgtype.TimestampOID:
		return scanned(m, oid, form, pgtype.Timestamp.Value)
	case pgtype.TimestamptzOID:
		return scanned(m, oid, form, pgtype.Timestamptz.Value)
	case pgtype.ByteaOID, pgtype.JSONOID, pgtype.JSONBOID, pgtype.XMLOID:
		return scanned(m, oid, form, func(v []byte) (driver.Value, error) { return v, nil })
	}
	return scanned(m, oid, form, func(v string) (driver.Value, error) { return v, nil })
}

func scanned[T any](m *pgtype.Map, oid uint32, form int16, value func(T) (driver.Value, error)) func([]byte) (driver.Value, error) {
	into := new(T)
	plan := m.PlanScan(oid, form, into)
	return func(raw []byte) (driver.Value, error) {
		if err := plan.Scan(raw, into); err != nil {
			return nil, err
		}
		return value(*into)
	}
}
