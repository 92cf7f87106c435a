package reference

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/allclaims/rightsdesk/shared/systems/https/wire"
)

// Memory is a Store in memory: to try the server with, and to read beside what
// an owner writes over a database.
type Memory struct {
	Now func() time.Time

	mu      sync.Mutex
	tables  []*MemoryTable
	nonces  map[string]time.Time
	batches map[string]remembered
}

// MemoryTable is one table of a Memory.
type MemoryTable struct {
	wire.Table
	// As are further names of the same table.
	As   []string
	Rows []map[string]any
	// Files are the contents, by the column object of their row.
	Files map[string][]byte
}

type remembered struct {
	digest  [sha256.Size]byte
	outcome wire.Outcome
}

// NewMemory makes a store of these tables, which are its own from now on.
func NewMemory(now func() time.Time, tables ...*MemoryTable) *Memory {
	return &Memory{Now: now, tables: tables, nonces: map[string]time.Time{}, batches: map[string]remembered{}}
}

func (m *Memory) table(name string) *MemoryTable {
	for _, t := range m.tables {
		if t.Name == name || slices.Contains(t.As, name) {
			return t
		}
	}
	return nil
}

// Tables implements Store.
func (m *Memory) Tables(context.Context) ([]wire.Table, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []wire.Table
	for _, t := range m.tables {
		for _, name := range append([]string{t.Name}, t.As...) {
			all = append(all, wire.Table{Name: name, Columns: slices.Clone(t.Columns), Primary: slices.Clone(t.Primary)})
		}
	}
	return all, nil
}

// Rows implements Store.
func (m *Memory) Rows(_ context.Context, q wire.Query, after []any, limit int) ([]map[string]any, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.table(q.Table)
	var found []map[string]any
	for _, row := range t.Rows {
		if fits(row, q) && (after == nil || t.compare(t.key(row), after) > 0) {
			found = append(found, row)
		}
	}
	slices.SortFunc(found, func(a, b map[string]any) int { return t.compare(t.key(a), t.key(b)) })
	found = found[:min(limit, len(found))]
	for i, row := range found {
		found[i] = maps.Clone(row)
	}
	return found, nil
}

func fits(row map[string]any, q wire.Query) bool {
	for name, v := range q.Where {
		if text(row[name]) != v {
			return false
		}
	}
	return slices.ContainsFunc(q.Any, func(m wire.Match) bool {
		have := text(row[m.Column])
		return have != "" && slices.ContainsFunc(m.Values, func(v string) bool {
			return have == v || m.Fold && strings.EqualFold(have, v)
		})
	})
}

// text is a value as it is compared: text, or the digits of a number.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

func (t *MemoryTable) key(row map[string]any) []any {
	key := make([]any, len(t.Primary))
	for i, name := range t.Primary {
		key[i] = row[name]
	}
	return key
}

// compare orders two keys: numbers by size, text by its bytes.
func (t *MemoryTable) compare(a, b []any) int {
	for i := range t.Primary {
		x, xok := number(a[i])
		y, yok := number(b[i])
		c := cmp.Compare(text(a[i]), text(b[i]))
		if xok && yok {
			c = x.Cmp(y)
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

func number(v any) (*big.Rat, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return nil, false
	}
	return new(big.Rat).SetString(n.String())
}

// Change implements Store.
func (m *Memory) Change(_ context.Context, b wire.Batch) (wire.Outcome, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	whole, err := json.Marshal(b)
	if err != nil {
		return wire.Outcome{}, fmt.Errorf("write a batch: %w", err)
	}
	digest := sha256.Sum256(whole)
	if done, ok := m.batches[b.Key]; ok {
		if done.digest != digest {
			return wire.Outcome{}, ErrKeyUsed
		}
		return done.outcome, nil
	}
	t := m.table(b.Table)
	out := wire.Outcome{Count: len(b.Changes), Results: []string{}}
	for _, c := range b.Changes {
		out.Results = append(out.Results, t.change(c))
	}
	m.batches[b.Key] = remembered{digest, out}
	return out, nil
}

func (t *MemoryTable) change(c wire.Change) string {
	key := t.key(c.Primary)
	i := slices.IndexFunc(t.Rows, func(row map[string]any) bool { return t.compare(t.key(row), key) == 0 })
	if i < 0 {
		return wire.Changed
	}
	for name, v := range c.Was {
		if !same(t.Rows[i][name], v) {
			return wire.Changed
		}
	}
	if c.Erase {
		delete(t.Files, text(t.Rows[i]["object"]))
		t.Rows = slices.Delete(t.Rows, i, i+1)
		return wire.Done
	}
	next := maps.Clone(t.Rows[i])
	for _, name := range c.Clear {
		delete(next, name)
	}
	maps.Copy(next, c.Set)
	t.Rows[i] = next
	return wire.Done
}

// same compares two values as JSON, which sorts the names of an object.
func same(a, b any) bool {
	x, errx := json.Marshal(a)
	y, erry := json.Marshal(b)
	return errx == nil && erry == nil && bytes.Equal(x, y)
}

// File implements Store.
func (m *Memory) File(_ context.Context, table, name string) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	body, ok := m.table(table).Files[name]
	if !ok {
		return File{}, ErrNotFound
	}
	digest := sha256.Sum256(body)
	return File{Content: memoryFile{bytes.NewReader(body)}, Size: int64(len(body)), Version: hex.EncodeToString(digest[:8])}, nil
}

type memoryFile struct{ *bytes.Reader }

func (memoryFile) Close() error { return nil }

// Once implements Store.
func (m *Memory) Once(_ context.Context, nonce string, until time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.nonces, func(_ string, end time.Time) bool { return end.Before(m.Now()) })
	if _, used := m.nonces[nonce]; used {
		return false, nil
	}
	m.nonces[nonce] = until
	return true, nil
}

// All gives a copy of every row of a table.
func (m *Memory) All(table string) []map[string]any {
	m.mu.Lock()
	defer m.mu.Unlock()
	var rows []map[string]any
	for _, row := range m.table(table).Rows {
		rows = append(rows, maps.Clone(row))
	}
	return rows
}
